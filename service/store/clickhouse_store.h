// The store of data that one machine cannot hold: a ClickHouse cluster, shared
// by any number of processes. FORMAT.md is normative for its tables.
//
//   COLLATE_ASSIGN_OR_RETURN(
//       std::unique_ptr<ClickHouseStore> store,
//       OpenClickHouse({.shards = {"http://10.0.0.1:8123",
//                                  "http://10.0.0.2:8123"}}));
//
// The first shard holds the catalogue; observations and documents are spread
// over all. A release is there when its one row is in `published` on the first
// shard, and everything else it has was written before. One process writes at
// a time, by a lease (clickhouse_lease.h); STORE_BUSY tells the others who.
//
// A shard that cannot be reached is UNAVAILABLE (reason STORE_IO, metadata
// `host` and `shard`), and so is whatever is on it: a part of a release is
// never taken for all of it, since number and checksum of its rows stand in the
// catalogue. What is acknowledged survives the death of any process; ClickHouse
// leaves it to the operating system when rows reach the disk.
//
// Thread-safe, as Store says.

#ifndef COLLATE_SERVICE_STORE_CLICKHOUSE_STORE_H_
#define COLLATE_SERVICE_STORE_CLICKHOUSE_STORE_H_

#include <memory>
#include <string>
#include <vector>

#include "absl/status/statusor.h"
#include "absl/time/time.h"
#include "service/store/store.h"

namespace collate::store {

struct ClickHouseOptions {
  // http://HOST:PORT of one server per shard. More may be appended later; the
  // order must stay, since the catalogue counts them.
  std::vector<std::string> shards;
  // Lower-case letters, digits and underscores; made when absent.
  std::string database = "collate";
  std::string user;  // empty: ClickHouse's default
  std::string password;
  absl::Duration connect_timeout = absl::Seconds(2);
  absl::Duration timeout = absl::Seconds(60);  // of one request
  // Who writes, for those who wait.
  std::string holder = "collate";
  // Whole seconds.
  absl::Duration lease = absl::Seconds(30);
  // How long a write waits for that of another process.
  absl::Duration lease_patience = absl::Seconds(5);
};

class ClickHouseStore : public Store {
 public:
  // Differs from what it was when something was published or withdrawn since,
  // by whatever process. One small query.
  virtual absl::StatusOr<std::string> Generation() const = 0;
};

// Makes the tables that are missing. UNAVAILABLE when the first shard cannot be
// reached; the others may come later. FAILED_PRECONDITION (reason STORE_NEWER),
// INVALID_ARGUMENT (reason INVALID_CONFIG) for options that make no sense.
absl::StatusOr<std::unique_ptr<ClickHouseStore>> OpenClickHouse(
    const ClickHouseOptions& options);

}  // namespace collate::store

#endif  // COLLATE_SERVICE_STORE_CLICKHOUSE_STORE_H_
