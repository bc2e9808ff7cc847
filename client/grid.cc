#include "client/grid.h"

#include <algorithm>
#include <cstddef>

#include "absl/strings/str_cat.h"
#include "absl/strings/string_view.h"
#include "client/words.h"

namespace collate::client {
namespace {

// Columns on a terminal, counting one for each code point: right for the
// scripts in which publishers name forces and platforms.
size_t Width(absl::string_view text) {
  return static_cast<size_t>(std::count_if(
      text.begin(), text.end(), [](char c) { return (c & '\xC0') != '\x80'; }));
}

bool IsNumber(const Value& value) {
  return std::holds_alternative<int64_t>(value) ||
         std::holds_alternative<Decimal>(value);
}

std::string TableText(const Value& value) {
  if (const auto* number = std::get_if<int64_t>(&value)) {
    return GroupedInteger(*number);
  }
  if (const auto* decimal = std::get_if<Decimal>(&value)) {
    return GroupedDecimal(decimal->text);
  }
  if (const auto* text = std::get_if<std::string>(&value)) {
    return Printable(*text);
  }
  return "";
}

std::string CsvText(const Value& value) {
  if (const auto* number = std::get_if<int64_t>(&value)) {
    return absl::StrCat(*number);
  }
  if (const auto* decimal = std::get_if<Decimal>(&value)) return decimal->text;
  const auto* text = std::get_if<std::string>(&value);
  if (text == nullptr || text->empty()) return "";
  constexpr absl::string_view kFormulaStarts = "=+-@\t\r";
  std::string field;
  if (kFormulaStarts.find(text->front()) != absl::string_view::npos) {
    field = "'";
  }
  field += *text;
  if (field.find_first_of(",\"\r\n") == std::string::npos) return field;
  std::string quoted = "\"";
  for (const char c : field) {
    if (c == '"') quoted += '"';
    quoted += c;
  }
  return quoted + "\"";
}

}  // namespace

std::string RenderTable(const Grid& grid) {
  const size_t columns = grid.columns.size();
  std::vector<size_t> widths(columns);
  // A column with any number is set to the right, its words too.
  std::vector<bool> right(columns, false);
  for (size_t i = 0; i < columns; ++i) {
    widths[i] = Width(grid.columns[i].heading);
  }
  std::vector<std::vector<std::string>> texts;
  texts.reserve(grid.rows.size());
  for (const std::vector<Value>& row : grid.rows) {
    std::vector<std::string>& line = texts.emplace_back();
    for (size_t i = 0; i < columns; ++i) {
      line.push_back(TableText(row[i]));
      widths[i] = std::max(widths[i], Width(line.back()));
      if (IsNumber(row[i])) right[i] = true;
    }
  }

  std::string out;
  const auto append = [&](size_t i, absl::string_view text, std::string& line) {
    const std::string space(widths[i] - Width(text), ' ');
    absl::StrAppend(&line, i == 0 ? "" : "  ", right[i] ? space : "", text,
                    right[i] ? "" : space);
  };
  const auto finish = [&](std::string& line) {
    line.erase(line.find_last_not_of(' ') + 1);
    absl::StrAppend(&out, line, "\n");
  };
  std::string heading;
  std::string rule;
  for (size_t i = 0; i < columns; ++i) {
    append(i, grid.columns[i].heading, heading);
    append(i, std::string(widths[i], '-'), rule);
  }
  finish(heading);
  finish(rule);
  for (const std::vector<std::string>& texts_of_row : texts) {
    std::string line;
    for (size_t i = 0; i < columns; ++i) append(i, texts_of_row[i], line);
    finish(line);
  }
  return out;
}

std::string RenderCsv(const Grid& grid, bool with_header) {
  std::string out;
  if (with_header) {
    for (size_t i = 0; i < grid.columns.size(); ++i) {
      absl::StrAppend(&out, i == 0 ? "" : ",", CsvText(grid.columns[i].name));
    }
    out += '\n';
  }
  for (const std::vector<Value>& row : grid.rows) {
    for (size_t i = 0; i < row.size(); ++i) {
      absl::StrAppend(&out, i == 0 ? "" : ",", CsvText(row[i]));
    }
    out += '\n';
  }
  return out;
}

}  // namespace collate::client
