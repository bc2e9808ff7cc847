#include "service/api/convert_derived.h"

#include <variant>
#include <vector>

#include "google/protobuf/repeated_ptr_field.h"
#include "service/api/convert.h"
#include "service/api/convert_coverage.h"
#include "service/base/status_macros.h"
#include "service/vocabulary/vocabulary.h"

namespace collate::api {
namespace {

using google::protobuf::RepeatedPtrField;

static_assert(static_cast<int>(query::Outcome::kIsBase) == v1::Outcome_MAX);
static_assert(static_cast<int>(query::ChangeFlag::kOverlappingPeriods) ==
              v1::ChangeFlag_MAX);
static_assert(static_cast<int>(query::MatchMethod::kPairwise) ==
              v1::MatchMethod_MAX);
static_assert(static_cast<int>(query::ShareBase::kMentions) ==
              v1::ShareBase_MAX);

int64_t PerOf(const v1::RateDerivation& rate) {
  return rate.per() == 0 ? query::RateQuery().per : rate.per();
}

v1::MatchMethod MatchOf(const v1::ChangeDerivation& change) {
  return change.match() == v1::MATCH_METHOD_UNSPECIFIED
             ? v1::MATCH_METHOD_ALL_PERIODS
             : change.match();
}

void SetLeftOut(const std::vector<query::LeftOut>& left_out,
                const query::Snapshot& snapshot,
                RepeatedPtrField<v1::MissingReporter>* result) {
  for (const query::LeftOut& one : left_out) {
    SetMissing(snapshot.vocabulary().reporters(), one.reporter, one.state,
               one.reason, result->Add());
  }
}

v1::Operand OperandOf(const query::Operand& operand) {
  v1::Operand result;
  if (operand.reported.has_value()) result.set_reported(*operand.reported);
  *result.mutable_bounds() = ToProto(operand.bounds);
  return result;
}

absl::StatusOr<v1::Rate> RateOf(const query::Rate& rate,
                                const query::PlannedRate& planned,
                                const query::Snapshot& snapshot, bool cited) {
  v1::Rate result;
  result.set_state(ToProto(rate.state));
  if (rate.reporter_count > 0) {
    *result.mutable_bounds() = ToDecimalProto(rate.rate, query::kRatioScale);
    *result.mutable_numerator() = ToProto(rate.numerator);
    *result.mutable_denominator() = ToProto(rate.denominator);
  }
  result.set_denominator_measure(planned.denominator->code);
  *result.mutable_denominator_period() = ToProto(planned.period);
  result.set_per(planned.per);
  result.set_reporter_count(rate.reporter_count);
  SetLeftOut(rate.left_out, snapshot, result.mutable_left_out());
  if (cited) {
    COLLATE_RETURN_IF_ERROR(
        AddCitations(rate.denominator_rows, snapshot,
                     result.mutable_denominator_citations()));
  }
  return result;
}

v1::Comparison ComparisonOf(const query::Comparison& comparison,
                            const query::Snapshot& snapshot) {
  v1::Comparison result;
  result.set_outcome(static_cast<v1::Outcome>(comparison.outcome));
  if (comparison.outcome == query::Outcome::kGiven) {
    *result.mutable_percent() =
        ToDecimalProto(comparison.percent, query::kRatioScale);
  }
  if (comparison.current.reported.has_value()) {
    *result.mutable_current() = OperandOf(comparison.current);
  }
  if (comparison.base.reported.has_value()) {
    *result.mutable_base() = OperandOf(comparison.base);
  }
  result.set_current_reporter_count(comparison.current_reporters);
  result.set_base_reporter_count(comparison.base_reporters);
  SetLeftOut(comparison.left_out, snapshot, result.mutable_left_out());
  for (const query::ChangeFlag flag : comparison.flags) {
    result.add_flags(static_cast<v1::ChangeFlag>(flag));
  }
  return result;
}

absl::StatusOr<v1::Change> ChangeOf(const query::Change& change,
                                    const query::PlannedChange& planned,
                                    const query::Snapshot& snapshot,
                                    bool cited) {
  v1::Change result;
  result.set_match(static_cast<v1::MatchMethod>(planned.match));
  *result.mutable_base_period() = ToProto(planned.periods[change.base_period]);
  *result.mutable_matched_panel() =
      ComparisonOf(change.matched_panel, snapshot);
  *result.mutable_as_published() = ComparisonOf(change.as_published, snapshot);
  if (change.base == nullptr) return result;
  SetCoverage(change.base->coverage, snapshot.vocabulary().reporters(),
              result.mutable_base_coverage());
  for (const query::CellFlag flag : change.base->flags) {
    result.add_base_flags(static_cast<v1::CellFlag>(flag));
  }
  if (cited) {
    COLLATE_RETURN_IF_ERROR(AddCitations(change.base->rows, snapshot,
                                         result.mutable_base_citations()));
  }
  return result;
}

absl::StatusOr<v1::Share> ShareOf(const query::Share& share,
                                  const query::PlannedShare& planned,
                                  int measure, const query::Snapshot& snapshot,
                                  bool cited) {
  v1::Share result;
  result.set_outcome(static_cast<v1::Outcome>(share.outcome));
  if (share.outcome == query::Outcome::kGiven) {
    *result.mutable_percent() =
        ToDecimalProto(share.percent, query::kRatioScale);
  }
  if (share.reporter_count > 0) {
    *result.mutable_numerator() = OperandOf(share.numerator);
    *result.mutable_base() = OperandOf(share.base);
  }
  result.set_dimension(planned.dimension_code);
  result.set_base_kind(static_cast<v1::ShareBase>(planned.base));
  result.set_base_measure(planned.base_measures[measure]->code);
  result.set_base_universe(planned.base_universe);
  result.set_reporter_count(share.reporter_count);
  SetLeftOut(share.left_out, snapshot, result.mutable_left_out());
  result.set_multi_response(share.multi_response);
  if (cited) {
    COLLATE_RETURN_IF_ERROR(AddCitations(share.base_rows, snapshot,
                                         result.mutable_base_citations()));
  }
  return result;
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

absl::StatusOr<v1::Derived> ToProto(const query::Derived& derived,
                                    const query::PlannedDerivation& planned,
                                    int measure,
                                    const query::Snapshot& snapshot,
                                    bool cited) {
  v1::Derived result;
  if (const auto* rate = std::get_if<query::Rate>(&derived)) {
    COLLATE_ASSIGN_OR_RETURN(
        *result.mutable_rate(),
        RateOf(*rate, std::get<query::PlannedRate>(planned), snapshot, cited));
  } else if (const auto* change = std::get_if<query::Change>(&derived)) {
    COLLATE_ASSIGN_OR_RETURN(
        *result.mutable_change(),
        ChangeOf(*change, std::get<query::PlannedChange>(planned), snapshot,
                 cited));
  } else {
    COLLATE_ASSIGN_OR_RETURN(*result.mutable_share(),
                             ShareOf(std::get<query::Share>(derived),
                                     std::get<query::PlannedShare>(planned),
                                     measure, snapshot, cited));
  }
  return result;
}

}  // namespace collate::api
