// The tables of the embedded store and their versions. FORMAT.md is
// normative.

#ifndef COLLATE_SERVICE_STORE_SCHEMA_H_
#define COLLATE_SERVICE_STORE_SCHEMA_H_

#include <cstdint>

#include "absl/status/status.h"
#include "service/store/sqlite_statement.h"

namespace collate::store {

inline constexpr int64_t kApplicationId = 0x434f4c4c;  // "COLL"
inline constexpr int64_t kSchemaVersion = 1;

// Makes the tables of an empty file, or brings those of an earlier version up
// to kSchemaVersion, one transaction per version. FAILED_PRECONDITION, and
// nothing written, for a file of another program (reason STORE_FOREIGN) or a
// later version (reason STORE_NEWER).
absl::Status PrepareSchema(const Connection& connection);

}  // namespace collate::store

#endif  // COLLATE_SERVICE_STORE_SCHEMA_H_
