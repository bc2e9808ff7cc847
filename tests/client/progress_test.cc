#include "client/cli/progress.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <sstream>

#include "tests/client/text_proto.h"

namespace collate::client {
namespace {

using ::collate::testing::TextProto;
using ::testing::Eq;
using ::testing::HasSubstr;

TEST(ProgressText, ShowsShareOrCount) {
  EXPECT_THAT(ProgressText(TextProto<v1::Progress>(
                  "stage: INGESTION_STAGE_READING done: 50 total: 100")),
              Eq("reading    [###############               ]  50%"));
  EXPECT_THAT(ProgressText(TextProto<v1::Progress>(
                  "stage: INGESTION_STAGE_MAPPING done: 23068")),
              Eq("mapping    23,068"));
}

TEST(ProgressText, MoreThanTheTotalIsAFullBar) {
  EXPECT_THAT(ProgressText(TextProto<v1::Progress>(
                  "stage: INGESTION_STAGE_CHECKING done: 9 total: 3")),
              HasSubstr("100%"));
}

TEST(ProgressBar, SaysNothingWithoutTerminal) {
  std::ostringstream out;
  ProgressBar bar(out, false);
  bar.Show(TextProto<v1::Progress>("done: 1 total: 2"));
  bar.Clear();
  EXPECT_THAT(out.str(), Eq(""));
}

TEST(ProgressBar, ClearsItsLine) {
  std::ostringstream out;
  ProgressBar bar(out, true);
  bar.Show(TextProto<v1::Progress>("done: 7"));
  bar.Clear();
  EXPECT_THAT(out.str(), Eq("\rworking    7\r            \r"));
}

}  // namespace
}  // namespace collate::client
