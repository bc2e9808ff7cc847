// The synthetic pack end to end: the generator, one command that takes in the
// folder, and what the service answers about 45 reporters and eight years. Its
// figures are made up and add up to published ones.

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <algorithm>
#include <cstdio>
#include <filesystem>
#include <map>
#include <set>
#include <string>
#include <vector>

#include "absl/strings/numbers.h"
#include "tests/generators/foi_pack/figures.h"
#include "tests/integration/end_to_end.h"

namespace collate::testing {
namespace {

using foi_pack::ReadReporters;
using foi_pack::ReadTotals;
using foi_pack::Reporter;
using foi_pack::Total;
using ::testing::AllOf;
using ::testing::Contains;
using ::testing::ElementsAre;
using ::testing::Eq;
using ::testing::HasSubstr;
using ::testing::Not;
using ::testing::SizeIs;

constexpr char kKingdom[] = "uk-territorial-forces";
constexpr char kSource[] = "synthetic-foi";

std::string Data(const std::string& name) {
  return SourcePath("tests/generators/foi_pack/" + name);
}

// Runs the generator; exit code and what it says.
std::pair<int, std::string> Generate(const TempDir& dir,
                                     const std::string& folder,
                                     const std::string& data = "") {
  std::vector<std::string> command = {BuildPath("bin/foi_pack"), folder};
  if (!data.empty()) command.push_back(data);
  auto process = Process::Spawn(command, {}, dir.File("foi_pack.out"),
                                dir.File("foi_pack.err"));
  if (!process.ok()) return {-1, std::string(process.status().message())};
  const auto code = process->Wait(absl::Minutes(2));
  return {code.ok() ? *code : -1, ReadFile(dir.File("foi_pack.err"))};
}

std::unique_ptr<Daemon> StartIn(const TempDir& dir) {
  auto daemon = Daemon::Start({.data = dir.File("data"), .site = Data("site")});
  EXPECT_THAT(daemon, IsOk());
  return daemon.ok() ? *std::move(daemon) : nullptr;
}

CliResult IngestFolder(const Daemon& daemon, const std::string& folder) {
  return daemon.RunCli(
      {"ingest", folder, "--source", kSource, "--synthetic", "--strict"});
}

v1::Cell Only(client::Client& client, const v1::StatisticsQuery& query,
              v1::View view = v1::VIEW_BASIC) {
  const auto answer = client.Query(query, view);
  EXPECT_THAT(answer, IsOk());
  if (!answer.ok() || answer->cells_size() != 1) {
    ADD_FAILURE() << "not one cell";
    return {};
  }
  return answer->cells(0);
}

v1::StatisticsQuery Kingdom(const std::string& period) {
  return Query(kUnion, {period}, kKingdom);
}

// Of one reporter alone, or of several together.
v1::StatisticsQuery Of(const std::string& period,
                       const std::vector<std::string>& reporters) {
  v1::StatisticsQuery query = Query(kUnion, {period}, "");
  v1::Filter* filter = query.add_filters();
  filter->set_dimension("reporter");
  filter->mutable_members()->Assign(reporters.begin(), reporters.end());
  return query;
}

// The whole pack in one store.
class FoiPack : public ::testing::Test {
 protected:
  static void SetUpTestSuite() {
    dir_ = new TempDir;
    const auto [code, said] = Generate(*dir_, dir_->File("pack"));
    ASSERT_THAT(code, Eq(0)) << said;
    daemon_ = StartIn(*dir_).release();
    ASSERT_NE(daemon_, nullptr);
    client_ = ConnectTo(*daemon_).release();
    ASSERT_NE(client_, nullptr);
    const absl::Time began = absl::Now();
    ingested_ = new CliResult(IngestFolder(*daemon_, dir_->File("pack")));
    std::printf("measured: the pack of 90 answers was taken in in %.1f s\n",
                absl::ToDoubleSeconds(absl::Now() - began));
  }
  static void TearDownTestSuite() {
    delete ingested_;
    delete client_;
    delete daemon_;
    delete dir_;
    ingested_ = nullptr;
    client_ = nullptr;
    daemon_ = nullptr;
    dir_ = nullptr;
  }
  void SetUp() override {
    ASSERT_NE(ingested_, nullptr);
    ASSERT_THAT(ingested_->exit_code, Eq(0))
        << ingested_->out << ingested_->err;
  }

  static v1::StatisticsQuery Uses(const std::string& platform,
                                  const std::string& period) {
    v1::StatisticsQuery query = Kingdom(period);
    query.set_measures(0, "platform_uses");
    query.set_universe("platform_known");
    v1::Filter* filter = query.add_filters();
    filter->set_dimension("platform");
    filter->add_members(platform);
    v1::ShareDerivation* share = query.add_derivations()->mutable_share();
    share->set_dimension("platform");
    share->set_base(v1::SHARE_BASE_KNOWN_OFFENCES);
    return query;
  }

  static TempDir* dir_;
  static Daemon* daemon_;
  static client::Client* client_;
  static CliResult* ingested_;
};

TempDir* FoiPack::dir_ = nullptr;
Daemon* FoiPack::daemon_ = nullptr;
client::Client* FoiPack::client_ = nullptr;
CliResult* FoiPack::ingested_ = nullptr;

TEST_F(FoiPack, OneCommandTakesInEveryAnswerAndTheSilence) {
  EXPECT_THAT(ingested_->out,
              HasSubstr("90 published, 0 there already, 0 refused"));
  const auto releases = client_->ListReleases("sources/-");
  ASSERT_THAT(releases, IsOk());
  EXPECT_THAT(*releases, SizeIs(90));
  for (const v1::Release& release : *releases) {
    EXPECT_TRUE(release.synthetic()) << release.name();
  }
  const CliResult again = IngestFolder(*daemon_, dir_->File("pack"));
  EXPECT_THAT(again.exit_code, Eq(0)) << again.err;
  EXPECT_THAT(again.out, HasSubstr("0 published, 90 there already, 0 refused"));
}

TEST_F(FoiPack, EveryLayoutAndFormatIsThereAndCallsItselfSynthetic) {
  std::set<std::string> layouts;
  std::set<std::string> formats;
  for (const Reporter& reporter : ReadReporters(Data("reporters.csv"))) {
    for (const foi_pack::Form& form : {reporter.of_2024, reporter.of_2025}) {
      if (form.layout.empty()) continue;
      layouts.insert(form.layout);
      formats.insert(form.format);
    }
  }
  EXPECT_THAT(layouts, ElementsAre("A", "B", "C", "D", "E", "F", "G", "H", "I",
                                   "J", "K", "L", "P"));
  EXPECT_THAT(formats, ElementsAre("csv", "docx", "ods", "pdf", "xls", "xlsx"));
  for (const std::string& name : NamesIn(dir_->File("pack"))) {
    EXPECT_THAT(name, HasSubstr("SYNTHETIC"));
    const std::string bytes = ReadFile(dir_->File("pack/" + name));
    if (name.ends_with(".answer.textproto")) {
      EXPECT_THAT(bytes, HasSubstr("\nsynthetic: true\n")) << name;
    }
    // The others are packed; A1 of what they hold is told by their recipes,
    // which find nothing without it.
    if (name.ends_with(".csv")) {
      EXPECT_THAT(bytes, ::testing::StartsWith("\"SYNTHETIC")) << name;
    }
    if (name.ends_with(".pdf")) {
      EXPECT_THAT(bytes, HasSubstr("/Title(SYNTHETIC")) << name;
    }
  }
}

TEST_F(FoiPack, TheYearsAddUpToWhatWasPublished) {
  std::map<std::string, int64_t> years;
  for (const Total& total : ReadTotals(Data("totals.csv"))) {
    if (total.what == "offences" && total.members == "all") {
      years[total.period] = total.value;
    }
  }
  ASSERT_THAT(years, SizeIs(8));
  EXPECT_THAT(years.at("2017/18"), Eq(3728));
  EXPECT_THAT(years.at("2023/24"), Eq(7062));
  EXPECT_THAT(years.at("2024/25"), Eq(7263));
  for (const auto& [period, offences] : years) {
    SCOPED_TRACE(period);
    const v1::Cell cell = Only(*client_, Kingdom(period));
    EXPECT_THAT(cell.reported(), Eq(offences));
    EXPECT_THAT(cell.basis(), Eq(v1::BASIS_PANEL_SUM));
    EXPECT_THAT(cell.coverage().due(), Eq(45));
    EXPECT_THAT(cell.coverage().complete(), Eq(period == "2024/25" ? 44 : 45));
    EXPECT_THAT(cell.flags(), AllOf(Contains(v1::CELL_FLAG_SYNTHETIC_INPUT),
                                    Contains(v1::CELL_FLAG_DEFINITION_DIFFERS),
                                    Not(Contains(v1::CELL_FLAG_CONFLICT))));
    if (period == "2024/25") continue;
    EXPECT_THAT(cell.panel_bounds().upper(), Eq(offences));
  }
  // Each law is an offence of its own.
  EXPECT_THAT(
      Number(*client_, Query("s15a", {"2017/18"}, "england-wales-forces")),
      IsOkAndHolds(3217));
  EXPECT_THAT(Number(*client_, Of("2017/18", {"psni"})), IsOkAndHolds(82));
  EXPECT_THAT(Number(*client_, Of("2017/18", {"police-scotland"})),
              IsOkAndHolds(429));
}

TEST_F(FoiPack, ForcesAnswerWhatWasPublishedOfThem) {
  int checked = 0;
  for (const Total& total : ReadTotals(Data("totals.csv"))) {
    if (total.what != "offences" || total.members == "all" ||
        total.members == "england-wales") {
      continue;
    }
    EXPECT_THAT(
        Number(*client_, Of(total.period, absl::StrSplit(total.members, ' '))),
        IsOkAndHolds(total.value))
        << total.period << " " << total.members;
    ++checked;
  }
  EXPECT_THAT(checked, ::testing::Gt(70));
}

TEST_F(FoiPack, TheYearOf2023IsUpBy89PerCentOverTheSameReporters) {
  v1::StatisticsQuery query = Kingdom("2023/24");
  query.add_derivations()->mutable_change()->set_base_period("2017/18");
  const v1::Cell cell = Only(*client_, query);
  ASSERT_THAT(cell.derived(), SizeIs(1));
  for (const v1::Comparison& comparison :
       {cell.derived(0).change().matched_panel(),
        cell.derived(0).change().as_published()}) {
    EXPECT_THAT(comparison.outcome(), Eq(v1::OUTCOME_GIVEN));
    EXPECT_THAT(comparison.percent().lower(), ::testing::StartsWith("89.4"));
    EXPECT_THAT(comparison.current_reporter_count(), Eq(45));
    EXPECT_THAT(comparison.base_reporter_count(), Eq(45));
  }
}

// 2024/25 has no Lincolnshire, so that only the matched panel is comparable:
// its 84 of 2017/18 are in the base as published.
TEST_F(FoiPack, TheYearOf2024IsUpBy99PerCentWithoutLincolnshire) {
  v1::StatisticsQuery query = Kingdom("2024/25");
  query.add_derivations()->mutable_change()->set_base_period("2017/18");
  const v1::Cell cell = Only(*client_, query);
  ASSERT_THAT(cell.derived(), SizeIs(1));
  const v1::Change& change = cell.derived(0).change();
  EXPECT_THAT(change.matched_panel().current().reported(), Eq(7263));
  EXPECT_THAT(change.matched_panel().base().reported(), Eq(3644));
  EXPECT_THAT(change.matched_panel().percent().lower(),
              ::testing::StartsWith("99.3"));
  ASSERT_THAT(change.matched_panel().left_out(), SizeIs(1));
  EXPECT_THAT(change.matched_panel().left_out(0).reporter(),
              Eq("lincolnshire"));
  EXPECT_THAT(change.as_published().base().reported(), Eq(3728));
  EXPECT_THAT(change.as_published().percent().lower(),
              ::testing::StartsWith("94.8"));
  EXPECT_THAT(change.as_published().flags(),
              Contains(v1::CHANGE_FLAG_REPORTERS_DIFFER));
  const CliResult table = daemon_->RunCli(
      {"query", "offences", "--where", std::string("offence=") + kUnion,
       "--period", "2024/25", "--panel", kKingdom, "--change-on", "2017/18"});
  EXPECT_THAT(table.out, AllOf(HasSubstr("+99.3% (3,644 -> 7,263)"),
                               HasSubstr("+94.8% (3,728 -> 7,263)")));
}

TEST_F(FoiPack, SharesAreOfTheOffencesWhoseMethodIsKnown) {
  for (const auto& [period, known] :
       {std::pair("2023/24", 1824), std::pair("2024/25", 2111)}) {
    v1::StatisticsQuery query = Kingdom(period);
    query.set_universe("platform_known");
    EXPECT_THAT(Number(*client_, query), IsOkAndHolds(known)) << period;
  }
  struct Printed {
    const char* platform;
    const char* period;
    int64_t least, most;  // the counts that the printed percentage can mean
    int64_t base;
    int reporters;
  };
  for (const Printed& printed :
       {Printed{"snapchat", "2023/24", 867, 884, 1824, 45},
        Printed{"whatsapp", "2023/24", 210, 228, 1824, 45},
        Printed{"facebook-and-messenger", "2023/24", 210, 228, 1824, 45},
        Printed{"instagram", "2023/24", 101, 118, 1824, 45},
        Printed{"kik", "2023/24", 83, 100, 1824, 45},
        Printed{"snapchat", "2024/25", 834, 854, 2111, 44},
        Printed{"whatsapp", "2024/25", 180, 200, 2111, 44}}) {
    SCOPED_TRACE(absl::StrCat(printed.platform, " ", printed.period));
    const v1::Cell cell =
        Only(*client_, Uses(printed.platform, printed.period));
    ASSERT_THAT(cell.derived(), SizeIs(1));
    const v1::Share& share = cell.derived(0).share();
    EXPECT_THAT(share.outcome(), Eq(v1::OUTCOME_GIVEN));
    EXPECT_THAT(share.base().reported(), Eq(printed.base));
    EXPECT_THAT(
        share.numerator().reported(),
        AllOf(::testing::Ge(printed.least), ::testing::Le(printed.most)));
    EXPECT_THAT(share.reporter_count(), Eq(printed.reporters));
    EXPECT_TRUE(share.multi_response());
    EXPECT_THAT(cell.flags(), Contains(v1::CELL_FLAG_SYNTHETIC_INPUT));
  }
}

// What a printed 48% and 12% of 1,824 can mean, from the command line.
TEST_F(FoiPack, PrintedSharesAreOfWholeOffences) {
  const CliResult csv =
      daemon_->RunCli({"query",      "platform_uses",
                       "--by",       "platform",
                       "--where",    "platform=snapchat,whatsapp",
                       "--where",    std::string("offence=") + kUnion,
                       "--universe", "platform_known",
                       "--period",   "2023/24",
                       "--panel",    kKingdom,
                       "--share-of", "platform",
                       "--base",     "known-offences",
                       "--format",   "csv"});
  ASSERT_THAT(csv.exit_code, Eq(0)) << csv.err;
  std::map<std::string, int> counts;
  for (const auto& row : PlainCsv(csv.out)) {
    EXPECT_THAT(row.at("share_base"), Eq("1824"));
    EXPECT_THAT(row.at("share_reporters"), Eq("45"));
    EXPECT_TRUE(absl::SimpleAtoi(row.at("share_numerator"),
                                 &counts[row.at("platform")]));
  }
  EXPECT_THAT(counts["snapchat"],
              AllOf(::testing::Ge(867), ::testing::Le(884)));
  EXPECT_THAT(counts["whatsapp"],
              AllOf(::testing::Ge(210), ::testing::Le(228)));
}

TEST_F(FoiPack, LincolnshireWasAskedAndKeptSilent) {
  const v1::Cell cell = Only(*client_, Kingdom("2024/25"));
  ASSERT_THAT(cell.coverage().missing(), SizeIs(1));
  EXPECT_THAT(cell.coverage().missing(0).reporter(), Eq("lincolnshire"));
  EXPECT_THAT(cell.coverage().missing(0).state(), Eq(v1::STATE_NO_RESPONSE));
  EXPECT_FALSE(cell.panel_bounds().has_upper());
  const CliResult table = daemon_->RunCli(
      {"query", "offences", "--where", std::string("offence=") + kUnion,
       "--period", "2024/25", "--panel", kKingdom});
  EXPECT_THAT(table.out, AllOf(HasSubstr("7,263"), HasSubstr("44 of 45"),
                               HasSubstr("synthetic input")));
  EXPECT_THAT(table.err,
              AllOf(HasSubstr("Lincolnshire"), HasSubstr("did not answer"),
                    HasSubstr("SYNTHETIC_INPUT")));
}

TEST_F(FoiPack, VictimsOfEachLayoutAddUp) {
  // One victim an offence, wherever victims are asked of: B, C, D and H.
  int checked = 0;
  for (const Reporter& reporter : ReadReporters(Data("reporters.csv"))) {
    if (std::string("BCDH").find(reporter.of_2024.layout) ==
        std::string::npos) {
      continue;
    }
    SCOPED_TRACE(reporter.code);
    v1::StatisticsQuery query = Of("2023/24", {reporter.code});
    const auto offences = Number(*client_, query);
    ASSERT_THAT(offences, IsOk());
    query.set_measures(0, "victims");
    EXPECT_THAT(Number(*client_, query), IsOkAndHolds(*offences));
    query = By(By(query, "sex"), "age_band");
    const auto answer = client_->Query(query, v1::VIEW_BASIC);
    ASSERT_THAT(answer, IsOk());
    int64_t sum = 0;
    for (const v1::Cell& cell : answer->cells()) sum += cell.reported();
    EXPECT_THAT(sum, Eq(*offences));
    ++checked;
  }
  EXPECT_THAT(checked, ::testing::Ge(12));
}

TEST_F(FoiPack, AFigureLeadsBackToItsCell) {
  const v1::Cell cell = Only(*client_, Of("2023/24", {"kent"}), v1::VIEW_CITED);
  ASSERT_THAT(cell.citations(), SizeIs(1));
  EXPECT_THAT(cell.citations(0).raw(), Eq("264"));
  EXPECT_THAT(cell.citations(0).document(), HasSubstr("SYNTHETIC kent 2024"));
}

TEST_F(FoiPack, NothingRealGetsIntoItsStore) {
  const CliResult real =
      daemon_->RunCli({"ingest", Excerpt(), "--source", "home-office-prc",
                       "--published", "unknown"});
  EXPECT_THAT(real.exit_code, Eq(1));
  EXPECT_THAT(real.err, AllOf(HasSubstr("SYNTHETIC_MIXED"),
                              HasSubstr("the two are never kept together")));
}

TEST(FoiPackGenerator, WritesTheSameBytesAgain) {
  TempDir dir;
  ASSERT_THAT(Generate(dir, dir.File("one")).first, Eq(0));
  ASSERT_THAT(Generate(dir, dir.File("two")).first, Eq(0));
  const std::vector<std::string> names = NamesIn(dir.File("one"));
  EXPECT_THAT(names, SizeIs(::testing::Gt(180)));
  ASSERT_THAT(NamesIn(dir.File("two")), Eq(names));
  for (const std::string& name : names) {
    EXPECT_TRUE(ReadFile(dir.File("one/" + name)) ==
                ReadFile(dir.File("two/" + name)))
        << name;
  }
}

TEST(FoiPackGenerator, RefusesTotalsThatContradictEachOther) {
  TempDir dir;
  dir.Write("data/reporters.csv", ReadFile(Data("reporters.csv")));
  std::string totals = ReadFile(Data("totals.csv"));
  const size_t at = totals.find(",3728,");
  ASSERT_NE(at, std::string::npos);
  dir.Write("data/totals.csv", totals.replace(at, 6, ",3727,"));
  const auto [code, said] = Generate(dir, dir.File("pack"), dir.File("data"));
  EXPECT_THAT(code, Eq(1));
  EXPECT_THAT(said, HasSubstr("totals.csv: 2017/18, all: 3727 is not what its "
                              "parts add up to"));
  EXPECT_FALSE(std::filesystem::exists(dir.File("pack")));
}

TEST(FoiPackWithoutOne, AReporterWhoseAnswerIsNotThereIsNamed) {
  TempDir dir;
  ASSERT_THAT(Generate(dir, dir.File("pack")).first, Eq(0));
  for (const std::string& name : NamesIn(dir.File("pack"))) {
    if (name.find("SYNTHETIC durham 2024") == 0 ||
        name.find(" 2025") != std::string::npos) {
      std::filesystem::remove(dir.File("pack/" + name));
    }
  }
  const auto daemon = StartIn(dir);
  ASSERT_NE(daemon, nullptr);
  const auto client = ConnectTo(*daemon);
  ASSERT_NE(client, nullptr);
  const CliResult ingested = IngestFolder(*daemon, dir.File("pack"));
  ASSERT_THAT(ingested.exit_code, Eq(0)) << ingested.out << ingested.err;
  EXPECT_THAT(ingested.out, HasSubstr("44 published"));
  const v1::Cell cell = Only(*client, Kingdom("2023/24"));
  EXPECT_THAT(cell.coverage().complete(), Eq(44));
  EXPECT_THAT(cell.coverage().due(), Eq(45));
  ASSERT_THAT(cell.coverage().missing(), SizeIs(1));
  EXPECT_THAT(cell.coverage().missing(0).reporter(), Eq("durham"));
  EXPECT_THAT(cell.coverage().missing(0).state(), Eq(v1::STATE_NO_RELEASE));
  EXPECT_THAT(cell.reported(), ::testing::Lt(7062));
  EXPECT_FALSE(cell.panel_bounds().has_upper());
}

}  // namespace
}  // namespace collate::testing
