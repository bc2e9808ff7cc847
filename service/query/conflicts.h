// What does not fit the figures of a cell: gathers, figure by figure, what
// answered and what other sources, other parts and other editions say instead.
//
// Used by one thread at a time.

#ifndef COLLATE_SERVICE_QUERY_CONFLICTS_H_
#define COLLATE_SERVICE_QUERY_CONFLICTS_H_

#include <string>
#include <vector>

#include "absl/status/status.h"
#include "service/query/query.h"

namespace collate::query {

// Of two figures of one cell: PARTS_V_TOTAL when one alone is added up from the
// parts of a complete breakdown, else SAME_CELL.
ConflictKind KindOf(Method a, Method b);

// Whether both sides of such a conflict are the cell's own number; else the
// other side is of another cell, or of an earlier edition.
inline bool IsOfOneCell(ConflictKind kind) {
  return kind == ConflictKind::kSameCell || kind == ConflictKind::kPartsVTotal;
}

class ConflictCollector {
 public:
  // Leaves of one cell, in panel order. OUT_OF_RANGE (reason OVERFLOW) when a
  // sum leaves int64.
  // `in_reported` is what the leaf adds to the cell's reported bounds.
  absl::Status Add(const Leaf& leaf, const Interval& in_reported);
  // Of a leaf that is a cell or a side by itself.
  absl::Status Add(const Leaf& leaf) {
    return Add(leaf, leaf.reported.has_value() ? leaf.reported_bounds
                                               : Interval::Exactly(0));
  }

  // What contradicts a figure, whose side of the difference is `difference`.
  void Add(const std::string& source, Difference difference,
           Contradiction other);

  // Those sides that differ in a figure, ordered by source, other source, kind,
  // and what the other side is of.
  std::vector<Conflict> Finish();

 private:
  struct Sides {
    int statement = 0;  // OtherFigure::statement
    Conflict conflict;
  };

  // That of two sides; `like` has what tells them from others.
  Conflict& Of(int statement, const Conflict& like);
  static bool AreBefore(const Sides& a, const Sides& b);

  // Few: most cells have none or one.
  std::vector<Sides> all_;
};

}  // namespace collate::query

#endif  // COLLATE_SERVICE_QUERY_CONFLICTS_H_
