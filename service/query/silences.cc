#include "service/query/silences.h"

#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <optional>

#include "absl/strings/str_cat.h"
#include "absl/strings/str_join.h"
#include "absl/time/civil_time.h"
#include "absl/time/time.h"
#include "service/query/bounds.h"
#include "service/query/tiling.h"
#include "service/vocabulary/state.h"

namespace collate::query {
namespace {

using vocabulary::DayInterval;
using vocabulary::Dimension;
using vocabulary::MemberId;
using vocabulary::Period;
using vocabulary::State;

std::string FormatDays(const DayInterval& days) {
  return absl::StrCat(vocabulary::FormatDay(days.begin), " to ",
                      vocabulary::FormatDay(days.end - 1));
}

}  // namespace

Silences::Silence Silences::FindSilence(const SliceTable& table,
                                        MemberId reporter,
                                        const DayInterval& days) const {
  Silence silence;
  for (const Claim& claim : table.claims) {
    const store::Release& release =
        snapshot_.releases()[claim.release]->release;
    if (release.state != store::ReleaseState::kPublished ||
        KnownFrom(release) > plan_.as_of || !claim.Covers(reporter, days)) {
      continue;
    }
    // Published after the days were over, a release that has nothing at all of
    // them is not late.
    const bool over =
        claim.printed_to == claim.period.begin &&
        release.publish_time.has_value() &&
        absl::FromCivil(absl::CivilDay(1970, 1, 1) + days.end,
                        absl::UTCTimeZone()) <= *release.publish_time;
    const bool late = days.begin >= claim.printed_to && !over;
    silence.state = late ? State::kNotYetPublished : State::kNotShown;
    silence.release = &release;
    silence.ends = claim.printed_to;
  }
  return silence;
}

const std::string& Silences::ReasonOf(Silence& silence) {
  if (!silence.reason.empty()) return silence.reason;
  const std::string& name = silence.release->name;
  silence.reason =
      *silence.state == State::kNotYetPublished
          ? absl::StrCat(name, " ends on ",
                         vocabulary::FormatDay(silence.ends - 1))
          : absl::StrCat(name, " covers it and prints no such figure");
  return silence.reason;
}

Silences::Silence& Silences::SilenceWithin(const SliceTable& table,
                                           MemberId reporter,
                                           const DayInterval& days) const {
  const auto [at, added] =
      found_.try_emplace(std::tuple(&table, reporter, days.begin, days.end));
  if (added) at->second = FindSilence(table, reporter, days);
  return at->second;
}

void Silences::Explain(const Candidate& candidate, MemberId reporter,
                       const DayInterval& days,
                       absl::Span<const DayInterval> gaps, State* state,
                       std::string* reason) const {
  // Not a part of the period but a part of the whole is missing.
  if (*state == State::kPartialPeriod &&
      std::find(gaps.begin(), gaps.end(), days) != gaps.end()) {
    *state = State::kNotShown;
  }
  if (*state != State::kPartialPeriod && *state != State::kNotShown) return;
  *reason = "no figure for ";
  const std::lock_guard lock(mutex_);
  for (const DayInterval& gap : gaps) {
    Silence& silence = SilenceWithin(*candidate.table, reporter, gap);
    if (silence.gap.empty()) {
      silence.gap = absl::StrCat(
          FormatDays(gap), " (",
          vocabulary::StateName(silence.state.value_or(State::kNoRelease)),
          ")");
    }
    absl::StrAppend(reason, &gap == gaps.data() ? "" : "; ", silence.gap);
  }
}

bool Silences::HasRow(const Candidate& candidate,
                      const Coordinates& coordinates, MemberId reporter,
                      const DayInterval& days) const {
  const auto overlaps = [&](uint32_t row) {
    return days.Overlaps(candidate.table->period(row));
  };
  const std::vector<uint32_t> within =
      candidates_.RowsWithin(candidate, coordinates, reporter);
  return !candidates_.ExactRows(candidate, coordinates, reporter, days)
              .empty() ||
         std::any_of(within.begin(), within.end(), overlaps);
}

Leaf Silences::Missing(const Coordinates& coordinates, MemberId reporter,
                       const Period& period) const {
  Leaf leaf;
  for (size_t d = 0; d < coordinates.size(); ++d) {
    const vocabulary::Member& member =
        plan_.dimensions[d].dimension->member(coordinates[d]);
    if (member.validity.Overlaps(period.days)) continue;
    leaf.state = State::kNotApplicable;
    leaf.due = false;
    leaf.reason = absl::StrCat(member.code, " is not in force in the period");
    return leaf;
  }
  leaf.reason = "nothing is loaded";
  for (const SliceTable* other : candidates_.Uncrossed(reporter, period)) {
    const std::string text = DescribeSlice(other->slice);
    if (!std::count(leaf.available.begin(), leaf.available.end(), text)) {
      leaf.available.push_back(text);
    }
  }
  if (!leaf.available.empty()) {
    leaf.state = State::kNotCrossed;
    leaf.reason =
        absl::StrCat("published only as ", absl::StrJoin(leaf.available, "; "));
  }
  for (const Candidate& candidate : candidates_.candidates()) {
    if (candidate.use != Use::kWhole) continue;
    // Only a member of the table's own level could have been printed there.
    bool same_level = true;
    for (size_t d = 0; d < candidate.asked_axes.size(); ++d) {
      const Dimension& dimension = *plan_.dimensions[d].dimension;
      const std::string& level =
          candidate.table->slice.axes[candidate.asked_axes[d]].level;
      same_level =
          same_level && Candidates::FitsLevel(dimension, coordinates[d], level);
    }
    if (!same_level) continue;
    const auto counted = candidate.counted.find(reporter);
    if (counted != candidate.counted.end() &&
        Uncovered(period.days, counted->second).empty() &&
        !HasRow(candidate, coordinates, reporter, period.days) &&
        (candidate.extra_axes.empty() ||
         !candidates_.HasUnmappedPart(candidate, reporter, period.days))) {
      leaf.state = State::kReported;
      leaf.source = candidate.table->source;
      leaf.method = Method::kTiled;
      leaf.reason = "all records were counted, and there is none";
      leaf.bounds = Interval::Exactly(0);
      leaf.reported_bounds = leaf.bounds;
      leaf.reported = 0;
      return leaf;
    }
    if (!candidate.extra_axes.empty()) continue;
    const std::lock_guard lock(mutex_);
    Silence& silence = SilenceWithin(*candidate.table, reporter, period.days);
    if (silence.state.has_value()) {
      leaf.state = *silence.state;
      leaf.reason = ReasonOf(silence);
      break;
    }
  }
  // A number that is not published yet is due once its period has ended.
  leaf.due = leaf.state != State::kNotYetPublished ||
             period.days.end <= plan_.options.today;
  if (leaf.due && candidates_.floor_zero()) leaf.bounds.lower = 0;
  return leaf;
}

}  // namespace collate::query
