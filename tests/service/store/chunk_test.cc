#include "service/store/chunk.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <algorithm>
#include <boost/crc.hpp>
#include <cstring>
#include <functional>
#include <limits>
#include <numeric>

#include "absl/strings/str_cat.h"
#include "service/base/digest.h"
#include "service/store/crc32c.h"
#include "service/store/slice_codec.h"
#include "tests/service/store/observations_testing.h"
#include "tests/testing/status_matchers.h"

namespace collate::store {
namespace {

using ::collate::testing::HasReason;
using ::collate::testing::IsOk;
using ::collate::testing::MessageHas;
using ::collate::testing::StatusIs;
using ::testing::AllOf;
using ::testing::Each;
using ::testing::ElementsAre;

constexpr Known kKnown = {1706659200000000, kKnownForever};

std::string Encoded(const Observations& observations) {
  absl::StatusOr<std::string> bytes = EncodeChunk(observations, kKnown);
  EXPECT_THAT(bytes, IsOk());
  return bytes.ok() ? *bytes : "";
}

void Seal(std::string& chunk) {
  const uint32_t crc = ChunkCrc(chunk);
  std::memcpy(chunk.data() + kChunkCrcOffset, &crc, sizeof(crc));
}

// Few rows, every column in use.
Observations Small() {
  std::mt19937_64 random(7);
  return RandomObservations(random, 20, 2);
}

// What does not depend on any random source, for the frozen format.
Observations Fixed() {
  Observations o = PoliceObservations(3);
  o.slice.universe = "platform_known";
  o.strings.resize(200);
  o.period_text = {0, 1, 2};
  o.state[1] = vocabulary::State::kSuppressed;
  o.has = {kHasValue, 0, kHasValue | kHasLower | kHasUpper};
  o.lower[2] = -5;
  o.upper[2] = std::numeric_limits<int64_t>::max();
  o.raw = {0, 1, 2};
  return o;
}

TEST(Crc32cTest, HasThePublishedCheckValues) {
  // The check value of CRC-32C, and two examples of RFC 3720 B.4.
  EXPECT_EQ(Crc32c("123456789"), 0xe3069283u);
  EXPECT_EQ(Crc32c(std::string(32, '\0')), 0x8a9136aau);
  EXPECT_EQ(Crc32c(std::string(32, '\xff')), 0x62a8ab43u);
  EXPECT_EQ(Crc32c(""), 0u);
}

TEST(Crc32cTest, AgreesWithAnIndependentImplementationAtEveryLength) {
  for (size_t size = 0; size < 70; ++size) {
    const std::string bytes = Bytes(size, size);
    boost::crc_optimal<32, 0x1edc6f41, 0xffffffff, 0xffffffff, true, true> crc;
    crc.process_bytes(bytes.data(), bytes.size());
    EXPECT_EQ(Crc32c(bytes), crc.checksum()) << size;
    EXPECT_EQ(Crc32cByTables(bytes), crc.checksum()) << size;
    const absl::string_view all = bytes;
    EXPECT_EQ(Crc32c(all.substr(size / 3), Crc32c(all.substr(0, size / 3))),
              crc.checksum());
    EXPECT_EQ(Crc32cByTables(all.substr(size / 3),
                             Crc32cByTables(all.substr(0, size / 3))),
              crc.checksum());
  }
}

TEST(ChunkTest, EveryColumnComesBackExactly) {
  std::mt19937_64 random(1);
  const int rounds = 150 * TestScale();
  for (int round = 0; round < rounds; ++round) {
    const Observations o =
        RandomObservations(random, 1 + random() % 300, random() % 4);
    const std::string bytes = Encoded(o);
    KnownColumns known;
    COLLATE_ASSERT_OK_AND_ASSIGN(const Observations decoded,
                                 DecodeChunk(bytes, &known));
    ASSERT_EQ(Describe(decoded), Describe(o)) << "round " << round;
    ASSERT_EQ(known.from.size(), o.row_count());
    EXPECT_THAT(known.from, Each(kKnown.from));
    EXPECT_THAT(known.until, Each(kKnownForever));
  }
}

TEST(ChunkTest, FullChunkComesBackExactly) {
  std::mt19937_64 random(2);
  const Observations o = RandomObservations(random, kMaxChunkRows, 2);
  COLLATE_ASSERT_OK_AND_ASSIGN(const Observations decoded,
                               DecodeChunk(Encoded(o)));
  EXPECT_EQ(Describe(decoded), Describe(o));
}

TEST(ChunkTest, RegularRowsTakeFewBytes) {
  COLLATE_ASSERT_OK_AND_ASSIGN(const std::vector<Observations> pieces,
                               SortAndSplit(PoliceObservations(20000)));
  ASSERT_EQ(pieces.size(), 1u);
  // Two bytes at most for each of the columns that vary.
  EXPECT_LT(Encoded(pieces[0]).size(), 20000u * 18);
}

TEST(ChunkTest, AbsentNumberStaysAbsent) {
  Observations o = Fixed();
  COLLATE_ASSERT_OK_AND_ASSIGN(const Observations decoded,
                               DecodeChunk(Encoded(o)));
  EXPECT_EQ(decoded.state[1], vocabulary::State::kSuppressed);
  EXPECT_EQ(decoded.has[1], 0);
}

// Files of earlier builds must stay readable: whoever changes these bytes
// raises kChunkVersion and keeps reading the old ones.
TEST(ChunkTest, StoredFormatIsFrozen) {
  EXPECT_EQ(base::Sha256Hex(Encoded(Fixed())),
            "b01d78c609131113f554139ab81365798e1947f21195307869ba4fb679549951");
}

// What a published total states beside its figure.
Observations FixedWithStatements() {
  Observations o = Fixed();
  o.stated.reporters = {45, 0, 41};
  o.stated.coverage = {0, 0, 3};
  o.stated.printed_by = {4, 5, 6};
  return o;
}

uint32_t VersionOf(const std::string& chunk) {
  uint32_t version = 0;
  std::memcpy(&version, chunk.data() + 8, sizeof(version));
  return version;
}

TEST(ChunkTest, StoredFormatWithStatementsIsFrozen) {
  EXPECT_EQ(base::Sha256Hex(Encoded(FixedWithStatements())),
            "d5c4ddd20d90861c54e4832f41f8bf266fb75a72d3fc03290033d76351c1f93c");
}

TEST(ChunkTest, StatementsComeBackAndAloneRaiseTheVersion) {
  EXPECT_EQ(VersionOf(Encoded(Fixed())), 1u);
  const Observations o = FixedWithStatements();
  const std::string bytes = Encoded(o);
  EXPECT_EQ(VersionOf(bytes), 2u);
  COLLATE_ASSERT_OK_AND_ASSIGN(const Observations decoded, DecodeChunk(bytes));
  EXPECT_THAT(decoded.stated.reporters, ElementsAre(45, 0, 41));
  EXPECT_EQ(Describe(decoded), Describe(o));
  // Chunks of before hold none.
  COLLATE_ASSERT_OK_AND_ASSIGN(const Observations plain,
                               DecodeChunk(Encoded(Fixed())));
  EXPECT_TRUE(plain.stated.empty());
}

TEST(ChunkTest, AVersionAndItsColumnsGoTogether) {
  for (const bool stated : {false, true}) {
    std::string chunk = Encoded(stated ? FixedWithStatements() : Fixed());
    const uint32_t other = stated ? 1 : 2;
    std::memcpy(chunk.data() + 8, &other, sizeof(other));
    Seal(chunk);
    EXPECT_THAT(DecodeChunk(chunk), AllOf(StatusIs(absl::StatusCode::kDataLoss),
                                          MessageHas("columns, expected")));
  }
}

TEST(ChunkTest, StatementsOfSomeRowsOnlyAreRefused) {
  Observations o = FixedWithStatements();
  o.stated.printed_by.pop_back();
  EXPECT_THAT(EncodeChunk(o, kKnown),
              StatusIs(absl::StatusCode::kInvalidArgument));
}

TEST(ChunkTest, EveryDamagedByteIsDataLoss) {
  const std::string chunk = Encoded(Small());
  for (size_t at = 0; at < chunk.size(); ++at) {
    for (const int mask : {0x01, 0x80, 0xff}) {
      std::string damaged = chunk;
      damaged[at] = static_cast<char>(damaged[at] ^ mask);
      ASSERT_THAT(DecodeChunk(damaged),
                  AllOf(StatusIs(absl::StatusCode::kDataLoss),
                        HasReason("CORRUPT_STORE"), MessageHas("at byte")))
          << "byte " << at;
    }
  }
}

TEST(ChunkTest, EveryTruncationIsDataLoss) {
  const std::string chunk = Encoded(Small());
  for (size_t size = 0; size < chunk.size(); ++size) {
    ASSERT_THAT(DecodeChunk(absl::string_view(chunk).substr(0, size)),
                StatusIs(absl::StatusCode::kDataLoss))
        << size << " bytes";
    std::string sealed = chunk.substr(0, size);
    if (size < kChunkPrefix) continue;
    Seal(sealed);
    ASSERT_THAT(DecodeChunk(sealed), StatusIs(absl::StatusCode::kDataLoss))
        << size << " bytes, sealed";
  }
}

TEST(ChunkTest, BytesAfterTheEndAreDataLoss) {
  std::string chunk = Encoded(Small()) + std::string(1, '\0');
  EXPECT_THAT(DecodeChunk(chunk), StatusIs(absl::StatusCode::kDataLoss));
  Seal(chunk);
  EXPECT_THAT(DecodeChunk(chunk), StatusIs(absl::StatusCode::kDataLoss));
  const uint64_t size = chunk.size();
  std::memcpy(chunk.data() + kChunkPrefix, &size, sizeof(size));
  Seal(chunk);
  EXPECT_THAT(DecodeChunk(chunk), AllOf(StatusIs(absl::StatusCode::kDataLoss),
                                        MessageHas("the last column")));
}

// A checksum can be right and the content wrong: what passes must still be
// something that could have been encoded.
void ExpectRefusedOrValid(const std::string& chunk, int* valid) {
  const absl::StatusOr<Observations> decoded = DecodeChunk(chunk);
  if (!decoded.ok()) {
    EXPECT_TRUE(decoded.status().code() == absl::StatusCode::kDataLoss ||
                decoded.status().code() ==
                    absl::StatusCode::kFailedPrecondition)
        << decoded.status();
    return;
  }
  ++*valid;
  EXPECT_THAT(ValidateObservations(*decoded), IsOk());
}

TEST(ChunkTest, SealedDamageIsRefusedOrValid) {
  const std::string chunk = Encoded(Small());
  int valid = 0;
  for (size_t at = 0; at < chunk.size(); ++at) {
    for (const int mask : {0x01, 0x40, 0xff}) {
      std::string damaged = chunk;
      damaged[at] = static_cast<char>(damaged[at] ^ mask);
      Seal(damaged);
      ExpectRefusedOrValid(damaged, &valid);
    }
  }
  // The numbers themselves can be anything, so that some pass.
  EXPECT_GT(valid, 0);
  EXPECT_LT(valid, static_cast<int>(chunk.size()) * 2);
}

TEST(ChunkTest, SealedNoiseIsRefusedOrValid) {
  std::mt19937_64 random(3);
  const std::string chunk = Encoded(Small());
  int valid = 0;
  const int rounds = 5000 * TestScale();
  for (int round = 0; round < rounds; ++round) {
    std::string damaged = chunk;
    const size_t edits = 1 + random() % 4;
    for (size_t e = 0; e < edits; ++e) {
      const size_t at = random() % damaged.size();
      switch (random() % 4) {
        case 0:
          damaged[at] = static_cast<char>(random());
          break;
        case 1:
          damaged.erase(at, random() % 9);
          break;
        case 2:
          damaged.insert(at, Bytes(random(), random() % 9));
          break;
        case 3: {
          const size_t from = random() % damaged.size();
          damaged.replace(at, std::min<size_t>(8, damaged.size() - at),
                          damaged.substr(from, 8));
          break;
        }
      }
      if (damaged.size() < 48) damaged.resize(48);
    }
    const uint64_t size = damaged.size();
    std::memcpy(damaged.data() + kChunkPrefix, &size, sizeof(size));
    Seal(damaged);
    ExpectRefusedOrValid(damaged, &valid);
  }
  EXPECT_LT(valid, rounds);
}

TEST(ChunkTest, LaterFormatIsRefusedAsNewerAndNotAsDamage) {
  std::string chunk = Encoded(Small());
  chunk[8] = static_cast<char>(kChunkVersion + 1);
  Seal(chunk);
  EXPECT_THAT(DecodeChunk(chunk),
              AllOf(StatusIs(absl::StatusCode::kFailedPrecondition),
                    HasReason("STORE_NEWER")));
}

TEST(ChunkTest, OutOfRangeIsRefusedBeforeItIsStored) {
  struct Case {
    const char* what;
    std::function<void(Observations&)> spoil;
  };
  const Case cases[] = {
      {"state", [](auto& o) { o.state[2] = vocabulary::State::kUnspecified; }},
      {"state", [](auto& o) { o.state[2] = vocabulary::State{19}; }},
      {"has", [](auto& o) { o.has[0] = 8; }},
      {"period_kind",
       [](auto& o) { o.period_kind[0] = vocabulary::PeriodKind{9}; }},
      {"raw", [](auto& o) { o.raw[1] = 200; }},
      {"reporter.member", [](auto& o) { o.reporter.member[1] = 200; }},
      {"axis.label", [](auto& o) { o.axes[0].label[0] = 200; }},
      {"locator.sheet", [](auto& o) { o.locator[0].sheet = 200; }},
      {"records", [](auto& o) { o.records[0] = uint64_t{1} << 63; }},
      {"locator.line", [](auto& o) { o.locator[0].line = uint64_t{1} << 63; }},
      {"flags", [](auto& o) { o.flags.pop_back(); }},
      {"value", [](auto& o) { o.value.push_back(1); }},
      {"locator.document", [](auto& o) { o.locator.pop_back(); }},
      {"axis columns", [](auto& o) { o.axes.clear(); }},
      {"empty string", [](auto& o) { o.strings[0] = "x"; }},
      {"empty string", [](auto& o) { o.strings.clear(); }},
      {"scale", [](auto& o) { o.scale = 19; }},
      {"scale", [](auto& o) { o.scale = -19; }},
      {"measure is expected", [](auto& o) { o.slice.measure = ""; }},
      {"partition", [](auto& o) { o.slice.partition = Partition{0}; }},
      {"aggregation", [](auto& o) { o.slice.aggregation = Aggregation{4}; }},
      {"floor", [](auto& o) { o.slice.floor = Floor{0}; }},
      {"reporter", [](auto& o) { o.slice.axes[0].dimension = "reporter"; }},
      {"sorted",
       [](auto& o) {
         o.slice.axes.push_back(o.slice.axes[0]);
         o.axes.push_back(o.axes[0]);
       }},
  };
  ASSERT_THAT(ValidateObservations(Fixed()), IsOk());
  for (const Case& spoilt : cases) {
    Observations o = Fixed();
    spoilt.spoil(o);
    EXPECT_THAT(EncodeChunk(o, kKnown),
                AllOf(StatusIs(absl::StatusCode::kInvalidArgument),
                      MessageHas(spoilt.what)))
        << spoilt.what;
    EXPECT_THAT(SortAndSplit(o), StatusIs(absl::StatusCode::kInvalidArgument));
  }
}

TEST(ChunkTest, ChunkHasOneTo65536Rows) {
  EXPECT_THAT(EncodeChunk(PoliceObservations(0), kKnown),
              StatusIs(absl::StatusCode::kInvalidArgument));
  EXPECT_THAT(EncodeChunk(PoliceObservations(kMaxChunkRows + 1), kKnown),
              StatusIs(absl::StatusCode::kInvalidArgument));
}

TEST(SortAndSplitTest, NoRowsGiveNoPieces) {
  COLLATE_ASSERT_OK_AND_ASSIGN(const std::vector<Observations> pieces,
                               SortAndSplit(PoliceObservations(0)));
  EXPECT_TRUE(pieces.empty());
}

TEST(SortAndSplitTest, NoRowIsLostOrChanged) {
  std::mt19937_64 random(4);
  for (int round = 0; round < 30; ++round) {
    const Observations o =
        RandomObservations(random, 1 + random() % 200, random() % 4);
    COLLATE_ASSERT_OK_AND_ASSIGN(const std::vector<Observations> pieces,
                                 SortAndSplit(o, 1 + random() % 50));
    EXPECT_EQ(SortedRows(pieces), SortedRows({o}));
    for (const Observations& piece : pieces) {
      EXPECT_EQ(piece.slice, o.slice);
      EXPECT_EQ(piece.scale, o.scale);
    }
  }
}

TEST(SortAndSplitTest, APieceIsSplitIntoItself) {
  std::mt19937_64 random(2);
  for (int i = 0; i < 20; ++i) {
    const Observations o =
        RandomObservations(random, 1 + random() % 300, random() % 4);
    COLLATE_ASSERT_OK_AND_ASSIGN(const std::vector<Observations> pieces,
                                 SortAndSplit(o, 1 + random() % 50));
    for (const Observations& piece : pieces) {
      COLLATE_ASSERT_OK_AND_ASSIGN(const std::vector<Observations> again,
                                   SortAndSplit(piece));
      ASSERT_EQ(again.size(), 1u);
      EXPECT_EQ(EncodeChunk(again[0], Known()).value(),
                EncodeChunk(piece, Known()).value());
    }
  }
}

TEST(SortAndSplitTest, PiecesAreFullButTheLast) {
  COLLATE_ASSERT_OK_AND_ASSIGN(const std::vector<Observations> pieces,
                               SortAndSplit(PoliceObservations(70000)));
  ASSERT_EQ(pieces.size(), 2u);
  EXPECT_EQ(pieces[0].row_count(), kMaxChunkRows);
  EXPECT_EQ(pieces[1].row_count(), 70000 - kMaxChunkRows);
}

TEST(SortAndSplitTest, OffenceLeadsThenReporterThenPeriod) {
  Observations o = PoliceObservations(4);
  o.slice.axes = {{"age", "age"}, {"offence", "offence"}};
  o.strings = {"", "b", "a", "c"};
  o.axes = {{{1, 2, 3, 1}, {0, 0, 0, 0}}, {{1, 1, 2, 1}, {0, 0, 0, 0}}};
  o.reporter = {{3, 1, 3, 1}, {0, 0, 0, 0}};
  o.period_begin = {1, 9, 1, 2};
  o.period_text = o.raw = {0, 0, 0, 0};
  o.value = {0, 1, 2, 3};
  COLLATE_ASSERT_OK_AND_ASSIGN(const std::vector<Observations> pieces,
                               SortAndSplit(o));
  ASSERT_EQ(pieces.size(), 1u);
  // Offence a; then b, reporter b, first period first; then reporter c.
  EXPECT_THAT(pieces[0].value, ElementsAre(2, 3, 1, 0));
}

TEST(SortAndSplitTest, EqualRowsGiveEqualBytesInAnyOrder) {
  std::mt19937_64 random(5);
  const Observations o = PoliceObservations(500);
  std::vector<uint32_t> rows(o.row_count());
  std::iota(rows.begin(), rows.end(), 0u);
  std::shuffle(rows.begin(), rows.end(), random);
  Observations shuffled = o;
  // Other numbers for the same texts, too.
  shuffled.strings.insert(shuffled.strings.begin() + 1, "nobody's");
  for (size_t row = 0; row < rows.size(); ++row) {
    const uint32_t from = rows[row];
    const auto moved = [](uint32_t id) { return id == 0 ? 0 : id + 1; };
    shuffled.reporter.member[row] = moved(o.reporter.member[from]);
    shuffled.reporter.label[row] = moved(o.reporter.label[from]);
    shuffled.axes[0].member[row] = moved(o.axes[0].member[from]);
    shuffled.axes[0].label[row] = moved(o.axes[0].label[from]);
    shuffled.period_text[row] = moved(o.period_text[from]);
    shuffled.raw[row] = moved(o.raw[from]);
    shuffled.value[row] = o.value[from];
    shuffled.locator[row] = o.locator[from];
  }
  COLLATE_ASSERT_OK_AND_ASSIGN(const std::vector<Observations> a,
                               SortAndSplit(o));
  COLLATE_ASSERT_OK_AND_ASSIGN(const std::vector<Observations> b,
                               SortAndSplit(shuffled));
  EXPECT_EQ(Encoded(a[0]), Encoded(b[0]));
}

TEST(SortAndSplitTest, StringsAreKeptOnceSortedAndOnlyWhereUsed) {
  Observations o = PoliceObservations(2);
  o.strings = {"", "z", "unused", "a", "z"};
  o.reporter = {{1, 4}, {3, 3}};
  o.axes[0] = {{1, 1}, {0, 0}};
  o.period_text = o.raw = {0, 0};
  COLLATE_ASSERT_OK_AND_ASSIGN(const std::vector<Observations> pieces,
                               SortAndSplit(o));
  EXPECT_THAT(pieces[0].strings, ElementsAre("", "a", "z"));
}

TEST(ExtentTest, ComesBackExactly) {
  const Extent extent = MakeDraft("s", 1).release.extents[0];
  COLLATE_ASSERT_OK_AND_ASSIGN(const Extent decoded,
                               DecodeExtent(EncodeExtent(extent)));
  EXPECT_EQ(decoded.slice, extent.slice);
  EXPECT_EQ(decoded.reporters, extent.reporters);
  EXPECT_EQ(decoded.periods, extent.periods);
}

TEST(ExtentTest, EveryTruncationIsDataLoss) {
  const std::string bytes = EncodeExtent(MakeDraft("s", 2).release.extents[0]);
  for (size_t size = 0; size < bytes.size(); ++size) {
    EXPECT_THAT(DecodeExtent(absl::string_view(bytes).substr(0, size)),
                StatusIs(absl::StatusCode::kDataLoss));
  }
  EXPECT_THAT(DecodeExtent(bytes + "x"), StatusIs(absl::StatusCode::kDataLoss));
}

TEST(PrecedesTest, PublicationDecidesThenEditionThenDigest) {
  Release a;
  a.name = "sources/s/releases/20240131-bbbbbbbbbbbb";
  a.publish_time = absl::FromUnixSeconds(100);
  a.load_time = absl::FromUnixSeconds(900);
  a.edition = "1";
  Release b = a;
  b.publish_time = absl::FromUnixSeconds(200);
  b.load_time = absl::FromUnixSeconds(800);
  EXPECT_TRUE(Precedes(a, b));
  EXPECT_FALSE(Precedes(b, a));

  b = a;
  b.edition = "2";
  b.load_time = absl::FromUnixSeconds(1);
  EXPECT_TRUE(Precedes(a, b));

  b = a;
  b.name = "sources/s/releases/20240131-cccccccccccc";
  b.load_time = absl::FromUnixSeconds(1);
  EXPECT_TRUE(Precedes(a, b));
  EXPECT_FALSE(Precedes(b, a));
  EXPECT_FALSE(Precedes(a, a));
}

TEST(PrecedesTest, WhatNobodyDatedNeverBeatsWhatIsDated) {
  Release known;
  known.publish_time = absl::FromUnixSeconds(500);
  known.load_time = absl::FromUnixSeconds(600);
  Release unknown;
  for (const int loaded : {450, 550, 700}) {
    unknown.load_time = absl::FromUnixSeconds(loaded);
    EXPECT_TRUE(Precedes(unknown, known));
    EXPECT_FALSE(Precedes(known, unknown));
  }
}

}  // namespace
}  // namespace collate::store
