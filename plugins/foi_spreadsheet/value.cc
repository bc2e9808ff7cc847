#include "plugins/foi_spreadsheet/value.h"

#include <algorithm>
#include <optional>
#include <string>
#include <string_view>
#include <utility>

#include "plugins/tabular/number.h"

namespace collate::foi_spreadsheet {
namespace {

using sdk::Decimal;
using sdk::State;
using tabular::CellKind;
using tabular::Error;
using tabular::Locator;
using tabular::Printable;

// Of figures that are never added; more than a publisher prints.
constexpr int64_t kDecimals = 9;

State StateOf(pb::State state) {
  switch (state) {
    case pb::STATE_SUPPRESSED:
      return State::kSuppressed;
    case pb::STATE_NOT_HELD:
      return State::kNotHeld;
    case pb::STATE_REFUSED:
      return State::kRefused;
    case pb::STATE_NO_RESPONSE:
      return State::kNoResponse;
    case pb::STATE_NOT_APPLICABLE:
      return State::kNotApplicable;
    case pb::STATE_NOT_ASKED:
      return State::kNotAsked;
    case pb::STATE_INCLUDED_ELSEWHERE:
      return State::kIncludedElsewhere;
    case pb::STATE_OMITTED_BY_PUBLISHER:
      return State::kOmittedByPublisher;
    case pb::STATE_REPORTED:
      return State::kReported;
    default:
      return State::kNotShown;
  }
}

uint64_t FlagOf(pb::Flag flag) {
  switch (flag) {
    case pb::FLAG_PROVISIONAL:
      return COLLATE_FLAG_PROVISIONAL;
    case pb::FLAG_REVISED:
      return COLLATE_FLAG_REVISED;
    case pb::FLAG_ESTIMATED:
      return COLLATE_FLAG_ESTIMATED;
    case pb::FLAG_SERIES_BREAK:
      return COLLATE_FLAG_SERIES_BREAK;
    case pb::FLAG_DEFINITION_DIFFERS:
      return COLLATE_FLAG_DEFINITION_DIFFERS;
    default:
      return 0;
  }
}

template <typename Meaning>
void Mean(const Meaning& meaning, Figure* figure) {
  figure->state = StateOf(meaning.state());
  figure->reason = meaning.reason();
  figure->value.reset();
  figure->lower.reset();
  figure->upper.reset();
  if (meaning.has_value()) figure->value = Decimal{meaning.value(), 0};
  if (meaning.has_lower()) figure->lower = Decimal{meaning.lower(), 0};
  if (meaning.has_upper()) figure->upper = Decimal{meaning.upper(), 0};
}

bool Fault(TableReading* reading, const Locator& place, const char* reason,
           std::string message, std::string expected, std::string found) {
  reading->AddFault(Error{.reason = reason,
                          .message = std::move(message),
                          .expected = std::move(expected),
                          .found = std::move(found),
                          .locator = place});
  return false;
}

std::string Known(const pb::Table& table) {
  std::string out = "a number";
  for (const pb::Marker& marker : table.markers()) {
    out += ", '" + marker.text() + "'";
  }
  return out;
}

// Cuts the marks behind a number off; the longest that fits goes first.
bool TakeMark(const pb::Table& table, std::string* text, Figure* figure) {
  const pb::InCellMark* best = nullptr;
  for (const pb::InCellMark& mark : table.in_cell_marks()) {
    if (text->size() > mark.text().size() && text->ends_with(mark.text()) &&
        (best == nullptr || mark.text().size() > best->text().size())) {
      best = &mark;
    }
  }
  if (best == nullptr) return false;
  *text = CleanText(
      std::string_view(*text).substr(0, text->size() - best->text().size()));
  figure->flags |= FlagOf(best->flag());
  figure->notes.push_back(best->note());
  return true;
}

bool ReadNumber(const pb::Table& table, std::string_view text,
                const Locator& place, Figure* figure, TableReading* reading) {
  tabular::Decimal number;
  bool exact = true;
  const bool whole = !table.measure().never_added();
  const tabular::Status parsed =
      whole ? tabular::ParseDecimal(text, &number)
            : tabular::ParseRounded(text, kDecimals, &number, &exact);
  if (!parsed.ok()) {
    return Fault(reading, place,
                 parsed.error().reason == "UNPARSED_NUMBER"
                     ? "UNKNOWN_MARKER"
                     : parsed.error().reason.c_str(),
                 "a cell of the table is neither a number nor a mark that the "
                 "recipe knows",
                 Known(table), Printable(std::string(text)));
  }
  if (whole && number.scale != 0) {
    return Fault(reading, place, "NOT_AN_INTEGER", "a count has a fraction",
                 "a whole number", Printable(std::string(text)));
  }
  if (number.mantissa < 0 && table.measure().floor() == pb::FLOOR_ZERO) {
    return Fault(reading, place, "NEGATIVE_FIGURE",
                 "a figure below zero in a table that counts from zero",
                 "0 or more", Printable(std::string(text)));
  }
  figure->state = State::kReported;
  figure->value = Decimal{number.mantissa, number.scale};
  if (!table.has_rounding()) return true;

  const int64_t base = table.rounding().base();
  if (number.scale != 0 || number.mantissa % base != 0) {
    return Fault(reading, place, "NOT_ROUNDED",
                 "a figure is no multiple of the base that figures are "
                 "rounded to",
                 "a multiple of " + std::to_string(base),
                 Printable(std::string(text)));
  }
  figure->state = State::kRounded;
  // Half a base either side. No whole number lies on the edges of an odd base;
  // a percentage may.
  const bool tenths = !whole && base % 2 != 0;
  const int64_t unit = tenths ? 10 : 1;
  const int64_t half = tenths ? base * 5 : base / 2;
  int64_t middle = 0;
  int64_t lower = 0;
  int64_t upper = 0;
  if (__builtin_mul_overflow(number.mantissa, unit, &middle) ||
      __builtin_sub_overflow(middle, half, &lower) ||
      __builtin_add_overflow(middle, half, &upper)) {
    return Fault(reading, place, "NUMBER_OVERFLOW", "a figure is too large",
                 "a number that fits 64 bits", Printable(std::string(text)));
  }
  if (table.rounding().has_least()) {
    if (number.mantissa == 0) {
      lower = upper = 0;
    } else {
      int64_t least = 0;
      if (__builtin_mul_overflow(table.rounding().least(), unit, &least)) {
        return Fault(reading, place, "NUMBER_OVERFLOW", "`least` is too large",
                     "a number that fits 64 bits",
                     Printable(std::string(text)));
      }
      lower = std::max(lower, least);
    }
  }
  if (table.measure().floor() == pb::FLOOR_ZERO) {
    lower = std::max<int64_t>(lower, 0);
  }
  const int64_t scale = tenths ? 1 : 0;
  figure->lower = Decimal{lower, scale};
  figure->upper = Decimal{upper, scale};
  return true;
}

}  // namespace

bool ReadFigure(const pb::Table& table, const Sheet& sheet, size_t index,
                const Locator& place, Figure* figure, TableReading* reading) {
  if (index == Sheet::kNone) {
    figure->blank = true;
    figure->state = State::kNotShown;
    figure->reason = "blank, and the file does not say what that means";
    if (table.has_blank()) Mean(table.blank(), figure);
    return true;
  }
  const SheetCell& cell = sheet.cells()[index];
  figure->raw = cell.text;
  std::string text = cell.label;
  if (!cell.superscript.empty()) {
    text += CleanText(cell.superscript);
    if (!TakeMark(table, &text, figure)) {
      return Fault(reading, place, "UNKNOWN_MARKER",
                   "a figure has a superscript that is no mark of the recipe",
                   "one of in_cell_marks", Printable(cell.superscript));
    }
  }
  switch (cell.kind) {
    case CellKind::kText:
      break;
    case CellKind::kNumber:
      if (cell.percent) {
        return Fault(reading, place, "NOT_A_FIGURE",
                     "a percentage stands among figures",
                     "a number; skip the row or column of percentages",
                     Printable(cell.label));
      }
      return ReadNumber(table, cell.value, place, figure, reading);
    case CellKind::kEmpty:
      return Fault(reading, place, "FORMULA_WITHOUT_RESULT",
                   "a formula whose result is not stored", "a stored result",
                   "");
    default:
      return Fault(reading, place, "NOT_A_FIGURE",
                   "a date, a truth value or an error stands among figures",
                   Known(table), Printable(cell.label));
  }
  for (const pb::Marker& marker : table.markers()) {
    if (CleanText(marker.text()) != text) continue;
    Mean(marker, figure);
    figure->marked = figure->state != State::kReported;
    return true;
  }
  bool mark = false;
  while (TakeMark(table, &text, figure)) mark = true;
  tabular::Decimal ignored;
  const bool is_number = tabular::ParseDecimal(text, &ignored).ok();
  if (is_number && !mark && sheet.typed() && !table.numbers_as_text()) {
    return Fault(reading, place, "NUMBER_AS_TEXT", "a number is stored as text",
                 "a number, or numbers_as_text: true", Printable(text));
  }
  return ReadNumber(table, text, place, figure, reading);
}

void ReadBlankWhere(const Recipe& recipe, const pb::Table& table,
                    const std::vector<const Label*>& labels,
                    const Locator& place, Figure* figure,
                    TableReading* reading) {
  for (const pb::BlankWhere& rule : table.blank_where()) {
    const Label* label = nullptr;
    for (int i = 0; i < table.dimensions_size(); ++i) {
      if (table.dimensions(i).name() == rule.dimension()) {
        label = labels[static_cast<size_t>(i)];
      }
    }
    if (!recipe.pattern(rule.regex()).Finds(label->text)) continue;
    if (figure->blank) {
      Mean(rule.blank(), figure);
    } else if (figure->value.has_value()) {
      Fault(reading, place, "FIGURE_DESPITE_STATUS",
            "a figure stands where '" + rule.dimension() +
                "' says that there is none",
            "a blank cell or a mark beside '" + Printable(label->text) + "'",
            Printable(figure->raw));
    }
    return;
  }
}

void ReadFlag(const pb::Table& table, const SheetCell& cell, Figure* figure,
              TableReading* reading) {
  // A flag is often raised, and then no part of the cell's text.
  const std::string flag = CleanText(cell.label + " " + cell.superscript);
  for (const pb::InCellMark& mark : table.flag_cells().marks()) {
    if (CleanText(mark.text()) != flag) continue;
    if (figure->blank) {
      Fault(reading, cell.locator, "FLAG_WITHOUT_FIGURE",
            "a flag stands beside a blank cell", "a figure beside it",
            Printable(flag));
      return;
    }
    figure->flags |= FlagOf(mark.flag());
    figure->notes.push_back(mark.note());
    return;
  }
  std::string expected;
  for (const pb::InCellMark& mark : table.flag_cells().marks()) {
    expected += (expected.empty() ? "'" : ", '") + mark.text() + "'";
  }
  Fault(reading, cell.locator, "UNKNOWN_FLAG",
        "a cell beside a figure is no flag that the recipe knows", expected,
        Printable(flag));
}

}  // namespace collate::foi_spreadsheet
