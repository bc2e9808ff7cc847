// What the service tells the manager that started it (systemd, Type=notify).
//
// Does nothing where there is none. Thread-safe.

#ifndef COLLATE_SERVICE_SUPERVISION_NOTIFY_H_
#define COLLATE_SERVICE_SUPERVISION_NOTIFY_H_

#include <optional>

#include "absl/strings/string_view.h"
#include "absl/time/time.h"

namespace collate::supervision {

// It serves; `status` is one line for people.
void NotifyReady(absl::string_view status);
void NotifyStopping();
// It is alive: to be said within every WatchdogLimit().
void NotifyAlive();

// After how long without a word the manager ends us; nothing where it does not
// watch this process.
std::optional<absl::Duration> WatchdogLimit();

}  // namespace collate::supervision

#endif  // COLLATE_SERVICE_SUPERVISION_NOTIFY_H_
