#include "plugins/transparency_report/tiktok/tiktok_sheets.h"

#include <algorithm>
#include <set>
#include <utility>

#include "plugins/tabular/header.h"
#include "plugins/tabular/number.h"
#include "plugins/tabular/sdk_bridge.h"
#include "plugins/tabular/sheet_value.h"
#include "plugins/transparency_report/tiktok/tiktok_tables.h"

namespace collate::transparency_report {
namespace {

using sdk::State;
using tabular::Cell;
using tabular::CellKind;
using tabular::NormaliseName;
using tabular::OkStatus;
using tabular::Printable;
using tabular::Row;
using tabular::Status;

constexpr char kPolicySuffix[] = " removal policy";

// What a column holds, by its header in any edition's spelling, normalised.
struct ColumnWords {
  const char* header;
  const char* measure;
  const char* axis = "";   // the header is a label of it ...
  const char* label = "";  // ... unless this one is meant
};
constexpr ColumnWords kColumns[] = {
    {"accounts suspected to be under the age of 13 removed",
     "tiktok_accounts_removed", "ban_reason"},
    {"total fake account removals", "tiktok_accounts_removed", "ban_reason"},
    {"fake accounts removed", "tiktok_accounts_removed", "ban_reason"},
    {"total other account removals", "tiktok_accounts_removed", "ban_reason"},
    {"other accounts removed", "tiktok_accounts_removed", "ban_reason"},
    {"total account removals", "tiktok_accounts_removed"},
    {"total accounts removed", "tiktok_accounts_removed"},
    {"total videos removed", "tiktok_videos_removed"},
    {"total video removal", "tiktok_videos_removed"},
    {"videos removed by automation", "tiktok_videos_removed", "moderation",
     "automation"},
    {"videos restored", "tiktok_videos_restored"},
    {"proactive removal rate", "tiktok_proactive_removal_rate"},
    {"% proactive removal", "tiktok_proactive_removal_rate"},
    {"removal rate before any views", "tiktok_removal_rate_before_views"},
    {"removals before any views", "tiktok_removal_rate_before_views"},
    {"% removal before any views", "tiktok_removal_rate_before_views"},
    {"removal rate within 24 hours", "tiktok_removal_rate_24_hours"},
    {"removals before 24 hours", "tiktok_removal_rate_24_hours"},
    {"% removal within 24 hours", "tiktok_removal_rate_24_hours"},
    {"removal rate of published", "tiktok_removal_rate_of_published"},
    {"ad removals", "tiktok_ads_removed"},
    {"ads removed due to account actions", "tiktok_ads_of_accounts"},
    {"fake likes prevented", "tiktok_fake_likes_prevented"},
    {"fake likes removed", "tiktok_fake_likes_removed"},
    {"fake follow requests prevented", "tiktok_fake_follow_requests"},
    {"fake followers removed", "tiktok_fake_followers"},
    {"blocked spam account creation", "tiktok_fake_accounts_prevented"},
    {"video removal by spam account removal", "tiktok_videos_of_fake_accounts"},
    {"category share", "tiktok_category_share"},
};

enum class ColumnRole {
  kDate,
  kPolicy,
  kParent,
  kSubPolicy,
  kCountry,
  kCode,
  kFigure
};

struct Column {
  ColumnRole role = ColumnRole::kFigure;
  const TiktokMeasure* measure = nullptr;
  sdk::Pair axis;  // empty for none
  tabular::Locator locator;
};

bool EndsWith(const std::string& text, const std::string& end) {
  return text.size() >= end.size() &&
         text.compare(text.size() - end.size(), end.size(), end) == 0;
}

bool IsFamily(TiktokLayout layout) { return layout != TiktokLayout::kNone; }

class SheetSink : public tabular::GridSink {
 public:
  SheetSink(const tabular::SheetInfo& sheet, TiktokSheets* sheets)
      : sheet_(sheet), sheets_(*sheets) {}

  TiktokLayout layout() const { return layout_; }

  Status OnRow(const Row& row) override {
    ++sheets_.rows_read;
    sheets_.cells_read += row.cells.size();
    if (!begun_) {
      begun_ = true;
      layout_ = TiktokLayoutOf(sheet_.name, row);
      if (IsFamily(layout_)) {
        sheets_.cells_header += row.cells.size();
        return ReadHeader(row);
      }
    }
    // Of cells that hold spaces.
    if (!IsFamily(layout_) || row.IsBlank()) {
      sheets_.cells_ignored += row.cells.size();
      return OkStatus();
    }
    return ReadRow(row);
  }

 private:
  Status Fault(const char* reason, std::string message, std::string expected,
               const Cell& cell) const {
    return Status(tabular::Error{.reason = reason,
                                 .message = std::move(message),
                                 .expected = std::move(expected),
                                 .found = Printable(std::string(cell.text)),
                                 .sheet = sheet_.name,
                                 .locator = cell.locator});
  }

  // ---- The header --------------------------------------------------------

  Status ReadHeader(const Row& row) {
    std::set<std::string> names;
    for (const Cell& cell : row.cells) {
      const std::string name = NormaliseName(cell.text);
      if (!names.insert(name).second) {
        return Fault("AMBIGUOUS_COLUMN", "two columns of one name",
                     "each column once", cell);
      }
      Column column;
      column.locator = cell.locator;
      COLLATE_TABULAR_RETURN_IF_ERROR(ReadColumn(cell, name, &column));
      columns_.push_back(std::move(column));
    }
    return OkStatus();
  }

  Status ReadColumn(const Cell& cell, const std::string& name, Column* column) {
    if (ReadLabelColumn(name, column)) {
      if (column->role == ColumnRole::kPolicy) return ReadEdition(cell);
      return OkStatus();
    }
    if (layout_ == TiktokLayout::kShares) {
      column->measure = &TiktokMeasureOf("tiktok_category_share");
      column->axis = {"harm", std::string(tabular::Trim(cell.text))};
      return OkStatus();
    }
    const auto words =
        std::find_if(std::begin(kColumns), std::end(kColumns),
                     [&](const ColumnWords& w) { return name == w.header; });
    if (words == std::end(kColumns)) {
      return Fault(
          "UNKNOWN_COLUMN",
          "a column that no edition had: " + Printable(std::string(cell.text)),
          "a column of an earlier edition", cell);
    }
    column->measure = &TiktokMeasureOf(words->measure);
    if (*words->axis != '\0') {
      column->axis = {words->axis, *words->label == '\0'
                                       ? std::string(tabular::Trim(cell.text))
                                       : words->label};
    }
    return OkStatus();
  }

  bool ReadLabelColumn(const std::string& name, Column* column) const {
    const bool by_date =
        layout_ == TiktokLayout::kByDate || layout_ == TiktokLayout::kShares;
    if (by_date && name == "date") {
      column->role = ColumnRole::kDate;
    } else if (layout_ == TiktokLayout::kByPolicy &&
               EndsWith(name, kPolicySuffix)) {
      column->role = ColumnRole::kPolicy;
    } else if (layout_ == TiktokLayout::kByCountry && name == "country name") {
      column->role = ColumnRole::kCountry;
    } else if (layout_ == TiktokLayout::kByCountry && name == "country code") {
      column->role = ColumnRole::kCode;
    } else if (layout_ == TiktokLayout::kBySubPolicy &&
               name == "issue policy") {
      column->role = ColumnRole::kParent;
    } else if (layout_ == TiktokLayout::kBySubPolicy && name == "sub-policy") {
      column->role = ColumnRole::kSubPolicy;
    } else {
      return false;
    }
    return true;
  }

  Status ReadEdition(const Cell& cell) {
    const std::string_view text = tabular::Trim(cell.text);
    const auto period = ParseTiktokPeriod(
        text.substr(0, text.size() - (sizeof kPolicySuffix - 1)));
    if (!period.has_value() ||
        period->kind != sdk::PeriodKind::kCalendarQuarter) {
      return Fault("INVALID_PERIOD", "a header whose quarter is none",
                   "a header such as 'Jul-Sep 2021 removal policy'", cell);
    }
    edition_ = period;
    sheets_.edition = period;
    sheets_.edition_cell = tabular::ToSdk(cell.locator, sheet_.name);
    return OkStatus();
  }

  // ---- A row -------------------------------------------------------------

  Status ReadRow(const Row& row) {
    for (const Cell& cell : row.cells) {
      sheets_.hidden_cells += cell.hidden ? 1 : 0;
      if (std::none_of(columns_.begin(), columns_.end(),
                       [&](const Column& column) {
                         return column.locator.column == cell.locator.column;
                       })) {
        return Fault("CELL_OUTSIDE_TABLE", "a cell under no header",
                     "cells under a header only", cell);
      }
    }
    sdk::Observation of_row;
    std::vector<sdk::Locator> labels;
    for (const Column& column : columns_) {
      if (column.role == ColumnRole::kFigure) continue;
      const Cell* cell = row.Find(column.locator.column);
      if (cell == nullptr || tabular::Trim(cell->text).empty()) {
        Cell missing;
        missing.locator = row.locator;
        missing.locator.column = column.locator.column;
        return Fault("EMPTY_LABEL", "a row of which a label is missing",
                     "a label in each row", missing);
      }
      if (column.role == ColumnRole::kCode) {
        ++sheets_.cells_ignored;
        ++sheets_.country_codes;
        continue;
      }
      ++sheets_.cells_labels;
      labels.push_back(tabular::ToSdk(cell->locator, sheet_.name));
      COLLATE_TABULAR_RETURN_IF_ERROR(ReadLabel(column, *cell, &of_row));
    }
    if (layout_ == TiktokLayout::kBySubPolicy) {
      // "Non Automated" in the name of the sheet.
      of_row.dimensions.emplace_back("moderation", "human moderation");
    }
    if (layout_ != TiktokLayout::kByCountry) {
      of_row.dimensions.emplace_back("geography", "World");
    }
    for (const Column& column : columns_) {
      if (column.role != ColumnRole::kFigure) continue;
      TiktokSheetFigure figure;
      figure.observation = of_row;
      figure.observation.headers = labels;
      COLLATE_TABULAR_RETURN_IF_ERROR(ReadFigure(row, column, &figure));
      sheets_.figures.push_back(std::move(figure));
    }
    return OkStatus();
  }

  Status ReadLabel(const Column& column, const Cell& cell,
                   sdk::Observation* of_row) {
    const std::string label(tabular::Trim(cell.text));
    if (column.role == ColumnRole::kDate) return ReadDate(cell, of_row);
    if (cell.kind != CellKind::kText) {
      return Fault("LABEL_NOT_TEXT", "a label that is no text", "a text", cell);
    }
    switch (column.role) {
      case ColumnRole::kPolicy:
        of_row->period = *edition_;
        of_row->dimensions.emplace_back("harm", label);
        break;
      case ColumnRole::kSubPolicy:
        of_row->dimensions.emplace_back("harm", SubPolicyLabel(label));
        break;
      case ColumnRole::kCountry:
        of_row->dimensions.emplace_back("geography", label);
        break;
      // The policy that a sub-policy belongs to is no second axis.
      case ColumnRole::kParent:
      case ColumnRole::kDate:
      case ColumnRole::kCode:
      case ColumnRole::kFigure:
        break;
    }
    return OkStatus();
  }

  Status ReadDate(const Cell& cell, sdk::Observation* of_row) {
    std::string iso(cell.value);
    double serial = 0;
    std::string plain;
    if (cell.kind == CellKind::kNumber &&
        (!tabular::PlainNumber(cell.value, &plain, &serial) ||
         !tabular::SerialToIso(serial, tabular::FormatKind::kDate,
                               /*epoch_1904=*/false, &iso))) {
      iso.clear();
    }
    std::optional<sdk::Period> quarter;
    if ((cell.kind == CellKind::kDate || cell.kind == CellKind::kNumber) &&
        iso.size() == 10 && tabular::IsIsoDate(iso)) {
      const auto day = sdk::DayNumber(std::stoi(iso.substr(0, 4)),
                                      std::stoi(iso.substr(5, 2)),
                                      std::stoi(iso.substr(8, 2)));
      if (day.has_value()) quarter = QuarterEnding(*day, iso);
    }
    if (!quarter.has_value()) {
      return Fault("INVALID_PERIOD", "not the last day of a quarter",
                   "a date such as 2020-09-30", cell);
    }
    of_row->period = *quarter;
    if (!sheets_.last.has_value() || sheets_.last->begin < quarter->begin) {
      sheets_.last = quarter;
      sheets_.last_cell = cell.locator;
      sheets_.last_sheet = sheet_.name;
    }
    return OkStatus();
  }

  Status ReadFigure(const Row& row, const Column& column,
                    TiktokSheetFigure* figure) {
    figure->measure = column.measure;
    figure->header = tabular::ToSdk(column.locator, sheet_.name);
    sdk::Observation& out = figure->observation;
    out.headers.push_back(figure->header);
    if (!column.axis.first.empty()) out.dimensions.push_back(column.axis);
    const Cell* cell = row.Find(column.locator.column);
    if (cell == nullptr) {
      tabular::Locator place = row.locator;
      place.column = column.locator.column;
      out.locator = tabular::ToSdk(place, sheet_.name);
      out.state = State::kNotShown;
      out.reason = "blank, without a word why";
      // It is read as what is not there.
      ++sheets_.cells_read;
      return OkStatus();
    }
    out.locator = tabular::ToSdk(cell->locator, sheet_.name);
    out.raw = cell->raw;
    tabular::Decimal number;
    if (cell->kind != CellKind::kNumber) {
      return Fault("UNPARSED_NUMBER",
                   "a cell under '" + std::string(column.measure->words) +
                       "' that holds no number",
                   "a number, or nothing", *cell);
    }
    Status status = tabular::ParseDecimal(cell->value, &number);
    const sdk::Decimal value = {number.mantissa, number.scale};
    if (status.ok()) {
      status =
          CheckTiktokNumber(*column.measure, value, std::string(cell->text));
    }
    if (!status.ok()) {
      status.error().sheet = sheet_.name;
      status.error().locator = cell->locator;
      return status;
    }
    out.state = State::kReported;
    out.value = value;
    return OkStatus();
  }

  const tabular::SheetInfo& sheet_;
  TiktokSheets& sheets_;
  bool begun_ = false;
  TiktokLayout layout_ = TiktokLayout::kNone;
  std::vector<Column> columns_;
  std::optional<sdk::Period> edition_;  // in this sheet's header
};

}  // namespace

TiktokLayout TiktokLayoutOf(const std::string& sheet, const Row& row) {
  std::set<std::string> names;
  for (const Cell& cell : row.cells) names.insert(NormaliseName(cell.text));
  if (names.count("date") > 0) {
    if (NormaliseName(sheet) == "video removals by policy") {
      return TiktokLayout::kShares;
    }
    const bool known = std::any_of(std::begin(kColumns), std::end(kColumns),
                                   [&](const ColumnWords& words) {
                                     return names.count(words.header) > 0;
                                   });
    return known ? TiktokLayout::kByDate : TiktokLayout::kNone;
  }
  if (names.count("country name") > 0) return TiktokLayout::kByCountry;
  if (names.count("issue policy") > 0 && names.count("sub-policy") > 0) {
    return TiktokLayout::kBySubPolicy;
  }
  const bool by_policy = std::any_of(
      names.begin(), names.end(),
      [](const std::string& name) { return EndsWith(name, kPolicySuffix); });
  return by_policy ? TiktokLayout::kByPolicy : TiktokLayout::kNone;
}

Status ReadTiktokSheet(tabular::Workbook& workbook,
                       const tabular::SheetInfo& sheet, const std::string& part,
                       TiktokSheets* sheets, TiktokLayout* layout) {
  SheetSink sink(sheet, sheets);
  Status status = workbook.ReadSheet(sheet.index, sink);
  *layout = sink.layout();
  if (status.ok() && sheet.hidden && *layout != TiktokLayout::kNone) {
    status = Status(tabular::Error{
        .reason = "HIDDEN_SHEET",
        .message = "a hidden sheet of figures: reading it would publish what "
                   "the publisher does not show",
        .expected = "visible sheets",
        .sheet = sheet.name});
  }
  if (!status.ok() && status.error().part.empty()) status.error().part = part;
  return status;
}

}  // namespace collate::transparency_report
