#include "service/query/rates.h"

#include <algorithm>
#include <set>
#include <utility>

#include "absl/strings/str_cat.h"
#include "service/base/error.h"
#include "service/base/status_macros.h"
#include "service/query/bounds.h"
#include "service/query/conflicts.h"
#include "service/query/policies.h"
#include "service/query/ratio.h"
#include "service/vocabulary/state.h"

namespace collate::query {
namespace {

using vocabulary::Measure;
using vocabulary::MemberId;
using vocabulary::Severity;
using vocabulary::State;

Plan DenominatorPlan(const Plan& plan, const PlannedRate& rate) {
  Plan result;
  result.measures = {rate.denominator};
  for (const AskedDimension& asked : plan.dimensions) {
    if (rate.denominator->IsAdditiveOver(asked.dimension->code())) {
      result.dimensions.push_back(asked);
    }
  }
  result.periods = {rate.period};
  result.sources = plan.sources;
  result.as_of = plan.as_of;
  result.unreadable = plan.unreadable;
  result.conflict_policy = plan.conflict_policy;
  result.exclusions = plan.exclusions;
  result.options = plan.options;
  return result;
}

}  // namespace

RateMaker::RateMaker(const Plan& plan, const Snapshot& snapshot,
                     const Measure& numerator, const PlannedRate& rate,
                     bool with_leaves)
    : plan_(plan),
      snapshot_(snapshot),
      numerator_(numerator),
      rate_(rate),
      with_leaves_(with_leaves),
      denominator_plan_(DenominatorPlan(plan, rate)) {
  for (size_t d = 0; d < plan_.dimensions.size(); ++d) {
    if (rate_.denominator->IsAdditiveOver(
            plan_.dimensions[d].dimension->code())) {
      shared_dimensions_.push_back(d);
    }
  }
  denominator_ = std::make_unique<Resolver>(denominator_plan_, snapshot_,
                                            *rate_.denominator,
                                            MembersOf(denominator_plan_));
  contradictions_ = std::make_unique<Contradictions>(
      denominator_plan_, snapshot_, *rate_.denominator,
      MembersOf(denominator_plan_));
  for (const Measure& measure : snapshot_.vocabulary().measures()) {
    if (!measure.ratio.has_value() ||
        measure.ratio->numerator != numerator_.code ||
        measure.ratio->denominator != rate_.denominator->code) {
      continue;
    }
    published_.push_back(std::make_unique<Resolver>(plan_, snapshot_, measure,
                                                    MembersOf(plan_)));
    for (const SliceTable& table : snapshot_.tables()) {
      if (table.slice.measure != measure.code ||
          !table.rows->has_state(State::kIncludedElsewhere)) {
        continue;
      }
      for (size_t row = 0; row < table.row_count(); ++row) {
        if (table.Holds(row, plan_.as_of) &&
            table.state(row) == State::kIncludedElsewhere) {
          elsewhere_.insert(table.reporter(row));
        }
      }
    }
  }
}

absl::StatusOr<Side> RateMaker::DenominatorOf(const ReporterLeaves& reporter) {
  // Several figures of one reporter may share a denominator: it counts once.
  std::set<Coordinates> seen;
  Side side;
  for (const Leaf& leaf : reporter.leaves) {
    Coordinates coordinates;
    for (const size_t d : shared_dimensions_) {
      coordinates.push_back(leaf.coordinates[d]);
    }
    if (!seen.insert(coordinates).second) continue;
    const auto [found, fresh] =
        denominators_.try_emplace({reporter.id, coordinates});
    if (fresh) {
      COLLATE_ASSIGN_OR_RETURN(
          found->second,
          denominator_->Resolve(coordinates, reporter.id, /*period=*/0));
      COLLATE_RETURN_IF_ERROR(
          contradictions_->Find(denominator_->scale(), found->second));
      COLLATE_RETURN_IF_ERROR(
          CheckFigure(denominator_plan_, snapshot_, found->second));
    }
    exclusions_.insert(found->second.exclusions.begin(),
                       found->second.exclusions.end());
    COLLATE_RETURN_IF_ERROR(side.AddBelow(found->second, with_leaves_));
  }
  if (!side.printed()) {
    side.reason = absl::StrCat(
        "no ", rate_.denominator->code, " on ",
        vocabulary::FormatPeriod(rate_.period),
        side.reason.empty() ? "" : absl::StrCat(": ", side.reason));
  }
  return side;
}

absl::StatusOr<std::optional<std::string>> RateMaker::IncludedElsewhere(
    const ReporterLeaves& reporter, int period) const {
  if (!elsewhere_.contains(reporter.id)) return std::nullopt;
  for (const std::unique_ptr<Resolver>& resolver : published_) {
    for (const Leaf& leaf : reporter.leaves) {
      COLLATE_ASSIGN_OR_RETURN(
          const Leaf published,
          resolver->Resolve(leaf.coordinates, reporter.id, period));
      if (published.state == State::kIncludedElsewhere) return published.reason;
    }
  }
  return std::nullopt;
}

// Whether all the others of the whole that the reporter belongs to are
// `present`, so that the sum is one of the whole.
bool RateMaker::IsWholeAround(MemberId reporter, int period,
                              const std::vector<MemberId>& present) const {
  const vocabulary::Dimension& reporters = snapshot_.vocabulary().reporters();
  const vocabulary::Day day = plan_.periods[period].days.begin;
  for (const vocabulary::Parent& parent : reporters.member(reporter).parents) {
    if (!parent.validity.Contains(day)) continue;
    const auto parts = reporters.SelfAndDescendants(parent.member, day);
    return std::all_of(parts.begin(), parts.end(), [&](MemberId part) {
      return part == parent.member || part == reporter ||
             std::count(present.begin(), present.end(), part) > 0;
    });
  }
  return false;
}

// Counted in the numerator alone, it would make the rate too high.
absl::Status RateMaker::HasDenominator(MemberId reporter) const {
  const std::string& code =
      snapshot_.vocabulary().reporters().member(reporter).code;
  return base::Error(
             absl::StatusCode::kFailedPrecondition, "HAS_DENOMINATOR",
             absl::StrCat("reporter '", code, "' has ", rate_.denominator->code,
                          " on ", vocabulary::FormatPeriod(rate_.period),
                          "; take it out of numerator_only, and it counts on "
                          "both sides of the rate"))
      .With("reporter", code)
      .With("denominator", rate_.denominator->code);
}

absl::StatusOr<Rate> RateMaker::Make(
    const std::vector<ReporterLeaves>& reporters, int period) {
  COLLATE_RETURN_IF_ERROR(CheckCounts(*rate_.denominator, *denominator_));
  struct Entry {
    MemberId id;
    const ReporterLeaves* leaves = nullptr;  // of the numerator
    Side numerator;
    Side denominator;
    std::optional<std::string> elsewhere;
    bool numerator_only = false;
  };
  std::vector<Entry> entries;
  std::vector<MemberId> present;  // with a rate of their own
  for (const ReporterLeaves& reporter : reporters) {
    Entry& entry = entries.emplace_back();
    entry.id = reporter.id;
    entry.leaves = &reporter;
    entry.numerator_only = std::binary_search(
        rate_.numerator_only.begin(), rate_.numerator_only.end(), reporter.id);
    COLLATE_ASSIGN_OR_RETURN(entry.numerator, SideOf(reporter.leaves));
    COLLATE_ASSIGN_OR_RETURN(entry.denominator, DenominatorOf(reporter));
    if (entry.numerator_only) {
      if (entry.denominator.printed()) return HasDenominator(reporter.id);
      continue;
    }
    COLLATE_ASSIGN_OR_RETURN(entry.elsewhere,
                             IncludedElsewhere(reporter, period));
    if (!entry.elsewhere.has_value() && entry.numerator.printed() &&
        entry.denominator.printed()) {
      present.push_back(reporter.id);
    }
  }

  Rate rate;
  rate.state = State::kUnspecified;
  rate.numerator = rate.denominator = Interval::Exactly(0);
  bool any_denominator = false;
  ConflictCollector conflicts;
  QuotientFigures figures;
  const auto worsen = [&rate](State state) {
    if (Severity(state) > Severity(rate.state)) rate.state = state;
  };
  for (Entry& entry : entries) {
    if (!entry.numerator.printed()) {
      rate.left_out.push_back(
          {entry.id, entry.numerator.state, entry.numerator.reason});
      continue;
    }
    if (!entry.numerator_only) {
      if (entry.elsewhere.has_value() &&
          !IsWholeAround(entry.id, period, present)) {
        rate.left_out.push_back(
            {entry.id, State::kIncludedElsewhere, *entry.elsewhere});
        continue;
      }
      if (!entry.denominator.printed()) {
        rate.left_out.push_back(
            {entry.id, entry.denominator.state, entry.denominator.reason});
        continue;
      }
      any_denominator = true;
      worsen(entry.denominator.state);
      COLLATE_RETURN_IF_ERROR(
          AddTo(entry.denominator.bounds, &rate.denominator));
      rate.denominator_rows.insert(rate.denominator_rows.end(),
                                   entry.denominator.rows.begin(),
                                   entry.denominator.rows.end());
      for (const Leaf& leaf : entry.denominator.compared) {
        COLLATE_RETURN_IF_ERROR(conflicts.Add(leaf));
      }
      if (with_leaves_) {
        figures.under.reporters.push_back(
            {entry.id, std::move(entry.denominator.leaves)});
      }
    }
    if (with_leaves_) figures.over.reporters.push_back(*entry.leaves);
    worsen(entry.numerator.state);
    ++rate.reporter_count;
    COLLATE_RETURN_IF_ERROR(AddTo(entry.numerator.bounds, &rate.numerator));
  }
  if (any_denominator) {
    rate.rate = RatioOf(rate.numerator, rate.denominator, rate_.per);
    rate.denominator_conflicts = {DimensionsOf(denominator_plan_),
                                  conflicts.Finish()};
    if (with_leaves_) {
      figures.over.measure = &numerator_;
      figures.over.dimensions = DimensionsOf(plan_);
      figures.over.period = plan_.periods[period];
      figures.under.measure = rate_.denominator;
      figures.under.dimensions = DimensionsOf(denominator_plan_);
      figures.under.period = rate_.period;
      rate.figures =
          std::make_shared<const QuotientFigures>(std::move(figures));
    }
    return rate;
  }
  // Figures over nothing are no rate.
  rate.numerator = rate.denominator = Interval::Unknown();
  rate.reporter_count = 0;
  rate.state = State::kUnspecified;
  for (const LeftOut& one : rate.left_out) worsen(one.state);
  if (rate.state == State::kUnspecified) rate.state = State::kNotApplicable;
  return rate;
}

}  // namespace collate::query
