// What the figures of Microsoft's report mean.

#include "plugins/transparency_report/microsoft/microsoft_workbook.h"

#include <cstdint>
#include <map>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "plugins/tabular/header.h"
#include "plugins/tabular/sdk_bridge.h"
#include "plugins/transparency_report/families.h"

namespace collate::transparency_report {
namespace {

using sdk::Host;
using sdk::Observation;
using sdk::Severity;
using sdk::Status;
using tabular::Error;

constexpr char kPublisher[] = "Microsoft";

// The text between the first `from` and the `to` behind it; empty for none.
std::string_view Between(std::string_view text, std::string_view from,
                         std::string_view to) {
  const size_t at = text.find(from);
  if (at == std::string_view::npos) return {};
  text.remove_prefix(at + from.size());
  const size_t end = text.find(to);
  return end == std::string_view::npos ? std::string_view()
                                       : text.substr(0, end);
}

class BlockEmitter {
 public:
  BlockEmitter(Host& host, const std::string& sheet,
               const MicrosoftBlock& block)
      : host_(host), sheet_(sheet), block_(block) {}

  Status Emit() {
    COLLATE_SDK_RETURN_IF_ERROR(CompareNotes());
    for (const MicrosoftColumn& column : block_.columns) {
      COLLATE_SDK_RETURN_IF_ERROR(EmitColumn(column));
    }
    return sdk::OkStatus();
  }

 private:
  sdk::Locator At(const HeldCell& cell) const {
    return tabular::ToSdk(cell.locator, sheet_);
  }

  // A note says again which months the figures are of.
  Status CompareNotes() {
    for (const HeldCell* note : block_.notes) {
      const std::string_view said =
          Between(note->text, "Data in this report represents ", " and ");
      if (said.empty()) continue;
      const auto period = ParseMonths(said);
      if (period.has_value() && period->begin == block_.period.begin &&
          period->end == block_.period.end) {
        continue;
      }
      COLLATE_SDK_RETURN_IF_ERROR(host_.Diagnose(
          {.severity = Severity::kWarning,
           .reason = "PERIOD_CONFLICT",
           .message = "a note names another period than stands above its "
                      "figures; the one above is taken, the note is kept",
           .expected = std::string(block_.period_cell->Trimmed()),
           .found = std::string(said),
           .locator = At(*note)}));
    }
    return sdk::OkStatus();
  }

  std::string PlatformOf(const MicrosoftGroup& group) const {
    if (group.platform != nullptr) return group.platform;
    for (const HeldCell* note : block_.notes) {
      const std::string_view across =
          Between(note->text, "aggregated across ", " for which");
      if (!across.empty()) return std::string(across);
    }
    return "not said";
  }

  Status EmitColumn(const MicrosoftColumn& column) {
    // Two groups may print one measure.
    auto [table, is_new] = tables_.try_emplace(column.metric->measure, 0);
    if (is_new) {
      sdk::Table out;
      out.id = std::to_string(block_.period_cell->locator.row) + " " +
               column.metric->measure;
      out.title = std::string(column.title->Trimmed());
      out.measure = column.metric->measure;
      out.unit = column.metric->unit;
      out.aggregation = column.metric->aggregation;
      out.repeats = sdk::Repeats::kError;
      out.partition = sdk::Partition::kIncomplete;
      out.floor = sdk::Floor::kZero;
      out.locator = At(*column.title);
      COLLATE_SDK_RETURN_IF_ERROR(
          host_.BeginTable(std::move(out), &table->second));
    }
    Observation out;
    out.table = table->second;
    out.reporter = kPublisher;
    out.period = block_.period;
    out.period.text = std::string(block_.period_cell->Trimmed());
    out.dimensions = {{"geography", "World"},
                      {"harm", column.group->harm},
                      {"platform", PlatformOf(*column.group)}};
    out.state = sdk::State::kReported;
    out.value = column.metric->fraction
                    ? column.fraction
                    : sdk::Decimal{.mantissa = column.count};
    for (const HeldCell* note : block_.notes) {
      out.notes.emplace_back(note->Trimmed());
      // Figures of other editions were counted in another way.
      if (note->text.find("starting from this reporting period we have updated "
                          "our transparency reporting methodology") !=
              std::string::npos &&
          column.title->text.find("Bing") != std::string::npos) {
        out.flags |= COLLATE_FLAG_SERIES_BREAK;
      }
    }
    if (!column.marks.empty()) {
      out.notes.push_back("'" + column.marks + "' stands behind the figure");
    }
    out.raw = column.figure->text;
    out.locator = At(*column.figure);
    out.headers = {At(*column.title), At(*column.name),
                   At(*block_.period_cell)};
    return host_.Emit(std::move(out));
  }

  Host& host_;
  const std::string& sheet_;
  const MicrosoftBlock& block_;
  std::map<std::string, uint64_t> tables_;
};

// Takes a sheet's blocks in. *any tells whether one was read.
Status IngestSheet(Host& host, tabular::Workbook& workbook,
                   const tabular::SheetInfo& sheet, const std::string& part,
                   CellCount* count, bool* any, std::optional<Error>* refusal) {
  std::vector<HeldRow> rows;
  if (tabular::Status status = HoldSheet(workbook, sheet.index, &rows);
      !status.ok()) {
    return tabular::Refuse(host, status.error());
  }
  std::erase_if(rows, [](const HeldRow& row) { return row.IsBlank(); });
  size_t r = 0;
  for (; r < rows.size() && !BeginsMicrosoftBlock(rows[r]); ++r) {
    count->read += rows[r].Filled();
    const HeldCell* first = rows[r].FirstFilled();
    if (rows[r].Filled() == 1 &&
        tabular::NormaliseName(first->Trimmed()) == kMicrosoftTitle) {
      ++count->header;
      continue;
    }
    count->ignored += rows[r].Filled();
    COLLATE_SDK_RETURN_IF_ERROR(
        host.Diagnose({.severity = Severity::kWarning,
                       .reason = "LINE_NOT_READ",
                       .message = "a row above the first half-year",
                       .found = tabular::Printable(first->text),
                       .locator = tabular::ToSdk(first->locator, sheet.name)}));
  }
  while (r < rows.size()) {
    size_t end = r + 1;
    while (end < rows.size() && !BeginsMicrosoftBlock(rows[end])) ++end;
    uint64_t cells = 0;
    for (size_t i = r; i < end; ++i) cells += rows[i].Filled();
    count->read += cells;
    MicrosoftBlock block;
    Error fault;
    if (ReadMicrosoftBlock(rows, r, end, part, sheet.name, &block, &fault)) {
      *any = true;
      COLLATE_SDK_RETURN_IF_ERROR(BlockEmitter(host, sheet.name, block).Emit());
      count->observed += block.columns.size();
      count->label += block.notes.size();
      count->header += cells - block.columns.size() - block.notes.size();
    } else {
      count->refused += cells;
      COLLATE_SDK_RETURN_IF_ERROR(RefuseTable(host, fault));
      if (!refusal->has_value()) *refusal = std::move(fault);
    }
    r = end;
  }
  return sdk::OkStatus();
}

}  // namespace

bool IsMicrosoftWorkbook(tabular::Workbook& workbook) {
  for (const tabular::SheetInfo& sheet : workbook.sheets()) {
    std::vector<HeldRow> rows;
    if (!HoldSheet(workbook, sheet.index, &rows).ok()) continue;
    for (const HeldRow& row : rows) {
      if (row.locator.row > 20) break;
      if (BeginsMicrosoftReport(row)) return true;
    }
  }
  return false;
}

Status IngestMicrosoftWorkbook(Host& host, const sdk::Document& document,
                               tabular::Workbook& workbook,
                               const ReadOptions& options) {
  CellCount count;
  bool any = false;
  std::optional<Error> refusal;
  for (const tabular::SheetInfo& sheet : workbook.sheets()) {
    if (sheet.hidden) {
      COLLATE_SDK_RETURN_IF_ERROR(host.Diagnose(
          {.severity = Severity::kWarning,
           .reason = "SHEET_NOT_READ",
           .message = "a hidden sheet: its publisher does not show it",
           .locator = {.sheet = sheet.name}}));
      continue;
    }
    COLLATE_SDK_RETURN_IF_ERROR(IngestSheet(host, workbook, sheet, options.part,
                                            &count, &any, &refusal));
  }
  COLLATE_SDK_RETURN_IF_ERROR(ReportFindings(host, workbook));
  if (!any) {
    if (refusal.has_value()) return tabular::ToStatus(*refusal);
    return tabular::Refuse(
        host,
        {.reason = "NOTHING_TO_READ",
         .message = "a workbook without a half-year and its figures",
         .expected = "a cell such as Jul - Dec 2020 with titles beside it",
         .part = options.part});
  }
  return count.Account(host);
}

}  // namespace collate::transparency_report
