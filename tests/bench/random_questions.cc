#include "tests/bench/random_questions.h"

#include <algorithm>
#include <numeric>
#include <random>
#include <utility>

#include "absl/strings/match.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/str_format.h"
#include "absl/strings/str_join.h"
#include "absl/time/civil_time.h"
#include "absl/time/time.h"
#include "service/base/status_macros.h"
#include "service/query/engine.h"
#include "service/query/plan.h"
#include "service/vocabulary/state.h"

namespace collate::testing::bench {
namespace {

using vocabulary::Day;
using vocabulary::State;

constexpr absl::CivilDay kDayNought(1970, 1, 1);

// More leaves than these take long to check and tell no more.
constexpr int64_t kMostLeaves = 20'000;

bool IsNorth(int reporter) { return reporter % 3 == 0; }

// First and last year in which panel "changing" has the reporter.
std::pair<int, int> ChangingYears(const Shape& shape, int reporter) {
  if (reporter % 5 == 0) return {1, shape.years};
  if (reporter % 5 == 1) return {-shape.years, shape.years - 2};
  return {-shape.years, 2 * shape.years};
}

std::string DayOfQuarter(int quarter) {
  return vocabulary::FormatDay(QuarterDays(quarter).begin);
}

std::string MemberCode(const RandomQuestion::Asked& asked, int member) {
  if (asked.dimension == "platform") return PlatformCode(member);
  if (asked.dimension == "age_band") return AgeBandCode(member);
  if (asked.dimension == "sex") return SexCode(member);
  return asked.groups ? GroupCode(member) : OffenceCode(member);
}

class Maker {
 public:
  Maker(const Shape& shape, uint64_t seed) : shape_(shape), random_(seed) {}

  RandomQuestion Make() {
    query_.measures = {"offences"};
    MakeOffences();
    MakeDimension("platform", shape_.platforms, PlatformCode, 40);
    MakeDimension("age_band", shape_.age_bands, AgeBandCode, 25);
    MakeDimension("sex", shape_.sexes, SexCode, 25);
    MakePeriods();
    MakeReporters();
    MakeTime();
    MakeExclusions();
    std::shuffle(query_.filters.begin(), query_.filters.end(), random_);
    return std::move(question_);
  }
  // Of the question that was made.
  int64_t leaves() const { return leaves_; }

 private:
  int Below(int end) {
    return std::uniform_int_distribution<int>(0, end - 1)(random_);
  }
  bool InHundred(int chances) { return Below(100) < chances; }
  // Some of [0, count), at least one, sorted.
  std::vector<int> Some(int count, int most) {
    std::vector<int> all(static_cast<size_t>(count));
    std::iota(all.begin(), all.end(), 0);
    std::shuffle(all.begin(), all.end(), random_);
    all.resize(static_cast<size_t>(1 + Below(std::min(count, most))));
    std::sort(all.begin(), all.end());
    return all;
  }

  void Ask(RandomQuestion::Asked asked) {
    leaves_ *= static_cast<int64_t>(asked.members.size());
    if (asked.grouped) query_.group_by.push_back(asked.dimension);
    question_.asked.push_back(std::move(asked));
  }

  void MakeOffences() {
    if (InHundred(25)) return;
    RandomQuestion::Asked asked = {.dimension = "offence",
                                   .groups = InHundred(45)};
    asked.members = Some(asked.groups ? shape_.groups : shape_.codes(), 6);
    asked.grouped = InHundred(40);
    query::Filter filter{.dimension = "offence"};
    for (const int member : asked.members) {
      filter.members.push_back(MemberCode(asked, member));
    }
    query_.filters.push_back(std::move(filter));
    Ask(std::move(asked));
  }

  void MakeDimension(const std::string& dimension, int count,
                     std::string (*code_of)(int), int chances) {
    if (!InHundred(chances)) return;
    RandomQuestion::Asked asked = {.dimension = dimension};
    asked.grouped = InHundred(50);
    std::vector<int> all(static_cast<size_t>(count));
    std::iota(all.begin(), all.end(), 0);
    asked.members = all;
    asked.observed = true;
    if (!asked.grouped || InHundred(40)) {
      query::Filter filter{.dimension = dimension};
      std::vector<int> named = Some(count, count);
      filter.exclude = static_cast<int>(named.size()) < count && InHundred(30);
      for (const int member : named) {
        filter.members.push_back(code_of(member));
      }
      if (filter.exclude) {
        asked.members.clear();
        std::set_difference(all.begin(), all.end(), named.begin(), named.end(),
                            std::back_inserter(asked.members));
      } else {
        asked.members = std::move(named);
        asked.observed = false;
      }
      query_.filters.push_back(std::move(filter));
    }
    Ask(std::move(asked));
  }

  // A year before and after what is published, too.
  void MakePeriods() {
    const int before = InHundred(10) ? 1 : 0;
    const int years = shape_.years + before + (InHundred(10) ? 1 : 0);
    const auto a_year = [&] { return Below(years) - before; };
    const auto add = [&](const std::string& text, Quarters quarters) {
      for (const Quarters& other : question_.periods) {
        if (other.first == quarters.first && other.last == quarters.last) {
          return;  // asked twice is refused
        }
      }
      query_.periods.push_back(text);
      question_.periods.push_back(quarters);
    };
    switch (Below(8)) {
      case 0:
      case 1:
      case 2:
        for (int n = 1 + Below(3); n > 0; --n) {
          const int year = a_year();
          add(YearText(year), {4 * year, 4 * year + 3});
        }
        break;
      case 3:
      case 4:
        for (int n = 1 + Below(4); n > 0; --n) {
          const int quarter = 4 * a_year() + Below(4);
          add(absl::StrCat(YearText(Year(quarter)), " Q", At(quarter) + 1),
              {quarter, quarter});
        }
        break;
      case 5: {  // all of a range
        const int first = a_year();
        const int last = first + Below(3);
        query_.period_range = {YearText(first), YearText(last)};
        for (int year = first; year <= last; ++year) {
          question_.periods.push_back({4 * year, 4 * year + 3});
        }
        break;
      }
      case 6: {  // twelve months from any quarter on
        whole_years_ = false;
        const int quarter = 4 * a_year() + Below(4);
        constexpr const char* kMonths[] = {"March", "June", "September",
                                           "December"};
        add(absl::StrCat("year ending ", kMonths[At(quarter)], " ",
                         kFirstYear + Year(quarter) + 1),
            {quarter, quarter + 3});
        break;
      }
      default: {  // any stretch of quarters
        whole_years_ = false;
        const int first = 4 * a_year() + Below(4);
        const int last = first + Below(8);
        add(absl::StrCat(DayOfQuarter(first), "/", DayOfQuarter(last + 1)),
            {first, last});
        break;
      }
    }
    leaves_ *= static_cast<int64_t>(question_.periods.size());
  }
  static int Year(int quarter) {
    return quarter >= 0 ? quarter / 4 : (quarter - 3) / 4;
  }
  static int At(int quarter) { return quarter - 4 * Year(quarter); }

  void MakeReporters() {
    std::vector<int> named;
    bool exclude = false;
    const int panel = Below(10);
    query_.panel = panel < 6   ? "all"
                   : panel < 8 ? "north"
                   : panel < 9 ? "changing"
                               : "";
    // On which day of a longer period it is looked at is another question.
    if (query_.panel == "changing" && !whole_years_) query_.panel = "north";
    if (query_.panel.empty() || InHundred(30)) {
      named = Some(shape_.reporters, 12);
      exclude = !query_.panel.empty() && InHundred(50);
      // Who is named has to be in the panel.
      if (query_.panel == "north") {
        std::erase_if(named, [](int reporter) { return !IsNorth(reporter); });
        if (named.empty()) named.push_back(0);
      }
      if (query_.panel == "changing" && !exclude) query_.panel = "all";
      query::Filter filter{.dimension = "reporter", .exclude = exclude};
      for (const int reporter : named) {
        filter.members.push_back(ReporterCode(reporter));
      }
      query_.filters.push_back(std::move(filter));
    }
    const bool filtered = !named.empty();
    size_t most = 1;
    for (const Quarters& period : question_.periods) {
      std::vector<int>& reporters = question_.reporters.emplace_back();
      for (int reporter = 0; reporter < shape_.reporters; ++reporter) {
        if (filtered && std::binary_search(named.begin(), named.end(),
                                           reporter) == exclude) {
          continue;
        }
        if (query_.panel == "north" && !IsNorth(reporter)) continue;
        const auto [first, last] = ChangingYears(shape_, reporter);
        const int year = Year(period.first);
        if (query_.panel == "changing" && (year < first || year > last)) {
          continue;
        }
        reporters.push_back(reporter);
      }
      most = std::max(most, reporters.size());
    }
    question_.by_reporter = InHundred(30);
    if (question_.by_reporter) query_.group_by.push_back("reporter");
    leaves_ *= static_cast<int64_t>(most);
  }

  // On the day of a publication, the day before, or whenever.
  void MakeTime() {
    if (!InHundred(35)) return;
    const int year = kFirstYear + 1 + Below(shape_.years + 2);
    absl::CivilDay day(year, 7, 1);
    if (InHundred(30)) {
      day -= 1;
    } else if (InHundred(50)) {
      day += Below(365);
    }
    query_.as_of = absl::FromCivil(day, absl::UTCTimeZone());
    question_.as_of = static_cast<Day>(day - kDayNought);
  }

  void MakeExclusions() {
    if (!InHundred(20)) return;
    for (int n = 1 + Below(3); n > 0; --n) {
      RandomQuestion::Exclusion exclusion = {.reporter =
                                                 Below(shape_.reporters)};
      query::Exclusion words{.reporter = ReporterCode(exclusion.reporter),
                             .reason = "a typing error",
                             .date = "2030-01-01"};
      if (InHundred(60)) {
        const int quarter = Below(shape_.quarters());
        exclusion.quarters = {quarter, quarter};
        words.periods = {
            absl::StrCat(YearText(Year(quarter)), " Q", At(quarter) + 1)};
      }
      query_.exclusions.push_back(std::move(words));
      question_.exclusions.push_back(exclusion);
    }
  }

  const Shape& shape_;
  std::mt19937_64 random_;
  RandomQuestion question_;
  query::Query& query_ = question_.query;
  bool whole_years_ = true;
  int64_t leaves_ = 1;
};

class Collector final : public query::CellSink {
 public:
  absl::Status OnCell(query::Cell cell) override {
    cells.push_back(std::move(cell));
    return absl::OkStatus();
  }
  std::vector<query::Cell> cells;
};

}  // namespace

Shape ShapeOfRandomWorld(const std::string& world) {
  if (world == "1m") return OneMillion();
  if (world != "by-code") return TwentyThousand();
  return {.reporters = 30,
          .groups = 4,
          .codes_per_group = 3,
          .years = 4,
          .platforms = 4,
          .age_bands = 3,
          .sexes = 2,
          .detailed_by_code = true,
          .sex_age_years = 3,
          .platform_age_years = 2};
}

std::string RandomVocabularyText(const Shape& shape) {
  std::string text = VocabularyText(shape);
  absl::StrAppend(&text, "panels { code: 'north' title: 'The north'\n");
  for (int reporter = 0; reporter < shape.reporters; ++reporter) {
    if (!IsNorth(reporter)) continue;
    absl::StrAppend(&text, "members { reporter: '", ReporterCode(reporter),
                    "' }\n");
  }
  absl::StrAppend(&text, "}\npanels { code: 'changing' title: 'Changing'\n");
  for (int reporter = 0; reporter < shape.reporters; ++reporter) {
    const auto [first, last] = ChangingYears(shape, reporter);
    absl::StrAppend(
        &text, "members { reporter: '", ReporterCode(reporter),
        "' validity { first_day: '", DayOfQuarter(4 * first), "' last_day: '",
        vocabulary::FormatDay(QuarterDays(4 * last + 3).end - 1), "' } }\n");
  }
  return text + "}\n";
}

RandomQuestion MakeRandomQuestion(const Shape& shape, uint64_t seed) {
  // Too large a question is made again.
  for (uint64_t again = 0;; ++again) {
    Maker maker(shape, seed * 0x9E3779B97F4A7C15 + again);
    RandomQuestion question = maker.Make();
    if (maker.leaves() <= kMostLeaves) return question;
  }
}

std::string DescribeQuestion(const RandomQuestion& question) {
  const query::Query& query = question.query;
  std::string text;
  for (const query::Filter& filter : query.filters) {
    absl::StrAppend(&text, filter.dimension,
                    filter.exclude ? " is none of " : " is ",
                    absl::StrJoin(filter.members, " or "), "; ");
  }
  absl::StrAppend(&text, "by [", absl::StrJoin(query.group_by, ", "), "]; ");
  if (query.period_range.has_value()) {
    absl::StrAppend(&text, "periods ", query.period_range->first, " to ",
                    query.period_range->second);
  } else {
    absl::StrAppend(&text, "periods ", absl::StrJoin(query.periods, ", "));
  }
  absl::StrAppend(&text, "; panel '", query.panel, "'");
  if (question.as_of.has_value()) {
    absl::StrAppend(&text, "; as of ", vocabulary::FormatDay(*question.as_of));
  }
  for (const query::Exclusion& exclusion : query.exclusions) {
    absl::StrAppend(&text, "; without ", exclusion.reporter, " in [",
                    absl::StrJoin(exclusion.periods, ", "), "]");
  }
  return text;
}

std::vector<std::string> FigureColumns() {
  std::vector<std::string> columns = {
      "worst", "reported", "reported_low", "reported_high", "low",
      "high",  "cells",    "expected",     "due",           "complete"};
  for (int state = 1; state < vocabulary::kStateCount; ++state) {
    columns.emplace_back(vocabulary::StateName(static_cast<State>(state)));
  }
  return columns;
}

absl::StatusOr<Answer> AskEngine(const query::Snapshot& snapshot,
                                 const RandomQuestion& question) {
  query::PlanOptions options;
  options.today = QuarterDays(1000).begin;  // long after everything
  options.list_rows = false;
  COLLATE_ASSIGN_OR_RETURN(const query::Plan plan,
                           query::MakePlan(question.query, snapshot, options));
  Collector collector;
  COLLATE_RETURN_IF_ERROR(
      query::Execute(plan, snapshot, {}, collector).status());
  Answer answer;
  for (const query::Cell& cell : collector.cells) {
    Numbers row;
    const auto append_member = [&](absl::string_view dimension) {
      for (size_t axis = 0; axis < plan.group_by.size(); ++axis) {
        if (plan.group_by[axis]->code() != dimension) continue;
        row.push_back(
            NumberOf(plan.group_by[axis]->member(cell.coordinates[axis]).code));
      }
    };
    for (const RandomQuestion::Asked& asked : question.asked) {
      if (asked.grouped) append_member(asked.dimension);
    }
    row.push_back(cell.period);
    append_member("reporter");
    row.push_back(vocabulary::Severity(cell.state));
    row.push_back(cell.reported);
    row.push_back(cell.reported_bounds.lower);
    row.push_back(cell.reported_bounds.upper);
    row.push_back(cell.panel_bounds.lower);
    row.push_back(cell.panel_bounds.upper);
    row.push_back(static_cast<int64_t>(cell.row_count));
    row.push_back(cell.coverage.expected);
    row.push_back(cell.coverage.due);
    row.push_back(cell.coverage.complete);
    for (int state = 1; state < vocabulary::kStateCount; ++state) {
      int64_t count = 0;
      for (const auto& [one, reporters] : cell.coverage.tally) {
        if (one == static_cast<State>(state)) count = reporters;
      }
      row.push_back(count);
    }
    answer.push_back(std::move(row));
  }
  std::sort(answer.begin(), answer.end());
  return answer;
}

bool IsAboutNothing(const absl::Status& status) {
  return absl::IsInvalidArgument(status) &&
         absl::StrContains(status.message(), "nothing is left of dimension");
}

}  // namespace collate::testing::bench
