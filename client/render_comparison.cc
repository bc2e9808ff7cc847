#include "client/render_comparison.h"

#include <cstddef>
#include <cstdint>
#include <utility>

#include "absl/strings/str_cat.h"
#include "absl/strings/str_join.h"
#include "client/figures.h"
#include "client/grid.h"
#include "client/json.h"
#include "client/render_answer.h"
#include "client/said_once.h"
#include "client/words.h"

namespace collate::client {
namespace {

std::vector<std::string> UnalignedOf(const v1::ComparedCell& cell) {
  std::vector<std::string> periods;
  for (const v1::Period& period : cell.unaligned_periods()) {
    periods.push_back(period.text());
  }
  return periods;
}

// The number, with its bounds and coverage where they say more; or why there
// is none.
Value CellWords(const v1::ComparedCell& compared) {
  const v1::Cell& cell = compared.cell();
  if (!HasReported(cell)) {
    std::string words = StateWords(cell.state());
    if (const auto periods = UnalignedOf(compared); !periods.empty()) {
      absl::StrAppend(&words, " (only ", absl::StrJoin(periods, ", "), ")");
    }
    return words;
  }
  const Bounds bounds = ReportedBoundsOf(cell);
  const Value reported = ReportedOf(cell);
  const v1::Coverage& coverage = cell.coverage();
  const bool whole = coverage.complete() == coverage.due();
  if (whole && bounds.lower == reported && bounds.upper == reported) {
    return reported;
  }
  std::string words = cell.has_reported()
                          ? GroupedInteger(cell.reported())
                          : GroupedDecimal(cell.decimal_reported());
  std::vector<std::string> more;
  if (bounds.lower != reported || bounds.upper != reported) {
    more.push_back(bounds.words);
  }
  if (!whole) more.push_back(CoverageWords(coverage));
  return absl::StrCat(words, " (", absl::StrJoin(more, "; "), ")");
}

Grid ComparisonTable(const v1::CompareMeasuresResponse& comparison) {
  Grid grid;
  if (!comparison.rows().empty()) {
    for (const v1::Coordinate& coordinate : comparison.rows(0).coordinates()) {
      grid.columns.push_back({coordinate.dimension(), coordinate.dimension()});
    }
  }
  grid.columns.push_back({"period", "period"});
  for (const v1::ComparedColumnHeader& column : comparison.columns()) {
    grid.columns.push_back({column.label(), absl::StrCat(column.label(), " [",
                                                         column.unit(), "]")});
  }
  for (const v1::ComparedRow& one : comparison.rows()) {
    std::vector<Value>& row = grid.rows.emplace_back();
    for (const v1::Coordinate& coordinate : one.coordinates()) {
      row.push_back(MemberWords(coordinate));
    }
    row.push_back(one.period().text());
    for (const v1::ComparedCell& cell : one.cells()) {
      row.push_back(CellWords(cell));
    }
    row.resize(grid.columns.size());
  }
  return grid;
}

Grid ComparisonCsv(const v1::CompareMeasuresResponse& comparison) {
  Grid grid;
  size_t dimensions = 0;
  if (!comparison.rows().empty()) {
    for (const v1::Coordinate& coordinate : comparison.rows(0).coordinates()) {
      grid.columns.push_back({coordinate.dimension(), ""});
      ++dimensions;
    }
  }
  for (const char* name :
       {"period", "period_start", "period_end", "column", "measure", "unit",
        "state", "reported", "reported_lower", "reported_upper", "panel_lower",
        "panel_upper", "complete", "due", "expected", "unaligned_periods",
        "flags", "basis", "stated_reporters"}) {
    grid.columns.push_back({name, ""});
  }
  for (const v1::ComparedRow& one : comparison.rows()) {
    for (int c = 0; c < one.cells_size() && c < comparison.columns_size();
         ++c) {
      const v1::Cell& cell = one.cells(c).cell();
      const v1::ComparedColumnHeader& column = comparison.columns(c);
      std::vector<Value>& row = grid.rows.emplace_back();
      for (size_t i = 0; i < dimensions; ++i) {
        row.push_back(one.coordinates(static_cast<int>(i)).member());
      }
      std::vector<std::string> flags;
      for (const int flag : cell.flags()) {
        flags.push_back(FlagCode(static_cast<v1::CellFlag>(flag)));
      }
      const Bounds reported = ReportedBoundsOf(cell);
      const Bounds panel = PanelBoundsOf(cell);
      row.insert(
          row.end(),
          {one.period().text(), one.period().start_date(),
           one.period().end_date(), column.label(), column.measure(),
           column.unit(), StateCode(cell.state()), ReportedOf(cell),
           reported.lower, reported.upper, panel.lower, panel.upper,
           int64_t{cell.coverage().complete()}, int64_t{cell.coverage().due()},
           int64_t{cell.coverage().expected()},
           absl::StrJoin(UnalignedOf(one.cells(c)), ";"),
           absl::StrJoin(flags, ";"), BasisCode(cell.basis()),
           cell.coverage().has_stated()
               ? Value(cell.coverage().stated().reporter_count())
               : Value()});
    }
  }
  return grid;
}

}  // namespace

absl::StatusOr<std::string> RenderComparison(
    const v1::CompareMeasuresResponse& comparison, Format format) {
  switch (format) {
    case Format::kJson:
      return ToJson(comparison);
    case Format::kNdjson:
      return ToJsonLines(comparison.rows());
    case Format::kCsv:
      return RenderCsv(ComparisonCsv(comparison));
    case Format::kTable:
      break;
  }
  return RenderTable(ComparisonTable(comparison));
}

std::vector<std::string> ComparisonNotes(
    const v1::CompareMeasuresResponse& comparison) {
  std::vector<std::string> notes;
  for (const v1::ComparedColumnHeader& column : comparison.columns()) {
    notes.push_back(Printable(
        absl::StrCat(column.label(), ": ", column.measure(), " in ",
                     column.unit(), "; panel: ", column.panel_title())));
  }
  SaidOnce gaps;
  SaidOnce flags;
  std::vector<std::pair<std::string, const v1::Cell*>> cells;
  for (const v1::ComparedRow& row : comparison.rows()) {
    for (int c = 0; c < row.cells_size() && c < comparison.columns_size();
         ++c) {
      const v1::Cell& cell = row.cells(c).cell();
      const std::string name =
          absl::StrCat(comparison.columns(c).label(), ", ", CellName(cell));
      cells.emplace_back(name, &cell);
      for (std::string& note : FlagNotes(cell)) {
        flags.Add(std::move(note), name);
      }
      if (cell.coverage().missing().empty()) continue;
      gaps.Add(CoverageSentence(cell.coverage()), name);
    }
  }
  for (std::string& note :
       gaps.Notes("$ more gaps are not listed here; every cell has its state, "
                  "and --format json every reason")) {
    notes.push_back(Printable(note));
  }
  for (std::string& note :
       flags.Notes("$ more marks of cells are not listed here; --format json "
                   "has them all")) {
    notes.push_back(Printable(note));
  }
  for (std::string& note : ConflictNotes(cells)) {
    notes.push_back(std::move(note));
  }
  for (const v1::Caveat& caveat : comparison.caveats()) {
    notes.push_back(
        Printable(absl::StrCat(caveat.code(), ": ", caveat.message())));
  }
  for (const v1::ComparedColumnHeader& column : comparison.columns()) {
    for (const std::string& release : column.releases()) {
      notes.push_back(
          Printable(absl::StrCat(column.label(), ": from ", release)));
    }
  }
  return notes;
}

}  // namespace collate::client
