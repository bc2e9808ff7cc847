// What a question wants done with cells that are incomplete or in conflict, and
// with figures that an analyst leaves out. All figures are synthetic.

#include "service/query/policies.h"

#include <algorithm>
#include <string>
#include <vector>

#include "gmock/gmock.h"
#include "gtest/gtest.h"
#include "service/base/error.h"
#include "service/query/engine.h"
#include "tests/testing/status_matchers.h"
#include "tests/testing/world.h"

namespace collate::query {
namespace {

using ::collate::testing::Answer;
using ::collate::testing::HasReason;
using ::collate::testing::IsOk;
using ::collate::testing::MessageHas;
using ::collate::testing::StatusIs;
using ::collate::testing::World;
using ::testing::AllOf;
using ::testing::Contains;
using ::testing::ElementsAre;
using ::testing::HasSubstr;
using ::testing::IsEmpty;
using ::testing::Not;
using ::testing::Optional;
using ::testing::Pair;
using ::testing::SizeIs;
using vocabulary::State;

Query Total(const std::vector<std::string>& periods = {"2017/18"}) {
  Query query;
  query.measures = {"offences"};
  query.periods = periods;
  query.panel = "four";
  return query;
}

Exclusion Without(const std::string& reporter) {
  return {.reporter = reporter,
          .reason = "a typing error",
          .date = "2024-11-05",
          .decided_by = "AB"};
}

Answer Asked(const World& world, const Query& query,
             ExecuteOptions execute = {.with_leaves = true}) {
  auto answer = world.Ask(query, {}, execute);
  EXPECT_THAT(answer, IsOk());
  return answer.ok() ? *std::move(answer) : Answer();
}

Cell Only(const World& world, const Query& query) {
  const Answer answer = Asked(world, query);
  EXPECT_THAT(answer.cells, SizeIs(1));
  return answer.cells.empty() ? Cell() : answer.cells[0];
}

std::string CaveatOf(const Answer& answer, const std::string& code) {
  for (const Caveat& caveat : answer.summary.caveats) {
    if (caveat.code == code) return caveat.message;
  }
  return "";
}

// Everybody in 2017/18; s is silent in 2018/19.
World Years() {
  World world;
  world.Release("first", "2020-06-01").Slice({});
  int64_t value = 10;
  for (const char* reporter : {"p", "q", "r", "s"}) {
    world.Row({.reporter = reporter, .period = "2017/18", .value = value});
    if (reporter != std::string("s")) {
      world.Row(
          {.reporter = reporter, .period = "2018/19", .value = 2 * value});
    }
    value += 10;
  }
  return world;
}

// Both sources print p, q differently; r is printed by `second` alone.
World TwoSources() {
  World world;
  world.Release("first", "2020-06-01")
      .Slice({})
      .Row({.reporter = "p", .period = "2017/18", .value = 175})
      .Row({.reporter = "q", .period = "2017/18", .value = 20})
      .Row({.reporter = "s", .period = "2017/18", .value = 4})
      .Release("second", "2020-07-01")
      .Slice({})
      .Row({.reporter = "p", .period = "2017/18", .value = 64})
      .Row({.reporter = "q", .period = "2017/18", .value = 20})
      .Row({.reporter = "r", .period = "2017/18", .value = 7});
  return world;
}

TEST(MissingPolicyTest, ASumIsGivenOnlyWhereEverybodyIsInIt) {
  Query query = Total({"2017/18", "2018/19"});
  query.missing_policy = MissingPolicy::kRequireComplete;
  const Answer answer = Asked(Years(), query);
  ASSERT_THAT(answer.cells, SizeIs(2));
  EXPECT_THAT(answer.cells[0].reported, Optional(100));
  EXPECT_THAT(answer.cells[0].flags,
              Not(Contains(CellFlag::kIncompleteNotGiven)));
  const Cell& gap = answer.cells[1];
  EXPECT_EQ(gap.reported, std::nullopt);
  EXPECT_EQ(gap.reported_bounds, Interval::Unknown());
  EXPECT_EQ(gap.panel_bounds, Interval::AtLeast(120));
  EXPECT_EQ(gap.state, State::kNoRelease);
  EXPECT_EQ(gap.coverage.complete, 3);
  EXPECT_THAT(gap.flags, Contains(CellFlag::kIncompleteNotGiven));
}

TEST(MissingPolicyTest, WhoOwesNothingIsNotMissing) {
  World world = Years();
  world.Release("second", "2020-07-01")
      .Slice({})
      .Row({.reporter = "s", .period = "2018/19", .state = State::kNotAsked});
  Query query = Total({"2018/19"});
  query.missing_policy = MissingPolicy::kRequireComplete;
  EXPECT_THAT(Only(world, query).reported, Optional(120));
}

TEST(MissingPolicyTest, AChangeAsPublishedNeedsBothSidesAndTheMatchedDoesNot) {
  for (const auto& [period, base] :
       {std::pair("2018/19", "2017/18"), {"2017/18", "2018/19"}}) {
    Query query = Total({period});
    query.derivations = {ChangeQuery{.base_period = base}};
    query.missing_policy = MissingPolicy::kRequireComplete;
    const Cell cell = Only(Years(), query);
    ASSERT_THAT(cell.derived, SizeIs(1));
    const Change& change = std::get<Change>(cell.derived[0]);
    EXPECT_EQ(change.as_published.outcome, Outcome::kNotDeterminable) << period;
    EXPECT_EQ(change.matched_panel.outcome, Outcome::kGiven) << period;
    EXPECT_EQ(change.matched_panel.current_reporters, 3) << period;
  }
  Query reported = Total({"2018/19"});
  reported.derivations = {ChangeQuery{.base_period = "2017/18"}};
  const Cell cell = Only(Years(), reported);
  EXPECT_EQ(std::get<Change>(cell.derived[0]).as_published.outcome,
            Outcome::kGiven);
}

TEST(MissingPolicyTest, FailNamesTheFirstCellAndWhoIsMissing) {
  Query query = Total({"2017/18", "2018/19"});
  query.missing_policy = MissingPolicy::kFail;
  const auto refused = Years().Ask(query).status();
  EXPECT_THAT(refused, AllOf(StatusIs(absl::StatusCode::kFailedPrecondition),
                             HasReason("INCOMPLETE"), MessageHas("2018/19"),
                             MessageHas("3 of 4"), MessageHas("Title of s")));
  EXPECT_THAT(base::DetailOf(refused).metadata,
              ::testing::IsSupersetOf(
                  {Pair("cell", "offences, 2018/19"), Pair("missing", "s")}));
  query.periods = {"2017/18"};
  EXPECT_THAT(Years().Ask(query), IsOk());
}

TEST(MissingPolicyTest, FailLooksBehindThePageAndAtTheBaseOfAChange) {
  Query query = Total({"2017/18", "2018/19"});
  query.missing_policy = MissingPolicy::kFail;
  EXPECT_THAT(Years().Ask(query, {}, {.max_cells = 1}),
              HasReason("INCOMPLETE"));
  query.periods = {"2017/18"};
  query.derivations = {ChangeQuery{.base_period = "2018/19"}};
  EXPECT_THAT(Years().Ask(query),
              AllOf(HasReason("INCOMPLETE"), MessageHas("2018/19")));
}

TEST(ConflictPolicyTest, ReportKeepsTheBoundsOfWhoAnswers) {
  const Cell cell = Only(TwoSources(), Total());
  EXPECT_THAT(cell.reported, Optional(206));
  EXPECT_EQ(cell.panel_bounds, Interval::Exactly(206));
  EXPECT_THAT(cell.conflicts, SizeIs(1));
  EXPECT_THAT(cell.sources,
              ElementsAre(SourceCount{"first", 3}, SourceCount{"second", 1}));
}

TEST(ConflictPolicyTest, TheTallyStandsInTheOrderInWhichSourcesAnswer) {
  Query query = Total();
  query.preferred_sources = {"second"};
  EXPECT_THAT(Only(TwoSources(), query).sources,
              ElementsAre(SourceCount{"second", 3}, SourceCount{"first", 1}));
}

TEST(ConflictPolicyTest, HullTakesInWhatEverySourcePrints) {
  Query query = Total();
  query.conflict_policy = ConflictPolicy::kHull;
  const Cell cell = Only(TwoSources(), query);
  EXPECT_THAT(cell.reported, Optional(206));
  EXPECT_EQ(cell.reported_bounds, (Interval{95, 206}));
  EXPECT_EQ(cell.panel_bounds, (Interval{95, 206}));
  // Each side is shown as it is printed.
  ASSERT_THAT(cell.conflicts, SizeIs(1));
  EXPECT_EQ(cell.conflicts[0].differences[0].bounds, Interval::Exactly(175));
  EXPECT_EQ(cell.conflicts[0].differences[0].other_bounds,
            Interval::Exactly(64));
}

TEST(ConflictPolicyTest, ReleasesThatBoundAHullAreNamed) {
  World world;
  world.Release("first", "2018-06-01")
      .Slice({})
      .Row({.reporter = "p", .period = "2017/18", .value = 175});
  world.Release("second", "2018-06-01")
      .Slice({})
      .Row({.reporter = "p", .period = "2017/18", .value = 64});
  Query query;
  query.measures = {"offences"};
  query.periods = {"2017/18"};
  query.filters = {{.dimension = "reporter", .members = {"p"}}};
  EXPECT_THAT(Asked(world, query).summary.releases, SizeIs(1));
  query.conflict_policy = ConflictPolicy::kHull;
  EXPECT_THAT(Asked(world, query).summary.releases, SizeIs(2));
  query.exclusions = {Without("p")};
  query.exclusions[0].source = "second";
  EXPECT_THAT(Asked(world, query).summary.releases, SizeIs(1));
}

TEST(ConflictPolicyTest, HullTakesInFiguresThatFitAndNoPartsOfPeriods) {
  World world;
  world.Release("first", "2020-06-01")
      .Slice({})
      .Row({.reporter = "p", .period = "2017/18", .value = 12})
      .Row({.reporter = "q", .period = "2017/18", .value = 20})
      .Release("second", "2020-07-01")
      .Slice({})
      .Row({.reporter = "p",
            .period = "2017/18",
            .state = State::kRounded,
            .value = 10,
            .lower = 8,
            .upper = 12})
      .Row({.reporter = "q", .period = "2017/18 Q1", .value = 3});
  Query query = Total();
  query.conflict_policy = ConflictPolicy::kHull;
  query.group_by = {"reporter"};
  const Answer answer = Asked(world, query);
  EXPECT_EQ(answer.cells[0].panel_bounds, (Interval{8, 12}));
  EXPECT_THAT(answer.cells[0].conflicts, IsEmpty());
  EXPECT_EQ(answer.cells[1].panel_bounds, Interval::Exactly(20));
}

TEST(ConflictPolicyTest, HullFlowsIntoChangesRatesAndShares) {
  World world = TwoSources();
  world.Release("first", "2020-08-01")
      .Slice({})
      .Row({.reporter = "p", .period = "2016/17", .value = 100})
      .Release("first", "2020-08-02")
      .Slice({.measure = "people"})
      .Row({.reporter = "p", .period = "2016-06-30", .value = 1000})
      .Release("second", "2020-08-03")
      .Slice({.measure = "people"})
      .Row({.reporter = "p", .period = "2016-06-30", .value = 2000})
      .Release("first", "2020-08-04")
      .Slice({.axes = {"platform@platform"},
              .partition = store::Partition::kMultiResponse})
      .Row({.reporter = "p",
            .at = {"snapchat"},
            .period = "2017/18",
            .value = 32});
  Query query = Total();
  query.panel = "";
  query.filters = {{.dimension = "reporter", .members = {"p"}}};
  query.derivations = {ChangeQuery{.base_period = "2016/17"},
                       RateQuery{"people", "2016-06-30", 1000, {}}};
  query.conflict_policy = ConflictPolicy::kHull;
  const Cell cell = Only(world, query);
  const Comparison& change = std::get<Change>(cell.derived[0]).matched_panel;
  EXPECT_EQ(change.current.bounds, (Interval{64, 175}));
  EXPECT_EQ(change.percent, (Interval{-36'000'000, 75'000'000}));
  const Rate& rate = std::get<Rate>(cell.derived[1]);
  EXPECT_EQ(rate.denominator, (Interval{1000, 2000}));
  EXPECT_EQ(rate.rate, (Interval{32'000'000, 175'000'000}));

  query.derivations = {ShareQuery{"platform", ShareBase::kAllOffences}};
  query.filters.push_back({.dimension = "platform", .members = {"snapchat"}});
  const Cell part = Only(world, query);
  const Share& share = std::get<Share>(part.derived[0]);
  EXPECT_EQ(share.base.bounds, (Interval{64, 175}));
  EXPECT_EQ(share.percent, (Interval{18'285'714, 50'000'000}));

  query.conflict_policy = ConflictPolicy::kFail;
  EXPECT_THAT(world.Ask(query), HasReason("CONFLICT")) << "of the base alone";
}

TEST(ConflictPolicyTest, ReportShowsWhatDiffersInBasesAndDenominators) {
  World world = TwoSources();
  world.Release("first", "2020-08-02")
      .Slice({.measure = "people"})
      .Row({.reporter = "p", .period = "2016-06-30", .value = 1000})
      .Release("second", "2020-08-03")
      .Slice({.measure = "people"})
      .Row({.reporter = "p", .period = "2016-06-30", .value = 2000})
      .Release("first", "2020-08-04")
      .Slice({.axes = {"platform@platform"},
              .partition = store::Partition::kMultiResponse})
      .Row({.reporter = "p",
            .at = {"snapchat"},
            .period = "2017/18",
            .value = 32});
  Query query = Total();
  query.panel = "";
  query.filters = {{.dimension = "reporter", .members = {"p"}}};
  query.derivations = {RateQuery{"people", "2016-06-30", 1000, {}}};
  const Cell rated = Only(world, query);
  const Rate& rate = std::get<Rate>(rated.derived[0]);
  EXPECT_EQ(rate.denominator, Interval::Exactly(1000));
  ASSERT_THAT(rate.denominator_conflicts.conflicts, SizeIs(1));
  const Conflict& people = rate.denominator_conflicts.conflicts[0];
  EXPECT_EQ(people.kind, ConflictKind::kSameCell);
  EXPECT_EQ(people.source, "first");
  EXPECT_EQ(people.other_source, "second");
  EXPECT_EQ(people.differences[0].other_bounds, Interval::Exactly(2000));

  query.derivations = {ShareQuery{"platform", ShareBase::kAllOffences}};
  query.filters.push_back({.dimension = "platform", .members = {"snapchat"}});
  const Cell part = Only(world, query);
  const Share& share = std::get<Share>(part.derived[0]);
  EXPECT_THAT(part.conflicts, IsEmpty());
  EXPECT_THAT(part.flags, Contains(CellFlag::kConflict));
  EXPECT_EQ(share.base.bounds, Interval::Exactly(175));
  ASSERT_THAT(share.base_conflicts.conflicts, SizeIs(1));
  EXPECT_THAT(share.base_conflicts.dimensions, IsEmpty());
  EXPECT_EQ(share.base_conflicts.conflicts[0].differences[0].other_bounds,
            Interval::Exactly(64));
  // One side that is left out is none.
  query.exclusions = {Without("p")};
  query.exclusions[0].source = "second";
  const Cell without = Only(world, query);
  EXPECT_THAT(std::get<Share>(without.derived[0]).base_conflicts.conflicts,
              IsEmpty());
  EXPECT_THAT(without.flags, Not(Contains(CellFlag::kConflict)));
}

// A base and a denominator of one source are each more than a whole that
// contains it, which another source prints.
World AroundBases() {
  World world;
  world.Release("first", "2020-06-01")
      .Slice({.axes = {"sex@sex"}, .partition = store::Partition::kIncomplete})
      .Row({.reporter = "p", .at = {"f"}, .period = "2017/18", .value = 60})
      .Slice({.axes = {"platform@platform", "sex@sex"},
              .partition = store::Partition::kMultiResponse})
      .Row({.reporter = "p",
            .at = {"snapchat", "f"},
            .period = "2017/18",
            .value = 32})
      .Slice({.axes = {"sex@sex"},
              .partition = store::Partition::kIncomplete,
              .measure = "people"})
      .Row({.reporter = "p",
            .at = {"f"},
            .period = "2016-06-30",
            .value = 1000});
  return world;
}

void AddWholes(World& world) {
  world.Release("second", "2020-07-01")
      .Slice({})
      .Row({.reporter = "p", .period = "2017/18", .value = 59})
      .Slice({.measure = "people"})
      .Row({.reporter = "p", .period = "2016-06-30", .value = 999});
}

Query OfWomen(DerivationQuery derivation) {
  Query query = Total();
  query.panel = "";
  query.filters = {{.dimension = "reporter", .members = {"p"}},
                   {.dimension = "sex", .members = {"f"}}};
  if (std::holds_alternative<ShareQuery>(derivation)) {
    query.filters.push_back({.dimension = "platform", .members = {"snapchat"}});
  }
  query.derivations = {std::move(derivation)};
  return query;
}

TEST(ConflictPolicyTest, FailLooksAtTheWholeAroundABase) {
  Query query = OfWomen(ShareQuery{"platform", ShareBase::kAllOffences});
  query.conflict_policy = ConflictPolicy::kFail;
  World world = AroundBases();
  EXPECT_THAT(world.Ask(query), IsOk());
  AddWholes(world);
  const auto refused = world.Ask(query).status();
  EXPECT_THAT(refused, HasReason("CONFLICT"));
  EXPECT_THAT(base::DetailOf(refused).metadata,
              ::testing::IsSupersetOf({Pair("kind", "PART_EXCEEDS_WHOLE"),
                                       Pair("figure", "60"),
                                       Pair("other_figure", "59")}));
}

TEST(ConflictPolicyTest, FailLooksAtTheWholeAroundADenominator) {
  Query query = OfWomen(RateQuery{"people", "2016-06-30", 1000, {}});
  query.conflict_policy = ConflictPolicy::kFail;
  World world = AroundBases();
  EXPECT_THAT(world.Ask(query), IsOk());
  world.Release("second", "2020-07-01")
      .Slice({.measure = "people"})
      .Row({.reporter = "p", .period = "2016-06-30", .value = 999});
  const auto refused = world.Ask(query).status();
  EXPECT_THAT(refused, HasReason("CONFLICT"));
  EXPECT_THAT(base::DetailOf(refused).metadata,
              ::testing::IsSupersetOf({Pair("kind", "PART_EXCEEDS_WHOLE"),
                                       Pair("figure", "1000"),
                                       Pair("other_figure", "999")}));
}

TEST(ConflictPolicyTest, FailNamesTheCellAndBothSides) {
  Query query = Total();
  query.conflict_policy = ConflictPolicy::kFail;
  const auto refused = TwoSources().Ask(query).status();
  EXPECT_THAT(refused, AllOf(StatusIs(absl::StatusCode::kFailedPrecondition),
                             HasReason("CONFLICT"), MessageHas("first prints"),
                             MessageHas("175"), MessageHas("64")));
  EXPECT_THAT(
      base::DetailOf(refused).metadata,
      ::testing::IsSupersetOf(
          {Pair("cell", "offences, 2017/18"), Pair("reporter", "p"),
           Pair("source", "first"), Pair("figure", "175"),
           Pair("other_source", "second"), Pair("other_figure", "64")}));
  query.exclusions = {Without("p")};
  query.exclusions[0].source = "second";
  EXPECT_THAT(TwoSources().Ask(query), IsOk()) << "one side is left out";
}

TEST(ExclusionTest, AFigureLeftOutIsUnknownNeverZero) {
  Query query = Total({"2017/18", "2018/19"});
  query.exclusions = {Without("q")};
  query.exclusions[0].periods = {"2017/18 Q2"};
  const Answer answer = Asked(Years(), query);
  const Cell& cell = answer.cells[0];
  EXPECT_THAT(cell.reported, Optional(80));
  EXPECT_EQ(cell.panel_bounds, Interval::AtLeast(80));
  EXPECT_EQ(cell.coverage.due, 4);
  EXPECT_EQ(cell.coverage.complete, 3);
  EXPECT_THAT(cell.coverage.tally, Contains(Pair(State::kAnalystExcluded, 1)));
  ASSERT_THAT(cell.coverage.missing, SizeIs(1));
  EXPECT_EQ(cell.coverage.missing[0].reason,
            "left out on 2024-11-05: a typing error (by AB)");
  EXPECT_THAT(cell.flags, Contains(CellFlag::kAnalystExcluded));
  const Leaf& leaf = cell.leaves[1];
  EXPECT_EQ(leaf.state, State::kAnalystExcluded);
  EXPECT_THAT(leaf.rows, IsEmpty());
  ASSERT_THAT(leaf.others, SizeIs(1));
  EXPECT_EQ(leaf.others[0].source, "first");
  EXPECT_THAT(leaf.others[0].reported, Optional(20));
  EXPECT_FALSE(leaf.others[0].disjoint);
  EXPECT_THAT(leaf.others[0].rows, SizeIs(1));
  // The next year has no days in common with it.
  EXPECT_THAT(answer.cells[1].flags, Not(Contains(CellFlag::kAnalystExcluded)));
  EXPECT_THAT(CaveatOf(answer, "ANALYST_EXCLUDED"),
              AllOf(HasSubstr("Title of q, 2017/18 Q2"),
                    HasSubstr("a typing error (by AB)")));
  EXPECT_EQ(CaveatOf(answer, "EXCLUSION_WITHOUT_EFFECT"), "");
}

TEST(ExclusionTest, NobodyAnswersForAllSourcesAndTheNextForOne) {
  Query query = Total();
  query.group_by = {"reporter"};
  query.exclusions = {Without("p")};
  Answer answer = Asked(TwoSources(), query);
  EXPECT_EQ(answer.cells[0].state, State::kAnalystExcluded);
  EXPECT_EQ(answer.cells[0].reported, std::nullopt);
  EXPECT_THAT(answer.cells[0].leaves[0].others, SizeIs(2));
  EXPECT_THAT(answer.cells[0].conflicts, IsEmpty());
  EXPECT_THAT(answer.cells[0].sources, IsEmpty());

  query.exclusions[0].source = "first";
  answer = Asked(TwoSources(), query);
  const Cell& cell = answer.cells[0];
  EXPECT_EQ(cell.state, State::kReported);
  EXPECT_THAT(cell.reported, Optional(64));
  EXPECT_THAT(cell.flags, Contains(CellFlag::kAnalystExcluded));
  EXPECT_THAT(cell.conflicts, IsEmpty());
  EXPECT_THAT(cell.leaves[0].reason, HasSubstr("the figure of first is left"));
  ASSERT_THAT(cell.leaves[0].others, SizeIs(1));
  EXPECT_THAT(cell.leaves[0].others[0].reported, Optional(175));

  query.conflict_policy = ConflictPolicy::kHull;
  EXPECT_EQ(Asked(TwoSources(), query).cells[0].panel_bounds,
            Interval::Exactly(64))
      << "what is left out is in no hull";
  // Of s there is no other source.
  query.exclusions[0].reporter = "s";
  EXPECT_EQ(Asked(TwoSources(), query).cells[3].state, State::kAnalystExcluded);
}

TEST(ExclusionTest, ANextSourceThatIsSilentDoesNotHideWhatIsLeftOut) {
  for (const State silence : {State::kNotHeld, State::kNotShown,
                              State::kOmittedByPublisher, State::kNotAsked}) {
    World world = TwoSources();
    world.Release("third", "2020-08-01")
        .Slice({})
        .Row({.reporter = "s", .period = "2017/18", .state = silence});
    Query query = Total();
    query.group_by = {"reporter"};
    query.exclusions = {Without("s")};
    query.exclusions[0].source = "first";
    EXPECT_EQ(Asked(world, query).cells[3].state, State::kAnalystExcluded)
        << vocabulary::StateName(silence);
  }
}

TEST(ExclusionTest, WithheldFiguresOpenNoWayToTheNextSource) {
  World world;
  world.Release("first", "2020-06-01")
      .Slice({})
      .Row({.reporter = "p",
            .period = "2017/18",
            .state = State::kSuppressed,
            .lower = 1,
            .upper = 4})
      .Row({.reporter = "q",
            .period = "2017/18",
            .state = State::kRefused,
            .reason = "s.40 personal data"})
      .Release("second", "2020-07-01")
      .Slice({})
      .Row({.reporter = "p", .period = "2017/18", .value = 3})
      .Row({.reporter = "q", .period = "2017/18", .value = 9});
  Query query = Total();
  query.group_by = {"reporter"};
  query.exclusions = {Without("p"), Without("q")};
  for (Exclusion& one : query.exclusions) one.source = "first";
  const Answer answer = Asked(world, query);
  EXPECT_EQ(answer.cells[0].state, State::kAnalystExcluded);
  EXPECT_EQ(answer.cells[0].panel_bounds, Interval::AtLeast(0));
  // A refusal has no number to leave out.
  EXPECT_EQ(answer.cells[1].state, State::kRefused);
  EXPECT_EQ(answer.cells[1].reported, std::nullopt);
}

TEST(ExclusionTest, OneThatTouchesNothingIsACaveat) {
  Query query = Total({"2018/19"});
  query.exclusions = {Without("s"), Without("p")};
  query.exclusions[1].periods = {"2017/18"};
  const Answer answer = Asked(Years(), query);
  EXPECT_THAT(CaveatOf(answer, "EXCLUSION_WITHOUT_EFFECT"),
              HasSubstr("Title of p, 2017/18"));
  EXPECT_EQ(std::count_if(answer.summary.caveats.begin(),
                          answer.summary.caveats.end(),
                          [](const Caveat& caveat) {
                            return caveat.code == "EXCLUSION_WITHOUT_EFFECT";
                          }),
            2)
      << "s printed nothing in that year";
  EXPECT_EQ(answer.cells[0].leaves[3].state, State::kNoRelease);
  // Of the base of a change it is one with an effect.
  query.derivations = {ChangeQuery{.base_period = "2017/18"}};
  const Answer change = Asked(Years(), query);
  EXPECT_THAT(CaveatOf(change, "ANALYST_EXCLUDED"), HasSubstr("Title of p"));
  const Comparison& matched =
      std::get<Change>(change.cells[0].derived[0]).matched_panel;
  EXPECT_EQ(matched.current_reporters, 2);
  EXPECT_THAT(matched.left_out[0].reason,
              HasSubstr("in 2017/18: left out on 2024-11-05"));
}

TEST(ExclusionTest, AnEffectBehindThePageIsOneAndIsSaidOnce) {
  Query query = Total({"2017/18", "2018/19"});
  query.exclusions = {Without("p")};
  query.exclusions[0].periods = {"2018/19"};
  const Answer first = Asked(Years(), query, {.max_cells = 1});
  EXPECT_EQ(CaveatOf(first, "EXCLUSION_WITHOUT_EFFECT"), "");
  const Answer second =
      Asked(Years(), query, {.first_cell = 1, .max_cells = 1});
  EXPECT_THAT(CaveatOf(second, "ANALYST_EXCLUDED"), Not(IsEmpty()));
}

TEST(ExclusionTest, ItIsAboutItsMeasureAlone) {
  World world = Years();
  world.Release("first", "2020-08-01")
      .Slice({.measure = "people"})
      .Row({.reporter = "p", .period = "2017/18", .value = 5});
  Query query = Total();
  query.measures = {"offences", "people"};
  query.exclusions = {Without("p")};
  query.exclusions[0].measure = "people";
  const Answer answer = Asked(world, query);
  EXPECT_THAT(answer.cells[0].reported, Optional(100));
  EXPECT_EQ(answer.cells[1].reported, std::nullopt);
}

TEST(ExclusionTest, EveryMistakeHasItsField) {
  const auto refusal = [](Exclusion exclusion) {
    Query query = Total();
    query.exclusions = {Without("p"), std::move(exclusion)};
    return Years().Ask(query).status();
  };
  const auto field = [&](Exclusion exclusion) {
    const auto fields = base::DetailOf(refusal(std::move(exclusion))).fields;
    return fields.empty() ? "" : fields[0].path;
  };
  Exclusion one = Without("pp");
  EXPECT_THAT(refusal(one),
              AllOf(HasReason("UNKNOWN_MEMBER"), MessageHas("p")));
  EXPECT_EQ(field(one), "query.exclusions[1].reporter");
  one = Without("p");
  one.periods = {"2017/18", "17-18"};
  EXPECT_EQ(field(one), "query.exclusions[1].periods[1]");
  one = Without("p");
  one.measure = "offence";
  EXPECT_THAT(refusal(one),
              AllOf(HasReason("UNKNOWN_MEASURE"), MessageHas("offences")));
  one.measure = "people";
  EXPECT_THAT(refusal(one), HasReason("INVALID_EXCLUSION"));
  EXPECT_EQ(field(one), "query.exclusions[1].measure");
  one = Without("p");
  one.source = "firsts";
  EXPECT_THAT(refusal(one),
              AllOf(HasReason("UNKNOWN_SOURCE"), MessageHas("first")));
  one = Without("p");
  one.reason.clear();
  EXPECT_EQ(field(one), "query.exclusions[1].reason");
  one.reason.assign(1001, 'x');
  EXPECT_EQ(field(one), "query.exclusions[1].reason");
  one = Without("p");
  one.date = "2024-02-30";
  EXPECT_EQ(field(one), "query.exclusions[1].date");
  one = Without("p");
  one.decided_by.assign(65, 'x');
  EXPECT_EQ(field(one), "query.exclusions[1].decided_by");
  Query many = Total();
  many.exclusions.assign(101, Without("p"));
  EXPECT_THAT(Years().Ask(many), HasReason("INVALID_EXCLUSION"));
}

TEST(ExclusionTest, TheirOrderMakesNoDifference) {
  Query query = Total();
  query.exclusions = {Without("q"), Without("p")};
  const Answer one = Asked(Years(), query);
  std::swap(query.exclusions[0], query.exclusions[1]);
  const Answer other = Asked(Years(), query);
  ASSERT_EQ(one.summary.caveats.size(), other.summary.caveats.size());
  for (size_t i = 0; i < one.summary.caveats.size(); ++i) {
    EXPECT_EQ(one.summary.caveats[i].message, other.summary.caveats[i].message);
  }
}

// `second` holds r and, of an older edition of p, nothing new.
World Damaged() {
  World world = TwoSources();
  world.Release("second", "2020-09-01")
      .Slice({})
      .Row({.reporter = "p", .period = "2017/18", .value = 65})
      .Extent({"p", "r"}, {"2017/18"})
      .Unreadable();
  return world;
}

TEST(UnreadableTest, AQuestionItCouldTakePartInIsRefused) {
  const auto refused = Damaged().Ask(Total()).status();
  EXPECT_THAT(refused, AllOf(StatusIs(absl::StatusCode::kUnavailable),
                             HasReason("SOURCE_UNREADABLE"),
                             MessageHas("sources/second/releases/3"),
                             MessageHas("a checksum does not hold")));
  EXPECT_THAT(base::DetailOf(refused).metadata,
              Contains(Pair("releases", "sources/second/releases/3")));
  Query people = Total();
  people.measures = {"people"};
  EXPECT_THAT(Damaged().Ask(people), IsOk()) << "it claims no people";
  people.derivations = {};
  Query rate = Total();
  rate.measures = {"people"};
  rate.derivations = {RateQuery{"offences", "2017/18", 1000, {}}};
  EXPECT_THAT(Damaged().Ask(rate), HasReason("SOURCE_UNREADABLE"));
  // It was not yet published then.
  Query before = Total();
  before.as_of = absl::FromUnixSeconds(1596240000);  // 2020-08-01
  EXPECT_THAT(Damaged().Ask(before), IsOk());
}

TEST(UnreadableTest, APartialAnswerNamesItAndFlagsWhatItClaims) {
  Query query = Total();
  query.allow_partial = true;
  query.group_by = {"reporter"};
  const Answer answer = Asked(Damaged(), query);
  EXPECT_THAT(CaveatOf(answer, "SOURCE_UNREADABLE"),
              HasSubstr("sources/second/releases/3"));
  for (const size_t claimed : {0, 2}) {
    EXPECT_THAT(answer.cells[claimed].flags,
                Contains(CellFlag::kSourceUnreadable));
  }
  for (const size_t other : {1, 3}) {
    EXPECT_THAT(answer.cells[other].flags,
                Not(Contains(CellFlag::kSourceUnreadable)));
  }
  // It takes nothing away from the edition before.
  EXPECT_THAT(answer.cells[2].reported, Optional(7));
  query.periods = {"2016/17"};
  EXPECT_THAT(Asked(Damaged(), query).cells[0].flags,
              Not(Contains(CellFlag::kSourceUnreadable)));
}

TEST(UnreadableTest, WhatOnlyItHoldsIsNothingLoadedAndNobodyForgotten) {
  World world;
  world.Release("first", "2020-06-01")
      .Slice({})
      .Row({.reporter = "p", .period = "2017/18", .value = 1})
      .Release("second", "2020-06-01")
      .Slice({})
      .Row({.reporter = "q", .period = "2017/18", .value = 2})
      .Extent({"q"}, {"2017/18"})
      .Unreadable();
  Query query = Total();
  query.panel = "";
  query.allow_partial = true;
  const Cell cell = Only(world, query);
  EXPECT_THAT(cell.reported, Optional(1));
  EXPECT_EQ(cell.panel_bounds, Interval::AtLeast(1));
  ASSERT_THAT(cell.coverage.missing, SizeIs(1)) << "in a panel of observers";
  EXPECT_EQ(cell.coverage.missing[0].state, State::kNoRelease);
  EXPECT_THAT(cell.coverage.missing[0].reason,
              HasSubstr("cannot be read: sources/second/releases/2"));
  EXPECT_THAT(cell.flags, Contains(CellFlag::kSourceUnreadable));
}

TEST(UnreadableTest, WithoutAnExtentItMayHoldEverything) {
  World world = Years();
  world.Release("second", "2020-09-01").Unreadable();
  EXPECT_THAT(world.Ask(Total()), HasReason("SOURCE_UNREADABLE"));
  world.Withdrawn("damaged");
  EXPECT_THAT(world.Ask(Total()), IsOk()) << "it no longer stands";
}

}  // namespace
}  // namespace collate::query
