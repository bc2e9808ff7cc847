// The geometry and the proof alone: words with boxes in, tables out.

#include "plugins/tabular/pdf_tables.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <map>

#include "plugins/tabular/pdf_proof.h"

namespace collate::tabular {
namespace {

using ::testing::ElementsAre;
using ::testing::HasSubstr;
using ::testing::IsEmpty;

constexpr double kHeight = 10, kLetter = 5;

// Words of one line, each letter of one width, a space between two words.
void Put(PdfPage* page, double x, double y, const std::string& text) {
  std::string word;
  const auto flush = [&](double end) {
    if (word.empty()) return;
    page->words.push_back(
        {.text = word,
         .left = end - kLetter * static_cast<double>(word.size()),
         .top = y,
         .right = end,
         .bottom = y + kHeight});
    word.clear();
  };
  for (const char c : text) {
    if (c == ' ') flush(x);
    if (c != ' ') word += c;
    // A space is narrow, as it is in print.
    x += c == ' ' ? kLetter / 2 : kLetter;
  }
  flush(x);
}

using Rows = std::vector<std::vector<std::string>>;

// Labels from 50 on, figures that end at 200, 260, 320 ...
double PutRows(PdfPage* page, const Rows& rows, double y = 100,
               double pitch = 14) {
  for (const auto& row : rows) {
    for (size_t i = 0; i < row.size(); ++i) {
      const double width = kLetter * static_cast<double>(row[i].size());
      Put(page, i == 0 ? 50 : 140 + 60 * static_cast<double>(i) - width, y,
          row[i]);
    }
    y += pitch;
  }
  return y;
}

PdfPage PageOf(const Rows& rows, uint32_t number = 1) {
  PdfPage page{.number = number};
  PutRows(&page, rows);
  return page;
}

PdfTables Find(const std::vector<PdfPage>& pages, Limits limits = {}) {
  PdfTables found;
  const Budget budget(limits);
  const Status status = FindPdfTables(pages, budget, &found);
  EXPECT_TRUE(status.ok()) << status.error().reason;
  return found;
}

std::string ReasonOf(const HeldTable& table) {
  return table.refusal.ok() ? "OK" : table.refusal.error().reason;
}

// The only table's end.
std::string EndOf(const Rows& rows) {
  const PdfTables found = Find({PageOf(rows)});
  return found.tables.size() == 1
             ? ReasonOf(found.tables[0])
             : std::to_string(found.tables.size()) + " tables";
}

std::map<std::string, std::string> CellsOf(const HeldTable& table) {
  std::map<std::string, std::string> cells;
  for (const HeldRow& row : table.rows) {
    for (const HeldCell& cell : row.cells) {
      cells[CellName(row.number, cell.column)] = cell.text;
    }
  }
  return cells;
}

const Rows kGood = {{"Sex", "u12", "12-15", "Total"},
                    {"Female", "4", "20", "24"},
                    {"Male", "1", "6", "7"},
                    {"Total", "5", "26", "31"}};

TEST(PdfLinesTest, WordsCloseTogetherAreAPhraseAndOthersAreNot) {
  PdfPage page{.number = 1};
  Put(&page, 50, 100, "fewer than 5");
  Put(&page, 200, 101, "12");
  const auto lines = FindPdfLines(page);
  ASSERT_EQ(lines.size(), 1u);
  ASSERT_EQ(lines[0].phrases.size(), 2u);
  EXPECT_EQ(lines[0].phrases[0].text, "fewer than 5");
  EXPECT_EQ(lines[0].phrases[1].text, "12");
}

TEST(PdfLinesTest, RaisedSmallWordsAreMarks) {
  PdfPage page{.number = 1};
  Put(&page, 50, 100, "12");
  page.words.push_back({"1", 60, 99, 63, 105});
  page.words.push_back({"R", 63, 99, 66, 105});
  page.words.push_back({"b", 66, 100, 71, 110});
  page.words.push_back({"2", 71, 99, 74, 105});
  const auto lines = FindPdfLines(page);
  ASSERT_EQ(lines.size(), 1u);
  ASSERT_EQ(lines[0].phrases.size(), 1u);
  EXPECT_EQ(lines[0].phrases[0].text, "12b");
  EXPECT_EQ(lines[0].phrases[0].superscript, "1R\n2");
}

TEST(PdfLinesTest, LinesThatTouchByLessThanHalfAreTwo) {
  PdfPage page{.number = 1};
  Put(&page, 50, 100, "Sexual");
  Put(&page, 200, 106, "12");
  Put(&page, 50, 112, "communication");
  EXPECT_EQ(FindPdfLines(page).size(), 3u);
}

TEST(PdfLinesTest, TurnedWordsAreNoLine) {
  PdfPage page{.number = 1};
  page.words.push_back({"up", 50, 100, 60, 140, 1});
  EXPECT_THAT(FindPdfLines(page), IsEmpty());
}

TEST(PdfTablesTest, AProvenTableHasItsHeadingsRowsAndColumns) {
  PdfPage page{.number = 7};
  Put(&page, 50, 80, "Victims of offences recorded in the year to March");
  const double end = PutRows(&page, kGood);
  Put(&page, 50, end, "Source: force records");
  const PdfTables found = Find({page});
  ASSERT_EQ(found.tables.size(), 1u);
  EXPECT_EQ(ReasonOf(found.tables[0]), "OK");
  EXPECT_EQ(found.tables[0].name, "Page 7 table 1");
  const auto cells = CellsOf(found.tables[0]);
  EXPECT_EQ(cells.size(), 16u);
  EXPECT_EQ(cells.at("A1"), "Sex");
  EXPECT_EQ(cells.at("C1"), "12-15");
  EXPECT_EQ(cells.at("B2"), "4");
  EXPECT_EQ(cells.at("D4"), "31");
  EXPECT_EQ(found.lines_outside, 2u) << "title and source";
}

TEST(PdfTablesTest, EveryFigureThatIsWrongRefusesTheTable) {
  for (size_t row = 1; row < kGood.size(); ++row) {
    for (size_t column = 1; column < kGood[row].size(); ++column) {
      Rows rows = kGood;
      rows[row][column] = std::to_string(std::stoi(rows[row][column]) + 1);
      EXPECT_EQ(EndOf(rows), "PDF_TOTAL_WRONG") << row << " " << column;
    }
  }
}

TEST(PdfTablesTest, ARefusedTableHoldsNothing) {
  Rows rows = kGood;
  rows[1][1] = "9";
  const PdfTables found = Find({PageOf(rows)});
  EXPECT_THAT(found.tables[0].rows, IsEmpty());
  EXPECT_THAT(found.tables[0].merges, IsEmpty());
}

TEST(PdfTablesTest, TotalsMustStandOnBothSides) {
  Rows no_row = kGood;
  no_row.pop_back();
  EXPECT_EQ(EndOf(no_row), "PDF_TOTALS_MISSING");
  Rows unlabelled = kGood;
  unlabelled[3][0] = "Persons";
  EXPECT_EQ(EndOf(unlabelled), "PDF_TOTALS_MISSING")
      << "sums alone may be chance";
  Rows no_column = kGood;
  for (auto& row : no_column) row.pop_back();
  EXPECT_EQ(EndOf(no_column), "PDF_TOTALS_MISSING");
}

TEST(PdfTablesTest, OneColumnOfFiguresNeedsNoTotalOfRows) {
  EXPECT_EQ(EndOf({{"Force", "Offences"},
                   {"Force A", "12"},
                   {"Force B", "40"},
                   {"Total", "52"}}),
            "OK");
  EXPECT_EQ(EndOf({{"", "u12", "12-15", "Total"}, {"2017", "4", "20", "24"}}),
            "OK")
      << "nor one row one of columns";
}

TEST(PdfTablesTest, TwoRowsOrColumnsOfTotalsAreUnclear) {
  Rows rows = kGood;
  rows[2][0] = "Total male";
  EXPECT_EQ(EndOf(rows), "PDF_TOTALS_UNCLEAR");
  Rows columns = kGood;
  columns[0][1] = "Sum";
  EXPECT_EQ(EndOf(columns), "PDF_TOTALS_UNCLEAR");
}

TEST(PdfTablesTest, AMarkerIsAnUnknownFigure) {
  // The total counts what the marker hides; all others are proven elsewhere.
  Rows rows = kGood;
  rows[2][1] = "*";
  EXPECT_EQ(EndOf(rows), "OK");
  const PdfTables found = Find({PageOf(rows)});
  EXPECT_EQ(CellsOf(found.tables[0]).at("B3"), "*");
  for (const char* marker : {"<5", "[c]", "n/a", "-", ".."}) {
    rows[2][1] = marker;
    EXPECT_EQ(EndOf(rows), "OK") << marker;
  }
  rows[2][1] = "fewer than 5";
  EXPECT_EQ(EndOf(rows), "OK");
}

TEST(PdfTablesTest, ATotalThatLeavesMarkersOutIsProofToo) {
  EXPECT_EQ(EndOf({{"Sex", "u12", "12-15", "Total"},
                   {"Female", "4", "20", "24"},
                   {"Male", "*", "6", "6"},
                   {"Total", "4", "26", "30"}}),
            "OK");
}

TEST(PdfTablesTest, AMarkerNeverMakesATotalTooSmall) {
  Rows rows = kGood;
  rows[2][1] = "*";
  rows[3][1] = "3";  // less than Female alone
  EXPECT_EQ(EndOf(rows), "PDF_TOTAL_WRONG");
}

TEST(PdfTablesTest, AFigureThatOnlyUnknownSumsHoldIsUnproven) {
  Rows rows = kGood;
  rows[1][1] = "*";
  rows[2][2] = "*";
  // Male 1 stands in a row with one and a column with the other.
  EXPECT_EQ(EndOf(rows), "PDF_CELL_UNPROVEN");
}

TEST(PdfTablesTest, ABlankIsNothingAndProvenAsSuch) {
  Rows lost = kGood;
  lost[2][1] = "";
  EXPECT_EQ(EndOf(lost), "PDF_TOTAL_WRONG");
  Rows nothing = {{"Sex", "u12", "12-15", "Total"},
                  {"Female", "4", "20", "24"},
                  {"Male", "", "6", "6"},
                  {"Total", "4", "26", "30"}};
  EXPECT_EQ(EndOf(nothing), "OK");
  nothing[1][1] = "*";
  nothing[2][2] = "*";
  EXPECT_EQ(EndOf(nothing), "PDF_CELL_UNPROVEN")
      << "the blank stands with a marker both ways";
}

TEST(PdfTablesTest, ATotalMayBeAMarkerAndNotABlank) {
  Rows rows = kGood;
  rows[3][1] = "*";
  EXPECT_EQ(EndOf(rows), "OK");
  rows[3][1] = "";
  EXPECT_EQ(EndOf(rows), "PDF_TOTALS_MISSING");
}

TEST(PdfTablesTest, WhatHasDigitsAndIsNoFigureIsNoMarker) {
  for (const char* text : {"1 2", "12%", "1O", "4*", "1.2.3", "2017/18"}) {
    Rows rows = kGood;
    rows[2][2] = text;
    EXPECT_EQ(EndOf(rows), "PDF_CELL_UNREADABLE") << text;
  }
}

TEST(PdfTablesTest, YearsOverColumnsAreHeadings) {
  EXPECT_EQ(EndOf({{"Force", "2019", "2020", "Total"},
                   {"Force A", "4", "20", "24"},
                   {"Force B", "1", "6", "7"},
                   {"Total", "5", "26", "31"}}),
            "OK");
}

TEST(PdfTablesTest, DecimalsAddUpExactly) {
  EXPECT_EQ(EndOf({{"Force", "Hours"},
                   {"Force A", "0.1"},
                   {"Force B", "0.2"},
                   {"Total", "0.3"}}),
            "OK");
  EXPECT_EQ(EndOf({{"Force", "Hours"},
                   {"Force A", "0.1"},
                   {"Force B", "0.25"},
                   {"Total", "0.3"}}),
            "PDF_TOTAL_WRONG");
}

TEST(PdfTablesTest, ASpannerIsAMergeOverItsColumns) {
  PdfPage page{.number = 1};
  Put(&page, 190, 86, "Age of the victim at the time");
  PutRows(&page, kGood);
  const PdfTables found = Find({page});
  ASSERT_EQ(found.tables.size(), 1u);
  ASSERT_EQ(ReasonOf(found.tables[0]), "OK");
  EXPECT_THAT(found.tables[0].merges, ElementsAre(Merge{1, 2, 1, 4}));
  EXPECT_EQ(CellsOf(found.tables[0]).at("B1"), "Age of the victim at the time");
}

// Headings at the left of wide columns, figures at their right.
PdfPage Shifted(const std::vector<std::string>& headings, const Rows& rows) {
  PdfPage page{.number = 1};
  Put(&page, 50, 86, headings[0]);
  for (size_t i = 1; i < headings.size(); ++i) {
    Put(&page, 75 + 60 * static_cast<double>(i) + 15, 86, headings[i]);
  }
  PutRows(&page, rows);
  return page;
}

TEST(PdfTablesTest, HeadingsBesideTheirFiguresGoWhereTheSumsSay) {
  const Rows rows(kGood.begin() + 1, kGood.end());
  const PdfTables found = Find({Shifted({"Sex", "u12", "teen", "Sum"}, rows)});
  ASSERT_EQ(found.tables.size(), 1u);
  ASSERT_EQ(ReasonOf(found.tables[0]), "OK");
  EXPECT_EQ(CellsOf(found.tables[0]).at("D1"), "Sum");
  EXPECT_EQ(CellsOf(found.tables[0]).at("B1"), "u12");
}

TEST(PdfTablesTest, HeadingsThatFitBothWaysAreUnclear) {
  // One row of totals is enough for one column: both ways are proven.
  PdfPage page{.number = 1};
  Put(&page, 120, 86, "Offences");
  PutRows(&page, {{"Force A", "12"}, {"Force B", "40"}, {"Total", "52"}});
  const PdfTables found = Find({page});
  ASSERT_EQ(found.tables.size(), 1u);
  EXPECT_EQ(ReasonOf(found.tables[0]), "PDF_HEADINGS_UNCLEAR");
}

TEST(PdfTablesTest, TwoTablesOfAPageAreTwo) {
  PdfPage page{.number = 1};
  const double end = PutRows(&page, kGood);
  Put(&page, 50, end, "Question 2");
  Rows wrong = kGood;
  wrong[1][1] = "8";
  PutRows(&page, wrong, end + 14);
  const PdfTables found = Find({page});
  ASSERT_EQ(found.tables.size(), 2u);
  EXPECT_EQ(ReasonOf(found.tables[0]), "OK");
  EXPECT_EQ(ReasonOf(found.tables[1]), "PDF_TOTAL_WRONG");
  EXPECT_EQ(found.tables[1].name, "Page 1 table 2");
}

TEST(PdfTablesTest, APageNumberFarBelowIsNoRow) {
  PdfPage page{.number = 1};
  PutRows(&page, kGood);
  Put(&page, 50, 800, "Annual report");
  Put(&page, 190, 800, "12");
  const PdfTables found = Find({page});
  ASSERT_EQ(found.tables.size(), 1u);
  EXPECT_EQ(ReasonOf(found.tables[0]), "OK");
}

TEST(PdfTablesTest, LabelsOverTwoLinesAreTwoRows) {
  PdfPage page{.number = 1};
  PutRows(&page, {{"Sex", "Victims"}, {"Female", "4"}});
  Put(&page, 50, 128, "Not");
  PutRows(&page, {{"stated", "5"}, {"Total", "9"}}, 142);
  const PdfTables found = Find({page});
  ASSERT_EQ(found.tables.size(), 1u);
  ASSERT_EQ(ReasonOf(found.tables[0]), "OK");
  const auto cells = CellsOf(found.tables[0]);
  EXPECT_EQ(cells.at("A3"), "Not");
  EXPECT_EQ(cells.at("A4"), "stated");
}

TEST(PdfTablesTest, ATableGoesOnOverPagesWithItsHeadingsRepeated) {
  const PdfTables found =
      Find({PageOf({kGood[0], kGood[1], kGood[2]}, 3),
            PageOf({kGood[0], {"Unknown", "1", "1", "2"}}, 4),
            PageOf({kGood[0], {"Total", "6", "27", "33"}}, 5)});
  ASSERT_EQ(found.tables.size(), 1u);
  EXPECT_EQ(ReasonOf(found.tables[0]), "OK");
  EXPECT_EQ(found.tables[0].name, "Pages 3-5 table 1");
  EXPECT_EQ(found.lines_outside, 0u);
  EXPECT_EQ(CellsOf(found.tables[0]).at("A4"), "Sex");
  EXPECT_EQ(CellsOf(found.tables[0]).at("D7"), "33");
}

TEST(PdfTablesTest, PagesThatDoNotFollowAreNotJoined) {
  const PdfTables found =
      Find({PageOf({kGood[0], kGood[1], kGood[2]}, 3), PageOf({kGood[3]}, 5)});
  ASSERT_EQ(found.tables.size(), 2u);
  EXPECT_EQ(ReasonOf(found.tables[0]), "PDF_TOTALS_MISSING");
}

TEST(PdfTablesTest, TurnedWordsInATableRefuseIt) {
  PdfPage page = PageOf(kGood);
  page.words.push_back({"Offences", 230, 90, 240, 130, 1});
  const PdfTables found = Find({page});
  ASSERT_EQ(found.tables.size(), 1u);
  EXPECT_EQ(ReasonOf(found.tables[0]), "PDF_TURNED_TEXT");
  EXPECT_EQ(found.turned_words, 1u);
  page.words.back() = {"margin", 10, 400, 20, 500, 1};
  EXPECT_EQ(ReasonOf(Find({page}).tables[0]), "OK");
}

TEST(PdfTablesTest, FewFiguresAreNoTable) {
  EXPECT_EQ(EndOf({{"Telephone", "101"}, {"Reference", "12345"}}), "0 tables");
  EXPECT_EQ(Find({PageOf({{"Telephone", "101"}})}).lines_outside, 1u);
}

// Parts of a label that stand apart, and of which some are numbers.
TEST(PdfTablesTest, NumbersWithinLabelsAreNoFigures) {
  PdfPage page = PageOf({{"A label that is as wide as all", "12"}});
  Put(&page, 50, 114, "Total");
  Put(&page, 90, 114, "16");
  Put(&page, 120, 114, "17");
  Put(&page, 190, 114, "12");
  const PdfTables found = Find({page});
  EXPECT_THAT(found.tables, IsEmpty());
  EXPECT_EQ(found.lines_outside, 2u);
}

TEST(PdfTablesTest, AGridLargerThanTheBudgetIsRefused) {
  PdfTables found;
  const Budget budget(Limits{.held_bytes = 500});
  const Status status = FindPdfTables({PageOf(kGood)}, budget, &found);
  ASSERT_FALSE(status.ok());
  EXPECT_EQ(status.error().reason, "TABLE_BYTES_LIMIT");
}

TEST(PdfTablesTest, AColumnForEachLineIsRefusedBeforeItIsLaidOut) {
  PdfPage page{.number = 1};
  for (int i = 0; i < 5'000; ++i) {
    Put(&page, 10, 20 * i, "a");
    Put(&page, 30 + 20 * i, 20 * i, "1");
  }
  PdfTables found;
  const Budget budget;
  const Status status = FindPdfTables({page}, budget, &found);
  ASSERT_FALSE(status.ok());
  EXPECT_EQ(status.error().reason, "TABLE_BYTES_LIMIT");
}

TEST(PdfTablesTest, ManyWordsAreReadSoon) {
  // One table a line, and turned words beside all of them.
  PdfPage page{.number = 1};
  for (int i = 0; i < 50'000; ++i) {
    Put(&page, 10, 60 * i, "Total");
    Put(&page, 70, 60 * i, "1");
    page.words.push_back({"up", 900, 60.0 * i, 910, 60.0 * i + 30, 1});
  }
  EXPECT_THAT(Find({page}).tables, IsEmpty());
}

TEST(PdfProofTest, TotalsAreToldByTheirLabels) {
  for (const char* label : {"Total", "TOTAL", "Grand total", "Sum:", "Totals",
                            "All", "Overall", "Total (offences)"}) {
    EXPECT_TRUE(IsTotalLabel(label)) << label;
  }
  for (const char* label :
       {"", "Totally unknown", "Summary", "All other offences", "Male"}) {
    EXPECT_FALSE(IsTotalLabel(label)) << label;
  }
}

TEST(PdfProofTest, MarkersAndBounds) {
  for (const char* text : {"", "*", "-", "n/a", "[low]", "<5", "< 5", "\u22645",
                           "5 or less", "Fewer than 5"}) {
    EXPECT_TRUE(IsPdfMarker(text)) << text;
  }
  for (const char* text :
       {"5", "5*", "1 2", "5 offences", "<5 or 6", "5 or 6", "2017/18"}) {
    EXPECT_FALSE(IsPdfMarker(text)) << text;
  }
}

TEST(PdfProofTest, FiguresTooLargeToAddUpAreUnreadable) {
  EXPECT_TRUE(IsPdfNumber("1000000000000000"));
  EXPECT_FALSE(IsPdfNumber("1000000000000001"));
  EXPECT_FALSE(IsPdfNumber("0.0000001"));
}

TEST(PdfProofTest, NegativeFiguresAddUpToo) {
  const PdfGrid grid{.columns = 2,
                     .rows = {{"a", "-3"}, {"b", "5"}, {"Total", "2"}},
                     .data = {true, true, true},
                     .headings = {{}, {}}};
  EXPECT_TRUE(ProvePdfGrid(grid).ok());
}

TEST(PdfProofTest, TheRefusalSaysWhatFailed) {
  const PdfGrid grid{.columns = 2,
                     .rows = {{"a", "3"}, {"b", "5.5"}, {"Total", "9"}},
                     .data = {true, true, true},
                     .headings = {{}, {}}};
  const Status status = ProvePdfGrid(grid);
  ASSERT_FALSE(status.ok());
  EXPECT_EQ(status.error().reason, "PDF_TOTAL_WRONG");
  EXPECT_EQ(status.error().expected, "8.5");
  EXPECT_EQ(status.error().found, "9");
  EXPECT_EQ(status.error().locator.row, 3u);
  EXPECT_EQ(status.error().locator.column, 2u);
  EXPECT_THAT(status.error().message, HasSubstr("printed total"));
}

}  // namespace
}  // namespace collate::tabular
