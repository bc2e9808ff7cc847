// Reads a document with an adapter in a process of its own, so that a crash, a
// hang or a flood ends one reading and nothing else.
//
//   Supervisor supervisor({.worker_path = ".../bin/collate-worker"});
//   ReadResult result = supervisor.Read(job, {});
//   if (!result.outcome.ok()) return result.outcome;
//
// One process for one document; it is gone, and waited for, when Read()
// returns. Thread-safe; readings run side by side. The thread that calls Read()
// must not end before it returns (the worker dies with its parent thread).

#ifndef COLLATE_SERVICE_INGEST_SUPERVISOR_H_
#define COLLATE_SERVICE_INGEST_SUPERVISOR_H_

#include <atomic>
#include <cstdint>
#include <functional>
#include <map>
#include <mutex>
#include <string>
#include <utility>
#include <vector>

#include "absl/status/status.h"
#include "absl/time/time.h"
#include "service/base/clock.h"
#include "service/ingest/raw.h"
#include "service/ingest/registry.h"

namespace collate::worker::v1 {
class Hello;
}  // namespace collate::worker::v1

namespace collate::ingest {

// What one worker may use. The worker holds itself to them; the supervisor
// kills it when it goes beyond all the same.
struct WorkerLimits {
  int64_t memory_bytes = int64_t{512} << 20;  // address space
  int cpu_seconds = 60;
  absl::Duration wall = absl::Seconds(120);
  int64_t output_bytes = int64_t{256} << 20;  // frames, stdout and stderr
  int64_t max_rows = 5'000'000;
  // Bytes of the RawDocument in our own memory, about.
  int64_t result_bytes = int64_t{2} << 30;
};

enum class Purpose { kIngest = 1, kPreview = 2, kSuggest = 3 };

// One document to read. Nothing is owned; all of it must outlive Read().
struct ReadJob {
  const AdapterEntry* adapter = nullptr;
  // The document: an inheritable, read-only, unchanging file, read by offset.
  std::string name;
  std::string media_type;
  std::string sha256;
  int64_t byte_count = 0;
  int fd = -1;
  Pairs manifest;  // sorted by key, keys may repeat
  Pairs options;   // from ResolveOptions()
  int index = 0;   // of `count` documents of the release
  int count = 1;
  Purpose purpose = Purpose::kIngest;
};

struct ReadControl {
  // Called on the thread of Read(), often; `total` 0 = unknown.
  std::function<void(uint64_t done, uint64_t total)> progress;
  // Asked on the thread of Read(), at least every 50 ms.
  std::function<bool()> cancelled;
};

struct ReadResult {
  // Complete only when `outcome` is ok. After DOCUMENT_REFUSED it has every
  // diagnostic, account and attachment, and no table or observation.
  RawDocument document;
  absl::Status outcome;
};

// One layer of the sandbox that a worker is in.
struct SandboxLayer {
  std::string name;
  bool applied = false;
  std::string reason;  // why it is missing, or how it was applied
};

class Supervisor {
 public:
  struct Options {
    std::string worker_path;
    WorkerLimits limits;
    // Further readings are refused with WORKERS_BUSY.
    int max_concurrent = 8;
    // A library under which as many workers died within the time is refused
    // until LiftQuarantine().
    int quarantine_deaths = 3;
    absl::Duration quarantine_within = absl::Minutes(10);
    const base::Clock* clock = nullptr;  // null = the system's
  };

  explicit Supervisor(Options options) : options_(std::move(options)) {}

  Supervisor(const Supervisor&) = delete;
  Supervisor& operator=(const Supervisor&) = delete;

  // Outcomes other than OK carry one of these reasons, and `adapter`,
  // `document` and what was seen (`signal`, `exit_code`, `stderr`, `limit`)
  // as metadata:
  //   DOCUMENT_REFUSED        the adapter's own code; `adapter_reason`
  //   ADAPTER_CRASHED         INTERNAL; a signal ended it
  //   ADAPTER_ENDED_EARLY     INTERNAL; it ended without a trailer
  //   ADAPTER_PROTOCOL_ERROR  INTERNAL; it said what the ABI forbids
  //   ADAPTER_TIMEOUT         DEADLINE_EXCEEDED; the wall clock
  //   ADAPTER_CPU_LIMIT       RESOURCE_EXHAUSTED
  //   ADAPTER_OUT_OF_MEMORY   RESOURCE_EXHAUSTED
  //   ADAPTER_OUTPUT_LIMIT    RESOURCE_EXHAUSTED; rows or bytes
  //   ADAPTER_ABI_MISMATCH, ADAPTER_NOT_LOADABLE, ADAPTER_MANIFEST_MISMATCH
  //                           FAILED_PRECONDITION
  //   ADAPTER_QUARANTINED     FAILED_PRECONDITION; too many workers died of it
  //   SANDBOX_INCOMPLETE      FAILED_PRECONDITION; this machine lacks a layer
  //                           of the sandbox, and the adapter is none of the
  //                           installation's
  //   WORKER_NOT_STARTED      INTERNAL; our installation is at fault
  //   WORKERS_BUSY            RESOURCE_EXHAUSTED; try again
  //   READ_CANCELLED          CANCELLED
  ReadResult Read(const ReadJob& job, const ReadControl& control) const;

  // Starts a worker that closes its sandbox, reports it and ends, so that
  // sandbox() has something to say before the first document. The errors are
  // those of Read().
  absl::Status Probe() const;

  // The sandbox of the worker that reported last; empty before the first.
  std::vector<SandboxLayer> sandbox() const;

  // Readings that are under way.
  int running() const { return running_.load(); }

  // Why Read() would refuse the adapter now, as far as can be told without a
  // worker: ADAPTER_QUARANTINED, or SANDBOX_INCOMPLETE by the last report.
  absl::Status Admits(const AdapterEntry& adapter) const;

  // Forgets every death: to be called when the adapters are loaded anew. The
  // digests of the libraries that were refused for it.
  std::vector<std::string> LiftQuarantine();

 private:
  absl::Time Now() const;
  absl::Status CheckQuarantine(const AdapterEntry& adapter) const;
  // Keeps what the worker said of its sandbox, if it said anything.
  void KeepReport(const worker::v1::Hello* hello) const;
  void CountDeath(const AdapterEntry& adapter) const;

  const Options options_;
  mutable std::atomic<int> running_{0};
  mutable std::mutex mutex_;  // guards what follows
  mutable std::vector<SandboxLayer> sandbox_;
  // By the library's sha256: when workers died, oldest first.
  mutable std::map<std::string, std::vector<absl::Time>> deaths_;
};

}  // namespace collate::ingest

#endif  // COLLATE_SERVICE_INGEST_SUPERVISOR_H_
