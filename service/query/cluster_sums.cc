#include "service/query/cluster_sums.h"

#include <algorithm>
#include <limits>
#include <map>
#include <optional>
#include <set>
#include <string>

#include "absl/container/flat_hash_map.h"
#include "service/base/status_macros.h"
#include "service/query/editions.h"
#include "service/query/fetching.h"
#include "service/query/outline.h"
#include "service/query/row_sum.h"

namespace collate::query {
namespace {

using store::ObservationIndex;
using vocabulary::DayInterval;
using vocabulary::MemberId;
using vocabulary::State;

// Bytes that a cube may take; beyond, rows are fetched.
constexpr size_t kLargestCube = size_t{512} << 20;
// Rows of releases that print what others print, too: as many, or a share of
// all. Each of them is fetched.
constexpr size_t kMostShared = 20'000;
constexpr size_t kSharedPart = 10;

template <typename T>
bool Meet(const std::set<T>& a, const std::set<T>& b) {
  auto x = a.begin();
  auto y = b.begin();
  while (x != a.end() && y != b.end()) {
    if (*x == *y) return true;
    if (*x < *y) {
      ++x;
    } else {
      ++y;
    }
  }
  return false;
}

// Whether two releases may print one key.
bool MayShare(const Outline::OfSlice& a, const Outline::OfSlice& b) {
  if (!Meet(a.printed, b.printed) || !Meet(a.reporters, b.reporters)) {
    return false;
  }
  for (size_t axis = 0; axis < a.members.size(); ++axis) {
    if (!Meet(a.members[axis], b.members[axis])) return false;
  }
  return true;
}

// Whether a later release may leave out what another prints.
bool MayDrop(const Claim& claim, const Summable::Release& release) {
  return claim.release > release.index &&
         std::any_of(release.of->printed.begin(), release.of->printed.end(),
                     [&claim](const DayInterval& days) {
                       return claim.period.Contains(days);
                     }) &&
         std::any_of(claim.reporters.begin(), claim.reporters.end(),
                     [&release](MemberId reporter) {
                       return release.of->reporters.contains(reporter);
                     });
}

// What rows of one kind add up to, given as a group. False where they do not
// add up: each has to be looked at.
bool AddUp(const ObservationIndex::Sums::Group& group,
           const std::string& reason, RowSum* sum) {
  const Presums::Kind kind = Presums::KindOf(group.state, group.flags, reason);
  *sum = kind.sum;
  sum->rows = static_cast<uint32_t>(group.rows);
  if (sum->Has(RowSum::kUnclear) ||
      group.rows > std::numeric_limits<uint32_t>::max()) {
    return false;
  }
  switch (kind.numbers) {
    case Presums::Kind::Numbers::kNone:
      return true;
    case Presums::Kind::Numbers::kExact:
      sum->value = group.value;
      sum->lower = sum->upper = group.value;
      sum->printed_lower = sum->printed_upper = group.value;
      return true;
    case Presums::Kind::Numbers::kBounds:
      break;
  }
  // As RowBounds says of each row; nothing is below 0.
  const bool partial = group.state == State::kPartialPeriod;
  const bool upper = (group.has & store::kHasUpper) != 0 && !partial;
  if (upper && group.state == State::kIncludedElsewhere) return false;
  if (partial && (group.has & store::kHasValue) != 0) {
    sum->lower = group.value;
  } else if ((group.has & store::kHasLower) != 0 &&
             group.state != State::kIncludedElsewhere) {
    sum->lower = group.lower;
  }
  if (upper) sum->upper = group.upper;
  if (!upper) sum->bits |= RowSum::kUpperOpen;
  const bool printed = vocabulary::IsPrinted(group.state);
  if (printed) sum->value = group.value;
  if (printed || group.state == State::kSuppressed) {
    sum->printed_lower = sum->lower;
    sum->printed_upper = sum->upper;
    if (!upper) sum->bits |= RowSum::kPrintedUpperOpen;
  }
  return true;
}

bool SetReason(State state, const std::string& reason,
               std::vector<std::optional<std::string>>* reasons) {
  std::optional<std::string>& known = (*reasons)[static_cast<size_t>(state)];
  if (!known.has_value()) known = reason;
  return *known == reason;
}

}  // namespace

std::shared_ptr<const Summable> SummableOf(
    const std::vector<std::shared_ptr<const LoadedRelease>>& releases,
    const SliceTable& table) {
  if (table.unmapped || table.split || table.counted || table.stated ||
      table.slice.floor != store::Floor::kZero ||
      table.releases.size() > Presums::kMostReleases) {
    return nullptr;
  }
  auto made = std::make_shared<Summable>();
  Summable& printed = *made;
  std::map<DayInterval, vocabulary::PeriodKind> kinds;
  uint64_t most = 0;
  uint64_t rows = 0;
  for (const uint32_t index : table.releases) {
    const LoadedRelease& loaded = *releases[index];
    if (loaded.release.state != store::ReleaseState::kPublished ||
        loaded.outline == nullptr) {
      return nullptr;
    }
    const auto of = loaded.outline->slices.find(table.slice);
    if (of == loaded.outline->slices.end() || !of->second.adds_up ||
        of->second.scale != table.max_scale) {
      return nullptr;
    }
    printed.releases.push_back({index, &loaded, &of->second});
    for (const auto& [days, kind] : of->second.kinds) {
      if (kinds.emplace(days, kind).first->second != kind) return nullptr;
    }
    most = std::max(most, of->second.most);
    rows += of->second.rows;
  }
  if (rows > 0 && most > std::numeric_limits<int64_t>::max() / rows) {
    return nullptr;
  }
  for (const auto& [days, kind] : kinds) {
    if (!printed.tiles.empty() && days.begin < printed.tiles.back().end) {
      return nullptr;
    }
    printed.tiles.push_back(days);
  }
  size_t shared = 0;
  for (Summable::Release& one : printed.releases) {
    for (const Claim& claim : table.claims) {
      const bool stands = releases[claim.release]->release.state ==
                          store::ReleaseState::kPublished;
      if (stands && MayDrop(claim, one)) return nullptr;
    }
    for (const Summable::Release& other : printed.releases) {
      const auto size = [](const Summable::Release& release) {
        return std::pair(release.of->rows, release.index);
      };
      one.shared = one.shared ||
                   (size(one) < size(other) && MayShare(*one.of, *other.of));
    }
    if (one.shared) shared += one.of->rows;
  }
  if (shared > kMostShared && shared > rows / kSharedPart) return nullptr;
  return made;
}

// The codes of the members along one axis of a table, or of its reporters.
struct ClusterSums::Codes {
  std::vector<MemberId> members;  // that are wanted, ascending
  std::map<MemberId, std::string> code_of;
  std::set<std::string> wanted;
  bool narrows = false;  // some code is not

  // False where what a code stands for is no matter of the code alone.
  bool Add(const Outline::Codes& codes) {
    if (!codes.loose.empty()) return false;
    for (const auto& [member, of_member] : codes.of_member) {
      if (of_member.size() > 1) return false;
      const std::string& code = *of_member.begin();
      if (code_of.emplace(member, code).first->second != code) return false;
      if (Wants(member)) {
        wanted.insert(code);
      } else {
        narrows = true;
      }
    }
    return true;
  }
  bool Wants(MemberId member) const {
    return std::binary_search(members.begin(), members.end(), member);
  }
  bool MayHold(const Outline::Codes& codes) const {
    return std::any_of(codes.of_member.begin(), codes.of_member.end(),
                       [this](const auto& one) { return Wants(one.first); });
  }
  ObservationIndex::Codes Take() const {
    ObservationIndex::Codes codes;
    if (narrows) codes.wanted.emplace(wanted.begin(), wanted.end());
    return codes;
  }
};

struct ClusterSums::Table {
  SliceTable now;
  // False where no sums can be made.
  bool adds_up = false;
  std::vector<ObservationIndex::Wanted> wanted;
  std::vector<ObservationIndex::Chunk> shared;
  std::vector<Codes> codes;  // by axis, reporters last
  // Of the rows that are here: how many, and the number of the codes of each,
  // by release and number in it.
  bool rows_here = false;
  size_t rows = 0;
  absl::flat_hash_map<std::pair<uint32_t, uint32_t>, uint64_t> places;
  std::vector<std::optional<std::string>> reasons;
  Presums::Partial partial;

  size_t place_count(size_t axis) const { return codes[axis].members.size(); }
  std::vector<std::vector<MemberId>> Places() const {
    std::vector<std::vector<MemberId>> all;
    for (const Codes& one : codes) all.push_back(one.members);
    return all;
  }
  bool Plan();
  void TakeRows(const Snapshot& outer, const ObservationIndex::Sums& sums,
                std::optional<SliceTable> made);
  // Null where something does not add up.
  std::shared_ptr<Presums::Cube> MakeCube(const Snapshot& outer,
                                          const std::vector<size_t>& axes,
                                          const ObservationIndex::Sums& sums);
};

ClusterSums::ClusterSums(std::shared_ptr<const Snapshot> outer,
                         const store::ObservationIndex& index, FetchScope scope,
                         int64_t limit)
    : outer_(std::move(outer)),
      index_(index),
      scope_(std::move(scope)),
      limit_(limit),
      absences_(std::make_shared<Absences>()) {
  for (size_t i = 0; i < outer_->tables().size(); ++i) {
    const SliceTable& table = outer_->tables()[i];
    const auto scoped = scope_.measures.find(table.slice.measure);
    if (!table.away || scoped == scope_.measures.end()) continue;
    auto sums = std::make_unique<Table>();
    sums->now = table;
    sums->now.away = false;
    for (size_t axis = 0; axis <= table.axes.size(); ++axis) {
      const bool reporters = axis == table.axes.size();
      const std::set<MemberId>* wanted = nullptr;
      if (reporters) {
        const auto& some = scoped->second.reporters;
        if (some.has_value()) wanted = &*some;
      } else {
        const auto some = scoped->second.members.find(table.axes[axis]->code());
        if (some != scoped->second.members.end()) wanted = &some->second;
      }
      Codes& codes = sums->codes.emplace_back();
      for (const auto& [member, unused] : table.rows->first_known(axis)) {
        if (wanted == nullptr || wanted->contains(member)) {
          codes.members.push_back(member);
        }
      }
    }
    Presums::Partial& partial = sums->partial;
    partial.table = i;
    partial.absences = absences_;
    partial.floor = table.slice.floor;
    partial.scale = table.max_scale;
    partial.rows = std::make_shared<const TableRows>(
        TableRows::Partial(*table.rows, sums->Places(), absences_));
    sums->reasons.resize(vocabulary::kStateCount);
    sums->now.rows = partial.rows;
    sums->adds_up = sums->Plan();
    sums->now.presums = sums->adds_up ? Presums::Make(partial) : nullptr;
    tables_.emplace(i, std::move(sums));
  }
}

ClusterSums::~ClusterSums() = default;

std::shared_ptr<const Snapshot> ClusterSums::snapshot() const {
  std::vector<SliceTable> tables = outer_->tables();
  for (const auto& [i, table] : tables_) tables[i] = table->now;
  return outer_->With(std::move(tables),
                      std::make_shared<const FetchScope>(scope_), absences_);
}

// What to ask for, and of which releases and periods it is.
bool ClusterSums::Table::Plan() {
  const Summable* const printed = now.summable.get();
  if (printed == nullptr) return false;
  partial.tiles = printed->tiles;
  const std::vector<MemberId>& reporters = codes.back().members;
  partial.printed.resize(reporters.size() * partial.tiles.size());
  for (const Summable::Release& release : printed->releases) {
    for (size_t place = 0; place < reporters.size(); ++place) {
      if (!release.of->reporters.contains(reporters[place])) continue;
      for (size_t tile = 0; tile < partial.tiles.size(); ++tile) {
        if (!release.of->printed.contains(partial.tiles[tile])) continue;
        partial.printed[place * partial.tiles.size() + tile] = true;
      }
    }
  }
  std::map<store::Slice, std::vector<ObservationIndex::Chunk>> by_slice;
  for (const Summable::Release& release : printed->releases) {
    std::optional<uint32_t> first;
    for (const Outline::OfChunk& chunk : release.loaded->outline->chunks) {
      const auto& summaries = release.loaded->chunks->summaries();
      if (summaries[chunk.chunk].slice != release.of->stored) continue;
      if (!first.has_value()) {
        first = static_cast<uint32_t>(summaries[chunk.chunk].first_row);
      }
      bool may_hold = codes.back().MayHold(chunk.reporters);
      if (!codes.back().Add(chunk.reporters)) return false;
      for (size_t axis = 0; axis < chunk.axes.size(); ++axis) {
        may_hold = may_hold && codes[axis].MayHold(chunk.axes[axis]);
        if (!codes[axis].Add(chunk.axes[axis])) return false;
      }
      if (!may_hold) continue;
      by_slice[release.of->stored].push_back(
          {release.loaded->release.name, chunk.chunk});
      if (!release.shared) continue;
      shared.push_back({release.loaded->release.name, chunk.chunk});
    }
    const auto place =
        std::find(now.releases.begin(), now.releases.end(), release.index);
    if (!first.has_value() || place == now.releases.end()) return false;
    const auto number = static_cast<uint32_t>(place - now.releases.begin());
    partial.releases.resize(now.releases.size());
    partial.releases[number] = {number, *first};
  }
  for (auto& [slice, chunks] : by_slice) {
    ObservationIndex::Wanted& one = wanted.emplace_back();
    one.chunks = std::move(chunks);
    for (size_t axis = 0; axis < now.axes.size(); ++axis) {
      one.axes.push_back(codes[axis].Take());
    }
    one.reporter = codes.back().Take();
  }
  return true;
}

absl::StatusOr<bool> ClusterSums::Add(const Absences::SumsOf& sums) {
  const auto table = tables_.find(sums.first);
  if (table == tables_.end() || !table->second->adds_up) return false;
  return Fetch(*table->second, sums.second);
}

absl::StatusOr<bool> ClusterSums::Fetch(Table& table,
                                        const std::vector<size_t>& axes) {
  size_t bytes = sizeof(RowSum) * table.partial.tiles.size() *
                 table.place_count(table.now.axes.size());
  for (const size_t axis : axes) {
    bytes *= table.place_count(axis);
    if (bytes > kLargestCube) return false;
  }
  ObservationIndex::Sums sums;
  if (!table.wanted.empty()) {
    auto made = index_.Sum(
        {.rows = table.wanted, .by = axes, .shared = table.shared}, limit_);
    // How many there are is said when they are fetched.
    if (absl::IsResourceExhausted(made.status())) return false;
    COLLATE_RETURN_IF_ERROR(made.status());
    if (!made->unreachable.empty()) return made->unreachable[0].second;
    sums = *std::move(made);
  }
  if (!table.rows_here) {
    std::optional<SliceTable> rows;
    for (SliceTable& one : TablesOf(*outer_, sums.rows)) {
      if (one.source == table.now.source && one.slice == table.now.slice) {
        rows = std::move(one);
      }
    }
    table.TakeRows(*outer_, sums, std::move(rows));
    limit_ -= static_cast<int64_t>(table.rows);
  }
  auto cube = table.MakeCube(*outer_, axes, sums);
  if (cube == nullptr) return false;
  table.partial.cubes[axes] = std::move(cube);
  table.partial.reasons.clear();
  for (const auto& reason : table.reasons) {
    table.partial.reasons.push_back(reason.value_or(""));
  }
  table.now.presums = Presums::Make(table.partial);
  return true;
}

void ClusterSums::Table::TakeRows(const Snapshot& outer,
                                  const ObservationIndex::Sums& sums,
                                  std::optional<SliceTable> made) {
  rows_here = true;
  if (!made.has_value()) return;
  rows = made->rows->size();
  // The releases as these rows number them, then the others.
  for (size_t i = 0; i < now.releases.size(); ++i) {
    if (std::count(made->releases.begin(), made->releases.end(),
                   now.releases[i]) > 0) {
      continue;
    }
    made->releases.push_back(now.releases[i]);
    made->chunks.push_back(now.chunks[i]);
  }
  std::vector<TableRows::Stored> ordered;
  for (uint32_t i = 0; i < made->releases.size(); ++i) {
    const auto before =
        std::find(now.releases.begin(), now.releases.end(), made->releases[i]);
    ordered.push_back({i, partial.releases[before - now.releases.begin()].row});
  }
  partial.releases = std::move(ordered);
  now.releases = std::move(made->releases);
  now.chunks = std::move(made->chunks);
  partial.rows = std::make_shared<const TableRows>(
      TableRows::Partial(*made->rows, Places(), partial.absences));
  now.rows = partial.rows;

  absl::flat_hash_map<std::string, uint32_t> index;
  for (const uint32_t release : now.releases) {
    index.emplace(outer.releases()[release]->release.name, release);
  }
  for (size_t i = 0; i < sums.rows.size(); ++i) {
    const ObservationIndex::Found::Rows& some = sums.rows[i];
    const uint32_t release = index.at(some.release);
    const auto& summaries = outer.releases()[release]->chunks->summaries();
    for (size_t j = 0; j < some.row.size(); ++j) {
      places[{release, summaries[some.chunk[j]].first_row + some.row[j]}] =
          sums.places[i][j];
    }
  }
}

std::shared_ptr<Presums::Cube> ClusterSums::Table::MakeCube(
    const Snapshot& outer, const std::vector<size_t>& axes,
    const ObservationIndex::Sums& sums) {
  const size_t reporter_axis = now.axes.size();
  const size_t reporters = place_count(reporter_axis);
  const size_t tiles = partial.tiles.size();
  size_t series = reporters;
  for (const size_t axis : axes) series *= place_count(axis);
  auto cube = std::make_shared<Presums::Cube>();
  cube->combinations.assign(series, 0);
  cube->sums.resize(series * tiles);
  if (tiles <= Presums::kMostTiles) cube->present.assign(series, 0);
  // Beside the sums, the numbers of the codes of their rows.
  std::vector<uint64_t> codes_of(cube->sums.size(), 0);

  // Where strings, releases and periods of the sums have their place.
  constexpr uint32_t kNowhere = std::numeric_limits<uint32_t>::max();
  const auto places_of = [&](size_t axis) {
    std::vector<uint32_t> all(sums.strings.size(), kNowhere);
    absl::flat_hash_map<std::string, uint32_t> place;
    for (uint32_t i = 0; i < codes[axis].members.size(); ++i) {
      const auto code = codes[axis].code_of.find(codes[axis].members[i]);
      if (code != codes[axis].code_of.end()) place.emplace(code->second, i);
    }
    for (size_t i = 0; i < all.size(); ++i) {
      const auto found = place.find(sums.strings[i]);
      if (found != place.end()) all[i] = found->second;
    }
    return all;
  };
  std::vector<std::vector<uint32_t>> place;
  for (const size_t axis : axes) place.push_back(places_of(axis));
  const std::vector<uint32_t> reporter_place = places_of(reporter_axis);
  std::vector<uint64_t> release_bit;
  for (const std::string& name : sums.releases) {
    for (size_t i = 0; i < now.releases.size(); ++i) {
      if (outer.releases()[now.releases[i]]->release.name == name) {
        release_bit.push_back(uint64_t{1} << i);
      }
    }
  }
  absl::flat_hash_map<std::pair<vocabulary::Day, vocabulary::Day>, size_t> tile;
  for (size_t i = 0; i < tiles; ++i) {
    tile.emplace(std::pair(partial.tiles[i].begin, partial.tiles[i].end), i);
  }

  for (size_t i = 0; i < sums.groups.size(); ++i) {
    const ObservationIndex::Sums::Group& group = sums.groups[i];
    size_t at = 0;
    bool known = reporter_place[group.reporter] != kNowhere;
    for (size_t a = 0; a < axes.size(); ++a) {
      const uint32_t one = place[a][sums.members[i * axes.size() + a]];
      known = known && one != kNowhere;
      at = at * place_count(axes[a]) + one;
    }
    const auto days = tile.find({group.period_begin, group.period_end});
    // The store has what its outlines do not know of.
    if (!known || days == tile.end()) return nullptr;
    const size_t number = (at * tiles + days->second) * reporters +
                          reporter_place[group.reporter];
    const std::string& reason = sums.strings[group.reason];
    RowSum sum;
    if (!AddUp(group, reason, &sum) ||
        !SetReason(group.state, reason, &reasons)) {
      return nullptr;
    }
    sum.releases = release_bit[group.release];
    cube->sums[number].Add(sum);
    codes_of[number] += group.places;
  }

  const std::shared_ptr<const Presums> presums = Presums::Make(partial);
  const TableRows& here = *partial.rows;
  size_t first = 0;
  size_t last_number = std::numeric_limits<size_t>::max();
  for (size_t row = 0; row < rows; ++row) {
    if (row > 0 && (now.reporter(row) != now.reporter(row - 1) ||
                    !now.SameMembers(row, row - 1))) {
      first = row;
      last_number = std::numeric_limits<size_t>::max();
    }
    if (here.known_until(row) != kStillKnown) continue;
    // Whatever is no row of a release is not in the sums.
    if (here.derived(row)) return nullptr;
    size_t at = 0;
    for (const size_t axis : axes) {
      at = at * place_count(axis) + here.PlaceOf(axis, here.member(axis, row));
    }
    const size_t reporter = here.PlaceOf(reporter_axis, here.reporter(row));
    const DayInterval& days = here.period(row);
    const auto found = tile.find({days.begin, days.end});
    if (found == tile.end() ||
        !SetReason(here.state(row), here.reason(row), &reasons)) {
      return nullptr;
    }
    const size_t number = (at * tiles + found->second) * reporters + reporter;
    RowSum& sum = cube->sums[number];
    sum.Add(presums->Of(row));
    if (number == last_number) sum.bits |= RowSum::kUnclear;
    last_number = number;
    codes_of[number] += places.at({now.release(row), here.stored(row)});
    if (!presums->MayReplace(row, first)) continue;
    const auto by =
        ReplacementBy(outer, now, static_cast<uint32_t>(row), partial.scale);
    if (!by.ok()) {
      sum.bits |= RowSum::kUnclear;
    } else if (by->has_value()) {
      sum.bits |= RowSum::kReplaces;
      cube->replaced.push_back({at * reporters + reporter,
                                static_cast<uint32_t>(found->second), **by});
    }
  }

  // Every part is there where all periods have the same ones.
  for (size_t at = 0; at < series; ++at) {
    const auto number = [&](size_t t) {
      return (at / reporters * tiles + t) * reporters + at % reporters;
    };
    std::optional<size_t> one;
    bool same = true;
    for (size_t t = 0; t < tiles; ++t) {
      const RowSum& sum = cube->sums[number(t)];
      if (sum.rows == 0) continue;
      if (!cube->present.empty()) cube->present[at] |= uint64_t{1} << t;
      if (!one.has_value()) one = number(t);
      same = same && sum.rows == cube->sums[*one].rows &&
             codes_of[number(t)] == codes_of[*one];
    }
    if (!one.has_value()) continue;
    cube->combinations[at] = cube->sums[*one].rows;
    for (size_t t = 0; !same && t < tiles; ++t) {
      RowSum& sum = cube->sums[number(t)];
      if (sum.rows > 0) sum.bits |= RowSum::kUnclear;
    }
  }
  presums->Finish(cube.get());
  return cube;
}

}  // namespace collate::query
