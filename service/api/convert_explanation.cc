#include "service/api/convert_explanation.h"

#include <cstddef>
#include <map>
#include <optional>
#include <set>
#include <string>
#include <utility>
#include <variant>
#include <vector>

#include "absl/strings/str_cat.h"
#include "absl/strings/str_join.h"
#include "service/api/convert.h"
#include "service/api/convert_provenance.h"
#include "service/base/status_macros.h"
#include "service/query/bounds.h"
#include "service/query/row_figure.h"

namespace collate::api {
namespace {

using query::Interval;
using vocabulary::Dimension;
using vocabulary::MemberId;
using vocabulary::Severity;
using vocabulary::State;

const std::string& TitleOf(const Dimension& dimension, MemberId id) {
  const vocabulary::Member& member = dimension.member(id);
  return member.title.empty() ? member.code : member.title;
}

std::string SideTitle(const query::SideFigures& side) {
  return absl::StrCat(side.measure->title, ", ",
                      vocabulary::FormatPeriod(side.period));
}

// Why there is no quotient; empty where there is one.
std::string WhyNone(query::Outcome outcome) {
  switch (outcome) {
    case query::Outcome::kGiven:
      return "";
    case query::Outcome::kNotDefined:
      return "nothing can be divided by 0 or less";
    case query::Outcome::kNotDeterminable:
      return "a side is not known well enough";
    case query::Outcome::kIsBase:
      return "this is the base period, which is compared with nothing";
  }
  return "";
}

std::string ShareBaseWords(query::ShareBase base) {
  switch (base) {
    case query::ShareBase::kKnownOffences:
      return "known offences";
    case query::ShareBase::kAllOffences:
      return "all offences";
    case query::ShareBase::kMentions:
      return "mentions";
    case query::ShareBase::kUnspecified:
      break;
  }
  return "";
}

// One basis of a division as every kind of derivation has it.
struct Quotient {
  std::string title;
  State state = State::kUnspecified;  // unspecified: the worst of the sides
  std::string reason;
  std::optional<Interval> result;
  query::Operand over;
  query::Operand under;
  const std::vector<query::LeftOut>* left_out = nullptr;
  const query::QuotientFigures* figures = nullptr;  // null: no number
  // Whether a side is what was printed, silent reporters or not.
  bool as_published = false;
};

class Tree {
 public:
  Tree(const query::Plan& plan, const query::Snapshot& snapshot,
       absl::FunctionRef<absl::Status(int64_t)> check_size)
      : plan_(plan),
        snapshot_(snapshot),
        reporters_(snapshot.vocabulary().reporters()),
        check_size_(check_size) {}

  absl::StatusOr<v1::Step> Grow(const query::Cell& cell) {
    v1::Step root;
    root.set_kind(v1::STEP_KIND_CELL);
    std::vector<std::string> words = {plan_.measures[cell.measure]->title};
    for (size_t i = 0; i < cell.coordinates.size(); ++i) {
      words.push_back(TitleOf(*plan_.group_by[i], cell.coordinates[i]));
    }
    words.push_back(vocabulary::FormatPeriod(plan_.periods[cell.period]));
    root.set_title(absl::StrJoin(words, ", "));
    root.set_state(ToProto(cell.state));
    SetNumbers(cell.reported, cell.panel_bounds, cell.scale, &root);
    COLLATE_RETURN_IF_ERROR(Count(root));

    std::vector<const Dimension*> dimensions;
    for (const query::AskedDimension& asked : plan_.dimensions) {
      dimensions.push_back(asked.dimension);
    }
    const Place place = {dimensions, plan_.periods[cell.period], cell.scale};
    for (auto at = cell.leaves.begin(); at != cell.leaves.end();) {
      std::vector<const query::Leaf*> leaves;
      const MemberId reporter = at->reporter;
      for (; at != cell.leaves.end() && at->reporter == reporter; ++at) {
        leaves.push_back(&*at);
      }
      COLLATE_RETURN_IF_ERROR(AddReporter(reporter, leaves, place,
                                          /*as_published=*/false, &root));
    }
    for (size_t i = 0; i < cell.derived.size(); ++i) {
      COLLATE_RETURN_IF_ERROR(
          AddDerived(cell.derived[i], plan_.derivations[i], &root));
    }
    return root;
  }

 private:
  // What leaves have in common.
  struct Place {
    const std::vector<const Dimension*>& dimensions;
    const vocabulary::Period& period;
    int scale = 0;
  };

  // A step without its inputs.
  absl::Status Count(const v1::Step& step) {
    bytes_ += static_cast<int64_t>(step.ByteSizeLong());
    return check_size_(bytes_);
  }

  absl::Status AddPrinted(const query::RowRef& row, int scale,
                          v1::Step* parent) {
    COLLATE_ASSIGN_OR_RETURN(const query::RowFigure figure,
                             query::FigureOf(snapshot_, row));
    v1::Step& step = *parent->add_inputs();
    step.set_kind(v1::STEP_KIND_PRINTED);
    COLLATE_ASSIGN_OR_RETURN(query::Citation cited, snapshot_.Cite(row));
    *step.mutable_citation() = ToProto(std::move(cited));
    const v1::Citation& citation = step.citation();
    std::vector<std::string> words;
    if (!citation.reporter_text().empty()) {
      words.push_back(citation.reporter_text());
    }
    for (const v1::PrintedLabel& label : citation.labels()) {
      if (!label.text().empty()) words.push_back(label.text());
    }
    if (!citation.period_text().empty()) {
      words.push_back(citation.period_text());
    }
    step.set_title(absl::StrJoin(words, ", "));
    step.set_state(ToProto(figure.state));
    if (scale == 0 || figure.scale != 0) {
      SetNumbers(figure.reported, figure.bounds, figure.scale, &step);
    } else {
      // A whole number among decimals is one of them.
      SetDecimals(figure.reported, figure.bounds, 0, &step);
    }
    step.set_source(snapshot_.release_of(row).source);
    step.set_reason(figure.reason);
    return Count(step);
  }

  absl::Status AddOther(const std::string& title, const std::string& source,
                        absl::Span<const query::RowRef> rows, int scale,
                        v1::Step* parent, v1::Step** added) {
    v1::Step& step = *parent->add_inputs();
    step.set_kind(v1::STEP_KIND_OTHER);
    step.set_title(title);
    step.set_source(source);
    for (const query::RowRef& row : rows) {
      COLLATE_RETURN_IF_ERROR(AddPrinted(row, scale, &step));
    }
    *added = &step;
    return absl::OkStatus();
  }

  absl::Status AddLeaf(const query::Leaf& leaf, const Place& place,
                       v1::Step* parent) {
    v1::Step& step = *parent->add_inputs();
    step.set_kind(v1::STEP_KIND_LEAF);
    std::vector<std::string> words = {TitleOf(reporters_, leaf.reporter)};
    for (size_t i = 0; i < leaf.coordinates.size(); ++i) {
      words.push_back(TitleOf(*place.dimensions[i], leaf.coordinates[i]));
    }
    words.push_back(vocabulary::FormatPeriod(place.period));
    step.set_title(absl::StrJoin(words, ", "));
    step.set_state(ToProto(leaf.state));
    SetNumbers(leaf.reported, leaf.bounds, place.scale, &step);
    step.set_source(leaf.source);
    step.set_method(static_cast<v1::Method>(leaf.method));
    step.set_reason(leaf.reason);
    COLLATE_RETURN_IF_ERROR(Count(step));
    const size_t added = leaf.rows.size() - leaf.repeated;
    for (size_t i = 0; i < added; ++i) {
      COLLATE_RETURN_IF_ERROR(AddPrinted(leaf.rows[i], place.scale, &step));
    }
    if (!leaf.tightened_by.empty()) {
      v1::Step& total = *step.add_inputs();
      total.set_kind(v1::STEP_KIND_TIGHTENED_BY);
      total.set_title("a total of the same release leaves no more room");
      total.set_state(step.state());
      for (const query::RowRef& row : leaf.tightened_by) {
        COLLATE_RETURN_IF_ERROR(AddPrinted(row, place.scale, &total));
      }
    }
    v1::Step* other = nullptr;
    if (leaf.repeated > 0) {
      COLLATE_RETURN_IF_ERROR(
          AddOther("printed again, the same", leaf.source,
                   absl::MakeConstSpan(leaf.rows).subspan(added), place.scale,
                   &step, &other));
      other->set_state(step.state());
    }
    for (const query::OtherFigure& one : leaf.others) {
      COLLATE_RETURN_IF_ERROR(AddOther(
          leaf.state == State::kAnalystExcluded ? "left out by the question"
          : one.disjoint      ? "printed otherwise, and no number fits both"
          : one.statement > 0 ? "printed otherwise by the same source"
                              : "printed by another source, too",
          one.source, one.rows, place.scale, &step, &other));
      other->set_state(ToProto(one.state));
      other->set_method(static_cast<v1::Method>(one.method));
      SetNumbers(one.reported, one.bounds, place.scale, other);
    }
    return absl::OkStatus();
  }

  absl::Status AddReporter(MemberId reporter,
                           const std::vector<const query::Leaf*>& leaves,
                           const Place& place, bool as_published,
                           v1::Step* parent) {
    v1::Step& step = *parent->add_inputs();
    step.set_kind(v1::STEP_KIND_REPORTER);
    step.set_title(TitleOf(reporters_, reporter));
    State worst = State::kUnspecified;
    int64_t reported = 0;
    Interval bounds = Interval::Exactly(0);
    bool any_reported = false;
    bool any_due = false;
    std::set<std::string> sources;
    for (const query::Leaf* leaf : leaves) {
      if (Severity(leaf->state) > Severity(worst)) {
        worst = leaf->state;
        step.set_reason(leaf->reason);
      }
      if (!leaf->source.empty()) sources.insert(leaf->source);
      if (leaf->reported.has_value()) {
        any_reported = true;
        COLLATE_RETURN_IF_ERROR(query::AddTo(*leaf->reported, &reported));
      }
      const bool counts = as_published ? leaf->reported.has_value() : leaf->due;
      if (!counts) continue;
      any_due = true;
      COLLATE_RETURN_IF_ERROR(query::AddTo(
          as_published ? leaf->reported_bounds : leaf->bounds, &bounds));
    }
    step.set_state(ToProto(worst));
    SetNumbers(any_reported ? std::optional(reported) : std::nullopt,
               any_due ? bounds : Interval::Unknown(), place.scale, &step);
    if (sources.size() == 1) step.set_source(*sources.begin());
    COLLATE_RETURN_IF_ERROR(Count(step));
    for (const query::Leaf* leaf : leaves) {
      COLLATE_RETURN_IF_ERROR(AddLeaf(*leaf, place, &step));
    }
    return absl::OkStatus();
  }

  absl::Status AddSide(v1::StepKind kind, const query::SideFigures& side,
                       const query::Operand& operand, bool as_published,
                       v1::Step* parent) {
    v1::Step& step = *parent->add_inputs();
    step.set_kind(kind);
    step.set_title(SideTitle(side));
    SetNumbers(operand.reported, operand.bounds, /*scale=*/0, &step);
    COLLATE_RETURN_IF_ERROR(Count(step));
    const Place place = {side.dimensions, side.period, /*scale=*/0};
    State worst = State::kUnspecified;
    int64_t sum = 0;
    bool any = false;
    for (const query::ReporterLeaves& one : side.reporters) {
      std::vector<const query::Leaf*> leaves;
      for (const query::Leaf& leaf : one.leaves) {
        leaves.push_back(&leaf);
        if (Severity(leaf.state) > Severity(worst)) worst = leaf.state;
        if (!leaf.reported.has_value()) continue;
        any = true;
        COLLATE_RETURN_IF_ERROR(query::AddTo(*leaf.reported, &sum));
      }
      COLLATE_RETURN_IF_ERROR(
          AddReporter(one.id, leaves, place, as_published, &step));
    }
    // A rate keeps intervals alone.
    if (any && !operand.reported.has_value()) step.set_reported(sum);
    step.set_state(ToProto(worst));
    return absl::OkStatus();
  }

  absl::Status AddQuotient(const Quotient& quotient, v1::Step* parent) {
    v1::Step& step = *parent->add_inputs();
    step.set_kind(v1::STEP_KIND_QUOTIENT);
    step.set_title(quotient.title);
    step.set_reason(quotient.reason);
    if (quotient.result.has_value()) {
      const Interval& result = *quotient.result;
      *step.mutable_decimal_bounds() =
          ToDecimalProto(result, query::kRatioScale);
      if (result.lower.has_value() && result.lower == result.upper) {
        step.set_decimal_reported(step.decimal_bounds().lower());
      }
    }
    COLLATE_RETURN_IF_ERROR(Count(step));
    State worst = State::kUnspecified;
    if (quotient.figures != nullptr) {
      COLLATE_RETURN_IF_ERROR(AddSide(v1::STEP_KIND_NUMERATOR,
                                      quotient.figures->over, quotient.over,
                                      quotient.as_published, &step));
      COLLATE_RETURN_IF_ERROR(AddSide(v1::STEP_KIND_BASE,
                                      quotient.figures->under, quotient.under,
                                      quotient.as_published, &step));
      for (const v1::Step& side : step.inputs()) {
        const auto state = static_cast<State>(side.state());
        if (Severity(state) > Severity(worst)) worst = state;
      }
    } else if (!quotient.left_out->empty()) {
      v1::Step& numerator = *step.add_inputs();
      numerator.set_kind(v1::STEP_KIND_NUMERATOR);
      numerator.set_title("nobody has both figures");
    }
    for (const query::LeftOut& one : *quotient.left_out) {
      v1::Step& out = *step.mutable_inputs(0)->add_inputs();
      out.set_kind(v1::STEP_KIND_REPORTER);
      out.set_title(TitleOf(reporters_, one.reporter));
      out.set_state(ToProto(one.state));
      out.set_reason(absl::StrCat("left out of both sides",
                                  one.reason.empty() ? "" : ": ", one.reason));
      COLLATE_RETURN_IF_ERROR(Count(out));
      if (quotient.figures == nullptr &&
          Severity(one.state) > Severity(worst)) {
        worst = one.state;
        step.mutable_inputs(0)->set_state(out.state());
      }
    }
    if (quotient.state != State::kUnspecified) worst = quotient.state;
    // A quotient that nothing can make is not that of its inputs.
    const bool none = worst == State::kUnspecified ||
                      (vocabulary::IsPrinted(worst) && !quotient.result);
    step.set_state(ToProto(none ? State::kNotApplicable : worst));
    return absl::OkStatus();
  }

  absl::Status AddDerived(const query::Derived& derived,
                          const query::PlannedDerivation& planned,
                          v1::Step* root) {
    if (const auto* rate = std::get_if<query::Rate>(&derived)) {
      const auto& asked = std::get<query::PlannedRate>(planned);
      Quotient quotient;
      quotient.title =
          absl::StrCat("per ", asked.per, " of ", asked.denominator->title,
                       ", ", vocabulary::FormatPeriod(asked.period));
      quotient.state = rate->state;
      if (rate->reporter_count > 0) quotient.result = rate->rate;
      quotient.over.bounds = rate->numerator;
      quotient.under.bounds = rate->denominator;
      quotient.left_out = &rate->left_out;
      quotient.figures = rate->figures.get();
      return AddQuotient(quotient, root);
    }
    if (const auto* share = std::get_if<query::Share>(&derived)) {
      const auto& asked = std::get<query::PlannedShare>(planned);
      Quotient quotient;
      quotient.title = absl::StrCat("per cent of ", ShareBaseWords(asked.base));
      quotient.reason = WhyNone(share->outcome);
      if (share->outcome == query::Outcome::kGiven) {
        quotient.result = share->percent;
      }
      quotient.over = share->numerator;
      quotient.under = share->base;
      quotient.left_out = &share->left_out;
      quotient.figures = share->figures.get();
      return AddQuotient(quotient, root);
    }
    const auto& change = std::get<query::Change>(derived);
    const auto& asked = std::get<query::PlannedChange>(planned);
    const std::string on = absl::StrCat(
        "change on ",
        vocabulary::FormatPeriod(asked.periods[change.base_period]));
    for (const bool matched : {true, false}) {
      const query::Comparison& comparison =
          matched ? change.matched_panel : change.as_published;
      Quotient quotient;
      quotient.title = absl::StrCat(on, " in per cent, ",
                                    matched ? "matched panel" : "as published");
      quotient.reason = WhyNone(comparison.outcome);
      if (comparison.outcome == query::Outcome::kGiven) {
        quotient.result = comparison.percent;
      }
      quotient.over = comparison.current;
      quotient.under = comparison.base;
      quotient.left_out = &comparison.left_out;
      quotient.figures = comparison.figures.get();
      quotient.as_published = !matched;
      COLLATE_RETURN_IF_ERROR(AddQuotient(quotient, root));
    }
    return absl::OkStatus();
  }

  const query::Plan& plan_;
  const query::Snapshot& snapshot_;
  const Dimension& reporters_;
  const absl::FunctionRef<absl::Status(int64_t)> check_size_;
  int64_t bytes_ = 0;
};

// A tree of seven levels at most.
void CollectReleases(const v1::Step& step, std::set<std::string>& names) {
  if (step.has_citation()) names.insert(step.citation().release());
  for (const v1::Step& input : step.inputs()) CollectReleases(input, names);
}

}  // namespace

absl::StatusOr<v1::Step> DerivationOf(
    const query::Cell& cell, const query::Plan& plan,
    const query::Snapshot& snapshot,
    absl::FunctionRef<absl::Status(int64_t)> check_size) {
  return Tree(plan, snapshot, check_size).Grow(cell);
}

absl::Status AddProvenance(const query::Snapshot& snapshot,
                           v1::ExplainCellResponse* response) {
  std::set<std::string> names;
  CollectReleases(response->derivation(), names);
  std::map<std::string, const store::Release*> cited;
  for (const auto& loaded : snapshot.releases()) {
    const store::Release& release = loaded->release;
    if (names.contains(release.name)) cited[release.name] = &release;
  }
  for (const auto& [name, release] : cited) {
    COLLATE_ASSIGN_OR_RETURN(*response->add_releases(), ProvenanceOf(*release));
  }
  return absl::OkStatus();
}

}  // namespace collate::api
