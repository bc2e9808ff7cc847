// CSV for people with a spreadsheet: a block that says what it is, an empty
// line, then a table. A column of numbers holds numbers only; beside `value`
// stands `value_marker` with the shorthand of status_codes.h.
//
// Pure functions.

#ifndef COLLATE_CLIENT_EXPORT_GSS_CSV_H_
#define COLLATE_CLIENT_EXPORT_GSS_CSV_H_

#include <string>
#include <vector>

#include "client/export/row.h"

namespace collate::client {

// The block, the empty line and the line of column names.
std::string GssCsvHead(const ExportMetadata& metadata,
                       const std::vector<std::string>& dimensions);

// One line for each row. `dimensions` have a column each, with the member's
// code; all others share the column `breakdown`.
std::string GssCsvRows(const std::vector<ExportRow>& rows,
                       const std::vector<std::string>& dimensions);

}  // namespace collate::client

#endif  // COLLATE_CLIENT_EXPORT_GSS_CSV_H_
