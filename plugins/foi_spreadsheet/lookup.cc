#include "plugins/foi_spreadsheet/lookup.h"

#include <algorithm>
#include <cstdint>
#include <set>
#include <utility>

#include "plugins/foi_spreadsheet/period_text.h"

namespace collate::foi_spreadsheet {
namespace {

using tabular::CellKind;
using tabular::Error;
using tabular::Printable;

bool IsDigit(char c) { return c >= '0' && c <= '9'; }
bool IsLetter(char c) {
  return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') ||
         static_cast<unsigned char>(c) >= 0x80;
}

// "arrested1": a footnote that lost its superscript, or a code.
bool EndsInGluedDigits(const std::string& text) {
  size_t i = text.size();
  while (i > 0 && IsDigit(text[i - 1])) --i;
  return i > 0 && i < text.size() && IsLetter(text[i - 1]);
}

// What spreadsheets make of ranges and save as text: "1520" was 15-20, "10-Nov"
// and "Nov-10" were 10-11.
bool LooksEaten(const std::string& text) {
  const auto is_number = [](std::string_view part) {
    return !part.empty() && std::all_of(part.begin(), part.end(), IsDigit);
  };
  const auto is_month = [](std::string_view part) {
    static constexpr std::string_view kMonths =
        "Jan Feb Mar Apr May Jun Jul Aug Sep Oct Nov Dec";
    return part.size() == 3 && part.find(' ') == std::string_view::npos &&
           kMonths.find(part) != std::string_view::npos;
  };
  if (is_number(text)) return true;
  const size_t dash = text.find('-');
  if (dash == std::string::npos) return false;
  const std::string_view before = std::string_view(text).substr(0, dash);
  const std::string_view after = std::string_view(text).substr(dash + 1);
  return (is_number(before) && is_month(after)) ||
         (is_month(before) && is_number(after));
}

class Resolver {
 public:
  Resolver(const Recipe& recipe, const pb::Table& table,
           const pb::Dimension& dimension, const Block& block,
           const Anchors& anchors, const Sheet& sheet, TableReading* reading)
      : recipe_(recipe),
        table_(table),
        dimension_(dimension),
        block_(block),
        anchors_(anchors),
        sheet_(sheet),
        reading_(reading) {}

  AxisLabels Cells() {
    AxisLabels out;
    // A row's headers lie to its left, or above it in one column.
    switch (dimension_.source_case()) {
      case pb::Dimension::kDirectly:
        out.along = dimension_.directly().direction() == pb::DIRECTION_LEFT
                        ? Along::kRows
                        : Along::kColumns;
        break;
      case pb::Dimension::kClosest:
        out.along = dimension_.closest().direction() == pb::DIRECTION_UP
                        ? Along::kRows
                        : Along::kColumns;
        break;
      default:
        out.along = dimension_.within().direction() == pb::DIRECTION_LEFT
                        ? Along::kRows
                        : Along::kColumns;
        break;
    }
    rows_ = out.along == Along::kRows;
    const std::vector<BoxLine>& lines = rows_ ? block_.rows : block_.columns;
    std::vector<size_t> cells;
    for (const BoxLine& line : lines) {
      size_t cell = Sheet::kNone;
      if (!line.skipped) {
        cell = Find(line.number);
        if (cell == Sheet::kNone && dimension_.blank().empty()) {
          Fault("HEADER_MISSING",
                "no header for '" + dimension_.name() + "' belongs to this " +
                    (rows_ ? "row" : "column"),
                "a header cell", "", PlaceOf(line.number));
        }
      }
      cells.push_back(cell);
    }
    Pin(cells);
    std::map<size_t, Label> known;
    std::string whole;
    for (size_t i = 0; i < cells.size(); ++i) {
      const size_t cell = cells[i];
      if (cell == Sheet::kNone) {
        Label& label = out.labels.emplace_back();
        if (lines[i].skipped || dimension_.blank().empty()) continue;
        label.printed = CleanText(dimension_.blank());
        label.rank = known.size();
        Finish(PlaceOf(lines[i].number), /*occurrence=*/1, &label);
        continue;
      }
      auto [at, is_new] = known.try_emplace(cell);
      if (is_new) {
        at->second = MakeLabel(cell, known.size() - 1, lines[i].total);
      }
      if (is_new && at->second.level == pb::LEVEL_OF_WHICH) {
        at->second.parent = whole;
        if (whole.empty()) {
          Fault("PARENT_MISSING", "a part stands before any whole",
                "a label that is a whole before it", at->second.text,
                sheet_.cells()[cell].locator);
        }
      } else if (is_new) {
        whole = at->second.text;
      }
      out.labels.push_back(at->second);
    }
    return out;
  }

  AxisLabels Fixed(std::string text, size_t cell) {
    AxisLabels out;
    Label label;
    label.printed = CleanText(text);
    label.cell = cell;
    Finish(
        cell == Sheet::kNone ? reading_->anchor : sheet_.cells()[cell].locator,
        /*occurrence=*/1, &label);
    out.labels.push_back(std::move(label));
    return out;
  }

 private:
  void Fault(const char* reason, std::string message, std::string expected,
             std::string found, const tabular::Locator& place) {
    reading_->AddFault(Error{.reason = reason,
                             .message = std::move(message),
                             .expected = std::move(expected),
                             .found = std::move(found),
                             .locator = place});
  }

  tabular::Locator PlaceOf(uint32_t number) const {
    return rows_ ? sheet_.Place(number, block_.columns.front().number)
                 : sheet_.Place(block_.rows.front().number, number);
  }

  // The row or column in which the headers stand.
  int64_t LineOf(const std::string& anchor, int32_t offset, bool is_row) const {
    const Spot at = AnchorOf(anchor, block_.anchor, anchors_);
    return (is_row ? at.row : at.column) + offset;
  }

  size_t Find(uint32_t number) {
    switch (dimension_.source_case()) {
      case pb::Dimension::kDirectly: {
        const pb::Directly& rule = dimension_.directly();
        const int64_t line = LineOf(rule.anchor(), rule.offset(), !rows_);
        return rows_ ? sheet_.At(number, line) : sheet_.At(line, number);
      }
      case pb::Dimension::kClosest:
        return FindClosest(dimension_.closest(), number);
      default:
        return FindSpanner(dimension_.within(), number);
    }
  }

  int64_t NumberOf(size_t cell) const {
    const SheetCell& at = sheet_.cells()[cell];
    return rows_ ? at.row() : at.column();
  }
  // Along the line of headers: `line` is a column where labels go by rows.
  size_t Before(int64_t line, int64_t number) const {
    return rows_ ? sheet_.BeforeInColumn(number, line)
                 : sheet_.BeforeInRow(line, number);
  }
  size_t After(int64_t line, int64_t number) const {
    return rows_ ? sheet_.AfterInColumn(number, line)
                 : sheet_.AfterInRow(line, number);
  }

  size_t FindClosest(const pb::Closest& rule, uint32_t number) {
    const int64_t line = LineOf(rule.anchor(), rule.offset(), !rows_);
    const std::vector<BoxLine>& lines = rows_ ? block_.rows : block_.columns;
    const int64_t first = int64_t{lines.front().number} - rule.before();
    const int64_t last = lines.back().number;
    const Pattern* pattern =
        rule.regex().empty() ? nullptr : &recipe_.pattern(rule.regex());
    const auto fits = [&](size_t cell) {
      return pattern == nullptr || pattern->Finds(sheet_.cells()[cell].label);
    };
    size_t before = Before(line, number);
    while (before != Sheet::kNone && !fits(before) &&
           NumberOf(before) >= first) {
      before = Before(line, NumberOf(before) - 1);
    }
    if (before != Sheet::kNone &&
        (NumberOf(before) < first ||
         number - NumberOf(before) > rule.max_distance())) {
      before = Sheet::kNone;
    }
    if (!rule.both_sides()) return before;
    size_t after = After(line, int64_t{number} + 1);
    while (after != Sheet::kNone && !fits(after) && NumberOf(after) <= last) {
      after = After(line, NumberOf(after) + 1);
    }
    if (after != Sheet::kNone &&
        (NumberOf(after) > last ||
         NumberOf(after) - number > rule.max_distance())) {
      after = Sheet::kNone;
    }
    if (before == Sheet::kNone) return after;
    if (after == Sheet::kNone) return before;
    const int64_t back = number - NumberOf(before);
    const int64_t on = NumberOf(after) - number;
    if (back == on) {
      Fault("AMBIGUOUS_HEADER", "two headers are equally near",
            "one nearest header",
            sheet_.cells()[before].label + ", " + sheet_.cells()[after].label,
            PlaceOf(number));
    }
    return back < on ? before : after;
  }

  size_t FindSpanner(const pb::Within& rule, uint32_t number) const {
    const int64_t line = LineOf(rule.anchor(), rule.offset(), !rows_);
    if (rule.by() == pb::SPAN_BY_END) return After(line, number);
    const size_t cell = Before(line, number);
    if (cell == Sheet::kNone || rule.by() == pb::SPAN_BY_START) return cell;
    const SheetCell& at = sheet_.cells()[cell];
    const tabular::Merge merge = sheet_.MergeAt(at.row(), at.column());
    return number <= (rows_ ? merge.row_end : merge.column_end) ? cell
                                                                : Sheet::kNone;
  }

  // The text of a header without what the recipe cuts off.
  std::string Cleaned(const SheetCell& cell, std::vector<std::string>* notes) {
    std::string text = cell.label;
    if (cell.kind == CellKind::kNumber && dimension_.numbers()) {
      text = cell.value;
    }
    bool cut = true;
    for (int rounds = 0; cut && rounds < 10; ++rounds) {
      cut = false;
      for (const std::string& regex : table_.labels().notes()) {
        const auto found = recipe_.pattern(regex).Find(text);
        if (found.empty() || found[0].first == found[0].second) continue;
        notes->push_back(CleanText(
            text.substr(found[0].first, found[0].second - found[0].first)));
        text.erase(found[0].first, found[0].second - found[0].first);
        text = CleanText(text);
        cut = true;
      }
    }
    return text;
  }

  // Holds the headers against the pinned list.
  void Pin(const std::vector<size_t>& cells) {
    if (dimension_.expect().empty()) return;
    reading_->pinned = true;
    std::vector<size_t> distinct;
    for (const size_t cell : cells) {
      if (cell == Sheet::kNone) continue;
      if (distinct.empty() || distinct.back() != cell) distinct.push_back(cell);
    }
    const auto expected = static_cast<size_t>(dimension_.expect_size());
    for (size_t i = 0; i < std::max(distinct.size(), expected); ++i) {
      std::vector<std::string> notes;
      const std::string found =
          i < distinct.size() ? Cleaned(sheet_.cells()[distinct[i]], &notes)
                              : "";
      const std::string wanted =
          i < expected ? CleanText(dimension_.expect(static_cast<int>(i))) : "";
      if (i < distinct.size() && i < expected && found == wanted) continue;
      Fault("HEADER_MOVED",
            "header " + std::to_string(i + 1) + " of '" + dimension_.name() +
                "' is not the one that the recipe expects",
            i < expected ? wanted : "no further header",
            i < distinct.size() ? found : "no further header",
            i < distinct.size() ? sheet_.cells()[distinct[i]].locator
                                : reading_->anchor);
      return;  // whatever follows is out of step
    }
  }

  Label MakeLabel(size_t index, size_t rank, bool only_checked) {
    const SheetCell& cell = sheet_.cells()[index];
    Label label;
    label.cell = index;
    label.rank = rank;
    label.printed = Cleaned(cell, &label.notes);
    if (!cell.superscript.empty()) {
      if (table_.labels().superscript_notes()) {
        label.notes.push_back(cell.superscript);
      } else {
        Fault("SUPERSCRIPT", "a header has a superscript",
              "no superscript, or labels { superscript_notes: true }",
              Printable(cell.superscript), cell.locator);
      }
    }
    const bool pinned =
        std::find(dimension_.expect().begin(), dimension_.expect().end(),
                  label.printed) != dimension_.expect().end();
    const bool number = cell.kind == CellKind::kNumber && dimension_.numbers();
    // A file of plain text has lost what the cell was; its look is left.
    const bool eaten = sheet_.is_text() && !dimension_.numbers() && !pinned &&
                       dimension_.name() != "period" &&
                       LooksEaten(label.printed);
    if ((cell.kind != CellKind::kText && !number) || eaten) {
      Fault("LABEL_NOT_TEXT",
            "a header is a number or a date; it may be a range or code that a "
            "spreadsheet has changed",
            "a text, or a label in `expect`", Printable(cell.label),
            cell.locator);
    }
    if (!pinned && !table_.labels().glued_digits() &&
        EndsInGluedDigits(label.printed)) {
      Fault("DIGIT_GLUED",
            "a digit is glued to a header: a footnote, or part of the label",
            "a label in `expect`, or labels { glued_digits: true }",
            Printable(label.printed), cell.locator);
    }
    Finish(cell.locator, ++occurrences_[label.printed], &label, only_checked);
    return label;
  }

  // From the printed label to what is handed on.
  void Finish(const tabular::Locator& place, uint32_t occurrence, Label* label,
              bool only_checked = false) {
    label->text = label->printed;
    bool mapped = false;
    for (const pb::LabelRule& rule : dimension_.map()) {
      if (CleanText(rule.text()) != label->printed ||
          (rule.occurrence() != 0 && rule.occurrence() != occurrence)) {
        continue;
      }
      label->text = rule.to();
      mapped = true;
      break;
    }
    const bool formed =
        dimension_.form().empty() ||
        recipe_.pattern(dimension_.form()).Finds(label->printed);
    if ((dimension_.map_is_complete() && !mapped) || !formed ||
        label->printed.empty()) {
      Fault("UNKNOWN_LABEL_FORM",
            "a label of '" + dimension_.name() +
                "' that the recipe does not "
                "know",
            formed ? "a label of the map" : "a label like " + dimension_.form(),
            Printable(label->printed), place);
    }
    for (const pb::LevelRule& rule : dimension_.levels()) {
      if (!recipe_.pattern(rule.regex()).Finds(label->text)) continue;
      label->level = rule.level();
      break;
    }
    // A row "Total" among periods is none, and is never published.
    if (dimension_.name() == "period" && !only_checked) {
      ReadPeriodOf(place, label);
    }
  }

  void ReadPeriodOf(const tabular::Locator& place, Label* label) {
    for (const int form : dimension_.period_forms()) {
      const auto period =
          ReadPeriod(static_cast<pb::PeriodForm>(form), label->text);
      if (!period.has_value()) continue;
      label->period = *period;
      label->period.text = label->printed;
      return;
    }
    std::string expected;
    for (const int form : dimension_.period_forms()) {
      expected += (expected.empty() ? "" : ", ") +
                  pb::PeriodForm_Name(static_cast<pb::PeriodForm>(form));
    }
    Fault("UNKNOWN_PERIOD", "a period in a form that the recipe does not name",
          expected, Printable(label->text), place);
  }

  const Recipe& recipe_;
  const pb::Table& table_;
  const pb::Dimension& dimension_;
  const Block& block_;
  const Anchors& anchors_;
  const Sheet& sheet_;
  TableReading* reading_;
  bool rows_ = false;
  std::map<std::string, uint32_t> occurrences_;
};

}  // namespace

AxisLabels LookUp(const Recipe& recipe, const pb::Table& table,
                  const pb::Dimension& dimension, const Block& block,
                  const Anchors& anchors, const Sheet& sheet,
                  const Manifest& manifest, TableReading* reading) {
  Resolver resolver(recipe, table, dimension, block, anchors, sheet, reading);
  const auto fail = [&](const char* reason, std::string message,
                        std::string expected, std::string found) {
    reading->AddFault(Error{.reason = reason,
                            .message = std::move(message),
                            .expected = std::move(expected),
                            .found = std::move(found),
                            .locator = reading->anchor});
    AxisLabels out;
    out.labels.emplace_back();
    return out;
  };
  switch (dimension.source_case()) {
    case pb::Dimension::kConstant:
      return resolver.Fixed(dimension.constant().text(), Sheet::kNone);
    case pb::Dimension::kManifest: {
      if (dimension.name() == "period") {
        // The service reads it, in whichever form the sender gave it.
        const bool given = manifest.count("period") > 0 ||
                           (manifest.count("period_first_day") > 0 &&
                            manifest.count("period_last_day") > 0);
        if (!given) {
          return fail("MANIFEST_MISSING",
                      "the recipe takes the period from the manifest",
                      "`period`, or `period_first_day` and `period_last_day`",
                      "neither");
        }
        AxisLabels out;
        out.labels.emplace_back();
        return out;
      }
      const auto value = manifest.find(dimension.name());
      if (value == manifest.end() || value->second.size() != 1) {
        return fail(
            "MANIFEST_MISSING",
            "the recipe takes '" + dimension.name() + "' from the manifest",
            "`" + dimension.name() + "` once",
            value == manifest.end() ? "none" : "several");
      }
      return resolver.Fixed(value->second[0], Sheet::kNone);
    }
    case pb::Dimension::kAnchorText: {
      const pb::AnchorText& rule = dimension.anchor_text();
      const Spot at = AnchorOf(rule.anchor(), block.anchor, anchors);
      const size_t cell = sheet.At(at.row, at.column);
      const std::string& text = sheet.cells()[cell].label;
      const auto found = recipe.pattern(rule.regex()).Find(text);
      if (found.size() < 2 || found[1].first == found[1].second) {
        return fail("HEADER_MOVED",
                    "a text does not say '" + dimension.name() +
                        "' where the recipe looks for it",
                    rule.regex(), Printable(text));
      }
      return resolver.Fixed(
          text.substr(found[1].first, found[1].second - found[1].first), cell);
    }
    case pb::Dimension::kSheetName: {
      const std::string& regex = dimension.sheet_name().regex();
      const auto found = recipe.pattern(regex).Find(sheet.name());
      if (found.size() < 2 || found[1].first == found[1].second) {
        return fail(
            "HEADER_MOVED",
            "the name of the sheet does not say '" + dimension.name() + "'",
            regex, Printable(sheet.name()));
      }
      return resolver.Fixed(
          sheet.name().substr(found[1].first, found[1].second - found[1].first),
          Sheet::kNone);
    }
    default:
      return resolver.Cells();
  }
}

}  // namespace collate::foi_spreadsheet
