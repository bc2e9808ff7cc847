// Claims against small worlds over the shipped vocabulary. Figures are those
// that were printed of sexual communication with a child unless a test says
// that they are synthetic.

#include "service/query/claims.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <cstdint>
#include <limits>
#include <memory>
#include <string>
#include <utility>
#include <vector>

#include "tests/testing/shipped_vocabulary.h"
#include "tests/testing/status_matchers.h"
#include "tests/testing/world.h"

namespace collate::query {
namespace {

using ::collate::testing::HasReason;
using ::collate::testing::IsOk;
using ::collate::testing::OverShippedVocabulary;
using ::collate::testing::RowSpec;
using ::collate::testing::SliceSpec;
using ::collate::testing::World;
using store::Aggregation;
using store::Partition;
using ::testing::AllOf;
using ::testing::ElementsAre;
using ::testing::HasSubstr;
using ::testing::IsEmpty;
using ::testing::Not;
using ::testing::SizeIs;
using vocabulary::State;

constexpr char kUnion[] = "online_grooming_uk";
constexpr char kArea[] = "united-kingdom";
constexpr char kPanel[] = "onthewight-south-east-4";
constexpr int64_t kOne = 1'000'000;

// 2024-01-01: every asked period of these tests but 2023/24 has ended.
constexpr vocabulary::Day kToday = 19723;

class Claims : public OverShippedVocabulary {
 protected:
  static World Empty() { return World(vocabulary()); }

  // On The Wight's table: Hampshire, Kent, Surrey, Sussex.
  static World SouthEast() {
    World world = Empty();
    world.Release("onthewight", "2024-11-01")
        .Slice(
            {.axes = {"offence@statute"}, .partition = Partition::kIncomplete});
    const std::pair<const char*, std::vector<int>> forces[] = {
        {"hampshire", {152, 181, 291, 18, -1, 279, 95}},
        {"kent", {122, 140, 176, 224, 179, 230, 264}},
        {"surrey", {27, 76, 67, 78, 63, 74, 98}},
        {"sussex", {77, 76, 145, 205, 187, 189, 223}}};
    const char* periods[] = {"2017/18", "2018/19", "2019/20", "2020/21",
                             "2021/22", "2022/23", "2023/24"};
    for (const auto& [force, figures] : forces) {
      for (size_t p = 0; p < figures.size(); ++p) {
        RowSpec row = {.reporter = force, .at = {"s15a"}, .period = periods[p]};
        if (figures[p] < 0) {
          row.state = State::kNotShown;
        } else {
          row.value = figures[p];
        }
        world.Row(row);
      }
    }
    return world;
  }

  static RowSpec Total(const std::string& period, int64_t value,
                       uint32_t stated, const std::string& printed_by) {
    return {.reporter = kArea,
            .at = {kUnion},
            .period = period,
            .value = value,
            .stated_reporters = stated,
            .printed_by = printed_by};
  }

  // Totals of the kingdom, and Lincolnshire's figure of 2017/18.
  static World Kingdom(uint32_t stated_of_2024 = 44) {
    World world = Empty();
    world.Release("nspcc-foi", "2025-11-13")
        .Slice({.axes = {"offence@union"}, .partition = Partition::kIncomplete})
        .Row(Total("2017/18", 3728, 44, "pa"))
        .Row(Total("2023/24", 7062, 45, "itv"))
        .Row(Total("2024/25", 7263, stated_of_2024, "pa"))
        .Slice(
            {.axes = {"offence@statute"}, .partition = Partition::kIncomplete})
        .Row({.reporter = "lincolnshire",
              .at = {"s15a"},
              .period = "2017/18",
              .value = 84,
              .printed_by = "thelincolnite"});
    return world;
  }

  static Query Of(const std::string& offence, const std::string& period,
                  const std::string& panel, const std::string& area = "") {
    Query query;
    query.measures = {"offences"};
    query.filters = {{.dimension = "offence", .members = {offence}}};
    if (!area.empty()) {
      query.filters.push_back({.dimension = "reporter", .members = {area}});
    }
    query.periods = {period};
    query.panel = panel;
    return query;
  }

  static StatedClaim Value(Query query, int64_t value,
                           Comparator comparator = Comparator::kEqual) {
    return {.id = "value",
            .path = "claims.claims[0]",
            .kind = ClaimKind::kValue,
            .comparator = comparator,
            .number = StatedNumber{value * kOne, kOne},
            .questions = {std::move(query)}};
  }

  static StatedClaim Rise(Query query, int64_t percent,
                          ClaimBasis basis = ClaimBasis::kUnspecified) {
    StatedClaim claim = Value(std::move(query), percent);
    claim.kind = ClaimKind::kChange;
    claim.basis = basis;
    for (Query& question : claim.questions) {
      question.derivations = {ChangeQuery{.base_period = "2017/18"}};
    }
    return claim;
  }

  static absl::StatusOr<CheckedClaim> Try(const World& world,
                                          const StatedClaim& claim) {
    return CheckClaim(claim, *world.Build(),
                      {.plan = {.today = kToday}, .own_sources = own_sources_});
  }
  static CheckedClaim Check(const World& world, const StatedClaim& claim) {
    auto checked = Try(world, claim);
    EXPECT_THAT(checked, IsOk());
    return checked.ok() ? *std::move(checked) : CheckedClaim();
  }

  static inline const std::vector<std::string> own_sources_ = {"nspcc-foi"};
};

TEST_F(Claims, ACompletePanelBearsItsSumOut) {
  const CheckedClaim checked =
      Check(SouthEast(), Value(Of("s15a", "2023/24", kPanel), 680));
  EXPECT_EQ(checked.verdict, Verdict::kReproduced);
  EXPECT_EQ(checked.reason, "680 offences over the panel, 4 of 4 reporters");
  EXPECT_FALSE(checked.synthetic);
  ASSERT_THAT(checked.evidence, SizeIs(2));
  const Evidence& first = checked.evidence[0];
  EXPECT_EQ(first.basis, ClaimBasis::kPanelSum);
  EXPECT_EQ(first.value, 680);
  EXPECT_EQ(first.bounds, Interval::Exactly(680));
  EXPECT_EQ(first.period, "2023/24");
  EXPECT_THAT(first.sources, ElementsAre("onthewight"));
  EXPECT_THAT(first.cell->rows, SizeIs(4));
  EXPECT_EQ(checked.evidence[1].basis, ClaimBasis::kAsPublished);

  EXPECT_EQ(
      Check(SouthEast(), Value(Of("s15a", "2023/24", kPanel), 681)).verdict,
      Verdict::kContradicted);
}

TEST_F(Claims, WhoeverIsSilentLeavesThePanelOpenAndNotThePrintedSum) {
  // Hampshire is blank in 2021/22, where the publisher counts it as 0.
  const Query query = Of("s15a", "2021/22", kPanel);
  const CheckedClaim checked = Check(SouthEast(), Value(query, 429));
  EXPECT_EQ(checked.verdict, Verdict::kReproduced);
  EXPECT_EQ(checked.evidence[0].basis, ClaimBasis::kAsPublished);
  EXPECT_EQ(checked.evidence[1].verdict, Verdict::kPossible);
  EXPECT_EQ(checked.evidence[1].bounds, Interval::AtLeast(429));
  // The panel may have that many.
  EXPECT_EQ(Check(SouthEast(), Value(query, 700)).verdict, Verdict::kPossible);
  EXPECT_EQ(Check(SouthEast(), Value(query, 428)).verdict,
            Verdict::kContradicted);
  StatedClaim stated = Value(query, 700);
  stated.basis = ClaimBasis::kAsPublished;
  const CheckedClaim decided = Check(SouthEast(), stated);
  EXPECT_EQ(decided.verdict, Verdict::kContradicted);
  EXPECT_THAT(decided.reason, HasSubstr("429 offences as published"));
}

TEST_F(Claims, ATotalThatOnlyTheStoryPrintsIsItsOwnWitness) {
  const Query query = Of(kUnion, "2023/24", "", kArea);
  const CheckedClaim own = Check(Kingdom(), Value(query, 7062));
  EXPECT_EQ(own.verdict, Verdict::kReproducedSameSource);
  EXPECT_THAT(own.reason,
              HasSubstr("7062 offences by a published total, stated to be from "
                        "45 reporters; all of it from nspcc-foi"));
  EXPECT_EQ(own.evidence[0].verdict, Verdict::kReproducedSameSource);
  EXPECT_EQ(Check(Kingdom(), Value(query, 7063)).verdict,
            Verdict::kContradicted);

  // Somebody else prints the same (synthetic).
  World world = Kingdom();
  world.Release("other", "2025-12-01")
      .Slice({.axes = {"offence@union"}, .partition = Partition::kIncomplete})
      .Row(Total("2023/24", 7062, 45, ""));
  EXPECT_EQ(Check(world, Value(query, 7062)).verdict, Verdict::kReproduced);
}

TEST_F(Claims, WhatIsNotLoadedSavesNoWrongTotal) {
  StatedClaim claim = Value(Of(kUnion, "2023/24", "uk-territorial-forces"), 0);
  claim.questions.push_back(Of(kUnion, "2023/24", "", kArea));
  World world = Kingdom();
  world
      .Slice({.axes = {"offence@statute"}, .partition = Partition::kIncomplete})
      .Row({.reporter = "kent",
            .at = {"s15a"},
            .period = "2023/24",
            .value = 264});
  claim.number->value = 7062 * kOne;
  EXPECT_EQ(Check(world, claim).verdict, Verdict::kReproducedSameSource);
  claim.number->value = 8000 * kOne;
  EXPECT_EQ(Check(world, claim).verdict, Verdict::kContradicted);
  // Without the total the panel says what it can.
  claim.questions.pop_back();
  const CheckedClaim open = Check(world, claim);
  EXPECT_EQ(open.verdict, Verdict::kPossible);
  EXPECT_THAT(open.reason, HasSubstr("(can be at least 264)"));
  claim.number->value = 100 * kOne;
  EXPECT_EQ(Check(world, claim).verdict, Verdict::kContradicted);
}

TEST_F(Claims, NothingLoadedIsNotCheckable) {
  const CheckedClaim checked =
      Check(Kingdom(), Value(Of(kUnion, "2022/23", "", kArea), 6350));
  EXPECT_EQ(checked.verdict, Verdict::kNotCheckable);
  EXPECT_THAT(checked.reason, HasSubstr("nothing is loaded"));
  // Not even where the floor alone would decide.
  EXPECT_EQ(Check(Kingdom(), Value(Of(kUnion, "2022/23", "", kArea), 0,
                                   Comparator::kAtLeast))
                .verdict,
            Verdict::kNotCheckable);
}

TEST_F(Claims, AnotherUnitIsNeverCompared) {
  StatedClaim claim = Value(Of(kUnion, "2023/24", "", kArea), 7062);
  claim.unit = "charges";
  const CheckedClaim checked = Check(Kingdom(), claim);
  EXPECT_EQ(checked.verdict, Verdict::kNotCheckable);
  EXPECT_THAT(checked.evidence, IsEmpty());
  EXPECT_THAT(checked.reason, HasSubstr("it counts charges"));
  claim.unit = "offences";
  EXPECT_EQ(Check(Kingdom(), claim).verdict, Verdict::kReproducedSameSource);
}

TEST_F(Claims, AWithheldFigureDecidesByItsBoundsOrNotAtAll) {
  World world = Empty();  // synthetic
  world.Release("kent-foi", "2024-11-01")
      .Slice({.axes = {"offence@statute"}, .partition = Partition::kIncomplete})
      .Row({.reporter = "kent",
            .at = {"s15a"},
            .period = "2023/24",
            .state = State::kSuppressed,
            .lower = 1,
            .upper = 4});
  const Query query = Of("s15a", "2023/24", "", "kent");
  const CheckedClaim open = Check(world, Value(query, 3));
  EXPECT_EQ(open.verdict, Verdict::kNotCheckable);
  EXPECT_THAT(open.reason, HasSubstr("the figure is withheld"));
  EXPECT_EQ(Check(world, Value(query, 5, Comparator::kLessThan)).verdict,
            Verdict::kReproduced);
  EXPECT_EQ(Check(world, Value(query, 50)).verdict, Verdict::kContradicted);
}

TEST_F(Claims, ARiseHasBothBases) {
  // 378 -> 429 as published, 226 -> 429 over three forces.
  const Query query = Of("s15a", "2021/22", kPanel);
  const CheckedClaim matched = Check(SouthEast(), Rise(query, 90));
  EXPECT_EQ(matched.verdict, Verdict::kReproduced);
  EXPECT_EQ(matched.evidence[0].basis, ClaimBasis::kMatchedPanel);
  EXPECT_EQ(matched.evidence[0].period, "2021/22 on 2017/18");
  EXPECT_THAT(matched.reason, HasSubstr("3 reporters, 1 left out"));

  const CheckedClaim published = Check(SouthEast(), Rise(query, 13));
  EXPECT_EQ(published.verdict, Verdict::kReproducedOtherBasis);
  EXPECT_EQ(published.evidence[0].basis, ClaimBasis::kAsPublished);
  EXPECT_THAT(published.reason,
              AllOf(HasSubstr("13.492063 per cent as published"),
                    HasSubstr("89.823008 per cent over the matched panel")));

  EXPECT_EQ(
      Check(SouthEast(), Rise(query, 13, ClaimBasis::kMatchedPanel)).verdict,
      Verdict::kContradicted);
  EXPECT_EQ(
      Check(SouthEast(), Rise(query, 13, ClaimBasis::kAsPublished)).verdict,
      Verdict::kReproduced);
  EXPECT_EQ(Check(SouthEast(), Rise(query, 50)).verdict,
            Verdict::kContradicted);
}

TEST_F(Claims, TheBaseIsComparedWithNothing) {
  const CheckedClaim checked =
      Check(SouthEast(), Rise(Of("s15a", "2017/18", kPanel), 0));
  EXPECT_EQ(checked.verdict, Verdict::kNotCheckable);
  EXPECT_THAT(checked.reason, HasSubstr("the period is the base itself"));
}

TEST_F(Claims, APartlyLoadedPanelSaysNothingOfARise) {
  // 4 of 45 forces are loaded: +72% over those four is no rise of the 45.
  const CheckedClaim checked = Check(
      SouthEast(), Rise(Of(kUnion, "2023/24", "uk-territorial-forces"), 90));
  EXPECT_EQ(checked.verdict, Verdict::kPossible);
  for (const Evidence& one : checked.evidence) {
    EXPECT_NE(one.verdict, Verdict::kContradicted);
  }
}

TEST_F(Claims, APrintedTotalComparesWithTheBaseLessThoseItLeavesOut) {
  StatedClaim claim =
      Rise(Of(kUnion, "2024/25", "", kArea), 99, ClaimBasis::kMatchedPanel);
  claim.panel = "uk-territorial-forces";
  const CheckedClaim without = Check(Kingdom(), claim);
  EXPECT_EQ(without.verdict, Verdict::kNotCheckable);  // as published: +94.8%
  EXPECT_THAT(without.evidence[0].verdict, Verdict::kContradicted);

  claim.base_without = {"lincolnshire"};
  const CheckedClaim checked = Check(Kingdom(), claim);
  EXPECT_EQ(checked.verdict, Verdict::kReproducedSameSource);
  const Evidence& first = checked.evidence[0];
  EXPECT_EQ(first.basis, ClaimBasis::kMatchedPanel);
  EXPECT_EQ(first.value, 99'313'940);  // 7,263 / 3,644
  ASSERT_THAT(first.caveats, SizeIs(2));
  EXPECT_EQ(first.caveats[0].code, "SUBTRACTED_ACROSS_SOURCES");
  EXPECT_THAT(
      first.caveats[0].message,
      AllOf(HasSubstr("3728"), HasSubstr("84"), HasSubstr("lincolnshire")));
  EXPECT_EQ(first.caveats[1].code, "MIXED_VINTAGE");

  // Where the story does not say on which basis, as published excludes it.
  claim.basis = ClaimBasis::kUnspecified;
  EXPECT_EQ(Check(Kingdom(), claim).verdict, Verdict::kReproducedOtherBasis);
  // The later total is stated to be from all 45.
  claim.basis = ClaimBasis::kMatchedPanel;
  EXPECT_THAT(Check(Kingdom(45), claim).reason,
              HasSubstr("not stated to be from the 44 reporters without "
                        "lincolnshire"));
  EXPECT_EQ(Check(Kingdom(45), claim).verdict, Verdict::kNotCheckable);
  // Nobody printed a figure of it.
  claim.base_without = {"kent"};
  EXPECT_THAT(Check(Kingdom(), claim).reason,
              HasSubstr("no figure of 2017/18 is printed of kent"));
  claim.panel = "";
  EXPECT_THAT(Try(Kingdom(), claim).status(), HasReason("INVALID_CLAIM"));
}

TEST_F(Claims, NoSideOfAConflictDecides) {
  // 175 in one story and 64 in another: one source repeats both.
  World world = Empty();
  world.Release("nspcc-foi", "2019-10-01")
      .Slice({.axes = {"offence@statute"}, .partition = Partition::kIncomplete})
      .Row({.reporter = "lancashire",
            .at = {"s15a"},
            .period = "2017/18",
            .value = 175,
            .line = 2,
            .printed_by = "burnleyexpress"})
      .Row({.reporter = "lancashire",
            .at = {"s15a"},
            .period = "2017/18",
            .value = 64,
            .line = 3,
            .printed_by = "lancaster"});
  const Query query = Of("s15a", "2017/18", "", "lancashire");
  for (const int64_t side : {175, 64}) {
    const CheckedClaim checked = Check(world, Value(query, side));
    EXPECT_EQ(checked.verdict, Verdict::kPossible) << side;
    EXPECT_THAT(checked.reason, HasSubstr("printed differently: 175 and 64"));
  }
  EXPECT_EQ(Check(world, Value(query, 176)).verdict, Verdict::kContradicted);
}

TEST_F(Claims, NeitherDoesOneOfTwoSources) {
  World world = SouthEast();
  world
      .Release("kent-foi", "2025-01-01")  // synthetic
      .Slice({.axes = {"offence@statute"}, .partition = Partition::kIncomplete})
      .Row({.reporter = "kent",
            .at = {"s15a"},
            .period = "2023/24",
            .value = 270});
  for (const int64_t sum : {680, 686, 683}) {
    EXPECT_EQ(Check(world, Value(Of("s15a", "2023/24", kPanel), sum)).verdict,
              Verdict::kPossible)
        << sum;
  }
  EXPECT_EQ(Check(world, Value(Of("s15a", "2023/24", kPanel), 687)).verdict,
            Verdict::kContradicted);
  // 264 or 270 on 122: a rise of 116% or 121%.
  EXPECT_EQ(Check(world, Rise(Of("s15a", "2023/24", "", "kent"), 116)).verdict,
            Verdict::kPossible);
}

TEST_F(Claims, AnotherCellsFigureIsNoSideOfThisOne) {
  // 122 by FOI, and 45 in the class of recorded crime that contains them.
  World world = SouthEast();
  world.Release("home-office-prc", "2019-01-24")
      .Slice({.axes = {"offence@code"}, .floor = store::Floor::kNone})
      .Row({.reporter = "kent",
            .at = {"88A"},
            .period = "2017/18",
            .value = 45});
  const CheckedClaim checked =
      Check(world, Value(Of("s15a", "2017/18", "", "kent"), 122));
  EXPECT_EQ(checked.verdict, Verdict::kReproduced);
  EXPECT_THAT(checked.reason, Not(HasSubstr("printed differently")));
  ASSERT_THAT(checked.evidence[0].cell->conflicts, SizeIs(1));
  EXPECT_EQ(checked.evidence[0].cell->conflicts[0].kind,
            ConflictKind::kPartExceedsWhole);
  EXPECT_EQ(Check(world, Value(Of("s15a", "2017/18", "", "kent"), 45)).verdict,
            Verdict::kContradicted);
}

TEST_F(Claims, SharesAreQuotientsOrPrintedPercentages) {
  World world = Empty();
  world.Release("nspcc-foi", "2024-11-01")
      .Slice({.axes = {"offence@union", "platform@service"},
              .partition = Partition::kMultiResponse,
              .aggregation = Aggregation::kNone,
              .universe = "platform_known",
              .measure = "platform_share_percent",
              .scale = 1})
      .Row({.reporter = kArea,
            .at = {kUnion, "snapchat"},
            .period = "2023/24",
            .state = State::kRounded,
            .value = 480,
            .lower = 475,
            .upper = 485});
  // Synthetic counts of one force.
  world.Release("kent-foi", "2024-11-02")
      .Slice({.axes = {"offence@statute"},
              .partition = Partition::kIncomplete,
              .universe = "platform_known"})
      .Row({.reporter = "kent",
            .at = {"s15a"},
            .period = "2023/24",
            .value = 200})
      .Slice({.axes = {"offence@statute", "platform@service"},
              .partition = Partition::kMultiResponse,
              .universe = "platform_known",
              .measure = "platform_uses"})
      .Row({.reporter = "kent",
            .at = {"s15a", "snapchat"},
            .period = "2023/24",
            .value = 97});
  Query printed = Of(kUnion, "2023/24", "", kArea);
  printed.measures = {"platform_share_percent"};
  printed.universe = "platform_known";
  printed.filters.push_back({.dimension = "platform", .members = {"snapchat"}});
  Query counts = Of("s15a", "2023/24", "", "kent");
  counts.measures = {"platform_uses"};
  counts.universe = "platform_known";
  counts.filters.push_back({.dimension = "platform", .members = {"snapchat"}});
  counts.derivations = {
      ShareQuery{.dimension = "platform", .base = ShareBase::kKnownOffences}};

  StatedClaim claim = Value(printed, 48);
  claim.kind = ClaimKind::kShare;
  EXPECT_EQ(Check(world, claim).verdict, Verdict::kReproducedSameSource);
  EXPECT_EQ(Check(world, claim).evidence[0].basis,
            ClaimBasis::kPublishedPercentage);
  claim.number = {48'200'000, kOne / 10};
  EXPECT_EQ(Check(world, claim).verdict, Verdict::kPossible);
  claim.number = {49 * kOne, kOne};
  EXPECT_EQ(Check(world, claim).verdict, Verdict::kPossible);  // 48.5 is both
  claim.number = {50 * kOne, kOne};
  EXPECT_EQ(Check(world, claim).verdict, Verdict::kContradicted);

  claim.questions = {counts};
  claim.number = {48'500'000, kOne / 10};
  const CheckedClaim quotient = Check(world, claim);
  EXPECT_EQ(quotient.verdict, Verdict::kReproduced);
  EXPECT_EQ(quotient.evidence[0].basis, ClaimBasis::kCounts);
  EXPECT_EQ(quotient.evidence[0].value, 48'500'000);
  EXPECT_THAT(quotient.evidence[0].other_rows, SizeIs(1));
  claim.number = {40 * kOne, kOne};
  EXPECT_EQ(Check(world, claim).verdict, Verdict::kContradicted);
}

TEST_F(Claims, NoSideOfANumeratorOrABaseDecidesAShare) {
  // Synthetic: 97 of 200 by one source; the other prints the base as 100, and
  // then the numerator as 20.
  const auto share_of = [](World& world, const char* source, int base,
                           int part) {
    world.Release(source, base == 200 ? "2024-11-02" : "2024-11-03");
    if (base > 0) {
      world
          .Slice({.axes = {"offence@statute"},
                  .partition = Partition::kIncomplete,
                  .universe = "platform_known"})
          .Row({.reporter = "kent",
                .at = {"s15a"},
                .period = "2023/24",
                .value = base});
    }
    if (part > 0) {
      world
          .Slice({.axes = {"offence@statute", "platform@service"},
                  .partition = Partition::kMultiResponse,
                  .universe = "platform_known",
                  .measure = "platform_uses"})
          .Row({.reporter = "kent",
                .at = {"s15a", "snapchat"},
                .period = "2023/24",
                .value = part});
    }
  };
  Query query = Of("s15a", "2023/24", "", "kent");
  query.measures = {"platform_uses"};
  query.universe = "platform_known";
  query.filters.push_back({.dimension = "platform", .members = {"snapchat"}});
  query.derivations = {
      ShareQuery{.dimension = "platform", .base = ShareBase::kKnownOffences}};
  query.preferred_sources = {"kent-foi"};
  StatedClaim claim = Value(query, 0);
  claim.kind = ClaimKind::kShare;
  const auto verdict = [&](const World& world, int64_t percent) {
    claim.number = {percent * kOne, kOne};
    return Check(world, claim).verdict;
  };
  World one = Empty();
  share_of(one, "kent-foi", 200, 97);
  EXPECT_EQ(verdict(one, 97), Verdict::kContradicted);

  World base = one;
  share_of(base, "nspcc-foi", 100, 0);
  EXPECT_EQ(verdict(base, 97), Verdict::kPossible) << "of 100";
  EXPECT_EQ(verdict(base, 48), Verdict::kPossible) << "of 200";
  EXPECT_EQ(verdict(base, 40), Verdict::kContradicted);
  EXPECT_THAT(Check(base, claim).reason, HasSubstr("printed differently"));

  World numerator = one;
  share_of(numerator, "nspcc-foi", 0, 20);
  EXPECT_EQ(verdict(numerator, 10), Verdict::kPossible);
  EXPECT_EQ(verdict(numerator, 48), Verdict::kPossible);
  EXPECT_EQ(verdict(numerator, 8), Verdict::kContradicted);
}

// Synthetic: of 10, a rounded figure between 0 and 20, the other force's 6
// leave 4; another source prints 30.
TEST_F(Claims, AFigureThatATotalNarrowsReachesTheOtherSide) {
  World world = Empty();
  world.Release("onthewight", "2024-11-01")
      .Slice({.axes = {"sex@sex"}})
      .Row({.reporter = "kent",
            .at = {"female"},
            .period = "2017/18",
            .state = State::kRounded,
            .value = 10,
            .lower = 0,
            .upper = 20})
      .Row(
          {.reporter = "kent", .at = {"male"}, .period = "2017/18", .value = 6})
      .Slice({})
      .Row({.reporter = "kent", .period = "2017/18", .value = 10});
  world.Release("kent-foi", "2024-11-02")
      .Slice({.axes = {"sex@sex"}})
      .Row({.reporter = "kent",
            .at = {"female"},
            .period = "2017/18",
            .value = 30});
  Query query;
  query.measures = {"offences"};
  query.filters = {{.dimension = "reporter", .members = {"kent"}},
                   {.dimension = "sex", .members = {"female"}}};
  query.periods = {"2017/18"};
  query.preferred_sources = {"onthewight"};
  StatedClaim claim = Value(query, 30);
  claim.basis = ClaimBasis::kPanelSum;
  const CheckedClaim checked = Check(world, claim);
  EXPECT_EQ(checked.verdict, Verdict::kPossible) << checked.reason;
  ASSERT_THAT(checked.evidence, Not(IsEmpty()));
  EXPECT_EQ(checked.evidence[0].cell->panel_bounds, Interval::Exactly(4));
  claim.number->value = 31 * kOne;
  EXPECT_EQ(Check(world, claim).verdict, Verdict::kContradicted);
}

// Synthetic: the silent quarter may be anything, so that the rows alone reach
// the other side, which no printed one does.
TEST_F(Claims, WhatIsPrintedReachesTheOtherSideOfAFigureThatIsNot) {
  World world = Empty();
  world.Release("onthewight", "2024-11-01")
      .Slice({.axes = {"offence@statute"}, .partition = Partition::kIncomplete})
      .Row({.reporter = "surrey",
            .at = {"s15a"},
            .period = "2023/24",
            .value = 100})
      .Row({.reporter = "kent",
            .at = {"s15a"},
            .period = "2023/24",
            .state = State::kSuppressed,
            .lower = 1,
            .upper = 4});
  world.Release("kent-foi", "2024-11-02")
      .Slice({.axes = {"offence@statute"}, .partition = Partition::kIncomplete})
      .Row({.reporter = "kent",
            .at = {"s15a"},
            .period = "2023/24",
            .value = 9});
  Query query = Of("s15a", "2023/24", "", "kent");
  query.filters[1].members.push_back("surrey");
  query.preferred_sources = {"onthewight"};
  StatedClaim claim = Value(query, 109);
  claim.basis = ClaimBasis::kAsPublished;
  EXPECT_EQ(Check(world, claim).verdict, Verdict::kPossible);
  claim.number->value = 110 * kOne;
  EXPECT_EQ(Check(world, claim).verdict, Verdict::kContradicted);
}

// Synthetic: the difference of the figures has no room in 64 bits.
TEST_F(Claims, ABaseLessThoseItLeavesOutIsSubtractedOrRefused) {
  World world = Empty();
  RowSpec total =
      Total("2017/18", std::numeric_limits<int64_t>::max() - 1, 45, "pa");
  total.state = State::kRounded;
  total.lower = 1;
  const SliceSpec net = {.axes = {"offence@union"},
                         .partition = Partition::kIncomplete,
                         .floor = store::Floor::kNone};
  world.Release("nspcc-foi", "2025-11-13")
      .Slice(net)
      .Row(total)
      .Row(Total("2024/25", 7263, 44, "pa"))
      .Slice({.axes = {"offence@statute"},
              .partition = Partition::kIncomplete,
              .floor = store::Floor::kNone})
      .Row({.reporter = "lincolnshire",
            .at = {"s15a"},
            .period = "2017/18",
            .value = -5});
  StatedClaim claim =
      Rise(Of(kUnion, "2024/25", "", kArea), 99, ClaimBasis::kMatchedPanel);
  claim.panel = "uk-territorial-forces";
  claim.base_without = {"lincolnshire"};
  EXPECT_THAT(Try(world, claim).status(), HasReason("OVERFLOW"));
}

TEST_F(Claims, CoverageIsStatedOrCounted) {
  StatedClaim claim = Value(Of(kUnion, "2023/24", "", kArea), 45);
  claim.kind = ClaimKind::kCoverage;
  claim.unit = "forces";
  EXPECT_EQ(Check(Kingdom(), claim).verdict, Verdict::kReproducedSameSource);
  claim.number->value = 44 * kOne;
  EXPECT_EQ(Check(Kingdom(), claim).verdict, Verdict::kContradicted);
  // From how many is stated by nobody (synthetic).
  World unstated = Empty();
  unstated.Release("nspcc-foi", "2024-11-01")
      .Slice({.axes = {"offence@union"}, .partition = Partition::kIncomplete})
      .Row(Total("2023/24", 7062, 0, "itv"));
  EXPECT_EQ(Check(unstated, claim).verdict, Verdict::kNotCheckable);

  claim.questions = {Of("s15a", "2021/22", kPanel)};
  claim.number->value = 3 * kOne;
  EXPECT_EQ(Check(SouthEast(), claim).verdict, Verdict::kReproduced);
  claim.number->value = 4 * kOne;
  EXPECT_EQ(Check(SouthEast(), claim).verdict, Verdict::kContradicted);
  // Nothing is loaded from Thames Valley: it may have answered.
  claim.questions = {Of("s15a", "2021/22", "ons-south-east")};
  EXPECT_EQ(Check(SouthEast(), claim).verdict, Verdict::kPossible);
}

TEST_F(Claims, AFigureThatAReleaseLeavesOutIsNoSilence) {
  // The release speaks of Surrey's year and prints no figure of it (synthetic).
  World world = Empty();
  world.Release("onthewight", "2024-11-01")
      .Slice({.axes = {"offence@statute"}, .partition = Partition::kIncomplete})
      .Row({.reporter = "kent",
            .at = {"s15a"},
            .period = "2022/23",
            .value = 230})
      .Extent({"kent", "surrey"}, {"2022/23"});
  Query query = Of("s15a", "2022/23", "");
  query.filters.push_back(
      {.dimension = "reporter", .members = {"kent", "surrey"}});
  EXPECT_EQ(Check(world, Value(query, 300)).verdict, Verdict::kPossible);
  StatedClaim claim = Value(query, 2);
  claim.kind = ClaimKind::kCoverage;
  EXPECT_EQ(Check(world, claim).verdict, Verdict::kPossible);
  // A blank that is printed is one.
  world.Row({.reporter = "surrey",
             .at = {"s15a"},
             .period = "2022/23",
             .state = State::kNotShown});
  EXPECT_EQ(Check(world, claim).verdict, Verdict::kContradicted);
}

StatedClaim ExtremeOf(StatedClaim claim, Extreme extreme,
                      const std::string& subject) {
  claim.kind = ClaimKind::kExtreme;
  claim.extreme = extreme;
  claim.subject = subject;
  claim.questions[0].periods.clear();
  claim.questions[0].period_range = {"2017/18", "2023/24"};
  if (extreme != Extreme::kFirst) claim.number.reset();
  return claim;
}

TEST_F(Claims, TheFirstTimeTestsEveryEarlierPeriod) {
  const auto first = [](int64_t above, const std::string& subject) {
    return ExtremeOf(
        Value(Of("s15a", "", kPanel), above, Comparator::kMoreThan),
        Extreme::kFirst, subject);
  };
  // 378, 473, 679, 525, at least 429, 772, 680.
  const CheckedClaim yes = Check(SouthEast(), first(600, "2019/20"));
  EXPECT_EQ(yes.verdict, Verdict::kReproduced);
  EXPECT_THAT(yes.evidence, SizeIs(3));
  EXPECT_EQ(yes.evidence[0].period, "2019/20");
  const CheckedClaim open = Check(SouthEast(), first(700, "2022/23"));
  EXPECT_EQ(open.verdict, Verdict::kPossible);
  EXPECT_THAT(open.reason, HasSubstr("not determined: 2021/22 (at least 429)"));
  const CheckedClaim no = Check(SouthEast(), first(600, "2023/24"));
  EXPECT_EQ(no.verdict, Verdict::kContradicted);
  EXPECT_THAT(no.reason, HasSubstr("against it: 2019/20 (679)"));
  EXPECT_EQ(Check(SouthEast(), first(700, "2023/24")).verdict,
            Verdict::kContradicted);
  EXPECT_THAT(
      Try(SouthEast(), first(700, "2024/25")).status(),
      AllOf(HasReason("INVALID_CLAIM"),
            ::testing::Property(&absl::Status::message, HasSubstr("2023/24"))));
}

TEST_F(Claims, GreatestAndLeastAreAgainstAllPeriods) {
  const StatedClaim claim = Value(Of("s15a", "", kPanel), 0);
  const auto verdict = [&](Extreme extreme, const char* subject) {
    return Check(SouthEast(), ExtremeOf(claim, extreme, subject)).verdict;
  };
  EXPECT_EQ(verdict(Extreme::kGreatest, "2022/23"), Verdict::kPossible);
  EXPECT_EQ(verdict(Extreme::kGreatest, "2023/24"), Verdict::kContradicted);
  EXPECT_EQ(verdict(Extreme::kLeast, "2017/18"), Verdict::kReproduced);
  EXPECT_EQ(verdict(Extreme::kLeast, "2018/19"), Verdict::kContradicted);
  EXPECT_EQ(verdict(Extreme::kLeast, "2021/22"), Verdict::kContradicted);
}

TEST_F(Claims, ATotalFromFewerThanThePanelIsALowerBoundOfAYear) {
  World world = Kingdom();
  world.Slice({.axes = {"offence@union"}, .partition = Partition::kIncomplete});
  for (const char* period :
       {"2018/19", "2019/20", "2020/21", "2021/22", "2022/23"}) {
    world.Row(Total(period, 5000, 45, "synthetic"));
  }
  StatedClaim claim =
      ExtremeOf(Value(Of(kUnion, "", "", kArea), 7000, Comparator::kMoreThan),
                Extreme::kFirst, "2023/24");
  EXPECT_EQ(Check(world, claim).verdict, Verdict::kReproducedSameSource);
  // 3,728 of 2017/18 is stated to be from 44.
  claim.panel = "uk-territorial-forces";
  const CheckedClaim open = Check(world, claim);
  EXPECT_EQ(open.verdict, Verdict::kPossible);
  EXPECT_THAT(open.reason, HasSubstr("2017/18 (at least 3728)"));
}

TEST_F(Claims, ARankIsAmongTheNamedMembers) {
  Query query = Of("s15a", "2023/24", "");
  query.filters.push_back(
      {.dimension = "reporter", .members = {"kent", "surrey", "sussex"}});
  query.group_by = {"reporter"};
  StatedClaim claim = Value(query, 0);
  claim.kind = ClaimKind::kRank;
  claim.number.reset();
  claim.subject = "sussex";
  claim.rank = 2;
  const CheckedClaim checked = Check(SouthEast(), claim);
  EXPECT_EQ(checked.verdict, Verdict::kReproduced);
  EXPECT_THAT(checked.evidence, SizeIs(3));
  EXPECT_THAT(checked.reason, HasSubstr("surrey 98, kent 264"));
  claim.rank = 1;
  EXPECT_EQ(Check(SouthEast(), claim).verdict, Verdict::kContradicted);
  claim.subject = "susex";
  EXPECT_THAT(Try(SouthEast(), claim).status(),
              ::testing::Property(&absl::Status::message,
                                  HasSubstr("did you mean sussex")));
  // Hampshire is blank, so that no place below it is certain.
  claim.questions[0].filters.back().members.push_back("hampshire");
  claim.questions[0].periods = {"2021/22"};
  claim.subject = "surrey";
  claim.rank = 3;
  EXPECT_EQ(Check(SouthEast(), claim).verdict, Verdict::kPossible);
  claim.rank = 2;
  EXPECT_EQ(Check(SouthEast(), claim).verdict, Verdict::kContradicted);
}

TEST_F(Claims, MembershipIsTheVocabularysWordOnADay) {
  StatedClaim claim;
  claim.id = "owned";
  claim.kind = ClaimKind::kMembership;
  const auto check = [&claim](std::vector<std::string> members,
                              const std::string& whole, const char* day) {
    claim.membership = {"platform", std::move(members), whole,
                        *vocabulary::ParseDay(day)};
    return Check(Empty(), claim);
  };
  const CheckedClaim owned =
      check({"whatsapp", "facebook-and-messenger", "instagram"}, "meta-owned",
            "2024-10-31");
  EXPECT_EQ(owned.verdict, Verdict::kReproduced);
  EXPECT_EQ(owned.evidence[0].basis, ClaimBasis::kVocabulary);
  EXPECT_FALSE(owned.evidence[0].cell.has_value());
  EXPECT_THAT(owned.reason, HasSubstr("whatsapp belongs to meta-owned"));
  EXPECT_EQ(check({"threads"}, "meta-owned", "2024-01-01").verdict,
            Verdict::kReproduced);
  // Not yet.
  EXPECT_EQ(check({"threads"}, "meta-owned", "2023-01-01").verdict,
            Verdict::kContradicted);
  EXPECT_EQ(check({"meta-owned"}, "whatsapp", "2024-01-01").verdict,
            Verdict::kContradicted);
  // Whose Snapchat is, the vocabulary does not say.
  const CheckedClaim unknown =
      check({"snapchat", "whatsapp"}, "meta-owned", "2024-01-01");
  EXPECT_EQ(unknown.verdict, Verdict::kNotCheckable);
  EXPECT_THAT(unknown.reason, HasSubstr("snapchat is not said to belong"));

  claim.membership.members = {"whatsap"};
  EXPECT_THAT(Try(Empty(), claim).status(),
              AllOf(HasReason("INVALID_CLAIM"),
                    ::testing::Property(&absl::Status::message,
                                        HasSubstr("did you mean whatsapp"))));
}

TEST_F(Claims, SyntheticFiguresTaintAVerdict) {
  World world = SouthEast();
  world.Synthetic();
  const CheckedClaim checked =
      Check(world, Value(Of("s15a", "2023/24", kPanel), 680));
  EXPECT_EQ(checked.verdict, Verdict::kReproduced);
  EXPECT_TRUE(checked.synthetic);
}

TEST_F(Claims, MistakesNameTheClaimAndTheField) {
  const absl::Status member =
      Try(SouthEast(), Value(Of("s15b", "2023/24", kPanel), 1)).status();
  EXPECT_THAT(member, HasReason("INVALID_CLAIM"));
  EXPECT_THAT(
      std::string(member.message()),
      AllOf(HasSubstr("claim 'value'"), HasSubstr("s15b"), HasSubstr("s15a")));
  Query by_force = Of("s15a", "2023/24", kPanel);
  by_force.group_by = {"reporter"};
  EXPECT_THAT(
      std::string(Try(SouthEast(), Value(by_force, 1)).status().message()),
      HasSubstr("comes to 4 cells"));
}

}  // namespace
}  // namespace collate::query
