#include "plugins/tabular/header.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "tests/plugins/tabular/grid_testing.h"

namespace collate::tabular {
namespace {

using ::testing::ElementsAre;
using ::testing::HasSubstr;

HeaderSpec Spec() {
  return HeaderSpec{
      .roles = {{"force", {"Force Name", "PFA"}},
                {"count", {"Number of Offences", "Offence Count"}},
                {"csp", {"CSP Name"}, false}},
      .ignorable = {"ITL1 region"},
      .ignore_unnamed = true,
      .search_rows = 5};
}

Status Find(const std::string& csv, Header* header) {
  class Sink : public GridSink {
   public:
    Status OnRow(const Row& row) override {
      finder.Offer(row);
      return finder.Enough() ? Status::Stop() : OkStatus();
    }
    HeaderFinder finder{Spec()};
  };
  Sink sink;
  MemorySource source(csv);
  Budget budget;
  Status status = ReadCsv(source, {.part = "h.csv"}, budget, sink);
  if (!status.ok()) return status;
  return sink.finder.Decide(header);
}

TEST(HeaderTest, NamesAreComparedWithoutCaseSpaceRunsAndUnderscores) {
  EXPECT_EQ(NormaliseName("Force_Name"), "force name");
  EXPECT_EQ(NormaliseName("  FORCE \t\n__NAME "), "force name");
  EXPECT_EQ(NormaliseName("Force\xC2\xA0Name"), "force name");
  EXPECT_EQ(NormaliseName("_ "), "");
  EXPECT_NE(NormaliseName("ForceName"), NormaliseName("Force Name"));
}

TEST(HeaderTest, ColumnsAreFoundByNameNotByPlace) {
  Header header;
  ASSERT_TRUE(Find("offence_count,FORCE NAME\n3,Kent\n", &header).ok());
  EXPECT_THAT(header.column_of_role, ElementsAre(2, 1, 0));
  EXPECT_EQ(header.locator.line, 1u);
}

TEST(HeaderTest, PreambleRowsAreSteppedOver) {
  Header header;
  ASSERT_TRUE(Find("Recorded crime\n\nPFA,Offence Count\n", &header).ok());
  EXPECT_EQ(header.locator.line, 3u);
  EXPECT_EQ(header.locator.row, 3u);
}

TEST(HeaderTest, DeclaredAndUnnamedColumnsAreIgnored) {
  Header header;
  ASSERT_TRUE(
      Find(",PFA,Offence Count,ITL1 region\n0,Kent,3,SE\n", &header).ok());
  EXPECT_THAT(header.column_of_role, ElementsAre(2, 3, 0));
  ASSERT_EQ(header.columns.size(), 4u);
  EXPECT_EQ(header.columns[0].role, -1);
  EXPECT_EQ(header.columns[3].role, -1);
}

TEST(HeaderTest, UnknownColumnIsRefusedAtItsCell) {
  Header header;
  const Status status = Find("PFA,Offence Count,Region\n", &header);
  ASSERT_FALSE(status.ok());
  EXPECT_EQ(status.error().reason, "UNKNOWN_COLUMN");
  EXPECT_EQ(status.error().locator.column, 3u);
  EXPECT_EQ(status.error().found, "\"Region\"");
  EXPECT_EQ(status.error().part, "h.csv");
}

TEST(HeaderTest, TwoColumnsForOneRoleAreRefused) {
  Header header;
  const Status status = Find("PFA,Offence Count,Number of Offences\n", &header);
  ASSERT_FALSE(status.ok());
  EXPECT_EQ(status.error().reason, "AMBIGUOUS_COLUMN");
  EXPECT_EQ(status.error().locator.column, 3u);
}

TEST(HeaderTest, NoHeaderListsWhatWasFoundAndWhatLacks) {
  Header header;
  const Status status = Find("Title\nPFA,Offences\nKent,3\n", &header);
  ASSERT_FALSE(status.ok());
  EXPECT_EQ(status.error().reason, "HEADER_NOT_FOUND");
  EXPECT_EQ(status.error().locator.line, 2u);
  EXPECT_EQ(status.error().expected, "force, count");
  EXPECT_EQ(status.error().found, "\"PFA\", \"Offences\"");
  EXPECT_THAT(status.error().message, HasSubstr("lacks count"));
}

TEST(HeaderTest, NoRowsAtAllIsNoHeader) {
  Header header;
  const Status status = Find("", &header);
  ASSERT_FALSE(status.ok());
  EXPECT_EQ(status.error().reason, "HEADER_NOT_FOUND");
}

TEST(HeaderTest, TwoHeaderRowsAreRefused) {
  Header header;
  const Status status =
      Find("PFA,Offence Count\nKent,3\nPFA,Offence Count\n", &header);
  ASSERT_FALSE(status.ok());
  EXPECT_EQ(status.error().reason, "AMBIGUOUS_HEADER");
  EXPECT_EQ(status.error().found, "line 1 and line 3");
}

TEST(HeaderTest, AHeaderBeyondTheSearchedRowsIsNotFound) {
  Header header;
  const Status status = Find("1\n2\n3\n4\n5\nPFA,Offence Count\n", &header);
  ASSERT_FALSE(status.ok());
  EXPECT_EQ(status.error().reason, "HEADER_NOT_FOUND");
}

}  // namespace
}  // namespace collate::tabular
