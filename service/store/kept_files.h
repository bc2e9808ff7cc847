// Files of what was worked out from the store, and takes long to work out
// again: a cache, never the truth. A file that is absent, or not to the letter
// what was written, costs time and nothing else.
//
// A file is a list of blocks, each with a checksum that goes on from the one
// before, so that no block is believed in another place; FORMAT.md says how.
//
// Thread-safe; one process at a time uses a directory.

#ifndef COLLATE_SERVICE_STORE_KEPT_FILES_H_
#define COLLATE_SERVICE_STORE_KEPT_FILES_H_

#include <cstddef>
#include <cstdint>
#include <functional>
#include <memory>
#include <set>
#include <string>
#include <utility>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "absl/strings/string_view.h"

namespace collate::store {

class KeptFileWriter {
 public:
  virtual ~KeptFileWriter() = default;
  // RESOURCE_EXHAUSTED (reason DISK_FULL), UNAVAILABLE (reason STORE_IO).
  virtual absl::Status Add(absl::string_view block) = 0;
};

// Reads the blocks in the order in which they were added. After an error
// nothing more is read.
class KeptFileReader {
 public:
  virtual ~KeptFileReader() = default;
  // DATA_LOSS (reason CORRUPT_STORE) when the next block is another than was
  // written, or there is none; UNAVAILABLE (reason STORE_IO).
  virtual absl::StatusOr<std::string> Next() = 0;
  // The same where the block has just `size` bytes.
  virtual absl::Status Next(size_t size, char* to) = 0;
  // DATA_LOSS (reason CORRUPT_STORE) unless all blocks were read.
  virtual absl::Status ExpectEnd() = 0;
  // No block that is to come is larger, whatever anybody says of it.
  virtual uint64_t bytes_left() const = 0;
};

class KeptFiles {
 public:
  // The directory is made when something is first written. Its parent must be
  // locked (data_directory.h).
  explicit KeptFiles(std::string directory)
      : directory_(std::move(directory)) {}

  bool Has(const std::string& name) const;

  // NOT_FOUND (reason NOT_KEPT); errors of KeptFileReader.
  absl::StatusOr<std::unique_ptr<KeptFileReader>> Read(
      const std::string& name) const;

  // Replaces the file of that name by what `fill` adds, as a whole: readers,
  // and whoever comes after a crash, see the one or the other. Errors of
  // KeptFileWriter and of `fill`.
  absl::Status Write(
      const std::string& name,
      const std::function<absl::Status(KeptFileWriter&)>& fill) const;

  // A file that cannot be removed does no harm.
  void Remove(const std::string& name) const;
  // Removes every other file, and what a write left that was cut short.
  void RemoveOthers(const std::set<std::string>& names) const;

 private:
  const std::string directory_;
};

}  // namespace collate::store

#endif  // COLLATE_SERVICE_STORE_KEPT_FILES_H_
