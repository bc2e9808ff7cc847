// The ten questions that engines are measured by, each with as many variants
// as there are figures to ask for, as a query of the service and as parameters
// of an SQL statement (ten_queries_sql.h); and an answer as plain numbers, so
// that answers from anywhere can be compared.

#ifndef COLLATE_TESTS_BENCH_TEN_QUERIES_H_
#define COLLATE_TESTS_BENCH_TEN_QUERIES_H_

#include <cstdint>
#include <string>
#include <vector>

#include "absl/status/statusor.h"
#include "service/query/query.h"
#include "service/query/snapshot.h"
#include "tests/bench/database.h"
#include "tests/bench/observations.h"

namespace collate::testing::bench {

inline constexpr int kQueryCount = 10;

// Number of a query, 1 to 10.
const char* NameOfQuery(int number);
// Whether it looks at few figures: 1, 2, 7, 8 and 9.
bool IsSelective(int number);

struct Question {
  int number = 0;
  query::Query query;
  // Of the SQL statement of the same number, in order.
  std::vector<int64_t> parameters;
};

// Variant 0 is the plain question; no two variants of a query are the same, and
// neighbours ask for other figures. Where all members and periods were asked
// for, further ones leave two reporters out.
Question MakeQuestion(const Shape& shape, int number, int64_t variant);

// What the engine says, with plan and all. A row starts with the numbers of the
// members and of the year or quarter that it is of; rows are sorted.
absl::StatusOr<Answer> AskEngine(const query::Snapshot& snapshot,
                                 const Question& question);

// Runs the question and keeps nothing; the number of cells.
absl::StatusOr<int64_t> RunInEngine(const query::Snapshot& snapshot,
                                    const Question& question);

// The first difference in words; empty when there is none.
std::string Difference(const Answer& a, const Answer& b);

}  // namespace collate::testing::bench

#endif  // COLLATE_TESTS_BENCH_TEN_QUERIES_H_
