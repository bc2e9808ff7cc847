// Family `rolling-year`: recorded crime by force and offence group over the 12
// months that end on a date, as CSV. The windows of one series overlap: each
// row says which it is, and nothing is added here.
//
// Read twice, like the long format: SurveyRollingYear() checks every cell,
// ReadRollingYear() delivers the rows.
//
// Dates are day first, parted by hyphens or by strokes. A window ends with a
// month; the one slip that the publisher's file holds, the 30th of a quarter's
// last month of 31 days, is read as the quarter's end, and counted. The region
// belongs to the force (REGION_CONFLICT when one force has two) and is no part
// of a row's meaning.
//
// Functions of their arguments; any thread.

#ifndef COLLATE_PLUGINS_POLICE_RETURNS_ROLLING_YEAR_H_
#define COLLATE_PLUGINS_POLICE_RETURNS_ROLLING_YEAR_H_

#include <cstdint>
#include <map>
#include <set>
#include <string>
#include <string_view>

#include "plugins/police_returns/count_cell.h"
#include "plugins/police_returns/survey.h"
#include "plugins/tabular/source.h"

namespace collate::police_returns {

// 12 whole months, by the last of them.
struct Window {
  int32_t year = 0;
  int32_t month = 0;
  bool corrected = false;  // printed a day short of it

  // Days since 1970-01-01, half-open.
  int32_t begin() const;
  int32_t end() const;

  friend bool operator<(const Window& a, const Window& b) {
    return a.year != b.year ? a.year < b.year : a.month < b.month;
  }
};

// False when the text is no date, or none that ends such a window.
bool ParseWindow(std::string_view text, Window* window);
// "year ending December 2018".
std::string WindowText(const Window& window);

// One data row. Views are lent for the call.
struct RollingRow {
  Window window;
  std::string_view date;  // as printed, trimmed
  std::string_view force;
  std::string_view region;
  std::string_view offence;  // a group's name; there are no codes
  Count count;
  std::string_view raw;
  tabular::Locator locator;  // of the value cell
};

class RollingSink {
 public:
  virtual ~RollingSink() = default;
  virtual tabular::Status OnRow(const RollingRow& row) = 0;
};

// A date that was read as the end of its quarter.
struct CorrectedDate {
  tabular::Locator locator;  // of the first
  uint64_t rows = 0;
};

struct RollingSurvey {
  GridSurvey grid;
  std::set<Window> windows;
  std::map<std::string, CorrectedDate> corrected;  // by text as printed
  Faults faults;

  const tabular::Locator& ValueHeader() const;
  const tabular::Locator& RegionHeader() const;
};

// Fails on what ends the reading at once, such as a header that is not this
// family's or more windows than a table may claim (WINDOW_LIMIT).
tabular::Status SurveyRollingYear(tabular::ByteSource& source,
                                  const ReadOptions& options,
                                  RollingSurvey* survey);

// Delivers the rows of a file that was surveyed without a fault.
tabular::Status ReadRollingYear(tabular::ByteSource& source,
                                const ReadOptions& options,
                                const RollingSurvey& survey, RollingSink& sink);

}  // namespace collate::police_returns

#endif  // COLLATE_PLUGINS_POLICE_RETURNS_ROLLING_YEAR_H_
