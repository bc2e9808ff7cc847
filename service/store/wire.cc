#include "service/store/wire.h"

#include <bit>
#include <cstring>

#include "absl/strings/str_cat.h"
#include "service/base/error.h"

namespace collate::store {
namespace {

static_assert(std::endian::native == std::endian::little,
              "stored integers are little-endian and copied as they are");

template <typename T>
void AppendFixed(std::string& out, T value) {
  char bytes[sizeof(T)];
  std::memcpy(bytes, &value, sizeof(T));
  out.append(bytes, sizeof(T));
}

}  // namespace

void AppendU8(std::string& out, uint8_t value) { AppendFixed(out, value); }
void AppendU16(std::string& out, uint16_t value) { AppendFixed(out, value); }
void AppendU32(std::string& out, uint32_t value) { AppendFixed(out, value); }
void AppendU64(std::string& out, uint64_t value) { AppendFixed(out, value); }

void AppendVarint(std::string& out, uint64_t value) {
  for (; value >= 0x80; value >>= 7) {
    out.push_back(static_cast<char>(value | 0x80));
  }
  out.push_back(static_cast<char>(value));
}

void AppendZigZag(std::string& out, int64_t value) {
  const uint64_t sign = value < 0 ? ~uint64_t{0} : 0;
  AppendVarint(out, (static_cast<uint64_t>(value) << 1) ^ sign);
}

void AppendString(std::string& out, absl::string_view text) {
  AppendVarint(out, text.size());
  out.append(text.data(), text.size());
}

absl::Status CorruptStore(absl::string_view message) {
  return base::Error(absl::StatusCode::kDataLoss, "CORRUPT_STORE", message);
}

template <typename T>
T Reader::Fixed(absl::string_view field) {
  const absl::string_view bytes = Bytes(sizeof(T), field);
  T value = 0;
  if (bytes.size() == sizeof(T)) std::memcpy(&value, bytes.data(), sizeof(T));
  return value;
}

uint8_t Reader::U8(absl::string_view field) { return Fixed<uint8_t>(field); }
uint16_t Reader::U16(absl::string_view field) { return Fixed<uint16_t>(field); }
uint32_t Reader::U32(absl::string_view field) { return Fixed<uint32_t>(field); }
uint64_t Reader::U64(absl::string_view field) { return Fixed<uint64_t>(field); }

uint64_t Reader::Varint(absl::string_view field) {
  uint64_t value = 0;
  for (int shift = 0; shift < 64; shift += 7) {
    if (!ok()) return 0;
    if (position_ == bytes_.size()) {
      Fail(absl::StrCat("ends inside ", field));
      return 0;
    }
    const uint8_t byte = static_cast<uint8_t>(bytes_[position_++]);
    // The tenth byte has room for one bit.
    if (shift == 63 && byte > 1) break;
    value |= static_cast<uint64_t>(byte & 0x7f) << shift;
    if (byte < 0x80) return value;
  }
  Fail(absl::StrCat(field, " is a number of more than 64 bits"));
  return 0;
}

int64_t Reader::ZigZag(absl::string_view field) {
  const uint64_t value = Varint(field);
  return static_cast<int64_t>((value >> 1) ^ (~(value & 1) + 1));
}

absl::string_view Reader::String(absl::string_view field) {
  return Bytes(Varint(field), field);
}

absl::string_view Reader::Bytes(uint64_t size, absl::string_view field) {
  if (!ok()) return "";
  if (size > remaining()) {
    Fail(absl::StrCat(field, " takes ", size, " bytes, ", remaining(),
                      " are left"));
    return "";
  }
  const absl::string_view bytes = bytes_.substr(position_, size);
  position_ += size;
  return bytes;
}

uint64_t Reader::Count(uint64_t least, absl::string_view field) {
  const uint64_t count = Varint(field);
  if (ok() && count > remaining() / least) {
    Fail(absl::StrCat(field, ": ", count, " do not fit into the ", remaining(),
                      " bytes left"));
  }
  return ok() ? count : 0;
}

void Reader::Fail(absl::string_view message) {
  if (!ok()) return;
  status_ =
      CorruptStore(absl::StrCat(what_, ", at byte ", offset(), ": ", message));
}

void Reader::ExpectEnd(absl::string_view field) {
  if (ok() && remaining() > 0) {
    Fail(absl::StrCat(remaining(), " bytes follow ", field));
  }
}

}  // namespace collate::store
