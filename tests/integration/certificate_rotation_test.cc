// Certificates that are exchanged while the daemon is called all the time, bad
// ones among them.

#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <openssl/pem.h>
#include <openssl/ssl.h>

#include <atomic>
#include <filesystem>
#include <memory>
#include <string>
#include <thread>
#include <vector>

#include "absl/strings/str_cat.h"
#include "grpcpp/grpcpp.h"
#include "tests/integration/under_attack.h"
#include "tests/testing/certificates.h"
#include "tests/testing/raw_connection.h"

namespace collate::testing {
namespace {

using ::testing::Eq;
using ::testing::Gt;
using ::testing::HasSubstr;
using ::testing::IsEmpty;

// How often somebody looks which certificate is shown.
constexpr absl::Duration kLook = absl::Milliseconds(50);
constexpr absl::Duration kInUseWithin = absl::Seconds(5);

// The certificate, PEM, that a handshake of one's own is shown.
std::string ShownCertificate(const Daemon& daemon) {
  auto connection = RawConnection::Open(daemon.address(), "127.0.0.1");
  if (!connection.ok()) return connection.status().ToString();
  const std::unique_ptr<SSL_CTX, decltype(&SSL_CTX_free)> context(
      SSL_CTX_new(TLS_client_method()), &SSL_CTX_free);
  const std::unique_ptr<SSL, decltype(&SSL_free)> tls(SSL_new(context.get()),
                                                      &SSL_free);
  static constexpr unsigned char kHttp2[] = {2, 'h', '2'};
  SSL_set_alpn_protos(tls.get(), kHttp2, sizeof(kHttp2));
  SSL_set_fd(tls.get(), connection->descriptor());
  if (SSL_connect(tls.get()) != 1) return "no handshake";
  const std::unique_ptr<X509, decltype(&X509_free)> shown(
      SSL_get1_peer_certificate(tls.get()), &X509_free);
  const std::unique_ptr<BIO, decltype(&BIO_free)> out(BIO_new(BIO_s_mem()),
                                                      &BIO_free);
  if (shown == nullptr || PEM_write_bio_X509(out.get(), shown.get()) != 1) {
    return "no certificate";
  }
  char* text = nullptr;
  const auto size = BIO_get_mem_data(out.get(), &text);
  return std::string(text, static_cast<size_t>(size));
}

// Calls all the time, over one connection or a new one for each call.
class Caller {
 public:
  Caller(const Daemon& daemon, const Authority& authority, bool reconnects)
      : address_(daemon.address()), reconnects_(reconnects) {
    options_.pem_root_certs = authority.certificate();
    thread_ = std::thread([this] { Run(); });
  }
  ~Caller() { Stop(); }

  void Stop() {
    stopping_ = true;
    if (thread_.joinable()) thread_.join();
  }

  // Once stopped.
  int answered() const { return answered_; }
  const std::vector<std::string>& failures() const { return failures_; }

 private:
  std::unique_ptr<v1::StatisticsService::Stub> Connect() const {
    grpc::ChannelArguments arguments;
    arguments.SetInt(GRPC_ARG_ENABLE_HTTP_PROXY, 0);
    arguments.SetInt(GRPC_ARG_USE_LOCAL_SUBCHANNEL_POOL, 1);
    return v1::StatisticsService::NewStub(grpc::CreateCustomChannel(
        address_, grpc::SslCredentials(options_), arguments));
  }

  void Run() {
    v1::QueryStatisticsRequest request;
    *request.mutable_query() = Query("88A", {"2017/18"}, kPanel);
    auto stub = Connect();
    while (!stopping_) {
      if (reconnects_) stub = Connect();
      grpc::ClientContext context;
      context.set_deadline(absl::ToChronoTime(absl::Now() + absl::Minutes(1)));
      v1::QueryStatisticsResponse answer;
      const grpc::Status status =
          stub->QueryStatistics(&context, request, &answer);
      if (!status.ok()) {
        failures_.push_back(status.error_message());
      } else if (answer.cells(0).reported() != kForces) {
        failures_.push_back(answer.ShortDebugString());
      } else {
        ++answered_;
      }
    }
  }

  const std::string address_;
  const bool reconnects_;
  grpc::SslCredentialsOptions options_;
  std::atomic<bool> stopping_ = false;
  int answered_ = 0;
  std::vector<std::string> failures_;
  std::thread thread_;
};

class CertificateRotation : public ::testing::Test {
 protected:
  void SetUp() override {
    const DaemonOptions plain = {.data = dir_.File("data")};
    {
      COLLATE_ASSERT_OK_AND_ASSIGN(const auto daemon, Daemon::Start(plain));
      ASSERT_THAT(ConnectTo(*daemon)->Ingest(HomeOffice(Excerpt()), nullptr),
                  IsOk());
      ASSERT_THAT(daemon->Terminate(), Eq(0));
    }
    good_ = authority_.Issue();
    Put(good_);
    DaemonOptions encrypted = plain;
    encrypted.config = dir_.Write(
        "config.textproto",
        "tls { certificate_file: 'server.pem' private_key_file: 'server.key' }"
        " log_level: LOG_LEVEL_WARNING");
    auto daemon = Daemon::Start(encrypted);
    ASSERT_THAT(daemon, IsOk());
    daemon_ = *std::move(daemon);
  }

  // A file after the other, each at once, as operators do.
  void Put(const KeyPair& pair) const {
    Replace("server.pem", pair.certificate);
    Replace("server.key", pair.key);
  }
  void Replace(const std::string& name, const std::string& text) const {
    std::filesystem::rename(dir_.Write("new", text), dir_.File(name));
  }

  // How long it takes until `condition` holds; at most 30 s.
  template <typename ConditionFn>
  static absl::Duration Until(ConditionFn condition) {
    const absl::Time began = absl::Now();
    while (!condition() && absl::Now() - began < absl::Seconds(30)) {
      absl::SleepFor(kLook);
    }
    return absl::Now() - began;
  }

  int CountRefused() const {
    int count = 0;
    const std::string log = daemon_->Log();
    for (size_t at = log.find("keys refused"); at != std::string::npos;
         at = log.find("keys refused", at + 1)) {
      ++count;
    }
    return count;
  }

  const TempDir dir_;
  const Authority authority_{"authority of tests"};
  KeyPair good_;
  std::unique_ptr<Daemon> daemon_;
};

TEST_F(CertificateRotation, UnderLoadFailsNoCallWhateverIsPutThere) {
  const int rotations = 10 * TestScale();
  std::vector<std::unique_ptr<Caller>> callers;
  for (const bool reconnects : {false, false, true, true}) {
    callers.push_back(
        std::make_unique<Caller>(*daemon_, authority_, reconnects));
  }
  absl::Duration slowest;
  int bad = 0;
  for (int i = 0; i < rotations; ++i) {
    SCOPED_TRACE(absl::StrCat("rotation ", i));
    if (i % 2 == 0) {
      good_ = authority_.Issue();
      Put(good_);
      slowest =
          std::max(slowest, Until([this] {
                     return ShownCertificate(*daemon_) == good_.certificate;
                   }));
    } else {
      const int refused = CountRefused();
      switch (bad++ % 5) {
        case 0:
          Replace("server.pem", "");
          break;
        case 1:
          Replace("server.key", authority_.Issue().key);
          break;
        case 2:
          Put(authority_.Issue({.not_before = absl::Now() - absl::Hours(2),
                                .not_after = absl::Now() - absl::Hours(1)}));
          break;
        case 3:
          Replace("server.pem",
                  good_.certificate.substr(0, good_.certificate.size() / 2));
          break;
        case 4:
          std::filesystem::remove(dir_.File("server.key"));
          break;
      }
      EXPECT_LT(Until([&] { return CountRefused() > refused; }), kInUseWithin);
    }
    ASSERT_THAT(ShownCertificate(*daemon_), Eq(good_.certificate));
  }
  int answered = 0;
  for (const auto& caller : callers) {
    caller->Stop();
    answered += caller->answered();
    EXPECT_THAT(caller->answered(), Gt(0));
    EXPECT_THAT(caller->failures(), IsEmpty());
  }
  std::cout << "measured: " << rotations << " rotations, " << bad
            << " of them bad; a new certificate was in use within " << slowest
            << "; " << answered << " calls, none failed" << std::endl;
  if (!kSanitized) {
    EXPECT_LT(slowest, kInUseWithin);
  }
  const std::string log = daemon_->Log();
  for (const char* why : {"is empty", "is not the key of", "expired at",
                          "damaged or cut short", "cannot be read"}) {
    EXPECT_THAT(log, HasSubstr(why));
  }
  EXPECT_THAT(daemon_->Terminate(), Eq(0));
}

}  // namespace
}  // namespace collate::testing
