#include "plugins/foi_spreadsheet/emit.h"

#include <algorithm>
#include <cstdint>
#include <utility>

#include "plugins/tabular/sdk_bridge.h"

namespace collate::foi_spreadsheet {
namespace {

using sdk::Diagnostic;
using sdk::Host;
using sdk::Level;
using sdk::Observation;
using sdk::Severity;
using sdk::Status;
using tabular::Error;

// A header's text may be long and the list of a row is bounded.
constexpr size_t kNotes = 32;

sdk::Table TableOf(const Recipe& recipe, const TableReading& reading) {
  const pb::Table& table = *reading.table;
  const pb::Measure& measure = table.measure();
  sdk::Table out;
  out.id = reading.id;
  out.title = table.title().empty() ? reading.id : table.title();
  out.measure = measure.name();
  out.unit = measure.unit();
  out.recipe = recipe.name();
  out.aggregation =
      measure.never_added() ? sdk::Aggregation::kNone : sdk::Aggregation::kSum;
  out.repeats = measure.repeats() == pb::REPEATS_ADD ? sdk::Repeats::kAdd
                : measure.repeats() == pb::REPEATS_CONFLICT
                    ? sdk::Repeats::kConflict
                    : sdk::Repeats::kError;
  out.partition = measure.partition() == pb::PARTITION_COMPLETE
                      ? sdk::Partition::kComplete
                  : measure.partition() == pb::PARTITION_MULTI_RESPONSE
                      ? sdk::Partition::kMultiResponse
                      : sdk::Partition::kIncomplete;
  out.floor =
      measure.floor() == pb::FLOOR_NONE ? sdk::Floor::kNone : sdk::Floor::kZero;
  out.multi_response.assign(measure.multi_response().begin(),
                            measure.multi_response().end());
  std::sort(out.multi_response.begin(), out.multi_response.end());
  if (!measure.universe().empty()) {
    out.extent.emplace_back("universe", measure.universe());
  }
  out.locator = tabular::ToSdk(reading.anchor, reading.sheet->name());
  return out;
}

void SetLevel(const pb::Dimension& dimension, const Label& label,
              Observation* out) {
  switch (label.level) {
    case pb::LEVEL_SUBTOTAL:
      out->level = Level::kSubtotal;
      out->level_axis = dimension.name();
      break;
    case pb::LEVEL_OF_WHICH:
      out->level = Level::kOfWhich;
      out->level_axis = dimension.name();
      out->parent = label.parent;
      break;
    case pb::LEVEL_UNKNOWN:
    case pb::LEVEL_RESIDUAL:
      // A part of a whole along another axis says more.
      if (out->level != Level::kLeaf) break;
      out->level =
          label.level == pb::LEVEL_UNKNOWN ? Level::kUnknown : Level::kResidual;
      out->level_axis = dimension.name();
      break;
    default:
      break;
  }
}

Observation ObservationOf(const TableReading& reading, const Observed& from,
                          uint64_t handle) {
  const pb::Table& table = *reading.table;
  const std::string& sheet = reading.sheet->name();
  Observation out;
  out.table = handle;
  out.state = from.figure.state;
  out.value = from.figure.value;
  out.lower = from.figure.lower;
  out.upper = from.figure.upper;
  out.flags = from.figure.flags;
  out.raw = from.figure.raw;
  out.reason = from.figure.reason;
  out.notes = from.figure.notes;
  out.locator = tabular::ToSdk(from.locator, sheet);
  for (size_t i = 0; i < from.labels.size(); ++i) {
    const pb::Dimension& dimension = table.dimensions(static_cast<int>(i));
    const Label& label = *from.labels[i];
    for (const std::string& note : label.notes) {
      if (out.notes.size() < kNotes &&
          std::find(out.notes.begin(), out.notes.end(), note) ==
              out.notes.end()) {
        out.notes.push_back(note);
      }
    }
    if (label.cell != Sheet::kNone) {
      out.headers.push_back(
          tabular::ToSdk(reading.sheet->cells()[label.cell].locator, sheet));
    }
    if (dimension.internal()) continue;
    if (dimension.name() == "reporter") {
      out.reporter = label.text;
    } else if (dimension.name() == "period") {
      out.period = label.period;
    } else if (label.level != pb::LEVEL_TOTAL) {
      out.dimensions.emplace_back(dimension.name(), label.text);
      SetLevel(dimension, label, &out);
    }
  }
  return out;
}

Status Tell(Host& host, const Notice& notice, const Sheet* sheet) {
  Diagnostic out{.severity = notice.severity,
                 .reason = notice.reason,
                 .message = notice.message,
                 .expected = notice.expected,
                 .found = notice.found,
                 .repeats = notice.repeats};
  out.locator =
      tabular::ToSdk(notice.locator, sheet == nullptr ? "" : sheet->name());
  return host.Diagnose(out);
}

Status TellFaults(Host& host, const TableReading& table) {
  for (const Error& fault : table.faults) {
    Diagnostic out = tabular::ToSdk(fault);
    out.message = "table '" + table.id + "': " + out.message;
    COLLATE_SDK_RETURN_IF_ERROR(host.Diagnose(out));
  }
  if (table.unlisted_faults == 0) return sdk::OkStatus();
  return host.Diagnose(Diagnostic{.reason = "MORE_FAULTS",
                                  .message = "table '" + table.id +
                                             "': further faults are not "
                                             "listed",
                                  .repeats = table.unlisted_faults});
}

// Of a document that the recipe reads whole and that has no figure.
Status TellNoFigures(Host& host, const Reading& reading) {
  for (const TableReading& table : reading.tables) {
    if (!table.ok() || !table.without_figures()) return sdk::OkStatus();
  }
  for (const TableReading& table : reading.tables) {
    COLLATE_SDK_RETURN_IF_ERROR(
        Tell(host,
             {.reason = "NO_FIGURES",
              .message = "table '" + table.id +
                         "' has no figures: " + table.table->no_figures()},
             table.sheet));
  }
  return host.Account("documents_without_figures", 1);
}

Status AccountFor(Host& host, const std::vector<Sheet>& sheets,
                  const Reading& reading) {
  uint64_t counts[6] = {};
  uint64_t read = 0;
  uint64_t formulas = 0;
  for (size_t s = 0; s < sheets.size(); ++s) {
    read += sheets[s].cells().size();
    for (const CellClaim& claim : reading.claims[s]) {
      ++counts[static_cast<int>(claim.role)];
    }
    for (const SheetCell& cell : sheets[s].cells()) formulas += cell.formula;
  }
  const std::pair<const char*, uint64_t> accounts[] = {
      {"cells_read", read},
      {"cells_observed", counts[static_cast<int>(Role::kObservation)]},
      {"cells_headers", counts[static_cast<int>(Role::kHeader)]},
      {"cells_notes", counts[static_cast<int>(Role::kNote)]},
      {"cells_totals", counts[static_cast<int>(Role::kTotal)]},
      {"cells_ignored", counts[static_cast<int>(Role::kIgnored)]},
      {"cells_left_over", counts[static_cast<int>(Role::kLeftover)]}};
  for (const auto& [what, count] : accounts) {
    COLLATE_SDK_RETURN_IF_ERROR(host.Account(what, count));
  }
  if (formulas == 0) return sdk::OkStatus();
  return host.Diagnose(
      Diagnostic{.severity = Severity::kInfo,
                 .reason = "FORMULA_RESULTS_READ",
                 .message = "formulas were read as what they last gave",
                 .repeats = formulas});
}

// ---- Attachments -----------------------------------------------------------

std::string Quoted(std::string_view text) {
  std::string out = "\"";
  for (const char c : text) {
    if (c == '"') out += '"';
    out += c;
  }
  return out + '"';
}

void AddLine(const std::vector<std::string>& fields, std::string* out) {
  for (size_t i = 0; i < fields.size(); ++i) {
    if (i > 0) *out += ',';
    *out += Quoted(fields[i]);
  }
  *out += '\n';
}

std::string NumberText(const std::optional<sdk::Decimal>& number) {
  if (!number.has_value()) return "";
  std::string digits = std::to_string(number->mantissa);
  const bool negative = digits[0] == '-';
  if (negative) digits.erase(0, 1);
  const auto scale = static_cast<size_t>(number->scale);
  if (digits.size() <= scale) digits.insert(0, scale + 1 - digits.size(), '0');
  if (scale > 0) digits.insert(digits.size() - scale, ".");
  return negative ? "-" + digits : digits;
}

const char* StateText(sdk::State state) {
  switch (state) {
    case sdk::State::kReported:
      return "REPORTED";
    case sdk::State::kRounded:
      return "ROUNDED";
    case sdk::State::kSuppressed:
      return "SUPPRESSED";
    case sdk::State::kRefused:
      return "REFUSED";
    case sdk::State::kNoResponse:
      return "NO_RESPONSE";
    case sdk::State::kOmittedByPublisher:
      return "OMITTED_BY_PUBLISHER";
    case sdk::State::kNotHeld:
      return "NOT_HELD";
    case sdk::State::kNotAsked:
      return "NOT_ASKED";
    case sdk::State::kNotApplicable:
      return "NOT_APPLICABLE";
    case sdk::State::kIncludedElsewhere:
      return "INCLUDED_ELSEWHERE";
    default:
      return "NOT_SHOWN";
  }
}

std::string Joined(const std::vector<std::string>& texts) {
  std::string out;
  for (const std::string& text : texts) out += (out.empty() ? "" : "; ") + text;
  return out;
}

void AddObservation(const TableReading& table, const Observed& figure,
                    std::string* out) {
  if (!figure.published) return;
  const Observation row = ObservationOf(table, figure, 0);
  std::string labels;
  for (const auto& [axis, label] : row.dimensions) {
    labels += (labels.empty() ? "" : "; ") + axis + "=" + label;
  }
  AddLine({table.id, table.sheet->name(), std::to_string(figure.locator.row),
           std::to_string(figure.locator.column), row.raw, StateText(row.state),
           NumberText(row.value), NumberText(row.lower), NumberText(row.upper),
           row.reporter, row.period.text, labels, Joined(row.notes)},
          out);
}

}  // namespace

Status AttachReading(Host& host, const std::vector<Sheet>& sheets,
                     const Reading& reading) {
  std::string cells = "sheet,row,column,text,role,rule\n";
  for (size_t s = 0; s < sheets.size(); ++s) {
    for (size_t i = 0; i < sheets[s].cells().size(); ++i) {
      const SheetCell& cell = sheets[s].cells()[i];
      const CellClaim& claim = reading.claims[s][i];
      AddLine({sheets[s].name(), std::to_string(cell.row()),
               std::to_string(cell.column()),
               claim.personal             ? "(not shown)"
               : cell.superscript.empty() ? cell.label
                                          : cell.label + "^" + cell.superscript,
               RoleName(claim.role), claim.rule},
              &cells);
    }
  }
  std::string observations =
      "table,sheet,row,column,text,state,value,lower,upper,reporter,period,"
      "labels,notes\n";
  std::string checks = "table,check,sheet,row,column,expected,found,outcome\n";
  for (const TableReading& table : reading.tables) {
    for (const CheckOutcome& check : table.checks) {
      AddLine(
          {table.id, check.check, table.sheet->name(),
           std::to_string(check.total.row), std::to_string(check.total.column),
           check.expected, check.found, check.outcome},
          &checks);
    }
    if (!table.ok()) continue;
    for (const Observed& figure : table.figures) {
      AddObservation(table, figure, &observations);
    }
  }
  COLLATE_SDK_RETURN_IF_ERROR(
      host.Attach("recipe-cells.csv", "text/csv", cells));
  COLLATE_SDK_RETURN_IF_ERROR(
      host.Attach("recipe-observations.csv", "text/csv", observations));
  return host.Attach("recipe-checks.csv", "text/csv", checks);
}

Status EmitReading(Host& host, const Recipe& recipe,
                   const std::vector<Sheet>& sheets, const Reading& reading,
                   const std::string& part) {
  for (const Error& fault : reading.faults) {
    COLLATE_SDK_RETURN_IF_ERROR(host.Diagnose(tabular::ToSdk(fault)));
  }
  for (const TableReading& table : reading.tables) {
    COLLATE_SDK_RETURN_IF_ERROR(TellFaults(host, table));
  }
  if (!reading.ok()) {
    Error first = *reading.FirstFault();
    first.part = part;
    return tabular::ToStatus(first);
  }
  for (const Notice& notice : reading.notices) {
    COLLATE_SDK_RETURN_IF_ERROR(Tell(host, notice, nullptr));
  }
  uint64_t done = 0;
  for (const TableReading& table : reading.tables) {
    COLLATE_SDK_RETURN_IF_ERROR(host.Progress(done++, reading.tables.size()));
    if (!table.ok() || (!table.present() && !table.without_figures())) continue;
    for (const Notice& notice : table.notices) {
      COLLATE_SDK_RETURN_IF_ERROR(Tell(host, notice, table.sheet));
    }
    if (table.without_figures()) continue;
    uint64_t handle = 0;
    COLLATE_SDK_RETURN_IF_ERROR(
        host.BeginTable(TableOf(recipe, table), &handle));
    for (const Observed& figure : table.figures) {
      if (!figure.published) continue;
      COLLATE_SDK_RETURN_IF_ERROR(
          host.Emit(ObservationOf(table, figure, handle)));
    }
  }
  COLLATE_SDK_RETURN_IF_ERROR(TellNoFigures(host, reading));
  return AccountFor(host, sheets, reading);
}

}  // namespace collate::foi_spreadsheet
