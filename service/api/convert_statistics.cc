#include "service/api/convert_statistics.h"

#include <algorithm>
#include <utility>

#include "absl/strings/str_cat.h"
#include "collate/internal/v1/token.pb.h"
#include "service/api/convert.h"
#include "service/api/paging.h"
#include "service/base/error.h"
#include "service/store/observations.h"

namespace collate::api {
namespace {

using vocabulary::Dimension;
using vocabulary::kUnmapped;
using vocabulary::Member;
using vocabulary::MemberId;

static_assert(static_cast<int>(query::CellFlag::kPeriodShortened) ==
              v1::CellFlag_MAX);
static_assert(static_cast<int>(query::Method::kLowerBound) == v1::Method_MAX);
static_assert(vocabulary::kFlagRepeatedKeyAdded ==
              1u << (v1::ObservationFlag_MAX - 1));

template <typename Repeated>
std::vector<std::string> Strings(const Repeated& field) {
  return {field.begin(), field.end()};
}

void SetCoordinate(const Dimension& dimension, MemberId id,
                   v1::Coordinate* coordinate) {
  coordinate->set_dimension(dimension.code());
  if (id == kUnmapped) return;
  const Member& member = dimension.member(id);
  coordinate->set_member(member.code);
  coordinate->set_title(member.title);
}

void SetCoverage(const query::Coverage& coverage, const Dimension& reporters,
                 v1::Coverage* result) {
  result->set_expected(coverage.expected);
  result->set_due(coverage.due);
  result->set_complete(coverage.complete);
  for (const auto& [state, count] : coverage.tally) {
    v1::StateCount* entry = result->add_tally();
    entry->set_state(ToProto(state));
    entry->set_count(count);
  }
  for (const query::MissingReporter& missing : coverage.missing) {
    const Member& member = reporters.member(missing.reporter);
    v1::MissingReporter* entry = result->add_missing();
    entry->set_reporter(member.code);
    entry->set_title(member.title);
    entry->set_state(ToProto(missing.state));
    entry->set_reason(missing.reason);
  }
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

query::Query FromProto(const v1::StatisticsQuery& message) {
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
  return query;
}

v1::StatisticsQuery Canonical(const v1::StatisticsQuery& message) {
  v1::StatisticsQuery result = message;
  for (v1::Filter& filter : *result.mutable_filters()) {
    auto* members = filter.mutable_members();
    std::sort(members->begin(), members->end());
    members->erase(std::unique(members->begin(), members->end()),
                   members->end());
  }
  std::sort(result.mutable_filters()->begin(), result.mutable_filters()->end(),
            [](const v1::Filter& a, const v1::Filter& b) {
              return a.dimension() < b.dimension();
            });
  return result;
}

v1::Caveat ToProto(const query::Caveat& caveat) {
  v1::Caveat result;
  result.set_code(caveat.code);
  result.set_message(caveat.message);
  return result;
}

CellConverter::CellConverter(const query::Plan& plan,
                             const query::Snapshot& snapshot,
                             const v1::StatisticsQuery& query)
    : plan_(plan),
      snapshot_(snapshot),
      query_bytes_(Serialise(Canonical(query))),
      snapshot_digest_(ShortDigest(snapshot.digest())) {
  for (const vocabulary::Period& period : plan.periods) {
    periods_.push_back(ToProto(period));
  }
}

std::string CellConverter::Handle(const query::Cell& cell) const {
  internal::v1::CellKey key;
  key.set_query(query_bytes_);
  key.set_snapshot(snapshot_digest_);
  key.set_measure(cell.measure);
  for (size_t i = 0; i < cell.coordinates.size(); ++i) {
    key.add_members(plan_.group_by[i]->member(cell.coordinates[i]).code);
  }
  key.set_period(periods_[cell.period].text());
  return EncodeToken(key);
}

v1::Cell CellConverter::Convert(const query::Cell& cell, bool cited) const {
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
  if (cell.reported.has_value()) {
    result.set_reported(*cell.reported);
    *result.mutable_reported_bounds() = ToProto(cell.reported_bounds);
  }
  *result.mutable_panel_bounds() = ToProto(cell.panel_bounds);
  SetCoverage(cell.coverage, snapshot_.vocabulary().reporters(),
              result.mutable_coverage());
  for (const query::CellFlag flag : cell.flags) {
    result.add_flags(static_cast<v1::CellFlag>(flag));
  }
  result.set_basis(v1::BASIS_PANEL_SUM);
  result.set_handle(Handle(cell));
  result.set_citation_count(static_cast<int32_t>(cell.rows.size()));
  if (cited) {
    for (const query::RowRef& row : cell.rows) {
      *result.add_citations() = ToProto(snapshot_.Cite(row));
    }
  }
  return result;
}

v1::Leaf CellConverter::Convert(const query::Leaf& leaf) const {
  v1::Leaf result;
  SetCoordinate(snapshot_.vocabulary().reporters(), leaf.reporter,
                result.add_coordinates());
  for (size_t i = 0; i < leaf.coordinates.size(); ++i) {
    SetCoordinate(*plan_.dimensions[i].dimension, leaf.coordinates[i],
                  result.add_coordinates());
  }
  *result.mutable_period() = periods_[leaf.period];
  result.set_state(ToProto(leaf.state));
  if (leaf.reported.has_value()) result.set_reported(*leaf.reported);
  *result.mutable_bounds() = ToProto(leaf.bounds);
  result.set_method(static_cast<v1::Method>(leaf.method));
  result.set_source(leaf.source);
  result.set_reason(leaf.reason);
  for (const query::RowRef& row : leaf.rows) {
    *result.add_citations() = ToProto(snapshot_.Cite(row));
  }
  for (const std::string& slice : leaf.available) result.add_available(slice);
  return result;
}

absl::StatusOr<v1::Observation> ObservationOf(const query::Snapshot& snapshot,
                                              const query::RowRef& ref) {
  const store::Observations& chunk = snapshot.chunk_of(ref);
  const uint32_t row = ref.row;
  if (chunk.scale != 0 && chunk.has[row] != 0) {
    return base::Error(
               absl::StatusCode::kUnimplemented, "SCALED_VALUES",
               absl::StrCat("observations of '", chunk.slice.measure,
                            "' are not whole numbers; this version lists "
                            "whole numbers only"))
        .With("measure", chunk.slice.measure)
        .With("release", snapshot.release_of(ref).name);
  }
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
  if (has & store::kHasValue) result.set_value(chunk.value[row]);
  if (has & store::kHasLower) {
    result.mutable_bounds()->set_lower(chunk.lower[row]);
  }
  if (has & store::kHasUpper) {
    result.mutable_bounds()->set_upper(chunk.upper[row]);
  }
  result.set_reason(chunk.strings[chunk.reason[row]]);
  for (int flag = v1::ObservationFlag_MIN + 1; flag <= v1::ObservationFlag_MAX;
       ++flag) {
    if (chunk.flags[row] & (1u << (flag - 1))) {
      result.add_flags(static_cast<v1::ObservationFlag>(flag));
    }
  }
  *result.mutable_citation() = ToProto(snapshot.Cite(ref));
  result.set_unmapped(unmapped);
  result.set_record_count(chunk.records[row]);
  return result;
}

}  // namespace collate::api
