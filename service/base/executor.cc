#include "service/base/executor.h"

#include <algorithm>
#include <utility>

namespace collate::base {

Executor::Executor(const Options& options)
    : limit_(static_cast<size_t>(std::max(options.thread_count, 1)) +
             options.queue_capacity) {
  const int count = std::max(options.thread_count, 1);
  absl::MutexLock lock(&join_mutex_);
  threads_.reserve(count);
  for (int i = 0; i < count; ++i) threads_.emplace_back([this] { Work(); });
}

Executor::~Executor() { Shutdown(); }

bool Executor::TrySchedule(Task&& task) {
  absl::MutexLock lock(&mutex_);
  if (stopping_ || queue_.size() + running_ >= limit_) return false;
  queue_.push_back(std::move(task));
  return true;
}

void Executor::Shutdown() {
  {
    absl::MutexLock lock(&mutex_);
    stopping_ = true;
  }
  // Held while joining, so that a second caller also returns only when all
  // tasks have run.
  absl::MutexLock lock(&join_mutex_);
  for (std::thread& thread : threads_) thread.join();
  threads_.clear();
}

size_t Executor::pending_count() const {
  absl::MutexLock lock(&mutex_);
  return queue_.size() + running_;
}

void Executor::Work() {
  while (true) {
    Task task;
    {
      absl::MutexLock lock(&mutex_);
      mutex_.Await(absl::Condition(this, &Executor::HasWork));
      if (queue_.empty()) return;
      task = std::move(queue_.front());
      queue_.pop_front();
      ++running_;
    }
    std::move(task)();
    // What the task captured is let go before its place is free.
    task = nullptr;
    absl::MutexLock lock(&mutex_);
    --running_;
  }
}

}  // namespace collate::base
