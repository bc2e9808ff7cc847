// Who may call what, over which connections, and what is recorded of it.

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <fstream>
#include <map>
#include <set>
#include <sstream>

#include "absl/strings/str_cat.h"
#include "absl/strings/str_replace.h"
#include "absl/time/clock.h"
#include "collate/v1/catalogue_service.pb.h"
#include "collate/v1/ingestion_service.pb.h"
#include "collate/v1/operations_service.pb.h"
#include "collate/v1/statistics_service.pb.h"
#include "google/protobuf/descriptor.h"
#include "grpcpp/generic/generic_stub.h"
#include "grpcpp/grpcpp.h"
#include "tests/integration/end_to_end.h"
#include "tests/testing/certificates.h"
#include "tests/testing/tokens.h"

namespace collate::testing {
namespace {

using ::testing::AllOf;
using ::testing::Eq;
using ::testing::HasSubstr;
using ::testing::Not;

// One role's methods, without the package. Written down here once more, so
// that nobody widens a role unnoticed.
const std::map<std::string, std::set<std::string>>& Expected() {
  static const auto& expected = *[] {
    const std::set<std::string> look_up = {
        "CatalogueService/GetAdapter",     "CatalogueService/GetDimension",
        "CatalogueService/GetMeasure",     "CatalogueService/GetMember",
        "CatalogueService/GetPanel",       "CatalogueService/GetRelease",
        "CatalogueService/GetSource",      "CatalogueService/ListAdapters",
        "CatalogueService/ListDimensions", "CatalogueService/ListMeasures",
        "CatalogueService/ListMembers",    "CatalogueService/ListPanels",
        "CatalogueService/ListReleases",   "CatalogueService/ListSources"};
    const std::set<std::string> ask = {"StatisticsService/CheckClaims",
                                       "StatisticsService/CheckQuery",
                                       "StatisticsService/CompareMeasures",
                                       "StatisticsService/ExplainCell",
                                       "StatisticsService/GetAnswer",
                                       "StatisticsService/ListConflicts",
                                       "StatisticsService/ListRevisions",
                                       "StatisticsService/QueryStatistics"};
    auto* roles = new std::map<std::string, std::set<std::string>>();
    std::set<std::string>& reader = (*roles)["reader"];
    reader = look_up;
    reader.insert(ask.begin(), ask.end());
    std::set<std::string>& analyst = (*roles)["analyst"];
    analyst = reader;
    analyst.insert({"CatalogueService/GetReleaseReport",
                    "CatalogueService/ListFindings",
                    "IngestionService/PreviewRelease",
                    "OperationsService/GetServiceStatus",
                    "StatisticsService/ExportObservations",
                    "StatisticsService/ListObservations"});
    (*roles)["originals"] = {"StatisticsService/ReadDocument",
                             "StatisticsService/ReadDocumentCells"};
    std::set<std::string>& ingester = (*roles)["ingester"];
    ingester = look_up;
    ingester.insert(
        {"CatalogueService/GetReleaseReport", "IngestionService/IngestDocument",
         "IngestionService/IngestRelease", "IngestionService/PreviewRelease",
         "IngestionService/WithdrawRelease",
         "OperationsService/GetServiceStatus"});
    std::set<std::string>& admin = (*roles)["admin"];
    admin = look_up;
    admin.insert(
        {"OperationsService/AuditDisclosure", "OperationsService/BackUpStore",
         "OperationsService/CheckStore", "OperationsService/GetServiceStatus",
         "OperationsService/ReloadAdapters"});
    return roles;
  }();
  return expected;
}

std::set<std::string> AllMethods() {
  std::set<std::string> methods;
  for (const auto* file : {v1::QueryStatisticsRequest::descriptor()->file(),
                           v1::ListSourcesRequest::descriptor()->file(),
                           v1::IngestReleaseRequest::descriptor()->file(),
                           v1::ReloadAdaptersRequest::descriptor()->file()}) {
    for (int s = 0; s < file->service_count(); ++s) {
      for (int m = 0; m < file->service(s)->method_count(); ++m) {
        methods.insert(absl::StrCat(file->service(s)->name(), "/",
                                    file->service(s)->method(m)->name()));
      }
    }
  }
  return methods;
}

// The status of a method that got one empty message, whatever its kind.
grpc::Status CallEmpty(const std::shared_ptr<grpc::Channel>& channel,
                       const std::string& method, const std::string& token) {
  grpc::GenericStub stub(channel);
  grpc::ClientContext context;
  if (!token.empty()) {
    context.AddMetadata("authorization", "Bearer " + token);
  }
  grpc::CompletionQueue queue;
  const auto call = stub.PrepareCall(&context, "/collate.v1." + method, &queue);
  void* tag = nullptr;
  bool ok = false;
  call->StartCall(nullptr);
  queue.Next(&tag, &ok);
  const grpc::Slice nothing;
  call->WriteLast(grpc::ByteBuffer(&nothing, 1), grpc::WriteOptions(), nullptr);
  queue.Next(&tag, &ok);
  do {
    grpc::ByteBuffer answer;
    call->Read(&answer, nullptr);
    queue.Next(&tag, &ok);
  } while (ok);
  grpc::Status status;
  call->Finish(&status, nullptr);
  queue.Next(&tag, &ok);
  queue.Shutdown();
  while (queue.Next(&tag, &ok)) {
  }
  return status;
}

class Access : public ::testing::Test {
 protected:
  void StartWith(const std::string& config) {
    auto daemon =
        Daemon::Start({.data = dir_.File("data"),
                       .config = dir_.Write("config.textproto", config)});
    ASSERT_THAT(daemon, IsOk());
    daemon_ = *std::move(daemon);
  }

  std::string TokenConfig() {
    dir_.Write("issuer.pem", signer_.open);
    return R"(access { tokens {
        issuer: "https://id.example" audience: "collate" roles_claim: "roles"
        keys { id: "one" algorithm: "ES256" public_key_file: "issuer.pem" }
      } })";
  }
  std::string Token(const std::string& roles, absl::Duration life) {
    return SignToken(
        absl::StrCat(R"({"iss":"https://id.example","aud":"collate",)",
                     R"("sub":"somebody","exp":)",
                     absl::ToUnixSeconds(absl::Now() + life), R"(,"roles":[)",
                     roles, "]}"),
        JWT_ALG_ES256, signer_.secret);
  }

  std::string Tls(const Authority& authority, const std::string& more = "") {
    const KeyPair server = authority.Issue();
    dir_.Write("server.pem", server.certificate);
    dir_.Write("server.key", server.key);
    dir_.Write("authority.pem", authority.certificate());
    return absl::StrCat(
        R"(tls { certificate_file: "server.pem" private_key_file: "server.key"
             client_authorities_file: "authority.pem" )",
        more, "}\n");
  }
  // Options of a command line that shows a certificate for `names`.
  std::vector<std::string> Showing(const Authority& authority,
                                   const std::string& names) {
    const KeyPair client = authority.Issue({.names = names});
    return {"--tls-ca",   dir_.File("authority.pem"),
            "--tls-cert", dir_.Write("client.pem", client.certificate),
            "--tls-key",  dir_.Write("client.key", client.key)};
  }
  CliResult Run(std::vector<std::string> options,
                const std::vector<std::string>& command) {
    options.insert(options.end(), command.begin(), command.end());
    return daemon_->RunCli(options);
  }

  std::string AuditText() {
    std::ostringstream text;
    text << std::ifstream(dir_.File("data/audit/audit-000001.jsonl")).rdbuf();
    return text.str();
  }

  TempDir dir_;
  const SigningKey signer_ = MakeSigningKey(256);
  std::unique_ptr<Daemon> daemon_;
};

TEST_F(Access, EachRoleMayCallItsMethodsAndNoOthers) {
  StartWith(TokenConfig());
  const auto channel = daemon_->Channel();
  const std::set<std::string> methods = AllMethods();
  EXPECT_GE(methods.size(), 33u);
  std::set<std::string> somebodys;
  for (const auto& [role, allowed] : Expected()) {
    const std::string token =
        Token(absl::StrCat("\"", role, "\""), absl::Hours(1));
    somebodys.insert(allowed.begin(), allowed.end());
    for (const std::string& method : methods) {
      const grpc::Status status = CallEmpty(channel, method, token);
      EXPECT_EQ(status.error_code() != grpc::StatusCode::PERMISSION_DENIED,
                allowed.count(method) == 1)
          << role << " " << method << ": " << status.error_message();
      EXPECT_NE(status.error_code(), grpc::StatusCode::UNAUTHENTICATED)
          << role << " " << method;
    }
  }
  EXPECT_EQ(somebodys, methods) << "a method that no role may call";
  for (const std::string& method : methods) {
    EXPECT_EQ(CallEmpty(channel, method, "").error_code(),
              grpc::StatusCode::UNAUTHENTICATED)
        << method;
    EXPECT_EQ(
        CallEmpty(channel, method, Token("", absl::Hours(1))).error_code(),
        grpc::StatusCode::PERMISSION_DENIED)
        << method;
    EXPECT_EQ(CallEmpty(channel, method,
                        Token(R"("reader","analyst","originals","ingester",
                                 "admin")",
                              -absl::Hours(1)))
                  .error_code(),
              grpc::StatusCode::UNAUTHENTICATED)
        << method;
  }
}

// Probes have no token, and what a method looks like is no secret.
TEST_F(Access, HealthNeedsNoRole) {
  StartWith(TokenConfig());
  const auto client = ConnectTo(*daemon_);
  EXPECT_THAT(client->CheckHealth(), IsOk());
}

TEST_F(Access, TheCommandLineShowsATokenFromAFile) {
  StartWith(TokenConfig());
  const std::string token =
      dir_.Write("token", Token(R"("reader")", absl::Hours(1)) + "\n");
  EXPECT_EQ(Run({"--token-file", token}, {"measures"}).exit_code, 0);
  const CliResult denied = Run({"--token-file", token}, {"adapters", "reload"});
  EXPECT_EQ(denied.exit_code, 1);
  EXPECT_THAT(denied.err, AllOf(HasSubstr("sub:somebody"),
                                HasSubstr("needs one of: admin")));
  EXPECT_THAT(Run({}, {"measures"}).err, HasSubstr("show a certificate"));
  EXPECT_EQ(Run({"--token-file", dir_.File("none")}, {"measures"}).exit_code,
            2);
  const CliResult clear = daemon_->RunCli(
      {"measures", "--token-file", token, "--server", "192.0.2.1:7443"});
  EXPECT_EQ(clear.exit_code, 2);
  EXPECT_THAT(clear.err, HasSubstr("without encryption"));
}

TEST_F(Access, ACertificateSaysWhoCalls) {
  const Authority authority("authority");
  StartWith(Tls(authority) + R"(access { grants {
      certificate_uri: "spiffe://charity.example/analyst"
      roles: ROLE_ANALYST } })");
  const auto analyst =
      Showing(authority, "URI:spiffe://charity.example/analyst");
  EXPECT_EQ(Run(analyst, {"measures"}).exit_code, 0);
  EXPECT_THAT(Run(analyst, {"status"}).out,
              HasSubstr("encrypted, certificate sha256 "));
  EXPECT_THAT(Run(analyst, {"adapters", "reload"}).err,
              HasSubstr("uri:spiffe://charity.example/analyst has the roles: "
                        "analyst"));
  // The same text as a name of another kind is another name.
  EXPECT_EQ(
      Run(Showing(authority, "DNS:charity.example"), {"measures"}).exit_code,
      1);
  // No certificate: known to nobody.
  EXPECT_THAT(Run({"--tls-ca", dir_.File("authority.pem")}, {"measures"}).err,
              HasSubstr("show a certificate or a token"));
  // One of another authority, and none at all where there should be TLS.
  const Authority stranger("stranger");
  auto strange = Showing(stranger, "URI:spiffe://charity.example/analyst");
  EXPECT_THAT(Run(strange, {"measures"}).err, HasSubstr("no service answers"));
  EXPECT_THAT(Run({}, {"measures"}).err, HasSubstr("no service answers"));
}

TEST_F(Access, AConnectionWithoutACertificateIsClosedWhereOneIsRequired) {
  const Authority authority("authority");
  StartWith(Tls(authority, "require_client_certificate: true ") +
            "access { anonymous_roles: ROLE_READER }");
  EXPECT_THAT(Run({"--tls-ca", dir_.File("authority.pem")}, {"measures"}).err,
              HasSubstr("no service answers"));
}

// A pair that does not fit is told of, and the one in use stays.
TEST_F(Access, ACertificateThatIsReplacedIsShownSoon) {
  const Authority authority("authority");
  StartWith(Tls(authority) + "access { anonymous_roles: ROLE_ADMIN }");
  const std::vector<std::string> trusting = {"--tls-ca",
                                             dir_.File("authority.pem")};
  const auto shown = [&] { return Run(trusting, {"status"}).out; };
  const std::string before = shown();
  ASSERT_THAT(before, HasSubstr("encrypted"));
  const auto wait = [&](const char* text) {
    const absl::Time end = absl::Now() + absl::Seconds(60);
    while (daemon_->Log().find(text) == std::string::npos &&
           absl::Now() < end) {
      absl::SleepFor(absl::Milliseconds(20));
    }
    EXPECT_THAT(daemon_->Log(), HasSubstr(text));
  };
  dir_.Write("server.key", authority.Issue().key);
  wait("keys refused");
  EXPECT_THAT(shown(), HasSubstr("Newer keys were refused"));
  const KeyPair next = authority.Issue();
  dir_.Write("server.pem", next.certificate);
  dir_.Write("server.key", next.key);
  wait("keys changed");
  EXPECT_THAT(shown(),
              AllOf(HasSubstr("encrypted"), Not(HasSubstr("were refused"))));
  EXPECT_NE(shown().substr(0, 400), before.substr(0, 400));
}

// Nothing that is reachable from elsewhere is open by accident.
TEST_F(Access, AnAddressBeyondThisMachineNeedsBoth) {
  const auto why = [&](const std::string& config) {
    auto daemon =
        Daemon::Start({.data = dir_.File("data"),
                       .config = dir_.Write("config.textproto", config),
                       .listen = "0.0.0.0:0"});
    return daemon.ok() ? "" : std::string(daemon.status().message());
  };
  const Authority authority("authority");
  EXPECT_THAT(why(""), HasSubstr("it needs tls { }"));
  EXPECT_THAT(why(Tls(authority)), HasSubstr("it needs access { }"));
  EXPECT_THAT(why("allow_remote_plaintext: true"),
              HasSubstr("it needs access { }"));
  EXPECT_EQ(why(Tls(authority) + "access {}"), "");
  EXPECT_EQ(why("allow_remote_plaintext: true access {}"), "");
}

// One deployment, one profile; a role sees what was stated, all others what
// is shown of it.
TEST_F(Access, ARestrictedSourceIsShownByRole) {
  dir_.Write("site/vocabulary/inner.textproto", R"(sources {
      id: "inner" title: "Inner figures" publisher: "A force"
      licence: "none" access: ACCESS_RESTRICTED preference: 1
      retain: RETAIN_ORIGINAL })");
  auto daemon = Daemon::Start(
      {.data = dir_.File("data"),
       .site = dir_.File("site"),
       .config = dir_.Write(
           "config.textproto",
           TokenConfig() + R"( disclosure { profile: "ons-10-5" })")});
  ASSERT_THAT(daemon, IsOk());
  daemon_ = *std::move(daemon);
  const auto as = [&](const std::string& roles) {
    auto created = client::Client::Create(
        {.server = daemon_->address(), .token = Token(roles, absl::Hours(1))});
    EXPECT_THAT(created, IsOk());
    return *std::move(created);
  };
  ASSERT_THAT(
      as(R"("ingester")")->Ingest(Document(Excerpt(), "inner"), nullptr),
      IsOk());
  // City of London recorded a handful in a quarter, Kent 26.
  const auto reader = as(R"("reader")");
  const auto analyst = as(R"("analyst")");
  v1::StatisticsQuery query =
      By(Query("88A", {"2017/18 Q1"}, kPanel), "reporter");
  const auto stated = analyst->Query(query, v1::VIEW_CITED);
  ASSERT_THAT(stated, IsOk());
  const auto shown = reader->Query(query, v1::VIEW_CITED);
  ASSERT_THAT(shown, IsOk());
  ASSERT_EQ(stated->cells_size(), shown->cells_size());
  int withheld = 0;
  for (int i = 0; i < stated->cells_size(); ++i) {
    const v1::Cell& truth = stated->cells(i);
    const v1::Cell& cell = shown->cells(i);
    ASSERT_TRUE(truth.has_reported());
    if (truth.reported() < 10) {
      EXPECT_FALSE(cell.has_reported()) << cell.ShortDebugString();
      EXPECT_EQ(cell.state(), v1::STATE_SUPPRESSED);
      ++withheld;
    } else if (cell.has_reported()) {
      EXPECT_EQ(cell.reported() % 5, 0) << cell.ShortDebugString();
    }
    if (cell.reported_bounds().has_lower()) {
      EXPECT_LE(cell.reported_bounds().lower(), truth.reported());
    }
    if (cell.reported_bounds().has_upper()) {
      EXPECT_GE(cell.reported_bounds().upper(), truth.reported());
    }
  }
  EXPECT_GT(withheld, 0);
  // What was handed in is for one role alone.
  const auto releases = analyst->ListReleases("sources/inner");
  ASSERT_THAT(releases, IsOk());
  ASSERT_EQ(releases->size(), 1u);
  const std::string admin =
      dir_.Write("token", Token(R"("admin")", absl::Hours(1)));
  const CliResult audit =
      daemon_->RunCli({"disclosure", "audit", "--token-file", admin});
  EXPECT_EQ(audit.exit_code, 0) << audit.out << audit.err;
}

TEST_F(Access, CallsAreRecordedWithoutFigures) {
  StartWith(TokenConfig());
  const std::string token =
      Token(R"("reader","analyst","ingester","originals")", absl::Hours(1));
  auto created =
      client::Client::Create({.server = daemon_->address(), .token = token});
  ASSERT_THAT(created, IsOk());
  client::Client& client = **created;
  const auto report = client.Ingest(HomeOffice(Excerpt()), nullptr);
  ASSERT_THAT(report, IsOk());
  const auto answer =
      client.Query(Query("88A", {"2017/18"}, kPanel), v1::VIEW_CITED);
  ASSERT_THAT(answer, IsOk());
  ASSERT_EQ(answer->cells(0).reported(), kForces);
  ASSERT_THAT(client.Query(Query("88A", {"2017/18"}, kPanel), v1::VIEW_CITED),
              IsOk());
  EXPECT_EQ(daemon_->Terminate(), 0);

  const std::string text = AuditText();
  EXPECT_THAT(text, HasSubstr(R"("principal":"sub:somebody")"));
  // The ingestion, before and after, with what it came to.
  EXPECT_THAT(text, HasSubstr(R"("kind":"begun")"));
  EXPECT_THAT(text, HasSubstr(R"("answer":"sources/home-office-prc/)"));
  // The question, its answer's name, and which releases there were.
  EXPECT_THAT(text, HasSubstr(R"(\"measures\":[\"offences\"])"));
  EXPECT_THAT(text, HasSubstr(absl::StrCat(R"("answer":")", answer->name())));
  EXPECT_THAT(text, HasSubstr(R"("kind":"releases")"));
  EXPECT_THAT(text, Not(HasSubstr(absl::StrCat(kForces))));
  EXPECT_THAT(text, Not(HasSubstr(token)));

  const CliResult whole =
      daemon_->RunCli({"audit", "verify", dir_.File("data/audit")});
  EXPECT_EQ(whole.exit_code, 0);
  EXPECT_THAT(whole.out, HasSubstr("whole: "));
  dir_.Write("data/audit/audit-000001.jsonl",
             absl::StrReplaceAll(text, {{"sub:somebody", "sub:somebodx"}}));
  const CliResult changed =
      daemon_->RunCli({"audit", "verify", dir_.File("data/audit")});
  EXPECT_EQ(changed.exit_code, 1);
  EXPECT_THAT(changed.err, HasSubstr("was changed"));
}

}  // namespace
}  // namespace collate::testing
