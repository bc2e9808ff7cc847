// Observations of a country that does not exist, as many as are asked for:
// offences by reporter and quarter, and broken down by platform, sex and age.
// The same shape always gives the same figures.
//
// Each slice of each financial year is a release; a year later an edition
// revises one figure in a hundred. Figures are missing as they are in life: a
// force is silent for a year or a quarter, does not reply about a breakdown,
// withholds what is below five, or rounds to five. Parts are drawn by
// themselves and do not add up to their totals; since every slice has releases
// of its own, nothing compares the two.

#ifndef COLLATE_TESTS_BENCH_OBSERVATIONS_H_
#define COLLATE_TESTS_BENCH_OBSERVATIONS_H_

#include <cstdint>
#include <functional>
#include <string>
#include <vector>

#include "absl/status/status.h"
#include "absl/types/span.h"
#include "service/store/store.h"
#include "service/vocabulary/period.h"
#include "service/vocabulary/state.h"

namespace collate::testing::bench {

// How many there are of everything. Breakdowns are by offence code or, in a
// small world, by group of codes, and go back a few years only.
struct Shape {
  int reporters = 45;
  int groups = 12;
  int codes_per_group = 10;
  int years = 11;
  int platforms = 12;
  int age_bands = 6;
  int sexes = 3;
  bool detailed_by_code = true;
  int sex_age_years = 11;
  int platform_age_years = 8;

  int codes() const { return groups * codes_per_group; }
  int quarters() const { return 4 * years; }
  // Offences that breakdowns are by.
  int detailed_offences() const { return detailed_by_code ? codes() : groups; }
};

// 1 M, 20 M and some 20,000 observations.
Shape OneMillion();
Shape TwentyMillion();
Shape TwentyThousand();

inline constexpr int kFirstYear = 2013;  // 2013/14

enum class Slice {
  kTotal = 0,        // offence code
  kPlatform = 1,     // offence, platform
  kSexAge = 2,       // offence, sex, age band
  kPlatformAge = 3,  // offence, platform, age band
};
inline constexpr int kSliceCount = 4;

// One printed figure; members by number, from 0.
struct Row {
  int reporter = 0;
  int offence = 0;  // code or, in a breakdown by group, group
  int quarter = 0;
  int platform = 0;
  int age_band = 0;
  int sex = 0;
  vocabulary::State state = vocabulary::State::kReported;
  uint32_t flags = 0;
  uint8_t has = 0;  // store::Has
  int64_t value = 0;
  int64_t lower = 0;
  int64_t upper = 0;
};

// First year of which there is such a slice.
int FirstYearOf(const Shape& shape, Slice slice);

// The rows of one release, by offence, then reporter, quarter and the rest.
// With `revision`, those of the edition a year later alone.
void ForEachRow(const Shape& shape, Slice slice, int year, bool revision,
                const std::function<void(absl::Span<const Row>)>& take);

int64_t CountRows(const Shape& shape);

// Codes of members, by number.
std::string ReporterCode(int reporter);
std::string OffenceCode(int code);
std::string GroupCode(int group);
std::string DetailedOffenceCode(const Shape& shape, int offence);
std::string PlatformCode(int platform);
std::string AgeBandCode(int age_band);
std::string SexCode(int sex);
// The number of the member with that code.
int NumberOf(const std::string& code);

// "2017/18".
std::string YearText(int year);
vocabulary::DayInterval QuarterDays(int quarter);

// A vocabulary file (collate.vocabulary.v1) with everything that the figures
// name: measure `offences`, panel `all` and source `bench`.
std::string VocabularyText(const Shape& shape);

// One release, ready to be published. Its load time is that of its
// publication, so that the same shape makes the same store.
store::ReleaseDraft MakeRelease(const Shape& shape, Slice slice, int year,
                                bool revision);

// Every release of the shape, in the order of publication.
void ForEachRelease(const Shape& shape,
                    const std::function<void(store::ReleaseDraft)>& take);

// Publishes them all in the store of a data directory.
absl::Status MakeStore(const Shape& shape, const std::string& directory);

}  // namespace collate::testing::bench

#endif  // COLLATE_TESTS_BENCH_OBSERVATIONS_H_
