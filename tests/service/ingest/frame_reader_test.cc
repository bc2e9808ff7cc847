#include "service/ingest/frame_reader.h"

#include <gmock/gmock.h>
#include <google/protobuf/stubs/logging.h>
#include <gtest/gtest.h>

#include <functional>
#include <random>
#include <string>

#include "service/base/digest.h"
#include "service/worker/protocol.h"
#include "tests/testing/status_matchers.h"

namespace collate::ingest {
namespace {

using ::collate::testing::HasReason;
using ::collate::testing::IsOk;
using ::collate::testing::MessageHas;
using ::testing::IsNull;
using ::testing::NotNull;
using ::testing::SizeIs;
using worker::v1::Frame;
using worker::v1::Rows;
using worker::v1::Trailer;

std::string Framed(const Frame& frame) {
  const std::string body = frame.SerializeAsString();
  std::string bytes;
  for (size_t i = 0; i < worker::kLengthBytes; ++i) {
    bytes.push_back(static_cast<char>((body.size() >> (8 * i)) & 0xff));
  }
  return bytes + body;
}

Frame Hello() {
  Frame frame;
  frame.mutable_hello()->set_protocol(worker::kProtocolVersion);
  frame.mutable_hello()->set_adapter_id("a");
  frame.mutable_hello()->set_adapter_version("1.0.0");
  return frame;
}

Frame TableFrame() {
  Frame frame;
  worker::v1::Table& table = *frame.mutable_table();
  table.set_id("t");
  table.set_aggregation(1);
  table.set_repeats(1);
  table.set_partition(1);
  table.set_floor(2);
  return frame;
}

Frame Strings() {
  Frame frame;
  for (const char* text : {"axis", "label", "raw"}) {
    frame.mutable_strings()->add_values(text);
  }
  return frame;
}

void AddLocator(worker::v1::Locators* to, int64_t line) {
  to->add_part(0);
  to->add_sheet(0);
  to->add_row(1);
  to->add_column(1);
  to->add_row_end(0);
  to->add_column_end(0);
  to->add_line(line);
  to->add_byte_begin(0);
  to->add_byte_end(0);
}

// One row with one of everything.
Frame OneRow() {
  Frame frame;
  Rows& rows = *frame.mutable_rows();
  rows.set_count(1);
  rows.add_table(0);
  rows.add_reporter(2);
  rows.add_reporter_code(0);
  rows.add_period_start(10);
  rows.add_period_end(20);
  rows.add_period_kind(7);
  rows.add_period_text(0);
  rows.add_state(1);
  rows.add_dimension_count(1);
  rows.add_dimension_axis(1);
  rows.add_dimension_label(2);
  rows.add_level(1);
  rows.add_level_axis(0);
  rows.add_parent(0);
  rows.add_has(1);
  rows.add_mantissa(-5);
  rows.add_scale(0);
  rows.add_flags(0);
  rows.add_raw(3);
  rows.add_reason(0);
  rows.add_note_count(1);
  rows.add_note(2);
  AddLocator(rows.mutable_locator(), 7);
  rows.add_header_count(1);
  AddLocator(rows.mutable_header(), 1);
  rows.add_records(0);
  return frame;
}

std::string WithTrailer(const std::string& bytes, uint64_t rows) {
  Frame frame;
  Trailer& trailer = *frame.mutable_trailer();
  trailer.set_rows(rows);
  trailer.set_origin(Trailer::ORIGIN_ADAPTER);
  base::Sha256 digest;
  digest.Update(bytes);
  trailer.set_sha256(digest.Finish());
  return bytes + Framed(frame);
}

std::string GoodStream() {
  return WithTrailer(Framed(Hello()) + Framed(TableFrame()) +
                         Framed(Strings()) + Framed(OneRow()),
                     1);
}

FrameReader::Options GoodOptions() {
  return {.adapter_id = "a",
          .adapter_version = "1.0.0",
          .max_rows = 100,
          .result_bytes = 1 << 20};
}

absl::Status ReadAll(const std::string& bytes) {
  return FrameReader(GoodOptions()).Append(bytes);
}

TEST(FrameReaderTest, StreamIsRead) {
  FrameReader reader(GoodOptions());
  ASSERT_THAT(reader.Append(GoodStream()), IsOk());
  ASSERT_THAT(reader.trailer(), NotNull());
  ASSERT_THAT(reader.document().observations, SizeIs(1));
  const RawObservation& row = reader.document().observations[0];
  EXPECT_EQ(row.value->mantissa, -5);
  EXPECT_EQ(row.reporter, "label");
  EXPECT_EQ(row.raw, "raw");
  EXPECT_EQ(row.locator.line, 7u);
  EXPECT_EQ(reader.document().tables[0].floor, Floor::kNone);
}

TEST(FrameReaderTest, BytesMayArriveOneByOne) {
  FrameReader reader(GoodOptions());
  for (const char byte : GoodStream()) {
    ASSERT_THAT(reader.Append(absl::string_view(&byte, 1)), IsOk());
  }
  EXPECT_THAT(reader.trailer(), NotNull());
}

TEST(FrameReaderTest, EveryShorterStreamHasNoTrailer) {
  const std::string stream = GoodStream();
  for (size_t length = 0; length < stream.size(); ++length) {
    FrameReader reader(GoodOptions());
    ASSERT_THAT(reader.Append(stream.substr(0, length)), IsOk()) << length;
    ASSERT_THAT(reader.trailer(), IsNull()) << length;
  }
}

// The digest sees what the checks of single values cannot.
TEST(FrameReaderTest, NoFlippedBitGetsThrough) {
  const google::protobuf::LogSilencer quiet;
  const std::string stream = GoodStream();
  for (size_t at = 0; at < stream.size(); ++at) {
    for (int bit = 0; bit < 8; ++bit) {
      std::string flipped = stream;
      flipped[at] = static_cast<char>(flipped[at] ^ (1 << bit));
      FrameReader reader(GoodOptions());
      const absl::Status status = reader.Append(flipped);
      if (status.ok() && reader.trailer() != nullptr) {
        // Only words of the trailer itself can change unnoticed; there is
        // none here but its verdict.
        EXPECT_NE(reader.trailer()->code(), 0) << at << " bit " << bit;
      }
    }
  }
}

TEST(FrameReaderTest, RandomBytesAreRefusedOrIncomplete) {
  const google::protobuf::LogSilencer quiet;
  std::mt19937 random(1);
  for (int round = 0; round < 2000; ++round) {
    std::string bytes = Framed(Hello());
    for (int i = 0; i < 200; ++i) {
      bytes.push_back(static_cast<char>(random() & (i % 4 == 0 ? 0x1f : 0xff)));
    }
    FrameReader reader(GoodOptions());
    (void)reader.Append(bytes);
    ASSERT_THAT(reader.trailer(), IsNull());
  }
}

TEST(FrameReaderTest, BytesAfterTheTrailerAreRefused) {
  EXPECT_THAT(ReadAll(GoodStream() + "x"), MessageHas("after the trailer"));
}

TEST(FrameReaderTest, HelloComesFirstOnceAndFromTheExpectedAdapter) {
  EXPECT_THAT(ReadAll(Framed(TableFrame())), MessageHas("no hello"));
  EXPECT_THAT(ReadAll(Framed(Hello()) + Framed(Hello())),
              MessageHas("second hello"));
  Frame other = Hello();
  other.mutable_hello()->set_adapter_id("b");
  EXPECT_THAT(ReadAll(Framed(other)), MessageHas("hello from b"));
  Frame newer = Hello();
  newer.mutable_hello()->set_protocol(worker::kProtocolVersion + 1);
  EXPECT_THAT(ReadAll(Framed(newer)), HasReason("ADAPTER_PROTOCOL_ERROR"));
}

TEST(FrameReaderTest, LayersOfTheSandboxHaveAState) {
  Frame hello = Hello();
  worker::v1::SandboxLayer& layer = *hello.mutable_hello()->add_layers();
  layer.set_name("seccomp");
  EXPECT_THAT(ReadAll(Framed(hello)), MessageHas("seccomp in no known state"));
  layer.set_state(worker::v1::SandboxLayer::STATE_MISSING);
  FrameReader reader(GoodOptions());
  EXPECT_THAT(reader.hello(), IsNull());
  ASSERT_THAT(reader.Append(Framed(hello)), IsOk());
  ASSERT_THAT(reader.hello(), NotNull());
  EXPECT_THAT(reader.hello()->layers(), SizeIs(1));
}

TEST(FrameReaderTest, FrameAboveTheLimitIsRefusedByItsLength) {
  EXPECT_THAT(ReadAll(std::string("\x01\x00\x10\x00", 4) + "x"),
              MessageHas("a frame of 1048577 bytes"));
}

TEST(FrameReaderTest, TrailerHasToCountTheRows) {
  EXPECT_THAT(ReadAll(WithTrailer(Framed(Hello()) + Framed(TableFrame()), 1)),
              MessageHas("counts 1 rows, 0 arrived"));
}

TEST(FrameReaderTest, TrailerWithoutHelloIsOnlyTheWorkers) {
  EXPECT_THAT(ReadAll(WithTrailer("", 0)), MessageHas("says nothing"));
}

TEST(FrameReaderTest, RowLimitIsKept) {
  FrameReader::Options options = GoodOptions();
  options.max_rows = 1;
  FrameReader reader(options);
  EXPECT_THAT(
      reader.Append(Framed(Hello()) + Framed(TableFrame()) + Framed(Strings()) +
                    Framed(OneRow()) + Framed(OneRow())),
      HasReason("ADAPTER_OUTPUT_LIMIT"));
}

// A frame of a few kilobytes would take gigabytes.
TEST(FrameReaderTest, ATextNamedOverAndOverIsCountedBeforeItIsCopied) {
  Frame strings;
  strings.mutable_strings()->add_values(std::string(1 << 19, 'x'));
  Frame row = OneRow();
  Rows& rows = *row.mutable_rows();
  rows.set_raw(0, 1);
  rows.set_reporter(0, 1);
  rows.set_dimension_axis(0, 1);
  rows.set_dimension_label(0, 1);
  rows.clear_note();
  rows.set_note_count(0, 100'000);
  for (int i = 0; i < 100'000; ++i) rows.add_note(1);
  FrameReader::Options options = GoodOptions();
  options.result_bytes = 16 << 20;
  FrameReader reader(options);
  ASSERT_THAT(
      reader.Append(Framed(Hello()) + Framed(TableFrame()) + Framed(strings)),
      IsOk());
  EXPECT_THAT(reader.Append(Framed(row)), HasReason("ADAPTER_OUTPUT_LIMIT"));
  EXPECT_LT(reader.document().observations.front().notes.back().size(), 1u);
}

TEST(FrameReaderTest, UnfinishedAttachmentIsRefused) {
  Frame part;
  part.mutable_attachment()->set_name("a");
  part.mutable_attachment()->set_more(true);
  EXPECT_THAT(ReadAll(Framed(Hello()) + Framed(part) + Framed(TableFrame())),
              MessageHas("not finished"));
  EXPECT_THAT(ReadAll(WithTrailer(Framed(Hello()) + Framed(part), 0)),
              MessageHas("not finished"));
}

struct BadRow {
  const char* what;
  std::function<void(Rows*)> spoil;
};

class BadRowTest : public ::testing::TestWithParam<BadRow> {};

TEST_P(BadRowTest, IsRefused) {
  Frame row = OneRow();
  GetParam().spoil(row.mutable_rows());
  EXPECT_THAT(ReadAll(Framed(Hello()) + Framed(TableFrame()) +
                      Framed(Strings()) + Framed(row)),
              HasReason("ADAPTER_PROTOCOL_ERROR"));
}

INSTANTIATE_TEST_SUITE_P(
    Columns, BadRowTest,
    ::testing::Values(
        BadRow{"Count0", [](Rows* r) { r->set_count(0); }},
        BadRow{"CountTooLarge", [](Rows* r) { r->set_count(4097); }},
        BadRow{"CountNotOfColumns", [](Rows* r) { r->set_count(2); }},
        BadRow{"NoSuchTable", [](Rows* r) { r->set_table(0, 1); }},
        BadRow{"NoSuchText", [](Rows* r) { r->set_raw(0, 4); }},
        BadRow{"State0", [](Rows* r) { r->set_state(0, 0); }},
        BadRow{"StateTooLarge", [](Rows* r) { r->set_state(0, 19); }},
        BadRow{"StateWraps", [](Rows* r) { r->set_state(0, 257); }},
        BadRow{"Level0", [](Rows* r) { r->set_level(0, 0); }},
        BadRow{"PeriodEmpty", [](Rows* r) { r->set_period_end(0, 10); }},
        BadRow{"PeriodKind9", [](Rows* r) { r->set_period_kind(0, 9); }},
        BadRow{"Flag", [](Rows* r) { r->set_flags(0, 512); }},
        BadRow{"Has", [](Rows* r) { r->set_has(0, 8); }},
        BadRow{"NumberMissing", [](Rows* r) { r->set_has(0, 3); }},
        BadRow{"NumberLeft", [](Rows* r) { r->set_has(0, 0); }},
        BadRow{"Scale", [](Rows* r) { r->set_scale(0, 19); }},
        BadRow{"ScaleMissing", [](Rows* r) { r->clear_scale(); }},
        BadRow{"DimensionsMissing",
               [](Rows* r) { r->set_dimension_count(0, 2); }},
        BadRow{"DimensionsHuge",
               [](Rows* r) { r->set_dimension_count(0, 0xffffffff); }},
        BadRow{"DimensionsLeft", [](Rows* r) { r->set_dimension_count(0, 0); }},
        BadRow{"NotesMissing", [](Rows* r) { r->set_note_count(0, 9); }},
        BadRow{"HeadersMissing", [](Rows* r) { r->set_header_count(0, 2); }},
        BadRow{"HeadersLeft", [](Rows* r) { r->set_header_count(0, 0); }},
        BadRow{"LocatorMissing", [](Rows* r) { r->clear_locator(); }},
        BadRow{"DimensionRepeated",
               [](Rows* r) {
                 r->set_dimension_count(0, 2);
                 r->add_dimension_axis(1);
                 r->add_dimension_label(3);
               }}),
    [](const auto& info) { return std::string(info.param.what); });

}  // namespace
}  // namespace collate::ingest
