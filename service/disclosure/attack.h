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
// The same system gives the same findings: limits count steps, not time.
// Functions may be called from several threads at once.

#ifndef COLLATE_SERVICE_DISCLOSURE_ATTACK_H_
#define COLLATE_SERVICE_DISCLOSURE_ATTACK_H_

#include <cstddef>
#include <cstdint>
#include <functional>
#include <optional>
#include <tuple>
#include <vector>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "service/query/bounds.h"

namespace collate::disclosure {

struct Unknown {
  query::Interval known;  // what is shown of it
  // How far its least and greatest number must be apart; 0 = it is no secret.
  int64_t least_width = 0;
};

struct Term {
  uint32_t figure = 0;
  int64_t factor = 1;

  friend auto operator<=>(const Term&, const Term&) = default;
};

// The sum of its terms lies in `sum`.
struct Relation {
  std::vector<Term> terms;  // by figure, each once
  query::Interval sum;

  friend bool operator<(const Relation& a, const Relation& b) {
    return std::tie(a.terms, a.sum.lower, a.sum.upper) <
           std::tie(b.terms, b.sum.lower, b.sum.upper);
  }
};

struct System {
  std::vector<Unknown> figures;
  std::vector<Relation> relations;
};

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
  // Steps of the solver for one component, and branches for one whole number.
  int max_steps = 2'000'000;
  int max_branches = 2'000;
};

// No number of a system may be larger, so that sums are exact as double.
inline constexpr int64_t kMaxNumber = 1'000'000'000'000;

// Asked between figures; an error ends the attack with it. May be empty.
using AttackProgress = std::function<absl::Status()>;

// The exposed figures, in order. With `among`, sorted, only of figures that
// are connected with one of those. RESOURCE_EXHAUSTED (reason
// DISCLOSURE_LIMIT, with `figures` and `limit`) when too many are connected.
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
