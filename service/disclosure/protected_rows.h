// A stored row with the number that is shown of it in place of its own.
//
// Pure functions.

#ifndef COLLATE_SERVICE_DISCLOSURE_PROTECTED_ROWS_H_
#define COLLATE_SERVICE_DISCLOSURE_PROTECTED_ROWS_H_

#include <vector>

#include "service/disclosure/profile.h"
#include "service/store/observations.h"

namespace collate::disclosure {

// The token of a figure that is withheld.
inline constexpr char kWithheldToken[] = "c";

// `chunk` with `shown` in place of its figures, one for each row. Nothing that
// only the true figures had is left, in its strings neither.
store::Observations WithFigures(const Profile& profile,
                                const store::Observations& chunk,
                                const std::vector<Stated>& shown);

}  // namespace collate::disclosure

#endif  // COLLATE_SERVICE_DISCLOSURE_PROTECTED_ROWS_H_
