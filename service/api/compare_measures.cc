#include <algorithm>
#include <cstdint>
#include <functional>
#include <map>
#include <memory>
#include <optional>
#include <set>
#include <string>
#include <utility>
#include <vector>

#include "absl/strings/match.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/str_join.h"
#include "absl/strings/strip.h"
#include "service/api/convert.h"
#include "service/api/convert_statistics.h"
#include "service/api/paging.h"
#include "service/api/statistics_handlers.h"
#include "service/base/error.h"
#include "service/base/status_macros.h"
#include "service/query/availability.h"
#include "service/query/engine.h"
#include "service/query/plan.h"

namespace collate::api {
namespace {

using query::Snapshot;
using vocabulary::Dimension;
using vocabulary::MemberId;

constexpr int kLeastColumns = 2;
constexpr int kMostColumns = 8;
constexpr int kMostUnaligned = 20;
constexpr size_t kMostNamed = 3;

// Members of the shared dimensions, then the place of the period.
using RowKey = std::pair<query::Coordinates, int>;

// One column on its way to the answer.
struct Column {
  std::string label;
  v1::StatisticsQuery query;
  std::shared_ptr<const Snapshot> snapshot;
  query::Plan plan;
  std::map<RowKey, v1::Cell> cells;
  std::map<query::Coordinates, query::Periods> unaligned;
  query::Summary summary;
};

absl::Status Invalid(absl::string_view message, const std::string& path) {
  return base::Error(absl::StatusCode::kInvalidArgument, "INVALID_QUERY",
                     message)
      .Field(path, message);
}

std::string QueryPath(int column) {
  return absl::StrCat("columns[", column, "].query");
}

// The same error at the field of this request that the question's came from.
absl::Status AtColumn(const absl::Status& status, int column,
                      const std::string& label) {
  const base::ErrorDetail detail = base::DetailOf(status);
  if (detail.reason.empty()) return status;
  base::Error error(status.code(), detail.reason,
                    absl::StrCat(label, ": ", status.message()));
  for (const auto& [key, value] : detail.metadata) error.With(key, value);
  for (const base::FieldViolation& field : detail.fields) {
    absl::string_view path = View(field.path);
    std::string at = field.path;
    if (absl::ConsumePrefix(&path, "query.")) {
      const bool shared = absl::StartsWith(path, "group_by") ||
                          absl::StartsWith(path, "period");
      at = shared ? std::string(path)
                  : absl::StrCat(QueryPath(column), ".", path);
    }
    error.Field(at, field.description);
  }
  return error;
}

absl::Status CheckRequest(const v1::CompareMeasuresRequest& request) {
  if (request.columns_size() < kLeastColumns ||
      request.columns_size() > kMostColumns) {
    return Invalid(absl::StrCat("compare ", kLeastColumns, " to ", kMostColumns,
                                " columns"),
                   "columns");
  }
  for (int i = 0; i < request.columns_size(); ++i) {
    const v1::StatisticsQuery& query = request.columns(i).query();
    const std::string path = QueryPath(i);
    if (query.measures_size() != 1) {
      return Invalid("a column has exactly one measure", path + ".measures");
    }
    if (!query.group_by().empty()) {
      return Invalid(
          "columns share what they are broken down by: name it "
          "beside the columns",
          path + ".group_by");
    }
    if (!query.periods().empty() || query.has_period_range()) {
      return Invalid(
          "columns share their periods: name them beside the "
          "columns",
          path + (query.periods().empty() ? ".period_range" : ".periods"));
    }
  }
  // Rows are the members of a shared dimension: a column that leaves some of
  // them out would have rows without an answer.
  for (const std::string& dimension : request.group_by()) {
    std::optional<std::string> first;
    for (int i = 0; i < request.columns_size(); ++i) {
      std::string filter;
      const v1::StatisticsQuery query = Canonical(request.columns(i).query());
      for (const v1::Filter& one : query.filters()) {
        if (one.dimension() == dimension) filter = one.SerializeAsString();
      }
      if (!first.has_value()) first = filter;
      if (filter != *first) {
        return Invalid(
            absl::StrCat("'", dimension,
                         "' makes the rows: every column filters it alike, "
                         "or none does"),
            QueryPath(i) + ".filters");
      }
    }
  }
  return absl::OkStatus();
}

// The members along a shared dimension.
const std::vector<MemberId>& MembersAlong(const query::Plan& plan,
                                          const Dimension* dimension) {
  for (const query::AskedDimension& asked : plan.dimensions) {
    if (asked.dimension == dimension) return asked.members;
  }
  return plan.reporters;
}

// Has every column ask about the members that any of them has; true when
// something changed. Who is in a panel is for the panel to say.
bool ShareMembers(std::vector<Column>& columns) {
  bool changed = false;
  for (const Dimension* dimension : columns[0].plan.group_by) {
    std::set<MemberId> all;
    for (const Column& column : columns) {
      const auto& members = MembersAlong(column.plan, dimension);
      all.insert(members.begin(), members.end());
    }
    for (Column& column : columns) {
      const bool of_panel =
          dimension->code() == vocabulary::kReporterDimension &&
          !column.plan.panel_code.empty();
      if (of_panel || all.empty() ||
          MembersAlong(column.plan, dimension).size() == all.size()) {
        continue;
      }
      auto& filters = *column.query.mutable_filters();
      filters.erase(std::remove_if(filters.begin(), filters.end(),
                                   [dimension](const v1::Filter& filter) {
                                     return View(filter.dimension()) ==
                                            View(dimension->code());
                                   }),
                    filters.end());
      v1::Filter* filter = column.query.add_filters();
      filter->set_dimension(dimension->code());
      for (const MemberId id : all) {
        filter->add_members(dimension->member(id).code);
      }
      changed = true;
    }
  }
  return changed;
}

class ColumnSink final : public query::CellSink {
 public:
  ColumnSink(const CellConverter& converter, bool cited, int64_t* bytes,
             const std::function<absl::Status(int64_t)>& check_size,
             Column* column)
      : converter_(converter),
        cited_(cited),
        bytes_(*bytes),
        check_size_(check_size),
        column_(*column) {}

  absl::Status OnCell(query::Cell cell) override {
    v1::Cell& message = column_.cells[{cell.coordinates, cell.period}];
    COLLATE_ASSIGN_OR_RETURN(message, converter_.Convert(cell, cited_));
    bytes_ += static_cast<int64_t>(message.ByteSizeLong());
    return check_size_(bytes_);
  }

 private:
  const CellConverter& converter_;
  const bool cited_;
  int64_t& bytes_;
  const std::function<absl::Status(int64_t)>& check_size_;
  Column& column_;
};

// A reporter that is not in the column's panel.
v1::Cell NotApplicable(const Column& column, const RowKey& key) {
  const vocabulary::Measure& measure = *column.plan.measures[0];
  v1::Cell cell;
  cell.set_measure(measure.code);
  cell.set_unit(measure.unit);
  for (size_t i = 0; i < key.first.size(); ++i) {
    SetCoordinate(*column.plan.group_by[i], key.first[i],
                  cell.add_coordinates());
  }
  *cell.mutable_period() = ToProto(column.plan.periods[key.second]);
  cell.set_state(v1::STATE_NOT_APPLICABLE);
  cell.mutable_coverage();
  cell.set_basis(v1::BASIS_PANEL_SUM);
  return cell;
}

// Where there is no number, the periods that there are figures of instead.
void AddUnaligned(const Column& column, const RowKey& key,
                  v1::ComparedCell* cell) {
  if (cell->cell().has_reported() || !cell->cell().decimal_reported().empty()) {
    return;
  }
  const auto found = column.unaligned.find(key.first);
  if (found == column.unaligned.end()) return;
  const vocabulary::Period& period = column.plan.periods[key.second];
  for (const vocabulary::Period& other : found->second) {
    if (cell->unaligned_periods_size() == kMostUnaligned) return;
    if (other.days == period.days || !period.days.Overlaps(other.days)) {
      continue;
    }
    *cell->add_unaligned_periods() = ToProto(other);
  }
}

// Whose figures a column has.
std::string ObserversOf(const Column& column, const Dimension& reporters) {
  if (!column.plan.panel_code.empty()) return column.plan.panel_title;
  std::vector<std::string> names;
  for (const MemberId id : column.plan.reporters) {
    if (names.size() == kMostNamed) {
      names.push_back(
          absl::StrCat(column.plan.reporters.size() - kMostNamed, " more"));
      break;
    }
    names.push_back(reporters.member(id).title);
  }
  return names.empty() ? "nobody" : absl::StrJoin(names, ", ");
}

void AddCaveat(const char* code, std::string message,
               v1::CompareMeasuresResponse* response) {
  v1::Caveat* caveat = response->add_caveats();
  caveat->set_code(code);
  caveat->set_message(std::move(message));
}

// What keeps the columns from being added or divided.
void AddDifferences(const std::vector<Column>& columns,
                    const Dimension& reporters,
                    v1::CompareMeasuresResponse* response) {
  std::set<std::string> units;
  std::set<std::vector<MemberId>> observers;
  std::vector<std::string> unit_words;
  std::vector<std::string> observer_words;
  for (const Column& column : columns) {
    const std::string& unit = column.plan.measures[0]->unit;
    units.insert(unit);
    observers.insert(column.plan.reporters);
    unit_words.push_back(absl::StrCat(column.label, " counts ", unit));
    observer_words.push_back(
        absl::StrCat(column.label, " by ", ObserversOf(column, reporters)));
  }
  if (units.size() > 1) {
    AddCaveat("UNITS_DIFFER",
              absl::StrCat("The columns count different things and are neither "
                           "added nor divided: ",
                           absl::StrJoin(unit_words, "; ")),
              response);
  }
  if (observers.size() > 1) {
    AddCaveat("OBSERVERS_DIFFER",
              absl::StrCat("The columns are counted by different observers, of "
                           "whom one does not see what another counts: ",
                           absl::StrJoin(observer_words, "; ")),
              response);
  }
}

void AddUnalignedCaveats(const std::vector<Column>& columns,
                         v1::CompareMeasuresResponse* response) {
  for (size_t i = 0; i < columns.size(); ++i) {
    std::set<std::string> rows;
    for (const v1::ComparedRow& row : response->rows()) {
      if (!row.cells(static_cast<int>(i)).unaligned_periods().empty()) {
        rows.insert(row.period().text());
      }
    }
    if (rows.empty()) continue;
    AddCaveat("PERIODS_NOT_ALIGNED",
              absl::StrCat(columns[i].label,
                           " has figures of other periods, which do not make "
                           "up the one asked for, instead of: ",
                           absl::StrJoin(rows, ", ")),
              response);
  }
}

}  // namespace

absl::StatusOr<v1::CompareMeasuresResponse> StatisticsHandlers::CompareMeasures(
    CallContext& context, const v1::CompareMeasuresRequest& request) const {
  COLLATE_ASSIGN_OR_RETURN(const bool cited, IsCited(request.view()));
  COLLATE_RETURN_IF_ERROR(CheckRequest(request));
  // One state for all columns, each narrowed to the releases that it pins.
  const std::shared_ptr<const Snapshot> current = options_.publisher->Current();
  context.asked.releases = current;
  const query::PlanOptions plan_options = {.max_cells = options_.max_cells,
                                           .today = DayOf(context.clock.Now()),
                                           .list_rows = cited};

  std::vector<Column> columns;
  for (const v1::ComparedColumn& asked : request.columns()) {
    Column& column = columns.emplace_back();
    column.label = asked.label();
    column.query = asked.query();
    *column.query.mutable_group_by() = request.group_by();
    *column.query.mutable_periods() = request.periods();
    if (request.has_period_range()) {
      *column.query.mutable_period_range() = request.period_range();
    }
  }
  const auto plan_all = [&]() -> absl::Status {
    int64_t cells = 0;
    for (size_t i = 0; i < columns.size(); ++i) {
      Column& column = columns[i];
      const std::string name =
          column.label.empty() ? column.query.measures(0) : column.label;
      const auto question = FromProto(column.query);
      if (!question.ok()) {
        return AtColumn(question.status(), static_cast<int>(i), name);
      }
      auto snapshot = options_.publisher->For(*question, current);
      if (!snapshot.ok()) {
        return AtColumn(snapshot.status(), static_cast<int>(i), name);
      }
      column.snapshot = *std::move(snapshot);
      auto plan = query::MakePlan(*question, *column.snapshot, plan_options);
      if (!plan.ok()) {
        return AtColumn(plan.status(), static_cast<int>(i), name);
      }
      column.plan = *std::move(plan);
      cells += column.plan.cell_count;
    }
    if (cells <= options_.max_cells) return absl::OkStatus();
    return base::Error(absl::StatusCode::kResourceExhausted, "CELL_LIMIT",
                       absl::StrCat("the columns would have ", cells,
                                    " cells together, more than the limit of ",
                                    options_.max_cells,
                                    "; ask for fewer members or periods"))
        .With("cells", absl::StrCat(cells))
        .With("limit", absl::StrCat(options_.max_cells));
  };
  COLLATE_RETURN_IF_ERROR(plan_all());
  if (ShareMembers(columns)) COLLATE_RETURN_IF_ERROR(plan_all());

  std::set<std::string> labels;
  for (size_t i = 0; i < columns.size(); ++i) {
    Column& column = columns[i];
    if (column.label.empty()) column.label = column.plan.measures[0]->title;
    if (!labels.insert(column.label).second) {
      return Invalid(absl::StrCat("two columns are called '", column.label,
                                  "'; give each a label of its own"),
                     absl::StrCat("columns[", i, "].label"));
    }
  }

  v1::CompareMeasuresResponse response;
  int64_t bytes = 0;
  const std::function<absl::Status(int64_t)> check_size =
      [this](int64_t so_far) { return CheckSize(so_far); };
  std::set<RowKey> keys;
  for (size_t i = 0; i < columns.size(); ++i) {
    Column& column = columns[i];
    const std::string question = Serialise(Canonical(column.query));
    const CellConverter converter(
        column.plan, *column.snapshot, question,
        names_.Of(column.plan, column.snapshot, View(question)));
    ColumnSink sink(converter, cited, &bytes, check_size, &column);
    query::ExecuteOptions execute;
    execute.cancelled = [&context] { return context.Cancelled(); };
    auto summary = query::Execute(column.plan, *column.snapshot, execute, sink);
    if (!summary.ok()) {
      return AtColumn(summary.status(), static_cast<int>(i), column.label);
    }
    column.summary = *std::move(summary);
    COLLATE_ASSIGN_OR_RETURN(
        column.unaligned,
        query::UnalignedPeriods(*column.snapshot, column.plan,
                                *column.plan.measures[0], execute.cancelled));
    for (const auto& [key, cell] : column.cells) keys.insert(key);

    v1::ComparedColumnHeader* header = response.add_columns();
    header->set_label(column.label);
    header->set_measure(column.plan.measures[0]->code);
    header->set_unit(column.plan.measures[0]->unit);
    header->set_panel_title(column.plan.panel_title);
    std::set<std::string> releases;
    for (const uint32_t index : column.summary.releases) {
      releases.insert(column.snapshot->releases()[index]->release.name);
    }
    for (const std::string& release : releases) header->add_releases(release);
  }
  for (const RowKey& key : keys) {
    v1::ComparedRow* row = response.add_rows();
    const query::Plan& plan = columns[0].plan;
    for (size_t i = 0; i < key.first.size(); ++i) {
      SetCoordinate(*plan.group_by[i], key.first[i], row->add_coordinates());
    }
    *row->mutable_period() = ToProto(plan.periods[key.second]);
    for (Column& column : columns) {
      v1::ComparedCell* cell = row->add_cells();
      const auto found = column.cells.find(key);
      *cell->mutable_cell() = found == column.cells.end()
                                  ? NotApplicable(column, key)
                                  : std::move(found->second);
      AddUnaligned(column, key, cell);
    }
  }
  AddDifferences(columns, current->vocabulary().reporters(), &response);
  AddUnalignedCaveats(columns, &response);
  for (const Column& column : columns) {
    for (const query::Caveat& caveat : column.summary.caveats) {
      v1::Caveat* message = response.add_caveats();
      *message = ToProto(caveat);
      message->set_message(absl::StrCat(column.label, ": ", caveat.message));
    }
  }
  COLLATE_RETURN_IF_ERROR(
      CheckSize(static_cast<int64_t>(response.ByteSizeLong())));
  return response;
}

}  // namespace collate::api
