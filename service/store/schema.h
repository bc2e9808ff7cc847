// The tables of a file of the data directory and their versions. FORMAT.md is
// normative.

#ifndef COLLATE_SERVICE_STORE_SCHEMA_H_
#define COLLATE_SERVICE_STORE_SCHEMA_H_

#include <cstdint>

#include "absl/status/status.h"
#include "absl/types/span.h"
#include "service/store/sqlite_statement.h"

namespace collate::store {

struct Schema {
  const char* what;  // "a store"
  int64_t application_id;
  // steps[v] turns version v into v + 1. Appended, never changed.
  absl::Span<const char* const> steps;

  int64_t version() const { return static_cast<int64_t>(steps.size()); }
};

inline constexpr int64_t kApplicationId = 0x434f4c4c;  // "COLL"
inline constexpr int64_t kSchemaVersion = 1;

// The tables of the embedded store.
const Schema& StoreSchema();

// Makes the tables of an empty file, or brings those of an earlier version up
// to the schema's, one transaction per version. FAILED_PRECONDITION, and
// nothing written, for a file of another program (reason STORE_FOREIGN) or a
// later version (reason STORE_NEWER). DATA_LOSS (reason CORRUPT_STORE) when a
// table or index is not as the steps make it.
absl::Status PrepareSchema(const Connection& connection, const Schema& schema);

}  // namespace collate::store

#endif  // COLLATE_SERVICE_STORE_SCHEMA_H_
