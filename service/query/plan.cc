#include "service/query/plan.h"

#include <algorithm>
#include <map>
#include <set>
#include <utility>
#include <variant>

#include "absl/strings/str_cat.h"
#include "absl/strings/str_join.h"
#include "service/base/error.h"
#include "service/base/status_macros.h"
#include "service/query/answer_name.h"
#include "service/query/plan_checks.h"
#include "service/query/plan_derivations.h"
#include "service/query/plan_exclusions.h"
#include "service/query/selection.h"
#include "service/query/unreadable.h"

namespace collate::query {
namespace {

using vocabulary::Dimension;
using vocabulary::kReporterDimension;
using vocabulary::Measure;
using vocabulary::MemberId;
using vocabulary::Period;
using vocabulary::Vocabulary;

constexpr size_t kMaxDerivations = 16;
// Mistakes that are told at once.
constexpr size_t kMaxProblems = 100;
// Figures behind an answer; a bound on work, far above any real question.
constexpr int64_t kMaxLeaves = 20'000'000;

class Planner {
 public:
  Planner(const Query& query, const Snapshot& snapshot,
          const PlanOptions& options, size_t max_problems)
      : query_(query),
        snapshot_(snapshot),
        vocabulary_(snapshot.vocabulary()),
        reporters_(vocabulary_.reporters()),
        max_problems_(max_problems) {
    plan_.options = options;
  }

  CheckedPlan Run() {
    const bool measures = Sound([this] { PlanMeasures(); });
    const bool periods = Sound([this] { PlanPeriods(); });
    PlanChanges();
    PlanSources();
    plan_.universe = query_.universe;
    if (query_.as_of.has_value()) {
      plan_.as_of = std::min(absl::ToUnixMicros(*query_.as_of), kToday);
    }
    const Selection selection =
        Selection::Make(query_, snapshot_, plan_.measures, plan_.periods,
                        plan_.as_of, max_problems_, &problems_);
    selection_ = &selection;
    // What depends on something unsound is not looked at: a mistake is told
    // once, not again by whatever follows from it.
    const bool dimensions =
        Sound([this, measures] { PlanDimensions(measures); }) &&
        selection.sound();
    panel_known_ = Sound([this] { PlanPanel(); }) && panel_known_;
    CheckAdditivity();
    PlanDerivations(measures && dimensions);
    plan_.missing_policy = query_.missing_policy;
    plan_.conflict_policy = query_.conflict_policy;
    if (measures) {
      auto exclusions = PlanExclusions(query_, snapshot_, plan_.measures);
      if (Note(exclusions.status())) plan_.exclusions = *std::move(exclusions);
    }
    if (measures && periods && dimensions && panel_known_) Note(CountCells());
    if (measures) Note(PlanUnreadable());
    if (dimensions && !plan_.measures.empty()) AddCaveats();
    return {std::move(plan_), std::move(problems_)};
  }

 private:
  // Keeps what is wrong; true when nothing is.
  bool Note(absl::Status status) {
    if (status.ok()) return true;
    problems_.push_back(std::move(status));
    return false;
  }
  // Words that nobody knows are compared with all that there are: a request may
  // not have that done without end.
  bool Full() const { return problems_.size() >= max_problems_; }

  template <typename Function>
  bool Sound(const Function& part) {
    const size_t before = problems_.size();
    part();
    return problems_.size() == before;
  }

  void PlanMeasures() {
    if (query_.measures.empty()) {
      Note(InvalidQuery("name at least one measure", "query.measures"));
    }
    for (size_t i = 0; i < query_.measures.size() && !Full(); ++i) {
      const std::string& code = query_.measures[i];
      const std::string path = absl::StrCat("query.measures[", i, "]");
      const auto found = FindMeasureAt(vocabulary_, code, path);
      if (!Note(found.status())) continue;
      if (std::count(plan_.measures.begin(), plan_.measures.end(), *found)) {
        Note(InvalidQuery(absl::StrCat("measure '", code, "' is named twice"),
                          path));
        continue;
      }
      plan_.measures.push_back(*found);
    }
  }

  void PlanPeriods() {
    if (query_.period_range.has_value() == !query_.periods.empty()) {
      Note(InvalidQuery("name either periods or a period range",
                        "query.periods"));
      return;
    }
    if (query_.periods.size() > kMaxPeriods) {
      Note(InvalidQuery(absl::StrCat("at most ", kMaxPeriods,
                                     " periods can be asked for at once"),
                        "query.periods"));
      return;
    }
    std::set<vocabulary::DayInterval> seen;
    for (size_t i = 0; i < query_.periods.size() && !Full(); ++i) {
      const std::string path = absl::StrCat("query.periods[", i, "]");
      const auto period = ParsePeriodAt(query_.periods[i], path);
      if (!Note(period.status())) continue;
      if (!seen.insert(period->days).second) {
        Note(InvalidQuery(
            absl::StrCat("period '", query_.periods[i], "' is named twice"),
            path));
        continue;
      }
      plan_.periods.push_back(*period);
    }
    if (query_.period_range.has_value()) {
      const auto first =
          ParsePeriodAt(query_.period_range->first, "query.period_range.first");
      const auto last =
          ParsePeriodAt(query_.period_range->second, "query.period_range.last");
      const bool first_known = Note(first.status());
      if (!Note(last.status()) || !first_known) return;
      auto range = vocabulary::PeriodRange(*first, *last);
      if (!range.ok()) {
        Note(AtField(range.status(), "query.period_range"));
        return;
      }
      plan_.periods = *std::move(range);
    }
  }

  void PlanSources() {
    const std::vector<std::string>& loaded = snapshot_.sources();
    for (size_t i = 0; i < query_.preferred_sources.size() && !Full(); ++i) {
      const std::string& id = query_.preferred_sources[i];
      const std::string path = absl::StrCat("query.preferred_sources[", i, "]");
      if (std::count(plan_.sources.begin(), plan_.sources.end(), id)) {
        Note(InvalidQuery(absl::StrCat("source '", id, "' is named twice"),
                          path));
        continue;
      }
      if (!Note(CheckSourceAt(snapshot_, id, path))) continue;
      plan_.sources.push_back(id);
    }
    for (const std::string& id : loaded) {
      if (!std::count(plan_.sources.begin(), plan_.sources.end(), id)) {
        plan_.sources.push_back(id);
      }
    }
  }

  void PlanDimensions(bool measures_sound) {
    for (size_t i = 0; i < query_.group_by.size() && !Full(); ++i) {
      const std::string path = absl::StrCat("query.group_by[", i, "]");
      const auto found =
          Selection::FindDimension(vocabulary_, query_.group_by[i], path);
      if (!Note(found.status())) continue;
      const Dimension* dimension = *found;
      if (std::count(plan_.group_by.begin(), plan_.group_by.end(), dimension)) {
        Note(InvalidQuery(
            absl::StrCat("dimension '", dimension->code(), "' is named twice"),
            path));
        continue;
      }
      plan_.group_by.push_back(dimension);
      plan_.grouped_by_reporter |= dimension == &reporters_;
    }
    std::vector<const Dimension*> asked = plan_.group_by;
    for (const NamedMembers& filter : selection_->filters()) {
      if (!std::count(asked.begin(), asked.end(), filter.dimension)) {
        asked.push_back(filter.dimension);
      }
    }
    std::erase(asked, &reporters_);
    std::sort(asked.begin(), asked.end(),
              [](const Dimension* a, const Dimension* b) {
                return a->code() < b->code();
              });
    for (const Dimension* dimension : asked) {
      AskedDimension& entry = plan_.dimensions.emplace_back();
      entry.dimension = dimension;
      entry.grouped = std::count(plan_.group_by.begin(), plan_.group_by.end(),
                                 dimension) > 0;
      entry.members = selection_->MembersOf(*dimension, entry.grouped);
      if (entry.grouped || selection_->IsBroken(dimension)) continue;
      Note(CheckDisjoint(*dimension, entry.members));
      if (entry.members.empty() && measures_sound) {
        Note(InvalidQuery(absl::StrCat("nothing is left of dimension '",
                                       dimension->code(), "'"),
                          "query.filters"));
      }
    }
  }

  void PlanPanel() {
    const vocabulary::Panel* panel = vocabulary_.FindPanel(query_.panel);
    if (!query_.panel.empty() && panel == nullptr) {
      std::vector<std::string> codes;
      for (const auto& one : vocabulary_.panels()) codes.push_back(one.code);
      Note(UnknownWord("UNKNOWN_PANEL", "panel", query_.panel, "query.panel",
                       vocabulary::NearMatches(query_.panel, codes)));
      return;
    }
    // Whoever stands in an unsound filter, or in no period, cannot be told.
    if (selection_->IsBroken(&reporters_) || plan_.periods.empty()) return;
    panel_known_ = true;
    const NamedMembers* filter = selection_->FilterOf(&reporters_);
    std::set<MemberId> filtered;
    if (filter != nullptr) {
      filtered = selection_->Expand(*filter);
      if (filter->filter->include_descendants && !filter->filter->exclude) {
        // The forces of a region, not the region's own published total.
        std::erase_if(filtered,
                      [&](MemberId id) { return selection_->IsAggregate(id); });
      }
    }
    const bool exclude = filter != nullptr && filter->filter->exclude;

    // Of the asked periods, then of those that they are compared with.
    std::vector<std::vector<MemberId>> panels;
    const size_t period_count = plan_.periods.size() + extra_periods_.size();
    if (panel != nullptr) {
      plan_.panel_code = panel->code;
      plan_.panel_title = panel->title;
      vocabulary::DayInterval span = plan_.periods[0].days;
      for (const auto* periods : {&plan_.periods, &extra_periods_}) {
        for (const Period& period : *periods) {
          span.begin = std::min(span.begin, period.days.begin);
          span.end = std::max(span.end, period.days.end);
        }
      }
      if (!panel->ChangesWithin(span)) {
        panels.assign(period_count, panel->MembersDuring(span));
      } else {
        for (const auto* periods : {&plan_.periods, &extra_periods_}) {
          for (const Period& period : *periods) {
            panels.push_back(panel->MembersDuring(period.days));
          }
        }
      }
      if (filter != nullptr && !exclude) {
        Note(CheckInPanel(*filter, panels));
      }
    } else if (filter != nullptr && !exclude) {
      plan_.panel_title = "the reporters named in the query";
      panels.assign(period_count, {filtered.begin(), filtered.end()});
    } else {
      std::set<MemberId> observed =
          selection_->ObservedReporters(plan_.dimensions);
      AddUnreadableReporters(observed);
      plan_.panel_title = "the reporters that have answered";
      panels.assign(period_count, {observed.begin(), observed.end()});
      plan_.caveats.push_back(
          {"NO_PANEL",
           "No panel was named, so coverage counts only reporters that some "
           "release holds figures of; who never answered is not counted."});
    }

    std::set<MemberId> all;
    bool sums = true;
    std::vector<MemberId> checked;  // most periods have the same panel
    for (std::vector<MemberId>& members : panels) {
      if (filter != nullptr) {
        std::erase_if(members, [&](MemberId id) {
          return filtered.contains(id) == exclude;
        });
      }
      if (!plan_.grouped_by_reporter && members != checked) {
        // Told once, not once for every period.
        sums = sums && Note(CheckDisjoint(reporters_, members)) &&
               Note(CheckNoPublishedTotal(members));
        checked = members;
      }
      if (plan_.panels.size() == plan_.periods.size()) {
        extra_panels_.push_back({std::move(members)});
        continue;
      }
      if (plan_.panels.empty() || plan_.panels.back().reporters != members) {
        all.insert(members.begin(), members.end());
      }
      plan_.panels.push_back({std::move(members)});
    }
    plan_.reporters.assign(all.begin(), all.end());
  }

  // Who is claimed by what cannot be read has answered, too.
  void AddUnreadableReporters(std::set<MemberId>& observed) const {
    for (const uint32_t r :
         UnreadableReleases(snapshot_, plan_.measures, plan_.as_of)) {
      for (const store::Extent& extent :
           snapshot_.releases()[r]->release.extents) {
        for (const std::string& code : extent.reporters) {
          const auto id = reporters_.Find(code);
          if (id.has_value() && !selection_->IsAggregate(*id)) {
            observed.insert(*id);
          }
        }
      }
    }
  }

  absl::Status CheckInPanel(
      const NamedMembers& filter,
      const std::vector<std::vector<MemberId>>& panels) const {
    if (filter.filter->include_descendants) return absl::OkStatus();
    for (MemberId named : filter.named) {
      const bool inside =
          std::any_of(panels.begin(), panels.end(), [&](const auto& members) {
            return std::count(members.begin(), members.end(), named) > 0;
          });
      if (!inside) {
        return InvalidQuery(
            absl::StrCat("reporter '", reporters_.member(named).code,
                         "' is not in panel '", query_.panel, "'"),
            "query.panel");
      }
    }
    return absl::OkStatus();
  }

  // What is printed of an area as a whole is no part of a sum: whom it counts
  // is for its publisher to say.
  absl::Status CheckNoPublishedTotal(
      const std::vector<MemberId>& members) const {
    if (members.size() < 2) return absl::OkStatus();
    const auto area = std::find_if(
        members.begin(), members.end(),
        [this](MemberId id) { return selection_->IsAggregate(id); });
    if (area == members.end()) return absl::OkStatus();
    const std::string& code = reporters_.member(*area).code;
    return base::Error(
               absl::StatusCode::kFailedPrecondition,
               "PUBLISHED_TOTAL_NOT_ADDED",
               absl::StrCat("'", code,
                            "' is an area, whose published total is never "
                            "added to others; group by reporter, name it "
                            "alone, or name its panel"))
        .With("member", code);
  }

  // Members that share a part may stand side by side, never in a sum.
  absl::Status CheckDisjoint(const Dimension& dimension,
                             const std::vector<MemberId>& members) const {
    const bool any_has_parts = std::any_of(
        members.begin(), members.end(),
        [&](MemberId member) { return !dimension.ChildrenOf(member).empty(); });
    if (!any_has_parts) return absl::OkStatus();
    std::map<MemberId, MemberId> owner;  // part -> the member it is counted in
    for (MemberId member : members) {
      for (MemberId part : selection_->SelfAndDescendants(dimension, member)) {
        const auto [at, fresh] = owner.emplace(part, member);
        if (fresh || at->second == member) continue;
        return base::Error(
                   absl::StatusCode::kFailedPrecondition, "OVERLAPPING_MEMBERS",
                   absl::StrCat(dimension.code(), " '",
                                dimension.member(at->second).code, "' and '",
                                dimension.member(member).code,
                                "' overlap; their figures are never added"))
            .With("dimension", dimension.code())
            .With("member", dimension.member(member).code)
            .With("other", dimension.member(at->second).code);
      }
    }
    return absl::OkStatus();
  }

  void CheckAdditivity() {
    for (const Measure* measure : plan_.measures) {
      for (const AskedDimension& asked : plan_.dimensions) {
        if (asked.grouped || asked.members.size() < 2) continue;
        Note(CheckAdditive(*measure, asked.dimension->code()));
      }
      if (!plan_.grouped_by_reporter && plan_.reporters.size() > 1) {
        Note(CheckAdditive(*measure, kReporterDimension));
      }
    }
  }

  // Asked about like the asked periods, but no cells of their own.
  void PlanChanges() {
    for (size_t i = 0; i < query_.derivations.size(); ++i) {
      const auto* asked = std::get_if<ChangeQuery>(&query_.derivations[i]);
      if (asked == nullptr) continue;
      auto change =
          PlanChange(*asked, plan_.periods,
                     absl::StrCat("query.derivations[", i, "].change"));
      if (!Note(change.status())) continue;
      for (size_t p = plan_.periods.size(); p < change->periods.size(); ++p) {
        if (!std::count(extra_periods_.begin(), extra_periods_.end(),
                        change->periods[p])) {
          extra_periods_.push_back(change->periods[p]);
        }
      }
      changes_.emplace(i, *std::move(change));
    }
  }

  // `sound` says whether measures and dimensions are.
  void PlanDerivations(bool sound) {
    if (query_.derivations.size() > kMaxDerivations) {
      Note(InvalidQuery(absl::StrCat("at most ", kMaxDerivations,
                                     " derivations can be asked for at once"),
                        "query.derivations"));
      return;
    }
    for (size_t i = 0; i < query_.derivations.size(); ++i) {
      const std::string path = absl::StrCat("query.derivations[", i, "]");
      const DerivationQuery& asked = query_.derivations[i];
      if (const auto* rate = std::get_if<RateQuery>(&asked)) {
        if (!panel_known_ && !rate->numerator_only.empty()) continue;
        auto planned = PlanRate(*rate, vocabulary_, plan_, path + ".rate");
        if (Note(planned.status())) {
          plan_.derivations.push_back(*std::move(planned));
        }
      } else if (const auto* share = std::get_if<ShareQuery>(&asked)) {
        if (!sound) continue;
        auto planned = PlanShare(*share, vocabulary_, plan_, path + ".share");
        if (Note(planned.status())) {
          plan_.derivations.push_back(*std::move(planned));
        }
      } else {
        const auto change = changes_.find(i);
        if (change == changes_.end() || !panel_known_) continue;
        PlannedChange& planned = change->second;
        planned.panels = plan_.panels;
        for (size_t p = plan_.periods.size(); p < planned.periods.size(); ++p) {
          const auto extra = std::find(
              extra_periods_.begin(), extra_periods_.end(), planned.periods[p]);
          planned.panels.push_back(
              extra_panels_[extra - extra_periods_.begin()]);
        }
        plan_.derivations.push_back(std::move(planned));
      }
    }
  }

  // What cannot be read must not shrink a total unseen.
  absl::Status PlanUnreadable() {
    std::vector<const Measure*> measures = plan_.measures;
    for (const PlannedDerivation& one : plan_.derivations) {
      if (const auto* rate = std::get_if<PlannedRate>(&one)) {
        measures.push_back(rate->denominator);
      } else if (const auto* share = std::get_if<PlannedShare>(&one)) {
        measures.insert(measures.end(), share->base_measures.begin(),
                        share->base_measures.end());
      }
    }
    plan_.unreadable = UnreadableReleases(snapshot_, measures, plan_.as_of);
    if (plan_.unreadable.empty()) return absl::OkStatus();
    if (!query_.allow_partial) {
      return SourceUnreadable(snapshot_, plan_.unreadable,
                              "allow a partial answer to go without them");
    }
    plan_.caveats.push_back(
        {"SOURCE_UNREADABLE",
         absl::StrCat("These releases cannot be read, so that their figures "
                      "are missing: ",
                      NamesOf(snapshot_, plan_.unreadable))});
    return absl::OkStatus();
  }

  absl::Status CountCells() {
    int64_t cells = 1;
    auto multiply = [&cells](size_t factor) {
      return !__builtin_mul_overflow(cells, static_cast<int64_t>(factor),
                                     &cells);
    };
    bool fits =
        multiply(plan_.measures.size()) && multiply(plan_.periods.size());
    for (const AskedDimension& asked : plan_.dimensions) {
      if (asked.grouped) fits = fits && multiply(asked.members.size());
    }
    if (plan_.grouped_by_reporter) {
      fits = fits && multiply(plan_.reporters.size());
    }
    if (fits) plan_.cell_count = cells;
    if (!fits || cells > plan_.options.max_cells) {
      const std::string count = fits ? absl::StrCat(cells) : "over 2^63";
      return base::Error(absl::StatusCode::kResourceExhausted, "CELL_LIMIT",
                         absl::StrCat("the answer would have ", count,
                                      " cells, more than the limit of ",
                                      plan_.options.max_cells,
                                      "; ask for fewer members or periods"))
          .With("cells", count)
          .With("limit", absl::StrCat(plan_.options.max_cells));
    }
    for (const AskedDimension& asked : plan_.dimensions) {
      if (!asked.grouped) fits = fits && multiply(asked.members.size());
    }
    if (!plan_.grouped_by_reporter) {
      fits = fits && multiply(plan_.reporters.size());
    }
    // A derivation looks at as many figures again.
    fits = fits && multiply(1 + query_.derivations.size());
    if (!fits || cells > kMaxLeaves) {
      return base::Error(
                 absl::StatusCode::kResourceExhausted, "CELL_LIMIT",
                 absl::StrCat("the answer would add up more than ", kMaxLeaves,
                              " figures; ask for fewer members or periods"))
          .With("limit", absl::StrCat(kMaxLeaves));
    }
    return absl::OkStatus();
  }

  void AddCaveats() {
    if (query_.loaded_by.has_value() && ReleasesOf(plan_, snapshot_).empty()) {
      plan_.caveats.push_back(
          {"NOTHING_LOADED_BY_THEN",
           absl::StrCat("Of what could answer, nothing had been loaded by ",
                        absl::FormatTime(absl::RFC3339_full, *query_.loaded_by,
                                         absl::UTCTimeZone()),
                        ".")});
    }
    AddUndated();
    for (const AskedDimension& asked : plan_.dimensions) {
      std::set<int> levels;
      for (MemberId id : asked.members) {
        const vocabulary::Member& member = asked.dimension->member(id);
        if (asked.grouped && selection_->FilterOf(asked.dimension) == nullptr) {
          levels.insert(member.level);
        }
        AddSeriesBreaks(member);
        AddWiderMembers(*asked.dimension, id);
      }
      if (levels.size() > 1) {
        plan_.caveats.push_back(
            {"MIXED_LEVELS",
             absl::StrCat("The rows of '", asked.dimension->code(),
                          "' are of several levels and contain one another; "
                          "do not add them.")});
      }
    }
    AddUnmapped();
  }

  // What may have been published by the day asked for, for all that is known.
  void AddUndated() {
    if (!query_.as_of.has_value()) return;
    std::vector<std::string> names;
    for (const uint32_t index : ReleasesOf(plan_, snapshot_)) {
      const store::Release& release = snapshot_.releases()[index]->release;
      if (!release.publish_time.has_value() &&
          KnownFrom(release) > plan_.as_of) {
        names.push_back(release.name);
      }
    }
    if (names.empty()) return;
    plan_.caveats.push_back(
        {"LEFT_OUT_AS_UNDATED",
         absl::StrCat("Nobody stated when these were published, and they were "
                      "loaded after the day asked for, so that they do not "
                      "answer: ",
                      absl::StrJoin(names, ", "))});
  }

  void AddSeriesBreaks(const vocabulary::Member& member) {
    for (const vocabulary::SeriesBreak& at : member.series_breaks) {
      bool before = false;
      bool after = false;
      for (const auto* periods : {&plan_.periods, &extra_periods_}) {
        for (const Period& period : *periods) {
          before |= period.days.begin < at.day;
          after |= period.days.end > at.day;
        }
      }
      if (before && after) {
        plan_.caveats.push_back(
            {"SERIES_BREAK",
             absl::StrCat(member.code, " ", member.title, " breaks at ",
                          vocabulary::FormatDay(at.day), ": ", at.note)});
      }
    }
  }

  // Of a member of which nothing is published.
  void AddWiderMembers(const Dimension& dimension, MemberId id) {
    const vocabulary::Member& member = dimension.member(id);
    for (const vocabulary::Relation& relation : member.relations) {
      if (relation.kind != vocabulary::RelationKind::kPublishedInside ||
          selection_->IsObserved(dimension, id)) {
        continue;
      }
      const vocabulary::Member& wider = dimension.member(relation.member);
      plan_.caveats.push_back(
          {"WIDER_MEMBER_AVAILABLE",
           absl::StrCat(member.code, " ", member.title,
                        " is not published on its own here; the wider ",
                        wider.code, " ", wider.title,
                        " contains it, and is neither its value nor a bound "
                        "of it.")});
    }
  }

  void AddUnmapped() {
    size_t rows = 0;
    for (const SliceTable& table : snapshot_.tables()) {
      if (!table.unmapped || !selection_->IsAsked(table)) continue;
      for (size_t row = 0; row < table.row_count(); ++row) {
        rows += table.Holds(row, plan_.as_of) ? 1 : 0;
      }
    }
    if (rows > 0) {
      plan_.caveats.push_back(
          {"UNMAPPED_OBSERVATIONS",
           absl::StrCat(rows,
                        " published figures of the measure have a label that "
                        "the vocabulary does not know and are in no sum.")});
    }
  }

  const Query& query_;
  const Snapshot& snapshot_;
  const Vocabulary& vocabulary_;
  const Dimension& reporters_;
  const size_t max_problems_;
  const Selection* selection_ = nullptr;  // set once periods are known
  // By derivation, until the panels are known.
  std::map<size_t, PlannedChange> changes_;
  // Periods that asked ones are compared with, none of them asked for.
  std::vector<Period> extra_periods_;
  std::vector<PeriodPanel> extra_panels_;
  // Whether the reporters of every period are in the plan.
  bool panel_known_ = false;
  Plan plan_;
  std::vector<absl::Status> problems_;
};

}  // namespace

CheckedPlan CheckPlan(const Query& query, const Snapshot& snapshot,
                      const PlanOptions& options) {
  return Planner(query, snapshot, options, kMaxProblems).Run();
}

absl::StatusOr<Plan> MakePlan(const Query& query, const Snapshot& snapshot,
                              const PlanOptions& options) {
  CheckedPlan checked =
      Planner(query, snapshot, options, /*max_problems=*/1).Run();
  if (!checked.problems.empty()) return std::move(checked.problems.front());
  return std::move(checked.plan);
}

}  // namespace collate::query
