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
  v1::Period period;
  v1::State state = v1::STATE_UNSPECIFIED;
  Value value;
  Bounds bounds;  // of the printed figures
  Bounds panel;   // of the whole panel; of answers only
  // Of answers only.
  std::optional<v1::Coverage> coverage;
  std::string basis;
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
// A cell of an answer in the cited view.
ExportRow RowOf(const v1::Cell& cell);

// "offence=88A;sex=f": the members but the reporter's; "_T" when there are
// none. Characters that part the codes, and %, are percent-encoded. A label
// that nobody knows is written as it was printed, in quotation marks.
std::string BreakdownOf(const ExportRow& row);
// Code of the reporter; "_T" when the row is not broken down by it.
std::string ReporterOf(const ExportRow& row);

// From how many reporters a published total is stated to be.
Value StatedOf(const ExportRow& row);

// What is said of an export as a whole.
struct ExportMetadata {
  std::string kind;   // "observations" or "answer"
  std::string query;  // one JSON value
  std::string name;   // of the answer; empty of observations
  std::string time;   // RFC 3339, UTC
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
