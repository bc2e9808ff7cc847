// Columns that take as few bytes a row as their values need: appended once,
// then read at any row.
//
// Reading is safe from any thread once nothing is appended any more.

#ifndef COLLATE_SERVICE_QUERY_NARROW_COLUMN_H_
#define COLLATE_SERVICE_QUERY_NARROW_COLUMN_H_

#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <cstring>
#include <limits>
#include <type_traits>
#include <utility>
#include <vector>

#include "absl/container/flat_hash_map.h"
#include "absl/types/span.h"

namespace collate::query {

// Some rows of one of two columns that are put together.
struct Piece {
  bool fresh = false;  // of the second one
  size_t begin = 0;
  size_t end = 0;
};

// Integers and enumerations, each in 1, 2, 4 or 8 bytes: what the value that
// is furthest from 0 takes. The greatest unsigned value counts as -1, so that
// what stands for "none" costs nothing.
template <typename T>
class NarrowColumn {
 public:
  void push_back(T value) {
    const int64_t number = ToNumber(value);
    const int needed = WidthOf(number);
    if (needed > width_) Widen(needed);
    const size_t end = (size_ + 1) * static_cast<size_t>(width_);
    if (end > bytes_.size()) Grow(end);
    Write(size_++, number);
  }

  T operator[](size_t row) const { return FromNumber(Read(row)); }

  size_t size() const { return size_; }
  // Of memory that is taken.
  size_t byte_count() const { return bytes_.capacity(); }
  void reserve(size_t rows) {
    bytes_.reserve(rows * static_cast<size_t>(width_));
  }
  void shrink_to_fit() {
    bytes_.resize(size_ * static_cast<size_t>(width_));
    bytes_.shrink_to_fit();
  }

  // The column as it lies in memory: bytes of one number, and all numbers.
  int width() const { return width_; }
  absl::Span<const char> bytes() const {
    return {bytes_.data(), size_ * static_cast<size_t>(width_)};
  }
  // Becomes `rows` zeros of that width, 1, 2, 4 or 8; whoever asks for it
  // writes numbers over them.
  absl::Span<char> Overwrite(int width, size_t rows) {
    width_ = width;
    size_ = rows;
    bytes_.assign(rows * static_cast<size_t>(width), 0);
    return absl::MakeSpan(bytes_);
  }

  // Becomes those pieces of two columns, in their order.
  void Splice(const NarrowColumn& base, const NarrowColumn& fresh,
              absl::Span<const Piece> pieces) {
    size_t rows = 0;
    for (const Piece& piece : pieces) rows += piece.end - piece.begin;
    Overwrite(std::max(base.width_, fresh.width_), rows);
    const auto width = static_cast<size_t>(width_);
    size_t at = 0;
    for (const Piece& piece : pieces) {
      const NarrowColumn& from = piece.fresh ? fresh : base;
      const size_t count = piece.end - piece.begin;
      if (from.width_ == width_) {
        std::memcpy(bytes_.data() + at * width,
                    from.bytes_.data() + piece.begin * width, count * width);
      } else {
        for (size_t i = 0; i < count; ++i) {
          Write(at + i, from.Read(piece.begin + i));
        }
      }
      at += count;
    }
  }

  // Calls `use` with a pointer to the numbers as they are stored: int8_t,
  // int16_t, int32_t or int64_t.
  template <typename Use>
  decltype(auto) Visit(Use&& use) const {
    switch (width_) {
      case 1:
        return use(reinterpret_cast<const int8_t*>(bytes_.data()));
      case 2:
        return use(reinterpret_cast<const int16_t*>(bytes_.data()));
      case 4:
        return use(reinterpret_cast<const int32_t*>(bytes_.data()));
      default:
        return use(reinterpret_cast<const int64_t*>(bytes_.data()));
    }
  }

 private:
  template <typename U, bool is_enum = std::is_enum_v<U>>
  struct Underlying {
    using Type = U;
  };
  template <typename U>
  struct Underlying<U, true> {
    using Type = std::underlying_type_t<U>;
  };
  using Signed = std::make_signed_t<typename Underlying<T>::Type>;

  static int64_t ToNumber(T value) { return static_cast<Signed>(value); }
  static T FromNumber(int64_t number) {
    return static_cast<T>(static_cast<Signed>(number));
  }
  static int WidthOf(int64_t number) {
    if (number == static_cast<int8_t>(number)) return 1;
    if (number == static_cast<int16_t>(number)) return 2;
    return number == static_cast<int32_t>(number) ? 4 : 8;
  }

  int64_t Read(size_t row) const {
    return Visit(
        [row](const auto* numbers) -> int64_t { return numbers[row]; });
  }

  void Write(size_t row, int64_t number) {
    const auto put = [this, row](auto narrow) {
      std::memcpy(bytes_.data() + row * sizeof(narrow), &narrow,
                  sizeof(narrow));
    };
    switch (width_) {
      case 1:
        return put(static_cast<int8_t>(number));
      case 2:
        return put(static_cast<int16_t>(number));
      case 4:
        return put(static_cast<int32_t>(number));
      default:
        return put(number);
    }
  }

  // Appending a few bytes at a time would cost more than writing them.
  void Grow(size_t bytes) {
    size_t wanted = std::max(2 * bytes_.size(), bytes);
    // What was reserved is used up first.
    if (bytes <= bytes_.capacity()) {
      wanted = std::min(wanted, bytes_.capacity());
    }
    bytes_.resize(wanted);
  }

  void Widen(int width) {
    NarrowColumn wider;
    wider.width_ = width;
    wider.size_ = size_;
    wider.bytes_.reserve(bytes_.capacity() / static_cast<size_t>(width_) *
                         static_cast<size_t>(width));
    wider.bytes_.resize(size_ * static_cast<size_t>(width));
    for (size_t row = 0; row < size_; ++row) wider.Write(row, Read(row));
    *this = std::move(wider);
  }

  int width_ = 1;
  size_t size_ = 0;
  // Allocated for any type, so aligned for int64_t; may be longer than what is
  // in use.
  std::vector<char> bytes_;
};

// Values of which there are few, each kept once; T is hashable and comparable.
template <typename T>
class DictionaryColumn {
 public:
  void push_back(const T& value) {
    if (values_.empty() || !(value == values_[last_])) {
      const auto [at, added] =
          codes_of_.try_emplace(value, static_cast<uint32_t>(values_.size()));
      if (added) {
        values_.push_back(value);
        first_rows_.push_back(codes_.size());
      }
      last_ = at->second;
    }
    codes_.push_back(last_);
  }

  const T& operator[](size_t row) const { return values_[codes_[row]]; }
  uint32_t code(size_t row) const { return codes_[row]; }
  // By code.
  const std::vector<T>& values() const { return values_; }
  size_t first_row(uint32_t code) const { return first_rows_[code]; }

  size_t size() const { return codes_.size(); }
  size_t byte_count() const {
    return codes_.byte_count() + values_.capacity() * sizeof(T) +
           first_rows_.capacity() * sizeof(size_t);
  }
  void reserve(size_t rows) { codes_.reserve(rows); }

  const NarrowColumn<uint32_t>& codes() const { return codes_; }
  // A column of those codes; a value has the first row at its place in
  // `first_rows`.
  void Overwrite(std::vector<T> values, std::vector<size_t> first_rows,
                 NarrowColumn<uint32_t> codes) {
    values_ = std::move(values);
    first_rows_ = std::move(first_rows);
    codes_ = std::move(codes);
  }

  // What is appended has the codes of that column, or further ones.
  void Continue(const DictionaryColumn& other) {
    values_ = other.values_;
    first_rows_ = other.first_rows_;
    for (uint32_t code = 0; code < values_.size(); ++code) {
      codes_of_.emplace(values_[code], code);
    }
  }
  // Becomes those pieces of two columns, of which `fresh` continues `base`.
  void Splice(const DictionaryColumn& base, const DictionaryColumn& fresh,
              absl::Span<const Piece> pieces) {
    codes_.Splice(base.codes_, fresh.codes_, pieces);
    values_ = fresh.values_;
    DropUnused();
  }

  // Nothing is appended afterwards.
  void shrink_to_fit() {
    codes_.shrink_to_fit();
    codes_of_ = {};
  }

 private:
  // Finds the first row of each value, and forgets those without one.
  void DropUnused() {
    constexpr size_t kNone = std::numeric_limits<size_t>::max();
    std::vector<size_t> first(values_.size(), kNone);
    codes_.Visit([&](const auto* codes) {
      size_t found = 0;
      for (size_t row = 0; row < codes_.size() && found < first.size(); ++row) {
        size_t& known = first[static_cast<size_t>(codes[row])];
        if (known != kNone) continue;
        known = row;
        ++found;
      }
    });
    std::vector<uint32_t> renumbered(values_.size(), 0);
    std::vector<T> used;
    first_rows_.clear();
    for (size_t code = 0; code < values_.size(); ++code) {
      if (first[code] == kNone) continue;
      renumbered[code] = static_cast<uint32_t>(used.size());
      used.push_back(values_[code]);
      first_rows_.push_back(first[code]);
    }
    if (used.size() == values_.size()) return;
    NarrowColumn<uint32_t> codes;
    codes.reserve(codes_.size());
    for (size_t row = 0; row < codes_.size(); ++row) {
      codes.push_back(renumbered[codes_[row]]);
    }
    codes_ = std::move(codes);
    values_ = std::move(used);
  }

  std::vector<T> values_;
  std::vector<size_t> first_rows_;  // by code
  NarrowColumn<uint32_t> codes_;
  uint32_t last_ = 0;
  absl::flat_hash_map<T, uint32_t> codes_of_;
};

}  // namespace collate::query

#endif  // COLLATE_SERVICE_QUERY_NARROW_COLUMN_H_
