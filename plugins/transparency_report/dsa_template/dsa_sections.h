// One section of a report by the EU template, from its header to its last row.
// A section is read as a whole or not at all.

#ifndef COLLATE_PLUGINS_TRANSPARENCY_REPORT_DSA_TEMPLATE_DSA_SECTIONS_H_
#define COLLATE_PLUGINS_TRANSPARENCY_REPORT_DSA_TEMPLATE_DSA_SECTIONS_H_

#include <cstdint>
#include <map>
#include <string>
#include <utility>
#include <vector>

#include "plugins/sdk/adapter.hpp"
#include "plugins/tabular/status.h"
#include "plugins/transparency_report/dsa_template/dsa_words.h"
#include "plugins/transparency_report/held_rows.h"

namespace collate::transparency_report {

// Where a section stands: rows[header] and those up to rows[end).
struct DsaPlace {
  const std::vector<HeldRow>* rows = nullptr;
  size_t header = 0;
  size_t end = 0;
  std::string part;
  std::string sheet;
  std::string reporter;  // of the manifest; empty = the service of each row
};

// What was read of a section, before any of it is handed over.
struct DsaDraft {
  std::vector<std::pair<DsaMeasure, sdk::Observation>> rows;
  std::vector<sdk::Diagnostic> diagnostics;
  uint64_t observed_cells = 0;
  uint64_t ignored_cells = 0;  // each with a diagnostic
};

// Sections 3 to 6: a row for each category and keyword, a column for each
// measure. An error refuses the section, with its place.
tabular::Status ReadDsaCategories(const DsaPlace& place, DsaSection section,
                                  DsaDraft* draft);

// Sections 7 to 10: a row for each indicator and scope.
tabular::Status ReadDsaIndicators(const DsaPlace& place, DsaDraft* draft);

// What both have in common: the columns by name, and the first cells of a row.
class DsaColumnsFound {
 public:
  // The column of a name; 0 when there is none.
  uint32_t Of(std::string_view name) const {
    const auto at = by_name_.find(name);
    return at == by_name_.end() ? 0 : at->second->locator.column;
  }
  const HeldCell* HeaderOf(uint32_t column) const {
    return rows_header_->Find(column);
  }
  // AMBIGUOUS_COLUMN when two columns have one name, UNKNOWN_COLUMN when
  // `known` does not know one.
  tabular::Status Find(const DsaPlace& place,
                       bool (*known)(DsaSection, const std::string&),
                       DsaSection section);

 private:
  const HeldRow* rows_header_ = nullptr;
  std::map<std::string, const HeldCell*, std::less<>> by_name_;
};

tabular::Error DsaFault(const DsaPlace& place, const char* reason,
                        std::string message, std::string expected,
                        const HeldCell* cell, const HeldRow& row);

// Service, period, reporter and the columns' common axes of a row.
tabular::Status StartDsaRow(const DsaPlace& place,
                            const DsaColumnsFound& columns, const HeldRow& row,
                            sdk::Observation* start);

// State and value of a cell of figures.
tabular::Status SetDsaFigure(const DsaPlace& place, const DsaMeasure& measure,
                             const HeldCell* cell, const HeldRow& row,
                             sdk::Observation* out);

}  // namespace collate::transparency_report

#endif  // COLLATE_PLUGINS_TRANSPARENCY_REPORT_DSA_TEMPLATE_DSA_SECTIONS_H_
