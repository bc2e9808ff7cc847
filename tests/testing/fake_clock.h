// A clock that stands still until a test moves it. Thread-safe.

#ifndef COLLATE_TESTS_TESTING_FAKE_CLOCK_H_
#define COLLATE_TESTS_TESTING_FAKE_CLOCK_H_

#include <mutex>

#include "absl/time/time.h"
#include "service/base/clock.h"

namespace collate::testing {

class FakeClock final : public base::Clock {
 public:
  explicit FakeClock(absl::Time now = absl::FromUnixSeconds(1767225600))
      : now_(now) {}

  absl::Time Now() const override {
    std::lock_guard lock(mutex_);
    return now_;
  }
  void Advance(absl::Duration duration) {
    std::lock_guard lock(mutex_);
    now_ += duration;
  }

 private:
  mutable std::mutex mutex_;
  absl::Time now_;
};

}  // namespace collate::testing

#endif  // COLLATE_TESTS_TESTING_FAKE_CLOCK_H_
