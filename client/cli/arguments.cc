#include "client/cli/arguments.h"

#include <optional>
#include <utility>

#include "absl/strings/ascii.h"
#include "absl/strings/match.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/str_format.h"
#include "absl/time/civil_time.h"
#include "absl/time/time.h"
#include "service/base/error.h"
#include "service/base/status_macros.h"

namespace collate::client {
namespace {

absl::Status Refuse(absl::string_view text, absl::string_view expected) {
  return base::Error(
      absl::StatusCode::kInvalidArgument, "USAGE",
      absl::StrCat("'", text, "' is not understood: expected ", expected));
}

constexpr absl::string_view kFilterForm =
    "DIM=MEMBER[,MEMBER], DIM!=MEMBER[,MEMBER], or DIM=MEMBER+ to take in "
    "what lies below a member";

// The round trip refuses days that a calendar does not have, and the forms that
// ParseCivilTime takes beside this one.
std::optional<absl::CivilDay> ParseDay(absl::string_view text) {
  absl::CivilDay day;
  if (!absl::ParseCivilTime(text, &day) || absl::FormatCivilTime(day) != text) {
    return std::nullopt;
  }
  return day;
}

// Whatever came on that day is in, at any hour.
void SetEndOf(absl::CivilDay day, google::protobuf::Timestamp* time) {
  const absl::Time next = absl::FromCivil(day + 1, absl::UTCTimeZone());
  time->set_seconds(absl::ToUnixSeconds(next) - 1);
  time->set_nanos(999'999'999);
}

}  // namespace

absl::StatusOr<v1::Filter> ParseFilter(absl::string_view text) {
  const size_t equals = text.find('=');
  if (equals == absl::string_view::npos || equals == 0) {
    return Refuse(text, kFilterForm);
  }
  v1::Filter filter;
  absl::string_view dimension = text.substr(0, equals);
  if (absl::EndsWith(dimension, "!")) {
    filter.set_exclude(true);
    dimension.remove_suffix(1);
  }
  dimension = absl::StripAsciiWhitespace(dimension);
  if (dimension.empty()) return Refuse(text, kFilterForm);
  filter.set_dimension(std::string(dimension));

  int with_descendants = 0;
  std::string member;
  bool plus = false;
  const auto finish = [&]() -> bool {
    if (plus) {
      member.pop_back();
      ++with_descendants;
    }
    const std::string code(absl::StripAsciiWhitespace(member));
    member.clear();
    plus = false;
    if (code.empty()) return false;
    filter.add_members(code);
    return true;
  };
  for (size_t i = equals + 1; i < text.size(); ++i) {
    if (text[i] == '\\' && i + 1 < text.size()) {
      member += text[++i];
      plus = false;
    } else if (text[i] == ',') {
      if (!finish()) return Refuse(text, kFilterForm);
    } else {
      member += text[i];
      plus = text[i] == '+';
    }
  }
  if (!finish()) return Refuse(text, kFilterForm);
  if (with_descendants != 0 && with_descendants != filter.members_size()) {
    return Refuse(text, "a + behind every member of a filter or behind none");
  }
  filter.set_include_descendants(with_descendants != 0);
  return filter;
}

absl::StatusOr<std::vector<std::string>> ParseList(absl::string_view text) {
  std::vector<std::string> items;
  size_t begin = 0;
  while (begin <= text.size()) {
    size_t end = text.find(',', begin);
    if (end == absl::string_view::npos) end = text.size();
    const absl::string_view item =
        absl::StripAsciiWhitespace(text.substr(begin, end - begin));
    if (item.empty()) return Refuse(text, "NAME[,NAME]");
    items.emplace_back(item);
    begin = end + 1;
  }
  return items;
}

absl::StatusOr<v1::KeyValue> ParseKeyValue(absl::string_view text) {
  const size_t equals = text.find('=');
  if (equals == absl::string_view::npos || equals == 0) {
    return Refuse(text, "KEY=VALUE");
  }
  v1::KeyValue pair;
  pair.set_key(std::string(text.substr(0, equals)));
  pair.set_value(std::string(text.substr(equals + 1)));
  return pair;
}

absl::StatusOr<v1::PeriodRange> ParsePeriodRange(absl::string_view text) {
  const size_t dots = text.find("..");
  if (dots == absl::string_view::npos) return Refuse(text, "FIRST..LAST");
  const absl::string_view first =
      absl::StripAsciiWhitespace(text.substr(0, dots));
  const absl::string_view last =
      absl::StripAsciiWhitespace(text.substr(dots + 2));
  if (first.empty() || last.empty()) return Refuse(text, "FIRST..LAST");
  v1::PeriodRange range;
  range.set_first(std::string(first));
  range.set_last(std::string(last));
  return range;
}

absl::StatusOr<v1::RateDerivation> ParseRate(absl::string_view text) {
  const size_t at = text.find('@');
  if (at == absl::string_view::npos || at == 0 || at + 1 == text.size()) {
    return Refuse(text, "MEASURE@PERIOD, e.g. population@2016-06-30");
  }
  v1::RateDerivation rate;
  rate.set_denominator(std::string(text.substr(0, at)));
  rate.set_denominator_period(std::string(text.substr(at + 1)));
  return rate;
}

absl::StatusOr<v1::Exclusion> ParseExclusion(absl::string_view text) {
  constexpr absl::string_view kForm =
      "[SOURCE:][MEASURE/]REPORTER[@PERIOD[,PERIOD]]=REASON, e.g. "
      "'kent@2017/18=a typing error'";
  const size_t equals = text.find('=');
  if (equals == absl::string_view::npos) return Refuse(text, kForm);
  absl::string_view figure = text.substr(0, equals);
  const absl::string_view reason =
      absl::StripAsciiWhitespace(text.substr(equals + 1));
  v1::Exclusion exclusion;
  if (const size_t at = figure.find('@'); at != absl::string_view::npos) {
    const auto periods = ParseList(figure.substr(at + 1));
    if (!periods.ok()) return Refuse(text, kForm);
    for (const std::string& period : *periods) exclusion.add_periods(period);
    figure = figure.substr(0, at);
  }
  if (const size_t colon = figure.find(':'); colon != absl::string_view::npos) {
    if (colon == 0) return Refuse(text, kForm);
    exclusion.set_source(std::string(figure.substr(0, colon)));
    figure = figure.substr(colon + 1);
  }
  if (const size_t slash = figure.find('/'); slash != absl::string_view::npos) {
    if (slash == 0) return Refuse(text, kForm);
    exclusion.set_measure(std::string(figure.substr(0, slash)));
    figure = figure.substr(slash + 1);
  }
  if (figure.empty() || reason.empty()) return Refuse(text, kForm);
  exclusion.set_reporter(std::string(figure));
  exclusion.set_reason(std::string(reason));
  return exclusion;
}

absl::Status SetPublication(absl::string_view text, v1::ReleaseHeader& header) {
  if (text == "unknown") {
    header.mutable_publish_time_unknown();
    return absl::OkStatus();
  }
  const std::optional<absl::CivilDay> day = ParseDay(text);
  if (!day.has_value())
    return Refuse(text, "a day as YYYY-MM-DD, or 'unknown'");
  header.mutable_publish_time()->set_seconds(
      absl::ToUnixSeconds(absl::FromCivil(*day, absl::UTCTimeZone())));
  return absl::OkStatus();
}

absl::Status SetAsOf(absl::string_view text, v1::StatisticsQuery& query) {
  const std::optional<absl::CivilDay> day = ParseDay(text);
  if (!day.has_value()) return Refuse(text, "a day as YYYY-MM-DD");
  SetEndOf(*day, query.mutable_as_of());
  return absl::OkStatus();
}

absl::Status SetLoadedBy(absl::string_view text, v1::StatisticsQuery& query) {
  if (const std::optional<absl::CivilDay> day = ParseDay(text)) {
    SetEndOf(*day, query.mutable_loaded_by());
    return absl::OkStatus();
  }
  absl::Time time;
  // ParseTime takes "infinite-past" and the like, too.
  if (!absl::StrContains(text, 'T') ||
      !absl::ParseTime(absl::RFC3339_full, text, &time, nullptr)) {
    return Refuse(text,
                  "a day as YYYY-MM-DD, or a time such as "
                  "2024-10-31T16:30:00Z");
  }
  const absl::Time second = absl::FromUnixSeconds(absl::ToUnixSeconds(time));
  query.mutable_loaded_by()->set_seconds(absl::ToUnixSeconds(time));
  query.mutable_loaded_by()->set_nanos(
      static_cast<int32_t>(absl::ToInt64Nanoseconds(time - second)));
  return absl::OkStatus();
}

std::string ResourceName(absl::string_view collection, absl::string_view id) {
  if (absl::StartsWith(id, absl::StrCat(collection, "/"))) {
    return std::string(id);
  }
  std::string name = absl::StrCat(collection, "/");
  for (const char c : id) {
    const auto byte = static_cast<unsigned char>(c);
    if (absl::ascii_isalnum(byte) || c == '-' || c == '.' || c == '_' ||
        c == '~') {
      name += c;
    } else {
      absl::StrAppendFormat(&name, "%%%02X", byte);
    }
  }
  return name;
}

}  // namespace collate::client
