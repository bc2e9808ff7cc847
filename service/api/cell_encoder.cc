#include "service/api/cell_encoder.h"

#include <algorithm>
#include <memory>
#include <optional>
#include <variant>

#include "collate/v1/statistics.pb.h"
#include "service/api/convert.h"
#include "service/api/wire_writer.h"
#include "service/base/decimal.h"
#include "service/base/status_macros.h"
#include "service/query/side.h"
#include "service/query/statements.h"

namespace collate::api {
namespace {

using vocabulary::Dimension;
using vocabulary::Member;
using vocabulary::MemberId;

static_assert(static_cast<int>(query::CellFlag::kSourceUnreadable) ==
              v1::CellFlag_MAX);
static_assert(static_cast<int>(query::ConflictKind::kSilentRevision) ==
              v1::ConflictKind_MAX);
static_assert(static_cast<int>(query::Basis::kPublishedTotal) == v1::Basis_MAX);
static_assert(static_cast<int>(query::Outcome::kIsBase) == v1::Outcome_MAX);
static_assert(static_cast<int>(query::ChangeFlag::kOverlappingPeriods) ==
              v1::ChangeFlag_MAX);
static_assert(static_cast<int>(query::MatchMethod::kPairwise) ==
              v1::MatchMethod_MAX);
static_assert(static_cast<int>(query::ShareBase::kMentions) ==
              v1::ShareBase_MAX);

// Cells of the other side of one figure that are named.
constexpr size_t kOtherCitations = 100;

// Enums are numbered alike on both sides.
template <typename Enum>
void AppendEnum(int number, Enum value, std::string* out) {
  AppendCount(number, static_cast<int64_t>(value), out);
}

template <typename Flags>
void AppendFlags(int number, const Flags& flags, std::string* out) {
  if (flags.empty()) return;
  Nested packed(number, out, 1);
  for (const auto flag : flags) {
    AppendVarint(static_cast<uint64_t>(flag), out);
  }
  packed.End();
}

bool AreSame(absl::Span<const query::RowRef> a,
             absl::Span<const query::RowRef> b) {
  return std::equal(a.begin(), a.end(), b.begin(), b.end(),
                    [](const query::RowRef& x, const query::RowRef& y) {
                      return x.release == y.release && x.chunk == y.chunk &&
                             x.row == y.row;
                    });
}

void AppendCoordinate(int number, const Dimension& dimension, MemberId id,
                      std::string* out) {
  Nested coordinate(number, out, 1);
  AppendText(v1::Coordinate::kDimensionFieldNumber, dimension.code(), out);
  if (id != vocabulary::kUnmapped) {
    const Member& member = dimension.member(id);
    AppendText(v1::Coordinate::kMemberFieldNumber, member.code, out);
    AppendText(v1::Coordinate::kTitleFieldNumber, member.title, out);
  }
  coordinate.End();
}

void AppendOperand(int number, const query::Operand& operand,
                   std::string* out) {
  Nested message(number, out, 1);
  if (operand.reported.has_value()) {
    AppendNumber(v1::Operand::kReportedFieldNumber, *operand.reported, out);
  }
  AppendInterval(v1::Operand::kBoundsFieldNumber, operand.bounds, out);
  message.End();
}

}  // namespace

void AppendStated(int number, const query::StatedCoverage& stated,
                  std::string* out) {
  Nested message(number, out, 1);
  AppendCount(v1::StatedCoverage::kReporterCountFieldNumber, stated.reporters,
              out);
  AppendText(v1::StatedCoverage::kWordsFieldNumber, stated.words, out);
  message.End();
}

absl::Status CellEncoder::AppendCell(const query::Cell& cell,
                                     std::string* out) {
  using v1::Cell;
  AppendPlace(cell, out);
  AppendEnum(Cell::kStateFieldNumber, cell.state, out);
  if (cell.scale == 0) {
    if (cell.reported.has_value()) {
      AppendNumber(Cell::kReportedFieldNumber, *cell.reported, out);
      AppendInterval(Cell::kReportedBoundsFieldNumber, cell.reported_bounds,
                     out);
    }
    AppendInterval(Cell::kPanelBoundsFieldNumber, cell.panel_bounds, out);
  }
  AppendCoverage(Cell::kCoverageFieldNumber, cell.coverage, out);
  AppendFlags(Cell::kFlagsFieldNumber, cell.flags, out);
  AppendEnum(Cell::kBasisFieldNumber, cell.basis, out);
  Nested handle(Cell::kHandleFieldNumber, out);
  converter_.AppendHandle(cell, out);
  handle.End();
  COLLATE_RETURN_IF_ERROR(
      AppendCitations(Cell::kCitationsFieldNumber, cell.rows, out));
  AppendCount(Cell::kCitationCountFieldNumber,
              static_cast<int64_t>(cell.row_count), out);
  COLLATE_RETURN_IF_ERROR(
      AppendConflicts(Cell::kConflictsFieldNumber, cell, out));
  COLLATE_RETURN_IF_ERROR(
      AppendDerived(Cell::kDerivedFieldNumber, cell, out).status());
  if (const int scale = cell.scale; scale != 0) {
    if (cell.reported.has_value()) {
      AppendText(Cell::kDecimalReportedFieldNumber,
                 base::FormatDecimal(*cell.reported, scale), out);
      AppendDecimalInterval(Cell::kDecimalReportedBoundsFieldNumber,
                            cell.reported_bounds, scale, out);
    }
    AppendDecimalInterval(Cell::kDecimalPanelBoundsFieldNumber,
                          cell.panel_bounds, scale, out);
  }
  for (const query::SourceCount& one : cell.sources) {
    Nested count(Cell::kSourcesFieldNumber, out, 1);
    AppendText(v1::SourceCount::kSourceFieldNumber, one.source, out);
    AppendCount(v1::SourceCount::kReporterCountFieldNumber, one.reporters, out);
    count.End();
  }
  return absl::OkStatus();
}

void CellEncoder::AppendPlace(const query::Cell& cell, std::string* out) {
  std::string& head = heads_[cell.measure];
  if (head.empty()) {
    const vocabulary::Measure& measure = *plan_.measures[cell.measure];
    AppendText(v1::Cell::kMeasureFieldNumber, measure.code, &head);
    AppendText(v1::Cell::kUnitFieldNumber, measure.unit, &head);
  }
  out->append(head);
  for (size_t i = 0; i < cell.coordinates.size(); ++i) {
    std::string& coordinate = axes_[i][cell.coordinates[i]];
    if (coordinate.empty()) {
      AppendCoordinate(v1::Cell::kCoordinatesFieldNumber, *plan_.group_by[i],
                       cell.coordinates[i], &coordinate);
    }
    out->append(coordinate);
  }
  std::string& period = periods_[cell.period];
  if (period.empty()) {
    AppendPeriod(v1::Cell::kPeriodFieldNumber, plan_.periods[cell.period],
                 &period);
  }
  out->append(period);
}

absl::Status CellEncoder::AppendCitations(int number,
                                          absl::Span<const query::RowRef> rows,
                                          std::string* out) {
  if (!cited_ || rows.empty()) return absl::OkStatus();
  // Cells of one answer often share what they are a share of, row by row.
  if (number == last_number_ && AreSame(rows, last_rows_)) {
    out->append(last_bytes_);
    return absl::OkStatus();
  }
  const size_t begin = out->size();
  for (const query::RowRef& row : rows) {
    COLLATE_RETURN_IF_ERROR(rows_.AppendCitation(number, row, out));
  }
  constexpr size_t kWorthKeeping = 16;
  if (number != v1::Cell::kCitationsFieldNumber &&
      rows.size() >= kWorthKeeping) {
    last_number_ = number;
    last_rows_.assign(rows.begin(), rows.end());
    last_bytes_.assign(*out, begin);
  }
  return absl::OkStatus();
}

void CellEncoder::AppendCoverage(int number, const query::Coverage& coverage,
                                 std::string* out) const {
  using v1::Coverage;
  Nested message(number, out, coverage.missing.empty() ? 1 : 2);
  AppendCount(Coverage::kExpectedFieldNumber, coverage.expected, out);
  AppendCount(Coverage::kDueFieldNumber, coverage.due, out);
  AppendCount(Coverage::kCompleteFieldNumber, coverage.complete, out);
  for (const auto& [state, count] : coverage.tally) {
    Nested entry(Coverage::kTallyFieldNumber, out, 1);
    AppendEnum(v1::StateCount::kStateFieldNumber, state, out);
    AppendCount(v1::StateCount::kCountFieldNumber, count, out);
    entry.End();
  }
  for (const query::MissingReporter& missing : coverage.missing) {
    AppendMissing(Coverage::kMissingFieldNumber, missing.reporter,
                  missing.state, missing.reason, out);
  }
  if (coverage.stated.has_value()) {
    AppendStated(Coverage::kStatedFieldNumber, *coverage.stated, out);
  }
  message.End();
}

void CellEncoder::AppendMissing(int number, MemberId reporter,
                                vocabulary::State state,
                                const std::string& reason,
                                std::string* out) const {
  const Member& member = snapshot_.vocabulary().reporters().member(reporter);
  Nested missing(number, out, 1);
  AppendText(v1::MissingReporter::kReporterFieldNumber, member.code, out);
  AppendText(v1::MissingReporter::kTitleFieldNumber, member.title, out);
  AppendEnum(v1::MissingReporter::kStateFieldNumber, state, out);
  AppendText(v1::MissingReporter::kReasonFieldNumber, reason, out);
  missing.End();
}

void CellEncoder::AppendLeftOut(int number,
                                const std::vector<query::LeftOut>& left_out,
                                std::string* out) const {
  for (const query::LeftOut& one : left_out) {
    AppendMissing(number, one.reporter, one.state, one.reason, out);
  }
}

CellEncoder::Conflicting CellEncoder::ConflictingWith(const query::Cell& cell) {
  if (dimensions_.empty()) dimensions_ = query::DimensionsOf(plan_);
  return {View(plan_.measures[cell.measure]->code), View(plan_.universe),
          dimensions_, cell.scale};
}

absl::Status CellEncoder::AppendConflicts(int number, const query::Cell& cell,
                                          std::string* out) {
  if (cell.conflicts.empty()) return absl::OkStatus();
  return AppendConflicts(number, cell.conflicts, ConflictingWith(cell), out);
}

absl::Status CellEncoder::AppendConflicts(
    int number, const std::vector<query::Conflict>& conflicts,
    const Conflicting& cells, std::string* out) {
  using v1::Conflict;
  for (const query::Conflict& conflict : conflicts) {
    Nested message(number, out);
    AppendEnum(Conflict::kKindFieldNumber, conflict.kind, out);
    AppendText(Conflict::kSourceFieldNumber, conflict.source, out);
    AppendText(Conflict::kOtherSourceFieldNumber, conflict.other_source, out);
    AppendCount(Conflict::kComparedCountFieldNumber, conflict.compared, out);
    if (conflict.compared > 0 && cells.scale == 0) {
      AppendNumber(Conflict::kReportedFieldNumber, conflict.reported, out);
      AppendNumber(Conflict::kOtherReportedFieldNumber, conflict.other_reported,
                   out);
    }
    // Two figures of one cell differ in nothing but the source.
    const bool same = conflict.other_measure.empty();
    for (const query::Difference& one : conflict.differences) {
      COLLATE_RETURN_IF_ERROR(
          AppendDifference(Conflict::kDifferencesFieldNumber, one, cells,
                           same ? cells.scale : conflict.other_scale, out));
    }
    if (View(conflict.other_measure) != cells.measure) {
      AppendText(Conflict::kOtherMeasureFieldNumber, conflict.other_measure,
                 out);
    }
    for (const auto& [dimension, member] : conflict.other_members) {
      AppendCoordinate(Conflict::kOtherCoordinatesFieldNumber, *dimension,
                       member, out);
    }
    const absl::string_view universe =
        same ? cells.universe : View(conflict.other_universe);
    if (!universe.empty()) {
      AppendField(Conflict::kOtherUniverseFieldNumber, universe, out);
    }
    message.End();
  }
  return absl::OkStatus();
}

absl::Status CellEncoder::AppendDifference(int number,
                                           const query::Difference& one,
                                           const Conflicting& cells,
                                           int other_scale, std::string* out) {
  using v1::Difference;
  Nested difference(number, out);
  AppendCoordinate(Difference::kCoordinatesFieldNumber,
                   snapshot_.vocabulary().reporters(), one.reporter, out);
  for (size_t i = 0; i < one.coordinates.size(); ++i) {
    AppendCoordinate(Difference::kCoordinatesFieldNumber, *cells.dimensions[i],
                     one.coordinates[i], out);
  }
  AppendFigure(Difference::kServedFieldNumber,
               {one.state, one.reported, one.bounds, cells.scale}, one.rows,
               out);
  AppendFigure(
      Difference::kOtherFieldNumber,
      {one.other_state, one.other_reported, one.other_bounds, other_scale},
      one.other_rows, out);
  if (one.base.has_value()) {
    AppendFigure(Difference::kBaseFieldNumber, *one.base, {}, out);
  }
  COLLATE_RETURN_IF_ERROR(AppendCitations(
      Difference::kOtherCitationsFieldNumber,
      absl::MakeConstSpan(one.other_rows).subspan(0, kOtherCitations), out));
  difference.End();
  return absl::OkStatus();
}

void CellEncoder::AppendFigure(int number, const query::Figure& figure,
                               absl::Span<const query::RowRef> rows,
                               std::string* out) const {
  using v1::OneFigure;
  Nested message(number, out, 1);
  AppendEnum(OneFigure::kStateFieldNumber, figure.state, out);
  if (figure.scale == 0) {
    if (figure.reported.has_value()) {
      AppendNumber(OneFigure::kReportedFieldNumber, *figure.reported, out);
    }
    AppendInterval(OneFigure::kBoundsFieldNumber, figure.bounds, out);
  } else {
    if (figure.reported.has_value()) {
      AppendText(OneFigure::kDecimalReportedFieldNumber,
                 base::FormatDecimal(*figure.reported, figure.scale), out);
    }
    AppendDecimalInterval(OneFigure::kDecimalBoundsFieldNumber, figure.bounds,
                          figure.scale, out);
  }
  std::vector<absl::string_view> printers;
  std::optional<query::StatedCoverage> stated;
  for (const query::RowRef& row : rows) {
    const absl::string_view by = query::PrintedBy(snapshot_, row);
    if (!by.empty() &&
        std::find(printers.begin(), printers.end(), by) == printers.end()) {
      printers.push_back(by);
      AppendField(OneFigure::kPrintedByFieldNumber, by, out);
    }
    if (!stated.has_value()) stated = query::StatedCoverageOf(snapshot_, row);
  }
  if (stated.has_value()) {
    AppendStated(OneFigure::kStatedFieldNumber, *stated, out);
  }
  message.End();
}

absl::StatusOr<size_t> CellEncoder::AppendDerived(int number,
                                                  const query::Cell& cell,
                                                  std::string* out) {
  size_t bytes = 0;
  for (size_t i = 0; i < cell.derived.size(); ++i) {
    const query::Derived& derived = cell.derived[i];
    const query::PlannedDerivation& planned = plan_.derivations[i];
    Nested message(number, out);
    if (const auto* rate = std::get_if<query::Rate>(&derived)) {
      Nested kind(v1::Derived::kRateFieldNumber, out);
      COLLATE_RETURN_IF_ERROR(
          AppendRate(*rate, std::get<query::PlannedRate>(planned), out));
      kind.End();
    } else if (const auto* share = std::get_if<query::Share>(&derived)) {
      Nested kind(v1::Derived::kShareFieldNumber, out);
      COLLATE_RETURN_IF_ERROR(AppendShare(
          *share, std::get<query::PlannedShare>(planned), cell.measure, out));
      kind.End();
    } else {
      Nested kind(v1::Derived::kChangeFieldNumber, out);
      COLLATE_RETURN_IF_ERROR(AppendChange(
          std::get<query::Change>(derived),
          std::get<query::PlannedChange>(planned), ConflictingWith(cell), out));
      kind.End();
    }
    bytes += message.End();
  }
  return bytes;
}

absl::Status CellEncoder::AppendRate(const query::Rate& rate,
                                     const query::PlannedRate& planned,
                                     std::string* out) {
  using v1::Rate;
  AppendEnum(Rate::kStateFieldNumber, rate.state, out);
  if (rate.reporter_count > 0) {
    AppendDecimalInterval(Rate::kBoundsFieldNumber, rate.rate,
                          query::kRatioScale, out);
    AppendInterval(Rate::kNumeratorFieldNumber, rate.numerator, out);
    AppendInterval(Rate::kDenominatorFieldNumber, rate.denominator, out);
  }
  AppendText(Rate::kDenominatorMeasureFieldNumber, planned.denominator->code,
             out);
  AppendPeriod(Rate::kDenominatorPeriodFieldNumber, planned.period, out);
  AppendCount(Rate::kPerFieldNumber, planned.per, out);
  AppendCount(Rate::kReporterCountFieldNumber, rate.reporter_count, out);
  AppendLeftOut(Rate::kLeftOutFieldNumber, rate.left_out, out);
  COLLATE_RETURN_IF_ERROR(AppendCitations(
      Rate::kDenominatorCitationsFieldNumber, rate.denominator_rows, out));
  return AppendConflicts(Rate::kDenominatorConflictsFieldNumber,
                         rate.denominator_conflicts.conflicts,
                         {View(planned.denominator->code), "",
                          rate.denominator_conflicts.dimensions},
                         out);
}

absl::Status CellEncoder::AppendShare(const query::Share& share,
                                      const query::PlannedShare& planned,
                                      int measure, std::string* out) {
  using v1::Share;
  const std::string& base = planned.base_measures[measure]->code;
  AppendEnum(Share::kOutcomeFieldNumber, share.outcome, out);
  if (share.outcome == query::Outcome::kGiven) {
    AppendDecimalInterval(Share::kPercentFieldNumber, share.percent,
                          query::kRatioScale, out);
  }
  if (share.reporter_count > 0) {
    AppendOperand(Share::kNumeratorFieldNumber, share.numerator, out);
    AppendOperand(Share::kBaseFieldNumber, share.base, out);
  }
  AppendText(Share::kDimensionFieldNumber, planned.dimension_code, out);
  AppendEnum(Share::kBaseKindFieldNumber, planned.base, out);
  AppendText(Share::kBaseMeasureFieldNumber, base, out);
  AppendText(Share::kBaseUniverseFieldNumber, planned.base_universe, out);
  AppendCount(Share::kReporterCountFieldNumber, share.reporter_count, out);
  AppendLeftOut(Share::kLeftOutFieldNumber, share.left_out, out);
  AppendCount(Share::kMultiResponseFieldNumber, share.multi_response, out);
  COLLATE_RETURN_IF_ERROR(
      AppendCitations(Share::kBaseCitationsFieldNumber, share.base_rows, out));
  return AppendConflicts(Share::kBaseConflictsFieldNumber,
                         share.base_conflicts.conflicts,
                         {View(base), View(planned.base_universe),
                          share.base_conflicts.dimensions},
                         out);
}

absl::Status CellEncoder::AppendChange(const query::Change& change,
                                       const query::PlannedChange& planned,
                                       const Conflicting& own,
                                       std::string* out) {
  using v1::Change;
  AppendEnum(Change::kMatchFieldNumber, planned.match, out);
  AppendPeriod(Change::kBasePeriodFieldNumber,
               planned.periods[change.base_period], out);
  AppendComparison(Change::kMatchedPanelFieldNumber, change.matched_panel, out);
  AppendComparison(Change::kAsPublishedFieldNumber, change.as_published, out);
  if (change.base == nullptr) return absl::OkStatus();
  AppendCoverage(Change::kBaseCoverageFieldNumber, change.base->coverage, out);
  AppendFlags(Change::kBaseFlagsFieldNumber, change.base->flags, out);
  COLLATE_RETURN_IF_ERROR(AppendCitations(Change::kBaseCitationsFieldNumber,
                                          change.base->rows, out));
  return AppendConflicts(Change::kBaseConflictsFieldNumber,
                         change.base->conflicts, own, out);
}

void CellEncoder::AppendComparison(int number,
                                   const query::Comparison& comparison,
                                   std::string* out) const {
  using v1::Comparison;
  Nested message(number, out);
  AppendEnum(Comparison::kOutcomeFieldNumber, comparison.outcome, out);
  if (comparison.outcome == query::Outcome::kGiven) {
    AppendDecimalInterval(Comparison::kPercentFieldNumber, comparison.percent,
                          query::kRatioScale, out);
  }
  if (comparison.current.reported.has_value()) {
    AppendOperand(Comparison::kCurrentFieldNumber, comparison.current, out);
  }
  if (comparison.base.reported.has_value()) {
    AppendOperand(Comparison::kBaseFieldNumber, comparison.base, out);
  }
  AppendCount(Comparison::kCurrentReporterCountFieldNumber,
              comparison.current_reporters, out);
  AppendCount(Comparison::kBaseReporterCountFieldNumber,
              comparison.base_reporters, out);
  AppendLeftOut(Comparison::kLeftOutFieldNumber, comparison.left_out, out);
  AppendFlags(Comparison::kFlagsFieldNumber, comparison.flags, out);
  message.End();
}

}  // namespace collate::api
