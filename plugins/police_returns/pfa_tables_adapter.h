// Family `pfa_tables` as the adapter hands it over: what the tables of
// pfa_tables.h mean in the terms of the SDK.

#ifndef COLLATE_PLUGINS_POLICE_RETURNS_PFA_TABLES_ADAPTER_H_
#define COLLATE_PLUGINS_POLICE_RETURNS_PFA_TABLES_ADAPTER_H_

#include "plugins/sdk/adapter.hpp"
#include "plugins/tabular/workbook.h"

namespace collate::police_returns {

// Whether a sheet of it is called "Table P1", whatever its case and spaces.
bool IsPfaTables(const tabular::Workbook& workbook);

// Reads all tables first, so that nothing is handed over of a workbook that is
// refused. Sheets that are not read are reported.
sdk::Status ReadPfaTables(sdk::Host& host, const sdk::Document& document,
                          tabular::Workbook& workbook);

}  // namespace collate::police_returns

#endif  // COLLATE_PLUGINS_POLICE_RETURNS_PFA_TABLES_ADAPTER_H_
