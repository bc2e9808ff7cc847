// Any text as a question over a small world. It is refused for reasons, which
// checking it tells alike; or each cell of its answer is sound: numbers lie in
// order, coverage adds up, and the question in its one form is answered the
// same. A hull takes in what was reported.

#include <cstdint>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "collate/v1/statistics.pb.h"
#include "service/api/convert_statistics.h"
#include "service/query/engine.h"
#include "service/query/plan.h"
#include "tests/fuzz/service_checks.h"
#include "tests/fuzz/small_world.h"

namespace {

using collate::fuzz::Require;
using collate::fuzz::RequireTyped;
using collate::query::Cell;
using collate::query::ConflictPolicy;
using collate::query::Interval;
using collate::query::Plan;
using collate::query::PlanOptions;
using collate::query::Query;
using collate::query::Snapshot;
using collate::v1::StatisticsQuery;
using collate::vocabulary::State;

constexpr PlanOptions kOptions = {.max_cells = 200, .today = 18'000};

class Collector final : public collate::query::CellSink {
 public:
  absl::Status OnCell(Cell cell) override {
    cells.push_back(std::move(cell));
    return absl::OkStatus();
  }
  std::vector<Cell> cells;
};

bool IsOrdered(const Interval& interval) {
  return !interval.lower.has_value() || !interval.upper.has_value() ||
         *interval.lower <= *interval.upper;
}

bool LiesIn(const Interval& inner, const Interval& outer) {
  const bool above = !outer.lower.has_value() ||
                     (inner.lower.has_value() && *outer.lower <= *inner.lower);
  const bool below = !outer.upper.has_value() ||
                     (inner.upper.has_value() && *inner.upper <= *outer.upper);
  return above && below;
}

void RequireSound(const Plan& plan, const Cell& cell) {
  Require(cell.measure >= 0 &&
              static_cast<size_t>(cell.measure) < plan.measures.size() &&
              cell.period >= 0 &&
              static_cast<size_t>(cell.period) < plan.periods.size() &&
              cell.coordinates.size() == plan.group_by.size(),
          "a cell is one that was asked for");
  Require(IsOrdered(cell.reported_bounds) && IsOrdered(cell.panel_bounds),
          "bounds are in order");
  int tally = 0;
  bool plain = !cell.coverage.tally.empty();
  for (const auto& [state, count] : cell.coverage.tally) {
    Require(count > 0, "a tally is of somebody");
    tally += count;
    plain = plain && state == State::kReported;
  }
  Require(tally == cell.coverage.expected, "coverage adds up");
  Require(cell.coverage.complete <= cell.coverage.due &&
              cell.coverage.due <= cell.coverage.expected,
          "the complete are due, the due expected");
  // What is reported by everybody, and is disputed by nobody, is one number.
  if (plain && cell.flags.empty() && cell.reported.has_value() &&
      plan.conflict_policy == ConflictPolicy::kReport) {
    Require(cell.reported_bounds == Interval::Exactly(*cell.reported) &&
                cell.panel_bounds == cell.reported_bounds,
            "what everybody reported is exact");
  }
  for (const auto& derived : cell.derived) {
    if (const auto* rate = std::get_if<collate::query::Rate>(&derived)) {
      Require(IsOrdered(rate->rate) && IsOrdered(rate->numerator) &&
                  IsOrdered(rate->denominator),
              "rates are in order");
    } else if (const auto* share =
                   std::get_if<collate::query::Share>(&derived)) {
      Require(IsOrdered(share->percent), "shares are in order");
    } else {
      const auto& change = std::get<collate::query::Change>(derived);
      Require(IsOrdered(change.matched_panel.percent) &&
                  IsOrdered(change.as_published.percent),
              "changes are in order");
    }
  }
}

std::optional<std::vector<Cell>> Answer(const Query& query,
                                        const Snapshot& snapshot) {
  const auto checked = CheckPlan(query, snapshot, kOptions);
  const auto plan = MakePlan(query, snapshot, kOptions);
  Require(plan.ok() == checked.problems.empty(),
          "checking tells what answering does");
  if (!plan.ok()) {
    RequireTyped(plan.status());
    for (const absl::Status& problem : checked.problems) RequireTyped(problem);
    return std::nullopt;
  }
  Collector collector;
  const auto summary = Execute(*plan, snapshot, {}, collector);
  if (!summary.ok()) {
    RequireTyped(summary.status());
    return std::nullopt;
  }
  Require(static_cast<int64_t>(collector.cells.size()) == plan->cell_count &&
              plan->cell_count <= kOptions.max_cells,
          "as many cells as were planned");
  for (const Cell& cell : collector.cells) RequireSound(*plan, cell);
  return std::move(collector.cells);
}

void RequireSame(const std::vector<Cell>& a, const std::vector<Cell>& b) {
  Require(a.size() == b.size(), "as many cells");
  for (size_t i = 0; i < a.size(); ++i) {
    Require(a[i].state == b[i].state && a[i].reported == b[i].reported &&
                a[i].reported_bounds == b[i].reported_bounds &&
                a[i].panel_bounds == b[i].panel_bounds &&
                a[i].row_count == b[i].row_count && a[i].flags == b[i].flags,
            "the same numbers");
  }
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  static const std::shared_ptr<const Snapshot> snapshot =
      collate::fuzz::SmallWorld().Build();
  const auto message = collate::fuzz::MessageFrom<StatisticsQuery>(
      collate::fuzz::Text(data, size));
  if (!message.has_value()) return 0;
  auto query = collate::api::FromProto(*message);
  if (!query.ok()) {
    RequireTyped(query.status());
    return 0;
  }
  const auto cells = Answer(*query, *snapshot);
  const StatisticsQuery canonical = collate::api::Canonical(*message);
  Require(collate::api::Canonical(canonical).SerializeAsString() ==
              canonical.SerializeAsString(),
          "the one form is its own");
  const auto again = collate::api::FromProto(canonical);
  Require(again.ok(), "the one form is a question");
  const auto again_cells = Answer(*again, *snapshot);
  Require(cells.has_value() == again_cells.has_value(),
          "and is answered alike");
  if (!cells.has_value()) return 0;
  RequireSame(*cells, *again_cells);

  if (query->conflict_policy != ConflictPolicy::kReport) return 0;
  query->conflict_policy = ConflictPolicy::kHull;
  const auto hulls = Answer(*query, *snapshot);
  if (!hulls.has_value()) return 0;
  Require(hulls->size() == cells->size(), "a policy leaves out no cell");
  for (size_t i = 0; i < cells->size(); ++i) {
    Require(LiesIn((*cells)[i].panel_bounds, (*hulls)[i].panel_bounds),
            "a hull takes in what is served");
  }
  return 0;
}
