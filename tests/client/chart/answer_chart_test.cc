#include "client/chart/answer_chart.h"

#include <expat.h>
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <map>
#include <memory>
#include <string>
#include <vector>

#include "absl/strings/str_cat.h"
#include "service/base/error.h"

namespace collate::client {
namespace {

using ::testing::AllOf;
using ::testing::Contains;
using ::testing::Eq;
using ::testing::HasSubstr;
using ::testing::Not;
using ::testing::SizeIs;

struct Element {
  std::string name;
  std::map<std::string, std::string> attributes;
  std::string text;
};

// What an XML parser that is not ours sees; fails the test when it is not
// well-formed.
std::vector<Element> ElementsOf(const std::string& svg) {
  struct State {
    std::vector<Element> all;
    std::vector<size_t> open;
  } state;
  const std::unique_ptr<XML_ParserStruct, decltype(&XML_ParserFree)> parser(
      XML_ParserCreate(nullptr), &XML_ParserFree);
  XML_SetUserData(parser.get(), &state);
  XML_SetElementHandler(
      parser.get(),
      [](void* data, const char* name, const char** attributes) {
        auto& at = *static_cast<State*>(data);
        at.open.push_back(at.all.size());
        Element element{name, {}, ""};
        for (; *attributes != nullptr; attributes += 2) {
          element.attributes[attributes[0]] = attributes[1];
        }
        at.all.push_back(element);
      },
      [](void* data, const char*) {
        static_cast<State*>(data)->open.pop_back();
      });
  XML_SetCharacterDataHandler(
      parser.get(), [](void* data, const char* text, int length) {
        auto& at = *static_cast<State*>(data);
        if (at.open.empty()) return;
        at.all[at.open.back()].text.append(text, static_cast<size_t>(length));
      });
  EXPECT_EQ(XML_Parse(parser.get(), svg.data(), static_cast<int>(svg.size()),
                      XML_TRUE),
            XML_STATUS_OK)
      << XML_ErrorString(XML_GetErrorCode(parser.get())) << "\n"
      << svg;
  return state.all;
}

std::vector<Element> Named(const std::vector<Element>& all,
                           const std::string& name) {
  std::vector<Element> some;
  for (const Element& one : all) {
    if (one.name == name) some.push_back(one);
  }
  return some;
}

std::vector<std::string> Texts(const std::vector<Element>& all) {
  std::vector<std::string> texts;
  for (const Element& one : Named(all, "text")) texts.push_back(one.text);
  return texts;
}

v1::Cell* AddCell(v1::QueryStatisticsResponse& answer, int year) {
  v1::Cell* cell = answer.add_cells();
  cell->set_measure("offences");
  cell->set_unit("offences");
  cell->mutable_period()->set_text(absl::StrCat(year, "/", year % 100 + 1));
  cell->mutable_period()->set_start_date(absl::StrCat(year, "-04-01"));
  return cell;
}

v1::Cell* AddFigure(v1::QueryStatisticsResponse& answer, int year,
                    int64_t reported, int64_t lower, int64_t upper) {
  v1::Cell* cell = AddCell(answer, year);
  cell->set_state(v1::STATE_REPORTED);
  cell->set_reported(reported);
  cell->mutable_panel_bounds()->set_lower(lower);
  cell->mutable_panel_bounds()->set_upper(upper);
  return cell;
}

// Four years, of which the third has no number.
v1::QueryStatisticsResponse Gapped() {
  v1::QueryStatisticsResponse answer;
  answer.set_name("answers/12ab");
  AddFigure(answer, 2015, 100, 100, 120);
  AddFigure(answer, 2016, 150, 150, 170);
  v1::Cell* gap = AddCell(answer, 2017);
  gap->set_state(v1::STATE_NO_RELEASE);
  AddFigure(answer, 2018, 200, 200, 200);
  return answer;
}

TEST(AnswerChart, SaysWhatItShowsToThoseWhoDoNotSeeIt) {
  const auto svg = RenderChart(Gapped(), {});
  ASSERT_TRUE(svg.ok()) << svg.status();
  const auto all = ElementsOf(*svg);
  EXPECT_THAT(all[0].name, Eq("svg"));
  EXPECT_THAT(all[0].attributes.at("role"), Eq("img"));
  EXPECT_THAT(all[0].attributes.at("aria-labelledby"), Eq("title desc"));
  EXPECT_THAT(all[1].name, Eq("title"));
  EXPECT_THAT(all[1].text, Eq("Reported offences"));
  EXPECT_THAT(all[2].name, Eq("desc"));
  EXPECT_THAT(all[2].text,
              AllOf(HasSubstr("2015/16: 100, whole panel 100 to 120"),
                    HasSubstr("2017/18: no number, nothing loaded")));
  EXPECT_THAT(*svg, AllOf(Not(HasSubstr("<script")), Not(HasSubstr("href")),
                          Not(HasSubstr("<style"))));
}

TEST(AnswerChart, AGapIsNoZeroAndNoLineCrossesIt) {
  const auto all = ElementsOf(*RenderChart(Gapped(), {}));
  const auto points = Named(all, "circle");
  ASSERT_THAT(points, SizeIs(3));
  // The axis at 0 is the lowest; no point stands on it.
  double zero = 0;
  for (const Element& one : Named(all, "line")) {
    if (one.attributes.at("stroke") == "#555555") {
      zero = std::stod(one.attributes.at("y1"));
    }
  }
  for (const Element& one : points) {
    EXPECT_LT(std::stod(one.attributes.at("cy")), zero - 10);
  }
  // One line of two points, since the third stands alone.
  int lines = 0;
  for (const Element& one : Named(all, "line")) {
    if (one.attributes.at("stroke") == "#0072b2" &&
        one.attributes.at("stroke-width") == "2") {
      ++lines;
      EXPECT_THAT(one.attributes.at("x2"), Eq(points[1].attributes.at("cx")));
    }
  }
  EXPECT_EQ(lines, 1);
  EXPECT_THAT(Texts(all),
              Contains("offences, 2017/18: no number, nothing loaded (0 of "
                       "0)"));
  EXPECT_THAT(Texts(all),
              Contains("Source: collate, answers/12ab, from 0 releases"));
}

TEST(AnswerChart, BoundsAreABandAndAnOpenEndIsDotted) {
  v1::QueryStatisticsResponse answer = Gapped();
  v1::Cell* open = AddFigure(answer, 2019, 210, 210, 0);
  open->mutable_panel_bounds()->clear_upper();
  open->set_state(v1::STATE_NO_RESPONSE);
  open->mutable_coverage()->set_expected(1);
  open->mutable_coverage()->set_due(1);
  v1::MissingReporter* missing = open->mutable_coverage()->add_missing();
  missing->set_title("Kent");
  missing->set_state(v1::STATE_NO_RESPONSE);
  const auto all = ElementsOf(*RenderChart(answer, {}));
  const auto bands = Named(all, "polygon");
  ASSERT_THAT(bands, SizeIs(1));
  EXPECT_THAT(bands[0].attributes.at("fill-opacity"), Eq("0.2"));
  int dotted = 0;
  int dashed = 0;
  for (const Element& one : Named(all, "line")) {
    const auto found = one.attributes.find("stroke-dasharray");
    if (found == one.attributes.end()) continue;
    if (found->second == "2 3") ++dotted;
    if (found->second == "6 4") ++dashed;
  }
  EXPECT_EQ(dotted, 1);
  EXPECT_EQ(dashed, 1) << "to a figure that somebody is missing of";
  EXPECT_THAT(Texts(all), Contains(HasSubstr("offences, 2019/20: 0 of 1; ")));
  EXPECT_THAT(Named(all, "circle").back().attributes.at("fill"), Eq("#ffffff"));
}

TEST(AnswerChart, ASeriesBreakCutsTheLine) {
  v1::QueryStatisticsResponse answer;
  AddFigure(answer, 2015, 100, 100, 100);
  AddFigure(answer, 2016, 150, 150, 150)->add_flags(v1::CELL_FLAG_SERIES_BREAK);
  const auto all = ElementsOf(*RenderChart(answer, {}));
  EXPECT_THAT(Texts(all), Contains("series break"));
  for (const Element& one : Named(all, "line")) {
    EXPECT_FALSE(one.attributes.at("stroke") == "#0072b2" &&
                 one.attributes.at("stroke-width") == "2");
  }
}

TEST(AnswerChart, PeriodsStandInTheirOrderWhateverTheAnswers) {
  v1::QueryStatisticsResponse answer;
  AddFigure(answer, 2016, 1, 1, 1);
  AddFigure(answer, 2015, 2, 2, 2);
  const auto points = Named(ElementsOf(*RenderChart(answer, {})), "circle");
  ASSERT_THAT(points, SizeIs(2));
  // Drawn from the left.
  EXPECT_LT(std::stod(points[0].attributes.at("cx")),
            std::stod(points[1].attributes.at("cx")));
}

v1::Derived* AddChange(v1::Cell& cell, const std::string& lower,
                       const std::string& upper) {
  v1::Derived* derived = cell.add_derived();
  derived->mutable_change()->mutable_base_period()->set_text("2015/16");
  v1::Comparison* matched = derived->mutable_change()->mutable_matched_panel();
  matched->set_outcome(v1::OUTCOME_GIVEN);
  matched->mutable_percent()->set_lower(lower);
  matched->mutable_percent()->set_upper(upper);
  derived->mutable_change()->mutable_as_published()->set_outcome(
      v1::OUTCOME_NOT_DETERMINABLE);
  return derived;
}

TEST(AnswerChart, AChangeHasBothItsBases) {
  v1::QueryStatisticsResponse answer;
  v1::Cell* base = AddFigure(answer, 2015, 100, 100, 100);
  base->add_derived()->mutable_change()->mutable_matched_panel()->set_outcome(
      v1::OUTCOME_IS_BASE);
  base->mutable_derived(0)->mutable_change()->mutable_base_period()->set_text(
      "2015/16");
  base->mutable_derived(0)
      ->mutable_change()
      ->mutable_as_published()
      ->set_outcome(v1::OUTCOME_IS_BASE);
  AddChange(*AddFigure(answer, 2016, 150, 150, 150), "50", "50.000001");
  AddChange(*AddFigure(answer, 2017, 90, 90, 90), "-12", "-8");
  const auto all = ElementsOf(*RenderChart(answer, {}));
  EXPECT_THAT(all[1].text, Eq("Reported offences, change on 2015/16"));
  EXPECT_THAT(Texts(all), Contains("matched panel"));
  EXPECT_THAT(Texts(all), Contains("as published"));
  // Twice the base and one number; an interval is a line and no point.
  EXPECT_THAT(Named(all, "circle"), SizeIs(3));
  EXPECT_THAT(all[2].text, HasSubstr("2016/17: +50.0%"));
  EXPECT_THAT(all[2].text, HasSubstr("2017/18: -12.0% to -8.0%"));
  EXPECT_THAT(Texts(all), Contains(HasSubstr("as published, 2016/17: ")));
}

v1::QueryStatisticsResponse ThreeShares() {
  v1::QueryStatisticsResponse answer;
  for (const char* platform : {"a<b>&\"", "b", "c"}) {
    v1::Cell* cell = AddFigure(answer, 2015, 10, 10, 10);
    v1::Coordinate* coordinate = cell->add_coordinates();
    coordinate->set_dimension("platform");
    coordinate->set_member(platform);
    coordinate->set_title(platform);
    v1::Share* share = cell->add_derived()->mutable_share();
    share->set_dimension("platform");
    share->set_base_kind(v1::SHARE_BASE_KNOWN_OFFENCES);
    share->set_outcome(v1::OUTCOME_GIVEN);
    share->set_multi_response(true);
  }
  const auto share = [&answer](int i) {
    return answer.mutable_cells(i)->mutable_derived(0)->mutable_share();
  };
  share(0)->mutable_percent()->set_lower("48");
  share(0)->mutable_percent()->set_upper("48");
  share(1)->mutable_percent()->set_lower("10");
  share(1)->mutable_percent()->set_upper("20");
  share(2)->set_outcome(v1::OUTCOME_NOT_DETERMINABLE);
  return answer;
}

TEST(AnswerChart, SharesAreBarsThatSayWhatTheyAreOf) {
  const auto svg = RenderChart(ThreeShares(), {});
  ASSERT_TRUE(svg.ok()) << svg.status();
  const auto all = ElementsOf(*svg);
  EXPECT_THAT(all[1].text,
              Eq("Share of offences whose platform is known, 2015/16"));
  // The ground, and the one bar of a share that is known.
  EXPECT_THAT(Named(all, "rect"), SizeIs(2));
  EXPECT_THAT(Texts(all), Contains("48.0%"));
  EXPECT_THAT(Texts(all), Contains("10.0% to 20.0%"));
  EXPECT_THAT(Texts(all), Contains("a<b>&\""));
  EXPECT_THAT(Texts(all), Contains(HasSubstr("more than 100% together")));
  EXPECT_THAT(all[2].text, HasSubstr("c: "));
}

TEST(AnswerChart, TheSameAnswerIsTheSameBytes) {
  EXPECT_THAT(*RenderChart(ThreeShares(), {}),
              Eq(*RenderChart(ThreeShares(), {})));
  EXPECT_THAT(*RenderChart(Gapped(), {}), Eq(*RenderChart(Gapped(), {})));
}

TEST(AnswerChart, MadeUpFiguresSaySoInThePicture) {
  v1::QueryStatisticsResponse answer = Gapped();
  answer.mutable_cells(0)->add_flags(v1::CELL_FLAG_SYNTHETIC_INPUT);
  v1::Caveat* caveat = answer.add_caveats();
  caveat->set_code("NO_PANEL");
  caveat->set_message("none named");
  const auto texts = Texts(ElementsOf(*RenderChart(answer, {})));
  EXPECT_THAT(texts, Contains("SYNTHETIC: made-up figures take part"));
  EXPECT_THAT(texts, Contains("NO_PANEL: none named"));
}

TEST(AnswerChart, TheQuestionStandsInThePicture) {
  v1::StatisticsQuery query;
  v1::Filter* filter = query.add_filters();
  filter->set_dimension("offence");
  filter->add_members("88A");
  query.set_universe("platform_known");
  EXPECT_THAT(Texts(ElementsOf(*RenderChart(Gapped(), query))),
              Contains("offence 88A; universe platform_known"));
}

std::string ReasonOf(const v1::QueryStatisticsResponse& answer) {
  const auto svg = RenderChart(answer, {});
  return base::DetailOf(svg.status()).reason;
}

TEST(AnswerChart, WhatHasNoPictureIsRefused) {
  v1::QueryStatisticsResponse one;
  EXPECT_THAT(ReasonOf(one), Eq("NO_CHART"));
  AddFigure(one, 2015, 1, 1, 1);
  EXPECT_THAT(ReasonOf(one), Eq("NO_CHART")) << "one period";
  v1::QueryStatisticsResponse units = Gapped();
  units.mutable_cells(1)->set_unit("victims");
  EXPECT_THAT(ReasonOf(units), Eq("NO_CHART"));
  v1::QueryStatisticsResponse rate = Gapped();
  rate.mutable_cells(0)->add_derived()->mutable_rate();
  EXPECT_THAT(ReasonOf(rate), Eq("NO_CHART"));
  v1::QueryStatisticsResponse many;
  for (int series = 0; series <= kMostSeries; ++series) {
    for (const int year : {2015, 2016}) {
      v1::Cell* cell = AddFigure(many, year, 1, 1, 1);
      cell->add_coordinates()->set_member(absl::StrCat("m", series));
    }
  }
  EXPECT_THAT(ReasonOf(many), Eq("CHART_TOO_LARGE"));
  v1::QueryStatisticsResponse bars;
  for (int i = 0; i <= kMostBars; ++i) {
    AddCell(bars, 2015)->add_derived()->mutable_share();
  }
  EXPECT_THAT(ReasonOf(bars), Eq("CHART_TOO_LARGE"));
}

}  // namespace
}  // namespace collate::client
