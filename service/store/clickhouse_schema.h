// The tables of a ClickHouse store. FORMAT.md is normative.

#ifndef COLLATE_SERVICE_STORE_CLICKHOUSE_SCHEMA_H_
#define COLLATE_SERVICE_STORE_CLICKHOUSE_SCHEMA_H_

#include <cstdint>
#include <string>

#include "absl/status/status.h"
#include "service/store/clickhouse_client.h"

namespace collate::store {

inline constexpr int64_t kClickHouseVersion = 1;

// Makes what is missing on a shard; safe to do again, and for several at once.
// `server` is a client of no database.
absl::Status PrepareShard(const ClickHouseClient& server,
                          const std::string& database);

// The same for what only the first shard has. FAILED_PRECONDITION (reason
// STORE_NEWER) for the tables of a later version, which are left alone.
absl::Status PrepareCatalogue(const ClickHouseClient& server,
                              const std::string& database);

}  // namespace collate::store

#endif  // COLLATE_SERVICE_STORE_CLICKHOUSE_SCHEMA_H_
