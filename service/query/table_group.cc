#include "service/query/table_group.h"

#include <algorithm>

namespace collate::query {

using vocabulary::DayInterval;

store::Slice WithoutDeclaration(store::Slice slice) {
  slice.partition = store::Partition::kIncomplete;
  slice.aggregation = store::Aggregation::kSum;
  slice.floor = store::Floor::kZero;
  return slice;
}

void AppendClaims(const store::Extent& extent, uint32_t release,
                  const vocabulary::Dimension& reporters,
                  const std::set<DayInterval>& printed,
                  std::vector<Claim>& claims) {
  Claim claim;
  claim.release = release;
  for (const std::string& code : extent.reporters) {
    if (auto id = reporters.Find(code)) claim.reporters.push_back(*id);
  }
  std::sort(claim.reporters.begin(), claim.reporters.end());
  for (const DayInterval& period : extent.periods) {
    claim.period = period;
    claim.printed_to = period.begin;
    for (const DayInterval& one : printed) {
      if (!period.Contains(one)) continue;
      claim.printed_to = std::max(claim.printed_to, one.end);
    }
    claims.push_back(claim);
  }
}

uint32_t TableGroup::NumberOf(size_t release) {
  const auto [at, added] =
      number_of.try_emplace(release, static_cast<uint32_t>(releases.size()));
  if (added) {
    releases.push_back(release);
    printed.emplace_back();
  }
  return at->second;
}

uint32_t TableGroup::DeclarationOf(const store::Slice& slice) {
  const auto at = std::find(declared.begin(), declared.end(), slice);
  const auto index = static_cast<uint32_t>(at - declared.begin());
  if (at == declared.end()) declared.push_back(slice);
  return index;
}

void TableGroup::Add(const TableRows& from, size_t row, uint32_t number,
                     uint32_t declared_at) {
  rows.Add(from, row, number, 0, kStillKnown);
  declaration.push_back(declared_at);
}

}  // namespace collate::query
