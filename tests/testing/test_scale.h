// How much longer than by default tests run that can: COLLATE_TEST_SCALE, a
// whole number from 1.

#ifndef COLLATE_TESTS_TESTING_TEST_SCALE_H_
#define COLLATE_TESTS_TESTING_TEST_SCALE_H_

#include <gtest/gtest.h>

#include <cstdlib>

#include "absl/strings/numbers.h"

namespace collate::testing {

inline int TestScale() {
  const char* const text = std::getenv("COLLATE_TEST_SCALE");
  int scale = 1;
  if (text != nullptr && (!absl::SimpleAtoi(text, &scale) || scale < 1)) {
    ADD_FAILURE() << "COLLATE_TEST_SCALE is no number from 1: " << text;
    return 1;
  }
  return scale;
}

}  // namespace collate::testing

#endif  // COLLATE_TESTS_TESTING_TEST_SCALE_H_
