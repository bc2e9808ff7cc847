// Random questions in SQL, over one flat table of everything that was ever
// published. Written from what an answer means, not from the engine: which
// edition holds is a window over the days of publication, which breakdown
// answers is a window over those that contain the question.

#ifndef COLLATE_TESTS_BENCH_RANDOM_QUESTIONS_SQL_H_
#define COLLATE_TESTS_BENCH_RANDOM_QUESTIONS_SQL_H_

#include <string>

#include "tests/bench/database.h"
#include "tests/bench/observations.h"
#include "tests/bench/random_questions.h"

namespace collate::testing::bench {

void LoadEditions(const Shape& shape, Database& database);

// One statement without parameters; its rows are those of AskEngine, in any
// order.
std::string SqlOf(const Shape& shape, const RandomQuestion& question);

}  // namespace collate::testing::bench

#endif  // COLLATE_TESTS_BENCH_RANDOM_QUESTIONS_SQL_H_
