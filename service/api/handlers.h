// All handlers of the service together: what a transport serves.

#ifndef COLLATE_SERVICE_API_HANDLERS_H_
#define COLLATE_SERVICE_API_HANDLERS_H_

#include "absl/status/status.h"
#include "absl/strings/string_view.h"
#include "service/api/by_profile.h"
#include "service/api/catalogue_handlers.h"
#include "service/api/export_handlers.h"
#include "service/api/ingestion_handlers.h"
#include "service/api/operations_handlers.h"
#include "service/api/statistics_handlers.h"

namespace collate::api {

// What is pointed to outlives every transport.
struct Handlers {
  ByProfile<StatisticsHandlers> statistics;
  ByProfile<ExportHandlers> exports;
  ByProfile<CatalogueHandlers> catalogue;
  const IngestionHandlers* ingestion = nullptr;
  const OperationsHandlers* operations = nullptr;
};

// INTERNAL (reason NO_VIEW) when callers have a disclosure profile and nothing
// is shown by it.
absl::Status CheckViews(const Handlers& handlers,
                        absl::string_view disclosure_profile);

}  // namespace collate::api

#endif  // COLLATE_SERVICE_API_HANDLERS_H_
