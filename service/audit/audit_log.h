// Writes the audit log (chain.h) of a running service.
//
// Thread-safe; lines are written by one thread of its own, many at a time, in
// the order in which they were handed in. What was written when the service
// died stays: a line that was not finished is taken off at the next start, and
// whatever `head` counts must be there.

#ifndef COLLATE_SERVICE_AUDIT_AUDIT_LOG_H_
#define COLLATE_SERVICE_AUDIT_AUDIT_LOG_H_

#include <chrono>
#include <condition_variable>
#include <cstdint>
#include <functional>
#include <memory>
#include <mutex>
#include <string>
#include <thread>
#include <vector>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "absl/time/time.h"
#include "service/audit/chain.h"
#include "service/audit/record.h"
#include "service/base/clock.h"
#include "service/base/descriptor.h"

namespace collate::audit {

class AuditLog {
 public:
  struct Options {
    std::string directory;  // made when absent, for the owner only
    const base::Clock* clock = nullptr;
    // A file that has so many bytes is the last but one.
    int64_t max_file_bytes = int64_t{64} << 20;
    size_t max_waiting = 65536;  // records in memory
    // Told when writing fails, and when it goes well again (OK). On the
    // writer's thread.
    std::function<void(const absl::Status&)> told;
  };

  struct State {
    Anchor head;  // the last record that is durable
    // Records that could not be written since the start; the log says so, too,
    // once it can.
    int64_t lost = 0;
    absl::Status problem;  // of the last write
  };

  // DATA_LOSS (reason AUDIT_BROKEN) when the end of the log that is there is
  // not the one that it had: it must be looked at, and moved away, by somebody.
  // UNAVAILABLE (reason AUDIT_IO).
  static absl::StatusOr<std::unique_ptr<AuditLog>> Open(Options options);
  ~AuditLog();  // writes what waits

  AuditLog(const AuditLog&) = delete;
  AuditLog& operator=(const AuditLog&) = delete;

  // Written soon. Counted as lost when too many wait, or the disk takes none.
  void Note(Record record);
  // Returns once it is durable. UNAVAILABLE (reason AUDIT_UNAVAILABLE) or
  // RESOURCE_EXHAUSTED (reason DISK_FULL) when it may not be: whatever it was
  // to record must not be done.
  absl::Status Write(Record record);

  State state() const;

  // Copies what is durable, and may be a little more, into `directory`, which
  // exists: a log that can be verified and gone on with. Writing goes on.
  // UNAVAILABLE (reason AUDIT_IO), RESOURCE_EXHAUSTED (reason DISK_FULL).
  absl::Status BackUp(const std::string& directory) const;

 private:
  struct Waiting {
    Record record;
    // Null for a note. Set and told of under mutex_.
    absl::Status* outcome = nullptr;
    bool* done = nullptr;
  };

  explicit AuditLog(Options options) : options_(std::move(options)) {}

  absl::Status Resume();
  absl::Status TakeOffTail(const std::string& path);
  absl::Status OpenFile(int number, bool is_new);

  void Run();
  // With mutex_ held.
  void Conclude(const std::vector<Waiting>& batch, const absl::Status& status);
  absl::Status WriteBatch(const std::vector<Waiting>& batch, bool sync);
  absl::Status Append(const std::string& text);
  absl::Status Seal();

  const Options options_;
  // Of the writer's thread, once that runs.
  base::Descriptor file_;
  base::Descriptor head_file_;
  int file_number_ = 0;
  int64_t file_bytes_ = 0;
  Anchor at_;  // the last record that was written
  std::chrono::steady_clock::time_point sealed_;
  int64_t lost_untold_ = 0;

  mutable std::mutex mutex_;  // guards the rest
  std::condition_variable work_;
  std::condition_variable written_;
  std::vector<Waiting> waiting_;
  State state_;
  int64_t dropped_ = 0;  // since the writer last looked
  int64_t awaited_ = 0;  // of waiting_, those that somebody waits for
  bool ending_ = false;
  std::thread thread_;
};

}  // namespace collate::audit

#endif  // COLLATE_SERVICE_AUDIT_AUDIT_LOG_H_
