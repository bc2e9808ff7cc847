#include "service/query/shares.h"

#include <algorithm>
#include <set>
#include <utility>

#include "absl/status/status.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/str_join.h"
#include "service/base/status_macros.h"
#include "service/query/bounds.h"
#include "service/query/conflicts.h"
#include "service/query/policies.h"
#include "service/query/ratio.h"
#include "service/query/statements.h"
#include "service/vocabulary/state.h"

namespace collate::query {
namespace {

using vocabulary::Dimension;
using vocabulary::MemberId;
using vocabulary::State;

// Whether the leaf is made of rows that are printed of the member itself, that
// of the asked dimension with this number.
absl::StatusOr<bool> IsPrintedOf(const Leaf& leaf, const Snapshot& snapshot,
                                 size_t number, const Dimension& dimension,
                                 MemberId member) {
  if (leaf.method != Method::kParts) return IsFigure(leaf);
  if (leaf.unlisted_rows > 0) return (leaf.rolled_up >> number & 1) == 0;
  // Parts of it, or its own figures, broken down by something else.
  for (const RowRef& r : leaf.rows) {
    COLLATE_ASSIGN_OR_RETURN(
        const std::shared_ptr<const store::Observations> chunk,
        snapshot.Read(r));
    for (size_t axis = 0; axis < chunk->axes.size(); ++axis) {
      if (chunk->slice.axes[axis].dimension != dimension.code()) continue;
      if (chunk->strings[chunk->axes[axis].member[r.row]] !=
          dimension.member(member).code) {
        return false;
      }
    }
  }
  return true;
}

}  // namespace

ShareMaker::ShareMaker(const Plan& plan, const Snapshot& snapshot,
                       size_t measure, const PlannedShare& share,
                       bool with_leaves, const std::function<bool()>& cancelled)
    : plan_(plan),
      snapshot_(snapshot),
      base_measure_(*share.base_measures[measure]),
      measure_(*plan.measures[measure]),
      share_(share),
      with_leaves_(with_leaves),
      cancelled_(cancelled) {}

// Members that some source names; sums of others and the unknown are no
// mentions.
std::vector<MemberId> ShareMaker::Mentioned() const {
  const Dimension& dimension = *plan_.dimensions[share_.dimension].dimension;
  std::set<MemberId> members;
  for (const SliceTable& table : snapshot_.tables()) {
    if (table.unmapped || table.slice.measure != base_measure_.code) continue;
    for (size_t axis = 0; axis < table.axes.size(); ++axis) {
      if (table.axes[axis] != &dimension) continue;
      for (const auto& [member, unused] : table.rows->first_known(axis)) {
        members.insert(member);
      }
    }
  }
  std::erase_if(members, [&dimension](MemberId id) {
    const vocabulary::Member& member = dimension.member(id);
    return member.role == vocabulary::Role::kUnknown ||
           dimension.levels()[member.level].aggregate;
  });
  return {members.begin(), members.end()};
}

ShareMaker::Source& ShareMaker::SourceOf(const std::string& id) {
  const auto [at, fresh] = sources_.try_emplace(id);
  Source& source = at->second;
  if (!fresh) return source;
  source.plan.measures = {&base_measure_};
  source.plan.dimensions = plan_.dimensions;
  const auto dimension = source.plan.dimensions.begin() +
                         static_cast<std::ptrdiff_t>(share_.dimension);
  if (share_.base == ShareBase::kMentions) {
    dimension->members = Mentioned();
  } else {
    source.plan.dimensions.erase(dimension);
  }
  source.plan.periods = plan_.periods;
  source.plan.universe = share_.base_universe;
  source.plan.as_of = plan_.as_of;
  source.plan.unreadable = plan_.unreadable;
  source.plan.conflict_policy = plan_.conflict_policy;
  source.plan.exclusions = plan_.exclusions;
  source.plan.options = plan_.options;
  source.alone = source.plan;
  source.alone.sources = {id};
  // Compared with, but no base of its figures.
  source.plan.sources = {id};
  for (const std::string& other : plan_.sources) {
    if (other != id) source.plan.sources.push_back(other);
  }
  source.resolver = std::make_unique<Resolver>(
      source.plan, snapshot_, base_measure_, MembersOf(source.plan));
  source.contradictions = std::make_unique<Contradictions>(
      source.plan, snapshot_, base_measure_, MembersOf(source.plan));
  return source;
}

std::string ShareMaker::NoBase(const std::string& source,
                               const std::string& why) const {
  return absl::StrCat(
      "no ", base_measure_.code, share_.base_universe.empty() ? "" : " of ",
      share_.base_universe, " from ", source, why.empty() ? "" : ": ", why);
}

absl::StatusOr<Leaf> ShareMaker::FigureOf(Source& source, MemberId reporter,
                                          const Coordinates& coordinates,
                                          int period) {
  COLLATE_ASSIGN_OR_RETURN(
      Leaf leaf, source.resolver->Resolve(coordinates, reporter, period));
  if (!leaf.source.empty() && leaf.source != source.plan.sources[0]) {
    if (source.alone_resolver == nullptr) {
      source.alone_resolver = std::make_unique<Resolver>(
          source.alone, snapshot_, base_measure_, MembersOf(source.alone));
    }
    COLLATE_ASSIGN_OR_RETURN(
        leaf, source.alone_resolver->Resolve(coordinates, reporter, period));
  }
  COLLATE_RETURN_IF_ERROR(
      source.contradictions->Find(source.resolver->scale(), leaf));
  COLLATE_RETURN_IF_ERROR(CheckFigure(source.plan, snapshot_, leaf));
  exclusions_.insert(leaf.exclusions.begin(), leaf.exclusions.end());
  return leaf;
}

absl::StatusOr<Side> ShareMaker::PartOf(Source& source, MemberId reporter,
                                        const Coordinates& coordinates,
                                        int period) {
  COLLATE_RETURN_IF_ERROR(CheckCounts(base_measure_, *source.resolver));
  if (share_.base == ShareBase::kMentions) {
    return MentionsOf(source, reporter, coordinates, period);
  }
  Coordinates others = coordinates;
  others.erase(others.begin() + static_cast<std::ptrdiff_t>(share_.dimension));
  COLLATE_ASSIGN_OR_RETURN(const Leaf leaf,
                           FigureOf(source, reporter, others, period));
  Side side;
  COLLATE_RETURN_IF_ERROR(side.AddBelow(leaf, with_leaves_));
  return side;
}

absl::StatusOr<Side> ShareMaker::MentionsOf(Source& source, MemberId reporter,
                                            Coordinates coordinates,
                                            int period) {
  const AskedDimension& asked = source.plan.dimensions[share_.dimension];
  Side side;
  std::vector<MemberId> listed;
  for (const MemberId member : asked.members) {
    coordinates[share_.dimension] = member;
    COLLATE_ASSIGN_OR_RETURN(const Leaf leaf,
                             FigureOf(source, reporter, coordinates, period));
    COLLATE_ASSIGN_OR_RETURN(const bool printed,
                             IsPrintedOf(leaf, snapshot_, share_.dimension,
                                         *asked.dimension, member));
    if (!printed) continue;
    listed.push_back(member);
    COLLATE_RETURN_IF_ERROR(side.AddBelow(leaf, with_leaves_));
  }
  const vocabulary::Day day = plan_.periods[period].days.begin;
  for (const MemberId wider : listed) {
    for (const MemberId member : listed) {
      if (!asked.dimension->Contains(wider, member, day)) continue;
      side.state = State::kNotCrossed;
      side.reason =
          absl::StrCat("prints both ", asked.dimension->member(wider).title,
                       " and ", asked.dimension->member(member).title,
                       ", so that its mentions cannot be added");
      return side;
    }
  }
  if (listed.empty()) side.state = State::kNoRelease;
  return side;
}

absl::StatusOr<Side> ShareMaker::BaseOf(MemberId reporter,
                                        const std::vector<Coordinates>& figures,
                                        const std::string& source_id,
                                        int period) {
  // Members of the dimension that are asked for together have one base.
  std::set<Coordinates> seen;
  Side side;
  Source& source = SourceOf(source_id);
  for (const Coordinates& figure : figures) {
    Coordinates others = figure;
    others.erase(others.begin() +
                 static_cast<std::ptrdiff_t>(share_.dimension));
    if (figures.size() > 1 && !seen.insert(others).second) continue;
    if (cancelled_()) return absl::CancelledError("the caller has gone away");
    const auto [found, fresh] = bases_.try_emplace(
        Key{{&source, period}, {reporter, std::move(others)}});
    if (fresh) {
      COLLATE_ASSIGN_OR_RETURN(found->second,
                               PartOf(source, reporter, figure, period));
      COLLATE_RETURN_IF_ERROR(
          CheckCounted(base_measure_, snapshot_, found->second.rows));
    }
    const Side& part = found->second;
    if (vocabulary::Severity(part.state) > vocabulary::Severity(side.state)) {
      side.state = part.state;
      side.reason = part.reason;
    }
    COLLATE_RETURN_IF_ERROR(AddTo(part.reported, &side.reported));
    COLLATE_RETURN_IF_ERROR(AddTo(part.bounds, &side.bounds));
    side.rows.insert(side.rows.end(), part.rows.begin(), part.rows.end());
    side.leaves.insert(side.leaves.end(), part.leaves.begin(),
                       part.leaves.end());
    side.compared.insert(side.compared.end(), part.compared.begin(),
                         part.compared.end());
  }
  if (!side.printed()) {
    side.reason = NoBase(source_id, side.reason);
  }
  return side;
}

// Only where both say so, and say different things.
std::optional<std::string> ShareMaker::StatedOtherwise(const Side& numerator,
                                                       const Side& base) const {
  const auto stated = [this](const Side& side) -> std::optional<int64_t> {
    for (const RowRef& row : side.rows) {
      const auto coverage = StatedCoverageOf(snapshot_, row);
      if (coverage.has_value()) return coverage->reporters;
    }
    return std::nullopt;
  };
  const auto over = stated(numerator);
  const auto under = stated(base);
  if (!over.has_value() || !under.has_value() || *over == *under) {
    return std::nullopt;
  }
  return absl::StrCat("stated to be from ", *over, " reporters, and its base ",
                      "from ", *under);
}

const ShareMaker::Bases& ShareMaker::BasesOf(const SliceTable& table,
                                             const Coordinates& figure,
                                             int period) {
  if (last_.table == &table && last_.period == period && last_.at == figure) {
    return last_;
  }
  Source& source = SourceOf(table.source);
  last_ = {.table = &table,
           .at = figure,
           .period = period,
           .source = &source,
           .lane = {}};
  if (share_.base == ShareBase::kMentions ||
      !source.resolver->decides_alone() || !source.contradictions->empty()) {
    return last_;
  }
  Coordinates others = figure;
  others.erase(others.begin() + static_cast<std::ptrdiff_t>(share_.dimension));
  last_.lane = source.resolver->LaneOf(
      source.resolver->PlaceOf(std::move(others)), period);
  return last_;
}

absl::StatusOr<bool> ShareMaker::AddSums(MemberId reporter,
                                         const SumFigure& over,
                                         const Coordinates& figure, int period,
                                         Total* numerator, Total* base,
                                         Share* share) {
  if (!over.printed()) {
    share->left_out.push_back({reporter, over.state, *over.reason});
    return true;
  }
  const Bases& bases = BasesOf(*over.table, figure, period);
  const Source& source = *bases.source;
  const PlainFigures::Lane& lane = bases.lane;
  SumFigure under;
  if (lane.empty() || !source.resolver->FindCounted(lane, reporter, &under)) {
    return false;
  }
  COLLATE_RETURN_IF_ERROR(CheckCounts(base_measure_, *source.resolver));
  if (!under.printed()) {
    share->left_out.push_back(
        {reporter, under.state, NoBase(over.table->source, *under.reason)});
    return true;
  }
  ++share->reporter_count;
  COLLATE_RETURN_IF_ERROR(numerator->Add(over));
  COLLATE_RETURN_IF_ERROR(base->Add(under));
  for (const RowRef& row : RowsOf(under)) share->base_rows.push_back(row);
  if (share->base_conflicts.dimensions.empty()) {
    share->base_conflicts.dimensions = DimensionsOf(source.plan);
  }
  share->multi_response |=
      over.table->slice.partition == store::Partition::kMultiResponse;
  return true;
}

absl::StatusOr<Share> ShareMaker::Make(
    const std::vector<ReporterLeaves>& reporters, const CellSums& sums,
    int period) {
  Share share;
  Total numerator;
  Total base;
  ConflictCollector conflicts;
  QuotientFigures figures;
  for (size_t i = 0; i < reporters.size(); ++i) {
    const ReporterLeaves& reporter = reporters[i];
    std::vector<Coordinates> figures_at;
    Side over;
    if (const SumFigure& sum = sums.of[i]; sum.table != nullptr) {
      COLLATE_ASSIGN_OR_RETURN(const bool added,
                               AddSums(reporter.id, sum, sums.at, period,
                                       &numerator, &base, &share));
      if (added) continue;
      COLLATE_RETURN_IF_ERROR(over.Add(sum));
      figures_at.push_back(sums.at);
    } else {
      COLLATE_ASSIGN_OR_RETURN(over, SideOf(reporter.leaves));
      for (const Leaf& leaf : reporter.leaves) {
        figures_at.push_back(leaf.coordinates);
      }
    }
    COLLATE_RETURN_IF_ERROR(CheckCounted(measure_, snapshot_, over.rows));
    if (!over.printed()) {
      share.left_out.push_back({reporter.id, over.state, over.reason});
      continue;
    }
    if (over.sources.size() > 1) {
      share.left_out.push_back(
          {reporter.id, over.state,
           absl::StrCat("its figures are from several sources: ",
                        absl::StrJoin(over.sources, ", "))});
      continue;
    }
    COLLATE_ASSIGN_OR_RETURN(
        Side under, BaseOf(reporter.id, figures_at, over.sources[0], period));
    if (!under.printed()) {
      share.left_out.push_back({reporter.id, under.state, under.reason});
      continue;
    }
    if (auto why = StatedOtherwise(over, under)) {
      share.left_out.push_back({reporter.id, over.state, *std::move(why)});
      continue;
    }
    ++share.reporter_count;
    COLLATE_RETURN_IF_ERROR(numerator.Add(over));
    COLLATE_RETURN_IF_ERROR(base.Add(under));
    share.base_rows.insert(share.base_rows.end(), under.rows.begin(),
                           under.rows.end());
    for (const Leaf& leaf : under.compared) {
      COLLATE_RETURN_IF_ERROR(conflicts.Add(leaf));
    }
    share.base_conflicts.dimensions =
        DimensionsOf(SourceOf(over.sources[0]).plan);
    if (with_leaves_) {
      figures.over.reporters.push_back(reporter);
      figures.under.reporters.push_back({reporter.id, std::move(under.leaves)});
      figures.under.dimensions = share.base_conflicts.dimensions;
    }
    for (const RowRef& row : over.rows) {
      share.multi_response |=
          snapshot_.slice_of(row).partition == store::Partition::kMultiResponse;
    }
  }
  if (share.reporter_count == 0) return share;
  share.base_conflicts.conflicts = conflicts.Finish();
  if (with_leaves_) {
    figures.over.measure = &measure_;
    figures.over.dimensions = DimensionsOf(plan_);
    figures.under.measure = &base_measure_;
    figures.over.period = figures.under.period = plan_.periods[period];
    share.figures = std::make_shared<const QuotientFigures>(std::move(figures));
  }
  share.numerator = numerator.ToOperand();
  share.base = base.ToOperand();
  share.outcome = OutcomeOver(share.base.bounds);
  if (share.outcome == Outcome::kGiven) {
    share.percent = RatioOf(share.numerator.bounds, share.base.bounds, 100);
  }
  return share;
}

}  // namespace collate::query
