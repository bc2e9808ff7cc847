// The way of every call through gRPC: limits, identity, log, deadlines.

#include "service/api/rpc.h"

#include <gmock/gmock.h>
#include <grpcpp/generic/generic_stub.h>
#include <gtest/gtest.h>
#include <signal.h>
#include <sys/resource.h>

#include <atomic>
#include <functional>
#include <memory>
#include <new>
#include <stdexcept>
#include <string>
#include <thread>
#include <utility>
#include <vector>

#include "absl/strings/match.h"
#include "absl/synchronization/blocking_counter.h"
#include "absl/synchronization/notification.h"
#include "service/api/finish_once.h"
#include "service/audit/audit_log.h"
#include "service/base/error.h"
#include "tests/service/api/rpc_fixture.h"
#include "tests/testing/fake_clock.h"
#include "tests/testing/status_matchers.h"
#include "tests/testing/temp_dir.h"

namespace collate::api {
namespace {

using ::testing::HasSubstr;
using ::testing::Not;

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

TEST_F(RpcTest, WhoAsksForTooMuchIsToldNotToComeAgain) {
  handler_ = [](CallContext&, const Request&) -> absl::StatusOr<Response> {
    return base::Error(absl::StatusCode::kResourceExhausted, "CELL_LIMIT", "");
  };
  Start();
  grpc::ClientContext context;
  Response response;
  EXPECT_EQ(stub_->ExplainCell(&context, Request(), &response).error_code(),
            grpc::StatusCode::RESOURCE_EXHAUSTED);
  const auto& trailers = context.GetServerTrailingMetadata();
  const auto pushback = trailers.find("grpc-retry-pushback-ms");
  ASSERT_NE(pushback, trailers.end());
  EXPECT_EQ(std::string(pushback->second.data(), pushback->second.size()),
            "-1");
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

}  // namespace
}  // namespace collate::api
