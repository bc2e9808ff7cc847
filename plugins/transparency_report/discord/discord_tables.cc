// What the tables of Discord's reports mean, and what is told of those that are
// not read.

#include <cstdint>
#include <map>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "plugins/tabular/sdk_bridge.h"
#include "plugins/transparency_report/discord/discord_layout.h"
#include "plugins/transparency_report/families.h"

namespace collate::transparency_report {
namespace {

using sdk::Host;
using sdk::Observation;
using sdk::Severity;
using sdk::Status;
using tabular::Error;

constexpr char kPublisher[] = "Discord";

class BlockEmitter {
 public:
  BlockEmitter(Host& host, const NamedPeriod& period, size_t number,
               const DiscordBlock& block, const DiscordGrid& table,
               const std::vector<HeldRow>& rows, CellCount* count)
      : host_(host),
        period_(period),
        number_(number),
        block_(block),
        table_(table),
        rows_(rows),
        count_(*count) {}

  Status Emit() {
    COLLATE_SDK_RETURN_IF_ERROR(BeginTables());
    COLLATE_SDK_RETURN_IF_ERROR(CompareMonths());
    for (const DiscordLine& line : table_.lines) {
      if (!line.label.empty()) ++count_.label;
      for (size_t c = 0; c < table_.columns.size(); ++c) {
        if (months_contradict_ && !line.total) {
          ++count_.ignored;
          continue;
        }
        ++count_.observed;
        COLLATE_SDK_RETURN_IF_ERROR(EmitCell(line, c));
      }
    }
    return sdk::OkStatus();
  }

 private:
  const char* RowAxis() const {
    switch (table_.is->rows) {
      case DiscordRows::kHarms:
        return "harm";
      case DiscordRows::kRequests:
        return "legal_request";
      case DiscordRows::kMonths:
      case DiscordRows::kCountries:
      case DiscordRows::kOne:
        break;
    }
    return nullptr;
  }

  Status BeginTables() {
    for (const DiscordField& column : table_.columns) {
      auto [handle, is_new] = handles_.try_emplace(column.is->measure, 0);
      if (!is_new) continue;
      sdk::Table out;
      out.id = std::to_string(number_) + " " + column.is->measure;
      out.title = block_.title;
      out.measure = column.is->measure;
      out.unit = column.is->unit;
      out.aggregation = column.is->aggregation;
      // Accounts disabled stand in two tables of one report.
      out.repeats = sdk::Repeats::kConflict;
      out.partition = sdk::Partition::kComplete;
      out.floor = sdk::Floor::kZero;
      out.locator = tabular::ToSdk(rows_[block_.header].locator);
      COLLATE_SDK_RETURN_IF_ERROR(
          host_.BeginTable(std::move(out), &handle->second));
    }
    return sdk::OkStatus();
  }

  // Months that are not of the period in the file's name: which of the two is
  // wrong cannot be known.
  Status CompareMonths() {
    if (table_.is->rows != DiscordRows::kMonths) return sdk::OkStatus();
    std::string names;
    const DiscordLine* first = nullptr;
    for (const DiscordLine& line : table_.lines) {
      if (line.total) continue;
      names += (names.empty() ? "" : ", ") + line.label;
      const int month = MonthOf(line.label);
      if (month >= period_.first_month &&
          month < period_.first_month + period_.months) {
        continue;
      }
      if (first == nullptr) first = &line;
    }
    if (first == nullptr) return sdk::OkStatus();
    months_contradict_ = true;
    conflict_note_ = "the rows are labelled " + names + " in a file named " +
                     period_.text +
                     "; the total is given the period of the name";
    return host_.Diagnose(
        {.severity = Severity::kWarning,
         .reason = "PERIOD_CONFLICT",
         .message = "months that are not of the period in the file's name; "
                    "the months are not read, and the total is of the period "
                    "of the name, with a note",
         .expected = "months of " + period_.text,
         .found = names,
         .locator = tabular::ToSdk(first->row->Find(1)->locator)});
  }

  Status EmitCell(const DiscordLine& line, size_t c) {
    const DiscordField& column = table_.columns[c];
    const HeldCell& cell = *line.row->Find(column.number);
    Observation out;
    out.table = handles_.at(column.is->measure);
    out.reporter = kPublisher;
    out.period = period_.ToSdk();
    out.dimensions.emplace_back("platform", kPublisher);
    const bool by_country = table_.is->rows == DiscordRows::kCountries;
    out.dimensions.emplace_back(
        "geography", line.total   ? table_.is->total_geography
                     : by_country ? line.label
                                  : std::string(table_.is->geography));
    if (const char* axis = RowAxis()) {
      if (line.total) {
        out.level = sdk::Level::kTotal;
        out.level_axis = axis;
      } else {
        out.dimensions.emplace_back(axis, line.label);
      }
    }
    if (table_.is->rows == DiscordRows::kMonths && !line.total) {
      SetMonth(line.label, &out.period);
    }
    if (column.is->axis != nullptr) {
      if (column.is->total) {
        out.level = sdk::Level::kTotal;
        out.level_axis = column.is->axis;
      } else {
        out.dimensions.emplace_back(column.is->axis, column.label);
      }
    }
    const Figure& figure = line.figures[c];
    if (figure.form == FigureForm::kNumber) {
      out.state = sdk::State::kReported;
      out.value = figure.lower;
    } else {
      out.state = sdk::State::kNotApplicable;
      out.reason = "'" + std::string(cell.Trimmed()) + "': not applicable";
    }
    if (!column.mark.empty()) {
      out.notes.push_back("'" + column.mark +
                          "' stands at the name of the column; what it means "
                          "is not in the file");
    }
    if (months_contradict_) {
      // An answer shows the flag, the citation the note.
      out.flags |= COLLATE_FLAG_DEFINITION_DIFFERS;
      out.notes.push_back(conflict_note_);
    }
    out.raw = cell.text;
    out.locator = tabular::ToSdk(cell.locator);
    out.headers.push_back(tabular::ToSdk(column.locator));
    if (line.total) COLLATE_SDK_RETURN_IF_ERROR(CheckTotal(c, cell, &out));
    return host_.Emit(std::move(out));
  }

  void SetMonth(const std::string& label, sdk::Period* period) const {
    const int month = MonthOf(label);
    period->begin = sdk::FirstOfMonth(period_.year, month).value_or(0);
    period->end = sdk::FirstOfMonth(period_.year, month + 1).value_or(0);
    period->kind = sdk::PeriodKind::kMonth;
    period->text = label;
  }

  Status CheckTotal(size_t c, const HeldCell& cell, Observation* out) {
    int64_t sum = 0;
    int64_t printed = 0;
    if (!out->value.has_value() || !SumOf(table_, c, &sum) ||
        !IsWhole(*out->value, &printed) || printed == sum) {
      return sdk::OkStatus();
    }
    out->flags |= COLLATE_FLAG_TOTAL_MISMATCH;
    return host_.Diagnose(
        {.severity = Severity::kWarning,
         .reason = "TOTAL_MISMATCH",
         .message = "a printed total is not the sum of its rows; all are kept "
                    "as printed",
         .expected = std::to_string(sum),
         .found = cell.text,
         .locator = tabular::ToSdk(cell.locator)});
  }

  Host& host_;
  const NamedPeriod& period_;
  const size_t number_;
  const DiscordBlock& block_;
  const DiscordGrid& table_;
  const std::vector<HeldRow>& rows_;
  CellCount& count_;
  std::map<std::string, uint64_t> handles_;
  bool months_contradict_ = false;
  std::string conflict_note_;
};

uint64_t CellsOf(const std::vector<HeldRow>& rows, size_t begin, size_t end) {
  uint64_t cells = 0;
  for (size_t r = begin; r < end; ++r) cells += rows[r].Filled();
  return cells;
}

// The period of the file's name, or of the sender's manifest; both alike.
Status FindOwnPeriod(Host& host, const sdk::Document& document,
                     const ReadOptions& options, NamedPeriod* period) {
  const bool named = FindPeriod(options.part, period);
  NamedPeriod stated;
  const auto manifest = document.Manifest("period");
  if (manifest.has_value() && FindPeriod(*manifest, &stated)) {
    if (named && stated.text != period->text) {
      return tabular::Refuse(
          host, {.reason = "PERIOD_CONFLICT",
                 .message = "the file's name and its manifest name different "
                            "periods",
                 .expected = stated.text,
                 .found = period->text,
                 .part = options.part});
    }
    *period = stated;
    return sdk::OkStatus();
  }
  if (named) return sdk::OkStatus();
  return tabular::Refuse(
      host,
      {.reason = "PERIOD_MISSING",
       .message = "nothing in the file says which period it is about, and "
                  "neither does its name",
       .expected = "a name such as discord-2022-q4.csv or discord-2021-h1.csv, "
                   "or `period` in the manifest in that form",
       .found = options.part,
       .part = options.part});
}

}  // namespace

bool NamesDiscordTables(const Names& row) {
  return (row.contains("month") && row.contains("media reports")) ||
         row.contains("individual accounts warned") ||
         row.contains("accounts disabled category") ||
         row.contains("servers removed category");
}

Status IngestDiscordTables(Host& host, const sdk::Document& document,
                           tabular::ByteSource& source,
                           const ReadOptions& options) {
  NamedPeriod period;
  COLLATE_SDK_RETURN_IF_ERROR(FindOwnPeriod(host, document, options, &period));
  std::vector<HeldRow> rows;
  if (tabular::Status status = HoldCsv(source, options, &rows); !status.ok()) {
    return tabular::Refuse(host, status.error());
  }
  CellCount count;
  for (const HeldRow& row : rows) {
    count.read += row.cells.size();
    count.blank += row.cells.size() - row.Filled();
  }
  size_t number = 0;
  std::optional<Error> refusal;
  bool any = false;
  for (const DiscordBlock& block : FindBlocks(rows)) {
    const uint64_t cells = CellsOf(rows, block.begin, block.end);
    if (block.header == block.end) {
      count.ignored += cells;
      COLLATE_SDK_RETURN_IF_ERROR(host.Diagnose(
          {.severity = Severity::kWarning,
           .reason = "LINE_NOT_READ",
           .message = "a line outside of the tables",
           .found = tabular::Printable(block.title),
           .locator = tabular::ToSdk(rows[block.begin].Find(1)->locator)}));
      continue;
    }
    DiscordGrid table;
    Error fault;
    if (!ReadBlock(rows, block, options.part, &table, &fault)) {
      count.refused += cells;
      COLLATE_SDK_RETURN_IF_ERROR(RefuseTable(host, fault));
      if (!refusal.has_value()) refusal = std::move(fault);
      continue;
    }
    any = true;
    count.header += CellsOf(rows, block.begin, block.header + 1);
    BlockEmitter emitter(host, period, ++number, block, table, rows, &count);
    COLLATE_SDK_RETURN_IF_ERROR(emitter.Emit());
  }
  if (!any && refusal.has_value()) return tabular::ToStatus(*refusal);
  COLLATE_SDK_RETURN_IF_ERROR(host.Account("rows_read", rows.size()));
  return count.Account(host);
}

}  // namespace collate::transparency_report
