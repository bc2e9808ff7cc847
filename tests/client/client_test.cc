#include "client/client.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <atomic>

#include "service/base/digest.h"
#include "service/base/error.h"
#include "tests/client/fake_service.h"
#include "tests/testing/status_matchers.h"
#include "tests/testing/temp_dir.h"

namespace collate::client {
namespace {

using ::collate::testing::FakeService;
using ::collate::testing::FakeStatistics;
using ::collate::testing::HasReason;
using ::collate::testing::IsOk;
using ::collate::testing::MessageHas;
using ::collate::testing::RichError;
using ::collate::testing::StatusIs;
using ::collate::testing::TempDir;
using ::testing::ElementsAre;
using ::testing::Eq;

v1::QueryStatisticsResponse Page(const std::string& handle,
                                 const std::string& next) {
  v1::QueryStatisticsResponse page;
  page.add_cells()->set_handle(handle);
  page.set_next_page_token(next);
  return page;
}

std::vector<std::string> Handles(const v1::QueryStatisticsResponse& answer) {
  std::vector<std::string> handles;
  for (const v1::Cell& cell : answer.cells()) handles.push_back(cell.handle());
  return handles;
}

TEST(Client, RefusesAnAddressOfNeitherForm) {
  for (const char* server : {"", "localhost", ":1", "a:0", "a:70000", "a:b",
                             "unix:", "http://a:1"}) {
    EXPECT_THAT(Client::Create({.server = server}), HasReason("INVALID_SERVER"))
        << server;
  }
  EXPECT_THAT(Client::Create({.server = "unix:/run/collate.sock"}), IsOk());
  EXPECT_THAT(Client::Create({.server = "[::1]:7443"}), IsOk());
}

TEST(Client, SaysWhereNobodyAnswered) {
  TempDir dir;
  COLLATE_ASSERT_OK_AND_ASSIGN(
      const auto client,
      Client::Create({.server = "unix:" + dir.File("nobody")}));
  const auto answer = client->Query({}, v1::VIEW_BASIC);
  EXPECT_THAT(answer, HasReason("NO_SERVICE"));
  EXPECT_THAT(answer, MessageHas(dir.File("nobody")));
  EXPECT_THAT(client->CheckHealth(), HasReason("NO_SERVICE"));
}

TEST(Client, QueryFetchesEveryPage) {
  FakeService service;
  service.statistics.pages = {{Page("a", "2"), {}}, {Page("b", ""), {}}};
  COLLATE_ASSERT_OK_AND_ASSIGN(const auto answer,
                               service.Connect()->Query({}, v1::VIEW_CITED));
  EXPECT_THAT(Handles(answer), ElementsAre("a", "b"));
  EXPECT_THAT(answer.next_page_token(), Eq(""));
  ASSERT_THAT(service.statistics.requests.size(), Eq(2));
  EXPECT_THAT(service.statistics.requests[0].view(), Eq(v1::VIEW_CITED));
  EXPECT_THAT(service.statistics.requests[1].page_token(), Eq("2"));
}

TEST(Client, WithoutHandlesAnAnswerComesInColumns) {
  FakeService service;
  // One cell of a decimal measure of which only a lower bound is known.
  v1::QueryStatisticsResponse page;
  v1::PackedCells& packed = *page.mutable_packed();
  packed.set_cell_count(1);
  packed.add_measures()->set_scale(2);
  packed.add_measure(0);
  packed.add_periods()->set_text("2017/18");
  packed.add_period(0);
  packed.add_state(v1::STATE_SUPPRESSED);
  for (v1::PackedNumbers* absent :
       {packed.mutable_reported(), packed.mutable_reported_lower(),
        packed.mutable_reported_upper(), packed.mutable_panel_upper()}) {
    absent->add_absent(0);
  }
  packed.mutable_panel_lower()->add_value(-150);
  packed.mutable_coverage()->add_expected(2);
  packed.mutable_coverage()->add_due(2);
  packed.mutable_coverage()->add_complete(1);
  packed.add_basis(v1::BASIS_PANEL_SUM);
  packed.add_citation_count(1);
  v1::QueryStatisticsResponse broken = page;
  broken.mutable_packed()->clear_basis();
  service.statistics.pages = {{page, {}}, {broken, {}}};
  COLLATE_ASSERT_OK_AND_ASSIGN(
      const auto answer,
      service.Connect()->Query({}, v1::VIEW_BASIC, Client::Handles::kLeftOut));
  EXPECT_THAT(service.statistics.requests[0].form(),
              Eq(v1::ANSWER_FORM_PACKED));
  EXPECT_FALSE(answer.has_packed());
  ASSERT_THAT(answer.cells_size(), Eq(1));
  EXPECT_THAT(answer.cells(0).period().text(), Eq("2017/18"));
  EXPECT_THAT(answer.cells(0).decimal_reported(), Eq(""));
  EXPECT_FALSE(answer.cells(0).has_decimal_reported_bounds());
  EXPECT_THAT(answer.cells(0).decimal_panel_bounds().lower(), Eq("-1.5"));
  EXPECT_THAT(answer.cells(0).decimal_panel_bounds().upper(), Eq(""));
  EXPECT_THAT(
      service.Connect()->Query({}, v1::VIEW_BASIC, Client::Handles::kLeftOut),
      HasReason("BROKEN_ANSWER"));
}

TEST(Client, AnAnswerThatChangesBetweenPagesIsAskedAgainFromTheStart) {
  FakeService service;
  service.statistics.pages = {
      {Page("old", "2"), {}},
      {{}, RichError(grpc::StatusCode::ABORTED, "x", "ANSWER_CHANGED", "")},
      {Page("new", ""), {}}};
  COLLATE_ASSERT_OK_AND_ASSIGN(const auto answer,
                               service.Connect()->Query({}, v1::VIEW_BASIC));
  EXPECT_THAT(Handles(answer), ElementsAre("new"));
}

TEST(Client, AnAnswerThatNeverSettlesIsAnError) {
  FakeService service;
  for (int i = 0; i < 10; ++i) {
    service.statistics.pages.push_back(
        {{}, RichError(grpc::StatusCode::ABORTED, "x", "ANSWER_CHANGED", "")});
  }
  EXPECT_THAT(service.Connect()->Query({}, v1::VIEW_BASIC),
              HasReason("ANSWER_CHANGED"));
}

TEST(Client, ErrorsKeepReasonMetadataAndFields) {
  FakeService service;
  service.statistics.pages = {
      {{},
       RichError(grpc::StatusCode::INVALID_ARGUMENT, "no offence '88B'",
                 "UNKNOWN_MEMBER", "query.filters[0].members[0]")}};
  const auto answer = service.Connect()->Query({}, v1::VIEW_BASIC);
  EXPECT_THAT(answer, StatusIs(absl::StatusCode::kInvalidArgument));
  EXPECT_THAT(answer, MessageHas("no offence '88B'"));
  const base::ErrorDetail detail = base::DetailOf(answer.status());
  EXPECT_THAT(detail.reason, Eq("UNKNOWN_MEMBER"));
  ASSERT_THAT(detail.metadata.size(), Eq(1));
  EXPECT_THAT(detail.metadata[0].second, Eq("88A"));
  ASSERT_THAT(detail.fields.size(), Eq(1));
  EXPECT_THAT(detail.fields[0].path, Eq("query.filters[0].members[0]"));
}

TEST(Client, ErrorsWithUnreadableDetailsKeepCodeAndMessage) {
  FakeService service;
  service.statistics.pages = {
      {{}, grpc::Status(grpc::StatusCode::NOT_FOUND, "gone", "\xFF\xFF")}};
  const auto answer = service.Connect()->Query({}, v1::VIEW_BASIC);
  EXPECT_THAT(answer, StatusIs(absl::StatusCode::kNotFound));
  EXPECT_THAT(answer, MessageHas("gone"));
}

TEST(Client, AServiceThatStopsIsAskedAgain) {
  FakeService service;
  const grpc::Status stops(grpc::StatusCode::UNAVAILABLE, "not now");
  service.statistics.pages = {{{}, stops}, {{}, stops}, {Page("a", ""), {}}};
  COLLATE_ASSERT_OK_AND_ASSIGN(const auto answer,
                               service.Connect()->Query({}, v1::VIEW_BASIC));
  EXPECT_THAT(Handles(answer), ElementsAre("a"));
  EXPECT_THAT(service.statistics.requests.size(), Eq(3));
}

TEST(Client, ThereIsAnEndOfAskingAgain) {
  FakeService service;
  const grpc::Status stops(grpc::StatusCode::UNAVAILABLE, "not now");
  service.statistics.pages.assign(9, {{}, stops});
  EXPECT_THAT(service.Connect()->Query({}, v1::VIEW_BASIC),
              StatusIs(absl::StatusCode::kUnavailable));
  EXPECT_THAT(service.statistics.requests.size(), Eq(4));
}

TEST(Client, NothingIsHandedInTwice) {
  FakeService service;
  TempDir dir;
  service.ingestion.refusal =
      grpc::Status(grpc::StatusCode::UNAVAILABLE, "not now");
  Submission submission;
  submission.paths = {dir.Write("a.csv", "x")};
  EXPECT_THAT(service.Connect()->Ingest(submission, nullptr),
              StatusIs(absl::StatusCode::kUnavailable));
  EXPECT_THAT(service.ingestion.parts.size(), Eq(1));
}

TEST(Client, ListsFetchEveryPage) {
  FakeService service;
  COLLATE_ASSERT_OK_AND_ASSIGN(const auto panels,
                               service.Connect()->ListPanels());
  std::vector<std::string> names;
  for (const v1::Panel& panel : panels) names.push_back(panel.name());
  EXPECT_THAT(names, ElementsAre("panels/p0", "panels/p1", "panels/p2"));
}

TEST(Client, ObservationsComePageByPageUntilToldToStop) {
  FakeService service;
  const auto client = service.Connect();
  int pages = 0;
  EXPECT_THAT(client->ListObservations({},
                                       [&](const auto&) {
                                         ++pages;
                                         return absl::OkStatus();
                                       }),
              IsOk());
  EXPECT_THAT(pages, Eq(2));
  EXPECT_THAT(client->ListObservations(
                  {}, [](const auto&) { return absl::CancelledError("no"); }),
              StatusIs(absl::StatusCode::kCancelled));
}

TEST(Client, HealthIsWhatTheServiceSays) {
  FakeService service;
  const auto client = service.Connect();
  EXPECT_THAT(client->CheckHealth(), IsOk());
  service.server().GetHealthCheckService()->SetServingStatus(false);
  EXPECT_THAT(client->CheckHealth(), HasReason("NOT_SERVING"));
}

TEST(Client, IngestSendsHeaderDocumentsAndEnd) {
  TempDir dir;
  // One byte more than fits into a chunk.
  const std::string bytes((size_t{1} << 20) + 1, 'x');
  FakeService service;
  service.ingestion.report.set_published(true);
  Submission submission;
  submission.release.set_source("s");
  submission.paths = {dir.Write("sub/a.csv", bytes), dir.Write("b", "")};
  v1::KeyValue pair;
  pair.set_key("k");
  submission.manifest = {pair};
  std::atomic<int> progress = 0;
  COLLATE_ASSERT_OK_AND_ASSIGN(
      const auto report,
      service.Connect()->Ingest(submission,
                                [&](const v1::Progress&) { ++progress; }));
  EXPECT_TRUE(report.published());
  const auto& parts = service.ingestion.parts;
  ASSERT_THAT(parts.size(), Eq(6));
  EXPECT_THAT(progress, Eq(6));
  EXPECT_THAT(parts[0].release().source(), Eq("s"));
  const v1::DocumentHeader& header = parts[1].document();
  EXPECT_THAT(header.name(), Eq("a.csv"));
  EXPECT_THAT(header.media_type(), Eq("text/csv"));
  EXPECT_THAT(header.byte_count(), Eq(static_cast<int64_t>(bytes.size())));
  EXPECT_THAT(header.sha256(), Eq(base::Sha256Hex(bytes)));
  EXPECT_THAT(header.manifest_size(), Eq(1));
  EXPECT_THAT(parts[2].chunk() + parts[3].chunk(), Eq(bytes));
  EXPECT_THAT(parts[4].document().byte_count(), Eq(0));
  EXPECT_TRUE(parts[5].has_end());
}

TEST(Client, IngestGivesTheRefusalAndNotTheBrokenStream) {
  TempDir dir;
  FakeService service;
  service.ingestion.refusal =
      RichError(grpc::StatusCode::INVALID_ARGUMENT, "no such adapter",
                "UNKNOWN_ADAPTER", "release.adapter");
  Submission submission;
  submission.paths = {dir.Write("a", std::string(size_t{8} << 20, 'x'))};
  EXPECT_THAT(service.Connect()->Ingest(submission, nullptr),
              HasReason("UNKNOWN_ADAPTER"));
}

TEST(Client, IngestWithoutTheFileSendsNothing) {
  TempDir dir;
  FakeService service;
  Submission submission;
  submission.paths = {dir.File("absent.csv")};
  const auto report = service.Connect()->Ingest(submission, nullptr);
  EXPECT_THAT(report, HasReason("FILE_NOT_READABLE"));
  EXPECT_THAT(report, MessageHas("absent.csv"));
  submission.paths = {dir.path()};
  EXPECT_THAT(service.Connect()->Ingest(submission, nullptr),
              HasReason("FILE_NOT_READABLE"));
  EXPECT_TRUE(service.ingestion.parts.empty());
}

// Runs an export; `kinds` has "h", "b" and "f" for the parts handed on.
absl::Status Export(FakeService& service, std::string* kinds) {
  kinds->clear();
  return service.Connect()->ExportObservations(
      {}, [kinds](const v1::ExportObservationsResponse& part) {
        *kinds += part.has_header() ? "h" : part.has_batch() ? "b" : "f";
        return absl::OkStatus();
      });
}

TEST(ClientExport, HandsOnEveryPartAndTheFooterLast) {
  FakeService service;
  service.statistics.export_parts = collate::testing::ExportParts(3);
  std::string kinds;
  EXPECT_THAT(Export(service, &kinds), IsOk());
  EXPECT_THAT(kinds, Eq("hbbbf"));
}

TEST(ClientExport, WhatIsNotProvenIsTruncated) {
  std::string kinds;
  std::vector<v1::ExportObservationsResponse> parts;
  // A service each: one may still be sending what nobody reads any more.
  const auto run = [&parts, &kinds] {
    FakeService service;
    service.statistics.export_parts = parts;
    return Export(service, &kinds);
  };

  parts = collate::testing::ExportParts(3);
  parts.pop_back();
  EXPECT_THAT(run(), HasReason("TRUNCATED_EXPORT"));
  EXPECT_THAT(kinds, Eq("hbbb"));

  parts = collate::testing::ExportParts(3);
  parts.erase(parts.begin() + 2);
  EXPECT_THAT(run(), StatusIs(absl::StatusCode::kDataLoss));
  EXPECT_THAT(kinds, Eq("hbb")) << "no footer is handed on";

  parts = collate::testing::ExportParts(3);
  std::swap(parts[1], parts[2]);
  EXPECT_THAT(run(), MessageHas("checksum"));

  parts = collate::testing::ExportParts(3);
  parts[0].mutable_header()->set_observation_count(4);
  EXPECT_THAT(run(), MessageHas("4 were announced"));

  parts = collate::testing::ExportParts(1);
  std::swap(parts[0], parts[1]);
  EXPECT_THAT(run(), MessageHas("out of order"));
  EXPECT_THAT(kinds, Eq(""));

  parts = collate::testing::ExportParts(1);
  parts.push_back(parts[1]);
  EXPECT_THAT(run(), MessageHas("out of order"));

  parts = {};
  EXPECT_THAT(run(), HasReason("TRUNCATED_EXPORT"));
}

TEST(ClientExport, AnErrorOfTheServiceOrOfTheReceiverEndsIt) {
  FakeService service;
  service.statistics.export_parts = collate::testing::ExportParts(1);
  service.statistics.export_parts.pop_back();
  service.statistics.export_status =
      RichError(grpc::StatusCode::DEADLINE_EXCEEDED, "x", "STREAM_SILENT", "");
  std::string kinds;
  EXPECT_THAT(Export(service, &kinds), HasReason("STREAM_SILENT"));
  service.statistics.export_parts = collate::testing::ExportParts(50);
  service.statistics.export_status = grpc::Status::OK;
  int parts = 0;
  EXPECT_THAT(service.Connect()->ExportObservations(
                  {},
                  [&parts](const v1::ExportObservationsResponse&) {
                    return ++parts < 3 ? absl::OkStatus()
                                       : absl::AbortedError("disk");
                  }),
              StatusIs(absl::StatusCode::kAborted));
  EXPECT_THAT(parts, Eq(3));
}

}  // namespace
}  // namespace collate::client
