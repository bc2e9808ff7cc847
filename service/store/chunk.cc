#include "service/store/chunk.h"

#include <algorithm>
#include <cstring>
#include <utility>

#include "absl/container/flat_hash_map.h"
#include "absl/strings/str_cat.h"
#include "service/base/error.h"
#include "service/base/status_macros.h"
#include "service/store/columns.h"
#include "service/store/crc32c.h"
#include "service/store/slice_codec.h"
#include "service/store/wire.h"

namespace collate::store {
namespace {

constexpr absl::string_view kMagic = "COLCHUNK";
constexpr size_t kHeaderSize = 48;
constexpr size_t kEntrySize = 40;
constexpr size_t kMaxDictionary = 65536;
constexpr uint32_t kPlainVersion = 1;  // without Observations::stated

constexpr size_t ColumnCount(size_t axes, bool stated) {
  return kColumnsWithoutAxes + (stated ? kStatedColumns : 0) + 2 * axes;
}

enum Encoding : uint8_t {
  kFrameOfReference = 1,  // width 0, 1, 2, 4 or 8 bytes above the minimum
  kDictionary = 2,        // width 1 or 2 bytes of index
  kDelta = 3,             // zigzag varints of differences
};

// One line of the column directory.
struct Entry {
  uint16_t id = 0;
  uint8_t encoding = 0;
  uint8_t width = 0;
  int64_t min = 0;
  int64_t max = 0;
  uint64_t offset = 0;
  uint64_t size = 0;
};

uint8_t WidthFor(uint64_t range) {
  if (range == 0) return 0;
  if (range <= 0xff) return 1;
  if (range <= 0xffff) return 2;
  return range <= 0xffffffff ? 4 : 8;
}

// Stored integers are copied as they are; wire.cc asserts the byte order.
template <typename T, typename Of>
void AppendNarrow(std::string& out, const std::vector<int64_t>& values,
                  Of&& of) {
  const size_t at = out.size();
  out.resize(at + values.size() * sizeof(T));
  char* to = out.data() + at;
  for (const int64_t value : values) {
    const T narrow = static_cast<T>(of(value));
    std::memcpy(to, &narrow, sizeof(T));
    to += sizeof(T);
  }
}

template <typename Of>
void AppendWidth(std::string& out, uint8_t width,
                 const std::vector<int64_t>& values, Of&& of) {
  switch (width) {
    case 1:
      return AppendNarrow<uint8_t>(out, values, of);
    case 2:
      return AppendNarrow<uint16_t>(out, values, of);
    case 4:
      return AppendNarrow<uint32_t>(out, values, of);
    case 8:
      return AppendNarrow<uint64_t>(out, values, of);
  }
}

// Appends the data of a column in its smallest encoding and fills in its
// entry, the offset aside.
class ColumnEncoder {
 public:
  explicit ColumnEncoder(const std::vector<int64_t>& values)
      : values_(values),
        min_(*std::min_element(values.begin(), values.end())),
        max_(*std::max_element(values.begin(), values.end())),
        width_(WidthFor(static_cast<uint64_t>(max_) -
                        static_cast<uint64_t>(min_))) {}

  void Append(Entry& entry, std::string& out) {
    entry.min = min_;
    entry.max = max_;
    const size_t begin = out.size();
    std::string delta;
    uint64_t smallest = uint64_t{width_} * values_.size();
    if (IsLocatorColumn(entry.id) && width_ > 0) {
      delta = Deltas();
      smallest = std::min<uint64_t>(smallest, delta.size());
    }
    if (TryDictionary(smallest, entry, out)) {
    } else if (!delta.empty() && delta.size() == smallest) {
      entry.encoding = kDelta;
      entry.width = 0;
      out += delta;
    } else {
      entry.encoding = kFrameOfReference;
      entry.width = width_;
      AppendWidth(out, width_, values_, [this](int64_t value) {
        return static_cast<uint64_t>(value) - static_cast<uint64_t>(min_);
      });
    }
    entry.size = out.size() - begin;
  }

 private:
  std::string Deltas() const {
    std::string out;
    uint64_t before = 0;
    for (const int64_t value : values_) {
      const uint64_t now = static_cast<uint64_t>(value);
      AppendZigZag(out, static_cast<int64_t>(now - before));
      before = now;
    }
    return out;
  }

  bool TryDictionary(uint64_t smallest, Entry& entry, std::string& out) const {
    if (width_ < 2) return false;
    // More different values than this cannot pay.
    const size_t most =
        std::min<uint64_t>(kMaxDictionary, smallest / sizeof(int64_t));
    absl::flat_hash_map<int64_t, uint32_t> index;
    for (const int64_t value : values_) {
      index.try_emplace(value, 0);
      if (index.size() > most) return false;
    }
    const uint8_t width = index.size() <= 256 ? 1 : 2;
    if (4 + 8 * index.size() + width * values_.size() >= smallest) return false;
    std::vector<int64_t> sorted;
    sorted.reserve(index.size());
    for (const auto& [value, unused] : index) sorted.push_back(value);
    std::sort(sorted.begin(), sorted.end());
    AppendU32(out, static_cast<uint32_t>(sorted.size()));
    for (uint32_t i = 0; i < sorted.size(); ++i) {
      AppendU64(out, static_cast<uint64_t>(sorted[i]));
      index[sorted[i]] = i;
    }
    AppendWidth(out, width, values_,
                [&index](int64_t value) { return index.find(value)->second; });
    entry.encoding = kDictionary;
    entry.width = width;
    return true;
  }

  const std::vector<int64_t>& values_;
  const int64_t min_;
  const int64_t max_;
  const uint8_t width_;
};

void AppendEntry(std::string& out, const Entry& entry) {
  AppendU16(out, entry.id);
  AppendU8(out, entry.encoding);
  AppendU8(out, entry.width);
  AppendU32(out, 0);
  AppendU64(out, static_cast<uint64_t>(entry.min));
  AppendU64(out, static_cast<uint64_t>(entry.max));
  AppendU64(out, entry.offset);
  AppendU64(out, entry.size);
}

template <typename T, typename To>
void ReadNarrow(absl::string_view bytes, std::vector<int64_t>& values,
                To&& to) {
  const char* from = bytes.data();
  for (int64_t& value : values) {
    T narrow;
    std::memcpy(&narrow, from, sizeof(T));
    from += sizeof(T);
    value = to(narrow);
  }
}

// `bytes` holds values.size() numbers of `width` bytes.
template <typename To>
void ReadWidth(absl::string_view bytes, uint8_t width,
               std::vector<int64_t>& values, To&& to) {
  switch (width) {
    case 0:
      return std::fill(values.begin(), values.end(), to(uint8_t{0}));
    case 1:
      return ReadNarrow<uint8_t>(bytes, values, to);
    case 2:
      return ReadNarrow<uint16_t>(bytes, values, to);
    case 4:
      return ReadNarrow<uint32_t>(bytes, values, to);
    case 8:
      return ReadNarrow<uint64_t>(bytes, values, to);
  }
}

void DecodeFrameOfReference(const Entry& entry, Reader& reader,
                            std::vector<int64_t>& values) {
  if (entry.width > 8 || (entry.width & (entry.width - 1)) != 0) {
    return reader.Fail(absl::StrCat("width ", entry.width));
  }
  const absl::string_view bytes =
      reader.Bytes(uint64_t{entry.width} * values.size(), "values");
  if (!reader.ok()) return;
  const uint64_t base = static_cast<uint64_t>(entry.min);
  ReadWidth(bytes, entry.width, values, [base](uint64_t above) {
    return static_cast<int64_t>(base + above);
  });
}

void DecodeDictionary(const Entry& entry, Reader& reader,
                      std::vector<int64_t>& values) {
  if (entry.width != 1 && entry.width != 2) {
    return reader.Fail(absl::StrCat("width ", entry.width, " of an index"));
  }
  const uint32_t count = reader.U32("dictionary size");
  if (reader.ok() && (count == 0 || count > kMaxDictionary)) {
    reader.Fail(absl::StrCat("dictionary of ", count, " values"));
  }
  const absl::string_view entries =
      reader.Bytes(uint64_t{count} * sizeof(int64_t), "dictionary");
  const absl::string_view bytes =
      reader.Bytes(uint64_t{entry.width} * values.size(), "indexes");
  if (!reader.ok()) return;
  std::vector<int64_t> dictionary(count);
  ReadNarrow<int64_t>(entries, dictionary, [](int64_t value) { return value; });
  if (std::adjacent_find(dictionary.begin(), dictionary.end(),
                         [](int64_t a, int64_t b) { return a >= b; }) !=
      dictionary.end()) {
    return reader.Fail("dictionary is not sorted");
  }
  bool inside = true;
  ReadWidth(bytes, entry.width, values, [&](uint64_t index) {
    if (index < count) return dictionary[index];
    inside = false;
    return int64_t{0};
  });
  if (!inside) reader.Fail("index outside the dictionary");
}

void DecodeDelta(const Entry& entry, Reader& reader,
                 std::vector<int64_t>& values) {
  if (entry.width != 0) return reader.Fail("deltas have no width");
  uint64_t before = 0;
  for (int64_t& value : values) {
    before += static_cast<uint64_t>(reader.ZigZag("difference"));
    value = static_cast<int64_t>(before);
    if (!reader.ok()) return;
  }
}

// Values that pass are in the range of the column.
absl::Status DecodeColumn(const ColumnInfo& info, const Entry& entry,
                          absl::string_view bytes,
                          std::vector<int64_t>& values) {
  const std::string what = absl::StrCat("chunk, column ", info.name);
  Reader reader(bytes, what, entry.offset);
  if (entry.min > entry.max || entry.min < info.least ||
      entry.max > info.most) {
    reader.Fail(absl::StrCat("values from ", entry.min, " to ", entry.max,
                             ", expected from ", info.least, " to ",
                             info.most));
    return reader.status();
  }
  switch (entry.encoding) {
    case kFrameOfReference:
      DecodeFrameOfReference(entry, reader, values);
      break;
    case kDictionary:
      DecodeDictionary(entry, reader, values);
      break;
    case kDelta:
      DecodeDelta(entry, reader, values);
      break;
    default:
      reader.Fail(absl::StrCat("unknown encoding ", entry.encoding));
  }
  reader.ExpectEnd("the values");
  if (!reader.ok()) return reader.status();
  const auto [min, max] = std::minmax_element(values.begin(), values.end());
  if (*min != entry.min || *max != entry.max) {
    reader.Fail(absl::StrCat("values from ", *min, " to ", *max,
                             ", the directory says from ", entry.min, " to ",
                             entry.max));
  }
  return reader.status();
}

std::vector<Entry> ReadDirectory(Reader& reader, uint32_t count) {
  std::vector<Entry> directory;
  // An entry that does not fit ends the loop.
  for (uint32_t i = 0; i < count && reader.ok(); ++i) {
    Entry entry;
    entry.id = reader.U16("column number");
    entry.encoding = reader.U8("encoding");
    entry.width = reader.U8("width");
    if (reader.U32("reserved") != 0) reader.Fail("reserved bytes are not 0");
    entry.min = static_cast<int64_t>(reader.U64("min"));
    entry.max = static_cast<int64_t>(reader.U64("max"));
    entry.offset = reader.U64("offset");
    entry.size = reader.U64("size");
    directory.push_back(entry);
  }
  return directory;
}

// The columns of a chunk, one after another as the directory lists them.
class ColumnReader {
 public:
  ColumnReader(Reader* reader, std::vector<Entry> directory, size_t rows)
      : reader_(*reader), directory_(std::move(directory)), values_(rows) {}

  // The values of the next column, which must be `info`'s; null on failure.
  const std::vector<int64_t>* Next(const ColumnInfo& info) {
    if (next_ == directory_.size() || directory_[next_].id != info.id) {
      reader_.Fail(absl::StrCat("column ", info.id, " (", info.name,
                                ") is not the next one of the directory"));
      return nullptr;
    }
    const Entry& entry = directory_[next_++];
    if (entry.offset != reader_.offset()) {
      reader_.Fail(absl::StrCat("column ", info.name, " is said to begin at ",
                                entry.offset));
      return nullptr;
    }
    const absl::string_view bytes = reader_.Bytes(entry.size, info.name);
    if (!reader_.ok()) return nullptr;
    status_ = DecodeColumn(info, entry, bytes, values_);
    return status_.ok() ? &values_ : nullptr;
  }

  absl::Status status() const {
    return reader_.ok() ? status_ : reader_.status();
  }

 private:
  Reader& reader_;
  std::vector<Entry> directory_;
  std::vector<int64_t> values_;
  size_t next_ = 0;
  absl::Status status_;
};

absl::Status ReadColumns(ColumnReader& columns, Observations& observations,
                         KnownColumns* known) {
  const bool complete = VisitColumns(
      observations,
      [&columns](const ColumnInfo& info, size_t rows, const auto& at) {
        const std::vector<int64_t>* values = columns.Next(info);
        if (values == nullptr) return false;
        for (size_t row = 0; row < rows; ++row) {
          at(row) = static_cast<std::remove_reference_t<decltype(at(row))>>(
              (*values)[row]);
        }
        return true;
      });
  if (!complete) return columns.status();
  constexpr int64_t kMin = std::numeric_limits<int64_t>::min();
  for (const ColumnInfo& info :
       {ColumnInfo{kKnownFrom, "known_from", kMin, kKnownForever},
        ColumnInfo{kKnownUntil, "known_until", kMin, kKnownForever}}) {
    const std::vector<int64_t>* values = columns.Next(info);
    if (values == nullptr) return columns.status();
    if (known == nullptr) continue;
    (info.id == kKnownFrom ? known->from : known->until) = *values;
  }
  return absl::OkStatus();
}

std::vector<std::string> ReadStrings(Reader& reader) {
  std::vector<std::string> strings;
  const uint64_t count = reader.Count(1, "strings");
  for (uint64_t i = 0; i < count && reader.ok(); ++i) {
    strings.emplace_back(reader.String("string"));
  }
  if (reader.ok() && (strings.empty() || !strings[0].empty())) {
    reader.Fail("string 0 is not the empty string");
  }
  return strings;
}

}  // namespace

void ResizeColumns(Observations& o, size_t rows, bool stated) {
  if (stated) {
    o.stated.reporters.resize(rows);
    o.stated.coverage.resize(rows);
    o.stated.printed_by.resize(rows);
  }
  for (Observations::AxisColumn& axis : o.axes) {
    axis.member.resize(rows);
    axis.label.resize(rows);
  }
  o.reporter.member.resize(rows);
  o.reporter.label.resize(rows);
  o.period_begin.resize(rows);
  o.period_end.resize(rows);
  o.period_kind.resize(rows);
  o.period_text.resize(rows);
  o.state.resize(rows);
  o.flags.resize(rows);
  o.has.resize(rows);
  o.value.resize(rows);
  o.lower.resize(rows);
  o.upper.resize(rows);
  o.raw.resize(rows);
  o.reason.resize(rows);
  o.records.resize(rows);
  o.locator.resize(rows);
}

uint32_t ChunkCrc(absl::string_view chunk) {
  return Crc32c(chunk.substr(kChunkPrefix),
                Crc32c(chunk.substr(0, kChunkCrcOffset)));
}

absl::StatusOr<std::string> EncodeChunk(const Observations& observations,
                                        const Known& known) {
  COLLATE_RETURN_IF_ERROR(ValidateObservations(observations));
  const size_t rows = observations.row_count();
  if (rows == 0 || rows > kMaxChunkRows) {
    return base::Error(absl::StatusCode::kInvalidArgument,
                       "INVALID_OBSERVATIONS",
                       absl::StrCat("a chunk of ", rows,
                                    " rows, expected 1 to ", kMaxChunkRows));
  }
  std::string slice;
  AppendSlice(slice, observations.slice);
  std::string strings;
  AppendVarint(strings, observations.strings.size());
  for (const std::string& text : observations.strings) {
    AppendString(strings, text);
  }

  const bool stated = !observations.stated.empty();
  const uint32_t column_count =
      static_cast<uint32_t>(ColumnCount(observations.axes.size(), stated));
  uint64_t offset = kHeaderSize + slice.size() + strings.size() +
                    uint64_t{column_count} * kEntrySize;
  std::string directory;
  std::string data;
  std::vector<int64_t> values(rows);
  const auto append = [&](uint16_t id) {
    Entry entry;
    entry.id = id;
    entry.offset = offset;
    ColumnEncoder(values).Append(entry, data);
    offset += entry.size;
    AppendEntry(directory, entry);
  };
  VisitColumns(observations,
               [&](const ColumnInfo& info, size_t, const auto& at) {
                 for (size_t row = 0; row < rows; ++row) {
                   values[row] = static_cast<int64_t>(at(row));
                 }
                 append(info.id);
                 return true;
               });
  values.assign(rows, known.from);
  append(kKnownFrom);
  values.assign(rows, known.until);
  append(kKnownUntil);

  std::string chunk;
  chunk.reserve(offset);
  absl::StrAppend(&chunk, kMagic);
  AppendU32(chunk, stated ? kChunkVersion : kPlainVersion);
  AppendU32(chunk, 0);  // the checksum comes last
  AppendU64(chunk, offset);
  AppendU32(chunk, static_cast<uint32_t>(rows));
  AppendU32(chunk, column_count);
  AppendU32(chunk, static_cast<uint32_t>(observations.scale));
  AppendU32(chunk, static_cast<uint32_t>(slice.size()));
  AppendU64(chunk, strings.size());
  absl::StrAppend(&chunk, slice, strings, directory, data);
  const uint32_t crc = ChunkCrc(chunk);
  std::memcpy(chunk.data() + kChunkCrcOffset, &crc, sizeof(crc));
  return chunk;
}

absl::StatusOr<Observations> DecodeChunk(absl::string_view bytes,
                                         KnownColumns* known) {
  Reader reader(bytes, "chunk");
  if (reader.Bytes(kMagic.size(), "magic") != kMagic) {
    reader.Fail("no chunk begins here");
  }
  const uint32_t version = reader.U32("version");
  const uint32_t crc = reader.U32("checksum");
  if (reader.ok() && crc != ChunkCrc(bytes)) {
    reader.Fail(absl::StrCat("checksum ", absl::Hex(crc), ", the bytes have ",
                             absl::Hex(ChunkCrc(bytes))));
  }
  if (reader.ok() && version > kChunkVersion) {
    return base::Error(absl::StatusCode::kFailedPrecondition, "STORE_NEWER",
                       absl::StrCat("chunk of format ", version,
                                    "; this program knows ", kChunkVersion))
        .With("version", absl::StrCat(version));
  }
  if (reader.ok() && version == 0) reader.Fail("version 0");
  const uint64_t byte_count = reader.U64("byte count");
  if (reader.ok() && byte_count != bytes.size()) {
    reader.Fail(
        absl::StrCat(bytes.size(), " bytes, the header says ", byte_count));
  }
  const uint32_t rows = reader.U32("row count");
  if (reader.ok() && (rows == 0 || rows > kMaxChunkRows)) {
    reader.Fail(absl::StrCat(rows, " rows"));
  }
  const uint32_t column_count = reader.U32("column count");
  const int32_t scale = static_cast<int32_t>(reader.U32("scale"));
  if (scale < -kMaxScale || scale > kMaxScale) {
    reader.Fail(absl::StrCat("scale ", scale));
  }
  const uint32_t slice_size = reader.U32("slice size");
  const uint64_t strings_size = reader.U64("strings size");
  Observations observations;
  observations.scale = scale;

  Reader slice(reader.Bytes(slice_size, "slice"), "chunk, slice", kHeaderSize);
  if (!reader.ok()) return reader.status();
  observations.slice = ReadSlice(slice);
  slice.ExpectEnd("the slice");
  if (!slice.ok()) return slice.status();

  const uint64_t strings_offset = reader.offset();
  Reader strings(reader.Bytes(strings_size, "strings"), "chunk, strings",
                 strings_offset);
  if (!reader.ok()) return reader.status();
  observations.strings = ReadStrings(strings);
  strings.ExpectEnd("the strings");
  if (!strings.ok()) return strings.status();

  const size_t axis_count = observations.slice.axes.size();
  const bool stated = version > kPlainVersion;
  if (column_count != ColumnCount(axis_count, stated)) {
    reader.Fail(absl::StrCat(column_count, " columns, expected ",
                             ColumnCount(axis_count, stated)));
  }
  std::vector<Entry> directory = ReadDirectory(reader, column_count);
  if (!reader.ok()) return reader.status();
  observations.axes.resize(axis_count);
  ResizeColumns(observations, rows, stated);
  ColumnReader columns(&reader, std::move(directory), rows);
  COLLATE_RETURN_IF_ERROR(ReadColumns(columns, observations, known));
  reader.ExpectEnd("the last column");
  if (!reader.ok()) return reader.status();
  return observations;
}

}  // namespace collate::store
