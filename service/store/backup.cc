#include "service/store/backup.h"

#include <sys/stat.h>

#include <algorithm>
#include <cerrno>
#include <filesystem>
#include <system_error>
#include <utility>

#include "absl/strings/ascii.h"
#include "absl/strings/str_cat.h"
#include "service/base/error.h"
#include "service/base/status_macros.h"
#include "service/store/posix_files.h"
#include "service/store/sqlite_statement.h"

namespace collate::store {
namespace {

namespace fs = std::filesystem;

bool IsBackupName(const std::string& name) {
  return !name.empty() && name.size() <= 63 && name[0] != '-' &&
         std::all_of(name.begin(), name.end(), [](unsigned char c) {
           return absl::ascii_islower(c) || absl::ascii_isdigit(c) || c == '-';
         });
}

absl::Status Exists(const std::string& path, absl::string_view what) {
  return base::Error(absl::StatusCode::kAlreadyExists, "BACKUP_EXISTS",
                     absl::StrCat(path, what))
      .With("path", path)
      .Field("name", "names a backup that is there");
}

absl::Status MakePrivate(const std::string& path) {
  if (mkdir(path.c_str(), 0700) == 0) return absl::OkStatus();
  return FileError(path, "mkdir", errno);
}

}  // namespace

absl::Status CopyOneState(const Connection& connection, const std::string& path,
                          const CopyProgress& progress) {
  COLLATE_RETURN_IF_ERROR(connection.Execute("BEGIN"));
  // The state is that of the first thing read.
  COLLATE_RETURN_IF_ERROR(
      connection.QueryInt64("SELECT count(*) FROM sqlite_master").status());
  const absl::Status copied = connection.CopyTo(path, progress);
  const absl::Status ended = connection.Execute("COMMIT");
  return copied.ok() ? ended : copied;
}

BackupDirectory::BackupDirectory(std::string parent, const std::string& name)
    : parent_(std::move(parent)),
      final_(absl::StrCat(parent_, "/", name)),
      partial_(absl::StrCat(parent_, "/.", name, ".partial")) {}

absl::StatusOr<std::unique_ptr<BackupDirectory>> BackupDirectory::Begin(
    const std::string& parent, const std::string& name) {
  if (!IsBackupName(name)) {
    return base::Error(absl::StatusCode::kInvalidArgument,
                       "INVALID_BACKUP_NAME",
                       absl::StrCat("'", name,
                                    "' is no name of a backup; expected "
                                    "[a-z0-9][a-z0-9-]{0,62}"))
        .With("value", name)
        .Field("name", "must be [a-z0-9][a-z0-9-]{0,62}");
  }
  std::error_code error;
  if (!fs::exists(parent, error)) {
    fs::create_directories(fs::path(parent).parent_path(), error);
    if (error) return FileError(parent, "mkdir", error.value());
    COLLATE_RETURN_IF_ERROR(MakePrivate(parent));
  }
  // Not make_unique: the constructor is private.
  std::unique_ptr<BackupDirectory> backup(new BackupDirectory(parent, name));
  if (fs::exists(backup->final_, error)) {
    backup->finished_ = true;  // nothing of ours to remove
    return Exists(backup->final_, " is there already");
  }
  if (mkdir(backup->partial_.c_str(), 0700) != 0) {
    const int reason = errno;
    backup->finished_ = true;
    if (reason == EEXIST) {
      return Exists(backup->partial_,
                    " is there: a backup of that name is being made, or was "
                    "not finished; in the latter case remove it");
    }
    return FileError(backup->partial_, "mkdir", reason);
  }
  return backup;
}

BackupDirectory::~BackupDirectory() {
  std::error_code ignored;
  if (!finished_) fs::remove_all(partial_, ignored);
}

absl::StatusOr<std::string> BackupDirectory::Subdirectory(
    const std::string& name) {
  std::string path = absl::StrCat(partial_, "/", name);
  COLLATE_RETURN_IF_ERROR(MakePrivate(path));
  return path;
}

absl::StatusOr<std::string> BackupDirectory::Finish() {
  std::error_code error;
  for (const auto& entry : fs::recursive_directory_iterator(partial_, error)) {
    if (entry.is_directory()) {
      COLLATE_RETURN_IF_ERROR(SyncDirectory(entry.path().string()));
    }
  }
  COLLATE_RETURN_IF_ERROR(SyncDirectory(partial_));
  if (rename(partial_.c_str(), final_.c_str()) != 0) {
    return FileError(final_, "rename", errno);
  }
  finished_ = true;
  COLLATE_RETURN_IF_ERROR(SyncDirectory(parent_));
  return final_;
}

int64_t BackupDirectory::byte_count() const {
  std::error_code error;
  int64_t bytes = 0;
  const std::string& at = finished_ ? final_ : partial_;
  for (const auto& entry : fs::recursive_directory_iterator(at, error)) {
    if (entry.is_regular_file()) {
      bytes += static_cast<int64_t>(entry.file_size());
    }
  }
  return bytes;
}

}  // namespace collate::store
