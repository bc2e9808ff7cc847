#include "plugins/police_returns/rolling_year.h"

#include <chrono>
#include <unordered_map>
#include <utility>

#include "plugins/police_returns/text_family.h"
#include "plugins/tabular/csv.h"
#include "plugins/tabular/number.h"

namespace collate::police_returns {
namespace {

using tabular::Cell;
using tabular::Error;
using tabular::HeaderFinder;
using tabular::HeaderSpec;
using tabular::OkStatus;
using tabular::Printable;
using tabular::Row;
using tabular::Status;

// A table may claim 256 periods; this many quarters are half a century.
constexpr size_t kMaxWindows = 256;

enum Role { kEnding, kForce, kRegion, kOffence, kCount };

HeaderSpec RollingHeader() {
  return HeaderSpec{.roles = {{"12 months ending", {"12 months ending"}},
                              {"PFA", {"PFA"}},
                              {"Region", {"Region"}},
                              {"Offence", {"Offence"}},
                              {"Rolling year total number of offences",
                               {"Rolling year total number of offences"}}},
                    .ignore_unnamed = true,
                    .search_rows = kHeaderRows};
}

class HeaderSink : public tabular::GridSink {
 public:
  Status OnRow(const Row& row) override {
    COLLATE_TABULAR_RETURN_IF_ERROR(RefuseRowLevel(row));
    finder.Offer(row);
    return finder.Enough() ? Status::Stop() : OkStatus();
  }

  HeaderFinder finder{RollingHeader()};
};

std::chrono::year_month MonthOf(const Window& window) {
  return std::chrono::year{window.year} /
         std::chrono::month{static_cast<unsigned>(window.month)};
}

int32_t FirstDay(std::chrono::year_month month) {
  return static_cast<int32_t>(
      std::chrono::sys_days(month / 1).time_since_epoch().count());
}

class RowReader {
 public:
  explicit RowReader(const tabular::Header& header) : header_(header) {}

  Status Read(const Row& row, RollingRow* out) {
    const Cell& ending = At(row, kEnding);
    out->date = tabular::Trim(ending.text);
    if (!ParseWindow(out->date, &out->window)) {
      return Bad("INVALID_PERIOD", "not the last day of a month",
                 "a date such as 31-12-2018, day first", ending);
    }
    const std::pair<Role, std::string_view*> labels[] = {
        {kForce, &out->force},
        {kRegion, &out->region},
        {kOffence, &out->offence}};
    for (const auto& [role, label] : labels) {
      const Cell& cell = At(row, role);
      *label = tabular::Trim(cell.text);
      if (label->empty()) {
        return Bad("EMPTY_LABEL", "a count of nobody or of nothing",
                   "a force, its region and an offence group", cell);
      }
    }
    const Cell& cell = At(row, kCount);
    out->raw = cell.text;
    out->locator = cell.locator;
    return ParseCount(cell, &out->count);
  }

  const Cell& At(const Row& row, Role role) {
    return CellAt(row, header_.column_of_role[role], &missing_);
  }

 private:
  static Status Bad(const char* reason, const char* message,
                    const char* expected, const Cell& cell) {
    const std::string found = Printable(std::string(cell.text));
    return Status(Error{.reason = reason,
                        .message = std::string(message) + ": " + found,
                        .expected = expected,
                        .found = found,
                        .locator = cell.locator});
  }

  const tabular::Header& header_;
  Cell missing_;
};

class SurveySink : public GridSurveyor {
 public:
  SurveySink(const ReadOptions& options, RollingSurvey* survey)
      : GridSurveyor(options, &survey->grid, &survey->faults),
        survey_(survey),
        reader_(survey->grid.header) {}

 protected:
  Status OnData(const Row& row) override {
    RollingRow rolling;
    Status status = reader_.Read(row, &rolling);
    if (!status.ok()) {
      AddFault(std::move(status.error()));
      return OkStatus();
    }
    survey_->windows.insert(rolling.window);
    if (survey_->windows.size() > kMaxWindows) {
      return Status(
          Error{.code = tabular::Code::kResourceExhausted,
                .reason = "WINDOW_LIMIT",
                .message = "more windows of 12 months than one table may claim",
                .expected = "at most " + std::to_string(kMaxWindows),
                .found = Printable(std::string(rolling.date)),
                .locator = row.locator});
    }
    if (rolling.window.corrected) {
      CorrectedDate& date = survey_->corrected[std::string(rolling.date)];
      if (date.rows++ == 0) date.locator = reader_.At(row, kEnding).locator;
    }
    CheckRegion(rolling, reader_.At(row, kRegion));
    NoteKey(rolling);
    return OkStatus();
  }

 private:
  void CheckRegion(const RollingRow& rolling, const Cell& cell) {
    const auto [first, fresh] = regions_.emplace(
        std::string(rolling.force),
        std::make_pair(std::string(rolling.region), cell.locator.line));
    if (fresh || first->second.first == rolling.region) return;
    AddFault(Error{.reason = "REGION_CONFLICT",
                   .message = "another region for " +
                              Printable(std::string(rolling.force)) +
                              " than on line " +
                              std::to_string(first->second.second),
                   .expected = first->second.first,
                   .found = Printable(std::string(rolling.region)),
                   .locator = cell.locator});
  }

  // By the window, not by its text: two spellings of one date are one key.
  void NoteKey(const RollingRow& rolling) {
    std::string key = std::to_string(rolling.window.end());
    for (const std::string_view part : {rolling.force, rolling.offence}) {
      key += '\0';
      key += part;
    }
    const auto [first, fresh] =
        lines_.emplace(std::move(key), rolling.locator.line);
    if (fresh) return;
    AddFault(Error{.reason = "REPEATED_KEY",
                   .message = "window, force and offence stand on line " +
                              std::to_string(first->second) + " already",
                   .expected = "one row for each window, force and offence",
                   .found = Printable(std::string(rolling.offence)),
                   .locator = rolling.locator});
  }

  RollingSurvey* survey_;
  RowReader reader_;
  // By force: the region and the line that first named it.
  std::map<std::string, std::pair<std::string, uint64_t>> regions_;
  std::unordered_map<std::string, uint64_t> lines_;  // by key
};

class ReadSink : public tabular::GridSink {
 public:
  ReadSink(const RollingSurvey& survey, RollingSink& sink)
      : header_row_(survey.grid.header.locator.row),
        reader_(survey.grid.header),
        sink_(sink) {}

  Status OnRow(const Row& row) override {
    if (row.locator.row <= header_row_ || row.IsBlank()) return OkStatus();
    RollingRow rolling;
    COLLATE_TABULAR_RETURN_IF_ERROR(reader_.Read(row, &rolling));
    return sink_.OnRow(rolling);
  }

 private:
  const uint32_t header_row_;
  RowReader reader_;
  RollingSink& sink_;
};

Status ReadText(tabular::ByteSource& source, const ReadOptions& options,
                tabular::GridSink& sink) {
  tabular::Budget budget(options.limits);
  return tabular::ReadCsv(
      source,
      tabular::CsvOptions{.encoding = options.encoding, .part = options.part},
      budget, sink);
}

}  // namespace

int32_t Window::begin() const {
  return FirstDay(MonthOf(*this) - std::chrono::months{11});
}

int32_t Window::end() const {
  return FirstDay(MonthOf(*this) + std::chrono::months{1});
}

bool ParseWindow(std::string_view text, Window* window) {
  if (text.size() != 10 || (text[2] != '-' && text[2] != '/') ||
      text[5] != text[2]) {
    return false;
  }
  int32_t day = 0, month = 0, year = 0;
  for (size_t i = 0; i < text.size(); ++i) {
    if (i == 2 || i == 5) continue;
    if (text[i] < '0' || text[i] > '9') return false;
    int32_t& number = i < 2 ? day : i < 5 ? month : year;
    number = number * 10 + (text[i] - '0');
  }
  if (year < 1800 || year > 2200 || month < 1 || month > 12) return false;
  *window = Window{.year = year, .month = month};
  const int32_t last = window->end() - FirstDay(MonthOf(*window));
  window->corrected = last == 31 && month % 3 == 0 && day == 30;
  return day == last || window->corrected;
}

std::string WindowText(const Window& window) {
  static constexpr const char* kMonths[] = {
      "January", "February", "March",     "April",   "May",      "June",
      "July",    "August",   "September", "October", "November", "December"};
  return std::string("year ending ") + kMonths[window.month - 1] + " " +
         std::to_string(window.year);
}

const tabular::Locator& RollingSurvey::ValueHeader() const {
  return grid.HeaderOf(kCount);
}

const tabular::Locator& RollingSurvey::RegionHeader() const {
  return grid.HeaderOf(kRegion);
}

Status SurveyRollingYear(tabular::ByteSource& source,
                         const ReadOptions& options, RollingSurvey* survey) {
  *survey = RollingSurvey();
  HeaderSink header_sink;
  COLLATE_TABULAR_RETURN_IF_ERROR(ReadText(source, options, header_sink));
  Status decided = header_sink.finder.Decide(&survey->grid.header);
  if (!decided.ok()) {
    decided.error().part = options.part;
    return decided;
  }
  SurveySink sink(options, survey);
  return ReadText(source, options, sink);
}

Status ReadRollingYear(tabular::ByteSource& source, const ReadOptions& options,
                       const RollingSurvey& survey, RollingSink& sink) {
  ReadSink read_sink(survey, sink);
  return ReadText(source, options, read_sink);
}

}  // namespace collate::police_returns
