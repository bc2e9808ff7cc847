// Every checksum of the files of the data directory, and SQLite's own.

#ifndef COLLATE_SERVICE_STORE_SQLITE_CHECK_H_
#define COLLATE_SERVICE_STORE_SQLITE_CHECK_H_

#include "absl/status/status.h"
#include "service/store/check_report.h"
#include "service/store/sqlite_statement.h"

namespace collate::store {

// Both read in the caller's transaction, add what they find to `report`, and
// end with an error only when they cannot go on.

// What SQLite itself can tell of any file.
absl::Status CheckPages(const Connection& connection, CheckReport& report);

// All of a store.
absl::Status CheckDatabase(const Connection& connection,
                           const CheckProgress& progress, CheckReport& report);

}  // namespace collate::store

#endif  // COLLATE_SERVICE_STORE_SQLITE_CHECK_H_
