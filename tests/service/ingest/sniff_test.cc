#include "service/ingest/sniff.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <string>

#include "tests/testing/status_matchers.h"
#include "tests/testing/temp_dir.h"

namespace collate::ingest {
namespace {

using ::collate::testing::HasReason;
using ::collate::testing::IsOk;
using ::collate::testing::IsOkAndHolds;
using ::collate::testing::MessageHas;
using ::collate::testing::TempDir;
using ::testing::Eq;

TEST(GlobTest, StarsAndQuestionMarks) {
  EXPECT_TRUE(GlobMatches("*prc*.csv", "rec-PRC-pfa.CSV"));
  EXPECT_TRUE(GlobMatches("*", ""));
  EXPECT_TRUE(GlobMatches("a?c", "abc"));
  EXPECT_TRUE(GlobMatches("*a*b", "xaxbxb"));
  EXPECT_FALSE(GlobMatches("a?c", "ac"));
  EXPECT_FALSE(GlobMatches("*.csv", "x.csv.gz"));
  EXPECT_FALSE(GlobMatches("", "x"));
}

TEST(GlobTest, ManyStarsAreNotSlow) {
  EXPECT_FALSE(
      GlobMatches("*a*a*a*a*a*a*a*a*a*a*a*a*b", std::string(10'000, 'a')));
}

class SniffTest : public ::testing::Test {
 protected:
  void Add(const std::string& id, const std::string& family) {
    dir_.Write(id + "/" + id + ".manifest.textproto",
               "id: '" + id +
                   "' version: '1.0.0' abi { major: 1 } title: 'T'\n"
                   "families { id: 'f' title: 'F' " +
                   family + " }");
    dir_.Write(id + "/lib" + id + ".so", "not looked at here");
  }

  absl::StatusOr<std::string> Choose(const std::string& name,
                                     const std::string& head) const {
    const Registry registry = Registry::Build(
        {.directories = {dir_.path()}, .trusted_root = dir_.path()});
    const auto chosen = ChooseAdapter(registry, name, head);
    if (!chosen.ok()) return chosen.status();
    return (*chosen)->id;
  }

  const TempDir dir_;
};

TEST_F(SniffTest, NameAndHeaderWordsTogetherDecide) {
  Add("police",
      "globs: '*.csv' header_words { all_of: 'Force Name' all_of: "
      "'Offence Code' }");
  Add("platform", "globs: '*.csv' header_words { all_of: 'Policy Area' }");
  EXPECT_EQ(*Choose("x.csv", "Financial Year,force name,OFFENCE CODE\n"),
            "police");
  EXPECT_EQ(*Choose("x.csv", "\"Policy Area\",Value\n"), "platform");
  EXPECT_THAT(Choose("x.txt", "Policy Area"), HasReason("NO_ADAPTER"));
}

TEST_F(SniffTest, NobodyMatchesSaysWhyNotForEachFamily) {
  Add("police", "globs: '*prc*.csv'");
  Add("zips", "magic { offset: 0 hex: '504b 0304' }");
  const auto status = Choose("table.csv", "a,b\n").status();
  EXPECT_THAT(status, HasReason("NO_ADAPTER"));
  EXPECT_THAT(status, MessageHas("police/f: its name matches no glob of "
                                 "*prc*.csv"));
  EXPECT_THAT(status, MessageHas("zips/f: its first bytes"));
}

TEST_F(SniffTest, UnusableAdapterIsNamedWhenNobodyMatches) {
  Add("police", "");
  EXPECT_THAT(Choose("x.csv", "").status(), MessageHas("police: not usable:"));
}

TEST_F(SniffTest, SeveralMatchesAreNotGuessedAmong) {
  Add("one", "globs: '*x.csv'");
  Add("two", "globs: 'x*'");
  const auto status = Choose("x.csv", "").status();
  EXPECT_THAT(status, HasReason("AMBIGUOUS_ADAPTER"));
  EXPECT_THAT(status, MessageHas("one/f: its name matches *x.csv"));
  EXPECT_THAT(status, MessageHas("two/f: its name matches x*"));
}

TEST_F(SniffTest, AnEndingYieldsToWhoeverHasMoreToShow) {
  Add("sheets", "globs: '*.xlsx'");
  Add("platform", "globs: '*tiktok*.xlsx'");
  EXPECT_EQ(*Choose("tiktok-2022-q1.xlsx", "PK"), "platform");
  EXPECT_EQ(*Choose("other.xlsx", "PK"), "sheets");

  // One telling glob is enough, and so is what the bytes say.
  Add("both", "globs: '*.ods' globs: '*crime*.ods'");
  Add("bytes", "globs: '*.ods' magic { offset: 0 hex: '504b' }");
  EXPECT_THAT(Choose("crime.ods", "PK"), HasReason("AMBIGUOUS_ADAPTER"));
  EXPECT_EQ(*Choose("x.ods", "PK"), "bytes");

  Add("more_sheets", "globs: '*.xlsx'");
  EXPECT_THAT(Choose("other.xlsx", "PK"), HasReason("AMBIGUOUS_ADAPTER"));
}

TEST_F(SniffTest, MagicStandsAtItsOffset) {
  Add("ole", "magic { offset: 2 hex: 'd0cf' }");
  EXPECT_EQ(*Choose("x", "..\xd0\xcf"), "ole");
  EXPECT_THAT(Choose("x", "\xd0\xcf.."), HasReason("NO_ADAPTER"));
  EXPECT_THAT(Choose("x", ".."), HasReason("NO_ADAPTER"));
  EXPECT_THAT(Choose("x", ""), HasReason("NO_ADAPTER"));
}

TEST_F(SniffTest, HeaderWordsAreWholeWords) {
  Add("police", "header_words { all_of: 'Force' }");
  EXPECT_THAT(Choose("x", "Enforcement,Forced"), HasReason("NO_ADAPTER"));
  EXPECT_THAT(Choose("x", "Year;Force;Count"), IsOk());
}

TEST_F(SniffTest, ForbiddenWordsExclude) {
  Add("police",
      "header_words { any_of: 'Force' any_of: 'Area' "
      "none_of: 'Crime ID' }");
  EXPECT_THAT(Choose("x", "Area,Count"), IsOk());
  EXPECT_THAT(Choose("x", "Crime ID,Area"), MessageHas("has 'Crime ID'"));
  EXPECT_THAT(Choose("x", "Count"), MessageHas("none of 'Force', 'Area'"));
}

TEST_F(SniffTest, AnyOneSetOfHeaderWordsIsEnough) {
  Add("police",
      "header_words { all_of: 'Old' } header_words { all_of: 'New' }");
  EXPECT_THAT(Choose("x", "New"), IsOk());
  EXPECT_THAT(Choose("x", "Other"), MessageHas("lacks 'Old'; or lacks 'New'"));
}

TEST_F(SniffTest, OnlyTheBeginningCounts) {
  Add("police", "header_words { all_of: 'Force' }");
  EXPECT_THAT(Choose("x", std::string(kSniffBytes, ',') + "Force"),
              HasReason("NO_ADAPTER"));
}

TEST_F(SniffTest, AFamilyMayWaitToBeNamed) {
  Add("police", "globs: '*.csv'");
  Add("recipes",
      "globs: '*' only_when_named: true } options { name: 'recipe' type: "
      "TYPE_STRING description: 'D' names_adapter: true } options { name: "
      "'encoding' type: TYPE_STRING description: 'D'");
  EXPECT_THAT(Choose("x.csv", ""), IsOkAndHolds(Eq("police")));
  EXPECT_THAT(Choose("x.ods", "").status(),
              MessageHas("recipes/f: is read only when the sender names"));

  const Registry registry = Registry::Build(
      {.directories = {dir_.path()}, .trusted_root = dir_.path()});
  const auto named = [&](const Pairs& options) {
    const auto adapter = AdapterOfOptions(registry, options);
    EXPECT_THAT(adapter, IsOk());
    return adapter.ok() && *adapter != nullptr ? (*adapter)->id : "";
  };
  EXPECT_EQ(named({{"recipe", "r"}}), "recipes");
  // An option that adapters share names none.
  EXPECT_EQ(named({{"encoding", "utf-8"}}), "");
  EXPECT_EQ(named({}), "");

  Add("rivals",
      "globs: '*.x' } options { name: 'recipe' type: TYPE_STRING description: "
      "'D' names_adapter: true");
  const Registry both = Registry::Build(
      {.directories = {dir_.path()}, .trusted_root = dir_.path()});
  EXPECT_THAT(AdapterOfOptions(both, {{"recipe", "r"}}).status(),
              HasReason("AMBIGUOUS_ADAPTER"));
}

}  // namespace
}  // namespace collate::ingest
