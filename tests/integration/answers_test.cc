// A folder of answers to one request, from skeletons of manifests to what a
// question says of who answered, refused and kept silent. All of it is
// invented.

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <filesystem>
#include <map>
#include <string>

#include "service/base/digest.h"
#include "tests/integration/end_to_end.h"

namespace collate::testing {
namespace {

using ::testing::AllOf;
using ::testing::Eq;
using ::testing::HasSubstr;
using ::testing::Not;
using ::testing::SizeIs;

constexpr char kVocabulary[] = R"text(
member_sets {
  dimension: "reporter"
  note: "Invented for tests"
  members { code: "synthetic-force-a" title: "Force A" level: "force" }
  members { code: "synthetic-force-b" title: "Force B" level: "force" }
  members { code: "synthetic-force-c" title: "Force C" level: "force" }
  members { code: "synthetic-force-d" title: "Force D" level: "force" }
  members { code: "synthetic-force-e" title: "Force E" level: "force" }
}
panels {
  code: "synthetic-five"
  title: "Five invented forces"
  members { reporter: "synthetic-force-a" }
  members { reporter: "synthetic-force-b" }
  members { reporter: "synthetic-force-c" }
  members { reporter: "synthetic-force-d" }
  members { reporter: "synthetic-force-e" }
}
)text";

constexpr char kQuestions[] = R"text(
periods { text: "2023/24" }
request_date: "2024-09-02"
questions {
  id: "Q1"
  measure: "offences"
  breakdowns { dimension: "offence" member: "s15a" }
}
questions {
  id: "Q5"
  measure: "platform_uses"
  breakdowns { dimension: "platform" level: "service" }
}
synthetic: true
)text";

constexpr char kRefusal[] =
    R"(status: STATUS_REFUSED sections: "s.12" ground: "no cyber flag")";

std::string Header() {
  return "table,measure,unit,partition,multi_response,reporter,period_begin,"
         "period_end,period_kind,period_text,dim:offence,dim:platform,state,"
         "value,raw\n";
}

std::string Row(const std::string& measure, const std::string& dimensions,
                int value) {
  return absl::StrCat(
      measure, ",", measure, ",",
      measure == "offences" ? "offences,COMPLETE," : "uses,MULTI_RESPONSE,",
      measure == "offences" ? "" : "platform",
      ",,2023-04-01,2024-04-01,FINANCIAL_YEAR,2023/24,", dimensions,
      ",REPORTED,", value, ",", value, "\n");
}

std::string Offences(int value) {
  return absl::StrCat(Header(), Row("offences", "s15a,", value));
}

class Answers : public ::testing::Test {
 protected:
  void SetUp() override {
    dir_.Write("site/vocabulary/five.textproto", kVocabulary);
    auto daemon = Daemon::Start({.data = dir_.File("data"),
                                 .adapters = {BuildPath("tests/adapters")},
                                 .site = dir_.File("site")});
    ASSERT_THAT(daemon, IsOk());
    daemon_ = *std::move(daemon);
    client_ = ConnectTo(*daemon_);
    ASSERT_NE(client_, nullptr);
    std::filesystem::create_directories(dir_.File("answers"));
  }

  // A file of the folder; its digest.
  std::string File(const std::string& name, const std::string& bytes) {
    dir_.Write("answers/" + name, bytes);
    return base::Sha256Hex(bytes);
  }

  static std::string Names(const std::string& name, const std::string& sha256,
                           const std::string& contents = "CONTENTS_FIGURES") {
    return absl::StrCat("files { name: \"", name, "\" sha256: \"", sha256,
                        "\" contents: ", contents, " }\n");
  }

  void Manifest(const std::string& name, const std::string& text) {
    dir_.Write(absl::StrCat("answers/", name, ".answer.textproto"), text);
  }

  // Of five forces A answers, B answers in part, C refuses, D is silent, and
  // from E nothing is there.
  void WriteFour() {
    const std::string a = File(
        "force a.csv", Offences(52) + Row("platform_uses", ",Snapchat", 20) +
                           Row("platform_uses", ",WhatsApp", 4));
    Manifest("force a.csv",
             absl::StrCat("# SYNTHETIC\n", Names("force a.csv", a),
                          "reporters: \"Force A\"\n", kQuestions,
                          "received_date: \"2024-09-20\"\n"
                          "responses { status: STATUS_FULL }\n"));
    const std::string b = File("force b.csv", Offences(30));
    Manifest(
        "force b.csv",
        absl::StrCat("# SYNTHETIC\n", Names("force b.csv", b),
                     "reporters: \"Force B\"\n", kQuestions,
                     "received_date: \"2024-09-21\"\n"
                     "responses { questions: \"Q1\" status: STATUS_FULL }\n"
                     "responses { questions: \"Q5\" ",
                     kRefusal, " }\n"));
    const std::string c = File("force c.pdf", "%PDF SYNTHETIC");
    Manifest("force c.pdf",
             absl::StrCat("# SYNTHETIC\n",
                          Names("force c.pdf", c, "CONTENTS_LETTER"),
                          "reporters: \"Force C\"\n", kQuestions,
                          "received_date: \"2024-09-22\"\n"
                          "responses { ",
                          kRefusal, " }\n"));
    Manifest("force d",
             absl::StrCat("# SYNTHETIC\nreporters: \"Force D\"\n", kQuestions,
                          "responses { status: STATUS_NO_RESPONSE }\n"));
  }

  CliResult IngestFolder(const std::vector<std::string>& more = {},
                         const std::string& source = "synthetic-foi") {
    std::vector<std::string> words = {
        "ingest",      dir_.File("answers"), "--source",   source,
        "--synthetic", "--adapter",          "long_format"};
    words.insert(words.end(), more.begin(), more.end());
    return daemon_->RunCli(words);
  }

  CliResult Ask(const std::vector<std::string>& more) {
    std::vector<std::string> words = {
        "query",    "offences", "--where", "offence=s15a",
        "--period", "2023/24",  "--panel", "synthetic-five"};
    words.insert(words.end(), more.begin(), more.end());
    return daemon_->RunCli(words);
  }

  // "REPORTED 52" by reporter.
  std::map<std::string, std::string> ByReporter(
      const std::vector<std::string>& more = {}) {
    std::vector<std::string> words = {"--by", "reporter", "--format", "csv"};
    words.insert(words.end(), more.begin(), more.end());
    const CliResult csv = Ask(words);
    EXPECT_THAT(csv.exit_code, Eq(0)) << csv.err;
    std::map<std::string, std::string> cells;
    for (const auto& row : PlainCsv(csv.out)) {
      cells[row.at("reporter").substr(16)] =
          absl::StrCat(row.at("state"), " ", row.at("reported"));
    }
    return cells;
  }

  size_t ReleaseCount() {
    const auto releases = client_->ListReleases("sources/-");
    EXPECT_THAT(releases, IsOk());
    return releases.ok() ? releases->size() : 0;
  }

  TempDir dir_;
  std::unique_ptr<Daemon> daemon_;
  std::unique_ptr<client::Client> client_;
};

TEST_F(Answers, EachIsAReleaseAndEverySilenceHasItsOwnName) {
  WriteFour();
  const CliResult first = IngestFolder();
  ASSERT_THAT(first.exit_code, Eq(0)) << first.out << first.err;
  EXPECT_THAT(first.out, HasSubstr("4 published, 0 there already, 0 refused"));
  EXPECT_THAT(ReleaseCount(), Eq(4u));

  EXPECT_THAT(ByReporter(),
              Eq(std::map<std::string, std::string>{{"a", "REPORTED 52"},
                                                    {"b", "REPORTED 30"},
                                                    {"c", "REFUSED "},
                                                    {"d", "NO_RESPONSE "},
                                                    {"e", "NO_RELEASE "}}));
  const CliResult sum = Ask({});
  EXPECT_THAT(sum.out, AllOf(HasSubstr(" 82 "), HasSubstr("at least 82")));
  EXPECT_THAT(
      sum.err,
      AllOf(HasSubstr("2 of 5"),
            HasSubstr("refused by Force C (\"s.12: no cyber flag\")"),
            HasSubstr("Force D (\"asked on 2024-09-02, due by 2024-09-30\") "
                      "did not answer"),
            HasSubstr("nothing loaded from Force E")));
  // Said of nobody else.
  EXPECT_THAT(sum.err.find("did not answer"),
              Eq(sum.err.rfind("did not answer")));

  // The refusal cites the place where the manifest says so.
  const CliResult explained = daemon_->RunCli(
      {"explain", "offences", "--where", "offence=s15a", "--where",
       "reporter=synthetic-force-c", "--period", "2023/24", "--format", "csv"});
  EXPECT_THAT(explained.out, HasSubstr("force c.pdf.answer.textproto:L19:C13"));
  EXPECT_THAT(explained.out, HasSubstr("STATUS_REFUSED"));

  // A question that is refused is refused for every member and in all.
  for (const char* where : {"platform=snapchat", "platform=kik"}) {
    const CliResult platform =
        daemon_->RunCli({"query", "platform_uses", "--where", where, "--where",
                         "reporter=synthetic-force-b", "--period", "2023/24",
                         "--format", "csv"});
    EXPECT_THAT(platform.out, HasSubstr(",REFUSED,")) << where;
  }
  const CliResult all = daemon_->RunCli(
      {"query", "platform_uses", "--where", "reporter=synthetic-force-b",
       "--period", "2023/24", "--format", "csv"});
  EXPECT_THAT(all.out, HasSubstr(",REFUSED,"));
  // What a full answer leaves out is not shown: no zero, and not due later.
  const CliResult whole = daemon_->RunCli(
      {"query", "platform_uses", "--where", "reporter=synthetic-force-a",
       "--period", "2023/24", "--format", "csv"});
  EXPECT_THAT(whole.out, HasSubstr(",NOT_SHOWN,"));
  const CliResult kik = daemon_->RunCli(
      {"query", "platform_uses", "--where", "platform=kik", "--where",
       "reporter=synthetic-force-a", "--period", "2023/24", "--format", "csv"});
  EXPECT_THAT(kik.out, HasSubstr(",NOT_SHOWN,"));
}

TEST_F(Answers, ASecondRunChangesNothing) {
  WriteFour();
  ASSERT_THAT(IngestFolder().exit_code, Eq(0));
  const auto before = client_->ListReleases("sources/-");
  const CliResult again = IngestFolder({"--format", "csv"});
  EXPECT_THAT(again.exit_code, Eq(0)) << again.err;
  EXPECT_THAT(again.err, HasSubstr("0 published, 4 there already, 0 refused"));
  const auto after = client_->ListReleases("sources/-");
  ASSERT_THAT(after, IsOk());
  ASSERT_THAT(after->size(), Eq(before->size()));
  for (size_t i = 0; i < after->size(); ++i) {
    EXPECT_THAT((*after)[i].SerializeAsString(),
                Eq((*before)[i].SerializeAsString()));
  }
}

TEST_F(Answers, ADryRunPublishesNothing) {
  WriteFour();
  const CliResult dry = IngestFolder({"--dry-run"});
  EXPECT_THAT(dry.exit_code, Eq(0)) << dry.out << dry.err;
  EXPECT_THAT(dry.out, HasSubstr("4 would be published"));
  EXPECT_THAT(ReleaseCount(), Eq(0u));
}

TEST_F(Answers, ACorrectionAndALateAnswerReplaceWhatCameBefore) {
  WriteFour();
  ASSERT_THAT(IngestFolder().exit_code, Eq(0));
  // Sorts before what it corrects.
  const std::string a =
      base::Sha256Hex(Offences(52) + Row("platform_uses", ",Snapchat", 20) +
                      Row("platform_uses", ",WhatsApp", 4));
  const std::string corrected = File("a correction.csv", Offences(53));
  Manifest("a correction.csv",
           absl::StrCat("# SYNTHETIC\n", Names("a correction.csv", corrected),
                        "reporters: \"Force A\"\n", kQuestions,
                        "received_date: \"2024-10-01\"\nsupersedes: \"", a,
                        "\"\nresponses { status: STATUS_PARTIAL }\n"));
  const std::string late = File("d late.csv", Offences(11));
  Manifest("d late.csv",
           absl::StrCat("# SYNTHETIC\n", Names("d late.csv", late),
                        "reporters: \"Force D\"\n", kQuestions,
                        "received_date: \"2024-10-07\"\n"
                        "responses { status: STATUS_PARTIAL }\n"));
  const CliResult result = IngestFolder({"--strict"});
  ASSERT_THAT(result.exit_code, Eq(0)) << result.out << result.err;
  EXPECT_THAT(result.out, HasSubstr("2 published, 4 there already, 0 refused"));
  const auto cells = ByReporter();
  EXPECT_THAT(cells.at("a"), Eq("REPORTED 53"));
  EXPECT_THAT(cells.at("d"), Eq("REPORTED 11"));
  // What the correction leaves out does not linger.
  const CliResult platform = daemon_->RunCli(
      {"query", "platform_uses", "--where", "platform=snapchat", "--where",
       "reporter=synthetic-force-a", "--period", "2023/24", "--format", "csv"});
  EXPECT_THAT(platform.out, HasSubstr(",DROPPED_IN_EDITION,"));
  // In an empty store all of it, in the right order, comes to the same.
  const CliResult other = IngestFolder({"--strict"}, "synthetic-other");
  EXPECT_THAT(other.exit_code, Eq(0)) << other.out << other.err;
  EXPECT_THAT(ByReporter({"--prefer", "synthetic-other"}).at("a"),
              Eq("REPORTED 53"));
}

TEST_F(Answers, ARefusalForCostFallsThroughAndNoOtherDoes) {
  const auto refuse = [&](const std::string& force,
                          const std::string& section) {
    Manifest(force,
             absl::StrCat("# SYNTHETIC\nreporters: \"Force ", force, "\"\n",
                          kQuestions,
                          "received_date: \"2024-09-20\"\nresponses { status: "
                          "STATUS_REFUSED sections: \"",
                          section, "\" }\n"));
  };
  refuse("A", "s.12");
  refuse("B", "s.40(2)");
  ASSERT_THAT(IngestFolder().exit_code, Eq(0));
  std::string csv = Offences(5);
  csv = csv.substr(0, csv.find('\n') + 1) +
        "offences,offences,offences,COMPLETE,,Force A,2023-04-01,2024-04-01,"
        "FINANCIAL_YEAR,2023/24,s15a,,REPORTED,5,5\n"
        "offences,offences,offences,COMPLETE,,Force B,2023-04-01,2024-04-01,"
        "FINANCIAL_YEAR,2023/24,s15a,,REPORTED,6,6\n";
  const std::string path = dir_.Write("other.csv", csv);
  ASSERT_THAT(daemon_
                  ->RunCli({"ingest", path, "--source", "synthetic-other",
                            "--published", "2024-01-01", "--synthetic",
                            "--adapter", "long_format"})
                  .exit_code,
              Eq(0));
  const auto cells = ByReporter({"--prefer", "synthetic-foi,synthetic-other"});
  EXPECT_THAT(cells.at("a"), Eq("REPORTED 5"));
  EXPECT_THAT(cells.at("b"), Eq("REFUSED "));
}

TEST_F(Answers, WhatDoesNotFitIsNamedAndTheRestIsTaken) {
  WriteFour();
  File("stray.csv", "x");
  std::filesystem::remove(dir_.File("answers/force b.csv"));
  File("force c.pdf", "%PDF another");
  Manifest("force e", "reporters: \"Force E\"\nkeyed_by: \"Anne\"\n");
  const CliResult result = IngestFolder({"--format", "ndjson"});
  EXPECT_THAT(result.exit_code, Eq(1));
  EXPECT_THAT(result.err, HasSubstr("2 published, 0 there already, 4 refused"));
  for (const char* said :
       {R"("answer":"stray.csv","outcome":"refused")", "NO_MANIFEST",
        R"("answer":"force b.csv.answer.textproto","outcome":"refused")",
        "ANSWER_FILE_MISSING", "ANSWER_FILE_DIFFERS",
        "force e.answer.textproto:1:1: periods is missing"}) {
    EXPECT_THAT(result.out, HasSubstr(said));
  }
  EXPECT_THAT(result.out, Not(HasSubstr("Anne")));
  const auto cells = ByReporter();
  EXPECT_THAT(cells.at("b"), Eq("NO_RELEASE "));
  EXPECT_THAT(cells.at("c"), Eq("NO_RELEASE "));
}

TEST_F(Answers, SkeletonsAreWrittenOnceAndRefusedUntilFilledIn) {
  const std::string sha256 = File("Force B reply.csv", Offences(1));
  const CliResult first =
      daemon_->RunCli({"foi", "init", dir_.File("answers")});
  ASSERT_THAT(first.exit_code, Eq(0)) << first.err;
  const std::string path =
      dir_.File("answers/Force B reply.csv.answer.textproto");
  const std::string text = ReadFile(path);
  EXPECT_THAT(text, HasSubstr(sha256));
  EXPECT_THAT(text, HasSubstr("\nreporters: \"\"  # perhaps "
                              "\"synthetic-force-b\"\n"));
  const CliResult refused = IngestFolder();
  EXPECT_THAT(refused.exit_code, Eq(1));
  EXPECT_THAT(refused.out, HasSubstr("a reporter's name is empty"));

  Manifest("Force B reply.csv", "# mine\n");
  const CliResult second =
      daemon_->RunCli({"foi", "init", dir_.File("answers")});
  EXPECT_THAT(second.exit_code, Eq(0));
  EXPECT_THAT(second.out, HasSubstr("no, it was there"));
  EXPECT_THAT(ReadFile(path), Eq("# mine\n"));
}

TEST_F(Answers, EveryFieldIsAFlagToo) {
  const std::vector<std::string> words = {
      "ingest",
      "--source",
      "synthetic-foi",
      "--synthetic",
      "--letter",
      dir_.Write("no.pdf", "%PDF SYNTHETIC"),
      "--answer",
      "reporters=Force C",
      "--answer",
      "periods=text: \"2023/24\"",
      "--answer",
      "received_date=2024-09-22",
      "--answer",
      "questions=id: \"Q1\" measure: \"offences\" breakdowns { dimension: "
      "\"offence\" member: \"s15a\" }",
      "--answer",
      std::string("responses=") + kRefusal};
  const CliResult first = daemon_->RunCli(words);
  ASSERT_THAT(first.exit_code, Eq(0)) << first.err;
  EXPECT_THAT(first.out, HasSubstr("published"));
  EXPECT_THAT(ByReporter().at("c"), Eq("REFUSED "));
  const CliResult again = daemon_->RunCli(words);
  EXPECT_THAT(again.out, HasSubstr("was loaded before"));
  EXPECT_THAT(ReleaseCount(), Eq(1u));
}

TEST_F(Answers, AManifestMayBeHandedInWithItsFiles) {
  WriteFour();
  const CliResult result = daemon_->RunCli(
      {"ingest", dir_.File("answers/force b.csv"),
       dir_.File("answers/force b.csv.answer.textproto"), "--source",
       "synthetic-foi", "--synthetic", "--adapter", "long_format"});
  ASSERT_THAT(result.exit_code, Eq(0)) << result.err;
  EXPECT_THAT(ByReporter().at("b"), Eq("REPORTED 30"));
  // The folder knows it again.
  EXPECT_THAT(IngestFolder().out, HasSubstr("3 published, 1 there already"));
}

TEST_F(Answers, AWarningIsAFailureOnlyWhenStrict) {
  Manifest("force d",
           absl::StrCat("# SYNTHETIC\nreporters: \"Force D\"\n", kQuestions,
                        "responses { status: STATUS_NO_RESPONSE }\n"
                        "supersedes: \"",
                        std::string(64, 'a'), "\"\n"));
  const CliResult loose = IngestFolder();
  EXPECT_THAT(loose.exit_code, Eq(0)) << loose.err;
  EXPECT_THAT(loose.out, HasSubstr("SUPERSEDED_NOT_LOADED"));
  EXPECT_THAT(IngestFolder({"--strict"}).exit_code, Eq(1));
}

}  // namespace
}  // namespace collate::testing
