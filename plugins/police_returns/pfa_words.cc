#include "plugins/police_returns/pfa_words.h"

#include <array>
#include <utility>

#include "plugins/tabular/header.h"
#include "plugins/tabular/number.h"

namespace collate::police_returns {
namespace {

constexpr std::string_view kVictimBased = "victim-based crime";
constexpr std::string_view kAgainstSociety = "other crimes against society";

struct Offence {
  std::string_view heading;                   // P1's
  std::array<std::string_view, 2> spellings;  // normalised
  std::string_view spanner;
};

constexpr Offence kOffences[] = {
    {"Total recorded crime (excluding fraud)",
     {"total recorded crime (excluding fraud)"},
     ""},
    {"Violence against the person",
     {"violence against the person"},
     kVictimBased},
    {"Homicide", {"homicide"}, kVictimBased},
    {"Violence with injury", {"violence with injury"}, kVictimBased},
    {"Violence without injury", {"violence without injury"}, kVictimBased},
    {"Stalking and harassment", {"stalking and harassment"}, kVictimBased},
    {"Death or serious injury - unlawful driving",
     {"death or serious injury - unlawful driving"},
     kVictimBased},
    {"Sexual offences", {"sexual offences"}, kVictimBased},
    {"Robbery", {"robbery"}, kVictimBased},
    {"Theft offences", {"theft offences"}, kVictimBased},
    {"Burglary", {"burglary"}, kVictimBased},
    // P2 misspells it.
    {"Residential burglary",
     {"residential burglary", "residental burglary"},
     kVictimBased},
    {"Non-residential burglary", {"non-residential burglary"}, kVictimBased},
    {"Vehicle offences", {"vehicle offences"}, kVictimBased},
    {"Theft from the person", {"theft from the person"}, kVictimBased},
    {"Bicycle theft", {"bicycle theft"}, kVictimBased},
    {"Shoplifting", {"shoplifting"}, kVictimBased},
    {"Other theft offences",
     {"other theft offences", "all other theft offences"},
     kVictimBased},
    {"Criminal damage and arson", {"criminal damage and arson"}, kVictimBased},
    {"Drug offences", {"drug offences"}, kAgainstSociety},
    {"Possession of weapons offences",
     {"possession of weapons offences"},
     kAgainstSociety},
    {"Public order offences", {"public order offences"}, kAgainstSociety},
    {"Miscellaneous crimes",
     {"miscellaneous crimes", "miscellaneous crimes against society"},
     kAgainstSociety},
};
static_assert(std::size(kOffences) == kOffenceColumns);

constexpr PfaSheetWords kSheets[] = {
    {PfaKind::kNumbers, "table p1", "number of offences", "numbers"},
    {PfaKind::kChange, "table p2", "percentage change", "percentage change"},
    {PfaKind::kRates, "table p3", "rate of offences",
     "rate per 1,000 population"},
    {PfaKind::kPopulation, "table p9", "mid-year population estimates",
     "mid-year"},
};

constexpr std::string_view kMonths[] = {
    "january", "february", "march",     "april",   "may",      "june",
    "july",    "august",   "september", "october", "november", "december"};
constexpr std::string_view kMonthTitles[] = {
    "January", "February", "March",     "April",   "May",      "June",
    "July",    "August",   "September", "October", "November", "December"};

bool IsDigit(char c) { return c >= '0' && c <= '9'; }

// The whole name or its first letters, three or more ("sep", "sept").
int32_t MonthOf(std::string_view word) {
  if (word.size() < 3) return 0;
  for (size_t month = 0; month < std::size(kMonths); ++month) {
    if (kMonths[month].substr(0, word.size()) == word) {
      return static_cast<int32_t>(month) + 1;
    }
  }
  return 0;
}

}  // namespace

const PfaSheetWords& WordsOf(PfaKind kind) {
  return kSheets[static_cast<size_t>(kind) - 1];
}

std::optional<PfaKind> KindOfSheet(std::string_view name) {
  const std::string normalised = tabular::NormaliseName(name);
  for (const PfaSheetWords& words : kSheets) {
    if (normalised == words.sheet) return words.kind;
  }
  return std::nullopt;
}

std::string_view OffenceHeading(size_t column) {
  return kOffences[column].heading;
}

std::optional<size_t> FindOffence(std::string_view heading) {
  if (heading.empty()) return std::nullopt;
  for (size_t i = 0; i < kOffenceColumns; ++i) {
    for (const std::string_view spelling : kOffences[i].spellings) {
      if (spelling == heading) return i;
    }
  }
  return std::nullopt;
}

std::string_view SpannerOf(size_t column) { return kOffences[column].spanner; }

bool IsSpanner(std::string_view heading) {
  return heading == kVictimBased || heading == kAgainstSociety;
}

std::optional<int32_t> MidYearOf(std::string_view heading,
                                 std::string_view lead) {
  const std::string begin = std::string(lead) + " figures (mid-";
  constexpr std::string_view kEnd = ") rounded to 100";
  if (heading.size() != begin.size() + 4 + kEnd.size() ||
      heading.substr(0, begin.size()) != begin ||
      heading.substr(begin.size() + 4) != kEnd) {
    return std::nullopt;
  }
  return ParseYear(heading.substr(begin.size(), 4));
}

std::optional<int32_t> ParseYear(std::string_view text) {
  if (text.size() != 4) return std::nullopt;
  int32_t year = 0;
  for (const char c : text) {
    if (!IsDigit(c)) return std::nullopt;
    year = year * 10 + (c - '0');
  }
  if (year < 1800 || year > 2200) return std::nullopt;
  return year;
}

std::optional<AreaKind> KindOfArea(std::string_view code) {
  static constexpr std::pair<std::string_view, AreaKind> kPrefixes[] = {
      {"K04", AreaKind::kEnglandAndWales}, {"E92", AreaKind::kEngland},
      {"E12", AreaKind::kRegion},          {"E23", AreaKind::kEnglishForce},
      {"W92", AreaKind::kWales},           {"W15", AreaKind::kWelshForce}};
  if (code.size() != 9) return std::nullopt;
  for (const char c : code.substr(3)) {
    if (!IsDigit(c)) return std::nullopt;
  }
  for (const auto& [prefix, kind] : kPrefixes) {
    if (code.substr(0, 3) == prefix) return kind;
  }
  return std::nullopt;
}

bool IsTransportPolice(std::string_view name) {
  constexpr std::string_view kName = "british transport police";
  const std::string normalised = tabular::NormaliseName(name);
  const std::string_view rest =
      std::string_view(normalised).substr(0, kName.size()) == kName
          ? std::string_view(normalised).substr(kName.size())
          : "?";
  return rest.empty() ||
         (tabular::Trim(rest).front() == '(' && rest.back() == ')');
}

std::optional<std::vector<YearEnding>> YearsEnding(std::string_view title) {
  constexpr std::string_view kLead = "year ending ";
  const std::string printed = SingleSpaced(title);
  // Of the same length: only letters change.
  std::string folded = printed;
  for (char& c : folded) {
    if (c >= 'A' && c <= 'Z') c = static_cast<char>(c - 'A' + 'a');
  }
  std::vector<YearEnding> found;
  size_t at = folded.find(kLead);
  for (; at != std::string::npos; at = folded.find(kLead, at + 1)) {
    size_t end = at + kLead.size();
    const size_t word = end;
    while (end < folded.size() && folded[end] >= 'a' && folded[end] <= 'z') {
      ++end;
    }
    const int32_t month =
        MonthOf(std::string_view(folded).substr(word, end - word));
    if (month == 0 || end == folded.size() || folded[end] != ' ') {
      return std::nullopt;
    }
    const size_t digits = ++end;
    int32_t year = 0;
    while (end < folded.size() && IsDigit(folded[end]) && end < digits + 5) {
      year = year * 10 + (folded[end++] - '0');
    }
    if (end - digits == 2) {
      year += year < 70 ? 2000 : 1900;
    } else if (end - digits != 4 || year < 1800 || year > 2200) {
      return std::nullopt;
    }
    found.push_back({year, month, printed.substr(at, end - at)});
  }
  return found;
}

std::string CanonicalText(const YearEnding& period) {
  return "year ending " +
         std::string(kMonthTitles[static_cast<size_t>(period.month) - 1]) +
         " " + std::to_string(period.year);
}

std::string SingleSpaced(std::string_view text) {
  std::string out;
  bool space = false;
  for (size_t i = 0; i < text.size(); ++i) {
    const bool no_break = text.substr(i, 2) == "\xC2\xA0";
    if (no_break || text[i] == ' ' || text[i] == '\t' || text[i] == '\r' ||
        text[i] == '\n') {
      if (no_break) ++i;
      space = !out.empty();
      continue;
    }
    if (space) out += ' ';
    space = false;
    out += text[i];
  }
  return out;
}

}  // namespace collate::police_returns
