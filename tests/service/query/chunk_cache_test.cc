#include "service/query/chunk_cache.h"

#include <memory>
#include <string>
#include <vector>

#include "gtest/gtest.h"
#include "service/store/observations.h"
#include "tests/testing/memory_store.h"
#include "tests/testing/status_matchers.h"
#include "tests/testing/world.h"

namespace collate::query {
namespace {

using ::collate::testing::DraftsOf;
using ::collate::testing::IsOk;
using ::collate::testing::MemoryStore;
using ::collate::testing::World;

// Three chunks of one release.
std::string PublishThree(MemoryStore& store) {
  World world;
  world.Release("first", "2018-06-01");
  for (const char* universe : {"", "platform_known", "victims"}) {
    world.Slice({.universe = universe})
        .Row({.reporter = "p", .period = "2017/18", .value = 1});
  }
  const auto draft = DraftsOf(*world.Build())[0];
  EXPECT_THAT(store.Publish(draft), IsOk());
  return draft.release.name;
}

TEST(ChunkCache, ReadsAChunkOnceWhileThereIsRoom) {
  MemoryStore store;
  const std::string release = PublishThree(store);
  ChunkCache cache(&store);
  const auto first = *cache.Read(release, 0);
  EXPECT_EQ(first, *cache.Read(release, 0));
  EXPECT_NE(first, *cache.Read(release, 1));
  EXPECT_EQ(first->slice.universe, "");
}

TEST(ChunkCache, ForgetsWhatWasUsedLongestAgo) {
  MemoryStore store;
  const std::string release = PublishThree(store);
  // Holds one at a time, however small it is.
  ChunkCache cache(&store, /*most_bytes=*/1);
  const auto first = *cache.Read(release, 0);
  EXPECT_EQ(first, *cache.Read(release, 0));
  const auto second = *cache.Read(release, 1);
  EXPECT_NE(first, *cache.Read(release, 0)) << "read anew";
  EXPECT_EQ(first->value, (*cache.Read(release, 0))->value);
  EXPECT_EQ(second->slice.universe, "platform_known") << "who has it keeps it";
}

TEST(ChunkCache, AFailureIsToldAndKeepsNothingFromBeingRead) {
  MemoryStore store;
  const std::string release = PublishThree(store);
  ChunkCache cache(&store);
  EXPECT_FALSE(cache.Read("sources/no/releases/such", 0).ok());
  EXPECT_THAT(cache.Read(release, 2), IsOk());
}

}  // namespace
}  // namespace collate::query
