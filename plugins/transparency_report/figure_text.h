// One printed figure of a transparency report: a count, a percentage, a range
// of them, or a word that stands for none.
//
//   "20,800,000"  "920793.0"  "94.40%"  "4%-5%"  "1.2M"  "<0.05%"  "N/A"  "--"
//
// Which of these a column may hold, and what it then means, is the family's to
// say. Numbers are exact: no binary floating point, no rounding.

#ifndef COLLATE_PLUGINS_TRANSPARENCY_REPORT_FIGURE_TEXT_H_
#define COLLATE_PLUGINS_TRANSPARENCY_REPORT_FIGURE_TEXT_H_

#include <string_view>

#include "plugins/sdk/adapter.hpp"
#include "plugins/tabular/status.h"

namespace collate::transparency_report {

enum class FigureForm {
  kBlank = 1,
  kNotApplicable = 2,  // N/A, NA, --, - and their like
  kNumber = 3,         // lower == upper; "1.2M" is 1200000
  kRange = 4,          // "4%-5%", "10-20"
  kBelow = 5,          // "<0.05%": upper is set
  kText = 6,           // anything else
};

struct Figure {
  FigureForm form = FigureForm::kBlank;
  bool percent = false;      // a percent sign: 94.40% has lower 94.40
  bool approximate = false;  // "approximately 5%", "~5%"
  sdk::Decimal lower;
  sdk::Decimal upper;
};

// NUMBER_OVERFLOW when a number does not fit; the caller adds the place.
tabular::Status ParseFigure(std::string_view text, Figure* figure);

// Whether it has no fraction; gives the whole number.
bool IsWhole(const sdk::Decimal& number, int64_t* whole);

}  // namespace collate::transparency_report

#endif  // COLLATE_PLUGINS_TRANSPARENCY_REPORT_FIGURE_TEXT_H_
