// What an adapter has to keep to, as a list of checks with a verdict each.
//
//   for (const Check& check : RunSuite(subject, fixtures)) Print(check);
//
// The rules are those at the top of plugins/sdk/adapter.h. One thread.

#ifndef COLLATE_PLUGINS_CONFORMANCE_SUITE_H_
#define COLLATE_PLUGINS_CONFORMANCE_SUITE_H_

#include <string>
#include <vector>

#include "plugins/conformance/subject.h"

namespace collate::conformance {

enum class Verdict {
  kKept,
  kBroken,
  kNotChecked,  // the text says why
};

struct Check {
  std::string name;  // one word
  Verdict verdict = Verdict::kNotChecked;
  std::string text;
};

// Always the same checks in the same order. `fixtures` is not empty.
std::vector<Check> RunSuite(const Subject& subject,
                            const std::vector<Fixture>& fixtures);

}  // namespace collate::conformance

#endif  // COLLATE_PLUGINS_CONFORMANCE_SUITE_H_
