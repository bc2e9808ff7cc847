// Sections 7 to 10 of the template: a figure in each row, which says what it is
// in section, indicator and scope.

#include <cstdint>
#include <map>
#include <optional>
#include <string>
#include <tuple>
#include <utility>

#include "plugins/tabular/sdk_bridge.h"
#include "plugins/transparency_report/dsa_template/dsa_sections.h"
#include "plugins/transparency_report/figure_text.h"

namespace collate::transparency_report {
namespace {

using sdk::Observation;
using sdk::Severity;
using tabular::OkStatus;
using tabular::Status;

constexpr char kTotalCode[] = "TOTAL";
constexpr char kUnion[] = "EU";

bool IsKnown(DsaSection, const std::string& name) {
  return name == "applicability" || name == "service" ||
         name == "reporting period" || name == "section" ||
         name == "indicator" || name == "scope" || name == "value" ||
         name == "contextual information";
}

class Reader {
 public:
  Reader(const DsaPlace& place, DsaDraft* draft)
      : place_(place), draft_(*draft) {}

  Status Read() {
    COLLATE_TABULAR_RETURN_IF_ERROR(
        columns_.Find(place_, &IsKnown, DsaSection::kIndicators));
    for (size_t r = place_.header + 1; r < place_.end; ++r) {
      const HeldRow& row = (*place_.rows)[r];
      if (!row.IsBlank()) COLLATE_TABULAR_RETURN_IF_ERROR(ReadRow(row));
    }
    CheckStates();
    return OkStatus();
  }

 private:
  Status ReadRow(const HeldRow& row) {
    const uint32_t value = columns_.Of("value");
    // The template's own examples of rows: no service, no figure.
    if (row.Text(columns_.Of("service")).empty() && row.Text(value).empty()) {
      draft_.ignored_cells += row.Filled();
      draft_.diagnostics.push_back(
          {.severity = Severity::kInfo,
           .reason = "PLACEHOLDER_ROW",
           .message = "a row without a service and a figure",
           .locator = tabular::ToSdk(row.locator, place_.sheet)});
      return OkStatus();
    }
    Observation out;
    COLLATE_TABULAR_RETURN_IF_ERROR(StartDsaRow(place_, columns_, row, &out));
    const uint32_t scope_column = columns_.Of("scope");
    const std::string scope(row.Text(scope_column));
    auto indicator = FindIndicator(row.Text(columns_.Of("section")),
                                   row.Text(columns_.Of("indicator")), scope);
    if (!indicator.has_value() || scope.empty()) {
      return Status(DsaFault(
          place_, "UNKNOWN_INDICATOR",
          "a section, indicator and scope that are not of the template: '" +
              std::string(row.Text(columns_.Of("section"))) + "', '" +
              std::string(row.Text(columns_.Of("indicator"))) + "', '" + scope +
              "'",
          "an indicator and a scope of the template",
          row.Find(columns_.Of("indicator")), row));
    }
    out.dimensions.emplace_back(
        "geography",
        indicator->by_state && scope != kTotalCode ? scope : kUnion);
    for (auto& axis : indicator->axes) {
      out.dimensions.push_back(std::move(axis));
    }
    if (!indicator->total_of.empty()) {
      out.level = sdk::Level::kTotal;
      out.level_axis = indicator->total_of;
    }
    const HeldCell* cell = row.Find(value);
    COLLATE_TABULAR_RETURN_IF_ERROR(
        SetDsaFigure(place_, indicator->measure, cell, row, &out));
    const std::string_view context =
        row.Text(columns_.Of("contextual information"));
    if (!context.empty()) out.notes.emplace_back(context);
    out.locator = tabular::ToSdk(cell != nullptr ? cell->locator : row.locator,
                                 place_.sheet);
    out.locator.column = value;
    for (const uint32_t column :
         {value, columns_.Of("indicator"), scope_column}) {
      out.headers.push_back(
          tabular::ToSdk(column == value ? columns_.HeaderOf(column)->locator
                                         : row.Find(column)->locator,
                         place_.sheet));
    }
    if (cell != nullptr && !cell->IsBlank()) ++draft_.observed_cells;
    if (indicator->by_state) Add(out, scope == kTotalCode);
    draft_.rows.emplace_back(indicator->measure, std::move(out));
    return OkStatus();
  }

  struct Sum {
    int64_t sum = 0;
    size_t states = 0;
    bool unknown = false;
    std::optional<size_t> total;  // of draft_.rows
  };

  void Add(const Observation& out, bool is_total) {
    Sum& sum =
        sums_[{out.dimensions[0].second, out.period.begin, out.period.end}];
    int64_t whole = 0;
    if (is_total) {
      sum.total = draft_.rows.size();
      return;
    }
    ++sum.states;
    if (!out.value.has_value() || !IsWhole(*out.value, &whole) ||
        __builtin_add_overflow(sum.sum, whole, &sum.sum)) {
      sum.unknown = true;
    }
  }

  // Recipients of the states against the printed total; neither is changed.
  void CheckStates() {
    for (const auto& [key, sum] : sums_) {
      int64_t printed = 0;
      if (!sum.total.has_value() || sum.states == 0 || sum.unknown) continue;
      Observation& total = draft_.rows[*sum.total].second;
      if (!total.value.has_value() || !IsWhole(*total.value, &printed) ||
          printed == sum.sum) {
        continue;
      }
      total.flags |= COLLATE_FLAG_TOTAL_MISMATCH;
      draft_.diagnostics.push_back(
          {.severity = Severity::kWarning,
           .reason = "TOTAL_MISMATCH",
           .message = "a printed total is not the sum of its " +
                      std::to_string(sum.states) +
                      " states; all are kept as printed",
           .expected = std::to_string(sum.sum),
           .found = total.raw,
           .locator = total.locator});
    }
  }

  const DsaPlace& place_;
  DsaDraft& draft_;
  DsaColumnsFound columns_;
  std::map<std::tuple<std::string, int32_t, int32_t>, Sum> sums_;
};

}  // namespace

Status ReadDsaIndicators(const DsaPlace& place, DsaDraft* draft) {
  return Reader(place, draft).Read();
}

}  // namespace collate::transparency_report
