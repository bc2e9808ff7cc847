// Decides, key by key, which release is a source's current statement and since
// when, and what a key that has none is.

#ifndef COLLATE_SERVICE_QUERY_KEY_EMITTER_H_
#define COLLATE_SERVICE_QUERY_KEY_EMITTER_H_

#include <cstdint>
#include <tuple>
#include <vector>

#include "absl/container/flat_hash_map.h"
#include "absl/types/span.h"
#include "service/query/slice_table.h"
#include "service/query/table_group.h"

namespace collate::query {

class KeyEmitter {
 public:
  // Both must outlive it; the claims of the group are there. `numbers` has, by
  // number of a release in the group, its number in the tables.
  KeyEmitter(const RankedReleases& releases, const TableGroup& group,
             std::vector<uint32_t> numbers)
      : releases_(releases), group_(group), numbers_(std::move(numbers)) {}

  // Adds the rows of the group in `order` to the tables, by declaration.
  void Emit(absl::Span<const uint32_t> order, std::vector<TableRows>& tables);

 private:
  void EmitKey(absl::Span<const uint32_t> rows, std::vector<TableRows>& tables);
  // The releases that stand and claim the period of the row's key.
  const std::vector<uint32_t>& Claiming(uint32_t row);
  uint32_t NumberOf(uint32_t row) const {
    return numbers_[group_.rows.release(row)];
  }

  const RankedReleases& releases_;
  const TableGroup& group_;
  const std::vector<uint32_t> numbers_;
  // By reporter and period: the releases that claim it, earliest first.
  absl::flat_hash_map<
      std::tuple<vocabulary::MemberId, vocabulary::Day, vocabulary::Day>,
      std::vector<uint32_t>>
      claiming_;
};

}  // namespace collate::query

#endif  // COLLATE_SERVICE_QUERY_KEY_EMITTER_H_
