#include "service/api/ingestion_handlers.h"

#include <algorithm>
#include <optional>
#include <string>
#include <type_traits>
#include <utility>
#include <vector>

#include "absl/strings/str_cat.h"
#include "absl/strings/str_split.h"
#include "service/api/convert.h"
#include "service/api/convert_catalogue.h"
#include "service/api/convert_ingestion.h"
#include "service/api/unknown.h"
#include "service/api/unknown_fields.h"
#include "service/base/digest.h"
#include "service/base/error.h"
#include "service/base/status_macros.h"
#include "service/ingest/intake.h"

namespace collate::api {
namespace {

constexpr size_t kMaxChunkBytes = size_t{1} << 20;
constexpr size_t kAttachmentBytes = size_t{512} << 10;

absl::Status InvalidStream(absl::string_view message) {
  return base::Error(absl::StatusCode::kInvalidArgument, "INVALID_STREAM",
                     message);
}

base::Error TooMuch(absl::string_view reason, absl::string_view what,
                    int64_t count, int64_t limit) {
  base::Error error(absl::StatusCode::kResourceExhausted, reason,
                    absl::StrCat("the release has ", count, " ", what,
                                 " and the limit is ", limit));
  error.With("count", absl::StrCat(count)).With("limit", absl::StrCat(limit));
  return error;
}

// Sends progress, seldom enough not to be in the way: a message of a stage
// that was just spoken of, or that the client is too slow for, is left out.
template <typename Response>
class ProgressWriter {
 public:
  ProgressWriter(const CallContext& context, absl::Duration interval,
                 Writer<Response>& writer)
      : clock_(context.clock), interval_(interval), writer_(writer) {}

  void Send(ingest::Stage stage, uint64_t done, uint64_t total) {
    const absl::Time now = clock_.Now();
    if (stage_ == stage && now < last_ + interval_) return;
    stage_ = stage;
    last_ = now;
    Response response;
    *response.mutable_progress() = ToProto(stage, done, total);
    writer_.TryWrite(std::move(response));
  }

 private:
  const base::Clock& clock_;
  const absl::Duration interval_;
  Writer<Response>& writer_;
  std::optional<ingest::Stage> stage_;
  absl::Time last_ = absl::InfinitePast();
};

// Takes the parts of a stream in their order and hands them to an Intake.
template <typename Response>
class Receiver {
 public:
  Receiver(const IngestionHandlers::Options& options,
           ProgressWriter<Response>& progress)
      : options_(options), progress_(progress) {}

  // True when the part was the last one.
  template <typename Request>
  absl::StatusOr<bool> Take(Request& part) {
    switch (part.part_case()) {
      case Request::kRelease:
        COLLATE_RETURN_IF_ERROR(CheckNoUnknownFields(part));
        COLLATE_RETURN_IF_ERROR(TakeRelease(part.release()));
        return false;
      case Request::kDocument:
        COLLATE_RETURN_IF_ERROR(CheckNoUnknownFields(part));
        COLLATE_RETURN_IF_ERROR(TakeDocument(part.document()));
        return false;
      case Request::kChunk:
        COLLATE_RETURN_IF_ERROR(TakeChunk(part.chunk()));
        return false;
      case Request::kEnd:
        COLLATE_RETURN_IF_ERROR(CheckNoUnknownFields(part));
        return true;
      default:
        COLLATE_RETURN_IF_ERROR(CheckNoUnknownFields(part));
        return InvalidStream(
            "a message of the stream has no part; send release, document, "
            "chunk or end");
    }
  }

  absl::StatusOr<ingest::Submission> Finish() { return intake_.End(); }

 private:
  absl::Status TakeRelease(const v1::ReleaseHeader& header) {
    COLLATE_ASSIGN_OR_RETURN(ingest::ReleaseManifest manifest,
                             FromProto(header));
    document_limit_ = options_.max_document_bytes;
    const auto snapshot = options_.publisher->Current();
    const vocabulary::Source* source =
        snapshot->vocabulary().FindSource(View(manifest.source));
    if (source != nullptr) {
      document_limit_ = std::min(document_limit_, source->max_document_bytes);
    }
    return intake_.Begin(std::move(manifest));
  }

  absl::Status TakeDocument(const v1::DocumentHeader& header) {
    if (header.byte_count() < 0) {
      return base::Error(absl::StatusCode::kInvalidArgument, "SIZE_MISMATCH",
                         absl::StrCat("document '", header.name(), "' has ",
                                      header.byte_count(), " bytes"))
          .With("document", header.name())
          .Field("document.byte_count", "must not be negative");
    }
    if (++documents_ > options_.max_documents) {
      return TooMuch("TOO_MANY_DOCUMENTS", "documents", documents_,
                     options_.max_documents);
    }
    COLLATE_ASSIGN_OR_RETURN(ingest::Pairs manifest,
                             FromProto(header.manifest(), "document.manifest"));
    COLLATE_RETURN_IF_ERROR(intake_.BeginDocument(
        header.name(), header.media_type(), header.byte_count(),
        header.sha256(), std::move(manifest), document_limit_));
    // After the document's own limit, which says more.
    expected_bytes_ += header.byte_count();
    if (expected_bytes_ > options_.max_release_bytes) {
      return TooMuch("RELEASE_TOO_LARGE", "bytes", expected_bytes_,
                     options_.max_release_bytes);
    }
    return absl::OkStatus();
  }

  absl::Status TakeChunk(const std::string& chunk) {
    if (chunk.size() > kMaxChunkBytes) {
      return base::Error(
                 absl::StatusCode::kInvalidArgument, "CHUNK_TOO_LARGE",
                 absl::StrCat("a chunk has ", chunk.size(),
                              " bytes and the limit is ", kMaxChunkBytes))
          .With("limit", absl::StrCat(kMaxChunkBytes));
    }
    COLLATE_RETURN_IF_ERROR(intake_.Append(View(chunk)));
    received_bytes_ += static_cast<int64_t>(chunk.size());
    progress_.Send(ingest::Stage::kReceiving,
                   static_cast<uint64_t>(received_bytes_),
                   static_cast<uint64_t>(expected_bytes_));
    return absl::OkStatus();
  }

  const IngestionHandlers::Options& options_;
  ProgressWriter<Response>& progress_;
  ingest::Intake intake_;
  int64_t document_limit_ = 0;
  int documents_ = 0;
  int64_t expected_bytes_ = 0;
  int64_t received_bytes_ = 0;
};

// A peer that is gone is met again when the report is written.
void SendAttachment(const std::string& document,
                    const ingest::RawAttachment& attachment,
                    Writer<v1::PreviewReleaseResponse>& writer) {
  const absl::string_view content(attachment.content);
  size_t done = 0;
  do {
    v1::PreviewReleaseResponse response;
    v1::Attachment& part = *response.mutable_attachment();
    part.set_document(document);
    part.set_name(attachment.name);
    part.set_media_type(attachment.media_type);
    const absl::string_view piece = content.substr(done, kAttachmentBytes);
    part.set_content(piece.data(), piece.size());
    done += piece.size();
    part.set_more(done < content.size());
    if (!writer.Write(std::move(response)).ok()) return;
  } while (done < content.size());
}

// The release alone says what the preview is for.
absl::Status CheckSuggest(const v1::PreviewReleaseRequest& part) {
  if (!part.suggest() || part.has_release()) return absl::OkStatus();
  return base::Error(absl::StatusCode::kInvalidArgument, "INVALID_STREAM",
                     "`suggest` goes with the release and with no other part")
      .Field("suggest", "must be false but with `release`");
}

template <typename Request, typename Response>
absl::Status Run(const IngestionHandlers::Options& options, bool dry_run,
                 CallContext& context, Reader<Request>& reader,
                 Writer<Response>& writer) {
  ingest::Ingestor::Control control;
  control.dry_run = dry_run;
  ProgressWriter<Response> progress(context, options.progress_interval, writer);
  Receiver<Response> receiver(options, progress);
  for (bool ended = false; !ended;) {
    Request part;
    COLLATE_ASSIGN_OR_RETURN(const bool received, reader.Read(&part));
    if (!received) {
      return InvalidStream(
          "the stream was closed without its last part, end; nothing is kept");
    }
    if constexpr (std::is_same_v<Request, v1::PreviewReleaseRequest>) {
      COLLATE_RETURN_IF_ERROR(CheckSuggest(part));
      control.suggest = control.suggest || part.suggest();
    }
    COLLATE_ASSIGN_OR_RETURN(ended, receiver.Take(part));
  }
  COLLATE_ASSIGN_OR_RETURN(ingest::Submission submission, receiver.Finish());

  control.progress = [&progress](ingest::Stage stage, uint64_t done,
                                 uint64_t total) {
    progress.Send(stage, done, total);
  };
  control.cancelled = [&context] { return context.Cancelled(); };
  if constexpr (std::is_same_v<Response, v1::PreviewReleaseResponse>) {
    control.attachment = [&writer](const std::string& document,
                                   const ingest::RawAttachment& attachment) {
      SendAttachment(document, attachment, writer);
    };
  }
  COLLATE_ASSIGN_OR_RETURN(
      const ingest::Report report,
      options.ingestor->Ingest(std::move(submission), control));
  context.asked.answer = report.release.name;
  Response response;
  *response.mutable_report() = ToProto(report);
  return writer.Write(std::move(response));
}

// A document that came whole, as the stream it would have been.
class WholeDocument final : public Reader<v1::IngestReleaseRequest> {
 public:
  explicit WholeDocument(const v1::IngestDocumentRequest& request)
      : request_(request) {}

  absl::StatusOr<bool> Read(v1::IngestReleaseRequest* part) override {
    part->Clear();
    switch (step_) {
      case Step::kRelease:
        *part->mutable_release() = request_.release();
        step_ = Step::kDocument;
        return true;
      case Step::kDocument:
        *part->mutable_document() = Header();
        step_ = Step::kContent;
        return true;
      case Step::kContent: {
        const absl::string_view chunk =
            View(request_.content()).substr(done_, kMaxChunkBytes);
        if (!chunk.empty()) {
          part->set_chunk(chunk.data(), chunk.size());
          done_ += chunk.size();
          return true;
        }
        part->mutable_end();
        step_ = Step::kOver;
        return true;
      }
      case Step::kOver:
        return false;
    }
    return false;
  }

 private:
  enum class Step { kRelease, kDocument, kContent, kOver };

  v1::DocumentHeader Header() const {
    v1::DocumentHeader header = request_.document();
    if (header.byte_count() == 0) {
      header.set_byte_count(static_cast<int64_t>(request_.content().size()));
    }
    if (header.sha256().empty()) {
      header.set_sha256(base::Sha256Hex(View(request_.content())));
    }
    return header;
  }

  const v1::IngestDocumentRequest& request_;
  Step step_ = Step::kRelease;
  size_t done_ = 0;
};

// Keeps the report, and drops progress, which nobody waits for.
class ReportKeeper final : public Writer<v1::IngestReleaseResponse> {
 public:
  absl::Status Write(v1::IngestReleaseResponse message) override {
    if (message.has_report()) report_ = std::move(*message.mutable_report());
    return absl::OkStatus();
  }
  void TryWrite(v1::IngestReleaseResponse message) override {}

  v1::IngestionReport Take() { return std::move(report_); }

 private:
  v1::IngestionReport report_;
};

}  // namespace

absl::StatusOr<v1::IngestDocumentResponse> IngestionHandlers::IngestDocument(
    CallContext& context, const v1::IngestDocumentRequest& request) const {
  WholeDocument reader(request);
  ReportKeeper writer;
  COLLATE_RETURN_IF_ERROR(
      Run(options_, request.validate_only(), context, reader, writer));
  v1::IngestDocumentResponse response;
  *response.mutable_report() = writer.Take();
  return response;
}

absl::Status IngestionHandlers::IngestRelease(
    CallContext& context, Reader<v1::IngestReleaseRequest>& reader,
    Writer<v1::IngestReleaseResponse>& writer) const {
  return Run(options_, /*dry_run=*/false, context, reader, writer);
}

absl::Status IngestionHandlers::PreviewRelease(
    CallContext& context, Reader<v1::PreviewReleaseRequest>& reader,
    Writer<v1::PreviewReleaseResponse>& writer) const {
  return Run(options_, /*dry_run=*/true, context, reader, writer);
}

absl::StatusOr<v1::WithdrawReleaseResponse> IngestionHandlers::WithdrawRelease(
    CallContext& context, const v1::WithdrawReleaseRequest& request) const {
  if (request.reason().empty()) {
    return base::Error(absl::StatusCode::kInvalidArgument, "REASON_MISSING",
                       "say in a sentence why the release is withdrawn; it is "
                       "kept with the release")
        .Field("reason", "must not be empty");
  }
  std::vector<std::string> names;
  for (const auto& loaded : options_.publisher->Current()->releases()) {
    names.push_back(loaded->release.name);
  }
  if (std::find(names.begin(), names.end(), request.name()) == names.end()) {
    return UnknownName(absl::StatusCode::kNotFound, "UNKNOWN_RESOURCE",
                       "release", View(request.name()), "name",
                       vocabulary::NearMatches(View(request.name()), names));
  }
  COLLATE_RETURN_IF_ERROR(options_.publisher->Withdraw(View(request.name()),
                                                       View(request.reason())));
  v1::WithdrawReleaseResponse response;
  for (const auto& loaded : options_.publisher->Current()->releases()) {
    if (loaded->release.name == request.name()) {
      *response.mutable_release() = ToProto(loaded->release);
    }
  }
  return response;
}

}  // namespace collate::api
