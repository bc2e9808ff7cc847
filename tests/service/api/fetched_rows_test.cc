// Observations that stay in the store: whatever is asked, the answer is, byte
// for byte, that of a service which has everything in memory, or it is refused
// or names what is missing. Figures are made up.

#include <algorithm>
#include <cstdint>
#include <memory>
#include <string>
#include <utility>
#include <vector>

#include "absl/strings/str_cat.h"
#include "gmock/gmock.h"
#include "gtest/gtest.h"
#include "service/api/catalogue_handlers.h"
#include "service/api/export_handlers.h"
#include "service/api/statistics_handlers.h"
#include "service/query/engine.h"
#include "service/query/plan.h"
#include "tests/service/api/published_world.h"
#include "tests/service/api/statistics_fixture.h"
#include "tests/service/query/random_worlds.h"
#include "tests/testing/fake_clock.h"
#include "tests/testing/status_matchers.h"
#include "tests/testing/world.h"

namespace collate::api {
namespace {

using ::collate::testing::FakeClock;
using ::collate::testing::HasReason;
using ::collate::testing::IsOk;
using ::collate::testing::IsOkAndHolds;
using ::collate::testing::MessageHas;
using ::collate::testing::PublishedWorld;
using ::collate::testing::StatusIs;
using ::collate::testing::ThreeReporters;
using ::collate::testing::World;
using ::collate::testing::WorldMaker;
using ::testing::AllOf;
using ::testing::Eq;
using ::testing::HasSubstr;

constexpr int kWorlds = 60;

// A service over a world.
class Service {
 public:
  explicit Service(const World& world, query::Publisher::Options options = {})
      : world_(world, std::move(options)),
        statistics_({.publisher = &world_.publisher()}),
        catalogue_({.publisher = &world_.publisher()}),
        exports_({.publisher = &world_.publisher()}) {}

  PublishedWorld& world() { return world_; }

  absl::StatusOr<std::string> Ask(const v1::QueryStatisticsRequest& request) {
    CallContext context(clock_);
    auto answer = statistics_.QueryStatistics(context, request,
                                              request.SerializeAsString());
    if (!answer.ok()) return answer.status();
    return (*answer)->bytes;
  }

  // Everything that can be asked of it besides, in one text.
  std::string Everything(const std::vector<std::string>& handles) {
    std::string text;
    const auto add = [&text](const auto& answer) {
      absl::StrAppend(
          &text,
          answer.ok() ? answer->DebugString() : answer.status().ToString(),
          "\n");
    };
    CallContext context(clock_);
    for (const std::string& handle : handles) {
      v1::ExplainCellRequest request;
      request.set_handle(handle);
      add(statistics_.ExplainCell(context, request));
    }
    add(statistics_.ListConflicts(context, {}));
    add(catalogue_.ListFindings(context, {}));
    v1::CheckQueryRequest check;
    check.mutable_query()->add_measures("offences");
    check.mutable_query()->add_periods("2018");
    add(statistics_.CheckQuery(context, check));
    v1::ListObservationsRequest rows;
    rows.set_measure("offences");
    add(statistics_.ListObservations(context, rows));
    v1::ListRevisionsRequest revisions;
    for (const auto& loaded : world_.publisher().Current()->releases()) {
      revisions.set_release(loaded->release.name);
      add(statistics_.ListRevisions(context, revisions));
    }
    v1::ExportObservationsRequest request;
    request.mutable_as_of()->set_seconds(1'600'000'000);
    Bytes out;
    const absl::Status exported =
        exports_.ExportObservations(context, request, out);
    absl::StrAppend(&text, exported.ToString(), "\n", out.all);
    return text;
  }

 private:
  class Bytes final : public Writer<std::string> {
   public:
    absl::Status Write(std::string bytes) override {
      all += bytes;
      return absl::OkStatus();
    }
    void TryWrite(std::string) override { FAIL() << "nothing is dropped"; }

    std::string all;
  };

  FakeClock clock_;
  PublishedWorld world_;
  StatisticsHandlers statistics_;
  CatalogueHandlers catalogue_;
  ExportHandlers exports_;
};

query::Publisher::Options NothingInMemory() {
  return {.max_resident_observations = 0};
}

v1::QueryStatisticsRequest Offences(const std::vector<std::string>& periods,
                                    const std::vector<std::string>& group_by) {
  v1::QueryStatisticsRequest request;
  request.set_view(v1::VIEW_CITED);
  v1::StatisticsQuery& query = *request.mutable_query();
  query.add_measures("offences");
  for (const std::string& period : periods) query.add_periods(period);
  for (const std::string& one : group_by) query.add_group_by(one);
  return request;
}

std::vector<v1::QueryStatisticsRequest> Questions() {
  std::vector<v1::QueryStatisticsRequest> all;
  for (const std::vector<std::string>& by :
       {std::vector<std::string>{}, {"reporter"}, {"sex"}}) {
    v1::QueryStatisticsRequest request = Offences({"2018", "2019"}, by);
    all.push_back(request);
    request.mutable_query()->set_panel("four");
    all.push_back(request);
    request.set_view(v1::VIEW_BASIC);
    all.push_back(request);
    request.mutable_query()->mutable_as_of()->set_seconds(1'580'000'000);
    all.push_back(request);
  }
  v1::QueryStatisticsRequest one = Offences({"2018"}, {});
  v1::Filter* filter = one.mutable_query()->add_filters();
  filter->set_dimension("sex");
  filter->add_members("f");
  filter = one.mutable_query()->add_filters();
  filter->set_dimension("reporter");
  filter->add_members("p");
  filter->add_members("q");
  all.push_back(one);
  one.mutable_query()->add_derivations()->mutable_change()->set_base_period(
      "2019");
  all.push_back(one);
  return all;
}

void ExpectTheSame(const World& world) {
  Service resident(world);
  Service away(world, NothingInMemory());
  std::vector<std::string> handles;
  for (const v1::QueryStatisticsRequest& request : Questions()) {
    const auto expected = resident.Ask(request);
    const auto found = away.Ask(request);
    ASSERT_EQ(expected.status().ToString(), found.status().ToString())
        << request.DebugString();
    if (!expected.ok()) continue;
    v1::QueryStatisticsResponse answer;
    ASSERT_TRUE(answer.ParseFromString(*expected));
    if (*expected != *found) {
      v1::QueryStatisticsResponse other;
      ASSERT_TRUE(other.ParseFromString(*found));
      ASSERT_EQ(answer.DebugString(), other.DebugString())
          << request.DebugString();
    }
    if (answer.cells_size() > 0) handles.push_back(answer.cells(0).handle());
  }
  ASSERT_EQ(resident.Everything(handles), away.Everything(handles));
  EXPECT_EQ(resident.world().indexed().fetched(), 0);
  EXPECT_GT(away.world().indexed().fetched(), 0);
}

TEST(FetchedRowsTest, AnswersAreThoseOfTrueWorlds) {
  for (int seed = 0; seed < kWorlds && !HasFailure(); ++seed) {
    SCOPED_TRACE(absl::StrCat("seed ", seed));
    ExpectTheSame(collate::testing::Built(WorldMaker(seed).MakeTrue().plan, 3));
  }
}

TEST(FetchedRowsTest, AnswersAreThoseOfWorldsThatContradictThemselves) {
  for (int seed = 0; seed < kWorlds && !HasFailure(); ++seed) {
    SCOPED_TRACE(absl::StrCat("seed ", seed));
    ExpectTheSame(
        collate::testing::Built(WorldMaker(seed).MakeContradicting(), 3));
  }
}

v1::QueryStatisticsRequest TwoYears() {
  v1::QueryStatisticsRequest request = Offences({"2017/18", "2018/19"}, {});
  request.mutable_query()->set_panel("four");
  v1::Filter* filter = request.mutable_query()->add_filters();
  filter->set_dimension("offence");
  filter->add_members("88A");
  return request;
}

TEST(FetchedRowsTest, WhatNeedsTooManyIsRefusedWithTheirNumber) {
  query::Publisher::Options options = NothingInMemory();
  options.max_fetched_observations = 1;
  Service service(ThreeReporters(), options);
  EXPECT_THAT(service.Ask(TwoYears()),
              AllOf(StatusIs(absl::StatusCode::kResourceExhausted),
                    HasReason("FETCH_LIMIT")));
}

TEST(FetchedRowsTest, WhatIsOutOfReachIsNamedOrTheQuestionRefused) {
  World world = ThreeReporters();
  world.Release("second", "2020-07-01")
      .Slice({.axes = {"offence@code"}})
      .Row({.reporter = "s",
            .at = {"88A"},
            .period = "2017/18",
            .value = 1000,
            .line = 2})
      .Extent({"s"}, {"2017/18"});
  Service service(world, NothingInMemory());
  const auto whole = service.Ask(TwoYears());
  ASSERT_THAT(whole, IsOk());
  const auto& releases = service.world().publisher().Current()->releases();
  const std::string second = releases.back()->release.name;

  // Asked in another way, so that the answer of before does not do.
  v1::QueryStatisticsRequest request = TwoYears();
  request.set_view(v1::VIEW_BASIC);
  service.world().indexed().PutOutOfReach(second);
  EXPECT_THAT(service.Ask(request),
              AllOf(StatusIs(absl::StatusCode::kUnavailable),
                    HasReason("STORE_IO"), MessageHas("shard 2")));

  request.mutable_query()->set_allow_partial(true);
  v1::QueryStatisticsResponse partial;
  {
    const auto answer = service.Ask(request);
    ASSERT_THAT(answer, IsOk());
    ASSERT_TRUE(partial.ParseFromString(*answer));
  }
  EXPECT_THAT(partial.DebugString(), HasSubstr("SOURCE_UNREADABLE"));
  EXPECT_THAT(partial.DebugString(), HasSubstr(second));

  // It is no answer for when the shard is back.
  service.world().indexed().PutOutOfReach("");
  v1::QueryStatisticsResponse again;
  {
    const auto answer = service.Ask(request);
    ASSERT_THAT(answer, IsOk());
    ASSERT_TRUE(again.ParseFromString(*answer));
  }
  EXPECT_THAT(again.DebugString(), Not(HasSubstr("SOURCE_UNREADABLE")));
  ASSERT_GT(again.cells_size(), 0);
  EXPECT_EQ(again.cells(0).reported(), partial.cells(0).reported() + 1000);
  EXPECT_THAT(service.Ask(TwoYears()), IsOkAndHolds(Eq(*whole)));
}

// An engine without the rows says so: no cell comes of it.
TEST(FetchedRowsTest, NothingIsSummedWithoutItsRows) {
  World world;
  world.Release("first", "2020-06-01").Slice({.axes = {"offence@code"}});
  for (const char* offence : {"88A", "71"}) {
    world.Row(
        {.reporter = "p", .at = {offence}, .period = "2017/18", .value = 5});
  }
  Service service(world, NothingInMemory());
  const auto current = service.world().publisher().Current();
  EXPECT_FALSE(current->whole());
  query::Query question;
  question.measures = {"offences"};
  question.panel = "four";
  question.periods = {"2017/18"};
  class NoCells final : public query::CellSink {
   public:
    absl::Status OnCell(query::Cell) override {
      ADD_FAILURE() << "a cell";
      return absl::OkStatus();
    }
  };
  const auto execute = [&](const query::Query& asked,
                           const query::Snapshot& snapshot) {
    const auto plan = query::MakePlan(asked, snapshot, {});
    EXPECT_THAT(plan, IsOk());
    NoCells none;
    return query::Execute(*plan, snapshot, {}, none).status();
  };
  EXPECT_THAT(execute(question, *current), HasReason("ROWS_NOT_FETCHED"));
  // Nor of rows that were fetched for another question.
  query::Query narrower = question;
  narrower.filters.push_back({.dimension = "offence", .members = {"71"}});
  const auto fetched = service.world().publisher().For(narrower);
  ASSERT_THAT(fetched, IsOk());
  EXPECT_THAT(execute(question, **fetched), HasReason("ROWS_NOT_FETCHED"));
}

TEST(FetchedRowsTest, WhatFitsIsInMemoryTheSmallestFirst) {
  World world;
  world.Release("first", "2020-06-01").Slice({});
  for (const char* year : {"2015/16", "2016/17", "2017/18"}) {
    world.Row({.reporter = "p", .period = year, .value = 1});
  }
  world.Slice({.measure = "people"})
      .Row({.reporter = "p", .period = "2017-06-30", .value = 100});
  const query::Publisher::Options two = {.max_resident_observations = 2};
  Service service(world, two);
  const auto is_away = [](Service& of, const std::string& measure) {
    const auto current = of.world().publisher().Current();
    return std::any_of(current->tables().begin(), current->tables().end(),
                       [&measure](const query::SliceTable& table) {
                         return table.slice.measure == measure && table.away;
                       });
  };
  EXPECT_TRUE(is_away(service, "offences"));
  EXPECT_FALSE(is_away(service, "people"));
  v1::QueryStatisticsRequest request;
  request.mutable_query()->add_measures("people");
  request.mutable_query()->add_periods("2017-06-30");
  EXPECT_THAT(service.Ask(request), IsOk());
  EXPECT_EQ(service.world().indexed().fetched(), 0);

  // Too many for memory with the next edition: they leave it.
  world.Release("first", "2020-08-01")
      .Slice({.measure = "people"})
      .Row({.reporter = "q", .period = "2017-06-30", .value = 7})
      .Row({.reporter = "r", .period = "2017-06-30", .value = 8});
  Service grown(world, two);
  EXPECT_TRUE(is_away(grown, "people"));
  v1::QueryStatisticsResponse answer;
  const auto bytes = grown.Ask(request);
  ASSERT_THAT(bytes, IsOk());
  ASSERT_TRUE(answer.ParseFromString(*bytes));
  ASSERT_EQ(answer.cells_size(), 1);
  EXPECT_EQ(answer.cells(0).reported(), 115);
  EXPECT_EQ(grown.world().indexed().fetched(), 3);
}

}  // namespace
}  // namespace collate::api
