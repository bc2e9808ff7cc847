// ListConflicts, and the conflicts of a cell that are not of the cell itself.

#include <string>
#include <vector>

#include "gmock/gmock.h"
#include "gtest/gtest.h"
#include "service/api/statistics_handlers.h"
#include "tests/service/api/published_world.h"
#include "tests/service/api/statistics_fixture.h"
#include "tests/testing/fake_clock.h"
#include "tests/testing/status_matchers.h"
#include "tests/testing/world.h"

namespace collate::api {
namespace {

using ::collate::testing::Answered;
using ::collate::testing::FakeClock;
using ::collate::testing::HasReason;
using ::collate::testing::IsOk;
using ::collate::testing::MessageHas;
using ::collate::testing::PublishedWorld;
using ::collate::testing::StatusIs;
using ::collate::testing::World;
using ::testing::ElementsAre;
using ::testing::SizeIs;

// p: 45 of the class in one source, 122 of the offence within it in the other;
// q: 7 against 8; r: 9 in place of 6.
World Contradicting() {
  World world;
  const auto row = [&world](const char* reporter, const char* offence,
                            int64_t value) {
    world.Row({.reporter = reporter,
               .at = {offence},
               .period = "2017/18",
               .value = value});
  };
  world.Release("first", "2018-06-01").Slice({.axes = {"offence@code"}});
  row("p", "88A", 45);
  row("q", "88A", 7);
  world.Release("second", "2019-06-01").Slice({.axes = {"offence@code"}});
  row("q", "88A", 8);
  row("r", "71", 6);
  world.Slice({.axes = {"offence@statute"}});
  row("p", "s15a", 122);
  world.Release("second", "2020-06-01").Slice({.axes = {"offence@code"}});
  row("r", "71", 9);
  return world;
}

class ListConflictsTest : public ::testing::Test {
 protected:
  absl::StatusOr<v1::ListConflictsResponse> List(
      const v1::ListConflictsRequest& request) {
    CallContext context(clock_);
    return handlers_.ListConflicts(context, request);
  }
  int Count(const v1::ListConflictsRequest& request) {
    const auto response = List(request);
    EXPECT_THAT(response, IsOk());
    return response.ok() ? response->total_size() : -1;
  }

  FakeClock clock_;
  PublishedWorld world_{Contradicting()};
  StatisticsHandlers handlers_{{.publisher = &world_.publisher()}};
};

TEST_F(ListConflictsTest, EveryConflictHasTwoCitedSides) {
  COLLATE_ASSERT_OK_AND_ASSIGN(const auto response, List({}));
  EXPECT_EQ(response.total_size(), 3);
  std::vector<v1::ConflictKind> kinds;
  for (const v1::FigureConflict& conflict : response.conflicts()) {
    kinds.push_back(conflict.kind());
    ASSERT_THAT(conflict.sides(), SizeIs(2));
    for (const v1::ConflictSide& side : conflict.sides()) {
      EXPECT_THAT(side.citations(), SizeIs(1)) << conflict.message();
      EXPECT_EQ(side.citation_count(), 1);
      EXPECT_EQ(side.figure().state(), v1::STATE_REPORTED);
    }
  }
  EXPECT_THAT(kinds, ElementsAre(v1::CONFLICT_KIND_SAME_CELL,
                                 v1::CONFLICT_KIND_PART_EXCEEDS_WHOLE,
                                 v1::CONFLICT_KIND_SILENT_REVISION));
  const v1::FigureConflict& part = response.conflicts(1);
  EXPECT_EQ(part.message(),
            "Title of p, 2017/18: first prints 45 of Title of 88A and second "
            "122 of Title of s15a, a part of it");
  ASSERT_THAT(part.coordinates(), SizeIs(1));
  EXPECT_EQ(part.coordinates(0).member(), "p");
  EXPECT_EQ(part.period().text(), "2017/18");
  EXPECT_EQ(part.sides(0).source(), "sources/first");
  EXPECT_EQ(part.sides(0).measure(), "offences");
  EXPECT_EQ(part.sides(0).coordinates(0).member(), "88A");
  EXPECT_EQ(part.sides(0).figure().reported(), 45);
  EXPECT_EQ(part.sides(1).coordinates(0).member(), "s15a");
  EXPECT_EQ(part.sides(1).figure().bounds().lower(), 122);
  EXPECT_EQ(part.sides(1).citations(0).raw(), " 122 ");
}

TEST_F(ListConflictsTest, FiltersTakeEitherSide) {
  v1::ListConflictsRequest request;
  request.set_source("sources/first");
  EXPECT_EQ(Count(request), 2);
  request.set_source("sources/second");
  EXPECT_EQ(Count(request), 3);
  request.set_measure("uses");
  EXPECT_EQ(Count(request), 0);
  request.set_measure("offences");
  request.set_reporter("q");
  EXPECT_EQ(Count(request), 1);
  request.add_kinds(v1::CONFLICT_KIND_SILENT_REVISION);
  EXPECT_EQ(Count(request), 0);
  request.add_kinds(v1::CONFLICT_KIND_SAME_CELL);
  EXPECT_EQ(Count(request), 1);
}

TEST_F(ListConflictsTest, PagesHaveEveryConflictOnce) {
  v1::ListConflictsRequest request;
  request.set_page_size(2);
  COLLATE_ASSERT_OK_AND_ASSIGN(auto page, List(request));
  ASSERT_THAT(page.conflicts(), SizeIs(2));
  EXPECT_EQ(page.total_size(), 3);
  request.set_page_token(page.next_page_token());
  COLLATE_ASSERT_OK_AND_ASSIGN(page, List(request));
  ASSERT_THAT(page.conflicts(), SizeIs(1));
  EXPECT_EQ(page.conflicts(0).kind(), v1::CONFLICT_KIND_SILENT_REVISION);
  EXPECT_EQ(page.next_page_token(), "");

  // Bytes may end a page early, but never before its first conflict.
  CallContext context(clock_);
  const StatisticsHandlers small(
      {.publisher = &world_.publisher(), .page_bytes = 1});
  COLLATE_ASSERT_OK_AND_ASSIGN(page, small.ListConflicts(context, {}));
  EXPECT_THAT(page.conflicts(), SizeIs(1));
  EXPECT_EQ(page.total_size(), 3);
  EXPECT_NE(page.next_page_token(), "");

  // A new release is another list.
  World more;
  more.Release("third", "2021-01-01")
      .Slice({.axes = {"offence@code"}})
      .Row({.reporter = "q", .at = {"88A"}, .period = "2017/18", .value = 1});
  world_.Add(more);
  EXPECT_THAT(List(request), StatusIs(absl::StatusCode::kAborted));
  EXPECT_EQ(Count({}), 5);
}

TEST_F(ListConflictsTest, WhatNobodyKnowsIsRefusedWithNearMatches) {
  v1::ListConflictsRequest request;
  request.set_source("sources/frist");
  EXPECT_THAT(List(request), HasReason("UNKNOWN_SOURCE"));
  EXPECT_THAT(List(request), MessageHas("sources/first"));
  request = {};
  request.set_measure("offense");
  EXPECT_THAT(List(request), HasReason("UNKNOWN_MEASURE"));
  request = {};
  request.set_reporter("nobody");
  EXPECT_THAT(List(request), HasReason("UNKNOWN_MEMBER"));
  request = {};
  request.add_kinds(static_cast<v1::ConflictKind>(99));
  EXPECT_THAT(List(request), HasReason("UNKNOWN_KIND"));
  CallContext context(clock_);
  context.Cancel();
  EXPECT_THAT(handlers_.ListConflicts(context, {}),
              StatusIs(absl::StatusCode::kCancelled));
}

TEST_F(ListConflictsTest, ACellNamesTheOtherSideAndCitesIt) {
  v1::QueryStatisticsRequest request;
  v1::StatisticsQuery& query = *request.mutable_query();
  query.add_measures("offences");
  query.add_periods("2017/18");
  for (const auto& [dimension, member] :
       {std::pair("reporter", "p"), {"offence", "s15a"}}) {
    v1::Filter* filter = query.add_filters();
    filter->set_dimension(dimension);
    filter->add_members(member);
  }
  for (const v1::View view : {v1::VIEW_BASIC, v1::VIEW_CITED}) {
    request.set_view(view);
    CallContext context(clock_);
    COLLATE_ASSERT_OK_AND_ASSIGN(const auto answer,
                                 Answered(handlers_, context, request));
    ASSERT_THAT(answer.cells(), SizeIs(1));
    ASSERT_THAT(answer.cells(0).conflicts(), SizeIs(1));
    const v1::Conflict& conflict = answer.cells(0).conflicts(0);
    EXPECT_EQ(conflict.kind(), v1::CONFLICT_KIND_PART_EXCEEDS_WHOLE);
    EXPECT_EQ(conflict.other_measure(), "");
    ASSERT_THAT(conflict.other_coordinates(), SizeIs(1));
    EXPECT_EQ(conflict.other_coordinates(0).member(), "88A");
    EXPECT_FALSE(conflict.has_reported());
    const v1::Difference& difference = conflict.differences(0);
    EXPECT_EQ(difference.served().reported(), 122);
    EXPECT_EQ(difference.other().reported(), 45);
    EXPECT_FALSE(difference.has_base());
    EXPECT_THAT(difference.other_citations(),
                SizeIs(view == v1::VIEW_CITED ? 1 : 0));
  }
}

}  // namespace
}  // namespace collate::api
