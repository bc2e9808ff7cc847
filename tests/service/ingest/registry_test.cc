#include "service/ingest/registry.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <sys/stat.h>
#include <unistd.h>

#include <filesystem>
#include <string>

#include "service/base/digest.h"
#include "tests/testing/status_matchers.h"
#include "tests/testing/temp_dir.h"

namespace collate::ingest {
namespace {

using ::collate::testing::HasReason;
using ::collate::testing::MessageHas;
using ::collate::testing::TempDir;
using ::testing::Contains;
using ::testing::ElementsAre;
using ::testing::HasSubstr;
using ::testing::IsEmpty;
using ::testing::IsNull;
using ::testing::NotNull;
using ::testing::Pair;
using ::testing::SizeIs;

constexpr char kManifest[] = R"(id: "good"
version: "1.2.3"
abi { major: 1 minor: 0 }
title: "Good"
families { id: "f" title: "F" globs: "*.csv" measures: "m" }
)";

class RegistryTest : public ::testing::Test {
 protected:
  void Add(const std::string& id, const std::string& manifest,
           const std::string& folder = "adapters") {
    const std::string stem = folder + "/" + id + "/";
    dir_.Write(stem + id + ".manifest.textproto", manifest);
    dir_.Write(stem + "lib" + id + ".so", "library of " + id);
  }

  Registry Build() const {
    return Registry::Build({.directories = {dir_.File("adapters")},
                            .site_directory = dir_.File("site"),
                            .trusted_root = dir_.path()});
  }

  // The problems of the one adapter that there is.
  std::string Problem() const {
    const Registry registry = Build();
    EXPECT_THAT(registry.entries(), SizeIs(1));
    EXPECT_FALSE(registry.entries()[0].ready());
    EXPECT_THAT(registry.Find(registry.entries()[0].id), IsNull());
    std::string text;
    for (const std::string& problem : registry.entries()[0].problems) {
      text += problem + "\n";
    }
    return text;
  }

  const TempDir dir_;
};

TEST_F(RegistryTest, ManifestIsEnoughToKnowAnAdapter) {
  Add("good", kManifest);
  const Registry registry = Build();
  const AdapterEntry* good = registry.Find("good");
  ASSERT_THAT(good, NotNull()) << registry.Describe();
  EXPECT_EQ(good->version, "1.2.3");
  EXPECT_EQ(good->title, "Good");
  EXPECT_THAT(good->families, SizeIs(1));
  EXPECT_EQ(good->sha256, base::Sha256Hex("library of good"));
  EXPECT_EQ(good->library_path, dir_.File("adapters/good/libgood.so"));
  EXPECT_THAT(registry.problems(), IsEmpty());
}

TEST_F(RegistryTest, ParseErrorHasItsLineAndColumn) {
  Add("good", std::string(kManifest) + "colour: \"red\"\n");
  EXPECT_THAT(Problem(), HasSubstr("good.manifest.textproto:6:7: "));
  EXPECT_THAT(Problem(), HasSubstr("colour"));
}

TEST_F(RegistryTest, MissingLibraryIsAProblemAndNothingElse) {
  dir_.Write("adapters/good/good.manifest.textproto", kManifest);
  EXPECT_THAT(Problem(), HasSubstr(dir_.File("adapters/good/libgood.so")));
}

TEST_F(RegistryTest, MissingManifestIsAProblem) {
  dir_.Write("adapters/good/libgood.so", "x");
  EXPECT_THAT(Problem(), HasSubstr("good.manifest.textproto: No such file"));
}

TEST_F(RegistryTest, IdHasToBeThatOfTheFolder) {
  Add("other", kManifest);
  EXPECT_THAT(Problem(), HasSubstr("id 'good' is not the name of its folder, "
                                   "'other'"));
}

TEST_F(RegistryTest, AnotherMajorIsRefused) {
  std::string manifest = kManifest;
  manifest.replace(manifest.find("major: 1"), 8, "major: 2");
  Add("good", manifest);
  EXPECT_THAT(Problem(), HasSubstr("abi 2.0 does not fit this service's 1.0"));
}

TEST_F(RegistryTest, NewerMinorIsRefused) {
  std::string manifest = kManifest;
  manifest.replace(manifest.find("minor: 0"), 8, "minor: 1");
  Add("good", manifest);
  EXPECT_THAT(Problem(), HasSubstr("abi 1.1 does not fit"));
}

TEST_F(RegistryTest, FirstOfTwoIsKeptAndTheSecondSaysSo) {
  Add("good", kManifest);
  Add("good", kManifest, "more");
  const Registry registry = Registry::Build(
      {.directories = {dir_.File("adapters"), dir_.File("more")},
       .trusted_root = dir_.path()});
  ASSERT_THAT(registry.entries(), SizeIs(2));
  ASSERT_THAT(registry.Find("good"), NotNull());
  EXPECT_EQ(registry.Find("good")->directory, dir_.File("adapters/good"));
  EXPECT_THAT(registry.problems(),
              ElementsAre(HasSubstr("an adapter of this id is " +
                                    dir_.File("adapters/good"))));
}

TEST_F(RegistryTest, UnreadableDirectoryIsNamed) {
  const Registry registry =
      Registry::Build({.directories = {"/nowhere/adapters"}});
  EXPECT_THAT(registry.problems(), ElementsAre(HasSubstr("/nowhere/adapters")));
  EXPECT_THAT(registry.Describe(), HasSubstr("searched /nowhere/adapters"));
}

struct BadPart {
  const char* name;
  const char* text;
  const char* problem;
};

class BadManifestTest : public RegistryTest,
                        public ::testing::WithParamInterface<BadPart> {};

TEST_P(BadManifestTest, IsRefused) {
  Add("good", std::string(kManifest) + GetParam().text);
  EXPECT_THAT(Problem(), HasSubstr(GetParam().problem));
}

INSTANTIATE_TEST_SUITE_P(
    Parts, BadManifestTest,
    ::testing::Values(
        BadPart{"FamilyTwice", "families { id: 'f' title: 'F' globs: '*' }",
                "family 'f' stands twice"},
        BadPart{"FamilyOfAnything", "families { id: 'g' title: 'G' }",
                "neither globs nor magic nor header_words"},
        BadPart{"OddMagic",
                "families { id: 'g' title: 'G' magic { hex: '50 4' } }",
                "magic '50 4' is not hexadecimal"},
        BadPart{"FarMagic",
                "families { id: 'g' title: 'G' magic { offset: 65536 hex: "
                "'50' } }",
                "ends beyond the first"},
        BadPart{"EmptyHeaderWords",
                "families { id: 'g' title: 'G' header_words {} }",
                "without all_of and any_of"},
        BadPart{"OptionWithoutType", "options { name: 'o' description: 'd' }",
                "option 'o': its type is missing"},
        BadPart{"OptionTwice",
                "options { name: 'o' type: TYPE_STRING description: 'd' } "
                "options { name: 'o' type: TYPE_STRING description: 'd' }",
                "option 'o' stands twice"},
        BadPart{"BadDefault",
                "options { name: 'o' type: TYPE_DATE description: 'd' "
                "default_value: '2023-02-31' }",
                "its default '2023-02-31' is not a date"},
        BadPart{"ChoiceWithoutChoices",
                "options { name: 'o' type: TYPE_CHOICE description: 'd' }",
                "its choices are missing"}),
    [](const auto& info) { return std::string(info.param.name); });

TEST_F(RegistryTest, ResourcesComeFromTheAdapterAndFromTheSite) {
  Add("good", std::string(kManifest) + "resource_globs: '*.recipe'");
  dir_.Write("adapters/good/resources/b.recipe", "shipped");
  dir_.Write("site/resources/good/a.recipe", "site");
  dir_.Write("site/resources/good/notes.txt", "for people");
  const Registry registry = Build();
  const AdapterEntry* good = registry.Find("good");
  ASSERT_THAT(good, NotNull()) << registry.Describe();
  ASSERT_THAT(good->resources, SizeIs(2));
  EXPECT_EQ(good->resources[0].name, "a.recipe");
  EXPECT_EQ(good->resources[0].file->sha256(), base::Sha256Hex("site"));
  EXPECT_EQ(good->resources[1].name, "b.recipe");
  // What is not used is said, not ignored.
  EXPECT_THAT(registry.problems(),
              ElementsAre(HasSubstr("notes.txt: not used")));
}

TEST_F(RegistryTest, SiteDoesNotReplaceAResourceSilently) {
  Add("good", std::string(kManifest) + "resource_globs: '*.recipe'");
  dir_.Write("adapters/good/resources/a.recipe", "shipped");
  dir_.Write("site/resources/good/a.recipe", "site");
  EXPECT_THAT(Problem(), HasSubstr("a resource of this name is"));
}

TEST_F(RegistryTest, LibraryIsHeldAsItWasWhenItWasRead) {
  Add("good", kManifest);
  const Registry registry = Build();
  const AdapterEntry* good = registry.Find("good");
  ASSERT_THAT(good, NotNull()) << registry.Describe();
  dir_.Write("adapters/good/libgood.so", "something else");
  std::string held(64, '\0');
  held.resize(static_cast<size_t>(
      pread(good->library->fd(), held.data(), held.size(), 0)));
  EXPECT_EQ(held, "library of good");
  EXPECT_EQ(good->library->sha256(), good->sha256);
}

TEST_F(RegistryTest, WhatOthersMayWriteIsRefused) {
  for (const char* name :
       {"adapters/good/libgood.so", "adapters/good/good.manifest.textproto",
        "adapters/good", "adapters", ""}) {
    for (const mode_t mode : {mode_t{0020}, mode_t{0002}, mode_t{01777}}) {
      Add("good", kManifest);
      ASSERT_THAT(Build().Find("good"), NotNull());
      const std::string path = *name == '\0' ? dir_.path() : dir_.File(name);
      struct stat before = {};
      ASSERT_EQ(stat(path.c_str(), &before), 0);
      ASSERT_EQ(chmod(path.c_str(), before.st_mode | mode), 0);
      EXPECT_THAT(Problem(), HasSubstr("not trusted: " + path +
                                       " may be written by others"))
          << mode;
      ASSERT_EQ(chmod(path.c_str(), before.st_mode), 0);
    }
  }
}

TEST_F(RegistryTest, WhatBelongsToSomebodyElseIsRefused) {
  if (geteuid() != 0) GTEST_SKIP() << "only root can give files away";
  for (const char* name : {"adapters/good/libgood.so", "adapters/good"}) {
    Add("good", kManifest);
    const std::string path = dir_.File(name);
    ASSERT_EQ(chown(path.c_str(), 12345, 12345), 0);
    EXPECT_THAT(Problem(),
                HasSubstr("not trusted: " + path + " belongs to user 12345"));
    ASSERT_EQ(chown(path.c_str(), 0, 0), 0);
  }
}

// The parents of a folder that is not the installation's count up to the root
// of the file system, and the temporary folder is everybody's.
TEST_F(RegistryTest, ParentsAreCheckedToTheRootOfTheFileSystem) {
  struct stat parent = {};
  const std::string above =
      std::filesystem::path(dir_.path()).parent_path().string();
  ASSERT_EQ(stat(above.c_str(), &parent), 0);
  if ((parent.st_mode & 0022) == 0) {
    GTEST_SKIP() << above << " is not writable by others";
  }
  Add("good", kManifest);
  const Registry registry =
      Registry::Build({.directories = {dir_.File("adapters")}});
  EXPECT_THAT(registry.Find("good"), IsNull());
  EXPECT_THAT(registry.Describe(),
              HasSubstr("not trusted: " + above + " may be written by others"));
}

TEST_F(RegistryTest, LinksToAdaptersAreNotFollowed) {
  Add("good", kManifest, "elsewhere");
  std::filesystem::create_directories(dir_.File("adapters/good"));
  dir_.Write("adapters/good/good.manifest.textproto", kManifest);
  std::filesystem::create_symlink(dir_.File("elsewhere/good/libgood.so"),
                                  dir_.File("adapters/good/libgood.so"));
  EXPECT_THAT(Problem(), HasSubstr("libgood.so is a link"));
  std::filesystem::remove_all(dir_.File("adapters/good"));
  std::filesystem::create_directory_symlink(dir_.File("elsewhere/good"),
                                            dir_.File("adapters/good"));
  EXPECT_THAT(Problem(), HasSubstr("adapters/good is a link"));
}

TEST_F(RegistryTest, LinkToTheDirectoryItselfIsTheOperatorsChoice) {
  Add("good", kManifest, "elsewhere");
  std::filesystem::create_directory_symlink(dir_.File("elsewhere"),
                                            dir_.File("adapters"));
  EXPECT_THAT(Build().Find("good"), NotNull());
}

TEST_F(RegistryTest, LibraryHasToBeAFile) {
  dir_.Write("adapters/good/good.manifest.textproto", kManifest);
  ASSERT_EQ(mkfifo(dir_.File("adapters/good/libgood.so").c_str(), 0600), 0);
  EXPECT_THAT(Problem(), HasSubstr("libgood.so is no file"));
}

TEST_F(RegistryTest, OnlyAllowedDigestsAreUsableWhereThereIsAList) {
  Add("good", kManifest);
  Registry::Options options = {.directories = {dir_.File("adapters")},
                               .trusted_root = dir_.path()};
  options.allowed_sha256 = {base::Sha256Hex("another library")};
  const Registry refused = Registry::Build(options);
  EXPECT_THAT(refused.Find("good"), IsNull());
  EXPECT_THAT(refused.Describe(),
              HasSubstr(base::Sha256Hex("library of good") +
                        " is none of the 1 that are allowed"));
  options.allowed_sha256.push_back(base::Sha256Hex("library of good"));
  EXPECT_THAT(Registry::Build(options).Find("good"), NotNull());
}

TEST_F(RegistryTest, InstalledAreThoseOfTheInstallation) {
  Add("good", kManifest);
  Registry::Options options = {.directories = {dir_.File("adapters")},
                               .trusted_root = dir_.path()};
  EXPECT_FALSE(Registry::Build(options).Find("good")->installed);
  options.installed_directory = dir_.File("adapters");
  EXPECT_TRUE(Registry::Build(options).Find("good")->installed);
}

class OptionsTest : public ::testing::Test {
 protected:
  OptionsTest() {
    adapter_.id = "good";
    adapter_.options = {
        {"rows", OptionType::kInteger, "3", "d", {}},
        {"since", OptionType::kDate, std::nullopt, "d", {}},
        {"strict", OptionType::kBoolean, std::nullopt, "d", {}},
        {"encoding",
         OptionType::kChoice,
         "utf-8",
         "d",
         {"utf-8", "windows-1252"}},
    };
  }

  AdapterEntry adapter_;
};

TEST_F(OptionsTest, DefaultsAreFilledInAndSorted) {
  EXPECT_THAT(*ResolveOptions(adapter_, {{"strict", "true"}}),
              ElementsAre(Pair("encoding", "utf-8"), Pair("rows", "3"),
                          Pair("strict", "true")));
}

TEST_F(OptionsTest, UnknownOptionHasNearMatches) {
  const auto status = ResolveOptions(adapter_, {{"encodng", "x"}}).status();
  EXPECT_THAT(status, HasReason("UNKNOWN_OPTION"));
  EXPECT_THAT(status, MessageHas("did you mean encoding"));
}

TEST_F(OptionsTest, ValueHasToBeOfItsType) {
  for (const auto& [key, value] : Pairs{{"rows", "3.5"},
                                        {"rows", ""},
                                        {"since", "2023-2-1"},
                                        {"since", "2023-02-31"},
                                        {"strict", "yes"},
                                        {"encoding", "latin1"}}) {
    EXPECT_THAT(ResolveOptions(adapter_, {{key, value}}).status(),
                HasReason("INVALID_OPTION"))
        << key << "=" << value;
  }
}

TEST_F(OptionsTest, OptionIsSetOnce) {
  EXPECT_THAT(ResolveOptions(adapter_, {{"rows", "1"}, {"rows", "2"}}).status(),
              HasReason("REPEATED_OPTION"));
}

}  // namespace
}  // namespace collate::ingest
