#include "service/api/convert_derived.h"

#include "service/api/convert.h"

namespace collate::api {
namespace {

int64_t PerOf(const v1::RateDerivation& rate) {
  return rate.per() == 0 ? query::RateQuery().per : rate.per();
}

v1::MatchMethod MatchOf(const v1::ChangeDerivation& change) {
  return change.match() == v1::MATCH_METHOD_UNSPECIFIED
             ? v1::MATCH_METHOD_ALL_PERIODS
             : change.match();
}

}  // namespace

query::DerivationQuery FromProto(const v1::Derivation& message) {
  if (message.has_change()) {
    const v1::ChangeDerivation& change = message.change();
    return query::ChangeQuery{
        .base_period = change.base_period(),
        .match = static_cast<query::MatchMethod>(MatchOf(change)),
        .allow_unequal_periods = change.allow_unequal_periods(),
        .allow_overlapping_periods = change.allow_overlapping_periods()};
  }
  if (message.has_share()) {
    const v1::ShareDerivation& share = message.share();
    return query::ShareQuery{
        .dimension = share.dimension(),
        .base = static_cast<query::ShareBase>(share.base())};
  }
  const v1::RateDerivation& rate = message.rate();
  return query::RateQuery{.denominator = rate.denominator(),
                          .period = rate.denominator_period(),
                          .per = PerOf(rate),
                          .numerator_only = Strings(rate.numerator_only())};
}

void Canonicalise(v1::Derivation& derivation) {
  if (derivation.has_rate()) {
    v1::RateDerivation& rate = *derivation.mutable_rate();
    rate.set_per(PerOf(rate));
    SortOnce(rate.mutable_numerator_only());
  } else if (derivation.has_change()) {
    v1::ChangeDerivation& change = *derivation.mutable_change();
    change.set_match(MatchOf(change));
  }
}

}  // namespace collate::api
