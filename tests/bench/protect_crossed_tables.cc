// How long disclosure control takes for one table that is crossed in several
// ways and printed with all its margins, by profile, and what it costs in
// figures.
//
//   protect_crossed_tables --members 4 --members 10 --members 2 --members 4

#include <CLI/CLI.hpp>
#include <cstdint>
#include <iostream>
#include <memory>
#include <random>
#include <string>
#include <utility>
#include <vector>

#include "absl/strings/str_cat.h"
#include "absl/strings/str_format.h"
#include "gtest/gtest.h"
#include "service/disclosure/audit.h"
#include "service/disclosure/protected_store.h"
#include "service/vocabulary/state.h"
#include "tests/bench/measure.h"
#include "tests/testing/memory_store.h"
#include "tests/testing/world.h"

namespace collate::testing::bench {
namespace {

using vocabulary::Dimension;
using vocabulary::Vocabulary;

std::shared_ptr<const Vocabulary> VocabularyOf(
    const std::vector<int>& members) {
  const auto base = MakeTestVocabulary();
  Vocabulary::Parts parts;
  parts.dimensions = base->dimensions();
  parts.sources = base->sources();
  parts.sources[0].access = vocabulary::Access::kRestricted;
  vocabulary::Measure cases;
  cases.code = "cases";
  cases.title = "cases";
  cases.unit = "cases";
  cases.additive_dimensions = {"reporter"};
  cases.additive_over_time = true;
  for (size_t axis = 0; axis < members.size(); ++axis) {
    const std::string code = absl::StrCat("d", axis);
    cases.additive_dimensions.push_back(code);
    std::vector<vocabulary::Member> all(static_cast<size_t>(members[axis]));
    for (size_t i = 0; i < all.size(); ++i) {
      all[i].code = absl::StrCat("m", i);
      all[i].title = all[i].code;
    }
    auto made = Dimension::Make(code, code, "", {{"level", "", false}},
                                vocabulary::Matching::kExact, std::move(all));
    EXPECT_TRUE(made.ok()) << made.status();
    parts.dimensions.push_back(*std::move(made));
  }
  parts.measures = {cases};
  parts.sha256 = "crossed";
  auto made = Vocabulary::Make(std::move(parts));
  EXPECT_TRUE(made.ok()) << made.status();
  return std::make_shared<const Vocabulary>(*std::move(made));
}

// Of the numbers a third is small. `lacking` of a hundred rows are left out.
World TableOf(const std::shared_ptr<const Vocabulary>& vocabulary,
              const std::vector<int>& members, int lacking, uint32_t seed) {
  std::mt19937 random(seed);
  size_t cells = 1;
  for (const int count : members) cells *= static_cast<size_t>(count);
  std::vector<int64_t> truth(cells);
  for (int64_t& count : truth) {
    const uint32_t kind = random() % 6;
    count = kind == 0   ? 0
            : kind <= 2 ? 1 + static_cast<int64_t>(random() % 6)
                        : 8 + static_cast<int64_t>(random() % 200);
  }
  World world(vocabulary);
  world.Release("first", "2019-01-01");
  for (uint32_t axes = 0; axes < (1u << members.size()); ++axes) {
    SliceSpec slice;
    slice.measure = "cases";
    size_t rows = 1;
    for (size_t axis = 0; axis < members.size(); ++axis) {
      if ((axes >> axis & 1) == 0) continue;
      slice.axes.push_back(absl::StrCat("d", axis, "@level"));
      rows *= static_cast<size_t>(members[axis]);
    }
    world.Slice(slice);
    std::vector<int64_t> sums(rows, 0);
    for (size_t cell = 0; cell < cells; ++cell) {
      size_t rest = cell;
      size_t row = 0;
      for (size_t axis = 0; axis < members.size(); ++axis) {
        const size_t member = rest % static_cast<size_t>(members[axis]);
        rest /= static_cast<size_t>(members[axis]);
        if ((axes >> axis & 1) != 0) {
          row = row * static_cast<size_t>(members[axis]) + member;
        }
      }
      sums[row] += truth[cell];
    }
    for (size_t row = 0; row < rows; ++row) {
      RowSpec spec;
      spec.reporter = "p";
      spec.period = "2018";
      spec.value = sums[row];
      size_t rest = row;
      for (size_t axis = members.size(); axis-- > 0;) {
        if ((axes >> axis & 1) == 0) continue;
        spec.at.insert(
            spec.at.begin(),
            absl::StrCat("m", rest % static_cast<size_t>(members[axis])));
        rest /= static_cast<size_t>(members[axis]);
      }
      if (static_cast<int>(random() % 100) < lacking) continue;
      world.Row(spec);
    }
  }
  return world;
}

void Measure(const std::vector<int>& members, int lacking, uint32_t seed,
             bool audit) {
  const auto vocabulary = VocabularyOf(members);
  const World world = TableOf(vocabulary, members, lacking, seed);
  MemoryStore store;
  for (const auto& draft : DraftsOf(*world.Build())) {
    EXPECT_TRUE(store.Publish(draft).ok());
  }
  for (const std::string& profile : disclosure::ProfileNames()) {
    if (profile == disclosure::kNoProfile) continue;
    disclosure::ProtectedStore::Options options;
    options.vocabulary = vocabulary;
    options.store = &store;
    options.profile = disclosure::FindProfile(profile);
    const disclosure::ProtectedStore shown(options);
    const double begin = Now();
    const double processor = ProcessorSeconds();
    const auto rows = shown.ReadObservations("sources/first/releases/1");
    const double took = Now() - begin;
    const double computed = ProcessorSeconds() - processor;
    if (!rows.ok()) {
      std::cout << std::flush
                << absl::StreamFormat("%-14s %7.1f s  %s\n", profile, took,
                                      rows.status().ToString());
      continue;
    }
    int64_t figures = 0;
    int64_t withheld = 0;
    for (const store::Observations& chunk : *rows) {
      for (const vocabulary::State state : chunk.state) {
        ++figures;
        withheld += state == vocabulary::State::kSuppressed ? 1 : 0;
      }
    }
    std::cout
        << std::flush
        << absl::StreamFormat(
               "%-14s %7.1f s (%.1f s of processor)  %d figures, %d withheld\n",
               profile, took, computed, figures, withheld);
    std::cout << std::flush;
    if (!audit) continue;
    const double before = Now();
    const auto report = disclosure::Audit(shown, {});
    EXPECT_TRUE(report.ok()) << report.status();
    std::cout << std::flush
              << absl::StreamFormat(
                     "%-14s %7.1f s  audit, %d findings; withheld for its own "
                     "sake %d\n",
                     "", Now() - before, report->findings.size(),
                     report->sources[0].withheld);
  }
}

}  // namespace
}  // namespace collate::testing::bench

int main(int argc, char** argv) {
  CLI::App app("How long disclosure control takes");
  std::vector<int> members = {4, 10, 2, 4};
  int lacking = 0;
  uint32_t seed = 1;
  bool audit = false;
  app.add_option("--members", members, "members of each dimension");
  app.add_option("--lacking", lacking, "of a hundred rows, how many lack");
  app.add_option("--seed", seed, "of the numbers");
  app.add_flag("--audit", audit, "audit what is shown, too");
  CLI11_PARSE(app, argc, argv);
  std::cout << collate::testing::bench::Machine() << std::endl;
  collate::testing::bench::Measure(members, lacking, seed, audit);
  return ::testing::Test::HasFailure() ? 1 : 0;
}
