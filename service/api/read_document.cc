#include <algorithm>
#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <utility>

#include "absl/functional/function_ref.h"
#include "absl/strings/str_cat.h"
#include "service/api/convert.h"
#include "service/api/statistics_handlers.h"
#include "service/base/error.h"
#include "service/base/status_macros.h"
#include "service/ingest/ingestor.h"
#include "service/ingest/intake.h"

namespace collate::api {
namespace {

using query::Snapshot;

constexpr int64_t kChunkBytes = int64_t{1} << 20;

// The adapter that can show the cells of any workbook or document, and what it
// calls them.
constexpr char kInspector[] = "foi_spreadsheet";
constexpr char kCells[] = "suggest-cells.csv";
constexpr size_t kCellsBytes = 512 << 10;

// Request: names a document of a release.
template <typename Request>
absl::StatusOr<const store::Document*> FindDocument(const Snapshot& snapshot,
                                                    const Request& request) {
  const auto& releases = snapshot.releases();
  const auto release = std::find_if(
      releases.begin(), releases.end(), [&request](const auto& loaded) {
        return loaded->release.name == request.release();
      });
  if (release == releases.end()) {
    return base::Error(absl::StatusCode::kNotFound, "RELEASE_NOT_FOUND",
                       absl::StrCat("no release '", request.release(), "'"))
        .With("release", request.release())
        .Field("release", "no such release");
  }
  for (const store::Document& document : (*release)->release.documents) {
    if (document.name == request.document()) return &document;
  }
  return base::Error(
             absl::StatusCode::kNotFound, "DOCUMENT_NOT_FOUND",
             absl::StrCat("release '", request.release(), "' has no document '",
                          request.document(), "'"))
      .With("document", request.document())
      .Field("document", "no such document of the release");
}

absl::Status CheckRange(const v1::ReadDocumentRequest& request,
                        const store::Document& document) {
  if (request.offset() < 0 || request.byte_count() < 0) {
    return base::Error(absl::StatusCode::kInvalidArgument, "INVALID_RANGE",
                       "offset and byte_count must not be negative")
        .Field(request.offset() < 0 ? "offset" : "byte_count",
               "must not be negative");
  }
  if (request.offset() > document.byte_count) {
    return base::Error(absl::StatusCode::kOutOfRange, "BEHIND_END",
                       absl::StrCat("document '", document.name, "' has ",
                                    document.byte_count, " bytes; none is at ",
                                    request.offset()))
        .With("total_bytes", absl::StrCat(document.byte_count))
        .Field("offset", "behind the end of the document");
  }
  return absl::OkStatus();
}

absl::Status NotRetained(const store::Document& document) {
  return base::Error(absl::StatusCode::kFailedPrecondition,
                     "DOCUMENT_NOT_RETAINED",
                     absl::StrCat("of document '", document.name,
                                  "' only the digest is kept: sha256 ",
                                  document.sha256))
      .With("document", document.name)
      .With("sha256", document.sha256);
}

// The store says why it does not tell the digest of a document.
absl::Status CheckShown(const store::Store& store,
                        const store::Document& document) {
  if (!document.sha256.empty()) return absl::OkStatus();
  return store.ReadDocument("", 0, 1).status();
}

// Hands `take` the bytes from `at` to `end`, in order and at most kChunkBytes
// each.
absl::Status ReadBytes(CallContext& context, const store::Store& store,
                       const store::Document& document, int64_t at, int64_t end,
                       absl::FunctionRef<absl::Status(std::string)> take) {
  while (at < end) {
    COLLATE_RETURN_IF_ERROR(context.Check());
    auto read = store.ReadDocument(View(document.sha256), at,
                                   std::min(kChunkBytes, end - at));
    if (base::DetailOf(read.status()).reason == "DOCUMENT_NOT_RETAINED") {
      return NotRetained(document);
    }
    COLLATE_ASSIGN_OR_RETURN(std::string bytes, std::move(read));
    if (bytes.empty()) {
      return base::Error(absl::StatusCode::kDataLoss, "CORRUPT_STORE",
                         absl::StrCat("document '", document.name,
                                      "' ends before its size"))
          .With("document", document.name);
    }
    at += static_cast<int64_t>(bytes.size());
    COLLATE_RETURN_IF_ERROR(take(std::move(bytes)));
  }
  return absl::OkStatus();
}

absl::Status WriteInParts(absl::string_view cells,
                          Writer<v1::ReadDocumentCellsResponse>& writer) {
  for (size_t at = 0; at < cells.size(); at += kCellsBytes) {
    v1::ReadDocumentCellsResponse part;
    const absl::string_view piece = cells.substr(at, kCellsBytes);
    part.set_chunk(piece.data(), piece.size());
    COLLATE_RETURN_IF_ERROR(writer.Write(std::move(part)));
  }
  return absl::OkStatus();
}

// A document of the store, as if it had just come in.
absl::StatusOr<ingest::Submission> Resubmit(CallContext& context,
                                            const store::Store& store,
                                            const store::Document& document,
                                            const std::string& sheet) {
  ingest::Intake intake;
  ingest::ReleaseManifest manifest;
  manifest.source = "explain";
  manifest.adapter = kInspector;
  if (!sheet.empty()) manifest.options = {{"sheet", sheet}};
  COLLATE_RETURN_IF_ERROR(intake.Begin(std::move(manifest)));
  COLLATE_RETURN_IF_ERROR(intake.BeginDocument(
      View(document.name), View(document.media_type), document.byte_count,
      View(document.sha256), {}, document.byte_count));
  COLLATE_RETURN_IF_ERROR(ReadBytes(context, store, document, 0,
                                    document.byte_count,
                                    [&intake](const std::string& bytes) {
                                      return intake.Append(View(bytes));
                                    }));
  return intake.End();
}

}  // namespace

absl::Status StatisticsHandlers::ReadDocument(
    CallContext& context, const v1::ReadDocumentRequest& request,
    Writer<v1::ReadDocumentResponse>& writer) const {
  const std::shared_ptr<const Snapshot> snapshot =
      options_.publisher->Current();
  context.asked.releases = snapshot;
  COLLATE_ASSIGN_OR_RETURN(const store::Document* document,
                           FindDocument(*snapshot, request));
  COLLATE_RETURN_IF_ERROR(CheckShown(*options_.store, *document));
  COLLATE_RETURN_IF_ERROR(CheckRange(request, *document));
  int64_t end = document->byte_count;
  if (request.byte_count() > 0) {
    end = std::min(end - request.offset(), request.byte_count()) +
          request.offset();
  }
  v1::ReadDocumentResponse part;
  part.set_sha256(document->sha256);
  part.set_total_bytes(document->byte_count);
  part.set_media_type(document->media_type);
  if (request.offset() == end) return writer.Write(std::move(part));
  return ReadBytes(context, *options_.store, *document, request.offset(), end,
                   [&](std::string bytes) {
                     part.set_chunk(std::move(bytes));
                     return writer.Write(std::exchange(part, {}));
                   });
}

absl::Status StatisticsHandlers::ReadDocumentCells(
    CallContext& context, const v1::ReadDocumentCellsRequest& request,
    Writer<v1::ReadDocumentCellsResponse>& writer) const {
  const std::shared_ptr<const Snapshot> snapshot =
      options_.publisher->Current();
  context.asked.releases = snapshot;
  COLLATE_ASSIGN_OR_RETURN(const store::Document* document,
                           FindDocument(*snapshot, request));
  COLLATE_RETURN_IF_ERROR(CheckShown(*options_.store, *document));
  COLLATE_ASSIGN_OR_RETURN(
      ingest::Submission submission,
      Resubmit(context, *options_.store, *document, request.sheet()));
  std::optional<absl::Status> written;
  ingest::Ingestor::Control control;
  control.dry_run = true;
  control.suggest = true;
  control.cancelled = [&context] { return context.Cancelled(); };
  control.attachment = [&](const std::string&,
                           const ingest::RawAttachment& attachment) {
    if (attachment.name != kCells) return;
    written = WriteInParts(attachment.content, writer);
  };
  const auto report = options_.ingestor->Ingest(std::move(submission), control);
  // A table of which nothing can be suggested has cells all the same.
  return written.has_value() ? *written : report.status();
}

}  // namespace collate::api
