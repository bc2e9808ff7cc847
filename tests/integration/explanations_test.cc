// What makes an answer one to be trusted, through the daemon and the command
// line: how a cell came to be, down to the originals; questions that are only
// checked; measures side by side. Figures of the pack are synthetic.

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <filesystem>
#include <fstream>
#include <map>
#include <string>
#include <utility>
#include <vector>

#include "absl/strings/ascii.h"
#include "absl/strings/match.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/str_join.h"
#include "client/document_region.h"
#include "collate/v1/statistics_service.grpc.pb.h"
#include "grpcpp/grpcpp.h"
#include "tests/integration/end_to_end.h"
#include "tests/testing/derivation_checks.h"

namespace collate::testing {
namespace {

using ::testing::AllOf;
using ::testing::Eq;
using ::testing::HasSubstr;
using ::testing::IsEmpty;
using ::testing::Not;
using ::testing::SizeIs;
using ::testing::StartsWith;

namespace fs = std::filesystem;

// Both answers of six reporters of the synthetic pack; the later ones are in
// one format each.
class Explanations : public ::testing::Test {
 protected:
  static void SetUpTestSuite() {
    dir_ = new TempDir;
    auto generate =
        Process::Spawn({BuildPath("bin/foi_pack"), dir_->File("pack")}, {},
                       dir_->File("foi_pack.out"), dir_->File("foi_pack.err"));
    ASSERT_THAT(generate, IsOk());
    ASSERT_THAT(generate->Wait(absl::Minutes(2)), IsOkAndHolds(0));
    fs::create_directory(dir_->File("few"));
    std::map<std::string, std::string> by_format;
    for (const auto& entry : fs::directory_iterator(dir_->File("pack"))) {
      const std::string name = entry.path().filename();
      if (absl::StrContains(name, " 2025.") &&
          !absl::EndsWith(name, ".textproto")) {
        std::string& first = by_format[entry.path().extension()];
        if (first.empty() || name < first) first = name;
      }
    }
    ASSERT_THAT(by_format, SizeIs(6));
    for (const auto& [format, name] : by_format) {
      // "SYNTHETIC kent 2025.xlsx"; an answer may have a second file.
      const std::vector<std::string> words = absl::StrSplit(name, ' ');
      reporters_->push_back(words.at(1));
      for (const auto& entry : fs::directory_iterator(dir_->File("pack"))) {
        const std::string file = entry.path().filename();
        if (absl::StartsWith(file,
                             absl::StrCat("SYNTHETIC ", words.at(1), " "))) {
          fs::copy_file(entry.path(), dir_->File("few/" + file));
        }
      }
    }
    auto daemon =
        Daemon::Start({.data = dir_->File("data"),
                       .site = SourcePath("tests/generators/foi_pack/site")});
    ASSERT_THAT(daemon, IsOk());
    daemon_ = daemon->release();
    client_ = ConnectTo(*daemon_).release();
    const CliResult ingested =
        daemon_->RunCli({"ingest", dir_->File("few"), "--source",
                         "synthetic-foi", "--synthetic", "--strict"});
    ASSERT_THAT(ingested.exit_code, Eq(0)) << ingested.out << ingested.err;
  }
  static void TearDownTestSuite() {
    delete std::exchange(client_, nullptr);
    delete std::exchange(daemon_, nullptr);
    delete std::exchange(dir_, nullptr);
  }
  void SetUp() override { ASSERT_NE(client_, nullptr); }

  static v1::StatisticsQuery Six() {
    v1::StatisticsQuery query = Query(kUnion, {"2024/25"}, "");
    v1::Filter* filter = query.add_filters();
    filter->set_dimension("reporter");
    filter->mutable_members()->Assign(reporters_->begin(), reporters_->end());
    query.add_derivations()->mutable_change()->set_base_period("2023/24");
    return query;
  }
  static std::vector<std::string> ExplainWords() {
    return {
        "explain",  "offences",
        "--where",  absl::StrCat("offence=", kUnion),
        "--where",  absl::StrCat("reporter=", absl::StrJoin(*reporters_, ",")),
        "--period", "2024/25"};
  }
  static v1::ExplainCellResponse Explain(const v1::StatisticsQuery& query) {
    const auto answer = client_->Query(query, v1::VIEW_BASIC);
    EXPECT_THAT(answer, IsOk());
    if (!answer.ok() || answer->cells_size() != 1) return {};
    const auto explanation = client_->Explain(answer->cells(0).handle());
    EXPECT_THAT(explanation, IsOk());
    return explanation.ok() ? *explanation : v1::ExplainCellResponse();
  }

  static TempDir* dir_;
  static Daemon* daemon_;
  static client::Client* client_;
  static std::vector<std::string>* reporters_;
};
TempDir* Explanations::dir_ = nullptr;
Daemon* Explanations::daemon_ = nullptr;
client::Client* Explanations::client_ = nullptr;
std::vector<std::string>* Explanations::reporters_ =
    new std::vector<std::string>;

TEST_F(Explanations, ACellAndItsChangeAddUpFromPrintedCells) {
  const v1::ExplainCellResponse explanation = Explain(Six());
  ExpectAddsUp(explanation.derivation());
  EXPECT_EQ(explanation.derivation().reported(), explanation.cell().reported());
  const auto quotients =
      StepsOf(explanation.derivation(), v1::STEP_KIND_QUOTIENT);
  ASSERT_THAT(quotients, SizeIs(2));
  for (const v1::Step* quotient : quotients) {
    EXPECT_TRUE(quotient->has_decimal_bounds()) << quotient->title();
    ASSERT_THAT(quotient->inputs(), SizeIs(2));
    for (const v1::Step& side : quotient->inputs()) {
      EXPECT_THAT(StepsOf(side, v1::STEP_KIND_LEAF), SizeIs(6));
    }
  }
  ASSERT_THAT(explanation.releases(), SizeIs(12)) << "of both years";
  for (const v1::ReleaseProvenance& release : explanation.releases()) {
    EXPECT_EQ(release.adapter(), "adapters/foi_spreadsheet");
    EXPECT_THAT(release.adapter_sha256(), SizeIs(64));
    EXPECT_THAT(release.recipes(), Not(IsEmpty())) << release.release();
    EXPECT_TRUE(release.synthetic());
  }
}

TEST_F(Explanations, TheCommandLineDrawsTheTree) {
  const CliResult result = daemon_->RunCli(ExplainWords());
  ASSERT_THAT(result.exit_code, Eq(0)) << result.err;
  EXPECT_THAT(result.out,
              AllOf(HasSubstr("\nHow it came to be\n"), HasSubstr("\n|- "),
                    HasSubstr("\n`- "), HasSubstr("  [foi_spreadsheet 1."),
                    HasSubstr(", synthetic]"), Not(HasSubstr("├"))));
}

TEST_F(Explanations, OpenWritesEveryOriginalWithTheRegionOfItsCells) {
  std::vector<std::string> words = ExplainWords();
  words.insert(words.end(), {"--open", dir_->File("originals")});
  const CliResult result = daemon_->RunCli(words);
  EXPECT_THAT(result.exit_code, Eq(0)) << result.err;
  v1::StatisticsQuery query = Six();
  query.clear_derivations();
  const v1::ExplainCellResponse explanation = Explain(query);
  const auto printed = StepsOf(explanation.derivation(), v1::STEP_KIND_PRINTED);
  EXPECT_THAT(printed.size(), ::testing::Ge(6));
  for (const v1::Step* step : printed) {
    const v1::Citation& citation = step->citation();
    SCOPED_TRACE(citation.locator() + " of " + citation.document());
    const std::string path = dir_->File("originals/" + citation.document());
    const std::string region = ReadFile(path + ".region.txt");
    const std::string original =
        ReadFile(dir_->File("pack/" + citation.document()));
    if (absl::EndsWith(citation.document(), ".csv")) {
      // ":L8:C2" of the locator, within the lines as they are.
      const size_t line = citation.locator().rfind(":L");
      EXPECT_THAT(region, HasSubstr(citation.locator().substr(line + 1)));
      const size_t body = region.rfind("---");
      const size_t lines = region.find('\n', body) + 1;
      EXPECT_THAT(original, HasSubstr(region.substr(lines)));
    } else {
      EXPECT_EQ(ReadFile(path), original) << "byte for byte";
      EXPECT_THAT(region, HasSubstr("> " + citation.raw()));
      EXPECT_THAT(region, Not(HasSubstr("beyond")));
    }
  }
  const CliResult again = daemon_->RunCli(words);
  EXPECT_THAT(again.exit_code, Eq(1));
  EXPECT_THAT(again.err, HasSubstr("FILE_EXISTS"));
}

TEST_F(Explanations, ADocumentIsReadAsItWasHandedIn) {
  COLLATE_ASSERT_OK_AND_ASSIGN(const auto releases,
                               client_->ListReleases("sources/-"));
  ASSERT_THAT(releases, SizeIs(12));
  for (const v1::Release& release : releases) {
    for (const v1::Document& document : release.documents()) {
      EXPECT_THAT(
          client_->ReadDocument(release.name(), document.name()),
          IsOkAndHolds(Eq(ReadFile(dir_->File("pack/" + document.name())))));
    }
  }
  EXPECT_THAT(client_->ReadDocument(releases[0].name(), "no such"),
              HasReason("DOCUMENT_NOT_FOUND"));
  EXPECT_THAT(client_->ReadDocument("sources/a/releases/b", "x"),
              HasReason("RELEASE_NOT_FOUND"));
}

// Of each workbook that is cited, as a worker reads it.
TEST_F(Explanations, CellsOfADocumentAreThoseThatAreCited) {
  v1::StatisticsQuery query = Six();
  query.clear_derivations();
  const v1::ExplainCellResponse explanation = Explain(query);
  const auto stub = v1::StatisticsService::NewStub(daemon_->Channel());
  int workbooks = 0;
  for (const v1::Step* step :
       StepsOf(explanation.derivation(), v1::STEP_KIND_PRINTED)) {
    const v1::Citation& citation = step->citation();
    const auto place =
        client::ReadLocator(citation.locator(), citation.document());
    ASSERT_TRUE(place.has_value()) << citation.locator();
    if (place->sheet.empty()) continue;
    ++workbooks;
    v1::ReadDocumentCellsRequest request;
    request.set_release(citation.release());
    request.set_document(citation.document());
    request.set_sheet(place->sheet);
    const auto read = [&](std::string* cells) {
      grpc::ClientContext context;
      const auto stream = stub->ReadDocumentCells(&context, request);
      v1::ReadDocumentCellsResponse part;
      while (stream->Read(&part)) *cells += part.chunk();
      return stream->Finish();
    };
    std::string cells;
    ASSERT_TRUE(read(&cells).ok()) << citation.document();
    EXPECT_THAT(cells, StartsWith("sheet,row,column,text,role\n"));
    EXPECT_THAT(cells, HasSubstr(absl::StrCat(
                           "\"", place->sheet, "\",\"", place->row, "\",\"",
                           place->column, "\",\"",
                           absl::StripAsciiWhitespace(citation.raw()))));
    request.set_sheet("no such sheet");
    std::string none;
    const grpc::Status refused = read(&none);
    EXPECT_THAT(refused.error_message(), HasSubstr("no sheet of that name"));
    EXPECT_THAT(none, IsEmpty());
  }
  EXPECT_THAT(workbooks, ::testing::Ge(2));
}

TEST_F(Explanations, AQuestionIsCheckedBeforeItIsAsked) {
  const CliResult bad =
      daemon_->RunCli({"query", "offences", "--check", "--where",
                       "offence=online_groming_uk", "--where", "reporter=ken",
                       "--period", "2024/25", "--panel", "uk-forces"});
  EXPECT_THAT(bad.exit_code, Eq(1));
  EXPECT_THAT(
      bad.out,
      AllOf(HasSubstr("UNKNOWN_MEMBER at query.filters[0].members[0]: "),
            HasSubstr(kUnion),
            HasSubstr("UNKNOWN_MEMBER at query.filters[1].members[0]: "),
            HasSubstr("UNKNOWN_PANEL at query.panel: "),
            HasSubstr("offences from synthetic-foi\n")));
  // Asked, it is refused for the first of them.
  EXPECT_THAT(daemon_
                  ->RunCli({"query", "offences", "--where",
                            "offence=online_groming_uk", "--period", "2024/25"})
                  .err,
              HasSubstr("UNKNOWN_MEMBER"));
  const CliResult good = daemon_->RunCli(
      {"query", "offences", "--check", "--where",
       absl::StrCat("offence=", kUnion), "--period", "2024/25"});
  EXPECT_THAT(good.exit_code, Eq(0)) << good.out;
  EXPECT_THAT(good.out,
              AllOf(HasSubstr("Nothing is wrong with the question.\n"),
                    HasSubstr("It comes to 1 cell of ")));
}

// The share of offences that name Snapchat is of a financial year, Snap's own
// enforcements of half a year, NCMEC's reports of a calendar year.
TEST(SideBySide, SnapchatAsThreeObserversSeeIt) {
  COLLATE_SHARED_FILE(snap,
                      "platform/snap/Snap_Transparency_Report_H1-2025.EXCERPT"
                      ".csv");
  COLLATE_SHARED_FILE(contents, "platform/ncmec/ocse-report-contents.csv");
  COLLATE_SHARED_FILE(per_year, "platform/ncmec/ocse-reports-per-year.csv");
  TempDir dir;
  COLLATE_ASSERT_OK_AND_ASSIGN(const auto daemon,
                               Daemon::Start({.data = dir.File("data")}));
  const std::string published = SourcePath("tests/data/foi/published/");
  for (const std::vector<std::string>& words :
       std::vector<std::vector<std::string>>{
           {published + "national.csv", published + "platform_share.csv",
            published + "force_year.csv", "--source", "nspcc-foi", "--recipe",
            "published_figures"},
           {snap, "--source", "snap-transparency", "--edition", "H1-2025"},
           {contents, per_year, "--source", "ncmec-cybertipline"}}) {
    std::vector<std::string> command = {"ingest", "--published", "unknown"};
    command.insert(command.end(), words.begin(), words.end());
    const CliResult run = daemon->RunCli(command);
    ASSERT_THAT(run.exit_code, Eq(0)) << run.out << run.err;
  }
  const std::string path = dir.File("snapchat.textproto");
  std::ofstream(path) << R"pb(
    columns {
      label: 'Offences that name it'
      query {
        measures: 'platform_share_percent'
        universe: 'platform_known'
        filters { dimension: 'offence' members: 'online_grooming_uk' }
        filters { dimension: 'reporter' members: 'united-kingdom' }
        filters { dimension: 'platform' members: 'snapchat' }
      }
    }
    columns {
      label: 'Enforcements in the United Kingdom'
      query {
        measures: 'snap_enforcements'
        filters { dimension: 'platform' members: 'snapchat' }
        filters { dimension: 'geography' members: 'gb' }
      }
    }
    columns {
      label: 'Reports to NCMEC'
      query {
        measures: 'ncmec_reports'
        filters { dimension: 'geography' members: 'world' }
      }
    }
    periods: '2023/24'
    periods: '2024/25'
    periods: '2022'
    periods: '2025-H1')pb";
  const CliResult table = daemon->RunCli({"compare", path});
  ASSERT_THAT(table.exit_code, Eq(0)) << table.err;
  EXPECT_THAT(table.out, AllOf(HasSubstr("Offences that name it ["),
                               HasSubstr("692,132"), HasSubstr("32,059,029")));
  EXPECT_THAT(table.err,
              AllOf(HasSubstr("UNITS_DIFFER"), HasSubstr("OBSERVERS_DIFFER"),
                    HasSubstr("PERIODS_NOT_ALIGNED")));
  const CliResult csv = daemon->RunCli({"compare", path, "--format", "csv"});
  ASSERT_THAT(csv.exit_code, Eq(0)) << csv.err;
  const auto rows = PlainCsv(csv.out);
  ASSERT_THAT(rows, SizeIs(4 * 3));
  struct Figure {
    const char* period;
    const char* measure;
    const char* reported;
    const char* unaligned;
  };
  // Half a year is no part of a financial year alone, nor a calendar year.
  const Figure figures[] = {
      {"2023/24", "platform_share_percent", "48", ""},
      {"2023/24", "snap_enforcements", "", ""},
      {"2023/24", "ncmec_reports", "", "2023"},
      {"2024/25", "platform_share_percent", "40", ""},
      {"2024/25", "snap_enforcements", "", "2025-01 to 2025-06"},
      {"2024/25", "ncmec_reports", "", ""},
      {"2022", "platform_share_percent", "", "2017-04 to 2023-03;2021/22"},
      {"2022", "snap_enforcements", "", ""},
      {"2022", "ncmec_reports", "32059029", ""},
      {"2025-01 to 2025-06", "platform_share_percent", "", "2024/25"},
      {"2025-01 to 2025-06", "snap_enforcements", "692132", ""},
      {"2025-01 to 2025-06", "ncmec_reports", "", ""}};
  for (size_t i = 0; i < rows.size(); ++i) {
    SCOPED_TRACE(i);
    EXPECT_EQ(rows[i].at("period"), figures[i].period);
    EXPECT_EQ(rows[i].at("measure"), figures[i].measure);
    EXPECT_EQ(rows[i].at("reported"), figures[i].reported);
    EXPECT_EQ(rows[i].at("unaligned_periods"), figures[i].unaligned);
  }
}

}  // namespace
}  // namespace collate::testing
