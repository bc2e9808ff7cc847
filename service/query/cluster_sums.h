// Sums of tables that are away, made where their rows are: for questions of
// which presums.h needs nothing else, so that no row has to be fetched but of
// figures that several releases print.
//
// Used by one thread at a time.

#ifndef COLLATE_SERVICE_QUERY_CLUSTER_SUMS_H_
#define COLLATE_SERVICE_QUERY_CLUSTER_SUMS_H_

#include <cstddef>
#include <cstdint>
#include <map>
#include <memory>
#include <utility>
#include <vector>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "service/query/absences.h"
#include "service/query/fetch_scope.h"
#include "service/query/outline.h"
#include "service/query/presums.h"
#include "service/query/snapshot.h"
#include "service/store/observation_index.h"

namespace collate::query {

// What the releases' outlines say of a table whose rows simply add up.
struct Summable {
  struct Release {
    uint32_t index = 0;  // of the snapshot's releases
    const LoadedRelease* loaded = nullptr;
    const Outline::OfSlice* of = nullptr;
    bool shared = false;  // it may print what a larger one prints, too
  };
  std::vector<Release> releases;
  std::vector<vocabulary::DayInterval> tiles;
};
// Null where rows of a table have to be chosen from, or are not what they are
// for ever. What it points at is the releases', ordered as in a snapshot.
std::shared_ptr<const Summable> SummableOf(
    const std::vector<std::shared_ptr<const LoadedRelease>>& releases,
    const SliceTable& table);

class ClusterSums {
 public:
  // For questions within a scope, which may find no more than `limit` rows.
  // All must outlive it but `outer`.
  ClusterSums(std::shared_ptr<const Snapshot> outer,
              const store::ObservationIndex& index, FetchScope scope,
              int64_t limit);
  ~ClusterSums();

  // `outer` with the sums so far. What is missing is noted in its absences().
  std::shared_ptr<const Snapshot> snapshot() const;

  // Forgets what was missing.
  void Forget() { absences_->Clear(); }

  // Makes sums. False where none can be made, or too many rows are in the way:
  // then all rows are to be fetched. UNAVAILABLE when some row is out of reach;
  // errors of ObservationIndex::Sum.
  absl::StatusOr<bool> Add(const Absences::SumsOf& sums);

 private:
  struct Codes;
  struct Table;

  absl::StatusOr<bool> Fetch(Table& table, const std::vector<size_t>& axes);

  const std::shared_ptr<const Snapshot> outer_;
  const store::ObservationIndex& index_;
  const FetchScope scope_;
  int64_t limit_;
  const std::shared_ptr<Absences> absences_;
  // By place in the snapshot: those that are away and of the scope's measures.
  std::map<size_t, std::unique_ptr<Table>> tables_;
};

}  // namespace collate::query

#endif  // COLLATE_SERVICE_QUERY_CLUSTER_SUMS_H_
