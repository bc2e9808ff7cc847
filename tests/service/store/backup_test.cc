#include "service/store/backup.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <sys/stat.h>

#include <atomic>
#include <filesystem>
#include <fstream>
#include <memory>
#include <string>
#include <thread>
#include <vector>

#include "absl/strings/str_cat.h"
#include "service/store/answer_book.h"
#include "service/store/sqlite_store.h"
#include "tests/service/store/observations_testing.h"
#include "tests/service/store/store_life.h"
#include "tests/testing/status_matchers.h"
#include "tests/testing/temp_dir.h"

namespace collate::store {
namespace {

namespace fs = std::filesystem;
using ::collate::testing::HasReason;
using ::collate::testing::IsOk;
using ::collate::testing::StatusIs;
using ::collate::testing::TempDir;
using ::testing::Ge;
using ::testing::Le;

mode_t ModeOf(const std::string& path) {
  struct stat info {};
  EXPECT_EQ(stat(path.c_str(), &info), 0) << path;
  return info.st_mode & 07777;
}

// ---- The directory ----------------------------------------------------------

TEST(BackupDirectoryTest, HasItsNameWhenItIsCompleteAndNotBefore) {
  TempDir dir;
  auto backup = BackupDirectory::Begin(dir.File("backups"), "first");
  ASSERT_THAT(backup, IsOk());
  EXPECT_EQ(ModeOf(dir.File("backups")), 0700u);
  EXPECT_EQ(ModeOf((*backup)->path()), 0700u);
  EXPECT_FALSE(fs::exists(dir.File("backups/first")));
  std::ofstream((*backup)->path() + "/file") << "bytes";
  COLLATE_ASSERT_OK_AND_ASSIGN(const std::string made, (*backup)->Finish());
  EXPECT_EQ(made, dir.File("backups/first"));
  EXPECT_TRUE(fs::exists(made + "/file"));
  EXPECT_EQ((*backup)->byte_count(), 5);
}

TEST(BackupDirectoryTest, LeavesNothingBehindWhenItIsNotFinished) {
  TempDir dir;
  {
    auto backup = BackupDirectory::Begin(dir.File("backups"), "first");
    ASSERT_THAT(backup, IsOk());
    std::ofstream((*backup)->path() + "/file") << "bytes";
  }
  EXPECT_TRUE(fs::is_empty(dir.File("backups")));
}

TEST(BackupDirectoryTest, NeverWritesIntoOneThatIsThere) {
  TempDir dir;
  dir.Write("backups/first/file", "of somebody");
  EXPECT_THAT(BackupDirectory::Begin(dir.File("backups"), "first"),
              HasReason("BACKUP_EXISTS"));
  auto second = BackupDirectory::Begin(dir.File("backups"), "second");
  ASSERT_THAT(second, IsOk());
  // While it is being made.
  EXPECT_THAT(BackupDirectory::Begin(dir.File("backups"), "second"),
              HasReason("BACKUP_EXISTS"));
  EXPECT_TRUE(fs::exists((*second)->path()));
  EXPECT_TRUE(fs::exists(dir.File("backups/first/file")));
}

TEST(BackupDirectoryTest, NamesLeadNowhereElse) {
  TempDir dir;
  for (const char* name :
       {"", "..", "../x", "/x", "a/b", ".x", "-x", "A", "a b", "x.partial"}) {
    EXPECT_THAT(BackupDirectory::Begin(dir.File("backups"), name),
                HasReason("INVALID_BACKUP_NAME"))
        << name;
  }
  EXPECT_THAT(BackupDirectory::Begin(dir.File("backups"), std::string(64, 'a')),
              HasReason("INVALID_BACKUP_NAME"));
  EXPECT_FALSE(fs::exists(dir.File("backups")));
}

// ---- The copy
// ----------------------------------------------------------------

class BackupTest : public ::testing::Test {
 protected:
  BackupTest() : store_(Opened(dir_.File("data"))) {
    fs::create_directory(dir_.File("copy"));
  }

  static std::unique_ptr<Store> Opened(const std::string& directory) {
    auto store = OpenDataDirectory(directory);
    EXPECT_THAT(store, IsOk());
    return store.ok() ? *std::move(store) : nullptr;
  }

  static std::vector<std::string> NamesOf(const Store& store) {
    std::vector<std::string> names;
    const auto releases = store.ListReleases();
    EXPECT_THAT(releases, IsOk());
    for (const Release& release : *releases) names.push_back(release.name);
    return names;
  }

  static void ExpectClean(const Store& store) {
    CheckReport report;
    EXPECT_THAT(store.Check({}, report), IsOk());
    EXPECT_EQ(report.problem_count, 0) << report.status();
  }

  TempDir dir_;
  std::unique_ptr<Store> store_;
};

TEST_F(BackupTest, HoldsEverythingThatWasPublished) {
  for (uint64_t seed = 1; seed <= 5; ++seed) {
    // One with a document of several blocks.
    ASSERT_THAT(store_->Publish(
                    MakeDraft("source", seed, 40, seed == 3 ? 3 << 20 : 3000)),
                IsOk());
  }
  const std::vector<std::string> names = NamesOf(*store_);
  ASSERT_THAT(store_->Withdraw(names[1], "a mistake"), IsOk());
  int64_t told = 0;
  ASSERT_THAT(store_->BackUp(dir_.File("copy"),
                             [&told](int64_t bytes) {
                               told = bytes;
                               return absl::OkStatus();
                             }),
              IsOk());
  EXPECT_THAT(told, Ge(3 << 20));
  const auto copy = Opened(dir_.File("copy"));
  ASSERT_NE(copy, nullptr);
  ExpectClean(*copy);
  EXPECT_EQ(NamesOf(*copy), names);
  for (const std::string& name : names) {
    COLLATE_ASSERT_OK_AND_ASSIGN(const std::string before,
                                 store_->Fingerprint(name));
    COLLATE_ASSERT_OK_AND_ASSIGN(const std::string after,
                                 copy->Fingerprint(name));
    EXPECT_EQ(before, after) << name;
    EXPECT_EQ(store_->GetRelease(name)->state, copy->GetRelease(name)->state);
  }
}

// A writer never rests: the copy has a state of one moment, and comes to an
// end.
TEST_F(BackupTest, IsOfOneMomentWhateverIsPublishedMeanwhile) {
  ASSERT_THAT(store_->Publish(MakeDraft("source", 1)), IsOk());
  std::atomic<bool> over = false;
  std::atomic<uint64_t> published = 1;
  std::thread writer([&] {
    while (!over) {
      EXPECT_THAT(store_->Publish(MakeDraft("source", published + 1)), IsOk());
      ++published;
    }
  });
  for (int i = 0; i < 5; ++i) {
    const std::string to = dir_.File(absl::StrCat("copy/", i));
    fs::create_directory(to);
    const uint64_t before = published;
    ASSERT_THAT(store_->BackUp(to, {}), IsOk());
    const uint64_t after = published + 1;
    const auto copy = Opened(to);
    ASSERT_NE(copy, nullptr);
    ExpectClean(*copy);
    const size_t count = NamesOf(*copy).size();
    EXPECT_THAT(count, Ge(before));
    EXPECT_THAT(count, Le(after));
    // The first so many, without a gap.
    for (uint64_t seed = 1; seed <= count; ++seed) {
      EXPECT_THAT(copy->GetRelease(MakeDraft("source", seed).release.name),
                  IsOk());
    }
  }
  over = true;
  writer.join();
}

TEST_F(BackupTest, EndsWhenNobodyWaitsForIt) {
  ASSERT_THAT(store_->Publish(MakeDraft("source", 1)), IsOk());
  EXPECT_THAT(
      store_->BackUp(dir_.File("copy"),
                     [](int64_t) { return absl::CancelledError("enough"); }),
      StatusIs(absl::StatusCode::kCancelled));
  // The store is as before.
  EXPECT_THAT(store_->Publish(MakeDraft("source", 2)), IsOk());
}

TEST_F(BackupTest, NameOfAnAnswerThatStillWaitedToBeWrittenIsInIt) {
  COLLATE_ASSERT_OK_AND_ASSIGN(
      const std::unique_ptr<AnswerBook> book,
      OpenAnswerBook(dir_.File("data"), {.max_waiting = 1000}));
  for (int i = 0; i < 100; ++i) ASSERT_THAT(book->Keep(MakeAnswer(i)), IsOk());
  ASSERT_THAT(book->BackUp(dir_.File("copy"), {}), IsOk());
  COLLATE_ASSERT_OK_AND_ASSIGN(const std::unique_ptr<AnswerBook> copy,
                               OpenAnswerBook(dir_.File("copy")));
  for (int i = 0; i < 100; ++i) {
    EXPECT_THAT(copy->Find(MakeAnswer(i).digest), IsOk()) << i;
  }
}

}  // namespace
}  // namespace collate::store
