#include "service/audit/audit_log.h"

#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cerrno>
#include <chrono>
#include <cstring>
#include <filesystem>
#include <fstream>
#include <optional>
#include <sstream>
#include <system_error>
#include <utility>

#include "absl/strings/str_cat.h"
#include "service/base/error.h"
#include "service/base/status_macros.h"

namespace collate::audit {
namespace {

namespace fs = std::filesystem;

// Notes that nobody waits for are written so often, and are on the disk a
// second later.
constexpr auto kWriteEvery = std::chrono::milliseconds(100);
constexpr auto kSealEvery = std::chrono::seconds(1);
// So many are not left to wait: to wake the writer for each costs the caller
// more than the writing.
constexpr size_t kEnough = 4096;
// Longer than any line.
constexpr int64_t kTailBytes = int64_t{1} << 20;

absl::Status Failed(const std::string& path, absl::string_view doing,
                    int error) {
  const bool is_full = error == ENOSPC || error == EDQUOT;
  return base::Error(is_full ? absl::StatusCode::kResourceExhausted
                             : absl::StatusCode::kUnavailable,
                     is_full ? "DISK_FULL" : "AUDIT_IO",
                     absl::StrCat("cannot ", doing, " ", path, ": ",
                                  std::strerror(error)))
      .With("path", path);
}

absl::Status SyncFolder(const std::string& path) {
  const base::Descriptor fd(
      open(path.c_str(), O_RDONLY | O_DIRECTORY | O_CLOEXEC));
  if (!fd.open() || fsync(fd.get()) != 0) return Failed(path, "sync", errno);
  return absl::OkStatus();
}

absl::Status WriteDurably(const std::string& path, absl::string_view text) {
  const base::Descriptor fd(
      open(path.c_str(), O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, 0600));
  if (!fd.open()) return Failed(path, "make", errno);
  while (!text.empty()) {
    const ssize_t n = write(fd.get(), text.data(), text.size());
    if (n < 0 && errno == EINTR) continue;
    if (n <= 0) return Failed(path, "write", errno);
    text.remove_prefix(static_cast<size_t>(n));
  }
  if (fsync(fd.get()) != 0) return Failed(path, "sync", errno);
  return absl::OkStatus();
}

absl::Status Tampered(const std::string& path, absl::string_view why) {
  return base::Error(
             absl::StatusCode::kDataLoss, "AUDIT_BROKEN",
             absl::StrCat("the audit log ", path, " ", why,
                          "; look at it with `collate audit verify`, then "
                          "move its directory away to begin another"))
      .With("path", path);
}

}  // namespace

absl::StatusOr<std::unique_ptr<AuditLog>> AuditLog::Open(Options options) {
  auto log = std::unique_ptr<AuditLog>(new AuditLog(std::move(options)));
  COLLATE_RETURN_IF_ERROR(log->Resume());
  log->thread_ = std::thread([raw = log.get()] { raw->Run(); });
  const absl::Status opened =
      log->Write({.kind = Kind::kOpened, .time = log->options_.clock->Now()});
  if (!opened.ok()) return opened;
  return log;
}

AuditLog::~AuditLog() {
  {
    std::lock_guard lock(mutex_);
    ending_ = true;
  }
  work_.notify_all();
  if (thread_.joinable()) thread_.join();
}

absl::Status AuditLog::Resume() {
  const std::string& directory = options_.directory;
  if (mkdir(directory.c_str(), 0700) != 0 && errno != EEXIST) {
    return Failed(directory, "make", errno);
  }
  std::error_code error;
  COLLATE_ASSIGN_OR_RETURN(std::vector<std::string> files, FilesOf(directory));
  const std::string head_path = absl::StrCat(directory, "/", kHeadName);
  if (files.empty()) {
    if (access(head_path.c_str(), F_OK) == 0) {
      return Tampered(directory, "has a head and no records");
    }
    COLLATE_RETURN_IF_ERROR(OpenFile(1, /*is_new=*/true));
  } else {
    // One that was begun and got no record is begun again.
    while (files.size() > 1 && fs::file_size(files.back(), error) == 0) {
      if (unlink(files.back().c_str()) != 0) {
        return Failed(files.back(), "remove", errno);
      }
      files.pop_back();
    }
    COLLATE_RETURN_IF_ERROR(TakeOffTail(files.back()));
    COLLATE_RETURN_IF_ERROR(
        OpenFile(NumberOfFile(files.back()), /*is_new=*/false));
  }
  head_file_ = base::Descriptor(
      open(head_path.c_str(), O_WRONLY | O_CREAT | O_CLOEXEC, 0600));
  if (!head_file_.open()) return Failed(head_path, "open", errno);
  state_.head = at_;
  COLLATE_RETURN_IF_ERROR(Seal());
  return SyncFolder(directory);
}

// Leaves whole lines that follow each other, and finds the last.
absl::Status AuditLog::TakeOffTail(const std::string& path) {
  std::ifstream in(path, std::ios::binary | std::ios::ate);
  if (!in) return Failed(path, "read", EIO);
  const auto size = static_cast<int64_t>(in.tellg());
  const int64_t from = std::max<int64_t>(0, size - kTailBytes);
  std::string tail(static_cast<size_t>(size - from), '\0');
  in.seekg(from);
  if (!in.read(tail.data(), static_cast<std::streamsize>(tail.size()))) {
    return Failed(path, "read", EIO);
  }
  const size_t end = tail.rfind('\n');
  if (end == std::string::npos && size > 0 && from > 0) {
    return Tampered(path, "has a line that none could be");
  }
  const size_t whole = end == std::string::npos ? 0 : end + 1;
  if (whole == 0 && NumberOfFile(path) != 1) {
    return Tampered(path, "has no record");
  }
  if (whole > 0) {
    const size_t before =
        whole < 2 ? std::string::npos : tail.rfind('\n', whole - 2);
    const size_t begin = before == std::string::npos ? 0 : before + 1;
    const std::optional<Anchor> last =
        PlaceOf(absl::string_view(tail).substr(begin, whole - 1 - begin));
    if (!last.has_value()) return Tampered(path, "has a damaged last line");
    at_ = *last;
  }
  const absl::StatusOr<Anchor> head = ReadHead(options_.directory);
  // Died before it wrote the very first one.
  const bool never_sealed = !head.ok() && at_.sequence <= 1;
  if (!never_sealed) {
    if (!head.ok()) return head.status();
    if (at_.sequence < head->sequence ||
        (at_.sequence == head->sequence && at_.hash != head->hash)) {
      return Tampered(path, absl::StrCat("ends with record ", at_.sequence,
                                         ", but had ", head->sequence));
    }
  }
  const int64_t kept = from + static_cast<int64_t>(whole);
  if (kept < size && truncate(path.c_str(), kept) != 0) {
    return Failed(path, "shorten", errno);
  }
  return absl::OkStatus();
}

absl::Status AuditLog::OpenFile(int number, bool is_new) {
  const std::string path =
      absl::StrCat(options_.directory, "/", FileName(number));
  base::Descriptor file(open(
      path.c_str(),
      O_WRONLY | O_APPEND | O_CREAT | O_CLOEXEC | (is_new ? O_EXCL : 0), 0600));
  struct stat there {};
  if (!file.open() || fstat(file.get(), &there) != 0) {
    return Failed(path, "open", errno);
  }
  if (is_new) COLLATE_RETURN_IF_ERROR(SyncFolder(options_.directory));
  file_ = std::move(file);
  file_number_ = number;
  file_bytes_ = there.st_size;
  return absl::OkStatus();
}

void AuditLog::Note(Record record) {
  std::lock_guard lock(mutex_);
  if (waiting_.size() >= options_.max_waiting) {
    ++dropped_;
    ++state_.lost;
    return;
  }
  waiting_.push_back({.record = std::move(record)});
  if (waiting_.size() == kEnough) work_.notify_one();
}

absl::Status AuditLog::Write(Record record) {
  absl::Status outcome;
  bool done = false;
  std::unique_lock lock(mutex_);
  waiting_.push_back({std::move(record), &outcome, &done});
  ++awaited_;
  work_.notify_one();
  written_.wait(lock, [&done] { return done; });
  if (outcome.ok()) return outcome;
  if (base::DetailOf(outcome).reason == "DISK_FULL") {
    return base::Error(absl::StatusCode::kResourceExhausted, "DISK_FULL",
                       "this call must be recorded, and the disk of the audit "
                       "log is full; nothing was done");
  }
  return base::Error(absl::StatusCode::kUnavailable, "AUDIT_UNAVAILABLE",
                     "this call must be recorded, and the audit log cannot be "
                     "written; nothing was done");
}

AuditLog::State AuditLog::state() const {
  std::lock_guard lock(mutex_);
  return state_;
}

void AuditLog::Run() {
  std::unique_lock lock(mutex_);
  while (true) {
    work_.wait_for(lock, kWriteEvery, [this] {
      return ending_ || awaited_ > 0 || waiting_.size() >= kEnough;
    });
    std::vector<Waiting> batch = std::exchange(waiting_, {});
    const bool awaited = std::exchange(awaited_, 0) > 0;
    lost_untold_ += std::exchange(dropped_, 0);
    const bool is_last = ending_ && batch.empty();
    const bool is_sealed = at_ == state_.head && lost_untold_ == 0;
    if (batch.empty() && is_sealed && is_last) return;
    if (batch.empty() && is_sealed) continue;
    const bool sync = awaited || ending_ ||
                      std::chrono::steady_clock::now() - sealed_ >= kSealEvery;
    if (batch.empty() && lost_untold_ == 0 && !sync) continue;
    lock.unlock();
    const absl::Status status = WriteBatch(batch, sync);
    lock.lock();
    Conclude(batch, status);
    if (status.ok() && sync) state_.head = at_;
    const bool changed = status.ok() != state_.problem.ok();
    state_.problem = status;
    written_.notify_all();
    if (changed && options_.told) {
      lock.unlock();
      options_.told(status);
      lock.lock();
    }
    if (is_last) return;
  }
}

void AuditLog::Conclude(const std::vector<Waiting>& batch,
                        const absl::Status& status) {
  for (const Waiting& one : batch) {
    if (one.done != nullptr) {
      *one.outcome = status;
      *one.done = true;
    } else if (!status.ok()) {
      ++lost_untold_;
      ++state_.lost;
    }
  }
}

absl::Status AuditLog::WriteBatch(const std::vector<Waiting>& batch,
                                  bool sync) {
  if (file_bytes_ >= options_.max_file_bytes) {
    // What the file has must be durable before the next one says it follows.
    COLLATE_RETURN_IF_ERROR(Seal());
    COLLATE_RETURN_IF_ERROR(OpenFile(file_number_ + 1, /*is_new=*/true));
  }
  const Anchor before = at_;
  std::string text;
  if (lost_untold_ > 0) {
    text += ToLine({.kind = Kind::kLost,
                    .time = options_.clock->Now(),
                    .detail = absl::StrCat(lost_untold_)},
                   &at_);
  }
  for (const Waiting& one : batch) text += ToLine(one.record, &at_);
  absl::Status status = Append(text);
  if (status.ok() && sync) status = Seal();
  if (status.ok()) {
    file_bytes_ += static_cast<int64_t>(text.size());
    lost_untold_ = 0;
    return status;
  }
  // None of it was said.
  at_ = before;
  if (ftruncate(file_.get(), file_bytes_) != 0) {
    return Failed(options_.directory, "shorten a file of", errno);
  }
  return status;
}

absl::Status AuditLog::Append(const std::string& text) {
  size_t done = 0;
  while (done < text.size()) {
    const ssize_t n =
        write(file_.get(), text.data() + done, text.size() - done);
    if (n < 0 && errno == EINTR) continue;
    if (n <= 0) return Failed(options_.directory, "write in", errno);
    done += static_cast<size_t>(n);
  }
  return absl::OkStatus();
}

absl::Status AuditLog::Seal() {
  if (fdatasync(file_.get()) != 0) {
    return Failed(options_.directory, "sync a file of", errno);
  }
  const std::string text = HeadText(at_);
  if (pwrite(head_file_.get(), text.data(), text.size(), 0) !=
      static_cast<ssize_t>(text.size())) {
    return Failed(options_.directory, "write the head of", errno);
  }
  sealed_ = std::chrono::steady_clock::now();
  return absl::OkStatus();
}

absl::Status AuditLog::BackUp(const std::string& directory) const {
  // Before the files, which then have it: they only grow.
  const Anchor head = state().head;
  COLLATE_ASSIGN_OR_RETURN(const std::vector<std::string> files,
                           FilesOf(options_.directory));
  for (const std::string& file : files) {
    std::ifstream in(file, std::ios::binary);
    std::ostringstream bytes;
    bytes << in.rdbuf();
    if (!in) return Failed(file, "read", EIO);
    std::string text = std::move(bytes).str();
    // The last line may just be being written.
    text.resize(text.rfind('\n') + 1);
    if (text.empty() && files.size() > 1) continue;
    COLLATE_RETURN_IF_ERROR(WriteDurably(
        absl::StrCat(directory, "/", fs::path(file).filename().string()),
        text));
  }
  return WriteDurably(absl::StrCat(directory, "/", kHeadName), HeadText(head));
}

}  // namespace collate::audit
