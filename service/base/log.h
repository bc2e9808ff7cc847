// A structured log: one JSON object a line, for people and for collectors.
//
//   log.Info("release published", {{"release", name}, {"rows", row_count}},
//            request_id);
//   {"time":"2026-01-02T03:04:05.678Z","severity":"INFO",
//    "event":"release published","request_id":"r1","release":"...","rows":8}
//
// `event` is a fixed text that can be searched for; whatever varies goes into
// fields. Bytes that are not UTF-8 arrive as U+FFFD. A key that is taken gets
// "_" appended, so that no field replaces another.
//
// Thread-safe: lines never mix. The log borrows its clock and its output.

#ifndef COLLATE_SERVICE_BASE_LOG_H_
#define COLLATE_SERVICE_BASE_LOG_H_

#include <concepts>
#include <cstdint>
#include <initializer_list>
#include <mutex>
#include <ostream>
#include <string>
#include <utility>
#include <variant>

#include "absl/strings/string_view.h"
#include "service/base/clock.h"

namespace collate::base {

enum class Severity { kDebug, kInfo, kWarning, kError };

class LogValue {
 public:
  // NOLINTBEGIN(google-explicit-constructor): a call lists plain values.
  LogValue(absl::string_view value) : value_(std::string(value)) {}
  LogValue(const std::string& value) : value_(value) {}
  LogValue(const char* value) : value_(std::string(value)) {}
  LogValue(bool value) : value_(value) {}
  LogValue(std::signed_integral auto value) : value_(int64_t{value}) {}
  LogValue(std::unsigned_integral auto value) : value_(uint64_t{value}) {}
  LogValue(double value) : value_(value) {}
  // NOLINTEND(google-explicit-constructor)

 private:
  friend class Log;
  std::variant<std::string, bool, int64_t, uint64_t, double> value_;
};

using LogField = std::pair<absl::string_view, LogValue>;

class Log {
 public:
  using Fields = std::initializer_list<LogField>;

  // Lines below `minimum` are not written.
  Log(std::ostream& out, const Clock& clock, Severity minimum);
  // A line is handed to the descriptor in one write where the system allows.
  Log(int fd, const Clock& clock, Severity minimum);

  Log(const Log&) = delete;
  Log& operator=(const Log&) = delete;

  void Write(Severity severity, absl::string_view event, Fields fields = {},
             absl::string_view request_id = {});

  void Debug(absl::string_view event, Fields fields = {},
             absl::string_view request_id = {}) {
    Write(Severity::kDebug, event, fields, request_id);
  }
  void Info(absl::string_view event, Fields fields = {},
            absl::string_view request_id = {}) {
    Write(Severity::kInfo, event, fields, request_id);
  }
  void Warning(absl::string_view event, Fields fields = {},
               absl::string_view request_id = {}) {
    Write(Severity::kWarning, event, fields, request_id);
  }
  void Error(absl::string_view event, Fields fields = {},
             absl::string_view request_id = {}) {
    Write(Severity::kError, event, fields, request_id);
  }

  // Lines that the output did not take; there is nobody else to tell.
  uint64_t lost_count() const;

 private:
  bool Put(const std::string& line);  // with mutex_ held

  std::ostream* const out_;  // null when fd_ is used
  const int fd_;
  const Clock& clock_;
  const Severity minimum_;
  // std::mutex rather than absl::Mutex: ThreadSanitizer sees through it, while
  // the packaged Abseil is not instrumented.
  mutable std::mutex mutex_;  // guards what follows and the output
  uint64_t lost_count_ = 0;
};

}  // namespace collate::base

#endif  // COLLATE_SERVICE_BASE_LOG_H_
