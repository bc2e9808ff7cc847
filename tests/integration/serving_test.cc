// How the daemon behaves as a server: errors, health, cancellation, drain.

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <atomic>
#include <deque>
#include <iostream>
#include <thread>

#include "absl/synchronization/blocking_counter.h"
#include "absl/synchronization/notification.h"
#include "absl/time/clock.h"
#include "collate/v1/ingestion_service.grpc.pb.h"
#include "collate/v1/statistics_service.grpc.pb.h"
#include "grpcpp/channel.h"
#include "grpcpp/client_context.h"
#include "service/base/error.h"
#include "tests/integration/end_to_end.h"

namespace collate::testing {
namespace {

using ::testing::AnyOf;
using ::testing::Eq;
using ::testing::HasSubstr;
using ::testing::Not;
using ::testing::StartsWith;

class Serving : public ::testing::Test {
 protected:
  void SetUp() override {
    auto daemon = Daemon::Start(
        {.data = dir_.File("data"),
         .config = dir_.Write("config.textproto", "drain_seconds: 2")});
    ASSERT_THAT(daemon, IsOk());
    daemon_ = *std::move(daemon);
    client_ = ConnectTo(*daemon_);
    ASSERT_NE(client_, nullptr);
    ASSERT_THAT(client_->Ingest(HomeOffice(Excerpt()), nullptr), IsOk());
  }

  TempDir dir_;
  std::unique_ptr<Daemon> daemon_;
  std::unique_ptr<client::Client> client_;
};

TEST_F(Serving, HealthAnswersUntilItStops) {
  EXPECT_THAT(client_->CheckHealth(), IsOk());
  EXPECT_THAT(daemon_->RunCli({"status"}).out, StartsWith("serving\n"));
  EXPECT_THAT(daemon_->Terminate(), Eq(0));
  EXPECT_THAT(client_->CheckHealth(), HasReason("NO_SERVICE"));
}

TEST_F(Serving, AnUnknownMemberNamesFieldAndNearMatches) {
  const auto answer =
      client_->Query(Query("88Z", {"2017/18"}, kPanel), v1::VIEW_BASIC);
  EXPECT_THAT(answer, StatusIs(absl::StatusCode::kInvalidArgument));
  EXPECT_THAT(answer, HasReason("UNKNOWN_MEMBER"));
  const base::ErrorDetail detail = base::DetailOf(answer.status());
  ASSERT_THAT(detail.fields.size(), Eq(1));
  EXPECT_THAT(detail.fields[0].path, HasSubstr("filters[0].members[0]"));
  bool near = false;
  for (const auto& [key, value] : detail.metadata) {
    if (key == "near_matches") near = value.find("88A") != std::string::npos;
  }
  EXPECT_TRUE(near) << answer.status();
}

TEST_F(Serving, UnknownNamesAreRefusedWhereTheyStand) {
  v1::StatisticsQuery query = Query("88A", {"2017/18"}, "no-such-panel");
  EXPECT_THAT(client_->Query(query, v1::VIEW_BASIC),
              HasReason("UNKNOWN_PANEL"));
  query = Query("88A", {"2017/19"}, kPanel);
  EXPECT_THAT(client_->Query(query, v1::VIEW_BASIC),
              HasReason("INVALID_PERIOD"));
  EXPECT_THAT(client_->GetPanel("panels/no-such-panel"),
              HasReason("UNKNOWN_RESOURCE"));
  EXPECT_THAT(client_->Withdraw("sources/home-office-prc/releases/none", "x"),
              StatusIs(absl::StatusCode::kNotFound));
}

TEST_F(Serving, AHandleOfAnotherAnswerIsRefusedAfterAChange) {
  COLLATE_ASSERT_OK_AND_ASSIGN(
      const auto answer,
      client_->Query(Query("88A", {"2017/18"}, kPanel), v1::VIEW_BASIC));
  const std::string handle = answer.cells(0).handle();
  EXPECT_THAT(client_->Explain(handle), IsOk());
  COLLATE_ASSERT_OK_AND_ASSIGN(const auto releases,
                               client_->ListReleases("sources/-"));
  ASSERT_THAT(client_->Withdraw(releases[0].name(), "a test"), IsOk());
  EXPECT_THAT(client_->Explain(handle), HasReason("ANSWER_CHANGED"));
}

TEST_F(Serving, AStreamWithoutEndLeavesNothing) {
  const auto stub = v1::IngestionService::NewStub(daemon_->Channel());
  grpc::ClientContext context;
  const auto stream = stub->IngestRelease(&context);
  v1::IngestReleaseRequest part;
  part.mutable_release()->set_source("somebody");
  part.mutable_release()->mutable_publish_time_unknown();
  stream->Write(part);
  stream->WritesDone();
  v1::IngestReleaseResponse response;
  while (stream->Read(&response)) {
    EXPECT_FALSE(response.has_report());
  }
  EXPECT_FALSE(stream->Finish().ok());
  COLLATE_ASSERT_OK_AND_ASSIGN(const auto releases,
                               client_->ListReleases("sources/-"));
  EXPECT_THAT(releases.size(), Eq(1));
}

TEST_F(Serving, BytesThatAreNotWhatWasAnnouncedAreRefused) {
  const auto stub = v1::IngestionService::NewStub(daemon_->Channel());
  grpc::ClientContext context;
  const auto stream = stub->IngestRelease(&context);
  v1::IngestReleaseRequest part;
  part.mutable_release()->set_source("somebody");
  part.mutable_release()->mutable_publish_time_unknown();
  stream->Write(part);
  part.mutable_document()->set_name("a.csv");
  part.mutable_document()->set_byte_count(1);
  part.mutable_document()->set_sha256(std::string(64, '0'));
  stream->Write(part);
  part.set_chunk("x");
  stream->Write(part);
  part.mutable_end();
  stream->Write(part);
  stream->WritesDone();
  v1::IngestReleaseResponse response;
  while (stream->Read(&response)) {
  }
  const grpc::Status status = stream->Finish();
  EXPECT_THAT(status.error_code(), Eq(grpc::StatusCode::INVALID_ARGUMENT))
      << status.error_message();
  EXPECT_THAT(status.error_details(), HasSubstr("DIGEST_MISMATCH"));
}

struct PendingQuery {
  grpc::ClientContext context;
  v1::QueryStatisticsResponse response;
};

TEST_F(Serving, AStormOfCancelledCallsHarmsNobody) {
  constexpr int kCalls = 1000;
  const auto stub = v1::StatisticsService::NewStub(daemon_->Channel());
  v1::QueryStatisticsRequest request;
  *request.mutable_query() =
      By(Query("88A", {"2017/18", "2017/18 Q1"}, "uk-territorial-forces"),
         "reporter");
  request.set_view(v1::VIEW_CITED);
  std::deque<PendingQuery> calls(kCalls);
  absl::BlockingCounter left(kCalls);
  std::atomic<int> unexpected = 0;
  for (PendingQuery& call : calls) {
    stub->async()->QueryStatistics(
        &call.context, &request, &call.response, [&](grpc::Status status) {
          switch (status.error_code()) {
            case grpc::StatusCode::OK:
            case grpc::StatusCode::CANCELLED:
            case grpc::StatusCode::RESOURCE_EXHAUSTED:
              break;
            default:
              std::cerr << status.error_message() << std::endl;
              ++unexpected;
          }
          left.DecrementCount();
        });
  }
  for (PendingQuery& call : calls) call.context.TryCancel();
  left.Wait();
  EXPECT_THAT(unexpected, Eq(0));
  // Calls that were cancelled still count while they end.
  const absl::Time deadline = absl::Now() + absl::Seconds(30);
  auto number = Number(*client_, Query("88A", {"2017/18"}, kPanel));
  while (absl::IsResourceExhausted(number.status()) && absl::Now() < deadline) {
    number = Number(*client_, Query("88A", {"2017/18"}, kPanel));
  }
  EXPECT_THAT(number, IsOkAndHolds(Eq(kForces)));
  EXPECT_THAT(daemon_->Terminate(), Eq(0));
}

TEST_F(Serving, StopsWhileCallsRunAndAnswersThemFirst) {
  std::atomic<int> answered = 0;
  std::atomic<int> wrong = 0;
  absl::Notification started;
  std::thread caller([&] {
    const auto client = ConnectTo(*daemon_);
    while (true) {
      const auto number = Number(*client, Query("88A", {"2017/18"}, kPanel));
      if (number.ok()) {
        if (*number != kForces) ++wrong;
        if (++answered == 1) started.Notify();
        continue;
      }
      // A call that comes after the end of the listener finds nobody.
      if (number.status().code() != absl::StatusCode::kUnavailable &&
          number.status().code() != absl::StatusCode::kCancelled) {
        std::cerr << number.status() << std::endl;
        ++wrong;
      }
      break;
    }
    if (!started.HasBeenNotified()) started.Notify();
  });
  started.WaitForNotification();
  EXPECT_THAT(daemon_->Terminate(), Eq(0));
  caller.join();
  EXPECT_THAT(wrong, Eq(0));
  EXPECT_THAT(answered, ::testing::Gt(0));
}

TEST_F(Serving, AnIngestionThatHoldsTheLineDoesNotHoldTheStop) {
  const auto stub = v1::IngestionService::NewStub(daemon_->Channel());
  grpc::ClientContext context;
  const auto stream = stub->IngestRelease(&context);
  v1::IngestReleaseRequest part;
  part.mutable_release()->set_source("somebody");
  part.mutable_release()->mutable_publish_time_unknown();
  ASSERT_TRUE(stream->Write(part));
  EXPECT_THAT(daemon_->Terminate(), Eq(0));
  v1::IngestReleaseResponse response;
  while (stream->Read(&response)) {
  }
  EXPECT_FALSE(stream->Finish().ok());
}

TEST_F(Serving, CataloguesAreListedWhole) {
  const CliResult members =
      daemon_->RunCli({"members", "offence", "--format", "ndjson"});
  EXPECT_THAT(members.exit_code, Eq(0)) << members.err;
  EXPECT_THAT(std::count(members.out.begin(), members.out.end(), '\n'),
              ::testing::Gt(150));
  for (const char* list : {"sources", "releases", "measures", "dimensions",
                           "panels", "adapters"}) {
    const CliResult result = daemon_->RunCli({list, "--format", "csv"});
    EXPECT_THAT(result.exit_code, Eq(0)) << list << result.err;
    EXPECT_THAT(PlainCsv(result.out.substr(0, result.out.find('\n'))),
                ::testing::IsEmpty());
    EXPECT_THAT(std::count(result.out.begin(), result.out.end(), '\n'),
                ::testing::Gt(1))
        << list;
  }
  const CliResult homicide =
      daemon_->RunCli({"members", "show", "offence", "1/4.1/4.10/4.2"});
  EXPECT_THAT(homicide.exit_code, Eq(0)) << homicide.err;
  EXPECT_THAT(homicide.out, HasSubstr("code: 1/4.1/4.10/4.2"));
  EXPECT_THAT(daemon_->RunCli({"panels", "show", kPanel}).out,
              HasSubstr("\ngreater-manchester "));
}

}  // namespace
}  // namespace collate::testing
