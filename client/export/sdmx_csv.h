// SDMX-CSV 2.0 of two data structures that are shipped beside this file, in
// data/: COLLATE:OBSERVATIONS, a row for each printed cell, and
// COLLATE:ANSWERS, a row for each cell of an answer.
//
// Pure functions.

#ifndef COLLATE_CLIENT_EXPORT_SDMX_CSV_H_
#define COLLATE_CLIENT_EXPORT_SDMX_CSV_H_

#include <string>
#include <vector>

#include "client/export/row.h"

namespace collate::client {

enum class SdmxStructure { kObservations, kAnswers };

// The line of column names: dimensions, measure and attributes of the
// structure in its order.
std::string SdmxCsvHead(SdmxStructure structure);
std::string SdmxCsvRows(const std::vector<ExportRow>& rows,
                        SdmxStructure structure);

// "2017-04-01/P1Y": first day and length, in years or months where they are
// whole, else in days.
std::string SdmxTimePeriod(const v1::Period& period);

}  // namespace collate::client

#endif  // COLLATE_CLIENT_EXPORT_SDMX_CSV_H_
