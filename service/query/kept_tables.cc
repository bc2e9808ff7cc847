#include "service/query/kept_tables.h"

#include <algorithm>
#include <cstdint>
#include <optional>
#include <set>
#include <utility>

#include "absl/container/flat_hash_map.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/string_view.h"
#include "service/base/digest.h"
#include "service/base/status_macros.h"
#include "service/query/answer_name.h"
#include "service/query/presums.h"
#include "service/query/table_file.h"
#include "service/store/slice_codec.h"
#include "service/store/wire.h"

namespace collate::query {
namespace {

using store::AppendSlice;
using store::AppendString;
using store::AppendU8;
using store::AppendVarint;
using store::AppendZigZag;
using store::Reader;
using store::ReadSlice;
using vocabulary::MemberId;
using vocabulary::Vocabulary;

constexpr char kIndex[] = "index";

// What files may be read under.
std::string Rules(const Vocabulary& vocabulary) {
  return absl::StrCat("tables ", kTableVersion, ", answers ", kSemanticsVersion,
                      ", vocabulary ", vocabulary.sha256());
}

enum TableBits : uint8_t {
  kBitUnmapped = 1,
  kBitCounted = 2,
  kBitSplit = 4,
  kBitStated = 8
};

void AppendChunks(std::string& out, const Chunks& chunks) {
  AppendVarint(out, chunks.size());
  for (const Chunks::Summary& summary : chunks.summaries()) {
    AppendSlice(out, summary.slice);
    AppendVarint(out, summary.row_count);
    AppendVarint(out, summary.stated.size());
    for (const auto& [row, stated] : summary.stated) {
      AppendVarint(out, row);
      AppendVarint(out, stated.reporters);
      AppendString(out, stated.coverage);
      AppendString(out, stated.printed_by);
    }
  }
}

std::vector<Chunks::Summary> ReadChunks(Reader& reader) {
  std::vector<Chunks::Summary> summaries(reader.Count(5, "chunks"));
  uint32_t first_row = 0;
  for (Chunks::Summary& summary : summaries) {
    summary.slice = ReadSlice(reader);
    summary.row_count = static_cast<uint32_t>(reader.Varint("rows"));
    summary.first_row = first_row;
    first_row += summary.row_count;
    const uint64_t stated = reader.Count(4, "stated");
    for (uint64_t i = 0; i < stated; ++i) {
      const auto row = static_cast<uint32_t>(reader.Varint("row"));
      Chunks::Stated& one = summary.stated[row];
      one.reporters = static_cast<uint32_t>(reader.Varint("reporters"));
      one.coverage = std::string(reader.String("coverage"));
      one.printed_by = std::string(reader.String("printed by"));
    }
  }
  return summaries;
}

void AppendRelease(std::string& out, const LoadedRelease& loaded) {
  AppendString(out, loaded.release.name);
  // One with a problem is read anew.
  AppendString(out, loaded.problem.ok() ? loaded.fingerprint : "");
  AppendU8(out, static_cast<uint8_t>(loaded.release.state));
  AppendString(out, loaded.reading);
  AppendChunks(out, *loaded.chunks);
}

// A table without its rows.
void AppendTable(std::string& out, const SliceTable& table) {
  AppendString(out, table.source);
  AppendSlice(out, table.slice);
  AppendU8(out, (table.unmapped ? kBitUnmapped : 0) |
                    (table.counted ? kBitCounted : 0) |
                    (table.split ? kBitSplit : 0) |
                    (table.stated ? kBitStated : 0));
  AppendZigZag(out, table.max_scale);
  AppendVarint(out, table.releases.size());
  for (const uint32_t release : table.releases) AppendVarint(out, release);
  AppendVarint(out, table.claims.size());
  for (const Claim& claim : table.claims) {
    AppendVarint(out, claim.release);
    AppendVarint(out, claim.reporters.size());
    for (const MemberId reporter : claim.reporters) AppendVarint(out, reporter);
    AppendZigZag(out, claim.period.begin);
    AppendZigZag(out, claim.period.end);
    AppendZigZag(out, claim.printed_to);
  }
}

// Digest of everything that the rows of a table are made from.
std::string NameOf(const SliceTable& table, const Snapshot& snapshot,
                   const std::string& rules) {
  std::string text = rules;
  AppendString(text, table.source);
  AppendSlice(text, table.slice);
  const auto add = [&](uint32_t release) {
    const LoadedRelease& loaded = *snapshot.releases()[release];
    AppendString(text, loaded.release.name);
    AppendString(text, loaded.fingerprint);
    AppendU8(text, static_cast<uint8_t>(loaded.release.state));
  };
  AppendVarint(text, table.releases.size());
  for (const uint32_t release : table.releases) add(release);
  for (const Claim& claim : table.claims) add(claim.release);
  return base::Sha256Hex(text).substr(0, 32);
}

class IndexReader {
 public:
  IndexReader(const Vocabulary& vocabulary, absl::string_view bytes)
      : vocabulary_(vocabulary), reader_(bytes, "index of the kept tables") {}

  // Whether it was written under these rules.
  bool Begin(const std::string& rules) {
    return reader_.String("rules") == rules;
  }

  struct Release {
    std::string name;
    std::string fingerprint;
    store::ReleaseState state = store::ReleaseState::kPublished;
    std::string reading;
    std::vector<Chunks::Summary> chunks;
  };
  std::vector<Release> Releases() {
    std::vector<Release> releases(reader_.Count(5, "releases"));
    for (Release& release : releases) {
      release.name = std::string(reader_.String("name"));
      release.fingerprint = std::string(reader_.String("fingerprint"));
      release.state = static_cast<store::ReleaseState>(reader_.U8("state"));
      release.reading = std::string(reader_.String("reading"));
      release.chunks = ReadChunks(reader_);
    }
    release_count_ = releases.size();
    return releases;
  }

  struct Table {
    std::string file;
    SliceTable table;
  };
  std::vector<Table> Tables() {
    std::vector<Table> tables(reader_.Count(9, "tables"));
    for (auto& [file, table] : tables) {
      file = std::string(reader_.String("file"));
      ReadTable(table);
    }
    reader_.ExpectEnd("the tables");
    return tables;
  }

  bool ok() const { return reader_.ok(); }

 private:
  void ReadTable(SliceTable& table) {
    table.source = std::string(reader_.String("source"));
    table.slice = ReadSlice(reader_);
    for (const store::Axis& axis : table.slice.axes) {
      table.axes.push_back(vocabulary_.FindDimension(axis.dimension));
      if (table.axes.back() == nullptr) reader_.Fail("unknown dimension");
    }
    const uint8_t bits = reader_.U8("bits");
    table.unmapped = (bits & kBitUnmapped) != 0;
    table.counted = (bits & kBitCounted) != 0;
    table.split = (bits & kBitSplit) != 0;
    table.stated = (bits & kBitStated) != 0;
    table.max_scale = static_cast<int>(reader_.ZigZag("scale"));
    table.releases.resize(reader_.Count(1, "releases"));
    for (uint32_t& release : table.releases) release = ReadRelease();
    table.claims.resize(reader_.Count(5, "claims"));
    for (Claim& claim : table.claims) {
      claim.release = ReadRelease();
      claim.reporters.resize(reader_.Count(1, "reporters"));
      for (MemberId& reporter : claim.reporters) {
        reporter = static_cast<MemberId>(reader_.Varint("reporter"));
      }
      claim.period.begin = static_cast<vocabulary::Day>(reader_.ZigZag("day"));
      claim.period.end = static_cast<vocabulary::Day>(reader_.ZigZag("day"));
      claim.printed_to = static_cast<vocabulary::Day>(reader_.ZigZag("day"));
    }
  }

  uint32_t ReadRelease() {
    const uint64_t release = reader_.Varint("release");
    if (release >= release_count_) reader_.Fail("a release that is not there");
    return static_cast<uint32_t>(release);
  }

  const Vocabulary& vocabulary_;
  Reader reader_;
  size_t release_count_ = 0;
};

}  // namespace

std::shared_ptr<const Snapshot> KeptTables::Load(
    std::shared_ptr<const Vocabulary> vocabulary, const store::Store& store,
    const std::vector<store::Release>& stored, ChunkCache* cache) {
  absl::StatusOr<std::string> bytes = [this]() -> absl::StatusOr<std::string> {
    COLLATE_ASSIGN_OR_RETURN(const auto file, files_.Read(kIndex));
    COLLATE_ASSIGN_OR_RETURN(std::string block, file->Next());
    COLLATE_RETURN_IF_ERROR(file->ExpectEnd());
    return block;
  }();
  if (!bytes.ok()) return nullptr;
  IndexReader index(*vocabulary, *bytes);
  if (!index.Begin(Rules(*vocabulary))) return nullptr;
  std::vector<IndexReader::Release> releases = index.Releases();
  std::vector<IndexReader::Table> tables = index.Tables();
  if (!index.ok()) return nullptr;

  absl::flat_hash_map<std::string, const store::Release*> by_name;
  for (const store::Release& release : stored) by_name[release.name] = &release;
  const absl::Status unusable = store::CorruptStore("to be read anew");
  std::vector<std::shared_ptr<LoadedRelease>> loaded;
  for (IndexReader::Release& kept : releases) {
    auto& release = *loaded.emplace_back(std::make_shared<LoadedRelease>());
    const auto found = by_name.find(kept.name);
    if (found != by_name.end()) release.release = *found->second;
    release.release.name = kept.name;
    release.release.state = kept.state;
    release.reading = std::move(kept.reading);
    release.chunks = std::make_shared<const StoredChunks>(
        kept.name, std::move(kept.chunks), cache);
    const absl::StatusOr<std::string> fingerprint =
        found == by_name.end() ? unusable : store.Fingerprint(kept.name);
    if (fingerprint.ok() && *fingerprint == kept.fingerprint) {
      release.fingerprint = *fingerprint;
    } else {
      release.problem = unusable;
    }
  }

  // Not make_shared: the constructor is private.
  std::shared_ptr<Snapshot> snapshot(new Snapshot());
  for (IndexReader::Table& of_file : tables) {
    const std::string& file = of_file.file;
    SliceTable& table = of_file.table;
    const bool readable = std::all_of(
        table.releases.begin(), table.releases.end(),
        [&](uint32_t release) { return loaded[release]->problem.ok(); });
    absl::StatusOr<std::shared_ptr<const TableRows>> rows = unusable;
    if (readable) {
      rows = [&]() -> absl::StatusOr<std::shared_ptr<const TableRows>> {
        COLLATE_ASSIGN_OR_RETURN(const auto reader, files_.Read(file));
        return TableFile::Read(table.axes, vocabulary->reporters(),
                               table.releases.size(), *reader);
      }();
    }
    if (!rows.ok()) {
      // Written anew once it is built.
      files_.Remove(file);
      for (const uint32_t release : table.releases) {
        loaded[release]->problem = unusable;
      }
      continue;
    }
    table.rows = *std::move(rows);
    for (const uint32_t release : table.releases) {
      table.chunks.push_back(loaded[release]->chunks);
    }
    table.MakePresums();
    snapshot->tables_.push_back(std::move(table));
  }
  snapshot->vocabulary_ = std::move(vocabulary);
  snapshot->releases_.assign(loaded.begin(), loaded.end());
  snapshot->Complete();
  index_ = *std::move(bytes);
  return snapshot;
}

absl::Status KeptTables::Save(const Snapshot& snapshot) {
  const std::string rules = Rules(snapshot.vocabulary());
  std::string index;
  AppendString(index, rules);
  AppendVarint(index, snapshot.releases().size());
  for (const auto& loaded : snapshot.releases()) AppendRelease(index, *loaded);
  AppendVarint(index, snapshot.tables().size());
  std::set<std::string> names = {kIndex};
  for (const SliceTable& table : snapshot.tables()) {
    const std::string name = NameOf(table, snapshot, rules);
    AppendString(index, name);
    AppendTable(index, table);
    if (!names.insert(name).second || files_.Has(name)) continue;
    COLLATE_RETURN_IF_ERROR(
        files_.Write(name, [&table](store::KeptFileWriter& writer) {
          return TableFile::Write(*table.rows, writer);
        }));
  }
  if (index != index_ || !files_.Has(kIndex)) {
    COLLATE_RETURN_IF_ERROR(files_.Write(
        kIndex,
        [&index](store::KeptFileWriter& writer) { return writer.Add(index); }));
    index_ = std::move(index);
  }
  files_.RemoveOthers(names);
  return absl::OkStatus();
}

}  // namespace collate::query
