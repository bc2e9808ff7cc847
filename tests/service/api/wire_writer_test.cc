// Wire format that is written by hand, held to what protobuf reads and writes.
// That whole answers are the bytes of their messages is held for every answer
// of every test by statistics_fixture.h.

#include "service/api/wire_writer.h"

#include <cstdint>
#include <limits>
#include <string>

#include "absl/strings/string_view.h"
#include "collate/v1/statistics.pb.h"
#include "gtest/gtest.h"
#include "service/api/convert.h"

namespace collate::api {
namespace {

// With a text of so many bytes in it.
std::string CaveatOf(size_t size) {
  v1::Caveat caveat;
  caveat.set_message(std::string(size, 'x'));
  return caveat.SerializeAsString();
}

TEST(WireWriterTest, ANestedMessageMayHaveAnyLengthWhateverWasExpected) {
  for (const size_t length_bytes : {1, 2, 3}) {
    for (const size_t size : {0, 1, 120, 124, 125, 126, 127, 128, 129, 16379,
                              16380, 16381, 16383, 16384, 2097140, 2097152}) {
      std::string bytes = "before";
      Nested message(1, &bytes, length_bytes);
      AppendText(v1::Caveat::kMessageFieldNumber, std::string(size, 'x'),
                 &bytes);
      EXPECT_EQ(message.End(), CaveatOf(size).size());
      std::string expected = "before";
      AppendField(1, View(CaveatOf(size)), &expected);
      EXPECT_EQ(bytes, expected) << size << " in " << length_bytes;
    }
  }
}

TEST(WireWriterTest, NumbersAreThoseOfTheMessage) {
  for (const int64_t number :
       {int64_t{0}, int64_t{1}, int64_t{127}, int64_t{128}, int64_t{-1},
        std::numeric_limits<int64_t>::min(),
        std::numeric_limits<int64_t>::max()}) {
    v1::StatedCoverage stated;
    stated.set_reporter_count(number);
    std::string bytes;
    AppendCount(v1::StatedCoverage::kReporterCountFieldNumber, number, &bytes);
    EXPECT_EQ(bytes, stated.SerializeAsString()) << number;

    v1::Operand operand;
    operand.set_reported(number);
    bytes.clear();
    AppendNumber(v1::Operand::kReportedFieldNumber, number, &bytes);
    EXPECT_EQ(bytes, operand.SerializeAsString()) << number;
  }
}

TEST(WireWriterTest, IntervalsAndPeriodsAreThoseOfTheMessage) {
  for (const query::Interval& interval :
       {query::Interval::Unknown(), query::Interval::Exactly(0),
        query::Interval{-1200, std::nullopt}, query::Interval{3, 1234567890}}) {
    v1::Cell cell;
    *cell.mutable_panel_bounds() = ToProto(interval);
    *cell.mutable_decimal_panel_bounds() = ToDecimalProto(interval, 3);
    std::string bytes;
    AppendInterval(v1::Cell::kPanelBoundsFieldNumber, interval, &bytes);
    AppendDecimalInterval(v1::Cell::kDecimalPanelBoundsFieldNumber, interval, 3,
                          &bytes);
    EXPECT_EQ(bytes, cell.SerializeAsString()) << cell.DebugString();
  }
  for (const absl::string_view text :
       {"2017/18", "2017/18 Q3", "2017", "2017-05", "2017-05-09",
        "year ending March 2018", "2017-05-09/2017-06-30"}) {
    const auto period = vocabulary::ParsePeriod(text);
    ASSERT_TRUE(period.ok()) << period.status();
    v1::Cell cell;
    *cell.mutable_period() = ToProto(*period);
    std::string bytes;
    AppendPeriod(v1::Cell::kPeriodFieldNumber, *period, &bytes);
    EXPECT_EQ(bytes, cell.SerializeAsString()) << text;
  }
}

}  // namespace
}  // namespace collate::api
