#include "service/query/plausibility.h"

#include <algorithm>
#include <map>
#include <tuple>

#include "absl/container/flat_hash_map.h"
#include "absl/strings/match.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/str_join.h"
#include "absl/time/civil_time.h"
#include "service/base/status_macros.h"
#include "service/store/observations.h"
#include "service/vocabulary/state.h"

namespace collate::query {
namespace {

using store::Floor;
using store::Partition;
using vocabulary::DayInterval;
using vocabulary::Dimension;
using vocabulary::MemberId;
using vocabulary::Period;
using vocabulary::State;

constexpr int kYearMonths = 12;
constexpr int kQuarterMonths = 3;
constexpr size_t kCheckEvery = 1024;

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

std::string Number(int64_t value) {
  std::string digits = absl::StrCat(value);
  for (size_t at = digits.size(); at > 3 && digits[at - 4] != '-'; at -= 3) {
    digits.insert(at - 3, ",");
  }
  return digits;
}

std::string Words(const Interval& interval) {
  if (interval.lower.has_value() && interval.lower == interval.upper) {
    return Number(*interval.lower);
  }
  if (interval.lower.has_value() && interval.upper.has_value()) {
    return absl::StrCat(Number(*interval.lower), " to ",
                        Number(*interval.upper));
  }
  if (interval.lower.has_value()) {
    return absl::StrCat("at least ", Number(*interval.lower));
  }
  return interval.upper.has_value()
             ? absl::StrCat("at most ", Number(*interval.upper))
             : "unknown";
}

// What a row says its number is, for comparison only.
Interval IntervalOf(const SliceTable& table, size_t row) {
  const uint8_t has = table.has[row];
  switch (table.state[row]) {
    case State::kReported:
      if ((has & store::kHasValue) != 0) {
        return Interval::Exactly(table.value[row]);
      }
      break;
    case State::kRounded:
      if ((has & store::kHasLower) != 0 && (has & store::kHasUpper) != 0) {
        return {table.lower[row], table.upper[row]};
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

bool IsMore(const Interval& a, const Interval& b) {
  return a.lower.has_value() && b.upper.has_value() && *a.lower > *b.upper;
}

// A level that does not stand for parts of other rows, as "force:subtotal".
bool IsPlain(const store::Axis& axis) {
  return !axis.level.empty() && !absl::StrContains(axis.level, ':');
}

class Search {
 public:
  Search(const Snapshot& snapshot, const PlausibilityOptions& options)
      : snapshot_(snapshot), options_(options) {}

  absl::StatusOr<std::vector<Finding>> Run() {
    for (const SliceTable& table : snapshot_.tables()) {
      if (!Concerns(table)) continue;
      COLLATE_RETURN_IF_ERROR(options_.check());
      COLLATE_RETURN_IF_ERROR(SearchSeries(table));
      COLLATE_RETURN_IF_ERROR(SearchParts(table));
    }
    std::sort(findings_.begin(), findings_.end(), Precedes);
    return std::move(findings_);
  }

 private:
  using Key = std::vector<uint32_t>;
  struct Sum {
    Interval interval = Interval::Exactly(0);
    std::vector<uint32_t> rows;
  };
  using Sums = absl::flat_hash_map<Key, Sum>;

  static bool Precedes(const Finding& a, const Finding& b) {
    const auto cell = [](const Finding& finding) {
      return std::tie(finding.kind, finding.source, finding.measure,
                      finding.universe, finding.reporter);
    };
    if (cell(a) != cell(b)) return cell(a) < cell(b);
    // By code: the addresses of dimensions differ from run to run.
    const auto members = [](const Finding& finding) {
      std::vector<std::pair<absl::string_view, MemberId>> list;
      for (const auto& [dimension, member] : finding.members) {
        list.emplace_back(dimension->code(), member);
      }
      return list;
    };
    const auto of_a = members(a);
    const auto of_b = members(b);
    if (of_a != of_b) return of_a < of_b;
    const auto place = [](const Finding& finding) {
      const RowRef& ref = finding.cells.front().ref;
      return std::tie(finding.period.days, ref.release, ref.chunk, ref.row,
                      finding.message);
    };
    return place(a) < place(b);
  }

  bool Wants(FindingKind kind) const {
    const std::vector<FindingKind>& kinds = options_.kinds;
    return kinds.empty() ||
           std::find(kinds.begin(), kinds.end(), kind) != kinds.end();
  }

  bool Concerns(const SliceTable& table) const {
    return !table.unmapped &&
           table.slice.aggregation != store::Aggregation::kNone &&
           std::all_of(table.slice.axes.begin(), table.slice.axes.end(),
                       IsPlain) &&
           (options_.source.empty() || options_.source == table.source) &&
           (options_.measure.empty() ||
            options_.measure == table.slice.measure);
  }

  bool IsCurrent(const SliceTable& table, size_t row) const {
    return !table.derived[row] && table.known_until[row] == kStillKnown &&
           snapshot_.chunk_of(table.ref[row]).scale == 0 &&
           (!options_.reporter.has_value() ||
            *options_.reporter == table.reporter[row]);
  }

  static bool SameSeries(const SliceTable& table, size_t a, size_t b) {
    return table.reporter[a] == table.reporter[b] &&
           std::all_of(table.members.begin(), table.members.end(),
                       [&](const std::vector<MemberId>& column) {
                         return column[a] == column[b];
                       });
  }

  Finding Begin(FindingKind kind, const SliceTable& table, size_t row) const {
    Finding finding;
    finding.kind = kind;
    finding.source = table.source;
    finding.measure = table.slice.measure;
    finding.universe = table.slice.universe;
    finding.reporter = table.reporter[row];
    for (size_t axis = 0; axis < table.axes.size(); ++axis) {
      finding.members.emplace_back(table.axes[axis], table.members[axis][row]);
    }
    finding.period = {table.period[row], table.period_kind[row]};
    return finding;
  }

  // "Kent, Sexual grooming, 2017/18".
  std::string Subject(const Finding& finding) const {
    std::vector<std::string> words = {
        snapshot_.vocabulary().reporters().member(finding.reporter).title};
    for (const auto& [dimension, member] : finding.members) {
      words.push_back(dimension->member(member).title);
    }
    words.push_back(FormatPeriod(finding.period));
    return absl::StrJoin(words, ", ");
  }

  static void Cite(const SliceTable& table, const char* role,
                   const std::vector<uint32_t>& rows, Finding& finding) {
    for (const uint32_t row : rows) {
      ++finding.cell_count;
      if (finding.cells.size() == kCitedCells) continue;
      finding.cells.push_back({role,
                               {table.period[row], table.period_kind[row]},
                               IntervalOf(table, row),
                               table.ref[row]});
    }
  }

  // ---- Along time ----------------------------------------------------------

  absl::Status SearchSeries(const SliceTable& table) {
    size_t series = 0;
    for (size_t begin = 0; begin < table.row_count();) {
      size_t end = begin + 1;
      while (end < table.row_count() && SameSeries(table, begin, end)) ++end;
      if (++series % kCheckEvery == 0) {
        COLLATE_RETURN_IF_ERROR(options_.check());
      }
      const std::vector<Point> points = Points(table, begin, end);
      if (Wants(FindingKind::kLevelShift)) LevelShifts(table, points);
      if (Wants(FindingKind::kRepeatedValue)) Repeats(table, points);
      if (Wants(FindingKind::kPartYear)) PartYears(table, points);
      begin = end;
    }
    return absl::OkStatus();
  }

  // The exact counts of a series by first day and length.
  std::vector<Point> Points(const SliceTable& table, size_t begin,
                            size_t end) const {
    std::map<std::pair<int, int>, std::vector<uint32_t>> by_period;
    for (size_t row = begin; row < end; ++row) {
      if (!IsCurrent(table, row)) continue;
      const auto from = MonthOf(table.period[row].begin);
      const auto until = MonthOf(table.period[row].end);
      if (!from.has_value() || !until.has_value()) continue;
      by_period[{*from, *until - *from}].push_back(static_cast<uint32_t>(row));
    }
    std::vector<Point> points;
    for (const auto& [key, rows] : by_period) {
      Point point;
      std::tie(point.begin, point.months) = key;
      bool usable = true;
      for (const uint32_t row : rows) {
        usable = usable && table.state[row] == State::kReported &&
                 (table.has[row] & store::kHasValue) != 0 &&
                 (rows.size() == 1 ||
                  (table.flags[row] & vocabulary::kFlagRepeatedKeyAdded)) &&
                 AddTo(table.value[row], &point.value).ok();
      }
      if (!usable || point.value < 0) continue;
      point.period = {table.period[rows[0]], table.period_kind[rows[0]]};
      point.rows = rows;
      points.push_back(std::move(point));
    }
    return points;
  }

  void LevelShifts(const SliceTable& table, const std::vector<Point>& points) {
    // Periods of one length that follow one another without overlap.
    std::map<std::pair<int, int>, std::vector<const Point*>> chains;
    for (const Point& point : points) {
      chains[{point.months, point.begin % point.months}].push_back(&point);
    }
    for (const auto& [unused, chain] : chains) {
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
        if (beside.size() == 2) {
          CompareLevels(table, *chain[i], *chain[beside[0]], *chain[beside[1]]);
        }
      }
    }
  }

  void CompareLevels(const SliceTable& table, const Point& point,
                     const Point& one, const Point& other) {
    const int64_t low = std::min(one.value, other.value);
    const int64_t high = std::max(one.value, other.value);
    // Divided instead of multiplied, lest the product overflow; the value is
    // at least kShiftFactor times the larger.
    const bool above = point.value / kShiftFactor >= high &&
                       point.value - high >= kShiftDifference;
    const bool below = low / kShiftFactor >= point.value &&
                       low - point.value >= kShiftDifference;
    if (!above && !below) return;
    Finding finding = Begin(FindingKind::kLevelShift, table, point.rows[0]);
    const auto words = [](const Point& neighbour) {
      return absl::StrCat(Number(neighbour.value), " (",
                          FormatPeriod(neighbour.period), ")");
    };
    finding.message =
        absl::StrCat(Subject(finding), ": ", Number(point.value), " lies far ",
                     above ? "above" : "below", " the nearest figures, ",
                     words(one), " and ", words(other));
    finding.thresholds = {{"factor", kShiftFactor},
                          {"least_difference", kShiftDifference},
                          {"reach_periods", kShiftReach}};
    Cite(table, "figure", point.rows, finding);
    for (const Point* neighbour : {&one, &other}) {
      Cite(table, neighbour->begin < point.begin ? "before" : "after",
           neighbour->rows, finding);
    }
    findings_.push_back(std::move(finding));
  }

  void Repeats(const SliceTable& table, const std::vector<Point>& points) {
    std::map<std::pair<int, int>, std::vector<const Point*>> chains;
    for (const Point& point : points) {
      if (point.months > kYearMonths) continue;
      chains[{point.months, point.begin % kYearMonths}].push_back(&point);
    }
    for (const auto& [unused, chain] : chains) {
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
    Finding finding = Begin(FindingKind::kRepeatedValue, table, latest.rows[0]);
    finding.message = absl::StrCat(
        Subject(finding), ": ", Number(latest.value), " is printed for ",
        run.size(), " years running, from ", FormatPeriod(run.front()->period));
    const bool pair = run.size() < kRunYears;
    finding.thresholds = {{"least_value", pair ? kPairValue : kRunValue},
                          {"least_years", pair ? 2 : kRunYears}};
    Cite(table, "figure", latest.rows, finding);
    for (size_t i = run.size() - 1; i > 0; --i) {
      Cite(table, "repeat", run[i - 1]->rows, finding);
    }
    findings_.push_back(std::move(finding));
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
        Finding finding = Begin(FindingKind::kPartYear, table, year.rows[0]);
        finding.message = absl::StrCat(
            Subject(finding), ": ", Number(year.value), " is the sum of its ",
            first ? "first " : "last ", months,
            " months alone; the others have ", Number(total(outside)));
        finding.thresholds = {{"least_value", kPartYearValue},
                              {"months", months}};
        Cite(table, "figure", year.rows, finding);
        for (const Point* tile : inside) {
          Cite(table, "month", tile->rows, finding);
        }
        findings_.push_back(std::move(finding));
        return true;
      }
    }
    return false;
  }

  // ---- Parts and totals ----------------------------------------------------

  absl::Status SearchParts(const SliceTable& parts) {
    const bool sums = Wants(FindingKind::kPartsVTotal);
    const bool single = Wants(FindingKind::kPartExceedsWhole);
    if (!(sums || single) ||
        parts.slice.aggregation != store::Aggregation::kSum) {
      return absl::OkStatus();
    }
    for (size_t axis = 0; axis < parts.axes.size(); ++axis) {
      store::Slice whole = parts.slice;
      whole.axes.erase(whole.axes.begin() + static_cast<std::ptrdiff_t>(axis));
      for (const SliceTable& totals : snapshot_.tables()) {
        if (totals.source != parts.source || totals.unmapped ||
            totals.slice.measure != whole.measure ||
            totals.slice.universe != whole.universe ||
            totals.slice.aggregation != whole.aggregation ||
            totals.slice.axes != whole.axes) {
          continue;
        }
        COLLATE_RETURN_IF_ERROR(CompareParts(totals, parts, axis));
      }
    }
    return absl::OkStatus();
  }

  // The rows of a table by release, reporter, period and the members of all
  // axes but one.
  absl::Status Collect(const SliceTable& table, std::optional<size_t> without,
                       Sums* sums) const {
    Key key;
    for (uint32_t row = 0; row < table.row_count(); ++row) {
      if (row % kCheckEvery == 0) COLLATE_RETURN_IF_ERROR(options_.check());
      if (!IsCurrent(table, row)) continue;
      key.assign({table.ref[row].release, table.reporter[row],
                  static_cast<uint32_t>(table.period[row].begin),
                  static_cast<uint32_t>(table.period[row].end)});
      for (size_t axis = 0; axis < table.axes.size(); ++axis) {
        if (axis != without) key.push_back(table.members[axis][row]);
      }
      Sum& sum = (*sums)[key];
      sum.rows.push_back(row);
      if (!AddTo(IntervalOf(table, row), &sum.interval).ok()) {
        // Beyond 64 bits nothing can be compared.
        sum.interval = Interval::Unknown();
      }
    }
    return absl::OkStatus();
  }

  absl::Status CompareParts(const SliceTable& totals, const SliceTable& parts,
                            size_t axis) {
    Sums printed;
    Sums sums;
    COLLATE_RETURN_IF_ERROR(Collect(totals, std::nullopt, &printed));
    COLLATE_RETURN_IF_ERROR(Collect(parts, axis, &sums));
    const bool never_negative =
        totals.slice.floor == Floor::kZero && parts.slice.floor == Floor::kZero;
    const bool additive = IsAdditive(parts, axis);
    const bool complete = parts.slice.partition == Partition::kComplete &&
                          !HasFurtherParts(parts, axis);
    for (const auto& [key, total] : printed) {
      const auto found = sums.find(key);
      if (found == sums.end()) continue;
      const Sum& sum = found->second;
      if (never_negative) {
        bool exceeded = false;
        for (const uint32_t row : sum.rows) {
          if (!IsMore(IntervalOf(parts, row), total.interval)) continue;
          exceeded = true;
          if (Wants(FindingKind::kPartExceedsWhole)) {
            TellExcess(totals, total, parts, row);
          }
        }
        if (exceeded) continue;
      }
      if (!Wants(FindingKind::kPartsVTotal) || !additive ||
          parts.slice.partition == Partition::kMultiResponse) {
        continue;
      }
      const bool more = IsMore(sum.interval, total.interval);
      const bool less = IsMore(total.interval, sum.interval);
      if ((more && (complete || never_negative)) || (less && complete)) {
        TellSum(totals, total, parts, sum, axis);
      }
    }
    return absl::OkStatus();
  }

  bool IsAdditive(const SliceTable& parts, size_t axis) const {
    const vocabulary::Measure* measure =
        snapshot_.vocabulary().FindMeasure(parts.slice.measure);
    return measure != nullptr &&
           measure->IsAdditiveOver(parts.slice.axes[axis].dimension);
  }

  // Whether other rows of the axis may be parts, too: those of a label that
  // nobody knows, and those of another level beside this one.
  bool HasFurtherParts(const SliceTable& parts, size_t axis) const {
    for (const SliceTable& other : snapshot_.tables()) {
      if (&other == &parts || other.source != parts.source ||
          other.slice.measure != parts.slice.measure ||
          other.slice.universe != parts.slice.universe ||
          other.axes != parts.axes) {
        continue;
      }
      std::vector<store::Axis> axes = other.slice.axes;
      axes[axis].level = parts.slice.axes[axis].level;
      const store::Axis& its = other.slice.axes[axis];
      if (axes == parts.slice.axes && !IsAggregate(other, axis) &&
          (its.level.empty() || IsPlain(its))) {
        return true;
      }
    }
    return false;
  }

  static bool IsAggregate(const SliceTable& table, size_t axis) {
    for (const vocabulary::Level& level : table.axes[axis]->levels()) {
      if (level.code == table.slice.axes[axis].level) return level.aggregate;
    }
    return false;
  }

  void TellExcess(const SliceTable& totals, const Sum& total,
                  const SliceTable& parts, uint32_t row) {
    Finding finding = Begin(FindingKind::kPartExceedsWhole, parts, row);
    finding.message =
        absl::StrCat(Subject(finding), ": ", Words(IntervalOf(parts, row)),
                     ", which is a part, is more than the printed whole, ",
                     Words(total.interval));
    finding.thresholds = {{"greatest_part", *total.interval.upper}};
    Cite(parts, "part", {row}, finding);
    Cite(totals, "total", total.rows, finding);
    findings_.push_back(std::move(finding));
  }

  void TellSum(const SliceTable& totals, const Sum& total,
               const SliceTable& parts, const Sum& sum, size_t axis) {
    Finding finding = Begin(FindingKind::kPartsVTotal, totals, total.rows[0]);
    finding.message = absl::StrCat(
        Subject(finding), ": the printed total is ", Words(total.interval),
        " and its ", sum.rows.size(), " parts by ",
        parts.slice.axes[axis].dimension, " make ", Words(sum.interval));
    if (total.interval.lower.has_value()) {
      finding.thresholds.emplace_back("least_sum", *total.interval.lower);
    }
    if (total.interval.upper.has_value()) {
      finding.thresholds.emplace_back("greatest_sum", *total.interval.upper);
    }
    Cite(totals, "total", total.rows, finding);
    Cite(parts, "part", sum.rows, finding);
    findings_.push_back(std::move(finding));
  }

  const Snapshot& snapshot_;
  const PlausibilityOptions& options_;
  std::vector<Finding> findings_;
};

}  // namespace

absl::StatusOr<std::vector<Finding>> FindImplausible(
    const Snapshot& snapshot, const PlausibilityOptions& options) {
  return Search(snapshot, options).Run();
}

}  // namespace collate::query
