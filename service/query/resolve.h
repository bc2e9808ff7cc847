// Which number answers: finds, for one reporter, coordinate and period, the
// figure that statistics allow, and says how it was found.
//
// Candidates are one (source, slice, set of tiles) each and never mix
// sources. Order: source preference; the exact slice and period; the exact
// slice and tiles of the period; the complete slice that contains the asked
// one with the fewest extra dimensions; and last, a lower bound from what is
// only a part of the whole. Nothing is added across slices. What a source
// states of one figure in several ways (statements.h) is answered with bounds
// that take in all of them; the first way is what is reported.
//
// A number that the query excludes is none: the figure is ANALYST_EXCLUDED, or
// the next source answers where only one source is excluded, and the number
// stands among the leaf's others.
//
// A Resolver serves one measure of one plan; after construction it is
// read-only and may be shared between threads.

#ifndef COLLATE_SERVICE_QUERY_RESOLVE_H_
#define COLLATE_SERVICE_QUERY_RESOLVE_H_

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "absl/strings/string_view.h"
#include "service/query/candidates.h"
#include "service/query/leaf_sums.h"
#include "service/query/plain_figures.h"
#include "service/query/plan.h"
#include "service/query/query.h"
#include "service/query/silences.h"
#include "service/query/snapshot.h"
#include "service/query/tighten.h"

namespace collate::query {

// Whether it says what the number is, rather than that it is missing or what it
// is at least.
inline bool IsFigure(const Leaf& leaf) {
  return leaf.method != Method::kNone && leaf.method != Method::kLowerBound;
}

class Resolver {
 public:
  // `coordinates` narrows the asked members, one set for each of
  // plan.dimensions; rows outside are not looked at. Both references must
  // outlive the Resolver.
  Resolver(const Plan& plan, const Snapshot& snapshot,
           const vocabulary::Measure& measure,
           std::vector<std::vector<vocabulary::MemberId>> coordinates);
  Resolver(const Resolver&) = delete;
  Resolver& operator=(const Resolver&) = delete;

  // One member for each of plan.dimensions, and where the tables have them.
  struct Place {
    Coordinates coordinates;
    PlainFigures::Place spots;
  };
  Place PlaceOf(Coordinates coordinates) const;

  absl::StatusOr<Leaf> Resolve(const Place& place,
                               vocabulary::MemberId reporter, int period) const;
  absl::StatusOr<Leaf> Resolve(const Coordinates& coordinates,
                               vocabulary::MemberId reporter,
                               int period) const {
    return Resolve(PlaceOf(coordinates), reporter, period);
  }

  // Whether a figure is the whole of what there is to say of a reporter: only
  // one source prints anything, and nothing is excluded or unreadable.
  bool decides_alone() const {
    return sources_.size() == 1 && plan_.exclusions.empty() &&
           plan_.unreadable.empty();
  }
  // Where that is so: the figure that Resolve says as well, if it is plain, and
  // nothing is said beside it but what it was in earlier editions.
  bool FindPlain(const Place& place, vocabulary::MemberId reporter, int period,
                 PlainFigure* figure) const;
  // The same of all reporters, of what is whole and was nothing else; empty
  // where none is found by that.
  PlainFigures::Lane LaneOf(const Place& place, int period) const;
  // A reporter's figure there; false where FindPlain is to be asked.
  bool FindIn(const PlainFigures::Lane& lane, vocabulary::MemberId reporter,
              SumFigure* figure) const {
    return lane.Find(reporter, figure) &&
           !tightener_.MayNarrow(figure->sum.states, figure->method);
  }
  // The same, of counts alone; else `figure` is none.
  bool FindCounted(const PlainFigures::Lane& lane,
                   vocabulary::MemberId reporter, SumFigure* figure) const {
    if (FindIn(lane, reporter, figure) &&
        figure->table->slice.aggregation == store::Aggregation::kSum) {
      return true;
    }
    figure->table = nullptr;
    return false;
  }

  // What each source but `except` (none when empty) has, in their order: the
  // figures that Resolve chooses from and compares.
  absl::StatusOr<std::vector<Leaf>> Each(const Coordinates& coordinates,
                                         vocabulary::MemberId reporter,
                                         int period,
                                         absl::string_view except) const;

  // Adds to whole.contradictions that `part`, which another source has instead
  // of a figure, bounds the number from below by more than it is.
  void NoteExcess(const Leaf& part, Leaf& whole) const;

  // Decimals of the leaves' numbers: the most that any table in question has.
  int scale() const { return candidates_.scale(); }

 private:
  // The best figure of one source, by its number; nullopt when it has none.
  absl::StatusOr<std::optional<Leaf>> ResolveWithin(
      size_t source, const Place& place, vocabulary::MemberId reporter,
      int period) const;
  // Whether it has the rows that it is to have.
  bool IsListed(const PlainFigure& figure) const {
    return figure.listed || !plan_.options.list_rows;
  }
  // A figure with what is to be said of it, without its coordinates.
  absl::StatusOr<Leaf> PlainLeaf(const PlainFigure& figure,
                                 vocabulary::MemberId reporter,
                                 int period) const;
  // The same of rows of any kind.
  absl::StatusOr<std::optional<Leaf>> ChooseWithin(
      const std::string& source, const Coordinates& coordinates,
      vocabulary::MemberId reporter, const vocabulary::Period& period) const;
  void Compare(std::vector<Leaf>& others, Leaf& leaf) const;
  // Widens the bounds to what the others print, where the query wants that.
  void TakeInOthers(Leaf& leaf) const;
  // Puts the query's exclusions in the place of a number that they are about.
  void Exclude(const std::string& source, vocabulary::MemberId reporter,
               const vocabulary::DayInterval& days, Leaf& leaf) const;
  bool FallsThrough(const Leaf& leaf) const;
  void NoteUnreadable(Leaf& leaf) const;

  const Plan& plan_;
  const Snapshot& snapshot_;
  const vocabulary::Measure& measure_;
  const Candidates candidates_;
  // Those of the plan that a candidate is of, in its order.
  const std::vector<std::string> sources_;
  const PlainFigures plain_;
  const LeafSums sums_;
  const Silences silences_;
  const Tightener tightener_;
  bool asks_areas_ = false;  // some reporter of a panel is one
};

}  // namespace collate::query

#endif  // COLLATE_SERVICE_QUERY_RESOLVE_H_
