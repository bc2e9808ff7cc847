// The words that statements are counted by, as small numbers.
//
// Labels numbers the codes of one axis, a CellTable the cells of one column as
// they are stored, so that a cell that was seen before is not parsed again.
// Nothing of a record is kept but these cells.

#ifndef COLLATE_PLUGINS_TRANSPARENCY_REPORT_DSA_STATEMENTS_CELLS_H_
#define COLLATE_PLUGINS_TRANSPARENCY_REPORT_DSA_STATEMENTS_CELLS_H_

#include <cstddef>
#include <cstdint>
#include <cstring>
#include <deque>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <unordered_map>
#include <vector>

#if defined(__SSE2__)
#include <emmintrin.h>
#endif

#include "plugins/transparency_report/dsa_statements/layout.h"

namespace collate::transparency_report::dsa {

enum Axis : uint8_t {
  kDayAxis,
  kPlatformAxis,
  kHarmAxis,
  kKeywordAxis,
  kSourceAxis,
  kDetectionAxis,
  kDecisionAxis,
  kAccountAxis,
  kRestrictionAxis,
  kAxisCount,
};

// Number 0 is the empty cell.
class Labels {
 public:
  explicit Labels(uint32_t most) : most_(most) { texts_.emplace_back(); }

  // Nothing when there are as many as there may be.
  std::optional<uint32_t> Intern(std::string_view text);
  const std::string& text(uint32_t id) const { return texts_[id]; }
  uint32_t size() const { return static_cast<uint32_t>(texts_.size()); }
  uint32_t most() const { return most_; }

 private:
  uint32_t most_;
  std::deque<std::string> texts_;  // whose addresses stay
  std::unordered_map<std::string_view, uint32_t> ids_;
};

// What a cell means: labels of its axis, distinct, in ascending order.
class CellTable {
 public:
  static constexpr uint16_t kNone = 0xFFFF;
  static constexpr size_t kLongest = 16384;  // bytes of one cell

  CellTable();

  // The number of a cell, 0 of an empty one, kNone of one not seen yet. Reads
  // up to 16 bytes more than the cell.
  uint16_t Find(const char* text, size_t size) {
    if (size == 0) return 0;
    // Most cells are as the one before.
    const Cell& last = cells_[last_];
    if (last.size == size && IsSame(texts_.data() + last.text, text, size)) {
      return last_;
    }
    return Search(text, size);
  }
  uint16_t Add(std::string_view cell, std::span<const uint32_t> labels);
  std::span<const uint32_t> labels(uint16_t cell) const {
    return {labels_.data() + cells_[cell].labels, cells_[cell].label_count};
  }
  // No room for another: forget them all, once nobody holds a number.
  bool IsFull() const;
  void Clear();

 private:
  struct Cell {
    uint64_t hash = 0;
    uint32_t text = 0;  // offset into texts_
    uint32_t size = 0;
    uint32_t labels = 0;  // offset into labels_
    uint32_t label_count = 0;
  };
  // Both may be read 16 bytes further.
  static bool IsSame(const char* a, const char* b, size_t size) {
#if defined(__SSE2__)
    for (size_t i = 0; i < size; i += 16) {
      const __m128i x =
          _mm_loadu_si128(reinterpret_cast<const __m128i*>(a + i));
      const __m128i y =
          _mm_loadu_si128(reinterpret_cast<const __m128i*>(b + i));
      unsigned differ =
          static_cast<unsigned>(_mm_movemask_epi8(_mm_cmpeq_epi8(x, y))) ^
          0xFFFF;
      if (size - i < 16) differ &= (1u << (size - i)) - 1;
      if (differ != 0) return false;
    }
    return true;
#else
    return std::memcmp(a, b, size) == 0;
#endif
  }
  uint16_t Search(const char* text, size_t size);

  static constexpr size_t kSlots = 8192;
  static constexpr size_t kMost = kSlots / 2;
  static constexpr size_t kMostTextBytes = size_t{1} << 20;

  uint16_t last_ = 0;  // that was found
  std::vector<uint16_t> slots_;
  std::vector<Cell> cells_;
  std::vector<char> texts_;
  std::vector<uint32_t> labels_;
};

// Reads a column's cell: a code, a JSON array of codes, a name. False when it
// is none, or too long. Not for kCreated, which DayOf reads.
bool ParseCell(Column column, std::string_view cell,
               std::vector<std::string>* codes);

// The day of `2024-03-14 00:00:07`, its first ten bytes; empty when it is no
// such time of the years in which there can be statements.
std::string_view DayOf(std::string_view created_at);

// Whether it has the length and the time of day of one; its day is not looked
// at.
bool IsTime(std::string_view created_at);

// Days since 1970-01-01 of a text that DayOf gave, and back.
int32_t DayNumberOf(std::string_view day);
std::string TextOfDay(int32_t number);

// Whether the code lists of schema 1 or 2 have it. The list of keywords is
// open: all of them are known.
bool IsKnownCode(Axis axis, std::string_view code);

}  // namespace collate::transparency_report::dsa

#endif  // COLLATE_PLUGINS_TRANSPARENCY_REPORT_DSA_STATEMENTS_CELLS_H_
