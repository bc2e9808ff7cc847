// What a recipe reads from a workbook: figures with their labels, what became
// of every cell, what was found out about it. Plain values.

#ifndef COLLATE_PLUGINS_FOI_SPREADSHEET_READING_H_
#define COLLATE_PLUGINS_FOI_SPREADSHEET_READING_H_

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "collate/recipe/v1/recipe.pb.h"
#include "plugins/foi_spreadsheet/sheet.h"
#include "plugins/sdk/adapter.hpp"
#include "plugins/tabular/status.h"

namespace collate::foi_spreadsheet {

// What a cell was claimed as.
enum class Role : uint8_t {
  kLeftover = 0,
  kObservation = 1,
  kHeader = 2,
  kNote = 3,
  kTotal = 4,  // read for a check and not published
  kIgnored = 5,
};

const char* RoleName(Role role);

struct CellClaim {
  Role role = Role::kLeftover;
  std::string rule;       // by which rule, in a few words
  bool personal = false;  // not to be shown
};

// A label of one row or column, or of the whole table.
struct Label {
  std::string printed;  // cleaned
  std::string text;     // as handed on
  size_t cell = Sheet::kNone;
  size_t rank = 0;  // position among the headers of its line
  collate::recipe::v1::Level level = collate::recipe::v1::LEVEL_UNSPECIFIED;
  std::string parent;
  std::vector<std::string> notes;
  sdk::Period period;
};

// What a cell says.
struct Figure {
  sdk::State state = sdk::State::kUnspecified;
  std::optional<sdk::Decimal> value;
  std::optional<sdk::Decimal> lower;
  std::optional<sdk::Decimal> upper;
  uint64_t flags = 0;
  std::string raw;
  std::string reason;
  std::vector<std::string> notes;
  bool blank = false;
  bool marked = false;
};

struct Observed {
  Figure figure;
  tabular::Locator locator;
  size_t block = 0;
  bool published = true;  // false: only checked
  // One for each dimension; lives as long as the reading.
  std::vector<const Label*> labels;
};

// A finding that does not refuse.
struct Notice {
  sdk::Severity severity = sdk::Severity::kInfo;
  std::string reason;
  std::string message;
  std::string expected;
  std::string found;
  tabular::Locator locator;
  uint64_t repeats = 1;
};

struct CheckOutcome {
  std::string check;
  tabular::Locator total;
  std::string expected;
  std::string found;
  std::string outcome;  // HOLDS, FAILS, NOT_PROVED
};

// One table.
struct TableReading {
  const collate::recipe::v1::Table* table = nullptr;
  std::string id;                // the table's, with a number on each sheet
  const Sheet* sheet = nullptr;  // null when none matched
  tabular::Locator anchor;       // of its first box
  std::vector<Observed> figures;
  std::vector<tabular::Error> faults;  // any refuses it
  uint64_t unlisted_faults = 0;
  std::vector<Notice> notices;
  std::vector<CheckOutcome> checks;
  uint64_t proved = 0;  // checks that hold
  bool pinned = false;  // a dimension pins its labels

  static constexpr size_t kListedFaults = 50;
  void AddFault(tabular::Error fault);
  bool ok() const { return faults.empty(); }
  // The recipe says that there is no figure, and why.
  bool without_figures() const { return !table->no_figures().empty(); }
  // No row was of this table: it is not there.
  bool present() const { return !figures.empty(); }
};

}  // namespace collate::foi_spreadsheet

#endif  // COLLATE_PLUGINS_FOI_SPREADSHEET_READING_H_
