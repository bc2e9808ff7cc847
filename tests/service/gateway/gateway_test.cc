// The gateway in this process, over real connections.

#include "service/gateway/gateway.h"

#include <zlib.h>

#include <atomic>
#include <filesystem>
#include <fstream>
#include <memory>
#include <set>
#include <sstream>
#include <string>
#include <thread>
#include <vector>

#include "absl/strings/escaping.h"
#include "absl/strings/match.h"
#include "absl/strings/str_cat.h"
#include "collate/v1/catalogue_service.pb.h"
#include "collate/v1/ingestion_service.pb.h"
#include "collate/v1/operations_service.pb.h"
#include "collate/v1/statistics_service.pb.h"
#include "gmock/gmock.h"
#include "gtest/gtest.h"
#include "nlohmann/json.hpp"
#include "service/api/methods.h"
#include "service/base/error.h"
#include "service/gateway/connect.h"
#include "tests/service/api/served_world.h"
#include "tests/testing/certificates.h"
#include "tests/testing/http.h"
#include "tests/testing/raw_connection.h"
#include "tests/testing/status_matchers.h"
#include "tests/testing/temp_dir.h"
#include "tests/testing/world.h"

namespace collate::gateway {
namespace {

using ::collate::testing::Call;
using ::collate::testing::Fetch;
using ::collate::testing::HasReason;
using ::collate::testing::HttpAnswer;
using ::collate::testing::IsOk;
using ::collate::testing::RawConnection;
using ::collate::testing::ServedWorld;
using ::collate::testing::TempDir;
using ::collate::testing::ThreeReporters;
using ::nlohmann::json;
using ::testing::HasSubstr;
using ::testing::IsEmpty;
using ::testing::Not;
using ::testing::StartsWith;

constexpr char kListMeasures[] = "/collate.v1.CatalogueService/ListMeasures";
constexpr char kQuery[] = "/collate.v1.StatisticsService/QueryStatistics";
constexpr char kExport[] = "/collate.v1.StatisticsService/ExportObservations";
constexpr char kIngest[] = "/collate.v1.IngestionService/IngestDocument";

// Knows one token, and refuses some methods to all.
class OneToken final : public api::AllowAll {
 public:
  absl::Status Identify(const access::Credentials& credentials,
                        api::CallContext& context) const override {
    if (!credentials.authorization.empty() &&
        credentials.authorization != "Bearer good") {
      return base::Error(absl::StatusCode::kUnauthenticated, "TOKEN_REFUSED",
                         "no such token");
    }
    context.principal = credentials.authorization.empty() ? "" : "sub:good";
    return AllowAll::Identify(credentials, context);
  }
  absl::Status Check(absl::string_view method,
                     const api::CallContext& context) const override {
    if (needs_token && context.principal.empty()) {
      return base::Error(absl::StatusCode::kUnauthenticated,
                         "NOT_AUTHENTICATED", "who is it?");
    }
    return absl::OkStatus();
  }
  bool needs_token = false;
};

class GatewayTest : public ::testing::Test {
 protected:
  GatewayTest() {
    calls_options_.authorizer = &authorizer_;
    calls_options_.clock = &clock_;
    calls_options_.log = &log_;
    calls_options_.metrics = &metrics_;
    options_.listen_address = "127.0.0.1:0";
    options_.handlers = served_.handlers();
    options_.metrics = &metrics_;
    options_.log = &log_;
  }

  absl::Status TryStart() {
    calls_ = std::make_unique<api::Calls>(calls_options_);
    options_.calls = calls_.get();
    auto started = Gateway::Start(options_);
    if (!started.ok()) return started.status();
    gateway_ = *std::move(started);
    gateway_->SetServing(true);
    return absl::OkStatus();
  }
  void Start() { ASSERT_THAT(TryStart(), IsOk()); }

  std::string Address() const {
    return absl::StrCat("127.0.0.1:", gateway_->port());
  }
  std::string Url(const std::string& path = "") const {
    return absl::StrCat(options_.keys == nullptr ? "http://" : "https://",
                        "localhost:", gateway_->port(), path);
  }

  base::SystemClock clock_;
  std::ostringstream log_text_;
  base::Log log_{log_text_, clock_, base::Severity::kInfo};
  metrics::Metrics metrics_;
  OneToken authorizer_;
  ServedWorld served_{ThreeReporters(), clock_, log_};
  api::Calls::Options calls_options_;
  Gateway::Options options_;
  std::unique_ptr<api::Calls> calls_;
  std::unique_ptr<Gateway> gateway_;
};

std::string ReasonOf(const HttpAnswer& answer) {
  const json error = json::parse(answer.body, nullptr, false);
  if (!error.is_object() || error["details"].empty()) return answer.body;
  return error["details"][0]["debug"]["reason"];
}

TEST_F(GatewayTest, EveryMethodOfOneMessageIsServed) {
  Start();
  const std::vector<api::Method> methods = api::MethodsOf(served_.handlers());
  std::set<std::string> served;
  for (const api::Method& method : methods) served.insert(method.name);
  std::set<std::string> streaming;
  for (const auto* file : {v1::QueryStatisticsRequest::descriptor()->file(),
                           v1::ListSourcesRequest::descriptor()->file(),
                           v1::IngestReleaseRequest::descriptor()->file(),
                           v1::ReloadAdaptersRequest::descriptor()->file()}) {
    for (int s = 0; s < file->service_count(); ++s) {
      for (int m = 0; m < file->service(s)->method_count(); ++m) {
        const auto* method = file->service(s)->method(m);
        const std::string name = absl::StrCat(
            "/", method->service()->full_name(), "/", method->name());
        EXPECT_EQ(served.contains(name), !method->client_streaming()) << name;
        if (method->client_streaming()) continue;
        const HttpAnswer answer =
            method->server_streaming()
                ? Fetch({.url = Url(name),
                         .method = "POST",
                         .headers = {"content-type: application/connect+json"},
                         .body = Envelope("{}")})
                : Call(Url(), name, "{}");
        EXPECT_NE(answer.status, 0) << name << ": " << answer.problem;
        EXPECT_THAT(answer.body, Not(HasSubstr("UNKNOWN_METHOD"))) << name;
        EXPECT_NE(answer.status, 415) << name << ": " << answer.body;
        EXPECT_NE(answer.status, 500) << name << ": " << answer.body;
      }
    }
  }
}

TEST_F(GatewayTest, AnAnswerIsTheHandlers) {
  Start();
  constexpr char kJson[] =
      R"({"query":{"measures":["offences"],"periods":["2017/18"]}})";
  const HttpAnswer answer = Call(Url(), kQuery, kJson);
  EXPECT_EQ(answer.status, 200) << answer.body;
  EXPECT_EQ(answer.Header("content-type"), "application/json");
  EXPECT_EQ(answer.Header("cache-control"), "no-store");
  EXPECT_THAT(answer.Header("x-request-id"), Not(IsEmpty()));
  v1::QueryStatisticsResponse read;
  ASSERT_THAT(Decode(answer.body, Encoding::kJson, &read), IsOk());
  ASSERT_EQ(read.cells_size(), 1);

  v1::QueryStatisticsRequest request;
  ASSERT_THAT(Decode(kJson, Encoding::kJson, &request), IsOk());
  api::CallContext context(clock_);
  const auto direct = served_.handlers().statistics.stored->QueryStatistics(
      context, request, request.SerializeAsString());
  ASSERT_THAT(direct, IsOk());
  EXPECT_EQ(read.SerializeAsString(), (*direct)->bytes);
}

TEST_F(GatewayTest, ProtobufIsSpokenToo) {
  Start();
  v1::ListMeasuresRequest request;
  request.set_page_size(1);
  const HttpAnswer answer =
      Fetch({.url = Url(kListMeasures),
             .method = "POST",
             .headers = {"content-type: application/proto"},
             .body = request.SerializeAsString()});
  EXPECT_EQ(answer.status, 200);
  EXPECT_EQ(answer.Header("content-type"), "application/proto");
  v1::ListMeasuresResponse read;
  ASSERT_TRUE(read.ParseFromString(answer.body));
  EXPECT_EQ(read.measures_size(), 1);
}

TEST_F(GatewayTest, LongAnswersAreCompressedForThoseWhoTakeIt) {
  Start();
  constexpr char kJson[] =
      R"({"query":{"measures":["offences"],"periods":["2017/18"],)"
      R"("groupBy":["reporter","offence"]},"view":"VIEW_CITED"})";
  const HttpAnswer plain = Call(Url(), kQuery, kJson);
  const HttpAnswer packed =
      Call(Url(), kQuery, kJson, {"accept-encoding: br, gzip;q=0.5"});
  ASSERT_EQ(packed.Header("content-encoding"), "gzip");
  std::string unpacked(plain.body.size(), '\0');
  z_stream stream{};
  ASSERT_EQ(inflateInit2(&stream, 15 + 16), Z_OK);
  std::string in = packed.body;
  stream.next_in = reinterpret_cast<Bytef*>(in.data());
  stream.avail_in = static_cast<uInt>(in.size());
  stream.next_out = reinterpret_cast<Bytef*>(unpacked.data());
  stream.avail_out = static_cast<uInt>(unpacked.size());
  EXPECT_EQ(inflate(&stream, Z_FINISH), Z_STREAM_END);
  inflateEnd(&stream);
  EXPECT_EQ(unpacked, plain.body);
  EXPECT_EQ(Call(Url(), kQuery, kJson, {"accept-encoding: gzip;q=0"})
                .Header("content-encoding"),
            "");
}

TEST_F(GatewayTest, ErrorsAreThoseOfGrpcInConnectsForm) {
  Start();
  const HttpAnswer answer =
      Call(Url(), "/collate.v1.CatalogueService/GetMeasure",
           R"({"name":"measures/nothing"})", {"x-request-id: mine-1"});
  EXPECT_EQ(answer.status, 404);
  EXPECT_EQ(answer.Header("x-request-id"), "mine-1");
  EXPECT_EQ(json::parse(answer.body)["code"], "not_found");
  EXPECT_EQ(ReasonOf(answer), "UNKNOWN_RESOURCE");
  EXPECT_EQ(ReasonOf(Call(Url(), kListMeasures, "{\"x\":1}")), "INVALID_JSON");
  EXPECT_EQ(
      ReasonOf(Call(Url(), kListMeasures, "{}", {"connect-timeout-ms: soon"})),
      "INVALID_TIMEOUT");
  EXPECT_EQ(
      json::parse(Call(Url(), kListMeasures, "{}", {"connect-timeout-ms: 0"})
                      .body)["code"],
      "deadline_exceeded");
  EXPECT_THAT(log_text_.str(), HasSubstr("\"request_id\":\"mine-1\""));
}

TEST_F(GatewayTest, WhatIsNoCallIsRefusedByName) {
  Start();
  const auto post = [this](const std::string& path,
                           std::vector<std::string> headers) {
    return Fetch({.url = Url(path),
                  .method = "POST",
                  .headers = std::move(headers),
                  .body = "{}"});
  };
  EXPECT_EQ(ReasonOf(post("/collate.v1.CatalogueService/Nothing",
                          {"content-type: application/json"})),
            "UNKNOWN_METHOD");
  EXPECT_EQ(ReasonOf(post("/collate.v1.IngestionService/IngestRelease",
                          {"content-type: application/json"})),
            "UNKNOWN_METHOD");
  // What a form of another site can send.
  for (const char* type : {"text/plain", "application/x-www-form-urlencoded",
                           "multipart/form-data; boundary=x"}) {
    const HttpAnswer answer =
        post(kListMeasures, {absl::StrCat("content-type: ", type)});
    EXPECT_EQ(answer.status, 415) << type;
    EXPECT_EQ(ReasonOf(answer), "UNKNOWN_CONTENT_TYPE");
  }
  EXPECT_EQ(ReasonOf(post(kListMeasures, {"content-type: application/json",
                                          "content-encoding: gzip"})),
            "COMPRESSED_REQUEST");
  const HttpAnswer put = Fetch({.url = Url(kListMeasures), .method = "PUT"});
  EXPECT_EQ(put.status, 405);
  EXPECT_EQ(Fetch({.url = Url(kListMeasures)}).status, 405);
  // A browser asks first, and is not allowed.
  const HttpAnswer options =
      Fetch({.url = Url(kListMeasures), .method = "OPTIONS"});
  EXPECT_EQ(options.status, 405);
  EXPECT_EQ(options.Header("access-control-allow-origin"), "");
}

TEST_F(GatewayTest, PagesOfOthersMayNotCall) {
  Start();
  const HttpAnswer foreign =
      Call(Url(), kListMeasures, "{}", {"origin: https://elsewhere.example"});
  EXPECT_EQ(foreign.status, 403);
  EXPECT_EQ(ReasonOf(foreign), "FOREIGN_ORIGIN");
  EXPECT_EQ(ReasonOf(Call(Url(), kListMeasures, "{}", {"origin: null"})),
            "FOREIGN_ORIGIN");
  EXPECT_EQ(Call(Url(), kListMeasures, "{}", {"origin: " + Url()}).status, 200);
}

// Somebody's name that is looked up as this machine's address.
TEST_F(GatewayTest, OtherNamesOfTheServiceAreRefused) {
  Start();
  const std::vector<std::string> other = {"host: elsewhere.example"};
  EXPECT_EQ(ReasonOf(Call(Url(), kListMeasures, "{}", other)), "UNKNOWN_HOST");
  EXPECT_EQ(Fetch({.url = Url("/metrics"), .headers = other}).status, 421);
  EXPECT_EQ(Fetch({.url = Url("/"), .headers = other}).status, 421);
  // Probes call by address.
  EXPECT_EQ(Fetch({.url = Url("/readyz"), .headers = other}).status, 200);
  gateway_.reset();
  options_.host_names = {"elsewhere.example"};
  Start();
  EXPECT_EQ(Call(Url(), kListMeasures, "{}", other).status, 200);
  EXPECT_EQ(ReasonOf(Call(Url(), kListMeasures, "{}")), "UNKNOWN_HOST");
}

TEST_F(GatewayTest, CallersAreKnownByTheirTokens) {
  authorizer_.needs_token = true;
  Start();
  const HttpAnswer nobody = Call(Url(), kListMeasures, "{}");
  EXPECT_EQ(nobody.status, 401);
  EXPECT_EQ(nobody.Header("www-authenticate"), "Bearer");
  EXPECT_EQ(ReasonOf(nobody), "NOT_AUTHENTICATED");
  EXPECT_EQ(
      ReasonOf(Call(Url(), kListMeasures, "{}", {"authorization: Bearer bad"})),
      "TOKEN_REFUSED");
  EXPECT_EQ(
      Call(Url(), kListMeasures, "{}", {"authorization: Bearer good"}).status,
      200);
  EXPECT_EQ(Fetch({.url = Url("/metrics")}).status, 401);
  EXPECT_EQ(
      Fetch({.url = Url("/metrics"), .headers = {"authorization: Bearer good"}})
          .status,
      200);
  EXPECT_EQ(Fetch({.url = Url("/healthz")}).status, 200);
}

TEST_F(GatewayTest, NobodyWhoMayNotCallCanSendABody) {
  authorizer_.needs_token = true;
  Start();
  // Refused by its header: the body never comes.
  auto connection = RawConnection::Open(Address(), "127.0.0.1");
  ASSERT_THAT(connection, IsOk());
  ASSERT_TRUE(connection->Send(
      absl::StrCat("POST ", kIngest,
                   " HTTP/1.1\r\nhost: localhost\r\ncontent-type: "
                   "application/json\r\ncontent-length: 10000000\r\n\r\n{")));
  EXPECT_TRUE(connection->EndsBy(absl::Now() + absl::Seconds(30)));
  EXPECT_THAT(log_text_.str(), HasSubstr("NOT_AUTHENTICATED"));
}

TEST_F(GatewayTest, BodiesBeyondTheLimitAreRefused) {
  options_.max_message_bytes = 1000;
  options_.max_content_bytes = 10000;
  Start();
  const auto of_size = [](size_t bytes) {
    return absl::StrCat("{\"filter\":\"", std::string(bytes - 13, 'x'), "\"}");
  };
  EXPECT_NE(ReasonOf(Call(Url(), kListMeasures, of_size(1000))),
            "MESSAGE_TOO_LARGE");
  const HttpAnswer stated = Call(Url(), kListMeasures, of_size(1001));
  EXPECT_EQ(stated.status, 429);
  EXPECT_EQ(ReasonOf(stated), "MESSAGE_TOO_LARGE");
  // In chunks, which say nothing before.
  EXPECT_EQ(ReasonOf(Call(Url(), kListMeasures, of_size(1001),
                          {"transfer-encoding: chunked"})),
            "MESSAGE_TOO_LARGE");
  // A document may be larger.
  std::string content;
  absl::Base64Escape(std::string(9000, 'x'), &content);
  EXPECT_NE(ReasonOf(Call(Url(), kIngest,
                          absl::StrCat("{\"content\":\"", content, "\"}"))),
            "MESSAGE_TOO_LARGE");
}

TEST_F(GatewayTest, AStreamComesInEnvelopesAndTellsItsOutcome) {
  Start();
  const auto stream = [this](const std::string& json_text) {
    return Fetch({.url = Url(kExport),
                  .method = "POST",
                  .headers = {"content-type: application/connect+json"},
                  .body = Envelope(json_text)});
  };
  const HttpAnswer refused = stream("{\"query\":{}}");
  EXPECT_EQ(refused.status, 200);
  EXPECT_EQ(refused.Header("content-type"), "application/connect+json");
  ASSERT_GE(refused.body.size(), 5u);
  EXPECT_EQ(refused.body[0], '\2');
  EXPECT_EQ(json::parse(refused.body.substr(5))["error"]["code"],
            "invalid_argument");
  EXPECT_EQ(ReasonOf(Call(Url(), kExport, "{}")), "UNKNOWN_CONTENT_TYPE");
}

TEST_F(GatewayTest, APageIsServedWithWhatKeepsOthersOut) {
  const TempDir pages;
  std::ofstream(pages.path() + "/index.html") << "<!doctype html>";
  std::filesystem::create_directory(pages.path() + "/assets");
  std::ofstream(pages.path() + "/assets/a.js") << "let a;";
  std::ofstream(pages.path() + "/assets/a.js.gz") << "packed";
  options_.web_directory = pages.path();
  Start();
  const HttpAnswer page = Fetch({.url = Url("/?q=1")});
  EXPECT_EQ(page.status, 200);
  EXPECT_EQ(page.body, "<!doctype html>");
  EXPECT_THAT(page.Header("content-security-policy"),
              StartsWith("default-src 'none'"));
  EXPECT_EQ(page.Header("x-content-type-options"), "nosniff");
  EXPECT_EQ(page.Header("cache-control"), "no-cache");
  EXPECT_EQ(Fetch({.url = Url("/"),
                   .headers = {"if-none-match: " + page.Header("etag")}})
                .status,
            304);
  const HttpAnswer head = Fetch({.url = Url("/"), .method = "HEAD"});
  EXPECT_EQ(head.Header("content-length"), "15");
  EXPECT_EQ(head.body, "");
  const HttpAnswer script =
      Fetch({.url = Url("/assets/a.js"), .headers = {"accept-encoding: gzip"}});
  EXPECT_EQ(script.Header("content-encoding"), "gzip");
  EXPECT_EQ(script.body, "packed");
  EXPECT_THAT(script.Header("cache-control"), HasSubstr("immutable"));
  for (const char* path : {"/assets/", "/assets/../index.html/x", "/nothing",
                           "/%2e%2e/etc/passwd", "/assets/a.js.gz"}) {
    EXPECT_EQ(Fetch({.url = Url(path)}).status, 404) << path;
  }
}

TEST_F(GatewayTest, WithoutAPageItSaysSo) {
  Start();
  EXPECT_THAT(Fetch({.url = Url("/")}).body, HasSubstr("is not installed"));
  options_.web_directory = "/nowhere/web";
  EXPECT_THAT(TryStart(), HasReason("PAGES_NOT_FOUND"));
}

TEST_F(GatewayTest, MetricsCountCallsOfHttp) {
  Start();
  Call(Url(), kListMeasures, "{}");
  const HttpAnswer answer = Fetch({.url = Url("/metrics")});
  EXPECT_EQ(answer.Header("content-type"),
            "text/plain; version=0.0.4; charset=utf-8");
  EXPECT_THAT(answer.body,
              HasSubstr("collate_rpcs_total{code=\"OK\",method=\"collate.v1."
                        "CatalogueService/ListMeasures\"} 1\n"));
}

TEST_F(GatewayTest, ReadinessFollowsServing) {
  Start();
  EXPECT_EQ(Fetch({.url = Url("/readyz")}).status, 200);
  gateway_->SetServing(false);
  EXPECT_EQ(Fetch({.url = Url("/readyz")}).status, 503);
  gateway_->SetServing(true);
  calls_->StopAdmitting();
  EXPECT_EQ(Fetch({.url = Url("/readyz")}).status, 503);
  EXPECT_EQ(Fetch({.url = Url("/healthz")}).status, 200);
  const HttpAnswer refused = Call(Url(), kListMeasures, "{}");
  EXPECT_EQ(refused.status, 503);
  EXPECT_EQ(ReasonOf(refused), "DRAINING");
}

TEST_F(GatewayTest, ManyCallsOnOneConnection) {
  Start();
  auto connection = RawConnection::Open(Address(), "127.0.0.1");
  ASSERT_THAT(connection, IsOk());
  std::string pipelined;
  for (int i = 0; i < 50; ++i) {
    absl::StrAppend(&pipelined, "POST ", kListMeasures,
                    " HTTP/1.1\r\nhost: localhost\r\ncontent-type: "
                    "application/json\r\ncontent-length: 2\r\n\r\n{}");
  }
  absl::StrAppend(&pipelined,
                  "GET /healthz HTTP/1.1\r\nhost: localhost\r\nconnection: "
                  "close\r\n\r\n");
  ASSERT_TRUE(connection->Send(pipelined));
  EXPECT_TRUE(connection->EndsBy(absl::Now() + absl::Seconds(30)));
  EXPECT_THAT(metrics_.Text(), HasSubstr("ListMeasures\"} 50\n"));
}

TEST_F(GatewayTest, WhatComesWithALookIsNoRequest) {
  Start();
  auto connection = RawConnection::Open(Address(), "127.0.0.1");
  ASSERT_THAT(connection, IsOk());
  const std::string hidden =
      absl::StrCat("POST ", kListMeasures,
                   " HTTP/1.1\r\nhost: localhost\r\ncontent-type: "
                   "application/json\r\ncontent-length: 2\r\n\r\n{}");
  ASSERT_TRUE(connection->Send(absl::StrCat(
      "GET /healthz HTTP/1.1\r\nhost: localhost\r\ncontent-length: ",
      hidden.size(), "\r\n\r\n", hidden)));
  EXPECT_TRUE(connection->EndsBy(absl::Now() + absl::Seconds(30)));
  EXPECT_THAT(metrics_.Text(), Not(HasSubstr("ListMeasures")));
}

TEST_F(GatewayTest, NoiseIsAnsweredOrEnded) {
  Start();
  for (const std::string& noise :
       {std::string("\0\0\0", 3), std::string("GET\r\n\r\n"),
        std::string("PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n"),
        absl::StrCat("GET / HTTP/1.1\r\nx: ", std::string(100000, 'x')),
        std::string("POST / HTTP/1.1\r\ncontent-length: -1\r\n\r\n"),
        std::string("POST / HTTP/1.1\r\ncontent-length: 1\r\ncontent-length: "
                    "2\r\n\r\n"),
        std::string("\x16\x03\x01\x02\x00\x01", 6) + std::string(600, '\1')}) {
    auto connection = RawConnection::Open(Address(), "127.0.0.1");
    ASSERT_THAT(connection, IsOk());
    connection->Send(noise + "\r\n\r\n");
    EXPECT_TRUE(connection->EndsBy(absl::Now() + absl::Seconds(30)))
        << absl::CHexEscape(noise.substr(0, 40));
  }
  EXPECT_EQ(Fetch({.url = Url("/healthz")}).status, 200);
}

TEST_F(GatewayTest, WhoLeavesCancelsTheCall) {
  Start();
  std::vector<std::thread> leaving;
  for (int i = 0; i < 8; ++i) {
    leaving.emplace_back([this] {
      for (int n = 0; n < 50; ++n) {
        auto connection = RawConnection::Open(Address(), "127.0.0.1");
        if (!connection.ok()) continue;
        connection->Send(
            absl::StrCat("POST ", kListMeasures,
                         " HTTP/1.1\r\nhost: localhost\r\ncontent-type: "
                         "application/json\r\ncontent-length: 2\r\n\r\n{}"));
      }
    });
  }
  for (std::thread& thread : leaving) thread.join();
  EXPECT_TRUE(calls_->admission().WaitUntilEmpty(absl::Seconds(60)));
  EXPECT_EQ(Call(Url(), kListMeasures, "{}").status, 200);
}

TEST_F(GatewayTest, IdleConnectionsEnd) {
  options_.max_idle = absl::Milliseconds(20);
  Start();
  auto connection = RawConnection::Open(Address(), "127.0.0.1");
  ASSERT_THAT(connection, IsOk());
  EXPECT_TRUE(connection->EndsBy(absl::Now() + absl::Seconds(30)));
}

TEST_F(GatewayTest, CallsThatRunWhenTheDrainBeginsAreAnswered) {
  Start();
  std::atomic<int> answered{0};
  std::atomic<int> other{0};
  std::vector<std::thread> clients;
  for (int i = 0; i < 4; ++i) {
    clients.emplace_back([&] {
      while (true) {
        const HttpAnswer answer = Call(Url(), kListMeasures, "{}");
        if (answer.status == 200) {
          ++answered;
          continue;
        }
        // Refused before it began, never cut off.
        if (answer.status != 503) ++other;
        return;
      }
    });
  }
  const absl::Time give_up = absl::Now() + absl::Seconds(60);
  while (answered < 50 && absl::Now() < give_up) std::this_thread::yield();
  calls_->StopAdmitting();
  for (std::thread& client : clients) client.join();
  auto idle = RawConnection::Open(Address(), "127.0.0.1");
  ASSERT_THAT(idle, IsOk());
  gateway_->Drain(absl::Now() + absl::Seconds(30));
  EXPECT_TRUE(idle->EndsBy(absl::Now() + absl::Seconds(10)));
  EXPECT_GE(answered, 50);
  EXPECT_EQ(other, 0);
  EXPECT_NE(Fetch({.url = Url("/healthz")}).problem, "");
}

TEST_F(GatewayTest, AUnixSocketIsServed) {
  const TempDir directory;
  const std::string path = directory.path() + "/http";
  options_.listen_address = absl::StrCat("unix:", path);
  Start();
  EXPECT_EQ(
      Fetch({.url = "http://localhost/readyz", .unix_socket = path}).status,
      200);
}

TEST_F(GatewayTest, ConnectionsAreEncryptedWithTheKeysOfTheMoment) {
  const testing::Authority authority("test authority");
  const TempDir files;
  const auto write = [&files](const std::string& name, const std::string& pem) {
    const std::string path = files.path() + "/" + name;
    std::ofstream(path + ".new") << pem;
    std::filesystem::rename(path + ".new", path);
    return path;
  };
  const testing::KeyPair first = authority.Issue();
  const std::string trusted = write("ca.pem", authority.certificate());
  const transport::KeyFiles key_files = {
      .certificate = write("cert.pem", first.certificate),
      .private_key = write("key.pem", first.key),
      .client_authorities = trusted};
  auto keys = base::Watched<transport::ServerKeys>::Start(
      {.read =
           [&] { return transport::ReadServerKeys(key_files, clock_.Now()); },
       .interval = absl::Hours(1)});
  ASSERT_THAT(keys, IsOk());
  options_.keys = keys->get();
  options_.client_certificate = transport::ClientCertificate::kRequired;
  Start();
  const testing::KeyPair caller =
      authority.Issue({.subject = "caller", .names = "URI:urn:example:caller"});
  const std::string certificate = write("caller.pem", caller.certificate);
  const std::string key = write("caller.key", caller.key);
  const auto fetch = [&](bool with_certificate) {
    testing::HttpRequest request{.url = Url("/healthz"), .authority = trusted};
    if (with_certificate) {
      request.certificate = certificate;
      request.key = key;
    }
    return Fetch(request);
  };
  EXPECT_EQ(fetch(true).status, 200) << fetch(true).problem;
  EXPECT_NE(fetch(false).problem, "");
  EXPECT_NE(Fetch({.url = absl::StrCat("http://localhost:", gateway_->port(),
                                       "/healthz")})
                .status,
            200);
  // Another authority's certificate is shown from the next handshake on.
  const testing::Authority next("next authority");
  const testing::KeyPair second = next.Issue();
  write("cert.pem", second.certificate);
  write("key.pem", second.key);
  (*keys)->Look();
  EXPECT_NE(fetch(true).problem, "");
  write("ca2.pem", next.certificate());
  EXPECT_EQ(Fetch({.url = Url("/healthz"),
                   .authority = files.path() + "/ca2.pem",
                   .certificate = certificate,
                   .key = key})
                .status,
            200);
  gateway_.reset();
}

TEST_F(GatewayTest, CallersWithAProfileAreNeverAnsweredWithoutAView) {
  calls_options_.disclosure_profile = "ons-10-5";
  EXPECT_THAT(TryStart(), HasReason("NO_VIEW"));
}

}  // namespace
}  // namespace collate::gateway
