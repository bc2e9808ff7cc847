// Family `pfa_tables`: the ONS police force area tables, a workbook with one
// wide table to a sheet, areas down and offences across.
//
// Reads one of the tables P1 (numbers), P2 (percentage change), P3 (rates, and
// the population and households behind them) and P9 (mid-year population). The
// header is found by what its cells say, areas are told apart by their codes,
// and every cell between the header and "Source:" is either used, blank, or
// refuses the table with its place. Labels stay as printed: what they mean is
// not decided here.
//
// Functions of their arguments; any thread.

#ifndef COLLATE_PLUGINS_POLICE_RETURNS_PFA_TABLES_H_
#define COLLATE_PLUGINS_POLICE_RETURNS_PFA_TABLES_H_

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "plugins/police_returns/pfa_words.h"
#include "plugins/tabular/number.h"
#include "plugins/tabular/workbook.h"

namespace collate::police_returns {

// What a column counts.
enum class PfaMeasure : uint8_t {
  kOffences = 1,
  kChange = 2,          // per cent
  kPopulationRate = 3,  // per 1,000 population
  kHouseholdRate = 4,   // per 1,000 households
  kPopulation = 5,
  kHouseholds = 6,
};
inline constexpr size_t kPfaMeasures = 7;

// What a value cell says. The same sign means different things in different
// tables, so each table knows its own only.
enum class PfaMark : uint8_t {
  kNumber = 1,
  kSmallBase = 2,         // P2 "-": the base is fewer than 50
  kNotShown = 3,          // P2 "-" in a column that a note takes out
  kNoComparison = 4,      // P2 "N/A", "NA"
  kIncludedInLondon = 5,  // P3 "+", City of London only
  kConfidential = 6,      // "[c]"; from here in every table
  kUnavailable = 7,       // "[x]"
  kNotApplicable = 8,     // "[z]"
  kLow = 9,               // "[low]": rounds to nothing but is not nothing
};

struct PfaColumn {
  uint32_t column = 0;
  std::string text;  // as printed, single spaces, without marks of notes
  PfaMeasure measure = PfaMeasure::kOffences;
  std::optional<size_t> offence;  // see OffenceHeading()
  int32_t mid_year = 0;           // of population and households
  std::vector<std::string> notes;
  tabular::Locator locator;
};

struct PfaArea {
  AreaKind kind = AreaKind::kTransportPolice;
  std::string code;  // empty for British Transport Police
  std::string name;
  // The name stands on another row too, a narrower area's: it does not say
  // which of the two this is.
  bool ambiguous_name = false;
  std::vector<std::string> notes;
  tabular::Locator name_cell;
};

struct PfaCell {
  size_t area = 0;    // index into areas
  size_t column = 0;  // index into columns
  PfaMark mark = PfaMark::kNumber;
  tabular::Decimal value;  // when kNumber
  // Where the number is rounded: by the publisher, or here.
  std::optional<tabular::Decimal> lower;
  std::optional<tabular::Decimal> upper;
  std::string raw;
  tabular::Locator locator;
};

// A note mark whose note is not printed under the table; the first of a cell.
struct PfaLostNote {
  std::string mark;
  tabular::Locator locator;
};

struct PfaTable {
  PfaKind kind = PfaKind::kNumbers;
  std::string sheet;
  std::string title;
  tabular::Locator title_cell;
  std::optional<YearEnding> period;  // none in P9
  uint32_t header_row = 0;
  std::vector<std::string> notes;  // of the title and of the unit
  std::vector<PfaColumn> columns;
  std::vector<PfaArea> areas;
  std::vector<PfaCell> cells;  // by area, then column
  std::vector<PfaLostNote> lost_notes;

  uint64_t rows_above = 0;  // title, header, unit
  uint64_t rows_below = 0;  // from "Source:" on
  uint64_t blank_rows = 0;
  uint64_t read_cells = 0;  // of the rows between them, codes and names too
  uint64_t blank_cells = 0;
  uint64_t hidden_cells = 0;
  uint64_t shortened = 0;  // numbers with more decimals than are kept
};

// Decimals kept of numbers that are stored as binary fractions.
inline constexpr int64_t kPfaDecimals = 10;

// Reads the table of one sheet or refuses it, naming sheet and cell.
tabular::Status ReadPfaTable(tabular::Workbook& workbook, uint32_t index,
                             PfaKind kind, const std::string& part,
                             PfaTable* table);

}  // namespace collate::police_returns

#endif  // COLLATE_PLUGINS_POLICE_RETURNS_PFA_TABLES_H_
