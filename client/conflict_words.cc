#include "client/conflict_words.h"

#include <algorithm>
#include <cstddef>

#include "absl/strings/str_cat.h"
#include "absl/strings/str_join.h"
#include "client/figures.h"
#include "client/words.h"

namespace collate::client {
namespace {

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

}  // namespace

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

}  // namespace collate::client
