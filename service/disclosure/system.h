// Figures of which something is known, and the sums that they make.

#ifndef COLLATE_SERVICE_DISCLOSURE_SYSTEM_H_
#define COLLATE_SERVICE_DISCLOSURE_SYSTEM_H_

#include <compare>
#include <cstdint>
#include <tuple>
#include <vector>

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

// No number of a system may be larger, so that sums are exact as double.
inline constexpr int64_t kMaxNumber = 1'000'000'000'000;

}  // namespace collate::disclosure

#endif  // COLLATE_SERVICE_DISCLOSURE_SYSTEM_H_
