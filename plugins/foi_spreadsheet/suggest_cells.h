// What a single cell looks like, before anybody has said what it means. Hints
// for a suggestion; a recipe never uses them.

#ifndef COLLATE_PLUGINS_FOI_SPREADSHEET_SUGGEST_CELLS_H_
#define COLLATE_PLUGINS_FOI_SPREADSHEET_SUGGEST_CELLS_H_

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

#include "collate/recipe/v1/recipe.pb.h"
#include "plugins/foi_spreadsheet/sheet.h"

namespace collate::foi_spreadsheet {

enum class Looks : uint8_t {
  kText = 0,
  kNumber = 1,
  kYear = 2,     // a whole number from 1900 to 2100
  kPercent = 3,  // also "12%"
  kMark = 4,     // stands in place of a figure: "*", "<5", "nil", "[c]"
  kOther = 5,    // a date, a truth value, an error
};

struct CellLook {
  Looks looks = Looks::kText;
  // Of a number, in ten-thousandths, so that all of a table add up alike.
  int64_t value = 0;
  std::string suffix;           // "*" of "6*"
  bool number_as_text = false;  // in a file that has numbers of its own
};

CellLook LookAt(const SheetCell& cell, bool text_file);

// "Total", "Sum:", "All ages", "Grand total of offences".
bool SoundsLikeTotal(std::string_view label);
// "of which children", "Baton, of which:".
bool SoundsLikePart(std::string_view label);
// Headings of columns that name reporters, or periods.
bool SoundsLikeReporter(std::string_view heading);
bool SoundsLikePeriod(std::string_view heading);

// In which form the whole label is a period; a year that may be a financial
// or a school year counts as a financial one.
std::optional<collate::recipe::v1::PeriodForm> PeriodFormOf(
    std::string_view label);

// A financial or calendar year within a title: the regex that takes it out.
struct PeriodInText {
  std::string regex;
  collate::recipe::v1::PeriodForm form;
};
std::optional<PeriodInText> FindPeriod(std::string_view text);

}  // namespace collate::foi_spreadsheet

#endif  // COLLATE_PLUGINS_FOI_SPREADSHEET_SUGGEST_CELLS_H_
