// The numbers of one printed cell: exact decimals, held against what the
// cell's state says of them.
//
// Pure functions; safe to use from any thread.

#ifndef COLLATE_SERVICE_INGEST_CELL_NUMBERS_H_
#define COLLATE_SERVICE_INGEST_CELL_NUMBERS_H_

#include <cstdint>
#include <optional>
#include <string>

#include "absl/strings/string_view.h"
#include "service/ingest/ingestor.h"
#include "service/ingest/raw.h"

namespace collate::ingest {

// Without trailing zeros: 50 * 10^-1 is 5.
Decimal Reduced(Decimal value);

// The mantissa of `value` at `scale`, which is at least its own; nullopt when
// it does not fit.
std::optional<int64_t> MantissaAt(const Decimal& value, int64_t scale);

// "12.50"; for messages.
std::string FormatDecimal(const Decimal& value);

// Reduced; counts have scale 0.
struct CellNumbers {
  std::optional<Decimal> value;
  std::optional<Decimal> lower;
  std::optional<Decimal> upper;
};

// Reads the numbers of a cell of a table that counts `unit`, or says what is
// wrong with them (without a place): NOT_AN_INTEGER, NEGATIVE_COUNT,
// VALUE_MISSING, VALUE_NOT_ALLOWED, INVALID_BOUNDS, ROUNDING_UNSTATED,
// INVALID_OBSERVATION.
std::optional<Diagnostic> ReadNumbers(const RawObservation& raw,
                                      const RawTable& table,
                                      absl::string_view unit,
                                      CellNumbers* numbers);

}  // namespace collate::ingest

#endif  // COLLATE_SERVICE_INGEST_CELL_NUMBERS_H_
