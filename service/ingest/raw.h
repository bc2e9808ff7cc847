// What an adapter read from one document: labels and tokens as printed,
// before any of them has been given a meaning.
//
// The supervisor of workers fills a RawDocument from a worker's frames;
// harmonise.h turns it into observations. Plain values, no invariants beyond
// the ones named here; safe to share between threads once filled.

#ifndef COLLATE_SERVICE_INGEST_RAW_H_
#define COLLATE_SERVICE_INGEST_RAW_H_

#include <cstdint>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "service/store/observations.h"
#include "service/vocabulary/state.h"

namespace collate::ingest {

// An exact decimal number, mantissa * 10^-scale.
struct Decimal {
  int64_t mantissa = 0;
  int64_t scale = 0;

  friend bool operator==(const Decimal&, const Decimal&) = default;
};

// Where a cell stands. Rows, columns and lines are 1-based, 0 means none;
// the *_end are inclusive and 0 means a single cell.
struct RawLocator {
  std::string part;   // file name, or archive/member; empty = the document
  std::string sheet;  // empty for CSV
  uint32_t row = 0;   // record number, header is row 1
  uint32_t column = 0;
  uint32_t row_end = 0;
  uint32_t column_end = 0;
  uint64_t line = 0;  // physical line of the record's first byte
  uint64_t byte_begin = 0;
  uint64_t byte_end = 0;

  friend bool operator==(const RawLocator&, const RawLocator&) = default;
};

using store::Aggregation;
using store::Floor;
using store::Partition;

// What to do with a key that a table prints more than once.
enum class Repeats { kError = 1, kAdd = 2, kConflict = 3 };
enum class Level {
  kLeaf = 1,
  kTotal = 2,
  kSubtotal = 3,
  kOfWhich = 4,
  kUnknown = 5,
  kResidual = 6,
};

using Pairs = std::vector<std::pair<std::string, std::string>>;

// What the rows of one table mean, as its family declares it.
struct RawTable {
  std::string id;
  std::string title;
  std::string measure;  // the family's own word, e.g. "recorded offences"
  std::string unit;
  std::string recipe;  // empty unless read by a recipe
  Aggregation aggregation = Aggregation::kSum;
  Repeats repeats = Repeats::kError;
  Partition partition = Partition::kIncomplete;
  Floor floor = Floor::kZero;
  std::vector<std::string> multi_response;  // axes with several answers a case
  Pairs extent;  // "universe", "period" and whatever else the family states
  RawLocator locator;

  friend bool operator==(const RawTable&, const RawTable&) = default;
};

struct RawObservation {
  uint32_t table = 0;  // index into RawDocument::tables
  std::string reporter;
  std::string reporter_code;  // both empty = the manifest's reporter
  int32_t period_begin = 0;   // days since 1970-01-01, half-open
  int32_t period_end = 0;
  int32_t period_kind = 0;  // collate_period_kind of the ABI
  std::string period_text;
  vocabulary::State state = vocabulary::State::kUnspecified;
  Pairs dimensions;  // axis -> label as printed, sorted by axis
  Level level = Level::kLeaf;
  std::string level_axis;
  std::string parent;
  std::optional<Decimal> value;
  std::optional<Decimal> lower;
  std::optional<Decimal> upper;
  uint32_t flags = 0;  // vocabulary::Flag
  std::string raw;     // the token as printed, spaces included
  std::string reason;
  std::vector<std::string> notes;
  RawLocator locator;
  std::vector<RawLocator> headers;
  uint64_t records = 0;  // 0 = a published cell; n = counted from n records

  friend bool operator==(const RawObservation&,
                         const RawObservation&) = default;
};

enum class Severity { kInfo = 1, kWarning = 2, kError = 3 };

// One finding about the document. `reason` is a stable UPPER_SNAKE code.
struct RawDiagnostic {
  Severity severity = Severity::kInfo;
  int32_t code = 0;  // canonical gRPC code, 0 unless severity is ERROR
  std::string reason;
  std::string message;
  std::string expected;
  std::string found;
  RawLocator locator;
  uint64_t repeats = 1;

  friend bool operator==(const RawDiagnostic&, const RawDiagnostic&) = default;
};

struct RawAttachment {
  std::string name;
  std::string media_type;
  std::string content;

  friend bool operator==(const RawAttachment&, const RawAttachment&) = default;
};

struct RawDocument {
  std::vector<RawTable> tables;
  std::vector<RawObservation> observations;
  std::vector<RawDiagnostic> diagnostics;
  std::vector<std::pair<std::string, uint64_t>> accounts;
  std::vector<RawAttachment> attachments;
};

}  // namespace collate::ingest

#endif  // COLLATE_SERVICE_INGEST_RAW_H_
