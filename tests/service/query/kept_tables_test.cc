// Tables that are kept in files are a cache: what is served from them is what
// would be built, and whatever happens to them costs time and nothing else.
// Figures are made up.

#include "service/query/kept_tables.h"

#include <filesystem>
#include <fstream>
#include <iterator>
#include <memory>
#include <string>
#include <utility>
#include <vector>

#include "absl/strings/str_cat.h"
#include "gmock/gmock.h"
#include "gtest/gtest.h"
#include "service/base/digest.h"
#include "service/query/publisher.h"
#include "service/query/table_file.h"
#include "service/store/sqlite_store.h"
#include "service/vocabulary/load.h"
#include "tests/bench/observations.h"
#include "tests/service/query/same_tables.h"
#include "tests/testing/forwarding_store.h"
#include "tests/testing/memory_store.h"
#include "tests/testing/status_matchers.h"
#include "tests/testing/temp_dir.h"
#include "tests/testing/world.h"

namespace collate::query {
namespace {

namespace fs = std::filesystem;
using ::collate::testing::DraftsOf;
using ::collate::testing::ForwardingStore;
using ::collate::testing::HasReason;
using ::collate::testing::IsOk;
using ::collate::testing::MakeTestVocabulary;
using ::collate::testing::MemoryStore;
using ::collate::testing::TempDir;
using ::collate::testing::World;
using ::testing::Contains;
using ::testing::ElementsAre;
using ::testing::IsEmpty;
using ::testing::Not;
using ::testing::SizeIs;
using ::testing::UnorderedElementsAre;

// Remembers which releases were read.
class WatchedStore final : public ForwardingStore {
 public:
  using ForwardingStore::ForwardingStore;

  absl::StatusOr<std::vector<store::Observations>> ReadObservations(
      absl::string_view release) const override {
    read.emplace_back(release);
    return ForwardingStore::ReadObservations(release);
  }

  mutable std::vector<std::string> read;
};

std::string BytesOf(const fs::path& path) {
  std::ifstream in(path, std::ios::binary);
  return {std::istreambuf_iterator<char>(in), {}};
}

void WriteBytes(const fs::path& path, const std::string& bytes) {
  std::ofstream(path, std::ios::binary | std::ios::trunc) << bytes;
}

// Containers that grew have some room to spare.
void ExpectAboutAsLarge(const Snapshot& a, const Snapshot& b) {
  EXPECT_NEAR(a.byte_count(), b.byte_count(), b.byte_count() / 50);
}

class KeptTablesTest : public ::testing::Test {
 protected:
  KeptTablesTest() {
    World world;
    world.Release("first", "2018-06-01")
        .Slice({.axes = {"offence@code", "sex@sex"}, .scale = 1})
        .Row({.reporter = "p",
              .at = {"88A", "f"},
              .period = "2017",
              .value = 50,
              .stated_reporters = 3,
              .stated_coverage = "three forces"})
        .Row({.reporter = "q",
              .at = {"71", "m"},
              .period = "2017 Q1",
              .state = vocabulary::State::kRefused,
              .reason = "s.12"})
        .Row(
            {.reporter = "q", .at = {"71", "f"}, .period = "2017", .value = -7})
        .Extent({"p", "q"}, {"2017"})
        .Slice({})
        .Row({.reporter = "p", .period = "2017", .value = 123'456})
        .Release("first", "2019-06-01")
        .Slice({.axes = {"offence@code", "sex@sex"}, .scale = 1})
        .Row({.reporter = "p",
              .at = {"88A", "f"},
              .period = "2017",
              .value = 51,
              .flags = vocabulary::kFlagRevised})
        .Extent({"p", "q"}, {"2017"})
        .Release("second", "2018-01-01")
        .Slice({.axes = {"sex@sex"}})
        .Row({.reporter = "r",
              .at = {"nobody knows"},
              .period = "2018",
              .value = 4})
        .Release("second", "2018-02-01")
        .Slice({.axes = {"sex@sex"}})
        .Row({.reporter = "r", .at = {"m"}, .period = "2018", .value = 4});
    drafts_ = DraftsOf(*world.Build());
    for (const store::ReleaseDraft& draft : drafts_) {
      EXPECT_THAT(memory_.Publish(draft), IsOk());
    }
  }

  std::string Tables() const { return directory_.File("tables"); }

  std::unique_ptr<Publisher> Open(store::Store* store) const {
    auto publisher = Publisher::Open(MakeTestVocabulary(), store,
                                     {.tables_directory = Tables()});
    EXPECT_THAT(publisher, IsOk());
    return *std::move(publisher);
  }
  // What there is without any files.
  std::shared_ptr<const Snapshot> Built() {
    return (*Publisher::Open(MakeTestVocabulary(), &memory_))->Current();
  }

  // Opens and closes, which writes what is to be kept; what was read of the
  // store on the way.
  std::vector<std::string> Restart() {
    WatchedStore store(&memory_);
    const auto publisher = Open(&store);
    ExpectSameSnapshot(*publisher->Current(), *Built());
    ExpectAboutAsLarge(*publisher->Current(), *Built());
    return store.read;
  }

  std::vector<std::string> Files() const {
    std::vector<std::string> names;
    for (const auto& entry : fs::directory_iterator(Tables())) {
      names.push_back(entry.path().filename().string());
    }
    return names;
  }

  const TempDir directory_;
  std::vector<store::ReleaseDraft> drafts_;
  MemoryStore memory_;
};

TEST_F(KeptTablesTest, ARestartReadsNothingOfTheStoreAndHasTheSame) {
  EXPECT_THAT(Restart(), SizeIs(4)) << "nothing is kept yet";
  EXPECT_THAT(Files(), SizeIs(1 + Built()->tables().size()));
  EXPECT_THAT(Restart(), IsEmpty());
  EXPECT_THAT(Restart(), IsEmpty());
}

TEST_F(KeptTablesTest, WhatIsPublishedAndWithdrawnIsKept) {
  {
    const auto publisher = Open(&memory_);
    World world;
    world.Release("third", "2018-06-01")
        .Slice({})
        .Row({.reporter = "p", .period = "2017", .value = 1});
    store::ReleaseDraft draft = DraftsOf(*world.Build())[0];
    ASSERT_THAT(publisher->Publish(draft), IsOk());
    ASSERT_THAT(publisher->Withdraw(drafts_[1].release.name, "an error"),
                IsOk());
  }
  EXPECT_THAT(Restart(), IsEmpty());
  EXPECT_THAT(Files(), SizeIs(1 + Built()->tables().size()))
      << "files of tables that are no more are gone";
}

TEST_F(KeptTablesTest, WhatChangedMeanwhileIsReadAndNothingElse) {
  EXPECT_THAT(Restart(), SizeIs(4));
  World world;
  world.Release("first", "2020-06-01")
      .Slice({})
      .Row({.reporter = "p", .period = "2017", .value = 2});
  store::ReleaseDraft draft = DraftsOf(*world.Build())[0];
  draft.release.name = "sources/first/releases/new";
  ASSERT_THAT(memory_.Publish(draft), IsOk());
  EXPECT_THAT(Restart(), ElementsAre(draft.release.name));
  ASSERT_THAT(memory_.Withdraw(drafts_[1].release.name, "an error"), IsOk());
  EXPECT_THAT(Restart(), IsEmpty()) << "only its state is another";
  EXPECT_THAT(Restart(), IsEmpty());
}

TEST_F(KeptTablesTest, AReleaseOfOtherContentIsReadAnew) {
  EXPECT_THAT(Restart(), SizeIs(4));
  MemoryStore other;
  for (size_t i = 0; i < drafts_.size(); ++i) {
    store::ReleaseDraft draft = drafts_[i];
    // The second release is gone, the first one has lost a chunk.
    if (i == 0) draft.observations.pop_back();
    if (i == 1) continue;
    ASSERT_THAT(other.Publish(draft), IsOk());
  }
  WatchedStore watched(&other);
  const auto publisher = Open(&watched);
  EXPECT_THAT(watched.read, ElementsAre(drafts_[0].release.name));
  ExpectSameSnapshot(
      *publisher->Current(),
      *(*Publisher::Open(MakeTestVocabulary(), &other))->Current());
}

TEST_F(KeptTablesTest, ADamagedTableIsBuiltAndWrittenAnew) {
  EXPECT_THAT(Restart(), SizeIs(4));
  for (const std::string& name : Files()) {
    SCOPED_TRACE(name);
    const fs::path path = fs::path(Tables()) / name;
    std::string bytes = BytesOf(path);
    bytes[bytes.size() / 2] ^= 1;
    WriteBytes(path, bytes);
    const auto read = Restart();
    if (name == "index") {
      EXPECT_THAT(read, SizeIs(4));
    } else {
      EXPECT_THAT(read, Not(IsEmpty()));
      EXPECT_LE(read.size(), 2u) << "only releases of that table";
    }
    EXPECT_THAT(Restart(), IsEmpty());
    fs::remove(path);
    EXPECT_THAT(Restart(), Not(IsEmpty()));
    EXPECT_THAT(Restart(), IsEmpty());
  }
}

// Loads what is kept, as far as it can be used: of that nothing may differ.
void ExpectNothingWrong(const std::string& tables, const MemoryStore& store,
                        const Snapshot& built, size_t* usable) {
  ChunkCache cache(&store);
  const auto loaded = KeptTables(tables).Load(MakeTestVocabulary(), store,
                                              *store.ListReleases(), &cache);
  if (loaded == nullptr) return;
  ASSERT_EQ(loaded->releases().size(), built.releases().size());
  for (const SliceTable& table : loaded->tables()) {
    size_t found = 0;
    for (const SliceTable& one : built.tables()) {
      if (one.source != table.source || one.slice != table.slice) continue;
      ++found;
      ExpectSameTable(*loaded, table, built, one);
    }
    EXPECT_EQ(found, 1u);
    ++*usable;
  }
}

TEST_F(KeptTablesTest, NoFlippedBitAndNoLostByteGivesAnotherNumber) {
  EXPECT_THAT(Restart(), SizeIs(4));
  const auto built = Built();
  size_t usable = 0;
  ExpectNothingWrong(Tables(), memory_, *built, &usable);
  ASSERT_EQ(usable, built->tables().size());
  for (const std::string& name : Files()) {
    const fs::path path = fs::path(Tables()) / name;
    const std::string bytes = BytesOf(path);
    for (size_t at = 0; at < bytes.size(); ++at) {
      SCOPED_TRACE(absl::StrCat(name, ", byte ", at));
      std::string damaged = bytes;
      damaged[at] ^= static_cast<char>(1 << at % 8);
      WriteBytes(path, damaged);
      usable = 0;
      ExpectNothingWrong(Tables(), memory_, *built, &usable);
      EXPECT_LT(usable, built->tables().size());
      WriteBytes(path, bytes.substr(0, at));
      usable = 0;
      ExpectNothingWrong(Tables(), memory_, *built, &usable);
      EXPECT_LT(usable, built->tables().size());
      if (HasFailure()) return;
    }
    WriteBytes(path, bytes + '\0');
    usable = 0;
    ExpectNothingWrong(Tables(), memory_, *built, &usable);
    EXPECT_LT(usable, built->tables().size());
    WriteBytes(path, bytes);
  }
}

TEST_F(KeptTablesTest, AFileUnderTheNameOfAnotherIsNotThatOne) {
  EXPECT_THAT(Restart(), SizeIs(4));
  const std::vector<std::string> names = Files();
  for (size_t i = 0; i < names.size(); ++i) {
    const fs::path path = fs::path(Tables()) / names[i];
    const std::string bytes = BytesOf(path);
    WriteBytes(path,
               BytesOf(fs::path(Tables()) / names[(i + 1) % names.size()]));
    size_t usable = 0;
    ExpectNothingWrong(Tables(), memory_, *Built(), &usable);
    EXPECT_LT(usable, Built()->tables().size());
    WriteBytes(path, bytes);
  }
}

TEST_F(KeptTablesTest, WhatAnotherVersionWroteIsNotRead) {
  EXPECT_THAT(Restart(), SizeIs(4));
  const store::KeptFiles files(Tables());
  std::string index = *(*files.Read("index"))->Next();
  const size_t version = index.find("tables ") + 7;
  ASSERT_EQ(index[version], '0' + kTableVersion);
  ++index[version];
  ASSERT_THAT(files.Write("index",
                          [&index](store::KeptFileWriter& writer) {
                            return writer.Add(index);
                          }),
              IsOk());
  EXPECT_THAT(Restart(), SizeIs(4));
  EXPECT_THAT(Restart(), IsEmpty());
}

TEST_F(KeptTablesTest, WhatAWriteLeftThatWasCutShortIsRemoved) {
  EXPECT_THAT(Restart(), SizeIs(4));
  WriteBytes(Tables() + "/index.tmp", "half");
  EXPECT_THAT(Restart(), IsEmpty());
  EXPECT_THAT(Files(), Not(Contains("index.tmp")));
}

TEST_F(KeptTablesTest, WhatCannotBeWrittenIsToldAndServedAllTheSame) {
  WriteBytes(Tables(), "a file where the directory belongs");
  std::vector<absl::Status> told;
  {
    const auto publisher =
        Publisher::Open(MakeTestVocabulary(), &memory_,
                        {.tables_directory = Tables(),
                         .not_kept = [&told](const absl::Status& status) {
                           told.push_back(status);
                         }});
    ASSERT_THAT(publisher, IsOk());
    ExpectSameSnapshot(*(*publisher)->Current(), *Built());
  }
  EXPECT_THAT(told, Contains(HasReason("STORE_IO")));
}

// A change to these bytes, or to what a table is built to, raises
// kTableVersion: a program must not go on with what another one built.
TEST_F(KeptTablesTest, FormatAndContentOfThisVersionAreFrozen) {
  EXPECT_THAT(Restart(), SizeIs(4));
  std::vector<std::string> digests;
  const store::KeptFiles files(Tables());
  for (const std::string& name : Files()) {
    if (name == "index") continue;
    base::Sha256 digest;
    const auto reader = files.Read(name);
    ASSERT_THAT(reader, IsOk());
    while (true) {
      const absl::StatusOr<std::string> block = (*reader)->Next();
      if (!block.ok()) break;
      digest.Update(absl::StrCat(block->size(), ":", *block));
    }
    digests.push_back(digest.FinishHex().substr(0, 16));
  }
  ASSERT_EQ(kTableVersion, 1u);
  EXPECT_THAT(digests,
              UnorderedElementsAre("d5343b9c00ca7f39", "0880ce73451d9739",
                                   "e237aa1920bbd0dc", "bd2cc5458507c7b2"));
}

// Of some 20,000 observations, in a store on disk.
TEST(KeptTablesOnDisk, AnotherVocabularyReadsEverythingAnew) {
  const testing::bench::Shape shape = testing::bench::TwentyThousand();
  const auto vocabulary = [&](const std::string& further) {
    TempDir dir;
    dir.Write("bench.textproto",
              testing::bench::VocabularyText(shape) + further);
    auto loaded = vocabulary::LoadVocabulary({dir.path()});
    EXPECT_THAT(loaded, IsOk());
    return std::make_shared<const vocabulary::Vocabulary>(*std::move(loaded));
  };
  TempDir dir;
  ASSERT_THAT(testing::bench::MakeStore(shape, dir.path()), IsOk());
  const auto store = store::OpenDataDirectory(dir.path());
  ASSERT_THAT(store, IsOk());
  const auto reads = [&](const std::string& further) {
    WatchedStore watched(store->get());
    const auto publisher =
        Publisher::Open(vocabulary(further), &watched,
                        {.tables_directory = dir.File("tables")});
    EXPECT_THAT(publisher, IsOk());
    const auto built = Publisher::Open(vocabulary(further), store->get());
    EXPECT_THAT(built, IsOk());
    const Snapshot& snapshot = *(*publisher)->Current();
    EXPECT_EQ(snapshot.digest(), (*built)->Current()->digest());
    ExpectAboutAsLarge(snapshot, *(*built)->Current());
    return watched.read.size();
  };
  const size_t all = (*(*store)->ListReleases()).size();
  EXPECT_EQ(reads(""), all);
  EXPECT_EQ(reads(""), 0u);
  EXPECT_EQ(reads("# another text\n"), all);
  EXPECT_EQ(reads("# another text\n"), 0u);
}

}  // namespace
}  // namespace collate::query
