// One writer at a time among all the processes of a ClickHouse store.
//
// ClickHouse 18.16 has no transactions and no compare-and-set; what it has is
// that a table is made once. Term n of the lease is the table `writer_<n>` on
// the first shard: whoever makes it holds the lease, until what its rows say by
// that server's clock.
//
// A WriterLease belongs to one thread at a time.

#ifndef COLLATE_SERVICE_STORE_CLICKHOUSE_LEASE_H_
#define COLLATE_SERVICE_STORE_CLICKHOUSE_LEASE_H_

#include <chrono>
#include <cstdint>
#include <memory>
#include <string>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "absl/time/time.h"
#include "service/store/clickhouse_client.h"

namespace collate::store {

struct LeaseOptions {
  std::string holder;  // for people: who writes
  // Whole seconds; others can write that long after a holder died.
  absl::Duration duration = absl::Seconds(30);
  // How long to wait for another holder.
  absl::Duration patience = absl::Seconds(5);
};

class WriterLease {
 public:
  // UNAVAILABLE (reason STORE_BUSY, metadata `holder`) when another process
  // holds the lease. `client` is of the first shard and outlives the lease.
  static absl::StatusOr<std::unique_ptr<WriterLease>> Acquire(
      const ClickHouseClient* client, const std::string& database,
      const LeaseOptions& options);
  ~WriterLease();  // gives it up
  WriterLease(const WriterLease&) = delete;
  WriterLease& operator=(const WriterLease&) = delete;

  // Of two leases the later one has the greater term.
  uint64_t term() const { return term_; }

  // Holds it for the whole duration from now. UNAVAILABLE (reason LEASE_LOST)
  // when somebody else has it since: stop writing.
  absl::Status Renew();
  // Renew, when a third of the duration has gone by.
  absl::Status RenewIfDue();

 private:
  WriterLease(const ClickHouseClient* client, std::string database,
              const LeaseOptions& options, uint64_t term)
      : client_(*client),
        database_(std::move(database)),
        options_(options),
        term_(term) {}

  const ClickHouseClient& client_;
  const std::string database_;
  const LeaseOptions options_;
  const uint64_t term_;
  // Not absl::Time: somebody may set the clock.
  std::chrono::steady_clock::time_point renewed_;
};

}  // namespace collate::store

#endif  // COLLATE_SERVICE_STORE_CLICKHOUSE_LEASE_H_
