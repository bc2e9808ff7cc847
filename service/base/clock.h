// The time of day as something that is passed in, so that tests own it.
//
// Clocks are thread-safe. Whoever takes a Clock borrows it.

#ifndef COLLATE_SERVICE_BASE_CLOCK_H_
#define COLLATE_SERVICE_BASE_CLOCK_H_

#include "absl/time/clock.h"
#include "absl/time/time.h"

namespace collate::base {

class Clock {
 public:
  virtual ~Clock() = default;
  virtual absl::Time Now() const = 0;
};

class SystemClock final : public Clock {
 public:
  absl::Time Now() const override { return absl::Now(); }
};

}  // namespace collate::base

#endif  // COLLATE_SERVICE_BASE_CLOCK_H_
