#include "service/ingest/frame_reader.h"

#include <algorithm>
#include <utility>

#include "absl/strings/str_cat.h"
#include "service/base/error.h"
#include "service/base/status_macros.h"
#include "service/vocabulary/state.h"
#include "service/worker/protocol.h"

namespace collate::ingest {
namespace {

using worker::kLengthBytes;

constexpr uint32_t kLastPeriodKind = 8;
constexpr uint32_t kAllFlags =
    (uint32_t{vocabulary::kFlagTotalIgnoresMarkers} << 1) - 1;
constexpr uint32_t kMaxRowScale = 18;
constexpr int kHasValue = 1;
constexpr int kHasLower = 2;
constexpr int kHasUpper = 4;

absl::Status Breach(absl::string_view what) {
  return base::Error(absl::StatusCode::kInternal, "ADAPTER_PROTOCOL_ERROR",
                     absl::StrCat("the worker's output is not what it should "
                                  "be: ",
                                  what));
}

absl::Status OverLimit(absl::string_view what, int64_t limit) {
  return base::Error(absl::StatusCode::kResourceExhausted,
                     "ADAPTER_OUTPUT_LIMIT",
                     absl::StrCat("more than ", limit, " ", what))
      .With("limit", absl::StrCat(limit));
}

template <typename E>
bool ToEnum(int64_t number, int64_t last, E* out) {
  if (number < 1 || number > last) return false;
  *out = static_cast<E>(number);
  return true;
}

RawLocator ToLocator(const worker::v1::Locator& from) {
  RawLocator to;
  to.part = from.part();
  to.sheet = from.sheet();
  to.row = from.row();
  to.column = from.column();
  to.row_end = from.row_end();
  to.column_end = from.column_end();
  to.line = from.line();
  to.byte_begin = from.byte_begin();
  to.byte_end = from.byte_end();
  return to;
}

// Walks through one frame of rows. Columns are checked for their length
// before, lists as they are consumed.
class RowsReader {
 public:
  // No row may copy more than `max_text_bytes` out of the dictionary.
  RowsReader(const worker::v1::Rows& rows,
             const std::vector<std::string>& dictionary, size_t table_count,
             int64_t max_text_bytes)
      : rows_(rows),
        dictionary_(dictionary),
        table_count_(table_count),
        max_text_bytes_(max_text_bytes) {}

  absl::Status CheckColumns() const {
    const int count = static_cast<int>(rows_.count());
    if (rows_.count() < 1 || rows_.count() > worker::kMaxRowsPerFrame) {
      return Breach(absl::StrCat("a frame of ", rows_.count(), " rows"));
    }
    for (const int size :
         {rows_.table_size(), rows_.reporter_size(), rows_.reporter_code_size(),
          rows_.period_start_size(), rows_.period_end_size(),
          rows_.period_kind_size(), rows_.period_text_size(),
          rows_.state_size(), rows_.dimension_count_size(), rows_.level_size(),
          rows_.level_axis_size(), rows_.parent_size(), rows_.has_size(),
          rows_.flags_size(), rows_.raw_size(), rows_.reason_size(),
          rows_.note_count_size(), rows_.header_count_size(),
          rows_.records_size()}) {
      if (size != count) {
        return Breach(absl::StrCat("a column of ", size, " entries for ", count,
                                   " rows"));
      }
    }
    COLLATE_RETURN_IF_ERROR(CheckLocators(rows_.locator(), count));
    if (rows_.mantissa_size() != rows_.scale_size() ||
        rows_.dimension_axis_size() != rows_.dimension_label_size()) {
      return Breach("columns of unequal length");
    }
    return CheckLocators(rows_.header(), rows_.header().part_size());
  }

  absl::Status Next(RawObservation* to) {
    const int i = row_++;
    text_bytes_ = 0;
    if (rows_.table(i) >= table_count_) return Breach("a row of no table");
    to->table = rows_.table(i);
    to->period_begin = rows_.period_start(i);
    to->period_end = rows_.period_end(i);
    to->period_kind = static_cast<int32_t>(rows_.period_kind(i));
    const bool no_period =
        to->period_begin == 0 && to->period_end == 0 && to->period_kind == 0;
    if (!no_period &&
        (to->period_begin >= to->period_end || rows_.period_kind(i) < 1 ||
         rows_.period_kind(i) > kLastPeriodKind)) {
      return Breach("a period that is none");
    }
    if (!ToEnum(rows_.state(i), vocabulary::kPublishedStateCount - 1,
                &to->state) ||
        !ToEnum(rows_.level(i), static_cast<int>(Level::kResidual),
                &to->level)) {
      return Breach("an unknown state or level");
    }
    if ((rows_.flags(i) & ~kAllFlags) != 0) return Breach("an unknown flag");
    to->flags = rows_.flags(i);
    to->records = rows_.records(i);
    COLLATE_RETURN_IF_ERROR(Text(rows_.reporter(i), &to->reporter));
    COLLATE_RETURN_IF_ERROR(Text(rows_.reporter_code(i), &to->reporter_code));
    COLLATE_RETURN_IF_ERROR(Text(rows_.period_text(i), &to->period_text));
    COLLATE_RETURN_IF_ERROR(Text(rows_.level_axis(i), &to->level_axis));
    COLLATE_RETURN_IF_ERROR(Text(rows_.parent(i), &to->parent));
    COLLATE_RETURN_IF_ERROR(Text(rows_.raw(i), &to->raw));
    COLLATE_RETURN_IF_ERROR(Text(rows_.reason(i), &to->reason));

    const uint32_t has = rows_.has(i);
    if (has > (kHasValue | kHasLower | kHasUpper)) {
      return Breach("an unknown number");
    }
    if (has & kHasValue) COLLATE_RETURN_IF_ERROR(Number(&to->value));
    if (has & kHasLower) COLLATE_RETURN_IF_ERROR(Number(&to->lower));
    if (has & kHasUpper) COLLATE_RETURN_IF_ERROR(Number(&to->upper));

    if (rows_.dimension_count(i) >
        static_cast<uint32_t>(rows_.dimension_axis_size() - dimension_)) {
      return Breach("a list of dimensions that ends too early");
    }
    to->dimensions.resize(rows_.dimension_count(i));
    for (auto& [axis, label] : to->dimensions) {
      COLLATE_RETURN_IF_ERROR(Text(rows_.dimension_axis(dimension_), &axis));
      COLLATE_RETURN_IF_ERROR(Text(rows_.dimension_label(dimension_), &label));
      ++dimension_;
    }
    for (size_t d = 1; d < to->dimensions.size(); ++d) {
      if (to->dimensions[d - 1].first >= to->dimensions[d].first) {
        return Breach("dimensions that are not sorted");
      }
    }
    if (rows_.note_count(i) >
        static_cast<uint32_t>(rows_.note_size() - note_)) {
      return Breach("a list of notes that ends too early");
    }
    to->notes.resize(rows_.note_count(i));
    for (std::string& note : to->notes) {
      COLLATE_RETURN_IF_ERROR(Text(rows_.note(note_++), &note));
    }
    COLLATE_RETURN_IF_ERROR(
        Place(rows_.locator(), i, &last_locator_, &to->locator));
    if (rows_.header_count(i) >
        static_cast<uint32_t>(rows_.header().part_size() - header_)) {
      return Breach("a list of headers that ends too early");
    }
    to->headers.resize(rows_.header_count(i));
    for (RawLocator& header : to->headers) {
      COLLATE_RETURN_IF_ERROR(
          Place(rows_.header(), header_++, &last_header_, &header));
    }
    return absl::OkStatus();
  }

  absl::Status CheckEnd() const {
    if (number_ != rows_.mantissa_size() ||
        dimension_ != rows_.dimension_axis_size() ||
        note_ != rows_.note_size() || header_ != rows_.header().part_size()) {
      return Breach("lists that go on after the last row");
    }
    return absl::OkStatus();
  }

 private:
  struct Position {
    uint64_t line = 0;
    uint64_t byte_begin = 0;
    uint64_t byte_end = 0;
  };

  static absl::Status CheckLocators(const worker::v1::Locators& locators,
                                    int count) {
    for (const int size :
         {locators.part_size(), locators.sheet_size(), locators.row_size(),
          locators.column_size(), locators.row_end_size(),
          locators.column_end_size(), locators.line_size(),
          locators.byte_begin_size(), locators.byte_end_size()}) {
      if (size != count) return Breach("a column of locators of wrong length");
    }
    return absl::OkStatus();
  }

  // A few bytes can name a long text a million times: what is copied is counted
  // before it is.
  absl::Status Text(uint32_t number, std::string* out) {
    if (number == 0) return absl::OkStatus();
    if (number >= dictionary_.size()) {
      return Breach(absl::StrCat("text ", number, " was never sent"));
    }
    text_bytes_ += dictionary_[number].size();
    if (text_bytes_ > static_cast<size_t>(max_text_bytes_)) {
      return OverLimit("bytes of rows and texts", max_text_bytes_);
    }
    *out = dictionary_[number];
    return absl::OkStatus();
  }

  absl::Status Number(std::optional<Decimal>* out) {
    if (number_ >= rows_.mantissa_size()) return Breach("a missing number");
    if (rows_.scale(number_) > kMaxRowScale) return Breach("an unknown scale");
    *out = Decimal{rows_.mantissa(number_),
                   static_cast<int64_t>(rows_.scale(number_))};
    ++number_;
    return absl::OkStatus();
  }

  absl::Status Place(const worker::v1::Locators& from, int i, Position* last,
                     RawLocator* to) {
    COLLATE_RETURN_IF_ERROR(Text(from.part(i), &to->part));
    COLLATE_RETURN_IF_ERROR(Text(from.sheet(i), &to->sheet));
    to->row = from.row(i);
    to->column = from.column(i);
    to->row_end = from.row_end(i);
    to->column_end = from.column_end(i);
    last->line += static_cast<uint64_t>(from.line(i));
    last->byte_begin += static_cast<uint64_t>(from.byte_begin(i));
    last->byte_end += static_cast<uint64_t>(from.byte_end(i));
    to->line = last->line;
    to->byte_begin = last->byte_begin;
    to->byte_end = last->byte_end;
    return absl::OkStatus();
  }

  const worker::v1::Rows& rows_;
  const std::vector<std::string>& dictionary_;
  const size_t table_count_;
  const int64_t max_text_bytes_;
  size_t text_bytes_ = 0;  // of this row
  int row_ = 0;
  int number_ = 0;
  int dimension_ = 0;
  int note_ = 0;
  int header_ = 0;
  Position last_locator_;
  Position last_header_;
};

// What an observation takes beyond itself; short strings count as nothing.
size_t SizeOf(const RawObservation& row) {
  constexpr size_t kInside = 15;
  const auto text = [](const std::string& s) {
    return s.size() > kInside ? s.size() + 1 : 0;
  };
  size_t size = sizeof(row) + text(row.reporter) + text(row.reporter_code) +
                text(row.period_text) + text(row.level_axis) +
                text(row.parent) + text(row.raw) + text(row.reason) +
                text(row.locator.part) + text(row.locator.sheet);
  for (const auto& [axis, label] : row.dimensions) {
    size += 2 * sizeof(std::string) + text(axis) + text(label);
  }
  for (const std::string& note : row.notes) {
    size += sizeof(std::string) + text(note);
  }
  for (const RawLocator& header : row.headers) {
    size += sizeof(header) + text(header.part) + text(header.sheet);
  }
  return size;
}

}  // namespace

FrameReader::FrameReader(Options options)
    : options_(std::move(options)), dictionary_(1) {}

absl::Status FrameReader::Spend(size_t bytes) {
  result_bytes_ += bytes;
  if (result_bytes_ > static_cast<size_t>(options_.result_bytes)) {
    return OverLimit("bytes of rows and texts", options_.result_bytes);
  }
  return absl::OkStatus();
}

absl::Status FrameReader::Append(absl::string_view bytes) {
  while (!bytes.empty()) {
    if (trailer_) return Breach("bytes after the trailer");
    // Length first, then as much as it says.
    size_t want = kLengthBytes;
    if (buffer_.size() >= kLengthBytes) {
      size_t length = 0;
      for (size_t i = 0; i < kLengthBytes; ++i) {
        length |= size_t{static_cast<uint8_t>(buffer_[i])} << (8 * i);
      }
      if (length > worker::kMaxFrameBytes) {
        return Breach(absl::StrCat("a frame of ", length, " bytes"));
      }
      if (length == 0) return Breach("an empty frame");
      want += length;
    }
    const size_t take = std::min(want - buffer_.size(), bytes.size());
    buffer_.append(bytes.data(), take);
    bytes.remove_prefix(take);
    if (buffer_.size() > kLengthBytes && buffer_.size() == want) {
      COLLATE_RETURN_IF_ERROR(ReadFrame(buffer_));
      buffer_.clear();
    }
  }
  return absl::OkStatus();
}

absl::Status FrameReader::ReadFrame(absl::string_view bytes) {
  worker::v1::Frame frame;
  if (!frame.ParseFromArray(bytes.data() + kLengthBytes,
                            static_cast<int>(bytes.size() - kLengthBytes))) {
    return Breach("a frame that cannot be read");
  }
  using Kind = worker::v1::Frame::KindCase;
  const Kind kind = frame.kind_case();
  if (kind == Kind::kTrailer) return ReadTrailer(frame.trailer());
  digest_.Update(bytes);
  if ((kind == Kind::kHello) == hello_.has_value()) {
    return Breach(hello_ ? "a second hello" : "no hello at the beginning");
  }
  if (attachment_open_ && kind != Kind::kAttachment) {
    return Breach("an attachment that was not finished");
  }
  switch (kind) {
    case Kind::kHello:
      return ReadHello(frame.hello());
    case Kind::kStrings:
      return ReadStrings(frame.mutable_strings());
    case Kind::kTable:
      return ReadTable(frame.table());
    case Kind::kRows:
      return ReadRows(frame.rows());
    case Kind::kDiagnostic:
      return ReadDiagnostic(frame.diagnostic());
    case Kind::kAccount:
      COLLATE_RETURN_IF_ERROR(Spend(frame.account().what().size() + 64));
      document_.accounts.emplace_back(frame.account().what(),
                                      frame.account().count());
      return absl::OkStatus();
    case Kind::kAttachment:
      return ReadAttachment(frame.attachment());
    case Kind::kProgress:
      if (options_.progress) {
        options_.progress(frame.progress().done(), frame.progress().total());
      }
      return absl::OkStatus();
    case Kind::kTrailer:
    case Kind::KIND_NOT_SET:
      break;
  }
  return Breach("a frame of no known kind");
}

absl::Status FrameReader::ReadHello(const worker::v1::Hello& hello) {
  if (hello.protocol() != worker::kProtocolVersion ||
      hello.adapter_id() != options_.adapter_id ||
      hello.adapter_version() != options_.adapter_version) {
    return Breach(absl::StrCat("hello from ", hello.adapter_id(), " ",
                               hello.adapter_version(), ", protocol ",
                               hello.protocol()));
  }
  for (const worker::v1::SandboxLayer& layer : hello.layers()) {
    if (layer.state() != worker::v1::SandboxLayer::STATE_APPLIED &&
        layer.state() != worker::v1::SandboxLayer::STATE_MISSING) {
      return Breach(
          absl::StrCat("sandbox layer ", layer.name(), " in no known state"));
    }
  }
  hello_ = hello;
  return absl::OkStatus();
}

absl::Status FrameReader::ReadStrings(worker::v1::Strings* strings) {
  if (strings->restart()) {
    dictionary_.assign(1, "");
    dictionary_bytes_ = 0;
  }
  for (std::string& value : *strings->mutable_values()) {
    if (value.find('\0') != std::string::npos) return Breach("a NUL in a text");
    dictionary_bytes_ += value.size();
    dictionary_.push_back(std::move(value));
  }
  // The worker restarts at once of these; the row at hand is let through.
  if (dictionary_.size() > 2 * worker::kDictionaryStrings ||
      dictionary_bytes_ > 4 * worker::kDictionaryBytes) {
    return Breach("a dictionary without end");
  }
  return absl::OkStatus();
}

absl::Status FrameReader::ReadTable(const worker::v1::Table& from) {
  RawTable to;
  to.id = from.id();
  to.title = from.title();
  to.measure = from.measure();
  to.unit = from.unit();
  to.recipe = from.recipe();
  if (!ToEnum(from.aggregation(), static_cast<int>(Aggregation::kUnique),
              &to.aggregation) ||
      !ToEnum(from.repeats(), static_cast<int>(Repeats::kConflict),
              &to.repeats) ||
      !ToEnum(from.partition(), static_cast<int>(Partition::kMultiResponse),
              &to.partition) ||
      !ToEnum(from.floor(), static_cast<int>(Floor::kNone), &to.floor)) {
    return Breach("a table with an unknown property");
  }
  to.multi_response.assign(from.multi_response().begin(),
                           from.multi_response().end());
  for (const worker::v1::Pair& pair : from.extent()) {
    to.extent.emplace_back(pair.key(), pair.value());
  }
  to.locator = ToLocator(from.locator());
  COLLATE_RETURN_IF_ERROR(Spend(sizeof(to) + from.ByteSizeLong()));
  document_.tables.push_back(std::move(to));
  return absl::OkStatus();
}

absl::Status FrameReader::ReadRows(const worker::v1::Rows& rows) {
  RowsReader reader(rows, dictionary_, document_.tables.size(),
                    options_.result_bytes);
  COLLATE_RETURN_IF_ERROR(reader.CheckColumns());
  if (document_.observations.size() + rows.count() >
      static_cast<size_t>(options_.max_rows)) {
    return OverLimit("observations", options_.max_rows);
  }
  for (uint32_t i = 0; i < rows.count(); ++i) {
    RawObservation& row = document_.observations.emplace_back();
    COLLATE_RETURN_IF_ERROR(reader.Next(&row));
    COLLATE_RETURN_IF_ERROR(Spend(SizeOf(row)));
  }
  return reader.CheckEnd();
}

absl::Status FrameReader::ReadDiagnostic(const worker::v1::Diagnostic& from) {
  RawDiagnostic to;
  if (!ToEnum(from.severity(), static_cast<int>(Severity::kError),
              &to.severity) ||
      from.code() < 0 || from.code() > 16 || from.repeats() == 0 ||
      from.reason().empty()) {
    return Breach("a diagnostic with an unknown property");
  }
  to.code = from.code();
  to.reason = from.reason();
  to.message = from.message();
  to.expected = from.expected();
  to.found = from.found();
  to.locator = ToLocator(from.locator());
  to.repeats = from.repeats();
  COLLATE_RETURN_IF_ERROR(Spend(sizeof(to) + from.ByteSizeLong()));
  document_.diagnostics.push_back(std::move(to));
  return absl::OkStatus();
}

absl::Status FrameReader::ReadAttachment(const worker::v1::Attachment& from) {
  COLLATE_RETURN_IF_ERROR(Spend(from.content().size() + 256));
  if (!attachment_open_) {
    document_.attachments.push_back({from.name(), from.media_type(), ""});
  } else if (document_.attachments.back().name != from.name()) {
    return Breach("parts of two attachments mixed");
  }
  document_.attachments.back().content += from.content();
  attachment_open_ = from.more();
  return absl::OkStatus();
}

absl::Status FrameReader::ReadTrailer(const worker::v1::Trailer& trailer) {
  using worker::v1::Trailer;
  const bool adapter = trailer.origin() == Trailer::ORIGIN_ADAPTER;
  const bool worker = trailer.origin() == Trailer::ORIGIN_WORKER;
  if ((!adapter && !worker) || (worker && trailer.code() == 0) ||
      (adapter && !hello_) || trailer.code() < 0 || trailer.code() > 16) {
    return Breach("a trailer that says nothing");
  }
  if (trailer.sha256() != digest_.Finish()) {
    return Breach("its digest is not that of what arrived");
  }
  if (adapter) {
    if (attachment_open_) return Breach("an attachment that was not finished");
    if (trailer.rows() != document_.observations.size()) {
      return Breach(absl::StrCat("it counts ", trailer.rows(), " rows, ",
                                 document_.observations.size(), " arrived"));
    }
  }
  trailer_ = trailer;
  return absl::OkStatus();
}

}  // namespace collate::ingest
