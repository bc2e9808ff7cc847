// Answers that are streamed through gRPC.

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <algorithm>
#include <atomic>
#include <memory>
#include <string>
#include <thread>
#include <utility>
#include <vector>

#include "absl/strings/str_cat.h"
#include "absl/synchronization/notification.h"
#include "service/base/error.h"
#include "tests/service/api/rpc_fixture.h"
#include "tests/testing/status_matchers.h"

namespace collate::api {
namespace {

using ::testing::HasSubstr;

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
