// A conflict in a sentence with both figures. Pure function.

#ifndef COLLATE_SERVICE_QUERY_CONFLICT_WORDS_H_
#define COLLATE_SERVICE_QUERY_CONFLICT_WORDS_H_

#include <string>

#include "service/query/conflict_list.h"
#include "service/query/snapshot.h"

namespace collate::query {

std::string ConflictMessage(const Snapshot& snapshot,
                            const FigureConflict& conflict);

}  // namespace collate::query

#endif  // COLLATE_SERVICE_QUERY_CONFLICT_WORDS_H_
