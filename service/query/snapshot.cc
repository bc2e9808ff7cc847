#include "service/query/snapshot.h"

#include <algorithm>
#include <map>
#include <numeric>
#include <utility>

#include "absl/container/flat_hash_map.h"
#include "absl/strings/match.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/str_replace.h"
#include "absl/time/time.h"
#include "service/base/digest.h"
#include "service/base/error.h"
#include "service/base/status_macros.h"
#include "service/vocabulary/state.h"

namespace collate::query {
namespace {

using store::Observations;
using store::Release;
using store::ReleaseState;
using store::Slice;
using vocabulary::DayInterval;
using vocabulary::Dimension;
using vocabulary::kUnmapped;
using vocabulary::MemberId;
using vocabulary::State;
using vocabulary::Vocabulary;

KnownTime KnownFrom(const Release& release) {
  return absl::ToUnixMicros(release.publish_time.value_or(release.load_time));
}

// The member of every string that one column uses, looked up once.
std::vector<MemberId> MapColumn(const Observations& chunk,
                                const std::vector<uint32_t>& column,
                                const Dimension& dimension) {
  std::vector<MemberId> of_string(chunk.strings.size(), kUnmapped);
  std::vector<bool> seen(chunk.strings.size(), false);
  std::vector<MemberId> result;
  result.reserve(column.size());
  for (uint32_t index : column) {
    if (!seen[index]) {
      seen[index] = true;
      if (index != 0) {
        of_string[index] =
            dimension.Find(chunk.strings[index]).value_or(kUnmapped);
      }
    }
    result.push_back(of_string[index]);
  }
  return result;
}

// One stored row on its way into a table.
struct Pending {
  RowRef ref;
  MemberId reporter;
  DayInterval period;
};

// Collects the rows of one slice of one source and decides, key by key,
// which release is the source's current statement.
class TableBuilder {
 public:
  TableBuilder(const std::vector<std::shared_ptr<const LoadedRelease>>& all,
               SliceTable* table)
      : releases_(all), table_(*table) {}

  void AddChunk(uint32_t release, uint32_t chunk_index,
                const Dimension& reporters) {
    const Observations& chunk =
        (*releases_[release]->observations)[chunk_index];
    const std::vector<MemberId> reporter =
        MapColumn(chunk, chunk.reporter.member, reporters);
    std::vector<std::vector<MemberId>> members;
    for (size_t axis = 0; axis < table_.axes.size(); ++axis) {
      members.push_back(
          MapColumn(chunk, chunk.axes[axis].member, *table_.axes[axis]));
    }
    for (uint32_t row = 0; row < chunk.row_count(); ++row) {
      rows_.push_back({{release, chunk_index, row},
                       reporter[row],
                       {chunk.period_begin[row], chunk.period_end[row]}});
      for (const auto& column : members) members_.push_back(column[row]);
    }
  }

  void AddClaim(uint32_t release, const store::Extent& extent,
                const Dimension& reporters) {
    Claim claim;
    claim.release = release;
    for (const std::string& code : extent.reporters) {
      if (auto id = reporters.Find(code)) claim.reporters.push_back(*id);
    }
    std::sort(claim.reporters.begin(), claim.reporters.end());
    for (const DayInterval& period : extent.periods) {
      claim.period = period;
      claim.printed_to = period.begin;
      for (const Pending& row : rows_) {
        if (!period.Contains(row.period)) continue;
        claim.printed_to = std::max(claim.printed_to, row.period.end);
      }
      table_.claims.push_back(claim);
    }
  }

  void Build() {
    std::vector<uint32_t> order(rows_.size());
    std::iota(order.begin(), order.end(), 0);
    std::sort(order.begin(), order.end(), [this](uint32_t a, uint32_t b) {
      const int key = CompareKeys(a, b);
      if (key != 0) return key < 0;
      const RowRef& x = rows_[a].ref;
      const RowRef& y = rows_[b].ref;
      return std::tie(x.release, x.chunk, x.row) <
             std::tie(y.release, y.chunk, y.row);
    });
    table_.members.resize(table_.axes.size());
    for (size_t begin = 0; begin < order.size();) {
      size_t end = begin + 1;
      while (end < order.size() && CompareKeys(order[begin], order[end]) == 0) {
        ++end;
      }
      AddKey(order, begin, end);
      begin = end;
    }
  }

 private:
  int CompareKeys(uint32_t a, uint32_t b) const {
    const size_t width = table_.axes.size();
    for (size_t axis = 0; axis < width; ++axis) {
      const MemberId x = members_[a * width + axis];
      const MemberId y = members_[b * width + axis];
      if (x != y) return x < y ? -1 : 1;
    }
    if (rows_[a].reporter != rows_[b].reporter) {
      return rows_[a].reporter < rows_[b].reporter ? -1 : 1;
    }
    if (rows_[a].period != rows_[b].period) {
      return rows_[a].period < rows_[b].period ? -1 : 1;
    }
    return 0;
  }

  bool Withdrawn(uint32_t release) const {
    return releases_[release]->release.state == ReleaseState::kWithdrawn;
  }

  // Rows [begin, end) of `order` have one key, earliest release first.
  void AddKey(const std::vector<uint32_t>& order, size_t begin, size_t end) {
    // The release after each one that still stands and prints the key.
    std::optional<uint32_t> current;
    for (size_t i = begin; i < end; ++i) {
      const uint32_t release = rows_[order[i]].ref.release;
      if (!Withdrawn(release)) current = release;
    }
    std::optional<uint32_t> dropped_by;
    if (current.has_value()) {
      const Pending& key = rows_[order[begin]];
      for (const Claim& claim : table_.claims) {
        if (claim.release > *current && !Withdrawn(claim.release) &&
            claim.Covers(key.reporter, key.period)) {
          dropped_by = claim.release;
          break;
        }
      }
    }
    for (size_t i = begin; i < end; ++i) {
      const uint32_t release = rows_[order[i]].ref.release;
      const KnownTime from = KnownFrom(releases_[release]->release);
      KnownTime until = kStillKnown;
      if (Withdrawn(release)) {
        until = from;
      } else if (release != *current) {
        until = KnownFrom(releases_[NextStanding(order, i, end)]->release);
      } else if (dropped_by.has_value()) {
        until = KnownFrom(releases_[*dropped_by]->release);
      }
      AddRow(order[i], from, until);
    }
    const uint32_t last = order[end - 1];
    if (!current.has_value()) {
      AddDerived(last, State::kWithdrawn, rows_[last].ref.release);
    } else if (dropped_by.has_value()) {
      AddDerived(LastOf(order, begin, end, *current), State::kDroppedInEdition,
                 *dropped_by);
    }
  }

  // The next release within the key that was not withdrawn.
  uint32_t NextStanding(const std::vector<uint32_t>& order, size_t at,
                        size_t end) const {
    const uint32_t release = rows_[order[at]].ref.release;
    for (size_t i = at; i < end; ++i) {
      const uint32_t next = rows_[order[i]].ref.release;
      if (next != release && !Withdrawn(next)) return next;
    }
    return release;
  }

  uint32_t LastOf(const std::vector<uint32_t>& order, size_t begin, size_t end,
                  uint32_t release) const {
    for (size_t i = end; i > begin; --i) {
      if (rows_[order[i - 1]].ref.release == release) return order[i - 1];
    }
    return order[begin];
  }

  void AddKeyColumns(uint32_t row) {
    const size_t width = table_.axes.size();
    for (size_t axis = 0; axis < width; ++axis) {
      table_.members[axis].push_back(members_[row * width + axis]);
    }
    const Pending& pending = rows_[row];
    const Observations& chunk = ChunkOf(pending.ref);
    table_.reporter.push_back(pending.reporter);
    table_.period.push_back(pending.period);
    table_.period_kind.push_back(chunk.period_kind[pending.ref.row]);
    table_.ref.push_back(pending.ref);
  }

  void AddRow(uint32_t row, KnownTime from, KnownTime until) {
    AddKeyColumns(row);
    const RowRef& ref = rows_[row].ref;
    const Observations& chunk = ChunkOf(ref);
    table_.state.push_back(chunk.state[ref.row]);
    table_.flags.push_back(chunk.flags[ref.row]);
    table_.has.push_back(chunk.has[ref.row]);
    table_.value.push_back(chunk.value[ref.row]);
    table_.lower.push_back(chunk.lower[ref.row]);
    table_.upper.push_back(chunk.upper[ref.row]);
    table_.known_from.push_back(from);
    table_.known_until.push_back(until);
  }

  // A key without a current number; it cites the row that had one.
  void AddDerived(uint32_t row, State state, uint32_t release) {
    AddKeyColumns(row);
    const RowRef& ref = rows_[row].ref;
    table_.state.push_back(state);
    table_.flags.push_back(ChunkOf(ref).flags[ref.row] &
                           vocabulary::kFlagSynthetic);
    table_.has.push_back(0);
    table_.value.push_back(0);
    table_.lower.push_back(0);
    table_.upper.push_back(0);
    table_.known_from.push_back(KnownFrom(releases_[release]->release));
    table_.known_until.push_back(kStillKnown);
  }

  const Observations& ChunkOf(const RowRef& ref) const {
    return (*releases_[ref.release]->observations)[ref.chunk];
  }

  const std::vector<std::shared_ptr<const LoadedRelease>>& releases_;
  SliceTable& table_;
  std::vector<Pending> rows_;
  std::vector<MemberId> members_;  // axes of row 0, axes of row 1, ...
};

absl::Status CheckChunk(const Observations& chunk, const Release& release,
                        const Vocabulary& vocabulary) {
  auto error = [&](absl::string_view kind, absl::string_view code) {
    return base::Error(
               absl::StatusCode::kFailedPrecondition, "CORRUPT_RELEASE",
               absl::StrCat("release ", release.name, " has ", kind, " '", code,
                            "', which the vocabulary does not know"))
        .With("release", release.name)
        .With("kind", kind)
        .With("value", code);
  };
  if (vocabulary.FindMeasure(chunk.slice.measure) == nullptr) {
    return error("measure", chunk.slice.measure);
  }
  for (const store::Axis& axis : chunk.slice.axes) {
    if (vocabulary.FindDimension(axis.dimension) == nullptr) {
      return error("dimension", axis.dimension);
    }
  }
  return absl::OkStatus();
}

std::vector<std::string> OrderedSources(
    const Vocabulary& vocabulary,
    const std::vector<std::shared_ptr<const LoadedRelease>>& releases) {
  std::vector<std::string> sources;
  for (const auto& loaded : releases) sources.push_back(loaded->release.source);
  std::sort(sources.begin(), sources.end());
  sources.erase(std::unique(sources.begin(), sources.end()), sources.end());
  auto preference = [&](const std::string& id) {
    const vocabulary::Source* source = vocabulary.FindSource(id);
    return source == nullptr ? vocabulary::kLowestPreference
                             : source->preference;
  };
  std::stable_sort(sources.begin(), sources.end(),
                   [&](const std::string& a, const std::string& b) {
                     return preference(a) < preference(b);
                   });
  return sources;
}

std::string Digest(
    const Vocabulary& vocabulary,
    const std::vector<std::shared_ptr<const LoadedRelease>>& releases) {
  std::string text = absl::StrCat(vocabulary.sha256(), "\n");
  for (const auto& loaded : releases) {
    absl::StrAppend(&text, loaded->release.name, " ",
                    static_cast<int>(loaded->release.state), "\n");
  }
  return base::Sha256Hex(text);
}

}  // namespace

bool Claim::Covers(MemberId reporter, const DayInterval& days) const {
  return period.Contains(days) &&
         std::binary_search(reporters.begin(), reporters.end(), reporter);
}

std::pair<size_t, size_t> SliceTable::RowsOf(MemberId member) const {
  if (members.empty()) return {0, row_count()};
  const std::vector<MemberId>& first = members[0];
  const auto range = std::equal_range(first.begin(), first.end(), member);
  return {static_cast<size_t>(range.first - first.begin()),
          static_cast<size_t>(range.second - first.begin())};
}

absl::StatusOr<std::shared_ptr<const Snapshot>> Snapshot::Build(
    std::shared_ptr<const Vocabulary> vocabulary,
    std::vector<std::shared_ptr<const LoadedRelease>> releases) {
  for (const auto& loaded : releases) {
    for (const Observations& chunk : *loaded->observations) {
      COLLATE_RETURN_IF_ERROR(CheckChunk(chunk, loaded->release, *vocabulary));
    }
  }
  std::sort(releases.begin(), releases.end(), [](const auto& a, const auto& b) {
    if (a->release.source != b->release.source) {
      return a->release.source < b->release.source;
    }
    return store::Precedes(a->release, b->release);
  });
  // Not make_shared: the constructor is private.
  std::shared_ptr<Snapshot> snapshot(new Snapshot());
  snapshot->vocabulary_ = std::move(vocabulary);
  snapshot->releases_ = std::move(releases);
  snapshot->sources_ =
      OrderedSources(*snapshot->vocabulary_, snapshot->releases_);
  snapshot->digest_ = Digest(*snapshot->vocabulary_, snapshot->releases_);
  snapshot->AddTables();
  return std::shared_ptr<const Snapshot>(std::move(snapshot));
}

void Snapshot::AddTables() {
  // Chunks by source and slice; the map keeps their order stable.
  std::map<std::pair<std::string, Slice>,
           std::vector<std::pair<uint32_t, uint32_t>>>
      chunks;
  for (uint32_t r = 0; r < releases_.size(); ++r) {
    const LoadedRelease& loaded = *releases_[r];
    for (uint32_t c = 0; c < loaded.observations->size(); ++c) {
      chunks[{loaded.release.source, (*loaded.observations)[c].slice}]
          .push_back({r, c});
    }
  }
  const Dimension& reporters = vocabulary_->reporters();
  for (const auto& [key, refs] : chunks) {
    SliceTable& table = tables_.emplace_back();
    table.source = key.first;
    table.slice = key.second;
    for (const store::Axis& axis : table.slice.axes) {
      table.axes.push_back(vocabulary_->FindDimension(axis.dimension));
      table.unmapped |= axis.level.empty();
    }
    TableBuilder builder(releases_, &table);
    for (const auto& [r, c] : refs) builder.AddChunk(r, c, reporters);
    for (uint32_t r = 0; r < releases_.size(); ++r) {
      if (releases_[r]->release.source != table.source) continue;
      for (const store::Extent& extent : releases_[r]->release.extents) {
        if (extent.slice == table.slice) builder.AddClaim(r, extent, reporters);
      }
    }
    builder.Build();
  }
}

Citation Snapshot::Cite(const RowRef& ref) const {
  const Release& release = release_of(ref);
  const Observations& chunk = chunk_of(ref);
  const store::Locator& locator = chunk.locator[ref.row];
  const store::Document& document = release.documents[locator.document];
  Citation citation;
  citation.release = release.name;
  citation.document = document.name;
  citation.document_sha256 = document.sha256;
  citation.locator = FormatLocator(locator, chunk, document.name);
  citation.raw = chunk.strings[chunk.raw[ref.row]];
  citation.reporter_text = chunk.strings[chunk.reporter.label[ref.row]];
  citation.period_text = chunk.strings[chunk.period_text[ref.row]];
  for (size_t axis = 0; axis < chunk.axes.size(); ++axis) {
    citation.labels.emplace_back(
        chunk.slice.axes[axis].dimension,
        chunk.strings[chunk.axes[axis].label[ref.row]]);
  }
  return citation;
}

namespace {

// 1 -> A, 26 -> Z, 27 -> AA.
std::string ColumnName(uint32_t column) {
  std::string name;
  for (; column > 0; column = (column - 1) / 26) {
    name.insert(name.begin(), static_cast<char>('A' + (column - 1) % 26));
  }
  return name;
}

}  // namespace

std::string FormatLocator(const store::Locator& locator,
                          const Observations& chunk,
                          absl::string_view document) {
  const std::string& part = chunk.strings[locator.part];
  const std::string& sheet = chunk.strings[locator.sheet];
  std::string file(document);
  if (!part.empty() && part != document) {
    file = absl::StartsWith(part, absl::StrCat(document, "/"))
               ? part
               : absl::StrCat(document, "/", part);
  }
  if (sheet.empty()) {
    return absl::StrCat(file, ":L", locator.line, ":C", locator.column);
  }
  std::string cell =
      absl::StrCat("'", absl::StrReplaceAll(sheet, {{"'", "''"}}), "'!",
                   ColumnName(locator.column), locator.row);
  if (locator.row_end != 0 || locator.column_end != 0) {
    absl::StrAppend(&cell, ":",
                    ColumnName(std::max(locator.column, locator.column_end)),
                    std::max(locator.row, locator.row_end));
  }
  return part.empty() ? cell : absl::StrCat(file, ":", cell);
}

}  // namespace collate::query
