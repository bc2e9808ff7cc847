#include "service/ingest/harmonised.h"

#include <algorithm>
#include <map>
#include <utility>

#include "absl/strings/str_cat.h"

namespace collate::ingest {
namespace {

using vocabulary::DayInterval;

template <typename T>
void Keep(const std::vector<bool>& keep, std::vector<T>* values) {
  size_t to = 0;
  for (size_t from = 0; from < values->size(); ++from) {
    if (keep[from]) (*values)[to++] = (*values)[from];
  }
  values->resize(to);
}

}  // namespace

std::vector<DayInterval> JoinPeriods(std::vector<DayInterval> periods) {
  std::sort(periods.begin(), periods.end());
  std::vector<DayInterval> merged;
  for (const DayInterval& period : periods) {
    if (!merged.empty() && period.begin <= merged.back().end) {
      merged.back().end = std::max(merged.back().end, period.end);
    } else {
      merged.push_back(period);
    }
  }
  return merged;
}

bool Covers(const std::vector<DayInterval>& periods,
            const DayInterval& period) {
  return std::any_of(
      periods.begin(), periods.end(),
      [&period](const DayInterval& p) { return p.Contains(period); });
}

bool HarmonisedSlice::IsUnmapped() const {
  const std::vector<store::Axis>& axes = observations.slice.axes;
  return std::any_of(axes.begin(), axes.end(), [](const store::Axis& axis) {
    return axis.level.empty();
  });
}

void Refuse(Harmonised& harmonised, uint32_t table, Diagnostic diagnostic) {
  HarmonisedTable& refused = harmonised.tables[table];
  refused.report.refused = true;
  diagnostic.severity = Severity::kError;
  diagnostic.message = absl::StrCat("table '", refused.report.id,
                                    "' is refused: ", diagnostic.message);
  if (diagnostic.locator.empty()) diagnostic.locator = refused.locator;
  harmonised.findings.Add(std::move(diagnostic));
}

void RemoveRefused(Harmonised& harmonised) {
  for (HarmonisedSlice& slice : harmonised.slices) {
    std::vector<bool> keep(slice.table.size());
    bool all = true;
    for (size_t row = 0; row < keep.size(); ++row) {
      keep[row] = !harmonised.tables[slice.table[row]].report.refused;
      all = all && keep[row];
    }
    if (!all) KeepRows(slice, keep);
  }
  harmonised.slices.erase(
      std::remove_if(
          harmonised.slices.begin(), harmonised.slices.end(),
          [](const HarmonisedSlice& slice) { return slice.table.empty(); }),
      harmonised.slices.end());
}

void KeepRows(HarmonisedSlice& slice, const std::vector<bool>& keep) {
  store::Observations& rows = slice.observations;
  Keep(keep, &slice.table);
  for (auto* column :
       {&rows.reporter.member, &rows.reporter.label, &rows.period_text,
        &rows.flags, &rows.raw, &rows.reason}) {
    Keep(keep, column);
  }
  if (!rows.stated.empty()) {
    Keep(keep, &rows.stated.reporters);
    Keep(keep, &rows.stated.coverage);
    Keep(keep, &rows.stated.printed_by);
  }
  for (store::Observations::AxisColumn& axis : rows.axes) {
    Keep(keep, &axis.member);
    Keep(keep, &axis.label);
  }
  for (auto* column : {&rows.period_begin, &rows.period_end}) {
    Keep(keep, column);
  }
  for (auto* column : {&rows.value, &rows.lower, &rows.upper}) {
    Keep(keep, column);
  }
  Keep(keep, &rows.period_kind);
  Keep(keep, &rows.state);
  Keep(keep, &rows.has);
  Keep(keep, &rows.records);
  Keep(keep, &rows.locator);
}

std::vector<store::Extent> ExtentsOf(const Harmonised& harmonised) {
  std::vector<store::Extent> extents;
  for (const HarmonisedSlice& slice : harmonised.slices) {
    const store::Observations& rows = slice.observations;
    struct Said {
      std::vector<uint32_t> reporters;  // strings of the slice
      std::vector<DayInterval> periods;
    };
    std::map<uint32_t, Said> by_table;
    for (size_t row = 0; row < slice.table.size(); ++row) {
      Said& said = by_table[slice.table[row]];
      const DayInterval period = {rows.period_begin[row], rows.period_end[row]};
      if (said.reporters.empty() ||
          said.reporters.back() != rows.reporter.member[row]) {
        said.reporters.push_back(rows.reporter.member[row]);
      }
      if (said.periods.empty() || said.periods.back() != period) {
        said.periods.push_back(period);
      }
    }
    // A cross product each: tables that agree on one side may be joined on
    // the other, and no others, lest the release claim what it lacks.
    std::map<std::vector<std::string>, std::vector<DayInterval>> by_reporters;
    for (auto& [table, said] : by_table) {
      std::vector<std::string> reporters;
      for (const uint32_t id : said.reporters) {
        reporters.push_back(rows.strings[id]);
      }
      std::sort(reporters.begin(), reporters.end());
      reporters.erase(std::unique(reporters.begin(), reporters.end()),
                      reporters.end());
      const std::vector<DayInterval>& stated = harmonised.tables[table].periods;
      const std::vector<DayInterval> claimed = JoinPeriods(stated);
      std::vector<DayInterval> others;
      for (const DayInterval& period : said.periods) {
        if (!Covers(claimed, period)) others.push_back(period);
      }
      std::vector<DayInterval>& periods = by_reporters[std::move(reporters)];
      periods.insert(periods.end(), stated.begin(), stated.end());
      others = JoinPeriods(std::move(others));
      periods.insert(periods.end(), others.begin(), others.end());
    }
    std::map<std::vector<DayInterval>, std::vector<std::string>> by_periods;
    for (auto& [reporters, periods] : by_reporters) {
      std::sort(periods.begin(), periods.end());
      periods.erase(std::unique(periods.begin(), periods.end()), periods.end());
      std::vector<std::string>& all = by_periods[periods];
      all.insert(all.end(), reporters.begin(), reporters.end());
    }
    for (auto& [periods, reporters] : by_periods) {
      std::sort(reporters.begin(), reporters.end());
      reporters.erase(std::unique(reporters.begin(), reporters.end()),
                      reporters.end());
      extents.push_back({rows.slice, std::move(reporters), periods});
    }
  }
  return extents;
}

std::vector<DocumentReport> DocumentReportsOf(const Harmonised& harmonised) {
  std::vector<TableReport> tables;
  for (const HarmonisedTable& table : harmonised.tables) {
    tables.push_back(table.report);
    if (table.report.refused) tables.back().measure.clear();
  }
  for (const HarmonisedSlice& slice : harmonised.slices) {
    const bool unmapped = slice.IsUnmapped();
    for (const uint32_t table : slice.table) {
      ++(unmapped ? tables[table].unmapped_count : tables[table].mapped_count);
    }
  }
  std::vector<DocumentReport> reports;
  for (const Harmonised::Document& document : harmonised.documents) {
    reports.push_back({document.name, {}, document.accounts});
  }
  for (size_t i = 0; i < tables.size(); ++i) {
    reports[harmonised.tables[i].document].tables.push_back(
        std::move(tables[i]));
  }
  return reports;
}

}  // namespace collate::ingest
