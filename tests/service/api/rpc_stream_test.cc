// Calls that stream both ways through gRPC.

#include <gtest/gtest.h>
#include <sys/resource.h>

#include <algorithm>
#include <atomic>
#include <memory>
#include <string>
#include <thread>
#include <utility>
#include <vector>

#include "absl/strings/str_cat.h"
#include "absl/synchronization/notification.h"
#include "tests/service/api/rpc_fixture.h"

namespace collate::api {
namespace {

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

}  // namespace
}  // namespace collate::api
