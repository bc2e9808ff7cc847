// The families of this adapter: how each reads a document and hands it to the
// host. The dispatcher has chosen the family by the document's content.

#ifndef COLLATE_PLUGINS_POLICE_RETURNS_FAMILIES_H_
#define COLLATE_PLUGINS_POLICE_RETURNS_FAMILIES_H_

#include "plugins/police_returns/survey.h"
#include "plugins/sdk/adapter.hpp"
#include "plugins/tabular/source.h"
#include "plugins/tabular/workbook.h"

namespace collate::police_returns {

// The open data tables by financial quarter, as CSV and as a workbook.
sdk::Status IngestPrcLong(sdk::Host& host, tabular::ByteSource& source,
                          const ReadOptions& options);
sdk::Status IngestPrcWorkbook(sdk::Host& host, tabular::Workbook& workbook,
                              const ReadOptions& options);

// The rolling-year series by force, as CSV.
sdk::Status IngestRollingYear(sdk::Host& host, tabular::ByteSource& source,
                              const ReadOptions& options);

}  // namespace collate::police_returns

#endif  // COLLATE_PLUGINS_POLICE_RETURNS_FAMILIES_H_
