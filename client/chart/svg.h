// Writes SVG: elements with attributes in the order given, text escaped,
// coordinates in tenths, so that the same chart is the same bytes.
//
//   Svg svg(960, 400, "Title", "What it shows, in words");
//   svg.Line(0, 0, 10, 10, {.stroke = "#000"});
//   svg.Text(5, 5, "Kent", {});
//   std::move(svg).Finish();
//
// The document needs nothing else: no script, no style sheet, no font.

#ifndef COLLATE_CLIENT_CHART_SVG_H_
#define COLLATE_CLIENT_CHART_SVG_H_

#include <string>
#include <utility>
#include <vector>

#include "absl/strings/string_view.h"

namespace collate::client {

struct Stroke {
  absl::string_view color = "#333333";
  double width = 1;
  absl::string_view dashes;  // "4 3"; empty: a solid line
};

struct TextStyle {
  double size = 13;
  absl::string_view anchor = "start";  // "middle", "end"
  absl::string_view color = "#222222";
  bool bold = false;
};

using Points = std::vector<std::pair<double, double>>;

class Svg {
 public:
  // `title` and `description` are what screen readers say.
  Svg(double width, double height, absl::string_view title,
      absl::string_view description);

  // What follows is one part of the picture, read out as `label`.
  void OpenGroup(absl::string_view label);
  void CloseGroup();

  void Line(double x1, double y1, double x2, double y2, const Stroke& stroke);
  void Polygon(const Points& points, absl::string_view color, double opacity);
  void Rectangle(double x, double y, double width, double height,
                 absl::string_view color);
  // A point with its figure, which a pointer that rests on it shows.
  void Point(double x, double y, absl::string_view color, bool hollow,
             absl::string_view words);
  void Text(double x, double y, absl::string_view text, const TextStyle& style);

  std::string Finish() &&;

 private:
  std::string out_;
};

// Text between tags and in attributes. Bytes that XML has no place for, and
// such that are no UTF-8, become U+FFFD.
std::string EscapeXml(absl::string_view text);

// "12.3", "12", "-0.5": the nearest tenth.
std::string Tenths(double value);

}  // namespace collate::client

#endif  // COLLATE_CLIENT_CHART_SVG_H_
