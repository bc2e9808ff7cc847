// Any bytes after a good header or without one: the file is read or refused by
// name, every window is 12 months, and what is read adds up to what was
// surveyed.

#include <cstdint>
#include <string>

#include "plugins/police_returns/rolling_year.h"
#include "tests/fuzz/require.h"

namespace {

using collate::fuzz::Require;
using collate::police_returns::ReadOptions;
using collate::police_returns::RollingRow;
using collate::police_returns::RollingSurvey;
using collate::tabular::Status;

class CheckingSink : public collate::police_returns::RollingSink {
 public:
  Status OnRow(const RollingRow& row) override {
    ++rows;
    Require(!row.force.empty() && !row.offence.empty(), "labels are there");
    const int32_t days = row.window.end() - row.window.begin();
    Require(days == 365 || days == 366, "a year");
    Require(row.date.size() == 10, "a date");
    Require(row.locator.line > 0 && row.locator.column > 0, "a place");
    return collate::tabular::OkStatus();
  }
  uint64_t rows = 0;
};

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  if (size < 1) return 0;
  static const char* const kHeaders[] = {
      "",
      "12 months ending,PFA,Region,Offence,Rolling year total number of "
      "offences\r\n",
      "Offence,Rolling_year_total_number_of_offences,,PFA,Region,"
      "12 months ending\n"};
  const std::string bytes =
      kHeaders[data[0] % 3] +
      std::string(reinterpret_cast<const char*>(data) + 1, size - 1);
  collate::tabular::MemorySource source(bytes);
  const ReadOptions options{.part = "fuzz.csv"};
  RollingSurvey survey;
  const Status surveyed = SurveyRollingYear(source, options, &survey);
  if (!surveyed.ok()) {
    Require(!surveyed.error().reason.empty(), "a named error");
    Require(surveyed.error().part == "fuzz.csv", "an error names the file");
    return 0;
  }
  Require(survey.faults.listed.size() <= survey.faults.count,
          "faults are counted");
  if (survey.faults.count > 0) return 0;
  CheckingSink sink;
  Require(ReadRollingYear(source, options, survey, sink).ok(),
          "a surveyed file is read");
  Require(sink.rows + survey.grid.blank_rows == survey.grid.data_rows,
          "rows read are rows observed and rows ignored");
  Require(survey.grid.ignored_cells <= survey.grid.data_cells, "cells add up");
  Require(survey.windows.empty() == (sink.rows == 0), "windows are those read");
  return 0;
}
