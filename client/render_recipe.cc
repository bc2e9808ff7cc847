#include "client/render_recipe.h"

#include <algorithm>
#include <cstdint>
#include <map>
#include <utility>

#include "absl/strings/numbers.h"
#include "absl/strings/str_cat.h"
#include "client/grid.h"
#include "client/words.h"

namespace collate::client {
namespace {

// Characters of a cell that are shown, and rows of a sheet before only those
// with a cell left over are.
constexpr size_t kWidth = 22;
constexpr size_t kRows = 200;

struct Cell {
  int64_t row = 0;
  int64_t column = 0;
  std::string text;
  std::string role;
  std::string rule;
};

struct SheetCells {
  std::string name;
  std::vector<Cell> cells;
};

int64_t Number(const std::string& text) {
  int64_t number = 0;
  return absl::SimpleAtoi(text, &number) ? number : 0;
}

// In the order of the file.
std::vector<SheetCells> SheetsOf(const RecipeTrial& trial) {
  std::vector<SheetCells> sheets;
  const auto records = CsvRecords(trial.cells);
  for (size_t i = 1; i < records.size(); ++i) {
    const std::vector<std::string>& record = records[i];
    if (record.size() != 6) continue;
    if (sheets.empty() || sheets.back().name != record[0]) {
      sheets.push_back({record[0], {}});
    }
    sheets.back().cells.push_back({Number(record[1]), Number(record[2]),
                                   record[3], record[4], record[5]});
  }
  return sheets;
}

char LetterOf(absl::string_view role) {
  if (role == "leftover") return '!';
  return role.empty() ? '?' : role[0];
}

absl::string_view ColourOf(absl::string_view role) {
  if (role == "observation") return "\x1b[32m";
  if (role == "header") return "\x1b[36m";
  if (role == "total") return "\x1b[35m";
  if (role == "leftover") return "\x1b[1;31m";
  return "\x1b[2m";
}

std::string ColumnName(int64_t column) {
  std::string name;
  for (; column > 0; column = (column - 1) / 26) {
    name.insert(name.begin(), static_cast<char>('A' + (column - 1) % 26));
  }
  return name;
}

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

std::string GridOf(const SheetCells& sheet, bool colour) {
  std::map<int64_t, size_t> widths;
  std::map<int64_t, std::map<int64_t, const Cell*>> rows;
  for (const Cell& cell : sheet.cells) rows[cell.row][cell.column] = &cell;
  size_t shown = 0;
  size_t hidden = 0;
  for (auto it = rows.begin(); it != rows.end();) {
    const bool left = std::any_of(
        it->second.begin(), it->second.end(),
        [](const auto& entry) { return entry.second->role == "leftover"; });
    if (shown >= kRows && !left) {
      ++hidden;
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
      const std::string text =
          absl::StrCat(std::string(1, LetterOf(cell->second->role)), " ",
                       Shortened(cell->second->text));
      if (colour) absl::StrAppend(&out, ColourOf(cell->second->role));
      out += text;
      if (colour) out += "\x1b[0m";
      out += std::string(width + 2 - Length(text), ' ');
    }
  }
  while (out.ends_with(' ')) out.pop_back();
  out += '\n';
  if (hidden > 0) {
    absl::StrAppend(&out, "       and ", hidden,
                    " more rows without a cell left over\n");
  }
  return out;
}

std::string Sheet(const SheetCells& sheet, bool colour) {
  std::map<std::string, int64_t> roles;
  for (const Cell& cell : sheet.cells) ++roles[cell.role];
  std::string out = sheet.name.empty()
                        ? "Text"
                        : absl::StrCat("Sheet ", Printable(sheet.name));
  std::string counts;
  for (const auto& [role, count] : roles) {
    absl::StrAppend(&counts, counts.empty() ? ": " : ", ",
                    GroupedInteger(count), " ", Printable(role));
  }
  absl::StrAppend(&out, counts);
  const bool all_ignored = roles.size() == 1 && roles.contains("ignored");
  if (all_ignored) {
    return absl::StrCat(out, " (", Printable(sheet.cells[0].rule), ")\n");
  }
  return absl::StrCat(out, "\n", GridOf(sheet, colour), "\n");
}

std::string Checks(const RecipeTrial& trial) {
  const auto records = CsvRecords(trial.checks);
  int64_t holds = 0;
  std::string others;
  for (size_t i = 1; i < records.size(); ++i) {
    const std::vector<std::string>& r = records[i];
    if (r.size() != 8) continue;
    if (r[7] == "HOLDS") {
      ++holds;
      continue;
    }
    absl::StrAppend(&others, "  ", r[7] == "FAILS" ? "fails" : "not proved",
                    "  ", Printable(r[0]), ", ", Printable(r[1]), " at ",
                    Printable(r[2]), r[2].empty() ? "" : " ",
                    ColumnName(Number(r[4])), r[3], ": parts come to ",
                    Printable(r[5]), ", printed is ", Printable(r[6]), "\n");
  }
  if (records.size() < 2) return "Checks: none was met\n";
  return absl::StrCat("Checks: ", GroupedInteger(holds), " of ",
                      GroupedInteger(static_cast<int64_t>(records.size()) - 1),
                      " hold\n", others);
}

Grid Observations(const RecipeTrial& trial) {
  Grid grid;
  const auto records = CsvRecords(trial.observations);
  if (records.empty()) return grid;
  for (const std::string& name : records[0]) {
    grid.columns.push_back({name, name});
  }
  for (size_t i = 1; i < records.size(); ++i) {
    if (records[i].size() != grid.columns.size()) continue;
    std::vector<Value>& row = grid.rows.emplace_back();
    for (const std::string& field : records[i]) row.emplace_back(field);
  }
  return grid;
}

}  // namespace

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

int64_t LeftOver(const RecipeTrial& trial) {
  int64_t count = 0;
  for (const SheetCells& sheet : SheetsOf(trial)) {
    for (const Cell& cell : sheet.cells) count += cell.role == "leftover";
  }
  return count;
}

std::string RenderTrial(const RecipeTrial& trial, bool colour) {
  std::string out = absl::StrCat(
      Printable(trial.document),
      "\no observation  h header  n note  t total, only checked  i ignored  "
      "! left over\n\n");
  for (const SheetCells& sheet : SheetsOf(trial)) out += Sheet(sheet, colour);
  absl::StrAppend(&out, "\n", Checks(trial), "\n");
  const Grid grid = Observations(trial);
  if (grid.rows.empty()) return out + "No observation came out.\n";
  absl::StrAppend(&out, GroupedInteger(static_cast<int64_t>(grid.rows.size())),
                  " observations\n", RenderTable(grid));
  return out;
}

std::string RenderTrialCsv(const RecipeTrial& trial, bool with_header) {
  return RenderCsv(Observations(trial), with_header);
}

}  // namespace collate::client
