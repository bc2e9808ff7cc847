#include "service/query/plausibility.h"

#include <algorithm>
#include <tuple>

#include "absl/strings/string_view.h"
#include "service/base/status_macros.h"
#include "service/query/fetch_scope.h"
#include "service/query/finding_builder.h"
#include "service/query/plausible_parts.h"
#include "service/query/plausible_series.h"
#include "service/store/observations.h"

namespace collate::query {
namespace {

using vocabulary::MemberId;

bool Precedes(const Finding& a, const Finding& b) {
  const auto cell = [](const Finding& finding) {
    return std::tie(finding.kind, finding.source, finding.measure,
                    finding.universe, finding.reporter);
  };
  if (cell(a) != cell(b)) return cell(a) < cell(b);
  // By code: the addresses of dimensions differ from run to run.
  const auto members = [](const Finding& finding) {
    std::vector<std::pair<absl::string_view, MemberId>> list;
    for (const auto& [dimension, member] : finding.members) {
      list.emplace_back(dimension->code(), member);
    }
    return list;
  };
  const auto of_a = members(a);
  const auto of_b = members(b);
  if (of_a != of_b) return of_a < of_b;
  const auto place = [](const Finding& finding) {
    const RowRef& ref = finding.cells.front().ref;
    return std::tie(finding.period.days, ref.release, ref.chunk, ref.row,
                    finding.message);
  };
  return place(a) < place(b);
}

bool Concerns(const SliceTable& table, const PlausibilityOptions& options) {
  return !table.unmapped &&
         table.slice.aggregation != store::Aggregation::kNone &&
         std::all_of(table.slice.axes.begin(), table.slice.axes.end(),
                     IsPlain) &&
         (options.source.empty() || options.source == table.source) &&
         (options.measure.empty() || options.measure == table.slice.measure);
}

}  // namespace

absl::StatusOr<std::vector<Finding>> FindImplausible(
    const Snapshot& snapshot, const PlausibilityOptions& options) {
  COLLATE_RETURN_IF_ERROR(CheckAllFetched(snapshot));
  FindingBuilder builder(snapshot, options);
  for (const SliceTable& table : snapshot.tables()) {
    if (!Concerns(table, options)) continue;
    COLLATE_RETURN_IF_ERROR(builder.Check());
    COLLATE_RETURN_IF_ERROR(SearchSeries(table, builder));
    COLLATE_RETURN_IF_ERROR(SearchParts(table, builder));
  }
  std::vector<Finding> findings = builder.Take();
  std::sort(findings.begin(), findings.end(), Precedes);
  return findings;
}

}  // namespace collate::query
