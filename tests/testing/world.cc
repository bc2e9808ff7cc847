#include "tests/testing/world.h"

#include <algorithm>
#include <utility>

#include "absl/strings/str_cat.h"
#include "absl/strings/str_split.h"
#include "absl/time/time.h"
#include "gtest/gtest.h"
#include "service/vocabulary/period.h"

namespace collate::testing {
namespace {

using query::Cell;
using query::LoadedRelease;
using query::Snapshot;
using store::Observations;
using vocabulary::Dimension;
using vocabulary::Level;
using vocabulary::Matching;
using vocabulary::Measure;
using vocabulary::Member;
using vocabulary::MemberId;
using vocabulary::Panel;
using vocabulary::Vocabulary;

Member MakeMember(const std::string& code, int level) {
  Member member;
  member.code = code;
  member.title = absl::StrCat("Title of ", code);
  member.level = level;
  return member;
}

Dimension MakeDimension(const std::string& code, std::vector<Level> levels,
                        std::vector<Member> members) {
  auto dimension = Dimension::Make(code, code, "", std::move(levels),
                                   Matching::kExact, std::move(members));
  EXPECT_TRUE(dimension.ok()) << dimension.status();
  return *std::move(dimension);
}

Measure MakeMeasure(const std::string& code,
                    std::vector<std::string> additive) {
  Measure measure;
  measure.code = code;
  measure.title = code;
  measure.unit = code;
  measure.additive_dimensions = std::move(additive);
  measure.additive_over_time = !measure.additive_dimensions.empty();
  return measure;
}

uint32_t Intern(const std::string& text, Observations* chunk) {
  auto& strings = chunk->strings;
  const auto it = std::find(strings.begin(), strings.end(), text);
  if (it != strings.end()) return static_cast<uint32_t>(it - strings.begin());
  strings.push_back(text);
  return static_cast<uint32_t>(strings.size() - 1);
}

absl::Time DayToTime(const std::string& day) {
  const auto parsed = vocabulary::ParseDay(day);
  EXPECT_TRUE(parsed.ok()) << parsed.status();
  return absl::UnixEpoch() + absl::Hours(24) * parsed.value_or(0);
}

class Collector : public query::CellSink {
 public:
  explicit Collector(std::vector<Cell>* cells) : cells_(*cells) {}
  absl::Status OnCell(Cell cell) override {
    cells_.push_back(std::move(cell));
    return absl::OkStatus();
  }

 private:
  std::vector<Cell>& cells_;
};

}  // namespace

std::shared_ptr<const Vocabulary> MakeTestVocabulary() {
  std::vector<Member> reporters = {MakeMember("pq", 0)};
  for (const char* code : {"p", "q", "r", "s", "t"}) {
    reporters.push_back(MakeMember(code, 1));
  }
  reporters[1].parents.push_back({0, {}});
  reporters[2].parents.push_back({0, {}});

  std::vector<Member> offences = {MakeMember("sexual", 0), MakeMember("88A", 1),
                                  MakeMember("71", 1), MakeMember("s15a", 2)};
  offences[1].parents.push_back({0, {}});
  offences[2].parents.push_back({0, {}});
  offences[1].series_breaks.push_back(
      {*vocabulary::ParseDay("2017-04-01"), "includes s15a from here"});
  offences[3].validity.begin = *vocabulary::ParseDay("2017-04-03");
  offences[3].relations.push_back(
      {vocabulary::RelationKind::kPublishedInside, 1, ""});

  // Two groupings share platform b.
  std::vector<Member> platforms = {
      MakeMember("snapchat", 1), MakeMember("whatsapp", 1),
      MakeMember("a+b", 0), MakeMember("b+c", 0), MakeMember("b", 1)};
  platforms[4].parents = {{2, {}}, {3, {}}};

  Vocabulary::Parts parts;
  parts.measures.push_back(
      MakeMeasure("offences", {"offence", "reporter", "sex"}));
  parts.measures.push_back(MakeMeasure("accounts", {}));
  parts.measures.push_back(MakeMeasure("uses", {"platform", "reporter"}));
  parts.measures.back().mentions_of = "offences";
  Measure people = MakeMeasure("people", {"reporter", "sex"});
  people.additive_over_time = false;
  parts.measures.push_back(std::move(people));
  Measure printed_rate = MakeMeasure("printed_rate", {});
  printed_rate.ratio = {"offences", "people", 1000};
  parts.measures.push_back(std::move(printed_rate));
  parts.dimensions.push_back(MakeDimension(
      "offence",
      {{"group", "", true}, {"code", "", false}, {"statute", "", false}},
      std::move(offences)));
  parts.dimensions.push_back(MakeDimension(
      "platform", {{"grouping", "", false}, {"platform", "", false}},
      std::move(platforms)));
  parts.dimensions.push_back(
      MakeDimension("reporter", {{"region", "", true}, {"force", "", false}},
                    std::move(reporters)));
  parts.dimensions.push_back(MakeDimension(
      "sex", {{"sex", "", false}},
      {MakeMember("f", 0), MakeMember("m", 0), MakeMember("unknown", 0)}));
  Panel four;
  four.code = "four";
  four.title = "The four";
  for (MemberId id : {1, 2, 3, 4}) four.members.push_back({id, {}});
  parts.panels.push_back(std::move(four));
  int preference = 0;
  for (const char* id : {"first", "second"}) {
    vocabulary::Source source;
    source.id = id;
    source.title = id;
    source.preference = ++preference;
    parts.sources.push_back(std::move(source));
  }
  parts.sha256 = "test";
  auto vocabulary = Vocabulary::Make(std::move(parts));
  EXPECT_TRUE(vocabulary.ok()) << vocabulary.status();
  return std::make_shared<const Vocabulary>(*std::move(vocabulary));
}

const std::string& Answer::Code(const Cell& cell, size_t axis) const {
  return plan.group_by[axis]->member(cell.coordinates[axis]).code;
}

World::World() : vocabulary_(MakeTestVocabulary()) {}

World& World::Release(const std::string& source, const std::string& published) {
  Draft& draft = drafts_.emplace_back();
  draft.release.source = source;
  draft.release.name =
      absl::StrCat("sources/", source, "/releases/", drafts_.size());
  if (!published.empty()) draft.release.publish_time = DayToTime(published);
  draft.release.load_time =
      DayToTime("2020-01-01") + absl::Hours(drafts_.size());
  draft.release.documents.push_back({"file.csv", "", "d1", 1, true});
  return *this;
}

World& World::Slice(const SliceSpec& spec) {
  Observations& chunk = drafts_.back().chunks.emplace_back();
  chunk.slice.measure = spec.measure;
  chunk.slice.universe = spec.universe;
  chunk.slice.partition = spec.partition;
  chunk.slice.aggregation = spec.aggregation;
  chunk.slice.floor = spec.floor;
  chunk.scale = spec.scale;
  for (const std::string& axis : spec.axes) {
    const std::vector<std::string> parts = absl::StrSplit(axis, '@');
    chunk.slice.axes.push_back({parts[0], parts[1]});
  }
  chunk.axes.resize(spec.axes.size());
  return *this;
}

World& World::Row(const RowSpec& spec) {
  Observations& chunk = drafts_.back().chunks.back();
  auto add = [&](const std::string& code, Observations::AxisColumn* column) {
    column->member.push_back(Intern(code, &chunk));
    column->label.push_back(Intern(absl::StrCat("as printed ", code), &chunk));
  };
  for (size_t axis = 0; axis < chunk.axes.size(); ++axis) {
    add(spec.at[axis], &chunk.axes[axis]);
  }
  if (!spec.label.empty()) {
    chunk.axes.back().label.back() = Intern(spec.label, &chunk);
  }
  add(spec.reporter, &chunk.reporter);
  const auto period = vocabulary::ParsePeriod(spec.period);
  EXPECT_TRUE(period.ok()) << period.status();
  chunk.period_begin.push_back(period->days.begin);
  chunk.period_end.push_back(period->days.end);
  chunk.period_kind.push_back(period->kind);
  chunk.period_text.push_back(Intern(spec.period, &chunk));
  chunk.state.push_back(spec.state);
  chunk.flags.push_back(spec.flags);
  chunk.has.push_back(
      static_cast<uint8_t>((spec.value.has_value() ? store::kHasValue : 0) |
                           (spec.lower.has_value() ? store::kHasLower : 0) |
                           (spec.upper.has_value() ? store::kHasUpper : 0)));
  chunk.value.push_back(spec.value.value_or(0));
  chunk.lower.push_back(spec.lower.value_or(0));
  chunk.upper.push_back(spec.upper.value_or(0));
  chunk.raw.push_back(
      Intern(spec.value.has_value() ? absl::StrCat(" ", *spec.value, " ") : "*",
             &chunk));
  chunk.reason.push_back(Intern(spec.reason, &chunk));
  chunk.records.push_back(spec.records);
  chunk.stated.reporters.push_back(spec.stated_reporters);
  chunk.stated.coverage.push_back(Intern(spec.stated_coverage, &chunk));
  chunk.stated.printed_by.push_back(Intern(spec.printed_by, &chunk));
  store::Locator locator;
  locator.line = spec.line;
  locator.column = 8;
  chunk.locator.push_back(locator);
  return *this;
}

World& World::Extent(const std::vector<std::string>& reporters,
                     const std::vector<std::string>& periods) {
  store::Extent extent;
  extent.slice = drafts_.back().chunks.back().slice;
  extent.reporters = reporters;
  std::sort(extent.reporters.begin(), extent.reporters.end());
  for (const std::string& text : periods) {
    extent.periods.push_back(vocabulary::ParsePeriod(text)->days);
  }
  drafts_.back().release.extents.push_back(std::move(extent));
  return *this;
}

World& World::Withdrawn(const std::string& reason) {
  drafts_.back().release.state = store::ReleaseState::kWithdrawn;
  drafts_.back().release.withdrawn_reason = reason;
  return *this;
}

World& World::Synthetic() {
  drafts_.back().release.synthetic = true;
  return *this;
}

World& World::Unreadable() {
  drafts_.back().problem = absl::DataLossError("a checksum does not hold");
  return *this;
}

std::shared_ptr<const Snapshot> World::Build() const {
  std::vector<std::shared_ptr<const LoadedRelease>> releases;
  for (const Draft& draft : drafts_) {
    auto loaded = std::make_shared<LoadedRelease>();
    loaded->release = draft.release;
    loaded->problem = draft.problem;
    loaded->chunks = std::make_shared<const query::ChunksInMemory>(
        draft.problem.ok() ? draft.chunks : std::vector<Observations>());
    releases.push_back(std::move(loaded));
  }
  return Snapshot::Build(vocabulary_, std::move(releases));
}

absl::StatusOr<Answer> World::Ask(const query::Query& query,
                                  query::PlanOptions options,
                                  const query::ExecuteOptions& execute) const {
  Answer answer;
  answer.snapshot = Build();
  auto plan = query::MakePlan(query, *answer.snapshot, options);
  if (!plan.ok()) return plan.status();
  answer.plan = *std::move(plan);
  Collector collector(&answer.cells);
  auto summary =
      query::Execute(answer.plan, *answer.snapshot, execute, collector);
  if (!summary.ok()) return summary.status();
  answer.summary = *std::move(summary);
  return answer;
}

query::Cell OnlyCell(const absl::StatusOr<Answer>& answer) {
  EXPECT_TRUE(answer.ok()) << answer.status();
  if (!answer.ok()) return {};
  EXPECT_EQ(answer->cells.size(), 1);
  return answer->cells.size() == 1 ? answer->cells[0] : query::Cell();
}

}  // namespace collate::testing
