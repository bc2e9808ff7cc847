#include "service/api/statistics_handlers.h"

#include <algorithm>
#include <memory>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "absl/strings/str_cat.h"
#include "collate/internal/v1/token.pb.h"
#include "service/api/cell_encoder.h"
#include "service/api/convert.h"
#include "service/api/convert_explanation.h"
#include "service/api/convert_statistics.h"
#include "service/api/observation_scan.h"
#include "service/api/packed_cells.h"
#include "service/api/paging.h"
#include "service/api/row_encoder.h"
#include "service/api/wire_writer.h"
#include "service/base/error.h"
#include "service/base/status_macros.h"
#include "service/query/cell_scope.h"
#include "service/query/engine.h"
#include "service/query/fetching.h"
#include "service/query/plan.h"

namespace collate::api {
namespace {

using query::Snapshot;

constexpr PageLimits kRowLimits = {.standard = 1000, .greatest = 10000};

// Ends a run whose page is full. Only this file sees it.
constexpr absl::StatusCode kPageFull = absl::StatusCode::kAlreadyExists;

// Takes cells until a page is full, by bytes, and writes them as they are sent.
class PageSink : public query::CellSink {
 public:
  explicit PageSink(int64_t page_bytes) : page_bytes_(page_bytes) {}

  bool full() const { return full_; }
  int64_t count() const { return count_; }
  virtual int64_t bytes() const = 0;

 protected:
  bool HasRoomFor(int64_t bytes) {
    full_ = count_ > 0 && bytes > page_bytes_;
    if (!full_) ++count_;
    return !full_;
  }
  static absl::Status PageFull() {
    return absl::Status(kPageFull, "the page is full");
  }

 private:
  const int64_t page_bytes_;
  int64_t count_ = 0;
  bool full_ = false;
};

// Each cell a message of its own.
class CellSink final : public PageSink {
 public:
  // Of at most `cells`.
  CellSink(CellEncoder encoder, int64_t cells, int64_t page_bytes,
           std::string* out)
      : PageSink(page_bytes),
        encoder_(std::move(encoder)),
        cells_(cells),
        page_bytes_(page_bytes),
        out_(*out) {}

  absl::Status OnCell(query::Cell cell) override {
    const size_t before = out_.size();
    Nested message(v1::QueryStatisticsResponse::kCellsFieldNumber, &out_,
                   LengthBytes(cell));
    COLLATE_RETURN_IF_ERROR(encoder_.AppendCell(cell, &out_));
    const size_t bytes = message.End();
    if (!HasRoomFor(static_cast<int64_t>(before + bytes))) {
      out_.resize(before);
      return PageFull();
    }
    // Cells of one answer are much alike.
    if (count() == 1) {
      const auto one = static_cast<int64_t>(bytes + bytes / 8);
      out_.reserve(
          static_cast<size_t>(std::min(one * cells_, page_bytes_ + one)));
    }
    return absl::OkStatus();
  }

  int64_t bytes() const override { return static_cast<int64_t>(out_.size()); }

 private:
  // With a citation for each of many rows a cell is rarely below 16 KiB.
  static size_t LengthBytes(const query::Cell& cell) {
    constexpr size_t kManyRows = 60;
    return cell.rows.size() < kManyRows ? 2 : 3;
  }

  CellEncoder encoder_;
  const int64_t cells_;
  const int64_t page_bytes_;
  std::string& out_;
};

// All cells in columns. A page ends after the cell that fills it, since columns
// take none back.
class PackedSink final : public PageSink {
 public:
  PackedSink(PackedCellsBuilder& builder, int64_t page_bytes)
      : PageSink(page_bytes), builder_(builder) {}

  absl::Status OnCell(query::Cell cell) override {
    if (!HasRoomFor(builder_.bytes())) return PageFull();
    return builder_.Add(cell);
  }

  int64_t bytes() const override { return builder_.bytes(); }

 private:
  PackedCellsBuilder& builder_;
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

// Keys of the cache. The day decides what is due; the two kinds of key never
// meet.
std::string ReceivedKey(vocabulary::Day day, absl::string_view received) {
  return absl::StrCat("received ", day, " ", received);
}

std::string CanonicalKey(vocabulary::Day day,
                         const v1::QueryStatisticsRequest& canonical) {
  return absl::StrCat("canonical ", day, " ", Serialise(canonical));
}

absl::Status InvalidHandle() {
  return base::Error(absl::StatusCode::kInvalidArgument, "INVALID_HANDLE",
                     "handle is not one that an answer of this service "
                     "carried; copy it whole")
      .Field("handle", "not the handle of a cell");
}

// The nth cell of an answer.
absl::StatusOr<query::CellSelector> SelectAt(int64_t index,
                                             const query::Plan& plan,
                                             const Snapshot& snapshot) {
  if (index < 0 || index >= plan.cell_count) return InvalidHandle();
  const query::CellScope scope(plan, snapshot.vocabulary().reporters());
  query::CellSelector selector;
  const auto periods = static_cast<int64_t>(plan.periods.size());
  selector.period = static_cast<int>(index % periods);
  index /= periods;
  selector.coordinates.resize(scope.axes().size());
  for (size_t axis = scope.axes().size(); axis > 0; --axis) {
    const auto& members = *scope.axes()[axis - 1];
    const auto count = static_cast<int64_t>(members.size());
    selector.coordinates[axis - 1] = members[index % count];
    index /= count;
  }
  selector.measure = static_cast<int>(index);
  return selector;
}

// The cell that a handle names, within the plan of its question; with an index
// it is the handle of all cells.
absl::StatusOr<query::CellSelector> Select(
    const internal::v1::CellKey& key, const v1::ExplainCellRequest& request,
    const query::Plan& plan, const Snapshot& snapshot) {
  if (request.has_cell()) {
    if (!key.period().empty()) return InvalidHandle();
    return SelectAt(request.cell(), plan, snapshot);
  }
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

StatisticsHandlers::StatisticsHandlers(const Options& options)
    : options_(options),
      answers_({.max_bytes = static_cast<size_t>(options.cache_bytes),
                // The book forgets the oldest names.
                .may_repeat = [book = options.answers](const SentAnswer& sent) {
                  return book == nullptr || book->Remembers(sent.digest);
                }}) {}

absl::StatusOr<StatisticsHandlers::Asked> StatisticsHandlers::Ask(
    const v1::StatisticsQuery& canonical, const query::Query& question,
    std::shared_ptr<const Snapshot> snapshot, vocabulary::Day today,
    bool list_rows) const {
  Asked asked;
  COLLATE_ASSIGN_OR_RETURN(asked.plan,
                           query::MakePlan(question, *snapshot,
                                           {.max_cells = options_.max_cells,
                                            .today = today,
                                            .list_rows = list_rows}));
  asked.query = Serialise(canonical);
  asked.snapshot = std::move(snapshot);
  return asked;
}

CellConverter StatisticsHandlers::Converter(const Asked& asked) const {
  return CellConverter(
      asked.plan, *asked.snapshot, asked.query,
      names_.Of(asked.plan, asked.snapshot, View(asked.query)));
}

template <typename Request>
absl::StatusOr<StatisticsHandlers::PageRequest>
StatisticsHandlers::ReadPageRequest(const Request& request) {
  PageRequest page;
  COLLATE_ASSIGN_OR_RETURN(page.cited, IsCited(request.view()));
  COLLATE_ASSIGN_OR_RETURN(page.packed, IsPacked(request.form()));
  COLLATE_ASSIGN_OR_RETURN(page.page_size,
                           ReadPageSize(request.page_size(), kRowLimits));
  return page;
}

template absl::StatusOr<StatisticsHandlers::PageRequest>
StatisticsHandlers::ReadPageRequest(const v1::QueryStatisticsRequest&);
template absl::StatusOr<StatisticsHandlers::PageRequest>
StatisticsHandlers::ReadPageRequest(const v1::GetAnswerRequest&);

absl::StatusOr<StatisticsHandlers::AnswerPage> StatisticsHandlers::Answer(
    CallContext& context, const Asked& asked, const CellConverter& converter,
    const PageRequest& request, const std::string& page_token) const {
  const bool cited = request.cited;
  // One token for one page, whoever asks for it and however it was asked.
  v1::QueryStatisticsRequest bare;
  bare.mutable_query()->ParseFromString(asked.query);
  bare.set_view(cited ? v1::VIEW_CITED : v1::VIEW_BASIC);
  if (request.packed) bare.set_form(v1::ANSWER_FORM_PACKED);
  COLLATE_ASSIGN_OR_RETURN(const Page page,
                           ReadPage(bare, request.page_size, View(page_token),
                                    View(converter.name().digest), kRowLimits));

  query::ExecuteOptions execute;
  execute.first_cell = page.offset;
  execute.max_cells = page.size;
  execute.cancelled = context.Poll();
  AnswerPage answer;
  v1::QueryStatisticsResponse& response = answer.rest;
  PackedCellsBuilder builder(asked.plan, *asked.snapshot, converter, cited,
                             page.offset);
  CellSink cells(CellEncoder(asked.plan, *asked.snapshot, converter, cited),
                 std::min(page.size, asked.plan.cell_count - page.offset),
                 options_.page_bytes, &answer.cells);
  PackedSink columns(builder, options_.page_bytes);
  PageSink& sink = request.packed ? static_cast<PageSink&>(columns) : cells;
  auto summary = query::Execute(asked.plan, *asked.snapshot, execute, sink);
  if (sink.full()) {
    // What the cells have in common is said of those that are sent.
    execute.max_cells = sink.count();
    NullSink ignored;
    summary = query::Execute(asked.plan, *asked.snapshot, execute, ignored);
  }
  COLLATE_RETURN_IF_ERROR(summary.status());
  COLLATE_RETURN_IF_ERROR(CheckSize(sink.bytes()));
  if (request.packed) {
    answer.cells_first = false;
    builder.Finish(v1::QueryStatisticsResponse::kPackedFieldNumber,
                   &answer.cells);
  }

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
  response.set_next_page_token(
      page.NextToken(page.offset + sink.count(), asked.plan.cell_count));
  return answer;
}

std::string StatisticsHandlers::Join(AnswerPage page) {
  if (!page.cells_first) {
    return page.rest.SerializeAsString() + std::move(page.cells);
  }
  page.rest.AppendToString(&page.cells);
  return std::move(page.cells);
}

AnswerCache::Answer StatisticsHandlers::FindAnswer(
    CallContext& context, absl::string_view received) const {
  std::shared_ptr<const Snapshot> whole = options_.publisher->Current();
  AnswerCache::Answer answer =
      answers_.Find(whole, ReceivedKey(DayOf(context.clock.Now()), received));
  if (answer != nullptr && !answer->digest.empty()) {
    context.asked.answer = absl::StrCat(kAnswerCollection, answer->digest);
    context.asked.releases = std::move(whole);
  }
  return answer;
}

absl::StatusOr<AnswerCache::Answer> StatisticsHandlers::QueryStatistics(
    CallContext& context, const v1::QueryStatisticsRequest& request,
    absl::string_view received) const {
  COLLATE_ASSIGN_OR_RETURN(const query::Query question,
                           FromProto(request.query()));
  COLLATE_ASSIGN_OR_RETURN(const PageRequest page, ReadPageRequest(request));
  const std::shared_ptr<const Snapshot> whole = options_.publisher->Current();
  context.asked.releases = whole;
  const vocabulary::Day today = DayOf(context.clock.Now());
  v1::QueryStatisticsRequest canonical;
  *canonical.mutable_query() = Canonical(request.query());
  canonical.set_view(page.cited ? v1::VIEW_CITED : v1::VIEW_BASIC);
  canonical.set_form(page.packed ? v1::ANSWER_FORM_PACKED
                                 : v1::ANSWER_FORM_CELLS);
  canonical.set_page_size(page.page_size);
  canonical.set_page_token(request.page_token());
  const auto make = [&]() -> absl::StatusOr<SentAnswer> {
    COLLATE_ASSIGN_OR_RETURN(
        std::shared_ptr<const Snapshot> snapshot,
        page.cited ? options_.publisher->For(question, whole)
                   : options_.publisher->ForSums(question, whole));
    COLLATE_ASSIGN_OR_RETURN(const Asked asked, Ask(canonical.query(), question,
                                                    std::move(snapshot), today,
                                                    /*list_rows=*/page.cited));
    const CellConverter converter = Converter(asked);
    COLLATE_ASSIGN_OR_RETURN(
        AnswerPage answer,
        Answer(context, asked, converter, page, request.page_token()));
    Name(context, asked, converter, answer.rest);
    SentAnswer sent;
    // One that lacks what a shard has that is down is not given again.
    if (!answer.rest.name().empty() &&
        !query::LacksForNow(*asked.snapshot, *whole)) {
      sent.digest = converter.name().digest;
    }
    sent.bytes = Join(std::move(answer));
    return sent;
  };
  COLLATE_ASSIGN_OR_RETURN(
      AnswerCache::Answer answer,
      answers_.Of(
          whole, CanonicalKey(today, canonical), ReceivedKey(today, received),
          [&context] { return context.Check(); }, make));
  if (!answer->digest.empty()) {
    context.asked.answer = absl::StrCat(kAnswerCollection, answer->digest);
  }
  return answer;
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
  context.asked.releases = *snapshot;
  const auto asked = Ask(Canonical(query), *question, *std::move(snapshot),
                         DayOf(context.clock.Now()), /*list_rows=*/true);
  if (absl::IsInvalidArgument(asked.status())) return InvalidHandle();
  COLLATE_RETURN_IF_ERROR(asked.status());
  const CellConverter converter = Converter(*asked);
  if (key.answer() != ShortDigest(View(converter.name().digest))) {
    return base::Error(absl::StatusCode::kFailedPrecondition, "ANSWER_CHANGED",
                       "a release that could answer was published or withdrawn "
                       "since the cell was read, or figures fell due, so that "
                       "it may differ; query again")
        .Field("handle", "from before a change of what is published");
  }

  query::ExecuteOptions execute;
  COLLATE_ASSIGN_OR_RETURN(execute.only,
                           Select(key, request, asked->plan, *asked->snapshot));
  execute.with_leaves = true;
  execute.cancelled = context.Poll();
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

  std::string bytes;
  RowEncoder encoder(*snapshot);
  const auto total = static_cast<int64_t>(rows.size());
  int64_t next = page.offset;
  for (; next < std::min(total, page.offset + page.size); ++next) {
    const size_t before = bytes.size();
    COLLATE_RETURN_IF_ERROR(encoder.AppendObservation(
        v1::ListObservationsResponse::kObservationsFieldNumber, rows[next],
        &bytes));
    if (next > page.offset &&
        static_cast<int64_t>(bytes.size()) > options_.page_bytes) {
      bytes.resize(before);
      break;
    }
  }
  v1::ListObservationsResponse response;
  response.ParseFromString(bytes);
  response.set_next_page_token(page.NextToken(next, total));
  return response;
}

}  // namespace collate::api
