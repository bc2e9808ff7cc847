#include "client/error_text.h"

#include "absl/strings/ascii.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/str_replace.h"
#include "client/words.h"
#include "service/base/error.h"

namespace collate::client {

std::string ErrorText(const absl::Status& status) {
  const base::ErrorDetail detail = base::DetailOf(status);
  const std::string code = detail.reason.empty()
                               ? absl::StatusCodeToString(status.code())
                               : detail.reason;
  std::string out = absl::StrCat(
      "collate: ", Printable(absl::StripAsciiWhitespace(status.message())),
      " [", Printable(code), "]\n");
  for (const base::FieldViolation& field : detail.fields) {
    absl::StrAppend(&out, "  ", Printable(field.path), ": ",
                    Printable(field.description), "\n");
  }
  for (const auto& [key, value] : detail.metadata) {
    if (value.empty()) continue;
    absl::StrAppend(&out, "  ",
                    Printable(absl::StrReplaceAll(key, {{"_", " "}})), ": ",
                    Printable(value), "\n");
  }
  return out;
}

}  // namespace collate::client
