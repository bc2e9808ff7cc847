#include "service/query/narrow_column.h"

#include <cstdint>
#include <limits>
#include <string>
#include <vector>

#include "gtest/gtest.h"
#include "service/vocabulary/state.h"
#include "service/vocabulary/vocabulary.h"

namespace collate::query {
namespace {

TEST(NarrowColumn, GivesBackWhatWasAppendedWhateverCameLater) {
  const std::vector<int64_t> values = {0,
                                       -1,
                                       127,
                                       -128,
                                       128,
                                       -129,
                                       32767,
                                       -32768,
                                       32768,
                                       2147483647,
                                       -2147483648LL,
                                       2147483648LL,
                                       std::numeric_limits<int64_t>::min(),
                                       std::numeric_limits<int64_t>::max(),
                                       5};
  NarrowColumn<int64_t> column;
  for (size_t n = 0; n < values.size(); ++n) {
    column.push_back(values[n]);
    ASSERT_EQ(column.size(), n + 1);
    for (size_t row = 0; row <= n; ++row) {
      ASSERT_EQ(column[row], values[row]) << "after " << n + 1;
    }
  }
}

TEST(NarrowColumn, SmallNumbersTakeOneByte) {
  NarrowColumn<int64_t> column;
  for (int i = 0; i < 1000; ++i) column.push_back(i % 100);
  column.shrink_to_fit();
  EXPECT_EQ(column.byte_count(), 1000u);
  column.push_back(1000);
  column.shrink_to_fit();
  EXPECT_EQ(column.byte_count(), 2002u);
}

TEST(NarrowColumn, NoMemberCostsNothing) {
  NarrowColumn<vocabulary::MemberId> column;
  column.push_back(vocabulary::kUnmapped);
  column.push_back(7);
  column.shrink_to_fit();
  EXPECT_EQ(column[0], vocabulary::kUnmapped);
  EXPECT_EQ(column[1], 7u);
  EXPECT_EQ(column.byte_count(), 2u);
}

TEST(NarrowColumn, HoldsEnumerationsAndShowsItsNumbers) {
  NarrowColumn<vocabulary::State> column;
  column.push_back(vocabulary::State::kSuppressed);
  column.push_back(vocabulary::State::kReported);
  EXPECT_EQ(column[0], vocabulary::State::kSuppressed);
  const int64_t sum = column.Visit(
      [&](const auto* numbers) -> int64_t { return numbers[0] + numbers[1]; });
  EXPECT_EQ(sum, static_cast<int>(vocabulary::State::kSuppressed) +
                     static_cast<int>(vocabulary::State::kReported));
}

TEST(DictionaryColumn, KeepsEachValueOnce) {
  DictionaryColumn<std::string> column;
  for (const char* text : {"a", "b", "a", "a", "c", "b"}) {
    column.push_back(text);
  }
  column.shrink_to_fit();
  EXPECT_EQ(column.values(), (std::vector<std::string>{"a", "b", "c"}));
  EXPECT_EQ(column[3], "a");
  EXPECT_EQ(column[5], "b");
  EXPECT_EQ(column.code(4), 2u);
  EXPECT_EQ(column.size(), 6u);
}

}  // namespace
}  // namespace collate::query
