#include "service/query/claim_membership.h"

#include <algorithm>
#include <string>
#include <utility>
#include <vector>

#include "absl/status/statusor.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/str_join.h"
#include "service/base/status_macros.h"
#include "service/vocabulary/period.h"

namespace collate::query {
namespace {

using vocabulary::Dimension;
using vocabulary::MemberId;

absl::StatusOr<MemberId> FindMember(const ClaimInquiry& inquiry,
                                    const Dimension& dimension,
                                    const std::string& code,
                                    absl::string_view field) {
  if (const auto id = dimension.Find(code)) return *id;
  return inquiry.Invalid(
      field, absl::StrCat("no member '", code, "' of '", dimension.code(), "'"),
      dimension.NearMatches(code));
}

// Whether the vocabulary knows the member as another's on that day, or the
// whole's on another day.
Verdict JudgeMembership(const Dimension& dimension, MemberId whole,
                        MemberId member, vocabulary::Day day) {
  if (dimension.Contains(whole, member, day)) return Verdict::kReproduced;
  if (dimension.Contains(member, whole, day)) return Verdict::kContradicted;
  for (MemberId other = 0; other < dimension.members().size(); ++other) {
    if (other != whole &&
        dimension.member(other).level == dimension.member(whole).level &&
        dimension.Contains(other, member, day)) {
      return Verdict::kContradicted;
    }
  }
  const auto& children = dimension.ChildrenOf(whole);
  return std::any_of(children.begin(), children.end(),
                     [member](const vocabulary::Parent& child) {
                       return child.member == member;
                     })
             ? Verdict::kContradicted
             : Verdict::kNotCheckable;
}

}  // namespace

absl::Status CompareMembership(ClaimInquiry& inquiry) {
  const MembershipClaim& asked = inquiry.claim().membership;
  const Dimension* dimension =
      inquiry.vocabulary().FindDimension(asked.dimension);
  if (dimension == nullptr) {
    std::vector<std::string> codes;
    for (const Dimension& one : inquiry.vocabulary().dimensions()) {
      codes.push_back(one.code());
    }
    return inquiry.Invalid("membership.dimension",
                           absl::StrCat("no dimension '", asked.dimension, "'"),
                           vocabulary::NearMatches(asked.dimension, codes));
  }
  COLLATE_ASSIGN_OR_RETURN(
      const MemberId whole,
      FindMember(inquiry, *dimension, asked.whole, "membership.whole"));
  BasisFinding finding;
  finding.basis = ClaimBasis::kVocabulary;
  std::vector<Verdict> verdicts;
  std::vector<std::string> words;
  for (size_t m = 0; m < asked.members.size(); ++m) {
    COLLATE_ASSIGN_OR_RETURN(
        const MemberId member,
        FindMember(inquiry, *dimension, asked.members[m],
                   absl::StrCat("membership.members[", m, "]")));
    const Verdict verdict =
        JudgeMembership(*dimension, whole, member, asked.day);
    verdicts.push_back(verdict);
    words.push_back(absl::StrCat(dimension->member(member).code,
                                 verdict == Verdict::kReproduced
                                     ? " belongs to "
                                 : verdict == Verdict::kContradicted
                                     ? " does not belong to "
                                     : " is not said to belong to or not to ",
                                 dimension->member(whole).code));
  }
  finding.verdict = All(verdicts);
  finding.words =
      absl::StrCat(absl::StrJoin(words, ", "), " by the vocabulary on ",
                   vocabulary::FormatDay(asked.day));
  Evidence evidence;
  evidence.basis = ClaimBasis::kVocabulary;
  evidence.verdict = finding.verdict;
  evidence.period = vocabulary::FormatDay(asked.day);
  finding.evidence.push_back(std::move(evidence));
  inquiry.Add(std::move(finding));
  return absl::OkStatus();
}

}  // namespace collate::query
