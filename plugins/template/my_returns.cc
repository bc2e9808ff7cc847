// Reads a yearly return of the form
//
//   Force;Financial year;Offence;Recorded
//   Kent;2023/24;Sexual communication with a child;182
//   Surrey;2023/24;Sexual communication with a child;*
//
// A copyable example of an adapter: it hands over what is printed, with the
// place it is printed in, and refuses what it does not understand. It gives no
// label a meaning; the service does that.

#include <algorithm>
#include <charconv>
#include <collate/adapter.hpp>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace {

using namespace collate::sdk;  // the whole vocabulary of an adapter

constexpr uint64_t kMaxBytes = uint64_t{16} << 20;
constexpr std::string_view kColumns[] = {"Force", "Financial year", "Offence",
                                         "Recorded"};
constexpr uint32_t kForce = 0, kYear = 1, kOffence = 2, kRecorded = 3;
constexpr size_t kColumnCount = 4;

// One printed cell: its text and where it stands.
struct Cell {
  std::string_view text;
  Locator locator;
};

// Cuts a line into cells. `begin` is the line's first byte in the document.
std::vector<Cell> Cut(std::string_view line, uint32_t number, uint64_t begin) {
  std::vector<Cell> cells;
  size_t from = 0;
  while (true) {
    const size_t end = std::min(line.find(';', from), line.size());
    Cell cell;
    cell.text = line.substr(from, end - from);
    cell.locator.row = number;  // no field spans lines: a record is a line
    cell.locator.line = number;
    cell.locator.column = static_cast<uint32_t>(cells.size()) + 1;
    cell.locator.byte_begin = begin + from;
    cell.locator.byte_end = begin + end;
    cells.push_back(std::move(cell));
    if (end == line.size()) return cells;
    from = end + 1;
  }
}

// "2023/24" is 1 April 2023 up to and without 1 April 2024.
std::optional<Period> FinancialYear(std::string_view text) {
  int year = 0;
  int next = 0;
  if (text.size() != 7 || text[4] != '/') return std::nullopt;
  const auto a = std::from_chars(text.data(), text.data() + 4, year);
  const auto b = std::from_chars(text.data() + 5, text.data() + 7, next);
  if (a.ec != std::errc() || a.ptr != text.data() + 4 || b.ec != std::errc() ||
      b.ptr != text.data() + 7 || next != (year + 1) % 100) {
    return std::nullopt;
  }
  const auto first = FirstOfMonth(year, 4);
  const auto end = FirstOfMonth(year + 1, 4);
  if (!first || !end) return std::nullopt;
  return Period{*first, *end, PeriodKind::kFinancialYear, std::string(text)};
}

// What the cell says: a number, a marker that the publisher explains, or
// nothing. A blank is never zero.
bool ReadFigure(std::string_view text, Observation* row) {
  if (text.empty()) {
    row->state = State::kNotShown;
    return true;
  }
  if (text == "*") {
    row->state = State::kSuppressed;
    row->reason = "withheld by the force";
    return true;
  }
  int64_t value = 0;
  const auto read =
      std::from_chars(text.data(), text.data() + text.size(), value);
  if (read.ec != std::errc() || read.ptr != text.data() + text.size() ||
      value < 0) {
    return false;
  }
  row->state = State::kReported;
  row->value = Decimal{value, 0};
  return true;
}

Status RefuseCell(Host& host, const Cell& cell, std::string reason,
                  std::string message, std::string expected) {
  return host.Refuse({.code = Code::kInvalidArgument,
                      .reason = std::move(reason),
                      .message = std::move(message),
                      .expected = std::move(expected),
                      .found = std::string(cell.text),
                      .locator = cell.locator});
}

// The lines of a document, without their ends.
struct Line {
  std::string_view text;
  uint64_t begin = 0;
};

std::vector<Line> Lines(std::string_view bytes) {
  std::vector<Line> lines;
  for (size_t from = 0; from < bytes.size();) {
    const size_t end = std::min(bytes.find('\n', from), bytes.size());
    std::string_view text = bytes.substr(from, end - from);
    if (!text.empty() && text.back() == '\r') text.remove_suffix(1);
    lines.push_back({text, from});
    from = end + 1;
  }
  return lines;
}

Status CheckHeader(Host& host, const std::vector<Cell>& header) {
  for (size_t i = 0; i < kColumnCount; ++i) {
    if (i >= header.size() || header[i].text != kColumns[i]) {
      return RefuseCell(host, header[std::min(i, header.size() - 1)],
                        "UNKNOWN_HEADER", "this is not the header of a return",
                        std::string(kColumns[i]));
    }
  }
  return OkStatus();
}

Status Read(Host& host, const Document& document) {
  std::string bytes;
  COLLATE_SDK_RETURN_IF_ERROR(document.file().ReadAll(kMaxBytes, &bytes));
  if (!IsText(bytes)) {
    return Status(Code::kInvalidArgument, "BAD_ENCODING",
                  "the file is not UTF-8");
  }
  const std::vector<Line> lines = Lines(bytes);
  if (lines.empty()) {
    return Status(Code::kInvalidArgument, "NO_HEADER", "the file is empty");
  }
  const std::vector<Cell> header = Cut(lines[0].text, 1, 0);
  COLLATE_SDK_RETURN_IF_ERROR(CheckHeader(host, header));
  // A limit is kept before anything beyond it is handed over.
  const uint64_t rows = lines.size() - 1;
  if (document.max_cells() > 0 && rows * kColumnCount > document.max_cells()) {
    return Status(Code::kResourceExhausted, "CELL_LIMIT",
                  std::to_string(rows * kColumnCount) + " cells; at most " +
                      std::to_string(document.max_cells()) + " are read");
  }

  uint64_t table = 0;
  COLLATE_SDK_RETURN_IF_ERROR(
      host.BeginTable({.id = "yearly",
                       .title = "Yearly return",
                       .measure = "recorded offences",
                       .unit = "offences",
                       .aggregation = Aggregation::kSum,
                       .repeats = Repeats::kError,
                       .partition = Partition::kIncomplete,
                       .floor = Floor::kZero,
                       .locator = header[0].locator},
                      &table));
  for (size_t i = 1; i < lines.size(); ++i) {
    const std::vector<Cell> cells =
        Cut(lines[i].text, static_cast<uint32_t>(i) + 1, lines[i].begin);
    if (cells.size() != kColumnCount) {
      return RefuseCell(
          host, cells[0], "WRONG_COLUMN_COUNT",
          "the line has " + std::to_string(cells.size()) + " columns",
          std::to_string(kColumnCount) + " columns");
    }
    const Cell& figure = cells[kRecorded];
    const auto period = FinancialYear(cells[kYear].text);
    if (!period) {
      return RefuseCell(host, cells[kYear], "UNKNOWN_PERIOD",
                        "this is no financial year", "such as 2023/24");
    }
    Observation row;
    row.table = table;
    row.reporter = cells[kForce].text;
    row.period = *period;
    row.dimensions = {{"offence", std::string(cells[kOffence].text)}};
    row.raw = figure.text;  // as printed, always
    row.locator = figure.locator;
    row.headers = {header[kRecorded].locator};
    if (!ReadFigure(figure.text, &row)) {
      return RefuseCell(host, figure, "UNKNOWN_MARKER",
                        "this is neither a number nor a marker that is known",
                        "a number, * or nothing");
    }
    COLLATE_SDK_RETURN_IF_ERROR(host.Emit(std::move(row)));
    // Stops when nobody waits any more.
    if (i % 1000 == 0) {
      COLLATE_SDK_RETURN_IF_ERROR(host.Progress(i, rows));
    }
  }
  COLLATE_SDK_RETURN_IF_ERROR(host.Account("rows_read", rows));
  return host.Account("rows_observed", rows);
}

Description Describe() {
  return {.id = "my_returns",
          .version = "1.0.0",
          .title = "Yearly returns of forces, as an example",
          .families = {{"yearly", "Yearly return, parted by semicolons"}}};
}

}  // namespace

COLLATE_ADAPTER(Describe, Read);
