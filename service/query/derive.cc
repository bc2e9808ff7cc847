#include "service/query/derive.h"

#include <algorithm>
#include <string>
#include <utility>

#include "absl/strings/str_cat.h"
#include "absl/strings/str_join.h"
#include "service/base/status_macros.h"

namespace collate::query {
namespace {

using vocabulary::Dimension;
using vocabulary::MemberId;

void Note(const std::vector<LeftOut>& left_out, std::set<MemberId>& names) {
  for (const LeftOut& one : left_out) names.insert(one.reporter);
}

void Note(const std::vector<RowRef>& rows, DerivedNotes& notes) {
  for (const RowRef& row : rows) notes.releases.insert(row.release);
}

void AddCaveat(const Dimension& reporters, const std::set<MemberId>& names,
               const char* code, absl::string_view why,
               std::vector<Caveat>& caveats) {
  if (names.empty()) return;
  std::vector<std::string> titles;
  for (const MemberId id : names) titles.push_back(reporters.member(id).title);
  caveats.push_back({code, absl::StrCat(why, absl::StrJoin(titles, ", "))});
}

}  // namespace

std::vector<Caveat> DerivedNotes::Caveats(const Dimension& reporters) const {
  std::vector<Caveat> caveats;
  AddCaveat(reporters, left_out_of_rate, "LEFT_OUT_OF_RATE",
            "A rate takes only reporters that have both its figures, and no "
            "part of a whole that the publisher gives a rate for as a whole; "
            "left out of some or all rates here: ",
            caveats);
  AddCaveat(reporters, left_out_of_panel, "LEFT_OUT_OF_MATCHED_PANEL",
            "A matched panel takes only reporters whose every figure is "
            "printed by one source in each period compared; left out of some "
            "or all here: ",
            caveats);
  AddCaveat(reporters, left_out_of_share, "LEFT_OUT_OF_SHARE",
            "A share takes only reporters that print both its figure and its "
            "base; left out of some or all shares here: ",
            caveats);
  return caveats;
}

Deriver::Deriver(const Plan& plan, const Snapshot& snapshot, size_t measure,
                 bool with_leaves, const std::function<bool()>& cancelled)
    : measure_(*plan.measures[measure]) {
  for (const PlannedDerivation& one : plan.derivations) {
    if (const auto* rate = std::get_if<PlannedRate>(&one)) {
      takes_sums_ = false;
      makers_.push_back(std::make_unique<RateMaker>(plan, snapshot, measure_,
                                                    *rate, with_leaves));
    } else if (const auto* change = std::get_if<PlannedChange>(&one)) {
      makers_.push_back(std::make_unique<ChangeMaker>(
          plan, snapshot, measure_, *change, with_leaves, cancelled));
    } else {
      makers_.push_back(std::make_unique<ShareMaker>(
          plan, snapshot, measure, std::get<PlannedShare>(one), with_leaves,
          cancelled));
    }
  }
}

absl::Status Deriver::Derive(const std::vector<ReporterLeaves>& reporters,
                             const CellSums& sums, const Resolver& resolver,
                             Cell& cell, DerivedNotes& notes) {
  COLLATE_RETURN_IF_ERROR(CheckCounts(measure_, resolver));
  // Computed from the cell as it stands without them.
  std::vector<Derived> derived;
  bool in_conflict = !cell.conflicts.empty();
  for (Maker& maker : makers_) {
    if (auto* rates = std::get_if<std::unique_ptr<RateMaker>>(&maker)) {
      COLLATE_ASSIGN_OR_RETURN(Rate rate,
                               (*rates)->Make(reporters, cell.period));
      Note(rate.left_out, notes.left_out_of_rate);
      Note(rate.denominator_rows, notes);
      in_conflict |= !rate.denominator_conflicts.conflicts.empty();
      notes.exclusions.insert((*rates)->exclusions().begin(),
                              (*rates)->exclusions().end());
      derived.push_back(std::move(rate));
    } else if (auto* changes =
                   std::get_if<std::unique_ptr<ChangeMaker>>(&maker)) {
      COLLATE_ASSIGN_OR_RETURN(
          Change change, (*changes)->Make(cell.coordinates, cell.period, cell,
                                          reporters, sums));
      Note(change.matched_panel.left_out, notes.left_out_of_panel);
      if (change.base != nullptr) {
        notes.releases.insert((*changes)->base_releases().begin(),
                              (*changes)->base_releases().end());
        notes.exclusions.insert(change.base->exclusions.begin(),
                                change.base->exclusions.end());
      }
      derived.push_back(std::move(change));
    } else {
      auto& shares = std::get<std::unique_ptr<ShareMaker>>(maker);
      COLLATE_ASSIGN_OR_RETURN(Share share,
                               shares->Make(reporters, sums, cell.period));
      Note(share.left_out, notes.left_out_of_share);
      Note(share.base_rows, notes);
      in_conflict |= !share.base_conflicts.conflicts.empty();
      notes.exclusions.insert(shares->exclusions().begin(),
                              shares->exclusions().end());
      derived.push_back(std::move(share));
    }
  }
  cell.derived = std::move(derived);
  const auto at = std::lower_bound(cell.flags.begin(), cell.flags.end(),
                                   CellFlag::kConflict);
  if (in_conflict && (at == cell.flags.end() || *at != CellFlag::kConflict)) {
    cell.flags.insert(at, CellFlag::kConflict);
  }
  return absl::OkStatus();
}

}  // namespace collate::query
