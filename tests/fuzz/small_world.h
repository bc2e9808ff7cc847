// A few figures of everything that a question can be about, for fuzzers of
// questions. Needs no test around it.

#ifndef COLLATE_TESTS_FUZZ_SMALL_WORLD_H_
#define COLLATE_TESTS_FUZZ_SMALL_WORLD_H_

#include "tests/testing/world.h"

namespace collate::fuzz {

// Two sources of `offences`: totals, halves, codes and sexes; withheld, refused
// and rounded ones, one that was withdrawn, and one that contradicts. People
// and a printed rate of theirs, mentions of platforms, accounts.
inline testing::World SmallWorld() {
  using vocabulary::State;
  testing::World world;
  world.Release("first", "2018-06-01")
      .Slice({.axes = {"offence@code"}})
      .Row({.reporter = "p", .at = {"88A"}, .period = "2017/18", .value = 50})
      .Row({.reporter = "p", .at = {"71"}, .period = "2017/18", .value = 5})
      .Row({.reporter = "q", .at = {"88A"}, .period = "2017/18", .value = 0})
      .Row({.reporter = "q", .at = {"88A"}, .period = "2018/19", .value = 12})
      .Row({.reporter = "r",
            .at = {"88A"},
            .period = "2017/18",
            .state = State::kSuppressed,
            .lower = 1,
            .upper = 4,
            .reason = "fewer than five"})
      .Row({.reporter = "r",
            .at = {"88A"},
            .period = "2018/19",
            .state = State::kRounded,
            .value = 15,
            .lower = 13,
            .upper = 17})
      .Row({.reporter = "s",
            .at = {"88A"},
            .period = "2017/18",
            .state = State::kRefused,
            .reason = "s.12"})
      .Row({.reporter = "pq", .at = {"88A"}, .period = "2017/18", .value = 51})
      .Extent({"p", "q", "r", "s"}, {"2017/18"})
      .Slice({.axes = {"sex@sex"}})
      .Row({.reporter = "p", .at = {"f"}, .period = "2017/18", .value = 30})
      .Row({.reporter = "p", .at = {"m"}, .period = "2017/18", .value = 20})
      .Row(
          {.reporter = "p", .at = {"unknown"}, .period = "2017/18", .value = 5})
      .Slice({})
      .Row({.reporter = "s", .period = "2017 Q2", .value = 3})
      .Row({.reporter = "s", .period = "2017 Q3", .value = -1})
      .Row({.reporter = "q", .period = "2017/18", .value = 4})
      .Slice({.measure = "people"})
      .Row({.reporter = "p", .period = "2017-06-30", .value = 1000})
      .Row({.reporter = "q", .period = "2017-06-30", .value = 0})
      .Slice({.axes = {},
              .aggregation = store::Aggregation::kNone,
              .measure = "printed_rate",
              .scale = 2})
      .Row({.reporter = "p", .period = "2017/18", .value = 5012})
      .Release("second", "2019-01-01")
      .Slice({.axes = {"offence@code"}})
      .Row({.reporter = "p", .at = {"88A"}, .period = "2017/18", .value = 52})
      .Row({.reporter = "q", .at = {"88A"}, .period = "2017/18", .value = 0})
      .Slice({.axes = {"platform@platform"},
              .partition = store::Partition::kMultiResponse,
              .measure = "uses"})
      .Row({.reporter = "p",
            .at = {"snapchat"},
            .period = "2017/18",
            .value = 20})
      .Row({.reporter = "p", .at = {"b"}, .period = "2017/18", .value = 45})
      .Slice({.axes = {},
              .aggregation = store::Aggregation::kUnique,
              .measure = "accounts"})
      .Row({.reporter = "t", .period = "2018 H1", .value = 9'000'000'000})
      .Release("second", "2019-06-01")
      .Slice({.axes = {"offence@code"}})
      .Row({.reporter = "p",
            .at = {"88A"},
            .period = "2017/18",
            .value = 53,
            .flags = vocabulary::kFlagRevised})
      .Release("first", "2019-07-01")
      .Slice({.axes = {"offence@code"}})
      .Row({.reporter = "t", .at = {"88A"}, .period = "2017/18", .value = 7})
      .Withdrawn("a mistake");
  return world;
}

}  // namespace collate::fuzz

#endif  // COLLATE_TESTS_FUZZ_SMALL_WORLD_H_
