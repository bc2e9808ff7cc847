#include "service/ingest/stated_notes.h"

#include <algorithm>

#include "absl/strings/ascii.h"
#include "absl/strings/numbers.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/strip.h"

namespace collate::ingest {
namespace {

constexpr absl::string_view kCoverage = "stated_coverage:";
constexpr absl::string_view kPrintedBy = "printed_by:";

Diagnostic Invalid(absl::string_view message, absl::string_view expected,
                   absl::string_view found) {
  Diagnostic fault;
  fault.reason = "INVALID_NOTE";
  fault.message = std::string(message);
  fault.expected = std::string(expected);
  fault.found = std::string(found);
  return fault;
}

}  // namespace

std::optional<Diagnostic> ReadStatedNotes(const std::vector<std::string>& notes,
                                          StatedNotes* stated) {
  for (const std::string& note : notes) {
    absl::string_view value = note;
    const bool coverage = absl::ConsumePrefix(&value, kCoverage);
    if (!coverage && !absl::ConsumePrefix(&value, kPrintedBy)) {
      stated->others.push_back(note);
      continue;
    }
    value = absl::StripAsciiWhitespace(value);
    const bool again =
        coverage ? stated->reporters != 0 : !stated->printed_by.empty();
    if (again) {
      return Invalid("a cell says twice who is behind it",
                     "each key once in the notes of a cell", note);
    }
    if (!coverage) {
      if (value.empty()) {
        return Invalid("a cell names nobody as the one who printed it",
                       "printed_by: and a name", note);
      }
      stated->printed_by = value;
      continue;
    }
    const size_t digits = value.find_first_not_of("0123456789");
    const absl::string_view count = value.substr(0, digits);
    const absl::string_view words = absl::StripLeadingAsciiWhitespace(
        value.substr(std::min(count.size(), value.size())));
    if (!absl::SimpleAtoi(count, &stated->reporters) ||
        stated->reporters == 0) {
      stated->reporters = 0;
      return Invalid("a coverage is stated without a number of reporters",
                     "stated_coverage: and a count of at least 1, then words",
                     note);
    }
    stated->coverage = words;
  }
  return std::nullopt;
}

}  // namespace collate::ingest
