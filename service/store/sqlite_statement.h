// SQLite's C API behind two small classes that check every return code.
//
//   COLLATE_ASSIGN_OR_RETURN(Statement find, connection.Prepare(
//       "SELECT id FROM release WHERE name = ?"));
//   find.Bind(name);
//   COLLATE_ASSIGN_OR_RETURN(bool found, find.Step());
//   if (found) id = find.Int64(0);
//
// Result codes become typed errors: CORRUPT_STORE (DATA_LOSS), DISK_FULL
// (RESOURCE_EXHAUSTED), STORE_BUSY and STORE_IO (UNAVAILABLE), STORE_LIMIT
// and OUT_OF_MEMORY (RESOURCE_EXHAUSTED), STORE_INTERNAL (INTERNAL) for what
// only our own mistake can cause. Each names the file and SQLite's code.
//
// A Connection and its Statements belong to one thread at a time; Statements
// must not outlive their Connection.

#ifndef COLLATE_SERVICE_STORE_SQLITE_STATEMENT_H_
#define COLLATE_SERVICE_STORE_SQLITE_STATEMENT_H_

#include <cstddef>
#include <cstdint>
#include <memory>
#include <string>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "absl/strings/string_view.h"
#include "service/store/backup.h"

struct sqlite3;
struct sqlite3_stmt;

namespace collate::store {

class Statement {
 public:
  // Binds the next parameter. Texts and blobs are borrowed until Reset or the
  // end of the Statement. A failure is reported by Step.
  Statement& Bind(int64_t value);
  Statement& Bind(absl::string_view text);
  Statement& BindBlob(absl::string_view bytes);
  Statement& BindNull();

  // True while there is a row.
  absl::StatusOr<bool> Step();
  // Runs a statement that gives no rows, and resets it.
  absl::Status Run();
  // Runs an INSERT ... RETURNING of one id, and resets it.
  absl::StatusOr<int64_t> RunReturningId();
  // Makes the statement ready for other parameters.
  void Reset();

  // Columns of the current row, from 0. A column of another type makes the
  // next Step, and status(), DATA_LOSS; the value is then 0 or "".
  int64_t Int64(int column);
  absl::string_view Text(int column);  // valid until the next Step or Reset
  absl::string_view Blob(int column);  // likewise
  bool IsNull(int column);
  const absl::Status& status() const { return status_; }

 private:
  friend class Connection;
  struct Finalize {
    void operator()(sqlite3_stmt* statement) const;
  };
  Statement(sqlite3_stmt* statement, const std::string* path);
  void Check(int code);
  bool HasType(int column, int type);

  std::unique_ptr<sqlite3_stmt, Finalize> statement_;
  const std::string* path_;
  int next_parameter_ = 1;
  absl::Status status_;
};

class Connection {
 public:
  struct Options {
    std::string vfs;  // registered with SQLite; "" = the default
    bool create = false;
    int64_t busy_timeout_ms = 5000;
  };

  static absl::StatusOr<std::unique_ptr<Connection>> Open(
      const std::string& path, const Options& options);
  ~Connection();
  Connection(const Connection&) = delete;
  Connection& operator=(const Connection&) = delete;

  absl::StatusOr<Statement> Prepare(absl::string_view sql) const;
  // Runs statements separated by semicolons; rows are ignored.
  absl::Status Execute(const std::string& sql) const;
  // The first column of the first row.
  absl::StatusOr<int64_t> QueryInt64(absl::string_view sql) const;
  absl::StatusOr<std::string> QueryText(absl::string_view sql) const;

  // The first `size` bytes of a blob, and no more is read of it. DATA_LOSS
  // (reason CORRUPT_STORE) when it has fewer.
  absl::StatusOr<std::string> ReadBlob(const char* table, const char* column,
                                       int64_t rowid, size_t size) const;

  // Writes changed pages out, so that a full disk is met before COMMIT.
  absl::Status FlushCache() const;
  // Moves what the log holds into the file and cuts the log to nothing; waits
  // `wait_ms` for readers at most. Not being able to is no loss: the log stays.
  absl::Status EmptyLog(int64_t wait_ms) const;
  // Makes a file that holds what this connection sees, page by page; within a
  // transaction that has read something, the state of that moment whatever
  // others write meanwhile. Durable when it returns, unless the name of the
  // file is not. `progress` may be empty.
  absl::Status CopyTo(const std::string& path,
                      const CopyProgress& progress) const;
  bool in_transaction() const;
  const std::string& path() const { return path_; }

 private:
  Connection(sqlite3* database, const std::string& path,
             int64_t busy_timeout_ms);
  absl::Status Checked(int code, absl::string_view doing) const;

  sqlite3* database_;
  const std::string path_;
  const int64_t busy_timeout_ms_;
};

}  // namespace collate::store

#endif  // COLLATE_SERVICE_STORE_SQLITE_STATEMENT_H_
