#include "service/supervision/heartbeat.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <atomic>
#include <condition_variable>
#include <memory>
#include <mutex>

#include "tests/testing/fake_clock.h"
#include "tests/testing/status_matchers.h"

namespace collate::supervision {
namespace {

using ::collate::testing::FakeClock;
using ::collate::testing::IsOk;
using ::collate::testing::StatusIs;
using ::testing::Eq;

constexpr absl::Duration kPatience = absl::Seconds(70);
// For a question that is sure to be answered, and for one that is not.
constexpr absl::Duration kLong = absl::Seconds(60);
constexpr absl::Duration kShort = absl::Milliseconds(5);

// A task that does not end before it is let go.
class Gate {
 public:
  base::Executor::Task Task() {
    return [this] {
      std::unique_lock lock(mutex_);
      ++waiting_;
      changed_.notify_all();
      changed_.wait(lock, [this] { return open_ > 0; });
      --open_;
    };
  }
  void AwaitBegin() {
    std::unique_lock lock(mutex_);
    changed_.wait(lock, [this] { return waiting_ > 0; });
  }
  void LetOneGo() {
    const std::lock_guard lock(mutex_);
    ++open_;
    changed_.notify_all();
  }

 private:
  std::mutex mutex_;
  std::condition_variable changed_;
  int waiting_ = 0;
  int open_ = 0;
};

class HeartbeatTest : public ::testing::Test {
 protected:
  // Once as many tasks have ended.
  void AwaitEnded(uint64_t count) {
    while (executor_.ended_count() < count) std::this_thread::yield();
  }

  FakeClock clock_;
  Gate gate_;
  std::atomic<int> asked_ = 0;
  base::Executor executor_{{.thread_count = 1, .queue_capacity = 2}};
  Heartbeat heartbeat_{{.executor = &executor_,
                        .question = [this] { ++asked_; },
                        .patience = kPatience,
                        .clock = &clock_}};
};

TEST_F(HeartbeatTest, AsksAQuestionOfItsOwn) {
  clock_.Advance(absl::Hours(1));  // in which nobody asked
  EXPECT_THAT(heartbeat_.Probe(kLong), IsOk());
  EXPECT_THAT(asked_.load(), Eq(1));
}

TEST_F(HeartbeatTest, ThreadsThatNeverEndATaskAreStuck) {
  ASSERT_TRUE(executor_.TrySchedule(gate_.Task()));
  gate_.AwaitBegin();
  EXPECT_THAT(heartbeat_.Probe(kShort), IsOk());
  clock_.Advance(kPatience);
  EXPECT_THAT(heartbeat_.Probe(kShort), IsOk());
  clock_.Advance(absl::Seconds(1));
  const absl::Status stuck = heartbeat_.Probe(kShort);
  EXPECT_THAT(stuck, StatusIs(absl::StatusCode::kUnavailable));
  // The one that is stuck, and the probe's: three probes asked once.
  EXPECT_THAT(std::string(stuck.message()),
              Eq("no question has ended for 1m11s; 2 run or wait"));
  EXPECT_THAT(asked_.load(), Eq(0));

  gate_.LetOneGo();
  EXPECT_THAT(heartbeat_.Probe(kLong), IsOk());
  EXPECT_THAT(asked_.load(), Eq(1));
}

TEST_F(HeartbeatTest, AFullQueueThatMovesIsAlive) {
  for (int i = 0; i < 3; ++i) {
    ASSERT_TRUE(executor_.TrySchedule(gate_.Task()));
  }
  for (uint64_t ended = 1; ended <= 5; ++ended) {
    clock_.Advance(kPatience + absl::Seconds(1));
    gate_.LetOneGo();
    AwaitEnded(ended);
    // Somebody else takes the place at once: the probe finds none.
    ASSERT_TRUE(executor_.TrySchedule(gate_.Task()));
    EXPECT_THAT(heartbeat_.Probe(kShort), IsOk()) << ended;
  }
  EXPECT_THAT(asked_.load(), Eq(0));
  clock_.Advance(kPatience + absl::Seconds(1));
  EXPECT_THAT(heartbeat_.Probe(kShort),
              StatusIs(absl::StatusCode::kUnavailable));
  for (int i = 0; i < 3; ++i) gate_.LetOneGo();
}

TEST_F(HeartbeatTest, ItsQuestionMayComeAfterItIsGone) {
  ASSERT_TRUE(executor_.TrySchedule(gate_.Task()));
  auto other = std::make_unique<Heartbeat>(
      Heartbeat::Options{.executor = &executor_,
                         .question = [this] { ++asked_; },
                         .patience = kPatience,
                         .clock = &clock_});
  EXPECT_THAT(other->Probe(kShort), IsOk());
  other = nullptr;
  gate_.LetOneGo();
  AwaitEnded(2);
  EXPECT_THAT(asked_.load(), Eq(1));
}

}  // namespace
}  // namespace collate::supervision
