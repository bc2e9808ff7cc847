// A value that is read from files and read again while they change: the last
// one that was good stays in use until a better one is there.
//
// Thread-safe. One thread of its own from Start to the destructor.

#ifndef COLLATE_SERVICE_BASE_WATCHED_H_
#define COLLATE_SERVICE_BASE_WATCHED_H_

#include <chrono>
#include <condition_variable>
#include <functional>
#include <memory>
#include <mutex>
#include <string>
#include <thread>
#include <utility>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "absl/time/time.h"

namespace collate::base {

// `T` can be compared.
template <typename T>
class Watched {
 public:
  struct Options {
    // Reads and checks; called once every interval.
    std::function<absl::StatusOr<T>()> read;
    // Told of every new value (OK), and of each reading that failed in another
    // way than the one before. May be empty.
    std::function<void(const absl::Status&)> told;
    absl::Duration interval = absl::Seconds(1);
  };

  // The first reading must be good.
  static absl::StatusOr<std::unique_ptr<Watched>> Start(Options options) {
    absl::StatusOr<T> first = options.read();
    if (!first.ok()) return first.status();
    return std::unique_ptr<Watched>(
        new Watched(std::move(options), *std::move(first)));
  }

  ~Watched() {
    {
      std::lock_guard lock(mutex_);
      ending_ = true;
    }
    end_.notify_all();
    thread_.join();
  }
  Watched(const Watched&) = delete;
  Watched& operator=(const Watched&) = delete;

  std::shared_ptr<const T> Current() const {
    std::lock_guard lock(mutex_);
    return current_;
  }
  // Of the latest reading.
  absl::Status problem() const {
    std::lock_guard lock(mutex_);
    return problem_;
  }

  // Reads now.
  void Look() {
    std::lock_guard looking(look_mutex_);
    absl::StatusOr<T> read = options_.read();
    bool is_new = false;
    {
      std::lock_guard lock(mutex_);
      if (read.ok()) {
        is_new = *read != *current_;
        if (is_new) current_ = std::make_shared<const T>(*std::move(read));
        problem_ = absl::OkStatus();
      } else if (problem_ != read.status()) {
        is_new = true;
        problem_ = read.status();
      }
    }
    if (is_new && options_.told) options_.told(problem());
  }

 private:
  Watched(Options options, T first)
      : options_(std::move(options)),
        current_(std::make_shared<const T>(std::move(first))),
        thread_([this] { Run(); }) {}

  void Run() {
    std::unique_lock lock(mutex_);
    const auto interval = absl::ToChronoMilliseconds(options_.interval);
    while (!end_.wait_for(lock, interval, [this] { return ending_; })) {
      lock.unlock();
      Look();
      lock.lock();
    }
  }

  const Options options_;
  std::mutex look_mutex_;     // one reading at a time
  mutable std::mutex mutex_;  // guards the next three
  std::shared_ptr<const T> current_;
  absl::Status problem_;
  bool ending_ = false;
  std::condition_variable end_;
  std::thread thread_;  // last: it uses all the others
};

}  // namespace collate::base

#endif  // COLLATE_SERVICE_BASE_WATCHED_H_
