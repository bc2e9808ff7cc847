#include "service/query/tiling.h"

#include <algorithm>
#include <cstdint>
#include <limits>
#include <numeric>

namespace collate::query {
namespace {

using vocabulary::Day;
using vocabulary::DayInterval;

constexpr size_t kNone = std::numeric_limits<size_t>::max();

// How `whole` is best covered up to one day: most days first, then fewest
// tiles.
struct Reach {
  Day day;
  int64_t covered;
  size_t tile_count;
  size_t last_tile;  // ends on `day`; kNone = nothing new ends here
  size_t previous;   // index of the Reach before the last tile
};

}  // namespace

Tiling Tile(const DayInterval& whole,
            const std::vector<DayInterval>& intervals) {
  std::vector<size_t> order;
  for (size_t i = 0; i < intervals.size(); ++i) {
    const DayInterval& it = intervals[i];
    if (whole.Contains(it) && it.begin < it.end) order.push_back(i);
  }
  // Weighted interval scheduling by end day: the best cover of what lies
  // before each day on which a candidate ends.
  std::sort(order.begin(), order.end(), [&](size_t a, size_t b) {
    return std::pair(intervals[a].end, intervals[a].begin) <
           std::pair(intervals[b].end, intervals[b].begin);
  });
  std::vector<Reach> best = {{whole.begin, 0, 0, kNone, 0}};
  for (size_t index : order) {
    const DayInterval& it = intervals[index];
    auto after = std::upper_bound(
        best.begin(), best.end(), it.begin,
        [](Day day, const Reach& reach) { return day < reach.day; });
    const size_t from = static_cast<size_t>(after - best.begin()) - 1;
    const Reach candidate = {it.end, best[from].covered + (it.end - it.begin),
                             best[from].tile_count + 1, index, from};
    const Reach& current = best.back();
    const bool better = candidate.covered > current.covered ||
                        (candidate.covered == current.covered &&
                         candidate.tile_count < current.tile_count);
    if (!better) continue;
    if (current.day == it.end) {
      best.back() = candidate;
    } else {
      best.push_back(candidate);
    }
  }

  Tiling tiling;
  for (size_t at = best.size() - 1; best[at].last_tile != kNone;
       at = best[at].previous) {
    tiling.tiles.push_back(best[at].last_tile);
  }
  std::reverse(tiling.tiles.begin(), tiling.tiles.end());
  Day covered_to = whole.begin;
  for (size_t tile : tiling.tiles) {
    if (intervals[tile].begin > covered_to) {
      tiling.gaps.push_back({covered_to, intervals[tile].begin});
    }
    covered_to = intervals[tile].end;
  }
  if (covered_to < whole.end) tiling.gaps.push_back({covered_to, whole.end});
  return tiling;
}

std::vector<DayInterval> Uncovered(const DayInterval& whole,
                                   const std::vector<DayInterval>& covering) {
  std::vector<DayInterval> left;
  Day from = whole.begin;
  auto it = std::upper_bound(
      covering.begin(), covering.end(), from,
      [](Day day, const DayInterval& days) { return day < days.end; });
  for (; it != covering.end() && it->begin < whole.end; ++it) {
    if (it->begin > from) left.push_back({from, it->begin});
    from = std::max(from, it->end);
  }
  if (from < whole.end) left.push_back({from, whole.end});
  return left;
}

}  // namespace collate::query
