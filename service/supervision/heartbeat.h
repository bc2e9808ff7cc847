// Whether the threads that answer questions get on. A process may accept
// connections and say that it is well while all of these threads wait for
// something that never comes.
//
// A tiny question of its own goes the way of all others. Under load it may wait
// for long, or find no room: then it is enough that others end. Only where
// nothing ends for longer than any question may take, something is stuck.
//
// One probe at a time.

#ifndef COLLATE_SERVICE_SUPERVISION_HEARTBEAT_H_
#define COLLATE_SERVICE_SUPERVISION_HEARTBEAT_H_

#include <cstdint>
#include <functional>
#include <memory>

#include "absl/status/status.h"
#include "absl/time/time.h"
#include "service/base/clock.h"
#include "service/base/executor.h"

namespace collate::supervision {

class Heartbeat {
 public:
  struct Options {
    base::Executor* executor = nullptr;  // outlives the heartbeat
    // Asked on a thread of the executor, perhaps after the heartbeat is gone.
    std::function<void()> question;
    // Longer than any question takes.
    absl::Duration patience;
    const base::Clock* clock = nullptr;
  };

  explicit Heartbeat(Options options);

  // UNAVAILABLE when nothing has ended for longer than the patience. Waits for
  // its question, at most `timeout`.
  absl::Status Probe(absl::Duration timeout);

 private:
  struct Question;

  const Options options_;
  const std::shared_ptr<Question> question_;
  uint64_t ended_ = 0;  // tasks of the executor when one had ended last
  absl::Time moved_;
};

}  // namespace collate::supervision

#endif  // COLLATE_SERVICE_SUPERVISION_HEARTBEAT_H_
