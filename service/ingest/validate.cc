#include "service/ingest/validate.h"

#include <algorithm>
#include <map>
#include <optional>
#include <set>
#include <string>
#include <tuple>
#include <utility>
#include <vector>

#include "absl/container/flat_hash_map.h"
#include "absl/container/flat_hash_set.h"
#include "absl/strings/match.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/string_view.h"
#include "service/ingest/cell_numbers.h"
#include "service/query/bounds.h"
#include "service/query/snapshot.h"
#include "service/vocabulary/period.h"
#include "service/vocabulary/state.h"

namespace collate::ingest {
namespace {

using query::Interval;
using store::Observations;
using vocabulary::State;

std::string Place(const Harmonised& harmonised, const HarmonisedSlice& slice,
                  size_t row) {
  const store::Locator& locator = slice.observations.locator[row];
  const std::string& document =
      harmonised.documents[harmonised.tables[slice.table[row]].document].name;
  RawLocator raw;
  raw.part = slice.observations.strings[locator.part];
  raw.sheet = slice.observations.strings[locator.sheet];
  raw.row = locator.row;
  raw.column = locator.column;
  raw.row_end = locator.row_end;
  raw.column_end = locator.column_end;
  raw.line = locator.line;
  return FormatRawLocator(document, raw);
}

// "offences of Kent, offence 88A, 2017/18 Q1", as printed.
std::string DescribeKey(const HarmonisedSlice& slice, size_t row) {
  const Observations& rows = slice.observations;
  std::string text = absl::StrCat(rows.slice.measure, " of ",
                                  rows.strings[rows.reporter.label[row]]);
  for (size_t axis = 0; axis < rows.axes.size(); ++axis) {
    absl::StrAppend(&text, ", ", rows.slice.axes[axis].dimension, " ",
                    rows.strings[rows.axes[axis].label[row]]);
  }
  absl::StrAppend(&text, ", ", rows.strings[rows.period_text[row]]);
  return text;
}

// ---- Repeated keys ---------------------------------------------------------

// A row of one of the slices that share their keys.
struct Ref {
  uint32_t slice = 0;  // index into KeyChecker::slices_
  uint32_t row = 0;
};

absl::string_view NameOf(store::Aggregation aggregation) {
  switch (aggregation) {
    case store::Aggregation::kSum:
      return "SUM";
    case store::Aggregation::kNone:
      return "NONE";
    case store::Aggregation::kUnique:
      return "UNIQUE";
  }
  return "unknown";
}

absl::string_view NameOf(store::Partition partition) {
  switch (partition) {
    case store::Partition::kComplete:
      return "COMPLETE";
    case store::Partition::kIncomplete:
      return "INCOMPLETE";
    case store::Partition::kMultiResponse:
      return "MULTI_RESPONSE";
  }
  return "unknown";
}

// The slices of one measure, universe and set of axes: what else a slice
// says is how a table declares its cells, not which cells they are.
class KeyChecker {
 public:
  KeyChecker(Harmonised& harmonised, std::vector<HarmonisedSlice*> slices)
      : harmonised_(&harmonised), slices_(std::move(slices)) {
    absl::flat_hash_map<absl::string_view, uint32_t> ids = {{"", 0}};
    for (uint32_t slice = 0; slice < slices_.size(); ++slice) {
      std::vector<uint32_t>& number = number_.emplace_back();
      for (const std::string& text : slices_[slice]->observations.strings) {
        number.push_back(
            ids.try_emplace(text, static_cast<uint32_t>(ids.size()))
                .first->second);
      }
      const uint32_t rows = static_cast<uint32_t>(slices_[slice]->table.size());
      for (uint32_t row = 0; row < rows; ++row) order_.push_back({slice, row});
    }
    std::sort(order_.begin(), order_.end(), [this](Ref a, Ref b) {
      const int key = Compare(a, b);
      if (key != 0) return key < 0;
      return std::make_pair(TableOf(a), a.row) <
             std::make_pair(TableOf(b), b.row);
    });
    for (size_t begin = 0; begin < order_.size();) {
      size_t end = begin + 1;
      while (end < order_.size() && Compare(order_[begin], order_[end]) == 0) {
        ++end;
      }
      if (end - begin > 1) repeated_.emplace_back(begin, end);
      begin = end;
    }
  }

  // Refuses the tables that repeat a key against their own rule.
  void RefuseWithin() {
    for (const auto& [begin, end] : repeated_) {
      for (const auto& [table, rows] : ByTable(begin, end, {})) {
        if (rows.size() == 1) continue;
        const Repeats repeats = harmonised_->tables[table].repeats;
        // What is no sum cannot be added.
        if (repeats == Repeats::kAdd &&
            SliceOf(rows[0]).aggregation == store::Aggregation::kSum) {
          continue;
        }
        const bool conflict = repeats == Repeats::kConflict;
        if (conflict && (AllSayTheSame(rows) || IsContestable(rows))) continue;
        RefuseKey({{table, rows}}, /*repeated=*/!conflict);
      }
    }
  }

  // Refuses the tables that contradict one another; those of `refused` are no
  // witnesses any more.
  void RefuseBetween(const std::vector<bool>& refused) {
    for (const auto& [begin, end] : repeated_) {
      const Tables tables = ByTable(begin, end, refused);
      if (tables.size() < 2) continue;
      const bool any_error =
          std::any_of(tables.begin(), tables.end(), [this](const auto& t) {
            return harmonised_->tables[t.first].repeats == Repeats::kError;
          });
      const std::vector<Ref>& rows = tables.begin()->second;
      const std::vector<Fact> facts = FactsOf(tables.begin()->first, rows);
      if (any_error ||
          !std::all_of(tables.begin(), tables.end(), [&](const auto& t) {
            return Declared(t.second[0]) == Declared(rows[0]) &&
                   FactsOf(t.first, t.second) == facts;
          })) {
        RefuseKey(tables, any_error);
      }
    }
  }

  // When all refusals are made: takes out the rows that are kept only once,
  // flags those that are added, tells of overlaps.
  void Settle(const std::vector<bool>& refused) {
    std::vector<std::vector<bool>> keep;
    for (const HarmonisedSlice* slice : slices_) {
      keep.emplace_back(slice->table.size(), true);
    }
    const auto drop = [&](Ref ref) {
      keep[ref.slice][ref.row] = false;
      CountDropped(ref);
    };
    for (const auto& [begin, end] : repeated_) {
      const Tables tables = ByTable(begin, end, refused);
      for (auto it = tables.begin(); it != tables.end(); ++it) {
        const auto& [table, rows] = *it;
        if (it != tables.begin()) {
          for (const Ref ref : rows) drop(ref);
        } else if (rows.size() > 1 &&
                   harmonised_->tables[table].repeats == Repeats::kAdd) {
          Add(rows);
        } else if (rows.size() > 1 && IsContestable(rows)) {
          KeepStatements(rows, drop);
        } else {
          for (size_t i = 1; i < rows.size(); ++i) drop(rows[i]);
        }
      }
    }
    std::optional<Ref> before;
    for (const Ref ref : order_) {
      if (refused[TableOf(ref)] || !keep[ref.slice][ref.row]) continue;
      if (before.has_value() && Overlap(*before, ref)) {
        TellOverlap(*before, ref);
      }
      before = ref;
    }
    for (size_t slice = 0; slice < slices_.size(); ++slice) {
      if (std::count(keep[slice].begin(), keep[slice].end(), false) > 0) {
        KeepRows(*slices_[slice], keep[slice]);
      }
    }
  }

 private:
  using Tables = std::map<uint32_t, std::vector<Ref>>;
  using Number = std::pair<int64_t, int64_t>;  // mantissa, scale
  // State, which numbers there are, the three of them, the reason.
  using Fact = std::tuple<State, uint8_t, Number, Number, Number, uint32_t>;

  const Observations& RowsOf(Ref ref) const {
    return slices_[ref.slice]->observations;
  }
  const store::Slice& SliceOf(Ref ref) const { return RowsOf(ref).slice; }
  uint32_t TableOf(Ref ref) const { return slices_[ref.slice]->table[ref.row]; }
  std::string PlaceOf(Ref ref) const {
    return Place(*harmonised_, *slices_[ref.slice], ref.row);
  }
  std::string KeyOf(Ref ref) const {
    return DescribeKey(*slices_[ref.slice], ref.row);
  }

  // Everything of the key but the period. Labels count where nobody knows
  // the member: two unknown labels are two things.
  int CompareCoordinates(Ref a, Ref b) const {
    const Observations& x = RowsOf(a);
    const Observations& y = RowsOf(b);
    const auto three_way = [&](const std::vector<uint32_t>& in_x,
                               const std::vector<uint32_t>& in_y) {
      const uint32_t m = number_[a.slice][in_x[a.row]];
      const uint32_t n = number_[b.slice][in_y[b.row]];
      return m == n ? 0 : (m < n ? -1 : 1);
    };
    if (const int c = three_way(x.reporter.member, y.reporter.member)) return c;
    for (size_t axis = 0; axis < x.axes.size(); ++axis) {
      if (const int c = three_way(x.axes[axis].member, y.axes[axis].member)) {
        return c;
      }
      if (x.axes[axis].member[a.row] != 0) continue;
      if (const int c = three_way(x.axes[axis].label, y.axes[axis].label)) {
        return c;
      }
    }
    return 0;
  }

  int Compare(Ref a, Ref b) const {
    if (const int c = CompareCoordinates(a, b)) return c;
    const auto period = [this](Ref ref) {
      const Observations& rows = RowsOf(ref);
      return std::make_pair(rows.period_begin[ref.row],
                            rows.period_end[ref.row]);
    };
    return period(a) == period(b) ? 0 : (period(a) < period(b) ? -1 : 1);
  }

  // For rows in their order; equal keys do not overlap.
  bool Overlap(Ref a, Ref b) const {
    return RowsOf(b).period_begin[b.row] < RowsOf(a).period_end[a.row] &&
           CompareCoordinates(a, b) == 0 && Compare(a, b) != 0;
  }

  Fact Said(Ref ref) const {
    const Observations& rows = RowsOf(ref);
    // Slices may differ in their scale.
    const auto number = [&](const std::vector<int64_t>& column) {
      const Decimal reduced = Reduced({column[ref.row], rows.scale});
      return Number(reduced.mantissa, reduced.scale);
    };
    return std::make_tuple(rows.state[ref.row], rows.has[ref.row],
                           number(rows.value), number(rows.lower),
                           number(rows.upper),
                           number_[ref.slice][rows.reason[ref.row]]);
  }

  // How the table of a row means its cells. A row without axes is no part of
  // anything.
  std::tuple<store::Aggregation, store::Floor, store::Partition> Declared(
      Ref ref) const {
    const store::Slice& slice = SliceOf(ref);
    return {slice.aggregation, slice.floor,
            slice.axes.empty() ? store::Partition::kComplete : slice.partition};
  }

  std::string DescribeDeclared(Ref ref) const {
    const auto [aggregation, floor, partition] = Declared(ref);
    return absl::StrCat(
        NameOf(aggregation), ", ", NameOf(partition),
        floor == store::Floor::kZero ? ", from zero" : ", without a floor");
  }

  bool AllSayTheSame(const std::vector<Ref>& rows) const {
    return std::all_of(rows.begin(), rows.end(),
                       [&](Ref ref) { return Said(ref) == Said(rows[0]); });
  }

  // What a table says of a key; what it prints again and again counts once
  // where it does not add.
  std::vector<Fact> FactsOf(uint32_t table,
                            const std::vector<Ref>& rows) const {
    std::vector<Fact> facts;
    for (const Ref ref : rows) facts.push_back(Said(ref));
    std::sort(facts.begin(), facts.end());
    if (harmonised_->tables[table].repeats != Repeats::kAdd) {
      facts.erase(std::unique(facts.begin(), facts.end()), facts.end());
    }
    return facts;
  }

  // The rows order_[begin, end) by table, without those of `refused`.
  Tables ByTable(size_t begin, size_t end,
                 const std::vector<bool>& refused) const {
    Tables tables;
    for (size_t i = begin; i < end; ++i) {
      const uint32_t table = TableOf(order_[i]);
      if (!refused.empty() && refused[table]) continue;
      tables[table].push_back(order_[i]);
    }
    return tables;
  }

  // Whether every side of a contradiction is kept: the publisher's own, or
  // that of others whom a compilation names at each cell. Not where only some
  // cells name who printed them, nor where a side is withheld, lest another
  // one tell it.
  bool IsContestable(const std::vector<Ref>& rows) const {
    return harmonised_->tables[TableOf(rows[0])].repeats ==
               Repeats::kConflict &&
           std::all_of(rows.begin(), rows.end(), [&](Ref ref) {
             return (PrintedBy(ref) != 0) == (PrintedBy(rows[0]) != 0) &&
                    vocabulary::IsPrinted(RowsOf(ref).state[ref.row]);
           });
  }

  uint32_t PrintedBy(Ref ref) const {
    const Observations& rows = RowsOf(ref);
    return rows.stated.empty()
               ? 0
               : number_[ref.slice][rows.stated.printed_by[ref.row]];
  }

  // Keeps one cell of each side and printer.
  template <typename Drop>
  void KeepStatements(const std::vector<Ref>& rows, const Drop& drop) {
    std::set<std::pair<Fact, uint32_t>> kept;
    for (const Ref ref : rows) {
      if (!kept.emplace(Said(ref), PrintedBy(ref)).second) drop(ref);
    }
    if (AllSayTheSame(rows)) return;
    const auto other = std::find_if(rows.begin(), rows.end(), [&](Ref ref) {
      return Said(ref) != Said(rows[0]);
    });
    const auto printed = [this](Ref ref) {
      const Observations& from = RowsOf(ref);
      const std::string by =
          PrintedBy(ref) == 0
              ? ""
              : absl::StrCat(" by ",
                             from.strings[from.stated.printed_by[ref.row]]);
      return absl::StrCat("'", from.strings[from.raw[ref.row]], "'", by, " at ",
                          PlaceOf(ref));
    };
    harmonised_->findings.Add(
        {Severity::kWarning, "CONTESTED_KEY",
         absl::StrCat(KeyOf(rows[0]), " is printed as ", printed(rows[0]),
                      " and as ", printed(*other),
                      "; both are kept, and answers show both"),
         "", RowsOf(*other).strings[RowsOf(*other).raw[other->row]],
         PlaceOf(*other)});
  }

  void Add(const std::vector<Ref>& rows) {
    for (const Ref ref : rows) {
      slices_[ref.slice]->observations.flags[ref.row] |=
          vocabulary::kFlagRepeatedKeyAdded;
    }
    const uint32_t table = TableOf(rows[0]);
    harmonised_->findings.AddOnce(absl::StrCat("added ", table), [&] {
      return Diagnostic{
          Severity::kInfo,
          "REPEATED_KEY_ADDED",
          absl::StrCat("table '", harmonised_->tables[table].report.id,
                       "' prints keys more than once, as its kind does; their "
                       "cells are added and each is cited; the first: ",
                       KeyOf(rows[0])),
          "",
          "",
          PlaceOf(rows[0])};
    });
  }

  void CountDropped(Ref ref) {
    const uint32_t table = TableOf(ref);
    ++harmonised_->tables[table].report.duplicate_count;
    harmonised_->findings.AddOnce(absl::StrCat("identical ", table), [&] {
      return Diagnostic{
          Severity::kInfo,
          "REPEATED_KEY_IDENTICAL",
          absl::StrCat("table '", harmonised_->tables[table].report.id,
                       "' prints cells again that say the same; each is kept "
                       "once; the first: ",
                       KeyOf(ref)),
          "",
          "",
          PlaceOf(ref)};
    });
  }

  void RefuseKey(const Tables& tables, bool repeated) {
    size_t count = 0;
    for (const auto& [table, rows] : tables) count += rows.size();
    const Ref first = tables.begin()->second[0];
    // The cell that shows the conflict best: another number, else another
    // declaration, else another table's or the next.
    std::optional<Ref> said;
    std::optional<Ref> declared;
    std::optional<Ref> next;
    for (const auto& [table, rows] : tables) {
      for (const Ref ref : rows) {
        const bool other = TableOf(ref) != TableOf(first);
        if (tables.size() > 1 && !other) continue;
        if (!next.has_value() && (other || ref.row != first.row)) next = ref;
        if (!said.has_value() && Said(ref) != Said(first)) said = ref;
        if (!declared.has_value() && Declared(ref) != Declared(first)) {
          declared = ref;
        }
      }
    }
    const Ref second = said.value_or(declared.value_or(*next));
    const bool differ = Declared(first) != Declared(second);
    const auto printed = [&](Ref ref) {
      const Observations& rows = RowsOf(ref);
      return absl::StrCat(
          "'", rows.strings[rows.raw[ref.row]], "' at ", PlaceOf(ref),
          differ ? absl::StrCat(" (declared ", DescribeDeclared(ref), ")")
                 : "");
    };
    for (const auto& [table, ignored] : tables) {
      Refuse(*harmonised_, table,
             {.reason = repeated ? "REPEATED_KEY" : "CONFLICTING_KEY",
              .message = absl::StrCat(KeyOf(first), " is printed ", count,
                                      " times: ", printed(first), " and ",
                                      printed(second)),
              .expected = repeated ? "each cell once"
                          : differ ? "each cell once, or always declared and "
                                     "printed the same"
                                   : "each cell once, or always the same",
              .found = RowsOf(second).strings[RowsOf(second).raw[second.row]],
              .locator = PlaceOf(second)});
    }
  }

  void TellOverlap(Ref a, Ref b) {
    const uint32_t table = TableOf(b);
    harmonised_->findings.AddOnce(absl::StrCat("overlap ", table), [&] {
      const Observations& rows = RowsOf(b);
      return Diagnostic{
          Severity::kInfo,
          "OVERLAPPING_PERIODS",
          absl::StrCat("table '", harmonised_->tables[table].report.id,
                       "' prints periods that overlap, which are never added; "
                       "the first: ",
                       KeyOf(a), " and ",
                       rows.strings[rows.period_text[b.row]]),
          "",
          "",
          PlaceOf(b)};
    });
  }

  Harmonised* harmonised_;
  std::vector<HarmonisedSlice*> slices_;
  // By slice and string: a number that is the same in all of the slices.
  std::vector<std::vector<uint32_t>> number_;
  std::vector<Ref> order_;                           // all rows by key
  std::vector<std::pair<size_t, size_t>> repeated_;  // ranges of order_
};

std::vector<bool> RefusedTables(const Harmonised& harmonised) {
  std::vector<bool> refused;
  for (const HarmonisedTable& table : harmonised.tables) {
    refused.push_back(table.report.refused);
  }
  return refused;
}

// Every refusal is made before any row goes: a row may be dropped only for
// one that stays. Taking rows away never makes a conflict, so that each step
// is done once.
void CheckKeys(Harmonised& harmonised) {
  using Subject =
      std::tuple<std::string, std::string, std::vector<store::Axis>>;
  std::map<Subject, std::vector<HarmonisedSlice*>> subjects;
  for (HarmonisedSlice& slice : harmonised.slices) {
    const store::Slice& of = slice.observations.slice;
    subjects[{of.measure, of.universe, of.axes}].push_back(&slice);
  }
  std::vector<KeyChecker> checkers;
  for (auto& [subject, slices] : subjects) {
    checkers.emplace_back(harmonised, std::move(slices));
  }
  for (KeyChecker& checker : checkers) checker.RefuseWithin();
  const std::vector<bool> within = RefusedTables(harmonised);
  for (KeyChecker& checker : checkers) checker.RefuseBetween(within);
  const std::vector<bool> refused = RefusedTables(harmonised);
  for (KeyChecker& checker : checkers) checker.Settle(refused);
  RemoveRefused(harmonised);
}

// ---- Parts against totals --------------------------------------------------

bool IsPlain(const store::Axis& axis) {
  return !axis.level.empty() && !absl::StrContains(axis.level, ':');
}

// What a row says its number is, for comparison only. Whatever is withheld
// says no more than its floor.
Interval IntervalOf(const Observations& rows, size_t row) {
  const uint8_t has = rows.has[row];
  switch (rows.state[row]) {
    case State::kReported:
      return Interval::Exactly(rows.value[row]);
    case State::kRounded:
      if ((has & store::kHasLower) != 0 && (has & store::kHasUpper) != 0) {
        return {rows.lower[row], rows.upper[row]};
      }
      break;
    case State::kNotAsked:
    case State::kNotApplicable:
      return Interval::Exactly(0);
    default:
      break;
  }
  return rows.slice.floor == store::Floor::kZero ? Interval::AtLeast(0)
                                                 : Interval::Unknown();
}

std::string FormatInterval(const Interval& interval) {
  if (interval.lower.has_value() && interval.lower == interval.upper) {
    return absl::StrCat(*interval.lower);
  }
  if (!interval.upper.has_value()) {
    return absl::StrCat("at least ", interval.lower.value_or(0));
  }
  if (!interval.lower.has_value()) {
    return absl::StrCat("at most ", *interval.upper);
  }
  return absl::StrCat(*interval.lower, " to ", *interval.upper);
}

bool Disjoint(const Interval& a, const Interval& b) {
  return (a.upper.has_value() && b.lower.has_value() && *a.upper < *b.lower) ||
         (b.upper.has_value() && a.lower.has_value() && *b.upper < *a.lower);
}

class TotalChecker {
 public:
  TotalChecker(const vocabulary::Vocabulary& vocabulary, Harmonised& harmonised)
      : vocabulary_(vocabulary), harmonised_(harmonised) {}

  void Check() {
    for (size_t p = 0; p < harmonised_.slices.size(); ++p) {
      const store::Slice& parts = SliceAt(p);
      const vocabulary::Measure* measure =
          vocabulary_.FindMeasure(parts.measure);
      if (parts.partition != store::Partition::kComplete ||
          parts.aggregation != store::Aggregation::kSum ||
          !std::all_of(parts.axes.begin(), parts.axes.end(), IsPlain) ||
          measure == nullptr) {
        continue;
      }
      for (size_t axis = 0; axis < parts.axes.size(); ++axis) {
        if (measure->IsAdditiveOver(parts.axes[axis].dimension)) {
          CheckAxis(p, axis);
        }
      }
    }
  }

 private:
  using Key = std::vector<uint32_t>;
  struct Sum {
    Interval interval = Interval::Exactly(0);
    std::vector<std::pair<size_t, size_t>> rows;  // slice, row
  };

  const store::Slice& SliceAt(size_t index) const {
    return harmonised_.slices[index].observations.slice;
  }

  static bool SameSubject(const store::Slice& a, const store::Slice& b) {
    return a.measure == b.measure && a.universe == b.universe &&
           a.aggregation == b.aggregation;
  }

  void CheckAxis(size_t p, size_t axis) {
    const store::Slice& parts = SliceAt(p);
    store::Slice whole = parts;
    whole.axes.erase(whole.axes.begin() + static_cast<std::ptrdiff_t>(axis));
    std::vector<size_t> totals;
    // Parts whose label nobody knows are parts all the same.
    std::vector<size_t> all_parts = {p};
    for (size_t i = 0; i < harmonised_.slices.size(); ++i) {
      const store::Slice& other = SliceAt(i);
      if (i == p || !SameSubject(parts, other)) continue;
      if (other.axes == whole.axes &&
          (other.partition == store::Partition::kComplete ||
           other.axes.empty())) {
        totals.push_back(i);
      }
      if (other.axes.size() != parts.axes.size()) continue;
      store::Slice same_level = other;
      const store::Axis other_axis = same_level.axes[axis];
      same_level.axes[axis].level = parts.axes[axis].level;
      if (same_level.axes != parts.axes ||
          other_axis.dimension != parts.axes[axis].dimension) {
        continue;
      }
      if (other_axis.level.empty()) {
        all_parts.push_back(i);
      } else if (IsPlain(other_axis) && !IsAggregate(other_axis)) {
        // Two levels side by side: which of them are the parts is not said.
        return;
      }
    }
    if (totals.empty()) return;

    absl::flat_hash_map<Key, Sum> sums;
    for (const size_t i : all_parts) AddRows(i, axis, &sums);
    absl::flat_hash_map<Key, Sum> printed;
    for (const size_t i : totals) AddRows(i, std::nullopt, &printed);
    // In the order of the document, not of the map.
    std::map<std::pair<size_t, size_t>, std::pair<const Sum*, const Sum*>>
        contradicted;
    for (const auto& [key, total] : printed) {
      const auto it = sums.find(key);
      if (it == sums.end() || !Disjoint(total.interval, it->second.interval)) {
        continue;
      }
      contradicted[total.rows.front()] = {&total, &it->second};
    }
    for (const auto& [row, pair] : contradicted) {
      Tell(*pair.first, *pair.second, parts.axes[axis].dimension);
    }
  }

  bool IsAggregate(const store::Axis& axis) const {
    const vocabulary::Dimension* dimension =
        vocabulary_.FindDimension(axis.dimension);
    return dimension != nullptr &&
           std::any_of(dimension->levels().begin(), dimension->levels().end(),
                       [&](const vocabulary::Level& level) {
                         return level.code == axis.level && level.aggregate;
                       });
  }

  // Number of a text that is the same in every slice.
  uint32_t Number(const std::string& text) {
    return numbers_.try_emplace(text, static_cast<uint32_t>(numbers_.size()))
        .first->second;
  }

  void AddRows(size_t index, std::optional<size_t> without,
               absl::flat_hash_map<Key, Sum>* sums) {
    const Observations& rows = harmonised_.slices[index].observations;
    std::vector<uint32_t> number;
    number.reserve(rows.strings.size());
    for (const std::string& text : rows.strings) number.push_back(Number(text));
    Key key;
    absl::flat_hash_set<Key> seen;
    for (size_t row = 0; row < rows.row_count(); ++row) {
      key.assign({number[rows.reporter.member[row]],
                  static_cast<uint32_t>(rows.period_begin[row]),
                  static_cast<uint32_t>(rows.period_end[row])});
      Key cell = key;
      for (size_t axis = 0; axis < rows.axes.size(); ++axis) {
        cell.push_back(number[rows.axes[axis].member[row]]);
        if (axis == without) continue;
        key.push_back(number[rows.axes[axis].member[row]]);
      }
      Sum& sum = (*sums)[key];
      sum.rows.emplace_back(index, row);
      const bool added =
          (rows.flags[row] & vocabulary::kFlagRepeatedKeyAdded) != 0;
      const bool again = !seen.insert(std::move(cell)).second && !added;
      // A sum of some of the parts only says nothing of the others.
      const bool ignores =
          (rows.flags[row] & vocabulary::kFlagTotalIgnoresMarkers) != 0;
      if (again || ignores ||
          !query::AddTo(IntervalOf(rows, row), &sum.interval).ok()) {
        // Beyond 64 bits, and where a cell is contested, nothing can be
        // compared.
        sum.interval = Interval::Unknown();
      }
    }
  }

  void Tell(const Sum& total, const Sum& parts, absl::string_view axis) {
    const auto place = [this](const std::pair<size_t, size_t>& at) {
      return Place(harmonised_, harmonised_.slices[at.first], at.second);
    };
    for (const auto& [slice, row] : total.rows) {
      harmonised_.slices[slice].observations.flags[row] |=
          vocabulary::kFlagTotalMismatch;
    }
    const auto& [slice, row] = total.rows.front();
    harmonised_.findings.Add(
        {Severity::kWarning, "PARTS_V_TOTAL",
         absl::StrCat(DescribeKey(harmonised_.slices[slice], row),
                      ": the printed total is ", FormatInterval(total.interval),
                      " and its ", parts.rows.size(), " parts by ", axis, " (",
                      place(parts.rows.front()), " to ",
                      place(parts.rows.back()), ") make ",
                      FormatInterval(parts.interval),
                      "; both are kept as printed"),
         FormatInterval(parts.interval), FormatInterval(total.interval),
         place(total.rows.front())});
  }

  const vocabulary::Vocabulary& vocabulary_;
  Harmonised& harmonised_;
  absl::flat_hash_map<std::string, uint32_t> numbers_;
};

}  // namespace

void Validate(const vocabulary::Vocabulary& vocabulary,
              Harmonised& harmonised) {
  CheckKeys(harmonised);
  TotalChecker(vocabulary, harmonised).Check();
}

}  // namespace collate::ingest
