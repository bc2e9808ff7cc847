// NCMEC's yearly figures: synthetic ones for what they do wrong, and the files
// compiled from its reports.

#include "tests/plugins/transparency_report/table_testing.h"

namespace collate {
namespace {

using ::testing::ElementsAre;
using testing::ExpectEveryCellAccountedFor;
using testing::FindReason;
using ::testing::HasSubstr;
using ::testing::IsEmpty;
using ::testing::NotNull;
using testing::NumberOf;
using ::testing::Optional;
using testing::ReadDocument;
using testing::ReadPublished;
using testing::RowsOf;
using ::testing::SizeIs;

constexpr char kReports[] = "CyberTipline reports";
const ingest::Pairs kWorld = {{"geography", "World"}};

ingest::Pairs Kind(const std::string& label) {
  return {{"geography", "World"}, {"harm", label}};
}

// Synthetic.
constexpr char kContents[] =
    "category,label,year,quantity\n"
    "reports,total,2020,\"1,003\"\n"
    "reports,with unique photos/videos,2020,900\n"
    "user location,U.S.,2020,3\n"
    "user location,international,2020,\"1,000\"\n"
    "kind of exploitation,child pornography,2020,\"1,001\"\n"
    "kind of exploitation,online enticement of children,2020,2\n"
    "attachments,photos,2020,50\n"
    "attachments,unique photos,2020,40\n"
    "attachments,similar videos,2020,7\n";

TEST(NcmecTablesTest, EachCategoryIsAboutWhatItSays) {
  const auto host = ReadDocument("ocse.csv", kContents);
  ASSERT_EQ(host->code, COLLATE_CODE_OK) << host->message;
  EXPECT_THAT(host->document.diagnostics, IsEmpty());
  EXPECT_THAT(NumberOf(*host, kReports, kWorld), Optional(1003));
  EXPECT_THAT(NumberOf(*host, kReports, {{"geography", "U.S."}}), Optional(3));
  EXPECT_THAT(NumberOf(*host, kReports, Kind("online enticement of children")),
              Optional(2));
  EXPECT_THAT(NumberOf(*host, "CyberTipline reports with unique media", kWorld),
              Optional(900));
  EXPECT_THAT(NumberOf(*host, "Files in CyberTipline reports",
                       {{"geography", "World"}, {"ncmec_file", "photos"}}),
              Optional(50));
  EXPECT_THAT(NumberOf(*host, "Unique files in CyberTipline reports",
                       {{"geography", "World"}, {"ncmec_file", "photos"}}),
              Optional(40));
  EXPECT_THAT(NumberOf(*host, "Similar files in CyberTipline reports",
                       {{"geography", "World"}, {"ncmec_file", "videos"}}),
              Optional(7));
  const auto rows = RowsOf(*host, kReports, kWorld);
  ASSERT_THAT(rows, SizeIs(1));
  EXPECT_EQ(rows[0]->reporter, "NCMEC");
  EXPECT_EQ(rows[0]->period_text, "2020");
  EXPECT_EQ(rows[0]->period_begin, 18262);  // 1 January 2020
  EXPECT_EQ(rows[0]->period_end, 18628);
  EXPECT_EQ(rows[0]->period_kind, COLLATE_PERIOD_CALENDAR_YEAR);
  EXPECT_EQ(rows[0]->raw, "1,003");
  EXPECT_EQ(rows[0]->locator.line, 2u);
  EXPECT_EQ(rows[0]->locator.column, 4u);
  for (const ingest::RawTable& table : host->document.tables) {
    EXPECT_EQ(table.aggregation,
              table.id == "Unique files in CyberTipline reports"
                  ? ingest::Aggregation::kUnique
                  : ingest::Aggregation::kSum);
  }
  ExpectEveryCellAccountedFor(*host);
}

TEST(NcmecTablesTest, ATotalThatItsPartsDoNotMakeIsFlagged) {
  std::string text = kContents;
  text.replace(text.find("\"1,003\""), 7, "\"1,004\"");
  const auto host = ReadDocument("ocse.csv", text);
  ASSERT_EQ(host->code, COLLATE_CODE_OK) << host->message;
  // Once for the places, once for the kinds.
  ASSERT_THAT(host->document.diagnostics, SizeIs(2));
  EXPECT_EQ(host->document.diagnostics[0].reason, "TOTAL_MISMATCH");
  EXPECT_EQ(host->document.diagnostics[0].expected, "1003");
  EXPECT_EQ(host->document.diagnostics[0].found, "1,004");
  EXPECT_EQ(RowsOf(*host, kReports, kWorld)[0]->flags,
            uint32_t{COLLATE_FLAG_TOTAL_MISMATCH});
  EXPECT_EQ(RowsOf(*host, kReports, {{"geography", "U.S."}})[0]->flags, 0u);
}

TEST(NcmecTablesTest, BundledReportsAreABreak) {
  const auto host =
      ReadDocument("ocse.csv", "year,reports\n2024,20\n2023,36210368\n");
  ASSERT_EQ(host->code, COLLATE_CODE_OK) << host->message;
  const auto rows = RowsOf(*host, kReports, kWorld);
  ASSERT_THAT(rows, SizeIs(2));
  EXPECT_EQ(rows[0]->flags, uint32_t{COLLATE_FLAG_SERIES_BREAK});
  EXPECT_THAT(rows[0]->notes, ElementsAre(HasSubstr("bundled")));
  EXPECT_EQ(rows[1]->flags, 0u);
}

TEST(NcmecTablesTest, WhatCannotBeReadRefusesTheFileWithItsPlace) {
  const struct {
    const char* text;
    const char* reason;
    const char* place;
  } kFaults[] = {
      {"year,reports\n2023,many\n", "NOT_A_FIGURE", ":L2:C2"},
      {"year,reports\n2023,1.5\n", "NOT_A_FIGURE", ":L2:C2"},
      {"year,reports\n2023,\n", "NOT_A_FIGURE", ":L2:C2"},
      {"year,reports\n23,5\n", "NOT_A_YEAR", ":L2:C1"},
      {"year,reports\n2023,5,6\n", "WRONG_CELL_COUNT", ":L2"},
      {"year,reports\n", "NOTHING_TO_READ", "ocse.csv"},
      {"category,label,year,quantity\nreports,bundled,2024,5\n",
       "UNKNOWN_CATEGORY", ":L2:C2"},
      {"category,label,year,quantity\nvictims,total,2024,5\n",
       "UNKNOWN_CATEGORY", ":L2:C2"},
      {"year,reports,provider\n2023,5,X\n", "NO_FAMILY", "ocse.csv"},
  };
  for (const auto& fault : kFaults) {
    const auto host = ReadDocument("ocse.csv", fault.text);
    EXPECT_EQ(host->code, COLLATE_CODE_INVALID_ARGUMENT) << fault.text;
    EXPECT_EQ(host->reason, fault.reason) << fault.text;
    EXPECT_THAT(host->message, HasSubstr(fault.place)) << fault.text;
    EXPECT_THAT(host->document.observations, IsEmpty()) << fault.text;
  }
}

// A label that a known category did not have before is kept as printed.
TEST(NcmecTablesTest, ANewKindOfExploitationIsKept) {
  const auto host = ReadDocument(
      "ocse.csv",
      "category,label,year,quantity\nkind of exploitation,new,2024,5\n");
  ASSERT_EQ(host->code, COLLATE_CODE_OK) << host->message;
  EXPECT_THAT(NumberOf(*host, kReports, Kind("new")), Optional(5));
}

TEST(NcmecTablesTest, AListAsPdfIsRefusedForWhatItIs) {
  const auto host = ReadDocument("ncmec-by-esp-2022.pdf", "%PDF-1.7\n...");
  EXPECT_EQ(host->code, COLLATE_CODE_UNIMPLEMENTED);
  EXPECT_EQ(host->reason, "UNSUPPORTED_FORMAT");
}

TEST(NcmecTablesTest, DamageIsReadOrRefused) {
  testing::ExpectDamageIsReadOrRefused("ocse.csv", kContents);
}

// ---- The published files ---------------------------------------------------

TEST(NcmecFilesTest, TotalsAndEnticementAreAsPublished) {
  COLLATE_SHARED_FILE(contents, "platform/ncmec/ocse-report-contents.csv");
  COLLATE_SHARED_FILE(years, "platform/ncmec/ocse-reports-per-year.csv");
  const auto by_year = ReadPublished(years);
  ASSERT_EQ(by_year->code, COLLATE_CODE_OK) << by_year->message;
  const std::pair<const char*, int64_t> kTotals[] = {{"2019", 16987361},
                                                     {"2020", 21751085},
                                                     {"2021", 29397681},
                                                     {"2022", 32059029}};
  for (const auto& [year, total] : kTotals) {
    EXPECT_THAT(NumberOf(*by_year, kReports, kWorld, year), Optional(total));
  }
  EXPECT_THAT(by_year->document.observations, SizeIs(26));
  ExpectEveryCellAccountedFor(*by_year);

  const auto host = ReadPublished(contents);
  ASSERT_EQ(host->code, COLLATE_CODE_OK) << host->message;
  const std::pair<const char*, int64_t> kEnticement[] = {
      {"2020", 37872}, {"2021", 44155}, {"2022", 80524}, {"2023", 186819}};
  for (const auto& [year, count] : kEnticement) {
    EXPECT_THAT(
        NumberOf(*host, kReports, Kind("online enticement of children"), year),
        Optional(count));
    EXPECT_EQ(NumberOf(*host, kReports, kWorld, year),
              NumberOf(*by_year, kReports, kWorld, year));
  }
  // Places and kinds make the total in every year.
  EXPECT_THAT(host->document.diagnostics, IsEmpty());
  EXPECT_THAT(host->document.observations, SizeIs(84));
  ExpectEveryCellAccountedFor(*host);
}

TEST(NcmecFilesTest, TheListByProviderIsRefused) {
  COLLATE_SHARED_FILE(path, "platform/ncmec/ncmec-by-esp-2022.pdf");
  const auto host = ReadPublished(path);
  EXPECT_EQ(host->code, COLLATE_CODE_UNIMPLEMENTED);
  EXPECT_EQ(host->reason, "UNSUPPORTED_FORMAT");
}

}  // namespace
}  // namespace collate
