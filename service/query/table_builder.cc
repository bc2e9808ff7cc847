#include "service/query/table_builder.h"

#include <algorithm>
#include <numeric>
#include <optional>
#include <tuple>

#include "absl/container/flat_hash_map.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/string_view.h"
#include "service/base/error.h"
#include "service/vocabulary/state.h"

namespace collate::query {
namespace {

using store::Observations;
using store::Release;
using store::Slice;
using vocabulary::DayInterval;
using vocabulary::Dimension;
using vocabulary::kUnmapped;
using vocabulary::MemberId;
using vocabulary::State;
using vocabulary::Vocabulary;

absl::Status Corrupt(const Release& release, absl::string_view kind,
                     absl::string_view code) {
  return base::Error(
             absl::StatusCode::kFailedPrecondition, "CORRUPT_RELEASE",
             absl::StrCat("release ", release.name, " has ", kind, " '", code,
                          "', which the vocabulary does not know"))
      .With("release", release.name)
      .With("kind", kind)
      .With("value", code);
}

// Gives the rows of one column their members: by code, and where the code
// was or has become unknown, by the label as printed.
class ColumnMapper {
 public:
  ColumnMapper(const Observations& chunk,
               const Observations::AxisColumn& column,
               const Dimension& dimension, absl::string_view source)
      : chunk_(chunk),
        column_(column),
        dimension_(dimension),
        source_(source),
        by_code_(chunk.strings.size()) {}

  MemberId At(size_t row) {
    const uint32_t code = column_.member[row];
    std::optional<MemberId>& known = by_code_[code];
    if (!known.has_value()) {
      known = code == 0
                  ? kUnmapped
                  : dimension_.Find(chunk_.strings[code]).value_or(kUnmapped);
    }
    if (*known != kUnmapped) return *known;
    return dimension_
        .Resolve(chunk_.strings[column_.label[row]], source_,
                 chunk_.period_begin[row])
        .value_or(kUnmapped);
  }

 private:
  const Observations& chunk_;
  const Observations::AxisColumn& column_;
  const Dimension& dimension_;
  const absl::string_view source_;
  std::vector<std::optional<MemberId>> by_code_;
};

// The level of a member, with the suffix that marks parts of other rows.
std::string LevelOf(const Dimension& dimension, MemberId member,
                    absl::string_view stored) {
  if (member == kUnmapped) return "";
  std::string level = dimension.levels()[dimension.member(member).level].code;
  const size_t colon = stored.find(':');
  if (colon != absl::string_view::npos) {
    absl::StrAppend(&level, stored.substr(colon));
  }
  return level;
}

Slice WithoutDeclaration(Slice slice) {
  slice.partition = store::Partition::kIncomplete;
  slice.aggregation = store::Aggregation::kSum;
  slice.floor = store::Floor::kZero;
  return slice;
}

}  // namespace

absl::Status TableBuilder::CheckWords(const LoadedRelease& loaded,
                                      const Vocabulary& vocabulary) {
  const Release& release = loaded.release;
  for (const Observations& chunk : *loaded.observations) {
    if (vocabulary.FindMeasure(chunk.slice.measure) == nullptr) {
      return Corrupt(release, "measure", chunk.slice.measure);
    }
    for (const store::Axis& axis : chunk.slice.axes) {
      if (vocabulary.FindDimension(axis.dimension) == nullptr) {
        return Corrupt(release, "dimension", axis.dimension);
      }
    }
    ColumnMapper reporters(chunk, chunk.reporter, vocabulary.reporters(),
                           release.source);
    for (size_t row = 0; row < chunk.row_count(); ++row) {
      if (reporters.At(row) == kUnmapped) {
        return Corrupt(release, "reporter",
                       chunk.strings[chunk.reporter.label[row]]);
      }
    }
  }
  return absl::OkStatus();
}

void TableBuilder::Build(std::vector<SliceTable>* tables) {
  for (uint32_t r = 0; r < releases_.size(); ++r) {
    for (uint32_t c = 0; c < releases_[r]->observations->size(); ++c) {
      AddChunk(r, c);
    }
  }
  AddClaims();
  for (auto& [key, group] : groups_) Emit(key, group, tables);
}

void TableBuilder::AddChunk(uint32_t release, uint32_t chunk_index) {
  const Release& meta = releases_[release]->release;
  const Observations& chunk = (*releases_[release]->observations)[chunk_index];
  std::vector<const Dimension*> axes;
  std::vector<ColumnMapper> mappers;
  for (size_t axis = 0; axis < chunk.slice.axes.size(); ++axis) {
    axes.push_back(vocabulary_.FindDimension(chunk.slice.axes[axis].dimension));
    mappers.emplace_back(chunk, chunk.axes[axis], *axes.back(), meta.source);
  }
  ColumnMapper reporters(chunk, chunk.reporter, vocabulary_.reporters(),
                         meta.source);

  // Rows of one chunk nearly always stay in one group.
  Group* group = nullptr;
  uint32_t declared = 0;
  Slice slice = chunk.slice;
  std::vector<MemberId> members(axes.size());
  std::vector<MemberId> before(axes.size());
  for (uint32_t row = 0; row < chunk.row_count(); ++row) {
    const MemberId reporter = reporters.At(row);
    bool same = group != nullptr;
    std::swap(before, members);
    for (size_t axis = 0; axis < axes.size(); ++axis) {
      members[axis] = mappers[axis].At(row);
      if (row > 0 && members[axis] == before[axis]) continue;
      std::string level =
          LevelOf(*axes[axis], members[axis], chunk.slice.axes[axis].level);
      if (level != slice.axes[axis].level) {
        slice.axes[axis].level = std::move(level);
        same = false;
      }
    }
    if (!same) {
      group = &groups_[{meta.source, WithoutDeclaration(slice)}];
      group->axes = axes;
      for (const store::Axis& axis : slice.axes) {
        group->unmapped |= axis.level.empty();
      }
      const auto at =
          std::find(group->declared.begin(), group->declared.end(), slice);
      declared = static_cast<uint32_t>(at - group->declared.begin());
      if (at == group->declared.end()) group->declared.push_back(slice);
    }
    group->rows.push_back({{release, chunk_index, row},
                           reporter,
                           {chunk.period_begin[row], chunk.period_end[row]},
                           declared});
    group->members.insert(group->members.end(), members.begin(), members.end());
  }
}

void TableBuilder::AddClaims() {
  const Dimension& reporters = vocabulary_.reporters();
  for (uint32_t r = 0; r < releases_.size(); ++r) {
    if (!releases_[r]->problem.ok()) continue;
    const Release& release = releases_[r]->release;
    for (const store::Extent& extent : release.extents) {
      const auto found =
          groups_.find({release.source, WithoutDeclaration(extent.slice)});
      if (found == groups_.end()) continue;
      Group& group = found->second;
      Claim claim;
      claim.release = r;
      for (const std::string& code : extent.reporters) {
        if (auto id = reporters.Find(code)) claim.reporters.push_back(*id);
      }
      std::sort(claim.reporters.begin(), claim.reporters.end());
      // Rows came release by release.
      const auto first = std::partition_point(
          group.rows.begin(), group.rows.end(),
          [r](const Pending& row) { return row.ref.release < r; });
      for (const DayInterval& period : extent.periods) {
        claim.period = period;
        claim.printed_to = period.begin;
        for (auto row = first; row != group.rows.end() && row->ref.release == r;
             ++row) {
          if (!period.Contains(row->period)) continue;
          claim.printed_to = std::max(claim.printed_to, row->period.end);
        }
        group.claims.push_back(claim);
      }
    }
  }
}

void TableBuilder::Emit(const GroupKey& key, Group& group,
                        std::vector<SliceTable>* tables) {
  const size_t width = group.axes.size();
  auto compare = [&](uint32_t a, uint32_t b) {
    for (size_t axis = 0; axis < width; ++axis) {
      const MemberId x = group.members[a * width + axis];
      const MemberId y = group.members[b * width + axis];
      if (x != y) return x < y ? -1 : 1;
    }
    const Pending& x = group.rows[a];
    const Pending& y = group.rows[b];
    if (x.reporter != y.reporter) return x.reporter < y.reporter ? -1 : 1;
    if (x.period != y.period) return x.period < y.period ? -1 : 1;
    return 0;
  };
  std::vector<uint32_t> order(group.rows.size());
  std::iota(order.begin(), order.end(), 0);
  std::sort(order.begin(), order.end(), [&](uint32_t a, uint32_t b) {
    const int by_key = compare(a, b);
    if (by_key != 0) return by_key < 0;
    const RowRef& x = group.rows[a].ref;
    const RowRef& y = group.rows[b].ref;
    return std::tie(x.release, x.chunk, x.row) <
           std::tie(y.release, y.chunk, y.row);
  });
  std::vector<SliceTable> emitted(group.declared.size());
  for (size_t i = 0; i < emitted.size(); ++i) {
    emitted[i].source = key.first;
    emitted[i].slice = group.declared[i];
    emitted[i].axes = group.axes;
    emitted[i].unmapped = group.unmapped;
    emitted[i].counted = true;
    emitted[i].split = emitted.size() > 1;
    emitted[i].members.resize(width);
    emitted[i].claims = group.claims;
  }
  // Where labels are unknown, keys are, too: nothing supersedes anything.
  for (size_t begin = 0; begin < order.size();) {
    size_t end = begin + 1;
    while (!group.unmapped && end < order.size() &&
           compare(order[begin], order[end]) == 0) {
      ++end;
    }
    EmitKey(group, order, begin, end, emitted);
    begin = end;
  }
  for (SliceTable& table : emitted) tables->push_back(std::move(table));
}

void TableBuilder::EmitKey(Group& group, const std::vector<uint32_t>& order,
                           size_t begin, size_t end,
                           std::vector<SliceTable>& tables) {
  const Pending& key = group.rows[order[begin]];
  // Releases that stand and print the key, earliest first, and the last row of
  // each; and the last row of each withdrawn one before the first of them.
  std::vector<uint32_t> printing;
  std::vector<uint32_t> last_row;
  std::vector<uint32_t> withdrawn_row;
  for (size_t i = begin; i < end; ++i) {
    const uint32_t release = group.rows[order[i]].ref.release;
    if (Withdrawn(release)) {
      if (!printing.empty()) continue;
      if (withdrawn_row.empty() ||
          group.rows[withdrawn_row.back()].ref.release != release) {
        withdrawn_row.push_back(order[i]);
      }
      withdrawn_row.back() = order[i];
      continue;
    }
    if (printing.empty() || printing.back() != release) {
      printing.push_back(release);
      last_row.push_back(order[i]);
    }
    last_row.back() = order[i];
  }
  // Those that claim its period, whether they print it or leave it out.
  const std::vector<uint32_t>& claiming = Claiming(group, key);
  const auto after = [](const std::vector<uint32_t>& releases, uint32_t one) {
    const auto next = std::upper_bound(releases.begin(), releases.end(), one);
    return next == releases.end() ? std::nullopt : std::optional(*next);
  };
  const auto known_from = [this](std::optional<uint32_t> release) {
    return release.has_value() ? KnownFrom(releases_[*release]->release)
                               : kStillKnown;
  };
  for (size_t i = begin; i < end; ++i) {
    const Pending& row = group.rows[order[i]];
    const uint32_t release = row.ref.release;
    const KnownTime from = known_from(release);
    std::optional<uint32_t> next = after(printing, release);
    const std::optional<uint32_t> claim = after(claiming, release);
    if (claim.has_value() && (!next.has_value() || *claim < *next)) {
      next = claim;
    }
    AddRow(group, order[i], from, Withdrawn(release) ? from : known_from(next),
           tables[row.declared]);
  }
  // From a withdrawn edition to the next one of any kind.
  const KnownTime first_printed =
      known_from(printing.empty() ? std::nullopt : std::optional(printing[0]));
  for (size_t i = 0; i < withdrawn_row.size(); ++i) {
    const Pending& row = group.rows[withdrawn_row[i]];
    const KnownTime until =
        i + 1 < withdrawn_row.size()
            ? known_from(group.rows[withdrawn_row[i + 1]].ref.release)
            : first_printed;
    AddDerived(group, withdrawn_row[i], State::kWithdrawn,
               known_from(row.ref.release), until, tables[row.declared]);
  }
  // From an edition that left it out to the next that prints it.
  for (size_t i = 0; i < printing.size(); ++i) {
    const std::optional<uint32_t> next = after(printing, printing[i]);
    const std::optional<uint32_t> claim = after(claiming, printing[i]);
    if (!claim.has_value() || (next.has_value() && *next <= *claim)) continue;
    AddDerived(group, last_row[i], State::kDroppedInEdition, known_from(claim),
               known_from(next), tables[group.rows[last_row[i]].declared]);
  }
}

const std::vector<uint32_t>& TableBuilder::Claiming(Group& group,
                                                    const Pending& key) {
  static const auto* const nobody = new std::vector<uint32_t>();
  if (group.unmapped) return *nobody;
  const auto [at, added] = group.claiming.try_emplace(
      {key.reporter, key.period.begin, key.period.end});
  if (added) {
    for (const Claim& claim : group.claims) {
      if (!Withdrawn(claim.release) && claim.Covers(key.reporter, key.period) &&
          (at->second.empty() || at->second.back() != claim.release)) {
        at->second.push_back(claim.release);
      }
    }
  }
  return at->second;
}

bool TableBuilder::Withdrawn(uint32_t release) const {
  return releases_[release]->release.state == store::ReleaseState::kWithdrawn;
}

const Observations& TableBuilder::ChunkOf(const RowRef& ref) const {
  return (*releases_[ref.release]->observations)[ref.chunk];
}

void TableBuilder::AddKeyColumns(const Group& group, uint32_t row,
                                 SliceTable& table) {
  const size_t width = group.axes.size();
  for (size_t axis = 0; axis < width; ++axis) {
    table.members[axis].push_back(group.members[row * width + axis]);
  }
  const Pending& pending = group.rows[row];
  table.reporter.push_back(pending.reporter);
  table.period.push_back(pending.period);
  table.period_kind.push_back(
      ChunkOf(pending.ref).period_kind[pending.ref.row]);
  table.ref.push_back(pending.ref);
}

void TableBuilder::AddRow(const Group& group, uint32_t row, KnownTime from,
                          KnownTime until, SliceTable& table) {
  AddKeyColumns(group, row, table);
  const RowRef& ref = group.rows[row].ref;
  const Observations& chunk = ChunkOf(ref);
  table.derived.push_back(false);
  table.counted = table.counted && chunk.records[ref.row] > 0;
  table.state.push_back(chunk.state[ref.row]);
  table.flags.push_back(chunk.flags[ref.row]);
  table.has.push_back(chunk.has[ref.row]);
  table.scale.push_back(static_cast<int8_t>(chunk.scale));
  table.max_scale = std::max(table.max_scale, chunk.scale);
  table.value.push_back(chunk.value[ref.row]);
  table.lower.push_back(chunk.lower[ref.row]);
  table.upper.push_back(chunk.upper[ref.row]);
  table.known_from.push_back(from);
  table.known_until.push_back(until);
}

void TableBuilder::AddDerived(const Group& group, uint32_t row, State state,
                              KnownTime from, KnownTime until,
                              SliceTable& table) {
  AddKeyColumns(group, row, table);
  table.derived.push_back(true);
  table.state.push_back(state);
  table.flags.push_back(0);
  table.has.push_back(0);
  table.scale.push_back(0);
  table.value.push_back(0);
  table.lower.push_back(0);
  table.upper.push_back(0);
  table.known_from.push_back(from);
  table.known_until.push_back(until);
}

}  // namespace collate::query
