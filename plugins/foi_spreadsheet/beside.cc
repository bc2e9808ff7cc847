#include "plugins/foi_spreadsheet/beside.h"

#include <algorithm>
#include <cstdint>
#include <utility>

namespace collate::foi_spreadsheet {
namespace {

using tabular::CellKind;
using tabular::Error;
using tabular::Printable;

constexpr char kCoverage[] = "stated_coverage";
constexpr char kPrintedBy[] = "printed_by";

// Nine digits are more reporters than there are.
constexpr size_t kMaxDigits = 9;

class BesideReader {
 public:
  BesideReader(const Recipe& recipe, const Block& block, const Anchors& anchors,
               const Sheet& sheet, TableReading* reading)
      : recipe_(recipe),
        block_(block),
        anchors_(anchors),
        sheet_(sheet),
        reading_(reading) {}

  BesideNotes Read(const char* key, const pb::Beside& rule) {
    BesideNotes out;
    out.key = key;
    if (rule.has_constant()) {
      out.lines.push_back({out.key + ": " + CleanText(rule.constant().text())});
      return out;
    }
    if (rule.has_anchor_text()) {
      TakePart(rule.anchor_text(), &out);
      return out;
    }
    const bool rows = rule.directly().direction() == pb::DIRECTION_LEFT;
    const Spot at = AnchorOf(rule.directly().anchor(), block_.anchor, anchors_);
    const int64_t line = (rows ? at.column : at.row) + rule.directly().offset();
    out.along = rows ? Along::kRows : Along::kColumns;
    for (const BoxLine& n : rows ? block_.rows : block_.columns) {
      out.lines.emplace_back();
      if (n.skipped) continue;
      const size_t cell =
          rows ? sheet_.At(n.number, line) : sheet_.At(line, n.number);
      const auto last = static_cast<uint32_t>(line);
      Take(out.key, cell,
           rows ? sheet_.Place(n.number, last) : sheet_.Place(last, n.number),
           &out.lines.back());
    }
    return out;
  }

 private:
  void Take(const std::string& key, size_t cell, const tabular::Locator& place,
            BesideNote* note) {
    const bool coverage = key == kCoverage;
    if (cell == Sheet::kNone) {
      if (!coverage) {
        Fault("PRINTED_BY_MISSING", "a figure names nobody who printed it",
              "a name", "", place);
      }
      return;
    }
    const SheetCell& from = sheet_.cells()[cell];
    note->cell = cell;
    const bool number = coverage && from.kind == CellKind::kNumber;
    const std::string text = number ? from.value : from.label;
    if (coverage && !IsStatedCoverage(text)) {
      Fault("STATED_COVERAGE", "a number of reporters is not as it is written",
            "a count of at least 1, then perhaps words, or a blank",
            Printable(text), from.locator);
    } else if (from.kind != CellKind::kText && !number) {
      Fault("PRINTED_BY_MISSING", "a figure names nobody who printed it",
            "a text", Printable(text), from.locator);
    }
    note->text = key + ": " + text;
  }

  void TakePart(const pb::AnchorText& rule, BesideNotes* out) {
    const Spot at = AnchorOf(rule.anchor(), block_.anchor, anchors_);
    const SheetCell& from = sheet_.cells()[sheet_.At(at.row, at.column)];
    const auto found = recipe_.pattern(rule.regex()).Find(from.label);
    std::string text;
    if (found.size() > 1) {
      text = CleanText(
          from.label.substr(found[1].first, found[1].second - found[1].first));
    }
    if (text.empty() || (out->key == kCoverage && !IsStatedCoverage(text))) {
      Fault("HEADER_MOVED",
            "a text does not say '" + out->key +
                "' where the recipe looks for it",
            rule.regex(), Printable(from.label), from.locator);
    }
    out->lines.push_back({out->key + ": " + text});
  }

  void Fault(const char* reason, std::string message, std::string expected,
             std::string found, const tabular::Locator& place) {
    reading_->AddFault(Error{.reason = reason,
                             .message = std::move(message),
                             .expected = std::move(expected),
                             .found = std::move(found),
                             .locator = place});
  }

  const Recipe& recipe_;
  const Block& block_;
  const Anchors& anchors_;
  const Sheet& sheet_;
  TableReading* reading_;
};

}  // namespace

bool IsStatedCoverage(std::string_view text) {
  const size_t digits =
      std::min(text.find_first_not_of("0123456789"), text.size());
  if (digits < 1 || digits > kMaxDigits || text[0] == '0') return false;
  return digits == text.size() || text[digits] == ' ';
}

std::vector<BesideNotes> ReadBeside(const Recipe& recipe,
                                    const pb::Table& table, const Block& block,
                                    const Anchors& anchors, const Sheet& sheet,
                                    TableReading* reading) {
  BesideReader reader(recipe, block, anchors, sheet, reading);
  std::vector<BesideNotes> out;
  if (table.has_stated_coverage()) {
    out.push_back(reader.Read(kCoverage, table.stated_coverage()));
  }
  if (table.has_printed_by()) {
    out.push_back(reader.Read(kPrintedBy, table.printed_by()));
  }
  return out;
}

}  // namespace collate::foi_spreadsheet
