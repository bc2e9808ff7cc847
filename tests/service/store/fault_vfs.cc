#include "tests/service/store/fault_vfs.h"

#include <cerrno>
#include <cstdio>
#include <cstdlib>

namespace collate::store {
namespace {

// What SQLite sees as a file: the real one follows in the same memory.
struct File {
  sqlite3_file base;
  FaultVfs* vfs;
  int number;  // of the log
};
// SQLite aligns files as it aligns pointers.
static_assert(sizeof(File) % alignof(void*) == 0);

FaultVfs* VfsOf(sqlite3_file* file) {
  return reinterpret_cast<File*>(file)->vfs;
}
sqlite3_file* Real(sqlite3_file* file) {
  return reinterpret_cast<sqlite3_file*>(reinterpret_cast<File*>(file) + 1);
}

int NumberOf(sqlite3_file* file) {
  return reinterpret_cast<File*>(file)->number;
}

int FailureOf(FaultVfs* vfs, int otherwise) {
  return vfs->error() == ENOSPC ? SQLITE_FULL : otherwise;
}

int Close(sqlite3_file* file) {
  sqlite3_file* real = Real(file);
  return real->pMethods->xClose(real);
}
int Read(sqlite3_file* file, void* to, int size, sqlite3_int64 offset) {
  if (VfsOf(file)->ShouldFail(FaultVfs::kRead)) return SQLITE_IOERR_READ;
  sqlite3_file* real = Real(file);
  return real->pMethods->xRead(real, to, size, offset);
}
void LogWrite(sqlite3_file* file, const void* from, int size,
              sqlite3_int64 offset) {
  DiskLog* log = VfsOf(file)->log();
  if (log != nullptr) log->Write(NumberOf(file), offset, from, size);
}
int Write(sqlite3_file* file, const void* from, int size,
          sqlite3_int64 offset) {
  sqlite3_file* real = Real(file);
  if (VfsOf(file)->ShouldFail(FaultVfs::kWrite)) {
    // A disk that fills up takes the first part.
    if (real->pMethods->xWrite(real, from, size / 2, offset) == SQLITE_OK) {
      LogWrite(file, from, size / 2, offset);
    }
    return FailureOf(VfsOf(file), SQLITE_IOERR_WRITE);
  }
  const int code = real->pMethods->xWrite(real, from, size, offset);
  if (code == SQLITE_OK) LogWrite(file, from, size, offset);
  return code;
}
int Truncate(sqlite3_file* file, sqlite3_int64 size) {
  if (VfsOf(file)->ShouldFail(FaultVfs::kTruncate)) {
    return SQLITE_IOERR_TRUNCATE;
  }
  sqlite3_file* real = Real(file);
  const int code = real->pMethods->xTruncate(real, size);
  DiskLog* log = VfsOf(file)->log();
  if (code == SQLITE_OK && log != nullptr) {
    log->Truncate(NumberOf(file), size);
  }
  return code;
}
int Sync(sqlite3_file* file, int) {
  // Nobody pulls the plug of a test: a sync that succeeds need not be done.
  const bool fails = VfsOf(file)->ShouldFail(FaultVfs::kSync);
  if (DiskLog* log = VfsOf(file)->log(); log != nullptr) {
    fails ? log->SyncFailed(NumberOf(file)) : log->Sync(NumberOf(file));
  }
  return fails ? SQLITE_IOERR_FSYNC : SQLITE_OK;
}
int FileSize(sqlite3_file* file, sqlite3_int64* size) {
  sqlite3_file* real = Real(file);
  return real->pMethods->xFileSize(real, size);
}
int Lock(sqlite3_file* file, int lock) {
  sqlite3_file* real = Real(file);
  return real->pMethods->xLock(real, lock);
}
int Unlock(sqlite3_file* file, int lock) {
  sqlite3_file* real = Real(file);
  return real->pMethods->xUnlock(real, lock);
}
int CheckReservedLock(sqlite3_file* file, int* out) {
  sqlite3_file* real = Real(file);
  return real->pMethods->xCheckReservedLock(real, out);
}
int FileControl(sqlite3_file* file, int operation, void* argument) {
  sqlite3_file* real = Real(file);
  return real->pMethods->xFileControl(real, operation, argument);
}
int SectorSize(sqlite3_file* file) {
  sqlite3_file* real = Real(file);
  return real->pMethods->xSectorSize(real);
}
int DeviceCharacteristics(sqlite3_file* file) {
  sqlite3_file* real = Real(file);
  return real->pMethods->xDeviceCharacteristics(real);
}
int ShmMap(sqlite3_file* file, int region, int size, int extend,
           void volatile** out) {
  if (VfsOf(file)->ShouldFail(FaultVfs::kShare)) return SQLITE_IOERR_SHMMAP;
  sqlite3_file* real = Real(file);
  return real->pMethods->xShmMap(real, region, size, extend, out);
}
int ShmLock(sqlite3_file* file, int offset, int n, int flags) {
  sqlite3_file* real = Real(file);
  return real->pMethods->xShmLock(real, offset, n, flags);
}
void ShmBarrier(sqlite3_file* file) {
  sqlite3_file* real = Real(file);
  real->pMethods->xShmBarrier(real);
}
int ShmUnmap(sqlite3_file* file, int remove) {
  sqlite3_file* real = Real(file);
  return real->pMethods->xShmUnmap(real, remove);
}

constexpr sqlite3_io_methods kMethods = {2,
                                         Close,
                                         Read,
                                         Write,
                                         Truncate,
                                         Sync,
                                         FileSize,
                                         Lock,
                                         Unlock,
                                         CheckReservedLock,
                                         FileControl,
                                         SectorSize,
                                         DeviceCharacteristics,
                                         ShmMap,
                                         ShmLock,
                                         ShmBarrier,
                                         ShmUnmap,
                                         nullptr,
                                         nullptr};

FaultVfs* Fault(sqlite3_vfs* vfs) {
  return static_cast<FaultVfs*>(vfs->pAppData);
}
int Open(sqlite3_vfs* vfs, sqlite3_filename name, sqlite3_file* file, int flags,
         int* out_flags) {
  FaultVfs* fault = Fault(vfs);
  file->pMethods = nullptr;
  if (fault->ShouldFail(FaultVfs::kOpen)) return SQLITE_CANTOPEN;
  reinterpret_cast<File*>(file)->vfs = fault;
  sqlite3_vfs* real = fault->real();
  const int code = real->xOpen(real, name, Real(file), flags, out_flags);
  if (code != SQLITE_OK) return code;
  file->pMethods = &kMethods;
  if (fault->log() != nullptr && name != nullptr) {
    const int logs = SQLITE_OPEN_WAL | SQLITE_OPEN_MAIN_JOURNAL;
    reinterpret_cast<File*>(file)->number =
        fault->log()->Open(name, (flags & logs) != 0);
  }
  return code;
}
int Delete(sqlite3_vfs* vfs, const char* name, int sync) {
  if (Fault(vfs)->ShouldFail(FaultVfs::kDelete)) return SQLITE_IOERR_DELETE;
  sqlite3_vfs* real = Fault(vfs)->real();
  const int code = real->xDelete(real, name, sync);
  if (code == SQLITE_OK && Fault(vfs)->log() != nullptr) {
    Fault(vfs)->log()->Delete(name, sync != 0);
  }
  return code;
}
int Access(sqlite3_vfs* vfs, const char* name, int flags, int* out) {
  sqlite3_vfs* real = Fault(vfs)->real();
  return real->xAccess(real, name, flags, out);
}
int FullPathname(sqlite3_vfs* vfs, const char* name, int size, char* out) {
  sqlite3_vfs* real = Fault(vfs)->real();
  return real->xFullPathname(real, name, size, out);
}
int Randomness(sqlite3_vfs* vfs, int size, char* out) {
  sqlite3_vfs* real = Fault(vfs)->real();
  return real->xRandomness(real, size, out);
}
int Sleep(sqlite3_vfs* vfs, int microseconds) {
  sqlite3_vfs* real = Fault(vfs)->real();
  return real->xSleep(real, microseconds);
}
int CurrentTime(sqlite3_vfs* vfs, double* out) {
  sqlite3_vfs* real = Fault(vfs)->real();
  return real->xCurrentTime(real, out);
}
int GetLastError(sqlite3_vfs* vfs, int, char*) { return Fault(vfs)->error(); }
int CurrentTimeInt64(sqlite3_vfs* vfs, sqlite3_int64* out) {
  sqlite3_vfs* real = Fault(vfs)->real();
  return real->xCurrentTimeInt64(real, out);
}

}  // namespace

FaultVfs::FaultVfs(DiskLog* log) : log_(log), real_(sqlite3_vfs_find(nullptr)) {
  char name[64];
  std::snprintf(name, sizeof(name), "fault-%p", static_cast<void*>(this));
  name_ = name;
  vfs_.iVersion = 2;
  vfs_.szOsFile = static_cast<int>(sizeof(File)) + real_->szOsFile;
  vfs_.mxPathname = real_->mxPathname;
  vfs_.zName = name_.c_str();
  vfs_.pAppData = this;
  vfs_.xOpen = Open;
  vfs_.xDelete = Delete;
  vfs_.xAccess = Access;
  vfs_.xFullPathname = FullPathname;
  vfs_.xRandomness = Randomness;
  vfs_.xSleep = Sleep;
  vfs_.xCurrentTime = CurrentTime;
  vfs_.xGetLastError = GetLastError;
  vfs_.xCurrentTimeInt64 = CurrentTimeInt64;
  if (sqlite3_vfs_register(&vfs_, 0) != SQLITE_OK) std::abort();
}

FaultVfs::~FaultVfs() { sqlite3_vfs_unregister(&vfs_); }

void FaultVfs::FailNth(Operation operation, int n, int error, bool for_ever) {
  operation_ = -1;
  failures_ = 0;
  error_ = error;
  for_ever_ = for_ever;
  left_ = n;
  operation_ = operation;
}

void FaultVfs::FailNoMore() {
  operation_ = -1;
  error_ = 0;
}

bool FaultVfs::ShouldFail(Operation operation) {
  if (operation_ != operation) return false;
  const int left = --left_;
  if (left > 0 || (left < 0 && !for_ever_)) return false;
  ++failures_;
  return true;
}

}  // namespace collate::store
