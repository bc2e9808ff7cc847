#include "service/query/search_cache.h"

#include <atomic>
#include <future>
#include <latch>
#include <memory>
#include <string>
#include <thread>
#include <utility>
#include <vector>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "gmock/gmock.h"
#include "gtest/gtest.h"
#include "tests/testing/status_matchers.h"
#include "tests/testing/world.h"

namespace collate::query {
namespace {

using ::collate::testing::IsOk;
using ::collate::testing::StatusIs;
using ::collate::testing::World;
using ::testing::ElementsAre;

using Cache = SearchCache<std::string>;
using Result = absl::StatusOr<std::shared_ptr<const std::string>>;

absl::Status Always() { return absl::OkStatus(); }

class SearchCacheTest : public ::testing::Test {
 protected:
  // Searches that were really made are kept in searches_.
  Result Ask(const std::shared_ptr<const Snapshot>& snapshot,
             const std::string& key, const std::string& finds = "found") {
    return cache_.Of(snapshot, key, Always,
                     [&]() -> absl::StatusOr<std::string> {
                       searches_.push_back(key);
                       return finds;
                     });
  }

  Cache cache_{
      {.most_searches = 2,
       .most_weight = 10,
       .weight = [](const std::string& found) { return found.size(); }}};
  const std::shared_ptr<const Snapshot> snapshot_ = World().Build();
  std::vector<std::string> searches_;
};

TEST_F(SearchCacheTest, WhatWasFoundIsKeptForItsSnapshotAndKey) {
  const Result first = Ask(snapshot_, "a", "one");
  ASSERT_THAT(first, IsOk());
  EXPECT_EQ(**first, "one");
  const Result again = Ask(snapshot_, "a", "two");
  ASSERT_THAT(again, IsOk());
  EXPECT_EQ(*first, *again);
  EXPECT_THAT(Ask(snapshot_, "b"), IsOk());
  const auto other = World().Build();
  EXPECT_THAT(Ask(other, "a"), IsOk());
  EXPECT_THAT(searches_, ElementsAre("a", "b", "a"));
}

TEST_F(SearchCacheTest, TheSearchUsedLongestAgoIsForgotten) {
  EXPECT_THAT(Ask(snapshot_, "a"), IsOk());
  EXPECT_THAT(Ask(snapshot_, "b"), IsOk());
  EXPECT_THAT(Ask(snapshot_, "a"), IsOk());
  EXPECT_THAT(Ask(snapshot_, "c"), IsOk());  // in place of b
  EXPECT_THAT(Ask(snapshot_, "a"), IsOk());
  EXPECT_THAT(Ask(snapshot_, "b"), IsOk());
  EXPECT_THAT(searches_, ElementsAre("a", "b", "c", "b"));
}

TEST_F(SearchCacheTest, AHeavyOneDrivesOutTheOthersAndIsKeptItself) {
  EXPECT_THAT(Ask(snapshot_, "a"), IsOk());
  EXPECT_THAT(Ask(snapshot_, "heavy", std::string(11, 'x')), IsOk());
  EXPECT_THAT(Ask(snapshot_, "heavy"), IsOk());
  EXPECT_THAT(Ask(snapshot_, "a"), IsOk());
  EXPECT_THAT(searches_, ElementsAre("a", "heavy", "a"));
}

TEST_F(SearchCacheTest, ASearchThatFailedIsMadeAgain) {
  EXPECT_THAT(cache_.Of(snapshot_, "a", Always,
                        []() -> absl::StatusOr<std::string> {
                          return absl::CancelledError("gone");
                        }),
              StatusIs(absl::StatusCode::kCancelled));
  EXPECT_THAT(Ask(snapshot_, "a"), IsOk());
  EXPECT_THAT(searches_, ElementsAre("a"));
}

// One call that searches until it is told what it finds.
class Searching {
 public:
  Searching(Cache& cache, std::shared_ptr<const Snapshot> snapshot)
      : thread_([this, &cache, snapshot = std::move(snapshot)] {
          result_ = cache.Of(snapshot, "a", Always,
                             [this]() -> absl::StatusOr<std::string> {
                               begun_.count_down();
                               told_.wait();
                               return finds_;
                             });
        }) {
    begun_.wait();
  }

  Result End(absl::StatusOr<std::string> finds) {
    finds_ = std::move(finds);
    told_.count_down();
    thread_.join();
    return result_;
  }

 private:
  std::latch begun_{1};
  std::latch told_{1};
  absl::StatusOr<std::string> finds_ = absl::UnknownError("not told");
  Result result_ = absl::UnknownError("not ended");
  std::thread thread_;
};

// A call that waits for another's search; Waits() returns once it does.
class Waiting {
 public:
  Waiting(Cache& cache, std::shared_ptr<const Snapshot> snapshot)
      : result_(std::async(
            std::launch::async, [this, &cache, snapshot = std::move(snapshot)] {
              return cache.Of(
                  snapshot, "a",
                  [this] {
                    if (!waits_.try_wait()) waits_.count_down();
                    return hangs_up ? absl::CancelledError("hung up")
                                    : absl::OkStatus();
                  },
                  []() -> absl::StatusOr<std::string> { return "its own"; });
            })) {
    waits_.wait();
  }

  Result End() { return result_.get(); }

  std::atomic<bool> hangs_up = false;

 private:
  std::latch waits_{1};
  std::future<Result> result_;
};

TEST_F(SearchCacheTest, CallsAtTheSameTimeShareOneSearch) {
  Searching searching(cache_, snapshot_);
  Waiting first(cache_, snapshot_);
  Waiting second(cache_, snapshot_);
  EXPECT_THAT(Ask(snapshot_, "another"), IsOk());  // needs not wait
  const Result found = searching.End("shared");
  ASSERT_THAT(found, IsOk());
  for (Waiting* waiting : {&first, &second}) {
    const Result result = waiting->End();
    ASSERT_THAT(result, IsOk());
    EXPECT_EQ(*result, *found);
  }
}

TEST_F(SearchCacheTest, WhoWaitsTakesOverFromASearchThatGaveUp) {
  Searching searching(cache_, snapshot_);
  Waiting waiting(cache_, snapshot_);
  EXPECT_THAT(searching.End(absl::CancelledError("gone")),
              StatusIs(absl::StatusCode::kCancelled));
  const Result result = waiting.End();
  ASSERT_THAT(result, IsOk());
  EXPECT_EQ(**result, "its own");
}

TEST_F(SearchCacheTest, WhoWaitsMayHangUp) {
  Searching searching(cache_, snapshot_);
  Waiting waiting(cache_, snapshot_);
  waiting.hangs_up = true;
  EXPECT_THAT(waiting.End(), StatusIs(absl::StatusCode::kCancelled));
  EXPECT_THAT(searching.End("found"), IsOk());
}

}  // namespace
}  // namespace collate::query
