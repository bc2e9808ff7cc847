#include "service/vocabulary/load.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <unistd.h>

#include <string>
#include <vector>

#include "absl/strings/str_join.h"
#include "absl/strings/str_split.h"
#include "tests/testing/status_matchers.h"
#include "tests/testing/temp_dir.h"

namespace collate::vocabulary {
namespace {

using ::collate::testing::HasReason;
using ::collate::testing::IsOk;
using ::collate::testing::StatusIs;
using ::collate::testing::TempDir;
using ::testing::ElementsAre;
using ::testing::HasSubstr;
using ::testing::Optional;
using ::testing::StartsWith;

// Line 1 declares the reporters, so that a test's own text begins at line 2.
constexpr char kBase[] =
    "dimensions { code: \"reporter\" title: \"R\" matching: MATCHING_FOLDED "
    "levels { code: \"area\" aggregate: true } levels { code: \"force\" } } "
    "member_sets { dimension: \"reporter\" "
    "members { code: \"kent\" title: \"Kent\" level: \"force\" } "
    "members { code: \"essex\" title: \"Essex\" level: \"force\" } "
    "members { code: \"england\" title: \"England\" level: \"area\" } } "
    "sources { id: \"ho\" title: \"HO\" access: ACCESS_PUBLISHED preference: 1 "
    "retain: RETAIN_ORIGINAL }\n";

// Every field of the format once.
constexpr char kEverything[] = R"(
measures {
  code: "m" title: "M" unit: "things" floor: FLOOR_NONE
  additive_dimensions: "reporter" additive_over_time: true
  labels { text: "word" source: "ho" } description: "d"
  ratio { numerator: "m" denominator: "m" per: 1000 } mentions_of: "m"
  share { dimension: "o" counts: "m" counts: "m" base: "m" }
}
dimensions {
  code: "o" title: "O" matching: MATCHING_EXACT description: "dd"
  levels { code: "g" title: "G" } levels { code: "c" display_titles: true }
}
member_sets {
  dimension: "o"
  members {
    code: "1" title: "One" level: "c" role: ROLE_RESIDUAL description: "ddd"
    labels { text: "uno" validity { first_day: "2017-04-03" } }
    parents { code: "top" validity { last_day: "2017-03-31" } }
    identifiers { scheme: "s" value: "71/17" }
    validity { first_day: "2017-04-03" last_day: "2017-04-03" }
    series_breaks { day: "2017-04-01" note: "n" }
    relations { kind: RELATION_KIND_PUBLISHED_INSIDE code: "2" note: "nn" }
    relations { kind: RELATION_KIND_UNION_OF code: "2" }
    relations { kind: RELATION_KIND_DEFINITION_DIFFERS code: "2" }
  }
  members { code: "2" title: "Two" level: "c" role: ROLE_UNKNOWN }
  members { code: "top" title: "Top" level: "g" }
}
sources {
  id: "s2" title: "S" publisher: "P" licence: "L" attribution: "A" url: "U"
  access: ACCESS_RESTRICTED preference: 7 retain: RETAIN_DIGEST
  max_document_bytes: 99
}
panels {
  code: "p1" title: "P1" description: "d" includes: "p2"
  members { reporter: "kent" validity { first_day: "2017-04-01" } }
}
panels { code: "p2" title: "P2" members { reporter: "essex" } }
)";

class LoadTest : public ::testing::Test {
 protected:
  absl::StatusOr<Vocabulary> Load(const std::string& text) {
    path_ = dir_.Write("a.textproto", kBase + text);
    return LoadVocabulary({dir_.path()});
  }

  // The findings, without the path that each begins with.
  std::vector<std::string> Findings(const std::string& text) {
    const auto loaded = Load(text);
    EXPECT_THAT(loaded, StatusIs(absl::StatusCode::kInvalidArgument));
    EXPECT_THAT(loaded, HasReason("INVALID_VOCABULARY"));
    std::vector<std::string> lines =
        absl::StrSplit(std::string(loaded.status().message()), '\n');
    for (std::string& line : lines) {
      EXPECT_THAT(line, StartsWith(path_ + ":"));
      line = line.substr(path_.size() + 1);
    }
    return lines;
  }

  TempDir dir_;
  std::string path_;
};

TEST_F(LoadTest, ReadsEveryFileOfEveryDirectory) {
  TempDir site;
  dir_.Write("ignored.txt", "not a vocabulary");
  dir_.Write("b.textproto",
             "member_sets { dimension: \"reporter\" members { code: \"surrey\" "
             "title: \"Surrey\" level: \"force\" } }");
  site.Write("c.textproto",
             "panels { code: \"two\" title: \"Two\" members { reporter: "
             "\"kent\" } members { reporter: \"surrey\" } }");
  path_ = dir_.Write("a.textproto", kBase);
  COLLATE_ASSERT_OK_AND_ASSIGN(const Vocabulary vocabulary,
                               LoadVocabulary({dir_.path(), site.path()}));
  EXPECT_THAT(vocabulary.reporters().Find("surrey"), Optional(3u));
  ASSERT_NE(vocabulary.FindPanel("two"), nullptr);
  EXPECT_THAT(vocabulary.FindPanel("two")->MembersDuring({0, 1}),
              ElementsAre(0, 3));
}

TEST_F(LoadTest, EverythingDeclaredArrives) {
  COLLATE_ASSERT_OK_AND_ASSIGN(const Vocabulary vocabulary, Load(kEverything));
  const Measure& measure = *vocabulary.FindMeasure("m");
  EXPECT_EQ(measure.unit, "things");
  EXPECT_EQ(measure.floor, MeasureFloor::kNone);
  EXPECT_TRUE(measure.additive_over_time);
  EXPECT_TRUE(measure.IsAdditiveOver("reporter"));
  ASSERT_TRUE(measure.ratio.has_value());
  EXPECT_EQ(measure.ratio->numerator, "m");
  EXPECT_EQ(measure.ratio->denominator, "m");
  EXPECT_EQ(measure.ratio->per, 1000);
  EXPECT_EQ(measure.mentions_of, "m");
  ASSERT_TRUE(measure.share.has_value());
  EXPECT_EQ(measure.share->dimension, "o");
  EXPECT_THAT(measure.share->counts, ElementsAre("m", "m"));
  EXPECT_EQ(measure.share->base, "m");
  EXPECT_EQ(vocabulary.ResolveMeasure("word", "ho"), &measure);
  EXPECT_EQ(vocabulary.ResolveMeasure("word", "s2"), nullptr);

  const Dimension& o = *vocabulary.FindDimension("o");
  EXPECT_FALSE(o.levels()[0].aggregate);
  EXPECT_FALSE(o.levels()[1].match_titles);
  const Member& one = o.member(0);
  EXPECT_EQ(one.level, 1);
  EXPECT_EQ(one.role, Role::kResidual);
  EXPECT_EQ(o.member(1).role, Role::kUnknown);
  EXPECT_EQ(o.member(2).role, Role::kOrdinary);
  EXPECT_EQ(FormatDay(one.validity.begin), "2017-04-03");
  EXPECT_EQ(FormatDay(one.validity.end), "2017-04-04");
  ASSERT_EQ(one.series_breaks.size(), 1u);
  EXPECT_EQ(FormatDay(one.series_breaks[0].day), "2017-04-01");
  ASSERT_EQ(one.relations.size(), 3u);
  EXPECT_EQ(one.relations[0].kind, RelationKind::kPublishedInside);
  EXPECT_EQ(one.relations[1].kind, RelationKind::kUnionOf);
  EXPECT_EQ(one.relations[2].kind, RelationKind::kDefinitionDiffers);
  EXPECT_EQ(one.relations[0].note, "nn");
  const Day april = *ParseDay("2017-04-01");
  EXPECT_TRUE(o.Contains(2, 0, april - 1));
  EXPECT_FALSE(o.Contains(2, 0, april));
  EXPECT_EQ(o.Resolve("uno", "", april), std::nullopt);
  EXPECT_THAT(o.Resolve("uno", "", april + 2), Optional(0u));
  EXPECT_THAT(o.Resolve("71/17", "", april), Optional(0u));

  const Source& source = *vocabulary.FindSource("s2");
  EXPECT_EQ(source.access, Access::kRestricted);
  EXPECT_EQ(source.retain, Retain::kDigest);
  EXPECT_EQ(source.max_document_bytes, 99);
  EXPECT_EQ(vocabulary.FindSource("ho")->max_document_bytes,
            kDefaultMaxDocumentBytes);
}

TEST_F(LoadTest, TheDigestFollowsTheContent) {
  COLLATE_ASSERT_OK_AND_ASSIGN(const Vocabulary first, Load(""));
  COLLATE_ASSERT_OK_AND_ASSIGN(const Vocabulary same, Load(""));
  COLLATE_ASSERT_OK_AND_ASSIGN(const Vocabulary other, Load("# a comment\n"));
  EXPECT_EQ(first.sha256().size(), 64u);
  EXPECT_EQ(first.sha256(), same.sha256());
  EXPECT_NE(first.sha256(), other.sha256());
}

TEST_F(LoadTest, ADirectoryThatIsNotThereIsNotAnEmptyVocabulary) {
  const auto loaded = LoadVocabulary({dir_.File("nowhere")});
  EXPECT_THAT(loaded, StatusIs(absl::StatusCode::kNotFound));
  EXPECT_THAT(loaded, HasReason("VOCABULARY_NOT_READABLE"));
  EXPECT_THAT(std::string(loaded.status().message()),
              HasSubstr(dir_.File("nowhere")));
}

TEST_F(LoadTest, AFileThatCannotBeReadIsNamed) {
  ASSERT_EQ(symlink("nowhere", dir_.File("x.textproto").c_str()), 0);
  const auto loaded = Load("");
  EXPECT_THAT(loaded, StatusIs(absl::StatusCode::kNotFound));
  EXPECT_THAT(std::string(loaded.status().message()), HasSubstr("x.textproto"));
}

TEST_F(LoadTest, NoFilesAreNoVocabulary) {
  EXPECT_THAT(LoadVocabulary({dir_.path()}), HasReason("INVALID_VOCABULARY"));
  EXPECT_THAT(LoadVocabulary({}), HasReason("INVALID_VOCABULARY"));
}

TEST_F(LoadTest, SyntaxErrorsOfAllFilesAreNamedWithTheirPlace) {
  const std::string b = dir_.Write("b.textproto", "measures {\n  kode: 1\n}");
  const auto loaded = Load("panels {\n  code: }");
  ASSERT_THAT(loaded, HasReason("INVALID_VOCABULARY"));
  const std::string message(loaded.status().message());
  EXPECT_THAT(message, HasSubstr(path_ + ":3:9: "));
  EXPECT_THAT(message, HasSubstr(b + ":2:7: "));
  EXPECT_THAT(message, HasSubstr("kode"));
}

TEST_F(LoadTest, AnUnknownReferenceIsNamedWithItsPlaceAndNearMatches) {
  EXPECT_THAT(Findings("panels {\n"
                       "  code: \"p\" title: \"P\"\n"
                       "  members { reporter: \"kemt\" }\n"
                       "}\n"),
              ElementsAre("4:13: unknown reporter member 'kemt'; did you mean "
                          "'kent'?"));
}

// Whatever word a writer forgets, the answer is a vocabulary or findings.
TEST_F(LoadTest, NoMissingWordBreaksTheLoader) {
  const std::vector<std::string> words =
      absl::StrSplit(std::string(kEverything), ' ');
  int refused = 0;
  for (size_t left_out = 0; left_out < words.size(); ++left_out) {
    std::vector<std::string> rest = words;
    rest.erase(rest.begin() + left_out);
    const auto loaded = Load(absl::StrJoin(rest, " "));
    if (loaded.ok()) continue;
    EXPECT_THAT(loaded, HasReason("INVALID_VOCABULARY")) << words[left_out];
    ++refused;
  }
  EXPECT_GT(refused, 100);
}

TEST_F(LoadTest, EveryKindOfReferenceIsChecked) {
  const auto findings = Findings(
      "measures { code: \"m\" title: \"M\" unit: \"u\" floor: FLOOR_ZERO\n"
      " additive_dimensions: \"nodim\"\n"
      " labels { text: \"x\" source: \"hoo\" } }\n"
      "member_sets { dimension: \"repporter\"\n"
      " members { code: \"x\" title: \"X\" level: \"force\" } }\n"
      "member_sets { dimension: \"reporter\" members {\n"
      " code: \"y\" title: \"Y\" level: \"foce\"\n"
      " parents { code: \"nobody\" }\n"
      " relations { kind: RELATION_KIND_UNION_OF code: \"noone\" } } }\n"
      "panels { code: \"p\" title: \"P\" includes: \"q\" }\n"
      "member_sets { dimension: \"reporter\" members {\n"
      " code: \"z\" title: \"Z\" level: \"force\"\n"
      " relations { kind: RELATION_KIND_UNION_OF code: \"y\" panel: \"pq\" }\n"
      " relations { kind: RELATION_KIND_DEFINITION_DIFFERS code: \"y\"\n"
      " panel: \"p\" } } }\n");
  EXPECT_THAT(
      findings,
      ElementsAre(
          "3:2: unknown dimension 'nodim'",
          "4:21: unknown source 'hoo'; did you mean 'ho'?",
          "5:15: unknown dimension 'repporter'; did you mean 'reporter'?",
          "8:23: member 'y': unknown level 'foce' of dimension 'reporter'; did "
          "you mean 'force'?",
          "9:12: unknown reporter member 'nobody'",
          "10:43: unknown reporter member 'noone'", "11:31: unknown panel 'q'",
          "14:53: unknown panel 'pq'; did you mean 'p'?",
          "16:2: only a part of a union is of a panel"));
}

TEST_F(LoadTest, ARatioIsOfMeasuresThatThereAre) {
  EXPECT_THAT(
      Findings("measures { code: \"rate\" title: \"R\" unit: \"u\" floor: "
               "FLOOR_ZERO\n"
               " ratio { numerator: \"offences\"\n"
               " denominator: \"count\"\n"
               " per: 0 } }\n"
               "measures { code: \"counts\" title: \"C\" unit: \"u\" floor: "
               "FLOOR_ZERO }\n"),
      ElementsAre("3:10: unknown measure 'offences'",
                  "4:2: unknown measure 'count'; did you mean 'counts'?",
                  "5:2: per must be 1 to 1000000000, not 0"));
}

TEST_F(LoadTest, MentionsAreOfAMeasureThatThereIs) {
  EXPECT_THAT(
      Findings("measures { code: \"uses\" title: \"U\" unit: \"u\" floor: "
               "FLOOR_ZERO\n"
               " mentions_of: \"count\" }\n"
               "measures { code: \"counts\" title: \"C\" unit: \"u\" floor: "
               "FLOOR_ZERO }\n"),
      ElementsAre("3:2: unknown measure 'count'; did you mean 'counts'?"));
}

TEST_F(LoadTest, AShareIsOfADimensionAndMeasuresThatThereAre) {
  EXPECT_THAT(
      Findings("measures { code: \"share\" title: \"S\" unit: \"u\" floor: "
               "FLOOR_ZERO\n"
               " share { dimension: \"reportr\"\n"
               " counts: \"count\"\n"
               " base: \"cases\" } }\n"
               "measures { code: \"empty\" title: \"E\" unit: \"u\" floor: "
               "FLOOR_ZERO\n"
               " share { dimension: \"reporter\" base: \"counts\" } }\n"
               "measures { code: \"counts\" title: \"C\" unit: \"u\" floor: "
               "FLOOR_ZERO }\n"),
      ElementsAre("3:10: unknown dimension 'reportr'; did you mean "
                  "'reporter'?",
                  "4:2: unknown measure 'count'; did you mean 'counts'?",
                  "5:2: unknown measure 'cases'", "7:2: a share has counts"));
}

TEST_F(LoadTest, DuplicatesNameBothPlaces) {
  const auto findings = Findings(
      "member_sets { dimension: \"reporter\" members {\n"
      "  code: \"kent\" title: \"K\" level: \"force\" } }\n"
      "panels { code: \"p\" title: \"P\" members { reporter: \"kent\" } }\n"
      "panels { code: \"p\" title: \"P\" members { reporter: \"kent\" } }\n"
      "sources { id: \"ho\" title: \"X\" access: ACCESS_PUBLISHED "
      "preference: 2 retain: RETAIN_ORIGINAL }\n");
  ASSERT_EQ(findings.size(), 3u);
  EXPECT_THAT(findings[0],
              StartsWith("3:3: reporter member 'kent' is already declared at " +
                         path_ + ":1:"));
  EXPECT_EQ(findings[1],
            "5:10: panel 'p' is already declared at " + path_ + ":4:10");
  EXPECT_THAT(findings[2],
              StartsWith("6:11: source 'ho' is already declared at "));
}

TEST_F(LoadTest, AMeasureOrDimensionIsDeclaredOnce) {
  const std::string measure =
      "measures { code: \"m\" title: \"M\" unit: \"u\" floor: FLOOR_ZERO }\n";
  const std::string dimension =
      "dimensions { code: \"d\" title: \"D\" matching: MATCHING_EXACT levels { "
      "code: \"l\" } }\n";
  const auto findings = Findings(measure + measure + dimension + dimension);
  EXPECT_THAT(
      findings,
      ElementsAre(
          "3:12: measure 'm' is already declared at " + path_ + ":2:12",
          "5:14: dimension 'd' is already declared at " + path_ + ":4:14"));
}

TEST_F(LoadTest, AnAmbiguousLabelNamesBothMembersAndItsPlace) {
  const auto findings = Findings(
      "member_sets { dimension: \"reporter\" members {\n"
      "  code: \"hants\" title: \"Hampshire\" level: \"force\"\n"
      "  labels { text: \"KENT\" } } }\n");
  ASSERT_EQ(findings.size(), 1u);
  EXPECT_THAT(findings[0], StartsWith("4:12: label 'KENT' is claimed by 'kent' "
                                      "(" +
                                      path_ + ":1:"));
  EXPECT_THAT(findings[0], HasSubstr("and by 'hants'"));
}

TEST_F(LoadTest, LabelsOfTwoSourcesOrTwoTimesMayBeAlike) {
  EXPECT_THAT(
      Load("sources { id: \"s2\" title: \"S\" access: ACCESS_PUBLISHED "
           "preference: 2 retain: RETAIN_ORIGINAL }\n"
           "member_sets { dimension: \"reporter\"\n"
           "members { code: \"a\" title: \"A\" level: \"force\"\n"
           "labels { text: \"z\" source: \"ho\" }\n"
           "labels { text: \"y\" validity { last_day: \"2017-03-31\" } } }\n"
           "members { code: \"b\" title: \"B\" level: \"force\"\n"
           "labels { text: \"z\" source: \"s2\" }\n"
           "labels { text: \"y\" validity { first_day: \"2017-04-01\" } } } "
           "}\n"),
      IsOk());
}

TEST_F(LoadTest, AClashOverOneSharedDayIsFound) {
  const auto findings = Findings(
      "member_sets { dimension: \"reporter\"\n"
      "members { code: \"a\" title: \"A\" level: \"force\"\n"
      "labels { text: \"y\" validity { last_day: \"2017-04-01\" } } }\n"
      "members { code: \"b\" title: \"B\" level: \"force\"\n"
      "labels { text: \"y\" validity { first_day: \"2017-04-01\" } } "
      "} }\n");
  ASSERT_EQ(findings.size(), 1u);
  EXPECT_THAT(findings[0], StartsWith("6:10: label 'y' is claimed by 'a'"));
}

TEST_F(LoadTest, ACycleOfMembersIsRefused) {
  const auto findings = Findings(
      "member_sets { dimension: \"reporter\"\n"
      " members { code: \"a\" title: \"A\" level: \"force\"\n"
      "  parents { code: \"b\" } }\n"
      " members { code: \"b\" title: \"B\" level: \"force\"\n"
      "  parents { code: \"a\" } } }\n");
  EXPECT_THAT(findings,
              ElementsAre("4:13: parent 'b' of 'a' is not of a wider level: "
                          "'force' against 'force'",
                          "6:13: parent 'a' of 'b' is not of a wider level: "
                          "'force' against 'force'"));
}

TEST_F(LoadTest, ACycleOfPanelsIsRefused) {
  const auto findings = Findings(
      "panels { code: \"p\" title: \"P\" includes: \"q\" }\n"
      "panels { code: \"q\" title: \"Q\" includes: \"r\" }\n"
      "panels { code: \"r\" title: \"R\"\n"
      " includes: \"p\" }\n");
  ASSERT_EQ(findings.size(), 1u);
  EXPECT_EQ(findings[0], "5:2: panel 'r' includes 'p', which includes it");
}

TEST_F(LoadTest, PanelsTakeInPanelsInAnyOrder) {
  COLLATE_ASSERT_OK_AND_ASSIGN(
      const Vocabulary vocabulary,
      Load("panels { code: \"all\" title: \"A\" includes: \"k\" includes: "
           "\"both\" }\n"
           "panels { code: \"both\" title: \"B\" includes: \"k\" members { "
           "reporter: \"essex\" validity { first_day: \"2017-04-01\" } } }\n"
           "panels { code: \"k\" title: \"K\" members { reporter: \"kent\" } "
           "}\n"));
  const Day april = *ParseDay("2017-04-01");
  const Panel& all = *vocabulary.FindPanel("all");
  EXPECT_THAT(all.MembersDuring({april - 1, april}), ElementsAre(0));
  EXPECT_THAT(all.MembersDuring({april - 1, april + 1}), ElementsAre(0, 1));
}

TEST_F(LoadTest, PanelsListReportersOnceAndNoSums) {
  EXPECT_THAT(
      Findings("panels { code: \"p\" title: \"P\"\n"
               " members { reporter: \"kent\" }\n"
               " members { reporter: \"kent\" }\n"
               " members { reporter: \"england\" } }\n"
               "panels { code: \"q\" title: \"Q\" }\n"),
      ElementsAre("4:12: 'kent' is listed twice for the same days",
                  "5:12: 'england' is a sum of reporters; a panel lists the "
                  "reporters themselves",
                  "6:1: panel 'q' lists nobody"));
}

TEST_F(LoadTest, WhatIsLeftUnsaidIsRefused) {
  EXPECT_THAT(
      Findings("measures { code: \"m\" title: \"M\" unit: \"u\" }\n"
               "dimensions { code: \"d\" title: \"D\" levels { code: \"l\" } "
               "}\n"
               "dimensions { code: \"e\" title: \"E\" matching: MATCHING_EXACT "
               "}\n"
               "sources { id: \"s2\" title: \"S\" preference: 2 }\n"
               "measures { code: \"n\" floor: FLOOR_ZERO }\n"),
      ElementsAre("2:1: floor must be FLOOR_ZERO or FLOOR_NONE",
                  "3:1: matching must be MATCHING_EXACT or MATCHING_FOLDED",
                  "4:1: dimension 'e' has no level",
                  "5:1: access must be ACCESS_PUBLISHED or ACCESS_RESTRICTED",
                  "5:1: retain must be RETAIN_ORIGINAL or RETAIN_DIGEST",
                  "6:1: a title is missing", "6:1: a measure needs a unit"));
}

TEST_F(LoadTest, BadDatesAreRefused) {
  EXPECT_THAT(
      Findings("member_sets { dimension: \"reporter\" members {\n"
               " code: \"a\" title: \"A\" level: \"force\"\n"
               " validity { first_day: \"2017-02-29\" }\n"
               " labels { text: \"x\" validity {\n"
               "  first_day: \"2018-01-01\"\n"
               "  last_day: \"2017-12-31\" } }\n"
               " labels { text: \"z\" validity { } }\n"
               " series_breaks { note: \"n\" } } }\n"),
      ElementsAre("4:13: '2017-02-29' is not a date; YYYY-MM-DD of an existing "
                  "day was expected",
                  "7:3: last_day 2017-12-31 is before first_day 2018-01-01",
                  "8:21: validity names neither first_day nor last_day; leave "
                  "it out for always",
                  "9:2: a series break needs a day"));
}

TEST_F(LoadTest, CodesHaveAForm) {
  EXPECT_THAT(
      Findings("measures { code: \"Big M\" title: \"M\" unit: \"u\" floor: "
               "FLOOR_ZERO }\n"
               "sources { id: \"x_y\" title: \"S\" access: ACCESS_PUBLISHED "
               "preference: 2 retain: RETAIN_ORIGINAL }\n"
               "member_sets { dimension: \"reporter\" members { code: \" a\" "
               "title: \"A\" level: \"force\" } }\n"
               "member_sets { dimension: \"reporter\" members { code: \"b\" "
               "title: \"B\" level: \"force\"\n"
               " labels { text: \"x \" } labels { source: \"ho\" } } }\n"),
      ElementsAre(
          "2:12: code 'Big M' of a measure must be 1 to 63 of a-z, 0-9, _ and "
          "-",
          "3:11: source id 'x_y' must be 2 to 63 of a-z, 0-9 and -",
          "4:47: code ' a' of a member is empty or has space around it",
          "6:11: label 'x ' has space around it, which is never part of a "
          "printed label",
          "6:24: a label without text"));
}

TEST_F(LoadTest, EqualPreferencesAreRefused) {
  EXPECT_THAT(
      Findings("sources { id: \"s2\" title: \"S\" access: ACCESS_PUBLISHED "
               "retain: RETAIN_ORIGINAL\n preference: 1\n"
               " max_document_bytes: -1 }\n"),
      ElementsAre("3:2: sources 'ho' and 's2' have the same preference 1",
                  "4:2: max_document_bytes cannot be negative"));
}

TEST_F(LoadTest, TwoMeasuresCannotClaimOneWord) {
  EXPECT_THAT(Findings("measures { code: \"m\" title: \"M\" unit: \"u\" floor: "
                       "FLOOR_ZERO labels { text: \"count\" } }\n"
                       "measures { code: \"n\" title: \"N\" unit: \"u\" floor: "
                       "FLOOR_ZERO\n labels { text: \"Count\" } }\n"),
              ElementsAre("4:11: label 'Count' is claimed by 'm' and by 'n'"));
}

TEST_F(LoadTest, ListsInBracketsAreRead) {
  COLLATE_ASSERT_OK_AND_ASSIGN(
      const Vocabulary vocabulary,
      Load("panels { code: \"p\" title: \"P\" members: [{ reporter: \"kent\" "
           "}, { reporter: \"essex\" }] }\n"));
  EXPECT_THAT(vocabulary.FindPanel("p")->MembersDuring({0, 1}),
              ElementsAre(0, 1));
  EXPECT_THAT(Findings("panels { code: \"p\" title: \"P\" members: [{ "
                       "reporter: \"kent\" }, { reporter: \"esex\" }] }\n")[0],
              HasSubstr("2:65: unknown reporter member 'esex'"));
}

}  // namespace
}  // namespace collate::vocabulary
