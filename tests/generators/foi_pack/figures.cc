#include "tests/generators/foi_pack/figures.h"

#include <algorithm>
#include <cstdio>
#include <cstdlib>
#include <fstream>
#include <limits>
#include <numeric>
#include <random>
#include <sstream>

#include "tests/plugins/tabular/grid_testing.h"

namespace collate::foi_pack {
namespace {

constexpr uint64_t kSeed = 20'241'101;
constexpr int64_t kNoCap = std::numeric_limits<int64_t>::max();

[[noreturn]] void Fail(const std::string& what) {
  std::fprintf(stderr, "foi_pack: %s\n", what.c_str());
  std::exit(1);
}

// Rows below the header, which must be `header`.
std::vector<tabular::Texts> ReadRows(const std::string& path,
                                     const tabular::Texts& header) {
  std::ifstream in(path, std::ios::binary);
  if (!in) Fail("cannot read " + path);
  std::string bytes;
  for (std::string line; std::getline(in, line);) {
    if (line.empty() || line[0] == '#') continue;
    bytes += line + "\n";
  }
  const tabular::ReadResult read = tabular::Read(bytes);
  if (!read.status.ok()) Fail(path + ": " + read.error().message);
  if (read.rows.empty() || read.rows[0] != header) {
    Fail(path + ": the header is another one");
  }
  for (const tabular::Texts& row : read.rows) {
    if (row.size() != header.size()) Fail(path + ": a row has other columns");
  }
  return {read.rows.begin() + 1, read.rows.end()};
}

int64_t WholeNumber(const std::string& path, const std::string& text) {
  char* end = nullptr;
  const int64_t value = std::strtoll(text.c_str(), &end, 10);
  if (text.empty() || *end != '\0' || value < 0) {
    Fail(path + ": '" + text + "' is no count");
  }
  return value;
}

bool IsForceOfEnglandOrWales(const Reporter& reporter) {
  return reporter.code != "police-scotland" && reporter.code != "psni";
}

// Indexes of the reporters that a total is about.
std::vector<size_t> MembersOf(const Total& total,
                              const std::vector<Reporter>& reporters) {
  std::vector<size_t> members;
  std::istringstream words(total.members);
  std::vector<std::string> codes;
  for (std::string code; words >> code;) codes.push_back(code);
  for (size_t i = 0; i < reporters.size(); ++i) {
    const Reporter& reporter = reporters[i];
    if (total.period == "2024/25" && reporter.of_2025.layout.empty()) continue;
    if (total.members == "all" ||
        (total.members == "england-wales" &&
         IsForceOfEnglandOrWales(reporter)) ||
        std::find(codes.begin(), codes.end(), reporter.code) != codes.end()) {
      members.push_back(i);
    }
  }
  const bool is_group =
      total.members == "all" || total.members == "england-wales";
  if (!is_group && members.size() != codes.size()) {
    Fail("totals.csv: " + total.period + ", " + total.members +
         ": names somebody who does not answer");
  }
  return members;
}

class Spreader {
 public:
  explicit Spreader(const std::vector<Reporter>& reporters)
      : reporters_(reporters), random_(kSeed) {}

  // Gives what a total leaves over to its members that have no figure yet.
  void Spread(const Total& total, std::vector<int64_t>* figures) {
    std::vector<size_t> open;
    int64_t left = total.value;
    for (const size_t i : MembersOf(total, reporters_)) {
      if ((*figures)[i] < 0) {
        open.push_back(i);
      } else {
        left -= (*figures)[i];
      }
    }
    if (left < 0 || (open.empty() && left != 0)) {
      Fail("totals.csv: " + total.period + ", " + total.members + ": " +
           std::to_string(total.value) + " is not what its parts add up to");
    }
    std::vector<int64_t> weights;
    for (const size_t i : open) weights.push_back(Vary(reporters_[i].weight));
    const std::vector<int64_t> parts =
        Apportion(left, weights, std::vector<int64_t>(open.size(), kNoCap));
    for (size_t k = 0; k < open.size(); ++k) (*figures)[open[k]] = parts[k];
  }

  // Parts of a total, each at most its cap and about in proportion to it.
  std::vector<int64_t> SpreadWithin(int64_t total,
                                    const std::vector<int64_t>& caps) {
    std::vector<int64_t> weights;
    for (const int64_t cap : caps) weights.push_back(Vary(cap));
    return Apportion(total, weights, caps);
  }

 private:
  // Between 80 and 120 per cent, times a hundred.
  int64_t Vary(int64_t weight) {
    return weight * (80 + static_cast<int64_t>(random_() % 41));
  }

  const std::vector<Reporter>& reporters_;
  std::mt19937_64 random_;  // the standard says what it yields
};

}  // namespace

std::vector<Reporter> ReadReporters(const std::string& path) {
  std::vector<Reporter> reporters;
  for (const tabular::Texts& row :
       ReadRows(path, {"reporter", "title", "offence", "weight", "layout_2024",
                       "format_2024", "layout_2025", "format_2025"})) {
    reporters.push_back({.code = row[0],
                         .title = row[1],
                         .offence = row[2],
                         .weight = WholeNumber(path, row[3]),
                         .of_2024 = {row[4], row[5]},
                         .of_2025 = {row[6], row[7]}});
  }
  return reporters;
}

std::vector<Total> ReadTotals(const std::string& path) {
  std::vector<Total> totals;
  for (const tabular::Texts& row : ReadRows(
           path, {"what", "period", "members", "value", "source", "note"})) {
    if (row[4].empty()) Fail(path + ": a figure has no source");
    totals.push_back({.what = row[0],
                      .period = row[1],
                      .members = row[2],
                      .value = WholeNumber(path, row[3])});
  }
  return totals;
}

std::vector<int64_t> Apportion(int64_t total,
                               const std::vector<int64_t>& weights,
                               const std::vector<int64_t>& caps) {
  std::vector<int64_t> parts(weights.size(), 0);
  int64_t left = total;
  while (left > 0) {
    int64_t sum = 0;
    for (size_t i = 0; i < parts.size(); ++i) {
      if (parts[i] < caps[i]) sum += weights[i];
    }
    if (sum == 0) Fail("no room for " + std::to_string(left) + " of a total");
    const int64_t round = left;
    for (size_t i = 0; i < parts.size(); ++i) {
      const int64_t share = std::min(round * weights[i] / sum, left);
      const int64_t more = std::min(share, caps[i] - parts[i]);
      parts[i] += more;
      left -= more;
    }
    if (left < round) continue;
    // Less than one for each: the largest come first.
    std::vector<size_t> order(parts.size());
    std::iota(order.begin(), order.end(), size_t{0});
    std::stable_sort(order.begin(), order.end(), [&](size_t a, size_t b) {
      return weights[a] > weights[b];
    });
    for (const size_t i : order) {
      if (left == 0) break;
      if (weights[i] == 0 || parts[i] == caps[i]) continue;
      ++parts[i];
      --left;
    }
  }
  return parts;
}

std::map<std::string, Figures> SpreadTotals(
    const std::vector<Reporter>& reporters, const std::vector<Total>& totals) {
  Spreader spreader(reporters);
  std::map<std::string, Figures> result;
  std::map<std::string, std::vector<int64_t>> offences;
  std::map<std::string, std::vector<int64_t>> known;
  for (const Total& total : totals) {
    if (total.what == "offences") {
      auto& figures = offences
                          .try_emplace(total.period, std::vector<int64_t>(
                                                         reporters.size(), -1))
                          .first->second;
      spreader.Spread(total, &figures);
      continue;
    }
    // Who answers nothing has no room for anything.
    std::vector<int64_t> caps =
        total.what == "known" ? offences[total.period] : known[total.period];
    for (int64_t& cap : caps) cap = std::max<int64_t>(cap, 0);
    const std::vector<int64_t> parts = spreader.SpreadWithin(total.value, caps);
    if (total.what == "known") {
      known[total.period] = parts;
      continue;
    }
    for (size_t i = 0; i < reporters.size(); ++i) {
      result[reporters[i].code].uses[total.period].emplace_back(total.members,
                                                                parts[i]);
    }
  }
  for (size_t i = 0; i < reporters.size(); ++i) {
    Figures& figures = result[reporters[i].code];
    for (const auto& [period, values] : offences) {
      if (values[i] >= 0) figures.offences[period] = values[i];
    }
    for (const auto& [period, values] : known) {
      figures.known[period] = values[i];
    }
  }
  return result;
}

}  // namespace collate::foi_pack
