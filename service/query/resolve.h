// Which number answers: finds, for one reporter, coordinate and period, the
// figure that statistics allow, and says how it was found.
//
// Candidates are one (source, slice, set of tiles) each and never mix
// sources. Order: source preference; the exact slice and period; the exact
// slice and tiles of the period; the complete slice that contains the asked
// one with the fewest extra dimensions; and last, a lower bound from what is
// only a part of the whole. Nothing is added across slices.
//
// A Resolver serves one measure of one plan; after construction it is
// read-only and may be shared between threads.

#ifndef COLLATE_SERVICE_QUERY_RESOLVE_H_
#define COLLATE_SERVICE_QUERY_RESOLVE_H_

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "absl/container/flat_hash_map.h"
#include "absl/status/statusor.h"
#include "service/query/plan.h"
#include "service/query/query.h"
#include "service/query/snapshot.h"

namespace collate::query {

class Resolver {
 public:
  // `coordinates` narrows the asked members, one set for each of
  // plan.dimensions; rows outside are not looked at. Both references must
  // outlive the Resolver.
  Resolver(const Plan& plan, const Snapshot& snapshot,
           const vocabulary::Measure& measure,
           std::vector<std::vector<vocabulary::MemberId>> coordinates);

  // `coordinates`: one member for each of plan.dimensions.
  absl::StatusOr<Leaf> Resolve(
      const std::vector<vocabulary::MemberId>& coordinates,
      vocabulary::MemberId reporter, int period) const;

 private:
  // How a table relates to what is asked.
  enum class Use {
    kWhole,  // its rows, added up where it is finer, are the whole
    kPart,   // its rows are a part of the whole
  };

  // Rows of a table that lie within one asked coordinate of one reporter.
  using Buckets = absl::flat_hash_map<uint64_t, std::vector<uint32_t>>;

  struct Candidate {
    const SliceTable* table = nullptr;
    Use use = Use::kWhole;
    // Table axis of each asked dimension, and the axes that nobody asked for.
    std::vector<size_t> asked_axes;
    std::vector<size_t> extra_axes;
    Buckets exact;   // every asked member is the row's own
    Buckets within;  // some asked member contains the row's
  };

  // Published figures that cannot answer, for NOT_CROSSED.
  struct Other {
    const SliceTable* table = nullptr;
    absl::flat_hash_map<vocabulary::MemberId, std::vector<uint32_t>> rows;
  };

  struct Found;

  void AddTable(const SliceTable& table);
  void AddCandidate(const SliceTable& table, Use use,
                    std::vector<size_t> asked_axes,
                    std::vector<size_t> extra_axes);
  void AddOther(const SliceTable& table);
  void Fill(Candidate& candidate) const;
  uint64_t Key(const std::vector<vocabulary::MemberId>& coordinates,
               vocabulary::MemberId reporter) const;

  // The best figure of one source; nullopt when it has none.
  absl::StatusOr<std::optional<Leaf>> ResolveWithin(
      const std::string& source, uint64_t key, vocabulary::MemberId reporter,
      const vocabulary::Period& period) const;
  Found Cover(const Candidate& candidate, const std::vector<uint32_t>& rows,
              const vocabulary::DayInterval& days) const;
  bool HasUnmappedPart(const Candidate& candidate,
                       vocabulary::MemberId reporter,
                       const vocabulary::DayInterval& days) const;
  absl::StatusOr<Leaf> Sum(const Candidate& candidate, const Found& found,
                           Method method) const;
  absl::StatusOr<Leaf> LowerBound(const Candidate& candidate,
                                  const Found& found) const;
  Leaf Missing(const std::vector<vocabulary::MemberId>& coordinates,
               vocabulary::MemberId reporter,
               const vocabulary::Period& period) const;
  std::string ExplainGap(const Candidate& candidate,
                         vocabulary::MemberId reporter,
                         const vocabulary::DayInterval& gap) const;

  const Plan& plan_;
  const Snapshot& snapshot_;
  const vocabulary::Measure& measure_;
  const std::vector<std::vector<vocabulary::MemberId>> coordinates_;
  // Position of each asked member within its dimension, for keys.
  std::vector<absl::flat_hash_map<vocabulary::MemberId, uint64_t>> position_;
  vocabulary::DayInterval span_;  // from the first to the last asked day
  std::vector<Candidate> candidates_;
  std::vector<Other> others_;
  std::vector<const SliceTable*> unmapped_;
  // What a silent reporter's number may start at: 0 unless a source in use
  // prints net figures.
  bool floor_zero_ = true;
};

}  // namespace collate::query

#endif  // COLLATE_SERVICE_QUERY_RESOLVE_H_
