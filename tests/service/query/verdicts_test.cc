#include "service/query/verdicts.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <limits>

namespace collate::query {
namespace {

constexpr int64_t kWhole = 1'000'000;  // 1 in mantissas of a stated number

Interval Between(int64_t lower, int64_t upper) { return {lower, upper}; }

Verdict Judge(Comparator comparator, int64_t value, const Interval& computed,
              int scale = 0, int64_t step = kWhole) {
  return Allowed(comparator, value * kWhole, step).Judge(computed, scale);
}

constexpr Verdict kYes = Verdict::kReproduced;
constexpr Verdict kMaybe = Verdict::kPossible;
constexpr Verdict kNo = Verdict::kContradicted;

TEST(AllowedTest, AStatedNumberMeansHalfItsRoundingEitherWay) {
  // 89 is 88.5 to 89.5, both ends included; tenths have one decimal.
  const auto judge = [](const Interval& computed) {
    return Judge(Comparator::kEqual, 89, computed, 1);
  };
  EXPECT_EQ(judge(Between(885, 895)), kYes);
  EXPECT_EQ(judge(Between(884, 895)), kMaybe);
  EXPECT_EQ(judge(Between(885, 896)), kMaybe);
  EXPECT_EQ(judge(Between(895, 920)), kMaybe);
  EXPECT_EQ(judge(Between(896, 920)), kNo);
  EXPECT_EQ(judge(Between(0, 884)), kNo);
  EXPECT_EQ(judge(Between(0, 885)), kMaybe);
  EXPECT_EQ(judge(Interval::AtLeast(896)), kNo);
  EXPECT_EQ(judge(Interval::AtLeast(889)), kMaybe);
  EXPECT_EQ(judge({std::nullopt, 884}), kNo);
  EXPECT_EQ(judge({std::nullopt, 890}), kMaybe);
  EXPECT_EQ(judge(Interval::Unknown()), kMaybe);
}

TEST(AllowedTest, TheRoundingIsTheStorys) {
  EXPECT_EQ(
      Judge(Comparator::kEqual, 7100, Between(7062, 7062), 0, 100 * kWhole),
      kYes);
  EXPECT_EQ(
      Judge(Comparator::kEqual, 7100, Between(7050, 7150), 0, 100 * kWhole),
      kYes);
  EXPECT_EQ(
      Judge(Comparator::kEqual, 7100, Between(7049, 7049), 0, 100 * kWhole),
      kNo);
  EXPECT_EQ(Judge(Comparator::kEqual, 7100, Between(7062, 7062)), kNo);
  // 89.4 to a tenth is 89.35 to 89.45.
  const Allowed tenth(Comparator::kEqual, 89'400'000, kWhole / 10);
  EXPECT_EQ(tenth.Judge(Between(89'431'330, 89'431'331), 6), kYes);
  EXPECT_EQ(tenth.Judge(Between(89'450'001, 89'450'001), 6), kNo);
}

TEST(AllowedTest, AboutIsFivePerCentOrTheRoundingWhereThatIsWider) {
  EXPECT_EQ(Judge(Comparator::kAbout, 1000, Between(950, 1050)), kYes);
  EXPECT_EQ(Judge(Comparator::kAbout, 1000, Between(949, 1050)), kMaybe);
  EXPECT_EQ(Judge(Comparator::kAbout, 1000, Between(1051, 1051)), kNo);
  EXPECT_EQ(Judge(Comparator::kAbout, 1000, Between(900, 900), 0, 200 * kWhole),
            kYes);
  EXPECT_EQ(Judge(Comparator::kAbout, -1000, Between(-1050, -950)), kYes);
  EXPECT_EQ(Judge(Comparator::kAbout, -1000, Between(-1051, -1051)), kNo);
}

TEST(AllowedTest, ThresholdsAreExact) {
  struct Case {
    Comparator comparator;
    Interval computed;
    Verdict verdict;
  };
  const Case cases[] = {
      {Comparator::kMoreThan, Between(7001, 7001), kYes},
      {Comparator::kMoreThan, Between(7000, 7000), kNo},
      {Comparator::kMoreThan, Between(7000, 7001), kMaybe},
      {Comparator::kMoreThan, Interval::AtLeast(7001), kYes},
      {Comparator::kMoreThan, Interval::AtLeast(7000), kMaybe},
      {Comparator::kAtLeast, Between(7000, 7000), kYes},
      {Comparator::kAtLeast, Between(6999, 7000), kMaybe},
      {Comparator::kAtLeast, Between(0, 6999), kNo},
      {Comparator::kLessThan, Between(0, 6999), kYes},
      {Comparator::kLessThan, Between(6999, 7000), kMaybe},
      {Comparator::kLessThan, Between(7000, 7001), kNo},
      {Comparator::kLessThan, Interval::AtLeast(0), kMaybe},
      {Comparator::kAtMost, Between(0, 7000), kYes},
      {Comparator::kAtMost, Between(7000, 7001), kMaybe},
      {Comparator::kAtMost, Interval::AtLeast(7001), kNo},
  };
  for (const Case& one : cases) {
    EXPECT_EQ(Judge(one.comparator, 7000, one.computed), one.verdict)
        << static_cast<int>(one.comparator) << " "
        << one.computed.lower.value_or(-1);
  }
}

TEST(AllowedTest, NoNumberIsTooGreat) {
  constexpr int64_t kMax = std::numeric_limits<int64_t>::max();
  EXPECT_EQ(Judge(Comparator::kAtLeast, 999'999'999'999, Between(kMax, kMax)),
            kYes);
  EXPECT_EQ(Judge(Comparator::kAtMost, 1,
                  Between(std::numeric_limits<int64_t>::min(), kMax)),
            kMaybe);
  EXPECT_EQ(Judge(Comparator::kAtMost, 9, Between(1, kMax), 18), kMaybe);
}

TEST(JudgeGreaterTest, EqualIsNotGreater) {
  EXPECT_EQ(JudgeGreater(Between(5, 6), Between(1, 4)), kYes);
  EXPECT_EQ(JudgeGreater(Between(5, 6), Between(1, 5)), kMaybe);
  EXPECT_EQ(JudgeGreater(Between(5, 5), Between(5, 9)), kNo);
  EXPECT_EQ(JudgeGreater(Between(5, 6), Interval::AtLeast(0)), kMaybe);
  EXPECT_EQ(JudgeGreater(Interval::AtLeast(5), Between(0, 4)), kYes);
}

TEST(JudgeRankTest, OverlappingMembersAreNotDetermined) {
  const Interval subject = Between(12, 14);
  EXPECT_EQ(JudgeRank(subject, {Between(40, 50), Between(1, 2)}, 2), kYes);
  EXPECT_EQ(JudgeRank(subject, {Between(40, 50), Between(1, 2)}, 1), kNo);
  EXPECT_EQ(JudgeRank(subject, {Between(13, 50), Between(1, 2)}, 1), kMaybe);
  EXPECT_EQ(JudgeRank(subject, {Between(13, 50), Between(1, 2)}, 2), kMaybe);
  EXPECT_EQ(JudgeRank(subject, {Between(13, 50), Between(1, 2)}, 3), kNo);
  EXPECT_EQ(JudgeRank(subject, {Interval::AtLeast(0)}, 2), kMaybe);
  // Two that are equal share a place.
  EXPECT_EQ(JudgeRank(Between(5, 5), {Between(5, 5)}, 1), kYes);
  EXPECT_EQ(JudgeRank(Between(5, 5), {Between(5, 5)}, 2), kNo);
  EXPECT_EQ(JudgeRank(subject, {}, 1), kYes);
}

TEST(AllTest, TheWorstDecides) {
  EXPECT_EQ(All({kYes, kYes}), kYes);
  EXPECT_EQ(All({kYes, kMaybe}), kMaybe);
  EXPECT_EQ(All({kMaybe, Verdict::kNotCheckable}), Verdict::kNotCheckable);
  EXPECT_EQ(All({Verdict::kNotCheckable, kNo, kMaybe}), kNo);
}

constexpr ClaimBasis kAny = ClaimBasis::kUnspecified;
constexpr ClaimBasis kSummed = ClaimBasis::kPanelSum;
constexpr ClaimBasis kTotal = ClaimBasis::kPublishedTotal;
constexpr ClaimBasis kMatched = ClaimBasis::kMatchedPanel;
constexpr ClaimBasis kPublished = ClaimBasis::kAsPublished;
constexpr Verdict kSame = Verdict::kReproducedSameSource;
constexpr Verdict kOther = Verdict::kReproducedOtherBasis;
constexpr Verdict kNone = Verdict::kNotCheckable;

void ExpectRuling(ClaimBasis stated, const std::vector<BasisVerdict>& bases,
                  Verdict verdict, size_t decided_by) {
  const Ruling ruling = Rule(stated, bases);
  EXPECT_EQ(ruling.verdict, verdict);
  EXPECT_EQ(ruling.decided_by, decided_by);
}

TEST(RuleTest, WithoutAStatedBasisAnyMayBearItOut) {
  ExpectRuling(kAny, {{kSummed, kYes}, {kTotal, kNo}}, kYes, 0);
  ExpectRuling(kAny, {{kSummed, kMaybe}, {kTotal, kSame}}, kSame, 1);
  ExpectRuling(kAny, {{kSummed, kNone}, {kTotal, kYes}}, kYes, 1);
  // Somebody else supports it, too.
  ExpectRuling(kAny, {{kSummed, kSame}, {kTotal, kYes}}, kYes, 1);
  // The headline excludes it.
  ExpectRuling(kAny, {{kMatched, kNo}, {kPublished, kYes}}, kOther, 1);
  ExpectRuling(kAny, {{kMatched, kNo}, {kPublished, kSame}}, kOther, 1);
}

TEST(RuleTest, WithoutAStatedBasisOnlyAllOfThemExcludeIt) {
  ExpectRuling(kAny, {{kSummed, kNo}, {kTotal, kNo}}, kNo, 0);
  ExpectRuling(kAny, {{kSummed, kMaybe}, {kTotal, kNo}}, kMaybe, 0);
  ExpectRuling(kAny, {{kSummed, kNone}, {kTotal, kNo}}, kNo, 1);
  ExpectRuling(kAny, {{kSummed, kNone}, {kTotal, kNone}}, kNone, 0);
  ExpectRuling(kAny, {}, kNone, 0);
}

TEST(RuleTest, WhatIsNotLoadedKeepsNothingPossible) {
  ExpectRuling(kAny, {{kSummed, kMaybe, true}, {kTotal, kNo}}, kNo, 1);
  ExpectRuling(kAny, {{kSummed, kMaybe, true}, {kTotal, kNone}}, kMaybe, 0);
  ExpectRuling(kAny, {{kSummed, kMaybe, true}, {kTotal, kMaybe}}, kMaybe, 1);
}

TEST(RuleTest, AStatedBasisDecides) {
  ExpectRuling(kMatched, {{kMatched, kNo}, {kPublished, kYes}}, kNo, 0);
  ExpectRuling(kPublished, {{kMatched, kNo}, {kPublished, kYes}}, kYes, 1);
  ExpectRuling(kPublished, {{kMatched, kYes}, {kPublished, kSame}}, kSame, 1);
  // It does not decide, another does.
  ExpectRuling(kMatched, {{kMatched, kNone}, {kPublished, kYes}}, kOther, 1);
  ExpectRuling(kMatched, {{kMatched, kMaybe}, {kPublished, kSame}}, kOther, 1);
  ExpectRuling(kMatched, {{kMatched, kMaybe}, {kPublished, kNo}}, kMaybe, 0);
  ExpectRuling(kMatched, {{kMatched, kNone}, {kPublished, kNo}}, kNone, 0);
  // There is no figure on the stated basis at all.
  ExpectRuling(kTotal, {{kSummed, kNo}}, kNone, 0);
  ExpectRuling(kTotal, {{kSummed, kYes}}, kOther, 0);
  // One of the panel and one of the area.
  ExpectRuling(kPublished, {{kPublished, kMaybe, true}, {kPublished, kNo}}, kNo,
               1);
}

}  // namespace
}  // namespace collate::query
