#include "service/vocabulary/state.h"

#include <array>

namespace collate::vocabulary {
namespace {

struct Entry {
  const char* name;
  int severity;
};

// By number of the state.
constexpr std::array<Entry, kStateCount> kEntries = {{
    {"UNSPECIFIED", -1},
    {"REPORTED", 2},
    {"ROUNDED", 3},
    {"SUPPRESSED", 6},
    {"PARTIAL_PERIOD", 8},
    {"REFUSED", 16},
    {"NO_RESPONSE", 17},
    {"NO_RELEASE", 18},
    {"OMITTED_BY_PUBLISHER", 11},
    {"NOT_HELD", 15},
    {"NOT_YET_PUBLISHED", 5},
    {"NOT_ASKED", 1},
    {"NOT_APPLICABLE", 0},
    {"INCLUDED_ELSEWHERE", 4},
    {"AGGREGATED", 7},
    {"WITHDRAWN", 13},
    {"DROPPED_IN_EDITION", 12},
    {"NOT_SHOWN", 9},
    {"NOT_CROSSED", 10},
    {"ANALYST_EXCLUDED", 14},
}};

const Entry& EntryOf(State state) {
  const auto number = static_cast<size_t>(state);
  return kEntries[number < kEntries.size() ? number : 0];
}

}  // namespace

absl::string_view StateName(State state) { return EntryOf(state).name; }

int Severity(State state) { return EntryOf(state).severity; }

}  // namespace collate::vocabulary
