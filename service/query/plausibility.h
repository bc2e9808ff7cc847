// What looks implausible in what is published: listed, never applied. No
// answer knows of it.
//
// Five rules, each over the current statements of one source. The first three
// look along time at one cell of one reporter and take exact whole counts
// alone: what is rounded, withheld or negative is passed over.
//
//   LEVEL_SHIFT         A figure lies outside both neighbours by the factor
//                       kShiftFactor and by kShiftDifference. Neighbours are
//                       the nearest figures before and after it, at the end
//                       of a series the nearest two, of periods as long as
//                       its own, at most kShiftReach of them away. A lasting
//                       step or a steady growth is none: one neighbour agrees.
//                       What kSharedReporters or more, and kSharedPercent of
//                       those that can be compared, share is told once, of the
//                       one whose figure is farthest off.
//   REPEATED_VALUE      The same figure for the same part of successive years:
//                       kRunValue or more in kRunYears years, or kPairValue or
//                       more in two. Below that, equal counts are likely by
//                       chance: two years' counts near n are equal about once
//                       in 3.5 * sqrt(n) times.
//   PART_YEAR           A year's figure of kPartYearValue or more is the sum of
//                       its first or last 3, 6 or 9 months as printed in
//                       shorter periods, while a month left out has a figure.
//   PARTS_V_TOTAL       Within one release, the parts of a breakdown contradict
//                       the printed total: either way when the breakdown is
//                       COMPLETE, by being more when it is INCOMPLETE and
//                       nothing can be negative. Likewise the forces of a
//                       printed region, or the codes of a printed group, when
//                       they are more than it, and either nothing can be
//                       negative or every one of them is printed.
//   PART_EXCEEDS_WHOLE  Within one release, one part alone is more than the
//                       whole, where nothing can be negative; the sum is then
//                       not told again as PARTS_V_TOTAL.
//
// What a cell withholds is taken to be anything from its floor upwards, so
// that a finding never narrows it. Pure; reads the snapshot only.

#ifndef COLLATE_SERVICE_QUERY_PLAUSIBILITY_H_
#define COLLATE_SERVICE_QUERY_PLAUSIBILITY_H_

#include <cstddef>
#include <cstdint>
#include <functional>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "service/query/bounds.h"
#include "service/query/snapshot.h"
#include "service/vocabulary/period.h"
#include "service/vocabulary/vocabulary.h"

namespace collate::query {

inline constexpr int64_t kShiftFactor = 4;
inline constexpr int64_t kShiftDifference = 50;
inline constexpr int kShiftReach = 3;
inline constexpr int64_t kSharedReporters = 3;
inline constexpr int64_t kSharedPercent = 20;
inline constexpr int64_t kRunValue = 50;
inline constexpr int kRunYears = 3;
inline constexpr int64_t kPairValue = 5000;
inline constexpr int64_t kPartYearValue = 20;
// Cells that one finding cites at most; the others are counted.
inline constexpr size_t kCitedCells = 100;

// Numbers are those of collate.v1.FindingKind.
enum class FindingKind {
  kLevelShift = 1,
  kRepeatedValue = 2,
  kPartYear = 3,
  kPartsVTotal = 4,
  kPartExceedsWhole = 5,
};

struct FindingCell {
  const char* role = "figure";
  vocabulary::Period period;
  Interval bounds;
  RowRef ref;
};

struct Finding {
  FindingKind kind = FindingKind::kLevelShift;
  std::string message;
  std::string source;
  std::string measure;
  std::string universe;
  vocabulary::MemberId reporter = 0;
  std::vector<std::pair<const vocabulary::Dimension*, vocabulary::MemberId>>
      members;
  vocabulary::Period period;
  std::vector<std::pair<const char*, int64_t>> thresholds;
  std::vector<FindingCell> cells;  // the one in doubt first
  size_t cell_count = 0;
};

struct PlausibilityOptions {
  std::string source;   // empty = all
  std::string measure;  // empty = all
  std::optional<vocabulary::MemberId> reporter;
  std::vector<FindingKind> kinds;  // empty = all
  // Asked often; an error ends the search with it.
  std::function<absl::Status()> check = [] { return absl::OkStatus(); };
};

// Sorted by kind, source, measure, universe, reporter, members and period.
// Pointers in the findings live as long as the snapshot.
absl::StatusOr<std::vector<Finding>> FindImplausible(
    const Snapshot& snapshot, const PlausibilityOptions& options);

}  // namespace collate::query

#endif  // COLLATE_SERVICE_QUERY_PLAUSIBILITY_H_
