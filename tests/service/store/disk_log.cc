#include "tests/service/store/disk_log.h"

#include <algorithm>

namespace collate::store {

int DiskLog::Open(const std::string& name, bool syncs_directory) {
  const std::lock_guard<std::mutex> lock(mutex_);
  const auto known = names_.find(name);
  if (known != names_.end()) return known->second;
  const int file = static_cast<int>(name_unsynced_.size());
  names_[name] = file;
  name_unsynced_.push_back(syncs_directory);
  events_.push_back({.kind = Event::kMake, .file = file, .name = name});
  return file;
}

void DiskLog::Write(int file, int64_t offset, const void* bytes, int size) {
  const std::lock_guard<std::mutex> lock(mutex_);
  events_.push_back({.kind = Event::kWrite,
                     .file = file,
                     .offset = offset,
                     .bytes = std::string(static_cast<const char*>(bytes),
                                          static_cast<size_t>(size))});
}

void DiskLog::Truncate(int file, int64_t size) {
  const std::lock_guard<std::mutex> lock(mutex_);
  events_.push_back({.kind = Event::kTruncate, .file = file, .offset = size});
}

void DiskLog::Sync(int file) {
  const std::lock_guard<std::mutex> lock(mutex_);
  const auto index = static_cast<size_t>(file);
  events_.push_back({.kind = Event::kSync,
                     .file = file,
                     .sync_directory = name_unsynced_[index]});
  name_unsynced_[index] = false;
}

void DiskLog::SyncFailed(int file) {
  const std::lock_guard<std::mutex> lock(mutex_);
  events_.push_back({.kind = Event::kSyncFailed, .file = file});
}

void DiskLog::Delete(const std::string& name, bool sync_directory) {
  const std::lock_guard<std::mutex> lock(mutex_);
  if (names_.erase(name) == 0) return;
  events_.push_back(
      {.kind = Event::kDelete, .name = name, .sync_directory = sync_directory});
}

size_t DiskLog::size() const {
  const std::lock_guard<std::mutex> lock(mutex_);
  return events_.size();
}

void DiskLog::Apply(const Event& event, size_t bytes, std::string& content) {
  const auto offset = static_cast<size_t>(event.offset);
  if (event.kind == Event::kTruncate) {
    content.resize(offset);
    return;
  }
  if (content.size() < offset + bytes) content.resize(offset + bytes);
  content.replace(offset, bytes, event.bytes, 0, bytes);
}

std::map<std::string, std::string> DiskLog::CutAfter(
    size_t events, Left left, std::mt19937_64& random) const {
  const std::lock_guard<std::mutex> lock(mutex_);
  std::vector<File> files(name_unsynced_.size());
  std::map<std::string, int> names;
  std::vector<const Event*> pending_names;
  const auto rename = [&names](const Event& event) {
    if (event.kind == Event::kMake) {
      names[event.name] = event.file;
    } else {
      names.erase(event.name);
    }
  };
  const auto sync_directory = [&] {
    for (const Event* event : pending_names) rename(*event);
    pending_names.clear();
  };
  for (size_t i = 0; i < std::min(events, events_.size()); ++i) {
    const Event& event = events_[i];
    File& file = files[static_cast<size_t>(event.file)];
    switch (event.kind) {
      case Event::kMake:
      case Event::kDelete:
        pending_names.push_back(&event);
        break;
      case Event::kWrite:
      case Event::kTruncate:
        file.pending.push_back(&event);
        break;
      case Event::kSync:
        for (const Event* write : file.pending) {
          Apply(*write, write->bytes.size(), file.synced);
        }
        file.pending.clear();
        break;
      case Event::kSyncFailed:
        file.pending.clear();
        break;
    }
    if (event.sync_directory) sync_directory();
  }

  const bool some = left == Left::kSome || left == Left::kTorn;
  if (left == Left::kAll) sync_directory();
  if (some) {
    pending_names.resize(random() % (pending_names.size() + 1));
    sync_directory();
  }
  std::map<std::string, std::string> disk;
  for (const auto& [name, number] : names) {
    const File& file = files[static_cast<size_t>(number)];
    std::vector<const Event*> kept;
    for (const Event* write : file.pending) {
      if (left == Left::kAll || (some && random() % 2 == 0)) {
        kept.push_back(write);
      }
    }
    std::string content = file.synced;
    for (const Event* write : kept) {
      size_t bytes = write->bytes.size();
      if (left == Left::kTorn && write == kept.back() &&
          write->kind == Event::kWrite) {
        // Any number of whole sectors, counted from the begin of the file.
        const int64_t end = write->offset + static_cast<int64_t>(bytes);
        const int64_t first = write->offset / kSectorBytes;
        const int64_t borders = (end - 1) / kSectorBytes - first;
        const int64_t whole =
            static_cast<int64_t>(random() % static_cast<uint64_t>(borders + 1));
        bytes = whole == 0
                    ? 0
                    : static_cast<size_t>((first + whole) * kSectorBytes -
                                          write->offset);
      }
      if (bytes > 0 || write->kind == Event::kTruncate) {
        Apply(*write, bytes, content);
      }
    }
    disk[name] = content;
  }
  return disk;
}

}  // namespace collate::store
