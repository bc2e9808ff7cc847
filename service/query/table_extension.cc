#include "service/query/table_extension.h"

#include <algorithm>
#include <cstring>
#include <set>
#include <utility>

#include "service/vocabulary/period.h"
#include "service/vocabulary/vocabulary.h"

namespace collate::query {

using vocabulary::DayInterval;
using vocabulary::MemberId;

void TableExtension::MoveTouched(const RankedReleases& releases,
                                 const std::vector<bool>& changed,
                                 const std::vector<uint32_t>& numbers,
                                 TableGroup& group) {
  TouchPrintedBy(changed, numbers, group);
  TouchClaimed(releases, changed, group);
  TouchKeysOf(group.rows);
  if (!any_touched_) return;
  for (size_t row = 0; row < base_.size(); ++row) {
    if (touched_[row] == 0 || base_.derived(row)) continue;
    group.Add(base_, row, numbers[base_.release(row)], /*declared=*/0);
  }
}

void TableExtension::TouchPrintedBy(const std::vector<bool>& changed,
                                    const std::vector<uint32_t>& numbers,
                                    const TableGroup& group) {
  std::vector<bool> of_changed;  // by code
  for (const TableRows::Known& known : base_.known().values()) {
    of_changed.push_back(changed[group.releases[numbers[known.release]]]);
  }
  if (std::count(of_changed.begin(), of_changed.end(), true) == 0) return;
  for (size_t row = 0; row < base_.size(); ++row) {
    if (!of_changed[base_.known().code(row)] || touched_[row] != 0) continue;
    size_t first = row;
    while (first > 0 && SameKey(first - 1, row)) --first;
    for (size_t one = first; one < base_.size() && SameKey(one, row); ++one) {
      Touch(one);
    }
  }
}

void TableExtension::TouchClaimed(const RankedReleases& releases,
                                  const std::vector<bool>& changed,
                                  const TableGroup& group) {
  const auto& periods = base_.periods().values();
  const size_t reporter_axis = base_.axis_count();
  // By place of the reporter and code of the period.
  std::vector<bool> claimed(base_.place_count(reporter_axis) * periods.size(),
                            false);
  bool any = false;
  for (const Claim& claim : group.claims) {
    if (!changed[releases.by_rank[claim.release]]) continue;
    for (size_t code = 0; code < periods.size(); ++code) {
      if (!claim.period.Contains(periods[code].days)) continue;
      for (const MemberId reporter : claim.reporters) {
        const size_t place = base_.PlaceOf(reporter_axis, reporter);
        if (place == base_.place_count(reporter_axis)) continue;
        claimed[place * periods.size() + code] = true;
        any = true;
      }
    }
  }
  if (!any) return;
  MemberId last = 0;
  size_t place = base_.place_count(reporter_axis);
  for (size_t row = 0; row < base_.size(); ++row) {
    const MemberId reporter = base_.reporter(row);
    if (row == 0 || reporter != last) {
      place = base_.PlaceOf(reporter_axis, reporter);
      last = reporter;
    }
    if (claimed[place * periods.size() + base_.periods().code(row)]) Touch(row);
  }
}

void TableExtension::TouchKeysOf(const TableRows& rows) {
  std::set<DayInterval> known;
  for (const auto& period : base_.periods().values()) known.insert(period.days);
  std::vector<bool> is_known;  // by code
  for (const auto& period : rows.periods().values()) {
    is_known.push_back(known.contains(period.days));
  }
  std::vector<MemberId> members(rows.axis_count());
  for (size_t row = 0; row < rows.size(); ++row) {
    if (!is_known[rows.periods().code(row)]) continue;
    for (size_t axis = 0; axis < members.size(); ++axis) {
      members[axis] = rows.member(axis, row);
    }
    const auto [first, last] = base_.Find(members, rows.reporter(row));
    const DayInterval& days = rows.period(row);
    // By period within them.
    size_t at = first;
    for (size_t count = last - first; count > 0;) {
      const size_t half = count / 2;
      if (base_.period(at + half) < days) {
        at += half + 1;
        count -= half + 1;
      } else {
        count = half;
      }
    }
    for (; at < last && base_.period(at) == days; ++at) Touch(at);
  }
}

bool TableExtension::SameKey(size_t a, size_t b) const {
  return a == b || CompareKeys(a, base_, b) == 0;
}

int TableExtension::CompareKeys(size_t row, const TableRows& rows,
                                size_t of) const {
  for (size_t axis = 0; axis < base_.axis_count(); ++axis) {
    const MemberId own = base_.member(axis, row);
    const MemberId other = rows.member(axis, of);
    if (own != other) return own < other ? -1 : 1;
  }
  const MemberId own = base_.reporter(row);
  const MemberId other = rows.reporter(of);
  if (own != other) return own < other ? -1 : 1;
  const DayInterval& days = base_.period(row);
  const DayInterval& others = rows.period(of);
  return days == others ? 0 : days < others ? -1 : 1;
}

size_t TableExtension::UpTo(size_t from, const TableRows& rows,
                            size_t of) const {
  // Nearly always close by.
  size_t step = 1;
  size_t end = from;
  while (end < base_.size() && CompareKeys(end, rows, of) < 0) {
    from = end + 1;
    end += step;
    step *= 2;
  }
  end = std::min(end, base_.size());
  while (from < end) {
    const size_t middle = from + (end - from) / 2;
    if (CompareKeys(middle, rows, of) < 0) {
      from = middle + 1;
    } else {
      end = middle;
    }
  }
  return from;
}

void TableExtension::AppendUntouched(size_t begin, size_t end,
                                     std::vector<Piece>& pieces) const {
  const uint8_t* const touched = touched_.data();
  while (begin < end) {
    const void* const next = std::memchr(touched + begin, 1, end - begin);
    const size_t until =
        next == nullptr
            ? end
            : static_cast<size_t>(static_cast<const uint8_t*>(next) - touched);
    if (until > begin) pieces.push_back({false, begin, until});
    begin = until;
    while (begin < end && touched[begin] != 0) ++begin;
  }
}

TableRows TableExtension::With(TableRows fresh) const {
  std::vector<Piece> pieces;
  size_t at = 0;
  for (size_t row = 0; row < fresh.size(); ++row) {
    const size_t until = UpTo(at, fresh, row);
    AppendUntouched(at, until, pieces);
    at = until;
    if (!pieces.empty() && pieces.back().fresh) {
      pieces.back().end = row + 1;
    } else {
      pieces.push_back({true, row, row + 1});
    }
  }
  AppendUntouched(at, base_.size(), pieces);
  return TableRows(base_, std::move(fresh), pieces);
}

}  // namespace collate::query
