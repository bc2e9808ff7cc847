// The vocabulary that is shipped, loaded once for a suite that works on it.

#ifndef COLLATE_TESTS_TESTING_SHIPPED_VOCABULARY_H_
#define COLLATE_TESTS_TESTING_SHIPPED_VOCABULARY_H_

#include <memory>
#include <utility>

#include "gtest/gtest.h"
#include "service/vocabulary/load.h"
#include "service/vocabulary/vocabulary.h"
#include "tests/testing/paths.h"
#include "tests/testing/status_matchers.h"

namespace collate::testing {

// Each suite that derives from it shares one vocabulary.
class OverShippedVocabulary : public ::testing::Test {
 protected:
  static void SetUpTestSuite() {
    auto loaded =
        vocabulary::LoadVocabulary({SourcePath("service/vocabulary/data")});
    ASSERT_THAT(loaded, IsOk());
    vocabulary_ =
        std::make_shared<const vocabulary::Vocabulary>(*std::move(loaded));
  }
  static void TearDownTestSuite() { vocabulary_ = nullptr; }
  void SetUp() override { ASSERT_NE(vocabulary_, nullptr); }

  static const std::shared_ptr<const vocabulary::Vocabulary>& vocabulary() {
    return vocabulary_;
  }

 private:
  static inline std::shared_ptr<const vocabulary::Vocabulary> vocabulary_;
};

}  // namespace collate::testing

#endif  // COLLATE_TESTS_TESTING_SHIPPED_VOCABULARY_H_
