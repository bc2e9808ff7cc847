#include "service/query/claim_inquiry.h"

#include <algorithm>
#include <map>
#include <set>

#include "absl/strings/str_cat.h"
#include "absl/strings/str_join.h"
#include "service/base/error.h"
#include "service/base/status_macros.h"
#include "service/query/bounds.h"
#include "service/query/claim_words.h"
#include "service/query/conflicts.h"
#include "service/query/engine.h"
#include "service/vocabulary/state.h"

namespace collate::query {
namespace {

using vocabulary::MemberId;
using vocabulary::State;

// Figures behind the cells of one claim: they are all held at once.
constexpr size_t kMaxFigures = 200'000;

class Collected final : public CellSink {
 public:
  absl::Status OnCell(Cell cell) override {
    figures_ += cell.leaves.size();
    if (figures_ > kMaxFigures) {
      return base::Error(absl::StatusCode::kResourceExhausted,
                         "CLAIM_TOO_LARGE",
                         absl::StrCat("more than ", kMaxFigures,
                                      " figures are behind it; ask about fewer "
                                      "periods or members"))
          .With("limit", absl::StrCat(kMaxFigures));
    }
    cells_.push_back(std::move(cell));
    return absl::OkStatus();
  }
  std::vector<Cell>& cells() { return cells_; }

 private:
  size_t figures_ = 0;
  std::vector<Cell> cells_;
};

}  // namespace

bool IsTotal(const Cell& cell) { return cell.basis == Basis::kPublishedTotal; }

Interval WithAllSides(SumOf sum, const Interval& bounds,
                      const std::vector<Conflict>& conflicts,
                      const std::vector<LeftOut>& left_out) {
  std::map<std::pair<MemberId, Coordinates>, std::pair<Interval, Interval>>
      figures;  // as it is in the sum, and with all sides
  for (const Conflict& conflict : conflicts) {
    // The sides that one source repeats are in its bounds already.
    if (conflict.source == conflict.other_source ||
        !IsOfOneCell(conflict.kind)) {
      continue;
    }
    for (const Difference& one : conflict.differences) {
      if (std::any_of(left_out.begin(), left_out.end(),
                      [&one](const LeftOut& other) {
                        return other.reporter == one.reporter;
                      })) {
        continue;
      }
      const Interval& own =
          sum == SumOf::kReported ? one.in_reported : one.in_panel;
      const auto [at, fresh] =
          figures.try_emplace({one.reporter, one.coordinates}, own, own);
      at->second.second = Hull(at->second.second, one.other_bounds);
    }
  }
  Interval result = bounds;
  const auto widen = [](const std::optional<int64_t>& served,
                        const std::optional<int64_t>& all,
                        std::optional<int64_t>& end) {
    int64_t by = 0;
    int64_t moved = 0;
    if (!end.has_value()) return;
    if (!served.has_value() || !all.has_value() ||
        __builtin_sub_overflow(*all, *served, &by) ||
        __builtin_add_overflow(*end, by, &moved)) {
      end.reset();
    } else {
      end = moved;
    }
  };
  for (const auto& [figure, sides] : figures) {
    widen(sides.first.lower, sides.second.lower, result.lower);
    widen(sides.first.upper, sides.second.upper, result.upper);
  }
  return result;
}

ClaimInquiry::ClaimInquiry(const StatedClaim& claim, const Snapshot& snapshot,
                           const ClaimOptions& options)
    : claim_(claim), snapshot_(snapshot), options_(options) {
  if (claim.number.has_value()) {
    allowed_.emplace(claim.comparator, claim.number->value, claim.number->step);
  }
}

absl::Status ClaimInquiry::Invalid(absl::string_view field,
                                   absl::string_view what,
                                   const std::vector<std::string>& near) const {
  return InvalidClaim(claim_.id, absl::StrCat(claim_.path, ".", field), what,
                      near);
}

absl::StatusOr<ClaimAnswer> ClaimInquiry::Ask(const Query& query,
                                              size_t question,
                                              std::optional<int64_t> wanted) {
  ClaimAnswer answer;
  answer.question = question;
  auto plan = MakePlan(query, snapshot_, options_.plan);
  if (!plan.ok()) {
    if (plan.status().code() != absl::StatusCode::kInvalidArgument &&
        plan.status().code() != absl::StatusCode::kFailedPrecondition) {
      return base::Annotate(plan.status(),
                            absl::StrCat("claim '", claim_.id, "'"));
    }
    return Invalid("query", plan.status().message());
  }
  if (wanted.has_value() && plan->cell_count != *wanted) {
    return Invalid("query",
                   absl::StrCat("comes to ", plan->cell_count,
                                " cells; a claim of this kind is about one"));
  }
  answer.plan = std::make_shared<const Plan>(*std::move(plan));
  Collected sink;
  const auto summary =
      Execute(*answer.plan, snapshot_,
              {.with_leaves = true, .cancelled = options_.cancelled}, sink);
  if (!summary.ok()) {
    if (summary.status().code() != absl::StatusCode::kFailedPrecondition) {
      return base::Annotate(summary.status(),
                            absl::StrCat("claim '", claim_.id, "'"));
    }
    answer.refusal = absl::StrCat(summary.status().message());
    return answer;
  }
  for (const uint32_t release : summary->releases) {
    synthetic_ |= snapshot_.releases()[release]->release.synthetic;
  }
  answer.cells = std::move(sink.cells());
  return answer;
}

std::set<MemberId> ClaimInquiry::NotLoaded(const Cell& cell) const {
  std::set<MemberId> printed;
  for (const Leaf& leaf : cell.leaves) {
    if (!leaf.rows.empty()) printed.insert(leaf.reporter);
  }
  std::set<MemberId> result;
  for (const MissingReporter& one : cell.coverage.missing) {
    const bool unknown = one.state == State::kNoRelease ||
                         one.state == State::kNotCrossed ||
                         one.state == State::kNotShown;
    if (unknown && !printed.contains(one.reporter)) result.insert(one.reporter);
  }
  return result;
}

// Sources of the figures of a cell; of a single figure also those that print
// the same.
std::vector<std::string> ClaimInquiry::SourcesOf(const Cell& cell) const {
  std::set<std::string> sources;
  for (const Leaf& leaf : cell.leaves) {
    if (leaf.method == Method::kNone || leaf.source.empty()) continue;
    sources.insert(leaf.source);
    if (cell.leaves.size() > 1) continue;
    for (const OtherFigure& other : leaf.others) {
      if (other.reported.has_value() && allowed_.has_value() &&
          allowed_->Judge(other.bounds, cell.scale) == Verdict::kReproduced) {
        sources.insert(other.source);
      }
    }
  }
  return {sources.begin(), sources.end()};
}

Evidence ClaimInquiry::EvidenceOf(ClaimBasis basis, const ClaimAnswer& answer,
                                  const Cell& cell) const {
  Evidence evidence;
  evidence.basis = basis;
  evidence.period = vocabulary::FormatPeriod(answer.plan->periods[cell.period]);
  evidence.sources = SourcesOf(cell);
  evidence.cell = cell;
  evidence.cell->leaves.clear();
  evidence.plan = answer.plan;
  evidence.question = answer.question;
  return evidence;
}

void ClaimInquiry::AddRows(absl::Span<const RowRef> rows,
                           Evidence& evidence) const {
  evidence.other_rows.insert(evidence.other_rows.end(), rows.begin(),
                             rows.end());
  std::set<std::string> sources(evidence.sources.begin(),
                                evidence.sources.end());
  for (const RowRef& row : rows) {
    sources.insert(snapshot_.release_of(row).source);
  }
  evidence.sources.assign(sources.begin(), sources.end());
}

void ClaimInquiry::Add(Evidence evidence, absl::string_view unit,
                       absl::string_view who, bool not_loaded) {
  BasisFinding& finding = findings_.emplace_back();
  finding.basis = evidence.basis;
  finding.not_loaded = not_loaded;
  evidence.verdict = allowed_->Judge(evidence.bounds, evidence.scale);
  if (!evidence.value.has_value() &&
      (evidence.verdict == Verdict::kPossible || evidence.cell->rows.empty())) {
    evidence.verdict = Verdict::kNotCheckable;
    finding.words = absl::StrCat(SilenceWords(*evidence.cell), " ",
                                 BasisWords(evidence.basis));
  } else {
    finding.words = absl::StrCat(
        NumberWords(evidence.value, evidence.bounds, evidence.scale, unit), " ",
        BasisWords(evidence.basis), ", ", who,
        DisagreementWords(*evidence.cell));
  }
  finding.verdict = evidence.verdict;
  finding.evidence.push_back(std::move(evidence));
}

void ClaimInquiry::AddNone(Evidence evidence, absl::string_view why) {
  BasisFinding& finding = findings_.emplace_back();
  finding.basis = evidence.basis;
  finding.words = absl::StrCat(why, " ", BasisWords(evidence.basis));
  finding.evidence.push_back(std::move(evidence));
}

// All figures are from sources that only repeat the story.
bool ClaimInquiry::IsOwn(const BasisFinding& finding) const {
  bool any = false;
  for (const Evidence& evidence : finding.evidence) {
    for (const std::string& source : evidence.sources) {
      any = true;
      if (std::count(options_.own_sources.begin(), options_.own_sources.end(),
                     source) == 0) {
        return false;
      }
    }
  }
  return any;
}

CheckedClaim ClaimInquiry::Finish() && {
  std::vector<BasisVerdict> bases;
  for (BasisFinding& finding : findings_) {
    if (finding.verdict == Verdict::kReproduced && IsOwn(finding)) {
      finding.verdict = Verdict::kReproducedSameSource;
      for (Evidence& evidence : finding.evidence) {
        if (evidence.verdict == Verdict::kReproduced) {
          evidence.verdict = Verdict::kReproducedSameSource;
        }
      }
    }
    bases.push_back({finding.basis, finding.verdict, finding.not_loaded});
  }
  const Ruling ruling = Rule(claim_.basis, bases);
  CheckedClaim checked;
  checked.verdict = ruling.verdict;
  checked.synthetic = synthetic_;
  if (findings_.empty()) {
    checked.reason = "nothing can be compared";
    return checked;
  }
  const BasisFinding& decided = findings_[ruling.decided_by];
  checked.reason = decided.words;
  if (claim_.basis != ClaimBasis::kUnspecified &&
      std::none_of(bases.begin(), bases.end(), [this](const auto& one) {
        return one.basis == claim_.basis;
      })) {
    absl::StrAppend(&checked.reason, "; there is no figure ",
                    BasisWords(claim_.basis));
  }
  if (decided.verdict == Verdict::kReproducedSameSource) {
    std::set<std::string> sources;
    for (const Evidence& evidence : decided.evidence) {
      sources.insert(evidence.sources.begin(), evidence.sources.end());
    }
    absl::StrAppend(&checked.reason, "; all of it from ",
                    absl::StrJoin(sources, ", "),
                    ", which only repeats the story");
  }
  // What was expected to bear it out, or does so on another basis.
  for (size_t i = 0; i < findings_.size(); ++i) {
    const BasisFinding& other = findings_[i];
    const bool worth_saying = ruling.verdict == Verdict::kReproducedOtherBasis
                                  ? other.verdict == Verdict::kContradicted ||
                                        other.basis == claim_.basis
                                  : ruling.verdict == Verdict::kContradicted &&
                                        other.verdict != Verdict::kNotCheckable;
    if (i != ruling.decided_by && worth_saying) {
      absl::StrAppend(&checked.reason, "; ", other.words);
    }
  }
  std::rotate(
      findings_.begin(),
      findings_.begin() + static_cast<std::ptrdiff_t>(ruling.decided_by),
      findings_.begin() + static_cast<std::ptrdiff_t>(ruling.decided_by) + 1);
  for (BasisFinding& finding : findings_) {
    for (Evidence& evidence : finding.evidence) {
      checked.evidence.push_back(std::move(evidence));
    }
  }
  return checked;
}

}  // namespace collate::query
