#include "service/ingest/validate.h"

#include <algorithm>
#include <map>
#include <numeric>
#include <optional>
#include <set>
#include <string>
#include <tuple>
#include <utility>
#include <vector>

#include "absl/container/flat_hash_map.h"
#include "absl/strings/match.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/string_view.h"
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

class KeyChecker {
 public:
  KeyChecker(Harmonised& harmonised, HarmonisedSlice& slice)
      : harmonised_(harmonised),
        slice_(slice),
        rows_(slice.observations),
        keep_(slice.table.size(), true) {}

  // Rows that are kept only once are taken out.
  void Check() {
    std::vector<uint32_t> order(slice_.table.size());
    std::iota(order.begin(), order.end(), 0u);
    std::sort(order.begin(), order.end(), [this](uint32_t a, uint32_t b) {
      const int key = Compare(a, b);
      return key != 0 ? key < 0 : a < b;
    });
    for (size_t begin = 0; begin < order.size();) {
      size_t end = begin + 1;
      while (end < order.size() && Compare(order[begin], order[end]) == 0) {
        ++end;
      }
      if (end - begin > 1) {
        CheckKey({order.begin() + static_cast<std::ptrdiff_t>(begin),
                  order.begin() + static_cast<std::ptrdiff_t>(end)});
      }
      if (end < order.size() && Overlap(order[begin], order[end])) {
        TellOverlap(order[begin], order[end]);
      }
      begin = end;
    }
    if (std::count(keep_.begin(), keep_.end(), false) > 0) {
      KeepRows(slice_, keep_);
    }
  }

 private:
  // Everything of the key but the period. Labels count where nobody knows
  // the member: two unknown labels are two things.
  int CompareCoordinates(uint32_t a, uint32_t b) const {
    const auto three_way = [](auto x, auto y) {
      return x == y ? 0 : (x < y ? -1 : 1);
    };
    if (const int c =
            three_way(rows_.reporter.member[a], rows_.reporter.member[b])) {
      return c;
    }
    for (const Observations::AxisColumn& axis : rows_.axes) {
      if (const int c = three_way(axis.member[a], axis.member[b])) return c;
      if (axis.member[a] != 0) continue;
      if (const int c = three_way(axis.label[a], axis.label[b])) return c;
    }
    return 0;
  }

  int Compare(uint32_t a, uint32_t b) const {
    if (const int c = CompareCoordinates(a, b)) return c;
    const auto period = [this](uint32_t row) {
      return std::make_pair(rows_.period_begin[row], rows_.period_end[row]);
    };
    return period(a) == period(b) ? 0 : (period(a) < period(b) ? -1 : 1);
  }

  bool Overlap(uint32_t a, uint32_t b) const {
    return rows_.period_begin[b] < rows_.period_end[a] &&
           CompareCoordinates(a, b) == 0;
  }

  auto Said(uint32_t row) const {
    return std::make_tuple(rows_.state[row], rows_.has[row], rows_.value[row],
                           rows_.lower[row], rows_.upper[row],
                           rows_.reason[row]);
  }

  // `rows` have one key, in the order in which they were read.
  void CheckKey(std::vector<uint32_t> rows) {
    std::map<uint32_t, std::vector<uint32_t>> by_table;
    bool any_error = false;
    for (const uint32_t row : rows) {
      by_table[slice_.table[row]].push_back(row);
      any_error |= RepeatsOf(row) == Repeats::kError;
    }
    if (by_table.size() > 1) {
      if (any_error || !SayTheSame(by_table)) {
        RefuseKey(rows, any_error, by_table);
        return;
      }
      const std::vector<uint32_t> kept = by_table.begin()->second;
      for (auto it = std::next(by_table.begin()); it != by_table.end(); ++it) {
        for (const uint32_t row : it->second) Drop(row);
      }
      rows = kept;
      if (rows.size() == 1) return;
    }
    switch (RepeatsOf(rows[0])) {
      case Repeats::kAdd:
        if (rows_.slice.aggregation == store::Aggregation::kSum) {
          Add(rows);
          return;
        }
        break;  // what is no sum cannot be added
      case Repeats::kConflict:
        if (std::all_of(rows.begin(), rows.end(), [&](uint32_t row) {
              return Said(row) == Said(rows[0]);
            })) {
          for (size_t i = 1; i < rows.size(); ++i) Drop(rows[i]);
          return;
        }
        RefuseKey(rows, /*repeated=*/false, by_table);
        return;
      case Repeats::kError:
        break;
    }
    RefuseKey(rows, /*repeated=*/true, by_table);
  }

  Repeats RepeatsOf(uint32_t row) const {
    return harmonised_.tables[slice_.table[row]].repeats;
  }

  bool SayTheSame(
      const std::map<uint32_t, std::vector<uint32_t>>& by_table) const {
    const auto all = [this](const std::vector<uint32_t>& rows) {
      using Fact = decltype(Said(0));
      std::vector<Fact> facts;
      for (const uint32_t row : rows) facts.push_back(Said(row));
      std::sort(facts.begin(), facts.end());
      return facts;
    };
    const auto first = all(by_table.begin()->second);
    return std::all_of(by_table.begin(), by_table.end(),
                       [&](const auto& t) { return all(t.second) == first; });
  }

  void Add(const std::vector<uint32_t>& rows) {
    for (const uint32_t row : rows) {
      rows_.flags[row] |= vocabulary::kFlagRepeatedKeyAdded;
    }
    const uint32_t table = slice_.table[rows[0]];
    harmonised_.findings.AddOnce(absl::StrCat("added ", table), [&] {
      return Diagnostic{
          Severity::kInfo,
          "REPEATED_KEY_ADDED",
          absl::StrCat("table '", harmonised_.tables[table].report.id,
                       "' prints keys more than once, as its kind does; their "
                       "cells are added and each is cited; the first: ",
                       DescribeKey(slice_, rows[0])),
          "",
          "",
          Place(harmonised_, slice_, rows[0])};
    });
  }

  void Drop(uint32_t row) {
    keep_[row] = false;
    const uint32_t table = slice_.table[row];
    harmonised_.findings.AddOnce(absl::StrCat("identical ", table), [&] {
      return Diagnostic{
          Severity::kInfo,
          "REPEATED_KEY_IDENTICAL",
          absl::StrCat("table '", harmonised_.tables[table].report.id,
                       "' prints cells again that say the same; each is kept "
                       "once; the first: ",
                       DescribeKey(slice_, row)),
          "",
          "",
          Place(harmonised_, slice_, row)};
    });
  }

  void RefuseKey(const std::vector<uint32_t>& rows, bool repeated,
                 const std::map<uint32_t, std::vector<uint32_t>>& by_table) {
    uint32_t second = rows[1];
    for (const uint32_t row : rows) {
      // The cell that shows the conflict best: another table's, or another
      // number.
      if (by_table.size() > 1 ? slice_.table[row] != slice_.table[rows[0]]
                              : Said(row) != Said(rows[0])) {
        second = row;
        break;
      }
    }
    const auto printed = [this](uint32_t row) {
      return absl::StrCat("'", rows_.strings[rows_.raw[row]], "' at ",
                          Place(harmonised_, slice_, row));
    };
    for (const auto& [table, ignored] : by_table) {
      Refuse(harmonised_, table,
             {.reason = repeated ? "REPEATED_KEY" : "CONFLICTING_KEY",
              .message = absl::StrCat(
                  DescribeKey(slice_, rows[0]), " is printed ", rows.size(),
                  " times: ", printed(rows[0]), " and ", printed(second)),
              .expected = repeated ? "each cell once"
                                   : "each cell once, or always the same",
              .found = rows_.strings[rows_.raw[second]],
              .locator = Place(harmonised_, slice_, second)});
    }
  }

  void TellOverlap(uint32_t a, uint32_t b) {
    const uint32_t table = slice_.table[b];
    harmonised_.findings.AddOnce(absl::StrCat("overlap ", table), [&] {
      return Diagnostic{
          Severity::kInfo,
          "OVERLAPPING_PERIODS",
          absl::StrCat("table '", harmonised_.tables[table].report.id,
                       "' prints periods that overlap, which are never added; "
                       "the first: ",
                       DescribeKey(slice_, a), " and ",
                       rows_.strings[rows_.period_text[b]]),
          "",
          "",
          Place(harmonised_, slice_, b)};
    });
  }

  Harmonised& harmonised_;
  HarmonisedSlice& slice_;
  Observations& rows_;
  std::vector<bool> keep_;
};

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
    for (size_t row = 0; row < rows.row_count(); ++row) {
      key.assign({number[rows.reporter.member[row]],
                  static_cast<uint32_t>(rows.period_begin[row]),
                  static_cast<uint32_t>(rows.period_end[row])});
      for (size_t axis = 0; axis < rows.axes.size(); ++axis) {
        if (axis == without) continue;
        key.push_back(number[rows.axes[axis].member[row]]);
      }
      Sum& sum = (*sums)[key];
      sum.rows.emplace_back(index, row);
      if (!query::AddTo(IntervalOf(rows, row), &sum.interval).ok()) {
        // Beyond 64 bits nothing can be compared.
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
  for (HarmonisedSlice& slice : harmonised.slices) {
    KeyChecker(harmonised, slice).Check();
  }
  RemoveRefused(harmonised);
  TotalChecker(vocabulary, harmonised).Check();
}

}  // namespace collate::ingest
