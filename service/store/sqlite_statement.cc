#include "service/store/sqlite_statement.h"

#include <sqlite3.h>

#include <cerrno>

#include "absl/strings/str_cat.h"
#include "service/base/error.h"
#include "service/base/status_macros.h"
#include "service/store/wire.h"

namespace collate::store {
namespace {

// Whether `database` remembers `code`; sqlite3_db_cacheflush leaves no trace.
bool Remembers(sqlite3* database, int code) {
  return database != nullptr && sqlite3_extended_errcode(database) == code;
}

// What the system said; must be asked before anything else is done.
int SystemError(sqlite3* database, int code) {
  if (Remembers(database, code)) return sqlite3_system_errno(database);
  sqlite3_vfs* vfs = nullptr;
  if (database == nullptr ||
      sqlite3_file_control(database, "main", SQLITE_FCNTL_VFS_POINTER, &vfs) !=
          SQLITE_OK ||
      vfs == nullptr || vfs->xGetLastError == nullptr) {
    return 0;
  }
  return vfs->xGetLastError(vfs, 0, nullptr);
}

bool IsDiskFull(sqlite3* database, int code) {
  if ((code & 0xff) == SQLITE_FULL) return true;
  if ((code & 0xff) != SQLITE_IOERR) return false;
  // SQLite calls only ENOSPC full; quotas and file size limits are the same
  // to whoever has to make room.
  const int system = SystemError(database, code);
  return system == ENOSPC || system == EDQUOT || system == EFBIG;
}

absl::Status ErrorOf(sqlite3* database, int code, const std::string& path,
                     absl::string_view doing) {
  using absl::StatusCode;
  const bool disk_full = IsDiskFull(database, code);
  struct Kind {
    StatusCode code;
    const char* reason;
  };
  Kind kind = {StatusCode::kInternal, "STORE_INTERNAL"};
  switch (code & 0xff) {
    case SQLITE_CORRUPT:
    case SQLITE_NOTADB:
      kind = {StatusCode::kDataLoss, "CORRUPT_STORE"};
      break;
    case SQLITE_BUSY:
    case SQLITE_LOCKED:
      kind = {StatusCode::kUnavailable, "STORE_BUSY"};
      break;
    case SQLITE_IOERR:
    case SQLITE_CANTOPEN:
    case SQLITE_READONLY:
    case SQLITE_PERM:
    case SQLITE_PROTOCOL:
      kind = {StatusCode::kUnavailable, "STORE_IO"};
      break;
    case SQLITE_NOMEM:
      kind = {StatusCode::kResourceExhausted, "OUT_OF_MEMORY"};
      break;
    case SQLITE_TOOBIG:
      kind = {StatusCode::kResourceExhausted, "STORE_LIMIT"};
      break;
  }
  if (code == SQLITE_IOERR_NOMEM) {
    kind = {StatusCode::kResourceExhausted, "OUT_OF_MEMORY"};
  }
  if (disk_full) {
    kind = {StatusCode::kResourceExhausted, "DISK_FULL"};
  }
  const std::string text = Remembers(database, code) ? sqlite3_errmsg(database)
                                                     : sqlite3_errstr(code);
  return base::Error(
             kind.code, kind.reason,
             absl::StrCat(path, ": ", doing, ": ", text, " (", code, ")"))
      .With("file", path)
      .With("sqlite_code", absl::StrCat(code));
}

absl::Status NoRow(const std::string& path, absl::string_view sql) {
  return base::Error(absl::StatusCode::kDataLoss, "CORRUPT_STORE",
                     absl::StrCat(path, ": '", sql, "' gave no row"))
      .With("file", path);
}

}  // namespace

Statement::Statement(sqlite3_stmt* statement, const std::string* path)
    : statement_(statement), path_(path) {}

void Statement::Finalize::operator()(sqlite3_stmt* statement) const {
  // Repeats the error of the last step, which was reported then.
  sqlite3_finalize(statement);
}

void Statement::Check(int code) {
  if (code == SQLITE_OK || !status_.ok()) return;
  status_ = ErrorOf(sqlite3_db_handle(statement_.get()), code, *path_,
                    sqlite3_sql(statement_.get()));
}

Statement& Statement::Bind(int64_t value) {
  Check(sqlite3_bind_int64(statement_.get(), next_parameter_++, value));
  return *this;
}

Statement& Statement::Bind(absl::string_view text) {
  // A null pointer would bind NULL.
  Check(sqlite3_bind_text64(statement_.get(), next_parameter_++,
                            text.data() != nullptr ? text.data() : "",
                            text.size(), SQLITE_STATIC, SQLITE_UTF8));
  return *this;
}

Statement& Statement::BindBlob(absl::string_view bytes) {
  Check(sqlite3_bind_blob64(statement_.get(), next_parameter_++,
                            bytes.data() != nullptr ? bytes.data() : "",
                            bytes.size(), SQLITE_STATIC));
  return *this;
}

Statement& Statement::BindNull() {
  Check(sqlite3_bind_null(statement_.get(), next_parameter_++));
  return *this;
}

absl::StatusOr<bool> Statement::Step() {
  if (!status_.ok()) return status_;
  const int code = sqlite3_step(statement_.get());
  if (code == SQLITE_ROW) return true;
  if (code == SQLITE_DONE) return false;
  Check(code);
  return status_;
}

absl::Status Statement::Run() {
  const absl::StatusOr<bool> row = Step();
  Reset();
  if (!row.ok()) return row.status();
  if (*row) {
    return base::Error(absl::StatusCode::kInternal, "STORE_INTERNAL",
                       "a statement without rows gave one");
  }
  return absl::OkStatus();
}

absl::StatusOr<int64_t> Statement::RunReturningId() {
  COLLATE_ASSIGN_OR_RETURN(const bool row, Step());
  const int64_t id = row ? Int64(0) : 0;
  COLLATE_RETURN_IF_ERROR(status());
  // The row is inserted for good only when the statement has ended.
  COLLATE_RETURN_IF_ERROR(Step().status());
  Reset();
  return id;
}

void Statement::Reset() {
  // Both repeat the error of the last step, which was reported then.
  sqlite3_reset(statement_.get());
  sqlite3_clear_bindings(statement_.get());
  next_parameter_ = 1;
}

bool Statement::HasType(int column, int type) {
  if (sqlite3_column_type(statement_.get(), column) == type) return true;
  if (status_.ok()) {
    status_ =
        base::Error(
            absl::StatusCode::kDataLoss, "CORRUPT_STORE",
            absl::StrCat(*path_, ": column ",
                         sqlite3_column_name(statement_.get(), column), " of '",
                         sqlite3_sql(statement_.get()), "' has type ",
                         sqlite3_column_type(statement_.get(), column),
                         ", expected ", type))
            .With("file", *path_);
  }
  return false;
}

int64_t Statement::Int64(int column) {
  if (!HasType(column, SQLITE_INTEGER)) return 0;
  return sqlite3_column_int64(statement_.get(), column);
}

absl::string_view Statement::Text(int column) {
  if (!HasType(column, SQLITE_TEXT)) return "";
  const auto* text = reinterpret_cast<const char*>(
      sqlite3_column_text(statement_.get(), column));
  if (text == nullptr) {
    Check(SQLITE_NOMEM);
    return "";
  }
  return absl::string_view(text, static_cast<size_t>(sqlite3_column_bytes(
                                     statement_.get(), column)));
}

absl::string_view Statement::Blob(int column) {
  if (!HasType(column, SQLITE_BLOB)) return "";
  const void* bytes = sqlite3_column_blob(statement_.get(), column);
  const int size = sqlite3_column_bytes(statement_.get(), column);
  if (size == 0) return "";
  if (bytes == nullptr) {
    Check(SQLITE_NOMEM);
    return "";
  }
  return absl::string_view(static_cast<const char*>(bytes),
                           static_cast<size_t>(size));
}

bool Statement::IsNull(int column) {
  return sqlite3_column_type(statement_.get(), column) == SQLITE_NULL;
}

Connection::Connection(sqlite3* database, const std::string& path,
                       int64_t busy_timeout_ms)
    : database_(database), path_(path), busy_timeout_ms_(busy_timeout_ms) {}

Connection::~Connection() { sqlite3_close_v2(database_); }

absl::StatusOr<std::unique_ptr<Connection>> Connection::Open(
    const std::string& path, const Options& options) {
  int flags =
      SQLITE_OPEN_READWRITE | SQLITE_OPEN_NOMUTEX | SQLITE_OPEN_EXRESCODE;
  if (options.create) flags |= SQLITE_OPEN_CREATE;
  sqlite3* database = nullptr;
  const int code =
      sqlite3_open_v2(path.c_str(), &database, flags,
                      options.vfs.empty() ? nullptr : options.vfs.c_str());
  if (code != SQLITE_OK) {
    const absl::Status status = ErrorOf(database, code, path, "open");
    sqlite3_close_v2(database);
    return status;
  }
  // Not make_unique: the constructor is private.
  std::unique_ptr<Connection> connection(
      new Connection(database, path, options.busy_timeout_ms));
  COLLATE_RETURN_IF_ERROR(connection->Checked(
      sqlite3_busy_timeout(database, static_cast<int>(options.busy_timeout_ms)),
      "busy timeout"));
  COLLATE_RETURN_IF_ERROR(connection->Checked(
      sqlite3_db_config(database, SQLITE_DBCONFIG_DEFENSIVE, 1, nullptr),
      "defensive mode"));
  return connection;
}

absl::Status Connection::Checked(int code, absl::string_view doing) const {
  if (code == SQLITE_OK) return absl::OkStatus();
  return ErrorOf(database_, code, path_, doing);
}

absl::StatusOr<Statement> Connection::Prepare(absl::string_view sql) const {
  sqlite3_stmt* statement = nullptr;
  const int code = sqlite3_prepare_v2(
      database_, sql.data(), static_cast<int>(sql.size()), &statement, nullptr);
  if (code == SQLITE_ERROR) {
    // Our statements fit our tables, so that it is the file that does not.
    return base::Error(absl::StatusCode::kDataLoss, "CORRUPT_STORE",
                       absl::StrCat(path_, ": '", sql,
                                    "': ", sqlite3_errmsg(database_)))
        .With("file", path_);
  }
  COLLATE_RETURN_IF_ERROR(Checked(code, sql));
  return Statement(statement, &path_);
}

absl::Status Connection::Execute(const std::string& sql) const {
  return Checked(
      sqlite3_exec(database_, sql.c_str(), nullptr, nullptr, nullptr), sql);
}

absl::StatusOr<int64_t> Connection::QueryInt64(absl::string_view sql) const {
  COLLATE_ASSIGN_OR_RETURN(Statement query, Prepare(sql));
  COLLATE_ASSIGN_OR_RETURN(const bool row, query.Step());
  if (!row) return NoRow(path_, sql);
  const int64_t value = query.Int64(0);
  // What a statement changes is kept, or not, when it ends.
  COLLATE_RETURN_IF_ERROR(query.Step().status());
  return value;
}

absl::StatusOr<std::string> Connection::QueryText(absl::string_view sql) const {
  COLLATE_ASSIGN_OR_RETURN(Statement query, Prepare(sql));
  COLLATE_ASSIGN_OR_RETURN(const bool row, query.Step());
  if (!row) return NoRow(path_, sql);
  const std::string value(query.Text(0));
  COLLATE_RETURN_IF_ERROR(query.Step().status());
  return value;
}

absl::StatusOr<std::string> Connection::ReadBlob(const char* table,
                                                 const char* column,
                                                 int64_t rowid,
                                                 size_t size) const {
  sqlite3_blob* blob = nullptr;
  absl::Status status =
      Checked(sqlite3_blob_open(database_, "main", table, column, rowid,
                                /*flags=*/0, &blob),
              "open a blob");
  std::string bytes(size, '\0');
  if (status.ok() && static_cast<size_t>(sqlite3_blob_bytes(blob)) < size) {
    status = CorruptStore(
        absl::StrCat(path_, ": a ", column, " of ", table, " is too short"));
  }
  if (status.ok()) {
    status = Checked(
        sqlite3_blob_read(blob, bytes.data(), static_cast<int>(size), 0),
        "read a blob");
  }
  // Null is no blob, and closing one that was only read cannot fail.
  sqlite3_blob_close(blob);
  COLLATE_RETURN_IF_ERROR(status);
  return bytes;
}

absl::Status Connection::FlushCache() const {
  return Checked(sqlite3_db_cacheflush(database_), "write changed pages");
}

absl::Status Connection::EmptyLog(int64_t wait_ms) const {
  sqlite3_busy_timeout(database_, static_cast<int>(wait_ms));
  const int code = sqlite3_wal_checkpoint_v2(
      database_, "main", SQLITE_CHECKPOINT_TRUNCATE, nullptr, nullptr);
  const absl::Status status = Checked(code, "empty the log");
  sqlite3_busy_timeout(database_, static_cast<int>(busy_timeout_ms_));
  return status;
}

absl::Status Connection::CopyTo(const std::string& path,
                                const CopyProgress& progress) const {
  constexpr int kPagesAtOnce = 1024;
  Options options;
  options.create = true;
  COLLATE_ASSIGN_OR_RETURN(const std::unique_ptr<Connection> copy,
                           Open(path, options));
  COLLATE_ASSIGN_OR_RETURN(const int64_t page_size,
                           QueryInt64("PRAGMA page_size"));
  sqlite3_backup* const backup =
      sqlite3_backup_init(copy->database_, "main", database_, "main");
  if (backup == nullptr) {
    return copy->Checked(sqlite3_errcode(copy->database_), "begin a copy");
  }
  absl::Status status;
  int code = SQLITE_OK;
  while (status.ok() && code == SQLITE_OK) {
    code = sqlite3_backup_step(backup, kPagesAtOnce);
    if (code != SQLITE_OK && code != SQLITE_DONE) break;
    const int64_t pages =
        sqlite3_backup_pagecount(backup) - sqlite3_backup_remaining(backup);
    if (progress) status = progress(pages * page_size);
  }
  const int ended = sqlite3_backup_finish(backup);
  if (!status.ok()) return status;
  return copy->Checked(code == SQLITE_DONE ? ended : code, "copy to");
}

bool Connection::in_transaction() const {
  return sqlite3_get_autocommit(database_) == 0;
}

}  // namespace collate::store
