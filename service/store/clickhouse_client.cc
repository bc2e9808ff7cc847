#include "service/store/clickhouse_client.h"

#include <algorithm>
#include <utility>
#include <vector>

#include "absl/strings/match.h"
#include "absl/strings/numbers.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/strip.h"
#include "absl/time/clock.h"
#include "service/base/error.h"

namespace collate::store {
namespace {

// What passes when one waits, by ClickHouse's numbers: reading past an end,
// time or connections used up, sockets, memory, too many parts, a table that
// is read-only for a while, no shard that answers.
bool IsTransient(int code) {
  switch (code) {
    case 32:   // ATTEMPT_TO_READ_AFTER_EOF
    case 159:  // TIMEOUT_EXCEEDED
    case 160:  // TOO_SLOW
    case 198:  // DNS_ERROR
    case 202:  // TOO_MANY_SIMULTANEOUS_QUERIES
    case 203:  // NO_FREE_CONNECTION
    case 209:  // SOCKET_TIMEOUT
    case 210:  // NETWORK_ERROR
    case 236:  // ABORTED
    case 241:  // MEMORY_LIMIT_EXCEEDED
    case 242:  // TABLE_IS_READ_ONLY
    case 252:  // TOO_MANY_PARTS
    case 279:  // ALL_CONNECTION_TRIES_FAILED
    case 394:  // QUERY_WAS_CANCELLED
      return true;
    default:
      return false;
  }
}

bool IsRefusal(int code) {
  switch (code) {
    case 164:  // READONLY
    case 192:  // UNKNOWN_USER
    case 193:  // WRONG_PASSWORD
    case 194:  // REQUIRED_PASSWORD
    case 195:  // IP_ADDRESS_NOT_ALLOWED
    case 291:  // DATABASE_ACCESS_DENIED
      return true;
    default:
      return false;
  }
}

// "Code: 60, e.displayText() = DB::Exception: Table x doesn't exist., ..."
int CodeOf(absl::string_view body) {
  int code = 0;
  if (!absl::ConsumePrefix(&body, "Code: ")) return 0;
  if (!absl::SimpleAtoi(body.substr(0, body.find(',')), &code)) return 0;
  return code;
}

absl::Status ErrorOf(const std::string& host, const HttpResponse& response) {
  const int code = CodeOf(response.body);
  absl::StatusCode status = absl::StatusCode::kInternal;
  absl::string_view reason = "STORE_INTERNAL";
  if (code == 243) {  // NOT_ENOUGH_SPACE
    status = absl::StatusCode::kResourceExhausted;
    reason = "DISK_FULL";
  } else if (IsRefusal(code)) {
    status = absl::StatusCode::kFailedPrecondition;
    reason = "STORE_REFUSED";
  } else if (IsTransient(code) || code == 0) {
    // No number: a proxy, or a server that is going away.
    status = absl::StatusCode::kUnavailable;
    reason = "STORE_IO";
  }
  constexpr size_t kMostText = 500;
  return base::Error(status, reason,
                     absl::StrCat(host, ": HTTP ", response.status, ": ",
                                  response.body.substr(0, kMostText)))
      .With("host", host)
      .With("clickhouse_code", absl::StrCat(code));
}

}  // namespace

std::string Quoted(absl::string_view text) {
  std::string quoted = "'";
  for (const char c : text) {
    const auto byte = static_cast<unsigned char>(c);
    if (byte < 0x20 || byte >= 0x7f || c == '\'' || c == '\\') {
      absl::StrAppend(&quoted, "\\x", absl::Hex(byte, absl::kZeroPad2));
    } else {
      quoted.push_back(c);
    }
  }
  quoted.push_back('\'');
  return quoted;
}

int ServerErrorOf(const absl::Status& status) {
  int code = 0;
  for (const auto& [key, value] : base::DetailOf(status).metadata) {
    if (key == "clickhouse_code" && !absl::SimpleAtoi(value, &code)) return 0;
  }
  return code;
}

ClickHouseClient::ClickHouseClient(const ClickHouseServer& server)
    : database_(server.database),
      timeout_(server.timeout),
      max_execution_time_(absl::StrCat(
          std::max<int64_t>(1, absl::ToInt64Seconds(server.timeout)))),
      http_({.url = server.url,
             .headers =
                 server.user.empty()
                     ? std::vector<std::pair<std::string, std::string>>{}
                     : std::vector<std::pair<std::string,
                                             std::string>>{{"X-ClickHouse-User",
                                                            server.user},
                                                           {"X-ClickHouse-Key",
                                                            server.password}},
             .connect_timeout = server.connect_timeout,
             .timeout = server.timeout}) {}

absl::Duration ClickHouseClient::Pause(int tried) {
  return absl::Milliseconds(100) * tried * tried;
}

absl::StatusOr<std::string> ClickHouseClient::Send(
    std::vector<std::pair<std::string, std::string>> parameters,
    absl::string_view body, absl::string_view content_type) const {
  // Else an error in the middle of an answer would look like its end.
  parameters.emplace_back("wait_end_of_query", "1");
  parameters.emplace_back("max_query_size", "16777216");
  parameters.emplace_back("max_execution_time", max_execution_time_);
  if (!database_.empty()) parameters.emplace_back("database", database_);
  absl::StatusOr<HttpResponse> response =
      http_.Post(parameters, body, content_type);
  if (!response.ok()) return response.status();
  if (response->status != 200) return ErrorOf(host(), *response);
  return std::move(response->body);
}

template <typename Try>
absl::StatusOr<std::string> ClickHouseClient::Again(Try once) const {
  const absl::Time began = absl::Now();
  for (int tried = 1;; ++tried) {
    absl::StatusOr<std::string> answer = once();
    if (!absl::IsUnavailable(answer.status()) || tried == kTries ||
        absl::Now() - began > timeout_ / 2) {
      return answer;
    }
    absl::SleepFor(Pause(tried));
  }
}

absl::StatusOr<std::string> ClickHouseClient::Once(
    absl::string_view sql) const {
  return Send({}, sql);
}

absl::StatusOr<std::string> ClickHouseClient::Query(
    absl::string_view sql) const {
  return Again([&] { return Once(sql); });
}

absl::StatusOr<std::string> ClickHouseClient::QueryWith(
    absl::string_view sql, const std::vector<Table>& tables) const {
  if (tables.empty()) return Query(sql);
  std::vector<std::pair<std::string, std::string>> parameters = {
      {"query", std::string(sql)}};
  // What stands between the parts must not occur in them.
  std::string boundary = "collate";
  const auto occurs = [&boundary](const Table& table) {
    return absl::StrContains(table.rows, boundary);
  };
  while (std::any_of(tables.begin(), tables.end(), occurs)) {
    absl::StrAppend(&boundary, boundary.size());
  }
  std::string body;
  for (const Table& table : tables) {
    parameters.emplace_back(absl::StrCat(table.name, "_format"), "RowBinary");
    parameters.emplace_back(absl::StrCat(table.name, "_structure"),
                            table.columns);
    absl::StrAppend(&body, "--", boundary,
                    "\r\nContent-Disposition: form-data; name=\"", table.name,
                    "\"; filename=\"", table.name, "\"\r\n\r\n", table.rows,
                    "\r\n");
  }
  absl::StrAppend(&body, "--", boundary, "--\r\n");
  const std::string type =
      absl::StrCat("multipart/form-data; boundary=", boundary);
  return Again([&] { return Send(parameters, body, type); });
}

absl::Status ClickHouseClient::Insert(absl::string_view into,
                                      absl::string_view rows) const {
  return Send({{"query",
                absl::StrCat("INSERT INTO ", into, " FORMAT RowBinary")}},
              rows)
      .status();
}

}  // namespace collate::store
