#include "plugins/conformance/places.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <string>

#include "service/vocabulary/state.h"

namespace collate::conformance {
namespace {

using ::testing::ElementsAre;
using ::testing::HasSubstr;
using ::testing::IsEmpty;

ingest::RawDocument One(ingest::RawLocator at, const std::string& raw) {
  ingest::RawDocument document;
  document.tables.emplace_back();
  ingest::RawObservation& row = document.observations.emplace_back();
  row.state = vocabulary::State::kReported;
  row.raw = raw;
  row.locator = std::move(at);
  return document;
}

constexpr char kText[] = "force,count\nKent,\"1,2\n34\"\nSurrey,5";

Places Of(ingest::RawLocator at, const std::string& raw,
          const std::string& bytes = kText) {
  return CheckPlaces({"a.csv", bytes}, One(std::move(at), raw));
}

TEST(PlacesTest, LastLineWithoutAnEnd) {
  const Places places =
      Of({.row = 3, .column = 2, .line = 4, .byte_begin = 33, .byte_end = 34},
         "5");
  EXPECT_EQ(places.checked, 1u);
  EXPECT_THAT(places.faults, IsEmpty());
  EXPECT_THAT(places.token_faults, IsEmpty());
}

TEST(PlacesTest, RecordThatGoesOnOverALineBreakWithinQuotes) {
  EXPECT_THAT(Of({.row = 2, .column = 2, .line = 2}, "1,2\n34").token_faults,
              IsEmpty());
  EXPECT_THAT(Of({.row = 2, .column = 2, .line = 2}, "5").token_faults,
              ElementsAre(HasSubstr("line 2 does not hold '5'")));
}

TEST(PlacesTest, LineBeyondTheLast) {
  EXPECT_THAT(Of({.row = 3, .column = 2, .line = 5}, "5").faults,
              ElementsAre(HasSubstr("line 5, row 3 of 4 lines")));
}

TEST(PlacesTest, ColumnBeyondTheLast) {
  EXPECT_THAT(Of({.row = 3, .column = 3, .line = 4}, "5").faults,
              ElementsAre(HasSubstr("no column 3")));
}

TEST(PlacesTest, ByteBeyondTheLast) {
  EXPECT_THAT(Of({.row = 1, .byte_end = 1000}, "5").faults,
              ElementsAre(HasSubstr("byte 1000 of")));
}

TEST(PlacesTest, SheetOfAText) {
  EXPECT_THAT(Of({.sheet = "S", .row = 1}, "5").faults,
              ElementsAre(HasSubstr("sheet 'S' of a text")));
}

TEST(PlacesTest, NoPlaceAtAll) {
  EXPECT_THAT(Of({}, "5").faults, ElementsAre(HasSubstr("says no place")));
}

TEST(PlacesTest, MemberOfAnArchiveIsCountedAsNotLookedUp) {
  const Places places = Of({.part = "inner.csv", .row = 900}, "5");
  EXPECT_EQ(places.checked, 0u);
  EXPECT_EQ(places.unchecked, 1u);
  EXPECT_THAT(places.faults, IsEmpty());
}

TEST(PlacesTest, TextOfAnotherEncodingIsCountedAsNotLookedUp) {
  const Places places = Of({.row = 900, .line = 900}, "5", "caf\xe9\n");
  EXPECT_EQ(places.unchecked, 1u);
  EXPECT_THAT(places.faults, IsEmpty());
}

}  // namespace
}  // namespace collate::conformance
