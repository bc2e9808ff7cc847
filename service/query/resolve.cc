#include "service/query/resolve.h"

#include <algorithm>
#include <optional>
#include <set>
#include <utility>

#include "absl/strings/match.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/str_join.h"
#include "absl/strings/string_view.h"
#include "service/base/status_macros.h"
#include "service/query/bounds.h"
#include "service/query/tiling.h"

namespace collate::query {
namespace {

using store::Aggregation;
using store::Floor;
using store::Partition;
using store::Slice;
using vocabulary::DayInterval;
using vocabulary::Dimension;
using vocabulary::MemberId;
using vocabulary::Period;
using vocabulary::PeriodKind;
using vocabulary::Severity;
using vocabulary::State;

// A level that stands for parts of other rows, e.g. "force:subtotal".
bool IsDerivedLevel(absl::string_view level) {
  return absl::StrContains(level, ':');
}

// "offence@code, sex@sex (COMPLETE) of platform_known".
std::string Describe(const Slice& slice) {
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

// What a row's number can be, given that it may not be below its floor.
Interval BoundsOfRow(const SliceTable& table, uint32_t row) {
  const bool floor_zero = table.slice.floor == Floor::kZero;
  const uint8_t has = table.has[row];
  Interval bounds;
  if ((has & store::kHasLower) != 0) bounds.lower = table.lower[row];
  if ((has & store::kHasUpper) != 0) bounds.upper = table.upper[row];
  switch (table.state[row]) {
    case State::kReported:
      return Interval::Exactly(table.value[row]);
    case State::kPartialPeriod:
      if (!floor_zero) return Interval::Unknown();
      return (has & store::kHasValue) != 0
                 ? Interval::AtLeast(table.value[row])
                 : Interval::AtLeast(bounds.lower.value_or(0));
    default:
      if (floor_zero && !bounds.lower.has_value()) bounds.lower = 0;
      return bounds;
  }
}

bool RefusedForCost(const Leaf& leaf) {
  return leaf.state == State::kRefused &&
         (absl::StrContains(leaf.reason, "s.12") ||
          absl::StrContains(leaf.reason, "section 12"));
}

// The states in which the next source may answer instead. Never SUPPRESSED,
// nor a refusal that protects somebody.
bool FallsThrough(const Leaf& leaf) {
  switch (leaf.state) {
    case State::kNoRelease:
    case State::kNoResponse:
    case State::kNotHeld:
    case State::kPartialPeriod:
    case State::kNotCrossed:
      return true;
    default:
      return RefusedForCost(leaf);
  }
}

std::string FormatDays(const DayInterval& days) {
  return absl::StrCat(vocabulary::FormatDay(days.begin), " to ",
                      vocabulary::FormatDay(days.end - 1));
}

}  // namespace

// The rows of a candidate that cover a period, and what they leave open.
struct Resolver::Found {
  std::vector<uint32_t> rows;
  bool tiled = false;
  std::vector<DayInterval> gaps;  // empty = complete

  bool any() const { return !rows.empty(); }
  bool complete() const { return any() && gaps.empty(); }
};

Resolver::Resolver(const Plan& plan, const Snapshot& snapshot,
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
  for (Candidate& candidate : candidates_) Fill(candidate);
}

void Resolver::AddTable(const SliceTable& table) {
  const Slice& slice = table.slice;
  if (slice.floor == Floor::kNone && slice.universe == plan_.universe) {
    floor_zero_ = false;
  }
  if (table.unmapped) {
    unmapped_.push_back(&table);
    return;
  }
  std::vector<size_t> asked_axes;
  for (const AskedDimension& asked : plan_.dimensions) {
    const auto axis =
        std::find(table.axes.begin(), table.axes.end(), asked.dimension);
    if (axis == table.axes.end()) {
      AddOther(table);
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
  if (same_universe && extra_axes.empty()) {
    AddCandidate(table, Use::kWhole, std::move(asked_axes), {});
    return;
  }
  if (same_universe && additive && slice.partition == Partition::kComplete) {
    AddCandidate(table, Use::kWhole, std::move(asked_axes),
                 std::move(extra_axes));
    return;
  }
  AddOther(table);
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

void Resolver::AddCandidate(const SliceTable& table, Use use,
                            std::vector<size_t> asked_axes,
                            std::vector<size_t> extra_axes) {
  Candidate& candidate = candidates_.emplace_back();
  candidate.table = &table;
  candidate.use = use;
  candidate.asked_axes = std::move(asked_axes);
  candidate.extra_axes = std::move(extra_axes);
}

void Resolver::AddOther(const SliceTable& table) {
  Other other;
  other.table = &table;
  for (uint32_t row = 0; row < table.row_count(); ++row) {
    if (table.known_until[row] != kStillKnown) continue;
    if (!span_.Contains(table.period[row])) continue;
    bool inside = true;
    for (size_t axis = 0; inside && axis < table.axes.size(); ++axis) {
      for (size_t d = 0; d < plan_.dimensions.size(); ++d) {
        if (plan_.dimensions[d].dimension != table.axes[axis]) continue;
        const MemberId member = table.members[axis][row];
        inside =
            std::any_of(coordinates_[d].begin(), coordinates_[d].end(),
                        [&](MemberId asked) {
                          return asked == member ||
                                 table.axes[axis]->Contains(
                                     asked, member, table.period[row].begin);
                        });
      }
    }
    if (inside) other.rows[table.reporter[row]].push_back(row);
  }
  others_.push_back(std::move(other));
}

uint64_t Resolver::Key(const std::vector<MemberId>& coordinates,
                       MemberId reporter) const {
  uint64_t key = 0;
  for (size_t d = 0; d < coordinates.size(); ++d) {
    key = key * coordinates_[d].size() + position_[d].at(coordinates[d]);
  }
  return key * snapshot_.vocabulary().reporters().members().size() + reporter;
}

void Resolver::Fill(Candidate& candidate) const {
  const SliceTable& table = *candidate.table;
  const size_t width = candidate.asked_axes.size();
  // A finer level of an asked axis adds up to the whole only if the parts
  // are all there and may be added.
  std::vector<bool> rolls_up(width);
  for (size_t d = 0; d < width; ++d) {
    const store::Axis& axis = table.slice.axes[candidate.asked_axes[d]];
    rolls_up[d] = table.slice.partition == Partition::kComplete &&
                  table.slice.aggregation == Aggregation::kSum &&
                  !IsDerivedLevel(axis.level) &&
                  measure_.IsAdditiveOver(axis.dimension);
  }
  // For each asked dimension: row member -> the asked members it lies in.
  struct Target {
    MemberId asked;
    bool exact;
  };
  std::vector<absl::flat_hash_map<MemberId, std::vector<Target>>> targets(
      width);
  for (size_t d = 0; d < width; ++d) {
    const Dimension& dimension = *plan_.dimensions[d].dimension;
    for (MemberId asked : coordinates_[d]) {
      std::set<MemberId> below = {asked};
      if (rolls_up[d]) {
        for (const Period& period : plan_.periods) {
          const auto members =
              dimension.SelfAndDescendants(asked, period.days.begin);
          below.insert(members.begin(), members.end());
        }
      }
      for (MemberId member : below) {
        targets[d][member].push_back({asked, member == asked});
      }
    }
  }

  auto add_row = [&](uint32_t row) {
    if (table.known_until[row] != kStillKnown) return;
    if (!span_.Contains(table.period[row])) return;
    std::vector<const std::vector<Target>*> lists;
    for (size_t d = 0; d < width; ++d) {
      const auto it =
          targets[d].find(table.members[candidate.asked_axes[d]][row]);
      if (it == targets[d].end()) return;
      lists.push_back(&it->second);
    }
    // Every combination of asked members that contains the row.
    std::vector<size_t> at(width, 0);
    std::vector<MemberId> coordinates(width);
    while (true) {
      bool exact = candidate.extra_axes.empty();
      for (size_t d = 0; d < width; ++d) {
        const Target& target = (*lists[d])[at[d]];
        coordinates[d] = target.asked;
        exact = exact && target.exact;
      }
      const uint64_t key = Key(coordinates, table.reporter[row]);
      (exact ? candidate.exact : candidate.within)[key].push_back(row);
      size_t d = 0;
      while (d < width && ++at[d] == lists[d]->size()) at[d++] = 0;
      if (d == width) break;
    }
  };

  // Rows are sorted by the first axis: when it is asked for, look only at
  // the members that matter.
  const bool indexed = width > 0 && !candidate.asked_axes.empty() &&
                       std::count(candidate.asked_axes.begin(),
                                  candidate.asked_axes.end(), 0) > 0;
  if (indexed) {
    const size_t d = static_cast<size_t>(
        std::find(candidate.asked_axes.begin(), candidate.asked_axes.end(), 0) -
        candidate.asked_axes.begin());
    std::set<MemberId> wanted;
    for (const auto& [member, unused] : targets[d]) wanted.insert(member);
    for (MemberId member : wanted) {
      const auto [first, last] = table.RowsOf(member);
      for (size_t row = first; row < last; ++row) {
        add_row(static_cast<uint32_t>(row));
      }
    }
  } else {
    for (uint32_t row = 0; row < table.row_count(); ++row) add_row(row);
  }
}

Resolver::Found Resolver::Cover(const Candidate& candidate,
                                const std::vector<uint32_t>& rows,
                                const DayInterval& days) const {
  const SliceTable& table = *candidate.table;
  auto same_members = [&](uint32_t a, uint32_t b) {
    for (const auto& column : table.members) {
      if (column[a] != column[b]) return false;
    }
    return true;
  };
  const bool may_tile = measure_.additive_over_time &&
                        table.slice.aggregation == Aggregation::kSum;
  Found found;
  // Rows of one member tuple stand together, in order of their periods.
  for (size_t begin = 0; begin < rows.size();) {
    size_t end = begin + 1;
    while (end < rows.size() && same_members(rows[begin], rows[end])) ++end;
    std::vector<DayInterval> periods;
    bool exact = false;
    for (size_t i = begin; i < end; ++i) {
      const DayInterval& period = table.period[rows[i]];
      if (!days.Contains(period)) continue;
      exact = exact || period == days;
      const bool stock = table.period_kind[rows[i]] == PeriodKind::kDay;
      if (!stock && (periods.empty() || periods.back() != period)) {
        periods.push_back(period);
      }
    }
    std::set<DayInterval> chosen;
    if (exact) {
      chosen.insert(days);
    } else if (may_tile && !periods.empty()) {
      const Tiling tiling = Tile(days, periods);
      for (size_t tile : tiling.tiles) chosen.insert(periods[tile]);
      found.tiled = true;
      for (const DayInterval& gap : tiling.gaps) {
        if (!std::count(found.gaps.begin(), found.gaps.end(), gap)) {
          found.gaps.push_back(gap);
        }
      }
    }
    for (size_t i = begin; i < end; ++i) {
      if (chosen.contains(table.period[rows[i]])) {
        found.rows.push_back(rows[i]);
      }
    }
    begin = end;
  }
  std::sort(found.gaps.begin(), found.gaps.end());
  return found;
}

bool Resolver::HasUnmappedPart(const Candidate& candidate, MemberId reporter,
                               const DayInterval& days) const {
  const SliceTable& table = *candidate.table;
  for (const SliceTable* other : unmapped_) {
    if (other->source != table.source || other->axes != table.axes ||
        other->slice.universe != table.slice.universe) {
      continue;
    }
    for (size_t row = 0; row < other->row_count(); ++row) {
      if (other->reporter[row] == reporter &&
          other->known_until[row] == kStillKnown &&
          days.Overlaps(other->period[row])) {
        return true;
      }
    }
  }
  return false;
}

absl::StatusOr<Leaf> Resolver::Sum(const Candidate& candidate,
                                   const Found& found, Method method) const {
  const SliceTable& table = *candidate.table;
  Leaf leaf;
  leaf.method = method;
  leaf.source = table.source;
  leaf.state = State::kUnspecified;
  leaf.due = false;
  leaf.bounds = Interval::Exactly(0);
  leaf.reported_bounds = Interval::Exactly(0);
  int64_t printed = 0;
  bool any_printed = false;
  for (uint32_t row : found.rows) {
    const State state = table.state[row];
    if (leaf.state == State::kUnspecified ||
        Severity(state) > Severity(leaf.state)) {
      leaf.state = state;
      const RowRef& ref = table.ref[row];
      const store::Observations& chunk = snapshot_.chunk_of(ref);
      leaf.reason = chunk.strings[chunk.reason[ref.row]];
      if (state == State::kWithdrawn) {
        leaf.reason = snapshot_.release_of(ref).withdrawn_reason;
      }
    }
    leaf.flags |= table.flags[row];
    leaf.rows.push_back(table.ref[row]);
    if (vocabulary::IsNeverDue(state)) continue;
    leaf.due = true;
    const Interval bounds = BoundsOfRow(table, row);
    COLLATE_RETURN_IF_ERROR(AddTo(bounds, &leaf.bounds));
    if (vocabulary::IsPrinted(state)) {
      any_printed = true;
      COLLATE_RETURN_IF_ERROR(AddTo(table.value[row], &printed));
    }
    if (vocabulary::IsPrinted(state) || state == State::kSuppressed) {
      COLLATE_RETURN_IF_ERROR(AddTo(bounds, &leaf.reported_bounds));
    }
  }
  if (!found.complete()) {
    if (Severity(State::kPartialPeriod) > Severity(leaf.state)) {
      leaf.state = State::kPartialPeriod;
    }
    leaf.due = true;
    leaf.bounds.upper.reset();
    if (table.slice.floor == Floor::kNone) leaf.bounds.lower.reset();
    any_printed = false;
  }
  if (any_printed) {
    leaf.reported = printed;
  } else {
    leaf.reported_bounds = Interval::Unknown();
  }
  if (!leaf.due) leaf.bounds = Interval::Unknown();
  return leaf;
}

absl::StatusOr<Leaf> Resolver::LowerBound(const Candidate& candidate,
                                          const Found& found) const {
  COLLATE_ASSIGN_OR_RETURN(Leaf leaf,
                           Sum(candidate, found, Method::kLowerBound));
  leaf.state = State::kNotCrossed;
  leaf.due = true;
  leaf.reported.reset();
  leaf.reported_bounds = Interval::Unknown();
  leaf.bounds.upper.reset();
  leaf.reason = absl::StrCat("only a part of the whole is published: ",
                             Describe(candidate.table->slice));
  return leaf;
}

absl::StatusOr<std::optional<Leaf>> Resolver::ResolveWithin(
    const std::string& source, uint64_t key, MemberId reporter,
    const Period& period) const {
  struct Attempt {
    const Candidate* candidate;
    Found found;
    Method method;
  };
  std::optional<Attempt> tiled;
  std::optional<Attempt> parts;
  std::optional<Attempt> partial;
  for (const bool want_exact : {true, false}) {
    for (const Candidate& candidate : candidates_) {
      if (candidate.table->source != source || candidate.use != Use::kWhole) {
        continue;
      }
      const Buckets& buckets = want_exact ? candidate.exact : candidate.within;
      const auto bucket = buckets.find(key);
      if (bucket == buckets.end()) continue;
      Found found = Cover(candidate, bucket->second, period.days);
      if (!found.any()) continue;
      if (!want_exact && HasUnmappedPart(candidate, reporter, period.days)) {
        continue;
      }
      if (found.complete() && want_exact && !found.tiled) {
        return Sum(candidate, found, Method::kExact);
      }
      const Method method = want_exact ? Method::kTiled : Method::kParts;
      auto& slot = !found.complete() ? partial : want_exact ? tiled : parts;
      if (!slot.has_value()) {
        slot = Attempt{&candidate, std::move(found), method};
      }
    }
  }
  for (auto* attempt : {&tiled, &parts}) {
    if (attempt->has_value()) {
      return Sum(*(*attempt)->candidate, (*attempt)->found, (*attempt)->method);
    }
  }
  if (partial.has_value()) {
    COLLATE_ASSIGN_OR_RETURN(
        Leaf leaf, Sum(*partial->candidate, partial->found, partial->method));
    std::vector<std::string> gaps;
    for (const DayInterval& gap : partial->found.gaps) {
      gaps.push_back(ExplainGap(*partial->candidate, reporter, gap));
    }
    if (leaf.state == State::kPartialPeriod) {
      leaf.reason = absl::StrCat("no figure for ", absl::StrJoin(gaps, "; "));
    }
    return leaf;
  }
  std::optional<Leaf> bound;
  for (const Candidate& candidate : candidates_) {
    if (candidate.table->source != source || candidate.use != Use::kPart) {
      continue;
    }
    for (const Buckets* buckets : {&candidate.exact, &candidate.within}) {
      const auto bucket = buckets->find(key);
      if (bucket == buckets->end()) continue;
      const Found found = Cover(candidate, bucket->second, period.days);
      if (!found.any()) continue;
      COLLATE_ASSIGN_OR_RETURN(Leaf leaf, LowerBound(candidate, found));
      if (!bound.has_value() || leaf.bounds.lower > bound->bounds.lower) {
        bound = std::move(leaf);
      }
    }
  }
  return bound;
}

absl::StatusOr<Leaf> Resolver::Resolve(const std::vector<MemberId>& coordinates,
                                       MemberId reporter, int period) const {
  const Period& asked = plan_.periods[period];
  const uint64_t key = Key(coordinates, reporter);
  std::optional<Leaf> best;
  for (const std::string& source : plan_.sources) {
    COLLATE_ASSIGN_OR_RETURN(std::optional<Leaf> leaf,
                             ResolveWithin(source, key, reporter, asked));
    if (!leaf.has_value()) continue;
    if (!best.has_value() || Severity(leaf->state) < Severity(best->state)) {
      best = std::move(leaf);
    }
    if (!FallsThrough(*best)) break;
  }
  const bool unanswered =
      !best.has_value() || best->state == State::kNotCrossed;
  if (unanswered) {
    Leaf missing = Missing(coordinates, reporter, asked);
    if (best.has_value()) {
      best->available = std::move(missing.available);
    } else {
      best = std::move(missing);
    }
  }
  best->reporter = reporter;
  best->coordinates = coordinates;
  best->period = period;
  return *std::move(best);
}

namespace {

// What a release that claims the days says about a figure it does not print.
struct Silence {
  State state;
  std::string reason;
};

std::optional<Silence> SilenceWithin(const Snapshot& snapshot,
                                     const SliceTable& table, MemberId reporter,
                                     const DayInterval& days) {
  std::optional<Silence> silence;
  for (const Claim& claim : table.claims) {
    const store::Release& release = snapshot.releases()[claim.release]->release;
    if (release.state != store::ReleaseState::kPublished ||
        !claim.Covers(reporter, days)) {
      continue;
    }
    if (days.begin >= claim.printed_to) {
      silence = {State::kNotYetPublished,
                 absl::StrCat(release.name, " ends on ",
                              vocabulary::FormatDay(claim.printed_to - 1))};
    } else {
      silence = {
          State::kNotShown,
          absl::StrCat(release.name, " covers it and prints no such figure")};
    }
  }
  return silence;
}

}  // namespace

std::string Resolver::ExplainGap(const Candidate& candidate, MemberId reporter,
                                 const DayInterval& gap) const {
  const auto silence =
      SilenceWithin(snapshot_, *candidate.table, reporter, gap);
  return absl::StrCat(
      FormatDays(gap), " (",
      vocabulary::StateName(silence.has_value() ? silence->state
                                                : State::kNoRelease),
      ")");
}

Leaf Resolver::Missing(const std::vector<MemberId>& coordinates,
                       MemberId reporter, const Period& period) const {
  Leaf leaf;
  leaf.reason = "nothing is loaded";
  for (const Other& other : others_) {
    const auto rows = other.rows.find(reporter);
    if (rows == other.rows.end()) continue;
    const bool here = std::any_of(
        rows->second.begin(), rows->second.end(), [&](uint32_t row) {
          return period.days.Contains(other.table->period[row]);
        });
    if (!here) continue;
    const std::string text = Describe(other.table->slice);
    if (!std::count(leaf.available.begin(), leaf.available.end(), text)) {
      leaf.available.push_back(text);
    }
  }
  if (!leaf.available.empty()) {
    leaf.state = State::kNotCrossed;
    leaf.reason =
        absl::StrCat("published only as ", absl::StrJoin(leaf.available, "; "));
  }
  for (const Candidate& candidate : candidates_) {
    if (candidate.use != Use::kWhole || !candidate.extra_axes.empty()) {
      continue;
    }
    // Only a member of the table's own level could have been printed there.
    bool same_level = true;
    for (size_t d = 0; d < candidate.asked_axes.size(); ++d) {
      const Dimension& dimension = *plan_.dimensions[d].dimension;
      const std::string& level =
          candidate.table->slice.axes[candidate.asked_axes[d]].level;
      const int level_of_asked = dimension.member(coordinates[d]).level;
      same_level =
          same_level && dimension.levels()[level_of_asked].code == level;
    }
    if (!same_level) continue;
    if (auto silence =
            SilenceWithin(snapshot_, *candidate.table, reporter, period.days)) {
      leaf.state = silence->state;
      leaf.reason = silence->reason;
      break;
    }
  }
  // A number that is not published yet is due once its period has ended.
  leaf.due = leaf.state != State::kNotYetPublished ||
             period.days.end <= plan_.options.today;
  if (leaf.due && floor_zero_) leaf.bounds.lower = 0;
  return leaf;
}

}  // namespace collate::query
