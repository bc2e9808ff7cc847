// A recipe as it was written, its regexes made ready.

#ifndef COLLATE_PLUGINS_FOI_SPREADSHEET_RECIPE_H_
#define COLLATE_PLUGINS_FOI_SPREADSHEET_RECIPE_H_

#include <google/protobuf/text_format.h>

#include <map>
#include <string>
#include <string_view>
#include <vector>

#include "collate/recipe/v1/recipe.pb.h"
#include "plugins/foi_spreadsheet/pattern.h"
#include "plugins/tabular/status.h"

namespace collate::foi_spreadsheet {

namespace pb = ::collate::recipe::v1;

inline constexpr size_t kMaxRecipeBytes = size_t{256} << 10;

class Recipe {
 public:
  const pb::Recipe& proto() const { return proto_; }
  // "id/version", as told with each table.
  std::string name() const;
  // Of a regex that stands in the recipe.
  const Pattern& pattern(const std::string& text) const {
    return patterns_.at(text);
  }

 private:
  friend tabular::Status LoadRecipe(const std::string& file,
                                    std::string_view text, Recipe* recipe);
  friend tabular::Status CheckDecided(const Recipe& recipe);

  pb::Recipe proto_;
  std::map<std::string, Pattern> patterns_;
  std::vector<std::string> undecided_;  // "file:line:column: question"
};

// Reads a recipe and checks it (lint.h). RECIPE_SYNTAX or RECIPE_INVALID, with
// line and column in `file` of each problem, the first ten in the message.
tabular::Status LoadRecipe(const std::string& file, std::string_view text,
                           Recipe* recipe);

// RECIPE_UNDECIDED, with each question that the recipe still asks.
tabular::Status CheckDecided(const Recipe& recipe);

}  // namespace collate::foi_spreadsheet

#endif  // COLLATE_PLUGINS_FOI_SPREADSHEET_RECIPE_H_
