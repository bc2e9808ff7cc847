#include "service/query/tighten.h"

#include <algorithm>

#include "absl/strings/match.h"
#include "service/base/status_macros.h"
#include "service/query/bounds.h"
#include "service/query/row_numbers.h"
#include "service/query/statements.h"
#include "service/vocabulary/state.h"

namespace collate::query {
namespace {

using store::Aggregation;
using store::Axis;
using store::Floor;
using store::Partition;
using vocabulary::Dimension;
using vocabulary::kReporterDimension;
using vocabulary::Measure;
using vocabulary::MemberId;
using vocabulary::State;

// Flags of figures that no sum can be checked with.
constexpr uint32_t kNoTotal = vocabulary::kFlagTotalMismatch |
                              vocabulary::kFlagTotalIgnoresMarkers |
                              vocabulary::kFlagDefinitionDiffers;

bool CanBeNarrowed(State state) {
  switch (state) {
    case State::kNoRelease:
    case State::kNotHeld:
    case State::kPartialPeriod:
    case State::kRounded:
      return true;
    default:
      return false;
  }
}

bool CanBePart(State state) {
  return state == State::kReported || CanBeNarrowed(state);
}

// Whether one of some states is such.
template <typename Is>
bool AnyIs(uint32_t states, Is is) {
  for (int state = 0; state < vocabulary::kStateCount; ++state) {
    if ((states >> state & 1) != 0 && is(static_cast<State>(state))) {
      return true;
    }
  }
  return false;
}

// What marks parts of other rows, e.g. "force:subtotal", is in no sum.
bool HasOneLevel(const Axis& axis) {
  return !absl::StrContains(axis.level, ':');
}

bool IsAggregate(const Dimension& dimension, MemberId member) {
  return dimension.levels()[dimension.member(member).level].aggregate;
}

bool IsAggregate(const Dimension& dimension, const std::string& level) {
  return std::any_of(dimension.levels().begin(), dimension.levels().end(),
                     [&level](const vocabulary::Level& one) {
                       return one.code == level && one.aggregate;
                     });
}

// Ends that would not fit are left unknown.
Interval WhatIsLeft(const Interval& a, const Interval& b) {
  Interval result;
  int64_t end = 0;
  if (a.lower.has_value() && b.upper.has_value() &&
      !__builtin_sub_overflow(*a.lower, *b.upper, &end)) {
    result.lower = end;
  }
  if (a.upper.has_value() && b.lower.has_value() &&
      !__builtin_sub_overflow(*a.upper, *b.lower, &end)) {
    result.upper = end;
  }
  return result;
}

void Narrow(const Interval& room, Interval& bounds) {
  if (room.lower.has_value()) {
    bounds.lower = std::max(*room.lower, bounds.lower.value_or(*room.lower));
  }
  if (room.upper.has_value()) {
    bounds.upper = std::min(*room.upper, bounds.upper.value_or(*room.upper));
  }
}

// The first row of a sorted table for which `reached` holds.
template <typename Reached>
uint32_t FirstRow(const SliceTable& table, Reached reached) {
  uint32_t first = 0;
  auto last = static_cast<uint32_t>(table.row_count());
  while (first < last) {
    const uint32_t middle = first + (last - first) / 2;
    if (reached(middle)) {
      last = middle;
    } else {
      first = middle + 1;
    }
  }
  return first;
}

}  // namespace

Tightener::Tightener(const Plan& plan, const Snapshot& snapshot,
                     const Measure& measure, int scale, bool floor_zero)
    : plan_(plan),
      snapshot_(snapshot),
      measure_(measure),
      scale_(scale),
      floor_zero_(floor_zero) {
  const Dimension& reporters = snapshot_.vocabulary().reporters();
  for (MemberId id = 0; id < reporters.members().size(); ++id) {
    if (IsAggregate(reporters, id)) areas_.push_back(id);
  }
  for (const SliceTable& table : snapshot_.tables()) {
    if (table.slice.measure == measure_.code &&
        table.slice.universe == plan_.universe &&
        std::all_of(table.slice.axes.begin(), table.slice.axes.end(),
                    HasOneLevel)) {
      AddFamily(table);
    }
  }
  may_narrow_ = HasTotals();
}

bool Tightener::HasTotals() const {
  const auto is_asked = [this](const Family& family) {
    return !family.unmapped && family.axes.size() == plan_.dimensions.size() &&
           std::equal(family.dimensions.begin(), family.dimensions.end(),
                      plan_.dimensions.begin(),
                      [](const Dimension* one, const AskedDimension& asked) {
                        return one == asked.dimension;
                      });
  };
  const auto has_area = [this](const Family& family) {
    return std::any_of(
        family.tables.begin(), family.tables.end(), [&](const auto* table) {
          const auto& there = table->rows->reporters();
          return std::any_of(there.begin(), there.end(),
                             [this](const auto& one) {
                               return std::binary_search(
                                   areas_.begin(), areas_.end(), one.first);
                             });
        });
  };
  for (const Family& family : families_) {
    if (!is_asked(family)) continue;
    if (has_area(family)) return true;
    for (const Family& total : families_) {
      if (total.source == family.source &&
          total.axes.size() + 1 == family.axes.size() &&
          std::all_of(total.dimensions.begin(), total.dimensions.end(),
                      [&family](const Dimension* one) {
                        return std::count(family.dimensions.begin(),
                                          family.dimensions.end(), one) > 0;
                      })) {
        return true;
      }
    }
  }
  return false;
}

void Tightener::AddFamily(const SliceTable& table) {
  auto family = std::find_if(
      families_.begin(), families_.end(), [&table](const Family& one) {
        return one.source == table.source && one.axes == table.slice.axes;
      });
  if (family == families_.end()) {
    families_.push_back({table.source, table.slice.axes, table.axes, {}});
    family = families_.end() - 1;
  }
  family->tables.push_back(&table);
  family->unmapped |= table.unmapped;
}

bool Tightener::IsOfAskedLevels(const Family& family,
                                const Place& place) const {
  if (family.unmapped || family.axes.size() != plan_.dimensions.size()) {
    return false;
  }
  for (size_t d = 0; d < family.axes.size(); ++d) {
    const Dimension& dimension = *plan_.dimensions[d].dimension;
    if (family.dimensions[d] != &dimension ||
        family.axes[d].level !=
            dimension.levels()[dimension.member(place.members[d]).level].code) {
      return false;
    }
  }
  return true;
}

bool Tightener::AreNarrowable(uint32_t row_states) {
  return AnyIs(row_states, CanBeNarrowed) &&
         !AnyIs(row_states, [](State state) { return !CanBePart(state); });
}

absl::Status Tightener::Tighten(Leaf& leaf) const {
  if (!may_narrow_ || !CanBeNarrowed(leaf.state) || !leaf.due ||
      !leaf.additive || leaf.period_shortened ||
      leaf.first_bounds.has_value() || leaf.method == Method::kParts ||
      leaf.method == Method::kLowerBound) {
    return absl::OkStatus();
  }
  // A sum with a withheld cell in it may have another state as a whole.
  if (AnyIs(leaf.row_states, [](State state) { return !CanBePart(state); })) {
    return absl::OkStatus();
  }
  const Place place = {leaf.coordinates, leaf.reporter,
                       plan_.periods[leaf.period].days};
  for (const std::string& source : plan_.sources) {
    // One source never bounds another.
    if (!leaf.source.empty() && leaf.source != source) continue;
    std::vector<Room> rooms;
    for (const Family& family : families_) {
      if (family.source != source || !IsOfAskedLevels(family, place)) continue;
      COLLATE_RETURN_IF_ERROR(AddRoomsAmongParts(family, leaf, place, rooms));
      COLLATE_RETURN_IF_ERROR(AddRoomsAmongForces(family, leaf, place, rooms));
    }
    // One release, the latest of them.
    uint32_t release = 0;
    for (const Room& room : rooms) {
      release = std::max(release, room.total.release);
    }
    std::erase_if(rooms, [release](const Room& room) {
      return room.total.release != release;
    });
    if (std::any_of(rooms.begin(), rooms.end(),
                    [](const Room& room) { return !room.room.has_value(); })) {
      continue;
    }
    Interval bounds = leaf.bounds;
    RowRefs totals;
    for (const Room& room : rooms) {
      const Interval before = bounds;
      Narrow(*room.room, bounds);
      if (bounds != before) totals.push_back(room.total);
    }
    // What contradicts the figure says nothing of it.
    const bool empty = bounds.lower.has_value() && bounds.upper.has_value() &&
                       *bounds.lower > *bounds.upper;
    if (totals.empty() || empty) continue;
    if (!leaf.own_bounds.has_value()) leaf.own_bounds = leaf.bounds;
    leaf.bounds = bounds;
    leaf.tightened_by = std::move(totals);
    return absl::OkStatus();
  }
  return absl::OkStatus();
}

absl::Status Tightener::AddRoomsAmongParts(const Family& parts,
                                           const Leaf& leaf, const Place& place,
                                           std::vector<Room>& rooms) const {
  for (size_t axis = 0; axis < parts.axes.size(); ++axis) {
    if (!measure_.IsAdditiveOver(parts.axes[axis].dimension)) continue;
    std::vector<Axis> axes = parts.axes;
    axes.erase(axes.begin() + static_cast<std::ptrdiff_t>(axis));
    Place whole = place;
    whole.members.erase(whole.members.begin() +
                        static_cast<std::ptrdiff_t>(axis));
    for (const Family& family : families_) {
      if (family.source != parts.source || family.axes != axes) continue;
      const std::optional<Row> total = TotalAt(family, whole);
      if (!total.has_value() ||
          (total->table->slice.partition != Partition::kComplete &&
           !axes.empty()) ||
          !IsOfRelease(parts, leaf, place, total->table->release(total->row))) {
        continue;
      }
      const auto others =
          OtherParts(parts, total->table->release(total->row), axis, place);
      if (!others.has_value()) continue;
      COLLATE_RETURN_IF_ERROR(
          AddRoom(parts, *total, place, *others, /*complete=*/true, rooms));
    }
  }
  return absl::OkStatus();
}

absl::Status Tightener::AddRoomsAmongForces(const Family& family,
                                            const Leaf& leaf,
                                            const Place& place,
                                            std::vector<Room>& rooms) const {
  const Dimension& reporters = snapshot_.vocabulary().reporters();
  if (!measure_.IsAdditiveOver(kReporterDimension) ||
      IsAggregate(reporters, place.reporter)) {
    return absl::OkStatus();
  }
  for (const MemberId area : areas_) {
    if (!reporters.Contains(area, place.reporter, place.days.begin)) continue;
    const Place whole = {place.members, area, place.days};
    const std::optional<Row> total = TotalAt(family, whole);
    if (!total.has_value() || IsExcluded(family, whole) ||
        !IsOfRelease(family, leaf, place, total->table->release(total->row))) {
      continue;
    }
    const auto others = OtherForces(family, *total, place);
    if (!others.has_value()) continue;
    COLLATE_RETURN_IF_ERROR(
        AddRoom(family, *total, place, *others, /*complete=*/false, rooms));
  }
  return absl::OkStatus();
}

absl::Status Tightener::AddRoom(const Family& family, const Row& total,
                                const Place& place,
                                const std::vector<Place>& others, bool complete,
                                std::vector<Room>& rooms) const {
  const uint32_t release = total.table->release(total.row);
  const std::vector<Row> own = RowsAt(family, place, release);
  // One part of a breakdown that does not say that its parts are all.
  if (complete && std::any_of(own.begin(), own.end(), [](const Row& row) {
        return row.table->slice.partition != Partition::kComplete;
      })) {
    return absl::OkStatus();
  }
  bool any_part = !own.empty();
  bool forbidden = false;
  Interval rest = Interval::Exactly(0);
  for (const Place& other : others) {
    any_part = any_part || !RowsAt(family, other, release).empty();
    COLLATE_ASSIGN_OR_RETURN(const std::optional<Interval> part,
                             PartAt(family, other, release, complete));
    if (!part.has_value() || IsExcluded(family, other)) {
      forbidden = true;
      continue;
    }
    COLLATE_RETURN_IF_ERROR(AddTo(*part, &rest));
  }
  // A total alone has no parts.
  if (!any_part) return absl::OkStatus();
  Room& room = rooms.emplace_back();
  room.total = total.ref();
  if (forbidden) return absl::OkStatus();
  COLLATE_ASSIGN_OR_RETURN(const RowNumbers numbers,
                           NumbersOf(*total.table, total.row, scale_));
  room.room = WhatIsLeft(numbers.bounds, rest);
  return absl::OkStatus();
}

std::optional<std::vector<Tightener::Place>> Tightener::OtherParts(
    const Family& parts, uint32_t release, size_t axis,
    const Place& place) const {
  const Printed* printed = PrintedBy(parts, release);
  if (printed == nullptr || IsExcluded(parts, place)) return std::nullopt;
  for (const Family& other : families_) {
    if (&other == &parts || other.source != parts.source ||
        other.dimensions != parts.dimensions ||
        IsAggregate(*parts.dimensions[axis], other.axes[axis].level)) {
      continue;
    }
    const Printed* beside = PrintedBy(other, release);
    if (beside == nullptr || !beside->reporters.contains(place.reporter)) {
      continue;
    }
    // Labels that nobody knows may be parts; and of two levels side by side
    // nobody says which are.
    std::vector<Axis> axes = other.axes;
    axes[axis].level = parts.axes[axis].level;
    if (other.unmapped || axes == parts.axes) return std::nullopt;
  }
  std::vector<Place> others;
  for (const MemberId member : printed->members[axis]) {
    if (member == place.members[axis]) continue;
    others.push_back(place);
    others.back().members[axis] = member;
  }
  return others;
}

std::optional<std::vector<Tightener::Place>> Tightener::OtherForces(
    const Family& family, const Row& total, const Place& place) const {
  const Dimension& reporters = snapshot_.vocabulary().reporters();
  const MemberId area = total.table->reporter(total.row);
  const auto forces_on = [&](vocabulary::Day day) {
    std::vector<MemberId> forces = reporters.SelfAndDescendants(area, day);
    std::erase_if(forces,
                  [&](MemberId id) { return IsAggregate(reporters, id); });
    // What lies within a force is counted there.
    const std::vector<MemberId> all = forces;
    std::erase_if(forces, [&](MemberId id) {
      return std::any_of(all.begin(), all.end(), [&](MemberId wider) {
        return reporters.Contains(wider, id, day);
      });
    });
    return forces;
  };
  const std::vector<MemberId> forces = forces_on(place.days.begin);
  if (forces != forces_on(place.days.end - 1) ||
      std::count(forces.begin(), forces.end(), place.reporter) == 0) {
    return std::nullopt;
  }
  const auto stated = StatedCoverageOf(snapshot_, total.ref());
  if (stated.has_value() &&
      stated->reporters != static_cast<int64_t>(forces.size())) {
    return std::nullopt;
  }
  // Whether an area's total counts somebody who belongs to no area is not said.
  const uint32_t release = total.table->release(total.row);
  for (const MemberId reporter : PrintedBy(family, release)->reporters) {
    if (IsAggregate(reporters, reporter) ||
        !reporters.member(reporter).parents.empty()) {
      continue;
    }
    const Place unplaced = {place.members, reporter, place.days};
    if (!RowsAt(family, unplaced, release).empty()) {
      return std::nullopt;
    }
  }
  std::vector<Place> others;
  for (const MemberId force : forces) {
    if (force == place.reporter) continue;
    others.push_back({place.members, force, place.days});
  }
  return others;
}

std::optional<Tightener::Row> Tightener::TotalAt(const Family& family,
                                                 const Place& place) const {
  std::optional<Row> total;
  for (const Row& found : RowsAt(family, place, std::nullopt)) {
    const auto& [table, row] = found;
    if (table->period(row) != place.days || !table->Holds(row, plan_.as_of)) {
      continue;
    }
    if (total.has_value()) return std::nullopt;
    total = found;
  }
  if (!total.has_value()) return std::nullopt;
  const SliceTable& table = *total->table;
  if (!vocabulary::IsPrinted(table.state(total->row)) ||
      (table.flags(total->row) & kNoTotal) != 0 ||
      table.slice.aggregation != Aggregation::kSum) {
    return std::nullopt;
  }
  return total;
}

absl::StatusOr<std::optional<Interval>> Tightener::PartAt(const Family& family,
                                                          const Place& place,
                                                          uint32_t release,
                                                          bool complete) const {
  const std::vector<Row> rows = RowsAt(family, place, release);
  if (rows.empty()) {
    for (size_t axis = 0; axis < family.axes.size(); ++axis) {
      const auto& member = family.dimensions[axis]->member(place.members[axis]);
      if (!member.validity.Overlaps(place.days)) return Interval::Exactly(0);
    }
    if (SpeaksElsewhere(family, release, place.reporter)) return std::nullopt;
    bool floor_zero = floor_zero_;
    for (const SliceTable* table : family.tables) {
      for (const Claim& claim : table->claims) {
        // It speaks of the figure and does not show it.
        if (claim.release == release &&
            claim.Covers(place.reporter, place.days)) {
          return std::nullopt;
        }
      }
      floor_zero = floor_zero && table->slice.floor == Floor::kZero;
    }
    return floor_zero ? Interval::AtLeast(0) : Interval::Unknown();
  }
  // Several statements, or quarters where a year is expected.
  if (rows.size() > 1) return std::nullopt;
  const auto& [table, row] = rows[0];
  if (table->period(row) != place.days || !CanBePart(table->state(row)) ||
      (table->flags(row) & vocabulary::kFlagDefinitionDiffers) != 0 ||
      table->slice.aggregation != Aggregation::kSum ||
      (complete && table->slice.partition != Partition::kComplete)) {
    return std::nullopt;
  }
  COLLATE_ASSIGN_OR_RETURN(const RowNumbers numbers,
                           NumbersOf(*table, row, scale_));
  return numbers.bounds;
}

std::vector<Tightener::Row> Tightener::RowsAt(
    const Family& family, const Place& place,
    std::optional<uint32_t> release) const {
  std::vector<Row> rows;
  for (const SliceTable* table : family.tables) {
    // Below 0 before the rows of the place, 0 among them.
    const auto order = [&](uint32_t row) {
      for (size_t axis = 0; axis < table->axes.size(); ++axis) {
        const MemberId member = table->member(axis, row);
        if (member != place.members[axis]) {
          return member < place.members[axis] ? -1 : 1;
        }
      }
      const MemberId reporter = table->reporter(row);
      return reporter == place.reporter  ? 0
             : reporter < place.reporter ? -1
                                         : 1;
    };
    const uint32_t first =
        FirstRow(*table, [&](uint32_t row) { return order(row) >= 0; });
    const uint32_t last =
        FirstRow(*table, [&](uint32_t row) { return order(row) > 0; });
    for (uint32_t row = first; row < last; ++row) {
      if (!table->derived(row) && table->period(row).Overlaps(place.days) &&
          (!release.has_value() || table->ref(row).release == *release)) {
        rows.push_back({table, row});
      }
    }
  }
  return rows;
}

bool Tightener::IsOfRelease(const Family& family, const Leaf& leaf,
                            const Place& place, uint32_t release) const {
  if (leaf.rows.empty()) return RowsAt(family, place, release).empty();
  return std::all_of(
      leaf.rows.begin(), leaf.rows.end(),
      [release](const RowRef& row) { return row.release == release; });
}

// What an analyst leaves out must not come back by way of a total.
bool Tightener::IsExcluded(const Family& family, const Place& place) const {
  return std::any_of(plan_.exclusions.begin(), plan_.exclusions.end(),
                     [&](const PlannedExclusion& one) {
                       return one.IsOf(family.source) &&
                              one.Touches(measure_, place.reporter, place.days);
                     });
}

const Tightener::Printed* Tightener::PrintedBy(const Family& family,
                                               uint32_t release) const {
  std::call_once(printed_found_, [this] { FindPrinted(); });
  const auto found = printed_.find({&family, release});
  return found == printed_.end() ? nullptr : &found->second;
}

bool Tightener::SpeaksElsewhere(const Family& family, uint32_t release,
                                MemberId reporter) const {
  std::call_once(printed_found_, [this] { FindPrinted(); });
  const auto found = speaking_.find({release, reporter});
  return found != speaking_.end() &&
         std::any_of(found->second.begin(), found->second.end(),
                     [&family](const Family* one) { return one != &family; });
}

void Tightener::FindPrinted() const {
  std::map<const SliceTable*, const Family*> family_of;
  for (const Family& family : families_) {
    for (const SliceTable* table : family.tables) family_of[table] = &family;
  }
  for (const SliceTable& table : snapshot_.tables()) {
    if (table.slice.measure != measure_.code) continue;
    const auto at = family_of.find(&table);
    const Family* family = at == family_of.end() ? nullptr : at->second;
    for (uint32_t row = 0; row < table.row_count(); ++row) {
      if (table.derived(row)) continue;
      const uint32_t release = table.ref(row).release;
      speaking_[{release, table.reporter(row)}].insert(family);
      if (family == nullptr) continue;
      Printed& printed = printed_[{family, release}];
      printed.members.resize(table.axes.size());
      for (size_t axis = 0; axis < table.axes.size(); ++axis) {
        printed.members[axis].insert(table.member(axis, row));
      }
      printed.reporters.insert(table.reporter(row));
    }
  }
}

}  // namespace collate::query
