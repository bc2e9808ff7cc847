// Builds the tables of a snapshot: gives stored rows their members of today,
// and decides key by key which release is a source's current statement.
//
// A key is (axes with levels, members, reporter, period) within a source,
// measure and universe. What a release declares beside it (partition,
// aggregation, floor) is no part of the key: an edition that corrects a
// declaration supersedes the figures, too.
//
// Rows that an earlier snapshot has are taken from there, and where nothing
// has changed for a slice, so is its whole table.
//
// Used by one thread at a time, once.

#ifndef COLLATE_SERVICE_QUERY_TABLE_BUILDER_H_
#define COLLATE_SERVICE_QUERY_TABLE_BUILDER_H_

#include <cstddef>
#include <cstdint>
#include <map>
#include <memory>
#include <set>
#include <string>
#include <tuple>
#include <utility>
#include <vector>

#include "absl/container/flat_hash_map.h"
#include "absl/status/status.h"
#include "service/query/slice_table.h"
#include "service/query/snapshot.h"
#include "service/store/observations.h"
#include "service/vocabulary/vocabulary.h"

namespace collate::query {

class TableBuilder {
 public:
  // `vocabulary` must outlive the builder, and `previous`, null for none, be
  // of that vocabulary.
  TableBuilder(const vocabulary::Vocabulary& vocabulary,
               std::shared_ptr<const Snapshot> previous);

  // FAILED_PRECONDITION (reason CORRUPT_RELEASE) when a chunk names a
  // measure, dimension or reporter that the vocabulary does not have.
  static absl::Status CheckWords(
      const store::Release& release,
      const std::vector<store::Observations>& observations,
      const vocabulary::Vocabulary& vocabulary);

  // A release of the previous snapshot, as it is now: it may have been
  // withdrawn since.
  void Keep(std::shared_ptr<const LoadedRelease> release);
  // Any other. Of one with a problem, which states and supersedes nothing,
  // there are no observations; the words of the others are all known.
  void Add(std::shared_ptr<const LoadedRelease> release,
           const std::vector<store::Observations>& observations);

  // All releases, ordered by source and Precedes, and the tables over them.
  void Build(std::vector<std::shared_ptr<const LoadedRelease>>* releases,
             std::vector<SliceTable>* tables) &&;

 private:
  // A source's slice, its declaration left blank.
  using GroupKey = std::pair<std::string, store::Slice>;

  // All rows that can supersede one another.
  struct Group {
    explicit Group(size_t axes) : rows(axes) {}

    std::vector<const vocabulary::Dimension*> axes;
    bool unmapped = false;
    std::vector<store::Slice> declared;
    TableRows rows;  // as they came; their times are not yet known
    NarrowColumn<uint32_t> declaration;  // of each row: index into `declared`
    std::vector<size_t> releases;        // by number in `rows`: into releases_
    absl::flat_hash_map<size_t, uint32_t> number_of;
    // By number of the release: the periods that it prints.
    std::vector<std::set<vocabulary::DayInterval>> printed;
    std::vector<Claim> claims;  // earliest release first
    // By reporter and period: the releases that claim it, earliest first.
    absl::flat_hash_map<
        std::tuple<vocabulary::MemberId, vocabulary::Day, vocabulary::Day>,
        std::vector<uint32_t>>
        claiming;
  };
  struct Entry {
    std::shared_ptr<const LoadedRelease> loaded;
    // Another than in the previous snapshot, or in another state.
    bool changed = true;
  };

  Group& GroupOf(const GroupKey& key,
                 const std::vector<const vocabulary::Dimension*>& axes);
  static uint32_t NumberOf(size_t release, Group& group);
  static uint32_t DeclarationOf(const store::Slice& slice, Group& group);
  void AddChunk(size_t release, const store::Observations& chunk,
                uint32_t first_row);
  // Ranks the releases, and finds the index that those of the previous
  // snapshot have now.
  void Rank();
  bool IsUnchanged(const SliceTable& table) const;
  void AddPrevious(const SliceTable& table, Group& group);
  SliceTable Share(const SliceTable& table) const;
  void AddClaims();
  void Emit(const GroupKey& key, Group& group, std::vector<SliceTable>* tables);
  // The rows of a group by key and, within one, release and place.
  std::vector<uint32_t> OrderOf(const Group& group) const;
  void EmitKey(Group& group, const std::vector<uint32_t>& order, size_t begin,
               size_t end, std::vector<TableRows>& tables);
  // The releases that stand and claim the period of the row's key.
  const std::vector<uint32_t>& Claiming(Group& group, uint32_t row);
  uint32_t RankOf(const Group& group, uint32_t row) const {
    return rank_[group.releases[group.rows.release(row)]];
  }
  bool Withdrawn(uint32_t rank) const;

  const vocabulary::Vocabulary& vocabulary_;
  const std::shared_ptr<const Snapshot> previous_;
  absl::flat_hash_map<std::string, uint32_t> previous_index_;  // by name
  std::vector<Entry> releases_;                                // as they came
  std::vector<uint32_t> rank_;   // of releases_: index into ranked_
  std::vector<size_t> by_rank_;  // of ranked_: index into releases_
  std::vector<std::shared_ptr<const LoadedRelease>> ranked_;
  // Of the previous snapshot's releases: index into releases_, or kGone.
  std::vector<size_t> kept_;
  std::map<GroupKey, Group> groups_;
};

}  // namespace collate::query

#endif  // COLLATE_SERVICE_QUERY_TABLE_BUILDER_H_
