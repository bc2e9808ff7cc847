// The dimensions of a guessed table, and its sums in their terms.

#ifndef COLLATE_PLUGINS_FOI_SPREADSHEET_SUGGEST_AXES_H_
#define COLLATE_PLUGINS_FOI_SPREADSHEET_SUGGEST_AXES_H_

#include <string>
#include <vector>

#include "collate/recipe/v1/recipe.pb.h"
#include "plugins/foi_spreadsheet/suggest_blocks.h"

namespace collate::foi_spreadsheet {

namespace pb = ::collate::recipe::v1;

// A column of labels or a row of headers as a dimension.
struct Axis {
  std::string name;
  const LabelColumn* label = nullptr;  // or
  const HeaderRow* header = nullptr;
  std::vector<size_t> cells;  // its labels, in order
  std::vector<std::string> expect;
  std::vector<pb::PeriodForm> forms;
  bool numbers = false;
  size_t eaten = Sheet::kNone;  // a label that is a number or date
  std::string twin;             // a label that does not tell rows apart
  bool superscripts = false;
  std::vector<std::string> levels;
  std::vector<std::string> comments;
};

struct Axes {
  std::vector<Axis> axes;
  const LabelColumn* fullest = nullptr;  // along which the rows are told
  size_t rows = 0;                       // index of its axis
  size_t columns = 0;                    // of the last row of headers
  bool has_columns = false;
  // A title that says the period.
  size_t title = Sheet::kNone;
  std::string title_anchor;
  PeriodInText title_period;

  bool Has(const std::string& name) const {
    for (const Axis& axis : axes) {
      if (axis.name == name) return true;
    }
    return false;
  }
};

// Point into the block and the group.
Axes AxesOf(const SheetGuess& guess, const BlockGuess& block,
            const ColumnGroup& group);

// Of each axis of the rows, or of the columns, the label of every row of the
// block, or column of the group; empty where there is none.
std::vector<std::vector<std::string>> LineLabels(const SheetGuess& guess,
                                                 const BlockGuess& block,
                                                 const ColumnGroup& group,
                                                 const Axes& axes, bool rows);

// A label of the fullest column of labels, or of the last row of headers, that
// stands for a total and for nothing else.
struct NamedTotal {
  std::string label;
  bool all = false;  // of the axis, within the same labels of the others
};
std::vector<NamedTotal> NamedTotals(const SheetGuess& guess,
                                    const BlockGuess& block,
                                    const ColumnGroup& group, const Axes& axes,
                                    bool rows);

// `total_rows` and `skip_columns` of the boxes: sums that are no figures of
// their own, over reporters and over periods.
std::vector<std::string> TotalLines(const SheetGuess& guess,
                                    const BlockGuess& block,
                                    const ColumnGroup& group, const Axes& axes);

// Lines of the recipe; what adds up and cannot be said as a check is a comment.
std::vector<std::string> ChecksOf(const SheetGuess& guess,
                                  const BlockGuess& block,
                                  const ColumnGroup& group, const Axes& axes);

}  // namespace collate::foi_spreadsheet

#endif  // COLLATE_PLUGINS_FOI_SPREADSHEET_SUGGEST_AXES_H_
