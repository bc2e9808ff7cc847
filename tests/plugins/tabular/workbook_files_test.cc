// Publishers' workbooks: every one is read, and what others counted in them by
// other means is found again.

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <algorithm>
#include <charconv>
#include <chrono>
#include <cstdlib>
#include <filesystem>
#include <iostream>

#include "tests/plugins/tabular/workbook_testing.h"
#include "tests/testing/paths.h"

namespace collate::tabular {
namespace {

namespace fs = std::filesystem;
using ::testing::ElementsAre;
using ::testing::Pair;

WorkbookRead ReadPath(const std::string& path) {
  return ReadWorkbook(testing::ReadFile(path));
}

const SheetRead* SheetOf(const WorkbookRead& read, const std::string& name) {
  for (const SheetRead& sheet : read.sheets) {
    if (sheet.name == name) return &sheet;
  }
  ADD_FAILURE() << "no sheet " << name;
  return nullptr;
}

template <typename Condition>
int64_t CountCells(const WorkbookRead& read, Condition condition) {
  int64_t count = 0;
  for (const SheetRead& sheet : read.sheets) {
    count += std::count_if(
        sheet.cells.begin(), sheet.cells.end(),
        [&](const auto& named) { return condition(named.second); });
  }
  return count;
}

TEST(WorkbookFilesTest, EveryPublishersWorkbookIsReadWhole) {
  COLLATE_SHARED_FILE(root, "");
  int seen = 0;
  uint64_t rows = 0, cells = 0, inflated = 0;
  const auto begin = std::chrono::steady_clock::now();
  for (const auto& entry : fs::recursive_directory_iterator(root)) {
    const std::string extension = entry.path().extension().string();
    if (extension != ".xlsx" && extension != ".ods") continue;
    if (entry.path().string().find("/hostile/") != std::string::npos) continue;
    ++seen;
    const std::string bytes = testing::ReadFile(entry.path().string());
    MemorySource source(bytes);
    EXPECT_EQ(DetectWorkbook(source),
              extension == ".ods" ? WorkbookKind::kOds : WorkbookKind::kXlsx)
        << entry.path();
    const WorkbookRead read = ReadWorkbook(bytes);
    EXPECT_EQ(read.reason(), "OK")
        << entry.path() << ": " << read.error().message;
    EXPECT_GT(read.cells, 0u) << entry.path();
    for (const SheetRead& sheet : read.sheets) {
      EXPECT_EQ(sheet.ended, 1) << entry.path() << " " << sheet.name;
    }
    rows += read.rows;
    cells += read.cells;
    inflated += read.bytes;
  }
  const double seconds =
      std::chrono::duration<double>(std::chrono::steady_clock::now() - begin)
          .count();
  std::cout << seen << " workbooks, " << rows << " rows, " << cells
            << " cells, " << inflated / 1000 << " kB inflated, "
            << static_cast<int64_t>(seconds * 1000) << " ms\n";
  EXPECT_GE(seen, 24);
}

struct OnsCase {
  const char* file;
  uint64_t superscript_runs;
  size_t sheets;
  const char* sexual_offences;  // of England and Wales, table P1 column K

  // Names of tests hold it: nothing in it may differ between two runs.
  friend void PrintTo(const OnsCase& one, std::ostream* out) {
    *out << one.file;
  }
};

class OnsWorkbookTest : public ::testing::TestWithParam<OnsCase> {};

TEST_P(OnsWorkbookTest, NotesAreKeptApartAndFiguresAreThose) {
  COLLATE_SHARED_FILE(
      path, std::string("police/policeforceareatables") + GetParam().file);
  const WorkbookRead read = ReadPath(path);
  ASSERT_EQ(read.reason(), "OK") << read.error().message;
  EXPECT_EQ(read.Found("SUPERSCRIPT_APART"), GetParam().superscript_runs);
  EXPECT_GT(read.Found("EXTERNAL_LINKS_IGNORED"), 0u);
  ASSERT_EQ(read.sheets.size(), GetParam().sheets);
  for (const SheetRead& sheet : read.sheets) {
    EXPECT_FALSE(sheet.hidden) << sheet.name;
    if (sheet.name.substr(0, 5) == "Table") {
      EXPECT_GT(sheet.merges.size(), 0u) << sheet.name;
    }
  }
  EXPECT_EQ(CountCells(read, [](const SheetCell& c) { return c.formula; }), 0);
  EXPECT_EQ(CountCells(read, [](const SheetCell& c) { return c.hidden; }), 0);

  const SheetRead* p1 = SheetOf(read, "Table P1");
  ASSERT_NE(p1, nullptr);
  int codes = 0, marked_names = 0;
  for (const auto& [name, cell] : p1->cells) {
    // Codes begin with a letter of their country; titles and notes do not go
    // on with a digit, or begin with one.
    if (name[0] != 'A' || cell.text.size() < 3 || cell.text[0] < 'A' ||
        cell.text[1] < '0' || cell.text[1] > '9') {
      continue;
    }
    ++codes;
    EXPECT_EQ(cell.text.size(), 9u) << name << " " << cell.text;
    const std::string row = name.substr(1);
    const SheetCell& area = p1->cells.at("B" + row);
    EXPECT_FALSE(area.text.back() >= '0' && area.text.back() <= '9')
        << "a note's digit in " << area.text;
    marked_names += !area.superscript.empty();
    if (cell.text == "K04000001") {
      EXPECT_EQ(area.text, "ENGLAND AND WALES");
      EXPECT_EQ(p1->cells.at("K" + row).value, GetParam().sexual_offences);
    }
  }
  EXPECT_EQ(codes, 55);
  EXPECT_GT(marked_names, 0);
}

INSTANTIATE_TEST_SUITE_P(
    Editions, OnsWorkbookTest,
    ::testing::Values(OnsCase{"yearendingmarch2018v2.xlsx", 67, 11, "150463"},
                      OnsCase{"yearendingsep18corrected.xlsx", 41, 7, "158162"},
                      OnsCase{"yearendingdecember2018.xlsx", 48, 6, "159740"},
                      OnsCase{"yearendingjune2019.xlsx", 50, 6, "163076"}));

TEST(WorkbookFilesTest, WorkforceTablesShowLessThanTheyHold) {
  COLLATE_SHARED_FILE(path, "police/police-workforce-sep19-tables.ods");
  const WorkbookRead read = ReadPath(path);
  ASSERT_EQ(read.reason(), "OK") << read.error().message;
  EXPECT_EQ(read.sheets.size(), 14u);
  int64_t numbers = 0, differ = 0;
  for (const SheetRead& sheet : read.sheets) {
    for (const auto& [name, cell] : sheet.cells) {
      if (cell.kind != CellKind::kNumber) continue;
      ++numbers;
      std::string shown = cell.text;
      std::erase(shown, ',');
      differ += std::strtod(shown.c_str(), nullptr) !=
                std::strtod(cell.value.c_str(), nullptr);
    }
  }
  EXPECT_EQ(numbers, 3787);
  EXPECT_EQ(differ, 2363);
  const auto shows = [&](const char* text) {
    return CountCells(read, [&](const SheetCell& cell) {
      return cell.kind == CellKind::kText && cell.text == text;
    });
  };
  EXPECT_EQ(shows(".."), 156);
  EXPECT_EQ(shows("*"), 2);
  // A few rows and columns stand for the 17 thousand million of the repeats.
  EXPECT_LT(read.cells, 6000u);
  const SheetRead* table = SheetOf(read, "Table_1");
  ASSERT_NE(table, nullptr);
  EXPECT_EQ(table->cells.at("B7").text, "5,517");
  EXPECT_EQ(table->cells.at("B7").value.substr(0, 7), "5516.65");
}

TEST(WorkbookFilesTest, HiddenRowsAndColumnsAreReadAndMarked) {
  COLLATE_SHARED_FILE(
      path, "foi/dev/bbc-social-care-crisis/Social care in crisis.xlsx");
  const WorkbookRead read = ReadPath(path);
  ASSERT_EQ(read.reason(), "OK") << read.error().message;
  ASSERT_EQ(read.sheets.size(), 3u);
  EXPECT_EQ(read.sheets[1].merges.size(), 2u);
  EXPECT_EQ(read.sheets[2].merges.size(), 2u);
  const SheetRead& sheet = read.sheets[2];
  int hidden_rows = 0, hidden_columns = 0;
  std::map<std::string, int> sent;
  for (const uint32_t row : sheet.rows) {
    const auto first = sheet.cells.find("A" + std::to_string(row));
    hidden_rows += first != sheet.cells.end() && first->second.hidden;
  }
  for (const char* column :
       {"A", "C", "D", "E", "F", "G", "H", "I", "J", "K", "L", "M", "P"}) {
    // The header's row is not hidden, so what is hidden in it is a column.
    const auto header = sheet.cells.find(column + std::string("2"));
    hidden_columns += header != sheet.cells.end() && header->second.hidden;
  }
  for (const auto& [name, cell] : sheet.cells) {
    if (cell.kind == CellKind::kDate) ++sent[cell.value];
    if (cell.text == "13/03/2023") ++sent[cell.text];
  }
  EXPECT_EQ(hidden_rows, 88);
  EXPECT_EQ(hidden_columns, 8);
  EXPECT_THAT(sent, ElementsAre(Pair("13/03/2023", 5), Pair("2023-06-03", 53),
                                Pair("2023-07-03", 130)));
}

TEST(WorkbookFilesTest, MergesAreAllFound) {
  COLLATE_SHARED_FILE(
      path, "foi/dev/bbc-child-speech/pupil-census-supplementary-2017.xlsx");
  const WorkbookRead read = ReadPath(path);
  ASSERT_EQ(read.reason(), "OK") << read.error().message;
  EXPECT_EQ(read.sheets.size(), 113u);
  size_t merges = 0;
  for (const SheetRead& sheet : read.sheets) merges += sheet.merges.size();
  EXPECT_EQ(merges, 299u);
  EXPECT_EQ(SheetOf(read, "Contents")->merges.size(), 120u);
}

TEST(WorkbookFilesTest, UseOfForceTablesKeepSpacesMergesAndMarks) {
  COLLATE_SHARED_FILE(
      path,
      "foi/dev/resistancelab/"
      "police-use-of-force-apr2017-mar2018-hosb3018-tables.ods");
  const WorkbookRead read = ReadPath(path);
  ASSERT_EQ(read.reason(), "OK") << read.error().message;
  size_t merges = 0;
  for (const SheetRead& sheet : read.sheets) merges += sheet.merges.size();
  EXPECT_EQ(merges, 29u);
  const auto trailing = [&](const char* name) {
    const SheetRead* sheet = SheetOf(read, name);
    int labels = 0;
    for (const auto& [cell, held] : sheet->cells) {
      labels += held.kind == CellKind::kText && !held.text.empty() &&
                held.text.back() == ' ';
    }
    return labels;
  };
  EXPECT_EQ(trailing("Table_12"), 9);
  EXPECT_EQ(trailing("Table_13"), 11);
  EXPECT_EQ(trailing("Table_14"), 11);
  // R for revised stands above the line, alone in its cell.
  const SheetRead* flags = SheetOf(read, "Table_15");
  EXPECT_EQ(std::count_if(flags->cells.begin(), flags->cells.end(),
                          [](const auto& named) {
                            return named.second.superscript == "R" &&
                                   named.second.text.empty();
                          }),
            58);
}

TEST(WorkbookFilesTest, FormulasGiveWhatTheyLastGave) {
  COLLATE_SHARED_FILE(path, "foi/dev/bbc-train-emergency-alarms/RDG data.xlsx");
  const WorkbookRead read = ReadPath(path);
  ASSERT_EQ(read.reason(), "OK") << read.error().message;
  EXPECT_EQ(CountCells(read,
                       [](const SheetCell& cell) {
                         return cell.formula && cell.kind == CellKind::kNumber;
                       }),
            2);
}

TEST(WorkbookFilesTest, ANotesDigitIsNoDigitOfTheFigure) {
  COLLATE_SHARED_FILE(path, "foi/dev/unpivotr/worked-examples.xlsx");
  const WorkbookRead read = ReadPath(path);
  ASSERT_EQ(read.reason(), "OK") << read.error().message;
  const SheetRead* sheet = SheetOf(read, "superscript symbols");
  ASSERT_NE(sheet, nullptr);
  EXPECT_EQ(sheet->cells.at("B2").text, "9");
  EXPECT_EQ(sheet->cells.at("B2").superscript, "1");
  for (const char* pivot :
       {"pivot-repeated-headers", "pivot-header-within-data"}) {
    const SheetRead* one = SheetOf(read, pivot);
    EXPECT_EQ(
        std::count_if(one->cells.begin(), one->cells.end(),
                      [](const auto& named) { return named.second.formula; }),
        48)
        << pivot;
  }
}

TEST(WorkbookFilesTest, OneTableInTwoFormatsHasOneSetOfDates) {
  COLLATE_SHARED_FILE(xlsx, "foi/dev/tidychef-fixtures/dates-times.xlsx");
  COLLATE_SHARED_FILE(ods, "foi/dev/tidychef-fixtures/dates-times.ods");
  const WorkbookRead a = ReadPath(xlsx);
  const WorkbookRead b = ReadPath(ods);
  ASSERT_EQ(a.reason(), "OK");
  ASSERT_EQ(b.reason(), "OK");
  for (const char* cell : {"A2", "A3", "A4", "A5"}) {
    EXPECT_EQ(a.At(cell).kind, CellKind::kDate);
    EXPECT_EQ(a.At(cell).value, b.At(cell).value) << cell;
  }
  EXPECT_EQ(a.At("A2").value, "2023-01-11");
}

TEST(WorkbookFilesTest, DaysAreThoseThatTheSheetItselfSpellsOut) {
  for (const char* file :
       {"1904_1900.xlsx", "1904_1900.ods", "1904_1904.xlsx", "1904_1904.ods"}) {
    COLLATE_SHARED_FILE(path, std::string("hostile/sheetjs/") + file);
    const WorkbookRead read = ReadPath(path);
    ASSERT_EQ(read.reason(), "OK") << file;
    for (int row = 1; row <= 5; ++row) {
      const std::string number = std::to_string(row);
      EXPECT_EQ(read.At("B" + number).kind, CellKind::kDate) << file;
      EXPECT_EQ(read.At("B" + number).value, read.At("C" + number).text)
          << file << " row " << row;
    }
  }
}

}  // namespace
}  // namespace collate::tabular
