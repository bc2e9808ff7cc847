// Calls through gRPC over a real channel, with handlers that a test holds in
// its hand.

#ifndef COLLATE_TESTS_SERVICE_API_RPC_FIXTURE_H_
#define COLLATE_TESTS_SERVICE_API_RPC_FIXTURE_H_

#include <grpcpp/grpcpp.h>
#include <gtest/gtest.h>

#include <memory>
#include <sstream>
#include <string>
#include <thread>

#include "absl/strings/str_cat.h"
#include "collate/v1/ingestion_service.grpc.pb.h"
#include "collate/v1/statistics_service.grpc.pb.h"
#include "google/rpc/error_details.pb.h"
#include "google/rpc/status.pb.h"
#include "service/api/rpc.h"
#include "service/base/clock.h"
#include "service/base/error.h"

namespace collate::api {

using Request = v1::ExplainCellRequest;
using Response = v1::ExplainCellResponse;
using StreamRequest = v1::IngestReleaseRequest;
using StreamResponse = v1::IngestReleaseResponse;
using DownloadRequest = v1::ExportObservationsRequest;
using DownloadResponse = v1::ExportObservationsResponse;

inline constexpr absl::Duration kLong = absl::Seconds(60);

// Reason of an error as a client sees it; empty when it carries none.
inline std::string ReasonOf(const grpc::Status& status) {
  google::rpc::Status rpc;
  google::rpc::ErrorInfo info;
  if (!rpc.ParseFromString(status.error_details()) || rpc.details().empty() ||
      !rpc.details(0).UnpackTo(&info)) {
    return "";
  }
  return info.reason();
}

class Refuser final : public AllowAll {
 public:
  absl::Status Check(absl::string_view method,
                     const CallContext&) const override {
    if (refuse) {
      return base::Error(absl::StatusCode::kPermissionDenied, "NO_ROLE",
                         absl::StrCat("not ", method));
    }
    return absl::OkStatus();
  }
  bool refuse = false;
};

class RpcTest : public ::testing::Test {
 protected:
  using UnaryHandler = UnaryCall<Request, Response>::Handler;
  using StreamHandler = StreamCall<StreamRequest, StreamResponse>::Handler;
  using DownloadHandler =
      DownloadCall<DownloadRequest, DownloadResponse>::Handler;

  RpcTest() {
    options_.clock = &clock_;
    options_.log = &log_;
    options_.authorizer = &authorizer_;
    options_.executor = {.thread_count = 2, .queue_capacity = 16};
  }

  ~RpcTest() override { Stop(); }

  void Start() {
    calls_ = std::make_unique<Calls>(options_);
    grpc::ServerBuilder builder;
    int port = 0;
    builder.AddListeningPort("127.0.0.1:0", grpc::InsecureServerCredentials(),
                             &port);
    builder.RegisterService(&unary_);
    builder.RegisterService(&stream_);
    server_ = builder.BuildAndStart();
    ASSERT_NE(server_, nullptr);
    channel_ = grpc::CreateChannel(absl::StrCat("127.0.0.1:", port),
                                   grpc::InsecureChannelCredentials());
    stub_ = v1::StatisticsService::NewStub(channel_);
    ingestion_ = v1::IngestionService::NewStub(channel_);
  }

  void Stop() {
    if (server_ == nullptr) return;
    server_->Shutdown(absl::ToChronoTime(absl::Now()));
    EXPECT_TRUE(calls_->admission().WaitUntilEmpty(kLong));
    server_->Wait();
    calls_->Shutdown();
    server_.reset();
  }

  grpc::Status Call(Response* response = nullptr) {
    grpc::ClientContext context;
    Response ignored;
    return stub_->ExplainCell(&context, Request(),
                              response == nullptr ? &ignored : response);
  }

  class Unary final : public v1::StatisticsService::CallbackService {
   public:
    explicit Unary(RpcTest& test) : test_(test) {}
    grpc::ServerUnaryReactor* ExplainCell(grpc::CallbackServerContext* context,
                                          const Request* request,
                                          Response* response) override {
      return UnaryCall<Request, Response>::Start(
          *test_.calls_, context, "/test/ExplainCell", Calls::Kind::kQuestion,
          request, response, test_.handler_);
    }

    grpc::ServerWriteReactor<DownloadResponse>* ExportObservations(
        grpc::CallbackServerContext* context,
        const DownloadRequest* request) override {
      return DownloadCall<DownloadRequest, DownloadResponse>::Start(
          *test_.calls_, context, "/test/ExportObservations", request,
          test_.download_handler_);
    }

   private:
    RpcTest& test_;
  };

  class Stream final : public v1::IngestionService::CallbackService {
   public:
    explicit Stream(RpcTest& test) : test_(test) {}
    grpc::ServerBidiReactor<StreamRequest, StreamResponse>* IngestRelease(
        grpc::CallbackServerContext* context) override {
      return StreamCall<StreamRequest, StreamResponse>::Start(
          *test_.calls_, context, "/test/IngestRelease", test_.stream_handler_);
    }

   private:
    RpcTest& test_;
  };

  base::SystemClock clock_;
  std::ostringstream log_text_;
  base::Log log_{log_text_, clock_, base::Severity::kInfo};
  Refuser authorizer_;
  Calls::Options options_;
  UnaryHandler handler_ = [](CallContext&, const Request&) {
    return Response();
  };
  StreamHandler stream_handler_ = [](CallContext&, Reader<StreamRequest>&,
                                     Writer<StreamResponse>&) {
    return absl::OkStatus();
  };
  DownloadHandler download_handler_ = [](CallContext&, const DownloadRequest&,
                                         Writer<DownloadResponse>&) {
    return absl::OkStatus();
  };
  std::unique_ptr<Calls> calls_;
  Unary unary_{*this};
  Stream stream_{*this};
  std::unique_ptr<grpc::Server> server_;
  std::shared_ptr<grpc::Channel> channel_;
  std::unique_ptr<v1::StatisticsService::Stub> stub_;
  std::unique_ptr<v1::IngestionService::Stub> ingestion_;
};

// A handler that works until nobody waits.
inline absl::StatusOr<Response> WorkUntilCancelled(CallContext& context) {
  const absl::Time give_up = absl::Now() + kLong;
  while (!context.Cancelled() && absl::Now() < give_up) {
    std::this_thread::yield();
  }
  return context.Check();
}

}  // namespace collate::api

#endif  // COLLATE_TESTS_SERVICE_API_RPC_FIXTURE_H_
