// Small worlds made at random, and everything that could be true in them.
//
// A world has a truth: for each of four reporters, two years, two halves of
// each and two sexes, a count of 0 to 2. Reporters publish true statements
// about it in many ways: totals, halves, complete and incomplete breakdowns,
// rounded, withheld, refused, given for both years together or not at all, by
// two sources; what one of them says may be counted in the others' figures. A
// completion is any truth that all statements of a reporter allow; there are
// few enough to try every one.

#ifndef COLLATE_TESTS_SERVICE_QUERY_RANDOM_WORLDS_H_
#define COLLATE_TESTS_SERVICE_QUERY_RANDOM_WORLDS_H_

#include <array>
#include <cstdint>
#include <optional>
#include <random>
#include <string>
#include <utility>
#include <vector>

#include "tests/testing/world.h"

namespace collate::testing {

inline constexpr std::array<const char*, 4> kReporters = {"p", "q", "r", "s"};
inline constexpr std::array<const char*, 2> kYears = {"2018", "2019"};
inline constexpr std::array<const char*, 2> kSexes = {"f", "m"};

struct PlannedSlice {
  SliceSpec spec;
  std::vector<RowSpec> rows;
  // Reporters and periods, as World::Extent takes them.
  std::vector<std::pair<std::vector<std::string>, std::vector<std::string>>>
      extents;
};

struct PlannedRelease {
  std::string source;
  std::string published;  // no two alike
  std::vector<PlannedSlice> slices;
  bool withdrawn = false;
};

// Every row has a line of its own, by which it is known in any build.
using WorldPlan = std::vector<PlannedRelease>;

// Counts of one reporter and year: halves times sexes.
using YearTruth = std::array<std::array<int, 2>, 2>;

// A world of true statements.
struct TrueWorld {
  WorldPlan plan;
  // By reporter and year: counted in the others' figures, so that it adds
  // nothing to theirs.
  std::array<std::array<bool, 2>, 4> elsewhere = {};
  // By reporter and year: every truth that its statements allow.
  std::array<std::array<std::vector<YearTruth>, 2>, 4> completions;
};

// What one source prints of one reporter in kYears[0]; people on 2017-06-30.
struct PrintedFigures {
  std::optional<int> women;  // kSexes[0]
  std::optional<int> all;
  std::optional<int> people;
};

// A world of two sources that print exact figures, each without the other.
struct DisputedWorld {
  WorldPlan plan;
  // By source, the first of which answers, and reporter.
  std::array<std::array<PrintedFigures, 4>, 2> printed;
};

class WorldMaker {
 public:
  explicit WorldMaker(uint32_t seed) : random_(seed) {}

  TrueWorld MakeTrue();
  DisputedWorld MakeDisputed();
  // Editions of two sources that contradict themselves and each other, leave
  // things out that they claim, and are withdrawn.
  WorldPlan MakeContradicting();

  // 0 to n - 1.
  int Below(int n) { return static_cast<int>(random_() % n); }

 private:
  struct Statement {
    RowSpec row;
    // What it allows the number to be.
    int lower = 0;
    int upper = 1000;
  };
  Statement State(const std::string& reporter, const std::string& period,
                  std::vector<std::string> at, int truth);

  void GiveTogether(int reporter, const std::array<YearTruth, 2>& truths,
                    TrueWorld& world);

  std::mt19937 random_;
  uint64_t line_ = 2;
};

// Rows of one slice stand in chunks of `chunk_rows` or fewer.
World Built(const WorldPlan& plan, size_t chunk_rows = 1000);

}  // namespace collate::testing

#endif  // COLLATE_TESTS_SERVICE_QUERY_RANDOM_WORLDS_H_
