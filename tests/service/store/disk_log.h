// What a VFS did to a disk, and what a power cut at any moment leaves of it.
//
// Until a file is synced its writes may be lost, each for itself, and the
// last that reaches the disk may be torn at the border of a sector; until the
// directory is synced so may names that were made or removed, the later ones
// first. A sync that fails loses what it was to write for good, though the
// file reads as if it were there: so Linux has it.
//
// Recording is thread-safe; the rest belongs to one thread.

#ifndef COLLATE_TESTS_SERVICE_STORE_DISK_LOG_H_
#define COLLATE_TESTS_SERVICE_STORE_DISK_LOG_H_

#include <cstdint>
#include <map>
#include <mutex>
#include <random>
#include <string>
#include <vector>

namespace collate::store {

class DiskLog {
 public:
  static constexpr int64_t kSectorBytes = 512;

  // Which writes a power cut leaves of those that no sync has covered.
  enum class Left {
    kNone,  // as if the disk had kept all of them back
    kAll,   // as if it had written each at once
    kSome,  // any of them
    kTorn,  // any of them, and of the last only whole sectors
  };

  // The file that is now called `name`, made when absent. With
  // `syncs_directory` its first sync makes its name durable, as SQLite's does
  // for a log.
  int Open(const std::string& name, bool syncs_directory);
  void Write(int file, int64_t offset, const void* bytes, int size);
  void Truncate(int file, int64_t size);
  void Sync(int file);
  void SyncFailed(int file);
  void Delete(const std::string& name, bool sync_directory);

  // How much has happened.
  size_t size() const;

  // What is on the disk, by name, after a power cut behind the first `events`.
  std::map<std::string, std::string> CutAfter(size_t events, Left left,
                                              std::mt19937_64& random) const;

 private:
  struct Event {
    enum Kind { kMake, kWrite, kTruncate, kSync, kSyncFailed, kDelete } kind;
    int file = 0;
    std::string name;
    int64_t offset = 0;  // or size
    std::string bytes;
    bool sync_directory = false;
  };
  struct File {
    std::string synced;
    std::vector<const Event*> pending;
  };

  static void Apply(const Event& event, size_t bytes, std::string& content);

  mutable std::mutex mutex_;  // guards the rest
  std::vector<Event> events_;
  std::map<std::string, int> names_;
  std::vector<bool> name_unsynced_;  // by file
};

}  // namespace collate::store

#endif  // COLLATE_TESTS_SERVICE_STORE_DISK_LOG_H_
