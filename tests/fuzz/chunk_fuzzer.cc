// Any bytes as a stored chunk, with the checksum put right in half of the
// inputs: refused by name, or rows that are sound and can be written again.

#include <cstdint>
#include <string>

#include "service/store/chunk.h"
#include "service/store/wire.h"
#include "tests/fuzz/service_checks.h"
#include "tests/service/store/observations_testing.h"

namespace {

using collate::fuzz::Require;
using collate::fuzz::RequireTyped;
using collate::store::DecodeChunk;
using collate::store::Describe;
using collate::store::EncodeChunk;
using collate::store::KnownColumns;
using collate::store::Observations;

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  if (size < 1) return 0;
  std::string bytes = collate::fuzz::Text(data + 1, size - 1);
  if (data[0] % 2 == 1 && bytes.size() >= collate::store::kChunkPrefix) {
    std::string crc;
    collate::store::AppendU32(crc, collate::store::ChunkCrc(bytes));
    bytes.replace(collate::store::kChunkCrcOffset, crc.size(), crc);
  }
  KnownColumns known;
  const auto decoded = DecodeChunk(bytes, &known);
  if (!decoded.ok()) {
    RequireTyped(decoded.status());
    Require(!absl::IsInvalidArgument(decoded.status()),
            "bytes are no argument");
    return 0;
  }
  const Observations& rows = *decoded;
  Require(collate::store::ValidateObservations(rows).ok(), "rows are sound");
  Require(rows.row_count() >= 1 &&
              rows.row_count() <= collate::store::kMaxChunkRows &&
              known.from.size() == rows.row_count() &&
              known.until.size() == rows.row_count(),
          "columns are complete");
  const auto encoded = EncodeChunk(rows, {});
  Require(encoded.ok(), "what was read can be written");
  const auto again = DecodeChunk(*encoded);
  Require(again.ok() && Describe(*again) == Describe(rows),
          "and is then the same");
  const auto pieces = SortAndSplit(rows, 3);
  Require(pieces.ok(), "rows can be sorted");
  size_t count = 0;
  for (const Observations& piece : *pieces) count += piece.row_count();
  Require(count == rows.row_count(), "no row is lost");
  return 0;
}
