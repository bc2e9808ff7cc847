#include "client/doctor.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "absl/strings/escaping.h"
#include "absl/strings/str_cat.h"
#include "absl/time/time.h"
#include "client/cli/command_line.h"
#include "client/cli/run.h"
#include "tests/client/environment.h"
#include "tests/client/fake_service.h"

namespace collate::client {
namespace {

using ::collate::testing::FakeService;
using ::testing::AllOf;
using ::testing::Eq;
using ::testing::HasSubstr;
using ::testing::Not;

const absl::Time kNow = absl::FromUnixSeconds(1'800'000'000);

std::string TokenEnding(absl::Time end) {
  std::string payload;
  absl::WebSafeBase64Escape(
      absl::StrCat(R"({"exp":)", absl::ToUnixSeconds(end), "}"), &payload);
  return absl::StrCat("e30.", payload, ".c2ln");
}

TEST(Doctor, ATokenEnds) {
  EXPECT_EQ(JudgeToken(TokenEnding(kNow + absl::Hours(5)), kNow).health,
            Health::kOk);
  const Diagnosis soon = JudgeToken(TokenEnding(kNow + absl::Minutes(3)), kNow);
  EXPECT_EQ(soon.health, Health::kWarning);
  EXPECT_THAT(soon.found, HasSubstr("ends in 3 minutes"));
  const Diagnosis ended = JudgeToken(TokenEnding(kNow - absl::Hours(72)), kNow);
  EXPECT_EQ(ended.health, Health::kProblem);
  EXPECT_THAT(ended.found, HasSubstr("ended 3 days ago"));
  for (const char* bad : {"", "x", "a.b.c", "e30.e30.x", "e30.W10.x"}) {
    EXPECT_EQ(JudgeToken(bad, kNow).health, Health::kWarning) << bad;
  }
}

TEST(Doctor, WhatIsNoCertificateIsAProblem) {
  const Diagnosis none = JudgeCertificate("nothing", "my.pem", kNow);
  EXPECT_EQ(none.health, Health::kProblem);
  EXPECT_THAT(none.found, HasSubstr("my.pem is no certificate"));
}

TEST(Doctor, TheServicesCertificateEndsAndNewerKeysMayBeRefused) {
  v1::ServiceStatus status;
  EXPECT_EQ(JudgeServerCertificate(status, kNow).health, Health::kOk);
  status.mutable_certificate()->mutable_expire_time()->set_seconds(
      absl::ToUnixSeconds(kNow + absl::Hours(24 * 3)));
  const Diagnosis soon = JudgeServerCertificate(status, kNow);
  EXPECT_EQ(soon.health, Health::kWarning);
  EXPECT_THAT(soon.found, HasSubstr("3 days"));
  status.mutable_certificate()->set_problem("cut short");
  EXPECT_THAT(JudgeServerCertificate(status, kNow).found,
              HasSubstr("cut short"));
}

TEST(Doctor, ClocksAreComparedWithinTheCall) {
  v1::ServiceStatus status;
  EXPECT_EQ(JudgeClock(status, kNow, kNow).health, Health::kUnknown);
  const auto off = [&](absl::Duration by) {
    status.mutable_current_time()->set_seconds(absl::ToUnixSeconds(kNow + by));
    return JudgeClock(status, kNow, kNow + absl::Seconds(1));
  };
  EXPECT_EQ(off(absl::Seconds(1)).health, Health::kOk);
  EXPECT_EQ(off(absl::Seconds(-29)).health, Health::kOk);
  EXPECT_EQ(off(absl::Seconds(-90)).health, Health::kWarning);
  EXPECT_THAT(off(absl::Seconds(-90)).found, HasSubstr("90 seconds behind"));
  EXPECT_EQ(off(absl::Minutes(9)).health, Health::kProblem);
  EXPECT_THAT(off(absl::Minutes(9)).found, HasSubstr("8 minutes ahead"));
}

TEST(Doctor, AdaptersThatAreNotUsedAreNamed) {
  v1::ServiceStatus status;
  EXPECT_EQ(JudgeAdapters(status).health, Health::kProblem) << "none at all";
  v1::Adapter* adapter = status.add_adapters();
  adapter->set_name("adapters/a");
  adapter->set_state(v1::ADAPTER_STATE_READY);
  EXPECT_EQ(JudgeAdapters(status).health, Health::kOk);
  adapter->set_state(v1::ADAPTER_STATE_QUARANTINED);
  adapter->add_problems("three workers died");
  const Diagnosis wrong = JudgeAdapters(status);
  EXPECT_EQ(wrong.health, Health::kProblem);
  EXPECT_THAT(wrong.found,
              AllOf(HasSubstr("a is "), HasSubstr("three workers died")));
}

TEST(Doctor, AMissingLayerIsAWarningAndNoWorkerAProblem) {
  v1::ServiceStatus status;
  status.set_sandbox_problem("no such file");
  EXPECT_EQ(JudgeSandbox(status).health, Health::kProblem);
  v1::SandboxLayer* layer = status.add_sandbox_layers();
  layer->set_name("landlock");
  layer->set_reason("old kernel");
  EXPECT_EQ(JudgeSandbox(status).health, Health::kWarning);
  EXPECT_THAT(JudgeSandbox(status).found, HasSubstr("landlock: old kernel"));
  layer->set_applied(true);
  status.set_sandbox_complete(true);
  EXPECT_EQ(JudgeSandbox(status).health, Health::kOk);
}

TEST(Doctor, ChecksumsAgeAndDamageIsAProblem) {
  v1::ServiceStatus status;
  const auto checksums = [&] { return JudgeData(status, kNow)[0]; };
  EXPECT_EQ(checksums().health, Health::kWarning);
  EXPECT_THAT(checksums().advice, Eq("collate admin check"));
  auto* check = status.mutable_last_store_check();
  check->mutable_end_time()->set_seconds(
      absl::ToUnixSeconds(kNow - absl::Hours(50)));
  EXPECT_EQ(checksums().health, Health::kOk);
  EXPECT_THAT(checksums().found, HasSubstr("2 days ago"));
  check->mutable_end_time()->set_seconds(
      absl::ToUnixSeconds(kNow - absl::Hours(24 * 8)));
  EXPECT_EQ(checksums().health, Health::kWarning);
  check->set_problem_count(2);
  EXPECT_EQ(checksums().health, Health::kProblem);
}

TEST(Doctor, WhatCannotBeReadOrRecordedIsAProblem) {
  v1::ServiceStatus status;
  EXPECT_FALSE(AnyProblem(JudgeData(status, kNow)));
  status.set_snapshot_limit_bytes(100);
  status.set_snapshot_bytes(95);
  EXPECT_EQ(JudgeData(status, kNow)[2].health, Health::kWarning);
  status.mutable_audit()->set_lost_count(1);
  EXPECT_EQ(JudgeData(status, kNow)[3].health, Health::kProblem);
  status.add_unreadable_releases()->set_release("sources/s/releases/r");
  EXPECT_EQ(JudgeData(status, kNow)[1].health, Health::kProblem);
}

TEST(Doctor, WhatWasFoundSteersNoTerminal) {
  const std::vector<Diagnosis> one = {
      {"adapters", Health::kProblem, "\x1b[2J", "mend it"}};
  const auto table = RenderDiagnoses(one, Format::kTable);
  EXPECT_THAT(*table, AllOf(HasSubstr("problem  adapters  \\x1B[2J\n"),
                            HasSubstr("-> mend it\n")));
  EXPECT_THAT(*RenderDiagnoses(one, Format::kCsv),
              HasSubstr("check,state,found,advice\nadapters,problem,"));
  EXPECT_THAT(*RenderDiagnoses(one, Format::kNdjson),
              HasSubstr(R"({"check":"adapters","state":"problem")"));
}

struct Outcome {
  int exit_code;
  std::string out;
};

Outcome RunDoctor(const std::string& server) {
  const auto parsed = ParseCommandLine({"doctor"}, ServerOnly(server));
  const auto& line = std::get<CommandLine>(parsed);
  std::ostringstream out;
  std::ostringstream err;
  const auto client = Client::Create(line.client);
  const int code = client.ok()
                       ? Run(line, **client, out, err, false)
                       : RunWithoutClient(line, client.status(), out, err);
  EXPECT_THAT(err.str(), Eq(""));
  return {code, out.str()};
}

TEST(Doctor, LooksAtEverythingOfAServiceThatAnswers) {
  FakeService service;
  const Outcome outcome = RunDoctor(service.address());
  EXPECT_THAT(outcome.exit_code, Eq(kExitFailed)) << "it has no adapters";
  for (const char* check :
       {"configuration", "connection", "certificate", "token", "role",
        "version", "adapters", "sandbox", "checksums", "clock"}) {
    EXPECT_THAT(outcome.out, HasSubstr(check));
  }
  EXPECT_THAT(outcome.out, HasSubstr("the service 1.2.3"));
  EXPECT_THAT(outcome.out, HasSubstr("you may look things up, ask questions"));
}

TEST(Doctor, SaysThatNobodyAnswersAndStopsThere) {
  const Outcome outcome = RunDoctor("unix:/no/such/socket");
  EXPECT_THAT(outcome.exit_code, Eq(kExitFailed));
  EXPECT_THAT(outcome.out,
              AllOf(HasSubstr("problem  connection"),
                    HasSubstr("start collated"), Not(HasSubstr("adapters"))));
}

TEST(Doctor, SaysWhatIsWrongWithAnAddress) {
  const Outcome outcome = RunDoctor("nonsense");
  EXPECT_THAT(outcome.exit_code, Eq(kExitFailed));
  EXPECT_THAT(outcome.out, HasSubstr("no address of a service: 'nonsense'"));
}

}  // namespace
}  // namespace collate::client
