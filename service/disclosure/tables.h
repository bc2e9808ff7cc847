// The figures that restricted sources state, and every sum that somebody who
// reads them can know: parts and the whole that a slice breaks down, members
// and the wider member that contains them, reporters and the area they lie in,
// shorter periods and the longer ones they make up, the known part of all.
//
// Whether a publisher calls a breakdown complete does not matter: parts that
// add up are found by whoever tries, so that they are taken to be known to add
// up. Where they are less than the whole, the rest is taken to be in the
// members that are broken down elsewhere and not here. A sum that what was
// stated contradicts is known to nobody.
//
// A figure with one key and one number is one figure, in whatever editions and
// sources it stands: somebody who compares them knows what did not change. Each
// release is seen as its source's statement at the time, so that the sums of
// every state that a source ever was in are known together.
//
// Used by one thread at a time; a copy goes on by itself.

#ifndef COLLATE_SERVICE_DISCLOSURE_TABLES_H_
#define COLLATE_SERVICE_DISCLOSURE_TABLES_H_

#include <compare>
#include <cstddef>
#include <cstdint>
#include <limits>
#include <map>
#include <memory>
#include <optional>
#include <set>
#include <string>
#include <tuple>
#include <utility>
#include <vector>

#include "absl/container/flat_hash_map.h"
#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "absl/strings/string_view.h"
#include "service/disclosure/attack.h"
#include "service/disclosure/profile.h"
#include "service/query/kinship.h"
#include "service/store/observations.h"
#include "service/vocabulary/vocabulary.h"

namespace collate::disclosure {

// One figure that can be part of a sum. What nobody states is one, too, where
// two sums share it: a whole that is broken down in two ways, a stretch of
// time.
struct Cell {
  Stated truth;
  store::Floor floor = store::Floor::kZero;
  bool is_stated = true;
  uint32_t key = 0;  // the same for all that was ever stated of one thing
};

// What a row is to sums, where it is no cell.
inline constexpr uint32_t kOutsideSums = 0xffffffffu;  // a count all the same
inline constexpr uint32_t kNoCount = 0xfffffffeu;      // a share, rate or mean
inline constexpr uint32_t kOtherStatement = 0xfffffffdu;  // of a contested cell
inline constexpr bool IsCell(uint32_t id) { return id < kOtherStatement; }

// The row as its source states it.
Stated StatedIn(const store::Observations& chunk, size_t row);

class Tables {
 public:
  // `vocabulary` must outlive it.
  explicit Tables(const vocabulary::Vocabulary* vocabulary);

  // The cells of a release, by chunk and row. RESOURCE_EXHAUSTED (reason
  // DISCLOSURE_LIMIT) when a number is beyond what sums are exact for, and
  // then nothing was added.
  absl::StatusOr<std::vector<std::vector<uint32_t>>> Add(
      const std::string& source,
      const std::vector<store::Observations>& release);

  const std::vector<Cell>& cells() const { return cells_; }
  // Among the cells, by their numbers.
  const std::vector<Relation>& relations() const { return relations_; }

  // "offences, p, 2017/18, offence 88A".
  std::string Describe(uint32_t cell) const;

 private:
  struct Coordinate {
    const vocabulary::Dimension* dimension = nullptr;
    vocabulary::MemberId member = vocabulary::kUnmapped;
    std::string label;  // of a member that nobody knows
    // All of a level that is not broken down: within `member` or, where there
    // is none, altogether.
    std::optional<int> rest_of_level;
    friend auto operator<=>(const Coordinate&, const Coordinate&) = default;
  };
  struct Subject {
    std::string measure;
    std::string universe;
    store::Aggregation aggregation = store::Aggregation::kSum;
    friend auto operator<=>(const Subject&, const Subject&) = default;
  };
  struct Key {
    uint32_t subject = 0;
    std::vector<uint32_t> at;  // coordinates, by dimension
    vocabulary::DayInterval days;
    friend auto operator<=>(const Key&, const Key&) = default;
    template <typename H>
    friend H AbslHashValue(H h, const Key& key) {
      return H::combine(std::move(h), key.subject, key.at, key.days.begin,
                        key.days.end);
    }
  };
  // What a source states of a key at a time; a whole that it only breaks down
  // has one cell that nobody states.
  struct Entry {
    std::vector<uint32_t> cells;  // several are to be added
    bool is_stated = true;
    bool is_missing = false;  // a part that there may be, or made of such
    store::Partition partition = store::Partition::kIncomplete;
    vocabulary::PeriodKind kind = vocabulary::PeriodKind::kUnspecified;
    bool ignores_markers = false;
  };
  using View = std::map<Key, Entry>;
  // Parts of one whole, along one dimension and of one level there.
  struct PartsOf {
    Key whole;
    const vocabulary::Dimension* dimension = nullptr;
    int level = 0;  // -1 = labels that nobody knows
    friend auto operator<=>(const PartsOf&, const PartsOf&) = default;
  };
  struct Sum {
    std::vector<uint32_t> parts;
    std::vector<uint32_t> whole;
    bool may_be_equal = false;  // else no more than the whole
    bool add = true;            // else each part alone
    bool covers = false;        // the parts are no fewer than the whole
  };

  uint32_t CoordinateOf(const vocabulary::Dimension* dimension,
                        const std::string& code, const std::string& label);
  uint32_t CoordinateOf(Coordinate coordinate);
  std::optional<uint32_t> FindSubject(const Subject& subject) const;
  int LevelOf(uint32_t coordinate) const;
  const vocabulary::Measure* MeasureOf(const Key& key) const;

  // A key whose figure this one is a part of, by its coordinate `at`.
  struct Step {
    Key whole;
    size_t at = 0;
    bool is_certain = true;  // by hierarchy; else by what is said of members
  };
  using BrokenDown = std::map<PartsOf, std::vector<const View::value_type*>>;

  std::vector<Step> StepsFrom(const Key& key) const;
  // How many members of the level lie in the whole.
  size_t MembersOf(const PartsOf& of) const;
  bool IsAdditive(const Key& key, size_t at, const Entry& entry) const;
  // How much is taken to be known; less where it contradicts itself.
  enum class Assumed { kStated = 0, kWholes = 1, kMissingParts = 2 };

  // Adds the wholes that parts are known of and that nobody states.
  void AddWholes(View& view) const;
  // Adds the parts that a sum lacks and that others of its kind have. False
  // when there is none.
  bool AddMissingParts(View& view);
  BrokenDown BreakDown(const View& view) const;
  // As much as does not contradict itself.
  void RelateAll(const View& view);
  void Relate(const View& stated, Assumed assumed);
  // Whether some numbers fit all that was stated and the sums made last.
  bool IsPossible() const;
  void RelateUnstated(const BrokenDown& broken_down, View::value_type& whole);
  void RelateStated(const BrokenDown& broken_down, const View& view);
  void RelatePeriods(const View& view);
  void RelateTiles(const std::vector<const View::value_type*>& series);
  void RelateNested(const std::vector<const View::value_type*>& series);
  // False when no numbers would fit.
  bool RelateStretches(const std::vector<const View::value_type*>& series);
  void Relate(const Sum& sum);
  // Keeps the sums made last, but for those that say nothing.
  void Keep();
  void AddRelation(std::vector<Term> terms, const query::Interval& sum);
  query::Interval TruthOf(const std::vector<uint32_t>& cells) const;
  bool NeverNegative(const std::vector<uint32_t>& cells) const;

  // Copies share what never changes.
  const vocabulary::Vocabulary* vocabulary_;
  std::shared_ptr<const std::map<const vocabulary::Dimension*, query::Kinship>>
      kinship_;
  std::vector<Coordinate> coordinates_;
  std::map<Coordinate, uint32_t> coordinate_ids_;
  std::vector<Subject> subjects_;
  std::map<Subject, uint32_t> subject_ids_;
  std::vector<Key> keys_;
  absl::flat_hash_map<Key, uint32_t> key_ids_;
  std::vector<Cell> cells_;
  // By key, number in words and which of several that are to be added.
  std::map<std::tuple<uint32_t, std::string, size_t>, uint32_t> cell_ids_;
  std::map<std::string, View> views_;  // by source
  // Cells that nobody states, by key and the ways in which it is broken down.
  std::map<std::pair<Key, std::vector<std::vector<uint32_t>>>, uint32_t>
      unstated_;
  // The first of the stretches of a series, by its figures and days.
  std::map<std::pair<std::vector<Term>, std::vector<vocabulary::Day>>, uint32_t>
      stretches_;
  std::vector<Relation> relations_;
  std::vector<Relation> made_;  // since the last release
  std::set<std::tuple<std::vector<Term>, std::optional<int64_t>,
                      std::optional<int64_t>>>
      known_;
};

}  // namespace collate::disclosure

#endif  // COLLATE_SERVICE_DISCLOSURE_TABLES_H_
