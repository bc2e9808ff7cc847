#include <algorithm>
#include <array>
#include <cstdint>
#include <utility>

#include "plugins/tabular/header.h"
#include "plugins/tabular/number.h"
#include "plugins/transparency_report/microsoft/microsoft_workbook.h"

namespace collate::transparency_report {
namespace {

using tabular::Error;

constexpr char kHosted[] = "Hosted Consumer Services";

constexpr MicrosoftGroup kGroups[] = {
    {"child sexual exploitation & abuse imagery (cseai) - hosted consumer "
     "services",
     "Child Sexual Exploitation & Abuse Imagery (CSEAI)", kHosted},
    {"cseai - bing search engine", "CSEAI", "Bing Search Engine"},
    {"terrorist & violent extremist content (tvec)",
     "Terrorist & Violent Extremist Content (TVEC)", kHosted},
    {"non-consensual intimate imagery (ncii)",
     "Non-Consensual Intimate Imagery (NCII)", nullptr}};

constexpr MicrosoftMetric kMetrics[] = {
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

class BlockReader {
 public:
  BlockReader(const std::vector<HeldRow>& rows, const std::string& part,
              const std::string& sheet)
      : rows_(rows), part_(part), sheet_(sheet) {}

  bool Read(size_t begin, size_t end, MicrosoftBlock* block, Error* fault) {
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

  bool ReadBlock(size_t begin, size_t end, MicrosoftBlock* block) {
    const HeldRow& titles = rows_[begin];
    block->period_cell = titles.FirstFilled();
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
      const HeldCell* first = rows_[r].FirstFilled();
      if (first == nullptr) continue;
      if (rows_[r].Filled() != 1 || first->kind != tabular::CellKind::kText) {
        return Fault("UNKNOWN_ROW", "a row below the figures that is no note",
                     "one row of figures, then notes", first, rows_[r].locator);
      }
      block->notes.push_back(first);
    }
    return true;
  }

  bool ReadColumns(const HeldRow& titles, const HeldRow& names,
                   MicrosoftBlock* block) {
    for (const HeldCell& cell : names.cells) {
      if (cell.IsBlank()) continue;
      MicrosoftColumn column{.name = &cell};
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
      for (const MicrosoftGroup& group : kGroups) {
        if (title == group.title) column.group = &group;
      }
      if (column.group == nullptr) {
        return Fault("UNKNOWN_TABLE", "a group of columns that is not known",
                     kGroups[0].harm, column.title, titles.locator);
      }
      const std::string name = tabular::NormaliseName(cell.Trimmed());
      for (const MicrosoftMetric& metric : kMetrics) {
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

  bool ReadFigures(const HeldRow& row, MicrosoftBlock* block) {
    for (const HeldCell& cell : row.cells) {
      const bool named = std::any_of(
          block->columns.begin(), block->columns.end(),
          [&](const MicrosoftColumn& column) {
            return column.name->locator.column == cell.locator.column;
          });
      if (!named && !cell.IsBlank()) {
        return Fault("CELL_WITHOUT_HEADER", "a figure in a column without name",
                     "nothing", &cell, row.locator);
      }
    }
    for (MicrosoftColumn& column : block->columns) {
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

  static bool ReadFigure(MicrosoftColumn* column) {
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

bool BeginsMicrosoftBlock(const HeldRow& row) {
  const HeldCell* first = row.FirstFilled();
  return first != nullptr && row.Filled() > 1 &&
         ParseMonths(first->Trimmed()).has_value();
}

bool ReadMicrosoftBlock(const std::vector<HeldRow>& rows, size_t begin,
                        size_t end, const std::string& part,
                        const std::string& sheet, MicrosoftBlock* block,
                        Error* fault) {
  return BlockReader(rows, part, sheet).Read(begin, end, block, fault);
}

bool BeginsMicrosoftReport(const HeldRow& row) {
  return std::any_of(
      row.cells.begin(), row.cells.end(), [](const HeldCell& cell) {
        const std::string name = tabular::NormaliseName(cell.text);
        return name == kMicrosoftTitle || name == kGroups[0].title;
      });
}

}  // namespace collate::transparency_report
