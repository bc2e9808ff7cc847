// Where sources disagree about a cell, or those whom one source repeats:
// gathers, figure by figure, what answered and what the others print instead.
//
// Used by one thread at a time.

#ifndef COLLATE_SERVICE_QUERY_CONFLICTS_H_
#define COLLATE_SERVICE_QUERY_CONFLICTS_H_

#include <map>
#include <string>
#include <tuple>
#include <vector>

#include "absl/status/status.h"
#include "service/query/query.h"

namespace collate::query {

class ConflictCollector {
 public:
  // Leaves of one cell, in panel order. OUT_OF_RANGE (reason OVERFLOW) when a
  // sum leaves int64.
  absl::Status Add(const Leaf& leaf);

  // Those pairs of sources that differ in a figure, ordered by name.
  std::vector<Conflict> Finish();

 private:
  // By source, other source and OtherFigure::statement.
  std::map<std::tuple<std::string, std::string, int>, Conflict> by_sources_;
};

}  // namespace collate::query

#endif  // COLLATE_SERVICE_QUERY_CONFLICTS_H_
