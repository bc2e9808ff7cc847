// DOCX and PDF documents that were made to harm, each read in a child process
// with little memory: it is read, or refused by the reason named here, at once
// and cheaply.

#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <sys/resource.h>
#include <sys/wait.h>
#include <unistd.h>

#include <algorithm>
#include <iterator>
#include <set>
#include <sstream>

#include "plugins/tabular/pdf_proof.h"
#include "tests/plugins/tabular/docx_testing.h"
#include "tests/plugins/tabular/pdf_testing.h"

namespace collate::tabular {
namespace {

using ::testing::AnyOf;
using ::testing::MatchesRegex;
using ::testing::StartsWith;

constexpr int64_t kMuch = 64 << 10;  // kB

struct Outcome {
  std::string reason = "no answer";
  uint64_t cells = 0;
  int64_t grown_kb = 0;  // of memory, over what was there before
};

// In a child of 512 MiB and 10 s, which this process only waits for.
template <typename Read>
Outcome InChild(const Read& read) {
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
    rusage before = {}, after = {};
    getrusage(RUSAGE_SELF, &before);
    const WorkbookRead done = read();
    getrusage(RUSAGE_SELF, &after);
    std::ostringstream line;
    line << done.cells << ' ' << after.ru_maxrss - before.ru_maxrss << ' '
         << done.reason();
    if (!done.status.ok() &&
        (done.error().message.empty() || done.error().part.empty())) {
      line << " without its place";
    }
    const std::string text = line.str();
    const bool written = write(ends[1], text.data(), text.size()) ==
                         static_cast<ssize_t>(text.size());
    _exit(written ? 0 : 3);
  }
  close(ends[1]);
  std::string answer;
  char buffer[4096];
  for (ssize_t n; (n = ::read(ends[0], buffer, sizeof buffer)) > 0;) {
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
  in >> outcome.cells >> outcome.grown_kb;
  std::getline(in >> std::ws, outcome.reason);
  return outcome;
}

// However well it packs, for what another limit is to hold.
constexpr Limits kAnyRatio = {.ratio = UINT64_MAX};

Outcome DocxInChild(const std::string& bytes, Limits limits = {}) {
  return InChild([&] { return ReadWorkbook(bytes, limits); });
}
Outcome PdfInChild(const std::string& bytes) {
  return InChild([&] { return ReadPdf(bytes); });
}

std::string Times(size_t count, const std::string& text) {
  std::string out;
  out.reserve(count * text.size());
  for (size_t i = 0; i < count; ++i) out += text;
  return out;
}

// ------------------------------------------------------------------- DOCX

TEST(HostileDocxTest, TablesInsideOneAnotherEndAtTheDepthLimit) {
  const Outcome outcome =
      DocxInChild(MakeDocx({.body = Times(50'000, "<w:tbl><w:tr><w:tc>")}));
  EXPECT_EQ(outcome.reason, "XML_DEPTH_LIMIT");
  EXPECT_LT(outcome.grown_kb, kMuch);
}

TEST(HostileDocxTest, ABombIsNotInflated) {
  const Outcome outcome = DocxInChild(MakeDocx(
      {.body = WordTable({WordRow({"a"})}) + std::string(300 << 20, ' ')}));
  EXPECT_EQ(outcome.reason, "ZIP_RATIO_LIMIT");
  EXPECT_LT(outcome.grown_kb, kMuch);
}

TEST(HostileDocxTest, CellsWithoutEndAreBounded) {
  // Varied, so that the package is no bomb.
  std::string rows;
  uint32_t state = 1;
  while (rows.size() < (60 << 20)) {
    rows += "<w:tr><w:tc><w:p><w:r><w:t>";
    for (int i = 0; i < 12; ++i) {
      state = state * 1664525 + 1013904223;
      rows += static_cast<char>('a' + (state >> 24) % 26);
    }
    rows += "</w:t></w:r></w:p></w:tc></w:tr>";
  }
  const Outcome outcome =
      DocxInChild(MakeDocx({.body = "<w:tbl>" + rows + "</w:tbl>"}));
  EXPECT_EQ(outcome.reason, "TABLE_BYTES_LIMIT");
  EXPECT_LT(outcome.grown_kb, 256 << 10);
}

TEST(HostileDocxTest, TablesAndMergesWithoutEndAreBounded) {
  EXPECT_EQ(DocxInChild(MakeDocx({.body = Times(2'000, "<w:tbl/>")})).reason,
            "SHEET_LIMIT");
  const std::string row =
      "<w:tr><w:tc><w:tcPr><w:gridSpan w:val=\"2\"/></w:tcPr></w:tc></w:tr>";
  EXPECT_EQ(DocxInChild(MakeDocx({.body = "<w:tbl>" + Times(110'000, row) +
                                          "</w:tbl>"}),
                        kAnyRatio)
                .reason,
            "MERGE_LIMIT");
}

TEST(HostileDocxTest, AWideRowOfOpenMergesIsCheap) {
  std::string row = "<w:tr>";
  for (int i = 0; i < 16'384; ++i) {
    row += "<w:tc><w:tcPr><w:vMerge w:val=\"restart\"/></w:tcPr></w:tc>";
  }
  row += "</w:tr>";
  const std::string bytes = MakeDocx(
      {.body = WordTable({"x"}) + "<w:tbl>" + Times(20, row) + "</w:tbl>"});
  EXPECT_EQ(DocxInChild(bytes, kAnyRatio).reason, "OK");
}

TEST(HostileDocxTest, AnyFlippedByteIsReadOrRefused) {
  const std::string bytes = MakeDocx(
      {.body = WordTable(
           {WordRow({WordCell("a", "<w:vMerge w:val=\"restart\"/>"), "1"})}),
       .styles = "<w:style w:styleId=\"x\"/>"});
  for (size_t i = 0; i < bytes.size(); ++i) {
    for (const int flip : {0x01, 0x80, 0xFF}) {
      std::string damaged = bytes;
      damaged[i] = static_cast<char>(damaged[i] ^ flip);
      EXPECT_THAT(ReadWorkbook(damaged).reason(),
                  AnyOf("OK", StartsWith("ZIP_"), StartsWith("XML_"),
                        StartsWith("WORKBOOK_"), "BAD_ENCODING", "BYTE_LIMIT"));
    }
  }
}

TEST(HostileDocxTest, CutShortAnywhereItIsRefused) {
  const std::string bytes = DocxOfCell("a");
  for (size_t i = 0; i < bytes.size(); i += 7) {
    EXPECT_NE(ReadWorkbook(bytes.substr(0, i)).reason(), "OK") << i;
  }
}

// -------------------------------------------------------------------- PDF

TEST(HostilePdfTest, ABombIsCountedAndNotRead) {
  const Outcome outcome = PdfInChild(
      MakePdf({.pages = {{std::string(200 << 20, ' ')}}, .packed = true}));
  EXPECT_EQ(outcome.reason, "ZIP_RATIO_LIMIT");
  EXPECT_LT(outcome.grown_kb, kMuch);
}

TEST(HostilePdfTest, ObjectsThatLeadToThemselvesEnd) {
  const std::string rows = PdfRows(VictimRows(), 100);
  // A page tree that is its own child, contents that are their own, a form
  // that draws itself, a length that is its own stream.
  for (const auto& [from, to] :
       {std::pair<std::string, std::string>{"/Kids[10 0 R ]", "/Kids[2 0 R ]"},
        {"/Contents 11 0 R", "/Contents[10 0 R 10 0 R]"},
        {"/Font<</F1 3 0 R>>", "/Font<</F1 10 0 R>>"},
        {"/BaseFont/Helvetica", "/ToUnicode 3 0 R/BaseFont 3 0 R"},
        {"/Root 1 0 R", "/Root 2 0 R"}}) {
    std::string bytes = PdfOf(rows);
    const size_t at = bytes.find(from);
    ASSERT_NE(at, std::string::npos) << from;
    bytes.replace(at, from.size(), to);
    EXPECT_THAT(PdfInChild(bytes).reason, MatchesRegex("OK|[A-Z]+_[A-Z_]+"))
        << to;
  }
  const Outcome form = PdfInChild(MakePdf(
      {.pages = {{rows + "/X Do"}},
       .objects = {"<</Type/XObject/Subtype/Form/BBox[0 0 9 9]/Length 5"
                   "/Resources<</XObject<</X 10000 0 R>>>>>>\nstream\n/X Do\n"
                   "endstream"}}));
  EXPECT_EQ(form.reason, "OK");
}

TEST(HostilePdfTest, DeepNestingEnds) {
  for (const std::string& body :
       {Times(200'000, "["), Times(200'000, "<</A "), Times(100'000, "q ")}) {
    EXPECT_THAT(PdfInChild(PdfOf(body + PdfRows(VictimRows(), 100))).reason,
                MatchesRegex("OK|[A-Z]+_[A-Z_]+"));
    EXPECT_THAT(
        PdfInChild(MakePdf({.pages = {{""}}, .objects = {body}})).reason,
        MatchesRegex("OK|[A-Z]+_[A-Z_]+"));
  }
}

TEST(HostilePdfTest, PagesWithoutEndAreBounded) {
  std::string bytes = PdfOf(PdfRows(VictimRows(), 100));
  const size_t at = bytes.find("/Count 1");
  bytes.replace(at, 8, "/Count 2147483647");
  EXPECT_THAT(PdfInChild(bytes).reason,
              AnyOf("PAGE_LIMIT", "PDF_DAMAGED", "OK"));
  EXPECT_EQ(
      PdfInChild(MakePdf({.pages = std::vector<PdfPageSpec>(2'001)})).reason,
      "PAGE_LIMIT");
}

TEST(HostilePdfTest, PlacesOutsideOfAnyPageAreNoTable) {
  std::string content;
  for (const char* at :
       {"1e30", "-1e30", "99999999999999999999", "0.0000001"}) {
    content += "BT /F1 " + std::string(at) + " Tf 1 0 0 1 " + at + " " + at +
               " Tm (1 2 3) Tj ET\n";
  }
  EXPECT_THAT(PdfInChild(PdfOf(content)).reason,
              AnyOf("PDF_WITHOUT_TEXT", "DOCUMENT_WITHOUT_TABLES"));
}

TEST(HostilePdfTest, CutShortAnywhereItEnds) {
  const std::string bytes =
      MakePdf({.pages = {{PdfRows(VictimRows(), 100)}}, .packed = true});
  for (size_t i = 0; i < bytes.size(); i += 97) {
    EXPECT_THAT(PdfInChild(bytes.substr(0, i)).reason,
                MatchesRegex("OK|[A-Z]+_[A-Z_]+"))
        << i;
  }
}

// All figures, whatever row they are in: headings and labels may change, and
// move rows, since no sum proves them.
std::multiset<std::string> FiguresOf(const WorkbookRead& read) {
  std::multiset<std::string> figures;
  for (const SheetRead& sheet : read.sheets) {
    for (const auto& [name, cell] : sheet.cells) {
      if (IsPdfNumber(cell.text)) figures.insert(cell.text);
    }
  }
  return figures;
}

TEST(HostilePdfTest, AFlippedByteNeverChangesAFigure) {
  const std::string bytes = PdfOf(PdfRows(VictimRows(), 100));
  const std::multiset<std::string> good = FiguresOf(ReadPdf(bytes));
  ASSERT_EQ(good.size(), 16u);
  int refused = 0;
  for (size_t i = 0; i < bytes.size(); i += 11) {
    std::string damaged = bytes;
    damaged[i] = static_cast<char>(damaged[i] ^ 0x01);
    const Outcome outcome = InChild([&] {
      WorkbookRead read = ReadPdf(damaged);
      if (!read.status.ok()) return read;
      const std::multiset<std::string> figures = FiguresOf(read);
      std::multiset<std::string> lost;
      std::set_difference(good.begin(), good.end(), figures.begin(),
                          figures.end(), std::inserter(lost, lost.end()));
      lost.erase("0");  // nothing, which a blank is, too
      const bool changed = !std::includes(good.begin(), good.end(),
                                          figures.begin(), figures.end());
      if (changed || (!lost.empty() && read.Found("DAMAGE_MENDED") == 0)) {
        read.status = Status(Error{.reason = changed ? "CHANGED" : "LOST",
                                   .message = "figures",
                                   .part = "letter.pdf"});
      }
      return read;
    });
    refused += outcome.reason != "OK";
    EXPECT_THAT(outcome.reason,
                AnyOf("OK", StartsWith("PDF_"), "DOCUMENT_WITHOUT_TABLES"))
        << i;
  }
  EXPECT_GT(refused, 20);
}

}  // namespace
}  // namespace collate::tabular
