#include "plugins/police_returns/pfa_tables_adapter.h"

#include <algorithm>
#include <array>
#include <cstdint>
#include <map>
#include <optional>
#include <set>
#include <string>
#include <utility>
#include <vector>

#include "plugins/police_returns/pfa_sums.h"
#include "plugins/police_returns/pfa_tables.h"
#include "plugins/tabular/sdk_bridge.h"

namespace collate::police_returns {
namespace {

using sdk::Diagnostic;
using sdk::Document;
using sdk::Host;
using sdk::Severity;
using sdk::State;
using sdk::Status;

// What a table of one measure is to collate.
struct Meaning {
  PfaMeasure measure;
  const char* id;  // after "pfa_p1_" and the like
  const char* words;
  const char* unit;
  sdk::Aggregation aggregation;
  sdk::Floor floor;
};

// Offences are net of transfers and cancellations, and so is what is made of
// them.
constexpr Meaning kMeanings[] = {
    {PfaMeasure::kOffences, "numbers", "recorded offences", "offences",
     sdk::Aggregation::kSum, sdk::Floor::kNone},
    {PfaMeasure::kChange, "change", "percentage change in recorded offences",
     "per cent", sdk::Aggregation::kNone, sdk::Floor::kNone},
    {PfaMeasure::kPopulationRate, "population_rates",
     "recorded offences per 1,000 population", "offences per 1,000 population",
     sdk::Aggregation::kNone, sdk::Floor::kNone},
    {PfaMeasure::kHouseholdRate, "household_rates",
     "recorded offences per 1,000 households", "offences per 1,000 households",
     sdk::Aggregation::kNone, sdk::Floor::kNone},
    {PfaMeasure::kPopulation, "population", "population", "persons",
     sdk::Aggregation::kSum, sdk::Floor::kZero},
    {PfaMeasure::kHouseholds, "households", "households", "households",
     sdk::Aggregation::kSum, sdk::Floor::kZero}};
static_assert(std::size(kMeanings) + 1 == kPfaMeasures);

bool IsStock(PfaMeasure measure) {
  return measure == PfaMeasure::kPopulation ||
         measure == PfaMeasure::kHouseholds;
}

// 30 June, as ParsePeriod reads it.
std::string MidYearDay(int32_t year) { return std::to_string(year) + "-06-30"; }

sdk::Period PeriodOf(const PfaTable& table, const PfaColumn& column) {
  if (IsStock(column.measure)) {
    const int32_t day = sdk::DayNumber(column.mid_year, 6, 30).value_or(0);
    return {.begin = day,
            .end = day + 1,
            .kind = sdk::PeriodKind::kDay,
            .text = "mid-" + std::to_string(column.mid_year)};
  }
  const YearEnding& last = *table.period;
  return {.begin = sdk::FirstOfMonth(last.year, last.month - 11).value_or(0),
          .end = sdk::FirstOfMonth(last.year, last.month + 1).value_or(0),
          .kind = sdk::PeriodKind::kRollingYear,
          .text = last.text};
}

std::optional<sdk::Decimal> ToSdk(
    const std::optional<tabular::Decimal>& number) {
  if (!number.has_value()) return std::nullopt;
  return sdk::Decimal{.mantissa = number->mantissa, .scale = number->scale};
}

// "+: included in London's rate; 14. '+' Rates for London include ..."
std::string WhereIncluded(const PfaArea& area) {
  std::string reason = "+: included in London's rate";
  for (const std::string& note : area.notes) reason += "; " + note;
  return reason;
}

void SetState(const PfaTable& table, const PfaCell& cell,
              sdk::Observation* out) {
  const auto say = [out](State state, std::string reason) {
    out->state = state;
    out->reason = std::move(reason);
  };
  switch (cell.mark) {
    case PfaMark::kNumber:
      out->value = ToSdk(cell.value);
      out->lower = ToSdk(cell.lower);
      out->upper = ToSdk(cell.upper);
      return say(cell.lower.has_value() ? State::kRounded : State::kReported,
                 "");
    case PfaMark::kSmallBase:
      return say(State::kNotShown,
                 "-: percentage not shown, the base is fewer than 50");
    case PfaMark::kNotShown:
      return say(State::kNotShown, "-: not shown in this column, see its note");
    case PfaMark::kNoComparison:
      return say(State::kNotShown, "N/A: no comparison is printed");
    case PfaMark::kIncludedInLondon:
      return say(State::kIncludedElsewhere,
                 WhereIncluded(table.areas[cell.area]));
    case PfaMark::kConfidential:
      return say(State::kSuppressed, "[c]: confidential");
    case PfaMark::kUnavailable:
      return say(State::kNotShown, "[x]: not available");
    case PfaMark::kNotApplicable:
      return say(State::kNotApplicable, "[z]: not applicable");
    case PfaMark::kLow:
      // The base of the rounding is not stated, so no bounds follow.
      return say(State::kSuppressed,
                 "[low]: rounds to nothing, but is not nothing");
  }
}

class Emitter {
 public:
  Emitter(Host& host, const PfaTable& table) : host_(host), table_(table) {}

  Status Emit() {
    COLLATE_SDK_RETURN_IF_ERROR(BeginTables());
    for (const PfaCell& cell : table_.cells) {
      COLLATE_SDK_RETURN_IF_ERROR(host_.Emit(ObservationOf(cell)));
    }
    return sdk::OkStatus();
  }

  void FlagMismatch(size_t cell) { mismatched_.insert(cell); }

 private:
  Status BeginTables() {
    const std::string sheet(WordsOf(table_.kind).sheet.substr(6));  // "p1"
    for (const Meaning& meaning : kMeanings) {
      std::set<std::string> periods;
      for (const PfaColumn& column : table_.columns) {
        if (column.measure != meaning.measure) continue;
        periods.insert(IsStock(column.measure) ? MidYearDay(column.mid_year)
                                               : CanonicalText(*table_.period));
      }
      if (periods.empty()) continue;
      sdk::Table out;
      out.id = "pfa_" + sheet + "_" + meaning.id;
      out.title = table_.title;
      out.measure = meaning.words;
      out.unit = meaning.unit;
      out.aggregation = meaning.aggregation;
      // One mid-year estimate may stand in P3 and in P9, and has to be one.
      out.repeats = IsStock(meaning.measure) ? sdk::Repeats::kConflict
                                             : sdk::Repeats::kError;
      // Groups, their parts, the parts' parts and the total stand side by
      // side, and some groups have no parts: no set of columns is a whole.
      out.partition = sdk::Partition::kIncomplete;
      out.floor = meaning.floor;
      for (const std::string& period : periods) {
        out.extent.emplace_back("period", period);
      }
      out.locator = tabular::ToSdk(table_.title_cell, table_.sheet);
      COLLATE_SDK_RETURN_IF_ERROR(host_.BeginTable(
          out, &handles_[static_cast<size_t>(meaning.measure)]));
    }
    return sdk::OkStatus();
  }

  sdk::Observation ObservationOf(const PfaCell& cell) const {
    const PfaColumn& column = table_.columns[cell.column];
    const PfaArea& area = table_.areas[cell.area];
    sdk::Observation out;
    out.table = handles_[static_cast<size_t>(column.measure)];
    out.reporter_code = area.code;
    // A name that a region shares with a force is the force's alone.
    if (!area.ambiguous_name) out.reporter = area.name;
    out.period = PeriodOf(table_, column);
    if (!IsStock(column.measure)) {
      out.dimensions.emplace_back("offence", column.text);
    }
    SetState(table_, cell, &out);
    if (mismatched_.count(static_cast<size_t>(&cell - table_.cells.data()))) {
      out.flags |= COLLATE_FLAG_TOTAL_MISMATCH;
    }
    out.raw = cell.raw;
    out.notes = area.notes;
    for (const std::string& note : column.notes) {
      if (std::find(out.notes.begin(), out.notes.end(), note) ==
          out.notes.end()) {
        out.notes.push_back(note);
      }
    }
    out.locator = tabular::ToSdk(cell.locator, table_.sheet);
    for (const tabular::Locator* header :
         {&table_.title_cell, &column.locator, &area.name_cell}) {
      out.headers.push_back(tabular::ToSdk(*header, table_.sheet));
    }
    return out;
  }

  Host& host_;
  const PfaTable& table_;
  std::array<uint64_t, kPfaMeasures> handles_ = {};
  std::set<size_t> mismatched_;  // indices of cells
};

// ---- Findings --------------------------------------------------------------

Status Inform(Host& host, const PfaTable& table, const char* reason,
              std::string message, const tabular::Locator& locator,
              uint64_t repeats = 1, std::string found = "",
              Severity severity = Severity::kInfo) {
  return host.Diagnose(
      Diagnostic{.severity = severity,
                 .reason = reason,
                 .message = std::move(message),
                 .found = std::move(found),
                 .locator = tabular::ToSdk(locator, table.sheet),
                 .repeats = repeats});
}

Status ReportTable(Host& host, const PfaTable& table) {
  for (const std::string& note : table.notes) {
    COLLATE_SDK_RETURN_IF_ERROR(Inform(host, table, "TABLE_NOTE",
                                       "a note on the whole table",
                                       table.title_cell, 1, note));
  }
  for (const PfaLostNote& lost : table.lost_notes) {
    COLLATE_SDK_RETURN_IF_ERROR(
        Inform(host, table, "NOTE_NOT_PRINTED",
               "a mark of a note that is not printed under the table",
               lost.locator, 1, lost.mark, Severity::kWarning));
  }
  if (table.hidden_cells > 0) {
    COLLATE_SDK_RETURN_IF_ERROR(
        Inform(host, table, "HIDDEN_CELLS_READ",
               "cells of hidden rows or columns are read like others",
               table.title_cell, table.hidden_cells));
  }
  for (const PfaArea& area : table.areas) {
    if (!area.ambiguous_name) continue;
    COLLATE_SDK_RETURN_IF_ERROR(
        Inform(host, table, "NAME_LEFT_TO_FORCE",
               "an area and a force have one name; the area goes by its code",
               area.name_cell, 1, area.name + ", " + area.code));
  }
  if (table.shortened > 0) {
    COLLATE_SDK_RETURN_IF_ERROR(Inform(
        host, table, "DECIMALS_ROUNDED",
        table.sheet + ": numbers stored as binary fractions are kept to " +
            std::to_string(kPfaDecimals) +
            " decimals, within half a step; the stored token is kept "
            "beside them",
        table.title_cell, table.shortened));
  }
  return sdk::OkStatus();
}

// Only offences are counts that have to add up to the unit.
Status ReportSums(Host& host, const PfaTable& table, Emitter* emitter) {
  if (table.kind != PfaKind::kNumbers) return sdk::OkStatus();
  const PfaSums sums = CheckPfaSums(table);
  for (const PfaSumFault& fault : sums.faults) {
    const PfaCell& cell = table.cells[fault.cell];
    emitter->FlagMismatch(fault.cell);
    COLLATE_SDK_RETURN_IF_ERROR(host.Diagnose(Diagnostic{
        .severity = Severity::kWarning,
        .reason = "SUM_MISMATCH",
        .message = table.columns[cell.column].text + " of " +
                   table.areas[cell.area].name + " is not the sum of " +
                   fault.parts + "; all are kept as printed",
        .expected = std::to_string(fault.sum),
        .found = std::to_string(cell.value.mantissa),
        .locator = tabular::ToSdk(cell.locator, table.sheet)}));
  }
  if (sums.unchecked == 0) return sdk::OkStatus();
  return Inform(host, table, "SUM_NOT_CHECKED",
                "sums of areas that could not be checked: an area is missing "
                "or has no number",
                table.title_cell, sums.unchecked);
}

Status AccountFor(Host& host, const PfaTable& table) {
  const uint64_t areas = table.areas.size();
  const std::pair<const char*, uint64_t> accounts[] = {
      {"rows_read", areas + table.blank_rows},
      {"rows_observed", areas},
      {"rows_ignored", table.blank_rows},
      {"rows_above_data", table.rows_above},
      {"rows_below_data", table.rows_below},
      {"cells_read", table.read_cells},
      {"cells_observed", table.read_cells - table.blank_cells},
      {"cells_ignored", table.blank_cells}};
  for (const auto& [what, count] : accounts) {
    COLLATE_SDK_RETURN_IF_ERROR(host.Account(what, count));
  }
  return sdk::OkStatus();
}

// ---- Sheets ----------------------------------------------------------------

Status ChooseSheets(Host& host, const tabular::Workbook& workbook,
                    const std::string& part,
                    std::map<PfaKind, uint32_t>* chosen) {
  for (const tabular::SheetInfo& sheet : workbook.sheets()) {
    const std::optional<PfaKind> kind = KindOfSheet(sheet.name);
    if (!kind.has_value()) {
      Diagnostic ignored{.severity = Severity::kInfo,
                         .reason = "SHEET_NOT_READ",
                         .message = "a sheet that this family does not read: " +
                                    tabular::Printable(sheet.name)};
      ignored.locator.sheet = sheet.name;
      COLLATE_SDK_RETURN_IF_ERROR(host.Diagnose(ignored));
    } else if (!chosen->emplace(*kind, sheet.index).second) {
      return tabular::Refuse(
          host, tabular::Error{.reason = "AMBIGUOUS_SHEET",
                               .message = "two sheets of one name",
                               .expected = "one sheet of each name",
                               .found = tabular::Printable(sheet.name),
                               .part = part,
                               .sheet = sheet.name});
    } else if (sheet.hidden) {
      Diagnostic hidden{.severity = Severity::kInfo,
                        .reason = "HIDDEN_SHEET_READ",
                        .message = "a hidden sheet is read like others"};
      hidden.locator.sheet = sheet.name;
      COLLATE_SDK_RETURN_IF_ERROR(host.Diagnose(hidden));
    }
  }
  if (chosen->count(PfaKind::kNumbers) > 0) return sdk::OkStatus();
  return tabular::Refuse(
      host, tabular::Error{.reason = "SHEET_MISSING",
                           .message = "the workbook has no table of numbers",
                           .expected = "a sheet \"Table P1\"",
                           .part = part});
}

// The tables of one edition are about one period.
Status CheckPeriods(Host& host, const std::vector<PfaTable>& tables,
                    const std::string& part) {
  const PfaTable& first = tables.front();
  for (const PfaTable& table : tables) {
    if (!table.period.has_value() || table.period == first.period) continue;
    return tabular::Refuse(
        host, tabular::Error{.reason = "PERIOD_MISMATCH",
                             .message = "the title is about another period "
                                        "than that of " +
                                        first.sheet,
                             .expected = first.period->text,
                             .found = table.period->text,
                             .part = part,
                             .sheet = table.sheet,
                             .locator = table.title_cell});
  }
  return sdk::OkStatus();
}

}  // namespace

bool IsPfaTables(const tabular::Workbook& workbook) {
  return std::any_of(workbook.sheets().begin(), workbook.sheets().end(),
                     [](const tabular::SheetInfo& sheet) {
                       return KindOfSheet(sheet.name) == PfaKind::kNumbers;
                     });
}

Status ReadPfaTables(Host& host, const Document& document,
                     tabular::Workbook& workbook) {
  const std::string part(document.file().name());
  std::map<PfaKind, uint32_t> chosen;
  COLLATE_SDK_RETURN_IF_ERROR(ChooseSheets(host, workbook, part, &chosen));
  std::vector<PfaTable> tables;
  for (const auto& [kind, index] : chosen) {
    if (tabular::Status status =
            ReadPfaTable(workbook, index, kind, part, &tables.emplace_back());
        !status.ok()) {
      return tabular::Refuse(host, status.error());
    }
  }
  COLLATE_SDK_RETURN_IF_ERROR(CheckPeriods(host, tables, part));
  for (const tabular::Finding& finding : workbook.findings()) {
    Diagnostic set_aside{.severity = Severity::kInfo,
                         .reason = finding.reason,
                         .message = finding.message,
                         .repeats = std::max<uint64_t>(finding.count, 1)};
    set_aside.locator.sheet = finding.sheet;
    COLLATE_SDK_RETURN_IF_ERROR(host.Diagnose(set_aside));
  }
  uint64_t done = 0;
  for (const PfaTable& table : tables) {
    Emitter emitter(host, table);
    COLLATE_SDK_RETURN_IF_ERROR(ReportTable(host, table));
    COLLATE_SDK_RETURN_IF_ERROR(ReportSums(host, table, &emitter));
    COLLATE_SDK_RETURN_IF_ERROR(emitter.Emit());
    COLLATE_SDK_RETURN_IF_ERROR(AccountFor(host, table));
    COLLATE_SDK_RETURN_IF_ERROR(host.Progress(++done, tables.size()));
  }
  return sdk::OkStatus();
}

}  // namespace collate::police_returns
