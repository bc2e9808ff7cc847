#include "client/export/status_codes.h"

namespace collate::client {
namespace {

constexpr char kNotGiven[] = "INCOMPLETE_NOT_GIVEN";

bool IsPrinted(v1::State state) {
  return state == v1::STATE_REPORTED || state == v1::STATE_ROUNDED;
}

// Of a row without a number.
const char* MissingMarker(const ExportRow& row) {
  if (row.HasFlag(kNotGiven)) return "[x]";
  switch (row.state) {
    case v1::STATE_SUPPRESSED:
      return "[c]";
    case v1::STATE_NOT_ASKED:
    case v1::STATE_NOT_APPLICABLE:
      return "[z]";
    default:
      return "[x]";
  }
}

bool IsZero(const Value& value) { return value == Value(int64_t{0}); }

}  // namespace

std::string GssMarkers(const ExportRow& row) {
  if (!row.HasValue()) return MissingMarker(row);
  std::string markers;
  if (!IsPrinted(row.state)) markers += "[u]";
  if (row.state == v1::STATE_ROUNDED && IsZero(row.value) &&
      !IsZero(row.bounds.upper)) {
    markers += "[low]";
  }
  if (row.HasFlag("ESTIMATED")) markers += "[e]";
  if (row.HasFlag("PROVISIONAL")) markers += "[p]";
  if (row.HasFlag("REVISED")) markers += "[r]";
  if (row.HasFlag("SERIES_BREAK")) markers += "[b]";
  return markers;
}

std::string ObsStatus(const ExportRow& row) {
  if (row.HasValue()) {
    if (!IsPrinted(row.state)) return "U";
    if (row.HasFlag("ESTIMATED")) return "E";
    if (row.HasFlag("PROVISIONAL")) return "P";
    if (row.HasFlag("SERIES_BREAK")) return "B";
    if (row.HasFlag("DEFINITION_DIFFERS")) return "D";
    return "A";
  }
  if (row.HasFlag(kNotGiven)) return "O";
  switch (row.state) {
    case v1::STATE_SUPPRESSED:
      return "Q";
    // A number exists, and nobody could or would collect it.
    case v1::STATE_REFUSED:
    case v1::STATE_NO_RESPONSE:
    case v1::STATE_OMITTED_BY_PUBLISHER:
    case v1::STATE_NOT_HELD:
    case v1::STATE_NOT_ASKED:
      return "L";
    case v1::STATE_NOT_APPLICABLE:
      return "M";
    case v1::STATE_INCLUDED_ELSEWHERE:
    case v1::STATE_AGGREGATED:
      return "K";
    default:
      return "O";
  }
}

std::string ConfStatus(const ExportRow& row) {
  if (row.HasValue() || row.HasFlag(kNotGiven)) return "F";
  if (row.state == v1::STATE_SUPPRESSED) return "C";
  return row.state == v1::STATE_REFUSED ? "N" : "F";
}

}  // namespace collate::client
