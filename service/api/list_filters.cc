#include "service/api/list_filters.h"

#include <algorithm>
#include <cstdint>
#include <vector>

#include "absl/strings/str_cat.h"
#include "absl/strings/strip.h"
#include "service/api/convert.h"
#include "service/api/unknown.h"
#include "service/query/unreadable.h"

namespace collate::api {

absl::StatusOr<ListFilters> ReadListFilters(const query::Snapshot& snapshot,
                                            const std::string& source,
                                            const std::string& measure,
                                            const std::string& reporter) {
  const vocabulary::Vocabulary& vocabulary = snapshot.vocabulary();
  const auto unknown = [](absl::string_view reason, absl::string_view kind,
                          const std::string& value, absl::string_view path,
                          const std::vector<std::string>& near) {
    return UnknownName(absl::StatusCode::kInvalidArgument, reason, kind,
                       View(value), path, near);
  };
  ListFilters filters;
  if (!source.empty()) {
    std::vector<std::string> names;
    for (const vocabulary::Source& one : vocabulary.sources()) {
      names.push_back(absl::StrCat("sources/", one.id));
    }
    for (const std::string& id : snapshot.sources()) {
      names.push_back(absl::StrCat("sources/", id));
    }
    if (std::find(names.begin(), names.end(), source) == names.end()) {
      return unknown("UNKNOWN_SOURCE", "source", source, "source",
                     vocabulary::NearMatches(View(source), names));
    }
    filters.source = std::string(absl::StripPrefix(View(source), "sources/"));
  }
  if (!measure.empty()) {
    if (vocabulary.FindMeasure(View(measure)) == nullptr) {
      std::vector<std::string> codes;
      for (const vocabulary::Measure& one : vocabulary.measures()) {
        codes.push_back(one.code);
      }
      return unknown("UNKNOWN_MEASURE", "measure", measure, "measure",
                     vocabulary::NearMatches(View(measure), codes));
    }
    filters.measure = measure;
  }
  if (!reporter.empty()) {
    const vocabulary::Dimension& reporters = vocabulary.reporters();
    filters.reporter = reporters.Find(View(reporter));
    if (!filters.reporter.has_value()) {
      return unknown("UNKNOWN_MEMBER", "reporter", reporter, "reporter",
                     reporters.NearMatches(View(reporter)));
    }
  }
  return filters;
}

absl::Status CheckReadable(const query::Snapshot& snapshot,
                           const std::string& measure,
                           const std::string& source) {
  std::vector<const vocabulary::Measure*> measures;
  for (const vocabulary::Measure& one : snapshot.vocabulary().measures()) {
    if (measure.empty() || measure == one.code) measures.push_back(&one);
  }
  std::vector<uint32_t> unreadable =
      query::UnreadableReleases(snapshot, measures, query::kToday);
  std::erase_if(unreadable, [&](uint32_t release) {
    return !source.empty() &&
           snapshot.releases()[release]->release.source != source;
  });
  if (unreadable.empty()) return absl::OkStatus();
  return query::SourceUnreadable(snapshot, unreadable,
                                 "ask about what can be read");
}

absl::Status UnknownKind(absl::string_view of, int kind, int index) {
  return UnknownName(absl::StatusCode::kInvalidArgument, "UNKNOWN_KIND",
                     absl::StrCat("kind of ", of), absl::StrCat(kind),
                     absl::StrCat("kinds[", index, "]"), {});
}

}  // namespace collate::api
