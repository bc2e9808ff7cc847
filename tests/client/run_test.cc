#include "client/cli/run.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <filesystem>
#include <sstream>
#include <string>
#include <vector>

#include "service/base/digest.h"
#include "tests/client/environment.h"
#include "tests/client/fake_service.h"
#include "tests/testing/paths.h"
#include "tests/testing/temp_dir.h"

namespace collate::client {
namespace {

using ::collate::testing::FakeService;
using ::collate::testing::ReadFile;
using ::collate::testing::RichError;
using ::collate::testing::TempDir;
using ::testing::Eq;
using ::testing::HasSubstr;
using ::testing::Not;
using ::testing::SizeIs;
using ::testing::StartsWith;

struct Outcome {
  int exit_code;
  std::string out;
  std::string err;
};

Outcome RunWords(FakeService& service, const std::vector<std::string>& words) {
  const auto parsed = ParseCommandLine(words, ServerOnly(service.address()));
  const auto* line = std::get_if<CommandLine>(&parsed);
  if (line == nullptr) {
    ADD_FAILURE() << std::get<Stop>(parsed).err;
    return {kExitUsage, "", ""};
  }
  std::ostringstream out;
  std::ostringstream err;
  const int code = Run(*line, *service.Connect(), out, err, false);
  return {code, out.str(), err.str()};
}

v1::QueryStatisticsResponse Cells(int count) {
  v1::QueryStatisticsResponse answer;
  for (int i = 0; i < count; ++i) {
    v1::Cell* cell = answer.add_cells();
    cell->set_state(v1::STATE_NO_RELEASE);
    cell->set_handle("h");
  }
  auto* caveat = answer.add_caveats();
  caveat->set_code("NO_PANEL");
  caveat->set_message("none named");
  return answer;
}

TEST(Run, DataGoesToOutAndNotesToErr) {
  FakeService service;
  service.statistics.pages = {{Cells(1), {}}};
  const Outcome outcome =
      RunWords(service, {"query", "offences", "--period", "2017/18"});
  EXPECT_THAT(outcome.exit_code, Eq(kExitDone));
  EXPECT_THAT(outcome.out, HasSubstr("nothing loaded"));
  EXPECT_THAT(outcome.out, Not(HasSubstr("NO_PANEL")));
  EXPECT_THAT(outcome.err, HasSubstr("NO_PANEL: none named"));
}

TEST(Run, ANamedAnswerIsWrittenAsTheQuestionsWas) {
  FakeService service;
  v1::QueryStatisticsResponse first = Cells(1);
  first.set_name("answers/12");
  first.set_next_page_token("2");
  service.statistics.pages = {{first, {}}, {Cells(1), {}}};
  const Outcome outcome = RunWords(service, {"answer", "12"});
  EXPECT_THAT(outcome.exit_code, Eq(kExitDone)) << outcome.err;
  EXPECT_THAT(outcome.out, StartsWith("reporter"));
  EXPECT_THAT(std::count(outcome.out.begin(), outcome.out.end(), '\n'), Eq(4));
  EXPECT_THAT(outcome.err, HasSubstr("This is answers/12"));
  EXPECT_THAT(outcome.err, HasSubstr("First given 2024-02-29T00:00:00+00:00"));
  EXPECT_THAT(RunWords(service, {"answer", "13"}).exit_code, Eq(kExitFailed));
}

TEST(Run, RevisionsOfAllPagesAreListedAndCounted) {
  FakeService service;
  const Outcome outcome = RunWords(service, {"revisions", "r"});
  EXPECT_THAT(outcome.exit_code, Eq(kExitDone)) << outcome.err;
  EXPECT_THAT(std::count(outcome.out.begin(), outcome.out.end(), '\n'), Eq(4));
  EXPECT_THAT(outcome.err, HasSubstr("2 revisions; 0 cells"));
}

TEST(Run, ARefusalExitsWithOneAndPrintsNoData) {
  FakeService service;
  service.statistics.pages = {
      {{},
       RichError(grpc::StatusCode::INVALID_ARGUMENT, "no offence '88B'",
                 "UNKNOWN_MEMBER", "query.filters[0].members[0]")}};
  const Outcome outcome =
      RunWords(service, {"query", "offences", "--period", "2017/18"});
  EXPECT_THAT(outcome.exit_code, Eq(kExitFailed));
  EXPECT_THAT(outcome.out, Eq(""));
  EXPECT_THAT(outcome.err, HasSubstr("near matches: 88A"));
}

TEST(Run, ExplainTakesExactlyOneCell) {
  FakeService service;
  service.statistics.pages = {{Cells(1), {}}, {Cells(2), {}}};
  EXPECT_THAT(
      RunWords(service, {"explain", "offences", "--period", "2017"}).exit_code,
      Eq(kExitDone));
  const Outcome two =
      RunWords(service, {"explain", "offences", "--period", "2017"});
  EXPECT_THAT(two.exit_code, Eq(kExitFailed));
  EXPECT_THAT(two.err, HasSubstr("comes to 2 cells"));
}

v1::Step Cited(const std::string& document, const std::string& locator) {
  v1::Step step;
  step.set_kind(v1::STEP_KIND_PRINTED);
  step.mutable_citation()->set_release("sources/s/releases/r");
  step.mutable_citation()->set_document(document);
  step.mutable_citation()->set_locator(locator);
  return step;
}

std::vector<std::string> ExplainInto(const TempDir& dir) {
  return {"explain", "--handle", "h", "--open", dir.path() + "/originals"};
}

TEST(Run, OpenWritesTheCitedLinesAndNothingOver) {
  TempDir dir;
  FakeService service;
  const std::string bytes = "a,b\n1,2\n";
  service.statistics.documents["../a.csv"] = bytes;
  service.statistics.documents_sha256 = base::Sha256Hex(bytes);
  service.statistics.derivation = Cited("../a.csv", "../a.csv:L2:C1");
  const Outcome done = RunWords(service, ExplainInto(dir));
  EXPECT_THAT(done.exit_code, Eq(kExitDone)) << done.err;
  EXPECT_THAT(done.err, HasSubstr("originals/_._a.csv.region.txt"));
  EXPECT_THAT(ReadFile(dir.path() + "/originals/_._a.csv.region.txt"),
              Eq("--- ../a.csv, lines 1 to 2; cited: L2:C1\n" + bytes));
  const Outcome again = RunWords(service, ExplainInto(dir));
  EXPECT_THAT(again.exit_code, Eq(kExitFailed));
  EXPECT_THAT(again.err, HasSubstr("FILE_EXISTS"));
}

TEST(Run, OpenSaysWhereOnlyTheDigestIsKept) {
  TempDir dir;
  FakeService service;
  service.statistics.derivation = Cited("a.csv", "a.csv:L2:C1");
  const Outcome outcome = RunWords(service, ExplainInto(dir));
  EXPECT_THAT(outcome.exit_code, Eq(kExitFailed));
  EXPECT_THAT(outcome.out, Not(Eq(""))) << "the explanation stands";
  EXPECT_THAT(outcome.err, HasSubstr("only the digest is kept: sha256 ab"));
}

TEST(Run, OpenWritesWholeWhatHasNoRegion) {
  TempDir dir;
  FakeService service;
  service.statistics.documents["a.zip"] = "PK";
  service.statistics.documents_sha256 = base::Sha256Hex("PK");
  service.statistics.derivation = Cited("a.zip", "a.zip/b.csv:L2:C1");
  const Outcome outcome = RunWords(service, ExplainInto(dir));
  EXPECT_THAT(outcome.exit_code, Eq(kExitFailed));
  EXPECT_THAT(outcome.err, HasSubstr("written whole"));
  EXPECT_THAT(ReadFile(dir.path() + "/originals/a.zip"), Eq("PK"));
}

TEST(Run, OpenTakesNoBytesOfAnotherDigest) {
  TempDir dir;
  FakeService service;
  service.statistics.documents["a.csv"] = "a";
  service.statistics.documents_sha256 = base::Sha256Hex("b");
  service.statistics.derivation = Cited("a.csv", "a.csv:L1:C1");
  const Outcome outcome = RunWords(service, ExplainInto(dir));
  EXPECT_THAT(outcome.exit_code, Eq(kExitFailed));
  EXPECT_THAT(outcome.err, HasSubstr("DOCUMENT_MISMATCH"));
}

TEST(Run, ACheckFailsWhereTheQuestionWouldBeRefused) {
  FakeService service;
  const std::vector<std::string> words = {"query", "offences", "--check"};
  EXPECT_THAT(RunWords(service, words).exit_code, Eq(kExitDone));
  service.statistics.check.add_problems()->set_reason("UNKNOWN_MEASURE");
  const Outcome outcome = RunWords(service, words);
  EXPECT_THAT(outcome.exit_code, Eq(kExitFailed));
  EXPECT_THAT(outcome.out, HasSubstr("UNKNOWN_MEASURE"));
}

TEST(Run, CompareReadsItsQuestionFromAFile) {
  TempDir dir;
  FakeService service;
  const Outcome done = RunWords(
      service, {"compare", dir.Write("a.textproto",
                                     "columns { label: 'x' } columns { label: "
                                     "'y' } periods: '2017'")});
  EXPECT_THAT(done.exit_code, Eq(kExitDone)) << done.err;
  EXPECT_THAT(done.out, HasSubstr("x ["));
  const Outcome bad = RunWords(
      service, {"compare", dir.Write("b.textproto", "columns {\n nope: 1 }")});
  EXPECT_THAT(bad.exit_code, Eq(kExitFailed));
  EXPECT_THAT(bad.err, HasSubstr("b.textproto:2:6: "));
  EXPECT_THAT(RunWords(service, {"compare", "/no/such"}).err,
              HasSubstr("FILE_NOT_READABLE"));
}

TEST(Run, PagesOfObservationsShareOneCsvHeader) {
  FakeService service;
  const Outcome outcome =
      RunWords(service, {"observations", "offences", "--format", "csv"});
  EXPECT_THAT(std::count(outcome.out.begin(), outcome.out.end(), '\n'), Eq(3));
}

TEST(Run, RefusedTableIsAWarningAndAFailureOnlyWhenStrict) {
  TempDir dir;
  FakeService service;
  service.ingestion.report.add_documents()->add_tables()->set_refused(true);
  std::vector<std::string> words = {"ingest",      dir.Write("a.csv", "x"),
                                    "--source",    "ab",
                                    "--published", "unknown"};
  const Outcome loose = RunWords(service, words);
  EXPECT_THAT(loose.exit_code, Eq(kExitDone));
  EXPECT_THAT(loose.err, HasSubstr("something was refused"));
  words.push_back("--strict");
  EXPECT_THAT(RunWords(service, words).exit_code, Eq(kExitFailed));
}

TEST(Run, StatusSaysServing) {
  FakeService service;
  EXPECT_THAT(RunWords(service, {"status"}).out,
              StartsWith("serving\nversion 1.2.3"));
  service.server().GetHealthCheckService()->SetServingStatus(false);
  EXPECT_THAT(RunWords(service, {"status"}).exit_code, Eq(kExitFailed));
}

TEST(Run, ADamagedStoreIsAFailureAndSoIsACheckCutShort) {
  FakeService service;
  service.operations.check.set_release_count(1234);
  const Outcome clean = RunWords(service, {"admin", "check"});
  EXPECT_THAT(clean.exit_code, Eq(kExitDone));
  EXPECT_THAT(clean.out, StartsWith("clean\n1,234 releases"));
  service.operations.check.set_problem_count(1);
  service.operations.check.add_problems("a.db: \x1b");
  const Outcome damaged = RunWords(service, {"admin", "check"});
  EXPECT_THAT(damaged.exit_code, Eq(kExitFailed));
  EXPECT_THAT(damaged.out, HasSubstr("1 problems:\n  a.db: \\x1B\n"));
  service.operations.check_ends_early = true;
  const Outcome early = RunWords(service, {"admin", "check"});
  EXPECT_THAT(early.exit_code, Eq(kExitFailed));
  EXPECT_THAT(early.err, HasSubstr("TRUNCATED_CHECK"));
}

TEST(Run, WhatIsGivenAwayIsAFailureAndSoIsAnAuditCutShort) {
  FakeService service;
  service.operations.audit.set_profile("ons-10-5");
  const Outcome clean = RunWords(service, {"disclosure", "audit"});
  EXPECT_THAT(clean.exit_code, Eq(kExitDone)) << clean.err;
  EXPECT_THAT(clean.out, StartsWith("nothing is given away"));
  service.operations.audit.set_finding_count(1);
  v1::DisclosureFinding* finding = service.operations.audit.add_findings();
  finding->set_kind(v1::DISCLOSURE_FINDING_KIND_EXACT);
  finding->set_figure("cases, p, 2018");
  const Outcome exposed =
      RunWords(service, {"disclosure", "audit", "--format", "csv"});
  EXPECT_THAT(exposed.exit_code, Eq(kExitFailed));
  EXPECT_THAT(exposed.out, HasSubstr("EXACT,,\"cases, p, 2018\",,"));
  service.operations.audit_ends_early = true;
  const Outcome early = RunWords(service, {"disclosure", "audit"});
  EXPECT_THAT(early.exit_code, Eq(kExitFailed));
  EXPECT_THAT(early.err, HasSubstr("TRUNCATED_AUDIT"));
}

TEST(Run, AnAuditThatIsRefusedSaysWhy) {
  FakeService service;
  service.operations.audit_refusal = RichError(
      grpc::StatusCode::FAILED_PRECONDITION,
      "the deployment has no disclosure profile", "NO_DISCLOSURE_PROFILE", "");
  const Outcome refused = RunWords(service, {"disclosure", "audit"});
  EXPECT_THAT(refused.exit_code, Eq(kExitFailed));
  EXPECT_THAT(refused.out, Eq(""));
  EXPECT_THAT(refused.err, HasSubstr("no disclosure profile"));
}

TEST(Run, FindingsAreNoFailureUnlessStrict) {
  FakeService service;
  const Outcome none = RunWords(service, {"validate", "--strict"});
  EXPECT_THAT(none.exit_code, Eq(kExitDone));
  EXPECT_THAT(none.err, HasSubstr("0 findings"));
  service.catalogue.finding_count = 3;
  const Outcome loose = RunWords(service, {"validate", "--source", "s"});
  EXPECT_THAT(loose.exit_code, Eq(kExitDone));
  EXPECT_THAT(std::count(loose.out.begin(), loose.out.end(), '\n'), Eq(5));
  EXPECT_THAT(loose.err, HasSubstr("3 findings"));
  EXPECT_THAT(service.catalogue.finding_requests, SizeIs(4));
  EXPECT_THAT(service.catalogue.finding_requests[1].source(), Eq("sources/s"));
  EXPECT_THAT(RunWords(service, {"validate", "--strict"}).exit_code,
              Eq(kExitFailed));
}

TEST(Run, ConflictsAreNoFailureUnlessStrict) {
  FakeService service;
  const Outcome none = RunWords(service, {"conflicts", "--strict"});
  EXPECT_THAT(none.exit_code, Eq(kExitDone));
  EXPECT_THAT(none.err, HasSubstr("0 conflicts"));
  service.statistics.conflict_count = 3;
  const Outcome loose = RunWords(service, {"conflicts", "--source", "s"});
  EXPECT_THAT(loose.exit_code, Eq(kExitDone));
  EXPECT_THAT(std::count(loose.out.begin(), loose.out.end(), '\n'), Eq(5));
  EXPECT_THAT(loose.err, HasSubstr("3 conflicts"));
  ASSERT_THAT(service.statistics.conflict_requests, SizeIs(4));
  EXPECT_THAT(service.statistics.conflict_requests[1].source(),
              Eq("sources/s"));
  EXPECT_THAT(RunWords(service, {"conflicts", "--strict"}).exit_code,
              Eq(kExitFailed));
}

TEST(Run, AReleaseIsShownWithTheFindingsOfItsIngestion) {
  FakeService service;
  const Outcome outcome =
      RunWords(service, {"releases", "show", "sources/s/releases/r"});
  EXPECT_THAT(outcome.exit_code, Eq(kExitDone)) << outcome.err;
  EXPECT_THAT(outcome.out, HasSubstr("name: sources/s/releases/r/report\n"));
  EXPECT_THAT(outcome.out, HasSubstr("UNKNOWN_LABEL"));
}

TEST(Run, ASourceIsShownWithItsReleases) {
  FakeService service;
  const Outcome outcome = RunWords(service, {"sources", "show", "s"});
  EXPECT_THAT(outcome.exit_code, Eq(kExitDone)) << outcome.err;
  EXPECT_THAT(outcome.out, HasSubstr("licence: OGL\n"));
  EXPECT_THAT(outcome.out, HasSubstr("sources/s/releases/r"));
}

TEST(Run, AReloadSaysWhatChanged) {
  FakeService service;
  const Outcome outcome = RunWords(service, {"adapters", "reload"});
  EXPECT_THAT(outcome.exit_code, Eq(kExitDone)) << outcome.err;
  EXPECT_THAT(outcome.out, HasSubstr("a        out of quarantine"));
}

TEST(Run, AnExportIsAFileWhenItIsWholeAndNothingWhenItIsNot) {
  TempDir dir;
  FakeService service;
  service.statistics.export_parts = collate::testing::ExportParts(2);
  const std::string path = dir.File("out.ndjson");
  const std::vector<std::string> words = {"export",   "m0,m1",    "--format",
                                          "ndjson",   "--output", path,
                                          "--period", "2017"};
  const Outcome whole = RunWords(service, words);
  EXPECT_THAT(whole.exit_code, Eq(kExitDone)) << whole.err;
  EXPECT_THAT(whole.out, Eq(""));
  EXPECT_THAT(whole.err, StartsWith("2 observations of 0 releases\n"));
  const std::string text = collate::testing::ReadFile(path);
  EXPECT_THAT(std::count(text.begin(), text.end(), '\n'), Eq(4));
  ASSERT_THAT(service.statistics.export_requests, SizeIs(1));
  EXPECT_THAT(service.statistics.export_requests[0].measures_size(), Eq(2));
  EXPECT_THAT(service.statistics.export_requests[0].period(), Eq("2017"));

  service.statistics.export_parts = collate::testing::ExportParts(5);
  service.statistics.export_parts.pop_back();
  const Outcome broken = RunWords(service, words);
  EXPECT_THAT(broken.exit_code, Eq(kExitFailed));
  EXPECT_THAT(broken.err, HasSubstr("TRUNCATED_EXPORT"));
  EXPECT_THAT(collate::testing::ReadFile(path), Eq(text)) << "as it was";
  int files = 0;
  for ([[maybe_unused]] const auto& file :
       std::filesystem::directory_iterator(dir.path())) {
    ++files;
  }
  EXPECT_THAT(files, Eq(1)) << "nothing half-written";
}

TEST(Run, AnExportThatCannotBeWrittenSaysWhere) {
  FakeService service;
  service.statistics.export_parts = collate::testing::ExportParts(1);
  const Outcome outcome =
      RunWords(service, {"export", "--output", "/nowhere/at/all.csv"});
  EXPECT_THAT(outcome.exit_code, Eq(kExitFailed));
  EXPECT_THAT(outcome.err, HasSubstr("/nowhere/at/all.csv"));
  EXPECT_THAT(service.statistics.export_requests, SizeIs(0));
}

TEST(Run, AnAnswerIsWrittenForOtherProgramsWithItsCitations) {
  FakeService service;
  service.statistics.pages = {{Cells(1), {}}};
  const Outcome outcome = RunWords(service, {"query", "offences", "--period",
                                             "2017", "--format", "sdmx-csv"});
  EXPECT_THAT(outcome.exit_code, Eq(kExitDone)) << outcome.err;
  EXPECT_THAT(outcome.out, StartsWith("STRUCTURE,STRUCTURE_ID,ACTION,MEASURE"));
  EXPECT_THAT(outcome.out, HasSubstr("NO_RELEASE"));
  EXPECT_THAT(service.statistics.requests[0].view(), Eq(v1::VIEW_CITED));
}

}  // namespace
}  // namespace collate::client
