#include "service/query/table_group.h"

#include <algorithm>

namespace collate::query {

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
