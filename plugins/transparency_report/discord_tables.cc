#include "plugins/transparency_report/discord_tables.h"

#include <algorithm>
#include <cctype>
#include <map>
#include <optional>
#include <set>
#include <utility>

#include "plugins/tabular/header.h"
#include "plugins/tabular/number.h"
#include "plugins/tabular/sdk_bridge.h"
#include "plugins/transparency_report/families.h"
#include "plugins/transparency_report/figure_text.h"

namespace collate::transparency_report {
namespace {

using sdk::Host;
using sdk::Observation;
using sdk::Severity;
using sdk::Status;
using tabular::Error;

constexpr char kPublisher[] = "Discord";

struct Column {
  uint32_t number = 0;
  const DiscordColumn* is = nullptr;
  tabular::Locator locator;
  std::string label;  // as printed, without a mark
  std::string mark;
};

struct Line {
  const HeldRow* row = nullptr;
  std::string label;
  bool total = false;
  std::vector<Figure> figures;  // one for each column
};

// One block that was understood.
struct Table {
  const DiscordTable* is = nullptr;
  std::vector<Column> columns;
  std::vector<Line> lines;
};

class BlockReader {
 public:
  BlockReader(const std::vector<HeldRow>& rows, const DiscordBlock& block,
              const ReadOptions& options)
      : rows_(rows), block_(block), options_(options) {}

  // False with the fault that refuses the table.
  bool Read(Table* table, Error* fault) {
    table_ = table;
    return (FindTable() && ReadLines() && CheckBlankTotal()) ||
           (*fault = std::move(fault_), false);
  }

 private:
  bool Fault(const char* reason, std::string message, std::string expected,
             const HeldCell* cell, const HeldRow& row) {
    fault_ = {.reason = reason,
              .message = std::move(message),
              .expected = std::move(expected),
              .found = cell == nullptr ? "" : tabular::Printable(cell->text),
              .part = options_.part,
              .locator = cell == nullptr ? row.locator : cell->locator};
    return false;
  }

  bool FindTable() {
    const HeldRow& header = rows_[block_.header];
    const std::string first = tabular::NormaliseName(header.Text(1));
    const std::string title = tabular::NormaliseName(block_.title);
    bool named = false;
    for (const DiscordTable& table : DiscordTables()) {
      const bool titled =
          std::any_of(table.titles.begin(), table.titles.end(),
                      [&](const char* t) { return title == t; });
      if (first != table.first || !titled) continue;
      named = true;
      if (ReadColumns(header, table)) {
        table_->is = &table;
        return true;
      }
    }
    if (named) return false;
    return Fault("UNKNOWN_TABLE",
                 "no table with the title '" + block_.title +
                     "' and this first column is known",
                 "a table that Discord is known to print", header.Find(1),
                 header);
  }

  bool ReadColumns(const HeldRow& header, const DiscordTable& table) {
    table_->columns.clear();
    std::set<const DiscordColumn*> seen;
    for (const HeldCell& cell : header.cells) {
      if (cell.locator.column == 1 || cell.IsBlank()) continue;
      std::string name = std::string(cell.Trimmed());
      std::string mark;
      while (!name.empty() && name.back() == '*') {
        mark += '*';
        name.pop_back();
      }
      const DiscordColumn* column =
          FindColumn(table, tabular::NormaliseName(name));
      if (column == nullptr) {
        return Fault("UNKNOWN_COLUMN",
                     "a column that the table is not known "
                     "to have",
                     "a column that is declared for it", &cell, header);
      }
      if (!seen.insert(column).second) {
        return Fault("AMBIGUOUS_COLUMN", "a column stands twice",
                     "each column once", &cell, header);
      }
      table_->columns.push_back(
          {cell.locator.column, column, cell.locator, name, mark});
    }
    return true;
  }

  bool ReadLines() {
    for (size_t r = block_.header + 1; r < block_.end; ++r) {
      const HeldRow& row = rows_[r];
      if (row.IsBlank()) continue;
      Line line{.row = &row, .label = std::string(row.Text(1))};
      line.total = IsDiscordTotal(line.label);
      if (!table_->lines.empty() && table_->lines.back().total) {
        return Fault("ROW_AFTER_TOTAL", "a row below the total of its table",
                     "the total as the last row", row.Find(1), row);
      }
      if (line.label.empty()) {
        // One edition prints its total without a label.
        if (!IsLast(r)) {
          return Fault("EMPTY_LABEL", "a figure without a label",
                       "a label in the first column", FirstFilled(row), row);
        }
        line.total = true;
      }
      if (!ReadFigures(row, &line) || !CheckLabel(row, line)) return false;
      table_->lines.push_back(std::move(line));
    }
    return true;
  }

  static const HeldCell* FirstFilled(const HeldRow& row) {
    for (const HeldCell& cell : row.cells) {
      if (!cell.IsBlank()) return &cell;
    }
    return nullptr;
  }

  bool IsLast(size_t r) const {
    for (size_t next = r + 1; next < block_.end; ++next) {
      if (!rows_[next].IsBlank()) return false;
    }
    return true;
  }

  bool ReadFigures(const HeldRow& row, Line* line) {
    for (const HeldCell& cell : row.cells) {
      const bool known =
          cell.locator.column == 1 ||
          std::any_of(table_->columns.begin(), table_->columns.end(),
                      [&](const Column& column) {
                        return column.number == cell.locator.column;
                      });
      if (!known && !cell.IsBlank()) {
        return Fault("CELL_WITHOUT_HEADER", "a cell in a column without a name",
                     "nothing", &cell, row);
      }
    }
    for (const Column& column : table_->columns) {
      const HeldCell* cell = row.Find(column.number);
      Figure& figure = line->figures.emplace_back();
      if (cell == nullptr || cell->IsBlank()) {
        return Fault("NO_FIGURE", "a row without a figure",
                     "a figure, or -- where there can be none", cell, row);
      }
      int64_t whole = 0;
      const tabular::Status status = ParseFigure(cell->Trimmed(), &figure);
      const bool fits =
          status.ok() && (figure.form == FigureForm::kNotApplicable ||
                          (figure.form == FigureForm::kNumber &&
                           !figure.approximate && figure.lower.mantissa >= 0 &&
                           figure.percent == column.is->percent &&
                           (figure.percent || IsWhole(figure.lower, &whole))));
      if (!fits) {
        return Fault("NOT_A_FIGURE", "no figure stands where one should",
                     column.is->percent ? "a percentage" : "a whole number",
                     cell, row);
      }
    }
    return true;
  }

  bool CheckLabel(const HeldRow& row, const Line& line) {
    if (line.total) return true;
    if (table_->is->rows == DiscordRows::kMonths && MonthOf(line.label) == 0) {
      return Fault("UNKNOWN_MONTH", "no month has this name",
                   "January to December, or a total", row.Find(1), row);
    }
    if (table_->is->rows == DiscordRows::kOne &&
        tabular::NormaliseName(line.label) != table_->is->only_row) {
      return Fault("UNKNOWN_TABLE",
                   "a table without a title that is not about "
                   "what is known",
                   table_->is->only_row, row.Find(1), row);
    }
    return true;
  }

  // A last row without a label is the total only if it is one.
  bool CheckBlankTotal() {
    if (table_->lines.empty()) {
      return Fault("EMPTY_TABLE", "a table without rows", "rows", nullptr,
                   rows_[block_.header]);
    }
    const Line& last = table_->lines.back();
    if (!last.label.empty()) return true;
    for (size_t c = 0; c < table_->columns.size(); ++c) {
      int64_t sum = 0;
      if (!SumOf(*table_, c, &sum) || sum != last.figures[c].lower.mantissa) {
        return Fault("EMPTY_LABEL",
                     "a last row without a label that is no total",
                     "a label in the first column, or the sum of the column",
                     last.row->Find(table_->columns[c].number), *last.row);
      }
    }
    return true;
  }

 public:
  // The sum of the column's rows above the total; false where nothing can be
  // added.
  static bool SumOf(const Table& table, size_t c, int64_t* sum) {
    if (table.columns[c].is->aggregation != sdk::Aggregation::kSum) {
      return false;
    }
    *sum = 0;
    for (const Line& line : table.lines) {
      int64_t whole = 0;
      if (line.total || line.figures[c].form != FigureForm::kNumber) continue;
      if (!IsWhole(line.figures[c].lower, &whole) ||
          __builtin_add_overflow(*sum, whole, sum)) {
        return false;
      }
    }
    return true;
  }

 private:
  const std::vector<HeldRow>& rows_;
  const DiscordBlock& block_;
  const ReadOptions& options_;
  Table* table_ = nullptr;
  Error fault_;
};

class BlockEmitter {
 public:
  BlockEmitter(Host& host, const NamedPeriod& period, size_t number,
               const DiscordBlock& block, const Table& table,
               const std::vector<HeldRow>& rows, CellCount* count)
      : host_(host),
        period_(period),
        number_(number),
        block_(block),
        table_(table),
        rows_(rows),
        count_(*count) {}

  Status Emit() {
    COLLATE_SDK_RETURN_IF_ERROR(BeginTables());
    COLLATE_SDK_RETURN_IF_ERROR(CompareMonths());
    for (const Line& line : table_.lines) {
      if (!line.label.empty()) ++count_.label;
      for (size_t c = 0; c < table_.columns.size(); ++c) {
        if (months_contradict_ && !line.total) {
          ++count_.ignored;
          continue;
        }
        ++count_.observed;
        COLLATE_SDK_RETURN_IF_ERROR(EmitCell(line, c));
      }
    }
    return sdk::OkStatus();
  }

 private:
  const char* RowAxis() const {
    switch (table_.is->rows) {
      case DiscordRows::kHarms:
        return "harm";
      case DiscordRows::kRequests:
        return "legal_request";
      case DiscordRows::kMonths:
      case DiscordRows::kCountries:
      case DiscordRows::kOne:
        break;
    }
    return nullptr;
  }

  Status BeginTables() {
    for (const Column& column : table_.columns) {
      auto [handle, is_new] = handles_.try_emplace(column.is->measure, 0);
      if (!is_new) continue;
      sdk::Table out;
      out.id = std::to_string(number_) + " " + column.is->measure;
      out.title = block_.title;
      out.measure = column.is->measure;
      out.unit = column.is->unit;
      out.aggregation = column.is->aggregation;
      // Accounts disabled stand in two tables of one report.
      out.repeats = sdk::Repeats::kConflict;
      out.partition = sdk::Partition::kComplete;
      out.floor = sdk::Floor::kZero;
      out.locator = tabular::ToSdk(rows_[block_.header].locator);
      COLLATE_SDK_RETURN_IF_ERROR(
          host_.BeginTable(std::move(out), &handle->second));
    }
    return sdk::OkStatus();
  }

  // Months that are not of the period in the file's name: which of the two is
  // wrong cannot be known.
  Status CompareMonths() {
    if (table_.is->rows != DiscordRows::kMonths) return sdk::OkStatus();
    std::string names;
    const Line* first = nullptr;
    for (const Line& line : table_.lines) {
      if (line.total) continue;
      names += (names.empty() ? "" : ", ") + line.label;
      const int month = MonthOf(line.label);
      if (month >= period_.first_month &&
          month < period_.first_month + period_.months) {
        continue;
      }
      if (first == nullptr) first = &line;
    }
    if (first == nullptr) return sdk::OkStatus();
    months_contradict_ = true;
    conflict_note_ = "the rows are labelled " + names + " in a file named " +
                     period_.text +
                     "; the total is given the period of the name";
    return host_.Diagnose(
        {.severity = Severity::kWarning,
         .reason = "PERIOD_CONFLICT",
         .message = "months that are not of the period in the file's name; "
                    "the months are not read, and the total is of the period "
                    "of the name, with a note",
         .expected = "months of " + period_.text,
         .found = names,
         .locator = tabular::ToSdk(first->row->Find(1)->locator)});
  }

  Status EmitCell(const Line& line, size_t c) {
    const Column& column = table_.columns[c];
    const HeldCell& cell = *line.row->Find(column.number);
    Observation out;
    out.table = handles_.at(column.is->measure);
    out.reporter = kPublisher;
    out.period = period_.ToSdk();
    out.dimensions.emplace_back("platform", kPublisher);
    const bool by_country = table_.is->rows == DiscordRows::kCountries;
    out.dimensions.emplace_back(
        "geography", line.total   ? table_.is->total_geography
                     : by_country ? line.label
                                  : std::string(table_.is->geography));
    if (const char* axis = RowAxis()) {
      if (line.total) {
        out.level = sdk::Level::kTotal;
        out.level_axis = axis;
      } else {
        out.dimensions.emplace_back(axis, line.label);
      }
    }
    if (table_.is->rows == DiscordRows::kMonths && !line.total) {
      SetMonth(line.label, &out.period);
    }
    if (column.is->axis != nullptr) {
      if (column.is->total) {
        out.level = sdk::Level::kTotal;
        out.level_axis = column.is->axis;
      } else {
        out.dimensions.emplace_back(column.is->axis, column.label);
      }
    }
    const Figure& figure = line.figures[c];
    if (figure.form == FigureForm::kNumber) {
      out.state = sdk::State::kReported;
      out.value = figure.lower;
    } else {
      out.state = sdk::State::kNotApplicable;
      out.reason = "'" + std::string(cell.Trimmed()) + "': not applicable";
    }
    if (!column.mark.empty()) {
      out.notes.push_back("'" + column.mark +
                          "' stands at the name of the column; what it means "
                          "is not in the file");
    }
    if (months_contradict_) out.notes.push_back(conflict_note_);
    out.raw = cell.text;
    out.locator = tabular::ToSdk(cell.locator);
    out.headers.push_back(tabular::ToSdk(column.locator));
    if (line.total) COLLATE_SDK_RETURN_IF_ERROR(CheckTotal(c, cell, &out));
    return host_.Emit(std::move(out));
  }

  void SetMonth(const std::string& label, sdk::Period* period) const {
    const int month = MonthOf(label);
    period->begin = sdk::FirstOfMonth(period_.year, month).value_or(0);
    period->end = sdk::FirstOfMonth(period_.year, month + 1).value_or(0);
    period->kind = sdk::PeriodKind::kMonth;
    period->text = label;
  }

  Status CheckTotal(size_t c, const HeldCell& cell, Observation* out) {
    int64_t sum = 0;
    int64_t printed = 0;
    if (!out->value.has_value() || !BlockReader::SumOf(table_, c, &sum) ||
        !IsWhole(*out->value, &printed) || printed == sum) {
      return sdk::OkStatus();
    }
    out->flags |= COLLATE_FLAG_TOTAL_MISMATCH;
    return host_.Diagnose(
        {.severity = Severity::kWarning,
         .reason = "TOTAL_MISMATCH",
         .message = "a printed total is not the sum of its rows; all are kept "
                    "as printed",
         .expected = std::to_string(sum),
         .found = cell.text,
         .locator = tabular::ToSdk(cell.locator)});
  }

  Host& host_;
  const NamedPeriod& period_;
  const size_t number_;
  const DiscordBlock& block_;
  const Table& table_;
  const std::vector<HeldRow>& rows_;
  CellCount& count_;
  std::map<std::string, uint64_t> handles_;
  bool months_contradict_ = false;
  std::string conflict_note_;
};

uint64_t CellsOf(const std::vector<HeldRow>& rows, size_t begin, size_t end) {
  uint64_t cells = 0;
  for (size_t r = begin; r < end; ++r) cells += rows[r].Filled();
  return cells;
}

// The period of the file's name, or of the sender's manifest; both alike.
Status FindOwnPeriod(Host& host, const sdk::Document& document,
                     const ReadOptions& options, NamedPeriod* period) {
  const bool named = FindPeriod(options.part, period);
  NamedPeriod stated;
  const auto manifest = document.Manifest("period");
  if (manifest.has_value() && FindPeriod(*manifest, &stated)) {
    if (named && stated.text != period->text) {
      return tabular::Refuse(
          host, {.reason = "PERIOD_CONFLICT",
                 .message = "the file's name and its manifest name different "
                            "periods",
                 .expected = stated.text,
                 .found = period->text,
                 .part = options.part});
    }
    *period = stated;
    return sdk::OkStatus();
  }
  if (named) return sdk::OkStatus();
  return tabular::Refuse(
      host,
      {.reason = "PERIOD_MISSING",
       .message = "nothing in the file says which period it is about, and "
                  "neither does its name",
       .expected = "a name such as discord-2022-q4.csv or discord-2021-h1.csv, "
                   "or `period` in the manifest in that form",
       .found = options.part,
       .part = options.part});
}

}  // namespace

sdk::Period NamedPeriod::ToSdk() const {
  return {.begin = sdk::FirstOfMonth(year, first_month).value_or(0),
          .end = sdk::FirstOfMonth(year, first_month + months).value_or(0),
          .kind = months == 3 ? sdk::PeriodKind::kCalendarQuarter
                              : sdk::PeriodKind::kInterval,
          .text = text};
}

bool FindPeriod(std::string_view text, NamedPeriod* period) {
  const auto digit = [&](size_t i) {
    return i < text.size() && text[i] >= '0' && text[i] <= '9';
  };
  std::set<std::string> found;
  for (size_t i = 0; i + 7 <= text.size(); ++i) {
    if (!digit(i) || !digit(i + 1) || !digit(i + 2) || !digit(i + 3)) continue;
    if ((i > 0 && digit(i - 1)) || text[i + 4] != '-' || digit(i + 7)) continue;
    const char kind = static_cast<char>(text[i + 5] | 0x20);
    const int number = text[i + 6] - '0';
    if (number < 1 || (kind == 'q' ? number > 4 : kind != 'h' || number > 2)) {
      continue;
    }
    period->year = std::stoi(std::string(text.substr(i, 4)));
    period->months = kind == 'q' ? 3 : 6;
    period->first_month = (number - 1) * period->months + 1;
    period->text = std::string(text.substr(i, 5)) + kind + text[i + 6];
    found.insert(period->text);
  }
  return found.size() == 1;
}

int MonthOf(std::string_view name) {
  static constexpr std::string_view kMonths[] = {
      "january", "february", "march",     "april",   "may",      "june",
      "july",    "august",   "september", "october", "november", "december"};
  const std::string normalised = tabular::NormaliseName(name);
  const auto* at = std::find(std::begin(kMonths), std::end(kMonths),
                             std::string_view(normalised));
  return at == std::end(kMonths)
             ? 0
             : static_cast<int>(at - std::begin(kMonths)) + 1;
}

std::vector<DiscordBlock> FindBlocks(const std::vector<HeldRow>& rows) {
  const auto next_filled = [&](size_t r) {
    while (r < rows.size() && rows[r].IsBlank()) ++r;
    return r;
  };
  const auto is_header = [&](size_t r) {
    return r < rows.size() && rows[r].Filled() > 1 &&
           BeginsDiscordTable(tabular::NormaliseName(rows[r].Text(1)));
  };
  const auto is_title = [&](size_t r) {
    if (rows[r].Filled() != 1 || rows[r].Text(1).empty() ||
        IsDiscordTotal(rows[r].Text(1))) {
      return false;
    }
    // A label whose figures are missing is none: it belongs to its table.
    return r == 0 || rows[r - 1].IsBlank() || is_header(next_filled(r + 1));
  };
  std::vector<DiscordBlock> blocks;
  size_t r = next_filled(0);
  while (r < rows.size()) {
    DiscordBlock block{.begin = r, .header = r};
    if (is_title(r)) {
      block.title = std::string(rows[r].Text(1));
      block.header = next_filled(r + 1);
    }
    const bool has_header =
        block.header < rows.size() && rows[block.header].Filled() > 1;
    size_t end = has_header ? block.header + 1 : r + 1;
    while (end < rows.size() && !is_header(end) &&
           (rows[end].IsBlank() || !is_title(end))) {
      ++end;
    }
    block.end = end;
    if (!has_header) block.header = end;
    blocks.push_back(std::move(block));
    r = next_filled(end);
  }
  return blocks;
}

bool NamesDiscordTables(const Names& row) {
  return (row.contains("month") && row.contains("media reports")) ||
         row.contains("individual accounts warned") ||
         row.contains("accounts disabled category") ||
         row.contains("servers removed category");
}

Status IngestDiscordTables(Host& host, const sdk::Document& document,
                           tabular::ByteSource& source,
                           const ReadOptions& options) {
  NamedPeriod period;
  COLLATE_SDK_RETURN_IF_ERROR(FindOwnPeriod(host, document, options, &period));
  std::vector<HeldRow> rows;
  if (tabular::Status status = HoldCsv(source, options, &rows); !status.ok()) {
    return tabular::Refuse(host, status.error());
  }
  CellCount count;
  for (const HeldRow& row : rows) {
    count.read += row.cells.size();
    count.blank += row.cells.size() - row.Filled();
  }
  size_t number = 0;
  std::optional<Error> refusal;
  bool any = false;
  for (const DiscordBlock& block : FindBlocks(rows)) {
    const uint64_t cells = CellsOf(rows, block.begin, block.end);
    if (block.header == block.end) {
      count.ignored += cells;
      COLLATE_SDK_RETURN_IF_ERROR(host.Diagnose(
          {.severity = Severity::kWarning,
           .reason = "LINE_NOT_READ",
           .message = "a line outside of the tables",
           .found = tabular::Printable(block.title),
           .locator = tabular::ToSdk(rows[block.begin].locator)}));
      continue;
    }
    Table table;
    Error fault;
    BlockReader reader(rows, block, options);
    if (!reader.Read(&table, &fault)) {
      count.refused += cells;
      COLLATE_SDK_RETURN_IF_ERROR(RefuseTable(host, fault));
      if (!refusal.has_value()) refusal = std::move(fault);
      continue;
    }
    any = true;
    count.header += CellsOf(rows, block.begin, block.header + 1);
    BlockEmitter emitter(host, period, ++number, block, table, rows, &count);
    COLLATE_SDK_RETURN_IF_ERROR(emitter.Emit());
  }
  if (!any && refusal.has_value()) return tabular::ToStatus(*refusal);
  COLLATE_SDK_RETURN_IF_ERROR(host.Account("rows_read", rows.size()));
  return count.Account(host);
}

}  // namespace collate::transparency_report
