#include "service/query/side.h"

#include <algorithm>

#include "absl/strings/str_cat.h"
#include "service/base/error.h"
#include "service/base/status_macros.h"
#include "service/query/bounds.h"

namespace collate::query {
namespace {

using vocabulary::Measure;
using vocabulary::MemberId;
using vocabulary::Severity;

absl::Status NotACount(const Measure& measure, absl::string_view why) {
  return base::Error(absl::StatusCode::kFailedPrecondition, "NOT_A_COUNT",
                     absl::StrCat("'", measure.code, "' has figures that ", why,
                                  "; rates, shares and changes are made of "
                                  "counts"))
      .With("measure", measure.code);
}

}  // namespace

absl::Status Side::Add(const Leaf& leaf) {
  if (Severity(leaf.state) > Severity(state)) {
    state = leaf.state;
    reason = leaf.reason;
  }
  rows.insert(rows.end(), leaf.rows.begin(), leaf.rows.end());
  // A figure that nobody owes adds nothing, and makes nothing unknown.
  if (!leaf.due) return absl::OkStatus();
  if (!leaf.source.empty() &&
      !std::count(sources.begin(), sources.end(), leaf.source)) {
    sources.push_back(leaf.source);
  }
  COLLATE_RETURN_IF_ERROR(AddTo(leaf.reported.value_or(0), &reported));
  return AddTo(leaf.bounds, &bounds);
}

absl::Status Side::Add(const SumFigure& figure) {
  if (Severity(figure.state) > Severity(state)) {
    state = figure.state;
    reason = figure.reason == nullptr ? "" : *figure.reason;
  }
  const RowRefs more = RowsOf(figure);
  rows.insert(rows.end(), more.begin(), more.end());
  if (!figure.sum.Has(RowSum::kDue)) return absl::OkStatus();
  const std::string& source = figure.table->source;
  if (!std::count(sources.begin(), sources.end(), source)) {
    sources.push_back(source);
  }
  COLLATE_RETURN_IF_ERROR(
      AddTo(figure.sum.printed() ? figure.sum.value : 0, &reported));
  return AddTo(figure.sum.bounds(), &bounds);
}

absl::Status Side::AddBelow(const Leaf& leaf, bool shown) {
  if (!leaf.others.empty() || !leaf.contradictions.empty()) {
    compared.push_back(leaf);
  }
  if (shown) leaves.push_back(leaf);
  return Add(leaf);
}

absl::StatusOr<Side> SideOf(const std::vector<Leaf>& leaves) {
  Side side;
  for (const Leaf& leaf : leaves) COLLATE_RETURN_IF_ERROR(side.Add(leaf));
  return side;
}

absl::Status Total::Add(const Side& side) {
  COLLATE_RETURN_IF_ERROR(AddTo(side.reported, &reported));
  return AddTo(side.bounds, &bounds);
}

absl::Status Total::Add(const SumFigure& figure) {
  COLLATE_RETURN_IF_ERROR(AddTo(figure.sum.value, &reported));
  return AddTo(figure.sum.bounds(), &bounds);
}

absl::Status CheckCounts(const Measure& measure, const Resolver& resolver) {
  if (resolver.scale() == 0) return absl::OkStatus();
  return NotACount(measure, "are no whole numbers");
}

absl::Status CheckCounted(const Measure& measure, const Snapshot& snapshot,
                          absl::Span<const RowRef> rows) {
  for (const RowRef& row : rows) {
    if (snapshot.slice_of(row).aggregation == store::Aggregation::kNone) {
      return NotACount(measure, "are published as no counts");
    }
  }
  return absl::OkStatus();
}

std::vector<const vocabulary::Dimension*> DimensionsOf(const Plan& plan) {
  std::vector<const vocabulary::Dimension*> dimensions;
  for (const AskedDimension& asked : plan.dimensions) {
    dimensions.push_back(asked.dimension);
  }
  return dimensions;
}

std::vector<std::vector<MemberId>> MembersOf(const Plan& plan) {
  std::vector<std::vector<MemberId>> members;
  for (const AskedDimension& asked : plan.dimensions) {
    members.push_back(asked.members);
  }
  return members;
}

}  // namespace collate::query
