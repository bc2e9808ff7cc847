// The formats of client/export, held to the figures and states they are given.

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <fstream>
#include <nlohmann/json.hpp>
#include <set>
#include <sstream>
#include <tuple>

#include "absl/strings/str_join.h"
#include "absl/strings/str_split.h"
#include "client/export/gss_csv.h"
#include "client/export/json_stat.h"
#include "client/export/observation_writer.h"
#include "client/export/render_export.h"
#include "client/export/sdmx_csv.h"
#include "client/export/status_codes.h"
#include "client/words.h"
#include "tests/client/text_proto.h"
#include "tests/testing/paths.h"
#include "tests/testing/status_matchers.h"

namespace collate::client {
namespace {

using ::collate::testing::HasReason;
using ::collate::testing::IsOk;
using ::collate::testing::TextProto;
using ::testing::AllOf;
using ::testing::Contains;
using ::testing::ElementsAre;
using ::testing::Eq;
using ::testing::HasSubstr;
using ::testing::Not;
using ::testing::StartsWith;
using Json = nlohmann::json;

ExportRow InState(v1::State state) {
  ExportRow row;
  row.state = state;
  return row;
}

// Every state and what each standard calls it, without and with a number.
struct Codes {
  v1::State state;
  const char* gss;
  const char* obs;
  const char* conf;
  const char* gss_with_number;
  const char* obs_with_number;
};

constexpr Codes kCodes[] = {
    {v1::STATE_UNSPECIFIED, "[x]", "O", "F", "[u]", "U"},
    {v1::STATE_REPORTED, "[x]", "O", "F", "", "A"},
    {v1::STATE_ROUNDED, "[x]", "O", "F", "", "A"},
    {v1::STATE_SUPPRESSED, "[c]", "Q", "C", "[u]", "U"},
    {v1::STATE_PARTIAL_PERIOD, "[x]", "O", "F", "[u]", "U"},
    {v1::STATE_REFUSED, "[x]", "L", "N", "[u]", "U"},
    {v1::STATE_NO_RESPONSE, "[x]", "L", "F", "[u]", "U"},
    {v1::STATE_NO_RELEASE, "[x]", "O", "F", "[u]", "U"},
    {v1::STATE_OMITTED_BY_PUBLISHER, "[x]", "L", "F", "[u]", "U"},
    {v1::STATE_NOT_HELD, "[x]", "L", "F", "[u]", "U"},
    {v1::STATE_NOT_YET_PUBLISHED, "[x]", "O", "F", "[u]", "U"},
    {v1::STATE_NOT_ASKED, "[z]", "L", "F", "[u]", "U"},
    {v1::STATE_NOT_APPLICABLE, "[z]", "M", "F", "[u]", "U"},
    {v1::STATE_INCLUDED_ELSEWHERE, "[x]", "K", "F", "[u]", "U"},
    {v1::STATE_AGGREGATED, "[x]", "K", "F", "[u]", "U"},
    {v1::STATE_WITHDRAWN, "[x]", "O", "F", "[u]", "U"},
    {v1::STATE_DROPPED_IN_EDITION, "[x]", "O", "F", "[u]", "U"},
    {v1::STATE_NOT_SHOWN, "[x]", "O", "F", "[u]", "U"},
    {v1::STATE_NOT_CROSSED, "[x]", "O", "F", "[u]", "U"},
    {v1::STATE_ANALYST_EXCLUDED, "[x]", "O", "F", "[u]", "U"}};

TEST(StatusCodes, EveryStateHasItsCodes) {
  ASSERT_THAT(std::size(kCodes), Eq(size_t{v1::State_ARRAYSIZE}));
  for (const Codes& codes : kCodes) {
    ExportRow row = InState(codes.state);
    EXPECT_THAT(GssMarkers(row), Eq(codes.gss)) << codes.state;
    EXPECT_THAT(ObsStatus(row), Eq(codes.obs)) << codes.state;
    EXPECT_THAT(ConfStatus(row), Eq(codes.conf)) << codes.state;
    row.value = int64_t{5};
    EXPECT_THAT(GssMarkers(row), Eq(codes.gss_with_number)) << codes.state;
    EXPECT_THAT(ObsStatus(row), Eq(codes.obs_with_number)) << codes.state;
    EXPECT_THAT(ConfStatus(row), Eq("F")) << codes.state;
  }
}

TEST(StatusCodes, QualityIsSaidOfANumberOnly) {
  ExportRow row = InState(v1::STATE_REPORTED);
  row.value = int64_t{5};
  row.flags = {"REVISED", "PROVISIONAL", "ESTIMATED", "SERIES_BREAK"};
  EXPECT_THAT(GssMarkers(row), Eq("[e][p][r][b]"));
  EXPECT_THAT(ObsStatus(row), Eq("E"));
  row.flags = {"PROVISIONAL", "SERIES_BREAK"};
  EXPECT_THAT(ObsStatus(row), Eq("P"));
  row.flags = {"SERIES_BREAK", "DEFINITION_DIFFERS"};
  EXPECT_THAT(ObsStatus(row), Eq("B"));
  row.flags = {"DEFINITION_DIFFERS"};
  EXPECT_THAT(ObsStatus(row), Eq("D"));
  row.value = Value();
  row.state = v1::STATE_SUPPRESSED;
  EXPECT_THAT(GssMarkers(row), Eq("[c]"));
}

TEST(StatusCodes, LowIsRoundedToZeroAndNotZero) {
  ExportRow row = InState(v1::STATE_ROUNDED);
  row.value = int64_t{0};
  row.bounds.upper = int64_t{2};
  EXPECT_THAT(GssMarkers(row), Eq("[low]"));
  row.bounds.upper = int64_t{0};
  EXPECT_THAT(GssMarkers(row), Eq(""));
}

TEST(StatusCodes, WhatCompletenessForbidsIsMissingAndNotConfidential) {
  ExportRow row = InState(v1::STATE_SUPPRESSED);
  row.flags = {"INCOMPLETE_NOT_GIVEN"};
  EXPECT_THAT(GssMarkers(row), Eq("[x]"));
  EXPECT_THAT(ObsStatus(row), Eq("O"));
  EXPECT_THAT(ConfStatus(row), Eq("F"));
}

v1::Cell SomeCell() {
  return TextProto<v1::Cell>(R"(
    measure: "offences" unit: "offences"
    coordinates { dimension: "reporter" member: "kent" title: "Kent" }
    coordinates { dimension: "sex" member: "f" title: "Female" }
    period { start_date: "2017-04-01" end_date: "2018-04-01" text: "2017/18" }
    state: STATE_SUPPRESSED reported: 80
    reported_bounds { lower: 81 upper: 84 } panel_bounds { lower: 111 }
    coverage { expected: 4 due: 4 complete: 2 stated { reporter_count: 45 }
      tally { state: STATE_REPORTED count: 2 }
      tally { state: STATE_SUPPRESSED count: 2 }
      missing { reporter: "r" title: "R" state: STATE_SUPPRESSED } }
    flags: CELL_FLAG_SYNTHETIC_INPUT basis: BASIS_PANEL_SUM citation_count: 2
    citations { release: "sources/s/releases/b" document: "a.csv"
                document_sha256: "ff" locator: "a.csv:L2:C3" raw: "=1+1" }
    citations { release: "sources/s/releases/a" })");
}

v1::StatisticsQuery SomeQuery() {
  return TextProto<v1::StatisticsQuery>(
      R"(measures: "offences" group_by: "reporter" group_by: "sex")");
}

ExportRow SomeRow() { return RowOf(SomeCell(), SomeQuery(), "answers/aa"); }

ExportMetadata SomeMetadata() {
  ExportMetadata metadata;
  metadata.kind = "answer";
  metadata.query = "{\"measures\":[\"offences\"]}";
  metadata.time = "2026-01-01T00:00:00Z";
  metadata.releases = {{"sources/s/releases/a", "2020-06-01", "s", true}};
  metadata.sources = {{"s", "Title, with comma", "OGL v3", "=HYPERLINK(1)"}};
  metadata.caveats = {{"SYNTHETIC_INPUT", "Made-up figures take part"}};
  metadata.synthetic = true;
  return metadata;
}

// Lines of a CSV that has no line feed within a field, each as fields by name.
std::vector<std::map<std::string, std::string>> Table(const std::string& csv) {
  std::vector<std::map<std::string, std::string>> rows;
  std::vector<std::string> names;
  for (const auto line : absl::StrSplit(csv, '\n', absl::SkipEmpty())) {
    std::vector<std::string> fields = {""};
    bool quoted = false;
    for (size_t i = 0; i < line.size(); ++i) {
      if (line[i] == '"') {
        if (quoted && i + 1 < line.size() && line[i + 1] == '"') {
          fields.back() += line[i++];
        } else {
          quoted = !quoted;
        }
      } else if (line[i] == ',' && !quoted) {
        fields.emplace_back();
      } else {
        fields.back() += line[i];
      }
    }
    if (names.empty()) {
      names = fields;
      continue;
    }
    EXPECT_THAT(fields.size(), Eq(names.size())) << line;
    for (size_t i = 0; i < names.size() && i < fields.size(); ++i) {
      if (i == 0) rows.emplace_back();
      rows.back()[names[i]] = fields[i];
    }
  }
  return rows;
}

std::string SecondBlock(const std::string& csv) {
  return csv.substr(csv.find("\n\n") + 2);
}

TEST(GssCsv, TheBlockSaysWhatItIsAndTheTableHoldsNumbersAndMarkers) {
  v1::QueryStatisticsResponse answer;
  *answer.add_cells() = SomeCell();
  const auto text =
      RenderExport(answer, SomeMetadata(), SomeQuery(), ExportForm::kGssCsv);
  ASSERT_THAT(text, IsOk());
  EXPECT_THAT(
      *text,
      AllOf(StartsWith("collate export,answer\nSYNTHETIC,"),
            HasSubstr("exported,2026-01-01T00:00:00Z\n"),
            HasSubstr("release,\"sources/s/releases/a, published 2020-06-01, "
                      "synthetic\"\n"),
            HasSubstr("source,\"s: Title, with comma; OGL v3; =HYPERLINK(1)"),
            HasSubstr("caveat,SYNTHETIC_INPUT: Made-up"),
            HasSubstr("\nmarkers,[c] withheld")));
  const auto rows = Table(SecondBlock(*text));
  ASSERT_THAT(rows.size(), Eq(1));
  auto row = rows[0];
  EXPECT_THAT(row["reporter"], Eq("kent"));
  EXPECT_THAT(row["sex"], Eq("f"));
  EXPECT_THAT(row["breakdown"], Eq(""));
  EXPECT_THAT(row["value"], Eq("80"));
  EXPECT_THAT(row["value_marker"], Eq("[u]"));
  EXPECT_THAT(row["lower"] + " " + row["upper"], Eq("81 84"));
  EXPECT_THAT(row["panel_lower"] + " " + row["panel_upper"], Eq("111 "));
  EXPECT_THAT(row["state"], Eq("SUPPRESSED"));
  EXPECT_THAT(row["reporters_complete"], Eq("2"));
  EXPECT_THAT(row["reporters_due"], Eq("4"));
  EXPECT_THAT(row["reporters_stated"], Eq("45"));
  EXPECT_THAT(row["basis"], Eq("PANEL_SUM"));
  EXPECT_THAT(row["flags"], Eq("SYNTHETIC_INPUT"));
  EXPECT_THAT(row["reason"], HasSubstr("figures withheld for R"));
  EXPECT_THAT(row["releases"], Eq("sources/s/releases/a;sources/s/releases/b"));
  EXPECT_THAT(row["citations"], Eq("2"));
  EXPECT_THAT(row["locator"], Eq("a.csv:L2:C3"));
  EXPECT_THAT(row["raw"], Eq("'=1+1")) << "no spreadsheet runs it";
}

TEST(GssCsv, TextsThatASpreadsheetRunsAreEscapedAndNumbersAreNot) {
  for (const std::string bad : {"=1", "+1", "-1", "@x", "\tx", "\rx"}) {
    ExportRow row = InState(v1::STATE_REPORTED);
    row.value = int64_t{-5};
    row.citation.set_raw(bad);
    row.reason = bad;
    const std::string line = GssCsvRows({row}, {});
    EXPECT_THAT(line, HasSubstr(",-5,")) << bad;
    EXPECT_THAT(line, Not(HasSubstr("," + bad))) << bad;
    EXPECT_THAT(line, HasSubstr("'" + bad)) << bad;
    EXPECT_THAT(SdmxCsvRows({row}, SdmxStructure::kObservations),
                AllOf(HasSubstr(",-5,"), HasSubstr("'" + bad)));
  }
}

TEST(SdmxCsv, ACellHasItsStatusCoverageAndBounds) {
  const auto rows = Table(SdmxCsvHead(SdmxStructure::kAnswers) +
                          SdmxCsvRows({SomeRow()}, SdmxStructure::kAnswers));
  ASSERT_THAT(rows.size(), Eq(1));
  auto row = rows[0];
  EXPECT_THAT(row["STRUCTURE"], Eq("datastructure"));
  EXPECT_THAT(row["STRUCTURE_ID"], Eq("COLLATE:ANSWERS(2.0.0)"));
  EXPECT_THAT(row["ACTION"], Eq("I"));
  EXPECT_THAT(row["REPORTER"], Eq("kent"));
  EXPECT_THAT(row["BREAKDOWN"], Eq("sex=f"));
  EXPECT_THAT(row["TIME_PERIOD"], Eq("2017-04-01/P1Y"));
  EXPECT_THAT(row["OBS_VALUE"], Eq("80"));
  EXPECT_THAT(row["OBS_STATUS"], Eq("U"));
  EXPECT_THAT(row["CONF_STATUS"], Eq("F"));
  EXPECT_THAT(row["STATE"], Eq("SUPPRESSED"));
  EXPECT_THAT(row["LOWER"] + " " + row["UPPER"], Eq("81 84"));
  EXPECT_THAT(row["PANEL_LOWER"] + " " + row["PANEL_UPPER"], Eq("111 "));
  EXPECT_THAT(
      row["COV_COMPLETE"] + "/" + row["COV_DUE"] + "/" + row["COV_EXPECTED"],
      Eq("2/4/4"));
  EXPECT_THAT(row["COV_STATED"], Eq("45"));
  EXPECT_THAT(row["UNIVERSE"], Eq("_T"));
  EXPECT_THAT(row["ANSWER"], Eq("answers/aa"));
  EXPECT_THAT(row["PANEL"], Eq(""));
  EXPECT_THAT(row["DOCUMENT"] + " " + row["LOCATOR"], Eq("a.csv a.csv:L2:C3"));
  EXPECT_THAT(row["RELEASES"], Eq("sources/s/releases/a;sources/s/releases/b"));
}

TEST(SdmxCsv, WhatIsNotGivenIsAnEmptyValue) {
  v1::Cell cell = SomeCell();
  cell.clear_reported();
  cell.clear_reported_bounds();
  cell.clear_flags();
  cell.add_flags(v1::CELL_FLAG_INCOMPLETE_NOT_GIVEN);
  auto row =
      Table(SdmxCsvHead(SdmxStructure::kAnswers) +
            SdmxCsvRows({RowOf(cell, {}, "")}, SdmxStructure::kAnswers))[0];
  EXPECT_THAT(row["OBS_VALUE"], Eq(""));
  EXPECT_THAT(row["OBS_STATUS"], Eq("O"));
  EXPECT_THAT(row["FLAGS"], Eq("INCOMPLETE_NOT_GIVEN"));
  EXPECT_THAT(row["PANEL_LOWER"], Eq("111"));
}

v1::Period Days(const std::string& begin, const std::string& end) {
  v1::Period period;
  period.set_start_date(begin);
  period.set_end_date(end);
  return period;
}

TEST(SdmxCsv, APeriodIsItsFirstDayAndItsLength) {
  EXPECT_THAT(SdmxTimePeriod(Days("2017-04-01", "2018-04-01")),
              Eq("2017-04-01/P1Y"));
  EXPECT_THAT(SdmxTimePeriod(Days("2012-04-01", "2017-04-01")),
              Eq("2012-04-01/P5Y"));
  EXPECT_THAT(SdmxTimePeriod(Days("2017-10-01", "2018-01-01")),
              Eq("2017-10-01/P3M"));
  EXPECT_THAT(SdmxTimePeriod(Days("2017-04-03", "2018-04-01")),
              Eq("2017-04-03/P363D"));
  EXPECT_THAT(SdmxTimePeriod(Days("2016-06-30", "2016-07-01")),
              Eq("2016-06-30/P1D"));
}

// The shipped structures name exactly the columns that are written, in order.
TEST(SdmxCsv, TheShippedStructuresDescribeWhatIsWritten) {
  std::ifstream in(
      collate::testing::SourcePath("client/export/data/structures.sdmx.json"));
  const Json file = Json::parse(in);
  const Json& scheme = file["data"]["conceptSchemes"][0];
  std::set<std::string> concepts;
  for (const Json& one : scheme["concepts"]) {
    concepts.insert(absl::StrCat(
        "urn:sdmx:org.sdmx.infomodel.conceptscheme.Concept=COLLATE:CONCEPTS(",
        scheme["version"].get<std::string>(), ").",
        one["id"].get<std::string>()));
  }
  for (const auto& [id, version, structure] :
       {std::tuple("OBSERVATIONS", "1.0.0", SdmxStructure::kObservations),
        std::tuple("ANSWERS", "2.0.0", SdmxStructure::kAnswers)}) {
    std::vector<std::string> columns = {"STRUCTURE", "STRUCTURE_ID", "ACTION"};
    for (const Json& dsd : file["data"]["dataStructures"]) {
      if (dsd["id"] != id) continue;
      EXPECT_THAT(dsd["version"], Eq(version));
      const Json& parts = dsd["dataStructureComponents"];
      for (const Json& one : parts["dimensionList"]["dimensions"]) {
        columns.push_back(one["id"]);
        EXPECT_THAT(concepts, Contains(one["conceptIdentity"]));
      }
      columns.push_back(parts["dimensionList"]["timeDimension"]["id"]);
      for (const Json& one : parts["measureList"]["measures"]) {
        columns.push_back(one["id"]);
      }
      for (const Json& one : parts["attributeList"]["attributes"]) {
        columns.push_back(one["id"]);
        EXPECT_THAT(concepts, Contains(one["conceptIdentity"]));
      }
    }
    EXPECT_THAT(SdmxCsvHead(structure), Eq(absl::StrJoin(columns, ",") + "\n"));
  }
  std::set<std::string> states;
  for (const Json& code : file["data"]["codelists"][0]["codes"]) {
    states.insert(code["id"]);
  }
  std::set<std::string> expected;
  for (int state = 1; state <= v1::State_MAX; ++state) {
    expected.insert(StateCode(static_cast<v1::State>(state)));
  }
  EXPECT_THAT(states, Eq(expected));
}

TEST(JsonStat, ADatasetIsTheCrossProductOfItsRows) {
  v1::Cell male = SomeCell();
  male.mutable_coordinates(1)->set_member("m");
  male.clear_reported();
  male.clear_reported_bounds();
  v1::Cell decimal = SomeCell();
  decimal.set_measure("rate");
  decimal.set_unit("per 1,000");
  decimal.clear_reported();
  decimal.set_decimal_reported("97.402800000000000001");
  const auto text = JsonStat(
      SomeMetadata(), {SomeRow(), RowOf(male, {}, ""), RowOf(decimal, {}, "")});
  ASSERT_THAT(text, IsOk());
  const Json json = Json::parse(*text);
  EXPECT_THAT(json["version"], Eq("2.0"));
  EXPECT_THAT(json["class"], Eq("dataset"));
  EXPECT_THAT(json["id"], Eq(Json({"measure", "reporter", "sex", "period"})));
  EXPECT_THAT(json["size"], Eq(Json({2, 1, 2, 1})));
  EXPECT_THAT(json["role"]["time"], Eq(Json({"period"})));
  EXPECT_THAT(json["dimension"]["sex"]["category"]["index"],
              Eq(Json({"f", "m"})));
  EXPECT_THAT(json["dimension"]["reporter"]["category"]["label"]["kent"],
              Eq("Kent"));
  EXPECT_THAT(
      json["dimension"]["measure"]["category"]["unit"]["offences"]["label"],
      Eq("offences"));
  EXPECT_THAT(json["value"]["0"], Eq(80));
  EXPECT_FALSE(json["value"].contains("1")) << "no number is not 0";
  EXPECT_THAT(*text, HasSubstr("\"2\":97.402800000000000001")) << "as printed";
  EXPECT_THAT(json["status"], Eq(Json({{"0", "SUPPRESSED"},
                                       {"1", "SUPPRESSED"},
                                       {"2", "SUPPRESSED"}})));
  EXPECT_THAT(json["note"], Contains(HasSubstr("SYNTHETIC")));
  const Json& extension = json["extension"]["collate"];
  EXPECT_TRUE(extension["synthetic"]);
  EXPECT_THAT(extension["sources"][0]["licence"], Eq("OGL v3"));
  const Json& cell = extension["cells"]["0"];
  EXPECT_THAT(cell["lower"], Eq("81"));
  EXPECT_THAT(cell["panel_lower"], Eq("111"));
  EXPECT_FALSE(cell.contains("panel_upper"));
  EXPECT_THAT(cell["coverage"]["complete"], Eq(2));
  EXPECT_THAT(cell["coverage"]["stated"], Eq(45));
  EXPECT_THAT(cell["releases"].size(), Eq(2));
  EXPECT_THAT(cell["document"], Eq("a.csv"));
  EXPECT_THAT(cell["locator"], Eq("a.csv:L2:C3"));
}

// One question by its filters, and what stands in its key.
struct Asked {
  const char* query;
  const char* reporter;
  const char* breakdown;
};

constexpr Asked kAsked[] = {
    {"", "_T", "_T"},
    {"filters { dimension: 'offence' members: '88A' }", "_T", "offence=88A"},
    {"filters { dimension: 'offence' members: '88A' exclude: true }", "_T",
     "offence!=88A"},
    {"filters { dimension: 'offence' members: '88A' include_descendants: true "
     "}",
     "_T", "offence=88A+"},
    {"filters { dimension: 'offence' members: '88A+' }", "_T",
     "offence=88A%2B"},
    {"filters { dimension: 'offence' members: '71' members: '88A' }", "_T",
     "offence=71|88A"},
    {"filters { dimension: 'offence' members: '71|88A' }", "_T",
     "offence=71%7C88A"},
    {"filters { dimension: 'offence' members: '71' members: '88A' "
     "exclude: true include_descendants: true }",
     "_T", "offence!=71|88A+"},
    {"filters { dimension: 'offence' members: '!=88A' }", "_T",
     "offence=%21%3D88A"},
    {"filters { dimension: 'reporter' members: 'kent' }", "kent", "_T"},
    {"filters { dimension: 'reporter' members: 'kent' members: 'essex' }",
     "essex|kent", "_T"},
    {"filters { dimension: 'reporter' members: 'kent' exclude: true }",
     "!=kent", "_T"},
    {"filters { dimension: 'sex' members: 'f' } "
     "filters { dimension: 'age' members: 'u18' exclude: true } "
     "filters { dimension: 'offence' members: '88A' } "
     "filters { dimension: 'reporter' members: 'wales' "
     "include_descendants: true }",
     "wales+", "offence=88A;sex=f;age!=u18"}};

v1::QueryStatisticsResponse Undivided() {
  v1::QueryStatisticsResponse answer;
  *answer.add_cells() = SomeCell();
  answer.mutable_cells(0)->clear_coordinates();
  return answer;
}

TEST(ExportOfAQuery, SaysWhatTheNumberCounts) {
  std::set<std::string> sdmx;
  std::set<std::string> gss;
  std::set<std::string> json;
  for (const Asked& asked : kAsked) {
    SCOPED_TRACE(asked.query);
    const auto query = TextProto<v1::StatisticsQuery>(asked.query);
    const auto in_sdmx =
        RenderExport(Undivided(), SomeMetadata(), query, ExportForm::kSdmxCsv);
    ASSERT_THAT(in_sdmx, IsOk());
    auto row = Table(*in_sdmx)[0];
    EXPECT_THAT(row["REPORTER"], Eq(asked.reporter));
    EXPECT_THAT(row["BREAKDOWN"], Eq(asked.breakdown));
    sdmx.insert(row["REPORTER"] + " " + row["BREAKDOWN"]);
    const auto in_gss =
        RenderExport(Undivided(), SomeMetadata(), query, ExportForm::kGssCsv);
    ASSERT_THAT(in_gss, IsOk());
    row = Table(SecondBlock(*in_gss))[0];
    EXPECT_THAT(row["reporter"].empty() ? "_T" : row["reporter"],
                Eq(asked.reporter));
    EXPECT_THAT(row["breakdown"].empty() ? "_T" : row["breakdown"],
                Eq(asked.breakdown));
    gss.insert(row["reporter"] + " " + row["breakdown"]);
    const auto in_json =
        RenderExport(Undivided(), SomeMetadata(), query, ExportForm::kJsonStat);
    ASSERT_THAT(in_json, IsOk());
    json.insert(Json::parse(*in_json)["dimension"].dump());
  }
  EXPECT_THAT(sdmx.size(), Eq(std::size(kAsked)));
  EXPECT_THAT(gss.size(), Eq(std::size(kAsked)));
  EXPECT_THAT(json.size(), Eq(std::size(kAsked)));
}

TEST(ExportOfAQuery, TheOrderOfFiltersAndMembersIsNoOtherQuestion) {
  const auto one =
      RowOf(Undivided().cells(0),
            TextProto<v1::StatisticsQuery>(
                "filters { dimension: 'a' members: '1' } "
                "filters { dimension: 'b' members: '2' } "
                "filters { dimension: 'c' members: '3' members: '4' } "
                "filters { dimension: 'd' members: '5' exclude: true }"),
            "");
  const auto other = RowOf(
      Undivided().cells(0),
      TextProto<v1::StatisticsQuery>(
          "filters { dimension: 'd' members: '5' exclude: true } "
          "filters { dimension: 'c' members: '4' members: '3' members: '4' } "
          "filters { dimension: 'b' members: '2' } "
          "filters { dimension: 'a' members: '1' members: '1' }"),
      "");
  EXPECT_THAT(BreakdownOf(one), Eq("a=1;b=2;c=3|4;d!=5"));
  EXPECT_THAT(BreakdownOf(other), Eq(BreakdownOf(one)));
}

TEST(ExportOfAQuery, AFilterOnWhatItIsBrokenDownByIsNotSaidTwice) {
  v1::StatisticsQuery query = SomeQuery();
  *query.add_filters() = TextProto<v1::Filter>(
      "dimension: 'reporter' members: 'kent' members: 'essex'");
  *query.add_filters() = TextProto<v1::Filter>("dimension: 'sex' members: 'f'");
  const ExportRow row = RowOf(SomeCell(), query, "");
  EXPECT_THAT(ReporterOf(row), Eq("kent"));
  EXPECT_THAT(BreakdownOf(row), Eq("sex=f"));
}

TEST(ExportOfAQuery, UniversePanelAndAnswerHaveTheirPlaces) {
  const auto query = TextProto<v1::StatisticsQuery>(
      "universe: 'platform_known' panel: 'four' "
      "filters { dimension: 'offence' members: '88A' members: '71' }");
  v1::QueryStatisticsResponse answer = Undivided();
  answer.set_name("answers/aa");
  const ExportMetadata metadata =
      MetadataOf(answer, query, {}, {}, absl::UnixEpoch());
  auto text = RenderExport(answer, metadata, query, ExportForm::kSdmxCsv);
  ASSERT_THAT(text, IsOk());
  auto row = Table(*text)[0];
  EXPECT_THAT(row["UNIVERSE"], Eq("platform_known"));
  EXPECT_THAT(row["PANEL"], Eq("four"));
  EXPECT_THAT(row["ANSWER"], Eq("answers/aa"));
  text = RenderExport(answer, metadata, query, ExportForm::kGssCsv);
  ASSERT_THAT(text, IsOk());
  EXPECT_THAT(Table(SecondBlock(*text))[0]["universe"], Eq("platform_known"));
  text = RenderExport(answer, metadata, query, ExportForm::kJsonStat);
  ASSERT_THAT(text, IsOk());
  const Json json = Json::parse(*text);
  EXPECT_THAT(json["id"],
              Eq(Json({"measure", "universe", "offence", "period"})));
  EXPECT_THAT(json["dimension"]["offence"]["category"]["index"],
              Eq(Json({"71|88A"})));
  const Json& extension = json["extension"]["collate"];
  EXPECT_THAT(extension["answer"], Eq("answers/aa"));
  EXPECT_THAT(extension["panel"], Eq("four"));
  EXPECT_THAT(extension["universe"], Eq("platform_known"));
}

// Without a name two questions are still told apart.
TEST(ExportOfAQuery, AnAnswerThatWasNotKeptIsKnownByItsQuestion) {
  const auto text =
      RenderExport(Undivided(), SomeMetadata(), {}, ExportForm::kSdmxCsv);
  ASSERT_THAT(text, IsOk());
  EXPECT_THAT(*text, HasSubstr("\"{\"\"measures\"\":[\"\"offences\"\"]}\""));
}

TEST(JsonStat, RowsWithoutAnAxisStandAtItsTotal) {
  v1::Cell whole = SomeCell();
  whole.mutable_coordinates()->RemoveLast();
  const auto text = JsonStat(SomeMetadata(), {SomeRow(), RowOf(whole, {}, "")});
  ASSERT_THAT(text, IsOk());
  EXPECT_THAT(Json::parse(*text)["dimension"]["sex"]["category"]["index"],
              Eq(Json({"f", "_T"})));
}

TEST(JsonStat, NothingIsADatasetWithoutValues) {
  const auto text = JsonStat(SomeMetadata(), {});
  ASSERT_THAT(text, IsOk());
  EXPECT_THAT(Json::parse(*text)["value"], Eq(Json::object()));
}

TEST(JsonStat, ACrossProductBeyondTheLimitIsRefused) {
  std::vector<ExportRow> rows;
  for (int i = 0; i < 1001; ++i) {
    ExportRow row = InState(v1::STATE_REPORTED);
    for (const char* dimension : {"a", "b"}) {
      v1::Coordinate& at = row.coordinates.emplace_back();
      at.set_dimension(dimension);
      at.set_member(absl::StrCat(i));
    }
    rows.push_back(std::move(row));
  }
  const auto text = JsonStat(SomeMetadata(), rows);
  EXPECT_THAT(text, HasReason("JSON_STAT_TOO_LARGE"));
  EXPECT_THAT(text.status().message(), HasSubstr("1001 of a, 1001 of b"));
  rows.resize(1000);
  EXPECT_THAT(JsonStat(SomeMetadata(), rows), IsOk());
}

TEST(JsonStat, TwoNumbersForOnePlaceAreRefused) {
  ExportRow first = SomeRow();
  ExportRow second = first;
  second.citation.set_locator("a.csv:L9:C3");
  const auto text = JsonStat(SomeMetadata(), {first, second});
  EXPECT_THAT(text, HasReason("JSON_STAT_REPEATED_KEY"));
  EXPECT_THAT(text.status().message(),
              AllOf(HasSubstr("a.csv:L2:C3"), HasSubstr("a.csv:L9:C3")));
}

v1::Observation SomeObservation() {
  return TextProto<v1::Observation>(R"(
    measure: "offences" universe: "platform_known"
    coordinates { dimension: "reporter" member: "kent" title: "Kent" }
    coordinates { dimension: "offence" member: "" }
    period { start_date: "2017-04-01" end_date: "2018-04-01" text: "2017/18" }
    state: STATE_SUPPRESSED bounds { lower: 1 upper: 4 }
    reason: "fewer than five" unmapped: true
    flags: OBSERVATION_FLAG_PROVISIONAL
    citation { release: "sources/s/releases/a" document: "a.csv"
      document_sha256: "ff" locator: "a.csv:L2:C3" raw: "<5"
      labels { dimension: "offence" text: "8;8=A%" } printed_by: "lbc.co.uk" }
    record_count: 7)");
}

class WriterTest : public ::testing::Test {
 protected:
  std::string Write(ExportForm form, int batches = 2) {
    std::string out;
    v1::Measure measure;
    measure.set_name("measures/offences");
    measure.set_unit("offences");
    v1::Source source;
    source.set_name("sources/s");
    source.set_licence("OGL v3");
    ObservationWriter writer(form, {measure}, {source},
                             [&out](absl::string_view text) {
                               absl::StrAppend(&out, text);
                               return absl::OkStatus();
                             });
    v1::ExportObservationsResponse part;
    part.mutable_header()->add_releases()->set_release("sources/s/releases/a");
    part.mutable_header()->set_observation_count(batches);
    EXPECT_THAT(writer.Add(part), IsOk());
    for (int i = 0; i < batches; ++i) {
      v1::Observation* one = part.mutable_batch()->add_observations();
      *one = SomeObservation();
      one->mutable_coordinates(0)->set_member(absl::StrCat("kent", i));
      EXPECT_THAT(writer.Add(part), IsOk());
      part.mutable_batch()->Clear();
    }
    part.mutable_footer()->set_observation_count(batches);
    part.mutable_footer()->set_sha256("ee");
    EXPECT_THAT(writer.Add(part), IsOk());
    return out;
  }
};

TEST_F(WriterTest, GssCsvHasALineForEachObservation) {
  const std::string text = Write(ExportForm::kGssCsv);
  EXPECT_THAT(text, HasSubstr("source,s: OGL v3\n"));
  const auto rows = Table(SecondBlock(text));
  ASSERT_THAT(rows.size(), Eq(2));
  auto row = rows[1];
  EXPECT_THAT(row["reporter"], Eq("kent1"));
  EXPECT_THAT(row["unit"], Eq("offences"));
  EXPECT_THAT(row["universe"], Eq("platform_known"));
  EXPECT_THAT(row["breakdown"], Eq("offence=\"8%3B8%3DA%25\""));
  EXPECT_THAT(row["value"], Eq(""));
  EXPECT_THAT(row["value_marker"], Eq("[c]"));
  EXPECT_THAT(row["lower"] + " " + row["upper"], Eq("1 4"));
  EXPECT_THAT(row["reason"], Eq("fewer than five"));
  EXPECT_THAT(row["raw"], Eq("<5"));
  EXPECT_THAT(row["document_sha256"], Eq("ff"));
}

TEST_F(WriterTest, SdmxCsvHasReleaseAndPlaceInItsKey) {
  const auto rows = Table(Write(ExportForm::kSdmxCsv));
  ASSERT_THAT(rows.size(), Eq(2));
  auto row = rows[0];
  EXPECT_THAT(row["STRUCTURE_ID"], Eq("COLLATE:OBSERVATIONS(1.0.0)"));
  EXPECT_THAT(row["RELEASE"], Eq("sources/s/releases/a"));
  EXPECT_THAT(row["LOCATOR"], Eq("a.csv:L2:C3"));
  EXPECT_THAT(row["OBS_VALUE"], Eq(""));
  EXPECT_THAT(row["OBS_STATUS"], Eq("Q"));
  EXPECT_THAT(row["CONF_STATUS"], Eq("C"));
  EXPECT_THAT(row["FLAGS"], Eq("PROVISIONAL;UNMAPPED"));
  EXPECT_THAT(row["PRINTED_BY"], Eq("lbc.co.uk"));
  EXPECT_THAT(row["RECORDS"], Eq("7"));
}

TEST_F(WriterTest, NdjsonHasHeaderObservationsAndFooter) {
  std::vector<Json> lines;
  for (const auto line :
       absl::StrSplit(Write(ExportForm::kNdjson), '\n', absl::SkipEmpty())) {
    lines.push_back(Json::parse(line.begin(), line.end()));
  }
  ASSERT_THAT(lines.size(), Eq(4));
  EXPECT_THAT(lines[0]["header"]["observationCount"], Eq("2"));
  EXPECT_THAT(lines[1]["observation"]["state"], Eq("STATE_SUPPRESSED"));
  EXPECT_FALSE(lines[1]["observation"].contains("value"));
  EXPECT_THAT(lines[3]["footer"]["sha256"], Eq("ee"));
}

TEST_F(WriterTest, JsonStatIsWrittenAtTheEnd) {
  const Json json = Json::parse(Write(ExportForm::kJsonStat));
  EXPECT_THAT(json["id"], Eq(Json({"measure", "universe", "release", "reporter",
                                   "offence", "period"})));
  EXPECT_THAT(json["status"].size(), Eq(2));
  EXPECT_THAT(json["value"], Eq(Json::object()));
  EXPECT_THAT(json["extension"]["collate"]["cells"]["0"]["document"],
              Eq("a.csv"));
  EXPECT_THAT(json["dimension"]["offence"]["category"]["label"]["\"8;8=A%\""],
              Eq("8;8=A% (not known)"));
}

TEST(ObservationWriterTest, AnExportTooLargeForJsonStatEndsAtItsHeader) {
  ObservationWriter writer(ExportForm::kJsonStat, {}, {},
                           [](absl::string_view) { return absl::OkStatus(); });
  v1::ExportObservationsResponse part;
  part.mutable_header()->set_observation_count(kMaxJsonStatPositions + 1);
  EXPECT_THAT(writer.Add(part), HasReason("JSON_STAT_TOO_LARGE"));
}

}  // namespace
}  // namespace collate::client
