#include "service/store/clickhouse_rows.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <random>
#include <string>
#include <vector>

#include "service/store/chunk.h"
#include "service/store/crc32c.h"
#include "service/store/wire.h"
#include "tests/service/store/observations_testing.h"
#include "tests/testing/status_matchers.h"

namespace collate::store {
namespace {

using ::collate::testing::HasReason;
using ::collate::testing::IsOk;

// What SELECT kRowColumns gives of inserted rows: all but the key of each,
// whose length is the same for all.
std::string WithoutKeys(const Observations& chunk, const std::string& rows) {
  const size_t key = 8 + 8 + 4 + 8 + 1 + chunk.slice.measure.size() + 4;
  ChunkPlace place;
  std::string selected;
  size_t at = 0;
  for (size_t row = 0; row < chunk.row_count(); ++row) {
    // The length of a row is found by the start of the next key.
    const size_t next = row + 1 == chunk.row_count()
                            ? rows.size()
                            : rows.find(rows.substr(0, key), at + key);
    selected += rows.substr(at + key, next - at - key);
    at = next;
  }
  return selected;
}

TEST(ClickHouseRowsTest, RowsBecomeTheChunkAgain) {
  for (uint64_t seed = 1; seed <= 20; ++seed) {
    std::mt19937_64 random(seed);
    const auto pieces = SortAndSplit(RandomObservations(random, 50, seed % 4));
    ASSERT_THAT(pieces, IsOk());
    const Observations& chunk = (*pieces)[0];
    ChunkPlace place;
    const std::string rows =
        AppendRows(chunk, {.release = ~seed, .chunk = 3, .batch = 9}, &place);
    COLLATE_ASSERT_OK_AND_ASSIGN(const Observations read,
                                 ReadRows(WithoutKeys(chunk, rows), place));
    EXPECT_EQ(Describe(read), Describe(chunk));
  }
}

TEST(ClickHouseRowsTest, NoChangedByteIsTakenForTheRows) {
  std::mt19937_64 random(3);
  const auto pieces = SortAndSplit(RandomObservations(random, 8, 2));
  ASSERT_THAT(pieces, IsOk());
  ChunkPlace place;
  const std::string rows =
      WithoutKeys((*pieces)[0],
                  AppendRows((*pieces)[0], {.release = 2, .batch = 3}, &place));
  ASSERT_THAT(ReadRows(rows, place), IsOk());
  const std::string whole = Describe(*ReadRows(rows, place));
  for (size_t i = 0; i < rows.size(); ++i) {
    std::string changed = rows;
    changed[i] = static_cast<char>(changed[i] + 1 + random() % 255);
    EXPECT_THAT(ReadRows(changed, place), HasReason("CORRUPT_STORE")) << i;
    EXPECT_THAT(ReadRows(rows.substr(0, i), place), HasReason("CORRUPT_STORE"))
        << i;
    // Even where the checksum fits: refused, or other rows, never a crash.
    ChunkPlace forged = place;
    forged.crc32c = Crc32c(changed);
    if (const auto read = ReadRows(changed, forged); read.ok()) {
      EXPECT_NE(Describe(*read), whole) << i;
    } else {
      EXPECT_THAT(read, HasReason("CORRUPT_STORE")) << i;
    }
  }
  ChunkPlace other = place;
  other.rows = 4000000000;
  EXPECT_THAT(ReadRows(rows, other), HasReason("CORRUPT_STORE"));
  other = place;
  other.slice = "?";
  EXPECT_THAT(ReadRows(rows, other), HasReason("CORRUPT_STORE"));
}

TEST(ClickHouseRowsTest, NoChangedByteIsTakenForARelease) {
  PublishedRow row;
  row.release = MakeDraft("police", 1, 3).release;
  row.directory.contents = {{.content = 7, .shard = 1}};
  row.directory.chunks = {{.slice = "s", .rows = 3, .batch = 5, .crc32c = 1}};
  const std::string bytes = AppendPublished(row);
  // Term, attempt, then the fields of the release; the directory is last.
  std::string release = bytes.substr(16);
  Directory directory;
  std::string tail;
  size_t begin = 0;
  while (begin < release.size()) {
    const auto read = ReadDirectoryRow(release.substr(begin));
    if (read.ok()) {
      directory = *read;
      tail = release.substr(begin);
      break;
    }
    ++begin;
  }
  ASSERT_EQ(directory.chunks.size(), 1u);
  EXPECT_EQ(directory.chunks[0].batch, 5u);
  EXPECT_EQ(directory.contents[0].content, 7u);
  for (size_t i = 0; i < tail.size(); ++i) {
    std::string changed = tail;
    changed[i] = static_cast<char>(changed[i] + 1);
    EXPECT_THAT(ReadDirectoryRow(changed), HasReason("CORRUPT_STORE")) << i;
    EXPECT_THAT(ReadDirectoryRow(tail.substr(0, i)), HasReason("CORRUPT_STORE"))
        << i;
  }
  release.resize(begin);
  AppendU64(release, 0);     // observation_count
  AppendVarint(release, 1);  // document_content
  AppendU64(release, 7);
  COLLATE_ASSERT_OK_AND_ASSIGN(const std::vector<Release> read,
                               ReadReleases(release));
  ASSERT_EQ(read.size(), 1u);
  EXPECT_EQ(read[0].manifest, row.release.manifest);
  EXPECT_TRUE(read[0].documents[0].retained);
  // The content numbers at the end are the directory's.
  for (size_t i = 0; i + 9 < release.size(); ++i) {
    std::string changed = release;
    changed[i] = static_cast<char>(changed[i] + 1);
    EXPECT_THAT(ReadReleases(changed), HasReason("CORRUPT_STORE")) << i;
    EXPECT_THAT(ReadReleases(release.substr(0, i + 1)),
                HasReason("CORRUPT_STORE"))
        << i;
  }
}

}  // namespace
}  // namespace collate::store
