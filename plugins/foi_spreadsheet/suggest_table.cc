#include <algorithm>
#include <map>
#include <optional>
#include <utility>

#include "plugins/foi_spreadsheet/suggest_axes.h"
#include "plugins/foi_spreadsheet/suggest_recipe.h"

namespace collate::foi_spreadsheet {
namespace {

constexpr size_t kListedTitles = 8;
constexpr uint32_t kMostGaps = 10;

std::string Int(int64_t number) { return std::to_string(number); }

class TableText {
 public:
  TableText(const SheetGuess& guess, const BlockGuess& block,
            const ColumnGroup& group, std::set<std::string>* ids, Lines* out)
      : guess_(guess),
        sheet_(*guess.sheet),
        block_(block),
        group_(group),
        ids_(ids),
        out_(*out) {}

  bool Write() {
    corner_ = Corner();
    if (corner_ == Sheet::kNone) return false;
    axes_ = AxesOf(guess_, block_, group_);
    const std::string title =
        block_.titles.empty() ? "" : Cell(block_.titles.front()).label;
    out_.Blank();
    out_.Open("tables");
    const std::string& heading = sheet_.is_text() ? title : sheet_.name();
    out_.Add("id: " + Quote(NameOf(heading, "table", ids_)));
    if (!title.empty()) out_.Add("title: " + Quote(title.substr(0, 200)));
    Notes();  // decides on anchors
    Match();
    Boxes();
    for (const Axis& axis : axes_.axes) Dimension(axis);
    Superscripts();
    Manifest();
    AskMeaning(guess_, block_, group_, &out_);
    for (const std::string& check : ChecksOf(guess_, block_, group_, axes_)) {
      out_.Add(check);
    }
    for (const std::string& claim : claims_) out_.Add(claim);
    Ignored();
    out_.Close();
    return true;
  }

 private:
  const SheetCell& Cell(size_t i) const { return sheet_.cells()[i]; }
  bool Unique(size_t cell) const {
    const std::string& text = Cell(cell).label;
    return !text.empty() && guess_.times.at(text) == 1;
  }
  int64_t Down(uint32_t row) const {
    return int64_t{row} - Cell(corner_).row();
  }
  int64_t Right(uint32_t column) const {
    return int64_t{column} - Cell(corner_).column();
  }

  // A cell of a text that stands once: headers, then headings, then labels.
  size_t Corner() const {
    for (auto header = group_.headers.rbegin(); header != group_.headers.rend();
         ++header) {
      for (const uint32_t column : group_.columns) {
        const size_t cell = sheet_.At(header->row, column);
        if (cell != Sheet::kNone && Unique(cell)) return cell;
      }
    }
    for (const LabelColumn& label : block_.labels) {
      if (label.heading != Sheet::kNone && Unique(label.heading)) {
        return label.heading;
      }
    }
    for (const LabelColumn& label : block_.labels) {
      for (int64_t row = int64_t{block_.rows.front()} - label.before;
           row <= block_.rows.back(); ++row) {
        const size_t cell = sheet_.At(row, label.column);
        if (cell != Sheet::kNone && Unique(cell)) return cell;
      }
    }
    for (const size_t cell : block_.titles) {
      if (Unique(cell)) return cell;
    }
    return Sheet::kNone;
  }

  void Anchor(const std::string& name, size_t cell) {
    anchors_.push_back("anchors { name: " + Quote(name) +
                       " text: " + Quote(Cell(cell).label) + " }");
  }

  // Titles and notes by their text or below an anchor.
  void Notes() {
    Anchor("corner", corner_);
    if (const size_t title = axes_.title; title != Sheet::kNone) {
      anchors_.push_back("anchors { name: \"title\" regex: " +
                         Quote(axes_.title_anchor) + " }");
    }
    std::vector<size_t> rest = block_.titles;
    if (rest.size() > kListedTitles) {
      claims_.push_back("notes { rows: " + Int(block_.HeaderTop() - 1) +
                        " regex: \".\" reason: \"texts above the table\" }");
      rest.clear();
    }
    if (!block_.notes.empty()) {
      const size_t first = block_.notes.front();
      const uint32_t last = Cell(block_.notes.back()).row();
      if (Unique(first)) {
        Anchor("notes", first);
        claims_.push_back("notes { anchor: \"notes\" dx: " +
                          Int(1 - int64_t{Cell(first).column()}) +
                          " rows: " + Int(last - Cell(first).row() + 1) +
                          " reason: \"texts below the table\" }");
      } else {
        rest.insert(rest.end(), block_.notes.begin(), block_.notes.end());
      }
    }
    for (const size_t cell : rest) {
      const auto regex = WholeText({Cell(cell).label.substr(0, 2000)});
      if (!regex.has_value() || guess_.roles[cell] != GuessRole::kNote ||
          cell == axes_.title) {
        continue;
      }
      claims_.push_back("notes { regex: " + Quote(*regex) +
                        " reason: \"a text beside the table\" }");
    }
  }

  void Match() {
    out_.Open("match");
    if (!sheet_.is_text()) {
      if (const auto regex = WholeText({sheet_.name()})) {
        out_.Add("sheet_regex: " + Quote(*regex));
      }
    }
    for (const std::string& anchor : anchors_) out_.Add(anchor);
    out_.Close();
  }

  // ---- Boxes ---------------------------------------------------------------

  void Boxes() {
    const std::string down = DownText();
    std::string skips;
    const std::string right = RightText(&skips);
    if (!right.empty()) {
      Box(group_.columns.front(), right, down, skips);
      return;
    }
    for (size_t i = 0; i < group_.columns.size();) {
      size_t end = i + 1;
      while (end < group_.columns.size() &&
             group_.columns[end] == group_.columns[end - 1] + 1) {
        ++end;
      }
      Box(group_.columns[i],
          "right { count: " + Int(static_cast<int64_t>(end - i)) +
              HeaderLine() + " }",
          down, "");
      i = end;
    }
  }

  void Box(uint32_t column, const std::string& right, const std::string& down,
           const std::string& skips) {
    out_.Open("boxes");
    out_.Add("anchor: \"corner\" dy: " + Int(Down(block_.rows.front())) +
             " dx: " + Int(Right(column)));
    out_.Add(right);
    out_.Add(down);
    if (!skips.empty()) out_.Add(skips);
    for (const std::string& line : TotalLines(guess_, block_, group_, axes_)) {
      out_.Add(line);
    }
    out_.Close();
  }

  std::string HeaderLine() const {
    if (group_.headers.empty()) return "";
    const int64_t offset = Down(group_.headers.back().row);
    return offset == 0 ? "" : " offset: " + Int(offset);
  }

  // Along the last row of headers, up to a blank one, where that stops behind
  // the group's last column and takes in nothing but what can be skipped.
  std::string RightText(std::string* skips) const {
    if (group_.headers.empty()) return "";
    const uint32_t row = group_.headers.back().row;
    uint32_t gaps = 0;
    for (size_t i = 1; i < group_.columns.size(); ++i) {
      uint32_t before = group_.columns[i - 1];
      for (size_t cell = sheet_.AfterInRow(row, int64_t{before} + 1);
           before < group_.columns[i] && cell != Sheet::kNone;
           cell = sheet_.AfterInRow(row, int64_t{before} + 1)) {
        gaps = std::max(gaps, Cell(cell).column() - before - 1);
        before = Cell(cell).column();
      }
    }
    if (gaps > kMostGaps) return "";
    std::set<std::string> wanted;
    std::vector<std::string> skipped;
    uint32_t next = group_.columns.front();
    for (size_t cell = sheet_.AfterInRow(row, next);
         cell != Sheet::kNone && Cell(cell).column() - next <= gaps;
         cell = sheet_.AfterInRow(row, next)) {
      const uint32_t column = Cell(cell).column();
      next = column + 1;
      if (std::binary_search(group_.columns.begin(), group_.columns.end(),
                             column)) {
        wanted.insert(Cell(cell).label);
        continue;
      }
      if (std::find(block_.percent_columns.begin(),
                    block_.percent_columns.end(),
                    column) == block_.percent_columns.end()) {
        return "";
      }
      skipped.push_back(Cell(cell).label);
    }
    if (next <= group_.columns.back()) return "";
    for (const std::string& text : skipped) {
      if (wanted.count(text) > 0) return "";
    }
    if (!skipped.empty()) {
      std::sort(skipped.begin(), skipped.end());
      skipped.erase(std::unique(skipped.begin(), skipped.end()), skipped.end());
      const auto regex = WholeText(skipped);
      if (!regex.has_value()) return "";
      *skips = "skip_columns { regex: " + Quote(*regex) +
               " reason: \"percentages, no counts\" }";
    }
    return "right { until_blank: true" +
           (gaps > 0 ? " gaps: " + Int(gaps) : "") + HeaderLine() + " }";
  }

  // Along the fullest column of labels, up to a blank one or the first text
  // below the figures.
  std::string DownText() const {
    const std::string count =
        "down { count: " +
        Int(int64_t{block_.rows.back()} - block_.rows.front() + 1);
    const LabelColumn* label = axes_.fullest;
    if (label == nullptr) return count + " }";
    const int64_t offset = Right(label->column);
    const std::string line = offset == 0 ? "" : " offset: " + Int(offset);
    uint32_t gaps = 0;
    uint32_t before = block_.rows.front();
    for (const uint32_t row : block_.rows) {
      if (sheet_.At(row, label->column) == Sheet::kNone) continue;
      gaps = std::max(gaps, row > before ? row - before - 1 : 0);
      before = row;
    }
    if (gaps > kMostGaps) return count + line + " }";
    const size_t after =
        sheet_.AfterInColumn(int64_t{block_.rows.back()} + 1, label->column);
    if (after == Sheet::kNone || Cell(after).row() - before > gaps + 1) {
      return "down { until_blank: true" +
             (gaps > 0 ? " gaps: " + Int(gaps) : "") + line + " }";
    }
    const auto end = WholeText({Cell(after).label.substr(0, 2000)});
    if (!end.has_value() || !Unique(after)) return count + line + " }";
    return "down { before_regex: " + Quote(*end) + line + " }";
  }

  // ---- Labels --------------------------------------------------------------

  void Dimension(const Axis& axis) {
    // One header over all figures says what is counted.
    const bool single = axis.header != nullptr && axis.cells.size() == 1 &&
                        axis.name != "period";
    const bool own = axis.name != "reporter" && axis.name != "period";
    if (own && !single) {
      out_.Ask("axis " + axis.name +
               ": its code in the service (`collate dimensions`), or "
               "internal: true");
    }
    if (axis.eaten != Sheet::kNone) {
      out_.Ask("labels of " + axis.name + ": " + Cell(axis.eaten).label +
               " is stored as a number or date; was it a range?");
    }
    if (!axis.twin.empty()) {
      out_.Ask("labels of " + axis.name + ": \"" + axis.twin +
               "\" stands twice; which is which? With `expect`: map { text: "
               "... occurrence: 1 to: ... }");
    }
    out_.Open("dimensions");
    out_.Add("name: " + Quote(axis.name));
    if (axis.label != nullptr) {
      const LabelColumn& label = *axis.label;
      const std::string offset = Offset(Right(label.column));
      if (!label.sparse) {
        out_.Add("directly { direction: DIRECTION_LEFT" + offset + " }");
      } else {
        out_.Add("closest { direction: DIRECTION_UP" + offset +
                 " max_distance: " + Int(std::max(label.farthest, 1U)) +
                 (label.before > 0 ? " before: " + Int(label.before) : "") +
                 " }");
      }
    } else {
      const std::string offset = Offset(Down(axis.header->row));
      if (axis.header->span == Span::kEach) {
        out_.Add("directly { direction: DIRECTION_UP" + offset + " }");
      } else {
        out_.Add("within { direction: DIRECTION_UP" + offset + " by: " +
                 (axis.header->span == Span::kMerged ? "SPAN_BY_MERGE"
                                                     : "SPAN_BY_START") +
                 " }");
      }
    }
    for (const std::string& label : axis.expect) {
      out_.Add("expect: " + Quote(label));
    }
    for (const auto form : axis.forms) {
      out_.Add("period_forms: " + pb::PeriodForm_Name(form));
    }
    if (axis.numbers) out_.Add("numbers: true");
    for (const std::string& level : axis.levels) out_.Add(level);
    for (const std::string& comment : axis.comments) out_.Comment(comment);
    if (single) {
      out_.Comment("The one header; the measure says what it means.");
      out_.Add("internal: true");
    }
    out_.Close();
  }

  void Superscripts() {
    if (std::none_of(axes_.axes.begin(), axes_.axes.end(),
                     [](const Axis& axis) { return axis.superscripts; })) {
      return;
    }
    out_.Ask("labels have superscripts: are they marks of footnotes?");
    out_.Add("# labels { superscript_notes: true }");
  }

  static std::string Offset(int64_t offset) {
    return offset == 0 ? "" : " offset: " + Int(offset);
  }

  // What no cell says, the sender does.
  void Manifest() {
    if (!axes_.Has("reporter")) {
      out_.Comment("Or: constant { text: \"...\" }");
      out_.Add("dimensions { name: \"reporter\" manifest {} }");
    }
    if (!axes_.Has("period") && axes_.title != Sheet::kNone) {
      out_.Open("dimensions");
      out_.Add("name: \"period\"");
      out_.Add("anchor_text { anchor: \"title\" regex: " +
               Quote(axes_.title_period.regex) + " }");
      out_.Add("period_forms: " + pb::PeriodForm_Name(axes_.title_period.form));
      out_.Close();
    } else if (!axes_.Has("period")) {
      out_.Add("dimensions { name: \"period\" manifest {} }");
    }
    if (!axes_.Has("offence")) {
      out_.Ask("offence: which one is counted, or that it is none");
      out_.Comment(
          "dimensions { name: \"offence\" constant { text: \"...\" } }");
    }
  }

  // ---- What is left out ----------------------------------------------------

  void Ignore(uint32_t row, uint32_t column, int64_t rows, const char* reason) {
    out_.Add("ignore { anchor: \"corner\" dy: " + Int(Down(row)) +
             " dx: " + Int(Right(column)) + " rows: " + Int(rows) +
             " columns: 1 reason: " + Quote(reason) + " }");
  }

  void Ignored() {
    std::set<size_t> used;
    for (const Axis& axis : axes_.axes)
      used.insert(axis.cells.begin(), axis.cells.end());
    const uint32_t top = block_.HeaderTop();
    uint32_t first = block_.columns.front();
    uint32_t last = block_.columns.back();
    for (const LabelColumn& label : block_.labels) {
      first = std::min(first, label.column);
      last = std::max(last, label.column);
    }
    for (const auto* columns : {&block_.percent_columns, &block_.text_columns,
                                &block_.flag_columns}) {
      for (const uint32_t column : *columns) {
        first = std::min(first, column);
        last = std::max(last, column);
      }
    }
    for (uint32_t row = top; row < block_.rows.front(); ++row) {
      for (size_t i = sheet_.AfterInRow(row, first);
           i != Sheet::kNone && i < sheet_.cells().size() &&
           Cell(i).row() == row && Cell(i).column() <= last;
           ++i) {
        if (used.count(i) > 0 || InOtherGroup(row, Cell(i).column())) continue;
        Ignore(row, Cell(i).column(), 1, "heading of a column");
      }
    }
    const int64_t rows = int64_t{block_.rows.back()} - block_.rows.front() + 1;
    const uint32_t from = block_.rows.front();
    for (const uint32_t column : block_.percent_columns) {
      Ignore(from, column, rows, "percentages, no counts");
    }
    for (const uint32_t column : block_.text_columns) {
      const size_t cell = sheet_.AfterInColumn(from, column);
      out_.Ask("texts in column " + tabular::CellName(from, column) +
               " and below, such as \"" + Cell(cell).label.substr(0, 60) +
               "\": may they be left out?");
      Ignore(from, column, rows, "texts beside the figures");
    }
  }

  // Another table of the same block claims it.
  bool InOtherGroup(uint32_t row, uint32_t column) const {
    for (const ColumnGroup& group : block_.groups) {
      if (&group == &group_) continue;
      for (const HeaderRow& header : group.headers) {
        if (header.row == row && column >= group.columns.front() &&
            column <= group.columns.back()) {
          return true;
        }
      }
    }
    return false;
  }

  const SheetGuess& guess_;
  const Sheet& sheet_;
  const BlockGuess& block_;
  const ColumnGroup& group_;
  std::set<std::string>* ids_;
  Lines& out_;
  size_t corner_ = Sheet::kNone;
  Axes axes_;
  std::vector<std::string> anchors_;
  std::vector<std::string> claims_;
};

}  // namespace

bool SuggestTable(const SheetGuess& guess, const BlockGuess& block,
                  const ColumnGroup& group, std::set<std::string>* ids,
                  Lines* out) {
  return TableText(guess, block, group, ids, out).Write();
}

}  // namespace collate::foi_spreadsheet
