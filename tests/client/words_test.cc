#include "client/words.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <cstdint>
#include <limits>
#include <set>

#include "tests/client/text_proto.h"

namespace collate::client {
namespace {

using ::collate::testing::TextProto;
using ::testing::Eq;
using ::testing::HasSubstr;
using ::testing::Not;

TEST(GroupedInteger, GroupsByThousands) {
  EXPECT_THAT(GroupedInteger(0), Eq("0"));
  EXPECT_THAT(GroupedInteger(999), Eq("999"));
  EXPECT_THAT(GroupedInteger(1000), Eq("1,000"));
  EXPECT_THAT(GroupedInteger(-1234567), Eq("-1,234,567"));
  EXPECT_THAT(GroupedInteger(-123), Eq("-123"));
  EXPECT_THAT(GroupedInteger(std::numeric_limits<int64_t>::min()),
              Eq("-9,223,372,036,854,775,808"));
}

TEST(IntervalWords, AnAbsentEndIsUnknownNeverZero) {
  EXPECT_THAT(IntervalWords(TextProto<v1::Interval>("")), Eq("unknown"));
  EXPECT_THAT(IntervalWords(TextProto<v1::Interval>("lower: 0")),
              Eq("at least 0"));
  EXPECT_THAT(IntervalWords(TextProto<v1::Interval>("upper: 9")),
              Eq("at most 9"));
  EXPECT_THAT(IntervalWords(TextProto<v1::Interval>("lower: 81 upper: 84")),
              Eq("81 to 84"));
  EXPECT_THAT(IntervalWords(TextProto<v1::Interval>("lower: 4429 upper: 4429")),
              Eq("4,429"));
}

TEST(StateWords, EveryStateHasWordsOfItsOwn) {
  std::set<std::string> seen;
  for (int number = v1::STATE_REPORTED; number <= v1::State_MAX; ++number) {
    const std::string words = StateWords(static_cast<v1::State>(number));
    EXPECT_THAT(words, Not(HasSubstr("STATE"))) << number;
    EXPECT_THAT(words, Not(HasSubstr("state "))) << number;
    EXPECT_TRUE(seen.insert(words).second) << words;
  }
}

TEST(StateWords, AStateOfANewerServerIsNamedByItsNumber) {
  EXPECT_THAT(StateWords(static_cast<v1::State>(99)), Eq("state UNKNOWN_99"));
}

TEST(CoverageSentence, SaysNothingLoadedOfNoRelease) {
  EXPECT_THAT(
      CoverageSentence(TextProto<v1::Coverage>(
          "expected: 45 due: 45 complete: 44 "
          "missing { reporter: 'lincolnshire' title: 'Lincolnshire' "
          "  state: STATE_NO_RELEASE reason: 'no source speaks of it' }")),
      Eq("44 of 45; nothing loaded from Lincolnshire"));
}

TEST(CoverageSentence, OnlyNoResponseDidNotAnswer) {
  for (int number = v1::STATE_REPORTED; number <= v1::State_MAX; ++number) {
    v1::Coverage coverage;
    auto* missing = coverage.add_missing();
    missing->set_title("Kent");
    missing->set_state(static_cast<v1::State>(number));
    const std::string sentence = CoverageSentence(coverage);
    EXPECT_THAT(sentence, HasSubstr("Kent"));
    if (number == v1::STATE_NO_RESPONSE) {
      EXPECT_THAT(sentence, HasSubstr("Kent did not answer"));
    } else {
      EXPECT_THAT(sentence, Not(HasSubstr("answer"))) << number;
    }
  }
}

TEST(CoverageSentence, GroupsReportersByStateAndKeepsReasons) {
  EXPECT_THAT(
      CoverageSentence(TextProto<v1::Coverage>(
          "expected: 5 due: 5 complete: 1 "
          "missing { title: 'Kent' state: STATE_REFUSED reason: 's.12' } "
          "missing { title: 'Essex' state: STATE_NO_RELEASE } "
          "missing { title: 'Surrey' state: STATE_REFUSED } "
          "missing { reporter: 'sussex' state: STATE_NO_RELEASE }")),
      Eq("1 of 5; refused by Kent (\"s.12\"), Surrey; nothing loaded from "
         "Essex, sussex"));
}

TEST(CoverageSentence, CountsAgainstWhatIsDue) {
  EXPECT_THAT(CoverageSentence(
                  TextProto<v1::Coverage>("expected: 45 due: 43 complete: 43")),
              Eq("43 of 43"));
}

TEST(StatedWords, SayHowManyAndWhetherTheirNamesAreKnown) {
  EXPECT_THAT(StatedWords(TextProto<v1::StatedCoverage>("reporter_count: 45")),
              Eq("45 reporters stated, names unknown"));
  EXPECT_THAT(StatedWords(TextProto<v1::StatedCoverage>("reporter_count: 1")),
              Eq("1 reporter stated, names unknown"));
  EXPECT_THAT(StatedWords(TextProto<v1::StatedCoverage>(
                  "reporter_count: 44 words: '(all but Lincolnshire)'")),
              Eq("44 reporters stated: (all but Lincolnshire)"));
}

TEST(CoverageWords, OfAPublishedTotalIsWhatIsStated) {
  EXPECT_THAT(
      CoverageWords(TextProto<v1::Coverage>("expected: 1 due: 1 complete: 1 "
                                            "stated { reporter_count: 45 }")),
      Eq("45 stated"));
}

TEST(MemberWords, ShowsACodeThatTheTitleDoesNotSay) {
  EXPECT_THAT(MemberWords(TextProto<v1::Coordinate>(
                  "member: 'avon-and-somerset' title: 'Avon and Somerset'")),
              Eq("Avon and Somerset"));
  EXPECT_THAT(MemberWords(TextProto<v1::Coordinate>(
                  "member: '88A' title: 'Sexual grooming'")),
              Eq("Sexual grooming (88A)"));
  EXPECT_THAT(MemberWords(TextProto<v1::Coordinate>("title: 'Snap chat'")),
              Eq("Snap chat"));
  EXPECT_THAT(MemberWords(TextProto<v1::Coordinate>("member: 'x'")), Eq("x"));
}

TEST(Printable, KeepsTextAndShowsControls) {
  EXPECT_THAT(Printable("é – 5,000"), Eq("é – 5,000"));
  EXPECT_THAT(Printable("a\r\n\tb"), Eq("a\\r\\n\\tb"));
  EXPECT_THAT(Printable("\xC2\x9B"
                        "31m"),
              Eq("\\x9B"
                 "31m"));
}

}  // namespace
}  // namespace collate::client
