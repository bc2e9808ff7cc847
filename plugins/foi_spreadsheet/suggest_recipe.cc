#include "plugins/foi_spreadsheet/suggest_recipe.h"

#include <optional>

namespace collate::foi_spreadsheet {
namespace {

std::string Stem(const std::string& file) {
  const size_t dot = file.rfind('.');
  return dot == std::string::npos || dot == 0 ? file : file.substr(0, dot);
}

void IgnoreSheet(const std::string& sheet, const char* reason, Lines* out) {
  const auto regex = WholeText({sheet});
  if (!regex.has_value()) return;
  out->Open("ignore_sheets");
  out->Add("regex: " + Quote(*regex));
  out->Add("reason: " + Quote(reason));
  out->Close();
}

}  // namespace

std::string SuggestRecipe(const std::string& file, const std::string& asked,
                          const std::vector<SheetGuess>& guesses,
                          const std::vector<std::string>& other_sheets) {
  Lines out;
  out.Add("# proto-file: protos/collate/recipe/v1/recipe.proto");
  out.Add("# proto-message: collate.recipe.v1.Recipe");
  out.Add("#");
  out.Comment(
      "Suggested from the look of one file. Anchors, pinned headers, lookups, "
      "checks and ignored cells are guesses to go through. Each line "
      "`undecided` is a question that nobody has answered: fill in the field "
      "beside it, then take the line away. While there is one, the recipe "
      "reads nothing; `collate recipe test` shows what the rest does.");
  std::set<std::string> recipe_ids;
  out.Add("id: " + Quote(NameOf(Stem(file), "suggested", &recipe_ids)));
  out.Add("version: 1");
  out.Add("title: " + Quote("Suggested from " + file));
  std::set<std::string> ids;
  size_t tables = 0;
  size_t left_out = 0;
  for (const SheetGuess& guess : guesses) {
    bool any = false;
    left_out += guess.more_blocks;
    for (const BlockGuess& block : guess.blocks) {
      const std::vector<ColumnGroup> whole = {{block.columns, {}}};
      for (const ColumnGroup& group :
           block.groups.empty() ? whole : block.groups) {
        if (tables >= kMaxSuggestedTables) {
          ++left_out;
          continue;
        }
        if (!SuggestTable(guess, block, group, &ids, &out)) {
          ++left_out;
          continue;
        }
        ++tables;
        any = true;
      }
    }
    if (any || guess.sheet->is_text() || guess.sheet->cells().empty()) continue;
    if (!guess.blocks.empty()) continue;
    out.Blank();
    IgnoreSheet(guess.sheet->name(), "no table of figures was found on it",
                &out);
  }
  if (!other_sheets.empty()) {
    out.Blank();
    out.Comment("Sheets that were not looked at, since " + Quote(asked) +
                " was asked for. Each needs a table or a reason; without one "
                "it refuses the file (SHEET_NOT_CLAIMED):");
    for (const std::string& sheet : other_sheets) {
      const auto regex = WholeText({sheet});
      if (!regex.has_value()) continue;
      out.Add("# ignore_sheets { regex: " + Quote(*regex) +
              " reason: \"...\" }");
    }
  }
  if (left_out > 0) {
    out.Blank();
    out.Comment(std::to_string(left_out) +
                " further blocks of figures are not in this text: ask for one "
                "sheet at a time, or write their tables by hand.");
  }
  return out.text();
}

}  // namespace collate::foi_spreadsheet
