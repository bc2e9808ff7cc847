#include "service/gateway/pages.h"

#include <filesystem>
#include <fstream>
#include <string>

#include "gtest/gtest.h"
#include "tests/testing/status_matchers.h"
#include "tests/testing/temp_dir.h"

namespace collate::gateway {
namespace {

namespace fs = std::filesystem;
using ::collate::testing::HasReason;
using ::collate::testing::IsOk;
using ::collate::testing::TempDir;

class PagesTest : public ::testing::Test {
 protected:
  void Write(const std::string& name, const std::string& content) {
    const fs::path path = fs::path(directory_.path()) / name;
    fs::create_directories(path.parent_path());
    std::ofstream(path) << content;
  }

  TempDir directory_;
};

TEST_F(PagesTest, FilesAreFoundByTheirPaths) {
  Write("index.html", "<!doctype html>");
  Write("assets/app-1234.js", "let x;");
  Write("assets/app-1234.js.gz", "packed");
  const auto pages = Pages::Read(directory_.path());
  ASSERT_THAT(pages, IsOk());
  const Page* const index = pages->Find("/");
  ASSERT_NE(index, nullptr);
  EXPECT_EQ(index, pages->Find("/index.html"));
  EXPECT_EQ(*index->content, "<!doctype html>");
  EXPECT_EQ(index->content_type, "text/html; charset=utf-8");
  EXPECT_FALSE(index->immutable);
  EXPECT_EQ(index->gzip, nullptr);
  const Page* const script = pages->Find("/assets/app-1234.js");
  ASSERT_NE(script, nullptr);
  EXPECT_TRUE(script->immutable);
  ASSERT_NE(script->gzip, nullptr);
  EXPECT_EQ(*script->gzip, "packed");
  EXPECT_EQ(script->content_type, "text/javascript; charset=utf-8");
  EXPECT_NE(script->etag, index->etag);
  // Only as a form of the other.
  EXPECT_EQ(pages->Find("/assets/app-1234.js.gz"), nullptr);
}

TEST_F(PagesTest, NothingElseIsServed) {
  Write("index.html", "x");
  Write(".secret", "x");
  Write(".git/config", "x");
  const TempDir elsewhere;
  std::ofstream(elsewhere.path() + "/other.txt") << "x";
  fs::create_symlink(elsewhere.path() + "/other.txt",
                     directory_.path() + "/link.txt");
  fs::create_directory_symlink(elsewhere.path(), directory_.path() + "/folder");
  const auto pages = Pages::Read(directory_.path());
  ASSERT_THAT(pages, IsOk());
  for (const char* path :
       {"/.secret", "/.git/config", "/link.txt", "/folder/other.txt",
        "/../other.txt", "/index.html/", "//index.html", "", "index.html"}) {
    EXPECT_EQ(pages->Find(path), nullptr) << path;
  }
}

TEST_F(PagesTest, AFolderWithoutAPageIsRefused) {
  EXPECT_THAT(Pages::Read(directory_.path()), HasReason("PAGES_NOT_FOUND"));
  EXPECT_THAT(Pages::Read(directory_.path() + "/none"),
              HasReason("PAGES_NOT_FOUND"));
}

}  // namespace
}  // namespace collate::gateway
