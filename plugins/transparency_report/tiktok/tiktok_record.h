// One record of family `tiktok_csv` (tiktok_csv.cc), read and checked.
//
// Functions of their arguments; any thread.

#ifndef COLLATE_PLUGINS_TRANSPARENCY_REPORT_TIKTOK_TIKTOK_RECORD_H_
#define COLLATE_PLUGINS_TRANSPARENCY_REPORT_TIKTOK_TIKTOK_RECORD_H_

#include <string>
#include <vector>

#include "plugins/sdk/adapter.hpp"
#include "plugins/tabular/header.h"
#include "plugins/tabular/status.h"
#include "plugins/transparency_report/long_table.h"
#include "plugins/transparency_report/tiktok/tiktok_words.h"

namespace collate::transparency_report {

// Roles of the columns.
enum TiktokRole {
  kTiktokMetric,
  kTiktokPeriodType,
  kTiktokPeriod,
  kTiktokPolicyType,
  kTiktokIssue,
  kTiktokTaskType,
  kTiktokTask,
  kTiktokLocation,
  kTiktokMarket,
  kTiktokResult,
};
inline constexpr int kTiktokRoles = kTiktokResult + 1;

tabular::HeaderSpec TiktokHeader();

// What one record says, but for its table.
struct TiktokRecord {
  const TiktokMeasure* measure = nullptr;  // null: nobody knows the metric
  std::string metric;                      // as printed, with its task type
  sdk::Observation observation;
  // Label cells that hold a template's text; the first notes of the observation
  // say which.
  std::vector<tabular::Locator> placeholders;
  // "Ban reason - safety" and the like; empty unless accounts are meant.
  std::string ban_group;
  std::string ban_reason;
};

// Refuses with the cell: EMPTY_LABEL, INVALID_PERIOD, PERIOD_CONFLICT,
// UNKNOWN_POLICY_TYPE, UNKNOWN_LOCATION, ROW_CONTRADICTION, UNPARSED_RESULT,
// NOT_A_COUNT, NOT_A_FRACTION.
tabular::Status ReadTiktokRecord(const LongRow& row, TiktokRecord* record);

// Whether a group of reasons is none of those that have a name.
bool IsPlainTiktokGroup(const std::string& group);

}  // namespace collate::transparency_report

#endif  // COLLATE_PLUGINS_TRANSPARENCY_REPORT_TIKTOK_TIKTOK_RECORD_H_
