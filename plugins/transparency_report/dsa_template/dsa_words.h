// The words of the template of Implementing Regulation (EU) 2024/2835: its
// eleven sections, their columns and their indicators.

#ifndef COLLATE_PLUGINS_TRANSPARENCY_REPORT_DSA_TEMPLATE_DSA_WORDS_H_
#define COLLATE_PLUGINS_TRANSPARENCY_REPORT_DSA_TEMPLATE_DSA_WORDS_H_

#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "plugins/sdk/adapter.hpp"
#include "plugins/transparency_report/families.h"

namespace collate::transparency_report {

// By number; two of them share one header, which 7 to 10 do as well.
enum class DsaSection {
  kNone = 0,
  kIdentification = 1,
  kCategoryNames = 2,
  kOrders = 3,
  kNotices = 4,
  kOwnInitiativeIllegal = 5,
  kOwnInitiativeTerms = 6,
  kIndicators = 7,  // 7 to 10: each row names its own section
  kText = 11,
};

// NormaliseName, with straight quotes for curly ones.
std::string DsaName(std::string_view text);

// By its header; kNone for any other row.
DsaSection SectionOf(const Names& row);

// The number that a file or sheet is named by, "10_AMAR.csv"; 0 for none.
int SectionNumberIn(std::string_view name);

// What a cell of figures is about.
struct DsaMeasure {
  const char* measure;
  const char* unit;
  sdk::Aggregation aggregation;
};

// A column of figures of sections 3 to 6.
struct DsaColumn {
  std::vector<const char*> names;  // as DsaName gives them
  DsaMeasure measure;
  const char* axis = nullptr;   // what the column stands for; null for none
  const char* label = nullptr;  // its label there; null = the column's name
};
const std::vector<DsaColumn>& DsaColumns(DsaSection section);

// What an indicator and its scope are about, in sections 7 to 10.
struct DsaIndicator {
  DsaMeasure measure;
  // Axes and labels, in any order. A row about all of an axis lacks it.
  std::vector<sdk::Pair> axes;
  // The axis of which the row is the total; empty for none.
  std::string total_of;
  // The row's geography is its scope.
  bool by_state = false;
};

// Nothing for a combination that is not of the template. Texts as printed.
std::optional<DsaIndicator> FindIndicator(std::string_view section,
                                          std::string_view indicator,
                                          std::string_view scope);

// The days of "2025-07-01/2025-12-31". Dates may be written with slashes.
std::optional<sdk::Period> ParseDsaPeriod(std::string_view text);
// "2026/04/01" or "2026-08-28".
std::optional<int32_t> ParseDsaDate(std::string_view text);

}  // namespace collate::transparency_report

#endif  // COLLATE_PLUGINS_TRANSPARENCY_REPORT_DSA_TEMPLATE_DSA_WORDS_H_
