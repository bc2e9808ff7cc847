#include "service/query/contradictions.h"

#include <algorithm>
#include <cstdint>
#include <utility>

#include "service/base/status_macros.h"
#include "service/query/bounds.h"
#include "service/query/candidates.h"
#include "service/query/ratio.h"
#include "service/store/observations.h"

namespace collate::query {
namespace {

using vocabulary::kUnmapped;
using vocabulary::Measure;
using vocabulary::MemberId;
using vocabulary::State;

// The axis of each dimension, if the table has those and no other.
std::optional<std::vector<size_t>> AxesOf(
    const SliceTable& table, const std::vector<AskedDimension>& dimensions) {
  if (table.axes.size() != dimensions.size()) return std::nullopt;
  std::vector<size_t> axes;
  for (const AskedDimension& asked : dimensions) {
    const auto axis =
        std::find(table.axes.begin(), table.axes.end(), asked.dimension);
    if (axis == table.axes.end()) return std::nullopt;
    axes.push_back(static_cast<size_t>(axis - table.axes.begin()));
  }
  return axes;
}

// Whether the table may have rows of the member; exact along its first axis.
bool MayHold(const SliceTable& table, size_t axis,
             const vocabulary::Dimension& dimension, MemberId member) {
  if (!Candidates::FitsLevel(dimension, member, table.slice.axes[axis].level)) {
    return false;
  }
  return axis != 0 || table.rows->Occurs(0, member);
}

// A printed percentage in mantissas of 10^-kRatioScale.
Interval PercentageOf(const Figure& figure) {
  const int digits = kRatioScale - figure.scale;
  Interval result;
  if (digits < 0) return result;
  const auto shift = [digits](std::optional<int64_t> end) {
    if (!end.has_value()) return end;
    const auto shifted = ShiftDecimals(*end, digits);
    return shifted.ok() ? std::optional(*shifted) : std::nullopt;
  };
  result = {shift(figure.bounds.lower), shift(figure.bounds.upper)};
  if (figure.state != State::kReported) return result;
  int64_t half = 5;
  for (int i = 1; i < digits; ++i) half *= 10;
  if (digits == 0) half = 0;
  if (result.lower.has_value() && result.upper.has_value()) {
    result.lower = *result.lower - half;
    result.upper = *result.upper + half;
  }
  return result;
}

void Append(absl::Span<const RowRef> rows, RowRefs* all) {
  all->insert(all->end(), rows.begin(), rows.end());
}

}  // namespace

Figure FigureOf(const Leaf& leaf, int scale) {
  return {leaf.state, leaf.reported, leaf.bounds, scale};
}

Contradictions::Contradictions(
    const Plan& plan, const Snapshot& snapshot, const Measure& measure,
    const std::vector<std::vector<MemberId>>& coordinates)
    : plan_(plan),
      snapshot_(snapshot),
      measure_(measure),
      asked_(plan.dimensions) {
  for (size_t d = 0; d < asked_.size(); ++d) asked_[d].members = coordinates[d];
  FindKin();
  FindShares();
}

// Null when no source has a table of such cells.
std::unique_ptr<Contradictions::Aside> Contradictions::MakeAside(
    const Measure& measure, std::vector<AskedDimension> dimensions,
    const std::string& universe) const {
  std::set<std::string> sources;
  std::vector<std::set<MemberId>> held(dimensions.size());
  for (const SliceTable& table : snapshot_.tables()) {
    if (table.unmapped || table.slice.measure != measure.code ||
        table.slice.universe != universe) {
      continue;
    }
    const auto axes = AxesOf(table, dimensions);
    if (!axes.has_value()) continue;
    bool all = true;
    for (size_t d = 0; d < dimensions.size(); ++d) {
      bool any = false;
      for (const MemberId member : dimensions[d].members) {
        if (!MayHold(table, (*axes)[d], *dimensions[d].dimension, member)) {
          continue;
        }
        any = true;
        held[d].insert(member);
      }
      all = all && any;
    }
    if (all) sources.insert(table.source);
  }
  if (sources.empty()) return nullptr;
  for (size_t d = 0; d < dimensions.size(); ++d) {
    dimensions[d].members.assign(held[d].begin(), held[d].end());
  }
  auto aside = std::make_unique<Aside>();
  aside->measure = &measure;
  aside->sources = std::move(sources);
  aside->plan = plan_;
  aside->plan.dimensions = std::move(dimensions);
  aside->plan.universe = universe;
  aside->plan.printed_only = true;
  std::erase_if(aside->plan.sources, [&aside](const std::string& source) {
    return !aside->sources.contains(source);
  });
  return aside;
}

void Contradictions::FindKin() {
  if (measure_.floor != vocabulary::MeasureFloor::kZero) return;
  std::set<std::string> sources;
  for (const SliceTable& table : snapshot_.tables()) {
    if (table.slice.measure == measure_.code) sources.insert(table.source);
  }
  if (sources.size() < 2) return;
  const auto add = [this](bool wider, std::optional<size_t> dimension,
                          std::optional<Kinship> kinship,
                          std::vector<AskedDimension> dimensions,
                          const std::string& universe) {
    auto cells = MakeAside(measure_, std::move(dimensions), universe);
    if (cells == nullptr) return;
    kin_.push_back({wider, dimension, std::move(kinship), std::move(cells)});
  };
  for (size_t d = 0; d < asked_.size(); ++d) {
    const Kinship kinship(*asked_[d].dimension);
    for (const bool wider : {true, false}) {
      std::set<MemberId> related;
      for (const MemberId member : asked_[d].members) {
        const auto reached = wider ? kinship.WiderThan(member, std::nullopt)
                                   : kinship.NarrowerThan(member, std::nullopt);
        related.insert(reached.begin(), reached.end());
      }
      if (related.empty()) continue;
      std::vector<AskedDimension> dimensions = asked_;
      dimensions[d].members.assign(related.begin(), related.end());
      add(wider, d, kinship, std::move(dimensions), plan_.universe);
    }
    std::vector<AskedDimension> without = asked_;
    without.erase(without.begin() + static_cast<std::ptrdiff_t>(d));
    add(/*wider=*/true, d, std::nullopt, std::move(without), plan_.universe);
  }
  if (!plan_.universe.empty()) {
    add(/*wider=*/true, std::nullopt, std::nullopt, asked_, "");
  }
}

void Contradictions::FindShares() {
  const vocabulary::Vocabulary& vocabulary = snapshot_.vocabulary();
  for (const Measure& percentage : vocabulary.measures()) {
    if (!percentage.share.has_value()) continue;
    const vocabulary::Share& declared = *percentage.share;
    const bool is_count = std::count(declared.counts.begin(),
                                     declared.counts.end(), measure_.code) > 0;
    if (!is_count && &percentage != &measure_) continue;
    const auto asked = std::find_if(
        asked_.begin(), asked_.end(), [&declared](const AskedDimension& one) {
          return one.dimension->code() == declared.dimension;
        });
    if (asked == asked_.end()) continue;
    Share share;
    share.dimension = static_cast<size_t>(asked - asked_.begin());
    std::vector<AskedDimension> without = asked_;
    without.erase(without.begin() +
                  static_cast<std::ptrdiff_t>(share.dimension));
    share.bases = MakeAside(*vocabulary.FindMeasure(declared.base),
                            std::move(without), plan_.universe);
    if (share.bases == nullptr) continue;
    if (is_count) {
      share.percentages = MakeAside(percentage, asked_, plan_.universe);
    } else {
      for (const std::string& code : declared.counts) {
        auto counts =
            MakeAside(*vocabulary.FindMeasure(code), asked_, plan_.universe);
        if (counts != nullptr) share.counts.push_back(std::move(counts));
      }
    }
    if (share.percentages != nullptr || !share.counts.empty()) {
      shares_.push_back(std::move(share));
    }
  }
}

bool Contradictions::HasOther(const Aside& cells,
                              const std::string& source) const {
  return cells.sources.size() > 1 || *cells.sources.begin() != source;
}

// What the sources print of the leaf's reporter and period at other
// coordinates; nothing when no table has them.
absl::StatusOr<std::vector<Leaf>> Contradictions::Figures(
    Aside& cells, const Coordinates& coordinates, Leaf& leaf,
    absl::string_view except) const {
  for (size_t d = 0; d < coordinates.size(); ++d) {
    const auto& members = cells.plan.dimensions[d].members;
    if (!std::binary_search(members.begin(), members.end(), coordinates[d])) {
      return std::vector<Leaf>();
    }
  }
  if (cells.resolver == nullptr) {
    std::vector<std::vector<MemberId>> members;
    for (const AskedDimension& asked : cells.plan.dimensions) {
      members.push_back(asked.members);
    }
    cells.resolver = std::make_unique<Resolver>(
        cells.plan, snapshot_, *cells.measure, std::move(members));
  }
  COLLATE_ASSIGN_OR_RETURN(
      std::vector<Leaf> found,
      cells.resolver->Each(coordinates, leaf.reporter, leaf.period, except));
  std::erase_if(found, [](const Leaf& one) { return !IsFigure(one); });
  // What the question leaves out is no side of a conflict either.
  for (size_t i = 0; i < plan_.exclusions.size(); ++i) {
    const PlannedExclusion& exclusion = plan_.exclusions[i];
    if (!exclusion.Touches(*cells.measure, leaf.reporter,
                           plan_.periods[leaf.period].days)) {
      continue;
    }
    const size_t left = std::erase_if(found, [&exclusion](const Leaf& one) {
      return exclusion.IsOf(one.source);
    });
    const auto number = static_cast<int>(i);
    if (left > 0 &&
        !std::count(leaf.exclusions.begin(), leaf.exclusions.end(), number)) {
      leaf.exclusions.push_back(number);
      std::sort(leaf.exclusions.begin(), leaf.exclusions.end());
    }
  }
  return found;
}

absl::Status Contradictions::Find(int scale, Leaf& leaf) {
  if (!IsFigure(leaf) || leaf.rows.empty()) return absl::OkStatus();
  if (scale == 0 && snapshot_.slice_of(leaf.rows[0]).aggregation !=
                        store::Aggregation::kNone) {
    for (Kin& kin : kin_) COLLATE_RETURN_IF_ERROR(CompareKin(kin, scale, leaf));
  }
  for (Share& share : shares_) {
    COLLATE_RETURN_IF_ERROR(CompareShare(share, scale, leaf));
  }
  return absl::OkStatus();
}

absl::Status Contradictions::CompareKin(Kin& kin, int scale, Leaf& leaf) const {
  if (!HasOther(*kin.cells, leaf.source)) return absl::OkStatus();
  // What the leaf's own source prints, whatever a policy makes of it.
  const Interval own = leaf.own_bounds.value_or(leaf.bounds);
  // A part of 0 is more than no whole.
  if (kin.wider ? own.lower.value_or(0) <= 0 : !own.upper.has_value()) {
    return absl::OkStatus();
  }
  std::vector<std::optional<MemberId>> others = {std::nullopt};
  if (kin.kinship.has_value()) {
    const MemberId asked = leaf.coordinates[*kin.dimension];
    const vocabulary::Day day = plan_.periods[leaf.period].days.begin;
    const auto reached = kin.wider ? kin.kinship->WiderThan(asked, day)
                                   : kin.kinship->NarrowerThan(asked, day);
    others.assign(reached.begin(), reached.end());
  }
  for (const std::optional<MemberId>& other : others) {
    Coordinates coordinates = leaf.coordinates;
    std::vector<MemberOf> members;
    if (other.has_value()) {
      coordinates[*kin.dimension] = *other;
    } else if (kin.dimension.has_value()) {
      coordinates.erase(coordinates.begin() +
                        static_cast<std::ptrdiff_t>(*kin.dimension));
    }
    if (kin.dimension.has_value()) {
      members.emplace_back(asked_[*kin.dimension].dimension,
                           other.value_or(kUnmapped));
    }
    COLLATE_ASSIGN_OR_RETURN(
        std::vector<Leaf> found,
        Figures(*kin.cells, coordinates, leaf, leaf.source));
    for (Leaf& figure : found) {
      const Interval& part = kin.wider ? own : figure.bounds;
      const Interval& whole = kin.wider ? figure.bounds : own;
      if (kin.cells->resolver->scale() != scale || !IsMoreThan(part, whole)) {
        continue;
      }
      leaf.contradictions.push_back({.kind = ConflictKind::kPartExceedsWhole,
                                     .source = figure.source,
                                     .measure = measure_.code,
                                     .universe = kin.cells->plan.universe,
                                     .members = members,
                                     .is_part = !kin.wider,
                                     .figure = FigureOf(figure, scale),
                                     .rows = std::move(figure.rows)});
    }
  }
  return absl::OkStatus();
}

absl::Status Contradictions::CompareShare(Share& share, int scale,
                                          Leaf& leaf) const {
  Coordinates without = leaf.coordinates;
  without.erase(without.begin() + static_cast<std::ptrdiff_t>(share.dimension));
  std::vector<Leaf> bases;  // found when there is something to divide
  bool looked = false;
  // Adds the contradiction when `count` of its source's base is not
  // `percentage`; `other` is the one that is not the leaf.
  const auto compare = [&](const Leaf& count, int count_scale,
                           const Figure& percentage, Aside& cells,
                           const Leaf& other) -> absl::Status {
    if (!looked) {
      COLLATE_ASSIGN_OR_RETURN(bases, Figures(*share.bases, without, leaf, ""));
      looked = true;
    }
    const auto base = std::find_if(
        bases.begin(), bases.end(),
        [&count](const Leaf& one) { return one.source == count.source; });
    if (base == bases.end() || count_scale != 0 ||
        share.bases->resolver->scale() != 0 ||
        !AreDisjoint(
            RatioOf(count.own_bounds.value_or(count.bounds), base->bounds, 100),
            PercentageOf(percentage))) {
      return absl::OkStatus();
    }
    Contradiction contradiction{
        .kind = ConflictKind::kShareVCount,
        .source = other.source,
        .measure = cells.measure->code,
        .universe = plan_.universe,
        .figure = FigureOf(other, cells.resolver->scale()),
        .base = FigureOf(*base, 0),
        .rows = other.rows};
    Append(base->rows, &contradiction.rows);
    leaf.contradictions.push_back(std::move(contradiction));
    return absl::OkStatus();
  };
  if (share.percentages != nullptr) {
    COLLATE_ASSIGN_OR_RETURN(
        const std::vector<Leaf> found,
        Figures(*share.percentages, leaf.coordinates, leaf, ""));
    for (const Leaf& percentage : found) {
      COLLATE_RETURN_IF_ERROR(
          compare(leaf, scale,
                  FigureOf(percentage, share.percentages->resolver->scale()),
                  *share.percentages, percentage));
    }
  }
  for (const std::unique_ptr<Aside>& counts : share.counts) {
    COLLATE_ASSIGN_OR_RETURN(const std::vector<Leaf> found,
                             Figures(*counts, leaf.coordinates, leaf, ""));
    for (const Leaf& count : found) {
      COLLATE_RETURN_IF_ERROR(compare(count, counts->resolver->scale(),
                                      FigureOf(leaf, scale), *counts, count));
    }
  }
  return absl::OkStatus();
}

}  // namespace collate::query
