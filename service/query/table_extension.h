// Makes a table from the one before it and what has changed since: only keys
// that a changed release prints or claims are decided anew, all other rows are
// copied as they lie, many at a time.

#ifndef COLLATE_SERVICE_QUERY_TABLE_EXTENSION_H_
#define COLLATE_SERVICE_QUERY_TABLE_EXTENSION_H_

#include <cstddef>
#include <cstdint>
#include <vector>

#include "service/query/narrow_column.h"
#include "service/query/slice_table.h"
#include "service/query/table_group.h"

namespace collate::query {

class TableExtension {
 public:
  // `base` has known labels only, is not split and must outlive it.
  explicit TableExtension(const SliceTable& base)
      : base_(*base.rows), touched_(base.row_count(), 0) {}

  // Adds the base's rows of touched keys to those that are new in the group:
  // of keys that a changed release prints or claims. The group has the base's
  // releases, `numbers` says under which number, and all claims; `changed` is
  // by release, as they came.
  void MoveTouched(const RankedReleases& releases,
                   const std::vector<bool>& changed,
                   const std::vector<uint32_t>& numbers, TableGroup& group);

  // Whether all rows are as they were.
  bool untouched() const { return !any_touched_; }

  // What is left of the base and `fresh`, which continues it, in key order.
  TableRows With(TableRows fresh) const;

 private:
  void TouchClaimed(const RankedReleases& releases,
                    const std::vector<bool>& changed, const TableGroup& group);
  void TouchPrintedBy(const std::vector<bool>& changed,
                      const std::vector<uint32_t>& numbers,
                      const TableGroup& group);
  void TouchKeysOf(const TableRows& rows);
  void Touch(size_t row) {
    touched_[row] = 1;
    any_touched_ = true;
  }
  bool SameKey(size_t a, size_t b) const;
  // <0, 0, >0.
  int CompareKeys(size_t row, const TableRows& rows, size_t of) const;
  // The first row from `from` on whose key is not before that of a row.
  size_t UpTo(size_t from, const TableRows& rows, size_t of) const;
  void AppendUntouched(size_t begin, size_t end,
                       std::vector<Piece>& pieces) const;

  const TableRows& base_;
  std::vector<uint8_t> touched_;  // by row of the base
  bool any_touched_ = false;
};

}  // namespace collate::query

#endif  // COLLATE_SERVICE_QUERY_TABLE_EXTENSION_H_
