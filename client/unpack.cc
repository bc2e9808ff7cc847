#include "client/unpack.h"

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "absl/status/statusor.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/string_view.h"
#include "collate/v1/packed.pb.h"
#include "google/protobuf/repeated_field.h"
#include "google/protobuf/repeated_ptr_field.h"
#include "service/base/decimal.h"
#include "service/base/error.h"
#include "service/base/status_macros.h"

namespace collate::client {
namespace {

using google::protobuf::RepeatedField;
using google::protobuf::RepeatedPtrField;

// Decimals of an int64.
constexpr int kMostDecimals = 18;

absl::Status Broken(absl::string_view column) {
  return base::Error(absl::StatusCode::kDataLoss, "BROKEN_ANSWER",
                     absl::StrCat("the answer is not whole: its column '",
                                  column, "' does not fit the others"))
      .With("column", column);
}

// Reads a column from its begin.
template <typename Column>
class ColumnReader {
 public:
  ColumnReader(const Column& column, absl::string_view name)
      : column_(column), name_(name) {}

  template <typename Value>
  absl::Status Next(Value* value) {
    if (at_ >= column_.size()) return Broken(name_);
    *value = static_cast<Value>(column_[at_++]);
    return absl::OkStatus();
  }

  // Counts of nothing may be left out.
  absl::Status NextCount(uint32_t* count) {
    *count = 0;
    return column_.empty() ? absl::OkStatus() : Next(count);
  }

  absl::Status End() const {
    return at_ == column_.size() ? absl::OkStatus() : Broken(name_);
  }

  // What the next entry, an index, names in `list`.
  template <typename List>
  absl::StatusOr<const typename List::value_type*> NextOf(const List& list) {
    uint32_t index = 0;
    COLLATE_RETURN_IF_ERROR(Next(&index));
    if (index >= static_cast<uint32_t>(list.size())) return Broken(name_);
    return &list[static_cast<int>(index)];
  }

 private:
  const Column& column_;
  const absl::string_view name_;
  int at_ = 0;
};

using Indexes = ColumnReader<RepeatedField<uint32_t>>;
using Counts = ColumnReader<RepeatedField<int32_t>>;
using Enums = ColumnReader<RepeatedField<int>>;

class NumberReader {
 public:
  NumberReader(const v1::PackedNumbers& numbers, absl::string_view name)
      : value_(numbers.value(), name), absent_(numbers.absent()), name_(name) {}

  absl::Status Next(int cell, std::optional<int64_t>* number) {
    if (at_ < absent_.size() && absent_[at_] == static_cast<uint32_t>(cell)) {
      ++at_;
      number->reset();
      return absl::OkStatus();
    }
    return value_.Next(&number->emplace());
  }

  absl::Status End() const {
    return at_ == absent_.size() ? value_.End() : Broken(name_);
  }

 private:
  ColumnReader<RepeatedField<int64_t>> value_;
  const RepeatedField<uint32_t>& absent_;
  const absl::string_view name_;
  int at_ = 0;
};

// Messages of some cells, in the order of the cells.
template <typename Message>
class SparseReader {
 public:
  SparseReader(const RepeatedPtrField<Message>& messages,
               absl::string_view name)
      : messages_(messages), name_(name) {}

  // Null where the cell has none.
  const Message* Next(int cell) {
    if (at_ >= messages_.size() ||
        messages_[at_].cell() != static_cast<uint32_t>(cell)) {
      return nullptr;
    }
    return &messages_[at_++];
  }

  absl::Status End() const {
    return at_ == messages_.size() ? absl::OkStatus() : Broken(name_);
  }

 private:
  const RepeatedPtrField<Message>& messages_;
  const absl::string_view name_;
  int at_ = 0;
};

struct Bounds {
  std::optional<int64_t> lower;
  std::optional<int64_t> upper;
};

void SetInterval(const Bounds& bounds, v1::Interval* interval) {
  if (bounds.lower.has_value()) interval->set_lower(*bounds.lower);
  if (bounds.upper.has_value()) interval->set_upper(*bounds.upper);
}

void SetInterval(const Bounds& bounds, int scale,
                 v1::DecimalInterval* interval) {
  if (bounds.lower.has_value()) {
    interval->set_lower(base::FormatDecimal(*bounds.lower, scale));
  }
  if (bounds.upper.has_value()) {
    interval->set_upper(base::FormatDecimal(*bounds.upper, scale));
  }
}

class CoverageReader {
 public:
  explicit CoverageReader(const v1::PackedCoverage& packed)
      : packed_(packed),
        expected_(packed.expected(), "coverage.expected"),
        due_(packed.due(), "coverage.due"),
        complete_(packed.complete(), "coverage.complete"),
        tally_count_(packed.tally_count(), "coverage.tally_count"),
        tally_state_(packed.tally_state(), "coverage.tally_state"),
        tally_reporters_(packed.tally_reporter_count(),
                         "coverage.tally_reporter_count"),
        missing_count_(packed.missing_count(), "coverage.missing_count"),
        missing_reporter_(packed.missing_reporter(),
                          "coverage.missing_reporter"),
        missing_state_(packed.missing_state(), "coverage.missing_state"),
        missing_reason_(packed.missing_reason(), "coverage.missing_reason"),
        stated_(packed.stated(), "coverage.stated") {}

  absl::Status Next(int cell, v1::Coverage* coverage) {
    int32_t number = 0;
    COLLATE_RETURN_IF_ERROR(expected_.Next(&number));
    coverage->set_expected(number);
    COLLATE_RETURN_IF_ERROR(due_.Next(&number));
    coverage->set_due(number);
    COLLATE_RETURN_IF_ERROR(complete_.Next(&number));
    coverage->set_complete(number);
    uint32_t count = 0;
    COLLATE_RETURN_IF_ERROR(tally_count_.NextCount(&count));
    v1::State state = v1::STATE_UNSPECIFIED;
    for (; count > 0; --count) {
      v1::StateCount* entry = coverage->add_tally();
      COLLATE_RETURN_IF_ERROR(tally_state_.Next(&state));
      entry->set_state(state);
      COLLATE_RETURN_IF_ERROR(tally_reporters_.Next(&number));
      entry->set_count(number);
    }
    COLLATE_RETURN_IF_ERROR(missing_count_.NextCount(&count));
    for (; count > 0; --count) {
      v1::MissingReporter* missing = coverage->add_missing();
      COLLATE_ASSIGN_OR_RETURN(const v1::PackedMember* reporter,
                               missing_reporter_.NextOf(packed_.reporters()));
      missing->set_reporter(reporter->code());
      missing->set_title(reporter->title());
      COLLATE_RETURN_IF_ERROR(missing_state_.Next(&state));
      missing->set_state(state);
      COLLATE_ASSIGN_OR_RETURN(const std::string* reason,
                               missing_reason_.NextOf(packed_.reasons()));
      missing->set_reason(*reason);
    }
    if (const v1::PackedStated* stated = stated_.Next(cell)) {
      *coverage->mutable_stated() = stated->stated();
    }
    return absl::OkStatus();
  }

  absl::Status End() const {
    for (const absl::Status& status :
         {expected_.End(), due_.End(), complete_.End(), tally_count_.End(),
          tally_state_.End(), tally_reporters_.End(), missing_count_.End(),
          missing_reporter_.End(), missing_state_.End(), missing_reason_.End(),
          stated_.End()}) {
      COLLATE_RETURN_IF_ERROR(status);
    }
    return absl::OkStatus();
  }

 private:
  const v1::PackedCoverage& packed_;
  Counts expected_;
  Counts due_;
  Counts complete_;
  Indexes tally_count_;
  Enums tally_state_;
  Counts tally_reporters_;
  Indexes missing_count_;
  Indexes missing_reporter_;
  Enums missing_state_;
  Indexes missing_reason_;
  SparseReader<v1::PackedStated> stated_;
};

class CitationReader {
 public:
  explicit CitationReader(const v1::PackedCitations& packed)
      : packed_(packed),
        document_(packed.document(), "citations.document"),
        locator_(packed.locator(), "citations.locator"),
        raw_(packed.raw(), "citations.raw"),
        reporter_text_(packed.reporter_text(), "citations.reporter_text"),
        period_text_(packed.period_text(), "citations.period_text"),
        label_count_(packed.label_count(), "citations.label_count"),
        label_dimension_(packed.label_dimension(), "citations.label_dimension"),
        label_text_(packed.label_text(), "citations.label_text"),
        printed_by_(packed.printed_by(), "citations.printed_by") {}

  absl::Status Next(v1::Citation* citation) {
    COLLATE_ASSIGN_OR_RETURN(const v1::PackedDocument* document,
                             document_.NextOf(packed_.documents()));
    citation->set_release(document->release());
    citation->set_document(document->document());
    citation->set_document_sha256(document->document_sha256());
    COLLATE_RETURN_IF_ERROR(locator_.Next(citation->mutable_locator()));
    COLLATE_RETURN_IF_ERROR(Text(raw_, citation->mutable_raw()));
    COLLATE_RETURN_IF_ERROR(
        Text(reporter_text_, citation->mutable_reporter_text()));
    COLLATE_RETURN_IF_ERROR(
        Text(period_text_, citation->mutable_period_text()));
    uint32_t count = 0;
    COLLATE_RETURN_IF_ERROR(label_count_.NextCount(&count));
    for (; count > 0; --count) {
      v1::PrintedLabel* label = citation->add_labels();
      COLLATE_RETURN_IF_ERROR(
          Text(label_dimension_, label->mutable_dimension()));
      COLLATE_RETURN_IF_ERROR(Text(label_text_, label->mutable_text()));
    }
    return Text(printed_by_, citation->mutable_printed_by());
  }

  absl::Status End() const {
    for (const absl::Status& status :
         {document_.End(), locator_.End(), raw_.End(), reporter_text_.End(),
          period_text_.End(), label_count_.End(), label_dimension_.End(),
          label_text_.End(), printed_by_.End()}) {
      COLLATE_RETURN_IF_ERROR(status);
    }
    return absl::OkStatus();
  }

 private:
  absl::Status Text(Indexes& column, std::string* text) const {
    COLLATE_ASSIGN_OR_RETURN(const std::string* found,
                             column.NextOf(packed_.texts()));
    *text = *found;
    return absl::OkStatus();
  }

  const v1::PackedCitations& packed_;
  Indexes document_;
  ColumnReader<RepeatedPtrField<std::string>> locator_;
  Indexes raw_;
  Indexes reporter_text_;
  Indexes period_text_;
  Indexes label_count_;
  Indexes label_dimension_;
  Indexes label_text_;
  Indexes printed_by_;
};

class CellReader {
 public:
  explicit CellReader(const v1::PackedCells& packed)
      : packed_(packed),
        measure_(packed.measure(), "measure"),
        period_(packed.period(), "period"),
        state_(packed.state(), "state"),
        reported_(packed.reported(), "reported"),
        reported_lower_(packed.reported_lower(), "reported_lower"),
        reported_upper_(packed.reported_upper(), "reported_upper"),
        panel_lower_(packed.panel_lower(), "panel_lower"),
        panel_upper_(packed.panel_upper(), "panel_upper"),
        coverage_(packed.coverage()),
        flag_count_(packed.flag_count(), "flag_count"),
        flag_(packed.flag(), "flag"),
        basis_(packed.basis(), "basis"),
        source_count_(packed.source_count(), "source_count"),
        source_(packed.source(), "source"),
        source_reporters_(packed.source_reporter_count(),
                          "source_reporter_count"),
        citation_count_(packed.citation_count(), "citation_count"),
        citations_(packed.citations()),
        conflicts_(packed.conflicts(), "conflicts") {
    for (const v1::PackedAxis& axis : packed.axes()) {
      axes_.emplace_back(axis.member(), "axes.member");
    }
  }

  absl::Status Next(int index, v1::Cell* cell) {
    COLLATE_ASSIGN_OR_RETURN(const v1::PackedMeasure* measure,
                             measure_.NextOf(packed_.measures()));
    cell->set_measure(measure->code());
    cell->set_unit(measure->unit());
    for (int i = 0; i < packed_.axes_size(); ++i) {
      v1::Coordinate* coordinate = cell->add_coordinates();
      COLLATE_ASSIGN_OR_RETURN(const v1::PackedMember* member,
                               axes_[i].NextOf(packed_.axes(i).members()));
      coordinate->set_dimension(packed_.axes(i).dimension());
      coordinate->set_member(member->code());
      coordinate->set_title(member->title());
    }
    COLLATE_ASSIGN_OR_RETURN(const v1::Period* period,
                             period_.NextOf(packed_.periods()));
    *cell->mutable_period() = *period;
    v1::State state = v1::STATE_UNSPECIFIED;
    COLLATE_RETURN_IF_ERROR(state_.Next(&state));
    cell->set_state(state);
    COLLATE_RETURN_IF_ERROR(SetNumbers(index, measure->scale(), cell));
    COLLATE_RETURN_IF_ERROR(coverage_.Next(index, cell->mutable_coverage()));
    uint32_t count = 0;
    COLLATE_RETURN_IF_ERROR(flag_count_.NextCount(&count));
    for (; count > 0; --count) {
      v1::CellFlag flag = v1::CELL_FLAG_UNSPECIFIED;
      COLLATE_RETURN_IF_ERROR(flag_.Next(&flag));
      cell->add_flags(flag);
    }
    v1::Basis basis = v1::BASIS_UNSPECIFIED;
    COLLATE_RETURN_IF_ERROR(basis_.Next(&basis));
    cell->set_basis(basis);
    COLLATE_RETURN_IF_ERROR(source_count_.NextCount(&count));
    int32_t number = 0;
    for (; count > 0; --count) {
      v1::SourceCount* source = cell->add_sources();
      COLLATE_ASSIGN_OR_RETURN(const std::string* id,
                               source_.NextOf(packed_.source_ids()));
      source->set_source(*id);
      COLLATE_RETURN_IF_ERROR(source_reporters_.Next(&number));
      source->set_reporter_count(number);
    }
    COLLATE_RETURN_IF_ERROR(citation_count_.Next(&number));
    cell->set_citation_count(number);
    if (packed_.has_citations()) {
      for (; number > 0; --number) {
        COLLATE_RETURN_IF_ERROR(citations_.Next(cell->add_citations()));
      }
    }
    if (const v1::PackedConflicts* conflicts = conflicts_.Next(index)) {
      *cell->mutable_conflicts() = conflicts->conflicts();
    }
    return AddDerived(index, cell);
  }

  absl::Status End() const {
    if (packed_.cell_count() <= 0 && packed_.derived_size() > 0) {
      return Broken("derived");
    }
    for (const Indexes& axis : axes_) COLLATE_RETURN_IF_ERROR(axis.End());
    for (const absl::Status& status :
         {measure_.End(), period_.End(), state_.End(), reported_.End(),
          reported_lower_.End(), reported_upper_.End(), panel_lower_.End(),
          panel_upper_.End(), coverage_.End(), flag_count_.End(), flag_.End(),
          basis_.End(), source_count_.End(), source_.End(),
          source_reporters_.End(), citation_count_.End(), citations_.End(),
          conflicts_.End()}) {
      COLLATE_RETURN_IF_ERROR(status);
    }
    return absl::OkStatus();
  }

 private:
  absl::Status SetNumbers(int index, int scale, v1::Cell* cell) {
    if (scale < 0 || scale > kMostDecimals) return Broken("measures.scale");
    std::optional<int64_t> reported;
    Bounds bounds;
    Bounds panel;
    COLLATE_RETURN_IF_ERROR(reported_.Next(index, &reported));
    COLLATE_RETURN_IF_ERROR(reported_lower_.Next(index, &bounds.lower));
    COLLATE_RETURN_IF_ERROR(reported_upper_.Next(index, &bounds.upper));
    COLLATE_RETURN_IF_ERROR(panel_lower_.Next(index, &panel.lower));
    COLLATE_RETURN_IF_ERROR(panel_upper_.Next(index, &panel.upper));
    if (scale == 0) {
      if (reported.has_value()) {
        cell->set_reported(*reported);
        SetInterval(bounds, cell->mutable_reported_bounds());
      }
      SetInterval(panel, cell->mutable_panel_bounds());
      return absl::OkStatus();
    }
    if (reported.has_value()) {
      cell->set_decimal_reported(base::FormatDecimal(*reported, scale));
      SetInterval(bounds, scale, cell->mutable_decimal_reported_bounds());
    }
    SetInterval(panel, scale, cell->mutable_decimal_panel_bounds());
    return absl::OkStatus();
  }

  // As many of each cell.
  absl::Status AddDerived(int index, v1::Cell* cell) const {
    const int count = packed_.derived_size() / packed_.cell_count();
    if (count * packed_.cell_count() != packed_.derived_size()) {
      return Broken("derived");
    }
    for (int i = 0; i < count; ++i) {
      *cell->add_derived() = packed_.derived(index * count + i);
    }
    return absl::OkStatus();
  }

  const v1::PackedCells& packed_;
  Indexes measure_;
  std::vector<Indexes> axes_;
  Indexes period_;
  Enums state_;
  NumberReader reported_;
  NumberReader reported_lower_;
  NumberReader reported_upper_;
  NumberReader panel_lower_;
  NumberReader panel_upper_;
  CoverageReader coverage_;
  Indexes flag_count_;
  Enums flag_;
  Enums basis_;
  Indexes source_count_;
  Indexes source_;
  Counts source_reporters_;
  Counts citation_count_;
  CitationReader citations_;
  SparseReader<v1::PackedConflicts> conflicts_;
};

}  // namespace

absl::Status Unpack(v1::QueryStatisticsResponse* answer) {
  if (!answer->has_packed()) return absl::OkStatus();
  const v1::PackedCells& packed = answer->packed();
  CellReader reader(packed);
  for (int i = 0; i < packed.cell_count(); ++i) {
    COLLATE_RETURN_IF_ERROR(reader.Next(i, answer->add_cells()));
  }
  COLLATE_RETURN_IF_ERROR(reader.End());
  answer->clear_packed();
  return absl::OkStatus();
}

}  // namespace collate::client
