#include "client/render_disclosure.h"

#include <cstdint>
#include <optional>

#include "gmock/gmock.h"
#include "gtest/gtest.h"
#include "tests/testing/status_matchers.h"

namespace collate::client {
namespace {

using ::collate::testing::IsOkAndHolds;
using ::testing::Eq;
using ::testing::HasSubstr;

v1::DisclosureAudit Clean() {
  v1::DisclosureAudit audit;
  audit.set_profile("ons-10-5");
  v1::AuditedSource* source = audit.add_sources();
  source->set_source("sources/first");
  source->set_release_count(2);
  source->set_hidden_release_count(1);
  source->set_figure_count(1234);
  source->set_withheld_count(20);
  source->set_complementary_count(7);
  source->set_no_count_count(3);
  return audit;
}

void AddFinding(v1::DisclosureFindingKind kind, std::optional<int64_t> lower,
                std::optional<int64_t> upper, v1::DisclosureAudit& audit) {
  v1::DisclosureFinding* finding = audit.add_findings();
  finding->set_kind(kind);
  finding->set_release("sources/first/releases/1");
  finding->set_figure("cases, p, 2018");
  if (lower.has_value()) finding->set_lower(*lower);
  if (upper.has_value()) finding->set_upper(*upper);
  audit.set_finding_count(audit.finding_count() + 1);
}

v1::DisclosureAudit Exposed() {
  v1::DisclosureAudit audit = Clean();
  AddFinding(v1::DISCLOSURE_FINDING_KIND_EXACT, 3, 3, audit);
  AddFinding(v1::DISCLOSURE_FINDING_KIND_NARROW, 1, 2, audit);
  AddFinding(v1::DISCLOSURE_FINDING_KIND_UNTRUE, 1000, std::nullopt, audit);
  AddFinding(v1::DISCLOSURE_FINDING_KIND_UNTRUE, std::nullopt, 9, audit);
  AddFinding(v1::DISCLOSURE_FINDING_KIND_NARROW, {}, {}, audit);
  return audit;
}

TEST(RenderDisclosure, SaysThatNothingIsGivenAwayAndWhatItCost) {
  EXPECT_THAT(RenderDisclosureAudit(Clean(), Format::kTable),
              IsOkAndHolds(Eq(
                  R"(nothing is given away (disclosure profile ons-10-5)
first: 1,234 figures in 2 releases; 20 withheld, 7 withheld to protect those, 3 that are no counts; 1 releases not shown at all
)")));
}

TEST(RenderDisclosure, SaysOfEachFigureWhatIsKnownOfIt) {
  const auto text = RenderDisclosureAudit(Exposed(), Format::kTable);
  EXPECT_THAT(text, IsOkAndHolds(HasSubstr(
                        R"(5 figures:
  cases, p, 2018 (sources/first/releases/1) can be computed: 3
  cases, p, 2018 (sources/first/releases/1) is known too well: 1 to 2
  cases, p, 2018 (sources/first/releases/1) is not what is shown of it: at least 1,000
  cases, p, 2018 (sources/first/releases/1) is not what is shown of it: at most 9
  cases, p, 2018 (sources/first/releases/1) is known too well: any number
)")));
  EXPECT_THAT(*text, ::testing::StartsWith("exposed (disclosure profile "));
}

TEST(RenderDisclosure, SaysHowManyMoreThereAre) {
  v1::DisclosureAudit audit = Exposed();
  audit.set_finding_count(1205);
  EXPECT_THAT(RenderDisclosureAudit(audit, Format::kTable),
              IsOkAndHolds(HasSubstr("  and 1,200 more\n")));
}

TEST(RenderDisclosure, SaysThatThereIsNothingToProtect) {
  v1::DisclosureAudit audit;
  audit.set_profile("nhs-7-5");
  EXPECT_THAT(RenderDisclosureAudit(audit, Format::kTable),
              IsOkAndHolds(HasSubstr("No restricted source has a release.")));
}

TEST(RenderDisclosure, WhatAServiceSendsCannotDriveATerminal) {
  v1::DisclosureAudit audit = Exposed();
  audit.mutable_findings(0)->set_figure("\x1b[2J");
  EXPECT_THAT(RenderDisclosureAudit(audit, Format::kTable),
              IsOkAndHolds(HasSubstr("\\x1B[2J")));
}

TEST(RenderDisclosure, OtherProgramsReadTheSame) {
  v1::DisclosureAudit audit = Clean();
  EXPECT_THAT(RenderDisclosureAudit(audit, Format::kCsv),
              IsOkAndHolds(Eq("kind,release,figure,lower,upper\n")));
  AddFinding(v1::DISCLOSURE_FINDING_KIND_NARROW, 1, std::nullopt, audit);
  EXPECT_THAT(RenderDisclosureAudit(audit, Format::kCsv),
              IsOkAndHolds(Eq("kind,release,figure,lower,upper\n"
                              "NARROW,sources/first/releases/1,"
                              "\"cases, p, 2018\",1,\n")));
  EXPECT_THAT(RenderDisclosureAudit(audit, Format::kNdjson),
              IsOkAndHolds(HasSubstr("\"findingCount\":\"1\"")));
  EXPECT_THAT(RenderDisclosureAudit(audit, Format::kJson),
              IsOkAndHolds(HasSubstr("DISCLOSURE_FINDING_KIND_NARROW")));
}

}  // namespace
}  // namespace collate::client
