// Recipes end to end: the guide's example from `recipe test` to an answer,
// installed recipes by name and by detection, and who reads what.

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <filesystem>
#include <fstream>
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

// The last block of that kind in the guide.
std::string GuideBlock(const std::string& kind) {
  const std::string guide =
      ReadFile(SourcePath("plugins/foi_spreadsheet/README.md"));
  const std::string begin = "\n```" + kind + "\n";
  const size_t at = guide.rfind(begin);
  if (at == std::string::npos) {
    ADD_FAILURE() << "the guide has no " << kind;
    return "";
  }
  const size_t first = at + begin.size();
  return guide.substr(first, guide.find("```", first) - first);
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
  EXPECT_THAT(report.release().observation_count(), Eq(12));
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

TEST_F(Recipes, ThePublishersTablesAreServed) {
  COLLATE_SHARED_FILE(
      force,
      "foi/dev/resistancelab/"
      "police-use-of-force-apr2017-mar2018-hosb3018-tables.ods");
  COLLATE_SHARED_FILE(taser,
                      "foi/dev/resistancelab/"
                      "police-use-of-conducted-energy-devices-2016.ods");
  COLLATE_SHARED_FILE(wales, "foi/dev/bbc-child-speech/export.csv");
  const std::vector<std::tuple<std::string, std::string, int64_t>> files = {
      {force, "use_of_force_2017_18", 54 * 34},
      // The whole of 2015 and 2016 stands in two tables and is kept once.
      {taser, "taser_2016", 11 * 6 + 54 * 22 - 11 * 2},
      {wales, "statswales_sen", 22 * 15}};
  for (const auto& [path, recipe, count] : files) {
    client::Submission submission =
        Document(path, "test-" + std::to_string(count));
    v1::KeyValue& option = *submission.release.add_options();
    option.set_key("recipe");
    option.set_value(recipe);
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
      {"recipe", "suggest", dir_.File("offences.csv"), "--write", out});
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
      {"recipe", "suggest", dir_.File("offences.csv"), "--write", out});
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
