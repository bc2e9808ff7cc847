// A snapshot of made-up figures in memory, for tests.

#ifndef COLLATE_TESTS_BENCH_SNAPSHOT_OF_H_
#define COLLATE_TESTS_BENCH_SNAPSHOT_OF_H_

#include <gtest/gtest.h>

#include <memory>
#include <string>
#include <utility>
#include <vector>

#include "service/query/snapshot.h"
#include "service/vocabulary/load.h"
#include "tests/bench/observations.h"
#include "tests/testing/temp_dir.h"

namespace collate::testing::bench {

inline std::shared_ptr<const query::Snapshot> SnapshotOf(
    const Shape& shape, const std::string& vocabulary_text) {
  TempDir dir;
  dir.Write("bench.textproto", vocabulary_text);
  auto vocabulary = vocabulary::LoadVocabulary({dir.path()});
  EXPECT_TRUE(vocabulary.ok()) << vocabulary.status();
  std::vector<std::shared_ptr<const query::LoadedRelease>> releases;
  ForEachRelease(shape, [&](store::ReleaseDraft draft) {
    auto loaded = std::make_shared<query::LoadedRelease>();
    loaded->release = std::move(draft.release);
    loaded->chunks = std::make_shared<const query::ChunksInMemory>(
        std::move(draft.observations));
    releases.push_back(std::move(loaded));
  });
  return query::Snapshot::Build(
      std::make_shared<const vocabulary::Vocabulary>(*std::move(vocabulary)),
      releases);
}

}  // namespace collate::testing::bench

#endif  // COLLATE_TESTS_BENCH_SNAPSHOT_OF_H_
