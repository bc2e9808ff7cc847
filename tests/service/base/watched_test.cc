#include "service/base/watched.h"

#include <atomic>
#include <string>
#include <thread>
#include <vector>

#include "gmock/gmock.h"
#include "gtest/gtest.h"
#include "tests/testing/status_matchers.h"

namespace collate::base {
namespace {

using ::collate::testing::IsOk;
using ::testing::ElementsAre;
using ::testing::IsEmpty;

// What stands in the "file", and what was told.
struct World {
  absl::StatusOr<std::string> content = std::string("first");
  std::vector<std::string> told;

  Watched<std::string>::Options Options() {
    return {.read = [this] { return content; },
            .told =
                [this](const absl::Status& status) {
                  told.push_back(status.ok() ? "new"
                                             : std::string(status.message()));
                },
            // Looked at only when the test says so.
            .interval = absl::Hours(1)};
  }
};

TEST(WatchedTest, TheFirstReadingMustBeGood) {
  World world;
  world.content = absl::NotFoundError("nothing there");
  EXPECT_FALSE(Watched<std::string>::Start(world.Options()).ok());
}

TEST(WatchedTest, ANewValueIsTakenAndToldOnce) {
  World world;
  const auto watched = Watched<std::string>::Start(world.Options());
  ASSERT_THAT(watched, IsOk());
  (*watched)->Look();
  EXPECT_THAT(world.told, IsEmpty());
  world.content = std::string("second");
  (*watched)->Look();
  (*watched)->Look();
  EXPECT_EQ(*(*watched)->Current(), "second");
  EXPECT_THAT(world.told, ElementsAre("new"));
}

TEST(WatchedTest, WhatCannotBeReadIsToldOnceAndChangesNothing) {
  World world;
  const auto watched = Watched<std::string>::Start(world.Options());
  ASSERT_THAT(watched, IsOk());
  world.content = absl::NotFoundError("gone");
  (*watched)->Look();
  (*watched)->Look();
  EXPECT_EQ(*(*watched)->Current(), "first");
  EXPECT_FALSE((*watched)->problem().ok());
  world.content = absl::NotFoundError("gone again");
  (*watched)->Look();
  EXPECT_THAT(world.told, ElementsAre("gone", "gone again"));
  // As it was: nothing new, and no problem either.
  world.content = std::string("first");
  (*watched)->Look();
  EXPECT_THAT((*watched)->problem(), IsOk());
  EXPECT_THAT(world.told, ElementsAre("gone", "gone again"));
}

TEST(WatchedTest, AHolderKeepsWhatItHolds) {
  World world;
  const auto watched = Watched<std::string>::Start(world.Options());
  ASSERT_THAT(watched, IsOk());
  const auto held = (*watched)->Current();
  world.content = std::string("second");
  (*watched)->Look();
  EXPECT_EQ(*held, "first");
}

TEST(WatchedTest, LooksByItself) {
  std::atomic<int> reads{0};
  const auto watched = Watched<int>::Start(
      {.read = [&reads]() -> absl::StatusOr<int> { return ++reads; },
       .told = nullptr,
       .interval = absl::Milliseconds(1)});
  ASSERT_THAT(watched, IsOk());
  while (*(*watched)->Current() < 3) std::this_thread::yield();
}

}  // namespace
}  // namespace collate::base
