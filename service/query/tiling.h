// Covering a period by shorter ones that neither overlap nor leave a gap.
//
// Pure function; safe to use from any thread.

#ifndef COLLATE_SERVICE_QUERY_TILING_H_
#define COLLATE_SERVICE_QUERY_TILING_H_

#include <vector>

#include "service/vocabulary/period.h"

namespace collate::query {

struct Tiling {
  // Indexes into the intervals given, in order of time.
  std::vector<size_t> tiles;
  // What the tiles leave uncovered, in order of time; empty = complete.
  std::vector<vocabulary::DayInterval> gaps;
};

// The complete tiling of `whole` with the fewest tiles; failing that, tiles
// without overlap that cover it from as many days as a pass over time finds.
// `intervals` may hold anything; only those within `whole` are used.
Tiling Tile(const vocabulary::DayInterval& whole,
            const std::vector<vocabulary::DayInterval>& intervals);

// What of `whole` lies in none of `covering`, which are in order of time and do
// not overlap.
std::vector<vocabulary::DayInterval> Uncovered(
    const vocabulary::DayInterval& whole,
    const std::vector<vocabulary::DayInterval>& covering);

}  // namespace collate::query

#endif  // COLLATE_SERVICE_QUERY_TILING_H_
