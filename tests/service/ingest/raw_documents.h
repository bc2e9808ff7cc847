// A small vocabulary and raw documents made by hand, for tests of what
// happens to them after an adapter has read them.
//
//   RawDocument raw = Table({.partition = Partition::kComplete});
//   AddRow(&raw, {.reporter = "Kent", .at = {{"sex", "Female"}}, .value = 3});

#ifndef COLLATE_TESTS_SERVICE_INGEST_RAW_DOCUMENTS_H_
#define COLLATE_TESTS_SERVICE_INGEST_RAW_DOCUMENTS_H_

#include <gtest/gtest.h>

#include <memory>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "absl/strings/str_cat.h"
#include "service/ingest/harmonise.h"
#include "service/ingest/raw.h"
#include "service/vocabulary/period.h"
#include "service/vocabulary/vocabulary.h"

namespace collate::ingest {

// Reporters kent (also "Kent Police", E23000032, and until 2000 "Old Kent")
// and sussex, region se. Offences: group sexual over codes 88A and 71. Sex:
// f, m, unknown. Platforms: snapchat, whatsapp. Measures: offences (adds over
// reporter, offence, sex) and rate (adds over nothing).
inline std::shared_ptr<const vocabulary::Vocabulary> IngestVocabulary() {
  using vocabulary::Dimension;
  using vocabulary::Level;
  using vocabulary::Matching;
  using vocabulary::Member;
  const auto member = [](std::string code, std::string title, int level) {
    Member result;
    result.code = std::move(code);
    result.title = std::move(title);
    result.level = level;
    return result;
  };
  const auto dimension = [](const std::string& code, std::vector<Level> levels,
                            std::vector<Member> members) {
    auto made = Dimension::Make(code, code, "", std::move(levels),
                                Matching::kFolded, std::move(members));
    EXPECT_TRUE(made.ok()) << made.status();
    return *std::move(made);
  };
  std::vector<Member> reporters = {member("se", "South East", 0),
                                   member("kent", "Kent", 1),
                                   member("sussex", "Sussex", 1)};
  reporters[1].labels.push_back({.text = "Kent Police"});
  reporters[1].labels.push_back(
      {.text = "Old Kent",
       .validity = {vocabulary::kOpenBegin,
                    *vocabulary::ParseDay("2000-01-01")}});
  reporters[1].labels.push_back({.text = "Ours", .source = "src"});
  reporters[1].identifiers.emplace_back("gss", "E23000032");
  reporters[2].identifiers.emplace_back("gss", "E23000033");

  vocabulary::Vocabulary::Parts parts;
  vocabulary::Measure offences;
  offences.code = "offences";
  offences.title = "Recorded offences";
  offences.unit = "offences";
  offences.additive_dimensions = {"offence", "reporter", "sex"};
  offences.additive_over_time = true;
  parts.measures.push_back(offences);
  vocabulary::Measure rate;
  rate.code = "rate";
  rate.title = "Rate";
  rate.unit = "per 1,000";
  parts.measures.push_back(rate);
  parts.dimensions.push_back(dimension(
      "offence", {{"group", "", false}, {"code", "", false}},
      {member("sexual", "Sexual offences", 0), member("88A", "Grooming", 1),
       member("71", "Exploitation", 1)}));
  parts.dimensions.push_back(dimension(
      "platform", {{"service", "", false}},
      {member("snapchat", "Snapchat", 0), member("whatsapp", "WhatsApp", 0)}));
  parts.dimensions.push_back(
      dimension("reporter", {{"region", "", true}, {"force", "", false}},
                std::move(reporters)));
  parts.dimensions.push_back(
      dimension("sex", {{"sex", "", false}},
                {member("f", "Female", 0), member("m", "Male", 0),
                 member("unknown", "Unknown", 0)}));
  vocabulary::Source source;
  source.id = "src";
  source.title = "Source";
  source.preference = 1;
  parts.sources.push_back(source);
  source.id = "digest-only";
  source.preference = 2;
  source.retain = vocabulary::Retain::kDigest;
  parts.sources.push_back(source);
  parts.sha256 = std::string(64, '5');
  auto made = vocabulary::Vocabulary::Make(std::move(parts));
  EXPECT_TRUE(made.ok()) << made.status();
  return std::make_shared<const vocabulary::Vocabulary>(*std::move(made));
}

struct TableSpec {
  std::string id = "t";
  std::string measure = "recorded offences";
  std::string unit = "offences";
  Aggregation aggregation = Aggregation::kSum;
  Repeats repeats = Repeats::kError;
  Partition partition = Partition::kComplete;
  Floor floor = Floor::kZero;
  std::vector<std::string> multi_response = {};
  Pairs extent = {};
};

inline void AddTable(RawDocument* raw, const TableSpec& spec) {
  RawTable table;
  table.id = spec.id;
  table.title = "Table " + spec.id;
  table.measure = spec.measure;
  table.unit = spec.unit;
  table.aggregation = spec.aggregation;
  table.repeats = spec.repeats;
  table.partition = spec.partition;
  table.floor = spec.floor;
  table.multi_response = spec.multi_response;
  table.extent = spec.extent;
  table.locator.line = 1;
  table.locator.row = 1;
  table.locator.column = 1;
  raw->tables.push_back(std::move(table));
}

inline RawDocument Table(const TableSpec& spec = {}) {
  RawDocument raw;
  AddTable(&raw, spec);
  return raw;
}

struct RawRow {
  std::string reporter = "Kent";
  std::string reporter_code = "";
  Pairs at = {};
  std::string period = "2017/18";  // empty = the manifest's
  vocabulary::State state = vocabulary::State::kReported;
  std::optional<int64_t> value = std::nullopt;
  std::optional<int64_t> lower = std::nullopt;
  std::optional<int64_t> upper = std::nullopt;
  int64_t scale = 0;
  Level level = Level::kLeaf;
  std::string level_axis = "";
  uint32_t flags = 0;
  uint32_t table = 0;
};

// The value stands in column 8; the first row of a document is line 2.
inline RawObservation& AddRow(RawDocument* raw, const RawRow& row) {
  RawObservation& to = raw->observations.emplace_back();
  to.table = row.table;
  to.reporter = row.reporter;
  to.reporter_code = row.reporter_code;
  if (!row.period.empty()) {
    const auto period = vocabulary::ParsePeriod(row.period);
    EXPECT_TRUE(period.ok()) << period.status();
    to.period_begin = period->days.begin;
    to.period_end = period->days.end;
    to.period_kind = static_cast<int32_t>(period->kind);
    to.period_text = row.period;
  }
  to.state = row.state;
  to.dimensions = row.at;
  to.level = row.level;
  to.level_axis = row.level_axis;
  if (row.value.has_value()) to.value = Decimal{*row.value, row.scale};
  if (row.lower.has_value()) to.lower = Decimal{*row.lower, row.scale};
  if (row.upper.has_value()) to.upper = Decimal{*row.upper, row.scale};
  to.flags = row.flags;
  to.raw = row.value.has_value() ? absl::StrCat(" ", *row.value, " ") : "*";
  to.locator.line = raw->observations.size() + 1;
  to.locator.row = static_cast<uint32_t>(to.locator.line);
  to.locator.column = 8;
  return to;
}

inline Harmonised HarmoniseOne(const RawDocument& raw, Pairs manifest = {},
                               bool synthetic = false, Pairs options = {}) {
  const auto vocabulary = IngestVocabulary();
  HarmoniseInput input;
  input.vocabulary = vocabulary.get();
  input.source = "src";
  input.synthetic = synthetic;
  input.options = std::move(options);
  input.documents.push_back({"file.csv", std::move(manifest), &raw});
  return Harmonise(input);
}

// The only finding of that reason, or nullptr.
inline const Diagnostic* FindingOf(const std::vector<Diagnostic>& findings,
                                   const std::string& reason) {
  const Diagnostic* found = nullptr;
  for (const Diagnostic& finding : findings) {
    if (finding.reason != reason) continue;
    EXPECT_EQ(found, nullptr) << "two findings of " << reason;
    found = &finding;
  }
  return found;
}

// "offence@code sex@sex" and the like.
inline std::string AxesOf(const HarmonisedSlice& slice) {
  std::string text;
  for (const store::Axis& axis : slice.observations.slice.axes) {
    absl::StrAppend(&text, text.empty() ? "" : " ", axis.dimension, "@",
                    axis.level);
  }
  return text;
}

inline std::string TextOf(const HarmonisedSlice& slice, uint32_t id) {
  return slice.observations.strings[id];
}

}  // namespace collate::ingest

#endif  // COLLATE_TESTS_SERVICE_INGEST_RAW_DOCUMENTS_H_
