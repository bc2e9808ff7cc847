#include "service/store/kept_files.h"

#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cerrno>
#include <cstring>
#include <filesystem>
#include <system_error>
#include <utility>

#include "absl/strings/str_cat.h"
#include "service/base/error.h"
#include "service/base/status_macros.h"
#include "service/store/crc32c.h"
#include "service/store/posix_files.h"
#include "service/store/wire.h"

namespace collate::store {
namespace {

namespace fs = std::filesystem;

constexpr absl::string_view kMagic = "COLKEPT1";
constexpr size_t kHeadSize = sizeof(uint64_t) + sizeof(uint32_t);
// The size that stands where a block would begin.
constexpr uint64_t kEnd = ~uint64_t{0};

class File {
 public:
  explicit File(int fd) : fd_(fd) {}
  ~File() {
    if (fd_ >= 0) close(fd_);
  }
  File(const File&) = delete;
  File& operator=(const File&) = delete;

  int fd() const { return fd_; }

 private:
  const int fd_;
};

// The checksum before the first block: a file under another's name is no file.
uint32_t FirstCrc(const std::string& name) {
  return Crc32c(name, Crc32c(kMagic));
}

std::string SizeBytes(uint64_t size) {
  std::string bytes;
  AppendU64(bytes, size);
  return bytes;
}

class FileWriter final : public KeptFileWriter {
 public:
  FileWriter(const std::string& path, const std::string& name, int fd)
      : path_(path), fd_(fd), crc_(FirstCrc(name)) {}

  absl::Status Begin() const { return Write(kMagic); }
  absl::Status Add(absl::string_view block) override {
    COLLATE_RETURN_IF_ERROR(WriteHead(block.size(), block));
    return Write(block);
  }
  absl::Status End() { return WriteHead(kEnd, ""); }

 private:
  absl::Status WriteHead(uint64_t size, absl::string_view block) {
    std::string head = SizeBytes(size);
    crc_ = Crc32c(block, Crc32c(head, crc_));
    AppendU32(head, crc_);
    return Write(head);
  }

  absl::Status Write(absl::string_view bytes) const {
    while (!bytes.empty()) {
      const ssize_t written = write(fd_, bytes.data(), bytes.size());
      if (written < 0 && errno == EINTR) continue;
      if (written < 0) return FileError(path_, "write", errno);
      bytes.remove_prefix(static_cast<size_t>(written));
    }
    return absl::OkStatus();
  }

  const std::string path_;
  const int fd_;
  uint32_t crc_;
};

class FileReader final : public KeptFileReader {
 public:
  FileReader(std::string path, const std::string& name, int fd)
      : path_(std::move(path)), file_(fd), crc_(FirstCrc(name)) {}

  absl::Status Begin() {
    struct stat found {};
    if (fstat(file_.fd(), &found) != 0) return FileError(path_, "stat", errno);
    left_ = static_cast<uint64_t>(found.st_size);
    char magic[kMagic.size()];
    COLLATE_RETURN_IF_ERROR(Read(sizeof(magic), magic));
    if (absl::string_view(magic, sizeof(magic)) != kMagic) {
      return Corrupt("no file of this kind");
    }
    return absl::OkStatus();
  }

  absl::StatusOr<std::string> Next() override {
    COLLATE_RETURN_IF_ERROR(ReadHead());
    if (size_ > left_) return Corrupt("a block ends behind the file");
    std::string block(size_, '\0');
    COLLATE_RETURN_IF_ERROR(ReadBlock(block.data()));
    return block;
  }

  absl::Status Next(size_t size, char* to) override {
    COLLATE_RETURN_IF_ERROR(ReadHead());
    if (size_ != size) {
      return Corrupt(
          absl::StrCat("a block of ", size_, " bytes, expected ", size));
    }
    return ReadBlock(to);
  }

  absl::Status ExpectEnd() override {
    COLLATE_RETURN_IF_ERROR(ReadHead());
    if (size_ != kEnd || left_ != 0) return Corrupt("more than was written");
    size_ = 0;
    return ReadBlock(nullptr);
  }

  uint64_t bytes_left() const override { return left_; }

 private:
  absl::Status Corrupt(absl::string_view what) {
    status_ = CorruptStore(absl::StrCat(path_, ": ", what));
    return status_;
  }

  absl::Status ReadHead() {
    COLLATE_RETURN_IF_ERROR(status_);
    char head[kHeadSize];
    COLLATE_RETURN_IF_ERROR(Read(sizeof(head), head));
    std::memcpy(&size_, head, sizeof(size_));
    std::memcpy(&stated_crc_, head + sizeof(size_), sizeof(stated_crc_));
    crc_ = Crc32c(absl::string_view(head, sizeof(size_)), crc_);
    return absl::OkStatus();
  }

  absl::Status ReadBlock(char* to) {
    COLLATE_RETURN_IF_ERROR(Read(size_, to));
    crc_ = Crc32c(absl::string_view(to, size_), crc_);
    if (crc_ != stated_crc_) return Corrupt("a checksum does not hold");
    return absl::OkStatus();
  }

  absl::Status Read(uint64_t size, char* to) {
    if (size > left_) return Corrupt("cut short");
    left_ -= size;
    while (size > 0) {
      const ssize_t got = read(file_.fd(), to, size);
      if (got < 0 && errno == EINTR) continue;
      if (got < 0) {
        status_ = FileError(path_, "read", errno);
        return status_;
      }
      if (got == 0) return Corrupt("cut short");
      to += got;
      size -= static_cast<uint64_t>(got);
    }
    return absl::OkStatus();
  }

  const std::string path_;
  const File file_;
  uint32_t crc_;
  uint64_t left_ = 0;  // bytes of the file
  uint64_t size_ = 0;  // of the block
  uint32_t stated_crc_ = 0;
  absl::Status status_;
};

std::string PathOf(const std::string& directory, const std::string& name) {
  return absl::StrCat(directory, "/", name);
}

}  // namespace

bool KeptFiles::Has(const std::string& name) const {
  std::error_code error;
  return fs::exists(PathOf(directory_, name), error);
}

absl::StatusOr<std::unique_ptr<KeptFileReader>> KeptFiles::Read(
    const std::string& name) const {
  const std::string path = PathOf(directory_, name);
  const int fd = open(path.c_str(), O_RDONLY | O_CLOEXEC | O_NOFOLLOW);
  if (fd < 0 && errno == ENOENT) {
    return base::Error(absl::StatusCode::kNotFound, "NOT_KEPT",
                       absl::StrCat(path, " is not there"));
  }
  if (fd < 0) return FileError(path, "open", errno);
  auto reader = std::make_unique<FileReader>(path, name, fd);
  COLLATE_RETURN_IF_ERROR(reader->Begin());
  return reader;
}

absl::Status KeptFiles::Write(
    const std::string& name,
    const std::function<absl::Status(KeptFileWriter&)>& fill) const {
  if (mkdir(directory_.c_str(), 0700) != 0 && errno != EEXIST) {
    return FileError(directory_, "mkdir", errno);
  }
  const std::string path = PathOf(directory_, name);
  const std::string unfinished = absl::StrCat(path, ".tmp");
  const auto write = [&]() -> absl::Status {
    const File file(open(unfinished.c_str(),
                         O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC | O_NOFOLLOW,
                         0600));
    if (file.fd() < 0) return FileError(unfinished, "open", errno);
    FileWriter writer(unfinished, name, file.fd());
    COLLATE_RETURN_IF_ERROR(writer.Begin());
    COLLATE_RETURN_IF_ERROR(fill(writer));
    COLLATE_RETURN_IF_ERROR(writer.End());
    if (fsync(file.fd()) != 0) return FileError(unfinished, "fsync", errno);
    return absl::OkStatus();
  };
  absl::Status status = write();
  if (status.ok() && rename(unfinished.c_str(), path.c_str()) != 0) {
    status = FileError(path, "rename", errno);
  }
  if (!status.ok()) {
    unlink(unfinished.c_str());
    return status;
  }
  return SyncDirectory(directory_);
}

void KeptFiles::Remove(const std::string& name) const {
  std::error_code ignored;
  fs::remove(PathOf(directory_, name), ignored);
}

void KeptFiles::RemoveOthers(const std::set<std::string>& names) const {
  std::error_code error;
  for (fs::directory_iterator at(directory_, error), end; at != end && !error;
       at.increment(error)) {
    const std::string name = at->path().filename().string();
    if (names.count(name) == 0) Remove(name);
  }
}

}  // namespace collate::store
