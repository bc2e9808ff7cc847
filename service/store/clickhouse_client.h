// Statements to one ClickHouse server, over its HTTP interface.
//
//   ClickHouseClient client({.url = "http://127.0.0.1:8123"});
//   COLLATE_ASSIGN_OR_RETURN(const std::string text,
//                            client.Query("SELECT count() FROM published"));
//
// Errors name the host and what it said: UNAVAILABLE (reason STORE_IO) when
// it cannot be reached in time or is overloaded, RESOURCE_EXHAUSTED (reason
// DISK_FULL), FAILED_PRECONDITION (reason STORE_REFUSED) for a wrong user or
// password, INTERNAL (reason STORE_INTERNAL) for what should not happen.
//
// Thread-safe.

#ifndef COLLATE_SERVICE_STORE_CLICKHOUSE_CLIENT_H_
#define COLLATE_SERVICE_STORE_CLICKHOUSE_CLIENT_H_

#include <string>
#include <utility>
#include <vector>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "absl/strings/string_view.h"
#include "absl/time/time.h"
#include "service/store/http_client.h"

namespace collate::store {

struct ClickHouseServer {
  std::string url;       // http://HOST:PORT
  std::string database;  // may be empty: the server's default
  std::string user;      // empty: the server's default
  std::string password;
  absl::Duration connect_timeout = absl::Seconds(2);
  absl::Duration timeout = absl::Seconds(60);
};

// 'text' as a literal of ClickHouse's SQL.
std::string Quoted(absl::string_view text);

// Numbers of errors of ClickHouse that callers act on.
inline constexpr int kUnknownTable = 60;
inline constexpr int kTableExists = 57;

// The number that ClickHouse gave the error; 0 for none.
int ServerErrorOf(const absl::Status& status);

class ClickHouseClient {
 public:
  explicit ClickHouseClient(const ClickHouseServer& server);

  // HOST:PORT.
  const std::string& host() const { return http_.host(); }

  // What may be carried out twice, such as a SELECT, and what comes of it.
  // Tried up to kTries times, while half of the time-out is left.
  absl::StatusOr<std::string> Query(absl::string_view sql) const;

  // The same beside tables that come with the statement, for sets that are too
  // large for its text. A table's name is a word.
  struct Table {
    std::string name;
    std::string columns;  // "code String"
    std::string rows;     // in the format RowBinary
  };
  absl::StatusOr<std::string> QueryWith(absl::string_view sql,
                                        const std::vector<Table>& tables) const;

  // Any statement, tried once. After UNAVAILABLE it may have been carried out,
  // or may yet be, unless HttpClient::NotSent says otherwise.
  absl::StatusOr<std::string> Once(absl::string_view sql) const;

  // Rows in the format RowBinary; `into` is a table and its columns. Of at most
  // a million rows all are inserted or none. Tried once.
  absl::Status Insert(absl::string_view into, absl::string_view rows) const;

  static constexpr int kTries = 3;
  // How long to wait after a try that failed; `tried` counts from 1.
  static absl::Duration Pause(int tried);

 private:
  absl::StatusOr<std::string> Send(
      std::vector<std::pair<std::string, std::string>> parameters,
      absl::string_view body,
      absl::string_view content_type = "application/octet-stream") const;
  template <typename Try>
  absl::StatusOr<std::string> Again(Try once) const;

  const std::string database_;
  const absl::Duration timeout_;
  const std::string max_execution_time_;
  const HttpClient http_;
};

}  // namespace collate::store

#endif  // COLLATE_SERVICE_STORE_CLICKHOUSE_CLIENT_H_
