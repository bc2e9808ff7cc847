// Names that somebody may have meant.

#ifndef COLLATE_PLUGINS_FOI_SPREADSHEET_NEAR_NAMES_H_
#define COLLATE_PLUGINS_FOI_SPREADSHEET_NEAR_NAMES_H_

#include <string>
#include <string_view>
#include <vector>

namespace collate::foi_spreadsheet {

// The names that differ from `wanted` in at most a third of its characters, or
// that it is a part of; nearest first, at most three.
std::vector<std::string> NearNames(std::string_view wanted,
                                   const std::vector<std::string>& names);

}  // namespace collate::foi_spreadsheet

#endif  // COLLATE_PLUGINS_FOI_SPREADSHEET_NEAR_NAMES_H_
