// The shared store over two real servers.

#include "service/store/clickhouse_store.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <cstdint>
#include <map>
#include <memory>
#include <optional>
#include <set>
#include <string>
#include <utility>
#include <vector>

#include "absl/strings/str_cat.h"
#include "absl/strings/str_join.h"
#include "absl/strings/str_split.h"
#include "service/store/clickhouse_client.h"
#include "service/store/clickhouse_lease.h"
#include "tests/service/store/expect_release.h"
#include "tests/service/store/observations_testing.h"
#include "tests/service/store/store_harness.h"
#include "tests/testing/clickhouse.h"
#include "tests/testing/status_matchers.h"

namespace collate::store {
namespace {

using ::collate::testing::ClickHouseServers;
using ::collate::testing::HasReason;
using ::collate::testing::IsOk;
using ::collate::testing::IsOkAndHolds;
using ::collate::testing::MessageHas;
using ::collate::testing::StatusIs;
using ::testing::AllOf;
using ::testing::ElementsAre;
using ::testing::IsEmpty;
using ::testing::SizeIs;

constexpr absl::StatusCode kUnavailable = absl::StatusCode::kUnavailable;

// Started once for all tests of the process; a second each.
ClickHouseServers* Servers() {
  static const absl::StatusOr<std::unique_ptr<ClickHouseServers>> servers =
      ClickHouseServers::Start(2);
  EXPECT_THAT(servers, IsOk());
  return servers.ok() ? servers->get() : nullptr;
}

// A database of its own on these servers.
class Database {
 public:
  Database()
      : name_(absl::StrCat("test_", getpid(), "_",
                           ::testing::UnitTest::GetInstance()->random_seed(),
                           "_", reinterpret_cast<uintptr_t>(this))) {}
  ~Database() {
    for (const std::string& url : Servers()->urls()) {
      ClickHouseClient({.url = url})
          .Query(absl::StrCat("DROP DATABASE IF EXISTS ", name_))
          .status()
          .IgnoreError();
    }
  }

  const std::string& name() const { return name_; }
  ClickHouseOptions options() const {
    ClickHouseOptions options;
    options.shards = Servers()->urls();
    options.database = name_;
    return options;
  }
  ClickHouseClient Client(size_t shard) const {
    return ClickHouseClient(
        {.url = Servers()->urls()[shard], .database = name_});
  }

 private:
  const std::string name_;
};

class ClickHouseHarness final : public StoreHarness {
 public:
  ClickHouseHarness() {
    if (Reopen() == nullptr) std::abort();
  }

  Store& store() override { return *store_; }

  Store* Reopen() override {
    store_.reset();
    auto opened = OpenClickHouse(database_.options());
    EXPECT_THAT(opened, IsOk());
    if (!opened.ok()) return nullptr;
    store_ = *std::move(opened);
    return store_.get();
  }

 private:
  Database database_;
  std::unique_ptr<ClickHouseStore> store_;
};

INSTANTIATE_TEST_SUITE_P(
    ClickHouse, StoreConformanceTest,
    ::testing::Values([]() -> std::unique_ptr<StoreHarness> {
      if (!ClickHouseServers::Installed()) return nullptr;
      return std::make_unique<ClickHouseHarness>();
    }));

class ClickHouseStoreTest : public ::testing::Test {
 protected:
  void SetUp() override {
    COLLATE_NEEDS_CLICKHOUSE();
    ASSERT_NE(Servers(), nullptr);
    database_.emplace();
    store_ = Open();
    ASSERT_NE(store_, nullptr);
  }

  void TearDown() override {
    if (!database_.has_value()) return;
    for (size_t shard = 0; shard < 2; ++shard) {
      if (!Servers()->Runs(shard)) {
        ASSERT_THAT(Servers()->Restart(shard), IsOk());
      }
    }
  }

  std::unique_ptr<ClickHouseStore> Open() {
    auto store = OpenClickHouse(database_->options());
    EXPECT_THAT(store, IsOk());
    return store.ok() ? *std::move(store) : nullptr;
  }

  void Run(size_t shard, const std::string& sql) {
    EXPECT_THAT(database_->Client(shard).Query(sql), IsOk()) << sql;
  }

  // Inserts all rows of a table once more, with another value in a column.
  void Copy(size_t shard, const std::string& table, const std::string& column,
            const std::string& value) {
    COLLATE_ASSERT_OK_AND_ASSIGN(
        const std::string names,
        database_->Client(shard).Query(
            absl::StrCat("SELECT name FROM system.columns WHERE database = '",
                         database_->name(), "' AND table = '", table, "'")));
    std::vector<std::string> columns =
        absl::StrSplit(names, '\n', absl::SkipEmpty());
    const std::string into = absl::StrJoin(columns, ", ");
    std::replace(columns.begin(), columns.end(), column, value);
    Run(shard, absl::StrCat("INSERT INTO ", table, " (", into, ") SELECT ",
                            absl::StrJoin(columns, ", "), " FROM ", table));
  }

  // Three chunks, so that each shard has one or two.
  static ReleaseDraft OverBothShards(uint64_t seed = 1) {
    ReleaseDraft draft = MakeDraft("police", seed, 0);
    for (int i = 0; i < 3; ++i) {
      draft.observations.push_back(PoliceObservations(100));
      draft.observations.back().slice.measure = absl::StrCat("measure_", i);
    }
    return draft;
  }

  std::optional<Database> database_;
  std::unique_ptr<ClickHouseStore> store_;
};

TEST_F(ClickHouseStoreTest, AnotherProcessSeesWhatIsPublished) {
  const auto other = Open();
  ASSERT_NE(other, nullptr);
  COLLATE_ASSERT_OK_AND_ASSIGN(const std::string empty, other->Generation());
  EXPECT_THAT(other->Generation(), IsOkAndHolds(empty));
  const ReleaseDraft draft = OverBothShards();
  ASSERT_THAT(store_->Publish(draft), IsOk());
  COLLATE_ASSERT_OK_AND_ASSIGN(const std::string one, other->Generation());
  EXPECT_NE(one, empty);
  ExpectPublished(*other, draft);
  EXPECT_THAT(other->Publish(draft), HasReason("RELEASE_EXISTS"));
  EXPECT_THAT(other->Generation(), IsOkAndHolds(one));
  ASSERT_THAT(other->Withdraw(draft.release.name, "x"), IsOk());
  COLLATE_ASSERT_OK_AND_ASSIGN(const std::string two, store_->Generation());
  EXPECT_NE(two, one);
  ASSERT_THAT(store_->Withdraw(draft.release.name, "y"), IsOk());
  EXPECT_THAT(store_->Generation(), IsOkAndHolds(two));
}

TEST_F(ClickHouseStoreTest, ChunksAreSpreadOverTheShards) {
  ASSERT_THAT(store_->Publish(OverBothShards()), IsOk());
  int64_t rows = 0;
  for (size_t shard = 0; shard < 2; ++shard) {
    COLLATE_ASSERT_OK_AND_ASSIGN(
        const std::string count,
        database_->Client(shard).Query("SELECT count() FROM observation"));
    EXPECT_NE(count, "0\n") << shard;
    rows += std::stoll(count);
  }
  EXPECT_EQ(rows, 300);
}

TEST_F(ClickHouseStoreTest, RowsOfATryThatWasGivenUpAreNotSeen) {
  const ReleaseDraft draft = OverBothShards();
  ASSERT_THAT(store_->Publish(draft), IsOk());
  // As when an insertion came through after it was taken for lost.
  for (size_t shard = 0; shard < 2; ++shard) {
    Copy(shard, "observation", "batch", "batch + 1");
    Run(shard, "INSERT INTO document_block SELECT * FROM document_block");
  }
  Run(0, "INSERT INTO published SELECT * FROM published");
  // As when two writers published one release.
  Copy(0, "published", "term", "term + 1");
  ExpectPublished(*store_, draft);
  EXPECT_THAT(store_->ListReleases(), IsOkAndHolds(SizeIs(1)));
  EXPECT_THAT(CheckOf(*store_), IsOk());
}

TEST_F(ClickHouseStoreTest, MissingOrSurplusRowsAreDamage) {
  const auto damaged = AllOf(StatusIs(absl::StatusCode::kDataLoss),
                             HasReason("CORRUPT_STORE"), MessageHas("shard "));
  const ReleaseDraft draft = OverBothShards();
  ASSERT_THAT(store_->Publish(draft), IsOk());
  Run(1, "INSERT INTO observation SELECT * FROM observation WHERE row = 7");
  EXPECT_THAT(store_->ReadObservations(draft.release.name), damaged);
  EXPECT_THAT(CheckOf(*store_), damaged);
  Run(1, "TRUNCATE TABLE observation");
  EXPECT_THAT(store_->ReadObservations(draft.release.name), damaged);

  for (size_t shard = 0; shard < 2; ++shard) {
    Run(shard, "TRUNCATE TABLE document_block");
  }
  EXPECT_THAT(store_->ReadDocument(draft.release.documents[0].sha256, 0, 1),
              damaged);
  Run(0, "INSERT INTO withdrawn (release, reason) VALUES ('a', 'b')");
  EXPECT_THAT(store_->ListReleases(), damaged);
}

TEST_F(ClickHouseStoreTest, NothingIsReadOfAShardThatIsDown) {
  const ReleaseDraft draft = OverBothShards();
  ASSERT_THAT(store_->Publish(draft), IsOk());
  Servers()->Kill(1);
  const auto down = AllOf(StatusIs(kUnavailable), HasReason("STORE_IO"),
                          MessageHas("shard 2: "),
                          MessageHas(Servers()->urls()[1].substr(7)));
  EXPECT_THAT(store_->ReadObservations(draft.release.name), down);
  EXPECT_THAT(CheckOf(*store_), down);
  int read = 0;
  for (uint32_t chunk = 0; chunk < 3; ++chunk) {
    const auto one = store_->ReadChunk(draft.release.name, chunk);
    if (one.ok()) {
      ++read;
    } else {
      EXPECT_THAT(one, down);
    }
  }
  EXPECT_THAT(read, ::testing::AnyOf(1, 2));
  // The catalogue is whole, for those who start now, too.
  EXPECT_THAT(Open()->ListReleases(), IsOkAndHolds(SizeIs(1)));

  const ReleaseDraft next = OverBothShards(2);
  EXPECT_THAT(store_->Publish(next), down);
  EXPECT_THAT(store_->GetRelease(next.release.name),
              HasReason("RELEASE_NOT_FOUND"));
  ASSERT_THAT(Servers()->Restart(1), IsOk());
  ExpectPublished(*store_, draft);
  ASSERT_THAT(store_->Publish(next), IsOk());
  ExpectPublished(*store_, next);
}

// "chunk 2 row 7: force-3 88A 5" of every row that is found, sorted.
std::vector<std::string> LinesOf(const ObservationIndex::Found& found) {
  std::vector<std::string> lines;
  for (const ObservationIndex::Found::Rows& rows : found.rows) {
    const Observations& o = rows.observations;
    for (size_t i = 0; i < rows.row.size(); ++i) {
      lines.push_back(
          absl::StrCat("chunk ", rows.chunk[i], " row ", rows.row[i], ": ",
                       o.strings[o.reporter.member[i]], " ",
                       o.strings[o.axes[0].member[i]], " ", o.period_begin[i],
                       " ", static_cast<int>(o.state[i]), " ", o.value[i]));
    }
  }
  std::sort(lines.begin(), lines.end());
  return lines;
}

// The same of all chunks of a release, of rows that `passes`.
template <typename Passes>
std::vector<std::string> LinesOf(const Store& store, const std::string& release,
                                 Passes&& passes) {
  std::vector<std::string> lines;
  for (uint32_t chunk = 0; chunk < 3; ++chunk) {
    const auto read = store.ReadChunk(release, chunk);
    EXPECT_THAT(read, IsOk());
    const Observations& o = *read;
    for (size_t row = 0; row < o.row_count(); ++row) {
      if (!passes(o, row)) continue;
      lines.push_back(absl::StrCat(
          "chunk ", chunk, " row ", row, ": ",
          o.strings[o.reporter.member[row]], " ",
          o.strings[o.axes[0].member[row]], " ", o.period_begin[row], " ",
          static_cast<int>(o.state[row]), " ", o.value[row]));
    }
  }
  std::sort(lines.begin(), lines.end());
  return lines;
}

// Each of the three chunks is of another slice.
std::vector<ObservationIndex::Wanted> AllThree(
    const std::string& release, const ObservationIndex::Codes& axis = {},
    const ObservationIndex::Codes& reporter = {}) {
  std::vector<ObservationIndex::Wanted> wanted;
  for (uint32_t chunk = 0; chunk < 3; ++chunk) {
    wanted.push_back(
        {.chunks = {{release, chunk}}, .axes = {axis}, .reporter = reporter});
  }
  return wanted;
}

TEST_F(ClickHouseStoreTest, WhatIsSoughtIsFoundOnBothShards) {
  const ReleaseDraft draft = OverBothShards();
  ASSERT_THAT(store_->Publish(draft), IsOk());
  const std::string& release = draft.release.name;
  ASSERT_NE(store_->index(), nullptr);
  const ObservationIndex& index = *store_->index();
  COLLATE_ASSERT_OK_AND_ASSIGN(const auto counts, index.CountRows(release));
  ASSERT_THAT(counts, SizeIs(3));
  for (const auto& [slice, count] : counts) EXPECT_EQ(count, 100);

  COLLATE_ASSERT_OK_AND_ASSIGN(const Observations first,
                               store_->ReadChunk(release, 0));
  const std::string code = first.strings[first.axes[0].member[0]];
  const std::string reporter = first.strings[first.reporter.member[50]];
  const auto is_of = [&](const Observations& o, size_t row) {
    return o.strings[o.axes[0].member[row]] == code;
  };
  const auto is_by = [&](const Observations& o, size_t row) {
    return o.strings[o.reporter.member[row]] == reporter;
  };
  const auto find = [&](const ObservationIndex::Codes& axis,
                        const ObservationIndex::Codes& by) {
    const auto found = index.Find(AllThree(release, axis, by), 300);
    EXPECT_THAT(found, IsOk());
    return found.ok() ? LinesOf(*found) : std::vector<std::string>();
  };
  const auto all = [&](auto passes) {
    std::vector<std::string> lines = LinesOf(*store_, release, passes);
    EXPECT_FALSE(lines.empty());
    return lines;
  };
  EXPECT_EQ(find({}, {}), all([](const auto&, size_t) { return true; }));
  EXPECT_EQ(find({.wanted = {{code}}}, {}), all(is_of));
  EXPECT_EQ(find({}, {.wanted = {{reporter}}}), all(is_by));
  EXPECT_EQ(find({.wanted = {{code}}}, {.wanted = {{reporter}}}),
            LinesOf(*store_, release, [&](const auto& o, size_t row) {
              return is_of(o, row) && is_by(o, row);
            }));
  EXPECT_EQ(find({.wanted = {{}}, .loose = {code}}, {.wanted = {{reporter}}}),
            all(is_of));
  EXPECT_THAT(find({.wanted = {{}}}, {}), IsEmpty());
  EXPECT_THAT(find({.wanted = {{"it's \\ 'quoted'"}}}, {}), IsEmpty());
}

TEST_F(ClickHouseStoreTest, MoreThanMayBeFetchedIsRefusedWithItsNumber) {
  const ReleaseDraft draft = OverBothShards();
  ASSERT_THAT(store_->Publish(draft), IsOk());
  const auto wanted = AllThree(draft.release.name);
  EXPECT_THAT(store_->index()->Find(wanted, 300), IsOk());
  for (const int64_t limit : {0, 50, 299}) {
    EXPECT_THAT(store_->index()->Find(wanted, limit),
                AllOf(StatusIs(absl::StatusCode::kResourceExhausted),
                      HasReason("FETCH_LIMIT"), MessageHas("needs 300 ")))
        << limit;
  }
}

TEST_F(ClickHouseStoreTest, NothingIsFoundWhereRowsAreMissing) {
  const ReleaseDraft draft = OverBothShards();
  ASSERT_THAT(store_->Publish(draft), IsOk());
  const auto damaged = AllOf(StatusIs(absl::StatusCode::kDataLoss),
                             HasReason("CORRUPT_STORE"), MessageHas("shard "));
  // Whether the rows that are wanted are among them or not.
  const auto nobody = AllThree(draft.release.name, {.wanted = {{"nobody"}}});
  EXPECT_THAT(store_->index()->Find(nobody, 300), IsOk());
  Run(1, "INSERT INTO observation SELECT * FROM observation WHERE row = 7");
  EXPECT_THAT(store_->index()->Find(nobody, 300), damaged);
  Run(1, "TRUNCATE TABLE observation");
  EXPECT_THAT(store_->index()->Find(nobody, 300), damaged);
}

// What everything adds up to by release, reporter, period, state, flags, `has`
// and reason, and by the codes of the axes: "force-3 88A ...: 5 rows 40".
using Totals = std::map<std::string, std::array<int64_t, 4>>;

Totals TotalsOf(const Store& store, const std::string& release) {
  Totals totals;
  for (uint32_t chunk = 0; chunk < 3; ++chunk) {
    const auto read = store.ReadChunk(release, chunk);
    EXPECT_THAT(read, IsOk());
    const Observations& o = *read;
    for (size_t row = 0; row < o.row_count(); ++row) {
      std::array<int64_t, 4>& total = totals[absl::StrCat(
          o.strings[o.reporter.member[row]], " ",
          o.strings[o.axes[0].member[row]], " ", o.period_begin[row], " ",
          o.period_end[row], " ", static_cast<int>(o.state[row]), " ",
          o.flags[row], " ", o.has[row], " ", o.strings[o.reason[row]])];
      total[0] += 1;
      total[1] += o.value[row];
      total[2] += std::max<int64_t>(0, o.lower[row]);
      total[3] += o.upper[row];
    }
  }
  return totals;
}

Totals TotalsOf(const ObservationIndex::Sums& sums) {
  Totals totals;
  for (size_t i = 0; i < sums.groups.size(); ++i) {
    const ObservationIndex::Sums::Group& group = sums.groups[i];
    std::array<int64_t, 4>& total = totals[absl::StrCat(
        sums.strings[group.reporter], " ", sums.strings[sums.members[i]], " ",
        group.period_begin, " ", group.period_end, " ",
        static_cast<int>(group.state), " ", group.flags, " ", group.has, " ",
        sums.strings[group.reason])];
    total[0] += static_cast<int64_t>(group.rows);
    total[1] += group.value;
    total[2] += group.lower;
    total[3] += group.upper;
  }
  return totals;
}

TEST_F(ClickHouseStoreTest, SumsOfBothShardsAreThoseOfTheirRows) {
  const ReleaseDraft draft = OverBothShards();
  ASSERT_THAT(store_->Publish(draft), IsOk());
  const std::string& release = draft.release.name;
  const ObservationIndex& index = *store_->index();
  COLLATE_ASSERT_OK_AND_ASSIGN(
      const auto sums,
      index.Sum({.rows = AllThree(release), .by = {0}, .shared = {}}, 0));
  EXPECT_THAT(sums.rows, IsEmpty());
  EXPECT_THAT(sums.unreachable, IsEmpty());
  EXPECT_EQ(TotalsOf(sums), TotalsOf(*store_, release));

  // Of a chunk whose keys are shared there are rows, and no sums.
  COLLATE_ASSERT_OK_AND_ASSIGN(
      const auto rest,
      index.Sum(
          {.rows = AllThree(release), .by = {0}, .shared = {{release, 0}}},
          300));
  int64_t rows = 0;
  for (const auto& [unused, total] : TotalsOf(rest)) rows += total[0];
  ASSERT_EQ(rest.rows.size(), rest.places.size());
  bool first = false;
  for (size_t i = 0; i < rest.rows.size(); ++i) {
    EXPECT_EQ(rest.rows[i].row.size(), rest.places[i].size());
    rows += static_cast<int64_t>(rest.rows[i].row.size());
    first = first || rest.rows[i].chunk[0] == 0;
  }
  EXPECT_TRUE(first);
  EXPECT_EQ(rows, 300);
  EXPECT_THAT(
      index.Sum(
          {.rows = AllThree(release), .by = {0}, .shared = {{release, 0}}}, 99),
      HasReason("FETCH_LIMIT"));
}

TEST_F(ClickHouseStoreTest, NothingIsSummedWhereRowsAreMissing) {
  const ReleaseDraft draft = OverBothShards();
  ASSERT_THAT(store_->Publish(draft), IsOk());
  const auto damaged = AllOf(StatusIs(absl::StatusCode::kDataLoss),
                             HasReason("CORRUPT_STORE"), MessageHas("shard "));
  const auto sum = [&](const ObservationIndex::Codes& codes) {
    return store_->index()->Sum(
        {.rows = AllThree(draft.release.name, codes), .by = {}, .shared = {}},
        300);
  };
  const ObservationIndex::Codes nobody = {.wanted = {{"nobody"}}};
  EXPECT_THAT(sum({}), IsOk());
  EXPECT_THAT(sum(nobody), IsOk());
  Run(1, "INSERT INTO observation SELECT * FROM observation WHERE row = 7");
  EXPECT_THAT(sum({}), damaged);
  EXPECT_THAT(sum(nobody), damaged);
  Run(1, "TRUNCATE TABLE observation");
  EXPECT_THAT(sum({}), damaged);
  EXPECT_THAT(sum(nobody), damaged);
}

// A table that was made before there were keys, with rows in it.
TEST_F(ClickHouseStoreTest, RowsThatWereStoredWithoutAKeyAreSummedToo) {
  const ReleaseDraft draft = OverBothShards();
  ASSERT_THAT(store_->Publish(draft), IsOk());
  const ObservationIndex::SumsWanted wanted = {
      .rows = AllThree(draft.release.name),
      .by = {0},
      .shared = {{draft.release.name, 1}}};
  const auto places = [&]() -> std::multiset<uint64_t> {
    const auto sums = store_->index()->Sum(wanted, 300);
    EXPECT_THAT(sums, IsOk());
    std::multiset<uint64_t> all;
    if (!sums.ok()) return all;
    for (const auto& group : sums->groups) all.insert(group.places);
    for (const auto& rows : sums->places) all.insert(rows.begin(), rows.end());
    return all;
  };
  const std::multiset<uint64_t> before = places();
  EXPECT_GT(before.size(), 100);
  for (const int shard : {0, 1}) {
    Run(shard, "ALTER TABLE observation DROP COLUMN key");
  }
  store_ = Open();
  ASSERT_NE(store_, nullptr);
  EXPECT_EQ(places(), before);
}

TEST_F(ClickHouseStoreTest, ChunksOfAShardThatIsDownAreNamed) {
  const ReleaseDraft draft = OverBothShards();
  ASSERT_THAT(store_->Publish(draft), IsOk());
  const auto wanted = AllThree(draft.release.name);
  ASSERT_THAT(store_->index()->Find(wanted, 300), IsOk());
  Servers()->Kill(1);
  COLLATE_ASSERT_OK_AND_ASSIGN(const auto found,
                               store_->index()->Find(wanted, 300));
  EXPECT_EQ(LinesOf(found).size() + 100 * found.unreachable.size(), 300);
  ASSERT_FALSE(found.unreachable.empty());
  COLLATE_ASSERT_OK_AND_ASSIGN(
      const auto sums,
      store_->index()->Sum({.rows = wanted, .by = {}, .shared = {}}, 300));
  EXPECT_EQ(sums.unreachable.size(), found.unreachable.size());
  EXPECT_THAT(sums.groups, IsEmpty());
  for (const auto& [chunk, why] : found.unreachable) {
    EXPECT_THAT(why, AllOf(StatusIs(kUnavailable), HasReason("STORE_IO"),
                           MessageHas("shard 2: ")));
  }
}

TEST_F(ClickHouseStoreTest, NothingIsKnownWithoutTheFirstShard) {
  ASSERT_THAT(store_->Publish(OverBothShards()), IsOk());
  Servers()->Kill(0);
  const auto down = AllOf(StatusIs(kUnavailable), MessageHas("shard 1: "));
  EXPECT_THAT(store_->ListReleases(), down);
  EXPECT_THAT(store_->Generation(), down);
  EXPECT_THAT(OpenClickHouse(database_->options()), down);
  ASSERT_THAT(Servers()->Restart(0), IsOk());
  EXPECT_THAT(store_->ListReleases(), IsOkAndHolds(SizeIs(1)));
}

TEST_F(ClickHouseStoreTest, AShardThatDiesWhileAReleaseIsSentLeavesNothing) {
  ReleaseDraft draft = OverBothShards();
  draft.contents = {[bytes = Bytes(1, 3000)](
                        int64_t, int64_t) -> absl::StatusOr<std::string> {
    Servers()->Kill(1);
    return bytes;
  }};
  EXPECT_THAT(store_->Publish(draft), StatusIs(kUnavailable));
  EXPECT_THAT(store_->ListReleases(), IsOkAndHolds(IsEmpty()));
  ASSERT_THAT(Servers()->Restart(1), IsOk());
  EXPECT_THAT(store_->ListReleases(), IsOkAndHolds(IsEmpty()));
  draft.contents = {ReaderOf(Bytes(1, 3000))};
  ASSERT_THAT(store_->Publish(draft), IsOk());
  ExpectPublished(*store_, draft);
}

TEST_F(ClickHouseStoreTest, AShardThatHangsIsGivenUp) {
  const ReleaseDraft draft = OverBothShards();
  ASSERT_THAT(store_->Publish(draft), IsOk());
  ClickHouseOptions options = database_->options();
  options.timeout = absl::Milliseconds(300);
  COLLATE_ASSERT_OK_AND_ASSIGN(const auto hasty, OpenClickHouse(options));
  Servers()->Freeze(1);
  EXPECT_THAT(hasty->ReadObservations(draft.release.name),
              AllOf(StatusIs(kUnavailable), MessageHas("shard 2: ")));
  Servers()->Thaw(1);
  ExpectPublished(*store_, draft);
}

TEST_F(ClickHouseStoreTest, ASecondWriterIsRefusedWhileTheLeaseIsHeld) {
  ClickHouseOptions options = database_->options();
  options.holder = "replica-a";
  COLLATE_ASSERT_OK_AND_ASSIGN(const auto first, OpenClickHouse(options));
  options.holder = "replica-b";
  options.lease_patience = absl::ZeroDuration();
  COLLATE_ASSERT_OK_AND_ASSIGN(const auto second, OpenClickHouse(options));
  ReleaseDraft draft = OverBothShards(1);
  const ReleaseDraft other = OverBothShards(2);
  draft.contents = {[&, bytes = Bytes(1, 3000)](
                        int64_t, int64_t) -> absl::StatusOr<std::string> {
    EXPECT_THAT(second->Publish(other),
                AllOf(StatusIs(kUnavailable), HasReason("STORE_BUSY"),
                      MessageHas("replica-a")));
    EXPECT_THAT(second->Withdraw("x", "y"), HasReason("STORE_BUSY"));
    // Whoever only reads waits for nobody.
    EXPECT_THAT(second->ListReleases(), IsOkAndHolds(IsEmpty()));
    return bytes;
  }};
  ASSERT_THAT(first->Publish(draft), IsOk());
  ASSERT_THAT(second->Publish(other), IsOk());
  EXPECT_THAT(first->ListReleases(), IsOkAndHolds(SizeIs(2)));
}

TEST_F(ClickHouseStoreTest, ALeaseEndsWithoutItsHolder) {
  const ClickHouseClient client = database_->Client(0);
  // As a process that died leaves it.
  Run(0,
      "CREATE TABLE writer_41 ENGINE = TinyLog AS SELECT 'gone' AS holder, "
      "toInt64(now()) + 1 AS until, toUInt8(0) AS released");
  LeaseOptions options{.holder = "next",
                       .duration = absl::Seconds(30),
                       .patience = absl::Seconds(30)};
  {
    COLLATE_ASSERT_OK_AND_ASSIGN(
        const auto lease,
        WriterLease::Acquire(&client, database_->name(), options));
    EXPECT_EQ(lease->term(), 42u);
    EXPECT_THAT(lease->Renew(), IsOk());
    // Somebody's clock was wrong, or this process was stopped for long.
    Run(0,
        "CREATE TABLE writer_43 ENGINE = TinyLog AS SELECT 'thief' AS holder, "
        "toInt64(now()) + 90 AS until, toUInt8(0) AS released");
    EXPECT_THAT(lease->Renew(),
                AllOf(StatusIs(kUnavailable), HasReason("LEASE_LOST")));
  }
  options.patience = absl::ZeroDuration();
  EXPECT_THAT(WriterLease::Acquire(&client, database_->name(), options),
              AllOf(HasReason("STORE_BUSY"), MessageHas("thief")));
  // One that has no rows yet is somebody's who has just begun.
  Run(0,
      "CREATE TABLE writer_44 (holder String, until Int64, released UInt8) "
      "ENGINE = TinyLog");
  EXPECT_THAT(WriterLease::Acquire(&client, database_->name(), options),
              HasReason("STORE_BUSY"));
}

TEST_F(ClickHouseStoreTest, ALaterVersionIsLeftAlone) {
  Run(0, "INSERT INTO meta VALUES ('version', 2)");
  EXPECT_THAT(OpenClickHouse(database_->options()),
              AllOf(StatusIs(absl::StatusCode::kFailedPrecondition),
                    HasReason("STORE_NEWER")));
}

TEST_F(ClickHouseStoreTest, DataOfAShardThatIsNotConfiguredIsNotLeftOut) {
  const ReleaseDraft draft = OverBothShards();
  ASSERT_THAT(store_->Publish(draft), IsOk());
  ClickHouseOptions options = database_->options();
  options.shards.pop_back();
  COLLATE_ASSERT_OK_AND_ASSIGN(const auto half, OpenClickHouse(options));
  EXPECT_THAT(half->ReadObservations(draft.release.name),
              AllOf(StatusIs(absl::StatusCode::kFailedPrecondition),
                    HasReason("INVALID_CONFIG"), MessageHas("shard 2")));
}

TEST(ClickHouseOptionsTest, OptionsThatMakeNoSenseAreRefused) {
  EXPECT_THAT(OpenClickHouse({}), HasReason("INVALID_CONFIG"));
  for (const char* database : {"", "a-b", "x; DROP", "A"}) {
    ClickHouseOptions options;
    options.shards = {"http://127.0.0.1:1"};
    options.database = database;
    EXPECT_THAT(OpenClickHouse(options), HasReason("INVALID_CONFIG"))
        << database;
  }
}

}  // namespace
}  // namespace collate::store
