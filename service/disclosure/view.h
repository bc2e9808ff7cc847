// What a source states at one time, and what else there must be or may be for
// it to add up: wholes of which only parts are stated, and parts that a
// breakdown lacks.

#ifndef COLLATE_SERVICE_DISCLOSURE_VIEW_H_
#define COLLATE_SERVICE_DISCLOSURE_VIEW_H_

#include <compare>
#include <cstddef>
#include <cstdint>
#include <map>
#include <utility>
#include <vector>

#include "service/disclosure/keys.h"
#include "service/disclosure/profile.h"
#include "service/query/bounds.h"
#include "service/store/observations.h"
#include "service/vocabulary/period.h"

namespace collate::disclosure {

// One figure that can be part of a sum. What nobody states is one, too, where
// sums share it: a whole that is broken down in two ways, a part that two
// breakdowns lack, a stretch of time.
struct Cell {
  Stated truth;
  store::Floor floor = store::Floor::kZero;
  bool is_stated = true;
  uint32_t key = 0;  // the same for all that was ever stated of one thing
};

// What the sum of some cells is, as far as it is stated.
query::Interval TruthOf(const std::vector<Cell>& cells,
                        const std::vector<uint32_t>& ids);
bool NeverNegative(const std::vector<Cell>& cells,
                   const std::vector<uint32_t>& ids);

// What is stated of a key. A whole that is only broken down has cells once its
// sums are made.
struct Entry {
  std::vector<uint32_t> cells;  // several are to be added
  bool is_stated = true;
  bool is_missing = false;   // a part that there may be, or made of such
  bool is_left_out = false;  // missing, and a complete breakdown lacks it
  store::Partition partition = store::Partition::kIncomplete;
  vocabulary::PeriodKind kind = vocabulary::PeriodKind::kUnspecified;
  bool ignores_markers = false;
};
using View = std::map<Key, Entry>;

// Parts of one whole, along one dimension and of one level there.
struct PartsOf {
  Key whole;
  const vocabulary::Dimension* dimension = nullptr;
  int level = 0;  // -1 = labels that nobody knows
  friend auto operator<=>(const PartsOf&, const PartsOf&) = default;
};
using BrokenDown = std::map<PartsOf, std::vector<const View::value_type*>>;

BrokenDown BreakDown(const Keys& keys, const View& view);

// Adds the wholes that parts are known of and that nobody states.
void AddWholes(const Keys& keys, View& view);

// Adds the parts that breakdowns lack and that others of their kind have, and
// what is left where even they are less than the whole. False when there are
// none. Stops where the view has more than `limit` keys.
bool AddMissingParts(const std::vector<Cell>& cells, size_t limit, Keys& keys,
                     View& view);

// Keys that differ in members alone, those of one reporter.
using Alike = std::vector<std::pair<const vocabulary::Dimension*, int64_t>>;
Alike AlikeOf(const Keys& keys, const Key& key);

// Adds what complete breakdowns leave out and have at another time.
void AddLeftOut(const Keys& keys, View& view);

// The parts of a view of stated figures that no sum and no time connects, each
// a view of its own.
std::vector<View> SplitView(const Keys& keys, const View& stated);

}  // namespace collate::disclosure

#endif  // COLLATE_SERVICE_DISCLOSURE_VIEW_H_
