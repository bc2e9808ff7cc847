#include "service/api/catalogue_handlers.h"

#include <algorithm>
#include <cstdint>
#include <memory>
#include <optional>
#include <set>
#include <string>
#include <tuple>
#include <utility>
#include <vector>

#include "absl/strings/str_cat.h"
#include "absl/strings/str_split.h"
#include "absl/strings/strip.h"
#include "absl/time/time.h"
#include "service/api/convert.h"
#include "service/api/convert_catalogue.h"
#include "service/api/convert_ingestion.h"
#include "service/api/paging.h"
#include "service/api/unknown.h"
#include "service/base/digest.h"
#include "service/base/status_macros.h"
#include "service/ingest/report.h"

namespace collate::api {
namespace {

using query::Snapshot;
using vocabulary::Vocabulary;

// The codes in a name such as "dimensions/offence/members/88A", given its
// collections; nullopt when it has another shape.
std::optional<std::vector<std::string>> CodesIn(
    absl::string_view name, const std::vector<absl::string_view>& collections) {
  const std::vector<absl::string_view> parts = absl::StrSplit(name, '/');
  if (parts.size() != 2 * collections.size()) return std::nullopt;
  std::vector<std::string> codes;
  for (size_t i = 0; i < collections.size(); ++i) {
    const auto code = DecodeSegment(parts[2 * i + 1]);
    if (parts[2 * i] != collections[i] || !code.has_value() || code->empty()) {
      return std::nullopt;
    }
    codes.push_back(*code);
  }
  return codes;
}

absl::Status InvalidName(absl::string_view path, absl::string_view pattern,
                         const std::string& name) {
  return base::Error(absl::StatusCode::kInvalidArgument, "INVALID_NAME",
                     absl::StrCat("'", name, "' is not of the form ", pattern))
      .With("value", View(name))
      .With("expected", pattern)
      .Field(path, absl::StrCat("must be of the form ", pattern));
}

absl::Status NoSuch(absl::string_view path, absl::string_view kind,
                    const std::string& name,
                    const std::vector<std::string>& names) {
  return UnknownName(absl::StatusCode::kNotFound, "UNKNOWN_RESOURCE", kind,
                     View(name), path,
                     vocabulary::NearMatches(View(name), names));
}

// The code in the name of a top-level resource, "measures/offences".
absl::StatusOr<std::string> CodeIn(absl::string_view path,
                                   absl::string_view collection,
                                   const std::string& name) {
  const auto codes = CodesIn(View(name), {collection});
  if (!codes.has_value()) {
    return InvalidName(path, absl::StrCat(collection, "/{id}"), name);
  }
  return codes->front();
}

template <typename Items, typename CodeFn>
std::vector<std::string> Names(absl::string_view collection, const Items& items,
                               CodeFn code_of) {
  std::vector<std::string> names;
  for (const auto& item : items) {
    names.push_back(
        absl::StrCat(collection, "/", EncodeSegment(View(code_of(item)))));
  }
  return names;
}

// Calls add(i) for the entries of the page; returns the next page's token.
template <typename Request, typename AddFn>
absl::StatusOr<std::string> FillPage(const Request& request,
                                     const std::string& digest, size_t total,
                                     AddFn add) {
  COLLATE_ASSIGN_OR_RETURN(const Page page, ReadPage(request, View(digest)));
  const auto count = static_cast<int64_t>(total);
  const int64_t end = std::min(count, page.offset + page.size);
  for (int64_t i = page.offset; i < end; ++i) add(static_cast<size_t>(i));
  return page.NextToken(end, count);
}

// Every source: those that the vocabulary names in the order in which they
// answer, then those that an ingestion created, by id.
std::vector<v1::Source> AllSources(const Snapshot& snapshot,
                                   const ingest::Registry& adapters) {
  const Vocabulary& vocabulary = snapshot.vocabulary();
  std::vector<vocabulary::Source> sources = vocabulary.sources();
  for (const std::string& id : snapshot.sources()) {
    if (vocabulary.FindSource(View(id)) != nullptr) continue;
    vocabulary::Source created;
    created.id = id;
    created.title = id;
    sources.push_back(std::move(created));
  }
  // The same order as Snapshot::sources(), which has only those with a
  // release.
  std::sort(sources.begin(), sources.end(),
            [](const vocabulary::Source& a, const vocabulary::Source& b) {
              return std::tie(a.preference, a.id) <
                     std::tie(b.preference, b.id);
            });
  std::vector<v1::Source> result;
  for (const vocabulary::Source& source : sources) {
    v1::Source& entry = result.emplace_back();
    entry.set_name(absl::StrCat("sources/", source.id));
    entry.set_title(source.title);
    entry.set_publisher(source.publisher);
    entry.set_licence(source.licence);
    entry.set_attribution(source.attribution);
    entry.set_url(source.url);
    entry.set_preference_rank(static_cast<int32_t>(result.size() - 1));
    int32_t count = 0;
    std::set<std::string> missing;
    // The snapshot has the earliest first.
    for (size_t i = snapshot.releases().size(); i > 0; --i) {
      const store::Release& release = snapshot.releases()[i - 1]->release;
      if (release.source != source.id) continue;
      entry.add_releases(release.name);
      if (release.state != store::ReleaseState::kPublished) continue;
      ++count;
      // Of a release of letters alone there is none.
      if (!release.adapter_id.empty() &&
          adapters.Find(release.adapter_id) == nullptr) {
        missing.insert(
            absl::StrCat("adapters/", EncodeSegment(View(release.adapter_id))));
      }
    }
    entry.set_release_count(count);
    entry.set_state(missing.empty() ? v1::SOURCE_STATE_READY
                                    : v1::SOURCE_STATE_DEGRADED);
    for (const std::string& adapter : missing) {
      entry.add_missing_adapters(adapter);
    }
  }
  return result;
}

const std::string& NameOf(const v1::Source& source) { return source.name(); }

template <typename Messages>
std::vector<std::string> NamesOf(const Messages& messages) {
  std::vector<std::string> names;
  for (const auto& message : messages) names.push_back(NameOf(message));
  return names;
}

const std::string& CodeOf(const vocabulary::Measure& m) { return m.code; }
const std::string& CodeOf(const vocabulary::Panel& p) { return p.code; }
const std::string& CodeOf(const vocabulary::Dimension& d) { return d.code(); }

const std::string& CodeOf(const ingest::AdapterEntry& a) { return a.id; }

constexpr auto kCodeOf = [](const auto& item) -> const std::string& {
  return CodeOf(item);
};

std::string AdaptersDigest(const std::vector<ingest::AdapterEntry>& adapters) {
  std::string text;
  for (const ingest::AdapterEntry& adapter : adapters) {
    absl::StrAppend(&text, adapter.id, " ", adapter.sha256, "\n");
  }
  return base::Sha256Hex(text);
}

absl::StatusOr<const store::Release*> ReleaseOf(const Snapshot& snapshot,
                                                const std::string& name) {
  std::vector<std::string> names;
  for (const auto& loaded : snapshot.releases()) {
    if (loaded->release.name == name) return &loaded->release;
    names.push_back(loaded->release.name);
  }
  return NoSuch("name", "release", name, names);
}

// A dimension by the code in a resource name.
absl::StatusOr<const vocabulary::Dimension*> DimensionOf(
    const Vocabulary& vocabulary, absl::string_view path,
    const std::string& code) {
  const vocabulary::Dimension* dimension = vocabulary.FindDimension(View(code));
  if (dimension == nullptr) {
    return NoSuch(path, "dimension",
                  absl::StrCat("dimensions/", EncodeSegment(View(code))),
                  Names("dimensions", vocabulary.dimensions(), kCodeOf));
  }
  return dimension;
}

}  // namespace

absl::StatusOr<v1::ListSourcesResponse> CatalogueHandlers::ListSources(
    CallContext& context, const v1::ListSourcesRequest& request) const {
  const auto snapshot = options_.publisher->Current();
  std::vector<v1::Source> sources =
      AllSources(*snapshot, *options_.registry->Current());
  v1::ListSourcesResponse response;
  COLLATE_ASSIGN_OR_RETURN(
      *response.mutable_next_page_token(),
      FillPage(request, snapshot->digest(), sources.size(), [&](size_t i) {
        *response.add_sources() = std::move(sources[i]);
      }));
  return response;
}

absl::StatusOr<v1::GetSourceResponse> CatalogueHandlers::GetSource(
    CallContext& context, const v1::GetSourceRequest& request) const {
  COLLATE_RETURN_IF_ERROR(CodeIn("name", "sources", request.name()).status());
  const auto snapshot = options_.publisher->Current();
  std::vector<v1::Source> sources =
      AllSources(*snapshot, *options_.registry->Current());
  v1::GetSourceResponse response;
  for (v1::Source& source : sources) {
    if (source.name() != request.name()) continue;
    *response.mutable_source() = std::move(source);
    return response;
  }
  return NoSuch("name", "source", request.name(), NamesOf(sources));
}

absl::StatusOr<v1::ListReleasesResponse> CatalogueHandlers::ListReleases(
    CallContext& context, const v1::ListReleasesRequest& request) const {
  COLLATE_ASSIGN_OR_RETURN(const std::string source,
                           CodeIn("parent", "sources", request.parent()));
  const auto snapshot = options_.publisher->Current();
  if (source != "-") {
    const std::vector<v1::Source> sources =
        AllSources(*snapshot, *options_.registry->Current());
    const std::vector<std::string> names = NamesOf(sources);
    if (std::find(names.begin(), names.end(), request.parent()) ==
        names.end()) {
      return NoSuch("parent", "source", request.parent(), names);
    }
  }
  // Latest first within a source.
  std::vector<const store::Release*> releases;
  for (const auto& loaded : snapshot->releases()) {
    if (source == "-" || loaded->release.source == source) {
      releases.push_back(&loaded->release);
    }
  }
  std::sort(releases.begin(), releases.end(),
            [](const store::Release* a, const store::Release* b) {
              if (a->source != b->source) return a->source < b->source;
              return store::Precedes(*b, *a);
            });
  v1::ListReleasesResponse response;
  COLLATE_ASSIGN_OR_RETURN(
      *response.mutable_next_page_token(),
      FillPage(request, snapshot->digest(), releases.size(), [&](size_t i) {
        *response.add_releases() = ToProto(*releases[i]);
      }));
  return response;
}

absl::StatusOr<v1::GetReleaseResponse> CatalogueHandlers::GetRelease(
    CallContext& context, const v1::GetReleaseRequest& request) const {
  if (!CodesIn(View(request.name()), {"sources", "releases"}).has_value()) {
    return InvalidName("name", "sources/{source}/releases/{release}",
                       request.name());
  }
  const auto snapshot = options_.publisher->Current();
  COLLATE_ASSIGN_OR_RETURN(const store::Release* release,
                           ReleaseOf(*snapshot, request.name()));
  v1::GetReleaseResponse response;
  *response.mutable_release() = ToProto(*release);
  return response;
}

absl::StatusOr<v1::GetReleaseReportResponse>
CatalogueHandlers::GetReleaseReport(
    CallContext& context, const v1::GetReleaseReportRequest& request) const {
  absl::string_view name = View(request.name());
  if (!absl::ConsumeSuffix(&name, "/report") ||
      !CodesIn(name, {"sources", "releases"}).has_value()) {
    return InvalidName("name", "sources/{source}/releases/{release}/report",
                       request.name());
  }
  const auto snapshot = options_.publisher->Current();
  COLLATE_ASSIGN_OR_RETURN(const store::Release* release,
                           ReleaseOf(*snapshot, std::string(name)));
  ingest::Report report;
  COLLATE_RETURN_IF_ERROR(ingest::ParseReport(View(release->report), &report));
  report.release = *release;
  report.published = release->state == store::ReleaseState::kPublished;
  v1::GetReleaseReportResponse response;
  *response.mutable_report() = ToProto(report);
  return response;
}

absl::StatusOr<v1::ListMeasuresResponse> CatalogueHandlers::ListMeasures(
    CallContext& context, const v1::ListMeasuresRequest& request) const {
  const auto snapshot = options_.publisher->Current();
  const Vocabulary& vocabulary = snapshot->vocabulary();
  v1::ListMeasuresResponse response;
  COLLATE_ASSIGN_OR_RETURN(
      *response.mutable_next_page_token(),
      FillPage(request, vocabulary.sha256(), vocabulary.measures().size(),
               [&](size_t i) {
                 *response.add_measures() = ToProto(vocabulary.measures()[i]);
               }));
  return response;
}

absl::StatusOr<v1::GetMeasureResponse> CatalogueHandlers::GetMeasure(
    CallContext& context, const v1::GetMeasureRequest& request) const {
  COLLATE_ASSIGN_OR_RETURN(const std::string code,
                           CodeIn("name", "measures", request.name()));
  const auto snapshot = options_.publisher->Current();
  const Vocabulary& vocabulary = snapshot->vocabulary();
  const vocabulary::Measure* measure = vocabulary.FindMeasure(View(code));
  if (measure == nullptr) {
    return NoSuch("name", "measure", request.name(),
                  Names("measures", vocabulary.measures(), kCodeOf));
  }
  v1::GetMeasureResponse response;
  *response.mutable_measure() = ToProto(*measure);
  return response;
}

absl::StatusOr<v1::ListDimensionsResponse> CatalogueHandlers::ListDimensions(
    CallContext& context, const v1::ListDimensionsRequest& request) const {
  const auto snapshot = options_.publisher->Current();
  const Vocabulary& vocabulary = snapshot->vocabulary();
  v1::ListDimensionsResponse response;
  COLLATE_ASSIGN_OR_RETURN(
      *response.mutable_next_page_token(),
      FillPage(request, vocabulary.sha256(), vocabulary.dimensions().size(),
               [&](size_t i) {
                 *response.add_dimensions() =
                     ToProto(vocabulary.dimensions()[i]);
               }));
  return response;
}

absl::StatusOr<v1::GetDimensionResponse> CatalogueHandlers::GetDimension(
    CallContext& context, const v1::GetDimensionRequest& request) const {
  COLLATE_ASSIGN_OR_RETURN(const std::string code,
                           CodeIn("name", "dimensions", request.name()));
  const auto snapshot = options_.publisher->Current();
  COLLATE_ASSIGN_OR_RETURN(const vocabulary::Dimension* dimension,
                           DimensionOf(snapshot->vocabulary(), "name", code));
  v1::GetDimensionResponse response;
  *response.mutable_dimension() = ToProto(*dimension);
  return response;
}

absl::StatusOr<v1::ListMembersResponse> CatalogueHandlers::ListMembers(
    CallContext& context, const v1::ListMembersRequest& request) const {
  COLLATE_ASSIGN_OR_RETURN(const std::string code,
                           CodeIn("parent", "dimensions", request.parent()));
  const auto snapshot = options_.publisher->Current();
  const Vocabulary& vocabulary = snapshot->vocabulary();
  COLLATE_ASSIGN_OR_RETURN(const vocabulary::Dimension* dimension,
                           DimensionOf(vocabulary, "parent", code));
  std::vector<std::string> levels;
  for (const vocabulary::Level& level : dimension->levels()) {
    levels.push_back(level.code);
  }
  if (!request.level().empty() && std::find(levels.begin(), levels.end(),
                                            request.level()) == levels.end()) {
    return UnknownName(absl::StatusCode::kInvalidArgument, "UNKNOWN_LEVEL",
                       "level", View(request.level()), "level",
                       vocabulary::NearMatches(View(request.level()), levels));
  }
  std::vector<vocabulary::MemberId> members;
  for (size_t i = 0; i < dimension->members().size(); ++i) {
    const vocabulary::Member& member = dimension->members()[i];
    if (request.level().empty() || levels[member.level] == request.level()) {
      members.push_back(static_cast<vocabulary::MemberId>(i));
    }
  }
  v1::ListMembersResponse response;
  COLLATE_ASSIGN_OR_RETURN(
      *response.mutable_next_page_token(),
      FillPage(request, vocabulary.sha256(), members.size(), [&](size_t i) {
        *response.add_members() =
            ToProto(*dimension, members[i], DayOf(context.clock.Now()));
      }));
  return response;
}

absl::StatusOr<v1::GetMemberResponse> CatalogueHandlers::GetMember(
    CallContext& context, const v1::GetMemberRequest& request) const {
  const auto codes = CodesIn(View(request.name()), {"dimensions", "members"});
  if (!codes.has_value()) {
    return InvalidName("name", "dimensions/{dimension}/members/{member}",
                       request.name());
  }
  const auto snapshot = options_.publisher->Current();
  COLLATE_ASSIGN_OR_RETURN(
      const vocabulary::Dimension* dimension,
      DimensionOf(snapshot->vocabulary(), "name", (*codes)[0]));
  const auto id = dimension->Find(View((*codes)[1]));
  if (!id.has_value()) {
    return UnknownName(absl::StatusCode::kNotFound, "UNKNOWN_RESOURCE",
                       "member", View(request.name()), "name",
                       dimension->NearMatches(View((*codes)[1])));
  }
  v1::GetMemberResponse response;
  *response.mutable_member() =
      ToProto(*dimension, *id, DayOf(context.clock.Now()));
  return response;
}

absl::StatusOr<v1::ListPanelsResponse> CatalogueHandlers::ListPanels(
    CallContext& context, const v1::ListPanelsRequest& request) const {
  const auto snapshot = options_.publisher->Current();
  const Vocabulary& vocabulary = snapshot->vocabulary();
  v1::ListPanelsResponse response;
  COLLATE_ASSIGN_OR_RETURN(*response.mutable_next_page_token(),
                           FillPage(request, vocabulary.sha256(),
                                    vocabulary.panels().size(), [&](size_t i) {
                                      *response.add_panels() =
                                          ToProto(vocabulary.panels()[i],
                                                  vocabulary.reporters(),
                                                  DayOf(context.clock.Now()));
                                    }));
  return response;
}

absl::StatusOr<v1::GetPanelResponse> CatalogueHandlers::GetPanel(
    CallContext& context, const v1::GetPanelRequest& request) const {
  COLLATE_ASSIGN_OR_RETURN(const std::string code,
                           CodeIn("name", "panels", request.name()));
  const auto snapshot = options_.publisher->Current();
  const Vocabulary& vocabulary = snapshot->vocabulary();
  const vocabulary::Panel* panel = vocabulary.FindPanel(View(code));
  if (panel == nullptr) {
    return NoSuch("name", "panel", request.name(),
                  Names("panels", vocabulary.panels(), kCodeOf));
  }
  v1::GetPanelResponse response;
  *response.mutable_panel() =
      ToProto(*panel, vocabulary.reporters(), DayOf(context.clock.Now()));
  return response;
}

absl::StatusOr<v1::ListAdaptersResponse> CatalogueHandlers::ListAdapters(
    CallContext& context, const v1::ListAdaptersRequest& request) const {
  const std::shared_ptr<const ingest::Registry> registry =
      options_.registry->Current();
  const std::vector<ingest::AdapterEntry>& adapters = registry->entries();
  v1::ListAdaptersResponse response;
  COLLATE_ASSIGN_OR_RETURN(*response.mutable_next_page_token(),
                           FillPage(request, AdaptersDigest(adapters),
                                    adapters.size(), [&](size_t i) {
                                      *response.add_adapters() = ToProto(
                                          adapters[i], *options_.supervisor);
                                    }));
  return response;
}

absl::StatusOr<v1::GetAdapterResponse> CatalogueHandlers::GetAdapter(
    CallContext& context, const v1::GetAdapterRequest& request) const {
  COLLATE_ASSIGN_OR_RETURN(const std::string id,
                           CodeIn("name", "adapters", request.name()));
  const std::shared_ptr<const ingest::Registry> registry =
      options_.registry->Current();
  const std::vector<ingest::AdapterEntry>& adapters = registry->entries();
  const ingest::AdapterEntry* found = nullptr;
  for (const ingest::AdapterEntry& adapter : adapters) {
    // Of several with one id the usable one is meant.
    if (adapter.id == id && (found == nullptr || adapter.ready())) {
      found = &adapter;
    }
  }
  if (found == nullptr) {
    return NoSuch("name", "adapter", request.name(),
                  Names("adapters", adapters, kCodeOf));
  }
  v1::GetAdapterResponse response;
  *response.mutable_adapter() = ToProto(*found, *options_.supervisor);
  return response;
}

}  // namespace collate::api
