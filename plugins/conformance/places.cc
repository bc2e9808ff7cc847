#include "plugins/conformance/places.h"

#include <algorithm>
#include <map>
#include <memory>
#include <optional>
#include <utility>

#include "absl/strings/ascii.h"
#include "absl/strings/escaping.h"
#include "absl/strings/match.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/str_replace.h"
#include "absl/strings/string_view.h"
#include "plugins/tabular/budget.h"
#include "plugins/tabular/grid.h"
#include "plugins/tabular/source.h"
#include "plugins/tabular/workbook.h"
#include "service/worker/utf8.h"

namespace collate::conformance {
namespace {

using ingest::RawDocument;
using ingest::RawLocator;
using ingest::RawObservation;

constexpr size_t kFaultsTold = 3;

void Tell(std::vector<std::string>* faults, std::string fault) {
  if (faults->size() < kFaultsTold) faults->push_back(std::move(fault));
}

// Lines of a text, and the records that begin on them.
class Text {
 public:
  explicit Text(absl::string_view bytes) : bytes_(bytes) {
    starts_.push_back(0);
    for (size_t at = 0; at < bytes.size(); ++at) {
      const bool crlf =
          bytes[at] == '\r' && at + 1 < bytes.size() && bytes[at + 1] == '\n';
      if (bytes[at] == '\n' || (bytes[at] == '\r' && !crlf)) {
        starts_.push_back(at + 1);
      }
    }
  }

  uint64_t line_count() const { return starts_.size(); }

  // From a line to the end of the record that begins there: a line break
  // within quotes does not end it.
  absl::string_view RecordAt(uint64_t line) const {
    const size_t begin = starts_[line - 1];
    size_t quotes = 0;
    size_t end = begin;
    for (; end < bytes_.size(); ++end) {
      if (bytes_[end] == '"') ++quotes;
      if ((bytes_[end] == '\n' || bytes_[end] == '\r') && quotes % 2 == 0) {
        break;
      }
    }
    return bytes_.substr(begin, end - begin);
  }

 private:
  const absl::string_view bytes_;
  std::vector<size_t> starts_;
};

// No record has more fields than this, whatever parts them.
uint64_t MostFields(absl::string_view record) {
  uint64_t most = 0;
  for (const char delimiter : {',', ';', '\t', '|'}) {
    most =
        std::max<uint64_t>(most, static_cast<uint64_t>(std::count(
                                     record.begin(), record.end(), delimiter)));
  }
  return most + 1;
}

bool IsInRecord(absl::string_view token, absl::string_view record) {
  const std::string trimmed(absl::StripAsciiWhitespace(token));
  return absl::StrContains(record, trimmed) ||
         absl::StrContains(record,
                           absl::StrReplaceAll(trimmed, {{"\"", "\"\""}}));
}

// Every cell of a workbook that holds something: what it shows and stores.
class Sheets final : public tabular::GridSink {
 public:
  using Key = std::pair<uint32_t, uint32_t>;

  // False when the bytes are no workbook that can be read.
  bool Read(const Fixture& fixture) {
    tabular::MemorySource source(fixture.bytes);
    tabular::Budget budget;
    std::unique_ptr<tabular::Workbook> workbook;
    if (!tabular::Workbook::Open(source, {.part = fixture.name}, budget,
                                 &workbook)
             .ok()) {
      return false;
    }
    for (const tabular::SheetInfo& sheet : workbook->sheets()) {
      sheets_[sheet.name];
      if (!workbook->ReadSheet(sheet.index, *this).ok()) return false;
    }
    return true;
  }

  tabular::Status OnRow(const tabular::Row& row) override {
    auto& cells = sheets_[row.grid->sheet];
    for (const tabular::Cell& cell : row.cells) {
      cells[{cell.locator.row, cell.locator.column}] = {
          std::string(cell.text), std::string(cell.raw),
          std::string(cell.value)};
    }
    return tabular::OkStatus();
  }

  bool Has(const std::string& sheet) const { return sheets_.contains(sheet); }
  const std::vector<std::string>* Find(const std::string& sheet,
                                       Key key) const {
    const auto& cells = sheets_.at(sheet);
    const auto found = cells.find(key);
    return found == cells.end() ? nullptr : &found->second;
  }

 private:
  std::map<std::string, std::map<Key, std::vector<std::string>>> sheets_;
};

class Checker {
 public:
  Checker(const Fixture& fixture, Places* places)
      : fixture_(fixture), places_(*places) {
    if (sheets_.Read(fixture)) {
      kind_ = Kind::kWorkbook;
    } else if (worker::IsText(fixture.bytes)) {
      kind_ = Kind::kText;
      text_.emplace(fixture.bytes);
    }
  }

  void Check(const RawDocument& document) {
    for (size_t i = 0; i < document.observations.size(); ++i) {
      const RawObservation& row = document.observations[i];
      const std::string who =
          absl::StrCat(fixture_.name, ", observation ", i + 1);
      if (!IsSomewhere(row.locator)) {
        Tell(&places_.faults, absl::StrCat(who, " says no place"));
      } else if (CheckPlace(row.locator, who)) {
        CheckToken(row, who);
      }
      for (const RawLocator& header : row.headers) {
        if (IsSomewhere(header)) {
          CheckPlace(header, absl::StrCat(who, ", header"));
        }
      }
      if (vocabulary::IsPrinted(row.state) && row.records == 0 &&
          row.raw.empty()) {
        Tell(&places_.token_faults,
             absl::StrCat(who, " has a number and no token"));
      }
    }
    for (const ingest::RawDiagnostic& found : document.diagnostics) {
      if (IsSomewhere(found.locator)) {
        CheckPlace(found.locator,
                   absl::StrCat(fixture_.name, ", finding ", found.reason));
      }
    }
  }

 private:
  enum class Kind { kOther, kText, kWorkbook };

  static bool IsSomewhere(const RawLocator& at) {
    return at.row != 0 || at.line != 0 || at.byte_end != 0 ||
           !at.part.empty() || !at.sheet.empty();
  }

  bool Fault(const std::string& who, const std::string& what) {
    Tell(&places_.faults, absl::StrCat(who, ": ", what));
    return false;
  }

  // True when the place exists; false when it does not or cannot be looked up.
  bool CheckPlace(const RawLocator& at, const std::string& who) {
    if (!at.part.empty() || kind_ == Kind::kOther ||
        (kind_ == Kind::kWorkbook && at.sheet.empty())) {
      ++places_.unchecked;
      return false;
    }
    ++places_.checked;
    return kind_ == Kind::kText ? CheckInText(at, who) : CheckInSheet(at, who);
  }

  bool CheckInText(const RawLocator& at, const std::string& who) {
    if (!at.sheet.empty()) {
      return Fault(who, absl::StrCat("sheet '", at.sheet, "' of a text"));
    }
    if (at.byte_end > fixture_.bytes.size()) {
      return Fault(who, absl::StrCat("byte ", at.byte_end, " of ",
                                     fixture_.bytes.size()));
    }
    const uint64_t lines = text_->line_count();
    if (at.line > lines || at.row > lines || at.row_end > lines) {
      return Fault(who, absl::StrCat("line ", at.line, ", row ",
                                     std::max(at.row, at.row_end), " of ",
                                     lines, " lines"));
    }
    if (at.line == 0) return true;
    const uint64_t fields = MostFields(text_->RecordAt(at.line));
    const uint32_t column = std::max(at.column, at.column_end);
    if (column > fields) {
      return Fault(who,
                   absl::StrCat("line ", at.line, " has ", fields,
                                " columns at most and no column ", column));
    }
    return true;
  }

  bool CheckInSheet(const RawLocator& at, const std::string& who) {
    if (!sheets_.Has(at.sheet)) {
      return Fault(who, absl::StrCat("there is no sheet '", at.sheet, "'"));
    }
    return true;
  }

  // A token that the sender's adapter made up cannot be cited.
  void CheckToken(const RawObservation& row, const std::string& who) {
    const RawLocator& at = row.locator;
    if (row.raw.empty() || at.row_end != 0 || at.column_end != 0) return;
    if (kind_ == Kind::kText && at.line != 0) {
      ++places_.tokens_checked;
      if (!IsInRecord(row.raw, text_->RecordAt(at.line))) {
        Tell(&places_.token_faults,
             absl::StrCat(who, ": line ", at.line, " does not hold '",
                          absl::CHexEscape(row.raw), "'"));
      }
    }
    if (kind_ == Kind::kWorkbook && at.row != 0 && at.column != 0) {
      ++places_.tokens_checked;
      const auto* cell = sheets_.Find(at.sheet, {at.row, at.column});
      const auto same = [&](const std::string& text) {
        return absl::StripAsciiWhitespace(text) ==
               absl::StripAsciiWhitespace(row.raw);
      };
      if (cell == nullptr || std::none_of(cell->begin(), cell->end(), same)) {
        Tell(&places_.token_faults,
             absl::StrCat(who, ": row ", at.row, ", column ", at.column,
                          " of sheet '", at.sheet, "' does not hold '",
                          absl::CHexEscape(row.raw), "'"));
      }
    }
  }

  const Fixture& fixture_;
  Places& places_;
  Kind kind_ = Kind::kOther;
  std::optional<Text> text_;
  Sheets sheets_;
};

}  // namespace

Places CheckPlaces(const Fixture& fixture,
                   const ingest::RawDocument& document) {
  Places places;
  Checker(fixture, &places).Check(document);
  return places;
}

}  // namespace collate::conformance
