#include "service/disclosure/profile.h"

#include <algorithm>

#include "service/query/row_figure.h"

namespace collate::disclosure {
namespace {

using query::Interval;
using store::Floor;
using vocabulary::State;

constexpr Profile kProfiles[] = {
    {"ons-10-5", 0, 9, 5, 4},
    {"nhs-7-5", 1, 7, 5, 4},
    {"count-below-5", 1, 4, 1, 2},
};

// The numbers that are shown alike, of one that is shown.
Interval ClassOf(const Profile& profile, int64_t value) {
  if (value == 0 || profile.base == 1) return Interval::Exactly(value);
  const int64_t half = profile.base / 2;
  const int64_t middle = (value + half) / profile.base * profile.base;
  return {std::max(middle - half, profile.withheld_to + 1), middle + half};
}

bool IsWithheld(const Profile& profile, int64_t value) {
  return value < 0 ||
         (profile.withheld_from <= value && value <= profile.withheld_to);
}

// What is known of a number that is withheld for its own sake.
Interval WithheldClass(const Profile& profile, int64_t value, Floor floor) {
  if (floor == Floor::kNone && profile.withheld_from == 0) {
    return {std::nullopt, profile.withheld_to};
  }
  if (value < 0) return Interval::Unknown();
  return {profile.withheld_from, profile.withheld_to};
}

Interval Vague(const Profile& profile, int64_t value, Floor floor) {
  return IsWithheld(profile, value) ? WithheldClass(profile, value, floor)
                                    : ClassOf(profile, value);
}

// An interval that somebody else stated, no narrower than the profile's own.
Interval Widened(const Profile& profile, const Interval& bounds, Floor floor) {
  Interval wide;
  if (bounds.lower.has_value()) {
    wide.lower = Vague(profile, *bounds.lower, floor).lower;
  }
  if (bounds.upper.has_value()) {
    wide.upper = Vague(profile, *bounds.upper, floor).upper;
  }
  return wide;
}

// Whether numbers that are withheld lie in it.
bool Touches(const Profile& profile, const Interval& bounds) {
  return !query::AreDisjoint(bounds,
                             {profile.withheld_from, profile.withheld_to});
}

bool HasNumber(const Stated& figure) {
  return figure.value.has_value() || figure.bounds != Interval::Unknown();
}

}  // namespace

const Profile* FindProfile(absl::string_view name) {
  for (const Profile& profile : kProfiles) {
    if (name == profile.name) return &profile;
  }
  return nullptr;
}

std::vector<std::string> ProfileNames() {
  std::vector<std::string> names = {std::string(kNoProfile)};
  for (const Profile& profile : kProfiles) names.emplace_back(profile.name);
  return names;
}

Interval Possible(const Stated& figure, Floor floor) {
  return query::RowBounds(figure.state, floor, figure.value, figure.bounds);
}

bool IsGuarded(State state) {
  return state == State::kSuppressed || state == State::kRefused;
}

Stated Protect(const Profile& profile, const Stated& count, Floor floor) {
  if (count.state == State::kReported && count.value.has_value()) {
    const int64_t value = *count.value;
    if (IsWithheld(profile, value)) {
      return {State::kSuppressed, std::nullopt,
              WithheldClass(profile, value, floor)};
    }
    const Interval shown = ClassOf(profile, value);
    if (shown.lower == shown.upper) return {State::kReported, value, {}};
    const int64_t half = profile.base / 2;
    return {State::kRounded, (value + half) / profile.base * profile.base,
            shown};
  }
  const Interval possible = Possible(count, floor);
  if (count.state == State::kRounded) {
    const bool small = !count.value.has_value() || *count.value < 0 ||
                       IsWithheld(profile, *count.value) ||
                       !possible.lower.has_value() || *possible.lower < 0 ||
                       Touches(profile, possible);
    const Interval wide = Widened(profile, possible, floor);
    if (small) {
      return {State::kSuppressed, std::nullopt,
              query::Hull(
                  wide, WithheldClass(profile, profile.withheld_from, floor))};
    }
    const int64_t half = profile.base / 2;
    const int64_t rounded = (*count.value + half) / profile.base * profile.base;
    return {State::kRounded, rounded, wide};
  }
  // Where no number may be had, the floor alone is no number.
  if (!HasNumber(count)) return {count.state, std::nullopt, {}};
  Interval stated = count.bounds;
  if (count.value.has_value()) {
    stated = stated == Interval::Unknown()
                 ? Interval::Exactly(*count.value)
                 : query::Hull(stated, Interval::Exactly(*count.value));
    // A part of a period is the least that the whole can be.
    if (count.state == State::kPartialPeriod) stated.upper.reset();
  }
  return {count.state, std::nullopt, Widened(profile, stated, floor)};
}

Stated Withhold(const Stated& figure) {
  if (!HasNumber(figure) && !vocabulary::IsPrinted(figure.state)) return figure;
  const bool was_number =
      vocabulary::IsPrinted(figure.state) || figure.state == State::kSuppressed;
  return {was_number ? State::kSuppressed : figure.state, std::nullopt, {}};
}

}  // namespace collate::disclosure
