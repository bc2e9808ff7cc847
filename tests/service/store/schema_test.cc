// Formats of the past and of the future. There is one so far: what is held
// here are a stored file of it, which has to stay readable, and the steps from
// one version to the next, with tables made up for it.

#include "service/store/schema.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <sqlite3.h>

#include <cerrno>
#include <filesystem>
#include <memory>

#include "absl/strings/str_cat.h"
#include "service/store/sqlite_store.h"
#include "tests/service/store/expect_release.h"
#include "tests/service/store/fault_vfs.h"
#include "tests/service/store/observations_testing.h"
#include "tests/testing/paths.h"
#include "tests/testing/status_matchers.h"
#include "tests/testing/temp_dir.h"

namespace collate::store {
namespace {

using ::collate::testing::HasReason;
using ::collate::testing::IsOk;
using ::collate::testing::IsOkAndHolds;
using ::collate::testing::ReadFile;
using ::collate::testing::SourcePath;
using ::collate::testing::StatusIs;
using ::collate::testing::TempDir;
using ::testing::AllOf;

// What tests/data/synthetic/store-version-1.sql holds.
std::vector<ReleaseDraft> StoredDrafts() {
  ReleaseDraft plain = MakeDraft("police", 1, 0, 60);
  plain.observations = {PoliceObservations(3)};
  ReleaseDraft stated = MakeDraft("stories", 2, 0, 60);
  stated.observations = {PoliceObservations(2)};
  stated.observations[0].stated = {{45, 0}, {0, 0}, {1, 0}};
  return {plain, stated};
}

TEST(StoredVersionsTest, AStoreOfVersionOneIsBroughtUpToDateInPlace) {
  const TempDir directory;
  sqlite3* database = nullptr;
  ASSERT_EQ(sqlite3_open(directory.File("collate.db").c_str(), &database),
            SQLITE_OK);
  const std::string dump =
      ReadFile(SourcePath("tests/data/synthetic/store-version-1.sql"));
  EXPECT_EQ(sqlite3_exec(database, dump.c_str(), nullptr, nullptr, nullptr),
            SQLITE_OK)
      << sqlite3_errmsg(database);
  ASSERT_EQ(sqlite3_close(database), SQLITE_OK);

  std::vector<ReleaseDraft> drafts = StoredDrafts();
  drafts[1].release.state = ReleaseState::kWithdrawn;
  drafts[1].release.withdrawn_reason = "made up";
  for (int opening = 0; opening < 2; ++opening) {
    COLLATE_ASSERT_OK_AND_ASSIGN(const std::unique_ptr<Store> store,
                                 OpenDataDirectory(directory.path()));
    EXPECT_THAT(CheckOf(*store), IsOk());
    for (const ReleaseDraft& draft : drafts) ExpectPublished(*store, draft);
    EXPECT_THAT(store->Publish(MakeDraft("police", 7 + opening)), IsOk());
  }
  COLLATE_ASSERT_OK_AND_ASSIGN(
      const std::unique_ptr<Connection> connection,
      Connection::Open(directory.File("collate.db"), {}));
  EXPECT_THAT(connection->QueryInt64("PRAGMA user_version"),
              IsOkAndHolds(kSchemaVersion));
}

constexpr int64_t kId = 4711;
constexpr const char* kSteps[] = {
    "CREATE TABLE t (a INTEGER NOT NULL) STRICT; INSERT INTO t VALUES (1);",
    "ALTER TABLE t ADD COLUMN b TEXT NOT NULL DEFAULT 'x';"
    "UPDATE t SET b = 'was ' || a;",
    "CREATE INDEX t_b ON t (b); INSERT INTO t VALUES (2, 'new');"};

class SchemaTest : public ::testing::Test {
 protected:
  // The made-up format of that version.
  static Schema Version(size_t version) {
    return {"a test", kId, absl::MakeSpan(kSteps, version)};
  }

  absl::StatusOr<std::unique_ptr<Connection>> Open() const {
    Connection::Options options;
    options.create = true;
    options.vfs = vfs_.name();
    return Connection::Open(directory_.File("t.db"), options);
  }

  absl::Status Prepare(const Schema& schema) const {
    const auto connection = Open();
    return connection.ok() ? PrepareSchema(**connection, schema)
                           : connection.status();
  }

  // All rows, in words.
  std::string Rows() const {
    const auto connection = Open();
    EXPECT_THAT(connection, IsOk());
    const auto rows = (*connection)
                          ->QueryText(
                              "SELECT group_concat(a || ':' || b, ' ') "
                              "FROM (SELECT * FROM t ORDER BY a)");
    EXPECT_THAT(rows, IsOk());
    return rows.value_or("");
  }

  FaultVfs vfs_;
  const TempDir directory_;
};

TEST_F(SchemaTest, AnEarlierVersionIsBroughtUpToDateWithItsRows) {
  ASSERT_THAT(Prepare(Version(1)), IsOk());
  ASSERT_THAT(Prepare(Version(2)), IsOk());
  EXPECT_EQ(Rows(), "1:was 1");
  ASSERT_THAT(Prepare(Version(3)), IsOk());
  EXPECT_EQ(Rows(), "1:was 1 2:new");
  // Each step is taken once.
  ASSERT_THAT(Prepare(Version(3)), IsOk());
  EXPECT_EQ(Rows(), "1:was 1 2:new");
}

TEST_F(SchemaTest, ALaterVersionIsRefusedAndLeftAlone) {
  ASSERT_THAT(Prepare(Version(3)), IsOk());
  const std::string before = ReadFile(directory_.File("t.db"));
  EXPECT_THAT(Prepare(Version(2)),
              AllOf(StatusIs(absl::StatusCode::kFailedPrecondition),
                    HasReason("STORE_NEWER")));
  EXPECT_TRUE(ReadFile(directory_.File("t.db")) == before);
}

TEST_F(SchemaTest, AFailedStepLeavesTheVersionBefore) {
  ASSERT_THAT(Prepare(Version(2)), IsOk());
  const char* wrong[] = {kSteps[0], kSteps[1],
                         "UPDATE t SET b = 'lost'; SELECT nothing;"};
  EXPECT_FALSE(Prepare({"a test", kId, absl::MakeSpan(wrong)}).ok());
  EXPECT_THAT(Prepare(Version(2)), IsOk());
  EXPECT_EQ(Rows(), "1:was 1");
}

TEST_F(SchemaTest, AFaultAtAnyPlaceOfAStepIsMadeUpForByTheNextStart) {
  for (const FaultVfs::Operation operation :
       {FaultVfs::kWrite, FaultVfs::kSync, FaultVfs::kRead}) {
    for (int n = 1;; ++n) {
      SCOPED_TRACE(absl::StrCat("operation ", operation, ", number ", n));
      for (const char* end : {"", "-wal", "-shm"}) {
        std::filesystem::remove(directory_.File(absl::StrCat("t.db", end)));
      }
      ASSERT_THAT(Prepare(Version(1)), IsOk());
      vfs_.FailNth(operation, n, EIO);
      Prepare(Version(3)).IgnoreError();
      const bool met = vfs_.failures() > 0;
      vfs_.FailNoMore();
      ASSERT_THAT(Prepare(Version(3)), IsOk());
      EXPECT_EQ(Rows(), "1:was 1 2:new");
      if (!met || HasFailure()) break;
    }
  }
}

TEST_F(SchemaTest, ATableThatIsNotAsItWasMadeIsDamage) {
  for (const char* damage :
       {"UPDATE sqlite_schema SET sql = replace(sql, 'NOT NULL', '        ') "
        "WHERE name = 't'",
        "DELETE FROM sqlite_schema WHERE name = 't_b'"}) {
    std::filesystem::remove(directory_.File("t.db"));
    ASSERT_THAT(Prepare(Version(3)), IsOk());
    sqlite3* database = nullptr;
    ASSERT_EQ(sqlite3_open(directory_.File("t.db").c_str(), &database),
              SQLITE_OK);
    EXPECT_EQ(sqlite3_exec(
                  database,
                  absl::StrCat("PRAGMA writable_schema = ON;", damage).c_str(),
                  nullptr, nullptr, nullptr),
              SQLITE_OK);
    ASSERT_EQ(sqlite3_close(database), SQLITE_OK);
    EXPECT_THAT(Prepare(Version(3)),
                AllOf(StatusIs(absl::StatusCode::kDataLoss),
                      HasReason("CORRUPT_STORE")))
        << damage;
  }
}

}  // namespace
}  // namespace collate::store
