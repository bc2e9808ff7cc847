#include "service/access/tokens.h"

#include <jwt.h>
#include <openssl/ec.h>
#include <openssl/err.h>
#include <openssl/pem.h>

#include <algorithm>
#include <cmath>
#include <cstdlib>
#include <memory>
#include <nlohmann/json.hpp>
#include <optional>
#include <utility>

#include "absl/strings/str_cat.h"
#include "absl/strings/string_view.h"
#include "service/base/error.h"
#include "service/base/status_macros.h"

namespace collate::access {
namespace {

using Jwt = std::unique_ptr<jwt_t, decltype(&jwt_free)>;
using Json = nlohmann::json;

constexpr int kLeastRsaBits = 2048;

struct Algorithm {
  const char* name;
  jwt_alg_t id;
  int key_type;
  int curve_bits;  // 0 = not an elliptic curve
};

constexpr Algorithm kAlgorithms[] = {
    {"RS256", JWT_ALG_RS256, EVP_PKEY_RSA, 0},
    {"RS384", JWT_ALG_RS384, EVP_PKEY_RSA, 0},
    {"RS512", JWT_ALG_RS512, EVP_PKEY_RSA, 0},
    {"ES256", JWT_ALG_ES256, EVP_PKEY_EC, 256},
    {"ES384", JWT_ALG_ES384, EVP_PKEY_EC, 384},
    {"ES512", JWT_ALG_ES512, EVP_PKEY_EC, 521},
};

const Algorithm* AlgorithmNamed(absl::string_view name) {
  for (const Algorithm& algorithm : kAlgorithms) {
    if (algorithm.name == name) return &algorithm;
  }
  return nullptr;
}

absl::Status Refused(absl::string_view why, absl::string_view message) {
  return base::Error(absl::StatusCode::kUnauthenticated, "TOKEN_REFUSED",
                     absl::StrCat("the bearer token ", message))
      .With("why", why);
}

absl::Status InvalidKey(const TokenKey& key, absl::string_view why) {
  return base::Error(absl::StatusCode::kInvalidArgument, "INVALID_TOKEN_KEY",
                     absl::StrCat("the token key '", key.id, "' ", why))
      .With("key", key.id);
}

// A parse without a key verifies nothing, one with a key does.
Jwt Decode(const std::string& token, const std::string* pem) {
  jwt_t* parsed = nullptr;
  const int error =
      pem == nullptr
          ? jwt_decode(&parsed, token.c_str(), nullptr, 0)
          : jwt_decode(&parsed, token.c_str(),
                       reinterpret_cast<const unsigned char*>(pem->c_str()),
                       static_cast<int>(pem->size()));
  // Left behind, it would be another caller's error.
  ERR_clear_error();
  return Jwt(error == 0 ? parsed : nullptr, &jwt_free);
}

// The key that the token says it was signed with, or the only one when it
// says nothing.
const TokenKey* KeyOf(jwt_t* unverified, const std::vector<TokenKey>& keys) {
  const char* const id = jwt_get_header(unverified, "kid");
  if (id == nullptr) return keys.size() == 1 ? &keys.front() : nullptr;
  for (const TokenKey& key : keys) {
    if (key.id == id) return &key;
  }
  return nullptr;
}

Json ClaimsOf(jwt_t* verified) {
  const std::unique_ptr<char, decltype(&std::free)> text(
      jwt_get_grants_json(verified, nullptr), &std::free);
  if (text == nullptr) return Json();
  return Json::parse(text.get(), nullptr, /*allow_exceptions=*/false);
}

// Seconds since 1970 of a claim; nullopt when it is absent or no number.
std::optional<absl::Time> TimeOf(const Json& claims, const char* name) {
  const auto found = claims.find(name);
  if (found == claims.end() || !found->is_number()) return std::nullopt;
  const double seconds = found->get<double>();
  if (!std::isfinite(seconds)) return std::nullopt;
  return absl::UnixEpoch() + absl::Seconds(seconds);
}

std::vector<std::string> StringsOf(const Json& claims,
                                   const std::string& name) {
  std::vector<std::string> strings;
  const auto found = claims.find(name);
  if (found == claims.end()) {
    // Some providers keep what they grant in an object of a claim.
    const size_t dot = name.find('.');
    if (dot == std::string::npos) return strings;
    const auto outer = claims.find(name.substr(0, dot));
    if (outer == claims.end() || !outer->is_object()) return strings;
    return StringsOf(*outer, name.substr(dot + 1));
  }
  if (found->is_string()) strings.push_back(found->get<std::string>());
  if (found->is_array()) {
    for (const Json& one : *found) {
      if (one.is_string()) strings.push_back(one.get<std::string>());
    }
  }
  return strings;
}

absl::Status CheckTimes(const Json& claims, const TokenRules& rules,
                        absl::Time now) {
  const std::optional<absl::Time> ends = TimeOf(claims, "exp");
  if (!ends.has_value()) {
    return Refused("CLAIM_MISSING", "does not say when it expires (exp)");
  }
  if (now >= *ends + rules.leeway) {
    return Refused("EXPIRED",
                   absl::StrCat("expired at ",
                                absl::FormatTime(*ends, absl::UTCTimeZone())));
  }
  if (claims.contains("nbf")) {
    const std::optional<absl::Time> starts = TimeOf(claims, "nbf");
    if (!starts.has_value() || now < *starts - rules.leeway) {
      return Refused("NOT_YET_VALID", "is not valid yet (nbf)");
    }
  }
  return absl::OkStatus();
}

}  // namespace

absl::Status CheckTokenKey(const TokenKey& key) {
  const Algorithm* const algorithm = AlgorithmNamed(key.algorithm);
  if (algorithm == nullptr) {
    return InvalidKey(
        key, absl::StrCat("is for the algorithm '", key.algorithm,
                          "'; expected RS256, RS384, RS512, ES256, ES384 or "
                          "ES512"));
  }
  const std::unique_ptr<BIO, decltype(&BIO_free)> bytes(
      BIO_new_mem_buf(key.pem.data(), static_cast<int>(key.pem.size())),
      &BIO_free);
  const std::unique_ptr<EVP_PKEY, decltype(&EVP_PKEY_free)> parsed(
      PEM_read_bio_PUBKEY(bytes.get(), nullptr, nullptr, nullptr),
      &EVP_PKEY_free);
  ERR_clear_error();
  if (parsed == nullptr) return InvalidKey(key, "is not a public key in PEM");
  if (EVP_PKEY_base_id(parsed.get()) != algorithm->key_type) {
    return InvalidKey(
        key, absl::StrCat("is not of the kind that ", key.algorithm, " needs"));
  }
  const int bits = EVP_PKEY_bits(parsed.get());
  if (algorithm->curve_bits != 0 ? bits != algorithm->curve_bits
                                 : bits < kLeastRsaBits) {
    return InvalidKey(
        key, absl::StrCat("has ", bits, " bits; ", key.algorithm, " needs ",
                          algorithm->curve_bits != 0
                              ? absl::StrCat(algorithm->curve_bits)
                              : absl::StrCat("at least ", kLeastRsaBits)));
  }
  return absl::OkStatus();
}

absl::StatusOr<Token> VerifyToken(const std::string& token,
                                  const std::vector<TokenKey>& keys,
                                  const TokenRules& rules, absl::Time now) {
  const Jwt unverified = Decode(token, nullptr);
  if (unverified == nullptr) return Refused("MALFORMED", "is not a JWT");
  const TokenKey* const key = KeyOf(unverified.get(), keys);
  if (key == nullptr) {
    return Refused("UNKNOWN_KEY", "is signed with a key that is not known");
  }
  const Algorithm* const algorithm = AlgorithmNamed(key->algorithm);
  // Before anything is computed: a public key is a fine secret for HS256.
  // Of an unverified token libjwt itself says "none".
  const char* const said = jwt_get_header(unverified.get(), "alg");
  if (algorithm == nullptr || said == nullptr || said != key->algorithm) {
    return Refused("WRONG_ALGORITHM",
                   "is signed in another way than its key is for");
  }
  const Jwt verified = Decode(token, &key->pem);
  if (verified == nullptr || jwt_get_alg(verified.get()) != algorithm->id) {
    return Refused("BAD_SIGNATURE", "has a signature that does not hold");
  }
  const Json claims = ClaimsOf(verified.get());
  if (!claims.is_object()) return Refused("MALFORMED", "has no claims");
  COLLATE_RETURN_IF_ERROR(CheckTimes(claims, rules, now));
  if (StringsOf(claims, "iss") != std::vector<std::string>{rules.issuer}) {
    return Refused("WRONG_ISSUER", "is of another issuer (iss)");
  }
  const std::vector<std::string> audiences = StringsOf(claims, "aud");
  if (std::find(audiences.begin(), audiences.end(), rules.audience) ==
      audiences.end()) {
    return Refused("WRONG_AUDIENCE", "is for another service (aud)");
  }
  const std::vector<std::string> subjects = StringsOf(claims, "sub");
  if (subjects.size() != 1 || subjects.front().empty()) {
    return Refused("CLAIM_MISSING", "does not say whose it is (sub)");
  }
  Token result;
  result.subject = subjects.front();
  if (!rules.roles_claim.empty()) {
    result.roles = StringsOf(claims, rules.roles_claim);
  }
  return result;
}

}  // namespace collate::access
