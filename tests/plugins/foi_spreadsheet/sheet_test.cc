// What a sheet finds, and at which cost a recipe reads it.

#include "plugins/foi_spreadsheet/sheet.h"

#include <gtest/gtest.h>

#include <string>
#include <vector>

#include "plugins/foi_spreadsheet/engine.h"
#include "plugins/tabular/csv.h"

namespace collate::foi_spreadsheet {
namespace {

Sheet SheetOf(const std::string& csv) {
  tabular::MemorySource source(csv);
  tabular::Budget budget;
  Sheet sheet(/*typed=*/false);
  EXPECT_TRUE(tabular::ReadCsv(source, {.part = "s.csv"}, budget, sheet).ok());
  sheet.Finish({});
  return sheet;
}

TEST(Sheet, FindsCellsByRowAndColumn) {
  const Sheet sheet = SheetOf("a,,b\n,,\n \xC2\xA0,c,\n");
  ASSERT_EQ(sheet.cells().size(), 3u);
  EXPECT_EQ(sheet.At(1, 3), 1u);
  EXPECT_EQ(sheet.At(1, 2), Sheet::kNone);
  EXPECT_EQ(sheet.At(3, 1), Sheet::kNone) << "white space is blank";
  EXPECT_EQ(sheet.BeforeInRow(1, 2), 0u);
  EXPECT_EQ(sheet.AfterInRow(1, 2), 1u);
  EXPECT_EQ(sheet.BeforeInColumn(2, 2), Sheet::kNone);
  EXPECT_EQ(sheet.AfterInColumn(2, 2), 2u);
  EXPECT_EQ(sheet.At(0, -5), Sheet::kNone);
}

TEST(Sheet, WhiteSpaceIsMadeSingle) {
  EXPECT_EQ(CleanText(" Size/\n build \xC2\xA0 x\t"), "Size/ build x");
  EXPECT_EQ(CleanText("\xC2\xA0"), "");
}

constexpr char kRecipe[] = R"(
  id: "cost" version: 1 title: "Cost"
  tables {
    id: "t"
    match { anchors { name: "corner" text: "corner" } }
    boxes {
      anchor: "corner" dy: 1 dx: 1
      right { until_blank: true } down { until_blank: true }
    }
    dimensions { name: "reporter" directly { direction: DIRECTION_LEFT } }
    dimensions {
      name: "period" constant { text: "2017/18" }
      period_forms: PERIOD_FORM_FINANCIAL_YEAR
    }
    dimensions { name: "kind" directly { direction: DIRECTION_UP } }
    measure { name: "m" unit: "u" floor: FLOOR_ZERO }
    checks { name: "sum" dimension: "kind" total: "^a$" }
    ignore { anchor: "corner" rows: 1 columns: 1 reason: "corner" }
  })";

uint64_t ComparisonsFor(int rows, int columns) {
  std::string csv = "corner,a";
  // The first column is the sum of the others.
  for (int c = 1; c < columns; ++c) {
    csv += ",";
    for (int n = c; n > 0; n /= 26) csv += static_cast<char>('a' + n % 26);
    csv += "-";
  }
  csv += "\n";
  for (int r = 0; r < rows; ++r) {
    csv += "r " + std::to_string(r) + "," + std::to_string(columns - 1);
    for (int c = 1; c < columns; ++c) csv += ",1";
    csv += "\n";
  }
  Recipe recipe;
  EXPECT_TRUE(LoadRecipe("r", kRecipe, &recipe).ok());
  std::vector<Sheet> sheets;
  sheets.push_back(SheetOf(csv));
  const Reading reading = RunRecipe(recipe, sheets, {});
  EXPECT_TRUE(reading.ok())
      << (reading.FirstFault() != nullptr ? reading.FirstFault()->message : "");
  EXPECT_EQ(reading.tables[0].figures.size(),
            static_cast<size_t>(rows) * static_cast<size_t>(columns));
  return sheets[0].comparisons();
}

TEST(Sheet, TenTimesTheCellsTakeAboutTenTimesTheComparisons) {
  const uint64_t small = ComparisonsFor(100, 20);
  EXPECT_GT(small, 100u * 20);
  const uint64_t tall = ComparisonsFor(1000, 20);
  const uint64_t wide = ComparisonsFor(100, 200);
  // A binary search takes three or four steps more among ten times as many.
  EXPECT_LT(tall, small * 15);
  EXPECT_LT(wide, small * 15);
  EXPECT_LT(tall, 1000u * 20 * 40);
}

}  // namespace
}  // namespace collate::foi_spreadsheet
