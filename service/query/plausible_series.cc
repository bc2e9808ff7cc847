#include "service/query/plausible_series.h"

#include <algorithm>
#include <cstdlib>
#include <map>
#include <optional>
#include <string>
#include <tuple>
#include <utility>
#include <vector>

#include "absl/strings/str_cat.h"
#include "absl/time/civil_time.h"
#include "service/base/status_macros.h"
#include "service/query/bounds.h"
#include "service/store/observations.h"
#include "service/vocabulary/period.h"
#include "service/vocabulary/state.h"

namespace collate::query {
namespace {

using vocabulary::MemberId;
using vocabulary::Period;
using vocabulary::State;

constexpr int kYearMonths = 12;
constexpr int kQuarterMonths = 3;

// Months since year 0 when the day is the first of one.
std::optional<int> MonthOf(vocabulary::Day day) {
  const absl::CivilDay civil = absl::CivilDay(1970, 1, 1) + day;
  if (civil.day() != 1) return std::nullopt;
  return static_cast<int>(civil.year()) * kYearMonths + civil.month() - 1;
}

// One printed count of a series.
struct Point {
  int begin = 0;   // month
  int months = 0;  // length
  int64_t value = 0;
  Period period;
  std::vector<uint32_t> rows;  // several where repeated keys are added
};

class SeriesSearch {
 public:
  explicit SeriesSearch(FindingBuilder& builder) : builder_(builder) {}

  absl::Status Search(const SliceTable& table) {
    size_t series = 0;
    for (size_t begin = 0; begin < table.row_count();) {
      size_t end = begin + 1;
      while (end < table.row_count() && SameCell(table, begin, end) &&
             table.reporter(begin) == table.reporter(end)) {
        ++end;
      }
      if (++series % kCheckEvery == 0) {
        COLLATE_RETURN_IF_ERROR(builder_.Check());
      }
      const std::vector<Point> points = Points(table, begin, end);
      // Of every reporter, because it tells what is one's own.
      if (builder_.Wants(FindingKind::kLevelShift)) LevelShifts(points);
      if (builder_.IsAskedFor(table.reporter(begin))) {
        if (builder_.Wants(FindingKind::kRepeatedValue)) Repeats(table, points);
        if (builder_.Wants(FindingKind::kPartYear)) PartYears(table, points);
      }
      if (end == table.row_count() || !SameCell(table, begin, end)) {
        TellShifts(table);
      }
      begin = end;
    }
    return absl::OkStatus();
  }

 private:
  struct Shift {
    Point point;
    Point one;
    Point other;

    // How far the figure lies from the nearer neighbour.
    int64_t Difference() const {
      return std::min(std::abs(point.value - one.value),
                      std::abs(point.value - other.value));
    }
  };
  // Of one cell and period, over all reporters.
  struct Shifts {
    int64_t compared = 0;
    std::vector<Shift> above;
    std::vector<Shift> below;
  };

  // Whether two rows differ in reporter and period at most.
  static bool SameCell(const SliceTable& table, size_t a, size_t b) {
    return table.SameMembers(a, b);
  }

  // The exact counts of a series by first day and length.
  std::vector<Point> Points(const SliceTable& table, size_t begin,
                            size_t end) const {
    std::map<std::pair<int, int>, std::vector<uint32_t>> by_period;
    for (size_t row = begin; row < end; ++row) {
      if (!builder_.Stands(table, row)) continue;
      const auto from = MonthOf(table.period(row).begin);
      const auto until = MonthOf(table.period(row).end);
      if (!from.has_value() || !until.has_value()) continue;
      by_period[{*from, *until - *from}].push_back(static_cast<uint32_t>(row));
    }
    std::vector<Point> points;
    for (const auto& [key, rows] : by_period) {
      Point point;
      std::tie(point.begin, point.months) = key;
      bool usable = true;
      for (const uint32_t row : rows) {
        usable = usable && table.state(row) == State::kReported &&
                 (table.has(row) & store::kHasValue) != 0 &&
                 (rows.size() == 1 ||
                  (table.flags(row) & vocabulary::kFlagRepeatedKeyAdded)) &&
                 AddTo(table.value(row), &point.value).ok();
      }
      if (!usable || point.value < 0) continue;
      point.period = {table.period(rows[0]), table.period_kind(rows[0])};
      point.rows = rows;
      points.push_back(std::move(point));
    }
    return points;
  }

  void LevelShifts(const std::vector<Point>& points) {
    // Periods of one length that follow one another without overlap.
    std::map<std::pair<int, int>, std::vector<const Point*>> chains;
    for (const Point& point : points) {
      chains[{point.months, point.begin % point.months}].push_back(&point);
    }
    for (const auto& of_length : chains) {
      const std::vector<const Point*>& chain = of_length.second;
      for (size_t i = 0; i < chain.size(); ++i) {
        const auto near = [&](size_t j) {
          return j < chain.size() &&
                 std::abs(chain[j]->begin - chain[i]->begin) <=
                     kShiftReach * chain[i]->months;
        };
        // A wrapped index is beyond the end.
        std::vector<size_t> beside;
        if (near(i - 1)) beside.push_back(i - 1);
        if (near(i + 1)) beside.push_back(i + 1);
        if (beside.size() == 1) {
          const size_t second = beside[0] < i ? i - 2 : i + 2;
          if (near(second)) beside.push_back(second);
        }
        if (beside.size() != 2) continue;
        Shifts& shifts = shifts_[{chain[i]->begin, chain[i]->months}];
        ++shifts.compared;
        Shift shift{*chain[i], *chain[beside[0]], *chain[beside[1]]};
        if (!IsFarOff(shift)) continue;
        (IsAbove(shift) ? shifts.above : shifts.below)
            .push_back(std::move(shift));
      }
    }
  }

  static bool IsAbove(const Shift& shift) {
    return shift.point.value > shift.one.value;
  }

  static bool IsFarOff(const Shift& shift) {
    const int64_t low = std::min(shift.one.value, shift.other.value);
    const int64_t high = std::max(shift.one.value, shift.other.value);
    const int64_t value = shift.point.value;
    // Divided instead of multiplied, lest the product overflow.
    return (value / kShiftFactor >= high && value - high >= kShiftDifference) ||
           (low / kShiftFactor >= value && low - value >= kShiftDifference);
  }

  // What was gathered of one cell. A shift that many reporters share is a
  // change of the series, and told once.
  void TellShifts(const SliceTable& table) {
    for (const auto& [unused, shifts] : shifts_) {
      for (const std::vector<Shift>* alike : {&shifts.above, &shifts.below}) {
        TellAlike(table, *alike, shifts.compared);
      }
    }
    shifts_.clear();
  }

  void TellAlike(const SliceTable& table, const std::vector<Shift>& alike,
                 int64_t compared) {
    const auto count = static_cast<int64_t>(alike.size());
    const bool shared =
        count >= kSharedReporters && count * 100 >= compared * kSharedPercent;
    const Shift* greatest = nullptr;
    for (const Shift& shift : alike) {
      if (!builder_.IsAskedFor(table.reporter(shift.point.rows[0]))) continue;
      if (!shared) {
        TellShift(table, shift, "");
      } else if (greatest == nullptr ||
                 shift.Difference() > greatest->Difference()) {
        greatest = &shift;
      }
    }
    if (greatest == nullptr) return;
    TellShift(
        table, *greatest,
        absl::StrCat("; so do those of ", count - 1, " more of ", compared,
                     " reporters, as when a series changes its "
                     "meaning"));
  }

  void TellShift(const SliceTable& table, const Shift& shift,
                 const std::string& shared) {
    const Point& point = shift.point;
    Finding finding =
        builder_.Begin(FindingKind::kLevelShift, table, point.rows[0]);
    const auto words = [](const Point& neighbour) {
      return absl::StrCat(NumberWords(neighbour.value), " (",
                          FormatPeriod(neighbour.period), ")");
    };
    finding.message = absl::StrCat(
        builder_.Subject(finding), ": ", NumberWords(point.value), " lies far ",
        IsAbove(shift) ? "above" : "below", " the nearest figures, ",
        words(shift.one), " and ", words(shift.other));
    finding.thresholds = {{"factor", kShiftFactor},
                          {"least_difference", kShiftDifference},
                          {"reach_periods", kShiftReach}};
    if (!shared.empty()) {
      finding.message += shared;
      finding.thresholds.emplace_back("shared_percent", kSharedPercent);
    }
    builder_.Cite(table, "figure", point.rows, finding);
    for (const Point* neighbour : {&shift.one, &shift.other}) {
      builder_.Cite(table, neighbour->begin < point.begin ? "before" : "after",
                    neighbour->rows, finding);
    }
    builder_.Add(std::move(finding));
  }

  void Repeats(const SliceTable& table, const std::vector<Point>& points) {
    std::map<std::pair<int, int>, std::vector<const Point*>> chains;
    for (const Point& point : points) {
      if (point.months > kYearMonths) continue;
      chains[{point.months, point.begin % kYearMonths}].push_back(&point);
    }
    for (const auto& of_length : chains) {
      const std::vector<const Point*>& chain = of_length.second;
      for (size_t first = 0; first < chain.size();) {
        size_t last = first;
        while (last + 1 < chain.size() &&
               chain[last + 1]->value == chain[first]->value &&
               chain[last + 1]->begin == chain[last]->begin + kYearMonths) {
          ++last;
        }
        const int64_t value = chain[first]->value;
        const int years = static_cast<int>(last - first) + 1;
        if ((years >= kRunYears && value >= kRunValue) ||
            (years >= 2 && value >= kPairValue)) {
          TellRepeat(table,
                     {chain.begin() + static_cast<std::ptrdiff_t>(first),
                      chain.begin() + static_cast<std::ptrdiff_t>(last) + 1});
        }
        first = last + 1;
      }
    }
  }

  void TellRepeat(const SliceTable& table,
                  const std::vector<const Point*>& run) {
    const Point& latest = *run.back();
    Finding finding =
        builder_.Begin(FindingKind::kRepeatedValue, table, latest.rows[0]);
    finding.message =
        absl::StrCat(builder_.Subject(finding), ": ", NumberWords(latest.value),
                     " is printed for ", run.size(), " years running, from ",
                     FormatPeriod(run.front()->period));
    const bool pair = run.size() < kRunYears;
    finding.thresholds = {{"least_value", pair ? kPairValue : kRunValue},
                          {"least_years", pair ? 2 : kRunYears}};
    builder_.Cite(table, "figure", latest.rows, finding);
    for (size_t i = run.size() - 1; i > 0; --i) {
      builder_.Cite(table, "repeat", run[i - 1]->rows, finding);
    }
    builder_.Add(std::move(finding));
  }

  void PartYears(const SliceTable& table, const std::vector<Point>& points) {
    std::map<std::pair<int, int>, const Point*> shorter;  // by length, begin
    for (const Point& point : points) {
      if (point.months == kQuarterMonths || point.months == 1) {
        shorter[{point.months, point.begin}] = &point;
      }
    }
    if (shorter.empty()) return;
    for (const Point& year : points) {
      if (year.months != kYearMonths || year.value < kPartYearValue) continue;
      for (const int length : {kQuarterMonths, 1}) {
        if (TellPartYear(table, year, shorter, length)) break;
      }
    }
  }

  bool TellPartYear(const SliceTable& table, const Point& year,
                    const std::map<std::pair<int, int>, const Point*>& shorter,
                    int length) {
    const auto range = [&](int from, int until) {
      std::vector<const Point*> found;
      for (int month = from; month < until; month += length) {
        const auto it = shorter.find({length, year.begin + month});
        if (it != shorter.end()) found.push_back(it->second);
      }
      return found;
    };
    const auto total = [](const std::vector<const Point*>& tiles) {
      int64_t sum = 0;
      for (const Point* tile : tiles) {
        if (!AddTo(tile->value, &sum).ok()) return int64_t{-1};
      }
      return sum;
    };
    for (const int months : {9, 6, 3}) {
      for (const bool first : {true, false}) {
        const int from = first ? 0 : kYearMonths - months;
        const auto inside = range(from, from + months);
        const auto outside =
            first ? range(months, kYearMonths) : range(0, kYearMonths - months);
        if (inside.size() != static_cast<size_t>(months / length) ||
            total(inside) != year.value || total(outside) <= 0) {
          continue;
        }
        Finding finding =
            builder_.Begin(FindingKind::kPartYear, table, year.rows[0]);
        finding.message = absl::StrCat(
            builder_.Subject(finding), ": ", NumberWords(year.value),
            " is the sum of its ", first ? "first " : "last ", months,
            " months alone; the others have ", NumberWords(total(outside)));
        finding.thresholds = {{"least_value", kPartYearValue},
                              {"months", months}};
        builder_.Cite(table, "figure", year.rows, finding);
        for (const Point* tile : inside) {
          builder_.Cite(table, "month", tile->rows, finding);
        }
        builder_.Add(std::move(finding));
        return true;
      }
    }
    return false;
  }

  FindingBuilder& builder_;
  // Of the cell that is being looked at, by first month and length.
  std::map<std::pair<int, int>, Shifts> shifts_;
};

}  // namespace

absl::Status SearchSeries(const SliceTable& table, FindingBuilder& builder) {
  return SeriesSearch(builder).Search(table);
}

}  // namespace collate::query
