// Any bytes after a good header or without one: the file is read or refused
// by name, and what is read adds up to what was surveyed.

#include <cstdint>
#include <string>

#include "plugins/police_returns/prc_long.h"
#include "tests/fuzz/require.h"

namespace {

using collate::fuzz::Require;
using collate::police_returns::PrcRow;
using collate::police_returns::PrcSurvey;
using collate::police_returns::ReadOptions;
using collate::tabular::Status;

class CountingSink : public collate::police_returns::PrcSink {
 public:
  Status OnRow(const PrcRow& row) override {
    ++rows;
    Require(!row.force.empty() && !row.code.empty(), "labels are there");
    Require(row.quarter >= 1 && row.quarter <= 4, "a quarter");
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
      "Financial Year,Financial Quarter,Force Name,Offence Description,Offence "
      "Group,Offence Subgroup,Offence Code,Number of Offences\n",
      ",Financial_Year,Financial_Quarter,Force Name,CSP Name,Offence "
      "Description,Offence Group,Offence Subgroup,Offence Code,Offence "
      "Count\n"};
  const std::string bytes =
      kHeaders[data[0] % 3] +
      std::string(reinterpret_cast<const char*>(data) + 1, size - 1);
  collate::tabular::MemorySource source(bytes);
  const ReadOptions options{.part = "fuzz.csv"};
  PrcSurvey survey;
  const Status surveyed = SurveyPrc(source, options, &survey);
  if (!surveyed.ok()) {
    Require(!surveyed.error().reason.empty(), "a named error");
    Require(surveyed.error().part == "fuzz.csv", "an error names the file");
    return 0;
  }
  Require(survey.faults.listed.size() <= survey.faults.count,
          "faults are counted");
  if (survey.faults.count > 0) return 0;
  const auto& grid = survey.grids[0];
  CountingSink sink;
  Require(ReadPrc(source, options, grid, sink).ok(), "a surveyed file is read");
  Require(sink.rows + grid.blank_rows == grid.data_rows,
          "rows read are rows observed and rows ignored");
  Require(grid.ignored_cells <= grid.data_cells, "cells add up");
  return 0;
}
