#include "service/store/clickhouse_index.h"

#include <map>
#include <tuple>
#include <utility>

#include "absl/container/flat_hash_map.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/str_join.h"
#include "service/base/status_macros.h"
#include "service/store/clickhouse_client.h"
#include "service/store/slice_codec.h"
#include "service/store/wire.h"

namespace collate::store {
namespace {

using Codes = ObservationIndex::Codes;
using Rows = ObservationIndex::Found::Rows;

void AppendQuoted(std::string* out, const std::string& text) {
  absl::StrAppend(out, Quoted(text));
}

std::string IsOneOf(absl::string_view column,
                    const std::vector<std::string>& codes) {
  if (codes.empty()) return "0";
  return absl::StrCat(column, " IN (", absl::StrJoin(codes, ", ", AppendQuoted),
                      ")");
}

std::string AxisColumn(size_t axis) {
  return absl::StrCat("member[", axis + 1, "]");
}

bool HasLoose(const ObservationIndex::Wanted& wanted) {
  bool any = !wanted.reporter.loose.empty();
  for (const Codes& axis : wanted.axes) any = any || !axis.loose.empty();
  return any;
}

std::string Condition(const ObservationIndex::Wanted& wanted) {
  std::vector<std::string> all;
  std::vector<std::string> loose;
  const auto add = [&](const Codes& codes, absl::string_view column) {
    if (codes.wanted.has_value()) {
      all.push_back(IsOneOf(column, *codes.wanted));
    }
    if (!codes.loose.empty()) loose.push_back(IsOneOf(column, codes.loose));
  };
  for (size_t axis = 0; axis < wanted.axes.size(); ++axis) {
    add(wanted.axes[axis], AxisColumn(axis));
  }
  add(wanted.reporter, "reporter");
  if (all.empty()) return "1";
  const std::string every = absl::StrJoin(all, " AND ");
  if (loose.empty()) return every;
  return absl::StrCat("(", every, ") OR ", absl::StrJoin(loose, " OR "));
}

// Of the columns of the primary key.
std::string IsOfChunks(const ShardPart& part) {
  std::vector<std::string> keys;
  for (const ShardPart::Chunk& chunk : part.chunks) {
    keys.push_back(absl::StrCat("(", ReleaseNumber(chunk.release), ", ",
                                chunk.number, ", ", chunk.place.batch, ")"));
  }
  return absl::StrCat("slice = ", SliceNumber(part.chunks[0].place.slice),
                      " AND (release, chunk, batch) IN (",
                      absl::StrJoin(keys, ", "), ")");
}

std::string Union(const std::vector<std::string>& statements) {
  return absl::StrJoin(statements, " UNION ALL ");
}

// Chunks by what rows say of theirs.
using Key = std::pair<uint64_t, uint32_t>;  // release, chunk
absl::flat_hash_map<Key, std::pair<size_t, size_t>> PlacesOf(
    const std::vector<ShardPart>& parts) {
  absl::flat_hash_map<Key, std::pair<size_t, size_t>> places;
  for (size_t p = 0; p < parts.size(); ++p) {
    for (size_t c = 0; c < parts[p].chunks.size(); ++c) {
      const ShardPart::Chunk& chunk = parts[p].chunks[c];
      places[{ReleaseNumber(chunk.release), chunk.number}] = {p, c};
    }
  }
  return places;
}

// Gives texts numbers as they come.
class Strings {
 public:
  explicit Strings(std::vector<std::string>* strings) : strings_(*strings) {
    numbers_[""] = 0;
  }
  // `text` must outlive it.
  uint32_t Of(absl::string_view text) {
    const auto [at, added] =
        numbers_.try_emplace(text, static_cast<uint32_t>(strings_.size()));
    if (added) strings_.emplace_back(text);
    return at->second;
  }

 private:
  std::vector<std::string>& strings_;
  absl::flat_hash_map<absl::string_view, uint32_t> numbers_;
};

// Rows of one release and part on their way into columns.
struct Group {
  Rows rows;
  Strings strings{&rows.observations.strings};
};

void ReadCodes(Reader& reader, Strings& strings, size_t axes, bool labels,
               Observations& o) {
  const uint64_t count = reader.Varint("number of axes");
  if (count != (labels ? axes : 0) && reader.ok()) {
    reader.Fail(absl::StrCat(count, " labels, expected ", labels ? axes : 0));
    return;
  }
  for (size_t axis = 0; axis < axes; ++axis) {
    o.axes[axis].label.push_back(labels ? strings.Of(reader.String("label"))
                                        : 0);
  }
}

// What follows release, chunk and row.
void ReadRow(Reader& reader, Group& group, bool labels) {
  Observations& o = group.rows.observations;
  Strings& strings = group.strings;
  o.reporter.member.push_back(strings.Of(reader.String("reporter")));
  o.reporter.label.push_back(strings.Of(reader.String("reporter_label")));
  o.period_begin.push_back(
      static_cast<vocabulary::Day>(reader.U32("period_begin")));
  o.period_end.push_back(
      static_cast<vocabulary::Day>(reader.U32("period_end")));
  const uint8_t kind = reader.U8("period_kind");
  const uint8_t state = reader.U8("state");
  o.period_kind.push_back(static_cast<vocabulary::PeriodKind>(kind));
  o.state.push_back(static_cast<vocabulary::State>(state));
  o.flags.push_back(reader.U32("flags"));
  const uint8_t has = reader.U8("has");
  o.has.push_back(has);
  // Of rows that are sought there is no checksum.
  constexpr int kKinds = static_cast<int>(vocabulary::PeriodKind::kDay) + 1;
  if (reader.ok() && (kind >= kKinds || state == 0 ||
                      state >= vocabulary::kPublishedStateCount || has > 7)) {
    reader.Fail(absl::StrCat("period_kind ", kind, ", state ", state, ", has ",
                             has, ": out of range"));
  }
  o.value.push_back(static_cast<int64_t>(reader.U64("value")));
  o.lower.push_back(static_cast<int64_t>(reader.U64("lower")));
  o.upper.push_back(static_cast<int64_t>(reader.U64("upper")));
  o.reason.push_back(strings.Of(reader.String("reason")));
  o.records.push_back(reader.U64("records"));
  const uint64_t axes = reader.Varint("number of axes");
  if (axes != o.axes.size() && reader.ok()) {
    reader.Fail(absl::StrCat(axes, " axes, expected ", o.axes.size()));
    return;
  }
  for (Observations::AxisColumn& axis : o.axes) {
    axis.member.push_back(strings.Of(reader.String("member")));
  }
  ReadCodes(reader, strings, o.axes.size(), labels, o);
}

}  // namespace

std::vector<std::vector<ShardPart>> Batches(const std::vector<ShardPart>& parts,
                                            int64_t rows) {
  std::vector<std::vector<ShardPart>> batches;
  int64_t left = 0;
  for (const ShardPart& part : parts) {
    const ShardPart* begun = nullptr;
    for (const ShardPart::Chunk& chunk : part.chunks) {
      if (batches.empty() || left < chunk.place.rows) {
        batches.emplace_back();
        left = rows;
        begun = nullptr;
      }
      if (begun == nullptr) {
        batches.back().push_back({.wanted = part.wanted, .chunks = {}});
        begun = &part;
      }
      batches.back().back().chunks.push_back(chunk);
      left -= chunk.place.rows;
    }
  }
  return batches;
}

std::string SelectFound(const std::vector<ShardPart>& parts, int64_t most) {
  std::vector<std::string> statements;
  for (const ShardPart& part : parts) {
    const bool labels = HasLoose(*part.wanted);
    statements.push_back(absl::StrCat(
        "SELECT release, chunk, row, reporter, ",
        labels ? "reporter_label" : "'' AS reporter_label",
        ", period_begin, period_end, period_kind, state, flags, has, value, "
        "lower, upper, reason, records, member, ",
        labels ? "label" : "emptyArrayString() AS label",
        " FROM observation WHERE ", IsOfChunks(part), " AND (",
        Condition(*part.wanted), ")"));
  }
  return absl::StrCat("SELECT * FROM (", Union(statements), ") LIMIT ", most,
                      " FORMAT RowBinary");
}

std::string CountFound(const std::vector<ShardPart>& parts) {
  std::vector<std::string> statements;
  for (const ShardPart& part : parts) {
    statements.push_back(
        absl::StrCat("SELECT count() AS n FROM observation "
                     "WHERE ",
                     IsOfChunks(part), " AND (", Condition(*part.wanted), ")"));
  }
  return absl::StrCat("SELECT sum(n) FROM (", Union(statements), ")");
}

std::string CountStored(const std::vector<ShardPart>& parts) {
  std::vector<std::string> statements;
  for (const ShardPart& part : parts) {
    statements.push_back(absl::StrCat(
        "SELECT release, chunk, count() AS n FROM observation WHERE ",
        IsOfChunks(part), " GROUP BY release, chunk"));
  }
  return absl::StrCat("SELECT release, chunk, n FROM (", Union(statements),
                      ") FORMAT RowBinary");
}

absl::StatusOr<std::vector<Rows>> ReadFound(
    absl::string_view answer, const std::vector<ShardPart>& parts) {
  const auto places = PlacesOf(parts);
  std::map<std::tuple<size_t, absl::string_view, int32_t>, Group> groups;
  std::vector<bool> labels;
  for (const ShardPart& part : parts) labels.push_back(HasLoose(*part.wanted));
  Reader reader(answer, "observations");
  Key last;
  Group* group = nullptr;
  std::pair<size_t, size_t> place;
  while (reader.remaining() > 0 && reader.ok()) {
    const uint64_t release = reader.U64("release");
    const uint32_t number = reader.U32("chunk");
    if (group == nullptr || last != Key(release, number)) {
      last = {release, number};
      const auto found = places.find(last);
      if (found == places.end()) {
        reader.Fail("a row is of a chunk that was not asked for");
        break;
      }
      place = found->second;
      const ShardPart::Chunk& chunk = parts[place.first].chunks[place.second];
      group = &groups[{place.first, chunk.release, chunk.place.scale}];
      Rows& rows = group->rows;
      if (rows.release.empty()) {
        rows.release = chunk.release;
        Reader slice(chunk.place.slice, "slice");
        rows.observations.slice = ReadSlice(slice);
        COLLATE_RETURN_IF_ERROR(slice.status());
        rows.observations.scale = chunk.place.scale;
        rows.observations.axes.resize(rows.observations.slice.axes.size());
      }
    }
    const uint32_t row = reader.U32("row");
    if (row >= parts[place.first].chunks[place.second].place.rows) {
      reader.Fail(absl::StrCat("row ", row, " is not one of its chunk"));
      break;
    }
    group->rows.chunk.push_back(number);
    group->rows.row.push_back(row);
    ReadRow(reader, *group, labels[place.first]);
  }
  COLLATE_RETURN_IF_ERROR(reader.status());
  std::vector<Rows> all;
  for (auto& [key, one] : groups) all.push_back(std::move(one.rows));
  return all;
}

absl::Status CheckStored(absl::string_view answer,
                         const std::vector<ShardPart>& parts) {
  absl::flat_hash_map<Key, uint64_t> counts;
  Reader reader(answer, "numbers of observations");
  while (reader.remaining() > 0 && reader.ok()) {
    const uint64_t release = reader.U64("release");
    const uint32_t chunk = reader.U32("chunk");
    counts[{release, chunk}] += reader.U64("n");
  }
  COLLATE_RETURN_IF_ERROR(reader.status());
  for (const ShardPart& part : parts) {
    for (const ShardPart::Chunk& chunk : part.chunks) {
      const auto found =
          counts.find(Key(ReleaseNumber(chunk.release), chunk.number));
      const uint64_t count = found == counts.end() ? 0 : found->second;
      if (count == chunk.place.rows) continue;
      return CorruptStore(absl::StrCat("release ", chunk.release, ", chunk ",
                                       chunk.number, ": ", count,
                                       " rows, expected ", chunk.place.rows));
    }
  }
  return absl::OkStatus();
}

}  // namespace collate::store
