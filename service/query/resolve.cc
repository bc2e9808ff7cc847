#include "service/query/resolve.h"

#include <algorithm>
#include <cstddef>
#include <optional>
#include <utility>

#include "absl/strings/str_cat.h"
#include "absl/strings/str_join.h"
#include "absl/strings/string_view.h"
#include "service/base/status_macros.h"
#include "service/query/bounds.h"
#include "service/query/covering.h"
#include "service/query/unreadable.h"
#include "service/query/withheld.h"

namespace collate::query {
namespace {

using vocabulary::DayInterval;
using vocabulary::MemberId;
using vocabulary::Period;
using vocabulary::Severity;
using vocabulary::State;

// Whether a leaf says anything of the number, beyond that there may be one.
bool SaysANumber(const Leaf& leaf) {
  return leaf.due && leaf.method != Method::kNone &&
         (leaf.reported.has_value() || leaf.bounds.upper.has_value() ||
          leaf.bounds.lower.value_or(0) != 0);
}

// Whether a later source's leaf answers rather than that of an earlier one,
// which falls through.
bool GoesBefore(const Leaf& leaf, const Leaf& earlier) {
  // Silence is no reason to hide that a number was left out.
  if (earlier.state == State::kAnalystExcluded &&
      leaf.state != State::kSuppressed && !SaysANumber(leaf)) {
    return false;
  }
  return Severity(leaf.state) < Severity(earlier.state);
}

OtherFigure ToOther(Leaf leaf, bool disjoint) {
  return {.source = std::move(leaf.source),
          .state = leaf.state,
          .reported = leaf.reported,
          .bounds = leaf.bounds,
          .method = leaf.method,
          .disjoint = disjoint,
          .rows = std::move(leaf.rows)};
}

bool IsArea(const vocabulary::Dimension& reporters, MemberId reporter) {
  return reporters.levels()[reporters.member(reporter).level].aggregate;
}

std::vector<std::string> SourcesOf(const Plan& plan,
                                   const Candidates& candidates) {
  std::vector<std::string> sources;
  for (const std::string& source : plan.sources) {
    if (std::any_of(candidates.candidates().begin(),
                    candidates.candidates().end(),
                    [&source](const Candidate& candidate) {
                      return candidate.table->source == source;
                    })) {
      sources.push_back(source);
    }
  }
  return sources;
}

}  // namespace

Resolver::Resolver(const Plan& plan, const Snapshot& snapshot,
                   const vocabulary::Measure& measure,
                   std::vector<std::vector<MemberId>> coordinates)
    : plan_(plan),
      snapshot_(snapshot),
      measure_(measure),
      candidates_(plan, snapshot, measure, std::move(coordinates)),
      sources_(SourcesOf(plan, candidates_)),
      plain_(plan, snapshot, measure, candidates_, sources_),
      sums_(plan, snapshot, measure, candidates_),
      silences_(plan, snapshot, candidates_),
      tightener_(plan, snapshot, measure, candidates_.scale(),
                 candidates_.floor_zero()) {
  const vocabulary::Dimension& reporters = snapshot.vocabulary().reporters();
  const std::vector<MemberId>* last = nullptr;  // most panels are the same
  for (const PeriodPanel& panel : plan.panels) {
    if (last != nullptr && *last == panel.reporters) continue;
    last = &panel.reporters;
    asks_areas_ = asks_areas_ ||
                  std::any_of(last->begin(), last->end(), [&](MemberId id) {
                    return IsArea(reporters, id);
                  });
  }
}

Resolver::Place Resolver::PlaceOf(Coordinates coordinates) const {
  PlainFigures::Place spots = plain_.PlaceOf(coordinates);
  return {std::move(coordinates), std::move(spots)};
}

// The states in which the next source may answer instead. Never SUPPRESSED,
// nor a refusal that protects somebody.
bool Resolver::FallsThrough(const Leaf& leaf) const {
  // Whatever else is missing beside it.
  if (leaf.withheld && leaf.method != Method::kNone &&
      leaf.method != Method::kLowerBound) {
    return false;
  }
  switch (leaf.state) {
    case State::kNoRelease:
    case State::kNoResponse:
    case State::kNotHeld:
    case State::kPartialPeriod:
    case State::kNotCrossed:
      return true;
    case State::kAnalystExcluded:
      // One source is left out, and what it says is not withheld.
      return leaf.others[0].state != State::kSuppressed &&
             std::none_of(
                 leaf.exclusions.begin(), leaf.exclusions.end(),
                 [this](int i) { return plan_.exclusions[i].source.empty(); });
    case State::kWithdrawn:
      // Taken out of all answers here, not retracted by the publisher.
      return leaf.method == Method::kNone;
    default:
      return leaf.state == State::kRefused && IsCost(leaf.reason);
  }
}

bool Resolver::FindPlain(const Place& place, MemberId reporter, int period,
                         PlainFigure* figure) const {
  if (plain_.Find(/*source=*/0, place.spots, reporter, period, figure) !=
          PlainFigures::Outcome::kFound ||
      !IsListed(*figure)) {
    return false;
  }
  // What a total may narrow, and whom an area's total counts.
  State state = figure->state();
  if (tightener_.MayNarrow(figure->sum.states | SetOf(state), figure->method) ||
      IsArea(snapshot_.vocabulary().reporters(), reporter)) {
    return false;
  }
  if (figure->gaps.empty()) return true;
  silences_.Explain(*figure->candidate, reporter, plan_.periods[period].days,
                    figure->gaps, &state, &figure->why_open);
  return state == figure->state();
}

PlainFigures::Lane Resolver::LaneOf(const Place& place, int period) const {
  if (plan_.options.list_rows || asks_areas_) return {};
  return plain_.LaneOf(place.spots, period);
}

absl::StatusOr<Leaf> Resolver::PlainLeaf(const PlainFigure& figure,
                                         MemberId reporter, int period) const {
  COLLATE_ASSIGN_OR_RETURN(Leaf leaf, sums_.Of(figure));
  leaf.reporter = reporter;
  leaf.period = period;
  if (!figure.gaps.empty()) {
    silences_.Explain(*figure.candidate, reporter, plan_.periods[period].days,
                      figure.gaps, &leaf.state, &leaf.reason);
  }
  return leaf;
}

absl::StatusOr<std::optional<Leaf>> Resolver::ResolveWithin(size_t source,
                                                            const Place& place,
                                                            MemberId reporter,
                                                            int period) const {
  PlainFigure figure;
  switch (plain_.Find(source, place.spots, reporter, period, &figure)) {
    case PlainFigures::Outcome::kNothing:
      return std::nullopt;
    case PlainFigures::Outcome::kFound:
      if (IsListed(figure)) return PlainLeaf(figure, reporter, period);
      break;
    case PlainFigures::Outcome::kUnclear:
      break;
  }
  return ChooseWithin(sources_[source], place.coordinates, reporter,
                      plan_.periods[period]);
}

absl::StatusOr<std::optional<Leaf>> Resolver::ChooseWithin(
    const std::string& source, const Coordinates& coordinates,
    MemberId reporter, const Period& period) const {
  struct Attempt {
    const Candidate* candidate;
    Covering found;
    Method method;
  };
  std::optional<Attempt> tiled;
  std::optional<Attempt> parts;
  std::optional<Attempt> partial;
  std::optional<Leaf> bound;
  std::optional<Leaf> former;
  auto offer_bound = [&bound](Leaf leaf) {
    if (!bound.has_value() || leaf.bounds.lower > bound->bounds.lower) {
      bound = std::move(leaf);
    }
  };
  for (const bool want_exact : {true, false}) {
    for (const Candidate& candidate : candidates_.candidates()) {
      // Nothing that is made of parts, or of more of them, goes before it.
      if (!want_exact && (tiled.has_value() || parts.has_value())) break;
      if (candidate.table->source != source) continue;
      const std::vector<uint32_t> rows =
          want_exact ? candidates_.ExactRows(candidate, coordinates, reporter,
                                             period.days)
                     : candidates_.RowsWithin(candidate, coordinates, reporter);
      if (rows.empty()) continue;
      Covering found = Cover(measure_, candidate, rows, period.days);
      if (!found.any()) {
        if (want_exact && !former.has_value()) {
          former = sums_.Former(candidate, rows, period.days);
        }
        continue;
      }
      const bool whole = candidate.use == Use::kWhole;
      const bool unknown_part =
          whole && !want_exact &&
          candidates_.HasUnmappedPart(candidate, reporter, period.days);
      if (!whole || unknown_part) {
        COLLATE_ASSIGN_OR_RETURN(Leaf leaf, sums_.LowerBound(candidate, found));
        if (unknown_part) {
          leaf.reason = "parts with labels that nobody knows are in no sum";
        }
        offer_bound(std::move(leaf));
        continue;
      }
      if (found.complete() && want_exact && !found.tiled) {
        return sums_.Of(candidate, found, Method::kExact);
      }
      const Method method = want_exact ? Method::kTiled : Method::kParts;
      auto& slot = !found.complete() ? partial : want_exact ? tiled : parts;
      if (!slot.has_value()) {
        slot = Attempt{&candidate, std::move(found), method};
      }
    }
  }
  for (auto* attempt : {&tiled, &parts}) {
    if (attempt->has_value()) {
      return sums_.Of(*(*attempt)->candidate, (*attempt)->found,
                      (*attempt)->method);
    }
  }
  if (!partial.has_value()) return bound.has_value() ? bound : former;
  COLLATE_ASSIGN_OR_RETURN(
      Leaf leaf,
      sums_.Of(*partial->candidate, partial->found, partial->method));
  silences_.Explain(*partial->candidate, reporter, period.days,
                    partial->found.gaps, &leaf.state, &leaf.reason);
  return leaf;
}

// Notes what the other sources have; a statement that no longer stands and
// one that only bounds the figure are no figures to compare.
void Resolver::Compare(std::vector<Leaf>& others, Leaf& leaf) const {
  for (Leaf& other : others) {
    // What is left out is shown, and is no side of a conflict.
    if (other.state == State::kAnalystExcluded) {
      leaf.others.insert(leaf.others.end(), other.others.begin(),
                         other.others.end());
      if (leaf.state != State::kAnalystExcluded) {
        absl::StrAppend(&leaf.reason, leaf.reason.empty() ? "" : "; ",
                        "the figure of ", other.others[0].source, " is ",
                        other.reason);
      }
      leaf.exclusions.insert(leaf.exclusions.end(), other.exclusions.begin(),
                             other.exclusions.end());
    }
    if (!IsFigure(other)) {
      NoteExcess(other, leaf);
      continue;
    }
    const bool disjoint =
        IsFigure(leaf) && AreDisjoint(leaf.bounds, other.bounds);
    leaf.others.push_back(ToOther(std::move(other), disjoint));
  }
  std::sort(leaf.exclusions.begin(), leaf.exclusions.end());
  leaf.exclusions.erase(
      std::unique(leaf.exclusions.begin(), leaf.exclusions.end()),
      leaf.exclusions.end());
}

// What prints no number of the whole figure is in the hull only where it
// contradicts.
void Resolver::TakeInOthers(Leaf& leaf) const {
  if (plan_.conflict_policy != ConflictPolicy::kHull ||
      leaf.method == Method::kNone || leaf.method == Method::kLowerBound) {
    return;
  }
  const Interval own = leaf.own_bounds.value_or(leaf.bounds);
  const Interval narrowest = leaf.bounds;
  for (const OtherFigure& other : leaf.others) {
    const bool left_out = std::any_of(
        leaf.exclusions.begin(), leaf.exclusions.end(),
        [&](int i) { return plan_.exclusions[i].IsOf(other.source); });
    const bool whole =
        vocabulary::IsPrinted(other.state) || other.state == State::kSuppressed;
    if (other.statement != 0 || left_out || !(whole || other.disjoint)) {
      continue;
    }
    leaf.bounds = Hull(leaf.bounds, other.bounds);
    if (leaf.reported.has_value()) {
      leaf.reported_bounds = Hull(leaf.reported_bounds, other.bounds);
    }
    if (leaf.withheld_bounds.has_value()) {
      leaf.withheld_bounds = Hull(*leaf.withheld_bounds, other.bounds);
    }
  }
  if (leaf.bounds != narrowest) leaf.own_bounds = own;
}

void Resolver::Exclude(const std::string& source, MemberId reporter,
                       const DayInterval& days, Leaf& leaf) const {
  if (!SaysANumber(leaf)) return;
  std::vector<int> exclusions;
  std::vector<std::string> reasons;
  for (size_t i = 0; i < plan_.exclusions.size(); ++i) {
    const PlannedExclusion& one = plan_.exclusions[i];
    if (!one.IsOf(source) || !one.Touches(measure_, reporter, days)) continue;
    exclusions.push_back(static_cast<int>(i));
    reasons.push_back(one.reason);
  }
  if (exclusions.empty()) return;
  Leaf excluded;
  excluded.state = State::kAnalystExcluded;
  if (candidates_.floor_zero()) excluded.bounds.lower = 0;
  excluded.reason = absl::StrJoin(reasons, "; ");
  excluded.exclusions = std::move(exclusions);
  std::vector<OtherFigure> statements = std::move(leaf.others);
  if (leaf.first_bounds.has_value()) leaf.bounds = *leaf.first_bounds;
  excluded.others.push_back(ToOther(std::move(leaf), /*disjoint=*/false));
  for (OtherFigure& one : statements) {
    one.disjoint = false;
    excluded.others.push_back(std::move(one));
  }
  leaf = std::move(excluded);
}

// A figure that is not there may be in a release that cannot be read.
void Resolver::NoteUnreadable(Leaf& leaf) const {
  std::vector<uint32_t> holders;
  for (const uint32_t release : plan_.unreadable) {
    if (MayHold(snapshot_, release, measure_, leaf.reporter,
                plan_.periods[leaf.period].days)) {
      holders.push_back(release);
    }
  }
  if (holders.empty()) return;
  leaf.source_unreadable = true;
  if (leaf.rows.empty()) {
    absl::StrAppend(&leaf.reason, leaf.reason.empty() ? "" : "; ",
                    "cannot be read: ", NamesOf(snapshot_, holders));
  }
}

void Resolver::NoteExcess(const Leaf& part, Leaf& whole) const {
  if (part.method != Method::kLowerBound || !IsFigure(whole) ||
      !IsMoreThan(part.bounds, whole.bounds)) {
    return;
  }
  whole.contradictions.push_back(
      {.kind = ConflictKind::kPartExceedsWhole,
       .source = part.source,
       .measure = measure_.code,
       .universe = snapshot_.slice_of(part.rows[0]).universe,
       .members = part.part_members,
       .is_part = true,
       .figure = {.state = part.state,
                  .bounds = part.bounds,
                  .scale = candidates_.scale()},
       .rows = part.rows});
}

absl::StatusOr<std::vector<Leaf>> Resolver::Each(
    const Coordinates& coordinates, MemberId reporter, int period,
    absl::string_view except) const {
  std::vector<Leaf> found;
  const Place place = PlaceOf(coordinates);
  for (size_t source = 0; source < sources_.size(); ++source) {
    if (!except.empty() && sources_[source] == except) continue;
    COLLATE_ASSIGN_OR_RETURN(std::optional<Leaf> leaf,
                             ResolveWithin(source, place, reporter, period));
    if (!leaf.has_value()) continue;
    leaf->reporter = reporter;
    leaf->coordinates = coordinates;
    leaf->period = period;
    found.push_back(*std::move(leaf));
  }
  return found;
}

absl::StatusOr<Leaf> Resolver::Resolve(const Place& place, MemberId reporter,
                                       int period) const {
  const Coordinates& coordinates = place.coordinates;
  const Period& asked = plan_.periods[period];
  PlainFigure figure;
  if (decides_alone() &&
      plain_.Find(/*source=*/0, place.spots, reporter, period, &figure) ==
          PlainFigures::Outcome::kFound &&
      IsListed(figure)) {
    COLLATE_ASSIGN_OR_RETURN(Leaf leaf, PlainLeaf(figure, reporter, period));
    leaf.coordinates = coordinates;
    COLLATE_RETURN_IF_ERROR(tightener_.Tighten(leaf));
    return leaf;
  }
  std::vector<Leaf> found;  // in the order of the sources
  size_t served = 0;
  bool decided = false;
  for (size_t source = 0; source < sources_.size(); ++source) {
    COLLATE_ASSIGN_OR_RETURN(std::optional<Leaf> leaf,
                             ResolveWithin(source, place, reporter, period));
    if (!leaf.has_value()) continue;
    Exclude(sources_[source], reporter, asked.days, *leaf);
    if (!decided && (found.empty() || GoesBefore(*leaf, found[served]))) {
      served = found.size();
    }
    // A figure that is withheld ends the search, whoever came before it. The
    // sources behind it are only compared.
    decided = decided || !FallsThrough(*leaf);
    found.push_back(*std::move(leaf));
  }
  std::optional<Leaf> best;
  if (!found.empty()) {
    best = std::move(found[served]);
    found.erase(found.begin() + static_cast<std::ptrdiff_t>(served));
    Compare(found, *best);
  }
  const bool unanswered =
      !best.has_value() || best->state == State::kNotCrossed;
  if (unanswered) {
    Leaf missing = silences_.Missing(coordinates, reporter, asked);
    if (best.has_value()) {
      best->available = std::move(missing.available);
    } else {
      best = std::move(missing);
      if (!best->source.empty()) {
        Exclude(std::string(best->source), reporter, asked.days, *best);
      }
    }
  }
  best->reporter = reporter;
  best->coordinates = coordinates;
  best->period = period;
  COLLATE_RETURN_IF_ERROR(tightener_.Tighten(*best));
  TakeInOthers(*best);
  NoteUnreadable(*best);
  return *std::move(best);
}

}  // namespace collate::query
