// The adapters in use, which can be read anew while the service runs.
//
//   const std::shared_ptr<const Registry> adapters = live.Current();
//   ... adapters->Find("police_returns") ...
//
// Whoever took a registry keeps it as long as he likes: an ingestion ends with
// the adapters that it began with. Thread-safe; reloads are serialised.

#ifndef COLLATE_SERVICE_INGEST_LIVE_REGISTRY_H_
#define COLLATE_SERVICE_INGEST_LIVE_REGISTRY_H_

#include <memory>
#include <mutex>
#include <string>
#include <vector>

#include "service/ingest/registry.h"
#include "service/ingest/supervisor.h"

namespace collate::ingest {

// Numbers are those of collate.v1.AdapterChangeKind.
enum class AdapterChangeKind {
  kAdded = 1,
  kRemoved = 2,
  kChanged = 3,
  kReleased = 4,  // from quarantine
};

struct AdapterChange {
  std::string adapter;  // id
  AdapterChangeKind kind = AdapterChangeKind::kAdded;
  std::string message;
};

class LiveRegistry {
 public:
  // `supervisor` outlives the registry.
  LiveRegistry(Registry::Options options, Supervisor* supervisor);

  std::shared_ptr<const Registry> Current() const;

  // Reads the directories anew, swaps, then lifts every quarantine. What
  // changed, sorted by adapter.
  std::vector<AdapterChange> Reload();

 private:
  const Registry::Options options_;
  Supervisor* const supervisor_;
  std::mutex reloading_;
  mutable std::mutex current_mutex_;
  std::shared_ptr<const Registry> current_;  // guarded by current_mutex_
};

}  // namespace collate::ingest

#endif  // COLLATE_SERVICE_INGEST_LIVE_REGISTRY_H_
