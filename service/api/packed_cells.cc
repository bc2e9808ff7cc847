#include "service/api/packed_cells.h"

#include <algorithm>
#include <memory>

#include "service/api/convert.h"
#include "service/base/status_macros.h"

namespace collate::api {
namespace {

using v1::PackedCells;
using v1::PackedCoverage;

// More than the fixed columns take of one cell: five numbers of ten bytes and
// a dozen small ones.
constexpr int64_t kCellBytes = 100;
// The same of an entry of a list, and of a citation without its locator.
constexpr int64_t kEntryBytes = 12;
constexpr int64_t kCitationBytes = 30;

}  // namespace

void PackedCellsBuilder::Numbers::Add(const std::optional<int64_t>& number,
                                      int cell) {
  if (number.has_value()) {
    value.AddSigned(*number);
  } else {
    absent.Add(cell);
  }
}

void PackedCellsBuilder::Numbers::Append(int number, std::string* out) const {
  Nested message(number, out);
  value.Append(v1::PackedNumbers::kValueFieldNumber, out);
  absent.Append(v1::PackedNumbers::kAbsentFieldNumber, out);
  message.End();
}

uint32_t PackedCellsBuilder::Words::IndexOf(int number, const std::string& word,
                                            int64_t* bytes) {
  const auto [at, is_new] =
      at_.try_emplace(word, static_cast<uint32_t>(at_.size()));
  if (is_new) {
    AppendField(number, View(word), &fields_);
    *bytes += static_cast<int64_t>(word.size()) + kEntryBytes;
  }
  return at->second;
}

uint32_t PackedCellsBuilder::Members::IndexOf(
    int number, const vocabulary::Dimension& dimension, vocabulary::MemberId id,
    int64_t* bytes) {
  const auto [at, is_new] =
      at_.try_emplace(id, static_cast<uint32_t>(at_.size()));
  if (is_new) {
    const vocabulary::Member& member = dimension.member(id);
    Nested packed(number, &fields_, 1);
    AppendText(v1::PackedMember::kCodeFieldNumber, member.code, &fields_);
    AppendText(v1::PackedMember::kTitleFieldNumber, member.title, &fields_);
    *bytes += static_cast<int64_t>(packed.End()) + kEntryBytes;
  }
  return at->second;
}

uint32_t PackedCellsBuilder::Texts::IndexOf(
    const std::string& text,
    google::protobuf::RepeatedPtrField<std::string>* list, int64_t* bytes) {
  const auto [at, is_new] =
      at_.try_emplace(text, static_cast<uint32_t>(list->size()));
  if (is_new) {
    *list->Add() = text;
    *bytes += static_cast<int64_t>(text.size()) + kEntryBytes;
  }
  return at->second;
}

PackedCellsBuilder::PackedCellsBuilder(const query::Plan& plan,
                                       const query::Snapshot& snapshot,
                                       const CellConverter& converter,
                                       bool cited, int64_t first_cell)
    : plan_(plan),
      snapshot_(snapshot),
      converter_(converter),
      cited_(cited),
      first_cell_(first_cell),
      encoder_(plan, snapshot, converter, cited),
      axes_(plan.group_by.size()),
      period_at_(plan.periods.size(), -1) {}

absl::Status PackedCellsBuilder::Add(const query::Cell& cell) {
  AddPlace(cell);
  AddNumbers(cell);
  AddCoverage(cell.coverage);
  Count(cell.flags.size(), &flag_count_);
  for (const query::CellFlag flag : cell.flags) {
    flag_.Add(static_cast<int64_t>(flag));
  }
  basis_.Add(static_cast<int64_t>(cell.basis));
  Count(cell.sources.size(), &source_count_);
  for (const query::SourceCount& one : cell.sources) {
    source_.Add(source_ids_.IndexOf(PackedCells::kSourceIdsFieldNumber,
                                    one.source, &bytes_));
    source_reporter_count_.Add(one.reporters);
  }
  citation_count_.Add(static_cast<int64_t>(cell.row_count));
  if (cited_) COLLATE_RETURN_IF_ERROR(AddCitations(cell));
  COLLATE_ASSIGN_OR_RETURN(
      const size_t derived,
      encoder_.AppendDerived(PackedCells::kDerivedFieldNumber, cell,
                             &derived_));
  bytes_ += static_cast<int64_t>(derived + cell.derived.size() * kEntryBytes);
  COLLATE_RETURN_IF_ERROR(AddConflicts(cell));
  bytes_ += kCellBytes;
  ++cell_count_;
  return absl::OkStatus();
}

void PackedCellsBuilder::AddPlace(const query::Cell& cell) {
  const auto [measure, is_new] =
      measure_at_.try_emplace(std::make_pair(cell.measure, cell.scale),
                              static_cast<uint32_t>(measure_at_.size()));
  if (is_new) {
    const vocabulary::Measure& asked = *plan_.measures[cell.measure];
    Nested added(PackedCells::kMeasuresFieldNumber, &measures_, 1);
    AppendText(v1::PackedMeasure::kCodeFieldNumber, asked.code, &measures_);
    AppendText(v1::PackedMeasure::kUnitFieldNumber, asked.unit, &measures_);
    AppendCount(v1::PackedMeasure::kScaleFieldNumber, cell.scale, &measures_);
    bytes_ += static_cast<int64_t>(added.End()) + kEntryBytes;
  }
  measure_.Add(measure->second);
  for (size_t i = 0; i < cell.coordinates.size(); ++i) {
    axes_[i].member.Add(axes_[i].members.IndexOf(
        v1::PackedAxis::kMembersFieldNumber, *plan_.group_by[i],
        cell.coordinates[i], &bytes_));
    bytes_ += kEntryBytes;
  }
  int& period = period_at_[cell.period];
  if (period < 0) {
    period = period_count_++;
    AppendPeriod(PackedCells::kPeriodsFieldNumber, plan_.periods[cell.period],
                 &periods_);
    bytes_ += kCellBytes;
  }
  period_.Add(period);
  state_.Add(static_cast<int64_t>(cell.state));
}

void PackedCellsBuilder::AddNumbers(const query::Cell& cell) {
  const query::Interval reported = cell.reported.has_value()
                                       ? cell.reported_bounds
                                       : query::Interval::Unknown();
  reported_.Add(cell.reported, cell_count_);
  reported_lower_.Add(reported.lower, cell_count_);
  reported_upper_.Add(reported.upper, cell_count_);
  panel_lower_.Add(cell.panel_bounds.lower, cell_count_);
  panel_upper_.Add(cell.panel_bounds.upper, cell_count_);
}

void PackedCellsBuilder::AddCoverage(const query::Coverage& coverage) {
  CoverageColumns& columns = coverage_;
  columns.expected.Add(coverage.expected);
  columns.due.Add(coverage.due);
  columns.complete.Add(coverage.complete);
  Count(coverage.tally.size(), &columns.tally_count);
  for (const auto& [state, count] : coverage.tally) {
    columns.tally_state.Add(static_cast<int64_t>(state));
    columns.tally_reporter_count.Add(count);
  }
  Count(coverage.missing.size(), &columns.missing_count);
  const vocabulary::Dimension& reporters = snapshot_.vocabulary().reporters();
  for (const query::MissingReporter& missing : coverage.missing) {
    columns.missing_reporter.Add(
        columns.reporters.IndexOf(PackedCoverage::kReportersFieldNumber,
                                  reporters, missing.reporter, &bytes_));
    columns.missing_state.Add(static_cast<int64_t>(missing.state));
    columns.missing_reason.Add(columns.reasons.IndexOf(
        PackedCoverage::kReasonsFieldNumber, missing.reason, &bytes_));
  }
  if (!coverage.stated.has_value()) return;
  std::string& fields = columns.stated;
  Nested stated(PackedCoverage::kStatedFieldNumber, &fields, 1);
  AppendCount(v1::PackedStated::kCellFieldNumber, cell_count_, &fields);
  AppendStated(v1::PackedStated::kStatedFieldNumber, *coverage.stated, &fields);
  bytes_ += static_cast<int64_t>(stated.End()) + kEntryBytes;
}

absl::Status PackedCellsBuilder::AddCitations(const query::Cell& cell) {
  v1::PackedCitations& result = citations_;
  const auto text = [&](const std::string& word) {
    return texts_.IndexOf(word, result.mutable_texts(), &bytes_);
  };
  for (const query::RowRef& row : cell.rows) {
    COLLATE_ASSIGN_OR_RETURN(query::Citation citation, snapshot_.Cite(row));
    COLLATE_ASSIGN_OR_RETURN(
        const std::shared_ptr<const store::Observations> stored,
        snapshot_.Read(row));
    const auto [document, is_new] = documents_.try_emplace(
        std::make_pair(row.release, stored->locator[row.row].document),
        static_cast<uint32_t>(result.documents_size()));
    if (is_new) {
      v1::PackedDocument* added = result.add_documents();
      added->set_release(std::move(citation.release));
      added->set_document(std::move(citation.document));
      added->set_document_sha256(std::move(citation.document_sha256));
      bytes_ += static_cast<int64_t>(added->ByteSizeLong()) + kEntryBytes;
    }
    result.add_document(document->second);
    bytes_ += static_cast<int64_t>(citation.locator.size()) + kCitationBytes;
    result.add_locator(std::move(citation.locator));
    result.add_raw(text(citation.raw));
    result.add_reporter_text(text(citation.reporter_text));
    result.add_period_text(text(citation.period_text));
    result.add_label_count(static_cast<uint32_t>(citation.labels.size()));
    bytes_ += static_cast<int64_t>(citation.labels.size()) * kEntryBytes;
    for (const auto& [dimension, label] : citation.labels) {
      result.add_label_dimension(text(dimension));
      result.add_label_text(text(label));
    }
    result.add_printed_by(text(citation.printed_by));
  }
  return absl::OkStatus();
}

absl::Status PackedCellsBuilder::AddConflicts(const query::Cell& cell) {
  if (cell.conflicts.empty()) return absl::OkStatus();
  Nested conflicts(PackedCells::kConflictsFieldNumber, &conflicts_);
  AppendCount(v1::PackedConflicts::kCellFieldNumber, cell_count_, &conflicts_);
  COLLATE_RETURN_IF_ERROR(encoder_.AppendConflicts(
      v1::PackedConflicts::kConflictsFieldNumber, cell, &conflicts_));
  bytes_ += static_cast<int64_t>(conflicts.End()) + kEntryBytes;
  return absl::OkStatus();
}

void PackedCellsBuilder::Count(size_t count, Column* column) {
  column->Add(static_cast<int64_t>(count));
  bytes_ += static_cast<int64_t>(count) * kEntryBytes;
}

void PackedCellsBuilder::AppendCoverage(int number, std::string* out) const {
  const CoverageColumns& columns = coverage_;
  Nested message(number, out);
  columns.expected.Append(PackedCoverage::kExpectedFieldNumber, out);
  columns.due.Append(PackedCoverage::kDueFieldNumber, out);
  columns.complete.Append(PackedCoverage::kCompleteFieldNumber, out);
  columns.tally_count.AppendUnlessZeros(PackedCoverage::kTallyCountFieldNumber,
                                        out);
  columns.tally_state.Append(PackedCoverage::kTallyStateFieldNumber, out);
  columns.tally_reporter_count.Append(
      PackedCoverage::kTallyReporterCountFieldNumber, out);
  out->append(columns.reporters.fields());
  out->append(columns.reasons.fields());
  columns.missing_count.AppendUnlessZeros(
      PackedCoverage::kMissingCountFieldNumber, out);
  columns.missing_reporter.Append(PackedCoverage::kMissingReporterFieldNumber,
                                  out);
  columns.missing_state.Append(PackedCoverage::kMissingStateFieldNumber, out);
  columns.missing_reason.Append(PackedCoverage::kMissingReasonFieldNumber, out);
  out->append(columns.stated);
  message.End();
}

void PackedCellsBuilder::Finish(int number, std::string* out) {
  Nested message(number, out);
  AppendCount(PackedCells::kCellCountFieldNumber, cell_count_, out);
  AppendCount(PackedCells::kFirstCellFieldNumber, first_cell_, out);
  AppendText(PackedCells::kHandleFieldNumber, converter_.handle(), out);
  out->append(measures_);
  measure_.Append(PackedCells::kMeasureFieldNumber, out);
  for (size_t i = 0; i < axes_.size(); ++i) {
    Nested axis(PackedCells::kAxesFieldNumber, out);
    AppendText(v1::PackedAxis::kDimensionFieldNumber, plan_.group_by[i]->code(),
               out);
    out->append(axes_[i].members.fields());
    axes_[i].member.Append(v1::PackedAxis::kMemberFieldNumber, out);
    axis.End();
  }
  out->append(periods_);
  period_.Append(PackedCells::kPeriodFieldNumber, out);
  state_.Append(PackedCells::kStateFieldNumber, out);
  if (cell_count_ > 0) {
    reported_.Append(PackedCells::kReportedFieldNumber, out);
    reported_lower_.Append(PackedCells::kReportedLowerFieldNumber, out);
    reported_upper_.Append(PackedCells::kReportedUpperFieldNumber, out);
    panel_lower_.Append(PackedCells::kPanelLowerFieldNumber, out);
    panel_upper_.Append(PackedCells::kPanelUpperFieldNumber, out);
  }
  AppendCoverage(PackedCells::kCoverageFieldNumber, out);
  flag_count_.AppendUnlessZeros(PackedCells::kFlagCountFieldNumber, out);
  flag_.Append(PackedCells::kFlagFieldNumber, out);
  basis_.Append(PackedCells::kBasisFieldNumber, out);
  out->append(source_ids_.fields());
  source_count_.AppendUnlessZeros(PackedCells::kSourceCountFieldNumber, out);
  source_.Append(PackedCells::kSourceFieldNumber, out);
  source_reporter_count_.Append(PackedCells::kSourceReporterCountFieldNumber,
                                out);
  citation_count_.Append(PackedCells::kCitationCountFieldNumber, out);
  if (citations_.document_size() > 0) {
    auto& counts = *citations_.mutable_label_count();
    if (std::all_of(counts.begin(), counts.end(),
                    [](uint32_t count) { return count == 0; })) {
      counts.Clear();
    }
  }
  if (cited_ && cell_count_ > 0) {
    AppendMessage(PackedCells::kCitationsFieldNumber, citations_, out);
  }
  out->append(derived_);
  out->append(conflicts_);
  message.End();
}

}  // namespace collate::api
