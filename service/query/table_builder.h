// Builds the tables of a snapshot: gives stored rows their members of today,
// and decides key by key which release is a source's current statement.
//
// A key is (axes with levels, members, reporter, period) within a source,
// measure and universe. What a release declares beside it (partition,
// aggregation, floor) is no part of the key: an edition that corrects a
// declaration supersedes the figures, too.
//
// Rows that an earlier snapshot has are taken from there; where nothing has
// changed for a slice, so is its whole table, and where something has, all of
// it that is not touched (table_extension.h).
//
// Used by one thread at a time, once.

#ifndef COLLATE_SERVICE_QUERY_TABLE_BUILDER_H_
#define COLLATE_SERVICE_QUERY_TABLE_BUILDER_H_

#include <cstddef>
#include <cstdint>
#include <map>
#include <memory>
#include <string>
#include <utility>
#include <vector>

#include "absl/container/flat_hash_map.h"
#include "absl/types/span.h"
#include "service/query/slice_table.h"
#include "service/query/snapshot.h"
#include "service/query/table_group.h"
#include "service/store/observations.h"
#include "service/vocabulary/vocabulary.h"

namespace collate::query {

class TableBuilder {
 public:
  // `vocabulary` must outlive the builder, and `previous`, null for none, be
  // of that vocabulary.
  TableBuilder(const vocabulary::Vocabulary& vocabulary,
               std::shared_ptr<const Snapshot> previous);

  // A release of the previous snapshot, as it is now: it may have been
  // withdrawn since.
  void Keep(std::shared_ptr<const LoadedRelease> release);
  // Any other. Of one with a problem, which states and supersedes nothing,
  // there are no observations; the words of the others are all known.
  void Add(std::shared_ptr<const LoadedRelease> release,
           const std::vector<store::Observations>& observations);

  // For tables of which only some rows are there: what else is to be known of
  // them is that of the tables of `whole`, whose releases are kept in order.
  // `whole` must outlive the builder.
  void MakePartsOf(const Snapshot* whole) { parts_of_ = whole; }
  // Some rows of the nth release that was added, and the number of each among
  // all rows of the release.
  void AddFetched(size_t release, const store::Observations& rows,
                  absl::Span<const uint32_t> stored);

  // All releases, ordered by source and Precedes, and the tables over them.
  void Build(std::vector<std::shared_ptr<const LoadedRelease>>* releases,
             std::vector<SliceTable>* tables) &&;

 private:
  struct Entry {
    std::shared_ptr<const LoadedRelease> loaded;
    // Another than in the previous snapshot, or in another state.
    bool changed = true;
  };

  TableGroup& GroupOf(const GroupKey& key,
                      const std::vector<const vocabulary::Dimension*>& axes);
  // `stored_of` gives the number of a row among those of its release.
  template <typename StoredOf>
  void AddChunk(size_t release, const store::Observations& chunk,
                StoredOf stored_of);
  // Ranks the releases, and finds the index that those of the previous
  // snapshot have now.
  void Rank();
  // Whether all of its releases are still there.
  bool IsWhole(const SliceTable& table) const;
  bool IsUnchanged(const SliceTable& table) const;
  // Goes on with the tables of before, of one key: with the one and only, if
  // nothing else is declared, as it is, else row by row.
  void GoOnWith(const std::vector<const SliceTable*>& tables,
                TableGroup& group);
  void AddPrevious(const SliceTable& table, TableGroup& group);
  SliceTable Share(const SliceTable& table) const;
  void AddClaims();
  void Emit(const GroupKey& key, TableGroup& group,
            std::vector<SliceTable>* tables);
  // Of a group that has a base.
  void Extend(const GroupKey& key, TableGroup& group,
              std::vector<SliceTable>* tables);
  // `numbered` are the releases as the rows number them.
  SliceTable Finished(const GroupKey& key, const TableGroup& group,
                      const store::Slice& declared,
                      std::shared_ptr<const TableRows> rows,
                      const std::vector<size_t>& numbered, bool split) const;

  // The table of parts_of_ of that slice; null for none.
  const SliceTable* WholeOf(const std::string& source,
                            const store::Slice& slice) const;

  const vocabulary::Vocabulary& vocabulary_;
  const std::shared_ptr<const Snapshot> previous_;
  const Snapshot* parts_of_ = nullptr;
  absl::flat_hash_map<std::string, uint32_t> previous_index_;  // by name
  std::vector<Entry> releases_;                                // as they came
  RankedReleases ranked_;
  // Of the previous snapshot's releases: index into releases_, or kGone.
  std::vector<size_t> kept_;
  std::map<GroupKey, TableGroup> groups_;
};

}  // namespace collate::query

#endif  // COLLATE_SERVICE_QUERY_TABLE_BUILDER_H_
