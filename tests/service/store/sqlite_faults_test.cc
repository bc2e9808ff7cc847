// The embedded store on a file system that fails.

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <atomic>
#include <cerrno>
#include <filesystem>
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
  vfs_.FailNth(FaultVfs::kSync, 1, EIO);
  EXPECT_THAT(store->Publish(second),
              AllOf(StatusIs(absl::StatusCode::kUnavailable),
                    HasReason("COMMIT_OUTCOME_UNKNOWN")));
  ASSERT_EQ(vfs_.failures(), 1);
  // Making it again is safe whatever became of it.
  const absl::Status again = store->Publish(second);
  EXPECT_TRUE(again.ok() || absl::IsAlreadyExists(again)) << again;
  ExpectPublished(*store, first);
  ExpectPublished(*store, second);
  EXPECT_THAT(store->Check(), IsOk());
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
  EXPECT_THAT(store->Check(), IsOk());
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
  EXPECT_THAT(store->Check(), IsOk());
}

// A fault at each place in turn, until a publication meets none: whatever
// fails, what was acknowledged is there, what was refused is there whole or
// not at all, and the store goes on.
struct Sweep {
  const char* name;
  FaultVfs::Operation operation;
  int error;
  bool for_ever;
};

class FaultSweepTest : public SqliteFaultsTest,
                       public ::testing::WithParamInterface<Sweep> {};

TEST_P(FaultSweepTest, NothingAcknowledgedIsLostAndNothingIsHalf) {
  const Sweep& sweep = GetParam();
  const ReleaseDraft first = MakeDraft("police", 1);
  const ReleaseDraft second = MakeDraft("police", 2, 40, 200000);
  int refused = 0;
  for (int n = 1;; ++n) {
    ASSERT_LT(n, 1000) << "the fault never stops being met";
    SCOPED_TRACE(absl::StrCat("fault at operation ", n));
    std::filesystem::remove_all(directory_.path());
    absl::StatusOr<std::unique_ptr<Store>> store = Open();
    ASSERT_THAT(store, IsOk());
    ASSERT_THAT((*store)->Publish(first), IsOk());
    vfs_.FailNth(sweep.operation, n, sweep.error, sweep.for_ever);
    const absl::Status status = (*store)->Publish(second);
    vfs_.FailNoMore();
    const bool met = vfs_.failures() > 0;
    if (!status.ok()) {
      ++refused;
      EXPECT_TRUE(met) << status;
      EXPECT_TRUE(absl::IsUnavailable(status) ||
                  absl::IsResourceExhausted(status))
          << status;
    }
    for (int pass = 0; pass < 2; ++pass) {
      ASSERT_THAT((*store)->Check(), IsOk());
      ExpectPublished(**store, first);
      if (status.ok() ||
          (*store)->GetRelease(second.release.name).status().ok()) {
        ExpectPublished(**store, second);
      } else {
        ExpectAbsent(**store, second);
      }
      if (pass == 1) break;
      store->reset();
      store = Open();
      ASSERT_THAT(store, IsOk());
    }
    const absl::Status again = (*store)->Publish(second);
    EXPECT_TRUE(again.ok() || absl::IsAlreadyExists(again)) << again;
    ExpectPublished(**store, second);
    if (HasFatalFailure() || HasNonfatalFailure()) return;
    if (!met) break;
  }
  EXPECT_GT(refused, 0);
}

INSTANTIATE_TEST_SUITE_P(
    Faults, FaultSweepTest,
    ::testing::Values(Sweep{"FullOnce", FaultVfs::kWrite, ENOSPC, false},
                      Sweep{"FullForEver", FaultVfs::kWrite, ENOSPC, true},
                      Sweep{"WriteError", FaultVfs::kWrite, EIO, false},
                      Sweep{"SyncErrorOnce", FaultVfs::kSync, EIO, false},
                      Sweep{"SyncErrorForEver", FaultVfs::kSync, EIO, true}),
    [](const ::testing::TestParamInfo<Sweep>& info) {
      return std::string(info.param.name);
    });

}  // namespace
}  // namespace collate::store
