// What all connections of the gateway share.

#ifndef COLLATE_SERVICE_GATEWAY_SITE_H_
#define COLLATE_SERVICE_GATEWAY_SITE_H_

#include <atomic>
#include <cstdint>
#include <string>
#include <vector>

#include "absl/container/flat_hash_map.h"
#include "absl/time/time.h"
#include "service/api/calls.h"
#include "service/api/methods.h"
#include "service/gateway/pages.h"
#include "service/metrics/metrics.h"

namespace collate::gateway {

struct Site {
  api::Calls* calls = nullptr;
  absl::flat_hash_map<std::string, api::Method> methods;  // by name
  Pages pages;
  const metrics::Metrics* metrics = nullptr;  // null: there is no /metrics
  // Names in `Host` that are answered; empty for any.
  std::vector<std::string> host_names;
  int64_t max_message_bytes = 4 << 20;
  int64_t max_content_bytes = 16 << 20;  // of a document that is handed in
  absl::Duration max_silence = absl::Minutes(1);
  absl::Duration max_idle = absl::Seconds(75);
  absl::Duration max_handshake = absl::Seconds(10);  // and header
  std::atomic<bool> serving{false};
  std::atomic<bool> stopping{false};  // connections end with their reply
};

}  // namespace collate::gateway

#endif  // COLLATE_SERVICE_GATEWAY_SITE_H_
