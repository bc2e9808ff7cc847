#include "plugins/tabular/docx_tables.h"

#include <algorithm>
#include <charconv>
#include <utility>

namespace collate::tabular {
namespace {

enum {
  kDocumentPart = 1,
  kBody,
  kTable,
  kTableProperties,
  kRow,
  kRowProperties,
  kCell,
  kCellProperties,
  kParagraph,
  kParagraphProperties,
  kParagraphMark,
  kRun,
  kRunProperties,
  kRunText,
  kShape,  // looked through, never read
  // Added to the state of an element that stands around others of its kind,
  // such as an insertion: inside of it is as inside of its parent.
  kAround = 100,
  // The same of content in several versions, of which one is to be taken.
  kVersions = 200,
};

// Elements around others, wherever they stand.
constexpr std::string_view kTransparent[] = {
    "sdt",    "sdtContent", "customXml", "smartTag",  "hyperlink", "ins",
    "moveTo", "dir",        "bdo",       "fldSimple", "ruby",      "rubyBase"};

// Elements that hold nothing that is printed.
constexpr std::string_view kSilent[] = {"proofErr",
                                        "bookmarkStart",
                                        "bookmarkEnd",
                                        "commentRangeStart",
                                        "commentRangeEnd",
                                        "permStart",
                                        "permEnd",
                                        "moveFromRangeStart",
                                        "moveFromRangeEnd",
                                        "moveToRangeStart",
                                        "moveToRangeEnd",
                                        "customXmlInsRangeStart",
                                        "customXmlInsRangeEnd",
                                        "customXmlDelRangeStart",
                                        "customXmlDelRangeEnd",
                                        "sectPr",
                                        "tblGrid",
                                        "tblPrEx",
                                        "sdtPr",
                                        "sdtEndPr",
                                        "customXmlPr",
                                        "smartTagPr",
                                        "rubyPr",
                                        "lastRenderedPageBreak",
                                        "softHyphen",
                                        "delText",
                                        "instrText",
                                        "delInstrText",
                                        "annotationRef",
                                        "footnoteRef",
                                        "endnoteRef",
                                        "separator",
                                        "continuationSeparator"};

template <size_t n>
bool IsOneOf(const XmlElement& element, const std::string_view (&names)[n]) {
  return element.name().ns == Xmlns::kWord &&
         std::find(names, names + n, element.name().local) != names + n;
}

bool IsWord(const XmlElement& element, std::string_view name) {
  return element.Is(Xmlns::kWord, name);
}

bool IsBlank(std::string_view text) {
  return text.find_first_not_of(" \t\r\n\u00A0") == std::string_view::npos;
}

// A count of columns, at least one; false for what is none.
bool ReadCount(std::string_view text, uint32_t* count) {
  const auto [end, error] =
      std::from_chars(text.data(), text.data() + text.size(), *count);
  return error == std::errc() && end == text.data() + text.size();
}

std::string Roman(uint64_t number) {
  constexpr std::pair<uint64_t, const char*> kDigits[] = {
      {100, "c"}, {90, "xc"}, {50, "l"}, {40, "xl"}, {10, "x"},
      {9, "ix"},  {5, "v"},   {4, "iv"}, {1, "i"}};
  if (number >= 400) return std::to_string(number);
  std::string out;
  for (const auto& [value, digits] : kDigits) {
    for (; number >= value; number -= value) out += digits;
  }
  return out;
}

std::string Utf8(uint32_t code) {
  std::string out;
  if (code < 0x80) {
    out += static_cast<char>(code);
  } else if (code < 0x800) {
    out += static_cast<char>(0xC0 | code >> 6);
    out += static_cast<char>(0x80 | (code & 0x3F));
  } else {
    out += static_cast<char>(0xE0 | code >> 12);
    out += static_cast<char>(0x80 | (code >> 6 & 0x3F));
    out += static_cast<char>(0x80 | (code & 0x3F));
  }
  return out;
}

}  // namespace

Status DocxTables::Placed(Status status) const {
  if (status.ok() || open_.empty() || !status.error().sheet.empty()) {
    return status;
  }
  const Table& table = open_.back();
  status.error().sheet = tables_[table.index].name;
  status.error().locator.row = table.row;
  if (table.in_cell) status.error().locator.column = table.column;
  return status;
}

Status DocxTables::Finish() const {
  if (fields_.empty()) return OkStatus();
  return BadStructure(
      "a field is begun and never ended, and what stands "
      "behind it cannot be told from its instruction");
}

Status DocxTables::RefuseTable(std::string message, std::string found) {
  HeldTable& table = tables_[open_.back().index];
  if (!table.refusal.ok()) return OkStatus();
  Error error{.reason = "WORKBOOK_TRACKED_CELLS",
              .message = std::move(message),
              .expected = "tracked changes of the table's cells accepted",
              .found = std::move(found)};
  error.locator.row = open_.back().row;
  error.locator.column = open_.back().column;
  table.refusal = Status(std::move(error));
  return OkStatus();
}

bool DocxTables::InInstruction() const {
  return std::any_of(fields_.begin(), fields_.end(),
                     [](const Field& field) { return field.in_instruction; });
}

Status DocxTables::Say(std::string_view text, bool mark) {
  if (text.empty() || InInstruction()) return OkStatus();
  for (Field& field : fields_) field.has_result = true;
  if (!InCell()) {
    outside_text_ = outside_text_ || !IsBlank(text);
    return OkStatus();
  }
  OpenCell& cell = open_.back().cell;
  if (cell.line_feeds > 0) {
    COLLATE_TABULAR_RETURN_IF_ERROR(
        budget_.CheckCell(cell.rich.characters() + cell.line_feeds));
    if (!cell.rich.text().empty() || !cell.rich.superscript().empty()) {
      cell.rich.Append(std::string(cell.line_feeds, '\n'), false);
    }
    cell.line_feeds = 0;
  }
  const bool above = mark || superscript_;
  if (above && !run_began_) cell.rich.BeginRun();
  run_began_ = true;
  cell.rich.Append(text, above);
  cell.hidden = cell.hidden || hidden_;
  cell.formula = cell.formula || !fields_.empty();
  return budget_.CheckCell(cell.rich.characters());
}

int DocxTables::EnterBlock(const XmlElement& element, bool* known) {
  *known = true;
  if (IsWord(element, "p")) {
    EnterParagraph();
    return kParagraph;
  }
  if (IsWord(element, "tbl")) return kTable;
  *known = false;
  return kSkip;
}

Status DocxTables::Enter(int parent, const XmlElement& element, int* state) {
  if (parent == kDocument) {
    if (!IsWord(element, "document")) {
      return BadStructure("the document's part is not a document", "document",
                          Printable(std::string(element.name().local)));
    }
    *state = kDocumentPart;
    return OkStatus();
  }
  const int context = parent % kAround;
  if (parent >= kVersions) {
    // The one for programs that know no extension, such as this one.
    if (element.Is(Xmlns::kMarkup, "Fallback")) {
      versions_.back() = true;
      *state = context + kAround;
    }
    return OkStatus();
  }
  if (context == kDocumentPart) {
    if (IsWord(element, "body")) *state = kBody;
    return OkStatus();
  }
  if (context == kShape) {
    counts_.text_boxes += IsWord(element, "txbxContent");
    counts_.tables_in_shapes += IsWord(element, "tbl");
    *state = kShape;
    return OkStatus();
  }
  if (context == kRowProperties) return EnterRowProperties(element);
  if (context == kCellProperties) return EnterCellProperties(element);
  if (context == kParagraphProperties) {
    if (IsWord(element, "pStyle")) {
      paragraph_look_ = styles_.Of(WordValue(element));
    } else if (IsWord(element, "numPr")) {
      counts_.list_numbers += InCell();
    } else if (IsWord(element, "rPr")) {
      *state = kParagraphMark;
    }
    return OkStatus();
  }
  if (context == kParagraphMark) {
    const bool deleted = IsWord(element, "del") || IsWord(element, "moveFrom");
    counts_.tracked_changes += deleted || IsWord(element, "ins");
    paragraph_joined_ = paragraph_joined_ || deleted;
    return OkStatus();
  }
  if (context == kRunProperties) {
    if (IsWord(element, "rStyle")) run_style_ = styles_.Of(WordValue(element));
    run_direct_.Take(element);
    return OkStatus();
  }
  if (context == kTableProperties || context == kRunText) return OkStatus();

  // From here on, what may hold content.
  if (IsWord(element, "del") || IsWord(element, "moveFrom")) {
    ++counts_.tracked_changes;
    return OkStatus();
  }
  if (IsOneOf(element, kTransparent)) {
    counts_.tracked_changes +=
        IsWord(element, "ins") || IsWord(element, "moveTo");
    if (IsWord(element, "fldSimple") && InCell()) {
      open_.back().cell.formula = true;
    }
    *state = context + kAround;
    return OkStatus();
  }
  if (IsOneOf(element, kSilent)) return OkStatus();
  if (element.Is(Xmlns::kMarkup, "AlternateContent")) {
    versions_.push_back(false);
    *state = context + kVersions;
    return OkStatus();
  }
  if (IsWord(element, "altChunk") || IsWord(element, "subDoc")) {
    ++counts_.documents_inside;
    return OkStatus();
  }
  bool known = false;
  switch (context) {
    case kBody:
    case kCell:
      if (context == kCell && IsWord(element, "tcPr")) {
        *state = kCellProperties;
        return OkStatus();
      }
      *state = EnterBlock(element, &known);
      if (*state == kTable) return EnterTable();
      if (known) return OkStatus();
      break;
    case kTable:
      if (IsWord(element, "tr")) {
        Table& table = open_.back();
        ++table.row;
        table.column = 1;
        table.row_hidden = table.row_deleted = false;
        *state = kRow;
        return OkStatus();
      }
      if (IsWord(element, "tblPr")) {
        *state = kTableProperties;
        return OkStatus();
      }
      break;
    case kRow:
      if (IsWord(element, "tc")) {
        open_.back().cell = OpenCell();
        open_.back().in_cell = true;
        *state = kCell;
        return OkStatus();
      }
      if (IsWord(element, "trPr")) {
        *state = kRowProperties;
        return OkStatus();
      }
      break;
    case kParagraph:
      if (IsWord(element, "r")) {
        run_style_ = run_direct_ = RunLook();
        const RunLook look = paragraph_look_;
        superscript_ = look.superscript.value_or(false);
        hidden_ = look.hidden.value_or(false);
        run_began_ = false;
        *state = kRun;
        return OkStatus();
      }
      if (IsWord(element, "pPr")) {
        *state = kParagraphProperties;
        return OkStatus();
      }
      break;
    case kRun:
      return EnterRun(element, state);
    default:
      break;
  }
  ++counts_.unknown;
  return OkStatus();
}

void DocxTables::EnterParagraph() {
  paragraph_look_ = RunLook();
  if (InCell()) {
    OpenCell& cell = open_.back().cell;
    if (cell.has_paragraph && !paragraph_joined_) ++cell.line_feeds;
    cell.has_paragraph = true;
  }
  paragraph_joined_ = false;
}

Status DocxTables::EnterTable() {
  counts_.nested_tables += !open_.empty();
  COLLATE_TABULAR_RETURN_IF_ERROR(budget_.CheckSheets(tables_.size() + 1));
  Table& table = open_.emplace_back();
  table.index = tables_.size();
  paragraph_joined_ = false;
  tables_.emplace_back();
  tables_.back().name = "Table " + std::to_string(tables_.size());
  return OkStatus();
}

Status DocxTables::EnterRowProperties(const XmlElement& element) {
  Table& table = open_.back();
  if (IsWord(element, "ins")) {
    ++counts_.tracked_changes;
  } else if (IsWord(element, "del")) {
    ++counts_.tracked_changes;
    table.row_deleted = true;
  } else if (IsWord(element, "hidden")) {
    table.row_hidden = WordSwitch(element);
  } else if (IsWord(element, "gridBefore")) {
    uint32_t skipped = 0;
    if (!ReadCount(WordValue(element), &skipped)) {
      return BadStructure("a row's gridBefore is no count", "a whole number",
                          Printable(std::string(WordValue(element))));
    }
    COLLATE_TABULAR_RETURN_IF_ERROR(budget_.CheckColumns(skipped));
    table.column = 1 + skipped;
  }
  return OkStatus();
}

Status DocxTables::EnterCellProperties(const XmlElement& element) {
  OpenCell& cell = open_.back().cell;
  const std::string_view value = WordValue(element);
  if (IsWord(element, "gridSpan")) {
    if (!ReadCount(value, &cell.span) || cell.span == 0) {
      return BadStructure("a cell's gridSpan is no count",
                          "a whole number, at least 1",
                          Printable(std::string(value)));
    }
    return budget_.CheckColumns(cell.span);
  }
  if (IsWord(element, "vMerge")) {
    cell.restarts = value == "restart";
    cell.continues = !cell.restarts;
  } else if (IsWord(element, "hMerge")) {
    cell.covered = value != "restart";
  } else if (IsWord(element, "cellIns") || IsWord(element, "cellDel") ||
             IsWord(element, "cellMerge")) {
    ++counts_.tracked_changes;
    return RefuseTable(
        "a cell itself is a tracked change, so that its row "
        "has two shapes",
        std::string(element.name().local));
  }
  return OkStatus();
}

Status DocxTables::EnterField(const XmlElement& element) {
  constexpr size_t kMostFields = 64;
  std::string_view type;
  element.Get(Xmlns::kWord, "fldCharType", &type);
  if (type == "begin") {
    if (fields_.size() == kMostFields) {
      return BadStructure("too many fields inside one another",
                          "at most " + std::to_string(kMostFields));
    }
    fields_.emplace_back();
  } else if (fields_.empty()) {
    return BadStructure("a field ends that was never begun", "",
                        Printable(std::string(type)));
  } else if (type == "separate") {
    fields_.back().in_instruction = false;
  } else if (type == "end") {
    const Field field = fields_.back();
    fields_.pop_back();
    if (!field.has_result && InCell()) ++counts_.fields_without_result;
  }
  return OkStatus();
}

Status DocxTables::EnterRun(const XmlElement& element, int* state) {
  if (IsWord(element, "rPr")) {
    *state = kRunProperties;
    return OkStatus();
  }
  if (IsWord(element, "t")) {
    // Like any attribute in the namespace of XML itself.
    std::string_view space;
    element.Get(Xmlns::kOther, "space", &space);
    keep_space_ = space == "preserve";
    piece_.clear();
    *state = kRunText;
    return OkStatus();
  }
  if (IsWord(element, "tab") || IsWord(element, "ptab")) return Say("\t");
  if (IsWord(element, "br") || IsWord(element, "cr")) return Say("\n");
  if (IsWord(element, "noBreakHyphen")) return Say("\u2011");
  if (IsWord(element, "fldChar")) return EnterField(element);
  if (IsWord(element, "drawing") || IsWord(element, "pict") ||
      IsWord(element, "object")) {
    ++counts_.shapes;
    *state = kShape;
    return OkStatus();
  }
  if (IsWord(element, "commentReference")) {
    ++counts_.comments;
    return OkStatus();
  }
  const bool footnote = IsWord(element, "footnoteReference");
  if (footnote || IsWord(element, "endnoteReference")) {
    ++counts_.notes;
    std::string_view custom;
    if (element.Get(Xmlns::kWord, "customMarkFollows", &custom) &&
        custom != "0" && custom != "false" && custom != "off") {
      superscript_ = true;  // the mark is the text behind
      return OkStatus();
    }
    return Say(footnote ? std::to_string(++footnotes_) : Roman(++endnotes_),
               /*mark=*/true);
  }
  if (IsWord(element, "sym")) {
    std::string_view hex;
    uint32_t code = 0;
    element.Get(Xmlns::kWord, "char", &hex);
    const auto [end, error] =
        std::from_chars(hex.data(), hex.data() + hex.size(), code, 16);
    if (error != std::errc() || end != hex.data() + hex.size() || code < 0x20 ||
        code > 0xFFFD || (code >= 0xD800 && code < 0xE000)) {
      return BadStructure("a symbol is no character", "a code in hexadecimal",
                          Printable(std::string(hex)));
    }
    counts_.symbols += InCell();
    return Say(Utf8(code));
  }
  ++counts_.unknown;
  return OkStatus();
}

Status DocxTables::Text(int state, std::string_view text) {
  if (state % kAround != kRunText) return OkStatus();
  if (!InCell()) return Say(text);
  COLLATE_TABULAR_RETURN_IF_ERROR(budget_.CheckLine(piece_.size()));
  piece_.append(text);
  return OkStatus();
}

Status DocxTables::Leave(int state, uint64_t) {
  if (state >= kVersions) {
    counts_.shapes += !versions_.back();
    versions_.pop_back();
    return OkStatus();
  }
  switch (state) {
    case kRunText: {
      std::string_view piece = piece_;
      if (!keep_space_) {
        const size_t begin = piece.find_first_not_of(" \t\r\n");
        piece.remove_prefix(std::min(begin, piece.size()));
        piece = piece.substr(0, piece.find_last_not_of(" \t\r\n") + 1);
      }
      return Say(piece);
    }
    case kRunProperties: {
      const RunLook look = paragraph_look_.Under(run_style_).Under(run_direct_);
      superscript_ = look.superscript.value_or(false);
      hidden_ = look.hidden.value_or(false);
      counts_.hidden_runs += hidden_ && InCell();
      return OkStatus();
    }
    case kParagraph:
      counts_.paragraphs_outside += outside_text_;
      outside_text_ = false;
      return OkStatus();
    case kCell:
      return LeaveCell();
    case kRow:
      return LeaveRow();
    case kTable:
      return LeaveTable();
    default:
      return OkStatus();
  }
}

Status DocxTables::LeaveCell() {
  Table& table = open_.back();
  OpenCell& cell = table.cell;
  table.in_cell = false;
  paragraph_joined_ = false;
  const uint32_t first = table.column;
  const uint64_t next = uint64_t{first} + cell.span;
  COLLATE_TABULAR_RETURN_IF_ERROR(budget_.CheckColumns(next - 1));
  table.column = static_cast<uint32_t>(next);
  if (table.row_deleted) return OkStatus();
  const auto last = static_cast<uint32_t>(next - 1);
  const bool text =
      !cell.rich.text().empty() || !cell.rich.superscript().empty();

  if (cell.covered && !table.row_merges.empty() &&
      table.row_merges.rbegin()->second.column_end == first - 1) {
    table.row_merges.rbegin()->second.column_end = last;
    counts_.covered_cells += text;
    return OkStatus();
  }
  const auto column = table.columns.find(first);
  if (cell.continues && column != table.columns.end() &&
      column->second.column_end == last &&
      column->second.row_end + 1 == table.row) {
    column->second.row_end = table.row;
    counts_.covered_cells += text;
    return OkStatus();
  }
  table.row_merges[first] = {table.row, first, table.row, last};
  if (cell.restarts) {
    CloseColumn(table, first);
    table.columns[first] = {table.row, last, table.row};
  }
  if (!text) return OkStatus();
  counts_.superscript_runs += cell.rich.runs();
  table.held.cells.push_back({.column = first,
                              .text = cell.rich.text(),
                              .superscript = cell.rich.superscript(),
                              .hidden = cell.hidden || table.row_hidden,
                              .formula = cell.formula});
  held_ += sizeof(HeldCell) + cell.rich.text().size() +
           cell.rich.superscript().size();
  return budget_.CheckHeld(held_);
}

void DocxTables::CloseColumn(Table& table, uint32_t first) {
  const auto at = table.columns.find(first);
  if (at == table.columns.end()) return;
  const Column& column = at->second;
  if (column.row_end > column.row || column.column_end > first) {
    tables_[table.index].merges.push_back(
        {column.row, first, column.row_end, column.column_end});
  }
  table.columns.erase(at);
}

Status DocxTables::LeaveRow() {
  Table& table = open_.back();
  HeldTable& out = tables_[table.index];
  if (table.row_deleted) {
    --table.row;
    table.row_merges.clear();
    return OkStatus();
  }
  for (const auto& [first, merge] : table.row_merges) {
    const auto column = table.columns.find(first);
    if (column != table.columns.end() && column->second.row == table.row) {
      column->second.column_end = merge.column_end;
    } else if (merge.column_end > first) {
      out.merges.push_back(merge);
    }
  }
  table.row_merges.clear();
  for (auto at = table.columns.begin(); at != table.columns.end();) {
    const uint32_t first = at->first;
    const bool ended = at->second.row_end < table.row;
    ++at;
    if (ended) CloseColumn(table, first);
  }
  held_ += sizeof(HeldRow);
  COLLATE_TABULAR_RETURN_IF_ERROR(budget_.CheckHeld(held_));
  COLLATE_TABULAR_RETURN_IF_ERROR(budget_.CheckMerges(out.merges.size()));
  if (!table.held.cells.empty()) {
    table.held.number = table.row;
    out.rows.push_back(std::move(table.held));
  }
  table.held = HeldRow();
  return OkStatus();
}

Status DocxTables::LeaveTable() {
  Table& table = open_.back();
  while (!table.columns.empty()) {
    CloseColumn(table, table.columns.begin()->first);
  }
  std::vector<Merge>& merges = tables_[table.index].merges;
  std::sort(merges.begin(), merges.end(), [](const Merge& a, const Merge& b) {
    return std::pair(a.row, a.column) < std::pair(b.row, b.column);
  });
  open_.pop_back();
  return OkStatus();
}

}  // namespace collate::tabular
