// How a state is called by the standards of the formats: the shorthand of the
// Government Analysis Function's "Symbols in tables", and SDMX's code lists
// CL_OBS_STATUS 2.2 and CL_CONF_STATUS 1.2. The row's own state is always
// written beside them, since they know fewer.
//
// Pure functions.

#ifndef COLLATE_CLIENT_EXPORT_STATUS_CODES_H_
#define COLLATE_CLIENT_EXPORT_STATUS_CODES_H_

#include <string>

#include "client/export/row.h"

namespace collate::client {

// "[c]", "[p][r]"; empty for a plain number:
//   [c] withheld, [z] no number can be or is due, [x] not available for any
//   other reason, [u] a number that is not all of what was asked, [low] rounded
//   to 0 and not 0, [e] estimated, [p] provisional, [r] revised, [b] break.
std::string GssMarkers(const ExportRow& row);

// One letter: A, B, D, E, P or U for a number; K, L, M, O or Q for none.
std::string ObsStatus(const ExportRow& row);

// F free, C confidential (withheld), N not for publication (refused).
std::string ConfStatus(const ExportRow& row);

}  // namespace collate::client

#endif  // COLLATE_CLIENT_EXPORT_STATUS_CODES_H_
