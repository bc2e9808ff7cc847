// The way of every call through gRPC, over a real channel, with handlers
// that the test holds in its hand.

#include "service/api/rpc.h"

#include <grpcpp/generic/generic_stub.h>
#include <grpcpp/grpcpp.h>
#include <signal.h>
#include <sys/resource.h>

#include <algorithm>
#include <atomic>
#include <functional>
#include <memory>
#include <new>
#include <sstream>
#include <stdexcept>
#include <string>
#include <thread>
#include <utility>
#include <vector>

#include "absl/strings/match.h"
#include "absl/strings/str_cat.h"
#include "absl/synchronization/blocking_counter.h"
#include "absl/synchronization/notification.h"
#include "collate/v1/ingestion_service.grpc.pb.h"
#include "collate/v1/statistics_service.grpc.pb.h"
#include "gmock/gmock.h"
#include "google/rpc/error_details.pb.h"
#include "google/rpc/status.pb.h"
#include "gtest/gtest.h"
#include "service/api/answer_call.h"
#include "service/api/finish_once.h"
#include "service/audit/audit_log.h"
#include "service/base/clock.h"
#include "tests/testing/fake_clock.h"
#include "tests/testing/status_matchers.h"
#include "tests/testing/temp_dir.h"

namespace collate::api {
namespace {

using ::testing::HasSubstr;
using ::testing::Not;

using Request = v1::ExplainCellRequest;
using Response = v1::ExplainCellResponse;
using StreamRequest = v1::IngestReleaseRequest;
using StreamResponse = v1::IngestReleaseResponse;
using DownloadRequest = v1::ExportObservationsRequest;
using DownloadResponse = v1::ExportObservationsResponse;

constexpr absl::Duration kLong = absl::Seconds(60);

// Reason of an error as a client sees it; empty when it carries none.
std::string ReasonOf(const grpc::Status& status) {
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

TEST_F(RpcTest, TooManyCallsASecondAreToldWhenToComeAgain) {
  options_.max_calls_per_second = 1;
  // Of one second, whatever the machine's own clock does.
  testing::FakeClock still;
  options_.clock = &still;
  Start();
  EXPECT_TRUE(Call().ok());
  grpc::ClientContext context;
  Response response;
  const grpc::Status status =
      stub_->ExplainCell(&context, Request(), &response);
  EXPECT_EQ(status.error_code(), grpc::StatusCode::RESOURCE_EXHAUSTED);
  EXPECT_EQ(ReasonOf(status), "OVERLOADED");
  const auto& trailers = context.GetServerTrailingMetadata();
  const auto pushback = trailers.find("grpc-retry-pushback-ms");
  ASSERT_NE(pushback, trailers.end());
  EXPECT_EQ(std::string(pushback->second.data(), pushback->second.size()),
            "1000");
  still.Advance(absl::Seconds(1));
  EXPECT_TRUE(Call().ok());
  Stop();
}

TEST_F(RpcTest, WhoGoesOnWhileRefusedIsDisconnected) {
  options_.max_calls_per_second = 1;
  testing::FakeClock still;
  options_.clock = &still;
  std::atomic<int> ended{0};
  std::string peer;
  handler_ = [&peer](CallContext& context, const Request&) {
    peer = context.peer;
    return Response();
  };
  Start();
  calls_->AddTransport([&ended](absl::string_view peer) {
    EXPECT_TRUE(absl::StartsWith(peer, "ipv4:127.0.0.1:")) << peer;
    ++ended;
  });
  ASSERT_TRUE(Call().ok());
  // As the server says of each call before its message is there.
  const auto call = [&] {
    calls_->Expect(peer);
    EXPECT_EQ(Call().error_code(), grpc::StatusCode::RESOURCE_EXHAUSTED);
  };
  for (int i = 0; i < 999; ++i) call();
  EXPECT_EQ(ended, 0);
  call();
  EXPECT_GE(ended, 1);
  Stop();
  // Nor do they fill the log.
  EXPECT_LT(log_text_.str().size(), 5000u);
}

// What must be recorded and cannot be is not done.
TEST_F(RpcTest, WithoutItsRecordASensitiveCallIsRefused) {
  testing::TempDir dir;
  auto audit =
      audit::AuditLog::Open({.directory = dir.File("audit"), .clock = &clock_});
  ASSERT_TRUE(audit.ok()) << audit.status();
  options_.audit = audit->get();
  std::atomic<int> done{0};
  handler_ = [&done](CallContext&, const Request&) {
    ++done;
    return Response();
  };
  Start();
  // A method that is in no table counts as sensitive.
  EXPECT_TRUE(Call().ok());
  rlimit limit{};
  ASSERT_EQ(getrlimit(RLIMIT_FSIZE, &limit), 0);
  rlimit none = limit;
  none.rlim_cur = 0;
  signal(SIGXFSZ, SIG_IGN);
  ASSERT_EQ(setrlimit(RLIMIT_FSIZE, &none), 0);
  const grpc::Status refused = Call();
  ASSERT_EQ(setrlimit(RLIMIT_FSIZE, &limit), 0);
  EXPECT_EQ(refused.error_code(), grpc::StatusCode::UNAVAILABLE);
  EXPECT_EQ(ReasonOf(refused), "AUDIT_UNAVAILABLE");
  EXPECT_EQ(done, 1);
  EXPECT_TRUE(Call().ok());
  EXPECT_EQ(done, 2);
  Stop();
}

TEST(FinishOnceTest, OneOfManyThreadsClaimsIt) {
  for (int round = 0; round < 200; ++round) {
    FinishOnce door;
    std::atomic<int> claims{0};
    std::vector<std::thread> threads;
    for (int i = 0; i < 4; ++i) {
      threads.emplace_back([&] { claims += door.Claim() ? 1 : 0; });
    }
    for (std::thread& thread : threads) thread.join();
    ASSERT_EQ(claims, 1);
  }
}

TEST_F(RpcTest, AnAnswerArrivesAndTheCallIsLogged) {
  handler_ = [](CallContext& context, const Request& request) {
    EXPECT_EQ(context.method, "/test/ExplainCell");
    EXPECT_EQ(context.request_id, "my-id.1");
    EXPECT_THAT(context.peer, HasSubstr("127.0.0.1"));
    Response response;
    response.mutable_cell()->set_handle(request.handle());
    return response;
  };
  Start();
  grpc::ClientContext context;
  context.AddMetadata("x-request-id", "my-id.1");
  Request request;
  request.set_handle("h");
  Response response;
  ASSERT_TRUE(stub_->ExplainCell(&context, request, &response).ok());
  EXPECT_EQ(response.cell().handle(), "h");
  const auto trailer = context.GetServerTrailingMetadata();
  const auto id = trailer.find("x-request-id");
  ASSERT_NE(id, trailer.end());
  EXPECT_EQ(std::string(id->second.data(), id->second.size()), "my-id.1");
  Stop();
  EXPECT_THAT(log_text_.str(), HasSubstr("\"request_id\":\"my-id.1\""));
  EXPECT_THAT(log_text_.str(), HasSubstr("\"code\":\"OK\""));
  EXPECT_THAT(log_text_.str(), HasSubstr("latency_us"));
}

TEST_F(RpcTest, ARequestIdThatCouldForgeLogsIsReplaced) {
  Start();
  grpc::ClientContext context;
  context.AddMetadata("x-request-id", "a b\"c");
  Response response;
  ASSERT_TRUE(stub_->ExplainCell(&context, Request(), &response).ok());
  Stop();
  EXPECT_THAT(log_text_.str(), Not(HasSubstr("a b")));
  EXPECT_THAT(log_text_.str(), HasSubstr("\"request_id\":"));
}

TEST_F(RpcTest, AnErrorCarriesItsDetails) {
  handler_ = [](CallContext&, const Request&) -> absl::StatusOr<Response> {
    return base::Error(absl::StatusCode::kNotFound, "UNKNOWN_RESOURCE", "no x")
        .With("near_matches", "y");
  };
  Start();
  const grpc::Status status = Call();
  EXPECT_EQ(status.error_code(), grpc::StatusCode::NOT_FOUND);
  EXPECT_EQ(status.error_message(), "no x");
  EXPECT_EQ(ReasonOf(status), "UNKNOWN_RESOURCE");
}

TEST_F(RpcTest, WhatLibrariesThrowEndsTheCallOnly) {
  handler_ = [](CallContext&, const Request&) -> absl::StatusOr<Response> {
    throw std::runtime_error("bad day");
  };
  Start();
  const grpc::Status status = Call();
  EXPECT_EQ(status.error_code(), grpc::StatusCode::INTERNAL);
  EXPECT_EQ(ReasonOf(status), "UNEXPECTED_EXCEPTION");
  EXPECT_THAT(status.error_message(), HasSubstr("bad day"));
  EXPECT_THAT(Guarded([]() -> absl::Status { throw std::bad_alloc(); }),
              collate::testing::HasReason("OUT_OF_MEMORY"));
  EXPECT_THAT(Guarded([]() -> absl::Status { throw 7; }),
              collate::testing::HasReason("UNEXPECTED_EXCEPTION"));
}

TEST_F(RpcTest, TheAuthoriserStandsBeforeTheHandler) {
  authorizer_.refuse = true;
  bool handled = false;
  handler_ = [&handled](CallContext&, const Request&) {
    handled = true;
    return Response();
  };
  Start();
  const grpc::Status status = Call();
  EXPECT_EQ(status.error_code(), grpc::StatusCode::PERMISSION_DENIED);
  EXPECT_EQ(ReasonOf(status), "NO_ROLE");
  grpc::ClientContext context;
  EXPECT_EQ(ReasonOf(ingestion_->IngestRelease(&context)->Finish()), "NO_ROLE");
  download_handler_ = [&handled](CallContext&, const DownloadRequest&,
                                 Writer<DownloadResponse>&) {
    handled = true;
    return absl::OkStatus();
  };
  grpc::ClientContext another;
  EXPECT_EQ(
      ReasonOf(
          stub_->ExportObservations(&another, DownloadRequest())->Finish()),
      "NO_ROLE");
  EXPECT_FALSE(handled);
}

TEST_F(RpcTest, AFieldOfALaterVersionIsRefused) {
  Start();
  Request request;
  request.GetReflection()->MutableUnknownFields(&request)->AddVarint(99, 1);
  grpc::ClientContext context;
  Response response;
  EXPECT_EQ(ReasonOf(stub_->ExplainCell(&context, request, &response)),
            "UNKNOWN_FIELD");
}

// A method whose answer is bytes: what is known already, and what is not.
class AnswerCallTest : public RpcTest {
 protected:
  using Query = v1::QueryStatisticsRequest;
  using Base = v1::StatisticsService::WithRawCallbackMethod_QueryStatistics<
      v1::StatisticsService::CallbackService>;

  class Answers final : public Base {
   public:
    explicit Answers(AnswerCallTest& test) : test_(test) {}
    grpc::ServerUnaryReactor* QueryStatistics(
        grpc::CallbackServerContext* context, const grpc::ByteBuffer* request,
        grpc::ByteBuffer* response) override {
      return AnswerCall<Query>::Start(*test_.calls_, context,
                                      "/test/QueryStatistics", request,
                                      response, test_.known_, test_.work_out_);
    }

   private:
    AnswerCallTest& test_;
  };

  static SharedBytes Named(const std::string& name) {
    v1::QueryStatisticsResponse response;
    response.set_name(name);
    return std::make_shared<const std::string>(response.SerializeAsString());
  }

  void StartAnswers() {
    calls_ = std::make_unique<Calls>(options_);
    grpc::ServerBuilder builder;
    int port = 0;
    builder.AddListeningPort("127.0.0.1:0", grpc::InsecureServerCredentials(),
                             &port);
    builder.RegisterService(&answers_);
    server_ = builder.BuildAndStart();
    ASSERT_NE(server_, nullptr);
    channel_ = grpc::CreateChannel(absl::StrCat("127.0.0.1:", port),
                                   grpc::InsecureChannelCredentials());
    stub_ = v1::StatisticsService::NewStub(channel_);
  }

  grpc::Status Ask(const Query& request, std::string* name) {
    grpc::ClientContext context;
    v1::QueryStatisticsResponse response;
    const grpc::Status status =
        stub_->QueryStatistics(&context, request, &response);
    *name = response.name();
    return status;
  }

  AnswerCall<Query>::Known known_ = [](CallContext&, absl::string_view) {
    return SharedBytes();
  };
  AnswerCall<Query>::Handler work_out_ =
      [](CallContext&, const Query& request,
         absl::string_view received) -> absl::StatusOr<SharedBytes> {
    EXPECT_EQ(request.SerializeAsString(), received);
    return Named(absl::StrCat("worked out ", request.page_size()));
  };
  Answers answers_{*this};
};

TEST_F(AnswerCallTest, WhatIsKnownNeedsNoThreadAndWhatIsNotDoes) {
  options_.executor = {.thread_count = 1, .queue_capacity = 0};
  absl::Notification started;
  absl::Notification go_on;
  known_ = [](CallContext&, absl::string_view received) {
    Query request;
    EXPECT_TRUE(request.ParseFromArray(received.data(),
                                       static_cast<int>(received.size())));
    return request.page_size() == 7 ? Named("known") : SharedBytes();
  };
  work_out_ = [&](CallContext&, const Query&,
                  absl::string_view) -> absl::StatusOr<SharedBytes> {
    started.Notify();
    go_on.WaitForNotification();
    return Named("worked out");
  };
  StartAnswers();
  std::thread first([this] {
    std::string name;
    EXPECT_TRUE(Ask({}, &name).ok());
    EXPECT_EQ(name, "worked out");
  });
  started.WaitForNotification();
  std::string name;
  EXPECT_EQ(ReasonOf(Ask({}, &name)), "OVERLOADED");
  Query seven;
  seven.set_page_size(7);
  EXPECT_TRUE(Ask(seven, &name).ok());
  EXPECT_EQ(name, "known");
  go_on.Notify();
  first.join();
  Stop();
  EXPECT_THAT(log_text_.str(), HasSubstr("/test/QueryStatistics"));
}

TEST_F(AnswerCallTest, TheAuthoriserStandsBeforeWhatIsKnown) {
  known_ = [](CallContext&, absl::string_view) { return Named("known"); };
  authorizer_.refuse = true;
  StartAnswers();
  std::string name;
  EXPECT_EQ(ReasonOf(Ask({}, &name)), "NO_ROLE");
  EXPECT_EQ(name, "");
}

TEST_F(AnswerCallTest, WhatCannotBeReadOrUnderstoodIsRefused) {
  StartAnswers();
  std::string name;
  Query request;
  request.set_page_size(3);
  EXPECT_TRUE(Ask(request, &name).ok());
  EXPECT_EQ(name, "worked out 3");
  request.GetReflection()->MutableUnknownFields(&request)->AddVarint(99, 1);
  EXPECT_EQ(ReasonOf(Ask(request, &name)), "UNKNOWN_FIELD");

  grpc::GenericStub stub(channel_);
  grpc::ClientContext context;
  grpc::CompletionQueue queue;
  const grpc::Slice slice(std::string("\x0a\xff no message"));
  const grpc::ByteBuffer bytes(&slice, 1);
  const auto call = stub.PrepareUnaryCall(
      &context, "/collate.v1.StatisticsService/QueryStatistics", bytes, &queue);
  call->StartCall();
  grpc::ByteBuffer response;
  grpc::Status status;
  call->Finish(&response, &status, nullptr);
  void* tag = nullptr;
  bool ok = false;
  ASSERT_TRUE(queue.Next(&tag, &ok));
  EXPECT_EQ(status.error_code(), grpc::StatusCode::INVALID_ARGUMENT);
  EXPECT_EQ(ReasonOf(status), "MALFORMED_REQUEST");
}

TEST_F(AnswerCallTest, WhatIsThrownByALookUpEndsTheCallOnly) {
  known_ = [](CallContext&, absl::string_view) -> SharedBytes {
    throw std::runtime_error("broken");
  };
  StartAnswers();
  std::string name;
  EXPECT_EQ(ReasonOf(Ask({}, &name)), "UNEXPECTED_EXCEPTION");
  known_ = [](CallContext&, absl::string_view) { return Named("known"); };
  EXPECT_TRUE(Ask({}, &name).ok());
}

TEST_F(AnswerCallTest, AStormOfCancelledQuestionsLeavesNothingBehind) {
  std::atomic<int> asked = 0;
  known_ = [&](CallContext&, absl::string_view) {
    return ++asked % 2 == 0 ? Named("known") : SharedBytes();
  };
  StartAnswers();
  std::vector<std::thread> threads;
  for (int t = 0; t < 4; ++t) {
    threads.emplace_back([this] {
      for (int i = 0; i < 50; ++i) {
        grpc::ClientContext context;
        v1::QueryStatisticsResponse response;
        if (i % 3 == 0) context.TryCancel();
        stub_->QueryStatistics(&context, Query(), &response);
      }
    });
  }
  for (std::thread& thread : threads) thread.join();
  EXPECT_TRUE(calls_->admission().WaitUntilEmpty(kLong));
}

TEST_F(RpcTest, AFullQueueRefusesAtOnce) {
  options_.executor = {.thread_count = 1, .queue_capacity = 0};
  absl::Notification started;
  absl::Notification go_on;
  handler_ = [&](CallContext&, const Request&) {
    started.Notify();
    go_on.WaitForNotification();
    return Response();
  };
  Start();
  std::thread first([this] { EXPECT_TRUE(Call().ok()); });
  started.WaitForNotification();
  const grpc::Status refused = Call();
  EXPECT_EQ(refused.error_code(), grpc::StatusCode::RESOURCE_EXHAUSTED);
  EXPECT_EQ(ReasonOf(refused), "OVERLOADED");
  go_on.Notify();
  first.join();
}

TEST_F(RpcTest, MoreCallsThanAllowedAreRefused) {
  options_.admission.max_calls = 1;
  absl::Notification started;
  absl::Notification go_on;
  handler_ = [&](CallContext&, const Request&) {
    started.Notify();
    go_on.WaitForNotification();
    return Response();
  };
  Start();
  std::thread first([this] { EXPECT_TRUE(Call().ok()); });
  started.WaitForNotification();
  EXPECT_EQ(ReasonOf(Call()), "OVERLOADED");
  go_on.Notify();
  first.join();
}

// A handler that works until nobody waits.
absl::StatusOr<Response> WorkUntilCancelled(CallContext& context) {
  const absl::Time give_up = absl::Now() + kLong;
  while (!context.Cancelled() && absl::Now() < give_up) {
    std::this_thread::yield();
  }
  return context.Check();
}

TEST_F(RpcTest, ACallWithoutDeadlineGetsTheServicesOwn) {
  options_.max_duration = absl::Milliseconds(30);
  handler_ = [](CallContext& context, const Request&) {
    return WorkUntilCancelled(context);
  };
  Start();
  const grpc::Status status = Call();
  EXPECT_EQ(status.error_code(), grpc::StatusCode::DEADLINE_EXCEEDED);
  EXPECT_EQ(ReasonOf(status), "DEADLINE_EXCEEDED");
}

TEST_F(RpcTest, TheCallersDeadlineReachesTheHandler) {
  absl::Notification ended;
  handler_ = [&ended](CallContext& context, const Request&) {
    auto result = WorkUntilCancelled(context);
    EXPECT_TRUE(context.Cancelled());
    ended.Notify();
    return result;
  };
  Start();
  grpc::ClientContext context;
  context.set_deadline(
      absl::ToChronoTime(absl::Now() + absl::Milliseconds(50)));
  Response response;
  EXPECT_EQ(stub_->ExplainCell(&context, Request(), &response).error_code(),
            grpc::StatusCode::DEADLINE_EXCEEDED);
  EXPECT_TRUE(ended.WaitForNotificationWithTimeout(kLong));
}

TEST_F(RpcTest, ACancelledCallEndsItsHandler) {
  absl::Notification started;
  absl::Notification ended;
  handler_ = [&](CallContext& context, const Request&) {
    started.Notify();
    auto result = WorkUntilCancelled(context);
    EXPECT_TRUE(context.Cancelled());
    ended.Notify();
    return result;
  };
  Start();
  grpc::ClientContext context;
  std::thread canceller([&] {
    started.WaitForNotification();
    context.TryCancel();
  });
  Response response;
  EXPECT_EQ(stub_->ExplainCell(&context, Request(), &response).error_code(),
            grpc::StatusCode::CANCELLED);
  canceller.join();
  EXPECT_TRUE(ended.WaitForNotificationWithTimeout(kLong));
}

TEST_F(RpcTest, AStormOfCancelledCallsLeavesNothingBehind) {
  constexpr int kCalls = 1000;
  options_.admission = {.max_calls = 64, .max_calls_per_address = 64};
  Start();
  std::vector<std::unique_ptr<grpc::ClientContext>> contexts;
  std::vector<Response> responses(kCalls);
  Request request;
  absl::BlockingCounter done(kCalls);
  for (int i = 0; i < kCalls; ++i) {
    contexts.push_back(std::make_unique<grpc::ClientContext>());
    stub_->async()->ExplainCell(
        contexts.back().get(), &request, &responses[i],
        [&done](const grpc::Status&) { done.DecrementCount(); });
    // Some at once, some after their successors have begun.
    if (i % 3 == 0) contexts[i]->TryCancel();
    if (i % 7 == 0) contexts[i / 2]->TryCancel();
  }
  for (const auto& context : contexts) context->TryCancel();
  done.Wait();
  EXPECT_TRUE(calls_->admission().WaitUntilEmpty(kLong));
  // Calls that were cancelled before they were sent may still arrive.
  const absl::Time give_up = absl::Now() + kLong;
  bool answered = false;
  while (!answered && absl::Now() < give_up) answered = Call().ok();
  EXPECT_TRUE(answered) << "the service goes on";
}

TEST_F(RpcTest, AStreamOfCancelledStreamsLeavesNothingBehind) {
  constexpr int kCalls = 200;
  options_.max_ingestions = 8;
  stream_handler_ = [](CallContext&, Reader<StreamRequest>& reader,
                       Writer<StreamResponse>& writer) -> absl::Status {
    StreamRequest request;
    while (true) {
      auto more = reader.Read(&request);
      if (!more.ok()) return more.status();
      if (!*more) return absl::OkStatus();
      writer.TryWrite(StreamResponse());
    }
  };
  Start();
  for (int i = 0; i < kCalls; ++i) {
    grpc::ClientContext context;
    auto stream = ingestion_->IngestRelease(&context);
    StreamRequest request;
    request.set_chunk("x");
    if (i % 2 == 0) stream->Write(request);
    if (i % 3 == 0) stream->WritesDone();
    context.TryCancel();
    stream->Finish();
  }
  EXPECT_TRUE(calls_->admission().WaitUntilEmpty(kLong));
}

TEST_F(RpcTest, AStreamCarriesEveryMessageInOrder) {
  stream_handler_ = [](CallContext&, Reader<StreamRequest>& reader,
                       Writer<StreamResponse>& writer) -> absl::Status {
    StreamRequest request;
    uint64_t count = 0;
    while (true) {
      auto more = reader.Read(&request);
      if (!more.ok()) return more.status();
      if (!*more) break;
      EXPECT_EQ(request.chunk(), absl::StrCat("chunk ", count));
      StreamResponse response;
      response.mutable_progress()->set_done(++count);
      const absl::Status status = writer.Write(std::move(response));
      if (!status.ok()) return status;
    }
    return absl::OkStatus();
  };
  Start();
  grpc::ClientContext context;
  auto stream = ingestion_->IngestRelease(&context);
  constexpr uint64_t kMessages = 100;
  std::thread sender([&] {
    for (uint64_t i = 0; i < kMessages; ++i) {
      StreamRequest request;
      request.set_chunk(absl::StrCat("chunk ", i));
      EXPECT_TRUE(stream->Write(request));
    }
    stream->WritesDone();
  });
  StreamResponse response;
  uint64_t received = 0;
  while (stream->Read(&response)) {
    EXPECT_EQ(response.progress().done(), ++received);
  }
  sender.join();
  EXPECT_TRUE(stream->Finish().ok());
  EXPECT_EQ(received, kMessages);
}

TEST_F(RpcTest, TheLastMessageArrivesBeforeTheStatus) {
  stream_handler_ = [](CallContext&, Reader<StreamRequest>&,
                       Writer<StreamResponse>& writer) -> absl::Status {
    StreamResponse response;
    response.mutable_report()->set_published(true);
    return writer.Write(std::move(response));
  };
  Start();
  for (int i = 0; i < 50; ++i) {
    grpc::ClientContext context;
    auto stream = ingestion_->IngestRelease(&context);
    StreamResponse response;
    ASSERT_TRUE(stream->Read(&response));
    EXPECT_TRUE(response.report().published());
    ASSERT_FALSE(stream->Read(&response));
    ASSERT_TRUE(stream->Finish().ok());
  }
}

TEST_F(RpcTest, ASilentStreamEnds) {
  options_.max_silence = absl::Milliseconds(30);
  stream_handler_ = [](CallContext&, Reader<StreamRequest>& reader,
                       Writer<StreamResponse>&) -> absl::Status {
    StreamRequest request;
    return reader.Read(&request).status();
  };
  Start();
  grpc::ClientContext context;
  const grpc::Status status = ingestion_->IngestRelease(&context)->Finish();
  EXPECT_EQ(status.error_code(), grpc::StatusCode::DEADLINE_EXCEEDED);
  EXPECT_EQ(ReasonOf(status), "STREAM_SILENT");
}

TEST_F(RpcTest, ACancelledStreamWakesItsHandler) {
  absl::Notification reading;
  absl::Notification ended;
  stream_handler_ = [&](CallContext&, Reader<StreamRequest>& reader,
                        Writer<StreamResponse>&) -> absl::Status {
    reading.Notify();
    StreamRequest request;
    const auto more = reader.Read(&request);
    // gRPC may end the reads before it says why.
    EXPECT_FALSE(more.ok() && *more);
    ended.Notify();
    return more.status();
  };
  Start();
  grpc::ClientContext context;
  auto stream = ingestion_->IngestRelease(&context);
  reading.WaitForNotification();
  context.TryCancel();
  EXPECT_EQ(stream->Finish().error_code(), grpc::StatusCode::CANCELLED);
  EXPECT_TRUE(ended.WaitForNotificationWithTimeout(kLong));
}

TEST_F(RpcTest, IngestionsStandBackBehindQuestions) {
  const int before = getpriority(PRIO_PROCESS, 0);
  int question = -1;
  int ingestion = -1;
  handler_ = [&](CallContext&, const Request&) {
    question = getpriority(PRIO_PROCESS, 0);
    return Response();
  };
  stream_handler_ = [&](CallContext&, Reader<StreamRequest>&,
                        Writer<StreamResponse>&) {
    ingestion = getpriority(PRIO_PROCESS, 0);
    return absl::OkStatus();
  };
  Start();
  EXPECT_TRUE(Call().ok());
  grpc::ClientContext context;
  EXPECT_TRUE(ingestion_->IngestRelease(&context)->Finish().ok());
  Stop();
  EXPECT_EQ(question, before);
  EXPECT_EQ(ingestion, std::min(before + 10, 19));
}

TEST_F(RpcTest, MoreIngestionsThanAllowedAreRefused) {
  options_.max_ingestions = 1;
  absl::Notification started;
  absl::Notification go_on;
  stream_handler_ = [&](CallContext&, Reader<StreamRequest>&,
                        Writer<StreamResponse>&) {
    started.Notify();
    go_on.WaitForNotification();
    return absl::OkStatus();
  };
  Start();
  grpc::ClientContext first_context;
  auto first = ingestion_->IngestRelease(&first_context);
  started.WaitForNotification();
  grpc::ClientContext second_context;
  const grpc::Status refused =
      ingestion_->IngestRelease(&second_context)->Finish();
  EXPECT_EQ(refused.error_code(), grpc::StatusCode::RESOURCE_EXHAUSTED);
  EXPECT_EQ(ReasonOf(refused), "OVERLOADED");
  EXPECT_TRUE(Call().ok()) << "queries go on";
  go_on.Notify();
  EXPECT_TRUE(first->Finish().ok());
}

TEST_F(RpcTest, AClientThatDoesNotReadCannotHoldTheService) {
  // Messages that fill the window, to a client that takes none of them.
  options_.max_ingestion_duration = absl::Milliseconds(300);
  absl::Notification ended;
  stream_handler_ = [&](CallContext& context, Reader<StreamRequest>&,
                        Writer<StreamResponse>& writer) -> absl::Status {
    absl::Status status;
    while (status.ok()) {
      StreamResponse response;
      response.mutable_report()->mutable_release()->set_edition(
          std::string(1 << 20, 'x'));
      status = writer.Write(std::move(response));
    }
    EXPECT_TRUE(context.Cancelled());
    ended.Notify();
    return status;
  };
  Start();
  grpc::ClientContext context;
  auto stream = ingestion_->IngestRelease(&context);
  EXPECT_TRUE(ended.WaitForNotificationWithTimeout(kLong));
  EXPECT_TRUE(calls_->admission().WaitUntilEmpty(kLong));
  context.TryCancel();
  stream->Finish();
}

// Messages of a mebibyte, more than any window holds.
absl::Status WriteWithoutEnd(Writer<DownloadResponse>& writer,
                             std::atomic<int>* written) {
  absl::Status status;
  while (status.ok()) {
    DownloadResponse response;
    response.mutable_footer()->set_sha256(std::string(1 << 20, 'x'));
    status = writer.Write(std::move(response));
    if (status.ok()) ++*written;
  }
  return status;
}

TEST_F(RpcTest, ADownloadCarriesEveryMessageInOrderThenTheStatus) {
  download_handler_ = [](CallContext&, const DownloadRequest& request,
                         Writer<DownloadResponse>& writer) -> absl::Status {
    for (int i = 0; i < 100; ++i) {
      DownloadResponse response;
      response.mutable_footer()->set_observation_count(i);
      const absl::Status status = writer.Write(std::move(response));
      if (!status.ok()) return status;
    }
    return base::Error(absl::StatusCode::kDataLoss, "CORRUPT_STORE",
                       request.period());
  };
  Start();
  DownloadRequest request;
  request.set_period("2017/18");
  grpc::ClientContext context;
  auto stream = stub_->ExportObservations(&context, request);
  DownloadResponse response;
  int received = 0;
  while (stream->Read(&response)) {
    EXPECT_EQ(response.footer().observation_count(), received++);
  }
  const grpc::Status status = stream->Finish();
  EXPECT_EQ(received, 100);
  EXPECT_EQ(ReasonOf(status), "CORRUPT_STORE");
  EXPECT_EQ(status.error_message(), "2017/18");
}

TEST_F(RpcTest, AFieldOfALaterVersionIsRefusedOfADownload) {
  Start();
  DownloadRequest request;
  request.GetReflection()->MutableUnknownFields(&request)->AddVarint(99, 1);
  grpc::ClientContext context;
  EXPECT_EQ(ReasonOf(stub_->ExportObservations(&context, request)->Finish()),
            "UNKNOWN_FIELD");
}

TEST_F(RpcTest, ADownloadThatNobodyTakesEndsAndHoldsOneMessage) {
  options_.max_silence = absl::Milliseconds(200);
  absl::Notification ended;
  std::atomic<int> written{0};
  download_handler_ = [&](CallContext& context, const DownloadRequest&,
                          Writer<DownloadResponse>& writer) -> absl::Status {
    const absl::Status status = WriteWithoutEnd(writer, &written);
    EXPECT_THAT(status, collate::testing::HasReason("STREAM_SILENT"));
    EXPECT_FALSE(context.Cancelled()) << "before its time was over";
    ended.Notify();
    return status;
  };
  Start();
  grpc::ClientContext context;
  auto stream = stub_->ExportObservations(&context, DownloadRequest());
  EXPECT_TRUE(ended.WaitForNotificationWithTimeout(kLong));
  EXPECT_TRUE(calls_->admission().WaitUntilEmpty(kLong));
  // The transport's windows take some; the rest was never made.
  EXPECT_LT(written, 32);
  context.TryCancel();
  stream->Finish();
}

TEST_F(RpcTest, ACancelledDownloadEndsItsHandler) {
  absl::Notification ended;
  std::atomic<int> written{0};
  download_handler_ = [&](CallContext& context, const DownloadRequest&,
                          Writer<DownloadResponse>& writer) -> absl::Status {
    const absl::Status status = WriteWithoutEnd(writer, &written);
    EXPECT_TRUE(context.Cancelled());
    EXPECT_EQ(status.code(), absl::StatusCode::kCancelled);
    ended.Notify();
    return status;
  };
  Start();
  grpc::ClientContext context;
  auto stream = stub_->ExportObservations(&context, DownloadRequest());
  DownloadResponse response;
  EXPECT_TRUE(stream->Read(&response));
  context.TryCancel();
  EXPECT_EQ(stream->Finish().error_code(), grpc::StatusCode::CANCELLED);
  EXPECT_TRUE(ended.WaitForNotificationWithTimeout(kLong));
  EXPECT_TRUE(calls_->admission().WaitUntilEmpty(kLong));
}

TEST_F(RpcTest, ADownloadHasATimeLimitOfItsOwn) {
  options_.max_duration = absl::Milliseconds(1);
  options_.max_download_duration = absl::Milliseconds(300);
  std::atomic<int> written{0};
  download_handler_ = [&](CallContext&, const DownloadRequest&,
                          Writer<DownloadResponse>& writer) {
    return WriteWithoutEnd(writer, &written);
  };
  Start();
  grpc::ClientContext context;
  auto stream = stub_->ExportObservations(&context, DownloadRequest());
  DownloadResponse response;
  while (stream->Read(&response)) {
  }
  const grpc::Status status = stream->Finish();
  EXPECT_EQ(ReasonOf(status), "DEADLINE_EXCEEDED");
  EXPECT_GT(written, 0);
}

TEST_F(RpcTest, MoreDownloadsThanAllowedAreRefusedAndQuestionsGoOn) {
  options_.max_downloads = 1;
  absl::Notification started;
  absl::Notification go_on;
  download_handler_ = [&](CallContext&, const DownloadRequest&,
                          Writer<DownloadResponse>&) {
    started.Notify();
    go_on.WaitForNotification();
    return absl::OkStatus();
  };
  Start();
  grpc::ClientContext first_context;
  auto first = stub_->ExportObservations(&first_context, DownloadRequest());
  started.WaitForNotification();
  grpc::ClientContext second_context;
  EXPECT_EQ(
      ReasonOf(stub_->ExportObservations(&second_context, DownloadRequest())
                   ->Finish()),
      "OVERLOADED");
  EXPECT_TRUE(Call().ok());
  go_on.Notify();
  EXPECT_TRUE(first->Finish().ok());
  // Its place was free before it heard of the end.
  download_handler_ = [](CallContext&, const DownloadRequest&,
                         Writer<DownloadResponse>&) {
    return absl::OkStatus();
  };
  grpc::ClientContext third_context;
  EXPECT_TRUE(stub_->ExportObservations(&third_context, DownloadRequest())
                  ->Finish()
                  .ok());
}

TEST_F(RpcTest, OneAddressCannotTakeAllDownloads) {
  options_.max_downloads = 2;
  options_.max_downloads_per_address = 1;
  absl::Notification started;
  absl::Notification go_on;
  download_handler_ = [&](CallContext&, const DownloadRequest&,
                          Writer<DownloadResponse>&) {
    // Whoever is not the first is answered at once.
    if (started.HasBeenNotified()) return absl::OkStatus();
    started.Notify();
    go_on.WaitForNotification();
    return absl::OkStatus();
  };
  Start();
  grpc::ClientContext first_context;
  auto first = stub_->ExportObservations(&first_context, DownloadRequest());
  started.WaitForNotification();
  grpc::ClientContext second_context;
  const grpc::Status refused =
      stub_->ExportObservations(&second_context, DownloadRequest())->Finish();
  EXPECT_EQ(refused.error_code(), grpc::StatusCode::RESOURCE_EXHAUSTED);
  EXPECT_EQ(ReasonOf(refused), "OVERLOADED");
  EXPECT_THAT(refused.error_message(), HasSubstr("1 downloads of one address"));
  // From elsewhere there is room.
  const auto elsewhere = v1::StatisticsService::NewStub(
      server_->InProcessChannel(grpc::ChannelArguments()));
  grpc::ClientContext third_context;
  EXPECT_TRUE(elsewhere->ExportObservations(&third_context, DownloadRequest())
                  ->Finish()
                  .ok());
  go_on.Notify();
  EXPECT_TRUE(first->Finish().ok());
}

TEST_F(RpcTest, AStormOfCancelledDownloadsLeavesNothingBehind) {
  constexpr int kCalls = 200;
  download_handler_ = [](CallContext&, const DownloadRequest&,
                         Writer<DownloadResponse>& writer) {
    std::atomic<int> written{0};
    return WriteWithoutEnd(writer, &written);
  };
  Start();
  for (int i = 0; i < kCalls; ++i) {
    grpc::ClientContext context;
    auto stream = stub_->ExportObservations(&context, DownloadRequest());
    DownloadResponse response;
    if (i % 2 == 0) stream->Read(&response);
    context.TryCancel();
    stream->Finish();
  }
  EXPECT_TRUE(calls_->admission().WaitUntilEmpty(kLong));
}

}  // namespace
}  // namespace collate::api
