// Several statements of one figure within a release: a document that repeats
// what others printed has each of them, and says who it was. They are sides of
// a conflict, or one and the same number; they are never added.
//
// Pure functions.

#ifndef COLLATE_SERVICE_QUERY_STATEMENTS_H_
#define COLLATE_SERVICE_QUERY_STATEMENTS_H_

#include <cstddef>
#include <cstdint>
#include <optional>
#include <utility>
#include <vector>

#include "absl/strings/string_view.h"
#include "service/query/query.h"
#include "service/query/snapshot.h"

namespace collate::query {

// Whether row `b` states anew what row `a`, which stands before it, is about.
// Rows of one key that are to be added do not.
bool IsFurtherStatement(const SliceTable& table, size_t a, size_t b);

// One way to read the figures of several keys.
struct Reading {
  std::vector<uint32_t> rows;      // one for each key
  std::vector<uint32_t> repeated;  // rows that say the same as one of them
};

// `rows` has the first statement of each key, `further` the others, by the
// index of their key. The nth reading takes the nth different statement of
// each key that has so many, and the first of the other keys.
std::vector<Reading> ReadingsOf(
    const SliceTable& table, const std::vector<uint32_t>& rows,
    const std::vector<std::pair<size_t, uint32_t>>& further);

// From how many reporters the figure of a stored row is stated to be.
std::optional<StatedCoverage> StatedCoverageOf(const Snapshot& snapshot,
                                               const RowRef& row);

// Who printed the figure of a stored row that its document only repeats; empty
// = nobody else.
absl::string_view PrintedBy(const Snapshot& snapshot, const RowRef& row);

}  // namespace collate::query

#endif  // COLLATE_SERVICE_QUERY_STATEMENTS_H_
