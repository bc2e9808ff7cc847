// What can be wrong with a recipe before it meets a file: fields that are
// missing or out of range, names that stand twice or nowhere, regexes that are
// none, rules that can never be reached, positions that nothing proves.

#ifndef COLLATE_PLUGINS_FOI_SPREADSHEET_LINT_H_
#define COLLATE_PLUGINS_FOI_SPREADSHEET_LINT_H_

#include <google/protobuf/text_format.h>

#include <map>
#include <string>
#include <vector>

#include "collate/recipe/v1/recipe.pb.h"
#include "plugins/foi_spreadsheet/pattern.h"

namespace collate::foi_spreadsheet {

inline constexpr int kMaxTables = 100;

struct Problem {
  int line = 0;  // from 1; 0 where the file has no such place
  int column = 0;
  std::string field;  // "tables[0].boxes[1].anchor"
  std::string what;
};

// Of what a recipe's tables have in common, before they have it: a fault of it
// is told once, where it stands.
std::vector<Problem> LintDefaults(
    const collate::recipe::v1::Recipe& recipe,
    const google::protobuf::TextFormat::ParseInfoTree& places,
    std::map<std::string, Pattern>* patterns);

// In the order of the file. Fills in every regex that is one.
std::vector<Problem> Lint(
    const collate::recipe::v1::Recipe& recipe,
    const google::protobuf::TextFormat::ParseInfoTree& places,
    std::map<std::string, Pattern>* patterns);

}  // namespace collate::foi_spreadsheet

#endif  // COLLATE_PLUGINS_FOI_SPREADSHEET_LINT_H_
