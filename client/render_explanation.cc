#include "client/render_explanation.h"

#include <utility>

#include "absl/strings/str_cat.h"
#include "absl/strings/str_join.h"
#include "client/cell_words.h"
#include "client/conflict_words.h"
#include "client/figures.h"
#include "client/grid.h"
#include "client/json.h"
#include "client/render_derivation.h"
#include "client/render_derived.h"
#include "client/words.h"

namespace collate::client {
namespace {

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
