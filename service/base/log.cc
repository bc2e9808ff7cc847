#include "service/base/log.h"

#include <errno.h>
#include <limits.h>
#include <poll.h>
#include <unistd.h>

#include <algorithm>
#include <nlohmann/json.hpp>

#include "absl/time/time.h"

namespace collate::base {
namespace {

const char* SeverityName(Severity severity) {
  switch (severity) {
    case Severity::kDebug:
      return "DEBUG";
    case Severity::kInfo:
      return "INFO";
    case Severity::kWarning:
      return "WARNING";
    case Severity::kError:
      return "ERROR";
  }
  return "ERROR";
}

}  // namespace

Log::Log(std::ostream& out, const Clock& clock, Severity minimum)
    : out_(&out), fd_(-1), clock_(clock), minimum_(minimum) {}

Log::Log(int fd, const Clock& clock, Severity minimum)
    : out_(nullptr), fd_(fd), clock_(clock), minimum_(minimum) {}

void Log::Write(Severity severity, absl::string_view event, Fields fields,
                absl::string_view request_id) {
  if (severity < minimum_) return;
  nlohmann::ordered_json line;
  line["time"] = absl::FormatTime("%Y-%m-%d%ET%H:%M:%E3SZ", clock_.Now(),
                                  absl::UTCTimeZone());
  line["severity"] = SeverityName(severity);
  line["event"] = std::string(event);
  if (!request_id.empty()) line["request_id"] = std::string(request_id);
  for (const auto& [key, value] : fields) {
    std::string name(key);
    while (line.contains(name)) name += '_';
    std::visit([&](const auto& held) { line[name] = held; }, value.value_);
  }
  const std::string text =
      line.dump(-1, ' ', false,
                nlohmann::ordered_json::error_handler_t::replace) +
      "\n";
  std::lock_guard lock(mutex_);
  if (!Put(text)) ++lost_count_;
}

uint64_t Log::lost_count() const {
  std::lock_guard lock(mutex_);
  return lost_count_;
}

bool Log::Put(const std::string& line) {
  if (out_ != nullptr) {
    *out_ << line << std::flush;
    return out_->good();
  }
  // A reader that has stopped reading must not stop the service: a pipe that
  // is writable takes PIPE_BUF bytes at once, and what it does not take is
  // lost and counted.
  size_t done = 0;
  while (done < line.size()) {
    pollfd output = {.fd = fd_, .events = POLLOUT, .revents = 0};
    const int ready = poll(&output, 1, /*timeout=*/0);
    if (ready < 0 && errno == EINTR) continue;
    if (ready <= 0 || (output.revents & POLLOUT) == 0) return false;
    const size_t most = std::min<size_t>(line.size() - done, PIPE_BUF);
    const ssize_t n = write(fd_, line.data() + done, most);
    if (n < 0 && errno == EINTR) continue;
    if (n <= 0) return false;
    done += static_cast<size_t>(n);
  }
  return true;
}

}  // namespace collate::base
