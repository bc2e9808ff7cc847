// What single cells look like.

#include "plugins/foi_spreadsheet/suggest_cells.h"

#include <gtest/gtest.h>

#include "tests/plugins/foi_spreadsheet/suggest_testing.h"

namespace collate::foi_spreadsheet {
namespace {

namespace pb = ::collate::recipe::v1;

Looks Of(const std::string& text) {
  SheetCell cell;
  cell.kind = tabular::CellKind::kText;
  cell.text = cell.label = text;
  return LookAt(cell, /*text_file=*/true).looks;
}

TEST(SuggestCells, NumbersYearsAndPercentages) {
  EXPECT_EQ(Of("1,234"), Looks::kNumber);
  EXPECT_EQ(Of("-12.5"), Looks::kNumber);
  EXPECT_EQ(Of("2017"), Looks::kYear);
  EXPECT_EQ(Of("2,017"), Looks::kNumber) << "no year has a separator";
  EXPECT_EQ(Of("1850"), Looks::kNumber);
  EXPECT_EQ(Of("-23.80%"), Looks::kPercent);
  EXPECT_EQ(Of("12-15"), Looks::kText) << "a range is a label";
  EXPECT_EQ(Of("2017/18"), Looks::kText);
}

TEST(SuggestCells, MarksInPlaceOfFigures) {
  for (const char* mark : {"*", "<5", "..", "-", "nil", "N/A", "[c]", "[low]",
                           "5 or less", "Fewer than 5", "Not held"}) {
    EXPECT_EQ(Of(mark), Looks::kMark) << mark;
  }
  for (const char* text : {"Kent", "16 and over", "5 offences", "R12"}) {
    EXPECT_EQ(Of(text), Looks::kText) << text;
  }
}

TEST(SuggestCells, AMarkBehindAFigure) {
  SheetCell cell;
  cell.kind = tabular::CellKind::kText;
  cell.text = cell.label = "6**";
  const CellLook look = LookAt(cell, /*text_file=*/true);
  EXPECT_EQ(look.looks, Looks::kNumber);
  EXPECT_EQ(look.suffix, "**");
  EXPECT_EQ(look.value, 60'000);
  EXPECT_TRUE(LookAt(cell, false).suffix == "**");
  cell.text = cell.label = "7";
  EXPECT_TRUE(LookAt(cell, /*text_file=*/false).number_as_text);
  EXPECT_FALSE(LookAt(cell, /*text_file=*/true).number_as_text);
}

TEST(SuggestCells, WordsThatSoundLikeSomething) {
  EXPECT_TRUE(SoundsLikeTotal("Sum:"));
  EXPECT_TRUE(SoundsLikeTotal("Grand total"));
  EXPECT_TRUE(SoundsLikeTotal("All ages"));
  EXPECT_FALSE(SoundsLikeTotal("Consumption"));
  EXPECT_FALSE(SoundsLikeTotal("of which total"));
  EXPECT_TRUE(SoundsLikeReporter("Police force"));
  EXPECT_TRUE(SoundsLikeReporter("Force"));
  EXPECT_FALSE(SoundsLikeReporter("Type of force"));
  EXPECT_TRUE(SoundsLikePeriod("Financial year"));
  EXPECT_FALSE(SoundsLikePeriod("Yearly"));
}

TEST(SuggestCells, PeriodsInLabelsAndTitles) {
  EXPECT_EQ(PeriodFormOf("2017/18"), pb::PERIOD_FORM_FINANCIAL_YEAR);
  EXPECT_EQ(PeriodFormOf("2016"), pb::PERIOD_FORM_CALENDAR_YEAR);
  EXPECT_EQ(PeriodFormOf("January to March 2017"), pb::PERIOD_FORM_MONTHS);
  EXPECT_FALSE(PeriodFormOf("2017/19").has_value()) << "a misprint";
  EXPECT_EQ(FindPeriod("Offences, 2023/24")->form,
            pb::PERIOD_FORM_FINANCIAL_YEAR);
  EXPECT_EQ(FindPeriod("Offences in 2016 by force")->form,
            pb::PERIOD_FORM_CALENDAR_YEAR);
  EXPECT_FALSE(FindPeriod("2016/17 and 2017/18").has_value())
      << "nobody knows which";
  EXPECT_FALSE(FindPeriod("Answer 10905/25").has_value());
}

}  // namespace
}  // namespace collate::foi_spreadsheet
