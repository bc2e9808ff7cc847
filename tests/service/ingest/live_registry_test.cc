#include "service/ingest/live_registry.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <filesystem>
#include <memory>
#include <string>

#include "service/base/digest.h"
#include "tests/testing/temp_dir.h"

namespace collate::ingest {
namespace {

using ::collate::testing::TempDir;
using ::testing::AllOf;
using ::testing::ElementsAre;
using ::testing::Field;
using ::testing::HasSubstr;
using ::testing::IsEmpty;
using ::testing::IsNull;
using ::testing::NotNull;

class LiveRegistryTest : public ::testing::Test {
 protected:
  LiveRegistryTest() { std::filesystem::create_directory(dir_.File("a")); }

  void Add(const std::string& id, const std::string& library,
           const std::string& version = "1.0.0",
           const std::string& title = "T") {
    const std::string stem = "a/" + id + "/";
    dir_.Write(stem + id + ".manifest.textproto",
               "id: \"" + id + "\" version: \"" + version +
                   "\" abi { major: 1 minor: 0 } title: \"" + title +
                   "\" resource_globs: \"*.map\" families { id: \"f\" title: "
                   "\"F\" globs: \"*.csv\" measures: \"m\" }");
    dir_.Write(stem + "lib" + id + ".so", library);
  }

  LiveRegistry Make(std::vector<std::string> allowed = {}) {
    return LiveRegistry({.directories = {dir_.File("a")},
                         .trusted_root = dir_.path(),
                         .allowed_sha256 = std::move(allowed)},
                        &supervisor_);
  }

  static auto Change(const std::string& adapter, AdapterChangeKind kind,
                     const std::string& words) {
    return AllOf(Field(&AdapterChange::adapter, adapter),
                 Field(&AdapterChange::kind, kind),
                 Field(&AdapterChange::message, HasSubstr(words)));
  }

  TempDir dir_;
  Supervisor supervisor_{{.worker_path = "/nowhere/collate-worker"}};
};

TEST_F(LiveRegistryTest, NothingIsReadUntilItIsAskedTo) {
  LiveRegistry live = Make();
  Add("one", "library");
  EXPECT_THAT(live.Current()->Find("one"), IsNull());
  EXPECT_THAT(live.Reload(),
              ElementsAre(Change("one", AdapterChangeKind::kAdded,
                                 base::Sha256Hex("library"))));
  EXPECT_THAT(live.Current()->Find("one"), NotNull());
  EXPECT_THAT(live.Reload(), IsEmpty());
}

TEST_F(LiveRegistryTest, WhoHoldsARegistryKeepsIt) {
  Add("one", "first");
  LiveRegistry live = Make();
  const std::shared_ptr<const Registry> held = live.Current();
  const AdapterEntry* adapter = held->Find("one");
  ASSERT_THAT(adapter, NotNull());
  std::filesystem::remove_all(dir_.File("a/one"));
  EXPECT_THAT(live.Reload(),
              ElementsAre(Change("one", AdapterChangeKind::kRemoved, "a/one")));
  EXPECT_THAT(live.Current()->Find("one"), IsNull());
  EXPECT_EQ(held->Find("one"), adapter);
  EXPECT_EQ(adapter->sha256, base::Sha256Hex("first"));
}

TEST_F(LiveRegistryTest, WhatChangedIsSaid) {
  Add("library", "first");
  Add("manifest", "same");
  Add("resource", "same");
  Add("version", "same");
  LiveRegistry live = Make();
  Add("library", "second");
  Add("manifest", "same", "1.0.0", "Another title");
  dir_.Write("a/resource/resources/x.map", "map");
  Add("version", "same", "2.0.0");
  EXPECT_THAT(live.Reload(),
              ElementsAre(Change("library", AdapterChangeKind::kChanged,
                                 "is now " + base::Sha256Hex("second")),
                          Change("manifest", AdapterChangeKind::kChanged,
                                 "its manifest is another"),
                          Change("resource", AdapterChangeKind::kChanged,
                                 "recipes or mappings"),
                          Change("version", AdapterChangeKind::kChanged,
                                 "version 1.0.0 is now 2.0.0")));
}

TEST_F(LiveRegistryTest, ARefusalAndItsEndAreChanges) {
  Add("one", "first");
  LiveRegistry live = Make({base::Sha256Hex("first")});
  Add("one", "second");
  EXPECT_THAT(live.Reload(),
              ElementsAre(Change("one", AdapterChangeKind::kChanged,
                                 "none of the 1 that are allowed")));
  EXPECT_THAT(live.Current()->Find("one"), IsNull());
  Add("one", "first");
  EXPECT_THAT(live.Reload(),
              ElementsAre(Change("one", AdapterChangeKind::kChanged,
                                 "is no longer refused")));
  EXPECT_THAT(live.Current()->Find("one"), NotNull());
}

}  // namespace
}  // namespace collate::ingest
