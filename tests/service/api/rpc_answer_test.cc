// Calls whose answer is bytes: what is known already, and what is not.

#include <gmock/gmock.h>
#include <grpcpp/generic/generic_stub.h>
#include <gtest/gtest.h>

#include <atomic>
#include <memory>
#include <stdexcept>
#include <string>
#include <thread>
#include <vector>

#include "absl/strings/str_cat.h"
#include "absl/synchronization/notification.h"
#include "service/api/answer_call.h"
#include "tests/service/api/rpc_fixture.h"

namespace collate::api {
namespace {

using ::testing::HasSubstr;

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

}  // namespace
}  // namespace collate::api
