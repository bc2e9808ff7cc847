// The uuids of one part as 64-bit hashes, for finding a statement that stands
// twice. Forgets all once it has so many, so that its memory is the same for
// any part.

#ifndef COLLATE_PLUGINS_TRANSPARENCY_REPORT_DSA_STATEMENTS_UUID_SET_H_
#define COLLATE_PLUGINS_TRANSPARENCY_REPORT_DSA_STATEMENTS_UUID_SET_H_

#include <sys/mman.h>

#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <cstdlib>
#include <cstring>
#include <memory>
#include <new>
#include <utility>

namespace collate::transparency_report::dsa {

class UuidSet {
 public:
  // A part of a dump has at most so many records.
  static constexpr size_t kMost = 1'000'000;

  void Clear() {
    if (count_ < size_ / 64 && size_ > kFewSlots) {
      // Many small parts after a large one would each pay for its size.
      size_ = kFewSlots;
      slots_ = Allocate(size_);
    } else if (count_ > 0) {
      std::fill_n(slots_.get(), size_, 0);
    }
    count_ = 0;
  }

  // Whether a part had more of them than are held.
  bool forgot() const { return forgot_; }

  void Prefetch(uint64_t hash) const {
    __builtin_prefetch(slots_.get() + (hash & (size_ - 1)), 1);
  }

  // False when it is there already.
  bool Insert(uint64_t hash) {
    hash += hash == 0;  // 0 is an empty slot
    size_t at = hash & (size_ - 1);
    while (slots_[at] != 0) {
      if (slots_[at] == hash) return false;
      at = (at + 1) & (size_ - 1);
    }
    if (count_ == kMost) {
      Clear();
      forgot_ = true;
      at = hash & (size_ - 1);
    }
    slots_[at] = hash;
    if (++count_ > size_ / 2) Grow();
    return true;
  }

 private:
  static constexpr size_t kFewSlots = size_t{1} << 12;

  static constexpr size_t kHugePage = size_t{2} << 20;
  struct Free {
    void operator()(uint64_t* slots) const { std::free(slots); }
  };
  using Slots = std::unique_ptr<uint64_t[], Free>;

  static Slots Allocate(size_t count) {
    const size_t bytes = count * sizeof(uint64_t);
    const bool large = bytes >= kHugePage;
    void* slots = std::aligned_alloc(large ? kHugePage : 64, bytes);
    if (slots == nullptr) throw std::bad_alloc();
    // Each look-up goes to another page: with small ones, to the page tables
    // as well. Where there are no others, these will do.
    if (large) madvise(slots, bytes, MADV_HUGEPAGE);
    std::memset(slots, 0, bytes);
    return Slots(static_cast<uint64_t*>(slots));
  }

  // In few large steps, each of which moves all that is held.
  void Grow() {
    const size_t size = size_ * 8;
    Slots slots = Allocate(size);
    for (size_t i = 0; i < size_; ++i) {
      if (slots_[i] == 0) continue;
      size_t at = slots_[i] & (size - 1);
      while (slots[at] != 0) at = (at + 1) & (size - 1);
      slots[at] = slots_[i];
    }
    slots_ = std::move(slots);
    size_ = size;
  }

  Slots slots_ = Allocate(kFewSlots);
  size_t size_ = kFewSlots;
  size_t count_ = 0;
  bool forgot_ = false;
};

}  // namespace collate::transparency_report::dsa

#endif  // COLLATE_PLUGINS_TRANSPARENCY_REPORT_DSA_STATEMENTS_UUID_SET_H_
