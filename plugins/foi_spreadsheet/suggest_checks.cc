#include <algorithm>
#include <map>
#include <optional>
#include <set>
#include <utility>

#include "plugins/foi_spreadsheet/suggest_axes.h"
#include "plugins/foi_spreadsheet/suggest_text.h"

namespace collate::foi_spreadsheet {
namespace {

// Totals times lines, beyond which no checks are made of them.
constexpr size_t kMostTried = 500'000;

// A sum in terms of the lines of a group.
struct LineSum {
  size_t total = 0;
  std::vector<size_t> parts;
  bool marks = false;
  bool blanks = false;
};

// What a check of a recipe says, so that it can be tried on the labels.
struct Trial {
  std::set<std::string> totals;
  std::set<std::string> parts;  // empty: all that are no total
  std::set<size_t> across;      // axes
  bool following = false;
};

// The rows of a block, or the columns of a group, with their labels.
class LineTable {
 public:
  LineTable(const SheetGuess& guess, const BlockGuess& block,
            const ColumnGroup& group, const Axes& axes, bool rows)
      : labels_(LineLabels(guess, block, group, axes, rows)) {
    size_t rank = 0;
    const size_t own = rows ? axes.rows : axes.columns;
    for (size_t i = 0; i < axes.axes.size(); ++i) {
      if ((axes.axes[i].label != nullptr) != rows) continue;
      if (i == own) own_ = rank;
      names_.push_back(axes.axes[i].name);
      ++rank;
    }
    if (labels_.empty() || (rows && axes.fullest == nullptr)) {
      labels_.clear();
      return;
    }
    std::map<uint32_t, size_t> lines;
    const std::vector<uint32_t>& numbers = rows ? block.rows : group.columns;
    for (size_t i = 0; i < numbers.size(); ++i) lines[numbers[i]] = i;
    const std::vector<uint32_t>& all = rows ? block.rows : block.columns;
    const auto line = [&](size_t i) -> std::optional<size_t> {
      const auto at = lines.find(all[i]);
      if (at == lines.end() || Own(at->second).empty()) return std::nullopt;
      return at->second;
    };
    for (const SumGuess& sum : block.sums) {
      if (sum.of_rows != rows) continue;
      LineSum out{.marks = sum.marks, .blanks = sum.blanks};
      const auto total = line(sum.total);
      bool known = total.has_value();
      for (const size_t part : sum.parts) {
        const auto at = line(part);
        known = known && at.has_value();
        if (at.has_value()) out.parts.push_back(*at);
      }
      if (!known) continue;
      out.total = *total;
      sums_.push_back(std::move(out));
    }
    for (const FailedSum& failed : block.failed) {
      if (failed.of_rows != rows) continue;
      const auto total = line(failed.total);
      if (total.has_value()) failed_.emplace_back(*total, &failed);
    }
    is_total_.assign(this->lines(), false);
    for (const LineSum& sum : sums_) is_total_[sum.total] = true;
    for (const auto& entry : failed_) is_total_[entry.first] = true;
    for (size_t i = 0; i < this->lines(); ++i) {
      if (!is_total_[i]) others_.insert(Own(i));
    }
  }

  bool empty() const { return labels_.empty(); }
  size_t lines() const { return labels_.empty() ? 0 : labels_[0].size(); }
  const std::string& Own(size_t line) const { return labels_[own_][line]; }
  const std::vector<std::string>& names() const { return names_; }
  const std::vector<LineSum>& sums() const { return sums_; }
  const std::vector<std::pair<size_t, const FailedSum*>>& failed() const {
    return failed_;
  }

  // Whether each line of that label is a total.
  bool OnlyTotals(const std::string& label) const {
    return others_.count(label) == 0;
  }
  bool IsTotal(size_t line) const { return is_total_[line]; }

  // Whether it comes to every other line of the same labels along the other
  // axes, by way of other totals or not.
  bool IsOfAll(const LineSum& sum) const {
    std::map<size_t, const LineSum*> by_total;
    for (const LineSum& other : sums_) by_total[other.total] = &other;
    std::vector<bool> below(lines(), false);
    std::vector<size_t> open = sum.parts;
    while (!open.empty()) {
      const size_t line = open.back();
      open.pop_back();
      if (below[line]) continue;
      below[line] = true;
      const auto at = by_total.find(line);
      if (at == by_total.end()) continue;
      open.insert(open.end(), at->second->parts.begin(),
                  at->second->parts.end());
    }
    const std::vector<std::string> key = Key(sum.total, {});
    for (size_t i = 0; i < lines(); ++i) {
      if (i != sum.total && !below[i] && !Own(i).empty() && Key(i, {}) == key) {
        return false;
      }
    }
    return true;
  }

  // Axes along which the total and its parts differ.
  std::set<size_t> Across(const LineSum& sum) const {
    std::set<size_t> out;
    for (size_t axis = 0; axis < labels_.size(); ++axis) {
      if (axis == own_) continue;
      for (const size_t part : sum.parts) {
        if (labels_[axis][part] != labels_[axis][sum.total]) out.insert(axis);
      }
    }
    return out;
  }

  // What the check would add up, as the engine does.
  std::vector<size_t> Selected(const Trial& trial, size_t total) const {
    const std::vector<std::string> key = Key(total, trial.across);
    size_t end = lines();
    if (trial.following) {
      for (size_t i = total + 1; i < lines(); ++i) {
        if (trial.totals.count(Own(i)) > 0 && Key(i, trial.across) == key) {
          end = i;
          break;
        }
      }
    }
    std::vector<size_t> out;
    for (size_t i = trial.following ? total + 1 : 0; i < end; ++i) {
      if (Own(i).empty() || trial.totals.count(Own(i)) > 0 ||
          Key(i, trial.across) != key) {
        continue;
      }
      if (trial.parts.empty() || trial.parts.count(Own(i)) > 0) {
        out.push_back(i);
      }
    }
    return out;
  }

 private:
  std::vector<std::string> Key(size_t line,
                               const std::set<size_t>& across) const {
    std::vector<std::string> out;
    for (size_t axis = 0; axis < labels_.size(); ++axis) {
      if (axis != own_ && across.count(axis) == 0) {
        out.push_back(labels_[axis][line]);
      }
    }
    return out;
  }

  std::vector<std::vector<std::string>> labels_;  // by axis, then line
  std::vector<std::string> names_;
  size_t own_ = 0;
  std::vector<LineSum> sums_;
  std::vector<std::pair<size_t, const FailedSum*>> failed_;
  std::vector<bool> is_total_;
  std::set<std::string> others_;  // labels of lines that are no totals
};

// A regex for labels that begin alike, and like no other one of the axis.
std::optional<std::string> CommonBegin(const SheetGuess& guess,
                                       const Axis& axis,
                                       const std::vector<std::string>& labels) {
  std::string begin = labels[0];
  for (const std::string& label : labels) {
    while (!label.starts_with(begin)) begin.pop_back();
  }
  for (const size_t cell : axis.cells) {
    const std::string& label = guess.sheet->cells()[cell].label;
    if (label.starts_with(begin) &&
        std::find(labels.begin(), labels.end(), label) == labels.end()) {
      return std::nullopt;
    }
  }
  return Prefix(begin);
}

// Writes the sums as checks: each by itself, then those whose parts follow.
class CheckWriter {
 public:
  CheckWriter(const LineTable& table, const std::string& dimension)
      : table_(table), dimension_(dimension) {}

  std::vector<std::string> Write() {
    if (table_.sums().size() * table_.lines() > kMostTried) {
      out_.push_back("# " + std::to_string(table_.sums().size()) +
                     " totals were found, too many to write as checks.");
      return std::move(out_);
    }
    std::map<std::string, std::vector<const LineSum*>> by_label;
    for (const LineSum& sum : table_.sums()) {
      by_label[table_.Own(sum.total)].push_back(&sum);
    }
    std::vector<const LineSum*> rest;
    for (const LineSum& sum : table_.sums()) {
      const auto at = by_label.find(table_.Own(sum.total));
      if (at == by_label.end()) continue;
      if (!table_.OnlyTotals(at->first)) {
        Cannot(sum);
      } else if (!Alone(at->second)) {
        rest.insert(rest.end(), at->second.begin(), at->second.end());
      }
      by_label.erase(at);
    }
    Following(rest);
    return std::move(out_);
  }

 private:
  bool Holds(const Trial& trial, const std::vector<const LineSum*>& sums) {
    return std::all_of(sums.begin(), sums.end(), [&](const LineSum* sum) {
      return table_.Selected(trial, sum->total) == sum->parts;
    });
  }

  bool Alone(const std::vector<const LineSum*>& sums) {
    Trial trial;
    for (const LineSum* sum : sums) {
      trial.totals.insert(table_.Own(sum->total));
      const auto across = table_.Across(*sum);
      trial.across.insert(across.begin(), across.end());
    }
    if (Holds(trial, sums)) return Add(trial, sums);
    for (const LineSum* sum : sums) {
      for (const size_t part : sum->parts) trial.parts.insert(table_.Own(part));
    }
    return Holds(trial, sums) && Add(trial, sums);
  }

  // One check of many totals, without those that do not fit into it.
  void Following(std::vector<const LineSum*> sums) {
    Trial trial;
    trial.following = true;
    while (!sums.empty()) {
      trial.totals.clear();
      trial.across.clear();
      for (const LineSum* sum : sums) {
        trial.totals.insert(table_.Own(sum->total));
        const auto across = table_.Across(*sum);
        trial.across.insert(across.begin(), across.end());
      }
      const auto misfit =
          std::find_if(sums.begin(), sums.end(), [&](const LineSum* sum) {
            return table_.Selected(trial, sum->total) != sum->parts;
          });
      if (misfit == sums.end()) break;
      Cannot(**misfit);
      sums.erase(misfit);
    }
    if (sums.empty() || Add(trial, sums)) return;
    for (const LineSum* sum : sums) Cannot(*sum);
  }

  bool Add(const Trial& trial, const std::vector<const LineSum*>& sums) {
    const auto totals = WholeText({trial.totals.begin(), trial.totals.end()});
    const auto parts = WholeText({trial.parts.begin(), trial.parts.end()});
    if (!totals.has_value() || (!trial.parts.empty() && !parts.has_value())) {
      return false;
    }
    bool marks = false;
    bool blanks = false;
    for (const LineSum* sum : sums) {
      marks = marks || sum->marks;
      blanks = blanks || sum->blanks;
    }
    out_.push_back("checks {");
    out_.push_back("  name: " + Quote("sum: " + *trial.totals.begin()));
    out_.push_back("  dimension: " + Quote(dimension_));
    out_.push_back("  total: " + Quote(*totals));
    if (parts.has_value()) out_.push_back("  parts: " + Quote(*parts));
    for (const size_t axis : trial.across) {
      out_.push_back("  across: " + Quote(table_.names()[axis]));
    }
    if (trial.following) out_.push_back("  following: true");
    if (marks) {
      out_.push_back("  # It adds up only if marks count as nothing.");
      out_.push_back("  markers: TREAT_ZERO");
    }
    if (blanks) {
      out_.push_back("  # It adds up only if blanks count as nothing.");
      out_.push_back("  blanks: TREAT_ZERO");
    }
    out_.push_back("}");
    return true;
  }

  void Cannot(const LineSum& sum) {
    out_.push_back("# " + Quote(table_.Own(sum.total)) + " is the sum of " +
                   std::to_string(sum.parts.size()) +
                   " others; its labels do not say which.");
  }

  const LineTable& table_;
  const std::string& dimension_;
  std::vector<std::string> out_;
};

}  // namespace

std::vector<NamedTotal> NamedTotals(const SheetGuess& guess,
                                    const BlockGuess& block,
                                    const ColumnGroup& group, const Axes& axes,
                                    bool rows) {
  const LineTable table(guess, block, group, axes, rows);
  std::vector<NamedTotal> out;
  if (table.empty()) return out;
  const auto add = [&](const std::string& label, bool all) {
    for (NamedTotal& known : out) {
      if (known.label != label) continue;
      known.all = known.all && all;
      return;
    }
    if (table.OnlyTotals(label)) out.push_back({label, all});
  };
  for (const LineSum& sum : table.sums()) {
    add(table.Own(sum.total), table.IsOfAll(sum));
  }
  for (const auto& [line, failed] : table.failed()) {
    add(table.Own(line), /*all=*/true);
  }
  return out;
}

std::vector<std::string> TotalLines(const SheetGuess& guess,
                                    const BlockGuess& block,
                                    const ColumnGroup& group,
                                    const Axes& axes) {
  std::vector<std::string> out;
  for (const bool rows : {true, false}) {
    if (rows ? axes.fullest == nullptr : !axes.has_columns) continue;
    const Axis& axis = axes.axes[rows ? axes.rows : axes.columns];
    std::vector<std::string> labels;
    if (axis.name == "reporter") {
      for (const NamedTotal& total :
           NamedTotals(guess, block, group, axes, rows)) {
        labels.push_back(total.label);
      }
      auto regex = WholeText(labels);
      if (!labels.empty() && !regex.has_value()) {
        regex = CommonBegin(guess, axis, labels);
        if (!regex.has_value()) {
          out.push_back(
              "# " + std::to_string(labels.size()) +
              " totals; their labels are too long to be listed here.");
        }
      }
      if (regex.has_value()) {
        out.push_back((rows ? "total_rows: " : "total_columns: ") +
                      Quote(*regex));
      }
    } else if (axis.name == "period") {
      for (const size_t cell : axis.cells) {
        const std::string& label = guess.sheet->cells()[cell].label;
        if (!PeriodFormOf(label).has_value()) labels.push_back(label);
      }
      const auto regex = WholeText(labels);
      if (regex.has_value()) {
        out.push_back(std::string(rows ? "skip_rows" : "skip_columns") +
                      " { regex: " + Quote(*regex) +
                      " reason: \"a sum over periods\" }");
      }
    }
  }
  return out;
}

std::vector<std::string> ChecksOf(const SheetGuess& guess,
                                  const BlockGuess& block,
                                  const ColumnGroup& group, const Axes& axes) {
  std::vector<std::string> out;
  for (const bool rows : {true, false}) {
    const LineTable table(guess, block, group, axes, rows);
    if (table.empty()) continue;
    const Axis& axis = axes.axes[rows ? axes.rows : axes.columns];
    for (const auto& [line, failed] : table.failed()) {
      out.push_back("undecided: " +
                    Quote("\"" + table.Own(line) +
                          "\" is called a total and does not add up: printed " +
                          failed->printed + ", the others come to " +
                          failed->sum));
    }
    if (axis.name == "period") continue;
    for (std::string& text : CheckWriter(table, axis.name).Write()) {
      out.push_back(std::move(text));
    }
  }
  return out;
}

}  // namespace collate::foi_spreadsheet
