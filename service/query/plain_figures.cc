#include "service/query/plain_figures.h"

#include <algorithm>
#include <optional>

#include "service/store/observations.h"

namespace collate::query {
namespace {

using vocabulary::DayInterval;
using vocabulary::MemberId;

// Gaps between tiles that follow each other, as Tile() says them.
class GapFinder {
 public:
  GapFinder(const DayInterval& days, PlainFigure* figure)
      : days_(days), covered_to_(days.begin), figure_(figure) {}

  void Cover(const DayInterval& tile) {
    if (tile.begin > covered_to_) {
      figure_->gaps.push_back({covered_to_, tile.begin});
    }
    covered_to_ = tile.end;
  }
  void Finish() {
    if (covered_to_ < days_.end) {
      figure_->gaps.push_back({covered_to_, days_.end});
    }
  }

 private:
  const DayInterval& days_;
  vocabulary::Day covered_to_;
  PlainFigure* figure_;
};

}  // namespace

PlainFigures::PlainFigures(const Plan& plan, const vocabulary::Measure& measure,
                           const Candidates& candidates,
                           const std::vector<std::string>& sources)
    : plan_(plan), measure_(measure), candidates_(candidates) {
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
  entry.source = source;
  const SliceTable& table = *candidate.table;
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
  if (!candidate.extra_axes.empty()) {
    // What is said beside a figure is found by its row.
    if (candidate.use == Use::kPart || table.stated) return;
    entry.cube = table.presums->Over(entry.axes);
    if (entry.cube == nullptr) return;
  }
  entry.presums = table.presums.get();
  for (const vocabulary::Period& period : plan_.periods) {
    entry.ranges.push_back(entry.presums->Within(period.days));
  }
  const TableRows::FirstKnown& reporters = table.rows->reporters();
  entry.reporters = reporters.size();
  for (size_t place = 0; place < reporters.size(); ++place) {
    const MemberId reporter = reporters[place].first;
    if (reporter == vocabulary::kUnmapped) break;
    entry.place_of_reporter.resize(reporter + 1, entry.reporters);
    entry.place_of_reporter[reporter] = place;
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
    const std::vector<MemberId>& coordinates) const {
  Place place;
  for (const Entry& entry : entries_) {
    Spot& spot = place.emplace_back();
    const SliceTable& table = *entry.candidate->table;
    spot.itself = true;
    bool any = true;  // along every axis some member
    for (size_t d = 0; d < coordinates.size(); ++d) {
      const Candidate::Target& target =
          candidates_.TargetOf(*entry.candidate, d, coordinates[d]);
      spot.itself = spot.itself && target.itself;
      spot.others = spot.others || !target.others.empty();
      any = any && (target.itself || !target.others.empty());
    }
    spot.others = spot.others && any;
    for (size_t i = 0; spot.itself && i < entry.axes.size(); ++i) {
      const size_t axis = entry.axes[i];
      spot.number = spot.number * table.rows->place_count(axis) +
                    table.rows->PlaceOf(axis, coordinates[entry.asked[i]]);
    }
  }
  return place;
}

bool PlainFigures::IsAllowed(const Entry& entry, int period, uint32_t tiles,
                             const PlainFigure& figure) const {
  // A gap in which the law is not in force is none.
  if (!figure.gaps.empty() && !entry.timeless) return false;
  const TileRange& range = entry.ranges[period];
  const bool exact =
      tiles == 1 && range.last - range.first == 1 &&
      entry.presums->tiles()[range.first] == plan_.periods[period].days;
  return exact || (measure_.additive_over_time &&
                   entry.candidate->table->slice.aggregation ==
                       store::Aggregation::kSum);
}

PlainFigures::Outcome PlainFigures::FindSeries(const Entry& entry,
                                               const Spot& spot,
                                               MemberId reporter, int period,
                                               PlainFigure* figure) const {
  const TableRows& rows = *entry.candidate->table->rows;
  if (rows.starts().empty()) return Outcome::kUnclear;
  const size_t place = entry.PlaceOf(reporter);
  if (place == entry.reporters) return Outcome::kNothing;
  const size_t series = spot.number * entry.reporters + place;
  const size_t first = rows.starts()[series];
  const size_t last = rows.starts()[series + 1];
  const TileRange& range = entry.ranges[period];
  const auto found = entry.presums->Sum(first, last, range);
  if (!found.has_value()) return Outcome::kUnclear;
  if (found->present == 0) return Outcome::kNothing;
  figure->candidate = entry.candidate;
  figure->sum = found->sum;
  figure->listed = true;
  figure->first = found->first;
  figure->last = found->last;
  figure->replacing = found->replacing;
  const DayInterval& days = plan_.periods[period].days;
  GapFinder gaps(days, figure);
  for (uint32_t tile = range.first; tile < range.last; ++tile) {
    if ((found->present >> (tile - range.first) & 1) == 0) continue;
    gaps.Cover(entry.presums->tiles()[tile]);
  }
  gaps.Finish();
  const bool exact = figure->sum.rows == 1 && figure->gaps.empty();
  figure->method = exact ? Method::kExact : Method::kTiled;
  return IsAllowed(entry, period, figure->sum.rows, *figure)
             ? Outcome::kFound
             : Outcome::kUnclear;
}

PlainFigures::Outcome PlainFigures::FindInCube(const Entry& entry,
                                               const Spot& spot,
                                               MemberId reporter, int period,
                                               PlainFigure* figure) const {
  const size_t place = entry.PlaceOf(reporter);
  if (place == entry.reporters) return Outcome::kNothing;
  const size_t at = spot.number * entry.reporters + place;
  const uint32_t combinations = entry.cube->combinations[at];
  const TileRange& range = entry.ranges[period];
  const std::vector<DayInterval>& tiles = entry.presums->tiles();
  const RowSum* const sums = &entry.cube->sums[at * tiles.size()];
  figure->candidate = entry.candidate;
  figure->method = Method::kParts;
  const DayInterval& days = plan_.periods[period].days;
  GapFinder gaps(days, figure);
  uint32_t present = 0;
  for (uint32_t tile = range.first; tile < range.last; ++tile) {
    const RowSum& sum = sums[tile];
    if (sum.Has(RowSum::kUnclear)) return Outcome::kUnclear;
    if (sum.rows == 0) continue;
    // Some part is not there.
    if (sum.rows != combinations) return Outcome::kUnclear;
    figure->sum.Add(sum);
    if (sum.Has(RowSum::kMayReplace)) {
      const std::pair here(at * tiles.size() + tile, uint32_t{0});
      const auto& all = entry.cube->replacing;
      for (auto one = std::lower_bound(all.begin(), all.end(), here);
           one != all.end() && one->first == here.first; ++one) {
        figure->replacing.push_back(one->second);
      }
    }
    ++present;
    gaps.Cover(tiles[tile]);
  }
  gaps.Finish();
  std::sort(figure->replacing.begin(), figure->replacing.end());
  if (present == 0) return Outcome::kNothing;
  if (figure->sum.Has(RowSum::kUnclear) ||
      !IsAllowed(entry, period, present, *figure)) {
    return Outcome::kUnclear;
  }
  return Outcome::kFound;
}

PlainFigures::Outcome PlainFigures::Find(size_t source, const Place& place,
                                         MemberId reporter, int period,
                                         PlainFigure* figure) const {
  if (entries_.empty()) return Outcome::kUnclear;
  std::optional<PlainFigure> partial;
  bool bounded = false;  // what is only a part may have a say
  for (const bool want_exact : {true, false}) {
    std::optional<PlainFigure> tiled;
    for (size_t i = 0; i < entries_.size(); ++i) {
      const Entry& entry = entries_[i];
      const Candidate& candidate = *entry.candidate;
      const Spot& spot = place[i];
      if (entry.source != source) continue;
      const bool one_series = candidate.extra_axes.empty();
      if (want_exact   ? !one_series || !spot.itself
          : one_series ? !spot.others
                       : !spot.itself && !spot.others) {
        continue;
      }
      if (candidate.use == Use::kPart) {
        bounded = true;
        continue;
      }
      if (entry.presums == nullptr || (!want_exact && spot.others) ||
          (!want_exact && candidates_.has_unmapped())) {
        return Outcome::kUnclear;
      }
      *figure = PlainFigure();
      const Outcome outcome =
          want_exact ? FindSeries(entry, spot, reporter, period, figure)
                     : FindInCube(entry, spot, reporter, period, figure);
      if (outcome == Outcome::kUnclear) return outcome;
      if (outcome == Outcome::kNothing) continue;
      if (!figure->gaps.empty()) {
        if (!partial.has_value()) partial = *figure;
      } else if (figure->method != Method::kTiled) {
        return outcome;
      } else if (!tiled.has_value()) {
        // A figure of the period itself may come.
        tiled = *figure;
      }
    }
    if (tiled.has_value()) {
      *figure = *std::move(tiled);
      return Outcome::kFound;
    }
  }
  if (partial.has_value()) {
    *figure = *std::move(partial);
    return Outcome::kFound;
  }
  return bounded ? Outcome::kUnclear : Outcome::kNothing;
}

}  // namespace collate::query
