#include "service/metrics/metrics.h"

#include <algorithm>
#include <iterator>
#include <sstream>
#include <utility>

#include "absl/strings/str_cat.h"
#include "absl/strings/strip.h"
#include "prometheus/metric_family.h"
#include "prometheus/text_serializer.h"

namespace collate::metrics {
namespace {

// From a look-up to the longest ingestion.
const prometheus::Histogram::BucketBoundaries& Seconds() {
  static const auto* const bounds = new prometheus::Histogram::BucketBoundaries{
      0.0001, 0.00025, 0.0005, 0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1,
      0.25,   0.5,     1,      2.5,   5,      10,    30,   60,    300,  900};
  return *bounds;
}

}  // namespace

Metrics::Metrics()
    : calls_(prometheus::BuildCounter()
                 .Name("collate_rpcs_total")
                 .Help("Calls that are over, by method and canonical code, "
                       "over gRPC and HTTP")
                 .Register(registry_)),
      seconds_(prometheus::BuildHistogram()
                   .Name("collate_rpc_duration_seconds")
                   .Help("Time from a call's arrival to its outcome")
                   .Register(registry_)),
      refused_(prometheus::BuildCounter()
                   .Name("collate_calls_refused_total")
                   .Help("Calls that were not admitted: a limit was met, or "
                         "the service stops")
                   .Register(registry_)
                   .Add({})) {}

void Metrics::CountCall(absl::string_view method, absl::StatusCode code,
                        absl::Duration latency) {
  prometheus::Counter* counter = nullptr;
  prometheus::Histogram* seconds = nullptr;
  {
    std::lock_guard lock(mutex_);
    auto found = methods_.find(method);
    if (found == methods_.end()) {
      found = methods_.emplace(std::string(method), OfMethod()).first;
      found->second.seconds = &seconds_.Add(
          {{"method", std::string(absl::StripPrefix(method, "/"))}}, Seconds());
    }
    const size_t index = std::min<size_t>(static_cast<size_t>(code),
                                          static_cast<size_t>(kCodes) - 1);
    prometheus::Counter*& of_code = found->second.by_code[index];
    if (of_code == nullptr) {
      of_code =
          &calls_.Add({{"method", std::string(absl::StripPrefix(method, "/"))},
                       {"code", absl::StatusCodeToString(code)}});
    }
    counter = of_code;
    seconds = found->second.seconds;
  }
  counter->Increment();
  seconds->Observe(absl::ToDoubleSeconds(latency));
}

void Metrics::CountRefused() { refused_.Increment(); }

void Metrics::Observe(Kind kind, std::string name, std::string help,
                      Labels labels, std::function<double()> value) {
  std::lock_guard lock(mutex_);
  observed_.push_back({kind, std::move(name), std::move(help),
                       std::move(labels), std::move(value)});
}

std::string Metrics::Text() const {
  std::vector<prometheus::MetricFamily> families = registry_.Collect();
  {
    std::lock_guard lock(mutex_);
    for (const Observed& one : observed_) {
      auto family =
          std::find_if(families.begin(), families.end(),
                       [&one](const auto& f) { return f.name == one.name; });
      if (family == families.end()) {
        prometheus::MetricFamily added;
        added.name = one.name;
        added.help = one.help;
        added.type = one.kind == Kind::kCounter
                         ? prometheus::MetricType::Counter
                         : prometheus::MetricType::Gauge;
        family = families.insert(families.end(), std::move(added));
      }
      prometheus::ClientMetric metric;
      for (const auto& [key, text] : one.labels) {
        metric.label.push_back({key, text});
      }
      metric.gauge.value = one.value();
      metric.counter.value = metric.gauge.value;
      family->metric.push_back(std::move(metric));
    }
  }
  std::ostringstream out;
  prometheus::TextSerializer().Serialize(out, families);
  return out.str();
}

}  // namespace collate::metrics
