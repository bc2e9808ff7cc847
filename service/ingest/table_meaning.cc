#include "service/ingest/table_meaning.h"

#include <algorithm>
#include <utility>

#include "absl/strings/match.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/str_join.h"

namespace collate::ingest {
namespace {

using vocabulary::Measure;
using vocabulary::Period;

bool SaysTrue(absl::string_view text) {
  return absl::EqualsIgnoreCase(text, "true") ||
         absl::EqualsIgnoreCase(text, "yes") || text == "1";
}

bool SaysSynthetic(const Pairs& pairs) {
  return std::any_of(pairs.begin(), pairs.end(), [](const auto& pair) {
    return pair.first == "synthetic" && SaysTrue(pair.second);
  });
}

const Measure* FindMeasure(const HarmoniseInput& input, const RawTable& raw,
                           uint32_t index, Harmonised& result) {
  const Measure* measure =
      input.vocabulary->ResolveMeasure(raw.measure, input.source);
  if (measure == nullptr) {
    std::vector<std::string> known;
    for (const Measure& other : input.vocabulary->measures()) {
      known.push_back(other.code);
      known.push_back(other.title);
    }
    Refuse(result, index,
           {.reason = "UNKNOWN_MEASURE",
            .message = absl::StrCat("no measure is called '", raw.measure,
                                    "'; name it in the vocabulary"),
            .expected = Perhaps(vocabulary::NearMatches(raw.measure, known)),
            .found = raw.measure});
    return nullptr;
  }
  if (vocabulary::Folded(raw.unit) != vocabulary::Folded(measure->unit)) {
    Refuse(result, index,
           {.reason = "UNIT_MISMATCH",
            .message =
                absl::StrCat("measure '", measure->code, "' counts ",
                             measure->unit, ", the table counts ", raw.unit),
            .expected = measure->unit,
            .found = raw.unit});
    return nullptr;
  }
  return measure;
}

bool ReadExtent(const RawTable& raw, uint32_t index, Harmonised& result,
                TableMeaning* meaning) {
  HarmonisedTable& table = result.tables[index];
  const std::vector<std::string> universes = ValuesOf(raw.extent, "universe");
  if (universes.size() > 1) {
    Refuse(result, index,
           {.reason = "INVALID_EXTENT",
            .message = "the table states more than one universe",
            .expected = "at most one universe",
            .found = absl::StrJoin(universes, ", ")});
    return false;
  }
  if (!universes.empty() && universes[0] != "all") {
    meaning->universe = universes[0];
  }
  for (const auto& [key, value] : raw.extent) {
    if (key == "universe" || key == "synthetic") continue;
    if (key != "period") {
      result.findings.Add({Severity::kInfo, "EXTENT_NOT_USED",
                           absl::StrCat("the table states ", key,
                                        " of its extent, which is not used"),
                           "", value, table.locator});
      continue;
    }
    const absl::StatusOr<Period> period = vocabulary::ParsePeriod(value);
    if (!period.ok()) {
      Refuse(result, index,
             {.reason = "INVALID_EXTENT",
              .message = absl::StrCat("a period of its extent cannot be "
                                      "read: ",
                                      period.status().message()),
              .expected = "a period such as 2017/18",
              .found = value});
      return false;
    }
    table.periods.push_back(period->days);
  }
  std::sort(table.periods.begin(), table.periods.end());
  table.periods.erase(std::unique(table.periods.begin(), table.periods.end()),
                      table.periods.end());
  meaning->claimed = JoinPeriods(table.periods);
  return true;
}

}  // namespace

std::vector<std::string> ValuesOf(const Pairs& pairs, absl::string_view key) {
  std::vector<std::string> values;
  for (const auto& [name, value] : pairs) {
    if (name == key) values.push_back(value);
  }
  return values;
}

std::string Perhaps(const std::vector<std::string>& near) {
  return near.empty() ? ""
                      : absl::StrCat("perhaps ", absl::StrJoin(near, ", "));
}

TableMeaning AddTable(const HarmoniseInput& input, uint32_t document,
                      const RawTable& raw, Harmonised& result) {
  const uint32_t index = static_cast<uint32_t>(result.tables.size());
  HarmonisedTable& table = result.tables.emplace_back();
  table.document = document;
  table.locator = FormatRawLocator(input.documents[document].name, raw.locator);
  table.repeats = raw.repeats;
  table.report.id = raw.id;
  table.report.title = raw.title;
  table.report.recipe = raw.recipe;
  TableMeaning meaning;
  meaning.raw = &raw;
  const bool listed = IsListed(raw.aggregation, Aggregation::kUnique) &&
                      IsListed(raw.repeats, Repeats::kConflict) &&
                      IsListed(raw.partition, Partition::kMultiResponse) &&
                      IsListed(raw.floor, Floor::kNone);
  if (!listed) {
    Refuse(result, index,
           {.reason = "INVALID_TABLE",
            .message = "an enumeration of the table is not set",
            .expected = "aggregation, repeats, partition and floor"});
  }
  const Measure* measure = FindMeasure(input, raw, index, result);
  const bool extent = ReadExtent(raw, index, result, &meaning);
  const bool undeclared =
      !input.synthetic &&
      (SaysSynthetic(raw.extent) || SaysSynthetic(input.options) ||
       SaysSynthetic(input.documents[document].manifest));
  if (undeclared) {
    Refuse(result, index,
           {.reason = "SYNTHETIC_NOT_DECLARED",
            .message = "it says of itself that its figures are made up; send "
                       "it as a synthetic release, to a store of its own",
            .expected = "a release that is declared synthetic",
            .found = "synthetic figures"});
  }
  if (listed && extent && !undeclared) meaning.measure = measure;
  if (measure != nullptr) table.report.measure = measure->code;
  return meaning;
}

}  // namespace collate::ingest
