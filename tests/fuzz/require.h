// What every fuzzer holds its subject to.

#ifndef COLLATE_TESTS_FUZZ_REQUIRE_H_
#define COLLATE_TESTS_FUZZ_REQUIRE_H_

#include <cstdint>
#include <cstdio>
#include <cstdlib>
#include <string>

namespace collate::fuzz {

inline void Require(bool condition, const char* what) {
  if (condition) return;
  std::fprintf(stderr, "broken: %s\n", what);
  std::abort();
}

inline std::string Text(const uint8_t* data, size_t size) {
  return {reinterpret_cast<const char*>(data), size};
}

}  // namespace collate::fuzz

#endif  // COLLATE_TESTS_FUZZ_REQUIRE_H_
