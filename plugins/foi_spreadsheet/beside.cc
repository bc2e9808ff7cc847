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
  BesideReader(const Block& block, const Anchors& anchors, const Sheet& sheet,
               TableReading* reading)
      : block_(block), anchors_(anchors), sheet_(sheet), reading_(reading) {}

  BesideNotes Read(const char* key, const pb::Beside& rule) {
    BesideNotes out;
    out.key = key;
    if (rule.has_constant()) {
      out.lines.push_back({out.key + ": " + CleanText(rule.constant().text())});
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

  void Fault(const char* reason, std::string message, std::string expected,
             std::string found, const tabular::Locator& place) {
    reading_->AddFault(Error{.reason = reason,
                             .message = std::move(message),
                             .expected = std::move(expected),
                             .found = std::move(found),
                             .locator = place});
  }

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

std::vector<BesideNotes> ReadBeside(const pb::Table& table, const Block& block,
                                    const Anchors& anchors, const Sheet& sheet,
                                    TableReading* reading) {
  BesideReader reader(block, anchors, sheet, reading);
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
