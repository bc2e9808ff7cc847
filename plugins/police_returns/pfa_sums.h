// Whether the areas of a table of numbers add up as its publisher says they do:
// England and Wales to England, Wales and British Transport Police, England to
// its regions and to its forces, Wales to its forces.
//
// Functions of their arguments; any thread.

#ifndef COLLATE_PLUGINS_POLICE_RETURNS_PFA_SUMS_H_
#define COLLATE_PLUGINS_POLICE_RETURNS_PFA_SUMS_H_

#include <cstddef>
#include <cstdint>
#include <string>
#include <vector>

#include "plugins/police_returns/pfa_tables.h"

namespace collate::police_returns {

struct PfaSumFault {
  size_t cell = 0;    // index of the whole's
  std::string parts;  // "the regions of England"
  int64_t sum = 0;
};

struct PfaSums {
  uint64_t checked = 0;
  // Where the whole or a part is not there or has no number.
  uint64_t unchecked = 0;
  std::vector<PfaSumFault> faults;  // in the order of the table
};

PfaSums CheckPfaSums(const PfaTable& table);

}  // namespace collate::police_returns

#endif  // COLLATE_PLUGINS_POLICE_RETURNS_PFA_SUMS_H_
