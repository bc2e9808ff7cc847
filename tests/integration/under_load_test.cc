// What the daemon does when there is more to do than it can, when callers
// change their minds or read nothing, and when it is stopped in the middle.

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <atomic>
#include <fstream>
#include <map>
#include <memory>
#include <mutex>
#include <optional>
#include <sstream>
#include <string>
#include <thread>
#include <utility>
#include <vector>

#include "absl/strings/numbers.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/str_format.h"
#include "absl/strings/str_replace.h"
#include "absl/synchronization/notification.h"
#include "collate/v1/ingestion_service.grpc.pb.h"
#include "google/rpc/error_details.pb.h"
#include "google/rpc/status.pb.h"
#include "grpcpp/grpcpp.h"
#include "service/base/digest.h"
#include "tests/integration/under_attack.h"
#include "tests/testing/raw_connection.h"

namespace collate::testing {
namespace {

using ::testing::AnyOf;
using ::testing::Eq;
using ::testing::Gt;
using ::testing::IsEmpty;

// The status of the whole export.
grpc::Status ReadExport(v1::StatisticsService::Stub& stub, int64_t* rows) {
  grpc::ClientContext context;
  const auto reader =
      stub.ExportObservations(&context, v1::ExportObservationsRequest());
  v1::ExportObservationsResponse part;
  while (reader->Read(&part)) {
    if (part.has_footer()) *rows = part.footer().observation_count();
  }
  return reader->Finish();
}

class UnderLoad : public ::testing::Test {
 protected:
  void Start(const std::string& config) {
    auto daemon =
        Daemon::Start({.data = dir_.File("data"),
                       .config = dir_.Write("config.textproto", config)});
    ASSERT_THAT(daemon, IsOk());
    daemon_ = *std::move(daemon);
    client_ = ConnectTo(*daemon_);
    ASSERT_THAT(client_->Ingest(HomeOffice(Excerpt()), nullptr), IsOk());
  }

  // The excerpt once more for many years: an export of some megabytes.
  void IngestManyYears() {
    std::ifstream in(Excerpt());
    std::ostringstream excerpt;
    excerpt << in.rdbuf();
    const std::string one_year = excerpt.str();
    const size_t head = one_year.find('\n') + 1;
    std::string text = one_year.substr(0, head);
    for (int year = 2002; year < 2017; ++year) {
      text += absl::StrReplaceAll(
          one_year.substr(head),
          {{"2017/18", absl::StrFormat("%d/%02d", year, (year + 1) % 100)}});
    }
    ASSERT_THAT(
        client_->Ingest(HomeOffice(dir_.Write("years.csv", text)), nullptr),
        IsOk());
    const auto stub = v1::StatisticsService::NewStub(daemon_->Channel());
    ASSERT_TRUE(ReadExport(*stub, &rows_).ok());
    ASSERT_THAT(rows_, Gt(2000));
  }

  absl::Status Ask() const {
    return Number(*client_, Query("88A", {"2017/18"}, kPanel)).status();
  }

  // Until there is room again for a call; fails after 30 s.
  absl::Duration TimeToServe() const {
    const absl::Time began = absl::Now();
    absl::Status status = Ask();
    while (absl::IsResourceExhausted(status) &&
           absl::Now() - began < absl::Seconds(30)) {
      status = Ask();
    }
    EXPECT_THAT(status, IsOk());
    return absl::Now() - began;
  }

  TempDir dir_;
  std::unique_ptr<Daemon> daemon_;
  std::unique_ptr<client::Client> client_;
  int64_t rows_ = 0;
};

// Calls of all kinds that are given up at once, or a little later.
class Quitter {
 public:
  explicit Quitter(const Daemon& daemon)
      : channel_(OwnChannel(daemon)),
        statistics_(v1::StatisticsService::NewStub(channel_)),
        ingestion_(v1::IngestionService::NewStub(channel_)) {
    *request_.mutable_query() =
        By(Query("88A", {"2017/18", "2017/18 Q1"}, "uk-territorial-forces"),
           "reporter");
    request_.set_view(v1::VIEW_CITED);
  }

  grpc::Status Call(int number) {
    switch (number % 3) {
      case 0:
        return Unary(number);
      case 1:
        return Download(number);
      default:
        return Ingestion(number);
    }
  }

 private:
  grpc::Status Unary(int number) {
    // Not one that is known already.
    request_.set_page_size(1 + number % 1000);
    grpc::ClientContext context;
    v1::QueryStatisticsResponse answer;
    absl::Notification done;
    grpc::Status outcome;
    statistics_->async()->QueryStatistics(&context, &request_, &answer,
                                          [&](grpc::Status status) {
                                            outcome = std::move(status);
                                            done.Notify();
                                          });
    // The moment is the experiment.
    if (number % 2 == 0) {
      done.WaitForNotificationWithTimeout(absl::Microseconds(100) *
                                          (number % 32));
    }
    context.TryCancel();
    done.WaitForNotification();
    return outcome;
  }

  grpc::Status Download(int number) {
    grpc::ClientContext context;
    const auto reader = statistics_->ExportObservations(
        &context, v1::ExportObservationsRequest());
    v1::ExportObservationsResponse part;
    if (number % 2 == 0) reader->Read(&part);
    context.TryCancel();
    while (reader->Read(&part)) {
    }
    return reader->Finish();
  }

  grpc::Status Ingestion(int number) {
    grpc::ClientContext context;
    const auto stream = ingestion_->IngestRelease(&context);
    v1::IngestReleaseRequest part;
    part.mutable_release()->set_source("somebody");
    part.mutable_release()->mutable_publish_time_unknown();
    if (number % 2 == 0) stream->Write(part);
    context.TryCancel();
    v1::IngestReleaseResponse response;
    while (stream->Read(&response)) {
    }
    return stream->Finish();
  }

  const std::shared_ptr<grpc::Channel> channel_;
  const std::unique_ptr<v1::StatisticsService::Stub> statistics_;
  const std::unique_ptr<v1::IngestionService::Stub> ingestion_;
  v1::QueryStatisticsRequest request_;
};

TEST_F(UnderLoad, AStormOfCancelledCallsOfAllKindsLeavesNoneBehind) {
  constexpr int kThreads = 8;
  const int calls = 1000 * TestScale();
  Start("worker { max_concurrent: 2 }");
  std::atomic<int> next = 0;
  std::mutex mutex;
  std::map<grpc::StatusCode, int> outcomes;  // guarded by mutex
  std::vector<std::thread> threads;
  const absl::Time began = absl::Now();
  for (int i = 0; i < kThreads; ++i) {
    threads.emplace_back([&] {
      Quitter quitter(*daemon_);
      for (int number = next++; number < calls; number = next++) {
        const grpc::Status status = quitter.Call(number);
        std::lock_guard lock(mutex);
        ++outcomes[status.error_code()];
      }
    });
  }
  for (std::thread& thread : threads) thread.join();
  const absl::Duration took = absl::Now() - began;
  const absl::Duration answered = TimeToServe();
  std::cout << "measured: " << calls << " calls given up in " << took
            << "; an answer " << answered << " after them; outcomes";
  for (const auto& [code, count] : outcomes) {
    std::cout << " " << code << ": " << count;
    EXPECT_THAT(code, AnyOf(grpc::StatusCode::OK, grpc::StatusCode::CANCELLED,
                            grpc::StatusCode::RESOURCE_EXHAUSTED));
  }
  std::cout << std::endl;
  EXPECT_THAT(outcomes[grpc::StatusCode::CANCELLED], Gt(0));
  EXPECT_LT(answered, absl::Seconds(2));

  // Every place of the few that there are is free again: four downloads to one
  // address, and two ingestions.
  const auto stub = v1::StatisticsService::NewStub(daemon_->Channel());
  std::vector<std::pair<
      std::unique_ptr<grpc::ClientContext>,
      std::unique_ptr<grpc::ClientReader<v1::ExportObservationsResponse>>>>
      downloads;
  std::vector<std::thread> ingestions;
  std::atomic<int> ingested = 0;
  for (int i = 0; i < 2; ++i) {
    ingestions.emplace_back([&] {
      const auto report =
          ConnectTo(*daemon_)->Ingest(HomeOffice(Excerpt()), nullptr);
      EXPECT_THAT(report, IsOk());
      if (report.ok()) ++ingested;
    });
  }
  for (int i = 0; i < 4; ++i) {
    auto& [context, reader] = downloads.emplace_back();
    context = std::make_unique<grpc::ClientContext>();
    reader = stub->ExportObservations(context.get(),
                                      v1::ExportObservationsRequest());
  }
  for (auto& [context, reader] : downloads) {
    v1::ExportObservationsResponse part;
    while (reader->Read(&part)) {
    }
    const grpc::Status status = reader->Finish();
    EXPECT_TRUE(status.ok()) << status.error_message();
  }
  for (std::thread& thread : ingestions) thread.join();
  EXPECT_THAT(ingested, Eq(2));
  // It waits for every call that is alive, however long that takes.
  EXPECT_THAT(daemon_->Terminate(), Eq(0));
}

// Asks without a pause until it is refused, and keeps when and why.
class Hurried {
 public:
  explicit Hurried(const Daemon& daemon)
      : stub_(v1::StatisticsService::NewStub(OwnChannel(daemon))) {
    *request_.mutable_query() =
        By(Query("88A", {"2017/18", "2017/18 Q1"}, kPanel), "reporter");
    thread_ = std::thread([this] { Run(); });
    begun_.WaitForNotification();
  }
  ~Hurried() { Join(); }
  void Join() {
    if (thread_.joinable()) thread_.join();
  }

  // Once joined.
  int answered() const { return answered_; }
  absl::Time last_began() const { return last_began_; }
  const grpc::Status& end() const { return end_; }

 private:
  void Run() {
    for (int i = 0; end_.ok(); ++i) {
      request_.set_page_size(1 + i % 1000);
      last_began_ = absl::Now();
      grpc::ClientContext context;
      v1::QueryStatisticsResponse answer;
      end_ = stub_->QueryStatistics(&context, request_, &answer);
      if (end_.ok()) ++answered_;
      if (!begun_.HasBeenNotified()) begun_.Notify();
    }
  }

  const std::unique_ptr<v1::StatisticsService::Stub> stub_;
  v1::QueryStatisticsRequest request_;
  absl::Notification begun_;
  int answered_ = 0;
  absl::Time last_began_;
  grpc::Status end_;
  std::thread thread_;
};

TEST_F(UnderLoad, IsStoppedWithoutBreakingOffWhatHasBegun) {
  Start("drain_seconds: 30");
  // An ingestion in the middle of its document.
  std::ifstream in(Excerpt());
  std::ostringstream text;
  text << in.rdbuf();
  const std::string bytes = absl::StrCat(text.str(), "\n");
  const auto ingestion = v1::IngestionService::NewStub(OwnChannel(*daemon_));
  grpc::ClientContext context;
  const auto stream = ingestion->IngestRelease(&context);
  v1::IngestReleaseRequest part;
  part.mutable_release()->set_source("home-office-prc");
  part.mutable_release()->mutable_publish_time()->set_seconds(1548288000);
  ASSERT_TRUE(stream->Write(part));
  part.mutable_document()->set_name("again.csv");
  part.mutable_document()->set_byte_count(bytes.size());
  part.mutable_document()->set_sha256(base::Sha256Hex(bytes));
  ASSERT_TRUE(stream->Write(part));
  part.set_chunk(bytes.substr(0, 1000));
  ASSERT_TRUE(stream->Write(part));
  v1::IngestReleaseResponse response;
  ASSERT_TRUE(stream->Read(&response));  // it is being received

  std::vector<std::unique_ptr<Hurried>> callers;
  for (int i = 0; i < 4; ++i) {
    callers.push_back(std::make_unique<Hurried>(*daemon_));
  }
  const absl::Time asked = absl::Now();
  daemon_->AskToStop();
  int answered = 0;
  for (const auto& caller : callers) {
    caller->Join();
    answered += caller->answered();
    // Nothing that was under way was given up; who came later hears so.
    EXPECT_GT(caller->last_began(), asked - absl::Milliseconds(20));
    EXPECT_THAT(caller->end().error_code(), Eq(grpc::StatusCode::UNAVAILABLE))
        << caller->end().error_message();
  }
  // New calls are refused by now; the old one goes on.
  part.set_chunk(bytes.substr(1000));
  EXPECT_TRUE(stream->Write(part));
  part.mutable_end();
  EXPECT_TRUE(stream->Write(part));
  stream->WritesDone();
  bool reported = false;
  while (stream->Read(&response)) reported = response.has_report();
  const grpc::Status status = stream->Finish();
  EXPECT_TRUE(status.ok()) << status.error_message();
  EXPECT_TRUE(reported);
  callers.clear();
  EXPECT_THAT(daemon_->Terminate(), Eq(0));
  const absl::Duration took = absl::Now() - asked;
  std::cout << "measured: stopped in " << took << "; " << answered
            << " calls of 4 callers, and an ingestion, ended well" << std::endl;
  // On a machine with other work the worker, which stands back, is slow.
  EXPECT_LT(took, absl::Seconds(TestScale() < 10 ? 30 : 10));
}

TEST_F(UnderLoad, OverloadSaysWhenToComeAgain) {
  Start("executor { thread_count: 1 queue_capacity: 1 }");
  constexpr int kCallers = 8;
  std::mutex mutex;
  int answered = 0;  // these are guarded by mutex
  int refused = 0;
  std::vector<std::thread> callers;
  for (int i = 0; i < kCallers; ++i) {
    callers.emplace_back([&, i] {
      const auto stub = v1::StatisticsService::NewStub(OwnChannel(*daemon_));
      v1::QueryStatisticsRequest request;
      *request.mutable_query() =
          By(Query("88A", {"2017/18", "2017/18 Q1"}, kPanel), "reporter");
      request.set_view(v1::VIEW_CITED);
      for (int j = 0; j < 50; ++j) {
        request.set_page_size(1 + i * 50 + j);  // known to nobody
        grpc::ClientContext context;
        v1::QueryStatisticsResponse answer;
        const grpc::Status status =
            stub->QueryStatistics(&context, request, &answer);
        std::lock_guard lock(mutex);
        if (status.ok()) {
          ++answered;
          continue;
        }
        ++refused;
        EXPECT_THAT(status.error_code(),
                    Eq(grpc::StatusCode::RESOURCE_EXHAUSTED))
            << status.error_message();
        const auto& trailers = context.GetServerTrailingMetadata();
        const auto pushback = trailers.find("grpc-retry-pushback-ms");
        int millis = 0;
        ASSERT_TRUE(pushback != trailers.end());
        EXPECT_TRUE(absl::SimpleAtoi(
            absl::string_view(pushback->second.data(), pushback->second.size()),
            &millis));
        google::rpc::Status details;
        ASSERT_TRUE(details.ParseFromString(status.error_details()));
        std::optional<google::rpc::RetryInfo> retry;
        std::string reason;
        for (const auto& detail : details.details()) {
          google::rpc::ErrorInfo info;
          if (detail.UnpackTo(&info)) reason = info.reason();
          google::rpc::RetryInfo delay;
          if (detail.UnpackTo(&delay)) retry = delay;
        }
        EXPECT_THAT(reason, Eq("OVERLOADED"));
        ASSERT_TRUE(retry.has_value());
        const int64_t told = retry->retry_delay().seconds() * 1000 +
                             retry->retry_delay().nanos() / 1000000;
        EXPECT_THAT(told, Gt(0));
        EXPECT_THAT(millis, Eq(told));
      }
    });
  }
  for (std::thread& caller : callers) caller.join();
  std::cout << "measured: " << refused << " of " << answered + refused
            << " calls refused" << std::endl;
  EXPECT_THAT(answered, Gt(0));
  EXPECT_THAT(refused, Gt(0));
  EXPECT_THAT(daemon_->Terminate(), Eq(0));
}

TEST_F(UnderLoad, WhoTakesNothingOfADownloadCostsLittleAndOnlyForAWhile) {
  // With a patient machine, without a deadline: the service has one of its own.
  const bool patient = TestScale() >= 10;
  Start("");
  IngestManyYears();
  Asker asker(*daemon_);
  const Growth growth(daemon_->id());
  const absl::Time began = absl::Now();
  std::vector<RawConnection> readers;
  for (const char* source : {kAnotherAddress, kThirdAddress}) {
    for (int i = 0; i < 4; ++i) {
      COLLATE_ASSERT_OK_AND_ASSIGN(
          RawConnection reader,
          RawConnection::Open(daemon_->address(), source));
      // Not one byte of an answer may be sent.
      ASSERT_TRUE(reader.Send(absl::StrCat(
          http2::Preface(0), http2::Request(1, kExport, patient ? "" : "3S"),
          http2::Message(1, ""))));
      readers.push_back(std::move(reader));
    }
  }
  // Whoever else downloads before all of them have a place may take the one of
  // a reader, who is refused then and never comes again.
  for (RawConnection& reader : readers) {
    ASSERT_TRUE(reader.IsAnswered(1, began + absl::Seconds(30)));
  }
  const auto stub = v1::StatisticsService::NewStub(OwnChannel(*daemon_));
  int64_t rows = 0;
  grpc::Status status = ReadExport(*stub, &rows);
  EXPECT_THAT(status.error_code(), Eq(grpc::StatusCode::RESOURCE_EXHAUSTED))
      << status.error_message();
  // And free again, whatever the readers do. Those who are refused are told to
  // wait, and who does not is cut off.
  while (!status.ok() && absl::Now() - began < absl::Seconds(90)) {
    absl::SleepFor(absl::Milliseconds(50));
    status = ReadExport(*stub, &rows);
  }
  const absl::Duration freed = absl::Now() - began;
  readers.clear();  // lest the end waits for them
  asker.Stop();
  EXPECT_TRUE(status.ok()) << status.error_message();
  EXPECT_THAT(rows, Eq(rows_));
  std::cout << "measured: 8 readers of nothing, memory grew by " << growth.mib()
            << " MiB; places free after " << freed << "; " << asker.asked()
            << " questions of another client, p99 " << asker.Quantile(0.99)
            << std::endl;
  EXPECT_THAT(asker.failures(), IsEmpty());
  EXPECT_LT(freed, patient ? absl::Seconds(75) : absl::Seconds(10));
  if (!kSanitized) {
    EXPECT_LT(growth.mib(), 64);
  }
  EXPECT_THAT(daemon_->Terminate(), Eq(0));
}

}  // namespace
}  // namespace collate::testing
