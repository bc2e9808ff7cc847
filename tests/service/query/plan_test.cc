#include "service/query/plan.h"

#include "absl/strings/str_cat.h"
#include "gmock/gmock.h"
#include "gtest/gtest.h"
#include "service/base/error.h"
#include "tests/testing/status_matchers.h"
#include "tests/testing/world.h"

namespace collate::query {
namespace {

using ::collate::testing::HasReason;
using ::collate::testing::IsOk;
using ::collate::testing::StatusIs;
using ::collate::testing::World;
using ::testing::Contains;
using ::testing::ElementsAre;
using ::testing::Field;
using ::testing::HasSubstr;
using ::testing::IsEmpty;
using ::testing::Not;
using ::testing::Pair;
using ::testing::SizeIs;

class PlanTest : public ::testing::Test {
 protected:
  PlanTest() {
    world_.Release("first", "2018-06-01")
        .Slice({.axes = {"offence@code"}})
        .Row({.reporter = "p", .at = {"88A"}, .period = "2017/18", .value = 5})
        .Row({.reporter = "t", .at = {"71"}, .period = "2017/18", .value = 5});
    query_.measures = {"offences"};
    query_.periods = {"2017/18"};
    query_.panel = "four";
  }

  absl::StatusOr<Plan> Make(PlanOptions options = {}) {
    snapshot_ = world_.Build();
    return MakePlan(query_, *snapshot_, options);
  }

  // The field that the refusal is about.
  std::string RefusedField() {
    const auto plan = Make();
    EXPECT_THAT(plan, Not(IsOk()));
    const auto fields = base::DetailOf(plan.status()).fields;
    return fields.empty() ? "" : fields[0].path;
  }

  World world_;
  Query query_;
  std::shared_ptr<const Snapshot> snapshot_;
};

TEST_F(PlanTest, AnUnknownMemberNamesTheFieldAndNearMatches) {
  query_.filters = {{.dimension = "offence", .members = {"71", "88B"}}};
  const auto plan = Make();
  EXPECT_THAT(plan, StatusIs(absl::StatusCode::kInvalidArgument));
  EXPECT_THAT(plan, HasReason("UNKNOWN_MEMBER"));
  const base::ErrorDetail detail = base::DetailOf(plan.status());
  EXPECT_EQ(detail.fields.at(0).path, "query.filters[0].members[1]");
  EXPECT_THAT(detail.metadata, Contains(Pair("value", "88B")));
  EXPECT_THAT(detail.metadata,
              Contains(Pair("near_matches", HasSubstr("88A"))));
}

TEST_F(PlanTest, EveryUnknownWordIsRefusedAtItsField) {
  query_.measures = {"offence"};
  EXPECT_EQ(RefusedField(), "query.measures[0]");
  query_.measures = {"offences"};
  query_.panel = "five";
  EXPECT_EQ(RefusedField(), "query.panel");
  query_.panel = "four";
  query_.group_by = {"colour"};
  EXPECT_EQ(RefusedField(), "query.group_by[0]");
  query_.group_by = {};
  query_.preferred_sources = {"frist"};
  EXPECT_EQ(RefusedField(), "query.preferred_sources[0]");
  query_.preferred_sources = {};
  query_.periods = {"2017/18", "last year"};
  EXPECT_EQ(RefusedField(), "query.periods[1]");
  query_.periods = {};
  query_.period_range = {"2017/18", "2016/17"};
  EXPECT_EQ(RefusedField(), "query.period_range");
}

TEST_F(PlanTest, ACheckFindsEveryMistakeAndMakePlanTheFirst) {
  query_.measures = {"offence", "offences", "offences"};
  query_.periods = {"soon", "2017/18", "later"};
  query_.filters = {{.dimension = "offence", .members = {"88B", "88A", "99"}},
                    {.dimension = "color", .members = {"red"}}};
  query_.group_by = {"sex", "sex", "gender"};
  query_.panel = "five";
  query_.preferred_sources = {"frist"};
  query_.derivations = {RateQuery{.denominator = "peeple"},
                        ShareQuery{.dimension = "sex"}};
  snapshot_ = world_.Build();
  const CheckedPlan checked = CheckPlan(query_, *snapshot_, {});
  std::vector<std::string> fields;
  for (const absl::Status& problem : checked.problems) {
    fields.push_back(base::DetailOf(problem).fields.at(0).path);
  }
  // Nothing of the share: what it could be of cannot be told.
  EXPECT_THAT(
      fields,
      ElementsAre("query.measures[0]", "query.measures[2]", "query.periods[0]",
                  "query.periods[2]", "query.preferred_sources[0]",
                  "query.filters[0].members[0]", "query.filters[0].members[2]",
                  "query.filters[1].dimension", "query.group_by[1]",
                  "query.group_by[2]", "query.panel",
                  "query.derivations[0].rate.denominator"));
  EXPECT_THAT(checked.plan.measures, SizeIs(1));
  EXPECT_THAT(checked.plan.periods, SizeIs(1));
  EXPECT_EQ(checked.plan.cell_count, 0);
  EXPECT_EQ(Make().status(), checked.problems[0]);
}

TEST_F(PlanTest, ACheckOfASoundQuestionIsItsPlan) {
  query_.group_by = {"offence", "reporter"};
  snapshot_ = world_.Build();
  const CheckedPlan checked = CheckPlan(query_, *snapshot_, {});
  EXPECT_THAT(checked.problems, IsEmpty());
  EXPECT_EQ(checked.plan.cell_count, 2 * 4);
}

TEST_F(PlanTest, ACheckWithoutPeriodsChecksTheRest) {
  query_.periods = {};
  query_.filters = {{.dimension = "offence", .members = {"88B"}}};
  snapshot_ = world_.Build();
  const CheckedPlan checked = CheckPlan(query_, *snapshot_, {});
  ASSERT_THAT(checked.problems, SizeIs(2));
  EXPECT_THAT(checked.problems[0], HasReason("INVALID_QUERY"));
  EXPECT_THAT(checked.problems[1], HasReason("UNKNOWN_MEMBER"));
}

TEST_F(PlanTest, TheSameRefusalOfEveryPeriodIsOne) {
  query_.panel = "";
  query_.periods = {"2016/17", "2017/18", "2018/19"};
  query_.filters = {{.dimension = "reporter", .members = {"pq", "p"}}};
  snapshot_ = world_.Build();
  const CheckedPlan checked = CheckPlan(query_, *snapshot_, {});
  ASSERT_THAT(checked.problems, SizeIs(1));
  EXPECT_THAT(checked.problems[0], HasReason("OVERLAPPING_MEMBERS"));
}

TEST_F(PlanTest, NothingIsAssumedAboutPeriodsAndMeasures) {
  query_.periods = {};
  EXPECT_THAT(Make(), HasReason("INVALID_QUERY"));
  query_.periods = {"2017/18"};
  query_.period_range = {"2017/18", "2018/19"};
  EXPECT_THAT(Make(), HasReason("INVALID_QUERY"));
  query_.period_range.reset();
  query_.measures = {};
  EXPECT_THAT(Make(), HasReason("INVALID_QUERY"));
}

TEST_F(PlanTest, TwoNamesOfOnePeriodAreOnePeriod) {
  query_.periods = {"2017/18", "year ending March 2018"};
  EXPECT_EQ(RefusedField(), "query.periods[1]");
}

TEST_F(PlanTest, WhatIsNotAdditiveIsRefused) {
  query_.measures = {"accounts"};
  EXPECT_THAT(Make(), HasReason("NON_ADDITIVE_DIMENSION"));
  query_.group_by = {"reporter"};
  EXPECT_THAT(Make(), IsOk());
}

TEST_F(PlanTest, ARegionIsNeverAddedToItsForces) {
  query_.panel = "";
  query_.filters = {{.dimension = "reporter", .members = {"pq", "p"}}};
  EXPECT_THAT(Make(), HasReason("OVERLAPPING_MEMBERS"));
  query_.group_by = {"reporter"};
  EXPECT_THAT(Make(), IsOk()) << "side by side they may stand";
}

TEST_F(PlanTest, GroupingsThatShareAPartAreNeverAdded) {
  query_.measures = {"uses"};
  query_.filters = {{.dimension = "platform", .members = {"a+b", "b+c"}}};
  EXPECT_THAT(Make(), HasReason("OVERLAPPING_MEMBERS"));
  query_.group_by = {"platform"};
  EXPECT_THAT(Make(), IsOk());
}

TEST_F(PlanTest, ManyPeriodsAndMembersAreRefusedAtOnce) {
  query_.periods.assign(1001, "2017/18");
  EXPECT_EQ(RefusedField(), "query.periods");
}

TEST_F(PlanTest, TheForcesOfARegionAreItsDescendants) {
  query_.panel = "";
  query_.filters = {{.dimension = "reporter",
                     .members = {"pq"},
                     .include_descendants = true}};
  const auto plan = Make();
  ASSERT_THAT(plan, IsOk());
  EXPECT_EQ(plan->panels[0].reporters.size(), 2);
}

TEST_F(PlanTest, AReporterOutsideThePanelIsRefused) {
  query_.filters = {{.dimension = "reporter", .members = {"t"}}};
  EXPECT_EQ(RefusedField(), "query.panel");
}

TEST_F(PlanTest, WithoutAPanelOnlyThoseWhoAnsweredAreCounted) {
  query_.panel = "";
  query_.filters = {{.dimension = "offence", .members = {"88A"}}};
  const auto plan = Make();
  ASSERT_THAT(plan, IsOk());
  EXPECT_EQ(plan->panels[0].reporters.size(), 1) << "t has no 88A";
  EXPECT_THAT(plan->caveats, Contains(Field(&Caveat::code, "NO_PANEL")));
}

TEST_F(PlanTest, TooManyCellsAreRefusedNotTruncated) {
  query_.group_by = {"reporter"};
  query_.periods = {};
  query_.period_range = {"2001/02", "2010/11"};
  const auto plan = Make({.max_cells = 39});
  EXPECT_THAT(plan, StatusIs(absl::StatusCode::kResourceExhausted));
  EXPECT_THAT(plan, HasReason("CELL_LIMIT"));
  const base::ErrorDetail detail = base::DetailOf(plan.status());
  EXPECT_THAT(detail.metadata, Contains(Pair("cells", "40")));
  EXPECT_THAT(detail.metadata, Contains(Pair("limit", "39")));
  EXPECT_THAT(Make({.max_cells = 40}), IsOk());
}

TEST_F(PlanTest, GroupingListsTheMembersThatHaveFigures) {
  query_.group_by = {"offence"};
  const auto plan = Make();
  ASSERT_THAT(plan, IsOk());
  ASSERT_EQ(plan->dimensions.size(), 1);
  const auto& asked = plan->dimensions[0];
  std::vector<std::string> codes;
  for (auto id : asked.members) {
    codes.push_back(asked.dimension->member(id).code);
  }
  EXPECT_THAT(codes, ElementsAre("88A", "71"));
}

TEST_F(PlanTest, ACheckTellsAHundredMistakesAndMakePlanLooksForOne) {
  query_.filters = {{.dimension = "offence", .members = {}}};
  for (int i = 0; i < 5000; ++i) {
    query_.filters[0].members.push_back(absl::StrCat("unknown-", i));
  }
  snapshot_ = world_.Build();
  EXPECT_EQ(CheckPlan(query_, *snapshot_, {}).problems.size(), 100);
  EXPECT_THAT(MakePlan(query_, *snapshot_, {}), HasReason("UNKNOWN_MEMBER"));
}

}  // namespace
}  // namespace collate::query
