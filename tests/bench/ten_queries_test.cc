#include "tests/bench/ten_queries.h"

#include <set>
#include <utility>

#include "gtest/gtest.h"
#include "service/query/snapshot.h"
#include "tests/bench/observations.h"
#include "tests/bench/snapshot_of.h"
#include "tests/bench/ten_queries_sql.h"
#include "tests/testing/status_matchers.h"

namespace collate::testing::bench {
namespace {

TEST(BenchObservationsTest, AreAsManyAsTheyAreNamedFor) {
  EXPECT_NEAR(CountRows(TwentyThousand()), 20'000, 3'000);
  EXPECT_NEAR(CountRows(OneMillion()), 1'000'000, 50'000);
}

TEST(BenchObservationsTest, AreTheSameEveryTime) {
  const auto first = MakeRelease(TwentyThousand(), Slice::kPlatform, 1, false);
  const auto again = MakeRelease(TwentyThousand(), Slice::kPlatform, 1, false);
  ASSERT_EQ(first.observations.size(), 1);
  EXPECT_EQ(first.release.name, again.release.name);
  EXPECT_EQ(first.observations[0].value, again.observations[0].value);
  EXPECT_EQ(first.observations[0].strings, again.observations[0].strings);
}

TEST(BenchObservationsTest, HaveEveryState) {
  std::set<vocabulary::State> states;
  ForEachRelease(TwentyThousand(), [&](const store::ReleaseDraft& draft) {
    for (const store::Observations& chunk : draft.observations) {
      states.insert(chunk.state.begin(), chunk.state.end());
    }
  });
  using vocabulary::State;
  EXPECT_EQ(states,
            (std::set{State::kReported, State::kRounded, State::kSuppressed,
                      State::kRefused, State::kNoResponse, State::kNotHeld}));
}

TEST(TenQueriesTest, NoTwoVariantsAreTheSame) {
  for (int number = 1; number <= kQueryCount; ++number) {
    std::set<std::vector<int64_t>> seen;
    for (int64_t variant = 0; variant < 250; ++variant) {
      const Question question = MakeQuestion(TwentyThousand(), number, variant);
      EXPECT_TRUE(seen.insert(question.parameters).second)
          << number << ", variant " << variant;
    }
  }
}

// Two readings of what an answer means, over the same figures.
TEST(TenQueriesTest, EngineAndSqlAnswerAlike) {
  const Shape shape = TwentyThousand();
  const auto snapshot = SnapshotOf(shape, VocabularyText(shape));
  const auto database = OpenSqlite();
  LoadTables(shape, Layout::kTablePerSlice, *database);
  for (int number = 1; number <= kQueryCount; ++number) {
    const auto statement = database->Prepare(SqlOf(number));
    for (int64_t variant = 0; variant < 20; ++variant) {
      const Question question = MakeQuestion(shape, number, variant);
      COLLATE_ASSERT_OK_AND_ASSIGN(const Answer ours,
                                   AskEngine(*snapshot, question));
      Answer theirs = statement->Run(question.parameters);
      std::sort(theirs.begin(), theirs.end());
      EXPECT_FALSE(ours.empty());
      EXPECT_EQ(Difference(ours, theirs), "")
          << NameOfQuery(number) << ", variant " << variant;
    }
  }
}

}  // namespace
}  // namespace collate::testing::bench
