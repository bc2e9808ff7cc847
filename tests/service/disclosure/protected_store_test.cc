#include "service/disclosure/protected_store.h"

#include <string>
#include <vector>

#include "absl/strings/match.h"
#include "gmock/gmock.h"
#include "gtest/gtest.h"
#include "service/base/error.h"
#include "service/vocabulary/state.h"
#include "tests/service/disclosure/restricted_world.h"
#include "tests/testing/status_matchers.h"

namespace collate::disclosure {
namespace {

using ::collate::testing::HasReason;
using ::collate::testing::IsOk;
using ::collate::testing::MakeRestrictedVocabulary;
using ::collate::testing::MemoryStore;
using ::collate::testing::PublishAll;
using ::collate::testing::Shown;
using ::collate::testing::StatusIs;
using ::collate::testing::World;
using ::testing::Contains;
using ::testing::Not;
using vocabulary::State;

constexpr char kFirst[] = "sources/first/releases/1";
constexpr char kSecond[] = "sources/second/releases/2";

// The same table of a restricted and of a published source.
World TwoSources() {
  World world(MakeRestrictedVocabulary());
  for (const char* source : {"first", "second"}) {
    world.Release(source, "2019-01-01")
        .Slice({.measure = "cases"})
        .Row({.reporter = "p", .period = "2018", .value = 7919})
        .Row({.reporter = "q",
              .period = "2018",
              .value = 3,
              .flags = vocabulary::kFlagTotalMismatch,
              .records = 3})
        .Row({.reporter = "r",
              .period = "2018",
              .state = State::kRefused,
              .reason = "s.12 cost"})
        .Row({.reporter = "s",
              .period = "2018",
              .state = State::kSuppressed,
              .lower = 1,
              .upper = 2,
              .reason = "one or two"})
        .Slice({.aggregation = store::Aggregation::kNone,
                .measure = "mean_age",
                .scale = 1})
        .Row({.reporter = "p", .period = "2018", .value = 142});
  }
  return world;
}

class ProtectedStoreTest : public ::testing::Test {
 protected:
  ProtectedStoreTest() : shown_(Shown(store_, "nhs-7-5")) {
    PublishAll(TwoSources(), store_);
  }

  store::Observations Chunk(const char* release, uint32_t chunk) {
    auto read = shown_.ReadChunk(release, chunk);
    EXPECT_THAT(read, IsOk());
    return *std::move(read);
  }

  MemoryStore store_;
  ProtectedStore shown_;
};

TEST_F(ProtectedStoreTest, RowsAreReplacedAndNothingIsLeftOfThem) {
  const store::Observations counts = Chunk(kFirst, 0);
  ASSERT_EQ(counts.row_count(), 4);
  EXPECT_EQ(counts.state[0], State::kRounded);
  EXPECT_EQ(counts.value[0], 7920);
  EXPECT_EQ(counts.strings[counts.raw[0]], "7920");
  EXPECT_EQ(counts.state[1], State::kSuppressed);
  EXPECT_EQ(counts.value[1], 0);
  EXPECT_EQ(counts.lower[1], 1);
  EXPECT_EQ(counts.upper[1], 7);
  EXPECT_EQ(counts.strings[counts.raw[1]], "c");
  EXPECT_EQ(counts.records[1], 0);
  EXPECT_EQ(counts.flags[1], 0);
  for (const std::string& text : counts.strings) {
    EXPECT_FALSE(absl::StrContains(text, "7919")) << text;
    EXPECT_NE(text, " 3 ");
    EXPECT_NE(text, "one or two");
  }
}

TEST_F(ProtectedStoreTest, WhyThereIsNoNumberIsKept) {
  const store::Observations counts = Chunk(kFirst, 0);
  EXPECT_EQ(counts.state[2], State::kRefused);
  EXPECT_EQ(counts.strings[counts.reason[2]], "s.12 cost");
  // What was withheld before is withheld as others are.
  EXPECT_EQ(counts.state[3], State::kSuppressed);
  EXPECT_EQ(counts.upper[3], 7);
  EXPECT_EQ(counts.strings[counts.reason[3]],
            "withheld by disclosure profile nhs-7-5");
}

TEST_F(ProtectedStoreTest, WhatIsNoCountHasNoNumber) {
  const store::Observations means = Chunk(kFirst, 1);
  EXPECT_EQ(means.state[0], State::kSuppressed);
  EXPECT_EQ(means.has[0], 0);
  EXPECT_EQ(means.value[0], 0);
  EXPECT_THAT(means.strings, Not(Contains(" 142 ")));
}

TEST_F(ProtectedStoreTest, PublishedSourcesPassThrough) {
  for (const uint32_t chunk : {0u, 1u}) {
    const store::Observations before = *store_.ReadChunk(kSecond, chunk);
    const store::Observations after = Chunk(kSecond, chunk);
    EXPECT_EQ(before.value, after.value);
    EXPECT_EQ(before.state, after.state);
    EXPECT_EQ(before.strings, after.strings);
    EXPECT_EQ(before.raw, after.raw);
    EXPECT_EQ(before.records, after.records);
    EXPECT_EQ(before.flags, after.flags);
  }
  EXPECT_EQ(shown_.GetRelease(kSecond)->documents[0].sha256, "d1");
  EXPECT_EQ(*shown_.Fingerprint(kSecond), *store_.Fingerprint(kSecond));
}

TEST_F(ProtectedStoreTest, DocumentsAndReportsAreNotTold) {
  store_.Keep("d1", "cases,3");
  const store::Release release = *shown_.GetRelease(kFirst);
  EXPECT_EQ(release.documents[0].sha256, "");
  EXPECT_EQ(release.documents[0].byte_count, 0);
  EXPECT_FALSE(release.documents[0].retained);
  EXPECT_EQ(release.report, "nothing");
  const auto read = shown_.ReadDocument("", 0, 10);
  EXPECT_THAT(read, StatusIs(absl::StatusCode::kPermissionDenied));
  EXPECT_THAT(read, HasReason("DISCLOSURE_CONTROL"));
  EXPECT_THAT(shown_.ReadDocument("d1", 0, 10), IsOk());
  EXPECT_NE(*shown_.Fingerprint(kFirst), *store_.Fingerprint(kFirst));
}

TEST_F(ProtectedStoreTest, NothingIsWritten) {
  EXPECT_THAT(shown_.Publish({}), HasReason("READ_ONLY"));
  EXPECT_THAT(shown_.Withdraw(kFirst, "why"), HasReason("READ_ONLY"));
  EXPECT_EQ(store_.GetRelease(kFirst)->state, store::ReleaseState::kPublished);
}

TEST_F(ProtectedStoreTest, DamageIsDamage) {
  store_.Damage(kFirst);
  EXPECT_THAT(shown_.ReadObservations(kFirst),
              StatusIs(absl::StatusCode::kDataLoss));
  EXPECT_THAT(shown_.ReadObservations(kSecond), IsOk());
}

TEST_F(ProtectedStoreTest, NumbersThatSumsCannotHoldAreNotShown) {
  World world(MakeRestrictedVocabulary());
  world.Release("third", "2019-02-01")
      .Slice({.measure = "cases"})
      .Row({.reporter = "p", .period = "2018", .value = kMaxNumber + 1});
  PublishAll(world, store_);
  EXPECT_THAT(shown_.ReadObservations("sources/third/releases/1"),
              HasReason("DISCLOSURE_LIMIT"));
}

}  // namespace
}  // namespace collate::disclosure
