// TikTok's CSV files through the exported table: synthetic records for each
// quirk, and the publisher's own files.

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <filesystem>
#include <map>
#include <string>
#include <vector>

#include "plugins/tabular/status.h"
#include "plugins/transparency_report/tiktok/tiktok_words.h"
#include "tests/plugins/transparency_report/table_testing.h"

namespace collate {
namespace {

using ingest::RawDiagnostic;
using ingest::RawObservation;
using ingest::RawTable;
using ::testing::ElementsAre;
using testing::ExpectEveryCellAccountedFor;
using testing::FindReason;
using ::testing::HasSubstr;
using ::testing::IsEmpty;
using testing::NumberOf;
using ::testing::Optional;
using ::testing::Pair;
using testing::ReadDocument;
using testing::ReadPublished;
using testing::RecordingHost;
using ::testing::SizeIs;
using transparency_report::IsTiktokPlaceholder;
using transparency_report::ParseTiktokPeriod;
using transparency_report::QuarterEnding;
using vocabulary::State;

constexpr char kBom[] = "\xEF\xBB\xBF";
constexpr char kHeader[] =
    "Metric,Period type,Period,Policy type,Issue,Task type,Task,Location,"
    "Market,Result\n";

// One record, made up but for the figure of the first.
struct Record {
  std::string metric = "Total videos removed";
  std::string period_type = "Quarterly";
  std::string period = "Jul-Sep 2022";
  std::string policy_type = "All";
  std::string issue = "All";
  std::string task_type = "All";
  std::string task = "All";
  std::string location = "Market";
  std::string market = "United Kingdom";
  std::string result = "2889003.0";

  std::string Line() const {
    std::string line = metric;
    for (const std::string* cell :
         {&period_type, &period, &policy_type, &issue, &task_type, &task,
          &location, &market, &result}) {
      line += "," + *cell;
    }
    return line + "\n";
  }
};

std::unique_ptr<RecordingHost> Read(const std::vector<Record>& records,
                                    const std::string& header = kHeader) {
  std::string text = kBom + header;
  for (const Record& record : records) text += record.Line();
  return ReadDocument("report.csv", text);
}

const RawTable& TableOf(const RecordingHost& host, size_t row) {
  return host.document.tables[host.document.observations[row].table];
}

// "REASON L2:C10", and nothing was handed over.
std::string Refusal(const RecordingHost& host) {
  if (host.code == COLLATE_CODE_OK) return "OK";
  EXPECT_THAT(host.document.tables, IsEmpty());
  EXPECT_THAT(host.document.observations, IsEmpty());
  const RawDiagnostic* found = FindReason(host, host.reason);
  if (found == nullptr) return host.reason + " without a place";
  return host.reason + " L" + std::to_string(found->locator.line) +
         (found->locator.column == 0
              ? ""
              : ":C" + std::to_string(found->locator.column));
}

std::string Refusal(const Record& record) {
  return Refusal(*Read({Record(), record}));
}

TEST(TiktokCsvTest, ARecordIsAFigureWithItsLabelsAndItsPlace) {
  const auto host = Read({Record()});
  ASSERT_EQ(host->code, COLLATE_CODE_OK) << host->message;
  ASSERT_THAT(host->document.observations, SizeIs(1));
  const RawObservation& row = host->document.observations[0];
  EXPECT_EQ(row.reporter, "TikTok");
  EXPECT_THAT(row.dimensions, ElementsAre(Pair("geography", "United Kingdom"),
                                          Pair("platform", "TikTok")));
  EXPECT_EQ(row.period_begin, 19174);  // 1 July 2022
  EXPECT_EQ(row.period_end, 19266);    // 1 October 2022
  EXPECT_EQ(row.period_kind, COLLATE_PERIOD_CALENDAR_QUARTER);
  EXPECT_EQ(row.period_text, "Jul-Sep 2022");
  EXPECT_EQ(row.state, State::kReported);
  EXPECT_EQ(row.raw, "2889003.0");
  EXPECT_EQ(row.locator.line, 2u);
  EXPECT_EQ(row.locator.column, 10u);
  ASSERT_THAT(row.headers, SizeIs(2));
  EXPECT_EQ(row.headers[0].line, 1u);
  EXPECT_EQ(row.headers[0].column, 10u);
  EXPECT_EQ(row.headers[1].line, 2u);
  EXPECT_EQ(row.headers[1].column, 1u);
  ExpectEveryCellAccountedFor(*host);
  EXPECT_EQ(host->accounts["cells_read"], 20u);

  const RawTable& table = TableOf(*host, 0);
  EXPECT_EQ(table.id, "tiktok_videos_removed");
  EXPECT_EQ(table.measure, "Total videos removed");
  EXPECT_EQ(table.unit, "videos");
  EXPECT_EQ(table.aggregation, ingest::Aggregation::kSum);
  EXPECT_EQ(table.repeats, ingest::Repeats::kConflict);
  EXPECT_EQ(table.partition, ingest::Partition::kIncomplete);
  EXPECT_EQ(table.floor, ingest::Floor::kZero);
  EXPECT_THAT(table.multi_response, ElementsAre("harm"));
  EXPECT_THAT(table.extent, IsEmpty());
}

TEST(TiktokCsvTest, TheUnitFollowsTheMetricAndItsTaskType) {
  const auto host = Read({
      Record(),
      {.task_type = "task_type", .task = "Automation", .result = "1000000.0"},
      {.task_type = "Share of total removals",
       .task = "0 views",
       .result = "0.579"},
      {.metric = "Accounts removed", .result = "5.0"},
  });
  ASSERT_EQ(host->code, COLLATE_CODE_OK) << host->message;
  ASSERT_THAT(host->document.tables, SizeIs(3));
  EXPECT_EQ(TableOf(*host, 1).id, "tiktok_videos_removed");
  EXPECT_THAT(host->document.observations[1].dimensions,
              ElementsAre(Pair("geography", "United Kingdom"),
                          Pair("moderation", "Automation"),
                          Pair("platform", "TikTok")));
  EXPECT_EQ(TableOf(*host, 2).measure,
            "Total videos removed, share of total removals");
  EXPECT_EQ(TableOf(*host, 2).unit, "fraction");
  EXPECT_EQ(TableOf(*host, 2).aggregation, ingest::Aggregation::kNone);
  EXPECT_THAT(host->document.observations[2].dimensions,
              ElementsAre(Pair("geography", "United Kingdom"),
                          Pair("platform", "TikTok"),
                          Pair("removal_views", "0 views")));
  EXPECT_EQ(TableOf(*host, 3).unit, "accounts");
  EXPECT_EQ(TableOf(*host, 3).aggregation, ingest::Aggregation::kUnique);
}

TEST(TiktokCsvTest, ColumnsAreKnownByNameInEverySpelling) {
  for (const char* header :
       {"Metric,Period Type,Period,Policy Type,Issue Policy,Task Type,Task,"
        "Location,Market,Result\n",
        "Metric,Period type,Period,Policy type,Issue policy,Task type,Task,"
        "Location,Market,Result\n",
        kHeader}) {
    EXPECT_EQ(Read({Record()}, header)->code, COLLATE_CODE_OK) << header;
  }
  const auto turned = ReadDocument(
      "report.csv",
      "Result,Market,Location,Task,Task type,Issue,Policy type,Period,"
      "Period type,Metric\n7,Peru,Market,All,All,All,All,Jan-Mar 2024,"
      "Quarterly,Videos restored\n");
  ASSERT_EQ(turned->code, COLLATE_CODE_OK) << turned->message;
  EXPECT_EQ(TableOf(*turned, 0).id, "tiktok_videos_restored");
  EXPECT_EQ(turned->document.observations[0].value->mantissa, 7);
  EXPECT_EQ(turned->document.observations[0].locator.column, 1u);
}

TEST(TiktokCsvTest, AHeaderThatNoEditionHadIsRefused) {
  const std::string other =
      "Metric,Period type,Period,Policy type,Issue,Task type,Task,Location,"
      "Market,Result,Note\n";
  EXPECT_EQ(Refusal(*Read({{.result = "1,x"}}, other)),
            "UNKNOWN_COLUMN L1:C11");
  const std::string twice =
      "Metric,Period type,Period,Policy type,Issue,Issue policy,Task type,Task,"
      "Location,Market,Result\n";
  EXPECT_EQ(Refusal(*Read({}, twice)), "AMBIGUOUS_COLUMN L1:C6");
  const std::string without =
      "Metric,Period type,Period,Policy type,Issue,Task type,Location,"
      "Market,Result\n";
  EXPECT_EQ(Refusal(*Read({}, without)), "HEADER_NOT_FOUND L1");
  EXPECT_EQ(Refusal(*Read({})), "NOTHING_TO_READ L1");
  // Too little of it is no report of TikTok's at all.
  EXPECT_EQ(Refusal(*ReadDocument("a.csv", "Metric,Period,Market,Result\n")),
            "NO_FAMILY L0");
}

TEST(TiktokCsvTest, ARenamedMetricIsOneMeasure) {
  const std::vector<std::pair<Record, std::string>> names = {
      {{.metric = "Total accounts removed"}, "Accounts removed"},
      {{.metric = "Accounts removed"}, "Accounts removed"},
      {{.metric = "Blocked spam account creation"}, "Fake accounts prevented"},
      {{.metric = "Video removal by spam account removal"},
       "Videos removed from fake accounts"},
      {{.metric = "Removal rate of published", .result = "0.01"},
       "Video: Removal rate of published"},
      {{.metric = "Percentage of community reports actioned",
        .task_type = "Turn around time",
        .task = "Less than 2 hours",
        .result = "0.9"},
       "Percentage of user reports actioned"},
      {{.metric = "live sessions suspended"}, "LIVE sessions suspended"},
  };
  for (const auto& [record, measure] : names) {
    const auto host = Read({record});
    ASSERT_EQ(host->code, COLLATE_CODE_OK) << host->message;
    EXPECT_EQ(TableOf(*host, 0).measure, measure) << record.metric;
    EXPECT_EQ(FindReason(*host, "UNKNOWN_METRIC"), nullptr);
  }
}

TEST(TiktokCsvTest, ASubPolicyNamesItsLevel) {
  const auto host = Read({
      {.metric = "Category share",
       .policy_type = "issue",
       .issue = "Violent and graphic content",
       .result = "0.1"},
      {.metric = "Category share",
       .policy_type = "Issue policy",
       .issue = "Youth Safety & Well-Being",
       .result = "0.2"},
      {.metric = "Category share",
       .policy_type = "Policy",
       .issue = "Safety & Civility",
       .result = "0.3"},
      {.metric = "Category share",
       .policy_type = "Community guidelines policy",
       .issue = "Violent and graphic content",
       .result = "1.0"},
      {.metric = "Category share",
       .policy_type = "Sub-policy",
       .issue = "Grooming behavior",
       .task_type = "task_type",
       .task = "Human moderation",
       .result = "0.023"},
  });
  ASSERT_EQ(host->code, COLLATE_CODE_OK) << host->message;
  std::vector<std::string> labels;
  for (const RawObservation& row : host->document.observations) {
    for (const auto& [axis, label] : row.dimensions) {
      if (axis == "harm") labels.push_back(label);
    }
  }
  EXPECT_THAT(labels,
              ElementsAre("Violent and graphic content",
                          "Youth Safety & Well-Being", "Safety & Civility",
                          "Sub-policy: Violent and graphic content",
                          "Sub-policy: Grooming behavior"));
}

TEST(TiktokCsvTest, AMarketIsACountryOrALanguage) {
  const auto host = Read({
      {.location = "all", .market = "all"},
      {.metric = "Percentage of moderators assigned",
       .location = "Language",
       .market = "Other languages",
       .result = "0.141"},
  });
  ASSERT_EQ(host->code, COLLATE_CODE_OK) << host->message;
  EXPECT_THAT(
      host->document.observations[0].dimensions,
      ElementsAre(Pair("geography", "all"), Pair("platform", "TikTok")));
  EXPECT_THAT(host->document.observations[1].dimensions,
              ElementsAre(Pair("language", "Other languages"),
                          Pair("platform", "TikTok")));
}

TEST(TiktokCsvTest, NumbersAreKeptExactlyAsPrinted) {
  const Record rate = {.metric = "Proactive removal rate"};
  std::vector<Record> records;
  for (const char* token :
       {"0.9109999999999999", "0.059000000000000004", "0.970", "1", "0"}) {
    records.push_back(rate);
    records.back().result = token;
  }
  records.push_back({.result = "920793.0"});
  records.push_back({.result = "\"85,680,819\""});
  const auto host = Read(records);
  ASSERT_EQ(host->code, COLLATE_CODE_OK) << host->message;
  const std::vector<RawObservation>& rows = host->document.observations;
  const auto value = [&](size_t i) {
    return std::pair(rows[i].value->mantissa, rows[i].value->scale);
  };
  EXPECT_THAT(value(0), Pair(9109999999999999, 16));
  EXPECT_THAT(value(1), Pair(59000000000000004, 18));
  EXPECT_THAT(value(2), Pair(97, 2));
  EXPECT_EQ(rows[2].raw, "0.970");
  EXPECT_THAT(value(3), Pair(1, 0));
  EXPECT_THAT(value(4), Pair(0, 0));
  EXPECT_THAT(value(5), Pair(920793, 0));
  EXPECT_EQ(rows[5].raw, "920793.0");
  EXPECT_THAT(value(6), Pair(85680819, 0));
  EXPECT_EQ(rows[6].raw, "85,680,819");
}

TEST(TiktokCsvTest, AFigureThatIsNotOfItsUnitIsRefused) {
  const Record rate = {.metric = "Proactive removal rate"};
  const auto of = [](Record record, const char* result) {
    record.result = result;
    return record;
  };
  EXPECT_EQ(Refusal(of(Record(), "0.821")), "NOT_A_COUNT L3:C10");
  EXPECT_EQ(Refusal(of(Record(), "-1")), "NOT_A_COUNT L3:C10");
  EXPECT_EQ(Refusal(of(rate, "1.001")), "NOT_A_FRACTION L3:C10");
  EXPECT_EQ(Refusal(of(rate, "-0.1")), "NOT_A_FRACTION L3:C10");
  EXPECT_EQ(Refusal(of(rate, "920793.0")), "NOT_A_FRACTION L3:C10");
  for (const char* token :
       {"82%", "N/A", "<0.1", "0.1-0.2", "~0.2", "1.2M5", "many", "1e3"}) {
    EXPECT_EQ(Refusal(of(rate, token)), "UNPARSED_RESULT L3:C10") << token;
  }
  EXPECT_EQ(Refusal(of(Record(), "99999999999999999999")),
            "NUMBER_OVERFLOW L3:C10");
}

TEST(TiktokCsvTest, ARecordThatContradictsItselfIsRefused) {
  EXPECT_EQ(Refusal({.metric = ""}), "EMPTY_LABEL L3:C1");
  EXPECT_EQ(Refusal({.market = " "}), "EMPTY_LABEL L3:C9");
  EXPECT_EQ(Refusal({.period = "Jul-Dec 2022"}), "PERIOD_CONFLICT L3:C2");
  EXPECT_EQ(Refusal({.period_type = "half-year"}), "PERIOD_CONFLICT L3:C2");
  EXPECT_EQ(Refusal({.period_type = "Yearly"}), "INVALID_PERIOD L3:C2");
  EXPECT_EQ(Refusal({.period = "2022 Q3"}), "INVALID_PERIOD L3:C3");
  EXPECT_EQ(Refusal({.policy_type = "Rule", .issue = "Gambling"}),
            "UNKNOWN_POLICY_TYPE L3:C4");
  EXPECT_EQ(Refusal({.policy_type = "Policy"}), "ROW_CONTRADICTION L3:C5");
  EXPECT_EQ(Refusal({.issue = "Gambling"}), "ROW_CONTRADICTION L3:C5");
  EXPECT_EQ(Refusal({.task_type = "task_type"}), "ROW_CONTRADICTION L3:C7");
  EXPECT_EQ(Refusal({.task = "Automation"}), "ROW_CONTRADICTION L3:C7");
  EXPECT_EQ(Refusal({.location = "Region"}), "UNKNOWN_LOCATION L3:C8");
  EXPECT_EQ(Refusal({.location = "All"}), "ROW_CONTRADICTION L3:C9");
  EXPECT_EQ(Refusal({.market = "all"}), "ROW_CONTRADICTION L3:C9");
}

TEST(TiktokCsvTest, ADamagedTextIsRefusedAtItsLine) {
  EXPECT_EQ(Refusal({.market = "Peru,Chile"}), "WRONG_CELL_COUNT L3");
  EXPECT_EQ(Refusal({.result = "\"85,680,819"}), "UNTERMINATED_QUOTE L3:C10");
  EXPECT_EQ(Refusal({.market = "Per\xFF"}).substr(0, 12), "BAD_ENCODING");
}

// Every byte of a file damaged in turn: what is wrong is told, where it is, or
// the records are still well formed.
TEST(TiktokCsvTest, ADamagedByteIsToldOrChangesNoForm) {
  const std::string whole = kHeader + Record().Line() +
                            Record{.metric = "Category share",
                                   .policy_type = "Sub-policy",
                                   .issue = "Gambling",
                                   .result = "\"0.25\""}
                                .Line();
  int refused = 0;
  for (size_t at = 0; at < whole.size(); ++at) {
    for (const char damage : {'"', ',', '\n', '\xFF', '\0', '7'}) {
      std::string damaged = whole;
      damaged[at] = damage;
      const auto host = ReadDocument("report.csv", damaged);
      if (host->code == COLLATE_CODE_OK) {
        ExpectEveryCellAccountedFor(*host);
        continue;
      }
      ++refused;
      EXPECT_THAT(host->document.observations, IsEmpty());
      ASSERT_NE(FindReason(*host, host->reason), nullptr)
          << host->reason << " at byte " << at;
    }
  }
  EXPECT_GT(refused, 0);
}

TEST(TiktokCsvTest, ABlankResultIsNeverZero) {
  const auto host = Read(
      {{.result = ""}, {.location = "All", .market = "All", .result = ""}});
  ASSERT_EQ(host->code, COLLATE_CODE_OK) << host->message;
  const std::vector<RawObservation>& rows = host->document.observations;
  EXPECT_EQ(rows[0].state, State::kSuppressed);
  EXPECT_EQ(rows[1].state, State::kNotShown);
  for (const RawObservation& row : rows) {
    EXPECT_FALSE(row.value.has_value() || row.upper.has_value());
    EXPECT_THAT(row.reason, HasSubstr("blank"));
  }
  const RawDiagnostic* found = FindReason(*host, "RESULT_BLANK");
  ASSERT_NE(found, nullptr);
  EXPECT_EQ(found->repeats, 2u);
  EXPECT_EQ(found->locator.line, 2u);
}

TEST(TiktokCsvTest, AnUnknownMetricHasATableWithoutAUnit) {
  const auto host = Read({
      Record(),
      {.metric = "Sounds muted", .result = "12.5"},
      {.task_type = "Share of all uploads", .task = "0 views", .result = "0.5"},
      {.metric = "Sounds muted", .market = "Peru", .result = "3"},
      // Known, but not without a task.
      {.metric = "Percentage of user reports actioned", .result = "0.5"},
  });
  ASSERT_EQ(host->code, COLLATE_CODE_OK) << host->message;
  ASSERT_THAT(host->document.tables, SizeIs(4));
  EXPECT_EQ(TableOf(*host, 1).measure, "Sounds muted");
  EXPECT_EQ(TableOf(*host, 2).measure,
            "Total videos removed, Share of all uploads");
  EXPECT_EQ(TableOf(*host, 3).id, TableOf(*host, 1).id);
  EXPECT_EQ(TableOf(*host, 4).measure, "Percentage of user reports actioned");
  for (size_t row = 1; row < 5; ++row) {
    EXPECT_EQ(TableOf(*host, row).unit, "unknown");
    EXPECT_EQ(TableOf(*host, row).aggregation, ingest::Aggregation::kNone);
  }
  EXPECT_THAT(host->document.observations[2].notes,
              ElementsAre("task: 0 views"));
  const RawDiagnostic* found = FindReason(*host, "UNKNOWN_METRIC");
  ASSERT_NE(found, nullptr);
  EXPECT_EQ(found->severity, ingest::Severity::kWarning);
  ExpectEveryCellAccountedFor(*host);
}

TEST(TiktokCsvTest, TemplateTextIsKeptAsWrittenAndTold) {
  const auto host = Read({
      {.market = "[Market]", .result = "1"},
      {.market = "[Market]", .result = "2"},
      {.issue = "{{issue}}", .result = "3"},
      {.policy_type = "Policy", .issue = "TBC", .result = "4"},
  });
  ASSERT_EQ(host->code, COLLATE_CODE_OK) << host->message;
  const std::vector<RawObservation>& rows = host->document.observations;
  EXPECT_THAT(rows[0].dimensions,
              ::testing::Contains(Pair("geography", "[Market]")));
  EXPECT_THAT(rows[0].notes, ElementsAre(HasSubstr("'[Market]'")));
  EXPECT_THAT(rows[2].dimensions,
              ::testing::Contains(Pair("harm", "{{issue}}")));
  EXPECT_THAT(rows[3].dimensions, ::testing::Contains(Pair("harm", "TBC")));
  std::map<std::string, uint64_t> told;
  for (const RawDiagnostic& found : host->document.diagnostics) {
    if (found.reason == "PLACEHOLDER_TEXT") {
      told["L" + std::to_string(found.locator.line) + ":C" +
           std::to_string(found.locator.column)] = found.repeats;
    }
  }
  EXPECT_THAT(
      told, ElementsAre(Pair("L2:C9", 2), Pair("L4:C5", 1), Pair("L5:C5", 1)));

  for (const char* text : {"<issue>", "${market}", "TBD", "#REF!",
                           "Lorem ipsum", "Insert label here", "nan", "N/A"}) {
    EXPECT_TRUE(IsTiktokPlaceholder(text)) << text;
  }
  for (const char* text :
       {"All", "Peru", "Human Exploitation", ">1,000,000 views",
        "Privacy, personal data, and personally identifiable information (PII)",
        "Other languages", "Insertions"}) {
    EXPECT_FALSE(IsTiktokPlaceholder(text)) << text;
  }
}

TEST(TiktokCsvTest, OneKeyWithTwoResultsIsHandedOnTwice) {
  const auto host = Read({{.result = "10"}, {.result = "11"}});
  ASSERT_EQ(host->code, COLLATE_CODE_OK) << host->message;
  ASSERT_THAT(host->document.observations, SizeIs(2));
  EXPECT_EQ(TableOf(*host, 0).repeats, ingest::Repeats::kConflict);
  EXPECT_EQ(host->document.observations[0].dimensions,
            host->document.observations[1].dimensions);
  EXPECT_EQ(host->document.observations[0].raw, "10");
  EXPECT_EQ(host->document.observations[1].raw, "11");
}

// As in the first quarter of 2024: 165,623,182 beside 5,439,054.
TEST(TiktokCsvTest, AReasonInTwoGroupsIsTold) {
  const Record fake = {.metric = "Accounts removed",
                       .policy_type = "Ban reason",
                       .issue = "Fake accounts removed",
                       .location = "All",
                       .market = "All"};
  Record safety = fake;
  safety.policy_type = "Ban reason - safety";
  Record before = fake;
  before.period = "Apr-Jun 2022";
  const auto host = Read({fake, safety, before});
  ASSERT_EQ(host->code, COLLATE_CODE_OK) << host->message;
  const std::vector<RawObservation>& rows = host->document.observations;
  EXPECT_THAT(
      rows[0].dimensions,
      ElementsAre(Pair("ban_reason", "Fake accounts removed"),
                  Pair("geography", "All"), Pair("platform", "TikTok")));
  EXPECT_EQ(rows[0].flags, uint32_t{COLLATE_FLAG_DEFINITION_DIFFERS});
  EXPECT_THAT(
      rows[1].dimensions,
      ElementsAre(Pair("ban_reason", "Fake accounts removed"),
                  Pair("ban_reason_group", "Ban reason - safety"),
                  Pair("geography", "All"), Pair("platform", "TikTok")));
  EXPECT_EQ(rows[1].flags, 0u);
  EXPECT_EQ(rows[2].flags, 0u);
  const RawDiagnostic* found = FindReason(*host, "REASON_IN_TWO_GROUPS");
  ASSERT_NE(found, nullptr);
  EXPECT_EQ(found->locator.line, 3u);
  EXPECT_THAT(found->found, HasSubstr("Ban reason, Ban reason - safety"));
}

TEST(TiktokCsvTest, PeriodsAreWholeQuartersAndHalfYears) {
  const auto quarter = ParseTiktokPeriod("Oct-Dec 2022");
  ASSERT_TRUE(quarter.has_value());
  EXPECT_EQ(quarter->begin, 19266);
  EXPECT_EQ(quarter->end, 19358);
  const auto half = ParseTiktokPeriod("Jul-Dec 2022");
  ASSERT_TRUE(half.has_value());
  EXPECT_EQ(half->kind, sdk::PeriodKind::kInterval);
  EXPECT_EQ(half->end - half->begin, 184);
  for (const char* text :
       {"Feb-Apr 2022", "Apr-Sep 2022", "Jan-Dec 2022", "Jul-Sep 22",
        "Jul Sep 2022", "Jul-Sep-2022", "Jul-Sep 20x2", "Jux-Sep 2022",
        "Sep-Jul 2022", "", "2022"}) {
    EXPECT_FALSE(ParseTiktokPeriod(text).has_value()) << text;
  }
  const auto ending = QuarterEnding(19357, "44926");  // 31 December 2022
  ASSERT_TRUE(ending.has_value());
  EXPECT_EQ(ending->begin, 19266);
  EXPECT_EQ(ending->end, 19358);
  EXPECT_FALSE(QuarterEnding(19356, "").has_value());
  EXPECT_FALSE(QuarterEnding(19326, "").has_value());  // 30 November
}

// ---- The publisher's files -------------------------------------------------

struct Edition {
  const char* file;
  size_t rows;
  size_t uk_rows;
};
constexpr Edition kEditions[] = {
    {"platform/tiktok/tiktok-2022-q4.csv", 1030, 9},
    {"platform/tiktok/tiktok-2023-q1.csv", 1522, 12},
    {"platform/tiktok/tiktok-2023-q3.csv", 8704, 164},
    {"platform/tiktok/tiktok-2023-q4.csv", 15966, 319},
    {"platform/tiktok/tiktok-2024-q1.csv", 24354, 469}};
const ingest::Pairs kUk = {{"geography", "United Kingdom"},
                           {"platform", "TikTok"}};

TEST(TiktokCsvPublishedTest, EveryCellOfEveryEditionIsReadOnce) {
  for (const Edition& edition : kEditions) {
    COLLATE_SHARED_FILE(path, edition.file);
    const auto host = ReadPublished(path);
    ASSERT_EQ(host->code, COLLATE_CODE_OK) << host->message;
    EXPECT_THAT(host->document.observations, SizeIs(edition.rows));
    ExpectEveryCellAccountedFor(*host);
    EXPECT_EQ(host->accounts["cells_read"], 10 * (edition.rows + 1));
    size_t uk_rows = 0;
    for (const RawObservation& row : host->document.observations) {
      EXPECT_EQ(row.state, State::kReported);
      for (const auto& [axis, label] : row.dimensions) {
        uk_rows += axis == "geography" && label == "United Kingdom" ? 1 : 0;
      }
    }
    EXPECT_EQ(uk_rows, edition.uk_rows) << edition.file;
    for (const RawDiagnostic& found : host->document.diagnostics) {
      EXPECT_EQ(found.reason, "REASON_IN_TWO_GROUPS") << found.message;
    }
  }
}

TEST(TiktokCsvPublishedTest, VideosRemovedAreAsPublished) {
  COLLATE_SHARED_FILE(path, "platform/tiktok/tiktok-2024-q1.csv");
  const auto host = ReadPublished(path);
  const std::pair<const char*, int64_t> uk[] = {
      {"Jul-Sep 2022", 2889003}, {"Oct-Dec 2022", 2122586},
      {"Jan-Mar 2023", 3862346}, {"Apr-Jun 2023", 3618543},
      {"Jul-Sep 2023", 4601562}, {"Oct-Dec 2023", 5535370},
      {"Jan-Mar 2024", 4038643}};
  for (const auto& [period, count] : uk) {
    EXPECT_THAT(NumberOf(*host, "Total videos removed", kUk, period),
                Optional(count))
        << period;
  }
  const std::pair<const char*, int64_t> all[] = {{"Jul-Sep 2020", 43086543},
                                                 {"Oct-Dec 2020", 46112104},
                                                 {"Jan-Mar 2021", 61951327},
                                                 {"Apr-Jun 2021", 81518334},
                                                 {"Jul-Sep 2021", 91445802}};
  for (const auto& [period, count] : all) {
    EXPECT_THAT(
        NumberOf(*host, "Total videos removed",
                 {{"geography", "All"}, {"platform", "TikTok"}}, period),
        Optional(count))
        << period;
  }
}

// Counts by sub-policy stand in this edition only.
TEST(TiktokCsvPublishedTest, OneEditionCountsRemovalsByPeopleBySubPolicy) {
  COLLATE_SHARED_FILE(path, "platform/tiktok/tiktok-2022-q4.csv");
  const auto host = ReadPublished(path);
  const ingest::Pairs axes = {{"geography", "all"},
                              {"harm", "Sub-policy: Grooming behavior"},
                              {"moderation", "human moderation"},
                              {"platform", "TikTok"}};
  EXPECT_THAT(NumberOf(*host, "Total videos removed", axes, "Jul-Sep 2022"),
              Optional(537300));
  EXPECT_THAT(NumberOf(*host, "Total videos removed", axes, "Oct-Dec 2022"),
              Optional(302154));
}

}  // namespace
}  // namespace collate
