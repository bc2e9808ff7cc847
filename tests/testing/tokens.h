// Tokens as an identity provider makes them.

#ifndef COLLATE_TESTS_TESTING_TOKENS_H_
#define COLLATE_TESTS_TESTING_TOKENS_H_

#include <jwt.h>

#include <string>

namespace collate::testing {

// `claims` is JSON; no key id is said where it is null.
std::string SignToken(const std::string& claims, jwt_alg_t algorithm,
                      const std::string& key, const char* key_id = "one");

}  // namespace collate::testing

#endif  // COLLATE_TESTS_TESTING_TOKENS_H_
