// Bytes of a text file to UTF-8, chunk by chunk, refusing what is not text.
//
// Without a declared encoding a byte order mark decides, and UTF-8 is read
// strictly otherwise; nothing is guessed from the bytes. NUL is refused in
// every encoding. One thread at a time; the source must outlive the decoder.

#ifndef COLLATE_PLUGINS_TABULAR_DECODE_H_
#define COLLATE_PLUGINS_TABULAR_DECODE_H_

#include <cstdint>
#include <string>
#include <string_view>

#include "plugins/tabular/budget.h"
#include "plugins/tabular/source.h"
#include "plugins/tabular/status.h"

namespace collate::tabular {

enum class Encoding : uint8_t {
  kDetect = 0,
  kUtf8 = 1,
  kUtf16Le = 2,
  kUtf16Be = 3,
  kWindows1252 = 4,
};

// "utf-8", "utf-16le", "utf-16be", "windows-1252" in any case; empty is
// kDetect. UNKNOWN_ENCODING otherwise.
Status ParseEncoding(std::string_view name, Encoding* encoding);

// Length of the well-formed UTF-8 character at i (Unicode table 3-7), 0 when it
// is ill-formed or NUL, -1 when the text ends inside it.
int Utf8Length(std::string_view text, size_t i);

// 0 where the code page has no character.
uint32_t FromWindows1252(uint8_t byte);

// A code point that is no surrogate.
void AppendUtf8(uint32_t c, std::string* out);

class Decoder {
 public:
  Decoder(ByteSource& source, Encoding encoding, Budget& budget)
      : source_(source), budget_(budget), encoding_(encoding) {}

  // The next piece of text, valid until the next call; empty at the end. It
  // never ends inside a character. An error carries the byte range.
  Status Next(std::string_view* text);

  // Bytes of the file that one byte of the decoded text stands for, so that a
  // consumer can keep count: a character's whole width for its first byte.
  uint32_t Width(char decoded) const {
    return width_[static_cast<unsigned char>(decoded)];
  }
  bool IsIdentity() const { return encoding_ == Encoding::kUtf8; }

  // Length of the byte order mark; known after the first Next().
  uint64_t begin() const { return begin_; }

 private:
  Status Start();
  Status Fill();
  Status DecodeUtf8(std::string_view* text);
  Status DecodeUtf16(std::string_view* text);
  Status DecodeWindows1252(std::string_view* text);
  Status Bad(const char* message, size_t at, size_t count) const;

  ByteSource& source_;
  Budget& budget_;
  Encoding encoding_;
  bool started_ = false;
  bool at_end_ = false;
  uint64_t begin_ = 0;
  uint64_t offset_ = 0;  // of buffer_[0] in the file
  uint64_t read_ = 0;    // bytes taken from the source so far
  std::string buffer_;   // not yet decoded
  size_t used_ = 0;      // of buffer_, handed out by the last Next()
  std::string decoded_;
  uint32_t width_[256] = {};
};

}  // namespace collate::tabular

#endif  // COLLATE_PLUGINS_TABULAR_DECODE_H_
