// Recipes end to end: the guide's example from `recipe test` to an answer,
// installed recipes by name and by detection, and who reads what.

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <filesystem>
#include <fstream>
#include <map>
#include <sstream>

#include "tests/integration/end_to_end.h"

namespace collate::testing {
namespace {

using ::testing::AllOf;
using ::testing::Contains;
using ::testing::Eq;
using ::testing::HasSubstr;
using ::testing::Not;
using ::testing::SizeIs;

// The blocks of that kind in the guide, in their order; some name their file.
std::vector<std::string> GuideBlocks(const std::string& kind) {
  const std::string guide =
      ReadFile(SourcePath("plugins/foi_spreadsheet/README.md"));
  const std::string begin = "\n```" + kind;
  std::vector<std::string> blocks;
  for (size_t at = guide.find(begin); at != std::string::npos;
       at = guide.find(begin, at + 1)) {
    // Not the beginning of another kind.
    if (std::isalpha(guide[at + begin.size()])) continue;
    const size_t first = guide.find('\n', at + begin.size()) + 1;
    blocks.push_back(guide.substr(first, guide.find("```", first) - first));
  }
  return blocks;
}

// The last of them.
std::string GuideBlock(const std::string& kind) {
  const std::vector<std::string> blocks = GuideBlocks(kind);
  if (blocks.empty()) ADD_FAILURE() << "the guide has no " << kind;
  return blocks.empty() ? "" : blocks.back();
}

class Recipes : public ::testing::Test {
 protected:
  void SetUp() override {
    std::filesystem::create_directories(
        dir_.File("site/resources/foi_spreadsheet"));
    Write("site/resources/foi_spreadsheet/guide_offences.recipe.textproto",
          GuideBlock("textproto"));
    Write("offences.csv", GuideBlock("csv"));
    Write("offences.recipe.textproto", GuideBlock("textproto"));
    auto daemon =
        Daemon::Start({.data = dir_.File("data"), .site = dir_.File("site")});
    ASSERT_THAT(daemon, IsOk());
    daemon_ = *std::move(daemon);
    client_ = ConnectTo(*daemon_);
    ASSERT_NE(client_, nullptr);
  }

  std::string Write(const std::string& name, const std::string& text) {
    std::ofstream(dir_.File(name), std::ios::binary) << text;
    return dir_.File(name);
  }

  TempDir dir_;
  std::unique_ptr<Daemon> daemon_;
  std::unique_ptr<client::Client> client_;
};

TEST_F(Recipes, TheGuidesExamplePassesItsTest) {
  const CliResult run =
      daemon_->RunCli({"recipe", "test", dir_.File("offences.recipe.textproto"),
                       dir_.File("offences.csv")});
  ASSERT_THAT(run.exit_code, Eq(0)) << run.out << run.err;
  EXPECT_THAT(run.out,
              AllOf(HasSubstr("o 10"), HasSubstr("h Kent"),
                    HasSubstr("n * fewer than 5"), HasSubstr("i Force"),
                    HasSubstr("1 of 2 hold"), HasSubstr("6 observations"),
                    Not(HasSubstr("leftover")), Not(HasSubstr("\x1b"))));
  EXPECT_THAT(client_->ListReleases("sources/-"),
              IsOkAndHolds(::testing::IsEmpty()));
  const CliResult csv =
      daemon_->RunCli({"recipe", "test", dir_.File("offences.recipe.textproto"),
                       dir_.File("offences.csv"), "--format", "csv"});
  EXPECT_THAT(csv.out, HasSubstr("offences,,3,2,10,REPORTED,10,,,Kent,2023/24,"
                                 "sex=Female"));
}

// The first and the last step are commands of the guide, which documents.*
// runs; the second adds to the table of the first.
TEST_F(Recipes, TheGuidesSecondStepPrintsWhatTheGuideShows) {
  const std::vector<std::string> recipes = GuideBlocks("textproto");
  ASSERT_THAT(recipes, SizeIs(3));
  std::string second = recipes[0];
  second.insert(second.rfind('}'), recipes[1]);
  const CliResult run = daemon_->RunCli(
      {"recipe", "test", Write("step.recipe.textproto", second),
       dir_.File("offences.csv"), "--manifest", "period=2023/24"});
  EXPECT_THAT(run.exit_code, Eq(1)) << run.err;
  EXPECT_THAT(run.err, HasSubstr("CELL_LEFT_OVER at offences.csv:L6:C1"));
  const std::string shown = GuideBlock("text");
  for (const absl::string_view line :
       absl::StrSplit(shown, '\n', absl::SkipEmpty())) {
    EXPECT_THAT(run.out, HasSubstr(line));
  }
}

TEST_F(Recipes, WhatIsLeftOverIsShownWhereItStands) {
  const std::string path =
      Write("offences.csv", GuideBlock("csv") + "\nstray,,,\n");
  const CliResult run = daemon_->RunCli(
      {"recipe", "test", dir_.File("offences.recipe.textproto"), path});
  EXPECT_THAT(run.exit_code, Eq(1));
  EXPECT_THAT(run.out, AllOf(HasSubstr("1 leftover"), HasSubstr("! stray")));
  EXPECT_THAT(run.err, HasSubstr("CELL_LEFT_OVER"));
  const CliResult broken = daemon_->RunCli(
      {"recipe", "test", Write("broken", "id: \"x\"\nnonsense: 1\n"), path});
  EXPECT_THAT(broken.exit_code, Eq(1));
  EXPECT_THAT(broken.err, HasSubstr("recipe_text:2:"));
}

TEST_F(Recipes, AnInstalledRecipeIsNamedByAnOption) {
  // The option alone chooses the adapter.
  const CliResult run = daemon_->RunCli(
      {"ingest", dir_.File("offences.csv"), "--source", "guide", "--published",
       "unknown", "--option", "recipe=guide_offences"});
  ASSERT_THAT(run.exit_code, Eq(0)) << run.err;
  EXPECT_THAT(run.out, HasSubstr("read by adapters/foi_spreadsheet"));
  v1::StatisticsQuery query = Query("", {"2023/24"}, "");
  v1::Filter* filter = query.add_filters();
  filter->set_dimension("reporter");
  filter->add_members("kent");
  EXPECT_THAT(Number(*client_, query), IsOkAndHolds(Eq(15)));
}

TEST_F(Recipes, OneRecipeThatProvesATotalIsDetected) {
  client::Submission submission = Document(dir_.File("offences.csv"), "guide");
  submission.release.set_adapter("foi_spreadsheet");
  COLLATE_ASSERT_OK_AND_ASSIGN(const auto report,
                               client_->Ingest(submission, nullptr));
  std::vector<std::string> reasons;
  for (const v1::Diagnostic& diagnostic : report.diagnostics()) {
    reasons.push_back(diagnostic.reason());
  }
  EXPECT_THAT(reasons, Contains("DETECTED"));

  // Every recipe says what failed first.
  submission.paths = {Write("other.csv", "Force,Women\nKent,1\n")};
  const auto refused = client_->Ingest(submission, nullptr);
  EXPECT_THAT(std::string(refused.status().message()),
              AllOf(HasSubstr("guide_offences: ANCHOR_COUNT"),
                    HasSubstr("taser_2016: ")));
}

TEST_F(Recipes, NoFileComesToARecipeByItsName) {
  client::Submission submission =
      Document(Write("unknown.csv", "a,b\n1,2\n"), "guide");
  const auto refused = client_->Ingest(submission, nullptr);
  EXPECT_THAT(std::string(refused.status().message()),
              HasSubstr("foi_spreadsheet/text: is read only when the sender "
                        "names the adapter"));
}

TEST_F(Recipes, AnAnswerWithMarksIsServedAsPrinted) {
  client::Submission submission = Document(
      Write("q2.csv",
            ",11 and under,12-15,16 and over,Unknown Age\nFemale,,22,,2\n"
            "Male,*,*,,\nUnknown,,*,,22\nSum:,0,22,0,24\n"),
      "foi-northamptonshire");
  v1::KeyValue& option = *submission.release.add_options();
  option.set_key("recipe");
  option.set_value("s15a_victims_sex_age");
  const std::pair<const char*, const char*> manifest[] = {
      {"period_first_day", "2024-04-01"},
      {"period_last_day", "2025-03-31"},
      {"reporter", "Northamptonshire"}};
  for (const auto& [key, value] : manifest) {
    v1::KeyValue& pair = submission.manifest.emplace_back();
    pair.set_key(key);
    pair.set_value(value);
  }
  COLLATE_ASSERT_OK_AND_ASSIGN(const auto report,
                               client_->Ingest(submission, nullptr));
  EXPECT_THAT(report.release().observation_count(), Eq(16));
  v1::StatisticsQuery query;
  query.add_measures("victims");
  v1::Filter* filter = query.add_filters();
  filter->set_dimension("offence");
  filter->add_members("s15a");
  query.add_periods("2024/25");
  query.add_group_by("sex");
  query.add_group_by("age_band");
  COLLATE_ASSERT_OK_AND_ASSIGN(const auto answer,
                               client_->Query(query, v1::VIEW_CITED));
  int printed = 0;
  int suppressed = 0;
  for (const v1::Cell& cell : answer.cells()) {
    printed += cell.has_reported();
    if (cell.state() != v1::STATE_SUPPRESSED) continue;
    ++suppressed;
    EXPECT_FALSE(cell.reported_bounds().has_upper());
    EXPECT_FALSE(cell.panel_bounds().has_upper());
  }
  EXPECT_THAT(printed, Eq(3));
  EXPECT_THAT(suppressed, Eq(3));
}

// Invented figures.
TEST_F(Recipes, ACellThatNamesTwoPlatformsIsNeitherOfThem) {
  client::Submission submission = Document(
      Write("uses.csv",
            "figure,area,period,offence,platform,value,stated coverage,"
            "printed by\n"
            "uses by platform,Kent,2023/24,s15a,Snapchat,7,,example.org\n"
            "uses by platform,Kent,2023/24,s15a,Snapchat & Instagram,4,,"
            "example.org\n"
            "uses by platform,Kent,2023/24,s15a,snapshot,3,,example.org\n"),
      "guide");
  v1::KeyValue& option = *submission.release.add_options();
  option.set_key("recipe");
  option.set_value("published_figures");
  COLLATE_ASSERT_OK_AND_ASSIGN(const auto report,
                               client_->Ingest(submission, nullptr));
  // The uncertain one is kept, listed with its place, and in no sum.
  std::vector<std::string> unknown;
  for (const v1::Diagnostic& diagnostic : report.diagnostics()) {
    if (diagnostic.reason() == "UNKNOWN_LABEL") {
      unknown.push_back(
          absl::StrCat(diagnostic.found(), " ", diagnostic.locator()));
    }
  }
  EXPECT_THAT(unknown, ::testing::ElementsAre(AllOf(
                           HasSubstr("snapshot"), HasSubstr("uses.csv:L4:C"))));
  const std::pair<const char*, int64_t> uses[] = {
      {"snapchat", 7}, {"snapchat-and-instagram", 4}};
  for (const auto& [platform, count] : uses) {
    v1::StatisticsQuery query;
    query.add_measures("platform_uses");
    query.add_periods("2023/24");
    const std::pair<const char*, const char*> wanted[] = {
        {"reporter", "kent"}, {"offence", "s15a"}, {"platform", platform}};
    for (const auto& [dimension, member] : wanted) {
      v1::Filter* filter = query.add_filters();
      filter->set_dimension(dimension);
      filter->add_members(member);
    }
    EXPECT_THAT(Number(*client_, query), IsOkAndHolds(Eq(count))) << platform;
  }
}

TEST_F(Recipes, ThePublishersTablesAreServed) {
  COLLATE_SHARED_FILE(
      force,
      "foi/dev/resistancelab/"
      "police-use-of-force-apr2017-mar2018-hosb3018-tables.ods");
  COLLATE_SHARED_FILE(taser,
                      "foi/dev/resistancelab/"
                      "police-use-of-conducted-energy-devices-2016.ods");
  const std::string dev = SharedData("foi/dev/");
  const std::vector<std::tuple<std::string, std::string, int64_t>> files = {
      {force, "use_of_force_2017_18", 54 * 34},
      // The whole of 2015 and 2016 stands in two tables and is kept once.
      {taser, "taser_2016", 11 * 6 + 54 * 22 - 11 * 2},
      {dev + "bbc-child-speech/export.csv", "statswales_sen", 22 * 15},
      // An area for each district: the answer of a county is kept once.
      {dev + "bbc-social-care-crisis/Social care in crisis.xlsx",
       "bbc_social_care", 207 * 2 + 209 * 9 + 210 * 4},
      {dev + "bbc-train-emergency-alarms/RDG data.xlsx", "rail_alarms", 6},
      {dev + "bbc-libraries/LibrariesBookBorrowing.csv", "bbc_library_loans",
       148 * 2},
      {dev + "bbc-libraries/LibrariesWithWiFiPoints.csv", "bbc_library_wifi",
       148 * 2},
      {dev + "bbc-libraries/library_closures_BBC.csv", "bbc_library_closures",
       207 * 17},
      {dev + "bbc-child-speech/pupil-census-supplementary-2017.xlsx",
       "pupil_census_2017", 21246}};
  int source = 0;
  for (const auto& [path, recipe, count] : files) {
    client::Submission submission =
        Document(path, "test-" + std::to_string(++source));
    v1::KeyValue& option = *submission.release.add_options();
    option.set_key("recipe");
    option.set_value(recipe);
    if (recipe == "bbc_social_care") {
      v1::KeyValue& period = submission.manifest.emplace_back();
      period.set_key("period");
      period.set_value("2022/23");
    }
    COLLATE_ASSERT_OK_AND_ASSIGN(const auto report,
                                 client_->Ingest(submission, nullptr));
    EXPECT_THAT(report.release().observation_count(), Eq(count)) << recipe;
    for (const v1::TableReport& table : report.documents(0).tables()) {
      EXPECT_FALSE(table.refused()) << recipe << " " << table.id();
      EXPECT_THAT(table.unmapped_count(), Eq(0)) << recipe << " " << table.id();
    }
  }
  v1::StatisticsQuery query;
  query.add_measures("use_of_force_incidents");
  query.add_periods("2017/18");
  query.set_panel(kPanel);
  EXPECT_THAT(Number(*client_, query), IsOkAndHolds(Eq(313137)));

  // A council's answer, a refusal and a silence.
  const std::pair<const char*, v1::State> answers[] = {
      {"aberdeenshire", v1::STATE_REPORTED},
      {"barnsley", v1::STATE_REFUSED},
      {"barnet", v1::STATE_NO_RESPONSE}};
  for (const auto& [council, state] : answers) {
    v1::StatisticsQuery deaths;
    deaths.add_measures("care_deaths");
    deaths.add_periods("2022/23");
    v1::Filter* filter = deaths.add_filters();
    filter->set_dimension("local_authority");
    filter->add_members(council);
    v1::Filter* reporter = deaths.add_filters();
    reporter->set_dimension("reporter");
    reporter->add_members("united-kingdom");
    COLLATE_ASSERT_OK_AND_ASSIGN(const auto answer,
                                 client_->Query(deaths, v1::VIEW_CITED));
    ASSERT_THAT(answer.cells(), SizeIs(1)) << council;
    EXPECT_THAT(answer.cells(0).state(), Eq(state)) << council;
  }
}

// Two XLS files that other projects teach with, handed in as made up.
TEST_F(Recipes, TeachingFilesAreReadToTheLastCell) {
  COLLATE_SHARED_FILE(tables, "foi/dev/databaker/example1.xls");
  COLLATE_SHARED_FILE(dates, "foi/dev/tidychef-fixtures/dates-times.xls");
  const std::tuple<std::string, std::string, int64_t, uint64_t> files[] = {
      {tables, "teaching_two_tables", 18, 53}, {dates, "teaching_dates", 0, 5}};
  for (const auto& [path, recipe, count, cells] : files) {
    client::Submission submission =
        Document(path, "test-" + std::to_string(count));
    submission.release.set_synthetic(true);
    v1::KeyValue& option = *submission.release.add_options();
    option.set_key("recipe");
    option.set_value(recipe);
    COLLATE_ASSERT_OK_AND_ASSIGN(const auto report,
                                 client_->Ingest(submission, nullptr));
    EXPECT_THAT(report.release().observation_count(), Eq(count)) << recipe;
    std::map<std::string, uint64_t> accounts;
    for (const v1::Account& account : report.documents(0).accounts()) {
      accounts[account.what()] = account.count();
    }
    EXPECT_THAT(accounts["cells_read"], Eq(cells)) << recipe;
    EXPECT_THAT(accounts["cells_left_over"], Eq(0u)) << recipe;
    EXPECT_THAT(accounts.contains("documents_without_figures"), Eq(count == 0))
        << recipe;
    for (const v1::TableReport& table : report.documents(0).tables()) {
      EXPECT_FALSE(table.refused()) << recipe << " " << table.id();
      EXPECT_THAT(table.unmapped_count(), Eq(0)) << recipe << " " << table.id();
    }
  }
  // What holds no figure is a release like others, and answers nothing.
  EXPECT_THAT(client_->ListReleases("sources/test-0"), IsOkAndHolds(SizeIs(1)));
  v1::StatisticsQuery query;
  query.add_measures("teaching_vehicles");
  query.add_periods("2014");
  v1::Filter* filter = query.add_filters();
  filter->set_dimension("teaching_person");
  filter->add_members("george");
  EXPECT_THAT(Number(*client_, query), IsOkAndHolds(Eq(12)));
}

// Their recipes are run by name only: no file is taken for one of theirs, least
// of all a file without figures, and no other file waits for them.
TEST_F(Recipes, TeachingFilesAreNotDetected) {
  COLLATE_SHARED_FILE(tables, "foi/dev/databaker/example1.xls");
  COLLATE_SHARED_FILE(dates, "foi/dev/tidychef-fixtures/dates-times.xls");
  for (const std::string& path : {tables, dates}) {
    client::Submission submission = Document(path, "guide");
    submission.release.set_adapter("foi_spreadsheet");
    const auto refused = client_->Ingest(submission, nullptr);
    EXPECT_THAT(
        std::string(refused.status().message()),
        AllOf(HasSubstr("NO_RECIPE_FITS"), Not(HasSubstr("teaching_"))));
  }
}

// A person's answers to what a suggestion asks.
std::string Answered(const std::string& skeleton) {
  std::istringstream in(skeleton);
  std::string out;
  for (std::string line; std::getline(in, line);) {
    if (line.find("undecided: ") != std::string::npos) continue;
    if (line.find("unit: \"undecided\"") != std::string::npos) {
      line = "name: \"recorded offences\" unit: \"offences\"";
    }
    const size_t axis = line.find("\"columns\"");
    if (axis != std::string::npos) line.replace(axis, 9, "\"sex\"");
    const size_t mark = line.find("# markers");
    if (mark != std::string::npos) {
      line =
          "markers { text: \"*\" state: STATE_SUPPRESSED lower: 0 upper: 4 "
          "reason: \"fewer than 5\" }";
    }
    out += line + '\n';
  }
  return out;
}

TEST_F(Recipes, ASuggestionIsAnsweredAndPassesItsTest) {
  const std::string out = dir_.File("suggested.recipe.textproto");
  const CliResult suggest = daemon_->RunCli(
      {"recipe", "suggest", dir_.File("offences.csv"), "--output", out});
  ASSERT_THAT(suggest.exit_code, Eq(0)) << suggest.out << suggest.err;
  EXPECT_THAT(suggest.out,
              AllOf(HasSubstr("f 10"), HasSubstr("m *"), HasSubstr("l Kent"),
                    HasSubstr("h Female"), HasSubstr("t 15"),
                    HasSubstr("figures B3:D4"), HasSubstr("mark B4: *"),
                    Not(HasSubstr("\x1b")), Not(HasSubstr("tables {"))));
  EXPECT_THAT(suggest.err, HasSubstr("questions are undecided"));
  EXPECT_THAT(client_->ListReleases("sources/-"),
              IsOkAndHolds(::testing::IsEmpty()));

  // It reads nothing by itself, and the test says what is to be decided.
  const CliResult open =
      daemon_->RunCli({"recipe", "test", out, dir_.File("offences.csv")});
  EXPECT_THAT(open.exit_code, Eq(1));
  EXPECT_THAT(open.err, AllOf(HasSubstr("RECIPE_UNDECIDED"),
                              HasSubstr("mark *: what it means")));
  EXPECT_THAT(open.out, HasSubstr("h Kent")) << "the rest is shown";
  client::Submission submission = Document(dir_.File("offences.csv"), "guide");
  v1::KeyValue& text = *submission.release.add_options();
  text.set_key("recipe_text");
  text.set_value(ReadFile(out));
  EXPECT_THAT(
      std::string(client_->Ingest(submission, nullptr).status().message()),
      HasSubstr("RECIPE_UNDECIDED"));

  const CliResult decided = daemon_->RunCli(
      {"recipe", "test", Write("answered", Answered(ReadFile(out))),
       dir_.File("offences.csv"), "--format", "csv"});
  EXPECT_THAT(decided.exit_code, Eq(0)) << decided.err;
  EXPECT_THAT(decided.out, AllOf(HasSubstr(",3,2,10,REPORTED,10,,,Kent,2023/24,"
                                           "sex=Female"),
                                 HasSubstr(",4,2,*,SUPPRESSED,,0,4,Surrey")));

  const CliResult again = daemon_->RunCli(
      {"recipe", "suggest", dir_.File("offences.csv"), "--output", out});
  EXPECT_THAT(again.exit_code, Eq(1));
  EXPECT_THAT(again.err, HasSubstr("FILE_EXISTS"));
}

TEST_F(Recipes, ASuggestionGoesToStandardOutputAndSaysWhereThereIsNone) {
  const CliResult suggest =
      daemon_->RunCli({"recipe", "suggest", dir_.File("offences.csv")});
  ASSERT_THAT(suggest.exit_code, Eq(0)) << suggest.err;
  EXPECT_THAT(suggest.out, HasSubstr("tables {"));

  const CliResult none = daemon_->RunCli(
      {"recipe", "suggest", Write("letter.csv", "Dear Sir\nWe hold none.\n")});
  EXPECT_THAT(none.exit_code, Eq(1));
  EXPECT_THAT(none.out, HasSubstr("n Dear Sir"));
  EXPECT_THAT(none.err, HasSubstr("NO_TABLE_FOUND"));

  const CliResult sheet = daemon_->RunCli(
      {"recipe", "suggest", dir_.File("offences.csv"), "--sheet", "One"});
  EXPECT_THAT(sheet.exit_code, Eq(1));
  EXPECT_THAT(sheet.err, HasSubstr("UNKNOWN_SHEET"));
}

}  // namespace
}  // namespace collate::testing
