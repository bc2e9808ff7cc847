#include "service/query/key_order.h"

#include <algorithm>
#include <bit>
#include <cstddef>
#include <functional>
#include <map>
#include <numeric>

#include "service/query/slice_table.h"
#include "service/vocabulary/period.h"
#include "service/vocabulary/vocabulary.h"

namespace collate::query {

using vocabulary::DayInterval;
using vocabulary::kUnmapped;
using vocabulary::MemberId;

namespace {

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

std::vector<uint32_t> OrderOf(const TableGroup& group,
                              const RankedReleases& releases) {
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
  parts.push_back(
      {BitsFor(releases.ranked.size()), [&](size_t row) -> uint64_t {
         return group.RankOf(releases, static_cast<uint32_t>(row));
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

}  // namespace collate::query
