// The small notations of the command line: filters, key=value pairs, ranges of
// periods, dates and names. Pure functions; INVALID_ARGUMENT says what was
// expected and gives the word back.

#ifndef COLLATE_CLIENT_CLI_ARGUMENTS_H_
#define COLLATE_CLIENT_CLI_ARGUMENTS_H_

#include <string>
#include <vector>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "absl/strings/string_view.h"
#include "collate/v1/ingestion.pb.h"
#include "collate/v1/statistics.pb.h"

namespace collate::client {

// `DIM=MEMBER[,MEMBER]`, `DIM!=MEMBER[,MEMBER]`. A `+` behind every member
// takes in what lies below them. A backslash keeps the next comma or plus
// sign as a part of the code.
absl::StatusOr<v1::Filter> ParseFilter(absl::string_view text);

// `A,B,C`; an empty element is refused.
absl::StatusOr<std::vector<std::string>> ParseList(absl::string_view text);

// `KEY=VALUE`; the value may be empty and may hold equals signs.
absl::StatusOr<v1::KeyValue> ParseKeyValue(absl::string_view text);

// `FIRST..LAST`.
absl::StatusOr<v1::PeriodRange> ParsePeriodRange(absl::string_view text);

// `MEASURE@PERIOD`: what a rate is counted over.
absl::StatusOr<v1::RateDerivation> ParseRate(absl::string_view text);

// `[SOURCE:][MEASURE/]REPORTER[@PERIOD[,PERIOD]]=REASON`: what is left out of
// an answer.
absl::StatusOr<v1::Exclusion> ParseExclusion(absl::string_view text);

// `YYYY-MM-DD`, or `unknown` for a date that nobody knows.
absl::Status SetPublication(absl::string_view text, v1::ReleaseHeader& header);

// `YYYY-MM-DD`: until the end of that day, UTC.
absl::Status SetAsOf(absl::string_view text, v1::StatisticsQuery& query);

// `YYYY-MM-DD`, until the end of that day, UTC, or a time as RFC 3339 has it:
// `2024-10-31T16:30:00Z`.
absl::Status SetLoadedBy(absl::string_view text, v1::StatisticsQuery& query);

// `kent` or `panels/kent` as `panels/kent`: characters that are special in a
// path are percent-encoded in the short form.
std::string ResourceName(absl::string_view collection, absl::string_view id);

}  // namespace collate::client

#endif  // COLLATE_CLIENT_CLI_ARGUMENTS_H_
