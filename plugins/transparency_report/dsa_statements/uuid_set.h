// The uuids of one part as 64-bit hashes, for finding a statement that stands
// twice. Forgets all once it has so many, so that its memory is the same for
// any part.

#ifndef COLLATE_PLUGINS_TRANSPARENCY_REPORT_DSA_STATEMENTS_UUID_SET_H_
#define COLLATE_PLUGINS_TRANSPARENCY_REPORT_DSA_STATEMENTS_UUID_SET_H_

#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <vector>

namespace collate::transparency_report::dsa {

class UuidSet {
 public:
  // A part of a dump has at most so many records.
  static constexpr size_t kMost = 1'000'000;

  void Clear() {
    // Many small parts after a large one would each pay for its size.
    if (count_ < slots_.size() / 64) slots_.resize(kFewSlots);
    if (count_ > 0) std::fill(slots_.begin(), slots_.end(), 0);
    count_ = 0;
  }

  // Whether a part had more of them than are held.
  bool forgot() const { return forgot_; }

  void Prefetch(uint64_t hash) const {
    __builtin_prefetch(slots_.data() + (hash & (slots_.size() - 1)), 1);
  }

  // False when it is there already.
  bool Insert(uint64_t hash) {
    hash += hash == 0;  // 0 is an empty slot
    size_t at = hash & (slots_.size() - 1);
    while (slots_[at] != 0) {
      if (slots_[at] == hash) return false;
      at = (at + 1) & (slots_.size() - 1);
    }
    if (count_ == kMost) {
      Clear();
      forgot_ = true;
      at = hash & (slots_.size() - 1);
    }
    slots_[at] = hash;
    if (++count_ > slots_.size() / 2) Grow();
    return true;
  }

 private:
  static constexpr size_t kFewSlots = size_t{1} << 12;

  void Grow() {
    std::vector<uint64_t> old(slots_.size() * 2);
    old.swap(slots_);
    for (const uint64_t hash : old) {
      if (hash == 0) continue;
      size_t at = hash & (slots_.size() - 1);
      while (slots_[at] != 0) at = (at + 1) & (slots_.size() - 1);
      slots_[at] = hash;
    }
  }

  std::vector<uint64_t> slots_ = std::vector<uint64_t>(kFewSlots);
  size_t count_ = 0;
  bool forgot_ = false;
};

}  // namespace collate::transparency_report::dsa

#endif  // COLLATE_PLUGINS_TRANSPARENCY_REPORT_DSA_STATEMENTS_UUID_SET_H_
