#include "plugins/transparency_report/microsoft_workbook.h"

#include <algorithm>
#include <array>
#include <cstdint>
#include <map>
#include <utility>
#include <vector>

#include "plugins/tabular/header.h"
#include "plugins/tabular/number.h"
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
constexpr char kTitle[] = "digital safety content report";
constexpr char kHosted[] = "Hosted Consumer Services";

// A group of columns, by its title as tabular::NormaliseName gives it.
struct Group {
  const char* title;
  const char* harm;      // as printed in the title
  const char* platform;  // null: the note says across which it is added up
};
constexpr Group kGroups[] = {
    {"child sexual exploitation & abuse imagery (cseai) - hosted consumer "
     "services",
     "Child Sexual Exploitation & Abuse Imagery (CSEAI)", kHosted},
    {"cseai - bing search engine", "CSEAI", "Bing Search Engine"},
    {"terrorist & violent extremist content (tvec)",
     "Terrorist & Violent Extremist Content (TVEC)", kHosted},
    {"non-consensual intimate imagery (ncii)",
     "Non-Consensual Intimate Imagery (NCII)", nullptr}};

struct Metric {
  const char* name;
  const char* measure;
  const char* unit;
  sdk::Aggregation aggregation;
  bool fraction;
};
constexpr Metric kMetrics[] = {
    {"content actioned", "Content that Microsoft acted on", "content items",
     sdk::Aggregation::kSum, false},
    {"content detected proactively",
     "Share of content that Microsoft detected proactively", "fraction",
     sdk::Aggregation::kNone, true},
    {"accounts actioned", "Accounts that Microsoft acted on", "accounts",
     sdk::Aggregation::kUnique, false},
    {"accounts reinstated", "Share of accounts that Microsoft reinstated",
     "fraction", sdk::Aggregation::kNone, true},
    {"requests reported", "Requests about intimate imagery to Microsoft",
     "requests", sdk::Aggregation::kSum, false},
    {"requests actioned",
     "Requests about intimate imagery that Microsoft acted on", "requests",
     sdk::Aggregation::kSum, false},
    {"percentage of requests actioned",
     "Share of requests about intimate imagery that Microsoft acted on",
     "fraction", sdk::Aggregation::kNone, true}};

constexpr std::array<std::string_view, 12> kMonthNames = {
    "january", "february", "march",     "april",   "may",      "june",
    "july",    "august",   "september", "october", "november", "december"};

// By its full name, or the first three letters of it; 0 for none.
int MonthNamed(std::string_view word) {
  const std::string name = tabular::NormaliseName(word);
  for (size_t m = 0; m < kMonthNames.size(); ++m) {
    if (name == kMonthNames[m] || name == kMonthNames[m].substr(0, 3)) {
      return static_cast<int>(m) + 1;
    }
  }
  return 0;
}

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

struct Column {
  const Group* group = nullptr;
  const Metric* metric = nullptr;
  const HeldCell* title = nullptr;
  const HeldCell* name = nullptr;
  const HeldCell* figure = nullptr;
  int64_t count = 0;
  sdk::Decimal fraction;
  std::string marks;
};

// One block of the sheet that was understood.
struct Block {
  const HeldCell* period_cell = nullptr;
  sdk::Period period;
  std::vector<Column> columns;
  std::vector<const HeldCell*> notes;
};

const HeldCell* FirstFilled(const HeldRow& row) {
  const auto at =
      std::find_if(row.cells.begin(), row.cells.end(),
                   [](const HeldCell& cell) { return !cell.IsBlank(); });
  return at == row.cells.end() ? nullptr : &*at;
}

bool BeginsBlock(const HeldRow& row) {
  const HeldCell* first = FirstFilled(row);
  return first != nullptr && row.Filled() > 1 &&
         ParseMonths(first->Trimmed()).has_value();
}

class BlockReader {
 public:
  BlockReader(const std::vector<HeldRow>& rows, const std::string& part,
              const std::string& sheet)
      : rows_(rows), part_(part), sheet_(sheet) {}

  bool Read(size_t begin, size_t end, Block* block, Error* fault) {
    return ReadBlock(begin, end, block) || (*fault = std::move(fault_), false);
  }

 private:
  bool Fault(const char* reason, std::string message, std::string expected,
             const HeldCell* cell, const tabular::Locator& row) {
    fault_ = {.reason = reason,
              .message = std::move(message),
              .expected = std::move(expected),
              .found = cell == nullptr ? "" : tabular::Printable(cell->text),
              .part = part_,
              .sheet = sheet_,
              .locator = cell == nullptr ? row : cell->locator};
    return false;
  }

  bool ReadBlock(size_t begin, size_t end, Block* block) {
    const HeldRow& titles = rows_[begin];
    block->period_cell = FirstFilled(titles);
    block->period = *ParseMonths(block->period_cell->Trimmed());
    if (begin + 2 >= end ||
        rows_[begin + 1].locator.row != titles.locator.row + 1 ||
        rows_[begin + 2].locator.row != titles.locator.row + 2) {
      return Fault("INCOMPLETE_TABLE",
                   "a half-year that is not followed by names and figures",
                   "the names of the columns and a row of figures below",
                   block->period_cell, titles.locator);
    }
    if (!ReadColumns(titles, rows_[begin + 1], block)) return false;
    if (!ReadFigures(rows_[begin + 2], block)) return false;
    for (size_t r = begin + 3; r < end; ++r) {
      const HeldCell* first = FirstFilled(rows_[r]);
      if (first == nullptr) continue;
      if (rows_[r].Filled() != 1 || first->kind != tabular::CellKind::kText) {
        return Fault("UNKNOWN_ROW", "a row below the figures that is no note",
                     "one row of figures, then notes", first, rows_[r].locator);
      }
      block->notes.push_back(first);
    }
    return true;
  }

  bool ReadColumns(const HeldRow& titles, const HeldRow& names, Block* block) {
    for (const HeldCell& cell : names.cells) {
      if (cell.IsBlank()) continue;
      Column column{.name = &cell};
      // The title of a merged cell stands in its first column.
      for (const HeldCell& title : titles.cells) {
        if (&title == block->period_cell || title.IsBlank()) continue;
        if (title.locator.column <= cell.locator.column) column.title = &title;
      }
      if (column.title == nullptr) {
        return Fault("UNKNOWN_COLUMN", "a column that is below no title",
                     "a title above", &cell, names.locator);
      }
      const std::string title = tabular::NormaliseName(column.title->Trimmed());
      for (const Group& group : kGroups) {
        if (title == group.title) column.group = &group;
      }
      if (column.group == nullptr) {
        return Fault("UNKNOWN_TABLE", "a group of columns that is not known",
                     kGroups[0].harm, column.title, titles.locator);
      }
      const std::string name = tabular::NormaliseName(cell.Trimmed());
      for (const Metric& metric : kMetrics) {
        if (name == metric.name) column.metric = &metric;
      }
      if (column.metric == nullptr) {
        return Fault("UNKNOWN_COLUMN", "a column that is not known",
                     "a column that Microsoft is known to print", &cell,
                     names.locator);
      }
      block->columns.push_back(std::move(column));
    }
    if (block->columns.empty()) {
      return Fault("INCOMPLETE_TABLE", "a half-year without columns",
                   "names of columns", nullptr, names.locator);
    }
    return true;
  }

  bool ReadFigures(const HeldRow& row, Block* block) {
    for (const HeldCell& cell : row.cells) {
      const bool named = std::any_of(
          block->columns.begin(), block->columns.end(),
          [&](const Column& column) {
            return column.name->locator.column == cell.locator.column;
          });
      if (!named && !cell.IsBlank()) {
        return Fault("CELL_WITHOUT_HEADER", "a figure in a column without name",
                     "nothing", &cell, row.locator);
      }
    }
    for (Column& column : block->columns) {
      column.figure = row.Find(column.name->locator.column);
      if (column.figure == nullptr || column.figure->IsBlank()) {
        return Fault("NO_FIGURE", "a column without a figure", "a figure",
                     column.name, row.locator);
      }
      if (!ReadFigure(&column)) {
        return Fault("NOT_A_FIGURE", "no figure stands where one should",
                     column.metric->fraction ? "a number from 0 to 1"
                                             : "a whole number, marks after it",
                     column.figure, row.locator);
      }
    }
    return true;
  }

  static bool ReadFigure(Column* column) {
    if (!column->metric->fraction) {
      return ParseMarkedCount(*column->figure, &column->count, &column->marks)
                 .ok() &&
             column->count >= 0;
    }
    tabular::Decimal number;
    if (!tabular::ParseDecimal(column->figure->Number(), &number).ok()) {
      return false;
    }
    int64_t one = 1;
    for (int64_t scale = number.scale; scale > 0; --scale) one *= 10;
    if (number.mantissa < 0 || number.mantissa > one) return false;
    column->fraction = {number.mantissa, number.scale};
    return true;
  }

  const std::vector<HeldRow>& rows_;
  const std::string& part_;
  const std::string& sheet_;
  Error fault_;
};

class BlockEmitter {
 public:
  BlockEmitter(Host& host, const std::string& sheet, const Block& block)
      : host_(host), sheet_(sheet), block_(block) {}

  Status Emit() {
    COLLATE_SDK_RETURN_IF_ERROR(CompareNotes());
    for (const Column& column : block_.columns) {
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

  std::string PlatformOf(const Group& group) const {
    if (group.platform != nullptr) return group.platform;
    for (const HeldCell* note : block_.notes) {
      const std::string_view across =
          Between(note->text, "aggregated across ", " for which");
      if (!across.empty()) return std::string(across);
    }
    return "not said";
  }

  Status EmitColumn(const Column& column) {
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
  const Block& block_;
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
  for (; r < rows.size() && !BeginsBlock(rows[r]); ++r) {
    count->read += rows[r].Filled();
    const HeldCell* first = FirstFilled(rows[r]);
    if (rows[r].Filled() == 1 &&
        tabular::NormaliseName(first->Trimmed()) == kTitle) {
      ++count->header;
      continue;
    }
    count->ignored += rows[r].Filled();
    COLLATE_SDK_RETURN_IF_ERROR(host.Diagnose(
        {.severity = Severity::kWarning,
         .reason = "LINE_NOT_READ",
         .message = "a row above the first half-year",
         .found = tabular::Printable(first->text),
         .locator = tabular::ToSdk(rows[r].locator, sheet.name)}));
  }
  while (r < rows.size()) {
    size_t end = r + 1;
    while (end < rows.size() && !BeginsBlock(rows[end])) ++end;
    uint64_t cells = 0;
    for (size_t i = r; i < end; ++i) cells += rows[i].Filled();
    count->read += cells;
    Block block;
    Error fault;
    if (BlockReader(rows, part, sheet.name).Read(r, end, &block, &fault)) {
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

std::optional<sdk::Period> ParseMonths(std::string_view text) {
  text = tabular::Trim(text);
  size_t width = 1;
  size_t dash = text.find('-');
  if (dash == std::string_view::npos) {
    dash = text.find(" to ");
    width = 4;
  }
  const size_t space = text.rfind(' ');
  if (dash == std::string_view::npos || space == std::string_view::npos ||
      space < dash + width) {
    return std::nullopt;
  }
  const int first = MonthNamed(text.substr(0, dash));
  const int last = MonthNamed(text.substr(dash + width, space - dash - width));
  int64_t year = 0;
  if (first == 0 || last < first || text.size() - space != 5 ||
      !tabular::ParseInteger(text.substr(space + 1), &year).ok() ||
      year < 1900) {
    return std::nullopt;
  }
  const auto begin = sdk::FirstOfMonth(static_cast<int>(year), first);
  const auto end = sdk::FirstOfMonth(static_cast<int>(year), last + 1);
  if (!begin.has_value() || !end.has_value()) return std::nullopt;
  return sdk::Period{.begin = *begin,
                     .end = *end,
                     .kind = sdk::PeriodKind::kInterval,
                     .text = std::string(text)};
}

tabular::Status ParseMarkedCount(const HeldCell& cell, int64_t* count,
                                 std::string* marks) {
  *marks = cell.superscript;
  std::string_view text = cell.Number();
  if (cell.kind == tabular::CellKind::kText) {
    // Everything behind the last digit of the number itself.
    const size_t bracket = text.find_first_of("[(");
    const size_t end = text.find_last_of(
        "0123456789",
        bracket == std::string_view::npos ? text.size() : bracket);
    if (end != std::string_view::npos && end + 1 < text.size()) {
      *marks += tabular::Trim(text.substr(end + 1));
      text = text.substr(0, end + 1);
    }
  }
  return tabular::ParseInteger(text, count);
}

bool IsMicrosoftWorkbook(tabular::Workbook& workbook) {
  for (const tabular::SheetInfo& sheet : workbook.sheets()) {
    std::vector<HeldRow> rows;
    if (!HoldSheet(workbook, sheet.index, &rows).ok()) continue;
    for (const HeldRow& row : rows) {
      if (row.locator.row > 20) break;
      for (const HeldCell& cell : row.cells) {
        const std::string name = tabular::NormaliseName(cell.text);
        if (name == kTitle || name == kGroups[0].title) return true;
      }
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
