#include "service/query/engine.h"

#include <algorithm>
#include <map>
#include <memory>
#include <set>
#include <utility>

#include "absl/strings/str_cat.h"
#include "absl/strings/str_join.h"
#include "service/base/error.h"
#include "service/base/status_macros.h"
#include "service/query/bounds.h"
#include "service/query/conflicts.h"
#include "service/query/rates.h"
#include "service/query/resolve.h"
#include "service/query/statements.h"
#include "service/vocabulary/state.h"

namespace collate::query {
namespace {

using vocabulary::Dimension;
using vocabulary::MemberId;
using vocabulary::Severity;
using vocabulary::State;

// The publisher's flags as flags of the cell.
constexpr std::pair<uint32_t, CellFlag> kCellFlags[] = {
    {vocabulary::kFlagProvisional, CellFlag::kProvisional},
    {vocabulary::kFlagRevised, CellFlag::kRevised},
    {vocabulary::kFlagEstimated, CellFlag::kEstimated},
    {vocabulary::kFlagSeriesBreak, CellFlag::kSeriesBreak},
    {vocabulary::kFlagDefinitionDiffers, CellFlag::kDefinitionDiffers},
    {vocabulary::kFlagTotalMismatch, CellFlag::kTotalMismatch},
    {vocabulary::kFlagSynthetic, CellFlag::kSyntheticInput},
    {vocabulary::kFlagRepeatedKeyAdded, CellFlag::kRepeatedKeyAdded},
    {vocabulary::kFlagTotalIgnoresMarkers, CellFlag::kTotalIgnoresMarkers},
};

// The leaves of one reporter within one cell.
struct ReporterTotal {
  State state = State::kUnspecified;
  std::string reason;
  bool due = false;
  bool any_reported = false;
};

// Adds leaves up to a cell. All leaves of one reporter come together.
class CellBuilder {
 public:
  CellBuilder(const Snapshot& snapshot, bool with_leaves, int scale)
      : snapshot_(snapshot), with_leaves_(with_leaves) {
    cell_.scale = scale;
    cell_.reported_bounds = Interval::Exactly(0);
    cell_.panel_bounds = Interval::Exactly(0);
  }

  absl::Status AddReporter(MemberId reporter, const std::vector<Leaf>& leaves) {
    const Dimension& reporters = snapshot_.vocabulary().reporters();
    if (reporters.levels()[reporters.member(reporter).level].aggregate) {
      cell_.basis = Basis::kPublishedTotal;
      NoteStatedCoverage(leaves);
    }
    ReporterTotal total;
    for (const Leaf& leaf : leaves) {
      if (total.state == State::kUnspecified ||
          Severity(leaf.state) > Severity(total.state)) {
        total.state = leaf.state;
        total.reason = leaf.reason;
      }
      total.due |= leaf.due;
      if (leaf.due) {
        COLLATE_RETURN_IF_ERROR(AddTo(leaf.bounds, &cell_.panel_bounds));
      }
      summed_ += leaf.rows.empty() ? 0 : 1;
      additive_ = additive_ && leaf.additive;
      if (leaf.reported.has_value()) {
        total.any_reported = true;
        COLLATE_RETURN_IF_ERROR(AddTo(*leaf.reported, &reported_));
        COLLATE_RETURN_IF_ERROR(
            AddTo(leaf.reported_bounds, &cell_.reported_bounds));
      }
      NoteOrigin(leaf);
      COLLATE_RETURN_IF_ERROR(conflicts_.Add(leaf));
      cell_.rows.insert(cell_.rows.end(), leaf.rows.begin(), leaf.rows.end());
      if (with_leaves_) cell_.leaves.push_back(leaf);
    }
    Count(reporter, total);
    return absl::OkStatus();
  }

  // Some of its figures add offences that are defined differently.
  void NoteDefinitionDiffers() { AddFlag(CellFlag::kDefinitionDiffers); }

  // Releases that are an input of the cell.
  const std::set<uint32_t>& releases() const { return releases_; }

  absl::StatusOr<Cell> Finish() {
    if (summed_ > 1 && !additive_) {
      return base::Error(absl::StatusCode::kFailedPrecondition,
                         "NON_ADDITIVE_DIMENSION",
                         "some of the figures are published as ones that do "
                         "not add up; group by reporter and by every "
                         "dimension, or name one of each");
    }
    if (any_reported_) {
      cell_.reported = reported_;
    } else {
      cell_.reported_bounds = Interval::Unknown();
    }
    // A sum over nobody is no number.
    if (!any_due_) cell_.panel_bounds = Interval::Unknown();
    // Nobody is asked: the reporter is in no panel of this period.
    if (cell_.state == State::kUnspecified) {
      cell_.state = State::kNotApplicable;
    }
    for (const auto& [bit, flag] : kCellFlags) {
      if ((flags_ & bit) != 0) AddFlag(flag);
    }
    if (sources_.size() > 1) AddFlag(CellFlag::kMixedSources);
    if (vintages_.size() > 1) AddFlag(CellFlag::kMixedVintage);
    cell_.conflicts = conflicts_.Finish();
    if (!cell_.conflicts.empty()) AddFlag(CellFlag::kConflict);
    std::sort(cell_.flags.begin(), cell_.flags.end());
    cell_.coverage.tally.assign(tally_.begin(), tally_.end());
    return std::move(cell_);
  }

 private:
  // Of a figure that is printed itself, and whose printers agree.
  void NoteStatedCoverage(const std::vector<Leaf>& leaves) {
    std::vector<StatedCoverage> stated;
    for (const Leaf& leaf : leaves) {
      if (leaves.size() > 1 || leaf.method != Method::kExact) return;
      for (const RowRef& row : leaf.rows) {
        const auto coverage = StatedCoverageOf(snapshot_, row);
        if (coverage.has_value() &&
            !std::count(stated.begin(), stated.end(), *coverage)) {
          stated.push_back(*coverage);
        }
      }
    }
    if (stated.size() == 1) cell_.coverage.stated = std::move(stated[0]);
  }

  void NoteOrigin(const Leaf& leaf) {
    // A statement that no longer stands is cited, but is no input.
    if (leaf.method == Method::kNone) return;
    flags_ |= leaf.flags;
    if (leaf.period_shortened) AddFlag(CellFlag::kPeriodShortened);
    if (!leaf.source.empty()) sources_.insert(leaf.source);
    for (const RowRef& ref : leaf.rows) {
      const store::Release& release = snapshot_.release_of(ref);
      releases_.insert(ref.release);
      vintages_.insert({release.publish_time.has_value(),
                        release.publish_time.value_or(release.load_time)});
    }
    if (leaf.method == Method::kTiled) AddFlag(CellFlag::kTiledPeriod);
    if (leaf.method == Method::kParts) AddFlag(CellFlag::kDerivedFromParts);
  }

  void Count(MemberId reporter, const ReporterTotal& total) {
    Coverage& coverage = cell_.coverage;
    ++coverage.expected;
    ++tally_[total.state];
    if (total.due) {
      any_due_ = true;
      ++coverage.due;
    }
    if (vocabulary::IsPrinted(total.state)) {
      ++coverage.complete;
    } else if (total.due) {
      coverage.missing.push_back({reporter, total.state, total.reason});
    }
    if (total.any_reported) {
      any_reported_ = true;
      if (!vocabulary::IsPrinted(total.state)) {
        AddFlag(CellFlag::kIncompleteReporter);
      }
    }
    if (cell_.state == State::kUnspecified ||
        Severity(total.state) > Severity(cell_.state)) {
      cell_.state = total.state;
    }
  }

  void AddFlag(CellFlag flag) {
    if (!std::count(cell_.flags.begin(), cell_.flags.end(), flag)) {
      cell_.flags.push_back(flag);
    }
  }

  const Snapshot& snapshot_;
  const bool with_leaves_;
  Cell cell_ = {.state = State::kUnspecified};
  int64_t reported_ = 0;
  bool any_reported_ = false;
  bool any_due_ = false;
  int summed_ = 0;  // leaves that have figures
  bool additive_ = true;
  uint32_t flags_ = 0;
  ConflictCollector conflicts_;
  std::set<uint32_t> releases_;
  std::set<std::string> sources_;
  std::set<std::pair<bool, absl::Time>> vintages_;
  std::map<State, int> tally_;
};

class Run {
 public:
  Run(const Plan& plan, const Snapshot& snapshot, const ExecuteOptions& options,
      CellSink& sink)
      : plan_(plan), snapshot_(snapshot), options_(options), sink_(sink) {
    for (const Dimension* dimension : plan_.group_by) {
      if (dimension == &snapshot_.vocabulary().reporters()) {
        axes_.push_back(&plan_.reporters);
        asked_of_axis_.push_back(kReporterAxis);
        continue;
      }
      for (size_t d = 0; d < plan_.dimensions.size(); ++d) {
        if (plan_.dimensions[d].dimension != dimension) continue;
        axes_.push_back(&plan_.dimensions[d].members);
        asked_of_axis_.push_back(static_cast<int>(d));
      }
    }
  }

  absl::StatusOr<Summary> Execute() {
    const int64_t first = options_.only.has_value()
                              ? 0
                              : std::max<int64_t>(0, options_.first_cell);
    const int64_t count = options_.max_cells;
    const int64_t last =
        plan_.cell_count - first < count ? plan_.cell_count : first + count;
    int64_t index = 0;
    for (size_t m = 0; m < plan_.measures.size(); ++m) {
      std::unique_ptr<Resolver> resolver;
      std::vector<std::unique_ptr<RateMaker>> rates;
      std::vector<size_t> at(axes_.size(), 0);
      const int64_t coordinates_count =
          plan_.cell_count /
          static_cast<int64_t>(plan_.measures.size() * plan_.periods.size());
      for (int64_t c = 0; c < coordinates_count; ++c) {
        std::vector<MemberId> coordinates;
        for (size_t axis = 0; axis < axes_.size(); ++axis) {
          coordinates.push_back((*axes_[axis])[at[axis]]);
        }
        for (size_t p = 0; p < plan_.periods.size(); ++p, ++index) {
          if (index < first || index >= last) continue;
          if (!Selected(m, coordinates, p)) continue;
          if (resolver == nullptr) {
            resolver = MakeResolver(m);
            for (const PlannedRate& rate : plan_.rates) {
              rates.push_back(std::make_unique<RateMaker>(
                  plan_, snapshot_, *plan_.measures[m], rate));
            }
          }
          COLLATE_RETURN_IF_ERROR(RunCell(*resolver, rates, static_cast<int>(m),
                                          coordinates, static_cast<int>(p)));
        }
        for (size_t axis = axes_.size(); axis > 0; --axis) {
          if (++at[axis - 1] < axes_[axis - 1]->size()) break;
          at[axis - 1] = 0;
        }
      }
    }
    return Finish();
  }

 private:
  static constexpr int kReporterAxis = -1;

  bool Selected(size_t measure, const std::vector<MemberId>& coordinates,
                size_t period) const {
    if (!options_.only.has_value()) return true;
    return options_.only->measure == static_cast<int>(measure) &&
           options_.only->coordinates == coordinates &&
           options_.only->period == static_cast<int>(period);
  }

  std::unique_ptr<Resolver> MakeResolver(size_t measure) const {
    std::vector<std::vector<MemberId>> coordinates;
    for (size_t d = 0; d < plan_.dimensions.size(); ++d) {
      coordinates.push_back(plan_.dimensions[d].members);
      if (!options_.only.has_value()) continue;
      for (size_t axis = 0; axis < axes_.size(); ++axis) {
        if (asked_of_axis_[axis] == static_cast<int>(d)) {
          coordinates.back() = {options_.only->coordinates[axis]};
        }
      }
    }
    return std::make_unique<Resolver>(
        plan_, snapshot_, *plan_.measures[measure], std::move(coordinates));
  }

  // Every combination of ungrouped members within the cell's coordinates.
  std::vector<std::vector<MemberId>> LeafCoordinates(
      const std::vector<MemberId>& cell) const {
    std::vector<std::vector<MemberId>> result = {{}};
    for (size_t d = 0; d < plan_.dimensions.size(); ++d) {
      std::vector<MemberId> choices = plan_.dimensions[d].members;
      for (size_t axis = 0; axis < axes_.size(); ++axis) {
        if (asked_of_axis_[axis] == static_cast<int>(d)) {
          choices = {cell[axis]};
        }
      }
      std::vector<std::vector<MemberId>> longer;
      for (const std::vector<MemberId>& prefix : result) {
        for (MemberId choice : choices) {
          longer.push_back(prefix);
          longer.back().push_back(choice);
        }
      }
      result = std::move(longer);
    }
    return result;
  }

  std::vector<MemberId> ReportersOf(const std::vector<MemberId>& cell,
                                    int period) const {
    const std::vector<MemberId>& panel = plan_.panels[period].reporters;
    for (size_t axis = 0; axis < axes_.size(); ++axis) {
      if (asked_of_axis_[axis] != kReporterAxis) continue;
      if (std::count(panel.begin(), panel.end(), cell[axis]) == 0) return {};
      return {cell[axis]};
    }
    return panel;
  }

  // Whether a member is the declared union of some that are defined
  // differently.
  bool AddsDefinitions(const std::vector<MemberId>& coordinates) const {
    using vocabulary::RelationKind;
    for (size_t d = 0; d < coordinates.size(); ++d) {
      const auto& relations =
          plan_.dimensions[d].dimension->member(coordinates[d]).relations;
      const auto has = [&relations](RelationKind kind) {
        return std::any_of(relations.begin(), relations.end(),
                           [kind](const vocabulary::Relation& relation) {
                             return relation.kind == kind;
                           });
      };
      if (has(RelationKind::kUnionOf) &&
          has(RelationKind::kDefinitionDiffers)) {
        return true;
      }
    }
    return false;
  }

  absl::Status RunCell(const Resolver& resolver,
                       const std::vector<std::unique_ptr<RateMaker>>& rates,
                       int measure, const std::vector<MemberId>& coordinates,
                       int period) {
    if (!rates.empty()) {
      COLLATE_RETURN_IF_ERROR(CheckCounts(*plan_.measures[measure], resolver));
    }
    CellBuilder builder(snapshot_, options_.with_leaves, resolver.scale());
    std::vector<RateMaker::Reporter> reporters;
    const auto leaf_coordinates = LeafCoordinates(coordinates);
    for (MemberId reporter : ReportersOf(coordinates, period)) {
      std::vector<Leaf> leaves;
      for (const std::vector<MemberId>& at : leaf_coordinates) {
        if (options_.cancelled()) {
          return absl::CancelledError("the caller has gone away");
        }
        COLLATE_ASSIGN_OR_RETURN(leaves.emplace_back(),
                                 resolver.Resolve(at, reporter, period));
        if (leaves.back().method != Method::kNone && AddsDefinitions(at)) {
          builder.NoteDefinitionDiffers();
        }
      }
      COLLATE_RETURN_IF_ERROR(builder.AddReporter(reporter, leaves));
      if (!rates.empty()) reporters.push_back({reporter, std::move(leaves)});
    }
    COLLATE_ASSIGN_OR_RETURN(Cell cell, builder.Finish());
    for (const std::unique_ptr<RateMaker>& maker : rates) {
      COLLATE_ASSIGN_OR_RETURN(Rate rate, maker->Make(reporters, period));
      for (const LeftOut& one : rate.left_out) left_out_.insert(one.reporter);
      for (const RowRef& row : rate.denominator_rows) {
        releases_.insert(row.release);
      }
      cell.rates.push_back(std::move(rate));
    }
    cell.measure = measure;
    cell.coordinates = coordinates;
    cell.period = period;
    releases_.insert(builder.releases().begin(), builder.releases().end());
    return sink_.OnCell(std::move(cell));
  }

  Summary Finish() const {
    Summary summary;
    summary.releases.assign(releases_.begin(), releases_.end());
    summary.caveats = plan_.caveats;
    std::vector<std::string> synthetic;
    std::vector<std::string> undated;
    for (uint32_t index : summary.releases) {
      const store::Release& release = snapshot_.releases()[index]->release;
      if (release.synthetic) synthetic.push_back(release.name);
      if (!release.publish_time.has_value()) undated.push_back(release.name);
    }
    if (!left_out_.empty()) {
      std::vector<std::string> names;
      for (const MemberId id : left_out_) {
        names.push_back(snapshot_.vocabulary().reporters().member(id).title);
      }
      summary.caveats.push_back(
          {"LEFT_OUT_OF_RATE",
           absl::StrCat("A rate takes only reporters that have both its "
                        "figures, and no part of a whole that the publisher "
                        "gives a rate for as a whole; left out of some or all "
                        "rates here: ",
                        absl::StrJoin(names, ", "))});
    }
    if (!synthetic.empty()) {
      summary.caveats.push_back(
          {"SYNTHETIC_INPUT", absl::StrCat("Made-up figures take part: ",
                                           absl::StrJoin(synthetic, ", "))});
    }
    if (!undated.empty()) {
      summary.caveats.push_back(
          {"PUBLISH_TIME_UNKNOWN",
           absl::StrCat("Nobody stated when these were published, only that "
                        "it was before they were loaded: ",
                        absl::StrJoin(undated, ", "))});
    }
    return summary;
  }

  const Plan& plan_;
  const Snapshot& snapshot_;
  const ExecuteOptions& options_;
  CellSink& sink_;
  std::vector<const std::vector<MemberId>*> axes_;  // per group_by dimension
  std::vector<int> asked_of_axis_;  // index into plan.dimensions
  std::set<uint32_t> releases_;
  std::set<MemberId> left_out_;  // of a rate
};

}  // namespace

absl::StatusOr<Summary> Execute(const Plan& plan, const Snapshot& snapshot,
                                const ExecuteOptions& options, CellSink& sink) {
  return Run(plan, snapshot, options, sink).Execute();
}

}  // namespace collate::query
