#include "client/chart/answer_chart.h"

#include <algorithm>
#include <cstdlib>
#include <map>
#include <optional>
#include <set>
#include <utility>
#include <vector>

#include "absl/strings/numbers.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/str_join.h"
#include "client/chart/chart.h"
#include "client/figures.h"
#include "client/render_derived.h"
#include "client/said_once.h"
#include "client/words.h"
#include "service/base/error.h"
#include "service/base/status_macros.h"

namespace collate::client {
namespace {

// Gaps of which a picture has room to say why.
constexpr size_t kGapsNamed = 8;
constexpr size_t kDerivedNamed = 6;

absl::Status NoChart(absl::string_view why) {
  return base::Error(absl::StatusCode::kInvalidArgument, "NO_CHART",
                     absl::StrCat("there is no chart of this: ", why,
                                  "; --format table shows it"));
}

absl::Status TooLarge(absl::string_view what, size_t count, int limit) {
  return base::Error(absl::StatusCode::kInvalidArgument, "CHART_TOO_LARGE",
                     absl::StrCat("a chart has room for ", limit, " ", what,
                                  " and the answer has ", count,
                                  ": ask for less, or take --format csv"))
      .With("limit", absl::StrCat(limit));
}

std::optional<double> NumberOf(const Value& value) {
  if (const auto* whole = std::get_if<int64_t>(&value)) {
    return static_cast<double>(*whole);
  }
  double number = 0;
  if (const auto* decimal = std::get_if<Decimal>(&value);
      decimal != nullptr && absl::SimpleAtod(decimal->text, &number)) {
    return number;
  }
  return std::nullopt;
}

void SetBounds(const Bounds& bounds, Mark& mark) {
  mark.lower = NumberOf(bounds.lower);
  mark.upper = NumberOf(bounds.upper);
  mark.bounded =
      bounds.known && (mark.lower.has_value() || mark.upper.has_value());
}

// A percentage is an interval; one that a table prints as a single number is a
// point here, too.
void SetPercent(const v1::DecimalInterval& percent, Mark& mark) {
  constexpr double kOneNumber = 0.05;
  SetBounds(BoundsOf(percent), mark);
  if (mark.lower.has_value() && mark.upper.has_value() &&
      *mark.upper - *mark.lower <= kOneNumber) {
    mark.value = mark.lower;
  }
}

bool HasFlag(const v1::Cell& cell, v1::CellFlag flag) {
  return std::find(cell.flags().begin(), cell.flags().end(), flag) !=
         cell.flags().end();
}

bool IsWhole(v1::State state) {
  return state == v1::STATE_REPORTED || state == v1::STATE_ROUNDED;
}

std::string Covered(const v1::Cell& cell) {
  return IsWhole(cell.state())
             ? std::string()
             : absl::StrCat(" (", CoverageSentence(cell.coverage()), ")");
}

Mark FigureOf(const v1::Cell& cell) {
  Mark mark;
  const Bounds panel = PanelBoundsOf(cell);
  SetBounds(panel, mark);
  mark.value = NumberOf(ReportedOf(cell));
  mark.incomplete = mark.value.has_value() && !IsWhole(cell.state());
  mark.break_before = HasFlag(cell, v1::CELL_FLAG_SERIES_BREAK);
  if (!mark.value.has_value()) {
    mark.words =
        absl::StrCat("no number, ", StateWords(cell.state()), Covered(cell));
  } else if (const Value reported = ReportedOf(cell);
             const auto* whole = std::get_if<int64_t>(&reported)) {
    mark.words = absl::StrCat(GroupedInteger(*whole), Covered(cell));
  } else {
    mark.words =
        absl::StrCat(GroupedDecimal(cell.decimal_reported()), Covered(cell));
  }
  if (panel.known &&
      !(panel.lower == ReportedOf(cell) && panel.upper == ReportedOf(cell))) {
    absl::StrAppend(&mark.words, ", whole panel ", panel.words);
  }
  return mark;
}

Mark ChangeOf(const v1::Cell& cell, const v1::Comparison& comparison) {
  Mark mark;
  mark.break_before = HasFlag(cell, v1::CELL_FLAG_SERIES_BREAK);
  mark.words = ComparisonWords(comparison);
  if (comparison.outcome() == v1::OUTCOME_IS_BASE) {
    // A change of nothing on itself: what the others are measured from.
    mark.value = 0;
    mark.words = "the base";
  } else if (comparison.has_percent()) {
    SetPercent(comparison.percent(), mark);
  }
  const auto says = [&comparison](v1::ChangeFlag flag) {
    return std::find(comparison.flags().begin(), comparison.flags().end(),
                     flag) != comparison.flags().end();
  };
  mark.incomplete =
      mark.value.has_value() && says(v1::CHANGE_FLAG_REPORTERS_DIFFER);
  if (mark.incomplete) absl::StrAppend(&mark.words, ", reporters differ");
  if (says(v1::CHANGE_FLAG_SMALL_BASE)) {
    absl::StrAppend(&mark.words, ", small base");
  }
  return mark;
}

const v1::Change* ChangeIn(const v1::Cell& cell) {
  for (const v1::Derived& one : cell.derived()) {
    if (one.has_change()) return &one.change();
  }
  return nullptr;
}

const v1::Share* ShareIn(const v1::Cell& cell) {
  for (const v1::Derived& one : cell.derived()) {
    if (one.has_share()) return &one.share();
  }
  return nullptr;
}

std::string GroupName(const v1::Cell& cell) {
  std::vector<std::string> parts;
  for (const v1::Coordinate& one : cell.coordinates()) {
    parts.push_back(MemberWords(one));
  }
  return absl::StrJoin(parts, ", ");
}

// "offence 88A; reporter not btp".
std::string FilterWords(const v1::StatisticsQuery& query) {
  std::vector<std::string> parts;
  for (const v1::Filter& filter : query.filters()) {
    parts.push_back(absl::StrCat(
        filter.dimension(), filter.exclude() ? " not " : " ",
        absl::StrJoin(filter.members(), ", "),
        filter.include_descendants() ? " and what lies below" : ""));
  }
  if (!query.universe().empty()) {
    parts.push_back(absl::StrCat("universe ", query.universe()));
  }
  return absl::StrJoin(parts, "; ");
}

std::vector<std::string> Subtitles(const v1::QueryStatisticsResponse& answer,
                                   std::string what) {
  std::vector<std::string> lines;
  if (!what.empty()) lines.push_back(std::move(what));
  if (answer.has_panel()) {
    lines.push_back(absl::StrCat(
        answer.panel().title(), ", ",
        GroupedInteger(answer.panel().reporter_count()),
        answer.panel().reporter_count() == 1 ? " reporter" : " reporters"));
  }
  return lines;
}

// What a picture must not be shown without.
std::vector<std::string> Notes(const v1::QueryStatisticsResponse& answer,
                               const std::vector<std::string>& gaps,
                               const std::vector<std::string>& missing) {
  std::vector<std::string> notes;
  for (size_t i = 0; i < gaps.size() && i < kGapsNamed; ++i) {
    notes.push_back(gaps[i]);
  }
  if (gaps.size() > kGapsNamed) {
    notes.push_back(absl::StrCat(
        GroupedInteger(static_cast<int64_t>(gaps.size() - kGapsNamed)),
        " more places have no number"));
  }
  notes.insert(notes.end(), missing.begin(), missing.end());
  // Who is in changes and shares, and who is not.
  std::vector<std::pair<std::string, const v1::Cell*>> cells;
  for (const v1::Cell& cell : answer.cells()) {
    cells.emplace_back(CellName(cell), &cell);
  }
  const std::vector<std::string> derived = DerivedNotes(cells);
  for (size_t i = 0; i < derived.size() && i < kDerivedNamed; ++i) {
    notes.push_back(derived[i]);
  }
  if (derived.size() > kDerivedNamed) {
    notes.push_back(absl::StrCat(
        GroupedInteger(static_cast<int64_t>(derived.size() - kDerivedNamed)),
        " more remarks stand beside --format table"));
  }
  for (const v1::Cell& cell : answer.cells()) {
    if (!HasFlag(cell, v1::CELL_FLAG_SYNTHETIC_INPUT)) continue;
    notes.emplace_back("SYNTHETIC: made-up figures take part");
    break;
  }
  for (const v1::Caveat& caveat : answer.caveats()) {
    notes.push_back(absl::StrCat(caveat.code(), ": ", caveat.message()));
  }
  if (!answer.name().empty()) {
    notes.push_back(absl::StrCat(
        "Source: collate, ", answer.name(), ", from ", answer.releases_size(),
        answer.releases_size() == 1 ? " release" : " releases"));
  }
  return notes;
}

class TrendMaker {
 public:
  TrendMaker(const v1::QueryStatisticsResponse& answer,
             const v1::StatisticsQuery& query)
      : answer_(answer), query_(query) {}

  absl::StatusOr<Trend> Make() {
    SetPeriods();
    COLLATE_RETURN_IF_ERROR(Check());
    const v1::Change* change = ChangeIn(answer_.cells(0));
    const std::string& unit = answer_.cells(0).unit();
    trend_.percent = change != nullptr;
    trend_.axis = trend_.percent ? "change" : unit;
    trend_.title =
        change == nullptr ? absl::StrCat("Reported ", unit)
        : change->match() == v1::MATCH_METHOD_PAIRWISE
            ? absl::StrCat("Reported ", unit, ", change on the period before")
            : absl::StrCat("Reported ", unit, ", change on ",
                           change->base_period().text());
    trend_.subtitles = Subtitles(answer_, FilterWords(query_));
    trend_.subtitles.emplace_back(
        change == nullptr
            ? "Points: printed figures added up. Bands and bars: what the "
              "whole panel can come to, with an open end dotted. Hollow "
              "points, dashed lines: somebody is missing."
            : "Bands and bars: what the change can be, with an open end "
              "dotted. Hollow points: other reporters stand behind one side "
              "than behind the other.");
    for (const v1::Cell& cell : answer_.cells()) Add(cell);
    if (trend_.series.size() > kMostSeries) {
      return TooLarge("lines", trend_.series.size(), kMostSeries);
    }
    trend_.notes = Notes(
        answer_, gaps_,
        missing_.Notes("$ more gaps stand with the points that they are of"));
    return std::move(trend_);
  }

 private:
  void SetPeriods() {
    std::set<std::pair<std::string, std::string>> seen;
    for (const v1::Cell& cell : answer_.cells()) {
      seen.emplace(cell.period().start_date(), cell.period().text());
    }
    for (const auto& [start, text] : seen) {
      places_[text] = trend_.periods.size();
      trend_.periods.push_back(text);
    }
  }

  absl::Status Check() const {
    if (trend_.periods.size() < 2) {
      return NoChart(
          "a development needs several periods, and bars need --share-of");
    }
    if (trend_.periods.size() > kMostPeriods) {
      return TooLarge("periods", trend_.periods.size(), kMostPeriods);
    }
    for (const v1::Cell& cell : answer_.cells()) {
      if (cell.unit() != answer_.cells(0).unit()) {
        return NoChart("its measures have several units");
      }
      for (const v1::Derived& one : cell.derived()) {
        if (one.has_rate()) return NoChart("it asks for a rate");
      }
    }
    return absl::OkStatus();
  }

  void Add(const v1::Cell& cell) {
    std::string name = GroupName(cell);
    if (query_.measures_size() > 1) {
      name = absl::StrCat(cell.measure(), name.empty() ? "" : ", ", name);
    }
    const v1::Change* change = ChangeIn(cell);
    if (change == nullptr) {
      if (name.empty()) name = cell.measure();
      Put(name, cell, FigureOf(cell));
      return;
    }
    const std::string before = name.empty() ? "" : name + ", ";
    Put(before + "matched panel", cell,
        ChangeOf(cell, change->matched_panel()));
    Put(before + "as published", cell, ChangeOf(cell, change->as_published()));
  }

  void Put(const std::string& name, const v1::Cell& cell, Mark mark) {
    auto series =
        std::find_if(trend_.series.begin(), trend_.series.end(),
                     [&name](const Series& one) { return one.name == name; });
    if (series == trend_.series.end()) {
      series = trend_.series.insert(
          series, {name, std::vector<Mark>(trend_.periods.size(),
                                           Mark{.words = "not asked for"})});
    }
    const std::string place = absl::StrCat(name, ", ", cell.period().text());
    if (!mark.value.has_value()) {
      gaps_.push_back(absl::StrCat(place, ": ", mark.words));
    } else if (mark.incomplete && !trend_.percent) {
      missing_.Add(CoverageSentence(cell.coverage()), place);
    }
    series->marks[places_[cell.period().text()]] = std::move(mark);
  }

  const v1::QueryStatisticsResponse& answer_;
  const v1::StatisticsQuery& query_;
  Trend trend_;
  std::map<std::string, size_t> places_;
  std::vector<std::string> gaps_;
  // Who is missing of a number that is there.
  SaidOnce missing_;
};

std::string BaseWords(const v1::Share& share) {
  switch (share.base_kind()) {
    case v1::SHARE_BASE_KNOWN_OFFENCES:
      return absl::StrCat("offences whose ", share.dimension(), " is known");
    case v1::SHARE_BASE_ALL_OFFENCES:
      return "all offences";
    default:
      return absl::StrCat("all mentions of a ", share.dimension());
  }
}

absl::StatusOr<Shares> MakeShares(const v1::QueryStatisticsResponse& answer,
                                  const v1::StatisticsQuery& query) {
  Shares shares;
  if (answer.cells_size() > kMostBars) {
    return TooLarge("bars", static_cast<size_t>(answer.cells_size()),
                    kMostBars);
  }
  const v1::Share& first = *ShareIn(answer.cells(0));
  std::set<std::string> periods;
  for (const v1::Cell& cell : answer.cells()) {
    periods.insert(cell.period().text());
  }
  const bool one_period = periods.size() == 1;
  shares.title =
      absl::StrCat("Share of ", BaseWords(first), one_period ? ", " : "",
                   one_period ? *periods.begin() : std::string());
  shares.subtitles = Subtitles(answer, FilterWords(query));
  shares.subtitles.push_back(
      absl::StrCat("Each share is of the ", BaseWords(first),
                   " that the same reporters print. Black lines: what it can "
                   "be, with an open end dotted."));
  if (first.multi_response()) {
    shares.subtitles.push_back(absl::StrCat(
        "One offence may stand under several of ", first.dimension(),
        ", so that shares may come to more than 100% together."));
  }
  std::vector<std::string> gaps;
  for (const v1::Cell& cell : answer.cells()) {
    const v1::Share* share = ShareIn(cell);
    if (share == nullptr) return NoChart("not all of it are shares");
    Bar bar;
    bar.name = GroupName(cell);
    if (bar.name.empty()) bar.name = FilterWords(query);
    if (!one_period) {
      bar.name = absl::StrCat(bar.name, bar.name.empty() ? "" : ", ",
                              cell.period().text());
    }
    if (share->has_percent()) SetPercent(share->percent(), bar.mark);
    bar.mark.words = ShareWords(*share);
    if (!share->has_percent()) {
      gaps.push_back(
          absl::StrCat(bar.name, ": ", bar.mark.words, Covered(cell)));
    }
    shares.bars.push_back(std::move(bar));
  }
  shares.notes = Notes(answer, gaps, {});
  return shares;
}

}  // namespace

absl::StatusOr<std::string> RenderChart(
    const v1::QueryStatisticsResponse& answer,
    const v1::StatisticsQuery& query) {
  if (answer.cells().empty()) return NoChart("the answer has no cells");
  if (ShareIn(answer.cells(0)) != nullptr) {
    COLLATE_ASSIGN_OR_RETURN(const Shares shares, MakeShares(answer, query));
    return DrawShares(shares);
  }
  COLLATE_ASSIGN_OR_RETURN(const Trend trend, TrendMaker(answer, query).Make());
  return DrawTrend(trend);
}

}  // namespace collate::client
