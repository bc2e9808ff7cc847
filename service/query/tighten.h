// Tightening: where a published total leaves a figure less room than the figure
// itself does.
//
// Within one release alone, a total that is printed and adds up narrows a
// figure that is NO_RELEASE, NOT_HELD, PARTIAL_PERIOD or ROUNDED, in one of two
// ways: as one of the parts of a complete breakdown against the same reporter's
// total with one dimension fewer, or as one of the forces of an area against
// the area's total. All other parts of that total must be printed or be in one
// of those states. A single part in another state, above all one that is
// withheld or refused, forbids it, since what the total leaves over would be
// that part's number; so does whatever makes it doubtful which the parts are. A
// figure that is a part of two totals is left alone when either forbids it:
// made narrower by one, it would give away what the other hides.
//
// Only Leaf::bounds, and so what a whole panel can be, become narrower: never a
// state, nor what is said of printed figures.
//
// Any number of threads may use a Tightener once it is made.

#ifndef COLLATE_SERVICE_QUERY_TIGHTEN_H_
#define COLLATE_SERVICE_QUERY_TIGHTEN_H_

#include <cstddef>
#include <cstdint>
#include <map>
#include <mutex>
#include <optional>
#include <set>
#include <string>
#include <utility>
#include <vector>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "service/query/plan.h"
#include "service/query/query.h"
#include "service/query/snapshot.h"
#include "service/vocabulary/vocabulary.h"

namespace collate::query {

class Tightener {
 public:
  // `scale` is that of the leaves' numbers, `floor_zero` whether a silent
  // reporter's number starts at 0. All references must outlive the Tightener.
  Tightener(const Plan& plan, const Snapshot& snapshot,
            const vocabulary::Measure& measure, int scale, bool floor_zero);

  // `leaf` is whole but for what this adds: `bounds`, `own_bounds` and
  // `tightened_by`. OUT_OF_RANGE (reason OVERFLOW).
  absl::Status Tighten(Leaf& leaf) const;
  // Whether a leaf of rows of these states, a bit for each, may be narrowed.
  bool MayNarrow(uint32_t row_states, Method method) const {
    return may_narrow_ && method != Method::kParts && AreNarrowable(row_states);
  }

 private:
  // Whether a sum of rows of these states may be narrowed.
  static bool AreNarrowable(uint32_t row_states);

  // Tables of one source that differ in what they declare alone.
  struct Family {
    std::string source;
    std::vector<store::Axis> axes;
    std::vector<const vocabulary::Dimension*> dimensions;
    std::vector<const SliceTable*> tables;
    bool unmapped = false;
  };
  // Of whom and of when a figure is.
  struct Place {
    Coordinates members;  // one for each axis
    vocabulary::MemberId reporter = vocabulary::kUnmapped;
    vocabulary::DayInterval days;
  };
  struct Row {
    const SliceTable* table = nullptr;
    uint32_t row = 0;

    RowRef ref() const { return table->ref(row); }
  };
  // A printed total and the room that it leaves to one part; absent where
  // another part forbids that.
  struct Room {
    RowRef total;
    std::optional<Interval> room;
  };
  // What a release prints in a family.
  struct Printed {
    std::vector<std::set<vocabulary::MemberId>> members;  // along each axis
    std::set<vocabulary::MemberId> reporters;
  };

  void AddFamily(const SliceTable& table);
  // Whether there are tables of what is asked, and totals of it.
  bool HasTotals() const;
  // Whether its rows are of what is asked, member by member.
  bool IsOfAskedLevels(const Family& family, const Place& place) const;

  absl::Status AddRoomsAmongParts(const Family& parts, const Leaf& leaf,
                                  const Place& place,
                                  std::vector<Room>& rooms) const;
  absl::Status AddRoomsAmongForces(const Family& family, const Leaf& leaf,
                                   const Place& place,
                                   std::vector<Room>& rooms) const;
  // Adds what is left of a total for the part at `place`, given the others;
  // nothing where the release breaks nothing down.
  absl::Status AddRoom(const Family& family, const Row& total,
                       const Place& place, const std::vector<Place>& others,
                       bool complete, std::vector<Room>& rooms) const;

  // The other members beside the place's own that a release breaks a total
  // down by along an axis; nullopt where it is doubtful which they are.
  std::optional<std::vector<Place>> OtherParts(const Family& parts,
                                               uint32_t release, size_t axis,
                                               const Place& place) const;
  // The other forces of an area; nullopt where that is doubtful.
  std::optional<std::vector<Place>> OtherForces(const Family& family,
                                                const Row& total,
                                                const Place& place) const;
  // The row of a total, when it stands, is printed and adds up.
  std::optional<Row> TotalAt(const Family& family, const Place& place) const;
  // What a release says that the number at a place can be; nullopt when that
  // forbids tightening.
  absl::StatusOr<std::optional<Interval>> PartAt(const Family& family,
                                                 const Place& place,
                                                 uint32_t release,
                                                 bool complete) const;
  // All rows, of one release or of all, that have days in common with the
  // place.
  std::vector<Row> RowsAt(const Family& family, const Place& place,
                          std::optional<uint32_t> release) const;
  // Whether all that the leaf is made of is of that release, and of its place.
  bool IsOfRelease(const Family& family, const Leaf& leaf, const Place& place,
                   uint32_t release) const;
  bool IsExcluded(const Family& family, const Place& place) const;
  // nullptr when it prints nothing there.
  const Printed* PrintedBy(const Family& family, uint32_t release) const;
  // Whether a release has figures of the reporter in another breakdown, so that
  // it is no silence that it has none in this family.
  bool SpeaksElsewhere(const Family& family, uint32_t release,
                       vocabulary::MemberId reporter) const;
  void FindPrinted() const;

  const Plan& plan_;
  const Snapshot& snapshot_;
  const vocabulary::Measure& measure_;
  const int scale_;
  const bool floor_zero_;
  std::vector<vocabulary::MemberId> areas_;
  std::vector<Family> families_;
  bool may_narrow_ = false;
  // Found when first asked for: most answers have nothing to tighten.
  mutable std::map<std::pair<const Family*, uint32_t>, Printed> printed_;
  // By release and reporter: the families that have it; null = no family.
  mutable std::map<std::pair<uint32_t, vocabulary::MemberId>,
                   std::set<const Family*>>
      speaking_;
  mutable std::once_flag printed_found_;
};

}  // namespace collate::query

#endif  // COLLATE_SERVICE_QUERY_TIGHTEN_H_
