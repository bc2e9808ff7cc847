#include "service/api/convert_statistics.h"

#include <algorithm>
#include <memory>
#include <optional>
#include <utility>
#include <variant>

#include "absl/strings/ascii.h"
#include "absl/strings/escaping.h"
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

absl::StatusOr<bool> IsPacked(v1::AnswerForm form) {
  switch (form) {
    case v1::ANSWER_FORM_UNSPECIFIED:
    case v1::ANSWER_FORM_CELLS:
      return false;
    case v1::ANSWER_FORM_PACKED:
      return true;
    default:
      return base::Error(absl::StatusCode::kInvalidArgument, "INVALID_FORM",
                         absl::StrCat("no form has number ", int{form},
                                      "; use ANSWER_FORM_CELLS or "
                                      "ANSWER_FORM_PACKED"))
          .With("value", absl::StrCat(int{form}))
          .Field("form", "unknown form");
  }
}

CellConverter::CellConverter(const query::Plan& plan,
                             const query::Snapshot& snapshot,
                             std::string question)
    : plan_(plan),
      snapshot_(snapshot),
      query_bytes_(std::move(question)),
      name_(query::NameAnswer(plan, snapshot, query_bytes_)) {
  for (const vocabulary::Period& period : plan.periods) {
    periods_.push_back(ToProto(period));
  }
  internal::v1::CellKey key;
  key.set_query(query_bytes_);
  key.set_answer(ShortDigest(name_.digest));
  handle_rest_ = Serialise(key);
  // Three bytes are four letters, whatever follows.
  const size_t whole = handle_rest_.size() / 3 * 3;
  handle_text_ =
      absl::WebSafeBase64Escape(absl::string_view(handle_rest_.data(), whole));
  handle_rest_.erase(0, whole);
}

std::string CellConverter::handle() const {
  return absl::StrCat(handle_text_, absl::WebSafeBase64Escape(handle_rest_));
}

// Fields of a message may come one after the other, so that the text is that of
// the whole CellKey.
void CellConverter::SetHandle(const query::Cell& cell,
                              std::string* handle) const {
  internal::v1::CellKey key;
  key.set_measure(cell.measure);
  for (size_t i = 0; i < cell.coordinates.size(); ++i) {
    key.add_members(plan_.group_by[i]->member(cell.coordinates[i]).code);
  }
  key.set_period(periods_[cell.period].text());
  std::string rest = handle_rest_;
  key.AppendToString(&rest);
  std::string text;
  absl::WebSafeBase64Escape(rest, &text);
  handle->clear();
  absl::StrAppend(handle, handle_text_, text);
}

void CellConverter::ConvertHead(const query::Cell& cell, v1::Cell* head) const {
  const vocabulary::Measure& measure = *plan_.measures[cell.measure];
  v1::Cell& result = *head;
  result.set_measure(measure.code);
  result.set_unit(measure.unit);
  for (size_t i = 0; i < cell.coordinates.size(); ++i) {
    SetCoordinate(*plan_.group_by[i], cell.coordinates[i],
                  result.add_coordinates());
  }
  *result.mutable_period() = periods_[cell.period];
  result.set_state(ToProto(cell.state));
  if (cell.scale == 0) {
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
  result.set_basis(static_cast<v1::Basis>(cell.basis));
  SetHandle(cell, result.mutable_handle());
}

absl::Status CellConverter::ConvertMiddle(const query::Cell& cell, bool cited,
                                          v1::Cell* middle) const {
  middle->set_citation_count(static_cast<int32_t>(cell.row_count));
  return AddConflicts(cell, cited, middle->mutable_conflicts());
}

void CellConverter::ConvertTail(const query::Cell& cell, v1::Cell* tail) const {
  v1::Cell& result = *tail;
  if (const int scale = cell.scale; scale != 0) {
    if (cell.reported.has_value()) {
      result.set_decimal_reported(base::FormatDecimal(*cell.reported, scale));
      *result.mutable_decimal_reported_bounds() =
          ToDecimalProto(cell.reported_bounds, scale);
    }
    *result.mutable_decimal_panel_bounds() =
        ToDecimalProto(cell.panel_bounds, scale);
  }
  for (const query::SourceCount& one : cell.sources) {
    v1::SourceCount* count = result.add_sources();
    count->set_source(one.source);
    count->set_reporter_count(one.reporters);
  }
}

absl::StatusOr<v1::Cell> CellConverter::Convert(const query::Cell& cell,
                                                bool cited) const {
  v1::Cell result;
  ConvertHead(cell, &result);
  if (cited) {
    COLLATE_RETURN_IF_ERROR(
        AddCitations(cell.rows, snapshot_, result.mutable_citations()));
  }
  COLLATE_RETURN_IF_ERROR(ConvertMiddle(cell, cited, &result));
  COLLATE_RETURN_IF_ERROR(AddDerived(cell, cited, result.mutable_derived()));
  ConvertTail(cell, &result);
  return result;
}

CellConverter::Conflicting CellConverter::ConflictingWith(
    const query::Cell& cell) const {
  return {plan_.measures[cell.measure]->code, plan_.universe,
          query::DimensionsOf(plan_), cell.scale};
}

absl::Status CellConverter::AddConflicts(
    const query::Cell& cell, bool cited,
    google::protobuf::RepeatedPtrField<v1::Conflict>* result) const {
  if (cell.conflicts.empty()) return absl::OkStatus();
  return Convert(cell.conflicts, ConflictingWith(cell), cited, result);
}

absl::Status CellConverter::AddDerived(
    const query::Cell& cell, bool cited,
    google::protobuf::RepeatedPtrField<v1::Derived>* result) const {
  if (cell.derived.empty()) return absl::OkStatus();
  const Conflicting own = ConflictingWith(cell);
  for (size_t i = 0; i < cell.derived.size(); ++i) {
    v1::Derived* derived = result->Add();
    COLLATE_ASSIGN_OR_RETURN(
        *derived, ToProto(cell.derived[i], plan_.derivations[i], cell.measure,
                          snapshot_, cited));
    COLLATE_RETURN_IF_ERROR(AddConflicts(cell.derived[i], plan_.derivations[i],
                                         cell.measure, own, cited, derived));
  }
  return absl::OkStatus();
}

absl::Status CellConverter::EncodeDerived(const query::Cell& cell, bool cited,
                                          RowEncoder& rows,
                                          std::string* out) const {
  const Conflicting own = ConflictingWith(cell);
  for (size_t i = 0; i < cell.derived.size(); ++i) {
    // Of every kind the citations come last but for the conflicts.
    const query::Derived& derived = cell.derived[i];
    COLLATE_ASSIGN_OR_RETURN(
        const v1::Derived head,
        ToProto(derived, plan_.derivations[i], cell.measure, snapshot_,
                /*cited=*/false));
    v1::Derived tail;
    COLLATE_RETURN_IF_ERROR(AddConflicts(derived, plan_.derivations[i],
                                         cell.measure, own, cited, &tail));
    std::string result;
    const auto encode = [&](const auto& first, int citations,
                            const std::vector<query::RowRef>* cited_rows,
                            const auto& last) -> absl::Status {
      first.AppendToString(&result);
      if (cited && cited_rows != nullptr) {
        for (const query::RowRef& row : *cited_rows) {
          COLLATE_RETURN_IF_ERROR(rows.AppendCitation(citations, row, &result));
        }
      }
      last.AppendToString(&result);
      return absl::OkStatus();
    };
    int kind = 0;
    if (const auto* rate = std::get_if<query::Rate>(&derived)) {
      kind = v1::Derived::kRateFieldNumber;
      COLLATE_RETURN_IF_ERROR(encode(head.rate(),
                                     v1::Rate::kDenominatorCitationsFieldNumber,
                                     &rate->denominator_rows, tail.rate()));
    } else if (const auto* share = std::get_if<query::Share>(&derived)) {
      kind = v1::Derived::kShareFieldNumber;
      COLLATE_RETURN_IF_ERROR(encode(head.share(),
                                     v1::Share::kBaseCitationsFieldNumber,
                                     &share->base_rows, tail.share()));
    } else {
      kind = v1::Derived::kChangeFieldNumber;
      const auto& base = std::get<query::Change>(derived).base;
      COLLATE_RETURN_IF_ERROR(
          encode(head.change(), v1::Change::kBaseCitationsFieldNumber,
                 base == nullptr ? nullptr : &base->rows, tail.change()));
    }
    const std::string bytes =
        absl::StrCat(FieldHead(kind, result.size()), result);
    AppendField(v1::Cell::kDerivedFieldNumber, View(bytes), out);
  }
  return absl::OkStatus();
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
    MemberId reporter, const query::Coordinates& coordinates,
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

}  // namespace collate::api
