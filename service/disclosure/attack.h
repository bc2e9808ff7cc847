// What somebody can compute of withheld figures from everything that is shown:
// an attacker who knows of each figure an interval, that all are whole numbers,
// and which sums they make.
//
// An attacker's interval of a figure runs from the least to the greatest number
// that fits everything else. A figure is safe when two numbers fit that are as
// far apart as it needs. Only whole solutions count as proof, each checked in
// exact arithmetic, so that neither a fraction nor a rounding error of the
// solver ever makes a figure look safe; where none is found, it counts as
// exposed. The solver is GLPK. Figures that no sum connects are looked at
// apart.
//
// Most proofs are near: beside one solution another is found by moving some
// tens of figures around the one in question while all others stay, and what
// exposes a figure is mostly in the sums next to it. The whole component is
// solved for what that leaves open.
//
// The same system gives the same findings: limits count steps, not time.

#ifndef COLLATE_SERVICE_DISCLOSURE_ATTACK_H_
#define COLLATE_SERVICE_DISCLOSURE_ATTACK_H_

#include <cstddef>
#include <cstdint>
#include <functional>
#include <limits>
#include <optional>
#include <utility>
#include <vector>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "service/disclosure/system.h"
#include "service/query/bounds.h"

namespace collate::disclosure {

// A figure that is known better than it may be.
struct Exposure {
  uint32_t figure = 0;
  query::Interval known;  // to the attacker

  bool exact() const {
    return known.lower.has_value() && known.lower == known.upper;
  }
};

struct AttackLimits {
  // Figures that sums connect; and of numbers, which the solver keeps as
  // double.
  size_t max_figures = 50'000;
  // Of an attacker: steps of the solver times the sums of each program. Some
  // ten million are a second.
  int64_t max_effort = 1'000'000'000;
  int max_branches = 2'000;  // for one whole number
};

// Asked between figures; an error ends the attack with it. May be empty.
using AttackProgress = std::function<absl::Status()>;

// Attacks one system again and again while more of it is withheld. Between two
// attacks figures may be added, and what is known of the others may only become
// less: what was proven before is proven. Used by one thread at a time.
class Attacker {
 public:
  explicit Attacker(const AttackLimits& limits = {},
                    AttackProgress progress = {})
      : limits_(limits),
        progress_(std::move(progress)),
        effort_(limits.max_effort) {}

  // Numbers that fit, of some figures, to begin with. Where they do not, it
  // takes longer and the findings are the same.
  void Suppose(uint32_t figure, int64_t number);

  // The exposed figures, in order. With `among`, sorted, only of figures that
  // are connected with one of those. With `first_sight`, only those that each
  // sum alone exposes, as long as there are any. RESOURCE_EXHAUSTED (reason
  // DISCLOSURE_LIMIT, with `figures` and `limit`) when too many are connected
  // or the effort is spent.
  absl::StatusOr<std::vector<Exposure>> FindExposed(
      const System& system, const std::vector<uint32_t>* among = nullptr,
      bool first_sight = false);

 private:
  friend class PartAttack;
  // The numbers of a figure in the solutions that were seen.
  struct Seen {
    int64_t least = std::numeric_limits<int64_t>::max();
    int64_t most = std::numeric_limits<int64_t>::min();
  };

  const AttackLimits limits_;
  const AttackProgress progress_;
  int64_t effort_;
  std::vector<Seen> seen_;
  std::vector<std::optional<int64_t>> numbers_;  // that fit together
};

// Of one attack.
absl::StatusOr<std::vector<Exposure>> FindExposed(
    const System& system, const std::vector<uint32_t>* among = nullptr,
    const AttackLimits& limits = {}, const AttackProgress& progress = {});

// Whether any numbers fit, fractions among them.
bool HasSolution(const System& system);

// Numbers that fit, fractions among them, of which the sum of cost times
// number is the least; nullopt where none fit. Costs are of figures that are
// never negative.
std::optional<std::vector<double>> CheapestSolution(
    const System& system, const std::vector<int64_t>& costs);

}  // namespace collate::disclosure

#endif  // COLLATE_SERVICE_DISCLOSURE_ATTACK_H_
