// The figures of the pack: who answers, and numbers that add up to what was
// published. The same on every machine.

#ifndef COLLATE_TESTS_GENERATORS_FOI_PACK_FIGURES_H_
#define COLLATE_TESTS_GENERATORS_FOI_PACK_FIGURES_H_

#include <cstdint>
#include <map>
#include <string>
#include <utility>
#include <vector>

namespace collate::foi_pack {

// Layout and format of one answer; empty when there is none.
struct Form {
  std::string layout;
  std::string format;
};

struct Reporter {
  std::string code;
  std::string title;
  std::string offence;
  int64_t weight = 0;
  Form of_2024;
  Form of_2025;
};

// A row of totals.csv.
struct Total {
  std::string what;
  std::string period;
  std::string members;
  int64_t value = 0;
};

// Platform and uses, in the order of totals.csv.
using Uses = std::vector<std::pair<std::string, int64_t>>;

// What one reporter answers, by period.
struct Figures {
  std::map<std::string, int64_t> offences;
  std::map<std::string, int64_t> known;
  std::map<std::string, Uses> uses;
};

// Both files without their comments. Ends the program with a message that
// names the file when one is not as it should be.
std::vector<Reporter> ReadReporters(const std::string& path);
std::vector<Total> ReadTotals(const std::string& path);

// By reporter's code. Ends the program, naming the row, when totals contradict
// each other.
std::map<std::string, Figures> SpreadTotals(
    const std::vector<Reporter>& reporters, const std::vector<Total>& totals);

// Parts of a total in proportion to weights, none above its cap.
std::vector<int64_t> Apportion(int64_t total,
                               const std::vector<int64_t>& weights,
                               const std::vector<int64_t>& caps);

}  // namespace collate::foi_pack

#endif  // COLLATE_TESTS_GENERATORS_FOI_PACK_FIGURES_H_
