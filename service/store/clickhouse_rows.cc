#include "service/store/clickhouse_rows.h"

#include <algorithm>
#include <limits>
#include <numeric>
#include <utility>

#include "absl/container/flat_hash_map.h"
#include "absl/strings/str_cat.h"
#include "service/base/digest.h"
#include "service/base/status_macros.h"
#include "service/store/chunk.h"
#include "service/store/crc32c.h"
#include "service/store/release_codec.h"
#include "service/store/slice_codec.h"
#include "service/store/wire.h"

namespace collate::store {
namespace {

constexpr char kReleaseFields[] =
    "name, source, has_publish_time, publish_time, load_time, edition, "
    "adapter_id, adapter_version, adapter_sha256, vocabulary_sha256, "
    "manifest, synthetic, report, document_name, document_media_type, "
    "document_sha256, document_byte_count, extent, release_crc32c";

// The first eight bytes of a digest.
uint64_t NumberOf(absl::string_view bytes) {
  const std::string digest = base::Sha256().Update(bytes).Finish();
  return Reader(digest, "digest").U64("number");
}

// Arrays: a count, then what `append` writes of each.
template <typename T, typename Append>
void AppendArray(std::string& out, const std::vector<T>& items,
                 Append&& append) {
  AppendVarint(out, items.size());
  for (const T& item : items) append(item);
}

// Reads an array into one field of each of `items`, which the first array of
// a row makes.
template <typename T, typename Read>
void ReadArray(Reader& reader, absl::string_view field, bool first,
               std::vector<T>& items, Read&& read) {
  const uint64_t count = reader.Count(1, field);
  if (first) {
    items.resize(count);
  } else if (reader.ok() && count != items.size()) {
    reader.Fail(absl::StrCat(field, " has ", count, " entries, expected ",
                             items.size()));
  }
  for (T& item : items) {
    if (!reader.ok()) return;
    read(item);
  }
}

bool ReadBool(Reader& reader, absl::string_view field) {
  const uint8_t value = reader.U8(field);
  if (value > 1) reader.Fail(absl::StrCat(field, " is ", value));
  return value == 1;
}

void AppendReleaseFields(std::string& out, const Release& release) {
  AppendString(out, release.name);
  AppendString(out, release.source);
  AppendU8(out, release.publish_time.has_value() ? 1 : 0);
  AppendU64(out, static_cast<uint64_t>(absl::ToUnixMicros(
                     release.publish_time.value_or(absl::UnixEpoch()))));
  AppendU64(out, static_cast<uint64_t>(absl::ToUnixMicros(release.load_time)));
  AppendString(out, release.edition);
  AppendString(out, release.adapter_id);
  AppendString(out, release.adapter_version);
  AppendString(out, release.adapter_sha256);
  AppendString(out, release.vocabulary_sha256);
  AppendString(out, release.manifest);
  AppendU8(out, release.synthetic ? 1 : 0);
  AppendString(out, release.report);
  const std::vector<Document>& documents = release.documents;
  AppendArray(out, documents,
              [&](const Document& d) { AppendString(out, d.name); });
  AppendArray(out, documents,
              [&](const Document& d) { AppendString(out, d.media_type); });
  AppendArray(out, documents,
              [&](const Document& d) { AppendString(out, d.sha256); });
  AppendArray(out, documents, [&](const Document& d) {
    AppendU64(out, static_cast<uint64_t>(d.byte_count));
  });
  AppendArray(out, release.extents, [&](const Extent& extent) {
    AppendString(out, EncodeExtent(extent));
  });
  AppendU32(out, ReleaseCrc(release));
}

// One row of ReleaseColumns().
absl::StatusOr<Release> ReadRelease(Reader& reader) {
  Release release;
  release.name = std::string(reader.String("name"));
  release.source = std::string(reader.String("source"));
  const bool dated = ReadBool(reader, "has_publish_time");
  const auto publish_time = static_cast<int64_t>(reader.U64("publish_time"));
  if (dated) release.publish_time = absl::FromUnixMicros(publish_time);
  release.load_time =
      absl::FromUnixMicros(static_cast<int64_t>(reader.U64("load_time")));
  release.edition = std::string(reader.String("edition"));
  release.adapter_id = std::string(reader.String("adapter_id"));
  release.adapter_version = std::string(reader.String("adapter_version"));
  release.adapter_sha256 = std::string(reader.String("adapter_sha256"));
  release.vocabulary_sha256 = std::string(reader.String("vocabulary_sha256"));
  release.manifest = std::string(reader.String("manifest"));
  release.synthetic = ReadBool(reader, "synthetic");
  release.report = std::string(reader.String("report"));
  std::vector<Document>& documents = release.documents;
  ReadArray(reader, "document_name", true, documents, [&](Document& d) {
    d.name = std::string(reader.String("document_name"));
  });
  ReadArray(reader, "document_media_type", false, documents, [&](Document& d) {
    d.media_type = std::string(reader.String("document_media_type"));
  });
  ReadArray(reader, "document_sha256", false, documents, [&](Document& d) {
    d.sha256 = std::string(reader.String("document_sha256"));
  });
  ReadArray(reader, "document_byte_count", false, documents, [&](Document& d) {
    d.byte_count = static_cast<int64_t>(reader.U64("document_byte_count"));
  });
  std::vector<std::string> extents;
  ReadArray(reader, "extent", true, extents, [&](std::string& extent) {
    extent = std::string(reader.String("extent"));
  });
  const uint32_t crc = reader.U32("release_crc32c");
  release.observation_count =
      static_cast<int64_t>(reader.U64("observation_count"));
  ReadArray(reader, "document_content", false, documents, [&](Document& d) {
    d.retained = reader.U64("document_content") != 0;
  });
  if (!reader.ok()) return reader.status();
  for (const std::string& bytes : extents) {
    COLLATE_ASSIGN_OR_RETURN(Extent extent, DecodeExtent(bytes));
    release.extents.push_back(std::move(extent));
  }
  if (ReleaseCrc(release) != crc) {
    return CorruptStore(
        absl::StrCat("release ", release.name, ": its checksum does not hold"));
  }
  return release;
}

void AppendDirectory(std::string& out, const Directory& directory) {
  const size_t begin = out.size();
  AppendU64(out, static_cast<uint64_t>(directory.observation_count));
  AppendArray(out, directory.contents,
              [&](const ContentPlace& c) { AppendU64(out, c.content); });
  AppendArray(out, directory.contents,
              [&](const ContentPlace& c) { AppendU32(out, c.shard); });
  const std::vector<ChunkPlace>& chunks = directory.chunks;
  AppendArray(out, chunks,
              [&](const ChunkPlace& c) { AppendString(out, c.slice); });
  AppendArray(out, chunks,
              [&](const ChunkPlace& c) { AppendU32(out, c.rows); });
  AppendArray(out, chunks, [&](const ChunkPlace& c) {
    AppendU32(out, static_cast<uint32_t>(c.scale));
  });
  AppendArray(out, chunks,
              [&](const ChunkPlace& c) { AppendU8(out, c.stated ? 1 : 0); });
  AppendArray(out, chunks,
              [&](const ChunkPlace& c) { AppendU32(out, c.shard); });
  AppendArray(out, chunks,
              [&](const ChunkPlace& c) { AppendU64(out, c.batch); });
  AppendArray(out, chunks,
              [&](const ChunkPlace& c) { AppendU32(out, c.crc32c); });
  AppendU32(out, Crc32c(absl::string_view(out).substr(begin)));
}

// Walks the columns of kRowColumns of one row; writing and reading share it.
template <typename Io, typename O>
void EachField(Io& io, O& o, size_t row, bool stated) {
  io.Text(o.reporter.member[row]);
  io.Text(o.reporter.label[row]);
  io.Number(o.period_begin[row]);
  io.Number(o.period_end[row]);
  io.Number(o.period_kind[row]);
  io.Text(o.period_text[row]);
  io.Number(o.state[row]);
  io.Number(o.flags[row]);
  io.Number(o.has[row]);
  io.Number(o.value[row]);
  io.Number(o.lower[row]);
  io.Number(o.upper[row]);
  io.Text(o.raw[row]);
  io.Text(o.reason[row]);
  io.Number(o.records[row]);
  io.Number(o.locator[row].document);
  io.Text(o.locator[row].part);
  io.Text(o.locator[row].sheet);
  io.Number(o.locator[row].row);
  io.Number(o.locator[row].column);
  io.Number(o.locator[row].row_end);
  io.Number(o.locator[row].column_end);
  io.Number(o.locator[row].line);
  if (stated) {
    io.Number(o.stated.reporters[row]);
    io.Text(o.stated.coverage[row]);
    io.Text(o.stated.printed_by[row]);
  } else {
    io.Nothing();
  }
  io.Count(o.axes.size());
  for (auto& axis : o.axes) io.Text(axis.member[row]);
  io.Count(o.axes.size());
  for (auto& axis : o.axes) io.Text(axis.label[row]);
}

class RowWriter {
 public:
  RowWriter(const Observations& chunk, std::string& out)
      : strings_(chunk.strings), out_(out) {}

  void Text(uint32_t id) { AppendString(out_, strings_[id]); }
  template <typename T>
  void Number(T value) {
    if constexpr (sizeof(T) == 1) {
      AppendU8(out_, static_cast<uint8_t>(value));
    } else if constexpr (sizeof(T) == 4) {
      AppendU32(out_, static_cast<uint32_t>(value));
    } else {
      static_assert(sizeof(T) == 8);
      AppendU64(out_, static_cast<uint64_t>(value));
    }
  }
  void Nothing() {
    AppendU32(out_, 0);
    AppendString(out_, "");
    AppendString(out_, "");
  }
  void Count(size_t count) { AppendVarint(out_, count); }

 private:
  const std::vector<std::string>& strings_;
  std::string& out_;
};

// Strings get numbers as they come; Finish sorts them.
class RowReader {
 public:
  explicit RowReader(Reader& reader) : reader_(reader) { ids_[""] = 0; }

  void Text(uint32_t& id) {
    const absl::string_view text = reader_.String("text");
    const auto [at, added] =
        ids_.try_emplace(text, static_cast<uint32_t>(texts_.size()));
    if (added) texts_.push_back(text);
    id = at->second;
  }
  template <typename T>
  void Number(T& value) {
    if constexpr (sizeof(T) == 1) {
      value = static_cast<T>(reader_.U8("number"));
    } else if constexpr (sizeof(T) == 4) {
      value = static_cast<T>(reader_.U32("number"));
    } else {
      static_assert(sizeof(T) == 8);
      value = static_cast<T>(reader_.U64("number"));
    }
  }
  void Nothing() {
    if (reader_.U32("stated_reporters") != 0 ||
        !reader_.String("stated_coverage").empty() ||
        !reader_.String("printed_by").empty()) {
      reader_.Fail("something is stated where nothing should be");
    }
  }
  void Count(size_t expected) {
    const uint64_t count = reader_.Varint("number of axes");
    if (reader_.ok() && count != expected) {
      reader_.Fail(absl::StrCat(count, " axes, expected ", expected));
    }
  }

  // The texts in order, and where each has come to stand.
  std::vector<std::string> Sorted(std::vector<uint32_t>& place) const {
    std::vector<uint32_t> order(texts_.size());
    std::iota(order.begin(), order.end(), 0u);
    std::sort(order.begin(), order.end(),
              [this](uint32_t a, uint32_t b) { return texts_[a] < texts_[b]; });
    std::vector<std::string> sorted;
    sorted.reserve(order.size());
    place.resize(order.size());
    for (const uint32_t id : order) {
      place[id] = static_cast<uint32_t>(sorted.size());
      sorted.emplace_back(texts_[id]);
    }
    return sorted;
  }

 private:
  Reader& reader_;
  absl::flat_hash_map<absl::string_view, uint32_t> ids_;
  std::vector<absl::string_view> texts_ = {""};
};

// Gives every string its final number.
class Renumberer {
 public:
  explicit Renumberer(const std::vector<uint32_t>& place) : place_(place) {}

  void Text(uint32_t& id) const { id = place_[id]; }
  template <typename T>
  void Number(T&) const {}
  void Nothing() const {}
  void Count(size_t) const {}

 private:
  const std::vector<uint32_t>& place_;
};

}  // namespace

const char kDirectoryColumns[] =
    "observation_count, document_content, document_shard, chunk_slice, "
    "chunk_rows, chunk_scale, chunk_stated, chunk_shard, chunk_batch, "
    "chunk_crc32c, directory_crc32c";

const char kKeyColumns[] = "slice, release, chunk, batch, measure, scale";

// `row` is the number of the row in its chunk.
const char kRowColumns[] =
    "row, reporter, reporter_label, period_begin, period_end, period_kind, "
    "period_text, state, flags, has, value, lower, upper, raw, reason, "
    "records, document, part, sheet, locator_row, locator_column, "
    "locator_row_end, locator_column_end, line, stated_reporters, "
    "stated_coverage, printed_by, member, label";

std::string PublishedColumns() {
  return absl::StrCat("term, attempt, ", kReleaseFields, ", ",
                      kDirectoryColumns);
}

std::string AppendPublished(const PublishedRow& row) {
  std::string out;
  AppendU64(out, row.term);
  AppendU64(out, row.attempt);
  AppendReleaseFields(out, row.release);
  AppendDirectory(out, row.directory);
  return out;
}

std::string ReleaseColumns() {
  return absl::StrCat(kReleaseFields, ", observation_count, document_content");
}

absl::StatusOr<std::vector<Release>> ReadReleases(absl::string_view rows) {
  Reader reader(rows, "published");
  std::vector<Release> releases;
  while (reader.remaining() > 0) {
    COLLATE_ASSIGN_OR_RETURN(Release release, ReadRelease(reader));
    releases.push_back(std::move(release));
  }
  return releases;
}

absl::StatusOr<Directory> ReadDirectoryRow(absl::string_view row) {
  Reader reader(row, "published, directory");
  Directory directory;
  directory.observation_count =
      static_cast<int64_t>(reader.U64("observation_count"));
  std::vector<ContentPlace>& contents = directory.contents;
  ReadArray(reader, "document_content", true, contents, [&](ContentPlace& c) {
    c.content = reader.U64("document_content");
  });
  ReadArray(reader, "document_shard", false, contents,
            [&](ContentPlace& c) { c.shard = reader.U32("document_shard"); });
  std::vector<ChunkPlace>& chunks = directory.chunks;
  ReadArray(reader, "chunk_slice", true, chunks, [&](ChunkPlace& c) {
    c.slice = std::string(reader.String("chunk_slice"));
  });
  ReadArray(reader, "chunk_rows", false, chunks,
            [&](ChunkPlace& c) { c.rows = reader.U32("chunk_rows"); });
  ReadArray(reader, "chunk_scale", false, chunks, [&](ChunkPlace& c) {
    c.scale = static_cast<int32_t>(reader.U32("chunk_scale"));
  });
  ReadArray(reader, "chunk_stated", false, chunks, [&](ChunkPlace& c) {
    c.stated = ReadBool(reader, "chunk_stated");
  });
  ReadArray(reader, "chunk_shard", false, chunks,
            [&](ChunkPlace& c) { c.shard = reader.U32("chunk_shard"); });
  ReadArray(reader, "chunk_batch", false, chunks,
            [&](ChunkPlace& c) { c.batch = reader.U64("chunk_batch"); });
  ReadArray(reader, "chunk_crc32c", false, chunks,
            [&](ChunkPlace& c) { c.crc32c = reader.U32("chunk_crc32c"); });
  const uint32_t computed = Crc32c(row.substr(0, reader.offset()));
  const uint32_t crc = reader.U32("directory_crc32c");
  if (reader.ok() && crc != computed) {
    reader.Fail("its checksum does not hold");
  }
  reader.ExpectEnd("the directory");
  if (!reader.ok()) return reader.status();
  return directory;
}

uint64_t SliceNumber(absl::string_view encoded_slice) {
  return NumberOf(encoded_slice);
}

uint64_t ReleaseNumber(absl::string_view name) { return NumberOf(name); }

std::string AppendRows(const Observations& chunk, const RowKey& key,
                       ChunkPlace* place) {
  place->slice.clear();
  AppendSlice(place->slice, chunk.slice);
  place->rows = static_cast<uint32_t>(chunk.row_count());
  place->scale = chunk.scale;
  place->stated = !chunk.stated.empty();
  place->crc32c = 0;
  std::string before;
  AppendU64(before, SliceNumber(place->slice));
  AppendU64(before, key.release);
  AppendU32(before, key.chunk);
  AppendU64(before, key.batch);
  AppendString(before, chunk.slice.measure);
  AppendU32(before, static_cast<uint32_t>(chunk.scale));
  std::string rows;
  RowWriter writer(chunk, rows);
  for (uint32_t row = 0; row < place->rows; ++row) {
    rows += before;
    const size_t begin = rows.size();
    AppendU32(rows, row);
    EachField(writer, chunk, row, place->stated);
    place->crc32c =
        Crc32c(absl::string_view(rows).substr(begin), place->crc32c);
  }
  return rows;
}

absl::StatusOr<Observations> ReadRows(absl::string_view rows,
                                      const ChunkPlace& place) {
  if (Crc32c(rows) != place.crc32c) {
    return CorruptStore(absl::StrCat(
        rows.size(), " bytes of ", place.rows,
        " rows: their checksum does not hold, or rows are missing"));
  }
  Observations chunk;
  Reader slice(place.slice, "slice");
  chunk.slice = ReadSlice(slice);
  slice.ExpectEnd("the slice");
  if (!slice.ok()) return slice.status();
  chunk.scale = place.scale;
  // Every row takes at least one byte, so that a wrong count costs no memory.
  if (place.rows == 0 || place.rows > kMaxChunkRows ||
      place.rows > rows.size()) {
    return CorruptStore(absl::StrCat(place.rows, " rows in a chunk"));
  }
  chunk.axes.resize(chunk.slice.axes.size());
  ResizeColumns(chunk, place.rows, place.stated);
  Reader reader(rows, "rows");
  RowReader io(reader);
  for (uint32_t row = 0; row < place.rows && reader.ok(); ++row) {
    if (reader.U32("row") != row) reader.Fail("the rows are not in order");
    EachField(io, chunk, row, place.stated);
  }
  reader.ExpectEnd("the last row");
  if (!reader.ok()) return reader.status();
  std::vector<uint32_t> final_place;
  chunk.strings = io.Sorted(final_place);
  Renumberer renumber(final_place);
  for (uint32_t row = 0; row < place.rows; ++row) {
    EachField(renumber, chunk, row, place.stated);
  }
  if (const absl::Status valid = ValidateObservations(chunk); !valid.ok()) {
    return CorruptStore(valid.message());
  }
  return chunk;
}

}  // namespace collate::store
