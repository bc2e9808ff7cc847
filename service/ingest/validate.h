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

// A key is slice, reporter, members and period. Where it is printed twice,
// the tables say what to do:
//   ADD       within one table of sums: all rows stay, flagged
//   CONFLICT  equal rows become one; rows that differ refuse their tables
//             (CONFLICTING_KEY)
//   ERROR     refuses the tables (REPEATED_KEY)
// Two tables never add: what they print alike is kept once unless one of them
// says ERROR, and what they print differently refuses both, since the order
// in which they came decides nothing.
//
// A printed total that complete, printed parts contradict is flagged
// (PARTS_V_TOTAL). Suppressed parts count as "zero or more": they are never
// bounded by the total, nor the total by them.
void Validate(const vocabulary::Vocabulary& vocabulary, Harmonised& harmonised);

}  // namespace collate::ingest

#endif  // COLLATE_SERVICE_INGEST_VALIDATE_H_
