// The one list of the columns of a chunk: number, name and the range of the
// values that may stand in them. Checking, writing and reading all walk it.
//
// For the files of this folder only.

#ifndef COLLATE_SERVICE_STORE_COLUMNS_H_
#define COLLATE_SERVICE_STORE_COLUMNS_H_

#include <cstddef>
#include <cstdint>
#include <limits>

#include "service/store/observations.h"
#include "service/vocabulary/period.h"
#include "service/vocabulary/state.h"

namespace collate::store {

// Numbers of the format: appended, never reused. Axis number i has the
// columns kAxisMember + 2 i and kAxisLabel + 2 i.
enum ColumnId : uint16_t {
  kReporterMember = 1,
  kReporterLabel = 2,
  kPeriodBegin = 3,
  kPeriodEnd = 4,
  kPeriodKindColumn = 5,
  kPeriodText = 6,
  kStateColumn = 7,
  kFlags = 8,
  kHas = 9,
  kValue = 10,
  kLower = 11,
  kUpper = 12,
  kRaw = 13,
  kReason = 14,
  kRecords = 15,
  kDocument = 16,
  kPart = 17,
  kSheet = 18,
  kRow = 19,
  kColumn = 20,
  kRowEnd = 21,
  kColumnEnd = 22,
  kLine = 23,
  // Of version 2 only: there when Observations::stated is.
  kStatedReporters = 24,
  kStatedCoverage = 25,
  kPrintedBy = 26,
  kAxisMember = 32,
  kAxisLabel = 33,
  kKnownFrom = 1000,
  kKnownUntil = 1001,
};

inline constexpr size_t kMaxAxes = 64;
inline constexpr size_t kColumnsWithoutAxes = 25;  // known_* included
inline constexpr size_t kStatedColumns = 3;

// Positions in a table grow by small steps from row to row.
constexpr bool IsLocatorColumn(uint16_t id) { return id >= kDocument && id <= kLine; }

struct ColumnInfo {
  uint16_t id;
  const char* name;
  int64_t least;
  int64_t most;
};

// Calls visit(info, rows, at) per column of `o`, in the order of the numbers,
// known_* left out, until one gives false. `rows` is the length of the vector
// behind the column; at(row) is a reference to the row's value. Unsigned
// 64-bit columns hold at most 2^63 - 1: their bit patterns are compared as
// signed numbers, and a negative one is out of range.
template <typename O, typename Visit>
bool VisitColumns(O& o, Visit&& visit) {
  constexpr int64_t kMaxU32 = std::numeric_limits<uint32_t>::max();
  constexpr int64_t kMinI32 = std::numeric_limits<int32_t>::min();
  constexpr int64_t kMaxI32 = std::numeric_limits<int32_t>::max();
  constexpr int64_t kMinI64 = std::numeric_limits<int64_t>::min();
  constexpr int64_t kMaxI64 = std::numeric_limits<int64_t>::max();
  constexpr int64_t kLastKind = static_cast<int64_t>(vocabulary::PeriodKind::kDay);
  const int64_t last_string = static_cast<int64_t>(o.strings.size()) - 1;

  const auto plain = [&visit](uint16_t id, const char* name, int64_t least, int64_t most,
                              auto& values) {
    return visit(
        ColumnInfo{id, name, least, most},
        values.size(), [&values](size_t i) -> auto& { return values[i]; });
  };
  const auto text = [&](uint16_t id, const char* name, auto& values) {
    return plain(id, name, 0, last_string, values);
  };
  const auto locator = [&](uint16_t id, const char* name, int64_t most, auto field) {
    return visit(
        ColumnInfo{id, name, 0, most}, o.locator.size(),
        [&o, field ](size_t i) -> auto& { return o.locator[i].*field; });
  };

  const bool base =
      text(kReporterMember, "reporter.member", o.reporter.member) &&
      text(kReporterLabel, "reporter.label", o.reporter.label) &&
      plain(kPeriodBegin, "period_begin", kMinI32, kMaxI32, o.period_begin) &&
      plain(kPeriodEnd, "period_end", kMinI32, kMaxI32, o.period_end) &&
      plain(kPeriodKindColumn, "period_kind", 0, kLastKind, o.period_kind) &&
      text(kPeriodText, "period_text", o.period_text) &&
      plain(kStateColumn, "state", 1, vocabulary::kPublishedStateCount - 1, o.state) &&
      plain(kFlags, "flags", 0, kMaxU32, o.flags) &&
      plain(kHas, "has", 0, kHasValue | kHasLower | kHasUpper, o.has) &&
      plain(kValue, "value", kMinI64, kMaxI64, o.value) &&
      plain(kLower, "lower", kMinI64, kMaxI64, o.lower) &&
      plain(kUpper, "upper", kMinI64, kMaxI64, o.upper) && text(kRaw, "raw", o.raw) &&
      text(kReason, "reason", o.reason) && plain(kRecords, "records", 0, kMaxI64, o.records) &&
      locator(kDocument, "locator.document", kMaxU32, &Locator::document) &&
      locator(kPart, "locator.part", last_string, &Locator::part) &&
      locator(kSheet, "locator.sheet", last_string, &Locator::sheet) &&
      locator(kRow, "locator.row", kMaxU32, &Locator::row) &&
      locator(kColumn, "locator.column", kMaxU32, &Locator::column) &&
      locator(kRowEnd, "locator.row_end", kMaxU32, &Locator::row_end) &&
      locator(kColumnEnd, "locator.column_end", kMaxU32, &Locator::column_end) &&
      locator(kLine, "locator.line", kMaxI64, &Locator::line);
  if (!base) return false;
  if (!o.stated.empty() &&
      !(plain(kStatedReporters, "stated.reporters", 0, kMaxU32, o.stated.reporters) &&
        text(kStatedCoverage, "stated.coverage", o.stated.coverage) &&
        text(kPrintedBy, "stated.printed_by", o.stated.printed_by))) {
    return false;
  }
  for (size_t a = 0; a < o.axes.size(); ++a) {
    const uint16_t shift = static_cast<uint16_t>(2 * a);
    if (!text(kAxisMember + shift, "axis.member", o.axes[a].member) ||
        !text(kAxisLabel + shift, "axis.label", o.axes[a].label)) {
      return false;
    }
  }
  return true;
}

}  // namespace collate::store

#endif  // COLLATE_SERVICE_STORE_COLUMNS_H_
