// Reports by the template of Implementing Regulation (EU) 2024/2835: sections
// as CSV files of their own, all in one file, or sheets of a workbook. The
// header of a section says which one it is, whatever it is numbered by.

#include <cstdint>
#include <map>
#include <optional>
#include <set>
#include <string>
#include <utility>
#include <vector>

#include "plugins/tabular/sdk_bridge.h"
#include "plugins/transparency_report/dsa_template/dsa_sections.h"
#include "plugins/transparency_report/families.h"

namespace collate::transparency_report {
namespace {

using sdk::Host;
using sdk::Severity;
using sdk::Status;
using tabular::Error;

Names NamesOf(const HeldRow& row) {
  Names names;
  for (const HeldCell& cell : row.cells) names.insert(DsaName(cell.text));
  return names;
}

class TemplateReader {
 public:
  TemplateReader(Host& host, const sdk::Document& document,
                 const ReadOptions& options)
      : host_(host),
        options_(options),
        reporter_(document.Manifest("reporter").value_or("")) {}

  // The sections of one file or sheet.
  Status ReadGrid(const std::vector<HeldRow>& rows, const std::string& sheet) {
    size_t r = 0;
    while (r < rows.size()) {
      const DsaSection section = SectionOf(NamesOf(rows[r]));
      if (section == DsaSection::kNone) {
        COLLATE_SDK_RETURN_IF_ERROR(StepOver(rows[r++], sheet));
        continue;
      }
      DsaPlace place{.rows = &rows,
                     .header = r,
                     .end = r + 1,
                     .part = options_.part,
                     .sheet = sheet,
                     .reporter = reporter_};
      while (place.end < rows.size() &&
             SectionOf(NamesOf(rows[place.end])) == DsaSection::kNone) {
        ++place.end;
      }
      COLLATE_SDK_RETURN_IF_ERROR(ReadSection(place, section));
      r = place.end;
    }
    return sdk::OkStatus();
  }

  Status Finish() {
    if (sections_ == 0) {
      if (refusal_.has_value()) return tabular::ToStatus(*refusal_);
      return tabular::Refuse(
          host_,
          {.reason = "NOTHING_TO_READ",
           .message = "no section of the template",
           .expected = "a header that begins with Applicability, Service",
           .part = options_.part});
    }
    if (emitted_ == 0 && !refusal_.has_value()) {
      COLLATE_SDK_RETURN_IF_ERROR(
          host_.Account("documents_without_figures", 1));
    }
    return count_.Account(host_);
  }

 private:
  Status StepOver(const HeldRow& row, const std::string& sheet) {
    count_.read += row.cells.size();
    count_.blank += row.cells.size() - row.Filled();
    if (row.IsBlank()) return sdk::OkStatus();
    count_.ignored += row.Filled();
    return host_.Diagnose(
        {.severity = Severity::kWarning,
         .reason = "LINE_NOT_READ",
         .message = "a row above the header of a section",
         .found = tabular::Printable(row.cells[0].text),
         .locator = tabular::ToSdk(row.cells[0].locator, sheet)});
  }

  Status ReadSection(const DsaPlace& place, DsaSection section) {
    COLLATE_SDK_RETURN_IF_ERROR(CompareNumber(place, section));
    uint64_t cells = 0;
    uint64_t filled = 0;
    for (size_t r = place.header; r < place.end; ++r) {
      cells += (*place.rows)[r].cells.size();
      filled += (*place.rows)[r].Filled();
    }
    count_.read += cells;
    count_.blank += cells - filled;
    const uint64_t header = (*place.rows)[place.header].Filled();
    count_.header += header;
    switch (section) {
      case DsaSection::kIdentification:
        count_.label += filled - header;
        ++sections_;
        return Identify(place);
      case DsaSection::kCategoryNames:
      case DsaSection::kText:
        count_.ignored += filled - header;
        ++sections_;
        return host_.Diagnose(
            {.severity = Severity::kInfo,
             .reason = "SECTION_WITHOUT_FIGURES",
             .message = section == DsaSection::kText
                            ? "a section of text for people"
                            : "the section that explains categories",
             .locator = tabular::ToSdk((*place.rows)[place.header].locator,
                                       place.sheet),
             .repeats = std::max<uint64_t>(filled - header, 1)});
      default:
        break;
    }
    DsaDraft draft;
    tabular::Status status = section == DsaSection::kIndicators
                                 ? ReadDsaIndicators(place, &draft)
                                 : ReadDsaCategories(place, section, &draft);
    if (!status.ok()) {
      count_.header -= header;
      count_.refused += filled;
      if (!refusal_.has_value()) refusal_ = status.error();
      return RefuseTable(host_, status.error());
    }
    ++sections_;
    count_.observed += draft.observed_cells;
    count_.ignored += draft.ignored_cells;
    count_.label +=
        filled - header - draft.observed_cells - draft.ignored_cells;
    for (const sdk::Diagnostic& diagnostic : draft.diagnostics) {
      COLLATE_SDK_RETURN_IF_ERROR(host_.Diagnose(diagnostic));
    }
    return Emit(place, &draft);
  }

  Status CompareNumber(const DsaPlace& place, DsaSection section) {
    const std::string& name = place.sheet.empty() ? place.part : place.sheet;
    const int number = SectionNumberIn(name);
    const int found = static_cast<int>(section);
    // Sections 7 to 10 share one header.
    if (number == 0 || number == found ||
        (section == DsaSection::kIndicators && number >= 7 && number <= 10)) {
      return sdk::OkStatus();
    }
    return host_.Diagnose(
        {.severity = Severity::kWarning,
         .reason = "SECTION_NUMBER_DIFFERS",
         .message = "the header is that of another section than the name says; "
                    "the header decides",
         .expected = std::to_string(number),
         .found = std::to_string(found),
         .locator =
             tabular::ToSdk((*place.rows)[place.header].locator, place.sheet)});
  }

  Status Emit(const DsaPlace& place, DsaDraft* draft) {
    std::map<std::string, uint64_t> tables;
    ++emitted_;
    for (auto& [measure, row] : draft->rows) {
      auto [table, is_new] = tables.try_emplace(measure.measure, 0);
      if (is_new) {
        sdk::Table out;
        out.id = std::to_string(emitted_) + " " + measure.measure;
        out.title = place.sheet;
        out.measure = measure.measure;
        out.unit = measure.unit;
        out.aggregation = measure.aggregation;
        out.repeats = sdk::Repeats::kConflict;
        // Categories, keywords and restrictions leave cases out.
        out.partition = sdk::Partition::kIncomplete;
        out.multi_response = {"dsa_keyword", "restriction"};
        out.floor = sdk::Floor::kZero;
        out.locator =
            tabular::ToSdk((*place.rows)[place.header].locator, place.sheet);
        COLLATE_SDK_RETURN_IF_ERROR(
            host_.BeginTable(std::move(out), &table->second));
      }
      row.table = table->second;
      COLLATE_SDK_RETURN_IF_ERROR(host_.Emit(std::move(row)));
    }
    return sdk::OkStatus();
  }

  // Section 1 has no figures; its dates are for who hands the report in.
  Status Identify(const DsaPlace& place) {
    DsaColumnsFound columns;
    if (tabular::Status status = columns.Find(
            place, [](DsaSection, const std::string&) { return true; },
            DsaSection::kIdentification);
        !status.ok()) {
      return RefuseTable(host_, status.error());
    }
    for (size_t r = place.header + 1; r < place.end; ++r) {
      const HeldRow& row = (*place.rows)[r];
      if (row.IsBlank()) continue;
      const std::string indicator(row.Text(columns.Of("indicator")));
      const std::string value(row.Text(columns.Of("value")));
      const std::string name = DsaName(indicator);
      const HeldCell* cell = row.Find(columns.Of("value"));
      const sdk::Locator at = tabular::ToSdk(
          cell == nullptr ? row.locator : cell->locator, place.sheet);
      const bool is_date = name.find("date") != std::string::npos;
      if (is_date && !value.empty() && !ParseDsaDate(value).has_value()) {
        COLLATE_SDK_RETURN_IF_ERROR(host_.Diagnose(
            {.severity = Severity::kWarning,
             .reason = "NOT_A_DATE",
             .message = "a date that cannot be read",
             .expected = "a day such as 2026-04-01 or 2026/04/01",
             .found = tabular::Printable(value),
             .locator = at}));
        continue;
      }
      COLLATE_SDK_RETURN_IF_ERROR(
          host_.Diagnose({.severity = Severity::kInfo,
                          .reason = "REPORT_IDENTIFICATION",
                          .message = indicator,
                          .found = value,
                          .locator = at}));
    }
    return sdk::OkStatus();
  }

  Host& host_;
  const ReadOptions& options_;
  const std::string reporter_;
  CellCount count_;
  size_t sections_ = 0;
  size_t emitted_ = 0;
  std::optional<Error> refusal_;
};

}  // namespace

bool NamesDsaTemplate(const Names& row) {
  Names names;
  for (const std::string& name : row) names.insert(DsaName(name));
  return SectionOf(names) != DsaSection::kNone;
}

Status IngestDsaTemplate(Host& host, const sdk::Document& document,
                         tabular::ByteSource& source,
                         const ReadOptions& options) {
  std::vector<HeldRow> rows;
  if (tabular::Status status = HoldCsv(source, options, &rows); !status.ok()) {
    return tabular::Refuse(host, status.error());
  }
  TemplateReader reader(host, document, options);
  COLLATE_SDK_RETURN_IF_ERROR(reader.ReadGrid(rows, ""));
  return reader.Finish();
}

bool IsDsaTemplateWorkbook(tabular::Workbook& workbook) {
  for (const tabular::SheetInfo& sheet : workbook.sheets()) {
    std::vector<HeldRow> rows;
    if (!HoldSheet(workbook, sheet.index, &rows).ok()) continue;
    for (size_t r = 0; r < rows.size() && r < 20; ++r) {
      if (SectionOf(NamesOf(rows[r])) != DsaSection::kNone) return true;
    }
  }
  return false;
}

Status IngestDsaTemplateWorkbook(Host& host, const sdk::Document& document,
                                 tabular::Workbook& workbook,
                                 const ReadOptions& options) {
  TemplateReader reader(host, document, options);
  for (const tabular::SheetInfo& sheet : workbook.sheets()) {
    if (sheet.hidden) {
      COLLATE_SDK_RETURN_IF_ERROR(host.Diagnose(
          {.severity = Severity::kWarning,
           .reason = "SHEET_NOT_READ",
           .message = "a hidden sheet: its publisher does not show it",
           .locator = {.sheet = sheet.name}}));
      continue;
    }
    std::vector<HeldRow> rows;
    if (tabular::Status status = HoldSheet(workbook, sheet.index, &rows);
        !status.ok()) {
      return tabular::Refuse(host, status.error());
    }
    COLLATE_SDK_RETURN_IF_ERROR(reader.ReadGrid(rows, sheet.name));
  }
  COLLATE_SDK_RETURN_IF_ERROR(ReportFindings(host, workbook));
  return reader.Finish();
}

}  // namespace collate::transparency_report
