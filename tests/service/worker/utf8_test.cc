#include "service/worker/utf8.h"

#include <gtest/gtest.h>

#include <string>

namespace collate::worker {
namespace {

TEST(Utf8Test, WellFormedTextPasses) {
  EXPECT_TRUE(IsText(""));
  EXPECT_TRUE(IsText("Avon and Somerset\t\n"));
  EXPECT_TRUE(
      IsText("\xc2\x80 \xe2\x80\x93 \xed\x9f\xbf \xee\x80\x80 "
             "\xf0\x90\x80\x80 \xf4\x8f\xbf\xbf"));
}

TEST(Utf8Test, EverythingElseDoesNot) {
  EXPECT_FALSE(IsText(absl::string_view("a\0b", 3)));
  for (const char* bad :
       {"\x80", "caf\xe9", "\xc0\x80", "\xc1\xbf", "\xe0\x80\x80", "\xe2\x80",
        "\xed\xa0\x80", "\xed\xbf\xbf", "\xf0\x80\x80\x80", "\xf4\x90\x80\x80",
        "\xf5\x80\x80\x80", "\xff", "\xe2\x28\xa1"}) {
    EXPECT_FALSE(IsText(bad)) << ::testing::PrintToString(bad);
  }
}

TEST(Utf8Test, ToTextKeepsWhatIsGood) {
  EXPECT_EQ(ToText("caf\xe9 \xe2\x80\x93"), "caf? \xe2\x80\x93");
  EXPECT_EQ(ToText(absl::string_view("\0\xff", 2)), "??");
}

}  // namespace
}  // namespace collate::worker
