#include "service/query/unreadable.h"

#include <algorithm>

#include "absl/strings/str_cat.h"
#include "absl/strings/str_join.h"
#include "absl/strings/string_view.h"
#include "service/base/error.h"

namespace collate::query {

using store::Extent;
using store::Release;
using vocabulary::DayInterval;
using vocabulary::Measure;
using vocabulary::MemberId;

std::vector<uint32_t> UnreadableReleases(
    const Snapshot& snapshot, const std::vector<const Measure*>& measures,
    KnownTime as_of) {
  std::vector<uint32_t> found;
  for (uint32_t r = 0; r < snapshot.releases().size(); ++r) {
    const LoadedRelease& loaded = *snapshot.releases()[r];
    const Release& release = loaded.release;
    if (loaded.problem.ok() ||
        release.state != store::ReleaseState::kPublished ||
        KnownFrom(release) > as_of) {
      continue;
    }
    const bool claims =
        release.extents.empty() ||
        std::any_of(release.extents.begin(), release.extents.end(),
                    [&](const Extent& extent) {
                      return std::any_of(measures.begin(), measures.end(),
                                         [&](const Measure* measure) {
                                           return measure->code ==
                                                  extent.slice.measure;
                                         });
                    });
    if (claims) found.push_back(r);
  }
  return found;
}

bool MayHold(const Snapshot& snapshot, uint32_t release, const Measure& measure,
             MemberId reporter, const DayInterval& days) {
  const std::vector<Extent>& extents =
      snapshot.releases()[release]->release.extents;
  const std::string& code =
      snapshot.vocabulary().reporters().member(reporter).code;
  return extents.empty() ||
         std::any_of(extents.begin(), extents.end(), [&](const Extent& extent) {
           return extent.slice.measure == measure.code &&
                  std::binary_search(extent.reporters.begin(),
                                     extent.reporters.end(), code) &&
                  std::any_of(extent.periods.begin(), extent.periods.end(),
                              [&](const DayInterval& period) {
                                return period.Overlaps(days);
                              });
         });
}

std::string NamesOf(const Snapshot& snapshot,
                    const std::vector<uint32_t>& releases) {
  std::vector<std::string> names;
  for (const uint32_t r : releases) {
    names.push_back(snapshot.releases()[r]->release.name);
  }
  return absl::StrJoin(names, ", ");
}

absl::Status SourceUnreadable(const Snapshot& snapshot,
                              const std::vector<uint32_t>& releases,
                              absl::string_view what_to_do) {
  const std::string names = NamesOf(snapshot, releases);
  return base::Error(
             absl::StatusCode::kUnavailable, "SOURCE_UNREADABLE",
             absl::StrCat(
                 "figures that could take part cannot be read: ", names, " (",
                 snapshot.releases()[releases[0]]->problem.message(), "); ",
                 what_to_do))
      .With("releases", names);
}

}  // namespace collate::query
