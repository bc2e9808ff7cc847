#include "service/query/policies.h"

#include <algorithm>
#include <optional>
#include <string>
#include <vector>

#include "absl/strings/str_cat.h"
#include "absl/strings/str_join.h"
#include "absl/strings/string_view.h"
#include "service/base/decimal.h"
#include "service/base/error.h"
#include "service/base/status_macros.h"
#include "service/query/conflicts.h"
#include "service/vocabulary/state.h"

namespace collate::query {
namespace {

using vocabulary::Dimension;

// "offences, Kent, 2017/18".
std::string NameOf(const Plan& plan, const Cell& cell) {
  std::vector<std::string> parts = {plan.measures[cell.measure]->code};
  for (size_t i = 0; i < cell.coordinates.size(); ++i) {
    parts.push_back(plan.group_by[i]->member(cell.coordinates[i]).title);
  }
  parts.push_back(vocabulary::FormatPeriod(plan.periods[cell.period]));
  return absl::StrJoin(parts, ", ");
}

absl::Status Incomplete(const Plan& plan, const Snapshot& snapshot,
                        const Cell& cell) {
  const Dimension& reporters = snapshot.vocabulary().reporters();
  std::vector<std::string> codes;
  std::vector<std::string> words;
  for (const MissingReporter& one : cell.coverage.missing) {
    const vocabulary::Member& member = reporters.member(one.reporter);
    codes.push_back(member.code);
    words.push_back(absl::StrCat(member.title, " (",
                                 vocabulary::StateName(one.state), ")"));
  }
  const std::string name = NameOf(plan, cell);
  return base::Error(
             absl::StatusCode::kFailedPrecondition, "INCOMPLETE",
             absl::StrCat("the cell ", name, " is incomplete: ",
                          cell.coverage.complete, " of ", cell.coverage.due,
                          " reporters; missing: ", absl::StrJoin(words, ", ")))
      .With("cell", name)
      .With("missing", absl::StrJoin(codes, ","));
}

// "57", or "[8, unknown]" where nothing whole is printed.
std::string Words(const std::optional<int64_t>& reported,
                  const Interval& bounds, int scale) {
  const auto number = [scale](int64_t value) {
    return scale == 0 ? absl::StrCat(value) : base::FormatDecimal(value, scale);
  };
  if (reported.has_value()) return number(*reported);
  return absl::StrCat(
      "[", bounds.lower.has_value() ? number(*bounds.lower) : "unknown", ", ",
      bounds.upper.has_value() ? number(*bounds.upper) : "unknown", "]");
}

absl::string_view KindName(ConflictKind kind) {
  switch (kind) {
    case ConflictKind::kSameCell:
      return "SAME_CELL";
    case ConflictKind::kPartsVTotal:
      return "PARTS_V_TOTAL";
    case ConflictKind::kPartExceedsWhole:
      return "PART_EXCEEDS_WHOLE";
    case ConflictKind::kShareVCount:
      return "SHARE_V_COUNT";
    case ConflictKind::kSilentRevision:
      return "SILENT_REVISION";
  }
  return "";
}

// Of a side that is not the cell itself: " of platform_share_percent", " of
// Sexual grooming", " in an earlier edition".
std::string WhatOtherIs(const Conflict& conflict) {
  if (conflict.kind == ConflictKind::kSilentRevision) {
    return " in an earlier edition";
  }
  if (conflict.kind == ConflictKind::kShareVCount) {
    return absl::StrCat(" of ", conflict.other_measure);
  }
  std::vector<std::string> titles;
  for (const auto& [dimension, member] : conflict.other_members) {
    titles.push_back(member == vocabulary::kUnmapped
                         ? absl::StrCat("every ", dimension->code())
                         : dimension->member(member).title);
  }
  return absl::StrCat(
      " of ", titles.empty() ? "all cases" : absl::StrJoin(titles, ", "));
}

absl::Status InConflict(const Plan& plan, const Snapshot& snapshot,
                        const Cell& cell) {
  const Conflict& conflict = cell.conflicts[0];
  const Difference& one = conflict.differences[0];
  const std::string& reporter =
      snapshot.vocabulary().reporters().member(one.reporter).code;
  const std::string served = Words(one.reported, one.bounds, cell.scale);
  const bool of_one_cell = IsOfOneCell(conflict.kind);
  const std::string other =
      Words(one.other_reported, one.other_bounds,
            of_one_cell ? cell.scale : conflict.other_scale);
  const std::string name = NameOf(plan, cell);
  return base::Error(absl::StatusCode::kFailedPrecondition, "CONFLICT",
                     absl::StrCat("in the cell ", name, ", ", conflict.source,
                                  " prints ", served, " of ", reporter, " and ",
                                  conflict.other_source, " prints ", other,
                                  of_one_cell ? "" : WhatOtherIs(conflict)))
      .With("kind", KindName(conflict.kind))
      .With("cell", name)
      .With("reporter", reporter)
      .With("source", conflict.source)
      .With("figure", served)
      .With("other_source", conflict.other_source)
      .With("other_figure", other);
}

}  // namespace

bool MayRefuse(const Plan& plan) {
  return plan.missing_policy == MissingPolicy::kFail ||
         plan.conflict_policy == ConflictPolicy::kFail;
}

bool WithholdIncomplete(const Plan& plan, Cell& cell) {
  if (plan.missing_policy != MissingPolicy::kRequireComplete ||
      cell.coverage.missing.empty()) {
    return false;
  }
  cell.reported.reset();
  cell.reported_bounds = Interval::Unknown();
  return true;
}

absl::Status CheckPolicies(const Plan& plan, const Snapshot& snapshot,
                           const Cell& cell) {
  if (plan.missing_policy == MissingPolicy::kFail &&
      !cell.coverage.missing.empty()) {
    return Incomplete(plan, snapshot, cell);
  }
  if (plan.conflict_policy == ConflictPolicy::kFail &&
      !cell.conflicts.empty()) {
    return InConflict(plan, snapshot, cell);
  }
  return absl::OkStatus();
}

absl::Status CheckFigure(const Plan& plan, const Snapshot& snapshot,
                         const Leaf& leaf) {
  if (plan.conflict_policy != ConflictPolicy::kFail) return absl::OkStatus();
  ConflictCollector conflicts;
  COLLATE_RETURN_IF_ERROR(conflicts.Add(leaf));
  Cell cell;
  cell.period = leaf.period;
  cell.conflicts = conflicts.Finish();
  return cell.conflicts.empty() ? absl::OkStatus()
                                : InConflict(plan, snapshot, cell);
}

}  // namespace collate::query
