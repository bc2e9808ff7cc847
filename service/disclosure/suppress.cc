#include "service/disclosure/suppress.h"

#include <algorithm>
#include <numeric>
#include <optional>
#include <set>
#include <tuple>
#include <utility>

#include "service/base/error.h"
#include "service/base/status_macros.h"
#include "service/vocabulary/state.h"

namespace collate::disclosure {
namespace {

using query::Interval;
using vocabulary::State;

class Suppressor {
 public:
  Suppressor(const Profile& profile, const Tables& tables,
             const AttackLimits& limits, Decisions& decisions)
      : profile_(profile),
        tables_(tables),
        attacker_(limits),
        limits_(limits),
        decisions_(decisions.cells),
        first_new_(static_cast<uint32_t>(decisions.cells.size())),
        first_relation_(decisions.relations) {}

  absl::Status Run() {
    const std::vector<Cell>& cells = tables_.cells();
    for (uint32_t cell = 0; cell < first_new_; ++cell) {
      if (decisions_[cell].withheld != Reason::kNone) {
        withheld_keys_.insert(cells[cell].key);
      }
    }
    for (uint32_t cell = first_new_; cell < cells.size(); ++cell) {
      Decision decision;
      decision.shown =
          cells[cell].is_stated
              ? Protect(profile_, cells[cell].truth, cells[cell].floor)
              : cells[cell].truth;
      if (decision.shown.state == State::kSuppressed) {
        decision.withheld = Reason::kOwn;
      }
      decisions_.push_back(std::move(decision));
    }
    relations_of_.resize(cells.size());
    const std::vector<Relation>& relations = tables_.relations();
    for (uint32_t r = 0; r < relations.size(); ++r) {
      for (const Term& term : relations[r].terms) {
        relations_of_[term.figure].push_back(r);
      }
    }
    fresh_.resize(cells.size(), false);
    for (const Decision& decision : decisions_) {
      const auto cell = static_cast<uint32_t>(system_.figures.size());
      system_.figures.push_back(
          UnknownOf(profile_, cells[cell], decision.shown));
      const Interval truth = Possible(cells[cell].truth, cells[cell].floor);
      if (cells[cell].is_stated && truth.lower.has_value() &&
          truth.lower == truth.upper) {
        attacker_.Suppose(cell, *truth.lower);
      }
    }
    system_.relations = relations;
    unknown_in_.resize(relations.size(), 0);
    for (size_t r = 0; r < relations.size(); ++r) {
      for (const Term& term : relations[r].terms) {
        unknown_in_[r] += IsOpen(term.figure) ? 0 : 1;
      }
    }
    std::vector<uint32_t> touched(cells.size() - first_new_);
    std::iota(touched.begin(), touched.end(), first_new_);
    // Figures of old are in danger, too, where new sums connect them.
    for (size_t r = first_relation_; r < relations.size(); ++r) {
      for (const Term& term : relations[r].terms) {
        touched.push_back(term.figure);
      }
    }
    COLLATE_RETURN_IF_ERROR(CheckHope(touched));
    while (true) {
      std::sort(touched.begin(), touched.end());
      touched.erase(std::unique(touched.begin(), touched.end()), touched.end());
      COLLATE_ASSIGN_OR_RETURN(const std::vector<Exposure> exposed,
                               attacker_.FindExposed(system_, &touched, true));
      if (exposed.empty()) return absl::OkStatus();
      bool helped = false;
      for (const Exposure& exposure : exposed) {
        helped = HideBeside(exposure) || helped;
      }
      if (!helped) {
        for (const Exposure& exposure : exposed) {
          helped = HideNear(exposure.figure) || helped;
        }
      }
      if (!helped) {
        return Hopeless();
      }
      // What was fixed connects figures from now on.
      for (const uint32_t cell : just_withheld_) {
        touched.push_back(cell);
        fresh_[cell] = false;
      }
      just_withheld_.clear();
    }
  }

 private:
  static absl::Status Hopeless() {
    return base::Error(absl::StatusCode::kFailedPrecondition,
                       "DISCLOSURE_WITHHELD",
                       "figures that are withheld could be computed from it "
                       "and from what was shown before");
  }

  // Whether withholding everything would be enough, where it may not be: of
  // what is known to be nothing.
  absl::Status CheckHope(std::vector<uint32_t>& touched) const {
    const std::vector<Relation>& relations = tables_.relations();
    if (std::none_of(
            relations.begin() + static_cast<std::ptrdiff_t>(first_relation_),
            relations.end(), [](const Relation& relation) {
              return relation.terms.size() == 1;
            })) {
      return absl::OkStatus();
    }
    System system = system_;
    for (uint32_t cell = first_new_; cell < system.figures.size(); ++cell) {
      if (MayHide(cell) || MayLoosen(cell)) {
        system.figures[cell] = UnknownOf(profile_, tables_.cells()[cell],
                                         Withhold(decisions_[cell].shown));
        system.figures[cell].least_width = system_.figures[cell].least_width;
      }
    }
    std::sort(touched.begin(), touched.end());
    COLLATE_ASSIGN_OR_RETURN(const std::vector<Exposure> exposed,
                             FindExposed(system, &touched, limits_));
    return exposed.empty() ? absl::OkStatus() : Hopeless();
  }

  // Whether a number is shown of it, rounded or not.
  bool IsOpen(uint32_t cell) const {
    return tables_.cells()[cell].is_stated &&
           vocabulary::IsPrinted(decisions_[cell].shown.state);
  }

  // A 0 that is shown hides nothing.
  bool MayHide(uint32_t cell) const {
    return cell >= first_new_ && tables_.cells()[cell].truth.value != 0 &&
           tables_.cells()[cell].is_stated &&
           decisions_[cell].withheld == Reason::kNone &&
           vocabulary::IsPrinted(decisions_[cell].shown.state);
  }

  void Hide(uint32_t cell) {
    Decision& decision = decisions_[cell];
    if (IsOpen(cell)) {
      for (const uint32_t r : relations_of_[cell]) ++unknown_in_[r];
    }
    decision.shown = Withhold(decision.shown);
    if (decision.withheld == Reason::kNone) {
      decision.withheld = Reason::kOthers;
    }
    withheld_keys_.insert(tables_.cells()[cell].key);
    system_.figures[cell] =
        UnknownOf(profile_, tables_.cells()[cell], decision.shown);
    just_withheld_.push_back(cell);
    fresh_[cell] = true;
  }

  // Lower is better; the cell's number makes it one order.
  using Cost = std::tuple<int, bool, bool, int64_t, uint32_t>;
  Cost CostOf(uint32_t cell, int64_t to_hide) const {
    const Cell& candidate = tables_.cells()[cell];
    const int64_t value = candidate.truth.value.value_or(0);
    // Sums in which it would be the only one, and so need another.
    int alone = 0;
    for (const uint32_t r : relations_of_[cell]) {
      alone += unknown_in_[r] == 0 ? 1 : 0;
    }
    return {alone, !withheld_keys_.contains(candidate.key), value < to_hide,
            value, cell};
  }

  // What a relation alone leaves of one of its figures; with `loosened`, if
  // nothing were said of those that are withheld.
  Interval RoomIn(const Relation& relation, uint32_t figure,
                  bool loosened) const {
    Interval others = Interval::Exactly(0);
    int64_t own_factor = 1;
    for (const Term& term : relation.terms) {
      if (term.figure == figure) {
        own_factor = term.factor;
        continue;
      }
      Interval known = system_.figures[term.figure].known;
      if (loosened && MayLoosen(term.figure)) {
        known = UnknownOf(profile_, tables_.cells()[term.figure],
                          Withhold(decisions_[term.figure].shown))
                    .known;
      }
      if (term.factor < 0) {
        known = {known.upper.has_value() ? std::optional(-*known.upper)
                                         : std::nullopt,
                 known.lower.has_value() ? std::optional(-*known.lower)
                                         : std::nullopt};
      }
      static_cast<void>(query::AddTo(known, &others));
    }
    Interval room;
    if (relation.sum.lower.has_value() && others.upper.has_value()) {
      room.lower = *relation.sum.lower - *others.upper;
    }
    if (relation.sum.upper.has_value() && others.lower.has_value()) {
      room.upper = *relation.sum.upper - *others.lower;
    }
    if (own_factor < 0) {
      room = {
          room.upper.has_value() ? std::optional(-*room.upper) : std::nullopt,
          room.lower.has_value() ? std::optional(-*room.lower) : std::nullopt};
    }
    const Interval& known = system_.figures[figure].known;
    if (known.lower.has_value()) {
      room.lower = std::max(room.lower.value_or(*known.lower), *known.lower);
    }
    if (known.upper.has_value()) {
      room.upper = std::min(room.upper.value_or(*known.upper), *known.upper);
    }
    return room;
  }

  bool IsNarrow(const Interval& room, uint32_t figure) const {
    return room.lower.has_value() && room.upper.has_value() &&
           *room.upper - *room.lower < system_.figures[figure].least_width;
  }

  bool IsFresh(const Relation& relation) const {
    return std::any_of(
        relation.terms.begin(), relation.terms.end(),
        [this](const Term& term) { return fresh_[term.figure]; });
  }

  // Whether more can be kept silent of a figure than that it is withheld.
  bool MayLoosen(uint32_t cell) const {
    return cell >= first_new_ && tables_.cells()[cell].is_stated &&
           decisions_[cell].shown.state == State::kSuppressed &&
           decisions_[cell].shown.bounds != Interval::Unknown();
  }

  bool Loosen(const Relation& relation) {
    bool loosened = false;
    for (const Term& term : relation.terms) {
      if (!MayLoosen(term.figure)) continue;
      Hide(term.figure);
      loosened = true;
    }
    return loosened;
  }

  bool HideIn(const std::vector<const Relation*>& relations, uint32_t figure) {
    const int64_t to_hide = system_.figures[figure].least_width;
    std::optional<Cost> best;
    for (const Relation* relation : relations) {
      for (const Term& term : relation->terms) {
        if (term.figure == figure || !MayHide(term.figure)) continue;
        const auto cost = CostOf(term.figure, to_hide);
        if (!best.has_value() || cost < *best) best = cost;
      }
    }
    if (!best.has_value()) return false;
    Hide(std::get<4>(*best));
    return true;
  }

  bool HideBeside(const Exposure& exposure) {
    std::vector<const Relation*> all;
    std::vector<const Relation*> binding;
    for (const uint32_t r : relations_of_[exposure.figure]) {
      const Relation& relation = tables_.relations()[r];
      // Whoever was withheld a moment ago may be enough.
      if (IsFresh(relation)) return true;
      all.push_back(&relation);
      if (!IsNarrow(RoomIn(relation, exposure.figure, false),
                    exposure.figure)) {
        continue;
      }
      if (!IsNarrow(RoomIn(relation, exposure.figure, true), exposure.figure) &&
          Loosen(relation)) {
        return true;
      }
      binding.push_back(&relation);
    }
    if (!binding.empty() && HideIn(binding, exposure.figure)) return true;
    for (const Relation* relation : all) {
      if (Loosen(*relation)) return true;
    }
    if (HideIn(all, exposure.figure)) return true;
    // A rounded figure that its neighbours give away can hide itself.
    if (!MayHide(exposure.figure)) return false;
    Hide(exposure.figure);
    return true;
  }

  // The cheapest of the nearest figures that sums connect with one that all its
  // neighbours leave exposed; a range where no number is left.
  bool HideNear(uint32_t figure) {
    std::vector<bool> reached(tables_.cells().size(), false);
    std::vector<uint32_t> ring = {figure};
    reached[figure] = true;
    std::optional<uint32_t> loose;
    while (!ring.empty()) {
      std::optional<Cost> best;
      std::vector<uint32_t> next;
      for (const uint32_t at : ring) {
        if (!loose.has_value() && MayLoosen(at)) loose = at;
        // Whoever was withheld a moment ago may be enough.
        if (fresh_[at]) return true;
        if (MayHide(at)) {
          const Cost cost = CostOf(at, 0);
          if (!best.has_value() || cost < *best) best = cost;
        }
        for (const uint32_t r : relations_of_[at]) {
          for (const Term& term : tables_.relations()[r].terms) {
            if (reached[term.figure]) continue;
            reached[term.figure] = true;
            next.push_back(term.figure);
          }
        }
      }
      if (best.has_value()) loose = std::get<4>(*best);
      if (best.has_value()) break;
      ring = std::move(next);
    }
    if (!loose.has_value()) return false;
    Hide(*loose);
    return true;
  }

  const Profile& profile_;
  const Tables& tables_;
  Attacker attacker_;
  const AttackLimits& limits_;
  std::vector<Decision>& decisions_;
  const uint32_t first_new_;
  const size_t first_relation_;
  System system_;
  std::vector<std::vector<uint32_t>> relations_of_;
  std::vector<int> unknown_in_;  // by relation: figures without a number
  std::set<uint32_t> withheld_keys_;
  std::vector<uint32_t> just_withheld_;  // since the last attack
  std::vector<bool> fresh_;              // by cell, the same
};

}  // namespace

Unknown UnknownOf(const Profile& profile, const Cell& cell,
                  const Stated& shown) {
  Unknown unknown;
  if (!cell.is_stated) {
    if (cell.floor == store::Floor::kZero) unknown.known.lower = 0;
    return unknown;
  }
  unknown.known = Possible(shown, cell.floor);
  if (IsGuarded(shown.state)) {
    unknown.least_width = profile.least_width;
    if (unknown.known.lower.has_value() && unknown.known.upper.has_value()) {
      unknown.least_width = std::min(
          unknown.least_width, *unknown.known.upper - *unknown.known.lower);
    }
  } else if (shown.state == State::kRounded) {
    // What is rounded is never known exactly, either.
    unknown.least_width = 1;
  }
  return unknown;
}

absl::Status Decide(const Profile& profile, const Tables& tables,
                    const AttackLimits& limits, Decisions* decisions) {
  const size_t before = decisions->cells.size();
  const absl::Status decided =
      Suppressor(profile, tables, limits, *decisions).Run();
  if (decided.ok()) {
    decisions->relations = tables.relations().size();
  } else {
    decisions->cells.resize(before);
  }
  return decided;
}

}  // namespace collate::disclosure
