#include "service/query/statements.h"

#include <algorithm>
#include <map>

#include "service/vocabulary/state.h"

namespace collate::query {
namespace {

bool SayTheSame(const SliceTable& table, uint32_t a, uint32_t b) {
  return table.state(a) == table.state(b) && table.has(a) == table.has(b) &&
         table.scale(a) == table.scale(b) && table.value(a) == table.value(b) &&
         table.lower(a) == table.lower(b) && table.upper(a) == table.upper(b);
}

}  // namespace

bool IsFurtherStatement(const SliceTable& table, size_t a, size_t b) {
  return table.reporter(a) == table.reporter(b) &&
         table.period(a) == table.period(b) &&
         table.release(a) == table.release(b) && !table.derived(a) &&
         !table.derived(b) &&
         (table.flags(b) & vocabulary::kFlagRepeatedKeyAdded) == 0 &&
         table.SameMembers(a, b);
}

std::vector<Reading> ReadingsOf(
    const SliceTable& table, const std::vector<uint32_t>& rows,
    const std::vector<std::pair<size_t, uint32_t>>& further) {
  // The different statements of a key, each with the rows that make it.
  std::map<size_t, std::vector<std::vector<uint32_t>>> contested;
  size_t count = 1;
  for (const auto& statement : further) {
    const size_t key = statement.first;
    const uint32_t row = statement.second;
    auto& sides = contested[key];
    if (sides.empty()) sides.push_back({rows[key]});
    const auto side = std::find_if(sides.begin(), sides.end(),
                                   [&](const std::vector<uint32_t>& said) {
                                     return SayTheSame(table, said[0], row);
                                   });
    if (side != sides.end()) {
      side->push_back(row);
    } else {
      sides.push_back({row});
      count = std::max(count, sides.size());
    }
  }
  std::vector<Reading> readings(count);
  for (size_t n = 0; n < count; ++n) {
    readings[n].rows = rows;
    for (const auto& [key, sides] : contested) {
      const std::vector<uint32_t>& said = sides[n < sides.size() ? n : 0];
      readings[n].rows[key] = said[0];
      readings[n].repeated.insert(readings[n].repeated.end(), said.begin() + 1,
                                  said.end());
    }
  }
  return readings;
}

std::optional<StatedCoverage> StatedCoverageOf(const Snapshot& snapshot,
                                               const RowRef& row) {
  const Chunks::Stated* stated = snapshot.FindStated(row);
  if (stated == nullptr || stated->reporters == 0) return std::nullopt;
  return StatedCoverage{stated->reporters, stated->coverage};
}

absl::string_view PrintedBy(const Snapshot& snapshot, const RowRef& row) {
  const Chunks::Stated* stated = snapshot.FindStated(row);
  return stated == nullptr ? absl::string_view() : stated->printed_by;
}

}  // namespace collate::query
