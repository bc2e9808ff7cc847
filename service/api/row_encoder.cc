#include "service/api/row_encoder.h"

#include <algorithm>
#include <charconv>
#include <cstddef>
#include <cstring>
#include <optional>

#include "collate/v1/observation.pb.h"
#include "service/api/convert.h"
#include "service/api/wire_writer.h"
#include "service/base/decimal.h"
#include "service/base/status_macros.h"

namespace collate::api {
namespace {

using store::Observations;
using v1::Citation;
using v1::Observation;

// Chunks that are held; one has at most 65,536 rows.
constexpr size_t kMostChunks = 16;

// Of a field with a number below 16; nothing of an empty one.
size_t SizeOfText(size_t bytes) {
  if (bytes == 0) return 0;
  size_t size = 2 + bytes;
  for (size_t rest = bytes; rest >= 0x80; rest >>= 7) ++size;
  return size;
}

// These write where there is room, and give the place behind.

char* PutBytes(absl::string_view bytes, char* at) {
  std::memcpy(at, bytes.data(), bytes.size());
  return at + bytes.size();
}

char* PutHead(int number, size_t size, char* at) {
  *at++ = static_cast<char>(number << 3 | kWireBytes);
  while (size >= 0x80) {
    *at++ = static_cast<char>(size | 0x80);
    size >>= 7;
  }
  *at++ = static_cast<char>(size);
  return at;
}

char* PutText(int number, absl::string_view text, char* at) {
  if (text.empty()) return at;
  return PutBytes(text, PutHead(number, text.size(), at));
}

void AppendFlags(uint32_t flags, std::string* out) {
  if (flags == 0) return;
  std::string bytes;
  for (int flag = v1::ObservationFlag_MIN + 1; flag <= v1::ObservationFlag_MAX;
       ++flag) {
    if (flags & (1u << (flag - 1))) {
      AppendVarint(static_cast<uint64_t>(flag), &bytes);
    }
  }
  AppendText(Observation::kFlagsFieldNumber, bytes, out);
}

}  // namespace

absl::StatusOr<RowEncoder::Chunk*> RowEncoder::Find(const query::RowRef& ref) {
  const Key key(ref.release, ref.chunk);
  if (last_ != nullptr && key == last_key_) return last_;
  if (const auto found = chunks_.find(key); found != chunks_.end()) {
    last_key_ = key;
    return last_ = found->second.get();
  }
  auto chunk = std::make_unique<Chunk>();
  COLLATE_ASSIGN_OR_RETURN(chunk->stored, snapshot_.Read(ref));
  const Observations& stored = *chunk->stored;
  const vocabulary::Vocabulary& vocabulary = snapshot_.vocabulary();
  chunk->release = &snapshot_.release_of(ref);
  AppendText(Observation::kMeasureFieldNumber, stored.slice.measure,
             &chunk->head);
  AppendText(Observation::kUniverseFieldNumber, stored.slice.universe,
             &chunk->head);
  chunk->axes.push_back({&vocabulary.reporters(), &stored.reporter, {}, {}});
  for (size_t axis = 0; axis < stored.axes.size(); ++axis) {
    // A snapshot is built only over dimensions that the vocabulary has.
    chunk->axes.push_back(
        {vocabulary.FindDimension(View(stored.slice.axes[axis].dimension)),
         &stored.axes[axis],
         {},
         {}});
  }
  for (const store::Document& document : chunk->release->documents) {
    std::string& from = chunk->from.emplace_back();
    AppendText(Citation::kReleaseFieldNumber, chunk->release->name, &from);
    AppendText(Citation::kDocumentFieldNumber, document.name, &from);
    AppendText(Citation::kDocumentSha256FieldNumber, document.sha256, &from);
  }
  if (chunks_.size() >= kMostChunks) chunks_.clear();
  last_key_ = key;
  last_ = chunk.get();
  chunks_[key] = std::move(chunk);
  return last_;
}

RowEncoder::Place RowEncoder::PlaceOf(Chunk& chunk,
                                      const store::Locator& locator) {
  const Observations& stored = *chunk.stored;
  const std::string& document = chunk.release->documents[locator.document].name;
  if (locator.sheet != 0 && !stored.strings[locator.sheet].empty()) {
    locator_ = query::FormatLocator(locator, stored, View(document));
    return {View(locator_), ""};
  }
  // Rows of one file follow each other.
  if (chunk.file.empty() || chunk.document != locator.document ||
      chunk.part != locator.part) {
    store::Locator start = locator;
    start.line = 0;
    start.column = 0;
    chunk.document = locator.document;
    chunk.part = locator.part;
    chunk.file = query::FormatLocator(start, stored, View(document));
    chunk.file.resize(chunk.file.size() - absl::string_view("0:C0").size());
  }
  char* at = std::to_chars(place_, place_ + 20, locator.line).ptr;
  *at++ = ':';
  *at++ = 'C';
  at = std::to_chars(at, at + 20, locator.column).ptr;
  return {View(chunk.file),
          absl::string_view(place_, static_cast<size_t>(at - place_))};
}

const std::string& RowEncoder::LabelOf(const Observations& stored, Axis& axis,
                                       size_t index, uint32_t row) {
  const uint32_t string = axis.column->label[row];
  const auto [label, is_new] = axis.labels.Of(string);
  if (is_new) {
    v1::PrintedLabel message;
    message.set_dimension(stored.slice.axes[index].dimension);
    message.set_text(stored.strings[string]);
    AppendMessage(Citation::kLabelsFieldNumber, message, label);
  }
  return *label;
}

// Answers cite by the thousand: all pieces are found first, so that they are
// written in one place, behind a length that is known.
void RowEncoder::EncodeCitation(int number, Chunk& chunk,
                                const query::RowRef& ref, std::string* out) {
  const Observations& stored = *chunk.stored;
  const uint32_t row = ref.row;
  const store::Locator& locator = stored.locator[row];
  const std::string& from = chunk.from[locator.document];
  const Place place = PlaceOf(chunk, locator);
  const size_t place_size = place.file.size() + place.cell.size();
  const std::string& raw = stored.strings[stored.raw[row]];
  const std::string& reporter = stored.strings[stored.reporter.label[row]];
  const std::string& period = stored.strings[stored.period_text[row]];
  labels_.clear();
  size_t size = from.size() + SizeOfText(place_size) + SizeOfText(raw.size()) +
                SizeOfText(reporter.size()) + SizeOfText(period.size());
  for (size_t axis = 1; axis < chunk.axes.size(); ++axis) {
    labels_.push_back(&LabelOf(stored, chunk.axes[axis], axis - 1, row));
    size += labels_.back()->size();
  }
  absl::string_view printed_by;
  if (!stored.stated.empty()) {
    if (const query::Chunks::Stated* stated = snapshot_.FindStated(ref)) {
      printed_by = View(stated->printed_by);
      size += SizeOfText(printed_by.size());
    }
  }

  AppendTag(number, kWireBytes, out);
  AppendVarint(size, out);
  const size_t begin = out->size();
  out->append(size, '\0');
  char* at = &(*out)[begin];
  at = PutBytes(View(from), at);
  at = PutHead(Citation::kLocatorFieldNumber, place_size, at);
  at = PutBytes(place.cell, PutBytes(place.file, at));
  at = PutText(Citation::kRawFieldNumber, View(raw), at);
  at = PutText(Citation::kReporterTextFieldNumber, View(reporter), at);
  at = PutText(Citation::kPeriodTextFieldNumber, View(period), at);
  for (const std::string* label : labels_) at = PutBytes(View(*label), at);
  PutText(Citation::kPrintedByFieldNumber, printed_by, at);
}

absl::Status RowEncoder::AppendCitation(int number, const query::RowRef& ref,
                                        std::string* out) {
  COLLATE_ASSIGN_OR_RETURN(Chunk* const chunk, Find(ref));
  EncodeCitation(number, *chunk, ref, out);
  return absl::OkStatus();
}

const RowEncoder::Coordinate& RowEncoder::CoordinateOf(const Chunk& chunk,
                                                       Axis& axis,
                                                       uint32_t row) {
  const uint32_t index = axis.column->member[row];
  const auto [coordinate, is_new] = axis.coordinates.Of(index);
  if (is_new) {
    const auto id = axis.dimension->Find(View(chunk.stored->strings[index]));
    v1::Coordinate message;
    SetCoordinate(*axis.dimension, id.value_or(vocabulary::kUnmapped),
                  &message);
    AppendMessage(Observation::kCoordinatesFieldNumber, message,
                  &coordinate->bytes);
    coordinate->unmapped = !id.has_value();
  }
  return *coordinate;
}

const std::string& RowEncoder::PeriodOf(const Observations& chunk,
                                        uint32_t row) {
  const vocabulary::Period period{
      {chunk.period_begin[row], chunk.period_end[row]}, chunk.period_kind[row]};
  std::string& bytes =
      periods_[{period.days.begin, period.days.end, period.kind}];
  if (bytes.empty()) {
    AppendPeriod(Observation::kPeriodFieldNumber, period, &bytes);
  }
  return bytes;
}

absl::Status RowEncoder::AppendObservation(int number, const query::RowRef& ref,
                                           std::string* out) {
  COLLATE_ASSIGN_OR_RETURN(Chunk* const chunk, Find(ref));
  const Observations& stored = *chunk->stored;
  const uint32_t row = ref.row;
  std::string& bytes = *out;
  Nested observation(number, out);
  bytes.append(chunk->head);
  bool unmapped = false;
  for (Axis& axis : chunk->axes) {
    const Coordinate& coordinate = CoordinateOf(*chunk, axis, row);
    bytes.append(coordinate.bytes);
    unmapped |= coordinate.unmapped;
  }
  bytes.append(PeriodOf(stored, row));
  AppendNumber(Observation::kStateFieldNumber,
               static_cast<int64_t>(stored.state[row]), &bytes);
  const uint8_t has = stored.has[row];
  query::Interval bounds;
  if (has & store::kHasLower) bounds.lower = stored.lower[row];
  if (has & store::kHasUpper) bounds.upper = stored.upper[row];
  const bool bounded = bounds != query::Interval::Unknown();
  const bool whole = stored.scale == 0;
  if (whole && (has & store::kHasValue)) {
    AppendNumber(Observation::kValueFieldNumber, stored.value[row], &bytes);
  }
  if (whole && bounded) {
    AppendInterval(Observation::kBoundsFieldNumber, bounds, &bytes);
  }
  AppendText(Observation::kReasonFieldNumber,
             stored.strings[stored.reason[row]], &bytes);
  AppendFlags(stored.flags[row], &bytes);
  EncodeCitation(Observation::kCitationFieldNumber, *chunk, ref, out);
  if (unmapped) AppendNumber(Observation::kUnmappedFieldNumber, 1, &bytes);
  if (stored.records[row] != 0) {
    AppendNumber(Observation::kRecordCountFieldNumber,
                 static_cast<int64_t>(stored.records[row]), &bytes);
  }
  if (!whole && (has & store::kHasValue)) {
    AppendText(Observation::kDecimalValueFieldNumber,
               base::FormatDecimal(stored.value[row], stored.scale), &bytes);
  }
  if (!whole && bounded) {
    AppendDecimalInterval(Observation::kDecimalBoundsFieldNumber, bounds,
                          stored.scale, &bytes);
  }
  observation.End();
  return absl::OkStatus();
}

}  // namespace collate::api
