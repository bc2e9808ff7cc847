#include "client/export/json_stat.h"

#include <algorithm>
#include <map>
#include <nlohmann/json.hpp>
#include <utility>

#include "absl/strings/str_cat.h"
#include "absl/strings/str_join.h"
#include "client/words.h"
#include "service/base/error.h"

namespace collate::client {
namespace {

using Json = nlohmann::ordered_json;

constexpr char kTotalMember[] = "_T";

// One axis of the cross product: its members in the order of first sight.
struct Axis {
  std::string id;
  std::vector<std::pair<std::string, std::string>> members;  // code, label
  std::map<std::string, int64_t> index;

  int64_t Add(const std::string& code, const std::string& label) {
    const auto [at, added] =
        index.try_emplace(code, static_cast<int64_t>(members.size()));
    if (added) members.emplace_back(code, label);
    return at->second;
  }
};

// Code and label of every axis of a row; axes of other rows are "_T".
std::vector<std::array<std::string, 3>> KeyOf(const ExportRow& row,
                                              bool of_releases) {
  std::vector<std::array<std::string, 3>> key;
  key.push_back({"measure", row.measure, row.measure});
  if (!row.universe.empty()) {
    key.push_back({"universe", row.universe, row.universe});
  }
  if (of_releases) {
    key.push_back({"release", row.citation.release(), row.citation.release()});
  }
  for (const v1::Coordinate& coordinate : row.coordinates) {
    if (!coordinate.member().empty()) {
      key.push_back({coordinate.dimension(), KeyCode(coordinate.member()),
                     coordinate.title().empty() ? coordinate.member()
                                                : coordinate.title()});
      continue;
    }
    std::string printed;
    for (const v1::PrintedLabel& label : row.citation.labels()) {
      if (label.dimension() == coordinate.dimension()) printed = label.text();
    }
    key.push_back({coordinate.dimension(), absl::StrCat("\"", printed, "\""),
                   absl::StrCat(printed, " (not known)")});
  }
  for (const ExportRow::Condition& condition : row.conditions) {
    key.push_back({condition.dimension, condition.text, condition.text});
  }
  key.push_back(
      {"period",
       absl::StrCat(row.period.start_date(), "/", row.period.end_date()),
       row.period.text()});
  return key;
}

std::string NumberText(const Value& value) {
  if (const auto* whole = std::get_if<int64_t>(&value)) {
    return absl::StrCat(*whole);
  }
  return std::get<Decimal>(value).text;
}

void SetBound(const char* name, const Value& value, Json& json) {
  if (std::holds_alternative<std::monostate>(value)) return;
  // As text, so that no reader rounds it.
  json[name] = NumberText(value);
}

Json ExtensionOf(const ExportRow& row) {
  Json json = Json::object();
  SetBound("lower", row.bounds.lower, json);
  SetBound("upper", row.bounds.upper, json);
  SetBound("panel_lower", row.panel.lower, json);
  SetBound("panel_upper", row.panel.upper, json);
  if (row.coverage.has_value()) {
    json["coverage"] = {{"complete", row.coverage->complete()},
                        {"due", row.coverage->due()},
                        {"expected", row.coverage->expected()}};
    if (row.coverage->has_stated()) {
      json["coverage"]["stated"] = row.coverage->stated().reporter_count();
    }
    json["basis"] = row.basis;
  }
  json["flags"] = row.flags;
  if (!row.reason.empty()) json["reason"] = row.reason;
  json["releases"] = row.releases;
  json["citations"] = row.citation_count;
  if (!row.citation.locator().empty()) {
    json["document"] = row.citation.document();
    json["locator"] = row.citation.locator();
    json["raw"] = row.citation.raw();
  }
  if (!row.citation.printed_by().empty()) {
    json["printed_by"] = row.citation.printed_by();
  }
  if (row.record_count > 0) json["records"] = row.record_count;
  return json;
}

std::string Dump(const Json& json) {
  return json.dump(-1, ' ', false, Json::error_handler_t::replace);
}

Json MetadataJson(const ExportMetadata& metadata) {
  Json releases = Json::array();
  for (const ExportMetadata::Release& release : metadata.releases) {
    releases.push_back({{"name", release.name},
                        {"published", release.published},
                        {"synthetic", release.synthetic}});
  }
  Json sources = Json::array();
  for (const ExportMetadata::Source& source : metadata.sources) {
    sources.push_back({{"id", source.id},
                       {"title", source.title},
                       {"licence", source.licence},
                       {"attribution", source.attribution}});
  }
  return {{"kind", metadata.kind},           {"answer", metadata.name},
          {"panel", metadata.panel},         {"universe", metadata.universe},
          {"query", metadata.query},         {"synthetic", metadata.synthetic},
          {"releases", std::move(releases)}, {"sources", std::move(sources)}};
}

class Builder {
 public:
  Builder(const ExportMetadata& metadata, const std::vector<ExportRow>& rows)
      : metadata_(metadata), rows_(rows) {}

  absl::StatusOr<std::string> Build() {
    FindAxes();
    int64_t positions = 1;
    for (const Axis& axis : axes_) {
      const auto size = static_cast<int64_t>(axis.members.size());
      positions *= std::max<int64_t>(size, 1);
      if (positions > kMaxJsonStatPositions) return TooLarge();
    }
    return Place();
  }

 private:
  void FindAxes() {
    for (const ExportRow& row : rows_) {
      keys_.push_back(KeyOf(row, metadata_.kind == "observations"));
      for (const auto& [id, code, label] : keys_.back()) AxisOf(id);
    }
    if (rows_.empty()) {
      AxisOf("measure");
      AxisOf("period");
    }
    // Time stands last, as in every table.
    std::stable_partition(axes_.begin(), axes_.end(),
                          [](const Axis& axis) { return axis.id != "period"; });
    for (const auto& key : keys_) {
      std::vector<int64_t>& at = places_.emplace_back();
      for (Axis& axis : axes_) {
        const auto part = std::find_if(
            key.begin(), key.end(),
            [&axis](const auto& one) { return one[0] == axis.id; });
        at.push_back(part == key.end()
                         ? axis.Add(kTotalMember, "not broken down")
                         : axis.Add((*part)[1], (*part)[2]));
      }
    }
  }

  Axis& AxisOf(const std::string& id) {
    for (Axis& axis : axes_) {
      if (axis.id == id) return axis;
    }
    axes_.emplace_back().id = id;
    return axes_.back();
  }

  absl::Status TooLarge() const {
    std::vector<std::string> sizes;
    for (const Axis& axis : axes_) {
      sizes.push_back(absl::StrCat(axis.members.size(), " of ", axis.id));
    }
    return base::Error(
               absl::StatusCode::kResourceExhausted, "JSON_STAT_TOO_LARGE",
               absl::StrCat("JSON-stat has a place for every combination (",
                            absl::StrJoin(sizes, ", "), "), more than ",
                            GroupedInteger(kMaxJsonStatPositions),
                            " together; narrow it, or take another format"))
        .With("positions", absl::StrJoin(sizes, " x "))
        .With("limit", absl::StrCat(kMaxJsonStatPositions));
  }

  absl::StatusOr<std::string> Place() const {
    std::map<int64_t, const ExportRow*> placed;
    for (size_t i = 0; i < rows_.size(); ++i) {
      int64_t position = 0;
      for (size_t axis = 0; axis < axes_.size(); ++axis) {
        position = position * static_cast<int64_t>(axes_[axis].members.size()) +
                   places_[i][axis];
      }
      const auto [at, added] = placed.try_emplace(position, &rows_[i]);
      if (!added) {
        const std::string& first = at->second->citation.locator();
        const std::string& second = rows_[i].citation.locator();
        return base::Error(absl::StatusCode::kFailedPrecondition,
                           "JSON_STAT_REPEATED_KEY",
                           absl::StrCat("JSON-stat has one place for what is "
                                        "printed at ",
                                        first, " and at ", second,
                                        "; take another format"))
            .With("first", first)
            .With("second", second);
      }
    }
    std::string value;
    Json status = Json::object();
    Json cells = Json::object();
    for (const auto& [position, row] : placed) {
      const std::string at = absl::StrCat(position);
      if (row->HasValue()) {
        // Written by hand: no binary floating point on the way.
        absl::StrAppend(&value, value.empty() ? "" : ",", "\"", at,
                        "\":", NumberText(row->value));
      }
      status[at] = StateCode(row->state);
      cells[at] = ExtensionOf(*row);
    }
    Json extension = MetadataJson(metadata_);
    extension["cells"] = std::move(cells);
    std::string out = Dump(Head());
    out.pop_back();
    absl::StrAppend(&out, ",\"value\":{", value, "},\"status\":", Dump(status),
                    ",\"extension\":{\"collate\":", Dump(extension), "}}\n");
    return out;
  }

  Json Head() const {
    Json id = Json::array();
    Json size = Json::array();
    Json dimension = Json::object();
    for (const Axis& axis : axes_) {
      id.push_back(axis.id);
      size.push_back(axis.members.size());
      Json index = Json::array();
      Json label = Json::object();
      for (const auto& [code, text] : axis.members) {
        index.push_back(code);
        label[code] = text;
      }
      dimension[axis.id] = {{"label", axis.id},
                            {"category", {{"index", index}, {"label", label}}}};
    }
    for (const ExportRow& row : rows_) {
      dimension["measure"]["category"]["unit"][row.measure]["label"] = row.unit;
    }
    Json note = Json::array();
    if (metadata_.synthetic) {
      note.push_back("SYNTHETIC: made-up figures take part");
    }
    for (const auto& [code, message] : metadata_.caveats) {
      note.push_back(absl::StrCat(code, ": ", message));
    }
    std::vector<std::string> sources;
    for (const ExportMetadata::Source& source : metadata_.sources) {
      sources.push_back(source.title.empty() ? source.id : source.title);
    }
    Json head = {{"version", "2.0"},
                 {"class", "dataset"},
                 {"label", absl::StrCat("collate: ", metadata_.kind)},
                 {"source", absl::StrJoin(sources, "; ")},
                 {"updated", metadata_.time}};
    if (!note.empty()) head["note"] = std::move(note);
    head["id"] = std::move(id);
    head["size"] = std::move(size);
    head["role"] = {{"time", {"period"}}, {"metric", {"measure"}}};
    head["dimension"] = std::move(dimension);
    return head;
  }

  const ExportMetadata& metadata_;
  const std::vector<ExportRow>& rows_;
  std::vector<Axis> axes_;
  std::vector<std::vector<std::array<std::string, 3>>> keys_;
  std::vector<std::vector<int64_t>> places_;  // by row and axis
};

}  // namespace

absl::StatusOr<std::string> JsonStat(const ExportMetadata& metadata,
                                     const std::vector<ExportRow>& rows) {
  return Builder(metadata, rows).Build();
}

}  // namespace collate::client
