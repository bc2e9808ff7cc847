// The transports that a configuration asks for, over one life of calls, and
// their end.

#ifndef COLLATE_SERVICE_DAEMON_TRANSPORTS_H_
#define COLLATE_SERVICE_DAEMON_TRANSPORTS_H_

#include <memory>

#include "absl/status/statusor.h"
#include "absl/time/time.h"
#include "collate/config/v1/config.pb.h"
#include "service/api/calls.h"
#include "service/api/handlers.h"
#include "service/api/security.h"
#include "service/api/server.h"
#include "service/audit/audit_log.h"
#include "service/base/clock.h"
#include "service/base/log.h"
#include "service/gateway/gateway.h"
#include "service/metrics/metrics.h"

namespace collate::daemon {

// What is borrowed outlives the calls, and these the transports.
api::Calls::Options CallsOptions(const config::v1::Config& config,
                                 const base::Clock& clock, base::Log& log,
                                 const api::Security& security,
                                 audit::AuditLog* audit,
                                 metrics::Metrics& metrics);

absl::StatusOr<std::unique_ptr<api::Server>> StartServer(
    const config::v1::Config& config, api::Calls& calls,
    const api::Handlers& handlers, const api::Security& security,
    base::Log& log);

// Null where HTTP is not spoken.
absl::StatusOr<std::unique_ptr<gateway::Gateway>> StartGateway(
    const config::v1::Config& config, api::Calls& calls,
    const api::Handlers& handlers, const api::Security& security,
    const metrics::Metrics& metrics, base::Log& log);

// Refuses new calls, lets running ones go on for `grace`, cancels the rest, and
// returns when none is left. `http` may be null.
void Drain(api::Calls& calls, api::Server& server, gateway::Gateway* http,
           absl::Duration grace);

}  // namespace collate::daemon

#endif  // COLLATE_SERVICE_DAEMON_TRANSPORTS_H_
