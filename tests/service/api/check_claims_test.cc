// Claims on their way from messages to verdicts. Figures are synthetic.

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <string>

#include "collate/v1/claims.pb.h"
#include "google/protobuf/text_format.h"
#include "service/api/convert_claims.h"
#include "service/api/statistics_handlers.h"
#include "service/base/error.h"
#include "tests/service/api/statistics_fixture.h"
#include "tests/testing/status_matchers.h"
#include "tests/testing/world.h"

namespace collate::api {
namespace {

using ::collate::testing::HasReason;
using ::collate::testing::IsOk;
using ::collate::testing::PublishedWorld;
using ::collate::testing::StatisticsFixture;
using ::collate::testing::ThreeReporters;
using ::collate::testing::World;
using ::testing::AllOf;
using ::testing::ElementsAre;
using ::testing::HasSubstr;
using ::testing::IsEmpty;
using ::testing::SizeIs;

template <typename Message>
Message Read(const std::string& text) {
  Message message;
  EXPECT_TRUE(google::protobuf::TextFormat::ParseFromString(text, &message));
  return message;
}

// p, q, r and the region of p and q, which prints a total of its own.
World WithRegion() {
  World world = ThreeReporters();
  world.Release("second", "2020-07-01")
      .Slice({.axes = {"offence@code"}})
      .Row({.reporter = "pq",
            .at = {"88A"},
            .period = "2017/18",
            .value = 51,
            .stated_reporters = 2,
            .printed_by = "a newspaper"});
  return world;
}

constexpr char kSet[] = R"pb(
  id: 'story'
  date: '2020-08-01'
  defaults {
    measures: 'offences'
    filters { dimension: 'offence' members: '88A' }
    periods: '2017/18'
    panel: 'four'
  }
)pb";

class CheckClaimsTest : public StatisticsFixture {
 protected:
  CheckClaimsTest() : StatisticsFixture(WithRegion()) {}

  absl::StatusOr<v1::CheckClaimsResponse> Check(const v1::ClaimSet& set) {
    CallContext context(clock_);
    v1::CheckClaimsRequest request;
    *request.mutable_claims() = set;
    return StatisticsHandlers(options_).CheckClaims(context, request);
  }
  // Of the set above with one claim.
  absl::StatusOr<v1::CheckClaimsResponse> CheckOne(const std::string& claim) {
    auto set = Read<v1::ClaimSet>(kSet);
    *set.add_claims() = Read<v1::Claim>(claim);
    return Check(set);
  }
  v1::ClaimResult ResultOf(const std::string& claim) {
    const auto response = CheckOne(claim);
    EXPECT_THAT(response, IsOk());
    return response.ok() && response->results_size() == 1 ? response->results(0)
                                                          : v1::ClaimResult();
  }
};

TEST_F(CheckClaimsTest, EachClaimGetsItsVerdictAndItsEvidence) {
  auto set = Read<v1::ClaimSet>(kSet);
  *set.add_claims() = Read<v1::Claim>(
      "id: 'sum' kind: CLAIM_KIND_VALUE value: '57' unit: 'offences'");
  *set.add_claims() = Read<v1::Claim>(
      "id: 'owned' kind: CLAIM_KIND_MEMBERSHIP membership {"
      " dimension: 'platform' members: 'b' whole: 'a+b' }");
  const auto response = Check(set);
  ASSERT_THAT(response, IsOk());
  EXPECT_THAT(response->caveats(), IsEmpty());
  ASSERT_THAT(response->results(), SizeIs(2));
  const v1::ClaimResult& sum = response->results(0);
  EXPECT_EQ(sum.claim_id(), "sum");
  EXPECT_EQ(sum.claim_set(), "story");
  // s is silent, so that only whoever answered comes to it.
  EXPECT_EQ(sum.verdict(), v1::CLAIM_VERDICT_POSSIBLE);
  ASSERT_THAT(sum.evidence(), SizeIs(2));
  const v1::ClaimEvidence& first = sum.evidence(0);
  EXPECT_EQ(first.basis(), v1::CLAIM_BASIS_PANEL_SUM);
  EXPECT_EQ(first.value(), "57");
  EXPECT_EQ(first.bounds().lower(), "57");
  EXPECT_EQ(first.bounds().upper(), "");
  EXPECT_EQ(first.period(), "2017/18");
  EXPECT_EQ(first.coverage().complete(), 3);
  EXPECT_EQ(first.coverage().due(), 4);
  EXPECT_THAT(first.sources(), ElementsAre("first"));
  EXPECT_EQ(first.citation_count(), 3);
  EXPECT_FALSE(first.citation().locator().empty());
  EXPECT_FALSE(first.handle().empty());

  EXPECT_EQ(response->results(1).verdict(), v1::CLAIM_VERDICT_REPRODUCED);
  EXPECT_FALSE(response->results(1).evidence(0).has_coverage());
}

TEST_F(CheckClaimsTest, HandlesLeadToTheCellsThatWereCompared) {
  const v1::ClaimResult result = ResultOf(
      "id: 'both' kind: CLAIM_KIND_VALUE value: '51' query {"
      " filters { dimension: 'reporter' members: 'pq' } }");
  ASSERT_THAT(result.evidence(), SizeIs(3));
  for (const v1::ClaimEvidence& evidence : result.evidence()) {
    v1::ExplainCellRequest request;
    request.set_handle(evidence.handle());
    CallContext context(clock_);
    const auto explained =
        StatisticsHandlers(options_).ExplainCell(context, request);
    ASSERT_THAT(explained, IsOk());
    EXPECT_EQ(absl::StrCat(explained->cell().reported()), evidence.value());
    EXPECT_EQ(explained->cell().citations_size(), evidence.citation_count());
  }
}

TEST_F(CheckClaimsTest, APanelAndAnAreaAreTwoQuestions) {
  const std::string claim =
      "id: 'both' kind: CLAIM_KIND_VALUE value: '51' query {"
      " filters { dimension: 'reporter' members: 'pq' } }";
  const v1::ClaimResult result = ResultOf(claim);
  const v1::ClaimEvidence& total = result.evidence(0);
  EXPECT_EQ(total.basis(), v1::CLAIM_BASIS_PUBLISHED_TOTAL);
  EXPECT_EQ(total.coverage().stated().reporter_count(), 2);
  EXPECT_EQ(total.citation().printed_by(), "a newspaper");
  // The panel is summed without the area: 57 and more, which excludes 51.
  EXPECT_EQ(result.evidence(1).value(), "57");
  EXPECT_EQ(result.verdict(), v1::CLAIM_VERDICT_REPRODUCED_OTHER_BASIS);
}

TEST_F(CheckClaimsTest, ANumberIsRoundedToItsLastDigitUnlessItSaysOtherwise) {
  const auto verdict = [this](const std::string& number) {
    return ResultOf("id: 'of-p' kind: CLAIM_KIND_VALUE " + number +
                    " query { filters { dimension: 'reporter' members: 'p' } }")
        .verdict();
  };
  EXPECT_EQ(verdict("value: '50'"), v1::CLAIM_VERDICT_REPRODUCED);
  EXPECT_EQ(verdict("value: '50.0'"), v1::CLAIM_VERDICT_REPRODUCED);
  EXPECT_EQ(verdict("value: '50.4'"), v1::CLAIM_VERDICT_CONTRADICTED);
  EXPECT_EQ(verdict("value: '50.00001'"), v1::CLAIM_VERDICT_CONTRADICTED);
  EXPECT_EQ(verdict("value: '50.4' stated_to: '1'"),
            v1::CLAIM_VERDICT_REPRODUCED);
}

TEST_F(CheckClaimsTest, OwnSourcesAndSyntheticOnesShow) {
  World made_up;
  made_up.Release("first", "2020-06-01")
      .Slice({.axes = {"offence@code"}})
      .Row({.reporter = "p", .at = {"88A"}, .period = "2017/18", .value = 50});
  made_up.Synthetic();
  PublishedWorld world(made_up);
  options_.publisher = &world.publisher();
  auto set = Read<v1::ClaimSet>(kSet);
  set.add_own_sources("first");
  *set.add_claims() = Read<v1::Claim>(
      "id: 'of-p' kind: CLAIM_KIND_VALUE value: '50' query {"
      " filters { dimension: 'reporter' members: 'p' } }");
  const auto response = Check(set);
  ASSERT_THAT(response, IsOk());
  EXPECT_EQ(response->results(0).verdict(),
            v1::CLAIM_VERDICT_REPRODUCED_SAME_SOURCE);
  EXPECT_TRUE(response->results(0).synthetic());
  ASSERT_THAT(response->caveats(), SizeIs(1));
  EXPECT_EQ(response->caveats(0).code(), "SYNTHETIC_INPUT");
}

TEST_F(CheckClaimsTest, AMistakeRefusesTheSetAndNamesClaimAndField) {
  struct Mistake {
    const char* claim;
    const char* field;
    const char* words;
  };
  for (const Mistake& mistake : {
           Mistake{"id: 'X' kind: CLAIM_KIND_VALUE value: '1'", "id",
                   "lower-case"},
           Mistake{"id: 'one' value: '1'", "kind", "CLAIM_KIND_SHARE"},
           Mistake{"id: 'one' kind: CLAIM_KIND_VALUE", "value", "decimal"},
           Mistake{"id: 'one' kind: CLAIM_KIND_VALUE value: '7,062'", "value",
                   "'7,062'"},
           Mistake{"id: 'one' kind: CLAIM_KIND_VALUE value: '1.'", "value",
                   "decimal"},
           Mistake{"id: 'one' kind: CLAIM_KIND_VALUE value: '1234567890123'",
                   "value", "12 digits"},
           Mistake{"id: 'one' kind: CLAIM_KIND_VALUE value: '1' stated_to: '0'",
                   "stated_to", "positive"},
           Mistake{"id: 'one' kind: CLAIM_KIND_VALUE value: '1' stated_to: '10'"
                   " comparator: CLAIM_COMPARATOR_AT_LEAST",
                   "stated_to", "exact"},
           Mistake{"id: 'one' kind: CLAIM_KIND_VALUE value: '1' subject: 'p'",
                   "subject", "EXTREME and RANK"},
           Mistake{"id: 'one' kind: CLAIM_KIND_VALUE value: '1' rank: 2",
                   "rank", "RANK"},
           Mistake{"id: 'one' kind: CLAIM_KIND_VALUE value: '1'"
                   " extreme: CLAIM_EXTREME_FIRST",
                   "extreme", "EXTREME"},
           Mistake{"id: 'one' kind: CLAIM_KIND_VALUE value: '1'"
                   " membership { whole: 'a+b' }",
                   "membership", "MEMBERSHIP"},
           Mistake{"id: 'one' kind: CLAIM_KIND_CHANGE value: '1'",
                   "query.derivations", "one change"},
           Mistake{"id: 'one' kind: CLAIM_KIND_CHANGE value: '1'"
                   " base_without: 'P'",
                   "base_without[0]", "did you mean p"},
           Mistake{"id: 'one' kind: CLAIM_KIND_SHARE value: '1'",
                   "query.derivations", "not in per cent"},
           Mistake{"id: 'one' kind: CLAIM_KIND_VALUE value: '1' query {"
                   " derivations { change { base_period: '2016/17' } } }",
                   "query.derivations", "derives nothing"},
           Mistake{"id: 'one' kind: CLAIM_KIND_VALUE value: '1' query {"
                   " measures: 'offences' measures: 'uses' }",
                   "query.measures", "one measure"},
           Mistake{"id: 'one' kind: CLAIM_KIND_VALUE value: '1' query {"
                   " filters { dimension: 'offence' members: '88B' } }",
                   "query", "did you mean 88A"},
           Mistake{"id: 'one' kind: CLAIM_KIND_EXTREME"
                   " extreme: CLAIM_EXTREME_GREATEST",
                   "subject", "period or member"},
           Mistake{"id: 'one' kind: CLAIM_KIND_EXTREME subject: '2017/18'",
                   "extreme", "CLAIM_EXTREME_LEAST"},
           Mistake{"id: 'one' kind: CLAIM_KIND_RANK subject: 'p'", "rank",
                   "place"},
           Mistake{"id: 'one' kind: CLAIM_KIND_RANK subject: 'p' rank: 1"
                   " query { group_by: 'reporter' }",
                   "query.group_by", "names the members"},
           Mistake{"id: 'one' kind: CLAIM_KIND_RANK subject: 'p' rank: 1"
                   " value: '3'",
                   "value", "compares no number"},
           Mistake{"id: 'one' kind: CLAIM_KIND_MEMBERSHIP", "membership",
                   "expected members"},
           Mistake{"id: 'one' kind: CLAIM_KIND_MEMBERSHIP membership {"
                   " dimension: 'platforms' members: 'b' whole: 'a+b' }",
                   "membership.dimension", "did you mean platform"},
           Mistake{"id: 'one' kind: CLAIM_KIND_MEMBERSHIP membership {"
                   " dimension: 'platform' members: 'b' whole: 'a+b'"
                   " date: '2020' }",
                   "membership.date", "YYYY-MM-DD"},
       }) {
    SCOPED_TRACE(mistake.claim);
    const absl::Status status = CheckOne(mistake.claim).status();
    EXPECT_EQ(status.code(), absl::StatusCode::kInvalidArgument);
    EXPECT_THAT(status, HasReason("INVALID_CLAIM"));
    EXPECT_THAT(std::string(status.message()),
                AllOf(HasSubstr("claim '"), HasSubstr(mistake.words)));
    const base::ErrorDetail detail = base::DetailOf(status);
    ASSERT_THAT(detail.fields, SizeIs(1));
    EXPECT_EQ(detail.fields[0].path,
              absl::StrCat("claims.claims[0].", mistake.field));
  }
}

TEST_F(CheckClaimsTest, SoDoesAMistakeOfTheSetItself) {
  const auto refused = [this](v1::ClaimSet set, const char* field) {
    const absl::Status status = Check(set).status();
    EXPECT_THAT(status, HasReason("INVALID_CLAIM"));
    const base::ErrorDetail detail = base::DetailOf(status);
    ASSERT_THAT(detail.fields, SizeIs(1));
    EXPECT_EQ(detail.fields[0].path, field);
  };
  const auto claim =
      Read<v1::Claim>("id: 'one' kind: CLAIM_KIND_VALUE value: '1'");
  auto set = Read<v1::ClaimSet>(kSet);
  refused(set, "claims.claims");
  *set.add_claims() = claim;
  *set.add_claims() = claim;
  refused(set, "claims.claims[1].id");
  set.mutable_claims()->RemoveLast();
  set.set_date("August 2020");
  refused(set, "claims.date");
  set.clear_date();
  set.set_id("The story");
  refused(set, "claims.id");
  set.set_id("story");
  for (int i = 0; i < 200; ++i) {
    *set.add_claims() = claim;
    set.mutable_claims()->rbegin()->set_id(absl::StrCat("claim-", i));
  }
  refused(set, "claims.claims");
}

TEST(WithDefaults, AClaimAddsItsFiltersAndReplacesTheRest) {
  const auto defaults = Read<v1::StatisticsQuery>(R"pb(
    measures: 'offences'
    filters { dimension: 'offence' members: '88A' }
    filters { dimension: 'reporter' members: 'pq' }
    periods: '2017/18'
    panel: 'four'
  )pb");
  const v1::StatisticsQuery merged =
      WithDefaults(defaults, Read<v1::StatisticsQuery>(R"pb(
                     measures: 'uses'
                     filters { dimension: 'platform' members: 'b' }
                     filters { dimension: 'offence' members: '71' }
                     period_range { first: '2016/17' last: '2017/18' }
                     universe: 'platform_known'
                   )pb"));
  EXPECT_EQ(merged.SerializeAsString(),
            Read<v1::StatisticsQuery>(R"pb(
              measures: 'uses'
              filters { dimension: 'reporter' members: 'pq' }
              filters { dimension: 'platform' members: 'b' }
              filters { dimension: 'offence' members: '71' }
              period_range { first: '2016/17' last: '2017/18' }
              panel: 'four'
              universe: 'platform_known'
            )pb")
                .SerializeAsString());
  EXPECT_EQ(WithDefaults(defaults, {}).SerializeAsString(),
            defaults.SerializeAsString());
}

}  // namespace
}  // namespace collate::api
