// The published figures of one slice of one source, ready to be searched and
// summed.
//
// Tables are immutable. The rows of a table are shared by all snapshots in
// which it is the same; a SliceTable itself belongs to one snapshot, and knows
// which of its releases is which.

#ifndef COLLATE_SERVICE_QUERY_SLICE_TABLE_H_
#define COLLATE_SERVICE_QUERY_SLICE_TABLE_H_

#include <cstddef>
#include <cstdint>
#include <limits>
#include <memory>
#include <string>
#include <utility>
#include <vector>

#include "absl/types/span.h"
#include "service/query/absences.h"
#include "service/query/narrow_column.h"
#include "service/store/observations.h"
#include "service/vocabulary/period.h"
#include "service/vocabulary/state.h"
#include "service/vocabulary/vocabulary.h"

namespace collate::query {

// Microseconds since 1970-01-01; when a row began or ceased to be the
// source's current statement.
using KnownTime = int64_t;
inline constexpr KnownTime kStillKnown = std::numeric_limits<int64_t>::max();
// A time at which whatever is still known is known, and nothing else.
inline constexpr KnownTime kToday = kStillKnown - 1;

// One stored row, by position.
struct RowRef {
  uint32_t release = 0;  // index into Snapshot::releases()
  uint32_t chunk = 0;
  uint32_t row = 0;
};

// What one release claims to speak about within a slice.
struct Claim {
  uint32_t release = 0;  // index into Snapshot::releases()
  std::vector<vocabulary::MemberId> reporters;  // sorted
  vocabulary::DayInterval period;
  // Day after the last one that the slice prints a row for within `period`.
  vocabulary::Day printed_to = 0;

  bool Covers(vocabulary::MemberId reporter,
              const vocabulary::DayInterval& days) const;
};

// The columns of a table. Releases are numbered by who holds them.
class TableRows {
 public:
  // What many rows have in common, each kept once and numbered.
  struct Attributes {
    uint32_t flags = 0;
    uint32_t reason = 0;  // see reason_of
    uint8_t has = 0;
    int8_t scale = 0;
    bool counted = false;
    bool derived = false;

    friend bool operator==(const Attributes&, const Attributes&) = default;
    template <typename H>
    friend H AbslHashValue(H h, const Attributes& a) {
      return H::combine(std::move(h), a.flags, a.reason, a.has, a.scale,
                        a.counted, a.derived);
    }
  };
  struct PeriodOf {
    vocabulary::DayInterval days;
    vocabulary::PeriodKind kind = vocabulary::PeriodKind::kUnspecified;

    friend bool operator==(const PeriodOf&, const PeriodOf&) = default;
    template <typename H>
    friend H AbslHashValue(H h, const PeriodOf& p) {
      return H::combine(std::move(h), p.days.begin, p.days.end, p.kind);
    }
  };
  struct Known {
    KnownTime from = 0;
    KnownTime until = kStillKnown;
    uint32_t release = 0;

    friend bool operator==(const Known&, const Known&) = default;
    template <typename H>
    friend H AbslHashValue(H h, const Known& k) {
      return H::combine(std::move(h), k.from, k.until, k.release);
    }
  };

  struct Row {
    vocabulary::MemberId reporter = vocabulary::kUnmapped;
    vocabulary::DayInterval period;
    vocabulary::PeriodKind period_kind = vocabulary::PeriodKind::kUnspecified;
    vocabulary::State state = vocabulary::State::kUnspecified;
    uint32_t flags = 0;
    uint8_t has = 0;  // store::Has
    int8_t scale = 0;
    bool counted = false;  // from records
    // Not printed: a key that has no statement for a while.
    bool derived = false;
    int64_t value = 0;
    int64_t lower = 0;
    int64_t upper = 0;
    uint32_t release = 0;
    KnownTime known_from = 0;
    KnownTime known_until = kStillKnown;
    uint32_t stored = 0;  // its number among the rows of its release
  };

  explicit TableRows(size_t axes) : members_(axes) {}
  // Pieces of a finished table and of one that continues it, in key order;
  // finished.
  TableRows(const TableRows& base, TableRows fresh,
            absl::Span<const Piece> pieces);

  // No rows, to be put together with those of a finished table.
  static TableRows Continuing(const TableRows& base);

  void Add(absl::Span<const vocabulary::MemberId> members, const Row& row,
           const std::string& reason);
  // A row of another table, under another number of its release and known at
  // another time.
  void Add(const TableRows& from, size_t row, uint32_t release,
           KnownTime known_from, KnownTime known_until);
  void AddDerived(const TableRows& from, size_t row, uint32_t release,
                  vocabulary::State state, KnownTime known_from,
                  KnownTime known_until);
  void reserve(size_t rows);
  // Of rows in key order; nothing is added afterwards.
  void Finish();
  // The same of some of the rows of another table, in which all members occur.
  void FinishPart(const TableRows& whole);
  // Some rows of a table, of the keys of the one it is made of, whose members
  // and reporters are those of `places` (ascending, reporters last). Whoever
  // looks for rows, and not at one that it knows of, is noted.
  static TableRows Partial(
      const TableRows& of,
      std::vector<std::vector<vocabulary::MemberId>> places,
      std::shared_ptr<Absences> absences);
  // No rows of a table, in which these members and reporters occur.
  static TableRows Outline(
      std::vector<std::vector<std::pair<vocabulary::MemberId, KnownTime>>>
          first_known);

  size_t size() const {
    NoteSearch();
    return state_.size();
  }
  size_t axis_count() const { return members_.size(); }
  size_t byte_count() const;

  vocabulary::MemberId member(size_t axis, size_t row) const {
    return members_[axis][row];
  }
  vocabulary::MemberId reporter(size_t row) const { return reporter_[row]; }
  const vocabulary::DayInterval& period(size_t row) const {
    return period_[row].days;
  }
  vocabulary::PeriodKind period_kind(size_t row) const {
    return period_[row].kind;
  }
  vocabulary::State state(size_t row) const { return state_[row]; }
  bool derived(size_t row) const { return attributes_[row].derived; }
  bool counted(size_t row) const { return attributes_[row].counted; }
  uint32_t flags(size_t row) const { return attributes_[row].flags; }
  uint8_t has(size_t row) const { return attributes_[row].has; }
  int8_t scale(size_t row) const { return attributes_[row].scale; }
  const std::string& reason(size_t row) const {
    return reasons_[attributes_[row].reason];
  }
  int64_t value(size_t row) const { return value_[row]; }
  int64_t lower(size_t row) const { return lower_[row]; }
  int64_t upper(size_t row) const { return upper_[row]; }
  uint32_t release(size_t row) const { return known_[row].release; }
  KnownTime known_from(size_t row) const { return known_[row].from; }
  KnownTime known_until(size_t row) const { return known_[row].until; }
  uint32_t stored(size_t row) const { return stored_[row]; }
  // Where a row is stored: its release, and its number among the rows of that.
  struct Stored {
    uint32_t release = 0;
    uint32_t row = 0;
  };
  Stored where(size_t row) const { return {release(row), stored(row)}; }

  const DictionaryColumn<Attributes>& attributes() const { return attributes_; }
  const DictionaryColumn<PeriodOf>& periods() const { return period_; }
  const DictionaryColumn<Known>& known() const { return known_; }
  const std::string& reason_of(const Attributes& attributes) const {
    return reasons_[attributes.reason];
  }

  // Rows [first, last) of one member along every axis and one reporter.
  std::pair<size_t, size_t> Find(absl::Span<const vocabulary::MemberId> members,
                                 vocabulary::MemberId reporter) const;
  // The members that occur along an axis, or the reporters, sorted, each with
  // the time when the first row of it became known.
  using FirstKnown = std::vector<std::pair<vocabulary::MemberId, KnownTime>>;
  const FirstKnown& first_known(size_t axis) const {
    return first_known_[axis];
  }
  const FirstKnown& reporters() const { return first_known_.back(); }
  bool Occurs(size_t axis, vocabulary::MemberId member) const;
  // The place of a member among those that occur along an axis (that of the
  // reporters comes last); their number if it does not occur.
  size_t PlaceOf(size_t axis, vocabulary::MemberId member) const;
  vocabulary::MemberId MemberAt(size_t axis, size_t place) const {
    return absences_ == nullptr ? first_known_[axis][place].first
                                : places_[axis][place];
  }
  size_t place_count(size_t axis) const {
    return absences_ == nullptr ? first_known_[axis].size()
                                : places_[axis].size();
  }
  // Where combinations are dense enough, the first row of each, and the end:
  // by the places along the axes and of the reporter, read as the digits of a
  // number. Else empty.
  const std::vector<uint32_t>& starts() const {
    NoteSearch();
    return starts_;
  }
  bool has_state(vocabulary::State state) const {
    return (states_ >> static_cast<int>(state) & 1) != 0;
  }

 private:
  friend class TableFile;

  void NoteSearch() const {
    if (absences_ != nullptr) absences_->NoteRows();
  }
  uint32_t ReasonOf(const std::string& reason);
  void Shrink();
  void FindStates();
  void FindFirstKnown();
  // With no more offsets than so many for each row, and a few.
  void MakeIndex(size_t offsets_per_row);
  // Adds rows of these members to starts_, which has the right size and is 0.
  void CountCombinations(const TableRows& rows);
  const NarrowColumn<vocabulary::MemberId>& MembersOf(size_t axis) const {
    return axis < members_.size() ? members_[axis] : reporter_;
  }
  // How the key of a row stands to one that is looked for: <0, 0, >0.
  int Compare(size_t row, absl::Span<const vocabulary::MemberId> members,
              vocabulary::MemberId reporter) const;

  std::vector<NarrowColumn<vocabulary::MemberId>> members_;  // one per axis
  NarrowColumn<vocabulary::MemberId> reporter_;
  DictionaryColumn<PeriodOf> period_;
  NarrowColumn<vocabulary::State> state_;
  DictionaryColumn<Attributes> attributes_;
  // Numbers are mantissas of 10^-scale; 0 for counts.
  NarrowColumn<int64_t> value_;
  NarrowColumn<int64_t> lower_;
  NarrowColumn<int64_t> upper_;
  DictionaryColumn<Known> known_;
  NarrowColumn<uint32_t> stored_;
  std::vector<std::string> reasons_;
  absl::flat_hash_map<std::string, uint32_t> reason_index_;
  uint32_t last_reason_ = 0;  // that was added

  uint64_t states_ = 0;
  std::vector<FirstKnown> first_known_;  // one per axis, then the reporters
  std::vector<uint32_t> starts_;
  std::vector<std::vector<vocabulary::MemberId>> places_;  // see Partial
  std::shared_ptr<Absences> absences_;                     // null = all is here
};

// All rows of one slice of one source, sorted by the members of the axes in
// turn, then reporter, period and release.
class SliceTable {
 public:
  std::string source;
  store::Slice slice;
  std::vector<const vocabulary::Dimension*> axes;
  // True when a label of an axis is not known: listed, never summed.
  bool unmapped = false;
  // True when every row was counted from records: what a release claims and
  // has no row of are no records, since it had them all.
  bool counted = false;
  // True when an edition declares its rows otherwise, so that earlier or later
  // statements of a key may stand in a table beside this one.
  bool split = false;
  // True when a document says something beside some figure of its releases; see
  // Chunks::Stated.
  bool stated = false;
  // True when its rows are in the store and not here: `rows` has none, and
  // knows what occurs. No sum is right without them (fetching.h).
  bool away = false;
  // Of such a table: null where its rows do not simply add up.
  std::shared_ptr<const struct Summable> summable;
  int max_scale = 0;
  std::vector<Claim> claims;  // earliest release first

  std::shared_ptr<const TableRows> rows;
  std::shared_ptr<const class Presums> presums;  // of `rows`
  // By number in `rows`: index into Snapshot::releases(), and the chunks.
  std::vector<uint32_t> releases;
  std::vector<std::shared_ptr<const class Chunks>> chunks;

  // Sets `presums`, given everything else.
  void MakePresums();

  // Of memory that rows and claims take, nearly.
  size_t byte_count() const;

  size_t row_count() const { return rows->size(); }
  vocabulary::MemberId member(size_t axis, size_t row) const {
    return rows->member(axis, row);
  }
  vocabulary::MemberId reporter(size_t row) const {
    return rows->reporter(row);
  }
  const vocabulary::DayInterval& period(size_t row) const {
    return rows->period(row);
  }
  vocabulary::PeriodKind period_kind(size_t row) const {
    return rows->period_kind(row);
  }
  vocabulary::State state(size_t row) const { return rows->state(row); }
  // Whether the key has no statement for a while (WITHDRAWN,
  // DROPPED_IN_EDITION); its ref is the row that had one.
  bool derived(size_t row) const { return rows->derived(row); }
  uint32_t flags(size_t row) const { return rows->flags(row); }
  uint8_t has(size_t row) const { return rows->has(row); }
  // Numbers are mantissas of 10^-scale; 0 for counts.
  int8_t scale(size_t row) const { return rows->scale(row); }
  const std::string& reason(size_t row) const { return rows->reason(row); }
  int64_t value(size_t row) const { return rows->value(row); }
  int64_t lower(size_t row) const { return rows->lower(row); }
  int64_t upper(size_t row) const { return rows->upper(row); }
  KnownTime known_from(size_t row) const { return rows->known_from(row); }
  KnownTime known_until(size_t row) const { return rows->known_until(row); }
  // Index into Snapshot::releases().
  uint32_t release(size_t row) const { return releases[rows->release(row)]; }
  RowRef ref(size_t row) const { return ref(rows->where(row)); }
  RowRef ref(const TableRows::Stored& row) const;

  // Whether a row was the source's current statement at that time.
  bool Holds(size_t row, KnownTime at) const {
    return known_from(row) <= at && at < known_until(row);
  }
  // Whether two rows have the same members along every axis.
  bool SameMembers(size_t a, size_t b) const;
};

}  // namespace collate::query

#endif  // COLLATE_SERVICE_QUERY_SLICE_TABLE_H_
