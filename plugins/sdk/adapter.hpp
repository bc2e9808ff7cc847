// A C++20 layer over adapter.h for authors of adapters: owning values, a
// Status, batched rows, and no exception ever crosses the boundary. Header
// only, standard library only.
//
//   using namespace collate::sdk;
//
//   Description Describe() {
//     return {.id = "my_returns", .version = "1.0.0", .title = "My returns",
//             .families = {{"yearly", "Yearly return"}}};
//   }
//   Status Read(Host& host, const Document& document) {
//     uint64_t table = 0;
//     COLLATE_SDK_RETURN_IF_ERROR(host.BeginTable({.id = "t1", ...}, &table));
//     Observation row;
//     row.table = table;
//     ...
//     return host.Emit(std::move(row));
//   }
//   COLLATE_ADAPTER(Describe, Read)             // at namespace scope, once
//
// A file is refused by returning a Status that is not ok. Host::Refuse() also
// says where:
//
//   return host.Refuse({.code = Code::kInvalidArgument,
//                       .reason = "UNKNOWN_MARKER", .message = "...",
//                       .found = cell.text, .locator = cell.locator});
//
// Every value owns its strings; they are lent to the host for one call. Use
// Host and Document only on the thread and during the call they came with;
// File::ReadAt may be called from any thread.

#ifndef COLLATE_PLUGINS_SDK_ADAPTER_HPP_
#define COLLATE_PLUGINS_SDK_ADAPTER_HPP_

#include <algorithm>
#include <chrono>
#include <cstddef>
#include <cstdint>
#include <cstring>
#include <exception>
#include <iterator>
#include <new>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

// Beside this file, here as well as in the installed kit.
#include "adapter.h"

namespace collate::sdk {

// ---- Words ----------------------------------------------------------------

enum class Code : int32_t {
  kOk = COLLATE_CODE_OK,
  kCancelled = COLLATE_CODE_CANCELLED,
  kUnknown = COLLATE_CODE_UNKNOWN,
  kInvalidArgument = COLLATE_CODE_INVALID_ARGUMENT,
  kNotFound = COLLATE_CODE_NOT_FOUND,
  kResourceExhausted = COLLATE_CODE_RESOURCE_EXHAUSTED,
  kFailedPrecondition = COLLATE_CODE_FAILED_PRECONDITION,
  kOutOfRange = COLLATE_CODE_OUT_OF_RANGE,
  kUnimplemented = COLLATE_CODE_UNIMPLEMENTED,
  kInternal = COLLATE_CODE_INTERNAL,
  kDataLoss = COLLATE_CODE_DATA_LOSS,
};

enum class State : int32_t {
  kUnspecified = COLLATE_STATE_UNSPECIFIED,
  kReported = COLLATE_STATE_REPORTED,
  kRounded = COLLATE_STATE_ROUNDED,
  kSuppressed = COLLATE_STATE_SUPPRESSED,
  kPartialPeriod = COLLATE_STATE_PARTIAL_PERIOD,
  kRefused = COLLATE_STATE_REFUSED,
  kNoResponse = COLLATE_STATE_NO_RESPONSE,
  kNoRelease = COLLATE_STATE_NO_RELEASE,
  kOmittedByPublisher = COLLATE_STATE_OMITTED_BY_PUBLISHER,
  kNotHeld = COLLATE_STATE_NOT_HELD,
  kNotYetPublished = COLLATE_STATE_NOT_YET_PUBLISHED,
  kNotAsked = COLLATE_STATE_NOT_ASKED,
  kNotApplicable = COLLATE_STATE_NOT_APPLICABLE,
  kIncludedElsewhere = COLLATE_STATE_INCLUDED_ELSEWHERE,
  kAggregated = COLLATE_STATE_AGGREGATED,
  kWithdrawn = COLLATE_STATE_WITHDRAWN,
  kDroppedInEdition = COLLATE_STATE_DROPPED_IN_EDITION,
  kNotShown = COLLATE_STATE_NOT_SHOWN,
  kNotCrossed = COLLATE_STATE_NOT_CROSSED,
};

enum class Level : int32_t {
  kUnspecified = COLLATE_LEVEL_UNSPECIFIED,
  kLeaf = COLLATE_LEVEL_LEAF,
  kTotal = COLLATE_LEVEL_TOTAL,
  kSubtotal = COLLATE_LEVEL_SUBTOTAL,
  kOfWhich = COLLATE_LEVEL_OF_WHICH,
  kUnknown = COLLATE_LEVEL_UNKNOWN,
  kResidual = COLLATE_LEVEL_RESIDUAL,
};

enum class Aggregation : int32_t {
  kUnspecified = COLLATE_AGGREGATION_UNSPECIFIED,
  kSum = COLLATE_AGGREGATION_SUM,
  kNone = COLLATE_AGGREGATION_NONE,
  kUnique = COLLATE_AGGREGATION_UNIQUE,
};

enum class Repeats : int32_t {
  kUnspecified = COLLATE_REPEATS_UNSPECIFIED,
  kError = COLLATE_REPEATS_ERROR,
  kAdd = COLLATE_REPEATS_ADD,
  kConflict = COLLATE_REPEATS_CONFLICT,
};

enum class Partition : int32_t {
  kUnspecified = COLLATE_PARTITION_UNSPECIFIED,
  kComplete = COLLATE_PARTITION_COMPLETE,
  kIncomplete = COLLATE_PARTITION_INCOMPLETE,
  kMultiResponse = COLLATE_PARTITION_MULTI_RESPONSE,
};

enum class Floor : int32_t {
  kUnspecified = COLLATE_FLOOR_UNSPECIFIED,
  kZero = COLLATE_FLOOR_ZERO,
  kNone = COLLATE_FLOOR_NONE,
};

enum class Severity : int32_t {
  kUnspecified = COLLATE_SEVERITY_UNSPECIFIED,
  kInfo = COLLATE_SEVERITY_INFO,
  kWarning = COLLATE_SEVERITY_WARNING,
  kError = COLLATE_SEVERITY_ERROR,
};

enum class Purpose : int32_t {
  kIngest = COLLATE_PURPOSE_INGEST,
  kPreview = COLLATE_PURPOSE_PREVIEW,
  kSuggest = COLLATE_PURPOSE_SUGGEST,
};

enum class PeriodKind : int32_t {
  kUnspecified = COLLATE_PERIOD_UNSPECIFIED,
  kFinancialYear = COLLATE_PERIOD_FINANCIAL_YEAR,
  kFinancialQuarter = COLLATE_PERIOD_FINANCIAL_QUARTER,
  kCalendarYear = COLLATE_PERIOD_CALENDAR_YEAR,
  kCalendarQuarter = COLLATE_PERIOD_CALENDAR_QUARTER,
  kMonth = COLLATE_PERIOD_MONTH,
  kRollingYear = COLLATE_PERIOD_ROLLING_YEAR,
  kInterval = COLLATE_PERIOD_INTERVAL,
  kDay = COLLATE_PERIOD_DAY,
};

// ---- Days -----------------------------------------------------------------

// Days since 1970-01-01; nothing for a date that does not exist or lies
// outside the years 1 to 9999.
inline std::optional<int32_t> DayNumber(int year, int month, int day) {
  if (year < 1 || year > 9999 || month < 1 || month > 12 || day < 1 ||
      day > 31) {
    return std::nullopt;
  }
  const std::chrono::year_month_day date(
      std::chrono::year(year), std::chrono::month(static_cast<unsigned>(month)),
      std::chrono::day(static_cast<unsigned>(day)));
  if (!date.ok()) return std::nullopt;
  return static_cast<int32_t>(
      std::chrono::sys_days{date}.time_since_epoch().count());
}

// The first day of a month. `month` may be any number: 13 is January of the
// next year, 0 December of the one before.
inline std::optional<int32_t> FirstOfMonth(int year, int month) {
  const int64_t index = int64_t{year} * 12 + month - 1;
  if (index < 12 || index >= int64_t{10000} * 12) return std::nullopt;
  return DayNumber(static_cast<int>(index / 12),
                   static_cast<int>(index % 12) + 1, 1);
}

// ---- Text -----------------------------------------------------------------

// Whether bytes may be handed over as text: UTF-8 without NUL (rule 5), no
// overlong form and no surrogate. Look at a document's text once, as a whole:
// what is none is refused, or decoded first.
inline bool IsText(std::string_view bytes) {
  for (size_t i = 0; i < bytes.size();) {
    const auto at = [&](size_t k) {
      return k < bytes.size() ? static_cast<unsigned char>(bytes[k]) : 0u;
    };
    const unsigned lead = at(i);
    const size_t more = lead < 0x80                    ? 0
                        : lead >= 0xC2 && lead <= 0xDF ? 1
                        : lead >= 0xE0 && lead <= 0xEF ? 2
                        : lead >= 0xF0 && lead <= 0xF4 ? 3
                                                       : 4;
    if (lead == 0 || more == 4) return false;
    for (size_t k = 1; k <= more; ++k) {
      if ((at(i + k) & 0xC0) != 0x80) return false;
    }
    const unsigned second = at(i + 1);
    if ((lead == 0xE0 && second < 0xA0) || (lead == 0xED && second > 0x9F) ||
        (lead == 0xF0 && second < 0x90) || (lead == 0xF4 && second > 0x8F)) {
      return false;
    }
    i += 1 + more;
  }
  return true;
}

// ---- Values ---------------------------------------------------------------

using Pair = std::pair<std::string, std::string>;

// mantissa * 10^-scale.
struct Decimal {
  int64_t mantissa = 0;
  int64_t scale = 0;
};

// See collate_locator.
struct Locator {
  std::string part;
  std::string sheet;
  uint32_t row = 0;
  uint32_t column = 0;
  uint32_t row_end = 0;
  uint32_t column_end = 0;
  uint64_t line = 0;
  uint64_t byte_begin = 0;
  uint64_t byte_end = 0;
};

// [begin, end); all zero means the period that the manifest gives.
struct Period {
  int32_t begin = 0;
  int32_t end = 0;
  PeriodKind kind = PeriodKind::kUnspecified;
  std::string text;
};

// See collate_table. What is left UNSPECIFIED is refused by the host.
struct Table {
  std::string id;
  std::string title;
  std::string measure;
  std::string unit;
  std::string recipe;
  Aggregation aggregation = Aggregation::kUnspecified;
  Repeats repeats = Repeats::kUnspecified;
  Partition partition = Partition::kUnspecified;
  Floor floor = Floor::kUnspecified;
  std::vector<std::string> multi_response;
  std::vector<Pair> extent;  // in any order; a key may repeat
  Locator locator;
};

// See collate_observation.
struct Observation {
  uint64_t table = 0;
  std::string reporter;
  std::string reporter_code;
  Period period;
  State state = State::kUnspecified;
  std::vector<Pair> dimensions;  // in any order
  Level level = Level::kLeaf;
  std::string level_axis;
  std::string parent;
  std::optional<Decimal> value;
  std::optional<Decimal> lower;
  std::optional<Decimal> upper;
  uint64_t flags = 0;  // COLLATE_FLAG_*
  std::string raw;
  std::string reason;
  std::vector<std::string> notes;
  Locator locator;
  std::vector<Locator> headers;
  uint64_t records = 0;
};

// See collate_diagnostic. `code` counts for errors only.
struct Diagnostic {
  Severity severity = Severity::kError;
  Code code = Code::kInvalidArgument;
  std::string reason;
  std::string message;
  std::string expected;
  std::string found;
  Locator locator;
  uint64_t repeats = 1;
};

struct Family {
  std::string id;
  std::string title;
};

struct Description {
  std::string id;
  std::string version;
  std::string title;
  std::vector<Family> families;
};

// ---- Status ---------------------------------------------------------------

// Success, or a code with a stable reason and a sentence.
class [[nodiscard]] Status {
 public:
  Status() = default;
  Status(Code code, std::string reason, std::string message)
      : code_(static_cast<int32_t>(code)),
        reason_(std::move(reason)),
        message_(std::move(message)) {}

  // What a host function returned; the host knows why.
  static Status FromHost(int32_t code) {
    Status status;
    if (code != COLLATE_CODE_OK) {
      status.code_ = code;
      status.reason_ = "STOPPED_BY_HOST";
      status.message_ = "the host asked the adapter to stop";
    }
    return status;
  }

  bool ok() const { return code_ == COLLATE_CODE_OK; }
  int32_t code() const { return code_; }
  const std::string& reason() const { return reason_; }
  const std::string& message() const { return message_; }

 private:
  int32_t code_ = COLLATE_CODE_OK;
  std::string reason_;
  std::string message_;
};

inline Status OkStatus() { return Status(); }

#define COLLATE_SDK_RETURN_IF_ERROR(expr)                   \
  do {                                                      \
    if (::collate::sdk::Status collate_sdk_status = (expr); \
        !collate_sdk_status.ok()) {                         \
      return collate_sdk_status;                            \
    }                                                       \
  } while (false)

// ---- The document ---------------------------------------------------------

inline std::string_view View(const collate_str& text) {
  return text.size == 0 ? std::string_view()
                        : std::string_view(text.data, text.size);
}

// A view of a collate_file; lives as long as the call.
class File {
 public:
  explicit File(const collate_file* file) : file_(file) {}

  std::string_view name() const { return View(file_->name); }
  std::string_view media_type() const { return View(file_->media_type); }
  std::string_view sha256() const { return View(file_->sha256_hex); }
  uint64_t size() const { return file_->byte_count; }

  // Copies up to n bytes from `offset`; fewer only at the end. Returns the
  // count, 0 at the end, negative when the bytes cannot be had.
  int64_t ReadAt(uint64_t offset, void* out, size_t n) const {
    return file_->read_at(file_->ctx, offset, out, n);
  }

  // The whole of it. A larger file is refused, not cut.
  Status ReadAll(uint64_t max_bytes, std::string* out) const {
    if (size() > max_bytes) {
      return Status(Code::kResourceExhausted, "FILE_TOO_LARGE",
                    std::string(name()) + " has " + std::to_string(size()) +
                        " bytes; at most " + std::to_string(max_bytes) +
                        " are read at once");
    }
    out->resize(static_cast<size_t>(size()));
    size_t done = 0;
    while (done < out->size()) {
      const int64_t n = ReadAt(done, out->data() + done, out->size() - done);
      if (n <= 0) {
        return Status(Code::kDataLoss, "READ_FAILED",
                      std::string(name()) + ": cannot read at byte " +
                          std::to_string(done) + " of " +
                          std::to_string(size()));
      }
      done += static_cast<size_t>(n);
    }
    return OkStatus();
  }

 private:
  const collate_file* file_;
};

// A view of a collate_document; lives as long as the call.
class Document {
 public:
  explicit Document(const collate_document* document) : document_(document) {}

  File file() const { return File(document_->file); }

  // Resources whose name begins with `prefix`, sorted by name.
  std::vector<File> Resources(std::string_view prefix = {}) const {
    std::vector<File> found;
    for (size_t i = 0; i < document_->resource_count; ++i) {
      const File file(document_->resources[i]);
      if (file.name().substr(0, prefix.size()) == prefix) found.push_back(file);
    }
    return found;
  }

  // The value of a declared option; nothing when it has neither value nor
  // default.
  std::optional<std::string_view> Option(std::string_view key) const {
    return First(document_->options, document_->option_count, key);
  }

  // What the sender says of the document. A key may repeat: the first value,
  // or all of them.
  std::optional<std::string_view> Manifest(std::string_view key) const {
    return First(document_->manifest, document_->manifest_count, key);
  }
  std::vector<std::string_view> ManifestAll(std::string_view key) const {
    std::vector<std::string_view> values;
    for (size_t i = 0; i < document_->manifest_count; ++i) {
      if (View(document_->manifest[i].key) == key) {
        values.push_back(View(document_->manifest[i].value));
      }
    }
    return values;
  }

  uint32_t index() const { return document_->index; }
  uint32_t count() const { return document_->count; }
  Purpose purpose() const { return static_cast<Purpose>(document_->purpose); }

  // Limits for readers; 0 = none stated.
  uint64_t max_cells() const { return document_->max_cells; }
  uint64_t max_inflated_bytes() const { return document_->max_inflated_bytes; }
  uint64_t max_ratio() const { return document_->max_ratio; }
  uint64_t max_entries() const { return document_->max_entries; }

 private:
  static std::optional<std::string_view> First(const collate_pair* pairs,
                                               size_t n, std::string_view key) {
    for (size_t i = 0; i < n; ++i) {
      if (View(pairs[i].key) == key) return View(pairs[i].value);
    }
    return std::nullopt;
  }

  const collate_document* document_;
};

// ---- Lending values to the host -------------------------------------------

namespace internal {

inline collate_str Lend(std::string_view text) {
  return collate_str{text.data(), text.size()};
}

inline collate_decimal Lend(const std::optional<Decimal>& decimal) {
  return decimal ? collate_decimal{decimal->mantissa, decimal->scale}
                 : collate_decimal{0, 0};
}

inline collate_locator Lend(const Locator& locator) {
  return collate_locator{
      Lend(locator.part), Lend(locator.sheet), locator.row,
      locator.column,     locator.row_end,     locator.column_end,
      locator.line,       locator.byte_begin,  locator.byte_end};
}

// Sorts by key as the ABI wants it and keeps the order of repeated keys.
inline void SortPairs(std::vector<Pair>* pairs) {
  std::stable_sort(
      pairs->begin(), pairs->end(),
      [](const Pair& a, const Pair& b) { return a.first < b.first; });
}

}  // namespace internal

// ---- The host -------------------------------------------------------------

// Hands what was read to collate. Not copyable, for one call only.
class Host {
 public:
  // Rows that are kept back before they are handed over together.
  static constexpr size_t kBatch = 512;

  explicit Host(const collate_host* host) : host_(host) {}
  Host(const Host&) = delete;
  Host& operator=(const Host&) = delete;

  Status BeginTable(Table table, uint64_t* handle) {
    internal::SortPairs(&table.extent);
    std::vector<collate_str> axes;
    for (const std::string& axis : table.multi_response) {
      axes.push_back(internal::Lend(axis));
    }
    std::vector<collate_pair> extent;
    for (const auto& [key, value] : table.extent) {
      extent.push_back({internal::Lend(key), internal::Lend(value)});
    }
    collate_table lent = {};
    lent.size = sizeof(lent);
    lent.id = internal::Lend(table.id);
    lent.title = internal::Lend(table.title);
    lent.measure = internal::Lend(table.measure);
    lent.unit = internal::Lend(table.unit);
    lent.recipe = internal::Lend(table.recipe);
    lent.aggregation = static_cast<int32_t>(table.aggregation);
    lent.repeats = static_cast<int32_t>(table.repeats);
    lent.partition = static_cast<int32_t>(table.partition);
    lent.floor = static_cast<int32_t>(table.floor);
    lent.multi_response = axes.data();
    lent.multi_response_count = axes.size();
    lent.extent = extent.data();
    lent.extent_count = extent.size();
    lent.locator = internal::Lend(table.locator);
    return Status::FromHost(host_->begin_table(host_->ctx, &lent, handle));
  }

  // Keeps the row for the next batch; rows arrive in the order of the calls.
  Status Emit(Observation row) {
    internal::SortPairs(&row.dimensions);
    pending_.push_back(std::move(row));
    return pending_.size() < kBatch ? OkStatus() : Flush();
  }

  // Hands over what is kept back. Called by the SDK after a successful Read.
  Status Flush() {
    if (pending_.empty()) return OkStatus();
    Status status = HandOver();
    pending_.clear();
    return status;
  }

  Status Diagnose(const Diagnostic& diagnostic) {
    collate_diagnostic lent = {};
    lent.size = sizeof(lent);
    lent.severity = static_cast<int32_t>(diagnostic.severity);
    lent.code = diagnostic.severity == Severity::kError
                    ? static_cast<int32_t>(diagnostic.code)
                    : COLLATE_CODE_OK;
    lent.reason = internal::Lend(diagnostic.reason);
    lent.message = internal::Lend(diagnostic.message);
    lent.expected = internal::Lend(diagnostic.expected);
    lent.found = internal::Lend(diagnostic.found);
    lent.locator = internal::Lend(diagnostic.locator);
    lent.repeats = diagnostic.repeats;
    return Status::FromHost(host_->diagnose(host_->ctx, &lent));
  }

  // Diagnoses an error and gives the Status to return, so that the place
  // reaches the report.
  Status Refuse(Diagnostic diagnostic) {
    diagnostic.severity = Severity::kError;
    COLLATE_SDK_RETURN_IF_ERROR(Diagnose(diagnostic));
    return Status(diagnostic.code, diagnostic.reason, diagnostic.message);
  }

  Status Account(std::string_view what, uint64_t n) {
    return Status::FromHost(
        host_->account(host_->ctx, internal::Lend(what), n));
  }

  Status Attach(std::string_view name, std::string_view media_type,
                std::string_view content) {
    return Status::FromHost(host_->attach(host_->ctx, internal::Lend(name),
                                          internal::Lend(media_type),
                                          content.data(), content.size()));
  }

  // Not ok when the reading was cancelled: return that Status.
  Status Progress(uint64_t done, uint64_t total) {
    return Status::FromHost(host_->progress(host_->ctx, done, total));
  }

 private:
  // The lists of a batch stand in one vector each; rows point into them, so
  // they are sized before the first pointer is taken.
  Status HandOver() {
    size_t pair_count = 0;
    size_t note_count = 0;
    size_t header_count = 0;
    for (const Observation& row : pending_) {
      pair_count += row.dimensions.size();
      note_count += row.notes.size();
      header_count += row.headers.size();
    }
    pairs_.clear();
    notes_.clear();
    headers_.clear();
    rows_.clear();
    row_pointers_.clear();
    pairs_.reserve(pair_count);
    notes_.reserve(note_count);
    headers_.reserve(header_count);
    rows_.reserve(pending_.size());
    for (const Observation& row : pending_) {
      rows_.push_back(Lent(row));
    }
    for (const collate_observation& row : rows_) row_pointers_.push_back(&row);
    return Status::FromHost(
        host_->emit(host_->ctx, row_pointers_.data(), row_pointers_.size()));
  }

  collate_observation Lent(const Observation& row) {
    collate_observation lent = {};
    lent.size = sizeof(lent);
    lent.table = row.table;
    lent.reporter = internal::Lend(row.reporter);
    lent.reporter_code = internal::Lend(row.reporter_code);
    lent.period_start = row.period.begin;
    lent.period_end = row.period.end;
    lent.period_kind = static_cast<int32_t>(row.period.kind);
    lent.period_text = internal::Lend(row.period.text);
    lent.state = static_cast<int32_t>(row.state);
    lent.dimensions = pairs_.data() + pairs_.size();
    lent.dimension_count = row.dimensions.size();
    for (const auto& [axis, label] : row.dimensions) {
      pairs_.push_back({internal::Lend(axis), internal::Lend(label)});
    }
    lent.level = static_cast<int32_t>(row.level);
    lent.level_axis = internal::Lend(row.level_axis);
    lent.parent = internal::Lend(row.parent);
    lent.has = (row.value ? COLLATE_HAS_VALUE : 0) |
               (row.lower ? COLLATE_HAS_LOWER : 0) |
               (row.upper ? COLLATE_HAS_UPPER : 0);
    lent.value = internal::Lend(row.value);
    lent.lower = internal::Lend(row.lower);
    lent.upper = internal::Lend(row.upper);
    lent.flags = row.flags;
    lent.raw = internal::Lend(row.raw);
    lent.reason = internal::Lend(row.reason);
    lent.notes = notes_.data() + notes_.size();
    lent.note_count = row.notes.size();
    for (const std::string& note : row.notes) {
      notes_.push_back(internal::Lend(note));
    }
    lent.locator = internal::Lend(row.locator);
    lent.headers = headers_.data() + headers_.size();
    lent.header_count = row.headers.size();
    for (const Locator& header : row.headers) {
      headers_.push_back(internal::Lend(header));
    }
    lent.records = row.records;
    return lent;
  }

  const collate_host* host_;
  std::vector<Observation> pending_;
  std::vector<collate_pair> pairs_;
  std::vector<collate_str> notes_;
  std::vector<collate_locator> headers_;
  std::vector<collate_observation> rows_;
  std::vector<const collate_observation*> row_pointers_;
};

// ---- The exported table ---------------------------------------------------

using ReadFunction = Status (*)(Host& host, const Document& document);

namespace internal {

// Allocates nothing: it also reports that there is no memory.
inline int32_t Fail(int32_t code, std::string_view reason,
                    std::string_view message, collate_error* error) noexcept {
  if (error != nullptr) {
    const size_t r = std::min(reason.size(), sizeof(error->reason) - 1);
    std::memcpy(error->reason, reason.data(), r);
    error->reason[r] = '\0';
    size_t m = std::min(message.size(), sizeof(error->message) - 1);
    // Never between the bytes of one character.
    while (m < message.size() && m > 0 &&
           (static_cast<unsigned char>(message[m]) & 0xC0) == 0x80) {
      --m;
    }
    std::memcpy(error->message, message.data(), m);
    error->message[m] = '\0';
  }
  return code;
}

template <ReadFunction function>
int32_t Trampoline(const collate_host* host, const collate_document* document,
                   collate_error* error) noexcept {
  try {
    Host sink(host);
    Status status = function(sink, Document(document));
    if (status.ok()) status = sink.Flush();
    if (status.ok()) return COLLATE_CODE_OK;
    return Fail(status.code(), status.reason(), status.message(), error);
  } catch (const std::bad_alloc&) {
    return Fail(COLLATE_CODE_RESOURCE_EXHAUSTED, "OUT_OF_MEMORY",
                "the adapter needs more memory than it may have", error);
  } catch (const std::exception& exception) {
    return Fail(COLLATE_CODE_INTERNAL, "ADAPTER_EXCEPTION", exception.what(),
                error);
  } catch (...) {
    return Fail(COLLATE_CODE_INTERNAL, "ADAPTER_EXCEPTION",
                "an exception that is not a std::exception", error);
  }
}

// Owns what the exported table points to; lives until the process ends.
class OwnedAdapter {
 public:
  using Function = int32_t (*)(const collate_host*, const collate_document*,
                               collate_error*);

  OwnedAdapter(Description description, Function read, Function inspect)
      : description_(std::move(description)) {
    families_.reserve(description_.families.size());
    for (const Family& family : description_.families) {
      families_.push_back(
          {sizeof(collate_family), Lend(family.id), Lend(family.title)});
    }
    for (const collate_family& family : families_) {
      family_pointers_.push_back(&family);
    }
    table_.size = sizeof(table_);
    table_.abi_major = COLLATE_ABI_MAJOR;
    table_.abi_minor = COLLATE_ABI_MINOR;
    table_.id = Lend(description_.id);
    table_.version = Lend(description_.version);
    table_.title = Lend(description_.title);
    table_.families = family_pointers_.data();
    table_.family_count = family_pointers_.size();
    table_.inspect = inspect;
    table_.read = read;
  }
  OwnedAdapter(const OwnedAdapter&) = delete;
  OwnedAdapter& operator=(const OwnedAdapter&) = delete;

  const collate_adapter* table() const { return &table_; }

 private:
  Description description_;
  std::vector<collate_family> families_;
  std::vector<const collate_family*> family_pointers_;
  collate_adapter table_ = {};
};

template <ReadFunction read, ReadFunction inspect = nullptr>
const collate_adapter* Export(Description (*describe)()) noexcept {
  try {
    OwnedAdapter::Function inspector = nullptr;
    if constexpr (inspect != nullptr) inspector = &Trampoline<inspect>;
    // Left to the end of the process on purpose (rule 6).
    static const OwnedAdapter* const adapter =
        new OwnedAdapter(describe(), &Trampoline<read>, inspector);
    return adapter->table();
  } catch (...) {
    return nullptr;  // refused by the host
  }
}

}  // namespace internal
}  // namespace collate::sdk

// COLLATE_ADAPTER(Describe, Read) or COLLATE_ADAPTER(Describe, Read, Inspect):
// defines the exported symbol.
#define COLLATE_ADAPTER(describe, ...)                                         \
  extern "C" COLLATE_ADAPTER_EXPORT const collate_adapter* collate_adapter_v1( \
      void) {                                                                  \
    return ::collate::sdk::internal::Export<__VA_ARGS__>(describe);            \
  }                                                                            \
  static_assert(true, "a semicolon may follow")

#endif  // COLLATE_PLUGINS_SDK_ADAPTER_HPP_
