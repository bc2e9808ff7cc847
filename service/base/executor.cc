#include "service/base/executor.h"

#include <sched.h>
#include <sys/resource.h>
#include <sys/syscall.h>
#include <unistd.h>

#include <algorithm>
#include <cstdint>
#include <utility>

namespace collate::base {
namespace {

// A priority alone is not enough: a kernel lets whoever runs finish his slice
// of some milliseconds, whatever wakes up meanwhile.
void LeaveAProcessor() {
  constexpr pid_t kThisThread = 0;
  cpu_set_t processors;
  if (sched_getaffinity(kThisThread, sizeof(processors), &processors) != 0 ||
      CPU_COUNT(&processors) < 2) {
    return;
  }
  int first = 0;
  while (!CPU_ISSET(first, &processors)) ++first;
  CPU_CLR(first, &processors);
  sched_setaffinity(kThisThread, sizeof(processors), &processors);
}

// Of the calling thread alone, as Linux takes it. Standing back is always
// allowed.
void StandBack(int nice) {
  constexpr pid_t kThisThread = 0;
  // The kernel's struct sched_attr, which glibc 2.36 does not have.
  struct {
    uint32_t size = sizeof(*this);
    uint32_t policy = SCHED_OTHER;
    uint64_t flags = 0;
    int32_t nice = 0;
    uint32_t priority = 0;
    uint64_t runtime = 0;
    uint64_t deadline = 0;
    uint64_t period = 0;
  } attributes;
  attributes.nice = getpriority(PRIO_PROCESS, kThisThread) + nice;
  // A longer slice than others': who wakes up with a shorter one need not
  // wait for its end. Not much longer, or who holds a lock waits for it.
  // Kernels before 6.12 take the priority and ignore the slice.
  attributes.runtime = 3'000'000;
  syscall(SYS_sched_setattr, kThisThread, &attributes, 0);
}

}  // namespace

Executor::Executor(const Options& options)
    : limit_(static_cast<size_t>(std::max(options.thread_count, 1)) +
             options.queue_capacity),
      nice_(options.nice) {
  const int count = std::max(options.thread_count, 1);
  std::lock_guard lock(join_mutex_);
  threads_.reserve(count);
  for (int i = 0; i < count; ++i) threads_.emplace_back([this] { Work(); });
}

Executor::~Executor() { Shutdown(); }

bool Executor::TrySchedule(Task&& task) {
  {
    std::lock_guard lock(mutex_);
    if (stopping_ || queue_.size() + running_ >= limit_) return false;
    queue_.push_back(std::move(task));
  }
  work_.notify_one();
  return true;
}

void Executor::Shutdown() {
  {
    std::lock_guard lock(mutex_);
    stopping_ = true;
  }
  work_.notify_all();
  // Held while joining, so that a second caller also returns only when all
  // tasks have run.
  std::lock_guard lock(join_mutex_);
  for (std::thread& thread : threads_) thread.join();
  threads_.clear();
}

size_t Executor::pending_count() const {
  std::lock_guard lock(mutex_);
  return queue_.size() + running_;
}

uint64_t Executor::ended_count() const {
  std::lock_guard lock(mutex_);
  return ended_;
}

void Executor::Work() {
  if (nice_ > 0) {
    StandBack(nice_);
    LeaveAProcessor();
  }
  while (true) {
    Task task;
    {
      std::unique_lock lock(mutex_);
      work_.wait(lock, [this] { return stopping_ || !queue_.empty(); });
      if (queue_.empty()) return;
      task = std::move(queue_.front());
      queue_.pop_front();
      ++running_;
    }
    std::move(task)();
    // What the task captured is let go before its place is free.
    task = nullptr;
    std::lock_guard lock(mutex_);
    --running_;
    ++ended_;
  }
}

}  // namespace collate::base
