// CatalogueHandlers::ListFindings.

#include <algorithm>
#include <cstdint>
#include <string>
#include <utility>
#include <vector>

#include "absl/strings/str_cat.h"
#include "absl/strings/strip.h"
#include "service/api/catalogue_handlers.h"
#include "service/api/convert.h"
#include "service/api/convert_findings.h"
#include "service/api/paging.h"
#include "service/api/unknown.h"
#include "service/base/status_macros.h"
#include "service/query/plausibility.h"
#include "service/query/unreadable.h"

namespace collate::api {
namespace {

absl::StatusOr<query::PlausibilityOptions> OptionsOf(
    const v1::ListFindingsRequest& request, const query::Snapshot& snapshot) {
  const vocabulary::Vocabulary& vocabulary = snapshot.vocabulary();
  const auto unknown = [](absl::string_view reason, absl::string_view kind,
                          const std::string& value, absl::string_view path,
                          const std::vector<std::string>& near) {
    return UnknownName(absl::StatusCode::kInvalidArgument, reason, kind,
                       View(value), path, near);
  };
  query::PlausibilityOptions options;
  if (!request.source().empty()) {
    std::vector<std::string> names;
    for (const vocabulary::Source& source : vocabulary.sources()) {
      names.push_back(absl::StrCat("sources/", source.id));
    }
    for (const std::string& id : snapshot.sources()) {
      names.push_back(absl::StrCat("sources/", id));
    }
    if (std::find(names.begin(), names.end(), request.source()) ==
        names.end()) {
      return unknown("UNKNOWN_SOURCE", "source", request.source(), "source",
                     vocabulary::NearMatches(View(request.source()), names));
    }
    options.source =
        std::string(absl::StripPrefix(View(request.source()), "sources/"));
  }
  if (!request.measure().empty()) {
    if (vocabulary.FindMeasure(View(request.measure())) == nullptr) {
      std::vector<std::string> codes;
      for (const vocabulary::Measure& measure : vocabulary.measures()) {
        codes.push_back(measure.code);
      }
      return unknown("UNKNOWN_MEASURE", "measure", request.measure(), "measure",
                     vocabulary::NearMatches(View(request.measure()), codes));
    }
    options.measure = request.measure();
  }
  if (!request.reporter().empty()) {
    const vocabulary::Dimension& reporters = vocabulary.reporters();
    options.reporter = reporters.Find(View(request.reporter()));
    if (!options.reporter.has_value()) {
      return unknown("UNKNOWN_MEMBER", "reporter", request.reporter(),
                     "reporter",
                     reporters.NearMatches(View(request.reporter())));
    }
  }
  for (int i = 0; i < request.kinds_size(); ++i) {
    const int kind = request.kinds(i);
    if (kind == v1::FINDING_KIND_UNSPECIFIED ||
        !v1::FindingKind_IsValid(kind)) {
      return unknown("UNKNOWN_KIND", "kind of finding", absl::StrCat(kind),
                     absl::StrCat("kinds[", i, "]"), {});
    }
    options.kinds.push_back(static_cast<query::FindingKind>(kind));
  }
  return options;
}

// What cannot be read may hold a finding, or what makes one of it.
absl::Status CheckReadable(const query::PlausibilityOptions& options,
                           const query::Snapshot& snapshot) {
  std::vector<const vocabulary::Measure*> measures;
  for (const vocabulary::Measure& measure : snapshot.vocabulary().measures()) {
    if (options.measure.empty() || options.measure == measure.code) {
      measures.push_back(&measure);
    }
  }
  std::vector<uint32_t> unreadable =
      query::UnreadableReleases(snapshot, measures, query::kToday);
  std::erase_if(unreadable, [&](uint32_t release) {
    return !options.source.empty() &&
           snapshot.releases()[release]->release.source != options.source;
  });
  if (unreadable.empty()) return absl::OkStatus();
  return query::SourceUnreadable(snapshot, unreadable,
                                 "ask about a source that can be read");
}

}  // namespace

absl::StatusOr<v1::ListFindingsResponse> CatalogueHandlers::ListFindings(
    CallContext& context, const v1::ListFindingsRequest& request) const {
  const auto snapshot = options_.publisher->Current();
  COLLATE_ASSIGN_OR_RETURN(query::PlausibilityOptions options,
                           OptionsOf(request, *snapshot));
  COLLATE_RETURN_IF_ERROR(CheckReadable(options, *snapshot));
  options.check = [&context] { return context.Check(); };
  COLLATE_ASSIGN_OR_RETURN(const Page page,
                           ReadPage(request, View(snapshot->digest())));
  COLLATE_ASSIGN_OR_RETURN(const std::vector<query::Finding> findings,
                           query::FindImplausible(*snapshot, options));
  const auto count = static_cast<int64_t>(findings.size());
  const int64_t end = std::min(count, page.offset + page.size);
  v1::ListFindingsResponse response;
  int64_t next = page.offset;
  // A finding may cite a hundred cells, so that bytes may end a page early.
  for (int64_t bytes = 0; next < end; ++next) {
    v1::Finding finding =
        ToProto(findings[static_cast<size_t>(next)], *snapshot);
    bytes += static_cast<int64_t>(finding.ByteSizeLong());
    if (next > page.offset && bytes > options_.page_bytes) break;
    *response.add_findings() = std::move(finding);
  }
  response.set_next_page_token(page.NextToken(next, count));
  response.set_total_size(static_cast<int32_t>(count));
  return response;
}

}  // namespace collate::api
