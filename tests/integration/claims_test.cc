// The shipped claims end to end: on the figures that were published, on the
// synthetic pack, and again after a correction.

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <string>
#include <utility>
#include <vector>

#include "absl/strings/str_replace.h"
#include "absl/strings/strip.h"
#include "client/claim_file.h"
#include "tests/integration/end_to_end.h"
#include "tests/integration/published_releases.h"

namespace collate::testing {
namespace {

using ::testing::AllOf;
using ::testing::Contains;
using ::testing::ElementsAre;
using ::testing::ElementsAreArray;
using ::testing::Eq;
using ::testing::HasSubstr;
using ::testing::Pair;
using ::testing::SizeIs;

constexpr char kYes[] = "REPRODUCED";
constexpr char kSame[] = "REPRODUCED_SAME_SOURCE";
constexpr char kMaybe[] = "POSSIBLE";
constexpr char kNo[] = "CONTRADICTED";
constexpr char kNotCheckable[] = "NOT_CHECKABLE";

std::string ClaimsPath(const std::string& id) {
  return SourcePath("client/claims/" + id + client::kClaimFileSuffix);
}

v1::CheckClaimsResponse Check(client::Client& client, const std::string& id) {
  const auto set = client::ReadClaimFile(ClaimsPath(id));
  EXPECT_THAT(set, IsOk());
  if (!set.ok()) return {};
  const auto response = client.CheckClaims(*set);
  EXPECT_THAT(response, IsOk());
  return response.ok() ? *response : v1::CheckClaimsResponse();
}

using Verdicts = std::vector<std::pair<std::string, std::string>>;

Verdicts VerdictsOf(const v1::CheckClaimsResponse& response) {
  Verdicts verdicts;
  for (const v1::ClaimResult& result : response.results()) {
    verdicts.emplace_back(
        result.claim_id(),
        absl::StripPrefix(v1::ClaimVerdict_Name(result.verdict()),
                          "CLAIM_VERDICT_"));
  }
  return verdicts;
}

const v1::ClaimResult& ResultOf(const v1::CheckClaimsResponse& response,
                                const std::string& id) {
  for (const v1::ClaimResult& result : response.results()) {
    if (result.claim_id() == id) return result;
  }
  ADD_FAILURE() << "no claim " << id;
  return v1::ClaimResult::default_instance();
}

// 2024, as the published figures have it.
const Verdicts kOfPublished2024 = {{"offences", kSame},
                                   {"first-above-7000", kMaybe},
                                   {"forces", kSame},
                                   {"rise", kSame},
                                   {"known", kSame},
                                   {"snapchat", kSame},
                                   {"whatsapp", kSame},
                                   {"facebook-agency", kMaybe},
                                   {"facebook-regional", kMaybe},
                                   {"instagram", kSame},
                                   {"meta-owned", kYes},
                                   {"charges", kNotCheckable},
                                   {"children", kNotCheckable}};

class ClaimsOnPublishedFigures : public ::testing::Test {
 protected:
  static void SetUpTestSuite() {
    dir_ = new TempDir;
    auto daemon = Daemon::Start({.data = dir_->File("data")});
    ASSERT_THAT(daemon, IsOk());
    daemon_ = daemon->release();
    client_ = ConnectTo(*daemon_).release();
    ASSERT_NE(client_, nullptr);
    IngestPublishedFigures(*daemon_);
  }
  static void TearDownTestSuite() {
    delete client_;
    delete daemon_;
    delete dir_;
    client_ = nullptr;
    daemon_ = nullptr;
    dir_ = nullptr;
  }
  void SetUp() override {
    ASSERT_NE(client_, nullptr);
    ASSERT_FALSE(HasFatalFailure());
  }

  static TempDir* dir_;
  static Daemon* daemon_;
  static client::Client* client_;
};

TempDir* ClaimsOnPublishedFigures::dir_ = nullptr;
Daemon* ClaimsOnPublishedFigures::daemon_ = nullptr;
client::Client* ClaimsOnPublishedFigures::client_ = nullptr;

TEST_F(ClaimsOnPublishedFigures, EachClaimOf2024GetsWhatItDeserves) {
  const v1::CheckClaimsResponse response = Check(*client_, "nspcc-2024");
  EXPECT_THAT(VerdictsOf(response), ElementsAreArray(kOfPublished2024));
  EXPECT_THAT(response.caveats(), SizeIs(0));

  const v1::ClaimEvidence& offences =
      ResultOf(response, "offences").evidence(0);
  EXPECT_THAT(offences.value(), Eq("7062"));
  EXPECT_THAT(offences.basis(), Eq(v1::CLAIM_BASIS_PUBLISHED_TOTAL));
  EXPECT_THAT(offences.coverage().stated().reporter_count(), Eq(45));
  EXPECT_THAT(offences.sources(), ElementsAre("nspcc-foi"));
  EXPECT_THAT(offences.citation_count(), Eq(3));
  EXPECT_THAT(offences.citation().raw(), Eq("7062"));

  // The years between are printed of England and Wales alone.
  const v1::ClaimResult& first = ResultOf(response, "first-above-7000");
  EXPECT_THAT(first.reason(), AllOf(HasSubstr("2023/24: 7062 offences"),
                                    HasSubstr("2017/18 (at least 3728)"),
                                    HasSubstr("2018/19 (nothing is loaded)")));
  EXPECT_THAT(first.evidence(0).period(), Eq("2023/24"));

  const v1::ClaimEvidence& rise = ResultOf(response, "rise").evidence(0);
  EXPECT_THAT(rise.value(), ::testing::StartsWith("89.43"));
  EXPECT_THAT(rise.period(), Eq("2023/24 on 2017/18"));
  EXPECT_THAT(rise.basis(), Eq(v1::CLAIM_BASIS_AS_PUBLISHED));

  // Both sides of one conflict; neither is borne out.
  for (const char* id : {"facebook-agency", "facebook-regional"}) {
    const v1::ClaimResult& side = ResultOf(response, id);
    EXPECT_THAT(side.evidence(0).bounds().lower(), Eq("9.5")) << id;
    EXPECT_THAT(side.evidence(0).bounds().upper(), Eq("12.5")) << id;
    EXPECT_THAT(side.reason(), HasSubstr("printed differently: 12 and 10"));
  }
  EXPECT_THAT(ResultOf(response, "charges").reason(),
              HasSubstr("it counts charges"));
}

TEST_F(ClaimsOnPublishedFigures, SoDoesEachClaimOf2025) {
  const v1::CheckClaimsResponse response = Check(*client_, "nspcc-2025");
  EXPECT_THAT(VerdictsOf(response),
              ElementsAre(Pair("offences", kSame), Pair("forces", kSame),
                          Pair("rise", kSame), Pair("base", kSame),
                          Pair("known", kSame), Pair("snapchat", kSame),
                          Pair("whatsapp", kSame),
                          Pair("facebook-and-instagram", kSame)));
  // +94.8% as published, +99.3% less Lincolnshire's 84.
  const v1::ClaimResult& rise = ResultOf(response, "rise");
  ASSERT_THAT(rise.evidence(), SizeIs(4));
  EXPECT_THAT(rise.evidence(0).basis(), Eq(v1::CLAIM_BASIS_MATCHED_PANEL));
  EXPECT_THAT(rise.evidence(0).value(), Eq("99.31394"));
  ASSERT_THAT(rise.evidence(0).caveats(), SizeIs(2));
  EXPECT_THAT(rise.evidence(0).caveats(0).code(),
              Eq("SUBTRACTED_ACROSS_SOURCES"));
  EXPECT_THAT(rise.evidence(0).caveats(1).code(), Eq("MIXED_VINTAGE"));
  std::vector<std::pair<v1::ClaimVerdict, std::string>> by_itself;
  for (const v1::ClaimEvidence& one : rise.evidence()) {
    by_itself.emplace_back(one.verdict(), one.value().substr(0, 4));
  }
  EXPECT_THAT(by_itself,
              Contains(Pair(v1::CLAIM_VERDICT_CONTRADICTED, "94.8")));
}

TEST_F(ClaimsOnPublishedFigures, HandlesOfEvidenceAreExplained) {
  for (const char* id : {"nspcc-2024", "nspcc-2025"}) {
    const v1::CheckClaimsResponse response = Check(*client_, id);
    for (const v1::ClaimResult& result : response.results()) {
      for (const v1::ClaimEvidence& evidence : result.evidence()) {
        if (evidence.basis() == v1::CLAIM_BASIS_VOCABULARY) continue;
        EXPECT_THAT(client_->Explain(evidence.handle()), IsOk())
            << result.claim_id();
      }
    }
  }
}

TEST_F(ClaimsOnPublishedFigures, TheCommandFindsShippedClaimsByTheirId) {
  const CliResult table = daemon_->RunCli({"claim", "check", "nspcc-2024"});
  EXPECT_THAT(table.exit_code, Eq(0)) << table.err;
  EXPECT_THAT(table.out, AllOf(HasSubstr("same source only  offences"),
                               HasSubstr("45 stated"),
                               HasSubstr("national.csv:L18:C6 (itv.com")));
  EXPECT_THAT(table.err,
              HasSubstr("nspcc-2024: 13 claims: 1 reproduced, 7 same source "
                        "only, 3 possible, 2 not checkable"));
  const CliResult both =
      daemon_->RunCli({"claim", "check", "nspcc-2024", ClaimsPath("nspcc-2025"),
                       "--format", "csv"});
  EXPECT_THAT(both.exit_code, Eq(0)) << both.err;
  EXPECT_THAT(both.out, AllOf(HasSubstr("\nnspcc-2024,offences,VALUE,"),
                              HasSubstr("\nnspcc-2025,offences,VALUE,")));
}

TEST_F(ClaimsOnPublishedFigures, AMistakeNamesTheFileTheClaimAndTheField) {
  TempDir dir;
  dir.Write("story.claims.textproto", R"pb(
    id: 'story'
    claims {
      id: 'rise'
      kind: CLAIM_KIND_VALUE
      value: '1'
      query {
        measures: 'offences'
        periods: '2023/24'
        filters { dimension: 'offence' members: 's15b' }
      }
    }
  )pb");
  const CliResult run =
      daemon_->RunCli({"claim", "check", dir.File("story.claims.textproto")});
  EXPECT_THAT(run.exit_code, Eq(1));
  EXPECT_THAT(run.out, Eq(""));
  EXPECT_THAT(run.err, AllOf(HasSubstr("story.claims.textproto: claim 'rise'"),
                             HasSubstr("s15a"), HasSubstr("INVALID_CLAIM"),
                             HasSubstr("claims.claims[0].query")));
}

TEST(ClaimsAfterACorrection, ChangesTheVerdictsThatItShouldAndNoOther) {
  TempDir dir;
  auto daemon = Daemon::Start({.data = dir.File("data")});
  ASSERT_THAT(daemon, IsOk());
  ASSERT_NO_FATAL_FAILURE(IngestPublishedFigures(**daemon));
  const auto client = ConnectTo(**daemon);
  ASSERT_NE(client, nullptr);
  const Verdicts of_2025 = VerdictsOf(Check(*client, "nspcc-2025"));
  ASSERT_THAT(VerdictsOf(Check(*client, "nspcc-2024")),
              ElementsAreArray(kOfPublished2024));

  // A later edition restates the kingdom's 7,062 (synthetic).
  const std::string restated = absl::StrReplaceAll(
      ReadFile(Published("national.csv")), {{",7062,", ",7100,"}});
  dir.Write("national.csv", restated);
  const CliResult run = (*daemon)->RunCli(
      {"ingest", dir.File("national.csv"), Published("platform_share.csv"),
       Published("force_year.csv"), "--source", "nspcc-foi", "--published",
       "2025-12-01", "--recipe", "published_figures", "--strict"});
  ASSERT_THAT(run.exit_code, Eq(0)) << run.out << run.err;

  Verdicts expected = kOfPublished2024;
  expected[0].second = kNo;  // offences
  expected[3].second = kNo;  // rise: 7,100 on 3,728 is +90.5%
  const v1::CheckClaimsResponse response = Check(*client, "nspcc-2024");
  EXPECT_THAT(VerdictsOf(response), ElementsAreArray(expected));
  EXPECT_THAT(ResultOf(response, "offences").evidence(0).value(), Eq("7100"));
  EXPECT_THAT(VerdictsOf(Check(*client, "nspcc-2025")),
              ElementsAreArray(of_2025));
  const CliResult check = (*daemon)->RunCli({"claim", "check", "nspcc-2024"});
  EXPECT_THAT(check.exit_code, Eq(1));
  EXPECT_THAT(check.out, HasSubstr("contradicted"));
}

TEST(ClaimsOnThePack, AreCheckedAgainstForcesAndTainted) {
  TempDir dir;
  auto generator =
      Process::Spawn({BuildPath("bin/foi_pack"), dir.File("pack")}, {},
                     dir.File("generator.out"), dir.File("generator.err"));
  ASSERT_THAT(generator, IsOk());
  ASSERT_THAT(generator->Wait(absl::Minutes(2)), IsOkAndHolds(0));
  auto daemon =
      Daemon::Start({.data = dir.File("data"),
                     .site = SourcePath("tests/generators/foi_pack/site")});
  ASSERT_THAT(daemon, IsOk());
  const CliResult ingested =
      (*daemon)->RunCli({"ingest", dir.File("pack"), "--source",
                         "synthetic-foi", "--synthetic", "--strict"});
  ASSERT_THAT(ingested.exit_code, Eq(0)) << ingested.out << ingested.err;
  const auto client = ConnectTo(**daemon);
  ASSERT_NE(client, nullptr);

  const v1::CheckClaimsResponse of_2024 = Check(*client, "nspcc-2024");
  Verdicts expected;
  for (const auto& [id, verdict] : kOfPublished2024) {
    expected.emplace_back(
        id, verdict == std::string(kNotCheckable) ? kNotCheckable : kYes);
  }
  // The pack is made with 12 per cent.
  expected[8].second = kNo;  // facebook-regional
  EXPECT_THAT(VerdictsOf(of_2024), ElementsAreArray(expected));
  for (const v1::ClaimResult& result : of_2024.results()) {
    const bool compared = result.verdict() != v1::CLAIM_VERDICT_NOT_CHECKABLE &&
                          result.claim_id() != "meta-owned";
    EXPECT_EQ(result.synthetic(), compared) << result.claim_id();
  }
  ASSERT_THAT(of_2024.caveats(), SizeIs(1));
  EXPECT_THAT(of_2024.caveats(0).code(), Eq("SYNTHETIC_INPUT"));
  EXPECT_THAT(ResultOf(of_2024, "rise").evidence(0).basis(),
              Eq(v1::CLAIM_BASIS_MATCHED_PANEL));

  const v1::CheckClaimsResponse of_2025 = Check(*client, "nspcc-2025");
  EXPECT_THAT(
      VerdictsOf(of_2025),
      ElementsAre(Pair("offences", kYes), Pair("forces", kYes),
                  Pair("rise", kYes), Pair("base", kYes), Pair("known", kYes),
                  Pair("snapchat", kYes), Pair("whatsapp", kYes),
                  // The pack's answers name each of the two.
                  Pair("facebook-and-instagram", kNotCheckable)));
  // Lincolnshire did not answer: a sum over whoever did.
  EXPECT_THAT(ResultOf(of_2025, "offences").evidence(0).basis(),
              Eq(v1::CLAIM_BASIS_AS_PUBLISHED));
  EXPECT_THAT(ResultOf(of_2025, "rise").evidence(0).value(), Eq("99.31394"));
  const CliResult check = (*daemon)->RunCli({"claim", "check", "nspcc-2025"});
  EXPECT_THAT(check.out, HasSubstr("reproduced (synthetic)"));
  EXPECT_THAT(check.err, HasSubstr("SYNTHETIC_INPUT"));
}

}  // namespace
}  // namespace collate::testing
