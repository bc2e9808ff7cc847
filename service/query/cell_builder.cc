#include "service/query/cell_builder.h"

#include <algorithm>
#include <bit>
#include <memory>
#include <optional>
#include <utility>

#include "service/base/error.h"
#include "service/base/status_macros.h"
#include "service/query/bounds.h"
#include "service/query/leaf_sums.h"
#include "service/query/policies.h"
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

}  // namespace

Vintage VintageOf(const Snapshot& snapshot, uint32_t index) {
  const store::Release& release = snapshot.releases()[index]->release;
  return {release.publish_time.has_value(),
          release.publish_time.value_or(release.load_time)};
}

CellBuilder::CellBuilder(const Plan& plan, const Snapshot& snapshot,
                         bool with_leaves, int scale)
    : plan_(plan),
      snapshot_(snapshot),
      with_leaves_(with_leaves),
      scale_(scale) {
  Start();
}

void CellBuilder::Start() {
  finished_ = false;
  // Cheaper than moving a new one over it.
  std::destroy_at(&cell_);
  std::construct_at(&cell_);
  cell_.state = State::kUnspecified;
  cell_.scale = scale_;
  cell_.reported_bounds = Interval::Exactly(0);
  cell_.panel_bounds = Interval::Exactly(0);
  reported_ = 0;
  any_reported_ = any_due_ = false;
  summed_ = 0;
  additive_ = true;
  flags_ = cell_flags_ = 0;
  releases_.clear();
  sources_.clear();
  exclusions_.clear();
  vintages_.clear();
  tally_ = {};
  origins_.clear();
}

absl::Status CellBuilder::AddReporter(MemberId reporter,
                                      const std::vector<Leaf>& leaves) {
  if (finished_) Start();
  const Dimension& reporters = snapshot_.vocabulary().reporters();
  if (reporters.levels()[reporters.member(reporter).level].aggregate) {
    cell_.basis = Basis::kPublishedTotal;
    NoteStatedCoverage(leaves);
  }
  ReporterTotal total;
  for (const Leaf& leaf : leaves) {
    total.any_reported |= leaf.reported.has_value();
  }
  absl::InlinedVector<absl::string_view, 2> sources;
  for (const Leaf& leaf : leaves) {
    if (total.state == State::kUnspecified ||
        Severity(leaf.state) > Severity(total.state)) {
      total.state = leaf.state;
      total.reason = &leaf.reason;
    }
    total.due |= leaf.due;
    if (leaf.due) {
      COLLATE_RETURN_IF_ERROR(AddTo(leaf.bounds, &cell_.panel_bounds));
    }
    summed_ += leaf.rows.empty() ? 0 : 1;
    additive_ = additive_ && leaf.additive;
    Interval in_reported = Interval::Exactly(0);
    if (leaf.reported.has_value()) {
      COLLATE_RETURN_IF_ERROR(AddTo(*leaf.reported, &reported_));
      in_reported = leaf.reported_bounds;
    } else if (total.any_reported && leaf.withheld_bounds.has_value()) {
      in_reported = *leaf.withheld_bounds;
    }
    COLLATE_RETURN_IF_ERROR(AddTo(in_reported, &cell_.reported_bounds));
    NoteOrigin(leaf);
    if (leaf.method != Method::kNone && !leaf.source.empty() &&
        !std::count(sources.begin(), sources.end(), leaf.source)) {
      sources.push_back(leaf.source);
      AddSource(leaf.source, 1);
    }
    COLLATE_RETURN_IF_ERROR(conflicts_.Add(leaf, in_reported));
    cell_.row_count += leaf.row_count();
    if (plan_.options.list_rows) {
      cell_.rows.insert(cell_.rows.end(), leaf.rows.begin(), leaf.rows.end());
    }
    if (with_leaves_) cell_.leaves.push_back(leaf);
  }
  Count(reporter, total);
  return absl::OkStatus();
}

absl::Status CellBuilder::AddSum(MemberId reporter, const SumFigure& figure) {
  if (finished_) Start();
  const RowSum& sum = figure.sum;
  ReporterTotal total;
  total.state = figure.state;
  total.reason = figure.reason;
  total.due = sum.Has(RowSum::kDue);
  if (total.due) {
    COLLATE_RETURN_IF_ERROR(AddTo(sum.bounds(), &cell_.panel_bounds));
  }
  if (sum.printed()) {
    total.any_reported = true;
    COLLATE_RETURN_IF_ERROR(AddTo(sum.value, &reported_));
    COLLATE_RETURN_IF_ERROR(
        AddTo(sum.printed_bounds(), &cell_.reported_bounds));
  }
  NoteSum(reporter, *figure.table, figure.method, sum, total);
  return absl::OkStatus();
}

void CellBuilder::NoteSum(MemberId reporter, const SliceTable& table,
                          Method method, const RowSum& sum,
                          const ReporterTotal& total) {
  ++summed_;
  additive_ = additive_ && table.slice.aggregation == store::Aggregation::kSum;
  flags_ |= sum.flags;
  if (method == Method::kTiled) AddFlag(CellFlag::kTiledPeriod);
  if (method == Method::kParts) AddFlag(CellFlag::kDerivedFromParts);
  cell_.row_count += sum.rows;
  auto origin =
      std::find_if(origins_.begin(), origins_.end(),
                   [&](const Origin& one) { return one.table == &table; });
  if (origin == origins_.end()) {
    origins_.push_back({.table = &table});
    origin = origins_.end() - 1;
  }
  origin->releases |= sum.releases;
  ++origin->reporters;
  Count(reporter, total);
}

absl::Status CellBuilder::AddPlain(MemberId reporter, const PlainFigure& figure,
                                   const vocabulary::Measure& measure,
                                   const Coordinates& at) {
  if (finished_) Start();
  const SliceTable& table = *figure.candidate->table;
  const RowSum& sum = figure.sum;
  ReporterTotal total;
  total.state = figure.state();
  total.due = figure.due();
  if (total.due) {
    COLLATE_RETURN_IF_ERROR(AddTo(figure.bounds(), &cell_.panel_bounds));
  }
  if (figure.gaps.empty() && sum.printed()) {
    total.any_reported = true;
    COLLATE_RETURN_IF_ERROR(AddTo(sum.value, &reported_));
    COLLATE_RETURN_IF_ERROR(
        AddTo(sum.printed_bounds(), &cell_.reported_bounds));
  }
  if (!vocabulary::IsPrinted(total.state)) {
    total.reason = figure.why_open.empty() ? &table.presums->WorstReason(sum)
                                           : &figure.why_open;
  }
  NoteSum(reporter, table, figure.method, sum, total);
  const bool replaces = !figure.earlier.rows.empty();
  if (!plan_.options.list_rows && !replaces) return absl::OkStatus();
  RowRefs rows = RowsOf(figure);
  if (plan_.options.list_rows) {
    cell_.rows.insert(cell_.rows.end(), rows.begin(), rows.end());
  }
  if (!replaces) return absl::OkStatus();
  Difference difference;
  difference.reporter = reporter;
  difference.coordinates = at;
  difference.state = total.state;
  if (total.any_reported) difference.reported = sum.value;
  difference.bounds = figure.bounds();
  difference.rows = std::move(rows);
  conflicts_.Add(table.source, std::move(difference),
                 EarlierThan(figure, measure));
  return absl::OkStatus();
}

void CellBuilder::AddPlainOrigins() {
  for (const Origin& origin : origins_) {
    AddSource(origin.table->source, origin.reporters);
    const auto& releases = origin.table->presums->releases();
    for (uint64_t left = origin.releases; left != 0; left &= left - 1) {
      const uint32_t release =
          origin.table->releases[releases[std::countr_zero(left)].release];
      AddRelease(release);
      AddVintage(release);
    }
  }
}

void CellBuilder::AddRelease(uint32_t release) {
  if (std::count(releases_.begin(), releases_.end(), release)) return;
  releases_.push_back(release);
}

void CellBuilder::AddVintage(uint32_t release) {
  if (vintage_of_release_.empty()) {
    vintage_of_release_.assign(snapshot_.releases().size(), -1);
  }
  int& number = vintage_of_release_[release];
  if (number < 0) {
    const Vintage vintage = VintageOf(snapshot_, release);
    const auto known =
        std::find(known_vintages_.begin(), known_vintages_.end(), vintage);
    number = static_cast<int>(known - known_vintages_.begin());
    if (known == known_vintages_.end()) known_vintages_.push_back(vintage);
  }
  if (std::count(vintages_.begin(), vintages_.end(), number)) return;
  vintages_.push_back(number);
}

void CellBuilder::AddSource(absl::string_view source, int reporters) {
  for (auto& [known, count] : sources_) {
    if (known != source) continue;
    count += reporters;
    return;
  }
  const std::vector<std::string>& all = snapshot_.sources();
  sources_.emplace_back(*std::find(all.begin(), all.end(), source), reporters);
}

absl::Status CellBuilder::Finish() {
  if (finished_) Start();
  finished_ = true;
  AddPlainOrigins();
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
  // Nobody is asked: nothing is loaded whose reporters would be the panel, or
  // the reporter is in no panel of this period.
  if (cell_.state == State::kUnspecified) {
    const bool nobody = plan_.panel_code.empty() && plan_.reporters.empty();
    cell_.state = nobody ? State::kNoRelease : State::kNotApplicable;
  }
  for (const auto& [bit, flag] : kCellFlags) {
    if ((flags_ & bit) != 0) AddFlag(flag);
  }
  if (sources_.size() > 1) AddFlag(CellFlag::kMixedSources);
  if (vintages_.size() > 1) AddFlag(CellFlag::kMixedVintage);
  cell_.conflicts = conflicts_.Finish();
  if (!cell_.conflicts.empty()) AddFlag(CellFlag::kConflict);
  if (!exclusions_.empty()) AddFlag(CellFlag::kAnalystExcluded);
  cell_.exclusions.assign(exclusions_.begin(), exclusions_.end());
  for (const std::string& source : plan_.sources) {
    for (const auto& [known, count] : sources_) {
      if (known == source) cell_.sources.push_back({source, count});
    }
  }
  if (WithholdIncomplete(plan_, cell_)) AddFlag(CellFlag::kIncompleteNotGiven);
  for (uint32_t left = cell_flags_; left != 0; left &= left - 1) {
    cell_.flags.push_back(static_cast<CellFlag>(std::countr_zero(left)));
  }
  for (int state = 0; state < vocabulary::kStateCount; ++state) {
    if (tally_[state] == 0) continue;
    cell_.coverage.tally.emplace_back(static_cast<State>(state), tally_[state]);
  }
  return absl::OkStatus();
}

// Of a figure that is printed itself, and whose printers agree.
void CellBuilder::NoteStatedCoverage(const std::vector<Leaf>& leaves) {
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

// Of other sources' figures that bound the leaf, and are inputs by that.
void CellBuilder::NoteHull(const Leaf& leaf) {
  if (plan_.conflict_policy != ConflictPolicy::kHull ||
      !leaf.own_bounds.has_value()) {
    return;
  }
  for (const OtherFigure& other : leaf.others) {
    if (other.statement != 0 ||
        Hull(*leaf.own_bounds, other.bounds) == *leaf.own_bounds ||
        Hull(leaf.bounds, other.bounds) != leaf.bounds) {
      continue;
    }
    for (const RowRef& ref : other.rows) AddRelease(ref.release);
  }
}

void CellBuilder::NoteOrigin(const Leaf& leaf) {
  exclusions_.insert(leaf.exclusions.begin(), leaf.exclusions.end());
  if (leaf.source_unreadable) AddFlag(CellFlag::kSourceUnreadable);
  if (!leaf.tightened_by.empty()) AddFlag(CellFlag::kTightened);
  for (const RowRef& total : leaf.tightened_by) {
    AddRelease(total.release);
  }
  // A statement that no longer stands is cited, but is no input.
  if (leaf.method == Method::kNone) return;
  flags_ |= leaf.flags;
  if (leaf.period_shortened) AddFlag(CellFlag::kPeriodShortened);
  for (const RowRef& ref : leaf.rows) {
    AddRelease(ref.release);
    AddVintage(ref.release);
  }
  NoteHull(leaf);
  if (leaf.method == Method::kTiled) AddFlag(CellFlag::kTiledPeriod);
  if (leaf.method == Method::kParts) AddFlag(CellFlag::kDerivedFromParts);
}

void CellBuilder::Count(MemberId reporter, const ReporterTotal& total) {
  Coverage& coverage = cell_.coverage;
  ++coverage.expected;
  ++tally_[static_cast<size_t>(total.state)];
  if (total.due) {
    any_due_ = true;
    ++coverage.due;
  }
  if (vocabulary::IsPrinted(total.state)) {
    ++coverage.complete;
  } else if (total.due) {
    if (coverage.missing.empty() && !plan_.grouped_by_reporter) {
      coverage.missing.reserve(16);
    }
    coverage.missing.push_back(
        {reporter, total.state,
         total.reason == nullptr ? std::string() : *total.reason});
  }
  if (total.any_reported) {
    any_reported_ = true;
    if (!vocabulary::IsPrinted(total.state)) {
      AddFlag(CellFlag::kIncompleteReporter);
    }
  }
  if (total.state != cell_.state &&
      (cell_.state == State::kUnspecified ||
       Severity(total.state) > Severity(cell_.state))) {
    cell_.state = total.state;
  }
}

}  // namespace collate::query
