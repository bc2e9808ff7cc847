// Documents as the blocks that every store keeps, and what is said of a name
// or a range that a store does not have.
//
// Pure functions; safe to use from any thread.

#ifndef COLLATE_SERVICE_STORE_DOCUMENT_BLOCKS_H_
#define COLLATE_SERVICE_STORE_DOCUMENT_BLOCKS_H_

#include <cstdint>

#include "absl/functional/function_ref.h"
#include "absl/status/status.h"
#include "absl/strings/string_view.h"
#include "service/store/store.h"

namespace collate::store {

inline constexpr int64_t kBlockBytes = 1 << 20;

// INVALID_ARGUMENT (reason DOCUMENT_MISMATCH).
absl::Status DocumentMismatch(const Document& document,
                              absl::string_view message);

// Hands the document's bytes on, kBlockBytes at a time, and checks at the end
// that they were its bytes. Errors of `contents` and `take` come back as they
// are.
absl::Status ForEachBlock(
    const Document& document, const DocumentReader& contents,
    absl::FunctionRef<absl::Status(int64_t seq, absl::string_view block)> take);

// NOT_FOUND, ALREADY_EXISTS and OUT_OF_RANGE, as store.h says.
absl::Status ReleaseNotFound(absl::string_view name);
absl::Status ReleaseExists(absl::string_view name);
absl::Status ChunkNotFound(absl::string_view release, int64_t chunks,
                           uint32_t chunk);
absl::Status DocumentNotFound(absl::string_view sha256);
// FAILED_PRECONDITION.
absl::Status DocumentNotRetained(absl::string_view sha256);
// INVALID_ARGUMENT unless a range may be asked for.
absl::Status CheckRange(int64_t offset, int64_t max_bytes);

}  // namespace collate::store

#endif  // COLLATE_SERVICE_STORE_DOCUMENT_BLOCKS_H_
