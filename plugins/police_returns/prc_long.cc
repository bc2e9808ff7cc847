#include "plugins/police_returns/prc_long.h"

#include <algorithm>
#include <chrono>
#include <cstdio>
#include <functional>
#include <optional>
#include <unordered_map>
#include <utility>

#include "plugins/police_returns/glued_note.h"
#include "plugins/police_returns/text_family.h"
#include "plugins/tabular/csv.h"
#include "plugins/tabular/number.h"

namespace collate::police_returns {
namespace {

using tabular::Budget;
using tabular::Cell;
using tabular::CellKind;
using tabular::Code;
using tabular::CsvOptions;
using tabular::Error;
using tabular::HeaderFinder;
using tabular::HeaderSpec;
using tabular::OkStatus;
using tabular::Printable;
using tabular::Row;
using tabular::Status;

// Some 200 codes exist; every description of each is remembered.
constexpr size_t kMaxLabels = 10'000;

enum Role {
  kYear,
  kQuarter,
  kForce,
  kDescription,
  kGroup,
  kSubgroup,
  kCode,
  kCount,
  kCsp
};

HeaderSpec PrcHeader() {
  return HeaderSpec{
      .roles = {{"Financial Year", {"Financial Year"}},
                {"Financial Quarter", {"Financial Quarter"}},
                {"Force Name", {"Force Name"}},
                {"Offence Description", {"Offence Description"}},
                {"Offence Group", {"Offence Group"}},
                {"Offence Subgroup", {"Offence Subgroup"}},
                {"Offence Code", {"Offence Code"}},
                {"Number of Offences", {"Number of Offences", "Offence Count"}},
                {"CSP Name", {"CSP Name"}, /*required=*/false}},
      .ignorable = {"ITL1 region", "ITL2 region"},
      .ignore_unnamed = true,
      .search_rows = kHeaderRows};
}

// Looks at the rows in which a header may stand.
class HeaderSink : public tabular::GridSink {
 public:
  Status OnRow(const Row& row) override {
    COLLATE_TABULAR_RETURN_IF_ERROR(RefuseRowLevel(row));
    if (NamesRollingYear(row)) {
      return Status(Error{
          .code = Code::kUnimplemented,
          .reason = "FAMILY_NOT_READ",
          .message = "the rolling-year series by force (12 months ending) is "
                     "read from CSV only, and never among financial quarters",
          .expected = "the open data tables by financial quarter",
          .found = "rolling-year series",
          .part = row.grid->part,
          .sheet = row.grid->sheet,
          .locator = row.locator});
    }
    finder.Offer(row);
    return finder.Enough() ? Status::Stop() : OkStatus();
  }

  HeaderFinder finder{PrcHeader()};
};

// "2017/18", "2017/2018", "2017-18", "2017-2018": consecutive years only.
std::optional<int32_t> ParseFinancialYear(std::string_view text) {
  text = tabular::Trim(text);
  if (text.size() != 7 && text.size() != 9) return std::nullopt;
  if (text[4] != '/' && text[4] != '-') return std::nullopt;
  int32_t first = 0;
  int32_t second = 0;
  for (size_t i = 0; i < text.size(); ++i) {
    if (i == 4) continue;
    if (text[i] < '0' || text[i] > '9') return std::nullopt;
    int32_t& year = i < 4 ? first : second;
    year = year * 10 + (text[i] - '0');
  }
  const int32_t next = text.size() == 7 ? (first + 1) % 100 : first + 1;
  if (first < 1800 || first > 2200 || second != next) return std::nullopt;
  return first;
}

// The name of a sheet of one financial year: 2012-13, 2019_20. Nothing for
// any other.
std::optional<int32_t> SheetYear(std::string_view name) {
  std::string text(tabular::Trim(name));
  std::replace(text.begin(), text.end(), '_', '-');
  return ParseFinancialYear(text);
}

bool IsBareWholeNumber(const Cell& cell) {
  return cell.kind == CellKind::kNumber && !cell.percent &&
         (cell.number_format.empty() || cell.number_format == "General" ||
          cell.number_format == "0" || cell.number_format == "@") &&
         tabular::Trim(cell.text) == cell.value && cell.raw == cell.value &&
         !cell.value.empty() &&
         std::all_of(cell.value.begin(), cell.value.end(),
                     [](char c) { return c >= '0' && c <= '9'; });
}

class RowReader {
 public:
  explicit RowReader(const tabular::Header& header) : header_(header) {}

  Status Read(const Row& row, PrcRow* out) {
    const Cell& year_cell = At(row, kYear);
    const std::optional<int32_t> year = ParseFinancialYear(year_cell.text);
    if (!year.has_value()) {
      return Bad("INVALID_PERIOD", "not a financial year", "2017/18",
                 year_cell);
    }
    out->first_year = *year;
    const Cell& quarter_cell = At(row, kQuarter);
    const std::string_view quarter = quarter_cell.kind == CellKind::kNumber
                                         ? quarter_cell.value
                                         : tabular::Trim(quarter_cell.text);
    if (quarter.size() != 1 || quarter[0] < '1' || quarter[0] > '4') {
      return Bad("INVALID_PERIOD", "not a financial quarter",
                 "1 (April to June) to 4", quarter_cell);
    }
    out->quarter = quarter[0] - '0';
    out->notes.clear();
    out->csp = {};
    COLLATE_TABULAR_RETURN_IF_ERROR(Label(row, kForce, "a count of nobody",
                                          "a force name", out, &out->force));
    std::string_view note;
    TakeGluedNote(&out->force, &note);
    if (!note.empty()) out->notes.insert(out->notes.begin(), note);
    COLLATE_TABULAR_RETURN_IF_ERROR(Label(row, kCode, "a count of nothing",
                                          "an offence code", out, &out->code));
    if (header_.column_of_role[kCsp] != 0) {
      COLLATE_TABULAR_RETURN_IF_ERROR(
          Label(row, kCsp, "a count of no partnership",
                "the name of a community safety partnership", out, &out->csp));
    }
    // Kept for display alone: nothing depends on them.
    out->description = tabular::Trim(At(row, kDescription).text);
    out->group = tabular::Trim(At(row, kGroup).text);
    out->subgroup = tabular::Trim(At(row, kSubgroup).text);
    const Cell& cell = At(row, kCount);
    out->raw = cell.text;
    out->locator = cell.locator;
    if (!cell.superscript.empty()) out->notes.push_back(cell.superscript);
    return ParseCount(cell, &out->count);
  }

  // The cell of a role, valid until the next call.
  const Cell& At(const Row& row, Role role) {
    return CellAt(row, header_.column_of_role[role], &missing_);
  }

 private:
  Status Label(const Row& row, Role role, const char* nothing,
               const char* expected, PrcRow* out, std::string_view* label) {
    const Cell& cell = At(row, role);
    const bool text =
        cell.kind == CellKind::kText || cell.kind == CellKind::kEmpty;
    if (!text && !(role == kCode && IsBareWholeNumber(cell))) {
      return Bad("LABEL_NOT_TEXT",
                 "stored as a number or a date, so that its digits may not be "
                 "those that were written (4.10 becomes 4.1)",
                 std::string(expected) + ", stored as text", cell);
    }
    *label = tabular::Trim(cell.text);
    if (label->empty()) return Bad("EMPTY_LABEL", nothing, expected, cell);
    if (!cell.superscript.empty()) out->notes.push_back(cell.superscript);
    return OkStatus();
  }

  static Status Bad(const char* reason, const char* message,
                    std::string expected, const Cell& cell) {
    const std::string found = Printable(std::string(cell.text));
    return Status(Error{.reason = reason,
                        .message = std::string(message) + ": " + found,
                        .expected = std::move(expected),
                        .found = found,
                        .locator = cell.locator});
  }

  const tabular::Header& header_;
  Cell missing_;
};

class SurveySink : public GridSurveyor {
 public:
  SurveySink(const ReadOptions& options, PrcGrid* grid, PrcSurvey* survey)
      : GridSurveyor(options, grid, &survey->faults),
        grid_(grid),
        sheet_year_(SheetYear(grid->sheet)),
        survey_(survey),
        reader_(grid->header) {}

 protected:
  Status OnData(const Row& row) override {
    PrcRow prc;
    Status status = reader_.Read(row, &prc);
    if (!status.ok()) {
      AddFault(std::move(status.error()));
      return OkStatus();
    }
    if (sheet_year_.has_value() && prc.first_year != *sheet_year_) {
      const Cell& cell = reader_.At(row, kYear);
      AddFault(Error{.reason = "PERIOD_OUTSIDE_SHEET",
                     .message = "a row of another financial year than the one "
                                "that its sheet is named after",
                     .expected = FinancialYearText(*sheet_year_),
                     .found = Printable(std::string(cell.text)),
                     .locator = cell.locator});
      return OkStatus();
    }
    NoteKey(prc);
    grid_->years.insert(prc.first_year);
    survey_->labels.emplace(
        std::make_tuple(std::string(prc.code), std::string(prc.description),
                        std::string(prc.group), std::string(prc.subgroup)),
        Place{grid_->sheet, reader_.At(row, kCode).locator});
    if (survey_->labels.size() > kMaxLabels) {
      return Status(
          Error{.code = Code::kResourceExhausted,
                .reason = "LABEL_LIMIT",
                .message = "more distinct offences than a classification has",
                .expected = "at most " + std::to_string(kMaxLabels),
                .found = std::to_string(survey_->labels.size()),
                .sheet = grid_->sheet,
                .locator = row.locator});
    }
    return OkStatus();
  }

 private:
  // Only a joint code, such as homicide's, is published as several rows of
  // one key, which are added. Any other row that stands twice would double
  // its figure. No key can stand in two sheets, since each has a year of its
  // own.
  void NoteKey(const PrcRow& prc) {
    if (prc.code.find('/') != std::string_view::npos) return;
    std::string key = std::to_string(prc.first_year);
    key += '\0';
    key += std::to_string(prc.quarter);
    for (const std::string_view part : {prc.force, prc.csp, prc.code}) {
      key += '\0';
      key += part;
    }
    const auto [first, fresh] =
        rows_.emplace(std::move(key), grid_->sheet.empty() ? prc.locator.line
                                                           : prc.locator.row);
    if (fresh) return;
    AddFault(Error{.reason = "REPEATED_KEY",
                   .message = "force, quarter and code stand " +
                              (grid_->sheet.empty() ? std::string("on line ")
                                                    : std::string("in row ")) +
                              std::to_string(first->second) + " already",
                   .expected = "one row for each force, quarter and code",
                   .found = std::string(prc.code),
                   .locator = prc.locator});
  }

  PrcGrid* grid_;
  const std::optional<int32_t> sheet_year_;
  PrcSurvey* survey_;
  RowReader reader_;
  std::unordered_map<std::string, uint64_t> rows_;  // by key
};

class ReadSink : public tabular::GridSink {
 public:
  ReadSink(const PrcGrid& grid, PrcSink& sink)
      : header_row_(grid.header.locator.row),
        reader_(grid.header),
        sink_(sink) {}

  Status OnRow(const Row& row) override {
    if (row.locator.row <= header_row_ || row.IsBlank()) return OkStatus();
    COLLATE_TABULAR_RETURN_IF_ERROR(reader_.Read(row, &prc_));
    return sink_.OnRow(prc_);
  }

 private:
  const uint32_t header_row_;
  RowReader reader_;
  PrcSink& sink_;
  PrcRow prc_;
};

Status ReadText(tabular::ByteSource& source, const ReadOptions& options,
                tabular::GridSink& sink) {
  Budget budget(options.limits);
  return tabular::ReadCsv(
      source, CsvOptions{.encoding = options.encoding, .part = options.part},
      budget, sink);
}

using GridReader = std::function<Status(tabular::GridSink&)>;

Status FindHeader(const GridReader& read, const ReadOptions& options,
                  const std::string& sheet, tabular::Header* header) {
  HeaderSink sink;
  COLLATE_TABULAR_RETURN_IF_ERROR(read(sink));
  Status decided = sink.finder.Decide(header);
  if (!decided.ok()) {
    decided.error().part = options.part;
    decided.error().sheet = sheet;
  }
  return decided;
}

Status SurveyGrid(const GridReader& read, const ReadOptions& options,
                  PrcGrid grid, PrcSurvey* survey) {
  COLLATE_TABULAR_RETURN_IF_ERROR(
      FindHeader(read, options, grid.sheet, &grid.header));
  grid.has_csp = grid.header.column_of_role[kCsp] != 0;
  survey->grids.push_back(std::move(grid));
  SurveySink sink(options, &survey->grids.back(), survey);
  return read(sink);
}

Error SheetError(const ReadOptions& options, const std::string& sheet,
                 const char* reason, std::string message,
                 std::string expected) {
  return Error{.reason = reason,
               .message = std::move(message),
               .expected = std::move(expected),
               .found = Printable(sheet),
               .part = options.part,
               .sheet = sheet};
}

// The sheets that are named after a year, in their order.
Status ChooseSheets(const tabular::Workbook& workbook,
                    const ReadOptions& options, PrcSurvey* survey,
                    std::vector<tabular::SheetInfo>* chosen) {
  std::map<int32_t, std::string> by_year;
  for (const tabular::SheetInfo& sheet : workbook.sheets()) {
    const std::optional<int32_t> year = SheetYear(sheet.name);
    if (!year.has_value()) {
      survey->other_sheets.push_back(sheet);
      continue;
    }
    if (sheet.hidden) {
      return Status(SheetError(
          options, sheet.name, "HIDDEN_SHEET",
          "a hidden sheet of a financial year: reading it would publish what "
          "the publisher does not show, leaving it out would drop a year",
          "sheets of years that are shown"));
    }
    const auto [first, fresh] = by_year.emplace(*year, sheet.name);
    if (!fresh) {
      return Status(SheetError(
          options, sheet.name, "REPEATED_YEAR",
          "a second sheet of its year, after " + Printable(first->second),
          "one sheet for each financial year"));
    }
    chosen->push_back(sheet);
  }
  return OkStatus();
}

// A table under another name would be a year that is left out unseen.
Status RefuseTableIn(const GridReader& read, const ReadOptions& options,
                     const std::string& sheet) {
  tabular::Header header;
  const Status status = FindHeader(read, options, sheet, &header);
  if (!status.ok() && status.error().reason == "HEADER_NOT_FOUND") {
    return OkStatus();
  }
  constexpr std::string_view kHeaderFaults[] = {
      "AMBIGUOUS_HEADER", "AMBIGUOUS_COLUMN", "UNKNOWN_COLUMN"};
  if (!status.ok() &&
      std::find(std::begin(kHeaderFaults), std::end(kHeaderFaults),
                status.error().reason) == std::end(kHeaderFaults)) {
    return Status(status.error());
  }
  return Status(SheetError(
      options, sheet, "SHEET_NOT_A_YEAR",
      "a table of recorded crime in a sheet that is not named after its year",
      "a name such as 2017-18"));
}

}  // namespace

const tabular::Locator& PrcGrid::ValueHeader() const {
  return HeaderOf(kCount);
}

Status SurveyPrc(tabular::ByteSource& source, const ReadOptions& options,
                 PrcSurvey* survey) {
  *survey = PrcSurvey();
  const GridReader read = [&](tabular::GridSink& sink) {
    return ReadText(source, options, sink);
  };
  return SurveyGrid(read, options, PrcGrid(), survey);
}

Status SurveyPrcWorkbook(tabular::Workbook& workbook,
                         const ReadOptions& options, PrcSurvey* survey) {
  *survey = PrcSurvey();
  std::vector<tabular::SheetInfo> chosen;
  COLLATE_TABULAR_RETURN_IF_ERROR(
      ChooseSheets(workbook, options, survey, &chosen));
  const auto reader = [&](uint32_t index) -> GridReader {
    return [&workbook, index](tabular::GridSink& sink) {
      return workbook.ReadSheet(index, sink);
    };
  };
  for (const tabular::SheetInfo& sheet : survey->other_sheets) {
    COLLATE_TABULAR_RETURN_IF_ERROR(
        RefuseTableIn(reader(sheet.index), options, sheet.name));
  }
  if (chosen.empty()) {
    std::string names;
    for (const tabular::SheetInfo& sheet : survey->other_sheets) {
      names += (names.empty() ? "" : ", ") + Printable(sheet.name, 40);
      if (names.size() > 400) break;
    }
    return Status(Error{
        .reason = "SHEETS_NOT_KNOWN",
        .message = "a workbook of none of this adapter's families",
        .expected = "sheets named after financial years, such as 2017-18 "
                    "(open data tables), or a sheet Table P1 (police force "
                    "area tables)",
        .found = std::move(names),
        .part = options.part});
  }
  for (const tabular::SheetInfo& sheet : chosen) {
    PrcGrid grid;
    grid.sheet = sheet.name;
    grid.index = sheet.index;
    COLLATE_TABULAR_RETURN_IF_ERROR(
        SurveyGrid(reader(sheet.index), options, std::move(grid), survey));
  }
  return OkStatus();
}

Status ReadPrc(tabular::ByteSource& source, const ReadOptions& options,
               const PrcGrid& grid, PrcSink& sink) {
  ReadSink read_sink(grid, sink);
  return ReadText(source, options, read_sink);
}

Status ReadPrcSheet(tabular::Workbook& workbook, const PrcGrid& grid,
                    PrcSink& sink) {
  ReadSink read_sink(grid, sink);
  return workbook.ReadSheet(grid.index, read_sink);
}

std::string FinancialYearText(int32_t first_year) {
  char text[24];
  std::snprintf(text, sizeof text, "%d/%02d", first_year,
                (first_year + 1) % 100);
  return text;
}

Days QuarterDays(int32_t first_year, int32_t quarter) {
  using std::chrono::months;
  using std::chrono::sys_days;
  const std::chrono::year_month april{std::chrono::year{first_year},
                                      std::chrono::April};
  const auto day = [&april](int32_t month) {
    return static_cast<int32_t>(
        sys_days((april + months{month}) / 1).time_since_epoch().count());
  };
  return Days{.begin = day(3 * (quarter - 1)), .end = day(3 * quarter)};
}

}  // namespace collate::police_returns
