// The numbers of cells, leaves and observations, whole or decimal: the service
// sends the two kinds in fields of their own, tables and CSV print them alike.
//
// Pure functions.

#ifndef COLLATE_CLIENT_FIGURES_H_
#define COLLATE_CLIENT_FIGURES_H_

#include <string>

#include "client/grid.h"
#include "client/words.h"
#include "collate/v1/observation.pb.h"
#include "collate/v1/statistics.pb.h"

namespace collate::client {

// An interval for printing; an end without a value is unknown.
struct Bounds {
  bool known = false;  // false when there is no interval at all
  Value lower;
  Value upper;
  std::string words;  // "81 to 84", "97.395 to 97.411", "at least 111"
};

inline Value WholeEnd(bool present, int64_t end) {
  return present ? Value(end) : Value();
}
inline Value DecimalEnd(const std::string& text) {
  return text.empty() ? Value() : Value(Decimal{text});
}

inline Bounds BoundsOf(const v1::Interval& interval) {
  return {true, WholeEnd(interval.has_lower(), interval.lower()),
          WholeEnd(interval.has_upper(), interval.upper()),
          IntervalWords(interval)};
}
inline Bounds BoundsOf(const v1::DecimalInterval& interval) {
  return {true, DecimalEnd(interval.lower()), DecimalEnd(interval.upper()),
          IntervalWords(interval)};
}

// The printed number of a cell, a leaf or one source's figure.
template <typename Message>
Value ReportedOf(const Message& message) {
  if (message.has_reported()) return Value(int64_t{message.reported()});
  return DecimalEnd(message.decimal_reported());
}
inline Value ReportedOf(const v1::Observation& observation) {
  if (observation.has_value()) return Value(int64_t{observation.value()});
  return DecimalEnd(observation.decimal_value());
}
template <typename Message>
bool HasReported(const Message& message) {
  return !std::holds_alternative<std::monostate>(ReportedOf(message));
}

// Bounds of a leaf, of one source's figure or of an observation.
template <typename Message>
Bounds BoundsOf(const Message& message) {
  if (message.has_decimal_bounds()) return BoundsOf(message.decimal_bounds());
  return message.has_bounds() ? BoundsOf(message.bounds()) : Bounds();
}
inline Bounds ReportedBoundsOf(const v1::Cell& cell) {
  if (cell.has_decimal_reported_bounds()) {
    return BoundsOf(cell.decimal_reported_bounds());
  }
  return cell.has_reported_bounds() ? BoundsOf(cell.reported_bounds())
                                    : Bounds();
}
inline Bounds PanelBoundsOf(const v1::Cell& cell) {
  if (cell.has_decimal_panel_bounds()) {
    return BoundsOf(cell.decimal_panel_bounds());
  }
  return cell.has_panel_bounds() ? BoundsOf(cell.panel_bounds()) : Bounds();
}

}  // namespace collate::client

#endif  // COLLATE_CLIENT_FIGURES_H_
