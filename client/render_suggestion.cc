#include "client/render_suggestion.h"

#include <algorithm>
#include <cstdint>
#include <map>
#include <set>
#include <utility>
#include <vector>

#include "absl/strings/match.h"
#include "absl/strings/numbers.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/str_split.h"
#include "absl/strings/strip.h"
#include "client/cell_drawing.h"
#include "client/words.h"

namespace collate::client {
namespace {

// Rows and columns shown on each side of a cited cell.
constexpr int64_t kCellsAround = 3;
// No role that an adapter hands over.
constexpr char kCitedRole[] = "> cited";

CellStyle SuggestedStyleOf(absl::string_view role) {
  if (role == kCitedRole) return {'>', "\x1b[1m", true};
  if (role == "figure") return {'f', "\x1b[32m"};
  if (role == "total") return {'t', "\x1b[35m"};
  if (role == "mark") return {'m', "\x1b[33m"};
  if (role == "flag") return {'g', "\x1b[33m"};
  if (role == "percent") return {'p', "\x1b[2m"};
  if (role == "header") return {'h', "\x1b[36m"};
  if (role == "label") return {'l', "\x1b[36m"};
  if (role == "note") return {'n', "\x1b[2m"};
  return {'?', "\x1b[31m"};
}

struct DrawnSheet {
  std::string name;
  std::vector<DrawnCell> cells;
  int64_t beyond = 0;
};

std::vector<DrawnSheet> SheetsOf(const Suggestion& suggestion) {
  std::vector<DrawnSheet> sheets;
  const auto records = CsvRecords(suggestion.cells);
  for (size_t i = 1; i < records.size(); ++i) {
    const std::vector<std::string>& record = records[i];
    if (record.size() != 5) continue;
    if (sheets.empty() || sheets.back().name != record[0]) {
      sheets.push_back({record[0], {}, 0});
    }
    if (record[4] == "beyond") {
      sheets.back().beyond = CsvNumber(record[3]);
      continue;
    }
    sheets.back().cells.push_back(
        {CsvNumber(record[1]), CsvNumber(record[2]), record[3], record[4]});
  }
  return sheets;
}

// What was guessed of the tables of one sheet.
std::string GuessOf(const Suggestion& suggestion, const std::string& sheet) {
  std::string out;
  std::string table;
  const auto records = CsvRecords(suggestion.guess);
  for (size_t i = 1; i < records.size(); ++i) {
    const std::vector<std::string>& record = records[i];
    if (record.size() != 5 || record[0] != sheet) continue;
    if (record[1] != table) {
      table = record[1];
      absl::StrAppend(&out, "  Table ", Printable(table), "\n");
    }
    absl::StrAppend(&out, "    ", Printable(record[2]),
                    record[3].empty() ? "" : " ", Printable(record[3]),
                    record[4].empty() ? "" : ": ", Printable(record[4]), "\n");
  }
  return out.empty() ? "  no table of figures was found\n" : out;
}

}  // namespace

void AddPart(const v1::Attachment& part, Suggestion* suggestion) {
  suggestion->document = part.document();
  if (part.name() == "suggest-cells.csv") {
    suggestion->cells += part.content();
  } else if (part.name() == "suggest-guess.csv") {
    suggestion->guess += part.content();
  } else if (part.name() == "suggested.recipe.textproto") {
    suggestion->recipe += part.content();
  }
}

std::string RenderSuggestion(const Suggestion& suggestion, bool colour) {
  std::string out = absl::StrCat(
      Printable(suggestion.document),
      ": a guess, nothing is decided\n"
      "f figure  t total  m mark  g flag  p percentage  h header  l label  "
      "n note  ? not made out\n\n");
  for (const DrawnSheet& sheet : SheetsOf(suggestion)) {
    absl::StrAppend(&out,
                    sheet.name.empty()
                        ? "Text"
                        : absl::StrCat("Sheet ", Printable(sheet.name)),
                    "\n");
    const CellDrawing drawing =
        DrawCells(sheet.cells, SuggestedStyleOf, colour);
    out += drawing.text;
    if (drawing.hidden_rows > 0) {
      absl::StrAppend(&out, "       and ", drawing.hidden_rows, " more rows\n");
    }
    if (sheet.beyond > 0) {
      absl::StrAppend(&out, "       and ", GroupedInteger(sheet.beyond),
                      " more cells beyond these\n");
    }
    absl::StrAppend(&out, GuessOf(suggestion, sheet.name), "\n");
  }
  return out;
}

std::string RenderRegion(const Suggestion& suggestion,
                         const std::vector<CitedPlace>& cited) {
  std::string out;
  std::map<std::string, std::vector<CitedPlace>> by_sheet;
  for (const CitedPlace& place : cited) by_sheet[place.sheet].push_back(place);
  std::vector<DrawnSheet> sheets = SheetsOf(suggestion);
  for (const auto& [name, places] : by_sheet) {
    absl::StrAppend(&out, "Sheet ", Printable(name), "\n");
    const auto sheet = std::find_if(
        sheets.begin(), sheets.end(),
        [&name = name](const DrawnSheet& one) { return one.name == name; });
    std::set<int64_t> header_rows;
    std::set<int64_t> label_columns;
    std::set<std::pair<int64_t, int64_t>> left;
    for (const CitedPlace& place : places)
      left.insert({place.row, place.column});
    std::vector<DrawnCell> cells;
    if (sheet != sheets.end()) {
      for (const DrawnCell& cell : sheet->cells) {
        if (cell.role == "header") header_rows.insert(cell.row);
        if (cell.role == "label") label_columns.insert(cell.column);
      }
      const auto near = [&places](int64_t at, int64_t CitedPlace::*axis) {
        return std::any_of(places.begin(), places.end(),
                           [at, axis](const CitedPlace& place) {
                             return at >= place.*axis - kCellsAround &&
                                    at <= place.*axis + kCellsAround;
                           });
      };
      for (DrawnCell& cell : sheet->cells) {
        if (!near(cell.row, &CitedPlace::row) &&
            !header_rows.contains(cell.row)) {
          continue;
        }
        if (!near(cell.column, &CitedPlace::column) &&
            !label_columns.contains(cell.column)) {
          continue;
        }
        if (left.erase({cell.row, cell.column}) > 0) cell.role = kCitedRole;
        cells.push_back(std::move(cell));
      }
    }
    if (!cells.empty()) out += DrawCells(cells, SuggestedStyleOf, false).text;
    for (const auto& [row, column] : left) {
      absl::StrAppend(&out, "       ", ColumnName(column), row,
                      " is beyond what is drawn\n");
    }
  }
  return out;
}

int64_t OpenQuestions(const Suggestion& suggestion) {
  int64_t count = 0;
  for (const absl::string_view line : absl::StrSplit(suggestion.recipe, '\n')) {
    count +=
        absl::StartsWith(absl::StripLeadingAsciiWhitespace(line), "undecided:");
  }
  return count;
}

}  // namespace collate::client
