// What a table as a whole means: its measure, universe and extent.
//
// For harmonise.cc. Pure functions; safe to use from any thread on different
// values.

#ifndef COLLATE_SERVICE_INGEST_TABLE_MEANING_H_
#define COLLATE_SERVICE_INGEST_TABLE_MEANING_H_

#include <cstdint>
#include <string>
#include <vector>

#include "absl/strings/string_view.h"
#include "service/ingest/harmonise.h"
#include "service/ingest/raw.h"
#include "service/vocabulary/period.h"
#include "service/vocabulary/vocabulary.h"

namespace collate::ingest {

struct TableMeaning {
  const RawTable* raw = nullptr;
  // nullptr when the table is refused before its rows are looked at.
  const vocabulary::Measure* measure = nullptr;
  std::string universe;
  std::vector<vocabulary::DayInterval> claimed;  // joined; empty = by its rows
};

// Takes the table in as the next of `result`, refused where it has no
// meaning; every reason is noted.
TableMeaning AddTable(const HarmoniseInput& input, uint32_t document,
                      const RawTable& raw, Harmonised& result);

std::vector<std::string> ValuesOf(const Pairs& pairs, absl::string_view key);

// "perhaps a, b" for what was expected; empty without near matches.
std::string Perhaps(const std::vector<std::string>& near_matches);

// By number, since it may be one that no enumerator has.
template <typename Enum>
bool IsListed(Enum value, Enum last) {
  return static_cast<int64_t>(value) >= 1 &&
         static_cast<int64_t>(value) <= static_cast<int64_t>(last);
}

}  // namespace collate::ingest

#endif  // COLLATE_SERVICE_INGEST_TABLE_MEANING_H_
