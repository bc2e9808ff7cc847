// A fixed number of threads with a bounded queue. A full queue refuses at
// once, so that overload is answered instead of turned into latency.
//
//   if (!executor.TrySchedule([this] { Run(); })) return Overloaded();
//
// Thread-safe. Tasks must not throw and must not call Shutdown().

#ifndef COLLATE_SERVICE_BASE_EXECUTOR_H_
#define COLLATE_SERVICE_BASE_EXECUTOR_H_

#include <condition_variable>
#include <cstddef>
#include <cstdint>
#include <deque>
#include <mutex>
#include <thread>
#include <vector>

#include "absl/functional/any_invocable.h"

namespace collate::base {

class Executor {
 public:
  using Task = absl::AnyInvocable<void() &&>;

  struct Options {
    int thread_count = 2;  // at least 1
    // Tasks that may wait while every thread is busy.
    size_t queue_capacity = 128;
    // How far its threads, and processes that they start, stand back behind
    // other threads that want the processor: 0 to 19, as of nice(1). Above 0
    // they also leave one processor to others, where there are two.
    int nice = 0;
  };

  explicit Executor(const Options& options);
  ~Executor();  // Shutdown()

  Executor(const Executor&) = delete;
  Executor& operator=(const Executor&) = delete;

  // False, without taking the task, when thread_count + queue_capacity tasks
  // are running or waiting, or after Shutdown() began.
  [[nodiscard]] bool TrySchedule(Task&& task);

  // Refuses new tasks, runs those already taken, joins the threads.
  void Shutdown();

  // Tasks running or waiting; for metrics.
  size_t pending_count() const;
  // Tasks that have ended since it began.
  uint64_t ended_count() const;

 private:
  void Work();
  const size_t limit_;
  const int nice_;
  // std::mutex rather than absl::Mutex: ThreadSanitizer sees through it, while
  // the packaged Abseil is not instrumented.
  mutable std::mutex mutex_;  // guards the next five
  std::condition_variable work_;
  std::deque<Task> queue_;
  size_t running_ = 0;
  uint64_t ended_ = 0;
  bool stopping_ = false;
  std::mutex join_mutex_;  // guards threads_
  std::vector<std::thread> threads_;
};

}  // namespace collate::base

#endif  // COLLATE_SERVICE_BASE_EXECUTOR_H_
