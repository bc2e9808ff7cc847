// What a deployment shows of figures that its sources restrict: the closed set
// of profiles, and what each makes of one figure alone. Which further figures
// have to be withheld so that none can be computed is for suppress.h.
//
//   name            withheld   shown                   least width
//   ons-10-5        below 10   to the nearest 5        4
//   nhs-7-5         1 to 7     0, else to the nearest 5   4
//   count-below-5   1 to 4     as it is                2
//
// A 0 says that there is nobody to be found and is shown, but by ons-10-5,
// whose rule is "below 10". A negative count is a correction of others and
// tells of those: it is withheld by every profile.
//
// The least width is how far apart the least and the greatest number must be
// that an attacker cannot rule out for a withheld figure. Where figures are
// rounded it is that of a rounding class, so that what is withheld is never
// known better than what is shown; where nothing is rounded, three numbers
// must remain possible.
//
// Pure values and functions.

#ifndef COLLATE_SERVICE_DISCLOSURE_PROFILE_H_
#define COLLATE_SERVICE_DISCLOSURE_PROFILE_H_

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "absl/strings/string_view.h"
#include "service/query/bounds.h"
#include "service/store/observations.h"
#include "service/vocabulary/state.h"

namespace collate::disclosure {

struct Profile {
  const char* name;
  int64_t withheld_from;  // the least number that is withheld
  int64_t withheld_to;    // and the greatest
  int64_t base;           // what is shown is rounded to; 1 = as it is
  int64_t least_width;
};

// The profile that shows everything as it is stored.
inline constexpr absl::string_view kNoProfile = "none";

// nullptr for an unknown name, and for kNoProfile, which protects nothing.
const Profile* FindProfile(absl::string_view name);
// All of them, kNoProfile first.
std::vector<std::string> ProfileNames();

// A figure as a source stated it, or as it is shown.
struct Stated {
  vocabulary::State state = vocabulary::State::kUnspecified;
  std::optional<int64_t> value;
  query::Interval bounds;  // as printed beside the state; of no value, unknown

  friend bool operator==(const Stated&, const Stated&) = default;
};

// What the number can be, as whoever reads the figure knows it.
query::Interval Possible(const Stated& figure, store::Floor floor);

// Whether it is due and is withheld or refused: what nobody may compute.
bool IsGuarded(vocabulary::State state);

// A count as it is shown where nothing else would tell it. True of the count,
// and never narrower than what the source stated.
Stated Protect(const Profile& profile, const Stated& count, store::Floor floor);

// A figure of which no number is shown: of a count that is withheld for the
// sake of others, of a percentage, a rate or a mean.
Stated Withhold(const Stated& figure);

}  // namespace collate::disclosure

#endif  // COLLATE_SERVICE_DISCLOSURE_PROFILE_H_
