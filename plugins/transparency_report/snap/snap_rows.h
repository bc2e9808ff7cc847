// What a row of Snap's half-yearly file means. The columns `sub_category_1` and
// `sub_category_2` hold a country, a region, a violation or nothing, as the
// section and the category say; a violation may be a total in disguise
// ("Reactive and Proactive").
//
// Functions of their arguments; any thread.

#ifndef COLLATE_PLUGINS_TRANSPARENCY_REPORT_SNAP_SNAP_ROWS_H_
#define COLLATE_PLUGINS_TRANSPARENCY_REPORT_SNAP_SNAP_ROWS_H_

#include <string>
#include <string_view>
#include <vector>

#include "plugins/sdk/adapter.hpp"
#include "plugins/tabular/status.h"

namespace collate::transparency_report {

enum class SnapUnit {
  kCount = 1,       // a whole number, or a band of them
  kAccounts = 2,    // the same of accounts, each counted once
  kMedian = 3,      // may have decimals, or be below one
  kPercentage = 4,  // "71.10%", or a bare fraction
};

struct SnapMeasure {
  const char* table;
  const char* measure;
  const char* unit;
  SnapUnit kind;
  // Of kPercentage: where the same is printed as a fraction; null = nowhere.
  const SnapMeasure* fraction;
  // Whether its violations are all that there are and add up to the total.
  bool violations_add_up;
};

// In the order in which tables are begun.
const std::vector<const SnapMeasure*>& SnapMeasures();

struct SnapLabels {
  std::string_view section;
  std::string_view category;
  std::string_view sub_category_1;
  std::string_view sub_category_2;
  std::string_view metric;
};

// Which of the labels is at fault.
enum class SnapColumn {
  kSection = 0,
  kCategory = 1,
  kSubCategory1 = 2,
  kSubCategory2 = 3,
  kMetric = 4,
};

struct SnapMeaning {
  enum class Known { kYes = 1, kUnknownSection = 2, kUnknownMetric = 3 };
  Known known = Known::kYes;
  const SnapMeasure* measure = nullptr;
  // Without the platform, which is always the same.
  std::vector<sdk::Pair> dimensions;
  bool total = false;  // over all violations

  // Two figures of one file that have to be told apart; see snap_half_year.cc.
  bool is_exploitation_content = false;
  bool is_exploitation_reports = false;
};

// Refuses labels that contradict the section (ORIGIN_CONFLICT), that are
// missing (EMPTY_LABEL) or too many (UNEXPECTED_LABEL); *at is the column then.
tabular::Status MeaningOf(const SnapLabels& labels, SnapMeaning* meaning,
                          SnapColumn* at);

}  // namespace collate::transparency_report

#endif  // COLLATE_PLUGINS_TRANSPARENCY_REPORT_SNAP_SNAP_ROWS_H_
