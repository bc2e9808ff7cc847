#include "service/query/covering.h"

#include <algorithm>
#include <set>

#include "service/query/statements.h"
#include "service/query/tiling.h"
#include "service/store/observations.h"

namespace collate::query {
namespace {

using store::Aggregation;
using vocabulary::DayInterval;
using vocabulary::Measure;
using vocabulary::PeriodKind;

// Days on which every member of a row exists.
DayInterval InForce(const SliceTable& table, uint32_t row) {
  DayInterval days;
  for (size_t axis = 0; axis < table.axes.size(); ++axis) {
    const DayInterval& validity =
        table.axes[axis]->member(table.member(axis, row)).validity;
    days.begin = std::max(days.begin, validity.begin);
    days.end = std::min(days.end, validity.end);
  }
  return days;
}

// Days without a figure are missing, unless all their records were counted:
// then there are none.
void AddGap(const Candidate& candidate, uint32_t row, const DayInterval& gap,
            Covering& found) {
  std::vector<DayInterval> missing = {gap};
  const auto counted = candidate.counted.find(candidate.table->reporter(row));
  if (counted != candidate.counted.end()) {
    missing = Uncovered(gap, counted->second);
  }
  for (const DayInterval& days : missing) {
    if (!std::count(found.gaps.begin(), found.gaps.end(), days)) {
      found.gaps.push_back(days);
    }
  }
}

// Adds what rows [begin, end), all of one member tuple, have for `days`;
// false when that is nothing.
bool CoverTuple(const Measure& measure, const Candidate& candidate,
                const std::vector<uint32_t>& rows, size_t begin, size_t end,
                const DayInterval& days, Covering& found) {
  const SliceTable& table = *candidate.table;
  const bool may_tile = measure.additive_over_time &&
                        table.slice.aggregation == Aggregation::kSum;
  std::vector<DayInterval> periods;
  bool exact = false;
  for (size_t i = begin; i < end; ++i) {
    const DayInterval& period = table.period(rows[i]);
    if (!days.Contains(period) || table.derived(rows[i])) continue;
    exact = exact || period == days;
    const bool stock = table.period_kind(rows[i]) == PeriodKind::kDay;
    if (!stock && (periods.empty() || periods.back() != period)) {
      periods.push_back(period);
    }
  }
  std::set<DayInterval> chosen;
  if (exact) {
    chosen.insert(days);
  } else if (may_tile && !periods.empty()) {
    const DayInterval in_force = InForce(table, rows[begin]);
    const Tiling tiling = Tile(days, periods);
    for (size_t tile : tiling.tiles) chosen.insert(periods[tile]);
    found.tiled = true;
    for (const DayInterval& gap : tiling.gaps) {
      if (!in_force.Overlaps(gap)) {
        found.shortened = true;
      } else {
        AddGap(candidate, rows[begin], gap, found);
      }
    }
  }
  for (size_t i = begin; i < end; ++i) {
    if (!chosen.contains(table.period(rows[i])) || table.derived(rows[i])) {
      continue;
    }
    if (!found.rows.empty() &&
        IsFurtherStatement(table, found.rows.back(), rows[i])) {
      found.further.emplace_back(found.rows.size() - 1, rows[i]);
    } else {
      found.rows.push_back(rows[i]);
    }
  }
  return !chosen.empty();
}

}  // namespace

Covering Cover(const Measure& measure, const Candidate& candidate,
               const std::vector<uint32_t>& rows, const DayInterval& days) {
  const SliceTable& table = *candidate.table;
  Covering found;
  std::vector<std::pair<size_t, size_t>> absent;
  // Rows of one member tuple stand together, in order of their periods.
  for (size_t begin = 0; begin < rows.size();) {
    size_t end = begin + 1;
    while (end < rows.size() && table.SameMembers(rows[begin], rows[end]))
      ++end;
    if (!CoverTuple(measure, candidate, rows, begin, end, days, found)) {
      absent.push_back({begin, end});
    }
    begin = end;
  }
  // A part that is not there makes the whole incomplete: one whose figure is
  // of other days or has no current statement, and one that a release in use
  // prints for other periods only.
  std::set<uint32_t> releases;
  for (const uint32_t row : found.rows) {
    releases.insert(table.release(row));
  }
  for (const auto& [begin, end] : absent) {
    const bool expected =
        std::any_of(rows.data() + begin, rows.data() + end, [&](uint32_t row) {
          return days.Overlaps(table.period(row)) ||
                 releases.contains(table.release(row));
        });
    if (expected && InForce(table, rows[begin]).Overlaps(days)) {
      AddGap(candidate, rows[begin], days, found);
    }
  }
  std::sort(found.gaps.begin(), found.gaps.end());
  return found;
}

}  // namespace collate::query
