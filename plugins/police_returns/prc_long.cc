#include "plugins/police_returns/prc_long.h"

#include <algorithm>
#include <chrono>
#include <cstdio>
#include <optional>
#include <unordered_map>
#include <utility>

#include "plugins/police_returns/glued_note.h"
#include "plugins/tabular/number.h"

namespace collate::police_returns {
namespace {

using tabular::Budget;
using tabular::Cell;
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
      .ignore_unnamed = true};
}

Status RefuseContainer(tabular::ByteSource& source, const PrcOptions& options) {
  char head[8] = {};
  const int64_t got = source.ReadAt(0, head, sizeof head);
  const std::string_view bytes(head, got < 0 ? 0 : static_cast<size_t>(got));
  const char* what = nullptr;
  if (bytes.substr(0, 4) == "PK\x03\x04" ||
      bytes.substr(0, 4) == "PK\x05\x06") {
    what = "a zip container (XLSX, ODS or an archive)";
  } else if (bytes.substr(0, 4) == "\xD0\xCF\x11\xE0") {
    what = "a binary Office document (XLS)";
  } else if (bytes.substr(0, 4) == "%PDF") {
    what = "a PDF document";
  } else if (bytes.substr(0, 2) == "\x1F\x8B") {
    what = "a gzip stream";
  }
  if (what == nullptr) return OkStatus();
  return Status(Error{
      .code = Code::kUnimplemented,
      .reason = "UNSUPPORTED_FORMAT",
      .message = std::string(what) + ": this version reads police recorded "
                                     "crime as CSV only",
      .expected = "a sheet of the open data tables saved as CSV",
      .found = what,
      .part = options.part});
}

// Looks at the rows in which a header may stand.
class HeaderSink : public tabular::GridSink {
 public:
  Status OnRow(const Row& row) override {
    std::set<std::string> names;
    for (const Cell& cell : row.cells) {
      names.insert(tabular::NormaliseName(cell.text));
    }
    const auto has = [&names](const char* name) { return names.count(name); };
    if (has("crime id") || (has("longitude") && has("latitude"))) {
      return Status(Error{
          .reason = "ROW_LEVEL_DATA",
          .message = "one row per offence: only counts are read, because a row "
                     "about a single offence could identify a person, and "
                     "street-level files merge sexual offences with violence",
          .expected = "one count per quarter, force and offence code",
          .found = has("crime id") ? "a column \"Crime ID\""
                                   : "columns of coordinates",
          .locator = row.locator});
    }
    if (has("12 months ending") ||
        has("rolling year total number of offences")) {
      return Status(Error{
          .code = Code::kUnimplemented,
          .reason = "FAMILY_NOT_READ",
          .message = "the rolling-year series by force (12 months ending) is "
                     "not yet read by this version: its windows overlap",
          .expected = "the open data tables by financial quarter",
          .found = "rolling-year series",
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

class RowReader {
 public:
  explicit RowReader(const tabular::Header& header) : header_(header) {}

  // False for a blank row.
  bool IsData(const Row& row) const { return !row.IsBlank(); }

  Status Read(const Row& row, PrcRow* out) const {
    if (row.cells.size() != header_.columns.size()) {
      return Status(
          Error{.reason = "RAGGED_ROW",
                .message = "a row that is not as long as the header",
                .expected = std::to_string(header_.columns.size()) + " cells",
                .found = std::to_string(row.cells.size()) + " cells",
                .locator = row.locator});
    }
    const auto text = [&](Role role) {
      return tabular::Trim(At(row, role).text);
    };
    const std::optional<int32_t> year = ParseFinancialYear(text(kYear));
    if (!year.has_value()) {
      return Bad("INVALID_PERIOD", "not a financial year", "2017/18",
                 At(row, kYear));
    }
    out->first_year = *year;
    const std::string_view quarter = text(kQuarter);
    if (quarter.size() != 1 || quarter[0] < '1' || quarter[0] > '4') {
      return Bad("INVALID_PERIOD", "not a financial quarter",
                 "1 (April to June) to 4", At(row, kQuarter));
    }
    out->quarter = quarter[0] - '0';
    out->force = text(kForce);
    out->force_note = {};
    TakeGluedNote(&out->force, &out->force_note);
    out->code = text(kCode);
    out->description = text(kDescription);
    out->group = text(kGroup);
    out->subgroup = text(kSubgroup);
    out->csp = {};
    for (const Role role : {kForce, kCode}) {
      if (text(role).empty()) {
        return Bad("EMPTY_LABEL", "a count of nobody or of nothing",
                   role == kForce ? "a force name" : "an offence code",
                   At(row, role));
      }
    }
    if (header_.column_of_role[kCsp] != 0) {
      out->csp = text(kCsp);
      if (out->csp.empty()) {
        return Bad("EMPTY_LABEL", "a count of no partnership",
                   "the name of a community safety partnership", At(row, kCsp));
      }
    }
    const Cell& cell = At(row, kCount);
    out->raw = cell.text;
    out->locator = cell.locator;
    return ReadValue(cell, out);
  }

 private:
  const Cell& At(const Row& row, Role role) const {
    return row.cells[header_.column_of_role[role] - 1];
  }

  static Status Bad(const char* reason, const char* message,
                    const char* expected, const Cell& cell) {
    return Status(Error{.reason = reason,
                        .message = std::string(message) + ": " +
                                   Printable(std::string(cell.text)),
                        .expected = expected,
                        .found = Printable(std::string(cell.text)),
                        .locator = cell.locator});
  }

  static Status ReadValue(const Cell& cell, PrcRow* out) {
    const std::string_view token = tabular::Trim(cell.text);
    out->mark = Mark::kNumber;
    out->value = 0;
    // An accounting number format's zero, leaked into the text.
    if (token == "-00") return OkStatus();
    static constexpr std::pair<std::string_view, Mark> kMarks[] = {
        {"[c]", Mark::kConfidential},
        {"[x]", Mark::kUnavailable},
        {"[z]", Mark::kNotApplicable},
        {"[low]", Mark::kLow}};
    for (const auto& [text, mark] : kMarks) {
      if (token == text) {
        out->mark = mark;
        return OkStatus();
      }
    }
    Status status = tabular::ParseInteger(token, &out->value);
    if (status.ok()) return status;
    if (status.error().reason != "UNPARSED_NUMBER") {
      status.error().locator = cell.locator;
      return status;
    }
    return Bad("UNDECLARED_MARKER",
               "neither a count nor a mark that this family declares",
               "a whole number, [c], [x], [z] or [low]", cell);
  }

  const tabular::Header& header_;
};

class SurveySink : public tabular::GridSink {
 public:
  SurveySink(const PrcOptions& options, PrcSurvey* survey)
      : options_(options), survey_(survey), reader_(survey->header) {}

  Status OnRow(const Row& row) override {
    const uint32_t header_row = survey_->header.locator.row;
    if (row.locator.row <= header_row) {
      if (row.locator.row < header_row) ++survey_->preamble_rows;
      return OkStatus();
    }
    ++survey_->data_rows;
    survey_->data_cells += row.cells.size();
    if (!reader_.IsData(row)) {
      ++survey_->blank_rows;
      survey_->ignored_cells += row.cells.size();
      return OkStatus();
    }
    PrcRow prc;
    Status status = reader_.Read(row, &prc);
    if (!status.ok()) {
      if (survey_->fault_count++ < kListedFaults) {
        status.error().part = options_.part;
        survey_->faults.push_back(std::move(status.error()));
      }
      return OkStatus();
    }
    for (const tabular::HeaderColumn& column : survey_->header.columns) {
      if (column.role < 0) ++survey_->ignored_cells;
    }
    NoteKey(prc);
    survey_->years.insert(prc.first_year);
    survey_->labels.emplace(
        std::make_tuple(std::string(prc.code), std::string(prc.description),
                        std::string(prc.group), std::string(prc.subgroup)),
        row.locator.line);
    if (survey_->labels.size() > kMaxLabels) {
      return Status(
          Error{.code = Code::kResourceExhausted,
                .reason = "LABEL_LIMIT",
                .message = "more distinct offences than a classification has",
                .expected = "at most " + std::to_string(kMaxLabels),
                .found = std::to_string(survey_->labels.size()),
                .locator = row.locator});
    }
    return OkStatus();
  }

 private:
  // Only a joint code, such as homicide's, is published as several rows of
  // one key, which are added. Any other row that stands twice would double
  // its figure.
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
        lines_.emplace(std::move(key), prc.locator.line);
    if (fresh || survey_->fault_count++ >= kListedFaults) return;
    Error error{.code = Code::kInvalidArgument,
                .reason = "REPEATED_KEY",
                .message = "force, quarter and code stand on line " +
                           std::to_string(first->second) + " already",
                .expected = "one row for each force, quarter and code",
                .found = std::string(prc.code),
                .locator = prc.locator};
    error.part = options_.part;
    survey_->faults.push_back(std::move(error));
  }

  const PrcOptions& options_;
  PrcSurvey* survey_;
  RowReader reader_;
  std::unordered_map<std::string, uint64_t> lines_;  // by key
};

class ReadSink : public tabular::GridSink {
 public:
  ReadSink(const PrcSurvey& survey, PrcSink& sink)
      : header_row_(survey.header.locator.row),
        reader_(survey.header),
        sink_(sink) {}

  Status OnRow(const Row& row) override {
    if (row.locator.row <= header_row_ || !reader_.IsData(row)) {
      return OkStatus();
    }
    PrcRow prc;
    COLLATE_TABULAR_RETURN_IF_ERROR(reader_.Read(row, &prc));
    return sink_.OnRow(prc);
  }

 private:
  const uint32_t header_row_;
  RowReader reader_;
  PrcSink& sink_;
};

Status Read(tabular::ByteSource& source, const PrcOptions& options,
            tabular::GridSink& sink) {
  Budget budget(options.limits);
  return tabular::ReadCsv(
      source, CsvOptions{.encoding = options.encoding, .part = options.part},
      budget, sink);
}

}  // namespace

const tabular::Locator& PrcSurvey::ValueHeader() const {
  return header.columns[header.column_of_role[kCount] - 1].locator;
}

Status SurveyPrc(tabular::ByteSource& source, const PrcOptions& options,
                 PrcSurvey* survey) {
  *survey = PrcSurvey();
  COLLATE_TABULAR_RETURN_IF_ERROR(RefuseContainer(source, options));
  HeaderSink header_sink;
  COLLATE_TABULAR_RETURN_IF_ERROR(Read(source, options, header_sink));
  Status decided = header_sink.finder.Decide(&survey->header);
  if (!decided.ok()) {
    if (decided.error().part.empty()) decided.error().part = options.part;
    return decided;
  }
  survey->has_csp = survey->header.column_of_role[kCsp] != 0;
  SurveySink survey_sink(options, survey);
  return Read(source, options, survey_sink);
}

Status ReadPrc(tabular::ByteSource& source, const PrcOptions& options,
               const PrcSurvey& survey, PrcSink& sink) {
  ReadSink read_sink(survey, sink);
  return Read(source, options, read_sink);
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
