#include "plugins/tabular/decode.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "tests/plugins/tabular/grid_testing.h"

namespace collate::tabular {
namespace {

using ::testing::ElementsAre;
using ::testing::HasSubstr;

std::string Utf16(std::u16string_view text, bool big, bool mark) {
  std::string out;
  const auto put = [&](char16_t unit) {
    const char low = static_cast<char>(unit & 0xFF);
    const char high = static_cast<char>(unit >> 8);
    out += big ? high : low;
    out += big ? low : high;
  };
  if (mark) put(u'\uFEFF');
  for (char16_t unit : text) put(unit);
  return out;
}

TEST(DecodeTest, ByteOrderMarksAreReadAndNeverDelivered) {
  EXPECT_THAT(Read("\xEF\xBB\xBFMet,3").rows, ElementsAre(Texts{"Met", "3"}));
  EXPECT_THAT(Read(Utf16(u"Met,é", false, true)).rows,
              ElementsAre(Texts{"Met", "é"}));
  EXPECT_THAT(Read(Utf16(u"Met,é", true, true)).rows,
              ElementsAre(Texts{"Met", "é"}));
}

TEST(DecodeTest, AMarkInsideTheTextIsKept) {
  EXPECT_THAT(Read("a\xEF\xBB\xBF").rows, ElementsAre(Texts{"a\xEF\xBB\xBF"}));
}

TEST(DecodeTest, Utf16WithoutAMarkMustBeDeclared) {
  const std::string bytes = Utf16(u"Met,3\n", false, false);
  const ReadResult read = Read(bytes);
  ASSERT_EQ(read.reason(), "BAD_ENCODING");
  EXPECT_THAT(read.error().message, HasSubstr("UTF-16"));
  EXPECT_THAT(Read(bytes, {.encoding = Encoding::kUtf16Le}).rows,
              ElementsAre(Texts{"Met", "3"}));
}

TEST(DecodeTest, Windows1252MustBeDeclared) {
  const std::string bytes = "force,n\nDyfed\x96Powys \xE9,3\n";
  const ReadResult read = Read(bytes);
  ASSERT_EQ(read.reason(), "BAD_ENCODING");
  EXPECT_EQ(read.error().locator.line, 2u);
  EXPECT_EQ(read.error().locator.byte_begin, 13u);
  EXPECT_EQ(read.error().found, "0x96");
  const ReadResult declared = Read(bytes, {.encoding = Encoding::kWindows1252});
  ASSERT_EQ(declared.reason(), "OK");
  EXPECT_EQ(declared.rows[1][0], "Dyfed–Powys é");
  EXPECT_EQ(declared.locators[1][1].byte_begin, 22u);
}

TEST(DecodeTest, Windows1252HasFiveBytesWithoutACharacter) {
  for (char c : {'\x81', '\x8D', '\x8F', '\x90', '\x9D'}) {
    EXPECT_EQ(Read(std::string("a") + c, {.encoding = Encoding::kWindows1252})
                  .reason(),
              "BAD_ENCODING");
  }
}

TEST(DecodeTest, ADeclarationThatTheMarkContradictsIsRefused) {
  EXPECT_EQ(
      Read("\xEF\xBB\xBFx", {.encoding = Encoding::kWindows1252}).reason(),
      "ENCODING_MISMATCH");
  EXPECT_EQ(Read("\xFF\xFEx", {.encoding = Encoding::kUtf8}).reason(),
            "ENCODING_MISMATCH");
}

TEST(DecodeTest, NulIsRefusedInEveryEncoding) {
  const std::string nul("ok\nM\0et", 7);
  const ReadResult read = Read(nul);
  ASSERT_EQ(read.reason(), "BAD_ENCODING");
  EXPECT_EQ(read.error().locator.line, 2u);
  EXPECT_EQ(read.error().locator.byte_begin, 4u);
  EXPECT_EQ(Read(nul, {.encoding = Encoding::kWindows1252}).reason(),
            "BAD_ENCODING");
  using std::literals::operator""sv;
  EXPECT_EQ(Read(Utf16(u"a\0b"sv, false, true)).reason(), "BAD_ENCODING");
}

TEST(DecodeTest, IllFormedUtf8IsRefused) {
  for (const char* bytes :
       {"\x80", "\xC0\x80", "\xC1\xBF", "\xE0\x9F\xBF", "\xED\xA0\x80",
        "\xF0\x8F\xBF\xBF", "\xF4\x90\x80\x80", "\xF8\x88\x80\x80\x80", "\xC3(",
        "\xE2\x82(", "\xFF"}) {
    EXPECT_EQ(Read(std::string("a,") + bytes + ",b").reason(), "BAD_ENCODING");
  }
  for (const char* bytes :
       {"\xC2\x80", "\xE0\xA0\x80", "\xED\x9F\xBF", "\xEE\x80\x80",
        "\xF0\x90\x80\x80", "\xF4\x8F\xBF\xBF"}) {
    EXPECT_EQ(Read(std::string("a,") + bytes + ",b").reason(), "OK");
  }
}

TEST(DecodeTest, ACharacterCutByTheEndIsRefused) {
  EXPECT_EQ(Read("a\xE2\x82").reason(), "BAD_ENCODING");
  EXPECT_EQ(Read(Utf16(u"ab", false, true) + "c").reason(), "BAD_ENCODING");
}

TEST(DecodeTest, HalfASurrogatePairIsRefused) {
  const auto lone = [](char16_t unit) {
    return Utf16(std::u16string{u'a', unit, u'b'}, false, true);
  };
  EXPECT_EQ(Read(lone(0xD834)).reason(), "BAD_ENCODING");
  EXPECT_EQ(Read(lone(0xDD1E)).reason(), "BAD_ENCODING");
  EXPECT_EQ(
      Read(Utf16(std::u16string{u'a', char16_t{0xD834}}, false, true)).reason(),
      "BAD_ENCODING");
}

TEST(DecodeTest, EncodingNamesAreAClosedList) {
  Encoding encoding = Encoding::kUtf8;
  EXPECT_TRUE(ParseEncoding("Windows-1252", &encoding).ok());
  EXPECT_EQ(encoding, Encoding::kWindows1252);
  EXPECT_TRUE(ParseEncoding("", &encoding).ok());
  EXPECT_EQ(encoding, Encoding::kDetect);
  const Status status = ParseEncoding("latin1", &encoding);
  ASSERT_FALSE(status.ok());
  EXPECT_EQ(status.error().reason, "UNKNOWN_ENCODING");
}

}  // namespace
}  // namespace collate::tabular
