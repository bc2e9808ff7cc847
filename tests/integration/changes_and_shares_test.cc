// Changes and shares from the daemon to the command line. Figures are invented
// (tests/data/synthetic/README.md) where a test does not say that they are
// real.

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <map>
#include <string>
#include <tuple>
#include <utility>
#include <vector>

#include "tests/integration/end_to_end.h"

namespace collate::testing {
namespace {

using ::testing::AllOf;
using ::testing::Eq;
using ::testing::HasSubstr;
using ::testing::SizeIs;
using ::testing::StartsWith;

class ChangesAndShares : public ::testing::Test {
 protected:
  void SetUp() override {
    auto daemon =
        Daemon::Start({.data = dir_.File("data"),
                       .adapters = {BuildPath("tests/adapters")},
                       .site = SourcePath("tests/data/synthetic/site")});
    ASSERT_THAT(daemon, IsOk());
    daemon_ = *std::move(daemon);
    const CliResult ingested = daemon_->RunCli(
        {"ingest", SourcePath("tests/data/synthetic/changes_and_shares.csv"),
         "--source", "synthetic-four", "--published", "unknown", "--adapter",
         "long_format", "--synthetic"});
    ASSERT_THAT(ingested.exit_code, Eq(0)) << ingested.err;
  }

  CliResult Change(const std::vector<std::string>& more) {
    std::vector<std::string> line = {
        "query",   "offences",       "--period",    "2023/24",
        "--panel", "synthetic-four", "--change-on", "2017/18"};
    line.insert(line.end(), more.begin(), more.end());
    return daemon_->RunCli(line);
  }

  CliResult Share(const std::vector<std::string>& more) {
    std::vector<std::string> line = {
        "query",
        "platform_uses",
        "--by",
        "platform",
        "--period",
        "2023/24",
        "--panel",
        "synthetic-four",
        "--where",
        "platform=snapchat,whatsapp,facebook-and-messenger,instagram",
        "--universe",
        "platform_known",
        "--share-of",
        "platform"};
    line.insert(line.end(), more.begin(), more.end());
    return daemon_->RunCli(line);
  }

  TempDir dir_;
  std::unique_ptr<Daemon> daemon_;
};

TEST_F(ChangesAndShares, AChangeHasBothItsBases) {
  const CliResult table = Change({});
  ASSERT_THAT(table.exit_code, Eq(0)) << table.err;
  EXPECT_THAT(table.out, AllOf(HasSubstr("change on 2017/18, matched panel"),
                               HasSubstr("as published"),
                               HasSubstr("+89.4% (3,728 -> 7,062)"),
                               HasSubstr("+102.8% (3,728 -> 7,562)")));
  EXPECT_THAT(table.err,
              AllOf(HasSubstr("matched panel: 3 reporters; without S (refused; "
                              "in 2017/18: s.12)"),
                    HasSubstr("3 reporters then and 4 now; reporters differ"),
                    HasSubstr("LEFT_OUT_OF_MATCHED_PANEL"),
                    HasSubstr("SYNTHETIC_INPUT")));

  const CliResult csv = Change({"--match", "fixed-base", "--format", "csv"});
  const auto rows = PlainCsv(csv.out);
  ASSERT_THAT(rows, SizeIs(1));
  EXPECT_THAT(rows[0].at("change_match"), Eq("FIXED_BASE"));
  EXPECT_THAT(rows[0].at("change_matched_base"), Eq("3728"));
  EXPECT_THAT(rows[0].at("change_matched_current"), Eq("7062"));
  EXPECT_THAT(rows[0].at("change_matched_lower"), Eq("89.43133"));
  EXPECT_THAT(rows[0].at("change_matched_upper"), Eq("89.431331"));
  EXPECT_THAT(rows[0].at("change_matched_left_out"), Eq("synthetic-s"));
  EXPECT_THAT(rows[0].at("change_published_flags"), Eq("REPORTERS_DIFFER"));

  const CliResult json = Change({"--format", "json"});
  EXPECT_THAT(json.out,
              AllOf(HasSubstr("matchedPanel"), HasSubstr("asPublished"),
                    HasSubstr("MATCH_METHOD_ALL_PERIODS")));
}

TEST_F(ChangesAndShares, SharesOfKnownOffencesAreOfTheSameReporters) {
  const CliResult table = Share({"--base", "known-offences"});
  ASSERT_THAT(table.exit_code, Eq(0)) << table.err;
  EXPECT_THAT(table.out, AllOf(HasSubstr("share of known offences"),
                               HasSubstr("48.0% (876 of 1,824)"),
                               HasSubstr("12.0% (219 of 1,824)"),
                               HasSubstr("6.0% (109 of 1,824)")));
  EXPECT_THAT(
      table.err,
      AllOf(HasSubstr("without S (not broken down this way; no offences of "
                      "platform_known from synthetic-four: published only as "
                      "total"),
            HasSubstr("more than 100% together"),
            HasSubstr("LEFT_OUT_OF_SHARE")));

  const CliResult csv = Share({"--base", "mentions", "--format", "csv"});
  std::map<std::string, std::string> numerators;
  for (const auto& row : PlainCsv(csv.out)) {
    numerators[row.at("platform")] =
        row.at("share_numerator") + "/" + row.at("share_base");
  }
  // S prints its mentions, and they are all it needs.
  const std::map<std::string, std::string> expected = {
      {"snapchat", "916/1463"},
      {"whatsapp", "219/1423"},
      {"facebook-and-messenger", "219/1423"},
      {"instagram", "109/1423"}};
  EXPECT_THAT(numerators, Eq(expected));
  const CliResult all = Share({"--base", "all-offences", "--format", "csv"});
  for (const auto& row : PlainCsv(all.out)) {
    EXPECT_THAT(row.at("share_base"),
                Eq(row.at("platform") == "snapchat" ? "7562" : "7062"));
  }
}

TEST_F(ChangesAndShares, AShareWithoutABaseIsNotUnderstood) {
  const CliResult none = Share({});
  EXPECT_THAT(none.exit_code, Eq(2));
  EXPECT_THAT(none.err, HasSubstr("there is no default"));
}

TEST_F(ChangesAndShares, AnExplanationSaysWhatTheyAreMadeOf) {
  const CliResult explained =
      daemon_->RunCli({"explain", "offences", "--period", "2023/24", "--panel",
                       "synthetic-four", "--change-on", "2017/18"});
  ASSERT_THAT(explained.exit_code, Eq(0)) << explained.err;
  EXPECT_THAT(explained.out,
              AllOf(HasSubstr("Change on 2017/18, matched panel of 3 "
                              "reporters: +89.4% (3,728 -> 7,062)"),
                    HasSubstr("  without S: refused; in 2017/18: s.12"),
                    HasSubstr("as published: +102.8% (3,728 -> 7,562)"),
                    HasSubstr("coverage of the base: 3 of 4")));
}

// Real: On The Wight's table, the NSPCC's totals and shares
// (tests/data/foi/published).
TEST(PublishedChanges, AreThoseOfTheStories) {
  TempDir dir;
  COLLATE_ASSERT_OK_AND_ASSIGN(const auto daemon,
                               Daemon::Start({.data = dir.File("data")}));
  const std::string folder = SourcePath("tests/data/foi/published/");
  using Files = std::vector<std::string>;
  for (const auto& [source, recipe, files] :
       {std::tuple("onthewight", "onthewight_south_east",
                   Files{"on_the_wight.csv"}),
        {"nspcc-foi", "published_figures",
         Files{"national.csv", "platform_share.csv"}}}) {
    std::vector<std::string> line = {"ingest",   "--source", source,
                                     "--recipe", recipe,     "--published",
                                     "unknown"};
    for (const std::string& file : files) line.push_back(folder + file);
    const CliResult ingested = daemon->RunCli(line);
    ASSERT_THAT(ingested.exit_code, Eq(0)) << ingested.err;
  }
  const CliResult forces = daemon->RunCli(
      {"query", "offences", "--where", "offence=s15a", "--period", "2021/22",
       "--panel", "onthewight-south-east-4", "--change-on", "2017/18"});
  EXPECT_THAT(forces.out, AllOf(HasSubstr("+89.8% (226 -> 429)"),
                                HasSubstr("+13.5% (378 -> 429)")));
  EXPECT_THAT(forces.err, HasSubstr("matched panel: 3 reporters; without "
                                    "Hampshire (not shown; in 2021/22: "));

  const auto client = ConnectTo(*daemon);
  const auto change_of = [&client](v1::StatisticsQuery query) -> v1::Change {
    query.add_derivations()->mutable_change()->set_base_period("2017/18");
    const auto answer = client->Query(query, v1::VIEW_CITED);
    EXPECT_THAT(answer, IsOk());
    if (!answer.ok() || answer->cells_size() != 1) return {};
    return answer->cells(0).derived(0).change();
  };
  const v1::Change wight =
      change_of(Query("s15a", {"2021/22"}, "onthewight-south-east-4"));
  EXPECT_THAT(wight.as_published().base().reported(), Eq(378));
  EXPECT_THAT(wight.as_published().current().reported(), Eq(429));
  EXPECT_THAT(wight.as_published().percent().lower(), StartsWith("13.49"));
  EXPECT_THAT(wight.matched_panel().base().reported(), Eq(226));
  EXPECT_THAT(wight.matched_panel().current().reported(), Eq(429));
  EXPECT_THAT(wight.matched_panel().percent().lower(), StartsWith("89.82"));
  ASSERT_THAT(wight.matched_panel().left_out(), SizeIs(1));
  EXPECT_THAT(wight.matched_panel().left_out(0).reporter(), Eq("hampshire"));

  // A total's forces are not known, so that none can be matched.
  for (const auto& [period, percent] :
       {std::pair("2023/24", "89.43"), std::pair("2024/25", "94.82")}) {
    v1::StatisticsQuery query = Query("online_grooming_uk", {period}, "");
    v1::Filter* filter = query.add_filters();
    filter->set_dimension("reporter");
    filter->add_members("united-kingdom");
    const v1::Change total = change_of(query);
    EXPECT_THAT(total.as_published().base().reported(), Eq(3728)) << period;
    EXPECT_THAT(total.as_published().percent().lower(), StartsWith(percent));
    EXPECT_THAT(total.matched_panel().outcome(),
                Eq(v1::OUTCOME_NOT_DETERMINABLE));
  }

  const std::vector<std::string> kingdom = {
      "--where",  "offence=online_grooming_uk",
      "--where",  "reporter=united-kingdom",
      "--period", "2023/24"};
  std::vector<std::string> line = {"query", "offences", "--change-on",
                                   "2017/18"};
  line.insert(line.end(), kingdom.begin(), kingdom.end());
  const CliResult total = daemon->RunCli(line);
  EXPECT_THAT(total.out, AllOf(HasSubstr("not determinable"),
                               HasSubstr("+89.4% (3,728 -> 7,062)")));

  // 48% of 1,824 is never made a count.
  line = {
      "query",      "platform_share_percent", "--where",    "platform=snapchat",
      "--universe", "platform_known",         "--share-of", "platform",
      "--base",     "known-offences"};
  line.insert(line.end(), kingdom.begin(), kingdom.end());
  const CliResult percent = daemon->RunCli(line);
  EXPECT_THAT(percent.exit_code, Eq(1));
  EXPECT_THAT(percent.err, HasSubstr("UNIT_MISMATCH"));
}

// Sexual offences of the year to June 2019 were 163,076, of which Greater
// Manchester's 9,523 (real). The edition after it is made up, and has no
// Greater Manchester; here the two are P and Q.
TEST(LeavingForce, IsNotReadAsAFall) {
  constexpr char kColumns[] =
      "table,measure,unit,universe,partition,aggregation,repeats,floor,"
      "multi_response,reporter,period_begin,period_end,period_kind,state,"
      "value,lower,upper,raw,reason\n";
  const auto row = [](const std::string& reporter, int year,
                      const std::string& what) {
    return absl::StrCat(
        "t,recorded offences,offences,,INCOMPLETE,SUM,ERROR,ZERO,,", reporter,
        ",", year - 1, "-07-01,", year, "-07-01,ROLLING_YEAR,", what, "\n");
  };
  TempDir dir;
  COLLATE_ASSERT_OK_AND_ASSIGN(
      auto daemon, Daemon::Start({.data = dir.File("data"),
                                  .adapters = {BuildPath("tests/adapters")},
                                  .site = SourcePath("tests/data/synthetic/"
                                                     "site")}));
  const std::pair<std::string, std::string> editions[] = {
      {"2019-10-17",
       absl::StrCat(kColumns, row("P", 2019, "REPORTED,153553,,,153553,"),
                    row("Q", 2019, "REPORTED,9523,,,9523,"))},
      {"2020-10-16",
       absl::StrCat(kColumns, row("P", 2020, "REPORTED,153600,,,153600,"),
                    row("Q", 2020, "OMITTED_BY_PUBLISHER,,,,..,left out"))}};
  for (const auto& [day, text] : editions) {
    const CliResult ingested =
        daemon->RunCli({"ingest", dir.Write(absl::StrCat(day, ".csv"), text),
                        "--source", "synthetic-four", "--published", day,
                        "--adapter", "long_format", "--synthetic"});
    ASSERT_THAT(ingested.exit_code, Eq(0)) << ingested.err;
  }
  const CliResult table =
      daemon->RunCli({"query", "offences", "--period", "year ending June 2020",
                      "--where", "reporter=synthetic-p,synthetic-q",
                      "--change-on", "year ending June 2019"});
  EXPECT_THAT(table.out, AllOf(HasSubstr(" 0.0% (153,553 -> 153,600)"),
                               HasSubstr("-5.8% (163,076 -> 153,600)"),
                               HasSubstr("1 of 2")))
      << table.err;

  const auto client = ConnectTo(*daemon);
  v1::StatisticsQuery query = Query("", {"year ending June 2020"}, "");
  v1::Filter* filter = query.add_filters();
  filter->set_dimension("reporter");
  filter->add_members("synthetic-p");
  filter->add_members("synthetic-q");
  query.add_derivations()->mutable_change()->set_base_period(
      "year ending June 2019");
  COLLATE_ASSERT_OK_AND_ASSIGN(const auto answer,
                               client->Query(query, v1::VIEW_CITED));
  ASSERT_THAT(answer.cells(), SizeIs(1));
  const v1::Change& change = answer.cells(0).derived(0).change();
  EXPECT_THAT(change.matched_panel().base().reported(), Eq(153553));
  EXPECT_THAT(change.as_published().base().reported(), Eq(163076));
  ASSERT_THAT(change.matched_panel().left_out(), SizeIs(1));
  EXPECT_THAT(change.matched_panel().left_out(0).state(),
              Eq(v1::STATE_OMITTED_BY_PUBLISHER));
}

}  // namespace
}  // namespace collate::testing
