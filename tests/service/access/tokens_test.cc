#include "service/access/tokens.h"

#include <jwt.h>

#include "gmock/gmock.h"
#include "gtest/gtest.h"
#include "service/base/error.h"
#include "tests/testing/certificates.h"
#include "tests/testing/status_matchers.h"
#include "tests/testing/tokens.h"

namespace collate::access {
namespace {

using ::collate::testing::HasReason;
using ::collate::testing::IsOk;
using ::collate::testing::MakeSigningKey;
using ::collate::testing::SigningKey;
using ::collate::testing::SignToken;
using ::collate::testing::StatusIs;
using ::testing::ElementsAre;
using ::testing::HasSubstr;
using ::testing::IsEmpty;
using ::testing::Not;

constexpr char kClaims[] =
    R"({"iss":"https://id.example","aud":["other","collate"],"sub":"analyst-1",
        "exp":2000,"nbf":1000,"roles":["reader","poet"]})";

std::string WhyOf(const absl::Status& status) {
  for (const auto& [key, value] : base::DetailOf(status).metadata) {
    if (key == "why") return value;
  }
  return "";
}

class TokensTest : public ::testing::Test {
 protected:
  absl::StatusOr<Token> Verify(const std::string& token, int64_t now = 1500) {
    return VerifyToken(token, keys_, rules_, absl::FromUnixSeconds(now));
  }
  std::string WhyNot(const std::string& token, int64_t now = 1500) {
    const auto verified = Verify(token, now);
    EXPECT_THAT(verified, StatusIs(absl::StatusCode::kUnauthenticated));
    EXPECT_THAT(verified, HasReason("TOKEN_REFUSED"));
    EXPECT_THAT(std::string(verified.status().message()),
                Not(HasSubstr("analyst-1")));
    return WhyOf(verified.status());
  }

  const SigningKey key_ = MakeSigningKey(256);
  std::vector<TokenKey> keys_ = {{"one", "ES256", key_.open}};
  TokenRules rules_ = {.issuer = "https://id.example",
                       .audience = "collate",
                       .roles_claim = "roles",
                       .leeway = absl::Seconds(30)};
};

TEST_F(TokensTest, AGoodTokenIsVerified) {
  const auto token = Verify(SignToken(kClaims, JWT_ALG_ES256, key_.secret));
  ASSERT_THAT(token, IsOk());
  EXPECT_EQ(token->subject, "analyst-1");
  EXPECT_THAT(token->roles, ElementsAre("reader", "poet"));
}

TEST_F(TokensTest, RolesAreTakenOnlyFromTheClaimThatWasNamed) {
  rules_.roles_claim = "";
  EXPECT_THAT(Verify(SignToken(kClaims, JWT_ALG_ES256, key_.secret))->roles,
              IsEmpty());
  rules_.roles_claim = "scope";
  EXPECT_THAT(Verify(SignToken(kClaims, JWT_ALG_ES256, key_.secret))->roles,
              IsEmpty());
}

TEST_F(TokensTest, RolesMayStandInAnObjectOfAClaim) {
  constexpr char kNested[] =
      R"({"iss":"https://id.example","aud":"collate","sub":"a","exp":2000,
          "realm_access":{"roles":["admin"]},"a.b":["reader"],"text":"x"})";
  const std::string token = SignToken(kNested, JWT_ALG_ES256, key_.secret);
  rules_.roles_claim = "realm_access.roles";
  EXPECT_THAT(Verify(token)->roles, ElementsAre("admin"));
  // A name that has dots of its own comes first.
  rules_.roles_claim = "a.b";
  EXPECT_THAT(Verify(token)->roles, ElementsAre("reader"));
  for (const char* absent : {"realm_access", "text.roles", "realm_access.x"}) {
    rules_.roles_claim = absent;
    EXPECT_THAT(Verify(token)->roles, IsEmpty()) << absent;
  }
}

TEST_F(TokensTest, EveryAlgorithmThatIsDeclaredWorks) {
  const struct {
    const char* name;
    jwt_alg_t id;
    int bits;
  } kAlgorithms[] = {{"RS256", JWT_ALG_RS256, 2048},
                     {"RS384", JWT_ALG_RS384, 2048},
                     {"RS512", JWT_ALG_RS512, 2048},
                     {"ES384", JWT_ALG_ES384, 384},
                     {"ES512", JWT_ALG_ES512, 521}};
  for (const auto& algorithm : kAlgorithms) {
    const SigningKey key = MakeSigningKey(algorithm.bits);
    keys_ = {{"one", algorithm.name, key.open}};
    EXPECT_THAT(CheckTokenKey(keys_[0]), IsOk()) << algorithm.name;
    EXPECT_THAT(Verify(SignToken(kClaims, algorithm.id, key.secret)), IsOk())
        << algorithm.name;
  }
}

// The public key is known to all: were it taken as a secret of HS256, or no
// signature as one, anybody could write a token.
TEST_F(TokensTest, TheTokenDoesNotChooseItsAlgorithm) {
  EXPECT_EQ(WhyNot(SignToken(kClaims, JWT_ALG_HS256, key_.open)),
            "WRONG_ALGORITHM");
  EXPECT_EQ(WhyNot(SignToken(kClaims, JWT_ALG_NONE, "")), "WRONG_ALGORITHM");
  const SigningKey rsa = MakeSigningKey(2048);
  EXPECT_EQ(WhyNot(SignToken(kClaims, JWT_ALG_RS256, rsa.secret)),
            "WRONG_ALGORITHM");
}

TEST_F(TokensTest, AnotherKeysSignatureDoesNotHold) {
  EXPECT_EQ(
      WhyNot(SignToken(kClaims, JWT_ALG_ES256, MakeSigningKey(256).secret)),
      "BAD_SIGNATURE");
}

TEST_F(TokensTest, NoChangedCharacterIsOverlooked) {
  const std::string good = SignToken(kClaims, JWT_ALG_ES256, key_.secret);
  // The last one of a part has bits that stand for nothing.
  const size_t first = good.find('.');
  const size_t second = good.find('.', first + 1);
  for (size_t i = 0; i < good.size(); ++i) {
    if (i + 1 == first || i + 1 == second || i + 1 == good.size()) continue;
    std::string bad = good;
    bad[i] = bad[i] == 'A' ? 'B' : 'A';
    EXPECT_THAT(Verify(bad), StatusIs(absl::StatusCode::kUnauthenticated)) << i;
  }
}

TEST_F(TokensTest, WhatIsNoTokenIsMalformed) {
  for (const std::string& text :
       {std::string(), std::string("."), std::string(".."),
        std::string("a.b.c"), std::string(100000, 'a'),
        std::string("\0\0", 2)}) {
    EXPECT_EQ(WhyNot(text), "MALFORMED") << text.substr(0, 20);
  }
}

TEST_F(TokensTest, KeysAreFoundByTheirId) {
  const SigningKey next = MakeSigningKey(256);
  keys_.push_back({"two", "ES256", next.open});
  EXPECT_THAT(Verify(SignToken(kClaims, JWT_ALG_ES256, next.secret, "two")),
              IsOk());
  EXPECT_EQ(WhyNot(SignToken(kClaims, JWT_ALG_ES256, next.secret, "one")),
            "BAD_SIGNATURE");
  EXPECT_EQ(WhyNot(SignToken(kClaims, JWT_ALG_ES256, next.secret, "three")),
            "UNKNOWN_KEY");
  EXPECT_EQ(WhyNot(SignToken(kClaims, JWT_ALG_ES256, next.secret, nullptr)),
            "UNKNOWN_KEY");
  keys_.pop_back();
  EXPECT_THAT(Verify(SignToken(kClaims, JWT_ALG_ES256, key_.secret, nullptr)),
              IsOk());
}

TEST_F(TokensTest, TimesCountWithLeeway) {
  const std::string token = SignToken(kClaims, JWT_ALG_ES256, key_.secret);
  EXPECT_EQ(WhyNot(token, 969), "NOT_YET_VALID");
  EXPECT_THAT(Verify(token, 970), IsOk());
  EXPECT_THAT(Verify(token, 2029), IsOk());
  EXPECT_EQ(WhyNot(token, 2030), "EXPIRED");
}

TEST_F(TokensTest, ClaimsThatAreNeededAreNeeded) {
  const auto why = [&](const char* claims) {
    return WhyNot(SignToken(claims, JWT_ALG_ES256, key_.secret));
  };
  EXPECT_EQ(why(R"({"iss":"https://id.example","aud":"collate","sub":"x"})"),
            "CLAIM_MISSING");
  EXPECT_EQ(why(R"({"iss":"https://id.example","aud":"collate","sub":"x",
                    "exp":"2000"})"),
            "CLAIM_MISSING");
  EXPECT_EQ(why(R"({"iss":"https://id.example","aud":"collate","exp":2000})"),
            "CLAIM_MISSING");
  EXPECT_EQ(why(R"({"iss":"https://id.example","aud":"collate","sub":"",
                    "exp":2000})"),
            "CLAIM_MISSING");
  EXPECT_EQ(why(R"({"iss":"https://evil.example","aud":"collate","sub":"x",
                    "exp":2000})"),
            "WRONG_ISSUER");
  EXPECT_EQ(why(R"({"aud":"collate","sub":"x","exp":2000})"), "WRONG_ISSUER");
  EXPECT_EQ(why(R"({"iss":"https://id.example","aud":"other","sub":"x",
                    "exp":2000})"),
            "WRONG_AUDIENCE");
  EXPECT_EQ(why(R"({"iss":"https://id.example","sub":"x","exp":2000})"),
            "WRONG_AUDIENCE");
  EXPECT_EQ(why(R"({"iss":"https://id.example","aud":"collate","sub":"x",
                    "exp":2000,"nbf":"soon"})"),
            "NOT_YET_VALID");
}

TEST(TokenKeyTest, AKeyThatIsNotOfItsAlgorithmIsRefused) {
  const SigningKey curve = MakeSigningKey(256);
  const SigningKey rsa = MakeSigningKey(2048);
  const SigningKey weak = MakeSigningKey(1024);
  for (const TokenKey& key : std::vector<TokenKey>{{"a", "HS256", curve.open},
                                                   {"b", "none", curve.open},
                                                   {"c", "", curve.open},
                                                   {"d", "RS256", curve.open},
                                                   {"e", "ES256", rsa.open},
                                                   {"f", "ES384", curve.open},
                                                   {"g", "RS256", weak.open},
                                                   {"h", "ES256", curve.secret},
                                                   {"i", "ES256", ""},
                                                   {"j", "ES256", "hello"}}) {
    EXPECT_THAT(CheckTokenKey(key), HasReason("INVALID_TOKEN_KEY")) << key.id;
  }
}

}  // namespace
}  // namespace collate::access
