// The sums that what is stated at one time makes, as somebody may know them.
//
// Whether a publisher calls a breakdown complete does not matter: parts that
// add up are found by whoever tries, so that they are taken to be known to add
// up. What a breakdown lacks is a number of its own, unknown and no less than
// nothing, wherever others of its kind have it; where nothing can be in it, it
// is taken to be nothing. Of all that cannot be true together as little as
// possible is given up: such parts are no more than their whole. So an attacker
// of the sums knows at least as much as one who knows rightly which breakdowns
// are complete, and which rows are absent because nothing is in them.

#ifndef COLLATE_SERVICE_DISCLOSURE_SUMS_H_
#define COLLATE_SERVICE_DISCLOSURE_SUMS_H_

#include <cstddef>
#include <cstdint>
#include <map>
#include <set>
#include <utility>
#include <vector>

#include "absl/status/statusor.h"
#include "service/disclosure/keys.h"
#include "service/disclosure/system.h"
#include "service/disclosure/view.h"
#include "service/vocabulary/period.h"

namespace collate::disclosure {

// Cells that nobody states and that are the same wherever the same figures
// make them.
struct Unstated {
  // By key and the ways in which it is broken down.
  std::map<std::pair<Key, std::vector<std::vector<uint32_t>>>, uint32_t> wholes;
  // The first of the stretches of a series, by its figures and days.
  std::map<std::pair<std::vector<Term>, std::vector<vocabulary::Day>>, uint32_t>
      stretches;
};

// Sums among `cells`, to which it adds those that nobody states. `stated` is
// one of SplitView. RESOURCE_EXHAUSTED (reason DISCLOSURE_LIMIT) when its
// breakdowns lack so much that there are too many.
absl::StatusOr<std::vector<Relation>> SumsOf(const View& stated, Keys& keys,
                                             std::vector<Cell>& cells,
                                             Unstated& unstated);

// Leaves out of `made` the sums that say nothing, beside those `kept` before.
void DropIdle(const std::vector<Cell>& cells, const std::vector<Relation>& kept,
              std::vector<Relation>& made);

}  // namespace collate::disclosure

#endif  // COLLATE_SERVICE_DISCLOSURE_SUMS_H_
