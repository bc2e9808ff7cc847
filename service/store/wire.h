// Bytes of the stored formats: little-endian integers, LEB128 varints and
// length-prefixed strings. See FORMAT.md.
//
// Values; one thread at a time.

#ifndef COLLATE_SERVICE_STORE_WIRE_H_
#define COLLATE_SERVICE_STORE_WIRE_H_

#include <cstddef>
#include <cstdint>
#include <string>

#include "absl/status/status.h"
#include "absl/strings/string_view.h"

namespace collate::store {

void AppendU8(std::string& out, uint8_t value);
void AppendU16(std::string& out, uint16_t value);
void AppendU32(std::string& out, uint32_t value);
void AppendU64(std::string& out, uint64_t value);
void AppendVarint(std::string& out, uint64_t value);
void AppendZigZag(std::string& out, int64_t value);
void AppendString(std::string& out, absl::string_view text);

// DATA_LOSS (reason CORRUPT_STORE).
absl::Status CorruptStore(absl::string_view message);

// Reads untrusted bytes. The first thing that does not fit is kept as the
// status, with its offset; from then on every read gives 0 or "". Borrows the
// bytes.
class Reader {
 public:
  // `what` and `base` (the offset of bytes[0] in the whole) are for messages.
  Reader(absl::string_view bytes, absl::string_view what, uint64_t base = 0)
      : bytes_(bytes), what_(what), base_(base) {}

  uint8_t U8(absl::string_view field);
  uint16_t U16(absl::string_view field);
  uint32_t U32(absl::string_view field);
  uint64_t U64(absl::string_view field);
  uint64_t Varint(absl::string_view field);
  int64_t ZigZag(absl::string_view field);
  absl::string_view String(absl::string_view field);
  absl::string_view Bytes(uint64_t size, absl::string_view field);

  // A number of things that each take at least `least` further bytes.
  uint64_t Count(uint64_t least, absl::string_view field);

  void Fail(absl::string_view message);
  // Fails unless everything was read.
  void ExpectEnd(absl::string_view field);

  bool ok() const { return status_.ok(); }
  const absl::Status& status() const { return status_; }
  uint64_t offset() const { return base_ + position_; }
  uint64_t remaining() const { return bytes_.size() - position_; }

 private:
  template <typename T>
  T Fixed(absl::string_view field);

  absl::string_view bytes_;
  absl::string_view what_;
  uint64_t base_;
  size_t position_ = 0;
  absl::Status status_;
};

}  // namespace collate::store

#endif  // COLLATE_SERVICE_STORE_WIRE_H_
