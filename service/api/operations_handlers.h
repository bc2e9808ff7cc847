// The calls of collate.v1.OperationsService, without a transport.
//
// Thread-safe.

#ifndef COLLATE_SERVICE_API_OPERATIONS_HANDLERS_H_
#define COLLATE_SERVICE_API_OPERATIONS_HANDLERS_H_

#include <mutex>
#include <optional>
#include <string>
#include <vector>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "collate/v1/operations_service.pb.h"
#include "service/api/call_context.h"
#include "service/api/stream.h"
#include "service/audit/audit_log.h"
#include "service/base/clock.h"
#include "service/base/log.h"
#include "service/base/watched.h"
#include "service/disclosure/protected_store.h"
#include "service/ingest/live_registry.h"
#include "service/ingest/supervisor.h"
#include "service/query/publisher.h"
#include "service/store/answer_book.h"
#include "service/store/store.h"
#include "service/transport/server_keys.h"

namespace collate::api {

class OperationsHandlers {
 public:
  struct Options {
    // All outlive the handlers.
    const query::Publisher* publisher = nullptr;
    const store::Store* store = nullptr;
    store::AnswerBook* answers = nullptr;
    ingest::LiveRegistry* registry = nullptr;
    const ingest::Supervisor* supervisor = nullptr;
    base::Log* log = nullptr;
    const base::Clock* clock = nullptr;
    std::string version;
    const audit::AuditLog* audit = nullptr;  // none is kept without
    // None without encryption.
    const base::Watched<transport::ServerKeys>* keys = nullptr;
    absl::Status probe;  // how the supervisor's Probe() ended
    // What restricted sources are shown as; null without a profile.
    const disclosure::ProtectedStore* shown = nullptr;
    store::AnswerBook* shown_answers = nullptr;  // with `shown`
    std::string shown_directory;  // of shown_answers, in the data directory
    std::string backup_directory;
  };

  explicit OperationsHandlers(const Options& options) : options_(options) {}

  absl::StatusOr<v1::GetServiceStatusResponse> GetServiceStatus(
      CallContext& context, const v1::GetServiceStatusRequest& request) const;
  absl::StatusOr<v1::ReloadAdaptersResponse> ReloadAdapters(
      CallContext& context, const v1::ReloadAdaptersRequest& request) const;
  absl::Status CheckStore(CallContext& context,
                          const v1::CheckStoreRequest& request,
                          Writer<v1::CheckStoreResponse>& writer) const;
  // back_up_store.cc
  absl::Status BackUpStore(CallContext& context,
                           const v1::BackUpStoreRequest& request,
                           Writer<v1::BackUpStoreResponse>& writer) const;
  // audit_disclosure.cc
  absl::Status AuditDisclosure(
      CallContext& context, const v1::AuditDisclosureRequest& request,
      Writer<v1::AuditDisclosureResponse>& writer) const;

  // What ReloadAdapters and SIGHUP do; logs what changed.
  std::vector<ingest::AdapterChange> Reload() const;

 private:
  const Options options_;
  mutable std::mutex mutex_;
  // How the last whole check ended. Guarded by mutex_.
  mutable std::optional<v1::StoreCheckRecord> last_check_;
};

}  // namespace collate::api

#endif  // COLLATE_SERVICE_API_OPERATIONS_HANDLERS_H_
