// The parts of a package, inflated chunk by chunk: nothing is held whole and
// nothing is written anywhere.
//
// Opening checks the directory (zip_directory.h) and that libzip sees the same
// entries; ISA-L inflates them, in half of zlib's time. Inflated bytes are
// counted as they come: the first time against the document's bytes, again
// against those read again; an entry that inflates to more or less than it
// declares is refused (ZIP_INCONSISTENT, ZIP_CORRUPT).
//
// One thread at a time. Source, budget and archive outlive what they open.

#ifndef COLLATE_PLUGINS_TABULAR_ZIP_H_
#define COLLATE_PLUGINS_TABULAR_ZIP_H_

#include <cstddef>
#include <cstdint>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "plugins/tabular/budget.h"
#include "plugins/tabular/source.h"
#include "plugins/tabular/status.h"
#include "plugins/tabular/zip_directory.h"

namespace collate::tabular {

class Archive;

class EntryStream {
 public:
  ~EntryStream();
  EntryStream(const EntryStream&) = delete;
  EntryStream& operator=(const EntryStream&) = delete;

  // Up to n bytes; 0 at the end, by when the entry's checksum was compared.
  Status Read(char* out, size_t n, size_t* got);
  Status Skip(uint64_t n);

  const std::string& name() const;
  uint64_t position() const { return position_; }

 private:
  friend class Archive;
  EntryStream(Archive& archive, size_t index);
  Status ReadStored(char* out, size_t n, size_t* got);
  Status Inflate(char* out, size_t n, size_t* got);
  // Up to n packed bytes, 0 at their end.
  Status ReadPacked(char* out, size_t n, size_t* got);
  Status Fail(const char* reason, std::string message) const;

  Archive& archive_;
  size_t index_;
  struct Inflater;
  std::unique_ptr<Inflater> inflater_;  // none of what is stored
  uint64_t packed_ = 0;                 // bytes that were read
  uint64_t position_ = 0;
  uint32_t crc_ = 0;
};

class Archive {
 public:
  static constexpr size_t kNone = static_cast<size_t>(-1);

  static Status Open(ByteSource& source, Budget& budget,
                     std::unique_ptr<Archive>* archive);
  ~Archive();
  Archive(const Archive&) = delete;
  Archive& operator=(const Archive&) = delete;

  const std::vector<ZipEntry>& entries() const { return entries_; }
  // kNone when there is no such entry. The exact name wins over one that
  // differs in the case of letters, of which there is at most one.
  size_t Find(std::string_view name) const;
  Status OpenEntry(size_t index, std::unique_ptr<EntryStream>* stream);

 private:
  friend class EntryStream;
  struct Libzip;
  Archive(ByteSource& source, Budget& budget);

  Budget& budget_;
  std::vector<ZipEntry> entries_;
  std::vector<uint64_t> counted_;  // of each entry, against the budget's bytes
  std::unique_ptr<Libzip> libzip_;
};

}  // namespace collate::tabular

#endif  // COLLATE_PLUGINS_TABULAR_ZIP_H_
