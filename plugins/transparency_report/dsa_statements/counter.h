// Counts records of statements of reasons by what they say, and keeps nothing
// else of them.
//
// A record becomes a tuple of cell numbers, and tuples are counted in a table
// of fixed size; when that is full, or at Finish(), what they say is added to
// the output cells. So a record costs one look-up, however many cells it is
// part of, and memory follows the number of output cells, never of records.
//
// One thread at a time.

#ifndef COLLATE_PLUGINS_TRANSPARENCY_REPORT_DSA_STATEMENTS_COUNTER_H_
#define COLLATE_PLUGINS_TRANSPARENCY_REPORT_DSA_STATEMENTS_COUNTER_H_

#include <array>
#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "plugins/tabular/status.h"
#include "plugins/transparency_report/dsa_statements/cells.h"
#include "plugins/transparency_report/dsa_statements/layout.h"
#include "plugins/transparency_report/dsa_statements/scan.h"
#include "plugins/transparency_report/dsa_statements/uuid_set.h"

namespace collate::transparency_report::dsa {

// What is wrong with a record; kNone and kDuplicate are not.
enum class Fault : uint8_t {
  kNone,
  kDuplicate,   // its uuid stood in the part before
  kStray,       // a quote that never closes, or stands where none may
  kFieldCount,  // not as many fields as the header has
  kUuid,        // does not begin with one
  kCreatedAt,   // no time of creation
  kCode,        // a code that is none of its list's form
  kText,        // not UTF-8
  kTooLong,     // beyond the longest record
  kCutShort,    // the part ended within it
  kStop,        // see Counter::status()
};

// Output cells: a packed key and how many statements it has.
class CellCounts {
 public:
  void Add(uint64_t key, uint64_t count);
  size_t size() const { return size_; }
  template <typename Visit>
  void ForEach(Visit visit) const {
    for (const Slot& slot : slots_) {
      if (slot.count > 0) visit(slot.key, slot.count);
    }
  }

 private:
  struct Slot {
    uint64_t key = 0;
    uint64_t count = 0;  // 0 is an empty slot
  };
  void Grow();

  std::vector<Slot> slots_ = std::vector<Slot>(1024);
  size_t size_ = 0;
};

// The labels of an output cell, by axis; 0 where the table lacks the axis.
using CellLabels = std::array<uint32_t, kAxisCount>;

enum class Output : uint8_t { kStatements, kByKeyword, kRestrictions };
inline constexpr size_t kOutputCount = 3;

class Counter {
 public:
  Counter(Isa isa, uint64_t max_cells);

  // Another part: its uuids are compared with its own only.
  void BeginPart() { uuids_.Clear(); }

  // Counts the record at `text`: ends[i] is the offset of what ends field i.
  // kScanPadding more bytes may be read.
  Fault Add(const Layout& layout, const char* text, uint32_t begin,
            const uint32_t* ends, bool ascii);

  // Of a record that is soon to be added; it has kUuidBytes bytes at least, or
  // kScanPadding behind it.
  void Prefetch(const char* record) const;

  // Why Add() returned kStop: CELL_LIMIT.
  tabular::Status TakeStatus() { return std::move(status_); }
  // After the last record.
  tabular::Status Finish();

  uint64_t counted() const { return counted_; }
  // Whether a part was too long for all of its uuids to be compared.
  bool forgot_uuids() const { return uuids_.forgot(); }
  const Labels& labels(Axis axis) const { return labels_[axis]; }
  // Statements that name it.
  uint64_t CountOf(Axis axis, uint32_t label) const {
    return label < named_[axis].size() ? named_[axis][label] : 0;
  }
  template <typename Visit>  // Visit(const CellLabels&, uint64_t count)
  void ForEach(Output output, Visit visit) const {
    cells_[static_cast<size_t>(output)].ForEach(
        [&](uint64_t key, uint64_t count) {
          visit(Unpack(output, key), count);
        });
  }

 private:
  using Tuple = std::array<uint64_t, 3>;  // kColumnCount numbers of 16 bits
  struct TupleCount {
    Tuple tuple = {};
    uint64_t count = 0;  // 0 is an empty slot
  };
  static constexpr size_t kTupleSlots = size_t{1} << 15;

  static CellLabels Unpack(Output output, uint64_t key);
  static uint64_t Pack(Output output, const CellLabels& labels);

  bool ReadDay(std::string_view cell, uint16_t* day);
  // Learns a cell that was not seen yet; false with status_ or a fault.
  Fault Learn(Column column, std::string_view cell, uint16_t* number);
  void Count(const Tuple& tuple);
  // Adds the tuples to the output cells and empties their table.
  void Settle();
  void SettleTuple(const std::array<uint16_t, kColumnCount>& cells,
                   uint64_t count);
  void AddCell(Output output, const CellLabels& labels, uint64_t count);
  void Name(Axis axis, uint32_t label, uint64_t count);
  void Exceed(const std::string& what, uint64_t most);

  const Isa isa_;
  const uint64_t max_cells_;
  tabular::Status status_;
  std::vector<Labels> labels_;  // by Axis
  std::array<CellTable, kColumnCount> tables_;
  bool some_table_full_ = false;
  std::vector<TupleCount> tuples_;
  std::vector<uint32_t> used_;  // slots of tuples_
  std::array<CellCounts, kOutputCount> cells_;
  std::array<std::vector<uint64_t>, kAxisCount> named_;
  UuidSet uuids_;
  std::array<char, 10> last_day_ = {};
  uint16_t last_day_number_ = 0;
  uint64_t counted_ = 0;
  // Kept for their memory.
  std::vector<std::string> codes_;
  std::vector<uint32_t> numbers_;
  std::vector<uint32_t> harms_;
};

}  // namespace collate::transparency_report::dsa

#endif  // COLLATE_PLUGINS_TRANSPARENCY_REPORT_DSA_STATEMENTS_COUNTER_H_
