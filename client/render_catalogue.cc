#include "client/render_catalogue.h"

#include <algorithm>
#include <cstdint>
#include <utility>

#include "absl/strings/ascii.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/str_join.h"
#include "absl/strings/str_replace.h"
#include "absl/time/civil_time.h"
#include "absl/time/time.h"
#include "client/grid.h"
#include "client/json.h"
#include "client/words.h"
#include "google/protobuf/descriptor.h"
#include "google/protobuf/timestamp.pb.h"
#include "service/base/status_macros.h"

namespace collate::client {
namespace {

std::string TimeOrUnknown(bool present,
                          const google::protobuf::Timestamp& time) {
  return present ? TimeText(time) : "unknown";
}

std::string ReleaseStateWords(v1::ReleaseState state) {
  return state == v1::RELEASE_STATE_PUBLISHED   ? "published"
         : state == v1::RELEASE_STATE_WITHDRAWN ? "withdrawn"
                                                : "unknown";
}

std::string SourceStateWords(v1::SourceState state) {
  return state == v1::SOURCE_STATE_READY      ? "ready"
         : state == v1::SOURCE_STATE_DEGRADED ? "degraded"
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

std::vector<std::string> PeriodsOf(const v1::Release& release) {
  std::vector<std::string> parts;
  for (const v1::ReleaseExtent& extent : release.extents()) {
    std::string text = extent.first_period().text();
    if (extent.last_period().text() != text) {
      absl::StrAppend(&text, " to ", extent.last_period().text());
    }
    if (parts.empty() || parts.back() != text) parts.push_back(text);
  }
  return parts;
}

// "2017-04-01 to 2025-03-31, 14 extents" where a table has no room for all.
std::string PeriodsWords(const v1::Release& release, Format format) {
  constexpr size_t kPeriods = 3;
  const std::vector<std::string> periods = PeriodsOf(release);
  if (format != Format::kTable || periods.size() <= kPeriods) {
    return absl::StrJoin(periods, "; ");
  }
  std::string first;
  std::string end;  // the day after the last one
  for (const v1::ReleaseExtent& extent : release.extents()) {
    const std::string& start = extent.first_period().start_date();
    if (first.empty() || start < first) first = start;
    end = std::max(end, extent.last_period().end_date());
  }
  absl::CivilDay day;
  const std::string last = absl::ParseCivilTime(end, &day)
                               ? absl::FormatCivilTime(day - 1)
                               : absl::StrCat("before ", end);
  return absl::StrCat(first, " to ", last, ", ", release.extents_size(),
                      " extents");
}

using google::protobuf::FieldDescriptor;
using google::protobuf::Message;

std::string Label(const FieldDescriptor& field) {
  return absl::StrReplaceAll(field.name(), {{"_", " "}});
}

// "PUBLISHED" of RELEASE_STATE_PUBLISHED: the prefix is that of number 0.
std::string EnumCode(const google::protobuf::EnumValueDescriptor& value) {
  constexpr absl::string_view kNone = "UNSPECIFIED";
  const google::protobuf::EnumValueDescriptor* zero =
      value.type()->FindValueByNumber(0);
  if (zero == nullptr || zero->name().size() < kNone.size()) {
    return value.name();
  }
  return value.name().substr(zero->name().size() - kNone.size());
}

// A field that is no list of messages, or one entry of a list: as words for
// people, or as codes. `index` is -1 for what is no list.
Value FieldValue(const Message& message, const FieldDescriptor& field,
                 int index, bool words) {
  const auto* reflection = message.GetReflection();
  const bool repeated = index >= 0;
  switch (field.cpp_type()) {
    case FieldDescriptor::CPPTYPE_STRING:
      return repeated ? reflection->GetRepeatedString(message, &field, index)
                      : reflection->GetString(message, &field);
    case FieldDescriptor::CPPTYPE_BOOL: {
      const bool value =
          repeated ? reflection->GetRepeatedBool(message, &field, index)
                   : reflection->GetBool(message, &field);
      return std::string(words ? (value ? "yes" : "no")
                               : (value ? "true" : "false"));
    }
    case FieldDescriptor::CPPTYPE_INT32:
      return int64_t{repeated
                         ? reflection->GetRepeatedInt32(message, &field, index)
                         : reflection->GetInt32(message, &field)};
    case FieldDescriptor::CPPTYPE_INT64:
      return int64_t{repeated
                         ? reflection->GetRepeatedInt64(message, &field, index)
                         : reflection->GetInt64(message, &field)};
    case FieldDescriptor::CPPTYPE_UINT64:
      return static_cast<int64_t>(
          repeated ? reflection->GetRepeatedUInt64(message, &field, index)
                   : reflection->GetUInt64(message, &field));
    case FieldDescriptor::CPPTYPE_ENUM: {
      const std::string code = EnumCode(
          *(repeated ? reflection->GetRepeatedEnum(message, &field, index)
                     : reflection->GetEnum(message, &field)));
      return words ? absl::StrReplaceAll(absl::AsciiStrToLower(code),
                                         {{"_", " "}})
                   : code;
    }
    case FieldDescriptor::CPPTYPE_MESSAGE: {
      const Message& inner =
          repeated ? reflection->GetRepeatedMessage(message, &field, index)
                   : reflection->GetMessage(message, &field);
      if (const auto* time =
              dynamic_cast<const google::protobuf::Timestamp*>(&inner)) {
        return TimeText(*time);
      }
      if (const auto* period = dynamic_cast<const v1::Period*>(&inner)) {
        return period->text();
      }
      return Value();
    }
    default:
      return Value();
  }
}

bool IsAbsent(const Message& message, const FieldDescriptor& field) {
  return !field.is_repeated() && field.has_presence() &&
         !message.GetReflection()->HasField(message, &field);
}

// A list as one text: entries of a few words each.
std::string Joined(const Message& message, const FieldDescriptor& field,
                   absl::string_view separator) {
  std::vector<std::string> entries;
  const int size = message.GetReflection()->FieldSize(message, &field);
  for (int i = 0; i < size; ++i) {
    const Value value = FieldValue(message, field, i, true);
    if (const auto* text = std::get_if<std::string>(&value)) {
      entries.push_back(*text);
    } else if (const auto* number = std::get_if<int64_t>(&value)) {
      entries.push_back(absl::StrCat(*number));
    }
  }
  return absl::StrJoin(entries, separator);
}

bool IsEmpty(const Value& value) {
  const auto* text = std::get_if<std::string>(&value);
  return std::holds_alternative<std::monostate>(value) ||
         (text != nullptr && text->empty());
}

// A list of messages: a row each, a column for each field that any of them
// has.
Grid GridOf(const Message& message, const FieldDescriptor& list) {
  const auto* reflection = message.GetReflection();
  const int size = reflection->FieldSize(message, &list);
  Grid grid;
  grid.rows.resize(static_cast<size_t>(size));
  for (int f = 0; f < list.message_type()->field_count(); ++f) {
    const FieldDescriptor& field = *list.message_type()->field(f);
    std::vector<Value> column;
    bool any = false;
    for (int i = 0; i < size; ++i) {
      const Message& entry = reflection->GetRepeatedMessage(message, &list, i);
      column.push_back(field.is_repeated() ? Value(Joined(entry, field, " "))
                       : IsAbsent(entry, field)
                           ? Value()
                           : FieldValue(entry, field, -1, true));
      any = any || !IsEmpty(column.back());
    }
    if (!any) continue;
    grid.columns.push_back({field.name(), Label(field)});
    for (size_t i = 0; i < column.size(); ++i) {
      grid.rows[i].push_back(std::move(column[i]));
    }
  }
  return grid;
}

std::string FieldTable(const Message& message) {
  const auto* descriptor = message.GetDescriptor();
  std::string out;
  std::string lists;
  for (int f = 0; f < descriptor->field_count(); ++f) {
    const FieldDescriptor& field = *descriptor->field(f);
    if (IsAbsent(message, field)) {
      // A time that nobody knows is something to know.
      if (field.message_type() == google::protobuf::Timestamp::descriptor()) {
        absl::StrAppend(&out, Label(field), ": unknown\n");
      }
      continue;
    }
    if (!field.is_repeated()) {
      const Value value = FieldValue(message, field, -1, true);
      if (IsEmpty(value)) continue;
      const auto* number = std::get_if<int64_t>(&value);
      absl::StrAppend(&out, Label(field), ": ",
                      number != nullptr
                          ? GroupedInteger(*number)
                          : Printable(std::get<std::string>(value)),
                      "\n");
      continue;
    }
    if (message.GetReflection()->FieldSize(message, &field) == 0) continue;
    if (field.cpp_type() != FieldDescriptor::CPPTYPE_MESSAGE) {
      absl::StrAppend(&out, Label(field), ": ",
                      Printable(Joined(message, field, " | ")), "\n");
      continue;
    }
    absl::StrAppend(&lists, "\n", Label(field), ":\n",
                    RenderTable(GridOf(message, field)));
  }
  return out + lists;
}

// Every field below `path`, a row each.
void AppendPaths(const Message& message, const std::string& path, Grid& grid) {
  const auto* reflection = message.GetReflection();
  const auto* descriptor = message.GetDescriptor();
  for (int f = 0; f < descriptor->field_count(); ++f) {
    const FieldDescriptor& field = *descriptor->field(f);
    if (IsAbsent(message, field)) continue;
    const bool repeated = field.is_repeated();
    const int size = repeated ? reflection->FieldSize(message, &field) : 1;
    for (int i = 0; i < size; ++i) {
      const std::string name =
          repeated ? absl::StrCat(path, field.name(), "[", i, "]")
                   : absl::StrCat(path, field.name());
      const Value value = FieldValue(message, field, repeated ? i : -1, false);
      if (!std::holds_alternative<std::monostate>(value)) {
        grid.rows.push_back({name, value});
        continue;
      }
      AppendPaths(repeated ? reflection->GetRepeatedMessage(message, &field, i)
                           : reflection->GetMessage(message, &field),
                  absl::StrCat(name, "."), grid);
    }
  }
}

}  // namespace

absl::StatusOr<std::string> RenderList(const std::vector<v1::Source>& sources,
                                       Format format) {
  Grid grid;
  grid.columns = {
      {"source", "source"},       {"title", "title"},
      {"publisher", "publisher"}, {"licence", "licence"},
      {"rank", "rank"},           {"releases", "releases"},
      {"state", "state"},         {"missing_adapters", "missing adapters"}};
  for (const v1::Source& source : sources) {
    std::vector<std::string> missing;
    for (const std::string& adapter : source.missing_adapters()) {
      missing.push_back(IdOf(adapter));
    }
    grid.rows.push_back(
        {IdOf(source.name()), source.title(), source.publisher(),
         source.licence(), int64_t{source.preference_rank()},
         int64_t{source.release_count()}, SourceStateWords(source.state()),
         absl::StrJoin(missing, "; ")});
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
         TimeOrUnknown(release.has_publish_time(), release.publish_time()),
         TimeOrUnknown(release.has_load_time(), release.load_time()),
         release.edition(), IdOf(release.adapter()),
         int64_t{release.observation_count()}, PeriodsWords(release, format),
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
    grid.rows.push_back({IdOf(measure.name()), measure.title(), measure.unit(),
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
    grid.rows.push_back({IdOf(dimension.name()), dimension.title(),
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
        {IdOf(panel.name()), panel.title(), int64_t{panel.reporters_size()}});
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
    grid.rows.push_back({IdOf(adapter.name()), adapter.version(),
                         adapter.title(), absl::StrJoin(families, " "),
                         AdapterStateWords(adapter.state()),
                         absl::StrJoin(adapter.problems(), " | ")});
  }
  return Render(adapters, grid, format);
}

absl::StatusOr<std::string> RenderOne(const Message& resource, Format format) {
  switch (format) {
    case Format::kNdjson:
      return ToJsonLine(resource);
    case Format::kJson:
      return ToJson(resource);
    case Format::kCsv: {
      Grid grid;
      grid.columns = {{"field", ""}, {"value", ""}};
      AppendPaths(resource, "", grid);
      return RenderCsv(grid);
    }
    case Format::kTable:
      break;
  }
  return FieldTable(resource);
}

absl::StatusOr<std::string> RenderSource(
    const v1::Source& source, const std::vector<v1::Release>& releases,
    Format format) {
  if (format != Format::kTable) return RenderOne(source, format);
  v1::Source without_names = source;
  without_names.clear_releases();
  std::string out = FieldTable(without_names);
  if (!releases.empty()) {
    COLLATE_ASSIGN_OR_RETURN(const std::string table,
                             RenderList(releases, Format::kTable));
    absl::StrAppend(&out, "\nreleases:\n", table);
  }
  return out;
}

absl::StatusOr<std::string> RenderPanel(const v1::Panel& panel, Format format) {
  if (format != Format::kTable) return RenderOne(panel, format);
  std::string out = FieldTable(panel);
  if (panel.equal_areas().empty()) {
    absl::StrAppend(&out, "\nequal areas: none with a statutory (GSS) code\n");
  }
  return out;
}

std::string AdapterStateWords(v1::AdapterState state) {
  return state == v1::ADAPTER_STATE_READY         ? "ready"
         : state == v1::ADAPTER_STATE_REFUSED     ? "refused"
         : state == v1::ADAPTER_STATE_QUARANTINED ? "in quarantine"
                                                  : "unknown";
}

}  // namespace collate::client
