// The table of contents of a zip archive, checked before any entry is read.
//
// Zip has two accounts of each entry (the central directory and a header at
// the entry itself) and readers that believe different ones read different
// files. Here both must say the same, entries must not share bytes, and names
// must be plain: nothing is ever unpacked to disk, yet an archive that tries to
// escape from a folder is not a workbook.
//
// Function of its arguments; any thread.

#ifndef COLLATE_PLUGINS_TABULAR_ZIP_DIRECTORY_H_
#define COLLATE_PLUGINS_TABULAR_ZIP_DIRECTORY_H_

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "plugins/tabular/budget.h"
#include "plugins/tabular/source.h"
#include "plugins/tabular/status.h"

namespace collate::tabular {

struct ZipEntry {
  std::string name;
  uint64_t packed = 0;
  uint64_t inflated = 0;  // as declared; held to while inflating
  uint64_t offset = 0;    // of its own header
  uint64_t end = 0;       // of its data
  uint32_t crc = 0;       // of its inflated bytes, as declared
  uint16_t method = 0;    // 0 stored, 8 deflated
};

// In the archive's order. Reasons: ZIP_TRUNCATED, ZIP_INCONSISTENT,
// ZIP_ENTRY_LIMIT, ZIP_ENTRY_OVERLAP, ZIP_DUPLICATE_ENTRY, ZIP_UNSAFE_NAME,
// ZIP_UNSAFE_TYPE, ZIP_ENCRYPTED, ZIP_METHOD, ZIP_RATIO_LIMIT, BYTE_LIMIT,
// DOCUMENT_UNREADABLE.
Status ReadZipDirectory(ByteSource& source, const Budget& budget,
                        std::vector<ZipEntry>* entries);

// ASCII letters compared without case, as the names of a package's parts are.
bool SameName(std::string_view a, std::string_view b);

}  // namespace collate::tabular

#endif  // COLLATE_PLUGINS_TABULAR_ZIP_DIRECTORY_H_
