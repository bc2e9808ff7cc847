#include "service/query/engine.h"

#include <algorithm>
#include <limits>
#include <optional>
#include <set>
#include <string>
#include <utility>
#include <vector>

#include "absl/strings/str_cat.h"
#include "absl/strings/str_join.h"
#include "service/base/status_macros.h"
#include "service/query/cell_builder.h"
#include "service/query/cell_scope.h"
#include "service/query/contradictions.h"
#include "service/query/derive.h"
#include "service/query/fetch_scope.h"
#include "service/query/plan_exclusions.h"
#include "service/query/policies.h"
#include "service/query/resolve.h"
#include "service/query/side.h"

namespace collate::query {
namespace {

using vocabulary::MemberId;

// Ten releases, and how many more there are: the answer lists them all.
std::string FirstNames(std::vector<std::string> names) {
  constexpr size_t kNamed = 10;
  if (names.size() > kNamed) {
    const size_t more = names.size() - kNamed;
    names.resize(kNamed);
    names.push_back(absl::StrCat("and ", more, " more"));
  }
  return absl::StrJoin(names, ", ");
}

class Run {
 public:
  Run(const Plan& plan, const Snapshot& snapshot, const ExecuteOptions& options,
      CellSink& sink)
      : plan_(plan),
        snapshot_(snapshot),
        options_(options),
        sink_(sink),
        scope_(plan, snapshot.vocabulary().reporters()),
        releases_(snapshot.releases().size(), false) {}

  absl::StatusOr<Summary> Execute() {
    const int64_t first = options_.only.has_value()
                              ? 0
                              : std::max<int64_t>(0, options_.first_cell);
    const int64_t count = options_.max_cells;
    const int64_t last =
        plan_.cell_count - first < count ? plan_.cell_count : first + count;
    // A question is refused, and an exclusion has an effect, because of some
    // cell of the answer, on whichever page: the first page looks at all.
    const bool whole = first == 0 && !options_.only.has_value() &&
                       (MayRefuse(plan_) || !plan_.exclusions.empty());
    int64_t index = 0;
    for (size_t m = 0; m < plan_.measures.size(); ++m) {
      std::optional<MeasureRun> run;
      const auto& axes = scope_.axes();
      std::vector<size_t> at(axes.size(), 0);
      const int64_t coordinates_count =
          plan_.cell_count /
          static_cast<int64_t>(plan_.measures.size() * plan_.periods.size());
      Coordinates coordinates(axes.size());
      for (int64_t c = 0; c < coordinates_count; ++c) {
        // What a cell adds up is the same for every reporter of an axis.
        size_t combination = 0;
        for (size_t axis = 0; axis < axes.size(); ++axis) {
          coordinates[axis] = (*axes[axis])[at[axis]];
          if (!scope_.IsReporterAxis(axis)) {
            combination = combination * axes[axis]->size() + at[axis];
          }
        }
        const std::vector<Figure>* figures = nullptr;
        for (size_t p = 0; p < plan_.periods.size(); ++p, ++index) {
          const bool sent = index >= first && index < last;
          if (!sent && !whole) continue;
          if (!Selected(m, coordinates, p)) continue;
          if (!run.has_value()) run.emplace(*this, m);
          if (figures == nullptr) {
            figures = &run->FiguresOf(combination, coordinates);
          }
          COLLATE_RETURN_IF_ERROR(
              RunCell(*run, coordinates, *figures, static_cast<int>(p), sent));
        }
        for (size_t axis = axes.size(); axis > 0; --axis) {
          if (++at[axis - 1] < axes[axis - 1]->size()) break;
          at[axis - 1] = 0;
        }
      }
    }
    return Finish(whole);
  }

 private:
  // What a cell adds up, of each reporter.
  struct Figure {
    Resolver::Place place;
    bool adds_definitions = false;
  };

  // All that the cells of one measure have in common.
  struct MeasureRun {
    MeasureRun(const Run& run, size_t measure)
        : run(run),
          measure(static_cast<int>(measure)),
          resolver(run.plan_, run.snapshot_, *run.plan_.measures[measure],
                   run.AskedMembers()),
          contradictions(run.plan_, run.snapshot_, *run.plan_.measures[measure],
                         run.AskedMembers()),
          deriver(run.plan_, run.snapshot_, measure, run.options_.with_leaves,
                  run.options_.cancelled),
          builder(run.plan_, run.snapshot_, run.options_.with_leaves,
                  resolver.scale()),
          may_be_plain(deriver.takes_sums() && !run.options_.with_leaves &&
                       resolver.decides_alone() && contradictions.empty()) {}

    const std::vector<Figure>& FiguresOf(size_t combination,
                                         const Coordinates& at) {
      const size_t place = run.plan_.grouped_by_reporter ? combination : 0;
      if (figures.size() <= place) figures.resize(place + 1);
      std::vector<Figure>& all = figures[place];
      if (combination != previous && !run.plan_.grouped_by_reporter) {
        all.clear();
      }
      previous = combination;
      if (!all.empty()) return all;
      for (Coordinates& one : run.scope_.LeafCoordinates(at)) {
        Figure& figure = all.emplace_back();
        figure.adds_definitions = run.AddsDefinitions(one);
        figure.place = resolver.PlaceOf(std::move(one));
      }
      return all;
    }

    const Run& run;
    const int measure;
    const Resolver resolver;
    Contradictions contradictions;
    Deriver deriver;
    CellBuilder builder;
    const bool may_be_plain;
    // Used again and again.
    PlainFigure plain;
    SumFigure sum;
    CellSums sums;
    // By combination, where the reporters of an axis come back to it; else the
    // last one.
    std::vector<std::vector<Figure>> figures;
    size_t previous = std::numeric_limits<size_t>::max();
  };

  bool Selected(size_t measure, const Coordinates& coordinates,
                size_t period) const {
    if (!options_.only.has_value()) return true;
    return options_.only->measure == static_cast<int>(measure) &&
           options_.only->coordinates == coordinates &&
           options_.only->period == static_cast<int>(period);
  }

  // The members in question, for each of plan_.dimensions.
  std::vector<std::vector<MemberId>> AskedMembers() const {
    std::vector<std::vector<MemberId>> coordinates;
    for (size_t d = 0; d < plan_.dimensions.size(); ++d) {
      coordinates.push_back(
          options_.only.has_value()
              ? scope_.MembersOf(d, options_.only->coordinates)
              : plan_.dimensions[d].members);
    }
    return coordinates;
  }

  // Whether a member is the declared union of some that are defined
  // differently.
  bool AddsDefinitions(const Coordinates& coordinates) const {
    using vocabulary::RelationKind;
    for (size_t d = 0; d < coordinates.size(); ++d) {
      const auto& relations =
          plan_.dimensions[d].dimension->member(coordinates[d]).relations;
      const auto has = [&relations](RelationKind kind) {
        return std::any_of(relations.begin(), relations.end(),
                           [kind](const vocabulary::Relation& relation) {
                             return relation.kind == kind;
                           });
      };
      if (has(RelationKind::kUnionOf) &&
          has(RelationKind::kDefinitionDiffers)) {
        return true;
      }
    }
    return false;
  }

  absl::Status RunCell(MeasureRun& run, const Coordinates& coordinates,
                       const std::vector<Figure>& figures, int period,
                       bool sent) {
    const Resolver& resolver = run.resolver;
    CellBuilder& builder = run.builder;
    const bool derives = !run.deriver.empty();
    std::vector<ReporterLeaves> reporters;
    CellSums& sums = run.sums;
    const bool may_be_plain = figures.size() == 1 && run.may_be_plain;
    PlainFigures::Lane lane;
    if (may_be_plain) lane = resolver.LaneOf(figures[0].place, period);
    if (derives) {
      sums.at = figures.empty() ? Coordinates() : figures[0].place.coordinates;
      sums.of.clear();
    }
    SumFigure& sum = run.sum;
    if (options_.cancelled()) {
      return absl::CancelledError("the caller has gone away");
    }
    for (const MemberId reporter :
         scope_.ReportersOf(coordinates, plan_.panels[period])) {
      if (!lane.empty() && (derives ? resolver.FindCounted(lane, reporter, &sum)
                                    : resolver.FindIn(lane, reporter, &sum))) {
        if (figures[0].adds_definitions) builder.NoteDefinitionDiffers();
        COLLATE_RETURN_IF_ERROR(builder.AddSum(reporter, sum));
        if (derives) {
          reporters.push_back({reporter, {}});
          sums.of.push_back(sum);
        }
        continue;
      }
      if (options_.cancelled()) {
        return absl::CancelledError("the caller has gone away");
      }
      if (may_be_plain && !derives &&
          resolver.FindPlain(figures[0].place, reporter, period, &run.plain)) {
        if (figures[0].adds_definitions) builder.NoteDefinitionDiffers();
        COLLATE_RETURN_IF_ERROR(builder.AddPlain(reporter, run.plain,
                                                 *plan_.measures[run.measure],
                                                 figures[0].place.coordinates));
        continue;
      }
      std::vector<Leaf> leaves;
      leaves.reserve(figures.size());
      for (const Figure& figure : figures) {
        if (options_.cancelled()) {
          return absl::CancelledError("the caller has gone away");
        }
        COLLATE_ASSIGN_OR_RETURN(
            leaves.emplace_back(),
            resolver.Resolve(figure.place, reporter, period));
        COLLATE_RETURN_IF_ERROR(
            run.contradictions.Find(resolver.scale(), leaves.back()));
        if (leaves.back().method != Method::kNone && figure.adds_definitions) {
          builder.NoteDefinitionDiffers();
        }
      }
      COLLATE_RETURN_IF_ERROR(builder.AddReporter(reporter, leaves));
      if (derives) {
        reporters.push_back({reporter, std::move(leaves)});
        sums.of.emplace_back();
      }
    }
    COLLATE_RETURN_IF_ERROR(builder.Finish());
    Cell& cell = builder.cell();
    cell.measure = run.measure;
    cell.coordinates = coordinates;
    cell.period = period;
    COLLATE_RETURN_IF_ERROR(CheckPolicies(plan_, snapshot_, cell));
    exclusions_.insert(cell.exclusions.begin(), cell.exclusions.end());
    if (derives) {
      DerivedNotes unsent;
      DerivedNotes& notes = sent ? derived_notes_ : unsent;
      COLLATE_RETURN_IF_ERROR(
          run.deriver.Derive(reporters, sums, resolver, cell, notes));
      exclusions_.insert(notes.exclusions.begin(), notes.exclusions.end());
    }
    if (!sent) return absl::OkStatus();
    for (const uint32_t release : builder.releases()) {
      releases_[release] = true;
    }
    return sink_.OnCell(std::move(cell));
  }

  Summary Finish(bool whole) const {
    Summary summary;
    std::vector<bool> releases = releases_;
    for (const uint32_t release : derived_notes_.releases) {
      releases[release] = true;
    }
    for (uint32_t i = 0; i < releases.size(); ++i) {
      if (releases[i]) summary.releases.push_back(i);
    }
    summary.caveats = plan_.caveats;
    std::vector<std::string> synthetic;
    std::vector<std::string> undated;
    for (uint32_t index : summary.releases) {
      const store::Release& release = snapshot_.releases()[index]->release;
      if (release.synthetic) synthetic.push_back(release.name);
      if (!release.publish_time.has_value()) undated.push_back(release.name);
    }
    for (Caveat& caveat :
         derived_notes_.Caveats(snapshot_.vocabulary().reporters())) {
      summary.caveats.push_back(std::move(caveat));
    }
    for (Caveat& caveat : ExclusionCaveats(
             plan_, snapshot_.vocabulary().reporters(), exclusions_, whole)) {
      summary.caveats.push_back(std::move(caveat));
    }
    if (!synthetic.empty()) {
      summary.caveats.push_back(
          {"SYNTHETIC_INPUT",
           absl::StrCat("Made-up figures take part: ", FirstNames(synthetic))});
    }
    if (!undated.empty()) {
      summary.caveats.push_back(
          {"PUBLISH_TIME_UNKNOWN",
           absl::StrCat("Nobody stated when these were published, only that "
                        "it was before they were loaded: ",
                        FirstNames(undated))});
    }
    return summary;
  }

  const Plan& plan_;
  const Snapshot& snapshot_;
  const ExecuteOptions& options_;
  CellSink& sink_;
  const CellScope scope_;
  std::vector<bool> releases_;  // that a cell draws on, by their index
  std::set<int> exclusions_;    // that left out some figure
  DerivedNotes derived_notes_;
};

}  // namespace

absl::StatusOr<Summary> Execute(const Plan& plan, const Snapshot& snapshot,
                                const ExecuteOptions& options, CellSink& sink) {
  if (snapshot.absences() == nullptr) {
    COLLATE_RETURN_IF_ERROR(CheckFetched(plan, snapshot));
    return Run(plan, snapshot, options, sink).Execute();
  }
  auto summary = Run(plan, snapshot, options, sink).Execute();
  COLLATE_RETURN_IF_ERROR(CheckNothingMissed(snapshot));
  return summary;
}

}  // namespace collate::query
