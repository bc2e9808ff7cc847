// What is said of the conflicts of a cell: who is compared, how, and who
// differs.
//
// Pure functions.

#ifndef COLLATE_CLIENT_CONFLICT_WORDS_H_
#define COLLATE_CLIENT_CONFLICT_WORDS_H_

#include <string>
#include <utility>
#include <vector>

#include "collate/v1/statistics.pb.h"

namespace collate::client {

// "a and b print 20 and 21 for 2 figures; 1 differs: Kent 4 v 5".
std::string ConflictWords(const v1::Conflict& conflict);

// "NAME: conflict: ..." for the first ten conflicts of the cells, then how many
// more there are.
std::vector<std::string> ConflictNotes(
    const std::vector<std::pair<std::string, const v1::Cell*>>& cells);

}  // namespace collate::client

#endif  // COLLATE_CLIENT_CONFLICT_WORDS_H_
