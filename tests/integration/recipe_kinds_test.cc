// A recipe over files of every kind through the real daemon, its sandboxed
// workers and the command line. All figures are synthetic.

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <string>
#include <vector>

#include "absl/strings/str_split.h"
#include "absl/strings/string_view.h"
#include "tests/integration/end_to_end.h"
#include "tests/plugins/foi_spreadsheet/kinds_testing.h"

namespace collate::testing {
namespace {

using foi_spreadsheet::KindOfFile;
using foi_spreadsheet::KindsOfFiles;
using ::testing::AllOf;
using ::testing::Eq;
using ::testing::HasSubstr;
using ::testing::Not;
using ::testing::SizeIs;

class RecipeKinds : public ::testing::Test {
 protected:
  void SetUp() override {
    dir_.Write("site/resources/foi_spreadsheet/kinds_victims.recipe.textproto",
               foi_spreadsheet::kVictimsRecipe);
    dir_.Write("victims.recipe.textproto", foi_spreadsheet::kVictimsRecipe);
    for (const KindOfFile& kind : KindsOfFiles()) {
      dir_.Write(kind.name, kind.make());
    }
    const std::string config =
        dir_.Write("config.textproto",
                   "worker { wall_seconds: 10 memory_bytes: 536870912 }");
    auto daemon = Daemon::Start({.data = dir_.File("data"),
                                 .site = dir_.File("site"),
                                 .config = config});
    ASSERT_THAT(daemon, IsOk());
    daemon_ = *std::move(daemon);
  }

  // Lines without the sheet's name and the cell's text, fields 2 and 5, which
  // are the file's.
  static std::vector<std::string> Figures(const std::string& csv) {
    std::vector<std::string> out;
    for (const absl::string_view line :
         absl::StrSplit(csv, '\n', absl::SkipEmpty())) {
      std::string kept;
      int field = 1;
      bool quoted = false;
      for (const char c : line) {
        if (c == '"') quoted = !quoted;
        field += c == ',' && !quoted;
        if (field != 2 && field != 5) kept += c;
      }
      out.push_back(kept);
    }
    return out;
  }

  TempDir dir_;
  std::unique_ptr<Daemon> daemon_;
};

TEST_F(RecipeKinds, RecipeTestReadsEachKindAlike) {
  std::vector<std::string> expected;
  for (const KindOfFile& kind : KindsOfFiles()) {
    const std::vector<std::string> command = {
        "recipe", "test", dir_.File("victims.recipe.textproto"),
        dir_.File(kind.name)};
    const CliResult shown = daemon_->RunCli(command);
    EXPECT_THAT(shown.exit_code, Eq(0)) << kind.kind << shown.out << shown.err;
    EXPECT_THAT(shown.out,
                AllOf(HasSubstr("16 observations"), HasSubstr("h 12-15"),
                      HasSubstr("i Sex"), Not(HasSubstr("leftover"))))
        << kind.kind;
    std::vector<std::string> as_csv = command;
    as_csv.insert(as_csv.end(), {"--format", "csv"});
    const CliResult csv = daemon_->RunCli(as_csv);
    EXPECT_THAT(csv.exit_code, Eq(0)) << csv.err;
    const std::vector<std::string> figures = Figures(csv.out);
    EXPECT_THAT(figures, SizeIs(17)) << kind.kind;
    if (expected.empty()) expected = figures;
    EXPECT_THAT(figures, Eq(expected)) << kind.kind;
  }
}

TEST_F(RecipeKinds, IngestReadsEachKindInTheWorker) {
  for (const KindOfFile& kind : KindsOfFiles()) {
    const CliResult run = daemon_->RunCli(
        {"ingest", dir_.File(kind.name), "--source", "kinds", "--synthetic",
         "--published", "unknown", "--option", "recipe=kinds_victims"});
    EXPECT_THAT(run.exit_code, Eq(0)) << kind.kind << run.err;
    EXPECT_THAT(run.out, HasSubstr("read by adapters/foi_spreadsheet"));
  }
}

// The PDF library is kept to what a worker may have: a page that is small on
// disk and large in memory is refused before it, and the next file is read.
TEST_F(RecipeKinds, APageThatInflatesIsRefusedInTheWorker) {
  dir_.Write("bomb.pdf",
             tabular::MakePdf(
                 {.pages = {{std::string(20 << 20, ' ')}}, .packed = true}));
  const auto ingest = [this](const std::string& file) {
    return daemon_->RunCli({"ingest", dir_.File(file), "--source", "kinds",
                            "--synthetic", "--published", "unknown", "--option",
                            "recipe=kinds_victims"});
  };
  const CliResult bomb = ingest("bomb.pdf");
  EXPECT_THAT(bomb.exit_code, Eq(1));
  EXPECT_THAT(bomb.err, HasSubstr("ZIP_RATIO_LIMIT"));
  EXPECT_THAT(ingest("victims.pdf").exit_code, Eq(0));
}

}  // namespace
}  // namespace collate::testing
