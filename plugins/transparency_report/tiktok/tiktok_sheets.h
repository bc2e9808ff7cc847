// The sheets of TikTok's workbooks, read and checked; a sheet is known by its
// header. Each is wide, in one of five layouts:
//
//   Date | figures of a quarter, by its last day
//   Date | shares by policy (sheet "Video removals by policy")
//   "Jul-Sep 2021 removal policy" | rates of a policy
//   Country Name, or Country Code and Country Name | figures of a country
//   Issue policy | Sub-policy | figures of removals by people
//
// The last two name no period: theirs is the one that stands in the header of
// the third, which the last quarter of the others must be.

#ifndef COLLATE_PLUGINS_TRANSPARENCY_REPORT_TIKTOK_TIKTOK_SHEETS_H_
#define COLLATE_PLUGINS_TRANSPARENCY_REPORT_TIKTOK_TIKTOK_SHEETS_H_

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "plugins/sdk/adapter.hpp"
#include "plugins/tabular/grid.h"
#include "plugins/tabular/status.h"
#include "plugins/tabular/workbook.h"
#include "plugins/transparency_report/tiktok/tiktok_words.h"

namespace collate::transparency_report {

enum class TiktokLayout {
  kNone,  // no sheet of this family
  kByDate,
  kShares,
  kByPolicy,
  kByCountry,
  kBySubPolicy,
};

// A figure, but for its table; without a period where the sheet names none.
struct TiktokSheetFigure {
  const TiktokMeasure* measure = nullptr;
  sdk::Locator header;  // of its column
  sdk::Observation observation;
};

struct TiktokSheets {
  std::vector<TiktokSheetFigure> figures;
  // The quarter in the header of the rates by policy.
  std::optional<sdk::Period> edition;
  sdk::Locator edition_cell;
  // The last quarter that a date names, and where it does first.
  std::optional<sdk::Period> last;
  tabular::Locator last_cell;
  std::string last_sheet;

  uint64_t rows_read = 0;  // headers as well
  uint64_t cells_read = 0;
  uint64_t cells_header = 0;
  uint64_t cells_labels = 0;
  uint64_t cells_ignored = 0;  // of unread sheets, and country codes
  uint64_t country_codes = 0;  // of the cells ignored
  uint64_t hidden_cells = 0;
};

// What a header row makes of a sheet.
TiktokLayout TiktokLayoutOf(const std::string& sheet, const tabular::Row& row);

// Adds one sheet; *layout is kNone when it is none of this family, whose cells
// are counted as ignored. Refuses with the cell: HIDDEN_SHEET, UNKNOWN_COLUMN,
// AMBIGUOUS_COLUMN, INVALID_PERIOD, EMPTY_LABEL, CELL_OUTSIDE_TABLE,
// UNPARSED_NUMBER, NOT_A_COUNT, NOT_A_FRACTION.
tabular::Status ReadTiktokSheet(tabular::Workbook& workbook,
                                const tabular::SheetInfo& sheet,
                                const std::string& part, TiktokSheets* sheets,
                                TiktokLayout* layout);

}  // namespace collate::transparency_report

#endif  // COLLATE_PLUGINS_TRANSPARENCY_REPORT_TIKTOK_TIKTOK_SHEETS_H_
