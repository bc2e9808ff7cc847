#include "service/answer/manifest.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <string>
#include <utility>
#include <vector>

#include "absl/strings/ascii.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/str_replace.h"
#include "service/base/error.h"
#include "tests/testing/status_matchers.h"

namespace collate::answer {
namespace {

using ::testing::ElementsAre;
using testing::HasReason;
using ::testing::HasSubstr;
using ::testing::IsEmpty;
using testing::MessageHas;
using ::testing::Not;
using ::testing::SizeIs;
using testing::StatusIs;

constexpr char kSha[] =
    "6F1ED002AB5595859014EBF0951522D9F1D7E63B38D2B5D1CCE6B8FDDB18A4B3";

std::string Good() {
  return absl::StrReplaceAll(
      R"text(files { name: "kent.csv" sha256: "$" contents: CONTENTS_FIGURES recipe: "s15a_answer_q1/2" }
files { name: "kent.pdf" sha256: "$" contents: CONTENTS_LETTER }
reporters: "Kent"
reporters: "Sussex"
periods { text: "2023/24" as_stated: "last year" }
periods { first_day: "2017-04-03" last_day: "2018-03-31" as_stated: "the first year" }
request_reference: "007/24"
request_date: "2024-05-01"
received_date: "2024-05-20"
published_date: "2024-06-01"
questions {
  id: "Q1"
  measure: "offences"
  breakdowns { dimension: "offence" member: "s15a" }
}
questions { id: "Q5" measure: "platform_uses" universe: "platform_known" breakdowns { dimension: "platform" level: "service" } }
responses { questions: "Q1" reporters: "Kent" status: STATUS_FULL }
responses { questions: "Q1" reporters: "Sussex" periods: "2023/24" status: STATUS_PARTIAL }
responses { questions: "Q1" reporters: "Sussex" periods: "the first year" status: STATUS_NOT_HELD ground: "not recorded" }
responses {
  questions: "Q5"
  status: STATUS_REFUSED
  sections: "s.12"
  sections: "s.40(2)(a)"
  ground: "over the cost limit"
}
supersedes: "$"
keyed_by: "AB"
checked_by: "editor"
publisher: "Kent Police"
licence: "Open Government Licence v3.0"
source_address: "https://example.org/foi"
notes: "one"
notes: "two"
edition: "correction 2"
synthetic: true
)text",
      {{"$", kSha}});
}

std::string Replaced(const std::string& from, const std::string& to) {
  const std::string text = absl::StrReplaceAll(Good(), {{from, to}});
  EXPECT_NE(text, Good()) << from;
  return text;
}

TEST(AnswerManifestTest, EveryFieldIsRead) {
  COLLATE_ASSERT_OK_AND_ASSIGN(const Manifest manifest,
                               ParseManifest(Good(), "a.textproto"));
  ASSERT_THAT(manifest.files, SizeIs(2));
  EXPECT_EQ(manifest.files[0].name, "kent.csv");
  EXPECT_EQ(manifest.files[0].sha256, absl::AsciiStrToLower(kSha));
  EXPECT_EQ(manifest.files[0].contents, Contents::kFigures);
  EXPECT_EQ(manifest.files[0].recipe, "s15a_answer_q1/2");
  EXPECT_EQ(manifest.files[1].contents, Contents::kLetter);
  EXPECT_EQ(manifest.files[1].recipe, "");
  EXPECT_EQ(manifest.files[1].place.line, 2);
  ASSERT_THAT(manifest.reporters, SizeIs(2));
  EXPECT_EQ(manifest.reporters[1].name, "Sussex");
  EXPECT_EQ(manifest.reporters[1].place.line, 4);
  ASSERT_THAT(manifest.periods, SizeIs(2));
  EXPECT_EQ(manifest.periods[0].name, "2023/24");
  EXPECT_EQ(manifest.periods[0].as_stated, "last year");
  EXPECT_EQ(manifest.periods[0].period, *vocabulary::ParsePeriod("2023/24"));
  // The last day belongs to the period.
  EXPECT_EQ(manifest.periods[1].name, "the first year");
  EXPECT_EQ(manifest.periods[1].period.days,
            (vocabulary::DayInterval{*vocabulary::ParseDay("2017-04-03"),
                                     *vocabulary::ParseDay("2018-04-01")}));
  EXPECT_EQ(manifest.request_reference, "007/24");
  EXPECT_EQ(manifest.request, *vocabulary::ParseDay("2024-05-01"));
  EXPECT_EQ(manifest.received, *vocabulary::ParseDay("2024-05-20"));
  EXPECT_EQ(manifest.published, *vocabulary::ParseDay("2024-06-01"));
  ASSERT_THAT(manifest.questions, SizeIs(2));
  EXPECT_EQ(manifest.questions[0].id, "Q1");
  EXPECT_EQ(manifest.questions[0].measure, "offences");
  EXPECT_EQ(manifest.questions[0].breakdowns[0].dimension, "offence");
  EXPECT_EQ(manifest.questions[0].breakdowns[0].member, "s15a");
  EXPECT_EQ(manifest.questions[1].universe, "platform_known");
  EXPECT_EQ(manifest.questions[1].breakdowns[0].level, "service");
  EXPECT_EQ(manifest.edition, "correction 2");
  EXPECT_TRUE(manifest.synthetic);
  EXPECT_TRUE(manifest.HasFigures());
  ASSERT_THAT(manifest.supersedes, SizeIs(1));
  EXPECT_EQ(manifest.supersedes[0].sha256, absl::AsciiStrToLower(kSha));
}

TEST(AnswerManifestTest, EveryReporterQuestionAndPeriodHasItsOwnResponse) {
  COLLATE_ASSERT_OK_AND_ASSIGN(const Manifest manifest,
                               ParseManifest(Good(), "a"));
  std::vector<std::string> said;
  for (const Response& r : manifest.responses) {
    said.push_back(absl::StrCat(manifest.reporters[r.reporter].name, " ",
                                manifest.questions[r.question].id, " ",
                                manifest.periods[r.period].name, ": ",
                                StatusText(r.status), " ", r.reason));
  }
  const std::string refused =
      "STATUS_REFUSED s.12, s.40(2)(a): over the cost limit";
  EXPECT_THAT(
      said,
      ElementsAre("Kent Q1 2023/24: STATUS_FULL ",
                  "Kent Q1 the first year: STATUS_FULL ",
                  "Kent Q5 2023/24: " + refused,
                  "Kent Q5 the first year: " + refused,
                  "Sussex Q1 2023/24: STATUS_PARTIAL ",
                  "Sussex Q1 the first year: STATUS_NOT_HELD not recorded",
                  "Sussex Q5 2023/24: " + refused,
                  "Sussex Q5 the first year: " + refused));
  EXPECT_EQ(manifest.responses[2].place.line, 22);
  EXPECT_EQ(manifest.responses[2].place.column, 3);
}

// Of a request to one reporter for one number.
std::string Small(const std::string& dates, const std::string& response) {
  return absl::StrCat("reporters: \"Kent\"\nperiods { text: \"2023/24\" }\n",
                      "questions { id: \"Q1\" measure: \"offences\" }\n", dates,
                      "\nresponses { ", response, " }\n");
}

TEST(AnswerManifestTest, ASilenceNeedsNoFileAndSaysWhenItWasDue) {
  COLLATE_ASSERT_OK_AND_ASSIGN(
      const Manifest silent, ParseManifest(Small("request_date: \"2024-09-02\"",
                                                 "status: STATUS_NO_RESPONSE"),
                                           "a"));
  EXPECT_THAT(silent.files, IsEmpty());
  EXPECT_FALSE(silent.HasFigures());
  ASSERT_THAT(silent.responses, SizeIs(1));
  EXPECT_EQ(silent.responses[0].status, Status::kNoResponse);
  EXPECT_EQ(silent.responses[0].reason,
            "asked on 2024-09-02, due by 2024-09-30");
  COLLATE_ASSERT_OK_AND_ASSIGN(
      const Manifest early, ParseManifest(Small("request_date: \"2024-09-02\"",
                                                "status: STATUS_NOT_YET_DUE"),
                                          "a"));
  EXPECT_EQ(early.responses[0].status, Status::kNotYetDue);
  COLLATE_ASSERT_OK_AND_ASSIGN(
      const Manifest not_asked,
      ParseManifest(Small("", "status: STATUS_NOT_ASKED"), "a"));
  EXPECT_EQ(not_asked.responses[0].status, Status::kNotAsked);
}

TEST(AnswerManifestTest, AGroundWithoutASectionIsKeptInItsWords) {
  COLLATE_ASSERT_OK_AND_ASSIGN(
      const Manifest manifest,
      ParseManifest(Small("received_date: \"2024-05-20\"",
                          "status: STATUS_REFUSED ground: \"Cost exceeded\""),
                    "a"));
  EXPECT_EQ(manifest.responses[0].reason, "Cost exceeded");
}

TEST(AnswerManifestTest, EveryMistakeIsNamedWithItsPlace) {
  const std::string at_file = "a.textproto:1:1: ";
  const struct {
    std::string from, to, message;
  } cases[] = {
      {"reporters: \"Kent\"\n", "reporter: \"Kent\"\n",
       "a.textproto:3:9: Message type \"collate.foi.v1.AnswerManifest\" has "
       "no field named \"reporter\""},
      {"name: \"kent.csv\"", "name: \"\"", "a.textproto:1:9: name of a file"},
      {"name: \"kent.csv\"", "name: \"x/k.csv\"", "without folders"},
      {"name: \"kent.csv\"", "name: \"kent.pdf\"",
       "a.textproto:2:9: file 'kent.pdf' is named twice"},
      {"\"kent.csv\" sha256: \"6F", "\"kent.csv\" sha256: \"6G",
       "a.textproto:1:26: sha256 is '6G"},
      {"s15a_answer_q1/2", "S15A", "recipe is 'S15A', expected an id"},
      {"s15a_answer_q1/2", "s15a/", "recipe is 's15a/'"},
      {"s15a_answer_q1/2", "s15a/two", "recipe is 's15a/two'"},
      {"s15a_answer_q1/2", "/2", "recipe is '/2'"},
      {"s15a_answer_q1/2", "a/1/2", "recipe is 'a/1/2'"},
      {"contents: CONTENTS_LETTER }",
       "contents: CONTENTS_LETTER recipe: \"s15a\" }",
       "a letter is not read, so it has no recipe"},
      {" contents: CONTENTS_LETTER", "",
       "a.textproto:2:1: contents is missing"},
      {"reporters: \"Kent\"\nreporters: \"Sussex\"\n", "",
       at_file + "reporters is missing"},
      {"reporters: \"Sussex\"\n", "reporters: \" \"\n",
       "a.textproto:4:1: a reporter's name is empty"},
      {"reporters: \"Sussex\"\n", "reporters: \"Kent\"\n",
       "a.textproto:4:1: reporter 'Kent' is named twice"},
      {"text: \"2023/24\" ", "text: \"2023-24x\" ", "a.textproto:5:11: "},
      {"text: \"2023/24\" ", "", "a.textproto:5:1: a period has"},
      {"text: \"2023/24\" ", "text: \"2023/24\" first_day: \"2023-04-01\" ",
       "a period has either text, or first_day and last_day"},
      {" last_day: \"2018-03-31\"", "",
       "a.textproto:6:1: a period of days has"},
      {"last_day: \"2018-03-31\"", "last_day: \"2018-02-30\"",
       "a.textproto:6:35: last_day is '2018-02-30'"},
      {"last_day: \"2018-03-31\"", "last_day: \"2017-04-02\"",
       "is before first_day 2017-04-03"},
      {" as_stated: \"the first year\"", "", "as_stated is missing"},
      {"first_day: \"2017-04-03\" last_day: \"2018-03-31\"",
       "text: \"2023/2024\"", "is given twice"},
      {"\"2024-05-01\"", "\"01/05/2024\"",
       "a.textproto:8:1: request_date is '01/05/2024', expected a day"},
      {"\"2024-05-20\"", "\"2024-04-30\"",
       "a.textproto:9:1: received_date 2024-04-30 is before"},
      {"\"2024-06-01\"", "\"June\"", "a.textproto:10:1: published_date"},
      {"id: \"Q5\"", "id: \"Q1\"", "question 'Q1' is asked twice"},
      {"id: \"Q5\"", "id: \"\"", "id is missing"},
      {"measure: \"offences\"", "measure: \"\"",
       "a.textproto:13:3: measure is missing"},
      {"dimension: \"offence\"", "dimension: \"reporter\"",
       "a.textproto:14:16: reporters stand in the manifest"},
      {"dimension: \"offence\" ", "", "dimension is missing"},
      {" level: \"service\"", "", "a breakdown has either member or level"},
      {"level: \"service\"", "level: \"service\" member: \"kik\"",
       "a breakdown has either member or level"},
      {"level: \"service\" }",
       "level: \"service\" } breakdowns { dimension: \"platform\" level: "
       "\"owner\" }",
       "dimension 'platform' stands twice"},
      {"questions: \"Q1\" reporters: \"Kent\" status: STATUS_FULL",
       "questions: \"Q2\" reporters: \"Kent\" status: STATUS_FULL",
       "a.textproto:17:13: 'Q2' is not among the questions of the manifest: "
       "Q1, Q5"},
      {"reporters: \"Kent\" status", "reporters: \"Essex\" status",
       "'Essex' is not among the reporters of the manifest: Kent, Sussex"},
      {"periods: \"2023/24\" status", "periods: \"2022/23\" status",
       "'2022/23' is not among the periods"},
      {"periods: \"2023/24\" status: STATUS_PARTIAL", "status: STATUS_PARTIAL",
       "a.textproto:19:1: question Q1 to Sussex for the first year has a "
       "response at line 18 already"},
      {"responses { questions: \"Q1\" reporters: \"Kent\" status: STATUS_FULL "
       "}\n",
       "",
       "a.textproto:11:1: no response says what became of question Q1 to Kent "
       "for 2023/24"},
      {"status: STATUS_FULL", "", "a.textproto:17:1: status is missing"},
      {"status: STATUS_FULL", "status: STATUS_FULL sections: \"s.12\"",
       "sections stand with STATUS_REFUSED, not with STATUS_FULL"},
      {"status: STATUS_FULL", "status: STATUS_FULL ground: \"x\"",
       "a ground stands with STATUS_REFUSED or STATUS_NOT_HELD"},
      {"\"s.40(2)(a)\"", "\"section 40\"",
       "a.textproto:24:3: section 'section 40' is none"},
      {"\"s.40(2)(a)\"", "\"s.400\"", "section 's.400' is none"},
      {"\"s.40(2)(a)\"", "\"s.40(\"", "section 's.40(' is none"},
      {"  sections: \"s.12\"\n  sections: \"s.40(2)(a)\"\n  ground: \"over the "
       "cost limit\"\n",
       "",
       "a.textproto:20:1: STATUS_REFUSED has neither sections nor a ground"},
      {"  sections: \"s.12\"\n  sections: \"s.40(2)(a)\"\n  ground: \"over the "
       "cost limit\"\n",
       "  ground: \"under Section 12\"\n", "the ground names a section"},
      {"received_date: \"2024-05-20\"\n", "",
       "a.textproto:16:47: STATUS_FULL needs received_date"},
      {"request_date: \"2024-05-01\"\n", "", ""},  // not needed here; see below
      {"contents: CONTENTS_FIGURES recipe: \"s15a_answer_q1/2\"",
       "contents: CONTENTS_LETTER",
       "STATUS_FULL and no file with CONTENTS_FIGURES"},
      {"supersedes: \"6F", "supersedes: \"x6F", "a.textproto:27:1: supersedes"},
      {"keyed_by: \"AB\"", "keyed_by: \"Anne\"",
       "a.textproto:28:1: keyed_by is neither up to three letters"},
      {"keyed_by: \"AB\"", "keyed_by: \"A B\"", "keyed_by is neither"},
      {"checked_by: \"editor\"", "checked_by: \"editors\"",
       "a.textproto:29:1: checked_by is neither"},
      {"checked_by: \"editor\"", "checked_by: \"AB\"",
       "nobody checks themselves"},
      {"\"https://example.org/foi\"", "\"example.org\"",
       "a.textproto:32:1: source_address is 'example.org'"},
      {"synthetic: true", "synthetic: maybe",
       "a.textproto:37:1: Invalid value for boolean"},
  };
  for (const auto& c : cases) {
    const auto parsed = ParseManifest(Replaced(c.from, c.to), "a.textproto");
    if (c.message.empty()) {
      EXPECT_TRUE(parsed.ok()) << c.from << ": " << parsed.status();
      continue;
    }
    EXPECT_THAT(parsed, StatusIs(absl::StatusCode::kInvalidArgument));
    EXPECT_THAT(parsed, HasReason("INVALID_ANSWER"));
    EXPECT_THAT(parsed, MessageHas(c.message)) << c.to;
  }
}

TEST(AnswerManifestTest, WhatDependsOnDatesNeedsThem) {
  for (const char* status : {"STATUS_NO_RESPONSE", "STATUS_NOT_YET_DUE"}) {
    EXPECT_THAT(ParseManifest(Small("", absl::StrCat("status: ", status)), "a"),
                MessageHas(absl::StrCat(status, " needs request_date")));
  }
  for (const char* status :
       {"STATUS_REFUSED sections: \"s.12\"", "STATUS_NOT_HELD"}) {
    EXPECT_THAT(ParseManifest(Small("", absl::StrCat("status: ", status)), "a"),
                MessageHas("needs received_date"));
  }
}

TEST(AnswerManifestTest, ANameIsNotRepeatedInTheError) {
  const auto parsed = ParseManifest(
      Replaced("keyed_by: \"AB\"", "keyed_by: \"Anne Other\""), "a");
  EXPECT_THAT(std::string(parsed.status().message()), Not(HasSubstr("Anne")));
}

TEST(AnswerManifestTest, AFileOfFiguresIsSpokenOf) {
  EXPECT_THAT(
      ParseManifest(
          absl::StrCat("files { name: \"a\" sha256: \"", kSha,
                       "\" contents: CONTENTS_FIGURES }\n",
                       Small("received_date: \"2024-05-20\"",
                             "status: STATUS_REFUSED sections: \"s.12\"")),
          "a"),
      MessageHas("a letter is CONTENTS_LETTER"));
}

TEST(AnswerManifestTest, AllMistakesAreTold) {
  std::string text = Replaced("\"2024-05-01\"", "\"x\"");
  text =
      absl::StrReplaceAll(text, {{"keyed_by: \"AB\"", "keyed_by: \"ABCD\""}});
  const auto parsed = ParseManifest(text, "a");
  EXPECT_THAT(parsed, MessageHas("(and 1 more)"));
  std::string errors;
  for (const auto& [key, value] : base::DetailOf(parsed.status()).metadata) {
    if (key == "errors") errors = value;
  }
  EXPECT_THAT(errors, HasSubstr("a:8:1: request_date"));
  EXPECT_THAT(errors, HasSubstr("\na:28:1: keyed_by"));
}

TEST(AnswerManifestTest, TextsAreUtf8) {
  for (const char* bytes : {"\xff", "\\377"}) {
    EXPECT_THAT(
        ParseManifest(Replaced("reporters: \"Kent\"",
                               absl::StrCat("reporters: \"", bytes, "\"")),
                      "a"),
        MessageHas("a text is not UTF-8"));
  }
}

TEST(AnswerManifestTest, SizesAreLimited) {
  EXPECT_THAT(ParseManifest(std::string(kMaxManifestBytes + 1, ' '), "a"),
              MessageHas("the limit is 1048576"));
  std::string text;
  for (int i = 0; i < 101; ++i) {
    absl::StrAppend(&text, "reporters: \"r", i, "\"\nquestions { id: \"q", i,
                    "\" measure: \"m\" }\n");
  }
  absl::StrAppend(&text, "periods { text: \"2023/24\" }\n",
                  "responses { status: STATUS_NOT_ASKED }\n");
  EXPECT_THAT(ParseManifest(text, "a"),
              MessageHas("10201 responses and the limit is 10000"));
}

TEST(AnswerManifestTest, FilesAreNamedEvenByATextThatIsNotRight) {
  EXPECT_THAT(FilesNamedIn("files { name: \"a.csv\" }\nreporters: \"\"\n"),
              ElementsAre("a.csv"));
  EXPECT_THAT(FilesNamedIn("files { name: \"a.csv\" }\nnonsense {"),
              ElementsAre("a.csv"));
  EXPECT_THAT(FilesNamedIn("\xff\xfe"), IsEmpty());
}

}  // namespace
}  // namespace collate::answer
