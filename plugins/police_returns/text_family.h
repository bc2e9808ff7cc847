// Which of the families a grid belongs to, by the names in its first rows.

#ifndef COLLATE_PLUGINS_POLICE_RETURNS_TEXT_FAMILY_H_
#define COLLATE_PLUGINS_POLICE_RETURNS_TEXT_FAMILY_H_

#include <cstdint>

#include "plugins/police_returns/survey.h"
#include "plugins/tabular/source.h"

namespace collate::police_returns {

// Rows in which a header may stand.
inline constexpr uint32_t kHeaderRows = 20;

// ROW_LEVEL_DATA when the row is the header of records of single offences.
tabular::Status RefuseRowLevel(const tabular::Row& row);
bool NamesRollingYear(const tabular::Row& row);

// UNSUPPORTED_FORMAT when the bytes are no text at all; ROW_LEVEL_DATA before
// any row after the header is looked at. `rolling_year` is false for anything
// that is not that series: the long format's reader says what it lacks.
tabular::Status ChooseTextFamily(tabular::ByteSource& source,
                                 const ReadOptions& options,
                                 bool* rolling_year);

}  // namespace collate::police_returns

#endif  // COLLATE_PLUGINS_POLICE_RETURNS_TEXT_FAMILY_H_
