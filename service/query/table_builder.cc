#include "service/query/table_builder.h"

#include <algorithm>
#include <limits>
#include <numeric>
#include <set>
#include <utility>

#include "absl/container/flat_hash_map.h"
#include "service/query/chunks.h"
#include "service/query/key_emitter.h"
#include "service/query/key_order.h"
#include "service/query/row_members.h"
#include "service/query/table_extension.h"

namespace collate::query {
namespace {

using store::Observations;
using store::Release;
using store::Slice;
using vocabulary::DayInterval;
using vocabulary::Dimension;
using vocabulary::kUnmapped;
using vocabulary::MemberId;
using vocabulary::Vocabulary;

constexpr size_t kGone = std::numeric_limits<size_t>::max();

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
  const Chunks& stored = *releases_.back().loaded->chunks;
  for (size_t i = 0; i < observations.size(); ++i) {
    AddChunk(index, observations[i],
             [first = stored.summaries()[i].first_row](uint32_t row) {
               return first + row;
             });
  }
}

void TableBuilder::AddFetched(size_t release, const Observations& rows,
                              absl::Span<const uint32_t> stored) {
  AddChunk(release, rows, [stored](uint32_t row) { return stored[row]; });
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
    std::set<FamilyKey> away;
    for (const Entry& entry : releases_) {
      if (entry.loaded->outline == nullptr) continue;
      for (const auto& [slice, unused] : entry.loaded->outline->slices) {
        away.insert(FamilyOf(entry.loaded->release.source, slice));
      }
    }
    for (const SliceTable& table : previous_->tables()) {
      if (table.away || away.contains(FamilyOf(table.source, table.slice))) {
        continue;
      }
      before[{table.source, WithoutDeclaration(table.slice)}].push_back(&table);
    }
  }
  std::map<GroupKey, std::vector<const SliceTable*>> shared;
  for (auto& [key, old] : before) {
    if (!touched.contains(key) && IsUnchanged(*old[0])) {
      shared.emplace(key, std::move(old));
      continue;
    }
    GoOnWith(old, GroupOf(key, old[0]->axes));
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
    if (group.base != nullptr) {
      Extend(key, group, tables);
    } else if (group.rows.size() > 0) {
      Emit(key, group, tables);
    }
    group = TableGroup(0);
  }
  share_until(nullptr);
  *releases = std::move(ranked_.ranked);
}

void TableBuilder::Rank() {
  std::vector<size_t>& by_rank = ranked_.by_rank;
  by_rank.resize(releases_.size());
  std::iota(by_rank.begin(), by_rank.end(), 0);
  std::stable_sort(by_rank.begin(), by_rank.end(), [this](size_t a, size_t b) {
    const Release& x = releases_[a].loaded->release;
    const Release& y = releases_[b].loaded->release;
    return x.source != y.source ? x.source < y.source : store::Precedes(x, y);
  });
  ranked_.rank.resize(releases_.size());
  for (const size_t index : by_rank) {
    ranked_.rank[index] = static_cast<uint32_t>(ranked_.ranked.size());
    ranked_.ranked.push_back(releases_[index].loaded);
  }
}

TableGroup& TableBuilder::GroupOf(const GroupKey& key,
                                  const std::vector<const Dimension*>& axes) {
  const auto [at, added] = groups_.try_emplace(key, axes.size());
  if (added) {
    at->second.axes = axes;
    for (const store::Axis& axis : key.second.axes) {
      at->second.unmapped |= axis.level.empty();
    }
  }
  return at->second;
}

template <typename StoredOf>
void TableBuilder::AddChunk(size_t release, const Observations& chunk,
                            StoredOf stored_of) {
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
  TableGroup* group = nullptr;
  uint32_t declared = 0;
  TableRows::Row values;
  Slice slice = chunk.slice;
  std::vector<MemberId> members(axes.size());
  // Of the row before; kNoLevel at the first one.
  constexpr size_t kNoLevel = std::numeric_limits<size_t>::max();
  std::vector<size_t> levels(axes.size(), kNoLevel);
  DayInterval printed;
  for (uint32_t row = 0; row < chunk.row_count(); ++row) {
    values.reporter = reporters.At(row);
    bool same = group != nullptr;
    for (size_t axis = 0; axis < axes.size(); ++axis) {
      const MemberId member = mappers[axis].At(row);
      members[axis] = member;
      // One more than there are for a member that nobody knows.
      const size_t of_member =
          member == kUnmapped
              ? axes[axis]->levels().size()
              : static_cast<size_t>(axes[axis]->member(member).level);
      if (of_member == levels[axis]) continue;
      levels[axis] = of_member;
      std::string level =
          LevelOf(*axes[axis], member, chunk.slice.axes[axis].level);
      if (level != slice.axes[axis].level) {
        slice.axes[axis].level = std::move(level);
        same = false;
      }
    }
    values.period = {chunk.period_begin[row], chunk.period_end[row]};
    if (!same) {
      group = &GroupOf({meta.source, WithoutDeclaration(slice)}, axes);
      declared = group->DeclarationOf(slice);
      values.release = group->NumberOf(release);
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
    values.stored = stored_of(row);
    group->rows.Add(members, values, chunk.strings[chunk.reason[row]]);
    group->declaration.push_back(declared);
  }
}

bool TableBuilder::IsWhole(const SliceTable& table) const {
  const auto kept = [this](uint32_t release) {
    return kept_[release] != kGone;
  };
  return std::all_of(table.releases.begin(), table.releases.end(), kept) &&
         std::all_of(table.claims.begin(), table.claims.end(),
                     [&](const Claim& claim) { return kept(claim.release); });
}

bool TableBuilder::IsUnchanged(const SliceTable& table) const {
  const auto stands = [this](uint32_t release) {
    return !releases_[kept_[release]].changed;
  };
  return IsWhole(table) &&
         std::all_of(table.releases.begin(), table.releases.end(), stands) &&
         std::all_of(table.claims.begin(), table.claims.end(),
                     [&](const Claim& claim) { return stands(claim.release); });
}

void TableBuilder::GoOnWith(const std::vector<const SliceTable*>& tables,
                            TableGroup& group) {
  const SliceTable& first = *tables[0];
  const bool as_declared =
      std::all_of(group.declared.begin(), group.declared.end(),
                  [&first](const Slice& one) { return one == first.slice; });
  if (tables.size() > 1 || first.unmapped || !as_declared || !IsWhole(first)) {
    for (const SliceTable* table : tables) AddPrevious(*table, group);
    return;
  }
  group.base = &first;
  group.DeclarationOf(first.slice);
  // Releases and periods of rows, each pair of them once; what is derived is of
  // a release and a period that are printed, too.
  const TableRows& rows = *first.rows;
  const size_t periods = rows.periods().values().size();
  std::vector<uint8_t> seen(rows.known().values().size() * periods, 0);
  rows.known().codes().Visit([&](const auto* known) {
    rows.periods().codes().Visit([&](const auto* period) {
      for (size_t row = 0; row < rows.size(); ++row) {
        seen[static_cast<size_t>(known[row]) * periods +
             static_cast<size_t>(period[row])] = 1;
      }
    });
  });
  for (size_t pair = 0; pair < seen.size(); ++pair) {
    if (seen[pair] == 0) continue;
    const uint32_t release = rows.known().values()[pair / periods].release;
    const uint32_t number = group.NumberOf(kept_[first.releases[release]]);
    group.printed[number].insert(rows.periods().values()[pair % periods].days);
  }
}

void TableBuilder::AddPrevious(const SliceTable& table, TableGroup& group) {
  constexpr uint32_t kNone = std::numeric_limits<uint32_t>::max();
  std::vector<uint32_t> numbers(table.releases.size(), kNone);
  for (size_t i = 0; i < numbers.size(); ++i) {
    const size_t kept = kept_[table.releases[i]];
    if (kept != kGone) numbers[i] = group.NumberOf(kept);
  }
  const uint32_t declared = group.DeclarationOf(table.slice);
  uint32_t last = kNone;
  const DayInterval* printed = nullptr;
  for (size_t row = 0; row < table.row_count(); ++row) {
    if (table.derived(row)) continue;
    const uint32_t number = numbers[table.rows->release(row)];
    if (number == kNone) continue;
    group.Add(*table.rows, row, number, declared);
    if (number == last && printed == &table.period(row)) continue;
    last = number;
    printed = &table.period(row);
    group.printed[number].insert(*printed);
  }
}

SliceTable TableBuilder::Share(const SliceTable& table) const {
  SliceTable shared = table;
  for (uint32_t& release : shared.releases)
    release = ranked_.rank[kept_[release]];
  for (Claim& claim : shared.claims) {
    claim.release = ranked_.rank[kept_[claim.release]];
  }
  std::stable_sort(
      shared.claims.begin(), shared.claims.end(),
      [](const Claim& a, const Claim& b) { return a.release < b.release; });
  return shared;
}

void TableBuilder::AddClaims() {
  const Dimension& reporters = vocabulary_.reporters();
  for (uint32_t rank = 0; rank < ranked_.ranked.size(); ++rank) {
    if (!ranked_.ranked[rank]->problem.ok()) continue;
    const Release& release = ranked_.ranked[rank]->release;
    for (const store::Extent& extent : release.extents) {
      const auto found =
          groups_.find({release.source, WithoutDeclaration(extent.slice)});
      if (found == groups_.end()) continue;
      TableGroup& group = found->second;
      static const auto* const nothing = new std::set<DayInterval>();
      const auto number = group.number_of.find(ranked_.by_rank[rank]);
      AppendClaims(extent, rank, reporters,
                   number == group.number_of.end()
                       ? *nothing
                       : group.printed[number->second],
                   group.claims);
    }
  }
}

void TableBuilder::Emit(const GroupKey& key, TableGroup& group,
                        std::vector<SliceTable>* tables) {
  // Declarations in the order in which the releases make them.
  std::vector<std::pair<uint32_t, uint32_t>> first(
      group.declared.size(), {std::numeric_limits<uint32_t>::max(), 0});
  if (group.declared.size() > 1) {
    for (uint32_t row = 0; row < group.rows.size(); ++row) {
      auto& earliest = first[group.declaration[row]];
      earliest = std::min(earliest, std::pair(group.RankOf(ranked_, row),
                                              group.rows.stored(row)));
    }
  }
  std::vector<uint32_t> declared(group.declared.size());
  std::iota(declared.begin(), declared.end(), 0);
  std::sort(declared.begin(), declared.end(),
            [&](uint32_t a, uint32_t b) { return first[a] < first[b]; });

  std::vector<TableRows> emitted(group.declared.size(),
                                 TableRows(group.axes.size()));
  if (emitted.size() == 1) emitted[0].reserve(group.rows.size());
  std::vector<uint32_t> numbers(group.releases.size());
  std::iota(numbers.begin(), numbers.end(), 0);
  KeyEmitter(ranked_, group, std::move(numbers))
      .Emit(OrderOf(group, ranked_), emitted);
  for (const uint32_t index : declared) {
    TableRows& rows = emitted[index];
    if (rows.size() == 0) continue;
    if (const SliceTable* whole = WholeOf(key.first, group.declared[index])) {
      rows.FinishPart(*whole->rows);
    } else {
      rows.Finish();
    }
    tables->push_back(Finished(
        key, group, group.declared[index],
        std::make_shared<const TableRows>(std::move(rows)), group.releases,
        /*split=*/emitted.size() > 1));
  }
}

void TableBuilder::Extend(const GroupKey& key, TableGroup& group,
                          std::vector<SliceTable>* tables) {
  const SliceTable& base = *group.base;
  std::vector<bool> changed;
  for (const Entry& entry : releases_) changed.push_back(entry.changed);
  // The base's releases keep their numbers, the others follow.
  std::vector<size_t> numbered;
  std::vector<uint32_t> of_base;
  for (const uint32_t release : base.releases) {
    numbered.push_back(kept_[release]);
    of_base.push_back(group.NumberOf(kept_[release]));
  }
  std::vector<uint32_t> numbers(group.releases.size());
  for (uint32_t i = 0; i < of_base.size(); ++i) numbers[of_base[i]] = i;
  for (uint32_t number = 0; number < numbers.size(); ++number) {
    if (std::count(of_base.begin(), of_base.end(), number) > 0) continue;
    numbers[number] = static_cast<uint32_t>(numbered.size());
    numbered.push_back(group.releases[number]);
  }

  TableExtension extension(base);
  extension.MoveTouched(ranked_, changed, of_base, group);
  std::shared_ptr<const TableRows> rows = base.rows;
  if (group.rows.size() > 0) {
    std::vector<TableRows> fresh = {TableRows::Continuing(*base.rows)};
    KeyEmitter(ranked_, group, std::move(numbers))
        .Emit(OrderOf(group, ranked_), fresh);
    rows =
        std::make_shared<const TableRows>(extension.With(std::move(fresh[0])));
  }
  tables->push_back(Finished(key, group, base.slice, std::move(rows), numbered,
                             /*split=*/false));
  // Sums that were made of the same rows are the same.
  SliceTable& table = tables->back();
  if (table.rows == base.rows) table.presums = base.presums;
}

SliceTable TableBuilder::Finished(const GroupKey& key, const TableGroup& group,
                                  const Slice& declared,
                                  std::shared_ptr<const TableRows> rows,
                                  const std::vector<size_t>& numbered,
                                  bool split) const {
  SliceTable table;
  table.source = key.first;
  table.slice = declared;
  table.axes = group.axes;
  table.unmapped = group.unmapped;
  table.split = split;
  table.claims = group.claims;
  table.counted = true;
  for (const TableRows::Attributes& one : rows->attributes().values()) {
    table.max_scale = std::max<int>(table.max_scale, one.scale);
    table.counted = table.counted && (one.derived || one.counted);
  }
  for (const size_t release : numbered) {
    table.releases.push_back(ranked_.rank[release]);
    table.chunks.push_back(releases_[release].loaded->chunks);
    for (const Chunks::Summary& one : table.chunks.back()->summaries()) {
      table.stated = table.stated || !one.stated.empty();
    }
  }
  table.rows = std::move(rows);
  if (const SliceTable* whole = WholeOf(table.source, declared)) {
    table.split = whole->split;
    table.claims = whole->claims;
    table.counted = whole->counted;
    table.stated = whole->stated;
    table.max_scale = whole->max_scale;
  }
  table.MakePresums();
  return table;
}

const SliceTable* TableBuilder::WholeOf(const std::string& source,
                                        const Slice& slice) const {
  if (parts_of_ == nullptr) return nullptr;
  for (const SliceTable& table : parts_of_->tables()) {
    if (table.source == source && table.slice == slice) return &table;
  }
  return nullptr;
}

}  // namespace collate::query
