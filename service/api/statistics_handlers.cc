#include "service/api/statistics_handlers.h"

#include <algorithm>
#include <memory>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "absl/strings/str_cat.h"
#include "collate/internal/v1/token.pb.h"
#include "service/api/convert.h"
#include "service/api/convert_explanation.h"
#include "service/api/convert_statistics.h"
#include "service/api/observation_scan.h"
#include "service/api/paging.h"
#include "service/base/error.h"
#include "service/base/status_macros.h"
#include "service/query/engine.h"
#include "service/query/plan.h"

namespace collate::api {
namespace {

using query::Snapshot;

constexpr PageLimits kRowLimits = {.standard = 1000, .greatest = 10000};

// Ends a run whose page is full. Only this file sees it.
constexpr absl::StatusCode kPageFull = absl::StatusCode::kAlreadyExists;

// Takes cells until a page is full, by bytes.
class PageSink final : public query::CellSink {
 public:
  PageSink(const CellConverter& converter, bool cited, int64_t page_bytes,
           v1::QueryStatisticsResponse* response)
      : converter_(converter),
        cited_(cited),
        page_bytes_(page_bytes),
        response_(*response) {}

  absl::Status OnCell(query::Cell cell) override {
    COLLATE_ASSIGN_OR_RETURN(v1::Cell message,
                             converter_.Convert(cell, cited_));
    const auto bytes = static_cast<int64_t>(message.ByteSizeLong());
    if (response_.cells_size() > 0 && bytes_ + bytes > page_bytes_) {
      full_ = true;
      return absl::Status(kPageFull, "the page is full");
    }
    bytes_ += bytes;
    *response_.add_cells() = std::move(message);
    return absl::OkStatus();
  }

  bool full() const { return full_; }
  int64_t bytes() const { return bytes_; }

 private:
  const CellConverter& converter_;
  const bool cited_;
  const int64_t page_bytes_;
  v1::QueryStatisticsResponse& response_;
  int64_t bytes_ = 0;
  bool full_ = false;
};

class NullSink final : public query::CellSink {
 public:
  absl::Status OnCell(query::Cell) override { return absl::OkStatus(); }
};

class OneCellSink final : public query::CellSink {
 public:
  absl::Status OnCell(query::Cell cell) override {
    cell_ = std::move(cell);
    return absl::OkStatus();
  }
  const std::optional<query::Cell>& cell() const { return cell_; }

 private:
  std::optional<query::Cell> cell_;
};

absl::Status InvalidHandle() {
  return base::Error(absl::StatusCode::kInvalidArgument, "INVALID_HANDLE",
                     "handle is not one that an answer of this service "
                     "carried; copy it whole")
      .Field("handle", "not the handle of a cell");
}

// The cell that a handle names, within the plan of its question.
absl::StatusOr<query::CellSelector> Select(const internal::v1::CellKey& key,
                                           const query::Plan& plan) {
  query::CellSelector selector;
  if (key.measure() < 0 ||
      key.measure() >= static_cast<int>(plan.measures.size()) ||
      key.members_size() != static_cast<int>(plan.group_by.size())) {
    return InvalidHandle();
  }
  selector.measure = key.measure();
  for (int i = 0; i < key.members_size(); ++i) {
    const auto member = plan.group_by[i]->Find(View(key.members(i)));
    if (!member.has_value()) return InvalidHandle();
    selector.coordinates.push_back(*member);
  }
  for (size_t i = 0; i < plan.periods.size(); ++i) {
    if (vocabulary::FormatPeriod(plan.periods[i]) == key.period()) {
      selector.period = static_cast<int>(i);
      return selector;
    }
  }
  return InvalidHandle();
}

}  // namespace

absl::Status StatisticsHandlers::CheckSize(int64_t bytes) const {
  if (bytes <= options_.max_response_bytes) return absl::OkStatus();
  return base::Error(
             absl::StatusCode::kResourceExhausted, "ANSWER_TOO_LARGE",
             absl::StrCat("the answer has ", bytes, " bytes and the limit is ",
                          options_.max_response_bytes,
                          "; ask for fewer cases, or list their observations "
                          "page by page"))
      .With("bytes", absl::StrCat(bytes))
      .With("limit", absl::StrCat(options_.max_response_bytes));
}

absl::StatusOr<StatisticsHandlers::Asked> StatisticsHandlers::Ask(
    const v1::StatisticsQuery& message, const query::Query& question,
    std::shared_ptr<const Snapshot> snapshot, vocabulary::Day today) const {
  Asked asked;
  COLLATE_ASSIGN_OR_RETURN(
      asked.plan,
      query::MakePlan(question, *snapshot,
                      {.max_cells = options_.max_cells, .today = today}));
  asked.query = Canonical(message);
  asked.snapshot = std::move(snapshot);
  return asked;
}

absl::StatusOr<v1::QueryStatisticsResponse> StatisticsHandlers::Answer(
    CallContext& context, const Asked& asked, const CellConverter& converter,
    v1::View view, int32_t page_size, const std::string& page_token) const {
  COLLATE_ASSIGN_OR_RETURN(const bool cited, IsCited(view));
  // One token for one page, whoever asks for it and however it was asked.
  v1::QueryStatisticsRequest bare;
  *bare.mutable_query() = asked.query;
  bare.set_view(cited ? v1::VIEW_CITED : v1::VIEW_BASIC);
  COLLATE_ASSIGN_OR_RETURN(const Page page,
                           ReadPage(bare, page_size, View(page_token),
                                    View(converter.name().digest), kRowLimits));

  query::ExecuteOptions execute;
  execute.first_cell = page.offset;
  execute.max_cells = page.size;
  execute.cancelled = [&context] { return context.Cancelled(); };
  v1::QueryStatisticsResponse response;
  PageSink sink(converter, cited, options_.page_bytes, &response);
  auto summary = query::Execute(asked.plan, *asked.snapshot, execute, sink);
  if (sink.full()) {
    // What the cells have in common is said of those that are sent.
    execute.max_cells = response.cells_size();
    NullSink ignored;
    summary = query::Execute(asked.plan, *asked.snapshot, execute, ignored);
  }
  COLLATE_RETURN_IF_ERROR(summary.status());
  COLLATE_RETURN_IF_ERROR(CheckSize(sink.bytes()));

  for (const query::Caveat& caveat : summary->caveats) {
    *response.add_caveats() = ToProto(caveat);
  }
  std::vector<std::string> releases;
  for (const uint32_t index : summary->releases) {
    releases.push_back(asked.snapshot->releases()[index]->release.name);
  }
  std::sort(releases.begin(), releases.end());
  for (std::string& release : releases) {
    response.add_releases(std::move(release));
  }
  response.mutable_panel()->set_code(asked.plan.panel_code);
  response.mutable_panel()->set_title(asked.plan.panel_title);
  response.mutable_panel()->set_reporter_count(
      static_cast<int32_t>(asked.plan.reporters.size()));
  response.set_total_size(static_cast<int32_t>(asked.plan.cell_count));
  response.set_next_page_token(page.NextToken(
      page.offset + response.cells_size(), asked.plan.cell_count));
  return response;
}

absl::StatusOr<v1::QueryStatisticsResponse> StatisticsHandlers::QueryStatistics(
    CallContext& context, const v1::QueryStatisticsRequest& request) const {
  COLLATE_ASSIGN_OR_RETURN(const query::Query question,
                           FromProto(request.query()));
  COLLATE_ASSIGN_OR_RETURN(std::shared_ptr<const Snapshot> snapshot,
                           options_.publisher->For(question));
  COLLATE_ASSIGN_OR_RETURN(const Asked asked,
                           Ask(request.query(), question, std::move(snapshot),
                               DayOf(context.clock.Now())));
  const CellConverter converter(asked.plan, *asked.snapshot, asked.query);
  COLLATE_ASSIGN_OR_RETURN(v1::QueryStatisticsResponse response,
                           Answer(context, asked, converter, request.view(),
                                  request.page_size(), request.page_token()));
  Name(context, asked, converter, response);
  return response;
}

absl::StatusOr<v1::ExplainCellResponse> StatisticsHandlers::ExplainCell(
    CallContext& context, const v1::ExplainCellRequest& request) const {
  internal::v1::CellKey key;
  v1::StatisticsQuery query;
  if (request.handle().empty() || !DecodeToken(View(request.handle()), &key) ||
      !query.ParseFromString(key.query())) {
    return InvalidHandle();
  }
  const auto question = FromProto(query);
  if (!question.ok()) return InvalidHandle();
  auto snapshot = options_.publisher->For(*question);
  // The question was answered once: a mistake in it is one of the handle.
  if (absl::IsInvalidArgument(snapshot.status())) return InvalidHandle();
  COLLATE_RETURN_IF_ERROR(snapshot.status());
  const auto asked =
      Ask(query, *question, *std::move(snapshot), DayOf(context.clock.Now()));
  if (absl::IsInvalidArgument(asked.status())) return InvalidHandle();
  COLLATE_RETURN_IF_ERROR(asked.status());
  const CellConverter converter(asked->plan, *asked->snapshot, query);
  if (key.answer() != ShortDigest(View(converter.name().digest))) {
    return base::Error(absl::StatusCode::kFailedPrecondition, "ANSWER_CHANGED",
                       "a release that could answer was published or withdrawn "
                       "since the cell was read, or figures fell due, so that "
                       "it may differ; query again")
        .Field("handle", "from before a change of what is published");
  }

  query::ExecuteOptions execute;
  COLLATE_ASSIGN_OR_RETURN(execute.only, Select(key, asked->plan));
  execute.with_leaves = true;
  execute.cancelled = [&context] { return context.Cancelled(); };
  OneCellSink sink;
  COLLATE_ASSIGN_OR_RETURN(
      const query::Summary summary,
      query::Execute(asked->plan, *asked->snapshot, execute, sink));
  if (!sink.cell().has_value()) return InvalidHandle();

  v1::ExplainCellResponse response;
  COLLATE_ASSIGN_OR_RETURN(*response.mutable_cell(),
                           converter.Convert(*sink.cell(), /*cited=*/true));
  int64_t bytes = static_cast<int64_t>(response.ByteSizeLong());
  for (const query::Leaf& leaf : sink.cell()->leaves) {
    COLLATE_RETURN_IF_ERROR(context.Check());
    v1::Leaf* message = response.add_leaves();
    COLLATE_ASSIGN_OR_RETURN(*message,
                             converter.Convert(leaf, sink.cell()->scale));
    bytes += static_cast<int64_t>(message->ByteSizeLong());
    COLLATE_RETURN_IF_ERROR(CheckSize(bytes));
  }
  for (const query::Caveat& caveat : summary.caveats) {
    *response.add_caveats() = ToProto(caveat);
  }
  COLLATE_ASSIGN_OR_RETURN(
      *response.mutable_derivation(),
      DerivationOf(*sink.cell(), asked->plan, *asked->snapshot,
                   [this, &context, bytes](int64_t more) -> absl::Status {
                     COLLATE_RETURN_IF_ERROR(context.Check());
                     return CheckSize(bytes + more);
                   }));
  COLLATE_RETURN_IF_ERROR(AddProvenance(*asked->snapshot, &response));
  return response;
}

absl::StatusOr<v1::ListObservationsResponse>
StatisticsHandlers::ListObservations(
    CallContext& context, const v1::ListObservationsRequest& request) const {
  const std::shared_ptr<const Snapshot> snapshot =
      options_.publisher->Current();
  COLLATE_ASSIGN_OR_RETURN(
      const Page page, ReadPage(request, View(snapshot->digest()), kRowLimits));
  COLLATE_ASSIGN_OR_RETURN(const std::vector<query::RowRef> rows,
                           FindObservations(*snapshot, request, [&context] {
                             return context.Cancelled();
                           }));
  COLLATE_RETURN_IF_ERROR(context.Check());

  v1::ListObservationsResponse response;
  int64_t bytes = 0;
  const auto total = static_cast<int64_t>(rows.size());
  int64_t next = page.offset;
  for (; next < std::min(total, page.offset + page.size); ++next) {
    COLLATE_ASSIGN_OR_RETURN(v1::Observation observation,
                             ObservationOf(*snapshot, rows[next]));
    bytes += static_cast<int64_t>(observation.ByteSizeLong());
    if (next > page.offset && bytes > options_.page_bytes) break;
    *response.add_observations() = std::move(observation);
  }
  response.set_next_page_token(page.NextToken(next, total));
  return response;
}

}  // namespace collate::api
