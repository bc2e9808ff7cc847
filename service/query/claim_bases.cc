#include "service/query/claim_bases.h"

#include <algorithm>
#include <cstdint>
#include <limits>
#include <optional>
#include <set>
#include <string>
#include <utility>
#include <variant>
#include <vector>

#include "absl/strings/str_cat.h"
#include "absl/strings/str_join.h"
#include "service/base/status_macros.h"
#include "service/query/bounds.h"
#include "service/query/claim_words.h"
#include "service/query/ratio.h"
#include "service/query/statements.h"
#include "service/vocabulary/state.h"

namespace collate::query {
namespace {

using vocabulary::kReporterDimension;
using vocabulary::MemberId;
using vocabulary::State;

// Whether one of those that are left out is silent only because nothing is
// loaded of it in a cell.
bool AnyNotLoaded(const ClaimInquiry& inquiry,
                  const std::vector<LeftOut>& left_out,
                  const std::vector<const Cell*>& cells) {
  return std::any_of(cells.begin(), cells.end(), [&](const Cell* cell) {
    const std::set<MemberId> not_loaded = inquiry.NotLoaded(*cell);
    return std::any_of(left_out.begin(), left_out.end(),
                       [&not_loaded](const LeftOut& one) {
                         return not_loaded.contains(one.reporter);
                       });
  });
}

std::optional<int64_t> ChangeOfReported(const Operand& current,
                                        const Operand& base) {
  if (!current.reported.has_value() || !base.reported.has_value()) {
    return std::nullopt;
  }
  return ChangeOf(Interval::Exactly(*current.reported),
                  Interval::Exactly(*base.reported))
      .lower;
}

absl::string_view OutcomeWords(Outcome outcome) {
  switch (outcome) {
    case Outcome::kNotDefined:
      return "the base is 0 or less";
    case Outcome::kIsBase:
      return "the period is the base itself";
    default:
      return "a side is not known well enough";
  }
}

std::vector<Caveat> CaveatsOf(const std::vector<ChangeFlag>& flags) {
  std::vector<Caveat> caveats;
  for (const ChangeFlag flag : flags) {
    if (flag == ChangeFlag::kMixedSources) {
      caveats.push_back(
          {"MIXED_SOURCES", "Figures of several sources are compared."});
    } else if (flag == ChangeFlag::kMixedVintage) {
      caveats.push_back({"MIXED_VINTAGE",
                         "Figures that were published at different times are "
                         "compared."});
    } else if (flag == ChangeFlag::kReportersDiffer) {
      caveats.push_back({"REPORTERS_DIFFER",
                         "Other reporters are behind one period than behind "
                         "the other."});
    }
  }
  return caveats;
}

std::string ChangePeriod(const ClaimAnswer& answer, const Change& change) {
  const auto& planned = std::get<PlannedChange>(answer.plan->derivations[0]);
  return absl::StrCat(
      vocabulary::FormatPeriod(answer.plan->periods[0]), " on ",
      vocabulary::FormatPeriod(planned.periods[change.base_period]));
}

// A printed total against an earlier one less those that are not in the
// later.
absl::Status CompareLess(ClaimInquiry& inquiry, const ClaimAnswer& answer,
                         Evidence evidence) {
  const Cell& cell = answer.cells[0];
  const auto& change = std::get<Change>(cell.derived[0]);
  const vocabulary::Panel* panel =
      inquiry.vocabulary().FindPanel(inquiry.claim().panel);
  if (panel == nullptr) {
    return inquiry.Invalid("base_without",
                           "the query names no panel that the total could be "
                           "without some of");
  }
  if (change.as_published.outcome != Outcome::kGiven) {
    inquiry.AddNone(std::move(evidence),
                    OutcomeWords(change.as_published.outcome));
    return absl::OkStatus();
  }
  const std::string names = absl::StrJoin(inquiry.claim().base_without, ", ");
  const int64_t others = static_cast<int64_t>(
      panel->MembersDuring(answer.plan->periods[0].days).size() -
      inquiry.claim().base_without.size());
  if (!cell.coverage.stated.has_value() ||
      cell.coverage.stated->reporters != others) {
    inquiry.AddNone(
        std::move(evidence),
        absl::StrCat("the later total is not stated to be from the ", others,
                     " reporters without ", names));
    return absl::OkStatus();
  }
  Query query = inquiry.claim().questions[answer.question];
  std::erase_if(query.filters, [](const Filter& filter) {
    return filter.dimension == kReporterDimension;
  });
  query.filters.push_back({.dimension = absl::StrCat(kReporterDimension),
                           .members = inquiry.claim().base_without});
  const auto& planned = std::get<PlannedChange>(answer.plan->derivations[0]);
  query.periods = {
      vocabulary::FormatPeriod(planned.periods[change.base_period])};
  query.period_range.reset();
  query.derivations.clear();
  COLLATE_ASSIGN_OR_RETURN(const ClaimAnswer less,
                           inquiry.Ask(query, answer.question, 1));
  if (less.cells.empty() ||
      less.cells[0].coverage.complete != less.cells[0].coverage.expected) {
    inquiry.AddNone(std::move(evidence),
                    absl::StrCat("no figure of ", query.periods[0],
                                 " is printed of ", names));
    return absl::OkStatus();
  }
  const Cell& left = less.cells[0];
  Interval base =
      WithAllSides(SumOf::kReported, change.as_published.base.bounds,
                   change.base->conflicts);
  const Interval out =
      WithAllSides(SumOf::kReported, left.reported_bounds, left.conflicts);
  const auto negated = [](const std::optional<int64_t>& end) {
    // The least number has no opposite.
    const bool known =
        end.has_value() && *end > std::numeric_limits<int64_t>::min();
    return known ? std::optional<int64_t>(-*end) : std::nullopt;
  };
  COLLATE_RETURN_IF_ERROR(
      AddTo(Interval{negated(out.upper), negated(out.lower)}, &base));
  if (OutcomeOver(base) != Outcome::kGiven) {
    inquiry.AddNone(std::move(evidence), OutcomeWords(OutcomeOver(base)));
    return absl::OkStatus();
  }
  int64_t rest = *change.as_published.base.reported;
  COLLATE_RETURN_IF_ERROR(SubtractFrom(*left.reported, &rest));
  evidence.value =
      ChangeOfReported(change.as_published.current, {.reported = rest});
  evidence.bounds =
      ChangeOf(WithAllSides(SumOf::kReported,
                            change.as_published.current.bounds, cell.conflicts),
               base);
  std::set<std::pair<uint32_t, std::string>> origins;
  for (const std::vector<RowRef>* rows :
       {&cell.rows, &change.base->rows, &left.rows}) {
    for (const RowRef& row : *rows) {
      origins.emplace(row.release,
                      std::string(PrintedBy(inquiry.snapshot(), row)));
    }
  }
  inquiry.AddRows(left.rows, evidence);
  if (origins.size() > 1) {
    evidence.caveats = {
        {"SUBTRACTED_ACROSS_SOURCES",
         absl::StrCat("From the total of ", query.periods[0], ", ",
                      *change.as_published.base.reported, ", ", *left.reported,
                      " of ", names,
                      " are subtracted, which others printed; that they are "
                      "in the total is the claim's word.")},
        {"MIXED_VINTAGE",
         "The figures were printed by several, at different times."}};
  }
  inquiry.Add(std::move(evidence), kPerCent,
              absl::StrCat("the base without ", names), false);
  return absl::OkStatus();
}

}  // namespace

void CompareValue(ClaimInquiry& inquiry, const ClaimAnswer& answer) {
  const Cell& cell = answer.cells[0];
  const Interval reported =
      WithAllSides(SumOf::kReported, cell.reported_bounds, cell.conflicts);
  const Interval panel =
      WithAllSides(SumOf::kPanel, cell.panel_bounds, cell.conflicts);
  const std::string who = CoverageWords(cell);
  const bool not_loaded = !inquiry.NotLoaded(cell).empty();
  const auto add = [&](ClaimBasis basis, const Interval& bounds) {
    Evidence evidence = inquiry.EvidenceOf(basis, answer, cell);
    evidence.value = cell.reported;
    evidence.bounds = bounds;
    evidence.scale = cell.scale;
    inquiry.Add(std::move(evidence), answer.measure().unit, who, not_loaded);
  };
  if (IsTotal(cell)) {
    add(ClaimBasis::kPublishedTotal,
        cell.reported.has_value() ? reported : panel);
    return;
  }
  add(ClaimBasis::kPanelSum, panel);
  // Whoever is silent adds nothing to it; whoever is not loaded may.
  add(ClaimBasis::kAsPublished,
      not_loaded || !cell.reported.has_value() ? panel : reported);
}

absl::Status CompareChange(ClaimInquiry& inquiry, const ClaimAnswer& answer) {
  const Cell& cell = answer.cells[0];
  const auto& change = std::get<Change>(cell.derived[0]);
  const auto evidence_of = [&](ClaimBasis basis) {
    Evidence evidence = inquiry.EvidenceOf(basis, answer, cell);
    evidence.period = ChangePeriod(answer, change);
    evidence.scale = kRatioScale;
    if (change.base != nullptr) inquiry.AddRows(change.base->rows, evidence);
    return evidence;
  };
  if (change.base == nullptr) {
    inquiry.AddNone(evidence_of(ClaimBasis::kAsPublished),
                    OutcomeWords(Outcome::kIsBase));
    return absl::OkStatus();
  }
  const Cell& base = *change.base;
  if (!IsTotal(cell)) {
    Evidence evidence = evidence_of(ClaimBasis::kMatchedPanel);
    const Comparison& matched = change.matched_panel;
    evidence.caveats = CaveatsOf(matched.flags);
    if (matched.outcome != Outcome::kGiven) {
      inquiry.AddNone(std::move(evidence), OutcomeWords(matched.outcome));
    } else {
      const bool not_loaded =
          AnyNotLoaded(inquiry, matched.left_out, {&cell, &base});
      evidence.value = ChangeOfReported(matched.current, matched.base);
      if (!not_loaded) {
        evidence.bounds =
            ChangeOf(WithAllSides(SumOf::kPanel, matched.current.bounds,
                                  cell.conflicts, matched.left_out),
                     WithAllSides(SumOf::kPanel, matched.base.bounds,
                                  base.conflicts, matched.left_out));
      }
      inquiry.Add(std::move(evidence), kPerCent,
                  absl::StrCat(matched.current_reporters, " reporters, ",
                               matched.left_out.size(), " left out"),
                  not_loaded);
    }
  }
  Evidence evidence = evidence_of(ClaimBasis::kAsPublished);
  const Comparison& published = change.as_published;
  evidence.caveats = CaveatsOf(published.flags);
  if (published.outcome != Outcome::kGiven) {
    inquiry.AddNone(std::move(evidence), OutcomeWords(published.outcome));
  } else {
    const bool not_loaded =
        !inquiry.NotLoaded(cell).empty() || !inquiry.NotLoaded(base).empty();
    evidence.value = ChangeOfReported(published.current, published.base);
    const SumOf sum = not_loaded ? SumOf::kPanel : SumOf::kReported;
    evidence.bounds = ChangeOf(
        WithAllSides(sum,
                     not_loaded ? cell.panel_bounds : published.current.bounds,
                     cell.conflicts),
        WithAllSides(sum,
                     not_loaded ? base.panel_bounds : published.base.bounds,
                     base.conflicts));
    inquiry.Add(std::move(evidence), kPerCent,
                absl::StrCat(CoverageWords(cell), " on ", CoverageWords(base)),
                not_loaded);
  }
  if (IsTotal(cell) && !inquiry.claim().base_without.empty()) {
    return CompareLess(inquiry, answer, evidence_of(ClaimBasis::kMatchedPanel));
  }
  return absl::OkStatus();
}

void CompareShare(ClaimInquiry& inquiry, const ClaimAnswer& answer) {
  const Cell& cell = answer.cells[0];
  if (answer.plan->derivations.empty()) {
    Evidence evidence =
        inquiry.EvidenceOf(ClaimBasis::kPublishedPercentage, answer, cell);
    evidence.value = cell.reported;
    evidence.scale = cell.scale;
    evidence.bounds = WithAllSides(
        cell.reported.has_value() ? SumOf::kReported : SumOf::kPanel,
        cell.reported.has_value() ? cell.reported_bounds : cell.panel_bounds,
        cell.conflicts);
    inquiry.Add(std::move(evidence), kPerCent, CoverageWords(cell),
                !inquiry.NotLoaded(cell).empty());
    return;
  }
  const auto& share = std::get<Share>(cell.derived[0]);
  Evidence evidence = inquiry.EvidenceOf(ClaimBasis::kCounts, answer, cell);
  inquiry.AddRows(share.base_rows, evidence);
  evidence.scale = kRatioScale;
  if (share.outcome != Outcome::kGiven) {
    inquiry.AddNone(std::move(evidence), share.reporter_count == 0
                                             ? SilenceWords(cell)
                                             : OutcomeWords(share.outcome));
    return;
  }
  const bool not_loaded =
      AnyNotLoaded(inquiry, share.left_out, {&cell}) ||
      std::any_of(
          share.left_out.begin(), share.left_out.end(),
          [](const LeftOut& one) { return one.state == State::kNoRelease; });
  if (share.numerator.reported.has_value() && share.base.reported.has_value()) {
    evidence.value = RatioOf(Interval::Exactly(*share.numerator.reported),
                             Interval::Exactly(*share.base.reported), 100)
                         .lower;
  }
  if (!not_loaded) {
    evidence.bounds =
        RatioOf(WithAllSides(SumOf::kPanel, share.numerator.bounds,
                             cell.conflicts, share.left_out),
                WithAllSides(SumOf::kPanel, share.base.bounds,
                             share.base_conflicts.conflicts),
                100);
  }
  inquiry.Add(std::move(evidence), kPerCent,
              absl::StrCat(share.reporter_count, " reporters, ",
                           share.left_out.size(), " left out"),
              not_loaded);
}

void CompareCoverage(ClaimInquiry& inquiry, const ClaimAnswer& answer) {
  const Cell& cell = answer.cells[0];
  Evidence evidence = inquiry.EvidenceOf(
      IsTotal(cell) ? ClaimBasis::kPublishedTotal : ClaimBasis::kPanelSum,
      answer, cell);
  if (!IsTotal(cell)) {
    const auto not_loaded = static_cast<int>(inquiry.NotLoaded(cell).size());
    if (cell.coverage.complete == 0 && not_loaded > 0) {
      inquiry.AddNone(std::move(evidence), SilenceWords(cell));
      return;
    }
    evidence.value = cell.coverage.complete;
    evidence.bounds = {cell.coverage.complete,
                       cell.coverage.complete + not_loaded};
    inquiry.Add(std::move(evidence), "reporters", CoverageWords(cell),
                not_loaded > 0);
    return;
  }
  if (!cell.coverage.stated.has_value()) {
    inquiry.AddNone(
        std::move(evidence),
        cell.reported.has_value()
            ? "from how many reporters is stated by nobody, or not alike,"
            : SilenceWords(cell));
    return;
  }
  evidence.value = cell.coverage.stated->reporters;
  evidence.bounds = Interval::Exactly(cell.coverage.stated->reporters);
  inquiry.Add(std::move(evidence), "reporters", CoverageWords(cell), false);
}

}  // namespace collate::query
