// Builds the tables of a snapshot: gives stored rows their members of today,
// and decides key by key which release is a source's current statement.
//
// A key is (axes with levels, members, reporter, period) within a source,
// measure and universe. What a release declares beside it (partition,
// aggregation, floor) is no part of the key: an edition that corrects a
// declaration supersedes the figures, too.
//
// Used by one thread at a time.

#ifndef COLLATE_SERVICE_QUERY_TABLE_BUILDER_H_
#define COLLATE_SERVICE_QUERY_TABLE_BUILDER_H_

#include <cstdint>
#include <map>
#include <memory>
#include <string>
#include <tuple>
#include <utility>
#include <vector>

#include "absl/container/flat_hash_map.h"
#include "absl/status/status.h"
#include "service/query/snapshot.h"
#include "service/store/observations.h"
#include "service/vocabulary/vocabulary.h"

namespace collate::query {

class TableBuilder {
 public:
  using Releases = std::vector<std::shared_ptr<const LoadedRelease>>;

  // `releases`, ordered by source and Precedes, and `vocabulary` must outlive
  // the builder.
  TableBuilder(const Releases& releases,
               const vocabulary::Vocabulary& vocabulary)
      : releases_(releases), vocabulary_(vocabulary) {}

  // FAILED_PRECONDITION (reason CORRUPT_RELEASE) when a chunk names a
  // measure, dimension or reporter that the vocabulary no longer has.
  static absl::Status CheckWords(const LoadedRelease& loaded,
                                 const vocabulary::Vocabulary& vocabulary);

  // Of releases whose words are all known, and of those with a problem, which
  // have no rows and supersede nothing.
  void Build(std::vector<SliceTable>* tables);

 private:
  // One stored row on its way into a table.
  struct Pending {
    RowRef ref;
    vocabulary::MemberId reporter;
    vocabulary::DayInterval period;
    uint32_t declared;  // index into Group::declared
  };

  // All rows that can supersede one another.
  struct Group {
    std::vector<const vocabulary::Dimension*> axes;
    bool unmapped = false;
    std::vector<store::Slice> declared;
    std::vector<Pending> rows;
    std::vector<vocabulary::MemberId> members;  // axes of row 0, of row 1 ...
    std::vector<Claim> claims;                  // earliest release first
    // By reporter and period: the releases that claim it, earliest first.
    absl::flat_hash_map<
        std::tuple<vocabulary::MemberId, vocabulary::Day, vocabulary::Day>,
        std::vector<uint32_t>>
        claiming;
  };
  using GroupKey = std::pair<std::string, store::Slice>;  // declaration blank

  void AddChunk(uint32_t release, uint32_t chunk_index);
  void AddClaims();
  void Emit(const GroupKey& key, Group& group, std::vector<SliceTable>* tables);
  void EmitKey(Group& group, const std::vector<uint32_t>& order, size_t begin,
               size_t end, std::vector<SliceTable>& tables);
  // The releases that stand and claim the period of the key.
  const std::vector<uint32_t>& Claiming(Group& group, const Pending& key);
  bool Withdrawn(uint32_t release) const;
  const store::Observations& ChunkOf(const RowRef& ref) const;
  void AddKeyColumns(const Group& group, uint32_t row, SliceTable& table);
  void AddRow(const Group& group, uint32_t row, KnownTime from, KnownTime until,
              SliceTable& table);
  void AddDerived(const Group& group, uint32_t row, vocabulary::State state,
                  KnownTime from, KnownTime until, SliceTable& table);

  const Releases& releases_;
  const vocabulary::Vocabulary& vocabulary_;
  std::map<GroupKey, Group> groups_;
};

}  // namespace collate::query

#endif  // COLLATE_SERVICE_QUERY_TABLE_BUILDER_H_
