#include "service/base/executor.h"

#include <gtest/gtest.h>
#include <sched.h>
#include <sys/resource.h>

#include <algorithm>
#include <atomic>
#include <condition_variable>
#include <memory>
#include <mutex>
#include <thread>
#include <vector>

namespace collate::base {
namespace {

// As absl::Notification, but made of what ThreadSanitizer understands.
class Notification {
 public:
  void Notify() {
    std::lock_guard lock(mutex_);
    notified_ = true;
    condition_.notify_all();
  }
  bool HasBeenNotified() {
    std::lock_guard lock(mutex_);
    return notified_;
  }
  void WaitForNotification() {
    std::unique_lock lock(mutex_);
    condition_.wait(lock, [this] { return notified_; });
  }

 private:
  std::mutex mutex_;
  std::condition_variable condition_;
  bool notified_ = false;
};

TEST(ExecutorTest, RunsWhatItTook) {
  std::atomic<int> count = 0;
  Executor executor({.thread_count = 3, .queue_capacity = 100});
  for (int i = 0; i < 100; ++i) {
    ASSERT_TRUE(executor.TrySchedule([&count] { ++count; }));
  }
  executor.Shutdown();
  EXPECT_EQ(count, 100);
  EXPECT_EQ(executor.pending_count(), 0u);
  EXPECT_EQ(executor.ended_count(), 100u);
}

TEST(ExecutorTest, ThreadsStandBackAndNobodyElseDoes) {
  // Of the calling thread: what Linux makes of process 0.
  const auto nice = [] { return getpriority(PRIO_PROCESS, 0); };
  const int before = nice();
  int plain = -1;
  int behind = -1;
  Executor first({.thread_count = 1});
  Executor second({.thread_count = 1, .nice = 7});
  ASSERT_TRUE(first.TrySchedule([&] { plain = nice(); }));
  ASSERT_TRUE(second.TrySchedule([&] { behind = nice(); }));
  first.Shutdown();
  second.Shutdown();
  EXPECT_EQ(plain, before);
  EXPECT_EQ(behind, std::min(before + 7, 19));
  EXPECT_EQ(nice(), before);
}

TEST(ExecutorTest, ThreadsThatStandBackLeaveAProcessor) {
  const auto processors = [] {
    cpu_set_t set;
    return sched_getaffinity(0, sizeof(set), &set) == 0 ? CPU_COUNT(&set) : -1;
  };
  const int before = processors();
  int plain = -1;
  int behind = -1;
  Executor first({.thread_count = 1});
  Executor second({.thread_count = 1, .nice = 1});
  ASSERT_TRUE(first.TrySchedule([&] { plain = processors(); }));
  ASSERT_TRUE(second.TrySchedule([&] { behind = processors(); }));
  first.Shutdown();
  second.Shutdown();
  EXPECT_EQ(plain, before);
  EXPECT_EQ(behind, std::max(before - 1, 1));
  EXPECT_EQ(processors(), before);
}

TEST(ExecutorTest, AFullQueueRefusesAtOnceAndKeepsTheTask) {
  Notification release;
  Executor executor({.thread_count = 1, .queue_capacity = 2});
  for (int i = 0; i < 3; ++i) {
    ASSERT_TRUE(
        executor.TrySchedule([&release] { release.WaitForNotification(); }));
  }
  bool ran = false;
  Executor::Task refused = [&ran] { ran = true; };
  EXPECT_FALSE(executor.TrySchedule(std::move(refused)));
  EXPECT_EQ(executor.pending_count(), 3u);
  std::move(refused)();
  EXPECT_TRUE(ran);
  release.Notify();
}

TEST(ExecutorTest, WithoutAQueueOnlyFreeThreadsTakeTasks) {
  Notification release;
  Executor executor({.thread_count = 2, .queue_capacity = 0});
  const auto wait = [&release] { release.WaitForNotification(); };
  EXPECT_TRUE(executor.TrySchedule(wait));
  EXPECT_TRUE(executor.TrySchedule(wait));
  EXPECT_FALSE(executor.TrySchedule(wait));
  release.Notify();
}

TEST(ExecutorTest, APlaceIsFreeAgainAfterATask) {
  Executor executor({.thread_count = 1, .queue_capacity = 0});
  int done = 0;
  while (done < 50) {
    Notification ran;
    // The place of the task before may be given back a moment after it ran.
    if (!executor.TrySchedule([&ran] { ran.Notify(); })) {
      std::this_thread::yield();
      continue;
    }
    ran.WaitForNotification();
    ++done;
  }
  EXPECT_EQ(done, 50);
}

TEST(ExecutorTest, ShutdownRunsWaitingTasksAndRefusesNewOnes) {
  Notification started;
  Notification release;
  std::atomic<int> count = 0;
  Executor executor({.thread_count = 1, .queue_capacity = 8});
  ASSERT_TRUE(executor.TrySchedule([&] {
    started.Notify();
    release.WaitForNotification();
    ++count;
  }));
  for (int i = 0; i < 8; ++i) {
    ASSERT_TRUE(executor.TrySchedule([&count] { ++count; }));
  }
  started.WaitForNotification();
  std::thread closer([&executor] { executor.Shutdown(); });
  release.Notify();
  closer.join();
  EXPECT_EQ(count, 9);
  EXPECT_FALSE(executor.TrySchedule([&count] { ++count; }));
  executor.Shutdown();
  EXPECT_EQ(count, 9);
}

TEST(ExecutorTest, TasksMayOwnWhatCannotBeCopied) {
  auto number = std::make_unique<int>(7);
  std::atomic<int> seen = 0;
  {
    Executor executor({.thread_count = 1, .queue_capacity = 1});
    ASSERT_TRUE(executor.TrySchedule(
        [&seen, number = std::move(number)] { seen = *number; }));
  }
  EXPECT_EQ(seen, 7);
}

TEST(ExecutorTest, TasksRunSideBySide) {
  Notification first;
  Notification second;
  Executor executor({.thread_count = 2, .queue_capacity = 0});
  ASSERT_TRUE(executor.TrySchedule([&] {
    first.Notify();
    second.WaitForNotification();
  }));
  ASSERT_TRUE(executor.TrySchedule([&] {
    first.WaitForNotification();
    second.Notify();
  }));
  executor.Shutdown();
  EXPECT_TRUE(second.HasBeenNotified());
}

}  // namespace
}  // namespace collate::base
