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

TEST(ProgressText, ACheckTellsWhatItHasLookedAt) {
  EXPECT_THAT(CheckProgressText(TextProto<v1::StoreCheck>(
                  "release_count: 1234 document_count: 5")),
              Eq("checking   1,234 releases, 5 documents, 0 answers"));
}

TEST(ProgressText, MoreThanTheTotalIsAFullBar) {
  EXPECT_THAT(ProgressText(TextProto<v1::Progress>(
                  "stage: INGESTION_STAGE_CHECKING done: 9 total: 3")),
              HasSubstr("100%"));
}

TEST(ProgressText, AFolderCountsItsAnswers) {
  EXPECT_THAT(FolderProgressText(9, 45, "kent\n.answer.textproto"),
              Eq("9 of 45    [######                        ]  20%  "
                 "kent\\n.answer.textproto"));
  EXPECT_THAT(FolderProgressText(0, 0, ""), HasSubstr("100%"));
}

TEST(ProgressBar, AFolderHasOneLine) {
  std::ostringstream out;
  ProgressBar bar(out, true);
  bar.Show(0, 2, "a");
  bar.Show(1, 2, "b");
  bar.Clear();
  EXPECT_THAT(out.str(), ::testing::Not(HasSubstr("\n")));
  EXPECT_THAT(out.str(), HasSubstr("1 of 2"));
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
