#include "service/query/claim_words.h"

#include <cstddef>
#include <variant>
#include <vector>

#include "absl/strings/ascii.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/str_replace.h"
#include "service/base/decimal.h"
#include "service/query/conflicts.h"
#include "service/vocabulary/state.h"

namespace collate::query {
namespace {

using vocabulary::State;

// "no response" of NO_RESPONSE.
std::string StateWords(State state) {
  return absl::AsciiStrToLower(
      absl::StrReplaceAll(vocabulary::StateName(state), {{"_", " "}}));
}

}  // namespace

absl::string_view BasisWords(ClaimBasis basis) {
  switch (basis) {
    case ClaimBasis::kAsPublished:
      return "as published";
    case ClaimBasis::kMatchedPanel:
      return "over the matched panel";
    case ClaimBasis::kPublishedTotal:
      return "by a published total";
    case ClaimBasis::kPanelSum:
      return "over the panel";
    case ClaimBasis::kPublishedPercentage:
      return "by a published percentage";
    case ClaimBasis::kCounts:
      return "by counts";
    case ClaimBasis::kVocabulary:
      return "by the vocabulary";
    case ClaimBasis::kUnspecified:
      break;
  }
  return "";
}

std::string IntervalWords(const Interval& bounds, int scale) {
  const auto text = [scale](int64_t end) {
    return base::FormatDecimal(end, scale);
  };
  if (bounds.lower.has_value() && bounds.upper.has_value()) {
    return *bounds.lower == *bounds.upper
               ? text(*bounds.lower)
               : absl::StrCat(text(*bounds.lower), " to ", text(*bounds.upper));
  }
  if (bounds.lower.has_value()) {
    return absl::StrCat("at least ", text(*bounds.lower));
  }
  if (bounds.upper.has_value()) {
    return absl::StrCat("at most ", text(*bounds.upper));
  }
  return "unknown";
}

std::string NumberWords(const std::optional<int64_t>& value,
                        const Interval& bounds, int scale,
                        absl::string_view unit) {
  // A quotient is rounded outwards, so that its bounds differ by a unit.
  const bool exact = value.has_value() && bounds.lower.has_value() &&
                     bounds.upper.has_value() &&
                     (*bounds.upper == *bounds.lower ||
                      (scale > 0 && *bounds.upper == *bounds.lower + 1));
  const std::string range = IntervalWords(bounds, scale);
  if (!value.has_value()) return absl::StrCat(range, " ", unit);
  const std::string text = base::FormatDecimal(*value, scale);
  if (exact) return absl::StrCat(text, " ", unit);
  return absl::StrCat(text, " ", unit, " (can be ", range, ")");
}

std::string CoverageWords(const Cell& cell) {
  const Coverage& coverage = cell.coverage;
  if (cell.basis == Basis::kPublishedTotal) {
    if (!coverage.stated.has_value()) {
      return "from how many reporters is not stated";
    }
    return absl::StrCat("stated to be from ", coverage.stated->reporters,
                        " reporters",
                        coverage.stated->words.empty()
                            ? ""
                            : absl::StrCat(" ", coverage.stated->words));
  }
  return absl::StrCat(coverage.complete, " of ", coverage.due, " reporters");
}

std::string SilenceWords(const Cell& cell) {
  if (cell.state == State::kNoRelease) return "nothing is loaded";
  if (cell.state == State::kSuppressed) return "the figure is withheld";
  return absl::StrCat("no figure is printed: ", StateWords(cell.state));
}

std::string DisagreementWords(const Cell& cell) {
  const Difference* only = nullptr;
  size_t count = 0;
  const auto look = [&](const std::vector<Conflict>& conflicts) {
    for (const Conflict& conflict : conflicts) {
      if (!IsOfOneCell(conflict.kind)) continue;
      count += conflict.differences.size();
      only = &conflict.differences[0];
    }
  };
  look(cell.conflicts);
  for (const Derived& derived : cell.derived) {
    if (const auto* share = std::get_if<Share>(&derived)) {
      look(share->base_conflicts.conflicts);
    }
  }
  if (only == nullptr) return "";
  if (count > 1 || !only->reported.has_value() ||
      !only->other_reported.has_value()) {
    return "; some figures are printed differently elsewhere";
  }
  return absl::StrCat("; printed differently: ",
                      base::FormatDecimal(*only->reported, cell.scale), " and ",
                      base::FormatDecimal(*only->other_reported, cell.scale));
}

}  // namespace collate::query
