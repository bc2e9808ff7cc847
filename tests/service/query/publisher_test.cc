#include "service/query/publisher.h"

#include <sqlite3.h>

#include <memory>
#include <string>
#include <utility>
#include <vector>

#include "gmock/gmock.h"
#include "gtest/gtest.h"
#include "service/base/error.h"
#include "service/query/engine.h"
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

}  // namespace
}  // namespace collate::query
