// What is left of a store when everything goes wrong that can: writes that
// fail, power that is cut, bits that flip. Short by default, in full with
// COLLATE_TEST_SCALE=10: every fault, 5,000 crash states, 1,000 flips.

#include <fcntl.h>
#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <sqlite3.h>
#include <unistd.h>

#include <atomic>
#include <cerrno>
#include <filesystem>
#include <iostream>
#include <random>

#include "absl/strings/str_cat.h"
#include "service/base/error.h"
#include "service/store/answer_book.h"
#include "service/store/sqlite_store.h"
#include "tests/service/store/disk_log.h"
#include "tests/service/store/expect_release.h"
#include "tests/service/store/fault_vfs.h"
#include "tests/service/store/observations_testing.h"
#include "tests/service/store/store_life.h"
#include "tests/testing/paths.h"
#include "tests/testing/status_matchers.h"
#include "tests/testing/temp_dir.h"

namespace collate::store {
namespace {

using ::collate::testing::HasReason;
using ::collate::testing::IsOk;
using ::collate::testing::ReadFile;
using ::collate::testing::TempDir;

// At this scale nothing is left out.
bool InFull() { return TestScale() >= 10; }

// A fault at each operation in turn, until a whole life meets none.
struct Sweep {
  const char* name;
  FaultVfs::Operation operation;
  int error;
  bool for_ever;
  int step;  // between the faults of a short run
};

class DurabilityUnderFaults : public ::testing::TestWithParam<Sweep> {};

TEST_P(DurabilityUnderFaults, NothingAcknowledgedIsLostAndNothingIsHalf) {
  const Sweep& sweep = GetParam();
  FaultVfs vfs;
  int lives = 0;
  int troubled = 0;
  for (int n = 1;; n += InFull() ? 1 : sweep.step) {
    ASSERT_LT(n, 10000) << "the fault never stops being met";
    SCOPED_TRACE(absl::StrCat("fault at operation ", n));
    const TempDir directory;
    StoreLife life(directory.path(), vfs.name(), nullptr, false);
    vfs.FailNth(sweep.operation, n, sweep.error, sweep.for_ever);
    life.Live();
    const bool met = vfs.failures() > 0;
    vfs.FailNoMore();
    ++lives;
    if (life.failures() > 0) {
      ++troubled;
      EXPECT_TRUE(met);
    }
    life.Finish();
    if (HasFailure()) return;
    life.ExpectWhole(*life.store(), *life.book());
    if (HasFailure()) return;
    if (!met) break;
  }
  std::cout << "measured: " << lives << " lives, " << troubled
            << " with an error told" << std::endl;
}

INSTANTIATE_TEST_SUITE_P(
    Faults, DurabilityUnderFaults,
    ::testing::Values(
        Sweep{"FullOnce", FaultVfs::kWrite, ENOSPC, false, 31},
        Sweep{"FullForEver", FaultVfs::kWrite, ENOSPC, true, 37},
        Sweep{"WriteErrorOnce", FaultVfs::kWrite, EIO, false, 41},
        Sweep{"WriteErrorForEver", FaultVfs::kWrite, EIO, true, 43},
        Sweep{"InterruptedWrite", FaultVfs::kWrite, EINTR, false, 47},
        Sweep{"SyncErrorOnce", FaultVfs::kSync, EIO, false, 3},
        Sweep{"SyncErrorForEver", FaultVfs::kSync, EIO, true, 5},
        Sweep{"SyncFull", FaultVfs::kSync, ENOSPC, false, 7},
        Sweep{"NoDescriptorOnce", FaultVfs::kOpen, EMFILE, false, 3},
        Sweep{"NoDescriptorForEver", FaultVfs::kOpen, EMFILE, true, 5},
        Sweep{"OpenError", FaultVfs::kOpen, EIO, false, 5},
        Sweep{"ReadErrorOnce", FaultVfs::kRead, EIO, false, 31},
        Sweep{"ReadErrorForEver", FaultVfs::kRead, EIO, true, 37},
        Sweep{"TruncateError", FaultVfs::kTruncate, EIO, false, 3},
        Sweep{"DeleteError", FaultVfs::kDelete, EIO, false, 1},
        Sweep{"NoSharedMemory", FaultVfs::kShare, ENOSPC, false, 3}),
    [](const ::testing::TestParamInfo<Sweep>& info) {
      return std::string(info.param.name);
    });

// The power is cut at any moment of a life.
struct Cut {
  const char* name;
  DiskLog::Left left;
  bool failing_syncs;  // one of the syncs fails
};

class DurabilityAfterPowerCuts : public ::testing::TestWithParam<Cut> {};

TEST_P(DurabilityAfterPowerCuts, NothingAcknowledgedIsLostAndNothingIsHalf) {
  const Cut& cut = GetParam();
  std::mt19937_64 random(21);
  const int lives = cut.failing_syncs ? (InFull() ? 40 : 8) : 1;
  const int states = 100 * TestScale() / lives;
  int replayed = 0;
  for (int n = 1; n <= lives; ++n) {
    DiskLog log;
    FaultVfs vfs(&log);
    const TempDir lived;
    StoreLife life(lived.path(), vfs.name(), &log, !cut.failing_syncs);
    // Two in a row: what the first has lost, the second is to write.
    if (cut.failing_syncs) vfs.FailNth(FaultVfs::kSync, n, EIO, n % 2 == 0);
    life.Live();
    vfs.FailNoMore();
    if (cut.failing_syncs) life.Finish();
    life.Close();
    if (HasFailure()) return;

    const size_t events = log.size();
    for (int state = 0; state < states; ++state) {
      // Spread over the life, so that many states have every moment of it.
      const size_t after =
          static_cast<size_t>(state) * (events + 1) /
              static_cast<size_t>(states) +
          random() % (events / static_cast<size_t>(states) + 1);
      SCOPED_TRACE(absl::StrCat("sync ", n, ", cut after event ", after, " of ",
                                events));
      const TempDir directory;
      for (const auto& [name, content] :
           log.CutAfter(after, cut.left, random)) {
        directory.Write(std::filesystem::path(name).filename(), content);
      }
      SqliteStoreOptions options;
      options.vfs = vfs.name();
      AnswerBookOptions book_options;
      book_options.vfs = vfs.name();
      const auto store = OpenDataDirectory(directory.path(), options);
      ASSERT_THAT(store, IsOk());
      const auto book = OpenAnswerBook(directory.path(), book_options);
      ASSERT_THAT(book, IsOk());
      life.ExpectKept(**store, **book, after, true);
      life.ExpectRepeatable(**store, after);
      if (HasFailure()) return;
      ++replayed;
    }
  }
  std::cout << "measured: " << replayed << " crash states" << std::endl;
}

INSTANTIATE_TEST_SUITE_P(
    Cuts, DurabilityAfterPowerCuts,
    ::testing::Values(Cut{"UnsyncedLost", DiskLog::Left::kNone, false},
                      Cut{"UnsyncedKept", DiskLog::Left::kAll, false},
                      Cut{"SomeUnsyncedKept", DiskLog::Left::kSome, false},
                      Cut{"LastTorn", DiskLog::Left::kTorn, false},
                      Cut{"FailedSyncs", DiskLog::Left::kSome, true}),
    [](const ::testing::TestParamInfo<Cut>& info) {
      return std::string(info.param.name);
    });

}  // namespace
}  // namespace collate::store
