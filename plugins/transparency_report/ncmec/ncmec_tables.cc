// Yearly figures of NCMEC's CyberTipline as two CSV files: one of categories,
// one of all reports by year. Its lists by provider and by country are PDF
// documents and are not read.

#include <cstdint>
#include <map>
#include <set>
#include <string>
#include <utility>
#include <vector>

#include "plugins/tabular/number.h"
#include "plugins/tabular/sdk_bridge.h"
#include "plugins/transparency_report/families.h"
#include "plugins/transparency_report/held_rows.h"
#include "plugins/transparency_report/long_table.h"

namespace collate::transparency_report {
namespace {

using sdk::Host;
using sdk::Observation;
using sdk::Severity;
using sdk::Status;
using tabular::Error;

constexpr char kPublisher[] = "NCMEC";
constexpr char kWorld[] = "World";
// From this year on, reports of one event may be sent as one.
constexpr int64_t kBundledFrom = 2024;

enum Role { kYear, kQuantity, kCategory, kLabel };

// What a category, and a label of it, counts; a null label is any of them.
struct Kind {
  const char* category;
  const char* label;
  const char* measure;
  const char* unit;
  const char* axis;        // of the label; null for none
  const char* axis_label;  // in place of the printed one, where not null
  sdk::Aggregation aggregation = sdk::Aggregation::kSum;
  bool part_of_total = false;  // with the others of its category
};
constexpr auto kSum = sdk::Aggregation::kSum;
constexpr auto kUnique = sdk::Aggregation::kUnique;
constexpr char kReports[] = "CyberTipline reports";
constexpr char kFiles[] = "Files in CyberTipline reports";
constexpr char kUniqueFiles[] = "Unique files in CyberTipline reports";
constexpr char kSimilarFiles[] = "Similar files in CyberTipline reports";
constexpr char kFile[] = "ncmec_file";
// The first is the total of all.
constexpr Kind kKinds[] = {
    {"reports", "total", kReports, "reports", nullptr, nullptr},
    {"reports", "with unique photos/videos",
     "CyberTipline reports with unique media", "reports", nullptr, nullptr},
    {"reports", "with similar photos/videos",
     "CyberTipline reports with similar media", "reports", nullptr, nullptr},
    {"user location", nullptr, kReports, "reports", "geography", nullptr, kSum,
     true},
    {"kind of exploitation", nullptr, kReports, "reports", "harm", nullptr,
     kSum, true},
    {"attachments", "unique photos", kUniqueFiles, "files", kFile, "photos",
     kUnique},
    {"attachments", "unique videos", kUniqueFiles, "files", kFile, "videos",
     kUnique},
    {"attachments", "similar photos", kSimilarFiles, "files", kFile, "photos"},
    {"attachments", "similar videos", kSimilarFiles, "files", kFile, "videos"},
    {"attachments", nullptr, kFiles, "files", kFile, nullptr}};

const Kind* FindKind(std::string_view category, std::string_view label) {
  for (const Kind& kind : kKinds) {
    if (tabular::NormaliseName(category) == kind.category &&
        (kind.label == nullptr ||
         tabular::NormaliseName(label) == kind.label)) {
      return &kind;
    }
  }
  return nullptr;
}

struct Entry {
  const Kind* kind = nullptr;
  std::string label;
  int64_t year = 0;
  int64_t value = 0;
  std::string year_text;
  std::string raw;
  tabular::Locator place;
};

class Reader {
 public:
  Reader(const ReadOptions& options, bool by_category)
      : options_(options), by_category_(by_category) {}

  tabular::Status Read(tabular::ByteSource& source) {
    tabular::HeaderSpec spec;
    spec.search_rows = 1;
    spec.roles = {{"year", {"year"}},
                  {"figure", {by_category_ ? "quantity" : "reports"}},
                  {"category", {"category"}, by_category_},
                  {"label", {"label"}, by_category_}};
    return ReadLongTable(source, options_, spec, &table,
                         [this](const LongRow& row) { return OnRow(row); });
  }

  LongTable table;
  std::vector<Entry> entries;

 private:
  tabular::Status Fault(const char* reason, const char* message,
                        const char* expected, const tabular::Cell& cell) const {
    return tabular::Status(
        Error{.reason = reason,
              .message = message,
              .expected = expected,
              .found = tabular::Printable(std::string(cell.text)),
              .part = options_.part,
              .locator = cell.locator});
  }

  tabular::Status OnRow(const LongRow& row) {
    Entry entry;
    const tabular::Cell& year = row.CellOf(kYear);
    if (!tabular::ParseInteger(year.text, &entry.year).ok() ||
        entry.year < 1990 || entry.year > 2100) {
      return Fault("NOT_A_YEAR", "no year", "a year such as 2022", year);
    }
    const tabular::Cell& figure = row.CellOf(kQuantity);
    if (!tabular::ParseInteger(figure.text, &entry.value).ok() ||
        entry.value < 0) {
      return Fault("NOT_A_FIGURE", "no count stands where one should",
                   "a whole number", figure);
    }
    entry.kind = &kKinds[0];
    if (by_category_) {
      entry.kind = FindKind(row.Text(kCategory), row.Text(kLabel));
      if (entry.kind == nullptr) {
        return Fault("UNKNOWN_CATEGORY",
                     "what this label of its category counts is not known",
                     "a category and a label that are declared",
                     row.CellOf(kLabel));
      }
      entry.label = std::string(row.Text(kLabel));
    }
    entry.year_text = std::string(row.Text(kYear));
    entry.raw = std::string(figure.text);
    entry.place = figure.locator;
    entries.push_back(std::move(entry));
    return tabular::OkStatus();
  }

  const ReadOptions& options_;
  const bool by_category_;
};

class Emitter {
 public:
  Emitter(Host& host, const Reader& reader) : host_(host), reader_(reader) {}

  Status Emit() {
    COLLATE_SDK_RETURN_IF_ERROR(CheckTotals());
    for (const Entry& entry : reader_.entries) {
      COLLATE_SDK_RETURN_IF_ERROR(EmitEntry(entry));
    }
    return sdk::OkStatus();
  }

 private:
  // Every report is of one kind and from one place: each category makes the
  // total of its year.
  Status CheckTotals() {
    std::map<std::pair<std::string, int64_t>, int64_t> sums;
    for (const Entry& entry : reader_.entries) {
      if (!entry.kind->part_of_total) continue;
      int64_t& sum = sums[{entry.kind->category, entry.year}];
      if (__builtin_add_overflow(sum, entry.value, &sum)) sum = -1;
    }
    for (const Entry& entry : reader_.entries) {
      if (entry.kind != &kKinds[0]) continue;
      for (const auto& [key, sum] : sums) {
        if (key.second != entry.year || sum == entry.value) continue;
        mismatched_.insert(entry.year);
        COLLATE_SDK_RETURN_IF_ERROR(host_.Diagnose(
            {.severity = Severity::kWarning,
             .reason = "TOTAL_MISMATCH",
             .message = "a printed total is not the sum of category '" +
                        key.first + "'; all are kept as printed",
             .expected = std::to_string(sum),
             .found = entry.raw,
             .locator = tabular::ToSdk(entry.place)}));
      }
    }
    return sdk::OkStatus();
  }

  Status TableOf(const Kind& kind, uint64_t* handle) {
    auto [table, is_new] = tables_.try_emplace(kind.measure, 0);
    if (is_new) {
      sdk::Table out;
      out.id = kind.measure;
      out.measure = kind.measure;
      out.unit = kind.unit;
      out.aggregation = kind.aggregation;
      // The two files print the same totals.
      out.repeats = sdk::Repeats::kConflict;
      out.partition = sdk::Partition::kComplete;
      out.floor = sdk::Floor::kZero;
      out.locator = tabular::ToSdk(reader_.table.header.locator);
      COLLATE_SDK_RETURN_IF_ERROR(
          host_.BeginTable(std::move(out), &table->second));
    }
    *handle = table->second;
    return sdk::OkStatus();
  }

  Status EmitEntry(const Entry& entry) {
    const Kind& kind = *entry.kind;
    Observation out;
    COLLATE_SDK_RETURN_IF_ERROR(TableOf(kind, &out.table));
    out.reporter = kPublisher;
    const int year = static_cast<int>(entry.year);
    out.period = {.begin = sdk::FirstOfMonth(year, 1).value_or(0),
                  .end = sdk::FirstOfMonth(year + 1, 1).value_or(0),
                  .kind = sdk::PeriodKind::kCalendarYear,
                  .text = entry.year_text};
    std::string geography = kWorld;
    if (kind.axis != nullptr) {
      const std::string label =
          kind.axis_label == nullptr ? entry.label : kind.axis_label;
      if (std::string_view(kind.axis) == "geography") {
        geography = label;
      } else {
        out.dimensions.emplace_back(kind.axis, label);
      }
    }
    out.dimensions.emplace_back("geography", geography);
    out.state = sdk::State::kReported;
    out.value = sdk::Decimal{.mantissa = entry.value};
    if (entry.kind == &kKinds[0] && mismatched_.contains(entry.year)) {
      out.flags |= COLLATE_FLAG_TOTAL_MISMATCH;
    }
    if (entry.year >= kBundledFrom) {
      out.flags |= COLLATE_FLAG_SERIES_BREAK;
      out.notes.push_back(
          "from 2024 on several reports of one event may be bundled as one");
    }
    out.raw = entry.raw;
    out.locator = tabular::ToSdk(entry.place);
    const uint32_t column = entry.place.column;
    out.headers.push_back(
        tabular::ToSdk(reader_.table.header.columns[column - 1].locator));
    return host_.Emit(std::move(out));
  }

  Host& host_;
  const Reader& reader_;
  std::map<std::string, uint64_t> tables_;
  std::set<int64_t> mismatched_;
};

}  // namespace

bool NamesNcmecTables(const Names& row) {
  return row == Names{"category", "label", "year", "quantity"} ||
         row == Names{"year", "reports"};
}

Status IngestNcmecTables(Host& host, const sdk::Document& document,
                         tabular::ByteSource& source,
                         const ReadOptions& options) {
  // The header tells the two apart; each reader wants its own.
  Reader by_category(options, true);
  Reader by_year(options, false);
  Reader* reader = &by_category;
  tabular::Status status = by_category.Read(source);
  if (!status.ok() && status.error().reason == "HEADER_NOT_FOUND") {
    reader = &by_year;
    status = by_year.Read(source);
  }
  if (!status.ok()) return tabular::Refuse(host, status.error());
  if (reader->entries.empty()) {
    return tabular::Refuse(host, {.reason = "NOTHING_TO_READ",
                                  .message = "a header without a row below",
                                  .expected = "a row for each year",
                                  .part = options.part});
  }
  COLLATE_SDK_RETURN_IF_ERROR(Emitter(host, *reader).Emit());
  const LongTable& table = reader->table;
  const uint64_t width = table.header.columns.size();
  CellCount count{.read = (1 + table.rows) * width + table.blank_rows,
                  .observed = table.rows,
                  .header = width,
                  .label = table.rows * (width - 1),
                  .blank = table.blank_rows};
  COLLATE_SDK_RETURN_IF_ERROR(host.Account("rows_read", 1 + table.rows));
  return count.Account(host);
}

}  // namespace collate::transparency_report
