// Adds leaves up to a cell, with its coverage, flags and conflicts.

#ifndef COLLATE_SERVICE_QUERY_CELL_BUILDER_H_
#define COLLATE_SERVICE_QUERY_CELL_BUILDER_H_

#include <cstdint>
#include <map>
#include <set>
#include <string>
#include <utility>
#include <vector>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "absl/time/time.h"
#include "service/query/conflicts.h"
#include "service/query/plan.h"
#include "service/query/query.h"
#include "service/query/snapshot.h"

namespace collate::query {

// When the figures of rows were published; equal for one vintage.
using Vintage = std::pair<bool, absl::Time>;
Vintage VintageOf(const Snapshot& snapshot, const RowRef& row);

// One cell, once. All leaves of one reporter come together.
class CellBuilder {
 public:
  // `scale` is that of the leaves' numbers; `plan` and `snapshot` must outlive
  // it.
  CellBuilder(const Plan& plan, const Snapshot& snapshot, bool with_leaves,
              int scale);

  // OUT_OF_RANGE (reason OVERFLOW).
  absl::Status AddReporter(vocabulary::MemberId reporter,
                           const std::vector<Leaf>& leaves);

  // Some of its figures add offences that are defined differently.
  void NoteDefinitionDiffers() { AddFlag(CellFlag::kDefinitionDiffers); }

  // Releases that are an input of the cell.
  const std::set<uint32_t>& releases() const { return releases_; }

  // FAILED_PRECONDITION (reason NON_ADDITIVE_DIMENSION).
  absl::StatusOr<Cell> Finish();

 private:
  // What is known of one reporter.
  struct ReporterTotal {
    vocabulary::State state = vocabulary::State::kUnspecified;
    std::string reason;
    bool due = false;
    bool any_reported = false;
  };

  void NoteStatedCoverage(const std::vector<Leaf>& leaves);
  void NoteOrigin(const Leaf& leaf);
  void NoteHull(const Leaf& leaf);
  void Count(vocabulary::MemberId reporter, const ReporterTotal& total);
  void AddFlag(CellFlag flag);

  const Plan& plan_;
  const Snapshot& snapshot_;
  const bool with_leaves_;
  Cell cell_ = {.state = vocabulary::State::kUnspecified};
  int64_t reported_ = 0;
  bool any_reported_ = false;
  bool any_due_ = false;
  int summed_ = 0;  // leaves that have figures
  bool additive_ = true;
  uint32_t flags_ = 0;
  ConflictCollector conflicts_;
  std::set<uint32_t> releases_;
  std::map<std::string, int> sources_;  // with the number of reporters
  std::set<int> exclusions_;
  std::set<Vintage> vintages_;
  std::map<vocabulary::State, int> tally_;
};

}  // namespace collate::query

#endif  // COLLATE_SERVICE_QUERY_CELL_BUILDER_H_
