// What /metrics tells of the state of the service, beside what is counted of
// calls.

#ifndef COLLATE_SERVICE_API_SERVICE_METRICS_H_
#define COLLATE_SERVICE_API_SERVICE_METRICS_H_

#include "service/api/calls.h"
#include "service/api/server.h"
#include "service/audit/audit_log.h"
#include "service/base/watched.h"
#include "service/gateway/gateway.h"
#include "service/ingest/supervisor.h"
#include "service/metrics/metrics.h"
#include "service/query/publisher.h"
#include "service/transport/server_keys.h"

namespace collate::api {

// All outlive the last Text() of the metrics.
struct MetricSources {
  const query::Publisher* publisher = nullptr;
  const ingest::Supervisor* supervisor = nullptr;
  const Calls* calls = nullptr;
  const base::Watched<transport::ServerKeys>* keys = nullptr;  // or none
  const audit::AuditLog* audit = nullptr;                      // or none
  const Server* grpc = nullptr;
  const gateway::Gateway* http = nullptr;  // or none
};

void Observe(const MetricSources& sources, metrics::Metrics& metrics);

}  // namespace collate::api

#endif  // COLLATE_SERVICE_API_SERVICE_METRICS_H_
