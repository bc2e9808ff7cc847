#include "service/store/slice_codec.h"

#include <cstddef>
#include <cstdint>

#include "absl/strings/str_cat.h"
#include "service/base/error.h"
#include "service/store/columns.h"

namespace collate::store {
namespace {

absl::Status Invalid(const Slice& slice, absl::string_view message) {
  return base::Error(
             absl::StatusCode::kInvalidArgument, "INVALID_SLICE",
             absl::StrCat("slice of measure '", slice.measure, "': ", message))
      .With("measure", slice.measure);
}

template <typename Enum>
bool IsFrom1To(Enum value, Enum last) {
  return static_cast<int>(value) >= 1 && value <= last;
}

}  // namespace

absl::Status ValidateSlice(const Slice& slice) {
  if (slice.measure.empty()) return Invalid(slice, "a measure is expected");
  if (!IsFrom1To(slice.partition, Partition::kMultiResponse)) {
    return Invalid(slice, absl::StrCat("unknown partition ",
                                       static_cast<int>(slice.partition)));
  }
  if (!IsFrom1To(slice.aggregation, Aggregation::kUnique)) {
    return Invalid(slice, absl::StrCat("unknown aggregation ",
                                       static_cast<int>(slice.aggregation)));
  }
  if (!IsFrom1To(slice.floor, Floor::kNone)) {
    return Invalid(
        slice, absl::StrCat("unknown floor ", static_cast<int>(slice.floor)));
  }
  if (slice.axes.size() > kMaxAxes) {
    return Invalid(slice, absl::StrCat(slice.axes.size(), " axes, at most ",
                                       kMaxAxes, " are expected"));
  }
  for (size_t a = 0; a < slice.axes.size(); ++a) {
    const std::string& dimension = slice.axes[a].dimension;
    if (dimension.empty() || dimension == "reporter") {
      return Invalid(slice,
                     absl::StrCat("axis ", a, " may not be '", dimension, "'"));
    }
    if (a > 0 && slice.axes[a - 1].dimension >= dimension) {
      return Invalid(slice,
                     absl::StrCat("axis '", dimension, "' stands after '",
                                  slice.axes[a - 1].dimension,
                                  "'; each once and sorted is expected"));
    }
  }
  return absl::OkStatus();
}

void AppendSlice(std::string& out, const Slice& slice) {
  AppendString(out, slice.measure);
  AppendString(out, slice.universe);
  AppendU8(out, static_cast<uint8_t>(slice.partition));
  AppendU8(out, static_cast<uint8_t>(slice.aggregation));
  AppendU8(out, static_cast<uint8_t>(slice.floor));
  AppendVarint(out, slice.axes.size());
  for (const Axis& axis : slice.axes) {
    AppendString(out, axis.dimension);
    AppendString(out, axis.level);
  }
}

Slice ReadSlice(Reader& reader) {
  Slice slice;
  slice.measure = std::string(reader.String("measure"));
  slice.universe = std::string(reader.String("universe"));
  slice.partition = static_cast<Partition>(reader.U8("partition"));
  slice.aggregation = static_cast<Aggregation>(reader.U8("aggregation"));
  slice.floor = static_cast<Floor>(reader.U8("floor"));
  const uint64_t axes = reader.Count(2, "axes");
  for (uint64_t a = 0; a < axes && reader.ok(); ++a) {
    Axis& axis = slice.axes.emplace_back();
    axis.dimension = std::string(reader.String("axis dimension"));
    axis.level = std::string(reader.String("axis level"));
  }
  if (reader.ok()) {
    const absl::Status valid = ValidateSlice(slice);
    if (!valid.ok()) reader.Fail(valid.message());
  }
  return slice;
}

std::string EncodeExtent(const Extent& extent) {
  std::string out;
  AppendSlice(out, extent.slice);
  AppendVarint(out, extent.reporters.size());
  for (const std::string& reporter : extent.reporters) {
    AppendString(out, reporter);
  }
  AppendVarint(out, extent.periods.size());
  for (const vocabulary::DayInterval& period : extent.periods) {
    AppendU32(out, static_cast<uint32_t>(period.begin));
    AppendU32(out, static_cast<uint32_t>(period.end));
  }
  return out;
}

absl::StatusOr<Extent> DecodeExtent(absl::string_view bytes) {
  Reader reader(bytes, "extent");
  Extent extent;
  extent.slice = ReadSlice(reader);
  const uint64_t reporters = reader.Count(1, "reporters");
  for (uint64_t r = 0; r < reporters && reader.ok(); ++r) {
    extent.reporters.emplace_back(reader.String("reporter"));
  }
  const uint64_t periods = reader.Count(8, "periods");
  for (uint64_t p = 0; p < periods && reader.ok(); ++p) {
    const auto begin = static_cast<vocabulary::Day>(reader.U32("period"));
    const auto end = static_cast<vocabulary::Day>(reader.U32("period"));
    extent.periods.push_back({begin, end});
  }
  reader.ExpectEnd("the extent");
  if (!reader.ok()) return reader.status();
  return extent;
}

}  // namespace collate::store
