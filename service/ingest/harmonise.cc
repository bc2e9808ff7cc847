#include "service/ingest/harmonise.h"

#include <algorithm>
#include <cassert>
#include <map>
#include <optional>
#include <tuple>
#include <utility>

#include "absl/container/flat_hash_map.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/str_join.h"
#include "absl/strings/string_view.h"
#include "service/ingest/cell_numbers.h"
#include "service/ingest/slice_builder.h"
#include "service/ingest/stated_notes.h"
#include "service/ingest/table_meaning.h"
#include "service/vocabulary/state.h"

namespace collate::ingest {
namespace {

using vocabulary::Day;
using vocabulary::DayInterval;
using vocabulary::Dimension;
using vocabulary::kUnmapped;
using vocabulary::MemberId;
using vocabulary::Period;
using vocabulary::PeriodKind;
using vocabulary::State;

constexpr uint64_t kProgressRows = 4096;
constexpr uint32_t kKnownFlags =
    (uint32_t{vocabulary::kFlagTotalIgnoresMarkers} << 1) - 1;

// How the label of an axis stands in its slice.
enum Mark : uint32_t { kPlain = 0, kSubtotalMark = 1, kOfWhichMark = 2 };

absl::string_view SuffixOf(Mark mark) {
  switch (mark) {
    case kSubtotalMark:
      return ":subtotal";
    case kOfWhichMark:
      return ":of-which";
    case kPlain:
      break;
  }
  return "";
}

}  // namespace

class Harmoniser::Impl {
 public:
  explicit Impl(const HarmoniseInput& input)
      : input_(input), vocabulary_(*input.vocabulary) {}

  void Add(const RawDocument& read,
           const std::function<void(uint64_t)>& progress) {
    const uint32_t index = static_cast<uint32_t>(result_.documents.size());
    assert(index < input_.documents.size());
    const HarmoniseInput::Document& document = input_.documents[index];
    document_ = {.index = index,
                 .input = &document,
                 .first_table = static_cast<uint32_t>(result_.tables.size())};
    // All that points to texts of the document before.
    tables_.clear();
    reporters_.clear();
    for (auto& [name, axis] : axes_) axis.members.clear();
    result_.documents.push_back({document.name, read.accounts});
    for (const RawDiagnostic& raw : read.diagnostics) {
      result_.findings.Add({raw.severity, raw.reason, raw.message, raw.expected,
                            raw.found,
                            FormatRawLocator(document.name, raw.locator),
                            std::max<uint64_t>(raw.repeats, 1)});
    }
    for (const RawTable& raw : read.tables) {
      tables_.push_back(AddTable(input_, index, raw, result_));
    }
    uint64_t done = 0;
    for (const RawObservation& raw : read.observations) {
      AddRow(raw);
      if (++done % kProgressRows == 0 && progress) progress(done);
    }
  }

  Harmonised Finish() {
    // The map holds the slices in their order.
    for (const auto& [slice, index] : by_slice_) {
      std::vector<size_t> unfit;
      HarmonisedSlice finished = builders_[index].Finish(&unfit);
      for (const size_t row : unfit) RefuseUnfit(finished, row);
      result_.slices.push_back(std::move(finished));
    }
    RemoveRefused(result_);
    for (const HarmonisedTable& table : result_.tables) {
      if (table.report.refused || table.report.row_count > 0) continue;
      result_.findings.Add(
          {Severity::kWarning, "EMPTY_TABLE",
           absl::StrCat("table '", table.report.id, "' has no rows"), "", "",
           table.locator});
    }
    return std::move(result_);
  }

 private:
  struct DocumentContext {
    uint32_t index = 0;
    const HarmoniseInput::Document* input = nullptr;
    uint32_t first_table = 0;
    // What the manifest says, read when a row first asks.
    std::optional<Period> period;
    std::string period_text;
    bool period_read = false;
  };

  // A dimension with every label of the document met so far.
  struct Axis {
    uint32_t index = 0;
    const Dimension* dimension = nullptr;
    absl::flat_hash_map<std::pair<absl::string_view, Day>, MemberId> members;
  };

  using SliceKey = std::vector<uint32_t>;

  // ---- Findings ----------------------------------------------------------

  std::string Place(const RawLocator& locator) const {
    return FormatRawLocator(document_.input->name, locator);
  }

  // Refuses the table for what is wrong with a row; `said` words it once for
  // each different `found`. Always false.
  template <typename Say>
  bool FaultOnce(const RawObservation& raw, absl::string_view reason,
                 absl::string_view found, Say say) {
    const uint32_t table = document_.first_table + raw.table;
    result_.tables[table].report.refused = true;
    result_.findings.AddOnce(
        absl::StrCat("row ", table, " ", reason, " ", found), [&] {
          Diagnostic diagnostic = say();
          diagnostic.severity = Severity::kError;
          diagnostic.reason = std::string(reason);
          diagnostic.found = std::string(found);
          diagnostic.locator = Place(raw.locator);
          diagnostic.message =
              absl::StrCat("table '", result_.tables[table].report.id,
                           "' is refused: ", diagnostic.message);
          return diagnostic;
        });
    return false;
  }
  bool Fault(const RawObservation& raw, absl::string_view reason,
             absl::string_view found, absl::string_view message,
             absl::string_view expected = "") {
    return FaultOnce(raw, reason, found, [&] {
      Diagnostic diagnostic;
      diagnostic.message = std::string(message);
      diagnostic.expected = std::string(expected);
      return diagnostic;
    });
  }

  std::vector<std::string> Near(const Dimension& dimension,
                                absl::string_view label, Severity severity,
                                absl::string_view reason) const {
    if (result_.findings.IsFull(severity, reason)) return {};
    return dimension.NearMatches(label);
  }

  // ---- Rows --------------------------------------------------------------

  void AddRow(const RawObservation& raw) {
    assert(raw.table < tables_.size());
    const TableMeaning& table = tables_[raw.table];
    const uint32_t index = document_.first_table + raw.table;
    ++result_.tables[index].report.row_count;
    if (table.measure == nullptr) return;

    ResolvedRow& row = row_;
    // Keeps the memory of the axes, which every row needs.
    std::vector<std::pair<absl::string_view, absl::string_view>> axes =
        std::move(row.axes);
    axes.clear();
    row = ResolvedRow();
    row.axes = std::move(axes);
    row.document = document_.index;
    row.table = index;
    row.flags = raw.flags;
    if (input_.synthetic) row.flags |= vocabulary::kFlagSynthetic;
    // All of them, so that every fault is told at once.
    bool good = CheckRow(raw);
    if (const auto fault =
            ReadNumbers(raw, *table.raw, table.measure->unit, &row.numbers)) {
      good = Fault(raw, fault->reason, fault->found, fault->message,
                   fault->expected);
    }
    if (!ReadPeriod(raw, &row)) return;
    good = ResolveReporter(raw, &row) && good;
    good = ResolveAxes(raw, table, &row) && good;
    if (!good || result_.tables[index].report.refused) return;
    CheckExtent(raw, table, row);
    if (!raw.notes.empty() && !ReadNotes(raw, &row)) return;
    BuilderOf(table).Append(row, raw);
  }

  bool CheckRow(const RawObservation& raw) {
    if (!IsListed(raw.state,
                  static_cast<State>(vocabulary::kPublishedStateCount - 1)) ||
        !IsListed(raw.level, Level::kResidual) ||
        (raw.flags & ~kKnownFlags) != 0) {
      return Fault(raw, "INVALID_OBSERVATION", raw.raw,
                   "state, level or flags of a cell are not ones that there "
                   "are");
    }
    if ((raw.flags & vocabulary::kFlagSynthetic) != 0 && !input_.synthetic) {
      return Fault(raw, "SYNTHETIC_NOT_DECLARED", "synthetic figures",
                   "a cell says of itself that it is made up; send it as a "
                   "synthetic release, to a store of its own",
                   "a release that is declared synthetic");
    }
    return true;
  }

  bool ReadNotes(const RawObservation& raw, ResolvedRow* row) {
    StatedNotes stated;
    if (const auto fault = ReadStatedNotes(raw.notes, &stated)) {
      return Fault(raw, fault->reason, fault->found, fault->message,
                   fault->expected);
    }
    const Dimension& reporters = vocabulary_.reporters();
    const vocabulary::Member& reporter =
        reporters.member(*reporters.Find(row->reporter));
    if (stated.reporters != 0 &&
        !reporters.levels()[reporter.level].aggregate) {
      return Fault(raw, "INVALID_NOTE", reporter.title,
                   absl::StrCat("a figure of ", reporter.title,
                                " itself is stated to come from several "
                                "reporters"),
                   "a stated coverage only of an area's figure");
    }
    row->stated_reporters = stated.reporters;
    row->stated_coverage = stated.coverage;
    row->printed_by = stated.printed_by;
    for (const absl::string_view note : stated.others) {
      result_.findings.AddOnce(absl::StrCat("note ", note), [&] {
        return Diagnostic{Severity::kInfo,
                          "NOTE",
                          "the document has a note on cells",
                          "",
                          std::string(note),
                          Place(raw.locator)};
      });
    }
    return true;
  }

  bool ReadPeriod(const RawObservation& raw, ResolvedRow* row) {
    if (raw.period_begin == 0 && raw.period_end == 0) {
      if (!ReadManifestPeriod(raw)) return false;
      row->period = *document_.period;
      row->period_text = raw.period_text.empty()
                             ? absl::string_view(document_.period_text)
                             : absl::string_view(raw.period_text);
      return true;
    }
    if (raw.period_begin >= raw.period_end || raw.period_kind < 1 ||
        raw.period_kind > static_cast<int32_t>(PeriodKind::kDay)) {
      return Fault(raw, "INVALID_PERIOD", raw.period_text,
                   absl::StrCat("the period from ",
                                vocabulary::FormatDay(raw.period_begin), " to ",
                                vocabulary::FormatDay(raw.period_end),
                                " of kind ", raw.period_kind, " is none"),
                   "a kind, and a first day before the end");
    }
    row->period = {{raw.period_begin, raw.period_end},
                   static_cast<PeriodKind>(raw.period_kind)};
    row->period_text = raw.period_text;
    if (raw.period_text.empty()) {
      std::string& text = period_texts_[std::make_pair(
          row->period.days, static_cast<int>(row->period.kind))];
      if (text.empty()) text = vocabulary::FormatPeriod(row->period);
      row->period_text = text;
    }
    return true;
  }

  bool ReadManifestPeriod(const RawObservation& raw) {
    if (document_.period.has_value()) return true;
    const Pairs& manifest = document_.input->manifest;
    const std::vector<std::string> periods = ValuesOf(manifest, "period");
    const std::vector<std::string> first =
        ValuesOf(manifest, "period_first_day");
    const std::vector<std::string> last = ValuesOf(manifest, "period_last_day");
    if (periods.size() == 1 && first.empty() && last.empty()) {
      const auto period = vocabulary::ParsePeriod(periods[0]);
      if (!period.ok()) {
        return Fault(raw, "INVALID_PERIOD", periods[0],
                     absl::StrCat("the period of the document's manifest: ",
                                  period.status().message()));
      }
      document_.period = *period;
      document_.period_text = periods[0];
      return true;
    }
    if (periods.empty() && first.size() == 1 && last.size() == 1) {
      const auto begin = vocabulary::ParseDay(first[0]);
      const auto end = vocabulary::ParseDay(last[0]);
      if (!begin.ok() || !end.ok() || *end < *begin) {
        return Fault(raw, "INVALID_PERIOD",
                     absl::StrCat(first[0], " to ", last[0]),
                     "the days of the document's manifest are no period",
                     "period_first_day and period_last_day as 2018-03-31");
      }
      document_.period = vocabulary::PeriodOf({*begin, *end + 1});
      document_.period_text = vocabulary::FormatPeriod(*document_.period);
      return true;
    }
    return Fault(raw, "PERIOD_MISSING", "",
                 "a cell has no period and the document's manifest gives not "
                 "exactly one",
                 "`period`, or `period_first_day` and `period_last_day`, once "
                 "in the manifest");
  }

  bool ResolveReporter(const RawObservation& raw, ResolvedRow* row) {
    absl::string_view label = raw.reporter;
    const absl::string_view code = raw.reporter_code;
    if (label.empty() && code.empty()) {
      for (const auto& [key, value] : document_.input->manifest) {
        if (key != "reporter") continue;
        if (!label.empty() && label != value) {
          return Fault(raw, "REPORTER_MISSING", "",
                       "a cell names no reporter and the document's manifest "
                       "names several",
                       "one `reporter` in the manifest");
        }
        label = value;
      }
      if (label.empty()) {
        return Fault(raw, "REPORTER_MISSING", "",
                     "neither the cell nor the document's manifest says who "
                     "reported the figure",
                     "a reporter's name, or `reporter` in the manifest");
      }
    }
    const Dimension& reporters = vocabulary_.reporters();
    const Day day = row->period.days.begin;
    auto [it, is_new] =
        reporters_.try_emplace(std::make_tuple(label, code, day), kUnmapped);
    if (is_new || it->second == kUnmapped) {
      const std::optional<MemberId> id =
          FindReporter(raw, label, code, day, reporters);
      if (!id.has_value()) return false;
      it->second = *id;
    }
    row->reporter = reporters.member(it->second).code;
    row->reporter_label = label.empty() ? code : label;
    return true;
  }

  std::optional<MemberId> FindReporter(const RawObservation& raw,
                                       absl::string_view label,
                                       absl::string_view code, Day day,
                                       const Dimension& reporters) {
    std::optional<MemberId> by_code;
    std::optional<MemberId> by_label;
    if (!code.empty()) by_code = reporters.Resolve(code, input_.source, day);
    if (!label.empty()) by_label = reporters.Resolve(label, input_.source, day);
    if (!by_code.has_value() && !by_label.has_value()) {
      const absl::string_view found = label.empty() ? code : label;
      FaultOnce(raw, "UNKNOWN_REPORTER", found, [&] {
        const std::vector<std::string> near =
            Near(reporters, found, Severity::kError, "UNKNOWN_REPORTER");
        Diagnostic diagnostic;
        diagnostic.message = absl::StrCat(
            "no reporter is called '", found, "' on ",
            vocabulary::FormatDay(day),
            near.empty() ? ""
                         : absl::StrCat("; did you mean ",
                                        absl::StrJoin(near, ", "), "?"));
        diagnostic.expected = "a reporter that the vocabulary knows";
        return diagnostic;
      });
      return std::nullopt;
    }
    if (by_code.has_value() && by_label.has_value() && *by_code != *by_label) {
      Fault(raw, "REPORTER_CONFLICT", absl::StrCat(label, ", ", code),
            absl::StrCat("name '", label, "' is ",
                         reporters.member(*by_label).code, " and code '", code,
                         "' is ", reporters.member(*by_code).code),
            "a name and a code of one reporter");
      return std::nullopt;
    }
    if (!code.empty() && !by_code.has_value()) {
      result_.findings.AddOnce(absl::StrCat("code ", code), [&] {
        return Diagnostic{Severity::kWarning,
                          "UNKNOWN_REPORTER_CODE",
                          "a reporter's code is not known; its name was used",
                          reporters.member(*by_label).code,
                          std::string(code),
                          Place(raw.locator)};
      });
    }
    return by_code.has_value() ? by_code : by_label;
  }

  // The axis of that name, or nullptr with the table refused.
  Axis* FindAxis(const RawObservation& raw, absl::string_view name) {
    if (const auto it = axes_.find(name); it != axes_.end()) return &it->second;
    const Dimension* dimension = vocabulary_.FindDimension(name);
    if (dimension == nullptr) {
      FaultOnce(raw, "UNKNOWN_DIMENSION", name, [&] {
        std::vector<std::string> known;
        for (const Dimension& other : vocabulary_.dimensions()) {
          known.push_back(other.code());
        }
        Diagnostic diagnostic;
        diagnostic.message =
            absl::StrCat("no dimension is called '", name, "'");
        diagnostic.expected = Perhaps(vocabulary::NearMatches(name, known));
        return diagnostic;
      });
      return nullptr;
    }
    Axis& axis = axes_[name];
    axis.index = static_cast<uint32_t>(axis_order_.size());
    axis.dimension = dimension;
    axis_order_.push_back(dimension);
    return &axis;
  }

  bool ResolveAxes(const RawObservation& raw, const TableMeaning& table,
                   ResolvedRow* row) {
    const bool derived =
        raw.level == Level::kSubtotal || raw.level == Level::kOfWhich;
    if (!raw.level_axis.empty() && FindAxis(raw, raw.level_axis) == nullptr) {
      return false;
    }
    // Reporters are members of several levels already.
    bool marked = !derived || raw.level_axis == vocabulary::kReporterDimension;
    slice_key_.assign(1, row->table);
    absl::string_view previous;
    for (const auto& [name, label] : raw.dimensions) {
      if (name == vocabulary::kReporterDimension || name <= previous) {
        return Fault(raw, "INVALID_DIMENSION", name,
                     absl::StrCat("'", name,
                                  "' is out of place among the axes "
                                  "of a row"),
                     "each axis once, sorted, and the reporter apart");
      }
      previous = name;
      if (raw.level == Level::kTotal && raw.level_axis == name) continue;
      Axis* axis = FindAxis(raw, name);
      if (axis == nullptr) return false;
      Mark mark = kPlain;
      if (derived && (raw.level_axis.empty() || raw.level_axis == name)) {
        mark = raw.level == Level::kSubtotal ? kSubtotalMark : kOfWhichMark;
        marked = true;
      }
      const MemberId member = Resolve(raw, *axis, label, row->period);
      slice_key_.push_back(axis->index);
      if (member == kUnmapped) {
        slice_key_.push_back(kUnmapped);
        row->axes.emplace_back("", label);
      } else {
        const vocabulary::Member& known = axis->dimension->member(member);
        slice_key_.push_back(static_cast<uint32_t>(known.level) * 4 + mark);
        row->axes.emplace_back(known.code, label);
      }
    }
    if (!marked) {
      return Fault(raw, "LEVEL_WITHOUT_AXIS", raw.level_axis,
                   "a subtotal or part of a whole names no axis of its row; "
                   "it would be counted as a whole",
                   "the axis along which it is one");
    }
    return true;
  }

  MemberId Resolve(const RawObservation& raw, Axis& axis,
                   absl::string_view label, const Period& period) {
    const auto [it, is_new] = axis.members.try_emplace(
        std::make_pair(label, period.days.begin), kUnmapped);
    if (is_new) {
      it->second =
          axis.dimension->Resolve(label, input_.source, period.days.begin)
              .value_or(kUnmapped);
    }
    if (it->second == kUnmapped) {
      result_.findings.AddOnce(
          absl::StrCat("label ", axis.index, " ", label), [&] {
            return Diagnostic{
                Severity::kWarning,
                "UNKNOWN_LABEL",
                absl::StrCat("no ", axis.dimension->code(), " is called '",
                             label,
                             "'; its rows are kept aside and are in no sum"),
                Perhaps(Near(*axis.dimension, label, Severity::kWarning,
                             "UNKNOWN_LABEL")),
                std::string(label),
                Place(raw.locator)};
          });
    }
    return it->second;
  }

  // A row outside its table's claim is taken in, and told.
  void CheckExtent(const RawObservation& raw, const TableMeaning& table,
                   const ResolvedRow& row) {
    if (table.claimed.empty() || Covers(table.claimed, row.period.days)) {
      return;
    }
    result_.findings.AddOnce(
        absl::StrCat("extent ", row.table, " ", row.period.days.begin, " ",
                     row.period.days.end),
        [&] {
          return Diagnostic{
              Severity::kWarning,
              "PERIOD_OUTSIDE_EXTENT",
              absl::StrCat("table '", table.raw->id,
                           "' prints a period that its extent lacks; the "
                           "period counts as covered"),
              absl::StrJoin(ValuesOf(table.raw->extent, "period"), ", "),
              std::string(row.period_text),
              Place(raw.locator)};
        });
  }

  // ---- Slices ------------------------------------------------------------

  store::Partition PartitionOf(const RawTable& table) const {
    if (table.multi_response.empty()) return table.partition;
    for (size_t i = 1; i < slice_key_.size(); i += 2) {
      const std::string& axis = axis_order_[slice_key_[i]]->code();
      if (std::count(table.multi_response.begin(), table.multi_response.end(),
                     axis) > 0) {
        return store::Partition::kMultiResponse;
      }
    }
    // Without those axes nothing stands in several parts any more.
    return table.partition == store::Partition::kMultiResponse
               ? store::Partition::kIncomplete
               : table.partition;
  }

  SliceBuilder& BuilderOf(const TableMeaning& table) {
    const auto [known, is_new] = by_key_.try_emplace(slice_key_, 0);
    if (!is_new) return builders_[known->second];
    store::Slice slice;
    slice.measure = table.measure->code;
    slice.universe = table.universe;
    slice.partition = PartitionOf(*table.raw);
    slice.aggregation = table.raw->aggregation;
    slice.floor = table.raw->floor;
    for (size_t i = 1; i < slice_key_.size(); i += 2) {
      const Dimension& dimension = *axis_order_[slice_key_[i]];
      store::Axis& axis = slice.axes.emplace_back();
      axis.dimension = dimension.code();
      const uint32_t level = slice_key_[i + 1];
      if (level == kUnmapped) continue;
      axis.level = absl::StrCat(dimension.levels()[level / 4].code,
                                SuffixOf(static_cast<Mark>(level % 4)));
    }
    const auto [it, is_new_slice] =
        by_slice_.try_emplace(slice, builders_.size());
    if (is_new_slice) builders_.emplace_back(std::move(slice));
    known->second = it->second;
    return builders_[it->second];
  }

  void RefuseUnfit(const HarmonisedSlice& slice, size_t row) {
    const store::Observations& rows = slice.observations;
    const uint32_t table = slice.table[row];
    const RawLocator place = {.part = rows.strings[rows.locator[row].part],
                              .sheet = rows.strings[rows.locator[row].sheet],
                              .row = rows.locator[row].row,
                              .column = rows.locator[row].column,
                              .line = rows.locator[row].line};
    const std::string& document =
        result_.documents[result_.tables[table].document].name;
    Refuse(result_, table,
           {.reason = "VALUE_OUT_OF_RANGE",
            .message = absl::StrCat("a number has no room at the ", rows.scale,
                                    " decimals of its measure"),
            .expected = "a number that fits 64 bits",
            .found = rows.strings[rows.raw[row]],
            .locator = FormatRawLocator(document, place)});
  }

  const HarmoniseInput& input_;
  const vocabulary::Vocabulary& vocabulary_;
  Harmonised result_;
  DocumentContext document_;
  std::vector<TableMeaning> tables_;  // of the document

  // Of the document, whose texts are the keys.
  absl::flat_hash_map<std::tuple<absl::string_view, absl::string_view, Day>,
                      MemberId>
      reporters_;
  absl::flat_hash_map<std::string, Axis> axes_;
  std::vector<const Dimension*> axis_order_;  // by Axis::index
  std::map<std::pair<DayInterval, int>, std::string> period_texts_;

  ResolvedRow row_;
  SliceKey slice_key_;  // table, then axis and level in turn
  absl::flat_hash_map<SliceKey, size_t> by_key_;
  std::map<store::Slice, size_t> by_slice_;
  std::vector<SliceBuilder> builders_;
};

Harmoniser::Harmoniser(const HarmoniseInput& input)
    : impl_(std::make_unique<Impl>(input)) {}

Harmoniser::~Harmoniser() = default;

void Harmoniser::Add(const RawDocument& raw,
                     const std::function<void(uint64_t done)>& progress) {
  impl_->Add(raw, progress);
}

Harmonised Harmoniser::Finish() { return impl_->Finish(); }

Harmonised Harmonise(
    const HarmoniseInput& input,
    const std::function<void(uint64_t done, uint64_t total)>& progress) {
  uint64_t total = 0;
  for (const auto& document : input.documents) {
    total += document.raw->observations.size();
  }
  Harmoniser harmoniser(input);
  uint64_t before = 0;
  for (const auto& document : input.documents) {
    harmoniser.Add(*document.raw, [&](uint64_t done) {
      if (progress) progress(before + done, total);
    });
    before += document.raw->observations.size();
    if (progress) progress(before, total);
  }
  return harmoniser.Finish();
}

}  // namespace collate::ingest
