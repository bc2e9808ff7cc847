// A guess as the skeleton of a recipe: what was found is filled in, what a
// person has to decide is a question (`undecided`) that keeps it from being
// read.

#ifndef COLLATE_PLUGINS_FOI_SPREADSHEET_SUGGEST_RECIPE_H_
#define COLLATE_PLUGINS_FOI_SPREADSHEET_SUGGEST_RECIPE_H_

#include <set>
#include <string>
#include <vector>

#include "plugins/foi_spreadsheet/suggest_blocks.h"
#include "plugins/foi_spreadsheet/suggest_text.h"

namespace collate::foi_spreadsheet {

// Tables of a skeleton; what is beyond them is told in it.
inline constexpr size_t kMaxSuggestedTables = 30;

// `asked`: the sheet that the sender asked for; empty for all of them.
std::string SuggestRecipe(const std::string& file, const std::string& asked,
                          const std::vector<SheetGuess>& guesses,
                          const std::vector<std::string>& other_sheets);

// One group of columns of a block as a table. False when no cell's text is
// unique on its sheet, so that nothing can be hung on it.
bool SuggestTable(const SheetGuess& guess, const BlockGuess& block,
                  const ColumnGroup& group, std::set<std::string>* ids,
                  Lines* out);

// What is counted, and what marks, blanks, flags and hidden cells mean: all of
// it questions.
void AskMeaning(const SheetGuess& guess, const BlockGuess& block,
                const ColumnGroup& group, Lines* out);

}  // namespace collate::foi_spreadsheet

#endif  // COLLATE_PLUGINS_FOI_SPREADSHEET_SUGGEST_RECIPE_H_
