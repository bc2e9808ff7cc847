// Bytes one after the other, from a document or from a member of an archive.
//
// One thread at a time. What a stream reads from outlives it.

#ifndef COLLATE_PLUGINS_TRANSPARENCY_REPORT_DSA_STATEMENTS_BYTE_STREAM_H_
#define COLLATE_PLUGINS_TRANSPARENCY_REPORT_DSA_STATEMENTS_BYTE_STREAM_H_

#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <cstring>
#include <string>
#include <string_view>
#include <vector>

#include "plugins/tabular/source.h"
#include "plugins/tabular/status.h"

namespace collate::transparency_report::dsa {

class ByteStream {
 public:
  virtual ~ByteStream() = default;
  // Up to n bytes; 0 only at the end. An error is no damage of the document:
  // its bytes cannot be had, or a limit was met.
  virtual tabular::Status Read(char* out, size_t n, size_t* got) = 0;
};

// A range of a document.
class RangeStream final : public ByteStream {
 public:
  RangeStream(tabular::ByteSource& source, uint64_t begin, uint64_t end)
      : source_(source), at_(begin), end_(end) {}

  tabular::Status Read(char* out, size_t n, size_t* got) override {
    *got = 0;
    n = static_cast<size_t>(std::min<uint64_t>(n, end_ - at_));
    if (n == 0) return tabular::OkStatus();
    const int64_t count = source_.ReadAt(at_, out, n);
    if (count <= 0 || static_cast<uint64_t>(count) > n) {
      return tabular::Status(
          tabular::Error{.code = tabular::Code::kDataLoss,
                         .reason = "DOCUMENT_UNREADABLE",
                         .message = "the document's bytes could not be read",
                         .expected = std::to_string(end_) + " bytes",
                         .found = std::to_string(at_) + " bytes"});
    }
    at_ += static_cast<uint64_t>(count);
    *got = static_cast<size_t>(count);
    return tabular::OkStatus();
  }

  uint64_t position() const { return at_; }

 private:
  tabular::ByteSource& source_;
  uint64_t at_;
  const uint64_t end_;
};

// A stream whose next bytes can be looked at before they are taken.
class BufferedStream {
 public:
  explicit BufferedStream(ByteStream& in) : in_(in) {}

  // Makes at least n bytes visible where there are so many; n is at most
  // kBytes less kBehind.
  tabular::Status Want(size_t n) {
    if (end_ - begin_ >= n) return tabular::OkStatus();
    const size_t from = begin_ - std::min(begin_, kBehind);
    std::memmove(buffer_.data(), buffer_.data() + from, end_ - from);
    end_ -= from;
    begin_ -= from;
    n += begin_;
    while (end_ < n && !at_end_) {
      size_t got = 0;
      COLLATE_TABULAR_RETURN_IF_ERROR(
          in_.Read(buffer_.data() + end_, buffer_.size() - end_, &got));
      end_ += got;
      at_end_ = got == 0;
    }
    return tabular::OkStatus();
  }
  std::string_view visible() const {
    return {buffer_.data() + begin_, end_ - begin_};
  }
  void Take(size_t n) {
    begin_ += n;
    taken_ += n;
  }
  // At most kBehind bytes of what was taken.
  void GiveBack(size_t n) {
    begin_ -= n;
    taken_ -= n;
  }
  uint64_t taken() const { return taken_; }

  static constexpr size_t kBytes = size_t{192} << 10;
  static constexpr size_t kBehind = 16;

 private:
  ByteStream& in_;
  std::vector<char> buffer_ = std::vector<char>(kBytes);
  size_t begin_ = 0;
  size_t end_ = 0;
  bool at_end_ = false;
  uint64_t taken_ = 0;
};

}  // namespace collate::transparency_report::dsa

#endif  // COLLATE_PLUGINS_TRANSPARENCY_REPORT_DSA_STATEMENTS_BYTE_STREAM_H_
