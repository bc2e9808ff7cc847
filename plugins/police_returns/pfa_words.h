// What the ONS police force area tables say in words: headings, area codes and
// periods. Publisher's words only; what they mean to collate is not known here.
//
// Functions of their arguments; any thread.

#ifndef COLLATE_PLUGINS_POLICE_RETURNS_PFA_WORDS_H_
#define COLLATE_PLUGINS_POLICE_RETURNS_PFA_WORDS_H_

#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace collate::police_returns {

// The sheets that are read.
enum class PfaKind : uint8_t {
  kNumbers = 1,     // Table P1
  kChange = 2,      // Table P2
  kRates = 3,       // Table P3
  kPopulation = 4,  // Table P9
};

// What there is to know of a sheet before it is looked at; all normalised.
struct PfaSheetWords {
  PfaKind kind;
  std::string_view sheet;  // its name, and how its title begins
  std::string_view title;  // what its title has to say
  std::string_view unit;   // of the row under the header, or of P9's heading
};
const PfaSheetWords& WordsOf(PfaKind kind);
// nullopt for a sheet that is not read.
std::optional<PfaKind> KindOfSheet(std::string_view name);

// The offence columns that P1, P2 and P3 have in common, in their order.
inline constexpr size_t kOffenceColumns = 23;
// How P1 writes the heading.
std::string_view OffenceHeading(size_t column);
// By normalised heading; nullopt for another.
std::optional<size_t> FindOffence(std::string_view heading);
// The normalised heading that spans the column and others; empty for none.
std::string_view SpannerOf(size_t column);
bool IsSpanner(std::string_view heading);

// P3's other columns, normalised. "population figures (mid-2016) rounded to
// 100" gives the year.
inline constexpr std::string_view kHouseholdBurglary =
    "residential burglary (households)";
std::optional<int32_t> MidYearOf(std::string_view heading,
                                 std::string_view lead);
// "2016"
std::optional<int32_t> ParseYear(std::string_view text);

enum class AreaKind : uint8_t {
  kEnglandAndWales = 1,  // K04
  kEngland = 2,          // E92
  kRegion = 3,           // E12
  kEnglishForce = 4,     // E23
  kWales = 5,            // W92
  kWelshForce = 6,       // W15
  kTransportPolice = 7,  // no code
};
inline constexpr size_t kAreaKinds = 8;

// By the prefix of a nine-character code; nullopt for another.
std::optional<AreaKind> KindOfArea(std::string_view code);
// "British Transport Police", which has no code; "(2006)" may follow.
bool IsTransportPolice(std::string_view name);

// Twelve months, by their last.
struct YearEnding {
  int32_t year = 0;
  int32_t month = 0;  // 1 to 12
  std::string text;   // "year ending March 18"

  friend bool operator==(const YearEnding& a, const YearEnding& b) {
    return a.year == b.year && a.month == b.month;
  }
};
// Every "year ending ..." of a title; nullopt when one cannot be read. A year
// of two digits is 1970 to 2069.
std::optional<std::vector<YearEnding>> YearsEnding(std::string_view title);
// "year ending March 2018"
std::string CanonicalText(const YearEnding& period);

// Runs of white space as one space, none around, the rest as printed.
std::string SingleSpaced(std::string_view text);

}  // namespace collate::police_returns

#endif  // COLLATE_PLUGINS_POLICE_RETURNS_PFA_WORDS_H_
