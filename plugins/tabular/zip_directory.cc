#include "plugins/tabular/zip_directory.h"

#include <algorithm>
#include <cstring>
#include <numeric>
#include <set>
#include <utility>

namespace collate::tabular {
namespace {

constexpr uint32_t kLocalSignature = 0x04034B50;
constexpr uint32_t kCentralSignature = 0x02014B50;
constexpr uint32_t kEndSignature = 0x06054B50;
constexpr uint32_t kEnd64Signature = 0x06064B50;
constexpr uint32_t kEnd64LocatorSignature = 0x07064B50;
constexpr size_t kLocalBytes = 30;
constexpr size_t kCentralBytes = 46;
constexpr size_t kEndBytes = 22;
constexpr size_t kEnd64Bytes = 56;
constexpr size_t kEnd64LocatorBytes = 20;
constexpr uint64_t kMaxDirectoryBytes = uint64_t{8} << 20;
constexpr size_t kMaxNameBytes = 1024;

uint64_t Little(std::string_view bytes, size_t at, size_t width) {
  uint64_t value = 0;
  for (size_t i = width; i-- > 0;) {
    value = value << 8 | static_cast<unsigned char>(bytes[at + i]);
  }
  return value;
}

Status Fail(const char* reason, std::string message, std::string expected = "",
            std::string found = "") {
  return Status(Error{.reason = reason,
                      .message = std::move(message),
                      .expected = std::move(expected),
                      .found = std::move(found)});
}

Status Truncated(const char* what) {
  return Fail("ZIP_TRUNCATED", std::string("the archive is cut short: ") + what,
              "a whole zip archive");
}

Status ReadExactly(ByteSource& source, uint64_t offset, size_t n,
                   std::string* out) {
  if (offset > source.size() || n > source.size() - offset) {
    return Truncated("a record lies beyond its end");
  }
  out->resize(n);
  size_t have = 0;
  while (have < n) {
    const int64_t got =
        source.ReadAt(offset + have, out->data() + have, n - have);
    if (got <= 0 || static_cast<uint64_t>(got) > n - have) {
      return Status(Error{.code = Code::kDataLoss,
                          .reason = "DOCUMENT_UNREADABLE",
                          .message = "the document's bytes could not be read",
                          .expected = std::to_string(source.size()) + " bytes",
                          .found = std::to_string(offset + have) + " bytes"});
    }
    have += static_cast<size_t>(got);
  }
  return OkStatus();
}

struct End {
  uint64_t entries = 0;
  uint64_t directory_bytes = 0;
  uint64_t directory_offset = 0;
  uint64_t offset = 0;  // where the records after the directory begin
};

Status ReadEnd64(ByteSource& source, uint64_t end_offset, End* end) {
  std::string locator, record;
  if (end_offset < kEnd64LocatorBytes) return Truncated("no zip64 end record");
  COLLATE_TABULAR_RETURN_IF_ERROR(ReadExactly(
      source, end_offset - kEnd64LocatorBytes, kEnd64LocatorBytes, &locator));
  if (Little(locator, 0, 4) != kEnd64LocatorSignature) {
    return Truncated("no zip64 end record");
  }
  const uint64_t at = Little(locator, 8, 8);
  COLLATE_TABULAR_RETURN_IF_ERROR(
      ReadExactly(source, at, kEnd64Bytes, &record));
  if (Little(record, 0, 4) != kEnd64Signature || Little(record, 16, 4) != 0 ||
      Little(record, 20, 4) != 0 ||
      Little(record, 24, 8) != Little(record, 32, 8)) {
    return Fail("ZIP_INCONSISTENT", "the zip64 end record is not one");
  }
  end->entries = Little(record, 32, 8);
  end->directory_bytes = Little(record, 40, 8);
  end->directory_offset = Little(record, 48, 8);
  end->offset = at;
  return OkStatus();
}

Status ReadEnd(ByteSource& source, End* end) {
  std::string tail;
  const uint64_t size = source.size();
  if (size < kEndBytes) return Truncated("it has no end record");
  const size_t n =
      static_cast<size_t>(std::min<uint64_t>(size, kEndBytes + 0xFFFF));
  COLLATE_TABULAR_RETURN_IF_ERROR(ReadExactly(source, size - n, n, &tail));
  for (size_t i = n - kEndBytes + 1; i-- > 0;) {
    // Its comment must reach the last byte exactly: with anything behind, two
    // readers may find two end records.
    if (Little(tail, i, 4) != kEndSignature ||
        i + kEndBytes + Little(tail, i + 20, 2) != n) {
      continue;
    }
    if (Little(tail, i + 4, 2) != 0 || Little(tail, i + 6, 2) != 0 ||
        Little(tail, i + 8, 2) != Little(tail, i + 10, 2)) {
      return Fail("ZIP_INCONSISTENT", "the archive is one of several parts");
    }
    end->offset = size - n + i;
    end->entries = Little(tail, i + 10, 2);
    end->directory_bytes = Little(tail, i + 12, 4);
    end->directory_offset = Little(tail, i + 16, 4);
    if (end->entries == 0xFFFF || end->directory_bytes == 0xFFFFFFFF ||
        end->directory_offset == 0xFFFFFFFF) {
      return ReadEnd64(source, end->offset, end);
    }
    return OkStatus();
  }
  return Truncated("it has no end record");
}

Status CheckName(std::string_view name) {
  const auto unsafe = [&](const char* why) {
    return Fail("ZIP_UNSAFE_NAME", std::string("an entry's name ") + why,
                "a relative name of plain segments",
                Printable(std::string(name)));
  };
  if (name.empty()) return unsafe("is empty");
  if (name.size() > kMaxNameBytes) return unsafe("is too long");
  if (name[0] == '/') return unsafe("is absolute");
  for (const char c : name) {
    if (c == '\\') return unsafe("holds a backslash");
    if (c == ':') return unsafe("holds a colon");
    if (static_cast<unsigned char>(c) < 0x20 || c == 0x7F) {
      return unsafe("holds a control character");
    }
  }
  std::string_view rest = name;
  if (rest.back() == '/') rest.remove_suffix(1);
  while (true) {
    const size_t slash = rest.find('/');
    const std::string_view segment = rest.substr(0, slash);
    if (segment.empty() || segment == "." || segment == "..") {
      return unsafe("has an empty or dotted segment");
    }
    if (slash == std::string_view::npos) return OkStatus();
    rest.remove_prefix(slash + 1);
  }
}

// Sizes and offset of an entry beyond four bytes stand in its extra field.
Status ApplyZip64(std::string_view extra, ZipEntry* entry) {
  constexpr uint64_t kElsewhere = 0xFFFFFFFF;
  if (entry->inflated != kElsewhere && entry->packed != kElsewhere &&
      entry->offset != kElsewhere) {
    return OkStatus();
  }
  while (extra.size() >= 4) {
    const uint64_t id = Little(extra, 0, 2);
    const size_t length = static_cast<size_t>(Little(extra, 2, 2));
    extra.remove_prefix(4);
    if (length > extra.size()) break;
    if (id == 1) {
      std::string_view field = extra.substr(0, length);
      for (uint64_t* value :
           {&entry->inflated, &entry->packed, &entry->offset}) {
        if (*value != kElsewhere) continue;
        if (field.size() < 8) break;
        *value = Little(field, 0, 8);
        field.remove_prefix(8);
      }
      return OkStatus();
    }
    extra.remove_prefix(length);
  }
  return Fail("ZIP_INCONSISTENT", "an entry's size is nowhere", "a zip64 field",
              Printable(entry->name));
}

Status CheckLocal(ByteSource& source, uint64_t flags, ZipEntry* entry) {
  std::string header;
  COLLATE_TABULAR_RETURN_IF_ERROR(
      ReadExactly(source, entry->offset, kLocalBytes, &header));
  const uint64_t name_bytes = Little(header, 26, 2);
  const uint64_t extra_bytes = Little(header, 28, 2);
  const bool sizes_follow = (flags & 8) != 0;
  // A size of four times FF is in the extra field, for which no local reader
  // is needed: the directory's size is the one that counts.
  const auto differs = [&](size_t at, uint64_t value) {
    const uint64_t local = Little(header, at, 4);
    return local != value && local != 0xFFFFFFFF && !sizes_follow;
  };
  std::string name;
  COLLATE_TABULAR_RETURN_IF_ERROR(
      ReadExactly(source, entry->offset + kLocalBytes,
                  static_cast<size_t>(name_bytes), &name));
  if (Little(header, 0, 4) != kLocalSignature || name != entry->name ||
      Little(header, 8, 2) != entry->method ||
      (Little(header, 6, 2) & 1) != (flags & 1) || differs(18, entry->packed) ||
      differs(22, entry->inflated)) {
    return Fail("ZIP_INCONSISTENT",
                "the directory and the entry's own header differ",
                Printable(entry->name), Printable(name));
  }
  entry->end = entry->offset + kLocalBytes + name_bytes + extra_bytes;
  if (entry->packed > source.size() ||
      entry->end > source.size() - entry->packed) {
    return Truncated("an entry lies beyond its end");
  }
  entry->end += entry->packed;
  return OkStatus();
}

Status CheckEntry(std::string_view header, const Budget& budget,
                  const ZipEntry& entry) {
  const std::string name = Printable(entry.name);
  const uint64_t flags = Little(header, 8, 2);
  if ((flags & 1) != 0 || (flags & 0x40) != 0 || (flags & 0x2000) != 0) {
    return Fail("ZIP_ENCRYPTED", "an entry is encrypted: " + name,
                "an archive without a password", name);
  }
  const uint64_t system = Little(header, 5, 1);
  const uint64_t mode = Little(header, 38, 4) >> 16 & 0170000;
  constexpr uint64_t kUnix = 3, kDarwin = 19;
  if ((system == kUnix || system == kDarwin) && mode != 0 && mode != 0100000 &&
      !(mode == 0040000 && entry.name.back() == '/')) {
    return Fail("ZIP_UNSAFE_TYPE", "an entry is a link or a device: " + name,
                "plain files", name);
  }
  if (entry.method != 0 && entry.method != 8) {
    return Status(Error{
        .code = Code::kUnimplemented,
        .reason = "ZIP_METHOD",
        .message = "an entry is packed in a way not read here",
        .expected = "stored or deflated",
        .found = "method " + std::to_string(entry.method) + " for " + name});
  }
  if (entry.method == 0 && entry.packed != entry.inflated) {
    return Fail("ZIP_INCONSISTENT", "a stored entry has two sizes: " + name,
                std::to_string(entry.packed), std::to_string(entry.inflated));
  }
  Status status = budget.CheckRatio(entry.packed, entry.inflated);
  if (!status.ok()) status.error().message += ", in " + name;
  return status;
}

Status CheckOverlaps(const std::vector<ZipEntry>& entries,
                     uint64_t directory_offset) {
  std::vector<size_t> order(entries.size());
  std::iota(order.begin(), order.end(), size_t{0});
  std::sort(order.begin(), order.end(), [&](size_t a, size_t b) {
    return entries[a].offset < entries[b].offset;
  });
  for (size_t i = 0; i < order.size(); ++i) {
    const ZipEntry& entry = entries[order[i]];
    const bool last = i + 1 == order.size();
    if (entry.end > (last ? directory_offset : entries[order[i + 1]].offset)) {
      return Fail(
          "ZIP_ENTRY_OVERLAP",
          "an entry shares bytes with the next: " + Printable(entry.name),
          "entries one after another",
          last ? "the directory" : Printable(entries[order[i + 1]].name));
    }
  }
  return OkStatus();
}

std::string Folded(std::string_view name) {
  std::string folded(name);
  for (char& c : folded) {
    if (c >= 'A' && c <= 'Z') c = static_cast<char>(c - 'A' + 'a');
  }
  return folded;
}

}  // namespace

bool SameName(std::string_view a, std::string_view b) {
  return a.size() == b.size() && Folded(a) == Folded(b);
}

Status ReadZipDirectory(ByteSource& source, const Budget& budget,
                        std::vector<ZipEntry>* entries) {
  End end;
  COLLATE_TABULAR_RETURN_IF_ERROR(ReadEnd(source, &end));
  COLLATE_TABULAR_RETURN_IF_ERROR(budget.CheckEntries(end.entries));
  if (end.directory_bytes > kMaxDirectoryBytes) {
    return Status(Error{
        .code = Code::kResourceExhausted,
        .reason = "ZIP_ENTRY_LIMIT",
        .message = "the archive's directory is too large",
        .expected = "at most " + std::to_string(kMaxDirectoryBytes) + " bytes",
        .found = std::to_string(end.directory_bytes)});
  }
  if (end.directory_offset > end.offset ||
      end.directory_bytes != end.offset - end.directory_offset) {
    return Fail("ZIP_INCONSISTENT",
                "the directory is not where the archive says");
  }
  std::string directory;
  COLLATE_TABULAR_RETURN_IF_ERROR(
      ReadExactly(source, end.directory_offset,
                  static_cast<size_t>(end.directory_bytes), &directory));

  std::set<std::string> names;
  std::string_view rest = directory;
  uint64_t inflated = 0;
  for (uint64_t i = 0; i < end.entries; ++i) {
    if (rest.size() < kCentralBytes ||
        Little(rest, 0, 4) != kCentralSignature) {
      return Fail("ZIP_INCONSISTENT", "the directory has fewer entries",
                  std::to_string(end.entries), std::to_string(i));
    }
    const std::string_view header = rest.substr(0, kCentralBytes);
    const size_t name_bytes = static_cast<size_t>(Little(header, 28, 2));
    const size_t extra_bytes = static_cast<size_t>(Little(header, 30, 2));
    const size_t comment_bytes = static_cast<size_t>(Little(header, 32, 2));
    rest.remove_prefix(kCentralBytes);
    if (name_bytes + extra_bytes + comment_bytes > rest.size()) {
      return Fail("ZIP_INCONSISTENT", "a record of the directory is cut");
    }
    ZipEntry entry;
    entry.name = rest.substr(0, name_bytes);
    entry.method = static_cast<uint16_t>(Little(header, 10, 2));
    entry.crc = static_cast<uint32_t>(Little(header, 16, 4));
    entry.packed = Little(header, 20, 4);
    entry.inflated = Little(header, 24, 4);
    entry.offset = Little(header, 42, 4);
    COLLATE_TABULAR_RETURN_IF_ERROR(CheckName(entry.name));
    COLLATE_TABULAR_RETURN_IF_ERROR(
        ApplyZip64(rest.substr(name_bytes, extra_bytes), &entry));
    rest.remove_prefix(name_bytes + extra_bytes + comment_bytes);
    COLLATE_TABULAR_RETURN_IF_ERROR(CheckEntry(header, budget, entry));
    if (!names.insert(Folded(entry.name)).second) {
      return Fail("ZIP_DUPLICATE_ENTRY", "two entries have one name",
                  "one entry of each name", Printable(entry.name));
    }
    COLLATE_TABULAR_RETURN_IF_ERROR(
        CheckLocal(source, Little(header, 8, 2), &entry));
    if (entry.inflated > budget.limits().bytes ||
        inflated + entry.inflated > budget.limits().bytes) {
      return Status(
          Error{.code = Code::kResourceExhausted,
                .reason = "BYTE_LIMIT",
                .message = "the archive declares more bytes than are read",
                .expected = "at most " + std::to_string(budget.limits().bytes),
                .found = std::to_string(inflated) + " and " +
                         std::to_string(entry.inflated)});
    }
    inflated += entry.inflated;
    entries->push_back(std::move(entry));
  }
  if (!rest.empty()) {
    return Fail("ZIP_INCONSISTENT", "the directory has more than its entries");
  }
  return CheckOverlaps(*entries, end.directory_offset);
}

}  // namespace collate::tabular
