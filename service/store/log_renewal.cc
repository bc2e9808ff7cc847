#include "service/store/log_renewal.h"

#include <sqlite3.h>

#include <algorithm>
#include <cerrno>
#include <cstddef>
#include <memory>
#include <vector>

#include "absl/strings/str_cat.h"
#include "absl/strings/string_view.h"
#include "service/base/error.h"

namespace collate::store {
namespace {

// SQLite writes less than 128 KiB at a time.
constexpr sqlite3_int64 kPieceBytes = 1 << 16;

// A file of a VFS, closed at the end.
class VfsFile {
 public:
  explicit VfsFile(sqlite3_vfs* vfs)
      : vfs_(vfs),
        memory_(static_cast<size_t>(vfs->szOsFile) / sizeof(std::max_align_t) +
                1) {}
  ~VfsFile() {
    if (file()->pMethods != nullptr) file()->pMethods->xClose(file());
  }
  VfsFile(const VfsFile&) = delete;
  VfsFile& operator=(const VfsFile&) = delete;

  int Open(sqlite3_filename name, int flags) {
    return vfs_->xOpen(vfs_, name, file(), flags, nullptr);
  }
  sqlite3_file* file() {
    return reinterpret_cast<sqlite3_file*>(memory_.data());
  }
  const sqlite3_io_methods& methods() { return *file()->pMethods; }

 private:
  sqlite3_vfs* const vfs_;
  std::vector<std::max_align_t> memory_;  // zero: not open
};

absl::Status Failed(sqlite3_vfs* vfs, int code, absl::string_view file) {
  const int error =
      vfs->xGetLastError == nullptr ? 0 : vfs->xGetLastError(vfs, 0, nullptr);
  const bool full = (code & 0xff) == SQLITE_FULL ||
                    ((code & 0xff) == SQLITE_IOERR &&
                     (error == ENOSPC || error == EDQUOT || error == EFBIG));
  return base::Error(full ? absl::StatusCode::kResourceExhausted
                          : absl::StatusCode::kUnavailable,
                     full ? "DISK_FULL" : "STORE_IO",
                     absl::StrCat(file, ": write the log once more: ",
                                  sqlite3_errstr(code), " (", code, ")"))
      .With("file", file)
      .With("sqlite_code", absl::StrCat(code));
}

// Whether there is a file of that name.
int Exists(sqlite3_vfs* vfs, sqlite3_filename name, bool* exists) {
  int result = 0;
  const int code = vfs->xAccess(vfs, name, SQLITE_ACCESS_EXISTS, &result);
  *exists = result != 0;
  return code;
}

// The application id stands at byte 68 of a database, big-endian.
int ReadApplicationId(sqlite3_vfs* vfs, sqlite3_filename name, int64_t* id) {
  VfsFile database(vfs);
  int code = database.Open(name, SQLITE_OPEN_READONLY | SQLITE_OPEN_MAIN_DB);
  unsigned char bytes[4] = {};
  if (code == SQLITE_OK) {
    code = database.methods().xRead(database.file(), bytes, 4, 68);
    if (code == SQLITE_IOERR_SHORT_READ) code = SQLITE_OK;  // 0
  }
  *id = 0;
  for (const unsigned char byte : bytes) *id = *id << 8 | byte;
  return code;
}

int Renew(VfsFile& log) {
  sqlite3_int64 size = 0;
  int code = log.methods().xFileSize(log.file(), &size);
  std::vector<char> piece;
  for (sqlite3_int64 at = 0; code == SQLITE_OK && at < size;
       at += kPieceBytes) {
    const int bytes = static_cast<int>(std::min(kPieceBytes, size - at));
    piece.resize(static_cast<size_t>(bytes));
    code = log.methods().xRead(log.file(), piece.data(), bytes, at);
    if (code == SQLITE_OK) {
      code = log.methods().xWrite(log.file(), piece.data(), bytes, at);
    }
  }
  if (code != SQLITE_OK || size == 0) return code;
  return log.methods().xSync(log.file(), SQLITE_SYNC_NORMAL);
}

}  // namespace

absl::StatusOr<bool> RenewLog(const std::string& path,
                              const std::string& vfs_name,
                              int64_t application_id) {
  sqlite3_vfs* vfs =
      sqlite3_vfs_find(vfs_name.empty() ? nullptr : vfs_name.c_str());
  if (vfs == nullptr) {
    return base::Error(absl::StatusCode::kInternal, "STORE_INTERNAL",
                       absl::StrCat("no VFS '", vfs_name, "'"));
  }
  const std::string log_path = absl::StrCat(path, "-wal");
  // A name as SQLite makes it, behind which a VFS finds the log's.
  struct FreeFilename {
    void operator()(const char* name) const { sqlite3_free_filename(name); }
  };
  const std::unique_ptr<const char, FreeFilename> name(
      sqlite3_create_filename(path.c_str(), "", log_path.c_str(), 0, nullptr));
  if (name == nullptr) return Failed(vfs, SQLITE_NOMEM, path);
  bool exists = false;
  int code = Exists(vfs, name.get(), &exists);
  if (code == SQLITE_OK && !exists) return false;
  int64_t id = 0;
  if (code == SQLITE_OK) code = ReadApplicationId(vfs, name.get(), &id);
  if (code != SQLITE_OK) return Failed(vfs, code, path);
  if (id != application_id) return false;

  const sqlite3_filename log_name = sqlite3_filename_wal(name.get());
  code = Exists(vfs, log_name, &exists);
  if (code == SQLITE_OK && !exists) return true;
  VfsFile log(vfs);
  if (code == SQLITE_OK) {
    code = log.Open(log_name, SQLITE_OPEN_READWRITE | SQLITE_OPEN_WAL);
  }
  if (code == SQLITE_OK) code = Renew(log);
  if (code != SQLITE_OK) return Failed(vfs, code, log_path);
  return true;
}

}  // namespace collate::store
