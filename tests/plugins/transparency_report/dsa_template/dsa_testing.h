// Files in the layout of the EU template. The layout is the Regulation's, the
// text around the figures is synthetic.

#ifndef COLLATE_TESTS_PLUGINS_TRANSPARENCY_REPORT_DSA_TEMPLATE_DSA_TESTING_H_
#define COLLATE_TESTS_PLUGINS_TRANSPARENCY_REPORT_DSA_TEMPLATE_DSA_TESTING_H_

#include <cstdlib>
#include <sstream>
#include <string>
#include <vector>

#include "tests/testing/paths.h"

namespace collate::testing {

inline constexpr char kDsaPeriod[] = "2025-07-01/2025-12-31";

using DsaRows = std::vector<std::vector<std::string>>;

// The names of the measures of section 4, 5 or 6. Some end in a space there.
inline std::vector<std::string> DsaMeasureNames(int section) {
  if (section == 4) {
    const std::string items =
        "Number of specific items of information included in the total number "
        "of notices";
    return {"Number of notices received ",
            "Number of notices received from Trusted flaggers",
            items,
            items + " by Trusted Flaggers (Trusted Flagger notices)",
            "Median time to take action",
            "Median time to take action (Trusted Flagger notices)",
            "Number of actions taken on the basis of the law",
            "Number of actions taken on the basis of the law (Trusted Flagger "
            "notices)",
            "Number of actions taken on the basis of the terms and conditions "
            "of the service",
            "Number of actions taken on the basis of the terms and conditions "
            "of the service (Trusted Flagger notices)"};
  }
  return {"Number of measures taken at the provider's own initiative ",
          "Number of measures taken after detection with solely automated "
          "means ",
          "Visibility restriction Removal",
          "Visibility restriction Disable",
          "Visibility restriction Demoted",
          "Visibility restriction Age restricted",
          "Visibility restriction Interaction restricted",
          "Visibility restriction Labelled ",
          "Visibility restriction Other",
          "Monetary restriction Suspension",
          "Monetary restriction Termination",
          "Monetary restriction Other",
          "Provision of the service Suspension",
          "Provision of the service Termination",
          "Account restriction Suspension",
          "Account restriction Termination"};
}

// Header of section 4, 5 or 6, with its columns of contextual information.
inline std::vector<std::string> DsaHeader(int section) {
  std::vector<std::string> header = {
      "Applicability", "Service", "Reporting period",
      section == 6 ? "Category of incompatibility with the provider's terms "
                     "and conditions"
                   : "Category of illegal content",
      "Description of the sub-category \"Other\""};
  const std::vector<std::string> names = DsaMeasureNames(section);
  header.insert(header.end(), names.begin(), names.end());
  for (const std::string& name : names) {
    header.push_back("Contextual Information on " + name);
  }
  return header;
}

// A row of such a section; figures that are not given are blank.
inline std::vector<std::string> DsaRow(int section, const std::string& service,
                                       const std::string& code,
                                       std::vector<std::string> figures,
                                       const std::string& description = "") {
  // As many again of contextual information.
  figures.resize(DsaMeasureNames(section).size());
  figures.resize(figures.size() * 2);
  std::vector<std::string> row = {"All", service, kDsaPeriod, code,
                                  description};
  row.insert(row.end(), figures.begin(), figures.end());
  return row;
}

inline std::string DsaCsv(const DsaRows& rows) {
  std::string csv;
  for (const std::vector<std::string>& row : rows) {
    for (size_t i = 0; i < row.size(); ++i) {
      if (i > 0) csv += ',';
      if (row[i].find_first_of(",\"\n") == std::string::npos) {
        csv += row[i];
        continue;
      }
      csv += '"';
      for (const char c : row[i]) csv += c == '"' ? "\"\"" : std::string(1, c);
      csv += '"';
    }
    csv += '\n';
  }
  return csv;
}

// Section 4, 5 or 6 of one service with the real figures of the second half of
// 2025, taken from the file at `path`.
inline DsaRows DsaOracle(const std::string& path, const std::string& service,
                         int section) {
  DsaRows rows = {DsaHeader(section)};
  std::istringstream lines(ReadFile(path));
  for (std::string line; std::getline(lines, line);) {
    std::vector<std::string> fields;
    std::istringstream cells(line);
    for (std::string field; std::getline(cells, field, ',');) {
      fields.push_back(field);
    }
    if (fields.size() < 5 || fields[0] != service ||
        fields[1] != std::to_string(section)) {
      continue;
    }
    fields.resize(20);
    rows.push_back(DsaRow(section, service, fields[3],
                          {fields.begin() + 4, fields.end()}));
  }
  return rows;
}

}  // namespace collate::testing

#endif  // COLLATE_TESTS_PLUGINS_TRANSPARENCY_REPORT_DSA_TEMPLATE_DSA_TESTING_H_
