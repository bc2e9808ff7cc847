#include "service/metrics/metrics.h"

#include <string>

#include "absl/time/time.h"
#include "gmock/gmock.h"
#include "gtest/gtest.h"

namespace collate::metrics {
namespace {

using ::testing::HasSubstr;
using ::testing::Not;

constexpr char kMethod[] = "/collate.v1.StatisticsService/QueryStatistics";

TEST(MetricsTest, CallsAreCountedByMethodAndCode) {
  Metrics metrics;
  metrics.CountCall(kMethod, absl::StatusCode::kOk, absl::Milliseconds(3));
  metrics.CountCall(kMethod, absl::StatusCode::kOk, absl::Milliseconds(3));
  metrics.CountCall(kMethod, absl::StatusCode::kNotFound, absl::Seconds(2));
  const std::string text = metrics.Text();
  EXPECT_THAT(text, HasSubstr("collate_rpcs_total{code=\"OK\",method=\"collate."
                              "v1.StatisticsService/QueryStatistics\"} 2\n"));
  EXPECT_THAT(text, HasSubstr("code=\"NOT_FOUND\""));
  EXPECT_THAT(text, Not(HasSubstr("code=\"INTERNAL\"")));
}

TEST(MetricsTest, DurationsFallIntoBuckets) {
  Metrics metrics;
  metrics.CountCall(kMethod, absl::StatusCode::kOk, absl::Milliseconds(3));
  metrics.CountCall(kMethod, absl::StatusCode::kNotFound, absl::Seconds(2));
  const std::string text = metrics.Text();
  EXPECT_THAT(text, HasSubstr("le=\"0.0025\"} 0\n"));
  EXPECT_THAT(text, HasSubstr("le=\"0.005\"} 1\n"));
  EXPECT_THAT(text, HasSubstr("le=\"2.5\"} 2\n"));
  EXPECT_THAT(text, HasSubstr("collate_rpc_duration_seconds_count"));
}

TEST(MetricsTest, RefusalsAreCountedFromZero) {
  Metrics metrics;
  EXPECT_THAT(metrics.Text(), HasSubstr("collate_calls_refused_total 0\n"));
  metrics.CountRefused();
  EXPECT_THAT(metrics.Text(), HasSubstr("collate_calls_refused_total 1\n"));
}

TEST(MetricsTest, WhatIsObservedIsAskedEachTime) {
  Metrics metrics;
  double value = 1;
  metrics.Observe(Metrics::Kind::kGauge, "collate_things", "Things",
                  {{"kind", "good"}}, [&value] { return value; });
  metrics.Observe(Metrics::Kind::kGauge, "collate_things", "Things",
                  {{"kind", "bad"}}, [] { return 7.0; });
  EXPECT_THAT(metrics.Text(), HasSubstr("collate_things{kind=\"good\"} 1\n"));
  value = 2;
  const std::string text = metrics.Text();
  EXPECT_THAT(text, HasSubstr("collate_things{kind=\"good\"} 2\n"));
  EXPECT_THAT(text, HasSubstr("collate_things{kind=\"bad\"} 7\n"));
  // One family, told once.
  EXPECT_EQ(text.find("# TYPE collate_things gauge"),
            text.rfind("# TYPE collate_things"));
}

}  // namespace
}  // namespace collate::metrics
