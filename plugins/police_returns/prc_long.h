// Family `prc-long`: the Home Office's police recorded crime open data, one
// count per financial quarter, force and offence code, as CSV.
//
// Read twice: SurveyPrc() looks at the whole file, checks every cell and tells
// which years it covers, so that nothing is handed on of a file that is
// refused at its last line; ReadPrc() then delivers the rows. Columns are
// matched by name, never by place, and every cell is either used or counted
// as ignored. Labels stay as printed: what they mean is not decided here.
//
// Functions of their arguments; any thread.

#ifndef COLLATE_PLUGINS_POLICE_RETURNS_PRC_LONG_H_
#define COLLATE_PLUGINS_POLICE_RETURNS_PRC_LONG_H_

#include <cstdint>
#include <map>
#include <set>
#include <string>
#include <string_view>
#include <tuple>
#include <vector>

#include "plugins/tabular/csv.h"
#include "plugins/tabular/header.h"

namespace collate::police_returns {

// What a value cell says. The marks are the government's shorthand; the open
// data files seen so far hold numbers only.
enum class Mark : uint8_t {
  kNumber = 1,
  kConfidential = 2,   // [c]: withheld
  kUnavailable = 3,    // [x]: no more is said
  kNotApplicable = 4,  // [z]
  kLow = 5,            // [low]: rounds to nothing but is not nothing
};

// One data row. Views are lent for the call.
struct PrcRow {
  std::string_view force;       // trimmed, without a glued "[Note 6]"
  std::string_view force_note;  // that note, if any
  std::string_view csp;         // only where the file has the column
  std::string_view code;        // byte for byte after the trim
  std::string_view description;
  std::string_view group;
  std::string_view subgroup;
  int32_t first_year = 0;  // 2017 of 2017/18
  int32_t quarter = 0;     // 1 is April to June
  Mark mark = Mark::kNumber;
  int64_t value = 0;  // when kNumber
  std::string_view raw;
  tabular::Locator locator;  // of the value cell
};

class PrcSink {
 public:
  virtual ~PrcSink() = default;
  virtual tabular::Status OnRow(const PrcRow& row) = 0;
};

struct PrcOptions {
  tabular::Encoding encoding = tabular::Encoding::kDetect;
  tabular::Limits limits;
  std::string part;
};

struct PrcSurvey {
  tabular::Header header;
  bool has_csp = false;
  std::set<int32_t> years;  // first years seen
  // code, description, group, subgroup -> physical line where first printed
  std::map<std::tuple<std::string, std::string, std::string, std::string>,
           uint64_t>
      labels;

  uint64_t preamble_rows = 0;  // before the header
  uint64_t data_rows = 0;      // after it: observed + blank + faulty
  uint64_t blank_rows = 0;
  uint64_t data_cells = 0;
  uint64_t ignored_cells = 0;  // of ignored columns and blank rows

  // The first kListedFaults of fault_count; the file is refused if any.
  std::vector<tabular::Error> faults;
  uint64_t fault_count = 0;

  // The header cell above the counts.
  const tabular::Locator& ValueHeader() const;
};

inline constexpr size_t kListedFaults = 100;

// Fails on what ends the reading at once: not text, row-level records (before
// any row), another family, no usable header, a limit. Faults of single cells
// are collected in the survey instead.
tabular::Status SurveyPrc(tabular::ByteSource& source,
                          const PrcOptions& options, PrcSurvey* survey);

// Delivers the rows of a file that was surveyed without a fault.
tabular::Status ReadPrc(tabular::ByteSource& source, const PrcOptions& options,
                        const PrcSurvey& survey, PrcSink& sink);

// "2017/18"; the next century's first year is "1999/00".
std::string FinancialYearText(int32_t first_year);

// Days since 1970-01-01, half-open.
struct Days {
  int32_t begin = 0;
  int32_t end = 0;
};
Days QuarterDays(int32_t first_year, int32_t quarter);

}  // namespace collate::police_returns

#endif  // COLLATE_PLUGINS_POLICE_RETURNS_PRC_LONG_H_
