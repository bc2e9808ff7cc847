// The container of .xls: a compound file, a small file system whose streams are
// chains of sectors.
//
// Nothing that the file says of itself is trusted: a chain leads to sectors
// that the file has, to none of them twice, and to enough of them for the size
// that its stream declares. The allocation table is held while streams are
// opened (4 bytes for each sector), never a stream itself.
//
// Reasons: COMPOUND_CORRUPT, COMPOUND_TRUNCATED, COMPOUND_CHAIN,
// COMPOUND_DUPLICATE_ENTRY, COMPOUND_ENTRY_LIMIT, BYTE_LIMIT,
// DOCUMENT_UNREADABLE.
//
// Internal to this folder. One thread at a time.

#ifndef COLLATE_PLUGINS_TABULAR_XLS_COMPOUND_H_
#define COLLATE_PLUGINS_TABULAR_XLS_COMPOUND_H_

#include <cstddef>
#include <cstdint>
#include <memory>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "plugins/tabular/budget.h"
#include "plugins/tabular/source.h"
#include "plugins/tabular/status.h"

namespace collate::tabular {

// Little-endian, of 1 to 8 bytes that are there.
inline uint64_t LittleEndian(std::string_view bytes, size_t at, size_t width) {
  uint64_t value = 0;
  for (size_t i = width; i > 0; --i) {
    value = value << 8 | static_cast<uint8_t>(bytes[at + i - 1]);
  }
  return value;
}

// UTF-16 as UTF-8. False where half of a surrogate pair or a NUL stands; the
// character is U+FFFD then.
bool AppendUtf16(std::u16string_view units, std::string* out);

// A stream's bytes wherever they lie; the source must outlive it.
class CompoundStream {
 public:
  uint64_t size() const { return size_; }
  // All of [offset, offset + n), which must lie in the stream.
  Status ReadAt(uint64_t offset, char* out, size_t n);
  // Where a byte of the stream stands in the file.
  uint64_t FileOffset(uint64_t offset) const;

 private:
  friend class CompoundFile;
  struct Extent {
    uint64_t begin = 0;  // in the stream
    uint64_t file = 0;
  };
  CompoundStream(ByteSource& source, uint64_t size)
      : source_(source), size_(size) {}

  ByteSource& source_;
  uint64_t size_;
  std::vector<Extent> extents_;  // ascending, without gaps
};

class CompoundFile {
 public:
  struct Entry {
    std::string name;
    bool is_stream = false;
    bool top = false;  // directly below the root
    uint32_t start = 0;
    uint64_t size = 0;
  };

  static Status Open(ByteSource& source, Budget& budget,
                     std::unique_ptr<CompoundFile>* file);
  CompoundFile(const CompoundFile&) = delete;
  CompoundFile& operator=(const CompoundFile&) = delete;

  // Without the root.
  const std::vector<Entry>& entries() const { return entries_; }
  // Directly below the root; null when there is none.
  const Entry* FindStream(std::string_view name) const;
  Status OpenStream(const Entry& entry,
                    std::unique_ptr<CompoundStream>* stream);

 private:
  struct Node;
  struct Chained;
  CompoundFile(ByteSource& source, Budget& budget)
      : source_(source), budget_(budget) {}

  Status ReadHeader();
  Status ReadTable(std::string_view header);
  Status ReadDirectory();
  Status MarkTop(const std::vector<Node>& nodes);
  Status ReadSector(uint32_t sector, std::string* bytes);
  // The sectors that `start` leads to through `table`, of `count` there are.
  Status Follow(const std::vector<uint32_t>& table, uint64_t count,
                uint32_t start, const std::string& what,
                std::vector<uint32_t>* chain) const;
  uint64_t OffsetOf(uint64_t sector) const {
    return (sector + 1) << sector_shift_;
  }

  ByteSource& source_;
  Budget& budget_;
  uint32_t sector_shift_ = 9;
  uint64_t sectors_ = 0;  // of the file, the last one perhaps in part
  uint32_t directory_ = 0;
  uint32_t mini_table_ = 0;
  uint32_t mini_start_ = 0;  // of the stream that holds the small ones
  std::vector<uint32_t> table_;
  std::vector<Entry> entries_;
};

}  // namespace collate::tabular

#endif  // COLLATE_PLUGINS_TABULAR_XLS_COMPOUND_H_
