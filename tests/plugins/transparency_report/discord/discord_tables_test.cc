// Discord's stacked tables: small synthetic ones for what they do wrong, and
// the publisher's own.

#include <filesystem>

#include "plugins/transparency_report/discord/discord_layout.h"
#include "tests/plugins/transparency_report/table_testing.h"

namespace collate {
namespace {

using ingest::RawObservation;
using ingest::Severity;
using ::testing::ElementsAre;
using ::testing::Eq;
using testing::ExpectEveryCellAccountedFor;
using testing::FindReason;
using ::testing::HasSubstr;
using ::testing::IsEmpty;
using ::testing::IsNull;
using ::testing::NotNull;
using testing::NumberOf;
using ::testing::Optional;
using ::testing::Pair;
using testing::ReadDocument;
using testing::ReadPublished;
using testing::RowsOf;
using ::testing::SizeIs;
using vocabulary::State;

constexpr char kNcmec[] = "Discord reports to NCMEC";
constexpr char kDisabled[] = "Discord accounts disabled";
const ingest::Pairs kWorld = {{"geography", "World"}, {"platform", "Discord"}};

ingest::Pairs With(const std::string& axis, const std::string& label) {
  ingest::Pairs pairs = kWorld;
  pairs.emplace_back(axis, label);
  std::sort(pairs.begin(), pairs.end());
  return pairs;
}

// Synthetic: two tables without a blank line between, the first with a total.
constexpr char kTwoTables[] =
    "Accounts Disabled,,\n"
    ",,\n"
    "Accounts Disabled Category,Accounts Disabled,\n"
    "Child Safety,\"1,002\",\n"
    "Hateful Conduct,--,\n"
    ",,\n"
    "Total:,\"1,002\",\n"
    "NCMEC,,\n"
    ",,\n"
    "Month,Media Reports,Grooming or Endangerment Escalations\n"
    "October,10,1\n"
    "November,20,2\n"
    "December,30,3\n"
    ",,\n"
    "Total,60,6";

TEST(DiscordTablesTest, ThePeriodIsThatOfTheFilesName) {
  transparency_report::NamedPeriod period;
  EXPECT_TRUE(transparency_report::FindPeriod("discord-2022-q4.csv", &period));
  EXPECT_EQ(period.text, "2022-q4");
  EXPECT_EQ(period.first_month, 10);
  EXPECT_EQ(period.months, 3);
  EXPECT_TRUE(transparency_report::FindPeriod("Discord 2021-H2", &period));
  EXPECT_EQ(period.first_month, 7);
  EXPECT_EQ(period.months, 6);
  for (const char* none :
       {"discord.csv", "discord-2022-q5.csv", "discord-2022-h3.csv",
        "discord-12022-q1.csv", "discord-2022-q12.csv", "2022-q1 to 2022-q2"}) {
    EXPECT_FALSE(transparency_report::FindPeriod(none, &period)) << none;
  }
  const auto host = ReadDocument("discord.csv", kTwoTables);
  EXPECT_EQ(host->reason, "PERIOD_MISSING");
  // The sender may say it, but not another one.
  EXPECT_EQ(
      ReadDocument("discord.csv", kTwoTables, {{"period", "2022-q4"}})->code,
      COLLATE_CODE_OK);
  EXPECT_EQ(
      ReadDocument("discord-2022-q4.csv", kTwoTables, {{"period", "2022-q3"}})
          ->reason,
      "PERIOD_CONFLICT");
}

TEST(DiscordTablesTest, StackedTablesAreToldApart) {
  const auto host = ReadDocument("discord-2022-q4.csv", kTwoTables);
  ASSERT_EQ(host->code, COLLATE_CODE_OK) << host->message;
  EXPECT_THAT(host->document.diagnostics, IsEmpty());
  ASSERT_THAT(host->document.tables, SizeIs(2));
  const ingest::RawTable& disabled = host->document.tables[0];
  EXPECT_EQ(disabled.measure, kDisabled);
  EXPECT_EQ(disabled.unit, "accounts");
  EXPECT_EQ(disabled.aggregation, ingest::Aggregation::kUnique);
  EXPECT_EQ(disabled.floor, ingest::Floor::kZero);
  EXPECT_EQ(host->document.tables[1].aggregation, ingest::Aggregation::kSum);

  EXPECT_THAT(NumberOf(*host, kDisabled, kWorld), Optional(1002));
  EXPECT_THAT(NumberOf(*host, kDisabled, With("harm", "Child Safety")),
              Optional(1002));
  const auto none = RowsOf(*host, kDisabled, With("harm", "Hateful Conduct"));
  ASSERT_THAT(none, SizeIs(1));
  EXPECT_EQ(none[0]->state, State::kNotApplicable);
  EXPECT_EQ(none[0]->raw, "--");
  EXPECT_THAT(none[0]->reason, HasSubstr("--"));

  const auto grooming = RowsOf(
      *host, kNcmec, With("harm", "Grooming or Endangerment Escalations"));
  ASSERT_THAT(grooming, SizeIs(4));
  EXPECT_EQ(grooming[0]->period_text, "October");
  EXPECT_EQ(grooming[0]->period_begin, 19266);  // 1 October 2022
  EXPECT_EQ(grooming[0]->period_end, 19297);
  EXPECT_EQ(grooming[0]->period_kind, COLLATE_PERIOD_MONTH);
  EXPECT_EQ(grooming[0]->reporter, "Discord");
  EXPECT_EQ(grooming[3]->period_text, "2022-q4");
  EXPECT_EQ(grooming[3]->period_begin, 19266);
  EXPECT_EQ(grooming[3]->period_end, 19358);
  EXPECT_EQ(grooming[3]->value->mantissa, 6);
  EXPECT_EQ(grooming[3]->locator.line, 15u);
  EXPECT_EQ(grooming[3]->locator.column, 3u);
  ASSERT_THAT(grooming[3]->headers, SizeIs(1));
  EXPECT_EQ(grooming[3]->headers[0].line, 10u);
  ExpectEveryCellAccountedFor(*host);
}

TEST(DiscordTablesTest, ThoseWithCarriageReturnsReadTheSame) {
  std::string text = kTwoTables;
  for (size_t at = 0; (at = text.find('\n', at)) != std::string::npos;
       at += 2) {
    text.insert(at, "\r");
  }
  const auto plain = ReadDocument("discord-2022-q4.csv", kTwoTables);
  const auto host = ReadDocument("discord-2022-q4.csv", text);
  ASSERT_EQ(host->code, COLLATE_CODE_OK) << host->message;
  EXPECT_THAT(host->document.observations,
              SizeIs(plain->document.observations.size()));
  EXPECT_THAT(NumberOf(*host, kDisabled, kWorld), Optional(1002));
}

TEST(DiscordTablesTest, MonthsThatContradictTheNameAreReportedAndNotRead) {
  const auto host = ReadDocument("discord-2022-q3.csv", kTwoTables);
  ASSERT_EQ(host->code, COLLATE_CODE_OK) << host->message;
  const ingest::RawDiagnostic* conflict = FindReason(*host, "PERIOD_CONFLICT");
  ASSERT_THAT(conflict, NotNull());
  EXPECT_EQ(conflict->severity, Severity::kWarning);
  EXPECT_EQ(conflict->found, "October, November, December");
  EXPECT_EQ(conflict->locator.line, 11u);
  EXPECT_EQ(conflict->locator.column, 1u);
  // The total says so, wherever it is seen.
  const auto media = RowsOf(*host, kNcmec, With("harm", "Media Reports"));
  ASSERT_THAT(media, SizeIs(1));
  EXPECT_EQ(media[0]->period_text, "2022-q3");
  EXPECT_EQ(media[0]->value->mantissa, 60);
  EXPECT_EQ(media[0]->flags, uint32_t{COLLATE_FLAG_DEFINITION_DIFFERS});
  EXPECT_THAT(media[0]->notes,
              ElementsAre(HasSubstr("October, November, December")));
  EXPECT_EQ(host->accounts.at("cells_ignored"), 6u);
  ExpectEveryCellAccountedFor(*host);
}

// What a table must not have, where it then stands, and what it is called.
TEST(DiscordTablesTest, ATableThatIsNotAsItShouldBeIsRefusedAndOthersAreRead) {
  const struct {
    const char* from;
    const char* to;
    const char* reason;
    uint32_t line;
    uint32_t column;
  } kFaults[] = {
      {"Child Safety,\"1,002\",", "Child Safety,Accounts Disabled,",
       "NOT_A_FIGURE", 4, 2},
      {"Child Safety,\"1,002\",", "Child Safety,10.5,", "NOT_A_FIGURE", 4, 2},
      {"Child Safety,\"1,002\",", "Child Safety,10%,", "NOT_A_FIGURE", 4, 2},
      {"Child Safety,\"1,002\",", "Child Safety,-3,", "NOT_A_FIGURE", 4, 2},
      {"Child Safety,\"1,002\",", "Child Safety,,", "NO_FIGURE", 4, 2},
      {"Child Safety,\"1,002\",", ",\"1,002\",", "EMPTY_LABEL", 4, 2},
      {"Child Safety,\"1,002\",", "Child Safety,\"1,002\",7",
       "CELL_WITHOUT_HEADER", 4, 3},
      {"Total:,\"1,002\",", ",\"1,003\",", "EMPTY_LABEL", 7, 2},
      {"Hateful Conduct,--,", "Sum:,1,", "ROW_AFTER_TOTAL", 7, 1},
      {"Category,Accounts Disabled,", "Category,Accounts Closed,",
       "UNKNOWN_COLUMN", 3, 2},
      {"Category,Accounts Disabled,",
       "Category,Accounts Disabled,Accounts Disabled", "AMBIGUOUS_COLUMN", 3,
       3},
      {"Accounts Disabled Category,", "Accounts Closed Category,",
       "UNKNOWN_TABLE", 3, 1},
  };
  for (const auto& fault : kFaults) {
    std::string text = kTwoTables;
    const size_t at = text.find(fault.from);
    ASSERT_NE(at, std::string::npos) << fault.from;
    text.replace(at, std::string(fault.from).size(), fault.to);
    const auto host = ReadDocument("discord-2022-q4.csv", text);
    ASSERT_EQ(host->code, COLLATE_CODE_OK) << fault.to << host->message;
    const ingest::RawDiagnostic* told = FindReason(*host, fault.reason);
    ASSERT_THAT(told, NotNull()) << fault.to;
    EXPECT_EQ(told->severity, Severity::kError);
    EXPECT_EQ(told->locator.line, fault.line) << fault.to;
    EXPECT_EQ(told->locator.column, fault.column) << fault.to;
    EXPECT_THAT(told->message, HasSubstr("not read"));
    EXPECT_THAT(NumberOf(*host, kDisabled, kWorld), Eq(std::nullopt))
        << fault.to;
    EXPECT_THAT(
        NumberOf(*host, kNcmec, With("harm", "Media Reports"), "2022-q4"),
        Optional(60))
        << fault.to;
    ExpectEveryCellAccountedFor(*host);
  }
}

TEST(DiscordTablesTest, ADocumentWithoutATableThatCanBeReadIsRefused) {
  const auto host = ReadDocument("discord-2022-q4.csv",
                                 "Month,Media Reports\nOctober,many\n");
  EXPECT_EQ(host->code, COLLATE_CODE_INVALID_ARGUMENT);
  EXPECT_EQ(host->reason, "NOT_A_FIGURE");
  EXPECT_THAT(host->message, HasSubstr("discord-2022-q4.csv:L2:C2"));
  EXPECT_THAT(host->document.tables, IsEmpty());
}

TEST(DiscordTablesTest, ALastRowWithoutALabelIsTheTotalWhenItAddsUp) {
  const auto host = ReadDocument(
      "discord-2022-q2.csv",
      "Q2 NCMEC Reports,,\nMonth,Media Reports,Escalations\nApril,7,1\n"
      "May,8,2\nJune,9,0\n,24,3");
  ASSERT_EQ(host->code, COLLATE_CODE_OK) << host->message;
  EXPECT_THAT(NumberOf(*host, kNcmec, With("harm", "Media Reports"), "2022-q2"),
              Optional(24));
}

TEST(DiscordTablesTest, ATotalThatDoesNotAddUpIsKeptFlaggedAndReported) {
  const auto host = ReadDocument("discord-2022-q1.csv",
                                 "Month,Media Reports\nJanuary,1\nFebruary,2\n"
                                 "March,3\n,\nSUM,7");
  ASSERT_EQ(host->code, COLLATE_CODE_OK) << host->message;
  const ingest::RawDiagnostic* mismatch = FindReason(*host, "TOTAL_MISMATCH");
  ASSERT_THAT(mismatch, NotNull());
  EXPECT_EQ(mismatch->expected, "6");
  EXPECT_EQ(mismatch->found, "7");
  EXPECT_EQ(mismatch->locator.line, 6u);
  const RawObservation& total = host->document.observations.back();
  EXPECT_EQ(total.value->mantissa, 7);
  EXPECT_EQ(total.flags, uint32_t{COLLATE_FLAG_TOTAL_MISMATCH});
}

TEST(DiscordTablesTest, LinesOutsideOfTheTablesAreTold) {
  const auto host =
      ReadDocument("discord-2022-q4.csv",
                   std::string(kTwoTables) + "\n,,\nFigures may be revised,,");
  ASSERT_EQ(host->code, COLLATE_CODE_OK) << host->message;
  const ingest::RawDiagnostic* line = FindReason(*host, "LINE_NOT_READ");
  ASSERT_THAT(line, NotNull());
  EXPECT_THAT(line->found, HasSubstr("Figures may be revised"));
  ExpectEveryCellAccountedFor(*host);
}

TEST(DiscordTablesTest, DamageIsReadOrRefused) {
  testing::ExpectDamageIsReadOrRefused("discord-2022-q4.csv", kTwoTables);
}

// ---- The publisher's files -------------------------------------------------

TEST(DiscordFilesTest, ReportsToNcmecAreThoseOfEachEdition) {
  COLLATE_SHARED_FILE(first, "platform/discord/discord-2022-q1.csv");
  const struct {
    const char* edition;
    int64_t media;
    int64_t grooming;
  } kEditions[] = {{"2022-q1", 10641, 54},  {"2022-q2", 21425, 104},
                   {"2022-q4", 11520, 69},  {"2023-q1", 20001, 125},
                   {"2023-q3", 51674, 242}, {"2023-q4", 55638, 317}};
  for (const auto& edition : kEditions) {
    const auto host = ReadPublished(testing::SharedData(
        std::string("platform/discord/discord-") + edition.edition + ".csv"));
    ASSERT_EQ(host->code, COLLATE_CODE_OK) << host->message;
    EXPECT_THAT(
        NumberOf(*host, kNcmec, With("harm", "Media Reports"), edition.edition),
        Optional(edition.media));
    EXPECT_THAT(NumberOf(*host, kNcmec,
                         With("harm", "Grooming or Endangerment Escalations"),
                         edition.edition),
                Optional(edition.grooming));
    EXPECT_EQ(FindReason(*host, "PERIOD_CONFLICT") != nullptr,
              std::string(edition.edition) == "2022-q4");
    // Every printed total is the sum of what it is printed below.
    EXPECT_THAT(FindReason(*host, "TOTAL_MISMATCH"), IsNull())
        << edition.edition << FindReason(*host, "TOTAL_MISMATCH")->found;
  }
}

TEST(DiscordFilesTest, EveryCellOfEveryFileIsAccountedFor) {
  COLLATE_SHARED_FILE(first, "platform/discord/discord-2020-h2.csv");
  size_t files = 0;
  for (const auto& entry : std::filesystem::directory_iterator(
           testing::SharedData("platform/discord"))) {
    ++files;
    const auto host = ReadPublished(entry.path().string());
    ASSERT_EQ(host->code, COLLATE_CODE_OK) << entry.path() << host->message;
    ExpectEveryCellAccountedFor(*host);
    const bool shifted = entry.path().filename() == "discord-2023-q3.csv";
    EXPECT_EQ(host->accounts.at("cells_refused") > 0, shifted) << entry.path();
  }
  EXPECT_EQ(files, 9u);
}

TEST(DiscordFilesTest, TheShiftedColumnRefusesItsTableAlone) {
  COLLATE_SHARED_FILE(path, "platform/discord/discord-2023-q3.csv");
  const auto host = ReadPublished(path);
  ASSERT_EQ(host->code, COLLATE_CODE_OK) << host->message;
  const ingest::RawDiagnostic* fault = FindReason(*host, "NOT_A_FIGURE");
  ASSERT_THAT(fault, NotNull());
  EXPECT_THAT(fault->found, HasSubstr("Accounts Disabled"));
  EXPECT_EQ(fault->locator.line, 22u);
  EXPECT_EQ(fault->locator.column, 2u);
  EXPECT_EQ(host->accounts.at("cells_refused"), 30u);
  // The appeals print the same counts against the right labels.
  EXPECT_THAT(NumberOf(*host, kDisabled, With("harm", "Child Safety")),
              Optional(128153));
  EXPECT_THAT(NumberOf(*host, kDisabled, kWorld), Optional(260461));
  EXPECT_THAT(
      NumberOf(*host, "Government information requests to Discord",
               {{"geography", "United Kingdom"}, {"platform", "Discord"}}),
      Optional(17));
}

TEST(DiscordFilesTest, AMarkAtAColumnsNameIsANote) {
  COLLATE_SHARED_FILE(path, "platform/discord/discord-2023-q4.csv");
  const auto host = ReadPublished(path);
  ASSERT_EQ(host->code, COLLATE_CODE_OK) << host->message;
  const auto rows = RowsOf(
      *host,
      "Government information requests that Discord produced information for",
      {{"geography", "United States"}, {"platform", "Discord"}});
  ASSERT_THAT(rows, SizeIs(1));
  EXPECT_EQ(rows[0]->value->mantissa, 1073);
  EXPECT_THAT(rows[0]->notes, ElementsAre(HasSubstr("'*'")));
  // A title with a line break in it is read.
  EXPECT_THAT(NumberOf(*host, "Emergency requests to Discord", kWorld),
              Optional(203));
}

}  // namespace
}  // namespace collate
