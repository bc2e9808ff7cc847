// The order of rows in a table.

#ifndef COLLATE_SERVICE_QUERY_KEY_ORDER_H_
#define COLLATE_SERVICE_QUERY_KEY_ORDER_H_

#include <cstdint>
#include <vector>

#include "service/query/table_group.h"

namespace collate::query {

// The rows of a group by key and, within one, release and place.
std::vector<uint32_t> OrderOf(const TableGroup& group,
                              const RankedReleases& releases);

}  // namespace collate::query

#endif  // COLLATE_SERVICE_QUERY_KEY_ORDER_H_
