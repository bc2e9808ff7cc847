#include "service/api/auditor.h"

#include <utility>

#include "absl/strings/str_cat.h"
#include "collate/v1/claims.pb.h"
#include "collate/v1/ingestion_service.pb.h"
#include "service/access/roles.h"
#include "service/api/paging.h"
#include "service/api/plain_json.h"
#include "service/base/digest.h"
#include "service/base/error.h"

namespace collate::api {
namespace {

constexpr size_t kMaxQuestion = 4096;
constexpr size_t kIdDigits = 16;

audit::Record RecordOf(const CallContext& context) {
  audit::Record record;
  record.time = context.clock.Now();
  record.request_id = context.request_id;
  record.principal = context.principal;
  record.peer = context.peer;
  record.method = context.method;
  record.question = context.asked.question;
  record.answer = context.asked.answer;
  return record;
}

// What is handed in, and by which name, without its bytes.
std::string HeadersOf(const v1::IngestDocumentRequest& request) {
  v1::IngestDocumentRequest headers;
  *headers.mutable_release() = request.release();
  *headers.mutable_document() = request.document();
  headers.set_validate_only(request.validate_only());
  return JsonOf(headers);
}

bool IsSensitive(const CallContext& context) {
  const access::MethodRule* const rule = access::RuleOf(context.method);
  return rule == nullptr || rule->sensitive;
}

}  // namespace

absl::Status Auditor::Begin(const CallContext& context) {
  if (log_ == nullptr || !IsSensitive(context)) return absl::OkStatus();
  audit::Record record = RecordOf(context);
  record.kind = audit::Kind::kBegun;
  return log_->Write(std::move(record));
}

void Auditor::Describe(const google::protobuf::Message& request,
                       CallContext& context) const {
  if (log_ == nullptr) return;
  std::string text;
  if (request.GetDescriptor() == v1::IngestDocumentRequest::descriptor()) {
    text = HeadersOf(static_cast<const v1::IngestDocumentRequest&>(request));
  } else if (request.GetDescriptor() != v1::CheckClaimsRequest::descriptor()) {
    text = JsonOf(request);
  }
  if (text.empty() || text.size() > kMaxQuestion) {
    const std::string bytes = Serialise(request);
    text = absl::StrCat("{\"bytes\":", bytes.size(), ",\"sha256\":\"",
                        base::Sha256Hex(bytes), "\"}");
  }
  context.asked.question = std::move(text);
}

void Auditor::End(const CallContext& context, const absl::Status& outcome) {
  if (log_ == nullptr) return;
  audit::Record record = RecordOf(context);
  if (context.asked.releases != nullptr) {
    record.releases = IdOf(context.asked.releases, record.time);
  }
  record.code = absl::StatusCodeToString(outcome.code());
  if (!outcome.ok()) record.reason = base::DetailOf(outcome).reason;
  log_->Note(std::move(record));
}

std::string Auditor::IdOf(
    const std::shared_ptr<const query::Snapshot>& snapshot, absl::Time now) {
  std::lock_guard lock(mutex_);
  if (latest_.lock() == snapshot) return latest_id_;
  std::string names;
  for (const auto& loaded : snapshot->releases()) {
    absl::StrAppend(&names, loaded->release.name,
                    loaded->release.state == store::ReleaseState::kWithdrawn
                        ? " withdrawn\n"
                        : "\n");
  }
  // Begins as the digest does of which answers' names are made.
  std::string id = snapshot->digest().substr(0, kIdDigits);
  if (id != latest_id_) {
    log_->Note({.kind = audit::Kind::kReleases,
                .time = now,
                .releases = id,
                .detail = names});
  }
  latest_ = snapshot;
  latest_id_ = id;
  return id;
}

}  // namespace collate::api
