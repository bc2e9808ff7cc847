// What is asked and what is answered, as plain values: the question as codes
// and text, cells with their coverage, and the leaves behind them. Mirrors
// collate.v1 (protos/collate/v1/statistics.proto), where every field is
// explained, and knows no protobuf.

#ifndef COLLATE_SERVICE_QUERY_QUERY_H_
#define COLLATE_SERVICE_QUERY_QUERY_H_

#include <cstddef>
#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <utility>
#include <variant>
#include <vector>

#include "absl/container/inlined_vector.h"
#include "absl/time/time.h"
#include "service/query/bounds.h"
#include "service/query/snapshot.h"
#include "service/vocabulary/period.h"
#include "service/vocabulary/state.h"
#include "service/vocabulary/vocabulary.h"

namespace collate::query {

struct Filter {
  std::string dimension;
  std::vector<std::string> members;
  bool include_descendants = false;
  bool exclude = false;
};

// Figures of the query's measure per `per` of another measure's.
struct RateQuery {
  std::string denominator;  // measure code
  std::string period;       // of the denominator, e.g. "2016-06-30"
  int64_t per = 1000;
  // Reporters without a denominator whose figures count all the same.
  std::vector<std::string> numerator_only;
};

// Which reporters a change is about; numbers are those of
// collate.v1.MatchMethod.
enum class MatchMethod {
  kAllPeriods = 1,
  kFixedBase = 2,
  kPairwise = 3,
};

// The change of the query's measure since a base period.
struct ChangeQuery {
  std::string base_period;
  MatchMethod match = MatchMethod::kAllPeriods;
  bool allow_unequal_periods = false;
  bool allow_overlapping_periods = false;
};

// What a share is of; numbers are those of collate.v1.ShareBase.
enum class ShareBase {
  kUnspecified = 0,  // refused: there is no default
  kKnownOffences = 1,
  kAllOffences = 2,
  kMentions = 3,
};

// The share of members of a dimension in a base.
struct ShareQuery {
  std::string dimension;
  ShareBase base = ShareBase::kUnspecified;
};

using DerivationQuery = std::variant<RateQuery, ChangeQuery, ShareQuery>;

// What becomes of a cell of which some figure that is due is missing; numbers
// are those of collate.v1.MissingPolicy.
enum class MissingPolicy {
  kReportAndBound = 1,
  kRequireComplete = 2,
  kFail = 3,
};

// What becomes of a figure that is printed in several ways; numbers are those
// of collate.v1.ConflictPolicy.
enum class ConflictPolicy {
  kReport = 1,
  kHull = 2,
  kFail = 3,
};

// A figure that the analyst leaves out.
struct Exclusion {
  std::string reporter;
  std::vector<std::string> periods;  // empty = every period
  std::string measure;               // empty = every measure of the query
  std::string source;                // empty = all sources, nobody answers
  std::string reason;
  std::string date;  // YYYY-MM-DD
  std::string decided_by;
};

struct Query {
  std::vector<std::string> measures;
  std::vector<Filter> filters;
  std::vector<std::string> group_by;
  std::vector<std::string> periods;
  std::optional<std::pair<std::string, std::string>> period_range;
  std::string panel;
  std::string universe;
  std::vector<std::string> preferred_sources;
  // What was published by then; absent = all that is loaded.
  std::optional<absl::Time> as_of;
  // What was loaded by then, and these releases alone; see Publisher::For.
  std::optional<absl::Time> loaded_by;
  std::vector<std::string> releases;
  std::vector<DerivationQuery> derivations;
  MissingPolicy missing_policy = MissingPolicy::kReportAndBound;
  ConflictPolicy conflict_policy = ConflictPolicy::kReport;
  std::vector<Exclusion> exclusions;
  // Answers although a release that could take part cannot be read.
  bool allow_partial = false;
};

// Numbers are those of collate.v1.CellFlag.
enum class CellFlag {
  kIncompleteReporter = 1,
  kMixedSources = 2,
  kMixedVintage = 3,
  kDerivedFromParts = 4,
  kTiledPeriod = 5,
  kRepeatedKeyAdded = 6,
  kSyntheticInput = 7,
  kProvisional = 8,
  kRevised = 9,
  kEstimated = 10,
  kSeriesBreak = 11,
  kDefinitionDiffers = 12,
  kTotalMismatch = 13,
  kPeriodShortened = 14,
  kConflict = 15,
  kTotalIgnoresMarkers = 16,
  kIncompleteNotGiven = 17,
  kAnalystExcluded = 18,
  kTightened = 19,
  kSourceUnreadable = 20,
};

// Numbers are those of collate.v1.ConflictKind.
enum class ConflictKind {
  kSameCell = 1,
  kPartsVTotal = 2,
  kPartExceedsWhole = 3,
  kShareVCount = 4,
  kSilentRevision = 5,
};

// Numbers are those of collate.v1.Method.
enum class Method {
  kNone = 0,
  kExact = 1,
  kTiled = 2,
  kParts = 3,
  kLowerBound = 4,
};

// One member for each of some dimensions.
using Coordinates = absl::InlinedVector<vocabulary::MemberId, 4>;
// Most figures are of few rows.
using RowRefs = absl::InlinedVector<RowRef, 2>;

// From how many reporters whoever printed a total says that it is.
struct StatedCoverage {
  int64_t reporters = 0;
  std::string words;  // which; empty = their names are unknown

  friend bool operator==(const StatedCoverage&,
                         const StatedCoverage&) = default;
};

// What another source says of a leaf that was answered without it, or what
// others said of it whom one source repeats.
struct OtherFigure {
  std::string source;
  vocabulary::State state = vocabulary::State::kNoRelease;
  std::optional<int64_t> reported;
  Interval bounds;
  Method method = Method::kNone;
  bool disjoint = false;  // from the leaf's own bounds
  RowRefs rows;
  int statement = 0;  // 0 = another source's; n = the leaf's source's nth other
};

// A dimension and its member; kUnmapped where there is no breakdown by it.
using MemberOf = std::pair<const vocabulary::Dimension*, vocabulary::MemberId>;

// What somebody says a number is.
struct Figure {
  vocabulary::State state = vocabulary::State::kNoRelease;
  std::optional<int64_t> reported;
  Interval bounds;
  int scale = 0;
};

// What is printed beside a leaf, of a part, a whole, a share or in an earlier
// edition, and does not fit it. It is no other figure of the leaf's own cell,
// and whatever a query makes of those, it never takes part in bounds.
struct Contradiction {
  ConflictKind kind = ConflictKind::kPartExceedsWhole;
  std::string source;
  std::string measure;
  std::string universe;
  std::vector<MemberOf> members;  // in which it differs from the leaf
  bool is_part = false;           // of kPartExceedsWhole: the leaf is the whole
  Figure figure;
  std::optional<Figure> base;  // of kShareVCount: what the count is a share of
  RowRefs rows;                // those of `base` last
};

// What is known of one reporter, coordinate and period. Numbers are whole, or
// mantissas at the scale of the measure (Resolver::scale).
struct Leaf {
  vocabulary::MemberId reporter = vocabulary::kUnmapped;
  Coordinates coordinates;  // per asked dimension
  int period = 0;           // index into Plan::periods
  vocabulary::State state = vocabulary::State::kNoRelease;
  // Whether anybody owes a number; if not, the leaf adds nothing to a sum.
  bool due = true;
  // Sum of the printed values; absent when nothing was printed or when the
  // printed part does not cover the period.
  std::optional<int64_t> reported;
  // The printed and suppressed inputs as intervals; set when reported is.
  Interval reported_bounds;
  // The suppressed inputs of a figure of which nothing is printed: they are in
  // the reported bounds of a cell whose reporter prints another figure.
  std::optional<Interval> withheld_bounds;
  // What the number can be.
  Interval bounds;
  Method method = Method::kNone;
  // Whether its figures may be added to others.
  bool additive = true;
  // The law was not in force on every day of the period.
  bool period_shortened = false;
  std::string source;
  std::string reason;
  uint32_t flags = 0;  // vocabulary::Flag
  RowRefs rows;
  // So many they are, where `rows` has one of each release only; see
  // PlanOptions::list_rows.
  size_t unlisted_rows = 0;
  // Of unlisted rows: asked dimensions, a bit for each, along which some are of
  // what lies in the member.
  uint64_t rolled_up = 0;
  // Of the rows that it adds up: their states, a bit for each, and whether one
  // is withheld, or refused on a ground that protects somebody.
  uint32_t row_states = 0;
  bool withheld = false;
  // Of a lower bound that is one row: its members along what nobody asked for.
  std::vector<MemberOf> part_members;
  std::vector<std::string> available;
  // Of its own source first, then in the order of the plan's sources.
  std::vector<OtherFigure> others;
  // What contradicts it beside `others`.
  std::vector<Contradiction> contradictions;
  // Of a figure that its own source gives in several ways: what the first way
  // says. `bounds` and `reported_bounds` take in all of them.
  std::optional<Interval> first_bounds;
  // What the rows alone say, where `bounds` was narrowed by a total or takes in
  // what other sources print.
  std::optional<Interval> own_bounds;
  // Printed totals of one release that leave less room than the rows do; empty
  // = `bounds` are not narrowed.
  RowRefs tightened_by;
  // Exclusions of the query that left out some figure: indexes into
  // Plan::exclusions, sorted.
  std::vector<int> exclusions;
  // A release that cannot be read may have a figure of it.
  bool source_unreadable = false;
  // So many of the last `rows` say again what the rows before them say.
  size_t repeated = 0;

  size_t row_count() const {
    return unlisted_rows > 0 ? unlisted_rows : rows.size();
  }
};

// The leaves of one reporter within a cell.
struct ReporterLeaves {
  vocabulary::MemberId id = vocabulary::kUnmapped;
  std::vector<Leaf> leaves;
};

struct MissingReporter {
  vocabulary::MemberId reporter = vocabulary::kUnmapped;
  vocabulary::State state = vocabulary::State::kNoRelease;
  std::string reason;
};

struct Coverage {
  int expected = 0;
  int due = 0;
  int complete = 0;
  // Reporters by worst state, only states that occur, in state order.
  absl::InlinedVector<std::pair<vocabulary::State, int>, 2> tally;
  std::vector<MissingReporter> missing;
  // Of a published total, if it is stated.
  std::optional<StatedCoverage> stated;
};

// One figure of which two sides do not fit.
struct Difference {
  vocabulary::MemberId reporter = vocabulary::kUnmapped;
  Coordinates coordinates;  // per asked dimension
  vocabulary::State state = vocabulary::State::kNoRelease;
  std::optional<int64_t> reported;
  Interval bounds;
  // What the figure adds to Cell::reported_bounds and to Cell::panel_bounds,
  // whatever a policy or a total makes of it; of one cell's figures only.
  Interval in_reported;
  Interval in_panel;
  vocabulary::State other_state = vocabulary::State::kNoRelease;
  std::optional<int64_t> other_reported;
  Interval other_bounds;
  std::optional<Figure> base;
  RowRefs rows;
  RowRefs other_rows;  // those of `base` last
};

// Figures of a cell for which `source` answered and `other_source`, which may
// be the same, prints others. Reported, compared, never merged.
struct Conflict {
  ConflictKind kind = ConflictKind::kSameCell;
  std::string source;
  std::string other_source;
  // Where the other side is not of the cell itself; see Contradiction.
  std::string other_measure;
  std::string other_universe;
  std::vector<MemberOf> other_members;
  int other_scale = 0;
  int compared = 0;      // figures of one cell that both sources print
  int64_t reported = 0;  // sums over those
  int64_t other_reported = 0;
  std::vector<Difference> differences;  // in panel order, at least one
};

// How many reporters' figures one source gave.
struct SourceCount {
  std::string source;
  int reporters = 0;

  friend bool operator==(const SourceCount&, const SourceCount&) = default;
};

// What one side of a division is made of; without those that are left out.
struct SideFigures {
  const vocabulary::Measure* measure = nullptr;
  // Of the leaves' coordinates.
  std::vector<const vocabulary::Dimension*> dimensions;
  vocabulary::Period period;
  std::vector<ReporterLeaves> reporters;  // panel order
};

struct QuotientFigures {
  SideFigures over;
  SideFigures under;
};

struct LeftOut {
  vocabulary::MemberId reporter = vocabulary::kUnmapped;
  vocabulary::State state = vocabulary::State::kNoRelease;
  std::string reason;
};

// What does not fit the figures below a division; see Conflict.
struct OperandConflicts {
  // Of the differences' coordinates.
  std::vector<const vocabulary::Dimension*> dimensions;
  std::vector<Conflict> conflicts;
};

// A rate over exactly those reporters that have both figures.
struct Rate {
  // REPORTED or ROUNDED when there is a rate, else why there is none.
  vocabulary::State state = vocabulary::State::kNoRelease;
  Interval numerator;
  Interval denominator;
  Interval rate;           // mantissas of 10^-kRatioScale, rounded outwards
  int reporter_count = 0;  // of the numerator
  std::vector<LeftOut> left_out;  // panel order
  std::vector<RowRef> denominator_rows;
  OperandConflicts denominator_conflicts;          // of those that are in it
  std::shared_ptr<const QuotientFigures> figures;  // only with leaves
};

// Decimals of rates, shares and changes.
inline constexpr int kRatioScale = 6;

// Whether there is a quotient; numbers are those of collate.v1.Outcome.
enum class Outcome {
  kGiven = 1,
  kNotDefined = 2,       // over 0 or less
  kNotDeterminable = 3,  // a side is not known well enough
  kIsBase = 4,           // the base period itself
};

// One side of a division.
struct Operand {
  std::optional<int64_t> reported;
  Interval bounds;
};

// Numbers are those of collate.v1.ChangeFlag.
enum class ChangeFlag {
  kSmallBase = 1,
  kReportersDiffer = 2,
  kMixedSources = 3,
  kMixedVintage = 4,
  kUnequalPeriods = 5,
  kOverlappingPeriods = 6,
};

// Two periods set against each other.
struct Comparison {
  Outcome outcome = Outcome::kNotDeterminable;
  Interval percent;  // mantissas of 10^-kRatioScale, rounded outwards
  Operand current;
  Operand base;
  int current_reporters = 0;  // that are in `current`
  int base_reporters = 0;
  std::vector<LeftOut> left_out;                   // panel order
  std::vector<ChangeFlag> flags;                   // sorted
  std::shared_ptr<const QuotientFigures> figures;  // only with leaves
};

struct Cell;

// A change, over whoever answered and over those who can be compared.
struct Change {
  int base_period = 0;  // index into PlannedChange::periods
  Comparison matched_panel;
  Comparison as_published;
  // Of the base period, as a cell of its own would say; null for the base
  // period itself.
  std::shared_ptr<const Cell> base;
};

// A share over exactly those reporters that have both figures.
struct Share {
  Outcome outcome = Outcome::kNotDeterminable;
  Interval percent;  // mantissas of 10^-kRatioScale, rounded outwards
  Operand numerator;
  Operand base;
  int reporter_count = 0;
  std::vector<LeftOut> left_out;  // panel order
  bool multi_response = false;    // one case may stand in several shares
  std::vector<RowRef> base_rows;
  OperandConflicts base_conflicts;                 // of those that are in it
  std::shared_ptr<const QuotientFigures> figures;  // only with leaves
};

using Derived = std::variant<Rate, Change, Share>;

// Numbers are those of collate.v1.Basis.
enum class Basis {
  kPanelSum = 1,
  kPublishedTotal = 2,
};

struct Cell {
  int measure = 0;          // index into Plan::measures
  Coordinates coordinates;  // per group_by dimension
  int period = 0;           // index into Plan::periods
  vocabulary::State state = vocabulary::State::kNoRelease;
  int scale = 0;  // numbers are mantissas of 10^-scale; 0 for counts
  std::optional<int64_t> reported;
  Interval reported_bounds;
  Interval panel_bounds;
  Basis basis = Basis::kPanelSum;
  Coverage coverage;
  // In the order in which they answer.
  absl::InlinedVector<SourceCount, 1> sources;
  // Exclusions that left out some figure: indexes into Plan::exclusions,
  // sorted.
  std::vector<int> exclusions;
  absl::InlinedVector<CellFlag, 6> flags;  // sorted
  std::vector<RowRef> rows;         // every input cell, if they are listed
  size_t row_count = 0;             // of input cells
  std::vector<Conflict> conflicts;  // by source, then other source
  std::vector<Derived> derived;     // one for each of Plan::derivations
  std::vector<Leaf> leaves;         // only when asked for
};

struct Caveat {
  std::string code;
  std::string message;
};

}  // namespace collate::query

#endif  // COLLATE_SERVICE_QUERY_QUERY_H_
