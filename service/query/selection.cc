#include "service/query/selection.h"

#include <algorithm>
#include <utility>

#include "absl/container/flat_hash_set.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/str_join.h"
#include "service/base/error.h"

namespace collate::query {

using vocabulary::Dimension;
using vocabulary::kUnmapped;
using vocabulary::Measure;
using vocabulary::MemberId;
using vocabulary::Period;

absl::Status UnknownWord(absl::string_view reason, absl::string_view kind,
                         absl::string_view value, absl::string_view path,
                         const std::vector<std::string>& near) {
  std::string message = absl::StrCat("no ", kind, " '", value, "'");
  if (!near.empty()) {
    absl::StrAppend(&message, "; did you mean ", absl::StrJoin(near, ", "),
                    "?");
  }
  return base::Error(absl::StatusCode::kInvalidArgument, reason, message)
      .With("kind", kind)
      .With("value", value)
      .With("near_matches", absl::StrJoin(near, ", "))
      .Field(path, absl::StrCat("unknown ", kind, " '", value, "'"));
}

absl::Status InvalidQuery(absl::string_view message, absl::string_view path) {
  return base::Error(absl::StatusCode::kInvalidArgument, "INVALID_QUERY",
                     message)
      .Field(path, message);
}

Selection::Selection(const Query& query, const Snapshot& snapshot,
                     std::vector<const Measure*> measures,
                     std::vector<Period> periods, KnownTime as_of)
    : query_(&query),
      snapshot_(&snapshot),
      measures_(std::move(measures)),
      periods_(std::move(periods)),
      as_of_(as_of) {}

Selection Selection::Make(const Query& query, const Snapshot& snapshot,
                          std::vector<const Measure*> measures,
                          std::vector<Period> periods, KnownTime as_of,
                          size_t max_problems,
                          std::vector<absl::Status>* problems) {
  Selection selection(query, snapshot, std::move(measures), std::move(periods),
                      as_of);
  for (size_t i = 0; i < query.filters.size(); ++i) {
    selection.AddFilter(query.filters[i],
                        absl::StrCat("query.filters[", i, "]"), max_problems,
                        problems);
  }
  return selection;
}

absl::StatusOr<const Dimension*> Selection::FindDimension(
    const vocabulary::Vocabulary& vocabulary, const std::string& code,
    const std::string& path) {
  const Dimension* dimension = vocabulary.FindDimension(code);
  if (dimension != nullptr) return dimension;
  std::vector<std::string> codes;
  for (const Dimension& known : vocabulary.dimensions()) {
    codes.push_back(known.code());
  }
  return UnknownWord("UNKNOWN_DIMENSION", "dimension", code, path,
                     vocabulary::NearMatches(code, codes));
}

void Selection::AddFilter(const Filter& filter, const std::string& path,
                          size_t max_problems,
                          std::vector<absl::Status>* problems) {
  const auto known = FindDimension(snapshot_->vocabulary(), filter.dimension,
                                   path + ".dimension");
  if (!known.ok()) {
    problems->push_back(known.status());
    broken_dimension_ = true;
    return;
  }
  const Dimension* dimension = *known;
  const size_t before = problems->size();
  if (filter.members.empty()) {
    problems->push_back(
        InvalidQuery("name at least one member", path + ".members"));
  }
  NamedMembers found{dimension, &filter, {}};
  for (size_t m = 0;
       m < filter.members.size() && problems->size() < max_problems; ++m) {
    const auto id = dimension->Find(filter.members[m]);
    if (!id.has_value()) {
      problems->push_back(
          UnknownWord("UNKNOWN_MEMBER", dimension->code(), filter.members[m],
                      absl::StrCat(path, ".members[", m, "]"),
                      dimension->NearMatches(filter.members[m])));
      continue;
    }
    if (!std::count(found.named.begin(), found.named.end(), *id)) {
      found.named.push_back(*id);
    }
  }
  if (FilterOf(dimension) != nullptr) {
    problems->push_back(InvalidQuery(
        absl::StrCat("dimension '", dimension->code(), "' has two filters"),
        path + ".dimension"));
  } else {
    filters_.push_back(std::move(found));
  }
  if (problems->size() > before) broken_.insert(dimension);
}

const NamedMembers* Selection::FilterOf(const Dimension* dimension) const {
  for (const NamedMembers& filter : filters_) {
    if (filter.dimension == dimension) return &filter;
  }
  return nullptr;
}

std::set<MemberId> Selection::Expand(const NamedMembers& filter) const {
  std::set<MemberId> members(filter.named.begin(), filter.named.end());
  if (!filter.filter->include_descendants) return members;
  for (MemberId named : filter.named) {
    members.merge(SelfAndDescendants(*filter.dimension, named));
  }
  return members;
}

std::set<MemberId> Selection::SelfAndDescendants(const Dimension& dimension,
                                                 MemberId id) const {
  std::set<MemberId> members = {id};
  for (const vocabulary::Day day : TellingDays(dimension)) {
    const auto below = dimension.SelfAndDescendants(id, day);
    members.insert(below.begin(), below.end());
  }
  return members;
}

const std::vector<vocabulary::Day>& Selection::TellingDays(
    const Dimension& dimension) const {
  const auto [at, added] = telling_days_.try_emplace(&dimension);
  std::vector<vocabulary::Day>& days = at->second;
  if (!added) return days;
  std::set<vocabulary::Day> changes;
  for (const vocabulary::Member& member : dimension.members()) {
    for (const vocabulary::Parent& parent : member.parents) {
      changes.insert(parent.validity.begin);
      changes.insert(parent.validity.end);
    }
  }
  std::set<vocabulary::Day> spans;  // the change that begins the day's span
  for (const Period& period : periods_) {
    const auto next = changes.upper_bound(period.days.begin);
    const vocabulary::Day span =
        next == changes.begin() ? vocabulary::kOpenBegin : *std::prev(next);
    if (spans.insert(span).second) days.push_back(period.days.begin);
  }
  return days;
}

bool Selection::ContainsOnSomeDay(const Dimension& dimension, MemberId ancestor,
                                  MemberId id) const {
  for (const vocabulary::Day day : TellingDays(dimension)) {
    if (dimension.Contains(ancestor, id, day)) return true;
  }
  return false;
}

bool Selection::IsAsked(const SliceTable& table) const {
  return std::any_of(measures_.begin(), measures_.end(), [&](const Measure* m) {
    return m->code == table.slice.measure;
  });
}

bool Selection::Answers(const SliceTable& table) const {
  return !table.unmapped && table.slice.universe == query_->universe &&
         IsAsked(table);
}

std::set<MemberId> Selection::Observed(const Dimension& dimension) const {
  std::set<MemberId> members;
  for (const SliceTable& table : snapshot_->tables()) {
    if (!Answers(table)) continue;
    for (size_t axis = 0; axis < table.axes.size(); ++axis) {
      if (table.axes[axis] != &dimension) continue;
      for (const auto& [member, from] : table.rows->first_known(axis)) {
        if (from <= as_of_) members.insert(member);
      }
    }
  }
  members.erase(kUnmapped);
  return members;
}

bool Selection::IsObserved(const Dimension& dimension, MemberId id) const {
  for (const SliceTable& table : snapshot_->tables()) {
    if (!Answers(table)) continue;
    for (size_t axis = 0; axis < table.axes.size(); ++axis) {
      if (table.axes[axis] != &dimension) continue;
      const TableRows& rows = *table.rows;
      const size_t place = rows.PlaceOf(axis, id);
      if (place < rows.place_count(axis) &&
          rows.first_known(axis)[place].second <= as_of_) {
        return true;
      }
    }
  }
  return false;
}

std::vector<MemberId> Selection::Maximal(
    const Dimension& dimension, const std::set<MemberId>& members) const {
  std::vector<MemberId> result;
  for (MemberId id : members) {
    const bool inside =
        std::any_of(members.begin(), members.end(), [&](MemberId other) {
          return other != id && ContainsOnSomeDay(dimension, other, id);
        });
    if (!inside) result.push_back(id);
  }
  return result;
}

std::vector<MemberId> Selection::MembersOf(const Dimension& dimension,
                                           bool grouped) const {
  const NamedMembers* filter = FilterOf(&dimension);
  std::set<MemberId> members;
  if (filter == nullptr) {
    members = Observed(dimension);
  } else if (!filter->filter->exclude) {
    members = Expand(*filter);
  } else {
    members = Observed(dimension);
    for (MemberId out : filter->named) {
      // A sum over what contains the excluded member would let it in again.
      std::erase_if(members, [&](MemberId id) {
        return id == out || ContainsOnSomeDay(dimension, out, id) ||
               (!grouped && ContainsOnSomeDay(dimension, id, out));
      });
    }
  }
  if (grouped) return {members.begin(), members.end()};
  return Maximal(dimension, members);
}

bool Selection::IsAggregate(MemberId reporter) const {
  const Dimension& reporters = snapshot_->vocabulary().reporters();
  return reporters.levels()[reporters.member(reporter).level].aggregate;
}

std::set<MemberId> Selection::ObservedReporters(
    const std::vector<AskedDimension>& asked_dimensions) const {
  std::set<MemberId> result;
  for (const SliceTable& table : snapshot_->tables()) {
    if (!Answers(table)) continue;
    std::vector<absl::flat_hash_set<MemberId>> wanted(table.axes.size());
    for (size_t axis = 0; axis < table.axes.size(); ++axis) {
      for (const AskedDimension& asked : asked_dimensions) {
        if (asked.dimension != table.axes[axis]) continue;
        for (MemberId member : asked.members) {
          const auto below = asked.dimension->SelfAndDescendants(
              member, periods_.front().days.begin);
          wanted[axis].insert(below.begin(), below.end());
          for (const vocabulary::Relation& part :
               asked.dimension->member(member).relations) {
            if (!part.panel.empty()) wanted[axis].insert(part.member);
          }
        }
      }
    }
    // Those of whom it is not yet known that they have one.
    absl::flat_hash_set<MemberId> open;
    for (const auto& [reporter, from] : table.rows->reporters()) {
      if (from <= as_of_ && !result.contains(reporter)) open.insert(reporter);
    }
    for (size_t row = 0; row < table.row_count() && !open.empty(); ++row) {
      bool inside = table.known_from(row) <= as_of_;
      for (size_t axis = 0; inside && axis < table.axes.size(); ++axis) {
        inside = wanted[axis].empty() ||
                 wanted[axis].contains(table.member(axis, row));
      }
      if (inside && open.erase(table.reporter(row)) > 0) {
        result.insert(table.reporter(row));
      }
    }
  }
  result.erase(kUnmapped);
  std::erase_if(result, [&](MemberId id) { return IsAggregate(id); });
  return result;
}

}  // namespace collate::query
