#include "service/disclosure/audit.h"

#include <algorithm>
#include <map>
#include <optional>
#include <tuple>
#include <utility>

#include "service/base/status_macros.h"
#include "service/disclosure/suppress.h"
#include "service/disclosure/tables.h"
#include "service/store/store.h"
#include "service/vocabulary/state.h"

namespace collate::disclosure {
namespace {

using query::Interval;
using store::Observations;
using store::Release;
using vocabulary::State;

bool IsWithin(const Interval& inner, const Interval& outer) {
  return (!outer.lower.has_value() ||
          (inner.lower.has_value() && *inner.lower >= *outer.lower)) &&
         (!outer.upper.has_value() ||
          (inner.upper.has_value() && *inner.upper <= *outer.upper));
}

Interval Both(Interval a, const Interval& b) {
  if (b.lower.has_value()) {
    a.lower = std::max(a.lower.value_or(*b.lower), *b.lower);
  }
  if (b.upper.has_value()) {
    a.upper = std::min(a.upper.value_or(*b.upper), *b.upper);
  }
  return a;
}

class Auditor {
 public:
  Auditor(const ProtectedStore& store, const AttackProgress& progress)
      : store_(store), progress_(progress), tables_(&store.vocabulary()) {}

  absl::StatusOr<AuditReport> Run() {
    COLLATE_ASSIGN_OR_RETURN(std::vector<Release> releases,
                             store_.ListReleases());
    std::erase_if(releases, [this](const Release& release) {
      return !store_.IsRestricted(release);
    });
    std::sort(releases.begin(), releases.end(),
              [](const Release& a, const Release& b) {
                return std::tie(a.load_time, a.name) <
                       std::tie(b.load_time, b.name);
              });
    for (const Release& release : releases) {
      if (progress_) COLLATE_RETURN_IF_ERROR(progress_());
      COLLATE_RETURN_IF_ERROR(Collect(release));
    }
    System system;
    Attacker attacker({}, progress_);
    for (size_t cell = 0; cell < tables_.cells().size(); ++cell) {
      const Seen& seen = SeenOf(cell);
      Unknown unknown =
          UnknownOf(store_.profile(), tables_.cells()[cell],
                    seen.shown.value_or(tables_.cells()[cell].truth));
      if (seen.shown.has_value()) unknown.known = seen.known;
      system.figures.push_back(unknown);
      const Interval truth =
          Possible(tables_.cells()[cell].truth, tables_.cells()[cell].floor);
      if (tables_.cells()[cell].is_stated && truth.lower.has_value() &&
          truth.lower == truth.upper) {
        attacker.Suppose(static_cast<uint32_t>(cell), *truth.lower);
      }
    }
    system.relations = tables_.relations();
    COLLATE_ASSIGN_OR_RETURN(const std::vector<Exposure> exposed,
                             attacker.FindExposed(system));
    for (const Exposure& exposure : exposed) {
      AddFinding(exposure.exact() ? FindingKind::kExact : FindingKind::kNarrow,
                 exposure.figure, exposure.known);
    }
    for (auto& [id, source] : sources_) {
      report_.sources.push_back(std::move(source));
    }
    return std::move(report_);
  }

 private:
  // How a cell is shown, in all releases together.
  struct Seen {
    std::optional<Stated> shown;
    Interval known;
    std::string source;
    std::string release;
  };

  Seen& SeenOf(size_t cell) {
    if (seen_.size() < tables_.cells().size()) {
      seen_.resize(tables_.cells().size());
    }
    return seen_[cell];
  }

  absl::Status Collect(const Release& release) {
    AuditedSource& source = sources_[release.source];
    source.source = release.source;
    const auto read = store_.ReadObservations(release.name);
    if (absl::IsFailedPrecondition(read.status()) ||
        absl::IsResourceExhausted(read.status())) {
      ++source.hidden_releases;
      return absl::OkStatus();
    }
    COLLATE_RETURN_IF_ERROR(read.status());
    COLLATE_ASSIGN_OR_RETURN(std::vector<Observations> original,
                             store_.original().ReadObservations(release.name));
    for (size_t c = 0; c < read->size(); ++c) {
      original[c].slice.partition = (*read)[c].slice.partition;
    }
    COLLATE_ASSIGN_OR_RETURN(const auto cells,
                             tables_.Add(release.source, original));
    ++source.releases;
    for (size_t c = 0; c < read->size(); ++c) {
      const Observations& chunk = (*read)[c];
      for (size_t row = 0; row < chunk.row_count(); ++row) {
        const Stated shown = StatedIn(chunk, row);
        const Stated truth = StatedIn(original[c], row);
        const uint32_t cell = cells[c][row];
        Count(shown, truth, chunk.slice.floor, cell, source);
        const Interval known = Possible(shown, chunk.slice.floor);
        if (!IsCell(cell)) continue;
        Seen& seen = SeenOf(cell);
        if (!seen.shown.has_value()) {
          seen = {shown, known, release.source, release.name};
        }
        // Whoever sees a figure in two ways knows both.
        seen.known = Both(seen.known, known);
        if (IsGuarded(shown.state)) seen.shown = shown;
        if (!IsWithin(Possible(truth, chunk.slice.floor), known)) {
          AddFinding(FindingKind::kUntrue, cell, known);
        }
      }
    }
    return absl::OkStatus();
  }

  void Count(const Stated& shown, const Stated& truth, store::Floor floor,
             uint32_t cell, AuditedSource& source) const {
    ++source.figures;
    if (shown.state != State::kSuppressed) return;
    if (cell == kNoCount || cell == kOtherStatement) {
      ++source.no_counts;
    } else if (Protect(store_.profile(), truth, floor).state ==
               State::kSuppressed) {
      ++source.withheld;
    } else {
      ++source.complementary;
    }
  }

  void AddFinding(FindingKind kind, uint32_t cell, const Interval& known) {
    const Seen& seen = SeenOf(cell);
    report_.findings.push_back(
        {kind, seen.source, seen.release, tables_.Describe(cell), known});
  }

  const ProtectedStore& store_;
  const AttackProgress& progress_;
  Tables tables_;
  std::vector<Seen> seen_;  // by cell
  std::map<std::string, AuditedSource> sources_;
  AuditReport report_;
};

}  // namespace

absl::StatusOr<AuditReport> Audit(const ProtectedStore& store,
                                  const AttackProgress& progress) {
  return Auditor(store, progress).Run();
}

}  // namespace collate::disclosure
