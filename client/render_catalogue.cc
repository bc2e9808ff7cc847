#include "client/render_catalogue.h"

#include <cstdint>

#include "absl/strings/str_cat.h"
#include "absl/strings/str_join.h"
#include "absl/strings/str_replace.h"
#include "absl/time/time.h"
#include "client/grid.h"
#include "client/json.h"
#include "client/words.h"
#include "google/protobuf/descriptor.h"
#include "google/protobuf/text_format.h"
#include "google/protobuf/timestamp.pb.h"
#include "service/base/error.h"

namespace collate::client {
namespace {

// The last segment of a resource's name, which is what commands take.
std::string Id(const std::string& name) {
  return name.substr(name.rfind('/') + 1);
}

std::string TimeText(bool present, const google::protobuf::Timestamp& time) {
  if (!present) return "unknown";
  return absl::FormatTime(
      "%Y-%m-%dT%H:%M:%SZ",
      absl::FromUnixSeconds(time.seconds()) + absl::Nanoseconds(time.nanos()),
      absl::UTCTimeZone());
}

std::string ReleaseStateWords(v1::ReleaseState state) {
  return state == v1::RELEASE_STATE_PUBLISHED   ? "published"
         : state == v1::RELEASE_STATE_WITHDRAWN ? "withdrawn"
                                                : "unknown";
}

std::string AdapterStateWords(v1::AdapterState state) {
  return state == v1::ADAPTER_STATE_READY     ? "ready"
         : state == v1::ADAPTER_STATE_REFUSED ? "refused"
                                              : "unknown";
}

template <typename Resource>
absl::StatusOr<std::string> Render(const std::vector<Resource>& resources,
                                   const Grid& grid, Format format) {
  switch (format) {
    case Format::kJson:
      return ToJsonArray(resources);
    case Format::kNdjson:
      return ToJsonLines(resources);
    case Format::kCsv:
      return RenderCsv(grid);
    case Format::kTable:
      break;
  }
  return RenderTable(grid);
}

std::string PeriodsWords(const v1::Release& release) {
  std::vector<std::string> parts;
  for (const v1::ReleaseExtent& extent : release.extents()) {
    std::string text = extent.first_period().text();
    if (extent.last_period().text() != text) {
      absl::StrAppend(&text, " to ", extent.last_period().text());
    }
    if (parts.empty() || parts.back() != text) parts.push_back(text);
  }
  return absl::StrJoin(parts, "; ");
}

// A message's fields, one a line; what is absent is left out, as in the
// message itself.
void AppendFields(const google::protobuf::Message& message, int depth,
                  std::string& out) {
  const auto* reflection = message.GetReflection();
  const auto* descriptor = message.GetDescriptor();
  const std::string indent(static_cast<size_t>(depth) * 2, ' ');
  for (int i = 0; i < descriptor->field_count(); ++i) {
    const auto* field = descriptor->field(i);
    const std::string label = absl::StrReplaceAll(field->name(), {{"_", " "}});
    const bool repeated = field->is_repeated();
    const int count = repeated ? reflection->FieldSize(message, field) : 1;
    if (!repeated && field->has_presence() &&
        !reflection->HasField(message, field)) {
      continue;
    }
    for (int k = 0; k < count; ++k) {
      const int index = repeated ? k : -1;
      if (field->cpp_type() ==
          google::protobuf::FieldDescriptor::CPPTYPE_MESSAGE) {
        const google::protobuf::Message& inner =
            repeated ? reflection->GetRepeatedMessage(message, field, k)
                     : reflection->GetMessage(message, field);
        if (inner.GetDescriptor() ==
            google::protobuf::Timestamp::descriptor()) {
          google::protobuf::Timestamp time;
          time.CopyFrom(inner);
          absl::StrAppend(&out, indent, label, ": ", TimeText(true, time),
                          "\n");
        } else {
          absl::StrAppend(&out, indent, label, ":\n");
          AppendFields(inner, depth + 1, out);
        }
        continue;
      }
      std::string value;
      if (field->cpp_type() ==
          google::protobuf::FieldDescriptor::CPPTYPE_STRING) {
        value = repeated ? reflection->GetRepeatedString(message, field, k)
                         : reflection->GetString(message, field);
        if (value.empty()) continue;
      } else {
        google::protobuf::TextFormat::PrintFieldValueToString(message, field,
                                                              index, &value);
      }
      absl::StrAppend(&out, indent, label, ": ", Printable(value), "\n");
    }
  }
}

}  // namespace

absl::StatusOr<std::string> RenderList(const std::vector<v1::Source>& sources,
                                       Format format) {
  Grid grid;
  grid.columns = {{"source", "source"},       {"title", "title"},
                  {"publisher", "publisher"}, {"licence", "licence"},
                  {"rank", "rank"},           {"releases", "releases"}};
  for (const v1::Source& source : sources) {
    grid.rows.push_back({Id(source.name()), source.title(), source.publisher(),
                         source.licence(), int64_t{source.preference_rank()},
                         int64_t{source.release_count()}});
  }
  return Render(sources, grid, format);
}

absl::StatusOr<std::string> RenderList(const std::vector<v1::Release>& releases,
                                       Format format) {
  Grid grid;
  grid.columns = {{"release", "release"},    {"published", "published"},
                  {"loaded", "loaded"},      {"edition", "edition"},
                  {"adapter", "adapter"},    {"observations", "observations"},
                  {"periods", "periods"},    {"state", "state"},
                  {"synthetic", "synthetic"}};
  for (const v1::Release& release : releases) {
    grid.rows.push_back(
        {release.name(),
         TimeText(release.has_publish_time(), release.publish_time()),
         TimeText(release.has_load_time(), release.load_time()),
         release.edition(), Id(release.adapter()),
         int64_t{release.observation_count()}, PeriodsWords(release),
         ReleaseStateWords(release.state()),
         std::string(release.synthetic() ? "yes" : "no")});
  }
  return Render(releases, grid, format);
}

absl::StatusOr<std::string> RenderList(const std::vector<v1::Measure>& measures,
                                       Format format) {
  Grid grid;
  grid.columns = {{"measure", "measure"},
                  {"title", "title"},
                  {"unit", "unit"},
                  {"additive_over", "additive over"}};
  for (const v1::Measure& measure : measures) {
    std::vector<std::string> additive(measure.additive_dimensions().begin(),
                                      measure.additive_dimensions().end());
    if (measure.additive_over_time()) additive.push_back("time");
    grid.rows.push_back({Id(measure.name()), measure.title(), measure.unit(),
                         absl::StrJoin(additive, " ")});
  }
  return Render(measures, grid, format);
}

absl::StatusOr<std::string> RenderList(
    const std::vector<v1::Dimension>& dimensions, Format format) {
  Grid grid;
  grid.columns = {{"dimension", "dimension"},
                  {"title", "title"},
                  {"levels", "levels"},
                  {"members", "members"}};
  for (const v1::Dimension& dimension : dimensions) {
    std::vector<std::string> levels;
    for (const v1::DimensionLevel& level : dimension.levels()) {
      levels.push_back(level.code());
    }
    grid.rows.push_back({Id(dimension.name()), dimension.title(),
                         absl::StrJoin(levels, " "),
                         int64_t{dimension.member_count()}});
  }
  return Render(dimensions, grid, format);
}

absl::StatusOr<std::string> RenderList(const std::vector<v1::Member>& members,
                                       Format format) {
  Grid grid;
  grid.columns = {{"member", "member"},
                  {"title", "title"},
                  {"level", "level"},
                  {"parents", "within"},
                  {"labels", "spellings"}};
  for (const v1::Member& member : members) {
    grid.rows.push_back({member.code(), member.title(), member.level(),
                         absl::StrJoin(member.parents(), " "),
                         absl::StrJoin(member.labels(), " | ")});
  }
  return Render(members, grid, format);
}

absl::StatusOr<std::string> RenderList(const std::vector<v1::Panel>& panels,
                                       Format format) {
  Grid grid;
  grid.columns = {
      {"panel", "panel"}, {"title", "title"}, {"reporters", "reporters"}};
  for (const v1::Panel& panel : panels) {
    grid.rows.push_back(
        {Id(panel.name()), panel.title(), int64_t{panel.reporters_size()}});
  }
  return Render(panels, grid, format);
}

absl::StatusOr<std::string> RenderList(const std::vector<v1::Adapter>& adapters,
                                       Format format) {
  Grid grid;
  grid.columns = {{"adapter", "adapter"}, {"version", "version"},
                  {"title", "title"},     {"families", "families"},
                  {"state", "state"},     {"problems", "problems"}};
  for (const v1::Adapter& adapter : adapters) {
    std::vector<std::string> families;
    for (const v1::AdapterFamily& family : adapter.families()) {
      families.push_back(family.id());
    }
    grid.rows.push_back({Id(adapter.name()), adapter.version(), adapter.title(),
                         absl::StrJoin(families, " "),
                         AdapterStateWords(adapter.state()),
                         absl::StrJoin(adapter.problems(), " | ")});
  }
  return Render(adapters, grid, format);
}

absl::StatusOr<std::string> RenderOne(const google::protobuf::Message& resource,
                                      Format format) {
  switch (format) {
    case Format::kNdjson:
      return ToJsonLine(resource);
    case Format::kJson:
      return ToJson(resource);
    case Format::kCsv:
      return base::Error(absl::StatusCode::kInvalidArgument, "NOT_A_TABLE",
                         "a single resource is no table: ask for table, json "
                         "or ndjson");
    case Format::kTable:
      break;
  }
  std::string out;
  AppendFields(resource, 0, out);
  return out;
}

}  // namespace collate::client
