#include "plugins/tabular/zip.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "tests/plugins/tabular/workbook_testing.h"

namespace collate::tabular {
namespace {

using ::testing::HasSubstr;

// Opens and inflates everything; the reason of the first error.
std::string Reason(const std::string& bytes, Limits limits = {},
                   Status* out = nullptr) {
  MemorySource source(bytes);
  Budget budget(limits);
  std::unique_ptr<Archive> archive;
  const auto run = [&]() -> Status {
    COLLATE_TABULAR_RETURN_IF_ERROR(Archive::Open(source, budget, &archive));
    for (size_t i = 0; i < archive->entries().size(); ++i) {
      std::unique_ptr<EntryStream> stream;
      COLLATE_TABULAR_RETURN_IF_ERROR(archive->OpenEntry(i, &stream));
      char buffer[1000];
      size_t got = 1;
      while (got > 0) {
        COLLATE_TABULAR_RETURN_IF_ERROR(
            stream->Read(buffer, sizeof buffer, &got));
      }
    }
    return OkStatus();
  };
  Status status = run();
  const std::string reason = status.ok() ? "OK" : status.error().reason;
  if (out != nullptr) *out = std::move(status);
  return reason;
}

const ZipPart kGood{"a/b.xml", "some text, some text, some text"};

TEST(ZipTest, EntriesAreFoundAndInflated) {
  const std::string bytes =
      MakeZip({kGood, {"c.txt", "kept", /*stored=*/true}, {"folder/", ""}});
  EXPECT_EQ(Reason(bytes), "OK");
  MemorySource source(bytes);
  Budget budget;
  std::unique_ptr<Archive> archive;
  ASSERT_TRUE(Archive::Open(source, budget, &archive).ok());
  EXPECT_EQ(archive->Find("c.txt"), 1u);
  EXPECT_EQ(archive->Find("A/B.XML"), 0u) << "names of parts have no case";
  EXPECT_EQ(archive->Find("b.xml"), Archive::kNone);
  std::unique_ptr<EntryStream> stream;
  ASSERT_TRUE(archive->OpenEntry(0, &stream).ok());
  ASSERT_TRUE(stream->Skip(5).ok());
  char buffer[4];
  size_t got = 0;
  ASSERT_TRUE(stream->Read(buffer, 4, &got).ok());
  EXPECT_EQ(std::string(buffer, got), "text");
  EXPECT_EQ(stream->position(), 9u);
}

TEST(ZipTest, EntriesAreReadSideBySide) {
  const std::string bytes = MakeZip({kGood, {"c.txt", "0123456789"}});
  MemorySource source(bytes);
  Budget budget;
  std::unique_ptr<Archive> archive;
  ASSERT_TRUE(Archive::Open(source, budget, &archive).ok());
  std::unique_ptr<EntryStream> first, second;
  ASSERT_TRUE(archive->OpenEntry(0, &first).ok());
  ASSERT_TRUE(archive->OpenEntry(1, &second).ok());
  char a[4], b[4];
  size_t got = 0;
  ASSERT_TRUE(first->Read(a, 4, &got).ok());
  ASSERT_TRUE(second->Read(b, 4, &got).ok());
  ASSERT_TRUE(first->Skip(1).ok());
  ASSERT_TRUE(first->Read(a, 4, &got).ok());
  EXPECT_EQ(std::string(a, 4), "text");
  EXPECT_EQ(std::string(b, 4), "0123");
}

TEST(ZipTest, SizesBeyondFourBytesAreTakenFromTheExtraField) {
  ZipPart part = kGood;
  part.zip64 = true;
  EXPECT_EQ(Reason(MakeZip({{"x", "y"}, part})), "OK");
}

class ZipNameTest : public ::testing::TestWithParam<const char*> {};

TEST_P(ZipNameTest, IsRefused) {
  Status status;
  EXPECT_EQ(Reason(MakeZip({kGood, {GetParam(), "x"}}), {}, &status),
            "ZIP_UNSAFE_NAME");
  EXPECT_FALSE(status.error().found.empty());
}

INSTANTIATE_TEST_SUITE_P(Unsafe, ZipNameTest,
                         ::testing::Values("/etc/passwd", "../up", "a/../../b",
                                           "a/..", "./a", "a//b", "a\\b",
                                           "C:evil", "a\nb", ""));

TEST(ZipTest, TwoEntriesOfOneNameAreRefused) {
  EXPECT_EQ(Reason(MakeZip({kGood, kGood})), "ZIP_DUPLICATE_ENTRY");
  EXPECT_EQ(Reason(MakeZip({{"a.xml", "1"}, {"A.xml", "2"}})),
            "ZIP_DUPLICATE_ENTRY");
}

TEST(ZipTest, LinksAndDevicesAreRefused) {
  EXPECT_EQ(Reason(MakeZip({{.name = "l", .data = "x", .mode = 0120777}})),
            "ZIP_UNSAFE_TYPE");
  EXPECT_EQ(Reason(MakeZip({{.name = "d", .data = "x", .mode = 0020666}})),
            "ZIP_UNSAFE_TYPE");
  EXPECT_EQ(Reason(MakeZip({{.name = "f", .data = "x", .mode = 0100644}})),
            "OK");
}

TEST(ZipTest, EntriesThatShareBytesAreRefused) {
  EXPECT_EQ(
      Reason(MakeZip(
          {kGood,
           {.name = kGood.name + "2", .data = kGood.data, .at_first = true}})),
      "ZIP_INCONSISTENT")
      << "the shared header has one name only";
  // The first entry claims to reach into the second.
  std::string bytes =
      MakeZip({{"a", "0123456789", true}, {"b", "0123456789", true}});
  for (const char* signature : {"PK\x03\x04", "PK\x01\x02"}) {
    const size_t at = bytes.find(signature);
    const size_t sizes = at + (signature[2] == 3 ? 18 : 20);
    bytes[sizes] = bytes[sizes + 4] = 20;
  }
  EXPECT_EQ(Reason(bytes), "ZIP_ENTRY_OVERLAP");
}

TEST(ZipTest, HeadersThatDifferAreRefused) {
  ZipPart part = kGood;
  part.local_name = "a/c.xml";
  EXPECT_EQ(Reason(MakeZip({part})), "ZIP_INCONSISTENT");
}

TEST(ZipTest, AnEncryptedEntryIsRefused) {
  ZipPart part = kGood;
  part.flags = 1;
  EXPECT_EQ(Reason(MakeZip({part})), "ZIP_ENCRYPTED");
}

TEST(ZipTest, AnUnknownMethodIsRefused) {
  ZipPart part = kGood;
  part.method = 12;
  Status status;
  EXPECT_EQ(Reason(MakeZip({part}), {}, &status), "ZIP_METHOD");
  EXPECT_EQ(status.error().code, Code::kUnimplemented);
}

TEST(ZipTest, AnEntryHoldsWhatItDeclares) {
  for (const int64_t declared :
       {int64_t{1}, int64_t{30}, int64_t{32}, int64_t{1000}}) {
    ZipPart part = kGood;
    part.declared = declared;
    const std::string reason = Reason(MakeZip({part}));
    EXPECT_TRUE(reason == "ZIP_INCONSISTENT" || reason == "ZIP_CORRUPT")
        << declared << " " << reason;
  }
}

TEST(ZipTest, AnEntrysChecksumIsCompared) {
  ZipPart part = kGood;
  part.crc = 12345;
  Status status;
  EXPECT_EQ(Reason(MakeZip({part}), {}, &status), "ZIP_CORRUPT");
  EXPECT_THAT(status.error().message, HasSubstr(kGood.name));
}

TEST(ZipTest, DamagedDataIsRefused) {
  std::string bytes = MakeZip({kGood});
  bytes[30 + kGood.name.size() + 3] ^= 0x55;
  EXPECT_EQ(Reason(bytes), "ZIP_CORRUPT");
}

TEST(ZipTest, EveryTruncationIsRefused) {
  const std::string bytes = MakeZip({kGood, {"c", "d", true}});
  for (size_t n = 0; n < bytes.size(); ++n) {
    EXPECT_EQ(Reason(bytes.substr(0, n)), "ZIP_TRUNCATED") << n;
  }
}

TEST(ZipTest, BytesBehindTheArchiveAreRefused) {
  EXPECT_EQ(Reason(MakeZip({kGood}) + "x"), "ZIP_TRUNCATED");
  EXPECT_EQ(Reason(MakeZip({kGood}) + MakeZip({{"other", "x"}})),
            "ZIP_INCONSISTENT");
}

TEST(ZipTest, TheDirectoryHasAsManyEntriesAsItSays) {
  EXPECT_EQ(Reason(MakeZip({kGood}, 2)), "ZIP_INCONSISTENT");
  EXPECT_EQ(Reason(MakeZip({kGood, {"x", "y"}}, 1)), "ZIP_INCONSISTENT");
}

TEST(ZipTest, TheNumberOfEntriesIsLimited) {
  std::vector<ZipPart> parts;
  for (int i = 0; i < 1000; ++i) {
    parts.push_back({"e" + std::to_string(i), "x", true});
  }
  EXPECT_EQ(Reason(MakeZip(parts)), "OK");
  parts.push_back({"one more", "x", true});
  EXPECT_EQ(Reason(MakeZip(parts)), "ZIP_ENTRY_LIMIT");
}

TEST(ZipTest, TheRatioIsLimitedOnceAnEntryIsLarge) {
  const std::string zeros(5 << 20, '\0');
  EXPECT_EQ(Reason(MakeZip({{"z", zeros}})), "ZIP_RATIO_LIMIT");
  EXPECT_EQ(Reason(MakeZip({{"z", zeros.substr(0, 4 << 20)}})), "OK");
}

TEST(ZipTest, InflatedBytesAreLimitedOverAllEntries) {
  const std::string text(600, 'x');
  const std::string bytes = MakeZip({{"a", text}, {"b", text}});
  EXPECT_EQ(Reason(bytes, {.bytes = 1200}), "OK");
  EXPECT_EQ(Reason(bytes, {.bytes = 1199}), "BYTE_LIMIT");
}

TEST(ZipTest, ReadingAgainIsCountedApart) {
  const std::string bytes = MakeZip({{"a", std::string(1000, 'x')}});
  MemorySource source(bytes);
  Budget budget(Limits{.bytes = 1000, .reread_bytes = 2000});
  std::unique_ptr<Archive> archive;
  ASSERT_TRUE(Archive::Open(source, budget, &archive).ok());
  std::string reasons;
  for (int i = 0; i < 4; ++i) {
    std::unique_ptr<EntryStream> stream;
    ASSERT_TRUE(archive->OpenEntry(0, &stream).ok());
    const Status status = stream->Skip(1000);
    reasons += (status.ok() ? "OK" : status.error().reason) + " ";
  }
  EXPECT_EQ(reasons, "OK OK OK REREAD_LIMIT ");
  EXPECT_EQ(budget.bytes(), 1000u);
}

class FailingSource : public ByteSource {
 public:
  FailingSource(std::string_view bytes, uint64_t good)
      : bytes_(bytes), good_(good) {}
  uint64_t size() const override { return bytes_.size(); }
  int64_t ReadAt(uint64_t offset, void* out, size_t n) override {
    if (++reads_ > good_) return -1;
    return MemorySource(bytes_).ReadAt(offset, out, n);
  }

 private:
  std::string_view bytes_;
  uint64_t good_;
  uint64_t reads_ = 0;
};

TEST(ZipTest, BytesThatCannotBeHadAreNoFaultOfTheFile) {
  const std::string bytes =
      XlsxOf("<row r=\"1\"><c r=\"A1\"><v>1</v></c></row>");
  int failed = 0;
  for (uint64_t good = 0; good < 200; ++good) {
    FailingSource source(bytes, good);
    Budget budget;
    std::unique_ptr<Workbook> workbook;
    Status status = Workbook::Open(source, {.part = "b"}, budget, &workbook);
    if (status.ok()) {
      SheetRead sheet;
      SheetSink sink(&sheet);
      status = workbook->ReadSheet(0, sink);
    }
    if (status.ok()) break;
    ++failed;
    if (good == 0) continue;  // not even the signature: no workbook at all
    EXPECT_EQ(status.error().reason, "DOCUMENT_UNREADABLE") << good;
    EXPECT_EQ(status.error().code, Code::kDataLoss) << good;
  }
  EXPECT_GT(failed, 10);
  EXPECT_LT(failed, 200);
}

}  // namespace
}  // namespace collate::tabular
