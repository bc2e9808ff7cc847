// Printed periods to days. Only the forms that a recipe names are tried, and
// a form reads the whole text or nothing.

#ifndef COLLATE_PLUGINS_FOI_SPREADSHEET_PERIOD_TEXT_H_
#define COLLATE_PLUGINS_FOI_SPREADSHEET_PERIOD_TEXT_H_

#include <optional>
#include <string_view>

#include "collate/recipe/v1/recipe.pb.h"
#include "plugins/sdk/adapter.hpp"

namespace collate::foi_spreadsheet {

// The text as printed stays with the period. Nothing for one that the form
// does not read, such as the misprint "2017/19".
std::optional<sdk::Period> ReadPeriod(collate::recipe::v1::PeriodForm form,
                                      std::string_view text);

}  // namespace collate::foi_spreadsheet

#endif  // COLLATE_PLUGINS_FOI_SPREADSHEET_PERIOD_TEXT_H_
