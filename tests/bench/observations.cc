#include "tests/bench/observations.h"

#include <algorithm>
#include <array>
#include <cmath>
#include <cstdlib>
#include <memory>
#include <utility>

#include "absl/container/flat_hash_map.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/str_format.h"
#include "absl/time/civil_time.h"
#include "absl/time/time.h"
#include "service/base/digest.h"
#include "service/base/status_macros.h"
#include "service/store/sqlite_store.h"

namespace collate::testing::bench {
namespace {

using store::Observations;
using vocabulary::Day;
using vocabulary::PeriodKind;
using vocabulary::State;

constexpr size_t kRowsPerChunk = 65'536;
constexpr size_t kBatch = 4096;

// splitmix64: every figure is a function of where it stands.
uint64_t Mixed(uint64_t key) {
  key += 0x9e3779b97f4a7c15;
  key = (key ^ (key >> 30)) * 0xbf58476d1ce4e5b9;
  key = (key ^ (key >> 27)) * 0x94d049bb133111eb;
  return key ^ (key >> 31);
}

uint64_t KeyOf(uint64_t what, uint64_t a, uint64_t b, uint64_t c) {
  return Mixed(what << 56 ^ a << 32 ^ b << 16 ^ c);
}

// In [0, 1).
double Share(uint64_t random) {
  return static_cast<double>(random >> 11) * 0x1.0p-53;
}

enum What : uint64_t {
  kSilentYear = 1,
  kSilentQuarter = 2,
  kReply = 3,
  kFigure = 4,
  kRevised = 5,
};

bool IsSilent(int reporter, int year) {
  return KeyOf(kSilentYear, reporter, year, 0) % 100 < 2;
}

bool IsSilentIn(int reporter, int quarter) {
  return KeyOf(kSilentQuarter, reporter, quarter, 0) % 1000 < 5;
}

// What a reporter has to say about a slice of a year: figures mostly.
State ReplyOf(Slice slice, int reporter, int year) {
  const uint64_t draw =
      KeyOf(kReply, static_cast<uint64_t>(slice), reporter, year) % 1000;
  if (draw < 25) return State::kNoResponse;
  // Totals are kept everywhere, breakdowns are not.
  if (slice != Slice::kTotal && draw < 40) return State::kRefused;
  if (slice != Slice::kTotal && draw < 55) return State::kNotHeld;
  return State::kReported;
}

bool Suppresses(int reporter) { return reporter % 5 == 2; }
bool Rounds(int reporter) { return reporter % 9 == 4; }

// Forces and offences differ by two orders of magnitude.
double SizeOf(int reporter) { return std::exp(0.05 * (reporter * 17 % 45)); }
double WeightOf(int code) { return 4.0 * std::exp(0.03 * (code * 53 % 120)); }

struct Parts {
  int platforms = 1;
  int age_bands = 1;
  int sexes = 1;

  int count() const { return platforms * age_bands * sexes; }
};

Parts PartsOf(const Shape& shape, Slice slice) {
  switch (slice) {
    case Slice::kTotal:
      return {};
    case Slice::kPlatform:
      return {.platforms = shape.platforms};
    case Slice::kSexAge:
      return {.age_bands = shape.age_bands, .sexes = shape.sexes};
    case Slice::kPlatformAge:
      return {.platforms = shape.platforms, .age_bands = shape.age_bands};
  }
  return {};
}

int OffencesOf(const Shape& shape, Slice slice) {
  return slice == Slice::kTotal ? shape.codes() : shape.detailed_offences();
}

void SetNumber(int reporter, int64_t number, Row& row) {
  row.value = row.lower = row.upper = 0;
  if (Suppresses(reporter) && number > 0 && number < 5) {
    row.state = State::kSuppressed;
    row.has = store::kHasLower | store::kHasUpper;
    row.lower = 1;
    row.upper = 4;
  } else if (Rounds(reporter)) {
    row.state = State::kRounded;
    row.has = store::kHasValue | store::kHasLower | store::kHasUpper;
    row.value = (number + 2) / 5 * 5;
    row.lower = row.value - 2;
    row.upper = row.value + 2;
  } else {
    row.state = State::kReported;
    row.has = store::kHasValue;
    row.value = number;
  }
}

// A chunk with the strings that it needs, each once.
class ChunkBuilder {
 public:
  ChunkBuilder(const Shape& shape, Slice slice) : shape_(shape), slice_(slice) {
    Reset();
  }

  size_t row_count() const { return chunk_.row_count(); }

  void Add(const Row& row) {
    Observations& chunk = chunk_;
    size_t axis = 0;
    if (slice_ == Slice::kSexAge || slice_ == Slice::kPlatformAge) {
      AddMember(age_bands_[row.age_band], AgeBandCode, row.age_band,
                chunk.axes[axis++]);
    }
    AddMember(
        offences_[row.offence],
        [this](int offence) {
          return slice_ == Slice::kTotal ? OffenceCode(offence)
                                         : DetailedOffenceCode(shape_, offence);
        },
        row.offence, chunk.axes[axis++]);
    if (slice_ == Slice::kPlatform || slice_ == Slice::kPlatformAge) {
      AddMember(platforms_[row.platform], PlatformCode, row.platform,
                chunk.axes[axis++]);
    }
    if (slice_ == Slice::kSexAge) {
      AddMember(sexes_[row.sex], SexCode, row.sex, chunk.axes[axis++]);
    }
    AddMember(reporters_[row.reporter], ReporterCode, row.reporter,
              chunk.reporter);
    const vocabulary::DayInterval days = QuarterDays(row.quarter);
    chunk.period_begin.push_back(days.begin);
    chunk.period_end.push_back(days.end);
    chunk.period_kind.push_back(PeriodKind::kFinancialQuarter);
    uint32_t& period = quarters_[row.quarter % 4];
    if (period == 0) {
      period = Keep(
          absl::StrCat(YearText(row.quarter / 4), " Q", row.quarter % 4 + 1));
    }
    chunk.period_text.push_back(period);
    chunk.state.push_back(row.state);
    chunk.flags.push_back(row.flags);
    chunk.has.push_back(row.has);
    chunk.value.push_back(row.value);
    chunk.lower.push_back(row.lower);
    chunk.upper.push_back(row.upper);
    chunk.raw.push_back(TokenOf(row));
    chunk.reason.push_back(row.state == State::kRefused ? refusal_ : 0);
    chunk.records.push_back(0);
    store::Locator locator;
    locator.row = static_cast<uint32_t>(++line_);
    locator.line = line_;
    locator.column = 9;
    chunk.locator.push_back(locator);
  }

  Observations Take() {
    Observations chunk = std::move(chunk_);
    Reset();
    return chunk;
  }

 private:
  struct Member {
    uint32_t code = 0;
    uint32_t label = 0;
  };

  void Reset() {
    chunk_ = Observations();
    store::Slice& slice = chunk_.slice;
    slice.measure = "offences";
    slice.partition = store::Partition::kComplete;
    const std::string level =
        slice_ != Slice::kTotal && !shape_.detailed_by_code ? "group" : "code";
    if (slice_ == Slice::kSexAge || slice_ == Slice::kPlatformAge) {
      slice.axes.push_back({"age_band", "band"});
    }
    slice.axes.push_back({"offence", level});
    if (slice_ == Slice::kPlatform || slice_ == Slice::kPlatformAge) {
      slice.axes.push_back({"platform", "service"});
    }
    if (slice_ == Slice::kSexAge) slice.axes.push_back({"sex", "sex"});
    chunk_.axes.resize(slice.axes.size());
    reporters_.assign(shape_.reporters, {});
    offences_.assign(OffencesOf(shape_, slice_), {});
    platforms_.assign(shape_.platforms, {});
    age_bands_.assign(shape_.age_bands, {});
    sexes_.assign(shape_.sexes, {});
    quarters_.fill(0);
    tokens_.clear();
    suppressed_ = Keep("<5");
    nothing_ = Keep("-");
    refusal_ = Keep("s.12(2) cost");
  }

  uint32_t Keep(std::string text) {
    chunk_.strings.push_back(std::move(text));
    return static_cast<uint32_t>(chunk_.strings.size() - 1);
  }

  template <typename CodeFn>
  void AddMember(Member& member, CodeFn code_of, int number,
                 Observations::AxisColumn& column) {
    if (member.code == 0) {
      const std::string code = code_of(number);
      member.code = Keep(code);
      member.label = Keep(absl::StrCat("Title of ", code));
    }
    column.member.push_back(member.code);
    column.label.push_back(member.label);
  }

  uint32_t TokenOf(const Row& row) {
    if (row.state == State::kSuppressed) return suppressed_;
    if ((row.has & store::kHasValue) == 0) return nothing_;
    const auto [at, added] = tokens_.try_emplace(row.value, 0);
    if (added) at->second = Keep(absl::StrFormat("%d", row.value));
    return at->second;
  }

  const Shape& shape_;
  const Slice slice_;
  Observations chunk_;
  std::vector<Member> reporters_;
  std::vector<Member> offences_;
  std::vector<Member> platforms_;
  std::vector<Member> age_bands_;
  std::vector<Member> sexes_;
  std::array<uint32_t, 4> quarters_ = {};
  absl::flat_hash_map<int64_t, uint32_t> tokens_;
  uint32_t suppressed_ = 0;
  uint32_t nothing_ = 0;
  uint32_t refusal_ = 0;
  uint64_t line_ = 1;  // the header
};

constexpr const char* kSliceNames[] = {"total", "platform", "sex-age",
                                       "platform-age"};

// What one release speaks about: whoever is in it, for its whole year.
store::Extent ExtentOf(const Shape& shape, int year,
                       const store::Slice& slice) {
  store::Extent extent;
  extent.slice = slice;
  for (int reporter = 0; reporter < shape.reporters; ++reporter) {
    if (!IsSilent(reporter, year)) {
      extent.reporters.push_back(ReporterCode(reporter));
    }
  }
  std::sort(extent.reporters.begin(), extent.reporters.end());
  extent.periods.push_back(
      {QuarterDays(4 * year).begin, QuarterDays(4 * year + 3).end});
  return extent;
}

}  // namespace

Shape OneMillion() {
  return {
      .detailed_by_code = false, .sex_age_years = 5, .platform_age_years = 2};
}

Shape TwentyMillion() { return {}; }

Shape TwentyThousand() {
  return {.groups = 3,
          .codes_per_group = 2,
          .years = 3,
          .platforms = 3,
          .age_bands = 3,
          .detailed_by_code = false,
          .sex_age_years = 2,
          .platform_age_years = 1};
}

int FirstYearOf(const Shape& shape, Slice slice) {
  switch (slice) {
    case Slice::kSexAge:
      return shape.years - shape.sex_age_years;
    case Slice::kPlatformAge:
      return shape.years - shape.platform_age_years;
    default:
      return 0;
  }
}

void ForEachRow(const Shape& shape, Slice slice, int year, bool revision,
                const std::function<void(absl::Span<const Row>)>& take) {
  const Parts parts = PartsOf(shape, slice);
  const int offences = OffencesOf(shape, slice);
  const double share = 1.0 / parts.count();
  const bool grouped = slice != Slice::kTotal && !shape.detailed_by_code;
  std::vector<Row> batch;
  batch.reserve(kBatch);
  const auto add = [&](const Row& row) {
    batch.push_back(row);
    if (batch.size() == kBatch) {
      take(batch);
      batch.clear();
    }
  };
  Row row;
  for (row.offence = 0; row.offence < offences; ++row.offence) {
    const double weight = grouped
                              ? WeightOf(row.offence * shape.codes_per_group) *
                                    shape.codes_per_group
                              : WeightOf(row.offence);
    for (row.reporter = 0; row.reporter < shape.reporters; ++row.reporter) {
      if (IsSilent(row.reporter, year)) continue;
      const State reply = ReplyOf(slice, row.reporter, year);
      // A revision has figures only.
      if (revision && reply != State::kReported) continue;
      const double mean =
          SizeOf(row.reporter) * weight * (1 + 0.08 * year) * share;
      for (int q = 0; q < 4; ++q) {
        row.quarter = 4 * year + q;
        if (IsSilentIn(row.reporter, row.quarter)) continue;
        const uint64_t place =
            KeyOf(kFigure + 16 * static_cast<uint64_t>(slice), row.offence,
                  row.reporter, row.quarter);
        uint64_t part = 0;
        for (row.platform = 0; row.platform < parts.platforms; ++row.platform) {
          for (row.age_band = 0; row.age_band < parts.age_bands;
               ++row.age_band) {
            for (row.sex = 0; row.sex < parts.sexes; ++row.sex) {
              const uint64_t random = Mixed(place + ++part);
              const uint64_t change = Mixed(random ^ kRevised);
              row.flags = 0;
              if (revision) {
                if (change % 100 != 0) continue;
                // One in ten is changed without a word.
                if (change / 100 % 10 != 0) {
                  row.flags = vocabulary::kFlagRevised;
                }
              }
              if (reply != State::kReported) {
                row.state = reply;
                row.has = 0;
                row.value = row.lower = row.upper = 0;
              } else {
                const auto number = static_cast<int64_t>(
                    mean * (0.4 + 1.2 * Share(random)) + 0.5);
                SetNumber(row.reporter, number + (revision ? 7 : 0), row);
              }
              add(row);
            }
          }
        }
      }
    }
  }
  if (!batch.empty()) take(batch);
}

int64_t CountRows(const Shape& shape) {
  int64_t count = 0;
  for (int s = 0; s < kSliceCount; ++s) {
    const auto slice = static_cast<Slice>(s);
    for (int year = FirstYearOf(shape, slice); year < shape.years; ++year) {
      for (const bool revision : {false, true}) {
        ForEachRow(shape, slice, year, revision,
                   [&count](absl::Span<const Row> rows) {
                     count += static_cast<int64_t>(rows.size());
                   });
      }
    }
  }
  return count;
}

std::string ReporterCode(int reporter) {
  return absl::StrFormat("force-%02d", reporter);
}
std::string OffenceCode(int code) { return absl::StrFormat("code-%03d", code); }
std::string GroupCode(int group) {
  return absl::StrFormat("group-%02d", group);
}
std::string DetailedOffenceCode(const Shape& shape, int offence) {
  return shape.detailed_by_code ? OffenceCode(offence) : GroupCode(offence);
}
std::string PlatformCode(int platform) {
  return absl::StrFormat("platform-%02d", platform);
}
std::string AgeBandCode(int age_band) {
  return absl::StrFormat("ages-%d", age_band);
}
std::string SexCode(int sex) { return absl::StrFormat("sex-%d", sex); }

int NumberOf(const std::string& code) {
  return std::atoi(code.c_str() + code.rfind('-') + 1);
}

std::string YearText(int year) {
  return absl::StrFormat("%d/%02d", kFirstYear + year,
                         (kFirstYear + year + 1) % 100);
}

vocabulary::DayInterval QuarterDays(int quarter) {
  const auto day = [](int q) {
    // Month 13 is January of the next year.
    return static_cast<Day>(absl::CivilDay(kFirstYear, 4 + 3 * q, 1) -
                            absl::CivilDay(1970, 1, 1));
  };
  return {day(quarter), day(quarter + 1)};
}

std::string VocabularyText(const Shape& shape) {
  std::string text =
      "measures { code: 'offences' title: 'Offences' unit: 'offences' "
      "floor: FLOOR_ZERO additive_over_time: true "
      "description: 'Made-up offences.' "
      "additive_dimensions: ['age_band', 'offence', 'platform', 'reporter', "
      "'sex'] }\n"
      "sources { id: 'bench' title: 'Made-up figures' publisher: 'Nobody' "
      "licence: 'None' access: ACCESS_PUBLISHED preference: 1 "
      "retain: RETAIN_ORIGINAL }\n";
  const auto dimension = [&text](absl::string_view code,
                                 const std::vector<std::string>& levels) {
    absl::StrAppend(&text, "dimensions { code: '", code, "' title: '", code,
                    "' matching: MATCHING_EXACT description: 'Made up.' ");
    for (const std::string& level : levels) {
      absl::StrAppend(&text, "levels { code: '", level, "' title: '", level,
                      "' } ");
    }
    absl::StrAppend(&text, "}\n");
  };
  const auto members = [&text](absl::string_view dimension_code,
                               absl::string_view level, int count,
                               std::string (*code_of)(int)) {
    absl::StrAppend(&text, "member_sets { dimension: '", dimension_code,
                    "' note: 'Made up'\n");
    for (int i = 0; i < count; ++i) {
      absl::StrAppend(&text, "members { code: '", code_of(i),
                      "' title: 'Title of ", code_of(i), "' level: '", level,
                      "' }\n");
    }
    absl::StrAppend(&text, "}\n");
  };
  dimension("reporter", {"force"});
  members("reporter", "force", shape.reporters, ReporterCode);
  dimension("offence", {"group", "code"});
  members("offence", "group", shape.groups, GroupCode);
  absl::StrAppend(&text,
                  "member_sets { dimension: 'offence' note: 'Made up'\n");
  for (int code = 0; code < shape.codes(); ++code) {
    absl::StrAppend(&text, "members { code: '", OffenceCode(code),
                    "' title: 'Title of ", OffenceCode(code),
                    "' level: 'code' parents { code: '",
                    GroupCode(code / shape.codes_per_group), "' } }\n");
  }
  absl::StrAppend(&text, "}\n");
  dimension("platform", {"service"});
  members("platform", "service", shape.platforms, PlatformCode);
  dimension("age_band", {"band"});
  members("age_band", "band", shape.age_bands, AgeBandCode);
  dimension("sex", {"sex"});
  members("sex", "sex", shape.sexes, SexCode);
  absl::StrAppend(&text, "panels { code: 'all' title: 'All forces'\n");
  for (int i = 0; i < shape.reporters; ++i) {
    absl::StrAppend(&text, "members { reporter: '", ReporterCode(i), "' }\n");
  }
  absl::StrAppend(&text, "}\n");
  return text;
}

store::ReleaseDraft MakeRelease(const Shape& shape, Slice slice, int year,
                                bool revision) {
  store::ReleaseDraft draft;
  ChunkBuilder builder(shape, slice);
  ForEachRow(shape, slice, year, revision, [&](absl::Span<const Row> rows) {
    for (const Row& row : rows) {
      builder.Add(row);
      if (builder.row_count() == kRowsPerChunk) {
        draft.observations.push_back(builder.Take());
      }
    }
  });
  if (builder.row_count() > 0) draft.observations.push_back(builder.Take());

  store::Release& release = draft.release;
  const std::string edition =
      absl::StrCat(kSliceNames[static_cast<int>(slice)], " ", YearText(year),
                   revision ? " revised" : "");
  const std::string sha256 = base::Sha256Hex(edition);
  const absl::CivilDay day(kFirstYear + year + (revision ? 2 : 1), 7, 1);
  release.source = "bench";
  release.name = absl::StrCat("sources/bench/releases/",
                              absl::FormatCivilTime(day).substr(0, 4), "0701-",
                              sha256.substr(0, 12));
  release.publish_time = absl::FromCivil(day, absl::UTCTimeZone());
  release.load_time = *release.publish_time;
  release.edition = edition;
  release.documents.push_back(
      {.name = absl::StrCat(kSliceNames[static_cast<int>(slice)], ".csv"),
       .media_type = "text/csv",
       .sha256 = sha256,
       .byte_count = 1});
  draft.contents.resize(1);
  release.adapter_id = "bench";
  release.adapter_version = "1";
  release.adapter_sha256 = std::string(64, '0');
  release.vocabulary_sha256 = std::string(64, '0');
  release.synthetic = true;
  if (!revision && !draft.observations.empty()) {
    release.extents.push_back(
        ExtentOf(shape, year, draft.observations[0].slice));
  }
  return draft;
}

void ForEachRelease(const Shape& shape,
                    const std::function<void(store::ReleaseDraft)>& take) {
  for (int year = 0; year <= shape.years; ++year) {
    for (int s = 0; s < kSliceCount; ++s) {
      const auto slice = static_cast<Slice>(s);
      const int first = FirstYearOf(shape, slice);
      if (year < shape.years && year >= first) {
        take(MakeRelease(shape, slice, year, /*revision=*/false));
      }
      if (year > first) {
        take(MakeRelease(shape, slice, year - 1, /*revision=*/true));
      }
    }
  }
}

absl::Status MakeStore(const Shape& shape, const std::string& directory) {
  COLLATE_ASSIGN_OR_RETURN(const std::unique_ptr<store::Store> store,
                           store::OpenDataDirectory(directory));
  absl::Status status;
  ForEachRelease(shape, [&](const store::ReleaseDraft& draft) {
    if (status.ok()) status = store->Publish(draft);
  });
  return status;
}

}  // namespace collate::testing::bench
