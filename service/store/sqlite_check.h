// Every checksum of the embedded store, and SQLite's own.

#ifndef COLLATE_SERVICE_STORE_SQLITE_CHECK_H_
#define COLLATE_SERVICE_STORE_SQLITE_CHECK_H_

#include "absl/status/status.h"
#include "service/store/sqlite_statement.h"

namespace collate::store {

// Reads everything in the caller's transaction. DATA_LOSS (reason
// CORRUPT_STORE) counts the problems and tells the first ten.
absl::Status CheckDatabase(const Connection& connection);

}  // namespace collate::store

#endif  // COLLATE_SERVICE_STORE_SQLITE_CHECK_H_
