#include "client/cli/completion_values.h"

#include <algorithm>
#include <set>

#include "absl/status/statusor.h"
#include "absl/strings/match.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/str_split.h"
#include "client/cli/arguments.h"
#include "client/cli/options.h"
#include "client/words.h"

namespace collate::client {
namespace {

using CandidateList = std::vector<Candidate>;

// What a shell would have to guess.
constexpr const char* kFreeTypes[] = {
    "HOST:PORT|unix:PATH",
    "SECONDS",
    "HANDLE",
    "TEXT",
    "NAME",
    "ROLE",
    "N",
    "YYYY-MM-DD",
    "YYYY-MM-DD|TIME",
    "RECORD:HASH",
    "KEY=VALUE",
    "FIELD=VALUE",
    "RECIPE[/VERSION]",
    "answers/SHA256",
    "[SOURCE:][MEASURE/]REPORTER[@PERIOD[,PERIOD]]=REASON"};

template <typename Resources, typename Help>
CandidateList Named(const absl::StatusOr<Resources>& resources,
                    const Help& help) {
  CandidateList words;
  if (!resources.ok()) return words;
  for (const auto& one : *resources) {
    words.push_back({IdOf(one.name()), help(one)});
  }
  return words;
}

template <typename Resources>
CandidateList Titled(const absl::StatusOr<Resources>& resources) {
  return Named(resources, [](const auto& one) { return one.title(); });
}

// What was typed for the options of a type, in this command.
std::vector<std::string> Typed(const Place& place, const std::string& type) {
  std::vector<std::string> values;
  for (const auto& [option, words] : place.given) {
    if (option->get_type_name() != type) continue;
    values.insert(values.end(), words.begin(), words.end());
  }
  return values;
}

CandidateList MembersOf(const std::string& dimension, Client& client) {
  const auto members =
      client.ListMembers(ResourceName("dimensions", dimension), "");
  CandidateList words;
  if (!members.ok()) return words;
  for (const v1::Member& one : *members) {
    std::string code;
    for (const char c : one.code()) {
      if (c == ',' || c == '+' || c == '\\') code += '\\';
      code += c;
    }
    words.push_back({std::move(code), one.title()});
  }
  return words;
}

// Of what is published of the measures that were typed, latest first; of all
// measures where none was.
CandidateList PeriodsOf(std::vector<std::string> measures, const Place& place,
                        Client& client) {
  v1::StatisticsQuery query;
  if (measures.empty()) {
    for (const char* type : {"MEASURE", "MEASURE[,MEASURE]"}) {
      for (const std::string& list : Typed(place, type)) {
        for (const absl::string_view one : absl::StrSplit(list, ',')) {
          measures.emplace_back(one);
        }
      }
    }
  }
  for (const std::string& one : measures) query.add_measures(one);
  const auto check = client.CheckQuery(query);
  CandidateList words;
  if (!check.ok()) return words;
  std::set<std::pair<std::string, std::string>> seen;
  for (const v1::Availability& one : check->availability()) {
    for (const v1::Period& period : one.periods()) {
      seen.emplace(period.start_date(), period.text());
    }
  }
  for (auto one = seen.rbegin(); one != seen.rend(); ++one) {
    words.push_back({one->second, ""});
  }
  return words;
}

// Puts what was typed before the part that is completed in front again, and
// something behind.
CandidateList Around(const std::string& before, CandidateList words,
                     const char* behind) {
  for (Candidate& one : words) one.word = before + one.word + behind;
  return words;
}

// Of "NAME" or "NAME[,NAME]".
CandidateList OneOf(const std::string& type, const Place& place,
                    const CompleteCommand& command, Client* client) {
  if (type == "PROFILE") {
    CandidateList words;
    for (const std::string& name : command.profiles) {
      words.push_back({name, ""});
    }
    return words;
  }
  if (client == nullptr) return {};
  if (type == "MEASURE") return Titled(client->ListMeasures());
  if (type == "DIM" || type == "DIMENSION") {
    return Titled(client->ListDimensions());
  }
  if (type == "SOURCE") return Titled(client->ListSources());
  if (type == "PANEL") return Titled(client->ListPanels());
  if (type == "REPORTER") return MembersOf(kReporterDimension, *client);
  if (type == "PERIOD") return PeriodsOf({}, place, *client);
  if (type == "ADAPTER") {
    return Named(client->ListAdapters(),
                 [](const v1::Adapter& one) { return one.title(); });
  }
  if (type == kReleaseType) {
    const std::vector<std::string> source = Typed(place, "SOURCE");
    const auto releases = client->ListReleases(
        source.empty() ? "sources/-" : ResourceName("sources", source[0]));
    CandidateList words;
    if (!releases.ok()) return words;
    for (const v1::Release& one : *releases) {
      words.push_back({one.name(), one.edition()});
    }
    return words;
  }
  const std::vector<std::string> dimension = Typed(place, "DIMENSION");
  if (dimension.empty()) return {};
  if (type == "MEMBER") return MembersOf(dimension[0], *client);
  if (type == "LEVEL") {
    const auto found =
        client->GetDimension(ResourceName("dimensions", dimension[0]));
    CandidateList words;
    if (!found.ok()) return words;
    for (const v1::DimensionLevel& level : found->levels()) {
      words.push_back({level.code(), level.title()});
    }
    return words;
  }
  return {};
}

bool IsOne(const std::string& type) {
  static constexpr const char* kOnes[] = {
      "PROFILE",  "MEASURE", "DIM",     "DIMENSION",  "SOURCE", "PANEL",
      "REPORTER", "PERIOD",  "ADAPTER", kReleaseType, "MEMBER", "LEVEL"};
  return std::any_of(std::begin(kOnes), std::end(kOnes),
                     [&type](const char* one) { return type == one; });
}

// "MEASURE" of "MEASURE[,MEASURE]"; empty where it is no such list.
std::string ListedType(const std::string& type) {
  const size_t bracket = type.find('[');
  if (bracket == std::string::npos) return "";
  const std::string one = type.substr(0, bracket);
  return type == absl::StrCat(one, "[,", one, "]") && IsOne(one) ? one : "";
}

// The alternatives of "basic|cited" that are words to be typed.
std::vector<std::string> ChoicesOf(const std::string& type) {
  std::vector<std::string> choices;
  for (const absl::string_view one : absl::StrSplit(type, '|')) {
    if (!one.empty() && std::all_of(one.begin(), one.end(), [](char c) {
          return (c >= 'a' && c <= 'z') || c == '-';
        })) {
      choices.emplace_back(one);
    }
  }
  return choices;
}

// `dimension=member,member`.
CandidateList FilterValues(const std::string& typed, const Place& place,
                           const CompleteCommand& command, Client* client) {
  if (client == nullptr) return {};
  const size_t equals = typed.find('=');
  if (equals == std::string::npos) {
    return Around("", OneOf("DIM", place, command, client), "=");
  }
  std::string dimension = typed.substr(0, equals);
  if (absl::EndsWith(dimension, "!")) dimension.pop_back();
  const size_t comma = typed.rfind(',');
  const size_t before =
      (comma != std::string::npos && comma > equals ? comma : equals) + 1;
  return Around(typed.substr(0, before), MembersOf(dimension, *client), "");
}

}  // namespace

bool IsKnownType(const std::string& type) {
  return IsOne(type) || !ListedType(type).empty() || type == "FILE" ||
         type == "FOLDER" || type == "DIM=MEMBER[,MEMBER]" ||
         type == "FIRST..LAST" || type == "MEASURE@PERIOD" ||
         !ChoicesOf(type).empty() ||
         std::any_of(std::begin(kFreeTypes), std::end(kFreeTypes),
                     [&type](const char* one) { return type == one; });
}

Candidates ValuesOf(const std::string& type, const std::string& typed,
                    const Place& place, const CompleteCommand& command,
                    Client* client) {
  Candidates values;
  if (type == "FILE" || type == "FOLDER") {
    values.kind = type == "FILE" ? "files" : "folders";
  } else if (type == "DIM=MEMBER[,MEMBER]") {
    values.words = FilterValues(typed, place, command, client);
  } else if (type == "FIRST..LAST") {
    const size_t dots = typed.find("..");
    const CandidateList periods = OneOf("PERIOD", place, command, client);
    values.words = dots == std::string::npos
                       ? Around("", periods, "..")
                       : Around(typed.substr(0, dots + 2), periods, "");
  } else if (type == "MEASURE@PERIOD") {
    const size_t at = typed.find('@');
    if (at == std::string::npos) {
      values.words = Around("", OneOf("MEASURE", place, command, client), "@");
    } else if (client != nullptr) {
      values.words =
          Around(typed.substr(0, at + 1),
                 PeriodsOf({typed.substr(0, at)}, place, *client), "");
    }
  } else if (const std::string one = ListedType(type); !one.empty()) {
    const size_t comma = typed.rfind(',');
    values.words =
        Around(comma == std::string::npos ? "" : typed.substr(0, comma + 1),
               OneOf(one, place, command, client), "");
  } else if (IsOne(type)) {
    values.words = OneOf(type, place, command, client);
  } else {
    for (const std::string& choice : ChoicesOf(type)) {
      values.words.push_back({choice, ""});
    }
  }
  return values;
}

}  // namespace collate::client
