// Small things that spreadsheets of every format share: addresses of cells,
// numbers in one spelling, serial days, and what a format code says of a cell.
//
// Functions of their arguments; any thread.

#ifndef COLLATE_PLUGINS_TABULAR_SHEET_VALUE_H_
#define COLLATE_PLUGINS_TABULAR_SHEET_VALUE_H_

#include <cstdint>
#include <string>
#include <string_view>

#include "plugins/tabular/workbook.h"

namespace collate::tabular {

constexpr uint32_t kMaxSheetRow = 1'048'576;
constexpr uint32_t kMaxSheetColumn = 16'384;

// "B12", "$B$12"; false for anything else and for a cell outside a sheet.
bool ParseCellName(std::string_view name, uint32_t* row, uint32_t* column);
// "A1:C3" or "A1"; false when an end is outside a sheet or before the begin.
bool ParseRange(std::string_view name, Merge* range);
// Decimal digits only, within the type.
bool ParseUnsigned(std::string_view text, uint64_t* value);

// A stored number as plain decimal: without exponent, grouping or noise from
// binary fractions (the shortest that reads back as the same double). False
// when it is not a finite number.
bool PlainNumber(std::string_view stored, std::string* plain, double* value);

enum class FormatKind : uint8_t {
  kNumber = 0,
  kPercent = 1,
  kDate = 2,  // a date, with or without a time
  kTime = 3,  // a time of day
};

// Of a format code; an elapsed time such as [h]:mm is a number.
FormatKind ClassifyFormat(std::string_view code);
// Of a built-in one, and its code where every locale has the same.
FormatKind ClassifyBuiltInFormat(uint64_t id, std::string_view* code);

// A serial day as 2018-03-31, 2018-03-31T09:30:00 or 09:30:00. False when it
// stands for no day: negative, beyond 9999, or 29 February 1900.
bool SerialToIso(double serial, FormatKind kind, bool epoch_1904,
                 std::string* iso);
// 2018-03-31, with T09:30:00 and fraction of a second or without; the day must
// exist.
bool IsIsoDate(std::string_view text);

}  // namespace collate::tabular

#endif  // COLLATE_PLUGINS_TABULAR_SHEET_VALUE_H_
