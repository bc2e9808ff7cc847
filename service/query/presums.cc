#include "service/query/presums.h"

#include <algorithm>
#include <limits>
#include <tuple>

#include "absl/time/civil_time.h"
#include "service/query/row_figure.h"
#include "service/query/withheld.h"

namespace collate::query {
namespace {

using vocabulary::DayInterval;
using vocabulary::PeriodKind;
using vocabulary::State;

// Bytes that a cube may take for each row that it is made of: what a scan of
// the rows would read. The hot tables are small ones, whose cubes may take
// more.
constexpr size_t kBytesPerRow = 12;
constexpr size_t kSmallCube = size_t{16} << 20;

// Revisions that say so, and parts of what is added up, replace nothing.
constexpr uint32_t kNotSilent =
    vocabulary::kFlagRevised | vocabulary::kFlagRepeatedKeyAdded;

}  // namespace

std::shared_ptr<const Presums> Presums::Make(
    std::shared_ptr<const TableRows> rows, store::Floor floor, int scale) {
  std::shared_ptr<Presums> made(new Presums(std::move(rows), floor, scale));
  if (!made->FindTiles() || !made->FindReleases()) return nullptr;
  made->FindYears();
  made->MakeKinds();
  return made;
}

std::shared_ptr<const Presums> Presums::Make(Partial partial) {
  std::shared_ptr<Presums> made(
      new Presums(std::move(partial.rows), partial.floor, partial.scale));
  made->table_ = partial.table;
  made->absences_ = std::move(partial.absences);
  made->tiles_ = std::move(partial.tiles);
  made->printed_ = std::move(partial.printed);
  made->releases_ = std::move(partial.releases);
  made->reasons_ = std::move(partial.reasons);
  made->cubes_ = std::move(partial.cubes);
  for (const TableRows::Known& known : made->rows_->known().values()) {
    const bool today = known.until == kStillKnown;
    made->bit_of_known_.push_back(today ? static_cast<int8_t>(known.release)
                                        : int8_t{-1});
  }
  made->PlaceTiles();
  made->FindYears();
  made->MakeKinds();
  return made;
}

bool Presums::FindTiles() {
  for (const auto& period : rows_->periods().values()) {
    if (period.kind == PeriodKind::kDay) return false;
    tiles_.push_back(period.days);
  }
  std::sort(tiles_.begin(), tiles_.end());
  for (size_t i = 1; i < tiles_.size(); ++i) {
    if (tiles_[i].begin < tiles_[i - 1].end) return false;
  }
  PlaceTiles();
  return true;
}

void Presums::PlaceTiles() {
  for (const auto& period : rows_->periods().values()) {
    const auto at = std::lower_bound(tiles_.begin(), tiles_.end(), period.days);
    tile_of_period_.push_back(static_cast<uint32_t>(at - tiles_.begin()));
  }
}

void Presums::FindYears() {
  for (uint32_t first = 0; first < tiles_.size(); ++first) {
    const absl::CivilDay begin = absl::CivilDay() + tiles_[first].begin;
    if (begin.month() != 4 || begin.day() != 1) continue;
    const auto end = static_cast<vocabulary::Day>(
        absl::CivilDay(begin.year() + 1, 4, 1) - absl::CivilDay());
    const TileRange year = Within({tiles_[first].begin, end});
    vocabulary::Day covered_to = tiles_[first].begin;
    for (uint32_t tile = year.first; tile < year.last; ++tile) {
      if (tiles_[tile].begin == covered_to) covered_to = tiles_[tile].end;
    }
    if (covered_to == end && year.size() > 1) years_.push_back(year);
  }
}

bool Presums::FindReleases() {
  const auto& known = rows_->known();
  for (uint32_t code = 0; code < known.values().size(); ++code) {
    const bool today = known.values()[code].until == kStillKnown;
    if (!today) {
      bit_of_known_.push_back(-1);
      continue;
    }
    const uint32_t release = known.values()[code].release;
    auto at = std::find_if(
        releases_.begin(), releases_.end(),
        [release](const auto& one) { return one.release == release; });
    if (at == releases_.end()) {
      if (releases_.size() == kMostReleases) return false;
      releases_.push_back(rows_->where(known.first_row(code)));
      at = releases_.end() - 1;
    }
    bit_of_known_.push_back(static_cast<int8_t>(at - releases_.begin()));
  }
  return true;
}

void Presums::MakeKinds() {
  for (const TableRows::Attributes& one : rows_->attributes().values()) {
    for (int number = 0; number < vocabulary::kStateCount; ++number) {
      Kind& kind = kinds_.emplace_back(
          KindOf(static_cast<State>(number), one.flags, rows_->reason_of(one)));
      if (one.scale == scale_) continue;
      kind.numbers = Kind::Numbers::kNone;
      kind.sum.bits = RowSum::kUnclear;
    }
  }
}

Presums::Kind Presums::KindOf(State state, uint32_t flags,
                              const std::string& reason) {
  Kind kind;
  kind.numbers = Kind::Numbers::kNone;
  RowSum& sum = kind.sum;
  sum.rows = 1;
  sum.severity = static_cast<int8_t>(vocabulary::Severity(state));
  sum.states = SetOf(state);
  sum.flags = static_cast<uint16_t>(flags);
  if (state == State::kAggregated || state == State::kNotYetPublished ||
      sum.flags != flags) {
    sum.bits = RowSum::kUnclear;
    return kind;
  }
  if (IsWithheld(state, reason)) sum.bits |= RowSum::kWithheld;
  if (vocabulary::IsNeverDue(state)) return kind;
  sum.bits |= RowSum::kDue;
  kind.numbers = state == State::kReported ? Kind::Numbers::kExact
                                           : Kind::Numbers::kBounds;
  return kind;
}

bool Presums::MayHave(vocabulary::MemberId reporter, TileRange range) const {
  const size_t reporter_axis = rows_->axis_count();
  const size_t place = rows_->PlaceOf(reporter_axis, reporter);
  if (place == rows_->place_count(reporter_axis)) return false;
  const auto first =
      printed_.begin() + static_cast<std::ptrdiff_t>(place * tiles_.size());
  return std::find(first + range.first, first + range.last, true) !=
         first + range.last;
}

TileRange Presums::Within(const DayInterval& days) const {
  const auto first = std::lower_bound(
      tiles_.begin(), tiles_.end(), days.begin,
      [](const DayInterval& tile, auto day) { return tile.begin < day; });
  auto last = first;
  while (last != tiles_.end() && last->end <= days.end) ++last;
  return {static_cast<uint32_t>(first - tiles_.begin()),
          static_cast<uint32_t>(last - tiles_.begin())};
}

RowSum Presums::Of(size_t row) const {
  const State state = rows_->state(row);
  const Kind& kind = kinds_[KindNumber(row)];
  RowSum sum = kind.sum;
  sum.worst_row = static_cast<uint32_t>(row);
  sum.releases = uint64_t{1} << bit_of_known_[rows_->known().code(row)];
  if (kind.numbers == Kind::Numbers::kNone) return sum;
  if (kind.numbers == Kind::Numbers::kExact) {
    sum.value = rows_->value(row);
    sum.lower = sum.upper = sum.printed_lower = sum.printed_upper = sum.value;
    return sum;
  }
  const uint8_t has = rows_->has(row);
  std::optional<int64_t> value;
  Interval stated;
  if ((has & store::kHasValue) != 0) value = rows_->value(row);
  if ((has & store::kHasLower) != 0) stated.lower = rows_->lower(row);
  if ((has & store::kHasUpper) != 0) stated.upper = rows_->upper(row);
  const Interval bounds = RowBounds(state, floor_, value, stated);
  sum.lower = bounds.lower.value_or(0);
  sum.upper = bounds.upper.value_or(0);
  if (!bounds.lower.has_value()) sum.bits |= RowSum::kLowerOpen;
  if (!bounds.upper.has_value()) sum.bits |= RowSum::kUpperOpen;
  const bool printed = vocabulary::IsPrinted(state);
  if (printed) sum.value = rows_->value(row);
  if (printed || state == State::kSuppressed) {
    sum.printed_lower = sum.lower;
    sum.printed_upper = sum.upper;
    if (!bounds.lower.has_value()) sum.bits |= RowSum::kPrintedLowerOpen;
    if (!bounds.upper.has_value()) sum.bits |= RowSum::kPrintedUpperOpen;
  }
  return sum;
}

bool Presums::MayReplace(size_t row, size_t first) const {
  return row > first &&
         rows_->periods().code(row - 1) == rows_->periods().code(row) &&
         (rows_->flags(row) & kNotSilent) == 0 &&
         vocabulary::IsPrinted(rows_->state(row));
}

std::optional<Presums::Series> Presums::Sum(size_t first, size_t last,
                                            TileRange range) const {
  Series series;
  const auto& periods = rows_->periods();
  const auto tile_of = [&](size_t row) {
    return tile_of_period_[periods.code(row)];
  };
  if (range.last - range.first > kMostTiles) return std::nullopt;
  // Most series have a row for each tile.
  size_t row = std::min(first + range.first, last);
  while (row > first && tile_of(row - 1) >= range.first) --row;
  while (row < last && tile_of(row) < range.first) ++row;
  for (; row < last; ++row) {
    const uint32_t tile = tile_of(row);
    if (tile >= range.last) break;
    if (bit_of_known_[rows_->known().code(row)] < 0) continue;
    const uint64_t bit = uint64_t{1} << (tile - range.first);
    if (rows_->derived(row) || (series.present & bit) != 0) {
      return std::nullopt;
    }
    if (MayReplace(row, first)) {
      series.may_replace.push_back(static_cast<uint32_t>(row));
    }
    if (series.present == 0) series.first = row;
    series.last = row + 1;
    series.present |= bit;
    series.sum.Add(Of(row));
  }
  if (series.sum.Has(RowSum::kUnclear)) return std::nullopt;
  return series;
}

const Presums::Cube* Presums::Over(const std::vector<size_t>& axes,
                                   const Snapshot& snapshot,
                                   const SliceTable& table) const {
  if (partial()) {
    const std::lock_guard lock(mutex_);
    const auto found = cubes_.find(axes);
    return found == cubes_.end() ? nullptr : found->second.get();
  }
  if (rows_->starts().empty()) return nullptr;
  const size_t reporter_axis = rows_->axis_count();
  size_t sums = rows_->place_count(reporter_axis) * tiles_.size();
  for (const size_t axis : axes) sums *= rows_->place_count(axis);
  if (!axes.empty() && sums * sizeof(RowSum) > kBytesPerRow * rows_->size() &&
      sums * sizeof(RowSum) > kSmallCube) {
    return nullptr;
  }
  const std::lock_guard lock(mutex_);
  std::shared_ptr<const Cube>& cube = cubes_[axes];
  if (cube == nullptr) cube = Make(axes, snapshot, table);
  return cube.get();
}

void Presums::FindReasons(const std::vector<bool>& kinds, Cube* cube) const {
  std::array<bool, vocabulary::kStateCount> differ = {};
  for (size_t kind = 0; kind < kinds.size(); ++kind) {
    if (!kinds[kind]) continue;
    const size_t state = kind % vocabulary::kStateCount;
    const std::string& reason = rows_->reason_of(
        rows_->attributes().values()[kind / vocabulary::kStateCount]);
    const std::string*& known = cube->reasons[state];
    differ[state] = differ[state] || (known != nullptr && *known != reason);
    known = differ[state] ? nullptr : &reason;
  }
}

std::shared_ptr<const Presums::Cube> Presums::Make(
    const std::vector<size_t>& axes, const Snapshot& snapshot,
    const SliceTable& table) const {
  const size_t axis_count = rows_->axis_count();
  const size_t reporters = rows_->place_count(axis_count);
  auto cube = std::make_shared<Cube>();
  size_t combinations = 1;
  for (const size_t axis : axes) combinations *= rows_->place_count(axis);
  cube->combinations.assign(combinations * reporters, 0);
  if (tiles_.size() <= kMostTiles) {
    cube->present.assign(combinations * reporters, 0);
  }
  cube->sums.resize(combinations * tiles_.size() * reporters);
  const std::vector<uint32_t>& starts = rows_->starts();
  std::vector<size_t> places(axis_count, 0);
  std::vector<bool> kinds(kinds_.size(), false);  // that there are
  for (size_t series = 0; series + 1 < starts.size();) {
    size_t at = 0;
    for (const size_t axis : axes) {
      at = at * rows_->place_count(axis) + places[axis];
    }
    for (size_t reporter = 0; reporter < reporters; ++reporter, ++series) {
      RowSum* const sums =
          cube->sums.data() + at * tiles_.size() * reporters + reporter;
      uint32_t last_tile = std::numeric_limits<uint32_t>::max();
      bool any = false;
      for (size_t row = starts[series]; row < starts[series + 1]; ++row) {
        if (bit_of_known_[rows_->known().code(row)] < 0) continue;
        any = true;
        const uint32_t tile = tile_of_period_[rows_->periods().code(row)];
        RowSum& sum = sums[tile * reporters];
        if (!cube->present.empty()) {
          cube->present[at * reporters + reporter] |= uint64_t{1} << tile;
        }
        if (rows_->derived(row)) {
          // What there was is for Resolver to say.
          if (axes.size() == axis_count) sum.bits |= RowSum::kUnclear;
          continue;
        }
        sum.Add(Of(row));
        kinds[KindNumber(row)] = true;
        if (tile == last_tile) sum.bits |= RowSum::kUnclear;
        last_tile = tile;
        if (!MayReplace(row, starts[series])) continue;
        const auto by =
            ReplacementBy(snapshot, table, static_cast<uint32_t>(row), scale_);
        if (!by.ok()) {
          sum.bits |= RowSum::kUnclear;
        } else if (by->has_value()) {
          sum.bits |= RowSum::kReplaces;
          cube->replaced.push_back({at * reporters + reporter, tile, **by});
        }
      }
      if (any) ++cube->combinations[at * reporters + reporter];
    }
    for (size_t axis = axis_count; axis > 0; --axis) {
      if (++places[axis - 1] < rows_->place_count(axis - 1)) break;
      places[axis - 1] = 0;
    }
  }
  FindReasons(kinds, cube.get());
  Finish(cube.get());
  return cube;
}

void Presums::Finish(Cube* cube) const {
  std::sort(cube->replaced.begin(), cube->replaced.end(),
            [](const Cube::Replaced& a, const Cube::Replaced& b) {
              return std::tie(a.place, a.tile, a.by.row) <
                     std::tie(b.place, b.tile, b.by.row);
            });
  cube->replaced_from.assign(cube->combinations.size() + 1, 0);
  for (const Cube::Replaced& one : cube->replaced) {
    ++cube->replaced_from[one.place + 1];
  }
  for (size_t i = 1; i < cube->replaced_from.size(); ++i) {
    cube->replaced_from[i] += cube->replaced_from[i - 1];
  }
  const size_t reporters = rows_->place_count(rows_->axis_count());
  cube->year_sums.reserve(cube->combinations.size() * years_.size());
  for (size_t at = 0; at * reporters < cube->combinations.size(); ++at) {
    for (const TileRange& year : years_) {
      for (size_t reporter = 0; reporter < reporters; ++reporter) {
        RowSum& sum = cube->year_sums.emplace_back();
        for (uint32_t tile = year.first; tile < year.last; ++tile) {
          sum.Add(
              cube->sums[(at * tiles_.size() + tile) * reporters + reporter]);
        }
        if (sum.rows !=
            cube->combinations[at * reporters + reporter] * year.size()) {
          sum.bits |= RowSum::kUnclear;
        }
      }
    }
  }
}

}  // namespace collate::query
