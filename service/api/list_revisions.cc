// StatisticsHandlers::ListRevisions.

#include <algorithm>
#include <memory>
#include <string>
#include <vector>

#include "absl/strings/str_cat.h"
#include "service/api/convert.h"
#include "service/api/convert_revisions.h"
#include "service/api/paging.h"
#include "service/api/statistics_handlers.h"
#include "service/api/unknown.h"
#include "service/base/digest.h"
#include "service/base/error.h"
#include "service/base/status_macros.h"
#include "service/query/revisions.h"
#include "service/query/unreadable.h"

namespace collate::api {
namespace {

using query::Snapshot;

// Index of the release that a field names.
absl::StatusOr<uint32_t> FindEdition(const Snapshot& snapshot,
                                     const std::string& name,
                                     absl::string_view path) {
  std::vector<std::string> names;
  for (const auto& loaded : snapshot.releases()) {
    names.push_back(loaded->release.name);
  }
  const auto at = std::find(names.begin(), names.end(), name);
  if (at == names.end()) {
    return UnknownName(absl::StatusCode::kInvalidArgument, "UNKNOWN_RELEASE",
                       "release", View(name), path,
                       vocabulary::NearMatches(View(name), names));
  }
  const auto index = static_cast<uint32_t>(at - names.begin());
  const store::Release& release = snapshot.releases()[index]->release;
  if (release.state == store::ReleaseState::kWithdrawn) {
    return base::Error(absl::StatusCode::kFailedPrecondition,
                       "RELEASE_WITHDRAWN",
                       absl::StrCat(name, " was withdrawn and states nothing"))
        .With("value", name)
        .Field(path, "a withdrawn release");
  }
  return index;
}

// The releases whose statements the later edition is compared with.
absl::StatusOr<std::vector<uint32_t>> FindEarlier(
    const Snapshot& snapshot, const v1::ListRevisionsRequest& request,
    uint32_t later) {
  const std::string& source = snapshot.releases()[later]->release.source;
  if (!request.base_release().empty()) {
    COLLATE_ASSIGN_OR_RETURN(
        const uint32_t base,
        FindEdition(snapshot, request.base_release(), "base_release"));
    // Releases of a source stand in the order of their editions.
    if (snapshot.releases()[base]->release.source != source || base >= later) {
      return base::Error(
                 absl::StatusCode::kInvalidArgument, "INVALID_QUERY",
                 absl::StrCat(request.base_release(),
                              " is no earlier edition of the source of ",
                              request.release()))
          .Field("base_release", "not an earlier edition of the same source");
    }
    return std::vector<uint32_t>{base};
  }
  std::vector<uint32_t> earlier;
  for (uint32_t i = 0; i < later; ++i) {
    if (snapshot.releases()[i]->release.source == source) earlier.push_back(i);
  }
  return earlier;
}

absl::StatusOr<query::RevisionOptions> OptionsOf(
    const v1::ListRevisionsRequest& request,
    const vocabulary::Vocabulary& vocabulary) {
  query::RevisionOptions options;
  options.silent_only = request.silent_only();
  options.measure = request.measure();
  if (!options.measure.empty() &&
      vocabulary.FindMeasure(options.measure) == nullptr) {
    std::vector<std::string> codes;
    for (const vocabulary::Measure& measure : vocabulary.measures()) {
      codes.push_back(measure.code);
    }
    return UnknownName(absl::StatusCode::kInvalidArgument, "UNKNOWN_MEASURE",
                       "measure", View(request.measure()), "measure",
                       vocabulary::NearMatches(View(request.measure()), codes));
  }
  if (!request.reporter().empty()) {
    const vocabulary::Dimension& reporters = vocabulary.reporters();
    options.reporter = reporters.Find(View(request.reporter()));
    if (!options.reporter.has_value()) {
      return UnknownName(absl::StatusCode::kInvalidArgument, "UNKNOWN_MEMBER",
                         "reporter", View(request.reporter()), "reporter",
                         reporters.NearMatches(View(request.reporter())));
    }
  }
  return options;
}

}  // namespace

absl::StatusOr<v1::ListRevisionsResponse> StatisticsHandlers::ListRevisions(
    CallContext& context, const v1::ListRevisionsRequest& request) const {
  const std::shared_ptr<const Snapshot> current = options_.publisher->Current();
  context.asked.releases = current;
  COLLATE_ASSIGN_OR_RETURN(const uint32_t later,
                           FindEdition(*current, request.release(), "release"));
  COLLATE_ASSIGN_OR_RETURN(const std::vector<uint32_t> earlier,
                           FindEarlier(*current, request, later));
  std::vector<uint32_t> unreadable;
  for (const uint32_t release : earlier) {
    if (!current->releases()[release]->problem.ok()) {
      unreadable.push_back(release);
    }
  }
  if (!current->releases()[later]->problem.ok()) unreadable.push_back(later);
  if (!unreadable.empty()) {
    return query::SourceUnreadable(*current, unreadable,
                                   "compare editions that can be read");
  }
  COLLATE_ASSIGN_OR_RETURN(query::RevisionOptions options,
                           OptionsOf(request, current->vocabulary()));
  options.check = [&context] { return context.Check(); };
  COLLATE_ASSIGN_OR_RETURN(const std::shared_ptr<const Snapshot> before,
                           options_.publisher->WithAllRows(
                               options_.publisher->Narrow(current, earlier)));
  COLLATE_ASSIGN_OR_RETURN(const std::shared_ptr<const Snapshot> after,
                           options_.publisher->WithAllRows(
                               options_.publisher->Narrow(current, {later})));
  COLLATE_ASSIGN_OR_RETURN(
      const Page page,
      ReadPage(request, View(base::Sha256Hex(
                            absl::StrCat(before->digest(), after->digest())))));
  // What is found refers to rows by number, alike in every snapshot that is
  // narrowed to the same releases.
  COLLATE_ASSIGN_OR_RETURN(
      const auto found,
      revisions_.Of(current, Serialise(WithoutPage(request)), options.check,
                    [&before, &after, &options] {
                      return query::FindRevisions(*before, *after, options);
                    }));

  v1::ListRevisionsResponse response;
  const auto count = static_cast<int64_t>(found->revisions.size());
  const int64_t end = std::min(count, page.offset + page.size);
  // Made-up and real figures are never in one store.
  const bool synthetic = current->releases()[later]->release.synthetic;
  int64_t next = page.offset;
  for (int64_t bytes = 0; next < end; ++next) {
    COLLATE_ASSIGN_OR_RETURN(
        v1::Revision revision,
        ToProto(found->revisions[static_cast<size_t>(next)], *before, *after));
    revision.set_synthetic(synthetic);
    bytes += static_cast<int64_t>(revision.ByteSizeLong());
    if (next > page.offset && bytes > options_.page_bytes) break;
    *response.add_revisions() = std::move(revision);
  }
  for (const auto& [reporter, revisions] : found->reporters) {
    *response.add_reporters() =
        ToProto(reporter, revisions, current->vocabulary().reporters());
  }
  response.set_unchanged_count(static_cast<int32_t>(found->unchanged));
  response.set_total_size(static_cast<int32_t>(count));
  response.set_next_page_token(page.NextToken(next, count));
  return response;
}

}  // namespace collate::api
