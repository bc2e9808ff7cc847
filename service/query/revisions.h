// What changed between two editions of a source: every cell that they do not
// print alike.
//
// A pure function over two snapshots, which the revisions refer to.

#ifndef COLLATE_SERVICE_QUERY_REVISIONS_H_
#define COLLATE_SERVICE_QUERY_REVISIONS_H_

#include <cstdint>
#include <functional>
#include <map>
#include <optional>
#include <string>
#include <vector>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "service/query/bounds.h"
#include "service/query/snapshot.h"
#include "service/vocabulary/period.h"
#include "service/vocabulary/state.h"
#include "service/vocabulary/vocabulary.h"

namespace collate::query {

// Numbers are those of collate.v1.RevisionKind.
enum class RevisionKind {
  kChanged = 1,
  kAdded = 2,
  kDropped = 3,
  kStateChanged = 4,
};

// What one edition prints. Numbers are mantissas of 10^-scale.
struct EditionFigure {
  RowRef ref;  // into the snapshot of its edition
  vocabulary::State state = vocabulary::State::kNotShown;
  std::optional<int64_t> value;
  Interval bounds;
  int scale = 0;
  bool revised = false;  // marked so
};

struct Revision {
  RevisionKind kind = RevisionKind::kChanged;
  std::string measure;
  std::string universe;
  vocabulary::MemberId reporter = vocabulary::kUnmapped;
  // The broken-down dimensions; kUnmapped for a label that nobody knows.
  std::vector<const vocabulary::Dimension*> dimensions;
  std::vector<vocabulary::MemberId> members;
  vocabulary::Period period;
  std::optional<EditionFigure> before;
  std::optional<EditionFigure> after;
  bool silent = false;
};

struct RevisionOptions {
  std::string measure;                           // empty = all
  std::optional<vocabulary::MemberId> reporter;  // absent = all
  bool silent_only = false;
  // Polled in loops; a status that is not OK is returned.
  std::function<absl::Status()> check = [] { return absl::OkStatus(); };
};

struct ReporterRevisions {
  std::map<RevisionKind, int64_t> counts;
  int64_t silent = 0;
};

struct Revisions {
  // By measure in vocabulary order, reporter, cell and period.
  std::vector<Revision> revisions;
  std::map<vocabulary::MemberId, ReporterRevisions> reporters;
  int64_t unchanged = 0;
};

// `before` holds what was stated before, `after` the later edition alone, both
// over one vocabulary. What the later edition does not claim to speak about is
// no revision.
absl::StatusOr<Revisions> FindRevisions(const Snapshot& before,
                                        const Snapshot& after,
                                        const RevisionOptions& options);

}  // namespace collate::query

#endif  // COLLATE_SERVICE_QUERY_REVISIONS_H_
