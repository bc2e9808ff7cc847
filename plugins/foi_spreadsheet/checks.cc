#include "plugins/foi_spreadsheet/checks.h"

#include <algorithm>
#include <map>
#include <set>
#include <string>
#include <utility>

namespace collate::foi_spreadsheet {
namespace {

using tabular::Error;

// Scaled to nine decimals, so that rates and counts are held alike.
__extension__ using Wide = __int128;

constexpr int64_t kScale = 9;

Wide Scaled(const sdk::Decimal& number) {
  Wide out = number.mantissa;
  for (int64_t i = number.scale; i < kScale; ++i) out *= 10;
  return out;
}

std::string Text(Wide number) {
  const bool negative = number < 0;
  if (negative) number = -number;
  std::string digits;
  for (int i = 0; number > 0 || i <= kScale; ++i) {
    if (i == kScale) digits += '.';
    digits += static_cast<char>('0' + static_cast<int>(number % 10));
    number /= 10;
  }
  if (negative) digits += '-';
  std::reverse(digits.begin(), digits.end());
  while (digits.back() == '0') digits.pop_back();
  if (digits.back() == '.') digits.pop_back();
  return digits;
}

struct Sum {
  Wide lower = 0;
  Wide upper = 0;
  uint64_t parts = 0;
  uint64_t marked = 0;
  uint64_t blank = 0;
  bool unproved = false;  // a part has no figure
  bool open = false;      // and may be as large as it likes
};

// A part without a figure that its state says is none: nothing to add.
bool AddsNothing(const Figure& figure) {
  return figure.state == sdk::State::kNotApplicable ||
         figure.state == sdk::State::kNotAsked;
}

void AddPart(const pb::Check& check, const Figure& figure, Sum* sum) {
  ++sum->parts;
  if (figure.value.has_value()) {
    sum->lower += Scaled(figure.lower.value_or(*figure.value));
    sum->upper += Scaled(figure.upper.value_or(*figure.value));
    return;
  }
  if (AddsNothing(figure)) return;
  sum->marked += !figure.blank;
  sum->blank += figure.blank;
  const pb::Treat treat = figure.blank ? check.blanks() : check.markers();
  if (treat == pb::TREAT_ZERO) return;
  sum->unproved = true;
  if (figure.lower.has_value()) sum->lower += Scaled(*figure.lower);
  if (figure.upper.has_value()) {
    sum->upper += Scaled(*figure.upper);
  } else {
    sum->open = true;
  }
}

class Checker {
 public:
  Checker(const Recipe& recipe, TableReading* reading)
      : recipe_(recipe), reading_(reading), table_(*reading->table) {}

  void Run(const pb::Check& check) {
    size_t dimension = 0;
    std::vector<size_t> others;
    for (int i = 0; i < table_.dimensions_size(); ++i) {
      const std::string& name = table_.dimensions(i).name();
      if (name == check.dimension()) {
        dimension = static_cast<size_t>(i);
      } else if (std::find(check.across().begin(), check.across().end(),
                           name) == check.across().end()) {
        others.push_back(static_cast<size_t>(i));
      }
    }
    // Every figure once: its group, and what it is in it.
    std::map<std::string, std::vector<const Observed*>> parts;
    std::vector<std::pair<std::string, Observed*>> totals;
    std::map<const Label*, std::pair<bool, bool>> kinds;
    std::map<std::string, std::set<size_t>> ranks;  // of totals
    for (Observed& figure : reading_->figures) {
      const Label* label = figure.labels[dimension];
      const auto [kind, is_new] = kinds.try_emplace(label);
      if (is_new) {
        const bool total = recipe_.pattern(check.total()).Finds(label->text);
        kind->second = {
            total,
            !total && (check.parts().empty() ||
                       recipe_.pattern(check.parts()).Finds(label->text))};
      }
      if (!kind->second.first && !kind->second.second) continue;
      std::string key;
      for (const size_t other : others) {
        const Label& at = *figure.labels[other];
        key += at.text + '\n' + std::to_string(at.period.begin) + '\n' +
               std::to_string(at.period.end) + '\n';
      }
      if (check.following()) key += std::to_string(figure.block);
      if (kind->second.first) {
        totals.emplace_back(key, &figure);
        ranks[key].insert(label->rank);
      } else {
        parts[key].push_back(&figure);
      }
    }
    bool any = false;
    for (auto& [key, total] : totals) {
      Sum sum;
      const size_t rank = total->labels[dimension]->rank;
      const auto next = ranks[key].upper_bound(rank);
      for (const Observed* part : parts[key]) {
        const size_t at = part->labels[dimension]->rank;
        if (check.following() &&
            (at < rank || (next != ranks[key].end() && at > *next))) {
          continue;
        }
        AddPart(check, part->figure, &sum);
      }
      any |= sum.parts > 0;
      if (sum.parts > 0) Hold(check, sum, total);
    }
    if (!any) {
      reading_->notices.push_back(
          {.severity = sdk::Severity::kWarning,
           .reason = "CHECK_NOT_MET",
           .message = "check '" + check.name() + "' found no total with parts",
           .locator = reading_->anchor});
    }
  }

 private:
  void Hold(const pb::Check& check, const Sum& sum, Observed* total) {
    const Figure& printed = total->figure;
    CheckOutcome outcome{check.name(), total->locator, Text(sum.lower),
                         printed.raw, "NOT_PROVED"};
    if (sum.lower != sum.upper) outcome.expected += " to " + Text(sum.upper);
    if (!printed.value.has_value()) {
      outcome.outcome = "NOT_PROVED";
    } else {
      const Wide lower = Scaled(printed.lower.value_or(*printed.value));
      const Wide upper = Scaled(printed.upper.value_or(*printed.value));
      // An unknown part of counts can only make the sum larger.
      const bool below =
          upper < sum.lower &&
          (!sum.open || table_.measure().floor() == pb::FLOOR_ZERO);
      const bool above = lower > sum.upper && !sum.open;
      if (below || above) {
        outcome.outcome = "FAILS";
        Fail(check, outcome, total);
      } else if (!sum.unproved) {
        outcome.outcome = "HOLDS";
        ++reading_->proved;
        Ignores(check, sum, total);
      }
    }
    if (outcome.outcome == "NOT_PROVED") {
      reading_->notices.push_back(
          {.reason = "CHECK_NOT_PROVED",
           .message = "check '" + check.name() +
                      "': a cell without a figure is among total and parts",
           .locator = total->locator});
    }
    reading_->checks.push_back(std::move(outcome));
  }

  void Fail(const pb::Check& check, const CheckOutcome& outcome,
            Observed* total) {
    if (check.on_failure() != pb::ON_FAILURE_FINDING) {
      reading_->AddFault(
          Error{.reason = "TOTAL_MISMATCH",
                .message = "check '" + check.name() +
                           "': the total is not the sum of its parts",
                .expected = outcome.expected,
                .found = outcome.found,
                .locator = total->locator});
      return;
    }
    total->figure.flags |= COLLATE_FLAG_TOTAL_MISMATCH;
    reading_->notices.push_back(
        {.severity = sdk::Severity::kWarning,
         .reason = "SUM_MISMATCH",
         .message = "check '" + check.name() +
                    "': the total is not the sum of its parts; all are kept "
                    "as printed",
         .expected = outcome.expected,
         .found = outcome.found,
         .locator = total->locator});
  }

  void Ignores(const pb::Check& check, const Sum& sum, Observed* total) {
    if (sum.marked + sum.blank == 0) return;
    total->figure.flags |= COLLATE_FLAG_TOTAL_IGNORES_MARKERS;
    const auto tell = [&](const char* reason, const char* what, uint64_t n) {
      if (n == 0) return;
      reading_->notices.push_back(
          {.severity = sdk::Severity::kWarning,
           .reason = reason,
           .message = "check '" + check.name() +
                      "': the printed total counts " + what +
                      " as 0, so it is no total of the table",
           .found = std::to_string(n) + " such cells",
           .locator = total->locator});
    };
    tell("TOTAL_IGNORES_MARKERS", "marked cells", sum.marked);
    tell("TOTAL_IGNORES_BLANKS", "blank cells", sum.blank);
  }

  const Recipe& recipe_;
  TableReading* reading_;
  const pb::Table& table_;
};

}  // namespace

void RunChecks(const Recipe& recipe, TableReading* reading) {
  Checker checker(recipe, reading);
  for (const pb::Check& check : reading->table->checks()) checker.Run(check);
}

}  // namespace collate::foi_spreadsheet
