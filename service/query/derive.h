// Everything that a query has computed from its cells: rates, changes and
// shares, in the order in which they were asked for.
//
// A Deriver serves one measure of one plan, for one thread at a time.

#ifndef COLLATE_SERVICE_QUERY_DERIVE_H_
#define COLLATE_SERVICE_QUERY_DERIVE_H_

#include <cstddef>
#include <cstdint>
#include <functional>
#include <memory>
#include <set>
#include <variant>
#include <vector>

#include "absl/status/status.h"
#include "service/query/changes.h"
#include "service/query/plan.h"
#include "service/query/query.h"
#include "service/query/rates.h"
#include "service/query/resolve.h"
#include "service/query/shares.h"
#include "service/query/side.h"
#include "service/query/snapshot.h"

namespace collate::query {

// What is to be said of all derivations of a run together.
struct DerivedNotes {
  std::set<uint32_t> releases;  // inputs beside those of the cells
  std::set<vocabulary::MemberId> left_out_of_rate;
  std::set<vocabulary::MemberId> left_out_of_panel;
  std::set<vocabulary::MemberId> left_out_of_share;
  std::set<int> exclusions;  // that left out a figure of a base or denominator

  // LEFT_OUT_OF_RATE, LEFT_OUT_OF_MATCHED_PANEL, LEFT_OUT_OF_SHARE.
  std::vector<Caveat> Caveats(const vocabulary::Dimension& reporters) const;
};

class Deriver {
 public:
  // `measure` indexes Plan::measures. `with_leaves` keeps the figures of each
  // side of a division. All references must outlive the Deriver.
  Deriver(const Plan& plan, const Snapshot& snapshot, size_t measure,
          bool with_leaves, const std::function<bool()>& cancelled);

  // Whether there is nothing to derive.
  bool empty() const { return makers_.empty(); }
  // Whether sums of rows will do for leaves.
  bool takes_sums() const { return takes_sums_; }

  // Fills `cell.derived` of a cell whose numbers, coordinates and period are
  // set, and flags one of which a base or a denominator is in conflict.
  // `sums` are beside the reporters. FAILED_PRECONDITION as the makers say.
  absl::Status Derive(const std::vector<ReporterLeaves>& reporters,
                      const CellSums& sums, const Resolver& resolver,
                      Cell& cell, DerivedNotes& notes);

 private:
  using Maker =
      std::variant<std::unique_ptr<RateMaker>, std::unique_ptr<ChangeMaker>,
                   std::unique_ptr<ShareMaker>>;

  const vocabulary::Measure& measure_;
  std::vector<Maker> makers_;
  bool takes_sums_ = true;
};

}  // namespace collate::query

#endif  // COLLATE_SERVICE_QUERY_DERIVE_H_
