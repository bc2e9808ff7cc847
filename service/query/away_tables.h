// Tables whose rows stay in the store, made from the outlines of releases.

#ifndef COLLATE_SERVICE_QUERY_AWAY_TABLES_H_
#define COLLATE_SERVICE_QUERY_AWAY_TABLES_H_

#include <memory>
#include <vector>

#include "service/query/slice_table.h"
#include "service/query/snapshot.h"
#include "service/vocabulary/vocabulary.h"

namespace collate::query {

// Puts them where tables of their slices have their place; `releases` are those
// of the snapshot, ordered by source and Precedes.
void AddAwayTables(
    const vocabulary::Vocabulary& vocabulary,
    const std::vector<std::shared_ptr<const LoadedRelease>>& releases,
    std::vector<SliceTable>* tables);

}  // namespace collate::query

#endif  // COLLATE_SERVICE_QUERY_AWAY_TABLES_H_
