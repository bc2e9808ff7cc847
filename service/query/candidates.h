// Which published tables can answer a plan, and which of their rows belong to
// which asked coordinate: the search before the choice (resolve.h).
//
// Any number of threads may use it once it is made. Holds
// references to the plan and the snapshot, which must outlive it.

#ifndef COLLATE_SERVICE_QUERY_CANDIDATES_H_
#define COLLATE_SERVICE_QUERY_CANDIDATES_H_

#include <cstdint>
#include <map>
#include <mutex>
#include <set>
#include <string>
#include <utility>
#include <vector>

#include "absl/container/flat_hash_map.h"
#include "service/query/plan.h"
#include "service/query/snapshot.h"
#include "service/vocabulary/vocabulary.h"

namespace collate::query {

// How a table relates to what is asked.
enum class Use {
  kWhole,  // its rows, added up where it is finer, are the whole
  kPart,   // its rows are a part of the whole
};

struct Candidate {
  const SliceTable* table = nullptr;
  Use use = Use::kWhole;
  std::vector<size_t> asked_axes;  // the table's axis of each asked dimension
  std::vector<size_t> extra_axes;  // those that nobody asked for
  // A member of the table that lies in an asked one.
  struct Inside {
    vocabulary::MemberId member = vocabulary::kUnmapped;
    // Whose whole part of a declared union it is; empty = everybody's.
    std::vector<vocabulary::MemberId> reporters;
  };
  // For each asked dimension and each asked member, by position: the table's
  // members in it that are not it, sorted, and whether the table has it.
  struct Target {
    bool itself = false;
    std::vector<Inside> others;
  };
  std::vector<std::vector<Target>> targets;
  // Of a counted table, by reporter: the days of which all records were
  // counted, in order of time, joined.
  absl::flat_hash_map<vocabulary::MemberId,
                      std::vector<vocabulary::DayInterval>>
      counted;
};

// For which periods each reporter has rows of some kind.
using Presence = absl::flat_hash_map<vocabulary::MemberId,
                                     std::set<vocabulary::DayInterval>>;

class Candidates {
 public:
  // `coordinates` narrows the asked members, one set for each of
  // plan.dimensions; rows outside are not looked at.
  Candidates(const Plan& plan, const Snapshot& snapshot,
             const vocabulary::Measure& measure,
             std::vector<std::vector<vocabulary::MemberId>> coordinates);

  // Fewest extra dimensions first.
  const std::vector<Candidate>& candidates() const { return candidates_; }

  // Tables that have figures of the reporter for days of the period, and
  // cannot answer: for NOT_CROSSED.
  std::vector<const SliceTable*> Uncrossed(
      vocabulary::MemberId reporter, const vocabulary::Period& period) const;

  // What a silent reporter's number may start at: 0 unless a table in use
  // prints net figures.
  bool floor_zero() const { return floor_zero_; }

  // The most decimals of any table in question.
  int scale() const { return scale_; }

  // Rows that hold, in the table's order, of which every asked member is the
  // row's own and that have days in common with `days`.
  std::vector<uint32_t> ExactRows(const Candidate& candidate,
                                  const Coordinates& coordinates,
                                  vocabulary::MemberId reporter,
                                  const vocabulary::DayInterval& days) const;
  // Rows that hold, of any period, of which some asked member contains the
  // row's, or that are broken down by more than is asked: what adds up to it.
  std::vector<uint32_t> RowsWithin(const Candidate& candidate,
                                   const Coordinates& coordinates,
                                   vocabulary::MemberId reporter) const;

  // Whether a member could be printed in a table of that level, itself or, for
  // a declared union, as the part that one panel records.
  static bool FitsLevel(const vocabulary::Dimension& dimension,
                        vocabulary::MemberId member, const std::string& level);

  // Whether some table has labels that nobody knows.
  bool has_unmapped() const { return !unmapped_.empty(); }

  // Where a candidate has an asked member.
  const Candidate::Target& TargetOf(const Candidate& candidate, size_t d,
                                    vocabulary::MemberId asked) const;

  // Whether a row of an unknown label may be a part of the candidate's whole.
  bool HasUnmappedPart(const Candidate& candidate,
                       vocabulary::MemberId reporter,
                       const vocabulary::DayInterval& days) const;

 private:
  void AddTable(const SliceTable& table);
  void AddCandidate(const SliceTable& table, Use use,
                    std::vector<size_t> asked_axes,
                    std::vector<size_t> extra_axes);
  // Whether a table has a figure of the reporter within the days, for what is
  // asked of dimensions that it has.
  bool Speaks(size_t uncrossed, vocabulary::MemberId reporter,
              const vocabulary::DayInterval& days) const;
  bool SpeaksBySums(const SliceTable& table, vocabulary::MemberId reporter,
                    const vocabulary::DayInterval& days) const;
  bool IsInside(const SliceTable& table, size_t row) const;
  // Whether a member is an asked one of a dimension, or lies in one.
  bool IsInside(size_t d, vocabulary::MemberId member,
                vocabulary::Day day) const;
  void FindSparse() const;
  void FindUnmapped() const;
  void FindTargets(Candidate& candidate) const;
  // Whether some row that holds is of what is asked, whoever's it is.
  bool IsInUse(const Candidate& candidate) const;
  void FindCounted(Candidate& candidate) const;

  const Plan& plan_;
  const Snapshot& snapshot_;
  const vocabulary::Measure& measure_;
  const std::vector<std::vector<vocabulary::MemberId>> coordinates_;
  // Position of each asked member within its dimension.
  std::vector<absl::flat_hash_map<vocabulary::MemberId, uint64_t>> position_;
  vocabulary::DayInterval span_;  // from the first to the last asked day
  std::vector<Candidate> candidates_;
  // What is behind each is found when first asked for: most answers need it of
  // a few reporters, or of none.
  std::vector<const SliceTable*> uncrossed_;
  mutable std::mutex uncrossed_mutex_;  // guards uncrossed_of_
  mutable std::map<std::pair<vocabulary::MemberId, vocabulary::DayInterval>,
                   std::vector<const SliceTable*>>
      uncrossed_of_;
  // Beside uncrossed_, of those without an index.
  mutable std::vector<Presence> sparse_at_;
  mutable std::once_flag sparse_found_;
  std::vector<const SliceTable*> unmapped_;
  mutable std::vector<Presence> unmapped_at_;  // beside unmapped_
  mutable std::once_flag unmapped_found_;
  bool floor_zero_ = true;
  int scale_ = 0;
};

// "offence@code, sex@sex (COMPLETE) of platform_known".
std::string DescribeSlice(const store::Slice& slice);

}  // namespace collate::query

#endif  // COLLATE_SERVICE_QUERY_CANDIDATES_H_
