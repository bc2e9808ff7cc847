#include "service/query/plain_figures.h"

#include <algorithm>
#include <bit>
#include <optional>

#include "service/query/bounds.h"
#include "service/query/editions.h"
#include "service/store/observations.h"

namespace collate::query {
namespace {

using vocabulary::DayInterval;
using vocabulary::MemberId;
using vocabulary::State;

// Series that are added up at once; a scan of the rows is no slower for more.
constexpr size_t kMostSeries = 4096;

template <typename Found>
RowRefs RowsOf(const SliceTable& table, const Found& figure) {
  RowRefs rows;
  if (figure.listed) {
    rows.reserve(figure.sum.rows);
    for (size_t row = figure.first; row < figure.last; ++row) {
      if (table.presums->Counts(row)) rows.push_back(table.ref(row));
    }
    return rows;
  }
  // One of each release.
  for (uint64_t left = figure.sum.releases; left != 0; left &= left - 1) {
    rows.push_back(
        table.ref(table.presums->releases()[std::countr_zero(left)]));
  }
  return rows;
}

}  // namespace

State PlainFigure::state() const {
  const State worst = sum.worst_state();
  const bool partial =
      !gaps.empty() &&
      vocabulary::Severity(worst) < vocabulary::Severity(State::kPartialPeriod);
  return partial ? State::kPartialPeriod : worst;
}

Interval PlainFigure::bounds() const {
  if (!due()) return Interval::Unknown();
  Interval bounds = sum.bounds();
  if (gaps.empty()) return bounds;
  bounds.upper.reset();
  if (candidate->table->slice.floor == store::Floor::kNone) {
    bounds.lower.reset();
  }
  return bounds;
}

RowRefs RowsOf(const PlainFigure& figure) {
  return RowsOf(*figure.candidate->table, figure);
}

RowRefs RowsOf(const SumFigure& figure) {
  return RowsOf(*figure.table, figure);
}

PlainFigures::PlainFigures(const Plan& plan, const Snapshot& snapshot,
                           const vocabulary::Measure& measure,
                           const Candidates& candidates,
                           const std::vector<std::string>& sources)
    : plan_(plan),
      snapshot_(snapshot),
      measure_(measure),
      candidates_(candidates) {
  if (plan_.as_of != kToday) return;
  for (const Candidate& candidate : candidates_.candidates()) {
    const auto source =
        std::find(sources.begin(), sources.end(), candidate.table->source);
    AddEntry(candidate, static_cast<size_t>(source - sources.begin()));
  }
}

void PlainFigures::AddEntry(const Candidate& candidate, size_t source) {
  Entry& entry = entries_.emplace_back();
  entry.candidate = &candidate;
  entry.source = static_cast<uint16_t>(source);
  const SliceTable& table = *candidate.table;
  if (table.presums != nullptr && table.presums->partial()) {
    entry.partial = table.presums.get();
  }
  if (table.presums == nullptr || table.counted ||
      table.max_scale != candidates_.scale()) {
    return;
  }
  std::vector<std::pair<size_t, size_t>> axes;
  for (size_t d = 0; d < candidate.asked_axes.size(); ++d) {
    axes.emplace_back(candidate.asked_axes[d], d);
  }
  std::sort(axes.begin(), axes.end());
  for (const auto& [axis, d] : axes) {
    entry.axes.push_back(axis);
    entry.asked.push_back(d);
  }
  const bool one_series = candidate.extra_axes.empty();
  // What is said beside a figure is found by its row.
  if (!one_series && (candidate.use == Use::kPart || table.stated)) return;
  if (!one_series || !(plan_.options.list_rows || table.stated)) {
    entry.cube = table.presums->Over(entry.axes, snapshot_, table);
  }
  if (entry.cube == nullptr && !one_series) return;
  entry.presums = table.presums.get();
  const std::vector<DayInterval>& tiles = entry.presums->tiles();
  for (const vocabulary::Period& period : plan_.periods) {
    Entry::Range& range = entry.ranges.emplace_back();
    range.tiles = entry.presums->Within(period.days);
    vocabulary::Day covered_to = period.days.begin;
    for (uint32_t t = range.tiles.first; t < range.tiles.last; ++t) {
      if (tiles[t].begin == covered_to) covered_to = tiles[t].end;
    }
    range.whole = covered_to == period.days.end;
    range.one = range.whole && range.tiles.size() == 1;
    const std::vector<TileRange>& years = entry.presums->years();
    const auto is_inside = [&range](const TileRange& year) {
      return year.first >= range.tiles.first && year.last <= range.tiles.last;
    };
    while (range.years.first < years.size() &&
           !is_inside(years[range.years.first])) {
      ++range.years.first;
    }
    range.years.last = range.years.first;
    while (range.years.last < years.size() &&
           is_inside(years[range.years.last])) {
      ++range.years.last;
    }
    for (uint32_t t = range.tiles.first; t < range.tiles.last; ++t) {
      const bool in_year = std::any_of(
          years.begin() + range.years.first, years.begin() + range.years.last,
          [t](const TileRange& year) {
            return year.first <= t && t < year.last;
          });
      if (!in_year) range.others.push_back(t);
    }
  }
  const TableRows& rows = *table.rows;
  const size_t reporter_axis = rows.axis_count();
  entry.reporters = rows.place_count(reporter_axis);
  for (const auto& [reporter, unused] : rows.reporters()) {
    if (reporter == vocabulary::kUnmapped) break;
    entry.place_of_reporter.resize(reporter + 1, entry.reporters);
    entry.place_of_reporter[reporter] = rows.PlaceOf(reporter_axis, reporter);
  }
  entry.timeless = true;
  for (size_t axis = 0; axis < table.axes.size(); ++axis) {
    for (const auto& [member, unused] : table.rows->first_known(axis)) {
      entry.timeless &=
          table.axes[axis]->member(member).validity == DayInterval{};
    }
  }
}

PlainFigures::Place PlainFigures::PlaceOf(
    const Coordinates& coordinates) const {
  Place place;
  AddSteps(coordinates, /*exact=*/true, &place);
  absl::InlinedVector<uint16_t, 4> ended;
  for (size_t i = place.size(); i > 0; --i) {
    const uint16_t source = place[i - 1].source;
    place[i - 1].last = !std::count(ended.begin(), ended.end(), source);
    ended.push_back(source);
  }
  AddSteps(coordinates, /*exact=*/false, &place);
  return place;
}

void PlainFigures::AddSteps(const Coordinates& coordinates, bool exact,
                            Place* place) const {
  for (size_t i = 0; i < entries_.size(); ++i) {
    const Entry& entry = entries_[i];
    const Candidate& candidate = *entry.candidate;
    const bool one_series = candidate.extra_axes.empty();
    if (exact && !one_series) continue;
    bool itself = true;   // it has all of the members
    bool others = false;  // some that lie in them
    bool any = true;      // along every axis some member
    uint64_t rolled_up = 0;
    for (size_t d = 0; d < coordinates.size(); ++d) {
      const Candidate::Target& target =
          candidates_.TargetOf(candidate, d, coordinates[d]);
      itself = itself && target.itself;
      others = others || !target.others.empty();
      if (!target.others.empty()) rolled_up |= uint64_t{1} << d;
      any = any && (target.itself || !target.others.empty());
    }
    others = others && any;
    if (exact ? !itself : one_series ? !others : !itself && !others) continue;
    Step& step = place->emplace_back();
    step.exact = exact;
    step.source = entry.source;
    step.entry = static_cast<uint32_t>(i);
    if (candidate.use == Use::kPart) {
      step.kind = Step::Kind::kBound;
      continue;
    }
    if (coordinates.size() > 64 || entry.presums == nullptr ||
        (!exact && candidates_.has_unmapped()) ||
        (others && entry.cube == nullptr && !exact) ||
        (entry.cube == nullptr && (entry.partial != nullptr ||
                                   candidate.table->rows->starts().empty()))) {
      continue;
    }
    step.series = SeriesOf(entry, coordinates, exact);
    if (!exact) step.rolled_up = rolled_up;
    if (step.series.empty()) continue;
    step.kind = entry.cube != nullptr ? Step::Kind::kCube : Step::Kind::kSeries;
  }
}

absl::InlinedVector<size_t, 1> PlainFigures::SeriesOf(
    const Entry& entry, const Coordinates& coordinates, bool exact) const {
  const TableRows& rows = *entry.candidate->table->rows;
  absl::InlinedVector<size_t, 1> all = {0};
  std::optional<size_t> own = 0;  // that of the members themselves
  for (size_t i = 0; i < entry.axes.size(); ++i) {
    const size_t axis = entry.axes[i];
    const MemberId asked = coordinates[entry.asked[i]];
    const Candidate::Target& target =
        candidates_.TargetOf(*entry.candidate, entry.asked[i], asked);
    const size_t count = rows.place_count(axis);
    absl::InlinedVector<size_t, 1> places;
    if (target.itself) places.push_back(rows.PlaceOf(axis, asked));
    // Nobody said that it would be asked for.
    if (target.itself && places[0] == count) return {};
    own = own.has_value() && target.itself
              ? std::optional(*own * count + places[0])
              : std::nullopt;
    for (const Candidate::Inside& one : target.others) {
      if (exact) break;
      if (!one.reporters.empty()) return {};
      places.push_back(rows.PlaceOf(axis, one.member));
      if (places.back() == count) return {};
    }
    if (all.size() * places.size() > kMostSeries) return {};
    absl::InlinedVector<size_t, 1> longer;
    for (const size_t number : all) {
      for (const size_t place : places) {
        longer.push_back(number * count + place);
      }
    }
    all = std::move(longer);
  }
  // Its own figures are no parts of it.
  if (!exact && entry.candidate->extra_axes.empty() && own.has_value()) {
    all.erase(std::find(all.begin(), all.end(), *own));
  }
  return all;
}

void PlainFigures::AddGaps(const Entry& entry, int period, uint64_t present,
                           PlainFigure* figure) const {
  const DayInterval& days = plan_.periods[period].days;
  const TileRange& range = entry.ranges[period].tiles;
  vocabulary::Day covered_to = days.begin;
  for (uint32_t t = range.first; t < range.last; ++t) {
    if ((present >> (t - range.first) & 1) == 0) continue;
    const DayInterval& tile = entry.presums->tiles()[t];
    if (tile.begin > covered_to) {
      figure->gaps.push_back({covered_to, tile.begin});
    }
    covered_to = tile.end;
  }
  if (covered_to < days.end) figure->gaps.push_back({covered_to, days.end});
}

bool PlainFigures::IsAllowed(const Entry& entry, int period, uint32_t tiles,
                             bool whole) const {
  // A gap in which the law is not in force is none.
  if (!whole && !entry.timeless) return false;
  return (tiles == 1 && entry.ranges[period].one) ||
         (measure_.additive_over_time &&
          entry.candidate->table->slice.aggregation ==
              store::Aggregation::kSum);
}

bool PlainFigures::NoteEarlier(absl::Span<const Replacement> replaced,
                               PlainFigure* figure) {
  PlainFigure::Earlier& earlier = figure->earlier;
  const Interval now = figure->sum.bounds();
  earlier.bounds = now;
  earlier.value = figure->sum.value;
  for (const Replacement& by : replaced) {
    const auto add = [](bool open, int64_t more, std::optional<int64_t>* end) {
      if (open) end->reset();
      return !end->has_value() || !__builtin_add_overflow(**end, more, &**end);
    };
    if (__builtin_add_overflow(earlier.value, by.value, &earlier.value) ||
        !add(by.lower_open, by.lower, &earlier.bounds.lower) ||
        !add(by.upper_open, by.upper, &earlier.bounds.upper)) {
      return false;
    }
  }
  if (!AreDisjoint(now, earlier.bounds)) return true;
  for (const Replacement& by : replaced) earlier.rows.push_back(by.before);
  return true;
}

PlainFigures::Outcome PlainFigures::FindSeries(const Entry& entry,
                                               size_t series, size_t reporter,
                                               int period,
                                               PlainFigure* figure) const {
  const SliceTable& table = *entry.candidate->table;
  const uint32_t* const starts =
      table.rows->starts().data() + series * entry.reporters + reporter;
  const auto found =
      entry.presums->Sum(starts[0], starts[1], entry.ranges[period].tiles);
  if (!found.has_value()) return Outcome::kUnclear;
  if (found->present == 0) return Outcome::kNothing;
  figure->sum = found->sum;
  figure->listed = true;
  figure->first = found->first;
  figure->last = found->last;
  AddGaps(entry, period, found->present, figure);
  if (figure->gaps.empty() && !found->may_replace.empty()) {
    absl::InlinedVector<Replacement, 2> replaced;
    for (const uint32_t row : found->may_replace) {
      const auto by = ReplacementBy(snapshot_, table, row, table.max_scale);
      if (!by.ok()) return Outcome::kUnclear;
      if (by->has_value()) replaced.push_back(**by);
    }
    if (!NoteEarlier(replaced, figure)) return Outcome::kUnclear;
  }
  const bool exact = figure->sum.rows == 1 && figure->gaps.empty();
  figure->method = exact ? Method::kExact : Method::kTiled;
  return IsAllowed(entry, period, figure->sum.rows, figure->gaps.empty())
             ? Outcome::kFound
             : Outcome::kUnclear;
}

bool PlainFigures::AddWhole(const Entry& entry, const Step& step,
                            size_t reporter, const Entry::Range& range,
                            RowSum* sum) {
  uint64_t expected = 0;
  bool any = false;
  const auto add = [sum, &any](const RowSum& one) {
    if (any) {
      sum->Add(one);
    } else {
      *sum = one;
    }
    any = true;
  };
  for (const size_t series : step.series) {
    expected +=
        uint64_t{
            entry.cube->combinations[series * entry.reporters + reporter]} *
        range.tiles.size();
    for (uint32_t year = range.years.first; year < range.years.last; ++year) {
      add(entry.OfYear(series, year)[reporter]);
    }
    for (const uint32_t tile : range.others) {
      add(entry.OfTile(series, tile)[reporter]);
    }
  }
  // No tile has more rows than there are combinations, or it is unclear.
  return any && !sum->Has(RowSum::kUnclear) && sum->rows == expected;
}

uint64_t PlainFigures::TilesThere(const Entry& entry, const Step& step,
                                  size_t reporter, int period) {
  const TileRange& range = entry.ranges[period].tiles;
  if (entry.cube->present.empty()) return range.all();
  uint64_t there = 0;
  for (const size_t series : step.series) {
    there |= entry.cube->present[series * entry.reporters + reporter];
  }
  return there >> range.first & range.all();
}

PlainFigures::Outcome PlainFigures::FindInCube(const Entry& entry,
                                               const Step& step,
                                               size_t reporter, int period,
                                               PlainFigure* figure) const {
  const Entry::Range& range = entry.ranges[period];
  if (range.tiles.size() > Presums::kMostTiles) return Outcome::kUnclear;
  const uint64_t there = TilesThere(entry, step, reporter, period);
  if (there == 0) return Outcome::kNothing;
  uint64_t combinations = 0;
  for (const size_t series : step.series) {
    combinations +=
        entry.cube->combinations[series * entry.reporters + reporter];
  }
  if (combinations == 0) return Outcome::kNothing;
  uint64_t present = 0;
  uint32_t count = 0;
  if (range.whole && there == range.tiles.all() &&
      AddWhole(entry, step, reporter, range, &figure->sum)) {
    count = range.tiles.size();
  }
  for (uint32_t tile = range.tiles.first;
       count < range.tiles.size() && tile < range.tiles.last; ++tile) {
    if ((there >> (tile - range.tiles.first) & 1) == 0) continue;
    RowSum sum;
    for (const size_t series : step.series) {
      sum.Add(entry.OfTile(series, tile)[reporter]);
    }
    if (sum.Has(RowSum::kUnclear)) return Outcome::kUnclear;
    if (sum.rows == 0) continue;
    // Some part is not there.
    if (sum.rows != combinations) return Outcome::kUnclear;
    if (count++ == 0) {
      figure->sum = sum;
    } else {
      figure->sum.Add(sum);
    }
    present |= uint64_t{1} << (tile - range.tiles.first);
  }
  if (count == 0) return Outcome::kNothing;
  if (figure->sum.Has(RowSum::kUnclear)) return Outcome::kUnclear;
  if (!range.whole || count != range.tiles.size()) {
    AddGaps(entry, period, present, figure);
  }
  if (!step.exact) {
    figure->method = Method::kParts;
  } else {
    figure->method =
        count == 1 && figure->gaps.empty() ? Method::kExact : Method::kTiled;
  }
  if (!IsAllowed(entry, period, count, figure->gaps.empty())) {
    return Outcome::kUnclear;
  }
  if (!figure->sum.Has(RowSum::kReplaces) || !figure->gaps.empty()) {
    return Outcome::kFound;
  }
  absl::InlinedVector<Replacement, 4> replaced;
  for (const size_t series : step.series) {
    const uint32_t* const from =
        &entry.cube->replaced_from[series * entry.reporters + reporter];
    for (uint32_t i = from[0]; i < from[1]; ++i) {
      const Presums::Cube::Replaced& one = entry.cube->replaced[i];
      if (range.tiles.first <= one.tile && one.tile < range.tiles.last) {
        replaced.push_back(one.by);
      }
    }
  }
  std::sort(
      replaced.begin(), replaced.end(),
      [](const Replacement& a, const Replacement& b) { return a.row < b.row; });
  return NoteEarlier(replaced, figure) ? Outcome::kFound : Outcome::kUnclear;
}

PlainFigures::Outcome PlainFigures::Find(size_t source, const Place& place,
                                         MemberId reporter, int period,
                                         PlainFigure* figure) const {
  if (entries_.empty()) return Outcome::kUnclear;
  std::optional<PlainFigure> tiled;
  std::optional<PlainFigure> partial;
  bool bounded = false;  // what is only a part may have a say
  for (const Step& step : place) {
    if (step.source != source) continue;
    if (!step.exact && tiled.has_value()) break;
    if (IsSilent(entries_[step.entry], reporter, period)) continue;
    if (step.kind == Step::Kind::kBound) {
      bounded = true;
      continue;
    }
    const Entry& entry = entries_[step.entry];
    if (step.kind == Step::Kind::kUnclear) {
      NoteMissing(entry);
      return Outcome::kUnclear;
    }
    const size_t reporter_place = entry.PlaceOf(reporter);
    if (reporter_place == entry.reporters) continue;
    // Another part of the whole changes nothing.
    if (partial.has_value() && entry.timeless &&
        step.kind == Step::Kind::kCube &&
        LeavesOpen(entry, step, reporter_place, period)) {
      continue;
    }
    figure->Reset(entry.candidate);
    figure->rolled_up = step.rolled_up;
    const Outcome outcome =
        step.kind == Step::Kind::kCube
            ? FindInCube(entry, step, reporter_place, period, figure)
            : FindSeries(entry, step.series[0], reporter_place, period, figure);
    if (outcome == Outcome::kUnclear) return outcome;
    if (outcome == Outcome::kNothing) continue;
    if (!figure->gaps.empty()) {
      if (!partial.has_value()) partial = *figure;
      continue;
    }
    // A figure of the period itself may come.
    if (figure->method != Method::kTiled || (step.last && !tiled.has_value())) {
      return outcome;
    }
    if (!tiled.has_value()) tiled = *figure;
  }
  for (auto* const one : {&tiled, &partial}) {
    if (!one->has_value()) continue;
    *figure = *std::move(*one);
    return Outcome::kFound;
  }
  return bounded ? Outcome::kUnclear : Outcome::kNothing;
}

bool PlainFigures::IsSilent(const Entry& entry, MemberId reporter,
                            int period) const {
  return entry.partial != nullptr &&
         !entry.partial->MayHave(
             reporter, entry.partial->Within(plan_.periods[period].days));
}

void PlainFigures::NoteMissing(const Entry& entry) const {
  if (entry.partial != nullptr && !plan_.options.list_rows &&
      entry.partial->Over(entry.axes, snapshot_, *entry.candidate->table) ==
          nullptr) {
    entry.partial->NoteMissing(entry.axes);
  }
}

PlainFigures::Lane PlainFigures::LaneOf(const Place& place, int period) const {
  Lane lane;
  if (place.empty() || place[0].kind == Step::Kind::kBound ||
      place[0].kind == Step::Kind::kUnclear) {
    return lane;
  }
  const Step& step = place[0];
  const Entry& entry = entries_[step.entry];
  const Entry::Range& range = entry.ranges[period];
  const uint32_t tiles = range.tiles.size();
  if (!range.whole || tiles > Presums::kMostTiles) return lane;
  lane.method_ = !step.exact  ? Method::kParts
                 : tiles == 1 ? Method::kExact
                              : Method::kTiled;
  // A figure of the period itself may come.
  if (lane.method_ == Method::kTiled && !step.last) return lane;
  if (!IsAllowed(entry, period, tiles, /*whole=*/true)) return lane;
  lane.tiles_ = tiles;
  lane.range_ = range.tiles;
  lane.entry_ = &entry;
  if (step.kind == Step::Kind::kSeries) {
    lane.series_ = step.series[0];
    return lane;
  }
  for (const size_t series : step.series) {
    if (!range.others.empty()) {
      lane.combinations_.push_back(entry.cube->combinations.data() +
                                   series * entry.reporters);
    }
    for (uint32_t year = range.years.first; year < range.years.last; ++year) {
      lane.sums_.push_back(entry.OfYear(series, year));
    }
    for (const uint32_t tile : range.others) {
      lane.sums_.push_back(entry.OfTile(series, tile));
    }
  }
  return lane;
}

bool PlainFigures::Lane::FindRows(size_t reporter, SumFigure* figure) const {
  const uint32_t* const starts =
      entry_->candidate->table->rows->starts().data() +
      series_ * entry_->reporters + reporter;
  const auto found = entry_->presums->Sum(starts[0], starts[1], range_);
  if (!found.has_value() || found->present != range_.all() ||
      !found->may_replace.empty()) {
    return false;
  }
  figure->sum = found->sum;
  figure->listed = true;
  figure->first = found->first;
  figure->last = found->last;
  Describe(figure);
  return true;
}

}  // namespace collate::query
