#include "client/cell_words.h"

#include <utility>

#include "absl/strings/str_cat.h"
#include "absl/strings/str_join.h"

namespace collate::client {
namespace {

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

}  // namespace

bool NoneDue(v1::State state) {
  return state == v1::STATE_NOT_ASKED || state == v1::STATE_NOT_APPLICABLE;
}

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

std::string NotesOf(const v1::Cell& cell) {
  std::vector<std::string> notes;
  if (HasReported(cell) && cell.state() != v1::STATE_REPORTED) {
    notes.push_back(IncompleteWords(cell));
  }
  for (std::string& note : FlagNotes(cell)) notes.push_back(std::move(note));
  return absl::StrJoin(notes, "; ");
}

std::string SourceTally(const v1::Cell& cell, absl::string_view between,
                        absl::string_view separator) {
  std::vector<std::string> counts;
  for (const v1::SourceCount& one : cell.sources()) {
    counts.push_back(absl::StrCat(one.source(), between, one.reporter_count()));
  }
  return absl::StrJoin(counts, separator);
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

void AddCaveats(const google::protobuf::RepeatedPtrField<v1::Caveat>& caveats,
                std::vector<std::string>& notes) {
  for (const v1::Caveat& caveat : caveats) {
    notes.push_back(
        Printable(absl::StrCat(caveat.code(), ": ", caveat.message())));
  }
}

}  // namespace collate::client
