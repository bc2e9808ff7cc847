// What is said to a server and made of its answers, with a server of the
// test's own that says what it is told to.

#include "service/store/clickhouse_client.h"

#include <arpa/inet.h>
#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <netinet/in.h>
#include <sys/socket.h>
#include <unistd.h>

#include <atomic>
#include <string>
#include <thread>
#include <vector>

#include "absl/strings/match.h"
#include "absl/strings/str_cat.h"
#include "tests/testing/status_matchers.h"

namespace collate::store {
namespace {

using ::collate::testing::HasReason;
using ::collate::testing::IsOk;
using ::collate::testing::IsOkAndHolds;
using ::collate::testing::MessageHas;
using ::collate::testing::StatusIs;
using ::testing::AllOf;
using ::testing::Eq;
using ::testing::HasSubstr;

// Gives connection number i the i-th answer and closes it; the last answer
// goes to all further ones. An empty answer is none at all: the connection
// stays open.
class ScriptedServer {
 public:
  explicit ScriptedServer(std::vector<std::string> answers)
      : answers_(std::move(answers)) {
    listener_ = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
    sockaddr_in address{};
    address.sin_family = AF_INET;
    address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
    socklen_t size = sizeof(address);
    EXPECT_EQ(bind(listener_, reinterpret_cast<sockaddr*>(&address), size), 0);
    EXPECT_EQ(listen(listener_, 8), 0);
    getsockname(listener_, reinterpret_cast<sockaddr*>(&address), &size);
    port_ = ntohs(address.sin_port);
    thread_ = std::thread([this] { Serve(); });
  }

  ~ScriptedServer() {
    shutdown(listener_, SHUT_RDWR);
    thread_.join();
    close(listener_);
    for (const int fd : kept_) close(fd);
  }

  std::string url() const { return absl::StrCat("http://127.0.0.1:", port_); }
  size_t requests() const { return requests_; }
  const std::string& last() const { return last_; }

 private:
  void Serve() {
    while (true) {
      const int fd = accept4(listener_, nullptr, nullptr, SOCK_CLOEXEC);
      if (fd < 0) return;
      std::string request;
      char bytes[4096];
      // Every request of these tests has a body that ends in this.
      while (!absl::EndsWith(request, "END") &&
             !absl::EndsWith(request, "--\r\n")) {
        const ssize_t size = read(fd, bytes, sizeof(bytes));
        if (size <= 0) break;
        request.append(bytes, static_cast<size_t>(size));
      }
      const std::string& answer =
          answers_[std::min<size_t>(requests_, answers_.size() - 1)];
      last_ = request;
      ++requests_;
      if (answer.empty()) {
        kept_.push_back(fd);
        continue;
      }
      EXPECT_EQ(write(fd, answer.data(), answer.size()),
                static_cast<ssize_t>(answer.size()));
      close(fd);
    }
  }

  const std::vector<std::string> answers_;
  int listener_ = -1;
  int port_ = 0;
  std::atomic<size_t> requests_ = 0;
  std::string last_;  // read once requests() has grown
  std::vector<int> kept_;
  std::thread thread_;
};

std::string Answer(int status, const std::string& body) {
  return absl::StrCat("HTTP/1.1 ", status,
                      " X\r\nContent-Length: ", body.size(),
                      "\r\nConnection: close\r\n\r\n", body);
}

std::string Failure(int code) {
  return Answer(500, absl::StrCat("Code: ", code,
                                  ", e.displayText() = DB::Exception: no, "
                                  "e.what() = DB::Exception"));
}

TEST(ClickHouseClientTest, SendsTheStatementAndGivesTheAnswer) {
  ScriptedServer server({Answer(200, "42\n")});
  const ClickHouseClient client({.url = server.url(),
                                 .database = "some_base",
                                 .user = "me",
                                 .password = "pass"});
  EXPECT_THAT(client.Query("SELECT END"), IsOkAndHolds(Eq("42\n")));
  EXPECT_THAT(server.last(), AllOf(HasSubstr("database=some_base"),
                                   HasSubstr("wait_end_of_query=1"),
                                   HasSubstr("X-ClickHouse-User: me"),
                                   HasSubstr("X-ClickHouse-Key: pass"),
                                   HasSubstr("\r\n\r\nSELECT END")));
  EXPECT_THAT(client.Insert("t (a)", "rows END"), IsOk());
  EXPECT_THAT(server.last(),
              AllOf(HasSubstr("query=INSERT%20INTO%20t%20%28a%29%20FORMAT%20"
                              "RowBinary"),
                    HasSubstr("\r\n\r\nrows END")));
}

TEST(ClickHouseClientTest, SendsTablesBesideTheStatement) {
  ScriptedServer server({Answer(200, "1\n")});
  const ClickHouseClient client({.url = server.url()});
  EXPECT_THAT(client.QueryWith("SELECT 1 WHERE 1 IN keys",
                               {{"keys", "key UInt64", "--collate END"}}),
              IsOkAndHolds(Eq("1\n")));
  // Nothing in a table looks like the end of it.
  EXPECT_THAT(server.last(),
              AllOf(HasSubstr("query=SELECT%201%20WHERE%201%20IN%20keys"),
                    HasSubstr("keys_structure=key%20UInt64"),
                    HasSubstr("keys_format=RowBinary"),
                    HasSubstr("boundary=collate7\r\n"),
                    HasSubstr("--collate7\r\nContent-Disposition: form-data; "
                              "name=\"keys\"; filename=\"keys\"\r\n\r\n"
                              "--collate END")));
}

TEST(ClickHouseClientTest, OnlyWhatMayBeDoneTwiceIsTriedAgain) {
  {
    ScriptedServer server({Failure(210), Failure(202), Answer(200, "1\n")});
    const ClickHouseClient client({.url = server.url()});
    EXPECT_THAT(client.Query("END"), IsOkAndHolds(Eq("1\n")));
    EXPECT_EQ(server.requests(), 3u);
  }
  {
    ScriptedServer server({Failure(210)});
    const ClickHouseClient client({.url = server.url()});
    EXPECT_THAT(client.Query("END"), HasReason("STORE_IO"));
    EXPECT_EQ(server.requests(), 3u);
  }
  ScriptedServer server({Failure(210)});
  const ClickHouseClient client({.url = server.url()});
  EXPECT_THAT(client.Insert("t", "END"), HasReason("STORE_IO"));
  EXPECT_EQ(server.requests(), 1u);
  EXPECT_THAT(client.Once("END"), HasReason("STORE_IO"));
  EXPECT_EQ(server.requests(), 2u);
}

TEST(ClickHouseClientTest, ErrorsOfTheServerAreTyped) {
  struct Case {
    std::string answer;
    absl::StatusCode code;
    const char* reason;
  };
  const Case cases[] = {
      {Failure(243), absl::StatusCode::kResourceExhausted, "DISK_FULL"},
      {Failure(193), absl::StatusCode::kFailedPrecondition, "STORE_REFUSED"},
      {Failure(62), absl::StatusCode::kInternal, "STORE_INTERNAL"},
      {Failure(241), absl::StatusCode::kUnavailable, "STORE_IO"},
      {Answer(502, "bad gateway"), absl::StatusCode::kUnavailable, "STORE_IO"},
  };
  for (const Case& wrong : cases) {
    ScriptedServer server({wrong.answer});
    const ClickHouseClient client({.url = server.url()});
    EXPECT_THAT(client.Once("END"),
                AllOf(StatusIs(wrong.code), HasReason(wrong.reason),
                      MessageHas(client.host())))
        << wrong.answer;
  }
  ScriptedServer server({Failure(60)});
  const ClickHouseClient client({.url = server.url()});
  EXPECT_EQ(ServerErrorOf(client.Once("END").status()), kUnknownTable);
}

TEST(ClickHouseClientTest, HalfAnAnswerIsNone) {
  const std::string whole = Answer(200, std::string(1000, 'x'));
  for (const size_t size : {size_t{1}, size_t{40}, whole.size() - 1}) {
    ScriptedServer server({whole.substr(0, size)});
    const ClickHouseClient client({.url = server.url()});
    EXPECT_THAT(client.Once("END"),
                AllOf(StatusIs(absl::StatusCode::kUnavailable),
                      HasReason("STORE_IO"), MessageHas(client.host())))
        << size;
  }
}

TEST(ClickHouseClientTest, AServerThatSaysNothingIsGivenUp) {
  ScriptedServer server({""});
  const ClickHouseClient client(
      {.url = server.url(), .timeout = absl::Milliseconds(200)});
  const absl::Status status = client.Query("END").status();
  EXPECT_THAT(status, AllOf(StatusIs(absl::StatusCode::kUnavailable),
                            HasReason("STORE_IO")));
  // It may have acted on it. Nobody waits for it three times.
  EXPECT_FALSE(HttpClient::NotSent(status));
  EXPECT_EQ(server.requests(), 1u);
}

TEST(ClickHouseClientTest, NobodyThereIsSaidAtOnce) {
  std::string url;
  {
    ScriptedServer server({Answer(200, "")});
    url = server.url();
  }
  const ClickHouseClient client({.url = url});
  const absl::Status status = client.Once("END").status();
  EXPECT_THAT(status, AllOf(StatusIs(absl::StatusCode::kUnavailable),
                            HasReason("STORE_IO"), MessageHas(client.host())));
  EXPECT_TRUE(HttpClient::NotSent(status));
}

TEST(ClickHouseClientTest, AnAnswerIsNoLargerThanAllowed) {
  ScriptedServer server({Answer(200, std::string(1001, 'x'))});
  const HttpClient client({.url = server.url(), .max_body_bytes = 1000});
  EXPECT_THAT(client.Post({}, "END").status(), HasReason("STORE_IO"));
}

TEST(ClickHouseClientTest, LiteralsCannotEnd) {
  EXPECT_EQ(Quoted("a-1/b"), "'a-1/b'");
  EXPECT_EQ(Quoted(absl::string_view("'\\\n\0\xff", 5)),
            "'\\x27\\x5c\\x0a\\x00\\xff'");
}

}  // namespace
}  // namespace collate::store
