// Sums that the store makes where its rows are: an answer from them is, byte
// for byte, that of a service which has everything in memory. Figures are made
// up.

#include <algorithm>
#include <cstdint>
#include <map>
#include <random>
#include <set>
#include <string>
#include <utility>
#include <vector>

#include "absl/strings/str_cat.h"
#include "gmock/gmock.h"
#include "gtest/gtest.h"
#include "service/api/statistics_handlers.h"
#include "service/query/publisher.h"
#include "tests/service/api/published_world.h"
#include "tests/testing/fake_clock.h"
#include "tests/testing/status_matchers.h"
#include "tests/testing/world.h"

namespace collate::api {
namespace {

using ::collate::testing::FakeClock;
using ::collate::testing::HasReason;
using ::collate::testing::IsOk;
using ::collate::testing::PublishedWorld;
using ::collate::testing::RowSpec;
using ::collate::testing::SliceSpec;
using ::collate::testing::StatusIs;
using ::collate::testing::World;
using ::testing::AllOf;
using vocabulary::State;

class SummingService {
 public:
  explicit SummingService(const World& world,
                          query::Publisher::Options options = {})
      : world_(world, std::move(options)),
        statistics_({.publisher = &world_.publisher()}) {}

  testing::IndexedStore& store() { return world_.indexed(); }
  PublishedWorld& world() { return world_; }

  absl::StatusOr<std::string> Ask(const v1::QueryStatisticsRequest& request) {
    CallContext context(clock_);
    auto answer = statistics_.QueryStatistics(context, request,
                                              request.SerializeAsString());
    if (!answer.ok()) return answer.status();
    return (*answer)->bytes;
  }

 private:
  FakeClock clock_;
  PublishedWorld world_;
  StatisticsHandlers statistics_;
};

query::Publisher::Options NoRowsInMemory() {
  return {.max_resident_observations = 0};
}

// Releases of one slice and year each, of quarters, and editions of some of
// their figures; now and then something of which sums cannot tell all.
class RegularWorld {
 public:
  explicit RegularWorld(uint32_t seed) : random_(seed) {}

  World Make() {
    World world;
    odd_ = OneIn(3);
    for (size_t kind = 0; kind < kinds_.size(); ++kind) {
      if (kind != 2 && OneIn(2)) continue;
      for (int year = 0; year < 2; ++year) {
        Release(world, kind, year, /*edition=*/0);
        for (int edition = 1; edition < 3; ++edition) {
          if (!OneIn(2)) Release(world, kind, year, edition);
        }
      }
    }
    return world;
  }

 private:
  int Below(int n) { return static_cast<int>(random_() % n); }
  bool OneIn(int n) { return Below(n) == 0; }

  void Release(World& world, size_t kind, int year, int edition) {
    // No two on one day.
    world.Release("src", absl::StrCat(2019 + year + edition, "-0", kind + 1,
                                      "-1", edition));
    const std::vector<std::string>& axes = kinds_[kind];
    world.Slice({.axes = axes,
                 .partition = odd_ && OneIn(3) ? store::Partition::kIncomplete
                                               : store::Partition::kComplete});
    std::vector<std::vector<std::string>> members = {{}};
    for (const std::string& axis : axes) {
      std::vector<std::vector<std::string>> longer;
      for (const auto& prefix : members) {
        for (const char* code : axis[0] == 'o'
                                    ? std::vector<const char*>{"88A", "71"}
                                    : std::vector<const char*>{"f", "m"}) {
          longer.push_back(prefix);
          longer.back().push_back(code);
        }
      }
      members = std::move(longer);
    }
    uint64_t line = 2;
    bool any = false;
    for (const char* reporter : {"p", "q", "r", "s"}) {
      if (OneIn(8)) continue;
      const bool reply = !OneIn(8);
      const State silence = OneIn(2) ? State::kRefused : State::kNoResponse;
      for (const auto& at : members) {
        for (int quarter = 1; quarter <= 4; ++quarter) {
          if (edition > 0 && any && !OneIn(6)) continue;
          if (odd_ && OneIn(40)) continue;
          any = true;
          RowSpec row = {.reporter = reporter,
                         .at = at,
                         .period = absl::StrCat(2018 + year, "/", 19 + year,
                                                " Q", quarter),
                         .line = ++line};
          if (reply) {
            Number(row);
          } else {
            row.state = silence;
            if (silence == State::kRefused) row.reason = "s.12(2) cost";
          }
          if (edition > 0 && !OneIn(3)) row.flags = vocabulary::kFlagRevised;
          world.Row(row);
          if (odd_ && OneIn(60)) world.Row(row);
        }
      }
    }
    if (edition == 0 && OneIn(2)) {
      world.Extent({"p", "q", "r"},
                   {absl::StrCat(2018 + year, "/", 19 + year)});
    }
    if (odd_ && OneIn(12)) world.Withdrawn("a mistake");
  }

  void Number(RowSpec& row) {
    const int number = Below(20);
    if (number < 4) {
      row.state = State::kSuppressed;
      row.lower = 1;
      row.upper = 4;
      if (odd_ && OneIn(3)) row.upper.reset();
      if (odd_ && OneIn(4)) row.reason = "few";
    } else if (number < 7) {
      row.state = State::kRounded;
      row.value = number / 5 * 5;
      row.lower = *row.value - 2;
      row.upper = *row.value + 2;
    } else if (odd_ && number < 9) {
      row.state = OneIn(2) ? State::kPartialPeriod : State::kIncludedElsewhere;
      if (OneIn(2)) row.value = number;
      if (OneIn(2)) row.upper = number + 5;
    } else if (odd_ && number < 10) {
      row.state = State::kNotAsked;
    } else {
      row.value = number;
      if (OneIn(9)) row.flags = vocabulary::kFlagProvisional;
    }
  }

  const std::vector<std::vector<std::string>> kinds_ = {
      {}, {"offence@code"}, {"offence@code", "sex@sex"}, {"sex@sex"}};
  std::mt19937 random_;
  bool odd_ = false;
};

std::vector<v1::QueryStatisticsRequest> ManyQuestions() {
  std::vector<v1::QueryStatisticsRequest> all;
  for (const std::vector<std::string>& periods :
       {std::vector<std::string>{"2018/19", "2019/20"},
        {"2018/19 Q1", "2018/19 Q3", "2019/20 Q4"},
        {"2018-07 to 2019-06"}}) {
    for (const std::vector<std::string>& by : {std::vector<std::string>{},
                                               {"reporter"},
                                               {"sex"},
                                               {"offence"},
                                               {"offence", "sex"},
                                               {"reporter", "sex"}}) {
      for (const char* offence : {"", "88A", "sexual"}) {
        v1::QueryStatisticsRequest request;
        v1::StatisticsQuery& query = *request.mutable_query();
        query.add_measures("offences");
        for (const std::string& one : periods) query.add_periods(one);
        for (const std::string& one : by) query.add_group_by(one);
        query.set_panel("four");
        if (*offence != '\0') {
          v1::Filter* filter = query.add_filters();
          filter->set_dimension("offence");
          filter->add_members(offence);
        }
        all.push_back(request);
      }
    }
  }
  v1::QueryStatisticsRequest change = all[0];
  *change.mutable_query()->mutable_periods(0) = "2019/20";
  change.mutable_query()->mutable_periods()->RemoveLast();
  change.mutable_query()->add_derivations()->mutable_change()->set_base_period(
      "2018/19");
  all.push_back(change);
  v1::QueryStatisticsRequest share = all[6];
  share.mutable_query()->add_derivations()->mutable_share()->set_dimension(
      "sex");
  all.push_back(share);
  return all;
}

TEST(SummedRowsTest, AnswersAreThoseOfRows) {
  constexpr int kRegularWorlds = 60;
  int64_t asked = 0;
  int64_t by_sums = 0;
  for (int seed = 1; seed <= kRegularWorlds && !HasFailure(); ++seed) {
    SCOPED_TRACE(absl::StrCat("seed ", seed));
    const World world = RegularWorld(seed).Make();
    SummingService resident(world);
    SummingService away(world, NoRowsInMemory());
    for (const v1::QueryStatisticsRequest& request : ManyQuestions()) {
      const auto expected = resident.Ask(request);
      const int64_t found_before = away.store().found();
      const auto found = away.Ask(request);
      ++asked;
      by_sums += away.store().found() == found_before;
      ASSERT_EQ(expected.status().ToString(), found.status().ToString())
          << request.DebugString();
      if (!expected.ok() || *expected == *found) continue;
      v1::QueryStatisticsResponse answer;
      v1::QueryStatisticsResponse other;
      ASSERT_TRUE(answer.ParseFromString(*expected));
      ASSERT_TRUE(other.ParseFromString(*found));
      ASSERT_EQ(answer.DebugString(), other.DebugString())
          << request.DebugString();
    }
  }
  // Where rows are fetched for everything nothing is proved.
  EXPECT_GT(by_sums, asked / 4);
}

}  // namespace
}  // namespace collate::api
