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
  Strings strings{&rows.observations.strings};
};

constexpr uint8_t kMostHas = kHasValue | kHasLower | kHasUpper;

bool IsPeriodKind(uint8_t kind) {
  return kind <= static_cast<uint8_t>(vocabulary::PeriodKind::kDay);
}

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
  if (reader.ok() &&
      (!IsPeriodKind(kind) || state == 0 ||
       state >= vocabulary::kPublishedStateCount || has > kMostHas)) {
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

// Of one row, and of all rows of a group that has the columns that it names:
// what its key has of reporter and period.
constexpr char kNumberOfSeries[] =
    "sipHash64(concat(reporter, '\\n', toString(period_begin), '\\n', "
    "toString(period_end)))";

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
  std::string batches;
  for (const ShardPart::Chunk& chunk : part.chunks) {
    AppendU64(chunks, ReleaseNumber(chunk.release));
    AppendU32(chunks, chunk.number);
    AppendU64(chunks, chunk.place.batch);
    AppendU64(batches, chunk.place.batch);
  }
  tables->push_back({"chunks", "release UInt64, chunk UInt32, batch UInt64",
                     std::move(chunks)});
  tables->push_back({"batches", "batch UInt64", std::move(batches)});
  // The primary key finds the places, of which a batch tells the rows.
  std::string where = absl::StrCat(
      "indexHint(slice = ", SliceNumber(part.chunks[0].place.slice),
      " AND (release, chunk, batch) IN chunks) AND batch IN batches");
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

}  // namespace

bool ShardPart::narrows() const {
  bool any = wanted->reporter.wanted.has_value();
  for (const Codes& axis : wanted->axes) any = any || axis.wanted.has_value();
  return any;
}

WithTables SelectSums(const ShardPart& part, const std::vector<size_t>& by,
                      absl::string_view keys) {
  WithTables statement;
  const std::string where = WhereWith(part, &statement.tables);
  std::string kind = "release";
  for (const size_t axis : by) absl::StrAppend(&kind, ", ", AxisColumn(axis));
  absl::StrAppend(&kind,
                  ", reporter, period_begin, period_end, state, flags, has, "
                  "reason");
  statement.sql = absl::StrCat(
      "SELECT ", kind,
      ", count() AS rows, sum(value), sum(greatest(lower, 0)), sum(upper), "
      "sum(key) - rows * ",
      kNumberOfSeries);
  std::string own;
  if (!keys.empty()) {
    statement.tables.push_back({"keys", "key UInt64", std::string(keys)});
    absl::StrAppend(&statement.sql,
                    ", own, own_members, any(period_kind), any(lower), "
                    "any(records)");
    own =
        ", if(key IN keys, bitShiftLeft(toUInt64(chunk), 32) + row + 1, 0) AS "
        "own, if(key IN keys, member, emptyArrayString()) AS own_members";
  }
  absl::StrAppend(&statement.sql, " FROM observation WHERE ", where,
                  " GROUP BY ", kind, own, " FORMAT RowBinary");
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

struct SumsReader::RowsOfRelease {
  ObservationIndex::Found::Rows rows;
  std::vector<uint64_t> places;
  absl::flat_hash_map<std::string, uint32_t> numbers = {{"", 0}};

  uint32_t Of(absl::string_view text) {
    std::vector<std::string>& strings = rows.observations.strings;
    const auto [at, added] =
        numbers.try_emplace(text, static_cast<uint32_t>(strings.size()));
    if (added) strings.emplace_back(text);
    return at->second;
  }
};

SumsReader::SumsReader() { Number(""); }
SumsReader::~SumsReader() = default;

ObservationIndex::Sums SumsReader::Take() && {
  for (auto& [key, one] : rows_) {
    sums_.rows.push_back(std::move(one->rows));
    sums_.places.push_back(std::move(one->places));
  }
  return std::move(sums_);
}

absl::Status SumsReader::ReadOwn(Reader& reader, const ShardPart& part,
                                 uint64_t own,
                                 const ObservationIndex::Sums::Group& sum) {
  const std::string& encoded = part.chunks[0].place.slice;
  auto& rows = rows_[{sum.release, encoded}];
  if (rows == nullptr) {
    rows = std::make_unique<RowsOfRelease>();
    rows->rows.release = sums_.releases[sum.release];
    Observations& o = rows->rows.observations;
    Reader slice(encoded, "slice");
    o.slice = ReadSlice(slice);
    COLLATE_RETURN_IF_ERROR(slice.status());
    o.scale = part.chunks[0].place.scale;
    o.axes.resize(o.slice.axes.size());
  }
  Observations& o = rows->rows.observations;
  const uint64_t axes = reader.Varint("number of axes");
  if (reader.ok() && (axes != o.axes.size() || sum.rows != 1)) {
    reader.Fail(absl::StrCat(sum.rows, " rows of one number, with ", axes,
                             " axes, expected one with ", o.axes.size()));
  }
  for (Observations::AxisColumn& axis : o.axes) {
    axis.member.push_back(rows->Of(reader.String("member")));
    axis.label.push_back(0);
  }
  const uint8_t kind = reader.U8("period_kind");
  if (reader.ok() && (!IsPeriodKind(kind) || sum.has > kMostHas)) {
    reader.Fail(absl::StrCat("period_kind ", kind, ", has ", sum.has,
                             ": out of range"));
  }
  o.reporter.member.push_back(rows->Of(sums_.strings[sum.reporter]));
  o.reporter.label.push_back(0);
  o.period_begin.push_back(sum.period_begin);
  o.period_end.push_back(sum.period_end);
  o.period_kind.push_back(static_cast<vocabulary::PeriodKind>(kind));
  o.state.push_back(sum.state);
  o.flags.push_back(sum.flags);
  o.has.push_back(sum.has);
  o.value.push_back(sum.value);
  o.lower.push_back(static_cast<int64_t>(reader.U64("lower")));
  o.upper.push_back(sum.upper);
  o.reason.push_back(rows->Of(sums_.strings[sum.reason]));
  o.records.push_back(reader.U64("records"));
  rows->rows.chunk.push_back(static_cast<uint32_t>(own >> 32));
  rows->rows.row.push_back(static_cast<uint32_t>(own - 1));
  rows->places.push_back(sum.places);
  ++found_;
  return reader.status();
}

uint32_t SumsReader::Number(absl::string_view text) {
  const auto [at, added] =
      strings_.try_emplace(text, static_cast<uint32_t>(sums_.strings.size()));
  if (added) sums_.strings.emplace_back(text);
  return at->second;
}

absl::StatusOr<uint64_t> SumsReader::Read(absl::string_view answer,
                                          const ShardPart& part, size_t by,
                                          bool with_keys) {
  for (const ShardPart::Chunk& chunk : part.chunks) {
    const auto [at, added] =
        releases_.try_emplace(ReleaseNumber(chunk.release),
                              static_cast<uint32_t>(sums_.releases.size()));
    if (added) sums_.releases.push_back(chunk.release);
  }
  uint64_t rows = 0;
  std::vector<uint32_t> members;
  Reader reader(answer, "sums");
  while (reader.remaining() > 0 && reader.ok()) {
    ObservationIndex::Sums::Group group;
    const auto release = releases_.find(reader.U64("release"));
    if (release == releases_.end()) {
      reader.Fail("a sum is of a release that was not asked for");
      break;
    }
    group.release = release->second;
    members.clear();
    for (size_t i = 0; i < by; ++i) {
      members.push_back(Number(reader.String("member")));
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
    const uint64_t own = with_keys ? reader.U64("own") : 0;
    if (own != 0) {
      COLLATE_RETURN_IF_ERROR(ReadOwn(reader, part, own, group));
      continue;
    }
    if (with_keys) {
      if (reader.Varint("number of axes") != 0 && reader.ok()) {
        reader.Fail("a sum has members of a row");
      }
      reader.U8("period_kind");
      reader.U64("lower");
      reader.U64("records");
    }
    sums_.groups.push_back(group);
    sums_.members.insert(sums_.members.end(), members.begin(), members.end());
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
