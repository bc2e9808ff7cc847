// Runs a plan over a snapshot. Stateless; any number of threads may run
// plans over one snapshot at once.

#ifndef COLLATE_SERVICE_QUERY_ENGINE_H_
#define COLLATE_SERVICE_QUERY_ENGINE_H_

#include <cstdint>
#include <functional>
#include <limits>
#include <optional>
#include <vector>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "service/query/plan.h"
#include "service/query/query.h"
#include "service/query/snapshot.h"

namespace collate::query {

// Takes cells one by one, in the order of the answer.
class CellSink {
 public:
  virtual ~CellSink() = default;
  // A status that is not OK ends the run and is returned from it.
  virtual absl::Status OnCell(Cell cell) = 0;
};

// One cell of an answer by its coordinates.
struct CellSelector {
  int measure = 0;
  Coordinates coordinates;  // per group_by dimension
  int period = 0;
};

struct ExecuteOptions {
  bool with_leaves = false;
  // Cells [first_cell, first_cell + max_cells) of the answer.
  int64_t first_cell = 0;
  int64_t max_cells = std::numeric_limits<int64_t>::max();
  // Only this cell, when set.
  std::optional<CellSelector> only;
  // Polled in loops; true ends the run with CANCELLED.
  std::function<bool()> cancelled = [] { return false; };
};

// What the cells of a run have in common.
struct Summary {
  // Releases that a cell draws on: indexes into Snapshot::releases(), sorted.
  std::vector<uint32_t> releases;
  // The plan's caveats and those of the releases (SYNTHETIC_INPUT,
  // PUBLISH_TIME_UNKNOWN).
  std::vector<Caveat> caveats;
};

// OUT_OF_RANGE (reason OVERFLOW) when a sum leaves int64.
absl::StatusOr<Summary> Execute(const Plan& plan, const Snapshot& snapshot,
                                const ExecuteOptions& options, CellSink& sink);

}  // namespace collate::query

#endif  // COLLATE_SERVICE_QUERY_ENGINE_H_
