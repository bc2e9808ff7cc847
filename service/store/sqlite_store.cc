#include "service/store/sqlite_store.h"

#include <algorithm>
#include <condition_variable>
#include <mutex>
#include <optional>
#include <utility>
#include <vector>

#include "absl/functional/function_ref.h"
#include "absl/strings/str_cat.h"
#include "service/base/digest.h"
#include "service/base/error.h"
#include "service/base/status_macros.h"
#include "service/store/data_directory.h"
#include "service/store/document_blocks.h"
#include "service/store/log_renewal.h"
#include "service/store/release_codec.h"
#include "service/store/schema.h"
#include "service/store/sqlite_check.h"
#include "service/store/sqlite_documents.h"
#include "service/store/sqlite_rows.h"
#include "service/store/sqlite_statement.h"

namespace collate::store {
namespace {

// How long a writer waits for readers before it leaves the log as it is.
constexpr int64_t kLogWaitMs = 100;

std::string DatabaseIn(const std::string& directory) {
  return absl::StrCat(directory, "/collate.db");
}

class SqliteStore final : public Store {
 public:
  SqliteStore(std::unique_ptr<DirectoryLock> lock, std::string path,
              const SqliteStoreOptions& options)
      : lock_(std::move(lock)), path_(std::move(path)), options_(options) {}

  absl::Status Open();

  absl::Status Publish(const ReleaseDraft& draft) override;
  absl::Status Withdraw(absl::string_view release,
                        absl::string_view reason) override;
  absl::StatusOr<std::vector<Release>> ListReleases() const override;
  absl::StatusOr<Release> GetRelease(absl::string_view name) const override;
  absl::StatusOr<std::vector<Observations>> ReadObservations(
      absl::string_view release) const override;
  absl::StatusOr<std::string> Fingerprint(
      absl::string_view release) const override;
  absl::StatusOr<Observations> ReadChunk(absl::string_view release,
                                         uint32_t chunk) const override;
  absl::StatusOr<std::string> ReadDocument(absl::string_view sha256,
                                           int64_t offset,
                                           int64_t max_bytes) const override;
  absl::StatusOr<std::vector<std::string>> ListSourceIds() const override;
  absl::Status Check(const CheckProgress& progress,
                     CheckReport& report) const override;
  absl::Status BackUp(const std::string& directory,
                      const CopyProgress& progress) const override;

 private:
  using Body = absl::FunctionRef<absl::Status(const Connection&)>;

  absl::StatusOr<std::unique_ptr<Connection>> Connect(bool create) const;
  absl::StatusOr<std::unique_ptr<Connection>> ConnectReader() const;

  // Runs `body` in a transaction of its own: committed if it succeeds, else
  // rolled back.
  absl::Status Write(Body body);
  // Runs `body` on one committed state.
  absl::Status Read(Body body) const;

  // Opens the store again where a failed commit could not.
  absl::Status AwaitOpen() const;
  absl::StatusOr<std::unique_ptr<Connection>> BorrowReader() const;
  void ReturnReader(std::unique_ptr<Connection> reader) const;
  // Closes every connection and opens the writer again, so that what is seen
  // from now on is what the file holds. With write_mutex_ held.
  void Reopen();
  // Opens the writer unless it is open. With write_mutex_ held.
  absl::Status OpenWriter() const;

  const std::unique_ptr<DirectoryLock> lock_;  // released last
  const std::string path_;
  const SqliteStoreOptions options_;

  // Not absl::Mutex: ThreadSanitizer cannot see into the system's Abseil.
  // Taken before readers_mutex_.
  mutable std::mutex write_mutex_;  // guards the next one
  // Null when it could not be opened again; whoever comes next tries.
  mutable std::unique_ptr<Connection> writer_;

  mutable std::mutex readers_mutex_;  // guards the next five
  // There is a writer. Without one nothing is read either: what the log seems
  // to hold may be in memory only.
  mutable bool open_ = false;
  mutable std::condition_variable readers_changed_;
  mutable std::vector<std::unique_ptr<Connection>> idle_readers_;
  mutable int borrowed_readers_ = 0;
  bool reopening_ = false;
};

absl::StatusOr<std::unique_ptr<Connection>> SqliteStore::Connect(
    bool create) const {
  Connection::Options options;
  options.vfs = options_.vfs;
  options.create = create;
  options.busy_timeout_ms = absl::ToInt64Milliseconds(options_.busy_timeout);
  COLLATE_ASSIGN_OR_RETURN(std::unique_ptr<Connection> connection,
                           Connection::Open(path_, options));
  COLLATE_RETURN_IF_ERROR(connection->Execute(
      "PRAGMA synchronous = FULL; PRAGMA foreign_keys = ON;"
      "PRAGMA trusted_schema = OFF; PRAGMA cell_size_check = ON;"
      "PRAGMA temp_store = MEMORY; PRAGMA journal_size_limit = 67108864"));
  // Pragmas that do not apply are ignored silently.
  COLLATE_ASSIGN_OR_RETURN(const int64_t synchronous,
                           connection->QueryInt64("PRAGMA synchronous"));
  COLLATE_ASSIGN_OR_RETURN(const int64_t foreign_keys,
                           connection->QueryInt64("PRAGMA foreign_keys"));
  if (synchronous != 2 || foreign_keys != 1) {
    return base::Error(
        absl::StatusCode::kInternal, "STORE_INTERNAL",
        absl::StrCat(path_, ": synchronous is ", synchronous,
                     " and foreign_keys ", foreign_keys, ", expected 2 and 1"));
  }
  if (options_.max_bytes > 0) {
    COLLATE_ASSIGN_OR_RETURN(const int64_t page_size,
                             connection->QueryInt64("PRAGMA page_size"));
    COLLATE_RETURN_IF_ERROR(connection->Execute(
        absl::StrCat("PRAGMA max_page_count = ",
                     std::max<int64_t>(1, options_.max_bytes / page_size))));
  }
  return connection;
}

absl::StatusOr<std::unique_ptr<Connection>> SqliteStore::ConnectReader() const {
  COLLATE_ASSIGN_OR_RETURN(std::unique_ptr<Connection> reader, Connect(false));
  COLLATE_RETURN_IF_ERROR(reader->Execute("PRAGMA query_only = ON"));
  return reader;
}

absl::Status SqliteStore::Open() {
  const std::lock_guard<std::mutex> lock(write_mutex_);
  COLLATE_ASSIGN_OR_RETURN(const bool known,
                           RenewLog(path_, options_.vfs, kApplicationId));
  COLLATE_ASSIGN_OR_RETURN(writer_, Connect(true));
  COLLATE_RETURN_IF_ERROR(PrepareSchema(*writer_, StoreSchema()));
  const absl::Status emptied = writer_->EmptyLog(kLogWaitMs);
  // A file that said nothing of itself had its log read as it was.
  if (!known) COLLATE_RETURN_IF_ERROR(emptied);
  const std::lock_guard<std::mutex> readers_lock(readers_mutex_);
  open_ = true;
  return absl::OkStatus();
}

absl::Status SqliteStore::OpenWriter() const {
  if (writer_ != nullptr) return absl::OkStatus();
  COLLATE_RETURN_IF_ERROR(
      RenewLog(path_, options_.vfs, kApplicationId).status());
  COLLATE_ASSIGN_OR_RETURN(writer_, Connect(false));
  const std::lock_guard<std::mutex> lock(readers_mutex_);
  open_ = true;
  return absl::OkStatus();
}

absl::Status SqliteStore::Write(Body body) {
  const std::lock_guard<std::mutex> lock(write_mutex_);
  COLLATE_RETURN_IF_ERROR(OpenWriter());
  COLLATE_RETURN_IF_ERROR(writer_->Execute("BEGIN IMMEDIATE"));
  absl::Status status = body(*writer_);
  if (status.ok()) status = writer_->FlushCache();
  if (status.ok()) {
    const absl::Status committed = writer_->Execute("COMMIT");
    if (committed.ok()) {
      // Damage to the log looks like a log that was cut short, and what only
      // the log held would be gone without a word. A log that cannot be
      // emptied now is emptied after the next change.
      writer_->EmptyLog(kLogWaitMs).IgnoreError();
      return committed;
    }
    // The changes may or may not be in the file, and asking the kernel to
    // write them once more can succeed without doing so.
    status =
        base::Error(absl::StatusCode::kUnavailable, "COMMIT_OUTCOME_UNKNOWN",
                    absl::StrCat("it is not known whether the change was "
                                 "kept; ask for it, or make it again: ",
                                 committed.message()))
            .With("cause", base::DetailOf(committed).reason)
            .With("file", path_);
    if (writer_->in_transaction()) writer_->Execute("ROLLBACK").IgnoreError();
    Reopen();
    return status;
  }
  // A full disk rolls back by itself.
  if (writer_->in_transaction() && !writer_->Execute("ROLLBACK").ok()) {
    Reopen();
  }
  return status;
}

void SqliteStore::Reopen() {
  {
    std::unique_lock<std::mutex> lock(readers_mutex_);
    reopening_ = true;
    readers_changed_.wait(lock, [this] { return borrowed_readers_ == 0; });
    idle_readers_.clear();
    open_ = false;
  }
  writer_.reset();
  OpenWriter().IgnoreError();
  const std::lock_guard<std::mutex> lock(readers_mutex_);
  reopening_ = false;
  readers_changed_.notify_all();
}

absl::Status SqliteStore::AwaitOpen() const {
  {
    const std::lock_guard<std::mutex> lock(readers_mutex_);
    if (open_) return absl::OkStatus();
  }
  const std::lock_guard<std::mutex> lock(write_mutex_);
  return OpenWriter();
}

absl::StatusOr<std::unique_ptr<Connection>> SqliteStore::BorrowReader() const {
  while (true) {
    {
      std::unique_lock<std::mutex> lock(readers_mutex_);
      readers_changed_.wait(lock, [this] {
        return !reopening_ &&
               borrowed_readers_ < std::max(1, options_.max_readers);
      });
      if (open_) {
        ++borrowed_readers_;
        if (idle_readers_.empty()) break;
        std::unique_ptr<Connection> reader = std::move(idle_readers_.back());
        idle_readers_.pop_back();
        return reader;
      }
    }
    COLLATE_RETURN_IF_ERROR(AwaitOpen());
  }
  absl::StatusOr<std::unique_ptr<Connection>> reader = ConnectReader();
  if (!reader.ok()) ReturnReader(nullptr);
  return reader;
}

void SqliteStore::ReturnReader(std::unique_ptr<Connection> reader) const {
  const std::lock_guard<std::mutex> lock(readers_mutex_);
  --borrowed_readers_;
  if (reader != nullptr) idle_readers_.push_back(std::move(reader));
  // Readers and Reopen wait for different things.
  readers_changed_.notify_all();
}

absl::Status SqliteStore::Read(Body body) const {
  COLLATE_ASSIGN_OR_RETURN(std::unique_ptr<Connection> reader, BorrowReader());
  absl::Status status = reader->Execute("BEGIN");
  if (status.ok()) status = body(*reader);
  // A reader that cannot leave its state would show it for ever.
  if (reader->in_transaction() && !reader->Execute("ROLLBACK").ok()) {
    reader.reset();
  }
  ReturnReader(std::move(reader));
  return status;
}

absl::Status SqliteStore::Publish(const ReleaseDraft& draft) {
  COLLATE_RETURN_IF_ERROR(ValidateDraft(draft));
  absl::StatusOr<std::vector<EncodedChunk>> chunks = EncodeAll(draft);
  if (!chunks.ok()) return base::Annotate(chunks.status(), draft.release.name);
  return Write([&draft, &chunks](const Connection& connection) {
    return WriteAll(connection, draft, *chunks);
  });
}

absl::Status SqliteStore::Withdraw(absl::string_view release,
                                   absl::string_view reason) {
  return Write([&](const Connection& connection) -> absl::Status {
    COLLATE_ASSIGN_OR_RETURN(std::optional<ReleaseRow> row,
                             FindRelease(connection, release));
    if (!row.has_value()) return ReleaseNotFound(release);
    if (row->release.state == ReleaseState::kWithdrawn) return absl::OkStatus();
    row->release.state = ReleaseState::kWithdrawn;
    row->release.withdrawn_reason = std::string(reason);
    COLLATE_ASSIGN_OR_RETURN(
        Statement update,
        connection.Prepare("UPDATE release SET state = ?, withdrawn_reason = "
                           "?, crc32c = ? WHERE id = ?"));
    return update.Bind(static_cast<int64_t>(row->release.state))
        .Bind(row->release.withdrawn_reason)
        .Bind(int64_t{ReleaseCrc(row->release)})
        .Bind(row->id)
        .Run();
  });
}

absl::StatusOr<std::vector<Release>> SqliteStore::ListReleases() const {
  std::vector<Release> releases;
  COLLATE_RETURN_IF_ERROR(
      Read([&](const Connection& connection) -> absl::Status {
        COLLATE_ASSIGN_OR_RETURN(Statement query,
                                 connection.Prepare(kSelectRelease));
        while (true) {
          COLLATE_ASSIGN_OR_RETURN(const bool more, query.Step());
          if (!more) break;
          ReleaseRow row = ReadReleaseRow(query);
          COLLATE_RETURN_IF_ERROR(query.status());
          COLLATE_RETURN_IF_ERROR(CompleteRelease(connection, row));
          releases.push_back(std::move(row.release));
        }
        return CheckReleaseCount(connection,
                                 static_cast<int64_t>(releases.size()));
      }));
  std::sort(releases.begin(), releases.end(),
            [](const Release& a, const Release& b) {
              if (a.source != b.source) return a.source < b.source;
              return Precedes(a, b);
            });
  return releases;
}

absl::StatusOr<Release> SqliteStore::GetRelease(absl::string_view name) const {
  Release release;
  COLLATE_RETURN_IF_ERROR(
      Read([&](const Connection& connection) -> absl::Status {
        COLLATE_ASSIGN_OR_RETURN(std::optional<ReleaseRow> row,
                                 FindRelease(connection, name));
        if (!row.has_value()) return ReleaseNotFound(name);
        release = std::move(row->release);
        return absl::OkStatus();
      }));
  return release;
}

absl::StatusOr<std::vector<Observations>> SqliteStore::ReadObservations(
    absl::string_view release) const {
  std::vector<Observations> chunks;
  COLLATE_RETURN_IF_ERROR(
      Read([&](const Connection& connection) -> absl::Status {
        COLLATE_ASSIGN_OR_RETURN(chunks, ReadChunks(connection, release));
        return absl::OkStatus();
      }));
  return chunks;
}

absl::StatusOr<std::string> SqliteStore::Fingerprint(
    absl::string_view release) const {
  std::string fingerprint;
  COLLATE_RETURN_IF_ERROR(
      Read([&](const Connection& connection) -> absl::Status {
        COLLATE_ASSIGN_OR_RETURN(fingerprint,
                                 store::FingerprintOf(connection, release));
        return absl::OkStatus();
      }));
  return fingerprint;
}

absl::StatusOr<Observations> SqliteStore::ReadChunk(absl::string_view release,
                                                    uint32_t chunk) const {
  Observations observations;
  COLLATE_RETURN_IF_ERROR(
      Read([&](const Connection& connection) -> absl::Status {
        COLLATE_ASSIGN_OR_RETURN(observations,
                                 store::ReadChunk(connection, release, chunk));
        return absl::OkStatus();
      }));
  return observations;
}

absl::StatusOr<std::string> SqliteStore::ReadDocument(absl::string_view sha256,
                                                      int64_t offset,
                                                      int64_t max_bytes) const {
  COLLATE_RETURN_IF_ERROR(CheckRange(offset, max_bytes));
  std::string bytes;
  COLLATE_RETURN_IF_ERROR(
      Read([&](const Connection& connection) -> absl::Status {
        COLLATE_ASSIGN_OR_RETURN(const std::optional<DocumentRow> document,
                                 FindDocument(connection, sha256));
        if (!document.has_value()) return DocumentNotFound(sha256);
        if (!document->retained) return DocumentNotRetained(sha256);
        if (offset >= document->byte_count || max_bytes == 0) {
          return absl::OkStatus();
        }
        const int64_t size = std::min(max_bytes, document->byte_count - offset);
        COLLATE_ASSIGN_OR_RETURN(
            bytes, ReadBlocks(connection, *document, offset, size));
        if (size < document->byte_count) return absl::OkStatus();
        return CheckWholeDigest(connection, *document, base::Sha256Hex(bytes));
      }));
  return bytes;
}

absl::StatusOr<std::vector<std::string>> SqliteStore::ListSourceIds() const {
  // Of whole releases, whose checksums hold, and not of an index.
  COLLATE_ASSIGN_OR_RETURN(const std::vector<Release> releases, ListReleases());
  std::vector<std::string> ids;
  for (const Release& release : releases) {
    if (ids.empty() || ids.back() != release.source) {
      ids.push_back(release.source);
    }
  }
  return ids;
}

absl::Status SqliteStore::Check(const CheckProgress& progress,
                                CheckReport& report) const {
  COLLATE_RETURN_IF_ERROR(AwaitOpen());
  // Not one of the readers: a failed commit waits until they are back.
  COLLATE_ASSIGN_OR_RETURN(const std::unique_ptr<Connection> connection,
                           ConnectReader());
  COLLATE_RETURN_IF_ERROR(connection->Execute("BEGIN"));
  return CheckDatabase(*connection, progress, report);
}

absl::Status SqliteStore::BackUp(const std::string& directory,
                                 const CopyProgress& progress) const {
  COLLATE_RETURN_IF_ERROR(AwaitOpen());
  // As for a check.
  COLLATE_ASSIGN_OR_RETURN(const std::unique_ptr<Connection> connection,
                           ConnectReader());
  return CopyOneState(*connection, DatabaseIn(directory), progress);
}

}  // namespace

absl::StatusOr<std::unique_ptr<Store>> OpenDataDirectory(
    const std::string& directory, const SqliteStoreOptions& options) {
  COLLATE_ASSIGN_OR_RETURN(std::unique_ptr<DirectoryLock> lock,
                           DirectoryLock::Acquire(directory));
  auto store = std::make_unique<SqliteStore>(std::move(lock),
                                             DatabaseIn(directory), options);
  COLLATE_RETURN_IF_ERROR(store->Open());
  return std::unique_ptr<Store>(std::move(store));
}

}  // namespace collate::store
