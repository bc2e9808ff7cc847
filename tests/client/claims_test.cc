// Claims at the client: their files, the command, and what it writes.

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <filesystem>
#include <sstream>

#include "client/claim_file.h"
#include "client/cli/command_line.h"
#include "client/cli/run.h"
#include "client/render_claims.h"
#include "tests/client/environment.h"
#include "tests/client/fake_service.h"
#include "tests/client/text_proto.h"
#include "tests/testing/paths.h"
#include "tests/testing/status_matchers.h"
#include "tests/testing/temp_dir.h"

namespace collate::client {
namespace {

using ::collate::testing::FakeService;
using ::collate::testing::HasReason;
using ::collate::testing::IsOk;
using ::collate::testing::IsOkAndHolds;
using ::collate::testing::MessageHas;
using ::collate::testing::SourcePath;
using ::collate::testing::TempDir;
using ::collate::testing::TextProto;
using ::testing::AllOf;
using ::testing::ElementsAre;
using ::testing::Eq;
using ::testing::HasSubstr;
using ::testing::Not;
using ::testing::SizeIs;
using ::testing::StartsWith;

CheckedClaims Checked() {
  return {TextProto<v1::ClaimSet>(R"pb(
            id: 'story'
            claims { id: 'sum' kind: CLAIM_KIND_VALUE value: '7062' }
            claims {
              id: 'first'
              kind: CLAIM_KIND_EXTREME
              extreme: CLAIM_EXTREME_FIRST
              comparator: CLAIM_COMPARATOR_MORE_THAN
              value: '7000'
              subject: '2023/24'
            }
            claims { id: 'rise' kind: CLAIM_KIND_CHANGE value: '89' }
            claims {
              id: 'owned'
              kind: CLAIM_KIND_MEMBERSHIP
              membership { members: 'a' members: 'b' whole: 'c' }
            }
            claims {
              id: 'charges'
              kind: CLAIM_KIND_VALUE
              value: '185'
              unit: 'charges'
            })pb"),
          TextProto<v1::CheckClaimsResponse>(R"pb(
            results {
              claim_id: 'sum'
              verdict: CLAIM_VERDICT_REPRODUCED_SAME_SOURCE
              reason: 'all of it from foi'
              evidence {
                basis: CLAIM_BASIS_PUBLISHED_TOTAL
                sources: 'foi'
                value: '7062'
                bounds { lower: '7062' upper: '7062' }
                period: '2023/24'
                coverage {
                  expected: 1
                  due: 1
                  complete: 1
                  stated { reporter_count: 45 }
                }
                citation {
                  document: 'n.csv'
                  locator: 'n.csv:L18:C6'
                  raw: '=7062'
                  printed_by: 'itv'
                }
                citation_count: 3
              }
            }
            results {
              claim_id: 'first'
              verdict: CLAIM_VERDICT_POSSIBLE
              reason: 'not determined: 2018/19'
              evidence {
                basis: CLAIM_BASIS_PANEL_SUM
                value: '7062'
                bounds { lower: '7062' }
                coverage { expected: 45 due: 45 complete: 44 }
                citation { document: 'kent.xlsx' locator: "'Q1'!B9" raw: '12' }
              }
            }
            results {
              claim_id: 'rise'
              verdict: CLAIM_VERDICT_CONTRADICTED
              reason: '94.8'
              evidence {
                basis: CLAIM_BASIS_AS_PUBLISHED
                value: '94.823004'
                bounds { lower: '94.823004' upper: '94.823005' }
                caveats { code: 'MIXED_VINTAGE' message: 'of two times' }
              }
            }
            results {
              claim_id: 'owned'
              verdict: CLAIM_VERDICT_REPRODUCED
              evidence { basis: CLAIM_BASIS_VOCABULARY }
            }
            results {
              claim_id: 'charges'
              verdict: CLAIM_VERDICT_NOT_CHECKABLE
              reason: 'it counts charges'
              synthetic: true
            }
            caveats { code: 'SYNTHETIC_INPUT' message: 'made up' }
          )pb")};
}

TEST(RenderClaims, ATableHasALineAClaim) {
  const auto table = RenderClaims({Checked()}, Format::kTable);
  ASSERT_THAT(table, IsOk());
  EXPECT_EQ(
      *table,
      R"(verdict                    claim    stated                 computed            basis            coverage   printed cell
-------------------------  -------  ---------------------  ------------------  ---------------  ---------  ------------------
same source only           sum      7,062                  7,062               published total  45 stated  n.csv:L18:C6 (itv)
possible                   first    first more than 7,000  at least 7,062      panel sum        44 of 45   kent.xlsx 'Q1'!B9
contradicted               rise     89%                    94.823004%          as published
reproduced                 owned    a, b in c                                  vocabulary
not checkable (synthetic)  charges  185 charges            nothing to compare
)");
}

TEST(RenderClaims, SeveralSetsAreTold) {
  CheckedClaims other = Checked();
  other.set.set_id("other");
  const auto table = RenderClaims({Checked(), other}, Format::kTable);
  ASSERT_THAT(table, IsOk());
  EXPECT_THAT(*table, AllOf(HasSubstr("story/sum"), HasSubstr("other/sum")));
}

TEST(RenderClaims, CsvHasCodesAndPlainNumbers) {
  const auto csv = RenderClaims({Checked()}, Format::kCsv);
  ASSERT_THAT(csv, IsOk());
  EXPECT_THAT(
      *csv,
      AllOf(StartsWith("set,claim,kind,verdict,comparator,stated,stated_to,"
                       "computed,lower,upper,basis,period,"),
            HasSubstr(
                "\nstory,sum,VALUE,REPRODUCED_SAME_SOURCE,EQUAL,7062,,"
                "7062,7062,7062,PUBLISHED_TOTAL,2023/24,1,1,1,45,foi,"
                "false,all of it from foi,3,,n.csv,,n.csv:L18:C6,'=7062,itv"),
            HasSubstr("\nstory,charges,VALUE,NOT_CHECKABLE,EQUAL,185,,,,,,,,,,"
                      ",,true,it counts charges,0,")));
}

TEST(RenderClaims, JsonIsWholeAndNdjsonALineAClaim) {
  const auto json = RenderClaims({Checked()}, Format::kJson);
  ASSERT_THAT(json, IsOk());
  EXPECT_THAT(*json, AllOf(StartsWith("[\n{"),
                           HasSubstr("\"CLAIM_VERDICT_POSSIBLE\"")));
  const auto lines = RenderClaims({Checked()}, Format::kNdjson);
  ASSERT_THAT(lines, IsOk());
  EXPECT_EQ(std::count(lines->begin(), lines->end(), '\n'), 5);
}

TEST(ClaimNotes, SayWhyAndHowMany) {
  EXPECT_THAT(
      ClaimNotes({Checked()}),
      ElementsAre("story/first: possible: not determined: 2018/19",
                  "story/rise: contradicted: 94.8",
                  "story/rise, as published: MIXED_VINTAGE: of two times",
                  "story/charges: not checkable: it counts charges",
                  "SYNTHETIC_INPUT: made up",
                  "story: 5 claims: 1 reproduced, 1 same source only, 1 "
                  "possible, 1 contradicted, 1 not checkable"));
}

TEST(ClaimFile, AMistakeHasItsPlace) {
  TempDir dir;
  const std::string path = dir.File("a.claims.textproto");
  dir.Write("a.claims.textproto", "id: 'story'\nclaims {\n  idd: 'x'\n}\n");
  EXPECT_THAT(ReadClaimFile(path).status(),
              AllOf(HasReason("INVALID_CLAIM_FILE"),
                    MessageHas(path + ":3:6: "), MessageHas("\"idd\"")));
  dir.Write("a.claims.textproto", "id: 'story'\nclaims { id: 'x' }\n");
  const auto read = ReadClaimFile(path);
  ASSERT_THAT(read, IsOk());
  EXPECT_THAT(read->claims(), SizeIs(1));
  dir.Write("a.claims.textproto", std::string((1 << 20) + 1, ' '));
  EXPECT_THAT(ReadClaimFile(path).status(), HasReason("INVALID_CLAIM_FILE"));
  EXPECT_THAT(ReadClaimFile(dir.File("none")).status(),
              HasReason("FILE_NOT_READABLE"));
  EXPECT_THAT(ReadClaimFile(dir.File("")).status(),
              HasReason("FILE_NOT_READABLE"));
}

TEST(ClaimFile, AnIdIsAShippedSetAndAPathIsAPath) {
  const std::string shipped = SourcePath("client/claims");
  EXPECT_THAT(FindClaimFile("nspcc-2024", shipped),
              IsOkAndHolds(shipped + "/nspcc-2024.claims.textproto"));
  EXPECT_THAT(FindClaimFile("./nspcc-2024", shipped),
              IsOkAndHolds("./nspcc-2024"));
  EXPECT_THAT(FindClaimFile("nspcc.textproto", shipped),
              IsOkAndHolds("nspcc.textproto"));
  EXPECT_THAT(
      FindClaimFile("nspcc-2023", shipped).status(),
      AllOf(HasReason("NO_SUCH_CLAIMS"), MessageHas("nspcc-2024, nspcc-2025")));
}

// Whoever ships a set names it as its file.
TEST(ClaimFile, EveryShippedSetIsNamedAsItsFile) {
  int count = 0;
  for (const auto& entry :
       std::filesystem::directory_iterator(SourcePath("client/claims"))) {
    const auto set = ReadClaimFile(entry.path());
    ASSERT_THAT(set, IsOk());
    EXPECT_EQ(set->id() + kClaimFileSuffix, entry.path().filename());
    EXPECT_FALSE(set->title().empty());
    for (const v1::Claim& claim : set->claims()) {
      EXPECT_FALSE(claim.text().empty()) << claim.id();
    }
    ++count;
  }
  EXPECT_EQ(count, 2);
}

class ClaimCheck : public ::testing::Test {
 protected:
  int Check(const std::vector<std::string>& files) {
    std::vector<std::string> words = {"claim", "check"};
    words.insert(words.end(), files.begin(), files.end());
    const auto parsed = ParseCommandLine(words, ServerOnly(service_.address()));
    const auto* line = std::get_if<CommandLine>(&parsed);
    if (line == nullptr) return std::get<Stop>(parsed).exit_code;
    return client::Run(*line, *service_.Connect(), out_, err_, false);
  }
  std::string Write(const std::string& name, const std::string& text) {
    dir_.Write(name, text);
    return dir_.File(name);
  }

  TempDir dir_;
  FakeService service_;
  std::ostringstream out_;
  std::ostringstream err_;
};

TEST_F(ClaimCheck, ExitsWithOneWhenAClaimIsContradicted) {
  const std::string path =
      Write("s.claims.textproto", "id: 'story' claims { id: 'sum' }");
  service_.statistics.claims = TextProto<v1::CheckClaimsResponse>(
      "results { claim_id: 'sum' verdict: CLAIM_VERDICT_POSSIBLE }");
  EXPECT_EQ(Check({path}), kExitDone);
  EXPECT_THAT(out_.str(), HasSubstr("possible  sum"));
  EXPECT_THAT(err_.str(), HasSubstr("story: 1 claim: 1 possible"));
  service_.statistics.claims.mutable_results(0)->set_verdict(
      v1::CLAIM_VERDICT_CONTRADICTED);
  EXPECT_EQ(Check({path}), kExitFailed);
}

TEST_F(ClaimCheck, NothingIsAskedWhileAFileHasAMistake) {
  const std::string good = Write("a.textproto", "id: 'story'");
  const std::string bad = Write("b.textproto", "id story");
  EXPECT_EQ(Check({good, bad}), kExitFailed);
  EXPECT_EQ(service_.statistics.claim_requests, 0);
  EXPECT_THAT(err_.str(), HasSubstr("b.textproto:1:4: "));
  EXPECT_THAT(out_.str(), Eq(""));
}

TEST_F(ClaimCheck, WhatTheServiceRefusesNamesTheFile) {
  const std::string path = Write("a.textproto", "id: 'story'");
  service_.statistics.claims_status = ::collate::testing::RichError(
      grpc::StatusCode::INVALID_ARGUMENT, "claim 'sum': expected a number",
      "INVALID_CLAIM", "claims.claims[0].value");
  EXPECT_EQ(Check({path}), kExitFailed);
  EXPECT_THAT(err_.str(), AllOf(HasSubstr("a.textproto: claim 'sum'"),
                                HasSubstr("claims.claims[0].value")));
}

TEST_F(ClaimCheck, WithoutAFileTheLineIsNotUnderstood) {
  EXPECT_EQ(Check({}), kExitUsage);
  EXPECT_THAT(out_.str(), Not(HasSubstr("possible")));
}

}  // namespace
}  // namespace collate::client
