// Questions that nobody thought of, over the figures of observations.h: any
// dimensions, filtered to some members or broken down by them, any panel,
// quarters, years and stretches of quarters, as of any day, with figures that
// an analyst leaves out. Each is a query of the service and, in numbers, what
// SQL is made of (random_questions_sql.h).

#ifndef COLLATE_TESTS_BENCH_RANDOM_QUESTIONS_H_
#define COLLATE_TESTS_BENCH_RANDOM_QUESTIONS_H_

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "service/query/query.h"
#include "service/query/snapshot.h"
#include "service/vocabulary/period.h"
#include "tests/bench/database.h"
#include "tests/bench/observations.h"

namespace collate::testing::bench {

// Quarters, the first of all being 0, from first to last; they may lie outside
// of what is published.
struct Quarters {
  int first = 0;
  int last = 0;
};

struct RandomQuestion {
  // A dimension that is asked for, by numbers of members.
  struct Asked {
    std::string dimension;  // "offence", "platform", "age_band" or "sex"
    bool groups = false;    // of offences, rather than codes
    std::vector<int> members;
    // All that some figure has, and of these the members above.
    bool observed = false;
    bool grouped = false;
  };
  struct Exclusion {
    int reporter = 0;
    std::optional<Quarters> quarters;  // none = always
  };

  query::Query query;
  std::vector<Asked> asked;
  std::vector<Quarters> periods;
  // Who ought to be there in each period.
  std::vector<std::vector<int>> reporters;
  bool by_reporter = false;
  // What was published on that day or before.
  std::optional<vocabulary::Day> as_of;
  std::vector<Exclusion> exclusions;
};

// What is asked about: "small" (some 20,000 observations, breakdowns by group
// of offences), "by-code" (more of them, all by code, so that several
// breakdowns contain a question) or "1m".
Shape ShapeOfRandomWorld(const std::string& world);

// VocabularyText with panels that differ: "north" is a third of all, "changing"
// loses and gains reporters from year to year.
std::string RandomVocabularyText(const Shape& shape);

// The same for the same seed.
RandomQuestion MakeRandomQuestion(const Shape& shape, uint64_t seed);

// In words, for whoever looks for a bug.
std::string DescribeQuestion(const RandomQuestion& question);

// What a row of an answer has, in order: members of the grouped dimensions (as
// in `asked`), number of the period, reporter where they are asked for; then
// the columns named by FigureColumns.
std::vector<std::string> FigureColumns();

absl::StatusOr<Answer> AskEngine(const query::Snapshot& snapshot,
                                 const RandomQuestion& question);

// No member of a dimension is left: without a filter on it, or with one that
// leaves some out, only those are asked for that some figure has.
bool IsAboutNothing(const absl::Status& status);

}  // namespace collate::testing::bench

#endif  // COLLATE_TESTS_BENCH_RANDOM_QUESTIONS_H_
