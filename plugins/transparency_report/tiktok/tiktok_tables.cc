#include "plugins/transparency_report/tiktok/tiktok_tables.h"

#include <utility>

#include "plugins/transparency_report/figure_text.h"

namespace collate::transparency_report {
namespace {

constexpr char kPublisher[] = "TikTok";

}  // namespace

sdk::Status TiktokTables::Emit(const TiktokMeasure& measure,
                               const sdk::Locator& header,
                               sdk::Observation observation) {
  const auto [at, is_new] = handles_.try_emplace(measure.id, 0);
  if (is_new) {
    sdk::Table table;
    table.id = measure.id;
    table.title = measure.words;
    table.measure = measure.words;
    table.unit = measure.unit;
    table.aggregation = measure.aggregation;
    table.repeats = sdk::Repeats::kConflict;
    // Markets are the largest only, and reasons and ways of moderation are not
    // printed for every quarter.
    table.partition = sdk::Partition::kIncomplete;
    table.floor = sdk::Floor::kZero;
    // One video may break several policies.
    table.multi_response = {"harm"};
    table.locator = header;
    COLLATE_SDK_RETURN_IF_ERROR(host_.BeginTable(table, &at->second));
  }
  return EmitTo(at->second, std::move(observation));
}

sdk::Status TiktokTables::EmitUnknown(const std::string& metric,
                                      const sdk::Locator& header,
                                      sdk::Observation observation) {
  const auto [at, is_new] = unknown_.try_emplace(metric, 0);
  if (is_new) {
    sdk::Table table;
    table.id = "tiktok_unknown_" + std::to_string(unknown_.size());
    table.title = metric;
    table.measure = metric;
    table.unit = "unknown";
    table.aggregation = sdk::Aggregation::kNone;
    table.repeats = sdk::Repeats::kConflict;
    table.partition = sdk::Partition::kIncomplete;
    table.floor = sdk::Floor::kNone;
    table.locator = header;
    COLLATE_SDK_RETURN_IF_ERROR(host_.BeginTable(table, &at->second));
  }
  return EmitTo(at->second, std::move(observation));
}

sdk::Status TiktokTables::EmitTo(uint64_t table, sdk::Observation observation) {
  observation.table = table;
  observation.reporter = kPublisher;
  observation.dimensions.emplace_back("platform", kPublisher);
  return host_.Emit(std::move(observation));
}

tabular::Status CheckTiktokNumber(const TiktokMeasure& measure,
                                  const sdk::Decimal& number,
                                  const std::string& token) {
  int64_t whole = 0;
  const bool is_whole = IsWhole(number, &whole);
  if (measure.IsCount()) {
    if (is_whole && whole >= 0) return tabular::OkStatus();
    return tabular::Status(tabular::Error{
        .reason = "NOT_A_COUNT",
        .message = std::string("'") + measure.words + "' counts " +
                   measure.unit + ", and the figure is no whole number",
        .expected = "a whole number, 0 or more",
        .found = tabular::Printable(token)});
  }
  int64_t one = 1;
  for (int64_t i = 0; i < number.scale; ++i) one *= 10;
  if (number.mantissa >= 0 && number.mantissa <= one) {
    return tabular::OkStatus();
  }
  return tabular::Status(tabular::Error{
      .reason = "NOT_A_FRACTION",
      .message = std::string("'") + measure.words +
                 "' is a share or rate, and the figure is no fraction of one",
      .expected = "a number from 0 to 1",
      .found = tabular::Printable(token)});
}

}  // namespace collate::transparency_report
