#include "plugins/foi_spreadsheet/suggest_axes.h"

#include <algorithm>
#include <map>
#include <optional>
#include <set>
#include <utility>

#include "plugins/foi_spreadsheet/suggest_sums.h"
#include "plugins/foi_spreadsheet/suggest_text.h"

namespace collate::foi_spreadsheet {
namespace {

// Longer lists of labels are not pinned.
constexpr size_t kPinnedRows = 60;
constexpr size_t kPinnedColumns = 200;

class AxisFinder {
 public:
  AxisFinder(const SheetGuess& guess, const BlockGuess& block,
             const ColumnGroup& group)
      : guess_(guess), sheet_(*guess.sheet), block_(block), group_(group) {}

  Axes Find() {
    ChooseFullest();
    const LabelColumn* reporter = ReporterColumn();
    for (const LabelColumn& label : block_.labels) {
      Axis axis;
      axis.label = &label;
      CellsOf(label, &axis);
      const std::string heading = label.heading == Sheet::kNone
                                      ? ""
                                      : sheet_.cells()[label.heading].label;
      Name(&label == reporter ? "reporter" : heading, "rows", &axis);
      if (&label == out_.fullest) out_.rows = out_.axes.size();
      out_.axes.push_back(std::move(axis));
    }
    for (const HeaderRow& header : group_.headers) {
      Axis axis;
      axis.header = &header;
      CellsOf(header, &axis);
      Name("", "columns", &axis);
      out_.columns = out_.axes.size();
      out_.has_columns = true;
      out_.axes.push_back(std::move(axis));
    }
    Twins();
    for (Axis& axis : out_.axes) {
      Pin(&axis);
      Kinds(&axis);
    }
    Levels();
    FindTitle();
    return std::move(out_);
  }

 private:
  const std::string& Text(size_t cell) const {
    return sheet_.cells()[cell].label;
  }

  void ChooseFullest() {
    size_t most = 0;
    for (const LabelColumn& label : block_.labels) {
      size_t count = 0;
      for (const uint32_t row : block_.rows) {
        count += sheet_.At(row, label.column) != Sheet::kNone;
      }
      if (count < most || count == 0) continue;
      most = count;
      out_.fullest = &label;
    }
  }

  const LabelColumn* ReporterColumn() const {
    const LabelColumn* found = nullptr;
    for (const LabelColumn& label : block_.labels) {
      if (label.heading == Sheet::kNone ||
          !SoundsLikeReporter(Text(label.heading))) {
        continue;
      }
      if (found == nullptr || &label == out_.fullest) found = &label;
    }
    return found;
  }

  void CellsOf(const LabelColumn& label, Axis* axis) const {
    const int64_t first = int64_t{block_.rows.front()} - label.before;
    for (int64_t row = first; row < block_.rows.front(); ++row) {
      const size_t cell = sheet_.At(row, label.column);
      if (cell != Sheet::kNone) axis->cells.push_back(cell);
    }
    for (const uint32_t row : block_.rows) {
      const size_t cell = label.sparse
                              ? sheet_.BeforeInColumn(row, label.column)
                              : sheet_.At(row, label.column);
      if (cell == Sheet::kNone ||
          (!axis->cells.empty() && axis->cells.back() == cell)) {
        continue;
      }
      axis->cells.push_back(cell);
    }
  }

  void CellsOf(const HeaderRow& header, Axis* axis) const {
    for (const uint32_t column : group_.columns) {
      const size_t cell = header.span == Span::kEach
                              ? sheet_.At(header.row, column)
                              : sheet_.BeforeInRow(header.row, column);
      if (cell == Sheet::kNone ||
          (!axis->cells.empty() && axis->cells.back() == cell)) {
        continue;
      }
      axis->cells.push_back(cell);
    }
  }

  // A period where every label is one, but for totals.
  void Name(const std::string& heading, const char* fallback, Axis* axis) {
    std::set<pb::PeriodForm> forms;
    bool periods = taken_.count("period") == 0;
    for (const size_t cell : axis->cells) {
      const auto form = PeriodFormOf(Text(cell));
      if (form.has_value()) {
        forms.insert(*form);
      } else if (!SoundsLikeTotal(Text(cell))) {
        periods = false;
      }
    }
    if (periods && !forms.empty()) {
      axis->forms.assign(forms.begin(), forms.end());
      axis->name = NameOf("period", "", &taken_);
      return;
    }
    // Names that mean something are not given to what only is called so.
    std::string name = heading;
    std::set<std::string> trial;
    const std::string plain = NameOf(name, fallback, &trial);
    if (plain == "period" || (plain == "reporter" && heading != "reporter")) {
      name = "";
    }
    axis->name = NameOf(name, fallback, &taken_);
  }

  // Lines of a period axis that are no period hold no figures of one.
  bool Skipped(const Axis& axis, size_t cell) const {
    return axis.name == "period" && !PeriodFormOf(Text(cell)).has_value();
  }

  void Pin(Axis* axis) const {
    const bool by_rows = axis->label != nullptr;
    if (by_rows && (axis->name == "reporter" || axis->name == "period")) return;
    const size_t most = by_rows ? kPinnedRows : kPinnedColumns;
    std::set<std::string> texts;
    for (const size_t cell : axis->cells) texts.insert(Text(cell));
    if (by_rows && axis->label != out_.fullest &&
        texts.size() < axis->cells.size()) {
      return;
    }
    const bool needed = !by_rows && axis->header->span != Span::kEach;
    if (axis->cells.size() > most && !needed) return;
    for (const size_t cell : axis->cells) {
      if (!Skipped(*axis, cell)) axis->expect.push_back(Text(cell));
    }
  }

  // Labels that are stored as numbers or dates, or look so among texts.
  void Kinds(Axis* axis) const {
    size_t numbers = 0;
    size_t first = Sheet::kNone;
    for (const size_t cell : axis->cells) {
      const Looks look = guess_.looks[cell].looks;
      if (look == Looks::kYear && axis->name == "period") {
        axis->numbers = axis->numbers ||
                        sheet_.cells()[cell].kind != tabular::CellKind::kText;
        continue;
      }
      const bool odd = look == Looks::kNumber || look == Looks::kYear ||
                       look == Looks::kOther;
      if (!odd || !guess_.looks[cell].suffix.empty()) continue;
      ++numbers;
      if (first == Sheet::kNone) first = cell;
    }
    if (numbers > 0 && (numbers < axis->cells.size() || !sheet_.is_text())) {
      axis->eaten = first;
    }
    for (const size_t cell : axis->cells) {
      axis->superscripts =
          axis->superscripts || !sheet_.cells()[cell].superscript.empty();
      static constexpr const char* kUnknown[] = {
          "unknown", "not stated", "not known", "not recorded", "not reported"};
      std::string lower = Text(cell);
      for (char& c : lower) {
        if (c >= 'A' && c <= 'Z') c = static_cast<char>(c - 'A' + 'a');
      }
      const bool unknown = std::any_of(
          std::begin(kUnknown), std::end(kUnknown), [&](const char* word) {
            return lower.find(word) != std::string::npos;
          });
      const auto regex = WholeText({Text(cell)});
      if (!unknown || !regex.has_value() || axis->comments.size() >= 5) {
        continue;
      }
      const std::string comment = "perhaps: levels { regex: " + Quote(*regex) +
                                  " level: LEVEL_UNKNOWN }";
      if (std::find(axis->comments.begin(), axis->comments.end(), comment) ==
          axis->comments.end()) {
        axis->comments.push_back(comment);
      }
    }
  }

  // Rows, or columns, that all their labels together do not tell apart.
  void Twins() {
    const auto find = [&](bool rows, size_t axis) {
      std::set<std::vector<std::string>> seen;
      const auto labels = LineLabels(guess_, block_, group_, out_, rows);
      const size_t lines = rows ? block_.rows.size() : group_.columns.size();
      for (size_t i = 0; i < lines; ++i) {
        std::vector<std::string> key;
        for (const auto& axis_labels : labels) key.push_back(axis_labels[i]);
        if (seen.insert(key).second) continue;
        const std::string& text =
            labels[rows ? RankOf(axis, true) : RankOf(axis, false)][i];
        if (text.empty()) continue;
        out_.axes[axis].twin = text;
        return;
      }
    };
    if (out_.fullest != nullptr) find(true, out_.rows);
    if (out_.has_columns) find(false, out_.columns);
  }

  // Among the axes of its kind.
  size_t RankOf(size_t axis, bool rows) const {
    size_t rank = 0;
    for (size_t i = 0; i < axis; ++i) {
      rank += (out_.axes[i].label != nullptr) == rows;
    }
    return rank;
  }

  void Levels() {
    for (size_t i = 0; i < out_.axes.size(); ++i) {
      Axis& axis = out_.axes[i];
      const bool rows = axis.label != nullptr;
      const bool told = rows ? axis.label == out_.fullest
                             : i == out_.columns && out_.has_columns;
      if (!told || axis.name == "reporter" || axis.name == "period") continue;
      std::vector<std::string> totals[2];  // of all, of some
      for (const NamedTotal& total :
           NamedTotals(guess_, block_, group_, out_, rows)) {
        totals[total.all ? 0 : 1].push_back(total.label);
      }
      for (const int kind : {0, 1}) {
        const auto regex = WholeText(totals[kind]);
        if (!regex.has_value()) continue;
        axis.levels.push_back(
            "levels { regex: " + Quote(*regex) +
            " level: " + (kind == 0 ? "LEVEL_TOTAL" : "LEVEL_SUBTOTAL") + " }");
      }
      const bool part =
          std::any_of(axis.cells.begin(), axis.cells.end(), [&](size_t cell) {
            return Text(cell).starts_with("of which") ||
                   Text(cell).starts_with("Of which");
          });
      if (part) {
        axis.levels.push_back(
            "levels { regex: \"^[Oo]f which\" level: LEVEL_OF_WHICH }");
      }
    }
  }

  // The first title that says one year and begins like no other cell.
  void FindTitle() {
    if (out_.Has("period")) return;
    for (const size_t cell : block_.titles) {
      const std::string& text = Text(cell);
      auto period = FindPeriod(text);
      if (!period.has_value()) continue;
      const size_t digit = text.find_first_of("0123456789");
      const std::string begin = text.substr(0, std::min<size_t>(digit, 100));
      const auto anchor = begin.empty() ? WholeText({text}) : Prefix(begin);
      const auto times =
          std::count_if(sheet_.cells().begin(), sheet_.cells().end(),
                        [&](const SheetCell& other) {
                          return begin.empty() ? other.label == text
                                               : other.label.starts_with(begin);
                        });
      if (!anchor.has_value() || times != 1) continue;
      out_.title = cell;
      out_.title_anchor = *anchor;
      out_.title_period = *std::move(period);
      return;
    }
  }

  const SheetGuess& guess_;
  const Sheet& sheet_;
  const BlockGuess& block_;
  const ColumnGroup& group_;
  Axes out_;
  std::set<std::string> taken_;
};

}  // namespace

std::vector<std::vector<std::string>> LineLabels(const SheetGuess& guess,
                                                 const BlockGuess& block,
                                                 const ColumnGroup& group,
                                                 const Axes& axes, bool rows) {
  const Sheet& sheet = *guess.sheet;
  std::vector<std::vector<std::string>> out;
  for (const Axis& axis : axes.axes) {
    if ((axis.label != nullptr) != rows) continue;
    std::vector<std::string>& labels = out.emplace_back();
    for (const uint32_t line : rows ? block.rows : group.columns) {
      size_t cell = Sheet::kNone;
      if (rows) {
        cell = axis.label->sparse
                   ? sheet.BeforeInColumn(line, axis.label->column)
                   : sheet.At(line, axis.label->column);
      } else {
        cell = axis.header->span == Span::kEach
                   ? sheet.At(axis.header->row, line)
                   : sheet.BeforeInRow(axis.header->row, line);
      }
      labels.push_back(cell == Sheet::kNone ? "" : sheet.cells()[cell].label);
    }
  }
  return out;
}

Axes AxesOf(const SheetGuess& guess, const BlockGuess& block,
            const ColumnGroup& group) {
  return AxisFinder(guess, block, group).Find();
}

}  // namespace collate::foi_spreadsheet
