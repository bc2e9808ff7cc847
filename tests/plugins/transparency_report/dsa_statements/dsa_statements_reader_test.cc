// The counting of statements of reasons without an adapter around it. All
// dumps are synthetic; tests/generators/dsa_dump says what is in them.

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <algorithm>
#include <map>
#include <random>
#include <set>
#include <string>
#include <string_view>
#include <tuple>
#include <vector>

#include "plugins/transparency_report/dsa_statements/cells.h"
#include "plugins/transparency_report/dsa_statements/statements.h"
#include "tests/generators/dsa_dump/archive.h"

namespace collate::transparency_report::dsa {
namespace {

using dsa_dump::DumpBytes;
using dsa_dump::Key;
using dsa_dump::Options;
using dsa_dump::Packing;
using dsa_dump::Shape;
using dsa_dump::Truth;
using ::testing::ElementsAre;
using ::testing::IsEmpty;
using ::testing::SizeIs;

constexpr Axis kStatementAxes[] = {kDayAxis,    kPlatformAxis,  kHarmAxis,
                                   kSourceAxis, kDetectionAxis, kDecisionAxis,
                                   kAccountAxis};
constexpr Axis kKeywordAxes[] = {kDayAxis, kPlatformAxis, kHarmAxis,
                                 kKeywordAxis};
constexpr Axis kRestrictionAxes[] = {kDayAxis, kPlatformAxis, kHarmAxis,
                                     kRestrictionAxis};

struct Counted {
  std::string reason;  // of a refusal
  tabular::Error error;
  std::map<Key, uint64_t> statements, by_keyword, restrictions;
  uint64_t counted = 0;
  Losses losses;
  ReadTotals totals;
};

struct How {
  Isa isa = Isa::kPortable;
  uint64_t max_cells = 1'000'000;
  InflateLimits limits;
};

Counted CountBytes(const std::string& bytes, const How& how = {}) {
  Counted result;
  Counter counter(how.isa, how.max_cells);
  tabular::MemorySource source(bytes);
  const tabular::Status status =
      ReadStatements(source, {.limits = how.limits, .isa = how.isa}, counter,
                     result.losses, &result.totals);
  if (!status.ok()) {
    result.reason = status.error().reason;
    result.error = status.error();
    return result;
  }
  result.counted = counter.counted();
  const auto collect = [&](Output output, const auto& axes,
                           std::map<Key, uint64_t>* to) {
    counter.ForEach(output, [&](const CellLabels& cell, uint64_t count) {
      Key key;
      for (const Axis axis : axes) {
        key.push_back(counter.labels(axis).text(cell[axis]));
      }
      (*to)[key] += count;
    });
  };
  collect(Output::kStatements, kStatementAxes, &result.statements);
  collect(Output::kByKeyword, kKeywordAxes, &result.by_keyword);
  collect(Output::kRestrictions, kRestrictionAxes, &result.restrictions);
  return result;
}

void ExpectTruth(const Counted& got, const Truth& truth) {
  EXPECT_EQ(got.reason, "");
  EXPECT_EQ(got.counted, truth.counted);
  EXPECT_EQ(got.losses.records_lost, truth.lost);
  EXPECT_EQ(got.losses.records_twice, truth.duplicates);
  EXPECT_EQ(got.statements, truth.statements);
  EXPECT_EQ(got.by_keyword, truth.by_keyword);
  EXPECT_EQ(got.restrictions, truth.restrictions);
}

std::vector<Isa> Isas() {
  std::vector<Isa> isas;
  for (const Isa isa : {Isa::kPortable, Isa::kAvx2, Isa::kAvx512}) {
    if (IsSupported(isa)) isas.push_back(isa);
  }
  return isas;
}

// ---- The scan --------------------------------------------------------------

// What scan.h promises, byte by byte.
struct Expected {
  std::vector<uint32_t> ends;
  std::vector<std::tuple<uint32_t, uint32_t, bool>> records;
  size_t suspect = 0;
};

Expected ScanSlowly(std::string_view text) {
  Expected out;
  out.suspect = text.size();
  bool quoted = false;
  bool may_open = true;
  bool closed = false;
  bool ascii = true;
  uint32_t lines = 0;
  for (uint32_t i = 0; i < text.size(); ++i) {
    const char c = text[i];
    const bool quote = c == '"';
    const bool is_break = !quoted && (c == ',' || c == '\n');
    if ((closed && !quote && !is_break) || (quote && !quoted && !may_open)) {
      out.suspect = i;
      break;
    }
    if (static_cast<unsigned char>(c) >= 0x80) ascii = false;
    if (c == '\n') ++lines;
    closed = quote && quoted;
    may_open = is_break || closed;
    if (quote) quoted = !quoted;
    if (!is_break) continue;
    out.ends.push_back(i);
    if (c == '\n') {
      out.records.emplace_back(static_cast<uint32_t>(out.ends.size()), lines,
                               ascii);
      ascii = true;
    }
  }
  return out;
}

void ExpectScan(const std::string& text) {
  const Expected expected = ScanSlowly(text);
  // What lies behind the text must not matter.
  const std::string padded = text + std::string(kScanPadding, '"');
  for (const Isa isa : Isas()) {
    Scanned scanned;
    Scan(isa, padded.data(), text.size(), &scanned);
    EXPECT_EQ(scanned.suspect, expected.suspect) << text;
    EXPECT_EQ(std::vector<uint32_t>(scanned.ends.begin(),
                                    scanned.ends.begin() + scanned.end_count),
              expected.ends)
        << text;
    std::vector<std::tuple<uint32_t, uint32_t, bool>> records;
    for (size_t i = 0; i < scanned.record_count; ++i) {
      const RecordEnd& record = scanned.records[i];
      records.emplace_back(record.fields, record.lines, record.ascii);
    }
    EXPECT_EQ(records, expected.records) << text;
  }
}

TEST(DsaScanTest, EveryInstructionSetFindsWhatTheBytesSay) {
  ExpectScan("");
  ExpectScan("a,b\n");
  ExpectScan("\"a,\nb\"\"\",\"\"\n,\n");
  std::mt19937 random(7);
  // Few quotes, so that most texts are well-formed for a while.
  const std::string alphabet = "\"\"\",,,\n\nabcdef\x80\xE9";
  for (int round = 0; round < 4000; ++round) {
    std::string text(random() % 300, 'x');
    for (char& c : text) {
      if (random() % 3 == 0) c = alphabet[random() % alphabet.size()];
    }
    ExpectScan(text);
    // Whole cells in quotes.
    text.clear();
    while (text.size() < 200) {
      text += '"' + std::string(random() % 90, random() % 2 ? ',' : '\n') +
              (random() % 2 ? "\"\"" : "") + '"';
      text += random() % 3 ? ',' : '\n';
    }
    ExpectScan(text);
  }
}

TEST(DsaScanTest, Utf8IsWhatUnicodeSaysOnEveryInstructionSet) {
  const std::string good[] = {"",
                              "plain",
                              "\xC3\xA9",
                              "\xE2\x82\xAC",
                              "\xF0\x9F\x98\x80",
                              "\xEF\xBF\xBF",
                              "\xED\x9F\xBF",
                              "\xF4\x8F\xBF\xBF"};
  const std::string bad[] = {"\x80",
                             "\xC0\xAF",
                             "\xC1\xBF",
                             "\xE0\x9F\xBF",
                             "\xED\xA0\x80",
                             "\xF0\x8F\xBF\xBF",
                             "\xF4\x90\x80\x80",
                             "\xF5\x80\x80\x80",
                             "\xFF",
                             "\xC3",
                             "\xE2\x82",
                             "\xF0\x9F\x98",
                             "\xC3\x41",
                             std::string("\0", 1)};
  for (const Isa isa : Isas()) {
    for (size_t before = 0; before < 70; ++before) {
      for (const auto& [texts, is_good] :
           {std::pair(
                std::vector<std::string>(std::begin(good), std::end(good)),
                true),
            std::pair(std::vector<std::string>(std::begin(bad), std::end(bad)),
                      false)}) {
        for (const std::string& middle : texts) {
          for (const size_t after : {size_t{0}, size_t{1}, size_t{40}}) {
            const std::string text =
                std::string(before, 'a') + middle + std::string(after, 'b');
            const std::string padded = text + std::string(kScanPadding, '\xBF');
            EXPECT_EQ(IsUtf8(isa, padded.data(), text.size()), is_good)
                << before << ' ' << after << ' ' << middle.size();
          }
        }
      }
    }
  }
}

// ---- Whole dumps -----------------------------------------------------------

TEST(DsaCountTest, EveryPackingSchemaAndInstructionSetGivesTheTruth) {
  for (const int schema : {1, 2}) {
    for (const bool light : {false, true}) {
      const Options options{.seed = 3,
                            .records = 3000,
                            .schema = schema,
                            .light = light,
                            .duplicate_every = 97,
                            .next_day_every = 500};
      for (const Shape shape : {Shape::kCsv, Shape::kZipOfCsv, Shape::kZipInZip,
                                Shape::kZipInZipPacked}) {
        for (const bool streamed : {false, true}) {
          for (const int level : {0, 6}) {
            // What is stored must say its size before.
            if (streamed && (level == 0 || shape == Shape::kZipInZip)) continue;
            const Packing packing{.shape = shape,
                                  .records_per_csv = 700,
                                  .csvs_per_zip = 3,
                                  .level = level,
                                  .streamed = streamed,
                                  .folder = streamed ? "a/b/" : ""};
            Truth truth;
            const std::string bytes = DumpBytes(options, packing, &truth);
            for (const Isa isa : Isas()) {
              const Counted got = CountBytes(bytes, {.isa = isa});
              SCOPED_TRACE(::testing::Message()
                           << "schema " << schema << " light " << light
                           << " shape " << static_cast<int>(shape)
                           << " streamed " << streamed << " level " << level);
              EXPECT_EQ(got.totals.parts, shape == Shape::kCsv ? 1u : 5u);
              EXPECT_THAT(got.losses.archive, IsEmpty());
              // A record and its duplicate may stand in two parts.
              if (shape == Shape::kCsv) {
                ExpectTruth(got, truth);
              } else {
                EXPECT_EQ(got.counted + got.losses.records_twice, 3000u);
                EXPECT_EQ(got.losses.records_lost, 0u);
              }
            }
          }
        }
      }
    }
  }
}

TEST(DsaCountTest, PartsWithoutDuplicatesAddUp) {
  const Options options{.seed = 11, .records = 2500};
  for (const Shape shape : {Shape::kZipOfCsv, Shape::kZipInZip}) {
    Truth truth;
    const std::string bytes = DumpBytes(
        options, {.shape = shape, .records_per_csv = 300, .csvs_per_zip = 4},
        &truth);
    ExpectTruth(CountBytes(bytes), truth);
  }
}

TEST(DsaCountTest, DuplicatesAreSoughtInAllTextsOfAPart) {
  const Options options{.seed = 13, .records = 2000, .duplicate_every = 10};
  for (const Shape shape : {Shape::kZipInZip, Shape::kZipInZipPacked}) {
    Truth truth;
    const std::string bytes = DumpBytes(
        options, {.shape = shape, .records_per_csv = 9, .csvs_per_zip = 1000},
        &truth);
    ASSERT_EQ(truth.duplicates, 200u);
    ExpectTruth(CountBytes(bytes), truth);
  }
}

TEST(DsaCountTest, DamageCostsTheRecordsThatItIsIn) {
  for (const Isa isa : Isas()) {
    for (uint64_t seed = 1; seed <= 4; ++seed) {
      Truth truth;
      const std::string bytes =
          DumpBytes({.seed = seed, .records = 4000, .damage_every = 9},
                    {.shape = Shape::kCsv}, &truth);
      ASSERT_GT(truth.lost, 400u);
      const Counted got = CountBytes(bytes, {.isa = isa});
      ExpectTruth(got, truth);
      EXPECT_THAT(got.losses.located, SizeIs(Losses::kLocated));
      uint64_t end = 0;
      for (const Loss& loss : got.losses.located) {
        // Where it says: a line that begins as a record does.
        EXPECT_GE(loss.begin, end);
        end = loss.end;
        ASSERT_LT(loss.end, bytes.size());
        EXPECT_EQ(bytes[loss.begin - 1], '\n');
        EXPECT_EQ(
            static_cast<uint64_t>(std::count(
                bytes.begin(),
                bytes.begin() + static_cast<ptrdiff_t>(loss.begin), '\n')),
            loss.line - 1);
      }
    }
  }
}

TEST(DsaCountTest, AnyBytesThatChangeCostNoMoreThanTheirRecords) {
  Truth truth;
  const std::string whole =
      DumpBytes({.seed = 5, .records = 1500}, {.shape = Shape::kCsv}, &truth);
  const size_t header = whole.find('\n') + 1;
  std::mt19937 random(23);
  for (int round = 0; round < 60; ++round) {
    std::string bytes = whole;
    const int flips = 1 + static_cast<int>(random() % 20);
    for (int i = 0; i < flips; ++i) {
      bytes[header + random() % (bytes.size() - header)] =
          static_cast<char>(random());
    }
    const Counted got = CountBytes(bytes, {.isa = BestIsa()});
    ASSERT_EQ(got.reason, "");
    // A line feed that is lost, or made, concerns two records.
    EXPECT_GE(got.counted + 2 * static_cast<uint64_t>(flips), truth.counted);
    EXPECT_LE(got.counted + got.losses.records_lost, truth.counted + 20);
    EXPECT_GE(got.counted + got.losses.records_lost + got.losses.records_twice +
                  static_cast<uint64_t>(flips),
              truth.counted);
    uint64_t differ = 0;
    for (const auto& [key, count] : truth.statements) {
      const auto at = got.statements.find(key);
      const uint64_t have = at == got.statements.end() ? 0 : at->second;
      differ += have > count ? have - count : count - have;
    }
    EXPECT_LE(differ, 4 * static_cast<uint64_t>(flips));
  }
}

TEST(DsaCountTest, ARecordWithoutAnEndIsGivenUpAndTheNextOneFound) {
  const std::string header = dsa_dump::Dump({}).Header();
  std::string good;
  Truth truth;
  {
    dsa_dump::Dump dump({.seed = 9, .records = 20});
    while (dump.Append(&good)) continue;
    truth = dump.TruthSoFar();
  }
  // Three megabytes in one pair of quotes that never closes.
  const std::string endless = "00000000-0000-4000-8000-000000000000,\"" +
                              std::string(3 << 20, 'x') + "\n";
  const Counted got = CountBytes(header + endless + good, {.isa = BestIsa()});
  EXPECT_EQ(got.statements, truth.statements);
  ASSERT_THAT(got.losses.located, SizeIs(1));
  EXPECT_EQ(got.losses.records_lost, 1u);
  EXPECT_EQ(got.losses.located[0].fault, Fault::kTooLong);
  EXPECT_EQ(got.losses.located[0].line, 2u);
  EXPECT_EQ(got.losses.located[0].begin, header.size());
  EXPECT_EQ(got.losses.located[0].end, header.size() + endless.size());
}

TEST(DsaCountTest, LineEndsOfOtherSystemsAndAMissingLastOneAreRead) {
  Truth truth;
  const std::string feeds =
      DumpBytes({.seed = 2, .records = 400}, {.shape = Shape::kCsv}, &truth);
  std::string returns;
  for (size_t i = 0; i < feeds.size(); ++i) {
    // Not those within texts.
    if (feeds[i] == '\n' && (i < 1000 || feeds[i - 1] == '"') &&
        i + 1 != feeds.size()) {
      returns += '\r';
    }
    returns += feeds[i];
  }
  ExpectTruth(CountBytes(returns), truth);
  ExpectTruth(CountBytes("\xEF\xBB\xBF" + feeds), truth);
  ExpectTruth(CountBytes(feeds.substr(0, feeds.size() - 1)), truth);
}

// ---- Archives --------------------------------------------------------------

TEST(DsaArchiveTest, AnArchiveThatIsCutShortIsReadAsFarAsItGoes) {
  const Options options{.seed = 4, .records = 2000};
  for (const Shape shape :
       {Shape::kZipOfCsv, Shape::kZipInZip, Shape::kZipInZipPacked}) {
    Truth truth;
    const std::string bytes = DumpBytes(
        options, {.shape = shape, .records_per_csv = 400, .csvs_per_zip = 2},
        &truth);
    uint64_t before = 0;
    for (size_t i = 1; i <= 40; ++i) {
      const std::string cut = bytes.substr(0, bytes.size() * i / 41);
      const Counted got = CountBytes(cut);
      ASSERT_EQ(got.reason, "") << i;
      EXPECT_GE(got.losses.archive_findings, 1u) << i;
      EXPECT_EQ(got.losses.archive.back().fault, ArchiveFault::kTruncated);
      EXPECT_LE(got.losses.records_lost, 1u);
      EXPECT_GE(got.counted, before);
      EXPECT_LT(got.counted, truth.counted);
      before = got.counted;
      for (const auto& [key, count] : got.statements) {
        ASSERT_EQ(truth.statements.count(key), 1u);
        EXPECT_LE(count, truth.statements.at(key));
      }
    }
    EXPECT_GT(before, truth.counted / 2);
  }
}

TEST(DsaArchiveTest, AMemberThatCannotBeInflatedCostsItsOwnRecordsOnly) {
  const Options options{.seed = 6, .records = 1200};
  const Packing packing{
      .shape = Shape::kZipInZip, .records_per_csv = 400, .csvs_per_zip = 1};
  Truth truth;
  std::string bytes = DumpBytes(options, packing, &truth);
  // In the middle of the second inner archive.
  bytes.replace(bytes.size() / 2, 40, std::string(40, '\xFF'));
  const Counted got = CountBytes(bytes);
  ASSERT_EQ(got.reason, "");
  EXPECT_GE(got.counted, 800u);
  EXPECT_LT(got.counted, 1200u);
  ASSERT_GE(got.losses.archive.size(), 1u);
  EXPECT_EQ(got.losses.archive[0].part,
            "sor-global-2024-03-14-full-00001.csv.zip/"
            "sor-global-2024-03-14-full-00001-00000.csv");
}

TEST(DsaArchiveTest, AWrongChecksumIsToldAndTheRecordsAreKept) {
  const Options options{.seed = 6, .records = 300};
  const Packing packing{.shape = Shape::kZipOfCsv, .level = 0};
  Truth truth;
  std::string bytes = DumpBytes(options, packing, &truth);
  // A letter of a text, in what is stored as it is.
  const size_t at = bytes.find("own-initiative");
  const size_t other = bytes.find("of our team");
  ASSERT_TRUE(at != std::string::npos || other != std::string::npos);
  bytes[at != std::string::npos ? at : other] = 'X';
  const Counted got = CountBytes(bytes);
  EXPECT_EQ(got.counted, 300u);
  EXPECT_EQ(got.statements, truth.statements);
  ASSERT_THAT(got.losses.archive, SizeIs(1));
  EXPECT_EQ(got.losses.archive[0].fault, ArchiveFault::kChecksum);
  EXPECT_EQ(got.losses.archive[0].records, 300u);
}

std::string ZipOf(const std::vector<std::pair<std::string, std::string>>& all,
                  int level = 6) {
  std::string bytes;
  dsa_dump::ZipWriter zip([&](std::string_view piece) { bytes += piece; },
                          false);
  for (const auto& [name, content] : all) zip.Add(name, content, level);
  zip.Finish();
  return bytes;
}

TEST(DsaArchiveTest, MembersAreReadByTheEndOfTheirNames) {
  Truth truth;
  const std::string csv =
      DumpBytes({.seed = 8, .records = 50}, {.shape = Shape::kCsv}, &truth);
  const std::string inner = ZipOf({{"x/deep/one.CSV", csv},
                                   {"x/._one.csv", "not text"},
                                   {"x/two.csv.zip", ZipOf({{"a.csv", csv}})}});
  const Counted got =
      CountBytes(ZipOf({{"readme.txt", "hello"}, {"data/one.csv.zip", inner}}));
  ASSERT_EQ(got.reason, "");
  EXPECT_EQ(got.statements, truth.statements);
  // Archives are opened at two levels, no more.
  EXPECT_EQ(got.losses.members_not_read, 3u);
  EXPECT_EQ(got.losses.first_not_read, "readme.txt");
  EXPECT_EQ(CountBytes(ZipOf({{"readme.txt", "hello"}})).reason,
            "NOTHING_TO_READ");
}

TEST(DsaArchiveTest, TwoAccountsOfTheMembersAreRefused) {
  const std::string csv =
      DumpBytes({.records = 50}, {.shape = Shape::kCsv}, nullptr);
  std::string inner = ZipOf({{"one.csv", csv}});
  // The directory of the inner archive names another file.
  const size_t at = inner.rfind("one.csv");
  inner.replace(at, 3, "two");
  EXPECT_EQ(CountBytes(ZipOf({{"a.csv.zip", inner}})).reason,
            "ZIP_INCONSISTENT");
}

TEST(DsaArchiveTest, WhatInflatesBeyondItsLimitsIsRefused) {
  Truth truth;
  const std::string csv =
      DumpBytes({.records = 20'000}, {.shape = Shape::kCsv}, &truth);
  const std::string zip = ZipOf({{"a.csv.zip", ZipOf({{"a.csv", csv}})}}, 6);
  How how;
  how.limits.csv_bytes = 1'000'000;
  EXPECT_EQ(CountBytes(zip, how).reason, "BYTE_LIMIT");
  how.limits = {};
  how.limits.ratio = 5;
  EXPECT_EQ(CountBytes(zip, how).reason, "ZIP_RATIO_LIMIT");
  how.limits = {};
  how.limits.entries = 1;
  EXPECT_EQ(CountBytes(zip, how).reason, "ZIP_ENTRY_LIMIT");
  how.limits = {};
  how.limits.archive_bytes = 1000;
  how.limits.csv_bytes = 1000;
  EXPECT_EQ(CountBytes(zip, how).reason, "BYTE_LIMIT");
}

TEST(DsaCountTest, MoreCellsThanAllowedAreRefused) {
  const std::string csv =
      DumpBytes({.records = 5000}, {.shape = Shape::kCsv}, nullptr);
  const Counted got = CountBytes(csv, {.max_cells = 10});
  EXPECT_EQ(got.reason, "CELL_LIMIT");
  EXPECT_EQ(got.error.code, tabular::Code::kResourceExhausted);
}

TEST(DsaCountTest, ManyDifferentCellsAreCountedInLittleMemory) {
  // More tuples and more cells than their tables hold at one time.
  dsa_dump::Dump dump({.seed = 12, .records = 60'000});
  std::string csv = dump.Header();
  std::string record;
  std::map<std::string, uint64_t> keywords;
  std::mt19937 random(1);
  for (int i = 0; record.clear(), dump.Append(&record); ++i) {
    // Another list of keywords for each record.
    const size_t category = record.find(",STATEMENT_CATEGORY_") + 1;
    size_t field = record.find(',', category);
    field = record[field + 1] == '"' ? record.find("]\",", field + 1) + 2
                                     : field + 1;
    size_t end = field + 1;
    if (record[end] == '"') end = record.find("]\",", end) + 2;
    std::set<std::string> list;
    for (int k = 0; k < 4; ++k) {
      list.insert("KEYWORD_K" + std::to_string(random() % 60));
    }
    std::string cell = "\"[";
    for (const std::string& keyword : list) {
      cell += (cell.size() > 2 ? ",\"\"" : "\"\"") + keyword + "\"\"";
      ++keywords[keyword];
    }
    record.replace(field + 1, end - field - 1, cell + "]\"");
    csv += record;
  }
  const Counted got = CountBytes(csv, {.isa = BestIsa()});
  ASSERT_EQ(got.reason, "");
  EXPECT_EQ(got.counted, 60'000u);
  EXPECT_EQ(got.losses.records_lost, 0u);
  EXPECT_EQ(got.statements, dump.TruthSoFar().statements);
  std::map<std::string, uint64_t> without_additions;
  for (const auto& [key, count] : got.by_keyword) {
    without_additions[key[3]] += count;
  }
  for (const auto& [keyword, count] : keywords) {
    EXPECT_GE(without_additions[keyword], count);
  }
  EXPECT_EQ(without_additions.size(), keywords.size());
}

TEST(DsaUuidSetTest, AMillionAreHeldAndThenForgotten) {
  UuidSet uuids;
  for (uint64_t i = 0; i < UuidSet::kMost; ++i) {
    ASSERT_TRUE(uuids.Insert(i * 0x9E3779B97F4A7C15));
  }
  EXPECT_FALSE(uuids.forgot());
  EXPECT_FALSE(uuids.Insert(0));
  EXPECT_FALSE(uuids.Insert(777 * 0x9E3779B97F4A7C15));
  EXPECT_TRUE(uuids.Insert(2));
  EXPECT_TRUE(uuids.forgot());
  EXPECT_TRUE(uuids.Insert(777 * 0x9E3779B97F4A7C15));
  EXPECT_FALSE(uuids.Insert(2));
  for (int part = 0; part < 3; ++part) {
    uuids.Clear();
    EXPECT_TRUE(uuids.Insert(777 * 0x9E3779B97F4A7C15));
    EXPECT_FALSE(uuids.Insert(777 * 0x9E3779B97F4A7C15));
  }
}

// ---- Cells -----------------------------------------------------------------

TEST(DsaCellsTest, CellsAreReadAsThePublisherWritesThem) {
  std::vector<std::string> codes;
  EXPECT_TRUE(ParseCell(kKeywords, "\"[\"\"KEYWORD_A\"\", \"\"KEYWORD_B\"\"]\"",
                        &codes));
  EXPECT_THAT(codes, ElementsAre("KEYWORD_A", "KEYWORD_B"));
  EXPECT_TRUE(ParseCell(kKeywords, "[]", &codes));
  EXPECT_THAT(codes, IsEmpty());
  EXPECT_TRUE(ParseCell(kPlatform, "\"Caf\xC3\xA9 \"\"A\"\", B\"", &codes));
  EXPECT_THAT(codes, ElementsAre("Caf\xC3\xA9 \"A\", B"));
  EXPECT_TRUE(ParseCell(kCategory, "STATEMENT_CATEGORY_NEW_ONE", &codes));
  EXPECT_TRUE(ParseCell(kDetection, "No", &codes));
  for (const auto& [column, cell] : std::vector<std::pair<Column, std::string>>{
           {kKeywords, "\"[\"\"KEYWORD_A\"\"\""},
           {kKeywords, "\"[\"\"KEYWORD_A\"\"]x\""},
           {kKeywords, "\"[\"\"KEYWORD_A\"\" \"\"KEYWORD_B\"\"]\""},
           {kKeywords, "\"[KEYWORD_A]\""},
           {kKeywords, "\"[null]\""},
           {kKeywords, "\"[\"\"my secret\"\"]\""},
           {kCategory, "KEYWORD_A"},
           {kCategory, "STATEMENT_CATEGORY_"},
           {kCategory, "STATEMENT_CATEGORY_a"},
           {kDetection, "yes"},
           {kDetection, "734561"},
           {kSource, "somebody@example.org"},
           {kPlatform, "a\tb"},
           {kPlatform, std::string(400, 'x')},
           {kVisibility, std::string(20'000, 'x')}}) {
    EXPECT_FALSE(ParseCell(column, cell, &codes)) << cell.substr(0, 50);
  }
}

TEST(DsaCellsTest, ADayIsOneOfTheCalendar) {
  EXPECT_EQ(DayOf("2024-02-29 23:59:59"), "2024-02-29");
  for (const char* text :
       {"2023-02-29 00:00:00", "2024-13-01 00:00:00", "2024-00-10 00:00:00",
        "2024-01-01 24:00:00", "2024-01-01T00:00:00", "2022-12-31 00:00:00",
        "2024-01-01", "", "2024-01-01 00:00:0x", "2100-01-01 00:00:00"}) {
    EXPECT_EQ(DayOf(text), "") << text;
  }
  EXPECT_EQ(DayNumberOf("2024-03-14"), 19796);
  EXPECT_EQ(TextOfDay(19796), "2024-03-14");
}

}  // namespace
}  // namespace collate::transparency_report::dsa
