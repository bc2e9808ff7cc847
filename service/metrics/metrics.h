// What the service counts and measures of itself, in Prometheus's text form.
//
// Every name begins with collate_ and is told with its unit; deploy/README.md
// lists them. No figure of an answer and no name of a caller is among them.
//
// Thread-safe.

#ifndef COLLATE_SERVICE_METRICS_METRICS_H_
#define COLLATE_SERVICE_METRICS_METRICS_H_

#include <array>
#include <functional>
#include <map>
#include <mutex>
#include <string>
#include <vector>

#include "absl/container/flat_hash_map.h"
#include "absl/status/status.h"
#include "absl/strings/string_view.h"
#include "absl/time/time.h"
#include "prometheus/counter.h"
#include "prometheus/family.h"
#include "prometheus/histogram.h"
#include "prometheus/registry.h"

namespace collate::metrics {

class Metrics {
 public:
  using Labels = std::map<std::string, std::string>;

  Metrics();

  // A call that was admitted is over. `method` is "/package.Service/Method".
  void CountCall(absl::string_view method, absl::StatusCode code,
                 absl::Duration latency);
  // One that was not, for lack of room or since the service stops.
  void CountRefused();

  // `value` is asked at every Text(), from any thread. Families of one name
  // are told together.
  enum class Kind { kGauge, kCounter };
  void Observe(Kind kind, std::string name, std::string help, Labels labels,
               std::function<double()> value);

  // Text format 0.0.4.
  std::string Text() const;

 private:
  static constexpr int kCodes = 17;
  struct OfMethod {
    std::array<prometheus::Counter*, kCodes> by_code{};
    prometheus::Histogram* seconds = nullptr;
  };
  struct Observed {
    Kind kind;
    std::string name;
    std::string help;
    Labels labels;
    std::function<double()> value;
  };

  prometheus::Registry registry_;
  prometheus::Family<prometheus::Counter>& calls_;
  prometheus::Family<prometheus::Histogram>& seconds_;
  prometheus::Counter& refused_;
  mutable std::mutex mutex_;  // guards the next two
  absl::flat_hash_map<std::string, OfMethod> methods_;
  std::vector<Observed> observed_;
};

}  // namespace collate::metrics

#endif  // COLLATE_SERVICE_METRICS_METRICS_H_
