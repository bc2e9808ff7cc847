#include "service/api/convert_statistics.h"

#include <algorithm>
#include <memory>
#include <optional>
#include <utility>
#include <variant>

#include "absl/strings/ascii.h"
#include "absl/strings/str_cat.h"
#include "absl/types/span.h"
#include "collate/internal/v1/token.pb.h"
#include "service/api/convert.h"
#include "service/api/convert_coverage.h"
#include "service/api/convert_derived.h"
#include "service/api/convert_figure.h"
#include "service/api/paging.h"
#include "service/base/decimal.h"
#include "service/base/error.h"
#include "service/base/status_macros.h"
#include "service/query/side.h"
#include "service/store/observations.h"

namespace collate::api {
namespace {

using vocabulary::Dimension;
using vocabulary::kUnmapped;
using vocabulary::Member;
using vocabulary::MemberId;

static_assert(static_cast<int>(query::CellFlag::kSourceUnreadable) ==
              v1::CellFlag_MAX);
static_assert(static_cast<int>(query::MissingPolicy::kFail) ==
              v1::MissingPolicy_MAX);
static_assert(static_cast<int>(query::ConflictPolicy::kFail) ==
              v1::ConflictPolicy_MAX);
static_assert(static_cast<int>(query::ConflictKind::kSilentRevision) ==
              v1::ConflictKind_MAX);
static_assert(static_cast<int>(query::Method::kLowerBound) == v1::Method_MAX);
static_assert(static_cast<int>(query::Basis::kPublishedTotal) == v1::Basis_MAX);
static_assert(vocabulary::kFlagTotalIgnoresMarkers ==
              1u << (v1::ObservationFlag_MAX - 1));

// Cells of the other side of one figure that are named.
constexpr size_t kOtherCitations = 100;

// The same as the first policy where none is named.
template <typename Policy>
absl::StatusOr<Policy> PolicyOf(int number, int last, absl::string_view path) {
  if (number < 0 || number > last) {
    return base::Error(absl::StatusCode::kInvalidArgument, "INVALID_POLICY",
                       absl::StrCat("no policy has number ", number))
        .With("value", absl::StrCat(number))
        .Field(path, "unknown policy");
  }
  return static_cast<Policy>(std::max(number, 1));
}

query::Exclusion ExclusionOf(const v1::Exclusion& message) {
  query::Exclusion exclusion;
  exclusion.reporter = message.reporter();
  exclusion.periods = Strings(message.periods());
  exclusion.measure = message.measure();
  exclusion.source = message.source();
  exclusion.reason = message.reason();
  exclusion.date = message.date();
  exclusion.decided_by = message.decided_by();
  return exclusion;
}

absl::StatusOr<absl::Time> TimeOf(const google::protobuf::Timestamp& message,
                                  absl::string_view field) {
  const std::optional<absl::Time> time = FromProto(message);
  if (time.has_value()) return *time;
  return base::Error(absl::StatusCode::kInvalidArgument,
                     absl::StrCat("INVALID_", absl::AsciiStrToUpper(field)),
                     absl::StrCat(field,
                                  " is not a time of the years 1 to "
                                  "9999"))
      .Field(absl::StrCat("query.", field),
             "not a time of the years 1 to 9999");
}

// Times are known to the microsecond, so that what is asked beyond it makes no
// other question.
void DropNanoseconds(google::protobuf::Timestamp& time) {
  time.set_nanos(time.nanos() / 1000 * 1000);
}

}  // namespace

query::Filter FromProto(const v1::Filter& message) {
  query::Filter filter;
  filter.dimension = message.dimension();
  filter.members = Strings(message.members());
  filter.include_descendants = message.include_descendants();
  filter.exclude = message.exclude();
  return filter;
}

absl::StatusOr<query::Query> FromProto(const v1::StatisticsQuery& message) {
  query::Query query;
  query.measures = Strings(message.measures());
  for (const v1::Filter& filter : message.filters()) {
    query.filters.push_back(FromProto(filter));
  }
  query.group_by = Strings(message.group_by());
  query.periods = Strings(message.periods());
  if (message.has_period_range()) {
    query.period_range = {message.period_range().first(),
                          message.period_range().last()};
  }
  query.panel = message.panel();
  query.universe = message.universe();
  query.preferred_sources = Strings(message.preferred_sources());
  if (message.has_as_of()) {
    COLLATE_ASSIGN_OR_RETURN(query.as_of, TimeOf(message.as_of(), "as_of"));
  }
  if (message.has_loaded_by()) {
    COLLATE_ASSIGN_OR_RETURN(query.loaded_by,
                             TimeOf(message.loaded_by(), "loaded_by"));
  }
  query.releases = Strings(message.releases());
  for (const v1::Derivation& derivation : message.derivations()) {
    query.derivations.push_back(FromProto(derivation));
  }
  COLLATE_ASSIGN_OR_RETURN(query.missing_policy,
                           PolicyOf<query::MissingPolicy>(
                               message.missing_policy(), v1::MissingPolicy_MAX,
                               "query.missing_policy"));
  COLLATE_ASSIGN_OR_RETURN(
      query.conflict_policy,
      PolicyOf<query::ConflictPolicy>(message.conflict_policy(),
                                      v1::ConflictPolicy_MAX,
                                      "query.conflict_policy"));
  for (const v1::Exclusion& exclusion : message.exclusions()) {
    query.exclusions.push_back(ExclusionOf(exclusion));
  }
  query.allow_partial = message.allow_partial();
  return query;
}

v1::StatisticsQuery Canonical(const v1::StatisticsQuery& message) {
  v1::StatisticsQuery result = message;
  for (v1::Filter& filter : *result.mutable_filters()) {
    SortOnce(filter.mutable_members());
  }
  for (v1::Derivation& derivation : *result.mutable_derivations()) {
    Canonicalise(derivation);
  }
  SortOnce(result.mutable_releases());
  if (result.has_as_of()) DropNanoseconds(*result.mutable_as_of());
  if (result.has_loaded_by()) DropNanoseconds(*result.mutable_loaded_by());
  std::sort(result.mutable_filters()->begin(), result.mutable_filters()->end(),
            [](const v1::Filter& a, const v1::Filter& b) {
              return a.dimension() < b.dimension();
            });
  if (result.missing_policy() == v1::MISSING_POLICY_UNSPECIFIED) {
    result.set_missing_policy(v1::MISSING_POLICY_REPORT_AND_BOUND);
  }
  if (result.conflict_policy() == v1::CONFLICT_POLICY_UNSPECIFIED) {
    result.set_conflict_policy(v1::CONFLICT_POLICY_REPORT);
  }
  for (v1::Exclusion& exclusion : *result.mutable_exclusions()) {
    SortOnce(exclusion.mutable_periods());
  }
  std::sort(result.mutable_exclusions()->begin(),
            result.mutable_exclusions()->end(),
            [](const v1::Exclusion& a, const v1::Exclusion& b) {
              return Serialise(a) < Serialise(b);
            });
  return result;
}

v1::Caveat ToProto(const query::Caveat& caveat) {
  v1::Caveat result;
  result.set_code(caveat.code);
  result.set_message(caveat.message);
  return result;
}

absl::StatusOr<bool> IsCited(v1::View view) {
  switch (view) {
    case v1::VIEW_UNSPECIFIED:
    case v1::VIEW_BASIC:
      return false;
    case v1::VIEW_CITED:
      return true;
    default:
      return base::Error(absl::StatusCode::kInvalidArgument, "INVALID_VIEW",
                         absl::StrCat("no view has number ", int{view},
                                      "; use VIEW_BASIC or VIEW_CITED"))
          .With("value", absl::StrCat(int{view}))
          .Field("view", "unknown view");
  }
}

CellConverter::CellConverter(const query::Plan& plan,
                             const query::Snapshot& snapshot,
                             const v1::StatisticsQuery& query)
    : plan_(plan),
      snapshot_(snapshot),
      query_bytes_(Serialise(Canonical(query))),
      name_(query::NameAnswer(plan, snapshot, query_bytes_)) {
  for (const vocabulary::Period& period : plan.periods) {
    periods_.push_back(ToProto(period));
  }
}

std::string CellConverter::Handle(const query::Cell& cell) const {
  internal::v1::CellKey key;
  key.set_query(query_bytes_);
  key.set_answer(ShortDigest(name_.digest));
  key.set_measure(cell.measure);
  for (size_t i = 0; i < cell.coordinates.size(); ++i) {
    key.add_members(plan_.group_by[i]->member(cell.coordinates[i]).code);
  }
  key.set_period(periods_[cell.period].text());
  return EncodeToken(key);
}

absl::StatusOr<v1::Cell> CellConverter::Convert(const query::Cell& cell,
                                                bool cited) const {
  const vocabulary::Measure& measure = *plan_.measures[cell.measure];
  v1::Cell result;
  result.set_measure(measure.code);
  result.set_unit(measure.unit);
  for (size_t i = 0; i < cell.coordinates.size(); ++i) {
    SetCoordinate(*plan_.group_by[i], cell.coordinates[i],
                  result.add_coordinates());
  }
  *result.mutable_period() = periods_[cell.period];
  result.set_state(ToProto(cell.state));
  const int scale = cell.scale;
  if (scale != 0) {
    if (cell.reported.has_value()) {
      result.set_decimal_reported(base::FormatDecimal(*cell.reported, scale));
      *result.mutable_decimal_reported_bounds() =
          ToDecimalProto(cell.reported_bounds, scale);
    }
    *result.mutable_decimal_panel_bounds() =
        ToDecimalProto(cell.panel_bounds, scale);
  } else {
    if (cell.reported.has_value()) {
      result.set_reported(*cell.reported);
      *result.mutable_reported_bounds() = ToProto(cell.reported_bounds);
    }
    *result.mutable_panel_bounds() = ToProto(cell.panel_bounds);
  }
  SetCoverage(cell.coverage, snapshot_.vocabulary().reporters(),
              result.mutable_coverage());
  for (const query::CellFlag flag : cell.flags) {
    result.add_flags(static_cast<v1::CellFlag>(flag));
  }
  for (const query::SourceCount& one : cell.sources) {
    v1::SourceCount* count = result.add_sources();
    count->set_source(one.source);
    count->set_reporter_count(one.reporters);
  }
  result.set_basis(static_cast<v1::Basis>(cell.basis));
  result.set_handle(Handle(cell));
  result.set_citation_count(static_cast<int32_t>(cell.rows.size()));
  if (cited) {
    COLLATE_RETURN_IF_ERROR(
        AddCitations(cell.rows, snapshot_, result.mutable_citations()));
  }
  const Conflicting own = {measure.code, plan_.universe,
                           query::DimensionsOf(plan_), scale};
  COLLATE_RETURN_IF_ERROR(
      Convert(cell.conflicts, own, cited, result.mutable_conflicts()));
  for (size_t i = 0; i < cell.derived.size(); ++i) {
    v1::Derived* derived = result.add_derived();
    COLLATE_ASSIGN_OR_RETURN(
        *derived, ToProto(cell.derived[i], plan_.derivations[i], cell.measure,
                          snapshot_, cited));
    COLLATE_RETURN_IF_ERROR(AddConflicts(cell.derived[i], plan_.derivations[i],
                                         cell.measure, own, cited, derived));
  }
  return result;
}

absl::Status CellConverter::AddConflicts(
    const query::Derived& derived, const query::PlannedDerivation& planned,
    int measure, const Conflicting& own, bool cited,
    v1::Derived* result) const {
  if (const auto* rate = std::get_if<query::Rate>(&derived)) {
    return Convert(rate->denominator_conflicts.conflicts,
                   {std::get<query::PlannedRate>(planned).denominator->code, "",
                    rate->denominator_conflicts.dimensions},
                   cited,
                   result->mutable_rate()->mutable_denominator_conflicts());
  } else if (const auto* share = std::get_if<query::Share>(&derived)) {
    const auto& asked = std::get<query::PlannedShare>(planned);
    return Convert(share->base_conflicts.conflicts,
                   {asked.base_measures[measure]->code, asked.base_universe,
                    share->base_conflicts.dimensions},
                   cited, result->mutable_share()->mutable_base_conflicts());
  } else if (const auto& change = std::get<query::Change>(derived);
             change.base != nullptr) {
    return Convert(change.base->conflicts, own, cited,
                   result->mutable_change()->mutable_base_conflicts());
  }
  return absl::OkStatus();
}

void CellConverter::AddCoordinates(
    MemberId reporter, const std::vector<MemberId>& coordinates,
    const std::vector<const vocabulary::Dimension*>& dimensions,
    google::protobuf::RepeatedPtrField<v1::Coordinate>* result) const {
  SetCoordinate(snapshot_.vocabulary().reporters(), reporter, result->Add());
  for (size_t i = 0; i < coordinates.size(); ++i) {
    SetCoordinate(*dimensions[i], coordinates[i], result->Add());
  }
}

absl::Status CellConverter::Convert(
    const std::vector<query::Conflict>& conflicts, const Conflicting& cells,
    bool cited,
    google::protobuf::RepeatedPtrField<v1::Conflict>* result) const {
  for (const query::Conflict& conflict : conflicts) {
    COLLATE_ASSIGN_OR_RETURN(*result->Add(), Convert(conflict, cells, cited));
  }
  return absl::OkStatus();
}

absl::StatusOr<v1::Conflict> CellConverter::Convert(
    const query::Conflict& conflict, const Conflicting& cells,
    bool cited) const {
  const int scale = cells.scale;
  v1::Conflict result;
  result.set_kind(static_cast<v1::ConflictKind>(conflict.kind));
  result.set_source(conflict.source);
  result.set_other_source(conflict.other_source);
  result.set_compared_count(conflict.compared);
  if (conflict.compared > 0 && scale == 0) {
    result.set_reported(conflict.reported);
    result.set_other_reported(conflict.other_reported);
  }
  // Two figures of one cell differ in nothing but the source.
  const bool same = conflict.other_measure.empty();
  if (conflict.other_measure != cells.measure) {
    result.set_other_measure(conflict.other_measure);
  }
  result.set_other_universe(same ? cells.universe : conflict.other_universe);
  for (const auto& [dimension, member] : conflict.other_members) {
    SetCoordinate(*dimension, member, result.add_other_coordinates());
  }
  const int other_scale = same ? scale : conflict.other_scale;
  for (const query::Difference& one : conflict.differences) {
    v1::Difference* difference = result.add_differences();
    AddCoordinates(one.reporter, one.coordinates, cells.dimensions,
                   difference->mutable_coordinates());
    SetFigure({one.state, one.reported, one.bounds, scale},
              difference->mutable_served());
    SetPrinters(snapshot_, one.rows, difference->mutable_served());
    SetFigure(
        {one.other_state, one.other_reported, one.other_bounds, other_scale},
        difference->mutable_other());
    SetPrinters(snapshot_, one.other_rows, difference->mutable_other());
    if (one.base.has_value()) {
      SetFigure(*one.base, difference->mutable_base());
    }
    if (!cited) continue;
    COLLATE_RETURN_IF_ERROR(AddCitations(
        absl::MakeConstSpan(one.other_rows).subspan(0, kOtherCitations),
        snapshot_, difference->mutable_other_citations()));
  }
  return result;
}

absl::StatusOr<v1::Leaf> CellConverter::Convert(const query::Leaf& leaf,
                                                int scale) const {
  v1::Leaf result;
  AddCoordinates(leaf.reporter, leaf.coordinates, query::DimensionsOf(plan_),
                 result.mutable_coordinates());
  *result.mutable_period() = periods_[leaf.period];
  result.set_state(ToProto(leaf.state));
  SetNumbers(leaf.reported, leaf.bounds, scale, &result);
  result.set_method(static_cast<v1::Method>(leaf.method));
  result.set_source(leaf.source);
  result.set_reason(leaf.reason);
  COLLATE_RETURN_IF_ERROR(
      AddCitations(leaf.rows, snapshot_, result.mutable_citations()));
  for (const std::string& slice : leaf.available) result.add_available(slice);
  for (const query::OtherFigure& one : leaf.others) {
    v1::OtherFigure* other = result.add_others();
    other->set_source(one.source);
    SetFigure({one.state, one.reported, one.bounds, scale},
              other->mutable_figure());
    SetPrinters(snapshot_, one.rows, other->mutable_figure());
    other->set_method(static_cast<v1::Method>(one.method));
    other->set_conflicting(one.disjoint);
    COLLATE_RETURN_IF_ERROR(
        AddCitations(one.rows, snapshot_, other->mutable_citations()));
  }
  return result;
}

absl::StatusOr<v1::Observation> ObservationOf(const query::Snapshot& snapshot,
                                              const query::RowRef& ref) {
  COLLATE_ASSIGN_OR_RETURN(
      const std::shared_ptr<const store::Observations> stored,
      snapshot.Read(ref));
  const store::Observations& chunk = *stored;
  const uint32_t row = ref.row;
  const vocabulary::Vocabulary& vocabulary = snapshot.vocabulary();
  v1::Observation result;
  result.set_measure(chunk.slice.measure);
  result.set_universe(chunk.slice.universe);
  bool unmapped = false;
  const auto add = [&](const Dimension& dimension,
                       const store::Observations::AxisColumn& column) {
    const auto id = dimension.Find(chunk.strings[column.member[row]]);
    unmapped |= !id.has_value();
    SetCoordinate(dimension, id.value_or(kUnmapped), result.add_coordinates());
  };
  add(vocabulary.reporters(), chunk.reporter);
  for (size_t axis = 0; axis < chunk.axes.size(); ++axis) {
    // A snapshot is built only over dimensions that the vocabulary has.
    add(*vocabulary.FindDimension(chunk.slice.axes[axis].dimension),
        chunk.axes[axis]);
  }
  *result.mutable_period() = ToProto(
      vocabulary::Period{{chunk.period_begin[row], chunk.period_end[row]},
                         chunk.period_kind[row]});
  result.set_state(ToProto(chunk.state[row]));
  const uint8_t has = chunk.has[row];
  query::Interval bounds;
  if (has & store::kHasLower) bounds.lower = chunk.lower[row];
  if (has & store::kHasUpper) bounds.upper = chunk.upper[row];
  const bool bounded = bounds != query::Interval::Unknown();
  if (chunk.scale == 0) {
    if (has & store::kHasValue) result.set_value(chunk.value[row]);
    if (bounded) *result.mutable_bounds() = ToProto(bounds);
  } else {
    if (has & store::kHasValue) {
      result.set_decimal_value(
          base::FormatDecimal(chunk.value[row], chunk.scale));
    }
    if (bounded) {
      *result.mutable_decimal_bounds() = ToDecimalProto(bounds, chunk.scale);
    }
  }
  result.set_reason(chunk.strings[chunk.reason[row]]);
  for (int flag = v1::ObservationFlag_MIN + 1; flag <= v1::ObservationFlag_MAX;
       ++flag) {
    if (chunk.flags[row] & (1u << (flag - 1))) {
      result.add_flags(static_cast<v1::ObservationFlag>(flag));
    }
  }
  COLLATE_ASSIGN_OR_RETURN(query::Citation citation, snapshot.Cite(ref));
  *result.mutable_citation() = ToProto(std::move(citation));
  result.set_unmapped(unmapped);
  result.set_record_count(chunk.records[row]);
  return result;
}

}  // namespace collate::api
