// Shares: a cell's figure in per cent of a base that the query names, over
// exactly those reporters that have both. A reporter's base comes from the
// source of its figure, never from another; who has none there is left out of
// both sides and named.
//
// A ShareMaker serves one share of one plan and measure, for one thread at a
// time.

#ifndef COLLATE_SERVICE_QUERY_SHARES_H_
#define COLLATE_SERVICE_QUERY_SHARES_H_

#include <functional>
#include <map>
#include <memory>
#include <optional>
#include <set>
#include <string>
#include <utility>
#include <vector>

#include "absl/container/flat_hash_map.h"
#include "absl/status/statusor.h"
#include "service/query/contradictions.h"
#include "service/query/plan.h"
#include "service/query/query.h"
#include "service/query/resolve.h"
#include "service/query/side.h"
#include "service/query/snapshot.h"

namespace collate::query {

class ShareMaker {
 public:
  // `measure` indexes Plan::measures; `with_leaves` fills Share::figures. All
  // references must outlive the ShareMaker. `cancelled` is polled.
  ShareMaker(const Plan& plan, const Snapshot& snapshot, size_t measure,
             const PlannedShare& share, bool with_leaves,
             const std::function<bool()>& cancelled);

  // `sums` are beside the reporters, `period` indexes Plan::periods.
  // FAILED_PRECONDITION (reason NOT_A_COUNT).
  absl::StatusOr<Share> Make(const std::vector<ReporterLeaves>& reporters,
                             const CellSums& sums, int period);

  // Exclusions that left out some figure so far: indexes into
  // Plan::exclusions.
  const std::set<int>& exclusions() const { return exclusions_; }

 private:
  // The base as one source prints it, with what the others print of it.
  struct Source {
    Plan plan;
    std::unique_ptr<Resolver> resolver;
    std::unique_ptr<Contradictions> contradictions;
    // Without the others, who answer where this one has no figure.
    Plan alone;
    std::unique_ptr<Resolver> alone_resolver;  // made when first asked
  };

  Source& SourceOf(const std::string& id);
  std::vector<vocabulary::MemberId> Mentioned() const;
  absl::StatusOr<Side> BaseOf(vocabulary::MemberId reporter,
                              const std::vector<Coordinates>& figures,
                              const std::string& source, int period);
  struct Bases;
  // The bases of all reporters beside figures of a table; without a lane where
  // that needs a look at each. Valid until the next call.
  const Bases& BasesOf(const SliceTable& table, const Coordinates& figure,
                       int period);
  // Adds a reporter of whom there are sums of both; false where a closer look
  // is needed.
  absl::StatusOr<bool> AddSums(vocabulary::MemberId reporter,
                               const SumFigure& over, const Coordinates& figure,
                               int period, Total* numerator, Total* base,
                               Share* share);
  // One part of a base: without the dimension of the share, or every member.
  absl::StatusOr<Side> PartOf(Source& source, vocabulary::MemberId reporter,
                              const Coordinates& coordinates, int period);
  absl::StatusOr<Side> MentionsOf(Source& source, vocabulary::MemberId reporter,
                                  Coordinates coordinates, int period);
  absl::StatusOr<Leaf> FigureOf(Source& source, vocabulary::MemberId reporter,
                                const Coordinates& coordinates, int period);
  // Why a reporter is left out that has no base.
  std::string NoBase(const std::string& source, const std::string& why) const;
  // Why two published totals may not be divided.
  std::optional<std::string> StatedOtherwise(const Side& numerator,
                                             const Side& base) const;

  const Plan& plan_;
  const Snapshot& snapshot_;
  const vocabulary::Measure& base_measure_;
  const vocabulary::Measure& measure_;
  const PlannedShare& share_;
  const bool with_leaves_;
  const std::function<bool()>& cancelled_;
  std::map<std::string, Source> sources_;
  // Bases found so far: the members of the dimension have one in common.
  using Key = std::pair<std::pair<const Source*, int>,
                        std::pair<vocabulary::MemberId, Coordinates>>;
  absl::flat_hash_map<Key, Side> bases_;
  // The same of all reporters that have sums.
  struct Bases {
    const SliceTable* table = nullptr;  // of the figures over them
    Coordinates at;
    int period = -1;
    Source* source = nullptr;
    PlainFigures::Lane lane;
  };
  Bases last_;
  std::set<int> exclusions_;
};

}  // namespace collate::query

#endif  // COLLATE_SERVICE_QUERY_SHARES_H_
