// Gives what an adapter read its meaning: labels become members of the
// vocabulary, rows are grouped by what they were broken down by.
//
// A table that cannot be understood is refused as a whole, with every reason
// found in it. A row whose label nobody knows is kept without a member, so
// that it is listed and in no sum; only who reported a figure must be known.
//
// Pure functions over plain values; safe to use from any thread.

#ifndef COLLATE_SERVICE_INGEST_HARMONISE_H_
#define COLLATE_SERVICE_INGEST_HARMONISE_H_

#include <cstdint>
#include <functional>
#include <string>
#include <utility>
#include <vector>

#include "service/ingest/ingestor.h"
#include "service/ingest/raw.h"
#include "service/ingest/report.h"
#include "service/store/observations.h"
#include "service/store/store.h"
#include "service/vocabulary/period.h"
#include "service/vocabulary/vocabulary.h"

namespace collate::ingest {

struct HarmoniseInput {
  struct Document {
    std::string name;
    Pairs manifest;
    const RawDocument* raw = nullptr;
  };

  const vocabulary::Vocabulary* vocabulary = nullptr;
  std::string source;
  Pairs options;
  bool synthetic = false;  // the release is declared to be made up
  std::vector<Document> documents;
};

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

Harmonised Harmonise(
    const HarmoniseInput& input,
    const std::function<void(uint64_t done, uint64_t total)>& progress = {});

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

}  // namespace collate::ingest

#endif  // COLLATE_SERVICE_INGEST_HARMONISE_H_
