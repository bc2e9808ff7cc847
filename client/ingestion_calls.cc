// What Client hands in and takes back.

#include <cstdint>
#include <filesystem>
#include <fstream>
#include <functional>
#include <sstream>
#include <string>
#include <thread>
#include <type_traits>
#include <utility>
#include <vector>

#include "absl/strings/match.h"
#include "absl/strings/str_cat.h"
#include "client/calls.h"
#include "client/client.h"
#include "client/file_digest.h"
#include "client/rpc_status.h"
#include "service/answer/manifest.h"
#include "service/base/digest.h"
#include "service/base/error.h"
#include "service/base/status_macros.h"

namespace collate::client {
namespace {

using absl::StatusCode;

constexpr size_t kChunkBytes = size_t{1} << 20;

absl::StatusOr<v1::DocumentHeader> DescribeFile(const std::string& path) {
  COLLATE_ASSIGN_OR_RETURN(const FileDigest digest, DigestFile(path));
  v1::DocumentHeader header;
  const std::filesystem::path file(path);
  header.set_name(file.filename().string());
  if (absl::EndsWith(header.name(), answer::kManifestSuffix)) {
    header.set_media_type(std::string(answer::kManifestMediaType));
  } else if (file.extension() == ".csv") {
    header.set_media_type("text/csv");
  }
  header.set_byte_count(digest.byte_count);
  header.set_sha256(digest.sha256);
  return header;
}

// Sends the bytes of the open document; false when the service wants no more.
template <typename Request>
absl::StatusOr<bool> SendChunks(
    std::istream& in, const std::string& name,
    const std::function<bool(const Request&)>& write) {
  Request request;
  std::string* chunk = request.mutable_chunk();
  while (true) {
    chunk->resize(kChunkBytes);
    in.read(chunk->data(), static_cast<std::streamsize>(chunk->size()));
    if (in.gcount() == 0) break;
    chunk->resize(static_cast<size_t>(in.gcount()));
    if (!write(request)) return false;
  }
  // A file that changed since it was measured is the service's to refuse.
  if (!in.eof()) {
    return base::Error(StatusCode::kPermissionDenied, "FILE_NOT_READABLE",
                       absl::StrCat("cannot read ", name))
        .With("path", name);
  }
  return true;
}

// Sends a submission's parts; false from `write` means that the service has
// already answered and wants no more.
template <typename Request>
absl::Status SendParts(const Submission& submission,
                       const std::vector<v1::DocumentHeader>& headers,
                       const std::function<bool(const Request&)>& write) {
  Request request;
  *request.mutable_release() = submission.release;
  if constexpr (std::is_same_v<Request, v1::PreviewReleaseRequest>) {
    request.set_suggest(submission.suggest);
  }
  if (!write(request)) return absl::OkStatus();
  request.Clear();
  for (size_t i = 0; i < headers.size(); ++i) {
    *request.mutable_document() = headers[i];
    if (!write(request)) return absl::OkStatus();
    bool wanted = false;
    if (i < submission.paths.size()) {
      std::ifstream in(submission.paths[i], std::ios::binary);
      COLLATE_ASSIGN_OR_RETURN(wanted,
                               SendChunks(in, submission.paths[i], write));
    } else {
      std::istringstream in(submission.answer);
      COLLATE_ASSIGN_OR_RETURN(wanted, SendChunks(in, kMadeAnswerName, write));
    }
    if (!wanted) return absl::OkStatus();
  }
  request.mutable_end();
  write(request);
  return absl::OkStatus();
}

// `Stream` is one of the two bidirectional calls, which differ in name only.
template <typename Request, typename Response, typename Stream>
absl::StatusOr<v1::IngestionReport> Converse(
    grpc::ClientContext& context, Stream& stream, const Submission& submission,
    const std::vector<v1::DocumentHeader>& headers,
    const std::function<void(const v1::Progress&)>& progress,
    const std::function<void(const v1::Attachment&)>& attachment) {
  v1::IngestionReport report;
  bool reported = false;
  // Progress comes back while bytes go out: unread, it would stop them.
  std::thread reader([&] {
    Response response;
    while (stream.Read(&response)) {
      if (response.has_progress()) {
        if (progress) progress(response.progress());
        continue;
      }
      if constexpr (std::is_same_v<Response, v1::PreviewReleaseResponse>) {
        if (response.has_attachment() && attachment) {
          attachment(response.attachment());
        }
      }
      if (response.has_report()) {
        report.Swap(response.mutable_report());
        reported = true;
      }
    }
  });
  const absl::Status sent = SendParts<Request>(
      submission, headers,
      [&](const Request& request) { return stream.Write(request); });
  if (!sent.ok()) context.TryCancel();
  stream.WritesDone();
  reader.join();
  const grpc::Status status = stream.Finish();
  COLLATE_RETURN_IF_ERROR(sent);
  COLLATE_RETURN_IF_ERROR(FromRpc(status));
  if (!reported) {
    return base::Error(StatusCode::kInternal, "NO_REPORT",
                       "the service ended the ingestion without a report");
  }
  return report;
}

}  // namespace

absl::StatusOr<v1::IngestionReport> Client::Ingest(
    const Submission& submission,
    const std::function<void(const v1::Progress&)>& progress,
    const std::function<void(const v1::Attachment&)>& attachment) {
  std::vector<v1::DocumentHeader> headers;
  for (const std::string& path : submission.paths) {
    COLLATE_ASSIGN_OR_RETURN(v1::DocumentHeader header, DescribeFile(path));
    if (header.media_type() != answer::kManifestMediaType) {
      header.mutable_manifest()->Assign(submission.manifest.begin(),
                                        submission.manifest.end());
    }
    headers.push_back(std::move(header));
  }
  if (!submission.answer.empty()) {
    v1::DocumentHeader& header = headers.emplace_back();
    header.set_name(kMadeAnswerName);
    header.set_media_type(std::string(answer::kManifestMediaType));
    header.set_byte_count(static_cast<int64_t>(submission.answer.size()));
    header.set_sha256(base::Sha256Hex(submission.answer));
  }
  grpc::ClientContext context;
  Begin(context, options_, options_.ingestion_timeout);
  absl::StatusOr<v1::IngestionReport> report;
  if (submission.dry_run) {
    const auto stream = stubs_->ingestion->PreviewRelease(&context);
    report = Converse<v1::PreviewReleaseRequest, v1::PreviewReleaseResponse>(
        context, *stream, submission, headers, progress, attachment);
  } else {
    const auto stream = stubs_->ingestion->IngestRelease(&context);
    report = Converse<v1::IngestReleaseRequest, v1::IngestReleaseResponse>(
        context, *stream, submission, headers, progress, attachment);
  }
  if (!report.ok()) return Explained(report.status(), options_.server);
  return report;
}

absl::StatusOr<v1::Release> Client::Withdraw(const std::string& release,
                                             const std::string& reason) {
  v1::WithdrawReleaseRequest request;
  request.set_name(release);
  request.set_reason(reason);
  COLLATE_ASSIGN_OR_RETURN(
      v1::WithdrawReleaseResponse response,
      Call(*stubs_->ingestion, &v1::IngestionService::Stub::WithdrawRelease,
           request, options_));
  return std::move(*response.mutable_release());
}

}  // namespace collate::client
