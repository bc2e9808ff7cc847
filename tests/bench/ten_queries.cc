#include "tests/bench/ten_queries.h"

#include <algorithm>
#include <array>
#include <numeric>
#include <utility>

#include "absl/strings/str_cat.h"
#include "absl/strings/str_join.h"
#include "service/base/status_macros.h"
#include "service/query/engine.h"
#include "service/query/plan.h"
#include "service/vocabulary/period.h"
#include "service/vocabulary/state.h"

namespace collate::testing::bench {
namespace {

using query::Cell;
using query::Interval;
using vocabulary::State;

// No reporter has this number.
constexpr int64_t kNobody = 255;

// States by which reporters are counted, in the order of an answer's columns.
constexpr State kCounted[] = {
    State::kReported,      State::kRounded,    State::kSuppressed,
    State::kPartialPeriod, State::kNotShown,   State::kNotHeld,
    State::kRefused,       State::kNoResponse, State::kNoRelease};

// Picks one of several numbers a time; the picks of all variants differ until
// everything was picked.
class Picker {
 public:
  // `sizes`: from how many is picked, one after the other.
  Picker(int64_t variant, const std::vector<int64_t>& sizes) : sizes_(sizes) {
    const int64_t total = std::accumulate(sizes.begin(), sizes.end(),
                                          int64_t{1}, std::multiplies<>());
    // A step that shares no factor with the total visits everything once.
    int64_t step = total * 5 / 8 + 1;
    while (std::gcd(step, total) != 1) ++step;
    rest_ = (variant % total) * step % total;
    beyond_ = variant / total;
  }

  int64_t Pick() {
    const int64_t size = sizes_[at_++];
    const int64_t pick = rest_ % size;
    rest_ /= size;
    return pick;
  }

  // How often everything was picked before.
  int64_t beyond() const { return beyond_; }

 private:
  const std::vector<int64_t> sizes_;
  size_t at_ = 0;
  int64_t rest_;
  int64_t beyond_;
};

// The `n`th pair of two reporters; none before the first.
std::pair<int64_t, int64_t> PairOf(const Shape& shape, int64_t n) {
  if (n == 0) return {kNobody, kNobody};
  n = (n - 1) * 127 % (shape.reporters * (shape.reporters - 1) / 2);
  int64_t first = 0;
  while (n >= shape.reporters - 1 - first) {
    n -= shape.reporters - 1 - first;
    ++first;
  }
  return {first, first + 1 + n};
}

std::string DayText(vocabulary::Day day) { return vocabulary::FormatDay(day); }

class Maker {
 public:
  Maker(const Shape& shape, int number, int64_t variant)
      : shape_(shape), number_(number), variant_(variant) {}

  Question Make() {
    question_.number = number_;
    query_.measures = {"offences"};
    query_.panel = "all";
    switch (number_) {
      case 1:
      case 7:
        ByYear();
        break;
      case 2:
        ShareByPlatform();
        break;
      case 3:
        ByReporterAndYear();
        break;
      case 4:
        LargestReporters();
        break;
      case 5:
        ByOffence();
        break;
      case 6:
        ByReporterPlatformAndAge();
        break;
      case 8:
        LikeForLike();
        break;
      case 9:
        ByQuarter();
        break;
      default:
        GrandTotal();
        break;
    }
    return std::move(question_);
  }

 private:
  void Add(std::initializer_list<int64_t> parameters) {
    question_.parameters.insert(question_.parameters.end(), parameters);
  }
  void Filter(const std::string& dimension, std::vector<std::string> members) {
    query_.filters.push_back(
        {.dimension = dimension, .members = std::move(members)});
  }
  void Years(int64_t first, int64_t last) {
    query_.period_range = {YearText(static_cast<int>(first)),
                           YearText(static_cast<int>(last))};
  }
  // First and last of at least half of all years.
  int64_t RangeCount() const { return int64_t{Early()} * Late(); }
  int Early() const { return (shape_.years + 2) / 3; }
  int Late() const { return (shape_.years + 2) / 3; }
  std::pair<int64_t, int64_t> PickRange(Picker& picker) const {
    const int64_t pick = picker.Pick();
    return {pick % Early(), shape_.years - 1 - pick / Early()};
  }
  std::pair<int64_t, int64_t> LeaveOut(int64_t pair) {
    const auto [a, b] = PairOf(shape_, pair);
    if (a != kNobody) {
      query_.filters.push_back({.dimension = "reporter",
                                .members = {ReporterCode(static_cast<int>(a)),
                                            ReporterCode(static_cast<int>(b))},
                                .exclude = true});
    }
    return {a, b};
  }
  int64_t YearsOf(Slice slice) const {
    return shape_.years - FirstYearOf(shape_, slice);
  }
  // Codes that an offence of the breakdowns has: first, last.
  std::pair<int64_t, int64_t> CodesOf(int64_t detailed) const {
    if (shape_.detailed_by_code) return {detailed, detailed};
    return {detailed * shape_.codes_per_group,
            (detailed + 1) * shape_.codes_per_group - 1};
  }

  void ByYear() {
    Picker picker(variant_, {shape_.codes(), RangeCount()});
    const int64_t code = picker.Pick();
    const auto [first, last] = PickRange(picker);
    const auto [a, b] = LeaveOut(picker.beyond());
    Filter("offence", {OffenceCode(static_cast<int>(code))});
    Years(first, last);
    Add({code, first, last, a, b});
  }

  void ShareByPlatform() {
    Picker picker(variant_,
                  {shape_.detailed_offences(), YearsOf(Slice::kPlatform)});
    const int64_t offence = picker.Pick();
    const int64_t year = FirstYearOf(shape_, Slice::kPlatform) + picker.Pick();
    const auto [a, b] = LeaveOut(picker.beyond());
    Filter("offence", {DetailedOffenceCode(shape_, static_cast<int>(offence))});
    query_.group_by = {"platform"};
    query_.periods = {YearText(static_cast<int>(year))};
    query_.derivations = {
        query::ShareQuery{"platform", query::ShareBase::kAllOffences}};
    const auto [first_code, last_code] = CodesOf(offence);
    Add({first_code, last_code, year, a, b, offence,
         4 * (last_code - first_code + 1)});
  }

  void ByReporterAndYear() {
    Picker picker(variant_, {RangeCount()});
    const auto [first, last] = PickRange(picker);
    const auto [a, b] = LeaveOut(picker.beyond());
    query_.group_by = {"reporter"};
    Years(first, last);
    Add({first, last, a, b, 4 * shape_.codes()});
  }

  void LargestReporters() {
    Picker picker(variant_, {shape_.years});
    const int64_t year = picker.Pick();
    const auto [a, b] = LeaveOut(picker.beyond());
    query_.group_by = {"reporter"};
    query_.periods = {YearText(static_cast<int>(year))};
    Add({year, a, b, 4 * shape_.codes()});
  }

  void ByOffence() {
    const int64_t pairs = shape_.reporters * (shape_.reporters - 1) / 2;
    Picker picker(variant_, {pairs, YearsOf(Slice::kSexAge) - 1, shape_.sexes});
    const auto [a, b] = LeaveOut(1 + picker.Pick());
    const int64_t year = FirstYearOf(shape_, Slice::kSexAge) + picker.Pick();
    const int64_t sex = picker.Pick();
    std::vector<std::string> offences;
    for (int i = 0; i < shape_.detailed_offences(); ++i) {
      offences.push_back(DetailedOffenceCode(shape_, i));
    }
    Filter("offence", std::move(offences));
    Filter("sex", {SexCode(static_cast<int>(sex))});
    query_.group_by = {"offence"};
    Years(year, year + 1);
    Add({year, year + 1, sex, a, b, 4 * shape_.age_bands});
  }

  void ByReporterPlatformAndAge() {
    Picker picker(variant_, {YearsOf(Slice::kPlatformAge)});
    const int64_t year =
        FirstYearOf(shape_, Slice::kPlatformAge) + picker.Pick();
    const auto [a, b] = LeaveOut(picker.beyond());
    query_.group_by = {"reporter", "platform", "age_band"};
    query_.periods = {YearText(static_cast<int>(year))};
    Add({year, a, b, 4 * shape_.detailed_offences()});
  }

  void LikeForLike() {
    Picker picker(variant_, {shape_.codes(), shape_.years - 1});
    const int64_t code = picker.Pick();
    const int64_t base = picker.Pick();
    const auto [a, b] = LeaveOut(picker.beyond());
    Filter("offence", {OffenceCode(static_cast<int>(code))});
    query_.periods = {YearText(static_cast<int>(base + 1))};
    query_.derivations = {
        query::ChangeQuery{.base_period = YearText(static_cast<int>(base))}};
    Add({code, base, base + 1, a, b});
  }

  void ByQuarter() {
    Picker picker(variant_, {shape_.codes(), shape_.reporters, RangeCount()});
    const int64_t code = picker.Pick();
    const int64_t reporter = picker.Pick();
    const auto [first, last] = PickRange(picker);
    Filter("offence", {OffenceCode(static_cast<int>(code))});
    Filter("reporter", {ReporterCode(static_cast<int>(reporter))});
    query_.period_range = {
        absl::StrCat(YearText(static_cast<int>(first)), " Q1"),
        absl::StrCat(YearText(static_cast<int>(last)), " Q4")};
    Add({code, first, last, reporter});
  }

  // From any quarter of the first half to any of the second.
  void GrandTotal() {
    const int half = shape_.quarters() / 2;
    Picker picker(variant_, {half, half});
    const int64_t first = picker.Pick();
    const int64_t last = shape_.quarters() - 1 - picker.Pick();
    const auto [a, b] = LeaveOut(picker.beyond());
    query_.periods = {
        absl::StrCat(DayText(QuarterDays(static_cast<int>(first)).begin), "/",
                     DayText(QuarterDays(static_cast<int>(last)).end))};
    Add({first, last, a, b, shape_.codes() * (last - first + 1)});
  }

  const Shape& shape_;
  const int number_;
  const int64_t variant_;
  Question question_;
  query::Query& query_ = question_.query;
};

void Append(const Interval& interval, Numbers* row) {
  row->push_back(interval.lower);
  row->push_back(interval.upper);
}

void Append(const query::Operand& operand, int count, Numbers* row) {
  row->push_back(count);
  // A sum over nobody is no number.
  if (count == 0) {
    row->insert(row->end(), 3, std::nullopt);
    return;
  }
  row->push_back(operand.reported);
  Append(operand.bounds, row);
}

void AppendCoverage(const Cell& cell, Numbers* row) {
  row->push_back(cell.coverage.complete);
  for (const State state : kCounted) {
    int64_t count = 0;
    for (const auto& [one, reporters] : cell.coverage.tally) {
      if (one == state) count = reporters;
    }
    row->push_back(count);
  }
}

void AppendCell(const Cell& cell, Numbers* row) {
  row->push_back(cell.reported);
  Append(cell.reported_bounds, row);
  Append(cell.panel_bounds, row);
  AppendCoverage(cell, row);
}

class Collector final : public query::CellSink {
 public:
  absl::Status OnCell(Cell cell) override {
    cells.push_back(std::move(cell));
    return absl::OkStatus();
  }
  std::vector<Cell> cells;
};

struct Outcome {
  query::Plan plan;
  std::vector<Cell> cells;
};

absl::StatusOr<Outcome> Run(const query::Snapshot& snapshot,
                            const Question& question) {
  query::PlanOptions options;
  options.today = QuarterDays(1000).begin;  // long after everything
  options.list_rows = false;                // as the service does in view BASIC
  Outcome outcome;
  COLLATE_ASSIGN_OR_RETURN(outcome.plan,
                           query::MakePlan(question.query, snapshot, options));
  Collector collector;
  collector.cells.reserve(static_cast<size_t>(outcome.plan.cell_count));
  const query::ExecuteOptions execute;
  COLLATE_RETURN_IF_ERROR(
      query::Execute(outcome.plan, snapshot, execute, collector).status());
  outcome.cells = std::move(collector.cells);
  // The service orders by member; whoever wants the largest looks for them.
  if (question.number == 4) {
    std::stable_sort(
        outcome.cells.begin(), outcome.cells.end(),
        [](const Cell& a, const Cell& b) { return a.reported > b.reported; });
    outcome.cells.resize(std::min<size_t>(10, outcome.cells.size()));
  }
  return outcome;
}

// The year or quarter that a period is, counted from the first one.
int64_t NumberOf(const vocabulary::Period& period, bool quarters) {
  int quarter = 0;
  while (QuarterDays(quarter).begin < period.days.begin) ++quarter;
  return quarters ? quarter : quarter / 4;
}

}  // namespace

const char* NameOfQuery(int number) {
  constexpr const char* kNames[] = {"total by year of an offence",
                                    "share by platform in a year",
                                    "reporter by year over everything",
                                    "ten largest reporters in a year",
                                    "by offence, 43 of 45, two years, one sex",
                                    "reporter by platform by age in a year",
                                    "coverage of an offence by year",
                                    "two years like for like",
                                    "one offence, one reporter, by quarter",
                                    "grand total"};
  return kNames[number - 1];
}

bool IsSelective(int number) {
  return number <= 2 || (number >= 7 && number <= 9);
}

Question MakeQuestion(const Shape& shape, int number, int64_t variant) {
  return Maker(shape, number, variant).Make();
}

absl::StatusOr<Answer> AskEngine(const query::Snapshot& snapshot,
                                 const Question& question) {
  COLLATE_ASSIGN_OR_RETURN(const Outcome outcome, Run(snapshot, question));
  const int number = question.number;
  Answer answer;
  for (const Cell& cell : outcome.cells) {
    Numbers row;
    for (size_t axis = 0; axis < cell.coordinates.size(); ++axis) {
      const vocabulary::Dimension& dimension = *outcome.plan.group_by[axis];
      row.push_back(
          bench::NumberOf(dimension.member(cell.coordinates[axis]).code));
    }
    const bool by_period =
        number == 1 || number == 3 || number == 5 || number == 7 || number == 9;
    if (by_period) {
      row.push_back(NumberOf(outcome.plan.periods[cell.period], number == 9));
    }
    if (number == 7) {
      AppendCoverage(cell, &row);
    } else {
      AppendCell(cell, &row);
    }
    for (const query::Derived& derived : cell.derived) {
      if (const auto* share = std::get_if<query::Share>(&derived)) {
        Append(share->numerator, share->reporter_count, &row);
        Append(share->base, share->reporter_count, &row);
      }
      if (const auto* change = std::get_if<query::Change>(&derived)) {
        const query::Comparison& matched = change->matched_panel;
        Append(matched.current, matched.current_reporters, &row);
        Append(matched.base, matched.base_reporters, &row);
        row.push_back(change->base->reported);
        Append(change->base->reported_bounds, &row);
      }
    }
    answer.push_back(std::move(row));
  }
  std::sort(answer.begin(), answer.end());
  return answer;
}

absl::StatusOr<int64_t> RunInEngine(const query::Snapshot& snapshot,
                                    const Question& question) {
  COLLATE_ASSIGN_OR_RETURN(const Outcome outcome, Run(snapshot, question));
  return static_cast<int64_t>(outcome.cells.size());
}

std::string Difference(const Answer& a, const Answer& b) {
  const auto text = [](const Numbers& row) {
    return absl::StrJoin(row, " ", [](std::string* out, const auto& number) {
      absl::StrAppend(out, number.has_value() ? absl::StrCat(*number) : "-");
    });
  };
  const size_t common = std::min(a.size(), b.size());
  for (size_t i = 0; i < common; ++i) {
    if (a[i] != b[i]) {
      return absl::StrCat("row ", i, ":\n  ", text(a[i]), "\n  ", text(b[i]));
    }
  }
  if (a.size() == b.size()) return "";
  return absl::StrCat(a.size(), " rows and ", b.size(), " rows");
}

}  // namespace collate::testing::bench
