#include "service/base/digest.h"

#include <gtest/gtest.h>

#include <string>

namespace collate::base {
namespace {

// Known answers of FIPS 180-2, appendix B.
constexpr char kOfNothing[] =
    "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855";
constexpr char kOfAbc[] =
    "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad";
constexpr char kOfMillionAs[] =
    "cdc76e5c9914fb9281a1c7e284d73e67f1809a48a497200e046d39ccc7112cd0";

TEST(Sha256Test, KnownAnswers) {
  EXPECT_EQ(Sha256Hex(""), kOfNothing);
  EXPECT_EQ(Sha256Hex("abc"), kOfAbc);
}

TEST(Sha256Test, PiecesMakeTheSameDigestAsTheWhole) {
  Sha256 digest;
  for (int i = 0; i < 1000; ++i) digest.Update(std::string(1000, 'a'));
  EXPECT_EQ(digest.FinishHex(), kOfMillionAs);
}

TEST(Sha256Test, FinishStartsAfresh) {
  Sha256 digest;
  EXPECT_EQ(digest.Update("xyz").Finish().size(), 32u);
  EXPECT_EQ(digest.Update("abc").FinishHex(), kOfAbc);
  EXPECT_EQ(digest.FinishHex(), kOfNothing);
}

TEST(Sha256Test, ACopyGoesOnByItself) {
  Sha256 digest;
  digest.Update("a");
  Sha256 copy(digest);
  EXPECT_EQ(copy.Update("bc").FinishHex(), kOfAbc);
  EXPECT_EQ(digest.Update("bc").FinishHex(), kOfAbc);
}

TEST(Sha256Test, NulBytesCount) {
  EXPECT_NE(Sha256Hex(absl::string_view("\0", 1)), kOfNothing);
}

}  // namespace
}  // namespace collate::base
