#include "service/supervision/notify.h"

#include <systemd/sd-daemon.h>

#include <cstdint>
#include <string>

#include "absl/strings/str_cat.h"

namespace collate::supervision {
namespace {

// Keeps the variables: whoever is started by us gets an environment of its own.
void Tell(const std::string& text) {
  sd_notify(/*unset_environment=*/0, text.c_str());
}

}  // namespace

void NotifyReady(absl::string_view status) {
  Tell(absl::StrCat("READY=1\nSTATUS=", status));
}

void NotifyStopping() { Tell("STOPPING=1\nSTATUS=running calls may end"); }

void NotifyAlive() { Tell("WATCHDOG=1"); }

std::optional<absl::Duration> WatchdogLimit() {
  uint64_t microseconds = 0;
  if (sd_watchdog_enabled(/*unset_environment=*/0, &microseconds) <= 0) {
    return std::nullopt;
  }
  return absl::Microseconds(static_cast<int64_t>(microseconds));
}

}  // namespace collate::supervision
