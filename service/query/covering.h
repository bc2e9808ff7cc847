// How rows of one table cover a period: a row of the period itself, or else
// tiles of it, member by member, and what they leave open.
//
// Pure functions.

#ifndef COLLATE_SERVICE_QUERY_COVERING_H_
#define COLLATE_SERVICE_QUERY_COVERING_H_

#include <cstddef>
#include <cstdint>
#include <utility>
#include <vector>

#include "service/query/candidates.h"
#include "service/vocabulary/period.h"
#include "service/vocabulary/vocabulary.h"

namespace collate::query {

// The rows of a candidate that cover a period, and what they leave open.
struct Covering {
  std::vector<uint32_t> rows;
  // Further statements of one of `rows`, by its index.
  std::vector<std::pair<size_t, uint32_t>> further;
  bool tiled = false;
  bool shortened = false;  // by the days on which the law is in force
  std::vector<vocabulary::DayInterval> gaps;  // empty = complete

  bool any() const { return !rows.empty(); }
  bool complete() const { return any() && gaps.empty(); }
};

// `rows` hold, in the table's order; figures of the measure may be tiles of a
// longer period if it is additive over time.
Covering Cover(const vocabulary::Measure& measure, const Candidate& candidate,
               const std::vector<uint32_t>& rows,
               const vocabulary::DayInterval& days);

}  // namespace collate::query

#endif  // COLLATE_SERVICE_QUERY_COVERING_H_
