#include "service/base/decimal.h"

#include "absl/strings/str_cat.h"

namespace collate::base {

std::string FormatDecimal(int64_t mantissa, int64_t scale) {
  while (scale > 0 && mantissa % 10 == 0) {
    mantissa /= 10;
    --scale;
  }
  std::string digits = absl::StrCat(mantissa);
  if (scale <= 0) return digits;
  const std::string sign = mantissa < 0 ? "-" : "";
  digits.erase(0, sign.size());
  const size_t places = static_cast<size_t>(scale);
  if (digits.size() <= places) {
    digits.insert(0, places + 1 - digits.size(), '0');
  }
  digits.insert(digits.size() - places, ".");
  return sign + digits;
}

}  // namespace collate::base
