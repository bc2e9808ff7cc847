// Bearer tokens: JWTs that an identity provider signed (RFC 7519). They are
// verified with libjwt; which algorithm a key is for is said by the operator,
// never by the token.
//
// Thread-safe once made.

#ifndef COLLATE_SERVICE_ACCESS_TOKENS_H_
#define COLLATE_SERVICE_ACCESS_TOKENS_H_

#include <string>
#include <vector>

#include "absl/status/statusor.h"
#include "absl/time/time.h"

namespace collate::access {

// A public key of the provider.
struct TokenKey {
  std::string id;         // `kid` of the tokens that it signs
  std::string algorithm;  // RS256, RS384, RS512, ES256, ES384 or ES512
  std::string pem;

  friend bool operator==(const TokenKey&, const TokenKey&) = default;
};

// INVALID_ARGUMENT (reason INVALID_TOKEN_KEY) for a key that is not a public
// one in PEM, or not of its algorithm's kind; an RSA key has at least 2048
// bits.
absl::Status CheckTokenKey(const TokenKey& key);

struct TokenRules {
  std::string issuer;    // `iss`
  std::string audience;  // one of `aud`
  // Names of roles, "roles", or in an object of a claim, "realm_access.roles";
  // empty = none are taken.
  std::string roles_claim;
  absl::Duration leeway = absl::Seconds(30);  // between the clocks
};

struct Token {
  std::string subject;
  std::vector<std::string> roles;  // as they are named in it
};

// UNAUTHENTICATED (reason TOKEN_REFUSED, metadata `why`: MALFORMED,
// UNKNOWN_KEY, WRONG_ALGORITHM, BAD_SIGNATURE, EXPIRED, NOT_YET_VALID,
// WRONG_ISSUER, WRONG_AUDIENCE, CLAIM_MISSING). Tokens need `sub` and `exp`.
// Nothing of a token is in the error.
absl::StatusOr<Token> VerifyToken(const std::string& token,
                                  const std::vector<TokenKey>& keys,
                                  const TokenRules& rules, absl::Time now);

}  // namespace collate::access

#endif  // COLLATE_SERVICE_ACCESS_TOKENS_H_
