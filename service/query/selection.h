// Which members a query selects: its filters with their members found, and
// the members of which anything is published.
//
// Used by one thread at a time; holds references to the query and the snapshot,
// which must outlive it.

#ifndef COLLATE_SERVICE_QUERY_SELECTION_H_
#define COLLATE_SERVICE_QUERY_SELECTION_H_

#include <set>
#include <string>
#include <vector>

#include "absl/container/node_hash_map.h"
#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "absl/strings/string_view.h"
#include "service/query/plan.h"
#include "service/query/query.h"
#include "service/query/snapshot.h"
#include "service/vocabulary/period.h"
#include "service/vocabulary/vocabulary.h"

namespace collate::query {

// INVALID_ARGUMENT with what the word was meant to be and what comes near.
absl::Status UnknownWord(absl::string_view reason, absl::string_view kind,
                         absl::string_view value, absl::string_view path,
                         const std::vector<std::string>& near);

// INVALID_ARGUMENT (reason INVALID_QUERY) at one field.
absl::Status InvalidQuery(absl::string_view message, absl::string_view path);

// A filter with its dimension and members found.
struct NamedMembers {
  const vocabulary::Dimension* dimension = nullptr;
  const Filter* filter = nullptr;
  std::vector<vocabulary::MemberId> named;
};

class Selection {
 public:
  // Adds to `problems` UNKNOWN_DIMENSION, UNKNOWN_MEMBER or INVALID_QUERY for
  // every mistake of a filter, each at its field, until there are
  // `max_problems`.
  static Selection Make(const Query& query, const Snapshot& snapshot,
                        std::vector<const vocabulary::Measure*> measures,
                        std::vector<vocabulary::Period> periods,
                        KnownTime as_of, size_t max_problems,
                        std::vector<absl::Status>* problems);

  // Whether no filter has a mistake.
  bool sound() const { return !broken_dimension_ && broken_.empty(); }
  // Whether a filter with a mistake is, or may be, on the dimension: what it
  // selects cannot be told.
  bool IsBroken(const vocabulary::Dimension* dimension) const {
    return broken_dimension_ || broken_.contains(dimension);
  }

  // UNKNOWN_DIMENSION at `path` when there is none.
  static absl::StatusOr<const vocabulary::Dimension*> FindDimension(
      const vocabulary::Vocabulary& vocabulary, const std::string& code,
      const std::string& path);

  const std::vector<NamedMembers>& filters() const { return filters_; }
  const NamedMembers* FilterOf(const vocabulary::Dimension* dimension) const;

  // The named members and, if asked for, everything below them.
  std::set<vocabulary::MemberId> Expand(const NamedMembers& filter) const;

  // The members asked for. Ungrouped, "a case in any of them" is one set of
  // cases, so what lies inside another member of the list is left out.
  std::vector<vocabulary::MemberId> MembersOf(
      const vocabulary::Dimension& dimension, bool grouped) const;

  // Members of `dimension` that some published figure of the measures has.
  std::set<vocabulary::MemberId> Observed(
      const vocabulary::Dimension& dimension) const;

  bool IsObserved(const vocabulary::Dimension& dimension,
                  vocabulary::MemberId id) const;

  // Reporters, totals of others left out, that some published figure within
  // the asked coordinates has.
  std::set<vocabulary::MemberId> ObservedReporters(
      const std::vector<AskedDimension>& asked) const;

  // A member and all below it on the first day of any period.
  std::set<vocabulary::MemberId> SelfAndDescendants(
      const vocabulary::Dimension& dimension, vocabulary::MemberId id) const;

  bool IsAggregate(vocabulary::MemberId reporter) const;
  bool ContainsOnSomeDay(const vocabulary::Dimension& dimension,
                         vocabulary::MemberId ancestor,
                         vocabulary::MemberId id) const;
  // Whether a table is about one of the measures, whatever its labels.
  bool IsAsked(const SliceTable& table) const;

 private:
  Selection(const Query& query, const Snapshot& snapshot,
            std::vector<const vocabulary::Measure*> measures,
            std::vector<vocabulary::Period> periods, KnownTime as_of);
  void AddFilter(const Filter& filter, const std::string& path,
                 size_t max_problems, std::vector<absl::Status>* problems);
  bool Answers(const SliceTable& table) const;
  // First days of periods between which no containment in `dimension`
  // changes: asking on them is asking on all.
  const std::vector<vocabulary::Day>& TellingDays(
      const vocabulary::Dimension& dimension) const;
  std::vector<vocabulary::MemberId> Maximal(
      const vocabulary::Dimension& dimension,
      const std::set<vocabulary::MemberId>& members) const;

  const Query* query_;
  const Snapshot* snapshot_;
  std::vector<const vocabulary::Measure*> measures_;
  std::vector<vocabulary::Period> periods_;
  // What was first printed later is not looked at.
  KnownTime as_of_;
  std::vector<NamedMembers> filters_;
  std::set<const vocabulary::Dimension*> broken_;
  bool broken_dimension_ = false;  // some filter is on nobody knows what
  // Of dimensions that they were asked of.
  mutable absl::node_hash_map<const vocabulary::Dimension*,
                              std::vector<vocabulary::Day>>
      telling_days_;
};

}  // namespace collate::query

#endif  // COLLATE_SERVICE_QUERY_SELECTION_H_
