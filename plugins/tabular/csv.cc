#include "plugins/tabular/csv.h"

#include <algorithm>
#include <utility>
#include <vector>

namespace collate::tabular {
namespace {

enum class State { kCellStart, kUnquoted, kQuoted, kQuoteInQuoted };

class Parser {
 public:
  Parser(ByteSource& source, const CsvOptions& options, Budget& budget,
         GridSink& sink)
      : decoder_(source, options.encoding, budget),
        delimiter_(options.delimiter),
        budget_(budget),
        sink_(sink) {
    grid_.part = options.part;
    for (const char c : {delimiter_, '"', '\r', '\n'}) {
      ends_unquoted_[static_cast<unsigned char>(c)] = true;
    }
    for (const char c : {'"', '\r', '\n'}) {
      ends_quoted_[static_cast<unsigned char>(c)] = true;
    }
  }

  Status Run() {
    Status status = Read();
    if (status.IsStop()) return OkStatus();
    if (!status.ok()) {
      // Sinks and the budget know less about the place than we do.
      Error& error = status.error();
      if (error.part.empty()) error.part = grid_.part;
      if (error.locator.line == 0) {
        error.locator.line = in_record_ ? record_line_ : line_;
        error.locator.row = CurrentRow();
      }
    }
    return status;
  }

 private:
  struct Span {
    size_t raw_begin = 0;
    size_t raw_end = 0;
    size_t text_begin = 0;  // in unescaped_, when escaped
    size_t text_end = 0;
    bool quoted = false;
    bool escaped = false;
    uint64_t byte_begin = 0;
    uint64_t byte_end = 0;
  };

  Status Read() {
    if (static_cast<unsigned char>(delimiter_) >= 0x80 || delimiter_ == '"' ||
        delimiter_ == '\r' || delimiter_ == '\n' || delimiter_ == '\0') {
      return Status(Error{.code = Code::kInternal,
                          .reason = "BAD_DELIMITER",
                          .message = "this delimiter cannot part cells",
                          .found = Printable(std::string(1, delimiter_))});
    }
    COLLATE_TABULAR_RETURN_IF_ERROR(sink_.BeginGrid(grid_));
    for (bool first = true;; first = false) {
      std::string_view text;
      Status status = decoder_.Next(&text);
      if (!status.ok()) {
        status.error().locator.line = line_;
        status.error().locator.row = CurrentRow();
        return status;
      }
      if (first) position_ = decoder_.begin();
      if (text.empty()) break;
      COLLATE_TABULAR_RETURN_IF_ERROR(Consume(text));
    }
    if (state_ == State::kQuoted) {
      return Fail("UNTERMINATED_QUOTE",
                  "a quote opens here and never closes before the end", "\"",
                  "the end of the file", quote_line_, quote_position_);
    }
    if (in_record_) {
      COLLATE_TABULAR_RETURN_IF_ERROR(EndCell());
      COLLATE_TABULAR_RETURN_IF_ERROR(EndRecord());
    }
    return sink_.EndGrid(grid_);
  }

  Status Consume(std::string_view text) {
    size_t i = 0;
    while (i < text.size()) {
      const char c = text[i];
      switch (state_) {
        case State::kCellStart:
          if (!in_record_) {
            if (after_cr_ && c == '\n') {  // second half of CRLF
              after_cr_ = false;
              Skip(text.substr(i++, 1));
              break;
            }
            BeginRecord();
          }
          cell_.byte_begin = position_;
          cell_.raw_begin = record_.size();
          if (c == '"') {
            cell_.quoted = true;
            quote_line_ = line_;
            quote_position_ = position_;
            COLLATE_TABULAR_RETURN_IF_ERROR(Take(text.substr(i++, 1)));
            state_ = State::kQuoted;
          } else {
            state_ = State::kUnquoted;
          }
          break;
        case State::kUnquoted: {
          size_t end = i;
          while (end < text.size() &&
                 !ends_unquoted_[static_cast<unsigned char>(text[end])]) {
            ++end;
          }
          COLLATE_TABULAR_RETURN_IF_ERROR(Take(text.substr(i, end - i)));
          i = end;
          if (i == text.size()) break;
          if (text[i] == '"') {
            return Fail("STRAY_QUOTE",
                        "a quote inside a cell that does not begin with one",
                        "the whole cell in quotes, inner quotes doubled",
                        record_.substr(cell_.raw_begin) + "\"", line_,
                        position_);
          }
          COLLATE_TABULAR_RETURN_IF_ERROR(EndAt(text.substr(i++, 1)));
          break;
        }
        case State::kQuoted: {
          size_t end = i;
          while (end < text.size() &&
                 !ends_quoted_[static_cast<unsigned char>(text[end])]) {
            ++end;
          }
          if (end > i) {
            after_cr_ = false;
            if (cell_.escaped) unescaped_.append(text, i, end - i);
            COLLATE_TABULAR_RETURN_IF_ERROR(Take(text.substr(i, end - i)));
          }
          i = end;
          if (i == text.size()) break;
          if (text[i] == '"') {
            after_cr_ = false;
            state_ = State::kQuoteInQuoted;
          } else {
            if (cell_.escaped) unescaped_ += text[i];
            CountLineEnd(text[i]);
          }
          COLLATE_TABULAR_RETURN_IF_ERROR(Take(text.substr(i++, 1)));
          break;
        }
        case State::kQuoteInQuoted:
          if (c == '"') {
            if (!cell_.escaped) {
              cell_.escaped = true;
              cell_.text_begin = unescaped_.size();
              unescaped_.append(record_, cell_.raw_begin + 1,
                                record_.size() - cell_.raw_begin - 2);
            }
            unescaped_ += '"';
            COLLATE_TABULAR_RETURN_IF_ERROR(Take(text.substr(i++, 1)));
            state_ = State::kQuoted;
          } else if (ends_unquoted_[static_cast<unsigned char>(c)]) {
            COLLATE_TABULAR_RETURN_IF_ERROR(EndAt(text.substr(i++, 1)));
          } else {
            return Fail(
                "TEXT_AFTER_QUOTE", "text after a closing quote",
                std::string(1, delimiter_) + " or a line end",
                std::string(text.substr(i, std::max(1, Utf8Length(text, i)))),
                line_, position_);
          }
          break;
      }
    }
    return OkStatus();
  }

  uint32_t CurrentRow() const { return in_record_ ? row_ : row_ + 1; }

  void BeginRecord() {
    in_record_ = true;
    ++row_;
    after_cr_ = false;
    record_line_ = line_;
    record_begin_ = position_;
  }

  // CR, LF and CRLF each end one physical line, inside quotes too.
  void CountLineEnd(char c) {
    if (c == '\r' || !after_cr_) ++line_;
    after_cr_ = c == '\r';
  }

  // A delimiter or a line end outside quotes.
  Status EndAt(std::string_view one) {
    COLLATE_TABULAR_RETURN_IF_ERROR(EndCell());
    state_ = State::kCellStart;
    if (one[0] == delimiter_) return Take(one);
    COLLATE_TABULAR_RETURN_IF_ERROR(EndRecord());
    CountLineEnd(one[0]);
    Skip(one);
    return OkStatus();
  }

  Status EndCell() {
    // At the end of the file after a delimiter no byte began this cell.
    if (state_ == State::kCellStart) {
      cell_.byte_begin = position_;
      cell_.raw_begin = record_.size();
    }
    cell_.byte_end = position_;
    cell_.raw_end = record_.size();
    cell_.text_end = unescaped_.size();
    if (cell_.raw_end - cell_.raw_begin > budget_.limits().cell_characters) {
      uint64_t characters = 0;
      for (const char c : TextOf(cell_)) characters += (c & 0xC0) != 0x80;
      COLLATE_TABULAR_RETURN_IF_ERROR(
          Placed(budget_.CheckCell(characters), spans_.size() + 1));
    }
    spans_.push_back(cell_);
    cell_ = Span();
    return Placed(budget_.CheckColumns(spans_.size()), spans_.size());
  }

  Status EndRecord() {
    cells_.clear();
    for (const Span& span : spans_) {
      Cell cell;
      cell.text = TextOf(span);
      cell.kind = cell.text.empty() ? CellKind::kEmpty : CellKind::kText;
      cell.quoted = span.quoted;
      cell.raw = std::string_view(record_).substr(
          span.raw_begin, span.raw_end - span.raw_begin);
      cell.locator.row = row_;
      cell.locator.column = static_cast<uint32_t>(cells_.size() + 1);
      cell.locator.line = record_line_;
      cell.locator.byte_begin = span.byte_begin;
      cell.locator.byte_end = span.byte_end;
      cells_.push_back(cell);
    }
    Row row;
    row.grid = &grid_;
    row.locator.row = row_;
    row.locator.line = record_line_;
    row.locator.byte_begin = record_begin_;
    row.locator.byte_end = position_;
    row.cells = cells_;
    COLLATE_TABULAR_RETURN_IF_ERROR(Placed(budget_.SpendRow(cells_.size()), 0));
    COLLATE_TABULAR_RETURN_IF_ERROR(sink_.OnRow(row));
    spans_.clear();
    record_.clear();
    unescaped_.clear();
    in_record_ = false;
    return OkStatus();
  }

  std::string_view TextOf(const Span& span) const {
    if (span.escaped) {
      return std::string_view(unescaped_)
          .substr(span.text_begin, span.text_end - span.text_begin);
    }
    const std::string_view raw = std::string_view(record_).substr(
        span.raw_begin, span.raw_end - span.raw_begin);
    return span.quoted ? raw.substr(1, raw.size() - 2) : raw;
  }

  // Text of this record: kept, counted, and held to the line limit.
  Status Take(std::string_view text) {
    record_.append(text);
    Skip(text);
    Status status = budget_.CheckLine(position_ - record_begin_);
    if (status.ok()) return status;
    if (state_ == State::kQuoted) {
      status.error().message += "; a quote that opens on line " +
                                std::to_string(quote_line_) + " has not closed";
    }
    return Placed(std::move(status), spans_.size() + 1);
  }

  void Skip(std::string_view text) {
    if (decoder_.IsIdentity()) {
      position_ += text.size();
    } else {
      for (const char c : text) position_ += decoder_.Width(c);
    }
  }

  Status Placed(Status status, uint64_t column) const {
    if (status.ok()) return status;
    Locator& locator = status.error().locator;
    locator.line = record_line_;
    locator.row = row_;
    locator.column = static_cast<uint32_t>(column);
    locator.byte_begin = record_begin_;
    locator.byte_end = position_;
    return status;
  }

  Status Fail(const char* reason, const char* message, std::string expected,
              std::string found, uint64_t line, uint64_t byte) const {
    Error error{.reason = reason,
                .message = message,
                .expected = std::move(expected),
                .found = Printable(found)};
    error.locator.line = line;
    error.locator.row = row_;
    error.locator.column = static_cast<uint32_t>(spans_.size() + 1);
    error.locator.byte_begin = byte;
    error.locator.byte_end = position_;
    return Status(std::move(error));
  }

  Decoder decoder_;
  const char delimiter_;
  Budget& budget_;
  GridSink& sink_;
  GridInfo grid_;
  bool ends_unquoted_[256] = {};
  bool ends_quoted_[256] = {};

  State state_ = State::kCellStart;
  uint64_t line_ = 1;      // of the byte at position_
  uint64_t position_ = 0;  // in the file
  uint32_t row_ = 0;       // number of the record last begun
  bool after_cr_ = false;
  bool in_record_ = false;
  uint64_t record_line_ = 1;
  uint64_t record_begin_ = 0;
  uint64_t quote_line_ = 0;
  uint64_t quote_position_ = 0;
  std::string record_;     // its bytes, delimiters and quotes included
  std::string unescaped_;  // texts of the cells that hold doubled quotes
  Span cell_;
  std::vector<Span> spans_;
  std::vector<Cell> cells_;
};

}  // namespace

Status ReadCsv(ByteSource& source, const CsvOptions& options, Budget& budget,
               GridSink& sink) {
  return Parser(source, options, budget, sink).Run();
}

}  // namespace collate::tabular
