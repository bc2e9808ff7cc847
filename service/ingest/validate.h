// Checks harmonised rows against one another, within one release: keys that
// are printed twice, windows that overlap, totals that their parts contradict.
// What is found is told and flagged; no figure is ever changed.
//
// Pure; safe to use from any thread on different values.

#ifndef COLLATE_SERVICE_INGEST_VALIDATE_H_
#define COLLATE_SERVICE_INGEST_VALIDATE_H_

#include "service/ingest/harmonised.h"
#include "service/vocabulary/vocabulary.h"

namespace collate::ingest {

// A key is measure, universe, axes with their levels, reporter, members and
// period; partition, aggregation and floor are no part of it. Where it is
// printed twice, the tables say what to do:
//   ADD       within one table of sums: all rows stay, flagged
//   CONFLICT  equal rows become one; rows that differ refuse their tables
//             (CONFLICTING_KEY)
//   ERROR     refuses the tables (REPEATED_KEY)
// Two tables never add: what they print alike is kept once unless one of them
// says ERROR, and what they print or declare differently refuses both, since
// the order in which they came decides nothing.
//
// Tables that break their own rule are refused first and speak against no
// other; then those that contradict one another; and only of what stays are
// equal rows made one, so that no row goes for the sake of a refused one.
// Each row made one with another counts in duplicate_count of its table.
//
// A printed total that complete, printed parts contradict is flagged
// (PARTS_V_TOTAL). Suppressed parts count as "zero or more": they are never
// bounded by the total, nor the total by them.
void Validate(const vocabulary::Vocabulary& vocabulary, Harmonised& harmonised);

}  // namespace collate::ingest

#endif  // COLLATE_SERVICE_INGEST_VALIDATE_H_
