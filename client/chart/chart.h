// Charts as values, and as SVG.
//
// A number that is not there has no place in a picture: a line ends before it
// and begins again behind it, and the words that say why stand below. Nothing
// is drawn at 0 that is not 0. Pure functions.

#ifndef COLLATE_CLIENT_CHART_CHART_H_
#define COLLATE_CLIENT_CHART_CHART_H_

#include <optional>
#include <string>
#include <vector>

namespace collate::client {

// One number of a chart.
struct Mark {
  std::optional<double> value;
  // What it can be; an end that is unknown is absent. Without `bounded`
  // nothing is known.
  bool bounded = false;
  std::optional<double> lower;
  std::optional<double> upper;
  // Not of all who were asked about: the line to it is dashed.
  bool incomplete = false;
  // What comes before it cannot be compared with it.
  bool break_before = false;
  std::string words;  // "4,429, whole panel 4,429 to 4,500", "nothing loaded"
};

struct Series {
  std::string name;
  std::vector<Mark> marks;  // one for each period
};

// A development over periods.
struct Trend {
  std::string title;
  std::vector<std::string> subtitles;
  std::string axis;  // "offences", "per cent"
  bool percent = false;
  std::vector<std::string> periods;
  std::vector<Series> series;
  std::vector<std::string> notes;  // stand below
};

struct Bar {
  std::string name;
  Mark mark;
};

// Shares of one base, or of one base each.
struct Shares {
  std::string title;
  std::vector<std::string> subtitles;
  std::vector<Bar> bars;
  std::vector<std::string> notes;
};

std::string DrawTrend(const Trend& trend);
std::string DrawShares(const Shares& shares);

}  // namespace collate::client

#endif  // COLLATE_CLIENT_CHART_CHART_H_
