#include "client/export/gss_csv.h"

#include <algorithm>
#include <utility>

#include "absl/strings/str_cat.h"
#include "absl/strings/str_join.h"
#include "client/export/status_codes.h"
#include "client/grid.h"
#include "client/words.h"

namespace collate::client {
namespace {

constexpr char kMarkers[] =
    "[c] withheld; [x] not available; [z] not applicable; [u] low "
    "reliability: not all of what was asked for; [low] rounds to 0 and is not "
    "0; [e] estimated; [p] provisional; [r] revised; [b] break in the series";

std::vector<std::string> Names(const std::vector<std::string>& dimensions) {
  std::vector<std::string> names = {"measure", "unit", "universe"};
  names.insert(names.end(), dimensions.begin(), dimensions.end());
  for (const char* name : {"breakdown",
                           "period",
                           "period_start",
                           "period_end",
                           "value",
                           "value_marker",
                           "lower",
                           "upper",
                           "panel_lower",
                           "panel_upper",
                           "state",
                           "reporters_complete",
                           "reporters_due",
                           "reporters_expected",
                           "reporters_stated",
                           "basis",
                           "flags",
                           "reason",
                           "citations",
                           "releases",
                           "document",
                           "document_sha256",
                           "locator",
                           "raw",
                           "printed_by",
                           "records"}) {
    names.push_back(name);
  }
  return names;
}

Value CountOf(const ExportRow& row, int32_t (v1::Coverage::*count)() const) {
  if (!row.coverage.has_value()) return Value();
  return Value(int64_t{(*row.coverage.*count)()});
}

}  // namespace

std::string GssCsvHead(const ExportMetadata& metadata,
                       const std::vector<std::string>& dimensions) {
  Grid block;
  block.columns = {{"collate export", ""}, {metadata.kind, ""}};
  const auto add = [&block](const std::string& key, const std::string& text) {
    if (!text.empty()) block.rows.push_back({key, text});
  };
  if (metadata.synthetic) {
    add("SYNTHETIC", "Made-up figures take part; nothing here is a fact");
  }
  add("exported", metadata.time);
  add("answer", metadata.name);
  add("query", metadata.query);
  for (const ExportMetadata::Release& release : metadata.releases) {
    add("release", absl::StrCat(release.name, ", published ", release.published,
                                release.synthetic ? ", synthetic" : ""));
  }
  for (const ExportMetadata::Source& source : metadata.sources) {
    std::vector<std::string> words;
    for (const std::string& text :
         {source.title, source.licence, source.attribution}) {
      if (!text.empty()) words.push_back(text);
    }
    add("source", absl::StrCat(source.id, ": ", absl::StrJoin(words, "; ")));
  }
  for (const auto& [code, message] : metadata.caveats) {
    add("caveat", absl::StrCat(code, ": ", message));
  }
  add("markers", kMarkers);
  Grid table;
  for (std::string& name : Names(dimensions)) {
    table.columns.push_back({std::move(name), ""});
  }
  return absl::StrCat(RenderCsv(block), "\n", RenderCsv(table));
}

std::string GssCsvRows(const std::vector<ExportRow>& rows,
                       const std::vector<std::string>& dimensions) {
  Grid grid;
  for (const ExportRow& row : rows) {
    std::vector<Value>& line = grid.rows.emplace_back();
    line = {row.measure, row.unit, row.universe};
    ExportRow rest = row;
    rest.coordinates.clear();
    for (const std::string& dimension : dimensions) {
      const auto at =
          std::find_if(row.coordinates.begin(), row.coordinates.end(),
                       [&](const v1::Coordinate& coordinate) {
                         return coordinate.dimension() == dimension;
                       });
      if (at != row.coordinates.end()) {
        line.push_back(KeyCode(at->member()));
        continue;
      }
      const auto kept =
          std::find_if(row.conditions.begin(), row.conditions.end(),
                       [&](const ExportRow::Condition& condition) {
                         return condition.dimension == dimension;
                       });
      line.push_back(kept == row.conditions.end() ? Value() : kept->text);
    }
    for (const v1::Coordinate& coordinate : row.coordinates) {
      if (std::find(dimensions.begin(), dimensions.end(),
                    coordinate.dimension()) == dimensions.end()) {
        rest.coordinates.push_back(coordinate);
      }
    }
    const std::string breakdown = BreakdownOf(rest);
    const std::vector<Value> others = {
        breakdown == "_T" ? Value() : Value(breakdown),
        row.period.text(),
        row.period.start_date(),
        row.period.end_date(),
        row.value,
        GssMarkers(row),
        row.bounds.lower,
        row.bounds.upper,
        row.panel.lower,
        row.panel.upper,
        StateCode(row.state),
        CountOf(row, &v1::Coverage::complete),
        CountOf(row, &v1::Coverage::due),
        CountOf(row, &v1::Coverage::expected),
        StatedOf(row),
        row.basis,
        absl::StrJoin(row.flags, ";"),
        row.reason,
        row.citation_count,
        absl::StrJoin(row.releases, ";"),
        row.citation.document(),
        row.citation.document_sha256(),
        row.citation.locator(),
        row.citation.raw(),
        row.citation.printed_by(),
        row.coverage.has_value() ? Value() : Value(row.record_count)};
    line.insert(line.end(), others.begin(), others.end());
  }
  return RenderCsv(grid, /*with_header=*/false);
}

}  // namespace collate::client
