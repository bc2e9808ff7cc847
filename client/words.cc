#include "client/words.h"

#include <algorithm>
#include <utility>
#include <vector>

#include "absl/strings/ascii.h"
#include "absl/strings/match.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/str_format.h"
#include "absl/strings/str_join.h"
#include "absl/strings/str_replace.h"
#include "absl/strings/strip.h"
#include "absl/time/time.h"

namespace collate::client {
namespace {

template <typename Descriptor>
std::string CodeOf(const Descriptor* descriptor, int number,
                   absl::string_view prefix) {
  const auto* value = descriptor->FindValueByNumber(number);
  // A newer server may send values that this client does not know.
  if (value == nullptr) return absl::StrCat("UNKNOWN_", number);
  return std::string(absl::StripPrefix(value->name(), prefix));
}

std::string Slug(absl::string_view title) {
  std::string slug;
  for (const char c : title) {
    if (absl::ascii_isalnum(static_cast<unsigned char>(c))) {
      slug += absl::ascii_tolower(static_cast<unsigned char>(c));
    } else if (!slug.empty() && slug.back() != '-') {
      slug += '-';
    }
  }
  while (!slug.empty() && slug.back() == '-') slug.pop_back();
  return slug;
}

// What to say of reporters in a state; `$` stands for their names.
std::string MissingPhrase(v1::State state) {
  switch (state) {
    case v1::STATE_SUPPRESSED:
      return "figures withheld for $";
    case v1::STATE_PARTIAL_PERIOD:
      return "only part of the period from $";
    case v1::STATE_REFUSED:
      return "refused by $";
    case v1::STATE_NO_RESPONSE:
      return "$ did not answer";
    case v1::STATE_NO_RELEASE:
      return "nothing loaded from $";
    case v1::STATE_OMITTED_BY_PUBLISHER:
      return "left out by the publisher: $";
    case v1::STATE_NOT_HELD:
      return "not recorded by $";
    case v1::STATE_NOT_YET_PUBLISHED:
      return "not yet published for $";
    case v1::STATE_NOT_ASKED:
      return "not asked: $";
    case v1::STATE_NOT_APPLICABLE:
      return "not applicable to $";
    case v1::STATE_INCLUDED_ELSEWHERE:
      return "counted in another member: $";
    case v1::STATE_AGGREGATED:
      return "given only together with others: $";
    case v1::STATE_WITHDRAWN:
      return "withdrawn by the publisher: $";
    case v1::STATE_DROPPED_IN_EDITION:
      return "no longer printed for $";
    case v1::STATE_NOT_SHOWN:
      return "not shown for $";
    case v1::STATE_NOT_CROSSED:
      return "not broken down this way for $";
    case v1::STATE_ANALYST_EXCLUDED:
      return "left out by the analyst: $";
    default:
      return absl::StrCat(StateWords(state), ": $");
  }
}

// An end that is empty is unknown.
std::string EndsInWords(const std::string& lower, const std::string& upper) {
  if (lower.empty() && upper.empty()) return "unknown";
  if (lower.empty()) return absl::StrCat("at most ", upper);
  if (upper.empty()) return absl::StrCat("at least ", lower);
  return lower == upper ? lower : absl::StrCat(lower, " to ", upper);
}

}  // namespace

std::string GroupedDecimal(absl::string_view text) {
  const size_t point = std::min(text.find('.'), text.size());
  std::string grouped;
  for (size_t i = 0; i < point; ++i) {
    grouped += text[i];
    const size_t left = point - i - 1;
    if (text[i] != '-' && left > 0 && left % 3 == 0) grouped += ',';
  }
  return absl::StrCat(grouped, text.substr(point));
}

std::string IdOf(const std::string& name) {
  return name.substr(name.rfind('/') + 1);
}

std::string GroupedInteger(int64_t value) {
  std::string digits = absl::StrCat(value);
  const size_t first = value < 0 ? 1 : 0;
  for (size_t i = digits.size(); i > first + 3;) {
    i -= 3;
    digits.insert(i, ",");
  }
  return digits;
}

std::string Printable(absl::string_view text) {
  std::string out;
  for (size_t i = 0; i < text.size(); ++i) {
    const unsigned char c = static_cast<unsigned char>(text[i]);
    // U+0080 to U+009F are control characters, too, to some terminals.
    const bool wide_control = c == 0xC2 && i + 1 < text.size() &&
                              static_cast<unsigned char>(text[i + 1]) < 0xA0;
    if (c == '\n') {
      out += "\\n";
    } else if (c == '\r') {
      out += "\\r";
    } else if (c == '\t') {
      out += "\\t";
    } else if (wide_control) {
      ++i;
      absl::StrAppendFormat(&out, "\\x%02X",
                            static_cast<unsigned char>(text[i]));
    } else if (c < 0x20 || c == 0x7F) {
      absl::StrAppendFormat(&out, "\\x%02X", c);
    } else {
      out += static_cast<char>(c);
    }
  }
  return out;
}

std::string StateCode(v1::State state) {
  return CodeOf(v1::State_descriptor(), state, "STATE_");
}

std::string BasisCode(v1::Basis basis) {
  return CodeOf(v1::Basis_descriptor(), basis, "BASIS_");
}

std::string FlagCode(v1::CellFlag flag) {
  return CodeOf(v1::CellFlag_descriptor(), flag, "CELL_FLAG_");
}

std::string FlagCode(v1::ObservationFlag flag) {
  return CodeOf(v1::ObservationFlag_descriptor(), flag, "OBSERVATION_FLAG_");
}

std::string StateWords(v1::State state) {
  switch (state) {
    case v1::STATE_REPORTED:
      return "reported";
    case v1::STATE_ROUNDED:
      return "rounded";
    case v1::STATE_SUPPRESSED:
      return "withheld";
    case v1::STATE_PARTIAL_PERIOD:
      return "part of the period only";
    case v1::STATE_REFUSED:
      return "refused";
    case v1::STATE_NO_RESPONSE:
      return "did not answer";
    case v1::STATE_NO_RELEASE:
      return "nothing loaded";
    case v1::STATE_OMITTED_BY_PUBLISHER:
      return "left out by the publisher";
    case v1::STATE_NOT_HELD:
      return "not recorded";
    case v1::STATE_NOT_YET_PUBLISHED:
      return "not yet published";
    case v1::STATE_NOT_ASKED:
      return "not asked";
    case v1::STATE_NOT_APPLICABLE:
      return "not applicable";
    case v1::STATE_INCLUDED_ELSEWHERE:
      return "counted in another member";
    case v1::STATE_AGGREGATED:
      return "given only together with others";
    case v1::STATE_WITHDRAWN:
      return "withdrawn by the publisher";
    case v1::STATE_DROPPED_IN_EDITION:
      return "no longer printed";
    case v1::STATE_NOT_SHOWN:
      return "not shown";
    case v1::STATE_NOT_CROSSED:
      return "not broken down this way";
    case v1::STATE_ANALYST_EXCLUDED:
      return "left out by the analyst";
    default:
      return absl::StrCat("state ", StateCode(state));
  }
}

std::string FlagWords(v1::CellFlag flag) {
  switch (flag) {
    case v1::CELL_FLAG_CONFLICT:
      return "another figure contradicts it";
    case v1::CELL_FLAG_INCOMPLETE_REPORTER:
      return "holds an incomplete reporter";
    case v1::CELL_FLAG_TILED_PERIOD:
      return "added up from shorter periods";
    case v1::CELL_FLAG_DERIVED_FROM_PARTS:
      return "added up from parts";
    case v1::CELL_FLAG_REPEATED_KEY_ADDED:
      return "adds repeated rows";
    case v1::CELL_FLAG_TOTAL_MISMATCH:
      return "a printed total does not add up";
    case v1::CELL_FLAG_TOTAL_IGNORES_MARKERS:
      return "a printed total counts marks and blanks as 0";
    case v1::CELL_FLAG_INCOMPLETE_NOT_GIVEN:
      return "not given, because somebody is missing";
    case v1::CELL_FLAG_ANALYST_EXCLUDED:
      return "a figure is left out by the analyst";
    case v1::CELL_FLAG_TIGHTENED:
      return "a printed total narrows what the panel can be";
    case v1::CELL_FLAG_SOURCE_UNREADABLE:
      return "a release that cannot be read may have more";
    default:
      return absl::AsciiStrToLower(
          absl::StrReplaceAll(FlagCode(flag), {{"_", " "}}));
  }
}

std::string IntervalWords(const v1::Interval& interval) {
  return EndsInWords(
      interval.has_lower() ? GroupedInteger(interval.lower()) : "",
      interval.has_upper() ? GroupedInteger(interval.upper()) : "");
}

std::string IntervalWords(const v1::DecimalInterval& interval) {
  return EndsInWords(GroupedDecimal(interval.lower()),
                     GroupedDecimal(interval.upper()));
}

std::string MemberWords(const v1::Coordinate& coordinate) {
  if (coordinate.title().empty()) return coordinate.member();
  if (coordinate.member().empty() || coordinate.title() == coordinate.member())
    return coordinate.title();
  if (Slug(coordinate.title()) == coordinate.member()) {
    return coordinate.title();
  }
  return absl::StrCat(coordinate.title(), " (", coordinate.member(), ")");
}

std::string CellName(const v1::Cell& cell) {
  std::vector<std::string> parts;
  for (const v1::Coordinate& coordinate : cell.coordinates()) {
    parts.push_back(MemberWords(coordinate));
  }
  parts.push_back(cell.period().text());
  return Printable(absl::StrJoin(parts, ", "));
}

std::string PlaceWords(const v1::Citation& citation) {
  if (absl::StartsWith(citation.locator(), citation.document())) {
    return citation.locator();
  }
  return absl::StrCat(citation.document(), " ", citation.locator());
}

std::string StatedWords(const v1::StatedCoverage& stated) {
  return absl::StrCat(
      GroupedInteger(stated.reporter_count()),
      stated.reporter_count() == 1 ? " reporter stated" : " reporters stated",
      stated.words().empty() ? std::string(", names unknown")
                             : absl::StrCat(": ", stated.words()));
}

std::string TimeText(const google::protobuf::Timestamp& time) {
  return absl::FormatTime(
      "%Y-%m-%dT%H:%M:%SZ",
      absl::FromUnixSeconds(time.seconds()) + absl::Nanoseconds(time.nanos()),
      absl::UTCTimeZone());
}

std::string CoverageWords(const v1::Coverage& coverage) {
  if (coverage.has_stated()) {
    return absl::StrCat(GroupedInteger(coverage.stated().reporter_count()),
                        " stated");
  }
  return absl::StrCat(GroupedInteger(coverage.complete()), " of ",
                      GroupedInteger(coverage.due()));
}

std::string CoverageSentence(const v1::Coverage& coverage) {
  // One phrase for each state, in the order in which states first occur.
  std::vector<std::pair<v1::State, std::vector<std::string>>> groups;
  for (const v1::MissingReporter& missing : coverage.missing()) {
    const std::string& name =
        missing.title().empty() ? missing.reporter() : missing.title();
    std::string text =
        // "Nothing loaded" is all there is to say of NO_RELEASE.
        missing.reason().empty() || missing.state() == v1::STATE_NO_RELEASE
            ? name
            : absl::StrCat(name, " (\"", missing.reason(), "\")");
    auto group = groups.begin();
    while (group != groups.end() && group->first != missing.state()) ++group;
    if (group == groups.end()) {
      group = groups.insert(groups.end(), {missing.state(), {}});
    }
    group->second.push_back(std::move(text));
  }
  std::string sentence = CoverageWords(coverage);
  for (const auto& [state, names] : groups) {
    absl::StrAppend(&sentence, "; ",
                    absl::StrReplaceAll(MissingPhrase(state),
                                        {{"$", absl::StrJoin(names, ", ")}}));
  }
  return sentence;
}

}  // namespace collate::client
