#include "plugins/tabular/decode.h"

#include <array>
#include <cstdio>

namespace collate::tabular {
namespace {

constexpr size_t kChunk = 64 * 1024;
constexpr char kUtf8Bom[] = "\xEF\xBB\xBF";

uint8_t Byte(std::string_view s, size_t i) {
  return static_cast<uint8_t>(s[i]);
}

// 0x80..0x9F; 0 where the code page has no character.
constexpr std::array<uint16_t, 32> kWindows1252 = {
    0x20AC, 0,      0x201A, 0x0192, 0x201E, 0x2026, 0x2020, 0x2021,
    0x02C6, 0x2030, 0x0160, 0x2039, 0x0152, 0,      0x017D, 0,
    0,      0x2018, 0x2019, 0x201C, 0x201D, 0x2022, 0x2013, 0x2014,
    0x02DC, 0x2122, 0x0161, 0x203A, 0x0153, 0,      0x017E, 0x0178};

const char* EncodingName(Encoding encoding) {
  switch (encoding) {
    case Encoding::kUtf16Le:
      return "UTF-16LE";
    case Encoding::kUtf16Be:
      return "UTF-16BE";
    case Encoding::kWindows1252:
      return "windows-1252";
    default:
      return "UTF-8";
  }
}

}  // namespace

uint32_t FromWindows1252(uint8_t byte) {
  return byte >= 0x80 && byte < 0xA0 ? kWindows1252[byte - 0x80] : byte;
}

void AppendUtf8(uint32_t c, std::string* out) {
  const auto put = [out](uint32_t byte) {
    out->push_back(static_cast<char>(byte));
  };
  if (c < 0x80) {
    put(c);
  } else if (c < 0x800) {
    put(0xC0 | (c >> 6));
    put(0x80 | (c & 0x3F));
  } else if (c < 0x10000) {
    put(0xE0 | (c >> 12));
    put(0x80 | ((c >> 6) & 0x3F));
    put(0x80 | (c & 0x3F));
  } else {
    put(0xF0 | (c >> 18));
    put(0x80 | ((c >> 12) & 0x3F));
    put(0x80 | ((c >> 6) & 0x3F));
    put(0x80 | (c & 0x3F));
  }
}

int Utf8Length(std::string_view s, size_t i) {
  const uint8_t lead = Byte(s, i);
  if (lead == 0) return 0;
  if (lead < 0x80) return 1;
  if (lead < 0xC2 || lead > 0xF4) return 0;
  const int length = lead < 0xE0 ? 2 : lead < 0xF0 ? 3 : 4;
  uint8_t low = 0x80;
  uint8_t high = 0xBF;
  if (lead == 0xE0) low = 0xA0;
  if (lead == 0xED) high = 0x9F;
  if (lead == 0xF0) low = 0x90;
  if (lead == 0xF4) high = 0x8F;
  for (int k = 1; k < length; ++k) {
    if (i + k >= s.size()) return -1;
    const uint8_t byte = Byte(s, i + k);
    if (byte < low || byte > high) return 0;
    low = 0x80;
    high = 0xBF;
  }
  return length;
}

Status ParseEncoding(std::string_view name, Encoding* encoding) {
  std::string folded;
  for (char c : name) folded += (c >= 'A' && c <= 'Z') ? char(c + 32) : c;
  if (folded.empty()) {
    *encoding = Encoding::kDetect;
  } else if (folded == "utf-8") {
    *encoding = Encoding::kUtf8;
  } else if (folded == "utf-16le") {
    *encoding = Encoding::kUtf16Le;
  } else if (folded == "utf-16be") {
    *encoding = Encoding::kUtf16Be;
  } else if (folded == "windows-1252") {
    *encoding = Encoding::kWindows1252;
  } else {
    return Status(
        Error{.reason = "UNKNOWN_ENCODING",
              .message = "no such encoding: " + Printable(std::string(name)),
              .expected = "utf-8, utf-16le, utf-16be or windows-1252",
              .found = Printable(std::string(name))});
  }
  return OkStatus();
}

Status Decoder::Bad(const char* message, size_t at, size_t count) const {
  std::string found;
  for (size_t i = at; i < at + count && i < buffer_.size(); ++i) {
    char hex[8];
    std::snprintf(hex, sizeof hex, i == at ? "0x%02X" : " 0x%02X",
                  static_cast<unsigned>(Byte(buffer_, i)));
    found += hex;
  }
  Error error{
      .reason = "BAD_ENCODING",
      .message = message,
      .expected = encoding_ == Encoding::kUtf8
                      ? "UTF-8, UTF-16 with a byte order mark, or a declared "
                        "encoding"
                      : EncodingName(encoding_),
      .found = found};
  error.locator.byte_begin = offset_ + at;
  error.locator.byte_end = offset_ + at + count;
  return Status(std::move(error));
}

Status Decoder::Start() {
  started_ = true;
  COLLATE_TABULAR_RETURN_IF_ERROR(Fill());
  Encoding marked = Encoding::kDetect;
  if (buffer_.compare(0, 3, kUtf8Bom) == 0) {
    marked = Encoding::kUtf8;
    begin_ = 3;
  } else if (buffer_.compare(0, 2, "\xFF\xFE") == 0) {
    marked = Encoding::kUtf16Le;
    begin_ = 2;
  } else if (buffer_.compare(0, 2, "\xFE\xFF") == 0) {
    marked = Encoding::kUtf16Be;
    begin_ = 2;
  }
  if (marked != Encoding::kDetect && encoding_ != Encoding::kDetect &&
      marked != encoding_) {
    Error error{
        .reason = "ENCODING_MISMATCH",
        .message = std::string("declared as ") + EncodingName(encoding_) +
                   ", but the byte order mark says " + EncodingName(marked),
        .expected = EncodingName(encoding_),
        .found = EncodingName(marked)};
    error.locator.byte_end = begin_;
    return Status(std::move(error));
  }
  if (encoding_ == Encoding::kDetect) {
    encoding_ = marked == Encoding::kDetect ? Encoding::kUtf8 : marked;
  }
  used_ = begin_;
  for (int byte = 0; byte < 256; ++byte) {
    const bool continuation = (byte & 0xC0) == 0x80;
    switch (encoding_) {
      case Encoding::kUtf16Le:
      case Encoding::kUtf16Be:
        width_[byte] = continuation ? 0 : byte < 0xF0 ? 2 : 4;
        break;
      case Encoding::kWindows1252:
        width_[byte] = continuation ? 0 : 1;
        break;
      default:
        width_[byte] = 1;
    }
  }
  return OkStatus();
}

// Drops what was handed out and tops the buffer up to a chunk.
Status Decoder::Fill() {
  buffer_.erase(0, used_);
  offset_ += used_;
  used_ = 0;
  while (!at_end_ && buffer_.size() < kChunk) {
    const size_t have = buffer_.size();
    const size_t wanted = kChunk - have;
    buffer_.resize(kChunk);
    const int64_t got = source_.ReadAt(read_, buffer_.data() + have, wanted);
    if (got < 0 || static_cast<uint64_t>(got) > wanted ||
        (got == 0 && read_ < source_.size())) {
      buffer_.resize(have);
      Error error{.code = Code::kDataLoss,
                  .reason = "DOCUMENT_UNREADABLE",
                  .message = "the document's bytes could not be read",
                  .expected = std::to_string(source_.size()) + " bytes",
                  .found = std::to_string(read_) + " bytes"};
      error.locator.byte_begin = read_;
      return Status(std::move(error));
    }
    buffer_.resize(have + static_cast<size_t>(got));
    if (got == 0) at_end_ = true;
    read_ += static_cast<uint64_t>(got);
    COLLATE_TABULAR_RETURN_IF_ERROR(
        budget_.SpendBytes(static_cast<uint64_t>(got)));
  }
  return OkStatus();
}

Status Decoder::Next(std::string_view* text) {
  *text = {};
  if (!started_) {
    COLLATE_TABULAR_RETURN_IF_ERROR(Start());
    if (used_ != 0) COLLATE_TABULAR_RETURN_IF_ERROR(Fill());
  } else {
    COLLATE_TABULAR_RETURN_IF_ERROR(Fill());
  }
  if (buffer_.empty()) return OkStatus();
  switch (encoding_) {
    case Encoding::kUtf16Le:
    case Encoding::kUtf16Be:
      return DecodeUtf16(text);
    case Encoding::kWindows1252:
      return DecodeWindows1252(text);
    default:
      return DecodeUtf8(text);
  }
}

// Each of these hands out the good text before a fault first, so that the
// consumer has counted its lines when the fault is reported.
Status Decoder::DecodeUtf8(std::string_view* text) {
  size_t i = 0;
  int length = 1;
  while (i < buffer_.size()) {
    length = Utf8Length(buffer_, i);
    if (length <= 0) break;
    i += static_cast<size_t>(length);
  }
  if (i > 0) {
    used_ = i;
    *text = std::string_view(buffer_).substr(0, i);
    return OkStatus();
  }
  if (buffer_[0] == 0) {
    return Bad("a NUL byte: not text, or UTF-16 without a byte order mark", 0,
               1);
  }
  return Bad(length < 0 ? "the text ends inside a character"
                        : "bytes that are not UTF-8",
             0, length < 0 ? buffer_.size() : 1);
}

Status Decoder::DecodeUtf16(std::string_view* text) {
  decoded_.clear();
  const auto unit = [this](size_t i) -> uint32_t {
    const uint32_t first = Byte(buffer_, i);
    const uint32_t second = Byte(buffer_, i + 1);
    return encoding_ == Encoding::kUtf16Le ? first | (second << 8)
                                           : (first << 8) | second;
  };
  const char* fault = nullptr;
  size_t i = 0;
  for (; fault == nullptr && i + 1 < buffer_.size();) {
    uint32_t c = unit(i);
    size_t width = 2;
    if (c >= 0xD800 && c < 0xE000) {
      if (c < 0xDC00 && i + 3 >= buffer_.size()) break;  // the pair is cut
      const uint32_t low = c < 0xDC00 ? unit(i + 2) : 0;
      if (low < 0xDC00 || low >= 0xE000) {
        fault = "half of a UTF-16 surrogate pair";
        break;
      }
      c = 0x10000 + ((c - 0xD800) << 10) + (low - 0xDC00);
      width = 4;
    } else if (c == 0) {
      fault = "a NUL character";
      break;
    }
    AppendUtf8(c, &decoded_);
    i += width;
  }
  if (i > 0) {
    used_ = i;
    *text = decoded_;
    return OkStatus();
  }
  if (fault != nullptr) return Bad(fault, 0, 2);
  return Bad("the text ends inside a character", 0, buffer_.size());
}

Status Decoder::DecodeWindows1252(std::string_view* text) {
  decoded_.clear();
  size_t i = 0;
  for (; i < buffer_.size(); ++i) {
    const uint32_t c = FromWindows1252(Byte(buffer_, i));
    if (c == 0) break;
    AppendUtf8(c, &decoded_);
  }
  if (i > 0) {
    used_ = i;
    *text = decoded_;
    return OkStatus();
  }
  return Bad(buffer_[0] == 0 ? "a NUL byte"
                             : "a byte that windows-1252 does not define",
             0, 1);
}

}  // namespace collate::tabular
