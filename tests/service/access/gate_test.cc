#include "service/access/gate.h"

#include "gmock/gmock.h"
#include "gtest/gtest.h"
#include "tests/testing/status_matchers.h"

namespace collate::access {
namespace {

using ::collate::testing::HasReason;
using ::collate::testing::IsOk;
using ::collate::testing::MessageHas;
using ::collate::testing::StatusIs;
using ::testing::HasSubstr;

constexpr char kQuery[] = "/collate.v1.StatisticsService/QueryStatistics";
constexpr char kReload[] = "/collate.v1.OperationsService/ReloadAdapters";

TEST(RolesTest, NamesGoBothWays) {
  for (const Role role : kRoles) EXPECT_EQ(RoleNamed(NameOf(role)), role);
  EXPECT_EQ(RoleNamed("root"), std::nullopt);
  EXPECT_EQ(RoleNamed("Reader"), std::nullopt);
  EXPECT_EQ(NamesOf({}), "none");
  EXPECT_EQ(NamesOf({Role::kAdmin, Role::kReader}), "reader, admin");
}

TEST(RolesTest, WhatIsNotInTheTableNobodyMayCall) {
  EXPECT_EQ(RuleOf("/collate.v1.StatisticsService/Query"), nullptr);
  EXPECT_EQ(RuleOf(""), nullptr);
  EXPECT_THAT(Gate::Check("/collate.v1.StatisticsService/DropEverything",
                          "sub:x", RoleSet::All()),
              StatusIs(absl::StatusCode::kPermissionDenied));
}

TEST(RolesTest, NoMethodIsOpenToNobody) {
  for (const MethodRule& rule : MethodRules()) {
    EXPECT_FALSE(rule.roles.empty()) << rule.method;
    EXPECT_EQ(RuleOf(rule.method), &rule);
  }
}

TEST(GateTest, WhoShowsNothingHasTheRolesOfThose) {
  EXPECT_TRUE(Gate({}).Identify({})->roles.empty());
  Gate::Options options;
  options.anonymous = {Role::kReader};
  const auto principal = Gate(std::move(options)).Identify({});
  ASSERT_THAT(principal, IsOk());
  EXPECT_EQ(principal->name, "");
  EXPECT_TRUE(principal->roles.Has(Role::kReader));
}

TEST(GateTest, RolesOfAllNamesOfACertificateCountTogether) {
  Gate::Options options;
  options.anonymous = {Role::kAdmin};
  options.grants["uri:spiffe://charity.example/a"] = {Role::kReader};
  options.grants["dns:a.example"] = {Role::kIngester};
  // Of another kind, though it reads alike.
  options.grants["email:a.example"] = {Role::kOriginals};
  const Gate gate(std::move(options));
  const auto principal = gate.Identify(
      {.certificate_names = {"uri:spiffe://charity.example/a", "dns:a.example"},
       .authorization = ""});
  ASSERT_THAT(principal, IsOk());
  EXPECT_EQ(principal->roles, (RoleSet{Role::kReader, Role::kIngester}));
  EXPECT_EQ(principal->name, "uri:spiffe://charity.example/a,dns:a.example");
}

// A certificate that nobody was granted anything is not nobody's.
TEST(GateTest, AnUnknownCertificateHasNoRoles) {
  Gate::Options options;
  options.anonymous = {Role::kReader};
  const auto principal = Gate(std::move(options))
                             .Identify({.certificate_names = {"dns:x.example"},
                                        .authorization = ""});
  ASSERT_THAT(principal, IsOk());
  EXPECT_TRUE(principal->roles.empty());
}

TEST(GateTest, ATokenThatCannotBeTakenIsRefusedAndNotOverlooked) {
  Gate::Options options;
  options.anonymous = RoleSet::All();
  options.grants["dns:a.example"] = RoleSet::All();
  const Gate gate(std::move(options));
  for (const char* authorization : {"Bearer x", "Basic x", "x"}) {
    EXPECT_THAT(gate.Identify({.certificate_names = {"dns:a.example"},
                               .authorization = authorization}),
                HasReason("TOKEN_REFUSED"))
        << authorization;
  }
}

TEST(GateTest, SaysWhichRoleIsMissing) {
  EXPECT_THAT(Gate::Check(kQuery, "dns:a", {Role::kReader}), IsOk());
  const absl::Status denied = Gate::Check(kReload, "dns:a", {Role::kReader});
  EXPECT_THAT(denied, StatusIs(absl::StatusCode::kPermissionDenied));
  EXPECT_THAT(denied, HasReason("ROLE_REQUIRED"));
  EXPECT_THAT(denied, MessageHas("admin"));
  const absl::Status unknown = Gate::Check(kReload, "", {});
  EXPECT_THAT(unknown, StatusIs(absl::StatusCode::kUnauthenticated));
  EXPECT_THAT(unknown, HasReason("NOT_AUTHENTICATED"));
}

}  // namespace
}  // namespace collate::access
