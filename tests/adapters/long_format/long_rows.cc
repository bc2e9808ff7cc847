#include "tests/adapters/long_format/long_rows.h"

#include <algorithm>
#include <chrono>
#include <map>
#include <span>
#include <string_view>

namespace collate::long_format {
namespace {

using tabular::Cell;
using tabular::Error;
using tabular::OkStatus;
using tabular::Printable;
using tabular::Row;
using tabular::Status;

// A name's number in the plugin ABI is its place in the list, from 1.
using Names = std::span<const std::string_view>;
constexpr std::string_view kPartitions[] = {"COMPLETE", "INCOMPLETE",
                                            "MULTI_RESPONSE"};
constexpr std::string_view kAggregations[] = {"SUM", "NONE", "UNIQUE"};
constexpr std::string_view kRepeats[] = {"ERROR", "ADD", "CONFLICT"};
constexpr std::string_view kFloors[] = {"ZERO", "NONE"};
constexpr std::string_view kLevels[] = {"LEAF",     "TOTAL",   "SUBTOTAL",
                                        "OF_WHICH", "UNKNOWN", "RESIDUAL"};
constexpr std::string_view kPeriodKinds[] = {
    "FINANCIAL_YEAR", "FINANCIAL_QUARTER", "CALENDAR_YEAR", "CALENDAR_QUARTER",
    "MONTH",          "ROLLING_YEAR",      "INTERVAL",      "DAY"};
constexpr std::string_view kStates[] = {"REPORTED",
                                        "ROUNDED",
                                        "SUPPRESSED",
                                        "PARTIAL_PERIOD",
                                        "REFUSED",
                                        "NO_RESPONSE",
                                        "NO_RELEASE",
                                        "OMITTED_BY_PUBLISHER",
                                        "NOT_HELD",
                                        "NOT_YET_PUBLISHED",
                                        "NOT_ASKED",
                                        "NOT_APPLICABLE",
                                        "INCLUDED_ELSEWHERE",
                                        "AGGREGATED",
                                        "WITHDRAWN",
                                        "DROPPED_IN_EDITION",
                                        "NOT_SHOWN",
                                        "NOT_CROSSED"};
constexpr std::string_view kFlags[] = {
    "PROVISIONAL",          "REVISED",        "ESTIMATED", "SERIES_BREAK",
    "DEFINITION_DIFFERS",   "TOTAL_MISMATCH", "SYNTHETIC", "REPEATED_KEY_ADDED",
    "TOTAL_IGNORES_MARKERS"};

constexpr std::string_view kColumns[] = {
    "table",          "measure",     "unit",          "universe",
    "partition",      "aggregation", "repeats",       "floor",
    "multi_response", "reporter",    "reporter_code", "period_begin",
    "period_end",     "period_kind", "period_text",   "level",
    "level_axis",     "parent",      "state",         "value",
    "lower",          "upper",       "flags",         "raw",
    "reason",         "notes",       "records"};
constexpr std::string_view kRequired[] = {
    "table",      "measure",     "unit", "period_begin",
    "period_end", "period_kind", "state"};
constexpr std::string_view kAxis = "dim:";

std::vector<std::string> Split(std::string_view text) {
  std::vector<std::string> parts;
  while (!text.empty()) {
    const size_t bar = text.find('|');
    parts.emplace_back(text.substr(0, bar));
    text.remove_prefix(bar == std::string_view::npos ? text.size() : bar + 1);
  }
  return parts;
}

Status Bad(const char* reason, const std::string& message,
           const std::string& expected, const Cell& cell) {
  return Status(
      Error{.reason = reason,
            .message = message + ": " + Printable(std::string(cell.text)),
            .expected = expected,
            .found = Printable(std::string(cell.text)),
            .locator = cell.locator});
}

Status ParseName(Names names, std::string_view name, const Cell& cell,
                 int32_t* number) {
  const auto at = std::find(names.begin(), names.end(), name);
  if (at == names.end()) {
    std::string expected;
    for (const std::string_view known : names) {
      expected += (expected.empty() ? "" : ", ") + std::string(known);
    }
    return Bad("UNKNOWN_NAME", "no such name", expected, cell);
  }
  *number = static_cast<int32_t>(at - names.begin()) + 1;
  return OkStatus();
}

Status ParseDay(const Cell& cell, int32_t* days) {
  const std::string_view text = cell.text;
  int parts[3] = {};
  int part = 0;
  bool good = text.size() == 10 && text[4] == '-' && text[7] == '-';
  for (size_t i = 0; good && i < text.size(); ++i) {
    if (i == 4 || i == 7) {
      ++part;
    } else {
      good = text[i] >= '0' && text[i] <= '9';
      parts[part] = parts[part] * 10 + (text[i] - '0');
    }
  }
  const std::chrono::year_month_day date{
      std::chrono::year{parts[0]},
      std::chrono::month{static_cast<unsigned>(parts[1])},
      std::chrono::day{static_cast<unsigned>(parts[2])}};
  if (!good || !date.ok()) {
    return Bad("INVALID_PERIOD", "not a date", "YYYY-MM-DD", cell);
  }
  *days = static_cast<int32_t>(
      std::chrono::sys_days(date).time_since_epoch().count());
  return OkStatus();
}

class LongSink : public tabular::GridSink {
 public:
  explicit LongSink(LongFile* file) : file_(file) {}

  Status OnRow(const Row& row) override {
    if (row.locator.row == 1) return ReadHeader(row);
    file_->cells += row.cells.size();
    if (row.cells.size() != header_.size()) {
      return Status(Error{.reason = "RAGGED_ROW",
                          .message = "a row that is not as long as the header",
                          .expected = std::to_string(header_.size()) + " cells",
                          .found = std::to_string(row.cells.size()) + " cells",
                          .locator = row.locator});
    }
    row_ = &row;
    LongRow out;
    COLLATE_TABULAR_RETURN_IF_ERROR(ReadTable(&out.table));
    COLLATE_TABULAR_RETURN_IF_ERROR(ReadRow(&out));
    file_->rows.push_back(std::move(out));
    return OkStatus();
  }

 private:
  struct HeaderCell {
    std::string text;
    tabular::Locator locator;
  };

  Status ReadHeader(const Row& row) {
    for (const Cell& cell : row.cells) {
      const std::string name(cell.text);
      const bool axis = name.size() > kAxis.size() &&
                        name.compare(0, kAxis.size(), kAxis) == 0;
      if (!axis && std::find(std::begin(kColumns), std::end(kColumns), name) ==
                       std::end(kColumns)) {
        return Bad("UNKNOWN_COLUMN", "no such column",
                   "a column of README.md, or dim:AXIS", cell);
      }
      if (!columns_.emplace(name, cell.locator.column).second) {
        return Bad("AMBIGUOUS_COLUMN", "a second column of this name",
                   "one column", cell);
      }
      header_.push_back(HeaderCell{name, cell.locator});
    }
    for (const std::string_view name : kRequired) {
      if (columns_.count(std::string(name)) == 0) {
        return Status(
            Error{.reason = "HEADER_NOT_FOUND",
                  .message = "the header lacks a required column",
                  .expected = std::string(name),
                  .found = std::to_string(header_.size()) + " other columns",
                  .locator = row.locator});
      }
    }
    return OkStatus();
  }

  // Null when the file has no such column.
  const Cell* CellOf(const char* column) const {
    const auto at = columns_.find(column);
    return at == columns_.end() ? nullptr : &row_->cells[at->second - 1];
  }
  std::string TextOf(const char* column) const {
    const Cell* cell = CellOf(column);
    return cell == nullptr ? "" : std::string(cell->text);
  }

  Status Require(const char* column, std::string* text) const {
    *text = TextOf(column);
    if (!text->empty()) return OkStatus();
    return Bad("EMPTY_LABEL", std::string("an empty ") + column, column,
               *CellOf(column));
  }

  // Zero stands for "no default".
  Status NameOf(const char* column, Names names, int32_t fallback,
                int32_t* number) const {
    const Cell* cell = CellOf(column);
    if ((cell == nullptr || cell->text.empty()) && fallback != 0) {
      *number = fallback;
      return OkStatus();
    }
    return ParseName(names, cell->text, *cell, number);
  }

  Status NumberOf(const char* column,
                  std::optional<tabular::Decimal>* number) const {
    const Cell* cell = CellOf(column);
    if (cell == nullptr || cell->text.empty()) return OkStatus();
    tabular::Decimal decimal;
    Status status = tabular::ParseDecimal(cell->text, &decimal);
    if (!status.ok()) {
      status.error().locator = cell->locator;
      return status;
    }
    *number = decimal;
    return OkStatus();
  }

  Status ReadTable(size_t* index) {
    LongTable table;
    COLLATE_TABULAR_RETURN_IF_ERROR(Require("table", &table.id));
    COLLATE_TABULAR_RETURN_IF_ERROR(Require("measure", &table.measure));
    COLLATE_TABULAR_RETURN_IF_ERROR(Require("unit", &table.unit));
    table.universe = TextOf("universe");
    table.multi_response = Split(TextOf("multi_response"));
    COLLATE_TABULAR_RETURN_IF_ERROR(
        NameOf("partition", kPartitions, 2, &table.partition));
    COLLATE_TABULAR_RETURN_IF_ERROR(
        NameOf("aggregation", kAggregations, 1, &table.aggregation));
    COLLATE_TABULAR_RETURN_IF_ERROR(
        NameOf("repeats", kRepeats, 1, &table.repeats));
    COLLATE_TABULAR_RETURN_IF_ERROR(NameOf("floor", kFloors, 1, &table.floor));
    table.locator = row_->locator;
    const auto [at, inserted] = index_.emplace(table.id, file_->tables.size());
    *index = at->second;
    if (inserted) {
      file_->tables.push_back(std::move(table));
      return OkStatus();
    }
    const LongTable& first = file_->tables[*index];
    if (first.measure != table.measure || first.unit != table.unit ||
        first.universe != table.universe ||
        first.partition != table.partition ||
        first.aggregation != table.aggregation ||
        first.repeats != table.repeats || first.floor != table.floor ||
        first.multi_response != table.multi_response) {
      return Status(
          Error{.reason = "TABLE_CONFLICT",
                .message = "rows of table \"" + table.id +
                           "\" differ in what belongs to the table",
                .expected = "as on line " + std::to_string(first.locator.line),
                .found = "line " + std::to_string(row_->locator.line),
                .locator = row_->locator});
    }
    return OkStatus();
  }

  Status ReadRow(LongRow* out) {
    out->reporter = TextOf("reporter");
    out->reporter_code = TextOf("reporter_code");
    const Cell& begin = *CellOf("period_begin");
    const Cell& end = *CellOf("period_end");
    COLLATE_TABULAR_RETURN_IF_ERROR(ParseDay(begin, &out->period_begin));
    COLLATE_TABULAR_RETURN_IF_ERROR(ParseDay(end, &out->period_end));
    if (out->period_end <= out->period_begin) {
      return Bad("INVALID_PERIOD", "a period that ends before it begins",
                 "a day after " + std::string(begin.text), end);
    }
    const std::string period =
        std::string(begin.text) + "/" + std::string(end.text);
    file_->tables[out->table].periods.insert(period);
    out->period_text = TextOf("period_text");
    if (out->period_text.empty()) out->period_text = period;
    COLLATE_TABULAR_RETURN_IF_ERROR(
        NameOf("period_kind", kPeriodKinds, 0, &out->period_kind));
    COLLATE_TABULAR_RETURN_IF_ERROR(NameOf("level", kLevels, 1, &out->level));
    COLLATE_TABULAR_RETURN_IF_ERROR(NameOf("state", kStates, 0, &out->state));
    out->level_axis = TextOf("level_axis");
    out->parent = TextOf("parent");
    COLLATE_TABULAR_RETURN_IF_ERROR(NumberOf("value", &out->value));
    COLLATE_TABULAR_RETURN_IF_ERROR(NumberOf("lower", &out->lower));
    COLLATE_TABULAR_RETURN_IF_ERROR(NumberOf("upper", &out->upper));
    for (const std::string& name : Split(TextOf("flags"))) {
      int32_t number = 0;
      COLLATE_TABULAR_RETURN_IF_ERROR(
          ParseName(kFlags, name, *CellOf("flags"), &number));
      out->flags |= uint64_t{1} << (number - 1);
    }
    out->raw = TextOf("raw");
    out->reason = TextOf("reason");
    out->notes = Split(TextOf("notes"));
    if (const std::string records = TextOf("records"); !records.empty()) {
      int64_t count = 0;
      const Cell& cell = *CellOf("records");
      if (!tabular::ParseInteger(records, &count).ok() || count < 0) {
        return Bad("UNPARSED_NUMBER", "not a number of records", "0 or more",
                   cell);
      }
      out->records = static_cast<uint64_t>(count);
    }
    for (const auto& [name, column] : columns_) {
      const Cell& cell = row_->cells[column - 1];
      if (name.compare(0, kAxis.size(), kAxis) != 0 || cell.text.empty()) {
        continue;
      }
      out->dimensions.emplace_back(name.substr(kAxis.size()),
                                   std::string(cell.text));
    }
    const Cell* cited = CellOf("value");
    if (cited == nullptr || cited->text.empty()) cited = CellOf("state");
    out->locator = cited->locator;
    out->header = header_[cited->locator.column - 1].locator;
    return OkStatus();
  }

  LongFile* file_;
  const Row* row_ = nullptr;
  std::vector<HeaderCell> header_;
  std::map<std::string, uint32_t> columns_;
  std::map<std::string, size_t> index_;
};

}  // namespace

Status ReadLongFile(tabular::ByteSource& source, const std::string& part,
                    LongFile* file) {
  *file = LongFile();
  tabular::Budget budget;
  LongSink sink(file);
  COLLATE_TABULAR_RETURN_IF_ERROR(tabular::ReadCsv(
      source, tabular::CsvOptions{.part = part}, budget, sink));
  if (!file->tables.empty()) return OkStatus();
  return Status(Error{.reason = "NOTHING_TO_READ",
                      .message = "the file has no rows",
                      .expected = "a header line and rows",
                      .found = "none",
                      .part = part});
}

}  // namespace collate::long_format
