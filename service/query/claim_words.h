// The words in which verdicts on claims speak of numbers and of who is behind
// them. Pure functions.

#ifndef COLLATE_SERVICE_QUERY_CLAIM_WORDS_H_
#define COLLATE_SERVICE_QUERY_CLAIM_WORDS_H_

#include <cstdint>
#include <optional>
#include <string>

#include "absl/strings/string_view.h"
#include "service/query/bounds.h"
#include "service/query/query.h"
#include "service/query/verdicts.h"

namespace collate::query {

// "by a published total", "over the matched panel", ...
absl::string_view BasisWords(ClaimBasis basis);

// "81 to 84", "at least 111", "at most 9", "unknown"; of mantissas of
// 10^-scale.
std::string IntervalWords(const Interval& bounds, int scale);

// "48.026315 per cent"; with what it can be where that is more than a number.
std::string NumberWords(const std::optional<int64_t>& value,
                        const Interval& bounds, int scale,
                        absl::string_view unit);

// "44 of 45 reporters", "stated to be from 45 reporters".
std::string CoverageWords(const Cell& cell);

// Why a cell without a printed number has none.
std::string SilenceWords(const Cell& cell);

// "; printed differently: 12 and 10"; empty where nobody disagrees.
std::string DisagreementWords(const Cell& cell);

}  // namespace collate::query

#endif  // COLLATE_SERVICE_QUERY_CLAIM_WORDS_H_
