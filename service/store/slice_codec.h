// Bytes of slices and extents, which chunks and releases share. FORMAT.md.
//
// Pure functions; safe to use from any thread.

#ifndef COLLATE_SERVICE_STORE_SLICE_CODEC_H_
#define COLLATE_SERVICE_STORE_SLICE_CODEC_H_

#include <string>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "absl/strings/string_view.h"
#include "service/store/observations.h"
#include "service/store/wire.h"

namespace collate::store {

// INVALID_ARGUMENT (reason INVALID_SLICE) for a slice that cannot be kept: no
// measure, an enum out of range, axes that are not sorted by dimension, occur
// twice, name `reporter`, or are too many.
absl::Status ValidateSlice(const Slice& slice);

void AppendSlice(std::string& out, const Slice& slice);
// Fails the reader unless the slice is valid.
Slice ReadSlice(Reader& reader);

std::string EncodeExtent(const Extent& extent);
// DATA_LOSS (reason CORRUPT_STORE).
absl::StatusOr<Extent> DecodeExtent(absl::string_view bytes);

}  // namespace collate::store

#endif  // COLLATE_SERVICE_STORE_SLICE_CODEC_H_
