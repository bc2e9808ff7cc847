#include "service/query/conflict_words.h"

#include <cstdint>
#include <vector>

#include "absl/strings/str_cat.h"
#include "absl/strings/str_join.h"
#include "service/base/decimal.h"
#include "service/query/bounds.h"
#include "service/query/finding_builder.h"
#include "service/query/statements.h"
#include "service/vocabulary/period.h"
#include "service/vocabulary/vocabulary.h"

namespace collate::query {
namespace {

using vocabulary::kUnmapped;

std::string Words(const Figure& figure) {
  const auto number = [&figure](int64_t value) {
    return figure.scale == 0 ? NumberWords(value)
                             : base::FormatDecimal(value, figure.scale);
  };
  if (figure.reported.has_value()) return number(*figure.reported);
  if (figure.scale == 0) return IntervalWords(figure.bounds);
  const auto& [lower, upper] = figure.bounds;
  return absl::StrCat(lower.has_value() ? number(*lower) : "unknown", " to ",
                      upper.has_value() ? number(*upper) : "unknown");
}

// " (of a, b)": who is behind a side that its source repeats.
std::string Printers(const Snapshot& snapshot, const ConflictSide& side) {
  for (const RowRef& row : side.rows) {
    const std::string by(PrintedBy(snapshot, row));
    if (!by.empty()) return absl::StrCat(" (", by, ")");
  }
  return "";
}

// What a side is of, where that is not what the other one is of.
std::string Subject(const ConflictSide& side) {
  std::vector<std::string> words;
  for (const auto& [dimension, member] : side.members) {
    words.push_back(member == kUnmapped
                        ? absl::StrCat("every ", dimension->code())
                        : dimension->member(member).title);
  }
  return absl::StrJoin(words, ", ");
}

}  // namespace

std::string ConflictMessage(const Snapshot& snapshot,
                            const FigureConflict& conflict) {
  std::vector<std::string> about = {
      snapshot.vocabulary().reporters().member(conflict.reporter).title};
  for (const auto& [dimension, member] : conflict.members) {
    about.push_back(dimension->member(member).title);
  }
  about.push_back(vocabulary::FormatPeriod(conflict.period));
  std::string message = absl::StrCat(absl::StrJoin(about, ", "), ": ");
  const ConflictSide& first = conflict.first;
  const ConflictSide& second = conflict.second;
  const std::string one = Words(first.figure);
  const std::string other = Words(second.figure);
  switch (conflict.kind) {
    case ConflictKind::kSameCell:
      absl::StrAppend(&message, first.source, " prints ", one,
                      Printers(snapshot, first), " and ",
                      first.source == second.source
                          ? std::string()
                          : absl::StrCat(second.source, " "),
                      other, Printers(snapshot, second));
      break;
    case ConflictKind::kPartsVTotal:
      absl::StrAppend(&message, first.source, " prints ", one,
                      " and the parts that ", second.source, " prints make ",
                      other);
      break;
    case ConflictKind::kPartExceedsWhole: {
      const std::string whole = Subject(first);
      const std::string part = Subject(second);
      absl::StrAppend(
          &message, first.source, " prints ", one,
          whole.empty() ? "" : absl::StrCat(" of ", whole), " and ",
          second.source, " ", other,
          part.empty() ? " of a part" : absl::StrCat(" of ", part, ", a part"),
          " of it");
      break;
    }
    case ConflictKind::kShareVCount:
      absl::StrAppend(
          &message, first.source, " prints ", one, " per cent and ",
          second.source, " ", other, " ", second.measure, " of ",
          second.base.has_value() ? Words(*second.base) : "unknown");
      break;
    case ConflictKind::kSilentRevision:
      absl::StrAppend(&message, second.source, " prints ", other,
                      " in place of ", one, " and does not mark it as revised");
      break;
  }
  return message;
}

}  // namespace collate::query
