// Counts the calls that are alive, in all and by address, and refuses more
// than the limits: this gRPC has no admission control of its own, and a
// client that opens and resets calls quickly enough gets past its stream
// limit.
//
// Thread-safe.

#ifndef COLLATE_SERVICE_API_ADMISSION_H_
#define COLLATE_SERVICE_API_ADMISSION_H_

#include <condition_variable>
#include <mutex>
#include <string>

#include "absl/container/flat_hash_map.h"
#include "absl/status/status.h"
#include "absl/strings/string_view.h"
#include "absl/time/time.h"

namespace collate::api {

class Admission {
 public:
  struct Options {
    int max_calls = 1000;
    int max_calls_per_address = 100;
    // What is counted, for the error.
    const char* what = "calls";
  };

  explicit Admission(const Options& options) : options_(options) {}

  // RESOURCE_EXHAUSTED (reason OVERLOADED) when a limit is met. OK obliges
  // to Leave() with the same peer. `peer` is "ipv4:127.0.0.1:5000",
  // "ipv6:[::1]:5000" or "unix:12".
  absl::Status Enter(absl::string_view peer);
  void Leave(absl::string_view peer);

  const Options& options() const { return options_; }
  int live_count() const;
  // False when calls are still alive after `timeout`.
  bool WaitUntilEmpty(absl::Duration timeout) const;

 private:
  const Options options_;
  // Guards the rest. std::mutex, since ThreadSanitizer sees through it.
  mutable std::mutex mutex_;
  mutable std::condition_variable empty_;
  int live_ = 0;
  absl::flat_hash_map<std::string, int> by_address_;
};

// The error of a service that has too much to do. `what` names the limit.
absl::Status Overloaded(absl::string_view what, int limit);

// `peer` without its port; all of a unix socket have one address.
absl::string_view AddressOf(absl::string_view peer);

}  // namespace collate::api

#endif  // COLLATE_SERVICE_API_ADMISSION_H_
