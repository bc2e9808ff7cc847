#include "service/store/sqlite_store.h"

#include <fcntl.h>
#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <poll.h>
#include <signal.h>
#include <spawn.h>
#include <sqlite3.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include <cstring>
#include <filesystem>
#include <random>

#include "absl/strings/match.h"
#include "absl/strings/numbers.h"
#include "absl/strings/str_split.h"
#include "service/store/schema.h"
#include "tests/service/store/expect_release.h"
#include "tests/service/store/observations_testing.h"
#include "tests/service/store/store_conformance.h"
#include "tests/testing/paths.h"
#include "tests/testing/status_matchers.h"
#include "tests/testing/temp_dir.h"

extern char** environ;

namespace collate::store {
namespace {

using ::collate::testing::BuildPath;
using ::collate::testing::HasReason;
using ::collate::testing::IsOk;
using ::collate::testing::IsOkAndHolds;
using ::collate::testing::MessageHas;
using ::collate::testing::ReadFile;
using ::collate::testing::StatusIs;
using ::collate::testing::TempDir;
using ::testing::AllOf;
using ::testing::IsEmpty;

class SqliteHarness final : public StoreHarness {
 public:
  SqliteHarness() {
    if (Reopen() == nullptr) std::abort();
  }

  Store& store() override { return *store_; }

  Store* Reopen() override {
    store_.reset();
    absl::StatusOr<std::unique_ptr<Store>> opened =
        OpenDataDirectory(directory_.path());
    EXPECT_THAT(opened, IsOk());
    if (!opened.ok()) return nullptr;
    store_ = *std::move(opened);
    return store_.get();
  }

 private:
  TempDir directory_;
  std::unique_ptr<Store> store_;
};

INSTANTIATE_TEST_SUITE_P(
    Sqlite, StoreConformanceTest,
    ::testing::Values([]() -> std::unique_ptr<StoreHarness> {
      return std::make_unique<SqliteHarness>();
    }));

class SqliteStoreTest : public ::testing::Test {
 protected:
  std::string Path() const { return directory_.File("collate.db"); }

  absl::StatusOr<std::unique_ptr<Store>> Open(
      const SqliteStoreOptions& options = {}) const {
    return OpenDataDirectory(directory_.path(), options);
  }

  std::unique_ptr<Store> OpenOrDie() const {
    absl::StatusOr<std::unique_ptr<Store>> store = Open();
    EXPECT_THAT(store, IsOk());
    if (!store.ok()) std::abort();
    return *std::move(store);
  }

  // Changes the file behind the store's back.
  void Execute(const std::string& sql) const {
    sqlite3* database = nullptr;
    ASSERT_EQ(sqlite3_open(Path().c_str(), &database), SQLITE_OK);
    char* error = nullptr;
    EXPECT_EQ(sqlite3_exec(database, sql.c_str(), nullptr, nullptr, &error),
              SQLITE_OK)
        << error;
    EXPECT_EQ(sqlite3_close(database), SQLITE_OK);
  }

  // A store with one release, damaged by `sql`.
  std::unique_ptr<Store> OpenDamaged(const ReleaseDraft& draft,
                                     const std::string& sql) {
    std::filesystem::remove_all(directory_.path());
    EXPECT_THAT(OpenOrDie()->Publish(draft), IsOk());
    Execute(sql);
    return OpenOrDie();
  }

  const TempDir directory_;
};

TEST_F(SqliteStoreTest, DirectoryIsMadeForItsOwnerOnly) {
  const std::string directory = directory_.File("a/b/c");
  EXPECT_THAT(OpenDataDirectory(directory), IsOk());
  struct stat info = {};
  ASSERT_EQ(stat(directory.c_str(), &info), 0);
  EXPECT_EQ(info.st_mode & 0777, 0700u);
  EXPECT_THAT(OpenDataDirectory(directory + "/"), IsOk());
}

TEST_F(SqliteStoreTest, UnusableDirectoryIsAnError) {
  const std::string file = directory_.Write("file", "x");
  EXPECT_THAT(OpenDataDirectory(file), HasReason("STORE_IO"));
  EXPECT_THAT(OpenDataDirectory(file + "/below"), HasReason("STORE_IO"));
  EXPECT_THAT(OpenDataDirectory(""), HasReason("INVALID_DATA_DIRECTORY"));
}

TEST_F(SqliteStoreTest, SecondOpenerIsToldWhoHoldsTheDirectory) {
  std::unique_ptr<Store> store = OpenOrDie();
  EXPECT_THAT(Open(), AllOf(StatusIs(absl::StatusCode::kFailedPrecondition),
                            HasReason("DATA_DIRECTORY_LOCKED"),
                            MessageHas(absl::StrCat("by process ", getpid()))));
  // The refusal must not have taken the lock away from its holder.
  EXPECT_THAT(Open(), HasReason("DATA_DIRECTORY_LOCKED"));
  EXPECT_THAT(store->Publish(MakeDraft("police", 1)), IsOk());
  store.reset();
  EXPECT_THAT(Open(), IsOk());
}

TEST_F(SqliteStoreTest, LockIsNotTakenThroughALink) {
  ASSERT_EQ(symlink(directory_.Write("elsewhere", "").c_str(),
                    directory_.File("LOCK").c_str()),
            0);
  EXPECT_THAT(Open(), HasReason("STORE_IO"));
}

TEST_F(SqliteStoreTest, ProgramsStartedFromHereInheritNothing) {
  std::unique_ptr<Store> store = OpenOrDie();
  ASSERT_THAT(store->Publish(MakeDraft("police", 1)), IsOk());
  ASSERT_THAT(store->ListReleases(), IsOk());
  int ours = 0;
  for (const auto& entry :
       std::filesystem::directory_iterator("/proc/self/fd")) {
    std::error_code error;
    const std::string target =
        std::filesystem::read_symlink(entry.path(), error).string();
    if (error || !absl::StartsWith(target, directory_.path())) continue;
    ++ours;
    const int fd = std::stoi(entry.path().filename().string());
    EXPECT_NE(fcntl(fd, F_GETFD) & FD_CLOEXEC, 0) << target;
  }
  // LOCK, the file and its log for two connections, the shared index.
  EXPECT_GE(ours, 4);
}

TEST_F(SqliteStoreTest, FileOfAnotherProgramIsRefusedAndLeftAlone) {
  Execute("CREATE TABLE theirs (x); INSERT INTO theirs VALUES (1)");
  std::string before = ReadFile(Path());
  EXPECT_THAT(Open(), AllOf(StatusIs(absl::StatusCode::kFailedPrecondition),
                            HasReason("STORE_FOREIGN")));
  EXPECT_TRUE(ReadFile(Path()) == before);

  Execute("PRAGMA application_id = 12345");
  before = ReadFile(Path());
  EXPECT_THAT(Open(), HasReason("STORE_FOREIGN"));
  EXPECT_TRUE(ReadFile(Path()) == before);
}

TEST_F(SqliteStoreTest, LaterFormatIsRefusedAndLeftAlone) {
  ASSERT_THAT(OpenOrDie()->Publish(MakeDraft("police", 1)), IsOk());
  Execute(absl::StrCat("PRAGMA user_version = ", kSchemaVersion + 1));
  const std::string before = ReadFile(Path());
  EXPECT_THAT(Open(), AllOf(StatusIs(absl::StatusCode::kFailedPrecondition),
                            HasReason("STORE_NEWER")));
  EXPECT_TRUE(ReadFile(Path()) == before);
  Execute(absl::StrCat("PRAGMA user_version = ", kSchemaVersion));
  EXPECT_THAT(Open(), IsOk());
}

// A store of before goes on as it is; only what needs the later version has it.
TEST_F(SqliteStoreTest, ChunksOfBothVersionsStandInOneStore) {
  ReleaseDraft plain = MakeDraft("police", 1);
  plain.observations = {PoliceObservations(3)};
  plain.release.observation_count = 3;
  ReleaseDraft stated = MakeDraft("stories", 2);
  stated.observations = {PoliceObservations(2)};
  stated.observations[0].stated = {{45, 0}, {0, 0}, {1, 0}};
  stated.release.observation_count = 2;
  ASSERT_THAT(OpenOrDie()->Publish(plain), IsOk());
  ASSERT_THAT(OpenOrDie()->Publish(stated), IsOk());

  const auto store = OpenOrDie();
  COLLATE_ASSERT_OK_AND_ASSIGN(const auto first,
                               store->ReadObservations(plain.release.name));
  ASSERT_EQ(first.size(), 1u);
  EXPECT_TRUE(first[0].stated.empty());
  COLLATE_ASSERT_OK_AND_ASSIGN(const auto second,
                               store->ReadObservations(stated.release.name));
  ASSERT_EQ(second.size(), 1u);
  EXPECT_EQ(SortedRows(second), SortedRows(stated.observations));
  EXPECT_THAT(CheckOf(*store), IsOk());
}

TEST_F(SqliteStoreTest, OurFileWithoutAVersionIsCorrupt) {
  OpenOrDie();
  Execute("PRAGMA user_version = 0");
  EXPECT_THAT(Open(), AllOf(StatusIs(absl::StatusCode::kDataLoss),
                            HasReason("CORRUPT_STORE")));
}

TEST_F(SqliteStoreTest, FileThatIsNoDatabaseIsCorrupt) {
  directory_.Write("collate.db", std::string(5000, 'x'));
  EXPECT_THAT(Open(), AllOf(StatusIs(absl::StatusCode::kDataLoss),
                            HasReason("CORRUPT_STORE")));
}

TEST_F(SqliteStoreTest, StartThatWasCutShortBeforeTheTablesIsRepeated) {
  Execute("PRAGMA journal_mode = WAL");
  std::unique_ptr<Store> store = OpenOrDie();
  EXPECT_THAT(store->Publish(MakeDraft("police", 1)), IsOk());
}

// Each damage leaves a file that SQLite itself finds in order.
TEST_F(SqliteStoreTest, DamageIsFoundByReadingAndByCheck) {
  const ReleaseDraft draft = MakeDraft("police", 1, 40, 2 << 20);
  const std::string& name = draft.release.name;
  const std::string& sha256 = draft.release.documents[0].sha256;
  const auto release = [&](const Store& store) {
    return store.GetRelease(name).status();
  };
  const auto releases = [&](const Store& store) {
    return store.ListReleases().status();
  };
  const auto rows = [&](const Store& store) {
    return store.ReadObservations(name).status();
  };
  const auto document = [&](const Store& store) {
    return store.ReadDocument(sha256, 0, 2 << 20).status();
  };
  const auto block = [&](const Store& store) {
    return store.ReadDocument(sha256, 1 << 20, 1).status();
  };
  struct Case {
    const char* damage;
    std::function<absl::Status(const Store&)> read;
  };
  const std::string flip =
      "UPDATE chunk SET bytes = CAST(substr(bytes, 1, 700) || x'5a' || "
      "substr(bytes, 702) AS BLOB)";
  const Case cases[] = {
      {"UPDATE release SET edition = 'other'", release},
      {"UPDATE release SET publish_time = NULL", releases},
      {"UPDATE release SET state = 2", release},
      {"UPDATE release SET observation_count = 41", rows},
      {"UPDATE release SET chunk_count = 2", rows},
      {"UPDATE release_document SET name = 'other.csv'", release},
      {"DELETE FROM release_document", release},
      {"DELETE FROM extent", release},
      {"UPDATE extent SET body = x''", releases},
      {flip.c_str(), rows},
      {"UPDATE chunk SET bytes = x''", rows},
      {"UPDATE chunk SET measure = 'other'", rows},
      {"UPDATE chunk SET row_count = 41", rows},
      {"UPDATE chunk SET seq = 1", rows},
      {"DELETE FROM chunk", rows},
      {"DELETE FROM document_block WHERE seq = 1", document},
      {"DELETE FROM document_block WHERE seq = 1", block},
      {"UPDATE document_block SET bytes = CAST(x'00' || substr(bytes, 2) AS "
       "BLOB) WHERE seq = 1",
       block},
      {"UPDATE document_block SET bytes = x'00' WHERE seq = 0", document},
      {"UPDATE document_block SET crc32c = 0 WHERE seq = 1", block},
      // Two right blocks in each other's place.
      {"UPDATE document_block SET seq = seq + 2; UPDATE document_block SET "
       "seq = 3 - seq",
       document},
      {"UPDATE document SET retained = 0", nullptr},
      {"PRAGMA foreign_keys = OFF; DELETE FROM document", release},
  };
  for (const Case& damaged : cases) {
    const std::unique_ptr<Store> store = OpenDamaged(draft, damaged.damage);
    const auto corrupt = AllOf(StatusIs(absl::StatusCode::kDataLoss),
                               HasReason("CORRUPT_STORE"));
    EXPECT_THAT(CheckOf(*store), corrupt) << damaged.damage;
    if (damaged.read != nullptr) {
      EXPECT_THAT(damaged.read(*store), corrupt) << damaged.damage;
    }
  }
}

TEST_F(SqliteStoreTest, DamagedReleaseDoesNotHideTheOthers) {
  const ReleaseDraft good = MakeDraft("police", 2);
  const std::unique_ptr<Store> store =
      OpenDamaged(MakeDraft("police", 1), "UPDATE chunk SET bytes = x'00'");
  ASSERT_THAT(store->Publish(good), IsOk());
  ExpectPublished(*store, good);
  EXPECT_THAT(CheckOf(*store), MessageHas("1 problems"));
}

TEST_F(SqliteStoreTest, DamagedPagesAreCorruptAndNeverACrash) {
  const ReleaseDraft draft = MakeDraft("police", 1, 300, 100000);
  ASSERT_THAT(OpenOrDie()->Publish(draft), IsOk());
  const std::string whole = ReadFile(Path());
  std::mt19937_64 random(11);
  int found = 0;
  const int rounds = 40 * TestScale();
  for (int round = 0; round < rounds; ++round) {
    std::string damaged = whole;
    for (int edit = 0; edit < 40; ++edit) {
      damaged[100 + random() % (damaged.size() - 100)] =
          static_cast<char>(random());
    }
    directory_.Write("collate.db", damaged);
    const absl::StatusOr<std::unique_ptr<Store>> store = Open();
    if (!store.ok()) {
      ++found;
      continue;
    }
    (*store)->ListReleases().status().IgnoreError();
    (*store)->ReadObservations(draft.release.name).status().IgnoreError();
    (*store)->Publish(MakeDraft("police", 2)).IgnoreError();
    if (!CheckOf(**store).ok()) ++found;
  }
  // An edit can hit bytes that nothing uses.
  EXPECT_GT(found, rounds * 9 / 10);
}

TEST_F(SqliteStoreTest, FullStoreRefusesAndGoesOn) {
  SqliteStoreOptions options;
  options.max_bytes = 1 << 20;
  COLLATE_ASSERT_OK_AND_ASSIGN(const std::unique_ptr<Store> store,
                               Open(options));
  const ReleaseDraft first = MakeDraft("police", 1);
  ASSERT_THAT(store->Publish(first), IsOk());
  const ReleaseDraft large = MakeDraft("police", 2, 40, 3 << 20);
  for (int attempt = 0; attempt < 3; ++attempt) {
    EXPECT_THAT(store->Publish(large),
                AllOf(StatusIs(absl::StatusCode::kResourceExhausted),
                      HasReason("DISK_FULL")));
    ExpectAbsent(*store, large);
  }
  const ReleaseDraft small = MakeDraft("police", 3);
  EXPECT_THAT(store->Publish(small), IsOk());
  ExpectPublished(*store, first);
  ExpectPublished(*store, small);
  EXPECT_THAT(CheckOf(*store), IsOk());
  EXPECT_LE(std::filesystem::file_size(Path()), size_t{1} << 20);
}

// The system's own refusal to let a file grow.
TEST_F(SqliteStoreTest, FileSizeLimitOfTheProcessIsAFullDisk) {
  const std::unique_ptr<Store> store = OpenOrDie();
  const ReleaseDraft first = MakeDraft("police", 1);
  ASSERT_THAT(store->Publish(first), IsOk());
  const ReleaseDraft large = MakeDraft("police", 2, 40, 3 << 20);
  const sighandler_t handler = signal(SIGXFSZ, SIG_IGN);
  rlimit unlimited = {};
  ASSERT_EQ(getrlimit(RLIMIT_FSIZE, &unlimited), 0);
  rlimit limited = unlimited;
  limited.rlim_cur = 1 << 20;
  ASSERT_EQ(setrlimit(RLIMIT_FSIZE, &limited), 0);
  const absl::Status refused = store->Publish(large);
  ASSERT_EQ(setrlimit(RLIMIT_FSIZE, &unlimited), 0);
  signal(SIGXFSZ, handler);
  EXPECT_THAT(refused, AllOf(StatusIs(absl::StatusCode::kResourceExhausted),
                             HasReason("DISK_FULL")));
  ExpectAbsent(*store, large);
  ExpectPublished(*store, first);
  EXPECT_THAT(store->Publish(large), IsOk());
  ExpectPublished(*store, large);
}

TEST_F(SqliteStoreTest, LockedFileIsBusyAndNotBroken) {
  SqliteStoreOptions options;
  options.busy_timeout = absl::Milliseconds(1);
  COLLATE_ASSERT_OK_AND_ASSIGN(const std::unique_ptr<Store> store,
                               Open(options));
  sqlite3* other = nullptr;
  ASSERT_EQ(sqlite3_open(Path().c_str(), &other), SQLITE_OK);
  ASSERT_EQ(sqlite3_exec(other, "BEGIN IMMEDIATE", nullptr, nullptr, nullptr),
            SQLITE_OK);
  EXPECT_THAT(
      store->Publish(MakeDraft("police", 1)),
      AllOf(StatusIs(absl::StatusCode::kUnavailable), HasReason("STORE_BUSY")));
  EXPECT_THAT(store->ListReleases(), IsOkAndHolds(IsEmpty()));
  EXPECT_EQ(sqlite3_close(other), SQLITE_OK);
  EXPECT_THAT(store->Publish(MakeDraft("police", 1)), IsOk());
}

TEST_F(SqliteStoreTest, OneReaderAtATimeIsEnough) {
  SqliteStoreOptions options;
  options.max_readers = 1;
  COLLATE_ASSERT_OK_AND_ASSIGN(const std::unique_ptr<Store> store,
                               Open(options));
  ASSERT_THAT(store->Publish(MakeDraft("police", 1)), IsOk());
  std::vector<std::thread> readers;
  for (int r = 0; r < 4; ++r) {
    readers.emplace_back([&store] {
      for (int i = 0; i < 20; ++i) {
        EXPECT_THAT(store->ListReleases(), IsOkAndHolds(::testing::SizeIs(1)));
      }
    });
  }
  for (std::thread& reader : readers) reader.join();
}

// Starts the process that publishes, its stdout in *output.
pid_t StartCrashChild(const std::string& directory, uint64_t first,
                      int* output) {
  int ends[2];
  if (pipe2(ends, O_CLOEXEC) != 0) return -1;
  posix_spawn_file_actions_t actions;
  posix_spawn_file_actions_init(&actions);
  posix_spawn_file_actions_adddup2(&actions, ends[1], STDOUT_FILENO);
  std::string program = BuildPath("tests/bin/service_store_crash_child");
  std::string directory_argument = directory;
  std::string first_argument = std::to_string(first);
  char* arguments[] = {program.data(), directory_argument.data(),
                       first_argument.data(), nullptr};
  pid_t child = -1;
  const int error = posix_spawn(&child, program.c_str(), &actions, nullptr,
                                arguments, environ);
  posix_spawn_file_actions_destroy(&actions);
  close(ends[1]);
  *output = ends[0];
  EXPECT_EQ(error, 0) << program << ": " << std::strerror(error);
  return error == 0 ? child : -1;
}

// Appends what the child says until `stop` says so or the child ends.
template <typename Stop>
void ReadUntil(int fd, std::string* said, Stop&& stop) {
  char buffer[4096];
  while (!stop()) {
    const ssize_t size = read(fd, buffer, sizeof(buffer));
    if (size <= 0) return;
    said->append(buffer, static_cast<size_t>(size));
  }
}

TEST_F(SqliteStoreTest, KilledWriterLosesNothingAndLeavesNothingHalf) {
  std::mt19937_64 random(12);
  const int kills = 20 * TestScale();
  uint64_t next = 0;
  int interrupted = 0;
  for (int kill_number = 0; kill_number < kills; ++kill_number) {
    int output = -1;
    const pid_t child = StartCrashChild(directory_.path(), next, &output);
    ASSERT_GT(child, 0);
    std::string said;
    const auto lines = static_cast<std::ptrdiff_t>(1 + random() % 3);
    ReadUntil(output, &said, [&] {
      return std::count(said.begin(), said.end(), '\n') >= lines;
    });
    // Somewhere inside the next publication; where, is left to chance.
    pollfd nothing = {-1, 0, 0};
    poll(&nothing, 0, static_cast<int>(random() % 12));
    ASSERT_EQ(kill(child, SIGKILL), 0);
    ReadUntil(output, &said, [] { return false; });
    close(output);
    int status = 0;
    ASSERT_EQ(waitpid(child, &status, 0), child);
    ASSERT_TRUE(WIFSIGNALED(status) && WTERMSIG(status) == SIGKILL);

    uint64_t acknowledged = next;
    for (const absl::string_view line :
         absl::StrSplit(said, '\n', absl::SkipEmpty())) {
      uint64_t seed = 0;
      ASSERT_TRUE(absl::SimpleAtoi(line, &seed));
      ASSERT_EQ(seed, acknowledged);
      ++acknowledged;
    }
    ASSERT_GE(acknowledged, next + 1);

    const std::unique_ptr<Store> store = OpenOrDie();
    ASSERT_THAT(CheckOf(*store), IsOk());
    COLLATE_ASSERT_OK_AND_ASSIGN(const std::vector<Release> releases,
                                 store->ListReleases());
    // Every acknowledged one, and at most the one that was under way.
    ASSERT_GE(releases.size(), acknowledged);
    ASSERT_LE(releases.size(), acknowledged + 1);
    if (releases.size() > acknowledged) ++interrupted;
    for (uint64_t seed = next; seed < releases.size(); ++seed) {
      ExpectPublished(*store, MakeDraft("crash", seed, 200, 1500000));
    }
    next = releases.size();
  }
  RecordProperty("committed_but_not_acknowledged", interrupted);
}

}  // namespace
}  // namespace collate::store
