#include "plugins/transparency_report/dsa_statements/ingest.h"

#include <algorithm>
#include <charconv>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "plugins/tabular/sdk_bridge.h"
#include "plugins/transparency_report/dsa_statements/statements.h"

namespace collate::transparency_report {
namespace {

using dsa::Axis;
using dsa::CellLabels;
using dsa::Counter;
using dsa::Fault;
using dsa::Loss;
using dsa::Losses;
using dsa::Output;
using sdk::Diagnostic;
using sdk::Document;
using sdk::Host;
using sdk::OkStatus;
using sdk::Severity;
using sdk::Status;

constexpr uint64_t kMostCells = 1'000'000;
constexpr size_t kMostDaysTold = 20;
// Periods that a table may claim, with room for other keys of its extent.
constexpr size_t kMostPeriods = COLLATE_MAX_LIST - 16;

constexpr char kReporter[] = "DSA Transparency Database";
constexpr char kGeography[] = "EU";

// ---- Labels ----------------------------------------------------------------

const char* DimensionOf(Axis axis) {
  switch (axis) {
    case dsa::kPlatformAxis:
      return "platform";
    case dsa::kHarmAxis:
      return "harm";
    case dsa::kKeywordAxis:
      return "dsa_keyword";
    case dsa::kSourceAxis:
      return "dsa_source_type";
    case dsa::kDetectionAxis:
      return "automated_detection";
    case dsa::kDecisionAxis:
      return "automated_decision";
    case dsa::kAccountAxis:
      return "account_action";
    case dsa::kRestrictionAxis:
      return "restriction";
    default:
      return "";
  }
}

std::string LabelOf(const Counter& counter, Axis axis, uint32_t label) {
  if (label != 0) return counter.labels(axis).text(label);
  return axis == dsa::kAccountAxis ? "none" : "not stated";
}

// ---- What a table is -------------------------------------------------------

struct TableForm {
  Output output;
  const char* id;
  const char* title;
  std::vector<Axis> axes;
  sdk::Partition partition;
  std::vector<std::string> multi_response;
};

const std::vector<TableForm>& TableForms() {
  static const auto* const forms = new std::vector<TableForm>{
      {Output::kStatements,
       "statements",
       "Statements of reasons by day",
       {dsa::kPlatformAxis, dsa::kHarmAxis, dsa::kSourceAxis,
        dsa::kDetectionAxis, dsa::kDecisionAxis, dsa::kAccountAxis},
       sdk::Partition::kComplete,
       {}},
      {Output::kByKeyword,
       "statements_by_keyword",
       "Statements of reasons that name a keyword, once for each category and "
       "keyword that they name",
       {dsa::kPlatformAxis, dsa::kHarmAxis, dsa::kKeywordAxis},
       sdk::Partition::kMultiResponse,
       {"harm", "dsa_keyword"}},
      {Output::kRestrictions,
       "restrictions",
       "Statements of reasons by kind of restriction, once for each kind",
       {dsa::kPlatformAxis, dsa::kHarmAxis, dsa::kRestrictionAxis},
       sdk::Partition::kMultiResponse,
       {"restriction"}}};
  return *forms;
}

// Days that follow each other are claimed together: a list is short.
std::vector<sdk::Pair> ExtentOf(const Counter& counter,
                                const std::string& named_day) {
  const dsa::Labels& labels = counter.labels(dsa::kDayAxis);
  std::vector<std::string> days;
  for (uint32_t label = 1; label < labels.size(); ++label) {
    days.push_back(labels.text(label));
  }
  if (!named_day.empty()) days.push_back(named_day);
  std::sort(days.begin(), days.end());
  days.erase(std::unique(days.begin(), days.end()), days.end());
  std::vector<sdk::Pair> extent;
  for (size_t begin = 0; begin < days.size();) {
    size_t end = begin + 1;
    while (end < days.size() &&
           dsa::DayNumberOf(days[end]) == dsa::DayNumberOf(days[end - 1]) + 1) {
      ++end;
    }
    if (days.size() <= kMostPeriods) {
      for (; begin < end; ++begin) extent.emplace_back("period", days[begin]);
      continue;
    }
    extent.emplace_back(
        "period", days[begin] + "/" +
                      dsa::TextOfDay(dsa::DayNumberOf(days[end - 1]) + 1));
    begin = end;
  }
  return extent;
}

// ---- Findings --------------------------------------------------------------

sdk::Locator PlaceOf(const Loss& loss) {
  sdk::Locator place;
  place.part = loss.part;
  place.line = loss.line;
  place.byte_begin = loss.begin;
  place.byte_end = loss.end;
  return place;
}

std::pair<const char*, const char*> WordsOf(Fault fault) {
  switch (fault) {
    case Fault::kStray:
      return {"a quote never closes, or stands where none may",
              "quotes around whole cells"};
    case Fault::kFieldCount:
      return {"a record has more or fewer cells than the header",
              "as many cells as the header has"};
    case Fault::kUuid:
      return {"a record does not begin with a uuid", "a uuid"};
    case Fault::kCreatedAt:
      return {"created_at is no time", "2024-03-14 00:00:07"};
    case Fault::kCode:
      return {"a cell that is counted holds no code of its list's form",
              "a code, or a JSON array of codes"};
    case Fault::kText:
      return {"a record is not UTF-8", "UTF-8 without NUL"};
    case Fault::kTooLong:
      return {"a record is too long", "at most 1048576 bytes"};
    case Fault::kCutShort:
      return {"the text ends within a record", "whole records"};
    default:
      return {"a record is damaged", ""};
  }
}

Status ReportLosses(Host& host, const Losses& losses) {
  uint64_t told = 0;
  for (const Loss& loss : losses.located) {
    const auto [message, expected] = WordsOf(loss.fault);
    told += loss.records;
    COLLATE_SDK_RETURN_IF_ERROR(host.Diagnose(
        {.severity = Severity::kWarning,
         .reason = "ROWS_DAMAGED",
         .message = std::string(message) + "; its statements are not counted",
         .expected = expected,
         .locator = PlaceOf(loss),
         .repeats = loss.records}));
  }
  if (losses.records_lost > told) {
    COLLATE_SDK_RETURN_IF_ERROR(
        host.Diagnose({.severity = Severity::kWarning,
                       .reason = "ROWS_DAMAGED",
                       .message = "further records are damaged; their "
                                  "statements are not counted",
                       .repeats = losses.records_lost - told}));
  }
  if (losses.records_twice > 0) {
    COLLATE_SDK_RETURN_IF_ERROR(host.Diagnose(
        {.severity = Severity::kWarning,
         .reason = "DUPLICATE_ROWS",
         .message = "a uuid stands again in its part; the statement is "
                    "counted once; here is the first",
         .locator = PlaceOf(losses.first_duplicate),
         .repeats = losses.records_twice}));
  }
  return OkStatus();
}

Status ReportArchive(Host& host, const Losses& losses) {
  for (const dsa::ArchiveFinding& finding : losses.archive) {
    sdk::Locator place;
    place.part = finding.part;
    place.byte_begin = finding.byte;
    place.byte_end = finding.byte;
    const char* reason = "ARCHIVE_DAMAGED";
    std::string message =
        "it cannot be inflated any further; what follows is lost, how many "
        "records is not known";
    if (finding.fault == dsa::ArchiveFault::kTruncated) {
      reason = "ARCHIVE_TRUNCATED";
      message =
          "it ends before it should; what follows is lost, how many "
          "records is not known";
    } else if (finding.fault == dsa::ArchiveFault::kChecksum) {
      reason = "ARCHIVE_CHECKSUM";
      message = "it inflates to other bytes than were packed; " +
                std::to_string(finding.records) +
                " whole records of it are counted";
    }
    COLLATE_SDK_RETURN_IF_ERROR(host.Diagnose({.severity = Severity::kWarning,
                                               .reason = reason,
                                               .message = std::move(message),
                                               .expected = "a whole archive",
                                               .locator = std::move(place)}));
  }
  if (losses.archive_findings > losses.archive.size()) {
    COLLATE_SDK_RETURN_IF_ERROR(host.Diagnose(
        {.severity = Severity::kWarning,
         .reason = "ARCHIVE_DAMAGED",
         .message = "further members of the archive are damaged",
         .repeats = losses.archive_findings - losses.archive.size()}));
  }
  if (losses.members_not_read == 0) return OkStatus();
  sdk::Locator place;
  place.part = losses.first_not_read;
  return host.Diagnose({.severity = Severity::kInfo,
                        .reason = "MEMBERS_NOT_READ",
                        .message = "members of the archive are no CSV texts "
                                   "by their names; here is the first",
                        .expected = "names that end in .csv or .csv.zip",
                        .locator = std::move(place),
                        .repeats = losses.members_not_read});
}

Status ReportCodes(Host& host, const Counter& counter) {
  for (const Axis axis :
       {dsa::kHarmAxis, dsa::kSourceAxis, dsa::kDetectionAxis,
        dsa::kDecisionAxis, dsa::kAccountAxis, dsa::kRestrictionAxis}) {
    const dsa::Labels& labels = counter.labels(axis);
    for (uint32_t label = 1; label < labels.size(); ++label) {
      const std::string& code = labels.text(label);
      const uint64_t count = counter.CountOf(axis, label);
      if (count == 0 || dsa::IsKnownCode(axis, code)) continue;
      COLLATE_SDK_RETURN_IF_ERROR(host.Diagnose(
          {.severity = Severity::kWarning,
           .reason = "UNKNOWN_CODE",
           .message = std::string("a code of ") + DimensionOf(axis) +
                      " is in no code list of schema 1 or 2; it is kept as "
                      "written",
           .expected = "a code of the publisher's list",
           .found = code,
           .repeats = count}));
    }
  }
  return OkStatus();
}

Status ReportDays(Host& host, const Counter& counter,
                  const std::string& named_day) {
  if (named_day.empty()) return OkStatus();
  const dsa::Labels& labels = counter.labels(dsa::kDayAxis);
  std::vector<uint64_t> counts(labels.size());
  counter.ForEach(Output::kStatements,
                  [&](const CellLabels& cell, uint64_t count) {
                    counts[cell[dsa::kDayAxis]] += count;
                  });
  size_t told = 0;
  uint64_t rest = 0;
  for (uint32_t label = 1; label < labels.size(); ++label) {
    if (labels.text(label) == named_day || counts[label] == 0) continue;
    if (told++ >= kMostDaysTold) {
      rest += counts[label];
      continue;
    }
    COLLATE_SDK_RETURN_IF_ERROR(host.Diagnose(
        {.severity = Severity::kInfo,
         .reason = "DAY_NOT_IN_NAME",
         .message = "statements were created on another day than the file is "
                    "named after; they count for the day of their creation",
         .expected = named_day,
         .found = labels.text(label),
         .repeats = counts[label]}));
  }
  if (rest == 0) return OkStatus();
  return host.Diagnose({.severity = Severity::kInfo,
                        .reason = "DAY_NOT_IN_NAME",
                        .message = "statements were created on further days",
                        .expected = named_day,
                        .repeats = rest});
}

// The total that the publisher states, where somebody says it.
Status ReadPublishedRows(Host& host, const Document& document,
                         std::optional<uint64_t>* rows) {
  std::optional<std::string_view> text = document.Option("published_rows");
  if (!text.has_value()) text = document.Manifest("published_rows");
  if (!text.has_value() || text->empty()) return OkStatus();
  uint64_t number = 0;
  const auto [end, error] =
      std::from_chars(text->data(), text->data() + text->size(), number);
  if (error == std::errc() && end == text->data() + text->size()) {
    *rows = number;
    return OkStatus();
  }
  return host.Refuse({.reason = "INVALID_PUBLISHED_ROWS",
                      .message = "published_rows is no number of rows",
                      .expected = "a whole number, such as 20515086",
                      .found = tabular::Printable(std::string(*text))});
}

Status ReportPublishedRows(Host& host, std::optional<uint64_t> published,
                           const Counter& counter, const Losses& losses) {
  const uint64_t found =
      counter.counted() + losses.records_twice + losses.records_lost;
  if (!published.has_value() || *published == found) return OkStatus();
  return host.Diagnose(
      {.severity = Severity::kWarning,
       .reason = "PUBLISHED_TOTAL_DIFFERS",
       .message = "the publisher states " + std::to_string(*published) +
                  " rows and the file has " + std::to_string(found) + ": " +
                  std::to_string(counter.counted()) + " counted, " +
                  std::to_string(losses.records_twice) + " that stand twice, " +
                  std::to_string(losses.records_lost) + " damaged",
       .expected = std::to_string(*published),
       .found = std::to_string(found)});
}

// ---- Rows ------------------------------------------------------------------

Status EmitTable(Host& host, const Document& document, const Counter& counter,
                 const TableForm& form, const std::vector<sdk::Pair>& extent) {
  // In the order of their labels, whatever order they were met in.
  std::vector<std::vector<uint32_t>> rank(dsa::kAxisCount);
  for (size_t axis = 0; axis < dsa::kAxisCount; ++axis) {
    const dsa::Labels& labels = counter.labels(static_cast<Axis>(axis));
    std::vector<uint32_t> order(labels.size());
    for (uint32_t i = 0; i < order.size(); ++i) order[i] = i;
    std::sort(order.begin(), order.end(), [&](uint32_t a, uint32_t b) {
      return labels.text(a) < labels.text(b);
    });
    rank[axis].resize(order.size());
    for (uint32_t i = 0; i < order.size(); ++i) rank[axis][order[i]] = i;
  }
  std::vector<std::pair<CellLabels, uint64_t>> cells;
  counter.ForEach(form.output, [&](const CellLabels& cell, uint64_t count) {
    cells.emplace_back(cell, count);
  });
  if (cells.empty()) return OkStatus();
  std::sort(cells.begin(), cells.end(), [&](const auto& a, const auto& b) {
    for (size_t axis = 0; axis < dsa::kAxisCount; ++axis) {
      if (a.first[axis] == b.first[axis]) continue;
      return rank[axis][a.first[axis]] < rank[axis][b.first[axis]];
    }
    return false;
  });

  sdk::Locator whole;
  whole.byte_end = document.file().size();
  sdk::Table table;
  table.id = form.id;
  table.title = form.title;
  table.measure = "statements of reasons";
  table.unit = "statements";
  table.aggregation = sdk::Aggregation::kSum;
  // Two spellings of one platform are different statements.
  table.repeats = sdk::Repeats::kAdd;
  table.partition = form.partition;
  table.floor = sdk::Floor::kZero;
  table.multi_response = form.multi_response;
  table.extent = extent;
  table.locator = whole;
  uint64_t handle = 0;
  COLLATE_SDK_RETURN_IF_ERROR(host.BeginTable(std::move(table), &handle));
  uint64_t done = 0;
  for (const auto& [cell, count] : cells) {
    const std::string& day =
        counter.labels(dsa::kDayAxis).text(cell[dsa::kDayAxis]);
    sdk::Observation row;
    row.table = handle;
    row.reporter = kReporter;
    // Statements of a day add up to those of a month, which a stock date's
    // figures would not.
    row.period = {.begin = dsa::DayNumberOf(day),
                  .end = dsa::DayNumberOf(day) + 1,
                  .kind = sdk::PeriodKind::kInterval,
                  .text = day};
    row.state = sdk::State::kReported;
    row.dimensions.emplace_back("geography", kGeography);
    for (const Axis axis : form.axes) {
      row.dimensions.emplace_back(DimensionOf(axis),
                                  LabelOf(counter, axis, cell[axis]));
    }
    row.value = sdk::Decimal{static_cast<int64_t>(count), 0};
    row.records = count;
    row.locator = whole;
    COLLATE_SDK_RETURN_IF_ERROR(host.Emit(std::move(row)));
    if (++done % 4096 == 0) {
      // Nearly done; asked for whether somebody still waits.
      COLLATE_SDK_RETURN_IF_ERROR(
          host.Progress(document.file().size() - 1, document.file().size()));
    }
  }
  return OkStatus();
}

// The day in `sor-global-2024-03-14-full.zip`, or nothing.
std::string DayInName(std::string_view name) {
  for (size_t i = 0; i + 10 <= name.size(); ++i) {
    const std::string_view day =
        dsa::DayOf(std::string(name.substr(i, 10)) + " 00:00:00");
    const auto is_digit = [&](size_t at) {
      return at < name.size() && name[at] >= '0' && name[at] <= '9';
    };
    if (!day.empty() && !is_digit(i - 1) && !is_digit(i + 10)) {
      return std::string(name.substr(i, 10));
    }
  }
  return "";
}

Status RefuseEmpty(Host& host, const Losses& losses) {
  if (losses.records_lost == 0 && losses.archive_findings == 0) {
    return host.Refuse({.reason = "NO_ROWS",
                        .message = "the dump holds no statement",
                        .expected = "at least one record"});
  }
  return host.Refuse({.code = sdk::Code::kDataLoss,
                      .reason = "NOTHING_READABLE",
                      .message = "no record of the dump could be read",
                      .expected = "at least one whole record"});
}

}  // namespace

Status IngestDsaStatements(Host& host, const Document& document) {
  std::optional<uint64_t> published;
  COLLATE_SDK_RETURN_IF_ERROR(ReadPublishedRows(host, document, &published));
  dsa::ReadOptions options;
  if (document.max_inflated_bytes() > 0) {
    options.limits.csv_bytes = document.max_inflated_bytes();
    options.limits.archive_bytes = document.max_inflated_bytes();
  }
  if (document.max_ratio() > 0) options.limits.ratio = document.max_ratio();
  if (document.max_entries() > 0) {
    options.limits.entries = document.max_entries();
  }
  const uint64_t size = document.file().size();
  Status stopped;
  options.progress = [&](uint64_t done) {
    // The end is told when all is counted.
    stopped = host.Progress(std::min(done, size - (size > 0)), size);
    return stopped.ok() ? tabular::OkStatus() : tabular::Status::Stop();
  };

  uint64_t max_cells = kMostCells;
  if (document.max_cells() > 0) {
    max_cells = std::min(max_cells, document.max_cells());
  }
  Counter counter(options.isa, max_cells);
  Losses losses;
  dsa::ReadTotals totals;
  tabular::FileSource source(document.file());
  if (tabular::Status status =
          ReadStatements(source, options, counter, losses, &totals);
      !status.ok()) {
    if (status.IsStop()) return stopped;
    sdk::Locator place = tabular::ToSdk(status.error().locator);
    place.part = status.error().part;
    Diagnostic refusal = tabular::ToSdk(status.error());
    refusal.locator = std::move(place);
    return host.Refuse(std::move(refusal));
  }

  COLLATE_SDK_RETURN_IF_ERROR(ReportLosses(host, losses));
  COLLATE_SDK_RETURN_IF_ERROR(ReportArchive(host, losses));
  if (counter.counted() == 0) return RefuseEmpty(host, losses);
  if (counter.forgot_uuids()) {
    COLLATE_SDK_RETURN_IF_ERROR(host.Diagnose(
        {.severity = Severity::kInfo,
         .reason = "DUPLICATES_NOT_SOUGHT",
         .message = "a part has more records than uuids are held of: those "
                    "that stand twice were sought within " +
                    std::to_string(dsa::UuidSet::kMost) + " at a time"}));
  }
  const std::string named_day = DayInName(document.file().name());
  COLLATE_SDK_RETURN_IF_ERROR(ReportCodes(host, counter));
  COLLATE_SDK_RETURN_IF_ERROR(ReportDays(host, counter, named_day));
  COLLATE_SDK_RETURN_IF_ERROR(
      ReportPublishedRows(host, published, counter, losses));

  const std::vector<sdk::Pair> extent = ExtentOf(counter, named_day);
  if (extent.size() > kMostPeriods) {
    return host.Refuse(
        {.code = sdk::Code::kResourceExhausted,
         .reason = "CELL_LIMIT",
         .message = "the statements are of too many days that do not follow "
                    "each other",
         .expected =
             "at most " + std::to_string(kMostPeriods) + " runs of days",
         .found = std::to_string(extent.size())});
  }
  for (const TableForm& form : TableForms()) {
    COLLATE_SDK_RETURN_IF_ERROR(
        EmitTable(host, document, counter, form, extent));
  }
  const std::pair<const char*, uint64_t> accounts[] = {
      {"rows_read",
       counter.counted() + losses.records_twice + losses.records_lost},
      {"rows_observed", counter.counted()},
      {"rows_duplicate", losses.records_twice},
      {"rows_lost", losses.records_lost},
      {"parts_read", totals.parts}};
  for (const auto& [what, count] : accounts) {
    COLLATE_SDK_RETURN_IF_ERROR(host.Account(what, count));
  }
  return host.Progress(size, size);
}

}  // namespace collate::transparency_report
