#include "service/store/clickhouse_lease.h"

#include <algorithm>
#include <utility>
#include <vector>

#include "absl/strings/numbers.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/str_format.h"
#include "absl/strings/str_split.h"
#include "absl/strings/strip.h"
#include "absl/time/clock.h"
#include "service/base/error.h"
#include "service/base/status_macros.h"

namespace collate::store {
namespace {

std::string TableOf(const std::string& database, uint64_t term) {
  return absl::StrFormat("%s.writer_%d", database, term);
}

// All terms that have a table, ascending.
absl::StatusOr<std::vector<uint64_t>> Terms(const ClickHouseClient& client,
                                            const std::string& database) {
  COLLATE_ASSIGN_OR_RETURN(
      const std::string names,
      client.Query(absl::StrCat(
          "SELECT name FROM system.tables WHERE database = ", Quoted(database),
          " AND name LIKE 'writer_%'")));
  std::vector<uint64_t> terms;
  for (absl::string_view name :
       absl::StrSplit(names, '\n', absl::SkipEmpty())) {
    uint64_t term = 0;
    if (absl::ConsumePrefix(&name, "writer_") &&
        absl::SimpleAtoi(name, &term)) {
      terms.push_back(term);
    }
  }
  std::sort(terms.begin(), terms.end());
  return terms;
}

struct LeaseHolder {
  std::string name;
  int64_t seconds_left = 0;  // 0: nobody's any more
};

absl::StatusOr<LeaseHolder> HolderOf(const ClickHouseClient& client,
                                     const std::string& database, uint64_t term,
                                     int64_t duration) {
  // A table without rows has just been made, or its maker died.
  absl::StatusOr<std::string> row = client.Query(absl::StrCat(
      "SELECT count(), max(released), max(until) - toInt64(now()), any(holder) "
      "FROM ",
      TableOf(database, term)));
  LeaseHolder holder;
  if (ServerErrorOf(row.status()) == kUnknownTable) return holder;
  COLLATE_RETURN_IF_ERROR(row.status());
  const std::vector<std::string> fields =
      absl::StrSplit(absl::StripSuffix(*row, "\n"), '\t');
  int64_t rows = 0;
  int64_t released = 0;
  if (fields.size() == 4 && absl::SimpleAtoi(fields[0], &rows) &&
      absl::SimpleAtoi(fields[1], &released) &&
      absl::SimpleAtoi(fields[2], &holder.seconds_left)) {
    holder.name = fields[3];
    if (released != 0) holder.seconds_left = 0;
    if (rows > 0) return holder;
  }
  COLLATE_ASSIGN_OR_RETURN(
      const std::string made,
      client.Query(absl::StrCat(
          "SELECT toInt64(toUnixTimestamp(metadata_modification_time)) + ",
          duration, " - toInt64(now()) FROM system.tables WHERE database = ",
          Quoted(database), " AND name = 'writer_", term, "'")));
  holder.name = "a process that has just begun";
  if (!absl::SimpleAtoi(made, &holder.seconds_left)) holder.seconds_left = 0;
  return holder;
}

absl::Status Busy(const LeaseHolder& holder) {
  return base::Error(
             absl::StatusCode::kUnavailable, "STORE_BUSY",
             absl::StrCat("another process writes: ", holder.name, ", for ",
                          holder.seconds_left, " s more at most"))
      .With("holder", holder.name);
}

// What a row of a lease says.
std::string Row(const LeaseOptions& options, bool released) {
  return absl::StrCat("SELECT ", Quoted(options.holder),
                      " AS holder, toInt64(now()) + ",
                      absl::ToInt64Seconds(options.duration),
                      " AS until, toUInt8(", released ? 1 : 0, ") AS released");
}

}  // namespace

absl::StatusOr<std::unique_ptr<WriterLease>> WriterLease::Acquire(
    const ClickHouseClient* client, const std::string& database,
    const LeaseOptions& options) {
  const absl::Time give_up = absl::Now() + options.patience;
  while (true) {
    COLLATE_ASSIGN_OR_RETURN(const std::vector<uint64_t> terms,
                             Terms(*client, database));
    const uint64_t last = terms.empty() ? 0 : terms.back();
    if (last > 0) {
      COLLATE_ASSIGN_OR_RETURN(
          const LeaseHolder holder,
          HolderOf(*client, database, last,
                   absl::ToInt64Seconds(options.duration)));
      if (holder.seconds_left > 0) {
        if (absl::Now() >= give_up) return Busy(holder);
        absl::SleepFor(absl::Milliseconds(100));
        continue;
      }
    }
    // Not make_unique: the constructor is private.
    std::unique_ptr<WriterLease> lease(
        new WriterLease(client, database, options, last + 1));
    lease->renewed_ = std::chrono::steady_clock::now();
    const absl::Status made =
        client
            ->Once(absl::StrCat("CREATE TABLE ", TableOf(database, last + 1),
                                " ENGINE = TinyLog AS ", Row(options, false)))
            .status();
    if (ServerErrorOf(made) == kTableExists) continue;
    COLLATE_RETURN_IF_ERROR(made);
    // Whoever was slow may have made a term that has come and gone.
    COLLATE_ASSIGN_OR_RETURN(const std::vector<uint64_t> now,
                             Terms(*client, database));
    if (now.empty() || now.back() != lease->term_) continue;
    for (const uint64_t term : now) {
      if (term == lease->term_) continue;
      // What is not dropped now is dropped by the next one.
      client
          ->Once(absl::StrCat("DROP TABLE IF EXISTS ", TableOf(database, term)))
          .status()
          .IgnoreError();
    }
    return lease;
  }
}

WriterLease::~WriterLease() {
  // What is not given up ends by itself.
  client_
      .Once(absl::StrCat("INSERT INTO ", TableOf(database_, term_), " ",
                         Row(options_, true)))
      .status()
      .IgnoreError();
}

absl::Status WriterLease::Renew() {
  const auto now = std::chrono::steady_clock::now();
  COLLATE_ASSIGN_OR_RETURN(const std::vector<uint64_t> terms,
                           Terms(client_, database_));
  if (terms.empty() || terms.back() != term_) {
    return base::Error(
        absl::StatusCode::kUnavailable, "LEASE_LOST",
        absl::StrCat("another process has begun to write since ",
                     options_.holder, " did; nothing was published"));
  }
  COLLATE_RETURN_IF_ERROR(
      client_
          .Once(absl::StrCat("INSERT INTO ", TableOf(database_, term_), " ",
                             Row(options_, false)))
          .status());
  renewed_ = now;
  return absl::OkStatus();
}

absl::Status WriterLease::RenewIfDue() {
  const auto gone_by =
      absl::FromChrono(std::chrono::steady_clock::now() - renewed_);
  if (gone_by < options_.duration / 3) return absl::OkStatus();
  return Renew();
}

}  // namespace collate::store
