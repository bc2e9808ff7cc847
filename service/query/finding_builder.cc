#include "service/query/finding_builder.h"

#include <algorithm>

#include "absl/strings/str_cat.h"
#include "absl/strings/str_join.h"
#include "service/store/observations.h"
#include "service/vocabulary/period.h"
#include "service/vocabulary/state.h"
#include "service/vocabulary/vocabulary.h"

namespace collate::query {

using store::Floor;
using vocabulary::State;

std::string NumberWords(int64_t value) {
  std::string digits = absl::StrCat(value);
  for (size_t at = digits.size(); at > 3 && digits[at - 4] != '-'; at -= 3) {
    digits.insert(at - 3, ",");
  }
  return digits;
}

std::string IntervalWords(const Interval& interval) {
  if (interval.lower.has_value() && interval.lower == interval.upper) {
    return NumberWords(*interval.lower);
  }
  if (interval.lower.has_value() && interval.upper.has_value()) {
    return absl::StrCat(NumberWords(*interval.lower), " to ",
                        NumberWords(*interval.upper));
  }
  if (interval.lower.has_value()) {
    return absl::StrCat("at least ", NumberWords(*interval.lower));
  }
  return interval.upper.has_value()
             ? absl::StrCat("at most ", NumberWords(*interval.upper))
             : "unknown";
}

Interval IntervalOf(const SliceTable& table, size_t row) {
  const uint8_t has = table.has(row);
  switch (table.state(row)) {
    case State::kReported:
      if ((has & store::kHasValue) != 0) {
        return Interval::Exactly(table.value(row));
      }
      break;
    case State::kRounded:
      if ((has & store::kHasLower) != 0 && (has & store::kHasUpper) != 0) {
        return {table.lower(row), table.upper(row)};
      }
      break;
    case State::kNotAsked:
    case State::kNotApplicable:
      return Interval::Exactly(0);
    default:
      break;
  }
  return table.slice.floor == Floor::kZero ? Interval::AtLeast(0)
                                           : Interval::Unknown();
}

bool FindingBuilder::Wants(FindingKind kind) const {
  const std::vector<FindingKind>& kinds = options_.kinds;
  return kinds.empty() ||
         std::find(kinds.begin(), kinds.end(), kind) != kinds.end();
}

bool FindingBuilder::Stands(const SliceTable& table, size_t row) const {
  return !table.derived(row) && table.known_until(row) == kStillKnown &&
         table.scale(row) == 0;
}

bool FindingBuilder::IsCurrent(const SliceTable& table, size_t row) const {
  return Stands(table, row) && IsAskedFor(table.reporter(row));
}

Finding FindingBuilder::Begin(FindingKind kind, const SliceTable& table,
                              size_t row) const {
  Finding finding;
  finding.kind = kind;
  finding.source = table.source;
  finding.measure = table.slice.measure;
  finding.universe = table.slice.universe;
  finding.reporter = table.reporter(row);
  for (size_t axis = 0; axis < table.axes.size(); ++axis) {
    finding.members.emplace_back(table.axes[axis], table.member(axis, row));
  }
  finding.period = {table.period(row), table.period_kind(row)};
  return finding;
}

std::string FindingBuilder::Subject(const Finding& finding) const {
  std::vector<std::string> words = {
      snapshot_.vocabulary().reporters().member(finding.reporter).title};
  for (const auto& [dimension, member] : finding.members) {
    words.push_back(dimension->member(member).title);
  }
  words.push_back(FormatPeriod(finding.period));
  return absl::StrJoin(words, ", ");
}

void FindingBuilder::Cite(const SliceTable& table, const char* role,
                          const std::vector<uint32_t>& rows, Finding& finding) {
  for (const uint32_t row : rows) {
    ++finding.cell_count;
    if (finding.cells.size() == kCitedCells) continue;
    finding.cells.push_back({role,
                             {table.period(row), table.period_kind(row)},
                             IntervalOf(table, row),
                             table.ref(row)});
  }
}

}  // namespace collate::query
