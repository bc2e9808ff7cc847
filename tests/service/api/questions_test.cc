// Questions checked before they are asked, and measures side by side. Figures
// are synthetic.

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <string>
#include <vector>

#include "google/protobuf/text_format.h"
#include "service/api/statistics_handlers.h"
#include "service/base/error.h"
#include "tests/service/api/statistics_fixture.h"
#include "tests/testing/status_matchers.h"
#include "tests/testing/world.h"

namespace collate::api {
namespace {

using ::collate::testing::HasReason;
using ::collate::testing::IsOk;
using ::collate::testing::StatisticsFixture;
using ::collate::testing::World;
using ::testing::Contains;
using ::testing::ElementsAre;
using ::testing::HasSubstr;
using ::testing::IsEmpty;
using ::testing::Not;
using ::testing::SizeIs;

// Offences by code of two years; accounts of p by calendar year, and uses of
// one platform.
World TwoMeasures() {
  World world;
  world.Release("first", "2018-06-01")
      .Slice({.axes = {"offence@code"}})
      .Row({.reporter = "p", .at = {"88A"}, .period = "2016/17", .value = 4})
      .Row({.reporter = "p", .at = {"88A"}, .period = "2017/18", .value = 5})
      .Row({.reporter = "q", .at = {"71"}, .period = "2017/18", .value = 6})
      .Slice({.measure = "accounts"})
      .Row({.reporter = "t", .period = "2017", .value = 100})
      .Row({.reporter = "t", .period = "2018", .value = 200})
      .Slice({.axes = {"platform@platform"},
              .partition = store::Partition::kMultiResponse,
              .universe = "platform_known",
              .measure = "uses"})
      .Row({.reporter = "p",
            .at = {"snapchat"},
            .period = "2017/18",
            .value = 3})
      .Row({.reporter = "p",
            .at = {"whatsapp"},
            .period = "2017/18",
            .value = 2});
  return world;
}

template <typename Message>
Message Parse(const std::string& text) {
  Message message;
  EXPECT_TRUE(google::protobuf::TextFormat::ParseFromString(text, &message));
  return message;
}

class QuestionsTest : public StatisticsFixture {
 protected:
  QuestionsTest() : StatisticsFixture(TwoMeasures()) {}

  v1::CheckQueryResponse Check(const std::string& query) {
    CallContext context(clock_);
    v1::CheckQueryRequest request;
    *request.mutable_query() = Parse<v1::StatisticsQuery>(query);
    const auto response =
        StatisticsHandlers(options_).CheckQuery(context, request);
    EXPECT_THAT(response, IsOk());
    return response.ok() ? *response : v1::CheckQueryResponse();
  }
  absl::StatusOr<v1::CompareMeasuresResponse> Compare(const std::string& text) {
    CallContext context(clock_);
    return StatisticsHandlers(options_).CompareMeasures(
        context, Parse<v1::CompareMeasuresRequest>(text));
  }
  std::string RefusedField(const std::string& text) {
    const auto response = Compare(text);
    EXPECT_THAT(response, Not(IsOk()));
    const auto fields = base::DetailOf(response.status()).fields;
    return fields.empty() ? "" : fields[0].path;
  }
};

TEST_F(QuestionsTest, AGoodQuestionHasNoProblemsAndItsCells) {
  const auto response = Check(
      "measures: 'offences' periods: '2016/17' periods: '2017/18' "
      "group_by: 'offence' group_by: 'reporter' panel: 'four'");
  EXPECT_THAT(response.problems(), IsEmpty());
  EXPECT_EQ(response.cell_count(), 2 * 2 * 4);
  EXPECT_EQ(response.cell_limit(), options_.max_cells);
}

TEST_F(QuestionsTest, EveryMistakeIsToldInTheOrderOfTheFields) {
  const auto response = Check(
      "measures: 'offences' measures: 'offense' "
      "filters { dimension: 'offence' members: '88A' members: '88B' } "
      "group_by: 'reporters' periods: '2017/18' periods: 'last year' "
      "panel: 'for' preferred_sources: 'fist' "
      "derivations { change { base_period: 'then' } }");
  std::vector<std::string> fields;
  for (const v1::QueryProblem& problem : response.problems()) {
    fields.push_back(problem.field());
    EXPECT_EQ(problem.code(), "INVALID_ARGUMENT");
    EXPECT_FALSE(problem.message().empty());
  }
  EXPECT_THAT(fields,
              ElementsAre("query.measures[1]", "query.filters[0].members[1]",
                          "query.group_by[0]", "query.periods[1]",
                          "query.panel", "query.preferred_sources[0]",
                          "query.derivations[0].change.base_period"));
  EXPECT_EQ(response.problems(1).reason(), "UNKNOWN_MEMBER");
  EXPECT_THAT(response.problems(0).near_matches(), Contains("offences"));
  EXPECT_THAT(response.problems(1).near_matches(), Contains("88A"));
  EXPECT_THAT(response.problems(4).near_matches(), Contains("four"));
  EXPECT_THAT(response.problems(5).near_matches(), Contains("first"));
  EXPECT_EQ(response.cell_count(), 0) << "cannot be told";
}

TEST_F(QuestionsTest, WhatFollowsFromAMistakeIsNotToldAgain) {
  // Without its filter the question would add accounts over reporters.
  const auto response = Check(
      "measures: 'accounts' periods: '2017' "
      "filters { dimension: 'reporter' members: 'tt' }");
  ASSERT_THAT(response.problems(), SizeIs(1));
  EXPECT_EQ(response.problems(0).reason(), "UNKNOWN_MEMBER");
}

TEST_F(QuestionsTest, ARefusalForWhatIsAskedNamesItsCode) {
  const auto response =
      Check("measures: 'accounts' periods: '2017' panel: 'four'");
  ASSERT_THAT(response.problems(), SizeIs(1));
  EXPECT_EQ(response.problems(0).reason(), "NON_ADDITIVE_DIMENSION");
  EXPECT_EQ(response.problems(0).code(), "FAILED_PRECONDITION");
  EXPECT_EQ(response.problems(0).field(), "");
}

TEST_F(QuestionsTest, TooManyCellsAreCounted) {
  options_.max_cells = 3;
  const auto response = Check(
      "measures: 'offences' periods: '2017/18' "
      "group_by: 'reporter' panel: 'four'");
  ASSERT_THAT(response.problems(), SizeIs(1));
  EXPECT_EQ(response.problems(0).reason(), "CELL_LIMIT");
  EXPECT_EQ(response.cell_count(), 4);
  EXPECT_EQ(response.cell_limit(), 3);
}

TEST_F(QuestionsTest, WithoutPeriodsItTellsWhichThereAre) {
  const auto response = Check("measures: 'offences' panel: 'four'");
  ASSERT_THAT(response.problems(), SizeIs(1));
  EXPECT_EQ(response.problems(0).field(), "query.periods");
  ASSERT_THAT(response.availability(), SizeIs(1));
  const v1::Availability& available = response.availability(0);
  EXPECT_EQ(available.measure(), "offences");
  EXPECT_EQ(available.source(), "sources/first");
  EXPECT_EQ(available.partition(), "COMPLETE");
  EXPECT_EQ(available.observation_count(), 3);
  EXPECT_EQ(available.period_count(), 2);
  ASSERT_THAT(available.periods(), SizeIs(2));
  EXPECT_EQ(available.periods(0).text(), "2016/17");
  EXPECT_THAT(available.reporters(), ElementsAre("p", "q"));
  ASSERT_THAT(available.dimensions(), SizeIs(1));
  EXPECT_EQ(available.dimensions(0).dimension(), "offence");
  EXPECT_EQ(available.dimensions(0).level(), "code");
  EXPECT_EQ(available.dimensions(0).member_count(), 2);
}

TEST_F(QuestionsTest, ABadDayDoesNotHideTheRest) {
  const auto response = Check(
      "measures: 'offence' periods: '2017/18' "
      "as_of { seconds: 999999999999 }");
  ASSERT_THAT(response.problems(), SizeIs(2));
  EXPECT_EQ(response.problems(0).field(), "query.measures[0]");
  EXPECT_EQ(response.problems(1).field(), "query.as_of");
}

constexpr char kSideBySide[] =
    "columns { query { measures: 'offences' panel: 'four' } } "
    "columns { label: 'Accounts' query { measures: 'accounts' "
    "  filters { dimension: 'reporter' members: 't' } } } "
    "periods: '2017/18' periods: '2017'";

TEST_F(QuestionsTest, ColumnsStandSideBySideWithUnitsOfTheirOwn) {
  COLLATE_ASSERT_OK_AND_ASSIGN(const auto response, Compare(kSideBySide));
  ASSERT_THAT(response.columns(), SizeIs(2));
  EXPECT_EQ(response.columns(0).measure(), "offences");
  EXPECT_FALSE(response.columns(0).label().empty());
  EXPECT_EQ(response.columns(1).label(), "Accounts");
  EXPECT_NE(response.columns(0).unit(), response.columns(1).unit());
  EXPECT_THAT(response.columns(0).releases(),
              ElementsAre("sources/first/releases/1"));
  ASSERT_THAT(response.rows(), SizeIs(2));
  for (const v1::ComparedRow& row : response.rows()) {
    ASSERT_THAT(row.cells(), SizeIs(2));
    for (const v1::ComparedCell& cell : row.cells()) {
      EXPECT_FALSE(cell.cell().handle().empty());
      EXPECT_NE(cell.cell().state(), v1::STATE_UNSPECIFIED);
      EXPECT_EQ(cell.cell().period().text(), row.period().text());
    }
  }
  EXPECT_EQ(response.rows(0).cells(0).cell().reported(), 11);
  EXPECT_EQ(response.rows(1).cells(1).cell().reported(), 100);
}

TEST_F(QuestionsTest, PeriodsThatDoNotAlignSaySo) {
  COLLATE_ASSERT_OK_AND_ASSIGN(const auto response, Compare(kSideBySide));
  const v1::ComparedCell& accounts = response.rows(0).cells(1);
  EXPECT_FALSE(accounts.cell().has_reported());
  // That 2017 has a row of its own changes nothing.
  ASSERT_THAT(accounts.unaligned_periods(), SizeIs(2));
  EXPECT_EQ(accounts.unaligned_periods(0).text(), "2017");
  EXPECT_EQ(accounts.unaligned_periods(1).text(), "2018");
  EXPECT_THAT(response.rows(0).cells(0).unaligned_periods(), IsEmpty());
  std::vector<std::string> codes;
  for (const v1::Caveat& caveat : response.caveats()) {
    codes.push_back(caveat.code());
    if (caveat.code() == "UNITS_DIFFER") {
      EXPECT_THAT(caveat.message(), HasSubstr("Accounts counts "));
    }
    if (caveat.code() == "PERIODS_NOT_ALIGNED" &&
        caveat.message().starts_with("Accounts ")) {
      EXPECT_THAT(caveat.message(), HasSubstr("2017/18"));
    }
  }
  EXPECT_THAT(codes, Contains("UNITS_DIFFER"));
  EXPECT_THAT(codes, Contains("OBSERVERS_DIFFER"));
  EXPECT_THAT(codes, Contains("PERIODS_NOT_ALIGNED"));
}

TEST_F(QuestionsTest, OneMeasureOfTheSameReportersNeedsNoWarning) {
  COLLATE_ASSERT_OK_AND_ASSIGN(
      const auto response,
      Compare("columns { label: 'a' query { measures: 'offences' panel: 'four' "
              "  filters { dimension: 'offence' members: '88A' } } } "
              "columns { label: 'b' query { measures: 'offences' panel: 'four' "
              "  filters { dimension: 'offence' members: '71' } } } "
              "periods: '2017/18'"));
  EXPECT_THAT(response.caveats(), IsEmpty());
  EXPECT_EQ(response.rows(0).cells(0).cell().reported(), 5);
  EXPECT_EQ(response.rows(0).cells(1).cell().reported(), 6);
}

// The rows have what any column has; where a column has nothing, it says so.
TEST_F(QuestionsTest, RowsAreTheMembersOfAnyColumn) {
  COLLATE_ASSERT_OK_AND_ASSIGN(
      const auto response,
      Compare("columns { label: 'offences' query { measures: 'offences' } } "
              "columns { label: 'uses' query { measures: 'uses' "
              "  universe: 'platform_known' "
              "  filters { dimension: 'platform' members: 'snapchat' } } } "
              "group_by: 'reporter' periods: '2017/18'"));
  ASSERT_THAT(response.rows(), SizeIs(2));
  EXPECT_EQ(response.rows(0).coordinates(0).member(), "p");
  EXPECT_EQ(response.rows(0).cells(1).cell().reported(), 3);
  EXPECT_EQ(response.rows(1).coordinates(0).member(), "q");
  EXPECT_EQ(response.rows(1).cells(0).cell().reported(), 6);
  const v1::Cell& none = response.rows(1).cells(1).cell();
  EXPECT_FALSE(none.has_reported());
  EXPECT_EQ(none.state(), v1::STATE_NO_RELEASE);
  EXPECT_FALSE(none.handle().empty());
}

TEST_F(QuestionsTest, WhoIsInNoPanelOfAColumnIsNotApplicableThere) {
  COLLATE_ASSERT_OK_AND_ASSIGN(
      const auto response,
      Compare("columns { label: 'four' query { measures: 'offences' "
              "  panel: 'four' } } "
              "columns { label: 'accounts' query { measures: 'accounts' } } "
              "group_by: 'reporter' periods: '2017'"));
  ASSERT_THAT(response.rows(), SizeIs(5)) << "four, and t";
  const v1::ComparedRow& t = response.rows(4);
  EXPECT_EQ(t.coordinates(0).member(), "t");
  EXPECT_EQ(t.cells(0).cell().state(), v1::STATE_NOT_APPLICABLE);
  EXPECT_EQ(t.cells(1).cell().reported(), 100);
}

TEST_F(QuestionsTest, MistakesAreAtTheFieldsOfTheRequest) {
  const std::string other =
      "columns { label: 'b' query { measures: 'uses' } } ";
  EXPECT_EQ(RefusedField(other), "columns");
  EXPECT_EQ(RefusedField(other + "columns { query { measures: 'offence' } } "
                                 "periods: '2017'"),
            "columns[1].query.measures[0]");
  EXPECT_EQ(RefusedField(other + "columns { query { } } periods: '2017'"),
            "columns[1].query.measures");
  EXPECT_EQ(RefusedField(other + "columns { query { measures: 'offences' "
                                 "periods: '2017' } } periods: '2017'"),
            "columns[1].query.periods");
  EXPECT_EQ(RefusedField(other + "columns { query { measures: 'offences' "
                                 "group_by: 'sex' } } periods: '2017'"),
            "columns[1].query.group_by");
  EXPECT_EQ(RefusedField(other + other + "periods: 'soon'"), "periods[0]");
  EXPECT_EQ(
      RefusedField(other + other + "group_by: 'reporter' periods: '2017'"),
      "columns[1].label");
  EXPECT_EQ(RefusedField(
                "columns { query { measures: 'offences' filters { dimension: "
                "'offence' members: '71' } } } columns { query { measures: "
                "'offences' } } group_by: 'offence' periods: '2017'"),
            "columns[1].query.filters");
}

TEST_F(QuestionsTest, TooManyCellsOfAllColumnsAreRefused) {
  options_.max_cells = 3;
  EXPECT_THAT(Compare(kSideBySide), HasReason("CELL_LIMIT"));
}

}  // namespace
}  // namespace collate::api
