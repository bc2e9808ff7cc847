// What the tables of Discord's reports are about: each is known by the name of
// its first column, by its title and by its other columns.

#ifndef COLLATE_PLUGINS_TRANSPARENCY_REPORT_DISCORD_DISCORD_WORDS_H_
#define COLLATE_PLUGINS_TRANSPARENCY_REPORT_DISCORD_DISCORD_WORDS_H_

#include <string>
#include <string_view>
#include <vector>

#include "plugins/sdk/adapter.hpp"

namespace collate::transparency_report {

// What the rows of a table are.
enum class DiscordRows { kMonths, kHarms, kRequests, kCountries, kOne };

struct DiscordColumn {
  std::vector<const char*> names;  // compared normalised
  const char* measure;
  const char* unit;
  sdk::Aggregation aggregation;
  bool percent = false;
  // The axis and label that the column stands for; null for none.
  const char* axis = nullptr;
  // Whether it is the total of the columns with such a label.
  bool total = false;
};

struct DiscordTable {
  const char* first;  // name of the first column
  DiscordRows rows;
  std::vector<const char*> titles;  // any of them; "" = without a title
  // Where the people are: of each row, and of the row of totals.
  const char* geography;
  const char* total_geography;
  std::vector<DiscordColumn> columns;
  // With kOne: the label of its one row, which is what the table is about.
  const char* only_row = nullptr;
};

const std::vector<DiscordTable>& DiscordTables();

// Whether some table begins with a column of this name.
bool BeginsDiscordTable(std::string_view normalised);

// "Total", "Total:", "Sum:", "SUM".
bool IsDiscordTotal(std::string_view label);

// Null for a name that no column of the table has.
const DiscordColumn* FindColumn(const DiscordTable& table,
                                std::string_view normalised);

}  // namespace collate::transparency_report

#endif  // COLLATE_PLUGINS_TRANSPARENCY_REPORT_DISCORD_DISCORD_WORDS_H_
