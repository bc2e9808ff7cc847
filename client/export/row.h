// What every format of an export writes of one number: an observation or a
// cell of an answer as a row, with state, bounds and where it came from.
//
// Pure functions over plain values.

#ifndef COLLATE_CLIENT_EXPORT_ROW_H_
#define COLLATE_CLIENT_EXPORT_ROW_H_

#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "absl/strings/string_view.h"
#include "absl/time/time.h"
#include "client/figures.h"
#include "client/grid.h"
#include "collate/v1/catalogue.pb.h"
#include "collate/v1/export.pb.h"
#include "collate/v1/observation.pb.h"
#include "collate/v1/statistics_service.pb.h"

namespace collate::client {

struct ExportRow {
  std::string measure;
  std::string unit;
  std::string universe;
  std::vector<v1::Coordinate> coordinates;
  // What the question keeps of a dimension that it does not break down by and
  // of which it names no single member: "88A|88B", "!=kent", "wales+" (with
  // what is below it), codes percent-encoded and in order.
  struct Condition {
    std::string dimension;
    std::string text;
  };
  std::vector<Condition> conditions;  // of answers only
  v1::Period period;
  v1::State state = v1::STATE_UNSPECIFIED;
  Value value;
  Bounds bounds;  // of the printed figures
  Bounds panel;   // of the whole panel; of answers only
  // Of answers only.
  std::optional<v1::Coverage> coverage;
  std::string basis;
  std::string panel_code;  // empty = none was named
  std::string answer;      // its name; the question itself if it has none
  std::vector<std::string> flags;  // codes; UNMAPPED: in no sum
  std::string reason;
  int64_t record_count = 0;  // 0 = a printed cell; n = counted from n records
  std::vector<std::string> releases;
  // The first printed cell, and how many there are.
  int64_t citation_count = 0;
  v1::Citation citation;

  bool HasValue() const {
    return !std::holds_alternative<std::monostate>(value);
  }
  bool HasFlag(absl::string_view code) const;
};

// `unit` is that of the observation's measure.
ExportRow RowOf(const v1::Observation& observation, const std::string& unit);
// A cell, in the cited view, of the answer of that name to `query`, which says
// what the number counts.
ExportRow RowOf(const v1::Cell& cell, const v1::StatisticsQuery& query,
                const std::string& answer);

// "offence=88A;sex=f;age!=u18": members and conditions but the reporter's;
// "_T" when there are none. Characters that part the codes, and %, are
// percent-encoded. A label that nobody knows is written as it was printed, in
// quotation marks.
std::string BreakdownOf(const ExportRow& row);
// Code of the reporter, or the condition on reporters; "_T" when there is
// neither.
std::string ReporterOf(const ExportRow& row);

// A member's code, which no condition is written like.
std::string KeyCode(absl::string_view code);

// From how many reporters a published total is stated to be.
Value StatedOf(const ExportRow& row);

// What is said of an export as a whole.
struct ExportMetadata {
  std::string kind;   // "observations" or "answer"
  std::string query;  // one JSON value
  std::string name;   // of the answer; empty of observations
  // Of answers only, and of those that name one.
  std::string panel;
  std::string universe;
  std::string time;  // RFC 3339, UTC
  struct Release {
    std::string name;
    std::string published;  // YYYY-MM-DD or "unknown"
    std::string source;     // id
    bool synthetic = false;
  };
  std::vector<Release> releases;
  struct Source {
    std::string id;
    std::string title;
    std::string licence;
    std::string attribution;
  };
  std::vector<Source> sources;  // of those releases
  std::vector<std::pair<std::string, std::string>> caveats;
  bool synthetic = false;
};

ExportMetadata MetadataOf(const v1::ExportHeader& header,
                          const std::vector<v1::Source>& sources);
// `releases` has those that the answer names.
ExportMetadata MetadataOf(const v1::QueryStatisticsResponse& answer,
                          const v1::StatisticsQuery& query,
                          const std::vector<v1::Release>& releases,
                          const std::vector<v1::Source>& sources,
                          absl::Time now);

}  // namespace collate::client

#endif  // COLLATE_CLIENT_EXPORT_ROW_H_
