#include "service/query/verdicts.h"

#include <algorithm>

namespace collate::query {
namespace {

constexpr int kExactScale = 18;

absl::int128 Exactly(int64_t mantissa, int scale) {
  absl::int128 value = mantissa;
  for (; scale < kExactScale; ++scale) value *= 10;
  return value;
}

bool Reproduces(Verdict verdict) {
  return verdict == Verdict::kReproduced ||
         verdict == Verdict::kReproducedSameSource;
}

bool Decides(Verdict verdict) {
  return Reproduces(verdict) || verdict == Verdict::kContradicted;
}

}  // namespace

Allowed::Allowed(Comparator comparator, int64_t value, int64_t step) {
  const absl::int128 middle = Exactly(value, kStatedScale);
  absl::int128 reach = Exactly(step, kStatedScale) / 2;
  switch (comparator) {
    case Comparator::kAbout: {
      const absl::int128 twentieth = (middle < 0 ? -middle : middle) / 20;
      reach = std::max(reach, twentieth);
      [[fallthrough]];
    }
    case Comparator::kEqual:
      lower_ = middle - reach;
      upper_ = middle + reach;
      break;
    case Comparator::kMoreThan:
      open_ = true;
      [[fallthrough]];
    case Comparator::kAtLeast:
      lower_ = middle;
      break;
    case Comparator::kLessThan:
      open_ = true;
      [[fallthrough]];
    case Comparator::kAtMost:
      upper_ = middle;
      break;
  }
}

Verdict Allowed::Judge(const Interval& computed, int scale) const {
  bool all = true;
  if (lower_.has_value()) {
    const auto short_of = [this](const absl::int128& end) {
      return open_ ? end <= *lower_ : end < *lower_;
    };
    if (computed.upper.has_value() &&
        short_of(Exactly(*computed.upper, scale))) {
      return Verdict::kContradicted;
    }
    all = computed.lower.has_value() &&
          !short_of(Exactly(*computed.lower, scale));
  }
  if (upper_.has_value()) {
    const auto beyond = [this](const absl::int128& end) {
      return open_ ? end >= *upper_ : end > *upper_;
    };
    if (computed.lower.has_value() && beyond(Exactly(*computed.lower, scale))) {
      return Verdict::kContradicted;
    }
    all = all && computed.upper.has_value() &&
          !beyond(Exactly(*computed.upper, scale));
  }
  return all ? Verdict::kReproduced : Verdict::kPossible;
}

Verdict JudgeGreater(const Interval& subject, const Interval& other) {
  if (subject.lower.has_value() && other.upper.has_value() &&
      *subject.lower > *other.upper) {
    return Verdict::kReproduced;
  }
  if (subject.upper.has_value() && other.lower.has_value() &&
      *subject.upper <= *other.lower) {
    return Verdict::kContradicted;
  }
  return Verdict::kPossible;
}

Verdict JudgeRank(const Interval& subject, const std::vector<Interval>& others,
                  int rank) {
  int least = 1;
  int greatest = 1;
  for (const Interval& other : others) {
    const Verdict greater = JudgeGreater(other, subject);
    if (greater == Verdict::kReproduced) ++least;
    if (greater != Verdict::kContradicted) ++greatest;
  }
  if (rank < least || rank > greatest) return Verdict::kContradicted;
  return least == greatest ? Verdict::kReproduced : Verdict::kPossible;
}

Verdict All(const std::vector<Verdict>& verdicts) {
  const auto any = [&verdicts](Verdict verdict) {
    return std::count(verdicts.begin(), verdicts.end(), verdict) > 0;
  };
  if (any(Verdict::kContradicted)) return Verdict::kContradicted;
  if (any(Verdict::kNotCheckable)) return Verdict::kNotCheckable;
  return any(Verdict::kPossible) ? Verdict::kPossible : Verdict::kReproduced;
}

Ruling Rule(ClaimBasis stated, const std::vector<BasisVerdict>& bases) {
  // The first basis that `wanted` holds of.
  const auto first = [&bases](auto wanted) -> std::optional<size_t> {
    const auto found = std::find_if(bases.begin(), bases.end(), wanted);
    if (found == bases.end()) return std::nullopt;
    return static_cast<size_t>(found - bases.begin());
  };
  const auto is_asked = [stated](const BasisVerdict& one) {
    return stated == ClaimBasis::kUnspecified || one.basis == stated;
  };
  const auto first_asked = [&](Verdict verdict,
                               bool with_not_loaded =
                                   true) -> std::optional<size_t> {
    return first([&](const BasisVerdict& one) {
      return is_asked(one) && one.verdict == verdict &&
             (with_not_loaded || !one.not_loaded);
    });
  };
  const auto reproduced = first_asked(Verdict::kReproduced);
  const auto same_source = first_asked(Verdict::kReproducedSameSource);
  const auto borne_out = reproduced.has_value() ? reproduced : same_source;

  if (borne_out.has_value()) {
    // Without a stated basis the first one that decides is the headline.
    const auto headline =
        first([](const BasisVerdict& one) { return Decides(one.verdict); });
    if (stated == ClaimBasis::kUnspecified &&
        bases[*headline].verdict == Verdict::kContradicted) {
      return {Verdict::kReproducedOtherBasis, *borne_out};
    }
    return {bases[*borne_out].verdict, *borne_out};
  }
  const auto contradicted = first_asked(Verdict::kContradicted);
  if (stated != ClaimBasis::kUnspecified) {
    if (contradicted.has_value()) {
      return {Verdict::kContradicted, *contradicted};
    }
    const auto other =
        first([](const BasisVerdict& one) { return Reproduces(one.verdict); });
    if (other.has_value()) return {Verdict::kReproducedOtherBasis, *other};
  }
  if (const auto open = first_asked(Verdict::kPossible, false)) {
    return {Verdict::kPossible, *open};
  }
  if (contradicted.has_value()) return {Verdict::kContradicted, *contradicted};
  if (const auto open = first_asked(Verdict::kPossible)) {
    return {Verdict::kPossible, *open};
  }
  return {Verdict::kNotCheckable, first(is_asked).value_or(0)};
}

}  // namespace collate::query
