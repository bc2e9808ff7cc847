// What the check of adapters says of good ones and of each bad one.

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <filesystem>
#include <memory>
#include <string>
#include <utility>
#include <vector>

#include "absl/strings/str_cat.h"
#include "absl/strings/str_replace.h"
#include "absl/time/time.h"
#include "plugins/conformance/subject.h"
#include "plugins/conformance/suite.h"
#include "tests/testing/daemon.h"
#include "tests/testing/paths.h"
#include "tests/testing/status_matchers.h"
#include "tests/testing/temp_dir.h"

namespace collate::conformance {
namespace {

using ::collate::testing::BuildPath;
using ::collate::testing::IsOk;
using ::collate::testing::ReadFile;
using ::collate::testing::SourcePath;
using ::testing::AllOf;
using ::testing::Contains;
using ::testing::Each;
using ::testing::Field;
using ::testing::HasSubstr;
using ::testing::Not;

std::string LibraryOf(const std::string& folder, const std::string& id) {
  return BuildPath(absl::StrCat(folder, "/", id, "/lib", id, ".so"));
}

std::vector<Check> ChecksOf(const std::string& library,
                            const std::vector<Fixture>& fixtures,
                            const ingest::Pairs& options = {}) {
  Subject::Options settings;
  settings.worker_path = testing::WorkerPath();
  settings.wall = absl::Seconds(3);
#ifdef COLLATE_SANITIZED
  settings.wall = absl::Seconds(30);
#endif
  settings.options = options;
  auto subject = Subject::Open(library, settings);
  EXPECT_THAT(subject, IsOk());
  if (!subject.ok()) return {};
  return RunSuite(**subject, fixtures);
}

Fixture FixtureOf(const std::string& relative) {
  return {std::filesystem::path(relative).filename().string(),
          ReadFile(SourcePath(relative))};
}

MATCHER_P2(Breaks, name, text, absl::StrCat("breaks ", name, ": ", text)) {
  *result_listener << arg.name << ": " << arg.text;
  return arg.name == name && arg.verdict == Verdict::kBroken &&
         arg.text.find(text) != std::string::npos;
}

std::string Told(const std::vector<Check>& checks) {
  std::string text;
  for (const Check& check : checks) {
    absl::StrAppend(&text, static_cast<int>(check.verdict), " ", check.name,
                    " ", check.text, "\n");
  }
  return text;
}

MATCHER(IsKept, "is kept") { return arg.verdict == Verdict::kKept; }
MATCHER(IsBroken, "is broken") { return arg.verdict == Verdict::kBroken; }

TEST(ShippedAdapters, PoliceReturnsOfTextKeepEveryRule) {
  const auto checks = ChecksOf(
      LibraryOf("lib/collate/adapters", "police_returns"),
      {FixtureOf(
          "tests/data/police/prc-pfa-mar2013-onwards-tables201718-88A.csv")});
  EXPECT_THAT(checks, Each(IsKept())) << Told(checks);
  EXPECT_THAT(checks,
              Contains(Field(&Check::text,
                             HasSubstr("176 observations of 1 document"))))
      << Told(checks);
}

TEST(ShippedAdapters, SpreadsheetsByARecipeKeepEveryRule) {
  const auto checks =
      ChecksOf(LibraryOf("lib/collate/adapters", "foi_spreadsheet"),
               {FixtureOf("tests/data/foi/published/national.csv")},
               {{"recipe", "published_figures"}});
  EXPECT_THAT(checks, Not(Contains(IsBroken()))) << Told(checks);
}

constexpr char kLongFormat[] =
    "table,measure,unit,reporter,period_begin,period_end,period_kind,"
    "dim:offence,state,value,raw\n"
    "t,recorded offences,offences,Kent,2023-04-01,2024-04-01,FINANCIAL_YEAR,"
    "88A,REPORTED,0,0\n"
    "t,recorded offences,offences,Surrey,2023-04-01,2024-04-01,FINANCIAL_YEAR,"
    "88A,SUPPRESSED,,*\n";

TEST(TestAdapters, LongFormatKeepsEveryRule) {
  const auto checks = ChecksOf(LibraryOf("tests/adapters", "long_format"),
                               {{"any.csv", kLongFormat}});
  EXPECT_THAT(checks, Each(IsKept())) << Told(checks);
}

// A number with a state that has none, as the service would refuse it.
TEST(TestAdapters, StateThatContradictsItsNumber) {
  const auto checks = ChecksOf(
      LibraryOf("tests/adapters", "long_format"),
      {{"any.csv", absl::StrReplaceAll(
                       kLongFormat, {{"SUPPRESSED,,*", "SUPPRESSED,5,5"}})}});
  EXPECT_THAT(checks, Contains(Breaks("states", "VALUE_NOT_ALLOWED")))
      << Told(checks);
}

TEST(TestAdapters, NumberWithoutItsToken) {
  const auto checks = ChecksOf(
      LibraryOf("tests/adapters", "long_format"),
      {{"any.csv",
        absl::StrReplaceAll(kLongFormat, {{"REPORTED,0,0", "REPORTED,0,"}})}});
  EXPECT_THAT(checks, Contains(Breaks("tokens", "has a number and no token")))
      << Told(checks);
}

TEST(TestAdapters, TokenThatStandsNowhere) {
  // bad_good cites lines and tokens of a document that it never looked at.
  const auto checks = ChecksOf(LibraryOf("tests/bad_adapters", "bad_good"),
                               {{"bad_good.csv", "hello\nworld\nand all\n"}});
  EXPECT_THAT(checks,
              AllOf(Contains(Breaks("places", "no column 3")),
                    Contains(Breaks("limits", "max_cells is 1, and of 3"))))
      << Told(checks);
}

TEST(TestAdapters, DocumentThatNoFamilyTakes) {
  const auto checks = ChecksOf(LibraryOf("tests/adapters", "long_format"),
                               {{"any.txt", kLongFormat}});
  EXPECT_THAT(checks, Contains(Breaks("choice", "does not choose")))
      << Told(checks);
}

struct Bad {
  const char* kind;
  const char* check;
  const char* text;
};

void PrintTo(const Bad& bad, std::ostream* out) { *out << bad.kind; }

std::string NameOf(const ::testing::TestParamInfo<Bad>& info) {
  return info.param.kind;
}

class BadAdapters : public ::testing::TestWithParam<Bad> {};

TEST_P(BadAdapters, AreToldWhichRuleTheyBreak) {
  const Bad& bad = GetParam();
  const std::string id = absl::StrCat("bad_", bad.kind);
  const auto checks = ChecksOf(LibraryOf("tests/bad_adapters", id),
                               {{absl::StrCat(id, ".csv"), "hello"}});
  EXPECT_THAT(checks, Contains(Breaks(bad.check, bad.text))) << Told(checks);
}

INSTANTIATE_TEST_SUITE_P(
    Kinds, BadAdapters,
    ::testing::Values(Bad{"throws", "reading", "ADAPTER_CRASHED"},
                      Bad{"throws_across", "reading", "rule 9"},
                      Bad{"aborts", "reading", "SIGABRT"},
                      Bad{"segfaults", "reading", "SIGSEGV"},
                      Bad{"hangs", "reading", "ADAPTER_TIMEOUT"},
                      Bad{"spins", "reading", "ADAPTER_TIMEOUT"},
                      Bad{"exits", "reading", "ADAPTER_ENDED_EARLY"},
                      Bad{"wrong_major", "abi", "major"},
                      Bad{"null_table", "library", "null"},
                      Bad{"lies", "identity", "9.9.9"},
                      Bad{"constructor_exits", "reading", "no exit()"},
                      Bad{"bad_enum", "reading", "state is 99"},
                      Bad{"bad_utf8", "reading", "UTF-8"},
                      Bad{"closes_output", "reading", "ADAPTER_ENDED_EARLY"},
                      Bad{"leaves_child", "reading", "ADAPTER_ENDED_EARLY"},
                      Bad{"garbage", "reading", "ADAPTER_PROTOCOL_ERROR"},
                      Bad{"goes_on", "reading", "rules 2 to 8"},
                      Bad{"foreign_thread", "reading", "another thread"},
                      Bad{"unresolved", "library",
                          "collate_function_that_is_nowhere"}),
    NameOf);

class HostileAdapters : public ::testing::TestWithParam<Bad> {};

TEST_P(HostileAdapters, AreToldWhichRuleTheyBreak) {
  const Bad& bad = GetParam();
  const std::string id = absl::StrCat("hostile_", bad.kind);
  const auto checks = ChecksOf(LibraryOf("tests/hostile_adapters", id),
                               {{absl::StrCat(id, ".csv"), "hello"}});
  EXPECT_THAT(checks, Contains(Breaks(bad.check, bad.text))) << Told(checks);
}

// Those that try what the sandbox forbids read nothing, and that is told.
INSTANTIATE_TEST_SUITE_P(
    Kinds, HostileAdapters,
    ::testing::Values(Bad{"inet_socket", "reading", "rule 11"},
                      Bad{"reads_passwd", "reading", "rule 11"},
                      Bad{"sleeps", "reading", "ADAPTER_TIMEOUT"},
                      Bad{"overflows_stack", "reading", "ADAPTER_CRASHED"},
                      Bad{"exits", "reading", "ADAPTER_ENDED_EARLY"},
                      Bad{"forges_trailer", "reading",
                          "ADAPTER_PROTOCOL_ERROR"},
                      Bad{"forges_rows", "reading", "ADAPTER_PROTOCOL_ERROR"},
                      Bad{"forges_hello", "reading", "ADAPTER_PROTOCOL_ERROR"}),
    NameOf);

TEST(RefusingAdapter, RefusesInGoodOrder) {
  std::string lines;  // as many as its finding cites
  for (int i = 0; i < 13; ++i) lines += "a,b,c,d\n";
  const auto checks = ChecksOf(LibraryOf("tests/bad_adapters", "bad_refuses"),
                               {{"bad_refuses.csv", lines}});
  EXPECT_THAT(checks, Not(Contains(IsBroken()))) << Told(checks);
  EXPECT_THAT(checks,
              Contains(Field(&Check::text, HasSubstr("UNKNOWN_MARKER"))));
}

// ---- The program -----------------------------------------------------------

struct Outcome {
  int exit_code;
  std::string out;
  std::string err;
};

Outcome RunTool(const std::vector<std::string>& arguments) {
  testing::TempDir dir;
  std::vector<std::string> command = {BuildPath("bin/collate-adapter-check")};
  command.insert(command.end(), arguments.begin(), arguments.end());
  auto process =
      testing::Process::Spawn(command, {}, dir.File("out"), dir.File("err"));
  EXPECT_THAT(process, IsOk());
  const auto code = process->Wait(absl::Seconds(120));
  EXPECT_THAT(code, IsOk());
  return {code.value_or(-1), ReadFile(dir.File("out")),
          ReadFile(dir.File("err"))};
}

TEST(AdapterCheck, KeptRulesAreAnExitOfZero) {
  testing::TempDir dir;
  const Outcome run = RunTool({LibraryOf("tests/adapters", "long_format"),
                               dir.Write("fixtures/any.csv", kLongFormat)});
  EXPECT_EQ(run.exit_code, 0) << run.out << run.err;
  EXPECT_THAT(run.out,
              HasSubstr("long_format: keeps every rule that was checked\n"));
}

TEST(AdapterCheck, BrokenRulesAreAnExitOfOne) {
  testing::TempDir dir;
  dir.Write("fixtures/bad_throws.csv", "hello");
  dir.Write("fixtures/README.md", "no document");
  const Outcome run = RunTool(
      {LibraryOf("tests/bad_adapters", "bad_throws"), dir.File("fixtures")});
  EXPECT_EQ(run.exit_code, 1) << run.out << run.err;
  EXPECT_THAT(run.out, AllOf(HasSubstr("BROKEN  reading"),
                             HasSubstr("bad_throws: breaks 1 of the checks"),
                             Not(HasSubstr("README"))));
}

TEST(AdapterCheck, NothingToCheckIsAnExitOfTwo) {
  testing::TempDir dir;
  const std::string fixture = dir.Write("any.csv", kLongFormat);
  std::filesystem::create_directory(dir.File("empty"));
  const std::string good = LibraryOf("tests/adapters", "long_format");
  EXPECT_EQ(RunTool({}).exit_code, 2);
  EXPECT_EQ(RunTool({dir.File("libabsent.so"), fixture}).exit_code, 2);
  EXPECT_EQ(RunTool({fixture, fixture}).exit_code, 2);
  EXPECT_EQ(RunTool({good, dir.File("absent.csv")}).exit_code, 2);
  EXPECT_EQ(RunTool({good, dir.File("empty")}).exit_code, 2);
  EXPECT_EQ(RunTool({good, fixture, "--option", "nonsense"}).exit_code, 2);
  EXPECT_EQ(RunTool({good, fixture, "--option", "nonsense=1"}).exit_code, 2);
}

TEST(AdapterCheck, ManifestThatIsMissingIsNamedWhereItShouldStand) {
  testing::TempDir dir;
  const std::string library = dir.File("liblong_format.so");
  std::filesystem::copy_file(LibraryOf("tests/adapters", "long_format"),
                             library);
  const Outcome run = RunTool({library, dir.Write("any.csv", kLongFormat)});
  EXPECT_EQ(run.exit_code, 1) << run.out << run.err;
  EXPECT_THAT(run.out, HasSubstr(dir.File("long_format.manifest.textproto")));
}

}  // namespace
}  // namespace collate::conformance
