#include "service/query/slice_table.h"

#include <algorithm>
#include <iterator>

#include "service/query/chunks.h"
#include "service/query/presums.h"

namespace collate::query {

using vocabulary::DayInterval;
using vocabulary::kUnmapped;
using vocabulary::MemberId;
using vocabulary::State;

namespace {

// A table of offsets may have so many entries for each row and in all: beyond
// that a search is as good.
constexpr size_t kOffsetsPerRow = 1;
// A part lives for one question, and has members of which it has no rows.
constexpr size_t kOffsetsPerRowOfPart = 16;
constexpr size_t kSmallIndex = 4096;

size_t PlaceAmong(const TableRows::FirstKnown& members, MemberId member) {
  const auto at = std::lower_bound(
      members.begin(), members.end(), member,
      [](const auto& one, MemberId wanted) { return one.first < wanted; });
  return at == members.end() || at->first != member
             ? members.size()
             : static_cast<size_t>(at - members.begin());
}

// The members of both, each with the earlier time.
TableRows::FirstKnown Earliest(const TableRows::FirstKnown& a,
                               const TableRows::FirstKnown& b) {
  TableRows::FirstKnown both;
  std::merge(a.begin(), a.end(), b.begin(), b.end(), std::back_inserter(both));
  // Of one member, the earlier time comes first.
  both.erase(std::unique(both.begin(), both.end(),
                         [](const auto& one, const auto& other) {
                           return one.first == other.first;
                         }),
             both.end());
  both.shrink_to_fit();
  return both;
}

// Of a member as columns have its number, kUnmapped as -1.
template <typename Number>
size_t PlaceOfNumber(Number number) {
  return static_cast<size_t>(static_cast<int64_t>(number) + 1);
}

}  // namespace

bool Claim::Covers(MemberId reporter, const DayInterval& days) const {
  return period.Contains(days) &&
         std::binary_search(reporters.begin(), reporters.end(), reporter);
}

void TableRows::Add(absl::Span<const MemberId> members, const Row& row,
                    const std::string& reason) {
  for (size_t axis = 0; axis < members.size(); ++axis) {
    members_[axis].push_back(members[axis]);
  }
  reporter_.push_back(row.reporter);
  period_.push_back({row.period, row.period_kind});
  state_.push_back(row.state);
  attributes_.push_back({.flags = row.flags,
                         .reason = ReasonOf(reason),
                         .has = row.has,
                         .scale = row.scale,
                         .counted = row.counted,
                         .derived = row.derived});
  value_.push_back(row.value);
  lower_.push_back(row.lower);
  upper_.push_back(row.upper);
  known_.push_back({row.known_from, row.known_until, row.release});
  stored_.push_back(row.stored);
}

void TableRows::Add(const TableRows& from, size_t row, uint32_t release,
                    KnownTime known_from, KnownTime known_until) {
  for (size_t axis = 0; axis < members_.size(); ++axis) {
    members_[axis].push_back(from.members_[axis][row]);
  }
  reporter_.push_back(from.reporter_[row]);
  period_.push_back(from.period_[row]);
  state_.push_back(from.state_[row]);
  Attributes attributes = from.attributes_[row];
  const std::string& reason = from.reasons_[attributes.reason];
  // Rows of one reason follow each other.
  if (last_reason_ >= reasons_.size() || reasons_[last_reason_] != reason) {
    last_reason_ = ReasonOf(reason);
  }
  attributes.reason = last_reason_;
  attributes_.push_back(attributes);
  value_.push_back(from.value_[row]);
  lower_.push_back(from.lower_[row]);
  upper_.push_back(from.upper_[row]);
  known_.push_back({known_from, known_until, release});
  stored_.push_back(from.stored_[row]);
}

void TableRows::AddDerived(const TableRows& from, size_t row, uint32_t release,
                           State state, KnownTime known_from,
                           KnownTime known_until) {
  for (size_t axis = 0; axis < members_.size(); ++axis) {
    members_[axis].push_back(from.members_[axis][row]);
  }
  reporter_.push_back(from.reporter_[row]);
  period_.push_back(from.period_[row]);
  state_.push_back(state);
  attributes_.push_back({.reason = ReasonOf(""), .derived = true});
  value_.push_back(0);
  lower_.push_back(0);
  upper_.push_back(0);
  known_.push_back({known_from, known_until, release});
  stored_.push_back(from.stored_[row]);
}

void TableRows::reserve(size_t rows) {
  for (auto& column : members_) column.reserve(rows);
  reporter_.reserve(rows);
  period_.reserve(rows);
  state_.reserve(rows);
  attributes_.reserve(rows);
  value_.reserve(rows);
  lower_.reserve(rows);
  upper_.reserve(rows);
  known_.reserve(rows);
  stored_.reserve(rows);
}

void TableRows::Finish() {
  Shrink();
  FindStates();
  FindFirstKnown();
  MakeIndex(kOffsetsPerRow);
}

void TableRows::FinishPart(const TableRows& whole) {
  Shrink();
  FindStates();
  first_known_ = whole.first_known_;
  MakeIndex(kOffsetsPerRowOfPart);
}

TableRows TableRows::Partial(const TableRows& of,
                             std::vector<std::vector<MemberId>> places,
                             std::shared_ptr<Absences> absences) {
  TableRows rows = of;
  rows.starts_.clear();
  rows.places_ = std::move(places);
  rows.absences_ = std::move(absences);
  return rows;
}

TableRows TableRows::Outline(std::vector<FirstKnown> first_known) {
  TableRows rows(first_known.size() - 1);
  rows.first_known_ = std::move(first_known);
  return rows;
}

void TableRows::Shrink() {
  for (auto& column : members_) column.shrink_to_fit();
  reporter_.shrink_to_fit();
  period_.shrink_to_fit();
  state_.shrink_to_fit();
  attributes_.shrink_to_fit();
  value_.shrink_to_fit();
  lower_.shrink_to_fit();
  upper_.shrink_to_fit();
  known_.shrink_to_fit();
  stored_.shrink_to_fit();
  reason_index_ = {};
}

TableRows TableRows::Continuing(const TableRows& base) {
  TableRows rows(base.members_.size());
  rows.period_.Continue(base.period_);
  rows.attributes_.Continue(base.attributes_);
  rows.known_.Continue(base.known_);
  for (const std::string& reason : base.reasons_) rows.ReasonOf(reason);
  return rows;
}

TableRows::TableRows(const TableRows& base, TableRows fresh,
                     absl::Span<const Piece> pieces)
    : members_(base.members_.size()), reasons_(fresh.reasons_) {
  for (size_t axis = 0; axis < members_.size(); ++axis) {
    members_[axis].Splice(base.members_[axis], fresh.members_[axis], pieces);
  }
  reporter_.Splice(base.reporter_, fresh.reporter_, pieces);
  period_.Splice(base.period_, fresh.period_, pieces);
  state_.Splice(base.state_, fresh.state_, pieces);
  attributes_.Splice(base.attributes_, fresh.attributes_, pieces);
  value_.Splice(base.value_, fresh.value_, pieces);
  lower_.Splice(base.lower_, fresh.lower_, pieces);
  upper_.Splice(base.upper_, fresh.upper_, pieces);
  known_.Splice(base.known_, fresh.known_, pieces);
  stored_.Splice(base.stored_, fresh.stored_, pieces);
  FindStates();
  if (size() != base.size() + fresh.size()) {
    FindFirstKnown();
    MakeIndex(kOffsetsPerRow);
    return;
  }
  // All rows of the base are there, so that what is known of them still holds.
  fresh.FindFirstKnown();
  bool same_places = !base.starts_.empty();
  for (size_t axis = 0; axis <= members_.size(); ++axis) {
    first_known_.push_back(
        Earliest(base.first_known_[axis], fresh.first_known_[axis]));
    same_places = same_places && place_count(axis) == base.place_count(axis);
  }
  if (!same_places) {
    MakeIndex(kOffsetsPerRow);
    return;
  }
  starts_.assign(base.starts_.size(), 0);
  CountCombinations(fresh);
  for (size_t i = 0; i < starts_.size(); ++i) starts_[i] += base.starts_[i];
}

size_t TableRows::byte_count() const {
  size_t bytes = sizeof(*this) + reporter_.byte_count() + period_.byte_count() +
                 state_.byte_count() + attributes_.byte_count() +
                 value_.byte_count() + lower_.byte_count() +
                 upper_.byte_count() + known_.byte_count() +
                 stored_.byte_count() + starts_.capacity() * sizeof(uint32_t);
  for (const auto& column : members_) bytes += column.byte_count();
  for (const FirstKnown& members : first_known_) {
    bytes += members.capacity() * sizeof(members[0]);
  }
  return bytes;
}

uint32_t TableRows::ReasonOf(const std::string& reason) {
  const auto [at, added] =
      reason_index_.try_emplace(reason, static_cast<uint32_t>(reasons_.size()));
  if (added) reasons_.push_back(reason);
  return at->second;
}

void TableRows::FindStates() {
  states_ = state_.Visit([this](const auto* states) {
    uint64_t found = 0;
    for (size_t row = 0; row < size(); ++row) {
      found |= uint64_t{1} << static_cast<int>(states[row]);
    }
    return found;
  });
}

void TableRows::FindFirstKnown() {
  std::vector<KnownTime> from_of_code;
  for (const Known& known : known_.values()) {
    from_of_code.push_back(known.from);
  }
  first_known_.resize(members_.size() + 1);
  for (size_t axis = 0; axis <= members_.size(); ++axis) {
    // By member, after the one that nobody knows; nothing is known as late as
    // kStillKnown.
    std::vector<KnownTime> first;
    MembersOf(axis).Visit([&](const auto* members) {
      known_.codes().Visit([&](const auto* codes) {
        for (size_t row = 0; row < size(); ++row) {
          const size_t at = PlaceOfNumber(members[row]);
          if (at >= first.size()) first.resize(at + 1, kStillKnown);
          first[at] = std::min(first[at],
                               from_of_code[static_cast<size_t>(codes[row])]);
        }
      });
    });
    FirstKnown& known = first_known_[axis];
    for (size_t at = 1; at < first.size(); ++at) {
      if (first[at] == kStillKnown) continue;
      known.emplace_back(static_cast<MemberId>(at - 1), first[at]);
    }
    if (!first.empty() && first[0] != kStillKnown) {
      known.emplace_back(kUnmapped, first[0]);
    }
  }
}

void TableRows::MakeIndex(size_t offsets_per_row) {
  size_t combinations = 1;
  for (const FirstKnown& members : first_known_) {
    combinations *= members.size();
    if (combinations > kSmallIndex + offsets_per_row * size()) return;
  }
  starts_.assign(combinations + 1, 0);
  CountCombinations(*this);
}

void TableRows::CountCombinations(const TableRows& rows) {
  // A row's combination, as the digits of a number; rows are sorted by it.
  std::vector<uint32_t> numbers(rows.size(), 0);
  for (size_t axis = 0; axis < first_known_.size(); ++axis) {
    const FirstKnown& known = first_known_[axis];
    std::vector<uint32_t> places;
    for (uint32_t place = 0; place < known.size(); ++place) {
      const size_t at = PlaceOfNumber(static_cast<int32_t>(known[place].first));
      if (at >= places.size()) places.resize(at + 1);
      places[at] = place;
    }
    const auto count = static_cast<uint32_t>(known.size());
    rows.MembersOf(axis).Visit([&](const auto* members) {
      for (size_t row = 0; row < numbers.size(); ++row) {
        numbers[row] =
            numbers[row] * count + places[PlaceOfNumber(members[row])];
      }
    });
  }
  for (const uint32_t number : numbers) ++starts_[number + 1];
  for (size_t i = 1; i < starts_.size(); ++i) starts_[i] += starts_[i - 1];
}

int TableRows::Compare(size_t row, absl::Span<const MemberId> members,
                       MemberId reporter) const {
  for (size_t axis = 0; axis < members.size(); ++axis) {
    const MemberId member = members_[axis][row];
    if (member != members[axis]) return member < members[axis] ? -1 : 1;
  }
  const MemberId own = reporter_[row];
  return own == reporter ? 0 : own < reporter ? -1 : 1;
}

bool TableRows::Occurs(size_t axis, MemberId member) const {
  const FirstKnown& all = first_known_[axis];
  return PlaceAmong(all, member) != all.size();
}

size_t TableRows::PlaceOf(size_t axis, MemberId member) const {
  if (absences_ != nullptr) {
    const std::vector<MemberId>& all = places_[axis];
    const auto at = std::lower_bound(all.begin(), all.end(), member);
    return at != all.end() && *at == member ? at - all.begin() : all.size();
  }
  return PlaceAmong(first_known_[axis], member);
}

std::pair<size_t, size_t> TableRows::Find(absl::Span<const MemberId> members,
                                          MemberId reporter) const {
  NoteSearch();
  if (!starts_.empty()) {
    size_t number = 0;
    for (size_t axis = 0; axis < first_known_.size(); ++axis) {
      const MemberId member = axis < members.size() ? members[axis] : reporter;
      const size_t place = PlaceAmong(first_known_[axis], member);
      if (place == first_known_[axis].size()) return {0, 0};
      number = number * first_known_[axis].size() + place;
    }
    return {starts_[number], starts_[number + 1]};
  }
  const auto bound = [&](bool after) {
    size_t first = 0;
    for (size_t count = size(); count > 0;) {
      const size_t half = count / 2;
      const int order = Compare(first + half, members, reporter);
      if (order < 0 || (after && order == 0)) {
        first += half + 1;
        count -= half + 1;
      } else {
        count = half;
      }
    }
    return first;
  };
  return {bound(false), bound(true)};
}

void SliceTable::MakePresums() {
  if (unmapped || split) return;
  presums = Presums::Make(rows, slice.floor, max_scale);
}

size_t SliceTable::byte_count() const {
  size_t bytes = sizeof(*this) + rows->byte_count();
  for (const Claim& claim : claims) {
    bytes += sizeof(claim) + claim.reporters.capacity() * sizeof(MemberId);
  }
  return bytes;
}

RowRef SliceTable::ref(const TableRows::Stored& row) const {
  const auto [chunk, at] = chunks[row.release]->Find(row.row);
  return {releases[row.release], chunk, at};
}

bool SliceTable::SameMembers(size_t a, size_t b) const {
  for (size_t axis = 0; axis < axes.size(); ++axis) {
    if (rows->member(axis, a) != rows->member(axis, b)) return false;
  }
  return true;
}

}  // namespace collate::query
