// What the audit log is told of calls: puts together what is known of one, and
// gives the releases that were looked at an id, which the log explains once.
//
// Thread-safe.

#ifndef COLLATE_SERVICE_API_AUDITOR_H_
#define COLLATE_SERVICE_API_AUDITOR_H_

#include <memory>
#include <mutex>
#include <string>

#include "absl/status/status.h"
#include "google/protobuf/message.h"
#include "service/api/call_context.h"
#include "service/audit/audit_log.h"
#include "service/query/snapshot.h"

namespace collate::api {

class Auditor {
 public:
  // Records nothing without a log, which outlives the Auditor.
  explicit Auditor(audit::AuditLog* log) : log_(log) {}

  // Before anything of a call is done. A sensitive one is recorded durably
  // first: UNAVAILABLE (reason AUDIT_UNAVAILABLE) when that cannot be. May
  // wait for the disk.
  absl::Status Begin(const CallContext& context);

  // Keeps what is asked, as JSON; of a question that is too long, and of
  // claims, which state figures, its size and digest alone.
  void Describe(const google::protobuf::Message& request,
                CallContext& context) const;

  void End(const CallContext& context, const absl::Status& outcome);

 private:
  std::string IdOf(const std::shared_ptr<const query::Snapshot>& snapshot,
                   absl::Time now);

  audit::AuditLog* const log_;
  std::mutex mutex_;  // guards the rest
  std::weak_ptr<const query::Snapshot> latest_;
  std::string latest_id_;
};

}  // namespace collate::api

#endif  // COLLATE_SERVICE_API_AUDITOR_H_
