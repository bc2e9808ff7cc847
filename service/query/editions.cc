#include "service/query/editions.h"

#include <algorithm>
#include <cstddef>
#include <tuple>
#include <vector>

#include "service/base/status_macros.h"
#include "service/query/bounds.h"
#include "service/query/finding_builder.h"
#include "service/query/row_numbers.h"
#include "service/store/store.h"
#include "service/vocabulary/state.h"

namespace collate::query {
namespace {

// <0, 0, >0: how the key of row `a` stands to that of row `b`.
int CompareKeys(const SliceTable& x, uint32_t a, const SliceTable& y,
                uint32_t b) {
  for (size_t axis = 0; axis < x.axes.size(); ++axis) {
    if (x.member(axis, a) != y.member(axis, b)) {
      return x.member(axis, a) < y.member(axis, b) ? -1 : 1;
    }
  }
  const auto rest = [](const SliceTable& table, uint32_t row) {
    return std::pair(table.reporter(row), table.period(row));
  };
  if (rest(x, a) == rest(y, b)) return 0;
  return rest(x, a) < rest(y, b) ? -1 : 1;
}

// Whether the tables differ only in what their editions declare.
bool AreOfOneKind(const SliceTable& a, const SliceTable& b) {
  return a.source == b.source && a.unmapped == b.unmapped &&
         a.slice.measure == b.slice.measure &&
         a.slice.universe == b.slice.universe && a.slice.axes == b.slice.axes;
}

class Editions {
 public:
  Editions(const Snapshot& snapshot, const SliceTable& table, uint32_t row,
           KnownTime as_of)
      : snapshot_(snapshot), table_(table), row_(row), as_of_(as_of) {}

  std::optional<EditionRow> Replaced() {
    if (table_.unmapped || !IsPlain({&table_, row_})) return std::nullopt;
    Collect();
    // Latest first; those of one release together.
    std::stable_sort(earlier_.begin(), earlier_.end(),
                     [](const EditionRow& a, const EditionRow& b) {
                       return ReleaseOf(a) > ReleaseOf(b);
                     });
    EditionRow successor = {&table_, row_};
    for (size_t begin = 0; begin < earlier_.size();) {
      size_t end = begin + 1;
      while (end < earlier_.size() &&
             ReleaseOf(earlier_[end]) == ReleaseOf(earlier_[begin])) {
        ++end;
      }
      bool fits = false;
      for (size_t i = begin; i < end; ++i) {
        if (IsAdded(earlier_[i])) return std::nullopt;
        fits = fits || !DoesNotFit(earlier_[i]);
      }
      if (!fits) {
        return IsPlain(successor) ? std::optional(earlier_[begin])
                                  : std::nullopt;
      }
      successor = earlier_[begin];
      begin = end;
    }
    return std::nullopt;
  }

 private:
  static uint32_t ReleaseOf(const EditionRow& at) {
    return at.table->release(at.row);
  }
  static bool IsAdded(const EditionRow& at) {
    return (at.table->flags(at.row) & vocabulary::kFlagRepeatedKeyAdded) != 0;
  }
  // Stands for itself, and is not marked as another than before.
  static bool IsPlain(const EditionRow& at) {
    return (at.table->flags(at.row) & (vocabulary::kFlagRevised |
                                       vocabulary::kFlagRepeatedKeyAdded)) == 0;
  }

  bool DoesNotFit(const EditionRow& other) const {
    const auto numbers = [this, &other](const EditionRow& at) {
      const int scale =
          std::max(table_.scale(row_), other.table->scale(other.row));
      Interval bounds = IntervalOf(*at.table, at.row);
      for (auto* end : {&bounds.lower, &bounds.upper}) {
        if (!end->has_value()) continue;
        const auto shifted =
            ShiftDecimals(**end, scale - at.table->scale(at.row));
        *end = shifted.ok() ? std::optional(*shifted) : std::nullopt;
      }
      return bounds;
    };
    return vocabulary::IsPrinted(table_.state(row_)) &&
           vocabulary::IsPrinted(other.table->state(other.row)) &&
           AreDisjoint(numbers({&table_, row_}), numbers(other));
  }

  void Collect() {
    for (uint32_t row = row_;
         row > 0 && CompareKeys(table_, row - 1, table_, row_) == 0; --row) {
      Add({&table_, row - 1});
    }
    if (!table_.split) return;
    // Tables of one kind stand side by side.
    const std::vector<SliceTable>& all = snapshot_.tables();
    const auto here = &table_ - all.data();
    for (auto at = here; at > 0 && AreOfOneKind(all[at - 1], table_); --at) {
      Search(all[at - 1]);
    }
    for (size_t at = here + 1; at < all.size() && AreOfOneKind(all[at], table_);
         ++at) {
      Search(all[at]);
    }
  }

  void Search(const SliceTable& other) {
    size_t first = 0;
    for (size_t count = other.row_count(); count > 0;) {
      const size_t half = count / 2;
      const auto middle = static_cast<uint32_t>(first + half);
      if (CompareKeys(other, middle, table_, row_) < 0) {
        first += half + 1;
        count -= half + 1;
      } else {
        count = half;
      }
    }
    for (auto row = static_cast<uint32_t>(first);
         row < other.row_count() && CompareKeys(other, row, table_, row_) == 0;
         ++row) {
      Add({&other, row});
    }
  }

  void Add(const EditionRow& at) {
    if (at.table->derived(at.row) ||
        ReleaseOf(at) >= ReleaseOf({&table_, row_})) {
      return;
    }
    const store::Release& release =
        snapshot_.releases()[at.table->release(at.row)]->release;
    if (release.state == store::ReleaseState::kPublished &&
        KnownFrom(release) <= as_of_) {
      earlier_.push_back(at);
    }
  }

  const Snapshot& snapshot_;
  const SliceTable& table_;
  const uint32_t row_;
  const KnownTime as_of_;
  std::vector<EditionRow> earlier_;
};

}  // namespace

std::optional<EditionRow> SilentlyReplaced(const Snapshot& snapshot,
                                           const SliceTable& table,
                                           uint32_t row, KnownTime as_of) {
  // Most keys are printed once.
  if (!table.split &&
      (row == 0 || CompareKeys(table, row - 1, table, row) != 0)) {
    return std::nullopt;
  }
  return Editions(snapshot, table, row, as_of).Replaced();
}

absl::StatusOr<std::optional<Replacement>> ReplacementBy(
    const Snapshot& snapshot, const SliceTable& table, uint32_t row,
    int scale) {
  const auto before = SilentlyReplaced(snapshot, table, row, kToday);
  if (!before.has_value()) return std::nullopt;
  COLLATE_ASSIGN_OR_RETURN(const RowNumbers own, NumbersOf(table, row, scale));
  COLLATE_ASSIGN_OR_RETURN(const RowNumbers other,
                           NumbersOf(table, before->row, scale));
  Replacement by = {.row = row,
                    .before = table.rows->where(before->row),
                    .value = other.value,
                    .lower = other.bounds.lower.value_or(0),
                    .upper = other.bounds.upper.value_or(0),
                    .lower_open = !other.bounds.lower.has_value(),
                    .upper_open = !other.bounds.upper.has_value()};
  COLLATE_RETURN_IF_ERROR(SubtractFrom(own.value, &by.value));
  COLLATE_RETURN_IF_ERROR(
      SubtractFrom(own.bounds.lower.value_or(0), &by.lower));
  COLLATE_RETURN_IF_ERROR(
      SubtractFrom(own.bounds.upper.value_or(0), &by.upper));
  return by;
}

}  // namespace collate::query
