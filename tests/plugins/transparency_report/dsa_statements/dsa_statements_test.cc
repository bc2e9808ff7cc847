// The family of DSA statements of reasons as an adapter, through an exported
// table of its own.

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <map>
#include <set>
#include <string>
#include <utility>
#include <vector>

#include "plugins/sdk/adapter.hpp"
#include "plugins/tabular/source.h"
#include "plugins/transparency_report/dsa_statements/ingest.h"
#include "plugins/transparency_report/dsa_statements/statements.h"
#include "tests/generators/dsa_dump/archive.h"
#include "tests/testing/paths.h"
#include "tests/testing/recording_host.h"

namespace collate {
namespace {

sdk::Description Describe() {
  return {.id = "dsa", .version = "1.0.0", .title = "DSA", .families = {}};
}

}  // namespace
}  // namespace collate

COLLATE_ADAPTER(collate::Describe,
                collate::transparency_report::IngestDsaStatements);

namespace collate {
namespace {

using dsa_dump::DumpBytes;
using dsa_dump::Key;
using dsa_dump::Shape;
using dsa_dump::Truth;
using ingest::RawDiagnostic;
using ingest::RawObservation;
using ::testing::Contains;
using ::testing::ElementsAre;
using ::testing::Field;
using ::testing::HasSubstr;
using ::testing::IsEmpty;
using testing::MemoryDocument;
using ::testing::Not;
using ::testing::Pair;
using testing::RecordingHost;
using ::testing::SizeIs;

constexpr char kName[] = "sor-global-2024-03-14-full.csv";

void ReadInto(RecordingHost& host, const std::string& bytes,
              const std::string& name = kName,
              MemoryDocument::Pairs options = {},
              MemoryDocument::Pairs manifest = {}) {
  MemoryDocument document(name, bytes, std::move(options), std::move(manifest));
  host.Run(collate_adapter_v1(), document);
  EXPECT_THAT(host.breaches, IsEmpty());
}

// Everything that the adapter told anybody.
std::string AllTexts(const RecordingHost& host) {
  std::string all = host.reason + '\n' + host.message + '\n';
  const auto add_place = [&](const ingest::RawLocator& place) {
    all += place.part + '\n' + place.sheet + '\n';
  };
  for (const auto& [what, count] : host.accounts) all += what + '\n';
  for (const auto& table : host.document.tables) {
    all += table.id + '\n' + table.title + '\n' + table.measure + '\n' +
           table.unit + '\n' + table.recipe + '\n';
    for (const auto& [key, value] : table.extent) all += key + value + '\n';
    for (const auto& axis : table.multi_response) all += axis + '\n';
    add_place(table.locator);
  }
  for (const auto& row : host.document.observations) {
    all += row.reporter + row.reporter_code + row.period_text + row.raw +
           row.reason + row.parent + row.level_axis + '\n';
    for (const auto& [key, value] : row.dimensions) all += key + value + '\n';
    for (const auto& note : row.notes) all += note + '\n';
    add_place(row.locator);
  }
  for (const auto& finding : host.document.diagnostics) {
    all += finding.reason + finding.message + finding.expected + finding.found +
           '\n';
    add_place(finding.locator);
  }
  for (const auto& attachment : host.document.attachments) {
    all += attachment.name + attachment.content;
  }
  return all;
}

std::vector<const RawObservation*> RowsOf(const RecordingHost& host,
                                          const std::string& id) {
  std::vector<const RawObservation*> rows;
  for (const RawObservation& row : host.document.observations) {
    if (host.document.tables[row.table].id == id) rows.push_back(&row);
  }
  return rows;
}

std::map<Key, uint64_t> CountsOf(const RecordingHost& host,
                                 const std::string& id,
                                 const std::vector<std::string>& axes) {
  std::map<Key, uint64_t> counts;
  for (const RawObservation* row : RowsOf(host, id)) {
    const std::map<std::string, std::string> labels(row->dimensions.begin(),
                                                    row->dimensions.end());
    EXPECT_EQ(labels.size(), axes.size() + 1);
    Key key = {row->period_text};
    for (const std::string& axis : axes) {
      const std::string& label = labels.at(axis);
      key.push_back(label == "none" || label == "not stated" ? "" : label);
    }
    EXPECT_EQ(counts.count(key), 0u) << "a cell stands twice";
    counts[key] = static_cast<uint64_t>(row->value->mantissa);
  }
  return counts;
}

uint64_t RepeatsOf(const RecordingHost& host, const std::string& reason) {
  uint64_t repeats = 0;
  for (const RawDiagnostic& finding : host.document.diagnostics) {
    if (finding.reason == reason) repeats += finding.repeats;
  }
  return repeats;
}

// One record; cells by column, everything else empty.
std::string Record(const std::string& header, const std::string& uuid,
                   std::map<std::string, std::string> cells) {
  std::string record = uuid;
  cells.emplace("category", "STATEMENT_CATEGORY_VIOLENCE");
  cells.emplace("platform_name", "TikTok");
  cells.emplace("created_at", "\"2024-03-14 10:00:00\"");
  size_t at = header.find(',');
  while (at != std::string::npos) {
    const size_t next = header.find(',', at + 1);
    std::string name =
        header.substr(at + 1, next == std::string::npos ? next : next - at - 1);
    if (name.back() == '\n') name.pop_back();
    record += ',';
    if (const auto cell = cells.find(name); cell != cells.end()) {
      record += cell->second;
    }
    at = next;
  }
  return record + '\n';
}

std::string Uuid(int number) {
  char text[40];
  std::snprintf(text, sizeof text, "00000000-0000-4000-8000-%012d", number);
  return text;
}

TEST(DsaStatementsTest, EveryTableHasTheTruthWithItsLabelsAndItsDay) {
  const dsa_dump::Options options{
      .seed = 21, .records = 4000, .schema = 2, .next_day_every = 1000};
  Truth truth;
  const std::string bytes = DumpBytes(
      options, {.shape = Shape::kZipInZip, .records_per_csv = 1000}, &truth);
  RecordingHost host;
  ReadInto(host, bytes, "sor-global-2024-03-14-full.zip");
  ASSERT_EQ(host.code, COLLATE_CODE_OK) << host.message;

  EXPECT_EQ(
      CountsOf(host, "statements",
               {"platform", "harm", "dsa_source_type", "automated_detection",
                "automated_decision", "account_action"}),
      truth.statements);
  EXPECT_EQ(CountsOf(host, "statements_by_keyword",
                     {"platform", "harm", "dsa_keyword"}),
            truth.by_keyword);
  EXPECT_EQ(CountsOf(host, "restrictions", {"platform", "harm", "restriction"}),
            truth.restrictions);

  ASSERT_THAT(host.document.tables, SizeIs(3));
  for (const ingest::RawTable& table : host.document.tables) {
    EXPECT_EQ(table.measure, "statements of reasons");
    EXPECT_EQ(table.unit, "statements");
    EXPECT_EQ(table.aggregation, ingest::Aggregation::kSum);
    EXPECT_EQ(table.floor, ingest::Floor::kZero);
    EXPECT_EQ(table.repeats, ingest::Repeats::kAdd);
    EXPECT_THAT(table.extent, ElementsAre(Pair("period", "2024-03-14"),
                                          Pair("period", "2024-03-15")));
  }
  EXPECT_EQ(host.document.tables[0].partition, ingest::Partition::kComplete);
  EXPECT_EQ(host.document.tables[1].partition,
            ingest::Partition::kMultiResponse);
  EXPECT_THAT(host.document.tables[1].multi_response,
              ElementsAre("harm", "dsa_keyword"));
  EXPECT_THAT(host.document.tables[1].title, HasSubstr("name a keyword"));
  EXPECT_EQ(host.document.tables[2].partition,
            ingest::Partition::kMultiResponse);
  EXPECT_THAT(host.document.tables[2].multi_response,
              ElementsAre("restriction"));

  uint64_t grooming = 0;
  for (const RawObservation& row : host.document.observations) {
    EXPECT_EQ(row.reporter, "DSA Transparency Database");
    EXPECT_EQ(row.period_end, row.period_begin + 1);
    EXPECT_EQ(row.period_kind, COLLATE_PERIOD_INTERVAL);
    EXPECT_EQ(row.state, vocabulary::State::kReported);
    EXPECT_EQ(row.records, static_cast<uint64_t>(row.value->mantissa));
    EXPECT_EQ(row.locator.byte_end, bytes.size());
    EXPECT_THAT(row.dimensions, Contains(Pair("geography", "EU")));
    const std::map<std::string, std::string> labels(row.dimensions.begin(),
                                                    row.dimensions.end());
    const auto keyword = labels.find("dsa_keyword");
    if (keyword != labels.end() &&
        keyword->second == "KEYWORD_GROOMING_SEXUAL_ENTICEMENT_MINORS" &&
        labels.at("harm") == "STATEMENT_CATEGORY_PROTECTION_OF_MINORS") {
      grooming += row.records;
    }
  }
  uint64_t expected = 0;
  for (const auto& [key, count] : truth.by_keyword) {
    if (key[2] == "STATEMENT_CATEGORY_PROTECTION_OF_MINORS" &&
        key[3] == "KEYWORD_GROOMING_SEXUAL_ENTICEMENT_MINORS") {
      expected += count;
    }
  }
  EXPECT_GT(grooming, 0u);
  EXPECT_EQ(grooming, expected);

  EXPECT_EQ(RepeatsOf(host, "DAY_NOT_IN_NAME"), 4u);
  EXPECT_EQ(host.accounts["rows_read"], 4000u);
  EXPECT_EQ(host.accounts["rows_observed"], 4000u);
  EXPECT_EQ(host.accounts["rows_lost"], 0u);
  EXPECT_EQ(host.accounts["rows_duplicate"], 0u);
  EXPECT_EQ(host.accounts["parts_read"], 4u);
}

TEST(DsaStatementsTest, AStatementCountsOnceInEachCategoryAndKeyword) {
  const std::string header = dsa_dump::Dump({}).Header();
  const std::string bytes =
      header +
      Record(header, Uuid(1),
             {{"category_addition",
               "\"[\"\"STATEMENT_CATEGORY_VIOLENCE\"\","
               "\"\"STATEMENT_CATEGORY_PROTECTION_OF_MINORS\"\"]\""},
              {"category_specification",
               "\"[\"\"KEYWORD_B\"\",\"\"KEYWORD_A\"\",\"\"KEYWORD_B\"\"]\""},
              {"decision_visibility",
               "\"[\"\"DECISION_VISIBILITY_CONTENT_REMOVED\"\"]\""},
              {"decision_account", "DECISION_ACCOUNT_SUSPENDED"},
              {"automated_detection", "Yes"}}) +
      Record(header, Uuid(2), {});
  RecordingHost host;
  ReadInto(host, bytes);
  ASSERT_EQ(host.code, COLLATE_CODE_OK) << host.message;
  EXPECT_THAT(
      CountsOf(host, "statements_by_keyword",
               {"platform", "harm", "dsa_keyword"}),
      ElementsAre(
          Pair(Key{"2024-03-14", "TikTok",
                   "STATEMENT_CATEGORY_PROTECTION_OF_MINORS", "KEYWORD_A"},
               1u),
          Pair(Key{"2024-03-14", "TikTok",
                   "STATEMENT_CATEGORY_PROTECTION_OF_MINORS", "KEYWORD_B"},
               1u),
          Pair(Key{"2024-03-14", "TikTok", "STATEMENT_CATEGORY_VIOLENCE",
                   "KEYWORD_A"},
               1u),
          Pair(Key{"2024-03-14", "TikTok", "STATEMENT_CATEGORY_VIOLENCE",
                   "KEYWORD_B"},
               1u)));
  EXPECT_THAT(
      CountsOf(host, "restrictions", {"platform", "harm", "restriction"}),
      ElementsAre(
          Pair(Key{"2024-03-14", "TikTok", "STATEMENT_CATEGORY_VIOLENCE",
                   "DECISION_ACCOUNT_SUSPENDED"},
               1u),
          Pair(Key{"2024-03-14", "TikTok", "STATEMENT_CATEGORY_VIOLENCE",
                   "DECISION_VISIBILITY_CONTENT_REMOVED"},
               1u)));
  // Empty cells have one label each.
  const auto rows = RowsOf(host, "statements");
  ASSERT_THAT(rows, SizeIs(2));
  EXPECT_THAT(rows[0]->dimensions,
              ElementsAre(Pair("account_action", "none"),
                          Pair("automated_decision", "not stated"),
                          Pair("automated_detection", "not stated"),
                          Pair("dsa_source_type", "not stated"),
                          Pair("geography", "EU"),
                          Pair("harm", "STATEMENT_CATEGORY_VIOLENCE"),
                          Pair("platform", "TikTok")));
}

TEST(DsaStatementsTest, NothingOfARecordIsToldButItsCodes) {
  const std::string header = dsa_dump::Dump({.schema = 2}).Header();
  const std::set<std::string> counted = {"uuid",
                                         "decision_visibility",
                                         "decision_monetary",
                                         "decision_provision",
                                         "decision_account",
                                         "category",
                                         "category_addition",
                                         "category_specification",
                                         "source_type",
                                         "automated_detection",
                                         "automated_decision",
                                         "platform_name",
                                         "created_at"};
  std::map<std::string, std::string> canaries;
  std::vector<std::string> columns;
  for (size_t at = 0; at < header.size();) {
    const size_t end = header.find_first_of(",\n", at);
    columns.push_back(header.substr(at, end - at));
    if (counted.count(columns.back()) == 0) {
      canaries[columns.back()] = "\"canary in " + columns.back() + "\"";
    }
    at = end + 1;
  }
  ASSERT_EQ(canaries.size(), columns.size() - counted.size());
  canaries["platform_uid"] = "canary_uid";
  std::string bytes = header + Record(header, Uuid(1234567), canaries) +
                      Record(header, Uuid(1234567), canaries);
  int number = 0;
  // Damage of every kind, canaries in the cells that are counted too.
  for (const auto& [column, cell] :
       std::vector<std::pair<std::string, std::string>>{
           {"category", "canary"},
           {"category", "STATEMENT_CATEGORY_canary"},
           {"category_specification", "\"[\"\"canary\"\"]\""},
           {"automated_detection", "canary"},
           {"decision_account", "\"canary one\""},
           {"source_type", "canary@example.org"},
           {"created_at", "\"canary 10:00:00\""},
           {"platform_name", "\"canary\x01\""},
           {"decision_facts", "\"canary\xFF\""},
           {"decision_facts", "canary\"canary"},
           {"decision_facts", "canary,canary"},
           {"decision_facts", "\"canary"}}) {
    auto cells = canaries;
    cells[column] = cell;
    bytes += Record(header, Uuid(7654000 + ++number), cells);
    bytes += Record(header, Uuid(1234000 + number), canaries);
  }
  bytes += "canary,canary\n" + Record(header, Uuid(1), canaries) + Uuid(2) +
           ",\"canary";
  RecordingHost host;
  ReadInto(host, bytes);
  ASSERT_EQ(host.code, COLLATE_CODE_OK) << host.message;
  EXPECT_EQ(host.accounts["rows_lost"], 14u);
  EXPECT_EQ(host.accounts["rows_duplicate"], 1u);
  EXPECT_EQ(host.accounts["rows_observed"], 14u);
  const std::string all = AllTexts(host);
  EXPECT_THAT(all, Not(HasSubstr("canary")));
  EXPECT_THAT(all, Not(HasSubstr("1234")));
  EXPECT_THAT(all, Not(HasSubstr("7654")));

  // Refusals tell nothing of it, either.
  for (const std::string& refused :
       {Record(header, Uuid(7654321), canaries), std::string("canary,uuid\n"),
        header + "canary\n" + Uuid(7654321) + ",canary",
        std::string("uuid,decision_visibility\n") + "canary"}) {
    RecordingHost refusing;
    ReadInto(refusing, refused);
    EXPECT_NE(refusing.code, COLLATE_CODE_OK);
    EXPECT_THAT(AllTexts(refusing), Not(HasSubstr("canary")));
    EXPECT_THAT(AllTexts(refusing), Not(HasSubstr("7654321")));
  }
}

TEST(DsaStatementsTest, DamageIsCountedAndTheFirstOfItLocated) {
  Truth truth;
  const std::string bytes = DumpBytes(
      {.seed = 2, .records = 900, .duplicate_every = 50, .damage_every = 20},
      {.shape = Shape::kCsv}, &truth);
  RecordingHost host;
  ReadInto(host, bytes);
  ASSERT_EQ(host.code, COLLATE_CODE_OK) << host.message;
  EXPECT_EQ(host.accounts["rows_lost"], truth.lost);
  EXPECT_EQ(RepeatsOf(host, "ROWS_DAMAGED"), truth.lost);
  EXPECT_EQ(RepeatsOf(host, "DUPLICATE_ROWS"), truth.duplicates);
  size_t located = 0;
  for (const RawDiagnostic& finding : host.document.diagnostics) {
    if (finding.reason != "ROWS_DAMAGED") continue;
    EXPECT_EQ(finding.severity, ingest::Severity::kWarning);
    if (finding.locator.line > 0) ++located;
  }
  EXPECT_EQ(located, 20u);
}

TEST(DsaStatementsTest, APublishedTotalThatDiffersIsReportedOnly) {
  Truth truth;
  const std::string bytes = DumpBytes({.records = 100, .duplicate_every = 10},
                                      {.shape = Shape::kCsv}, &truth);
  for (const bool option : {true, false}) {
    const MemoryDocument::Pairs stated = {{"published_rows", "97"}};
    RecordingHost host;
    ReadInto(host, bytes, kName, option ? stated : MemoryDocument::Pairs(),
             option ? MemoryDocument::Pairs() : stated);
    ASSERT_EQ(host.code, COLLATE_CODE_OK);
    EXPECT_THAT(host.document.diagnostics,
                Contains(Field(&RawDiagnostic::message,
                               HasSubstr("states 97 rows and the file has "
                                         "100: 90 counted, 10 that stand "
                                         "twice"))));
  }
  RecordingHost same;
  ReadInto(same, bytes, kName, {{"published_rows", "100"}});
  EXPECT_EQ(RepeatsOf(same, "PUBLISHED_TOTAL_DIFFERS"), 0u);
  RecordingHost wrong;
  ReadInto(wrong, bytes, kName, {{"published_rows", "many"}});
  EXPECT_EQ(wrong.reason, "INVALID_PUBLISHED_ROWS");
}

TEST(DsaStatementsTest, UnknownCodesAreKeptAsWrittenAndReportedOnceEach) {
  const std::string header = dsa_dump::Dump({}).Header();
  std::string bytes = header;
  for (int i = 0; i < 5; ++i) {
    bytes += Record(header, Uuid(i),
                    {{"category", "STATEMENT_CATEGORY_OF_TOMORROW"},
                     {"source_type", "SOURCE_VOLUNTARY"}});
  }
  RecordingHost host;
  ReadInto(host, bytes);
  ASSERT_EQ(host.code, COLLATE_CODE_OK) << host.message;
  ASSERT_THAT(host.document.diagnostics, SizeIs(1));
  EXPECT_EQ(host.document.diagnostics[0].reason, "UNKNOWN_CODE");
  EXPECT_EQ(host.document.diagnostics[0].found,
            "STATEMENT_CATEGORY_OF_TOMORROW");
  EXPECT_EQ(host.document.diagnostics[0].repeats, 5u);
}

TEST(DsaStatementsTest, HeadersAreReadByNameOrRefused) {
  const std::string header = dsa_dump::Dump({}).Header();
  const auto refusal = [](const std::string& line) {
    RecordingHost host;
    ReadInto(host, line);
    EXPECT_NE(host.code, COLLATE_CODE_OK);
    return std::make_pair(host.reason, host.message);
  };
  const auto without = [&](std::string line, const std::string& column) {
    line.erase(line.find(column), column.size() + 1);
    return line;
  };
  const auto missing =
      refusal(without(without(header, "category"), "source_type"));
  EXPECT_EQ(missing.first, "MISSING_COLUMN");
  EXPECT_THAT(missing.second, HasSubstr("category, source_type"));
  EXPECT_EQ(refusal("uuid,of_tomorrow," + header.substr(5)).first,
            "UNKNOWN_COLUMN");
  EXPECT_EQ(refusal("uuid,category," + header.substr(5)).first,
            "REPEATED_COLUMN");
  EXPECT_EQ(refusal("category,uuid\n").first, "MISSING_HEADER");
  EXPECT_EQ(refusal("").first, "MISSING_HEADER");
  EXPECT_EQ(refusal(header).first, "NO_ROWS");
  EXPECT_EQ(refusal(header + "nothing that is a record\n").first,
            "NOTHING_READABLE");

  // Columns in another order.
  const std::string other =
      "uuid,created_at,platform_name,automated_decision,automated_detection,"
      "source_type,category_specification,category_addition,category,"
      "decision_account,decision_provision,decision_monetary,"
      "decision_visibility\n";
  RecordingHost host;
  std::string record = Record(other, Uuid(1), {});
  record.insert(record.size() - 1, "\r");  // behind an empty cell
  ReadInto(host, other + record);
  ASSERT_EQ(host.code, COLLATE_CODE_OK) << host.message;
  EXPECT_EQ(host.accounts["rows_observed"], 1u);
  EXPECT_EQ(host.accounts["rows_lost"], 0u);
}

TEST(DsaStatementsTest, AReadingEndsWhenNobodyWaitsOrBytesCannotBeHad) {
  const std::string bytes =
      DumpBytes({.records = 1000}, {.shape = Shape::kCsv}, nullptr);
  RecordingHost cancelled;
  cancelled.cancelled = true;
  ReadInto(cancelled, bytes);
  EXPECT_EQ(cancelled.code, COLLATE_CODE_CANCELLED);

  RecordingHost failing;
  MemoryDocument document(kName, bytes);
  document.FailReadsFrom(300'000);
  failing.Run(collate_adapter_v1(), document);
  EXPECT_EQ(failing.code, COLLATE_CODE_DATA_LOSS);
  EXPECT_EQ(failing.reason, "DOCUMENT_UNREADABLE");
}

TEST(DsaStatementsTest, AnExcerptOfTheDatabaseIsCounted) {
  COLLATE_SHARED_FILE(
      path,
      "platform/dsa-sor/sor-global-2024-03-14-full-00000-00000.EXCERPT.csv");
  const std::string bytes = testing::ReadFile(path);
  tabular::MemorySource source(bytes);
  EXPECT_TRUE(transparency_report::dsa::IsStatements(source));
  RecordingHost host;
  ReadInto(host, bytes, "sor-global-2024-03-14-full-00000-00000.EXCERPT.csv");
  ASSERT_EQ(host.code, COLLATE_CODE_OK) << host.message;
  EXPECT_EQ(host.accounts["rows_read"], 5u);
  EXPECT_EQ(host.accounts["rows_observed"], 4u);
  EXPECT_EQ(host.accounts["rows_duplicate"], 1u);
  EXPECT_EQ(host.accounts["rows_lost"], 0u);
  std::map<std::string, uint64_t> by_harm;
  for (const auto& [key, count] :
       CountsOf(host, "statements",
                {"platform", "harm", "dsa_source_type", "automated_detection",
                 "automated_decision", "account_action"})) {
    by_harm[key[1] + ' ' + key[2]] += count;
  }
  // Four rows in the file, of which two are one statement.
  EXPECT_THAT(
      by_harm,
      ElementsAre(
          Pair("Pinterest STATEMENT_CATEGORY_PORNOGRAPHY_OR_SEXUALIZED_CONTENT",
               1u),
          Pair("TikTok STATEMENT_CATEGORY_PROTECTION_OF_MINORS", 3u)));
}

TEST(DsaStatementsTest, ADumpIsKnownByItsFirstBytes) {
  using transparency_report::dsa::IsStatements;
  for (const Shape shape : {Shape::kCsv, Shape::kZipOfCsv, Shape::kZipInZip}) {
    const std::string bytes =
        DumpBytes({.records = 3}, {.shape = shape}, nullptr);
    tabular::MemorySource source(bytes);
    EXPECT_TRUE(IsStatements(source));
  }
  for (const std::string& bytes :
       {std::string("Force Name,Year\n"), std::string("PK\x03\x04"),
        std::string(), std::string("uuid,name\n")}) {
    tabular::MemorySource source(bytes);
    EXPECT_FALSE(IsStatements(source));
  }
}

}  // namespace
}  // namespace collate
