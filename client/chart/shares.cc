#include <algorithm>
#include <utility>

#include "absl/strings/str_cat.h"
#include "absl/strings/str_join.h"
#include "client/chart/chart.h"
#include "client/chart/layout.h"
#include "client/chart/svg.h"

namespace collate::client {
namespace {

constexpr double kNames = 250;
constexpr double kWords = 260;
constexpr double kBarLine = 30;
constexpr double kBarHeight = 16;
constexpr size_t kNameWidth = 36;

class SharesDrawing {
 public:
  explicit SharesDrawing(const Shares& shares)
      : shares_(shares),
        top_(HeadHeight(shares.title, shares.subtitles) + 24),
        scale_(ScaleOf(shares)) {}

  std::string Draw() {
    const double bottom =
        top_ + kBarLine * static_cast<double>(shares_.bars.size());
    Svg svg(kChartWidth, bottom + NotesHeight(shares_.notes), shares_.title,
            Description());
    DrawHead(svg, shares_.title, shares_.subtitles);
    for (const double step : Steps(scale_)) {
      svg.Line(X(step), top_ - 6, X(step), bottom,
               {.color = step == 0 ? "#555555" : "#dddddd"});
      svg.Text(X(step), top_ - 12, StepWords(step, scale_, true),
               {.size = 12, .anchor = "middle"});
    }
    double y = top_;
    for (const Bar& bar : shares_.bars) {
      DrawBar(svg, bar, y);
      y += kBarLine;
    }
    DrawNotes(svg, bottom, shares_.notes);
    return std::move(svg).Finish();
  }

 private:
  static Scale ScaleOf(const Shares& shares) {
    double most = 0;
    for (const Bar& bar : shares.bars) {
      for (const auto& end : {bar.mark.value, bar.mark.lower, bar.mark.upper}) {
        if (end.has_value()) most = std::max(most, *end);
      }
    }
    return ScaleFor(0, most);
  }

  double X(double percent) const {
    return kNames + (kChartWidth - kNames - kWords) * percent / scale_.upper;
  }

  std::string Description() const {
    std::vector<std::string> parts;
    for (const Bar& bar : shares_.bars) {
      parts.push_back(absl::StrCat(bar.name, ": ", bar.mark.words));
    }
    std::string words = absl::StrCat(absl::StrJoin(parts, "; "), ".");
    for (const std::string& note : shares_.notes) {
      absl::StrAppend(&words, " ", note, ".");
    }
    return words;
  }

  void DrawBar(Svg& svg, const Bar& bar, double y) const {
    const Mark& mark = bar.mark;
    const double middle = y + kBarLine / 2;
    svg.OpenGroup(absl::StrCat(bar.name, ": ", mark.words));
    const std::vector<std::string> name = Wrapped(bar.name, kNameWidth);
    const double first =
        middle + 4 - 7 * (static_cast<double>(name.size()) - 1);
    for (size_t i = 0; i < name.size(); ++i) {
      svg.Text(kNames - 10, first + 14 * static_cast<double>(i), name[i],
               {.size = name.size() > 1 ? 11.0 : 13.0, .anchor = "end"});
    }
    double end = X(0);
    if (mark.value.has_value()) {
      svg.Rectangle(X(0), middle - kBarHeight / 2, X(*mark.value) - X(0),
                    kBarHeight, SeriesColor(0));
      end = X(*mark.value);
    }
    if (mark.bounded && !(mark.lower.has_value() && mark.upper.has_value() &&
                          *mark.lower == *mark.upper)) {
      const double from = X(mark.lower.value_or(0));
      const double to = X(mark.upper.value_or(scale_.upper));
      svg.Line(from, middle, to, middle,
               {.width = 2,
                .dashes = mark.lower.has_value() && mark.upper.has_value()
                              ? absl::string_view()
                              : absl::string_view("2 3")});
      for (const auto& bound : {mark.lower, mark.upper}) {
        if (!bound.has_value()) continue;
        svg.Line(X(*bound), middle - 6, X(*bound), middle + 6, {.width = 2});
      }
      end = std::max(end, to);
    }
    svg.Text(end + 8, middle + 4, mark.words,
             {.size = 12,
              .color = mark.value.has_value() || mark.bounded
                           ? absl::string_view("#222222")
                           : absl::string_view("#777777")});
    svg.CloseGroup();
  }

  const Shares& shares_;
  const double top_;
  const Scale scale_;
};

}  // namespace

std::string DrawShares(const Shares& shares) {
  return SharesDrawing(shares).Draw();
}

}  // namespace collate::client
