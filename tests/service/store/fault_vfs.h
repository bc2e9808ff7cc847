// A VFS of SQLite that fails on demand, on top of the default one, and tells a
// DiskLog what it did.
//
//   FaultVfs vfs;
//   options.vfs = vfs.name();
//   vfs.FailNth(FaultVfs::kSync, 3, EIO);   // the third from now, once
//
// Faults may be set and met on any threads. Must outlive every file that was
// opened through it.

#ifndef COLLATE_TESTS_SERVICE_STORE_FAULT_VFS_H_
#define COLLATE_TESTS_SERVICE_STORE_FAULT_VFS_H_

#include <sqlite3.h>

#include <atomic>
#include <string>

#include "tests/service/store/disk_log.h"

namespace collate::store {

class FaultVfs {
 public:
  enum Operation { kRead, kWrite, kSync, kOpen, kTruncate, kDelete, kShare };

  // `log` may be null; it must outlive the VFS.
  explicit FaultVfs(DiskLog* log = nullptr);
  ~FaultVfs();
  FaultVfs(const FaultVfs&) = delete;
  FaultVfs& operator=(const FaultVfs&) = delete;

  const std::string& name() const { return name_; }

  // The n-th operation of this kind from now on, counted from 1, fails as if
  // the system had said `error`; with `for_ever`, every later one too.
  void FailNth(Operation operation, int n, int error, bool for_ever = false);
  void FailNoMore();
  // How many operations have failed since the last FailNth.
  int failures() const { return failures_; }

  // For the callbacks of SQLite.
  bool ShouldFail(Operation operation);
  int error() const { return error_; }
  sqlite3_vfs* real() const { return real_; }
  DiskLog* log() const { return log_; }

 private:
  DiskLog* const log_;
  std::string name_;
  sqlite3_vfs* real_;
  sqlite3_vfs vfs_ = {};
  std::atomic<int> operation_ = -1;
  std::atomic<int> left_ = 0;
  std::atomic<bool> for_ever_ = false;
  std::atomic<int> error_ = 0;
  std::atomic<int> failures_ = 0;
};

}  // namespace collate::store

#endif  // COLLATE_TESTS_SERVICE_STORE_FAULT_VFS_H_
