#include "client/answer_folder.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <filesystem>
#include <map>
#include <string>
#include <vector>

#include "absl/strings/str_cat.h"
#include "service/answer/manifest.h"
#include "service/base/digest.h"
#include "tests/testing/paths.h"
#include "tests/testing/status_matchers.h"
#include "tests/testing/temp_dir.h"

namespace collate::client {
namespace {

using ::collate::testing::HasReason;
using ::collate::testing::IsOk;
using ::collate::testing::MessageHas;
using ::collate::testing::ReadFile;
using ::collate::testing::TempDir;
using ::testing::ElementsAre;
using ::testing::HasSubstr;
using ::testing::IsEmpty;
using ::testing::Not;
using ::testing::SizeIs;

constexpr char kRest[] =
    "reporters: \"Kent\"\nperiods { text: \"2023/24\" }\n"
    "received_date: \"2024-05-20\"\n"
    "questions { id: \"Q1\" measure: \"offences\" }\n";

std::string Answer(const std::string& file, const std::string& bytes,
                   const std::string& more = "") {
  return absl::StrCat("files { name: \"", file, "\" sha256: \"",
                      base::Sha256Hex(bytes),
                      "\" contents: CONTENTS_FIGURES }\n", kRest,
                      "responses { status: STATUS_FULL }\n", more);
}

std::vector<std::string> NamesOf(const AnswerFolder& folder) {
  std::vector<std::string> names;
  for (const FolderAnswer& answer : folder.answers) {
    names.push_back(answer.name);
  }
  return names;
}

std::map<std::string, absl::Status> RefusalsOf(const AnswerFolder& folder) {
  std::map<std::string, absl::Status> refusals;
  for (const FolderRefusal& refusal : folder.refusals) {
    refusals[refusal.name] = refusal.status;
  }
  return refusals;
}

TEST(AnswerFolderTest, EveryManifestComesWithItsFiles) {
  TempDir dir;
  dir.Write("kent.csv", "a");
  dir.Write("kent.csv.answer.textproto", Answer("kent.csv", "a"));
  dir.Write("silent.answer.textproto",
            absl::StrCat(kRest, "responses { status: STATUS_NOT_HELD }\n"));
  dir.Write(".hidden", "x");
  COLLATE_ASSERT_OK_AND_ASSIGN(const AnswerFolder folder,
                               ReadAnswerFolder(dir.path()));
  EXPECT_THAT(folder.refusals, IsEmpty());
  ASSERT_THAT(NamesOf(folder), ElementsAre("kent.csv.answer.textproto",
                                           "silent.answer.textproto"));
  EXPECT_THAT(
      folder.answers[0].paths,
      ElementsAre(dir.File("kent.csv.answer.textproto"), dir.File("kent.csv")));
  EXPECT_THAT(folder.answers[1].paths, SizeIs(1));
}

TEST(AnswerFolderTest, ACorrectionComesAfterWhatItSupersedes) {
  TempDir dir;
  const auto supersedes = [](const std::string& bytes) {
    return absl::StrCat("supersedes: \"", base::Sha256Hex(bytes), "\"\n");
  };
  // c is corrected by b and b by a.
  for (const auto& [name, more] : std::map<std::string, std::string>{
           {"a", supersedes("b")}, {"b", supersedes("c")}, {"c", ""}}) {
    dir.Write(name + ".csv", name);
    dir.Write(name + ".answer.textproto", Answer(name + ".csv", name, more));
  }
  COLLATE_ASSERT_OK_AND_ASSIGN(const AnswerFolder folder,
                               ReadAnswerFolder(dir.path()));
  EXPECT_THAT(NamesOf(folder),
              ElementsAre("c.answer.textproto", "b.answer.textproto",
                          "a.answer.textproto"));
}

TEST(AnswerFolderTest, TwoThatSupersedeEachOtherAreStillHandedIn) {
  TempDir dir;
  for (const auto& [name, other] :
       std::map<std::string, std::string>{{"a", "b"}, {"b", "a"}}) {
    dir.Write(name + ".csv", name);
    dir.Write(
        name + ".answer.textproto",
        Answer(name + ".csv", name,
               absl::StrCat("supersedes: \"", base::Sha256Hex(other), "\"\n")));
  }
  COLLATE_ASSERT_OK_AND_ASSIGN(const AnswerFolder folder,
                               ReadAnswerFolder(dir.path()));
  EXPECT_THAT(folder.answers, SizeIs(2));
}

TEST(AnswerFolderTest, WhateverDoesNotFitIsRefusedByName) {
  TempDir dir;
  dir.Write("stray.csv", "x");
  dir.Write("gone.answer.textproto", Answer("gone.csv", "x"));
  dir.Write("bad.csv", "x");
  // Its file has a manifest, though not a good one.
  dir.Write("bad.answer.textproto", "files { name: \"bad.csv\" }\n");
  dir.Write("one.csv", "1");
  dir.Write("one.answer.textproto", Answer("one.csv", "1"));
  dir.Write("two.answer.textproto", Answer("one.csv", "1", "notes: \"2\"\n"));
  dir.Write("folder/x.csv", "x");
  dir.Write("large.answer.textproto",
            std::string(answer::kMaxManifestBytes + 1, '#'));
  COLLATE_ASSERT_OK_AND_ASSIGN(const AnswerFolder folder,
                               ReadAnswerFolder(dir.path()));
  EXPECT_THAT(NamesOf(folder), ElementsAre("one.answer.textproto"));
  const auto refusals = RefusalsOf(folder);
  EXPECT_THAT(refusals, SizeIs(6));
  EXPECT_THAT(refusals.at("stray.csv"), HasReason("NO_MANIFEST"));
  EXPECT_THAT(refusals.at("gone.answer.textproto"),
              HasReason("ANSWER_FILE_MISSING"));
  EXPECT_THAT(refusals.at("gone.answer.textproto"),
              MessageHas("gone.answer.textproto:1:1: file 'gone.csv'"));
  EXPECT_THAT(refusals.at("bad.answer.textproto"), HasReason("INVALID_ANSWER"));
  EXPECT_THAT(refusals.at("two.answer.textproto"),
              HasReason("FILE_NAMED_TWICE"));
  EXPECT_THAT(refusals.at("folder"), HasReason("NOT_A_FILE"));
  EXPECT_THAT(refusals.at("large.answer.textproto"),
              HasReason("FILE_TOO_LARGE"));
  EXPECT_THAT(ReadAnswerFolder(dir.File("none")),
              HasReason("FOLDER_NOT_READABLE"));
}

std::vector<v1::Member> Reporters() {
  std::vector<v1::Member> reporters(4);
  reporters[0].set_code("west-midlands");
  reporters[0].set_title("West Midlands");
  reporters[1].set_code("region-west-midlands");
  reporters[1].set_title("West Midlands");
  reporters[2].set_code("kent");
  reporters[2].set_title("Kent");
  reporters[2].add_labels("Kent Police");
  reporters[3].set_code("x");
  reporters[3].set_title("X");
  return reporters;
}

TEST(AnswerFolderTest, ASkeletonSuggestsWhomItsFileNames) {
  const auto line = [](const std::string& file) {
    const std::string text =
        SkeletonText(file, std::string(64, 'a'), Reporters());
    const size_t at = text.find("\nreporters: ") + 1;
    return text.substr(at, text.find('\n', at) - at);
  };
  EXPECT_EQ(line("FOI_Kent-Police 24.xlsx"),
            "reporters: \"\"  # perhaps \"kent\"");
  // Both bear the name; a person decides.
  EXPECT_EQ(line("west midlands.csv"),
            "reporters: \"\"  # perhaps \"west-midlands\" or "
            "\"region-west-midlands\"");
  EXPECT_EQ(line("kentish x.csv"), "reporters: \"\"");
}

TEST(AnswerFolderTest, ASkeletonParsesAndIsRefusedForWhatIsEmpty) {
  for (const char* file : {"kent.csv", "kent.pdf", "\"quote\"\n.csv"}) {
    const std::string text =
        SkeletonText(file, base::Sha256Hex("x"), Reporters());
    EXPECT_THAT(answer::FilesNamedIn(text), ElementsAre(file));
    EXPECT_THAT(text, ::testing::HasSubstr("\n  recipe: \"\""));
    const auto parsed = answer::ParseManifest(text, "a");
    EXPECT_THAT(parsed, HasReason("INVALID_ANSWER"));
    EXPECT_THAT(parsed, Not(MessageHas("no field named")));
  }
}

TEST(AnswerFolderTest, NothingIsOverwritten) {
  TempDir dir;
  dir.Write("a.csv", "a");
  dir.Write("b.csv", "b");
  dir.Write("c.csv", "c");
  dir.Write("b.csv.answer.textproto", "mine");
  dir.Write("all.answer.textproto", "files { name: \"c.csv\" }");
  COLLATE_ASSERT_OK_AND_ASSIGN(const auto skeletons,
                               WriteSkeletons(dir.path(), Reporters()));
  ASSERT_THAT(skeletons, SizeIs(3));
  EXPECT_TRUE(skeletons[0].written);
  EXPECT_EQ(skeletons[0].manifest, "a.csv.answer.textproto");
  EXPECT_FALSE(skeletons[1].written);
  EXPECT_FALSE(skeletons[2].written);
  EXPECT_EQ(skeletons[2].manifest, "all.answer.textproto");
  EXPECT_EQ(ReadFile(dir.File("b.csv.answer.textproto")), "mine");
  EXPECT_FALSE(std::filesystem::exists(dir.File("c.csv.answer.textproto")));
  EXPECT_THAT(ReadFile(dir.File("a.csv.answer.textproto")),
              HasSubstr(base::Sha256Hex("a")));
  COLLATE_ASSERT_OK_AND_ASSIGN(const auto again,
                               WriteSkeletons(dir.path(), {}));
  for (const Skeleton& skeleton : again) EXPECT_FALSE(skeleton.written);
}

v1::KeyValue Field(const std::string& key, const std::string& value) {
  v1::KeyValue pair;
  pair.set_key(key);
  pair.set_value(value);
  return pair;
}

TEST(AnswerFolderTest, WordsOfTheCommandLineMakeTheSameManifest) {
  TempDir dir;
  COLLATE_ASSERT_OK_AND_ASSIGN(
      const std::string text,
      AnswerText(
          {Field("reporters", "Kent"), Field("periods", "text: \"2023/24\""),
           Field("received_date", "2024-05-20"),
           Field("request_reference", "a \"quote\""),
           Field("questions", "id: \"Q1\" measure: \"offences\""),
           Field("responses", "status: STATUS_PARTIAL"),
           Field("synthetic", "true")},
          {dir.Write("a.csv", "a")}, {dir.Write("l.pdf", "l")}));
  COLLATE_ASSERT_OK_AND_ASSIGN(const answer::Manifest manifest,
                               answer::ParseManifest(text, "a"));
  ASSERT_THAT(manifest.files, SizeIs(2));
  EXPECT_EQ(manifest.files[0].sha256, base::Sha256Hex("a"));
  EXPECT_EQ(manifest.files[0].contents, answer::Contents::kFigures);
  EXPECT_EQ(manifest.files[1].name, "l.pdf");
  EXPECT_EQ(manifest.files[1].contents, answer::Contents::kLetter);
  EXPECT_EQ(manifest.request_reference, "a \"quote\"");
  EXPECT_TRUE(manifest.synthetic);
}

TEST(AnswerFolderTest, AFieldThatThereIsNotIsAMistakeOfUse) {
  EXPECT_THAT(AnswerText({Field("reporter", "Kent")}, {}, {}),
              HasReason("USAGE"));
  EXPECT_THAT(AnswerText({Field("reporter", "Kent")}, {}, {}),
              MessageHas("it has reporters, periods, request_reference"));
  EXPECT_THAT(AnswerText({Field("files", "name: \"a\"")}, {}, {}),
              HasReason("USAGE"));
  EXPECT_THAT(AnswerText({Field("reporters", "Kent")}, {}, {}),
              HasReason("INVALID_ANSWER"));
  EXPECT_THAT(AnswerText({}, {"/no/such/file"}, {}),
              HasReason("FILE_NOT_READABLE"));
}

}  // namespace
}  // namespace collate::client
