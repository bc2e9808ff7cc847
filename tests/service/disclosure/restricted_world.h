// Worlds whose first source is restricted, and an attacker of what is shown of
// them who knows nothing of how it was decided.

#ifndef COLLATE_TESTS_SERVICE_DISCLOSURE_RESTRICTED_WORLD_H_
#define COLLATE_TESTS_SERVICE_DISCLOSURE_RESTRICTED_WORLD_H_

#include <array>
#include <cstdint>
#include <memory>
#include <optional>
#include <random>
#include <string>
#include <utility>
#include <vector>

#include "service/disclosure/profile.h"
#include "service/disclosure/protected_store.h"
#include "service/store/observations.h"
#include "service/vocabulary/vocabulary.h"
#include "tests/testing/memory_store.h"
#include "tests/testing/world.h"

namespace collate::testing {

// The test vocabulary with source `first` restricted, `second` published and
// `third` restricted; dimensions `kind` (a, b, c, d) and `place` (towns n1, n2
// in north, s1, s2 in south), and measures `cases` and `mean_age`, which is
// added over nothing.
std::shared_ptr<const vocabulary::Vocabulary> MakeRestrictedVocabulary();

// What `store` holds as `profile` shows it.
disclosure::ProtectedStore Shown(const store::Store& store,
                                 absl::string_view profile);

// Publishes what `world` has.
void PublishAll(const World& world, MemoryStore& store);

// A hierarchical table: counts of one or two reporters by kind and town, in
// two quarters, of which editions print sums of many sorts. Half of the tables
// lack rows: some of any number in incomplete breakdowns, some of those that
// are 0 in complete ones.
class RandomTable {
 public:
  static constexpr int kReporters = 2;
  static constexpr int kKinds = 3;
  static constexpr int kTowns = 4;
  static constexpr int kQuarters = 2;
  static constexpr int kCells = kReporters * kKinds * kTowns * kQuarters;

  explicit RandomTable(uint32_t seed);

  const World& world() const { return world_; }
  int editions() const { return static_cast<int>(truths_.size()); }
  // The sum of an edition's counts at those cells.
  int64_t Sum(int edition, const std::vector<int>& cells) const;
  bool lacks_rows() const { return lacks_rows_; }
  // Rows that an edition lacks, and of which whoever takes its breakdown for
  // complete knows rightly that they are 0.
  struct Absent {
    int edition = 0;
    std::vector<int> cells;
    bool is_said = false;  // by its publisher, that nothing is left out
  };
  const std::vector<Absent>& absent() const { return absent_; }
  // The cells of a stored row.
  static std::vector<int> CellsOf(const store::Observations& chunk, size_t row);

 private:
  using Truth = std::array<int64_t, kCells>;

  int Below(int n) { return static_cast<int>(random_() % n); }
  int64_t Count();
  void AddEdition(const std::string& published);
  void AddBreakdown(const SliceSpec& slice, const std::string& reporter,
                    const std::string& period);
  bool Lacks(const SliceSpec& slice, int64_t count);
  // An empty kind or place is all of them.
  static std::vector<int> CellsAt(const std::string& reporter,
                                  const std::string& kind,
                                  const std::string& place,
                                  const std::string& period);

  std::mt19937 random_;
  std::mt19937 lacking_;  // so that the numbers are those of full tables
  bool lacks_rows_ = false;
  int percent_lacking_ = 0;
  World world_;
  std::vector<Truth> truths_;
  std::vector<Absent> absent_;
};

// A figure that is shown so, of an edition.
struct ShownFigure {
  int edition = 0;
  std::vector<int> cells;
  vocabulary::State state = vocabulary::State::kUnspecified;
  query::Interval known;
  int64_t truth = 0;
  bool is_printed = true;  // else it is known otherwise
};

// For each figure how far apart two numbers are that it may have, given all of
// them: counts are whole and never negative, and an edition repeats what it
// did not change. At most `enough`, where it stops looking; -1 where nothing
// fits.
std::vector<int64_t> Widths(const std::vector<ShownFigure>& figures,
                            int editions, int64_t enough);

}  // namespace collate::testing

#endif  // COLLATE_TESTS_SERVICE_DISCLOSURE_RESTRICTED_WORLD_H_
