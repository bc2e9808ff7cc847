#include "service/store/clickhouse_index.h"

#include <map>
#include <tuple>
#include <utility>

#include "absl/container/flat_hash_map.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/str_join.h"
#include "service/base/status_macros.h"
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
  std::vector<uint64_t> places;
  Strings strings{&rows.observations.strings};
};

void ReadLabels(Reader& reader, Strings& strings, size_t axes, bool labels,
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
  ReadLabels(reader, strings, o.axes.size(), labels, o);
}

absl::StatusOr<SharedRows> ReadRowsOf(absl::string_view answer,
                                      const std::vector<ShardPart>& parts,
                                      bool with_places) {
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
    if (with_places) group->places.push_back(reader.U64("places"));
  }
  COLLATE_RETURN_IF_ERROR(reader.status());
  SharedRows all;
  for (auto& [key, one] : groups) {
    all.rows.push_back(std::move(one.rows));
    all.places.push_back(std::move(one.places));
  }
  return all;
}

// Of one row, and of all rows of a group that has the columns that it names:
// what its key has of reporter and period.
constexpr char kNumberOfSeries[] =
    "sipHash64(concat(reporter, '\\n', toString(period_begin), '\\n', "
    "toString(period_end)))";

std::string RowColumns(bool labels) {
  return absl::StrCat(
      "release, chunk, row, reporter, ",
      labels ? "reporter_label" : "'' AS reporter_label",
      ", period_begin, period_end, period_kind, state, flags, has, value, "
      "lower, upper, reason, records, member, ",
      labels ? "label" : "emptyArrayString() AS label");
}

std::string RowsOf(const std::vector<std::string>& codes) {
  std::string rows;
  for (const std::string& code : codes) AppendString(rows, code);
  return rows;
}

// What is wanted of a part, by sets that come with the statement: too many for
// an address.
std::string WhereWith(const ShardPart& part,
                      std::vector<ClickHouseClient::Table>* tables) {
  std::string chunks;
  for (const ShardPart::Chunk& chunk : part.chunks) {
    AppendU64(chunks, ReleaseNumber(chunk.release));
    AppendU32(chunks, chunk.number);
    AppendU64(chunks, chunk.place.batch);
  }
  tables->push_back({"chunks", "release UInt64, chunk UInt32, batch UInt64",
                     std::move(chunks)});
  std::string where =
      absl::StrCat("slice = ", SliceNumber(part.chunks[0].place.slice),
                   " AND (release, chunk, batch) IN chunks");
  const auto add = [&](const Codes& codes, absl::string_view column,
                       std::string name) {
    if (!codes.wanted.has_value()) return;
    absl::StrAppend(&where, " AND ", column, " IN ", name);
    tables->push_back({std::move(name), "code String", RowsOf(*codes.wanted)});
  };
  for (size_t axis = 0; axis < part.wanted->axes.size(); ++axis) {
    add(part.wanted->axes[axis], AxisColumn(axis), absl::StrCat("axis", axis));
  }
  add(part.wanted->reporter, "reporter", "reporters");
  return where;
}

void AddKeys(absl::string_view keys,
             std::vector<ClickHouseClient::Table>* tables) {
  tables->push_back({"shared", "key UInt64", std::string(keys)});
}

}  // namespace

bool ShardPart::narrows() const {
  bool any = wanted->reporter.wanted.has_value();
  for (const Codes& axis : wanted->axes) any = any || axis.wanted.has_value();
  return any;
}

WithTables SelectSums(const ShardPart& part, const std::vector<size_t>& by,
                      absl::string_view keys) {
  WithTables statement;
  std::string where = WhereWith(part, &statement.tables);
  if (!keys.empty()) {
    AddKeys(keys, &statement.tables);
    absl::StrAppend(&where, " AND key NOT IN shared");
  }
  std::string group = "release";
  for (const size_t axis : by) absl::StrAppend(&group, ", ", AxisColumn(axis));
  absl::StrAppend(&group,
                  ", reporter, period_begin, period_end, state, flags, has, "
                  "reason");
  statement.sql = absl::StrCat(
      "SELECT ", group,
      ", count() AS rows, sum(value), sum(greatest(lower, 0)), sum(upper), "
      "sum(key) - rows * ",
      kNumberOfSeries, " FROM observation WHERE ", where, " GROUP BY ", group,
      " FORMAT RowBinary");
  return statement;
}

WithTables SelectShared(const ShardPart& part, absl::string_view keys,
                        int64_t most) {
  WithTables statement;
  const std::string where = WhereWith(part, &statement.tables);
  AddKeys(keys, &statement.tables);
  statement.sql = absl::StrCat(
      "SELECT ", RowColumns(/*labels=*/false), ", key - ", kNumberOfSeries,
      " FROM observation PREWHERE key IN shared WHERE ", where, " LIMIT ", most,
      " FORMAT RowBinary");
  return statement;
}

std::string SelectKeys(const ShardPart& part) {
  return absl::StrCat("SELECT release, chunk, key FROM observation WHERE ",
                      IsOfChunks(part), " FORMAT RowBinary");
}

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
    statements.push_back(
        absl::StrCat("SELECT ", RowColumns(labels), " FROM observation WHERE ",
                     IsOfChunks(part), " AND (", Condition(*part.wanted), ")"));
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

const char kSelectParts[] =
    "SELECT count(), sum(rows), sum(cityHash64(name, rows)) FROM system.parts "
    "WHERE active AND database = currentDatabase() AND table = 'observation'";

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
  COLLATE_ASSIGN_OR_RETURN(SharedRows found,
                           ReadRowsOf(answer, parts, /*with_places=*/false));
  return std::move(found.rows);
}

absl::StatusOr<SharedRows> ReadShared(absl::string_view answer,
                                      const ShardPart& part) {
  return ReadRowsOf(answer, {part}, /*with_places=*/true);
}

absl::StatusOr<KeysOfChunks> ReadKeys(absl::string_view answer) {
  KeysOfChunks keys;
  Reader reader(answer, "keys");
  while (reader.remaining() > 0 && reader.ok()) {
    const uint64_t release = reader.U64("release");
    const uint32_t chunk = reader.U32("chunk");
    AppendU64(keys[{release, chunk}], reader.U64("key"));
  }
  COLLATE_RETURN_IF_ERROR(reader.status());
  return keys;
}

SumsReader::SumsReader(ObservationIndex::Sums* sums) : sums_(*sums) {
  Number("");
}

uint32_t SumsReader::Number(absl::string_view text) {
  const auto [at, added] =
      strings_.try_emplace(text, static_cast<uint32_t>(sums_.strings.size()));
  if (added) sums_.strings.emplace_back(text);
  return at->second;
}

absl::StatusOr<uint64_t> SumsReader::Read(absl::string_view answer,
                                          const ShardPart& part, size_t by) {
  for (const ShardPart::Chunk& chunk : part.chunks) {
    const auto [at, added] =
        releases_.try_emplace(ReleaseNumber(chunk.release),
                              static_cast<uint32_t>(sums_.releases.size()));
    if (added) sums_.releases.push_back(chunk.release);
  }
  uint64_t rows = 0;
  Reader reader(answer, "sums");
  while (reader.remaining() > 0 && reader.ok()) {
    ObservationIndex::Sums::Group& group = sums_.groups.emplace_back();
    const auto release = releases_.find(reader.U64("release"));
    if (release == releases_.end()) {
      reader.Fail("a sum is of a release that was not asked for");
      break;
    }
    group.release = release->second;
    for (size_t i = 0; i < by; ++i) {
      sums_.members.push_back(Number(reader.String("member")));
    }
    group.reporter = Number(reader.String("reporter"));
    group.period_begin =
        static_cast<vocabulary::Day>(reader.U32("period_begin"));
    group.period_end = static_cast<vocabulary::Day>(reader.U32("period_end"));
    const uint8_t state = reader.U8("state");
    if (reader.ok() &&
        (state == 0 || state >= vocabulary::kPublishedStateCount)) {
      reader.Fail(absl::StrCat("state ", state, " is out of range"));
    }
    group.state = static_cast<vocabulary::State>(state);
    group.flags = reader.U32("flags");
    group.has = reader.U8("has");
    group.reason = Number(reader.String("reason"));
    group.rows = reader.U64("rows");
    group.value = static_cast<int64_t>(reader.U64("value"));
    group.lower = static_cast<int64_t>(reader.U64("lower"));
    group.upper = static_cast<int64_t>(reader.U64("upper"));
    group.places = reader.U64("places");
    rows += group.rows;
  }
  COLLATE_RETURN_IF_ERROR(reader.status());
  return rows;
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
