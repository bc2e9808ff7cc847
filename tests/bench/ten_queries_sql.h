// The ten questions in SQL, over flat tables of what stands today. Written from
// what an answer means (protos/collate/v1/statistics.proto), not from the
// engine, so that the two check each other.
//
// A figure of one reporter is summed from its rows; it is partial when a row
// is missing. A cell sums those of the panel: what is printed, its bounds, the
// bounds of all, and how many reporters are in which state, where the worst
// state of its rows is a reporter's.

#ifndef COLLATE_TESTS_BENCH_TEN_QUERIES_SQL_H_
#define COLLATE_TESTS_BENCH_TEN_QUERIES_SQL_H_

#include <cstdint>
#include <string>
#include <vector>

#include "tests/bench/database.h"
#include "tests/bench/observations.h"

namespace collate::testing::bench {

// How the figures lie in a database that has no keys.
enum class Layout {
  kTablePerSlice,
  kOneTable,  // with a column that says which slice a row is of
};

void LoadTables(const Shape& shape, Layout layout, Database& database);

// The statement of the query of that number, 1 to 10.
std::string SqlOf(int number);

// The same with values in place of its parameters.
std::string SqlWith(int number, const std::vector<int64_t>& parameters);

}  // namespace collate::testing::bench

#endif  // COLLATE_TESTS_BENCH_TEN_QUERIES_SQL_H_
