// Keeps the snapshot of a store that other processes write to no more than a
// moment behind it: looks every second whether anything was published or
// withdrawn, and reads it. What could not be read, because a shard was down, is
// tried again until it can.
//
// Has one thread of its own from construction to destruction.

#ifndef COLLATE_SERVICE_QUERY_FOLLOWER_H_
#define COLLATE_SERVICE_QUERY_FOLLOWER_H_

#include <condition_variable>
#include <functional>
#include <mutex>
#include <string>
#include <thread>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "absl/time/time.h"
#include "service/query/publisher.h"

namespace collate::query {

class Follower {
 public:
  struct Options {
    Publisher* publisher = nullptr;  // outlives the Follower
    // Differs from what it was when the store did change.
    std::function<absl::StatusOr<std::string>()> generation;
    // What it was before the publisher read the store.
    std::string seen;
    absl::Duration interval = absl::Seconds(1);
    // Least time between two tries to read what could not be read.
    absl::Duration retry = absl::Seconds(5);
    // Told when following fails, and when it goes well again; not of each
    // failure between. Called on the Follower's thread.
    std::function<void(const absl::Status&)> changed;
  };

  explicit Follower(Options options);
  ~Follower();
  Follower(const Follower&) = delete;
  Follower& operator=(const Follower&) = delete;

 private:
  void Run();
  absl::Status Look();

  const Options options_;
  std::string seen_;  // of the thread, as the next one
  absl::Time tried_;  // when the publisher was last refreshed
  std::mutex mutex_;  // guards the next one
  bool ending_ = false;
  std::condition_variable ended_;
  std::thread thread_;
};

}  // namespace collate::query

#endif  // COLLATE_SERVICE_QUERY_FOLLOWER_H_
