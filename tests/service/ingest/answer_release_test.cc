// Answers with a manifest, from bytes to what a query says of them.

#include "service/ingest/answer_release.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <map>
#include <memory>
#include <string>
#include <utility>
#include <vector>

#include "absl/strings/str_cat.h"
#include "absl/strings/str_replace.h"
#include "absl/time/time.h"
#include "service/base/digest.h"
#include "service/ingest/ingestor.h"
#include "service/ingest/intake.h"
#include "tests/service/ingest/raw_documents.h"
#include "tests/testing/fake_clock.h"
#include "tests/testing/memory_store.h"
#include "tests/testing/paths.h"
#include "tests/testing/status_matchers.h"

namespace collate::ingest {
namespace {

using ::testing::Contains;
using ::testing::ElementsAre;
using testing::HasReason;
using ::testing::HasSubstr;
using ::testing::IsEmpty;
using testing::IsOk;
using testing::MessageHas;
using ::testing::Not;
using ::testing::SizeIs;
using vocabulary::State;

struct File {
  std::string name;
  std::string bytes;
  std::string media_type = "text/csv";
  Pairs manifest = {};
};

std::string Csv(const std::string& reporter, const std::string& value,
                const std::string& offence = "88A") {
  return absl::StrCat(
      "table,measure,unit,partition,reporter,period_begin,period_end,"
      "period_kind,period_text,dim:offence,state,value,raw\n"
      "t,recorded offences,offences,COMPLETE,",
      reporter, ",2023-04-01,2024-04-01,FINANCIAL_YEAR,2023/24,", offence,
      ",REPORTED,", value, ",", value, "\n");
}

constexpr char kAsked[] =
    "periods { text: \"2023/24\" }\n"
    "request_date: \"2024-09-02\"\n"
    "questions { id: \"Q1\" measure: \"offences\" breakdowns { dimension: "
    "\"offence\" member: \"88A\" } }\n";

File ManifestOf(const std::string& text,
                const std::string& name = "a.answer.textproto") {
  return {name, text, std::string(answer::kManifestMediaType)};
}

// Names `file` as one of figures.
std::string Names(const File& file) {
  return absl::StrCat("files { name: \"", file.name, "\" sha256: \"",
                      base::Sha256Hex(file.bytes),
                      "\" contents: CONTENTS_FIGURES }\n");
}

class AnswerReleaseTest : public ::testing::Test {
 protected:
  AnswerReleaseTest()
      : supervisor_({.worker_path = testing::BuildPath("bin/collate-worker")}),
        registry_({.directories = {testing::BuildPath("tests/adapters")},
                   .trusted_root = testing::BuildPath("")},
                  &supervisor_) {
    auto publisher = query::Publisher::Open(vocabulary_, &store_);
    EXPECT_THAT(publisher, IsOk());
    publisher_ = *std::move(publisher);
  }

  static ReleaseManifest Release() {
    ReleaseManifest release;
    release.source = "src";
    release.adapter = "long_format";
    return release;
  }

  absl::StatusOr<Report> Ingest(const std::vector<File>& files,
                                const ReleaseManifest& release = Release()) {
    Intake intake;
    EXPECT_THAT(intake.Begin(release), IsOk());
    for (const File& file : files) {
      EXPECT_THAT(intake.BeginDocument(file.name, file.media_type,
                                       static_cast<int64_t>(file.bytes.size()),
                                       base::Sha256Hex(file.bytes),
                                       file.manifest, 1 << 30),
                  IsOk());
      EXPECT_THAT(intake.Append(file.bytes), IsOk());
    }
    auto submission = intake.End();
    EXPECT_THAT(submission, IsOk());
    const Ingestor ingestor({.vocabulary = vocabulary_,
                             .registry = &registry_,
                             .supervisor = &supervisor_,
                             .publisher = publisher_.get(),
                             .clock = &clock_});
    return ingestor.Ingest(*std::move(submission), {});
  }

  // Kent's, with the figure 40.
  absl::StatusOr<Report> IngestKent(const std::string& more = "",
                                    const std::string& value = "40") {
    const File figures = {"kent.csv", Csv("", value)};
    return Ingest({figures, ManifestOf(absl::StrCat(
                                Names(figures), "reporters: \"Kent\"\n", kAsked,
                                "received_date: \"2024-09-20\"\n"
                                "responses { status: STATUS_FULL }\n",
                                more))});
  }

  // "REPORTED 40", "REFUSED s.12: ... at a.answer.textproto:L5:C13" for each
  // current row of a slice with these axes.
  std::map<std::string, std::string> Standing(
      const std::vector<std::string>& axes = {"offence"}) const {
    std::map<std::string, std::string> standing;
    const auto snapshot = publisher_->Current();
    for (const query::SliceTable& table : snapshot->tables()) {
      std::vector<std::string> dimensions;
      for (const store::Axis& axis : table.slice.axes) {
        dimensions.push_back(axis.dimension);
      }
      if (dimensions != axes) continue;
      for (size_t row = 0; row < table.row_count(); ++row) {
        if (table.known_until(row) != query::kStillKnown) continue;
        std::string key =
            vocabulary_->reporters().member(table.reporter(row)).code;
        for (size_t axis = 0; axis < axes.size(); ++axis) {
          absl::StrAppend(
              &key, " ",
              table.axes[axis]->member(table.member(axis, row)).code);
        }
        standing[key] =
            absl::StrCat(vocabulary::StateName(table.state(row)), " ",
                         (table.has(row) & store::kHasValue) != 0
                             ? absl::StrCat(table.value(row))
                             : table.reason(row),
                         " at ", snapshot->Cite(table.ref(row))->locator);
      }
    }
    return standing;
  }

  static std::vector<std::string> ReasonsOf(const Report& report) {
    std::vector<std::string> reasons;
    for (const Diagnostic& d : report.diagnostics) reasons.push_back(d.reason);
    return reasons;
  }

  const std::shared_ptr<const vocabulary::Vocabulary> vocabulary_ =
      IngestVocabulary();
  Supervisor supervisor_;
  LiveRegistry registry_;
  testing::FakeClock clock_{
      absl::FromCivil(absl::CivilDay(2024, 12, 2), absl::UTCTimeZone())};
  testing::MemoryStore store_;
  std::unique_ptr<query::Publisher> publisher_;
};

TEST_F(AnswerReleaseTest, TheManifestSaysWhoAndWhenAndIsKept) {
  COLLATE_ASSERT_OK_AND_ASSIGN(
      const Report report,
      IngestKent("request_reference: \"FOI 1/24\"\nedition: \"first\"\n"));
  EXPECT_TRUE(report.published);
  EXPECT_THAT(report.release.name, HasSubstr("/releases/20240920-"));
  EXPECT_EQ(report.release.edition, "first");
  EXPECT_EQ(report.release.adapter_id, "long_format");
  ASSERT_THAT(report.release.documents, SizeIs(2));
  EXPECT_EQ(report.release.documents[0].name, "a.answer.textproto");
  EXPECT_TRUE(report.release.documents[0].retained);
  // No publication is known, so the date of receipt stands for it, flagged.
  EXPECT_THAT(ReasonsOf(report), Contains("PUBLISH_TIME_INFERRED"));
  // The cell names no reporter.
  EXPECT_THAT(Standing(), ElementsAre(std::make_pair(
                              "kent 88A", "REPORTED 40 at kent.csv:L2:C12")));
}

TEST_F(AnswerReleaseTest, ADateOfPublicationIsTakenAsItIs) {
  COLLATE_ASSERT_OK_AND_ASSIGN(const Report report,
                               IngestKent("published_date: \"2024-10-01\"\n"));
  EXPECT_THAT(report.release.name, HasSubstr("/releases/20241001-"));
  EXPECT_THAT(ReasonsOf(report), Not(Contains("PUBLISH_TIME_INFERRED")));
}

TEST_F(AnswerReleaseTest, ARefusalWithALetterIsARelease) {
  const File letter = {"letter.pdf", "%PDF", "application/pdf"};
  const File manifest = ManifestOf(absl::StrCat(
      absl::StrReplaceAll(Names(letter), {{"FIGURES", "LETTER"}}),
      "reporters: \"Kent Police\"\n", kAsked, "received_date: \"2024-09-20\"\n",
      "responses {\n  status: STATUS_REFUSED\n  sections: \"s.12\"\n  ground: "
      "\"no flag\"\n}\n"));
  COLLATE_ASSERT_OK_AND_ASSIGN(const Report report, Ingest({letter, manifest}));
  EXPECT_TRUE(report.published);
  EXPECT_EQ(report.release.adapter_id, "");
  EXPECT_EQ(report.release.observation_count, 1);
  ASSERT_THAT(report.release.documents, SizeIs(2));
  EXPECT_TRUE(report.release.documents[1].retained);
  EXPECT_THAT(Standing(),
              ElementsAre(std::make_pair("kent 88A",
                                         "REFUSED s.12: no flag at "
                                         "a.answer.textproto:L8:C3")));
  const auto snapshot = publisher_->Current();
  const query::Citation citation =
      *snapshot->Cite(snapshot->tables()[0].ref(0));
  EXPECT_EQ(citation.raw, "STATUS_REFUSED");
  EXPECT_EQ(citation.reporter_text, "Kent Police");
  EXPECT_EQ(citation.document_sha256, base::Sha256Hex(manifest.bytes));
  COLLATE_ASSERT_OK_AND_ASSIGN(const Report again, Ingest({manifest, letter}));
  EXPECT_TRUE(again.already_loaded);
  EXPECT_EQ(again.release.name, report.release.name);
}

TEST_F(AnswerReleaseTest, ASilenceIsPublishedWhenItWasDue) {
  COLLATE_ASSERT_OK_AND_ASSIGN(
      const Report report,
      Ingest({ManifestOf(absl::StrCat(
          "reporters: \"Kent\"\nreporters: \"Sussex\"\n", kAsked,
          "responses { reporters: \"Kent\" status: STATUS_NO_RESPONSE }\n"
          "responses { reporters: \"Sussex\" status: STATUS_NOT_ASKED }\n"))}));
  EXPECT_THAT(report.release.name, HasSubstr("/releases/20240930-"));
  EXPECT_THAT(
      Standing(),
      ElementsAre(std::make_pair("kent 88A",
                                 "NO_RESPONSE asked on 2024-09-02, due by "
                                 "2024-09-30 at a.answer.textproto:L6:C31"),
                  std::make_pair("sussex 88A",
                                 "NOT_ASKED  at a.answer.textproto:L7:C33")));
}

TEST_F(AnswerReleaseTest, TheDueDateDecidesWhetherAnAnswerIsLate) {
  const auto sent = [&](const std::string& status, const std::string& more) {
    return Ingest({ManifestOf(absl::StrReplaceAll(
        absl::StrCat("reporters: \"Kent\"\n", kAsked,
                     "responses { status: ", status, " }\n", more),
        {{"2024-09-02", "2024-11-04"}}))});
  };
  // Until the end of the last day it may still come.
  clock_.Advance(absl::Hours(48) - absl::Seconds(1));
  EXPECT_THAT(sent("STATUS_NO_RESPONSE", ""), HasReason("INVALID_ANSWER"));
  EXPECT_THAT(sent("STATUS_NO_RESPONSE", ""),
              MessageHas("a.answer.textproto:5:13: the answer is due by "
                         "2024-12-03 and today is 2024-12-03: it is "
                         "STATUS_NOT_YET_DUE, not STATUS_NO_RESPONSE"));
  EXPECT_THAT(sent("STATUS_NOT_YET_DUE", ""), IsOk());
  EXPECT_THAT(Standing().at("kent 88A"),
              "NOT_YET_PUBLISHED asked on 2024-11-04, due by 2024-12-03 at "
              "a.answer.textproto:L5:C13");
  clock_.Advance(absl::Seconds(1));
  // What was published stays so.
  EXPECT_THAT(sent("STATUS_NOT_YET_DUE", ""), IsOk());
  EXPECT_THAT(sent("STATUS_NOT_YET_DUE", "# again\n"),
              MessageHas("it is STATUS_NO_RESPONSE"));
  EXPECT_THAT(sent("STATUS_NO_RESPONSE", ""), IsOk());
  EXPECT_THAT(Standing().at("kent 88A"), HasSubstr("NO_RESPONSE"));
}

TEST_F(AnswerReleaseTest, ARefusedQuestionLeavesTheOthersStanding) {
  const File figures = {"kent.csv", Csv("Kent", "40")};
  COLLATE_ASSERT_OK_AND_ASSIGN(
      const Report report,
      Ingest({figures,
              ManifestOf(absl::StrCat(
                  Names(figures), "reporters: \"Kent\"\n", kAsked,
                  "received_date: \"2024-09-20\"\n"
                  "questions { id: \"Q2\" measure: \"offences\" breakdowns { "
                  "dimension: \"sex\" level: \"sex\" } }\n"
                  "responses { questions: \"Q1\" status: STATUS_FULL }\n"
                  "responses { questions: \"Q2\" status: STATUS_REFUSED "
                  "sections: \"s.12\" }\n"))}));
  EXPECT_EQ(report.release.observation_count, 1 + 1 + 3);
  EXPECT_THAT(Standing(), ElementsAre(std::make_pair(
                              "kent 88A", "REPORTED 40 at kent.csv:L2:C12")));
  // Every member of the level, and all together.
  const std::string refused = "REFUSED s.12 at a.answer.textproto:L9:C29";
  EXPECT_THAT(Standing({"sex"}),
              ElementsAre(std::make_pair("kent f", refused),
                          std::make_pair("kent m", refused),
                          std::make_pair("kent unknown", refused)));
  EXPECT_THAT(Standing({}), ElementsAre(std::make_pair("kent", refused)));
}

TEST_F(AnswerReleaseTest, ALateAnswerEndsTheSilenceInWhateverOrderTheyAreRead) {
  for (const bool late_first : {false, true}) {
    // Its tables are COMPLETE, those of a silence are not: one key all the
    // same.
    const auto silence = [&] {
      EXPECT_THAT(Ingest({ManifestOf(absl::StrCat(
                      "reporters: \"Kent\"\n", kAsked,
                      "responses { status: STATUS_NO_RESPONSE }\n"))}),
                  IsOk());
    };
    const File figures = {"kent.csv", Csv("Kent", late_first ? "41" : "40")};
    if (!late_first) silence();
    ASSERT_THAT(
        Ingest({figures, ManifestOf(absl::StrCat(
                             Names(figures), "reporters: \"Kent\"\n", kAsked,
                             "received_date: \"2024-10-10\"\n"
                             "responses { status: STATUS_FULL }\n"))}),
        IsOk());
    if (late_first) silence();
    EXPECT_THAT(Standing().at("kent 88A"), HasSubstr("REPORTED 4"));
  }
}

TEST_F(AnswerReleaseTest, ACorrectionReplacesAllThatItNames) {
  // A figure too many: of an offence that nobody asked about.
  const File figures = {"kent.csv", absl::StrCat(Csv("Kent", "40"),
                                                 "t,recorded offences,offences,"
                                                 "COMPLETE,Kent,2022-04-01,"
                                                 "2023-04-01,FINANCIAL_YEAR,"
                                                 "2022/23,88A,REPORTED,7,7\n")};
  ASSERT_THAT(
      Ingest({figures, ManifestOf(absl::StrCat(
                           Names(figures), "reporters: \"Kent\"\n", kAsked,
                           "received_date: \"2024-09-20\"\n"
                           "responses { status: STATUS_FULL "
                           "}\n"))}),
      IsOk());
  const auto correct = [&](const std::string& date, const std::string& more) {
    return Ingest({ManifestOf(
        absl::StrCat("reporters: \"Kent\"\n", kAsked, "received_date: \"", date,
                     "\"\nsupersedes: \"", base::Sha256Hex(figures.bytes),
                     "\"\nresponses { status: STATUS_REFUSED sections: "
                     "\"s.40(2)\" }\n",
                     more),
        "b.answer.textproto")});
  };
  EXPECT_THAT(correct("2024-09-19", ""), HasReason("SUPERSEDES_LATER"));
  EXPECT_THAT(correct("2024-09-20", "edition: \"correction 2\"\n"), IsOk());
  const auto standing = Standing();
  EXPECT_THAT(standing, SizeIs(1));  // both years are of one key here
  const auto snapshot = publisher_->Current();
  std::vector<std::string> states;
  for (const auto& table : snapshot->tables()) {
    for (size_t row = 0; row < table.row_count(); ++row) {
      if (table.known_until(row) != query::kStillKnown) continue;
      states.push_back(
          absl::StrCat(vocabulary::FormatDay(table.period(row).begin), " ",
                       vocabulary::StateName(table.state(row))));
    }
  }
  EXPECT_THAT(states,
              ::testing::UnorderedElementsAre("2023-04-01 REFUSED",
                                              "2022-04-01 DROPPED_IN_EDITION"));
}

TEST_F(AnswerReleaseTest, ACorrectionOfWhatIsNotThereIsTold) {
  COLLATE_ASSERT_OK_AND_ASSIGN(
      const Report report,
      IngestKent(absl::StrCat("supersedes: \"", std::string(64, 'a'), "\"\n")));
  EXPECT_THAT(ReasonsOf(report), Contains("SUPERSEDED_NOT_LOADED"));
}

TEST_F(AnswerReleaseTest, NamesThatNobodyKnowsAreRefusedWithTheirPlace) {
  const std::string end = "responses { status: STATUS_NOT_ASKED }\n";
  const auto sent = [&](const std::string& from, const std::string& to) {
    return Ingest({ManifestOf(absl::StrReplaceAll(
        absl::StrCat("reporters: \"Kent\"\n", kAsked, end), {{from, to}}))});
  };
  EXPECT_THAT(sent("Kent", "Kemt"),
              MessageHas("a.answer.textproto:1:1: no reporter is called 'Kemt' "
                         "on 2023-04-01; did you mean kent"));
  EXPECT_THAT(sent("\"offences\"", "\"offenses\""),
              MessageHas("a.answer.textproto:4:1: there is no measure "
                         "'offenses'; did you mean offences"));
  EXPECT_THAT(sent("\"offence\"", "\"offense\""),
              MessageHas("a.answer.textproto:4:42: there is no dimension "
                         "'offense'; did you mean offence"));
  EXPECT_THAT(sent("\"88A\"", "\"88B\""),
              MessageHas("there is no offence '88B'"));
  EXPECT_THAT(sent("member: \"88A\"", "level: \"codes\""),
              MessageHas("offence has no level 'codes'; it has group, code"));
}

TEST_F(AnswerReleaseTest, FilesAndManifestFitTogether) {
  const File figures = {"kent.csv", Csv("Kent", "40")};
  const std::string text = absl::StrCat(
      Names(figures), "reporters: \"Kent\"\n", kAsked,
      "received_date: \"2024-09-20\"\nresponses { status: STATUS_FULL }\n");
  const File manifest = ManifestOf(text);
  EXPECT_THAT(Ingest({manifest}), HasReason("ANSWER_FILE_MISSING"));
  EXPECT_THAT(Ingest({{"kent.csv", Csv("Kent", "41")}, manifest}),
              HasReason("ANSWER_FILE_DIFFERS"));
  EXPECT_THAT(Ingest({figures, {"x.csv", "x"}, manifest}),
              HasReason("DOCUMENT_NOT_IN_ANSWER"));
  EXPECT_THAT(Ingest({figures, manifest, ManifestOf(text + "#\n", "b")}),
              HasReason("SEVERAL_ANSWERS"));
  File told = figures;
  told.manifest = {{"period", "2022/23"}};
  EXPECT_THAT(Ingest({told, manifest}), HasReason("ANSWER_CONFLICT"));
  ReleaseManifest release = Release();
  release.edition = "v1";
  EXPECT_THAT(
      Ingest({figures, ManifestOf(text + "edition: \"v2\"\n")}, release),
      HasReason("ANSWER_CONFLICT"));
  release = Release();
  release.publish_time = absl::UnixEpoch();
  EXPECT_THAT(
      Ingest({figures, ManifestOf(text + "published_date: \"2024-09-21\"\n")},
             release),
      HasReason("ANSWER_CONFLICT"));
  EXPECT_THAT(Ingest({figures, ManifestOf(text + "synthetic: true\n")}),
              HasReason("SYNTHETIC_NOT_DECLARED"));
  EXPECT_THAT(publisher_->Current()->releases(), IsEmpty());
}

TEST_F(AnswerReleaseTest, FiguresOfAnotherReporterAreRefused) {
  const File figures = {"kent.csv", Csv("Sussex", "40")};
  const auto report = Ingest(
      {figures,
       ManifestOf(absl::StrCat(Names(figures), "reporters: \"Kent\"\n", kAsked,
                               "received_date: \"2024-09-20\"\n"
                               "responses { status: STATUS_FULL }\n"))});
  EXPECT_THAT(report, HasReason("REPORTER_NOT_IN_ANSWER"));
  EXPECT_THAT(report, MessageHas("kent.csv:L2"));
  EXPECT_THAT(publisher_->Current()->releases(), IsEmpty());
}

TEST_F(AnswerReleaseTest, AFigureWhereTheManifestSaysThereIsNoneIsRefused) {
  const File figures = {"kent.csv", Csv("Kent", "40")};
  const auto report = Ingest(
      {figures, ManifestOf(absl::StrCat(
                    Names(figures), "reporters: \"Kent\"\n", kAsked,
                    "received_date: \"2024-09-20\"\n"
                    "questions { id: \"Q2\" measure: \"offences\" }\n"
                    "responses { questions: \"Q1\" status: STATUS_REFUSED "
                    "sections: \"s.40(2)\" }\n"
                    "responses { questions: \"Q2\" status: STATUS_FULL }\n"))});
  EXPECT_THAT(report, HasReason("REPEATED_KEY"));
  EXPECT_THAT(publisher_->Current()->releases(), IsEmpty());
}

TEST_F(AnswerReleaseTest, AnAnswerMarkedAsSomethingElseIsAnotherRelease) {
  const File manifest =
      ManifestOf(absl::StrCat("reporters: \"Kent\"\n", kAsked,
                              "responses { status: STATUS_NOT_ASKED }\n"));
  COLLATE_ASSERT_OK_AND_ASSIGN(const Report report, Ingest({manifest}));
  EXPECT_TRUE(report.published);
  File plain = manifest;
  plain.media_type = "text/plain";
  EXPECT_THAT(Ingest({plain}), HasReason("DOCUMENT_REFUSED"));
}

}  // namespace
}  // namespace collate::ingest
