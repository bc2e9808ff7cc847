// Packages that were made to harm, each read in a child process with little
// memory: it is read, or refused by the reason named here, at once and cheaply.

#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <sys/resource.h>
#include <sys/wait.h>
#include <unistd.h>
#include <zlib.h>

#include <algorithm>
#include <chrono>
#include <filesystem>
#include <iostream>
#include <map>
#include <sstream>

#include "plugins/tabular/csv.h"
#include "plugins/tabular/number.h"
#include "tests/plugins/tabular/xls_testing.h"
#include "tests/testing/paths.h"

namespace collate::tabular {
namespace {

namespace fs = std::filesystem;
using ::testing::AnyOf;
using ::testing::StartsWith;

struct Outcome {
  std::string reason = "no answer";
  uint64_t cells = 0;
  uint64_t merges = 0;
  int64_t grown_kb = 0;  // of memory, over what was there before
};

// Drops what it is given, so that memory is the reader's own.
class CountingSink : public GridSink {
 public:
  Status OnRow(const Row& row) override {
    cells += row.cells.size();
    return OkStatus();
  }
  uint64_t cells = 0;
};

Outcome ReadAll(const std::string& bytes) {
  Outcome outcome;
  rusage before = {}, after = {};
  getrusage(RUSAGE_SELF, &before);
  MemorySource source(bytes);
  Budget budget;
  std::unique_ptr<Workbook> workbook;
  const auto run = [&]() -> Status {
    COLLATE_TABULAR_RETURN_IF_ERROR(
        Workbook::Open(source, {.part = "evil"}, budget, &workbook));
    for (const SheetInfo& sheet : workbook->sheets()) {
      CountingSink sink;
      std::vector<Merge> merges;
      Status status = workbook->ReadSheet(sheet.index, sink);
      outcome.cells += sink.cells;
      COLLATE_TABULAR_RETURN_IF_ERROR(std::move(status));
      COLLATE_TABULAR_RETURN_IF_ERROR(
          workbook->ReadMerges(sheet.index, &merges));
      outcome.merges += merges.size();
    }
    return OkStatus();
  };
  const Status status = run();
  outcome.reason = status.ok() ? "OK" : status.error().reason;
  if (!status.ok() &&
      (status.error().message.empty() || status.error().part != "evil")) {
    outcome.reason += " without its place";
  }
  getrusage(RUSAGE_SELF, &after);
  outcome.grown_kb = after.ru_maxrss - before.ru_maxrss;
  return outcome;
}

// In a child of 512 MiB and 10 s, which this process only waits for.
Outcome ReadInChild(const std::string& bytes) {
  Outcome outcome;
  int ends[2];
  if (pipe(ends) != 0) return outcome;
  const pid_t child = fork();
  if (child < 0) return outcome;
  if (child == 0) {
    close(ends[0]);
#ifndef COLLATE_SANITIZED  // whose shadow takes terabytes of addresses
    const rlimit memory = {512 << 20, 512 << 20};
    setrlimit(RLIMIT_AS, &memory);
#endif
    const rlimit seconds = {10, 10};
    setrlimit(RLIMIT_CPU, &seconds);
    alarm(30);  // the wall's clock, on a machine that others share
    const Outcome read = ReadAll(bytes);
    std::ostringstream line;
    line << read.cells << ' ' << read.merges << ' ' << read.grown_kb << ' '
         << read.reason;
    const std::string text = line.str();
    const bool written = write(ends[1], text.data(), text.size()) ==
                         static_cast<ssize_t>(text.size());
    _exit(written ? 0 : 3);
  }
  close(ends[1]);
  std::string answer;
  char buffer[4096];
  for (ssize_t n; (n = read(ends[0], buffer, sizeof buffer)) > 0;) {
    answer.append(buffer, static_cast<size_t>(n));
  }
  close(ends[0]);
  int status = 0;
  waitpid(child, &status, 0);
  if (!WIFEXITED(status) || WEXITSTATUS(status) != 0) {
    outcome.reason = WIFSIGNALED(status)
                         ? "died of signal " + std::to_string(WTERMSIG(status))
                         : "left early";
    return outcome;
  }
  std::istringstream in(answer);
  in >> outcome.cells >> outcome.merges >> outcome.grown_kb;
  std::getline(in >> std::ws, outcome.reason);
  return outcome;
}

std::string Slurp(const fs::path& path) {
  if (path.extension() != ".gz") return testing::ReadFile(path);
  std::string out;
  gzFile file = gzopen(path.c_str(), "rb");
  if (file == nullptr) return out;
  char buffer[65536];
  for (int n; (n = gzread(file, buffer, sizeof buffer)) > 0;) {
    out.append(buffer, static_cast<size_t>(n));
  }
  gzclose(file);
  return out;
}

#ifdef COLLATE_SANITIZED
constexpr int64_t kMuch = 512 << 10;  // the sanitizer's own included
constexpr int64_t kOneList = kMuch;
#else
constexpr int64_t kMuch = 48 << 10;
// Where a list of one book takes all that its budget allows.
constexpr int64_t kOneList = 256 << 10;
#endif

struct MadeCase {
  const char* file;
  const char* reason;
  uint64_t cells = 0;
};

class MadeWorkbookTest : public ::testing::TestWithParam<MadeCase> {};

TEST_P(MadeWorkbookTest, EndsAsItsReadmeSays) {
  COLLATE_SHARED_FILE(path, std::string("hostile/made/") + GetParam().file);
  const std::string bytes = Slurp(path);
  ASSERT_FALSE(bytes.empty());
  const Outcome outcome = ReadInChild(bytes);
  EXPECT_EQ(outcome.reason, GetParam().reason);
  EXPECT_EQ(outcome.cells, GetParam().cells);
  EXPECT_LT(outcome.grown_kb, kMuch);
}

INSTANTIATE_TEST_SUITE_P(
    Made, MadeWorkbookTest,
    ::testing::Values(MadeCase{"good.xlsx", "OK", 1},
                      MadeCase{"trunc-10.xlsx", "ZIP_TRUNCATED"},
                      MadeCase{"trunc-100.xlsx", "ZIP_TRUNCATED"},
                      MadeCase{"trunc-695.xlsx", "ZIP_TRUNCATED"},
                      MadeCase{"trunc-1368.xlsx", "ZIP_TRUNCATED"},
                      MadeCase{"trunc-1389.xlsx", "ZIP_TRUNCATED"},
                      MadeCase{"bomb-1GiB-sheet.xlsx", "ZIP_RATIO_LIMIT"},
                      MadeCase{"overlap-100GB.zip", "ZIP_ENTRY_LIMIT"},
                      MadeCase{"dup-entries.xlsx", "ZIP_DUPLICATE_ENTRY"},
                      MadeCase{"path-traversal.xlsx", "ZIP_UNSAFE_NAME"},
                      MadeCase{"symlink.zip", "ZIP_UNSAFE_TYPE"},
                      MadeCase{"billion-laughs.xlsx", "XML_DTD_FORBIDDEN"},
                      MadeCase{"xxe-file.xlsx", "XML_DTD_FORBIDDEN"},
                      MadeCase{"deep-nesting-200k.xlsx", "XML_DEPTH_LIMIT"},
                      MadeCase{"nul-and-bad-utf8.xlsx", "BAD_ENCODING"},
                      MadeCase{"dimension-XFD1048576.xlsx", "OK", 1},
                      MadeCase{"sparse-far-cell.xlsx", "OK", 1},
                      MadeCase{"cellref-overflow.xlsx", "WORKBOOK_BAD_ADDRESS"},
                      MadeCase{"merge-all.xlsx", "OK", 1},
                      MadeCase{"shared-formula-all.xlsx", "OK", 1},
                      MadeCase{"rows-2M-over-limit.xlsx.gz",
                               "WORKBOOK_BAD_ADDRESS", 1048576},
                      MadeCase{"formula-injection.xlsx", "OK", 4}),
    [](const auto& info) {
      std::string name = info.param.file;
      std::replace_if(
          name.begin(), name.end(), [](char c) { return c == '-' || c == '.'; },
          '_');
      return name;
    });

TEST(HostileWorkbooksTest, WhatLooksLikeAFormulaIsText) {
  COLLATE_SHARED_FILE(path, "hostile/made/formula-injection.xlsx");
  const WorkbookRead read = ReadWorkbook(Slurp(path));
  ASSERT_EQ(read.reason(), "OK");
  for (const char* cell : {"A1", "B1", "C1", "D1"}) {
    EXPECT_EQ(read.At(cell).kind, CellKind::kText);
    EXPECT_EQ(read.At(cell).value, "");
    EXPECT_FALSE(read.At(cell).formula);
  }
  EXPECT_EQ(read.At("C1").text, "-2+3");
}

TEST(HostileWorkbooksTest, EverySampleIsReadOrRefusedByName) {
  std::map<std::string, int> reasons;
  for (const char* folder : {"orcus", "sheetjs"}) {
    COLLATE_SHARED_FILE(path, std::string("hostile/") + folder);
    for (const auto& entry : fs::directory_iterator(path)) {
      const std::string name = entry.path().filename().string();
      const std::string extension = entry.path().extension().string();
      if (extension == ".csv") continue;
      const std::string bytes = Slurp(entry.path());
      const Outcome outcome = ReadInChild(bytes);
      ++reasons[outcome.reason];
      EXPECT_LT(outcome.grown_kb, kMuch) << name;
      if (bytes.substr(0, 23) == "version https://git-lfs") {
        EXPECT_EQ(outcome.reason, "WORKBOOK_UNKNOWN") << name;
      } else if (extension == ".xlsx" || extension == ".ods" ||
                 extension == ".xls") {
        EXPECT_EQ(outcome.reason, "OK") << name;
        EXPECT_GT(outcome.cells, 0u) << name;
      } else if (extension == ".xlsb") {
        EXPECT_THAT(outcome.reason,
                    AnyOf("WORKBOOK_XLSB_NOT_READ", "WORKBOOK_ENCRYPTED"))
            << name;
      } else {
        EXPECT_EQ(outcome.reason, "WORKBOOK_UNKNOWN") << name;
      }
    }
  }
  EXPECT_GE(reasons["OK"], 6);
  EXPECT_EQ(reasons["WORKBOOK_ENCRYPTED"], 1);
  EXPECT_EQ(reasons["WORKBOOK_XLSB_NOT_READ"], 41);
}

// ------------------------------------------------ attacks that are made here

TEST(HostileWorkbooksTest, AnEntryThatInflatesToMoreThanItDeclaresIsCutOff) {
  std::vector<ZipPart> parts = XlsxParts({});
  std::string& sheet = parts[4].data;
  sheet.insert(sheet.find("<sheetData/>"), std::string(400 << 20, ' '));
  parts[4].declared = 5000;
  const Outcome outcome = ReadInChild(MakeZip(parts));
  EXPECT_EQ(outcome.reason, "ZIP_INCONSISTENT");
  EXPECT_LT(outcome.grown_kb, kMuch);
}

TEST(HostileWorkbooksTest, ARowRepeatedForEverIsNotForEver) {
  const std::string cell =
      "<table:table-cell table:number-columns-repeated=\"16384\" "
      "office:value-type=\"string\"><text:p>" +
      std::string(1000, 'x') + "</text:p></table:table-cell>";
  const Outcome outcome = ReadInChild(
      OdsOf("<table:table-row table:number-rows-repeated=\"1048576\">" + cell +
            "</table:table-row>"));
  EXPECT_EQ(outcome.reason, "CELL_COUNT_LIMIT");
  EXPECT_LT(outcome.grown_kb, kMuch);
}

TEST(HostileWorkbooksTest, RepeatsOfNothingCostNothing) {
  std::string rows;
  for (int i = 0; i < 20'000; ++i) {
    rows +=
        "<table:table-row table:number-rows-repeated=\"1048560\">"
        "<table:table-cell table:number-columns-repeated=\"16384\"/>"
        "</table:table-row>";
  }
  const Outcome outcome = ReadInChild(OdsOf(rows));
  EXPECT_EQ(outcome.reason, "OK");
  EXPECT_EQ(outcome.cells, 0u);
}

TEST(HostileWorkbooksTest, ATagOfManyMegabytesIsNotGathered) {
  std::string value;
  uint32_t state = 1;
  while (value.size() < (20 << 20)) {
    state = state * 1664525 + 1013904223;
    value += static_cast<char>('a' + (state >> 24) % 26);
  }
  const Outcome outcome = ReadInChild(
      MakeXlsx({.sheets = {{"S", "<x y=\"" + value + "\"/><sheetData/>"}}}));
  EXPECT_EQ(outcome.reason, "XML_TOKEN_LIMIT");
  EXPECT_LT(outcome.grown_kb, kMuch);
}

TEST(HostileWorkbooksTest, SharedStringsAreBounded) {
  std::string strings;
  uint32_t state = 1;
  while (strings.size() < (90 << 20)) {
    strings += "<si><t>";
    for (int i = 0; i < 60; ++i) {
      state = state * 1664525 + 1013904223;
      strings += static_cast<char>('a' + (state >> 24) % 26);
    }
    strings += "</t></si>";
  }
  const Outcome outcome = ReadInChild(MakeXlsx({.shared = strings}));
  EXPECT_EQ(outcome.reason, "SHARED_STRING_LIMIT");
  EXPECT_LT(outcome.grown_kb, kOneList);
}

// expat keeps each name that it meets.
TEST(HostileWorkbooksTest, NamesOfElementsAndAttributesAreBounded) {
  const uint64_t limit = Limits().xml_names;
  const auto elements = [](uint64_t count) {
    std::string xml;
    for (uint64_t i = 0; i < count; ++i) {
      xml += "<e" + std::to_string(i) + "/>";
    }
    return MakeXlsx({.sheets = {{"S", xml + "<sheetData/>"}}});
  };
  // Some names are the workbook's own.
  EXPECT_EQ(ReadInChild(elements(limit - 20)).reason, "OK");
  EXPECT_EQ(ReadInChild(elements(limit)).reason, "XML_NAME_LIMIT");

  std::string xml;
  for (uint64_t i = 0; i < limit; ++i) {
    xml += "<e a" + std::to_string(i) + "=''/>";
  }
  EXPECT_EQ(
      ReadInChild(MakeXlsx({.sheets = {{"S", xml + "<sheetData/>"}}})).reason,
      "XML_NAME_LIMIT");
  xml.clear();
  for (uint64_t i = 0; i < limit; ++i) {
    xml += "<e xmlns:n" + std::to_string(i) + "='u'/>";
  }
  EXPECT_EQ(
      ReadInChild(MakeXlsx({.sheets = {{"S", xml + "<sheetData/>"}}})).reason,
      "XML_NAME_LIMIT");
}

TEST(HostileWorkbooksTest, ALongCellOfManyPiecesIsCheap) {
  // Each entity is a piece of its own; recounting at each would be quadratic.
  std::string pieces;
  for (int i = 0; i < 40'000; ++i) pieces += "&#233;";
  std::string rows;
  for (int i = 0; i < 5; ++i) {
    rows += "<row><c t=\"inlineStr\"><is><t>" + pieces.substr(0, 32'767 * 6) +
            "</t></is></c></row>";
  }
  EXPECT_EQ(ReadInChild(XlsxOf(rows)).reason, "OK");
  EXPECT_EQ(ReadInChild(XlsxOf("<row><c t=\"inlineStr\"><is><t>" + pieces +
                               "</t></is></c></row>"))
                .reason,
            "CELL_LENGTH_LIMIT");
}

TEST(HostileWorkbooksTest, AnyFlippedByteIsReadOrRefused) {
  const std::string xlsx = MakeXlsx(
      {.sheets = {{"S",
                   "<sheetData><row><c t=\"s\"><v>0</v></c><c><v>1</v></c>"
                   "</row></sheetData>"}},
       .shared = "<si><t>a</t></si>",
       .styles = "<cellXfs><xf numFmtId=\"14\"/></cellXfs>"});
  const std::string ods = OdsOf(
      "<table:table-row><table:table-cell office:value-type=\"float\" "
      "office:value=\"1\"><text:p>1</text:p></table:table-cell>"
      "</table:table-row>");
  int refused = 0, tried = 0;
  for (const std::string& bytes : {xlsx, ods}) {
    for (size_t i = 0; i < bytes.size(); ++i) {
      for (const int flip : {0x01, 0x80, 0xFF}) {
        std::string damaged = bytes;
        damaged[i] = static_cast<char>(damaged[i] ^ flip);
        const Outcome outcome = ReadAll(damaged);
        ++tried;
        refused += outcome.reason != "OK";
        EXPECT_THAT(
            outcome.reason,
            AnyOf("OK", StartsWith("ZIP_"), StartsWith("XML_"),
                  StartsWith("WORKBOOK_"), "BAD_ENCODING", "BYTE_LIMIT"));
      }
    }
  }
  EXPECT_GT(refused, tried / 2) << "a checksum stands over most bytes";
}

// Cells from the last to the first, as many as are put in order, and one more.
TEST(HostileWorkbooksTest, CellsOutOfOrderAreSortedWithinBounds) {
  for (const uint32_t count : {1'000'000u, 1'000'001u}) {
    std::string records;
    for (uint32_t i = count; i > 0; --i) {
      records += XlsRk((i - 1) / 16, (i - 1) % 16, 6);
    }
    const Outcome outcome = ReadInChild(XlsOf(records));
    EXPECT_EQ(outcome.reason,
              count == 1'000'000 ? "OK" : "WORKBOOK_BAD_ADDRESS");
    EXPECT_EQ(outcome.cells, count == 1'000'000 ? count : 0u);
    EXPECT_LT(outcome.grown_kb, kMuch);
  }
}

// Strings that say they are very many, and very many that hold nothing.
TEST(HostileWorkbooksTest, SharedStringsOfAnXlsAreHeldToTheirBudget) {
  std::string list, none;
  for (int i = 0; i < 2'700; ++i) none += XlsText("");
  std::string first;
  PutLittle(&first, 0xFFFFFFFF, 4);
  PutLittle(&first, 0xFFFFFFFF, 4);
  list = XlsRecordOf(0x00FC, first + none);
  for (int i = 0; i < 2'000; ++i) list += XlsRecordOf(0x003C, none);
  const Outcome outcome = ReadInChild(
      MakeXls({.sheets = {{"S", XlsLabelSst(0, 0, 0)}}, .strings = list}));
  EXPECT_EQ(outcome.reason, "SHARED_STRING_LIMIT");
  EXPECT_LT(outcome.grown_kb, kOneList);
}

// ----------------------------------------------------- what a good one costs

TEST(WorkbookCostTest, AnXlsOf64MebibytesIsReadInLittleMemory) {
  std::string records;
  uint32_t cells = 0;
  for (uint64_t row = 0; row < 65536; ++row) {
    for (uint64_t column = 0; column < 73; ++column, ++cells) {
      records += XlsRk(row, column, cells << 2 | 2);
    }
  }
  const std::string bytes = XlsOf(records);
  ASSERT_GT(bytes.size(), 64u << 20);
  const auto begin = std::chrono::steady_clock::now();
  const Outcome outcome = ReadInChild(bytes);
  const auto taken = std::chrono::duration_cast<std::chrono::milliseconds>(
      std::chrono::steady_clock::now() - begin);
  EXPECT_EQ(outcome.reason, "OK");
  EXPECT_EQ(outcome.cells, cells);
  EXPECT_LT(outcome.grown_kb, kMuch);
  std::cout << "measured: an .xls of " << (bytes.size() >> 20) << " MiB, "
            << outcome.cells << " cells, read in " << taken.count()
            << " ms with " << outcome.grown_kb << " kB more" << std::endl;
}

// The open data tables in the form in which they are published, of which no
// file is held: one sheet of 23,068 rows, counts stored as numbers.
TEST(WorkbookCostTest, TheOpenDataTablesAsOdsAreReadSoonAndInLittleMemory) {
  COLLATE_SHARED_FILE(path, "police/prc-pfa-mar2013-onwards-tables201718.csv");
  const std::string text = testing::ReadFile(path);
  class OdsRows : public GridSink {
   public:
    Status OnRow(const Row& row) override {
      rows += "<table:table-row>";
      for (const Cell& cell : row.cells) {
        std::string shown(cell.text);
        for (size_t at; (at = shown.find('&')) < shown.size();) {
          shown.replace(at, 1, "+");
        }
        int64_t number = 0;
        if (row.locator.row > 1 && &cell == &row.cells.back() &&
            ParseInteger(shown, &number).ok()) {
          rows +=
              "<table:table-cell office:value-type=\"float\" "
              "office:value=\"" +
              std::to_string(number) + "\">";
        } else {
          rows += "<table:table-cell office:value-type=\"string\">";
        }
        rows += "<text:p>" + shown + "</text:p></table:table-cell>";
      }
      rows += "</table:table-row>";
      return OkStatus();
    }
    std::string rows;
  };
  OdsRows made;
  MemorySource source(text);
  Budget budget;
  ASSERT_TRUE(ReadCsv(source, {.part = "prc.csv"}, budget, made).ok());
  const std::string bytes = OdsOf(made.rows);
  const auto begin = std::chrono::steady_clock::now();
  const Outcome outcome = ReadInChild(bytes);
  const auto taken = std::chrono::duration_cast<std::chrono::milliseconds>(
      std::chrono::steady_clock::now() - begin);
  EXPECT_EQ(outcome.reason, "OK");
  EXPECT_EQ(outcome.cells, 23'069u * 8);
  EXPECT_LT(outcome.grown_kb, kMuch);
  std::cout << "measured: an ODS of " << bytes.size() / 1000 << " kB, "
            << made.rows.size() / 1'000'000 << " MB inflated, read in "
            << taken.count() << " ms with " << outcome.grown_kb << " kB more"
            << std::endl;
}

}  // namespace
}  // namespace collate::tabular
