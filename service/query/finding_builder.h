// What the rules of plausibility.h share: which rows count, what a row says
// its number is, and how a finding is put together.
//
// Belongs to one search and one thread; the functions are pure.

#ifndef COLLATE_SERVICE_QUERY_FINDING_BUILDER_H_
#define COLLATE_SERVICE_QUERY_FINDING_BUILDER_H_

#include <cstddef>
#include <cstdint>
#include <string>
#include <utility>
#include <vector>

#include "absl/status/status.h"
#include "service/query/bounds.h"
#include "service/query/plausibility.h"
#include "service/query/snapshot.h"
#include "service/vocabulary/vocabulary.h"

namespace collate::query {

// Rows between two looks at whether anybody still waits.
inline constexpr size_t kCheckEvery = 1024;

// "1,234".
std::string NumberWords(int64_t value);
// "18", "1 to 4", "at least 3", "at most 9" or "unknown".
std::string IntervalWords(const Interval& interval);

// What a row says its number is, for comparison only: what it withholds is
// anything from its floor upwards.
Interval IntervalOf(const SliceTable& table, size_t row);

class FindingBuilder {
 public:
  // Both outlive the builder.
  FindingBuilder(const Snapshot& snapshot, const PlausibilityOptions& options)
      : snapshot_(snapshot), options_(options) {}

  const Snapshot& snapshot() const { return snapshot_; }
  absl::Status Check() const { return options_.check(); }
  bool Wants(FindingKind kind) const;
  bool IsAskedFor(vocabulary::MemberId reporter) const {
    return !options_.reporter.has_value() || *options_.reporter == reporter;
  }

  // A whole number that is its source's statement now.
  bool Stands(const SliceTable& table, size_t row) const;
  // Stands, and is of the reporter that is asked for, if one is.
  bool IsCurrent(const SliceTable& table, size_t row) const;

  // A finding about the cell of that row.
  Finding Begin(FindingKind kind, const SliceTable& table, size_t row) const;
  // "Kent, Sexual grooming, 2017/18".
  std::string Subject(const Finding& finding) const;
  static void Cite(const SliceTable& table, const char* role,
                   const std::vector<uint32_t>& rows, Finding& finding);

  void Add(Finding finding) { findings_.push_back(std::move(finding)); }
  std::vector<Finding> Take() { return std::move(findings_); }

 private:
  const Snapshot& snapshot_;
  const PlausibilityOptions& options_;
  std::vector<Finding> findings_;
};

}  // namespace collate::query

#endif  // COLLATE_SERVICE_QUERY_FINDING_BUILDER_H_
