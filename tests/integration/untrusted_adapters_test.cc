// Adapter files that somebody else could have written are not loaded, and the
// command line says which and why.

#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <stdlib.h>
#include <sys/stat.h>
#include <unistd.h>

#include <filesystem>
#include <string>
#include <vector>

#include "absl/strings/str_cat.h"
#include "tests/integration/end_to_end.h"

namespace collate::testing {
namespace {

namespace fs = std::filesystem;
using ::testing::AllOf;
using ::testing::Eq;
using ::testing::HasSubstr;

// Adapters in a folder that nobody but this user can write, unlike the
// temporary one: in the build directory. Each test spoils one of them.
class UntrustedAdapters : public ::testing::Test {
 protected:
  void SetUp() override {
    std::string name = BuildPath("tests/untrusted-XXXXXX");
    ASSERT_NE(mkdtemp(name.data()), nullptr);
    root_ = fs::canonical(name).string();
    fs::create_directory(File("adapters"));
    for (const char* id : {"hostile_obeys", "hostile_forks"}) {
      fs::copy(BuildPath(absl::StrCat("tests/hostile_adapters/", id)),
               File(absl::StrCat("adapters/", id)),
               fs::copy_options::recursive);
    }
  }

  void TearDown() override {
    std::error_code ignored;
    if (!root_.empty()) fs::remove_all(root_, ignored);
  }

  std::string File(const std::string& name) const {
    return absl::StrCat(root_, "/", name);
  }

  // The daemon refuses hostile_obeys because of `problem`, and says so
  // wherever adapters are listed; the other is used or refused with it.
  void ExpectRefused(const std::string& problem, const char* state_of_other) {
    COLLATE_ASSERT_OK_AND_ASSIGN(
        auto daemon, Daemon::Start({.data = dir_.File("data"),
                                    .adapters = {File("adapters")}}));
    for (const std::vector<std::string>& command :
         {std::vector<std::string>{"status", "--format", "csv"},
          std::vector<std::string>{"adapters", "list", "--format", "csv"}}) {
      const CliResult cli = daemon->RunCli(command);
      EXPECT_THAT(cli.exit_code, Eq(0)) << cli.err;
      EXPECT_THAT(LineOf(cli.out, "hostile_obeys"),
                  AllOf(HasSubstr("refused"), HasSubstr(problem)))
          << cli.out;
      EXPECT_THAT(LineOf(cli.out, "hostile_forks"), HasSubstr(state_of_other))
          << cli.out;
    }
    client::Submission submission =
        Document(dir_.Write("document.csv", "hello"), "somebody");
    submission.release.set_adapter("hostile_obeys");
    EXPECT_THAT(ConnectTo(*daemon)->Ingest(submission, nullptr),
                HasReason("ADAPTER_NOT_READY"));
    EXPECT_THAT(daemon->Terminate(), Eq(0));
  }

  static std::string LineOf(const std::string& text, const std::string& id) {
    for (const absl::string_view line : absl::StrSplit(text, '\n')) {
      if (line.find(id) != absl::string_view::npos) return std::string(line);
    }
    return "";
  }

  // Lets others write a file or folder, on top of what is allowed.
  void Open(const std::string& path, mode_t mode) {
    struct stat info = {};
    ASSERT_EQ(stat(path.c_str(), &info), 0);
    ASSERT_EQ(chmod(path.c_str(), (info.st_mode & 07777) | mode), 0);
  }

  TempDir dir_;
  std::string root_;
};

TEST_F(UntrustedAdapters, LibraryThatAGroupMayWrite) {
  const std::string path = File("adapters/hostile_obeys/libhostile_obeys.so");
  ASSERT_NO_FATAL_FAILURE(Open(path, S_IWGRP));
  ExpectRefused("not trusted: " + path + " may be written by others", "ready");
}

TEST_F(UntrustedAdapters, LibraryThatEverybodyMayWrite) {
  const std::string path = File("adapters/hostile_obeys/libhostile_obeys.so");
  ASSERT_NO_FATAL_FAILURE(Open(path, S_IWOTH));
  ExpectRefused("not trusted: " + path + " may be written by others", "ready");
}

TEST_F(UntrustedAdapters, FolderOfTheAdapterThatEverybodyMayWrite) {
  const std::string path = File("adapters/hostile_obeys");
  ASSERT_NO_FATAL_FAILURE(Open(path, S_IWOTH));
  ExpectRefused("not trusted: " + path + " may be written by others", "ready");
}

TEST_F(UntrustedAdapters, ParentOfAllThatAGroupMayWrite) {
  ASSERT_NO_FATAL_FAILURE(Open(root_, S_IWGRP));
  ExpectRefused("not trusted: " + root_ + " may be written by others",
                "refused");
}

TEST_F(UntrustedAdapters, LibraryThatIsALink) {
  const std::string path = File("adapters/hostile_obeys/libhostile_obeys.so");
  fs::rename(path, File("elsewhere.so"));
  fs::create_symlink(File("elsewhere.so"), path);
  ExpectRefused("not trusted: " + path + " is a link", "ready");
}

TEST_F(UntrustedAdapters, FolderThatIsALink) {
  const std::string path = File("adapters/hostile_obeys");
  fs::rename(path, File("elsewhere"));
  fs::create_directory_symlink(File("elsewhere"), path);
  ExpectRefused("not trusted: " + path + " is a link", "ready");
}

TEST_F(UntrustedAdapters, LibraryOfAnotherUser) {
  if (geteuid() != 0) GTEST_SKIP() << "only root can give files away";
  const std::string path = File("adapters/hostile_obeys/libhostile_obeys.so");
  ASSERT_EQ(chown(path.c_str(), 12345, 12345), 0);
  ExpectRefused("not trusted: " + path + " belongs to user 12345", "ready");
}

}  // namespace
}  // namespace collate::testing
