// All rows of one source that can supersede one another, on their way into a
// table.

#ifndef COLLATE_SERVICE_QUERY_TABLE_GROUP_H_
#define COLLATE_SERVICE_QUERY_TABLE_GROUP_H_

#include <cstddef>
#include <cstdint>
#include <memory>
#include <set>
#include <string>
#include <utility>
#include <vector>

#include "absl/container/flat_hash_map.h"
#include "service/query/narrow_column.h"
#include "service/query/slice_table.h"
#include "service/query/snapshot.h"
#include "service/store/observations.h"
#include "service/vocabulary/period.h"
#include "service/vocabulary/vocabulary.h"

namespace collate::query {

// A source's slice, its declaration left blank.
using GroupKey = std::pair<std::string, store::Slice>;

store::Slice WithoutDeclaration(store::Slice slice);

// Adds what a release, by its rank, claims with one of its extents; `printed`
// are the periods of its rows of that slice.
void AppendClaims(const store::Extent& extent, uint32_t release,
                  const vocabulary::Dimension& reporters,
                  const std::set<vocabulary::DayInterval>& printed,
                  std::vector<Claim>& claims);

// The releases of a snapshot that is being built.
struct RankedReleases {
  std::vector<uint32_t> rank;   // by number as they came: index into `ranked`
  std::vector<size_t> by_rank;  // and the other way round
  // Ordered by source and Precedes.
  std::vector<std::shared_ptr<const LoadedRelease>> ranked;

  bool Withdrawn(uint32_t at) const {
    return ranked[at]->release.state == store::ReleaseState::kWithdrawn;
  }
};

struct TableGroup {
  explicit TableGroup(size_t axes) : rows(axes) {}

  // The number in `rows` of a release, and the index in `declared` of a
  // declaration.
  uint32_t NumberOf(size_t release);
  uint32_t DeclarationOf(const store::Slice& slice);
  // A row of an earlier table, under another number of its release.
  void Add(const TableRows& from, size_t row, uint32_t number,
           uint32_t declared);

  uint32_t RankOf(const RankedReleases& ranked, uint32_t row) const {
    return ranked.rank[releases[rows.release(row)]];
  }

  std::vector<const vocabulary::Dimension*> axes;
  bool unmapped = false;
  std::vector<store::Slice> declared;
  TableRows rows;  // as they came; their times are not yet known
  NarrowColumn<uint32_t> declaration;  // of each row: index into `declared`
  std::vector<size_t> releases;        // by number in `rows`: as they came
  absl::flat_hash_map<size_t, uint32_t> number_of;
  // By number of the release: the periods that it prints.
  std::vector<std::set<vocabulary::DayInterval>> printed;
  std::vector<Claim> claims;  // earliest release first

  // The table of before that goes on, as far as its keys are untouched: their
  // rows are not among `rows`. Null for none.
  const SliceTable* base = nullptr;
};

}  // namespace collate::query

#endif  // COLLATE_SERVICE_QUERY_TABLE_GROUP_H_
