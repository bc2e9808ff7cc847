#include "service/store/clickhouse_store.h"

#include <algorithm>
#include <mutex>
#include <optional>
#include <random>
#include <utility>

#include "absl/container/flat_hash_map.h"
#include "absl/container/flat_hash_set.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/str_join.h"
#include "absl/time/clock.h"
#include "service/base/digest.h"
#include "service/base/error.h"
#include "service/base/status_macros.h"
#include "service/store/chunk.h"
#include "service/store/clickhouse_client.h"
#include "service/store/clickhouse_lease.h"
#include "service/store/clickhouse_rows.h"
#include "service/store/clickhouse_schema.h"
#include "service/store/clickhouse_seeker.h"
#include "service/store/clickhouse_shard.h"
#include "service/store/crc32c.h"
#include "service/store/document_blocks.h"
#include "service/store/release_codec.h"
#include "service/store/slice_codec.h"
#include "service/store/wire.h"

namespace collate::store {
namespace {

// Blocks of a document that one request asks for.
constexpr int64_t kBlocksAtOnce = 16;
// Never 0, and never drawn twice.
uint64_t NewNumber() {
  std::random_device random;
  uint64_t number = 0;
  while (number == 0) number = (uint64_t{random()} << 32) | random();
  return number;
}

// A document of which some release keeps the bytes.
struct KnownDocument {
  int64_t byte_count = 0;
  ContentPlace place;
};

class Cluster final : public ClickHouseStore {
 public:
  explicit Cluster(const ClickHouseOptions& options);

  absl::Status Open();

  absl::Status Publish(const ReleaseDraft& draft) override;
  absl::Status Withdraw(absl::string_view release,
                        absl::string_view reason) override;
  absl::StatusOr<std::vector<Release>> ListReleases() const override;
  absl::StatusOr<Release> GetRelease(absl::string_view name) const override;
  absl::StatusOr<std::vector<Observations>> ReadObservations(
      absl::string_view release) const override;
  absl::StatusOr<std::string> Fingerprint(
      absl::string_view release) const override;
  absl::StatusOr<Observations> ReadChunk(absl::string_view release,
                                         uint32_t chunk) const override;
  absl::StatusOr<std::string> ReadDocument(absl::string_view sha256,
                                           int64_t offset,
                                           int64_t max_bytes) const override;
  absl::StatusOr<std::vector<std::string>> ListSourceIds() const override;
  absl::Status Check(const CheckProgress& progress,
                     CheckReport& report) const override;
  absl::StatusOr<std::string> Generation() const override;
  const ObservationIndex* index() const override { return &*seeker_; }

 private:
  using Documents = absl::flat_hash_map<std::string, KnownDocument>;

  absl::Status CheckDocument(const Document& document,
                             const CheckProgress& progress,
                             CheckReport& report) const;

  absl::StatusOr<std::unique_ptr<WriterLease>> Acquire() const {
    return WriterLease::Acquire(&catalogue().tables(), options_.database,
                                {.holder = options_.holder,
                                 .duration = options_.lease,
                                 .patience = options_.lease_patience});
  }

  const Shard& catalogue() const { return *shards_[0]; }
  // A query to the catalogue.
  absl::StatusOr<std::string> Ask(absl::string_view sql) const;

  // Releases that pass `where`, in no order, with states and retention.
  absl::StatusOr<std::vector<Release>> Select(absl::string_view where) const;
  absl::StatusOr<Directory> FindDirectory(absl::string_view release) const;
  // The same of a release that is published, which no longer changes.
  absl::StatusOr<std::shared_ptr<const Directory>> KnownDirectory(
      absl::string_view release) const;
  // Those of the digests that are known.
  absl::StatusOr<Documents> FindDocuments(
      const std::vector<absl::string_view>& sha256) const;

  absl::StatusOr<std::vector<ContentPlace>> WriteDocuments(
      const ReleaseDraft& draft, WriterLease& lease);
  absl::StatusOr<ContentPlace> WriteContent(const Document& document,
                                            const DocumentReader& contents,
                                            WriterLease& lease);
  absl::StatusOr<ChunkPlace> WriteChunk(const Observations& chunk, RowKey key,
                                        WriterLease& lease);
  // The row that makes a release visible.
  absl::Status WritePublished(const PublishedRow& row);
  // Inserts what may be there twice, with a renewed lease before each try.
  absl::Status InsertAgain(const Shard& shard, absl::string_view into,
                           absl::string_view rows, WriterLease& lease);

  absl::StatusOr<Observations> ReadOne(absl::string_view release,
                                       const Directory& directory,
                                       uint32_t chunk) const;
  absl::StatusOr<std::string> ReadBlocks(const std::string& sha256,
                                         const KnownDocument& document,
                                         int64_t offset, int64_t size) const;

  const ClickHouseOptions options_;
  std::vector<std::unique_ptr<Shard>> shards_;
  // For the row that makes a release visible: it gives up before the lease
  // ends.
  std::optional<ClickHouseClient> committer_;
  // Not absl::Mutex: ThreadSanitizer cannot see into the system's Abseil.
  std::mutex write_mutex_;
  // Looks for rows; set once the shards are known.
  std::optional<ClickHouseSeeker> seeker_;
  mutable std::mutex directories_mutex_;  // guards the next one
  mutable absl::flat_hash_map<std::string, std::shared_ptr<const Directory>>
      directories_;
};

Cluster::Cluster(const ClickHouseOptions& options) : options_(options) {
  ClickHouseServer server{.url = "",
                          .database = "",
                          .user = options.user,
                          .password = options.password,
                          .connect_timeout = options.connect_timeout,
                          .timeout = options.timeout};
  for (const std::string& url : options.shards) {
    server.url = url;
    shards_.push_back(std::make_unique<Shard>(
        static_cast<uint32_t>(shards_.size()), server, options.database));
  }
  server.url = options.shards[0];
  server.database = options.database;
  server.timeout = std::min(options.timeout, options.lease / 2);
  committer_.emplace(server);
  seeker_.emplace(&shards_, [this](absl::string_view release) {
    return KnownDirectory(release);
  });
}

absl::Status Cluster::Open() {
  COLLATE_RETURN_IF_ERROR(catalogue().Named(
      PrepareCatalogue(catalogue().server(), options_.database)));
  for (const std::unique_ptr<Shard>& shard : shards_) {
    const absl::Status prepared = shard->Prepare();
    // It is prepared before it is first written to.
    if (absl::IsUnavailable(prepared) && shard != shards_[0]) continue;
    COLLATE_RETURN_IF_ERROR(prepared);
  }
  return absl::OkStatus();
}

absl::StatusOr<std::string> Cluster::Ask(absl::string_view sql) const {
  absl::StatusOr<std::string> answer = catalogue().tables().Query(sql);
  if (!answer.ok()) return catalogue().Named(answer.status());
  return answer;
}

absl::StatusOr<std::vector<Release>> Cluster::Select(
    absl::string_view where) const {
  // Two writers may have published one release, or one of them twice.
  COLLATE_ASSIGN_OR_RETURN(
      const std::string rows,
      Ask(absl::StrCat("SELECT ", ReleaseColumns(), " FROM published ", where,
                       " ORDER BY name, term, attempt LIMIT 1 BY name FORMAT "
                       "RowBinary")));
  absl::StatusOr<std::vector<Release>> read = ReadReleases(rows);
  if (!read.ok()) return catalogue().Named(read.status());
  std::vector<Release>& releases = *read;
  // Asked for after the releases: a release that is withdrawn was published.
  COLLATE_ASSIGN_OR_RETURN(
      const std::string withdrawals,
      Ask("SELECT release, reason, crc32c FROM withdrawn "
          "ORDER BY release, term, reason LIMIT 1 BY release "
          "FORMAT RowBinary"));
  absl::flat_hash_map<std::string, std::string> withdrawn;
  Reader reader(withdrawals, "withdrawn");
  while (reader.remaining() > 0) {
    const uint64_t begin = reader.offset();
    const std::string release(reader.String("release"));
    const std::string reason(reader.String("reason"));
    const uint32_t computed = Crc32c(
        absl::string_view(withdrawals).substr(begin, reader.offset() - begin));
    if (reader.U32("crc32c") != computed) {
      reader.Fail(absl::StrCat("withdrawal of ", release,
                               ": its checksum does not hold"));
    }
    if (!reader.ok()) return catalogue().Named(reader.status());
    withdrawn[release] = reason;
  }
  std::vector<absl::string_view> asked;
  for (Release& release : releases) {
    if (const auto found = withdrawn.find(release.name);
        found != withdrawn.end()) {
      release.state = ReleaseState::kWithdrawn;
      release.withdrawn_reason = found->second;
    }
    for (const Document& document : release.documents) {
      if (!document.retained) asked.push_back(document.sha256);
    }
  }
  // Whoever keeps the bytes keeps them for all.
  COLLATE_ASSIGN_OR_RETURN(const Documents kept, FindDocuments(asked));
  for (Release& release : releases) {
    for (Document& document : release.documents) {
      const auto found = kept.find(document.sha256);
      if (found != kept.end() && found->second.place.content != 0) {
        document.retained = true;
      }
    }
  }
  return read;
}

absl::StatusOr<Cluster::Documents> Cluster::FindDocuments(
    const std::vector<absl::string_view>& sha256) const {
  Documents documents;
  if (sha256.empty()) return documents;
  COLLATE_ASSIGN_OR_RETURN(
      const std::string rows,
      Ask(absl::StrCat(
          "SELECT sha256, bytes, content, shard FROM published ARRAY JOIN "
          "document_sha256 AS sha256, document_byte_count AS bytes, "
          "document_content AS content, document_shard AS shard WHERE sha256 "
          "IN (",
          absl::StrJoin(sha256, ", ",
                        [](std::string* out, absl::string_view digest) {
                          absl::StrAppend(out, Quoted(digest));
                        }),
          ") ORDER BY sha256, content, shard FORMAT RowBinary")));
  Reader reader(rows, "documents");
  while (reader.remaining() > 0 && reader.ok()) {
    KnownDocument& document = documents[std::string(reader.String("sha256"))];
    document.byte_count = static_cast<int64_t>(reader.U64("byte_count"));
    document.place.content = reader.U64("content");
    document.place.shard = reader.U32("shard");
  }
  if (!reader.ok()) return catalogue().Named(reader.status());
  return documents;
}

absl::StatusOr<std::vector<Release>> Cluster::ListReleases() const {
  COLLATE_ASSIGN_OR_RETURN(std::vector<Release> releases, Select(""));
  std::sort(releases.begin(), releases.end(),
            [](const Release& a, const Release& b) {
              if (a.source != b.source) return a.source < b.source;
              return Precedes(a, b);
            });
  return releases;
}

absl::StatusOr<Release> Cluster::GetRelease(absl::string_view name) const {
  COLLATE_ASSIGN_OR_RETURN(std::vector<Release> releases,
                           Select(absl::StrCat("WHERE name = ", Quoted(name))));
  if (releases.empty()) return ReleaseNotFound(name);
  return std::move(releases[0]);
}

absl::StatusOr<Directory> Cluster::FindDirectory(
    absl::string_view release) const {
  COLLATE_ASSIGN_OR_RETURN(
      const std::string row,
      Ask(absl::StrCat("SELECT ", kDirectoryColumns,
                       " FROM published WHERE name = ", Quoted(release),
                       " ORDER BY term, attempt LIMIT 1 FORMAT RowBinary")));
  if (row.empty()) return ReleaseNotFound(release);
  absl::StatusOr<Directory> directory = ReadDirectoryRow(row);
  if (!directory.ok()) {
    return catalogue().Named(base::Annotate(directory.status(), release));
  }
  return directory;
}

absl::StatusOr<std::shared_ptr<const Directory>> Cluster::KnownDirectory(
    absl::string_view release) const {
  {
    const std::lock_guard<std::mutex> lock(directories_mutex_);
    const auto known = directories_.find(release);
    if (known != directories_.end()) return known->second;
  }
  COLLATE_ASSIGN_OR_RETURN(Directory read, FindDirectory(release));
  auto directory = std::make_shared<const Directory>(std::move(read));
  const std::lock_guard<std::mutex> lock(directories_mutex_);
  return directories_.emplace(std::string(release), directory).first->second;
}

absl::StatusOr<Observations> Cluster::ReadOne(absl::string_view release,
                                              const Directory& directory,
                                              uint32_t number) const {
  const ChunkPlace& place = directory.chunks[number];
  COLLATE_ASSIGN_OR_RETURN(const Shard* shard, ShardAt(shards_, place.shard));
  const std::string where =
      absl::StrCat("release ", release, ", chunk ", number);
  const absl::StatusOr<std::string> rows = shard->tables().Query(absl::StrCat(
      "SELECT ", kRowColumns,
      " FROM observation WHERE slice = ", SliceNumber(place.slice),
      " AND release = ", ReleaseNumber(release), " AND chunk = ", number,
      " AND batch = ", place.batch, " ORDER BY row FORMAT RowBinary"));
  if (!rows.ok()) return shard->Named(base::Annotate(rows.status(), where));
  absl::StatusOr<Observations> chunk = ReadRows(*rows, place);
  if (!chunk.ok()) return shard->Named(base::Annotate(chunk.status(), where));
  for (const Locator& locator : chunk->locator) {
    if (locator.document < directory.contents.size()) continue;
    return shard->Named(
        CorruptStore(absl::StrCat(where, ": cites document ", locator.document,
                                  " of ", directory.contents.size())));
  }
  return chunk;
}

absl::StatusOr<std::vector<Observations>> Cluster::ReadObservations(
    absl::string_view release) const {
  COLLATE_ASSIGN_OR_RETURN(const Directory directory, FindDirectory(release));
  std::vector<Observations> chunks;
  int64_t rows = 0;
  for (uint32_t i = 0; i < directory.chunks.size(); ++i) {
    COLLATE_ASSIGN_OR_RETURN(Observations chunk,
                             ReadOne(release, directory, i));
    rows += static_cast<int64_t>(chunk.row_count());
    chunks.push_back(std::move(chunk));
  }
  if (rows != directory.observation_count) {
    return CorruptStore(absl::StrCat("release ", release, " has ", rows,
                                     " observations, expected ",
                                     directory.observation_count));
  }
  return chunks;
}

absl::StatusOr<std::string> Cluster::Fingerprint(
    absl::string_view release) const {
  COLLATE_ASSIGN_OR_RETURN(const Release found, GetRelease(release));
  COLLATE_ASSIGN_OR_RETURN(const Directory directory, FindDirectory(release));
  std::vector<uint32_t> crcs;
  for (const ChunkPlace& chunk : directory.chunks) crcs.push_back(chunk.crc32c);
  return FingerprintOf(found, crcs);
}

absl::StatusOr<Observations> Cluster::ReadChunk(absl::string_view release,
                                                uint32_t chunk) const {
  COLLATE_ASSIGN_OR_RETURN(const Directory directory, FindDirectory(release));
  if (chunk >= directory.chunks.size()) {
    return ChunkNotFound(release, static_cast<int64_t>(directory.chunks.size()),
                         chunk);
  }
  return ReadOne(release, directory, chunk);
}

absl::StatusOr<std::string> Cluster::ReadBlocks(const std::string& sha256,
                                                const KnownDocument& document,
                                                int64_t offset,
                                                int64_t size) const {
  COLLATE_ASSIGN_OR_RETURN(const Shard* shard,
                           ShardAt(shards_, document.place.shard));
  const int64_t last = (offset + size - 1) / kBlockBytes;
  std::string bytes;
  bytes.reserve(static_cast<size_t>(size));
  for (int64_t seq = offset / kBlockBytes; seq <= last;) {
    const int64_t end = std::min(last + 1, seq + kBlocksAtOnce);
    // A block that was sent twice is there twice.
    const absl::StatusOr<std::string> rows = shard->tables().Query(absl::StrCat(
        "SELECT seq, crc32c, bytes FROM document_block WHERE content = ",
        document.place.content, " AND seq >= ", seq, " AND seq < ", end,
        " ORDER BY seq LIMIT 1 BY seq FORMAT RowBinary"));
    if (!rows.ok()) return shard->Named(rows.status());
    const std::string what = absl::StrCat("document ", sha256);
    Reader reader(*rows, what);
    for (; seq < end && reader.ok(); ++seq) {
      if (reader.U32("seq") != static_cast<uint64_t>(seq)) {
        reader.Fail(absl::StrCat("block ", seq, " is missing"));
      }
      const uint32_t crc = reader.U32("crc32c");
      const absl::string_view block = reader.String("bytes");
      const int64_t begin = seq * kBlockBytes;
      const int64_t expected =
          std::min(kBlockBytes, document.byte_count - begin);
      if (reader.ok() && static_cast<int64_t>(block.size()) != expected) {
        reader.Fail(absl::StrCat("block ", seq, " has ", block.size(),
                                 " bytes, expected ", expected));
      }
      if (reader.ok() && Crc32c(block) != crc) {
        reader.Fail(
            absl::StrCat("block ", seq, ": its checksum does not hold"));
      }
      if (!reader.ok()) break;
      const int64_t from = std::max<int64_t>(0, offset - begin);
      const int64_t to = std::min(expected, offset + size - begin);
      absl::StrAppend(&bytes, block.substr(static_cast<size_t>(from),
                                           static_cast<size_t>(to - from)));
    }
    reader.ExpectEnd("the last block");
    if (!reader.ok()) return shard->Named(reader.status());
  }
  return bytes;
}

absl::StatusOr<std::string> Cluster::ReadDocument(absl::string_view sha256,
                                                  int64_t offset,
                                                  int64_t max_bytes) const {
  COLLATE_RETURN_IF_ERROR(CheckRange(offset, max_bytes));
  COLLATE_ASSIGN_OR_RETURN(const Documents documents, FindDocuments({sha256}));
  const auto found = documents.find(sha256);
  if (found == documents.end()) return DocumentNotFound(sha256);
  const KnownDocument& document = found->second;
  if (document.place.content == 0) return DocumentNotRetained(sha256);
  if (offset >= document.byte_count || max_bytes == 0) return "";
  const int64_t size = std::min(max_bytes, document.byte_count - offset);
  COLLATE_ASSIGN_OR_RETURN(std::string bytes,
                           ReadBlocks(found->first, document, offset, size));
  if (size == document.byte_count && base::Sha256Hex(bytes) != sha256) {
    return CorruptStore(
        absl::StrCat("document ", sha256, ": its bytes have another digest"));
  }
  return bytes;
}

absl::StatusOr<std::vector<std::string>> Cluster::ListSourceIds() const {
  COLLATE_ASSIGN_OR_RETURN(const std::string rows,
                           Ask("SELECT DISTINCT source FROM published ORDER BY "
                               "source FORMAT RowBinary"));
  std::vector<std::string> ids;
  Reader reader(rows, "sources");
  while (reader.remaining() > 0 && reader.ok()) {
    ids.emplace_back(reader.String("source"));
  }
  if (!reader.ok()) return catalogue().Named(reader.status());
  return ids;
}

absl::Status Cluster::Check(const CheckProgress& progress,
                            CheckReport& report) const {
  COLLATE_ASSIGN_OR_RETURN(const std::vector<Release> releases, ListReleases());
  absl::flat_hash_set<absl::string_view> checked;
  for (const Release& release : releases) {
    COLLATE_RETURN_IF_ERROR(
        report.Add(ReadObservations(release.name).status()));
    ++report.releases;
    report.observations += release.observation_count;
    for (const Document& document : release.documents) {
      if (!document.retained || !checked.insert(document.sha256).second) {
        continue;
      }
      COLLATE_RETURN_IF_ERROR(
          report.Add(CheckDocument(document, progress, report)));
      ++report.documents;
    }
    if (progress) COLLATE_RETURN_IF_ERROR(progress(report));
  }
  return absl::OkStatus();
}

absl::Status Cluster::CheckDocument(const Document& document,
                                    const CheckProgress& progress,
                                    CheckReport& report) const {
  base::Sha256 sha256;
  constexpr int64_t kStep = kBlocksAtOnce * kBlockBytes;
  for (int64_t at = 0; at < document.byte_count; at += kStep) {
    COLLATE_ASSIGN_OR_RETURN(const std::string bytes,
                             ReadDocument(document.sha256, at, kStep));
    sha256.Update(bytes);
    report.document_bytes += static_cast<int64_t>(bytes.size());
    if (progress) COLLATE_RETURN_IF_ERROR(progress(report));
  }
  if (sha256.FinishHex() == document.sha256) return absl::OkStatus();
  return CorruptStore(absl::StrCat("document ", document.sha256,
                                   ": its bytes have another digest"));
}

absl::StatusOr<std::string> Cluster::Generation() const {
  // Rows of both are only ever added; a union alone comes in any order.
  return Ask(
      "SELECT n, of FROM (SELECT count() AS n, 'published' AS of FROM "
      "published "
      "UNION ALL SELECT count() AS n, 'withdrawn' AS of FROM withdrawn) "
      "ORDER BY of");
}

absl::Status Cluster::InsertAgain(const Shard& shard, absl::string_view into,
                                  absl::string_view rows, WriterLease& lease) {
  for (int tried = 1;; ++tried) {
    COLLATE_RETURN_IF_ERROR(catalogue().Named(lease.RenewIfDue()));
    const absl::Status inserted = shard.tables().Insert(into, rows);
    if (!absl::IsUnavailable(inserted) || tried == ClickHouseClient::kTries) {
      return shard.Named(inserted);
    }
    absl::SleepFor(ClickHouseClient::Pause(tried));
  }
}

absl::StatusOr<ContentPlace> Cluster::WriteContent(
    const Document& document, const DocumentReader& contents,
    WriterLease& lease) {
  ContentPlace place;
  place.content = NewNumber();
  place.shard = static_cast<uint32_t>(place.content % shards_.size());
  Shard& shard = *shards_[place.shard];
  COLLATE_RETURN_IF_ERROR(shard.Prepare());
  COLLATE_RETURN_IF_ERROR(ForEachBlock(
      document, contents, [&](int64_t seq, absl::string_view block) {
        std::string row;
        AppendU64(row, place.content);
        AppendU32(row, static_cast<uint32_t>(seq));
        AppendU32(row, Crc32c(block));
        AppendString(row, block);
        return InsertAgain(
            shard, "document_block (content, seq, crc32c, bytes)", row, lease);
      }));
  return place;
}

absl::StatusOr<std::vector<ContentPlace>> Cluster::WriteDocuments(
    const ReleaseDraft& draft, WriterLease& lease) {
  const std::vector<Document>& documents = draft.release.documents;
  std::vector<absl::string_view> digests;
  for (const Document& document : documents) {
    digests.push_back(document.sha256);
  }
  COLLATE_ASSIGN_OR_RETURN(Documents known, FindDocuments(digests));
  std::vector<ContentPlace> places;
  for (size_t i = 0; i < documents.size(); ++i) {
    const Document& document = documents[i];
    const auto [at, added] = known.try_emplace(document.sha256);
    KnownDocument& kept = at->second;
    if (added) kept.byte_count = document.byte_count;
    if (kept.byte_count != document.byte_count) {
      return DocumentMismatch(
          document, absl::StrCat(document.byte_count,
                                 " bytes are announced, the stored one has ",
                                 kept.byte_count));
    }
    if (kept.place.content == 0 && draft.contents[i] != nullptr) {
      COLLATE_ASSIGN_OR_RETURN(
          kept.place, WriteContent(document, draft.contents[i], lease));
    }
    places.push_back(kept.place);
  }
  return places;
}

absl::StatusOr<ChunkPlace> Cluster::WriteChunk(const Observations& chunk,
                                               RowKey key, WriterLease& lease) {
  ChunkPlace place;
  // Chunks of a release take turns, wherever the first one falls.
  place.shard =
      static_cast<uint32_t>((key.release + key.chunk) % shards_.size());
  Shard& shard = *shards_[place.shard];
  COLLATE_RETURN_IF_ERROR(shard.Prepare());
  const std::string into =
      absl::StrCat("observation (", kKeyColumns, ", ", kRowColumns, ")");
  for (int tried = 1;; ++tried) {
    COLLATE_RETURN_IF_ERROR(catalogue().Named(lease.RenewIfDue()));
    // Rows of a try whose end is unknown may be there or come later. They are
    // of a batch that nothing names.
    key.batch = NewNumber();
    place.batch = key.batch;
    const std::string rows = AppendRows(chunk, key, &place);
    const absl::Status inserted = shard.tables().Insert(into, rows);
    if (inserted.ok()) return place;
    if (!absl::IsUnavailable(inserted) || tried == ClickHouseClient::kTries) {
      return shard.Named(inserted);
    }
    absl::SleepFor(ClickHouseClient::Pause(tried));
  }
}

absl::Status Cluster::WritePublished(const PublishedRow& row) {
  const absl::Status inserted =
      committer_->Insert(absl::StrCat("published (", PublishedColumns(), ")"),
                         AppendPublished(row));
  if (!absl::IsUnavailable(inserted) || HttpClient::NotSent(inserted)) {
    return catalogue().Named(inserted);
  }
  const absl::StatusOr<std::string> found = Ask(absl::StrCat(
      "SELECT count() FROM published WHERE name = ", Quoted(row.release.name),
      " AND attempt = ", row.attempt));
  if (found.ok() && *found != "0\n") return absl::OkStatus();
  return base::Error(absl::StatusCode::kUnavailable, "COMMIT_OUTCOME_UNKNOWN",
                     absl::StrCat("it is not known whether the change was "
                                  "kept; ask for it, or make it again: ",
                                  inserted.message()))
      .With("cause", base::DetailOf(inserted).reason)
      .With("host", catalogue().tables().host());
}

absl::Status Cluster::Publish(const ReleaseDraft& draft) {
  COLLATE_RETURN_IF_ERROR(ValidateDraft(draft));
  PublishedRow row;
  row.release = draft.release;
  std::vector<Observations> chunks;
  for (const Observations& observations : draft.observations) {
    absl::StatusOr<std::vector<Observations>> pieces =
        SortAndSplit(observations);
    if (!pieces.ok()) {
      return base::Annotate(pieces.status(), draft.release.name);
    }
    for (Observations& piece : *pieces) {
      row.directory.observation_count +=
          static_cast<int64_t>(piece.row_count());
      chunks.push_back(std::move(piece));
    }
  }
  row.release.observation_count = row.directory.observation_count;

  const std::lock_guard<std::mutex> lock(write_mutex_);
  COLLATE_ASSIGN_OR_RETURN(const std::unique_ptr<WriterLease> lease, Acquire());
  const absl::StatusOr<Directory> before = FindDirectory(draft.release.name);
  if (before.ok()) return ReleaseExists(draft.release.name);
  if (!absl::IsNotFound(before.status())) return before.status();
  row.term = lease->term();
  row.attempt = NewNumber();
  COLLATE_ASSIGN_OR_RETURN(row.directory.contents,
                           WriteDocuments(draft, *lease));
  RowKey key;
  key.release = ReleaseNumber(draft.release.name);
  for (const Observations& chunk : chunks) {
    COLLATE_ASSIGN_OR_RETURN(ChunkPlace place, WriteChunk(chunk, key, *lease));
    row.directory.chunks.push_back(std::move(place));
    ++key.chunk;
  }
  if (draft.admit) COLLATE_RETURN_IF_ERROR(draft.admit());
  // Two thirds of the lease are left; this row gives up after half of one.
  COLLATE_RETURN_IF_ERROR(catalogue().Named(lease->RenewIfDue()));
  return WritePublished(row);
}

absl::Status Cluster::Withdraw(absl::string_view release,
                               absl::string_view reason) {
  const std::lock_guard<std::mutex> lock(write_mutex_);
  COLLATE_ASSIGN_OR_RETURN(const std::unique_ptr<WriterLease> lease, Acquire());
  COLLATE_ASSIGN_OR_RETURN(const Release found, GetRelease(release));
  if (found.state == ReleaseState::kWithdrawn) return absl::OkStatus();
  std::string row;
  AppendString(row, release);
  AppendString(row, reason);
  AppendU32(row, Crc32c(row));
  AppendU64(row, lease->term());
  return InsertAgain(catalogue(), "withdrawn (release, reason, crc32c, term)",
                     row, *lease);
}

absl::Status CheckOptions(const ClickHouseOptions& options) {
  const auto invalid = [](absl::string_view message) -> absl::Status {
    return base::Error(absl::StatusCode::kInvalidArgument, "INVALID_CONFIG",
                       message);
  };
  if (options.shards.empty()) {
    return invalid("a ClickHouse store has at least one shard");
  }
  if (options.database.empty() ||
      options.database.find_first_not_of("abcdefghijklmnopqrstuvwxyz"
                                         "0123456789_") != std::string::npos) {
    return invalid(absl::StrCat("database '", options.database,
                                "': lower-case letters, digits and _ are "
                                "expected"));
  }
  if (options.lease < absl::Seconds(1)) {
    return invalid("a lease of at least a second is expected");
  }
  return absl::OkStatus();
}

}  // namespace

absl::StatusOr<std::unique_ptr<ClickHouseStore>> OpenClickHouse(
    const ClickHouseOptions& options) {
  COLLATE_RETURN_IF_ERROR(CheckOptions(options));
  auto store = std::make_unique<Cluster>(options);
  COLLATE_RETURN_IF_ERROR(store->Open());
  return std::unique_ptr<ClickHouseStore>(std::move(store));
}

}  // namespace collate::store
