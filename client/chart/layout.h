// What both kinds of charts need: a scale with round steps, lines of text that
// fit, the colours of series.

#ifndef COLLATE_CLIENT_CHART_LAYOUT_H_
#define COLLATE_CLIENT_CHART_LAYOUT_H_

#include <string>
#include <vector>

#include "absl/strings/string_view.h"
#include "client/chart/svg.h"

namespace collate::client {

inline constexpr double kChartWidth = 960;

// Round numbers that take in `least`, `most` and 0, with a step of 1, 2 or 5
// times a power of ten.
struct Scale {
  double lower = 0;
  double upper = 1;
  double step = 1;
};
Scale ScaleFor(double least, double most);

// The numbers at its steps.
std::vector<double> Steps(const Scale& scale);

// "1,500", "0.25", "-20%".
std::string StepWords(double value, const Scale& scale, bool percent);

// Told apart by those who see no red or no green, too.
absl::string_view SeriesColor(size_t index);
size_t SeriesColorCount();

// Lines of at most some `width` characters, broken at spaces.
std::vector<std::string> Wrapped(absl::string_view text, size_t width);

// Title and subtitles; returns where the picture may begin.
double DrawHead(Svg& svg, const std::string& title,
                const std::vector<std::string>& subtitles);
double HeadHeight(const std::string& title,
                  const std::vector<std::string>& subtitles);

// Notes from `y` on.
void DrawNotes(Svg& svg, double y, const std::vector<std::string>& notes);
double NotesHeight(const std::vector<std::string>& notes);

}  // namespace collate::client

#endif  // COLLATE_CLIENT_CHART_LAYOUT_H_
