#include "service/api/packed_cells.h"

#include <algorithm>
#include <optional>
#include <utility>

#include "service/api/convert.h"
#include "service/api/convert_figure.h"
#include "service/base/status_macros.h"

namespace collate::api {
namespace {

// More than the fixed columns take of one cell: five numbers of ten bytes and
// a dozen small ones.
constexpr int64_t kCellBytes = 100;
// The same of an entry of a list, and of a citation without its locator.
constexpr int64_t kEntryBytes = 12;
constexpr int64_t kCitationBytes = 30;

void Add(const std::optional<int64_t>& number, int cell,
         v1::PackedNumbers* column) {
  if (number.has_value()) {
    column->add_value(*number);
  } else {
    column->add_absent(static_cast<uint32_t>(cell));
  }
}

void ClearIfNothing(google::protobuf::RepeatedField<uint32_t>* column) {
  if (std::all_of(column->begin(), column->end(),
                  [](uint32_t count) { return count == 0; })) {
    column->Clear();
  }
}

}  // namespace

uint32_t PackedCellsBuilder::Words::IndexOf(
    const std::string& word,
    google::protobuf::RepeatedPtrField<std::string>* list, int64_t* bytes) {
  const auto [at, is_new] =
      at_.try_emplace(word, static_cast<uint32_t>(list->size()));
  if (is_new) {
    *list->Add() = word;
    *bytes += static_cast<int64_t>(word.size()) + kEntryBytes;
  }
  return at->second;
}

uint32_t PackedCellsBuilder::Members::IndexOf(
    const vocabulary::Dimension& dimension, vocabulary::MemberId id,
    google::protobuf::RepeatedPtrField<v1::PackedMember>* list,
    int64_t* bytes) {
  const auto [at, is_new] =
      at_.try_emplace(id, static_cast<uint32_t>(list->size()));
  if (is_new) {
    const vocabulary::Member& member = dimension.member(id);
    v1::PackedMember* packed = list->Add();
    packed->set_code(member.code);
    packed->set_title(member.title);
    *bytes += static_cast<int64_t>(packed->ByteSizeLong()) + kEntryBytes;
  }
  return at->second;
}

PackedCellsBuilder::PackedCellsBuilder(const query::Plan& plan,
                                       const query::Snapshot& snapshot,
                                       const CellConverter& converter,
                                       bool cited, int64_t first_cell,
                                       v1::PackedCells* result)
    : plan_(plan),
      snapshot_(snapshot),
      cited_(cited),
      encoder_(plan, snapshot, converter, cited),
      result_(*result),
      periods_(plan.periods.size(), -1),
      axes_(plan.group_by.size()) {
  result_.set_first_cell(first_cell);
  result_.set_handle(converter.handle());
  for (const vocabulary::Dimension* dimension : plan.group_by) {
    result_.add_axes()->set_dimension(dimension->code());
  }
}

absl::Status PackedCellsBuilder::Add(const query::Cell& cell) {
  const int index = result_.cell_count();
  AddPlace(cell);
  AddNumbers(cell);
  AddCoverage(cell.coverage);
  if (cell.coverage.stated.has_value()) {
    v1::PackedStated* stated = result_.mutable_coverage()->add_stated();
    stated->set_cell(static_cast<uint32_t>(index));
    SetStated(*cell.coverage.stated, stated->mutable_stated());
    bytes_ += static_cast<int64_t>(stated->ByteSizeLong()) + kEntryBytes;
  }
  Count(cell.flags.size(), result_.mutable_flag_count());
  for (const query::CellFlag flag : cell.flags) {
    result_.add_flag(static_cast<v1::CellFlag>(flag));
  }
  result_.add_basis(static_cast<v1::Basis>(cell.basis));
  Count(cell.sources.size(), result_.mutable_source_count());
  for (const query::SourceCount& one : cell.sources) {
    result_.add_source(
        sources_.IndexOf(one.source, result_.mutable_source_ids(), &bytes_));
    result_.add_source_reporter_count(one.reporters);
  }
  result_.add_citation_count(static_cast<int32_t>(cell.row_count));
  if (cited_) COLLATE_RETURN_IF_ERROR(AddCitations(cell));
  if (!cell.derived.empty() || !cell.conflicts.empty()) {
    COLLATE_RETURN_IF_ERROR(AddDerivedAndConflicts(cell));
  }
  bytes_ += kCellBytes;
  result_.set_cell_count(index + 1);
  return absl::OkStatus();
}

// As a cell of its own has them.
absl::Status PackedCellsBuilder::AddDerivedAndConflicts(
    const query::Cell& cell) {
  std::string bytes;
  COLLATE_RETURN_IF_ERROR(encoder_.AppendConflicts(cell, &bytes));
  COLLATE_RETURN_IF_ERROR(encoder_.AppendDerived(cell, &bytes));
  v1::Cell fields;
  fields.ParseFromString(bytes);
  for (v1::Derived& derived : *fields.mutable_derived()) {
    bytes_ += static_cast<int64_t>(derived.ByteSizeLong()) + kEntryBytes;
    *result_.add_derived() = std::move(derived);
  }
  if (cell.conflicts.empty()) return absl::OkStatus();
  v1::PackedConflicts* conflicts = result_.add_conflicts();
  conflicts->set_cell(static_cast<uint32_t>(result_.cell_count()));
  *conflicts->mutable_conflicts() = std::move(*fields.mutable_conflicts());
  bytes_ += static_cast<int64_t>(conflicts->ByteSizeLong()) + kEntryBytes;
  return absl::OkStatus();
}

void PackedCellsBuilder::AddPlace(const query::Cell& cell) {
  const auto [measure, is_new] =
      measures_.try_emplace(std::make_pair(cell.measure, cell.scale),
                            static_cast<uint32_t>(result_.measures_size()));
  if (is_new) {
    v1::PackedMeasure* added = result_.add_measures();
    added->set_code(plan_.measures[cell.measure]->code);
    added->set_unit(plan_.measures[cell.measure]->unit);
    added->set_scale(cell.scale);
    bytes_ += static_cast<int64_t>(added->ByteSizeLong()) + kEntryBytes;
  }
  result_.add_measure(measure->second);
  for (size_t i = 0; i < cell.coordinates.size(); ++i) {
    v1::PackedAxis* axis = result_.mutable_axes(static_cast<int>(i));
    axis->add_member(axes_[i].IndexOf(*plan_.group_by[i], cell.coordinates[i],
                                      axis->mutable_members(), &bytes_));
    bytes_ += kEntryBytes;
  }
  int& period = periods_[cell.period];
  if (period < 0) {
    period = result_.periods_size();
    *result_.add_periods() = ToProto(plan_.periods[cell.period]);
    bytes_ += kCellBytes;
  }
  result_.add_period(static_cast<uint32_t>(period));
  result_.add_state(ToProto(cell.state));
}

void PackedCellsBuilder::AddNumbers(const query::Cell& cell) {
  const int index = result_.cell_count();
  const query::Interval reported = cell.reported.has_value()
                                       ? cell.reported_bounds
                                       : query::Interval::Unknown();
  api::Add(cell.reported, index, result_.mutable_reported());
  api::Add(reported.lower, index, result_.mutable_reported_lower());
  api::Add(reported.upper, index, result_.mutable_reported_upper());
  api::Add(cell.panel_bounds.lower, index, result_.mutable_panel_lower());
  api::Add(cell.panel_bounds.upper, index, result_.mutable_panel_upper());
}

void PackedCellsBuilder::AddCoverage(const query::Coverage& coverage) {
  v1::PackedCoverage& result = *result_.mutable_coverage();
  result.add_expected(coverage.expected);
  result.add_due(coverage.due);
  result.add_complete(coverage.complete);
  Count(coverage.tally.size(), result.mutable_tally_count());
  for (const auto& [state, count] : coverage.tally) {
    result.add_tally_state(ToProto(state));
    result.add_tally_reporter_count(count);
  }
  Count(coverage.missing.size(), result.mutable_missing_count());
  const vocabulary::Dimension& reporters = snapshot_.vocabulary().reporters();
  for (const query::MissingReporter& missing : coverage.missing) {
    result.add_missing_reporter(reporters_.IndexOf(
        reporters, missing.reporter, result.mutable_reporters(), &bytes_));
    result.add_missing_state(ToProto(missing.state));
    result.add_missing_reason(
        reasons_.IndexOf(missing.reason, result.mutable_reasons(), &bytes_));
  }
}

absl::Status PackedCellsBuilder::AddCitations(const query::Cell& cell) {
  v1::PackedCitations& result = *result_.mutable_citations();
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
    Count(citation.labels.size(), result.mutable_label_count());
    for (const auto& [dimension, label] : citation.labels) {
      result.add_label_dimension(text(dimension));
      result.add_label_text(text(label));
    }
    result.add_printed_by(text(citation.printed_by));
  }
  return absl::OkStatus();
}

void PackedCellsBuilder::Count(size_t count, Numbers* column) {
  column->Add(static_cast<uint32_t>(count));
  bytes_ += static_cast<int64_t>(count) * kEntryBytes;
}

void PackedCellsBuilder::Finish() {
  ClearIfNothing(result_.mutable_flag_count());
  ClearIfNothing(result_.mutable_source_count());
  v1::PackedCoverage& coverage = *result_.mutable_coverage();
  ClearIfNothing(coverage.mutable_tally_count());
  ClearIfNothing(coverage.mutable_missing_count());
  if (result_.has_citations()) {
    ClearIfNothing(result_.mutable_citations()->mutable_label_count());
  }
}

}  // namespace collate::api
