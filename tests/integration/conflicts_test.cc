// What the published figures contradict, from files to answers and to the list:
// articles and answers of tests/data/foi/published, the publishers' files,
// which are not part of the project, and a few figures that are made up and say
// so.

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <filesystem>
#include <iostream>
#include <memory>
#include <set>
#include <string>
#include <utility>
#include <vector>

#include "absl/strings/str_cat.h"
#include "absl/time/clock.h"
#include "tests/integration/end_to_end.h"

namespace collate::testing {
namespace {

using ::testing::AllOf;
using ::testing::Contains;
using ::testing::Eq;
using ::testing::HasSubstr;
using ::testing::IsEmpty;
using ::testing::SizeIs;
using ::testing::StartsWith;

std::string Published(const std::string& file) {
  return SourcePath("tests/data/foi/published/" + file);
}

// Ingests files of one source as one release.
void Ingest(Daemon& daemon, const std::vector<std::string>& files,
            const std::vector<std::string>& options) {
  std::vector<std::string> words = {"ingest"};
  words.insert(words.end(), files.begin(), files.end());
  words.insert(words.end(), options.begin(), options.end());
  const CliResult run = daemon.RunCli(words);
  ASSERT_THAT(run.exit_code, Eq(0)) << run.out << run.err;
}

void IngestArticles(Daemon& daemon) {
  Ingest(daemon,
         {Published("national.csv"), Published("platform_share.csv"),
          Published("force_year.csv")},
         {"--source", "nspcc-foi", "--published", "unknown", "--recipe",
          "published_figures", "--strict"});
  Ingest(daemon, {Published("on_the_wight.csv")},
         {"--source", "onthewight", "--published", "unknown", "--recipe",
          "onthewight_south_east", "--strict"});
}

v1::StatisticsQuery Of(v1::StatisticsQuery query, const std::string& dimension,
                       const std::string& member) {
  v1::Filter* filter = query.add_filters();
  filter->set_dimension(dimension);
  filter->add_members(member);
  return query;
}

class Conflicts : public ::testing::Test {
 protected:
  void SetUp() override {
    auto daemon = Daemon::Start({.data = dir_.File("data")});
    ASSERT_THAT(daemon, IsOk());
    daemon_ = *std::move(daemon);
    client_ = ConnectTo(*daemon_);
    ASSERT_NE(client_, nullptr);
  }
  void TearDown() override {
    if (daemon_ != nullptr) {
      EXPECT_THAT(daemon_->Terminate(), Eq(0));
    }
  }

  std::vector<v1::FigureConflict> List(
      v1::ConflictKind kind, const std::string& reporter,
      const std::string& measure = "offences") {
    v1::ListConflictsRequest request;
    request.add_kinds(kind);
    request.set_reporter(reporter);
    request.set_measure(measure);
    auto conflicts = client_->ListConflicts(request);
    EXPECT_THAT(conflicts, IsOk());
    return conflicts.ok() ? *std::move(conflicts)
                          : std::vector<v1::FigureConflict>();
  }

  v1::Cell Only(const v1::StatisticsQuery& query) {
    const auto answer = client_->Query(query, v1::VIEW_CITED);
    EXPECT_THAT(answer, IsOk());
    return answer.ok() && answer->cells_size() == 1 ? answer->cells(0)
                                                    : v1::Cell();
  }

  TempDir dir_;
  std::unique_ptr<Daemon> daemon_;
  std::unique_ptr<client::Client> client_;
};

// 122 by On The Wight, 45 in the Home Office's class that contains it.
TEST_F(Conflicts, KentsOffenceIsMoreThanItsClass) {
  IngestArticles(*daemon_);
  Ingest(*daemon_, {Excerpt()},
         {"--source", "home-office-prc", "--published", "unknown"});

  const v1::Cell cell =
      Only(Of(Query("s15a", {"2017/18"}, ""), "reporter", "kent"));
  EXPECT_THAT(cell.reported(), Eq(122));
  EXPECT_THAT(cell.panel_bounds().lower(), Eq(122));
  EXPECT_THAT(cell.panel_bounds().upper(), Eq(122));
  EXPECT_THAT(cell.flags(), Contains(v1::CELL_FLAG_CONFLICT));
  ASSERT_THAT(cell.conflicts(), SizeIs(1));
  const v1::Conflict& conflict = cell.conflicts(0);
  EXPECT_THAT(conflict.kind(), Eq(v1::CONFLICT_KIND_PART_EXCEEDS_WHOLE));
  EXPECT_THAT(conflict.other_source(), Eq("home-office-prc"));
  ASSERT_THAT(conflict.other_coordinates(), SizeIs(1));
  EXPECT_THAT(conflict.other_coordinates(0).member(), Eq("88A"));
  ASSERT_THAT(conflict.differences(), SizeIs(1));
  EXPECT_THAT(conflict.differences(0).served().reported(), Eq(122));
  EXPECT_THAT(conflict.differences(0).other().reported(), Eq(45));
  EXPECT_THAT(conflict.differences(0).other_citations(), SizeIs(4));

  const v1::Cell whole =
      Only(Of(Query("88A", {"2017/18"}, ""), "reporter", "kent"));
  EXPECT_THAT(whole.reported(), Eq(45));
  EXPECT_THAT(whole.panel_bounds().upper(), Eq(45));
  ASSERT_THAT(whole.conflicts(), SizeIs(1));
  EXPECT_THAT(whole.conflicts(0).differences(0).other().reported(), Eq(122));

  const auto listed = List(v1::CONFLICT_KIND_PART_EXCEEDS_WHOLE, "kent");
  ASSERT_THAT(listed, SizeIs(1));
  EXPECT_THAT(listed[0].message(),
              Eq("Kent, 2017/18: home-office-prc prints 45 of Sexual grooming "
                 "and onthewight 122 of Sexual communication with a child, a "
                 "part of it"));
  EXPECT_THAT(listed[0].sides(0).citation_count(), Eq(4));
  EXPECT_THAT(listed[0].sides(1).citations(0).raw(), Eq("122"));

  const CliResult query =
      daemon_->RunCli({"query", "offences", "--where", "offence=s15a",
                       "--where", "reporter=kent", "--period", "2017/18"});
  EXPECT_THAT(query.exit_code, Eq(0)) << query.err;
  EXPECT_THAT(query.err,
              HasSubstr("a part is more than its whole: onthewight and "
                        "home-office-prc (Sexual grooming (88A)); 1 differs: "
                        "Kent, Sexual communication with a child (s15a) 122 "
                        "(onthewight.com (2024)) v 45"));
  for (const char* format : {"table", "csv", "json", "ndjson"}) {
    const CliResult list = daemon_->RunCli(
        {"conflicts", "--reporter", "kent", "--kind", "part-exceeds-whole",
         "--source", "home-office-prc", "--format", format});
    EXPECT_THAT(list.exit_code, Eq(0)) << list.err;
    EXPECT_THAT(list.out, AllOf(HasSubstr("onthewight"), HasSubstr("122")))
        << format;
    EXPECT_THAT(list.err, StartsWith("1 conflict;"));
  }
  EXPECT_THAT(daemon_->RunCli({"conflicts", "--strict"}).exit_code, Eq(1));
  EXPECT_THAT(
      daemon_->RunCli({"conflicts", "--strict", "--source", "ons-pfa-tables"})
          .exit_code,
      Eq(0));
}

TEST_F(Conflicts, TwoSidesOfOneSourceAreListed) {
  IngestArticles(*daemon_);
  const auto lancashire = List(v1::CONFLICT_KIND_SAME_CELL, "lancashire");
  ASSERT_THAT(lancashire, SizeIs(1));
  EXPECT_THAT(
      lancashire[0].message(),
      Eq("Lancashire, Sexual communication with a child, 2017/18: nspcc-foi "
         "prints 175 (burnleyexpress.net 2019-03-01) and 64 "
         "(thelancasterandmorecambecitizen.co.uk 2019-09)"));
  EXPECT_THAT(lancashire[0].sides(0).figure().reported(), Eq(175));
  EXPECT_THAT(lancashire[0].sides(1).figure().reported(), Eq(64));

  // 12% by one agency's copy, 10% by four others.
  const auto shares = List(v1::CONFLICT_KIND_SAME_CELL, "united-kingdom",
                           "platform_share_percent");
  ASSERT_THAT(shares, SizeIs(1));
  EXPECT_THAT(shares[0].message(), HasSubstr("Facebook and Messenger"));
  const v1::OneFigure& first = shares[0].sides(0).figure();
  EXPECT_THAT(first.decimal_reported(), Eq("12"));
  EXPECT_THAT(first.decimal_bounds().lower(), Eq("11.5"));
  EXPECT_THAT(first.printed_by(), SizeIs(2));
  const v1::OneFigure& second = shares[0].sides(1).figure();
  EXPECT_THAT(second.decimal_reported(), Eq("10"));
  EXPECT_THAT(second.printed_by(), SizeIs(4));

  // 18% is what 1,060 of 5,784 are, and 55% what 3,203 are.
  EXPECT_THAT(List(v1::CONFLICT_KIND_SHARE_V_COUNT, "england-and-wales",
                   "platform_share_percent"),
              IsEmpty());
}

// Made up: 40% Snapchat, where 350 of 1,000 are printed.
TEST_F(Conflicts, AShareThatItsCountsDoNotMakeIsAConflictFromBothSides) {
  constexpr char kHeading[] =
      "figure,area,period,offence,platform,value,stated coverage,printed by\n";
  const std::string counts = dir_.Write(
      "synthetic_counts.csv",
      absl::StrCat(kHeading,
                   "offences with means known,Kent,2019/20,s15a,,1000,,x\n"
                   "offences with means known by platform,Kent,2019/20,s15a,"
                   "Snapchat,350,,x\n"));
  const std::string shares = dir_.Write(
      "synthetic_shares.csv",
      absl::StrCat(kHeading,
                   "share by platform,Kent,2019/20,s15a,Snapchat,40,,y\n"
                   "share by platform,Kent,2019/20,s15a,WhatsApp,12,,y\n"));
  for (const auto& [file, source] :
       {std::pair(counts, "made-up-counts"), {shares, "made-up-shares"}}) {
    Ingest(*daemon_, {file},
           {"--source", source, "--published", "unknown", "--recipe",
            "published_figures"});
  }
  v1::StatisticsQuery query =
      Of(Of(Query("s15a", {"2019/20"}, ""), "reporter", "kent"), "platform",
         "snapchat");
  query.set_universe("platform_known");
  for (const bool of_share : {false, true}) {
    query.set_measures(0, of_share ? "platform_share_percent" : "offences");
    const v1::Cell cell = Only(query);
    ASSERT_THAT(cell.conflicts(), SizeIs(1)) << of_share;
    const v1::Conflict& conflict = cell.conflicts(0);
    EXPECT_THAT(conflict.kind(), Eq(v1::CONFLICT_KIND_SHARE_V_COUNT));
    const v1::Difference& difference = conflict.differences(0);
    EXPECT_THAT(difference.base().reported(), Eq(1000));
    if (of_share) {
      EXPECT_THAT(conflict.other_measure(), Eq("offences"));
      EXPECT_THAT(difference.served().decimal_reported(), Eq("40"));
      EXPECT_THAT(difference.other().reported(), Eq(350));
    } else {
      EXPECT_THAT(conflict.other_measure(), Eq("platform_share_percent"));
      EXPECT_THAT(difference.other().decimal_reported(), Eq("40"));
      EXPECT_THAT(difference.served().reported(), Eq(350));
    }
  }
  const auto listed = List(v1::CONFLICT_KIND_SHARE_V_COUNT, "kent");
  ASSERT_THAT(listed, SizeIs(1));
  EXPECT_THAT(listed[0].message(),
              HasSubstr("made-up-shares prints 40 per cent and made-up-counts "
                        "350 offences of 1,000"));
  EXPECT_THAT(listed[0].sides(1).base().reported(), Eq(1000));
}

// Made up: a corrected edition that does not say so.
TEST_F(Conflicts, AnEditionThatReplacesANumberWithoutAWordIsListed) {
  int edition = 0;
  for (const int value : {64, 175}) {
    const std::string file = dir_.Write(
        absl::StrCat("synthetic_", ++edition, ".csv"),
        absl::StrCat("figure,area,period,offence,platform,value,stated "
                     "coverage,printed by\n"
                     "offences,Kent,2019/20,s15a,,",
                     value, ",,x\n"));
    Ingest(*daemon_, {file},
           {"--source", "made-up", "--published",
            absl::StrCat("202", edition, "-01-01"), "--recipe",
            "published_figures"});
  }
  const v1::Cell cell =
      Only(Of(Query("s15a", {"2019/20"}, ""), "reporter", "kent"));
  EXPECT_THAT(cell.reported(), Eq(175));
  ASSERT_THAT(cell.conflicts(), SizeIs(1));
  EXPECT_THAT(cell.conflicts(0).kind(), Eq(v1::CONFLICT_KIND_SILENT_REVISION));
  EXPECT_THAT(cell.conflicts(0).differences(0).other().reported(), Eq(64));
  const auto listed = List(v1::CONFLICT_KIND_SILENT_REVISION, "kent");
  ASSERT_THAT(listed, SizeIs(1));
  EXPECT_THAT(listed[0].sides(0).citations(0).document(),
              Eq("synthetic_1.csv"));
  EXPECT_THAT(listed[0].sides(1).citations(0).document(),
              Eq("synthetic_2.csv"));
}

// The publishers' own files: quarters, rolling years and tables, beside the
// articles.
TEST_F(Conflicts, TheListOfThePublishersFilesHasTheSixReporters) {
  const std::vector<std::pair<std::string, const char*>> files = {
      {"prc-pfa-mar2013-onwards-tables201718.csv", "home-office-prc"},
      {"rec-crime-pfa.csv", "home-office-prc-rolling"},
      {"policeforceareatablesyearendingdecember2018.xlsx", "ons-pfa-tables"}};
  for (const auto& [file, source] : files) {
    const std::string path = SharedData("police/" + file);
    if (!std::filesystem::exists(path)) {
      GTEST_SKIP() << "publishers' files are not here (set "
                      "COLLATE_SHARED_DATA)";
    }
    Ingest(*daemon_, {path}, {"--source", source, "--published", "unknown"});
  }
  IngestArticles(*daemon_);

  const absl::Time began = absl::Now();
  COLLATE_ASSERT_OK_AND_ASSIGN(const auto all, client_->ListConflicts({}));
  std::cout << "measured: " << all.size() << " conflicts, all pages "
            << absl::FormatDuration(absl::Now() - began) << std::endl;
  std::set<std::string> differ;
  std::set<std::string> humberside;
  std::set<std::string> exceeding;  // an article's part, a class's whole
  for (const v1::FigureConflict& conflict : all) {
    ASSERT_THAT(conflict.sides(), SizeIs(2));
    const std::set<std::string> sources = {conflict.sides(0).source(),
                                           conflict.sides(1).source()};
    std::string offence;
    for (const v1::Coordinate& coordinate : conflict.coordinates()) {
      if (coordinate.dimension() == "offence") offence = coordinate.member();
    }
    const std::string reporter = conflict.coordinates(0).member();
    if (conflict.period().text() == "2017/18") {
      if (offence == "sexual-offences" &&
          sources == std::set<std::string>{"sources/home-office-prc",
                                           "sources/home-office-prc-rolling"}) {
        EXPECT_THAT(conflict.kind(), Eq(v1::CONFLICT_KIND_PARTS_V_TOTAL));
        differ.insert(reporter);
      }
      if (conflict.kind() == v1::CONFLICT_KIND_PART_EXCEEDS_WHOLE &&
          conflict.sides(1).coordinates(0).member() == "s15a") {
        exceeding.insert(
            absl::StrCat(reporter, " ", conflict.sides(1).figure().reported(),
                         " v ", conflict.sides(0).figure().reported()));
      }
    }
    if (sources == std::set<std::string>{"sources/home-office-prc-rolling",
                                         "sources/ons-pfa-tables"} &&
        conflict.period().start_date() == "2018-01-01") {
      humberside.insert(absl::StrCat(reporter, " ", offence));
    }
  }
  EXPECT_THAT(differ, Eq(std::set<std::string>{"btp", "cheshire", "derbyshire",
                                               "leicestershire", "north-wales",
                                               "sussex"}));
  EXPECT_THAT(humberside, SizeIs(2));
  for (const std::string& one : humberside) {
    EXPECT_THAT(one, AllOf(StartsWith("humberside "), HasSubstr("burglary")));
  }
  EXPECT_THAT(exceeding,
              Eq(std::set<std::string>{"kent 122 v 45", "north-wales 53 v 42",
                                       "north-yorkshire 14 v 8"}));
}

}  // namespace
}  // namespace collate::testing
