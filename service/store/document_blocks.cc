#include "service/store/document_blocks.h"

#include <algorithm>
#include <string>

#include "absl/strings/str_cat.h"
#include "service/base/digest.h"
#include "service/base/error.h"
#include "service/base/status_macros.h"

namespace collate::store {

absl::Status DocumentMismatch(const Document& document,
                              absl::string_view message) {
  return base::Error(absl::StatusCode::kInvalidArgument, "DOCUMENT_MISMATCH",
                     absl::StrCat("document '", document.name, "' (sha256 ",
                                  document.sha256, "): ", message))
      .With("document", document.name)
      .With("sha256", document.sha256);
}

absl::Status ForEachBlock(
    const Document& document, const DocumentReader& contents,
    absl::FunctionRef<absl::Status(int64_t seq, absl::string_view block)>
        take) {
  base::Sha256 sha256;
  std::string block;
  int64_t offset = 0;
  for (int64_t seq = 0; offset < document.byte_count; ++seq) {
    const int64_t size = std::min(kBlockBytes, document.byte_count - offset);
    block.clear();
    while (static_cast<int64_t>(block.size()) < size) {
      const int64_t at = offset + static_cast<int64_t>(block.size());
      const int64_t wanted = size - static_cast<int64_t>(block.size());
      COLLATE_ASSIGN_OR_RETURN(const std::string bytes, contents(at, wanted));
      if (bytes.empty() || static_cast<int64_t>(bytes.size()) > wanted) {
        return DocumentMismatch(
            document,
            absl::StrCat("at byte ", at, " of ", document.byte_count, ", ",
                         bytes.size(), " bytes came, expected 1 to ", wanted));
      }
      block += bytes;
    }
    sha256.Update(block);
    COLLATE_RETURN_IF_ERROR(take(seq, block));
    offset += size;
  }
  const std::string digest = sha256.FinishHex();
  if (digest != document.sha256) {
    return DocumentMismatch(document,
                            absl::StrCat("its bytes have sha256 ", digest));
  }
  return absl::OkStatus();
}

absl::Status ReleaseNotFound(absl::string_view name) {
  return base::Error(absl::StatusCode::kNotFound, "RELEASE_NOT_FOUND",
                     absl::StrCat("no release ", name))
      .With("release", name);
}

absl::Status ReleaseExists(absl::string_view name) {
  return base::Error(absl::StatusCode::kAlreadyExists, "RELEASE_EXISTS",
                     absl::StrCat("there is a release ", name))
      .With("release", name);
}

absl::Status ChunkNotFound(absl::string_view release, int64_t chunks,
                           uint32_t chunk) {
  return base::Error(absl::StatusCode::kOutOfRange, "CHUNK_NOT_FOUND",
                     absl::StrCat("release ", release, " has ", chunks,
                                  " chunks, no chunk ", chunk))
      .With("release", release);
}

absl::Status DocumentNotFound(absl::string_view sha256) {
  return base::Error(absl::StatusCode::kNotFound, "DOCUMENT_NOT_FOUND",
                     absl::StrCat("no document with sha256 ", sha256))
      .With("sha256", sha256);
}

absl::Status DocumentNotRetained(absl::string_view sha256) {
  return base::Error(absl::StatusCode::kFailedPrecondition,
                     "DOCUMENT_NOT_RETAINED",
                     absl::StrCat("of document ", sha256,
                                  " only digest and size are kept"))
      .With("sha256", sha256);
}

absl::Status CheckRange(int64_t offset, int64_t max_bytes) {
  if (offset >= 0 && max_bytes >= 0) return absl::OkStatus();
  return base::Error(absl::StatusCode::kInvalidArgument, "INVALID_RANGE",
                     absl::StrCat("offset ", offset, " and max_bytes ",
                                  max_bytes, " must not be negative"));
}

}  // namespace collate::store
