// Between the public messages and the service's own values, for what every
// part of the API shares; the other
// convert_*.h do the rest. No other file maps one to the other.
//
// Pure functions; safe to use from any thread.

#ifndef COLLATE_SERVICE_API_CONVERT_H_
#define COLLATE_SERVICE_API_CONVERT_H_

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "absl/status/status.h"
#include "absl/strings/string_view.h"
#include "absl/time/time.h"
#include "absl/types/span.h"
#include "collate/v1/observation.pb.h"
#include "google/protobuf/repeated_ptr_field.h"
#include "google/protobuf/timestamp.pb.h"
#include "service/base/decimal.h"
#include "service/query/bounds.h"
#include "service/query/snapshot.h"
#include "service/vocabulary/period.h"
#include "service/vocabulary/state.h"
#include "service/vocabulary/vocabulary.h"

namespace collate::api {

v1::State ToProto(vocabulary::State state);
v1::Period ToProto(const vocabulary::Period& period);
v1::Interval ToProto(const query::Interval& interval);
// Of mantissas of 10^-scale.
v1::DecimalInterval ToDecimalProto(const query::Interval& interval, int scale);
v1::Citation ToProto(query::Citation citation);
// Names the cells of rows, in their order. Errors of query::Snapshot::Cite.
absl::Status AddCitations(
    absl::Span<const query::RowRef> rows, const query::Snapshot& snapshot,
    google::protobuf::RepeatedPtrField<v1::Citation>* result);

// A number and its bounds as decimals, mantissas of 10^-scale.
template <typename Message>
void SetDecimals(const std::optional<int64_t>& reported,
                 const query::Interval& bounds, int scale, Message* result) {
  if (reported.has_value()) {
    result->set_decimal_reported(base::FormatDecimal(*reported, scale));
  }
  *result->mutable_decimal_bounds() = ToDecimalProto(bounds, scale);
}

// The same: whole ones in the one pair of fields, decimals in the other, so
// that nobody can take a mantissa for a number.
template <typename Message>
void SetNumbers(const std::optional<int64_t>& reported,
                const query::Interval& bounds, int scale, Message* result) {
  if (scale != 0) return SetDecimals(reported, bounds, scale, result);
  if (reported.has_value()) result->set_reported(*reported);
  *result->mutable_bounds() = ToProto(bounds);
}

google::protobuf::Timestamp ToProto(absl::Time time);
// A member of a dimension; kUnmapped leaves code and title empty.
void SetCoordinate(const vocabulary::Dimension& dimension,
                   vocabulary::MemberId id, v1::Coordinate* coordinate);

// The words of a repeated field.
std::vector<std::string> Strings(
    const google::protobuf::RepeatedPtrField<std::string>& field);

// Sorted, each once.
void SortOnce(google::protobuf::RepeatedPtrField<std::string>* words);

// nullopt for a time outside years 1 to 9999 or bad nanoseconds.
std::optional<absl::Time> FromProto(const google::protobuf::Timestamp& time);

// The day of `now` in UTC.
vocabulary::Day DayOf(absl::Time now);

// A day as `YYYY-MM-DD`; empty for an open end.
std::string DayText(vocabulary::Day day);

// The code of a resource as one segment of its name: all but letters, digits
// and -._~ percent-encoded. Decoding gives nullopt for a bad escape.
std::string EncodeSegment(absl::string_view code);
std::optional<std::string> DecodeSegment(absl::string_view segment);

inline absl::string_view View(const std::string& text) {
  return absl::string_view(text.data(), text.size());
}

}  // namespace collate::api

#endif  // COLLATE_SERVICE_API_CONVERT_H_
