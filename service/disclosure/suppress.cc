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
      const uint32_t cell = static_cast<uint32_t>(system_.figures.size());
      system_.figures.push_back(
          UnknownOf(profile_, cells[cell], decision.shown));
    }
    system_.relations = relations;
    std::vector<uint32_t> touched(cells.size() - first_new_);
    std::iota(touched.begin(), touched.end(), first_new_);
    // Figures of old are in danger, too, where new sums connect them.
    for (size_t r = first_relation_; r < relations.size(); ++r) {
      for (const Term& term : relations[r].terms) {
        touched.push_back(term.figure);
      }
    }
    while (true) {
      std::sort(touched.begin(), touched.end());
      touched.erase(std::unique(touched.begin(), touched.end()),
                    touched.end());
      COLLATE_ASSIGN_OR_RETURN(
          const std::vector<Exposure> exposed,
          FindExposed(system_, &touched, limits_));
      if (exposed.empty()) return absl::OkStatus();
      bool helped = false;
      for (const Exposure& exposure : exposed) {
        helped = HideBeside(exposure) || helped;
      }
      for (size_t i = 0; !helped && i < exposed.size(); ++i) {
        helped = HideConnected(exposed[i].figure);
      }
      if (!helped) {
        return base::Error(absl::StatusCode::kFailedPrecondition,
                           "DISCLOSURE_WITHHELD",
                           "figures that are withheld could be computed from "
                           "it and from what was shown before");
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
  bool MayHide(uint32_t cell) const {
    return cell >= first_new_ && tables_.cells()[cell].is_stated &&
           decisions_[cell].withheld == Reason::kNone &&
           vocabulary::IsPrinted(decisions_[cell].shown.state);
  }

  void Hide(uint32_t cell) {
    Decision& decision = decisions_[cell];
    decision.shown = Withhold(decision.shown);
    decision.withheld = Reason::kOthers;
    withheld_keys_.insert(tables_.cells()[cell].key);
    system_.figures[cell] =
        UnknownOf(profile_, tables_.cells()[cell], decision.shown);
    just_withheld_.push_back(cell);
    fresh_[cell] = true;
  }

  // Lower is better; the cell's number makes it one order.
  std::tuple<bool, bool, int64_t, uint32_t> CostOf(uint32_t cell,
                                                   int64_t to_hide) const {
    const Cell& candidate = tables_.cells()[cell];
    const int64_t value = candidate.truth.value.value_or(0);
    return {!withheld_keys_.contains(candidate.key), value < to_hide, value,
            cell};
  }

  bool HideBeside(const Exposure& exposure) {
    const int64_t to_hide = system_.figures[exposure.figure].least_width;
    std::optional<std::tuple<bool, bool, int64_t, uint32_t>> best;
    for (const uint32_t r : relations_of_[exposure.figure]) {
      const Relation& relation = tables_.relations()[r];
      // Whoever was withheld a moment ago may be enough.
      if (std::any_of(relation.terms.begin(), relation.terms.end(),
                      [this](const Term& term) {
                        return fresh_[term.figure];
                      })) {
        return true;
      }
      for (const Term& term : relation.terms) {
        if (term.figure == exposure.figure || !MayHide(term.figure)) continue;
        const auto cost = CostOf(term.figure, to_hide);
        if (!best.has_value() || cost < *best) best = cost;
      }
    }
    // A rounded figure that its neighbours give away can hide itself.
    if (!best.has_value() && MayHide(exposure.figure)) {
      best = CostOf(exposure.figure, to_hide);
    }
    if (!best.has_value()) return false;
    Hide(std::get<3>(*best));
    return true;
  }

  // Everything new that sums connect with a figure, shown or not.
  bool HideConnected(uint32_t figure) {
    std::vector<bool> reached(tables_.cells().size(), false);
    std::vector<uint32_t> open = {figure};
    reached[figure] = true;
    bool hidden = false;
    while (!open.empty()) {
      const uint32_t at = open.back();
      open.pop_back();
      if (MayHide(at)) {
        Hide(at);
        hidden = true;
      }
      for (const uint32_t r : relations_of_[at]) {
        for (const Term& term : tables_.relations()[r].terms) {
          if (reached[term.figure]) continue;
          reached[term.figure] = true;
          open.push_back(term.figure);
        }
      }
    }
    return hidden;
  }

  const Profile& profile_;
  const Tables& tables_;
  const AttackLimits& limits_;
  std::vector<Decision>& decisions_;
  const uint32_t first_new_;
  const size_t first_relation_;
  System system_;
  std::vector<std::vector<uint32_t>> relations_of_;
  std::set<uint32_t> withheld_keys_;
  std::vector<uint32_t> just_withheld_;  // since the last attack
  std::vector<bool> fresh_;              // by cell, the same
};

}  // namespace

Unknown UnknownOf(const Profile& profile, const Cell& cell,
                  const Stated& shown) {
  Unknown unknown;
  unknown.known = Possible(shown, cell.floor);
  if (!cell.is_stated) return unknown;
  if (IsGuarded(shown.state)) {
    unknown.least_width = profile.least_width;
    if (unknown.known.lower.has_value() && unknown.known.upper.has_value()) {
      unknown.least_width =
          std::min(unknown.least_width,
                   *unknown.known.upper - *unknown.known.lower);
    }
  } else if (shown.state == State::kRounded) {
    // What is rounded is never known exactly, either.
    unknown.least_width = 1;
  }
  return unknown;
}

absl::Status Decide(const Profile& profile, const Tables& tables,
                    const AttackLimits& limits,
                    Decisions* decisions) {
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
