// Where a reader's bytes come from: random access, never the whole at once.
//
// One reader per source at a time. Sources lend nothing beyond a call.

#ifndef COLLATE_PLUGINS_TABULAR_SOURCE_H_
#define COLLATE_PLUGINS_TABULAR_SOURCE_H_

#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <cstring>
#include <string_view>

namespace collate::tabular {

class ByteSource {
 public:
  virtual ~ByteSource() = default;

  virtual uint64_t size() const = 0;
  // Copies up to n bytes from `offset`; fewer only at the end of the source.
  // Returns the count, 0 at the end, negative when the bytes cannot be had.
  virtual int64_t ReadAt(uint64_t offset, void* out, size_t n) = 0;
};

// Over bytes that outlive it.
class MemorySource final : public ByteSource {
 public:
  explicit MemorySource(std::string_view bytes) : bytes_(bytes) {}

  uint64_t size() const override { return bytes_.size(); }
  int64_t ReadAt(uint64_t offset, void* out, size_t n) override {
    if (offset >= bytes_.size()) return 0;
    const size_t count = std::min<uint64_t>(n, bytes_.size() - offset);
    std::memcpy(out, bytes_.data() + offset, count);
    return static_cast<int64_t>(count);
  }

 private:
  std::string_view bytes_;
};

}  // namespace collate::tabular

#endif  // COLLATE_PLUGINS_TABULAR_SOURCE_H_
