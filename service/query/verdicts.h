// What intervals say of a stated number. A claim allows some numbers, and a
// basis says what its number can be; where all of those are allowed the basis
// bears the claim out, where none is it excludes it.
//
// Pure values and functions.

#ifndef COLLATE_SERVICE_QUERY_VERDICTS_H_
#define COLLATE_SERVICE_QUERY_VERDICTS_H_

#include <cstddef>
#include <cstdint>
#include <optional>
#include <vector>

#include "absl/numeric/int128.h"
#include "service/query/bounds.h"

namespace collate::query {

// Numbers are those of collate.v1.ClaimVerdict.
enum class Verdict {
  kReproduced = 1,
  kReproducedSameSource = 2,
  kReproducedOtherBasis = 3,
  kPossible = 4,
  kContradicted = 5,
  kNotCheckable = 6,
};

// Numbers are those of collate.v1.ClaimComparator.
enum class Comparator {
  kEqual = 1,
  kAbout = 2,
  kMoreThan = 3,
  kAtLeast = 4,
  kLessThan = 5,
  kAtMost = 6,
};

// Numbers are those of collate.v1.ClaimBasis.
enum class ClaimBasis {
  kUnspecified = 0,
  kAsPublished = 1,
  kMatchedPanel = 2,
  kPublishedTotal = 3,
  kPanelSum = 4,
  kPublishedPercentage = 5,
  kCounts = 6,
  kVocabulary = 7,
};

// Numbers are those of collate.v1.ClaimExtreme.
enum class Extreme {
  kGreatest = 1,
  kLeast = 2,
  kFirst = 3,
};

// Decimals of stated numbers.
inline constexpr int kStatedScale = 6;

// The numbers that a stated one allows.
class Allowed {
 public:
  // Of mantissas of 10^-kStatedScale below 10^18; `step` is the rounding that
  // the number was stated to and positive.
  Allowed(Comparator comparator, int64_t value, int64_t step);

  // Of a number that lies in `computed`, mantissas of 10^-scale with scale 0 to
  // 18: kReproduced when it must be allowed, kContradicted when it cannot be,
  // else kPossible.
  Verdict Judge(const Interval& computed, int scale) const;

 private:
  // Multiples of 10^-18: exact for every 64-bit mantissa.
  std::optional<absl::int128> lower_;
  std::optional<absl::int128> upper_;
  bool open_ = false;  // the ends themselves are not allowed
};

// Whether `subject` is greater (or less) than `other`: kReproduced when it must
// be, kContradicted when it cannot be, else kPossible.
Verdict JudgeGreater(const Interval& subject, const Interval& other);

// Whether the number of `subject` has place `rank` among all: kReproduced when
// exactly rank - 1 of `others` must be greater.
Verdict JudgeRank(const Interval& subject, const std::vector<Interval>& others,
                  int rank);

// The verdict on several things that must all be so.
Verdict All(const std::vector<Verdict>& verdicts);

// What one basis says.
struct BasisVerdict {
  ClaimBasis basis = ClaimBasis::kUnspecified;
  Verdict verdict = Verdict::kNotCheckable;
  // Whether it is open because nothing is loaded from some reporters.
  bool not_loaded = false;
};

struct Ruling {
  Verdict verdict = Verdict::kNotCheckable;
  size_t decided_by = 0;  // index of the basis; 0 where there is none
};

// The verdict over all bases that were tried, in order of preference. One basis
// may occur several times. See collate.v1.ClaimVerdict for the rules.
Ruling Rule(ClaimBasis stated, const std::vector<BasisVerdict>& bases);

}  // namespace collate::query

#endif  // COLLATE_SERVICE_QUERY_VERDICTS_H_
