// Snap's half-yearly file: small texts for each quirk, modelled on the
// publisher's files, then excerpts of these.

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <map>
#include <set>
#include <string>

#include "tests/plugins/transparency_report/report_testing.h"
#include "tests/testing/paths.h"

namespace collate {
namespace {

using ingest::Level;
using ingest::RawObservation;
using ingest::RawTable;
using ::testing::AllOf;
using ::testing::ElementsAre;
using testing::ExpectEveryCellAccountedFor;
using testing::FindingsOf;
using ::testing::HasSubstr;
using ::testing::IsEmpty;
using ::testing::Pair;
using testing::ReadReport;
using testing::RecordingHost;
using testing::RefusalOf;
using testing::RowsOfTable;
using ::testing::SizeIs;
using testing::TableOf;
using vocabulary::State;

constexpr char kHeader[] =
    "period,section,category,sub_category_1,sub_category_2,metric,value\n";
constexpr char kOverview[] = "2025-H1,Overview of Our T&S Enforcements,";
constexpr char kReported[] =
    "2025-H1,Community Guidelines Violations Reported,";
constexpr char kProactive[] = "2025-H1,Proactive Detection & Enforcement,";

RecordingHost ReadRows(const std::string& rows) {
  return ReadReport("snap.csv", kHeader + rows);
}

RawObservation Only(const std::string& row) {
  const RecordingHost host = ReadRows(row + "\n");
  EXPECT_EQ(host.code, COLLATE_CODE_OK) << host.message;
  EXPECT_THAT(host.document.observations, SizeIs(1)) << row;
  return host.document.observations.empty() ? RawObservation()
                                            : host.document.observations[0];
}

// "geography=World harm=Spam ...", without the platform.
std::string AxesOf(const std::string& row) {
  std::string axes;
  for (const auto& [axis, label] : Only(row).dimensions) {
    if (axis == "platform") {
      EXPECT_EQ(label, "Snapchat");
    } else {
      axes += (axes.empty() ? "" : " ") + axis + "=" + label;
    }
  }
  return axes;
}

std::string RefusedRow(const std::string& row) {
  return RefusalOf(ReadRows(
      std::string(kOverview) +
      "Country,United Kingdom,Spam,total_enforcements,1\n" + row + "\n"));
}

TEST(SnapHalfYearTest, ARowIsOneFigureWithItsPlace) {
  const RecordingHost host =
      ReadRows(std::string(kOverview) +
               "Country,United Kingdom,Drugs,total_enforcements,172191\n");
  ASSERT_EQ(host.code, COLLATE_CODE_OK) << host.message;
  ASSERT_THAT(host.document.observations, SizeIs(1));
  const RawObservation& row = host.document.observations[0];
  EXPECT_EQ(row.reporter, "Snap Inc.");
  EXPECT_THAT(row.dimensions,
              ElementsAre(Pair("geography", "United Kingdom"),
                          Pair("harm", "Drugs"), Pair("platform", "Snapchat")));
  EXPECT_EQ(row.period_begin, 20089);  // 1 January 2025
  EXPECT_EQ(row.period_end, 20270);    // 1 July 2025
  EXPECT_EQ(row.period_kind, COLLATE_PERIOD_INTERVAL);
  EXPECT_EQ(row.period_text, "2025-H1");
  EXPECT_EQ(row.state, State::kReported);
  EXPECT_EQ(row.value->mantissa, 172'191);
  EXPECT_EQ(row.level, Level::kLeaf);
  EXPECT_EQ(row.locator.line, 2u);
  EXPECT_EQ(row.locator.column, 7u);
  ASSERT_THAT(host.document.tables, SizeIs(1));
  const RawTable& table = host.document.tables[0];
  EXPECT_EQ(table.measure, "Snap: enforcements");
  EXPECT_EQ(table.unit, "enforcements");
  EXPECT_EQ(table.aggregation, ingest::Aggregation::kSum);
  EXPECT_EQ(table.repeats, ingest::Repeats::kConflict);
  EXPECT_EQ(table.partition, ingest::Partition::kComplete);
  EXPECT_EQ(table.floor, ingest::Floor::kZero);
  EXPECT_THAT(table.extent,
              ElementsAre(Pair("period", "2025-01-01/2025-07-01")));
  ExpectEveryCellAccountedFor(host);
}

TEST(SnapHalfYearTest, SubCategoriesMeanWhatSectionAndCategorySay) {
  const std::string enforced = ",total_enforcements,1";
  EXPECT_EQ(AxesOf(kOverview + ("Country,Malta,Spam" + enforced)),
            "geography=Malta harm=Spam");
  EXPECT_EQ(AxesOf(kOverview + ("Global,Spam,Proactive & Reactive" + enforced)),
            "geography=Global harm=Spam");
  EXPECT_EQ(
      AxesOf(kOverview + ("Region,Europe,Proactive & Reactive" + enforced)),
      "geography=Europe");
  EXPECT_EQ(AxesOf(kReported + ("Country,Malta,Spam" + enforced)),
            "geography=Malta harm=Spam snap_origin=Reactive");
  EXPECT_EQ(AxesOf(kReported + ("Global,Spam," + enforced)),
            "geography=Global harm=Spam snap_origin=Reactive");
  EXPECT_EQ(AxesOf(kReported + ("Region,Rest of World,Reactive" + enforced)),
            "geography=Rest of World snap_origin=Reactive");
  EXPECT_EQ(AxesOf(kProactive + ("Country,Malta,Spam" + enforced)),
            "geography=Malta harm=Spam snap_origin=Proactive");
  const std::string total = "2025-H1,Regional & Country Overview,Total,";
  EXPECT_EQ(AxesOf(total + ("Proactive," + enforced)),
            "geography=Global snap_origin=Proactive");
  EXPECT_EQ(AxesOf(total + ("Proactive and Reactive," + enforced)),
            "geography=Global");
  EXPECT_EQ(AxesOf("2025-H1,Combating Child Sexual Exploitation and Abuse,"
                   "Country / Region,Malta,,accounts_disabled,24"),
            "geography=Malta");
  EXPECT_EQ(AxesOf("2025-H1,Combating Child Sexual Exploitation and Abuse,"
                   "Global,,,total_submissions_to_ncmec,321587"),
            "geography=Global");
  EXPECT_EQ(AxesOf("2025-H1,Appeals,Global,Drugs,,total_appeals,128222"),
            "geography=Global harm=Drugs");
  EXPECT_EQ(
      AxesOf("2025-H1,International Government Information Requests,"
             "Country / Region,Norway,,emergency_disclosure_requests_edrs,"
             "387"),
      "geography=Norway snap_request=Emergency Disclosure Requests");
  EXPECT_EQ(AxesOf("2025-H1,United States Government Information Requests,"
                   "Court Order,,,requests,583"),
            "geography=United States snap_request=Court Order");
  EXPECT_EQ(AxesOf("2025-H1,Requests Pursuant To Bilateral Data Access "
                   "Agreements,United Kingdom,,,requests,500-749"),
            "geography=United Kingdom snap_request=Requests Pursuant To "
            "Bilateral Data Access Agreements");
  EXPECT_EQ(AxesOf("2025-H1,United States National Security Requests,NSLs and "
                   "FISA Orders/Directives,,,requests,250-499"),
            "geography=United States snap_request=NSLs and FISA "
            "Orders/Directives");
  EXPECT_EQ(AxesOf("2025-H1,Trademark Notices,,,,trademark_notices,159"),
            "geography=Global snap_request=Trademark Notices");
  EXPECT_EQ(AxesOf("2025-H1,Copyrighted Content Takedown Notices (DMCA),DMCA "
                   "Takedown Notices,,,notices,1070"),
            "geography=Global snap_request=DMCA Takedown Notices");
  // Without a section in one edition, within one in another.
  EXPECT_EQ(AxesOf("2025-H1,,Global,,,violative_view_rate,0.01%"),
            "geography=Global");
  EXPECT_EQ(
      AxesOf(kReported + std::string("Global,,,violative_view_rate,0.0104%")),
      "geography=Global");
}

TEST(SnapHalfYearTest, ATotalInDisguiseIsATotal) {
  for (const std::string& row :
       {std::string(kOverview) + "Country,Malta,Reactive and Proactive,",
        std::string(kOverview) + "Global,Proactive & Reactive,,",
        std::string(kReported) + "Country,Malta,Reactive,",
        std::string(kReported) + "Global,Reactive,,",
        std::string(kProactive) + "Country,Malta,Proactive,"}) {
    const RawObservation total = Only(row + "total_enforcements,692132");
    EXPECT_EQ(total.level, Level::kTotal) << row;
    EXPECT_EQ(total.level_axis, "harm") << row;
    for (const auto& [axis, label] : total.dimensions) {
      EXPECT_NE(axis, "harm") << row;
    }
  }
}

TEST(SnapHalfYearTest, AnOriginThatTheSectionContradictsIsRefused) {
  const std::string enforced = ",total_enforcements,1";
  EXPECT_EQ(RefusedRow(kOverview + ("Country,Malta,Reactive" + enforced)),
            "ORIGIN_CONFLICT L3:C5");
  EXPECT_EQ(RefusedRow(kReported + ("Region,Europe,Proactive" + enforced)),
            "ORIGIN_CONFLICT L3:C5");
  EXPECT_EQ(RefusedRow(kProactive + ("Global,Reactive," + enforced)),
            "ORIGIN_CONFLICT L3:C4");
  EXPECT_EQ(RefusedRow(kReported + ("Region,Europe,Spam" + enforced)),
            "ORIGIN_CONFLICT L3:C5");
  EXPECT_EQ(RefusedRow("2025-H1,Regional & Country Overview,Total,Europe," +
                       enforced),
            "UNKNOWN_ORIGIN L3:C4");
}

TEST(SnapHalfYearTest, MetricNamesDrift) {
  const std::string cell = "Global,Reactive,,";
  const RecordingHost host =
      ReadRows(kReported + cell + "content_and_account_reports,5\n" +
               kReported + cell + "total_content_and_account_reports,5\n");
  ASSERT_EQ(host.code, COLLATE_CODE_OK) << host.message;
  ASSERT_THAT(host.document.tables, SizeIs(1));
  EXPECT_EQ(host.document.tables[0].measure,
            "Snap: content and account reports");
  EXPECT_THAT(host.document.observations, SizeIs(2));
}

TEST(SnapHalfYearTest, AccountsAreUniqueAndMediansNoSums) {
  const std::string cell = std::string(kOverview) + "Country,Malta,Spam,";
  const RecordingHost host =
      ReadRows(cell + "total_unique_accounts_enforced,0\n" + cell +
               "median_turnaround_time_minutes,23397.48\n");
  ASSERT_EQ(host.code, COLLATE_CODE_OK) << host.message;
  ASSERT_THAT(host.document.tables, SizeIs(2));
  EXPECT_EQ(host.document.tables[0].aggregation, ingest::Aggregation::kUnique);
  EXPECT_EQ(host.document.tables[0].partition, ingest::Partition::kIncomplete);
  EXPECT_EQ(host.document.tables[1].aggregation, ingest::Aggregation::kNone);
  EXPECT_EQ(host.document.tables[1].unit, "minutes");
  EXPECT_EQ(host.document.observations[1].value->mantissa, 2'339'748);
  EXPECT_EQ(host.document.observations[1].value->scale, 2);
}

TEST(SnapHalfYearTest, AMedianMayBeBelowABound) {
  const std::string appeals =
      "2025-H1,Appeals,Global,Drugs,,"
      "median_turnaround_time_days_to_process_appeals,";
  const RawObservation below = Only(appeals + "<1");
  EXPECT_EQ(below.state, State::kSuppressed);
  EXPECT_FALSE(below.value.has_value());
  EXPECT_EQ(below.lower->mantissa, 0);
  EXPECT_EQ(below.upper->mantissa, 1);
  EXPECT_EQ(Only(appeals + "1").state, State::kReported);
}

TEST(SnapHalfYearTest, ABandIsBoundsAndNoFigure) {
  const RawObservation band = Only(
      "2025-H1,Requests Pursuant To Bilateral Data Access Agreements,"
      "Australia,,,requests,0-249");
  EXPECT_EQ(band.state, State::kSuppressed);
  EXPECT_FALSE(band.value.has_value());
  EXPECT_EQ(band.lower->mantissa, 0);
  EXPECT_EQ(band.upper->mantissa, 249);
  EXPECT_EQ(band.raw, "0-249");
}

TEST(SnapHalfYearTest, NotAvailableIsNeverZero) {
  for (const char* value : {"N/A", ""}) {
    const RawObservation row =
        Only(std::string("2025-H1,Requests Pursuant To Bilateral Data Access "
                         "Agreements,Australia,,,account_identifiers,") +
             value);
    EXPECT_EQ(row.state, State::kNotShown);
    EXPECT_FALSE(row.value || row.lower || row.upper);
    EXPECT_EQ(row.raw, value);
    EXPECT_FALSE(row.reason.empty());
  }
}

// "percentage_..." is printed as a percentage in one section and as a fraction
// in another; which one a bare number above 1 would be is not known.
TEST(SnapHalfYearTest, PercentagesAndFractionsAreTwoMeasures) {
  const std::string trademark =
      "2025-H1,Trademark Notices,,,,"
      "percentage_of_requests_where_some_content_was_removed,";
  const std::string wiretap =
      "2025-H1,United States Government Information Requests,Wiretap,,,"
      "percentage_of_requests_where_some_data_was_produced,";
  const RecordingHost host =
      ReadRows(trademark + "71.10%\n" + wiretap + "0.86\n" + wiretap + "1.0\n");
  ASSERT_EQ(host.code, COLLATE_CODE_OK) << host.message;
  EXPECT_EQ(TableOf(host, host.document.observations[0]).unit, "per cent");
  EXPECT_EQ(host.document.observations[0].value->mantissa, 711);
  EXPECT_EQ(TableOf(host, host.document.observations[1]).unit,
            "fraction as printed");
  EXPECT_EQ(host.document.observations[1].value->mantissa, 86);
  EXPECT_EQ(host.document.observations[1].value->scale, 2);
  for (const std::string& row :
       {trademark + "71.10", trademark + "1.01", trademark + "-0.1",
        trademark + "101%", trademark + "0.5-0.6",
        std::string("2025-H1,,Global,,,violative_view_rate,0.0001")}) {
    EXPECT_EQ(RefusedRow(row), "UNREADABLE_FIGURE L3:C7") << row;
  }
}

TEST(SnapHalfYearTest, WhatIsNotOfItsMetricRefusesTheFileAtItsCell) {
  const std::string cell = std::string(kOverview) + "Country,Malta,Spam,";
  for (const char* rest :
       {"total_enforcements,12.5", "total_enforcements,12%",
        "total_enforcements,<10", "total_enforcements,-1",
        "total_enforcements,Spam", "total_enforcements,about 5",
        "total_unique_accounts_enforced,0.5",
        "median_turnaround_time_minutes,4%",
        "median_turnaround_time_minutes,-4",
        "median_turnaround_time_minutes,1-2"}) {
    EXPECT_EQ(RefusedRow(cell + rest), "UNREADABLE_FIGURE L3:C7") << rest;
  }
}

TEST(SnapHalfYearTest, OtherFaultsCiteTheirCell) {
  EXPECT_EQ(RefusedRow("2025Q1,Appeals,Global,Drugs,,total_appeals,1"),
            "INVALID_PERIOD L3:C1");
  EXPECT_EQ(RefusedRow("2025-H1,Appeals,Global,,,total_appeals,1"),
            "EMPTY_LABEL L3:C4");
  EXPECT_EQ(RefusedRow("2025-H1,Appeals,Global,Drugs,Malta,total_appeals,1"),
            "UNEXPECTED_LABEL L3:C5");
  EXPECT_EQ(RefusedRow("2025-H1,Ads Moderation,Global,Malta,,"
                       "total_ads_reported,1"),
            "UNEXPECTED_LABEL L3:C4");
  EXPECT_EQ(RefusedRow("2025-H1,Requests Pursuant To Bilateral Data Access "
                       "Agreements,,,,requests,0-249"),
            "EMPTY_LABEL L3:C3");
  EXPECT_EQ(RefusedRow("2025-H1,Appeals,Global,Drugs,,total_appeals"),
            "WRONG_CELL_COUNT L3:C0");
  EXPECT_EQ(RefusalOf(ReadRows("")), "NOTHING_TO_READ L1:C0");
  EXPECT_EQ(
      RefusalOf(ReadReport("snap.csv",
                           "period,section,category,sub_category_1,"
                           "sub_category_2,sub_category_3,metric,value\n")),
      "UNKNOWN_COLUMN L1:C6");
  EXPECT_THAT(
      ReadRows("2025Q1,Appeals,Global,Drugs,,total_appeals,1\n").message,
      HasSubstr("snap.csv:L2:C1"));
}

TEST(SnapHalfYearTest, UnknownSectionsAndMetricsAreLeftAsideAndTold) {
  const RecordingHost host = ReadRows(
      "2025-H1,Appeals,Global,Drugs,,total_appeals,1\n"
      "2025-H1,Appeals,Country,Malta,Drugs,total_appeals,1\n"
      "2025-H1,Appeals,Country,Malta,Spam,total_appeals,x\n"
      "2025-H1,Appeals,Global,Drugs,,total_dreams,1\n"
      "2025-H1,Horoscopes,Global,,,total,1\n");
  ASSERT_EQ(host.code, COLLATE_CODE_OK) << host.message;
  EXPECT_THAT(host.document.observations, SizeIs(1));
  EXPECT_THAT(FindingsOf(host), ElementsAre(Pair("UNKNOWN_METRIC", 1),
                                            Pair("UNKNOWN_SECTION", 3)));
  ASSERT_THAT(host.document.diagnostics, SizeIs(3));
  EXPECT_THAT(host.document.diagnostics[0].found,
              AllOf(HasSubstr("Appeals"), HasSubstr("total_dreams")));
  EXPECT_EQ(host.document.diagnostics[0].locator.line, 5u);
  EXPECT_EQ(host.document.diagnostics[1].locator.line, 3u);
  EXPECT_EQ(host.accounts.at("rows_ignored"), 4u);
  EXPECT_EQ(host.accounts.at("cells_ignored"), 28u);
  ExpectEveryCellAccountedFor(host);
}

TEST(SnapHalfYearTest, DamagedBytesAreReadOrRefused) {
  testing::ExpectDamageIsReadOrRefused(
      std::string(kHeader) + kReported +
      "Country,Malta,Reactive,total_enforcements,12\n"
      "2025-H1,Requests Pursuant To Bilateral Data Access Agreements,"
      "Australia,,,requests,0-249\n");
}

// One figure under the name of another: which one it is, nobody says.
TEST(SnapHalfYearTest, ALikelySlipIsFlaggedAndKept) {
  const std::string content =
      "2025-H1,Combating Child Sexual Exploitation and Abuse,Global,,,"
      "total_content_enforced,";
  const std::string reports =
      std::string(kReported) +
      "Global,Child Sexual Exploitation,,content_and_account_reports,";
  const RecordingHost slip = ReadRows(content + "7\n" + reports + "7\n");
  ASSERT_EQ(slip.code, COLLATE_CODE_OK) << slip.message;
  EXPECT_THAT(FindingsOf(slip), ElementsAre(Pair("LIKELY_SLIP", 1)));
  EXPECT_EQ(slip.document.diagnostics[0].locator.line, 2u);
  EXPECT_EQ(slip.document.observations[0].value->mantissa, 7);
  EXPECT_EQ(slip.document.observations[0].flags,
            uint32_t{COLLATE_FLAG_DEFINITION_DIFFERS});
  EXPECT_EQ(slip.document.observations[1].flags, 0u);
  const RecordingHost right = ReadRows(content + "6\n" + reports + "7\n");
  EXPECT_THAT(FindingsOf(right), IsEmpty());
  EXPECT_EQ(right.document.observations[0].flags, 0u);
}

// ---- Excerpts of the publisher's files -------------------------------------

class SnapExcerptTest : public ::testing::Test {
 protected:
  void SetUp() override {
    COLLATE_SHARED_FILE(
        path, "platform/snap/Snap_Transparency_Report_H1-2025.EXCERPT.csv");
    host_ = ReadReport("snap.csv", testing::ReadFile(path));
    ASSERT_EQ(host_.code, COLLATE_CODE_OK) << host_.message;
  }

  int64_t Figure(const std::string& table, ingest::Pairs labels) {
    labels.emplace_back("platform", "Snapchat");
    std::sort(labels.begin(), labels.end());
    const auto rows = RowsOfTable(host_, table, labels);
    EXPECT_THAT(rows, SizeIs(1)) << table;
    return rows.empty() || !rows[0]->value ? -1 : rows[0]->value->mantissa;
  }
  // The parts by violation, added, and how many there are.
  std::pair<int64_t, size_t> Violations(const std::string& table,
                                        const ingest::Pairs& labels) {
    int64_t sum = 0;
    std::set<std::string> harms;
    for (const RawObservation& row : host_.document.observations) {
      if (TableOf(host_, row).id != table) continue;
      ingest::Pairs rest;
      std::string harm;
      for (const auto& pair : row.dimensions) {
        if (pair.first == "harm") harm = pair.second;
        if (pair.first != "harm" && pair.first != "platform") {
          rest.push_back(pair);
        }
      }
      if (harm.empty() || rest != labels) continue;
      harms.insert(harm);
      sum += row.value->mantissa;
    }
    return {sum, harms.size()};
  }

  RecordingHost host_;
};

TEST_F(SnapExcerptTest, EveryCellIsRead) {
  EXPECT_THAT(host_.document.observations, SizeIs(232));
  EXPECT_EQ(host_.accounts.at("cells_read"), 233u * 7);
  EXPECT_EQ(host_.accounts.at("cells_ignored"), 0u);
  ExpectEveryCellAccountedFor(host_);
  EXPECT_THAT(FindingsOf(host_), ElementsAre(Pair("LIKELY_SLIP", 1)));
  EXPECT_EQ(host_.document.diagnostics[0].found, "1627097");
}

TEST_F(SnapExcerptTest, PublishedFiguresOfTheUnitedKingdom) {
  const ingest::Pairs uk = {{"geography", "United Kingdom"}};
  EXPECT_EQ(Figure("enforcements", uk), 692'132);
  EXPECT_THAT(Violations("enforcements", uk), Pair(692'132, 13u));
  EXPECT_EQ(Figure("unique_accounts_enforced", uk), 445'585);
  EXPECT_THAT(Violations("unique_accounts_enforced", uk), Pair(492'461, 13u));
  const ingest::Pairs exploitation = {{"geography", "United Kingdom"},
                                      {"harm", "Child Sexual Exploitation"}};
  EXPECT_EQ(Figure("enforcements", exploitation), 55'843);
  EXPECT_EQ(Figure("unique_accounts_enforced", exploitation), 44'305);
  EXPECT_EQ(Figure("exploitation_accounts_disabled", uk), 9'348);
}

TEST_F(SnapExcerptTest, PublishedFiguresOfTheWorld) {
  const ingest::Pairs reactive = {{"geography", "Global"},
                                  {"snap_origin", "Reactive"}};
  EXPECT_EQ(Figure("enforcements", reactive), 6'278'446);
  EXPECT_THAT(Violations("enforcements", reactive), Pair(6'278'446, 13u));
  EXPECT_EQ(Figure("content_and_account_reports", reactive), 19'766'324);
  EXPECT_THAT(Violations("content_and_account_reports", reactive),
              Pair(19'766'324, 13u));
}

TEST_F(SnapExcerptTest, BothCellsOfARepeatedKeyAreHandedOver) {
  const auto rows =
      RowsOfTable(host_, "exploitation_accounts_disabled",
                  {{"geography", "Solomon Islands"}, {"platform", "Snapchat"}});
  ASSERT_THAT(rows, SizeIs(2));
  EXPECT_EQ(rows[0]->value->mantissa, 2);
  EXPECT_EQ(rows[1]->value->mantissa, 1);
}

TEST(SnapFilesTest, TheExcerptOf2024IsReadWhole) {
  COLLATE_SHARED_FILE(
      path, "platform/snap/Snap_Transparency_Report_H1-2024.EXCERPT.csv");
  const RecordingHost host = ReadReport("snap.csv", testing::ReadFile(path));
  ASSERT_EQ(host.code, COLLATE_CODE_OK) << host.message;
  EXPECT_THAT(host.document.observations, SizeIs(46));
  EXPECT_EQ(host.accounts.at("cells_ignored"), 0u);
  ExpectEveryCellAccountedFor(host);
  EXPECT_THAT(FindingsOf(host), IsEmpty());
  // Medians stand beside no enforcements at all.
  const auto median = RowsOfTable(host, "median_turnaround_minutes",
                                  {{"geography", "Aland Islands"},
                                   {"harm", "False Information"},
                                   {"platform", "Snapchat"}});
  ASSERT_THAT(median, SizeIs(1));
  EXPECT_EQ(median[0]->value->mantissa, 4'112'092);
  EXPECT_EQ(median[0]->value->scale, 2);
}

}  // namespace
}  // namespace collate
