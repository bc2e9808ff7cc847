// Exports through the daemon: one state whatever is published meanwhile, what
// stood on a day, and files that other programs can trust.

#include <gmock/gmock.h>
#include <grpcpp/grpcpp.h>
#include <gtest/gtest.h>

#include <atomic>
#include <filesystem>
#include <set>
#include <thread>

#include "absl/strings/str_split.h"
#include "absl/time/clock.h"
#include "collate/v1/statistics_service.grpc.pb.h"
#include "tests/integration/end_to_end.h"

namespace collate::testing {
namespace {

using ::testing::AllOf;
using ::testing::Eq;
using ::testing::Ge;
using ::testing::HasSubstr;
using ::testing::StartsWith;

// One export, with every observation.
struct Exported {
  v1::ExportHeader header;
  std::vector<v1::Observation> observations;
};

absl::StatusOr<Exported> Export(client::Client& client,
                                const v1::ExportObservationsRequest& request) {
  Exported result;
  const absl::Status status = client.ExportObservations(
      request, [&result](const v1::ExportObservationsResponse& part) {
        if (part.has_header()) result.header = part.header();
        for (const v1::Observation& one : part.batch().observations()) {
          result.observations.push_back(one);
        }
        return absl::OkStatus();
      });
  if (!status.ok()) return status;
  return result;
}

class ExportTest : public ::testing::Test {
 protected:
  void SetUp() override {
    auto daemon =
        Daemon::Start({.data = dir_.File("data"),
                       .adapters = {BuildPath("tests/adapters")},
                       .site = SourcePath("tests/data/synthetic/site")});
    ASSERT_THAT(daemon, IsOk());
    daemon_ = *std::move(daemon);
    client_ = ConnectTo(*daemon_);
    ASSERT_NE(client_, nullptr);
  }

  // An edition of a made-up table: one reporter, `value` in each of so many
  // years.
  client::Submission Edition(const std::string& name, const std::string& day,
                             int value, int rows = 1) {
    std::string text =
        "table,measure,unit,universe,partition,aggregation,repeats,floor,"
        "multi_response,reporter,period_begin,period_end,period_kind,level,"
        "state,value,raw\n";
    for (int year = 2000; year < 2000 + rows; ++year) {
      absl::StrAppend(&text, "t,recorded offences,offences,,INCOMPLETE,SUM,",
                      "ERROR,ZERO,,P,", year, "-04-01,", year + 1,
                      "-04-01,FINANCIAL_YEAR,LEAF,REPORTED,", value, ",", value,
                      "\n");
    }
    client::Submission submission =
        Document(dir_.Write(name, text), "synthetic-editions");
    absl::Time time;
    EXPECT_TRUE(absl::ParseTime("%Y-%m-%d", day, &time, nullptr));
    submission.release.mutable_publish_time()->set_seconds(
        absl::ToUnixSeconds(time));
    submission.release.set_synthetic(true);
    submission.release.set_adapter("long_format");
    return submission;
  }

  TempDir dir_;
  std::unique_ptr<Daemon> daemon_;
  std::unique_ptr<client::Client> client_;
};

TEST_F(ExportTest, ARealFileComesBackCellByCell) {
  COLLATE_ASSERT_OK_AND_ASSIGN(const auto report,
                               client_->Ingest(HomeOffice(Excerpt()), nullptr));
  v1::ExportObservationsRequest request;
  request.add_measures("offences");
  COLLATE_ASSERT_OK_AND_ASSIGN(const Exported all, Export(*client_, request));
  EXPECT_THAT(all.header.observation_count(),
              Eq(report.release().observation_count()));
  int64_t sum = 0;
  std::set<std::string> places;
  for (const v1::Observation& one : all.observations) {
    EXPECT_THAT(one.citation().release(), Eq(report.release().name()));
    EXPECT_TRUE(places.insert(one.citation().locator()).second);
    sum += one.value();
  }
  EXPECT_THAT(sum, Eq(kForcesAndBtp));
  ASSERT_THAT(all.header.releases_size(), Eq(1));
  const v1::ReleaseProvenance& provenance = all.header.releases(0);
  EXPECT_THAT(provenance.adapter(), Eq(report.release().adapter()));
  EXPECT_THAT(provenance.adapter_sha256(),
              Eq(report.release().adapter_sha256()));
  EXPECT_FALSE(provenance.synthetic());
}

TEST_F(ExportTest, WhatIsPublishedMeanwhileIsInAllOfItOrInNone) {
  ASSERT_THAT(client_->Ingest(Edition("e0.csv", "2020-01-01", 1, 90), nullptr),
              IsOk());
  std::atomic<bool> done = false;
  std::thread publisher([&] {
    for (int i = 1; i <= 8; ++i) {
      EXPECT_THAT(client_->Ingest(Edition(absl::StrCat("e", i, ".csv"),
                                          absl::StrCat("2020-02-0", i), i, 90),
                                  nullptr),
                  IsOk());
    }
    done = true;
  });
  int exports = 0;
  do {
    const auto one = Export(*client_, {});
    ASSERT_THAT(one, IsOk());
    std::map<std::string, int> rows;
    for (const v1::Observation& row : one->observations) {
      ++rows[row.citation().release()];
    }
    EXPECT_THAT(static_cast<int>(rows.size()), Eq(one->header.releases_size()));
    for (const auto& [release, count] : rows) {
      EXPECT_THAT(count, Eq(90)) << release;
    }
    ++exports;
  } while (!done);
  publisher.join();
  EXPECT_THAT(exports, Ge(1));
  COLLATE_ASSERT_OK_AND_ASSIGN(const Exported last, Export(*client_, {}));
  EXPECT_THAT(last.header.releases_size(), Eq(9));
}

TEST_F(ExportTest, AsOfIsWhatStoodOnThatDayAndTaintedWhenMadeUp) {
  ASSERT_THAT(client_->Ingest(Edition("a.csv", "2020-01-01", 1), nullptr),
              IsOk());
  ASSERT_THAT(client_->Ingest(Edition("b.csv", "2021-01-01", 2), nullptr),
              IsOk());
  const auto values = [this](const std::string& day) {
    const CliResult result =
        daemon_->RunCli({"export", "offences", "--as-of", day});
    EXPECT_THAT(result.exit_code, Eq(0)) << result.err;
    std::string values;
    const size_t table = result.out.find("\n\n");
    EXPECT_NE(table, std::string::npos);
    for (const auto& row : PlainCsv(result.out.substr(table + 2))) {
      absl::StrAppend(&values, row.at("value"), " ");
      EXPECT_THAT(row.at("flags"), HasSubstr("SYNTHETIC"));
    }
    return values;
  };
  EXPECT_THAT(values("2019-12-31"), Eq(""));
  EXPECT_THAT(values("2020-06-01"), Eq("1 "));
  EXPECT_THAT(values("2021-06-01"), Eq("2 "));
  const CliResult all = daemon_->RunCli({"export", "--format", "gss-csv"});
  EXPECT_THAT(all.out, AllOf(StartsWith("collate export,observations\n"
                                        "SYNTHETIC,"),
                             HasSubstr("caveat,\"SYNTHETIC_INPUT")));
  EXPECT_THAT(all.err, HasSubstr("2 observations of 2 releases"));
}

TEST_F(ExportTest, ACancelledExportLeavesAServiceThatGoesOn) {
  ASSERT_THAT(client_->Ingest(Edition("a.csv", "2020-01-01", 1, 99), nullptr),
              IsOk());
  const auto stub = v1::StatisticsService::NewStub(daemon_->Channel());
  for (int i = 0; i < 50; ++i) {
    grpc::ClientContext context;
    const auto stream =
        stub->ExportObservations(&context, v1::ExportObservationsRequest());
    v1::ExportObservationsResponse part;
    if (i % 2 == 0) stream->Read(&part);
    context.TryCancel();
    stream->Finish();
  }
  // While some of them are still ending, the service may ask to come again.
  auto export_after = Export(*client_, {});
  for (int i = 0; i < 1000 && absl::IsResourceExhausted(export_after.status());
       ++i) {
    export_after = Export(*client_, {});
  }
  ASSERT_THAT(export_after, IsOk());
  EXPECT_THAT(export_after->header.observation_count(), Eq(99));
}

TEST_F(ExportTest, AFileIsThereWhenItIsWholeAndNotWhenItIsRefused) {
  ASSERT_THAT(client_->Ingest(Edition("a.csv", "2020-01-01", 1), nullptr),
              IsOk());
  const std::string path = dir_.File("out/observations.csv");
  std::filesystem::create_directory(dir_.File("out"));
  const CliResult refused = daemon_->RunCli(
      {"export", "offence", "--format", "sdmx-csv", "--output", path});
  EXPECT_THAT(refused.exit_code, Eq(1));
  EXPECT_THAT(refused.err, HasSubstr("UNKNOWN_MEASURE"));
  EXPECT_TRUE(std::filesystem::is_empty(dir_.File("out")));
  const CliResult written = daemon_->RunCli(
      {"export", "offences", "--format", "sdmx-csv", "--output", path});
  ASSERT_THAT(written.exit_code, Eq(0)) << written.err;
  const auto rows = PlainCsv(ReadFile(path));
  ASSERT_THAT(rows.size(), Eq(1));
  EXPECT_THAT(rows[0].at("OBS_VALUE"), Eq("1"));
  EXPECT_THAT(rows[0].at("TIME_PERIOD"), Eq("2000-04-01/P1Y"));
}

}  // namespace
}  // namespace collate::testing
