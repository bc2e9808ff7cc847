#include "plugins/police_returns/pfa_sums.h"

#include <algorithm>
#include <array>
#include <initializer_list>

namespace collate::police_returns {
namespace {

struct Rule {
  AreaKind whole;
  // Each of these kinds has to be there.
  std::initializer_list<AreaKind> parts;
  const char* name;
};

// One column, by kind of area.
struct Figures {
  struct Sum {
    int64_t sum = 0;
    size_t count = 0;
    size_t cell = 0;  // the last
    bool known = true;
  };
  std::array<Sum, kAreaKinds> of;

  const Sum& Of(AreaKind kind) const { return of[static_cast<size_t>(kind)]; }
};

}  // namespace

PfaSums CheckPfaSums(const PfaTable& table) {
  const Rule rules[] = {
      {AreaKind::kEnglandAndWales,
       {AreaKind::kEngland, AreaKind::kWales, AreaKind::kTransportPolice},
       "England, Wales and British Transport Police"},
      {AreaKind::kEngland, {AreaKind::kRegion}, "the regions of England"},
      {AreaKind::kEngland, {AreaKind::kEnglishForce}, "the forces of England"},
      {AreaKind::kWales, {AreaKind::kWelshForce}, "the forces of Wales"}};

  std::vector<Figures> columns(table.columns.size());
  for (size_t i = 0; i < table.cells.size(); ++i) {
    const PfaCell& cell = table.cells[i];
    Figures::Sum& figure =
        columns[cell.column]
            .of[static_cast<size_t>(table.areas[cell.area].kind)];
    ++figure.count;
    figure.cell = i;
    figure.known =
        figure.known && cell.mark == PfaMark::kNumber &&
        !__builtin_add_overflow(figure.sum, cell.value.mantissa, &figure.sum);
  }

  PfaSums result;
  for (const Figures& column : columns) {
    for (const Rule& rule : rules) {
      const Figures::Sum& whole = column.Of(rule.whole);
      int64_t sum = 0;
      bool known = whole.count == 1 && whole.known;
      for (const AreaKind part : rule.parts) {
        const Figures::Sum& figure = column.Of(part);
        known = known && figure.count > 0 && figure.known &&
                !__builtin_add_overflow(sum, figure.sum, &sum);
      }
      ++(known ? result.checked : result.unchecked);
      if (known && sum != whole.sum) {
        result.faults.push_back({whole.cell, rule.name, sum});
      }
    }
  }
  std::stable_sort(result.faults.begin(), result.faults.end(),
                   [](const PfaSumFault& a, const PfaSumFault& b) {
                     return a.cell < b.cell;
                   });
  return result;
}

}  // namespace collate::police_returns
