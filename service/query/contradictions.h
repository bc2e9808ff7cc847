// What is printed beside a figure and cannot hold together with it: a part of
// another source that is more than it, a whole of another source that it is
// more than, and a percentage whose counts do not make it.
//
//   PART_EXCEEDS_WHOLE  The other side is the asked cell but for one thing: a
//                       narrower or wider member of one dimension (kinship.h),
//                       one dimension less, or all cases in place of a
//                       universe. Of measures that are never negative, and
//                       never within one source: that is plausibility's.
//   SHARE_V_COUNT       A percentage and the counts that it is declared a share
//                       of, count and base from one source. A percentage that
//                       is not said to be rounded may be half a unit of its
//                       last decimal off.
//
// Both sides are taken as printed, or added up from shorter periods. Tables
// that another source may have are looked for once; a question without any
// costs nothing more. Used by one thread at a time.

#ifndef COLLATE_SERVICE_QUERY_CONTRADICTIONS_H_
#define COLLATE_SERVICE_QUERY_CONTRADICTIONS_H_

#include <cstddef>
#include <memory>
#include <optional>
#include <set>
#include <string>
#include <vector>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "absl/strings/string_view.h"
#include "service/query/kinship.h"
#include "service/query/plan.h"
#include "service/query/query.h"
#include "service/query/resolve.h"
#include "service/query/snapshot.h"

namespace collate::query {

// The figure of a leaf whose numbers have that many decimals.
Figure FigureOf(const Leaf& leaf, int scale);

class Contradictions {
 public:
  // As those of a Resolver; both references must outlive it.
  Contradictions(
      const Plan& plan, const Snapshot& snapshot,
      const vocabulary::Measure& measure,
      const std::vector<std::vector<vocabulary::MemberId>>& coordinates);

  // Whether there is nothing that a leaf could be compared with.
  bool empty() const { return kin_.empty() && shares_.empty(); }

  // Adds to leaf.contradictions; `scale` is that of the leaf's numbers.
  absl::Status Find(int scale, Leaf& leaf);

 private:
  // Other cells beside the asked ones, as their sources print them.
  struct Aside {
    const vocabulary::Measure* measure = nullptr;
    std::set<std::string> sources;  // that have a table of them
    Plan plan;
    std::unique_ptr<Resolver> resolver;  // made when first asked
  };
  // Cells that contain the asked ones, or lie in them.
  struct Kin {
    bool wider = false;
    // The dimension that differs; absent when the universe does.
    std::optional<size_t> dimension;
    std::optional<Kinship> kinship;  // absent: the dimension is left out
    std::unique_ptr<Aside> cells;
  };
  // A percentage and its counts; what is asked for is null.
  struct Share {
    size_t dimension = 0;
    std::unique_ptr<Aside> percentages;
    std::vector<std::unique_ptr<Aside>> counts;
    std::unique_ptr<Aside> bases;
  };

  std::unique_ptr<Aside> MakeAside(const vocabulary::Measure& measure,
                                   std::vector<AskedDimension> dimensions,
                                   const std::string& universe) const;
  void FindKin();
  void FindShares();
  absl::StatusOr<std::vector<Leaf>> Figures(Aside& cells,
                                            const Coordinates& coordinates,
                                            Leaf& leaf,
                                            absl::string_view except) const;
  bool HasOther(const Aside& cells, const std::string& source) const;

  absl::Status CompareKin(Kin& kin, int scale, Leaf& leaf) const;
  absl::Status CompareShare(Share& share, int scale, Leaf& leaf) const;

  const Plan& plan_;
  const Snapshot& snapshot_;
  const vocabulary::Measure& measure_;
  std::vector<AskedDimension> asked_;  // narrowed to the coordinates
  std::vector<Kin> kin_;
  std::vector<Share> shares_;
};

}  // namespace collate::query

#endif  // COLLATE_SERVICE_QUERY_CONTRADICTIONS_H_
