// The whole server in this process, over a real channel.

#include "service/api/server.h"

#include <grpcpp/generic/generic_stub.h>
#include <grpcpp/grpcpp.h>

#include <memory>
#include <set>
#include <sstream>
#include <string>
#include <thread>
#include <vector>

#include "absl/base/thread_annotations.h"
#include "absl/strings/str_cat.h"
#include "absl/synchronization/mutex.h"
#include "collate/v1/catalogue_service.grpc.pb.h"
#include "collate/v1/ingestion_service.grpc.pb.h"
#include "collate/v1/statistics_service.grpc.pb.h"
#include "gmock/gmock.h"
#include "google/protobuf/descriptor.h"
#include "grpc/health/v1/health.pb.h"
#include "gtest/gtest.h"
#include "service/api/self_probe.h"
#include "service/api/tls_credentials.h"
#include "service/base/error.h"
#include "service/base/watched.h"
#include "service/transport/reach.h"
#include "service/transport/server_keys.h"
#include "tests/service/api/published_world.h"
#include "tests/service/api/served_world.h"
#include "tests/testing/certificates.h"
#include "tests/testing/status_matchers.h"
#include "tests/testing/temp_dir.h"
#include "tests/testing/world.h"

namespace collate::api {
namespace {

using ::collate::testing::HasReason;
using ::collate::testing::IsOk;
using ::collate::testing::PublishedWorld;
using ::collate::testing::StatusIs;
using ::collate::testing::TempDir;
using ::collate::testing::ThreeReporters;
using ::collate::testing::World;
using ::testing::IsEmpty;
using ::testing::Not;

// Remembers what it was asked, and refuses when told to.
class Recorder final : public AllowAll {
 public:
  absl::Status Check(absl::string_view method,
                     const CallContext& context) const override {
    absl::MutexLock lock(&mutex_);
    methods_.insert(std::string(method));
    if (refuse_) {
      return base::Error(absl::StatusCode::kPermissionDenied, "NO_ROLE", "no");
    }
    return absl::OkStatus();
  }

  void RefuseAll() {
    absl::MutexLock lock(&mutex_);
    refuse_ = true;
  }
  std::set<std::string> methods() const {
    absl::MutexLock lock(&mutex_);
    return methods_;
  }

 private:
  mutable absl::Mutex mutex_;
  mutable std::set<std::string> methods_ ABSL_GUARDED_BY(mutex_);
  bool refuse_ ABSL_GUARDED_BY(mutex_) = false;
};

class ServerTest : public ::testing::Test {
 protected:
  ServerTest() {
    options_.listen_address = "127.0.0.1:0";
    options_.handlers = served_.handlers();
    options_.log = &log_;
    calls_options_.authorizer = &authorizer_;
    calls_options_.clock = &clock_;
    calls_options_.log = &log_;
  }

  absl::StatusOr<std::unique_ptr<Server>> Open() {
    calls_ = std::make_unique<Calls>(calls_options_);
    options_.calls = calls_.get();
    return Server::Start(options_);
  }

  void Start() {
    auto started = Open();
    ASSERT_THAT(started, IsOk());
    server_ = *std::move(started);
    channel_ = grpc::CreateChannel(absl::StrCat("127.0.0.1:", server_->port()),
                                   grpc::InsecureChannelCredentials());
  }

  // Any method by its name, with one message each way, whatever its kind.
  grpc::Status CallByName(const std::string& method,
                          const grpc::protobuf::Message& request,
                          grpc::protobuf::Message* response) {
    grpc::GenericStub stub(channel_);
    grpc::ClientContext context;
    grpc::CompletionQueue queue;
    auto call = stub.PrepareCall(&context, method, &queue);
    void* tag = nullptr;
    bool ok = false;
    const auto next = [&] {
      EXPECT_TRUE(queue.Next(&tag, &ok));
      return ok;
    };
    call->StartCall(this);
    next();
    grpc::Slice slice(request.SerializeAsString());
    const grpc::ByteBuffer out(&slice, 1);
    call->WriteLast(out, grpc::WriteOptions(), this);
    next();
    grpc::ByteBuffer in;
    call->Read(&in, this);
    if (next() && response != nullptr) {
      grpc::Slice bytes;
      EXPECT_TRUE(in.DumpToSingleSlice(&bytes).ok());
      EXPECT_TRUE(response->ParseFromArray(bytes.begin(),
                                           static_cast<int>(bytes.size())));
    }
    // The status stands behind all messages.
    while (ok) {
      call->Read(&in, this);
      next();
    }
    grpc::Status status;
    call->Finish(&status, this);
    next();
    queue.Shutdown();
    while (queue.Next(&tag, &ok)) {
    }
    return status;
  }

  grpc::health::v1::HealthCheckResponse::ServingStatus Health(
      const std::string& service) {
    grpc::health::v1::HealthCheckRequest request;
    request.set_service(service);
    grpc::health::v1::HealthCheckResponse response;
    const grpc::Status status =
        CallByName("/grpc.health.v1.Health/Check", request, &response);
    EXPECT_TRUE(status.ok()) << status.error_message();
    return response.status();
  }

  base::SystemClock clock_;
  std::ostringstream log_text_;
  base::Log log_{log_text_, clock_, base::Severity::kInfo};
  testing::ServedWorld served_{ThreeReporters(), clock_, log_};
  Recorder authorizer_;
  Calls::Options calls_options_;
  Server::Options options_;
  std::unique_ptr<Calls> calls_;
  std::unique_ptr<Server> server_;
  std::shared_ptr<grpc::Channel> channel_;
};

std::vector<std::string> AllMethods() {
  std::vector<std::string> methods;
  for (const auto* file : {v1::QueryStatisticsRequest::descriptor()->file(),
                           v1::ListSourcesRequest::descriptor()->file(),
                           v1::IngestReleaseRequest::descriptor()->file(),
                           v1::ReloadAdaptersRequest::descriptor()->file()}) {
    for (int s = 0; s < file->service_count(); ++s) {
      for (int m = 0; m < file->service(s)->method_count(); ++m) {
        methods.push_back(absl::StrCat("/", file->service(s)->full_name(), "/",
                                       file->service(s)->method(m)->name()));
      }
    }
  }
  return methods;
}

TEST_F(ServerTest, EveryMethodAsksTheAuthoriserFirst) {
  authorizer_.RefuseAll();
  Start();
  const std::vector<std::string> methods = AllMethods();
  EXPECT_EQ(methods.size(), 37u);
  for (const std::string& method : methods) {
    const grpc::Status status = CallByName(method, v1::End(), nullptr);
    EXPECT_EQ(status.error_code(), grpc::StatusCode::PERMISSION_DENIED)
        << method;
  }
  EXPECT_EQ(authorizer_.methods(),
            std::set<std::string>(methods.begin(), methods.end()));
}

TEST_F(ServerTest, EveryMethodIsServed) {
  Start();
  for (const std::string& method : AllMethods()) {
    const grpc::Status status = CallByName(method, v1::End(), nullptr);
    EXPECT_NE(status.error_code(), grpc::StatusCode::UNIMPLEMENTED) << method;
    EXPECT_NE(status.error_code(), grpc::StatusCode::INTERNAL) << method;
  }
}

TEST_F(ServerTest, AQueryIsAnsweredOverTheWire) {
  Start();
  auto stub = v1::StatisticsService::NewStub(channel_);
  v1::QueryStatisticsRequest request;
  request.mutable_query()->add_measures("offences");
  request.mutable_query()->add_periods("2017/18");
  request.mutable_query()->set_panel("four");
  v1::Filter* filter = request.mutable_query()->add_filters();
  filter->set_dimension("offence");
  filter->add_members("88A");
  grpc::ClientContext context;
  v1::QueryStatisticsResponse response;
  const grpc::Status status =
      stub->QueryStatistics(&context, request, &response);
  ASSERT_TRUE(status.ok()) << status.error_message();
  ASSERT_EQ(response.cells_size(), 1);
  EXPECT_EQ(response.cells(0).reported(), 57);
}

TEST_F(ServerTest, HealthFollowsServing) {
  using grpc::health::v1::HealthCheckResponse;
  Start();
  const std::string service = v1::StatisticsService::service_full_name();
  EXPECT_EQ(Health(""), HealthCheckResponse::NOT_SERVING);
  server_->SetServing(true);
  EXPECT_EQ(Health(""), HealthCheckResponse::SERVING);
  EXPECT_EQ(Health(service), HealthCheckResponse::SERVING);
  server_->SetServing(false);
  EXPECT_EQ(Health(service), HealthCheckResponse::NOT_SERVING);
}

TEST_F(ServerTest, ReflectionCanDescribeHealth) {
  EXPECT_NE(
      google::protobuf::DescriptorPool::generated_pool()->FindServiceByName(
          "grpc.health.v1.Health"),
      nullptr);
}

TEST_F(ServerTest, AnAddressInUseIsRefused) {
  Start();
  options_.listen_address = absl::StrCat("127.0.0.1:", server_->port());
  const auto second = Server::Start(options_);
  EXPECT_THAT(second.status(), HasReason("CANNOT_LISTEN"));
}

TEST_F(ServerTest, AMessageBeyondTheLimitIsRefused) {
  options_.max_message_bytes = 65536;
  Start();
  v1::ExplainCellRequest request;
  request.set_handle(std::string(100000, 'x'));
  grpc::ClientContext context;
  v1::ExplainCellResponse response;
  EXPECT_EQ(v1::StatisticsService::NewStub(channel_)
                ->ExplainCell(&context, request, &response)
                .error_code(),
            grpc::StatusCode::RESOURCE_EXHAUSTED);
}

TEST_F(ServerTest, DrainCancelsWhatOutlivesTheGraceAndReturns) {
  Start();
  auto stub = v1::IngestionService::NewStub(channel_);
  grpc::ClientContext context;
  auto stream = stub->IngestRelease(&context);
  v1::IngestReleaseRequest header;
  header.mutable_release()->set_source("first");
  header.mutable_release()->mutable_publish_time_unknown();
  ASSERT_TRUE(stream->Write(header));
  // The call has begun once the authoriser was asked.
  const absl::Time give_up = absl::Now() + absl::Seconds(60);
  while (authorizer_.methods().empty() && absl::Now() < give_up) {
    std::this_thread::yield();
  }
  server_->Drain(absl::Now() + absl::Milliseconds(20));
  const grpc::Status status = stream->Finish();
  EXPECT_FALSE(status.ok());
}

TEST_F(ServerTest, AConnectionThatIsOldIsFollowedByAnother) {
  options_.max_age = absl::Milliseconds(50);
  Start();
  const auto call = [this] {
    grpc::ClientContext context;
    v1::ListMeasuresResponse response;
    return v1::CatalogueService::NewStub(channel_)->ListMeasures(&context, {},
                                                                 &response);
  };
  ASSERT_TRUE(call().ok());
  ASSERT_TRUE(channel_->WaitForStateChange(
      GRPC_CHANNEL_READY, absl::ToChronoTime(absl::Now() + absl::Minutes(1))));
  EXPECT_TRUE(call().ok());
}

TEST_F(ServerTest, ADrainedServerTakesNoCalls) {
  Start();
  server_->Drain(absl::InfinitePast());
  grpc::ClientContext context;
  v1::ListMeasuresResponse response;
  EXPECT_EQ(v1::CatalogueService::NewStub(channel_)
                ->ListMeasures(&context, {}, &response)
                .error_code(),
            grpc::StatusCode::UNAVAILABLE);
}

TEST_F(ServerTest, CallsThatRunWhenTheDrainBeginsAreAnswered) {
  Start();
  auto stub = v1::CatalogueService::NewStub(channel_);
  std::atomic<int> answered{0};
  std::atomic<int> other{0};
  std::vector<std::thread> clients;
  for (int i = 0; i < 4; ++i) {
    clients.emplace_back([&] {
      while (true) {
        grpc::ClientContext context;
        v1::ListMeasuresResponse response;
        const grpc::Status status = stub->ListMeasures(&context, {}, &response);
        if (status.ok()) {
          ++answered;
          continue;
        }
        // Refused before it began, never cut off.
        if (status.error_code() != grpc::StatusCode::UNAVAILABLE) {
          ADD_FAILURE() << status.error_code() << " " << status.error_message();
          ++other;
        }
        return;
      }
    });
  }
  const absl::Time give_up = absl::Now() + absl::Seconds(60);
  while (answered < 50 && absl::Now() < give_up) std::this_thread::yield();
  calls_->StopAdmitting();
  for (std::thread& client : clients) client.join();
  server_->Drain(absl::Now() + absl::Seconds(30));
  EXPECT_GE(answered, 50);
  EXPECT_EQ(other, 0);
}

TEST_F(ServerTest, CallersWithAProfileAreNeverAnsweredWithoutAView) {
  calls_options_.disclosure_profile = "ons-10-5";
  EXPECT_THAT(Open(), HasReason("NO_VIEW"));
}

TEST_F(ServerTest, CallersWithAProfileAreAnsweredFromItsView) {
  World two;
  for (const char* source : {"first", "second"}) {
    two.Release(source, "2020-06-01")
        .Slice({})
        .Row({.reporter = "p", .period = "2017/18", .value = 50});
  }
  PublishedWorld shown{two};
  const CatalogueHandlers catalogue({.publisher = &shown.publisher()});
  const StatisticsHandlers statistics({.publisher = &shown.publisher()});
  const ExportHandlers exports({.publisher = &shown.publisher()});
  options_.handlers.statistics.shown = &statistics;
  options_.handlers.exports.shown = &exports;
  options_.handlers.catalogue.shown = &catalogue;
  calls_options_.disclosure_profile = "ons-10-5";
  Start();
  v1::ListReleasesRequest all;
  all.set_parent("sources/-");
  v1::ListReleasesResponse releases;
  const grpc::Status listed =
      CallByName("/collate.v1.CatalogueService/ListReleases", all, &releases);
  EXPECT_TRUE(listed.ok()) << listed.error_message();
  EXPECT_EQ(releases.releases_size(), 2);
  // Operators see what is stored.
  v1::GetServiceStatusResponse status;
  const grpc::Status told =
      CallByName("/collate.v1.OperationsService/GetServiceStatus",
                 v1::GetServiceStatusRequest(), &status);
  EXPECT_TRUE(told.ok()) << told.error_message();
  EXPECT_EQ(status.status().release_count(), 1);
  // What it borrows goes before it would.
  server_.reset();
}

TEST_F(ServerTest, AnswersItsOwnProbeWhileItServes) {
  Start();
  const std::string address =
      transport::OwnAddress(options_.listen_address, server_->port());
  EXPECT_THAT(ProbeSelf(address, false, absl::Seconds(30)),
              Not(IsOk()));  // not yet
  server_->SetServing(true);
  EXPECT_THAT(ProbeSelf(address, false, absl::Seconds(30)), IsOk());
  server_.reset();
  EXPECT_THAT(ProbeSelf(address, false, absl::Seconds(30)),
              StatusIs(absl::StatusCode::kUnavailable));
}

// Also where it asks callers for a certificate, which the probe has not.
TEST_F(ServerTest, AnswersItsOwnProbeOverTls) {
  TempDir dir;
  const testing::Authority authority("test authority");
  const testing::KeyPair pair = authority.Issue();
  const transport::KeyFiles files = {
      .certificate = dir.Write("server.pem", pair.certificate),
      .private_key = dir.Write("server.key", pair.key),
      .client_authorities = dir.Write("ca.pem", authority.certificate())};
  auto keys = base::Watched<transport::ServerKeys>::Start(
      {.read = [&] { return transport::ReadServerKeys(files, clock_.Now()); }});
  ASSERT_THAT(keys, IsOk());
  for (const transport::ClientCertificate asked :
       {transport::ClientCertificate::kNone,
        transport::ClientCertificate::kOptional,
        transport::ClientCertificate::kRequired}) {
    options_.flood_guard = std::make_shared<FloodGuard>(20000);
    options_.credentials =
        MakeTlsCredentials(**keys, asked, options_.flood_guard);
    Start();
    server_->SetServing(true);
    EXPECT_THAT(ProbeSelf(transport::OwnAddress("127.0.0.1:0", server_->port()),
                          true, absl::Seconds(30)),
                IsOk())
        << static_cast<int>(asked);
    server_.reset();
  }
}

}  // namespace
}  // namespace collate::api
