#include "client/cell_drawing.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace collate::client {
namespace {

using ::testing::AllOf;
using ::testing::ElementsAre;
using ::testing::HasSubstr;
using ::testing::Not;

CellStyle Style(absl::string_view role) {
  if (role == "odd") return {'!', "\x1b[31m", /*always=*/true};
  return {'f', "\x1b[32m"};
}

TEST(CellDrawing, CellsStandInTheirColumns) {
  const CellDrawing drawing =
      DrawCells({{1, 1, "Kent", "figure"}, {1, 3, "12", "figure"}}, Style,
                /*colour=*/false);
  EXPECT_EQ(drawing.text, "       A       C\n    1  f Kent  f 12\n");
}

TEST(CellDrawing, OnlyRowsThatMustBeAreDrawnBeyondTheFirst) {
  std::vector<DrawnCell> cells;
  for (int row = 1; row <= 300; ++row) {
    cells.push_back({row, 1, "x", row == 299 ? "odd" : "figure"});
  }
  const CellDrawing drawing = DrawCells(cells, Style, /*colour=*/true);
  EXPECT_EQ(drawing.hidden_rows, 99u);
  EXPECT_THAT(drawing.text,
              AllOf(HasSubstr("  200  "), Not(HasSubstr("  201  ")),
                    HasSubstr("  299  \x1b[31m! x\x1b[0m")));
}

TEST(CellDrawing, ColumnsAreNamedAsSpreadsheetsDo) {
  EXPECT_EQ(ColumnName(1), "A");
  EXPECT_EQ(ColumnName(26), "Z");
  EXPECT_EQ(ColumnName(27), "AA");
}

TEST(CellDrawing, RecordsMayHoldLineEnds) {
  EXPECT_THAT(CsvRecords("a,\"b\n\"\"c\"\n,\n"),
              ElementsAre(ElementsAre("a", "b\n\"c"), ElementsAre("", "")));
  EXPECT_THAT(CsvRecords("\"open"), ElementsAre(ElementsAre("open")));
}

}  // namespace
}  // namespace collate::client
