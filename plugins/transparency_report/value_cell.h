// The cell of a figure, as the families of long tables read it.

#ifndef COLLATE_PLUGINS_TRANSPARENCY_REPORT_VALUE_CELL_H_
#define COLLATE_PLUGINS_TRANSPARENCY_REPORT_VALUE_CELL_H_

#include <cstdint>
#include <map>
#include <string>
#include <utility>

#include "plugins/sdk/adapter.hpp"
#include "plugins/tabular/grid.h"
#include "plugins/tabular/status.h"
#include "plugins/transparency_report/figure_text.h"

namespace collate::transparency_report {

// The figure of a cell; what cannot be read is refused with its place.
tabular::Status FigureOf(const tabular::Cell& cell, Figure* figure);

// UNREADABLE_FIGURE: the cell holds something else than `expected`.
tabular::Status RefuseFigure(const tabular::Cell& cell, std::string expected);

// A blank, and a marker that the file does not explain, are NOT_SHOWN: never
// zero, and never a figure that is not due. False for a figure.
bool SetNotShown(const Figure& figure, sdk::Observation* row);

// 0 to 100 per cent, exact as printed or between bounds: "94.40%", "4%-5%".
// Bounds are a figure that is known no better (SUPPRESSED). False for any other
// form.
bool SetPercent(const Figure& figure, sdk::Observation* row);

// Rows of a kind that a family does not know: left aside, counted and told of
// with the place of the first, never guessed.
class RowsAside {
 public:
  // `reason` is the finding's.
  void Add(const char* reason, std::string what,
           const tabular::Locator& locator);
  uint64_t rows() const { return rows_; }
  sdk::Status Tell(sdk::Host& host) const;

 private:
  struct Kind {
    tabular::Locator first;
    uint64_t rows = 0;
  };
  std::map<std::pair<std::string, std::string>, Kind> kinds_;
  uint64_t rows_ = 0;
};

}  // namespace collate::transparency_report

#endif  // COLLATE_PLUGINS_TRANSPARENCY_REPORT_VALUE_CELL_H_
