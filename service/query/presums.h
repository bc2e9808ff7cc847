// Sums that are made once for many questions: of the rows of one table that
// stand today, by reporter and period, over members of axes that a question
// does not ask for.
//
// They exist where a sum is no matter of choice: where the table's periods are
// tiles, so that what covers a longer period is all of them, and each has one
// row. Whatever else there may be is marked as unclear, and left to Resolver.
//
// Safe to use from any thread; a cube is made when it is first asked for.

#ifndef COLLATE_SERVICE_QUERY_PRESUMS_H_
#define COLLATE_SERVICE_QUERY_PRESUMS_H_

#include <array>
#include <cstddef>
#include <cstdint>
#include <map>
#include <memory>
#include <mutex>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "absl/container/inlined_vector.h"
#include "service/query/absences.h"
#include "service/query/editions.h"
#include "service/query/row_sum.h"
#include "service/query/slice_table.h"
#include "service/query/snapshot.h"
#include "service/store/observations.h"
#include "service/vocabulary/period.h"
#include "service/vocabulary/vocabulary.h"

namespace collate::query {

// Tiles [first, last) of a table.
struct TileRange {
  uint32_t first = 0;
  uint32_t last = 0;

  uint32_t size() const { return last - first; }
  bool empty() const { return first == last; }
  // A bit for each of up to 64.
  uint64_t all() const {
    return size() < 64 ? (uint64_t{1} << size()) - 1 : ~uint64_t{0};
  }
  friend bool operator==(const TileRange&, const TileRange&) = default;
};

class Presums {
 public:
  // Few of the rows of a table.
  using Rows = absl::InlinedVector<uint32_t, 2>;

  // Sums of rows, by the places of members along some axes, read as the digits
  // of a number, then by tile and reporter: those of a whole panel stand side
  // by side.
  struct Cube {
    std::vector<RowSum> sums;
    // The same of years() instead of tiles, so that most questions read one
    // cache line where they would read many; unclear where a row is missing.
    std::vector<RowSum> year_sums;
    // What stands in another number's place without a word, by members,
    // reporter and tile; and by members and reporter, where theirs begins.
    struct Replaced {
      size_t place = 0;  // members and reporter, as the digits of a number
      uint32_t tile = 0;
      Replacement by;
    };
    std::vector<Replaced> replaced;
    std::vector<uint32_t> replaced_from;
    // By members and reporter: how many combinations of members have rows.
    std::vector<uint32_t> combinations;
    // The same: the tiles that have rows, a bit for each; empty where there are
    // more tiles than bits.
    std::vector<uint64_t> present;
    // By state: the reason of all its rows; null where they differ, or nobody
    // looked.
    std::array<const std::string*, vocabulary::kStateCount> reasons = {};
  };

  // `rows` must be finished; `floor` and `scale` are those of the table. Null
  // where no sum is without choice.
  static std::shared_ptr<const Presums> Make(
      std::shared_ptr<const TableRows> rows, store::Floor floor, int scale);

  // Of a table of which only some rows are here, and sums of all.
  struct Partial {
    size_t table = 0;  // its place in the snapshot
    std::shared_ptr<Absences> absences;
    std::shared_ptr<const TableRows> rows;
    store::Floor floor = store::Floor::kZero;
    int scale = 0;
    std::vector<vocabulary::DayInterval> tiles;  // as tiles()
    // By the place of a reporter, then tile: whether there may be some row.
    std::vector<bool> printed;
    // Of each of the table's releases, in their order, some row.
    std::vector<TableRows::Stored> releases;
    // By number of a state, the one reason that all of its rows have: the cubes
    // name none.
    std::vector<std::string> reasons;
    std::map<std::vector<size_t>, std::shared_ptr<const Cube>> cubes;
  };
  // No more than kMostReleases.
  static std::shared_ptr<const Presums> Make(Partial partial);
  static constexpr size_t kMostReleases = 64;

  // Whether sums may be missing that can be made.
  bool partial() const { return absences_ != nullptr; }
  // Whether there may be a row of a reporter in a range of tiles.
  bool MayHave(vocabulary::MemberId reporter, TileRange range) const;
  // Says that sums over all axes but those are missing.
  void NoteMissing(const std::vector<size_t>& axes) const {
    absences_->NoteSums(table_, axes);
  }

  // In order of time, none in another's days.
  const std::vector<vocabulary::DayInterval>& tiles() const { return tiles_; }
  // Financial years that whole tiles make up, in order of time.
  const std::vector<TileRange>& years() const { return years_; }
  // Those that lie within some days.
  TileRange Within(const vocabulary::DayInterval& days) const;

  // Sums over all axes but those (their numbers, ascending), of rows that have
  // TableRows::starts(); null when there would be too many for what they save,
  // which never happens where no axis is kept. Where all are kept, a sum is of
  // one row, and unclear where that is no printed one. Valid as long as this
  // is. `table` is one that has these sums, of `snapshot`: whichever, since
  // what editions said of the same rows is the same. Null, too, where sums are
  // missing.
  const Cube* Over(const std::vector<size_t>& axes, const Snapshot& snapshot,
                   const SliceTable& table) const;

  // What rows [first, last), of one member along every axis and one reporter,
  // have in a range of tiles: nullopt when that is unclear.
  struct Series {
    RowSum sum;
    // The tiles that have a row, a bit for each of the range.
    uint64_t present = 0;
    // Rows that are not in the sum may stand between them.
    size_t first = 0;
    size_t last = 0;
    Rows may_replace;
  };
  static constexpr uint32_t kMostTiles = 64;  // of a range
  std::optional<Series> Sum(size_t first, size_t last, TileRange range) const;
  // Whether a row is in a sum: stands today and is printed.
  bool Counts(size_t row) const {
    return bit_of_known_[rows_->known().code(row)] >= 0 && !rows_->derived(row);
  }

  // By bit of RowSum::releases: a row of the release.
  const std::vector<TableRows::Stored>& releases() const { return releases_; }

  // What the first of the worst rows says.
  const std::string& WorstReason(const RowSum& sum) const {
    return partial() ? reasons_[static_cast<size_t>(sum.worst_state())]
                     : rows_->reason(sum.worst_row);
  }

  // What all rows of one state, and of the same flags and reason, have in
  // common.
  struct Kind {
    RowSum sum;
    // What else there is to read.
    enum class Numbers : uint8_t { kNone, kExact, kBounds } numbers;
  };
  static Kind KindOf(vocabulary::State state, uint32_t flags,
                     const std::string& reason);

  // What is said of a row of a table, of those that are here.
  RowSum Of(size_t row) const;
  // Whether it may stand in place of another number that an earlier edition
  // had, without a word. `first` is the first of its members and reporter.
  bool MayReplace(size_t row, size_t first) const;
  // Orders what was replaced and adds up years, given all the rest but reasons.
  void Finish(Cube* cube) const;

 private:
  Presums(std::shared_ptr<const TableRows> rows, store::Floor floor, int scale)
      : rows_(std::move(rows)), floor_(floor), scale_(scale) {}

  bool FindTiles();
  void PlaceTiles();
  void FindYears();
  bool FindReleases();
  void MakeKinds();
  // Of rows of which there are such kinds, by number.
  void FindReasons(const std::vector<bool>& kinds, Cube* cube) const;
  std::shared_ptr<const Cube> Make(const std::vector<size_t>& axes,
                                   const Snapshot& snapshot,
                                   const SliceTable& table) const;

  const std::shared_ptr<const TableRows> rows_;
  const store::Floor floor_;
  const int scale_;
  std::vector<vocabulary::DayInterval> tiles_;
  std::vector<TileRange> years_;
  std::vector<uint32_t> tile_of_period_;  // by code
  std::vector<int8_t> bit_of_known_;      // by code; -1 = not today
  std::vector<TableRows::Stored> releases_;
  size_t KindNumber(size_t row) const {
    return size_t{rows_->attributes().code(row)} * vocabulary::kStateCount +
           static_cast<size_t>(rows_->state(row));
  }
  std::vector<Kind> kinds_;  // by code of attributes, then state
  // See Partial.
  size_t table_ = 0;
  std::shared_ptr<Absences> absences_;
  std::vector<bool> printed_;
  std::vector<std::string> reasons_;

  // Not absl::Mutex: ThreadSanitizer cannot see into the system's Abseil.
  mutable std::mutex mutex_;
  // Guarded by mutex_.
  mutable std::map<std::vector<size_t>, std::shared_ptr<const Cube>> cubes_;
};

}  // namespace collate::query

#endif  // COLLATE_SERVICE_QUERY_PRESUMS_H_
