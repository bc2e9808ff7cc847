#include "tests/service/query/random_worlds.h"

#include <algorithm>
#include <functional>
#include <iterator>

#include "absl/strings/str_cat.h"
#include "service/vocabulary/state.h"

namespace collate::testing {
namespace {

using store::Partition;
using vocabulary::State;

// The halves of a year, as days.
std::string Half(const std::string& year, int half) {
  return half == 0
             ? absl::StrCat(year, "-01-01/", year, "-07-01")
             : absl::StrCat(year, "-07-01/", std::stoi(year) + 1, "-01-01");
}

int Sum(const YearTruth& truth, int half, int sex) {
  int sum = 0;
  for (int h = 0; h < 2; ++h) {
    for (int s = 0; s < 2; ++s) {
      if ((half < 0 || half == h) && (sex < 0 || sex == s)) sum += truth[h][s];
    }
  }
  return sum;
}

std::vector<YearTruth> AllTruths() {
  std::vector<YearTruth> all;
  for (int n = 0; n < 81; ++n) {
    all.push_back({{{n % 3, n / 3 % 3}, {n / 9 % 3, n / 27}}});
  }
  return all;
}

}  // namespace

WorldMaker::Statement WorldMaker::State(const std::string& reporter,
                                        const std::string& period,
                                        std::vector<std::string> at,
                                        int truth) {
  Statement statement;
  RowSpec& row = statement.row;
  row.reporter = reporter;
  row.period = period;
  row.at = std::move(at);
  row.line = ++line_;
  switch (Below(10)) {
    case 0: {  // to the nearest 2, by an unstated rule
      const int printed = truth / 2 * 2;
      row.state = vocabulary::State::kRounded;
      row.value = printed;
      row.lower = printed - 1;
      row.upper = printed + 1;
      statement.lower = printed - 1;
      statement.upper = printed + 1;
      break;
    }
    case 1:
      row.state = vocabulary::State::kSuppressed;
      if (truth >= 1 && truth <= 4) {
        row.lower = statement.lower = 1;
        row.upper = statement.upper = 4;
      }
      break;
    case 2: {
      constexpr vocabulary::State kSilent[] = {
          vocabulary::State::kRefused, vocabulary::State::kNoResponse,
          vocabulary::State::kNotHeld, vocabulary::State::kNotShown};
      row.state = kSilent[Below(4)];
      break;
    }
    default:
      row.value = statement.lower = statement.upper = truth;
      break;
  }
  return statement;
}

TrueWorld WorldMaker::MakeTrue() {
  TrueWorld world;
  world.plan = {{.source = "first", .published = "2020-06-01"},
                {.source = "second", .published = "2020-07-01"}};
  for (PlannedRelease& release : world.plan) {
    release.slices = {
        {.spec = {}},
        {.spec = {.axes = {"sex@sex"}, .partition = Partition::kComplete}},
        {.spec = {.axes = {"sex@sex"}, .partition = Partition::kIncomplete}}};
  }
  const std::vector<YearTruth> all = AllTruths();
  for (int r = 0; r < 4; ++r) {
    std::array<YearTruth, 2> truths;
    for (int y = 0; y < 2; ++y) {
      const std::string year = kYears[y];
      const YearTruth truth = truths[y] = all[Below(81)];
      const bool elsewhere = r == 3 && Below(6) == 0;
      world.elsewhere[r][y] = elsewhere;
      std::vector<std::function<bool(const YearTruth&)>> allows;
      const auto say = [&](PlannedSlice& slice, int half, int sex) {
        Statement made =
            State(kReporters[r], half < 0 ? year : Half(year, half),
                  sex < 0 ? std::vector<std::string>{}
                          : std::vector<std::string>{kSexes[sex]},
                  Sum(truth, half, sex));
        if (elsewhere) {
          made = {.row = {.reporter = made.row.reporter,
                          .at = made.row.at,
                          .period = made.row.period,
                          .state = vocabulary::State::kIncludedElsewhere,
                          .line = made.row.line}};
          if (Below(2) == 0) {
            const int sum = Sum(truth, half, sex);
            made.row.lower = made.lower = std::max(0, sum - 1);
            made.row.upper = made.upper = sum + 1;
          }
        }
        slice.rows.push_back(made.row);
        allows.push_back([=](const YearTruth& other) {
          const int sum = Sum(other, half, sex);
          return made.lower <= sum && sum <= made.upper;
        });
      };
      for (PlannedRelease& release : world.plan) {
        const int ways = release.source == "first" ? 1 + Below(2) : Below(2);
        for (int way = 0; way < ways; ++way) {
          const int kind = Below(6);
          const bool taken = std::any_of(
              release.slices.begin(), release.slices.end(),
              [&](const PlannedSlice& slice) {
                return slice.spec.partition == (kind < 3
                                                    ? Partition::kComplete
                                                    : Partition::kIncomplete) &&
                       slice.spec.axes.empty() == (kind < 2) &&
                       std::any_of(slice.rows.begin(), slice.rows.end(),
                                   [&](const RowSpec& row) {
                                     return row.reporter == kReporters[r] &&
                                            row.period.substr(0, 4) == year;
                                   });
              });
          if (taken) continue;
          if (kind == 0) {
            say(release.slices[0], -1, -1);
          } else if (kind == 1) {
            const int last = 1 - Below(4) / 3;  // one half may be missing
            for (int half = 0; half <= last; ++half) {
              say(release.slices[0], half, -1);
            }
          } else if (kind == 2) {
            say(release.slices[1], -1, 0);
            say(release.slices[1], -1, 1);
          } else if (kind == 3) {
            say(release.slices[2], -1, Below(2));
          }
        }
      }
      std::copy_if(
          all.begin(), all.end(), std::back_inserter(world.completions[r][y]),
          [&](const YearTruth& one) {
            return std::all_of(allows.begin(), allows.end(),
                               [&](const auto& allow) { return allow(one); });
          });
    }
    if (Below(3) == 0) GiveTogether(r, truths, world);
  }
  for (PlannedRelease& release : world.plan) {
    std::erase_if(release.slices,
                  [](const PlannedSlice& slice) { return slice.rows.empty(); });
  }
  return world;
}

// The first source's totals of both years as one figure, where it has none.
void WorldMaker::GiveTogether(int reporter,
                              const std::array<YearTruth, 2>& truths,
                              TrueWorld& world) {
  PlannedSlice& totals = world.plan[0].slices[0];
  const bool taken = std::any_of(
      totals.rows.begin(), totals.rows.end(),
      [&](const RowSpec& row) { return row.reporter == kReporters[reporter]; });
  if (taken || world.elsewhere[reporter][0] || world.elsewhere[reporter][1]) {
    return;
  }
  const int sum = Sum(truths[0], -1, -1) + Sum(truths[1], -1, -1);
  const int off = Below(2);
  RowSpec row = {.reporter = kReporters[reporter],
                 .period = "2018-01-01/2020-01-01",
                 .value = sum,
                 .line = ++line_};
  if (off > 0) {
    row.state = vocabulary::State::kRounded;
    row.lower = sum - off;
    row.upper = sum + off;
  }
  totals.rows.push_back(row);
  for (const char* year : kYears) {
    totals.rows.push_back({.reporter = kReporters[reporter],
                           .period = year,
                           .state = vocabulary::State::kAggregated,
                           .line = ++line_});
  }
  auto& completions = world.completions[reporter];
  const auto possible = [&](const YearTruth& one,
                            const std::vector<YearTruth>& others) {
    return std::any_of(others.begin(), others.end(), [&](const YearTruth& it) {
      const int both = Sum(one, -1, -1) + Sum(it, -1, -1);
      return sum - off <= both && both <= sum + off;
    });
  };
  for (const int y : {0, 1}) {
    std::erase_if(completions[y], [&](const YearTruth& one) {
      return !possible(one, completions[1 - y]);
    });
  }
}

DisputedWorld WorldMaker::MakeDisputed() {
  DisputedWorld world;
  world.plan = {{.source = "first", .published = "2020-06-01"},
                {.source = "second", .published = "2020-07-01"}};
  for (int source = 0; source < 2; ++source) {
    std::vector<PlannedSlice>& slices = world.plan[source].slices;
    slices = {
        {.spec = {}},
        {.spec = {.axes = {"sex@sex"}, .partition = Partition::kIncomplete}},
        {.spec = {.measure = "people"}}};
    for (int r = 0; r < 4; ++r) {
      PrintedFigures& printed = world.printed[source][r];
      const auto print = [&](PlannedSlice& slice, const char* period,
                             std::vector<std::string> at, int value) {
        slice.rows.push_back({.reporter = kReporters[r],
                              .at = std::move(at),
                              .period = period,
                              .value = value,
                              .line = ++line_});
        return value;
      };
      const int all = 1 + Below(5);
      if (Below(5) > 0) printed.all = print(slices[0], kYears[0], {}, all);
      if (Below(5) > 0) {
        printed.women =
            print(slices[1], kYears[0], {kSexes[0]}, Below(all + 1));
      }
      if (Below(5) > 0) {
        printed.people = print(slices[2], "2017-06-30", {}, 1 + Below(3));
      }
    }
    std::erase_if(slices,
                  [](const PlannedSlice& slice) { return slice.rows.empty(); });
  }
  return world;
}

WorldPlan WorldMaker::MakeContradicting() {
  WorldPlan plan;
  const int editions = 2 + Below(4);
  for (int e = 0; e < editions; ++e) {
    PlannedRelease release;
    release.source = Below(3) == 0 ? "second" : "first";
    release.published = absl::StrCat("2020-0", e + 1, "-01");
    release.withdrawn = Below(12) == 0;
    const int slices = 1 + Below(3);
    std::vector<PlannedSlice> kinds = {
        {.spec = {}},
        {.spec = {.axes = {"sex@sex"}, .partition = Partition::kComplete}},
        {.spec = {.axes = {"sex@sex"}, .partition = Partition::kIncomplete}}};
    for (int n = 0; n < slices; ++n) {
      PlannedSlice slice = kinds[n];
      for (const char* reporter : kReporters) {
        for (const char* year : kYears) {
          if (Below(3) == 0) continue;
          const bool halves = Below(4) == 0;
          for (int half = halves ? 0 : -1; half < (halves ? 2 : 0); ++half) {
            const std::string period =
                half < 0 ? std::string(year) : Half(year, half);
            for (const char* sex : kSexes) {
              const bool total = slice.spec.axes.empty();
              if (total && sex != kSexes[0]) continue;
              slice.rows.push_back(State(reporter, period,
                                         total ? std::vector<std::string>{}
                                               : std::vector<std::string>{sex},
                                         Below(60))
                                       .row);
              if (Below(8) == 0) {
                slice.rows.back().flags = vocabulary::kFlagRevised;
              }
            }
          }
        }
      }
      if (slice.rows.empty()) continue;
      if (Below(2) == 0) {
        slice.extents.push_back(
            {{kReporters[0], kReporters[Below(3) + 1]}, {kYears[Below(2)]}});
      }
      release.slices.push_back(std::move(slice));
    }
    if (!release.slices.empty()) plan.push_back(std::move(release));
  }
  return plan;
}

World Built(const WorldPlan& plan, size_t chunk_rows) {
  World world;
  for (const PlannedRelease& release : plan) {
    world.Release(release.source, release.published);
    if (release.withdrawn) world.Withdrawn("withdrawn");
    for (const PlannedSlice& slice : release.slices) {
      for (size_t i = 0; i < slice.rows.size(); ++i) {
        if (i % chunk_rows == 0) world.Slice(slice.spec);
        world.Row(slice.rows[i]);
      }
      for (const auto& [reporters, periods] : slice.extents) {
        world.Extent(reporters, periods);
      }
    }
  }
  return world;
}

}  // namespace collate::testing
