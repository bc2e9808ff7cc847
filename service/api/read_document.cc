#include <algorithm>
#include <cstdint>
#include <memory>
#include <string>
#include <utility>

#include "absl/strings/str_cat.h"
#include "service/api/convert.h"
#include "service/api/statistics_handlers.h"
#include "service/base/error.h"
#include "service/base/status_macros.h"

namespace collate::api {
namespace {

using query::Snapshot;

constexpr int64_t kChunkBytes = int64_t{1} << 20;

absl::StatusOr<const store::Document*> FindDocument(
    const Snapshot& snapshot, const v1::ReadDocumentRequest& request) {
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

}  // namespace

absl::Status StatisticsHandlers::ReadDocument(
    CallContext& context, const v1::ReadDocumentRequest& request,
    Writer<v1::ReadDocumentResponse>& writer) const {
  const std::shared_ptr<const Snapshot> snapshot =
      options_.publisher->Current();
  context.asked.releases = snapshot;
  COLLATE_ASSIGN_OR_RETURN(const store::Document* document,
                           FindDocument(*snapshot, request));
  // The store says why it does not tell the digest of a document.
  if (document->sha256.empty()) {
    return options_.store->ReadDocument("", 0, 1).status();
  }
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
  int64_t at = request.offset();
  do {
    COLLATE_RETURN_IF_ERROR(context.Check());
    const int64_t wanted = std::min(kChunkBytes, end - at);
    if (wanted > 0) {
      auto read =
          options_.store->ReadDocument(View(document->sha256), at, wanted);
      if (base::DetailOf(read.status()).reason == "DOCUMENT_NOT_RETAINED") {
        return NotRetained(*document);
      }
      COLLATE_ASSIGN_OR_RETURN(std::string bytes, std::move(read));
      if (bytes.empty()) {
        return base::Error(absl::StatusCode::kDataLoss, "CORRUPT_STORE",
                           absl::StrCat("document '", document->name,
                                        "' ends before its size"))
            .With("document", document->name);
      }
      at += static_cast<int64_t>(bytes.size());
      part.set_chunk(std::move(bytes));
    }
    COLLATE_RETURN_IF_ERROR(writer.Write(std::move(part)));
    part = v1::ReadDocumentResponse();
  } while (at < end);
  return absl::OkStatus();
}

}  // namespace collate::api
