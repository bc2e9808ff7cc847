// Family `prc-long`: the Home Office's police recorded crime open data, one
// count per financial quarter, force and offence code, as CSV or as a workbook
// with a sheet for each financial year.
//
// Read twice: a survey looks at the whole document, checks every cell and
// tells which years it covers, so that nothing is handed on of a document that
// is refused at its last line; then the rows are delivered, grid by grid.
// Columns are matched by name, never by place, and every cell is either used
// or counted as ignored. Labels stay as printed: what they mean is not decided
// here.
//
// Of a workbook, the sheets named after a financial year (2012-13, 2019_20)
// are read; they hold rows of that year only, and a year has one sheet. Other
// sheets are listed in the survey, and refuse the workbook when they hold such
// a table after all (SHEET_NOT_A_YEAR). So does a hidden sheet of a year
// (HIDDEN_SHEET): reading it would publish what the publisher does not show,
// and leaving it out would drop a year. Hidden rows and columns of a sheet that
// is shown, such as a filter leaves behind, belong to its table: they are read
// and counted.
//
// Names and codes are taken from text alone. A spreadsheet that stores the
// code 4.10 as a number holds 4.1, which is another code; a date it may have
// made of one is lost too. So a code that is stored as anything but text is
// refused (LABEL_NOT_TEXT), with one exception: a whole number that is shown
// by its bare digits, such as 801, has lost nothing.
//
// Functions of their arguments; any thread.

#ifndef COLLATE_PLUGINS_POLICE_RETURNS_PRC_LONG_H_
#define COLLATE_PLUGINS_POLICE_RETURNS_PRC_LONG_H_

#include <cstdint>
#include <map>
#include <set>
#include <string>
#include <string_view>
#include <tuple>
#include <vector>

#include "plugins/police_returns/count_cell.h"
#include "plugins/police_returns/survey.h"
#include "plugins/tabular/source.h"
#include "plugins/tabular/workbook.h"

namespace collate::police_returns {

// One data row. Views are lent for the call.
struct PrcRow {
  std::string_view force;  // trimmed, without a glued "[Note 6]"
  // That note, and what stands above the line in the cells of the force, the
  // code and the count.
  std::vector<std::string_view> notes;
  std::string_view csp;   // only where the file has the column
  std::string_view code;  // byte for byte after the trim
  std::string_view description;
  std::string_view group;
  std::string_view subgroup;
  int32_t first_year = 0;  // 2017 of 2017/18
  int32_t quarter = 0;     // 1 is April to June
  Count count;
  std::string_view raw;
  tabular::Locator locator;  // of the value cell
};

class PrcSink {
 public:
  virtual ~PrcSink() = default;
  virtual tabular::Status OnRow(const PrcRow& row) = 0;
};

struct PrcGrid : GridSurvey {
  bool has_csp = false;
  std::set<int32_t> years;  // first years seen; of a sheet its own only

  // The header cell above the counts.
  const tabular::Locator& ValueHeader() const;
};

// Where a label was first printed.
struct Place {
  std::string sheet;
  tabular::Locator locator;
};

struct PrcSurvey {
  std::vector<PrcGrid> grids;  // one, or the year sheets in their order
  std::vector<tabular::SheetInfo> other_sheets;
  // code, description, group, subgroup
  std::map<std::tuple<std::string, std::string, std::string, std::string>,
           Place>
      labels;
  Faults faults;
};

// Fails on what ends the reading at once: not text, row-level records (before
// any row), another family, no usable header, a limit. Faults of single cells
// are collected in the survey instead.
tabular::Status SurveyPrc(tabular::ByteSource& source,
                          const ReadOptions& options, PrcSurvey* survey);
tabular::Status SurveyPrcWorkbook(tabular::Workbook& workbook,
                                  const ReadOptions& options,
                                  PrcSurvey* survey);

// Delivers the rows of a file, or of one sheet, that was surveyed without a
// fault.
tabular::Status ReadPrc(tabular::ByteSource& source, const ReadOptions& options,
                        const PrcGrid& grid, PrcSink& sink);
tabular::Status ReadPrcSheet(tabular::Workbook& workbook, const PrcGrid& grid,
                             PrcSink& sink);

// "2017/18"; the next century's first year is "1999/00".
std::string FinancialYearText(int32_t first_year);

// Days since 1970-01-01, half-open.
struct Days {
  int32_t begin = 0;
  int32_t end = 0;
};
Days QuarterDays(int32_t first_year, int32_t quarter);

}  // namespace collate::police_returns

#endif  // COLLATE_PLUGINS_POLICE_RETURNS_PRC_LONG_H_
