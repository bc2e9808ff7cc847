#include "service/worker/utf8.h"

#include <gtest/gtest.h>

#include <string>
#include <string_view>

#include "plugins/sdk/adapter.hpp"

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

// Authors ask the kit what the host will take.
TEST(Utf8Test, TheKitSaysTheSame) {
  const unsigned char edges[] = {0x00, 0x01, 0x7f, 0x80, 0x8f, 0x90, 0x9f,
                                 0xa0, 0xbf, 0xc0, 0xc1, 0xc2, 0xdf, 0xe0,
                                 0xe1, 0xec, 0xed, 0xee, 0xef, 0xf0, 0xf1,
                                 0xf3, 0xf4, 0xf5, 0xff};
  size_t texts = 0;
  for (const unsigned char a : edges) {
    for (const unsigned char b : edges) {
      for (const unsigned char c : edges) {
        for (const unsigned char d : edges) {
          const char bytes[] = {static_cast<char>(a), static_cast<char>(b),
                                static_cast<char>(c), static_cast<char>(d)};
          for (size_t size = 1; size <= sizeof(bytes); ++size) {
            const bool is_text = IsText(absl::string_view(bytes, size));
            texts += is_text ? 1 : 0;
            ASSERT_EQ(sdk::IsText(std::string_view(bytes, size)), is_text)
                << ::testing::PrintToString(std::string(bytes, size));
          }
        }
      }
    }
  }
  EXPECT_GT(texts, 1000u);
}

}  // namespace
}  // namespace collate::worker
