// Exact numbers from printed text: no locale, no binary floating point.

#ifndef COLLATE_PLUGINS_TABULAR_NUMBER_H_
#define COLLATE_PLUGINS_TABULAR_NUMBER_H_

#include <cstdint>
#include <string_view>

#include "plugins/tabular/status.h"

namespace collate::tabular {

// mantissa * 10^-scale, 0 <= scale <= 18, no trailing zeros in the fraction.
struct Decimal {
  int64_t mantissa = 0;
  int64_t scale = 0;

  friend bool operator==(const Decimal&, const Decimal&) = default;
};

// Without the white space around it: ASCII space, tab, CR, LF and U+00A0.
std::string_view Trim(std::string_view text);

// Reads "12", "-45", "+3", "1,234,567", "0.50"; surrounding white space does
// not count. Commas only as complete thousands groups, "." as the decimal
// point with digits on both sides. UNPARSED_NUMBER for anything else, also an
// exponent, a percent sign, a superfluous leading zero or an empty text;
// NUMBER_OVERFLOW when it does not fit. The caller adds the place.
Status ParseDecimal(std::string_view text, Decimal* number);

// The same, refusing a fraction: NOT_AN_INTEGER. "12.0" is 12.
Status ParseInteger(std::string_view text, int64_t* number);

// The same with any number of decimals, rounded half away from zero to `scale`
// of them (0 to 18) where there are more; *exact tells whether there were none.
Status ParseRounded(std::string_view text, int64_t scale, Decimal* number,
                    bool* exact);

}  // namespace collate::tabular

#endif  // COLLATE_PLUGINS_TABULAR_NUMBER_H_
