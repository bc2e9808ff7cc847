#include "service/api/convert.h"

#include <algorithm>
#include <utility>

#include "absl/strings/ascii.h"
#include "absl/strings/escaping.h"
#include "absl/strings/str_cat.h"
#include "service/base/decimal.h"
#include "service/base/status_macros.h"

namespace collate::api {
namespace {

using vocabulary::State;

// State, PeriodKind, CellFlag and Method have one numbering inside and
// outside; the ends are held here, every value by convert_test.
static_assert(static_cast<int>(State::kReported) == v1::STATE_REPORTED);
static_assert(vocabulary::kStateCount - 1 == v1::State_MAX);
static_assert(static_cast<int>(vocabulary::PeriodKind::kDay) ==
              v1::PeriodKind_MAX);

constexpr int64_t kMinSeconds = -62135596800;  // 0001-01-01
constexpr int64_t kMaxSeconds = 253402300799;  // 9999-12-31

bool IsUnreserved(char c) {
  return absl::ascii_isalnum(static_cast<unsigned char>(c)) || c == '-' ||
         c == '.' || c == '_' || c == '~';
}

}  // namespace

v1::State ToProto(State state) { return static_cast<v1::State>(state); }

v1::Period ToProto(const vocabulary::Period& period) {
  v1::Period result;
  result.set_start_date(DayText(period.days.begin));
  result.set_end_date(DayText(period.days.end));
  result.set_kind(static_cast<v1::PeriodKind>(period.kind));
  result.set_text(vocabulary::FormatPeriod(period));
  return result;
}

v1::DecimalInterval ToDecimalProto(const query::Interval& interval, int scale) {
  v1::DecimalInterval result;
  if (interval.lower.has_value()) {
    result.set_lower(base::FormatDecimal(*interval.lower, scale));
  }
  if (interval.upper.has_value()) {
    result.set_upper(base::FormatDecimal(*interval.upper, scale));
  }
  return result;
}

v1::Interval ToProto(const query::Interval& interval) {
  v1::Interval result;
  if (interval.lower.has_value()) result.set_lower(*interval.lower);
  if (interval.upper.has_value()) result.set_upper(*interval.upper);
  return result;
}

v1::Citation ToProto(query::Citation citation) {
  v1::Citation result;
  result.set_printed_by(std::move(citation.printed_by));
  result.set_release(std::move(citation.release));
  result.set_document(std::move(citation.document));
  result.set_document_sha256(std::move(citation.document_sha256));
  result.set_locator(std::move(citation.locator));
  result.set_raw(std::move(citation.raw));
  result.set_reporter_text(std::move(citation.reporter_text));
  result.set_period_text(std::move(citation.period_text));
  for (auto& [dimension, text] : citation.labels) {
    v1::PrintedLabel* label = result.add_labels();
    label->set_dimension(std::move(dimension));
    label->set_text(std::move(text));
  }
  return result;
}

absl::Status AddCitations(
    absl::Span<const query::RowRef> rows, const query::Snapshot& snapshot,
    google::protobuf::RepeatedPtrField<v1::Citation>* result) {
  for (const query::RowRef& row : rows) {
    COLLATE_ASSIGN_OR_RETURN(query::Citation citation, snapshot.Cite(row));
    *result->Add() = ToProto(std::move(citation));
  }
  return absl::OkStatus();
}

google::protobuf::Timestamp ToProto(absl::Time time) {
  google::protobuf::Timestamp result;
  const int64_t seconds = absl::ToUnixSeconds(time);
  result.set_seconds(seconds);
  result.set_nanos(static_cast<int32_t>(
      absl::ToInt64Nanoseconds(time - absl::FromUnixSeconds(seconds))));
  return result;
}

void SetCoordinate(const vocabulary::Dimension& dimension,
                   vocabulary::MemberId id, v1::Coordinate* coordinate) {
  coordinate->set_dimension(dimension.code());
  if (id == vocabulary::kUnmapped) return;
  const vocabulary::Member& member = dimension.member(id);
  coordinate->set_member(member.code);
  coordinate->set_title(member.title);
}

std::optional<absl::Time> FromProto(const google::protobuf::Timestamp& time) {
  if (time.seconds() < kMinSeconds || time.seconds() > kMaxSeconds ||
      time.nanos() < 0 || time.nanos() > 999999999) {
    return std::nullopt;
  }
  return absl::FromUnixSeconds(time.seconds()) +
         absl::Nanoseconds(time.nanos());
}

vocabulary::Day DayOf(absl::Time now) {
  return static_cast<vocabulary::Day>(
      absl::ToCivilDay(now, absl::UTCTimeZone()) - absl::CivilDay(1970, 1, 1));
}

std::string DayText(vocabulary::Day day) {
  if (day == vocabulary::kOpenBegin || day == vocabulary::kOpenEnd) return "";
  return vocabulary::FormatDay(day);
}

std::vector<std::string> Strings(
    const google::protobuf::RepeatedPtrField<std::string>& field) {
  return {field.begin(), field.end()};
}

void SortOnce(google::protobuf::RepeatedPtrField<std::string>* words) {
  std::sort(words->begin(), words->end());
  words->erase(std::unique(words->begin(), words->end()), words->end());
}

std::string EncodeSegment(absl::string_view code) {
  static constexpr char kDigits[] = "0123456789ABCDEF";
  std::string result;
  for (const char c : code) {
    if (IsUnreserved(c)) {
      result.push_back(c);
      continue;
    }
    const auto byte = static_cast<unsigned char>(c);
    result.push_back('%');
    result.push_back(kDigits[byte >> 4]);
    result.push_back(kDigits[byte & 15]);
  }
  return result;
}

std::optional<std::string> DecodeSegment(absl::string_view segment) {
  std::string result;
  while (!segment.empty()) {
    if (segment[0] != '%') {
      result.push_back(segment[0]);
      segment.remove_prefix(1);
      continue;
    }
    if (segment.size() < 3 ||
        !absl::ascii_isxdigit(static_cast<unsigned char>(segment[1])) ||
        !absl::ascii_isxdigit(static_cast<unsigned char>(segment[2]))) {
      return std::nullopt;
    }
    absl::StrAppend(&result, absl::HexStringToBytes(segment.substr(1, 2)));
    segment.remove_prefix(3);
  }
  return result;
}

}  // namespace collate::api
