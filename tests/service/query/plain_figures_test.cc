// Whichever way a figure is found, everything that is said of it is the same:
// in thousands of made-up worlds, where figures of today are found fast, and
// those of a moment before, by the same rows, are not.

#include "service/query/plain_figures.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <algorithm>
#include <map>
#include <set>
#include <string>
#include <tuple>
#include <utility>
#include <variant>
#include <vector>

#include "absl/strings/str_cat.h"
#include "absl/strings/str_format.h"
#include "absl/strings/str_join.h"
#include "service/query/candidates.h"
#include "service/query/engine.h"
#include "service/query/resolve.h"
#include "tests/service/query/random_worlds.h"
#include "tests/testing/status_matchers.h"
#include "tests/testing/world.h"

namespace collate::query {
namespace {

using ::collate::testing::Built;
using ::collate::testing::IsOk;
using ::collate::testing::kReporters;
using ::collate::testing::SliceSpec;
using ::collate::testing::World;
using ::collate::testing::WorldMaker;
using vocabulary::MemberId;
using vocabulary::State;

std::string Text(const Interval& interval) {
  const auto end = [](std::optional<int64_t> number) {
    return number.has_value() ? absl::StrCat(*number) : "?";
  };
  return absl::StrCat("[", end(interval.lower), ",", end(interval.upper), "]");
}

std::string Text(absl::Span<const RowRef> rows) {
  return absl::StrJoin(rows, " ", [](std::string* out, const RowRef& row) {
    absl::StrAppend(out, row.release, ":", row.chunk, ":", row.row);
  });
}

std::string Text(std::optional<int64_t> number) {
  return number.has_value() ? absl::StrCat(*number) : "none";
}

std::string Releases(absl::Span<const RowRef> rows) {
  std::set<uint32_t> releases;
  for (const RowRef& row : rows) releases.insert(row.release);
  return absl::StrJoin(releases, " ");
}

// All that is said of a figure; rows as far as they are listed.
std::string Text(const Leaf& leaf, bool listed) {
  std::string text = absl::StrCat(
      vocabulary::StateName(leaf.state), leaf.due ? " due " : " ",
      Text(leaf.reported), " ", Text(leaf.reported_bounds), " ",
      Text(leaf.bounds), " by ", static_cast<int>(leaf.method), " additive ",
      leaf.additive, " short ", leaf.period_shortened, " of ", leaf.source,
      " '", leaf.reason, "' flags ", leaf.flags, " states ", leaf.row_states,
      " withheld ", leaf.withheld, " rows ", leaf.row_count(), " in ",
      Releases(leaf.rows), " repeated ", leaf.repeated);
  absl::StrAppend(&text, " tightened by ", leaf.tightened_by.size(),
                  " available ", absl::StrJoin(leaf.available, "; "));
  for (const OtherFigure& other : leaf.others) {
    absl::StrAppend(&text, " other ", other.source, " ", Text(other.reported),
                    Text(other.bounds), static_cast<int>(other.method));
  }
  for (const Contradiction& other : leaf.contradictions) {
    absl::StrAppend(&text, " against ", other.source, " ",
                    Text(other.figure.bounds), Text(other.figure.reported),
                    static_cast<int>(other.kind), " rows ", Text(other.rows));
  }
  if (listed) absl::StrAppend(&text, " ", Text(leaf.rows));
  return text;
}

using Outcomes = std::map<PlainFigures::Outcome, int>;

std::string Text(const Conflict& conflict, bool listed) {
  std::string text = absl::StrCat(
      " conflict ", static_cast<int>(conflict.kind), " ", conflict.source,
      " against ", conflict.other_source, " of ", conflict.other_measure, " ",
      conflict.other_universe, " compared ", conflict.compared, " ",
      conflict.reported, " ", conflict.other_reported);
  for (const Difference& one : conflict.differences) {
    absl::StrAppend(&text, " of ", one.reporter, " at ",
                    absl::StrJoin(one.coordinates, ","), " ",
                    vocabulary::StateName(one.state), Text(one.reported),
                    Text(one.bounds), Text(one.in_reported), Text(one.in_panel),
                    vocabulary::StateName(one.other_state),
                    Text(one.other_reported), Text(one.other_bounds), " in ",
                    Releases(one.rows), " not ", Releases(one.other_rows));
    if (listed || conflict.kind == ConflictKind::kSilentRevision) {
      absl::StrAppend(&text, " rows ", Text(one.other_rows));
    }
    if (listed) absl::StrAppend(&text, " ", Text(one.rows));
  }
  return text;
}

std::string Text(const std::vector<LeftOut>& left_out) {
  std::string text;
  for (const LeftOut& one : left_out) {
    absl::StrAppend(&text, " without ", one.reporter, " ",
                    vocabulary::StateName(one.state), " '", one.reason, "'");
  }
  return text;
}

std::string Text(const Operand& operand) {
  return absl::StrCat(" ", Text(operand.reported), Text(operand.bounds));
}

std::string Text(const Comparison& one) {
  std::string text =
      absl::StrCat(" ", static_cast<int>(one.outcome), Text(one.percent),
                   Text(one.current), Text(one.base), one.current_reporters,
                   " ", one.base_reporters, Text(one.left_out));
  for (const ChangeFlag flag : one.flags) {
    absl::StrAppend(&text, " flag ", static_cast<int>(flag));
  }
  return text;
}

std::string Text(const Cell& cell, bool listed);

std::string Text(const Derived& derived, bool listed) {
  if (const auto* change = std::get_if<Change>(&derived)) {
    return absl::StrCat(
        " change ", Text(change->matched_panel), Text(change->as_published),
        change->base == nullptr ? "" : Text(*change->base, listed));
  }
  const auto* share = std::get_if<Share>(&derived);
  if (share == nullptr) return " rate";
  std::string text = absl::StrCat(" share ", static_cast<int>(share->outcome),
                                  Text(share->percent), Text(share->numerator),
                                  Text(share->base), share->reporter_count,
                                  share->multi_response, Text(share->left_out),
                                  " base in ", Releases(share->base_rows));
  for (const Conflict& one : share->base_conflicts.conflicts) {
    absl::StrAppend(&text, Text(one, listed));
  }
  if (listed) absl::StrAppend(&text, " rows ", Text(share->base_rows));
  return text;
}

std::string Text(const Cell& cell, bool listed) {
  std::string text = absl::StrCat(
      vocabulary::StateName(cell.state), " ", Text(cell.reported), " ",
      Text(cell.reported_bounds), " ", Text(cell.panel_bounds), " expected ",
      cell.coverage.expected, " due ", cell.coverage.due, " complete ",
      cell.coverage.complete, " rows ", cell.row_count);
  for (const auto& [state, count] : cell.coverage.tally) {
    absl::StrAppend(&text, " ", vocabulary::StateName(state), " ", count);
  }
  for (const MissingReporter& one : cell.coverage.missing) {
    absl::StrAppend(&text, " missing ", one.reporter, " ",
                    vocabulary::StateName(one.state), " '", one.reason, "'");
  }
  for (const SourceCount& one : cell.sources) {
    absl::StrAppend(&text, " of ", one.source, " ", one.reporters);
  }
  for (const CellFlag flag : cell.flags) {
    absl::StrAppend(&text, " flag ", static_cast<int>(flag));
  }
  for (const Conflict& one : cell.conflicts) {
    absl::StrAppend(&text, Text(one, listed));
  }
  for (const Derived& one : cell.derived) {
    absl::StrAppend(&text, Text(one, listed));
  }
  if (listed) absl::StrAppend(&text, " ", Text(cell.rows));
  return text;
}

// All cells and releases of an answer.
class Collector final : public CellSink {
 public:
  absl::Status OnCell(Cell cell) override {
    absl::StrAppend(&text, Text(cell, listed), "\n");
    return absl::OkStatus();
  }
  bool listed = true;
  std::string text;
};

std::string AnswerTo(const Plan& plan, const Snapshot& snapshot, bool listed) {
  Collector collector;
  collector.listed = listed;
  const auto summary = Execute(plan, snapshot, {}, collector);
  if (!summary.ok()) return summary.status().ToString();
  std::string text =
      absl::StrCat(collector.text, absl::StrJoin(summary->releases, " "));
  for (const Caveat& one : summary->caveats) {
    absl::StrAppend(&text, " ", one.code, " ", one.message);
  }
  return text;
}

// Every cell of an answer, found in three ways.
void CompareCells(const Query& query, const Snapshot& snapshot) {
  const auto made = MakePlan(query, snapshot, PlanOptions());
  ASSERT_THAT(made, IsOk());
  Plan slow = *made;
  slow.as_of = kToday - 1;
  Plan unlisted = *made;
  unlisted.options.list_rows = false;
  EXPECT_EQ(AnswerTo(*made, snapshot, true), AnswerTo(slow, snapshot, true));
  EXPECT_EQ(AnswerTo(unlisted, snapshot, false),
            AnswerTo(slow, snapshot, false));
}

// Every figure of a question, found in three ways.
void Compare(const Query& query, const Snapshot& snapshot, Outcomes* outcomes) {
  auto made = MakePlan(query, snapshot, PlanOptions());
  ASSERT_THAT(made, IsOk());
  const Plan plan = *std::move(made);
  Plan slow = plan;
  slow.as_of = kToday - 1;
  Plan unlisted = plan;
  unlisted.options.list_rows = false;
  std::vector<std::vector<MemberId>> members;
  for (const AskedDimension& asked : plan.dimensions) {
    members.push_back(asked.members);
  }
  CompareCells(query, snapshot);
  const vocabulary::Measure& measure = *plan.measures[0];
  const Resolver fast_resolver(plan, snapshot, measure, members);
  const Resolver slow_resolver(slow, snapshot, measure, members);
  const Resolver unlisted_resolver(unlisted, snapshot, measure, members);
  const Candidates candidates(plan, snapshot, measure, members);
  const PlainFigures plain(plan, snapshot, measure, candidates, plan.sources);
  std::vector<Coordinates> all = {{}};
  for (const auto& choices : members) {
    std::vector<Coordinates> longer;
    for (const auto& prefix : all) {
      for (const MemberId choice : choices) {
        longer.push_back(prefix);
        longer.back().push_back(choice);
      }
    }
    all = std::move(longer);
  }
  for (const auto& at : all) {
    for (const char* code : kReporters) {
      const MemberId reporter = *snapshot.vocabulary().reporters().Find(code);
      for (size_t p = 0; p < plan.periods.size(); ++p) {
        const int period = static_cast<int>(p);
        const auto expected = slow_resolver.Resolve(at, reporter, period);
        const auto found = fast_resolver.Resolve(at, reporter, period);
        const auto short_form = unlisted_resolver.Resolve(at, reporter, period);
        ASSERT_EQ(expected.ok(), found.ok());
        ASSERT_EQ(expected.ok(), short_form.ok());
        if (!expected.ok()) continue;
        EXPECT_EQ(Text(*found, true), Text(*expected, true));
        EXPECT_EQ(Text(*short_form, false), Text(*expected, false));
        for (size_t source = 0; source < plan.sources.size(); ++source) {
          PlainFigure figure;
          ++(*outcomes)[plain.Find(source, plain.PlaceOf(at), reporter, period,
                                   &figure)];
        }
      }
    }
  }
}

Query Ask(std::vector<std::string> periods, std::vector<std::string> group_by) {
  Query query;
  query.measures = {"offences"};
  query.periods = std::move(periods);
  query.panel = "four";
  query.group_by = std::move(group_by);
  return query;
}

// The same question by reporter, with a share of each sex in all, and with the
// changes since the first of its periods.
void CompareKin(Query query, const Snapshot& snapshot) {
  query.derivations = {ChangeQuery{.base_period = query.periods[0],
                                   .allow_unequal_periods = true,
                                   .allow_overlapping_periods = true}};
  CompareCells(query, snapshot);
  query.derivations.clear();
  if (std::count(query.group_by.begin(), query.group_by.end(), "sex") > 0) {
    query.derivations = {ShareQuery{"sex", ShareBase::kAllOffences}};
  }
  CompareCells(query, snapshot);
  query.group_by.insert(query.group_by.begin(), "reporter");
  CompareCells(query, snapshot);
}

TEST(PlainFiguresTest, SayWhatIsSaidOfAnyOther) {
  constexpr uint32_t kWorlds = 600;
  Outcomes outcomes;
  for (uint32_t seed = 1; seed <= kWorlds; ++seed) {
    SCOPED_TRACE(absl::StrCat("seed ", seed));
    const World worlds[] = {Built(WorldMaker(seed).MakeTrue().plan),
                            Built(WorldMaker(seed).MakeDisputed().plan),
                            Built(WorldMaker(seed).MakeContradicting())};
    for (const World& world : worlds) {
      const auto snapshot = world.Build();
      for (const auto& periods : std::vector<std::vector<std::string>>{
               {"2018", "2019"},
               {"2018 H1", "2018 H2", "2019 H1"},
               {"2018-01 to 2019-12"},
               {"2018-07 to 2019-06"}}) {
        Compare(Ask(periods, {}), *snapshot, &outcomes);
        Compare(Ask(periods, {"sex"}), *snapshot, &outcomes);
        CompareKin(Ask(periods, {"sex"}), *snapshot);
      }
    }
    if (HasFailure()) return;
  }
  // Worlds in which nothing is plain would prove nothing.
  EXPECT_GT(outcomes[PlainFigures::Outcome::kFound], 20 * kWorlds);
  EXPECT_GT(outcomes[PlainFigures::Outcome::kNothing], 20 * kWorlds);
  EXPECT_GT(outcomes[PlainFigures::Outcome::kUnclear], 20 * kWorlds);
}

constexpr const char* kQuarters[] = {"2018/19 Q1", "2018/19 Q2", "2018/19 Q3",
                                     "2018/19 Q4"};

// Sums over codes and quarters in which states, silent quarters and editions
// mix.
TEST(PlainFiguresTest, AddUpPartsAndTiles) {
  World world;
  const SliceSpec slice = {.axes = {"offence@code", "sex@sex"}};
  world.Release("src", "2019-06-01").Slice(slice);
  int line = 2;
  int value = 3;
  for (const char* reporter : kReporters) {
    for (const char* offence : {"88A", "71"}) {
      for (const char* sex : {"f", "m"}) {
        for (const char* quarter : kQuarters) {
          // q is silent in a quarter, and r in all but one.
          if (reporter[0] == 'q' && quarter == kQuarters[1]) continue;
          if (reporter[0] == 'r' && quarter != kQuarters[2]) continue;
          const bool hidden = reporter[0] == 's' && value % 3 == 0;
          value = value * 7 % 31;
          world.Row({.reporter = reporter,
                     .at = {offence, sex},
                     .period = quarter,
                     .state = hidden ? State::kSuppressed : State::kReported,
                     .value = hidden ? std::nullopt : std::optional(value),
                     .lower = hidden ? std::optional(1) : std::nullopt,
                     .upper = hidden ? std::optional(4) : std::nullopt,
                     .line = static_cast<uint64_t>(line++)});
        }
      }
    }
  }
  world.Release("src", "2020-06-01")
      .Slice(slice)
      .Row({
          .reporter = "p",
          .at = {"71", "f"},
          .period = "2018/19 Q2",
          .value = 40,
          .flags = vocabulary::kFlagRevised,
      });
  const auto snapshot = world.Build();
  Outcomes outcomes;
  for (const auto& group_by : std::vector<std::vector<std::string>>{
           {}, {"sex"}, {"offence"}, {"offence", "sex"}}) {
    Compare(Ask({"2018/19"}, group_by), *snapshot, &outcomes);
    Compare(Ask({kQuarters[0], kQuarters[1], kQuarters[3]}, group_by),
            *snapshot, &outcomes);
    Compare(Ask({"2018-07 to 2019-06"}, group_by), *snapshot, &outcomes);
    CompareKin(Ask({kQuarters[0], kQuarters[1], "2018/19"}, group_by),
               *snapshot);
  }
  EXPECT_EQ(outcomes[PlainFigures::Outcome::kUnclear], 0);
}

// Numbers that took the place of others without a word are said of a sum, too.
TEST(PlainFiguresTest, NoteSilentRevisions) {
  World world;
  const SliceSpec slice = {.axes = {"offence@code", "sex@sex"}};
  for (const char* published : {"2019-06-01", "2020-06-01", "2021-06-01"}) {
    world.Release("src", published).Slice(slice);
    int value = published[3] - '0';
    for (const char* offence : {"88A", "71"}) {
      for (const char* sex : {"f", "m"}) {
        for (const char* quarter : kQuarters) {
          value = value * 7 % 31;
          // Every figure in the first edition, some in the others.
          if (published[3] != '9' && value % 3 != 0) continue;
          world.Row(
              {.reporter = "p",
               .at = {offence, sex},
               .period = quarter,
               .state = value == 9 ? State::kRounded : State::kReported,
               .value = value,
               .lower = value == 9 ? std::optional<int64_t>(7) : std::nullopt,
               .upper = value == 9 ? std::optional<int64_t>(11) : std::nullopt,
               .flags = value % 2 == 0 ? uint32_t{vocabulary::kFlagRevised}
                                       : uint32_t{0}});
        }
      }
    }
  }
  const auto snapshot = world.Build();
  Outcomes outcomes;
  for (const auto& group_by :
       std::vector<std::vector<std::string>>{{}, {"sex"}, {"offence", "sex"}}) {
    const Query query = Ask({"2018/19", kQuarters[0], kQuarters[2]}, group_by);
    Compare(query, *snapshot, &outcomes);
    CompareKin(query, *snapshot);
  }
  EXPECT_EQ(outcomes[PlainFigures::Outcome::kUnclear], 0);
  const auto answer =
      world.Ask(Ask({"2018/19"}, {}), PlanOptions{.list_rows = false});
  const Cell cell = ::collate::testing::OnlyCell(answer);
  ASSERT_EQ(cell.conflicts.size(), 1);
  EXPECT_EQ(cell.conflicts[0].kind, ConflictKind::kSilentRevision);
}

// A table may have more tiles than a word has bits.
TEST(PlainFiguresTest, AddUpManyMonths) {
  World world;
  world.Release("src", "2020-06-01").Slice({.axes = {"sex@sex"}});
  int value = 5;
  for (int month = 0; month < 84; ++month) {
    const std::string period =
        absl::StrFormat("%d-%02d", 2013 + month / 12, month % 12 + 1);
    for (const char* reporter : {"p", "q"}) {
      for (const char* sex : {"f", "m"}) {
        value = value * 7 % 31;
        // q lacks a month now and then.
        if (reporter[0] == 'q' && month % 17 == 3) continue;
        world.Row({.reporter = reporter,
                   .at = {sex},
                   .period = period,
                   .value = value});
      }
    }
  }
  const auto snapshot = world.Build();
  Outcomes outcomes;
  for (const auto& group_by :
       std::vector<std::vector<std::string>>{{}, {"sex"}}) {
    const Query query =
        Ask({"2013", "2018/19", "2019", "2013-01 to 2019-12"}, group_by);
    Compare(query, *snapshot, &outcomes);
    CompareKin(query, *snapshot);
  }
  EXPECT_GT(outcomes[PlainFigures::Outcome::kFound], 0);
}

// What is given together with others is for Resolver.
TEST(PlainFiguresTest, LeaveWhatNeedsALook) {
  World world;
  world.Release("src", "2019-06-01")
      .Slice({})
      .Row({.reporter = "p", .period = "2018/19", .value = 4})
      .Row({.reporter = "p",
            .period = "2019/20",
            .state = State::kAggregated,
            .upper = 9});
  const auto snapshot = world.Build();
  Outcomes outcomes;
  Compare(Ask({"2018/19", "2019/20"}, {}), *snapshot, &outcomes);
  EXPECT_EQ(outcomes[PlainFigures::Outcome::kUnclear], 1);
}

}  // namespace
}  // namespace collate::query
