// The words in which the client speaks of states, intervals and coverage.
//
// Every sentence follows the state: "did not answer" is said of NO_RESPONSE
// alone, and a number that is not there is named by its state, never shown as
// zero or left blank. Pure functions.

#ifndef COLLATE_CLIENT_WORDS_H_
#define COLLATE_CLIENT_WORDS_H_

#include <cstdint>
#include <string>

#include "absl/strings/string_view.h"
#include "collate/v1/observation.pb.h"
#include "collate/v1/statistics.pb.h"
#include "google/protobuf/timestamp.pb.h"

namespace collate::client {

// The dimension that every observation has.
inline constexpr char kReporterDimension[] = "reporter";

// "kent" of "reporters/kent": what comes last in a resource's name.
std::string IdOf(const std::string& name);

// 1234567 as "1,234,567".
std::string GroupedInteger(int64_t value);
// "1234567.25" as "1,234,567.25".
std::string GroupedDecimal(absl::string_view text);

// The text with control characters written as \n, \t or \x1B: what a file or
// a server says must not steer a terminal.
std::string Printable(absl::string_view text);

// "NO_RELEASE": the code of a state or flag, without its enum's prefix.
std::string StateCode(v1::State state);
std::string BasisCode(v1::Basis basis);
std::string FlagCode(v1::CellFlag flag);
std::string FlagCode(v1::ObservationFlag flag);

// "nothing loaded", "withheld", ...; for the place where a number would be.
std::string StateWords(v1::State state);

// "some figures missing", "mixed sources", ...
std::string FlagWords(v1::CellFlag flag);

// "4,429", "81 to 84", "at least 111", "at most 9" or "unknown".
std::string IntervalWords(const v1::Interval& interval);
std::string IntervalWords(const v1::DecimalInterval& interval);

// The title, with the code behind it when the title does not already say it:
// "Kent", "Sexual grooming (88A)".
std::string MemberWords(const v1::Coordinate& coordinate);

// "Kent, 2017/18 Q1": which cell of an answer is meant.
std::string CellName(const v1::Cell& cell);

// `45 reporters stated, names unknown`, or with the printed words for which
// ones: of a published total.
std::string StatedWords(const v1::StatedCoverage& stated);

// "2026-01-02T03:04:05Z".
std::string TimeText(const google::protobuf::Timestamp& time);

// "43 of 43".
std::string CoverageWords(const v1::Coverage& coverage);

// "44 of 45; nothing loaded from Lincolnshire": the count, then the missing
// reporters by state, each with the reason that was given.
std::string CoverageSentence(const v1::Coverage& coverage);

// "kent.xlsx 'Q1'!B9": where a cell stands. Places in a CSV name it already.
std::string PlaceWords(const v1::Citation& citation);

}  // namespace collate::client

#endif  // COLLATE_CLIENT_WORDS_H_
