#include <algorithm>
#include <cstdint>
#include <limits>
#include <memory>
#include <string>
#include <utility>
#include <vector>

#include "absl/strings/match.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/str_split.h"
#include "absl/strings/strip.h"
#include "service/api/convert.h"
#include "service/api/convert_statistics.h"
#include "service/api/statistics_handlers.h"
#include "service/base/error.h"
#include "service/base/status_macros.h"
#include "service/query/availability.h"
#include "service/query/plan.h"

namespace collate::api {
namespace {

// Periods, and members of one dimension, of one breakdown.
constexpr int kMostListed = 1000;

v1::QueryProblem ProblemOf(const absl::Status& status) {
  const base::ErrorDetail detail = base::DetailOf(status);
  v1::QueryProblem problem;
  problem.set_reason(detail.reason);
  problem.set_code(absl::StatusCodeToString(status.code()));
  if (!detail.fields.empty()) problem.set_field(detail.fields[0].path);
  problem.set_message(std::string(status.message()));
  for (const auto& [key, value] : detail.metadata) {
    if (key != "near_matches") continue;
    for (const absl::string_view near :
         absl::StrSplit(View(value), ", ", absl::SkipEmpty())) {
      problem.add_near_matches(std::string(near));
    }
  }
  return problem;
}

// The place of a field in the question; last for the question as a whole.
int OrderOf(const v1::QueryProblem& problem) {
  absl::string_view path = View(problem.field());
  if (!absl::ConsumePrefix(&path, "query.")) {
    return std::numeric_limits<int>::max();
  }
  const auto* field = v1::StatisticsQuery::descriptor()->FindFieldByName(
      std::string(path.substr(0, path.find_first_of(".["))));
  return field == nullptr ? std::numeric_limits<int>::max() : field->number();
}

std::string PartitionName(store::Partition partition) {
  switch (partition) {
    case store::Partition::kComplete:
      return "COMPLETE";
    case store::Partition::kMultiResponse:
      return "MULTI_RESPONSE";
    case store::Partition::kIncomplete:
      break;
  }
  return "INCOMPLETE";
}

v1::Availability AvailabilityOf(const query::Available& entry,
                                const vocabulary::Dimension& reporters) {
  v1::Availability result;
  result.set_measure(entry.measure->code);
  result.set_source(
      absl::StrCat("sources/", EncodeSegment(View(entry.source))));
  result.set_universe(entry.universe);
  result.set_partition(PartitionName(entry.partition));
  for (const query::AvailableDimension& one : entry.dimensions) {
    v1::AvailableDimension* dimension = result.add_dimensions();
    dimension->set_dimension(one.dimension->code());
    dimension->set_level(one.level);
    dimension->set_member_count(static_cast<int32_t>(one.members.size()));
    for (const vocabulary::MemberId id : one.members) {
      if (dimension->members_size() == kMostListed) break;
      dimension->add_members(one.dimension->member(id).code);
    }
  }
  result.set_period_count(static_cast<int32_t>(entry.periods.size()));
  for (const vocabulary::Period& period : entry.periods) {
    if (result.periods_size() == kMostListed) break;
    *result.add_periods() = ToProto(period);
  }
  for (const vocabulary::MemberId id : entry.reporters) {
    result.add_reporters(reporters.member(id).code);
  }
  result.set_observation_count(entry.rows);
  return result;
}

}  // namespace

absl::StatusOr<v1::CheckQueryResponse> StatisticsHandlers::CheckQuery(
    CallContext& context, const v1::CheckQueryRequest& request) const {
  std::shared_ptr<const query::Snapshot> snapshot =
      options_.publisher->Current();
  context.asked.releases = snapshot;
  v1::CheckQueryResponse response;
  response.set_cell_limit(options_.max_cells);
  v1::StatisticsQuery asked = request.query();
  const int field_count = asked.GetDescriptor()->field_count();
  auto question = FromProto(asked);
  // The rest can be told without the field at fault.
  while (!question.ok()) {
    v1::QueryProblem* problem = response.add_problems();
    *problem = ProblemOf(question.status());
    absl::string_view path = View(problem->field());
    absl::ConsumePrefix(&path, "query.");
    const auto* field = asked.GetDescriptor()->FindFieldByName(
        std::string(path.substr(0, path.find_first_of(".["))));
    if (field == nullptr || response.problems_size() > field_count) break;
    asked.GetReflection()->ClearField(&asked, field);
    question = FromProto(asked);
  }
  COLLATE_RETURN_IF_ERROR(question.status());
  if (auto pinned = options_.publisher->ForAll(*question, snapshot);
      pinned.ok()) {
    snapshot = *std::move(pinned);
  } else {
    *response.add_problems() = ProblemOf(pinned.status());
  }
  const query::CheckedPlan checked = query::CheckPlan(
      *question, *snapshot,
      {.max_cells = options_.max_cells, .today = DayOf(context.clock.Now())});
  for (const absl::Status& problem : checked.problems) {
    *response.add_problems() = ProblemOf(problem);
  }
  std::stable_sort(response.mutable_problems()->begin(),
                   response.mutable_problems()->end(),
                   [](const v1::QueryProblem& a, const v1::QueryProblem& b) {
                     return OrderOf(a) < OrderOf(b);
                   });
  response.set_cell_count(checked.plan.cell_count);
  for (const query::Caveat& caveat : checked.plan.caveats) {
    *response.add_caveats() = ToProto(caveat);
  }
  COLLATE_ASSIGN_OR_RETURN(
      const std::vector<query::Available> available,
      query::AvailabilityOf(*snapshot, checked.plan.measures,
                            checked.plan.as_of,
                            [&context] { return context.Cancelled(); }));
  int64_t bytes = static_cast<int64_t>(response.ByteSizeLong());
  for (const query::Available& entry : available) {
    v1::Availability* message = response.add_availability();
    *message = AvailabilityOf(entry, snapshot->vocabulary().reporters());
    bytes += static_cast<int64_t>(message->ByteSizeLong());
    COLLATE_RETURN_IF_ERROR(CheckSize(bytes));
  }
  return response;
}

}  // namespace collate::api
