// The tables of one document of TikTok's: one for each kind of figure, begun
// with its first figure, so that a document begins no empty table.
//
// One document, one thread.

#ifndef COLLATE_PLUGINS_TRANSPARENCY_REPORT_TIKTOK_TIKTOK_TABLES_H_
#define COLLATE_PLUGINS_TRANSPARENCY_REPORT_TIKTOK_TIKTOK_TABLES_H_

#include <cstdint>
#include <map>
#include <string>

#include "plugins/sdk/adapter.hpp"
#include "plugins/tabular/status.h"
#include "plugins/transparency_report/tiktok/tiktok_words.h"

namespace collate::transparency_report {

class TiktokTables {
 public:
  explicit TiktokTables(sdk::Host& host) : host_(host) {}

  // The observation lacks its table, reporter and platform. `header` is the
  // cell above the figures, where the table stands.
  sdk::Status Emit(const TiktokMeasure& measure, const sdk::Locator& header,
                   sdk::Observation observation);
  // A figure of a metric that no edition had: its table names it as printed,
  // and says that its unit is unknown.
  sdk::Status EmitUnknown(const std::string& metric, const sdk::Locator& header,
                          sdk::Observation observation);

 private:
  sdk::Status EmitTo(uint64_t table, sdk::Observation observation);

  sdk::Host& host_;
  std::map<std::string, uint64_t> handles_;  // by id of a measure
  std::map<std::string, uint64_t> unknown_;  // by metric
};

// What is wrong with a number as a figure of this kind: a count has no
// fraction (NOT_A_COUNT), a fraction is from 0 to 1 (NOT_A_FRACTION), whatever
// the file calls it. The caller adds the place.
tabular::Status CheckTiktokNumber(const TiktokMeasure& measure,
                                  const sdk::Decimal& number,
                                  const std::string& token);

}  // namespace collate::transparency_report

#endif  // COLLATE_PLUGINS_TRANSPARENCY_REPORT_TIKTOK_TIKTOK_TABLES_H_
