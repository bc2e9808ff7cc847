#include "tests/bench/random_questions_sql.h"

#include <algorithm>
#include <cstdlib>
#include <optional>
#include <utility>
#include <vector>

#include "absl/strings/str_cat.h"
#include "absl/strings/str_join.h"
#include "absl/strings/string_view.h"
#include "absl/time/civil_time.h"
#include "service/vocabulary/state.h"

namespace collate::testing::bench {
namespace {

using vocabulary::Severity;
using vocabulary::State;

// What stands for a member that a figure has none of.
constexpr int kNone = -1;

constexpr const char* kParts[] = {"platform", "age_band", "sex"};

bool HasPart(Slice slice, absl::string_view part) {
  switch (slice) {
    case Slice::kTotal:
      return false;
    case Slice::kPlatform:
      return part == "platform";
    case Slice::kSexAge:
      return part != "platform";
    case Slice::kPlatformAge:
      return part != "sex";
  }
  return false;
}

int CountOf(const Shape& shape, absl::string_view part) {
  return part == "platform" ? shape.platforms
         : part == "sex"    ? shape.sexes
                            : shape.age_bands;
}

bool IsByCode(const Shape& shape, Slice slice) {
  return slice == Slice::kTotal || shape.detailed_by_code;
}

int64_t PublishedOn(int year, bool revision) {
  return absl::CivilDay(kFirstYear + year + (revision ? 2 : 1), 7, 1) -
         absl::CivilDay(1970, 1, 1);
}

// What the number can be, by its state; the measure has a floor of 0.
void AppendInterval(const Row& row, Numbers* flat) {
  switch (row.state) {
    case State::kReported:
      flat->insert(flat->end(), {row.value, row.value, row.value});
      break;
    case State::kRounded:
      flat->insert(flat->end(),
                   {row.value, std::max<int64_t>(0, row.lower), row.upper});
      break;
    case State::kSuppressed:
      flat->insert(flat->end(), {std::nullopt, row.lower, row.upper});
      break;
    default:
      flat->insert(flat->end(), {std::nullopt, 0, std::nullopt});
      break;
  }
}

// ---- Statements ------------------------------------------------------------

class Statement {
 public:
  Statement(const Shape& shape, const RandomQuestion& question)
      : shape_(shape), question_(question) {
    for (const RandomQuestion::Asked& asked : question_.asked) {
      coordinates_.push_back(asked.dimension);
      if (asked.grouped) shown_.push_back(asked.dimension);
    }
    shown_.push_back("period");
    if (question_.by_reporter) shown_.push_back("reporter");
  }

  std::string Text() const {
    return absl::StrCat("WITH ", Question(), ", ", Visible(), ", ",
                        Candidates(), ", ", Served(), ", ", Speaking(), ", ",
                        Covered(), ", ", Figures(), ", ", Reporters(), " ",
                        Cells());
  }

 private:
  using Asked = RandomQuestion::Asked;

  const Asked* Find(absl::string_view dimension) const {
    for (const Asked& asked : question_.asked) {
      if (asked.dimension == dimension) return &asked;
    }
    return nullptr;
  }

  // The column of an observation that has the asked member.
  static std::string ColumnOf(const Asked& asked) {
    if (asked.dimension != "offence") return asked.dimension;
    return asked.groups ? "offence_group" : "offence_code";
  }

  std::string List(const std::vector<std::string>& extra) const {
    std::vector<std::string> all = coordinates_;
    all.insert(all.end(), extra.begin(), extra.end());
    return absl::StrJoin(all, ", ");
  }

  // The question itself as tables.
  std::string Question() const {
    std::vector<std::string> periods, reporters, excluded = {"(-1, -1)"};
    for (size_t p = 0; p < question_.periods.size(); ++p) {
      const Quarters& quarters = question_.periods[p];
      periods.push_back(absl::StrCat(
          "(", p, ", ", quarters.first, ", ", quarters.last, ", ",
          quarters.first >= 0 && quarters.first / 4 == quarters.last / 4
              ? quarters.first / 4
              : kNone,
          ")"));
      // One of the rows of an answer by reporter may be in the panel of another
      // period only.
      for (int reporter = 0; reporter < shape_.reporters; ++reporter) {
        const auto has = [reporter](const std::vector<int>& reporters) {
          return std::count(reporters.begin(), reporters.end(), reporter) > 0;
        };
        const bool due = has(question_.reporters[p]);
        if (!due && !(question_.by_reporter &&
                      std::any_of(question_.reporters.begin(),
                                  question_.reporters.end(), has))) {
          continue;
        }
        reporters.push_back(
            absl::StrCat("(", p, ", ", reporter, ", ", due ? 1 : 0, ")"));
      }
      for (const RandomQuestion::Exclusion& one : question_.exclusions) {
        // Days in common are enough.
        if (one.quarters.has_value() && (one.quarters->last < quarters.first ||
                                         one.quarters->first > quarters.last)) {
          continue;
        }
        excluded.push_back(absl::StrCat("(", p, ", ", one.reporter, ")"));
      }
    }
    std::string text = absl::StrCat(
        "asked_period(period, first_quarter, last_quarter, year) AS (VALUES ",
        absl::StrJoin(periods, ", "),
        "), asked_reporter(period, reporter, due) AS ", "(VALUES ",
        absl::StrJoin(reporters, ", "),
        "), excluded(period, reporter) AS (VALUES ",
        absl::StrJoin(excluded, ", "), ")");
    for (const Asked& asked : question_.asked) {
      const std::string members = absl::StrJoin(asked.members, ", ");
      absl::StrAppend(&text, ", asked_", asked.dimension, "(", asked.dimension,
                      ") AS (");
      if (asked.observed) {
        absl::StrAppend(&text, "SELECT DISTINCT ", asked.dimension,
                        " FROM observation WHERE ", asked.dimension, " IN (",
                        absl::StrJoin(asked.members, ", "), ")", AsOf(), ")");
      } else {
        absl::StrAppend(&text, "VALUES (", absl::StrJoin(asked.members, "), ("),
                        "))");
      }
    }
    return text;
  }

  // What holds on the day: of each figure the latest edition.
  std::string Visible() const {
    return absl::StrCat(
        "visible AS MATERIALIZED (SELECT * FROM (SELECT *, row_number() OVER "
        "(PARTITION BY "
        "slice, reporter, offence_code, offence_group, quarter, platform, "
        "age_band, sex ORDER BY published DESC) AS edition FROM observation "
        "WHERE quarter BETWEEN (SELECT min(first_quarter) FROM asked_period) "
        "AND (SELECT max(last_quarter) FROM asked_period)",
        AsOf(), ") AS editions WHERE edition = 1)");
  }

  std::string AsOf() const {
    if (!question_.as_of.has_value()) return "";
    return absl::StrCat(" AND published <= ", *question_.as_of);
  }

  // Whether a slice has everything that is asked, so that its parts add up to
  // it.
  bool Contains(Slice slice) const {
    const Asked* offence = Find("offence");
    if (offence != nullptr && !offence->groups && !IsByCode(shape_, slice)) {
      return false;
    }
    return std::all_of(std::begin(kParts), std::end(kParts), [&](auto part) {
      return Find(part) == nullptr || HasPart(slice, part);
    });
  }

  // Dimensions of the slice that nobody asked for.
  int ExtraOf(Slice slice) const {
    int extra = Find("offence") == nullptr ? 1 : 0;
    for (const char* part : kParts) {
      extra += HasPart(slice, part) && Find(part) == nullptr;
    }
    return extra;
  }

  // By the names of its dimensions.
  static int PlaceOf(Slice slice) {
    switch (slice) {
      case Slice::kPlatformAge:
        return 0;  // age_band, offence, platform
      case Slice::kSexAge:
        return 1;  // age_band, offence, sex
      case Slice::kTotal:
        return 2;  // offence
      case Slice::kPlatform:
        return 3;  // offence, platform
    }
    return 0;
  }

  // Figures that a full one of a quarter is made of.
  int PartsOf(Slice slice) const {
    const Asked* offence = Find("offence");
    int parts = 1;
    if (offence == nullptr) {
      parts = IsByCode(shape_, slice) ? shape_.codes() : shape_.groups;
    } else if (offence->groups && IsByCode(shape_, slice)) {
      parts = shape_.codes_per_group;
    }
    for (const char* part : kParts) {
      if (HasPart(slice, part) && Find(part) == nullptr) {
        parts *= CountOf(shape_, part);
      }
    }
    return parts;
  }

  // What each slice has to say of each leaf, as sums of its rows.
  std::string Candidates() const {
    std::vector<std::string> slices;
    for (int s = 0; s < kSliceCount; ++s) {
      const auto slice = static_cast<Slice>(s);
      if (!Contains(slice)) continue;
      std::string columns, joins;
      for (const Asked& asked : question_.asked) {
        absl::StrAppend(&columns, "asked_", asked.dimension, ".",
                        asked.dimension, " AS ", asked.dimension, ", ");
        absl::StrAppend(&joins, " JOIN asked_", asked.dimension, " ON visible.",
                        ColumnOf(asked), " = asked_", asked.dimension, ".",
                        asked.dimension);
      }
      std::vector<std::string> keys;
      for (const std::string& coordinate : coordinates_) {
        keys.push_back(absl::StrCat("asked_", coordinate, ".", coordinate));
      }
      keys.insert(keys.end(), {"asked_period.period", "visible.reporter",
                               "first_quarter", "last_quarter"});
      slices.push_back(absl::StrCat(
          "SELECT ", columns,
          "asked_period.period AS period, visible.reporter AS reporter, ",
          PlaceOf(slice), " AS place, ", ExtraOf(slice),
          " AS extra, (last_quarter - "
          "first_quarter + 1) * ",
          PartsOf(slice),
          " AS needed, count(*) AS n, sum(value) AS printed, sum(lower) AS "
          "low, CASE WHEN count(upper) = count(*) THEN sum(upper) END AS high, "
          "sum(CASE WHEN rank <= ",
          Severity(State::kSuppressed),
          " THEN lower END) AS seen_low, sum(CASE WHEN rank <= ",
          Severity(State::kSuppressed),
          " THEN upper END) AS seen_high, max(rank) AS worst FROM visible JOIN "
          "asked_period ON quarter BETWEEN first_quarter AND last_quarter",
          joins, " WHERE slice = ", s, " GROUP BY ",
          absl::StrJoin(keys, ", ")));
    }
    if (slices.empty()) {
      // Of the same shape and without a row.
      std::string columns;
      for (const std::string& coordinate : coordinates_) {
        absl::StrAppend(&columns, "0 AS ", coordinate, ", ");
      }
      slices.push_back(absl::StrCat(
          "SELECT ", columns,
          "0 AS period, 0 AS reporter, 0 AS place, 0 AS extra, 0 AS needed, 0 "
          "AS n, 0 AS printed, 0 AS low, 0 AS high, 0 AS seen_low, 0 AS "
          "seen_high, 0 AS worst FROM asked_period WHERE 1 = 0"));
    }
    return absl::StrCat("candidate AS (", absl::StrJoin(slices, " UNION ALL "),
                        ")");
  }

  // One that covers the whole period before one that does not, then the one
  // with the fewest dimensions that nobody asked for; of equals that whose
  // dimensions come first by name.
  std::string Served() const {
    return absl::StrCat(
        "served AS MATERIALIZED (SELECT * FROM (SELECT *, row_number() OVER "
        "(PARTITION BY ",
        List({"period", "reporter"}),
        " ORDER BY CASE WHEN n < needed THEN 1 ELSE 0 END, extra, place) AS "
        "choice FROM candidate) AS choices WHERE choice = 1)");
  }

  // Of whom and when there is a figure that is not broken down as asked: of
  // what is asked, as far as its slice goes.
  std::string Speaking() const {
    std::vector<std::string> slices;
    for (int s = 0; s < kSliceCount; ++s) {
      const auto slice = static_cast<Slice>(s);
      if (Contains(slice)) continue;
      std::string condition = absl::StrCat("(slice = ", s);
      for (const Asked& asked : question_.asked) {
        if (asked.dimension == "offence") {
          if (asked.groups || IsByCode(shape_, slice)) {
            absl::StrAppend(&condition, " AND ", ColumnOf(asked),
                            " IN (SELECT offence FROM asked_offence)");
          } else {
            condition += " AND 1 = 0";  // a group is not in its code
          }
        } else if (HasPart(slice, asked.dimension)) {
          absl::StrAppend(&condition, " AND ", asked.dimension, " IN (SELECT ",
                          asked.dimension, " FROM asked_", asked.dimension,
                          ")");
        }
      }
      slices.push_back(condition + ")");
    }
    if (slices.empty()) slices.emplace_back("1 = 0");
    return absl::StrCat(
        "speaking AS MATERIALIZED (SELECT DISTINCT period, reporter FROM "
        "visible JOIN asked_period ON quarter BETWEEN first_quarter AND "
        "last_quarter WHERE ",
        absl::StrJoin(slices, " OR "), ")");
  }

  // Whom and when the very breakdown that is asked for covers: whoever is in it
  // with another quarter of the year.
  std::string Covered() const {
    std::string slices = "1 = 0";
    for (int s = 0; s < kSliceCount; ++s) {
      const auto slice = static_cast<Slice>(s);
      const Asked* offence = Find("offence");
      if (!Contains(slice) || ExtraOf(slice) > 0 || offence == nullptr ||
          offence->groups == IsByCode(shape_, slice)) {
        continue;
      }
      slices = absl::StrCat("slice = ", s);
    }
    return absl::StrCat(
        "covered AS MATERIALIZED (SELECT DISTINCT period, reporter FROM "
        "observation JOIN asked_period ON quarter BETWEEN 4 * year AND 4 * "
        "year + 3 WHERE year >= 0 AND ",
        slices, AsOf(), ")");
  }

  std::string Figures() const {
    std::string cross, columns;
    for (const std::string& coordinate : coordinates_) {
      absl::StrAppend(&cross, " CROSS JOIN asked_", coordinate);
      absl::StrAppend(&columns, "asked_", coordinate, ".", coordinate, " AS ",
                      coordinate, ", ");
    }
    std::vector<std::string> keys = {
        "served.period = asked_period.period",
        "served.reporter = asked_reporter.reporter"};
    for (const std::string& coordinate : coordinates_) {
      keys.push_back(absl::StrCat("served.", coordinate, " = asked_",
                                  coordinate, ".", coordinate));
    }
    const int partial = Severity(State::kPartialPeriod);
    const auto is_in = [](absl::string_view table) {
      return absl::StrCat("EXISTS (SELECT 1 FROM ", table, " WHERE ", table,
                          ".period = asked_period.period AND ", table,
                          ".reporter = asked_reporter.reporter)");
    };
    return absl::StrCat(
        "leaf AS (SELECT ", columns,
        "asked_period.period AS period, asked_reporter.reporter AS reporter, "
        "due, CASE WHEN ",
        is_in("excluded"),
        " "
        "THEN 1 ELSE 0 END AS is_excluded, CASE WHEN n IS NOT NULL THEN 0 "
        "WHEN ",
        is_in("covered"), " THEN ", Severity(State::kNotShown), " WHEN ",
        is_in("speaking"), " THEN ", Severity(State::kNotCrossed), " ELSE ",
        Severity(State::kNoRelease),
        " END AS silence, coalesce(n, 0) AS n, needed, worst, CASE WHEN n = "
        "needed THEN printed END AS reported, CASE WHEN n = needed THEN "
        "seen_low END AS seen_low, CASE WHEN n = needed THEN seen_high END AS "
        "seen_high, coalesce(served.low, 0) AS low, CASE WHEN n = needed THEN "
        "served.high END AS high FROM asked_reporter JOIN asked_period ON "
        "asked_period.period = asked_reporter.period",
        cross, " LEFT JOIN served ON ", absl::StrJoin(keys, " AND "),
        // Only what says something of a number can be left out.
        "), judged AS (SELECT *, CASE WHEN is_excluded = 1 AND (reported IS "
        "NOT NULL OR high IS NOT NULL OR low <> 0) THEN 1 ELSE 0 END AS "
        "is_out FROM leaf), figure AS (SELECT ",
        List({"period", "reporter", "due"}), ", CASE WHEN is_out = 1 THEN ",
        Severity(State::kAnalystExcluded),
        " WHEN n = 0 THEN silence WHEN n < needed AND worst < ", partial,
        " THEN ", partial, " ELSE worst END AS state, ",
        absl::StrJoin(std::vector<std::string>{"reported", "seen_low",
                                               "seen_high", "high"},
                      ", ",
                      [](std::string* out, const std::string& column) {
                        absl::StrAppend(
                            out, "CASE WHEN is_out = 0 AND due = 1 THEN ",
                            column, " END AS ", column);
                      }),
        ", CASE WHEN is_out = 0 THEN low ELSE 0 END AS low, CASE WHEN is_out = "
        "0 THEN n ELSE 0 END AS cells FROM judged)");
  }

  std::string Reporters() const {
    std::vector<std::string> keys = shown_;
    if (!question_.by_reporter) keys.push_back("reporter");
    const std::string key = absl::StrJoin(keys, ", ");
    return absl::StrCat(
        "reporter_figure AS (SELECT ", key,
        ", max(due) AS due, max(state) AS state, sum(reported) AS reported, "
        "CASE WHEN count(reported) > 0 THEN sum(seen_low) END AS reported_low, "
        "CASE WHEN count(reported) > 0 THEN sum(seen_high) END AS "
        "reported_high, sum(low) AS low, CASE WHEN count(high) = count(*) THEN "
        "sum(high) END AS high, sum(cells) AS cells FROM figure GROUP BY ",
        key, ")");
  }

  // Nobody's figure is due of a reporter that is in no panel of the period.
  std::string Cells() const {
    const std::string key = absl::StrJoin(shown_, ", ");
    std::string text = absl::StrCat(
        "SELECT ", key, ", CASE WHEN sum(due) = 0 THEN ",
        Severity(State::kNotApplicable),
        " ELSE max(state) END, sum(reported), sum(reported_low), "
        "sum(reported_high), CASE WHEN sum(due) > 0 THEN sum(low) END, CASE "
        "WHEN count(high) = count(*) THEN sum(high) END, CASE WHEN sum(due) > "
        "0 "
        "THEN sum(cells) ELSE 0 END, sum(due), sum(due), count(*) FILTER "
        "(WHERE due = 1 AND state <= ",
        Severity(State::kRounded), ")");
    for (int state = 1; state < vocabulary::kStateCount; ++state) {
      absl::StrAppend(&text, ", count(*) FILTER (WHERE due = 1 AND state = ",
                      Severity(static_cast<State>(state)), ")");
    }
    return absl::StrCat(text, " FROM reporter_figure GROUP BY ", key);
  }

  const Shape& shape_;
  const RandomQuestion& question_;
  std::vector<std::string> coordinates_;
  std::vector<std::string> shown_;
};

}  // namespace

void LoadEditions(const Shape& shape, Database& database) {
  database.Execute(
      "CREATE TABLE observation (slice INTEGER, published INTEGER, "
      "offence_code INTEGER, offence_group INTEGER, reporter INTEGER, "
      "quarter INTEGER, platform INTEGER, age_band INTEGER, sex INTEGER, "
      "rank INTEGER, value BIGINT, lower BIGINT, upper BIGINT)");
  Numbers flat;
  database.Load("observation", [&](const Database::Insert& insert) {
    for (int s = 0; s < kSliceCount; ++s) {
      const auto slice = static_cast<Slice>(s);
      const bool by_code = IsByCode(shape, slice);
      for (int year = FirstYearOf(shape, slice); year < shape.years; ++year) {
        for (const bool revision : {false, true}) {
          ForEachRow(
              shape, slice, year, revision, [&](absl::Span<const Row> rows) {
                for (const Row& row : rows) {
                  flat = {s,
                          PublishedOn(year, revision),
                          by_code ? row.offence : kNone,
                          by_code ? row.offence / shape.codes_per_group
                                  : row.offence,
                          row.reporter,
                          row.quarter,
                          HasPart(slice, "platform") ? row.platform : kNone,
                          HasPart(slice, "age_band") ? row.age_band : kNone,
                          HasPart(slice, "sex") ? row.sex : kNone,
                          Severity(row.state)};
                  AppendInterval(row, &flat);
                  insert(flat);
                }
              });
        }
      }
    }
  });
  if (database.has_keys()) {
    database.Execute("CREATE INDEX by_quarter ON observation (quarter)");
  }
}

std::string SqlOf(const Shape& shape, const RandomQuestion& question) {
  return Statement(shape, question).Text();
}

}  // namespace collate::testing::bench
