// Tells the manager that the service is alive for as long as it answers, and
// no longer: a process that runs and answers nobody is started anew.
//
//   Watchdog watchdog({.limit = *WatchdogLimit(), .probe = ..., .log = &log});
//
// One thread of its own, from the constructor to the destructor.

#ifndef COLLATE_SERVICE_SUPERVISION_WATCHDOG_H_
#define COLLATE_SERVICE_SUPERVISION_WATCHDOG_H_

#include <condition_variable>
#include <functional>
#include <mutex>
#include <thread>

#include "absl/status/status.h"
#include "absl/time/time.h"
#include "service/base/log.h"

namespace collate::supervision {

class Watchdog {
 public:
  struct Options {
    absl::Duration limit;  // WatchdogLimit()
    // Whether the service answers; must itself end within the time it is given.
    std::function<absl::Status(absl::Duration timeout)> probe;
    // Told to the manager after a probe that went well.
    std::function<void()> alive;
    base::Log* log = nullptr;
  };

  explicit Watchdog(Options options);
  ~Watchdog();
  Watchdog(const Watchdog&) = delete;
  Watchdog& operator=(const Watchdog&) = delete;

 private:
  void Run();

  const Options options_;
  std::mutex mutex_;
  std::condition_variable changed_;
  bool ending_ = false;
  std::thread thread_;
};

}  // namespace collate::supervision

#endif  // COLLATE_SERVICE_SUPERVISION_WATCHDOG_H_
