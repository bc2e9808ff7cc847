// What every reader of this adapter keeps about a grid it has looked at: where
// the header stands, how many rows and cells there are and what became of
// them, and every fault.
//
// Grids are read twice. The first pass surveys: it checks every cell, so that
// nothing is handed on of a document that is refused at its last line.

#ifndef COLLATE_PLUGINS_POLICE_RETURNS_SURVEY_H_
#define COLLATE_PLUGINS_POLICE_RETURNS_SURVEY_H_

#include <cstdint>
#include <map>
#include <string>
#include <vector>

#include "plugins/tabular/budget.h"
#include "plugins/tabular/decode.h"
#include "plugins/tabular/grid.h"
#include "plugins/tabular/header.h"
#include "plugins/tabular/status.h"

namespace collate::police_returns {

struct ReadOptions {
  tabular::Encoding encoding = tabular::Encoding::kDetect;  // of text
  tabular::Limits limits;
  std::string part;  // the document's name
};

// One grid: a text file or a sheet.
struct GridSurvey {
  std::string sheet;   // empty for text
  uint32_t index = 0;  // of the sheet
  tabular::Header header;

  uint64_t preamble_rows = 0;  // before the header
  uint64_t data_rows = 0;      // after it: observed + blank + faulty
  uint64_t blank_rows = 0;
  uint64_t data_cells = 0;
  uint64_t ignored_cells = 0;  // of ignored columns and blank rows
  // Cells of each column that has no role. In a sheet such a column may lack
  // a header cell too.
  std::map<uint32_t, uint64_t> ignored_columns;
  uint64_t hidden_cells = 0;   // in a hidden row or column, read all the same
  uint64_t formula_cells = 0;  // read as what they last gave

  // The header cell above the cells of a role.
  const tabular::Locator& HeaderOf(int role) const;
};

inline constexpr size_t kListedFaults = 100;

// Faults of single cells; the document is refused if there is any.
struct Faults {
  std::vector<tabular::Error> listed;  // the first kListedFaults
  uint64_t count = 0;

  void Add(tabular::Error error);
};

// The cell of a column, or `missing` made to stand for it: sheets are sparse.
const tabular::Cell& CellAt(const tabular::Row& row, uint32_t column,
                            tabular::Cell* missing);

// Walks over a grid whose header is known, counts, and gives the rows that
// hold something to a family.
class GridSurveyor : public tabular::GridSink {
 public:
  GridSurveyor(const ReadOptions& options, GridSurvey* grid, Faults* faults)
      : options_(options), grid_(grid), faults_(faults) {}

  tabular::Status OnRow(const tabular::Row& row) final;

 protected:
  // Ends the reading when it fails; faults of cells go to AddFault.
  virtual tabular::Status OnData(const tabular::Row& row) = 0;

  void AddFault(tabular::Error error);

 private:
  const ReadOptions& options_;
  GridSurvey* grid_;
  Faults* faults_;
};

}  // namespace collate::police_returns

#endif  // COLLATE_PLUGINS_POLICE_RETURNS_SURVEY_H_
