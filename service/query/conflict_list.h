// Where what is published contradicts itself, over everything that is loaded:
// every cell that is printed is compared as an answer of its own would be
// (resolve.h, contradictions.h), and every key with its earlier editions
// (editions.h). Plausibility (plausibility.h) looks within one release instead.
//
// Pure; reads the snapshot only.

#ifndef COLLATE_SERVICE_QUERY_CONFLICT_LIST_H_
#define COLLATE_SERVICE_QUERY_CONFLICT_LIST_H_

#include <functional>
#include <optional>
#include <string>
#include <vector>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "service/query/query.h"
#include "service/query/snapshot.h"
#include "service/vocabulary/period.h"
#include "service/vocabulary/vocabulary.h"

namespace collate::query {

// What one side says.
struct ConflictSide {
  std::string source;
  std::string measure;
  std::string universe;
  std::vector<MemberOf> members;  // in which it differs from the other side
  Figure figure;
  std::optional<Figure> base;  // of counts: what they are a share of
  RowRefs rows;                // those of `base` last
};

struct FigureConflict {
  ConflictKind kind = ConflictKind::kSameCell;
  std::string message;
  vocabulary::MemberId reporter = vocabulary::kUnmapped;
  std::vector<MemberOf> members;  // of both sides
  vocabulary::Period period;
  // In default order of sources, or as the document gives them; else the total,
  // the whole, the share or the earlier edition is the first.
  ConflictSide first;
  ConflictSide second;
};

// Sorted by kind, measure, reporter, members, period and sides; each once.
// `check` is asked often, and an error ends the search with it. Pointers live
// as long as the snapshot's vocabulary.
absl::StatusOr<std::vector<FigureConflict>> ListConflicts(
    const Snapshot& snapshot, const std::function<absl::Status()>& check);

}  // namespace collate::query

#endif  // COLLATE_SERVICE_QUERY_CONFLICT_LIST_H_
