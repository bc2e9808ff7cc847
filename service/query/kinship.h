// Which members of a dimension are parts of which: by hierarchy, by being
// published inside another, and as parts of a declared union.
//
// Read-only after construction; the dimension must outlive it.

#ifndef COLLATE_SERVICE_QUERY_KINSHIP_H_
#define COLLATE_SERVICE_QUERY_KINSHIP_H_

#include <optional>
#include <vector>

#include "service/vocabulary/vocabulary.h"

namespace collate::query {

class Kinship {
 public:
  explicit Kinship(const vocabulary::Dimension& dimension);

  // The members that contain `member`, or that it contains, at any remove and
  // on `day` (on some day when absent), in vocabulary order.
  std::vector<vocabulary::MemberId> WiderThan(
      vocabulary::MemberId member, std::optional<vocabulary::Day> day) const {
    return Reach(wider_, member, day);
  }
  std::vector<vocabulary::MemberId> NarrowerThan(
      vocabulary::MemberId member, std::optional<vocabulary::Day> day) const {
    return Reach(narrower_, member, day);
  }

 private:
  using Edges = std::vector<std::vector<vocabulary::Parent>>;  // by member

  static std::vector<vocabulary::MemberId> Reach(
      const Edges& edges, vocabulary::MemberId from,
      std::optional<vocabulary::Day> day);

  Edges wider_;
  Edges narrower_;
};

}  // namespace collate::query

#endif  // COLLATE_SERVICE_QUERY_KINSHIP_H_
