#include "client/render_answer.h"

#include <algorithm>
#include <cstddef>
#include <utility>

#include "absl/container/flat_hash_set.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/str_join.h"
#include "absl/strings/strip.h"
#include "client/figures.h"
#include "client/grid.h"
#include "client/json.h"
#include "client/render_derivation.h"
#include "client/render_derived.h"
#include "client/said_once.h"
#include "client/words.h"

namespace collate::client {
namespace {

bool NoneDue(v1::State state) {
  return state == v1::STATE_NOT_ASKED || state == v1::STATE_NOT_APPLICABLE;
}

// The number, or the words that say why there is none.
template <typename Message>
Value ReportedOrWords(const Message& message) {
  if (HasReported(message)) return ReportedOf(message);
  return StateWords(message.state());
}

// Whether the bounds say no more than the printed number.
bool IsExact(const v1::Cell& cell) {
  const Bounds bounds = ReportedBoundsOf(cell);
  const Value reported = ReportedOf(cell);
  return bounds.lower == reported && bounds.upper == reported;
}

std::string PanelWords(const v1::Cell& cell) {
  const Bounds bounds = PanelBoundsOf(cell);
  if (bounds.known) return bounds.words;
  return NoneDue(cell.state()) ? "none due" : "unknown";
}

// Beside a number that is not all of it: "incomplete: nothing loaded (2)", the
// count being that of reporters.
std::string IncompleteWords(const v1::Cell& cell) {
  if (cell.state() == v1::STATE_ROUNDED) return StateWords(cell.state());
  std::vector<std::string> parts;
  for (const v1::StateCount& count : cell.coverage().tally()) {
    if (count.state() == v1::STATE_REPORTED) continue;
    parts.push_back(absl::StrCat(StateWords(count.state()), " (",
                                 GroupedInteger(count.count()), ")"));
  }
  if (parts.size() < 2 && cell.coverage().expected() == 1) {
    parts = {StateWords(cell.state())};
  }
  return absl::StrCat("incomplete: ", absl::StrJoin(parts, ", "));
}

// "first 3, second 1": from which source how many reporters' figures come.
std::string SourceTally(const v1::Cell& cell, absl::string_view between,
                        absl::string_view separator) {
  std::vector<std::string> counts;
  for (const v1::SourceCount& one : cell.sources()) {
    counts.push_back(absl::StrCat(one.source(), between, one.reporter_count()));
  }
  return absl::StrJoin(counts, separator);
}

std::string NotesOf(const v1::Cell& cell) {
  std::vector<std::string> notes;
  if (HasReported(cell) && cell.state() != v1::STATE_REPORTED) {
    notes.push_back(IncompleteWords(cell));
  }
  for (std::string& note : FlagNotes(cell)) notes.push_back(std::move(note));
  return absl::StrJoin(notes, "; ");
}

// "Leicestershire 2,284 v 2,100": the answer's figure, then the other one;
// "Kent 350 v 12 (base 1,824)" of a count and a share.
std::string DifferenceWords(const v1::Difference& difference) {
  std::vector<std::string> names;
  for (const v1::Coordinate& coordinate : difference.coordinates()) {
    names.push_back(MemberWords(coordinate));
  }
  const auto words = [](const v1::OneFigure& figure) {
    const Bounds bounds = BoundsOf(figure);
    std::vector<std::string> behind(figure.printed_by().begin(),
                                    figure.printed_by().end());
    if (figure.has_stated()) behind.push_back(StatedWords(figure.stated()));
    return absl::StrCat(
        bounds.known ? bounds.words : StateWords(figure.state()),
        behind.empty() ? std::string()
                       : absl::StrCat(" (", absl::StrJoin(behind, "; "), ")"));
  };
  return absl::StrCat(
      absl::StrJoin(names, ", "), " ", words(difference.served()), " v ",
      words(difference.other()),
      difference.has_base()
          ? absl::StrCat(" (base ", words(difference.base()), ")")
          : std::string());
}

// "platform_share_percent of Sexual grooming": what the other side is of, where
// that is not the cell itself; else empty.
std::string OtherSubject(const v1::Conflict& conflict) {
  std::vector<std::string> members;
  for (const v1::Coordinate& coordinate : conflict.other_coordinates()) {
    members.push_back(coordinate.member().empty()
                          ? absl::StrCat("every ", coordinate.dimension())
                          : MemberWords(coordinate));
  }
  if (conflict.other_measure().empty()) return absl::StrJoin(members, ", ");
  return absl::StrCat(conflict.other_measure(), members.empty() ? "" : " of ",
                      absl::StrJoin(members, ", "));
}

// "a and b": who is compared, and how where they do not print the same cell.
std::string ConflictSubject(const v1::Conflict& conflict) {
  const std::string& source = conflict.source();
  const std::string& other = conflict.other_source();
  const std::string subject = OtherSubject(conflict);
  const std::string whose =
      subject.empty() ? other : absl::StrCat(other, " (", subject, ")");
  switch (conflict.kind()) {
    case v1::CONFLICT_KIND_PARTS_V_TOTAL:
      return absl::StrCat("parts against a total: ", source, " and ", whose);
    case v1::CONFLICT_KIND_PART_EXCEEDS_WHOLE:
      return absl::StrCat("a part is more than its whole: ", source, " and ",
                          whose);
    case v1::CONFLICT_KIND_SHARE_V_COUNT:
      return absl::StrCat("a printed share is not that of the counts: ", source,
                          " and ", whose);
    case v1::CONFLICT_KIND_SILENT_REVISION:
      return absl::StrCat(source, " printed another number before");
    default:
      return source == other
                 ? absl::StrCat("two sides that ", source, " repeats")
                 : absl::StrCat(source, " and ", whose);
  }
}

std::string ConflictWords(const v1::Conflict& conflict) {
  constexpr int kNamed = 10;
  std::string words = ConflictSubject(conflict);
  if (conflict.has_reported()) {
    absl::StrAppend(&words, " print ", GroupedInteger(conflict.reported()),
                    " and ", GroupedInteger(conflict.other_reported()), " for ",
                    GroupedInteger(conflict.compared_count()),
                    conflict.compared_count() == 1 ? " figure" : " figures");
  }
  const int count = conflict.differences_size();
  absl::StrAppend(&words, "; ", GroupedInteger(count),
                  count == 1 ? " differs: " : " differ: ");
  std::vector<std::string> named;
  for (int i = 0; i < std::min(count, kNamed); ++i) {
    named.push_back(DifferenceWords(conflict.differences(i)));
  }
  if (count > kNamed) {
    named.push_back(absl::StrCat("and ", GroupedInteger(count - kNamed),
                                 " more, which --format json lists"));
  }
  return absl::StrCat(words, absl::StrJoin(named, "; "));
}

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

void AddCaveats(const google::protobuf::RepeatedPtrField<v1::Caveat>& caveats,
                std::vector<std::string>& notes) {
  for (const v1::Caveat& caveat : caveats) {
    notes.push_back(
        Printable(absl::StrCat(caveat.code(), ": ", caveat.message())));
  }
}

// A figure's place among the asked ones: "Kent" or "Kent, Snapchat, 2017/18".
std::string LeafName(const v1::Leaf& leaf) {
  std::vector<std::string> parts;
  for (const v1::Coordinate& coordinate : leaf.coordinates()) {
    parts.push_back(MemberWords(coordinate));
  }
  return Printable(absl::StrJoin(parts, ", "));
}

std::string MethodCode(v1::Method method) {
  switch (method) {
    case v1::METHOD_EXACT:
      return "EXACT";
    case v1::METHOD_TILED:
      return "TILED";
    case v1::METHOD_PARTS:
      return "PARTS";
    case v1::METHOD_LOWER_BOUND:
      return "LOWER_BOUND";
    default:
      return "NOTHING_FOUND";
  }
}

std::string MethodWords(v1::Method method) {
  switch (method) {
    case v1::METHOD_EXACT:
      return "as published";
    case v1::METHOD_TILED:
      return "shorter periods added";
    case v1::METHOD_PARTS:
      return "parts added";
    case v1::METHOD_LOWER_BOUND:
      return "lower bound from parts";
    default:
      return "nothing found";
  }
}

std::string ExplanationTable(const v1::ExplainCellResponse& explanation,
                             bool boxes) {
  const v1::Cell& cell = explanation.cell();
  std::string out = absl::StrCat(CellName(cell), ": ");
  if (cell.has_reported()) {
    absl::StrAppend(&out, GroupedInteger(cell.reported()), " ", cell.unit());
  } else if (!cell.decimal_reported().empty()) {
    absl::StrAppend(&out, GroupedDecimal(cell.decimal_reported()), " ",
                    cell.unit());
  }
  if (HasReported(cell)) {
    if (!IsExact(cell)) {
      absl::StrAppend(&out, " printed; those reporters' figures come to ",
                      ReportedBoundsOf(cell).words);
    }
  } else {
    absl::StrAppend(&out, "no number printed (", StateWords(cell.state()), ")");
  }
  absl::StrAppend(
      &out, "\nWhole panel: ", PanelWords(cell), "\nCoverage: ",
      Printable(cell.coverage().has_stated()
                    ? absl::StrCat("published total; ",
                                   StatedWords(cell.coverage().stated()))
                    : CoverageSentence(cell.coverage())),
      "\n");
  if (const std::string notes = NotesOf(cell); !notes.empty()) {
    absl::StrAppend(&out, "Notes: ", notes, "\n");
  }
  out += ExplainDerived(cell);

  Grid grid;
  grid.columns = {{"figure", "figure"}, {"reported", "reported"},
                  {"bounds", "bounds"}, {"state", "state"},
                  {"how", "how"},       {"source", "source"}};
  bool reasons = false;
  for (const v1::Leaf& leaf : explanation.leaves()) {
    if (!leaf.reason().empty() || !leaf.available().empty()) reasons = true;
  }
  if (reasons) grid.columns.push_back({"reason", "reason"});
  for (const v1::Leaf& leaf : explanation.leaves()) {
    std::vector<Value>& row = grid.rows.emplace_back();
    row.push_back(LeafName(leaf));
    row.push_back(ReportedOrWords(leaf));
    const Bounds bounds = BoundsOf(leaf);
    row.push_back(bounds.known            ? bounds.words
                  : NoneDue(leaf.state()) ? "none due"
                                          : "unknown");
    row.push_back(StateWords(leaf.state()));
    row.push_back(MethodWords(leaf.method()));
    row.push_back(leaf.source().empty() ? "none" : leaf.source());
    if (reasons) {
      std::vector<std::string> parts;
      if (!leaf.reason().empty()) parts.push_back(leaf.reason());
      if (!leaf.available().empty()) {
        parts.push_back(absl::StrCat("available: ",
                                     absl::StrJoin(leaf.available(), " | ")));
      }
      row.push_back(absl::StrJoin(parts, "; "));
    }
  }
  absl::StrAppend(&out, "\n", RenderTable(grid));

  absl::StrAppend(&out, "\nHow it came to be\n",
                  RenderDerivation(explanation, boxes));
  return out;
}

const v1::ReleaseProvenance& ReaderOf(
    const v1::ExplainCellResponse& explanation, const v1::Citation& citation) {
  for (const v1::ReleaseProvenance& release : explanation.releases()) {
    if (release.release() == citation.release()) return release;
  }
  return v1::ReleaseProvenance::default_instance();
}

// One row for each printed cell; a figure without any has one row.
Grid ExplanationCsv(const v1::ExplainCellResponse& explanation) {
  Grid grid;
  std::vector<std::string> names = {"measure", "unit"};
  if (!explanation.leaves().empty()) {
    for (const v1::Coordinate& coordinate :
         explanation.leaves(0).coordinates()) {
      names.push_back(coordinate.dimension());
    }
  }
  const size_t dimensions = names.size() - 2;
  for (const char* name :
       {"period",         "period_start", "period_end", "state",
        "reported",       "lower",        "upper",      "method",
        "source",         "reason",       "release",    "document",
        "sha256",         "locator",      "raw",        "printed_reporter",
        "printed_period", "printed_by",   "adapter",    "adapter_version"}) {
    names.push_back(name);
  }
  for (std::string& name : names) grid.columns.push_back({std::move(name), ""});

  for (const v1::Leaf& leaf : explanation.leaves()) {
    std::vector<Value> start;
    start.push_back(explanation.cell().measure());
    start.push_back(explanation.cell().unit());
    for (size_t i = 0; i < dimensions; ++i) {
      start.push_back(static_cast<int>(i) < leaf.coordinates_size()
                          ? leaf.coordinates(static_cast<int>(i)).member()
                          : std::string());
    }
    start.push_back(leaf.period().text());
    start.push_back(leaf.period().start_date());
    start.push_back(leaf.period().end_date());
    start.push_back(StateCode(leaf.state()));
    const Bounds bounds = BoundsOf(leaf);
    start.push_back(ReportedOf(leaf));
    start.push_back(bounds.lower);
    start.push_back(bounds.upper);
    start.push_back(MethodCode(leaf.method()));
    start.push_back(leaf.source());
    start.push_back(leaf.reason());
    const auto add = [&](const v1::Citation& citation) {
      std::vector<Value>& row = grid.rows.emplace_back(start);
      row.push_back(citation.release());
      row.push_back(citation.document());
      row.push_back(citation.document_sha256());
      row.push_back(citation.locator());
      row.push_back(citation.raw());
      row.push_back(citation.reporter_text());
      row.push_back(citation.period_text());
      row.push_back(citation.printed_by());
      const v1::ReleaseProvenance& reader = ReaderOf(explanation, citation);
      row.push_back(
          std::string(absl::StripPrefix(reader.adapter(), "adapters/")));
      row.push_back(reader.adapter_version());
    };
    for (const v1::Citation& citation : leaf.citations()) add(citation);
    if (leaf.citations().empty()) add(v1::Citation());
  }
  return grid;
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

std::vector<std::string> FlagNotes(const v1::Cell& cell) {
  std::vector<std::string> notes;
  // Of a cell that nobody printed, the basis is only what it would be.
  if (cell.basis() == v1::BASIS_PUBLISHED_TOTAL && cell.citation_count() > 0) {
    notes.push_back("published total");
  }
  for (const int flag : cell.flags()) {
    std::string words = FlagWords(static_cast<v1::CellFlag>(flag));
    if (flag == v1::CELL_FLAG_MIXED_SOURCES && cell.sources_size() > 0) {
      absl::StrAppend(&words, " (", SourceTally(cell, " ", ", "), ")");
    }
    notes.push_back(std::move(words));
  }
  return notes;
}

std::vector<std::string> ConflictNotes(
    const std::vector<std::pair<std::string, const v1::Cell*>>& cells) {
  constexpr size_t kConflictsNamed = 10;
  size_t conflicts = 0;
  std::vector<std::string> notes;
  for (const auto& [name, cell] : cells) {
    const auto add = [&](absl::string_view of, const auto& listed) {
      for (const v1::Conflict& conflict : listed) {
        if (++conflicts > kConflictsNamed) continue;
        notes.push_back(Printable(absl::StrCat(name, ": conflict", of, ": ",
                                               ConflictWords(conflict))));
      }
    };
    add("", cell->conflicts());
    for (const v1::Derived& derived : cell->derived()) {
      add(" in the base", derived.share().base_conflicts());
      add(" in the base", derived.change().base_conflicts());
      add(" in the denominator", derived.rate().denominator_conflicts());
    }
  }
  if (conflicts > kConflictsNamed) {
    notes.push_back(absl::StrCat(
        GroupedInteger(static_cast<int64_t>(conflicts - kConflictsNamed)),
        " more conflicts are not listed here; --format json has them all"));
  }
  return notes;
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

absl::StatusOr<std::string> RenderExplanation(
    const v1::ExplainCellResponse& explanation, Format format, bool boxes) {
  switch (format) {
    case Format::kJson:
      return ToJson(explanation);
    case Format::kNdjson:
      return ToJsonLines(explanation.leaves());
    case Format::kCsv:
      return RenderCsv(ExplanationCsv(explanation));
    case Format::kTable:
      break;
  }
  return ExplanationTable(explanation, boxes);
}

std::vector<std::string> ExplanationNotes(
    const v1::ExplainCellResponse& explanation) {
  std::vector<std::string> notes;
  std::vector<const v1::Conflict*> conflicts;
  const auto look = [&conflicts](const auto& listed) {
    for (const v1::Conflict& one : listed) conflicts.push_back(&one);
  };
  look(explanation.cell().conflicts());
  for (const v1::Derived& derived : explanation.cell().derived()) {
    look(derived.share().base_conflicts());
    look(derived.change().base_conflicts());
    look(derived.rate().denominator_conflicts());
  }
  for (const v1::Conflict* const one : conflicts) {
    const v1::Conflict& conflict = *one;
    // The other figures of the cell itself stand beside its leaves.
    if (conflict.kind() == v1::CONFLICT_KIND_SAME_CELL ||
        conflict.kind() == v1::CONFLICT_KIND_PARTS_V_TOTAL) {
      continue;
    }
    notes.push_back(
        Printable(absl::StrCat("Conflict: ", ConflictWords(conflict))));
    for (const v1::Difference& difference : conflict.differences()) {
      for (const v1::Citation& citation : difference.other_citations()) {
        notes.push_back(absl::StrCat("  ", CitationWords(citation)));
      }
    }
  }
  AddCaveats(explanation.caveats(), notes);
  return notes;
}

}  // namespace collate::client
