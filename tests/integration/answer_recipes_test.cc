// By which recipe the files of answers are read: the one that the manifest of
// the answer names, or the sender, or the only one that proves itself. All of
// it is invented.

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <filesystem>
#include <string>
#include <vector>

#include "service/base/digest.h"
#include "tests/integration/end_to_end.h"

namespace collate::testing {
namespace {

using ::testing::AllOf;
using ::testing::Eq;
using ::testing::HasSubstr;
using ::testing::Not;

constexpr char kForceVocabulary[] = R"text(
member_sets {
  dimension: "reporter"
  note: "Invented for tests"
  members { code: "synthetic-force-a" title: "Force A" level: "force" }
}
)text";

// Pins its headers and has a total to prove.
constexpr char kGridRecipe[] = R"text(
id: "synthetic_grid"
version: 2
title: "SYNTHETIC: victims by sex"
tables {
  id: "victims"
  match { anchors { name: "first" text: "Female" } }
  boxes {
    anchor: "first" dy: 1
    right { until_blank: true }
    down { count: 1 }
  }
  dimensions { name: "reporter" manifest {} }
  dimensions { name: "period" manifest {} }
  dimensions { name: "offence" constant { text: "s15a" } }
  dimensions {
    name: "sex"
    directly { direction: DIRECTION_UP }
    expect: "Female" expect: "Male" expect: "Total"
    levels { regex: "^Total$" level: LEVEL_TOTAL }
  }
  measure { name: "victims" unit: "victims" floor: FLOOR_ZERO }
  checks { name: "both sexes" dimension: "sex" total: "^Total$" }
}
)text";

constexpr char kGrid[] = "Female,Male,Total\n10,5,15\n";
constexpr char kKeyed[] =
    "Reporter: Force A,\nPeriod: 2023/24,\nFOI answer 1/24,\n,\n"
    "Q1: offences recorded,52\n";

class AnswerRecipes : public ::testing::Test {
 protected:
  void SetUp() override {
    dir_.Write("site/vocabulary/force.textproto", kForceVocabulary);
    dir_.Write("site/resources/foi_spreadsheet/synthetic_grid.recipe.textproto",
               kGridRecipe);
    auto daemon =
        Daemon::Start({.data = dir_.File("data"), .site = dir_.File("site")});
    ASSERT_THAT(daemon, IsOk());
    daemon_ = *std::move(daemon);
    std::filesystem::create_directories(dir_.File("answers"));
  }

  // A file of figures in the folder, with its manifest.
  void Answer(const std::string& name, const std::string& bytes,
              const std::string& measure, const std::string& recipe) {
    dir_.Write("answers/" + name, bytes);
    dir_.Write(
        absl::StrCat("answers/", name, ".answer.textproto"),
        absl::StrCat("# SYNTHETIC\nfiles { name: \"", name, "\" sha256: \"",
                     base::Sha256Hex(bytes), "\" contents: CONTENTS_FIGURES ",
                     recipe.empty() ? "" : "recipe: \"" + recipe + "\"",
                     " }\nreporters: \"Force A\"\n"
                     "periods { text: \"2023/24\" }\n"
                     "received_date: \"2024-09-20\"\n"
                     "questions { id: \"Q1\" measure: \"",
                     measure,
                     "\" breakdowns { dimension: \"offence\" member: \"s15a\" "
                     "} }\nresponses { status: STATUS_FULL }\n"
                     "synthetic: true\n"));
  }

  CliResult Ingest(const std::vector<std::string>& words) {
    std::vector<std::string> all = {"ingest", "--source", "synthetic-foi",
                                    "--synthetic"};
    all.insert(all.end(), words.begin(), words.end());
    return daemon_->RunCli(all);
  }
  CliResult IngestFolder(const std::vector<std::string>& more = {}) {
    std::vector<std::string> words = {dir_.File("answers")};
    words.insert(words.end(), more.begin(), more.end());
    return Ingest(words);
  }
  std::string Path(const std::string& name) {
    return dir_.File("answers/" + name);
  }

  std::string Reported(const std::string& measure) {
    const CliResult csv = daemon_->RunCli(
        {"query", measure, "--where", "reporter=synthetic-force-a", "--where",
         "offence=s15a", "--period", "2023/24", "--format", "csv"});
    const auto rows = PlainCsv(csv.out);
    return rows.size() == 1 ? rows[0].at("reported") : csv.err;
  }

  TempDir dir_;
  std::unique_ptr<Daemon> daemon_;
};

TEST_F(AnswerRecipes, EachFileOfAFolderIsReadByItsOwn) {
  Answer("keyed.csv", kKeyed, "offences", "s15a_answer_q1");
  Answer("grid.csv", kGrid, "victims", "synthetic_grid/2");
  const CliResult run = IngestFolder();
  ASSERT_THAT(run.exit_code, Eq(0)) << run.out << run.err;
  EXPECT_THAT(run.out, HasSubstr("2 published, 0 there already, 0 refused"));
  EXPECT_THAT(run.out, Not(HasSubstr("DETECTED")));
  EXPECT_THAT(Reported("offences"), Eq("52"));
  EXPECT_THAT(Reported("victims"), Eq("15"));
}

TEST_F(AnswerRecipes, TwoFilesOfOneAnswerMayHaveTwoRecipes) {
  const std::string sha_grid = base::Sha256Hex(kGrid);
  const std::string sha_keyed = base::Sha256Hex(kKeyed);
  dir_.Write("answers/grid.csv", kGrid);
  dir_.Write("answers/keyed.csv", kKeyed);
  dir_.Write("answers/both.answer.textproto",
             absl::StrCat(
                 "# SYNTHETIC\n"
                 "files { name: \"grid.csv\" sha256: \"",
                 sha_grid,
                 "\" contents: CONTENTS_FIGURES recipe: \"synthetic_grid\" }\n"
                 "files { name: \"keyed.csv\" sha256: \"",
                 sha_keyed,
                 "\" contents: CONTENTS_FIGURES recipe: \"s15a_answer_q1\" }\n"
                 "reporters: \"Force A\"\nperiods { text: \"2023/24\" }\n"
                 "received_date: \"2024-09-20\"\n"
                 "questions { id: \"Q1\" measure: \"offences\" }\n"
                 "questions { id: \"Q2\" measure: \"victims\" }\n"
                 "responses { status: STATUS_FULL }\nsynthetic: true\n"));
  const CliResult run = IngestFolder();
  ASSERT_THAT(run.exit_code, Eq(0)) << run.out << run.err;
  EXPECT_THAT(Reported("offences"), Eq("52"));
  EXPECT_THAT(Reported("victims"), Eq("15"));
}

TEST_F(AnswerRecipes, AWrongNameIsRefusedWithTheNearOnes) {
  Answer("keyed.csv", kKeyed, "offences", "s15a_anser_q1");
  Answer("grid.csv", kGrid, "victims", "synthetic_grid/1");
  const CliResult run = IngestFolder({"--format", "ndjson"});
  EXPECT_THAT(run.exit_code, Eq(1));
  EXPECT_THAT(run.err, HasSubstr("0 published, 0 there already, 2 refused"));
  EXPECT_THAT(
      run.out,
      AllOf(HasSubstr("UNKNOWN_RECIPE"),
            HasSubstr("did you mean s15a_answer_q1"), HasSubstr("keyed.csv"),
            HasSubstr("RECIPE_VERSION"), HasSubstr("synthetic_grid/2")));
  // What cannot be a name is the manifest's mistake, with its place.
  Answer("keyed.csv", kKeyed, "offences", "Not A Name");
  EXPECT_THAT(IngestFolder({"--format", "ndjson"}).out,
              AllOf(HasSubstr("keyed.csv.answer.textproto:2:"),
                    HasSubstr("recipe is 'Not A Name'")));
}

TEST_F(AnswerRecipes, WithoutANameTheOneThatProvesItselfIsTaken) {
  Answer("grid.csv", kGrid, "victims", "");
  const CliResult run = IngestFolder();
  ASSERT_THAT(run.exit_code, Eq(0)) << run.out << run.err;
  EXPECT_THAT(run.out, HasSubstr("DETECTED"));
  EXPECT_THAT(Reported("victims"), Eq("15"));
  // A warning, which a strict run does not let pass.
  EXPECT_THAT(IngestFolder({"--strict"}).exit_code, Eq(1));
}

TEST_F(AnswerRecipes, WithoutANameNothingElseIsTaken) {
  // It fits one recipe, which has no total to prove.
  Answer("keyed.csv", kKeyed, "offences", "");
  Answer("grid.csv", "Female,Male,Total\n10,5,16\n", "victims", "");
  const CliResult run = IngestFolder({"--format", "ndjson"});
  EXPECT_THAT(run.exit_code, Eq(1));
  EXPECT_THAT(run.err, HasSubstr("0 published, 0 there already, 2 refused"));
  EXPECT_THAT(run.out, AllOf(HasSubstr("NO_RECIPE_FITS"),
                             HasSubstr("s15a_answer_q1: it"),
                             HasSubstr("synthetic_grid: TOTAL_MISMATCH"),
                             HasSubstr("taser_2016: ANCHOR_COUNT")));
}

TEST_F(AnswerRecipes, OneFileIsReadAlike) {
  Answer("grid.csv", kGrid, "victims", "synthetic_grid");
  const std::vector<std::string> both = {Path("grid.csv"),
                                         Path("grid.csv.answer.textproto")};
  const auto with = [&](std::vector<std::string> more) {
    more.insert(more.begin(), both.begin(), both.end());
    more.push_back("--dry-run");
    return Ingest(more);
  };
  EXPECT_THAT(with({}).exit_code, Eq(0)) << with({}).err;
  EXPECT_THAT(with({"--recipe", "synthetic_grid"}).exit_code, Eq(0));
  const CliResult two = with({"--recipe", "taser_2016"});
  EXPECT_THAT(two.exit_code, Eq(1));
  EXPECT_THAT(two.err, AllOf(HasSubstr("ANSWER_CONFLICT"),
                             HasSubstr("'taser_2016' by the release")));

  // What failed first in each, in full as far as an error has room.
  Answer("keyed.csv", kKeyed, "offences", "");
  EXPECT_THAT(
      Ingest({Path("keyed.csv"), Path("keyed.csv.answer.textproto")}).err,
      AllOf(HasSubstr("s15a_answer_q1: it pins no headers"),
            HasSubstr("onthewight_south_east: ANCHOR_COUNT, expected "),
            HasSubstr("use_of_force_2017_18: ANCHOR_COUNT, expected "),
            HasSubstr("error RECIPE_DOES_NOT_FIT at keyed.csv: "
                      "bbc_library_closures: ANCHOR_COUNT: anchor 'council'")));

  // Without a manifest the flag names it, or the adapter is to look.
  const std::vector<std::string> alone = {
      Path("grid.csv"), "--published", "unknown",          "--manifest",
      "period=2023/24", "--manifest",  "reporter=Force A", "--dry-run"};
  const auto plain = [&](std::vector<std::string> more) {
    more.insert(more.begin(), alone.begin(), alone.end());
    return Ingest(more);
  };
  EXPECT_THAT(plain({"--recipe", "synthetic_grid"}).exit_code, Eq(0));
  EXPECT_THAT(plain({"--recipe", "synthetic_gird"}).err,
              HasSubstr("did you mean synthetic_grid"));
  const CliResult detected = plain({"--adapter", "foi_spreadsheet"});
  EXPECT_THAT(detected.exit_code, Eq(0)) << detected.err;
  EXPECT_THAT(detected.out, HasSubstr("DETECTED"));
  EXPECT_THAT(plain({}).err, HasSubstr("is read only when the sender names"));
  const CliResult twice =
      plain({"--recipe", "synthetic_grid", "--option", "recipe=taser_2016"});
  EXPECT_THAT(twice.exit_code, Eq(1));
  EXPECT_THAT(twice.err, HasSubstr("option 'recipe' is given twice"));
}

}  // namespace
}  // namespace collate::testing
