// Exact decimal numbers as text.

#ifndef COLLATE_SERVICE_BASE_DECIMAL_H_
#define COLLATE_SERVICE_BASE_DECIMAL_H_

#include <cstdint>
#include <string>

namespace collate::base {

// mantissa * 10^-scale: "97.4028", "-0.5", "12"; no exponent, no grouping, no
// zeros at the end of a fraction. A negative scale counts as 0.
std::string FormatDecimal(int64_t mantissa, int64_t scale);

}  // namespace collate::base

#endif  // COLLATE_SERVICE_BASE_DECIMAL_H_
