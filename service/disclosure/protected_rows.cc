#include "service/disclosure/protected_rows.h"

#include <cstdint>
#include <string>
#include <utility>

#include "absl/container/flat_hash_map.h"
#include "absl/strings/str_cat.h"
#include "service/vocabulary/state.h"

namespace collate::disclosure {
namespace {

using query::Interval;
using store::Observations;
using vocabulary::State;

// Strings of one chunk on their way to another.
class Strings {
 public:
  Strings(const Observations& from, Observations& to) : from_(from), to_(to) {}

  uint32_t Take(uint32_t id) { return Add(from_.strings[id]); }
  std::vector<uint32_t> Take(const std::vector<uint32_t>& ids) {
    std::vector<uint32_t> taken;
    taken.reserve(ids.size());
    for (const uint32_t id : ids) taken.push_back(Take(id));
    return taken;
  }
  uint32_t Add(const std::string& text) {
    if (text.empty()) return 0;
    const auto [at, is_new] =
        ids_.try_emplace(text, static_cast<uint32_t>(to_.strings.size()));
    if (is_new) to_.strings.push_back(text);
    return at->second;
  }

 private:
  const Observations& from_;
  Observations& to_;
  absl::flat_hash_map<std::string, uint32_t> ids_;
};

// A row that has no number and needs none: what is said of it is said of why.
bool SaysWhy(const Stated& shown) {
  return !vocabulary::IsPrinted(shown.state) &&
         shown.state != State::kSuppressed &&
         shown.bounds == Interval::Unknown();
}

}  // namespace

Observations WithFigures(const Profile& profile, const Observations& chunk,
                         const std::vector<Stated>& shown) {
  Observations made;
  made.slice = chunk.slice;
  made.scale = chunk.scale;
  Strings strings(chunk, made);
  for (const Observations::AxisColumn& axis : chunk.axes) {
    made.axes.push_back({strings.Take(axis.member), strings.Take(axis.label)});
  }
  made.reporter = {strings.Take(chunk.reporter.member),
                   strings.Take(chunk.reporter.label)};
  made.period_begin = chunk.period_begin;
  made.period_end = chunk.period_end;
  made.period_kind = chunk.period_kind;
  made.period_text = strings.Take(chunk.period_text);
  made.locator = chunk.locator;
  for (store::Locator& locator : made.locator) {
    locator.part = strings.Take(locator.part);
    locator.sheet = strings.Take(locator.sheet);
  }
  if (!chunk.stated.empty()) {
    made.stated = {chunk.stated.reporters, strings.Take(chunk.stated.coverage),
                   strings.Take(chunk.stated.printed_by)};
  }
  // Of how many records a figure was counted is the figure.
  made.records.assign(chunk.row_count(), 0);
  const std::string withheld =
      absl::StrCat("withheld by disclosure profile ", profile.name);
  for (size_t row = 0; row < chunk.row_count(); ++row) {
    const Stated& figure = shown[row];
    made.state.push_back(figure.state);
    // That a total does not add up is said of the true figures.
    made.flags.push_back(chunk.flags[row] & ~vocabulary::kFlagTotalMismatch);
    made.has.push_back(static_cast<uint8_t>(
        (figure.value.has_value() ? store::kHasValue : 0) |
        (figure.bounds.lower.has_value() ? store::kHasLower : 0) |
        (figure.bounds.upper.has_value() ? store::kHasUpper : 0)));
    made.value.push_back(figure.value.value_or(0));
    made.lower.push_back(figure.bounds.lower.value_or(0));
    made.upper.push_back(figure.bounds.upper.value_or(0));
    if (figure.value.has_value()) {
      made.raw.push_back(strings.Add(absl::StrCat(*figure.value)));
      made.reason.push_back(0);
    } else if (SaysWhy(figure)) {
      // Beside a number that is not shown any more stands no word of it.
      const bool had_number = chunk.has[row] != 0;
      made.raw.push_back(had_number ? 0 : strings.Take(chunk.raw[row]));
      made.reason.push_back(had_number ? 0 : strings.Take(chunk.reason[row]));
    } else {
      made.raw.push_back(strings.Add(kWithheldToken));
      made.reason.push_back(strings.Add(withheld));
    }
  }
  return made;
}

}  // namespace collate::disclosure
