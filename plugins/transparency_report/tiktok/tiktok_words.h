// The words of TikTok's Community Guidelines Enforcement Report: which figure a
// metric is and in which unit, what its breakdowns are, and its periods. What a
// metric counts depends on its task type: "Total videos removed" is a count,
// but a fraction under "Share of total removals".
//
// Functions of their arguments; any thread.

#ifndef COLLATE_PLUGINS_TRANSPARENCY_REPORT_TIKTOK_TIKTOK_WORDS_H_
#define COLLATE_PLUGINS_TRANSPARENCY_REPORT_TIKTOK_TIKTOK_WORDS_H_

#include <optional>
#include <string>
#include <string_view>

#include "plugins/sdk/adapter.hpp"

namespace collate::transparency_report {

// One kind of figure: a table of its own.
struct TiktokMeasure {
  const char* id;
  const char* words;  // the publisher's, of the newest edition
  const char* unit;
  sdk::Aggregation aggregation;

  bool IsCount() const { return aggregation != sdk::Aggregation::kNone; }
};

struct TiktokMeaning {
  const TiktokMeasure* measure = nullptr;
  std::string task_axis;  // that the task is a label of; empty for none
};

// By metric and task type in any spelling of an edition; nothing for a pair
// that no edition had, which nobody can say the unit of.
std::optional<TiktokMeaning> FindTiktokMeaning(std::string_view metric,
                                               std::string_view task_type);
// By its id, which there must be.
const TiktokMeasure& TiktokMeasureOf(std::string_view id);

// "Jul-Sep 2022", "Jul-Dec 2022": whole quarters and half-years of a calendar
// year. Nothing for other months and forms.
std::optional<sdk::Period> ParseTiktokPeriod(std::string_view text);
// The quarter whose last day that is, as days since 1970-01-01.
std::optional<sdk::Period> QuarterEnding(int32_t day, std::string_view text);

// Whether it is a template's text that was left in place of a label, such as
// "[Market]", "{{issue}}", "TBC" or "#N/A".
bool IsTiktokPlaceholder(std::string_view label);

// "Sub-policy: Gambling". A policy and a sub-policy may have one name.
std::string SubPolicyLabel(std::string_view name);

}  // namespace collate::transparency_report

#endif  // COLLATE_PLUGINS_TRANSPARENCY_REPORT_TIKTOK_TIKTOK_WORDS_H_
