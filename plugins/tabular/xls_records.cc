#include "plugins/tabular/xls_records.h"

#include <algorithm>
#include <cstdio>

namespace collate::tabular {
namespace {

constexpr size_t kHead = 4;

std::string TypeName(XlsType type) {
  char buffer[16];
  std::snprintf(buffer, sizeof buffer, "0x%04X",
                static_cast<unsigned>(static_cast<uint16_t>(type)));
  return buffer;
}

}  // namespace

// Makes [position_, position_ + n) part of the window.
Status XlsReader::Fill(size_t n) {
  if (position_ >= window_begin_ &&
      position_ + n <= window_begin_ + window_.size()) {
    return OkStatus();
  }
  const uint64_t size = std::min<uint64_t>(std::max(n, window_bytes_),
                                           stream_->size() - position_);
  window_.resize(size);
  window_begin_ = position_;
  return stream_->ReadAt(position_, window_.data(), window_.size());
}

Status XlsReader::Place(Status status, uint64_t offset, uint64_t size) const {
  status.error().locator.byte_begin = stream_->FileOffset(offset);
  status.error().locator.byte_end = status.error().locator.byte_begin + size;
  return status;
}

Status XlsReader::Next(XlsRecord* record) {
  const uint64_t left = stream_->size() - std::min(position_, stream_->size());
  uint64_t size = 0;
  if (left >= kHead) {
    COLLATE_TABULAR_RETURN_IF_ERROR(Fill(kHead));
    size = LittleEndian(window_, position_ - window_begin_ + 2, 2);
  }
  if (left < kHead + size) {
    return Place(
        Status(Error{.reason = "XLS_TRUNCATED",
                     .message = "the workbook ends inside its records",
                     .expected = std::to_string(kHead + size) +
                                 " bytes of a record, or its end before",
                     .found = std::to_string(left)}),
        std::min(position_, stream_->size()), left);
  }
  COLLATE_TABULAR_RETURN_IF_ERROR(Fill(kHead + size));
  const size_t at = position_ - window_begin_;
  record->type = static_cast<XlsType>(LittleEndian(window_, at, 2));
  record->data = std::string_view(window_).substr(at + kHead, size);
  record->offset = position_;
  position_ += kHead + size;
  return OkStatus();
}

Status XlsReader::NextContinue(XlsRecord* record, bool* is_continue) {
  *is_continue = false;
  if (stream_->size() - std::min(position_, stream_->size()) < kHead) {
    return OkStatus();
  }
  COLLATE_TABULAR_RETURN_IF_ERROR(Fill(kHead));
  const auto type =
      static_cast<XlsType>(LittleEndian(window_, position_ - window_begin_, 2));
  if (type != XlsType::kContinue) return OkStatus();
  *is_continue = true;
  return Next(record);
}

Status XlsReader::Bad(const XlsRecord& record, std::string message,
                      std::string expected) const {
  return Place(
      Status(Error{.reason = "XLS_BAD_RECORD",
                   .message = std::move(message) + " (record " +
                              TypeName(record.type) + ")",
                   .expected = std::move(expected),
                   .found = std::to_string(record.data.size()) + " bytes"}),
      record.offset, kHead + record.data.size());
}

Status XlsCursor::Refill(bool* more) {
  *more = true;
  while (*more && at_ == record_.data.size()) {
    XlsRecord next;
    COLLATE_TABULAR_RETURN_IF_ERROR(reader_.NextContinue(&next, more));
    if (!*more) break;
    record_ = next;
    at_ = 0;
  }
  return OkStatus();
}

Status XlsCursor::Short() const {
  return reader_.Bad(record_, "a record ends before what it says it holds");
}

Status XlsCursor::Take(size_t width, uint64_t* value) {
  *value = 0;
  for (size_t i = 0; i < width; ++i) {
    bool more;
    COLLATE_TABULAR_RETURN_IF_ERROR(Refill(&more));
    if (!more) return Short();
    *value |= LittleEndian(record_.data, at_++, 1) << (8 * i);
  }
  return OkStatus();
}

Status XlsCursor::Skip(uint64_t n) {
  while (n > 0) {
    bool more;
    COLLATE_TABULAR_RETURN_IF_ERROR(Refill(&more));
    if (!more) return Short();
    const auto part =
        static_cast<size_t>(std::min<uint64_t>(n, record_.data.size() - at_));
    at_ += part;
    n -= part;
  }
  return OkStatus();
}

Status XlsCursor::TakeUnits(uint64_t count, bool wide, std::u16string* units) {
  units->clear();
  while (count > 0) {
    if (at_ == record_.data.size()) {
      // Each record says anew how wide its characters are.
      uint64_t flags;
      COLLATE_TABULAR_RETURN_IF_ERROR(Take(1, &flags));
      wide = (flags & 1) != 0;
      continue;
    }
    const size_t width = wide ? 2 : 1;
    const auto part = static_cast<size_t>(
        std::min<uint64_t>(count, (record_.data.size() - at_) / width));
    if (part == 0) return Short();
    for (size_t i = 0; i < part; ++i, at_ += width) {
      *units += static_cast<char16_t>(LittleEndian(record_.data, at_, width));
    }
    count -= part;
  }
  return OkStatus();
}

}  // namespace collate::tabular
