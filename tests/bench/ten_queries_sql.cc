#include "tests/bench/ten_queries_sql.h"

#include <algorithm>
#include <cstdlib>
#include <optional>
#include <vector>

#include "absl/strings/str_cat.h"
#include "absl/strings/str_join.h"
#include "absl/strings/str_replace.h"
#include "absl/strings/string_view.h"

namespace collate::testing::bench {
namespace {

using vocabulary::State;

constexpr const char* kTables[] = {"t_total", "t_platform", "t_sex_age",
                                   "t_platform_age"};

std::vector<std::string> PartColumns(Slice slice) {
  switch (slice) {
    case Slice::kTotal:
      return {};
    case Slice::kPlatform:
      return {"platform"};
    case Slice::kSexAge:
      return {"age_band", "sex"};
    case Slice::kPlatformAge:
      return {"platform", "age_band"};
  }
  return {};
}

// The worse, the greater; statistics.proto and the order of `Severity`.
int64_t RankOf(State state) {
  switch (state) {
    case State::kReported:
      return 2;
    case State::kRounded:
      return 3;
    case State::kSuppressed:
      return 6;
    case State::kNotHeld:
      return 15;
    case State::kRefused:
      return 16;
    case State::kNoResponse:
      return 17;
    default:
      std::abort();
  }
}

// reporter, offence, quarter, year, parts, rank, value, lower, upper; upper is
// absent where nobody knows.
void FlatRow(const Row& row, const std::vector<std::string>& parts,
             std::optional<int64_t> slice, Numbers* flat) {
  flat->clear();
  if (slice.has_value()) flat->push_back(slice);
  for (const int number :
       {row.quarter / 4, row.offence, row.reporter, row.quarter}) {
    flat->push_back(number);
  }
  for (const std::string& part : parts) {
    flat->push_back(part == "platform"   ? row.platform
                    : part == "age_band" ? row.age_band
                                         : row.sex);
  }
  flat->push_back(RankOf(row.state));
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

std::string ColumnTypes(const std::vector<std::string>& parts, bool one_table) {
  std::string text = one_table ? "slice UTINYINT, " : "";
  absl::StrAppend(&text,
                  "year UTINYINT, offence UTINYINT, reporter UTINYINT, "
                  "quarter UTINYINT, ");
  for (const std::string& part : parts) {
    absl::StrAppend(&text, part, " UTINYINT, ");
  }
  return text + "rank UTINYINT, value INTEGER, lower INTEGER, upper INTEGER";
}

void LoadSlice(const Shape& shape, Slice slice,
               const std::vector<std::string>& parts, const std::string& table,
               std::optional<int64_t> number, bool revision,
               Database& database) {
  Numbers flat;
  database.Load(table, [&](const Database::Insert& insert) {
    for (int year = FirstYearOf(shape, slice); year < shape.years; ++year) {
      ForEachRow(shape, slice, year, revision, [&](absl::Span<const Row> rows) {
        for (const Row& row : rows) {
          FlatRow(row, parts, number, &flat);
          insert(flat);
        }
      });
    }
  });
}

void LoadNumbers(const std::string& column, int count, Database& database) {
  const std::string table = column + "s";
  database.Execute("CREATE TABLE " + table + " (" + column + " UTINYINT)");
  database.Load(table, [count](const Database::Insert& insert) {
    for (int i = 0; i < count; ++i) insert({i});
  });
}

// What a later edition prints stands in place of what it replaces.
void Revise(const std::string& table, const std::vector<std::string>& keys,
            Database& database) {
  const std::string revised = table + "_revised";
  const std::string key = absl::StrJoin(keys, ", ");
  if (database.has_keys()) {
    database.Execute("INSERT OR REPLACE INTO " + table + " SELECT * FROM " +
                     revised);
  } else {
    const std::string first = table + "_first";
    database.Execute("ALTER TABLE " + table + " RENAME TO " + first);
    database.Execute("CREATE TABLE " + table + " AS SELECT * FROM (SELECT * " +
                     "FROM " + first + " ANTI JOIN " + revised + " USING (" +
                     key + ") UNION ALL SELECT * FROM " + revised +
                     ") ORDER BY " + key);
    database.Execute("DROP TABLE " + first);
  }
  database.Execute("DROP TABLE " + revised);
}

// ---- Queries ---------------------------------------------------------------

// What the rows of one reporter's figure come to.
constexpr char kSums[] =
    "count(*) AS n, sum(value) AS printed, sum(lower) AS lo, "
    "CASE WHEN count(upper) = count(*) THEN sum(upper) END AS hi, "
    // What is printed or withheld; the rest is not known at all.
    "sum(CASE WHEN rank <= 6 THEN lower END) AS seen_lo, "
    "sum(CASE WHEN rank <= 6 THEN upper END) AS seen_hi, "
    "max(rank) AS worst";

// The figure: 18 = NO_RELEASE where there is no row, 8 = PARTIAL_PERIOD where
// there are fewer than `rows`.
std::string Figure(absl::string_view rows) {
  return absl::StrReplaceAll(
      "CASE WHEN n IS NULL THEN 18 WHEN n < {} AND worst < 8 THEN 8 "
      "ELSE worst END AS state, "
      "CASE WHEN n = {} THEN printed END AS reported, "
      "CASE WHEN n = {} AND printed IS NOT NULL THEN seen_lo END AS rep_lo, "
      "CASE WHEN n = {} AND printed IS NOT NULL THEN seen_hi END AS rep_hi, "
      "coalesce(lo, 0) AS low, CASE WHEN n = {} THEN hi END AS high",
      {{"{}", rows}});
}

// Reporters with a printed figure, then by state: REPORTED, ROUNDED,
// SUPPRESSED, PARTIAL_PERIOD, NOT_SHOWN, NOT_HELD, REFUSED, NO_RESPONSE,
// NO_RELEASE.
std::string Coverage() {
  std::string text = "count(*) FILTER (WHERE state <= 3)";
  for (const int rank : {2, 3, 6, 8, 9, 15, 16, 17, 18}) {
    absl::StrAppend(&text, ", count(*) FILTER (WHERE state = ", rank, ")");
  }
  return text;
}

std::string Cell() {
  return "sum(reported), sum(rep_lo), sum(rep_hi), sum(low), "
         "CASE WHEN count(high) = count(*) THEN sum(high) END, " +
         Coverage();
}

// Figures by `keys` and reporter; `from` has every key and reporter.
std::string Figures(const std::string& table,
                    const std::vector<std::string>& keys,
                    const std::string& where, const std::string& from,
                    const std::string& from_where, absl::string_view rows) {
  std::vector<std::string> all = keys;
  all.push_back("reporter");
  const std::string key = absl::StrJoin(all, ", ");
  return absl::StrCat("WITH leaf AS (SELECT ", key, ", ", kSums, " FROM ",
                      table, " WHERE ", where, " GROUP BY ", key,
                      "), figure AS (SELECT ", key, ", ", Figure(rows),
                      " FROM ", from, " LEFT JOIN leaf USING (", key,
                      ") WHERE ", from_where, ")");
}

std::string ByYear(const std::string& cell) {
  return Figures("t_total", {"year"},
                 "offence = $1 AND year BETWEEN $2 AND $3 AND "
                 "reporter NOT IN ($4, $5)",
                 "years CROSS JOIN reporters",
                 "year BETWEEN $2 AND $3 AND reporter NOT IN ($4, $5)", "4") +
         " SELECT year, " + cell + " FROM figure GROUP BY year ORDER BY year";
}

std::string ShareByPlatform() {
  const std::string both = " FILTER (WHERE state <= 3 AND base_state <= 3)";
  return Figures("t_platform", {"platform"},
                 "offence = $6 AND year = $3 AND reporter NOT IN ($4, $5)",
                 "platforms CROSS JOIN reporters", "reporter NOT IN ($4, $5)",
                 "4") +
         ", base_leaf AS (SELECT reporter, " + kSums +
         " FROM t_total WHERE offence BETWEEN $1 AND $2 AND year = $3 AND "
         "reporter NOT IN ($4, $5) GROUP BY reporter), base_figure AS (SELECT "
         "reporter, " +
         Figure("$7") +
         " FROM base_leaf), base AS (SELECT reporter, state AS base_state, "
         "reported AS base_reported, low AS base_low, high AS base_high FROM "
         "base_figure) SELECT platform, " +
         Cell() + ", count(*)" + both + ", sum(reported)" + both +
         ", sum(low)" + both + ", sum(high)" + both + ", count(*)" + both +
         ", sum(base_reported)" + both + ", sum(base_low)" + both +
         ", sum(base_high)" + both +
         " FROM figure LEFT JOIN base USING (reporter) GROUP BY platform "
         "ORDER BY platform";
}

std::string ByReporterAndYear() {
  return Figures("t_total", {"year"},
                 "year BETWEEN $1 AND $2 AND reporter NOT IN ($3, $4)",
                 "years CROSS JOIN reporters",
                 "year BETWEEN $1 AND $2 AND reporter NOT IN ($3, $4)", "$5") +
         " SELECT reporter, year, " + Cell() +
         " FROM figure GROUP BY reporter, year ORDER BY reporter, year";
}

std::string LargestReporters() {
  return Figures("t_total", {}, "year = $1 AND reporter NOT IN ($2, $3)",
                 "reporters", "reporter NOT IN ($2, $3)", "$4") +
         " SELECT reporter, " + Cell() +
         " FROM figure GROUP BY reporter "
         "ORDER BY sum(reported) DESC NULLS LAST, reporter LIMIT 10";
}

std::string ByOffence() {
  return Figures("t_sex_age", {"offence", "year"},
                 "year BETWEEN $1 AND $2 AND sex = $3 AND "
                 "reporter NOT IN ($4, $5)",
                 "offences CROSS JOIN years CROSS JOIN reporters",
                 "year BETWEEN $1 AND $2 AND reporter NOT IN ($4, $5)", "$6") +
         " SELECT offence, year, " + Cell() +
         " FROM figure GROUP BY offence, year ORDER BY offence, year";
}

std::string ByReporterPlatformAndAge() {
  return Figures("t_platform_age", {"platform", "age_band"},
                 "year = $1 AND reporter NOT IN ($2, $3)",
                 "reporters CROSS JOIN platforms CROSS JOIN age_bands",
                 "reporter NOT IN ($2, $3)", "$4") +
         " SELECT reporter, platform, age_band, " + Cell() +
         " FROM figure GROUP BY reporter, platform, age_band "
         "ORDER BY reporter, platform, age_band";
}

std::string LikeForLike() {
  const std::string both = " FILTER (WHERE state <= 3 AND base_state <= 3)";
  return Figures("t_total", {"year"},
                 "offence = $1 AND year BETWEEN $2 AND $3 AND "
                 "reporter NOT IN ($4, $5)",
                 "years CROSS JOIN reporters",
                 "year BETWEEN $2 AND $3 AND reporter NOT IN ($4, $5)", "4") +
         ", base AS (SELECT reporter, state AS base_state, "
         "reported AS base_reported, rep_lo AS base_rep_lo, "
         "rep_hi AS base_rep_hi, low AS base_low, high AS base_high "
         "FROM figure WHERE year = $2) SELECT " +
         Cell() + ", count(*)" + both + ", sum(reported)" + both +
         ", sum(low)" + both + ", sum(high)" + both + ", count(*)" + both +
         ", sum(base_reported)" + both + ", sum(base_low)" + both +
         ", sum(base_high)" + both +
         ", sum(base_reported), sum(base_rep_lo), sum(base_rep_hi) "
         "FROM figure JOIN base USING (reporter) WHERE year = $3";
}

// 9 = NOT_SHOWN: its release has the reporter, and no such quarter.
std::string ByQuarter() {
  return absl::StrCat(
      "WITH figure AS (SELECT q.quarter, CASE WHEN t.rank IS NOT NULL THEN "
      "t.rank WHEN EXISTS (SELECT 1 FROM t_total o WHERE o.year = q.year AND "
      "o.offence = $1 AND o.reporter = $4) THEN 9 ELSE 18 END AS state, "
      "t.value AS reported, "
      "CASE WHEN t.value IS NOT NULL THEN t.lower END AS rep_lo, "
      "CASE WHEN t.value IS NOT NULL THEN t.upper END AS rep_hi, "
      "coalesce(t.lower, 0) AS low, t.upper AS high FROM quarters q "
      "LEFT JOIN (SELECT * FROM t_total WHERE offence = $1 AND reporter = $4 "
      "AND year BETWEEN $2 AND $3) t ON t.quarter = q.quarter "
      "WHERE q.year BETWEEN $2 AND $3) SELECT quarter, ",
      Cell(), " FROM figure GROUP BY quarter ORDER BY quarter");
}

std::string GrandTotal() {
  return Figures("t_total", {},
                 "quarter BETWEEN $1 AND $2 AND reporter NOT IN ($3, $4)",
                 "reporters", "reporter NOT IN ($3, $4)", "$5") +
         " SELECT " + Cell() + " FROM figure";
}

}  // namespace

void LoadTables(const Shape& shape, Layout layout, Database& database) {
  const bool one_table = layout == Layout::kOneTable && !database.has_keys();
  const std::vector<std::string> key = {"year", "offence", "reporter",
                                        "quarter"};
  const std::vector<std::string> all_parts = {"platform", "age_band", "sex"};
  if (one_table) {
    for (const char* table : {"observations", "observations_revised"}) {
      database.Execute(absl::StrCat("CREATE TABLE ", table, " (",
                                    ColumnTypes(all_parts, true), ")"));
    }
  }
  for (int s = 0; s < kSliceCount; ++s) {
    const auto slice = static_cast<Slice>(s);
    const std::string table = kTables[s];
    if (one_table) {
      LoadSlice(shape, slice, all_parts, "observations", s, false, database);
      LoadSlice(shape, slice, all_parts, "observations_revised", s, true,
                database);
      continue;
    }
    const std::vector<std::string> parts = PartColumns(slice);
    std::vector<std::string> keys = key;
    keys.insert(keys.end(), parts.begin(), parts.end());
    const std::string columns = ColumnTypes(parts, false);
    database.Execute(
        database.has_keys()
            ? absl::StrCat("CREATE TABLE ", table, " (", columns,
                           ", PRIMARY KEY (", absl::StrJoin(keys, ", "),
                           ")) WITHOUT ROWID")
            : absl::StrCat("CREATE TABLE ", table, " (", columns, ")"));
    database.Execute(
        absl::StrCat("CREATE TABLE ", table, "_revised (", columns, ")"));
    LoadSlice(shape, slice, parts, table, std::nullopt, false, database);
    LoadSlice(shape, slice, parts, table + "_revised", std::nullopt, true,
              database);
    Revise(table, keys, database);
  }
  if (one_table) {
    std::vector<std::string> keys = {"slice"};
    keys.insert(keys.end(), key.begin(), key.end());
    keys.insert(keys.end(), all_parts.begin(), all_parts.end());
    Revise("observations", keys, database);
    for (int s = 0; s < kSliceCount; ++s) {
      database.Execute(absl::StrCat("CREATE VIEW ", kTables[s],
                                    " AS SELECT * FROM observations WHERE "
                                    "slice = ",
                                    s));
    }
  }
  if (database.has_keys()) {
    database.Execute(
        "CREATE INDEX by_offence ON t_total (offence, year, reporter, quarter, "
        "rank, value, lower, upper)");
  }
  LoadNumbers("reporter", shape.reporters, database);
  LoadNumbers("offence", shape.detailed_offences(), database);
  LoadNumbers("platform", shape.platforms, database);
  LoadNumbers("age_band", shape.age_bands, database);
  LoadNumbers("year", shape.years, database);
  database.Execute("CREATE TABLE quarters (quarter UTINYINT, year UTINYINT)");
  database.Load("quarters", [&shape](const Database::Insert& insert) {
    for (int q = 0; q < shape.quarters(); ++q) insert({q, q / 4});
  });
  if (database.has_keys()) database.Execute("ANALYZE");
}

std::string SqlOf(int number) {
  switch (number) {
    case 1:
      return ByYear(Cell());
    case 2:
      return ShareByPlatform();
    case 3:
      return ByReporterAndYear();
    case 4:
      return LargestReporters();
    case 5:
      return ByOffence();
    case 6:
      return ByReporterPlatformAndAge();
    case 7:
      return ByYear(Coverage());
    case 8:
      return LikeForLike();
    case 9:
      return ByQuarter();
    default:
      return GrandTotal();
  }
}

std::string SqlWith(int number, const std::vector<int64_t>& parameters) {
  std::string sql = SqlOf(number);
  for (size_t i = 0; i < parameters.size(); ++i) {
    absl::StrReplaceAll(
        {{absl::StrCat("$", i + 1), absl::StrCat(parameters[i])}}, &sql);
  }
  return sql;
}

}  // namespace collate::testing::bench
