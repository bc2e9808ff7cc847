#include "service/query/changes.h"

#include <algorithm>
#include <tuple>
#include <utility>

#include "absl/status/status.h"
#include "absl/strings/str_cat.h"
#include "service/base/status_macros.h"
#include "service/query/bounds.h"
#include "service/query/cell_builder.h"
#include "service/query/policies.h"
#include "service/query/ratio.h"
#include "service/vocabulary/state.h"

namespace collate::query {
namespace {

using vocabulary::MemberId;
using vocabulary::Severity;
using vocabulary::State;

Plan ComparedPlan(const Plan& plan, const PlannedChange& change) {
  Plan result = plan;
  result.periods = change.periods;
  result.panels = change.panels;
  return result;
}

void AddFlag(ChangeFlag flag, Comparison& comparison) {
  if (!std::count(comparison.flags.begin(), comparison.flags.end(), flag)) {
    comparison.flags.push_back(flag);
  }
}

// Whether something of the reporter is in the printed sum.
bool HasPrinted(const ReporterLeaves& reporter) {
  return std::any_of(
      reporter.leaves.begin(), reporter.leaves.end(),
      [](const Leaf& leaf) { return leaf.reported.has_value(); });
}

std::set<MemberId> PrintedIn(const std::vector<ReporterLeaves>& reporters) {
  std::set<MemberId> result;
  for (const ReporterLeaves& one : reporters) {
    if (HasPrinted(one)) result.insert(one.id);
  }
  return result;
}

// What the sides of a comparison were made from.
struct Origins {
  std::set<std::string> sources;
  std::set<Vintage> vintages;

  void Add(const Snapshot& snapshot, const ReporterLeaves& reporter) {
    for (const Leaf& leaf : reporter.leaves) {
      if (!leaf.reported.has_value()) continue;
      sources.insert(leaf.source);
      for (const RowRef& row : leaf.rows) {
        vintages.insert(VintageOf(snapshot, row.release));
      }
    }
  }
  void Flag(Comparison& comparison) const {
    if (sources.size() > 1) AddFlag(ChangeFlag::kMixedSources, comparison);
    if (vintages.size() > 1) AddFlag(ChangeFlag::kMixedVintage, comparison);
  }
};

}  // namespace

const ReporterLeaves* ChangeMaker::PeriodFigures::Find(
    MemberId reporter) const {
  const auto found = std::find_if(
      reporters.begin(), reporters.end(),
      [reporter](const ReporterLeaves& one) { return one.id == reporter; });
  return found == reporters.end() ? nullptr : &*found;
}

ChangeMaker::ChangeMaker(const Plan& plan, const Snapshot& snapshot,
                         const vocabulary::Measure& measure,
                         const PlannedChange& change, bool with_leaves,
                         const std::function<bool()>& cancelled)
    : snapshot_(snapshot),
      measure_(measure),
      change_(change),
      with_leaves_(with_leaves),
      cancelled_(cancelled),
      plan_(ComparedPlan(plan, change)),
      scope_(plan_, snapshot.vocabulary().reporters()),
      resolver_(plan_, snapshot, measure, MembersOf(plan_)),
      contradictions_(plan_, snapshot, measure, MembersOf(plan_)),
      figures_(change.periods.size()),
      base_cells_(change.periods.size()) {}

QuotientFigures ChangeMaker::EmptyFigures(int period, int base) const {
  QuotientFigures figures;
  for (const auto& [side, of] :
       {std::pair(&figures.over, period), {&figures.under, base}}) {
    side->measure = &measure_;
    side->dimensions = DimensionsOf(plan_);
    side->period = change_.periods[of];
  }
  return figures;
}

std::string ChangeMaker::NameOf(int period) const {
  return vocabulary::FormatPeriod(change_.periods[period]);
}

absl::StatusOr<const ChangeMaker::PeriodFigures*> ChangeMaker::FiguresOf(
    int period) {
  std::optional<PeriodFigures>& slot = figures_[period];
  if (slot.has_value()) return &*slot;
  PeriodFigures figures;
  const auto coordinates = scope_.LeafCoordinates(at_);
  for (const MemberId reporter :
       scope_.ReportersOf(at_, change_.panels[period])) {
    ReporterLeaves& one = figures.reporters.emplace_back();
    one.id = reporter;
    for (const Coordinates& at : coordinates) {
      if (cancelled_()) {
        return absl::CancelledError("the caller has gone away");
      }
      COLLATE_ASSIGN_OR_RETURN(one.leaves.emplace_back(),
                               resolver_.Resolve(at, reporter, period));
      COLLATE_RETURN_IF_ERROR(
          CheckCounted(measure_, snapshot_, one.leaves.back().rows));
    }
  }
  slot = std::move(figures);
  return &*slot;
}

absl::StatusOr<std::shared_ptr<const Cell>> ChangeMaker::BaseCell(int period) {
  std::shared_ptr<const Cell>& slot = base_cells_[period];
  if (slot != nullptr) return slot;
  COLLATE_ASSIGN_OR_RETURN(const PeriodFigures* figures, FiguresOf(period));
  CellBuilder builder(plan_, snapshot_, /*with_leaves=*/false,
                      resolver_.scale());
  for (const ReporterLeaves& one : figures->reporters) {
    std::vector<Leaf> leaves = one.leaves;
    for (Leaf& leaf : leaves) {
      COLLATE_RETURN_IF_ERROR(contradictions_.Find(resolver_.scale(), leaf));
    }
    COLLATE_RETURN_IF_ERROR(builder.AddReporter(one.id, leaves));
  }
  COLLATE_RETURN_IF_ERROR(builder.Finish());
  Cell& cell = builder.cell();
  cell.measure = cell_measure_;
  cell.coordinates = at_;
  cell.period = period;
  COLLATE_RETURN_IF_ERROR(CheckPolicies(plan_, snapshot_, cell));
  slot = std::make_shared<const Cell>(std::move(cell));
  return slot;
}

// Divides, once both sides are known.
void ChangeMaker::Compare(const PlannedChange::Pair& pair,
                          Comparison& result) const {
  if (pair.unequal) AddFlag(ChangeFlag::kUnequalPeriods, result);
  if (pair.overlapping) AddFlag(ChangeFlag::kOverlappingPeriods, result);
  result.outcome = OutcomeOver(result.base.bounds);
  if (result.outcome == Outcome::kGiven) {
    result.percent = ChangeOf(result.current.bounds, result.base.bounds);
    if (*result.base.bounds.lower < kSmallBaseBelow) {
      AddFlag(ChangeFlag::kSmallBase, result);
    }
  }
  std::sort(result.flags.begin(), result.flags.end());
}

absl::StatusOr<Comparison> ChangeMaker::AsPublished(
    int period, const PlannedChange::Pair& pair, const Cell& cell,
    const Cell& base) {
  COLLATE_ASSIGN_OR_RETURN(const PeriodFigures* now, FiguresOf(period));
  COLLATE_ASSIGN_OR_RETURN(const PeriodFigures* then, FiguresOf(pair.base));
  Comparison result;
  result.current = {cell.reported, cell.reported_bounds};
  result.base = {base.reported, base.reported_bounds};
  const std::set<MemberId> printed_now = PrintedIn(now->reporters);
  const std::set<MemberId> printed_then = PrintedIn(then->reporters);
  result.current_reporters = static_cast<int>(printed_now.size());
  result.base_reporters = static_cast<int>(printed_then.size());
  if (with_leaves_) {
    QuotientFigures figures = EmptyFigures(period, pair.base);
    figures.over.reporters = now->reporters;
    figures.under.reporters = then->reporters;
    result.figures =
        std::make_shared<const QuotientFigures>(std::move(figures));
  }
  // A sum over nobody is no number.
  if (!cell.reported.has_value() || !base.reported.has_value()) return result;
  if (printed_now != printed_then) {
    AddFlag(ChangeFlag::kReportersDiffer, result);
  }
  Origins origins;
  for (const PeriodFigures* side : {now, then}) {
    for (const ReporterLeaves& one : side->reporters) {
      origins.Add(snapshot_, one);
    }
  }
  origins.Flag(result);
  Compare(pair, result);
  return result;
}

absl::StatusOr<std::optional<LeftOut>> ChangeMaker::WhyLeftOut(
    MemberId reporter, const std::vector<int>& periods) {
  LeftOut worst = {reporter, State::kUnspecified, ""};
  const Leaf* first = nullptr;
  std::string first_period;
  for (const int period : periods) {
    COLLATE_ASSIGN_OR_RETURN(const PeriodFigures* figures, FiguresOf(period));
    const ReporterLeaves* one = figures->Find(reporter);
    if (one == nullptr) {
      return LeftOut{reporter, State::kNotApplicable,
                     absl::StrCat("not in the panel in ", NameOf(period))};
    }
    for (const Leaf& leaf : one->leaves) {
      if (!vocabulary::IsPrinted(leaf.state)) {
        if (Severity(leaf.state) > Severity(worst.state)) {
          worst.state = leaf.state;
          worst.reason =
              absl::StrCat("in ", NameOf(period),
                           leaf.reason.empty() ? "" : ": ", leaf.reason);
        }
        continue;
      }
      if (first == nullptr) {
        first = &leaf;
        first_period = NameOf(period);
      }
    }
  }
  if (worst.state != State::kUnspecified) return worst;
  // Everything is printed; is it one series?
  constexpr uint32_t kDiffers = vocabulary::kFlagDefinitionDiffers;
  for (const int period : periods) {
    COLLATE_ASSIGN_OR_RETURN(const PeriodFigures* figures, FiguresOf(period));
    for (const Leaf& leaf : figures->Find(reporter)->leaves) {
      if (leaf.source != first->source) {
        return LeftOut{
            reporter, leaf.state,
            absl::StrCat("from ", first->source, " in ", first_period,
                         ", from ", leaf.source, " in ", NameOf(period))};
      }
      if ((leaf.flags & kDiffers) != (first->flags & kDiffers)) {
        return LeftOut{reporter, leaf.state,
                       absl::StrCat("defined differently in ", first_period,
                                    " and ", NameOf(period))};
      }
    }
  }
  return std::nullopt;
}

absl::StatusOr<Comparison> ChangeMaker::Matched(
    int period, const PlannedChange::Pair& pair) {
  std::vector<int> compared = {pair.base, period};
  if (change_.match == MatchMethod::kAllPeriods) {
    compared.clear();
    for (size_t p = 0; p < change_.periods.size(); ++p) {
      compared.push_back(static_cast<int>(p));
    }
  }
  // Reasons name the earlier period first.
  std::sort(compared.begin(), compared.end(), [this](int a, int b) {
    return change_.periods[a].days < change_.periods[b].days;
  });
  std::set<MemberId> reporters;
  for (const int one : compared) {
    COLLATE_ASSIGN_OR_RETURN(const PeriodFigures* figures, FiguresOf(one));
    for (const ReporterLeaves& reporter : figures->reporters) {
      reporters.insert(reporter.id);
    }
  }
  COLLATE_ASSIGN_OR_RETURN(const PeriodFigures* now, FiguresOf(period));
  COLLATE_ASSIGN_OR_RETURN(const PeriodFigures* then, FiguresOf(pair.base));
  Comparison result;
  QuotientFigures shown = EmptyFigures(period, pair.base);
  Total current;
  Total base;
  Origins origins;
  for (const MemberId reporter : reporters) {
    COLLATE_ASSIGN_OR_RETURN(std::optional<LeftOut> left_out,
                             WhyLeftOut(reporter, compared));
    if (left_out.has_value()) {
      result.left_out.push_back(*std::move(left_out));
      continue;
    }
    ++result.current_reporters;
    for (const auto& [figures, total, kept] :
         {std::tuple(now, &current, &shown.over),
          {then, &base, &shown.under}}) {
      const ReporterLeaves& one = *figures->Find(reporter);
      if (with_leaves_) kept->reporters.push_back(one);
      COLLATE_ASSIGN_OR_RETURN(const Side side, SideOf(one.leaves));
      COLLATE_RETURN_IF_ERROR(total->Add(side));
      origins.Add(snapshot_, one);
    }
  }
  result.base_reporters = result.current_reporters;
  if (result.current_reporters == 0) return result;
  if (with_leaves_) {
    result.figures = std::make_shared<const QuotientFigures>(std::move(shown));
  }
  result.current = current.ToOperand();
  result.base = base.ToOperand();
  origins.Flag(result);
  Compare(pair, result);
  return result;
}

absl::StatusOr<Change> ChangeMaker::Make(
    const Coordinates& at, int period, const Cell& cell,
    const std::vector<ReporterLeaves>& current) {
  if (at != at_) {
    at_ = at;
    figures_.assign(figures_.size(), std::nullopt);
    base_cells_.assign(base_cells_.size(), nullptr);
  }
  COLLATE_RETURN_IF_ERROR(CheckCounted(measure_, snapshot_, cell.rows));
  cell_measure_ = cell.measure;
  if (!figures_[period].has_value()) figures_[period].emplace();
  figures_[period]->reporters = current;

  const PlannedChange::Pair& pair = change_.pairs[period];
  Change change;
  change.base_period = pair.base;
  if (pair.base == period) {
    change.matched_panel.outcome = Outcome::kIsBase;
    change.as_published.outcome = Outcome::kIsBase;
    return change;
  }
  COLLATE_ASSIGN_OR_RETURN(change.base, BaseCell(pair.base));
  COLLATE_ASSIGN_OR_RETURN(change.as_published,
                           AsPublished(period, pair, cell, *change.base));
  // Whom a total counts is for its publisher to say.
  if (cell.basis == Basis::kPublishedTotal ||
      change.base->basis == Basis::kPublishedTotal) {
    return change;
  }
  COLLATE_ASSIGN_OR_RETURN(change.matched_panel, Matched(period, pair));
  return change;
}

}  // namespace collate::query
