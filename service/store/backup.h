// A copy of a data directory, which is there as a whole or not at all.
//
//   COLLATE_ASSIGN_OR_RETURN(auto backup, BackupDirectory::Begin(parent,
//   name));
//   ... store->BackUp(backup->path(), progress) ...
//   COLLATE_RETURN_IF_ERROR(backup->Finish());
//
// What is written first may only speak of what is written later: names of
// answers, then the releases that they name, then the record of who loaded
// them. One thread.

#ifndef COLLATE_SERVICE_STORE_BACKUP_H_
#define COLLATE_SERVICE_STORE_BACKUP_H_

#include <cstdint>
#include <functional>
#include <memory>
#include <string>

#include "absl/status/status.h"
#include "absl/status/statusor.h"

namespace collate::store {

// Hears how many bytes of one file are copied; an error from it ends the copy.
using CopyProgress = std::function<absl::Status(int64_t bytes)>;

class Connection;

// What the database holds when the copy begins, whatever is written meanwhile.
absl::Status CopyOneState(const Connection& connection, const std::string& path,
                          const CopyProgress& progress);

class BackupDirectory {
 public:
  // Makes PARENT when absent, and in it a directory that is hidden until
  // Finish(), all for the owner only. INVALID_ARGUMENT (reason
  // INVALID_BACKUP_NAME); ALREADY_EXISTS (reason BACKUP_EXISTS); UNAVAILABLE,
  // RESOURCE_EXHAUSTED.
  static absl::StatusOr<std::unique_ptr<BackupDirectory>> Begin(
      const std::string& parent, const std::string& name);
  // Removes what was not finished.
  ~BackupDirectory();
  BackupDirectory(const BackupDirectory&) = delete;
  BackupDirectory& operator=(const BackupDirectory&) = delete;

  // Where it is written.
  const std::string& path() const { return partial_; }
  // A directory in it, made.
  absl::StatusOr<std::string> Subdirectory(const std::string& name);

  // Makes everything durable and gives the backup its name. Its directory.
  absl::StatusOr<std::string> Finish();
  int64_t byte_count() const;  // of all files

 private:
  BackupDirectory(std::string parent, const std::string& name);

  const std::string parent_;
  const std::string final_;
  const std::string partial_;
  bool finished_ = false;
};

}  // namespace collate::store

#endif  // COLLATE_SERVICE_STORE_BACKUP_H_
