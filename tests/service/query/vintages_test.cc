// Answers from some of the releases alone, and what is in the name of an
// answer. Figures are synthetic.

#include <string>
#include <thread>
#include <vector>

#include "absl/time/civil_time.h"
#include "absl/time/time.h"
#include "gmock/gmock.h"
#include "gtest/gtest.h"
#include "service/base/error.h"
#include "service/query/answer_name.h"
#include "service/query/engine.h"
#include "service/query/publisher.h"
#include "tests/testing/memory_store.h"
#include "tests/testing/status_matchers.h"
#include "tests/testing/world.h"

namespace collate::query {
namespace {

using ::collate::testing::DraftsOf;
using ::collate::testing::HasReason;
using ::collate::testing::IsOk;
using ::collate::testing::MakeTestVocabulary;
using ::collate::testing::MemoryStore;
using ::collate::testing::World;
using ::testing::ElementsAre;
using ::testing::IsEmpty;
using ::testing::Optional;
using ::testing::SizeIs;
using vocabulary::State;

constexpr char kFirst[] = "sources/first/releases/1";
constexpr char kSecond[] = "sources/first/releases/2";
constexpr char kThird[] = "sources/first/releases/3";

// Three editions, loaded one an hour from 1 January 2020, 01:00: p is 50, then
// left out, then 52; q is 7 from the second on.
World Editions() {
  World world;
  world.Release("first", "2021-01-01")
      .Slice({})
      .Row({.reporter = "p", .period = "2017/18", .value = 50});
  world.Release("first", "2022-01-01")
      .Slice({})
      .Row({.reporter = "q", .period = "2017/18", .value = 7})
      .Extent({"p", "q"}, {"2017/18"});
  world.Release("first", "2023-01-01")
      .Slice({})
      .Row({.reporter = "p", .period = "2017/18", .value = 52})
      .Extent({"p"}, {"2017/18"});
  return world;
}

absl::Time Hour(int hours) {
  return absl::FromCivil(absl::CivilDay(2020, 1, 1), absl::UTCTimeZone()) +
         absl::Hours(hours);
}

class VintagesTest : public ::testing::Test {
 protected:
  VintagesTest() { Publish(Editions()); }

  void Publish(const World& world) {
    for (const store::ReleaseDraft& draft : DraftsOf(*world.Build())) {
      EXPECT_THAT(store_.Publish(draft), IsOk());
    }
    auto opened = Publisher::Open(MakeTestVocabulary(), &store_);
    ASSERT_THAT(opened, IsOk());
    publisher_ = *std::move(opened);
  }

  static Query Ask() {
    Query query;
    query.measures = {"offences"};
    query.periods = {"2017/18"};
    query.filters = {{.dimension = "reporter", .members = {"p"}}};
    return query;
  }

  struct Keep final : public CellSink {
    absl::Status OnCell(Cell cell) override {
      cells.push_back(std::move(cell));
      return absl::OkStatus();
    }
    std::vector<Cell> cells;
  };

  struct Given {
    Cell cell;
    std::vector<std::string> caveats;
    std::string name;
    std::vector<std::string> releases;  // that could answer
  };

  Given Answer(const Query& query, const std::string& question = "q",
               vocabulary::Day today = 20'000) {
    Given given;
    const auto snapshot = publisher_->For(query);
    EXPECT_THAT(snapshot, IsOk());
    if (!snapshot.ok()) return given;
    const auto plan = MakePlan(query, **snapshot, {.today = today});
    EXPECT_THAT(plan, IsOk());
    if (!plan.ok()) return given;
    Keep sink;
    const auto summary = Execute(*plan, **snapshot, {}, sink);
    EXPECT_THAT(summary, IsOk());
    EXPECT_THAT(sink.cells, SizeIs(1));
    if (!summary.ok() || sink.cells.size() != 1) return given;
    given.cell = sink.cells[0];
    for (const Caveat& caveat : summary->caveats) {
      given.caveats.push_back(caveat.code);
    }
    const AnswerName name = NameAnswer(*plan, **snapshot, question);
    given.name = name.digest;
    // What is kept of the names before changes nothing.
    const AnswerName kept = names_.Of(*plan, *snapshot, question);
    EXPECT_EQ(kept.digest, name.digest);
    EXPECT_EQ(kept.day, name.day);
    EXPECT_EQ(kept.releases->states, name.releases->states);
    for (const uint32_t index : name.releases->indexes) {
      given.releases.push_back((*snapshot)->releases()[index]->release.name);
    }
    return given;
  }

  MemoryStore store_;
  std::unique_ptr<Publisher> publisher_;
  AnswerNames names_;
};

TEST_F(VintagesTest, APinAnswersAsIfNothingElseHadBeenLoaded) {
  Query query = Ask();
  EXPECT_THAT(Answer(query).cell.reported, Optional(52));
  query.releases = {kFirst};
  EXPECT_THAT(Answer(query).cell.reported, Optional(50));
  query.releases = {kSecond};
  const Cell silent = Answer(query).cell;
  EXPECT_EQ(silent.state, State::kNotShown) << "nothing is there to drop";
  query.releases = {kSecond, kFirst, kSecond};
  EXPECT_EQ(Answer(query).cell.state, State::kDroppedInEdition);
  query.releases = {kThird, kFirst};
  query.as_of =
      absl::FromCivil(absl::CivilDay(2022, 6, 1), absl::UTCTimeZone());
  EXPECT_THAT(Answer(query).cell.reported, Optional(50))
      << "as_of is answered among the pinned";
}

TEST_F(VintagesTest, WhatWasLoadedByATimeAnswers) {
  Query query = Ask();
  query.loaded_by = Hour(3);
  EXPECT_THAT(Answer(query).cell.reported, Optional(52)) << "at that very time";
  query.loaded_by = Hour(3) - absl::Microseconds(1);
  EXPECT_EQ(Answer(query).cell.state, State::kDroppedInEdition);
  query.loaded_by = Hour(1);
  const Given first = Answer(query);
  EXPECT_THAT(first.cell.reported, Optional(50));
  EXPECT_THAT(first.caveats, IsEmpty());
  query.loaded_by = Hour(0);
  const Given none = Answer(query);
  EXPECT_EQ(none.cell.state, State::kNoRelease);
  EXPECT_THAT(none.caveats, ElementsAre("NOTHING_LOADED_BY_THEN"));
}

TEST_F(VintagesTest, AnUnknownPinIsRefusedWithWhatComesNear) {
  Query query = Ask();
  query.releases = {kFirst, "sources/first/releases/9"};
  const auto snapshot = publisher_->For(query);
  EXPECT_THAT(snapshot, HasReason("UNKNOWN_RELEASE"));
  const base::ErrorDetail detail = base::DetailOf(snapshot.status());
  ASSERT_THAT(detail.fields, SizeIs(1));
  EXPECT_EQ(detail.fields[0].path, "query.releases[1]");
  bool near = false;
  for (const auto& [key, value] : detail.metadata) {
    near |= key == "near_matches" && !value.empty();
  }
  EXPECT_TRUE(near);
}

TEST_F(VintagesTest, AWithdrawnReleaseIsWithdrawnInItsPin) {
  ASSERT_THAT(publisher_->Withdraw(kFirst, "a mistake"), IsOk());
  Query query = Ask();
  query.releases = {kFirst};
  const Cell cell = Answer(query).cell;
  EXPECT_EQ(cell.state, State::kWithdrawn);
  EXPECT_EQ(cell.reported, std::nullopt);
}

TEST_F(VintagesTest, ASourceWithoutAPinnedReleaseMayBeNamed) {
  World world;
  world.Release("third", "2021-01-01")
      .Slice({})
      .Row({.reporter = "p", .period = "2017/18", .value = 1});
  Publish(world);
  Query query = Ask();
  query.releases = {kFirst};
  query.preferred_sources = {"third"};
  EXPECT_THAT(Answer(query).cell.reported, Optional(50));
  query.preferred_sources = {"fourth"};
  const auto snapshot = publisher_->For(query);
  ASSERT_THAT(snapshot, IsOk());
  EXPECT_THAT(MakePlan(query, **snapshot, {}), HasReason("UNKNOWN_SOURCE"));
}

TEST_F(VintagesTest, NarrowedSnapshotsAreSharedUntilSomethingIsPublished) {
  Query query = Ask();
  query.releases = {kFirst};
  const auto before = *publisher_->For(query);
  EXPECT_EQ(before, *publisher_->For(query));
  EXPECT_EQ(before->releases()[0]->chunks,
            publisher_->Current()->releases()[0]->chunks)
      << "no figure is copied";
  Query other = Ask();
  for (const std::vector<std::string>& pins :
       std::vector<std::vector<std::string>>{
           {kSecond}, {kThird}, {kFirst, kSecond}, {kSecond, kThird}}) {
    other.releases = pins;
    ASSERT_THAT(publisher_->For(other), IsOk());
  }
  EXPECT_NE(before, *publisher_->For(query)) << "only the last few are kept";
  const auto again = *publisher_->For(query);
  ASSERT_THAT(publisher_->Withdraw(kThird, "a mistake"), IsOk());
  EXPECT_NE(again, *publisher_->For(query));
  query.releases = {kFirst, kSecond, kThird};
  EXPECT_EQ(*publisher_->For(query), publisher_->Current());
}

TEST_F(VintagesTest, ManyThreadsNarrowAtOnce) {
  std::vector<std::thread> threads;
  for (int i = 0; i < 8; ++i) {
    threads.emplace_back([this, i] {
      Query query = Ask();
      query.releases = {i % 2 == 0 ? kFirst : kThird};
      for (int n = 0; n < 50; ++n) {
        const auto snapshot = publisher_->For(query);
        ASSERT_THAT(snapshot, IsOk());
        EXPECT_EQ((*snapshot)->releases()[0]->release.name, query.releases[0]);
        if (i == 0 && n == 25) {
          EXPECT_THAT(publisher_->Withdraw(kSecond, "a mistake"), IsOk());
        }
      }
    });
  }
  for (std::thread& thread : threads) thread.join();
}

TEST_F(VintagesTest, ANameIsOfTheQuestionAndOfWhatCouldAnswer) {
  const Given given = Answer(Ask());
  EXPECT_THAT(given.name, SizeIs(64));
  EXPECT_THAT(given.releases, ElementsAre(kFirst, kSecond, kThird));
  EXPECT_EQ(given.name, Answer(Ask()).name);
  EXPECT_NE(given.name, Answer(Ask(), "another question").name);

  // Another measure's release changes no name, one of the measure does.
  World accounts;
  accounts.Release("first", "2024-01-01")
      .Slice({.measure = "accounts"})
      .Row({.reporter = "p", .period = "2017/18", .value = 1});
  store::ReleaseDraft draft = DraftsOf(*accounts.Build())[0];
  draft.release.name = "sources/first/releases/4";
  ASSERT_THAT(publisher_->Publish(draft), IsOk());
  EXPECT_EQ(given.name, Answer(Ask()).name);
  draft.release.name = "sources/first/releases/5";
  draft.observations[0].slice.measure = "offences";
  ASSERT_THAT(publisher_->Publish(draft), IsOk());
  EXPECT_NE(given.name, Answer(Ask()).name);
}

TEST_F(VintagesTest, ANameIsOfTheStatesOfTheReleases) {
  const Given given = Answer(Ask());
  ASSERT_THAT(publisher_->Withdraw(kSecond, "a mistake"), IsOk());
  EXPECT_NE(given.name, Answer(Ask()).name);
}

TEST_F(VintagesTest, ANameIsOfHowReleasesWereRead) {
  const std::string name = Answer(Ask()).name;
  for (std::string store::Release::*part :
       {&store::Release::adapter_id, &store::Release::adapter_version,
        &store::Release::adapter_sha256, &store::Release::vocabulary_sha256,
        &store::Release::report}) {
    MemoryStore store;
    for (store::ReleaseDraft draft : DraftsOf(*Editions().Build())) {
      if (draft.release.name == kFirst) draft.release.*part = "another";
      ASSERT_THAT(store.Publish(draft), IsOk());
    }
    publisher_ = *Publisher::Open(MakeTestVocabulary(), &store);
    EXPECT_NE(name, Answer(Ask()).name);
  }
}

TEST_F(VintagesTest, ANameIsNotOfTheOrderOrTimeOfLoading) {
  const std::string name = Answer(Ask()).name;
  MemoryStore store;
  std::vector<store::ReleaseDraft> drafts = DraftsOf(*Editions().Build());
  for (auto draft = drafts.rbegin(); draft != drafts.rend(); ++draft) {
    draft->release.load_time += absl::Hours(1000);
    ASSERT_THAT(store.Publish(*draft), IsOk());
  }
  publisher_ = *Publisher::Open(MakeTestVocabulary(), &store);
  EXPECT_EQ(name, Answer(Ask()).name);
}

TEST_F(VintagesTest, UnderAsOfANameIsOfTheLoadTimeOfAnUndatedRelease) {
  const auto name = [this](absl::Duration later) {
    MemoryStore store;
    World world;
    world.Release("first", "")
        .Slice({})
        .Row({.reporter = "p", .period = "2017/18", .value = 50});
    store::ReleaseDraft draft = DraftsOf(*world.Build())[0];
    draft.release.load_time += later;
    EXPECT_THAT(store.Publish(draft), IsOk());
    publisher_ = *Publisher::Open(MakeTestVocabulary(), &store);
    Query query = Ask();
    const std::string today = Answer(query).name;
    query.as_of = Hour(0);
    return std::pair(today, Answer(query).name);
  };
  const auto early = name(absl::ZeroDuration());
  const auto late = name(absl::Hours(1));
  EXPECT_EQ(early.first, late.first);
  EXPECT_NE(early.second, late.second);
}

TEST_F(VintagesTest, TheDayIsInANameUntilThePeriodIsOver) {
  const vocabulary::Day end = vocabulary::ParsePeriod("2017/18")->days.end;
  const auto on = [this](vocabulary::Day day) {
    return Answer(Ask(), "q", day).name;
  };
  EXPECT_NE(on(end - 2), on(end - 1));
  EXPECT_NE(on(end - 1), on(end));
  EXPECT_EQ(on(end), on(end + 1000));
}

TEST_F(VintagesTest, WhatADerivationLooksAtCouldAnswer) {
  World world;
  world.Release("second", "2021-01-01")
      .Slice({.measure = "people"})
      .Row({.reporter = "p", .period = "2017/18", .value = 1000});
  world.Release("second", "2021-02-01")
      .Slice({.measure = "printed_rate", .scale = 1})
      .Row({.reporter = "p", .period = "2017/18", .value = 520});
  Publish(world);
  Query query = Ask();
  EXPECT_THAT(Answer(query).releases, SizeIs(3));
  query.derivations = {RateQuery{.denominator = "people", .period = "2017/18"}};
  EXPECT_THAT(Answer(query).releases, SizeIs(5));
}

}  // namespace
}  // namespace collate::query
