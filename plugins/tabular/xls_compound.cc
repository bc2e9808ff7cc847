#include "plugins/tabular/xls_compound.h"

#include <algorithm>

#include "plugins/tabular/decode.h"
#include "plugins/tabular/zip_directory.h"

namespace collate::tabular {
namespace {

constexpr uint32_t kLastSector = 0xFFFFFFFA;
constexpr uint32_t kEndOfChain = 0xFFFFFFFE;
constexpr uint32_t kNothing = 0xFFFFFFFF;
constexpr size_t kHeaderBytes = 512;
constexpr size_t kNodeBytes = 128;
constexpr uint64_t kMiniBytes = 64;  // of a sector of a small stream
constexpr uint64_t kSmall = 4096;    // streams below this size are small
constexpr size_t kTableInHeader = 109;

Status Damaged(const char* reason, std::string message,
               std::string expected = "", std::string found = "") {
  return Status(Error{.reason = reason,
                      .message = std::move(message),
                      .expected = std::move(expected),
                      .found = std::move(found)});
}

Status Corrupt(std::string message, std::string expected = "",
               std::string found = "") {
  return Damaged("COMPOUND_CORRUPT", std::move(message), std::move(expected),
                 std::move(found));
}

Status ReadExactly(ByteSource& source, uint64_t offset, char* out, size_t n) {
  const int64_t got = source.ReadAt(offset, out, n);
  if (got >= 0 && static_cast<uint64_t>(got) == n) return OkStatus();
  Error error{.code = Code::kDataLoss,
              .reason = "DOCUMENT_UNREADABLE",
              .message = "the document's bytes could not be read",
              .expected = std::to_string(n) + " bytes"};
  error.locator.byte_begin = offset;
  return Status(std::move(error));
}

uint32_t Word(std::string_view bytes, size_t at) {
  return static_cast<uint32_t>(LittleEndian(bytes, at, 4));
}

}  // namespace

bool AppendUtf16(std::u16string_view units, std::string* out) {
  bool good = true;
  for (size_t i = 0; i < units.size(); ++i) {
    uint32_t c = units[i];
    if (c >= 0xD800 && c < 0xDC00 && i + 1 < units.size() &&
        units[i + 1] >= 0xDC00 && units[i + 1] < 0xE000) {
      c = 0x10000 + ((c - 0xD800) << 10) + (units[++i] - 0xDC00u);
    } else if (c == 0 || (c >= 0xD800 && c < 0xE000)) {
      c = 0xFFFD;
      good = false;
    }
    AppendUtf8(c, out);
  }
  return good;
}

Status CompoundStream::ReadAt(uint64_t offset, char* out, size_t n) {
  if (offset > size_ || n > size_ - offset) {
    return Damaged("COMPOUND_TRUNCATED", "a stream ends before what is in it");
  }
  auto at = std::upper_bound(
      extents_.begin(), extents_.end(), offset,
      [](uint64_t value, const Extent& e) { return value < e.begin; });
  while (n > 0) {
    const Extent& extent = *(at - 1);
    const uint64_t end = at == extents_.end() ? size_ : at->begin;
    const auto part = static_cast<size_t>(std::min<uint64_t>(n, end - offset));
    COLLATE_TABULAR_RETURN_IF_ERROR(
        ReadExactly(source_, extent.file + (offset - extent.begin), out, part));
    offset += part;
    out += part;
    n -= part;
    ++at;
  }
  return OkStatus();
}

uint64_t CompoundStream::FileOffset(uint64_t offset) const {
  auto at = std::upper_bound(
      extents_.begin(), extents_.end(), offset,
      [](uint64_t value, const Extent& e) { return value < e.begin; });
  if (at == extents_.begin()) return 0;
  --at;
  return at->file + (offset - at->begin);
}

// An entry of the directory as it stands there.
struct CompoundFile::Node {
  Entry entry;
  bool used = false;
  uint32_t left = kNothing;
  uint32_t right = kNothing;
  uint32_t child = kNothing;
};

Status CompoundFile::Open(ByteSource& source, Budget& budget,
                          std::unique_ptr<CompoundFile>* file) {
  std::unique_ptr<CompoundFile> opened(new CompoundFile(source, budget));
  COLLATE_TABULAR_RETURN_IF_ERROR(opened->ReadHeader());
  COLLATE_TABULAR_RETURN_IF_ERROR(opened->ReadDirectory());
  *file = std::move(opened);
  return OkStatus();
}

Status CompoundFile::ReadHeader() {
  if (source_.size() < kHeaderBytes) {
    return Damaged("COMPOUND_TRUNCATED", "a compound file without its header",
                   "at least " + std::to_string(kHeaderBytes) + " bytes",
                   std::to_string(source_.size()));
  }
  std::string header(kHeaderBytes, '\0');
  COLLATE_TABULAR_RETURN_IF_ERROR(
      ReadExactly(source_, 0, header.data(), header.size()));
  sector_shift_ = static_cast<uint32_t>(LittleEndian(header, 30, 2));
  const uint64_t version = LittleEndian(header, 26, 2);
  if (LittleEndian(header, 28, 2) != 0xFFFE ||
      !((version == 3 && sector_shift_ == 9) ||
        (version == 4 && sector_shift_ == 12)) ||
      LittleEndian(header, 32, 2) != 6 || Word(header, 56) != kSmall) {
    return Corrupt("the header of the compound file is not one",
                   "version 3 with sectors of 512 bytes or 4 with 4096");
  }
  const uint64_t sector = uint64_t{1} << sector_shift_;
  sectors_ = source_.size() <= sector
                 ? 0
                 : (source_.size() - sector + sector - 1) >> sector_shift_;
  directory_ = Word(header, 48);
  mini_table_ = Word(header, 60);
  return ReadTable(header);
}

// The allocation table lies in sectors that the header lists, and behind the
// first 109 of them a chain of sectors that list more. What is listed beyond
// the file's own sectors is about none of them and not read.
Status CompoundFile::ReadTable(std::string_view header) {
  const size_t words = size_t{1} << (sector_shift_ - 2);
  const uint64_t wanted = (sectors_ + words - 1) / words;
  std::string bytes;
  const auto add = [&](uint32_t sector) -> Status {
    COLLATE_TABULAR_RETURN_IF_ERROR(ReadSector(sector, &bytes));
    for (size_t i = 0; i < words && table_.size() < sectors_; ++i) {
      table_.push_back(Word(bytes, i * 4));
    }
    return OkStatus();
  };
  uint64_t have = 0;
  for (size_t i = 0; i < kTableInHeader && have < wanted; ++i) {
    const uint32_t sector = Word(header, 76 + i * 4);
    if (sector > kLastSector) return OkStatus();
    COLLATE_TABULAR_RETURN_IF_ERROR(add(sector));
    ++have;
  }
  std::string list;
  uint64_t lists = 0;
  for (uint32_t at = Word(header, 68); have < wanted && at <= kLastSector;
       at = Word(list, (words - 1) * 4)) {
    if (++lists > sectors_) {
      return Damaged("COMPOUND_CHAIN",
                     "the list of the allocation table leads in a circle");
    }
    COLLATE_TABULAR_RETURN_IF_ERROR(ReadSector(at, &list));
    for (size_t i = 0; i + 1 < words && have < wanted; ++i) {
      const uint32_t sector = Word(list, i * 4);
      if (sector > kLastSector) return OkStatus();
      COLLATE_TABULAR_RETURN_IF_ERROR(add(sector));
      ++have;
    }
  }
  return OkStatus();
}

Status CompoundFile::ReadSector(uint32_t sector, std::string* bytes) {
  const size_t size = size_t{1} << sector_shift_;
  const uint64_t offset = OffsetOf(sector);
  if (offset + size > source_.size()) {
    Status status =
        Damaged("COMPOUND_TRUNCATED", "the file ends before one of its sectors",
                "a sector below " + std::to_string(sectors_),
                "sector " + std::to_string(sector));
    status.error().locator.byte_begin = source_.size();
    return status;
  }
  bytes->resize(size);
  COLLATE_TABULAR_RETURN_IF_ERROR(budget_.SpendBytes(size));
  return ReadExactly(source_, offset, bytes->data(), size);
}

Status CompoundFile::Follow(const std::vector<uint32_t>& table, uint64_t count,
                            uint32_t start, const std::string& what,
                            std::vector<uint32_t>* chain) const {
  chain->clear();
  for (uint32_t at = start; at != kEndOfChain; at = table[at]) {
    if (at >= count || at >= table.size()) {
      return Damaged(at <= kLastSector && at < table.size()
                         ? "COMPOUND_TRUNCATED"
                         : "COMPOUND_CHAIN",
                     what + " leads to a sector that the file has not",
                     "a sector below " + std::to_string(count),
                     "sector " + std::to_string(at));
    }
    // Without a sector twice there are at most as many as there are.
    if (chain->size() == count) {
      return Damaged("COMPOUND_CHAIN", what + " leads in a circle",
                     "at most " + std::to_string(count) + " sectors");
    }
    chain->push_back(at);
  }
  return OkStatus();
}

Status CompoundFile::ReadDirectory() {
  std::vector<uint32_t> chain;
  COLLATE_TABULAR_RETURN_IF_ERROR(
      Follow(table_, sectors_, directory_, "the directory", &chain));
  std::vector<Node> nodes;
  std::string bytes;
  uint64_t used = 0;
  for (const uint32_t sector : chain) {
    COLLATE_TABULAR_RETURN_IF_ERROR(ReadSector(sector, &bytes));
    for (size_t at = 0; at < bytes.size(); at += kNodeBytes) {
      const std::string_view one =
          std::string_view(bytes).substr(at, kNodeBytes);
      Node node;
      const uint64_t type = LittleEndian(one, 66, 1);
      node.used = type == 1 || type == 2 || type == 5;
      if (type == 5 ? !nodes.empty() : nodes.empty()) {
        return Corrupt("the directory does not begin with its only root");
      }
      if (node.used) {
        Status status = budget_.CheckEntries(++used);
        if (!status.ok()) {
          status.error().reason = "COMPOUND_ENTRY_LIMIT";
          return status;
        }
        const uint64_t length =
            std::clamp<uint64_t>(LittleEndian(one, 64, 2), 2, 64);
        std::u16string name;
        for (size_t i = 0; i + 2 < length; i += 2) {
          name += static_cast<char16_t>(LittleEndian(one, i, 2));
        }
        AppendUtf16(name, &node.entry.name);
        node.entry.is_stream = type == 2;
        node.left = Word(one, 68);
        node.right = Word(one, 72);
        node.child = Word(one, 76);
        node.entry.start = Word(one, 116);
        // The upper half means nothing in version 3.
        node.entry.size = LittleEndian(one, 120, sector_shift_ == 9 ? 4 : 8);
      }
      nodes.push_back(std::move(node));
    }
  }
  if (nodes.empty()) return Corrupt("the compound file has no directory");
  mini_start_ = nodes[0].entry.start;
  COLLATE_TABULAR_RETURN_IF_ERROR(MarkTop(nodes));
  return OkStatus();
}

// The root's own entries are a binary tree; others lie below those.
Status CompoundFile::MarkTop(const std::vector<Node>& nodes) {
  std::vector<bool> top(nodes.size(), false);
  std::vector<uint32_t> open = {nodes[0].child};
  while (!open.empty()) {
    const uint32_t at = open.back();
    open.pop_back();
    if (at == kNothing) continue;
    if (at >= nodes.size() || at == 0 || !nodes[at].used) {
      return Corrupt("the directory names an entry that it has not",
                     "below " + std::to_string(nodes.size()),
                     std::to_string(at));
    }
    if (top[at]) {
      return Damaged("COMPOUND_CHAIN", "the directory leads in a circle");
    }
    top[at] = true;
    open.push_back(nodes[at].left);
    open.push_back(nodes[at].right);
  }
  for (size_t i = 1; i < nodes.size(); ++i) {
    if (!nodes[i].used) continue;
    entries_.push_back(nodes[i].entry);
    entries_.back().top = top[i];
  }
  std::vector<const Entry*> sorted;
  for (const Entry& entry : entries_) {
    if (entry.top) sorted.push_back(&entry);
  }
  for (size_t i = 0; i < sorted.size(); ++i) {
    for (size_t j = 0; j < i; ++j) {
      if (SameName(sorted[i]->name, sorted[j]->name)) {
        return Damaged("COMPOUND_DUPLICATE_ENTRY", "two entries have one name",
                       "", Printable(sorted[i]->name));
      }
    }
  }
  return OkStatus();
}

const CompoundFile::Entry* CompoundFile::FindStream(
    std::string_view name) const {
  for (const Entry& entry : entries_) {
    if (entry.top && entry.is_stream && SameName(entry.name, name)) {
      return &entry;
    }
  }
  return nullptr;
}

Status CompoundFile::OpenStream(const Entry& entry,
                                std::unique_ptr<CompoundStream>* stream) {
  std::unique_ptr<CompoundStream> opened(
      new CompoundStream(source_, entry.size));
  const std::string what = "the stream " + Printable(entry.name);
  const bool small = entry.size < kSmall;
  std::vector<uint32_t> chain, mini_table, mini_chain;
  uint64_t block = uint64_t{1} << sector_shift_;
  if (small) {
    COLLATE_TABULAR_RETURN_IF_ERROR(Follow(table_, sectors_, mini_start_,
                                           "the stream of small streams",
                                           &mini_chain));
    COLLATE_TABULAR_RETURN_IF_ERROR(Follow(
        table_, sectors_, mini_table_, "the table of small streams", &chain));
    const uint64_t count = mini_chain.size() * (block / kMiniBytes);
    std::string bytes;
    for (size_t i = 0; i < chain.size() && mini_table.size() < count; ++i) {
      COLLATE_TABULAR_RETURN_IF_ERROR(ReadSector(chain[i], &bytes));
      for (size_t at = 0; at < bytes.size(); at += 4) {
        mini_table.push_back(Word(bytes, at));
      }
    }
    COLLATE_TABULAR_RETURN_IF_ERROR(
        Follow(mini_table, count, entry.start, what, &chain));
    block = kMiniBytes;
  } else {
    COLLATE_TABULAR_RETURN_IF_ERROR(
        Follow(table_, sectors_, entry.start, what, &chain));
  }
  if (entry.size > chain.size() * block) {
    return Damaged("COMPOUND_TRUNCATED",
                   what + " says that it is longer than it is",
                   std::to_string(entry.size) + " bytes",
                   std::to_string(chain.size() * block));
  }
  const uint64_t per_sector = (uint64_t{1} << sector_shift_) / kMiniBytes;
  uint64_t begin = 0, next = 0;
  for (size_t i = 0; begin < entry.size; ++i, begin += block) {
    const uint64_t file = small ? OffsetOf(mini_chain[chain[i] / per_sector]) +
                                      chain[i] % per_sector * kMiniBytes
                                : OffsetOf(chain[i]);
    if (file + std::min(block, entry.size - begin) > source_.size()) {
      return Damaged("COMPOUND_TRUNCATED", "the file ends inside " + what,
                     std::to_string(entry.size) + " bytes");
    }
    if (begin == 0 || file != next) opened->extents_.push_back({begin, file});
    next = file + block;
  }
  *stream = std::move(opened);
  return OkStatus();
}

}  // namespace collate::tabular
