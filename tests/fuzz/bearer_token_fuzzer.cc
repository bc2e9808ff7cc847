// Any bytes as a bearer token, as the claims of one that is signed, and as the
// header and claims of one that is not. Only what was signed with the known key
// is accepted, and only while its claims say what they have to.

#include <cstdint>
#include <cstdlib>
#include <memory>
#include <nlohmann/json.hpp>
#include <string>
#include <vector>

#include "absl/strings/escaping.h"
#include "absl/strings/str_cat.h"
#include "service/access/tokens.h"
#include "tests/fuzz/service_checks.h"
#include "tests/testing/certificates.h"
#include "tests/testing/tokens.h"

namespace {

using collate::access::Token;
using collate::access::TokenKey;
using collate::access::TokenRules;
using collate::access::VerifyToken;
using collate::fuzz::Require;
using collate::testing::SigningKey;
using Json = nlohmann::json;

constexpr int64_t kNow = 1500;

struct Provider {
  SigningKey key = collate::testing::MakeSigningKey(256);
  std::vector<TokenKey> keys = {{"one", "ES256", key.open}};
  TokenRules rules = {.issuer = "https://id.example",
                      .audience = "collate",
                      .roles_claim = "roles",
                      .leeway = absl::Seconds(30)};
};

std::string Encoded(const std::string& text) {
  std::string out;
  absl::WebSafeBase64Escape(text, &out);
  return out;
}

// libjwt takes JSON only of some forms; null where it does not.
bool IsSignable(const std::string& claims) {
  jwt_t* token = nullptr;
  Require(jwt_new(&token) == 0, "memory");
  const bool signable = jwt_add_grants_json(token, claims.c_str()) == 0;
  jwt_free(token);
  return signable;
}

void RequireEntitled(const std::string& claims, const Token& token) {
  Require(!token.subject.empty(), "somebody is named");
  const Json json = Json::parse(claims.c_str(), nullptr, false);
  // What libjwt reads and this library does not: a name that stands twice.
  if (!json.is_object()) return;
  Require(json.contains("exp") && json["exp"].is_number() &&
              json["exp"].get<double>() > kNow - 31,
          "it has not expired");
  Require(!json.contains("nbf") || (json["nbf"].is_number() &&
                                    json["nbf"].get<double>() < kNow + 31),
          "it is valid already");
  Require(json.contains("iss") && json.contains("aud") && json.contains("sub"),
          "it says who made it, for whom and about whom");
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  static const Provider provider;
  if (size < 1) return 0;
  const std::string text = collate::fuzz::Text(data + 1, size - 1);
  std::string token = text;
  const bool is_signed = data[0] % 3 == 1;
  if (is_signed) {
    if (!IsSignable(text)) return 0;
    token =
        collate::testing::SignToken(text, JWT_ALG_ES256, provider.key.secret);
  } else if (data[0] % 3 == 2) {
    // "header", "claims" and "signature", each until the next NUL.
    const size_t first = std::min(text.find('\0'), text.size());
    const std::string header = text.substr(0, first);
    const std::string rest = text.substr(std::min(first + 1, text.size()));
    const size_t second = std::min(rest.find('\0'), rest.size());
    token = absl::StrCat(Encoded(header), ".", Encoded(rest.substr(0, second)),
                         ".", Encoded(rest.substr(second)));
  }
  const auto verified = VerifyToken(token, provider.keys, provider.rules,
                                    absl::FromUnixSeconds(kNow));
  if (verified.ok()) {
    Require(is_signed, "nobody else's token is accepted");
    RequireEntitled(text, *verified);
    return 0;
  }
  collate::fuzz::RequireReason(verified.status(), "TOKEN_REFUSED");
  return 0;
}
