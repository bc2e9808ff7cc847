#include "service/query/withheld.h"

#include <string>

#include "absl/strings/ascii.h"
#include "absl/strings/match.h"
#include "absl/strings/str_replace.h"
#include "absl/strings/str_split.h"
#include "absl/strings/strip.h"

namespace collate::query {

using vocabulary::State;

bool IsCost(absl::string_view text) {
  const std::string reason =
      absl::StrReplaceAll(absl::AsciiStrToLower(text), {{"section ", "s."}});
  bool cost = false;
  bool subsection = false;
  for (absl::string_view word :
       absl::StrSplit(reason, absl::ByAnyChar(" ,;:"), absl::SkipEmpty())) {
    const bool has_number =
        word.find_first_of("0123456789/") != absl::string_view::npos;
    if (absl::ConsumePrefix(&word, "s.")) {
      const absl::string_view rest = absl::StripPrefix(word, "12");
      // "s.12" and "s.12(2)"; not "s.120" nor "s.12/40".
      if (rest.size() == word.size() || absl::StrContains(rest, '/') ||
          !(rest.empty() || rest[0] == '(')) {
        return false;
      }
      cost = true;
      subsection = true;
      continue;
    }
    if (has_number && !(subsection && word[0] == '(')) return false;
    subsection = false;
  }
  return cost;
}

bool IsWithheld(State state, absl::string_view reason) {
  return state == State::kSuppressed ||
         (state == State::kRefused && !IsCost(reason));
}

}  // namespace collate::query
