// What adapters read, once it has a meaning: rows by slice, and the tables
// that they came from; what harmonise.h makes, validate.h checks and the
// Ingestor publishes.
//
// Plain values and pure functions; safe to use from any thread on different
// values.

#ifndef COLLATE_SERVICE_INGEST_HARMONISED_H_
#define COLLATE_SERVICE_INGEST_HARMONISED_H_

#include <cstdint>
#include <string>
#include <utility>
#include <vector>

#include "service/ingest/ingestor.h"
#include "service/ingest/raw.h"
#include "service/ingest/report.h"
#include "service/store/observations.h"
#include "service/vocabulary/period.h"

namespace collate::ingest {

// One table of one document, and what became of it.
struct HarmonisedTable {
  uint32_t document = 0;
  std::string locator;  // of the table, in words
  Repeats repeats = Repeats::kError;
  // What the table says it covers; empty = the periods of its rows.
  std::vector<vocabulary::DayInterval> periods;
  TableReport report;
};

// All rows of one slice, each with the table that it came from.
struct HarmonisedSlice {
  store::Observations observations;
  std::vector<uint32_t> table;  // index into Harmonised::tables, one per row

  // True when a label of an axis is not known.
  bool IsUnmapped() const;
};

struct Harmonised {
  struct Document {
    std::string name;
    std::vector<std::pair<std::string, uint64_t>> accounts;
  };

  std::vector<Document> documents;
  std::vector<HarmonisedTable> tables;
  std::vector<HarmonisedSlice> slices;  // sorted by slice
  Findings findings;
};

// Marks a table as refused and notes why; its rows go with RemoveRefused().
void Refuse(Harmonised& harmonised, uint32_t table, Diagnostic diagnostic);

// Takes the rows of refused tables out, and slices that are left empty.
void RemoveRefused(Harmonised& harmonised);

// Keeps the rows whose mark is set; `keep` is as long as there are rows.
void KeepRows(HarmonisedSlice& slice, const std::vector<bool>& keep);

// What the kept tables speak about, slice by slice.
std::vector<store::Extent> ExtentsOf(const Harmonised& harmonised);

// The reports of all tables, by document; counts are those of the rows that
// are there now.
std::vector<DocumentReport> DocumentReportsOf(const Harmonised& harmonised);

// Sorted; intervals that touch or overlap become one.
std::vector<vocabulary::DayInterval> JoinPeriods(
    std::vector<vocabulary::DayInterval> periods);

// Whether one of `periods` contains all of `period`.
bool Covers(const std::vector<vocabulary::DayInterval>& periods,
            const vocabulary::DayInterval& period);

}  // namespace collate::ingest

#endif  // COLLATE_SERVICE_INGEST_HARMONISED_H_
