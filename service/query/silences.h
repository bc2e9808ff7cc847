// What it means that a figure is not there: nobody loaded it, a release that
// speaks of it does not print it, it is published otherwise, or it is zero.
//
// Read-only once made; holds references to the plan, the snapshot and the
// candidates.

#ifndef COLLATE_SERVICE_QUERY_SILENCES_H_
#define COLLATE_SERVICE_QUERY_SILENCES_H_

#include <string>
#include <vector>

#include "absl/types/span.h"
#include "service/query/candidates.h"
#include "service/query/plan.h"
#include "service/query/query.h"
#include "service/query/snapshot.h"

namespace collate::query {

class Silences {
 public:
  // All must outlive it.
  Silences(const Plan& plan, const Snapshot& snapshot,
           const Candidates& candidates)
      : plan_(plan), snapshot_(snapshot), candidates_(candidates) {}

  // Of a figure that no source has.
  Leaf Missing(const Coordinates& coordinates, vocabulary::MemberId reporter,
               const vocabulary::Period& period) const;
  // Says of a leaf why some of its days have no figure.
  void Explain(const Candidate& candidate, vocabulary::MemberId reporter,
               const vocabulary::DayInterval& days,
               absl::Span<const vocabulary::DayInterval> gaps,
               Leaf& leaf) const;

 private:
  bool HasRow(const Candidate& candidate, const Coordinates& coordinates,
              vocabulary::MemberId reporter,
              const vocabulary::DayInterval& days) const;
  std::string ExplainGap(const Candidate& candidate,
                         vocabulary::MemberId reporter,
                         const vocabulary::DayInterval& gap) const;

  const Plan& plan_;
  const Snapshot& snapshot_;
  const Candidates& candidates_;
};

}  // namespace collate::query

#endif  // COLLATE_SERVICE_QUERY_SILENCES_H_
