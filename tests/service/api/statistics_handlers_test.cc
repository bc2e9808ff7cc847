#include "service/api/statistics_handlers.h"

#include <set>
#include <string>
#include <vector>

#include "absl/strings/str_cat.h"
#include "gmock/gmock.h"
#include "gtest/gtest.h"
#include "service/api/convert_statistics.h"
#include "service/base/error.h"
#include "tests/service/api/statistics_fixture.h"
#include "tests/testing/status_matchers.h"
#include "tests/testing/world.h"

namespace collate::api {
namespace {

using ::collate::testing::Answered;
using ::collate::testing::HasReason;
using ::collate::testing::IsOk;
using ::collate::testing::MakeTestVocabulary;
using ::collate::testing::MessageHas;
using ::collate::testing::StatisticsFixture;
using ::collate::testing::StatusIs;
using ::collate::testing::ThreeReporters;
using ::collate::testing::World;
using ::testing::AllOf;
using ::testing::ElementsAre;
using ::testing::IsEmpty;
using ::testing::SizeIs;

class StatisticsHandlersTest : public StatisticsFixture {
 protected:
  StatisticsHandlersTest() : StatisticsFixture(ThreeReporters()) {}

  static v1::QueryStatisticsRequest Request() { return TwoYearsOfFour(); }

  absl::StatusOr<v1::ListObservationsResponse> List(
      const v1::ListObservationsRequest& request) {
    CallContext context(clock_);
    return StatisticsHandlers(options_).ListObservations(context, request);
  }

  static v1::ListObservationsRequest ListRequest() {
    v1::ListObservationsRequest request;
    request.set_measure("offences");
    return request;
  }

  // Raw tokens of the listed rows.
  std::vector<std::string> Listed(const v1::ListObservationsRequest& request) {
    std::vector<std::string> raw;
    const auto response = List(request);
    EXPECT_THAT(response, IsOk());
    if (!response.ok()) return raw;
    for (const auto& row : response->observations()) {
      raw.push_back(row.citation().raw());
    }
    return raw;
  }
};

TEST_F(StatisticsHandlersTest, ACellCarriesNumberBoundsCoverageAndUnit) {
  COLLATE_ASSERT_OK_AND_ASSIGN(const auto response, Query(Request()));
  ASSERT_THAT(response.cells(), SizeIs(2));
  const v1::Cell& cell = response.cells(0);
  EXPECT_EQ(cell.measure(), "offences");
  EXPECT_EQ(cell.unit(), "offences");
  EXPECT_EQ(cell.period().text(), "2017/18");
  EXPECT_EQ(cell.period().start_date(), "2017-04-01");
  EXPECT_EQ(cell.period().end_date(), "2018-04-01");
  EXPECT_EQ(cell.reported(), 57);
  EXPECT_EQ(cell.reported_bounds().lower(), 57);
  EXPECT_EQ(cell.panel_bounds().lower(), 57);
  EXPECT_FALSE(cell.panel_bounds().has_upper()) << "s is silent";
  EXPECT_EQ(cell.coverage().expected(), 4);
  EXPECT_EQ(cell.coverage().complete(), 3);
  ASSERT_THAT(cell.coverage().missing(), SizeIs(1));
  EXPECT_EQ(cell.coverage().missing(0).reporter(), "s");
  EXPECT_EQ(cell.coverage().missing(0).title(), "Title of s");
  EXPECT_EQ(cell.coverage().missing(0).state(), v1::STATE_NO_RELEASE);
  EXPECT_EQ(cell.basis(), v1::BASIS_PANEL_SUM);
  EXPECT_EQ(cell.citation_count(), 3);
  EXPECT_EQ(response.total_size(), 2);
  EXPECT_EQ(response.panel().code(), "four");
  EXPECT_EQ(response.panel().reporter_count(), 4);
  EXPECT_THAT(response.releases(), ElementsAre("sources/first/releases/1"));
  EXPECT_EQ(response.next_page_token(), "");
}

TEST_F(StatisticsHandlersTest, ACellTalliesItsSources) {
  World world;
  world.Release("second", "2020-07-01")
      .Slice({.axes = {"offence@code"}})
      .Row({.reporter = "s", .at = {"88A"}, .period = "2017/18", .value = 4});
  world_.Add(world);
  COLLATE_ASSERT_OK_AND_ASSIGN(const auto response, Query(Request()));
  ASSERT_THAT(response.cells(0).sources(), SizeIs(2));
  EXPECT_EQ(response.cells(0).sources(0).source(), "first");
  EXPECT_EQ(response.cells(0).sources(0).reporter_count(), 3);
  EXPECT_EQ(response.cells(0).sources(1).source(), "second");
  EXPECT_EQ(response.cells(0).sources(1).reporter_count(), 1);
  ASSERT_THAT(response.cells(1).sources(), SizeIs(1));
}

TEST_F(StatisticsHandlersTest, PoliciesAreTheQuerys) {
  v1::QueryStatisticsRequest request = Request();
  request.mutable_query()->set_missing_policy(
      v1::MISSING_POLICY_REQUIRE_COMPLETE);
  COLLATE_ASSERT_OK_AND_ASSIGN(const auto response, Query(request));
  const v1::Cell& cell = response.cells(0);
  EXPECT_FALSE(cell.has_reported());
  EXPECT_FALSE(cell.has_reported_bounds());
  EXPECT_EQ(cell.panel_bounds().lower(), 57);
  EXPECT_THAT(cell.flags(),
              ::testing::Contains(v1::CELL_FLAG_INCOMPLETE_NOT_GIVEN));
  request.mutable_query()->set_missing_policy(v1::MISSING_POLICY_FAIL);
  EXPECT_THAT(Query(request), AllOf(HasReason("INCOMPLETE"),
                                    MessageHas("Title of s (NO_RELEASE)")));
  request = Request();
  request.mutable_query()->set_missing_policy(
      static_cast<v1::MissingPolicy>(4));
  EXPECT_THAT(Query(request),
              AllOf(HasReason("INVALID_POLICY"), MessageHas("number 4")));
  request = Request();
  request.mutable_query()->set_conflict_policy(
      static_cast<v1::ConflictPolicy>(-1));
  EXPECT_THAT(Query(request), HasReason("INVALID_POLICY"));
}

v1::Exclusion WithoutR() {
  v1::Exclusion exclusion;
  exclusion.set_reporter("r");
  exclusion.add_periods("2018/19");
  exclusion.add_periods("2017/18");
  exclusion.set_reason("a typing error");
  exclusion.set_date("2024-11-05");
  return exclusion;
}

TEST_F(StatisticsHandlersTest, WhatIsLeftOutIsSaidAndExplained) {
  v1::QueryStatisticsRequest request = Request();
  *request.mutable_query()->add_exclusions() = WithoutR();
  COLLATE_ASSERT_OK_AND_ASSIGN(const auto response, Query(request));
  EXPECT_EQ(response.cells(0).reported(), 50);
  EXPECT_THAT(response.caveats(), ::testing::Contains(::testing::Property(
                                      &v1::Caveat::code, "ANALYST_EXCLUDED")));
  COLLATE_ASSERT_OK_AND_ASSIGN(const auto explanation,
                               Explain(response.cells(0).handle()));
  const v1::Leaf& leaf = explanation.leaves(2);
  EXPECT_EQ(leaf.state(), v1::STATE_ANALYST_EXCLUDED);
  EXPECT_EQ(leaf.reason(), "left out on 2024-11-05: a typing error");
  ASSERT_THAT(leaf.others(), SizeIs(1));
  EXPECT_EQ(leaf.others(0).figure().reported(), 7);
  EXPECT_FALSE(leaf.others(0).conflicting());
}

TEST(CanonicalTest, PoliciesAreNamedAndExclusionsSorted) {
  v1::StatisticsQuery one;
  one.add_measures("offences");
  v1::StatisticsQuery other = one;
  EXPECT_EQ(Canonical(one).missing_policy(),
            v1::MISSING_POLICY_REPORT_AND_BOUND);
  EXPECT_EQ(Canonical(one).conflict_policy(), v1::CONFLICT_POLICY_REPORT);
  v1::Exclusion p;
  p.set_reporter("p");
  *one.add_exclusions() = WithoutR();
  *one.add_exclusions() = p;
  *other.add_exclusions() = p;
  *other.add_exclusions() = WithoutR();
  std::swap(*other.mutable_exclusions(1)->mutable_periods(0),
            *other.mutable_exclusions(1)->mutable_periods(1));
  other.set_missing_policy(v1::MISSING_POLICY_REPORT_AND_BOUND);
  EXPECT_EQ(Canonical(one).SerializeAsString(),
            Canonical(other).SerializeAsString());
}

TEST_F(StatisticsHandlersTest, WhatCannotBeReadIsNamedOrRefused) {
  World world;
  world.Release("second", "2020-07-01")
      .Slice({.axes = {"offence@code"}})
      .Row({.reporter = "s", .at = {"88A"}, .period = "2017/18", .value = 4})
      .Extent({"s"}, {"2017/18"})
      .Unreadable();
  world_.Add(world);
  v1::QueryStatisticsRequest request = Request();
  EXPECT_THAT(Query(request), AllOf(StatusIs(absl::StatusCode::kUnavailable),
                                    HasReason("SOURCE_UNREADABLE"),
                                    MessageHas("sources/second/releases/1")));
  EXPECT_THAT(List(ListRequest()), HasReason("SOURCE_UNREADABLE"));
  v1::ListObservationsRequest named = ListRequest();
  named.add_releases("sources/first/releases/1");
  EXPECT_THAT(List(named), IsOk());
  request.mutable_query()->set_allow_partial(true);
  COLLATE_ASSERT_OK_AND_ASSIGN(const auto response, Query(request));
  EXPECT_EQ(response.cells(0).reported(), 57);
  EXPECT_THAT(response.cells(0).flags(),
              ::testing::Contains(v1::CELL_FLAG_SOURCE_UNREADABLE));
  EXPECT_THAT(
      response.cells(1).flags(),
      ::testing::Not(::testing::Contains(v1::CELL_FLAG_SOURCE_UNREADABLE)));
  EXPECT_THAT(response.caveats(), ::testing::Contains(::testing::Property(
                                      &v1::Caveat::code, "SOURCE_UNREADABLE")));
}

// Region pq has a total of its own, which two printed and a third otherwise.
TEST_F(StatisticsHandlersTest, APublishedTotalHasItsBasisAndBothSides) {
  World world;
  world.Release("second", "2021-01-01").Slice({.axes = {"offence@code"}});
  const auto add = [&world](int count, uint32_t reporters,
                            const std::string& words, const std::string& by,
                            uint64_t line) {
    world.Row({.reporter = "pq",
               .at = {"88A"},
               .period = "2017/18",
               .value = count,
               .line = line,
               .stated_reporters = reporters,
               .stated_coverage = words,
               .printed_by = by});
  };
  add(70, 2, "", "a", 2);
  add(70, 2, "", "b", 3);
  add(60, 1, "(p alone)", "c", 4);
  world_.Add(world);
  v1::QueryStatisticsRequest request = Request();
  request.set_view(v1::VIEW_CITED);
  v1::StatisticsQuery& query = *request.mutable_query();
  query.clear_panel();
  query.clear_periods();
  query.add_periods("2017/18");
  v1::Filter* filter = query.add_filters();
  filter->set_dimension("reporter");
  filter->add_members("pq");
  COLLATE_ASSERT_OK_AND_ASSIGN(const auto response, Query(request));
  ASSERT_THAT(response.cells(), SizeIs(1));
  const v1::Cell& cell = response.cells(0);
  EXPECT_EQ(cell.basis(), v1::BASIS_PUBLISHED_TOTAL);
  EXPECT_EQ(cell.reported(), 70);
  EXPECT_EQ(cell.panel_bounds().lower(), 60);
  EXPECT_EQ(cell.panel_bounds().upper(), 70);
  EXPECT_EQ(cell.coverage().expected(), 1);
  EXPECT_EQ(cell.coverage().stated().reporter_count(), 2);
  EXPECT_EQ(cell.coverage().stated().words(), "");
  ASSERT_THAT(cell.citations(), SizeIs(2));
  EXPECT_EQ(cell.citations(0).printed_by(), "a");
  ASSERT_THAT(cell.conflicts(), SizeIs(1));
  const v1::Conflict& conflict = cell.conflicts(0);
  EXPECT_EQ(conflict.kind(), v1::CONFLICT_KIND_SAME_CELL);
  EXPECT_EQ(conflict.source(), "second");
  EXPECT_EQ(conflict.other_source(), "second");
  ASSERT_THAT(conflict.differences(), SizeIs(1));
  const v1::OneFigure& served = conflict.differences(0).served();
  EXPECT_EQ(served.bounds().lower(), 70);
  EXPECT_THAT(served.printed_by(), ElementsAre("a", "b"));
  const v1::OneFigure& other = conflict.differences(0).other();
  EXPECT_EQ(other.reported(), 60);
  EXPECT_THAT(other.printed_by(), ElementsAre("c"));
  EXPECT_EQ(other.stated().reporter_count(), 1);
  EXPECT_EQ(other.stated().words(), "(p alone)");

  COLLATE_ASSERT_OK_AND_ASSIGN(const auto explained, Explain(cell.handle()));
  ASSERT_THAT(explained.leaves(), SizeIs(1));
  ASSERT_THAT(explained.leaves(0).others(), SizeIs(1));
  const v1::OtherFigure& side = explained.leaves(0).others(0);
  EXPECT_EQ(side.source(), "second");
  EXPECT_TRUE(side.conflicting());
  ASSERT_THAT(side.citations(), SizeIs(1));
  EXPECT_EQ(side.citations(0).printed_by(), "c");
  EXPECT_THAT(side.figure().printed_by(), ElementsAre("c"));
}

TEST_F(StatisticsHandlersTest, ASumOfAreasIsRefused) {
  v1::QueryStatisticsRequest request = Request();
  request.mutable_query()->clear_panel();
  v1::Filter* filter = request.mutable_query()->add_filters();
  filter->set_dimension("reporter");
  filter->add_members("pq");
  filter->add_members("r");
  EXPECT_THAT(Query(request),
              AllOf(StatusIs(absl::StatusCode::kFailedPrecondition),
                    HasReason("PUBLISHED_TOTAL_NOT_ADDED"), MessageHas("pq")));
}

TEST_F(StatisticsHandlersTest, AMissingNumberIsAbsentNeverZero) {
  v1::QueryStatisticsRequest request = Request();
  request.mutable_query()->add_group_by("reporter");
  COLLATE_ASSERT_OK_AND_ASSIGN(const auto response, Query(request));
  ASSERT_THAT(response.cells(), SizeIs(8));
  int absent = 0;
  for (const v1::Cell& cell : response.cells()) {
    const std::string& reporter = cell.coordinates(0).member();
    if (reporter == "s") {
      EXPECT_FALSE(cell.has_reported());
      EXPECT_FALSE(cell.has_reported_bounds());
      EXPECT_EQ(cell.state(), v1::STATE_NO_RELEASE);
      ++absent;
    }
    if (reporter == "q" && cell.period().text() == "2017/18") {
      EXPECT_TRUE(cell.has_reported()) << "a printed zero is a number";
      EXPECT_EQ(cell.reported(), 0);
    }
    if (reporter == "r" && cell.period().text() == "2018/19") {
      EXPECT_FALSE(cell.has_reported());
      EXPECT_EQ(cell.state(), v1::STATE_SUPPRESSED);
      EXPECT_EQ(cell.panel_bounds().lower(), 1);
      EXPECT_EQ(cell.panel_bounds().upper(), 4);
    }
  }
  EXPECT_EQ(absent, 2);
}

TEST_F(StatisticsHandlersTest, CitationsComeOnlyWhenAskedFor) {
  v1::QueryStatisticsRequest request = Request();
  COLLATE_ASSERT_OK_AND_ASSIGN(const auto basic, Query(request));
  EXPECT_THAT(basic.cells(0).citations(), IsEmpty());
  request.set_view(v1::VIEW_CITED);
  COLLATE_ASSERT_OK_AND_ASSIGN(const auto cited, Query(request));
  ASSERT_THAT(cited.cells(0).citations(), SizeIs(3));
  std::set<std::string> locators;
  for (const v1::Citation& citation : cited.cells(0).citations()) {
    EXPECT_EQ(citation.release(), "sources/first/releases/1");
    EXPECT_EQ(citation.document(), "file.csv");
    locators.insert(citation.locator());
  }
  EXPECT_THAT(locators, ElementsAre("file.csv:L2:C8", "file.csv:L3:C8",
                                    "file.csv:L4:C8"));
}

TEST_F(StatisticsHandlersTest, AnUnknownViewIsRefused) {
  v1::QueryStatisticsRequest request = Request();
  request.set_view(static_cast<v1::View>(7));
  EXPECT_THAT(Query(request), HasReason("INVALID_VIEW"));
}

TEST_F(StatisticsHandlersTest, AnAnswerIsOfTheDayThatWasAskedFor) {
  v1::QueryStatisticsRequest request = Request();
  request.mutable_query()->mutable_as_of()->set_seconds(-1);
  const auto before = Query(request);
  ASSERT_THAT(before, IsOk());
  EXPECT_FALSE(before->cells(0).has_reported());

  request.mutable_query()->mutable_as_of()->set_nanos(1'000'000'000);
  const auto refused = Query(request);
  EXPECT_THAT(refused, HasReason("INVALID_AS_OF"));
  EXPECT_EQ(base::DetailOf(refused.status()).fields.at(0).path, "query.as_of");
}

TEST_F(StatisticsHandlersTest, AMistakeNamesItsFieldAndWhatComesNear) {
  v1::QueryStatisticsRequest request = Request();
  request.mutable_query()->mutable_filters(0)->set_members(0, "88B");
  const auto response = Query(request);
  EXPECT_THAT(response, StatusIs(absl::StatusCode::kInvalidArgument));
  EXPECT_THAT(response, HasReason("UNKNOWN_MEMBER"));
  const base::ErrorDetail detail = base::DetailOf(response.status());
  ASSERT_THAT(detail.fields, SizeIs(1));
  EXPECT_EQ(detail.fields[0].path, "query.filters[0].members[0]");
  EXPECT_THAT(response, MessageHas("88A"));
}

TEST_F(StatisticsHandlersTest, TooManyCellsAreRefusedNeverTruncated) {
  options_.max_cells = 1;
  const auto response = Query(Request());
  EXPECT_THAT(response, StatusIs(absl::StatusCode::kResourceExhausted));
  EXPECT_THAT(response, HasReason("CELL_LIMIT"));
}

TEST_F(StatisticsHandlersTest, PagesTogetherAreTheAnswer) {
  v1::QueryStatisticsRequest request = Request();
  request.mutable_query()->add_group_by("reporter");
  COLLATE_ASSERT_OK_AND_ASSIGN(const auto whole, Query(request));
  request.set_page_size(3);
  std::vector<std::string> paged;
  int pages = 0;
  do {
    COLLATE_ASSERT_OK_AND_ASSIGN(const auto page, Query(request));
    EXPECT_EQ(page.total_size(), 8);
    EXPECT_LE(page.cells_size(), 3);
    for (const v1::Cell& cell : page.cells()) {
      paged.push_back(cell.SerializeAsString());
    }
    request.set_page_token(page.next_page_token());
    ++pages;
  } while (!request.page_token().empty() && pages < 10);
  EXPECT_EQ(pages, 3);
  ASSERT_THAT(paged, SizeIs(8));
  for (int i = 0; i < 8; ++i) {
    EXPECT_EQ(paged[i], whole.cells(i).SerializeAsString());
  }
}

TEST_F(StatisticsHandlersTest, APageEndsEarlyRatherThanBurstAMessage) {
  v1::QueryStatisticsRequest request = Request();
  request.mutable_query()->add_group_by("reporter");
  options_.page_bytes = 1;
  std::vector<std::string> reporters;
  int pages = 0;
  do {
    COLLATE_ASSERT_OK_AND_ASSIGN(const auto page, Query(request));
    ASSERT_EQ(page.cells_size(), 1) << "always at least one cell";
    reporters.push_back(page.cells(0).coordinates(0).member());
    request.set_page_token(page.next_page_token());
    ++pages;
  } while (!request.page_token().empty() && pages < 20);
  EXPECT_THAT(reporters, ElementsAre("p", "p", "q", "q", "r", "r", "s", "s"));
}

TEST_F(StatisticsHandlersTest, AnAnswerBeyondTheLimitIsRefusedWithItsSize) {
  options_.max_response_bytes = 10;
  const auto response = Query(Request());
  EXPECT_THAT(response, StatusIs(absl::StatusCode::kResourceExhausted));
  EXPECT_THAT(response, HasReason("ANSWER_TOO_LARGE"));
}

TEST_F(StatisticsHandlersTest, PagesOfTwoAnswersAreNeverMixed) {
  v1::QueryStatisticsRequest request = Request();
  request.set_page_size(1);
  COLLATE_ASSERT_OK_AND_ASSIGN(const auto first, Query(request));
  request.set_page_token(first.next_page_token());
  World later;
  later.Release("second", "2021-01-01")
      .Slice({})
      .Row({.reporter = "t", .period = "2017/18", .value = 1});
  world_.Add(later);
  const auto second = Query(request);
  EXPECT_THAT(second, StatusIs(absl::StatusCode::kAborted));
  EXPECT_THAT(second, HasReason("ANSWER_CHANGED"));
}

TEST_F(StatisticsHandlersTest, ACancelledCallEndsWithoutAnAnswer) {
  CallContext context(clock_);
  context.Cancel();
  EXPECT_THAT(Answered(StatisticsHandlers(options_), context, Request()),
              StatusIs(absl::StatusCode::kCancelled));
}

TEST_F(StatisticsHandlersTest, ALoopHearsOfACancelAtOnceAndOfTheTimeSoon) {
  CallContext context(clock_);
  context.deadline = clock_.Now() + absl::Seconds(1);
  const auto over = context.Poll();
  EXPECT_FALSE(over());
  clock_.Advance(absl::Seconds(2));
  EXPECT_TRUE(context.Poll()()) << "the first poll of a loop looks";
  int polls = 1;
  while (!over() && polls < 1000) ++polls;
  EXPECT_LE(polls, 64);

  CallContext cancelled(clock_);
  const auto poll = cancelled.Poll();
  EXPECT_FALSE(poll());
  cancelled.Cancel();
  EXPECT_TRUE(poll());
}

TEST_F(StatisticsHandlersTest, EveryHandleExplainsItsOwnCell) {
  v1::QueryStatisticsRequest request = Request();
  request.mutable_query()->add_group_by("reporter");
  request.mutable_query()->add_group_by("offence");
  request.set_view(v1::VIEW_CITED);
  COLLATE_ASSERT_OK_AND_ASSIGN(const auto answer, Query(request));
  ASSERT_GT(answer.cells_size(), 0);
  for (const v1::Cell& cell : answer.cells()) {
    COLLATE_ASSERT_OK_AND_ASSIGN(const auto explained, Explain(cell.handle()));
    EXPECT_EQ(explained.cell().SerializeAsString(), cell.SerializeAsString());
  }
}

TEST_F(StatisticsHandlersTest, ExplainShowsALeafForEachReporter) {
  COLLATE_ASSERT_OK_AND_ASSIGN(const auto answer, Query(Request()));
  COLLATE_ASSERT_OK_AND_ASSIGN(const auto explained,
                               Explain(answer.cells(1).handle()));
  ASSERT_THAT(explained.leaves(), SizeIs(4));
  const v1::Leaf& withheld = explained.leaves(2);
  EXPECT_EQ(withheld.coordinates(0).dimension(), "reporter");
  EXPECT_EQ(withheld.coordinates(0).member(), "r");
  EXPECT_EQ(withheld.coordinates(1).member(), "88A");
  EXPECT_EQ(withheld.state(), v1::STATE_SUPPRESSED);
  EXPECT_FALSE(withheld.has_reported());
  EXPECT_EQ(withheld.method(), v1::METHOD_EXACT);
  EXPECT_EQ(withheld.source(), "first");
  ASSERT_THAT(withheld.citations(), SizeIs(1));
  EXPECT_EQ(withheld.citations(0).locator(), "file.csv:L8:C8");
  EXPECT_EQ(explained.leaves(3).state(), v1::STATE_NO_RELEASE);
}

TEST_F(StatisticsHandlersTest, AHandleFromBeforeAChangeIsRefused) {
  COLLATE_ASSERT_OK_AND_ASSIGN(const auto answer, Query(Request()));
  ASSERT_THAT(world_.publisher().Withdraw("sources/first/releases/1", "wrong"),
              IsOk());
  const auto explained = Explain(answer.cells(0).handle());
  EXPECT_THAT(explained, StatusIs(absl::StatusCode::kFailedPrecondition));
  EXPECT_THAT(explained, HasReason("ANSWER_CHANGED"));
}

TEST_F(StatisticsHandlersTest, TextThatIsNoHandleIsRefused) {
  COLLATE_ASSERT_OK_AND_ASSIGN(const auto answer, Query(Request()));
  const std::string handle = answer.cells(0).handle();
  EXPECT_THAT(Explain(""), HasReason("INVALID_HANDLE"));
  EXPECT_THAT(Explain("hello"), HasReason("INVALID_HANDLE"));
  // Whatever is changed in a handle, it names another cell or none, and
  // nothing breaks.
  for (size_t i = 0; i < handle.size(); ++i) {
    std::string changed = handle;
    changed[i] = changed[i] == 'A' ? 'B' : 'A';
    const auto explained = Explain(changed);
    if (!explained.ok()) {
      EXPECT_NE(explained.status().code(), absl::StatusCode::kInternal);
    }
    EXPECT_FALSE(Explain(handle.substr(0, i)).ok()) << i;
  }
}

TEST_F(StatisticsHandlersTest, ObservationsAreListedAsPrinted) {
  EXPECT_THAT(Listed(ListRequest()), ElementsAre(" 50 ", " 7 ", " 0 ", " 5 ",
                                                 " 60 ", " 1 ", "*", " 3 "));
}

TEST_F(StatisticsHandlersTest, AnObservationKeepsStateBoundsAndReason) {
  v1::ListObservationsRequest request = ListRequest();
  v1::Filter* filter = request.add_filters();
  filter->set_dimension("reporter");
  filter->add_members("r");
  request.set_period("2018/19");
  COLLATE_ASSERT_OK_AND_ASSIGN(const auto response, List(request));
  ASSERT_THAT(response.observations(), SizeIs(1));
  const v1::Observation& row = response.observations(0);
  EXPECT_EQ(row.state(), v1::STATE_SUPPRESSED);
  EXPECT_FALSE(row.has_value());
  EXPECT_EQ(row.bounds().lower(), 1);
  EXPECT_EQ(row.bounds().upper(), 4);
  EXPECT_EQ(row.reason(), "fewer than five");
  EXPECT_EQ(row.coordinates(0).member(), "r");
  EXPECT_EQ(row.coordinates(1).member(), "88A");
  EXPECT_FALSE(row.unmapped());
}

TEST_F(StatisticsHandlersTest, UnmappedRowsAreListedAndInNoSum) {
  v1::ListObservationsRequest request = ListRequest();
  request.set_unmapped_only(true);
  COLLATE_ASSERT_OK_AND_ASSIGN(const auto response, List(request));
  ASSERT_THAT(response.observations(), SizeIs(1));
  EXPECT_TRUE(response.observations(0).unmapped());
  EXPECT_EQ(response.observations(0).coordinates(1).member(), "");
  EXPECT_EQ(response.observations(0).citation().labels(0).text(),
            "as printed ");
}

TEST_F(StatisticsHandlersTest, FiltersKeepMembersDescendantsAndExclusions) {
  v1::ListObservationsRequest request = ListRequest();
  v1::Filter* filter = request.add_filters();
  filter->set_dimension("offence");
  filter->add_members("71");
  EXPECT_THAT(Listed(request), ElementsAre(" 5 "));
  filter->set_exclude(true);
  EXPECT_THAT(Listed(request), SizeIs(7)) << "an unknown label is not 71";
  filter->set_exclude(false);
  filter->set_members(0, "sexual");
  EXPECT_THAT(Listed(request), IsEmpty());
  filter->set_include_descendants(true);
  EXPECT_THAT(Listed(request), SizeIs(7));
  // Not broken down by platform: of no platform.
  filter->set_dimension("platform");
  filter->set_members(0, "snapchat");
  EXPECT_THAT(Listed(request), IsEmpty());
}

TEST_F(StatisticsHandlersTest, ListingRefusesWhatDoesNotExist) {
  v1::ListObservationsRequest request;
  request.set_measure("offense");
  EXPECT_THAT(List(request), HasReason("UNKNOWN_MEASURE"));
  request = ListRequest();
  request.add_filters()->set_dimension("offense");
  EXPECT_THAT(List(request), HasReason("UNKNOWN_DIMENSION"));
  request = ListRequest();
  request.add_filters()->set_dimension("offence");
  EXPECT_THAT(List(request), HasReason("INVALID_QUERY"));
  request.mutable_filters(0)->add_members("88B");
  EXPECT_THAT(List(request), HasReason("UNKNOWN_MEMBER"));
  request.mutable_filters(0)->set_members(0, "88A");
  *request.add_filters() = request.filters(0);
  EXPECT_THAT(List(request), HasReason("INVALID_QUERY"));
  request = ListRequest();
  request.set_period("2017-18");
  EXPECT_THAT(List(request), HasReason("INVALID_PERIOD"));
  request = ListRequest();
  request.add_releases("sources/first/releases/9");
  EXPECT_THAT(List(request), HasReason("UNKNOWN_RELEASE"));
}

TEST_F(StatisticsHandlersTest, LaterReleasesAreListedFirst) {
  World later;
  later.Release("unused", "")
      .Release("first", "2021-06-01")
      .Slice({})
      .Row({.reporter = "p", .period = "2017/18", .value = 99});
  world_.Add(later);
  const std::vector<std::string> rows = Listed(ListRequest());
  ASSERT_THAT(rows, SizeIs(9));
  EXPECT_EQ(rows[0], " 99 ");
  v1::ListObservationsRequest request = ListRequest();
  request.add_releases("sources/first/releases/1");
  EXPECT_THAT(Listed(request), SizeIs(8));
}

TEST_F(StatisticsHandlersTest, AWithdrawnReleaseIsListedOnlyByName) {
  ASSERT_THAT(world_.publisher().Withdraw("sources/first/releases/1", "wrong"),
              IsOk());
  EXPECT_THAT(Listed(ListRequest()), IsEmpty());
  v1::ListObservationsRequest request = ListRequest();
  request.add_releases("sources/first/releases/1");
  EXPECT_THAT(Listed(request), SizeIs(8));
}

TEST_F(StatisticsHandlersTest, PagesOfObservationsLoseNone) {
  v1::ListObservationsRequest request = ListRequest();
  request.set_page_size(3);
  std::vector<std::string> raw;
  int pages = 0;
  do {
    COLLATE_ASSERT_OK_AND_ASSIGN(const auto page, List(request));
    for (const auto& row : page.observations()) {
      raw.push_back(row.citation().raw());
    }
    request.set_page_token(page.next_page_token());
    ++pages;
  } while (!request.page_token().empty() && pages < 10);
  EXPECT_EQ(pages, 3);
  EXPECT_EQ(raw, Listed(ListRequest()));
}

}  // namespace
}  // namespace collate::api
