// One server of a ClickHouse store.
//
// Thread-safe.

#ifndef COLLATE_SERVICE_STORE_CLICKHOUSE_SHARD_H_
#define COLLATE_SERVICE_STORE_CLICKHOUSE_SHARD_H_

#include <atomic>
#include <cstdint>
#include <optional>
#include <string>

#include "absl/status/status.h"
#include "absl/strings/str_cat.h"
#include "service/base/error.h"
#include "service/base/status_macros.h"
#include "service/store/clickhouse_client.h"
#include "service/store/clickhouse_schema.h"

namespace collate::store {

class Shard {
 public:
  // `server` is without a database, which may not be there yet.
  Shard(uint32_t number, ClickHouseServer server, const std::string& database)
      : number_(number), database_(database), server_(server) {
    server.database = database;
    tables_.emplace(server);
  }

  // A client whose statements find the tables.
  const ClickHouseClient& tables() const { return *tables_; }
  const ClickHouseClient& server() const { return server_; }

  // Makes its tables, once.
  absl::Status Prepare() {
    if (prepared_) return absl::OkStatus();
    COLLATE_RETURN_IF_ERROR(Named(PrepareShard(server_, database_)));
    prepared_ = true;
    return absl::OkStatus();
  }

  // `status` with the number of the shard, as the configuration counts them.
  absl::Status Named(const absl::Status& status) const {
    if (status.ok()) return status;
    const base::ErrorDetail detail = base::DetailOf(status);
    base::Error error(
        status.code(), detail.reason,
        absl::StrCat("shard ", number_ + 1, ": ", status.message()));
    for (const auto& [key, value] : detail.metadata) error.With(key, value);
    error.With("shard", absl::StrCat(number_ + 1));
    return error;
  }

 private:
  const uint32_t number_;
  const std::string database_;
  const ClickHouseClient server_;
  std::optional<ClickHouseClient> tables_;
  std::atomic<bool> prepared_ = false;
};

}  // namespace collate::store

#endif  // COLLATE_SERVICE_STORE_CLICKHOUSE_SHARD_H_
