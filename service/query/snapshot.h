// Everything that is published, resolved and ready to be summed.
//
// A Snapshot is immutable: it is built from the store's releases (at start
// and after each publish), swapped in by pointer, and read by any number of
// threads without waiting. Within one source it knows which release each key
// is served from; between sources it decides nothing, since that depends on
// the query's preferences.

#ifndef COLLATE_SERVICE_QUERY_SNAPSHOT_H_
#define COLLATE_SERVICE_QUERY_SNAPSHOT_H_

#include <cstdint>
#include <memory>
#include <string>
#include <utility>
#include <vector>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "absl/strings/string_view.h"
#include "service/query/absences.h"
#include "service/query/chunks.h"
#include "service/query/outline.h"
#include "service/query/slice_table.h"
#include "service/store/observations.h"
#include "service/store/store.h"
#include "service/vocabulary/vocabulary.h"

namespace collate::query {

struct FetchScope;

// A release and where its observations are; shared between successive
// snapshots.
struct LoadedRelease {
  store::Release release;
  // None of a release that cannot be read.
  std::shared_ptr<const Chunks> chunks;
  // Why it cannot be read: damage in the store (reason CORRUPT_STORE), a shard
  // that is down (STORE_IO), or words that the vocabulary no longer has
  // (CORRUPT_RELEASE). Such a release is known, and states nothing.
  absl::Status problem;
  // ReadingOf(release), which never changes and takes long to make anew.
  std::string reading;
  // Store::Fingerprint of what was read; empty where that is not known.
  std::string fingerprint;
  // Of what it prints whose rows stay in the store; null where all are here.
  std::shared_ptr<const Outline> outline;
};

// Hex digest of who read a release, and of what came of it: adapter, library,
// vocabulary and report, which names the recipes. No part of it is of this
// store, such as when it was loaded.
std::string ReadingOf(const store::Release& release);

// When a release became known: when it was published or, where nobody stated
// that, the latest that it can have been: when it was loaded.
KnownTime KnownFrom(const store::Release& release);

// A citation in words; see collate.v1.Citation.
struct Citation {
  std::string release;
  std::string document;
  std::string document_sha256;
  std::string locator;
  std::string raw;
  std::string reporter_text;
  std::string period_text;
  std::vector<std::pair<std::string, std::string>> labels;
  std::string printed_by;  // where the document repeats another's figure
};

class Snapshot : public std::enable_shared_from_this<Snapshot> {
 public:
  // Of releases that are in memory as a whole.
  static std::shared_ptr<const Snapshot> Build(
      std::shared_ptr<const vocabulary::Vocabulary> vocabulary,
      const std::vector<std::shared_ptr<const LoadedRelease>>& releases);

  // The releases at `indexes` alone, as if no other had ever been loaded: what
  // supersedes what, and what an edition left out, is decided among them. The
  // tables of which nothing is left out are shared. Sources of the others can
  // still be named.
  std::shared_ptr<const Snapshot> Narrow(
      const std::vector<uint32_t>& indexes) const;

  const vocabulary::Vocabulary& vocabulary() const { return *vocabulary_; }
  const std::vector<std::shared_ptr<const LoadedRelease>>& releases() const {
    return releases_;
  }
  const std::vector<SliceTable>& tables() const { return tables_; }

  // Whether all rows of all tables are here. Else some are away, or of some
  // only those are here that scope() tells.
  bool whole() const { return whole_; }
  // What was fetched of tables that were away; null for nothing.
  const FetchScope* scope() const { return scope_.get(); }
  // What was looked for and is not here, where sums stand for rows that are
  // away; null where those rows were fetched, or none are away.
  const Absences* absences() const { return absences_.get(); }
  // The same with other tables, in the same order.
  std::shared_ptr<const Snapshot> With(
      std::vector<SliceTable> tables, std::shared_ptr<const FetchScope> scope,
      std::shared_ptr<const Absences> absences = nullptr) const;

  // Sources that have a release, in default order: the vocabulary's by
  // preference, then those created by ingestion, by id.
  const std::vector<std::string>& sources() const { return sources_; }

  // Whether a question may name a source: one of the vocabulary, or one that
  // has a release here or in the snapshot that this one was narrowed from.
  bool KnowsSource(const std::string& id) const;

  // Hex digest over vocabulary and releases with their states: two snapshots
  // with one digest give the same answers.
  const std::string& digest() const { return digest_; }

  // Of memory that it takes, nearly; what snapshots share is counted in each.
  int64_t byte_count() const { return byte_count_; }

  const store::Release& release_of(const RowRef& ref) const {
    return releases_[ref.release]->release;
  }
  // What the publisher broke the row's number down by, and of what.
  const store::Slice& slice_of(const RowRef& ref) const {
    return releases_[ref.release]->chunks->summaries()[ref.chunk].slice;
  }
  // What is said beside the row's figure; nullptr for nothing.
  const Chunks::Stated* FindStated(const RowRef& ref) const {
    return releases_[ref.release]->chunks->FindStated(ref.chunk, ref.row);
  }
  // The stored chunk that the row is in. DATA_LOSS (reason CORRUPT_STORE),
  // UNAVAILABLE.
  absl::StatusOr<std::shared_ptr<const store::Observations>> Read(
      const RowRef& ref) const {
    return releases_[ref.release]->chunks->Read(ref.chunk);
  }
  // Errors of Read.
  absl::StatusOr<Citation> Cite(const RowRef& ref) const;

 private:
  friend class KeptTables;
  friend class SnapshotBuilder;

  Snapshot() = default;
  // Sets what follows from vocabulary, releases and tables.
  void Complete();

  std::shared_ptr<const vocabulary::Vocabulary> vocabulary_;
  std::vector<std::shared_ptr<const LoadedRelease>> releases_;
  std::vector<SliceTable> tables_;
  bool whole_ = true;
  std::shared_ptr<const FetchScope> scope_;
  std::shared_ptr<const Absences> absences_;
  std::vector<std::string> sources_;
  std::vector<std::string> further_sources_;  // without a release here
  std::string digest_;
  int64_t byte_count_ = 0;
};

// Makes a snapshot, release by release, so that no more than one need be in
// memory as it is stored. Used by one thread at a time, once.
class SnapshotBuilder {
 public:
  // What `previous` has need not be read again; null for none.
  SnapshotBuilder(std::shared_ptr<const vocabulary::Vocabulary> vocabulary,
                  std::shared_ptr<const Snapshot> previous);
  ~SnapshotBuilder();

  // A release that `previous` has without a problem; it may have been
  // withdrawn since.
  void Keep(std::shared_ptr<const LoadedRelease> release);
  // Any other, with what it holds: nothing if it has a problem. One that names
  // a measure, dimension or reporter that the vocabulary does not have becomes
  // one with a problem. Chunks that are in its outline are there without rows.
  void Add(std::shared_ptr<const LoadedRelease> release,
           const std::vector<store::Observations>& observations);

  std::shared_ptr<const Snapshot> Build() &&;

 private:
  friend class Snapshot;

  std::shared_ptr<const vocabulary::Vocabulary> vocabulary_;
  std::unique_ptr<class TableBuilder> tables_;
  std::vector<std::string> further_sources_;
};

// `file.csv:L88:C8`, `'Sheet'!A1`, `archive.zip/file.csv:L3:C2`.
std::string FormatLocator(const store::Locator& locator,
                          const store::Observations& chunk,
                          absl::string_view document);

}  // namespace collate::query

#endif  // COLLATE_SERVICE_QUERY_SNAPSHOT_H_
