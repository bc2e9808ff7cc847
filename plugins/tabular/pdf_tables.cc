#include "plugins/tabular/pdf_tables.h"

#include <algorithm>
#include <cctype>
#include <optional>
#include <string>
#include <string_view>
#include <utility>

#include "plugins/tabular/package_workbook.h"
#include "plugins/tabular/pdf_proof.h"

namespace collate::tabular {
namespace {

// Of a line's height: where one table's lines end and another's begin.
constexpr double kLargestGap = 3;
constexpr size_t kMostHeadingLines = 12;
constexpr size_t kMostPages = 10;
// Fewer are no table.
constexpr size_t kFewestFigures = 3;

enum class LineKind {
  kPlain,    // one phrase
  kHeading,  // several, none of them a figure
  kYears,    // several, and all figures are years
  kFigures,  // a figure or a marker behind the first phrase
};

bool IsYear(const std::string& text) {
  return text.size() == 4 &&
         std::all_of(text.begin(), text.end(),
                     [](unsigned char c) { return std::isdigit(c) != 0; }) &&
         text >= "1900" && text <= "2100";
}

// What can only be a marker, wherever it stands.
bool IsSign(const std::string& text) {
  if (text.empty() || !IsPdfMarker(text)) return false;
  if (text.front() == '<' || (text.front() == '[' && text.back() == ']')) {
    return true;
  }
  return std::none_of(text.begin(), text.end(), [](unsigned char c) {
    return c >= 0x80 || std::isalnum(c) != 0;
  });
}

size_t CountFigures(const PdfLine& line) {
  size_t count = 0;
  for (size_t i = 1; i < line.phrases.size(); ++i) {
    count += IsPdfNumber(line.phrases[i].text);
  }
  return count;
}

LineKind KindOf(const PdfLine& line) {
  if (line.phrases.size() < 2) return LineKind::kPlain;
  size_t figures = 0, years = 0, signs = 0;
  for (size_t i = 0; i < line.phrases.size(); ++i) {
    const std::string& text = line.phrases[i].text;
    figures += IsPdfNumber(text);
    years += IsYear(text);
    signs += i > 0 && IsSign(text);
  }
  if (years > 0 && years == figures && signs == 0) return LineKind::kYears;
  return signs > 0 || CountFigures(line) > 0 ? LineKind::kFigures
                                             : LineKind::kHeading;
}

struct Line {
  const PdfLine* printed = nullptr;
  LineKind kind = LineKind::kPlain;
};

struct Span {
  double left = 0;
  double right = 0;
};

// Where a phrase between two columns belongs.
enum class Between { kLeft, kRight };

struct Assigned {
  const PdfPhrase* phrase = nullptr;
  size_t first = 0;
  size_t last = 0;  // column, inclusive
};

// Lines that may be one table.
struct Run {
  std::vector<Line> above;  // that may be its headings, from top to bottom
  std::vector<Line> body;

  size_t figure_lines() const {
    return static_cast<size_t>(std::count_if(
        body.begin(), body.end(),
        [](const Line& line) { return line.kind == LineKind::kFigures; }));
  }
  size_t figures() const {
    size_t count = 0;
    for (const Line& line : body) {
      if (line.kind == LineKind::kFigures) count += CountFigures(*line.printed);
    }
    return count;
  }
};

// The columns between which the lines of figures leave space.
std::vector<Span> ColumnsOf(const std::vector<Line>& body) {
  std::vector<Span> spans;
  for (const Line& line : body) {
    if (line.kind != LineKind::kFigures) continue;
    for (const PdfPhrase& phrase : line.printed->phrases) {
      spans.push_back({phrase.left, phrase.right});
    }
  }
  std::sort(spans.begin(), spans.end(),
            [](const Span& a, const Span& b) { return a.left < b.left; });
  std::vector<Span> columns;
  for (const Span& span : spans) {
    if (!columns.empty() && span.left <= columns.back().right) {
      columns.back().right = std::max(columns.back().right, span.right);
    } else {
      columns.push_back(span);
    }
  }
  return columns;
}

// False when two phrases would share a column that neither stands under.
bool Assign(const PdfLine& line, const std::vector<Span>& columns,
            Between between, std::vector<Assigned>* assigned,
            bool* any_between) {
  assigned->clear();
  std::optional<size_t> taken;  // the last column that is
  bool pushed = false;          // by a phrase that does not stand there
  for (const PdfPhrase& phrase : line.phrases) {
    const auto first = std::partition_point(
        columns.begin(), columns.end(),
        [&](const Span& column) { return column.right <= phrase.left; });
    auto end = first;
    while (end != columns.end() && end->left < phrase.right) ++end;
    Assigned one{.phrase = &phrase};
    if (first == end) {
      *any_between = true;
      const auto right = static_cast<size_t>(first - columns.begin());
      one.first = between == Between::kRight
                      ? std::min(right, columns.size() - 1)
                      : (right == 0 ? 0 : right - 1);
      one.last = one.first;
      if (taken.has_value() && *taken >= one.first) return false;
    } else {
      one.first = static_cast<size_t>(first - columns.begin());
      one.last = static_cast<size_t>(end - columns.begin()) - 1;
      if (pushed && *taken >= one.first) return false;
    }
    pushed = first == end;
    taken = one.last;
    assigned->push_back(one);
  }
  return true;
}

// Whether a line above can head the columns: a title or a sentence runs on
// from the labels into the figures.
bool CanHead(const PdfLine& line, const std::vector<Span>& columns) {
  std::vector<Assigned> assigned;
  bool any_between = false;
  if (!Assign(line, columns, Between::kRight, &assigned, &any_between) &&
      !Assign(line, columns, Between::kLeft, &assigned, &any_between)) {
    return false;
  }
  return std::none_of(
      assigned.begin(), assigned.end(),
      [](const Assigned& one) { return one.first == 0 && one.last > 0; });
}

// What a run is as a table.
struct Reading {
  HeldTable table;  // without a name
  std::vector<Line> headings;
  bool proven = false;
  size_t figures = 0;  // that are proven
};

class Reader {
 public:
  Reader(const Run& run, const Budget& budget) : run_(run), budget_(budget) {}

  Status Read(Reading* reading) {
    columns_ = ColumnsOf(run_.body);
    COLLATE_TABULAR_RETURN_IF_ERROR(budget_.CheckColumns(columns_.size()));
    auto above = run_.above.rbegin();
    while (above != run_.above.rend() && CanHead(*above->printed, columns_)) {
      ++above;
    }
    reading->headings.assign(above.base(), run_.above.end());
    lines_ = reading->headings;
    lines_.insert(lines_.end(), run_.body.begin(), run_.body.end());
    // Of each place, a text in the grid and what proves it.
    constexpr uint64_t kPlaceBytes = 64;
    COLLATE_TABULAR_RETURN_IF_ERROR(
        budget_.CheckHeld(lines_.size() * columns_.size() * kPlaceBytes));

    Reading right, left;
    bool any_between = false;
    Status to_right =
        Try(Between::kRight, reading->headings.size(), &right, &any_between);
    if (!any_between) {
      reading->proven = to_right.ok();
      reading->figures = right.figures;
      reading->table = std::move(right.table);
      reading->table.refusal = std::move(to_right);
      return OkStatus();
    }
    Status to_left =
        Try(Between::kLeft, reading->headings.size(), &left, &any_between);
    if (to_right.ok() && to_left.ok()) {
      reading->table.refusal = Status(
          Error{.reason = "PDF_HEADINGS_UNCLEAR",
                .message = "headings stand between columns, and both ways to "
                           "assign them add up",
                .expected = "headings over their columns"});
      return OkStatus();
    }
    reading->proven = to_right.ok() || to_left.ok();
    Reading& taken = to_left.ok() ? left : right;
    reading->figures = taken.figures;
    reading->table = std::move(taken.table);
    if (!reading->proven) reading->table.refusal = std::move(to_right);
    return OkStatus();
  }

 private:
  // Table and figures alone.
  Status Try(Between between, size_t headings, Reading* reading,
             bool* any_between) {
    HeldTable* const table = &reading->table;
    PdfGrid grid;
    grid.columns = static_cast<uint32_t>(columns_.size());
    grid.headings.resize(columns_.size());
    std::vector<Assigned> assigned;
    for (size_t i = 0; i < lines_.size(); ++i) {
      const auto number = static_cast<uint32_t>(i + 1);
      if (!Assign(*lines_[i].printed, columns_, between, &assigned,
                  any_between)) {
        Error error{.reason = "PDF_HEADINGS_UNCLEAR",
                    .message =
                        "words stand between columns, and it cannot be "
                        "told which of them they belong to",
                    .expected = "words over or in their columns",
                    .found = Printable(lines_[i].printed->phrases[0].text)};
        error.locator.row = number;
        return Status(std::move(error));
      }
      grid.rows.emplace_back(columns_.size());
      grid.data.push_back(lines_[i].kind == LineKind::kFigures);
      HeldRow row{.number = number};
      for (const Assigned& one : assigned) {
        AddCell(one, &row, &grid.rows.back()[one.first]);
        if (one.last > one.first) {
          table->merges.push_back({number, static_cast<uint32_t>(one.first + 1),
                                   number,
                                   static_cast<uint32_t>(one.last + 1)});
        } else if (i < headings) {
          grid.headings[one.first].push_back(one.phrase->text);
        }
      }
      for (const HeldCell& cell : row.cells) {
        COLLATE_TABULAR_RETURN_IF_ERROR(
            budget_.CheckCell(CountCharacters(cell.text)));
      }
      table->rows.push_back(std::move(row));
    }
    COLLATE_TABULAR_RETURN_IF_ERROR(budget_.CheckMerges(table->merges.size()));
    reading->figures = FiguresIn(grid);
    return ProvePdfGrid(grid);
  }

  static size_t FiguresIn(const PdfGrid& grid) {
    size_t count = 0;
    for (size_t row = 0; row < grid.rows.size(); ++row) {
      for (size_t column = 1; grid.data[row] && column < grid.columns;
           ++column) {
        count += IsPdfNumber(grid.rows[row][column]);
      }
    }
    return count;
  }

  // Phrases in one column are one cell.
  static void AddCell(const Assigned& one, HeldRow* row, std::string* text) {
    const auto column = static_cast<uint32_t>(one.first + 1);
    if (row->cells.empty() || row->cells.back().column != column) {
      row->cells.push_back({.column = column,
                            .text = one.phrase->text,
                            .superscript = one.phrase->superscript});
    } else {
      HeldCell& cell = row->cells.back();
      cell.text += ' ';
      cell.text += one.phrase->text;
      if (!cell.superscript.empty() && !one.phrase->superscript.empty()) {
        cell.superscript += '\n';
      }
      cell.superscript += one.phrase->superscript;
    }
    *text = row->cells.back().text;
  }

  const Run& run_;
  const Budget& budget_;
  std::vector<Span> columns_;
  std::vector<Line> lines_;
};

std::vector<Run> RunsOf(const std::vector<PdfLine>& lines) {
  std::vector<Run> runs;
  bool open = false;        // the last run may go on
  std::vector<Line> since;  // the last line of figures
  for (size_t i = 0; i < lines.size(); ++i) {
    const Line line{&lines[i], KindOf(lines[i])};
    if (i > 0) {
      const double gap = lines[i].top - lines[i - 1].bottom;
      if (gap >
          kLargestGap * std::max(lines[i].height(), lines[i - 1].height())) {
        open = false;
        since.clear();
      }
    }
    if (line.kind != LineKind::kFigures) {
      since.push_back(line);
      continue;
    }
    const bool headed = std::any_of(
        since.begin(), since.end(),
        [](const Line& one) { return one.kind != LineKind::kPlain; });
    if (!open || headed) {
      Run& run = runs.emplace_back();
      const size_t kept = std::min(since.size(), kMostHeadingLines);
      run.above.assign(since.end() - static_cast<ptrdiff_t>(kept), since.end());
      open = true;
    } else {
      runs.back().body.insert(runs.back().body.end(), since.begin(),
                              since.end());
    }
    runs.back().body.push_back(line);
    since.clear();
  }
  return runs;
}

// A run on its way to be a table, and over which pages it goes.
struct Candidate {
  // Of several figures in one line that are one cell, as in a label, none is a
  // figure of the table; that is known once it is proven.
  bool LooksLikeTable() const {
    return run.figures() >= kFewestFigures &&
           (!reading.proven || reading.figures >= kFewestFigures);
  }

  Run run;
  Reading reading;
  uint32_t first_page = 0;
  uint32_t last_page = 0;
  bool first_on_page = false;
  bool last_on_page = false;
  bool joined = false;  // to the one before
};

void Append(Run& run, const Candidate& next) {
  run.body.insert(run.body.end(), next.reading.headings.begin(),
                  next.reading.headings.end());
  run.body.insert(run.body.end(), next.run.body.begin(), next.run.body.end());
}

// Joins what goes on over pages and is proven only as a whole.
Status JoinPages(std::vector<Candidate>& candidates, const Budget& budget) {
  for (size_t i = 0; i < candidates.size(); ++i) {
    Candidate& begin = candidates[i];
    if (begin.joined || begin.reading.proven || !begin.last_on_page) continue;
    Run run = begin.run;
    for (size_t j = i + 1; j < candidates.size() && j - i < kMostPages; ++j) {
      const Candidate& next = candidates[j];
      if (next.first_page != candidates[j - 1].last_page + 1 ||
          !next.first_on_page) {
        break;
      }
      // Also with one that is proven by itself, as a single row is.
      Append(run, next);
      Reading reading;
      COLLATE_TABULAR_RETURN_IF_ERROR(Reader(run, budget).Read(&reading));
      if (reading.proven) {
        begin.last_page = next.last_page;
        begin.last_on_page = next.last_on_page;
        for (size_t k = i + 1; k <= j; ++k) candidates[k].joined = true;
        begin.reading = std::move(reading);
        begin.run = std::move(run);
        break;
      }
      if (!next.last_on_page) break;
    }
  }
  return OkStatus();
}

// A turned word in the midst of it.
bool IsTurnedIn(const PdfWord& word, const Candidate& candidate) {
  double left = 0, right = 0, top = 0, bottom = 0;
  bool any = false;
  const auto widen = [&](const Line& line) {
    for (const PdfPhrase& phrase : line.printed->phrases) {
      left = any ? std::min(left, phrase.left) : phrase.left;
      right = any ? std::max(right, phrase.right) : phrase.right;
      top = any ? std::min(top, line.printed->top) : line.printed->top;
      bottom =
          any ? std::max(bottom, line.printed->bottom) : line.printed->bottom;
      any = true;
    }
  };
  for (const Line& line : candidate.reading.headings) widen(line);
  for (const Line& line : candidate.run.body) widen(line);
  // Also one that stands on it, as turned headings do.
  const double above = 3 * (candidate.run.body[0].printed->height());
  return word.right > left && word.left < right && word.bottom > top - above &&
         word.top < bottom;
}

std::string NameOf(const Candidate& candidate, size_t ordinal) {
  const std::string first = std::to_string(candidate.first_page);
  return (candidate.last_page == candidate.first_page
              ? "Page " + first
              : "Pages " + first + "-" + std::to_string(candidate.last_page)) +
         " table " + std::to_string(ordinal);
}

}  // namespace

Status FindPdfTables(const std::vector<PdfPage>& pages, const Budget& budget,
                     PdfTables* found) {
  std::vector<std::vector<PdfLine>> lines;
  std::vector<Candidate> candidates;
  lines.reserve(pages.size());  // lines are pointed at
  for (const PdfPage& page : pages) {
    lines.push_back(FindPdfLines(page));
    found->lines_outside += lines.back().size();
    std::vector<const PdfWord*> turned;
    for (const PdfWord& word : page.words) {
      if (word.rotation != 0) turned.push_back(&word);
    }
    found->turned_words += turned.size();
    std::vector<Run> runs = RunsOf(lines.back());
    for (size_t i = 0; i < runs.size(); ++i) {
      Candidate& candidate = candidates.emplace_back();
      candidate.run = std::move(runs[i]);
      candidate.first_page = candidate.last_page = page.number;
      candidate.first_on_page = i == 0;
      candidate.last_on_page = i + 1 == runs.size();
      COLLATE_TABULAR_RETURN_IF_ERROR(
          Reader(candidate.run, budget).Read(&candidate.reading));
      // A page of turned words is not looked through for each of its tables.
      constexpr size_t kManyTurned = 1'000;
      for (const PdfWord* word : turned) {
        if (turned.size() < kManyTurned && !IsTurnedIn(*word, candidate)) {
          continue;
        }
        candidate.reading.proven = false;
        candidate.reading.table.refusal = Status(
            Error{.reason = "PDF_TURNED_TEXT",
                  .message = "turned words stand in the table or over it",
                  .expected = "a table of upright words",
                  .found = Printable(word->text)});
        // Not to be joined with anything.
        candidate.first_on_page = candidate.last_on_page = false;
        break;
      }
    }
  }
  COLLATE_TABULAR_RETURN_IF_ERROR(JoinPages(candidates, budget));

  uint32_t page = 0;
  size_t ordinal = 0;
  for (Candidate& candidate : candidates) {
    if (candidate.joined || !candidate.LooksLikeTable()) continue;
    if (candidate.first_page != page) ordinal = 0;
    page = candidate.first_page;
    Reading& reading = candidate.reading;
    found->lines_outside -= reading.headings.size() + candidate.run.body.size();
    reading.table.name = NameOf(candidate, ++ordinal);
    if (!reading.proven) {
      reading.table.rows.clear();
      reading.table.merges.clear();
    }
    found->tables.push_back(std::move(reading.table));
  }
  return OkStatus();
}

}  // namespace collate::tabular
