#include <algorithm>
#include <utility>

#include "absl/strings/str_cat.h"
#include "absl/strings/str_join.h"
#include "client/chart/chart.h"
#include "client/chart/layout.h"
#include "client/chart/svg.h"

namespace collate::client {
namespace {

constexpr double kLeft = 96;
constexpr double kRight = 24;
constexpr double kHeight = 320;
constexpr double kAxisHeight = 46;
constexpr double kLegendLine = 20;
// Labels of periods that would touch each other are left out, of every second
// or more; each point says its period.
constexpr double kLabelWidth = 90;
constexpr absl::string_view kGrid = "#dddddd";
constexpr absl::string_view kBreak = "#777777";

class TrendDrawing {
 public:
  explicit TrendDrawing(const Trend& trend)
      : trend_(trend),
        top_(HeadHeight(trend.title, trend.subtitles) +
             kLegendLine * static_cast<double>(trend.series.size()) + 16),
        scale_(ScaleOf(trend)) {}

  std::string Draw() {
    const double below = top_ + kHeight + kAxisHeight;
    Svg svg(kChartWidth, below + NotesHeight(trend_.notes), trend_.title,
            Description());
    DrawHead(svg, trend_.title, trend_.subtitles);
    Axes(svg);
    Breaks(svg);
    for (size_t i = 0; i < trend_.series.size(); ++i) {
      svg.OpenGroup(trend_.series[i].name);
      Legend(svg, i);
      DrawSeries(svg, trend_.series[i].marks, SeriesColor(i));
      svg.CloseGroup();
    }
    DrawNotes(svg, below, trend_.notes);
    return std::move(svg).Finish();
  }

 private:
  static Scale ScaleOf(const Trend& trend) {
    double least = 0;
    double most = 0;
    for (const Series& series : trend.series) {
      for (const Mark& mark : series.marks) {
        for (const auto& end : {mark.value, mark.lower, mark.upper}) {
          if (!end.has_value()) continue;
          least = std::min(least, *end);
          most = std::max(most, *end);
        }
      }
    }
    return ScaleFor(least, most);
  }

  double X(size_t period) const {
    const double width = kChartWidth - kLeft - kRight;
    const auto count = static_cast<double>(trend_.periods.size());
    return kLeft + width * (static_cast<double>(period) + 0.5) / count;
  }

  double Y(double value) const {
    return top_ +
           kHeight * (scale_.upper - value) / (scale_.upper - scale_.lower);
  }

  std::string Description() const {
    std::string words;
    for (const Series& series : trend_.series) {
      std::vector<std::string> parts;
      for (size_t i = 0; i < series.marks.size(); ++i) {
        parts.push_back(
            absl::StrCat(trend_.periods[i], ": ", series.marks[i].words));
      }
      absl::StrAppend(&words, words.empty() ? "" : " ", series.name, ": ",
                      absl::StrJoin(parts, "; "), ".");
    }
    for (const std::string& note : trend_.notes) {
      absl::StrAppend(&words, " ", note, ".");
    }
    return words;
  }

  void Axes(Svg& svg) const {
    for (const double step : Steps(scale_)) {
      const bool zero = step == 0;
      svg.Line(kLeft, Y(step), kChartWidth - kRight, Y(step),
               {.color = zero ? absl::string_view("#555555") : kGrid});
      svg.Text(kLeft - 8, Y(step) + 4, StepWords(step, scale_, trend_.percent),
               {.anchor = "end"});
    }
    svg.Text(kLeft - 8, top_ - 12, trend_.axis,
             {.size = 12, .anchor = "end", .color = "#444444"});
    const double apart = (kChartWidth - kLeft - kRight) /
                         static_cast<double>(trend_.periods.size());
    size_t widest = 0;
    for (const std::string& one : trend_.periods) {
      widest = std::max(widest, one.size());
    }
    const double needed =
        std::max(kLabelWidth * static_cast<double>(widest) / 12, 40.0);
    const auto every =
        static_cast<size_t>(std::max(1.0, needed / apart + 0.99));
    for (size_t i = 0; i < trend_.periods.size(); i += every) {
      svg.Line(X(i), top_ + kHeight, X(i), top_ + kHeight + 5, {});
      svg.Text(X(i), top_ + kHeight + 22, trend_.periods[i],
               {.size = 12, .anchor = "middle"});
    }
  }

  void Breaks(Svg& svg) const {
    for (size_t i = 0; i < trend_.periods.size(); ++i) {
      const bool breaks = std::any_of(
          trend_.series.begin(), trend_.series.end(),
          [i](const Series& one) { return one.marks[i].break_before; });
      if (!breaks) continue;
      const double x = i == 0 ? kLeft : (X(i - 1) + X(i)) / 2;
      svg.Line(x, top_, x, top_ + kHeight,
               {.color = kBreak, .width = 1.5, .dashes = "2 4"});
      svg.Text(x + 4, top_ + 12, "series break", {.size = 11, .color = kBreak});
    }
  }

  void Legend(Svg& svg, size_t i) const {
    const double y =
        top_ - kLegendLine * static_cast<double>(trend_.series.size() - i) - 6;
    svg.Line(kLeft + 60, y - 4, kLeft + 84, y - 4,
             {.color = SeriesColor(i), .width = 3});
    svg.Text(kLeft + 92, y, trend_.series[i].name, {});
  }

  void DrawSeries(Svg& svg, const std::vector<Mark>& marks,
                  absl::string_view color) const {
    Bands(svg, marks, color);
    for (size_t i = 0; i < marks.size(); ++i) {
      const Mark& mark = marks[i];
      if (i > 0 && mark.value.has_value() && marks[i - 1].value.has_value() &&
          !mark.break_before) {
        const bool dashed = mark.incomplete || marks[i - 1].incomplete;
        svg.Line(X(i - 1), Y(*marks[i - 1].value), X(i), Y(*mark.value),
                 {.color = color,
                  .width = 2,
                  .dashes =
                      dashed ? absl::string_view("6 4") : absl::string_view()});
      }
    }
    for (size_t i = 0; i < marks.size(); ++i) {
      if (!marks[i].value.has_value()) continue;
      svg.Point(X(i), Y(*marks[i].value), color, marks[i].incomplete,
                absl::StrCat(trend_.periods[i], ": ", marks[i].words));
    }
  }

  static bool IsClosed(const Mark& mark) {
    return mark.lower.has_value() && mark.upper.has_value();
  }

  // What a number can be: an area over neighbours, a line where it stands
  // alone or where nothing bounds one end.
  void Bands(Svg& svg, const std::vector<Mark>& marks,
             absl::string_view color) const {
    for (size_t begin = 0; begin < marks.size();) {
      size_t end = begin;
      while (end < marks.size() && IsClosed(marks[end]) &&
             (end == begin || !marks[end].break_before)) {
        ++end;
      }
      if (end - begin >= 2) {
        Points points;
        for (size_t i = begin; i < end; ++i) {
          points.emplace_back(X(i), Y(*marks[i].upper));
        }
        for (size_t i = end; i-- > begin;) {
          points.emplace_back(X(i), Y(*marks[i].lower));
        }
        svg.Polygon(points, color, 0.2);
      }
      begin = std::max(end, begin + 1);
    }
    for (size_t i = 0; i < marks.size(); ++i) {
      const Mark& mark = marks[i];
      if (!mark.bounded) continue;
      const double from = Y(mark.lower.value_or(scale_.lower));
      const double to = Y(mark.upper.value_or(scale_.upper));
      if (IsClosed(mark) && *mark.lower == *mark.upper) continue;
      svg.Line(X(i), from, X(i), to,
               {.color = color,
                .width = 1.5,
                .dashes = IsClosed(mark) ? absl::string_view()
                                         : absl::string_view("2 3")});
      for (const auto& bound : {mark.lower, mark.upper}) {
        if (!bound.has_value()) continue;
        svg.Line(X(i) - 5, Y(*bound), X(i) + 5, Y(*bound),
                 {.color = color, .width = 1.5});
      }
    }
  }

  const Trend& trend_;
  const double top_;
  const Scale scale_;
};

}  // namespace

std::string DrawTrend(const Trend& trend) { return TrendDrawing(trend).Draw(); }

}  // namespace collate::client
