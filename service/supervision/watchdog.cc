#include "service/supervision/watchdog.h"

#include <utility>

#include "absl/time/clock.h"

namespace collate::supervision {

Watchdog::Watchdog(Options options)
    : options_(std::move(options)), thread_([this] { Run(); }) {}

Watchdog::~Watchdog() {
  {
    const std::lock_guard<std::mutex> lock(mutex_);
    ending_ = true;
  }
  changed_.notify_all();
  thread_.join();
}

void Watchdog::Run() {
  // Two probes may fail before the manager has waited long enough.
  const absl::Duration every = options_.limit / 4;
  bool answered = true;
  std::unique_lock<std::mutex> lock(mutex_);
  while (!ending_) {
    lock.unlock();
    const absl::Status status = options_.probe(every);
    if (status.ok()) options_.alive();
    if (status.ok() != answered) {
      answered = status.ok();
      if (answered) {
        options_.log->Info("the service answers itself again");
      } else {
        options_.log->Error("the service does not answer itself",
                            {{"problem", status.message()}});
      }
    }
    lock.lock();
    changed_.wait_for(lock, absl::ToChronoMicroseconds(every),
                      [this] { return ending_; });
  }
}

}  // namespace collate::supervision
