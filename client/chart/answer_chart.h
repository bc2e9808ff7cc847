// The chart of an answer: shares as bars where a share was asked for, else a
// development over periods, of the change where one was asked for and of the
// figures where none was.
//
// Pure function.

#ifndef COLLATE_CLIENT_CHART_ANSWER_CHART_H_
#define COLLATE_CLIENT_CHART_ANSWER_CHART_H_

#include <string>

#include "absl/status/statusor.h"
#include "collate/v1/statistics.pb.h"
#include "collate/v1/statistics_service.pb.h"

namespace collate::client {

// Series, and bars, that one picture may have.
inline constexpr int kMostSeries = 8;
inline constexpr int kMostBars = 60;
inline constexpr int kMostPeriods = 60;

// An SVG document that needs nothing else. INVALID_ARGUMENT: NO_CHART where
// there is one period and no share, nothing to draw, a rate, or measures of
// several units; CHART_TOO_LARGE with `limit`.
absl::StatusOr<std::string> RenderChart(
    const v1::QueryStatisticsResponse& answer,
    const v1::StatisticsQuery& query);

}  // namespace collate::client

#endif  // COLLATE_CLIENT_CHART_ANSWER_CHART_H_
