// The vocabulary that is shipped, against what publishers really print.

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <algorithm>
#include <iterator>
#include <map>
#include <set>
#include <string>
#include <utility>
#include <vector>

#include "service/vocabulary/load.h"
#include "tests/testing/paths.h"
#include "tests/testing/status_matchers.h"

namespace collate::vocabulary {
namespace {

using ::collate::testing::ReadFile;
using ::collate::testing::SourcePath;
using ::testing::Contains;
using ::testing::ElementsAre;
using ::testing::IsEmpty;
using ::testing::Not;
using ::testing::SizeIs;
using ::testing::UnorderedElementsAre;

constexpr char kPrc201718[] = "police/prc-pfa-mar2013-onwards-tables201718.csv";
constexpr char kPrc202425[] =
    "police/CLEANED-national_forces_crime_data_2024-2025.csv";
constexpr char kReference[] =
    "police/reccrime-offence-ref - Reference_Table_-_Offence.csv";

// Records of a CSV file by column name; enough for well-formed files.
std::vector<std::map<std::string, std::string>> ReadCsv(
    const std::string& path) {
  std::string text = ReadFile(path);
  if (text.substr(0, 3) == "\xef\xbb\xbf") text.erase(0, 3);
  std::vector<std::vector<std::string>> records(1);
  std::string cell;
  bool quoted = false;
  const auto end_cell = [&] {
    records.back().push_back(cell);
    cell.clear();
  };
  for (size_t i = 0; i < text.size(); ++i) {
    const char c = text[i];
    if (quoted) {
      if (c != '"') {
        cell += c;
      } else if (i + 1 < text.size() && text[i + 1] == '"') {
        cell += text[++i];
      } else {
        quoted = false;
      }
    } else if (c == '"') {
      quoted = true;
    } else if (c == ',') {
      end_cell();
    } else if (c == '\n') {
      end_cell();
      records.emplace_back();
    } else if (c != '\r') {
      cell += c;
    }
  }
  if (!cell.empty()) end_cell();
  std::vector<std::map<std::string, std::string>> rows;
  for (size_t i = 1; i < records.size(); ++i) {
    if (records[i].empty()) continue;
    std::map<std::string, std::string>& row = rows.emplace_back();
    for (size_t c = 0; c < records[0].size() && c < records[i].size(); ++c) {
      row[records[0][c]] = records[i][c];
    }
  }
  return rows;
}

std::set<std::string> Column(
    const std::vector<std::map<std::string, std::string>>& rows,
    const std::string& name) {
  std::set<std::string> values;
  for (const auto& row : rows) {
    const auto cell = row.find(name);
    if (cell != row.end()) values.insert(cell->second);
  }
  return values;
}

class ShippedTest : public ::testing::Test {
 protected:
  static void SetUpTestSuite() {
    auto loaded = LoadVocabulary({SourcePath("service/vocabulary/data")});
    ASSERT_THAT(loaded, collate::testing::IsOk());
    vocabulary_ = new Vocabulary(*std::move(loaded));
  }
  static void TearDownTestSuite() {
    delete vocabulary_;
    vocabulary_ = nullptr;
  }

  void SetUp() override { ASSERT_NE(vocabulary_, nullptr); }

  static Day At(const std::string& iso) { return ParseDay(iso).value(); }
  const Day day_ = At("2017-04-01");

  const Dimension& Of(const char* dimension) const {
    return *vocabulary_->FindDimension(dimension);
  }

  // Code of the member that a label stands for; "?" for none.
  std::string Code(const char* dimension, const std::string& label,
                   const char* source = "home-office-prc") const {
    const auto id = Of(dimension).Resolve(label, source, day_);
    return id.has_value() ? Of(dimension).member(*id).code : "?";
  }

  std::vector<std::string> Unresolved(
      const char* dimension, const std::set<std::string>& labels) const {
    std::vector<std::string> unresolved;
    for (const std::string& label : labels) {
      if (Code(dimension, label) == "?") unresolved.push_back(label);
    }
    return unresolved;
  }

  std::vector<std::string> CodesOf(const char* dimension,
                                   const std::vector<MemberId>& ids) const {
    std::vector<std::string> codes;
    for (MemberId id : ids) codes.push_back(Of(dimension).member(id).code);
    return codes;
  }

  std::vector<std::string> Below(const char* dimension, const char* code,
                                 const char* level) const {
    const Dimension& of = Of(dimension);
    std::vector<std::string> codes;
    for (MemberId id : of.SelfAndDescendants(of.Find(code).value(), day_)) {
      if (of.levels()[of.member(id).level].code == level) {
        codes.push_back(of.member(id).code);
      }
    }
    return codes;
  }

  std::vector<std::string> PanelOf(const char* panel,
                                   const char* period = "2017/18") const {
    return CodesOf("reporter", vocabulary_->FindPanel(panel)->MembersDuring(
                                   ParsePeriod(period)->days));
  }

  static const Vocabulary* vocabulary_;
};

const Vocabulary* ShippedTest::vocabulary_ = nullptr;

TEST_F(ShippedTest, EveryLabelOfThe201718FileResolves) {
  COLLATE_SHARED_FILE(path, kPrc201718);
  const auto rows = ReadCsv(path);
  ASSERT_THAT(rows, SizeIs(23068));
  const auto forces = Column(rows, "Force Name");
  EXPECT_THAT(forces, SizeIs(43 + 1 + 4));
  EXPECT_THAT(Unresolved("reporter", forces), IsEmpty());
  const auto codes = Column(rows, "Offence Code");
  EXPECT_THAT(codes, SizeIs(132));
  EXPECT_THAT(Unresolved("offence", codes), IsEmpty());
  for (const std::string& code : codes) EXPECT_EQ(Code("offence", code), code);
  EXPECT_THAT(Unresolved("offence", Column(rows, "Offence Group")), IsEmpty());
  EXPECT_THAT(Unresolved("offence", Column(rows, "Offence Subgroup")),
              IsEmpty());

  std::map<std::string, int> levels;
  for (const std::string& force : forces) {
    const Dimension& reporters = vocabulary_->reporters();
    const auto id = reporters.Resolve(force, "home-office-prc", day_);
    ++levels[reporters.levels()[reporters.member(*id).level].code];
  }
  EXPECT_EQ(levels["force"], 43);
  EXPECT_EQ(levels["special-force"], 1);
  // UK Finance and the name that it had before are one body.
  EXPECT_EQ(levels["fraud-body"], 4);
  EXPECT_EQ(Code("reporter", "Financial Fraud Action UK"), "uk-finance");
}

TEST_F(ShippedTest, CodesStandInTheGroupsThatThe201718FileGives) {
  COLLATE_SHARED_FILE(path, kPrc201718);
  for (const auto& row : ReadCsv(path)) {
    const Dimension& offence = Of("offence");
    const MemberId group =
        offence.Resolve(row.at("Offence Group"), "", day_).value();
    const MemberId code = offence.Find(row.at("Offence Code")).value();
    ASSERT_TRUE(offence.Contains(group, code, day_))
        << row.at("Offence Code") << " in " << row.at("Offence Group");
  }
}

TEST_F(ShippedTest, EveryLabelOfThe202425ExtractResolves) {
  COLLATE_SHARED_FILE(path, kPrc202425);
  const auto rows = ReadCsv(path);
  ASSERT_THAT(rows, SizeIs(588));
  EXPECT_THAT(Unresolved("reporter", Column(rows, "Force Name")), IsEmpty());
  const auto codes = Column(rows, "Offence Code");
  EXPECT_THAT(codes, SizeIs(147));
  for (const std::string& code : codes) EXPECT_EQ(Code("offence", code), code);
  EXPECT_THAT(Unresolved("offence", Column(rows, "Offence Group")), IsEmpty());
  const Dimension& offence = Of("offence");
  for (const auto& row : rows) {
    const auto subgroup =
        offence.Resolve(row.at("Offence Subgroup"), "", At("2024-04-01"));
    ASSERT_TRUE(subgroup.has_value()) << row.at("Offence Subgroup");
    EXPECT_TRUE(offence.Contains(*subgroup,
                                 offence.Find(row.at("Offence Code")).value(),
                                 At("2024-04-01")))
        << row.at("Offence Code") << " in " << row.at("Offence Subgroup");
  }
}

TEST_F(ShippedTest, EveryCodeOfTheReferenceTableResolves) {
  COLLATE_SHARED_FILE(path, kReference);
  std::set<std::string> codes = Column(ReadCsv(path), "Offence Code");
  codes.erase("");
  std::erase_if(codes, [](const std::string& code) {
    return code.substr(0, 2) == "* ";  // the footnote in the code's column
  });
  std::set<std::string> without_footnote_marks;
  for (std::string code : codes) {
    if (code.back() == '*') code.pop_back();
    without_footnote_marks.insert(code);
  }
  EXPECT_GT(without_footnote_marks.size(), 150u);
  EXPECT_THAT(Unresolved("offence", without_footnote_marks), IsEmpty());
}

TEST_F(ShippedTest, EveryGroupOfTheRollingSeriesResolves) {
  COLLATE_SHARED_FILE(path, "police/rec-crime-pfa.csv");
  const auto rows = ReadCsv(path);
  EXPECT_THAT(Unresolved("offence", Column(rows, "Offence")), IsEmpty());
  EXPECT_THAT(Unresolved("reporter", Column(rows, "PFA")), IsEmpty());
}

// Text of P1 (then of P2 and P3 where they differ), text of the rolling-year
// series where it has the group, member.
struct Heading {
  std::vector<std::string> ons;
  std::string rolling;
  std::string member;
  std::string level;
};
const std::vector<Heading>& Headings() {
  static const auto* const kHeadings = new std::vector<Heading>{
      {{"Total recorded crime (excluding fraud)"},
       "",
       "all-excluding-fraud",
       "total"},
      {{"Violence against the person"},
       "",
       "violence-against-the-person",
       "group"},
      {{"Homicide"}, "Homicide", "homicide", "subgroup"},
      {{"Violence with injury"},
       "Violence with injury",
       "violence-with-injury",
       "subgroup"},
      {{"Violence without injury"},
       "Violence without injury",
       "violence-without-injury",
       "subgroup"},
      {{"Stalking and harassment"},
       "Stalking and harassment",
       "stalking-and-harassment",
       "subgroup"},
      {{"Death or serious injury - unlawful driving"},
       "Death or serious injury caused by illegal driving",
       "death-or-serious-injury-unlawful-driving",
       "subgroup"},
      {{"Sexual offences"}, "Sexual offences", "sexual-offences", "group"},
      {{"Robbery"}, "Robbery", "robbery", "group"},
      {{"Theft offences"}, "", "theft-offences", "group"},
      {{"Burglary"}, "", "burglary", "section"},
      {{"Residential burglary", "Residental burglary",
        "Residential burglary (households)"},
       "Residential burglary",
       "residential-burglary",
       "subgroup"},
      {{"Non-residential burglary"},
       "Non-residential burglary",
       "non-residential-burglary",
       "subgroup"},
      {{"Vehicle offences"},
       "Vehicle offences",
       "vehicle-offences",
       "subgroup"},
      {{"Theft from the person"},
       "Theft from the person",
       "theft-from-the-person",
       "subgroup"},
      {{"Bicycle theft"}, "Bicycle theft", "bicycle-theft", "subgroup"},
      {{"Shoplifting"}, "Shoplifting", "shoplifting", "subgroup"},
      {{"Other theft offences", "All other theft offences"},
       "All other theft offences",
       "other-theft-offences",
       "subgroup"},
      {{"Criminal damage and arson"},
       "Criminal damage and arson",
       "criminal-damage-and-arson",
       "group"},
      {{"Drug offences"}, "Drug offences", "drug-offences", "group"},
      {{"Possession of weapons offences"},
       "Possession of weapons offences",
       "possession-of-weapons-offences",
       "group"},
      {{"Public order offences"},
       "Public order offences",
       "public-order-offences",
       "group"},
      {{"Miscellaneous crimes", "Miscellaneous crimes against society"},
       "Miscellaneous crimes against society",
       "miscellaneous-crimes-against-society",
       "group"}};
  return *kHeadings;
}

TEST_F(ShippedTest, HeadingsOfTheOnsTablesAreMembersOfTheirLevel) {
  const Dimension& offence = Of("offence");
  for (const Heading& heading : Headings()) {
    for (const std::string& text : heading.ons) {
      EXPECT_EQ(Code("offence", text, "ons-pfa-tables"), heading.member);
    }
    const auto member = offence.Find(heading.member);
    ASSERT_TRUE(member.has_value()) << heading.member;
    EXPECT_EQ(offence.levels()[offence.member(*member).level].code,
              heading.level)
        << heading.member;
  }
  // A misspelling is its publisher's alone.
  EXPECT_EQ(Code("offence", "Residental burglary"), "?");
}

TEST_F(ShippedTest, TheRollingSeriesMeansTheMembersOfTheOnsTables) {
  std::set<std::string> groups;
  for (const Heading& heading : Headings()) {
    if (heading.rolling.empty()) continue;
    EXPECT_EQ(Code("offence", heading.rolling, "home-office-prc-rolling"),
              heading.member);
    groups.insert(heading.rolling);
  }
  // What the ONS tables do not print.
  const std::map<std::string, std::string> others = {
      {"Domestic burglary", "domestic-burglary"},
      {"Non-domestic burglary", "non-domestic-burglary"},
      // Of forces, until Action Fraud took over.
      {"Fraud offences", "fraud-offences-to-2012-13"},
      {"Action Fraud", "fraud-action-fraud"},
      {"CIFAS", "fraud-cifas"},
      {"UK Finance", "fraud-uk-finance"}};
  for (const auto& [text, member] : others) {
    EXPECT_EQ(Code("offence", text, "home-office-prc-rolling"), member);
    groups.insert(text);
  }
  EXPECT_THAT(groups, SizeIs(25));
  COLLATE_SHARED_FILE(path, "police/rec-crime-pfa.csv");
  EXPECT_EQ(Column(ReadCsv(path), "Offence"), groups);
}

TEST_F(ShippedTest, BodiesThatRecordFraudHaveTheirNamesAsRegions) {
  COLLATE_SHARED_FILE(path, "police/rec-crime-pfa.csv");
  int bodies = 0;
  for (const auto& row : ReadCsv(path)) {
    const std::string& region = row.at("Region");
    if (region.rfind("Fraud: ", 0) != 0) continue;
    ++bodies;
    ASSERT_EQ(Code("reporter", region, "home-office-prc-rolling"),
              Code("reporter", row.at("PFA"), "home-office-prc-rolling"));
  }
  EXPECT_EQ(bodies, 3 * 31);
}

TEST_F(ShippedTest, TheTotalIsEveryGroupButFraud) {
  EXPECT_THAT(
      Below("offence", "all-excluding-fraud", "group"),
      UnorderedElementsAre(
          "violence-against-the-person", "sexual-offences", "robbery",
          "theft-offences", "criminal-damage-and-arson", "drug-offences",
          "possession-of-weapons-offences", "public-order-offences",
          "miscellaneous-crimes-against-society"));
  const auto codes = Below("offence", "all-excluding-fraud", "code");
  EXPECT_THAT(codes, Contains("88A"));
  for (const char* fraud : {"AF", "CIFAS", "UK Finance", "FFA UK", "53D"}) {
    EXPECT_THAT(codes, Not(Contains(fraud)));
  }
  EXPECT_TRUE(Of("offence").levels().front().aggregate);
}

TEST_F(ShippedTest, BurglaryIsFourSubgroupsThatDoNotChain) {
  EXPECT_THAT(Below("offence", "burglary", "subgroup"),
              UnorderedElementsAre("domestic-burglary", "residential-burglary",
                                   "non-domestic-burglary",
                                   "non-residential-burglary"));
  EXPECT_THAT(Below("offence", "theft-offences", "subgroup"),
              Contains("residential-burglary"));
  const Dimension& offence = Of("offence");
  for (const std::string& code : Below("offence", "burglary", "subgroup")) {
    const auto& breaks = offence.member(*offence.Find(code)).series_breaks;
    ASSERT_THAT(breaks, SizeIs(1)) << code;
    EXPECT_EQ(FormatDay(breaks[0].day), "2017-04-01");
  }
  EXPECT_THAT(offence.member(*offence.Find("burglary")).series_breaks,
              IsEmpty());
}

TEST_F(ShippedTest, AreasOfTheOnsTablesResolve) {
  for (const char* area :
       {"ENGLAND AND WALES", "ENGLAND", "WALES", "East",
        "Yorkshire and the "
        "Humber",
        "London, City of", "City of London", "British Transport Police",
        "K04000001", "E92000001", "W92000004", "E12000009", "W15000004",
        "E23000039"}) {
    EXPECT_NE(Code("reporter", area, "ons-pfa-tables"), "?") << area;
  }
  EXPECT_EQ(
      Code("reporter", "British Transport Police(2006)", "ons-pfa-tables"),
      "btp");
  EXPECT_EQ(Code("reporter", "British Transport Police(2006)"), "?");
}

TEST_F(ShippedTest, PublishedRatesAreAddedOverNothing) {
  for (const char* code :
       {"offences_per_1000_population", "offences_per_1000_households",
        "offences_change_percent"}) {
    const Measure* rate = vocabulary_->FindMeasure(code);
    ASSERT_NE(rate, nullptr) << code;
    EXPECT_THAT(rate->additive_dimensions, IsEmpty()) << code;
    EXPECT_FALSE(rate->additive_over_time) << code;
    EXPECT_EQ(rate->floor, MeasureFloor::kNone) << code;
  }
  for (const char* code : {"population", "households"}) {
    const Measure* stock = vocabulary_->FindMeasure(code);
    ASSERT_NE(stock, nullptr) << code;
    EXPECT_THAT(stock->additive_dimensions, ElementsAre("reporter")) << code;
    EXPECT_FALSE(stock->additive_over_time) << code;
    EXPECT_EQ(stock->floor, MeasureFloor::kZero) << code;
  }
  EXPECT_EQ(vocabulary_->FindMeasure("population")->unit, "persons");
}

TEST_F(ShippedTest, ReportsOfSnapAndMetaAddNothingOverServicesOrPlaces) {
  std::set<std::string> by_harm;
  std::set<std::string> never;
  for (const Measure& measure : vocabulary_->measures()) {
    if (!measure.code.starts_with("snap_") &&
        !measure.code.starts_with("meta_")) {
      continue;
    }
    for (const char* dimension :
         {"reporter", "platform", "geography", "snap_origin", "snap_request"}) {
      EXPECT_FALSE(measure.IsAdditiveOver(dimension)) << measure.code;
    }
    if (measure.IsAdditiveOver("harm")) by_harm.insert(measure.code);
    if (!measure.additive_over_time) never.insert(measure.code);
  }
  // Their totals are the sums of their violations.
  EXPECT_THAT(by_harm, UnorderedElementsAre("snap_content_and_account_reports",
                                            "snap_enforcements"));
  EXPECT_THAT(
      never,
      UnorderedElementsAre(
          "snap_unique_accounts_enforced", "snap_median_turnaround_minutes",
          "snap_violative_view_rate", "snap_exploitation_accounts_disabled",
          "snap_median_appeal_days", "snap_account_identifiers_specified",
          "snap_information_produced_percent",
          "snap_information_produced_fraction", "snap_removals_made_percent",
          "snap_removals_made_fraction", "meta_proactive_rate",
          "meta_prevalence", "meta_prevalence_lower_bound",
          "meta_prevalence_upper_bound"));
}

TEST_F(ShippedTest, EveryForceAreaOfTheLookupHasItsCode) {
  COLLATE_SHARED_FILE(
      path,
      "police/Local_Authority_District_to_Community_Safety_Partnerships_to_"
      "Police_Force_Areas__December_2016__Lookup_in_England_and_Wales.csv");
  std::set<std::string> codes;
  for (const auto& row : ReadCsv(path)) {
    codes.insert(row.at("PFA16CD"));
    EXPECT_EQ(Code("reporter", row.at("PFA16CD")),
              Code("reporter", row.at("PFA16NM")));
    EXPECT_NE(Code("reporter", row.at("PFA16CD")), "?") << row.at("PFA16CD");
  }
  EXPECT_THAT(codes, SizeIs(43));
}

TEST_F(ShippedTest, SpellingsSeenInFoiAnswersResolve) {
  COLLATE_SHARED_FILE(path, "foi/golden/vocab_force_aliases.csv");
  int checked = 0;
  for (const auto& row : ReadCsv(path)) {
    const std::string& canonical = row.at("canonical");
    const std::string& alias = row.at("alias_seen");
    // Footnote marks and remarks are not spellings.
    if (canonical[0] == '(' || alias.find('*') != std::string::npos ||
        alias.find(" (") != std::string::npos) {
      continue;
    }
    EXPECT_EQ(Code("reporter", alias), Code("reporter", canonical)) << alias;
    EXPECT_NE(Code("reporter", alias), "?") << alias;
    ++checked;
  }
  EXPECT_EQ(checked, 23);
}

TEST_F(ShippedTest, SpellingsOfOnePublisherAreItsAlone) {
  // A footnote mark that only On The Wight prints.
  EXPECT_EQ(Code("reporter", "Sussex*", "onthewight"), "sussex");
  EXPECT_EQ(Code("reporter", "Sussex*"), "?");
  EXPECT_EQ(Code("reporter", "Hampshire/IW", "onthewight"), "hampshire");
  // What is no reporter, and what is a region and a force at once.
  EXPECT_EQ(Code("reporter", "Central Service Secondments"), "?");
  EXPECT_EQ(Code("reporter", "Total East Midlands "), "?");
}

TEST_F(ShippedTest, ARegionOfThePressIsNotTheOnsRegionOfThatName) {
  EXPECT_EQ(Code("reporter", "South East"), "south-east");
  EXPECT_EQ(Code("reporter", "South East", "onthewight"),
            "south-east-without-thames-valley");
  EXPECT_THAT(PanelOf("onthewight-south-east-4"),
              ::testing::UnorderedElementsAreArray(Below(
                  "reporter", "south-east-without-thames-valley", "force")));
  // One story of August 2023 counts Northamptonshire in.
  const auto of_story =
      Of("reporter").Resolve("East of England", "nspcc-foi", At("2022-04-01"));
  EXPECT_EQ(Of("reporter").member(of_story.value()).code,
            "east-of-england-with-northamptonshire");
  EXPECT_EQ(Code("reporter", "East of England", "nspcc-foi"),
            "east-of-england");
  EXPECT_THAT(
      Below("reporter", "east-of-england-with-northamptonshire", "force"),
      UnorderedElementsAre("bedfordshire", "cambridgeshire", "essex",
                           "hertfordshire", "norfolk", "northamptonshire",
                           "suffolk"));
  for (const Level& level : Of("reporter").levels()) {
    EXPECT_EQ(level.aggregate,
              level.code == "publisher-region" || level.code == "region" ||
                  level.code == "nation" || level.code == "jurisdiction" ||
                  level.code == "kingdom")
        << level.code;
  }
  // Lists of as many forces as the ONS region has are the region.
  EXPECT_EQ(Code("reporter", "Wales (4 forces)", "nspcc-foi"), "wales");
  EXPECT_EQ(Code("reporter", "South West (5 forces)", "nspcc-foi"),
            "south-west");
  EXPECT_EQ(Code("reporter", "West Midlands region (4)", "nspcc-foi"),
            "west-midlands-region");
}

TEST_F(ShippedTest, SexualOffencesAreTheCodesOfTheEdition) {
  EXPECT_THAT(Below("offence", "rape-offences", "code"),
              UnorderedElementsAre("19A", "19B", "19C", "19D", "19E", "19F",
                                   "19G", "19H", "19J", "19K"));
  COLLATE_SHARED_FILE(path, kPrc201718);
  std::set<std::string> edition;
  for (const auto& row : ReadCsv(path)) {
    if (row.at("Offence Group") == "Sexual offences") {
      edition.insert(row.at("Offence Code"));
    }
  }
  EXPECT_THAT(edition, UnorderedElementsAre(
                           "17A", "17B", "19C", "19D", "19E", "19F", "19G",
                           "19H", "20A", "20B", "21", "22A", "22B", "23", "70",
                           "71", "72", "73", "88A", "88C", "88D", "88E"));
  const auto codes = Below("offence", "sexual-offences", "code");
  for (const std::string& code : edition) EXPECT_THAT(codes, Contains(code));
  EXPECT_THAT(codes, Not(Contains("86")));
}

TEST_F(ShippedTest, ASubCodeOfARequestIsNeverTheClassOfThatNumber) {
  EXPECT_EQ(Code("offence", "71/17"), "s15a");
  EXPECT_EQ(Code("offence", "071/17"), "s15a");
  EXPECT_EQ(Code("offence", "71"), "71");
  const Dimension& offence = Of("offence");
  const MemberId s15a = offence.Find("s15a").value();
  for (const char* wider : {"71", "88A", "sexual-offences"}) {
    EXPECT_FALSE(offence.Contains(offence.Find(wider).value(), s15a, day_));
  }
}

TEST_F(ShippedTest, S15aIsInForceFrom3April2017AndPublishedInside88A) {
  const Dimension& offence = Of("offence");
  const Member& s15a = offence.member(offence.Find("s15a").value());
  EXPECT_EQ(FormatDay(s15a.validity.begin), "2017-04-03");
  EXPECT_EQ(s15a.validity.end, kOpenEnd);
  ASSERT_THAT(s15a.relations, SizeIs(1));
  EXPECT_EQ(s15a.relations[0].kind, RelationKind::kPublishedInside);
  EXPECT_EQ(offence.member(s15a.relations[0].member).code, "88A");
  const Member& grooming = offence.member(offence.Find("88A").value());
  ASSERT_THAT(grooming.series_breaks, SizeIs(1));
  EXPECT_EQ(FormatDay(grooming.series_breaks[0].day), "2017-04-01");
}

TEST_F(ShippedTest, TheUkFigureIsAUnionWithADifferentDefinition) {
  const Dimension& offence = Of("offence");
  const Member& uk = offence.member(offence.Find("online_grooming_uk").value());
  std::vector<std::string> parts;
  std::vector<std::string> reporters;
  bool differs = false;
  for (const Relation& relation : uk.relations) {
    if (relation.kind == RelationKind::kUnionOf) {
      parts.push_back(offence.member(relation.member).code);
      const auto panel = PanelOf(relation.panel.c_str(), "2023/24");
      reporters.insert(reporters.end(), panel.begin(), panel.end());
    }
    differs |= relation.kind == RelationKind::kDefinitionDiffers;
  }
  EXPECT_THAT(parts, ElementsAre("s15a",
                                 "scotland-communicating-indecently-with-a-"
                                 "child",
                                 "ni-sexual-communication-with-a-child"));
  EXPECT_TRUE(differs);
  // Each force of the kingdom records one of them.
  EXPECT_THAT(reporters, ::testing::UnorderedElementsAreArray(
                             PanelOf("uk-territorial-forces", "2023/24")));
}

TEST_F(ShippedTest, CodesThatLookLikeNumbersStayText) {
  EXPECT_EQ(Code("offence", "4.10"), "4.10");
  EXPECT_EQ(Code("offence", "4.1"), "4.1");
  EXPECT_EQ(Code("offence", "4.100"), "?");
  EXPECT_EQ(Code("offence", "88a"), "?");
  EXPECT_EQ(Code("offence", "1/4.1/4.10/4.2"), "1/4.1/4.10/4.2");
}

TEST_F(ShippedTest, NamesOfEarlierEditionsAreLabels) {
  EXPECT_EQ(Code("offence", "Miscellaneous crimes"),
            "miscellaneous-crimes-against-society");
  EXPECT_EQ(Code("offence", "Fraud: action fraud"), "fraud-action-fraud");
  EXPECT_EQ(Code("offence", "Rape"), "rape-offences");
  EXPECT_EQ(Code("offence", "Theft from a vehicle"), "theft-from-a-vehicle");
  EXPECT_NE(Code("offence", "Domestic burglary"),
            Code("offence", "Residential burglary"));
}

// A policy and a sub-policy of TikTok's may have one name, and what it prints
// of either is added to nothing.
TEST_F(ShippedTest, PoliciesOfTiktokAreToldFromItsSubPolicies) {
  const char* source = "tiktok-cger";
  const std::pair<const char*, const char*> harms[] = {
      {"Violent and graphic content", "tiktok-violent-graphic-content"},
      {"Sub-policy: Violent and graphic content",
       "tiktok-sub-violent-graphic-content"},
      {"Harassment and bullying", "tiktok-harassment-and-bullying"},
      {"Sub-policy: Safety & Civility - Harassment & Bullying",
       "tiktok-sub-harassment-and-bullying"},
      {"Sub-policy: Harassment & Bullying",
       "tiktok-sub-harassment-and-bullying"},
      {"Sub-policy: Youth Exploitation & Abuse", "tiktok-youth-exploitation"},
      {"Sub-policy: Youth Safety & Well-Being - Youth Exploitation & Abuse",
       "tiktok-youth-exploitation-of-youth"},
      {"Hateful behaviour", "tiktok-hateful-behavior"},
      {"Violent Extremist", "tiktok-violent-extremism"},
      {"Sub-policy: Harmful activites by minors",
       "tiktok-harmful-activities-by-minors"}};
  for (const auto& [label, code] : harms) {
    EXPECT_EQ(Code("harm", label, source), code) << label;
  }
  EXPECT_EQ(Code("harm", "Sub-policy: Gambling"), "?");
  EXPECT_EQ(Code("geography", "All", source), "world");
  EXPECT_EQ(Code("geography", "All"), "?");

  int fractions = 0;
  for (const Measure& measure : vocabulary_->measures()) {
    if (measure.code.rfind("tiktok_", 0) != 0) continue;
    EXPECT_THAT(measure.additive_dimensions, IsEmpty()) << measure.code;
    if (measure.unit != "fraction") continue;
    EXPECT_FALSE(measure.additive_over_time) << measure.code;
    ++fractions;
  }
  EXPECT_EQ(fractions, 11);
  EXPECT_FALSE(
      vocabulary_->FindMeasure("tiktok_accounts_removed")->additive_over_time);
}

TEST_F(ShippedTest, ARegionAndAForceOfOneNameAreToldApart) {
  EXPECT_EQ(Code("reporter", "West Midlands"), "west-midlands");
  EXPECT_EQ(Code("reporter", "E23000014"), "west-midlands");
  EXPECT_EQ(Code("reporter", "E12000005"), "west-midlands-region");
}

TEST_F(ShippedTest, PanelsAreTheListsTheirNamesSay) {
  EXPECT_THAT(PanelOf("uk-territorial-forces"), SizeIs(45));
  EXPECT_THAT(PanelOf("england-wales-forces"), SizeIs(43));
  EXPECT_THAT(PanelOf("england-wales-forces-and-btp"), SizeIs(44));
  EXPECT_THAT(PanelOf("uk-territorial-forces-and-btp"), SizeIs(46));
  EXPECT_THAT(PanelOf("england-forces"), SizeIs(39));
  EXPECT_THAT(PanelOf("wales-forces"), SizeIs(4));
  EXPECT_THAT(PanelOf("england-wales-forces"), Not(Contains("btp")));
  EXPECT_THAT(PanelOf("uk-territorial-forces"), Contains("police-scotland"));
  EXPECT_THAT(PanelOf("uk-territorial-forces"), Contains("psni"));
  EXPECT_THAT(PanelOf("onthewight-south-east-4"),
              UnorderedElementsAre("hampshire", "kent", "surrey", "sussex"));
  EXPECT_THAT(PanelOf("ons-south-east"),
              UnorderedElementsAre("hampshire", "kent", "surrey", "sussex",
                                   "thames-valley"));
  EXPECT_THAT(PanelOf("ons-london"),
              UnorderedElementsAre("metropolitan", "city-of-london"));
}

TEST_F(ShippedTest, PoliceScotlandIsNotExpectedBeforeItExisted) {
  EXPECT_THAT(PanelOf("uk-territorial-forces", "2012/13"),
              Not(Contains("police-scotland")));
  EXPECT_THAT(PanelOf("uk-territorial-forces", "2013/14"),
              Contains("police-scotland"));
}

TEST_F(ShippedTest, RegionPanelsAreTheForcesOfTheirRegions) {
  const std::map<std::string, std::string> regions = {
      {"ons-north-east", "north-east"},
      {"ons-north-west", "north-west"},
      {"ons-yorkshire-and-the-humber", "yorkshire-and-the-humber"},
      {"ons-east-midlands", "east-midlands"},
      {"ons-west-midlands", "west-midlands-region"},
      {"ons-east-of-england", "east-of-england"},
      {"ons-london", "london"},
      {"ons-south-east", "south-east"},
      {"ons-south-west", "south-west"},
      {"wales-forces", "wales"},
      {"england-forces", "england"},
      {"england-wales-forces", "england-and-wales"},
      {"uk-territorial-forces", "united-kingdom"}};
  for (const auto& [panel, area] : regions) {
    EXPECT_THAT(PanelOf(panel.c_str()),
                ::testing::UnorderedElementsAreArray(
                    Below("reporter", area.c_str(), "force")))
        << panel;
  }
}

TEST_F(ShippedTest, OffencesAreNotAddedOverPlatforms) {
  const Measure* offences =
      vocabulary_->ResolveMeasure("recorded offences", "home-office-prc");
  ASSERT_NE(offences, nullptr);
  EXPECT_EQ(offences->code, "offences");
  EXPECT_TRUE(offences->IsAdditiveOver("reporter"));
  EXPECT_TRUE(offences->IsAdditiveOver("offence"));
  EXPECT_TRUE(offences->additive_over_time);
  EXPECT_FALSE(offences->IsAdditiveOver("platform"));
  EXPECT_EQ(vocabulary_->FindMeasure("victims")->unit, "victims");
}

TEST_F(ShippedTest, GroupingsAreMembersOfTheirOwn) {
  const std::string one = Code("platform", "Facebook OR Facebook Messenger");
  EXPECT_EQ(one, "facebook-and-messenger");
  EXPECT_EQ(Code("platform", "Facebook & Messenger"), one);
  EXPECT_EQ(Code("platform", "Facebook and Instagram"),
            "facebook-and-instagram");
  EXPECT_EQ(Code("platform", "Facebook"), "facebook");
  EXPECT_EQ(Code("platform", "Tik Tok"), "tiktok");
  // Left to a person.
  for (const char* unclear :
       {"snapshot", "snapfish", "Mobile Phone", "cloud", "big four", "nn"}) {
    EXPECT_EQ(Code("platform", unclear), "?") << unclear;
  }
}

// Every spelling that was seen, in the order of the list of them, with its
// member; "?" waits for a person: devices, slips of the pen, sweeping groups.
constexpr std::pair<const char*, const char*> kPlatformSpellings[] = {
    {"facebook", "facebook"},
    {"Facebook", "facebook"},
    {"instagram", "instagram"},
    {"whatsapp", "whatsapp"},
    {"Instagram", "instagram"},
    {"snapchat", "snapchat"},
    {"twitter", "x"},
    {"Mobile Phone", "?"},
    {"nn", "?"},
    {"youtube", "youtube"},
    {"plenty of fish", "plenty-of-fish"},
    {"kik", "kik"},
    {"Snapchat", "snapchat"},
    {"Twitter", "x"},
    {"skype", "skype"},
    {"snapshot", "?"},
    {"snapfish", "?"},
    {"BBM", "blackberry-messenger"},
    {"tumblr", "tumblr"},
    {"tango", "tango"},
    {"viber", "viber"},
    {"google", "google"},
    {"google plus", "google-plus"},
    {"Tinder", "tinder"},
    {"line", "line"},
    {"cloud", "?"},
    {"whisper", "whisper"},
    {"oovoo", "oovoo"},
    {"Whatsapp", "whatsapp"},
    {"WhatsApp", "whatsapp"},
    {"Facebook/Facebook Messenger", "facebook-and-messenger"},
    {"Facebook OR Facebook Messenger", "facebook-and-messenger"},
    {"Facebook/Messenger", "facebook-and-messenger"},
    {"Facebook and Messenger", "facebook-and-messenger"},
    {"KIK", "kik"},
    {"Kik", "kik"},
    {"TikTok", "tiktok"},
    {"Tiktok", "tiktok"},
    {"Tik Tok", "tiktok"},
    {"Facetime", "facetime"},
    {"iMessage", "imessage"},
    {"Online gaming", "online-gaming"},
    {"Yubo OR Yellow", "yubo"},
    {"Telegram", "telegram"},
    {"Signal", "signal"},
    {"Discord", "discord"},
    {"Omegle", "omegle"},
    {"Twitch", "twitch"},
    {"Facebook Watch", "facebook"},
    {"IGTV", "instagram"},
    {"Wickr", "wickr"},
    {"Vkontakte", "vk"},
    {"text message", "text-message"},
    {"Twitter/X", "x"},
    {"Facebook-owned apps", "meta-owned"},
    {"Meta-owned", "meta-owned"},
    {"big four", "?"},
};

TEST_F(ShippedTest, EveryPlatformSpellingIsAMembersOrNeedsAPerson) {
  int left_to_a_person = 0;
  for (const auto& [spelling, member] : kPlatformSpellings) {
    EXPECT_EQ(Code("platform", spelling, "nspcc-foi"), member) << spelling;
    left_to_a_person += std::string(member) == "?";
  }
  EXPECT_EQ(std::size(kPlatformSpellings), 57u);
  EXPECT_EQ(left_to_a_person, 6);
}

TEST_F(ShippedTest, ThoseAreTheSpellingsThatWereSeen) {
  COLLATE_SHARED_FILE(path, "foi/golden/vocab_platform_spellings.csv");
  std::vector<std::string> seen;
  for (const auto& row : ReadCsv(path)) seen.push_back(row.at("spelling_seen"));
  std::vector<std::string> listed;
  for (const auto& [spelling, member] : kPlatformSpellings) {
    listed.push_back(spelling);
  }
  EXPECT_EQ(seen, listed);
}

TEST_F(ShippedTest, ACellThatNamesTwoPlatformsIsNeitherOfThem) {
  constexpr char kBoth[] = "snapchat-and-instagram";
  for (const char* spelling : {"Snapchat & Instagram", "Snapchat and Instagram",
                               "SNAPCHAT AND INSTAGRAM"}) {
    EXPECT_EQ(Code("platform", spelling), kBoth) << spelling;
  }
  EXPECT_EQ(Code("platform", "Yubo OR Yellow"), "yubo");
  EXPECT_EQ(Code("platform", "Facebook OR Facebook Messenger"),
            "facebook-and-messenger");
  // Whatever else is named together is nobody's until a person has looked.
  for (const char* spelling : {"Snapchat & Kik", "Snapchat, Instagram",
                               "Snapchat/Instagram/Kik", "Instagram or Kik"}) {
    EXPECT_EQ(Code("platform", spelling), "?") << spelling;
  }
  EXPECT_THAT(Below("platform", kBoth, "service"),
              UnorderedElementsAre("snapchat", "instagram"));
}

TEST_F(ShippedTest, GroupingsAreDatedAndNeverTheirServices) {
  const Dimension& platform = Of("platform");
  const auto member = [&](const char* code) -> const Member& {
    return platform.member(platform.Find(code).value());
  };
  EXPECT_EQ(FormatDay(member("facebook-and-instagram").validity.begin),
            "2024-04-01");
  for (const char* grouping :
       {"facebook-and-messenger", "facebook-and-instagram",
        "snapchat-and-instagram"}) {
    EXPECT_EQ(platform.levels()[member(grouping).level].code, "grouping");
  }
  const Level& owner = platform.levels()[member("meta-owned").level];
  EXPECT_EQ(owner.code, "owner");
  EXPECT_TRUE(owner.aggregate);
  EXPECT_EQ(Code("platform", "Meta-owned (Facebook, Instagram, WhatsApp)",
                 "nspcc-foi"),
            "meta-owned");
  EXPECT_THAT(
      Below("platform", "meta-owned", "service"),
      UnorderedElementsAre("facebook", "messenger", "instagram", "whatsapp"));
}

TEST_F(ShippedTest, ALabelOfOneCompanyIsWhatItMeantInThatYear) {
  const Dimension& platform = Of("platform");
  const auto resolved = [&](const char* label, const char* day) {
    const auto id =
        platform.Resolve(label, "ncmec-cybertipline", ParseDay(day).value());
    return id.has_value() ? platform.member(*id).code : "?";
  };
  EXPECT_EQ(resolved("Facebook*", "2019-06-01"), "meta-owned");
  EXPECT_EQ(resolved("Facebook*", "2020-12-31"), "meta-owned");
  EXPECT_EQ(resolved("Facebook*", "2021-01-01"), "?");
  EXPECT_EQ(resolved("Facebook", "2021-01-01"), "facebook");
  EXPECT_EQ(Code("platform", "Snap", "eu-dsa-template"), "snapchat");
  EXPECT_EQ(Code("platform", "Snap"), "?");
}

// The codes are unique, so that reports and statements share their members.
TEST_F(ShippedTest, CategoriesOfTheDigitalServicesActBreakInJuly2025) {
  const Dimension& harm = Of("harm");
  const Member& minors =
      harm.member(harm.Find("dsa-protection-of-minors").value());
  for (const char* source : {"eu-dsa-template", "eu-dsa-statements"}) {
    EXPECT_EQ(Code("harm", "STATEMENT_CATEGORY_PROTECTION_OF_MINORS", source),
              minors.code);
    EXPECT_EQ(
        Code("harm", "STATEMENT_CATEGORY_PORNOGRAPHY_OR_SEXUALIZED_CONTENT",
             source),
        "dsa-pornography-or-sexualized-content");
    EXPECT_EQ(Code("dsa_keyword", "KEYWORD_GROOMING_SEXUAL_ENTICEMENT_MINORS",
                   source),
              "grooming-sexual-enticement-minors");
    // The list of keywords is open: an invented one is nobody's.
    EXPECT_EQ(Code("dsa_keyword", "KEYWORD_OTHER_SPAM", source), "?");
    EXPECT_EQ(
        Code("restriction", "DECISION_VISIBILITY_CONTENT_REMOVED", source),
        "visibility-content-removed");
  }
  ASSERT_EQ(minors.series_breaks.size(), 1u);
  EXPECT_EQ(FormatDay(minors.series_breaks[0].day), "2025-07-01");
  for (const char* axis :
       {"dsa_keyword", "dsa_source_type", "automated_detection",
        "automated_decision", "account_action", "restriction"}) {
    EXPECT_EQ(Code(axis, "none"), "none") << axis;
  }
}

// As the adapter hands them over, which are the template's own words.
TEST_F(ShippedTest, LabelsOfTheReportingTemplateAreMembers) {
  const std::pair<const char*, const char*> kLabels[] = {
      {"restriction", "Visibility restriction Removal"},
      {"restriction", "Provision of the service Suspension"},
      {"restriction", "Account restriction Termination"},
      {"automated_detection",
       "Number of measures taken after detection with solely automated means"},
      {"automated_decision",
       "Number of measures solely taken by automated means"},
      {"automated_decision",
       "Number of notices not processed by automated means"},
      {"dsa_source_type", "Trusted flaggers"},
      {"dsa_complaint",
       "Complaint regarding a decision to suspend or terminate an account"},
      {"dsa_outcome", "Decision omitted"},
      {"dsa_suspension",
       "Number of suspensions enacted for the provision of manifestly "
       "unfounded notices"},
      {"dsa_moderator",
       "Number of external moderators contracted by the provider"},
      {"dsa_scope", "NAM Trusted Flagger"},
      {"dsa_scope", "sv"},
      {"dsa_scope", "EL"},
      {"geography", "EL"},
      {"reporter", "Instagram"}};
  for (const auto& [dimension, label] : kLabels) {
    EXPECT_NE(Code(dimension, label, "eu-dsa-template"), "?") << label;
  }
  // German and Germany.
  EXPECT_EQ(Code("dsa_scope", "de"), "de");
  EXPECT_EQ(Code("dsa_scope", "DE"), "state-de");
}

TEST_F(ShippedTest, TheQuestionnairesMeasuresHaveUnitsThatNeverMix) {
  std::set<std::string> units;
  for (const char* code :
       {"offences", "victims", "platform_uses", "perpetrators", "cyber_flagged",
        "platform_share_percent"}) {
    const Measure* measure = vocabulary_->FindMeasure(code);
    ASSERT_NE(measure, nullptr) << code;
    EXPECT_TRUE(units.insert(measure->unit).second) << measure->unit;
    EXPECT_EQ(measure->floor, MeasureFloor::kZero) << code;
  }
  const Measure* share = vocabulary_->FindMeasure("platform_share_percent");
  EXPECT_THAT(share->additive_dimensions, IsEmpty());
  EXPECT_FALSE(share->additive_over_time);
  EXPECT_FALSE(share->ratio.has_value());
  ASSERT_TRUE(share->share.has_value());
  EXPECT_EQ(share->share->dimension, "platform");
  EXPECT_THAT(share->share->counts, ElementsAre("offences", "platform_uses"));
  EXPECT_EQ(share->share->base, "offences");
  EXPECT_TRUE(
      vocabulary_->FindMeasure("platform_uses")->IsAdditiveOver("platform"));
  EXPECT_EQ(vocabulary_->FindMeasure("platform_uses")->mentions_of, "offences");
  // One person may stand in several offences and years.
  for (const char* persons : {"victims", "perpetrators"}) {
    const Measure* measure = vocabulary_->FindMeasure(persons);
    EXPECT_FALSE(measure->IsAdditiveOver("offence")) << persons;
    EXPECT_FALSE(measure->additive_over_time) << persons;
  }
}

TEST_F(ShippedTest, AgeBandsOfThreeQuestionsNeverMerge) {
  const Dimension& bands = Of("age_band");
  std::map<std::string, std::vector<std::string>> by_level;
  for (const Member& band : bands.members()) {
    by_level[bands.levels()[band.level].code].push_back(band.title);
    EXPECT_THAT(band.parents, IsEmpty()) << band.code;
  }
  EXPECT_THAT(by_level["questionnaire"],
              ElementsAre("11 and under", "12-15", "16 and over", "Unknown"));
  EXPECT_THAT(by_level["to-17"],
              ElementsAre("11 and under", "12-15", "16-17", "Unknown"));
  EXPECT_THAT(by_level["four-bands"],
              ElementsAre("0-5", "6-10", "11-15", "16-17", "Unknown"));
  EXPECT_THAT(by_level, SizeIs(3));
  // One name in two questions is the questionnaire's, or nobody's.
  EXPECT_EQ(Code("age_band", "12-15"), "12-15");
  EXPECT_EQ(Code("age_band", "Unknown Age"), "unknown");
  EXPECT_EQ(Code("age_band", "16-17"), "?");
  EXPECT_EQ(Code("age_band", "to-17-12-15"), "to-17-12-15");
  EXPECT_EQ(Code("age_band", "four-bands-16-17"), "four-bands-16-17");
}

TEST_F(ShippedTest, VintagesOfOneCountAreSourcesInAnOrder) {
  std::vector<std::pair<int, std::string>> order;
  for (const Source& source : vocabulary_->sources()) {
    order.emplace_back(source.preference, source.id);
    EXPECT_EQ(source.access, Access::kPublished);
    EXPECT_FALSE(source.attribution.empty());
  }
  std::sort(order.begin(), order.end());
  std::vector<std::string> ids;
  for (const auto& [preference, id] : order) ids.push_back(id);
  // A force's own answer goes before what others print of it.
  EXPECT_THAT(ids, ElementsAre("home-office-prc", "home-office-prc-rolling",
                               "ons-pfa-tables", "northamptonshire-foi",
                               "dyfed-powys-foi", "onthewight", "nspcc-foi",
                               "snap-transparency", "meta-cser", "tiktok-cger",
                               "discord-transparency",
                               "microsoft-digital-safety", "ncmec-cybertipline",
                               "eu-dsa-template", "eu-dsa-statements"));
}

TEST_F(ShippedTest, RowsAboutSingleDecisionsAreNeverKept) {
  const Source* source = vocabulary_->FindSource("eu-dsa-statements");
  ASSERT_NE(source, nullptr);
  EXPECT_EQ(source->retain, Retain::kDigest);
}

TEST_F(ShippedTest, TheBuildCopiesEveryFile) {
  auto copied =
      LoadVocabulary({collate::testing::BuildPath("share/collate/vocabulary")});
  ASSERT_THAT(copied, collate::testing::IsOk());
  EXPECT_EQ(copied->sha256(), vocabulary_->sha256());
}

}  // namespace
}  // namespace collate::vocabulary
