#include "client/render_answer.h"

#include <algorithm>
#include <cstddef>
#include <utility>

#include "absl/container/flat_hash_set.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/str_join.h"
#include "absl/strings/strip.h"
#include "client/cell_words.h"
#include "client/conflict_words.h"
#include "client/figures.h"
#include "client/grid.h"
#include "client/json.h"
#include "client/render_derivation.h"
#include "client/render_derived.h"
#include "client/said_once.h"
#include "client/words.h"

namespace collate::client {
namespace {

Grid AnswerTable(const v1::QueryStatisticsResponse& answer,
                 const std::vector<std::string>& group_by) {
  bool one_measure = true;
  bool exact = true;
  bool noted = false;
  for (const v1::Cell& cell : answer.cells()) {
    if (cell.measure() != answer.cells(0).measure()) one_measure = false;
    if (HasReported(cell) && !IsExact(cell)) exact = false;
    if (!NotesOf(cell).empty()) noted = true;
  }

  Grid grid;
  if (!one_measure) grid.columns.push_back({"measure", "measure"});
  for (const std::string& dimension : group_by) {
    grid.columns.push_back({dimension, dimension});
  }
  grid.columns.push_back({"period", "period"});
  const bool one_unit = one_measure && answer.cells_size() > 0;
  grid.columns.push_back(
      {"reported", one_unit ? absl::StrCat("reported ", answer.cells(0).unit())
                            : "reported"});
  if (!one_unit) grid.columns.push_back({"unit", "unit"});
  if (!exact) grid.columns.push_back({"bounds", "of those reporters"});
  grid.columns.push_back({"panel", "whole panel"});
  if (!answer.cells().empty()) AddDerivedColumns(answer.cells(0), grid.columns);
  grid.columns.push_back({"coverage", "coverage"});
  if (noted) grid.columns.push_back({"notes", "notes"});

  for (const v1::Cell& cell : answer.cells()) {
    std::vector<Value>& row = grid.rows.emplace_back();
    if (!one_measure) row.push_back(cell.measure());
    for (size_t i = 0; i < group_by.size(); ++i) {
      row.push_back(static_cast<int>(i) < cell.coordinates_size()
                        ? MemberWords(cell.coordinates(static_cast<int>(i)))
                        : std::string());
    }
    row.push_back(cell.period().text());
    row.push_back(ReportedOrWords(cell));
    if (!one_unit) row.push_back(cell.unit());
    if (!exact) {
      const Bounds bounds = ReportedBoundsOf(cell);
      row.push_back(bounds.known ? bounds.words : "none printed");
    }
    row.push_back(PanelWords(cell));
    AddDerivedValues(cell, row);
    row.push_back(CoverageWords(cell.coverage()));
    if (noted) row.push_back(NotesOf(cell));
  }
  return grid;
}

Grid AnswerCsv(const v1::QueryStatisticsResponse& answer,
               const std::vector<std::string>& group_by, bool cited) {
  Grid grid;
  std::vector<std::string> names = {"measure", "unit"};
  names.insert(names.end(), group_by.begin(), group_by.end());
  for (const char* name :
       {"period", "period_start", "period_end", "state", "reported",
        "reported_lower", "reported_upper", "panel_lower", "panel_upper",
        "expected", "due", "complete", "flags"}) {
    names.push_back(name);
  }
  const v1::Cell none;
  const v1::Cell& first = answer.cells().empty() ? none : answer.cells(0);
  AddRateNames(first, names);
  if (cited) {
    for (const char* name :
         {"citation_count", "citation_release", "citation_document",
          "citation_sha256", "citation_locator", "citation_raw"}) {
      names.push_back(name);
    }
  }
  names.push_back("basis");
  names.push_back("stated_reporters");
  if (cited) names.push_back("citation_printed_by");
  AddChangeAndShareNames(first, names);
  names.push_back("sources");
  for (std::string& name : names) grid.columns.push_back({std::move(name), ""});

  for (const v1::Cell& cell : answer.cells()) {
    std::vector<Value>& row = grid.rows.emplace_back();
    row.push_back(cell.measure());
    row.push_back(cell.unit());
    for (size_t i = 0; i < group_by.size(); ++i) {
      row.push_back(static_cast<int>(i) < cell.coordinates_size()
                        ? cell.coordinates(static_cast<int>(i)).member()
                        : std::string());
    }
    row.push_back(cell.period().text());
    row.push_back(cell.period().start_date());
    row.push_back(cell.period().end_date());
    row.push_back(StateCode(cell.state()));
    row.push_back(ReportedOf(cell));
    for (const Bounds& bounds : {ReportedBoundsOf(cell), PanelBoundsOf(cell)}) {
      row.push_back(bounds.lower);
      row.push_back(bounds.upper);
    }
    row.push_back(int64_t{cell.coverage().expected()});
    row.push_back(int64_t{cell.coverage().due()});
    row.push_back(int64_t{cell.coverage().complete()});
    std::vector<std::string> flags;
    for (const int flag : cell.flags()) {
      flags.push_back(FlagCode(static_cast<v1::CellFlag>(flag)));
    }
    row.push_back(absl::StrJoin(flags, ";"));
    AddRateFields(cell, row);
    const v1::Citation no_citation;
    const v1::Citation& citation =
        cell.citations().empty() ? no_citation : cell.citations(0);
    if (cited) {
      row.push_back(int64_t{cell.citation_count()});
      row.push_back(citation.release());
      row.push_back(citation.document());
      row.push_back(citation.document_sha256());
      row.push_back(citation.locator());
      row.push_back(citation.raw());
    }
    row.push_back(BasisCode(cell.basis()));
    row.push_back(cell.coverage().has_stated()
                      ? Value(cell.coverage().stated().reporter_count())
                      : Value());
    if (cited) row.push_back(citation.printed_by());
    AddChangeAndShareFields(cell, row);
    row.push_back(SourceTally(cell, ":", ";"));
  }
  return grid;
}

std::string CitationsBelow(const v1::QueryStatisticsResponse& answer) {
  std::string out;
  for (const v1::Cell& cell : answer.cells()) {
    absl::StrAppend(
        &out, "\n", CellName(cell), ": ", GroupedInteger(cell.citation_count()),
        cell.citation_count() == 1 ? " printed cell" : " printed cells", "\n");
    const int shown = std::min(cell.citations_size(), kCitationsShown);
    for (int i = 0; i < shown; ++i) {
      absl::StrAppend(&out, "  ", CitationWords(cell.citations(i)), "\n");
    }
    if (const int more = cell.citation_count() - shown; more > 0) {
      absl::StrAppend(&out, "  and ", GroupedInteger(more),
                      " more: --format json lists them all\n");
    }
  }
  return out;
}

}  // namespace

absl::StatusOr<std::string> RenderAnswer(
    const v1::QueryStatisticsResponse& answer,
    const std::vector<std::string>& group_by, bool cited, Format format) {
  switch (format) {
    case Format::kJson:
      return ToJson(answer);
    case Format::kNdjson:
      return ToJsonLines(answer.cells());
    case Format::kCsv:
      return RenderCsv(AnswerCsv(answer, group_by, cited));
    case Format::kTable:
      break;
  }
  std::string out = RenderTable(AnswerTable(answer, group_by));
  if (cited) out += CitationsBelow(answer);
  return out;
}

void AddReleaseNotes(
    const std::string& before,
    const google::protobuf::RepeatedPtrField<std::string>& releases,
    std::vector<std::string>& notes) {
  constexpr int kReleasesNamed = 10;
  const int named = std::min(releases.size(), kReleasesNamed);
  for (int i = 0; i < named; ++i) {
    notes.push_back(Printable(absl::StrCat(before, releases[i])));
  }
  if (const int more = releases.size() - named; more > 0) {
    notes.push_back(
        Printable(absl::StrCat(before, GroupedInteger(more),
                               more == 1 ? " more release" : " more releases",
                               ", which --format json lists")));
  }
}

std::vector<std::string> AnswerNotes(
    const v1::QueryStatisticsResponse& answer) {
  std::vector<std::string> notes;
  if (answer.has_panel()) {
    notes.push_back(absl::StrCat(
        "Panel: ", Printable(answer.panel().title()),
        answer.panel().code().empty()
            ? std::string()
            : absl::StrCat(" (", answer.panel().code(), ")"),
        ", ", GroupedInteger(answer.panel().reporter_count()),
        answer.panel().reporter_count() == 1 ? " reporter" : " reporters"));
  }
  SaidOnce gaps;
  for (const v1::Cell& cell : answer.cells()) {
    if (cell.coverage().missing().empty()) continue;
    gaps.Add(CoverageSentence(cell.coverage()), CellName(cell));
  }
  for (std::string& note :
       gaps.Notes("$ more gaps are not listed here; every cell has its state, "
                  "and --format json every reason")) {
    notes.push_back(std::move(note));
  }
  // Whom each published total counts.
  constexpr size_t kTotalsNamed = 10;
  absl::flat_hash_set<std::string> totals;
  for (const v1::Cell& cell : answer.cells()) {
    if (!cell.coverage().has_stated()) continue;
    std::string words =
        Printable(absl::StrCat(CellName(cell), ": published total; ",
                               StatedWords(cell.coverage().stated())));
    if (!totals.insert(words).second || totals.size() > kTotalsNamed) continue;
    notes.push_back(std::move(words));
  }
  if (totals.size() > kTotalsNamed) {
    notes.push_back(absl::StrCat(
        GroupedInteger(static_cast<int64_t>(totals.size() - kTotalsNamed)),
        " more published totals state whom they count; --format json has "
        "them all"));
  }
  std::vector<std::pair<std::string, const v1::Cell*>> cells;
  for (const v1::Cell& cell : answer.cells()) {
    cells.emplace_back(CellName(cell), &cell);
  }
  for (std::string& note : DerivedNotes(cells)) {
    notes.push_back(std::move(note));
  }
  for (std::string& note : ConflictNotes(cells)) {
    notes.push_back(std::move(note));
  }
  AddCaveats(answer.caveats(), notes);
  AddReleaseNotes("From ", answer.releases(), notes);
  if (!answer.name().empty()) {
    notes.push_back(Printable(absl::StrCat(
        "This is ", answer.name(), ", which collate answer gives again")));
  }
  return notes;
}

}  // namespace collate::client
