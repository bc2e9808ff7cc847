#include "tests/testing/tokens.h"

#include <gtest/gtest.h>

#include <cstdlib>
#include <memory>

namespace collate::testing {

std::string SignToken(const std::string& claims, jwt_alg_t algorithm,
                      const std::string& key, const char* key_id) {
  jwt_t* token = nullptr;
  EXPECT_EQ(jwt_new(&token), 0);
  EXPECT_EQ(jwt_add_grants_json(token, claims.c_str()), 0);
  if (key_id != nullptr) jwt_add_header(token, "kid", key_id);
  EXPECT_EQ(jwt_set_alg(token, algorithm,
                        key.empty() ? nullptr
                                    : reinterpret_cast<const unsigned char*>(
                                          key.data()),
                        static_cast<int>(key.size())),
            0);
  const std::unique_ptr<char, decltype(&std::free)> text(jwt_encode_str(token),
                                                         &std::free);
  jwt_free(token);
  EXPECT_NE(text, nullptr);
  return text.get();
}

}  // namespace collate::testing
