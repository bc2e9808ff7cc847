// What it means that a figure is not there: nobody loaded it, a release that
// speaks of it does not print it, it is published otherwise, or it is zero.
//
// Any number of threads may use it; holds references to the plan, the snapshot
// and the candidates.

#ifndef COLLATE_SERVICE_QUERY_SILENCES_H_
#define COLLATE_SERVICE_QUERY_SILENCES_H_

#include <mutex>
#include <optional>
#include <string>
#include <tuple>

#include "absl/container/node_hash_map.h"
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
  // Says why some days of a figure have none, where its state is that.
  void Explain(const Candidate& candidate, vocabulary::MemberId reporter,
               const vocabulary::DayInterval& days,
               absl::Span<const vocabulary::DayInterval> gaps,
               vocabulary::State* state, std::string* reason) const;

 private:
  bool HasRow(const Candidate& candidate, const Coordinates& coordinates,
              vocabulary::MemberId reporter,
              const vocabulary::DayInterval& days) const;
  // What releases that claim the days say about a figure that they do not
  // print.
  struct Silence {
    // Absent when none claims them.
    std::optional<vocabulary::State> state;
    // The one that says so, and the day after its last one where that is why.
    const store::Release* release = nullptr;
    vocabulary::Day ends = 0;
    // In words, once somebody needs them.
    std::string reason;
    std::string gap;  // the days, and the state
  };
  static const std::string& ReasonOf(Silence& silence);
  // `mutex_` is to be held.
  Silence& SilenceWithin(const SliceTable& table, vocabulary::MemberId reporter,
                         const vocabulary::DayInterval& days) const;
  Silence FindSilence(const SliceTable& table, vocabulary::MemberId reporter,
                      const vocabulary::DayInterval& days) const;

  const Plan& plan_;
  const Snapshot& snapshot_;
  const Candidates& candidates_;
  // Found when first asked for: many cells lack the same figures.
  mutable std::mutex mutex_;  // guards found_
  mutable absl::node_hash_map<
      std::tuple<const SliceTable*, vocabulary::MemberId, vocabulary::Day,
                 vocabulary::Day>,
      Silence>
      found_;
};

}  // namespace collate::query

#endif  // COLLATE_SERVICE_QUERY_SILENCES_H_
