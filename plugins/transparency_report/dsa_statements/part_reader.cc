#include "plugins/transparency_report/dsa_statements/part_reader.h"

#include <algorithm>
#include <cstring>
#include <utility>

#include "plugins/transparency_report/dsa_statements/record_start.h"

namespace collate::transparency_report::dsa {
namespace {

using tabular::Error;
using tabular::OkStatus;
using tabular::Status;

constexpr size_t kLongestHeader = size_t{64} << 10;
// A line feed and the beginning of a record lie within.
constexpr size_t kOverlap = 64;
constexpr size_t kScanned = size_t{32} << 10;
// Records ahead of which memory is asked for.
constexpr size_t kSoon = 4;

bool IsDigit(char c) { return c >= '0' && c <= '9'; }

}  // namespace

PartReader::PartReader(Isa isa, Counter& counter, Losses& losses,
                       std::function<Status()> tick)
    : isa_(isa), counter_(counter), losses_(losses), tick_(std::move(tick)) {}

Status PartReader::Read(ByteStream& in, const std::string& part,
                        const std::function<bool()>& cut_short) {
  part_ = &part;
  header_read_ = at_end_ = cut_short_ = losing_ = false;
  begin_ = end_ = 0;
  base_ = lines_ = 0;
  counter_.BeginPart();
  while (!at_end_) {
    COLLATE_TABULAR_RETURN_IF_ERROR(Fill(in, cut_short));
    if (!header_read_) COLLATE_TABULAR_RETURN_IF_ERROR(ReadHeaderLine());
    if (header_read_) COLLATE_TABULAR_RETURN_IF_ERROR(ReadRecords());
    COLLATE_TABULAR_RETURN_IF_ERROR(tick_());
  }
  return OkStatus();
}

Status PartReader::Fill(ByteStream& in,
                        const std::function<bool()>& cut_short) {
  if (begin_ > 0) {
    std::memmove(window_.data(), window_.data() + begin_, end_ - begin_);
  }
  base_ += begin_;
  end_ -= begin_;
  begin_ = 0;
  const size_t full = end_ + kPiece;
  // One byte is for a line feed that the text lacks at its end.
  if (window_.size() < full + 1 + kScanPadding) {
    window_.resize(full + 1 + kScanPadding);
  }
  while (end_ < full && !at_end_) {
    size_t got = 0;
    COLLATE_TABULAR_RETURN_IF_ERROR(
        in.Read(window_.data() + end_, full - end_, &got));
    end_ += got;
    at_end_ = got == 0;
  }
  if (!at_end_) return OkStatus();
  cut_short_ = cut_short();
  if (!cut_short_ && end_ > 0 && window_[end_ - 1] != '\n') {
    window_[end_++] = '\n';
  }
  return OkStatus();
}

Status PartReader::ReadHeaderLine() {
  const char* text = window_.data();
  const char* feed = static_cast<const char*>(std::memchr(text, '\n', end_));
  if (feed == nullptr) {
    if (cut_short_) {
      begin_ = end_;
      return OkStatus();
    }
    if (!at_end_ && end_ < kLongestHeader) return OkStatus();
    return Status(Error{.reason = "MISSING_HEADER",
                        .message = "the text does not begin with a header",
                        .expected = "a line of column names, uuid the first",
                        .found = end_ == 0 ? "nothing" : "no line end",
                        .part = *part_,
                        .locator = {.row = 1, .line = 1}});
  }
  std::string_view line(text, static_cast<size_t>(feed - text));
  if (!line.empty() && line.back() == '\r') line.remove_suffix(1);
  COLLATE_TABULAR_RETURN_IF_ERROR(ReadHeader(line, *part_, &layout_));
  header_read_ = true;
  Advance(static_cast<size_t>(feed - text) + 1);
  return OkStatus();
}

Status PartReader::ReadRecords() {
  while (begin_ < end_) {
    if (losing_) {
      if (!SkipLost()) return OkStatus();
      continue;
    }
    const size_t from = begin_;
    const char* text = window_.data() + from;
    // A little at a time: what a fault makes be scanned again is little, too.
    size_t size = std::min(end_ - from, kScanned);
    Scan(isa_, text, size, &scanned_);
    if (scanned_.record_count == 0 && scanned_.suspect == size) {
      size = end_ - from;
      Scan(isa_, text, size, &scanned_);
    }
    const uint64_t lines_before = lines_;
    uint32_t fields = 0;
    uint32_t begin = 0;
    bool all_taken = true;
    for (size_t i = 0; i < scanned_.record_count; ++i) {
      const RecordEnd& record = scanned_.records[i];
      const uint32_t* ends = scanned_.ends.data() + fields;
      const uint32_t count = record.fields - fields;
      const uint32_t last = ends[count - 1];
      if (i + kSoon < scanned_.record_count) {
        const uint32_t before = scanned_.records[i + kSoon - 1].fields;
        counter_.Prefetch(text + scanned_.ends[before - 1] + 1);
      }
      Fault fault = Fault::kFieldCount;
      if (count == layout_.width) [[likely]] {
        fault = counter_.Add(layout_, text, begin, ends, record.ascii);
      }
      if (fault != Fault::kNone) [[unlikely]] {
        begin_ = from + begin;
        if (fault != Fault::kDuplicate && fault != Fault::kStop &&
            last > begin && text[last - 1] == '\r') {
          // A line end of CR LF, which only the strict reading knows.
          all_taken = false;
          TakeDoubtful(/*stray=*/true);
          break;
        }
        if (!TakeFault(fault, from + last + 1, count)) {
          all_taken = false;
          break;
        }
        if (fault == Fault::kStop) return counter_.TakeStatus();
      }
      fields = record.fields;
      begin = last + 1;
      lines_ = lines_before + record.lines;
    }
    if (!all_taken) continue;
    begin_ = from + begin;
    const bool stray = scanned_.suspect < size;
    if (!stray && (begin_ == end_ || from + size < end_)) continue;
    if (!TakeDoubtful(stray)) return OkStatus();
  }
  return OkStatus();
}

bool PartReader::TakeFault(Fault fault, size_t end, size_t fields) {
  if (fault == Fault::kStop) return true;
  if (fault == Fault::kDuplicate) {
    losses_.AddDuplicate(LossAt(fault, end));
    return true;
  }
  const size_t next = FindRecord(begin_, end);
  uint64_t records = CountTails(begin_, next);
  if (next == end && fault == Fault::kFieldCount) {
    // A lost line feed makes one record of two.
    records = std::max<uint64_t>(records, (fields + 1) / layout_.width);
  }
  Lose(fault, next, records);
  return next == end;
}

bool PartReader::TakeDoubtful(bool stray) {
  if (!stray && !at_end_) {
    if (end_ - begin_ < kLongestRecord) return false;
    BeginLosing(Fault::kTooLong);
    return true;
  }
  size_t end = 0;
  Strict strict = ReadStrictly(&end);
  if (strict == Strict::kRecord) {
    Fault fault = Fault::kFieldCount;
    if (strict_ends_.size() == layout_.width) {
      fault = counter_.Add(layout_, window_.data(),
                           static_cast<uint32_t>(begin_), strict_ends_.data(),
                           /*ascii=*/false);
    }
    if (fault != Fault::kNone && !TakeFault(fault, end, strict_ends_.size())) {
      return true;
    }
    if (begin_ < end) Advance(end);
    return true;
  }
  if (strict == Strict::kIncomplete && !at_end_) {
    if (end_ - begin_ < kLongestRecord) return false;
    BeginLosing(Fault::kTooLong);
    return true;
  }
  BeginLosing(cut_short_ && strict == Strict::kIncomplete ? Fault::kCutShort
                                                          : Fault::kStray);
  return true;
}

PartReader::Strict PartReader::ReadStrictly(size_t* end) {
  strict_ends_.clear();
  const char* text = window_.data();
  size_t i = begin_;
  while (true) {
    if (i < end_ && text[i] == '"') {
      for (++i;; ++i) {
        const void* quote = std::memchr(text + i, '"', end_ - i);
        if (quote == nullptr) return Strict::kIncomplete;
        i = static_cast<size_t>(static_cast<const char*>(quote) - text) + 1;
        if (i >= end_) return Strict::kIncomplete;
        if (text[i] != '"') break;
      }
    } else {
      while (i < end_ && text[i] != ',' && text[i] != '\n') {
        if (text[i] == '"') return Strict::kMalformed;
        ++i;
      }
    }
    size_t field_end = i;
    if (i < end_ && text[i] == '\r') ++i;
    if (i >= end_) return Strict::kIncomplete;
    if (text[i] == '\n') {
      if (field_end == i && i > begin_ && text[i - 1] == '\r') --field_end;
      strict_ends_.push_back(static_cast<uint32_t>(field_end));
      *end = i + 1;
      return Strict::kRecord;
    }
    if (text[i] != ',' || field_end != i) return Strict::kMalformed;
    strict_ends_.push_back(static_cast<uint32_t>(i));
    ++i;
  }
}

void PartReader::BeginLosing(Fault fault) {
  losing_ = true;
  loss_ = LossAt(fault, end_);
  loss_.records = 0;
}

bool PartReader::SkipLost() {
  const size_t next = FindRecord(begin_, end_);
  const bool found = next < end_ || at_end_;
  const size_t end =
      found ? next : std::max(begin_, end_ - std::min(end_, kOverlap));
  loss_.records += CountTails(begin_, end);
  Advance(end);
  if (!found) return false;
  losing_ = false;
  loss_.end = base_ + end;
  loss_.records = std::max<uint64_t>(loss_.records, 1);
  losses_.AddLoss(std::move(loss_));
  return true;
}

Loss PartReader::LossAt(Fault fault, size_t end) const {
  return {.fault = fault,
          .part = *part_,
          .line = lines_ + 1,
          .begin = base_ + begin_,
          .end = base_ + end};
}

void PartReader::Lose(Fault fault, size_t end, uint64_t records) {
  Loss loss = LossAt(fault, end);
  loss.records = std::max<uint64_t>(records, 1);
  losses_.AddLoss(std::move(loss));
  Advance(end);
}

void PartReader::Advance(size_t end) {
  lines_ += static_cast<uint64_t>(
      std::count(window_.data() + begin_, window_.data() + end, '\n'));
  begin_ = end;
}

size_t PartReader::FindRecord(size_t from, size_t end) const {
  const char* text = window_.data();
  while (from < end) {
    const void* feed = std::memchr(text + from, '\n', end - from);
    if (feed == nullptr) return end;
    from = static_cast<size_t>(static_cast<const char*>(feed) - text) + 1;
    if (IsRecordStart(text + from, text + end)) return from;
  }
  return end;
}

uint64_t PartReader::CountTails(size_t begin, size_t end) const {
  // 00:00:07" and a line end, or another record where that is damaged.
  constexpr size_t kTime = 8;
  uint64_t count = 0;
  const char* const text = window_.data();
  const char* const stop = text + end;
  for (const char* at = text + begin; at < stop; ++at) {
    at = static_cast<const char*>(
        std::memchr(at, '"', static_cast<size_t>(stop - at)));
    if (at == nullptr) break;
    const char* time = at - kTime;
    if (time < text + begin || time[2] != ':' || time[5] != ':' ||
        !IsDigit(time[0]) || !IsDigit(time[1]) || !IsDigit(time[3]) ||
        !IsDigit(time[4]) || !IsDigit(time[6]) || !IsDigit(time[7])) {
      continue;
    }
    const char* next = at + 1;
    count += next == stop || *next == '\n' || *next == '\r' ||
             IsRecordStart(next, stop) || IsRecordStart(next + 1, stop);
  }
  return count;
}

}  // namespace collate::transparency_report::dsa
