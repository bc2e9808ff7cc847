#include "client/cell_drawing.h"

#include <algorithm>
#include <map>
#include <utility>

#include "absl/strings/numbers.h"
#include "absl/strings/str_cat.h"
#include "client/words.h"

namespace collate::client {
namespace {

// Characters of a cell, and rows.
constexpr size_t kWidth = 22;
constexpr size_t kRows = 200;

// By characters, not bytes.
size_t Length(absl::string_view text) {
  return static_cast<size_t>(std::count_if(
      text.begin(), text.end(),
      [](char c) { return (static_cast<unsigned char>(c) & 0xC0) != 0x80; }));
}

std::string Shortened(const std::string& text) {
  const std::string shown = Printable(text);
  if (Length(shown) <= kWidth) return shown;
  size_t end = 0;
  for (size_t n = 0; n < kWidth - 2; ++n) {
    ++end;
    while (end < shown.size() &&
           (static_cast<unsigned char>(shown[end]) & 0xC0) == 0x80) {
      ++end;
    }
  }
  return shown.substr(0, end) + "..";
}

}  // namespace

std::string ColumnName(int64_t column) {
  std::string name;
  for (; column > 0; column = (column - 1) / 26) {
    name.insert(name.begin(), static_cast<char>('A' + (column - 1) % 26));
  }
  return name;
}

int64_t CsvNumber(const std::string& text) {
  int64_t number = 0;
  return absl::SimpleAtoi(text, &number) ? number : 0;
}

std::vector<std::vector<std::string>> CsvRecords(absl::string_view text) {
  std::vector<std::vector<std::string>> records;
  for (size_t i = 0; i < text.size();) {
    std::vector<std::string>& record = records.emplace_back(1);
    for (bool quoted = false; i < text.size(); ++i) {
      const char c = text[i];
      if (c == '"') {
        if (quoted && i + 1 < text.size() && text[i + 1] == '"') {
          record.back() += text[i++];
        } else {
          quoted = !quoted;
        }
      } else if (c == ',' && !quoted) {
        record.emplace_back();
      } else if (c == '\n' && !quoted) {
        ++i;
        break;
      } else {
        record.back() += c;
      }
    }
  }
  return records;
}

CellDrawing DrawCells(
    const std::vector<DrawnCell>& cells,
    absl::FunctionRef<CellStyle(absl::string_view role)> style, bool colour) {
  std::map<int64_t, size_t> widths;
  std::map<int64_t, std::map<int64_t, const DrawnCell*>> rows;
  for (const DrawnCell& cell : cells) rows[cell.row][cell.column] = &cell;
  size_t shown = 0;
  CellDrawing drawing;
  for (auto it = rows.begin(); it != rows.end();) {
    const bool always = std::any_of(
        it->second.begin(), it->second.end(),
        [&](const auto& entry) { return style(entry.second->role).always; });
    if (shown >= kRows && !always) {
      ++drawing.hidden_rows;
      it = rows.erase(it);
      continue;
    }
    ++shown;
    for (const auto& [column, cell] : it->second) {
      widths[column] =
          std::max(widths[column], Length(Shortened(cell->text)) + 2);
    }
    ++it;
  }
  std::string out = "       ";
  for (const auto& [column, width] : widths) {
    const std::string name = ColumnName(column);
    absl::StrAppend(&out, name, std::string(width + 2 - name.size(), ' '));
  }
  for (const auto& [number, row] : rows) {
    while (out.ends_with(' ')) out.pop_back();
    const std::string label = absl::StrCat(number);
    absl::StrAppend(&out, "\n",
                    std::string(label.size() < 5 ? 5 - label.size() : 0, ' '),
                    label, "  ");
    for (const auto& [column, width] : widths) {
      const auto cell = row.find(column);
      if (cell == row.end()) {
        out += std::string(width + 2, ' ');
        continue;
      }
      const CellStyle as = style(cell->second->role);
      const std::string text = absl::StrCat(std::string(1, as.letter), " ",
                                            Shortened(cell->second->text));
      if (colour) absl::StrAppend(&out, as.colour);
      out += text;
      if (colour) out += "\x1b[0m";
      out += std::string(width + 2 - Length(text), ' ');
    }
  }
  while (out.ends_with(' ')) out.pop_back();
  out += '\n';
  drawing.text = std::move(out);
  return drawing;
}

}  // namespace collate::client
