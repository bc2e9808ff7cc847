#include "service/query/claim_orders.h"

#include <algorithm>
#include <string>
#include <utility>
#include <vector>

#include "absl/strings/str_cat.h"
#include "absl/strings/str_join.h"
#include "service/query/claim_words.h"
#include "service/vocabulary/period.h"

namespace collate::query {
namespace {

using vocabulary::Dimension;

// What a cell's number can be, where missing reporters count.
Interval WholeOf(const ClaimInquiry& inquiry, const ClaimAnswer& answer,
                 const Cell& cell) {
  if (!IsTotal(cell) || !cell.reported.has_value()) {
    return WithAllSides(SumOf::kPanel, cell.panel_bounds, cell.conflicts);
  }
  Interval bounds =
      WithAllSides(SumOf::kReported, cell.reported_bounds, cell.conflicts);
  const vocabulary::Panel* panel =
      inquiry.vocabulary().FindPanel(inquiry.claim().panel);
  if (panel == nullptr || answer.measure().unit == kPerCent) return bounds;
  const auto expected = static_cast<int64_t>(
      panel->MembersDuring(answer.plan->periods[cell.period].days).size());
  if (!cell.coverage.stated.has_value() ||
      cell.coverage.stated->reporters < expected) {
    bounds.upper.reset();
  }
  return bounds;
}

Evidence WholeEvidence(const ClaimInquiry& inquiry, const ClaimAnswer& answer,
                       const Cell& cell) {
  ClaimBasis basis = ClaimBasis::kPanelSum;
  if (answer.measure().unit == kPerCent) {
    basis = ClaimBasis::kPublishedPercentage;
  } else if (IsTotal(cell)) {
    basis = ClaimBasis::kPublishedTotal;
  }
  Evidence evidence = inquiry.EvidenceOf(basis, answer, cell);
  evidence.value = cell.reported;
  evidence.bounds = WholeOf(inquiry, answer, cell);
  evidence.scale = cell.scale;
  return evidence;
}

// What another period says of the subject's being an extreme.
Verdict JudgeOther(const ClaimInquiry& inquiry, const Interval& subject,
                   const Evidence& other) {
  if (inquiry.claim().extreme == Extreme::kGreatest) {
    return JudgeGreater(subject, other.bounds);
  }
  if (inquiry.claim().extreme == Extreme::kLeast) {
    return JudgeGreater(other.bounds, subject);
  }
  switch (inquiry.allowed().Judge(other.bounds, other.scale)) {
    case Verdict::kReproduced:
      return Verdict::kContradicted;
    case Verdict::kContradicted:
      return Verdict::kReproduced;
    default:
      return Verdict::kPossible;
  }
}

}  // namespace

absl::Status CompareExtreme(ClaimInquiry& inquiry, const ClaimAnswer& answer) {
  const std::vector<vocabulary::Period>& periods = answer.plan->periods;
  if (answer.plan->cell_count != static_cast<int64_t>(periods.size())) {
    return inquiry.Invalid("query",
                           "comes to more than a cell for each period");
  }
  const auto parsed = vocabulary::ParsePeriod(inquiry.claim().subject);
  const auto subject = parsed.ok()
                           ? std::find(periods.begin(), periods.end(), *parsed)
                           : periods.end();
  if (subject == periods.end()) {
    std::vector<std::string> texts;
    for (const vocabulary::Period& period : periods) {
      texts.push_back(vocabulary::FormatPeriod(period));
    }
    return inquiry.Invalid(
        "subject",
        absl::StrCat("expected one of the query's periods, not '",
                     inquiry.claim().subject, "'"),
        texts);
  }
  const auto at = static_cast<size_t>(subject - periods.begin());
  const Cell& its_cell = answer.cells[at];
  BasisFinding finding;
  Evidence its = WholeEvidence(inquiry, answer, its_cell);
  const Interval its_bounds = its.bounds;
  finding.basis = its.basis;
  if (!its_cell.reported.has_value()) {
    inquiry.AddNone(std::move(its), SilenceWords(its_cell));
    return absl::OkStatus();
  }
  its.verdict = inquiry.claim().extreme == Extreme::kFirst
                    ? inquiry.allowed().Judge(its.bounds, its.scale)
                    : Verdict::kReproduced;
  std::vector<Verdict> verdicts = {its.verdict};
  finding.not_loaded = !inquiry.NotLoaded(its_cell).empty();
  finding.words = absl::StrCat(
      inquiry.claim().subject, ": ",
      NumberWords(its.value, its.bounds, its.scale, answer.measure().unit), " ",
      BasisWords(its.basis), ", ", CoverageWords(its_cell));
  finding.evidence.push_back(std::move(its));
  std::vector<std::string> open;
  std::vector<std::string> against;
  for (const Cell& cell : answer.cells) {
    const vocabulary::Period& period = periods[cell.period];
    if (period == *subject || (inquiry.claim().extreme == Extreme::kFirst &&
                               !(period.days < subject->days))) {
      continue;
    }
    Evidence evidence = WholeEvidence(inquiry, answer, cell);
    evidence.verdict = JudgeOther(inquiry, its_bounds, evidence);
    finding.not_loaded |= !inquiry.NotLoaded(cell).empty();
    const std::string words =
        absl::StrCat(evidence.period, " (",
                     cell.reported.has_value()
                         ? IntervalWords(evidence.bounds, evidence.scale)
                         : SilenceWords(cell),
                     ")");
    if (evidence.verdict == Verdict::kPossible) open.push_back(words);
    if (evidence.verdict == Verdict::kContradicted) against.push_back(words);
    verdicts.push_back(evidence.verdict);
    finding.evidence.push_back(std::move(evidence));
  }
  if (!against.empty()) {
    absl::StrAppend(&finding.words,
                    "; against it: ", absl::StrJoin(against, ", "));
  }
  if (!open.empty()) {
    absl::StrAppend(&finding.words,
                    "; not determined: ", absl::StrJoin(open, ", "));
  }
  finding.verdict = All(verdicts);
  inquiry.Add(std::move(finding));
  return absl::OkStatus();
}

absl::Status CompareRank(ClaimInquiry& inquiry, const ClaimAnswer& answer) {
  if (answer.plan->group_by.size() != 1 || answer.plan->periods.size() != 1) {
    return inquiry.Invalid(
        "query",
        "expected one period, and one dimension to group by, "
        "whose members it ranks among");
  }
  const Dimension& dimension = *answer.plan->group_by[0];
  const auto subject = dimension.Find(inquiry.claim().subject);
  const auto found = std::find_if(
      answer.cells.begin(), answer.cells.end(), [&](const Cell& cell) {
        return subject.has_value() && cell.coordinates[0] == *subject;
      });
  if (found == answer.cells.end()) {
    return inquiry.Invalid(
        "subject",
        absl::StrCat("expected one of the members of '", dimension.code(),
                     "' that the query names, not '", inquiry.claim().subject,
                     "'"),
        dimension.NearMatches(inquiry.claim().subject));
  }
  Evidence its = WholeEvidence(inquiry, answer, *found);
  if (!found->reported.has_value()) {
    inquiry.AddNone(std::move(its), SilenceWords(*found));
    return absl::OkStatus();
  }
  BasisFinding finding;
  finding.basis = its.basis;
  finding.not_loaded = !inquiry.NotLoaded(*found).empty();
  std::vector<Interval> others;
  std::vector<std::string> words;
  std::vector<Evidence> rest;
  for (const Cell& cell : answer.cells) {
    if (&cell == &*found) continue;
    Evidence evidence = WholeEvidence(inquiry, answer, cell);
    others.push_back(evidence.bounds);
    finding.not_loaded |= !inquiry.NotLoaded(cell).empty();
    words.push_back(
        absl::StrCat(dimension.member(cell.coordinates[0]).code, " ",
                     IntervalWords(evidence.bounds, evidence.scale)));
    rest.push_back(std::move(evidence));
  }
  finding.verdict = JudgeRank(its.bounds, others, inquiry.claim().rank);
  its.verdict = finding.verdict;
  finding.words = absl::StrCat(
      inquiry.claim().subject, ": ",
      NumberWords(its.value, its.bounds, its.scale, answer.measure().unit), " ",
      BasisWords(its.basis), ", ", CoverageWords(*found),
      "; the others: ", absl::StrJoin(words, ", "));
  finding.evidence.push_back(std::move(its));
  for (Evidence& evidence : rest) {
    evidence.verdict = finding.verdict;
    finding.evidence.push_back(std::move(evidence));
  }
  inquiry.Add(std::move(finding));
  return absl::OkStatus();
}

}  // namespace collate::query
