#include "service/query/publisher.h"

#include <sqlite3.h>

#include <condition_variable>
#include <memory>
#include <mutex>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "gmock/gmock.h"
#include "gtest/gtest.h"
#include "service/base/error.h"
#include "service/query/engine.h"
#include "service/query/follower.h"
#include "service/store/sqlite_store.h"
#include "tests/testing/memory_store.h"
#include "tests/testing/status_matchers.h"
#include "tests/testing/temp_dir.h"
#include "tests/testing/world.h"

namespace collate::query {
namespace {

using ::collate::testing::DraftsOf;
using ::collate::testing::HasReason;
using ::collate::testing::IsOk;
using ::collate::testing::MakeTestVocabulary;
using ::collate::testing::TempDir;
using ::collate::testing::World;
using ::testing::SizeIs;

// A store on disk with two releases, of which one can be damaged.
class PublisherTest : public ::testing::Test {
 protected:
  PublisherTest() {
    World world;
    world.Release("first", "2018-06-01")
        .Slice({})
        .Row({.reporter = "p", .period = "2017/18", .value = 50})
        .Extent({"p"}, {"2017/18"})
        .Release("second", "2018-06-01")
        .Slice({})
        .Row({.reporter = "q", .period = "2017/18", .value = 7})
        .Extent({"q"}, {"2017/18"});
    const auto store = OpenStore();
    auto drafts = DraftsOf(*world.Build());
    for (store::ReleaseDraft& draft : drafts) {
      const std::string source = draft.release.source;
      draft.release.name =
          "sources/" + source + "/releases/20180601-0123456789ab";
      draft.release.documents[0].sha256 = std::string(64, 'a');
      draft.release.documents[0].retained = false;
      draft.release.vocabulary_sha256 = std::string(64, 'b');
      EXPECT_THAT(store->Publish(draft), IsOk());
    }
  }

  std::unique_ptr<store::Store> OpenStore() const {
    auto store = store::OpenDataDirectory(directory_.path());
    EXPECT_THAT(store, IsOk());
    return *std::move(store);
  }

  // Flips one byte in the middle of every chunk of a source.
  void Damage(const std::string& source) const {
    sqlite3* database = nullptr;
    ASSERT_EQ(sqlite3_open(directory_.File("collate.db").c_str(), &database),
              SQLITE_OK);
    const std::string sql =
        "UPDATE chunk SET bytes = CAST(substr(bytes, 1, length(bytes) / 2) || "
        "CASE hex(substr(bytes, length(bytes) / 2 + 1, 1)) WHEN '00' THEN "
        "x'01' ELSE x'00' END || substr(bytes, length(bytes) / 2 + 2) AS BLOB) "
        "WHERE "
        "release = (SELECT id FROM release WHERE source = '" +
        source + "')";
    char* error = nullptr;
    EXPECT_EQ(sqlite3_exec(database, sql.c_str(), nullptr, nullptr, &error),
              SQLITE_OK)
        << error;
    EXPECT_EQ(sqlite3_changes(database), 1);
    EXPECT_EQ(sqlite3_close(database), SQLITE_OK);
  }

  static Query Total() {
    Query query;
    query.measures = {"offences"};
    query.periods = {"2017/18"};
    query.panel = "four";
    return query;
  }

  const TempDir directory_;
};

TEST_F(PublisherTest, ADamagedReleaseIsKnownAndNothingOfItIsServed) {
  Damage("second");
  const auto store = OpenStore();
  const auto publisher = Publisher::Open(MakeTestVocabulary(), store.get());
  ASSERT_THAT(publisher, IsOk());
  const auto snapshot = (*publisher)->Current();
  ASSERT_THAT(snapshot->releases(), SizeIs(2));
  EXPECT_THAT(snapshot->releases()[0]->problem, IsOk());
  EXPECT_THAT(snapshot->releases()[1]->problem, HasReason("CORRUPT_STORE"));
  EXPECT_EQ(snapshot->releases()[1]->release.source, "second");
  EXPECT_THAT(MakePlan(Total(), *snapshot, {}), HasReason("SOURCE_UNREADABLE"));
  Query partial = Total();
  partial.allow_partial = true;
  EXPECT_THAT(MakePlan(partial, *snapshot, {}), IsOk());
}

TEST_F(PublisherTest, WhatIsDamagedCanBeWithdrawn) {
  Damage("second");
  const auto store = OpenStore();
  const auto publisher = Publisher::Open(MakeTestVocabulary(), store.get());
  ASSERT_THAT(publisher, IsOk());
  const std::string damaged = (*publisher)->Current()->digest();
  // Takes it out of the answers; whoever asks learns that it changed.
  EXPECT_THAT(
      (*publisher)
          ->Withdraw((*publisher)->Current()->releases()[1]->release.name,
                     "damaged"),
      IsOk());
  EXPECT_NE((*publisher)->Current()->digest(), damaged);
  EXPECT_THAT(MakePlan(Total(), *(*publisher)->Current(), {}), IsOk());
}

TEST_F(PublisherTest, ADigestTellsWhatCanBeRead) {
  std::string whole;
  {
    const auto store = OpenStore();
    whole = (*Publisher::Open(MakeTestVocabulary(), store.get()))
                ->Current()
                ->digest();
  }
  Damage("second");
  const auto store = OpenStore();
  EXPECT_NE((*Publisher::Open(MakeTestVocabulary(), store.get()))
                ->Current()
                ->digest(),
            whole);
}

// How far memory goes.
class SnapshotLimitTest : public PublisherTest {
 protected:
  // Opens with as much room as what is there takes, and some more.
  absl::StatusOr<std::unique_ptr<Publisher>> OpenWith(store::Store* store,
                                                      int64_t more) const {
    const auto free = Publisher::Open(MakeTestVocabulary(), store);
    return Publisher::Open(
        MakeTestVocabulary(), store,
        {.max_snapshot_bytes = (*free)->Current()->byte_count() + more});
  }

  static store::ReleaseDraft Draft(int rows) {
    World world;
    world.Release("third", "2018-06-01").Slice({});
    for (int row = 0; row < rows; ++row) {
      world.Row({.reporter = "p",
                 .period = "2017/18",
                 .value = 1'000'000'000 + row,
                 .line = static_cast<uint64_t>(row + 2)});
    }
    store::ReleaseDraft draft = DraftsOf(*world.Build())[0];
    draft.release.name = "sources/third/releases/20180601-0123456789ab";
    draft.release.documents[0].sha256 = std::string(64, 'a');
    draft.release.documents[0].retained = false;
    draft.release.vocabulary_sha256 = std::string(64, 'b');
    return draft;
  }
};

TEST_F(SnapshotLimitTest, AReleaseThatWouldPassItIsRefusedAndLeavesNothing) {
  const auto store = OpenStore();
  const auto publisher = OpenWith(store.get(), 20'000);
  ASSERT_THAT(publisher, IsOk());
  const auto before = (*publisher)->Current();
  const absl::Status refused = (*publisher)->Publish(Draft(5000));
  EXPECT_EQ(refused.code(), absl::StatusCode::kResourceExhausted);
  EXPECT_THAT(refused, HasReason("SNAPSHOT_LIMIT"));
  int64_t bytes = 0;
  int64_t limit = 0;
  for (const auto& [key, value] : base::DetailOf(refused).metadata) {
    if (key == "bytes") bytes = std::stoll(value);
    if (key == "limit") limit = std::stoll(value);
  }
  EXPECT_EQ(limit, before->byte_count() + 20'000);
  EXPECT_GT(bytes, limit);
  EXPECT_EQ((*publisher)->Current(), before);
  EXPECT_THAT(store->GetRelease(Draft(1).release.name),
              HasReason("RELEASE_NOT_FOUND"));
  // What fits is taken, under the same name.
  ASSERT_THAT((*publisher)->Publish(Draft(500)), IsOk());
  EXPECT_THAT((*publisher)->Current()->releases(), SizeIs(3));
  EXPECT_GT((*publisher)->Current()->byte_count(), before->byte_count());
  EXPECT_LE((*publisher)->Current()->byte_count(), limit);
  EXPECT_EQ(store->GetRelease(Draft(1).release.name)->observation_count, 500);
}

TEST_F(SnapshotLimitTest, WhatIsWithdrawnIsTakenOutHoweverMuchItTakes) {
  const auto store = OpenStore();
  const auto publisher = OpenWith(store.get(), 0);
  ASSERT_THAT(publisher, IsOk());
  const auto before = (*publisher)->Current();
  // A key that has no statement any more takes a row of its own.
  ASSERT_THAT(
      (*publisher)->Withdraw(before->releases()[0]->release.name, "an error"),
      IsOk());
  EXPECT_GT((*publisher)->Current()->byte_count(), before->byte_count());
}

TEST_F(SnapshotLimitTest, AStartAndWhatOthersPublishAreRefusedToo) {
  const auto store = OpenStore();
  EXPECT_THAT(OpenWith(store.get(), -1), HasReason("SNAPSHOT_LIMIT"));
  const auto publisher = OpenWith(store.get(), 0);
  ASSERT_THAT(publisher, IsOk());
  const auto before = (*publisher)->Current();
  ASSERT_THAT(store->Publish(Draft(500)), IsOk());
  EXPECT_THAT((*publisher)->Refresh(), HasReason("SNAPSHOT_LIMIT"));
  EXPECT_EQ((*publisher)->Current(), before);
}

// A store that others write to, with the releases of PublisherTest.
class SharedStoreTest : public ::testing::Test {
 protected:
  SharedStoreTest() {
    World world;
    for (const char* source : {"first", "second"}) {
      world.Release(source, "2018-06-01")
          .Slice({})
          .Row({.reporter = "p", .period = "2017/18", .value = 50})
          .Extent({"p"}, {"2017/18"});
    }
    drafts_ = DraftsOf(*world.Build());
    EXPECT_THAT(store_.Publish(drafts_[0]), IsOk());
  }

  std::unique_ptr<Publisher> Open() {
    auto publisher = Publisher::Open(MakeTestVocabulary(), &store_);
    EXPECT_THAT(publisher, IsOk());
    return *std::move(publisher);
  }

  absl::Status Down() const {
    return base::Error(absl::StatusCode::kUnavailable, "STORE_IO",
                       "shard 2: connection refused")
        .With("shard", "2");
  }

  std::vector<store::ReleaseDraft> drafts_;
  testing::MemoryStore store_;
};

TEST_F(SharedStoreTest, RefreshShowsWhatOthersPublishedAndNothingElse) {
  const auto publisher = Open();
  const auto before = publisher->Current();
  ASSERT_THAT(publisher->Refresh(), IsOk());
  EXPECT_EQ(publisher->Current(), before) << "nothing to make anew";
  ASSERT_THAT(store_.Publish(drafts_[1]), IsOk());
  ASSERT_THAT(publisher->Refresh(), IsOk());
  EXPECT_THAT(publisher->Current()->releases(), SizeIs(2));
  ASSERT_THAT(store_.Withdraw(drafts_[1].release.name, "x"), IsOk());
  ASSERT_THAT(publisher->Refresh(), IsOk());
  EXPECT_EQ(publisher->Current()->releases()[1]->release.state,
            store::ReleaseState::kWithdrawn);
}

TEST_F(SharedStoreTest, WhatAnotherJustPublishedIsShownToWhoPublishesItToo) {
  const auto publisher = Open();
  ASSERT_THAT(store_.Publish(drafts_[1]), IsOk());
  EXPECT_THAT(publisher->Publish(drafts_[1]), HasReason("RELEASE_EXISTS"));
  EXPECT_THAT(publisher->Current()->releases(), SizeIs(2));
}

TEST_F(SharedStoreTest, AReleaseOnAShardThatIsDownIsKnown) {
  ASSERT_THAT(store_.Publish(drafts_[1]), IsOk());
  store_.Damage(drafts_[1].release.name, Down());
  const auto publisher = Open();
  ASSERT_THAT(publisher->Current()->releases(), SizeIs(2));
  EXPECT_THAT(publisher->Current()->releases()[1]->problem,
              HasReason("STORE_IO"));
  store_.Repair(drafts_[1].release.name);
  ASSERT_THAT(publisher->Refresh(), IsOk());
  EXPECT_THAT(publisher->Current()->releases()[1]->problem, IsOk());
}

TEST_F(SharedStoreTest, AStoreThatCannotBeReadAtAllIsAnError) {
  store_.Damage(drafts_[0].release.name,
                base::Error(absl::StatusCode::kUnavailable, "STORE_IO", "no"));
  EXPECT_THAT(Publisher::Open(MakeTestVocabulary(), &store_),
              HasReason("STORE_IO"));
}

// Counts what the follower tells and how often it looks.
class FollowerTest : public SharedStoreTest {
 protected:
  void Follow(Publisher* publisher) {
    follower_.emplace(Follower::Options{
        .publisher = publisher,
        .generation = [this]() -> absl::StatusOr<std::string> {
          const std::lock_guard lock(mutex_);
          ++looks_;
          looked_.notify_all();
          if (!failure_.ok()) return failure_;
          return generation_;
        },
        .seen = "0",
        .interval = absl::Milliseconds(1),
        .retry = absl::ZeroDuration(),
        .changed =
            [this](const absl::Status& status) {
              const std::lock_guard lock(mutex_);
              told_.push_back(status);
            }});
  }

  // Waits until what has been set is certainly acted upon: the second look
  // after it begins when the first has ended.
  void AwaitLook() {
    std::unique_lock lock(mutex_);
    const int until = looks_ + 2;
    looked_.wait(lock, [&] { return looks_ >= until; });
  }

  template <typename T>
  void Set(T& field, T value) {
    const std::lock_guard lock(mutex_);
    field = std::move(value);
  }

  std::mutex mutex_;  // guards the next five
  std::condition_variable looked_;
  int looks_ = 0;
  std::string generation_ = "0";
  absl::Status failure_;
  std::vector<absl::Status> told_;
  std::optional<Follower> follower_;
};

TEST_F(FollowerTest, ReadsWhatChanged) {
  const auto publisher = Open();
  const auto before = publisher->Current();
  Follow(publisher.get());
  ASSERT_THAT(store_.Publish(drafts_[1]), IsOk());
  AwaitLook();
  EXPECT_EQ(publisher->Current(), before) << "the generation is the same";
  Set<std::string>(generation_, "1");
  AwaitLook();
  EXPECT_THAT(publisher->Current()->releases(), SizeIs(2));
  follower_.reset();
  EXPECT_THAT(told_, SizeIs(0));
}

TEST_F(FollowerTest, TellsOfAFailureOnceAndOfItsEnd) {
  const auto publisher = Open();
  Follow(publisher.get());
  Set(failure_, Down());
  AwaitLook();
  AwaitLook();
  Set(failure_, absl::OkStatus());
  AwaitLook();
  follower_.reset();
  ASSERT_THAT(told_, SizeIs(2));
  EXPECT_THAT(told_[0], HasReason("STORE_IO"));
  EXPECT_THAT(told_[1], IsOk());
}

TEST_F(FollowerTest, TriesAgainWhatWasOnAShardThatWasDown) {
  ASSERT_THAT(store_.Publish(drafts_[1]), IsOk());
  store_.Damage(drafts_[1].release.name, Down());
  const auto publisher = Open();
  Follow(publisher.get());
  AwaitLook();
  EXPECT_THAT(publisher->Current()->releases()[1]->problem,
              HasReason("STORE_IO"));
  store_.Repair(drafts_[1].release.name);
  AwaitLook();
  EXPECT_THAT(publisher->Current()->releases()[1]->problem, IsOk());
  follower_.reset();
}

}  // namespace
}  // namespace collate::query
