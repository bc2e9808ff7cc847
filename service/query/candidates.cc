#include "service/query/candidates.h"

#include <algorithm>
#include <set>
#include <utility>

#include "absl/container/inlined_vector.h"
#include "absl/strings/match.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/str_join.h"
#include "absl/strings/string_view.h"
#include "service/query/presums.h"

namespace collate::query {
namespace {

using store::Aggregation;
using store::Floor;
using store::Partition;
using store::Slice;
using vocabulary::DayInterval;
using vocabulary::Dimension;
using vocabulary::kUnmapped;
using vocabulary::MemberId;
using vocabulary::Period;

// A level that stands for parts of other rows, e.g. "force:subtotal".
bool IsDerivedLevel(absl::string_view level) {
  return absl::StrContains(level, ':');
}

}  // namespace

Candidates::Candidates(const Plan& plan, const Snapshot& snapshot,
                       const vocabulary::Measure& measure,
                       std::vector<std::vector<MemberId>> coordinates)
    : plan_(plan),
      snapshot_(snapshot),
      measure_(measure),
      coordinates_(std::move(coordinates)),
      floor_zero_(measure.floor == vocabulary::MeasureFloor::kZero) {
  for (const std::vector<MemberId>& members : coordinates_) {
    auto& positions = position_.emplace_back();
    for (MemberId member : members) {
      positions.emplace(member, positions.size());
    }
  }
  span_ = plan_.periods.front().days;
  for (const Period& period : plan_.periods) {
    span_.begin = std::min(span_.begin, period.days.begin);
    span_.end = std::max(span_.end, period.days.end);
  }
  for (const SliceTable& table : snapshot_.tables()) {
    if (table.slice.measure == measure_.code) AddTable(table);
  }
  std::stable_sort(candidates_.begin(), candidates_.end(),
                   [](const Candidate& a, const Candidate& b) {
                     return a.extra_axes.size() < b.extra_axes.size();
                   });
  for (Candidate& candidate : candidates_) {
    FindTargets(candidate);
    if (candidate.table->counted) FindCounted(candidate);
    if (candidate.table->slice.floor == Floor::kNone && IsInUse(candidate)) {
      floor_zero_ = false;
    }
  }
}

void Candidates::AddTable(const SliceTable& table) {
  const Slice& slice = table.slice;
  scale_ = std::max(scale_, table.max_scale);
  if (table.unmapped) {
    unmapped_.push_back(&table);
    return;
  }
  std::vector<size_t> asked_axes;
  for (const AskedDimension& asked : plan_.dimensions) {
    const auto axis =
        std::find(table.axes.begin(), table.axes.end(), asked.dimension);
    if (axis == table.axes.end()) {
      uncrossed_.push_back(&table);
      return;
    }
    asked_axes.push_back(static_cast<size_t>(axis - table.axes.begin()));
  }
  std::vector<size_t> extra_axes;
  bool additive = slice.aggregation == Aggregation::kSum;
  for (size_t axis = 0; axis < table.axes.size(); ++axis) {
    if (std::count(asked_axes.begin(), asked_axes.end(), axis)) continue;
    extra_axes.push_back(axis);
    additive = additive && !IsDerivedLevel(slice.axes[axis].level) &&
               measure_.IsAdditiveOver(slice.axes[axis].dimension);
  }
  const bool same_universe = slice.universe == plan_.universe;
  if (plan_.printed_only && !(same_universe && extra_axes.empty())) return;
  if (same_universe && extra_axes.empty()) {
    AddCandidate(table, Use::kWhole, std::move(asked_axes), {});
    return;
  }
  if (same_universe && additive && slice.partition == Partition::kComplete) {
    AddCandidate(table, Use::kWhole, std::move(asked_axes),
                 std::move(extra_axes));
    return;
  }
  uncrossed_.push_back(&table);
  const bool part_of_asked = same_universe || plan_.universe.empty();
  const bool summable =
      extra_axes.empty() ||
      (additive && slice.partition != Partition::kMultiResponse);
  if (part_of_asked && summable && slice.floor == Floor::kZero &&
      slice.aggregation == Aggregation::kSum) {
    AddCandidate(table, Use::kPart, std::move(asked_axes),
                 std::move(extra_axes));
  }
}

void Candidates::AddCandidate(const SliceTable& table, Use use,
                              std::vector<size_t> asked_axes,
                              std::vector<size_t> extra_axes) {
  Candidate& candidate = candidates_.emplace_back();
  candidate.table = &table;
  candidate.use = use;
  candidate.asked_axes = std::move(asked_axes);
  candidate.extra_axes = std::move(extra_axes);
}

std::vector<const SliceTable*> Candidates::Uncrossed(
    MemberId reporter, const Period& period) const {
  const std::lock_guard lock(uncrossed_mutex_);
  const auto [at, added] =
      uncrossed_of_.try_emplace(std::pair(reporter, period.days));
  for (size_t i = 0; added && i < uncrossed_.size(); ++i) {
    if (Speaks(i, reporter, period.days)) at->second.push_back(uncrossed_[i]);
  }
  return at->second;
}

bool Candidates::Speaks(size_t uncrossed, MemberId reporter,
                        const DayInterval& days) const {
  const SliceTable& table = *uncrossed_[uncrossed];
  const TableRows& rows = *table.rows;
  const size_t reporter_axis = rows.axis_count();
  const size_t reporters = rows.place_count(reporter_axis);
  const size_t place = rows.PlaceOf(reporter_axis, reporter);
  if (place == reporters) return false;
  if (table.presums != nullptr && table.presums->partial()) {
    return SpeaksBySums(table, reporter, days);
  }
  if (rows.starts().empty()) {
    std::call_once(sparse_found_, [this] { FindSparse(); });
    const auto periods = sparse_at_[uncrossed].find(reporter);
    return periods != sparse_at_[uncrossed].end() &&
           std::any_of(
               periods->second.begin(), periods->second.end(),
               [&](const DayInterval& one) { return days.Contains(one); });
  }
  if (plan_.as_of == kToday && table.presums != nullptr &&
      !rows.has_state(vocabulary::State::kWithdrawn) &&
      !rows.has_state(vocabulary::State::kDroppedInEdition)) {
    const Presums::Cube& all = *table.presums->Over({}, snapshot_, table);
    const TileRange range = table.presums->Within(days);
    bool any = false;
    for (uint32_t tile = range.first; tile < range.last; ++tile) {
      any = any || all.sums[tile * reporters + place].rows > 0;
    }
    if (!any) return false;
  }
  const std::vector<uint32_t>& starts = rows.starts();
  for (size_t series = place; series + 1 < starts.size(); series += reporters) {
    for (size_t row = starts[series]; row < starts[series + 1]; ++row) {
      // In order of their first days.
      if (table.period(row).begin >= days.end) break;
      if (days.Contains(table.period(row)) && table.Holds(row, plan_.as_of) &&
          IsInside(table, row)) {
        return true;
      }
    }
  }
  return false;
}

// The same of a table of which sums are here, and not the rows.
bool Candidates::SpeaksBySums(const SliceTable& table, MemberId reporter,
                              const DayInterval& days) const {
  const TableRows& rows = *table.rows;
  const Presums& presums = *table.presums;
  const TileRange range = presums.Within(days);
  const size_t place = rows.PlaceOf(rows.axis_count(), reporter);
  if (!presums.MayHave(reporter, range)) return false;
  std::vector<size_t> axes;
  std::vector<size_t> asked;
  size_t series = 1;
  for (size_t axis = 0; axis < table.axes.size(); ++axis) {
    for (size_t d = 0; d < plan_.dimensions.size(); ++d) {
      if (plan_.dimensions[d].dimension != table.axes[axis]) continue;
      axes.push_back(axis);
      asked.push_back(d);
      series *= rows.place_count(axis);
    }
  }
  const Presums::Cube* const cube = presums.Over(axes, snapshot_, table);
  if (cube == nullptr) {
    presums.NoteMissing(axes);
    return false;
  }
  const size_t reporters = rows.place_count(rows.axis_count());
  const std::vector<DayInterval>& tiles = presums.tiles();
  for (size_t number = 0; number < series; ++number) {
    for (uint32_t tile = range.first; tile < range.last; ++tile) {
      const size_t at = (number * tiles.size() + tile) * reporters + place;
      if (cube->sums[at].rows == 0) continue;
      bool inside = true;
      size_t rest = number;
      for (size_t i = axes.size(); inside && i > 0; --i) {
        const size_t count = rows.place_count(axes[i - 1]);
        inside =
            IsInside(asked[i - 1], rows.MemberAt(axes[i - 1], rest % count),
                     tiles[tile].begin);
        rest /= count;
      }
      if (inside) return true;
    }
  }
  return false;
}

bool Candidates::IsInside(size_t d, MemberId member,
                          vocabulary::Day day) const {
  return position_[d].contains(member) ||
         std::any_of(coordinates_[d].begin(), coordinates_[d].end(),
                     [&](MemberId asked) {
                       return plan_.dimensions[d].dimension->Contains(
                           asked, member, day);
                     });
}

bool Candidates::IsInside(const SliceTable& table, size_t row) const {
  for (size_t axis = 0; axis < table.axes.size(); ++axis) {
    for (size_t d = 0; d < plan_.dimensions.size(); ++d) {
      if (plan_.dimensions[d].dimension != table.axes[axis]) continue;
      if (!IsInside(d, table.member(axis, row), table.period(row).begin)) {
        return false;
      }
    }
  }
  return true;
}

void Candidates::FindSparse() const {
  for (const SliceTable* table : uncrossed_) {
    Presence& presence = sparse_at_.emplace_back();
    if (table->presums != nullptr && table->presums->partial()) continue;
    if (!table->rows->starts().empty()) continue;
    for (uint32_t row = 0; row < table->row_count(); ++row) {
      if (!table->Holds(row, plan_.as_of)) continue;
      if (!span_.Contains(table->period(row))) continue;
      auto& periods = presence[table->reporter(row)];
      if (!periods.contains(table->period(row)) && IsInside(*table, row)) {
        periods.insert(table->period(row));
      }
    }
  }
}

void Candidates::FindTargets(Candidate& candidate) const {
  const SliceTable& table = *candidate.table;
  candidate.targets.resize(candidate.asked_axes.size());
  for (size_t d = 0; d < candidate.asked_axes.size(); ++d) {
    const size_t at = candidate.asked_axes[d];
    const store::Axis& axis = table.slice.axes[at];
    // A finer level of an asked axis adds up to the whole only if the parts
    // are all there and may be added.
    const bool rolls_up =
        !plan_.printed_only && table.slice.partition == Partition::kComplete &&
        table.slice.aggregation == Aggregation::kSum &&
        !IsDerivedLevel(axis.level) && measure_.IsAdditiveOver(axis.dimension);
    const Dimension& dimension = *plan_.dimensions[d].dimension;
    const TableRows::FirstKnown& there = table.rows->first_known(at);
    const auto occurs = [&there](MemberId member) {
      return std::binary_search(
          there.begin(), there.end(), std::pair(member, KnownTime{}),
          [](const auto& a, const auto& b) { return a.first < b.first; });
    };
    for (const MemberId asked : coordinates_[d]) {
      Candidate::Target& target = candidate.targets[d].emplace_back();
      target.itself = occurs(asked);
      std::set<MemberId> below = {asked};
      if (rolls_up) {
        for (const Period& period : plan_.periods) {
          const auto members =
              dimension.SelfAndDescendants(asked, period.days.begin);
          below.insert(members.begin(), members.end());
        }
      }
      for (const MemberId member : below) {
        if (member != asked && occurs(member)) {
          target.others.push_back({member, {}});
        }
      }
      for (const vocabulary::Relation& part :
           dimension.member(asked).relations) {
        if (plan_.printed_only || part.panel.empty() ||
            below.contains(part.member) || !occurs(part.member)) {
          continue;
        }
        target.others.push_back({part.member, snapshot_.vocabulary()
                                                  .FindPanel(part.panel)
                                                  ->MembersDuring(span_)});
      }
      std::stable_sort(
          target.others.begin(), target.others.end(),
          [](const auto& a, const auto& b) { return a.member < b.member; });
    }
  }
}

const Candidate::Target& Candidates::TargetOf(const Candidate& candidate,
                                              size_t d, MemberId asked) const {
  return candidate.targets[d][position_[d].at(asked)];
}

std::vector<uint32_t> Candidates::ExactRows(const Candidate& candidate,
                                            const Coordinates& coordinates,
                                            MemberId reporter,
                                            const DayInterval& days) const {
  std::vector<uint32_t> found;
  if (!candidate.extra_axes.empty()) return found;
  const SliceTable& table = *candidate.table;
  absl::InlinedVector<MemberId, 4> members(table.axes.size());
  for (size_t d = 0; d < coordinates.size(); ++d) {
    if (!TargetOf(candidate, d, coordinates[d]).itself) return found;
    members[candidate.asked_axes[d]] = coordinates[d];
  }
  const auto [first, last] = table.rows->Find(members, reporter);
  for (size_t row = first; row < last; ++row) {
    // In order of their first days.
    if (table.period(row).begin >= days.end) break;
    if (days.Overlaps(table.period(row)) && table.Holds(row, plan_.as_of)) {
      found.push_back(static_cast<uint32_t>(row));
    }
  }
  return found;
}

std::vector<uint32_t> Candidates::RowsWithin(const Candidate& candidate,
                                             const Coordinates& coordinates,
                                             MemberId reporter) const {
  std::vector<uint32_t> found;
  const SliceTable& table = *candidate.table;
  // Along each axis of the table the members in question, sorted.
  std::vector<std::vector<MemberId>> lists(table.axes.size());
  std::vector<MemberId> own(table.axes.size(), kUnmapped);
  for (size_t d = 0; d < coordinates.size(); ++d) {
    const Candidate::Target& target = TargetOf(candidate, d, coordinates[d]);
    const size_t axis = candidate.asked_axes[d];
    own[axis] = coordinates[d];
    std::vector<MemberId>& list = lists[axis];
    if (target.itself) list.push_back(coordinates[d]);
    for (const Candidate::Inside& one : target.others) {
      if (one.reporters.empty() ||
          std::count(one.reporters.begin(), one.reporters.end(), reporter) >
              0) {
        list.push_back(one.member);
      }
    }
    std::sort(list.begin(), list.end());
  }
  for (const size_t axis : candidate.extra_axes) {
    for (const auto& [member, unused] : table.rows->first_known(axis)) {
      lists[axis].push_back(member);
    }
  }
  if (std::any_of(lists.begin(), lists.end(),
                  [](const auto& list) { return list.empty(); })) {
    return found;
  }
  std::vector<size_t> at(lists.size(), 0);
  std::vector<MemberId> members(lists.size());
  while (true) {
    for (size_t axis = 0; axis < lists.size(); ++axis) {
      members[axis] = lists[axis][at[axis]];
    }
    if (!candidate.extra_axes.empty() || members != own) {
      const auto [first, last] = table.rows->Find(members, reporter);
      for (size_t row = first; row < last; ++row) {
        if (table.Holds(row, plan_.as_of)) {
          found.push_back(static_cast<uint32_t>(row));
        }
      }
    }
    size_t axis = lists.size();
    while (axis > 0 && ++at[axis - 1] == lists[axis - 1].size()) {
      at[--axis] = 0;
    }
    if (axis == 0) return found;
  }
}

bool Candidates::IsInUse(const Candidate& candidate) const {
  const SliceTable& table = *candidate.table;
  // The members along each asked axis that are in question.
  std::vector<
      absl::flat_hash_map<MemberId, std::vector<const Candidate::Inside*>>>
      wanted(candidate.asked_axes.size());
  for (size_t d = 0; d < wanted.size(); ++d) {
    for (size_t i = 0; i < coordinates_[d].size(); ++i) {
      const Candidate::Target& target = candidate.targets[d][i];
      if (target.itself) wanted[d][coordinates_[d][i]].push_back(nullptr);
      for (const Candidate::Inside& one : target.others) {
        wanted[d][one.member].push_back(&one);
      }
    }
    if (wanted[d].empty()) return false;
  }
  for (size_t row = 0; row < table.row_count(); ++row) {
    if (!table.Holds(row, plan_.as_of)) continue;
    bool inside = true;
    for (size_t d = 0; d < wanted.size() && inside; ++d) {
      const auto found =
          wanted[d].find(table.member(candidate.asked_axes[d], row));
      inside = found != wanted[d].end() &&
               std::any_of(found->second.begin(), found->second.end(),
                           [&](const Candidate::Inside* one) {
                             return one == nullptr || one->reporters.empty() ||
                                    std::count(one->reporters.begin(),
                                               one->reporters.end(),
                                               table.reporter(row)) > 0;
                           });
    }
    if (inside) return true;
  }
  return false;
}

void Candidates::FindCounted(Candidate& candidate) const {
  for (const Claim& claim : candidate.table->claims) {
    const store::Release& release =
        snapshot_.releases()[claim.release]->release;
    if (release.state != store::ReleaseState::kPublished ||
        KnownFrom(release) > plan_.as_of) {
      continue;
    }
    for (const MemberId reporter : claim.reporters) {
      candidate.counted[reporter].push_back(claim.period);
    }
  }
  for (auto& [reporter, periods] : candidate.counted) {
    std::sort(periods.begin(), periods.end());
    size_t last = 0;
    for (size_t i = 1; i < periods.size(); ++i) {
      if (periods[i].begin <= periods[last].end) {
        periods[last].end = std::max(periods[last].end, periods[i].end);
      } else {
        periods[++last] = periods[i];
      }
    }
    periods.resize(last + 1);
  }
}

bool Candidates::FitsLevel(const Dimension& dimension, MemberId member,
                           const std::string& level) {
  const auto is_of_level = [&](MemberId id) {
    return dimension.levels()[dimension.member(id).level].code == level;
  };
  const auto& relations = dimension.member(member).relations;
  return is_of_level(member) ||
         std::any_of(relations.begin(), relations.end(),
                     [&](const vocabulary::Relation& part) {
                       return !part.panel.empty() && is_of_level(part.member);
                     });
}

bool Candidates::HasUnmappedPart(const Candidate& candidate, MemberId reporter,
                                 const DayInterval& days) const {
  std::call_once(unmapped_found_, [this] { FindUnmapped(); });
  const SliceTable& table = *candidate.table;
  for (size_t i = 0; i < unmapped_.size(); ++i) {
    const SliceTable* other = unmapped_[i];
    if (other->source != table.source || other->axes != table.axes ||
        other->slice.universe != table.slice.universe) {
      continue;
    }
    const auto periods = unmapped_at_[i].find(reporter);
    if (periods != unmapped_at_[i].end() &&
        std::any_of(
            periods->second.begin(), periods->second.end(),
            [&](const DayInterval& one) { return days.Overlaps(one); })) {
      return true;
    }
  }
  return false;
}

void Candidates::FindUnmapped() const {
  for (const SliceTable* table : unmapped_) {
    Presence& presence = unmapped_at_.emplace_back();
    for (uint32_t row = 0; row < table->row_count(); ++row) {
      if (table->Holds(row, plan_.as_of)) {
        presence[table->reporter(row)].insert(table->period(row));
      }
    }
  }
}

std::string DescribeSlice(const Slice& slice) {
  std::vector<std::string> axes;
  for (const store::Axis& axis : slice.axes) {
    axes.push_back(absl::StrCat(axis.dimension, "@", axis.level));
  }
  std::string text = axes.empty() ? "total" : absl::StrJoin(axes, ", ");
  if (!axes.empty()) {
    switch (slice.partition) {
      case Partition::kComplete:
        absl::StrAppend(&text, " (COMPLETE)");
        break;
      case Partition::kIncomplete:
        absl::StrAppend(&text, " (INCOMPLETE)");
        break;
      case Partition::kMultiResponse:
        absl::StrAppend(&text, " (MULTI_RESPONSE)");
        break;
    }
  }
  if (!slice.universe.empty()) absl::StrAppend(&text, " of ", slice.universe);
  return text;
}

}  // namespace collate::query
