// Reads one CSV text of a dump into a counter, through a window that never
// holds more than one record and one piece of the text.
//
// Damage costs the records that it is in. A record ends where its last field
// does; where that cannot be told, at the next line that begins as a record
// does, with a uuid and a comma. What lies between is lost and located.
//
// One thread at a time; reads any number of parts, one after the other.

#ifndef COLLATE_PLUGINS_TRANSPARENCY_REPORT_DSA_STATEMENTS_PART_READER_H_
#define COLLATE_PLUGINS_TRANSPARENCY_REPORT_DSA_STATEMENTS_PART_READER_H_

#include <cstddef>
#include <cstdint>
#include <functional>
#include <string>
#include <string_view>
#include <vector>

#include "plugins/tabular/status.h"
#include "plugins/transparency_report/dsa_statements/byte_stream.h"
#include "plugins/transparency_report/dsa_statements/counter.h"
#include "plugins/transparency_report/dsa_statements/layout.h"
#include "plugins/transparency_report/dsa_statements/losses.h"
#include "plugins/transparency_report/dsa_statements/scan.h"

namespace collate::transparency_report::dsa {

class PartReader {
 public:
  static constexpr size_t kLongestRecord = size_t{1} << 20;

  // `tick` is called after each piece; its error ends the reading.
  PartReader(Isa isa, Counter& counter, Losses& losses,
             std::function<tabular::Status()> tick);

  // `cut_short` is asked at the end of the stream: whether more should have
  // come, so that the last record is not whole.
  tabular::Status Read(ByteStream& in, const std::string& part,
                       const std::function<bool()>& cut_short);

  // Bytes of the part that was read last.
  uint64_t bytes() const { return base_ + begin_; }

 private:
  static constexpr size_t kPiece = size_t{256} << 10;

  // A record that is read by the letter, where the scan had doubts.
  enum class Strict { kRecord, kMalformed, kIncomplete };

  tabular::Status Fill(ByteStream& in, const std::function<bool()>& cut_short);
  // Both leave what more of the text is needed for.
  tabular::Status ReadHeaderLine();
  tabular::Status ReadRecords();
  // At begin_ is what the scan did not find the end of. False when more of the
  // text is needed.
  bool TakeDoubtful(bool stray);
  // Whether the end of what is lost was found.
  bool SkipLost();
  // `end` and strict_ends_ of the record at begin_.
  Strict ReadStrictly(size_t* end);
  // The record at begin_ up to `end` has a fault. False when there is another
  // within it, at which to go on.
  bool TakeFault(Fault fault, size_t end, size_t fields);
  void Lose(Fault fault, size_t end, uint64_t records);
  void BeginLosing(Fault fault);
  void Advance(size_t end);
  Loss LossAt(Fault fault, size_t end) const;

  // Offset of the first line behind `from` that begins as a record, or `end`.
  size_t FindRecord(size_t from, size_t end) const;
  // Records that end there, by the look of their last cell.
  uint64_t CountTails(size_t begin, size_t end) const;

  const Isa isa_;
  Counter& counter_;
  Losses& losses_;
  const std::function<tabular::Status()> tick_;
  Scanned scanned_;
  std::vector<uint32_t> strict_ends_;

  // Of the part.
  const std::string* part_ = nullptr;
  Layout layout_;
  bool header_read_ = false;
  bool at_end_ = false;
  bool cut_short_ = false;
  std::vector<char> window_;
  size_t begin_ = 0;  // of what is not read yet, in the window
  size_t end_ = 0;
  uint64_t base_ = 0;   // of the window in the part
  uint64_t lines_ = 0;  // before begin_
  // Within a record without an end: where it began, what it is known to cost.
  bool losing_ = false;
  Loss loss_;
};

}  // namespace collate::transparency_report::dsa

#endif  // COLLATE_PLUGINS_TRANSPARENCY_REPORT_DSA_STATEMENTS_PART_READER_H_
