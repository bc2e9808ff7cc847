#include "service/query/outline.h"

#include <algorithm>
#include <limits>
#include <optional>

#include "service/query/row_members.h"

namespace collate::query {

using store::Observations;
using store::Slice;
using vocabulary::Dimension;
using vocabulary::kUnmapped;
using vocabulary::MemberId;

namespace {

// Codes of one column of a chunk, each looked up once.
class CodesOfColumn {
 public:
  CodesOfColumn(const Observations& chunk,
                const Observations::AxisColumn& column,
                const Dimension& dimension)
      : chunk_(chunk),
        column_(column),
        dimension_(dimension),
        seen_(chunk.strings.size()) {}

  void Note(size_t row, Outline::Codes& codes) {
    const uint32_t code = column_.member[row];
    if (seen_[code]) return;
    seen_[code] = true;
    const std::string& text = chunk_.strings[code];
    const std::optional<MemberId> member =
        code == 0 ? std::nullopt : dimension_.Find(text);
    if (member.has_value()) {
      codes.of_member[*member].insert(text);
    } else {
      codes.loose.insert(text);
    }
  }

 private:
  const Observations& chunk_;
  const Observations::AxisColumn& column_;
  const Dimension& dimension_;
  std::vector<bool> seen_;
};

uint64_t Absolute(int64_t number) {
  return number < 0 ? uint64_t{0} - static_cast<uint64_t>(number)
                    : static_cast<uint64_t>(number);
}

// Whether rows are of one key. Chunks are sorted so that those stand together.
bool SameKey(const Observations& chunk, size_t a, size_t b) {
  return chunk.reporter.member[a] == chunk.reporter.member[b] &&
         chunk.period_begin[a] == chunk.period_begin[b] &&
         chunk.period_end[a] == chunk.period_end[b] &&
         std::all_of(chunk.axes.begin(), chunk.axes.end(),
                     [a, b](const Observations::AxisColumn& axis) {
                       return axis.member[a] == axis.member[b];
                     });
}

// Of a key, what comes before the rest of its members.
constexpr size_t kPeriodOfReporter = 4;

// In the order of keys in a chunk: the leading member, reporter and period come
// first.
std::vector<std::string> KeyOf(const Observations& chunk, size_t row) {
  std::vector<std::string> key;
  for (const Observations::AxisColumn& axis : chunk.axes) {
    key.push_back(chunk.strings[axis.member[row]]);
  }
  const auto lead =
      std::find_if(
          chunk.slice.axes.begin(), chunk.slice.axes.end(),
          [](const store::Axis& axis) { return axis.dimension == "offence"; }) -
      chunk.slice.axes.begin();
  const auto first =
      key.begin() + (lead == std::ssize(chunk.slice.axes) ? 0 : lead);
  if (!key.empty()) std::rotate(key.begin(), first, first + 1);
  key.insert(key.begin() + (key.empty() ? 0 : 1),
             {chunk.strings[chunk.reporter.member[row]],
              vocabulary::FormatDay(chunk.period_begin[row]),
              vocabulary::FormatDay(chunk.period_end[row])});
  return key;
}

}  // namespace

FamilyKey FamilyOf(const std::string& source, const Slice& slice) {
  FamilyKey key{source, slice.measure, slice.universe, {}};
  for (const store::Axis& axis : slice.axes) {
    key.dimensions.push_back(axis.dimension);
  }
  return key;
}

void OutlineBuilder::Add(const Observations& chunk, uint32_t number,
                         uint32_t first_row) {
  Outline::OfChunk& of_chunk = outline_.chunks.emplace_back();
  of_chunk.chunk = number;
  of_chunk.axes.resize(chunk.axes.size());
  std::vector<const Dimension*> axes;
  std::vector<ColumnMapper> mappers;
  std::vector<CodesOfColumn> codes;
  for (size_t axis = 0; axis < chunk.axes.size(); ++axis) {
    axes.push_back(vocabulary_.FindDimension(chunk.slice.axes[axis].dimension));
    mappers.emplace_back(chunk, chunk.axes[axis], *axes.back(), source_);
    codes.emplace_back(chunk, chunk.axes[axis], *axes.back());
  }
  ColumnMapper reporters(chunk, chunk.reporter, vocabulary_.reporters(),
                         source_);
  CodesOfColumn reporter_codes(chunk, chunk.reporter, vocabulary_.reporters());

  Slice slice = chunk.slice;
  Outline::OfSlice* of_slice = nullptr;
  std::vector<MemberId> members(axes.size(), kUnmapped);
  std::vector<size_t> levels(axes.size(), 0);
  std::vector<MemberId> noted(axes.size(), kUnmapped);
  MemberId reporter = kUnmapped;
  vocabulary::DayInterval printed;
  vocabulary::PeriodKind printed_kind = vocabulary::PeriodKind::kUnspecified;
  for (uint32_t row = 0; row < chunk.row_count(); ++row) {
    bool same = of_slice != nullptr;
    for (size_t axis = 0; axis < axes.size(); ++axis) {
      codes[axis].Note(row, of_chunk.axes[axis]);
      const MemberId member = mappers[axis].At(row);
      members[axis] = member;
      // One more than there are for a member that nobody knows.
      const size_t level =
          member == kUnmapped
              ? axes[axis]->levels().size()
              : static_cast<size_t>(axes[axis]->member(member).level);
      if (row > 0 && level == levels[axis]) continue;
      levels[axis] = level;
      same = false;
      slice.axes[axis].level =
          LevelOf(*axes[axis], member, chunk.slice.axes[axis].level);
    }
    reporter_codes.Note(row, of_chunk.reporters);
    const MemberId of_row = reporters.At(row);
    const vocabulary::DayInterval days{chunk.period_begin[row],
                                       chunk.period_end[row]};
    if (!same) {
      const auto [at, added] = outline_.slices.try_emplace(slice);
      of_slice = &at->second;
      if (added) {
        of_slice->members.resize(axes.size());
        of_slice->first_stored = first_row + row;
        of_slice->scale = chunk.scale;
        of_slice->stored = chunk.slice;
      }
      of_slice->adds_up = of_slice->adds_up && of_slice->scale == chunk.scale &&
                          of_slice->stored == chunk.slice;
      of_slice->scale = std::max(of_slice->scale, chunk.scale);
    }
    of_slice->adds_up =
        of_slice->adds_up && (row == 0 || !SameKey(chunk, row - 1, row));
    of_slice->most =
        std::max({of_slice->most, Absolute(chunk.value[row]),
                  Absolute(chunk.lower[row]), Absolute(chunk.upper[row])});
    for (size_t axis = 0; axis < axes.size(); ++axis) {
      if (same && noted[axis] == members[axis]) continue;
      of_slice->members[axis].insert(members[axis]);
      noted[axis] = members[axis];
    }
    if (!same || of_row != reporter) of_slice->reporters.insert(of_row);
    const vocabulary::PeriodKind kind = chunk.period_kind[row];
    if (!same || days != printed || kind != printed_kind) {
      of_slice->printed.insert(days);
      const auto [at, added] = of_slice->kinds.emplace(days, kind);
      of_slice->adds_up = of_slice->adds_up && at->second == kind &&
                          kind != vocabulary::PeriodKind::kDay;
    }
    printed_kind = kind;
    reporter = of_row;
    printed = days;
    ++of_slice->rows;
    of_slice->counted = of_slice->counted && chunk.records[row] > 0;
  }
  NoteKeys(chunk);
}

void OutlineBuilder::NoteKeys(const Observations& chunk) {
  const auto is_together = [](const std::vector<std::string>& a,
                              const std::vector<std::string>& b) {
    const auto end = static_cast<std::ptrdiff_t>(
        std::min<size_t>(a.size(), kPeriodOfReporter));
    return std::equal(a.begin(), a.begin() + end, b.begin());
  };
  Keys& last = last_keys_[chunk.slice];
  for (size_t row = 0; !last.empty() && row < chunk.row_count(); ++row) {
    const std::vector<std::string> key = KeyOf(chunk, row);
    if (!is_together(*last.begin(), key)) {
      if (key < *last.begin()) repeating_.insert(chunk.slice);
      break;
    }
    if (last.contains(key)) repeating_.insert(chunk.slice);
  }
  const std::vector<std::string> end = KeyOf(chunk, chunk.row_count() - 1);
  if (last.empty() || !is_together(*last.begin(), end)) last.clear();
  for (size_t row = chunk.row_count(); row > 0; --row) {
    std::vector<std::string> key = KeyOf(chunk, row - 1);
    if (!is_together(key, end)) break;
    last.insert(std::move(key));
  }
}

Outline OutlineBuilder::Take() && {
  for (auto& [slice, of] : outline_.slices) {
    if (repeating_.contains(of.stored)) of.adds_up = false;
  }
  return std::move(outline_);
}

}  // namespace collate::query
