// How a cell came to be, and the documents behind it. Figures are synthetic.

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <algorithm>
#include <cstdint>
#include <string>
#include <utility>
#include <vector>

#include "absl/strings/str_cat.h"
#include "service/api/statistics_handlers.h"
#include "tests/service/api/statistics_fixture.h"
#include "tests/testing/derivation_checks.h"
#include "tests/testing/status_matchers.h"
#include "tests/testing/world.h"

namespace collate::api {
namespace {

using ::collate::testing::DraftsOf;
using ::collate::testing::ExpectAddsUp;
using ::collate::testing::FakeClock;
using ::collate::testing::HasReason;
using ::collate::testing::IsOk;
using ::collate::testing::PublishedWorld;
using ::collate::testing::StatisticsFixture;
using ::collate::testing::StatusIs;
using ::collate::testing::StepsOf;
using ::collate::testing::World;
using ::testing::HasSubstr;
using ::testing::IsEmpty;
using ::testing::SizeIs;
using vocabulary::State;

// p prints quarters of 2017/18, q withholds one of two offences, r is in the
// first year only, s is silent; a second source prints another number of p.
World Derived() {
  World world;
  world.Release("first", "2020-06-01").Slice({.axes = {"offence@code"}});
  const char* const quarters[] = {"2017/18 Q1", "2017/18 Q2", "2017/18 Q3",
                                  "2017/18 Q4"};
  for (int i = 0; i < 4; ++i) {
    world.Row({.reporter = "p",
               .at = {"88A"},
               .period = quarters[i],
               .value = 10 + i,
               .line = static_cast<uint64_t>(2 + i)});
  }
  world.Row({.reporter = "q", .at = {"88A"}, .period = "2017/18", .value = 20})
      .Row({.reporter = "q",
            .at = {"71"},
            .period = "2017/18",
            .state = State::kSuppressed,
            .lower = 1,
            .upper = 4,
            .reason = "fewer than five",
            .line = 9})
      .Row({.reporter = "p", .at = {"71"}, .period = "2017/18", .value = 4})
      .Row({.reporter = "p", .at = {"88A"}, .period = "2016/17", .value = 40})
      .Row({.reporter = "q", .at = {"88A"}, .period = "2016/17", .value = 10})
      .Row({.reporter = "r", .at = {"88A"}, .period = "2016/17", .value = 60})
      .Slice({.measure = "people"})
      .Row({.reporter = "p",
            .period = "2016-06-30",
            .state = State::kRounded,
            .value = 2000,
            .lower = 1950,
            .upper = 2050});
  world.Release("second", "2020-06-01")
      .Slice({.axes = {"offence@code"}})
      .Row({.reporter = "p", .at = {"88A"}, .period = "2017/18", .value = 47});
  return world;
}

class ExplanationTest : public StatisticsFixture {
 protected:
  ExplanationTest() : StatisticsFixture(Derived()) {}

  static v1::StatisticsQuery Question(
      const std::vector<std::string>& offences) {
    v1::StatisticsQuery query;
    query.add_measures("offences");
    query.set_panel("four");
    query.add_periods("2017/18");
    v1::Filter* filter = query.add_filters();
    filter->set_dimension("offence");
    for (const std::string& offence : offences) filter->add_members(offence);
    return query;
  }

  absl::StatusOr<v1::ExplainCellResponse> Explain(
      const v1::StatisticsQuery& query) {
    v1::QueryStatisticsRequest request;
    *request.mutable_query() = query;
    const auto answer = Query(request);
    if (!answer.ok()) return answer.status();
    return StatisticsFixture::Explain(answer->cells(0).handle());
  }
};

TEST_F(ExplanationTest, ACellIsTheSumOfReportersLeavesAndPrintedCells) {
  COLLATE_ASSERT_OK_AND_ASSIGN(const auto response,
                               Explain(Question({"88A", "71"})));
  const v1::Step& root = response.derivation();
  ExpectAddsUp(root);
  EXPECT_EQ(root.kind(), v1::STEP_KIND_CELL);
  EXPECT_EQ(root.reported(), response.cell().reported());
  EXPECT_EQ(root.reported(), 46 + 4 + 20);
  EXPECT_EQ(root.bounds().lower(), response.cell().panel_bounds().lower());
  ASSERT_THAT(root.inputs(), SizeIs(4)) << "the panel, silent s included";
  EXPECT_EQ(root.inputs(0).title(), "Title of p");
  EXPECT_EQ(root.inputs(0).source(), "first");
  EXPECT_EQ(root.inputs(3).state(), v1::STATE_NO_RELEASE);
  EXPECT_FALSE(root.inputs(3).has_reported());
  EXPECT_THAT(StepsOf(root, v1::STEP_KIND_LEAF), SizeIs(8));
  EXPECT_THAT(StepsOf(root, v1::STEP_KIND_PRINTED), SizeIs(8));
}

TEST_F(ExplanationTest, ALeafSaysHowItWasFoundAndWhatOthersPrint) {
  COLLATE_ASSERT_OK_AND_ASSIGN(const auto response, Explain(Question({"88A"})));
  const v1::Step& leaf = response.derivation().inputs(0).inputs(0);
  EXPECT_EQ(leaf.method(), v1::METHOD_TILED)
      << "the second source prints the year, but sources go first";
  const auto all = StepsOf(response.derivation(), v1::STEP_KIND_LEAF);
  EXPECT_EQ(all[0], &leaf);
  EXPECT_EQ(leaf.source(), "first");
  const auto others = StepsOf(leaf, v1::STEP_KIND_OTHER);
  ASSERT_THAT(others, SizeIs(1));
  EXPECT_EQ(others[0]->source(), "second");
  EXPECT_EQ(others[0]->reported(), 47);
  EXPECT_THAT(others[0]->title(), HasSubstr("no number fits both"));
  ASSERT_THAT(others[0]->inputs(), SizeIs(1));
  EXPECT_EQ(others[0]->inputs(0).citation().release(),
            "sources/second/releases/2");
}

TEST_F(ExplanationTest, AWithheldCellIsPrintedWithoutANumber) {
  COLLATE_ASSERT_OK_AND_ASSIGN(const auto response, Explain(Question({"71"})));
  const auto printed = StepsOf(response.derivation(), v1::STEP_KIND_PRINTED);
  ASSERT_THAT(printed, SizeIs(2));
  const v1::Step& withheld = *printed[1];
  EXPECT_EQ(withheld.state(), v1::STATE_SUPPRESSED);
  EXPECT_FALSE(withheld.has_reported());
  EXPECT_EQ(withheld.bounds().lower(), 1);
  EXPECT_EQ(withheld.bounds().upper(), 4);
  EXPECT_EQ(withheld.reason(), "fewer than five");
  EXPECT_EQ(withheld.citation().locator(), "file.csv:L9:C8");
}

TEST_F(ExplanationTest, BothBasesOfAChangeHaveTheirReporters) {
  v1::StatisticsQuery query = Question({"88A"});
  query.add_derivations()->mutable_change()->set_base_period("2016/17");
  COLLATE_ASSERT_OK_AND_ASSIGN(const auto response, Explain(query));
  ExpectAddsUp(response.derivation());
  const auto quotients = StepsOf(response.derivation(), v1::STEP_KIND_QUOTIENT);
  ASSERT_THAT(quotients, SizeIs(2));
  const v1::Change& change = response.cell().derived(0).change();

  const v1::Step& matched = *quotients[0];
  EXPECT_THAT(matched.title(), HasSubstr("matched panel"));
  EXPECT_EQ(matched.decimal_bounds().lower(),
            change.matched_panel().percent().lower());
  ASSERT_THAT(matched.inputs(), SizeIs(2));
  EXPECT_EQ(matched.inputs(0).kind(), v1::STEP_KIND_NUMERATOR);
  EXPECT_EQ(matched.inputs(0).reported(), 66);
  EXPECT_EQ(matched.inputs(1).kind(), v1::STEP_KIND_BASE);
  EXPECT_EQ(matched.inputs(1).reported(), 50);
  // Those in it, then those that are not.
  ASSERT_THAT(matched.inputs(0).inputs(), SizeIs(4));
  const v1::Step& r = matched.inputs(0).inputs(2);
  EXPECT_EQ(r.title(), "Title of r");
  EXPECT_FALSE(r.has_reported());
  EXPECT_THAT(r.reason(), HasSubstr("left out of both sides: in 2017/18"));
  EXPECT_THAT(matched.inputs(1).inputs(), SizeIs(2));

  const v1::Step& published = *quotients[1];
  EXPECT_THAT(published.title(), HasSubstr("as published"));
  EXPECT_EQ(published.inputs(0).reported(), 66);
  EXPECT_EQ(published.inputs(1).reported(), 110) << "r included";
}

TEST_F(ExplanationTest, ARateHasNumeratorAndDenominatorOfTheSameReporters) {
  v1::StatisticsQuery query = Question({"88A"});
  v1::RateDerivation* rate = query.add_derivations()->mutable_rate();
  rate->set_denominator("people");
  rate->set_denominator_period("2016-06-30");
  COLLATE_ASSERT_OK_AND_ASSIGN(const auto response, Explain(query));
  ExpectAddsUp(response.derivation());
  const auto quotients = StepsOf(response.derivation(), v1::STEP_KIND_QUOTIENT);
  ASSERT_THAT(quotients, SizeIs(1));
  EXPECT_EQ(quotients[0]->decimal_bounds().lower(),
            response.cell().derived(0).rate().bounds().lower());
  EXPECT_EQ(quotients[0]->state(), v1::STATE_ROUNDED);
  EXPECT_EQ(quotients[0]->inputs(0).reported(), 46);
  const v1::Step& base = quotients[0]->inputs(1);
  EXPECT_EQ(base.reported(), 2000);
  EXPECT_EQ(base.bounds().upper(), 2050);
  ASSERT_THAT(base.inputs(), SizeIs(1));
  EXPECT_EQ(base.inputs(0).title(), "Title of p");
  EXPECT_THAT(StepsOf(base, v1::STEP_KIND_PRINTED), SizeIs(1));
}

TEST_F(ExplanationTest, WhereNobodyHasBothSidesThereIsNoNumber) {
  v1::StatisticsQuery query = Question({"88A"});
  v1::RateDerivation* rate = query.add_derivations()->mutable_rate();
  rate->set_denominator("people");
  rate->set_denominator_period("2001-06-30");
  COLLATE_ASSERT_OK_AND_ASSIGN(const auto response, Explain(query));
  ExpectAddsUp(response.derivation());
  const auto quotients = StepsOf(response.derivation(), v1::STEP_KIND_QUOTIENT);
  ASSERT_THAT(quotients, SizeIs(1));
  EXPECT_FALSE(quotients[0]->has_decimal_bounds());
  ASSERT_THAT(quotients[0]->inputs(), SizeIs(1));
  EXPECT_THAT(quotients[0]->inputs(0).inputs(), SizeIs(4)) << "all left out";
}

TEST_F(ExplanationTest, ABasePeriodIsComparedWithNothing) {
  v1::StatisticsQuery query = Question({"88A"});
  query.add_derivations()->mutable_change()->set_base_period("2017/18");
  COLLATE_ASSERT_OK_AND_ASSIGN(const auto response, Explain(query));
  ExpectAddsUp(response.derivation());
  for (const v1::Step* one :
       StepsOf(response.derivation(), v1::STEP_KIND_QUOTIENT)) {
    EXPECT_THAT(one->inputs(), IsEmpty());
    EXPECT_EQ(one->state(), v1::STATE_NOT_APPLICABLE);
    EXPECT_THAT(one->reason(), HasSubstr("base period"));
  }
}

TEST_F(ExplanationTest, DecimalsStayDecimals) {
  World world;
  world.Release("first", "2018-06-01")
      .Slice({.aggregation = store::Aggregation::kNone,
              .measure = "printed_rate",
              .scale = 4})
      .Row({.reporter = "p", .period = "2017/18", .value = 974028});
  PublishedWorld published(world);
  options_.publisher = &published.publisher();
  v1::StatisticsQuery query;
  query.add_measures("printed_rate");
  query.add_periods("2017/18");
  v1::Filter* filter = query.add_filters();
  filter->set_dimension("reporter");
  filter->add_members("p");
  COLLATE_ASSERT_OK_AND_ASSIGN(const auto response, Explain(query));
  ExpectAddsUp(response.derivation());
  for (const v1::StepKind kind : {v1::STEP_KIND_CELL, v1::STEP_KIND_REPORTER,
                                  v1::STEP_KIND_LEAF, v1::STEP_KIND_PRINTED}) {
    const auto steps = StepsOf(response.derivation(), kind);
    ASSERT_THAT(steps, SizeIs(1));
    EXPECT_EQ(steps[0]->decimal_reported(), "97.4028");
    EXPECT_FALSE(steps[0]->has_reported());
  }
}

TEST_F(ExplanationTest, TheReleasesSayWhoReadThem) {
  COLLATE_ASSERT_OK_AND_ASSIGN(const auto response, Explain(Question({"88A"})));
  ASSERT_THAT(response.releases(), SizeIs(2)) << "the other source's, too";
  EXPECT_EQ(response.releases(0).release(), "sources/first/releases/1");
  EXPECT_TRUE(response.releases(0).has_publish_time());
  EXPECT_TRUE(response.releases(0).has_load_time());
}

TEST_F(ExplanationTest, ATreeBeyondTheLimitIsRefused) {
  COLLATE_ASSERT_OK_AND_ASSIGN(const auto whole, Explain(Question({"88A"})));
  options_.max_response_bytes = static_cast<int64_t>(
      whole.ByteSizeLong() - whole.derivation().ByteSizeLong() / 2);
  EXPECT_THAT(Explain(Question({"88A"})), HasReason("ANSWER_TOO_LARGE"));
}

// Takes what is streamed.
class Parts final : public Writer<v1::ReadDocumentResponse> {
 public:
  absl::Status Write(v1::ReadDocumentResponse message) override {
    bytes += message.chunk();
    largest = std::max(largest, message.chunk().size());
    parts.push_back(std::move(message));
    return absl::OkStatus();
  }
  void TryWrite(v1::ReadDocumentResponse) override {}

  std::vector<v1::ReadDocumentResponse> parts;
  std::string bytes;
  size_t largest = 0;
};

class NoCells final : public Writer<v1::ReadDocumentCellsResponse> {
 public:
  absl::Status Write(v1::ReadDocumentCellsResponse) override {
    ADD_FAILURE() << "nothing is there to be written";
    return absl::OkStatus();
  }
  void TryWrite(v1::ReadDocumentCellsResponse) override {}
};

class ReadDocumentTest : public ::testing::Test {
 protected:
  ReadDocumentTest() {
    World world;
    world.Release("first", "2018-06-01")
        .Slice({})
        .Row({.reporter = "p", .period = "2017/18", .value = 1});
    store::ReleaseDraft draft = DraftsOf(*world.Build())[0];
    draft.release.documents = {
        {"big.csv", "text/csv", "aa", static_cast<int64_t>(big_.size()), true},
        {"empty.csv", "", "bb", 0, true},
        {"digest.csv", "", "cc", 5, false},
        {"gone.xlsx", "", std::string(64, 'd'), 5, false}};
    EXPECT_THAT(world_.publisher().Publish(draft), IsOk());
    world_.store().Keep("aa", big_);
    options_.publisher = &world_.publisher();
    options_.store = &world_.store();
  }

  absl::Status Read(const std::string& document, int64_t offset,
                    int64_t byte_count, Parts& parts) {
    v1::ReadDocumentRequest request;
    request.set_release("sources/first/releases/1");
    request.set_document(document);
    request.set_offset(offset);
    request.set_byte_count(byte_count);
    CallContext context(clock_);
    return StatisticsHandlers(options_).ReadDocument(context, request, parts);
  }

  // Longer than two parts, no two stretches alike.
  std::string big_ = [] {
    std::string text;
    for (int i = 0; text.size() < (size_t{5} << 19); ++i) {
      absl::StrAppend(&text, i, "\n");
    }
    return text;
  }();
  FakeClock clock_;
  PublishedWorld world_{World()};
  StatisticsHandlers::Options options_;
};

TEST_F(ReadDocumentTest, ADocumentComesWholeInPartsOfAMebibyte) {
  Parts parts;
  ASSERT_THAT(Read("big.csv", 0, 0, parts), IsOk());
  EXPECT_EQ(parts.bytes, big_);
  ASSERT_THAT(parts.parts, SizeIs(3));
  EXPECT_EQ(parts.largest, size_t{1} << 20);
  EXPECT_EQ(parts.parts[0].sha256(), "aa");
  EXPECT_EQ(parts.parts[0].media_type(), "text/csv");
  EXPECT_EQ(parts.parts[0].total_bytes(), static_cast<int64_t>(big_.size()));
  EXPECT_EQ(parts.parts[1].sha256(), "");
}

TEST_F(ReadDocumentTest, ARangeIsReadAndNoMore) {
  Parts parts;
  ASSERT_THAT(Read("big.csv", 10, 100, parts), IsOk());
  EXPECT_EQ(parts.bytes, big_.substr(10, 100));
  EXPECT_EQ(parts.parts[0].total_bytes(), static_cast<int64_t>(big_.size()));
  Parts rest;
  const auto end = static_cast<int64_t>(big_.size());
  ASSERT_THAT(Read("big.csv", end - 3, int64_t{1} << 62, rest), IsOk());
  EXPECT_EQ(rest.bytes, big_.substr(big_.size() - 3));
  Parts none;
  ASSERT_THAT(Read("big.csv", end, 0, none), IsOk());
  EXPECT_THAT(none.parts, SizeIs(1)) << "says what the document is";
  EXPECT_EQ(none.bytes, "");
}

TEST_F(ReadDocumentTest, AnEmptyDocumentIsOnePart) {
  Parts parts;
  ASSERT_THAT(Read("empty.csv", 0, 0, parts), IsOk());
  ASSERT_THAT(parts.parts, SizeIs(1));
  EXPECT_EQ(parts.parts[0].sha256(), "bb");
}

// Before a worker is asked.
TEST_F(ReadDocumentTest, CellsAreRefusedWhereTheDocumentIs) {
  NoCells writer;
  const auto read = [&](const std::string& release,
                        const std::string& document) {
    v1::ReadDocumentCellsRequest request;
    request.set_release(release);
    request.set_document(document);
    CallContext context(clock_);
    return StatisticsHandlers(options_).ReadDocumentCells(context, request,
                                                          writer);
  };
  EXPECT_THAT(read("sources/first/releases/9", "big.csv"),
              HasReason("RELEASE_NOT_FOUND"));
  EXPECT_THAT(read("sources/first/releases/1", "other.csv"),
              HasReason("DOCUMENT_NOT_FOUND"));
  EXPECT_THAT(read("sources/first/releases/1", "gone.xlsx"),
              HasReason("DOCUMENT_NOT_RETAINED"));
}

TEST_F(ReadDocumentTest, WhatIsNotThereIsSaid) {
  Parts parts;
  EXPECT_THAT(Read("other.csv", 0, 0, parts), HasReason("DOCUMENT_NOT_FOUND"));
  EXPECT_THAT(Read("big.csv", -1, 0, parts), HasReason("INVALID_RANGE"));
  EXPECT_THAT(Read("big.csv", 0, -1, parts), HasReason("INVALID_RANGE"));
  const absl::Status behind =
      Read("big.csv", static_cast<int64_t>(big_.size()) + 1, 0, parts);
  EXPECT_THAT(behind, StatusIs(absl::StatusCode::kOutOfRange));
  const absl::Status digest = Read("digest.csv", 0, 0, parts);
  EXPECT_THAT(digest, StatusIs(absl::StatusCode::kFailedPrecondition));
  EXPECT_THAT(digest, HasReason("DOCUMENT_NOT_RETAINED"));
  EXPECT_THAT(std::string(digest.message()), HasSubstr("sha256 cc"));
  EXPECT_THAT(parts.parts, IsEmpty());
  v1::ReadDocumentRequest request;
  request.set_release("sources/first/releases/9");
  CallContext context(clock_);
  EXPECT_THAT(
      StatisticsHandlers(options_).ReadDocument(context, request, parts),
      HasReason("RELEASE_NOT_FOUND"));
}

}  // namespace
}  // namespace collate::api
