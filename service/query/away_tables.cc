#include "service/query/away_tables.h"

#include <algorithm>
#include <cstdint>
#include <map>
#include <set>
#include <utility>

#include "service/query/chunks.h"
#include "service/query/cluster_sums.h"
#include "service/query/outline.h"
#include "service/query/table_group.h"

namespace collate::query {
namespace {

using store::Slice;
using vocabulary::DayInterval;
using vocabulary::MemberId;
using vocabulary::Vocabulary;

// Slices of one key, as the releases declare them.
struct AwayGroup {
  struct Declared {
    // Rank of the first release, and its first row.
    std::pair<uint32_t, uint32_t> first;
    std::vector<std::map<MemberId, KnownTime>> first_known;  // reporters last
    int scale = 0;
    bool counted = true;
  };

  std::map<Slice, Declared> declared;
  std::map<uint32_t, std::set<DayInterval>> printed;  // by release
};

void Note(const std::set<MemberId>& members, KnownTime from,
          std::map<MemberId, KnownTime>& first) {
  for (const MemberId member : members) {
    const auto [at, added] = first.emplace(member, from);
    at->second = std::min(at->second, from);
  }
}

void Add(const Slice& slice, const Outline::OfSlice& of, uint32_t rank,
         KnownTime from, AwayGroup& group) {
  const auto [at, added] = group.declared.try_emplace(slice);
  AwayGroup::Declared& declared = at->second;
  const std::pair<uint32_t, uint32_t> first(rank, of.first_stored);
  declared.first = added ? first : std::min(declared.first, first);
  declared.first_known.resize(of.members.size() + 1);
  for (size_t axis = 0; axis < of.members.size(); ++axis) {
    Note(of.members[axis], from, declared.first_known[axis]);
  }
  Note(of.reporters, from, declared.first_known.back());
  declared.scale = std::max(declared.scale, of.scale);
  declared.counted = declared.counted && of.counted;
  group.printed[rank].insert(of.printed.begin(), of.printed.end());
}

}  // namespace

void AddAwayTables(
    const Vocabulary& vocabulary,
    const std::vector<std::shared_ptr<const LoadedRelease>>& releases,
    std::vector<SliceTable>* tables) {
  std::map<GroupKey, AwayGroup> groups;
  for (uint32_t rank = 0; rank < releases.size(); ++rank) {
    const LoadedRelease& loaded = *releases[rank];
    if (loaded.outline == nullptr) continue;
    for (const auto& [slice, of] : loaded.outline->slices) {
      Add(slice, of, rank, KnownFrom(loaded.release),
          groups[{loaded.release.source, WithoutDeclaration(slice)}]);
    }
  }
  if (groups.empty()) return;
  for (auto& [key, group] : groups) {
    SliceTable table;
    table.source = key.first;
    table.away = true;
    table.split = group.declared.size() > 1;
    for (const store::Axis& axis : key.second.axes) {
      table.axes.push_back(vocabulary.FindDimension(axis.dimension));
      table.unmapped = table.unmapped || axis.level.empty();
    }
    for (uint32_t rank = 0; rank < releases.size(); ++rank) {
      const LoadedRelease& loaded = *releases[rank];
      if (loaded.release.source != key.first || !loaded.problem.ok()) continue;
      const auto printed = group.printed.find(rank);
      if (printed != group.printed.end()) {
        table.releases.push_back(rank);
        table.chunks.push_back(loaded.chunks);
        for (const Chunks::Summary& one : loaded.chunks->summaries()) {
          table.stated = table.stated || !one.stated.empty();
        }
      }
      for (const store::Extent& extent : loaded.release.extents) {
        if (WithoutDeclaration(extent.slice) != key.second) continue;
        AppendClaims(extent, rank, vocabulary.reporters(),
                     printed == group.printed.end() ? std::set<DayInterval>()
                                                    : printed->second,
                     table.claims);
      }
    }
    std::vector<std::pair<const Slice, AwayGroup::Declared>*> order;
    for (auto& one : group.declared) order.push_back(&one);
    std::sort(order.begin(), order.end(), [](const auto* a, const auto* b) {
      return a->second.first < b->second.first;
    });
    for (const auto* one : order) {
      table.slice = one->first;
      table.counted = one->second.counted;
      table.max_scale = one->second.scale;
      std::vector<TableRows::FirstKnown> first_known;
      for (const auto& first : one->second.first_known) {
        first_known.emplace_back(first.begin(), first.end());
      }
      table.rows = std::make_shared<const TableRows>(
          TableRows::Outline(std::move(first_known)));
      table.summable = SummableOf(releases, table);
      tables->push_back(table);
    }
  }
  std::stable_sort(tables->begin(), tables->end(),
                   [](const SliceTable& a, const SliceTable& b) {
                     return GroupKey(a.source, WithoutDeclaration(a.slice)) <
                            GroupKey(b.source, WithoutDeclaration(b.slice));
                   });
}

}  // namespace collate::query
