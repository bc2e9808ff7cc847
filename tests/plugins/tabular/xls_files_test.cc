// Publishers' .xls workbooks, and one made here with everything in it, compared
// cell by cell with a reader that is not ours (xlrd), and with the same tables
// in other formats.

#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <sys/wait.h>

#include <algorithm>
#include <cstdio>
#include <cstdlib>
#include <filesystem>
#include <iostream>
#include <sstream>
#include <vector>

#include "tests/plugins/tabular/xls_testing.h"
#include "tests/testing/paths.h"
#include "tests/testing/temp_dir.h"

namespace collate::tabular {
namespace {

namespace fs = std::filesystem;
using ::testing::ElementsAreArray;

constexpr int kNotInstalled = 77;

// The lines that xlrd_cells.py prints of a file.
int ReadWithXlrd(const std::string& path, std::vector<std::string>* lines) {
  // Debian's Python, because only that one has Debian's xlrd.
  const std::string command =
      "/usr/bin/python3 -B '" +
      testing::SourcePath("tests/plugins/tabular/xlrd_cells.py") + "' '" +
      path + "'";
  FILE* pipe = popen(command.c_str(), "r");
  if (pipe == nullptr) return -1;
  std::string out;
  char buffer[65536];
  for (size_t n; (n = fread(buffer, 1, sizeof buffer, pipe)) > 0;) {
    out.append(buffer, n);
  }
  const int status = pclose(pipe);
  std::istringstream in(out);
  for (std::string line; std::getline(in, line);) lines->push_back(line);
  return WIFEXITED(status) ? WEXITSTATUS(status) : -1;
}

std::string Escaped(std::string_view text) {
  std::string out;
  for (const char c : text) {
    if (c == '\\') {
      out += "\\\\";
    } else if (c == '\n') {
      out += "\\n";
    } else if (c == '\t') {
      out += "\\t";
    } else if (c == '\r') {
      out += "\\r";
    } else {
      out += c;
    }
  }
  return out;
}

// The same lines, of what is read here.
class LineSink : public GridSink {
 public:
  explicit LineSink(std::vector<std::string>* lines) : lines_(lines) {}

  Status OnRow(const Row& row) override {
    for (const Cell& cell : row.cells) {
      std::string said;
      char number[64];
      switch (cell.kind) {
        case CellKind::kText:
          said = "text\t" + Escaped(cell.text);
          break;
        case CellKind::kNumber:
          std::snprintf(number, sizeof number, "%.17g",
                        std::strtod(std::string(cell.value).c_str(), nullptr));
          said = std::string("number\t") + number;
          break;
        case CellKind::kDate:
          said = "date\t" + std::string(cell.value);
          break;
        case CellKind::kBoolean:
          said = "boolean\t" + std::string(cell.value);
          break;
        case CellKind::kError:
          said = "error\t" + std::string(cell.value);
          break;
        case CellKind::kEmpty:
          continue;
      }
      ++cells;
      lines_->push_back("cell\t" +
                        CellName(cell.locator.row, cell.locator.column) + "\t" +
                        said + (cell.hidden ? "\thidden" : "\tshown"));
    }
    return OkStatus();
  }
  uint64_t cells = 0;

 private:
  std::vector<std::string>* lines_;
};

Status ReadHere(const std::string& bytes, std::vector<std::string>* lines,
                uint64_t* cells) {
  MemorySource source(bytes);
  Budget budget;
  std::unique_ptr<Workbook> workbook;
  COLLATE_TABULAR_RETURN_IF_ERROR(
      Workbook::Open(source, {.part = "book"}, budget, &workbook));
  for (const SheetInfo& sheet : workbook->sheets()) {
    lines->push_back("sheet\t" + Escaped(sheet.name) + "\t" +
                     (sheet.very_hidden ? "2"
                      : sheet.hidden    ? "1"
                                        : "0"));
    std::vector<Merge> merges;
    COLLATE_TABULAR_RETURN_IF_ERROR(workbook->ReadMerges(sheet.index, &merges));
    for (const Merge& merge : merges) {
      lines->push_back("merge\t" + CellName(merge.row, merge.column) + "\t" +
                       CellName(merge.row_end, merge.column_end));
    }
    LineSink sink(lines);
    COLLATE_TABULAR_RETURN_IF_ERROR(workbook->ReadSheet(sheet.index, sink));
    *cells += sink.cells;
  }
  return OkStatus();
}

// How many cells there were; 0 after a failure, and when xlrd is not there.
uint64_t CompareWithXlrd(const std::string& path, bool* installed) {
  std::vector<std::string> theirs, ours;
  const int exit = ReadWithXlrd(path, &theirs);
  *installed = exit != kNotInstalled;
  if (!*installed) return 0;
  EXPECT_EQ(exit, 0) << path;
  uint64_t cells = 0;
  const Status status = ReadHere(testing::ReadFile(path), &ours, &cells);
  EXPECT_TRUE(status.ok()) << path << " " << status.error().message;
  EXPECT_THAT(ours, ElementsAreArray(theirs)) << path;
  return cells;
}

TEST(XlsFilesTest, EveryCellOfEveryFileIsWhatXlrdReads) {
  COLLATE_SHARED_FILE(root, "");
  int files = 0;
  uint64_t cells = 0;
  for (const auto& entry : fs::recursive_directory_iterator(root)) {
    if (entry.path().extension() != ".xls") continue;
    bool installed = true;
    const uint64_t read = CompareWithXlrd(entry.path().string(), &installed);
    if (!installed) GTEST_SKIP() << "python3-xlrd is not installed";
    EXPECT_GT(read, 0u) << entry.path();
    cells += read;
    ++files;
  }
  std::cout << files << " .xls workbooks, " << cells << " cells\n";
  EXPECT_GE(files, 4);
}

// Synthetic: what the publishers' few files do not have.
TEST(XlsFilesTest, EveryKindOfRecordIsWhatXlrdReads) {
  const testing::TempDir dir;
  std::string globals = XlsRecordOf(0x0022, Words({0}));
  for (int i = 0; i < 5; ++i) globals += XlsFont();
  globals += XlsFormat(164, "dd/mm/yyyy hh:mm");
  for (int i = 0; i < 16; ++i) globals += XlsStyle(0, 0);
  globals += XlsStyle(0, 14) + XlsStyle(0, 164) + XlsStyle(0, 21);
  std::string body;
  std::vector<std::string> strings;
  std::string cells = XlsRecordOf(0x007D, Words({3, 4, 0, 0, 1}));
  for (uint64_t row = 0; row < 400; ++row) {
    cells += XlsRow(row, row % 7 == 3);
  }
  for (uint64_t row = 0; row < 400; ++row) {
    strings.push_back(row % 3 == 0 ? XlsWide(u"\u0141\u00F3d\u017A \U0001F600")
                                   : XlsText("Force " + std::to_string(row)));
    cells += XlsLabelSst(row, 0, row, 15);
    cells += XlsMulRk(row, 1,
                      {static_cast<uint32_t>(row) << 2 | 2,
                       static_cast<uint32_t>(row * 7) << 2 | 3, 0x40490000},
                      15);
    cells += XlsNumber(row, 4, static_cast<double>(row) / 3 - 40, 15);
    cells += XlsNumber(row, 5, 40000.0 + static_cast<double>(row), 16);
    cells += XlsNumber(row, 6, 40000.25 + static_cast<double>(row), 17);
    cells += XlsNumber(row, 7, 1 / (static_cast<double>(row) + 2), 18);
    cells += XlsBoolErr(row, 8, row % 2 == 0, false, 15);
    cells += XlsBoolErr(row, 9, 0x2A, true, 15);
    cells += XlsFormula(row, 10, Doubled(static_cast<double>(row) * 1.5), 15);
    cells += XlsFormula(row, 11, XlsResult(0), 15) +
             XlsRecordOf(0x0207, XlsText("of " + std::to_string(row)));
    cells += XlsFormula(row, 12, XlsResult(1, 1), 15);
    cells += XlsFormula(row, 13, XlsResult(2, 0x07), 15);
    cells += XlsLabel(row, 14, XlsText("in the cell"), 15);
    cells += XlsBlank(row, 15, 15);
  }
  cells += XlsRecordOf(0x00E5, Words({2, 0, 1, 0, 0, 4, 4, 1, 3}));
  // The list in records that end wherever they are full, between strings and
  // inside them.
  std::string sst;
  PutLittle(&sst, strings.size(), 4);
  PutLittle(&sst, strings.size(), 4);
  std::string list;
  uint16_t type = 0x00FC;
  for (size_t i = 0; i < strings.size(); ++i) {
    if (i % 50 == 49) {
      const size_t cut = 3 + (i % 4) * 2;
      sst += strings[i].substr(0, cut);
      list += XlsRecordOf(type, sst);
      type = 0x003C;
      sst = strings[i][2] + strings[i].substr(cut);
    } else {
      sst += strings[i];
    }
  }
  list += XlsRecordOf(type, sst);
  const std::string path = dir.Write(
      "made.xls", MakeXls({.sheets = {{"Made", cells},
                                      {"Hidden", XlsNumber(2, 2, 5, 15), 1},
                                      {"Deep", XlsNumber(0, 255, 6, 15), 2}},
                           .globals = globals,
                           .strings = list}));
  bool installed = true;
  const uint64_t read = CompareWithXlrd(path, &installed);
  if (!installed) GTEST_SKIP() << "python3-xlrd is not installed";
  EXPECT_EQ(read, 400u * 15 + 2);
}

// One workbook in three formats, in either system of dates.
TEST(XlsFilesTest, TwinsHaveEqualValues) {
  for (const char* system : {"1904_1900", "1904_1904"}) {
    const std::string base = std::string("hostile/sheetjs/") + system;
    COLLATE_SHARED_FILE(xls, base + ".xls");
    COLLATE_SHARED_FILE(xlsx, base + ".xlsx");
    COLLATE_SHARED_FILE(ods, base + ".ods");
    const WorkbookRead read = ReadWorkbook(testing::ReadFile(xls));
    ASSERT_EQ(read.reason(), "OK") << read.error().message;
    ASSERT_GT(read.sheets[0].cells.size(), 10u);
    for (const std::string& path : {xlsx, ods}) {
      const WorkbookRead twin = ReadWorkbook(testing::ReadFile(path));
      ASSERT_EQ(twin.reason(), "OK") << path;
      ASSERT_EQ(read.sheets.size(), twin.sheets.size()) << path;
      for (size_t i = 0; i < read.sheets.size(); ++i) {
        ASSERT_EQ(read.sheets[i].cells.size(), twin.sheets[i].cells.size());
        for (const auto& [name, cell] : read.sheets[i].cells) {
          const SheetCell& other = twin.At(name, i);
          EXPECT_EQ(cell.kind, other.kind) << path << " " << name;
          EXPECT_EQ(cell.value, other.value) << path << " " << name;
          EXPECT_EQ(cell.formula, other.formula) << path << " " << name;
          if (cell.kind == CellKind::kText) {
            EXPECT_EQ(cell.text, other.text);
          }
        }
      }
    }
    for (int row = 1; row <= 5; ++row) {
      const std::string number = std::to_string(row);
      EXPECT_EQ(read.At("B" + number).value, read.At("C" + number).text)
          << "the day that the sheet itself spells out";
    }
  }
}

TEST(XlsFilesTest, OneTableInThreeFormatsHasOneSetOfDates) {
  COLLATE_SHARED_FILE(xls, "foi/dev/tidychef-fixtures/dates-times.xls");
  COLLATE_SHARED_FILE(xlsx, "foi/dev/tidychef-fixtures/dates-times.xlsx");
  const WorkbookRead a = ReadWorkbook(testing::ReadFile(xls));
  const WorkbookRead b = ReadWorkbook(testing::ReadFile(xlsx));
  ASSERT_EQ(a.reason(), "OK") << a.error().message;
  for (const char* cell : {"A2", "A3", "A4", "A5"}) {
    EXPECT_EQ(a.At(cell).kind, CellKind::kDate);
    EXPECT_EQ(a.At(cell).value, b.At(cell).value) << cell;
  }
}

}  // namespace
}  // namespace collate::tabular
