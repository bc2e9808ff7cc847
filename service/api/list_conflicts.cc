// StatisticsHandlers::ListConflicts.

#include <algorithm>
#include <cstdint>
#include <memory>
#include <utility>
#include <vector>

#include "service/api/convert.h"
#include "service/api/convert_conflicts.h"
#include "service/api/list_filters.h"
#include "service/api/paging.h"
#include "service/api/statistics_handlers.h"
#include "service/base/status_macros.h"
#include "service/query/conflict_list.h"

namespace collate::api {
namespace {

bool Passes(const query::FigureConflict& conflict, const ListFilters& filters,
            const std::vector<query::ConflictKind>& kinds) {
  const auto either = [&conflict](const std::string& value, auto field) {
    return value.empty() || conflict.first.*field == value ||
           conflict.second.*field == value;
  };
  return either(filters.source, &query::ConflictSide::source) &&
         either(filters.measure, &query::ConflictSide::measure) &&
         (!filters.reporter.has_value() ||
          conflict.reporter == *filters.reporter) &&
         (kinds.empty() ||
          std::count(kinds.begin(), kinds.end(), conflict.kind) > 0);
}

}  // namespace

absl::StatusOr<v1::ListConflictsResponse> StatisticsHandlers::ListConflicts(
    CallContext& context, const v1::ListConflictsRequest& request) const {
  const auto snapshot = options_.publisher->Current();
  context.asked.releases = snapshot;
  COLLATE_ASSIGN_OR_RETURN(
      const ListFilters filters,
      ReadListFilters(*snapshot, request.source(), request.measure(),
                      request.reporter()));
  std::vector<query::ConflictKind> kinds;
  for (int i = 0; i < request.kinds_size(); ++i) {
    const int kind = request.kinds(i);
    if (kind == v1::CONFLICT_KIND_UNSPECIFIED ||
        !v1::ConflictKind_IsValid(kind)) {
      return UnknownKind("conflict", kind, i);
    }
    kinds.push_back(static_cast<query::ConflictKind>(kind));
  }
  // Either side may be in what cannot be read.
  COLLATE_RETURN_IF_ERROR(
      CheckReadable(*snapshot, filters.measure, /*source=*/""));
  COLLATE_ASSIGN_OR_RETURN(const Page page,
                           ReadPage(request, View(snapshot->digest())));
  const auto check = [&context] { return context.Check(); };
  // One search serves every filter.
  COLLATE_ASSIGN_OR_RETURN(
      const auto all,
      conflicts_.Of(
          snapshot, /*key=*/"", check,
          [this, &snapshot,
           &check]() -> absl::StatusOr<std::vector<query::FigureConflict>> {
            COLLATE_ASSIGN_OR_RETURN(const auto rows,
                                     options_.publisher->WithAllRows(snapshot));
            return query::ListConflicts(*rows, check);
          }));
  std::vector<const query::FigureConflict*> asked;
  for (const query::FigureConflict& conflict : *all) {
    if (Passes(conflict, filters, kinds)) asked.push_back(&conflict);
  }
  const auto count = static_cast<int64_t>(asked.size());
  const int64_t end = std::min(count, page.offset + page.size);
  v1::ListConflictsResponse response;
  int64_t next = page.offset;
  // A conflict may cite two hundred cells, so that bytes may end a page early.
  for (int64_t bytes = 0; next < end; ++next) {
    COLLATE_ASSIGN_OR_RETURN(
        v1::FigureConflict conflict,
        ToProto(*asked[static_cast<size_t>(next)], *snapshot));
    bytes += static_cast<int64_t>(conflict.ByteSizeLong());
    if (next > page.offset && bytes > options_.page_bytes) break;
    *response.add_conflicts() = std::move(conflict);
  }
  response.set_next_page_token(page.NextToken(next, count));
  response.set_total_size(static_cast<int32_t>(count));
  return response;
}

}  // namespace collate::api
