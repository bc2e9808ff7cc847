#include "service/api/convert_catalogue.h"

#include <algorithm>
#include <set>
#include <utility>
#include <vector>

#include "absl/strings/str_cat.h"
#include "service/api/convert.h"
#include "service/base/error.h"
#include "service/vocabulary/period.h"

namespace collate::api {
namespace {

using vocabulary::Dimension;
using vocabulary::Member;
using vocabulary::RelationKind;

static_assert(static_cast<int>(store::ReleaseState::kPublished) ==
              v1::RELEASE_STATE_PUBLISHED);
static_assert(static_cast<int>(store::ReleaseState::kWithdrawn) ==
              v1::RELEASE_STATE_WITHDRAWN);

v1::ReleaseExtent ExtentOf(const store::Extent& extent) {
  v1::ReleaseExtent result;
  result.set_measure(extent.slice.measure);
  for (const store::Axis& axis : extent.slice.axes) {
    result.add_axes(axis.level.empty()
                        ? axis.dimension
                        : absl::StrCat(axis.dimension, "@", axis.level));
  }
  result.set_universe(extent.slice.universe);
  result.set_reporter_count(static_cast<int32_t>(extent.reporters.size()));
  if (!extent.periods.empty()) {
    *result.mutable_first_period() =
        ToProto(vocabulary::PeriodOf(extent.periods.front()));
    *result.mutable_last_period() =
        ToProto(vocabulary::PeriodOf(extent.periods.back()));
  }
  return result;
}

std::string LevelCode(const Dimension& dimension, const Member& member) {
  const auto level = static_cast<size_t>(member.level);
  return level < dimension.levels().size() ? dimension.levels()[level].code
                                           : "";
}

v1::MemberLink LinkOf(const Dimension& dimension, vocabulary::MemberId other,
                      const vocabulary::DayInterval& validity) {
  const Member& member = dimension.member(other);
  v1::MemberLink link;
  link.set_member(member.code);
  link.set_title(member.title);
  link.set_level(LevelCode(dimension, member));
  link.set_valid_from_date(DayText(validity.begin));
  link.set_valid_until_date(DayText(validity.end));
  return link;
}

// The members without anything below them, of `area` on `today`; sorted.
std::vector<vocabulary::MemberId> NarrowestBelow(const Dimension& dimension,
                                                 vocabulary::MemberId area,
                                                 vocabulary::Day today) {
  std::vector<vocabulary::MemberId> narrowest;
  for (const vocabulary::MemberId id :
       dimension.SelfAndDescendants(area, today)) {
    if (id == area) continue;
    if (dimension.SelfAndDescendants(id, today).size() == 1 &&
        dimension.member(id).validity.Contains(today)) {
      narrowest.push_back(id);
    }
  }
  std::sort(narrowest.begin(), narrowest.end());
  return narrowest;
}

std::string RelationText(const Dimension& dimension,
                         const vocabulary::Relation& relation) {
  const Member& other = dimension.member(relation.member);
  std::string text;
  switch (relation.kind) {
    case RelationKind::kPublishedInside:
      text = "Published inside ";
      break;
    case RelationKind::kUnionOf:
      text = "Declared union that takes in ";
      break;
    case RelationKind::kDefinitionDiffers:
      text = "Defined differently from ";
      break;
  }
  absl::StrAppend(&text, other.title, " (", other.code, ")");
  if (!relation.panel.empty()) {
    absl::StrAppend(&text, ", of the panel ", relation.panel);
  }
  if (!relation.note.empty()) absl::StrAppend(&text, ": ", relation.note);
  return text;
}

}  // namespace

v1::Release ToProto(const store::Release& release) {
  v1::Release result;
  result.set_name(release.name);
  if (release.publish_time.has_value()) {
    *result.mutable_publish_time() = ToProto(*release.publish_time);
  }
  *result.mutable_load_time() = ToProto(release.load_time);
  result.set_edition(release.edition);
  for (const store::Document& document : release.documents) {
    v1::Document* entry = result.add_documents();
    entry->set_name(document.name);
    entry->set_media_type(document.media_type);
    entry->set_sha256(document.sha256);
    entry->set_byte_count(document.byte_count);
    entry->set_retained(document.retained);
  }
  result.set_adapter(
      absl::StrCat("adapters/", EncodeSegment(View(release.adapter_id))));
  result.set_adapter_version(release.adapter_version);
  result.set_adapter_sha256(release.adapter_sha256);
  result.set_vocabulary_sha256(release.vocabulary_sha256);
  result.set_synthetic(release.synthetic);
  result.set_state(static_cast<v1::ReleaseState>(release.state));
  result.set_withdrawn_reason(release.withdrawn_reason);
  result.set_observation_count(release.observation_count);
  for (const store::Extent& extent : release.extents) {
    *result.add_extents() = ExtentOf(extent);
  }
  return result;
}

v1::Measure ToProto(const vocabulary::Measure& measure) {
  v1::Measure result;
  result.set_name(absl::StrCat("measures/", EncodeSegment(View(measure.code))));
  result.set_title(measure.title);
  result.set_unit(measure.unit);
  result.set_description(measure.description);
  result.set_floor_zero(measure.floor == vocabulary::MeasureFloor::kZero);
  for (const std::string& dimension : measure.additive_dimensions) {
    result.add_additive_dimensions(dimension);
  }
  result.set_additive_over_time(measure.additive_over_time);
  return result;
}

v1::Dimension ToProto(const Dimension& dimension) {
  v1::Dimension result;
  result.set_name(
      absl::StrCat("dimensions/", EncodeSegment(View(dimension.code()))));
  result.set_title(dimension.title());
  result.set_description(dimension.description());
  for (const vocabulary::Level& level : dimension.levels()) {
    v1::DimensionLevel* entry = result.add_levels();
    entry->set_code(level.code);
    entry->set_title(level.title);
    entry->set_aggregate(level.aggregate);
  }
  result.set_member_count(static_cast<int32_t>(dimension.members().size()));
  return result;
}

v1::Member ToProto(const Dimension& dimension, vocabulary::MemberId id,
                   vocabulary::Day today) {
  const Member& member = dimension.member(id);
  v1::Member result;
  result.set_name(absl::StrCat("dimensions/",
                               EncodeSegment(View(dimension.code())),
                               "/members/", EncodeSegment(View(member.code))));
  result.set_code(member.code);
  result.set_title(member.title);
  result.set_description(member.description);
  result.set_level(LevelCode(dimension, member));
  for (const vocabulary::Parent& parent : member.parents) {
    if (parent.validity.Contains(today)) {
      result.add_parents(dimension.member(parent.member).code);
    }
    *result.add_containers() =
        LinkOf(dimension, parent.member, parent.validity);
  }
  for (const vocabulary::Parent& child : dimension.ChildrenOf(id)) {
    *result.add_children() = LinkOf(dimension, child.member, child.validity);
  }
  std::set<std::string> seen;
  for (const vocabulary::Label& label : member.labels) {
    if (seen.insert(label.text).second) result.add_labels(label.text);
    v1::MemberSpelling* spelling = result.add_spellings();
    spelling->set_text(label.text);
    if (!label.source.empty()) {
      spelling->set_source(
          absl::StrCat("sources/", EncodeSegment(View(label.source))));
    }
    spelling->set_valid_from_date(DayText(label.validity.begin));
    spelling->set_valid_until_date(DayText(label.validity.end));
  }
  for (const auto& [scheme, value] : member.identifiers) {
    result.add_identifiers(absl::StrCat(scheme, ":", value));
  }
  result.set_valid_from_date(DayText(member.validity.begin));
  result.set_valid_until_date(DayText(member.validity.end));
  for (const vocabulary::SeriesBreak& series_break : member.series_breaks) {
    v1::MemberSeriesBreak* entry = result.add_series_breaks();
    entry->set_date(DayText(series_break.day));
    entry->set_note(series_break.note);
  }
  for (const vocabulary::Relation& relation : member.relations) {
    result.add_relations(RelationText(dimension, relation));
  }
  return result;
}

v1::Panel ToProto(const vocabulary::Panel& panel, const Dimension& reporters,
                  vocabulary::Day today) {
  v1::Panel result;
  result.set_name(absl::StrCat("panels/", EncodeSegment(View(panel.code))));
  result.set_title(panel.title);
  result.set_description(panel.description);
  for (const vocabulary::PanelMember& member : panel.members) {
    v1::PanelReporter* entry = result.add_reporters();
    entry->set_reporter(reporters.member(member.reporter).code);
    entry->set_title(reporters.member(member.reporter).title);
    entry->set_valid_from_date(DayText(member.validity.begin));
    entry->set_valid_until_date(DayText(member.validity.end));
  }
  std::vector<vocabulary::MemberId> members =
      panel.MembersDuring({today, today + 1});
  std::sort(members.begin(), members.end());
  for (vocabulary::MemberId area = 0; area < reporters.members().size();
       ++area) {
    const Member& member = reporters.member(area);
    for (const auto& [scheme, value] : member.identifiers) {
      if (scheme != "gss" || members.empty() ||
          NarrowestBelow(reporters, area, today) != members) {
        continue;
      }
      v1::EqualArea* equal = result.add_equal_areas();
      equal->set_area(member.code);
      equal->set_title(member.title);
      equal->set_gss_code(value);
    }
  }
  return result;
}

v1::Adapter ToProto(const ingest::AdapterEntry& adapter,
                    const ingest::Supervisor& supervisor) {
  v1::Adapter result;
  result.set_name(absl::StrCat("adapters/", EncodeSegment(View(adapter.id))));
  result.set_version(adapter.version);
  result.set_title(adapter.title);
  for (const ingest::AdapterFamily& family : adapter.families) {
    v1::AdapterFamily* entry = result.add_families();
    entry->set_id(family.id);
    entry->set_title(family.title);
    for (const std::string& glob : family.globs) entry->add_globs(glob);
  }
  result.set_state(adapter.ready() ? v1::ADAPTER_STATE_READY
                                   : v1::ADAPTER_STATE_REFUSED);
  for (const std::string& problem : adapter.problems) {
    result.add_problems(problem);
  }
  if (const absl::Status admitted = supervisor.Admits(adapter);
      adapter.ready() && !admitted.ok()) {
    result.set_state(base::DetailOf(admitted).reason == "ADAPTER_QUARANTINED"
                         ? v1::ADAPTER_STATE_QUARANTINED
                         : v1::ADAPTER_STATE_REFUSED);
    result.add_problems(std::string(admitted.message()));
  }
  result.set_sha256(adapter.sha256);
  result.set_installed(adapter.installed);
  return result;
}

}  // namespace collate::api
