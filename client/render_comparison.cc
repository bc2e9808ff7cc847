#include "client/render_comparison.h"

#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <utility>

#include "absl/strings/str_cat.h"
#include "absl/strings/str_join.h"
#include "client/cell_words.h"
#include "client/conflict_words.h"
#include "client/figures.h"
#include "client/grid.h"
#include "client/json.h"
#include "client/render_answer.h"
#include "client/render_derived.h"
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

// A cell of a column with what its question derives, or with nothing; a
// reporter that is not in the column's panel has nothing derived.
const v1::Cell& DerivingCell(const v1::CompareMeasuresResponse& comparison,
                             int column) {
  for (const v1::ComparedRow& row : comparison.rows()) {
    if (column < row.cells_size() &&
        !row.cells(column).cell().derived().empty()) {
      return row.cells(column).cell();
    }
  }
  return v1::Cell::default_instance();
}

std::vector<std::string> DerivedNames(const v1::Cell& cell) {
  std::vector<std::string> names;
  AddRateNames(cell, names);
  AddChangeAndShareNames(cell, names);
  return names;
}

Grid ComparisonTable(const v1::CompareMeasuresResponse& comparison) {
  Grid grid;
  if (!comparison.rows().empty()) {
    for (const v1::Coordinate& coordinate : comparison.rows(0).coordinates()) {
      grid.columns.push_back({coordinate.dimension(), coordinate.dimension()});
    }
  }
  grid.columns.push_back({"period", "period"});
  std::vector<size_t> derived;  // columns of each measure's
  for (int c = 0; c < comparison.columns_size(); ++c) {
    const v1::ComparedColumnHeader& column = comparison.columns(c);
    grid.columns.push_back({column.label(), absl::StrCat(column.label(), " [",
                                                         column.unit(), "]")});
    std::vector<Column> columns;
    AddDerivedColumns(DerivingCell(comparison, c), columns);
    derived.push_back(columns.size());
    for (const Column& one : columns) {
      grid.columns.push_back(
          {one.name, absl::StrCat(column.label(), ": ", one.heading)});
    }
  }
  for (const v1::ComparedRow& one : comparison.rows()) {
    std::vector<Value>& row = grid.rows.emplace_back();
    for (const v1::Coordinate& coordinate : one.coordinates()) {
      row.push_back(MemberWords(coordinate));
    }
    row.push_back(one.period().text());
    for (int c = 0; c < one.cells_size() && c < comparison.columns_size();
         ++c) {
      const v1::Cell& cell = one.cells(c).cell();
      row.push_back(CellWords(one.cells(c)));
      const size_t end = row.size() + derived[c];
      AddDerivedValues(cell, row);
      row.resize(end, StateWords(cell.state()));
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
  // One column for each name, whichever measures derive it.
  const size_t common = grid.columns.size();
  std::vector<std::vector<size_t>> derived(comparison.columns_size());
  for (int c = 0; c < comparison.columns_size(); ++c) {
    for (std::string& name : DerivedNames(DerivingCell(comparison, c))) {
      const auto known = std::find_if(
          grid.columns.begin() + static_cast<ptrdiff_t>(common),
          grid.columns.end(),
          [&name](const Column& column) { return column.name == name; });
      derived[c].push_back(known - grid.columns.begin());
      if (known == grid.columns.end()) {
        grid.columns.push_back({std::move(name), ""});
      }
    }
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
      row.resize(grid.columns.size());
      std::vector<Value> values;
      AddRateFields(cell, values);
      AddChangeAndShareFields(cell, values);
      for (size_t i = 0; i < values.size() && i < derived[c].size(); ++i) {
        row[derived[c][i]] = std::move(values[i]);
      }
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
  for (std::string& note : DerivedNotes(cells)) {
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
    AddReleaseNotes(absl::StrCat(column.label(), ": from "), column.releases(),
                    notes);
  }
  return notes;
}

}  // namespace collate::client
