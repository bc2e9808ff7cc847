// Quotients of intervals of whole numbers: rates, shares and changes. Computed
// from integers in 128 bits and rounded once, outwards. Pure functions.

#ifndef COLLATE_SERVICE_QUERY_RATIO_H_
#define COLLATE_SERVICE_QUERY_RATIO_H_

#include <cstdint>

#include "service/query/bounds.h"
#include "service/query/query.h"

namespace collate::query {

// Numerator * per / denominator in mantissas of 10^-kRatioScale, for every
// positive denominator of the interval. An end is absent where it is unknown,
// where it has no room in 64 bits, and the upper one where the denominator may
// be 0. Both are where the denominator may be below 0 or has no lower end.
// `per` is 1 to 10^9.
Interval RatioOf(const Interval& numerator, const Interval& denominator,
                 int64_t per);

// How far `current` is above `base`, in per cent of `base`: RatioOf per 100,
// less 100.
Interval ChangeOf(const Interval& current, const Interval& base);

// Whether a quotient over the interval can be given: kNotDefined when it lies
// at or below 0, kNotDeterminable when it may lie below 0.
Outcome OutcomeOver(const Interval& denominator);

}  // namespace collate::query

#endif  // COLLATE_SERVICE_QUERY_RATIO_H_
