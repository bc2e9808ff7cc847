#include "service/query/key_emitter.h"

#include <algorithm>
#include <cstddef>
#include <optional>

#include "absl/container/inlined_vector.h"
#include "service/query/snapshot.h"
#include "service/vocabulary/period.h"
#include "service/vocabulary/state.h"
#include "service/vocabulary/vocabulary.h"

namespace collate::query {

using vocabulary::DayInterval;
using vocabulary::MemberId;
using vocabulary::State;

namespace {

// Nearly all keys are printed by one release or two.
using Few = absl::InlinedVector<uint32_t, 4>;

}  // namespace

void KeyEmitter::Emit(absl::Span<const uint32_t> order,
                      std::vector<TableRows>& tables) {
  const TableRows& rows = group_.rows;
  const auto same_key = [&](uint32_t a, uint32_t b) {
    for (size_t axis = 0; axis < group_.axes.size(); ++axis) {
      if (rows.member(axis, a) != rows.member(axis, b)) return false;
    }
    return rows.reporter(a) == rows.reporter(b) &&
           rows.period(a) == rows.period(b);
  };
  // Where labels are unknown, keys are, too: nothing supersedes anything.
  for (size_t begin = 0; begin < order.size();) {
    size_t end = begin + 1;
    while (!group_.unmapped && end < order.size() &&
           same_key(order[begin], order[end])) {
      ++end;
    }
    EmitKey(order.subspan(begin, end - begin), tables);
    begin = end;
  }
}

void KeyEmitter::EmitKey(absl::Span<const uint32_t> key,
                         std::vector<TableRows>& tables) {
  const TableRows& rows = group_.rows;
  // Releases that stand and print the key, earliest first, and the last row of
  // each; and the last row of each withdrawn one before the first of them.
  Few printing;
  Few last_row;
  Few withdrawn_row;
  for (const uint32_t row : key) {
    const uint32_t release = group_.RankOf(releases_, row);
    if (releases_.Withdrawn(release)) {
      if (!printing.empty()) continue;
      if (withdrawn_row.empty() ||
          group_.RankOf(releases_, withdrawn_row.back()) != release) {
        withdrawn_row.push_back(row);
      }
      withdrawn_row.back() = row;
      continue;
    }
    if (printing.empty() || printing.back() != release) {
      printing.push_back(release);
      last_row.push_back(row);
    }
    last_row.back() = row;
  }
  // Those that claim its period, whether they print it or leave it out.
  const std::vector<uint32_t>& claiming = Claiming(key[0]);
  const auto after = [](absl::Span<const uint32_t> releases, uint32_t one) {
    const auto next = std::upper_bound(releases.begin(), releases.end(), one);
    return next == releases.end() ? std::nullopt : std::optional(*next);
  };
  const auto known_from = [this](std::optional<uint32_t> release) {
    return release.has_value() ? KnownFrom(releases_.ranked[*release]->release)
                               : kStillKnown;
  };
  for (const uint32_t row : key) {
    const uint32_t release = group_.RankOf(releases_, row);
    const KnownTime from = known_from(release);
    std::optional<uint32_t> next = after(printing, release);
    const std::optional<uint32_t> claim = after(claiming, release);
    if (claim.has_value() && (!next.has_value() || *claim < *next)) {
      next = claim;
    }
    tables[group_.declaration[row]].Add(
        rows, row, NumberOf(row), from,
        releases_.Withdrawn(release) ? from : known_from(next));
  }
  // From a withdrawn edition to the next one of any kind.
  const KnownTime first_printed =
      known_from(printing.empty() ? std::nullopt : std::optional(printing[0]));
  for (size_t i = 0; i < withdrawn_row.size(); ++i) {
    const uint32_t row = withdrawn_row[i];
    const KnownTime until =
        i + 1 < withdrawn_row.size()
            ? known_from(group_.RankOf(releases_, withdrawn_row[i + 1]))
            : first_printed;
    tables[group_.declaration[row]].AddDerived(
        rows, row, NumberOf(row), State::kWithdrawn,
        known_from(group_.RankOf(releases_, row)), until);
  }
  // From an edition that left it out to the next that prints it.
  for (size_t i = 0; i < printing.size(); ++i) {
    const std::optional<uint32_t> next = after(printing, printing[i]);
    const std::optional<uint32_t> claim = after(claiming, printing[i]);
    if (!claim.has_value() || (next.has_value() && *next <= *claim)) continue;
    const uint32_t row = last_row[i];
    tables[group_.declaration[row]].AddDerived(
        rows, row, NumberOf(row), State::kDroppedInEdition, known_from(claim),
        known_from(next));
  }
}

const std::vector<uint32_t>& KeyEmitter::Claiming(uint32_t row) {
  static const auto* const nobody = new std::vector<uint32_t>();
  if (group_.unmapped) return *nobody;
  const MemberId reporter = group_.rows.reporter(row);
  const DayInterval& period = group_.rows.period(row);
  const auto [at, added] =
      claiming_.try_emplace({reporter, period.begin, period.end});
  if (added) {
    for (const Claim& claim : group_.claims) {
      if (!releases_.Withdrawn(claim.release) &&
          claim.Covers(reporter, period) &&
          (at->second.empty() || at->second.back() != claim.release)) {
        at->second.push_back(claim.release);
      }
    }
  }
  return at->second;
}

}  // namespace collate::query
