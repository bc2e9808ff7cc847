#include "client/render_observations.h"

#include <cstdint>
#include <utility>
#include <vector>

#include "absl/strings/ascii.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/str_join.h"
#include "client/figures.h"
#include "client/grid.h"
#include "client/json.h"
#include "client/words.h"

namespace collate::client {
namespace {

const v1::Coordinate* FindReporter(const v1::Observation& observation) {
  for (const v1::Coordinate& coordinate : observation.coordinates()) {
    if (coordinate.dimension() == kReporterDimension) return &coordinate;
  }
  return nullptr;
}

// "88A" for a member, the quoted print for a label that nobody knows.
std::string MemberOrLabel(const v1::Coordinate& coordinate) {
  if (!coordinate.member().empty()) return coordinate.member();
  return absl::StrCat("\"", coordinate.title(), "\"");
}

// Axes differ from slice to slice, so they share one column:
// "offence=88A sex=female".
std::string OtherDimensions(const v1::Observation& observation) {
  std::vector<std::string> parts;
  for (const v1::Coordinate& coordinate : observation.coordinates()) {
    if (coordinate.dimension() == kReporterDimension) continue;
    parts.push_back(
        absl::StrCat(coordinate.dimension(), "=", MemberOrLabel(coordinate)));
  }
  return absl::StrJoin(parts, " ");
}

std::string Flags(const v1::Observation& observation) {
  std::vector<std::string> flags;
  for (const int flag : observation.flags()) {
    flags.push_back(FlagCode(static_cast<v1::ObservationFlag>(flag)));
  }
  return absl::StrJoin(flags, ";");
}

Grid Table(const v1::ListObservationsResponse& page) {
  Grid grid;
  grid.columns = {{"reporter", "reporter"},    {"dimensions", "dimensions"},
                  {"period", "period"},        {"value", "value"},
                  {"locator", "printed cell"}, {"raw", "printed"},
                  {"notes", "notes"}};
  for (const v1::Observation& observation : page.observations()) {
    std::vector<Value>& row = grid.rows.emplace_back();
    const v1::Coordinate* reporter = FindReporter(observation);
    row.push_back(reporter == nullptr ? std::string("none")
                                      : MemberWords(*reporter));
    row.push_back(OtherDimensions(observation));
    row.push_back(observation.period().text());
    const Value value = ReportedOf(observation);
    const bool printed = !std::holds_alternative<std::monostate>(value);
    row.push_back(printed ? value : Value(StateWords(observation.state())));
    row.push_back(observation.citation().locator());
    row.push_back(absl::StrCat("\"", observation.citation().raw(), "\""));
    std::vector<std::string> notes;
    if (observation.unmapped()) notes.push_back("unmapped, in no sum");
    if (!observation.universe().empty()) {
      notes.push_back(absl::StrCat("universe ", observation.universe()));
    }
    if (observation.state() != v1::STATE_REPORTED && printed) {
      notes.push_back(StateWords(observation.state()));
    }
    if (!observation.reason().empty()) notes.push_back(observation.reason());
    if (const std::string flags = Flags(observation); !flags.empty()) {
      notes.push_back(absl::AsciiStrToLower(flags));
    }
    row.push_back(absl::StrJoin(notes, "; "));
  }
  return grid;
}

Grid Csv(const v1::ListObservationsResponse& page) {
  Grid grid;
  for (const char* name : {"measure",        "universe",  "reporter",
                           "dimensions",     "period",    "period_start",
                           "period_end",     "state",     "value",
                           "lower",          "upper",     "reason",
                           "flags",          "unmapped",  "records",
                           "release",        "document",  "sha256",
                           "locator",        "raw",       "printed_reporter",
                           "printed_period", "printed_by"}) {
    grid.columns.push_back({name, ""});
  }
  for (const v1::Observation& observation : page.observations()) {
    const v1::Coordinate* reporter = FindReporter(observation);
    const Bounds bounds = BoundsOf(observation);
    const v1::Citation& citation = observation.citation();
    grid.rows.push_back(
        {observation.measure(),
         observation.universe(),
         reporter == nullptr ? std::string() : reporter->member(),
         OtherDimensions(observation),
         observation.period().text(),
         observation.period().start_date(),
         observation.period().end_date(),
         StateCode(observation.state()),
         ReportedOf(observation),
         bounds.lower,
         bounds.upper,
         observation.reason(),
         Flags(observation),
         std::string(observation.unmapped() ? "1" : "0"),
         static_cast<int64_t>(observation.record_count()),
         citation.release(),
         citation.document(),
         citation.document_sha256(),
         citation.locator(),
         citation.raw(),
         citation.reporter_text(),
         citation.period_text(),
         citation.printed_by()});
  }
  return grid;
}

}  // namespace

absl::StatusOr<std::string> RenderObservations(
    const v1::ListObservationsResponse& page, bool first_page, Format format) {
  switch (format) {
    case Format::kJson:
      return ToJson(page);
    case Format::kNdjson:
      return ToJsonLines(page.observations());
    case Format::kCsv:
      return RenderCsv(Csv(page), first_page);
    case Format::kTable:
      break;
  }
  return RenderTable(Table(page));
}

}  // namespace collate::client
