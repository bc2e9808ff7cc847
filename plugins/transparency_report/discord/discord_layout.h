// Discord's reports: several tables below one another in one CSV file. Nothing
// inside says which period they are about; the file's name does.
//
// A table with text in the place of a figure, with a figure that has no label,
// or of a kind that is not known is told and not read; the others are.

#ifndef COLLATE_PLUGINS_TRANSPARENCY_REPORT_DISCORD_DISCORD_LAYOUT_H_
#define COLLATE_PLUGINS_TRANSPARENCY_REPORT_DISCORD_DISCORD_LAYOUT_H_

#include <cstddef>
#include <string>
#include <string_view>
#include <vector>

#include "plugins/sdk/adapter.hpp"
#include "plugins/tabular/status.h"
#include "plugins/transparency_report/discord/discord_words.h"
#include "plugins/transparency_report/figure_text.h"
#include "plugins/transparency_report/held_rows.h"

namespace collate::transparency_report {

// The half-year or quarter of "discord-2022-q4.csv".
struct NamedPeriod {
  int year = 0;
  int first_month = 0;
  int months = 0;    // 3 or 6
  std::string text;  // "2022-q4"

  sdk::Period ToSdk() const;
};

// False when the text names none, or two that differ.
bool FindPeriod(std::string_view text, NamedPeriod* period);

// Where a table stands among the rows: [title, header, end).
struct DiscordBlock {
  size_t begin = 0;
  size_t header = 0;  // == end when there is none
  size_t end = 0;
  std::string title;
};

// Rows before the first block are blank. Every row that is not blank is in one.
std::vector<DiscordBlock> FindBlocks(const std::vector<HeldRow>& rows);

struct DiscordField {
  uint32_t number = 0;
  const DiscordColumn* is = nullptr;
  tabular::Locator locator;
  std::string label;  // as printed, without a mark
  std::string mark;
};

struct DiscordLine {
  const HeldRow* row = nullptr;
  std::string label;
  bool total = false;
  std::vector<Figure> figures;  // one for each column
};

// One table that was understood.
struct DiscordGrid {
  const DiscordTable* is = nullptr;
  std::vector<DiscordField> columns;
  std::vector<DiscordLine> lines;
};

// False with the fault that refuses the table, its cell in it.
bool ReadBlock(const std::vector<HeldRow>& rows, const DiscordBlock& block,
               const std::string& part, DiscordGrid* grid,
               tabular::Error* fault);

// The sum of a column's rows above the total; false where nothing can be added.
bool SumOf(const DiscordGrid& grid, size_t column, int64_t* sum);

// January = 1; 0 for no month's English name.
int MonthOf(std::string_view name);

}  // namespace collate::transparency_report

#endif  // COLLATE_PLUGINS_TRANSPARENCY_REPORT_DISCORD_DISCORD_LAYOUT_H_
