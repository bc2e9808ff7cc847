#include "client/render_claims.h"

#include <algorithm>
#include <cstdint>
#include <functional>
#include <utility>

#include "absl/strings/ascii.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/str_join.h"
#include "absl/strings/str_replace.h"
#include "absl/strings/strip.h"
#include "client/figures.h"
#include "client/grid.h"
#include "client/json.h"
#include "client/words.h"

namespace collate::client {
namespace {

std::string WithoutPrefix(const std::string& name, absl::string_view prefix) {
  return std::string(
      absl::StripPrefix(absl::string_view(name.data(), name.size()), prefix));
}

// "published total" of PUBLISHED_TOTAL.
std::string LowerWords(const std::string& code) {
  return absl::AsciiStrToLower(absl::StrReplaceAll(code, {{"_", " "}}));
}

std::string ClaimBasisCode(v1::ClaimBasis basis) {
  return WithoutPrefix(v1::ClaimBasis_Name(basis), "CLAIM_BASIS_");
}

std::string BasisWords(v1::ClaimBasis basis) {
  return basis == v1::CLAIM_BASIS_UNSPECIFIED
             ? ""
             : LowerWords(ClaimBasisCode(basis));
}

std::string VerdictWords(v1::ClaimVerdict verdict) {
  switch (verdict) {
    case v1::CLAIM_VERDICT_REPRODUCED_SAME_SOURCE:
      return "same source only";
    case v1::CLAIM_VERDICT_REPRODUCED_OTHER_BASIS:
      return "on another basis";
    default:
      return LowerWords(VerdictCode(verdict));
  }
}

std::string ComparatorWords(v1::ClaimComparator comparator) {
  switch (comparator) {
    case v1::CLAIM_COMPARATOR_UNSPECIFIED:
    case v1::CLAIM_COMPARATOR_EQUAL:
      return "";
    default:
      return LowerWords(WithoutPrefix(v1::ClaimComparator_Name(comparator),
                                      "CLAIM_COMPARATOR_")) +
             " ";
  }
}

bool IsPerCent(const v1::Claim& claim) {
  return claim.kind() == v1::CLAIM_KIND_CHANGE ||
         claim.kind() == v1::CLAIM_KIND_SHARE;
}

std::string StatedWords(const v1::Claim& claim) {
  if (claim.kind() == v1::CLAIM_KIND_RANK) {
    return absl::StrCat(claim.subject(), " is number ", claim.rank());
  }
  if (claim.kind() == v1::CLAIM_KIND_MEMBERSHIP) {
    return absl::StrCat(absl::StrJoin(claim.membership().members(), ", "),
                        " in ", claim.membership().whole());
  }
  std::string number;
  if (!claim.value().empty()) {
    number = absl::StrCat(ComparatorWords(claim.comparator()),
                          GroupedDecimal(claim.value()),
                          IsPerCent(claim) ? "%" : "");
  }
  if (!claim.unit().empty()) absl::StrAppend(&number, " ", claim.unit());
  if (claim.kind() == v1::CLAIM_KIND_COVERAGE) number += " reporters";
  if (claim.kind() != v1::CLAIM_KIND_EXTREME) return number;
  return absl::StrCat(
      LowerWords(WithoutPrefix(v1::ClaimExtreme_Name(claim.extreme()),
                               "CLAIM_EXTREME_")),
      number.empty() ? "" : " ", number);
}

// A quotient is rounded outwards to six decimals; its ends are one number to
// whoever reads it.
bool IsOneNumber(const v1::DecimalInterval& bounds) {
  const auto head = [](const std::string& text) {
    const size_t point = text.find('.');
    return point == std::string::npos
               ? text
               : text.substr(0, std::min(text.size(), point + 5));
  };
  return !bounds.lower().empty() &&
         head(bounds.lower()) == head(bounds.upper());
}

std::string ComputedWords(const v1::Claim& claim,
                          const v1::ClaimResult& result) {
  if (result.evidence().empty()) return "nothing to compare";
  const v1::ClaimEvidence& first = result.evidence(0);
  if (claim.kind() == v1::CLAIM_KIND_MEMBERSHIP) return "";
  const std::string unit = IsPerCent(claim) ? "%" : "";
  if (first.value().empty()) {
    return first.bounds().lower().empty() && first.bounds().upper().empty()
               ? "no number"
               : IntervalWords(first.bounds()) + unit;
  }
  std::string words = GroupedDecimal(first.value()) + unit;
  if (first.value() == first.bounds().lower() &&
      first.bounds().upper().empty()) {
    return IntervalWords(first.bounds()) + unit;
  }
  if (!IsOneNumber(first.bounds())) {
    absl::StrAppend(&words, " (", IntervalWords(first.bounds()), ")");
  }
  return words;
}

std::string CoverageText(const v1::ClaimResult& result) {
  if (result.evidence().empty() || !result.evidence(0).has_coverage()) {
    return "";
  }
  const v1::ClaimEvidence& first = result.evidence(0);
  if (first.coverage().has_stated()) {
    return absl::StrCat(first.coverage().stated().reporter_count(), " stated");
  }
  return first.basis() == v1::CLAIM_BASIS_PUBLISHED_TOTAL ||
                 first.basis() == v1::CLAIM_BASIS_PUBLISHED_PERCENTAGE
             ? "not stated"
             : CoverageWords(first.coverage());
}

std::string CitationText(const v1::ClaimResult& result) {
  if (result.evidence().empty()) return "";
  const v1::Citation& citation = result.evidence(0).citation();
  if (citation.printed_by().empty()) return PlaceWords(citation);
  return absl::StrCat(PlaceWords(citation), " (", citation.printed_by(), ")");
}

// Hands every claim with its result and name.
void ForEach(const std::vector<CheckedClaims>& checked,
             const std::function<void(const CheckedClaims&, const v1::Claim&,
                                      const v1::ClaimResult&)>& hand) {
  for (const CheckedClaims& one : checked) {
    const int count =
        std::min(one.set.claims_size(), one.response.results_size());
    for (int i = 0; i < count; ++i) {
      hand(one, one.set.claims(i), one.response.results(i));
    }
  }
}

Grid Table(const std::vector<CheckedClaims>& checked) {
  Grid grid;
  grid.columns = {{"verdict", "verdict"},     {"claim", "claim"},
                  {"stated", "stated"},       {"computed", "computed"},
                  {"basis", "basis"},         {"coverage", "coverage"},
                  {"locator", "printed cell"}};
  const bool several = checked.size() > 1;
  ForEach(checked, [&](const CheckedClaims& one, const v1::Claim& claim,
                       const v1::ClaimResult& result) {
    grid.rows.push_back(
        {VerdictWords(result.verdict()) +
             (result.synthetic() ? " (synthetic)" : ""),
         several ? absl::StrCat(one.set.id(), "/", claim.id()) : claim.id(),
         StatedWords(claim), ComputedWords(claim, result),
         result.evidence().empty() ? std::string()
                                   : BasisWords(result.evidence(0).basis()),
         CoverageText(result), CitationText(result)});
  });
  return grid;
}

Grid Csv(const std::vector<CheckedClaims>& checked) {
  Grid grid;
  for (const char* name : {"set",
                           "claim",
                           "kind",
                           "verdict",
                           "comparator",
                           "stated",
                           "stated_to",
                           "computed",
                           "lower",
                           "upper",
                           "basis",
                           "period",
                           "expected",
                           "due",
                           "complete",
                           "stated_reporters",
                           "sources",
                           "synthetic",
                           "reason",
                           "citation_count",
                           "citation_release",
                           "citation_document",
                           "citation_sha256",
                           "citation_locator",
                           "citation_raw",
                           "citation_printed_by"}) {
    grid.columns.push_back({name, ""});
  }
  ForEach(checked, [&grid](const CheckedClaims& one, const v1::Claim& claim,
                           const v1::ClaimResult& result) {
    const v1::ClaimEvidence first =
        result.evidence().empty() ? v1::ClaimEvidence() : result.evidence(0);
    const bool covered = first.has_coverage();
    const v1::Coverage& coverage = first.coverage();
    const v1::Citation& citation = first.citation();
    const auto count = [covered](int64_t number) {
      return covered ? Value(number) : Value();
    };
    grid.rows.push_back(
        {one.set.id(),
         claim.id(),
         WithoutPrefix(v1::ClaimKind_Name(claim.kind()), "CLAIM_KIND_"),
         VerdictCode(result.verdict()),
         WithoutPrefix(
             v1::ClaimComparator_Name(claim.comparator() ==
                                              v1::CLAIM_COMPARATOR_UNSPECIFIED
                                          ? v1::CLAIM_COMPARATOR_EQUAL
                                          : claim.comparator()),
             "CLAIM_COMPARATOR_"),
         DecimalEnd(claim.value()),
         DecimalEnd(claim.stated_to()),
         DecimalEnd(first.value()),
         DecimalEnd(first.bounds().lower()),
         DecimalEnd(first.bounds().upper()),
         result.evidence().empty() ? std::string()
                                   : ClaimBasisCode(first.basis()),
         first.period(),
         count(coverage.expected()),
         count(coverage.due()),
         count(coverage.complete()),
         coverage.has_stated()
             ? Value(int64_t{coverage.stated().reporter_count()})
             : Value(),
         absl::StrJoin(first.sources(), ";"),
         std::string(result.synthetic() ? "true" : "false"),
         result.reason(),
         int64_t{first.citation_count()},
         citation.release(),
         citation.document(),
         citation.document_sha256(),
         citation.locator(),
         citation.raw(),
         citation.printed_by()});
  });
  return grid;
}

}  // namespace

std::string VerdictCode(v1::ClaimVerdict verdict) {
  return WithoutPrefix(v1::ClaimVerdict_Name(verdict), "CLAIM_VERDICT_");
}

absl::StatusOr<std::string> RenderClaims(
    const std::vector<CheckedClaims>& checked, Format format) {
  std::vector<v1::CheckClaimsResponse> responses;
  std::vector<v1::ClaimResult> results;
  for (const CheckedClaims& one : checked) {
    responses.push_back(one.response);
    results.insert(results.end(), one.response.results().begin(),
                   one.response.results().end());
  }
  switch (format) {
    case Format::kJson:
      return ToJsonArray(responses);
    case Format::kNdjson:
      return ToJsonLines(results);
    case Format::kCsv:
      return RenderCsv(Csv(checked));
    case Format::kTable:
      break;
  }
  return RenderTable(Table(checked));
}

std::vector<std::string> ClaimNotes(const std::vector<CheckedClaims>& checked) {
  std::vector<std::string> notes;
  ForEach(checked, [&notes](const CheckedClaims& one, const v1::Claim& claim,
                            const v1::ClaimResult& result) {
    if (result.verdict() != v1::CLAIM_VERDICT_REPRODUCED &&
        result.verdict() != v1::CLAIM_VERDICT_REPRODUCED_SAME_SOURCE) {
      notes.push_back(absl::StrCat(
          Printable(one.set.id()), "/", Printable(claim.id()), ": ",
          VerdictWords(result.verdict()), ": ", Printable(result.reason())));
    }
    if (!result.evidence().empty()) {
      const v1::ClaimEvidence& evidence = result.evidence(0);
      for (const v1::Caveat& caveat : evidence.caveats()) {
        notes.push_back(
            absl::StrCat(Printable(one.set.id()), "/", Printable(claim.id()),
                         ", ", BasisWords(evidence.basis()), ": ",
                         caveat.code(), ": ", Printable(caveat.message())));
      }
    }
  });
  for (const CheckedClaims& one : checked) {
    for (const v1::Caveat& caveat : one.response.caveats()) {
      notes.push_back(
          absl::StrCat(caveat.code(), ": ", Printable(caveat.message())));
    }
    std::vector<std::string> counts;
    for (int number = v1::ClaimVerdict_MIN + 1; number <= v1::ClaimVerdict_MAX;
         ++number) {
      const auto verdict = static_cast<v1::ClaimVerdict>(number);
      const auto count = std::count_if(
          one.response.results().begin(), one.response.results().end(),
          [verdict](const v1::ClaimResult& result) {
            return result.verdict() == verdict;
          });
      if (count > 0) {
        counts.push_back(absl::StrCat(count, " ", VerdictWords(verdict)));
      }
    }
    const int total = one.response.results_size();
    notes.push_back(absl::StrCat(
        Printable(one.set.id()), ": ", total,
        total == 1 ? " claim: " : " claims: ", absl::StrJoin(counts, ", ")));
  }
  return notes;
}

bool AnyContradicted(const std::vector<CheckedClaims>& checked) {
  bool any = false;
  for (const CheckedClaims& one : checked) {
    for (const v1::ClaimResult& result : one.response.results()) {
      any |= result.verdict() == v1::CLAIM_VERDICT_CONTRADICTED;
    }
  }
  return any;
}

}  // namespace collate::client
