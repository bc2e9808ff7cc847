#include "client/render_recipe.h"

#include <algorithm>
#include <cstdint>
#include <map>
#include <utility>

#include "absl/strings/numbers.h"
#include "absl/strings/str_cat.h"
#include "client/cell_drawing.h"
#include "client/grid.h"
#include "client/words.h"

namespace collate::client {
namespace {

struct SheetCells {
  std::string name;
  std::vector<DrawnCell> cells;
  std::string first_rule;
};

// In the order of the file.
std::vector<SheetCells> SheetsOf(const RecipeTrial& trial) {
  std::vector<SheetCells> sheets;
  const auto records = CsvRecords(trial.cells);
  for (size_t i = 1; i < records.size(); ++i) {
    const std::vector<std::string>& record = records[i];
    if (record.size() != 6) continue;
    if (sheets.empty() || sheets.back().name != record[0]) {
      sheets.push_back({record[0], {}, record[5]});
    }
    sheets.back().cells.push_back(
        {CsvNumber(record[1]), CsvNumber(record[2]), record[3], record[4]});
  }
  return sheets;
}

CellStyle StyleOf(absl::string_view role) {
  if (role == "leftover") return {'!', "\x1b[1;31m", /*always=*/true};
  const char letter = role.empty() ? '?' : role[0];
  if (role == "observation") return {letter, "\x1b[32m"};
  if (role == "header") return {letter, "\x1b[36m"};
  if (role == "total") return {letter, "\x1b[35m"};
  return {letter, "\x1b[2m"};
}

std::string Sheet(const SheetCells& sheet, bool colour) {
  std::map<std::string, int64_t> roles;
  for (const DrawnCell& cell : sheet.cells) ++roles[cell.role];
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
    return absl::StrCat(out, " (", Printable(sheet.first_rule), ")\n");
  }
  const CellDrawing drawing = DrawCells(sheet.cells, StyleOf, colour);
  absl::StrAppend(&out, "\n", drawing.text);
  if (drawing.hidden_rows > 0) {
    absl::StrAppend(&out, "       and ", drawing.hidden_rows,
                    " more rows without a cell left over\n");
  }
  return out + "\n";
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
                    ColumnName(CsvNumber(r[4])), r[3], ": parts come to ",
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

int64_t LeftOver(const RecipeTrial& trial) {
  int64_t count = 0;
  for (const SheetCells& sheet : SheetsOf(trial)) {
    for (const DrawnCell& cell : sheet.cells) count += cell.role == "leftover";
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
