#include "plugins/tabular/sheet_value.h"

#include <gtest/gtest.h>

namespace collate::tabular {
namespace {

TEST(SheetValueTest, CellsAreNamedAndRead) {
  struct Case {
    const char* name;
    uint32_t row, column;
  };
  for (const Case& c :
       {Case{"A1", 1, 1}, Case{"Z9", 9, 26}, Case{"AA10", 10, 27},
        Case{"ZZ1", 1, 702}, Case{"AAA1", 1, 703},
        Case{"XFD1048576", 1048576, 16384}}) {
    uint32_t row = 0, column = 0;
    ASSERT_TRUE(ParseCellName(c.name, &row, &column)) << c.name;
    EXPECT_EQ(row, c.row) << c.name;
    EXPECT_EQ(column, c.column) << c.name;
    EXPECT_EQ(CellName(c.row, c.column), c.name);
  }
  uint32_t row = 0, column = 0;
  EXPECT_TRUE(ParseCellName("$b$7", &row, &column));
  EXPECT_EQ(CellName(row, column), "B7");
}

TEST(SheetValueTest, WhatIsNoCellOfASheetIsNot) {
  uint32_t row = 0, column = 0;
  for (const char* name :
       {"", "A", "1", "A0", "1A", "A1B", "A-1", "A 1", "XFE1", "A1048577",
        "ZZZZZZZ99999999999", "A18446744073709551617", "A1:B2", "AAAA1"}) {
    EXPECT_FALSE(ParseCellName(name, &row, &column)) << name;
  }
}

TEST(SheetValueTest, RangesAscend) {
  Merge range;
  ASSERT_TRUE(ParseRange("B2:C5", &range));
  EXPECT_EQ(range, (Merge{2, 2, 5, 3}));
  ASSERT_TRUE(ParseRange("B2", &range));
  EXPECT_EQ(range, (Merge{2, 2, 2, 2}));
  for (const char* name : {"", "B2:", ":B2", "C5:B2", "B2:A5", "A1:XFE1"}) {
    EXPECT_FALSE(ParseRange(name, &range)) << name;
  }
}

TEST(SheetValueTest, NumbersHaveOneSpelling) {
  struct Case {
    const char* stored;
    const char* plain;
  };
  for (const Case& c : {
           Case{"5", "5"},
           Case{"-45", "-45"},
           Case{"+3", "3"},
           Case{" 7\n", "7"},
           Case{"-0", "0"},
           Case{"0.0", "0"},
           Case{"5516.65", "5516.65"},
           Case{"0.10000000000000001", "0.1"},
           Case{"4.4000000000000004", "4.4"},
           Case{"8.9116420174440658E-2", "0.08911642017444066"},
           Case{"1E3", "1000"},
           Case{"1e-7", "0.0000001"},
           Case{".5", "0.5"},
           Case{"007", "7"},
           // More exact than the double that others would make of it.
           Case{"12345678901234567", "12345678901234567"},
       }) {
    std::string plain;
    double value = 0;
    ASSERT_TRUE(PlainNumber(c.stored, &plain, &value)) << c.stored;
    EXPECT_EQ(plain, c.plain) << c.stored;
  }
}

TEST(SheetValueTest, WhatIsNoFiniteNumberIsNone) {
  std::string plain;
  double value = 0;
  for (const char* stored : {"", " ", "x", "1x", "1,5", "1 2", "nan", "inf",
                             "-inf", "1e999", "0x10", "+-1", "--1", "1e"}) {
    EXPECT_FALSE(PlainNumber(stored, &plain, &value)) << stored;
  }
}

TEST(SheetValueTest, FormatCodesSayWhatADayIs) {
  struct Case {
    const char* code;
    FormatKind kind;
  };
  for (const Case& c : {
           Case{"", FormatKind::kNumber},
           Case{"General", FormatKind::kNumber},
           Case{"#,##0.00", FormatKind::kNumber},
           Case{"0.0%", FormatKind::kPercent},
           Case{"\"per cent %\"0", FormatKind::kNumber},
           Case{"yyyy\\-mm\\-dd;@", FormatKind::kDate},
           Case{"mmm\\-yy", FormatKind::kDate},
           Case{"mmmm", FormatKind::kDate},
           Case{"d/m/yy h:mm", FormatKind::kDate},
           Case{"[$-F800]dddd\\,\\ mmmm\\ dd", FormatKind::kDate},
           Case{"h:mm AM/PM", FormatKind::kTime},
           Case{"mm:ss.0", FormatKind::kTime},
           Case{"[h]:mm:ss", FormatKind::kNumber},
           Case{"[mm]:ss", FormatKind::kNumber},
           Case{"[Red]0", FormatKind::kNumber},
           Case{"0;\"day\"", FormatKind::kNumber},
           Case{"0\\d", FormatKind::kNumber},
           Case{"0_d", FormatKind::kNumber},
           Case{"0;yyyy", FormatKind::kNumber},
           Case{"_-* #,##0.00_-;\\-* #,##0.00_-;_-* \"-\"?\?_-;_-@_-",
                FormatKind::kNumber},
           Case{"0.00E+00", FormatKind::kNumber},
           Case{"0\"", FormatKind::kNumber},
           Case{"0[", FormatKind::kNumber},
           Case{"0\\", FormatKind::kNumber},
       }) {
    EXPECT_EQ(ClassifyFormat(c.code), c.kind) << c.code;
  }
  std::string_view code;
  EXPECT_EQ(ClassifyBuiltInFormat(0, &code), FormatKind::kNumber);
  EXPECT_EQ(code, "");
  EXPECT_EQ(ClassifyBuiltInFormat(10, &code), FormatKind::kPercent);
  EXPECT_EQ(code, "0.00%");
  EXPECT_EQ(ClassifyBuiltInFormat(14, &code), FormatKind::kDate);
  EXPECT_EQ(ClassifyBuiltInFormat(20, &code), FormatKind::kTime);
  EXPECT_EQ(ClassifyBuiltInFormat(31, &code), FormatKind::kDate);
  EXPECT_EQ(ClassifyBuiltInFormat(46, &code), FormatKind::kNumber);
}

struct SerialCase {
  double serial;
  bool epoch_1904;
  FormatKind kind;
  const char* iso;  // null when there is no such day
};

class SerialTest : public ::testing::TestWithParam<SerialCase> {};

TEST_P(SerialTest, IsTheDayItStandsFor) {
  std::string iso;
  const bool is_day = SerialToIso(GetParam().serial, GetParam().kind,
                                  GetParam().epoch_1904, &iso);
  ASSERT_EQ(is_day, GetParam().iso != nullptr) << iso;
  if (is_day) {
    EXPECT_EQ(iso, GetParam().iso);
  }
}

constexpr FormatKind kDate = FormatKind::kDate;
constexpr FormatKind kTime = FormatKind::kTime;
INSTANTIATE_TEST_SUITE_P(
    Days, SerialTest,
    ::testing::Values(SerialCase{43190, false, kDate, "2018-03-31"},
                      SerialCase{43190.5, false, kDate, "2018-03-31T12:00:00"},
                      SerialCase{43190.395833333336, false, kDate,
                                 "2018-03-31T09:30:00"},
                      SerialCase{43190.9999999999, false, kDate, "2018-04-01"},
                      SerialCase{43190 + 1.5 / 86400, false, kDate,
                                 "2018-03-31T00:00:01.500"},
                      SerialCase{1, false, kDate, "1900-01-01"},
                      SerialCase{59, false, kDate, "1900-02-28"},
                      SerialCase{60, false, kDate, nullptr},
                      SerialCase{61, false, kDate, "1900-03-01"},
                      SerialCase{0, false, kDate, nullptr},
                      SerialCase{0.5, false, kDate, nullptr},
                      SerialCase{0.5, false, kTime, "12:00:00"},
                      SerialCase{0, true, kDate, "1904-01-01"},
                      SerialCase{0.25, true, kTime, "06:00:00"},
                      SerialCase{41728, true, kDate, "2018-03-31"},
                      SerialCase{2958465, false, kDate, "9999-12-31"},
                      SerialCase{2958466, false, kDate, nullptr},
                      SerialCase{2958465, true, kDate, nullptr},
                      SerialCase{-1, false, kDate, nullptr},
                      SerialCase{1e300, false, kDate, nullptr}));

TEST(SheetValueTest, IsoDatesExist) {
  for (const char* date : {"2018-03-31", "2020-02-29", "2018-03-31T09:30:00",
                           "2018-03-31T09:30:00.25", "2018-03-31T09:30:00Z"}) {
    EXPECT_TRUE(IsIsoDate(date)) << date;
  }
  for (const char* date :
       {"", "2018-03", "2018-02-29", "2018-13-01", "31/03/2018", "2018-3-31",
        "2018-03-31 09:30", "2018-03-31T24:00:00", "2018-03-31T09:60:00",
        "2018-03-31T09:30", "2018-03-31T", "2018-03-31x",
        "2018-03-31T09:30:00."}) {
    EXPECT_FALSE(IsIsoDate(date)) << date;
  }
}

}  // namespace
}  // namespace collate::tabular
