// Walks a derivation and holds it to what every one promises: each number is
// made of its inputs, and none is without any, down to printed cells.

#ifndef COLLATE_TESTS_TESTING_DERIVATION_CHECKS_H_
#define COLLATE_TESTS_TESTING_DERIVATION_CHECKS_H_

#include <gtest/gtest.h>

#include <cstdint>
#include <string>
#include <vector>

#include "collate/v1/explanation.pb.h"

namespace collate::testing {

// Steps of a kind among `step` and all below it, in order.
inline void CollectSteps(const v1::Step& step, v1::StepKind kind,
                         std::vector<const v1::Step*>* found) {
  if (step.kind() == kind) found->push_back(&step);
  for (const v1::Step& input : step.inputs()) CollectSteps(input, kind, found);
}
inline std::vector<const v1::Step*> StepsOf(const v1::Step& root,
                                            v1::StepKind kind) {
  std::vector<const v1::Step*> found;
  CollectSteps(root, kind, &found);
  return found;
}

// What `step` must be the sum of.
inline v1::StepKind PartsOf(v1::StepKind kind) {
  switch (kind) {
    case v1::STEP_KIND_CELL:
    case v1::STEP_KIND_NUMERATOR:
    case v1::STEP_KIND_BASE:
      return v1::STEP_KIND_REPORTER;
    case v1::STEP_KIND_REPORTER:
      return v1::STEP_KIND_LEAF;
    case v1::STEP_KIND_LEAF:
      return v1::STEP_KIND_PRINTED;
    default:
      return v1::STEP_KIND_UNSPECIFIED;
  }
}

inline void ExpectAddsUp(const v1::Step& step) {
  const std::string where =
      v1::StepKind_Name(step.kind()) + " '" + step.title() + "'";
  EXPECT_NE(step.kind(), v1::STEP_KIND_UNSPECIFIED) << where;
  const bool number = step.has_reported() || !step.decimal_reported().empty();
  if (step.kind() == v1::STEP_KIND_PRINTED) {
    EXPECT_FALSE(step.citation().release().empty()) << where;
    EXPECT_FALSE(step.citation().locator().empty()) << where;
  } else if (number && step.inputs().empty()) {
    // Counted from records, none of which is of it.
    EXPECT_TRUE(step.kind() == v1::STEP_KIND_LEAF && step.reported() == 0 &&
                step.reason().find("counted") != std::string::npos)
        << where << " has a number and nothing behind it";
  }
  EXPECT_NE(step.state(), v1::STATE_UNSPECIFIED) << where;
  const v1::StepKind parts = PartsOf(step.kind());
  if (parts != v1::STEP_KIND_UNSPECIFIED) {
    int64_t reported = 0;
    int64_t lower = 0;
    int64_t upper = 0;
    bool bounded = true;
    for (const v1::Step& input : step.inputs()) {
      if (input.kind() != parts) continue;
      reported += input.reported();
      lower += input.bounds().lower();
      upper += input.bounds().upper();
      bounded = bounded && input.bounds().has_upper();
    }
    if (step.has_reported() && !step.inputs().empty()) {
      EXPECT_EQ(step.reported(), reported) << where;
    }
    // A figure that does not cover its period has looser bounds than its
    // parts; a sum has exactly theirs.
    if (step.kind() != v1::STEP_KIND_LEAF) {
      if (step.bounds().has_lower()) {
        EXPECT_EQ(step.bounds().lower(), lower) << where;
      }
      if (step.bounds().has_upper() && bounded) {
        EXPECT_EQ(step.bounds().upper(), upper) << where;
      }
    }
  }
  for (const v1::Step& input : step.inputs()) ExpectAddsUp(input);
}

}  // namespace collate::testing

#endif  // COLLATE_TESTS_TESTING_DERIVATION_CHECKS_H_
