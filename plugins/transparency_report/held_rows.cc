#include "plugins/transparency_report/held_rows.h"

#include <algorithm>
#include <utility>

#include "plugins/tabular/csv.h"
#include "plugins/tabular/number.h"
#include "plugins/tabular/sdk_bridge.h"

namespace collate::transparency_report {
namespace {

using tabular::OkStatus;
using tabular::Status;

class HoldingSink : public tabular::GridSink {
 public:
  explicit HoldingSink(std::vector<HeldRow>* rows) : rows_(*rows) {}

  Status OnRow(const tabular::Row& row) override {
    HeldRow& held = rows_.emplace_back();
    held.locator = row.locator;
    for (const tabular::Cell& cell : row.cells) {
      held.cells.push_back({.kind = cell.kind,
                            .text = std::string(cell.text),
                            .value = std::string(cell.value),
                            .superscript = std::string(cell.superscript),
                            .locator = cell.locator});
    }
    return OkStatus();
  }

 private:
  std::vector<HeldRow>& rows_;
};

}  // namespace

std::string_view HeldCell::Trimmed() const {
  // A title may end in a line break that its writer did not see.
  return tabular::Trim(text);
}

std::string_view HeldCell::Number() const {
  if (kind == tabular::CellKind::kNumber) return value;
  return Trimmed();
}

const HeldCell* HeldRow::Find(uint32_t column) const {
  const auto at = std::lower_bound(
      cells.begin(), cells.end(), column,
      [](const HeldCell& cell, uint32_t c) { return cell.locator.column < c; });
  return at != cells.end() && at->locator.column == column ? &*at : nullptr;
}

std::string_view HeldRow::Text(uint32_t column) const {
  const HeldCell* cell = Find(column);
  return cell == nullptr ? std::string_view() : cell->Trimmed();
}

size_t HeldRow::Filled() const {
  return static_cast<size_t>(
      std::count_if(cells.begin(), cells.end(),
                    [](const HeldCell& cell) { return !cell.IsBlank(); }));
}

const HeldCell* HeldRow::FirstFilled() const {
  const auto at =
      std::find_if(cells.begin(), cells.end(),
                   [](const HeldCell& cell) { return !cell.IsBlank(); });
  return at == cells.end() ? nullptr : &*at;
}

Status HoldCsv(tabular::ByteSource& source, const ReadOptions& options,
               std::vector<HeldRow>* rows) {
  tabular::Budget budget(options.limits);
  HoldingSink sink(rows);
  return tabular::ReadCsv(source, {.part = options.part}, budget, sink);
}

Status HoldSheet(tabular::Workbook& workbook, uint32_t index,
                 std::vector<HeldRow>* rows) {
  HoldingSink sink(rows);
  return workbook.ReadSheet(index, sink);
}

sdk::Status RefuseTable(sdk::Host& host, const tabular::Error& error) {
  sdk::Diagnostic diagnostic = tabular::ToSdk(error);
  diagnostic.message += "; this table is not read, others are";
  return host.Diagnose(diagnostic);
}

sdk::Status ReportFindings(sdk::Host& host, const tabular::Workbook& workbook) {
  for (const tabular::Finding& finding : workbook.findings()) {
    COLLATE_SDK_RETURN_IF_ERROR(host.Diagnose(sdk::Diagnostic{
        .severity =
            finding.warning ? sdk::Severity::kWarning : sdk::Severity::kInfo,
        .reason = finding.reason,
        .message = finding.message,
        .locator = {.part = finding.part, .sheet = finding.sheet},
        .repeats = std::max<uint64_t>(finding.count, 1)}));
  }
  return sdk::OkStatus();
}

sdk::Status CellCount::Account(sdk::Host& host) const {
  for (const auto& [what, count] :
       {std::pair("cells_read", read), std::pair("cells_observed", observed),
        std::pair("cells_header", header), std::pair("cells_label", label),
        std::pair("cells_blank", blank), std::pair("cells_refused", refused),
        std::pair("cells_ignored", ignored)}) {
    COLLATE_SDK_RETURN_IF_ERROR(host.Account(what, count));
  }
  return sdk::OkStatus();
}

}  // namespace collate::transparency_report
