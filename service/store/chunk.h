// Observations of one slice <-> the bytes of one stored chunk. FORMAT.md is
// normative.
//
//   COLLATE_ASSIGN_OR_RETURN(auto pieces, SortAndSplit(observations));
//   for (const Observations& piece : pieces) {
//     COLLATE_ASSIGN_OR_RETURN(std::string bytes, EncodeChunk(piece, known));
//   }
//
// Decoding trusts nothing: bytes that are not exactly a chunk give DATA_LOSS
// (reason CORRUPT_STORE) with the offset, a later version of the format gives
// FAILED_PRECONDITION (reason STORE_NEWER).
//
// Pure functions; safe to use from any thread.

#ifndef COLLATE_SERVICE_STORE_CHUNK_H_
#define COLLATE_SERVICE_STORE_CHUNK_H_

#include <cstddef>
#include <cstdint>
#include <limits>
#include <string>
#include <vector>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "absl/strings/string_view.h"
#include "service/store/observations.h"

namespace collate::store {

// The latest version; a chunk without the columns of Observations::stated is
// written as version 1, which earlier programs read.
inline constexpr uint32_t kChunkVersion = 2;
inline constexpr size_t kMaxChunkRows = 65536;
inline constexpr int kMaxScale = 18;  // and -kMaxScale the least
inline constexpr int64_t kKnownForever = std::numeric_limits<int64_t>::max();

// When the rows of a chunk are valid, microseconds since 1970, half open. A
// publication writes one interval for all its rows; the format has room for
// one per row.
struct Known {
  int64_t from = 0;
  int64_t until = kKnownForever;
};
struct KnownColumns {
  std::vector<int64_t> from;
  std::vector<int64_t> until;
};

// INVALID_ARGUMENT (reason INVALID_OBSERVATIONS, or INVALID_SLICE) unless the
// columns have one length, every index points at a string and every value is
// in the range of its column.
absl::Status ValidateObservations(const Observations& observations);

// The same rows in stored order: by offence (or the first axis if there is no
// offence), reporter, period, further axes and locator, members compared by
// code. Every piece has its own strings, sorted, none unused, so that equal
// rows give equal bytes however they were handed in. No rows give no pieces.
absl::StatusOr<std::vector<Observations>> SortAndSplit(
    const Observations& observations, size_t max_rows = kMaxChunkRows);

// The pieces of all in turn, made on two threads where there are many rows.
absl::StatusOr<std::vector<Observations>> SortAndSplitAll(
    const std::vector<Observations>& all);

// 1 to kMaxChunkRows rows, as they stand. DecodeChunk gives them back exactly.
absl::StatusOr<std::string> EncodeChunk(const Observations& observations,
                                        const Known& known);
absl::StatusOr<Observations> DecodeChunk(absl::string_view bytes,
                                         KnownColumns* known = nullptr);

// The checksum that belongs into `chunk`, at least kChunkPrefix bytes; it
// covers everything but itself.
inline constexpr size_t kChunkPrefix = 16;
inline constexpr size_t kChunkCrcOffset = 12;
uint32_t ChunkCrc(absl::string_view chunk);

// Makes every column `rows` long; those of `stated` only where they are wanted.
// The axes must be there.
void ResizeColumns(Observations& o, size_t rows, bool stated);

}  // namespace collate::store

#endif  // COLLATE_SERVICE_STORE_CHUNK_H_
