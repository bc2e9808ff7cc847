#include "client/chart/layout.h"

#include <algorithm>
#include <cmath>

#include "absl/strings/str_cat.h"
#include "absl/strings/str_format.h"
#include "absl/strings/str_split.h"
#include "client/words.h"

namespace collate::client {
namespace {

constexpr double kMargin = 16;
constexpr double kTitleLine = 24;
constexpr double kTextLine = 18;
constexpr size_t kTitleWidth = 92;
constexpr size_t kTextWidth = 132;

// Okabe and Ito's, the darker first.
constexpr absl::string_view kColors[] = {"#0072b2", "#d55e00", "#009e73",
                                         "#cc79a7", "#56b4e9", "#e69f00",
                                         "#000000", "#8a8a00"};

std::vector<std::string> AllWrapped(const std::vector<std::string>& texts) {
  std::vector<std::string> lines;
  for (const std::string& text : texts) {
    for (std::string& line : Wrapped(text, kTextWidth)) {
      lines.push_back(std::move(line));
    }
  }
  return lines;
}

}  // namespace

Scale ScaleFor(double least, double most) {
  least = std::min(least, 0.0);
  most = std::max(most, 0.0);
  if (most - least <= 0) most = 1;
  const double rough = (most - least) / 6;
  const double power = std::pow(10, std::floor(std::log10(rough)));
  double step = power * 10;
  for (const double times : {1.0, 2.0, 5.0}) {
    if (rough <= power * times * (1 + 1e-9)) {
      step = power * times;
      break;
    }
  }
  return {std::floor(least / step + 1e-9) * step,
          std::ceil(most / step - 1e-9) * step, step};
}

std::vector<double> Steps(const Scale& scale) {
  std::vector<double> steps;
  const auto first = std::llround(scale.lower / scale.step);
  const auto last = std::llround(scale.upper / scale.step);
  for (auto i = first; i <= last; ++i) {
    steps.push_back(static_cast<double>(i) * scale.step);
  }
  return steps;
}

std::string StepWords(double value, const Scale& scale, bool percent) {
  const int places =
      std::max(0, static_cast<int>(-std::floor(std::log10(scale.step) + 1e-9)));
  const std::string digits = absl::StrFormat("%.*f", places, std::abs(value));
  const bool negative = std::llround(value / scale.step) < 0;
  return absl::StrCat(negative ? "-" : "", GroupedDecimal(digits),
                      percent ? "%" : "");
}

absl::string_view SeriesColor(size_t index) {
  return kColors[index % std::size(kColors)];
}

size_t SeriesColorCount() { return std::size(kColors); }

std::vector<std::string> Wrapped(absl::string_view text, size_t width) {
  std::vector<std::string> lines;
  for (const absl::string_view word :
       absl::StrSplit(text, ' ', absl::SkipEmpty())) {
    if (!lines.empty() && lines.back().size() + 1 + word.size() <= width) {
      absl::StrAppend(&lines.back(), " ", word);
    } else {
      lines.emplace_back(word);
    }
  }
  return lines;
}

double HeadHeight(const std::string& title,
                  const std::vector<std::string>& subtitles) {
  return kMargin +
         kTitleLine * static_cast<double>(Wrapped(title, kTitleWidth).size()) +
         kTextLine * static_cast<double>(AllWrapped(subtitles).size()) + 12;
}

double DrawHead(Svg& svg, const std::string& title,
                const std::vector<std::string>& subtitles) {
  double y = kMargin;
  for (const std::string& line : Wrapped(title, kTitleWidth)) {
    y += kTitleLine;
    svg.Text(kMargin, y - 6, line, {.size = 18, .bold = true});
  }
  for (const std::string& line : AllWrapped(subtitles)) {
    y += kTextLine;
    svg.Text(kMargin, y - 4, line, {.color = "#444444"});
  }
  return y + 12;
}

double NotesHeight(const std::vector<std::string>& notes) {
  return 8 + kTextLine * static_cast<double>(AllWrapped(notes).size()) +
         kMargin;
}

void DrawNotes(Svg& svg, double y, const std::vector<std::string>& notes) {
  y += 8;
  for (const std::string& line : AllWrapped(notes)) {
    y += kTextLine;
    svg.Text(kMargin, y - 5, line, {.size = 12, .color = "#444444"});
  }
}

}  // namespace collate::client
