#include "service/query/table_builder.h"

#include <algorithm>
#include <bit>
#include <functional>
#include <limits>
#include <numeric>
#include <optional>
#include <tuple>

#include "absl/container/flat_hash_map.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/string_view.h"
#include "service/base/error.h"
#include "service/query/chunks.h"
#include "service/query/presums.h"
#include "service/vocabulary/state.h"

namespace collate::query {
namespace {

using store::Observations;
using store::Release;
using store::Slice;
using vocabulary::DayInterval;
using vocabulary::Dimension;
using vocabulary::kUnmapped;
using vocabulary::MemberId;
using vocabulary::State;
using vocabulary::Vocabulary;

absl::Status Corrupt(const Release& release, absl::string_view kind,
                     absl::string_view code) {
  return base::Error(
             absl::StatusCode::kFailedPrecondition, "CORRUPT_RELEASE",
             absl::StrCat("release ", release.name, " has ", kind, " '", code,
                          "', which the vocabulary does not know"))
      .With("release", release.name)
      .With("kind", kind)
      .With("value", code);
}

// Gives the rows of one column their members: by code, and where the code
// was or has become unknown, by the label as printed.
class ColumnMapper {
 public:
  ColumnMapper(const Observations& chunk,
               const Observations::AxisColumn& column,
               const Dimension& dimension, absl::string_view source)
      : chunk_(chunk),
        column_(column),
        dimension_(dimension),
        source_(source),
        by_code_(chunk.strings.size()) {}

  MemberId At(size_t row) {
    const uint32_t code = column_.member[row];
    std::optional<MemberId>& known = by_code_[code];
    if (!known.has_value()) {
      known = code == 0
                  ? kUnmapped
                  : dimension_.Find(chunk_.strings[code]).value_or(kUnmapped);
    }
    if (*known != kUnmapped) return *known;
    return dimension_
        .Resolve(chunk_.strings[column_.label[row]], source_,
                 chunk_.period_begin[row])
        .value_or(kUnmapped);
  }

 private:
  const Observations& chunk_;
  const Observations::AxisColumn& column_;
  const Dimension& dimension_;
  const absl::string_view source_;
  std::vector<std::optional<MemberId>> by_code_;
};

// The level of a member, with the suffix that marks parts of other rows.
std::string LevelOf(const Dimension& dimension, MemberId member,
                    absl::string_view stored) {
  if (member == kUnmapped) return "";
  std::string level = dimension.levels()[dimension.member(member).level].code;
  const size_t colon = stored.find(':');
  if (colon != absl::string_view::npos) {
    absl::StrAppend(&level, stored.substr(colon));
  }
  return level;
}

Slice WithoutDeclaration(Slice slice) {
  slice.partition = store::Partition::kIncomplete;
  slice.aggregation = store::Aggregation::kSum;
  slice.floor = store::Floor::kZero;
  return slice;
}

constexpr size_t kGone = std::numeric_limits<size_t>::max();

int BitsFor(uint64_t most) { return std::bit_width(most); }

// One part of the keys that rows are sorted by, as a number of few bits.
struct KeyPart {
  int bits = 0;
  std::function<uint64_t(size_t row)> of;
};

// Members in their order, those that nobody knows last.
template <typename MemberOf>
KeyPart MemberPart(size_t rows, MemberOf member_of) {
  uint64_t most = 0;
  for (size_t row = 0; row < rows; ++row) {
    const MemberId member = member_of(row);
    if (member != kUnmapped) most = std::max<uint64_t>(most, member);
  }
  return {BitsFor(most + 1), [member_of, most](size_t row) -> uint64_t {
            const MemberId member = member_of(row);
            return member == kUnmapped ? most + 1 : member;
          }};
}

// Sorts rows by all parts, the first counting most: from the last to the first,
// as many parts at a time as one number holds.
void SortByKeys(const std::vector<KeyPart>& parts,
                std::vector<uint32_t>& order) {
  struct Keyed {
    uint64_t key;
    uint32_t row;
  };
  std::vector<Keyed> keyed(order.size());
  std::vector<Keyed> sorted(order.size());
  constexpr int kDigit = 11;
  constexpr uint64_t kDigits = uint64_t{1} << kDigit;
  for (size_t end = parts.size(); end > 0;) {
    size_t begin = end;
    int bits = 0;
    while (begin > 0 && bits + parts[begin - 1].bits <= 64) {
      bits += parts[--begin].bits;
    }
    bool in_order = true;
    for (size_t i = 0; i < order.size(); ++i) {
      uint64_t key = 0;
      for (size_t part = begin; part < end; ++part) {
        key = key << parts[part].bits | parts[part].of(order[i]);
      }
      keyed[i] = {key, order[i]};
      in_order = in_order && (i == 0 || keyed[i - 1].key <= key);
    }
    // Most releases are stored nearly in the order of their table.
    for (int shift = 0; shift < bits && !in_order; shift += kDigit) {
      std::vector<size_t> starts(kDigits + 1, 0);
      for (const Keyed& one : keyed) {
        ++starts[(one.key >> shift & (kDigits - 1)) + 1];
      }
      for (uint64_t i = 0; i < kDigits; ++i) starts[i + 1] += starts[i];
      for (const Keyed& one : keyed) {
        sorted[starts[one.key >> shift & (kDigits - 1)]++] = one;
      }
      keyed.swap(sorted);
    }
    for (size_t i = 0; i < order.size(); ++i) order[i] = keyed[i].row;
    end = begin;
  }
}

}  // namespace

TableBuilder::TableBuilder(const Vocabulary& vocabulary,
                           std::shared_ptr<const Snapshot> previous)
    : vocabulary_(vocabulary), previous_(std::move(previous)) {
  if (previous_ == nullptr) return;
  const auto& releases = previous_->releases();
  for (uint32_t i = 0; i < releases.size(); ++i) {
    previous_index_.emplace(releases[i]->release.name, i);
  }
  kept_.assign(releases.size(), kGone);
}

absl::Status TableBuilder::CheckWords(
    const Release& release, const std::vector<Observations>& observations,
    const Vocabulary& vocabulary) {
  for (const Observations& chunk : observations) {
    if (vocabulary.FindMeasure(chunk.slice.measure) == nullptr) {
      return Corrupt(release, "measure", chunk.slice.measure);
    }
    for (const store::Axis& axis : chunk.slice.axes) {
      if (vocabulary.FindDimension(axis.dimension) == nullptr) {
        return Corrupt(release, "dimension", axis.dimension);
      }
    }
    ColumnMapper reporters(chunk, chunk.reporter, vocabulary.reporters(),
                           release.source);
    for (size_t row = 0; row < chunk.row_count(); ++row) {
      if (reporters.At(row) == kUnmapped) {
        return Corrupt(release, "reporter",
                       chunk.strings[chunk.reporter.label[row]]);
      }
    }
  }
  return absl::OkStatus();
}

void TableBuilder::Keep(std::shared_ptr<const LoadedRelease> release) {
  const uint32_t index = previous_index_.at(release->release.name);
  kept_[index] = releases_.size();
  const LoadedRelease& before = *previous_->releases()[index];
  const bool changed = before.release.state != release->release.state;
  releases_.push_back({std::move(release), changed});
}

void TableBuilder::Add(std::shared_ptr<const LoadedRelease> release,
                       const std::vector<Observations>& observations) {
  const size_t index = releases_.size();
  releases_.push_back({std::move(release)});
  uint32_t first_row = 0;
  for (const Observations& chunk : observations) {
    AddChunk(index, chunk, first_row);
    first_row += static_cast<uint32_t>(chunk.row_count());
  }
}

void TableBuilder::Build(
    std::vector<std::shared_ptr<const LoadedRelease>>* releases,
    std::vector<SliceTable>* tables) && {
  Rank();
  // What the releases that are new, or not what they were, speak about.
  std::set<GroupKey> touched;
  for (const auto& [key, group] : groups_) touched.insert(key);
  for (const Entry& entry : releases_) {
    if (!entry.changed || !entry.loaded->problem.ok()) continue;
    for (const store::Extent& extent : entry.loaded->release.extents) {
      touched.insert(
          {entry.loaded->release.source, WithoutDeclaration(extent.slice)});
    }
  }
  // By key, the tables of the previous snapshot: of one kind side by side.
  std::map<GroupKey, std::vector<const SliceTable*>> before;
  if (previous_ != nullptr) {
    for (const SliceTable& table : previous_->tables()) {
      before[{table.source, WithoutDeclaration(table.slice)}].push_back(&table);
    }
  }
  std::map<GroupKey, std::vector<const SliceTable*>> shared;
  for (auto& [key, old] : before) {
    if (!touched.contains(key) && IsUnchanged(*old[0])) {
      shared.emplace(key, std::move(old));
      continue;
    }
    Group& group = GroupOf(key, old[0]->axes);
    for (const SliceTable* table : old) AddPrevious(*table, group);
  }
  AddClaims();
  auto next = shared.begin();
  const auto share_until = [&](const GroupKey* key) {
    for (; next != shared.end() && (key == nullptr || next->first < *key);
         ++next) {
      for (const SliceTable* table : next->second) {
        tables->push_back(Share(*table));
      }
    }
  };
  for (auto& [key, group] : groups_) {
    share_until(&key);
    if (group.rows.size() > 0) Emit(key, group, tables);
    group = Group(0);
  }
  share_until(nullptr);
  *releases = std::move(ranked_);
}

void TableBuilder::Rank() {
  by_rank_.resize(releases_.size());
  std::iota(by_rank_.begin(), by_rank_.end(), 0);
  std::stable_sort(by_rank_.begin(), by_rank_.end(),
                   [this](size_t a, size_t b) {
                     const Release& x = releases_[a].loaded->release;
                     const Release& y = releases_[b].loaded->release;
                     return x.source != y.source ? x.source < y.source
                                                 : store::Precedes(x, y);
                   });
  rank_.resize(releases_.size());
  for (const size_t index : by_rank_) {
    rank_[index] = static_cast<uint32_t>(ranked_.size());
    ranked_.push_back(releases_[index].loaded);
  }
}

TableBuilder::Group& TableBuilder::GroupOf(
    const GroupKey& key, const std::vector<const Dimension*>& axes) {
  const auto [at, added] = groups_.try_emplace(key, axes.size());
  if (added) {
    at->second.axes = axes;
    for (const store::Axis& axis : key.second.axes) {
      at->second.unmapped |= axis.level.empty();
    }
  }
  return at->second;
}

uint32_t TableBuilder::NumberOf(size_t release, Group& group) {
  const auto [at, added] = group.number_of.try_emplace(
      release, static_cast<uint32_t>(group.releases.size()));
  if (added) {
    group.releases.push_back(release);
    group.printed.emplace_back();
  }
  return at->second;
}

uint32_t TableBuilder::DeclarationOf(const Slice& slice, Group& group) {
  const auto at =
      std::find(group.declared.begin(), group.declared.end(), slice);
  const auto index = static_cast<uint32_t>(at - group.declared.begin());
  if (at == group.declared.end()) group.declared.push_back(slice);
  return index;
}

void TableBuilder::AddChunk(size_t release, const Observations& chunk,
                            uint32_t first_row) {
  const Release& meta = releases_[release].loaded->release;
  std::vector<const Dimension*> axes;
  std::vector<ColumnMapper> mappers;
  for (size_t axis = 0; axis < chunk.slice.axes.size(); ++axis) {
    axes.push_back(vocabulary_.FindDimension(chunk.slice.axes[axis].dimension));
    mappers.emplace_back(chunk, chunk.axes[axis], *axes.back(), meta.source);
  }
  ColumnMapper reporters(chunk, chunk.reporter, vocabulary_.reporters(),
                         meta.source);

  // Rows of one chunk nearly always stay in one group.
  Group* group = nullptr;
  uint32_t declared = 0;
  TableRows::Row values;
  Slice slice = chunk.slice;
  std::vector<MemberId> members(axes.size());
  std::vector<MemberId> before(axes.size());
  DayInterval printed;
  for (uint32_t row = 0; row < chunk.row_count(); ++row) {
    values.reporter = reporters.At(row);
    bool same = group != nullptr;
    std::swap(before, members);
    for (size_t axis = 0; axis < axes.size(); ++axis) {
      members[axis] = mappers[axis].At(row);
      if (row > 0 && members[axis] == before[axis]) continue;
      std::string level =
          LevelOf(*axes[axis], members[axis], chunk.slice.axes[axis].level);
      if (level != slice.axes[axis].level) {
        slice.axes[axis].level = std::move(level);
        same = false;
      }
    }
    values.period = {chunk.period_begin[row], chunk.period_end[row]};
    if (!same) {
      group = &GroupOf({meta.source, WithoutDeclaration(slice)}, axes);
      declared = DeclarationOf(slice, *group);
      values.release = NumberOf(release, *group);
    }
    if (!same || values.period != printed) {
      printed = values.period;
      group->printed[values.release].insert(printed);
    }
    values.period_kind = chunk.period_kind[row];
    values.state = chunk.state[row];
    values.flags = chunk.flags[row];
    values.has = chunk.has[row];
    values.scale = static_cast<int8_t>(chunk.scale);
    values.counted = chunk.records[row] > 0;
    values.value = chunk.value[row];
    values.lower = chunk.lower[row];
    values.upper = chunk.upper[row];
    values.stored = first_row + row;
    group->rows.Add(members, values, chunk.strings[chunk.reason[row]]);
    group->declaration.push_back(declared);
  }
}

bool TableBuilder::IsUnchanged(const SliceTable& table) const {
  const auto stands = [this](uint32_t release) {
    return kept_[release] != kGone && !releases_[kept_[release]].changed;
  };
  return std::all_of(table.releases.begin(), table.releases.end(), stands) &&
         std::all_of(table.claims.begin(), table.claims.end(),
                     [&](const Claim& claim) { return stands(claim.release); });
}

void TableBuilder::AddPrevious(const SliceTable& table, Group& group) {
  constexpr uint32_t kNone = std::numeric_limits<uint32_t>::max();
  std::vector<uint32_t> numbers(table.releases.size(), kNone);
  for (size_t i = 0; i < numbers.size(); ++i) {
    const size_t kept = kept_[table.releases[i]];
    if (kept != kGone) numbers[i] = NumberOf(kept, group);
  }
  const uint32_t declared = DeclarationOf(table.slice, group);
  uint32_t last = kNone;
  const DayInterval* printed = nullptr;
  for (size_t row = 0; row < table.row_count(); ++row) {
    if (table.derived(row)) continue;
    const uint32_t number = numbers[table.rows->release(row)];
    if (number == kNone) continue;
    group.rows.Add(*table.rows, row, number, 0, kStillKnown);
    group.declaration.push_back(declared);
    if (number == last && printed == &table.period(row)) continue;
    last = number;
    printed = &table.period(row);
    group.printed[number].insert(*printed);
  }
}

SliceTable TableBuilder::Share(const SliceTable& table) const {
  SliceTable shared = table;
  for (uint32_t& release : shared.releases) release = rank_[kept_[release]];
  for (Claim& claim : shared.claims) {
    claim.release = rank_[kept_[claim.release]];
  }
  std::stable_sort(
      shared.claims.begin(), shared.claims.end(),
      [](const Claim& a, const Claim& b) { return a.release < b.release; });
  return shared;
}

void TableBuilder::AddClaims() {
  const Dimension& reporters = vocabulary_.reporters();
  for (uint32_t rank = 0; rank < ranked_.size(); ++rank) {
    if (!ranked_[rank]->problem.ok()) continue;
    const Release& release = ranked_[rank]->release;
    for (const store::Extent& extent : release.extents) {
      const auto found =
          groups_.find({release.source, WithoutDeclaration(extent.slice)});
      if (found == groups_.end()) continue;
      Group& group = found->second;
      Claim claim;
      claim.release = rank;
      for (const std::string& code : extent.reporters) {
        if (auto id = reporters.Find(code)) claim.reporters.push_back(*id);
      }
      std::sort(claim.reporters.begin(), claim.reporters.end());
      const auto number = group.number_of.find(by_rank_[rank]);
      for (const DayInterval& period : extent.periods) {
        claim.period = period;
        claim.printed_to = period.begin;
        if (number != group.number_of.end()) {
          for (const DayInterval& printed : group.printed[number->second]) {
            if (!period.Contains(printed)) continue;
            claim.printed_to = std::max(claim.printed_to, printed.end);
          }
        }
        group.claims.push_back(claim);
      }
    }
  }
}

std::vector<uint32_t> TableBuilder::OrderOf(const Group& group) const {
  const TableRows& rows = group.rows;
  std::vector<uint32_t> order(rows.size());
  std::iota(order.begin(), order.end(), 0);
  std::vector<KeyPart> parts;
  for (size_t axis = 0; axis < group.axes.size(); ++axis) {
    parts.push_back(MemberPart(rows.size(), [&rows, axis](size_t row) {
      return rows.member(axis, row);
    }));
  }
  parts.push_back(
      MemberPart(rows.size(), [&](size_t row) { return rows.reporter(row); }));
  std::map<DayInterval, uint64_t> periods;
  const DayInterval* last = nullptr;
  for (size_t row = 0; row < rows.size(); ++row) {
    if (last == &rows.period(row)) continue;
    last = &rows.period(row);
    periods.emplace(*last, 0);
  }
  uint64_t place = 0;
  for (auto& [period, at] : periods) at = place++;
  parts.push_back({BitsFor(place), [&](size_t row) {
                     return periods.find(rows.period(row))->second;
                   }});
  parts.push_back({BitsFor(ranked_.size()), [&](size_t row) -> uint64_t {
                     return RankOf(group, static_cast<uint32_t>(row));
                   }});
  uint32_t most_stored = 0;
  for (size_t row = 0; row < rows.size(); ++row) {
    most_stored = std::max(most_stored, rows.stored(row));
  }
  parts.push_back({BitsFor(most_stored),
                   [&](size_t row) -> uint64_t { return rows.stored(row); }});
  SortByKeys(parts, order);
  return order;
}

void TableBuilder::Emit(const GroupKey& key, Group& group,
                        std::vector<SliceTable>* tables) {
  const std::vector<uint32_t> order = OrderOf(group);
  // Declarations in the order in which the releases make them.
  std::vector<std::pair<uint32_t, uint32_t>> first(
      group.declared.size(), {std::numeric_limits<uint32_t>::max(), 0});
  if (group.declared.size() > 1) {
    for (uint32_t row = 0; row < group.rows.size(); ++row) {
      auto& earliest = first[group.declaration[row]];
      earliest = std::min(
          earliest, std::pair(RankOf(group, row), group.rows.stored(row)));
    }
  }
  std::vector<uint32_t> declared(group.declared.size());
  std::iota(declared.begin(), declared.end(), 0);
  std::sort(declared.begin(), declared.end(),
            [&](uint32_t a, uint32_t b) { return first[a] < first[b]; });

  std::vector<TableRows> emitted(group.declared.size(),
                                 TableRows(group.axes.size()));
  if (emitted.size() == 1) emitted[0].reserve(group.rows.size());
  const auto same_key = [&](uint32_t a, uint32_t b) {
    for (size_t axis = 0; axis < group.axes.size(); ++axis) {
      if (group.rows.member(axis, a) != group.rows.member(axis, b)) {
        return false;
      }
    }
    return group.rows.reporter(a) == group.rows.reporter(b) &&
           group.rows.period(a) == group.rows.period(b);
  };
  // Where labels are unknown, keys are, too: nothing supersedes anything.
  for (size_t begin = 0; begin < order.size();) {
    size_t end = begin + 1;
    while (!group.unmapped && end < order.size() &&
           same_key(order[begin], order[end])) {
      ++end;
    }
    EmitKey(group, order, begin, end, emitted);
    begin = end;
  }
  for (const uint32_t index : declared) {
    TableRows& rows = emitted[index];
    if (rows.size() == 0) continue;
    rows.Finish();
    SliceTable& table = tables->emplace_back();
    table.source = key.first;
    table.slice = group.declared[index];
    table.axes = group.axes;
    table.unmapped = group.unmapped;
    table.split = emitted.size() > 1;
    table.claims = group.claims;
    table.counted = true;
    for (size_t row = 0; row < rows.size(); ++row) {
      table.max_scale = std::max<int>(table.max_scale, rows.scale(row));
      table.counted = table.counted && (rows.derived(row) || rows.counted(row));
    }
    for (const size_t release : group.releases) {
      table.releases.push_back(rank_[release]);
      table.chunks.push_back(releases_[release].loaded->chunks);
      for (const Chunks::Summary& one : table.chunks.back()->summaries()) {
        table.stated = table.stated || !one.stated.empty();
      }
    }
    table.rows = std::make_shared<const TableRows>(std::move(rows));
    if (!table.unmapped && !table.split) {
      table.presums =
          Presums::Make(table.rows, table.slice.floor, table.max_scale);
    }
  }
}

void TableBuilder::EmitKey(Group& group, const std::vector<uint32_t>& order,
                           size_t begin, size_t end,
                           std::vector<TableRows>& tables) {
  const TableRows& rows = group.rows;
  // Releases that stand and print the key, earliest first, and the last row of
  // each; and the last row of each withdrawn one before the first of them.
  std::vector<uint32_t> printing;
  std::vector<uint32_t> last_row;
  std::vector<uint32_t> withdrawn_row;
  for (size_t i = begin; i < end; ++i) {
    const uint32_t release = RankOf(group, order[i]);
    if (Withdrawn(release)) {
      if (!printing.empty()) continue;
      if (withdrawn_row.empty() ||
          RankOf(group, withdrawn_row.back()) != release) {
        withdrawn_row.push_back(order[i]);
      }
      withdrawn_row.back() = order[i];
      continue;
    }
    if (printing.empty() || printing.back() != release) {
      printing.push_back(release);
      last_row.push_back(order[i]);
    }
    last_row.back() = order[i];
  }
  // Those that claim its period, whether they print it or leave it out.
  const std::vector<uint32_t>& claiming = Claiming(group, order[begin]);
  const auto after = [](const std::vector<uint32_t>& releases, uint32_t one) {
    const auto next = std::upper_bound(releases.begin(), releases.end(), one);
    return next == releases.end() ? std::nullopt : std::optional(*next);
  };
  const auto known_from = [this](std::optional<uint32_t> release) {
    return release.has_value() ? KnownFrom(ranked_[*release]->release)
                               : kStillKnown;
  };
  for (size_t i = begin; i < end; ++i) {
    const uint32_t row = order[i];
    const uint32_t release = RankOf(group, row);
    const KnownTime from = known_from(release);
    std::optional<uint32_t> next = after(printing, release);
    const std::optional<uint32_t> claim = after(claiming, release);
    if (claim.has_value() && (!next.has_value() || *claim < *next)) {
      next = claim;
    }
    tables[group.declaration[row]].Add(
        rows, row, rows.release(row), from,
        Withdrawn(release) ? from : known_from(next));
  }
  // From a withdrawn edition to the next one of any kind.
  const KnownTime first_printed =
      known_from(printing.empty() ? std::nullopt : std::optional(printing[0]));
  for (size_t i = 0; i < withdrawn_row.size(); ++i) {
    const uint32_t row = withdrawn_row[i];
    const KnownTime until =
        i + 1 < withdrawn_row.size()
            ? known_from(RankOf(group, withdrawn_row[i + 1]))
            : first_printed;
    tables[group.declaration[row]].AddDerived(
        rows, row, rows.release(row), State::kWithdrawn,
        known_from(RankOf(group, row)), until);
  }
  // From an edition that left it out to the next that prints it.
  for (size_t i = 0; i < printing.size(); ++i) {
    const std::optional<uint32_t> next = after(printing, printing[i]);
    const std::optional<uint32_t> claim = after(claiming, printing[i]);
    if (!claim.has_value() || (next.has_value() && *next <= *claim)) continue;
    const uint32_t row = last_row[i];
    tables[group.declaration[row]].AddDerived(
        rows, row, rows.release(row), State::kDroppedInEdition,
        known_from(claim), known_from(next));
  }
}

const std::vector<uint32_t>& TableBuilder::Claiming(Group& group,
                                                    uint32_t row) {
  static const auto* const nobody = new std::vector<uint32_t>();
  if (group.unmapped) return *nobody;
  const MemberId reporter = group.rows.reporter(row);
  const DayInterval& period = group.rows.period(row);
  const auto [at, added] =
      group.claiming.try_emplace({reporter, period.begin, period.end});
  if (added) {
    for (const Claim& claim : group.claims) {
      if (!Withdrawn(claim.release) && claim.Covers(reporter, period) &&
          (at->second.empty() || at->second.back() != claim.release)) {
        at->second.push_back(claim.release);
      }
    }
  }
  return at->second;
}

bool TableBuilder::Withdrawn(uint32_t rank) const {
  return ranked_[rank]->release.state == store::ReleaseState::kWithdrawn;
}

}  // namespace collate::query
