#include "service/query/fetch_scope.h"

#include <algorithm>
#include <cstddef>
#include <utility>
#include <variant>
#include <vector>

#include "service/base/error.h"
#include "service/query/kinship.h"

namespace collate::query {
namespace {

using vocabulary::Dimension;
using vocabulary::Measure;
using vocabulary::MemberId;
using vocabulary::Vocabulary;

bool HasRate(const Plan& plan) {
  return std::any_of(plan.derivations.begin(), plan.derivations.end(),
                     [](const PlannedDerivation& one) {
                       return std::holds_alternative<PlannedRate>(one);
                     });
}

// The measures asked for, those of derivations, and those that are compared
// with them: percentages with the counts that they are of.
std::set<std::string> MeasuresOf(const Plan& plan,
                                 const Vocabulary& vocabulary) {
  std::set<std::string> codes;
  for (const Measure* measure : plan.measures) codes.insert(measure->code);
  for (const PlannedDerivation& derivation : plan.derivations) {
    if (const auto* rate = std::get_if<PlannedRate>(&derivation)) {
      codes.insert(rate->denominator->code);
    } else if (const auto* share = std::get_if<PlannedShare>(&derivation)) {
      for (const Measure* base : share->base_measures) {
        codes.insert(base->code);
      }
    }
  }
  const std::set<std::string> asked = codes;
  for (const Measure& measure : vocabulary.measures()) {
    if (measure.share.has_value()) {
      const vocabulary::Share& share = *measure.share;
      const bool touched = asked.contains(measure.code) ||
                           std::any_of(share.counts.begin(), share.counts.end(),
                                       [&asked](const std::string& one) {
                                         return asked.contains(one);
                                       });
      if (touched) {
        codes.insert(measure.code);
        codes.insert(share.base);
        codes.insert(share.counts.begin(), share.counts.end());
      }
    }
    if (HasRate(plan) && measure.ratio.has_value() &&
        asked.contains(measure.ratio->numerator) &&
        asked.contains(measure.ratio->denominator)) {
      codes.insert(measure.code);
    }
  }
  return codes;
}

// What the tables of the measures have that stands in the way of looking at
// some rows only.
struct Obstacles {
  // A release that prints several slices, or an area's total: one may narrow
  // the other, and all parts have a say in that (tighten.h).
  bool totals = false;
  bool no_floor = false;  // seen from the rows of all reporters
  bool several_sources = false;
};

Obstacles ObstaclesIn(const Snapshot& snapshot,
                      const std::set<std::string>& measures) {
  Obstacles found;
  const Dimension& reporters = snapshot.vocabulary().reporters();
  std::map<std::string, std::set<std::string>> sources;  // by measure
  std::map<std::pair<std::string, uint32_t>, std::vector<store::Axis>> prints;
  for (const SliceTable& table : snapshot.tables()) {
    if (!measures.contains(table.slice.measure)) continue;
    sources[table.slice.measure].insert(table.source);
    found.no_floor |= table.slice.floor == store::Floor::kNone;
    for (const auto& [reporter, unused] : table.rows->reporters()) {
      found.totals |=
          reporter == vocabulary::kUnmapped ||
          reporters.levels()[reporters.member(reporter).level].aggregate;
    }
    for (const uint32_t release : table.releases) {
      const auto [at, added] =
          prints.try_emplace({table.slice.measure, release}, table.slice.axes);
      found.totals |= !added && at->second != table.slice.axes;
    }
  }
  for (const auto& [measure, all] : sources) {
    found.several_sources |= all.size() > 1;
  }
  return found;
}

// Those, what lies in them, on whatever day, and what counts as a part of them;
// with `wider`, what they are compared with as parts, too.
std::set<MemberId> Related(const Dimension& dimension,
                           const std::vector<MemberId>& asked, bool wider) {
  std::set<MemberId> found;
  const Kinship kinship(dimension);
  std::vector<MemberId> open = asked;
  if (wider) {
    for (const MemberId member : asked) {
      const auto reached = kinship.WiderThan(member, std::nullopt);
      open.insert(open.end(), reached.begin(), reached.end());
    }
  }
  while (!open.empty()) {
    const MemberId member = open.back();
    open.pop_back();
    if (!found.insert(member).second) continue;
    for (const vocabulary::Parent& child : dimension.ChildrenOf(member)) {
      open.push_back(child.member);
    }
    for (const vocabulary::Relation& part :
         dimension.member(member).relations) {
      open.push_back(part.member);
    }
    const auto narrower = kinship.NarrowerThan(member, std::nullopt);
    open.insert(open.end(), narrower.begin(), narrower.end());
  }
  return found;
}

template <typename T>
bool Includes(const std::set<T>& all, const std::set<T>& some) {
  return std::includes(all.begin(), all.end(), some.begin(), some.end());
}

absl::Status NotFetched() {
  return base::Error(absl::StatusCode::kInternal, "ROWS_NOT_FETCHED",
                     "rows that take part are in the store and were not "
                     "fetched");
}

}  // namespace

bool FetchScope::Contains(const FetchScope& other) const {
  for (const auto& [code, wanted] : other.measures) {
    const auto found = measures.find(code);
    if (found == measures.end()) return false;
    const OfMeasure& here = found->second;
    for (const auto& [dimension, members] : here.members) {
      const auto named = wanted.members.find(dimension);
      if (named == wanted.members.end() || !Includes(members, named->second)) {
        return false;
      }
    }
    if (here.reporters.has_value() &&
        !(wanted.reporters.has_value() &&
          Includes(*here.reporters, *wanted.reporters))) {
      return false;
    }
  }
  return true;
}

FetchScope ScopeOf(const Plan& plan, const Snapshot& snapshot) {
  const std::set<std::string> measures =
      MeasuresOf(plan, snapshot.vocabulary());
  const Obstacles obstacles = ObstaclesIn(snapshot, measures);
  FetchScope::OfMeasure rows;
  if (!obstacles.totals && !HasRate(plan)) {
    for (size_t d = 0; d < plan.dimensions.size(); ++d) {
      // A share's base may be all mentions of its dimension.
      const bool shared =
          std::any_of(plan.derivations.begin(), plan.derivations.end(),
                      [d](const PlannedDerivation& one) {
                        const auto* share = std::get_if<PlannedShare>(&one);
                        return share != nullptr && share->dimension == d;
                      });
      if (shared) continue;
      const Dimension& dimension = *plan.dimensions[d].dimension;
      rows.members[dimension.code()] = Related(
          dimension, plan.dimensions[d].members, obstacles.several_sources);
    }
    const bool panel = std::none_of(
        plan.caveats.begin(), plan.caveats.end(),
        [](const Caveat& caveat) { return caveat.code == "NO_PANEL"; });
    if (panel && !obstacles.no_floor) {
      std::set<MemberId> reporters(plan.reporters.begin(),
                                   plan.reporters.end());
      const auto add = [&reporters](const std::vector<PeriodPanel>& panels) {
        for (const PeriodPanel& one : panels) {
          reporters.insert(one.reporters.begin(), one.reporters.end());
        }
      };
      add(plan.panels);
      for (const PlannedDerivation& derivation : plan.derivations) {
        if (const auto* change = std::get_if<PlannedChange>(&derivation)) {
          add(change->panels);
        }
      }
      rows.reporters = std::move(reporters);
    }
  }
  FetchScope scope;
  for (const std::string& code : measures) scope.measures[code] = rows;
  return scope;
}

FetchScope EverythingIn(const Snapshot& snapshot) {
  FetchScope scope;
  for (const Measure& measure : snapshot.vocabulary().measures()) {
    scope.measures[measure.code];
  }
  return scope;
}

absl::Status CheckFetched(const Plan& plan, const Snapshot& snapshot) {
  if (snapshot.whole()) return absl::OkStatus();
  if (snapshot.absences() != nullptr) return NotFetched();
  const FetchScope wanted = ScopeOf(plan, snapshot);
  const bool away = std::any_of(
      snapshot.tables().begin(), snapshot.tables().end(),
      [&wanted](const SliceTable& table) {
        return table.away && wanted.measures.contains(table.slice.measure);
      });
  if (away) return NotFetched();
  if (snapshot.scope() == nullptr || snapshot.scope()->Contains(wanted)) {
    return absl::OkStatus();
  }
  return NotFetched();
}

absl::Status CheckNothingMissed(const Snapshot& snapshot) {
  return snapshot.absences() != nullptr && snapshot.absences()->any()
             ? NotFetched()
             : absl::OkStatus();
}

absl::Status CheckAllFetched(const Snapshot& snapshot) {
  if (snapshot.whole() ||
      (snapshot.absences() == nullptr && snapshot.scope() != nullptr &&
       snapshot.scope()->Contains(EverythingIn(snapshot)))) {
    return absl::OkStatus();
  }
  return NotFetched();
}

}  // namespace collate::query
