#include "tests/bench/random_questions.h"

#include <algorithm>
#include <cstdint>
#include <memory>
#include <set>
#include <string>
#include <utility>
#include <vector>

#include "absl/strings/match.h"
#include "gtest/gtest.h"
#include "service/query/snapshot.h"
#include "tests/bench/observations.h"
#include "tests/bench/random_questions_sql.h"
#include "tests/bench/snapshot_of.h"
#include "tests/bench/ten_queries.h"
#include "tests/testing/status_matchers.h"

namespace collate::testing::bench {
namespace {

constexpr uint64_t kQuestions = 200;

TEST(RandomQuestionsTest, AreTheSameForTheSameSeed) {
  const Shape shape = ShapeOfRandomWorld("small");
  std::set<std::string> seen;
  for (uint64_t seed = 1; seed <= kQuestions; ++seed) {
    const std::string words = DescribeQuestion(MakeRandomQuestion(shape, seed));
    EXPECT_EQ(words, DescribeQuestion(MakeRandomQuestion(shape, seed)));
    seen.insert(words);
  }
  EXPECT_GT(seen.size(), kQuestions * 9 / 10);
}

// A short form of random_questions_beside_duckdb.
TEST(RandomQuestionsTest, EngineAndSqlAnswerAlike) {
  const Shape shape = ShapeOfRandomWorld("small");
  const auto snapshot = SnapshotOf(shape, RandomVocabularyText(shape));
  const auto database = OpenSqlite();
  LoadEditions(shape, *database);
  // Which columns were ever anything but 0: a state that never occurs is not
  // compared.
  const std::vector<std::string> columns = FigureColumns();
  std::set<std::string> met;
  for (uint64_t seed = 1; seed <= kQuestions; ++seed) {
    const RandomQuestion question = MakeRandomQuestion(shape, seed);
    Answer theirs = database->Prepare(SqlOf(shape, question))->Run({});
    std::sort(theirs.begin(), theirs.end());
    const auto ours = AskEngine(*snapshot, question);
    if (IsAboutNothing(ours.status())) {
      EXPECT_TRUE(theirs.empty()) << seed << ": " << DescribeQuestion(question);
      continue;
    }
    ASSERT_THAT(ours, IsOk()) << seed << ": " << DescribeQuestion(question);
    ASSERT_EQ(Difference(*ours, theirs), "")
        << seed << ": " << DescribeQuestion(question);
    for (const Numbers& row : theirs) {
      for (size_t i = 0; i < columns.size(); ++i) {
        const auto& number = row[row.size() - columns.size() + i];
        if (number.value_or(0) != 0) met.insert(columns[i]);
      }
    }
  }
  for (const char* column :
       {"reported", "reported_high", "high", "cells", "REPORTED", "ROUNDED",
        "SUPPRESSED", "PARTIAL_PERIOD", "REFUSED", "NO_RESPONSE", "NO_RELEASE",
        "NOT_HELD", "NOT_SHOWN", "NOT_CROSSED", "ANALYST_EXCLUDED"}) {
    EXPECT_TRUE(met.contains(column)) << column;
  }
}

}  // namespace
}  // namespace collate::testing::bench
