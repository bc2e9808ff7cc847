// What holds of every answer, tried on thousands of small worlds against all
// that could be true in them. Figures are made up. COLLATE_TEST_SCALE
// multiplies the number of worlds.

#include "tests/service/query/random_worlds.h"

#include <algorithm>
#include <array>
#include <cstdlib>
#include <optional>
#include <set>
#include <string>
#include <variant>
#include <vector>

#include "absl/strings/numbers.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/str_join.h"
#include "absl/time/time.h"
#include "gmock/gmock.h"
#include "gtest/gtest.h"
#include "service/base/digest.h"
#include "service/query/claim_inquiry.h"
#include "service/query/engine.h"
#include "service/query/plausibility.h"
#include "service/query/publisher.h"
#include "service/store/sqlite_store.h"
#include "service/vocabulary/period.h"
#include "tests/testing/memory_store.h"
#include "tests/testing/status_matchers.h"
#include "tests/testing/temp_dir.h"
#include "tests/testing/test_scale.h"

namespace collate::query {
namespace {

using ::collate::testing::Answer;
using ::collate::testing::Built;
using ::collate::testing::DisputedWorld;
using ::collate::testing::DraftsOf;
using ::collate::testing::HasReason;
using ::collate::testing::IsOk;
using ::collate::testing::kReporters;
using ::collate::testing::kSexes;
using ::collate::testing::kYears;
using ::collate::testing::PlannedRelease;
using ::collate::testing::PrintedFigures;
using ::collate::testing::TempDir;
using ::collate::testing::TrueWorld;
using ::collate::testing::World;
using ::collate::testing::WorldMaker;
using ::collate::testing::WorldPlan;
using ::collate::testing::YearTruth;
using vocabulary::State;

int Worlds() { return 10'000 * ::collate::testing::TestScale(); }

Query Ask(const std::string& year, std::vector<std::string> group_by = {}) {
  Query query;
  query.measures = {"offences"};
  query.periods = {year};
  query.panel = "four";
  query.group_by = std::move(group_by);
  return query;
}

class Collector final : public CellSink {
 public:
  explicit Collector(std::vector<Cell>* cells) : cells_(*cells) {}
  absl::Status OnCell(Cell cell) override {
    cells_.push_back(std::move(cell));
    return absl::OkStatus();
  }

 private:
  std::vector<Cell>& cells_;
};

using SnapshotPtr = std::shared_ptr<const Snapshot>;

// Fails the test and gives no cells when the question is refused.
Answer AnswerTo(const Query& query, const SnapshotPtr& snapshot) {
  Answer answer;
  answer.snapshot = snapshot;
  auto plan = MakePlan(query, *snapshot, PlanOptions());
  EXPECT_THAT(plan, IsOk());
  if (!plan.ok()) return answer;
  answer.plan = *std::move(plan);
  Collector collector(&answer.cells);
  EXPECT_THAT(Execute(answer.plan, *snapshot, {}, collector), IsOk());
  return answer;
}

int Count(const YearTruth& truth, int sex) {
  int count = 0;
  for (const auto& half : truth) {
    for (int s = 0; s < 2; ++s) count += sex < 0 || sex == s ? half[s] : 0;
  }
  return count;
}

bool Has(const Interval& interval, int64_t value) {
  return (!interval.lower.has_value() || *interval.lower <= value) &&
         (!interval.upper.has_value() || value <= *interval.upper);
}

// The least and the greatest sum over reporters of what their completions
// allow, for members of `sex`.
Interval HullOf(const TrueWorld& world, int year, int sex,
                const std::vector<int>& reporters) {
  Interval hull = Interval::Exactly(0);
  for (const int r : reporters) {
    if (reporters.size() > 1 && world.elsewhere[r][year]) continue;
    const auto& completions = world.completions[r][year];
    const auto [least, most] =
        std::minmax_element(completions.begin(), completions.end(),
                            [sex](const YearTruth& a, const YearTruth& b) {
                              return Count(a, sex) < Count(b, sex);
                            });
    *hull.lower += Count(*least, sex);
    *hull.upper += Count(*most, sex);
  }
  return hull;
}

void ExpectTakesIn(const Interval& bounds, const Interval& hull,
                   const std::string& what) {
  EXPECT_TRUE(Has(bounds, *hull.lower)) << what;
  EXPECT_TRUE(Has(bounds, *hull.upper)) << what;
}

// Index of the only coordinate's member.
int SexOf(const Answer& answer, const Cell& cell) {
  const auto at = std::find(kSexes.begin(), kSexes.end(), answer.Code(cell, 0));
  EXPECT_NE(at, kSexes.end()) << answer.Code(cell, 0);
  return at == kSexes.begin() ? 0 : 1;
}

void ExpectSound(const Cell& cell) {
  // Nothing can be negative here, so what is printed is at most what it can
  // be, and no more than the whole panel's.
  if (cell.reported.has_value()) {
    if (cell.reported_bounds.upper.has_value()) {
      EXPECT_LE(*cell.reported, *cell.reported_bounds.upper);
    }
    ASSERT_TRUE(cell.reported_bounds.lower.has_value());
    ASSERT_TRUE(cell.panel_bounds.lower.has_value());
    EXPECT_LE(*cell.reported_bounds.lower, *cell.panel_bounds.lower);
    // A total may leave the panel less room than the printed figures do.
    const bool tightened = std::count(cell.flags.begin(), cell.flags.end(),
                                      CellFlag::kTightened) > 0;
    if (cell.panel_bounds.upper.has_value() && !tightened) {
      ASSERT_TRUE(cell.reported_bounds.upper.has_value());
      EXPECT_LE(*cell.reported_bounds.upper, *cell.panel_bounds.upper);
    }
  }
  int tally = 0;
  for (const auto& [state, count] : cell.coverage.tally) tally += count;
  EXPECT_EQ(tally, cell.coverage.expected);
  EXPECT_EQ(
      cell.coverage.complete + static_cast<int>(cell.coverage.missing.size()),
      cell.coverage.due);
}

TEST(RandomWorldsTest, BoundsTakeInEverythingThatCouldBeTrue) {
  int elsewhere = 0;
  int together = 0;
  for (int seed = 0; seed < Worlds() && !HasFailure(); ++seed) {
    SCOPED_TRACE(absl::StrCat("seed ", seed));
    const TrueWorld world = WorldMaker(seed).MakeTrue();
    const SnapshotPtr snapshot = Built(world.plan).Build();
    for (int y = 0; y < 2; ++y) {
      const Answer total = AnswerTo(Ask(kYears[y]), snapshot);
      ExpectSound(total.cells[0]);
      ExpectTakesIn(total.cells[0].panel_bounds,
                    HullOf(world, y, -1, {0, 1, 2, 3}), "panel");
      const Answer by_force = AnswerTo(Ask(kYears[y], {"reporter"}), snapshot);
      ASSERT_EQ(by_force.cells.size(), 4);
      for (int r = 0; r < 4; ++r) {
        const Cell& cell = by_force.cells[r];
        ASSERT_EQ(by_force.Code(cell, 0), kReporters[r]);
        ExpectSound(cell);
        const Interval hull = HullOf(world, y, -1, {r});
        ExpectTakesIn(cell.panel_bounds, hull, kReporters[r]);
        if (cell.reported.has_value()) {
          ExpectTakesIn(cell.panel_bounds, hull, kReporters[r]);
        }
        elsewhere += cell.state == State::kIncludedElsewhere ? 1 : 0;
        if (cell.state == State::kAggregated) {
          ++together;
          EXPECT_NE(cell.panel_bounds.upper, std::nullopt);
        }
        if (cell.state == State::kReported) {
          EXPECT_EQ(cell.panel_bounds, hull);
          EXPECT_EQ(cell.reported, hull.lower);
        }
      }
      // Members that nobody prints are not in the answer.
      const Answer by_sex = AnswerTo(Ask(kYears[y], {"sex"}), snapshot);
      for (const Cell& cell : by_sex.cells) {
        ExpectSound(cell);
        const int sex = SexOf(by_sex, cell);
        ExpectTakesIn(cell.panel_bounds, HullOf(world, y, sex, {0, 1, 2, 3}),
                      kSexes[sex]);
      }
    }
  }
  EXPECT_GT(elsewhere, Worlds() / 20);
  EXPECT_GT(together, Worlds() / 20);
}

// Whether numerator * 100 / base lies in an interval of mantissas.
bool HasPercent(const Interval& percent, int64_t numerator, int64_t base) {
  int64_t scale = 100;
  for (int i = 0; i < kRatioScale; ++i) scale *= 10;
  return (!percent.lower.has_value() ||
          *percent.lower * base <= numerator * scale) &&
         (!percent.upper.has_value() ||
          numerator * scale <= *percent.upper * base);
}

// Numerator and base.
using Pair = std::pair<int, int>;

// Every pair of sums over the reporters; `pairs_of` gives those of one.
template <typename F>
std::set<Pair> SumsOver(const std::vector<int>& reporters, F pairs_of) {
  std::set<Pair> sums = {{0, 0}};
  for (const int r : reporters) {
    std::set<Pair> next;
    for (const auto& [a, b] : pairs_of(r)) {
      for (const auto& [x, y] : sums) next.insert({a + x, b + y});
    }
    sums = std::move(next);
  }
  return sums;
}

std::vector<int> LeftIn(const std::vector<LeftOut>& left_out,
                        const Answer& answer) {
  std::vector<int> in;
  const auto& reporters = answer.snapshot->vocabulary().reporters();
  for (int r = 0; r < 4; ++r) {
    if (std::none_of(left_out.begin(), left_out.end(), [&](const LeftOut& one) {
          return reporters.member(one.reporter).code == kReporters[r];
        })) {
      in.push_back(r);
    }
  }
  return in;
}

// Reporters' people, printed to the nearest 2 by half of them.
constexpr std::array<int, 4> kPeople = {3, 4, 7, 10};

World WithPeople(const TrueWorld& world) {
  World built = Built(world.plan);
  built.Release("first", "2020-08-01").Slice({.measure = "people"});
  for (int r = 0; r < 4; ++r) {
    collate::testing::RowSpec row = {
        .reporter = kReporters[r], .period = "2017-06-30", .value = kPeople[r]};
    if (r % 2 == 0) {
      row.state = State::kRounded;
      row.lower = kPeople[r] - 1;
      row.upper = kPeople[r] + 1;
    }
    built.Row(row);
  }
  return built;
}

TEST(RandomWorldsTest, QuotientsTakeInEveryCompletion) {
  int changes = 0;
  int shares = 0;
  int rates = 0;
  for (int seed = 0; seed < Worlds() && !HasFailure(); ++seed) {
    SCOPED_TRACE(absl::StrCat("seed ", seed));
    const TrueWorld world = WorldMaker(seed).MakeTrue();
    const SnapshotPtr snapshot = WithPeople(world).Build();

    Query rate = Ask(kYears[0]);
    rate.derivations = {
        RateQuery{.denominator = "people", .period = "2017-06-30", .per = 100}};
    const Answer rated = AnswerTo(rate, snapshot);
    const Rate& per_head = std::get<Rate>(rated.cells[0].derived[0]);
    if (vocabulary::IsPrinted(per_head.state)) {
      ++rates;
      const std::vector<int> counted = LeftIn(per_head.left_out, rated);
      EXPECT_EQ(static_cast<int>(counted.size()), per_head.reporter_count);
      const auto sums = SumsOver(counted, [&](int r) {
        std::set<Pair> pairs;
        for (const YearTruth& truth : world.completions[r][0]) {
          for (int off = r % 2 == 0 ? -1 : 0; off <= (r % 2 == 0 ? 1 : 0);
               ++off) {
            pairs.insert({Count(truth, -1), kPeople[r] + off});
          }
        }
        return pairs;
      });
      for (const auto& [offences, people] : sums) {
        EXPECT_TRUE(Has(per_head.numerator, offences)) << offences;
        EXPECT_TRUE(Has(per_head.denominator, people)) << people;
        EXPECT_TRUE(HasPercent(per_head.rate, offences, people))
            << offences << " of " << people;
      }
    }

    Query change = Ask(kYears[1]);
    change.derivations = {ChangeQuery{.base_period = kYears[0]}};
    const Answer changed = AnswerTo(change, snapshot);
    const Comparison& matched =
        std::get<Change>(changed.cells[0].derived[0]).matched_panel;
    const std::vector<int> in = LeftIn(matched.left_out, changed);
    EXPECT_EQ(static_cast<int>(in.size()), matched.base_reporters);
    if (matched.outcome == Outcome::kGiven) {
      ++changes;
      const auto sums = SumsOver(in, [&](int r) {
        std::set<Pair> pairs;
        for (const YearTruth& now : world.completions[r][1]) {
          for (const YearTruth& then : world.completions[r][0]) {
            pairs.insert({Count(now, -1), Count(then, -1)});
          }
        }
        return pairs;
      });
      for (const auto& [now, then] : sums) {
        EXPECT_TRUE(Has(matched.current.bounds, now)) << now;
        EXPECT_TRUE(Has(matched.base.bounds, then)) << then;
        if (then > 0) {
          EXPECT_TRUE(HasPercent(matched.percent, now - then, then))
              << now << " on " << then;
        }
      }
    }

    Query share = Ask(kYears[0], {"sex"});
    share.derivations = {
        ShareQuery{.dimension = "sex", .base = ShareBase::kAllOffences}};
    const Answer shared = AnswerTo(share, snapshot);
    for (const Cell& cell : shared.cells) {
      const int s = SexOf(shared, cell);
      const Share& one = std::get<Share>(cell.derived[0]);
      if (one.outcome != Outcome::kGiven) continue;
      ++shares;
      const auto sums = SumsOver(LeftIn(one.left_out, shared), [&](int r) {
        std::set<Pair> pairs;
        for (const YearTruth& truth : world.completions[r][0]) {
          pairs.insert({Count(truth, s), Count(truth, -1)});
        }
        return pairs;
      });
      for (const auto& [part, whole] : sums) {
        EXPECT_TRUE(Has(one.numerator.bounds, part)) << part;
        EXPECT_TRUE(Has(one.base.bounds, whole)) << whole;
        if (whole > 0) {
          EXPECT_TRUE(HasPercent(one.percent, part, whole))
              << part << " of " << whole;
        }
      }
    }
  }
  // Worlds without a quotient would prove nothing.
  EXPECT_GT(rates, Worlds() / 10);
  EXPECT_GT(changes, Worlds() / 10);
  EXPECT_GT(shares, Worlds() / 10);
}

constexpr const char* kPeopleDay = "2017-06-30";

// What the sources print of one figure of a reporter, the first one first.
std::vector<int> SidesOf(const DisputedWorld& world,
                         std::optional<int> PrintedFigures::*figure, int r) {
  std::vector<int> sides;
  for (const auto& source : world.printed) {
    if (const auto value = source[r].*figure) sides.push_back(*value);
  }
  return sides;
}

// Every sum over the reporters of one side each.
std::set<int> SumsOfSides(const DisputedWorld& world,
                          std::optional<int> PrintedFigures::*figure,
                          const std::vector<int>& reporters) {
  std::set<int> sums = {0};
  for (const int r : reporters) {
    std::set<int> next;
    for (const int side : SidesOf(world, figure, r)) {
      for (const int sum : sums) next.insert(sum + side);
    }
    sums = std::move(next);
  }
  return sums;
}

// One number of an answer, and what is told of its sides.
struct Disputed {
  std::optional<int> PrintedFigures::*figure;
  std::vector<int> reporters;  // that are in it
  Interval bounds;
  std::vector<Conflict> conflicts;
};

// Whether some side of it is another than what answers.
bool IsDisputed(const DisputedWorld& world, const Disputed& number) {
  return std::any_of(
      number.reporters.begin(), number.reporters.end(), [&](int r) {
        const std::vector<int> sides = SidesOf(world, number.figure, r);
        return sides.size() == 2 && sides[0] != sides[1];
      });
}

void ExpectTakesInSides(const DisputedWorld& world, const Disputed& number,
                        const Interval& bounds) {
  for (const int sum : SumsOfSides(world, number.figure, number.reporters)) {
    EXPECT_TRUE(Has(bounds, sum)) << sum;
  }
}

// The numbers of the panel's sum and rate, or of the women's sum and share;
// each sum is followed by what it is divided by.
std::vector<Disputed> NumbersOf(const DisputedWorld& world,
                                const Answer& answer) {
  const Cell& cell = answer.cells.at(0);
  const bool is_rate = std::holds_alternative<Rate>(cell.derived.at(0));
  const auto figure = is_rate ? &PrintedFigures::all : &PrintedFigures::women;
  std::vector<int> all;
  for (int r = 0; r < 4; ++r) {
    if (!SidesOf(world, figure, r).empty()) all.push_back(r);
  }
  std::vector<Disputed> numbers = {
      {figure, all, cell.reported_bounds, cell.conflicts}};
  if (!cell.reported.has_value()) numbers.clear();
  if (is_rate) {
    const Rate& rate = std::get<Rate>(cell.derived[0]);
    if (rate.reporter_count == 0) return numbers;
    const std::vector<int> in = LeftIn(rate.left_out, answer);
    numbers.push_back({figure, in, rate.numerator, cell.conflicts});
    numbers.push_back({&PrintedFigures::people, in, rate.denominator,
                       rate.denominator_conflicts.conflicts});
  } else {
    const Share& share = std::get<Share>(cell.derived[0]);
    if (share.outcome != Outcome::kGiven) return numbers;
    const std::vector<int> in = LeftIn(share.left_out, answer);
    numbers.push_back({figure, in, share.numerator.bounds, cell.conflicts});
    numbers.push_back({&PrintedFigures::all, in, share.base.bounds,
                       share.base_conflicts.conflicts});
  }
  return numbers;
}

// Reporters whose other side stands in the conflicts.
void ExpectTold(const DisputedWorld& world, const Answer& answer,
                const Disputed& number) {
  const auto& reporters = answer.snapshot->vocabulary().reporters();
  for (const int r : number.reporters) {
    const std::vector<int> sides = SidesOf(world, number.figure, r);
    int told = 0;
    for (const Conflict& conflict : number.conflicts) {
      for (const Difference& one : conflict.differences) {
        told += conflict.kind == ConflictKind::kSameCell &&
                        reporters.member(one.reporter).code == kReporters[r] &&
                        std::minmax(*one.reported, *one.other_reported) ==
                            std::minmax<int64_t>(sides.front(), sides.back())
                    ? 1
                    : 0;
      }
    }
    EXPECT_EQ(told, sides.size() == 2 && sides[0] != sides[1] ? 1 : 0)
        << kReporters[r];
  }
}

TEST(RandomWorldsTest, EverySideIsToldOrTakenInOrTheQuestionIsRefused) {
  int below = 0;
  int refused = 0;
  int agreed = 0;
  for (int seed = 0; seed < Worlds() / 5 && !HasFailure(); ++seed) {
    SCOPED_TRACE(absl::StrCat("seed ", seed));
    const DisputedWorld world = WorldMaker(seed).MakeDisputed();
    const SnapshotPtr snapshot = Built(world.plan).Build();
    Query rate = Ask(kYears[0]);
    rate.derivations = {
        RateQuery{.denominator = "people", .period = kPeopleDay, .per = 100}};
    Query share = Ask(kYears[0]);
    share.filters = {{.dimension = "sex", .members = {kSexes[0]}}};
    share.derivations = {
        ShareQuery{.dimension = "sex", .base = ShareBase::kAllOffences}};
    for (Query query : {rate, share}) {
      const Answer report = AnswerTo(query, snapshot);
      const std::vector<Disputed> told = NumbersOf(world, report);
      bool disputed = false;
      for (size_t n = 0; n < told.size(); ++n) {
        ExpectTold(world, report, told[n]);
        disputed = disputed || IsDisputed(world, told[n]);
        below += n == 2 && IsDisputed(world, told[n]) ? 1 : 0;
        // As a claim is judged; those left out of a division take no part.
        const auto left_out =
            n == 0 ? std::vector<LeftOut>()
            : std::holds_alternative<Rate>(report.cells[0].derived[0])
                ? std::get<Rate>(report.cells[0].derived[0]).left_out
                : std::get<Share>(report.cells[0].derived[0]).left_out;
        ExpectTakesInSides(
            world, told[n],
            WithAllSides(n == 0 ? SumOf::kReported : SumOf::kPanel,
                         told[n].bounds, told[n].conflicts, left_out));
      }

      query.conflict_policy = ConflictPolicy::kHull;
      const Answer hull = AnswerTo(query, snapshot);
      const std::vector<Disputed> taken = NumbersOf(world, hull);
      ASSERT_EQ(taken.size(), told.size());
      for (const Disputed& number : taken) {
        ExpectTakesInSides(world, number, number.bounds);
      }
      if (taken.size() == 3) {
        const Derived& derived = hull.cells[0].derived[0];
        const Interval& percent = std::holds_alternative<Rate>(derived)
                                      ? std::get<Rate>(derived).rate
                                      : std::get<Share>(derived).percent;
        for (const int over :
             SumsOfSides(world, taken[1].figure, taken[1].reporters)) {
          for (const int under :
               SumsOfSides(world, taken[2].figure, taken[2].reporters)) {
            EXPECT_TRUE(HasPercent(percent, over, under))
                << over << " of " << under;
          }
        }
      }

      query.conflict_policy = ConflictPolicy::kFail;
      const auto answer = Built(world.plan).Ask(query);
      if (disputed) {
        ++refused;
        EXPECT_THAT(answer, HasReason("CONFLICT"));
      } else if (answer.ok()) {
        ++agreed;
      }
    }
  }
  // Worlds in which everybody agrees would prove nothing.
  EXPECT_GT(below, Worlds() / 20);
  EXPECT_GT(refused, Worlds() / 20);
  EXPECT_GT(agreed, 0);
}

// What answers say, with their input cells by line: releases have other names
// in another world.
std::string Told(const Answer& answer) {
  std::string text;
  const auto interval = [](const Interval& one) {
    const auto end = [](std::optional<int64_t> value) {
      return value.has_value() ? absl::StrCat(*value) : "?";
    };
    return absl::StrCat("[", end(one.lower), ",", end(one.upper), "]");
  };
  for (const Cell& cell : answer.cells) {
    absl::StrAppend(&text, vocabulary::StateName(cell.state), " ",
                    interval({cell.reported, cell.reported}),
                    interval(cell.reported_bounds), interval(cell.panel_bounds),
                    " ", cell.coverage.complete, "/", cell.coverage.due, "/",
                    cell.coverage.expected);
    for (const auto& [state, count] : cell.coverage.tally) {
      absl::StrAppend(&text, " ", vocabulary::StateName(state), ":", count);
    }
    for (const CellFlag flag : cell.flags) {
      absl::StrAppend(&text, " f", static_cast<int>(flag));
    }
    std::vector<uint64_t> lines;
    for (const RowRef& row : cell.rows) {
      lines.push_back((*answer.snapshot->Read(row))->locator[row.row].line);
    }
    std::sort(lines.begin(), lines.end());
    absl::StrAppend(&text, " @", absl::StrJoin(lines, ","));
    for (const Conflict& conflict : cell.conflicts) {
      absl::StrAppend(&text, " ", conflict.source, "!", conflict.other_source,
                      conflict.reported, ":", conflict.other_reported, "x",
                      conflict.differences.size());
    }
    for (const Derived& derived : cell.derived) {
      if (const auto* share = std::get_if<Share>(&derived)) {
        absl::StrAppend(&text, " s", interval(share->percent));
      } else if (const auto* change = std::get_if<Change>(&derived)) {
        absl::StrAppend(&text, " m", interval(change->matched_panel.percent),
                        " p", interval(change->as_published.percent));
      }
    }
    absl::StrAppend(&text, "\n");
  }
  return text;
}

// Everything that a small world can be asked.
std::vector<Query> Questions() {
  std::vector<Query> questions;
  for (const std::vector<std::string>& group_by :
       {std::vector<std::string>{}, {"reporter"}, {"sex"}}) {
    Query query = Ask(kYears[0], group_by);
    query.periods.push_back(kYears[1]);
    query.derivations = {ChangeQuery{.base_period = kYears[0]}};
    if (group_by == std::vector<std::string>{"sex"}) {
      query.derivations.push_back(
          ShareQuery{.dimension = "sex", .base = ShareBase::kAllOffences});
    }
    questions.push_back(query);
    query.preferred_sources = {"second"};
    questions.push_back(query);
  }
  return questions;
}

std::string Told(const SnapshotPtr& snapshot,
                 std::optional<absl::Time> as_of = {}) {
  std::string text;
  for (Query query : Questions()) {
    query.as_of = as_of;
    const Answer answer = AnswerTo(query, snapshot);
    for (const Cell& cell : answer.cells) ExpectSound(cell);
    absl::StrAppend(&text, Told(answer), "\n");
  }
  return text;
}

TEST(RandomWorldsTest, OrderAndChunksOfIngestionChangeNothing) {
  for (int seed = 0; seed < Worlds() && !HasFailure(); ++seed) {
    SCOPED_TRACE(absl::StrCat("seed ", seed));
    WorldMaker maker(seed);
    WorldPlan plan = maker.MakeContradicting();
    const std::string told = Told(Built(plan).Build());
    for (size_t i = plan.size(); i > 1; --i) {
      std::swap(plan[i - 1], plan[maker.Below(static_cast<int>(i))]);
    }
    EXPECT_EQ(told, Told(Built(plan, 1 + maker.Below(4)).Build()));
  }
}

TEST(RandomWorldsTest, AsOfIsAStoreThatHoldsWhatWasPublishedByThen) {
  for (int seed = 0; seed < Worlds() && !HasFailure(); ++seed) {
    SCOPED_TRACE(absl::StrCat("seed ", seed));
    WorldMaker maker(seed);
    const WorldPlan plan = maker.MakeContradicting();
    const int month = maker.Below(7);
    const std::string day = absl::StrCat("2020-0", month + 1, "-15");
    WorldPlan published;
    std::copy_if(
        plan.begin(), plan.end(), std::back_inserter(published),
        [&](const PlannedRelease& release) { return release.published < day; });
    const absl::Time time =
        absl::UnixEpoch() + absl::Hours(24) * *vocabulary::ParseDay(day);
    EXPECT_EQ(Told(Built(plan).Build(), time), Told(Built(published).Build()));
  }
}

TEST(RandomWorldsTest, ARestartChangesNothing) {
  // A real file for each: a fraction of the worlds is enough.
  for (int seed = 0; seed < Worlds() / 200 && !HasFailure(); ++seed) {
    SCOPED_TRACE(absl::StrCat("seed ", seed));
    const World world = Built(WorldMaker(seed).MakeContradicting());
    const std::string told = Told(world.Build());
    TempDir dir;
    for (const bool fill : {true, false}) {
      COLLATE_ASSERT_OK_AND_ASSIGN(const auto store,
                                   store::OpenDataDirectory(dir.File("data")));
      if (fill) {
        for (store::ReleaseDraft& draft : DraftsOf(*world.Build())) {
          draft.release.documents[0].sha256 = base::Sha256Hex("x");
          const std::string withdrawn =
              std::exchange(draft.release.withdrawn_reason, "");
          draft.release.state = store::ReleaseState::kPublished;
          ASSERT_THAT(store->Publish(draft), IsOk());
          if (withdrawn.empty()) continue;
          ASSERT_THAT(store->Withdraw(draft.release.name, withdrawn), IsOk());
        }
      }
    }
    COLLATE_ASSERT_OK_AND_ASSIGN(const auto store,
                                 store::OpenDataDirectory(dir.File("data")));
    COLLATE_ASSERT_OK_AND_ASSIGN(
        const auto publisher,
        Publisher::Open(collate::testing::MakeTestVocabulary(), store.get()));
    const std::string again = Told(publisher->Current());
    EXPECT_EQ(told, again);
  }
}

TEST(RandomWorldsTest, ACompletePartitionIsItsTotalOrTheDifferenceIsListed) {
  int listed = 0;
  for (int seed = 0; seed < Worlds() && !HasFailure(); ++seed) {
    SCOPED_TRACE(absl::StrCat("seed ", seed));
    WorldMaker maker(seed);
    // One release that prints totals and complete splits of 0 to 59 each.
    World world;
    world.Release("first", "2020-06-01");
    std::vector<bool> differs;
    std::vector<std::pair<std::string, int>> totals;
    world.Slice({.axes = {"sex@sex"}});
    for (const char* reporter : kReporters) {
      const int f = maker.Below(60);
      const int m = maker.Below(60);
      world.Row(
          {.reporter = reporter, .at = {"f"}, .period = "2018", .value = f});
      world.Row(
          {.reporter = reporter, .at = {"m"}, .period = "2018", .value = m});
      const int total = f + m + (maker.Below(3) == 0 ? maker.Below(9) - 4 : 0);
      totals.emplace_back(reporter, std::max(0, total));
      differs.push_back(totals.back().second != f + m);
    }
    world.Slice({});
    for (const auto& [reporter, total] : totals) {
      world.Row({.reporter = reporter, .period = "2018", .value = total});
    }
    const SnapshotPtr snapshot = world.Build();
    const Answer whole = AnswerTo(Ask("2018", {"reporter"}), snapshot);
    const Answer parts = AnswerTo(Ask("2018", {"reporter", "sex"}), snapshot);
    COLLATE_ASSERT_OK_AND_ASSIGN(const auto findings,
                                 FindImplausible(*whole.snapshot, {}));
    for (int r = 0; r < 4; ++r) {
      const int64_t sum =
          *parts.cells[2 * r].reported + *parts.cells[2 * r + 1].reported;
      EXPECT_EQ(sum != *whole.cells[r].reported, differs[r]);
      const bool told = std::any_of(
          findings.begin(), findings.end(), [&](const Finding& finding) {
            return (finding.kind == FindingKind::kPartsVTotal ||
                    finding.kind == FindingKind::kPartExceedsWhole) &&
                   whole.snapshot->vocabulary()
                           .reporters()
                           .member(finding.reporter)
                           .code == kReporters[r];
          });
      EXPECT_EQ(told, differs[r]) << kReporters[r];
      listed += told ? 1 : 0;
    }
  }
  EXPECT_GT(listed, Worlds() / 10);
}

}  // namespace
}  // namespace collate::query
