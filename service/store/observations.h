// The observations of one slice of one release, as columns: what ingestion
// hands to the store, what a stored chunk decodes to, and what the query
// engine builds its snapshot from.
//
// Plain values. Strings are kept once, in `strings`; columns hold indexes
// into it. Index 0 is always the empty string.

#ifndef COLLATE_SERVICE_STORE_OBSERVATIONS_H_
#define COLLATE_SERVICE_STORE_OBSERVATIONS_H_

#include <compare>
#include <cstdint>
#include <string>
#include <vector>

#include "service/vocabulary/period.h"
#include "service/vocabulary/state.h"

namespace collate::store {

enum class Partition : uint8_t {
  kComplete = 1,       // parts, unknown included, sum to the whole
  kIncomplete = 2,     // parts are some of the whole
  kMultiResponse = 3,  // one case may stand in several parts
};
enum class Aggregation : uint8_t { kSum = 1, kNone = 2, kUnique = 3 };
enum class Floor : uint8_t { kZero = 1, kNone = 2 };

// One broken-down dimension of a slice and the level of its members.
struct Axis {
  std::string dimension;
  std::string level;  // level code; "" when no label was mapped

  friend auto operator<=>(const Axis&, const Axis&) = default;
};

// What a publisher broke a number down by, of what, and how its parts relate
// to the whole. `axes` are sorted by dimension and do not name `reporter`,
// which every observation has.
struct Slice {
  std::string measure;
  std::string universe;  // "" = all cases; else e.g. "platform_known"
  std::vector<Axis> axes;
  Partition partition = Partition::kIncomplete;
  Aggregation aggregation = Aggregation::kSum;
  Floor floor = Floor::kZero;

  friend auto operator<=>(const Slice&, const Slice&) = default;
};

// Where one printed cell stands; the document is an index into the release's
// documents. Lines, rows and columns are 1-based, 0 = none.
struct Locator {
  uint32_t document = 0;
  uint32_t part = 0;   // string
  uint32_t sheet = 0;  // string
  uint32_t row = 0;    // record number, header is row 1
  uint32_t column = 0;
  uint32_t row_end = 0;
  uint32_t column_end = 0;
  uint64_t line = 0;  // physical line; 0 in workbooks

  friend auto operator<=>(const Locator&, const Locator&) = default;
};

// Which of `value`, `lower` and `upper` are there.
enum Has : uint8_t { kHasValue = 1, kHasLower = 2, kHasUpper = 4 };

// Number of rows = state.size(); all columns have that length.
struct Observations {
  Slice slice;
  std::vector<std::string> strings = {""};

  // Per axis of the slice: member code and label as printed. A row whose
  // label nobody knows has member 0; it is kept, listed, and in no sum.
  struct AxisColumn {
    std::vector<uint32_t> member;
    std::vector<uint32_t> label;
  };
  std::vector<AxisColumn> axes;
  AxisColumn reporter;

  std::vector<vocabulary::Day> period_begin;
  std::vector<vocabulary::Day> period_end;
  std::vector<vocabulary::PeriodKind> period_kind;
  std::vector<uint32_t> period_text;

  std::vector<vocabulary::State> state;
  std::vector<uint32_t> flags;  // vocabulary::Flag
  std::vector<uint8_t> has;     // Has
  std::vector<int64_t> value;   // mantissas of 10^-scale
  std::vector<int64_t> lower;
  std::vector<int64_t> upper;
  int32_t scale = 0;  // 0 for counts; one scale for the whole chunk

  std::vector<uint32_t> raw;      // the token as printed, spaces included
  std::vector<uint32_t> reason;   // why there is no number, as printed
  std::vector<uint64_t> records;  // 0 = a published cell; n = from n records
  std::vector<Locator> locator;

  // What is said of a figure beside it: from how many reporters somebody else
  // added it up, and who printed it where the document only repeats it. Empty
  // = nothing of any row; else each as long as the other columns.
  struct Stated {
    std::vector<uint32_t> reporters;   // how many; 0 = not stated
    std::vector<uint32_t> coverage;    // string: those reporters in words
    std::vector<uint32_t> printed_by;  // string

    bool empty() const {
      return reporters.empty() && coverage.empty() && printed_by.empty();
    }
  };
  Stated stated;

  size_t row_count() const { return state.size(); }
};

// What a release speaks about: inside, it supersedes its source's earlier
// releases; outside, it changes nothing. A cross product.
struct Extent {
  Slice slice;
  std::vector<std::string> reporters;            // member codes, sorted
  std::vector<vocabulary::DayInterval> periods;  // sorted
};

}  // namespace collate::store

#endif  // COLLATE_SERVICE_STORE_OBSERVATIONS_H_
