// The embedded store on a file system that fails.

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <atomic>
#include <cerrno>
#include <thread>
#include <vector>

#include "absl/strings/str_cat.h"
#include "service/store/sqlite_store.h"
#include "tests/service/store/expect_release.h"
#include "tests/service/store/fault_vfs.h"
#include "tests/service/store/observations_testing.h"
#include "tests/testing/status_matchers.h"
#include "tests/testing/temp_dir.h"

namespace collate::store {
namespace {

using ::collate::testing::HasReason;
using ::collate::testing::IsOk;
using ::collate::testing::IsOkAndHolds;
using ::collate::testing::StatusIs;
using ::collate::testing::TempDir;
using ::testing::AllOf;

class SqliteFaultsTest : public ::testing::Test {
 protected:
  SqliteFaultsTest() { options_.vfs = vfs_.name(); }

  absl::StatusOr<std::unique_ptr<Store>> Open() const {
    return OpenDataDirectory(directory_.path(), options_);
  }

  FaultVfs vfs_;
  SqliteStoreOptions options_;
  const TempDir directory_;
};

TEST_F(SqliteFaultsTest, FailedSyncOfACommitIsAnUnknownOutcome) {
  const ReleaseDraft first = MakeDraft("police", 1);
  const ReleaseDraft second = MakeDraft("police", 2);
  COLLATE_ASSERT_OK_AND_ASSIGN(std::unique_ptr<Store> store, Open());
  ASSERT_THAT(store->Publish(first), IsOk());
  // The first sync is that of the begin of the log.
  vfs_.FailNth(FaultVfs::kSync, 2, EIO);
  EXPECT_THAT(store->Publish(second),
              AllOf(StatusIs(absl::StatusCode::kUnavailable),
                    HasReason("COMMIT_OUTCOME_UNKNOWN")));
  ASSERT_EQ(vfs_.failures(), 1);
  // Making it again is safe whatever became of it.
  const absl::Status again = store->Publish(second);
  EXPECT_TRUE(again.ok() || absl::IsAlreadyExists(again)) << again;
  ExpectPublished(*store, first);
  ExpectPublished(*store, second);
  EXPECT_THAT(CheckOf(*store), IsOk());
}

TEST_F(SqliteFaultsTest, FullDiskIsNamedForWhatItIs) {
  COLLATE_ASSERT_OK_AND_ASSIGN(std::unique_ptr<Store> store, Open());
  for (const int error : {ENOSPC, EDQUOT, EFBIG}) {
    vfs_.FailNth(FaultVfs::kWrite, 3, error, true);
    EXPECT_THAT(store->Publish(MakeDraft("police", 1)),
                AllOf(StatusIs(absl::StatusCode::kResourceExhausted),
                      HasReason("DISK_FULL")))
        << error;
    vfs_.FailNoMore();
    ExpectAbsent(*store, MakeDraft("police", 1));
  }
  EXPECT_THAT(store->Publish(MakeDraft("police", 1)), IsOk());
  EXPECT_THAT(CheckOf(*store), IsOk());
}

TEST_F(SqliteFaultsTest, OtherFailuresAreInputAndOutput) {
  COLLATE_ASSERT_OK_AND_ASSIGN(std::unique_ptr<Store> store, Open());
  vfs_.FailNth(FaultVfs::kWrite, 3, EIO, true);
  EXPECT_THAT(
      store->Publish(MakeDraft("police", 1)),
      AllOf(StatusIs(absl::StatusCode::kUnavailable), HasReason("STORE_IO")));
}

TEST_F(SqliteFaultsTest, UnreadableFileIsNotAnEmptyStore) {
  ASSERT_THAT((*Open())->Publish(MakeDraft("police", 1)), IsOk());
  vfs_.FailNth(FaultVfs::kOpen, 1, EACCES, true);
  EXPECT_THAT(Open(), HasReason("STORE_IO"));
  vfs_.FailNth(FaultVfs::kRead, 1, EIO, true);
  EXPECT_THAT(Open(), HasReason("STORE_IO"));
  vfs_.FailNoMore();
  COLLATE_ASSERT_OK_AND_ASSIGN(const std::unique_ptr<Store> store, Open());
  EXPECT_THAT(store->ListReleases(), IsOkAndHolds(::testing::SizeIs(1)));
}

TEST_F(SqliteFaultsTest, UnreadableConnectionIsReplaced) {
  COLLATE_ASSERT_OK_AND_ASSIGN(std::unique_ptr<Store> store, Open());
  ASSERT_THAT(store->Publish(MakeDraft("police", 1)), IsOk());
  vfs_.FailNth(FaultVfs::kOpen, 1, EMFILE, true);
  EXPECT_THAT(store->ListReleases(), HasReason("STORE_IO"));
  vfs_.FailNoMore();
  EXPECT_THAT(store->ListReleases(), IsOkAndHolds(::testing::SizeIs(1)));
}

TEST_F(SqliteFaultsTest, ReadersGoOnWhileFailedCommitsReopenTheFile) {
  COLLATE_ASSERT_OK_AND_ASSIGN(const std::unique_ptr<Store> store, Open());
  const ReleaseDraft first = MakeDraft("police", 1);
  ASSERT_THAT(store->Publish(first), IsOk());
  std::atomic<bool> done = false;
  std::vector<std::thread> readers;
  for (int r = 0; r < 6; ++r) {
    readers.emplace_back([&] {
      while (!done) ExpectPublished(*store, first);
    });
  }
  int unknown = 0;
  for (uint64_t seed = 2; seed < 22; ++seed) {
    const ReleaseDraft draft = MakeDraft("police", seed);
    vfs_.FailNth(FaultVfs::kSync, 1, EIO);
    if (!store->Publish(draft).ok()) ++unknown;
    vfs_.FailNoMore();
    const absl::Status again = store->Publish(draft);
    EXPECT_TRUE(again.ok() || absl::IsAlreadyExists(again)) << again;
    ExpectPublished(*store, draft);
  }
  done = true;
  for (std::thread& reader : readers) reader.join();
  EXPECT_EQ(unknown, 20);
  EXPECT_THAT(CheckOf(*store), IsOk());
}

}  // namespace
}  // namespace collate::store
