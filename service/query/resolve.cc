#include "service/query/resolve.h"

#include <algorithm>
#include <cstddef>
#include <optional>
#include <set>
#include <utility>

#include "absl/strings/ascii.h"
#include "absl/strings/match.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/str_join.h"
#include "absl/strings/str_replace.h"
#include "absl/strings/str_split.h"
#include "absl/strings/string_view.h"
#include "absl/strings/strip.h"
#include "absl/time/civil_time.h"
#include "absl/time/time.h"
#include "service/base/error.h"
#include "service/base/status_macros.h"
#include "service/query/bounds.h"
#include "service/query/editions.h"
#include "service/query/row_numbers.h"
#include "service/query/statements.h"
#include "service/query/tiling.h"
#include "service/query/unreadable.h"
#include "service/query/withheld.h"

namespace collate::query {
namespace {

using store::Aggregation;
using store::Floor;
using vocabulary::DayInterval;
using vocabulary::Dimension;
using vocabulary::MemberId;
using vocabulary::Period;
using vocabulary::PeriodKind;
using vocabulary::Severity;
using vocabulary::State;

// Whether a leaf says anything of the number, beyond that there may be one.
bool SaysANumber(const Leaf& leaf) {
  return leaf.due && leaf.method != Method::kNone &&
         (leaf.reported.has_value() || leaf.bounds.upper.has_value() ||
          leaf.bounds.lower.value_or(0) != 0);
}

// Whether a later source's leaf answers rather than that of an earlier one,
// which falls through.
bool GoesBefore(const Leaf& leaf, const Leaf& earlier) {
  // Silence is no reason to hide that a number was left out.
  if (earlier.state == State::kAnalystExcluded &&
      leaf.state != State::kSuppressed && !SaysANumber(leaf)) {
    return false;
  }
  return Severity(leaf.state) < Severity(earlier.state);
}

OtherFigure ToOther(Leaf leaf, bool disjoint) {
  return {.source = std::move(leaf.source),
          .state = leaf.state,
          .reported = leaf.reported,
          .bounds = leaf.bounds,
          .method = leaf.method,
          .disjoint = disjoint,
          .rows = std::move(leaf.rows)};
}

std::vector<std::string> SourcesOf(const Plan& plan,
                                   const Candidates& candidates) {
  std::vector<std::string> sources;
  for (const std::string& source : plan.sources) {
    if (std::any_of(candidates.candidates().begin(),
                    candidates.candidates().end(),
                    [&source](const Candidate& candidate) {
                      return candidate.table->source == source;
                    })) {
      sources.push_back(source);
    }
  }
  return sources;
}

std::string FormatDays(const DayInterval& days) {
  return absl::StrCat(vocabulary::FormatDay(days.begin), " to ",
                      vocabulary::FormatDay(days.end - 1));
}

}  // namespace

// The rows of a candidate that cover a period, and what they leave open.
struct Resolver::Found {
  std::vector<uint32_t> rows;
  // Further statements of one of `rows`, by its index.
  std::vector<std::pair<size_t, uint32_t>> further;
  bool tiled = false;
  bool shortened = false;         // by the days on which the law is in force
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
      candidates_(plan, snapshot, measure, std::move(coordinates)),
      sources_(SourcesOf(plan, candidates_)),
      plain_(plan, measure, candidates_, sources_),
      tightener_(plan, snapshot, measure, candidates_.scale(),
                 candidates_.floor_zero()) {}

Resolver::Place Resolver::PlaceOf(std::vector<MemberId> coordinates) const {
  PlainFigures::Place spots = plain_.PlaceOf(coordinates);
  return {std::move(coordinates), std::move(spots)};
}

// The states in which the next source may answer instead. Never SUPPRESSED,
// nor a refusal that protects somebody.
bool Resolver::FallsThrough(const Leaf& leaf) const {
  // Whatever else is missing beside it.
  if (leaf.withheld && leaf.method != Method::kNone &&
      leaf.method != Method::kLowerBound) {
    return false;
  }
  switch (leaf.state) {
    case State::kNoRelease:
    case State::kNoResponse:
    case State::kNotHeld:
    case State::kPartialPeriod:
    case State::kNotCrossed:
      return true;
    case State::kAnalystExcluded:
      // One source is left out, and what it says is not withheld.
      return leaf.others[0].state != State::kSuppressed &&
             std::none_of(
                 leaf.exclusions.begin(), leaf.exclusions.end(),
                 [this](int i) { return plan_.exclusions[i].source.empty(); });
    case State::kWithdrawn:
      // Taken out of all answers here, not retracted by the publisher.
      return leaf.method == Method::kNone;
    default:
      return leaf.state == State::kRefused && IsCost(leaf.reason);
  }
}

Resolver::Found Resolver::Cover(const Candidate& candidate,
                                const std::vector<uint32_t>& rows,
                                const DayInterval& days) const {
  const SliceTable& table = *candidate.table;
  Found found;
  std::vector<std::pair<size_t, size_t>> absent;
  // Rows of one member tuple stand together, in order of their periods.
  for (size_t begin = 0; begin < rows.size();) {
    size_t end = begin + 1;
    while (end < rows.size() && table.SameMembers(rows[begin], rows[end]))
      ++end;
    if (!CoverTuple(candidate, rows, begin, end, days, found)) {
      absent.push_back({begin, end});
    }
    begin = end;
  }
  // A part that is not there makes the whole incomplete: one whose figure is
  // of other days or has no current statement, and one that a release in use
  // prints for other periods only.
  std::set<uint32_t> releases;
  for (const uint32_t row : found.rows) {
    releases.insert(table.release(row));
  }
  for (const auto& [begin, end] : absent) {
    const bool expected =
        std::any_of(rows.data() + begin, rows.data() + end, [&](uint32_t row) {
          return days.Overlaps(table.period(row)) ||
                 releases.contains(table.release(row));
        });
    if (expected && InForce(table, rows[begin]).Overlaps(days)) {
      AddGap(candidate, rows[begin], days, found);
    }
  }
  std::sort(found.gaps.begin(), found.gaps.end());
  return found;
}

// Adds what rows [begin, end), all of one member tuple, have for `days`;
// false when that is nothing.
bool Resolver::CoverTuple(const Candidate& candidate,
                          const std::vector<uint32_t>& rows, size_t begin,
                          size_t end, const DayInterval& days,
                          Found& found) const {
  const SliceTable& table = *candidate.table;
  const bool may_tile = measure_.additive_over_time &&
                        table.slice.aggregation == Aggregation::kSum;
  std::vector<DayInterval> periods;
  bool exact = false;
  for (size_t i = begin; i < end; ++i) {
    const DayInterval& period = table.period(rows[i]);
    if (!days.Contains(period) || table.derived(rows[i])) continue;
    exact = exact || period == days;
    const bool stock = table.period_kind(rows[i]) == PeriodKind::kDay;
    if (!stock && (periods.empty() || periods.back() != period)) {
      periods.push_back(period);
    }
  }
  std::set<DayInterval> chosen;
  if (exact) {
    chosen.insert(days);
  } else if (may_tile && !periods.empty()) {
    const DayInterval in_force = InForce(table, rows[begin]);
    const Tiling tiling = Tile(days, periods);
    for (size_t tile : tiling.tiles) chosen.insert(periods[tile]);
    found.tiled = true;
    for (const DayInterval& gap : tiling.gaps) {
      if (!in_force.Overlaps(gap)) {
        found.shortened = true;
      } else {
        AddGap(candidate, rows[begin], gap, found);
      }
    }
  }
  for (size_t i = begin; i < end; ++i) {
    if (!chosen.contains(table.period(rows[i])) || table.derived(rows[i])) {
      continue;
    }
    if (!found.rows.empty() &&
        IsFurtherStatement(table, found.rows.back(), rows[i])) {
      found.further.emplace_back(found.rows.size() - 1, rows[i]);
    } else {
      found.rows.push_back(rows[i]);
    }
  }
  return !chosen.empty();
}

// Days without a figure are missing, unless all their records were counted:
// then there are none.
void Resolver::AddGap(const Candidate& candidate, uint32_t row,
                      const DayInterval& gap, Found& found) const {
  std::vector<DayInterval> missing = {gap};
  const auto counted = candidate.counted.find(candidate.table->reporter(row));
  if (counted != candidate.counted.end()) {
    missing = Uncovered(gap, counted->second);
  }
  for (const DayInterval& days : missing) {
    if (!std::count(found.gaps.begin(), found.gaps.end(), days)) {
      found.gaps.push_back(days);
    }
  }
}

DayInterval Resolver::InForce(const SliceTable& table, uint32_t row) const {
  DayInterval days;
  for (size_t axis = 0; axis < table.axes.size(); ++axis) {
    const DayInterval& validity =
        table.axes[axis]->member(table.member(axis, row)).validity;
    days.begin = std::max(days.begin, validity.begin);
    days.end = std::min(days.end, validity.end);
  }
  return days;
}

// The statement that a key had and no longer has, when all else fails.
std::optional<Leaf> Resolver::Former(const Candidate& candidate,
                                     const std::vector<uint32_t>& rows,
                                     const DayInterval& days) const {
  const SliceTable& table = *candidate.table;
  std::optional<Leaf> former;
  for (const uint32_t row : rows) {
    if (!table.derived(row) || !days.Contains(table.period(row))) continue;
    if (!former.has_value()) former.emplace();
    former->source = table.source;
    former->rows.push_back(table.ref(row));
    if (former->rows.size() > 1 &&
        Severity(table.state(row)) <= Severity(former->state)) {
      continue;
    }
    former->state = table.state(row);
    const store::Release& release = snapshot_.release_of(table.ref(row));
    former->reason = former->state == State::kWithdrawn
                         ? release.withdrawn_reason
                         : absl::StrCat("printed in ", release.name,
                                        ", absent from a later edition");
  }
  if (former.has_value() && table.slice.floor == Floor::kZero) {
    former->bounds.lower = 0;
  }
  return former;
}

absl::StatusOr<Leaf> Resolver::Sum(const Candidate& candidate,
                                   const Found& found, Method method) const {
  const SliceTable& table = *candidate.table;
  Leaf leaf;
  leaf.method = method;
  leaf.source = table.source;
  leaf.state = State::kUnspecified;
  leaf.due = false;
  leaf.additive = table.slice.aggregation == Aggregation::kSum;
  leaf.period_shortened = found.shortened;
  leaf.bounds = Interval::Exactly(0);
  leaf.reported_bounds = Interval::Exactly(0);
  int64_t printed = 0;
  bool any_printed = false;
  for (uint32_t row : found.rows) {
    const State state = table.state(row);
    if (leaf.state == State::kUnspecified ||
        Severity(state) > Severity(leaf.state)) {
      leaf.state = state;
      leaf.reason = table.reason(row);
    }
    leaf.row_states |= uint32_t{1} << static_cast<int>(state);
    leaf.withheld = leaf.withheld || IsWithheld(state, table.reason(row));
    leaf.flags |= table.flags(row);
    leaf.rows.push_back(table.ref(row));
    if (vocabulary::IsNeverDue(state)) continue;
    if (state == State::kNotYetPublished &&
        table.period(row).end > plan_.options.today) {
      continue;
    }
    leaf.due = true;
    COLLATE_ASSIGN_OR_RETURN(const RowNumbers numbers,
                             NumbersOf(table, row, candidates_.scale()));
    Interval bounds = numbers.bounds;
    if (state == State::kAggregated) {
      COLLATE_ASSIGN_OR_RETURN(const auto most, MostOf(candidate, row));
      if (most.has_value()) {
        bounds.upper = std::min(*most, bounds.upper.value_or(*most));
      }
    }
    COLLATE_RETURN_IF_ERROR(AddTo(bounds, &leaf.bounds));
    if (vocabulary::IsPrinted(state)) {
      any_printed = true;
      COLLATE_RETURN_IF_ERROR(AddTo(numbers.value, &printed));
    }
    if (vocabulary::IsPrinted(state) || state == State::kSuppressed) {
      COLLATE_RETURN_IF_ERROR(AddTo(numbers.bounds, &leaf.reported_bounds));
    }
  }
  if (!found.complete()) {
    NoteGaps(table, leaf);
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

void Resolver::NoteGaps(const SliceTable& table, Leaf& leaf) const {
  if (Severity(State::kPartialPeriod) > Severity(leaf.state)) {
    leaf.state = State::kPartialPeriod;
  }
  leaf.due = true;
  leaf.bounds.upper.reset();
  if (table.slice.floor == Floor::kNone) leaf.bounds.lower.reset();
}

Leaf Resolver::ToLeaf(const PlainFigure& figure, MemberId reporter,
                      const DayInterval& days) const {
  const SliceTable& table = *figure.candidate->table;
  const RowSum& sum = figure.sum;
  Leaf leaf;
  leaf.method = figure.method;
  leaf.source = table.source;
  leaf.state = table.state(sum.worst_row);
  leaf.reason = table.reason(sum.worst_row);
  leaf.due = sum.Has(RowSum::kDue);
  leaf.additive = table.slice.aggregation == Aggregation::kSum;
  leaf.bounds = sum.bounds();
  leaf.row_states = sum.states;
  leaf.withheld = sum.Has(RowSum::kWithheld);
  leaf.flags = sum.flags;
  if (figure.listed) {
    leaf.rows.reserve(sum.rows);
    for (size_t row = figure.first; row < figure.last; ++row) {
      if (table.presums->Counts(row)) leaf.rows.push_back(table.ref(row));
    }
  } else {
    leaf.unlisted_rows = sum.rows;
    const auto& releases = table.presums->releases();
    for (size_t bit = 0; bit < releases.size(); ++bit) {
      if ((sum.releases >> bit & 1) == 0) continue;
      leaf.rows.push_back(table.ref(releases[bit].row));
    }
  }
  const bool complete = figure.gaps.empty();
  if (!complete) NoteGaps(table, leaf);
  if (complete && sum.printed()) {
    leaf.reported = sum.value;
    leaf.reported_bounds = sum.printed_bounds();
  }
  if (!leaf.due) leaf.bounds = Interval::Unknown();
  if (!complete) {
    ExplainGaps(*figure.candidate, reporter, days, figure.gaps, leaf);
  }
  return leaf;
}

absl::StatusOr<std::optional<int64_t>> Resolver::MostOf(
    const Candidate& candidate, uint32_t row) const {
  const SliceTable& table = *candidate.table;
  std::optional<int64_t> most;
  if (table.slice.floor != Floor::kZero ||
      table.slice.aggregation != Aggregation::kSum ||
      !measure_.additive_over_time) {
    return most;
  }
  constexpr uint32_t kDoubtful =
      vocabulary::kFlagTotalMismatch | vocabulary::kFlagTotalIgnoresMarkers;
  const auto is_total = [&](uint32_t other) {
    const DayInterval& days = table.period(other);
    return table.ref(other).release == table.ref(row).release &&
           days.Contains(table.period(row)) && days != table.period(row) &&
           vocabulary::IsPrinted(table.state(other)) && !table.derived(other) &&
           (table.flags(other) & kDoubtful) == 0 &&
           table.Holds(other, plan_.as_of) &&
           std::none_of(plan_.exclusions.begin(), plan_.exclusions.end(),
                        [&](const PlannedExclusion& one) {
                          return one.IsOf(table.source) &&
                                 one.Touches(measure_, table.reporter(other),
                                             days);
                        });
  };
  const auto is_beside = [&](uint32_t other) {
    return table.reporter(other) == table.reporter(row) &&
           table.SameMembers(other, row);
  };
  // Rows of one reporter and member tuple stand together.
  uint32_t first = row;
  while (first > 0 && is_beside(first - 1)) --first;
  for (uint32_t other = first; other < table.row_count() && is_beside(other);
       ++other) {
    if (!is_total(other)) continue;
    COLLATE_ASSIGN_OR_RETURN(const RowNumbers total,
                             NumbersOf(table, other, candidates_.scale()));
    if (total.bounds.upper.has_value()) {
      most = std::min(*total.bounds.upper, most.value_or(*total.bounds.upper));
    }
  }
  return most;
}

absl::StatusOr<Leaf> Resolver::SumReadings(const Candidate& candidate,
                                           const Found& found,
                                           Method method) const {
  COLLATE_ASSIGN_OR_RETURN(Leaf leaf, Sum(candidate, found, method));
  COLLATE_RETURN_IF_ERROR(CompareEditions(candidate, found, leaf));
  if (found.further.empty()) return leaf;
  const SliceTable& table = *candidate.table;
  const std::vector<Reading> readings =
      ReadingsOf(table, found.rows, found.further);
  const auto cite = [&table](const Reading& reading,
                             std::vector<RowRef>* rows) {
    for (const uint32_t row : reading.repeated) rows->push_back(table.ref(row));
  };
  cite(readings[0], &leaf.rows);
  leaf.repeated = readings[0].repeated.size();
  if (readings.size() == 1) return leaf;
  leaf.first_bounds = leaf.bounds;
  for (size_t n = 1; n < readings.size(); ++n) {
    Found other = found;
    other.rows = readings[n].rows;
    COLLATE_ASSIGN_OR_RETURN(Leaf side, Sum(candidate, other, method));
    cite(readings[n], &side.rows);
    leaf.bounds = Hull(leaf.bounds, side.bounds);
    leaf.reported_bounds = Hull(leaf.reported_bounds, side.reported_bounds);
    leaf.others.push_back(
        {.source = leaf.source,
         .state = side.state,
         .reported = side.reported,
         .bounds = side.bounds,
         .method = method,
         .disjoint = AreDisjoint(*leaf.first_bounds, side.bounds),
         .rows = std::move(side.rows),
         .statement = static_cast<int>(n)});
  }
  return leaf;
}

Contradiction Resolver::EarlierThan(const SliceTable& table,
                                    const Leaf& leaf) const {
  return {.kind = ConflictKind::kSilentRevision,
          .source = leaf.source,
          .measure = measure_.code,
          .universe = table.slice.universe,
          .figure = {.state = leaf.state,
                     .reported = 0,
                     .bounds = Interval::Exactly(0),
                     .scale = candidates_.scale()}};
}

absl::Status Resolver::NoteReplaced(const PlainFigure& figure,
                                    Leaf& leaf) const {
  if (figure.replacing.empty() || !figure.gaps.empty()) return absl::OkStatus();
  const SliceTable& table = *figure.candidate->table;
  Contradiction earlier = EarlierThan(table, leaf);
  const Interval now = figure.sum.bounds();
  // Their sum, less what stands in the place of something else.
  Interval& bounds = earlier.figure.bounds;
  bounds = now;
  int64_t value = figure.sum.value;
  for (const uint32_t row : figure.replacing) {
    const auto before = SilentlyReplaced(snapshot_, table, row, plan_.as_of);
    if (!before.has_value()) continue;
    earlier.rows.push_back(before->table->ref(before->row));
    COLLATE_ASSIGN_OR_RETURN(const RowNumbers own,
                             NumbersOf(table, row, candidates_.scale()));
    COLLATE_ASSIGN_OR_RETURN(
        const RowNumbers other,
        NumbersOf(*before->table, before->row, candidates_.scale()));
    COLLATE_RETURN_IF_ERROR(SubtractFrom(own.value, &value));
    COLLATE_RETURN_IF_ERROR(AddTo(other.value, &value));
    if (bounds.lower.has_value()) {
      COLLATE_RETURN_IF_ERROR(
          SubtractFrom(own.bounds.lower.value_or(0), &*bounds.lower));
    }
    if (bounds.upper.has_value()) {
      COLLATE_RETURN_IF_ERROR(
          SubtractFrom(own.bounds.upper.value_or(0), &*bounds.upper));
    }
    COLLATE_RETURN_IF_ERROR(AddTo(other.bounds, &bounds));
  }
  if (earlier.rows.empty() || !AreDisjoint(now, bounds)) {
    return absl::OkStatus();
  }
  earlier.figure.reported = value;
  if (figure.sum.HasOtherThan(kPrintedStates | kNeverDueStates)) {
    earlier.figure.reported.reset();
  }
  leaf.contradictions.push_back(std::move(earlier));
  return absl::OkStatus();
}

absl::Status Resolver::CompareEditions(const Candidate& candidate,
                                       const Found& found, Leaf& leaf) const {
  const SliceTable& table = *candidate.table;
  const auto replaced = [&](uint32_t row) {
    return SilentlyReplaced(snapshot_, table, row, plan_.as_of);
  };
  if (!found.complete() ||
      std::none_of(found.rows.begin(), found.rows.end(),
                   [&](uint32_t row) { return replaced(row).has_value(); })) {
    return absl::OkStatus();
  }
  Contradiction earlier = EarlierThan(table, leaf);
  Interval now = Interval::Exactly(0);
  for (uint32_t row : found.rows) {
    const State state = table.state(row);
    if (vocabulary::IsNeverDue(state)) continue;
    COLLATE_ASSIGN_OR_RETURN(RowNumbers numbers,
                             NumbersOf(table, row, candidates_.scale()));
    COLLATE_RETURN_IF_ERROR(AddTo(numbers.bounds, &now));
    if (const auto before = replaced(row)) {
      earlier.rows.push_back(before->table->ref(before->row));
      COLLATE_ASSIGN_OR_RETURN(
          numbers, NumbersOf(*before->table, before->row, candidates_.scale()));
    } else if (!vocabulary::IsPrinted(state)) {
      earlier.figure.reported.reset();
    }
    COLLATE_RETURN_IF_ERROR(AddTo(numbers.bounds, &earlier.figure.bounds));
    if (earlier.figure.reported.has_value()) {
      COLLATE_RETURN_IF_ERROR(AddTo(numbers.value, &*earlier.figure.reported));
    }
  }
  if (AreDisjoint(now, earlier.figure.bounds)) {
    leaf.contradictions.push_back(std::move(earlier));
  }
  return absl::OkStatus();
}

absl::StatusOr<Leaf> Resolver::LowerBound(const Candidate& candidate,
                                          const Found& found) const {
  const SliceTable& table = *candidate.table;
  COLLATE_ASSIGN_OR_RETURN(Leaf leaf,
                           SumReadings(candidate, found, Method::kLowerBound));
  leaf.others.clear();
  leaf.contradictions.clear();
  leaf.first_bounds.reset();
  leaf.state = State::kNotCrossed;
  leaf.due = true;
  leaf.reported.reset();
  leaf.reported_bounds = Interval::Unknown();
  leaf.bounds.upper.reset();
  if (table.slice.floor == Floor::kNone) leaf.bounds.lower.reset();
  leaf.reason = absl::StrCat("only a part of the whole is published: ",
                             DescribeSlice(table.slice));
  // Several parts have no one member along what nobody asked for.
  for (size_t axis = 0; leaf.rows.size() == 1 && axis < table.axes.size();
       ++axis) {
    if (!std::count(candidate.asked_axes.begin(), candidate.asked_axes.end(),
                    axis)) {
      leaf.part_members.emplace_back(table.axes[axis],
                                     table.member(axis, found.rows[0]));
    }
  }
  return leaf;
}

bool Resolver::FindPlain(const Place& place, MemberId reporter, int period,
                         PlainFigure* figure) const {
  if (plain_.Find(/*source=*/0, place.spots, reporter, period, figure) !=
          PlainFigures::Outcome::kFound ||
      !figure->gaps.empty() || !figure->replacing.empty() ||
      !(figure->listed || !plan_.options.list_rows)) {
    return false;
  }
  // What a total may narrow, and whom an area's total counts.
  const vocabulary::Dimension& reporters = snapshot_.vocabulary().reporters();
  return !tightener_.may_narrow() &&
         !reporters.levels()[reporters.member(reporter).level].aggregate;
}

absl::StatusOr<std::optional<Leaf>> Resolver::ResolveWithin(size_t source,
                                                            const Place& place,
                                                            MemberId reporter,
                                                            int period) const {
  PlainFigure figure;
  switch (plain_.Find(source, place.spots, reporter, period, &figure)) {
    case PlainFigures::Outcome::kNothing:
      return std::nullopt;
    case PlainFigures::Outcome::kFound:
      if (figure.listed || !plan_.options.list_rows) {
        Leaf leaf = ToLeaf(figure, reporter, plan_.periods[period].days);
        COLLATE_RETURN_IF_ERROR(NoteReplaced(figure, leaf));
        return leaf;
      }
      break;
    case PlainFigures::Outcome::kUnclear:
      break;
  }
  return ChooseWithin(sources_[source], place.coordinates, reporter,
                      plan_.periods[period]);
}

absl::StatusOr<std::optional<Leaf>> Resolver::ChooseWithin(
    const std::string& source, const std::vector<MemberId>& coordinates,
    MemberId reporter, const Period& period) const {
  struct Attempt {
    const Candidate* candidate;
    Found found;
    Method method;
  };
  std::optional<Attempt> tiled;
  std::optional<Attempt> parts;
  std::optional<Attempt> partial;
  std::optional<Leaf> bound;
  std::optional<Leaf> former;
  auto offer_bound = [&bound](Leaf leaf) {
    if (!bound.has_value() || leaf.bounds.lower > bound->bounds.lower) {
      bound = std::move(leaf);
    }
  };
  for (const bool want_exact : {true, false}) {
    for (const Candidate& candidate : candidates_.candidates()) {
      // Nothing that is made of parts, or of more of them, goes before it.
      if (!want_exact && (tiled.has_value() || parts.has_value())) break;
      if (candidate.table->source != source) continue;
      const std::vector<uint32_t> rows =
          want_exact ? candidates_.ExactRows(candidate, coordinates, reporter,
                                             period.days)
                     : candidates_.RowsWithin(candidate, coordinates, reporter);
      if (rows.empty()) continue;
      Found found = Cover(candidate, rows, period.days);
      if (!found.any()) {
        if (want_exact && !former.has_value()) {
          former = Former(candidate, rows, period.days);
        }
        continue;
      }
      const bool whole = candidate.use == Use::kWhole;
      const bool unknown_part =
          whole && !want_exact &&
          candidates_.HasUnmappedPart(candidate, reporter, period.days);
      if (!whole || unknown_part) {
        COLLATE_ASSIGN_OR_RETURN(Leaf leaf, LowerBound(candidate, found));
        if (unknown_part) {
          leaf.reason = "parts with labels that nobody knows are in no sum";
        }
        offer_bound(std::move(leaf));
        continue;
      }
      if (found.complete() && want_exact && !found.tiled) {
        return SumReadings(candidate, found, Method::kExact);
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
      return SumReadings(*(*attempt)->candidate, (*attempt)->found,
                         (*attempt)->method);
    }
  }
  if (!partial.has_value()) return bound.has_value() ? bound : former;
  COLLATE_ASSIGN_OR_RETURN(
      Leaf leaf,
      SumReadings(*partial->candidate, partial->found, partial->method));
  ExplainGaps(*partial->candidate, reporter, period.days, partial->found.gaps,
              leaf);
  return leaf;
}

void Resolver::ExplainGaps(const Candidate& candidate, MemberId reporter,
                           const DayInterval& days,
                           absl::Span<const DayInterval> gaps,
                           Leaf& leaf) const {
  // Not a part of the period but a part of the whole is missing.
  if (leaf.state == State::kPartialPeriod &&
      std::find(gaps.begin(), gaps.end(), days) != gaps.end()) {
    leaf.state = State::kNotShown;
  }
  if (leaf.state != State::kPartialPeriod && leaf.state != State::kNotShown) {
    return;
  }
  std::vector<std::string> words;
  for (const DayInterval& gap : gaps) {
    words.push_back(ExplainGap(candidate, reporter, gap));
  }
  leaf.reason = absl::StrCat("no figure for ", absl::StrJoin(words, "; "));
}

// Notes what the other sources have; a statement that no longer stands and
// one that only bounds the figure are no figures to compare.
void Resolver::Compare(std::vector<Leaf>& others, Leaf& leaf) const {
  for (Leaf& other : others) {
    // What is left out is shown, and is no side of a conflict.
    if (other.state == State::kAnalystExcluded) {
      leaf.others.insert(leaf.others.end(), other.others.begin(),
                         other.others.end());
      if (leaf.state != State::kAnalystExcluded) {
        absl::StrAppend(&leaf.reason, leaf.reason.empty() ? "" : "; ",
                        "the figure of ", other.others[0].source, " is ",
                        other.reason);
      }
      leaf.exclusions.insert(leaf.exclusions.end(), other.exclusions.begin(),
                             other.exclusions.end());
    }
    if (!IsFigure(other)) {
      NoteExcess(other, leaf);
      continue;
    }
    const bool disjoint =
        IsFigure(leaf) && AreDisjoint(leaf.bounds, other.bounds);
    leaf.others.push_back(ToOther(std::move(other), disjoint));
  }
  std::sort(leaf.exclusions.begin(), leaf.exclusions.end());
  leaf.exclusions.erase(
      std::unique(leaf.exclusions.begin(), leaf.exclusions.end()),
      leaf.exclusions.end());
}

// What prints no number of the whole figure is in the hull only where it
// contradicts.
void Resolver::TakeInOthers(Leaf& leaf) const {
  if (plan_.conflict_policy != ConflictPolicy::kHull ||
      leaf.method == Method::kNone || leaf.method == Method::kLowerBound) {
    return;
  }
  const Interval own = leaf.own_bounds.value_or(leaf.bounds);
  const Interval narrowest = leaf.bounds;
  for (const OtherFigure& other : leaf.others) {
    const bool left_out = std::any_of(
        leaf.exclusions.begin(), leaf.exclusions.end(),
        [&](int i) { return plan_.exclusions[i].IsOf(other.source); });
    const bool whole =
        vocabulary::IsPrinted(other.state) || other.state == State::kSuppressed;
    if (other.statement != 0 || left_out || !(whole || other.disjoint)) {
      continue;
    }
    leaf.bounds = Hull(leaf.bounds, other.bounds);
    if (leaf.reported.has_value()) {
      leaf.reported_bounds = Hull(leaf.reported_bounds, other.bounds);
    }
  }
  if (leaf.bounds != narrowest) leaf.own_bounds = own;
}

void Resolver::Exclude(const std::string& source, MemberId reporter,
                       const DayInterval& days, Leaf& leaf) const {
  if (!SaysANumber(leaf)) return;
  std::vector<int> exclusions;
  std::vector<std::string> reasons;
  for (size_t i = 0; i < plan_.exclusions.size(); ++i) {
    const PlannedExclusion& one = plan_.exclusions[i];
    if (!one.IsOf(source) || !one.Touches(measure_, reporter, days)) continue;
    exclusions.push_back(static_cast<int>(i));
    reasons.push_back(one.reason);
  }
  if (exclusions.empty()) return;
  Leaf excluded;
  excluded.state = State::kAnalystExcluded;
  if (candidates_.floor_zero()) excluded.bounds.lower = 0;
  excluded.reason = absl::StrJoin(reasons, "; ");
  excluded.exclusions = std::move(exclusions);
  std::vector<OtherFigure> statements = std::move(leaf.others);
  if (leaf.first_bounds.has_value()) leaf.bounds = *leaf.first_bounds;
  excluded.others.push_back(ToOther(std::move(leaf), /*disjoint=*/false));
  for (OtherFigure& one : statements) {
    one.disjoint = false;
    excluded.others.push_back(std::move(one));
  }
  leaf = std::move(excluded);
}

// A figure that is not there may be in a release that cannot be read.
void Resolver::NoteUnreadable(Leaf& leaf) const {
  std::vector<uint32_t> holders;
  for (const uint32_t release : plan_.unreadable) {
    if (MayHold(snapshot_, release, measure_, leaf.reporter,
                plan_.periods[leaf.period].days)) {
      holders.push_back(release);
    }
  }
  if (holders.empty()) return;
  leaf.source_unreadable = true;
  if (leaf.rows.empty()) {
    absl::StrAppend(&leaf.reason, leaf.reason.empty() ? "" : "; ",
                    "cannot be read: ", NamesOf(snapshot_, holders));
  }
}

void Resolver::NoteExcess(const Leaf& part, Leaf& whole) const {
  if (part.method != Method::kLowerBound || !IsFigure(whole) ||
      !IsMoreThan(part.bounds, whole.bounds)) {
    return;
  }
  whole.contradictions.push_back(
      {.kind = ConflictKind::kPartExceedsWhole,
       .source = part.source,
       .measure = measure_.code,
       .universe = snapshot_.slice_of(part.rows[0]).universe,
       .members = part.part_members,
       .is_part = true,
       .figure = {.state = part.state,
                  .bounds = part.bounds,
                  .scale = candidates_.scale()},
       .rows = part.rows});
}

absl::StatusOr<std::vector<Leaf>> Resolver::Each(
    const std::vector<MemberId>& coordinates, MemberId reporter, int period,
    absl::string_view except) const {
  std::vector<Leaf> found;
  const Place place = PlaceOf(coordinates);
  for (size_t source = 0; source < sources_.size(); ++source) {
    if (!except.empty() && sources_[source] == except) continue;
    COLLATE_ASSIGN_OR_RETURN(std::optional<Leaf> leaf,
                             ResolveWithin(source, place, reporter, period));
    if (!leaf.has_value()) continue;
    leaf->reporter = reporter;
    leaf->coordinates = coordinates;
    leaf->period = period;
    found.push_back(*std::move(leaf));
  }
  return found;
}

absl::StatusOr<Leaf> Resolver::Resolve(const Place& place, MemberId reporter,
                                       int period) const {
  const std::vector<MemberId>& coordinates = place.coordinates;
  const Period& asked = plan_.periods[period];
  std::vector<Leaf> found;  // in the order of the sources
  size_t served = 0;
  bool decided = false;
  for (size_t source = 0; source < sources_.size(); ++source) {
    COLLATE_ASSIGN_OR_RETURN(std::optional<Leaf> leaf,
                             ResolveWithin(source, place, reporter, period));
    if (!leaf.has_value()) continue;
    Exclude(sources_[source], reporter, asked.days, *leaf);
    if (!decided && (found.empty() || GoesBefore(*leaf, found[served]))) {
      served = found.size();
    }
    // A figure that is withheld ends the search, whoever came before it. The
    // sources behind it are only compared.
    decided = decided || !FallsThrough(*leaf);
    found.push_back(*std::move(leaf));
  }
  std::optional<Leaf> best;
  if (!found.empty()) {
    best = std::move(found[served]);
    found.erase(found.begin() + static_cast<std::ptrdiff_t>(served));
    Compare(found, *best);
  }
  const bool unanswered =
      !best.has_value() || best->state == State::kNotCrossed;
  if (unanswered) {
    Leaf missing = Missing(coordinates, reporter, asked);
    if (best.has_value()) {
      best->available = std::move(missing.available);
    } else {
      best = std::move(missing);
      if (!best->source.empty()) {
        Exclude(std::string(best->source), reporter, asked.days, *best);
      }
    }
  }
  best->reporter = reporter;
  best->coordinates = coordinates;
  best->period = period;
  COLLATE_RETURN_IF_ERROR(tightener_.Tighten(*best));
  TakeInOthers(*best);
  NoteUnreadable(*best);
  return *std::move(best);
}

namespace {

// What a release that claims the days says about a figure it does not print.
struct Silence {
  State state;
  std::string reason;
};

std::optional<Silence> SilenceWithin(const Snapshot& snapshot,
                                     const SliceTable& table, KnownTime as_of,
                                     MemberId reporter,
                                     const DayInterval& days) {
  std::optional<Silence> silence;
  for (const Claim& claim : table.claims) {
    const store::Release& release = snapshot.releases()[claim.release]->release;
    if (release.state != store::ReleaseState::kPublished ||
        KnownFrom(release) > as_of || !claim.Covers(reporter, days)) {
      continue;
    }
    // Published after the days were over, a release that has nothing at all of
    // them is not late.
    const bool over =
        claim.printed_to == claim.period.begin &&
        release.publish_time.has_value() &&
        absl::FromCivil(absl::CivilDay(1970, 1, 1) + days.end,
                        absl::UTCTimeZone()) <= *release.publish_time;
    if (days.begin >= claim.printed_to && !over) {
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
      SilenceWithin(snapshot_, *candidate.table, plan_.as_of, reporter, gap);
  return absl::StrCat(
      FormatDays(gap), " (",
      vocabulary::StateName(silence.has_value() ? silence->state
                                                : State::kNoRelease),
      ")");
}

bool Resolver::HasRow(const Candidate& candidate,
                      const std::vector<MemberId>& coordinates,
                      MemberId reporter, const DayInterval& days) const {
  const auto overlaps = [&](uint32_t row) {
    return days.Overlaps(candidate.table->period(row));
  };
  const std::vector<uint32_t> within =
      candidates_.RowsWithin(candidate, coordinates, reporter);
  return !candidates_.ExactRows(candidate, coordinates, reporter, days)
              .empty() ||
         std::any_of(within.begin(), within.end(), overlaps);
}

Leaf Resolver::Missing(const std::vector<MemberId>& coordinates,
                       MemberId reporter, const Period& period) const {
  Leaf leaf;
  for (size_t d = 0; d < coordinates.size(); ++d) {
    const vocabulary::Member& member =
        plan_.dimensions[d].dimension->member(coordinates[d]);
    if (member.validity.Overlaps(period.days)) continue;
    leaf.state = State::kNotApplicable;
    leaf.due = false;
    leaf.reason = absl::StrCat(member.code, " is not in force in the period");
    return leaf;
  }
  leaf.reason = "nothing is loaded";
  for (const SliceTable* other : candidates_.Uncrossed(reporter, period)) {
    const std::string text = DescribeSlice(other->slice);
    if (!std::count(leaf.available.begin(), leaf.available.end(), text)) {
      leaf.available.push_back(text);
    }
  }
  if (!leaf.available.empty()) {
    leaf.state = State::kNotCrossed;
    leaf.reason =
        absl::StrCat("published only as ", absl::StrJoin(leaf.available, "; "));
  }
  for (const Candidate& candidate : candidates_.candidates()) {
    if (candidate.use != Use::kWhole) continue;
    // Only a member of the table's own level could have been printed there.
    bool same_level = true;
    for (size_t d = 0; d < candidate.asked_axes.size(); ++d) {
      const Dimension& dimension = *plan_.dimensions[d].dimension;
      const std::string& level =
          candidate.table->slice.axes[candidate.asked_axes[d]].level;
      same_level =
          same_level && Candidates::FitsLevel(dimension, coordinates[d], level);
    }
    if (!same_level) continue;
    const auto counted = candidate.counted.find(reporter);
    if (counted != candidate.counted.end() &&
        Uncovered(period.days, counted->second).empty() &&
        !HasRow(candidate, coordinates, reporter, period.days) &&
        (candidate.extra_axes.empty() ||
         !candidates_.HasUnmappedPart(candidate, reporter, period.days))) {
      leaf.state = State::kReported;
      leaf.source = candidate.table->source;
      leaf.method = Method::kTiled;
      leaf.reason = "all records were counted, and there is none";
      leaf.bounds = Interval::Exactly(0);
      leaf.reported_bounds = leaf.bounds;
      leaf.reported = 0;
      return leaf;
    }
    if (!candidate.extra_axes.empty()) continue;
    if (auto silence = SilenceWithin(snapshot_, *candidate.table, plan_.as_of,
                                     reporter, period.days)) {
      leaf.state = silence->state;
      leaf.reason = silence->reason;
      break;
    }
  }
  // A number that is not published yet is due once its period has ended.
  leaf.due = leaf.state != State::kNotYetPublished ||
             period.days.end <= plan_.options.today;
  if (leaf.due && candidates_.floor_zero()) leaf.bounds.lower = 0;
  return leaf;
}

}  // namespace collate::query
