#include "service/query/changes.h"

#include <algorithm>
#include <bit>
#include <tuple>
#include <utility>

#include "absl/container/inlined_vector.h"
#include "absl/status/status.h"
#include "absl/strings/str_cat.h"
#include "service/base/status_macros.h"
#include "service/query/bounds.h"
#include "service/query/cell_builder.h"
#include "service/query/policies.h"
#include "service/query/presums.h"
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

// What the sides of a comparison were made from.
class Origins {
 public:
  explicit Origins(const Snapshot& snapshot) : snapshot_(snapshot) {}

  void Add(const ReporterLeaves& reporter, const SumFigure& sum) {
    if (sum.table != nullptr && sum.sum.printed()) {
      auto at = std::find_if(
          sums_.begin(), sums_.end(),
          [&sum](const auto& one) { return one.first == sum.table; });
      if (at == sums_.end()) at = sums_.insert(at, {sum.table, 0});
      at->second |= sum.sum.releases;
    }
    for (const Leaf& leaf : reporter.leaves) {
      if (!leaf.reported.has_value()) continue;
      sources_.insert(leaf.source);
      for (const RowRef& row : leaf.rows) {
        vintages_.insert(VintageOf(snapshot_, row.release));
      }
    }
  }
  void Flag(Comparison& comparison) {
    for (const auto& [table, releases] : sums_) {
      sources_.insert(table->source);
      for (uint64_t left = releases; left != 0; left &= left - 1) {
        const TableRows::Stored& one =
            table->presums->releases()[std::countr_zero(left)];
        vintages_.insert(VintageOf(snapshot_, table->releases[one.release]));
      }
    }
    if (sources_.size() > 1) AddFlag(ChangeFlag::kMixedSources, comparison);
    if (vintages_.size() > 1) AddFlag(ChangeFlag::kMixedVintage, comparison);
  }

 private:
  const Snapshot& snapshot_;
  std::set<std::string> sources_;
  std::set<Vintage> vintages_;
  // Of sums: their tables, and the releases as those number them.
  absl::InlinedVector<std::pair<const SliceTable*, uint64_t>, 2> sums_;
};

}  // namespace

void ChangeMaker::PeriodFigures::FindPlaces() {
  place_of.clear();
  place_of.reserve(reporters.size());
  for (size_t i = 0; i < reporters.size(); ++i) {
    place_of.emplace(reporters[i].id, i);
  }
}

std::set<MemberId> ChangeMaker::PeriodFigures::Printed() const {
  std::set<MemberId> printed;
  for (size_t i = 0; i < reporters.size(); ++i) {
    const auto& leaves = reporters[i].leaves;
    if ((sums[i].table != nullptr && sums[i].sum.printed()) ||
        std::any_of(leaves.begin(), leaves.end(), [](const Leaf& leaf) {
          return leaf.reported.has_value();
        })) {
      printed.insert(printed.end(), reporters[i].id);
    }
  }
  return printed;
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
  std::vector<Resolver::Place> places;
  for (Coordinates& at : scope_.LeafCoordinates(at_)) {
    places.push_back(resolver_.PlaceOf(std::move(at)));
  }
  PlainFigures::Lane lane;
  if (places.size() == 1 && !with_leaves_ && resolver_.decides_alone() &&
      contradictions_.empty()) {
    lane = resolver_.LaneOf(places[0], period);
  }
  const auto reporters = scope_.ReportersOf(at_, change_.panels[period]);
  figures.reporters.resize(reporters.size());
  figures.sums.resize(reporters.size());
  for (size_t i = 0; i < reporters.size(); ++i) {
    ReporterLeaves& one = figures.reporters[i];
    one.id = reporters[i];
    if (cancelled_()) return absl::CancelledError("the caller has gone away");
    if (!lane.empty() &&
        resolver_.FindCounted(lane, reporters[i], &figures.sums[i])) {
      continue;
    }
    for (const Resolver::Place& place : places) {
      if (cancelled_()) {
        return absl::CancelledError("the caller has gone away");
      }
      COLLATE_ASSIGN_OR_RETURN(one.leaves.emplace_back(),
                               resolver_.Resolve(place, reporters[i], period));
      COLLATE_RETURN_IF_ERROR(
          CheckCounted(measure_, snapshot_, one.leaves.back().rows));
    }
  }
  figures.FindPlaces();
  slot = std::move(figures);
  return &*slot;
}

absl::StatusOr<std::shared_ptr<const Cell>> ChangeMaker::BaseCell(int period) {
  std::shared_ptr<const Cell>& slot = base_cells_[period];
  if (slot != nullptr) return slot;
  COLLATE_ASSIGN_OR_RETURN(const PeriodFigures* figures, FiguresOf(period));
  CellBuilder builder(plan_, snapshot_, /*with_leaves=*/false,
                      resolver_.scale());
  for (size_t i = 0; i < figures->reporters.size(); ++i) {
    const ReporterLeaves& one = figures->reporters[i];
    if (figures->sums[i].table != nullptr) {
      COLLATE_RETURN_IF_ERROR(builder.AddSum(one.id, figures->sums[i]));
      continue;
    }
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

void ChangeMaker::NoteBaseReleases(const PeriodFigures& figures) {
  base_releases_.clear();
  for (const ReporterLeaves& one : figures.reporters) {
    for (const Leaf& leaf : one.leaves) {
      for (const RowRef& row : leaf.rows) base_releases_.insert(row.release);
    }
  }
  const SliceTable* table = nullptr;
  uint64_t noted = 0;  // of that table
  for (const SumFigure& one : figures.sums) {
    if (one.table == nullptr) continue;
    if (one.table != table) noted = 0;
    table = one.table;
    for (uint64_t left = one.sum.releases & ~noted; left != 0;
         left &= left - 1) {
      const uint32_t release =
          table->presums->releases()[std::countr_zero(left)].release;
      base_releases_.insert(table->releases[release]);
    }
    noted |= one.sum.releases;
  }
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
  const std::set<MemberId> printed_now = now->Printed();
  const std::set<MemberId> printed_then = then->Printed();
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
  Origins origins(snapshot_);
  for (const PeriodFigures* side : {now, then}) {
    for (size_t i = 0; i < side->reporters.size(); ++i) {
      origins.Add(side->reporters[i], side->sums[i]);
    }
  }
  origins.Flag(result);
  Compare(pair, result);
  return result;
}

absl::StatusOr<std::optional<LeftOut>> ChangeMaker::WhyLeftOut(
    MemberId reporter, const std::vector<int>& periods) {
  // What is said of one figure.
  struct Said {
    int period = 0;
    State state = State::kUnspecified;
    const std::string* reason = nullptr;
    const std::string* source = nullptr;
    uint32_t flags = 0;
  };
  const std::string nothing;
  absl::InlinedVector<Said, 4> all;
  for (const int period : periods) {
    COLLATE_ASSIGN_OR_RETURN(const PeriodFigures* figures, FiguresOf(period));
    const auto at = figures->place_of.find(reporter);
    if (at == figures->place_of.end()) {
      return LeftOut{reporter, State::kNotApplicable,
                     absl::StrCat("not in the panel in ", NameOf(period))};
    }
    const SumFigure& sum = figures->sums[at->second];
    if (sum.table != nullptr) {
      all.push_back({period, sum.state,
                     sum.reason == nullptr ? &nothing : sum.reason,
                     &sum.table->source, sum.sum.flags});
    }
    for (const Leaf& leaf : figures->reporters[at->second].leaves) {
      all.push_back(
          {period, leaf.state, &leaf.reason, &leaf.source, leaf.flags});
    }
  }
  const Said* worst = nullptr;
  const Said* first = nullptr;
  for (const Said& one : all) {
    if (vocabulary::IsPrinted(one.state)) {
      if (first == nullptr) first = &one;
    } else if (Severity(one.state) > Severity(worst == nullptr
                                                  ? State::kUnspecified
                                                  : worst->state)) {
      worst = &one;
    }
  }
  if (worst != nullptr) {
    return LeftOut{
        reporter, worst->state,
        absl::StrCat("in ", NameOf(worst->period),
                     worst->reason->empty() ? "" : ": ", *worst->reason)};
  }
  // Everything is printed; is it one series?
  constexpr uint32_t kDiffers = vocabulary::kFlagDefinitionDiffers;
  for (const Said& one : all) {
    if (*one.source != *first->source) {
      return LeftOut{
          reporter, one.state,
          absl::StrCat("from ", *first->source, " in ", NameOf(first->period),
                       ", from ", *one.source, " in ", NameOf(one.period))};
    }
    if ((one.flags & kDiffers) != (first->flags & kDiffers)) {
      return LeftOut{
          reporter, one.state,
          absl::StrCat("defined differently in ", NameOf(first->period),
                       " and ", NameOf(one.period))};
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
  Origins origins(snapshot_);
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
      const size_t place = figures->place_of.at(reporter);
      const ReporterLeaves& one = figures->reporters[place];
      const SumFigure& sum = figures->sums[place];
      origins.Add(one, sum);
      if (sum.table != nullptr) {
        COLLATE_RETURN_IF_ERROR(total->Add(sum));
        continue;
      }
      if (with_leaves_) kept->reporters.push_back(one);
      COLLATE_ASSIGN_OR_RETURN(const Side side, SideOf(one.leaves));
      COLLATE_RETURN_IF_ERROR(total->Add(side));
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
    const std::vector<ReporterLeaves>& current, const CellSums& sums) {
  if (at != at_) {
    at_ = at;
    figures_.assign(figures_.size(), std::nullopt);
    base_cells_.assign(base_cells_.size(), nullptr);
  }
  COLLATE_RETURN_IF_ERROR(CheckCounted(measure_, snapshot_, cell.rows));
  cell_measure_ = cell.measure;
  if (!figures_[period].has_value()) figures_[period].emplace();
  figures_[period]->reporters = current;
  figures_[period]->sums = sums.of;
  figures_[period]->FindPlaces();

  const PlannedChange::Pair& pair = change_.pairs[period];
  Change change;
  change.base_period = pair.base;
  if (pair.base == period) {
    change.matched_panel.outcome = Outcome::kIsBase;
    change.as_published.outcome = Outcome::kIsBase;
    return change;
  }
  COLLATE_ASSIGN_OR_RETURN(change.base, BaseCell(pair.base));
  NoteBaseReleases(*figures_[pair.base]);
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
