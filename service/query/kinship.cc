#include "service/query/kinship.h"

#include <set>
#include <utility>

namespace collate::query {

using vocabulary::Day;
using vocabulary::DayInterval;
using vocabulary::MemberId;
using vocabulary::RelationKind;

Kinship::Kinship(const vocabulary::Dimension& dimension)
    : wider_(dimension.members().size()),
      narrower_(dimension.members().size()) {
  const auto add = [this](MemberId part, MemberId whole,
                          const DayInterval& validity) {
    wider_[part].push_back({whole, validity});
    narrower_[whole].push_back({part, validity});
  };
  for (MemberId id = 0; id < dimension.members().size(); ++id) {
    const vocabulary::Member& member = dimension.member(id);
    for (const vocabulary::Parent& parent : member.parents) {
      add(id, parent.member, parent.validity);
    }
    for (const vocabulary::Relation& relation : member.relations) {
      if (relation.kind == RelationKind::kPublishedInside) {
        add(id, relation.member, {});
      } else if (relation.kind == RelationKind::kUnionOf) {
        add(relation.member, id, {});
      }
    }
  }
}

std::vector<MemberId> Kinship::Reach(const Edges& edges, MemberId from,
                                     std::optional<Day> day) {
  std::set<MemberId> reached;
  std::vector<MemberId> open = {from};
  while (!open.empty()) {
    const MemberId at = open.back();
    open.pop_back();
    for (const vocabulary::Parent& next : edges[at]) {
      if (day.has_value() &&
          (*day < next.validity.begin || *day >= next.validity.end)) {
        continue;
      }
      // Relations may form a ring, which no member is a part of itself by.
      if (next.member != from && reached.insert(next.member).second) {
        open.push_back(next.member);
      }
    }
  }
  return {reached.begin(), reached.end()};
}

}  // namespace collate::query
