#include "client/export/row.h"

#include <algorithm>
#include <cstddef>
#include <set>

#include "absl/strings/match.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/str_format.h"
#include "absl/strings/str_join.h"
#include "absl/strings/str_split.h"
#include "absl/strings/strip.h"
#include "client/json.h"
#include "client/words.h"

namespace collate::client {
namespace {

constexpr char kReporter[] = "reporter";
constexpr char kTotal[] = "_T";

std::string MemberText(const v1::Coordinate& coordinate,
                       const v1::Citation& citation) {
  if (!coordinate.member().empty()) return KeyCode(coordinate.member());
  for (const v1::PrintedLabel& label : citation.labels()) {
    if (label.dimension() == coordinate.dimension()) {
      return absl::StrCat("\"", KeyCode(label.text()), "\"");
    }
  }
  return "\"\"";
}

ExportRow::Condition ConditionOf(const v1::Filter& filter) {
  // The order of the words does not make another question.
  std::set<std::string> members;
  for (const std::string& member : filter.members()) {
    members.insert(KeyCode(member));
  }
  return {
      filter.dimension(),
      absl::StrCat(filter.exclude() ? "!=" : "", absl::StrJoin(members, "|"),
                   filter.include_descendants() ? "+" : "")};
}

// Writes what the query keeps into a row that is broken down by other
// dimensions.
void AddFilters(const v1::StatisticsQuery& query, ExportRow& row) {
  const auto broken_down = static_cast<std::ptrdiff_t>(row.coordinates.size());
  for (const v1::Filter& filter : query.filters()) {
    if (std::find(query.group_by().begin(), query.group_by().end(),
                  filter.dimension()) != query.group_by().end()) {
      continue;
    }
    const bool one =
        std::set<std::string>(filter.members().begin(), filter.members().end())
            .size() == 1;
    if (!one || filter.exclude() || filter.include_descendants()) {
      row.conditions.push_back(ConditionOf(filter));
      continue;
    }
    v1::Coordinate& at = row.coordinates.emplace_back();
    at.set_dimension(filter.dimension());
    at.set_member(filter.members(0));
  }
  // A filter each dimension: their order does not tell questions apart.
  std::sort(row.coordinates.begin() + broken_down, row.coordinates.end(),
            [](const v1::Coordinate& a, const v1::Coordinate& b) {
              return a.dimension() < b.dimension();
            });
  std::sort(
      row.conditions.begin(), row.conditions.end(),
      [](const auto& a, const auto& b) { return a.dimension < b.dimension; });
}

std::string SourceOf(absl::string_view release) {
  const std::vector<absl::string_view> parts = absl::StrSplit(release, '/');
  return parts.size() > 1 ? std::string(parts[1]) : std::string();
}

absl::Time TimeOf(const google::protobuf::Timestamp& time) {
  return absl::FromUnixSeconds(time.seconds()) +
         absl::Nanoseconds(time.nanos());
}

std::string TimeText(absl::Time time) {
  return absl::FormatTime("%Y-%m-%dT%H:%M:%SZ", time, absl::UTCTimeZone());
}

template <typename Release>
std::string Published(const Release& release) {
  if (!release.has_publish_time()) return "unknown";
  return absl::FormatTime("%Y-%m-%d", TimeOf(release.publish_time()),
                          absl::UTCTimeZone());
}

std::string JsonText(const google::protobuf::Message& message) {
  const auto json = ToJsonLine(message);
  return json.ok() ? std::string(absl::StripSuffix(*json, "\n"))
                   : std::string();
}

template <typename Caveats>
void AddCaveats(const Caveats& caveats, ExportMetadata& metadata) {
  for (const v1::Caveat& caveat : caveats) {
    metadata.caveats.emplace_back(caveat.code(), caveat.message());
  }
}

// The sources of the releases, in their order, each once.
void AddSources(const std::vector<v1::Source>& sources,
                ExportMetadata& metadata) {
  for (const ExportMetadata::Release& release : metadata.releases) {
    metadata.synthetic |= release.synthetic;
    const auto& known = metadata.sources;
    if (std::any_of(known.begin(), known.end(), [&](const auto& source) {
          return source.id == release.source;
        })) {
      continue;
    }
    ExportMetadata::Source& entry = metadata.sources.emplace_back();
    entry.id = release.source;
    for (const v1::Source& source : sources) {
      if (source.name() != absl::StrCat("sources/", release.source)) continue;
      entry.title = source.title();
      entry.licence = source.licence();
      entry.attribution = source.attribution();
    }
  }
}

}  // namespace

std::string KeyCode(absl::string_view code) {
  std::string out;
  for (const char c : code) {
    if (absl::StrContains("%;=\"|!+", c)) {
      absl::StrAppendFormat(&out, "%%%02X", c);
    } else {
      out += c;
    }
  }
  return out;
}

bool ExportRow::HasFlag(absl::string_view code) const {
  return std::any_of(flags.begin(), flags.end(), [code](const auto& flag) {
    return absl::string_view(flag) == code;
  });
}

ExportRow RowOf(const v1::Observation& observation, const std::string& unit) {
  ExportRow row;
  row.measure = observation.measure();
  row.unit = unit;
  row.universe = observation.universe();
  row.coordinates.assign(observation.coordinates().begin(),
                         observation.coordinates().end());
  row.period = observation.period();
  row.state = observation.state();
  row.value = ReportedOf(observation);
  row.bounds = BoundsOf(observation);
  for (const int flag : observation.flags()) {
    row.flags.push_back(FlagCode(static_cast<v1::ObservationFlag>(flag)));
  }
  if (observation.unmapped()) row.flags.push_back("UNMAPPED");
  row.reason = observation.reason();
  row.record_count = static_cast<int64_t>(observation.record_count());
  row.releases = {observation.citation().release()};
  row.citation_count = 1;
  row.citation = observation.citation();
  return row;
}

ExportRow RowOf(const v1::Cell& cell, const v1::StatisticsQuery& query,
                const std::string& answer) {
  ExportRow row;
  row.measure = cell.measure();
  row.unit = cell.unit();
  row.universe = query.universe();
  row.panel_code = query.panel();
  row.answer = answer;
  row.coordinates.assign(cell.coordinates().begin(), cell.coordinates().end());
  AddFilters(query, row);
  row.period = cell.period();
  row.state = cell.state();
  row.value = ReportedOf(cell);
  row.bounds = ReportedBoundsOf(cell);
  row.panel = PanelBoundsOf(cell);
  row.coverage = cell.coverage();
  row.basis = BasisCode(cell.basis());
  for (const int flag : cell.flags()) {
    row.flags.push_back(FlagCode(static_cast<v1::CellFlag>(flag)));
  }
  if (!cell.coverage().missing().empty()) {
    row.reason = CoverageSentence(cell.coverage());
  }
  for (const v1::Citation& citation : cell.citations()) {
    if (std::find(row.releases.begin(), row.releases.end(),
                  citation.release()) == row.releases.end()) {
      row.releases.push_back(citation.release());
    }
  }
  std::sort(row.releases.begin(), row.releases.end());
  row.citation_count = cell.citation_count();
  if (!cell.citations().empty()) row.citation = cell.citations(0);
  return row;
}

std::string BreakdownOf(const ExportRow& row) {
  std::vector<std::string> parts;
  for (const v1::Coordinate& coordinate : row.coordinates) {
    if (coordinate.dimension() == kReporter) continue;
    parts.push_back(absl::StrCat(coordinate.dimension(), "=",
                                 MemberText(coordinate, row.citation)));
  }
  for (const ExportRow::Condition& condition : row.conditions) {
    if (condition.dimension == kReporter) continue;
    // "!=" has its sign of equality.
    parts.push_back(absl::StrCat(
        condition.dimension, absl::StartsWith(condition.text, "!=") ? "" : "=",
        condition.text));
  }
  return parts.empty() ? kTotal : absl::StrJoin(parts, ";");
}

std::string ReporterOf(const ExportRow& row) {
  for (const v1::Coordinate& coordinate : row.coordinates) {
    if (coordinate.dimension() == kReporter) {
      return KeyCode(coordinate.member());
    }
  }
  for (const ExportRow::Condition& condition : row.conditions) {
    if (condition.dimension == kReporter) return condition.text;
  }
  return kTotal;
}

Value StatedOf(const ExportRow& row) {
  if (!row.coverage.has_value() || !row.coverage->has_stated()) return Value();
  return Value(row.coverage->stated().reporter_count());
}

ExportMetadata MetadataOf(const v1::ExportHeader& header,
                          const std::vector<v1::Source>& sources) {
  ExportMetadata metadata;
  metadata.kind = "observations";
  metadata.query = JsonText(header.request());
  metadata.time = TimeText(TimeOf(header.export_time()));
  for (const v1::ReleaseProvenance& release : header.releases()) {
    metadata.releases.push_back({release.release(), Published(release),
                                 SourceOf(release.release()),
                                 release.synthetic()});
  }
  AddCaveats(header.caveats(), metadata);
  AddSources(sources, metadata);
  return metadata;
}

ExportMetadata MetadataOf(const v1::QueryStatisticsResponse& answer,
                          const v1::StatisticsQuery& query,
                          const std::vector<v1::Release>& releases,
                          const std::vector<v1::Source>& sources,
                          absl::Time now) {
  ExportMetadata metadata;
  metadata.kind = "answer";
  metadata.query = JsonText(query);
  metadata.name = answer.name();
  metadata.panel = query.panel();
  metadata.universe = query.universe();
  metadata.time = TimeText(now);
  for (const std::string& name : answer.releases()) {
    ExportMetadata::Release entry{name, "unknown", SourceOf(name), false};
    for (const v1::Release& release : releases) {
      if (release.name() != name) continue;
      entry.published = Published(release);
      entry.synthetic = release.synthetic();
    }
    metadata.releases.push_back(std::move(entry));
  }
  AddCaveats(answer.caveats(), metadata);
  AddSources(sources, metadata);
  return metadata;
}

}  // namespace collate::client
