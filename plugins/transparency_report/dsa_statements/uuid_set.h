// The uuids of one part as 64-bit hashes, for finding a statement that stands
// twice. Forgets all after so many that it would be full, so that its memory
// is the same for any part.

#ifndef COLLATE_PLUGINS_TRANSPARENCY_REPORT_DSA_STATEMENTS_UUID_SET_H_
#define COLLATE_PLUGINS_TRANSPARENCY_REPORT_DSA_STATEMENTS_UUID_SET_H_

#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <cstdlib>
#include <memory>
#include <new>

namespace collate::transparency_report::dsa {

class UuidSet {
 public:
  // A part of a dump has at most so many records.
  static constexpr size_t kMost = 1'000'000;

  void Clear() {
    if (count_ > 0) std::fill_n(slots_.get(), kSlots, 0);
    count_ = 0;
  }

  // Whether a part had more of them than are held.
  bool forgot() const { return forgot_; }

  void Prefetch(uint64_t hash) const {
    __builtin_prefetch(slots_.get() + hash % kSlots, 1);
  }

  // False when it is there already.
  bool Insert(uint64_t hash) {
    hash += hash == 0;  // 0 is an empty slot
    size_t at = hash % kSlots;
    while (slots_[at] != 0) {
      if (slots_[at] == hash) return false;
      at = (at + 1) % kSlots;
    }
    if (count_ == kMost) {
      Clear();
      forgot_ = true;
      at = hash % kSlots;
    }
    slots_[at] = hash;
    ++count_;
    return true;
  }

 private:
  static constexpr size_t kSlots = size_t{1} << 21;
  struct Free {
    void operator()(uint64_t* slots) const { std::free(slots); }
  };
  // Zeroed pages come when they are touched: small parts cost little.
  static uint64_t* Allocate() {
    void* slots = std::calloc(kSlots, sizeof(uint64_t));
    if (slots == nullptr) throw std::bad_alloc();
    return static_cast<uint64_t*>(slots);
  }

  std::unique_ptr<uint64_t[], Free> slots_{Allocate()};
  size_t count_ = 0;
  bool forgot_ = false;
};

}  // namespace collate::transparency_report::dsa

#endif  // COLLATE_PLUGINS_TRANSPARENCY_REPORT_DSA_STATEMENTS_UUID_SET_H_
