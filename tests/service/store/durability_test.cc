// What is left of a store when everything goes wrong that can: writes that
// fail, power that is cut, bits that flip. Short by default, in full with
// COLLATE_TEST_SCALE=10: every fault, 5,000 crash states, 1,000 flips.

#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <sqlite3.h>
#include <unistd.h>

#include <atomic>
#include <cerrno>
#include <filesystem>
#include <iostream>
#include <random>
#include <utility>

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

using ::collate::testing::IsOk;
using ::collate::testing::ReadFile;
using ::collate::testing::TempDir;

// At this scale nothing is left out.
bool InFull() { return TestScale() >= 10; }

int Rounds(int in_short, int in_full) {
  return InFull() ? in_full * (TestScale() / 10) : in_short * TestScale();
}

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

// Calls of the system that are interrupted, or do half of what they should, are
// no failures: whoever called goes on. SQLite takes them as plain functions.
std::atomic<int> interrupted_calls = 0;

template <typename Real>
ssize_t Interrupted(size_t size, const Real& real) {
  switch (++interrupted_calls % 4) {
    case 0:
      errno = EINTR;
      return -1;
    case 1:
      return real(size > 1 ? size / 2 : size);
    default:
      return real(size);
  }
}
ssize_t InterruptedWrite(int fd, const void* from, size_t size) {
  return Interrupted(size, [&](size_t n) { return write(fd, from, n); });
}
ssize_t InterruptedPwrite(int fd, const void* from, size_t size, off_t at) {
  return Interrupted(size, [&](size_t n) { return pwrite(fd, from, n, at); });
}
ssize_t InterruptedRead(int fd, void* to, size_t size) {
  return Interrupted(size, [&](size_t n) { return read(fd, to, n); });
}
ssize_t InterruptedPread(int fd, void* to, size_t size, off_t at) {
  return Interrupted(size, [&](size_t n) { return pread(fd, to, n, at); });
}

TEST(DurabilityUnderInterruptions, ShortAndInterruptedCallsAreCompleted) {
  static_assert(sizeof(off_t) == sizeof(off64_t));
  sqlite3_vfs* system = sqlite3_vfs_find(nullptr);
  const std::pair<const char*, sqlite3_syscall_ptr> calls[] = {
      {"write", reinterpret_cast<sqlite3_syscall_ptr>(InterruptedWrite)},
      {"pwrite", reinterpret_cast<sqlite3_syscall_ptr>(InterruptedPwrite)},
      {"pwrite64", reinterpret_cast<sqlite3_syscall_ptr>(InterruptedPwrite)},
      {"read", reinterpret_cast<sqlite3_syscall_ptr>(InterruptedRead)},
      {"pread", reinterpret_cast<sqlite3_syscall_ptr>(InterruptedPread)},
      {"pread64", reinterpret_cast<sqlite3_syscall_ptr>(InterruptedPread)}};
  for (const auto& [name, call] : calls) {
    // One that was left out when SQLite was built stays out.
    if (system->xGetSystemCall(system, name) != nullptr) {
      ASSERT_EQ(system->xSetSystemCall(system, name, call), SQLITE_OK) << name;
    }
  }
  const TempDir directory;
  StoreLife life(directory.path(), "", nullptr, true);
  life.Live();
  life.Finish();
  if (!HasFailure()) life.ExpectWhole(*life.store(), *life.book());
  EXPECT_EQ(life.failures(), 0);
  EXPECT_GT(interrupted_calls, 100);
  life.Close();
  for (const auto& [name, call] : calls) {
    system->xSetSystemCall(system, name, nullptr);
  }
}

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
  const int states = Rounds(40, 1000) / lives;
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

// One bit is another: everything that is read is right, or is told to be
// damaged.
class DurabilityAfterBitFlips : public ::testing::TestWithParam<const char*> {
 protected:
  static constexpr char kUnknownSha256[] =
      "00000000000000000000000000000000000000000000000000000000000000ff";

  DurabilityAfterBitFlips() {
    drafts_ = {
        MakeDraft("police", 1, 60, 3000), MakeDraft("police", 2, 60, 3000),
        MakeDraft("stories", 3, 60, 1060000), MakeDraft("stories", 4, 60, 100)};
    for (ReleaseDraft& draft : drafts_) {
      // Rows and extents of one shape, which damage could swap unnoticed.
      draft.observations = MakeDraft("", 7, 60).observations;
      draft.observations[0].value[0] =
          static_cast<int64_t>(draft.release.documents[0].byte_count);
      draft.observations.push_back(PoliceObservations(300));
      rows_.push_back(SortedRows(draft.observations));
    }
    // Known by its digest alone.
    drafts_[3].contents = {nullptr};
  }

  // Neither is right nor says so.
  void ExpectDamageTold(const absl::Status& status) {
    if (status.ok()) return;
    ++told_;
    EXPECT_EQ(status.code(), absl::StatusCode::kDataLoss) << status;
    EXPECT_EQ(base::DetailOf(status).reason, "CORRUPT_STORE") << status;
  }
  template <typename T>
  bool Read(const absl::StatusOr<T>& read) {
    ExpectDamageTold(read.status());
    return read.ok();
  }
  template <typename T>
  void ExpectUnknown(const absl::StatusOr<T>& read) {
    if (!absl::IsNotFound(read.status())) {
      ASSERT_FALSE(read.ok());
      ExpectDamageTold(read.status());
    }
  }

  void ExpectRightOrTold(const Store& store) {
    const absl::StatusOr<std::vector<Release>> listed = store.ListReleases();
    if (Read(listed)) {
      ASSERT_EQ(listed->size(), drafts_.size());
      for (size_t i = 0; i < drafts_.size(); ++i) {
        ExpectSameRelease((*listed)[i], drafts_[i].release);
      }
    }
    const auto sources = store.ListSourceIds();
    if (Read(sources)) {
      EXPECT_THAT(*sources, ::testing::ElementsAre("police", "stories"));
    }
    for (size_t i = 0; i < drafts_.size(); ++i) {
      const Release& release = drafts_[i].release;
      const auto found = store.GetRelease(release.name);
      if (Read(found)) ExpectSameRelease(*found, release);
      const auto observations = store.ReadObservations(release.name);
      if (Read(observations)) {
        EXPECT_TRUE(SortedRows(*observations) == rows_[i]);
      }
      std::vector<Observations> chunks;
      for (uint32_t number = 0; number < 2; ++number) {
        auto chunk = store.ReadChunk(release.name, number);
        if (Read(chunk)) chunks.push_back(*std::move(chunk));
      }
      EXPECT_TRUE(chunks.size() < 2 || SortedRows(chunks) == rows_[i]);
      ExpectDocument(store, i);
    }
    ExpectUnknown(store.GetRelease("sources/police/releases/x"));
    ExpectUnknown(store.ReadDocument(kUnknownSha256, 0, 1));
  }

  void ExpectDocument(const Store& store, size_t i) {
    const Document& document = drafts_[i].release.documents[0];
    if (drafts_[i].contents[0] == nullptr) {
      const auto read = store.ReadDocument(document.sha256, 0, 1);
      if (!absl::IsFailedPrecondition(read.status())) {
        ASSERT_FALSE(read.ok());
        ExpectDamageTold(read.status());
      }
      return;
    }
    const std::string bytes = *drafts_[i].contents[0](0, document.byte_count);
    // As it is streamed: in parts.
    for (const int64_t offset :
         {int64_t{0}, document.byte_count / 3, document.byte_count - 10}) {
      const auto part = store.ReadDocument(document.sha256, offset, 1 << 20);
      if (Read(part)) {
        EXPECT_TRUE(*part ==
                    bytes.substr(static_cast<size_t>(offset), size_t{1} << 20));
      }
    }
  }

  void ExpectRightOrTold(const AnswerBook& book) {
    for (int number = 0; number < kAnswers; ++number) {
      const KeptAnswer expected = MakeAnswer(number);
      const auto found = book.Find(expected.digest);
      if (!Read(found)) continue;
      EXPECT_EQ(found->question, expected.question);
      EXPECT_EQ(*found->releases, *expected.releases);
      EXPECT_EQ(found->vocabulary_sha256, expected.vocabulary_sha256);
      EXPECT_EQ(found->semantics, expected.semantics);
      EXPECT_EQ(found->day, expected.day);
      EXPECT_EQ(found->first_given, expected.first_given);
    }
    ExpectUnknown(book.Find(kUnknownSha256));
  }

  static constexpr int kAnswers = 100;
  std::vector<ReleaseDraft> drafts_;
  std::vector<std::vector<std::string>> rows_;
  int told_ = 0;
};

TEST_P(DurabilityAfterBitFlips, EveryNumberIsRightOrToldToBeDamaged) {
  const std::string name = GetParam();
  const bool flips_store = name == "collate.db";
  FaultVfs vfs;  // for its speed: it syncs nothing
  SqliteStoreOptions options;
  options.vfs = vfs.name();
  AnswerBookOptions book_options;
  book_options.vfs = vfs.name();
  const TempDir directory;
  if (flips_store) {
    const auto store = OpenDataDirectory(directory.path(), options);
    ASSERT_THAT(store, IsOk());
    for (const ReleaseDraft& draft : drafts_) {
      ASSERT_THAT((*store)->Publish(draft), IsOk());
    }
  } else {
    const auto book = OpenAnswerBook(directory.path(), book_options);
    ASSERT_THAT(book, IsOk());
    for (int number = 0; number < kAnswers; ++number) {
      ASSERT_THAT((*book)->Keep(MakeAnswer(number)), IsOk());
    }
  }
  const std::string whole = ReadFile(directory.File(name));
  std::mt19937_64 random(31);
  const int flips = Rounds(40, 500);
  int refused = 0;
  int told = 0;
  int checked = 0;
  for (int flip = 0; flip < flips; ++flip) {
    // Most of them where tables and indexes are, before most of the documents,
    // and some in the header and the list of tables.
    const size_t range = flip % 4 == 0 ? whole.size() : whole.size() / 4;
    const size_t byte = random() % (flip % 8 == 1 ? 4096 : range);
    const int bit = static_cast<int>(random() % 8);
    SCOPED_TRACE(absl::StrCat(name, ": byte ", byte, ", bit ", bit));
    std::string damaged = whole;
    damaged[byte] = static_cast<char>(damaged[byte] ^ (1 << bit));
    directory.Write(name, damaged);
    told_ = 0;
    CheckReport report;
    absl::Status opened;
    if (flips_store) {
      const auto store = OpenDataDirectory(directory.path(), options);
      opened = store.status();
      if (store.ok()) {
        ExpectRightOrTold(**store);
        EXPECT_THAT((*store)->Check(nullptr, report), IsOk());
      }
    } else {
      const auto book = OpenAnswerBook(directory.path(), book_options);
      opened = book.status();
      if (book.ok()) {
        ExpectRightOrTold(**book);
        EXPECT_THAT((*book)->Check(nullptr, report), IsOk());
      }
    }
    // The first bytes say whose file it is and of which version.
    EXPECT_TRUE(opened.ok() || absl::IsDataLoss(opened) || byte < 100)
        << opened;
    EXPECT_TRUE(opened.ok() || base::DetailOf(opened).reason != "") << opened;
    // What a reader meets a check finds.
    EXPECT_TRUE(told_ == 0 || !report.status().ok());
    if (!opened.ok()) ++refused;
    if (told_ > 0) ++told;
    if (!report.status().ok()) ++checked;
    if (HasFailure()) return;
  }
  std::cout << "measured: " << flips << " flips of " << name << ", " << refused
            << " files refused, " << told << " met by readers, " << checked
            << " found by the check" << std::endl;
  EXPECT_GT(refused + checked, flips / 8) << "the others hit what is unused";
}

INSTANTIATE_TEST_SUITE_P(Files, DurabilityAfterBitFlips,
                         ::testing::Values("collate.db", "answers.db"),
                         [](const ::testing::TestParamInfo<const char*>& info) {
                           return std::string(info.param, 7);
                         });

}  // namespace
}  // namespace collate::store
