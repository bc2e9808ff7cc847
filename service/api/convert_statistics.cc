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
#include "service/api/cell_encoder.h"
#include "service/api/convert.h"
#include "service/api/convert_derived.h"
#include "service/api/convert_figure.h"
#include "service/api/paging.h"
#include "service/api/wire_writer.h"
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

static_assert(static_cast<int>(query::MissingPolicy::kFail) ==
              v1::MissingPolicy_MAX);
static_assert(static_cast<int>(query::ConflictPolicy::kFail) ==
              v1::ConflictPolicy_MAX);
static_assert(static_cast<int>(query::Method::kLowerBound) == v1::Method_MAX);
static_assert(vocabulary::kFlagTotalIgnoresMarkers ==
              1u << (v1::ObservationFlag_MAX - 1));

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
                             std::string question, query::AnswerName name)
    : plan_(plan),
      snapshot_(snapshot),
      query_bytes_(std::move(question)),
      name_(std::move(name)) {
  periods_.reserve(plan.periods.size());
  for (const vocabulary::Period& period : plan.periods) {
    periods_.push_back(vocabulary::FormatPeriod(period));
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
void CellConverter::AppendHandle(const query::Cell& cell,
                                 std::string* out) const {
  using internal::v1::CellKey;
  std::string rest = handle_rest_;
  AppendCount(CellKey::kMeasureFieldNumber, cell.measure, &rest);
  for (size_t i = 0; i < cell.coordinates.size(); ++i) {
    AppendField(CellKey::kMembersFieldNumber,
                View(plan_.group_by[i]->member(cell.coordinates[i]).code),
                &rest);
  }
  AppendText(CellKey::kPeriodFieldNumber, periods_[cell.period], &rest);
  std::string text;
  absl::WebSafeBase64Escape(rest, &text);
  out->append(handle_text_);
  out->append(text);
}

absl::StatusOr<v1::Cell> CellConverter::Convert(const query::Cell& cell,
                                                bool cited) const {
  std::string bytes;
  COLLATE_RETURN_IF_ERROR(
      CellEncoder(plan_, snapshot_, *this, cited).AppendCell(cell, &bytes));
  v1::Cell result;
  result.ParseFromString(bytes);
  return result;
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

absl::StatusOr<v1::Leaf> CellConverter::Convert(const query::Leaf& leaf,
                                                int scale) const {
  v1::Leaf result;
  AddCoordinates(leaf.reporter, leaf.coordinates, query::DimensionsOf(plan_),
                 result.mutable_coordinates());
  *result.mutable_period() = ToProto(plan_.periods[leaf.period]);
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
