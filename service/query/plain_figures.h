// Figures that need no choice, found fast: of one source, from rows of the
// asked members themselves, from all that lie in them, or from whole breakdowns
// of either, whose periods are tiles (presums.h). What Resolver says of them is
// the same, whichever way they are found; where anything else may have a say,
// nothing is said here.
//
// Read-only once made; holds references to the plan, the snapshot and the
// candidates.

#ifndef COLLATE_SERVICE_QUERY_PLAIN_FIGURES_H_
#define COLLATE_SERVICE_QUERY_PLAIN_FIGURES_H_

#include <cstddef>
#include <cstdint>
#include <string>
#include <vector>

#include "absl/container/inlined_vector.h"
#include "service/query/candidates.h"
#include "service/query/plan.h"
#include "service/query/presums.h"
#include "service/query/query.h"
#include "service/query/row_sum.h"
#include "service/query/snapshot.h"
#include "service/vocabulary/period.h"
#include "service/vocabulary/vocabulary.h"

namespace collate::query {

struct PlainFigure {
  const Candidate* candidate = nullptr;
  RowSum sum;
  Method method = Method::kNone;
  // What the rows leave open of the period; empty = complete.
  absl::InlinedVector<vocabulary::DayInterval, 2> gaps;
  // Where the rows are, unless they are not listed: those of [first, last)
  // that Presums::Counts.
  bool listed = false;
  size_t first = 0;
  size_t last = 0;
  // Asked dimensions, a bit for each, along which rows are of what lies in the
  // member.
  uint64_t rolled_up = 0;
  // What it was in earlier editions that were replaced without a word, where
  // that does not fit what it is; nothing where there are no rows.
  struct Earlier {
    absl::InlinedVector<TableRows::Stored, 2> rows;  // of those editions
    int64_t value = 0;
    Interval bounds;
  };
  Earlier earlier;
  // Why days are left open, where that is its reason.
  std::string why_open;

  // Of one that is whole, the worst of its rows.
  vocabulary::State state() const;
  // What it can be; a day that is left open makes it due, and more.
  bool due() const { return !gaps.empty() || sum.Has(RowSum::kDue); }
  Interval bounds() const;

  // Makes it one of which nothing but the candidate is known: figures are used
  // again and again, and most of what they have room for stays empty.
  void Reset(const Candidate* of) {
    candidate = of;
    method = Method::kNone;
    listed = false;
    rolled_up = 0;
    gaps.clear();
    earlier.rows.clear();
    why_open.clear();
  }
};

// A figure that is the whole sum of rows, and of which nothing else is to be
// said.
struct SumFigure {
  const SliceTable* table = nullptr;  // null = it is none
  Method method = Method::kNone;
  vocabulary::State state = vocabulary::State::kUnspecified;
  const std::string* reason = nullptr;  // null = it is printed
  RowSum sum;
  // As those of PlainFigure, where they are listed.
  bool listed = false;
  size_t first = 0;
  size_t last = 0;

  bool printed() const { return vocabulary::IsPrinted(state); }
};

// The rows behind a figure, or one of each release where they are not listed.
RowRefs RowsOf(const PlainFigure& figure);
RowRefs RowsOf(const SumFigure& figure);

class PlainFigures {
 public:
  // Of those sources; everything else must outlive it.
  PlainFigures(const Plan& plan, const Snapshot& snapshot,
               const vocabulary::Measure& measure, const Candidates& candidates,
               const std::vector<std::string>& sources);

  // One thing to do for a figure of some coordinates, whoever's it is.
  struct Step {
    enum class Kind : uint8_t {
      kSeries,   // look at the rows of a series
      kCube,     // add up sums that are there
      kBound,    // what is only a part may have a say
      kUnclear,  // Resolver has to look
    };
    Kind kind = Kind::kUnclear;
    bool exact = false;  // the rows are of the members themselves
    bool last = false;   // of the exact ones of its source
    uint16_t source = 0;
    uint32_t entry = 0;
    // Those that add up to it, by the places of their members: of the members
    // themselves, or of all that lie in them.
    absl::InlinedVector<size_t, 1> series;
    uint64_t rolled_up = 0;  // see PlainFigure
  };
  // In the order in which they are to be done.
  using Place = absl::InlinedVector<Step, 4>;
  Place PlaceOf(const Coordinates& coordinates) const;

  enum class Outcome {
    kUnclear,  // Resolver has to look
    kNothing,  // the source has no row of it
    kFound,
  };
  // What one source, by its number among those, has of a reporter in a period
  // (index into Plan::periods). `figure` is undefined unless it is found.
  Outcome Find(size_t source, const Place& place, vocabulary::MemberId reporter,
               int period, PlainFigure* figure) const;

  class Lane;
  // What all reporters have at a place in a period, side by side; empty where
  // that needs a look at each. Valid as long as this is.
  Lane LaneOf(const Place& place, int period) const;

 private:
  struct Entry {
    const Candidate* candidate = nullptr;
    uint16_t source = 0;
    const Presums* presums = nullptr;
    const Presums::Cube* cube = nullptr;
    const Presums* partial = nullptr;  // those of which some may be missing
    std::vector<size_t> axes;          // that are asked, ascending
    std::vector<size_t> asked;         // for each, the asked dimension
    // By period.
    struct Range {
      TileRange tiles;
      bool whole = false;  // they leave no day open
      bool one = false;    // it is one tile, of just those days
      // Of what sums add up to the same: years, then single tiles.
      TileRange years;
      absl::InlinedVector<uint32_t, 6> others;
    };
    std::vector<Range> ranges;
    // By member: the place of a reporter; their number where it has no row.
    std::vector<size_t> place_of_reporter;
    size_t reporters = 0;
    bool timeless = false;  // every member exists on every day

    size_t PlaceOf(vocabulary::MemberId reporter) const {
      return reporter < place_of_reporter.size() ? place_of_reporter[reporter]
                                                 : reporters;
    }
    // The sums of all reporters for a series, in a year or a tile.
    const RowSum* OfYear(size_t series, uint32_t year) const {
      return cube->year_sums.data() +
             (series * presums->years().size() + year) * reporters;
    }
    const RowSum* OfTile(size_t series, uint32_t tile) const {
      return cube->sums.data() +
             (series * presums->tiles().size() + tile) * reporters;
    }
  };

  void AddEntry(const Candidate& candidate, size_t source);
  void AddSteps(const Coordinates& coordinates, bool exact, Place* place) const;
  // The series of the members, of what lies in them, or of both; empty where
  // there are too many, or some are parts for some reporters only.
  absl::InlinedVector<size_t, 1> SeriesOf(const Entry& entry,
                                          const Coordinates& coordinates,
                                          bool exact) const;
  Outcome FindSeries(const Entry& entry, size_t series, size_t reporter,
                     int period, PlainFigure* figure) const;
  Outcome FindInCube(const Entry& entry, const Step& step, size_t reporter,
                     int period, PlainFigure* figure) const;
  // The tiles of a period of which there may be rows, a bit for each.
  static uint64_t TilesThere(const Entry& entry, const Step& step,
                             size_t reporter, int period);
  static bool LeavesOpen(const Entry& entry, const Step& step, size_t reporter,
                         int period) {
    const Entry::Range& range = entry.ranges[period];
    return range.tiles.size() <= Presums::kMostTiles &&
           (!range.whole ||
            TilesThere(entry, step, reporter, period) != range.tiles.all());
  }
  // Where every part of every tile is there: what they add up to.
  static bool AddWhole(const Entry& entry, const Step& step, size_t reporter,
                       const Entry::Range& range, RowSum* sum);
  // Compares what it is with what it was, given what was replaced in it, by
  // row; false where a number does not fit.
  static bool NoteEarlier(absl::Span<const Replacement> replaced,
                          PlainFigure* figure);
  void AddGaps(const Entry& entry, int period, uint64_t present,
               PlainFigure* figure) const;
  // Whether a table of which not all is here has nothing of a reporter.
  bool IsSilent(const Entry& entry, vocabulary::MemberId reporter,
                int period) const;
  // Says that the sums of a step are missing that can be made.
  void NoteMissing(const Entry& entry) const;
  // Whether a figure of so many tiles may be one, whole or with gaps.
  bool IsAllowed(const Entry& entry, int period, uint32_t tiles,
                 bool whole) const;

  const Plan& plan_;
  const Snapshot& snapshot_;
  const vocabulary::Measure& measure_;
  const Candidates& candidates_;
  std::vector<Entry> entries_;  // beside the candidates
};

class PlainFigures::Lane {
 public:
  Lane() = default;

  bool empty() const { return entry_ == nullptr; }
  // That of a reporter; false where it has none, or something else is to be
  // said, too.
  bool Find(vocabulary::MemberId reporter, SumFigure* figure) const {
    const size_t place = entry_->PlaceOf(reporter);
    if (place == entry_->reporters) return false;
    if (sums_.empty()) return FindRows(place, figure);
    figure->listed = false;
    RowSum& sum = figure->sum;
    sum = sums_[0][place];
    for (size_t i = 1; i < sums_.size(); ++i) sum.Add(sums_[i][place]);
    if ((sum.bits & (RowSum::kUnclear | RowSum::kReplaces)) != 0 ||
        sum.rows == 0) {
      return false;
    }
    if (!combinations_.empty()) {
      uint64_t expected = 0;
      for (const uint32_t* one : combinations_) expected += one[place];
      // No tile has more rows than there are combinations, or it is unclear.
      if (sum.rows != expected * tiles_) return false;
    }
    Describe(figure);
    return true;
  }

 private:
  friend class PlainFigures;

  // The same of the rows of a series.
  bool FindRows(size_t reporter, SumFigure* figure) const;
  void Describe(SumFigure* figure) const {
    figure->table = entry_->candidate->table;
    figure->method = method_;
    figure->state = figure->sum.worst_state();
    figure->reason = nullptr;
    if (figure->printed()) return;
    if (entry_->cube != nullptr) {
      figure->reason =
          entry_->cube->reasons[static_cast<size_t>(figure->state)];
    }
    if (figure->reason == nullptr) {
      figure->reason = &figure->table->presums->WorstReason(figure->sum);
    }
  }

  const Entry* entry_ = nullptr;
  Method method_ = Method::kNone;
  TileRange range_;     // of the period
  uint32_t tiles_ = 0;  // in it
  size_t series_ = 0;   // where there are no sums to be added
  // By place of the reporter: what adds up; where that is not of whole years
  // alone, also how many combinations of members it has rows of.
  absl::InlinedVector<const RowSum*, 10> sums_;
  absl::InlinedVector<const uint32_t*, 1> combinations_;
};

}  // namespace collate::query

#endif  // COLLATE_SERVICE_QUERY_PLAIN_FIGURES_H_
