// What parts of a plan check alike: words and periods of the query, and what
// may be added. Every mistake names its field. Pure functions.

#ifndef COLLATE_SERVICE_QUERY_PLAN_CHECKS_H_
#define COLLATE_SERVICE_QUERY_PLAN_CHECKS_H_

#include <cstddef>
#include <string>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "absl/strings/string_view.h"
#include "service/query/snapshot.h"
#include "service/vocabulary/period.h"
#include "service/vocabulary/vocabulary.h"

namespace collate::query {

// So many periods may a query name, and its exclusions in all.
inline constexpr size_t kMaxPeriods = 1000;

// The same error, with its reason, at the field `path`.
absl::Status AtField(const absl::Status& status, const std::string& path);

// INVALID_ARGUMENT (reason INVALID_PERIOD) at `path`.
absl::StatusOr<vocabulary::Period> ParsePeriodAt(const std::string& text,
                                                 const std::string& path);

// UNKNOWN_MEASURE at `path` when there is none. Lives as long as the
// vocabulary.
absl::StatusOr<const vocabulary::Measure*> FindMeasureAt(
    const vocabulary::Vocabulary& vocabulary, const std::string& code,
    const std::string& path);

// UNKNOWN_SOURCE at `path` when neither the vocabulary nor a release has it.
absl::Status CheckSourceAt(const Snapshot& snapshot, const std::string& id,
                           const std::string& path);

// FAILED_PRECONDITION (reason NON_ADDITIVE_DIMENSION).
absl::Status CheckAdditive(const vocabulary::Measure& measure,
                           absl::string_view dimension);

}  // namespace collate::query

#endif  // COLLATE_SERVICE_QUERY_PLAN_CHECKS_H_
