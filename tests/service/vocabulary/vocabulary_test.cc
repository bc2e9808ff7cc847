#include "service/vocabulary/vocabulary.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "tests/testing/status_matchers.h"

namespace collate::vocabulary {
namespace {

using ::collate::testing::HasReason;
using ::collate::testing::IsOk;
using ::collate::testing::MessageHas;
using ::testing::AllOf;
using ::testing::ElementsAre;
using ::testing::IsEmpty;
using ::testing::Optional;

constexpr Day kDay = 17257;  // 2017-04-01

Member MemberOf(std::string code, std::string title, int level = 0,
                std::vector<Label> labels = {}) {
  Member member;
  member.code = std::move(code);
  member.title = std::move(title);
  member.level = level;
  member.labels = std::move(labels);
  return member;
}

const std::vector<Level> kLevels = {{"wide", "Wide", true}, {"narrow", "N"}};

absl::StatusOr<Dimension> Make(std::vector<Member> members,
                               Matching matching = Matching::kFolded,
                               std::vector<Level> levels = kLevels) {
  return Dimension::Make("thing", "Thing", "", std::move(levels), matching,
                         std::move(members));
}

TEST(FoldedTest, CaseSpaceAndAmpersandMakeNoDifference) {
  for (const char* text :
       {"Avon & Somerset", "avon and  somerset", " Avon&Somerset ",
        "AVON\tAND\nSOMERSET", "Avon\xc2\xa0& Somerset\xc2\xa0"}) {
    EXPECT_EQ(Folded(text), "avon and somerset") << text;
  }
  EXPECT_EQ(Folded(""), "");
  EXPECT_EQ(Folded(" \t"), "");
  EXPECT_NE(Folded("Dyfed-Powys"), Folded("Dyfed Powys"));
}

TEST(DimensionTest, FoldedLabelsResolve) {
  COLLATE_ASSERT_OK_AND_ASSIGN(
      const Dimension dimension,
      Make({MemberOf("avon-and-somerset", "Avon and Somerset"),
            MemberOf("city", "City of London", 0,
                     {{"London, City of", "", {}}})}));
  EXPECT_THAT(dimension.Resolve("AVON & SOMERSET", "x", kDay), Optional(0u));
  EXPECT_THAT(dimension.Resolve("avon-and-somerset", "x", kDay), Optional(0u));
  EXPECT_THAT(dimension.Resolve("London,  City of ", "x", kDay), Optional(1u));
  EXPECT_EQ(dimension.Resolve("London", "x", kDay), std::nullopt);
  EXPECT_EQ(dimension.Resolve("", "x", kDay), std::nullopt);
}

TEST(DimensionTest, ExactLabelsDifferByEveryByte) {
  COLLATE_ASSERT_OK_AND_ASSIGN(
      const Dimension dimension,
      Make({MemberOf("4.1", "Manslaughter"), MemberOf("4.10", "Corporate"),
            MemberOf("17A", "A")},
           Matching::kExact));
  EXPECT_THAT(dimension.Resolve("4.1", "", kDay), Optional(0u));
  EXPECT_THAT(dimension.Resolve("4.10", "", kDay), Optional(1u));
  EXPECT_THAT(dimension.Resolve(" 4.10 ", "", kDay), Optional(1u));
  EXPECT_EQ(dimension.Resolve("4.100", "", kDay), std::nullopt);
  EXPECT_EQ(dimension.Resolve("17a", "", kDay), std::nullopt);
  EXPECT_EQ(dimension.Resolve("manslaughter", "", kDay), std::nullopt);
}

TEST(DimensionTest, QueriesFindByCodeOnly) {
  COLLATE_ASSERT_OK_AND_ASSIGN(const Dimension dimension,
                               Make({MemberOf("kent", "Kent Police")}));
  EXPECT_THAT(dimension.Find("kent"), Optional(0u));
  EXPECT_EQ(dimension.Find("Kent"), std::nullopt);
  EXPECT_EQ(dimension.Find("Kent Police"), std::nullopt);
}

TEST(DimensionTest, TitlesForDisplayAreNoLabels) {
  std::vector<Level> levels = kLevels;
  levels[1].match_titles = false;
  COLLATE_ASSERT_OK_AND_ASSIGN(const Dimension dimension,
                               Make({MemberOf("shoplifting", "Shoplifting", 0),
                                     MemberOf("46", "Shoplifting", 1)},
                                    Matching::kExact, levels));
  EXPECT_THAT(dimension.Resolve("Shoplifting", "", kDay), Optional(0u));
  EXPECT_THAT(dimension.Resolve("46", "", kDay), Optional(1u));
}

TEST(DimensionTest, IdentifierValuesAreLabels) {
  Member kent = MemberOf("kent", "Kent");
  kent.identifiers = {{"gss", "E23000032"}};
  COLLATE_ASSERT_OK_AND_ASSIGN(const Dimension dimension, Make({kent}));
  EXPECT_THAT(dimension.Resolve("E23000032", "", kDay), Optional(0u));
}

TEST(DimensionTest, ALabelOfOneSourceIsOfThatSourceOnly) {
  COLLATE_ASSERT_OK_AND_ASSIGN(
      const Dimension dimension,
      Make({MemberOf("a", "A", 0, {{"West", "one", {}}}),
            MemberOf("b", "B", 0, {{"West", "two", {}}})}));
  EXPECT_THAT(dimension.Resolve("west", "one", kDay), Optional(0u));
  EXPECT_THAT(dimension.Resolve("west", "two", kDay), Optional(1u));
  EXPECT_EQ(dimension.Resolve("west", "three", kDay), std::nullopt);
}

TEST(DimensionTest, TheSourcesOwnSpellingGoesFirst) {
  COLLATE_ASSERT_OK_AND_ASSIGN(
      const Dimension dimension,
      Make({MemberOf("force", "West Midlands"),
            MemberOf("region", "Region", 0, {{"West Midlands", "ons", {}}})}));
  EXPECT_THAT(dimension.Resolve("West Midlands", "ons", kDay), Optional(1u));
  EXPECT_THAT(dimension.Resolve("West Midlands", "other", kDay), Optional(0u));
}

TEST(DimensionTest, ALabelOfSomeTimeIsOfThatTimeOnly) {
  COLLATE_ASSERT_OK_AND_ASSIGN(
      const Dimension dimension,
      Make({MemberOf("old", "Old", 0, {{"name", "", {kOpenBegin, kDay}}}),
            MemberOf("new", "New", 0, {{"name", "", {kDay, kDay + 10}}})}));
  EXPECT_THAT(dimension.Resolve("name", "", kDay - 1), Optional(0u));
  EXPECT_THAT(dimension.Resolve("name", "", kDay), Optional(1u));
  EXPECT_EQ(dimension.Resolve("name", "", kDay + 10), std::nullopt);
}

TEST(DimensionTest, TwoMembersCannotClaimOneLabelAtOneTime) {
  EXPECT_THAT(Make({MemberOf("a", "A", 0, {{"x & y", "", {}}}),
                    MemberOf("b", "B", 0, {{"X and Y", "", {}}})}),
              AllOf(HasReason("INVALID_VOCABULARY"), MessageHas("'a'"),
                    MessageHas("'b'"), MessageHas("'X and Y'")));
  EXPECT_THAT(Make({MemberOf("a", "A", 0, {{"x", "s", {kOpenBegin, kDay + 1}}}),
                    MemberOf("b", "B", 0, {{"x", "s", {kDay, kOpenEnd}}})}),
              HasReason("INVALID_VOCABULARY"));
  // A member may repeat itself.
  EXPECT_THAT(Make({MemberOf("a", "A", 0, {{"A", "", {}}, {"a", "", {}}})}),
              IsOk());
}

TEST(DimensionTest, CodesAreUnique) {
  EXPECT_THAT(Make({MemberOf("a", "A"), MemberOf("a", "B")}),
              AllOf(HasReason("INVALID_VOCABULARY"), MessageHas("'a'")));
  EXPECT_THAT(Make({MemberOf("", "A")}), HasReason("INVALID_VOCABULARY"));
  EXPECT_THAT(Make({MemberOf("a", "A", 2)}), HasReason("INVALID_VOCABULARY"));
  EXPECT_THAT(Make({MemberOf("a", "A", 0, {{" ", "", {}}})}),
              HasReason("INVALID_VOCABULARY"));
}

TEST(DimensionTest, NoMemberContainsItself) {
  Member a = MemberOf("a", "A");
  a.parents = {{0, {}}};
  EXPECT_THAT(Make({a}), MessageHas("wider level"));
  a.parents = {{1, {}}};
  Member b = MemberOf("b", "B");
  b.parents = {{0, {}}};
  EXPECT_THAT(Make({a, b}), HasReason("INVALID_VOCABULARY"));
  a.parents = {{7, {}}};
  EXPECT_THAT(Make({a}), HasReason("INVALID_VOCABULARY"));
}

class TreeTest : public ::testing::Test {
 protected:
  // root > left (until kDay) or right (from kDay) > leaf; other stands apart.
  static Dimension Tree() {
    std::vector<Member> members = {
        MemberOf("leaf", "Leaf", 2), MemberOf("root", "Root", 0),
        MemberOf("left", "Left", 1), MemberOf("right", "Right", 1),
        MemberOf("other", "Other", 1)};
    members[0].parents = {{2, {kOpenBegin, kDay}}, {3, {kDay, kOpenEnd}}};
    members[2].parents = {{1, {}}};
    members[3].parents = {{1, {}}};
    auto made = Make(std::move(members), Matching::kFolded,
                     {{"a", "A"}, {"b", "B"}, {"c", "C"}});
    EXPECT_THAT(made, IsOk());
    return *std::move(made);
  }

  const Dimension tree_ = Tree();
};

TEST_F(TreeTest, DescendantsDependOnTheDay) {
  EXPECT_THAT(tree_.SelfAndDescendants(2, kDay - 1), ElementsAre(0, 2));
  EXPECT_THAT(tree_.SelfAndDescendants(2, kDay), ElementsAre(2));
  EXPECT_THAT(tree_.SelfAndDescendants(3, kDay), ElementsAre(0, 3));
}

TEST_F(TreeTest, DescendantsComeInVocabularyOrderAndOnce) {
  EXPECT_THAT(tree_.SelfAndDescendants(1, kDay), ElementsAre(0, 1, 2, 3));
  EXPECT_THAT(tree_.SelfAndDescendants(4, kDay), ElementsAre(4));
}

TEST_F(TreeTest, ContainmentIsStrictAndDated) {
  EXPECT_TRUE(tree_.Contains(1, 0, kDay));
  EXPECT_TRUE(tree_.Contains(2, 0, kDay - 1));
  EXPECT_FALSE(tree_.Contains(2, 0, kDay));
  EXPECT_FALSE(tree_.Contains(0, 0, kDay));
  EXPECT_FALSE(tree_.Contains(0, 1, kDay));
  EXPECT_FALSE(tree_.Contains(4, 0, kDay));
}

TEST(NearMatchesTest, SlipsOfThePenAndPrefixesAreFound) {
  const std::vector<std::string> codes = {"offences", "victims",
                                          "platform_uses"};
  EXPECT_THAT(NearMatches("ofences", codes), ElementsAre("offences"));
  EXPECT_THAT(NearMatches("Offences", codes), ElementsAre("offences"));
  EXPECT_THAT(NearMatches("platform", codes), ElementsAre("platform_uses"));
  EXPECT_THAT(NearMatches("uses", codes), ElementsAre("platform_uses"));
  EXPECT_THAT(NearMatches("population", codes), IsEmpty());
  EXPECT_THAT(NearMatches("", codes), IsEmpty());
  EXPECT_THAT(NearMatches(std::string(100000, 'x'), codes), IsEmpty());
}

TEST(NearMatchesTest, SwappedLettersAreOneSlip) {
  // One letter of three may be wrong.
  EXPECT_THAT(NearMatches("kki", {"kik"}), ElementsAre("kik"));
  EXPECT_THAT(NearMatches("Snapcaht", {"snapchat"}), ElementsAre("snapchat"));
  // A slip at each end, of which two are allowed.
  EXPECT_THAT(NearMatches("nsapcaht", {"snapchat"}), ElementsAre("snapchat"));
  // Letters that are farther apart are two slips.
  EXPECT_THAT(NearMatches("abc", {"cba"}), IsEmpty());
  // Nothing stands between letters that were swapped.
  EXPECT_THAT(NearMatches("cadefg", {"abcdefg"}), IsEmpty());
}

TEST(NearMatchesTest, BestFirstAndNoMoreThanAsked) {
  const std::vector<std::string> codes = {"88E", "88D", "88A", "8B", "88BX"};
  EXPECT_THAT(NearMatches("88B", codes, 10),
              ElementsAre("88BX", "88A", "88D", "88E", "8B"));
  EXPECT_THAT(NearMatches("88B", codes, 2), ElementsAre("88BX", "88A"));
  EXPECT_THAT(NearMatches("88B", codes, 0), IsEmpty());
}

TEST(NearMatchesTest, OneLetterIsNotEveryOther) {
  EXPECT_THAT(NearMatches("x", {"a", "b"}), IsEmpty());
}

TEST(NearMatchesTest, ADimensionAnswersWithCodesForTitlesToo) {
  COLLATE_ASSERT_OK_AND_ASSIGN(
      const Dimension dimension,
      Make({MemberOf("88A", "Sexual grooming"),
            MemberOf("met", "Metropolitan Police", 0, {{"MPS", "", {}}})}));
  EXPECT_THAT(dimension.NearMatches("sexual groming"), ElementsAre("88A"));
  EXPECT_THAT(dimension.NearMatches("metropolitan"), ElementsAre("met"));
  EXPECT_THAT(dimension.NearMatches("MPS"), ElementsAre("met"));
  EXPECT_THAT(dimension.NearMatches("zzz"), IsEmpty());
}

TEST(PanelTest, MembersOfAnyDayOfThePeriodOughtToBeThere) {
  Panel panel;
  panel.members = {{5, {}}, {2, {kDay, kOpenEnd}}, {5, {}}};
  EXPECT_THAT(panel.MembersDuring({kDay - 10, kDay}), ElementsAre(5));
  EXPECT_THAT(panel.MembersDuring({kDay - 10, kDay + 1}), ElementsAre(2, 5));
  EXPECT_THAT(panel.MembersDuring({kDay, kDay + 1}), ElementsAre(2, 5));
}

TEST(SourceIdTest, IsShortAndPlain) {
  EXPECT_TRUE(IsSourceId("home-office-prc"));
  EXPECT_TRUE(IsSourceId("a1"));
  EXPECT_TRUE(IsSourceId(std::string(63, 'a')));
  for (const std::string& bad :
       {std::string("a"), std::string(""), std::string(64, 'a'),
        std::string("Home"), std::string("a_b"), std::string("a b"),
        std::string("\xc3\xa9\xc3\xa9")}) {
    EXPECT_FALSE(IsSourceId(bad)) << bad;
  }
}

Vocabulary::Parts PartsWithReporter() {
  Vocabulary::Parts parts;
  auto reporter = Dimension::Make("reporter", "Reporter", "", kLevels,
                                  Matching::kFolded, {});
  parts.dimensions.push_back(*std::move(reporter));
  return parts;
}

Measure MeasureOf(std::string code, std::vector<Label> labels = {}) {
  Measure measure;
  measure.title = "Title of " + code;
  measure.code = std::move(code);
  measure.unit = "things";
  measure.labels = std::move(labels);
  return measure;
}

Source SourceOf(std::string id, int preference) {
  Source source;
  source.id = std::move(id);
  source.preference = preference;
  return source;
}

TEST(VocabularyTest, FindsByCode) {
  Vocabulary::Parts parts = PartsWithReporter();
  parts.measures = {MeasureOf("offences"), MeasureOf("victims")};
  parts.sources = {SourceOf("s1", 1)};
  parts.panels = {Panel{"p", "P", "", {}}};
  parts.sha256 = "abc";
  COLLATE_ASSERT_OK_AND_ASSIGN(Vocabulary made,
                               Vocabulary::Make(std::move(parts)));
  const Vocabulary vocabulary = std::move(made);
  EXPECT_EQ(vocabulary.FindMeasure("victims")->code, "victims");
  EXPECT_EQ(vocabulary.FindMeasure("x"), nullptr);
  EXPECT_EQ(vocabulary.FindDimension("reporter"), &vocabulary.reporters());
  EXPECT_EQ(vocabulary.FindDimension("x"), nullptr);
  EXPECT_EQ(vocabulary.FindPanel("p")->title, "P");
  EXPECT_EQ(vocabulary.FindPanel("x"), nullptr);
  EXPECT_EQ(vocabulary.FindSource("s1")->preference, 1);
  EXPECT_EQ(vocabulary.FindSource("x"), nullptr);
  EXPECT_EQ(vocabulary.sha256(), "abc");
}

TEST(VocabularyTest, EverySliceHasAReporter) {
  EXPECT_THAT(Vocabulary::Make({}), MessageHas("'reporter'"));
}

TEST(VocabularyTest, CodesAndPreferencesAreUnique) {
  Vocabulary::Parts parts = PartsWithReporter();
  parts.measures = {MeasureOf("a"), MeasureOf("a")};
  EXPECT_THAT(Vocabulary::Make(parts), HasReason("INVALID_VOCABULARY"));
  parts = PartsWithReporter();
  parts.dimensions.push_back(parts.dimensions[0]);
  EXPECT_THAT(Vocabulary::Make(parts), HasReason("INVALID_VOCABULARY"));
  parts = PartsWithReporter();
  parts.panels = {Panel{"p", "", "", {}}, Panel{"p", "", "", {}}};
  EXPECT_THAT(Vocabulary::Make(parts), HasReason("INVALID_VOCABULARY"));
  parts = PartsWithReporter();
  parts.sources = {SourceOf("s1", 1), SourceOf("s1", 2)};
  EXPECT_THAT(Vocabulary::Make(parts), HasReason("INVALID_VOCABULARY"));
  parts.sources = {SourceOf("s1", 1), SourceOf("s2", 1)};
  EXPECT_THAT(Vocabulary::Make(parts), MessageHas("same preference"));
}

TEST(VocabularyTest, APartOfAUnionIsOfAPanelThatThereIs) {
  Member whole = MemberOf("whole", "Whole");
  whole.relations = {{RelationKind::kUnionOf, 1, "", "p"}};
  Vocabulary::Parts parts = PartsWithReporter();
  auto thing = Make({whole, MemberOf("part", "Part", 1)});
  ASSERT_THAT(thing, IsOk());
  parts.dimensions.push_back(*std::move(thing));
  EXPECT_THAT(Vocabulary::Make(parts),
              AllOf(HasReason("INVALID_VOCABULARY"), MessageHas("'whole'"),
                    MessageHas("'p'")));
  parts.panels = {Panel{"p", "", "", {}}};
  EXPECT_THAT(Vocabulary::Make(parts), IsOk());
}

TEST(VocabularyTest, AFamilysWordNamesAMeasure) {
  Vocabulary::Parts parts = PartsWithReporter();
  parts.measures = {MeasureOf("offences", {{"recorded offences", "", {}},
                                           {"count", "ho", {}}}),
                    MeasureOf("victims", {{"count", "", {}}})};
  COLLATE_ASSERT_OK_AND_ASSIGN(const Vocabulary vocabulary,
                               Vocabulary::Make(std::move(parts)));
  EXPECT_EQ(vocabulary.ResolveMeasure("Recorded  Offences", "x")->code,
            "offences");
  EXPECT_EQ(vocabulary.ResolveMeasure("offences", "x")->code, "offences");
  EXPECT_EQ(vocabulary.ResolveMeasure("title of victims", "x")->code,
            "victims");
  EXPECT_EQ(vocabulary.ResolveMeasure("count", "ho")->code, "offences");
  EXPECT_EQ(vocabulary.ResolveMeasure("count", "x")->code, "victims");
  EXPECT_EQ(vocabulary.ResolveMeasure("rate", "ho"), nullptr);
}

TEST(VocabularyTest, TwoMeasuresCannotClaimOneWord) {
  Vocabulary::Parts parts = PartsWithReporter();
  parts.measures = {MeasureOf("a", {{"count", "", {}}}),
                    MeasureOf("b", {{"Count", "", {}}})};
  EXPECT_THAT(Vocabulary::Make(std::move(parts)),
              AllOf(HasReason("INVALID_VOCABULARY"), MessageHas("'a'"),
                    MessageHas("'b'")));
}

TEST(VocabularyTest, WhatIsNotListedIsNotAdditive) {
  Vocabulary::Parts parts = PartsWithReporter();
  parts.measures = {MeasureOf("a")};
  parts.measures[0].additive_dimensions = {"sex", "offence"};
  COLLATE_ASSERT_OK_AND_ASSIGN(const Vocabulary vocabulary,
                               Vocabulary::Make(std::move(parts)));
  const Measure& measure = vocabulary.measures()[0];
  EXPECT_THAT(measure.additive_dimensions, ElementsAre("offence", "sex"));
  EXPECT_TRUE(measure.IsAdditiveOver("sex"));
  EXPECT_FALSE(measure.IsAdditiveOver("platform"));
}

}  // namespace
}  // namespace collate::vocabulary
