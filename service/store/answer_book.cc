#include "service/store/answer_book.h"

#include <algorithm>
#include <array>
#include <chrono>
#include <condition_variable>
#include <cstddef>
#include <mutex>
#include <optional>
#include <thread>

#include "absl/container/flat_hash_set.h"
#include "absl/container/node_hash_map.h"
#include "absl/strings/str_cat.h"
#include "service/base/digest.h"
#include "service/base/error.h"
#include "service/base/status_macros.h"
#include "service/store/crc32c.h"
#include "service/store/log_renewal.h"
#include "service/store/schema.h"
#include "service/store/sqlite_check.h"
#include "service/store/sqlite_statement.h"
#include "service/store/wire.h"

namespace collate::store {
namespace {

constexpr char kBookVersion1[] = R"sql(
CREATE TABLE vintage (
  id INTEGER PRIMARY KEY,
  digest TEXT NOT NULL UNIQUE CHECK (length(digest) = 64),
  releases BLOB NOT NULL
) STRICT;

CREATE TABLE answer (
  id INTEGER PRIMARY KEY,
  digest TEXT NOT NULL UNIQUE CHECK (length(digest) = 64),
  question BLOB NOT NULL,
  vintage INTEGER NOT NULL REFERENCES vintage (id),
  vocabulary_sha256 TEXT NOT NULL,
  semantics INTEGER NOT NULL,
  day INTEGER NOT NULL,
  first_given INTEGER NOT NULL,
  crc32c INTEGER NOT NULL
) STRICT;
CREATE INDEX answer_vintage ON answer (vintage);
)sql";

constexpr std::array<const char*, 1> kBookSteps = {kBookVersion1};
constexpr Schema kBookSchema = {"a book of answers", 0x434f4c41,
                                kBookSteps};  // "COLA"

// How long an answer may wait for others to be written with it.
constexpr std::chrono::milliseconds kGathering(50);

std::string EncodeReleases(const KeptAnswer& answer) {
  std::string bytes;
  if (answer.releases == nullptr) {
    AppendVarint(bytes, 0);
    return bytes;
  }
  AppendVarint(bytes, answer.releases->size());
  for (const auto& [name, state] : *answer.releases) {
    AppendString(bytes, name);
    AppendU8(bytes, static_cast<uint8_t>(state));
  }
  return bytes;
}

absl::Status DecodeReleases(absl::string_view bytes, KeptAnswer& answer) {
  Reader reader(bytes, "releases of an answer");
  const uint64_t count = reader.Count(2, "number of releases");
  std::vector<std::pair<std::string, ReleaseState>> releases;
  for (uint64_t i = 0; i < count && reader.ok(); ++i) {
    std::string name(reader.String("release"));
    const uint8_t state = reader.U8("state");
    if (state != static_cast<uint8_t>(ReleaseState::kPublished) &&
        state != static_cast<uint8_t>(ReleaseState::kWithdrawn)) {
      reader.Fail(absl::StrCat("state ", state, ", expected 1 or 2"));
    }
    releases.emplace_back(std::move(name), static_cast<ReleaseState>(state));
  }
  answer.releases =
      std::make_shared<const std::vector<std::pair<std::string, ReleaseState>>>(
          std::move(releases));
  reader.ExpectEnd("releases");
  return reader.status();
}

uint32_t AnswerCrc(const KeptAnswer& answer, absl::string_view releases) {
  std::string bytes;
  AppendString(bytes, answer.digest);
  AppendString(bytes, answer.question);
  AppendString(bytes, releases);
  AppendString(bytes, answer.vocabulary_sha256);
  AppendZigZag(bytes, answer.semantics);
  AppendZigZag(bytes, answer.day);
  AppendZigZag(bytes, absl::ToUnixMicros(answer.first_given));
  return Crc32c(bytes);
}

absl::StatusOr<std::optional<KeptAnswer>> FindAnswer(
    const Connection& connection, absl::string_view digest) {
  COLLATE_ASSIGN_OR_RETURN(
      Statement find,
      connection.Prepare(
          "SELECT question, vocabulary_sha256, semantics, day, first_given, "
          "answer.crc32c, vintage.digest, vintage.releases FROM answer JOIN "
          "vintage ON vintage.id = answer.vintage WHERE answer.digest = ?"));
  COLLATE_ASSIGN_OR_RETURN(const bool found, find.Bind(digest).Step());
  if (!found) {
    // An index that has lost the name is damage, not an unknown name.
    COLLATE_ASSIGN_OR_RETURN(
        Statement scan,
        connection.Prepare(
            "SELECT 1 FROM answer NOT INDEXED WHERE digest = ?"));
    COLLATE_ASSIGN_OR_RETURN(const bool there, scan.Bind(digest).Step());
    if (!there) return std::nullopt;
    return CorruptStore(absl::StrCat(connection.path(), ": answer ", digest,
                                     ": the index does not know it, or its "
                                     "vintage is missing"));
  }
  KeptAnswer answer;
  answer.digest = std::string(digest);
  answer.question = std::string(find.Blob(0));
  answer.vocabulary_sha256 = std::string(find.Text(1));
  answer.semantics = find.Int64(2);
  answer.day = static_cast<vocabulary::Day>(find.Int64(3));
  answer.first_given = absl::FromUnixMicros(find.Int64(4));
  const int64_t crc = find.Int64(5);
  const std::string vintage(find.Text(6));
  const std::string releases(find.Blob(7));
  COLLATE_RETURN_IF_ERROR(find.status());
  if (base::Sha256Hex(releases) != vintage ||
      int64_t{AnswerCrc(answer, releases)} != crc) {
    return CorruptStore(absl::StrCat(connection.path(), ": answer ", digest,
                                     ": its checksum does not hold"));
  }
  COLLATE_RETURN_IF_ERROR(DecodeReleases(releases, answer));
  return answer;
}

absl::StatusOr<std::unique_ptr<Connection>> Connect(
    const std::string& path, const AnswerBookOptions& options) {
  Connection::Options open;
  open.create = true;
  open.vfs = options.vfs;
  open.busy_timeout_ms = absl::ToInt64Milliseconds(options.busy_timeout);
  COLLATE_ASSIGN_OR_RETURN(std::unique_ptr<Connection> connection,
                           Connection::Open(path, open));
  // A name that a power cut loses is made again with the next answer.
  COLLATE_RETURN_IF_ERROR(connection->Execute(
      "PRAGMA synchronous = NORMAL; PRAGMA foreign_keys = ON;"
      "PRAGMA trusted_schema = OFF; PRAGMA cell_size_check = ON;"
      "PRAGMA temp_store = MEMORY; PRAGMA journal_size_limit = 67108864"));
  return connection;
}

absl::Status UnknownAnswer(absl::string_view digest) {
  const std::string name = absl::StrCat("answers/", digest);
  return base::Error(absl::StatusCode::kNotFound, "UNKNOWN_ANSWER",
                     absl::StrCat("no answer ", name,
                                  " was given here, or it was so long ago that "
                                  "it is no longer kept"))
      .With("value", name)
      .Field("name", "no such answer");
}

class SqliteAnswerBook final : public AnswerBook {
 public:
  SqliteAnswerBook(std::unique_ptr<Connection> connection,
                   const AnswerBookOptions& options)
      : options_(options), connection_(std::move(connection)) {
    if (options_.max_waiting > 0) {
      writer_ = std::thread([this] { WriteWhatWaits(); });
    }
  }

  // Writes what waits.
  ~SqliteAnswerBook() override {
    if (!writer_.joinable()) return;
    {
      const std::lock_guard lock(mutex_);
      stopping_ = true;
    }
    changed_.notify_all();
    writer_.join();
  }

  absl::Status Keep(const KeptAnswer& answer) override {
    {
      const std::lock_guard lock(mutex_);
      if (Knows(answer.digest)) return absl::OkStatus();
      if (!failing_ && waiting_.size() < options_.max_waiting) {
        waiting_.emplace(answer.digest, answer);
        order_.push_back(answer.digest);
        if (order_.size() == 1 || HalfFull()) changed_.notify_one();
        return absl::OkStatus();
      }
    }
    return Flush(&answer);
  }

  bool Remembers(absl::string_view digest) const override {
    const std::lock_guard lock(mutex_);
    return Knows(digest);
  }

  absl::StatusOr<KeptAnswer> Find(absl::string_view digest) const override {
    {
      const std::lock_guard lock(mutex_);
      const auto at = waiting_.find(digest);
      if (at != waiting_.end()) return Rounded(at->second);
    }
    const std::lock_guard<std::mutex> writing(write_mutex_);
    COLLATE_ASSIGN_OR_RETURN(std::optional<KeptAnswer> answer,
                             FindAnswer(*connection_, digest));
    if (!answer.has_value()) return UnknownAnswer(digest);
    return *std::move(answer);
  }

  absl::Status Check(const CheckProgress& progress,
                     CheckReport& report) const override {
    // A connection of its own: answers do not wait for it.
    COLLATE_ASSIGN_OR_RETURN(const std::unique_ptr<Connection> connection,
                             Connect(connection_->path(), options_));
    COLLATE_RETURN_IF_ERROR(connection->Execute("BEGIN"));
    COLLATE_RETURN_IF_ERROR(CheckPages(*connection, report));
    COLLATE_ASSIGN_OR_RETURN(
        Statement query,
        connection->Prepare("SELECT digest FROM answer NOT INDEXED"));
    while (true) {
      const absl::StatusOr<bool> more = query.Step();
      if (!more.ok()) return report.Add(more.status());
      if (!*more) return absl::OkStatus();
      COLLATE_RETURN_IF_ERROR(
          report.Add(FindAnswer(*connection, query.Text(0)).status()));
      if (++report.answers % 1000 == 0 && progress) {
        COLLATE_RETURN_IF_ERROR(progress(report));
      }
    }
  }

  absl::Status BackUp(const std::string& directory,
                      const CopyProgress& progress) override {
    COLLATE_RETURN_IF_ERROR(Flush(nullptr));
    COLLATE_ASSIGN_OR_RETURN(const std::unique_ptr<Connection> connection,
                             Connect(connection_->path(), options_));
    return CopyOneState(*connection, absl::StrCat(directory, "/answers.db"),
                        progress);
  }

 private:
  // Times are kept to the microsecond.
  static KeptAnswer Rounded(KeptAnswer answer) {
    answer.first_given =
        absl::FromUnixMicros(absl::ToUnixMicros(answer.first_given));
    return answer;
  }

  // With mutex_ held.
  bool Knows(absl::string_view digest) const {
    return remembered_.contains(digest) || waiting_.contains(digest);
  }

  bool HalfFull() const { return 2 * waiting_.size() >= options_.max_waiting; }

  void WriteWhatWaits() {
    std::unique_lock lock(mutex_);
    while (true) {
      // After a failure the next Keep tries again, and hears of it.
      changed_.wait(
          lock, [this] { return stopping_ || (!order_.empty() && !failing_); });
      if (order_.empty()) return;
      // Others that come soon cost little more.
      changed_.wait_for(lock, kGathering,
                        [this] { return stopping_ || HalfFull(); });
      const bool last = stopping_;
      lock.unlock();
      const absl::Status status = Flush(nullptr);
      lock.lock();
      if (last && !status.ok()) return;
    }
  }

  // Writes what waits and, unless it is null, `answer`, which may not wait.
  // What cannot be written goes on waiting.
  absl::Status Flush(const KeptAnswer* answer) {
    const std::lock_guard<std::mutex> writing(write_mutex_);
    std::vector<const KeptAnswer*> batch;
    {
      const std::lock_guard lock(mutex_);
      if (answer != nullptr && Knows(answer->digest)) return absl::OkStatus();
      // Nodes stay where they are, and only this function, which has
      // write_mutex_, takes one out.
      for (const std::string& digest : order_) {
        batch.push_back(&waiting_.at(digest));
      }
    }
    size_t waited = batch.size();
    if (answer != nullptr) batch.push_back(answer);
    std::vector<std::string> forgotten;
    absl::Status status = Write(batch, forgotten);
    const bool failed = !status.ok();
    if (failed && answer != nullptr && waited > 0) {
      // It need not suffer from those that wait.
      waited = 0;
      batch = {answer};
      status = Write(batch, forgotten);
    }
    const std::lock_guard lock(mutex_);
    failing_ = failed;
    if (!status.ok()) return status;
    if (remembered_.size() + batch.size() > options_.max_remembered) {
      remembered_.clear();
    }
    for (const KeptAnswer* kept : batch) remembered_.insert(kept->digest);
    for (const std::string& digest : forgotten) remembered_.erase(digest);
    for (size_t i = 0; i < waited; ++i) waiting_.erase(order_[i]);
    order_.erase(order_.begin(),
                 order_.begin() + static_cast<std::ptrdiff_t>(waited));
    return absl::OkStatus();
  }

  // In one transaction; with write_mutex_ held, as all that follows.
  absl::Status Write(const std::vector<const KeptAnswer*>& batch,
                     std::vector<std::string>& forgotten) {
    forgotten.clear();
    absl::Status status = connection_->Execute("BEGIN IMMEDIATE");
    if (status.ok()) status = Insert(batch);
    if (status.ok()) status = Forget(forgotten);
    if (status.ok()) status = connection_->Execute("COMMIT");
    if (!status.ok() && connection_->in_transaction()) {
      connection_->Execute("ROLLBACK").IgnoreError();
    }
    return status;
  }

  absl::Status Insert(const std::vector<const KeptAnswer*>& batch) {
    COLLATE_ASSIGN_OR_RETURN(
        Statement add_vintage,
        connection_->Prepare("INSERT OR IGNORE INTO vintage (digest, releases) "
                             "VALUES (?, ?)"));
    COLLATE_ASSIGN_OR_RETURN(
        Statement add,
        connection_->Prepare(
            "INSERT OR IGNORE INTO answer (digest, question, vintage, "
            "vocabulary_sha256, semantics, day, first_given, crc32c) SELECT ?, "
            "?, id, ?, ?, ?, ?, ? FROM vintage WHERE digest = ?"));
    KeptReleases last;
    std::string vintage;
    std::string releases;
    for (const KeptAnswer* answer : batch) {
      // Answers that follow each other mostly share them.
      if (vintage.empty() || answer->releases != last) {
        last = answer->releases;
        releases = EncodeReleases(*answer);
        vintage = base::Sha256Hex(releases);
        COLLATE_RETURN_IF_ERROR(
            add_vintage.Bind(vintage).BindBlob(releases).Run());
      }
      COLLATE_RETURN_IF_ERROR(add.Bind(answer->digest)
                                  .BindBlob(answer->question)
                                  .Bind(answer->vocabulary_sha256)
                                  .Bind(answer->semantics)
                                  .Bind(int64_t{answer->day})
                                  .Bind(absl::ToUnixMicros(answer->first_given))
                                  .Bind(int64_t{AnswerCrc(*answer, releases)})
                                  .Bind(vintage)
                                  .Run());
    }
    return absl::OkStatus();
  }

  // Answers are numbered as they come, so that the oldest have the least
  // numbers.
  absl::Status Forget(std::vector<std::string>& forgotten) {
    COLLATE_ASSIGN_OR_RETURN(
        Statement oldest,
        connection_->Prepare(
            "DELETE FROM answer WHERE id <= (SELECT max(id) FROM answer) - ? "
            "RETURNING digest, vintage"));
    oldest.Bind(options_.max_answers);
    std::vector<int64_t> vintages;
    while (true) {
      COLLATE_ASSIGN_OR_RETURN(const bool more, oldest.Step());
      if (!more) break;
      forgotten.emplace_back(oldest.Text(0));
      vintages.push_back(oldest.Int64(1));
    }
    COLLATE_RETURN_IF_ERROR(oldest.status());
    for (const int64_t vintage : vintages) {
      COLLATE_ASSIGN_OR_RETURN(
          Statement unused,
          connection_->Prepare("DELETE FROM vintage WHERE id = ?1 AND NOT "
                               "EXISTS (SELECT 1 FROM answer WHERE vintage = "
                               "?1)"));
      COLLATE_RETURN_IF_ERROR(unused.Bind(vintage).Run());
    }
    return absl::OkStatus();
  }

  const AnswerBookOptions options_;
  // Guards the connection; taken before mutex_ where both are.
  mutable std::mutex write_mutex_;
  const std::unique_ptr<Connection> connection_;
  mutable std::mutex mutex_;  // guards the rest
  std::condition_variable changed_;
  absl::flat_hash_set<std::string> remembered_;  // those in the file
  // Answers that are not in the file yet, by digest, and in which order they
  // came.
  absl::node_hash_map<std::string, KeptAnswer> waiting_;
  std::vector<std::string> order_;
  bool failing_ = false;  // the last write failed
  bool stopping_ = false;
  std::thread writer_;
};

}  // namespace

absl::StatusOr<std::unique_ptr<AnswerBook>> OpenAnswerBook(
    const std::string& directory, const AnswerBookOptions& options) {
  const std::string path = absl::StrCat(directory, "/answers.db");
  COLLATE_ASSIGN_OR_RETURN(
      const bool known,
      RenewLog(path, options.vfs, kBookSchema.application_id));
  COLLATE_ASSIGN_OR_RETURN(std::unique_ptr<Connection> connection,
                           Connect(path, options));
  COLLATE_RETURN_IF_ERROR(PrepareSchema(*connection, kBookSchema));
  const absl::Status emptied = connection->EmptyLog(0);
  if (!known) COLLATE_RETURN_IF_ERROR(emptied);
  if (options.max_bytes > 0) {
    COLLATE_ASSIGN_OR_RETURN(const int64_t page_size,
                             connection->QueryInt64("PRAGMA page_size"));
    COLLATE_RETURN_IF_ERROR(connection->Execute(
        absl::StrCat("PRAGMA max_page_count = ",
                     std::max<int64_t>(1, options.max_bytes / page_size))));
  }
  return std::make_unique<SqliteAnswerBook>(std::move(connection), options);
}

}  // namespace collate::store
