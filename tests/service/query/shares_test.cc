// Shares: of what, over whom, and what is refused. All figures are synthetic.

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <string>
#include <variant>
#include <vector>

#include "service/base/error.h"
#include "service/query/query.h"
#include "service/vocabulary/state.h"
#include "tests/testing/status_matchers.h"
#include "tests/testing/world.h"

namespace collate::query {
namespace {

using ::collate::testing::Answer;
using ::collate::testing::FirstPath;
using ::collate::testing::HasReason;
using ::collate::testing::IsOk;
using ::collate::testing::kQ;
using ::collate::testing::kR;
using ::collate::testing::kS;
using ::collate::testing::World;
using store::Partition;
using ::testing::HasSubstr;
using ::testing::IsEmpty;
using ::testing::Not;
using ::testing::SizeIs;
using vocabulary::State;

// Three reporters' answers: Q1, all offences; Q5, how often each platform was
// named, and in how many offences any was known. One offence may name several.
World Answers(const std::string& uses = "uses") {
  World world;
  world.Release("first", "2024-10-01");
  struct Answered {
    const char* reporter;
    int64_t all, known, snapchat, whatsapp, b;
  };
  for (const Answered& one :
       {Answered{"p", 100, 40, 20, 10, 15}, Answered{"q", 60, 30, 12, 9, 3},
        Answered{"r", 40, 30, 16, 1, 12}}) {
    world.Slice({})
        .Row({.reporter = one.reporter, .period = "2023/24", .value = one.all})
        .Slice({.universe = "platform_known"})
        .Row(
            {.reporter = one.reporter, .period = "2023/24", .value = one.known})
        .Slice({.axes = {"platform@platform"},
                .partition = Partition::kMultiResponse,
                .universe = "platform_known",
                .measure = uses});
    for (const auto& [platform, count] : {std::pair("snapchat", one.snapchat),
                                          {"whatsapp", one.whatsapp},
                                          {"b", one.b}}) {
      world.Row({.reporter = one.reporter,
                 .at = {platform},
                 .period = "2023/24",
                 .value = count});
    }
  }
  return world;
}

Query ShareQueryOf(ShareBase base, const std::string& measure = "uses") {
  Query query;
  query.measures = {measure};
  query.periods = {"2023/24"};
  query.group_by = {"platform"};
  query.filters = {
      {.dimension = "platform", .members = {"snapchat", "whatsapp", "b"}},
      {.dimension = "reporter", .members = {"p", "q", "r"}}};
  query.universe = "platform_known";
  query.derivations = {ShareQuery{.dimension = "platform", .base = base}};
  return query;
}

std::vector<Share> SharesOf(const absl::StatusOr<Answer>& answer) {
  EXPECT_THAT(answer, IsOk());
  std::vector<Share> shares;
  if (!answer.ok()) return shares;
  for (const Cell& cell : answer->cells) {
    shares.push_back(std::get<Share>(cell.derived.at(0)));
  }
  return shares;
}

TEST(SharesTest, SharesOfKnownOffencesNeedNotSumToAHundred) {
  // Whether mentions are counted as uses or as offences that name a platform.
  for (const char* const measure : {"uses", "offences"}) {
    SCOPED_TRACE(measure);
    const auto answer =
        Answers(measure).Ask(ShareQueryOf(ShareBase::kKnownOffences, measure));
    const std::vector<Share> shares = SharesOf(answer);
    ASSERT_THAT(shares, SizeIs(3));
    const int64_t counts[] = {48, 20, 30};
    for (size_t i = 0; i < shares.size(); ++i) {
      EXPECT_EQ(shares[i].outcome, Outcome::kGiven);
      EXPECT_EQ(shares[i].numerator.reported, counts[i]);
      EXPECT_EQ(shares[i].base.reported, 100);
      EXPECT_EQ(shares[i].percent, Interval::Exactly(counts[i] * 1'000'000));
      EXPECT_EQ(shares[i].reporter_count, 3);
      EXPECT_TRUE(shares[i].multi_response);
      EXPECT_THAT(shares[i].left_out, IsEmpty());
      EXPECT_THAT(shares[i].base_rows, SizeIs(3));
    }
    EXPECT_THAT(answer->summary.caveats, IsEmpty());
  }
}

TEST(SharesTest, TheBaseIsNamedAndMakesTheShare) {
  const std::vector<Share> all =
      SharesOf(Answers().Ask(ShareQueryOf(ShareBase::kAllOffences)));
  ASSERT_THAT(all, SizeIs(3));
  EXPECT_EQ(all[0].base.reported, 200);
  EXPECT_EQ(all[0].percent, Interval::Exactly(24'000'000));
  const std::vector<Share> mentions =
      SharesOf(Answers().Ask(ShareQueryOf(ShareBase::kMentions)));
  ASSERT_THAT(mentions, SizeIs(3));
  EXPECT_EQ(mentions[0].base.reported, 98);
  EXPECT_EQ(mentions[0].percent, (Interval{48'979'591, 48'979'592}));

  const auto none = Answers().Ask(ShareQueryOf(ShareBase::kUnspecified));
  EXPECT_THAT(none, HasReason("INVALID_QUERY"));
  EXPECT_EQ(FirstPath(none.status()), "query.derivations[0].share.base");
  const auto odd = Answers().Ask(ShareQueryOf(static_cast<ShareBase>(7)));
  EXPECT_THAT(odd, HasReason("INVALID_QUERY"));
}

TEST(SharesTest, WhoLacksEitherSideIsLeftOutOfBothAndNamed) {
  World world = Answers();
  // s prints mentions and no base.
  world
      .Slice({.axes = {"platform@platform"},
              .partition = Partition::kMultiResponse,
              .universe = "platform_known",
              .measure = "uses"})
      .Row({.reporter = "s",
            .at = {"snapchat"},
            .period = "2023/24",
            .value = 1000})
      // t prints a base and no mentions.
      .Slice({.universe = "platform_known"})
      .Row({.reporter = "t", .period = "2023/24", .value = 500});
  Query query = ShareQueryOf(ShareBase::kKnownOffences);
  query.filters[1].members = {"p", "q", "r", "s", "t"};
  const auto answer = world.Ask(query);
  const std::vector<Share> shares = SharesOf(answer);
  ASSERT_THAT(shares, SizeIs(3));
  EXPECT_EQ(answer->cells[0].reported, 1048);
  EXPECT_EQ(shares[0].numerator.reported, 48);
  EXPECT_EQ(shares[0].base.reported, 100);
  ASSERT_THAT(shares[0].left_out, SizeIs(2));
  EXPECT_EQ(shares[0].left_out[0].reporter, kS);
  EXPECT_THAT(shares[0].left_out[0].reason,
              HasSubstr("no offences of platform_known from first"));
  EXPECT_EQ(shares[0].left_out[1].state, State::kNoRelease);
  ASSERT_THAT(answer->summary.caveats, Not(IsEmpty()));
  EXPECT_EQ(answer->summary.caveats.back().code, "LEFT_OUT_OF_SHARE");
  EXPECT_THAT(answer->summary.caveats.back().message,
              HasSubstr("Title of s, Title of t"));
}

TEST(SharesTest, ABaseIsNeverAnotherSourcesNorAnUnknownNorADifference) {
  World world;
  world.Release("first", "2024-10-01")
      .Slice({.axes = {"platform@platform"},
              .partition = Partition::kMultiResponse,
              .universe = "platform_known",
              .measure = "uses"})
      .Row({.reporter = "p",
            .at = {"snapchat"},
            .period = "2023/24",
            .value = 5})
      .Row({.reporter = "q",
            .at = {"snapchat"},
            .period = "2023/24",
            .value = 5})
      .Row({.reporter = "r",
            .at = {"snapchat"},
            .period = "2023/24",
            .value = 5})
      .Slice({.universe = "platform_known"})
      .Row({.reporter = "q",
            .period = "2023/24",
            .state = State::kSuppressed,
            .lower = 5,
            .upper = 9})
      // All offences and those of unknown platform.
      .Slice({})
      .Row({.reporter = "r", .period = "2023/24", .value = 50});
  world.Release("second", "2024-10-01")
      .Slice({.universe = "platform_known"})
      .Row({.reporter = "p", .period = "2023/24", .value = 10});
  Query query = ShareQueryOf(ShareBase::kKnownOffences);
  query.filters[0].members = {"snapchat"};
  const std::vector<Share> shares = SharesOf(world.Ask(query));
  ASSERT_THAT(shares, SizeIs(1));
  EXPECT_EQ(shares[0].outcome, Outcome::kNotDeterminable);
  EXPECT_EQ(shares[0].reporter_count, 0);
  EXPECT_EQ(shares[0].numerator.reported, std::nullopt);
  ASSERT_THAT(shares[0].left_out, SizeIs(3));
  EXPECT_THAT(shares[0].left_out[0].reason, HasSubstr("from first"));
  EXPECT_EQ(shares[0].left_out[1].reporter, kQ);
  EXPECT_EQ(shares[0].left_out[1].state, State::kSuppressed);
  EXPECT_EQ(shares[0].left_out[2].reporter, kR);
}

TEST(SharesTest, RoundedSidesGiveAnIntervalRoundedOutwards) {
  World world;
  world.Release("first", "2024-10-01")
      .Slice({.axes = {"platform@platform"},
              .partition = Partition::kMultiResponse,
              .universe = "platform_known",
              .measure = "uses"})
      .Row({.reporter = "p",
            .at = {"snapchat"},
            .period = "2023/24",
            .value = 10})
      .Slice({.universe = "platform_known"})
      .Row({.reporter = "p",
            .period = "2023/24",
            .state = State::kRounded,
            .value = 30,
            .lower = 28,
            .upper = 32});
  Query query = ShareQueryOf(ShareBase::kKnownOffences);
  query.filters[0].members = {"snapchat"};
  const std::vector<Share> shares = SharesOf(world.Ask(query));
  ASSERT_THAT(shares, SizeIs(1));
  EXPECT_EQ(shares[0].base.reported, 30);
  EXPECT_EQ(shares[0].base.bounds, (Interval{28, 32}));
  EXPECT_EQ(shares[0].percent, (Interval{31'250'000, 35'714'286}));
}

TEST(SharesTest, NothingIsAShareOfNothing) {
  World world;
  world.Release("first", "2024-10-01")
      .Slice({.axes = {"platform@platform"},
              .partition = Partition::kMultiResponse,
              .universe = "platform_known",
              .measure = "uses"})
      .Row({.reporter = "p",
            .at = {"snapchat"},
            .period = "2023/24",
            .value = 0})
      .Slice({.universe = "platform_known"})
      .Row({.reporter = "p", .period = "2023/24", .value = 0});
  Query query = ShareQueryOf(ShareBase::kKnownOffences);
  query.filters[0].members = {"snapchat"};
  const std::vector<Share> shares = SharesOf(world.Ask(query));
  ASSERT_THAT(shares, SizeIs(1));
  EXPECT_EQ(shares[0].outcome, Outcome::kNotDefined);
  EXPECT_EQ(shares[0].base.reported, 0);
}

TEST(SharesTest, AGroupingAndItsPartHaveNoSumOfMentions) {
  World world = Answers();
  world
      .Slice({.axes = {"platform@grouping"},
              .partition = Partition::kMultiResponse,
              .universe = "platform_known",
              .measure = "uses"})
      .Row({.reporter = "p", .at = {"a+b"}, .period = "2023/24", .value = 17});
  const std::vector<Share> shares =
      SharesOf(world.Ask(ShareQueryOf(ShareBase::kMentions)));
  ASSERT_THAT(shares, SizeIs(3));
  ASSERT_THAT(shares[0].left_out, SizeIs(1));
  EXPECT_THAT(shares[0].left_out[0].reason,
              HasSubstr("prints both Title of a+b and Title of b"));
  EXPECT_EQ(shares[0].numerator.reported, 28);
  EXPECT_EQ(shares[0].base.reported, 53);
}

TEST(SharesTest, ASumOverPlatformsIsNoCountOfOffences) {
  Query query = ShareQueryOf(ShareBase::kKnownOffences);
  query.group_by.clear();
  EXPECT_THAT(Answers().Ask(query), HasReason("NON_ADDITIVE_DIMENSION"));
  query = ShareQueryOf(ShareBase::kKnownOffences, "offences");
  query.group_by.clear();
  EXPECT_THAT(Answers("offences").Ask(query),
              HasReason("NON_ADDITIVE_DIMENSION"));
  // Mentions add.
  query = ShareQueryOf(ShareBase::kMentions);
  query.group_by.clear();
  query.filters[0].members = {"snapchat", "whatsapp"};
  const std::vector<Share> shares = SharesOf(Answers().Ask(query));
  ASSERT_THAT(shares, SizeIs(1));
  EXPECT_EQ(shares[0].numerator.reported, 68);
  EXPECT_EQ(shares[0].base.reported, 98);
}

TEST(SharesTest, OtherUnitsHaveNoShareOfOffences) {
  for (const char* const measure : {"accounts", "people", "printed_rate"}) {
    Query query = ShareQueryOf(ShareBase::kKnownOffences, measure);
    query.group_by = {"platform", "reporter"};
    EXPECT_THAT(Answers().Ask(query), HasReason("UNIT_MISMATCH")) << measure;
  }
}

TEST(SharesTest, APublishedPercentageIsNeverACount) {
  // Even where it is printed as a whole number of the measure itself.
  World world;
  world.Release("first", "2024-10-01")
      .Slice({.axes = {"platform@platform"},
              .partition = Partition::kMultiResponse,
              .aggregation = store::Aggregation::kNone,
              .universe = "platform_known",
              .measure = "uses"})
      .Row({.reporter = "p",
            .at = {"snapchat"},
            .period = "2023/24",
            .value = 48})
      .Slice({.universe = "platform_known"})
      .Row({.reporter = "p", .period = "2023/24", .value = 1824});
  Query query = ShareQueryOf(ShareBase::kKnownOffences);
  query.filters[0].members = {"snapchat"};
  EXPECT_THAT(world.Ask(query), HasReason("NOT_A_COUNT"));
}

TEST(SharesTest, PublishedTotalsOfOtherCoverageAreNotDivided) {
  const auto share_of = [](uint32_t over, uint32_t under) {
    World world;
    world.Release("first", "2024-10-01")
        .Slice({.axes = {"platform@platform"},
                .partition = Partition::kMultiResponse,
                .universe = "platform_known",
                .measure = "uses"})
        .Row({.reporter = "pq",
              .at = {"snapchat"},
              .period = "2023/24",
              .value = 5,
              .stated_reporters = over})
        .Slice({.universe = "platform_known"})
        .Row({.reporter = "pq",
              .period = "2023/24",
              .value = 10,
              .stated_reporters = under});
    Query query = ShareQueryOf(ShareBase::kKnownOffences);
    query.filters[0].members = {"snapchat"};
    query.filters[1].members = {"pq"};
    const std::vector<Share> shares = SharesOf(world.Ask(query));
    return shares.size() == 1 ? shares[0] : Share();
  };
  EXPECT_EQ(share_of(39, 39).percent, Interval::Exactly(50'000'000));
  EXPECT_EQ(share_of(39, 0).percent, Interval::Exactly(50'000'000));
  const Share other = share_of(39, 41);
  EXPECT_EQ(other.outcome, Outcome::kNotDeterminable);
  ASSERT_THAT(other.left_out, SizeIs(1));
  EXPECT_EQ(other.left_out[0].reason,
            "stated to be from 39 reporters, and its base from 41");
}

TEST(SharesTest, MistakesAreNamedByTheirField) {
  const World world = Answers();
  const auto ask = [&world](const std::string& dimension) {
    Query query = ShareQueryOf(ShareBase::kKnownOffences);
    std::get<ShareQuery>(query.derivations[0]).dimension = dimension;
    return world.Ask(query);
  };
  for (const char* const dimension : {"", "sex", "reporter"}) {
    EXPECT_THAT(ask(dimension), HasReason("INVALID_QUERY")) << dimension;
    EXPECT_EQ(FirstPath(ask(dimension).status()),
              "query.derivations[0].share.dimension");
  }
  EXPECT_THAT(ask("platfrom"), HasReason("UNKNOWN_DIMENSION"));
}

TEST(DerivationsTest, ResultsStandInTheOrderInWhichTheyWereAskedFor) {
  World world = Answers();
  world.Slice({.measure = "people"})
      .Row({.reporter = "p", .period = "2022-06-30", .value = 1000})
      .Slice({.axes = {"platform@platform"},
              .partition = Partition::kMultiResponse,
              .universe = "platform_known",
              .measure = "uses"})
      .Row({.reporter = "p",
            .at = {"snapchat"},
            .period = "2022/23",
            .value = 10});
  Query query = ShareQueryOf(ShareBase::kKnownOffences);
  query.filters[0].members = {"snapchat"};
  query.filters[1].members = {"p"};
  query.derivations = {
      ChangeQuery{.base_period = "2022/23"},
      ShareQuery{.dimension = "platform", .base = ShareBase::kKnownOffences},
      RateQuery{.denominator = "people", .period = "2022-06-30"}};
  const auto answer = world.Ask(query);
  ASSERT_THAT(answer, IsOk());
  ASSERT_THAT(answer->cells, SizeIs(1));
  const std::vector<Derived>& derived = answer->cells[0].derived;
  ASSERT_THAT(derived, SizeIs(3));
  EXPECT_EQ(std::get<Change>(derived[0]).matched_panel.percent,
            Interval::Exactly(100'000'000));
  EXPECT_EQ(std::get<Share>(derived[1]).percent, Interval::Exactly(50'000'000));
  EXPECT_EQ(std::get<Rate>(derived[2]).rate, Interval::Exactly(20'000'000));
}

}  // namespace
}  // namespace collate::query
