// What rows of one table add up to, whatever is asked of it: everything that a
// figure says, in one cache line, so that sums can be kept and added.

#ifndef COLLATE_SERVICE_QUERY_ROW_SUM_H_
#define COLLATE_SERVICE_QUERY_ROW_SUM_H_

#include <bit>
#include <cstdint>

#include "service/query/bounds.h"
#include "service/vocabulary/state.h"

namespace collate::query {

// A set of states, a bit for each.
using States = uint32_t;
constexpr States SetOf(vocabulary::State state) {
  return States{1} << static_cast<int>(state);
}
inline constexpr States kPrintedStates =
    SetOf(vocabulary::State::kReported) | SetOf(vocabulary::State::kRounded);
inline constexpr States kNeverDueStates =
    SetOf(vocabulary::State::kNotAsked) |
    SetOf(vocabulary::State::kNotApplicable);

struct RowSum {
  enum Bit : uint8_t {
    kLowerOpen = 1 << 0,  // the sum has no such end
    kUpperOpen = 1 << 1,
    kPrintedLowerOpen = 1 << 2,
    kPrintedUpperOpen = 1 << 3,
    kDue = 1 << 4,
    kWithheld = 1 << 5,  // see IsWithheld
    // A row stands without a word in place of what an earlier edition had.
    kReplaces = 1 << 6,
    // A row needs to be looked at, or a number does not fit: nothing else
    // holds.
    kUnclear = 1 << 7,
  };

  int64_t value = 0;  // of rows that are REPORTED or ROUNDED
  // Of rows of which a number is due.
  int64_t lower = 0;
  int64_t upper = 0;
  // Of rows that are REPORTED, ROUNDED or SUPPRESSED.
  int64_t printed_lower = 0;
  int64_t printed_upper = 0;
  uint64_t releases = 0;  // bits as the table numbers its releases
  uint32_t rows = 0;
  uint32_t worst_row = 0;  // the first of the worst state
  States states = 0;       // that occur
  uint16_t flags = 0;      // vocabulary::Flag
  int8_t severity = -1;    // of the worst state
  uint8_t bits = 0;

  bool Has(Bit bit) const { return (bits & bit) != 0; }
  bool HasOtherThan(States wanted) const { return (states & ~wanted) != 0; }
  // Some row is REPORTED or ROUNDED.
  bool printed() const { return (states & kPrintedStates) != 0; }
  vocabulary::State worst_state() const {
    // Not std::has_single_bit, which is a call where processors may be old.
    if ((states & (states - 1)) == 0) {
      return static_cast<vocabulary::State>(
          states == 0 ? 0 : std::countr_zero(states));
    }
    for (States left = states; left != 0; left &= left - 1) {
      const auto state = static_cast<vocabulary::State>(std::countr_zero(left));
      if (vocabulary::Severity(state) == severity) return state;
    }
    return vocabulary::State::kUnspecified;
  }
  Interval bounds() const {
    Interval interval;
    if (!Has(kLowerOpen)) interval.lower = lower;
    if (!Has(kUpperOpen)) interval.upper = upper;
    return interval;
  }
  Interval printed_bounds() const {
    Interval interval;
    if (!Has(kPrintedLowerOpen)) interval.lower = printed_lower;
    if (!Has(kPrintedUpperOpen)) interval.upper = printed_upper;
    return interval;
  }

  void Add(const RowSum& other) {
    bool lost = __builtin_add_overflow(value, other.value, &value);
    lost |= __builtin_add_overflow(lower, other.lower, &lower);
    lost |= __builtin_add_overflow(upper, other.upper, &upper);
    lost |= __builtin_add_overflow(printed_lower, other.printed_lower,
                                   &printed_lower);
    lost |= __builtin_add_overflow(printed_upper, other.printed_upper,
                                   &printed_upper);
    releases |= other.releases;
    rows += other.rows;
    if (other.severity > severity ||
        (other.severity == severity && other.worst_row < worst_row)) {
      severity = other.severity;
      worst_row = other.worst_row;
    }
    states |= other.states;
    flags |= other.flags;
    bits |= other.bits;
    if (lost) bits |= kUnclear;
  }
};
static_assert(sizeof(RowSum) == 64);

}  // namespace collate::query

#endif  // COLLATE_SERVICE_QUERY_ROW_SUM_H_
