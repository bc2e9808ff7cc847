// Which figures have to be withheld so that none of those that are withheld
// for their own sake can be computed from the others.
//
// Figures are decided once, when they first appear, in the order in which
// releases were loaded: what was shown is known for good, and what was withheld
// stays so wherever it is repeated. While the attack (attack.h) finds a figure,
// another one is withheld of a sum that it is in: the cheapest, which is one
// that the fewest other sums would then give away, then one whose key was
// withheld before, then one that is large enough to hide it, then the smallest.
// Where it is given away by the range that is stated of withheld figures, that
// is not stated. Where its own sums have nothing left, the nearest figure that
// others connect it with is withheld; where there is none either, the release
// cannot be shown. A 0 that is shown hides nothing and stays.
//
// The same figures in the same order are decided in the same way.

#ifndef COLLATE_SERVICE_DISCLOSURE_SUPPRESS_H_
#define COLLATE_SERVICE_DISCLOSURE_SUPPRESS_H_

#include <cstddef>
#include <cstdint>
#include <vector>

#include "absl/status/status.h"
#include "service/disclosure/attack.h"
#include "service/disclosure/profile.h"
#include "service/disclosure/tables.h"

namespace collate::disclosure {

enum class Reason : uint8_t {
  kNone = 0,
  kOwn = 1,     // withheld for its own sake
  kOthers = 2,  // withheld lest others could be computed
};

struct Decision {
  Stated shown;
  Reason withheld = Reason::kNone;
};

// What was decided so far, of the first cells and with the first relations.
struct Decisions {
  std::vector<Decision> cells;
  size_t relations = 0;
};

// What is known of a cell that is shown as `shown`, and how well it may be.
Unknown UnknownOf(const Profile& profile, const Cell& cell,
                  const Stated& shown);

// Decides the cells that `decisions` does not have yet. FAILED_PRECONDITION
// (reason DISCLOSURE_WITHHELD) when something could be computed whatever is
// withheld of them; errors of FindExposed. After an error `decisions` is as it
// was.
absl::Status Decide(const Profile& profile, const Tables& tables,
                    const AttackLimits& limits, Decisions* decisions);

}  // namespace collate::disclosure

#endif  // COLLATE_SERVICE_DISCLOSURE_SUPPRESS_H_
