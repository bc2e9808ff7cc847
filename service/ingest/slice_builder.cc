#include "service/ingest/slice_builder.h"

#include <algorithm>
#include <utility>

namespace collate::ingest {
namespace {

void Rescale(const std::vector<std::optional<Decimal>>& from, int64_t scale,
             store::Has bit, std::vector<int64_t>* to,
             std::vector<uint8_t>* has, std::vector<bool>* unfit) {
  to->assign(from.size(), 0);
  for (size_t row = 0; row < from.size(); ++row) {
    if (!from[row].has_value()) continue;
    const std::optional<int64_t> mantissa = MantissaAt(*from[row], scale);
    if (mantissa.has_value()) {
      (*to)[row] = *mantissa;
      (*has)[row] |= bit;
    } else {
      (*unfit)[row] = true;
    }
  }
}

}  // namespace

SliceBuilder::SliceBuilder(store::Slice slice) {
  slice_.observations.axes.resize(slice.axes.size());
  slice_.observations.slice = std::move(slice);
  strings_.emplace("", 0);
}

uint32_t SliceBuilder::Intern(absl::string_view text) {
  if (text.empty()) return 0;
  if (const auto it = strings_.find(text); it != strings_.end()) {
    return it->second;
  }
  std::vector<std::string>& strings = slice_.observations.strings;
  const uint32_t id = static_cast<uint32_t>(strings.size());
  strings.emplace_back(text);
  strings_.emplace(strings.back(), id);
  return id;
}

void SliceBuilder::Append(const ResolvedRow& row, const RawObservation& raw) {
  store::Observations& to = slice_.observations;
  slice_.table.push_back(row.table);
  to.reporter.member.push_back(Intern(row.reporter));
  to.reporter.label.push_back(Intern(row.reporter_label));
  for (size_t axis = 0; axis < to.axes.size(); ++axis) {
    to.axes[axis].member.push_back(Intern(row.axes[axis].first));
    to.axes[axis].label.push_back(Intern(row.axes[axis].second));
  }
  to.period_begin.push_back(row.period.days.begin);
  to.period_end.push_back(row.period.days.end);
  to.period_kind.push_back(row.period.kind);
  to.period_text.push_back(Intern(row.period_text));
  to.state.push_back(raw.state);
  to.flags.push_back(row.flags);
  to.has.push_back(0);
  value_.push_back(row.numbers.value);
  lower_.push_back(row.numbers.lower);
  upper_.push_back(row.numbers.upper);
  to.raw.push_back(Intern(raw.raw));
  to.reason.push_back(Intern(raw.reason));
  to.records.push_back(raw.records);
  to.stated.reporters.push_back(row.stated_reporters);
  to.stated.coverage.push_back(Intern(row.stated_coverage));
  to.stated.printed_by.push_back(Intern(row.printed_by));
  store::Locator locator;
  locator.document = row.document;
  locator.part = Intern(raw.locator.part);
  locator.sheet = Intern(raw.locator.sheet);
  locator.row = raw.locator.row;
  locator.column = raw.locator.column;
  locator.row_end = raw.locator.row_end;
  locator.column_end = raw.locator.column_end;
  locator.line = raw.locator.line;
  to.locator.push_back(locator);
}

HarmonisedSlice SliceBuilder::Finish(std::vector<size_t>* unfit) {
  store::Observations& to = slice_.observations;
  int64_t scale = 0;
  for (const Numbers* numbers : {&value_, &lower_, &upper_}) {
    for (const std::optional<Decimal>& number : *numbers) {
      if (number.has_value()) scale = std::max(scale, number->scale);
    }
  }
  to.scale = static_cast<int32_t>(scale);
  std::vector<bool> bad(to.row_count(), false);
  Rescale(value_, scale, store::kHasValue, &to.value, &to.has, &bad);
  Rescale(lower_, scale, store::kHasLower, &to.lower, &to.has, &bad);
  Rescale(upper_, scale, store::kHasUpper, &to.upper, &to.has, &bad);
  for (size_t row = 0; row < bad.size(); ++row) {
    if (bad[row]) unfit->push_back(row);
  }
  const auto says_nothing = [](const std::vector<uint32_t>& column) {
    return std::all_of(column.begin(), column.end(),
                       [](uint32_t value) { return value == 0; });
  };
  if (says_nothing(to.stated.reporters) && says_nothing(to.stated.coverage) &&
      says_nothing(to.stated.printed_by)) {
    to.stated = {};
  }
  return std::move(slice_);
}

}  // namespace collate::ingest
