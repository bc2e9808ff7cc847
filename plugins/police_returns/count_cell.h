// A cell that holds a count of offences, or one of the marks that may stand
// for one.

#ifndef COLLATE_PLUGINS_POLICE_RETURNS_COUNT_CELL_H_
#define COLLATE_PLUGINS_POLICE_RETURNS_COUNT_CELL_H_

#include <cstdint>

#include "plugins/tabular/grid.h"
#include "plugins/tabular/status.h"

namespace collate::police_returns {

// What a count cell says. The marks are the government's shorthand; the files
// seen so far hold numbers only.
enum class Mark : uint8_t {
  kNumber = 1,
  kConfidential = 2,   // [c]: withheld
  kUnavailable = 3,    // [x]: no more is said
  kNotApplicable = 4,  // [z]
  kLow = 5,            // [low]: rounds to nothing but is not nothing
};

struct Count {
  Mark mark = Mark::kNumber;
  int64_t value = 0;  // when kNumber
};

// A whole number, negative ones too, or a mark. A number that a sheet stores
// as one is taken from its value, however it is shown; text is trimmed, and
// the accounting format's zero "-00" is zero. UNDECLARED_MARKER,
// NOT_AN_INTEGER, NUMBER_OVERFLOW, or NOT_A_COUNT for a date, a percentage
// and the like; each at the cell.
tabular::Status ParseCount(const tabular::Cell& cell, Count* count);

}  // namespace collate::police_returns

#endif  // COLLATE_PLUGINS_POLICE_RETURNS_COUNT_CELL_H_
