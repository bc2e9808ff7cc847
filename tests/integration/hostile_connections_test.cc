// Connections that no client of ours would make: by the hundred, silent, cut
// off in the middle, or full of calls that are reset at once.

#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <openssl/ssl.h>

#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "absl/strings/str_cat.h"
#include "grpcpp/grpcpp.h"
#include "tests/integration/under_attack.h"
#include "tests/testing/certificates.h"
#include "tests/testing/raw_connection.h"

namespace collate::testing {
namespace {

using ::testing::Each;
using ::testing::Eq;
using ::testing::Ge;
using ::testing::HasSubstr;
using ::testing::IsEmpty;
using ::testing::Le;

class HostileConnections : public ::testing::Test {
 protected:
  void Start(DaemonOptions options) {
    options.data = dir_.File("data");
    auto daemon = Daemon::Start(options);
    ASSERT_THAT(daemon, IsOk());
    daemon_ = *std::move(daemon);
    const auto client = ConnectTo(*daemon_);
    ASSERT_THAT(client->Ingest(HomeOffice(Excerpt()), nullptr), IsOk());
  }

  // `count` connections that have sent `first`; those that are refused are
  // among them.
  std::vector<RawConnection> Connect(int count, const std::string& first) {
    std::vector<RawConnection> connections;
    for (int i = 0; i < count; ++i) {
      auto connection =
          RawConnection::Open(daemon_->address(), kAnotherAddress);
      if (!connection.ok()) continue;
      connections.push_back(*std::move(connection));
      connections.back().Send(first);
    }
    return connections;
  }

  static int CountOpen(std::vector<RawConnection>& connections) {
    return static_cast<int>(
        std::count_if(connections.begin(), connections.end(),
                      [](RawConnection& one) { return one.Drain(); }));
  }

  // How long it takes until somebody new is answered.
  absl::Duration TimeToServe() {
    const absl::Time began = absl::Now();
    absl::Status status;
    do {
      status = Number(*ConnectTo(*daemon_), Query("88A", {"2017/18"}, kPanel))
                   .status();
    } while (!status.ok() && absl::Now() - began < absl::Seconds(30));
    EXPECT_THAT(status, IsOk());
    return absl::Now() - began;
  }

  TempDir dir_;
  std::unique_ptr<Daemon> daemon_;
};

TEST_F(HostileConnections, FewDescriptorsAndManyIdlersLeaveRoomForOthers) {
  Start({.descriptors = 128});
  Asker before(*daemon_);
  auto idlers = Connect(400, http2::Preface());
  const absl::Duration beside = TimeToServe();
  const int open = CountOpen(idlers);
  idlers.clear();
  const absl::Duration after = TimeToServe();
  before.Stop();
  std::cout << "measured: of 400 idle connections " << open
            << " stayed open; somebody new was answered in " << beside
            << " beside them, in " << after << " after they left; "
            << before.asked() << " questions on an older connection, p99 "
            << before.Quantile(0.99) << std::endl;
  EXPECT_THAT(before.failures(), IsEmpty());
  EXPECT_LT(after, absl::Seconds(2));
  EXPECT_LT(beside, absl::Seconds(2));
  EXPECT_THAT(daemon_->Log(), HasSubstr("connections refused"));
  EXPECT_THAT(daemon_->Terminate(), Eq(0));
}

TEST_F(HostileConnections, WhoNeverFinishesTheirFirstWordsIsPutOut) {
  const std::string config = dir_.Write(
      "config.textproto",
      "limits { max_connections: 200 max_connections_per_peer: 150 }");
  Start({.config = config});
  Asker asker(*daemon_);
  const absl::Time began = absl::Now();
  const std::string preface = http2::Preface();
  // Nothing at all, half of the preface, and the preface without settings.
  std::vector<std::vector<RawConnection>> kinds;
  for (const size_t sent : {size_t{0}, size_t{12}, size_t{24}}) {
    kinds.push_back(Connect(134, preface.substr(0, sent)));
  }
  const absl::Duration beside = TimeToServe();
  // Those that are too many are closed as soon as it gets to them.
  int open = 0;
  do {
    open = 0;
    for (auto& kind : kinds) open += CountOpen(kind);
  } while (open > 150 && absl::Now() - began < absl::Seconds(5));
  EXPECT_THAT(open, Le(150));
  int left = 0;
  for (auto& kind : kinds) {
    for (RawConnection& connection : kind) {
      if (!connection.EndsBy(began + absl::Seconds(15))) ++left;
    }
  }
  const absl::Duration all_gone = absl::Now() - began;
  asker.Stop();
  std::cout << "measured: " << open
            << " of 402 got in, all were put out within " << all_gone
            << "; somebody new was answered in " << beside << " beside them"
            << std::endl;
  EXPECT_THAT(left, Eq(0));
  EXPECT_THAT(asker.failures(), IsEmpty());
  EXPECT_LT(beside, absl::Seconds(2));
  EXPECT_THAT(daemon_->Terminate(), Eq(0));
}

// What a client that speaks TLS sends first.
std::string ClientHello() {
  const std::unique_ptr<SSL_CTX, decltype(&SSL_CTX_free)> context(
      SSL_CTX_new(TLS_client_method()), &SSL_CTX_free);
  const std::unique_ptr<SSL, decltype(&SSL_free)> tls(SSL_new(context.get()),
                                                      &SSL_free);
  BIO* out = BIO_new(BIO_s_mem());
  SSL_set_bio(tls.get(), BIO_new(BIO_s_mem()), out);
  EXPECT_THAT(SSL_connect(tls.get()), Eq(-1));  // it waits for an answer
  char* bytes = nullptr;
  const auto size = BIO_get_mem_data(out, &bytes);
  return std::string(bytes, static_cast<size_t>(size));
}

TEST_F(HostileConnections, WhoStopsWithinAHandshakeIsPutOut) {
  constexpr int kConnections = 400;
  Start({});
  ASSERT_THAT(daemon_->Terminate(), Eq(0));
  const Authority authority("authority of tests");
  const KeyPair keys = authority.Issue();
  dir_.Write("server.pem", keys.certificate);
  dir_.Write("server.key", keys.key);
  auto encrypted = Daemon::Start(
      {.data = dir_.File("data"),
       .config = dir_.Write("config.textproto",
                            "tls { certificate_file: 'server.pem'"
                            " private_key_file: 'server.key' }")});
  ASSERT_THAT(encrypted, IsOk());
  daemon_ = *std::move(encrypted);
  grpc::SslCredentialsOptions options;
  options.pem_root_certs = authority.certificate();
  const auto connect = [&] {
    grpc::ChannelArguments arguments;
    arguments.SetInt(GRPC_ARG_ENABLE_HTTP_PROXY, 0);
    arguments.SetInt(GRPC_ARG_USE_LOCAL_SUBCHANNEL_POOL, 1);
    return grpc::CreateCustomChannel(daemon_->address(),
                                     grpc::SslCredentials(options), arguments);
  };
  Asker asker(connect());
  const Growth growth(daemon_->id());
  const absl::Time began = absl::Now();
  const std::string hello = ClientHello();
  ASSERT_THAT(hello.size(), Ge(100u));
  // Cut everywhere, from the first byte to the last but one.
  std::vector<RawConnection> connections;
  for (size_t i = 0; i < kConnections; ++i) {
    COLLATE_ASSERT_OK_AND_ASSIGN(
        RawConnection connection,
        RawConnection::Open(daemon_->address(), kAnotherAddress));
    const size_t sent = 1 + i * (hello.size() - 2) / (kConnections - 1);
    ASSERT_TRUE(connection.Send(hello.substr(0, sent)));
    connections.push_back(std::move(connection));
  }
  const int open = CountOpen(connections);
  // Somebody new, beside all of them.
  const absl::Time came = absl::Now();
  Asker newcomer(connect());
  newcomer.Stop();
  const absl::Duration beside = absl::Now() - came;
  int left = 0;
  for (RawConnection& connection : connections) {
    if (!connection.EndsBy(began + absl::Seconds(20))) ++left;
  }
  const absl::Duration all_gone = absl::Now() - began;
  asker.Stop();
  std::cout << "measured: " << open << " of " << kConnections
            << " handshakes were open half-way, all were ended within "
            << all_gone << "; memory grew by " << growth.mib()
            << " MiB; somebody new was answered in " << beside << "; "
            << asker.asked() << " questions of another client, p99 "
            << asker.Quantile(0.99) << std::endl;
  EXPECT_THAT(open, Eq(kConnections));
  EXPECT_THAT(left, Eq(0));
  EXPECT_THAT(newcomer.failures(), IsEmpty());
  EXPECT_THAT(asker.failures(), IsEmpty());
  EXPECT_LT(beside, absl::Seconds(2));
  if (!kSanitized) {
    EXPECT_LT(growth.mib(), 64);
  }
  EXPECT_THAT(daemon_->Terminate(), Eq(0));
}

struct Resets {
  const char* name;
  const char* method;
  std::optional<std::string> message;
  bool socket = false;  // over a unix socket, whose peers have no names
};

class RapidResets : public HostileConnections,
                    public ::testing::WithParamInterface<Resets> {};

TEST_P(RapidResets, NeitherFillMemoryNorHoldUpOthers) {
  constexpr int kResets = 100000;
  constexpr int kAtOnce = 100;
  constexpr absl::Duration kWatched = absl::Seconds(1);
  Start({.listen = GetParam().socket ? "unix:" + dir_.File("socket")
                                     : "127.0.0.1:0"});
  // A machine that is busy as it is has latencies of its own.
  Asker calm(*daemon_);
  absl::SleepFor(kWatched);
  calm.Stop();
  Asker asker(*daemon_);
  const Growth growth(daemon_->id());
  const absl::Time began = absl::Now();
  int connections = 0;
  int sent = 0;
  // On one connection as long as it is left open, then on the next.
  while (sent < kResets) {
    COLLATE_ASSERT_OK_AND_ASSIGN(
        RawConnection attacker,
        RawConnection::Open(daemon_->address(), kAnotherAddress));
    ++connections;
    attacker.Send(http2::Preface());
    uint32_t stream = 1;
    bool is_open = true;
    while (is_open && sent < kResets) {
      std::string calls;
      for (int i = 0; i < kAtOnce; ++i, ++sent, stream += 2) {
        calls += stream == 1 ? http2::Request(stream, GetParam().method)
                             : http2::RequestAgain(stream);
        if (GetParam().message.has_value()) {
          calls += http2::Message(stream, *GetParam().message);
        }
        calls += http2::Reset(stream);
      }
      is_open = attacker.Send(calls) && attacker.Drain();
    }
  }
  const absl::Duration took = absl::Now() - began;
  const absl::Duration after = TimeToServe();
  // What was sent may not have been read yet.
  absl::SleepFor(began + kWatched - absl::Now());
  asker.Stop();
  std::cout << "measured: " << sent << " resets in " << took << " on "
            << connections << " connections; memory grew by " << growth.mib()
            << " MiB; " << asker.asked() << " questions of another client, p50 "
            << asker.Quantile(0.5) << ", p99 " << asker.Quantile(0.99)
            << ", before that " << calm.Quantile(0.99)
            << "; somebody new was answered in " << after << " after it"
            << std::endl;
  if (GetParam().socket) {
    // All of a socket have one address, and nobody can tell which of their
    // connections to end: others may be refused, and have to wait.
    EXPECT_THAT(asker.failures(), Each(HasSubstr("calls of one address")));
    if (!kSanitized) {
      EXPECT_LT(growth.mib(), 512);
    }
    EXPECT_THAT(daemon_->Terminate(), Eq(0));
    return;
  }
  EXPECT_THAT(asker.failures(), IsEmpty());
  // A daemon that hardly gets to run keeps what it has not got to.
  if (!kSanitized && took < absl::Seconds(5)) {
    EXPECT_LT(growth.mib(), 128);
    // On a machine with other work the daemon waits for its turn.
    EXPECT_LT(asker.Quantile(0.99),
              TestScale() < 10 ? absl::Seconds(2) : absl::Milliseconds(250));
  }
  EXPECT_THAT(daemon_->Terminate(), Eq(0));
}

INSTANTIATE_TEST_SUITE_P(
    Of, RapidResets,
    ::testing::Values(
        Resets{"Questions", kAsk, ""},
        Resets{"QuestionsWithoutMessage", kAsk, std::nullopt},
        Resets{"Lists", "/collate.v1.CatalogueService/ListMeasures", ""},
        Resets{"ListsWithoutMessage",
               "/collate.v1.CatalogueService/ListMeasures", std::nullopt},
        Resets{"Ingestions", "/collate.v1.IngestionService/IngestRelease",
               std::nullopt},
        Resets{"Exports", kExport, ""},
        Resets{"Health", "/grpc.health.v1.Health/Watch", ""},
        Resets{"Reflection",
               "/grpc.reflection.v1alpha.ServerReflection/ServerReflectionInfo",
               std::nullopt},
        Resets{"UnknownMethods", "/a.B/C", ""},
        Resets{"QuestionsOverASocket", kAsk, "", true},
        Resets{"ListsWithoutMessageOverASocket",
               "/collate.v1.CatalogueService/ListMeasures", std::nullopt, true},
        Resets{"IngestionsOverASocket",
               "/collate.v1.IngestionService/IngestRelease", std::nullopt,
               true}),
    [](const ::testing::TestParamInfo<Resets>& info) {
      return info.param.name;
    });

}  // namespace
}  // namespace collate::testing
