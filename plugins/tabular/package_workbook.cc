#include "plugins/tabular/package_workbook.h"

#include "plugins/tabular/zip_directory.h"

namespace collate::tabular {

Status UnknownWorkbook(std::string found) {
  return Status(Error{.code = Code::kUnimplemented,
                      .reason = "WORKBOOK_UNKNOWN",
                      .message = "not a workbook of a kind that is read here",
                      .expected = "an .xlsx, .ods or .xls workbook or a .docx "
                                  "document, by its content",
                      .found = std::move(found)});
}

Status OldWorkbook() {
  return Status(Error{.code = Code::kUnimplemented,
                      .reason = "WORKBOOK_BIFF_NOT_READ",
                      .message = "an .xls workbook older than Excel 5.0",
                      .expected = "the same workbook saved as .xlsx",
                      .found = "an older version of its records"});
}

Status EncryptedWorkbook(std::string found) {
  return Status(Error{.reason = "WORKBOOK_ENCRYPTED",
                      .message = "the workbook is encrypted",
                      .expected = "a workbook without a password",
                      .found = std::move(found)});
}

Status Macros(std::string found) {
  return Status(Error{.reason = "WORKBOOK_MACROS",
                      .message = "the workbook carries macros",
                      .expected = "a workbook without macros",
                      .found = std::move(found)});
}

uint64_t CountCharacters(std::string_view text) {
  uint64_t count = 0;
  for (const char c : text) count += (c & 0xC0) != 0x80;
  return count;
}

void RichText::Clear() {
  text_.clear();
  superscript_.clear();
  runs_ = 0;
  characters_ = 0;
  touching_ = in_run_ = false;
}

void RichText::Append(std::string_view piece, bool superscript) {
  if (piece.empty()) return;
  characters_ += CountCharacters(piece);
  if (!superscript) {
    text_.append(piece);
    touching_ = in_run_ = false;
    return;
  }
  if (!touching_ && !superscript_.empty()) superscript_ += '\n';
  if (!in_run_) ++runs_;
  superscript_.append(piece);
  touching_ = in_run_ = true;
}

Status BadStructure(std::string message, std::string expected,
                    std::string found) {
  return Status(Error{.reason = "WORKBOOK_BAD_STRUCTURE",
                      .message = std::move(message),
                      .expected = std::move(expected),
                      .found = std::move(found)});
}

std::string_view RowBuilder::Keep(std::string_view text) {
  if (text.empty()) return "";
  if (kept_count_ == kept_.size()) {
    kept_.push_back(std::make_unique<std::string>());
  }
  std::string& copy = *kept_[kept_count_++];
  copy.assign(text);
  kept_bytes_ += text.size();
  return copy;
}

void RowBuilder::Clear() {
  cells_.clear();
  kept_count_ = 0;
  kept_bytes_ = 0;
}

Status RowBuilder::Deliver(uint32_t row_number) {
  if (cells_.empty()) return OkStatus();
  Row row;
  row.grid = &grid_;
  row.locator.row = row_number;
  row.cells = cells_;
  if (++delivered_ > *spent_) {
    *spent_ = delivered_;
    COLLATE_TABULAR_RETURN_IF_ERROR(budget_.SpendRow(cells_.size()));
  }
  return sink_.OnRow(row);
}

Status SheetWorkbook::ReadSheet(uint32_t index, GridSink& sink) {
  std::vector<Merge> merges;
  return ReadKnown(index, &sink, &merges);
}

Status SheetWorkbook::ReadMerges(uint32_t index, std::vector<Merge>* merges) {
  merges->clear();
  if (index < known_.size() && known_[index].has_merges) {
    *merges = known_[index].merges;
    return OkStatus();
  }
  return ReadKnown(index, nullptr, merges);
}

Status SheetWorkbook::ReadKnown(uint32_t index, GridSink* sink,
                                std::vector<Merge>* merges) {
  // More are found again when they are asked for again.
  constexpr size_t kMergesKept = 10'000;
  if (index >= sheets_.size()) {
    return Named(
        Status(Error{.code = Code::kInternal,
                     .reason = "WORKBOOK_NO_SUCH_SHEET",
                     .message = "the workbook has no sheet of this index",
                     .expected = "below " + std::to_string(sheets_.size()),
                     .found = std::to_string(index)}));
  }
  Known& known = known_[index];
  const SheetInfo& sheet = sheets_[index];
  const GridInfo grid{.part = part_,
                      .sheet = sheet.name,
                      .index = index,
                      .hidden = sheet.hidden};
  const auto read = [&]() -> Status {
    if (sink == nullptr) return Read(index, nullptr, merges);
    RowBuilder rows(grid, budget_, *sink, &known.rows_spent);
    COLLATE_TABULAR_RETURN_IF_ERROR(sink->BeginGrid(grid));
    COLLATE_TABULAR_RETURN_IF_ERROR(Read(index, &rows, merges));
    known.counted = true;
    return sink->EndGrid(grid);
  };
  Status status = read();
  if (status.IsStop()) return OkStatus();
  if (!status.ok()) {
    if (status.error().sheet.empty()) status.error().sheet = sheet.name;
    return Named(std::move(status));
  }
  if (merges->size() <= kMergesKept) {
    known.merges = *merges;
    known.has_merges = true;
  }
  return OkStatus();
}

Status SheetWorkbook::AddSheet(SheetInfo sheet) {
  COLLATE_TABULAR_RETURN_IF_ERROR(budget_.CheckSheets(sheets_.size() + 1));
  for (const SheetInfo& other : sheets_) {
    if (SameName(other.name, sheet.name)) {
      return BadStructure("two sheets have one name", "",
                          Printable(sheet.name));
    }
  }
  sheet.index = static_cast<uint32_t>(sheets_.size());
  sheets_.push_back(std::move(sheet));
  known_.emplace_back();
  return OkStatus();
}

Status SheetWorkbook::Named(Status status) const {
  if (!status.ok() && status.error().part.empty()) {
    status.error().part = part_;
  }
  return status;
}

void SheetWorkbook::Found(const char* reason, const char* message,
                          const std::string& sheet, uint64_t count) {
  if (count == 0) return;
  for (Finding& finding : findings_) {
    if (finding.reason == reason && finding.sheet == sheet) {
      finding.count += count;
      return;
    }
  }
  findings_.push_back(Finding{.reason = reason,
                              .message = message,
                              .part = part_,
                              .sheet = sheet,
                              .count = count});
}

Status PackageWorkbook::ParsePart(size_t entry, XmlHandler& handler) {
  return ParseXml(*archive_, entry, budget_, handler);
}

}  // namespace collate::tabular
