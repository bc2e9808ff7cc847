// What lists of findings and of conflicts can be narrowed to: a source, a
// measure, a reporter, some kinds. Pure functions.

#ifndef COLLATE_SERVICE_API_LIST_FILTERS_H_
#define COLLATE_SERVICE_API_LIST_FILTERS_H_

#include <optional>
#include <string>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "absl/strings/string_view.h"
#include "service/query/snapshot.h"
#include "service/vocabulary/vocabulary.h"

namespace collate::api {

struct ListFilters {
  std::string source;   // id; empty = all
  std::string measure;  // code; empty = all
  std::optional<vocabulary::MemberId> reporter;
};

// `source` is a resource name. INVALID_ARGUMENT with near matches:
// UNKNOWN_SOURCE, UNKNOWN_MEASURE, UNKNOWN_MEMBER.
absl::StatusOr<ListFilters> ReadListFilters(const query::Snapshot& snapshot,
                                            const std::string& source,
                                            const std::string& measure,
                                            const std::string& reporter);

// INVALID_ARGUMENT (reason UNKNOWN_KIND) of the entry `index` of field `kinds`;
// `of` says of what it is no kind.
absl::Status UnknownKind(absl::string_view of, int kind, int index);

// UNAVAILABLE (reason SOURCE_UNREADABLE) when a release that cannot be read may
// have figures of the measure, of the source where one is named: what it holds
// may make an entry of a list, or unmake one.
absl::Status CheckReadable(const query::Snapshot& snapshot,
                           const std::string& measure,
                           const std::string& source);

}  // namespace collate::api

#endif  // COLLATE_SERVICE_API_LIST_FILTERS_H_
