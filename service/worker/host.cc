#include "service/worker/host.h"

#include <algorithm>
#include <new>
#include <utility>

#include "absl/strings/str_cat.h"
#include "service/base/error.h"
#include "service/base/status_macros.h"
#include "service/worker/protocol.h"
#include "service/worker/utf8.h"

namespace collate::worker {
namespace {

// Well below a frame's 1 MiB, so that the last addition still fits.
constexpr size_t kFlushStringBytes = size_t{512} << 10;
constexpr size_t kFlushRowBytes = size_t{900} << 10;
constexpr size_t kAttachmentPart = size_t{512} << 10;
constexpr size_t kMaxAccounts = 1024;
constexpr auto kProgressEvery = std::chrono::milliseconds(50);

// Upper bounds of one entry in a packed frame.
constexpr size_t kRowBytes = 176;  // every column that has one entry a row
constexpr size_t kPairBytes = 10;
constexpr size_t kNoteBytes = 5;
constexpr size_t kHeaderBytes = 60;

absl::Status Breach(absl::string_view what) {
  return base::Error(absl::StatusCode::kInternal, "ADAPTER_PROTOCOL_ERROR",
                     what);
}

absl::string_view View(const collate_str& text) {
  return text.size == 0 ? absl::string_view()
                        : absl::string_view(text.data, text.size);
}

// Everything but the bytes, which Intern looks at only once for each text.
absl::Status CheckShape(const collate_str& text, const char* what) {
  if (text.size > 0 && text.data == nullptr) {
    return Breach(absl::StrCat(what, " is null with a size of ", text.size));
  }
  if (text.size > COLLATE_MAX_TEXT) {
    return Breach(absl::StrCat(what, " has ", text.size, " bytes; at most ",
                               COLLATE_MAX_TEXT, " are taken"));
  }
  return absl::OkStatus();
}

absl::Status CheckText(const collate_str& text, const char* what) {
  COLLATE_RETURN_IF_ERROR(CheckShape(text, what));
  if (!IsText(View(text))) {
    return Breach(absl::StrCat(what, " is not UTF-8 without NUL: '",
                               ToText(View(text).substr(0, 80)), "'"));
  }
  return absl::OkStatus();
}

absl::Status CheckRequired(const collate_str& text, const char* what) {
  COLLATE_RETURN_IF_ERROR(CheckText(text, what));
  if (text.size == 0) return Breach(absl::StrCat(what, " is empty"));
  return absl::OkStatus();
}

absl::Status CheckEnum(int32_t value, int32_t last, const char* what) {
  if (value < 1 || value > last) {
    return Breach(absl::StrCat(what, " is ", value, "; expected 1 to ", last));
  }
  return absl::OkStatus();
}

absl::Status CheckSize(size_t size, size_t expected, const char* what) {
  if (size != expected) {
    return Breach(
        absl::StrCat(what, " has size ", size, "; expected ", expected));
  }
  return absl::OkStatus();
}

absl::Status CheckList(const void* data, size_t count, const char* what) {
  if (count > COLLATE_MAX_LIST) {
    return Breach(absl::StrCat(what, " has ", count, " entries; at most ",
                               COLLATE_MAX_LIST, " are taken"));
  }
  if (count > 0 && data == nullptr) {
    return Breach(absl::StrCat(what, " is null with ", count, " entries"));
  }
  return absl::OkStatus();
}

absl::Status CheckPlace(const collate_locator& locator, const char* what) {
  if ((locator.row_end != 0 && locator.row_end < locator.row) ||
      (locator.column_end != 0 && locator.column_end < locator.column) ||
      (locator.byte_end != 0 && locator.byte_end < locator.byte_begin)) {
    return Breach(absl::StrCat(what, " ends before it begins"));
  }
  return absl::OkStatus();
}

absl::Status CheckDecimal(const collate_decimal& decimal, bool there,
                          const char* what) {
  if (!there && (decimal.mantissa != 0 || decimal.scale != 0)) {
    return Breach(absl::StrCat(what, " is set without its bit in has"));
  }
  if (decimal.scale < 0 || decimal.scale > 18) {
    return Breach(
        absl::StrCat(what, " has scale ", decimal.scale, "; expected 0 to 18"));
  }
  return absl::OkStatus();
}

absl::Status FillLocator(const collate_locator& locator, const char* what,
                         v1::Locator* out) {
  COLLATE_RETURN_IF_ERROR(CheckText(locator.part, "locator.part"));
  COLLATE_RETURN_IF_ERROR(CheckText(locator.sheet, "locator.sheet"));
  COLLATE_RETURN_IF_ERROR(CheckPlace(locator, what));
  out->set_part(locator.part.data, locator.part.size);
  out->set_sheet(locator.sheet.data, locator.sheet.size);
  out->set_row(locator.row);
  out->set_column(locator.column);
  out->set_row_end(locator.row_end);
  out->set_column_end(locator.column_end);
  out->set_line(locator.line);
  out->set_byte_begin(locator.byte_begin);
  out->set_byte_end(locator.byte_end);
  return absl::OkStatus();
}

// Differences wrap around, so that any two places have one.
int64_t Difference(uint64_t now, uint64_t before) {
  return static_cast<int64_t>(now - before);
}

}  // namespace

Host::Host(FrameWriter* writer, const Options& options)
    : writer_(writer), options_(options), thread_(std::this_thread::get_id()) {
  table_.size = sizeof(table_);
  table_.abi_major = COLLATE_ABI_MAJOR;
  table_.abi_minor = COLLATE_ABI_MINOR;
  table_.ctx = this;
  table_.begin_table = &Host::BeginTable;
  table_.emit = &Host::Emit;
  table_.diagnose = &Host::Diagnose;
  table_.account = &Host::Account;
  table_.attach = &Host::Attach;
  table_.progress = &Host::Progress;
}

template <typename Body>
int32_t Host::Call(const char* function, Body body) noexcept {
  if (std::this_thread::get_id() != thread_) {
    foreign_thread_ = true;
    return COLLATE_CODE_FAILED_PRECONDITION;
  }
  if (!status_.ok()) return static_cast<int32_t>(status_.code());
  if (stopped_) {
    ++calls_after_stop_;
    return COLLATE_CODE_CANCELLED;
  }
  if (++call_count_ == options_.stop_at_call) {
    stopped_ = true;
    return COLLATE_CODE_CANCELLED;
  }
  return Run(function, std::move(body));
}

template <typename Body>
int32_t Host::Run(const char* function, Body body) noexcept {
  try {
    absl::Status status = body();
    if (!status.ok()) status_ = base::Annotate(status, function);
  } catch (const std::bad_alloc&) {
    status_ =
        base::Error(absl::StatusCode::kResourceExhausted,
                    "ADAPTER_OUT_OF_MEMORY", "no memory to take what was read");
  } catch (const std::exception& exception) {
    status_ =
        absl::InternalError(absl::StrCat(function, ": ", exception.what()));
  }
  return static_cast<int32_t>(status_.code());
}

int32_t Host::BeginTable(void* ctx, const collate_table* table,
                         uint64_t* handle) noexcept {
  Host* host = static_cast<Host*>(ctx);
  return host->Call("begin_table",
                    [&] { return host->AddTable(table, handle); });
}

int32_t Host::Emit(void* ctx, const collate_observation* const* rows,
                   size_t n) noexcept {
  Host* host = static_cast<Host*>(ctx);
  return host->Call("emit", [&]() -> absl::Status {
    if (n > 0 && rows == nullptr) return Breach("rows is null");
    for (size_t i = 0; i < n; ++i) {
      absl::Status status = host->AddRow(rows[i]);
      if (!status.ok()) {
        return base::Annotate(
            status, absl::StrCat("observation ", host->row_count_ + 1));
      }
    }
    return absl::OkStatus();
  });
}

int32_t Host::Diagnose(void* ctx,
                       const collate_diagnostic* diagnostic) noexcept {
  Host* host = static_cast<Host*>(ctx);
  return host->Call("diagnose",
                    [&] { return host->AddDiagnostic(diagnostic); });
}

int32_t Host::Account(void* ctx, collate_str what, uint64_t n) noexcept {
  Host* host = static_cast<Host*>(ctx);
  return host->Call("account", [&]() -> absl::Status {
    COLLATE_RETURN_IF_ERROR(CheckRequired(what, "what"));
    uint64_t& count = host->accounts_[std::string(View(what))];
    if (host->accounts_.size() > kMaxAccounts) {
      return Breach(absl::StrCat("more than ", kMaxAccounts, " accounts"));
    }
    if (count + n < count) return Breach("an account overflows");
    count += n;
    return absl::OkStatus();
  });
}

int32_t Host::Attach(void* ctx, collate_str name, collate_str media_type,
                     const void* content, size_t size) noexcept {
  Host* host = static_cast<Host*>(ctx);
  return host->Call("attach", [&] {
    return host->AddAttachment(name, media_type, content, size);
  });
}

int32_t Host::Progress(void* ctx, uint64_t done, uint64_t total) noexcept {
  Host* host = static_cast<Host*>(ctx);
  return host->Call("progress", [&]() -> absl::Status {
    const auto now = std::chrono::steady_clock::now();
    if (now - host->last_progress_ < kProgressEvery && done < total) {
      return absl::OkStatus();
    }
    host->last_progress_ = now;
    v1::Frame frame;
    frame.mutable_progress()->set_done(done);
    frame.mutable_progress()->set_total(total);
    return host->writer_->Write(frame);
  });
}

absl::Status Host::AddTable(const collate_table* table, uint64_t* handle) {
  if (table == nullptr || handle == nullptr) {
    return Breach("the table or its handle is null");
  }
  COLLATE_RETURN_IF_ERROR(CheckSize(table->size, sizeof(*table), "the table"));
  if (!options_.tables_allowed) {
    return Breach("inspect() may not begin a table");
  }
  COLLATE_RETURN_IF_ERROR(CheckRequired(table->id, "id"));
  if (!table_ids_.emplace(View(table->id)).second) {
    return Breach(absl::StrCat("table '", View(table->id), "' stands twice"));
  }
  COLLATE_RETURN_IF_ERROR(CheckText(table->title, "title"));
  COLLATE_RETURN_IF_ERROR(CheckRequired(table->measure, "measure"));
  COLLATE_RETURN_IF_ERROR(CheckRequired(table->unit, "unit"));
  COLLATE_RETURN_IF_ERROR(CheckText(table->recipe, "recipe"));
  COLLATE_RETURN_IF_ERROR(
      CheckEnum(table->aggregation, COLLATE_AGGREGATION_UNIQUE, "aggregation"));
  COLLATE_RETURN_IF_ERROR(
      CheckEnum(table->repeats, COLLATE_REPEATS_CONFLICT, "repeats"));
  COLLATE_RETURN_IF_ERROR(CheckEnum(
      table->partition, COLLATE_PARTITION_MULTI_RESPONSE, "partition"));
  COLLATE_RETURN_IF_ERROR(CheckEnum(table->floor, COLLATE_FLOOR_NONE, "floor"));
  COLLATE_RETURN_IF_ERROR(CheckList(
      table->multi_response, table->multi_response_count, "multi_response"));
  COLLATE_RETURN_IF_ERROR(
      CheckList(table->extent, table->extent_count, "extent"));

  v1::Frame frame;
  v1::Table& out = *frame.mutable_table();
  out.set_id(table->id.data, table->id.size);
  out.set_title(table->title.data, table->title.size);
  out.set_measure(table->measure.data, table->measure.size);
  out.set_unit(table->unit.data, table->unit.size);
  out.set_recipe(table->recipe.data, table->recipe.size);
  out.set_aggregation(table->aggregation);
  out.set_repeats(table->repeats);
  out.set_partition(table->partition);
  out.set_floor(table->floor);
  for (size_t i = 0; i < table->multi_response_count; ++i) {
    const collate_str& axis = table->multi_response[i];
    COLLATE_RETURN_IF_ERROR(CheckRequired(axis, "multi_response"));
    out.add_multi_response(axis.data, axis.size);
  }
  for (size_t i = 0; i < table->extent_count; ++i) {
    const collate_pair& pair = table->extent[i];
    COLLATE_RETURN_IF_ERROR(CheckRequired(pair.key, "extent.key"));
    COLLATE_RETURN_IF_ERROR(CheckText(pair.value, "extent.value"));
    if (i > 0 && View(pair.key) < View(table->extent[i - 1].key)) {
      return Breach("extent is not sorted by key");
    }
    v1::Pair& to = *out.add_extent();
    to.set_key(pair.key.data, pair.key.size);
    to.set_value(pair.value.data, pair.value.size);
  }
  COLLATE_RETURN_IF_ERROR(
      FillLocator(table->locator, "locator", out.mutable_locator()));
  COLLATE_RETURN_IF_ERROR(writer_->Write(frame));
  *handle = ++table_count_;  // 0 is no table
  return absl::OkStatus();
}

absl::StatusOr<uint32_t> Host::Intern(const collate_str& text,
                                      const char* what) {
  if (text.size == 0) return 0u;
  COLLATE_RETURN_IF_ERROR(CheckShape(text, what));
  if (const auto found = dictionary_.find(View(text));
      found != dictionary_.end()) {
    return found->second;
  }
  COLLATE_RETURN_IF_ERROR(CheckText(text, what));
  const uint32_t number = static_cast<uint32_t>(dictionary_.size()) + 1;
  dictionary_.emplace(View(text), number);
  dictionary_bytes_ += text.size;
  strings_.mutable_strings()->add_values(text.data, text.size);
  strings_bytes_ += text.size + 6;
  if (strings_bytes_ >= kFlushStringBytes)
    COLLATE_RETURN_IF_ERROR(FlushStrings());
  return number;
}

absl::Status Host::AddLocator(const collate_locator& locator, const char* what,
                              collate_locator* previous, v1::Locators* out) {
  COLLATE_RETURN_IF_ERROR(CheckPlace(locator, what));
  COLLATE_ASSIGN_OR_RETURN(const uint32_t part,
                           Intern(locator.part, "locator.part"));
  COLLATE_ASSIGN_OR_RETURN(const uint32_t sheet,
                           Intern(locator.sheet, "locator.sheet"));
  out->add_part(part);
  out->add_sheet(sheet);
  out->add_row(locator.row);
  out->add_column(locator.column);
  out->add_row_end(locator.row_end);
  out->add_column_end(locator.column_end);
  out->add_line(Difference(locator.line, previous->line));
  out->add_byte_begin(Difference(locator.byte_begin, previous->byte_begin));
  out->add_byte_end(Difference(locator.byte_end, previous->byte_end));
  *previous = locator;
  return absl::OkStatus();
}

absl::Status Host::AddRow(const collate_observation* row) {
  if (row == nullptr) return Breach("it is null");
  COLLATE_RETURN_IF_ERROR(CheckSize(row->size, sizeof(*row), "it"));
  if (row->table == 0 || row->table > table_count_) {
    return Breach(absl::StrCat("table ", row->table, " was never begun"));
  }
  const bool no_period =
      row->period_start == 0 && row->period_end == 0 && row->period_kind == 0;
  if (!no_period) {
    COLLATE_RETURN_IF_ERROR(
        CheckEnum(row->period_kind, COLLATE_PERIOD_DAY, "period_kind"));
    if (row->period_start >= row->period_end) {
      return Breach(absl::StrCat("its period of days ", row->period_start,
                                 " to ", row->period_end, " is empty"));
    }
  }
  COLLATE_RETURN_IF_ERROR(
      CheckEnum(row->state, COLLATE_STATE_NOT_CROSSED, "state"));
  COLLATE_RETURN_IF_ERROR(
      CheckEnum(row->level, COLLATE_LEVEL_RESIDUAL, "level"));
  if ((row->has & ~COLLATE_HAS_ALL) != 0) {
    return Breach(absl::StrCat("has is ", row->has, "; expected 0 to ",
                               static_cast<int>(COLLATE_HAS_ALL)));
  }
  if ((row->flags & ~uint64_t{COLLATE_FLAG_ALL}) != 0) {
    return Breach(
        absl::StrCat("flags are ", row->flags, "; some of them are unknown"));
  }
  COLLATE_RETURN_IF_ERROR(
      CheckDecimal(row->value, row->has & COLLATE_HAS_VALUE, "value"));
  COLLATE_RETURN_IF_ERROR(
      CheckDecimal(row->lower, row->has & COLLATE_HAS_LOWER, "lower"));
  COLLATE_RETURN_IF_ERROR(
      CheckDecimal(row->upper, row->has & COLLATE_HAS_UPPER, "upper"));
  COLLATE_RETURN_IF_ERROR(
      CheckList(row->dimensions, row->dimension_count, "dimensions"));
  COLLATE_RETURN_IF_ERROR(CheckList(row->notes, row->note_count, "notes"));
  COLLATE_RETURN_IF_ERROR(
      CheckList(row->headers, row->header_count, "headers"));
  if (options_.max_rows != 0 && row_count_ >= options_.max_rows) {
    return base::Error(
               absl::StatusCode::kResourceExhausted, "ADAPTER_OUTPUT_LIMIT",
               absl::StrCat("more than ", options_.max_rows, " observations"))
        .With("limit", absl::StrCat(options_.max_rows));
  }

  if (dictionary_.size() >= kDictionaryStrings ||
      dictionary_bytes_ >= kDictionaryBytes) {
    COLLATE_RETURN_IF_ERROR(FlushRows());
    dictionary_.clear();
    dictionary_bytes_ = 0;
    strings_.mutable_strings()->set_restart(true);
  }
  v1::Rows& out = *rows_.mutable_rows();
  if (out.count() == 0) {
    last_locator_ = {};
    last_header_ = {};
  }
  const auto intern = [&](const collate_str& text, const char* what,
                          auto add) -> absl::Status {
    COLLATE_ASSIGN_OR_RETURN(const uint32_t number, Intern(text, what));
    (out.*add)(number);
    return absl::OkStatus();
  };
  out.add_table(static_cast<uint32_t>(row->table - 1));
  COLLATE_RETURN_IF_ERROR(
      intern(row->reporter, "reporter", &v1::Rows::add_reporter));
  COLLATE_RETURN_IF_ERROR(intern(row->reporter_code, "reporter_code",
                                 &v1::Rows::add_reporter_code));
  out.add_period_start(row->period_start);
  out.add_period_end(row->period_end);
  out.add_period_kind(static_cast<uint32_t>(row->period_kind));
  COLLATE_RETURN_IF_ERROR(
      intern(row->period_text, "period_text", &v1::Rows::add_period_text));
  out.add_state(static_cast<uint32_t>(row->state));
  out.add_dimension_count(static_cast<uint32_t>(row->dimension_count));
  for (size_t i = 0; i < row->dimension_count; ++i) {
    const collate_pair& pair = row->dimensions[i];
    if (pair.key.size == 0) return Breach("a dimension without a name");
    COLLATE_RETURN_IF_ERROR(
        intern(pair.key, "dimensions.key", &v1::Rows::add_dimension_axis));
    COLLATE_RETURN_IF_ERROR(
        intern(pair.value, "dimensions.value", &v1::Rows::add_dimension_label));
    if (i > 0 && View(pair.key) <= View(row->dimensions[i - 1].key)) {
      return Breach(absl::StrCat("dimensions are not sorted, or repeat '",
                                 View(pair.key), "'"));
    }
  }
  out.add_level(static_cast<uint32_t>(row->level));
  COLLATE_RETURN_IF_ERROR(
      intern(row->level_axis, "level_axis", &v1::Rows::add_level_axis));
  COLLATE_RETURN_IF_ERROR(intern(row->parent, "parent", &v1::Rows::add_parent));
  out.add_has(static_cast<uint32_t>(row->has));
  for (const auto& [bit, decimal] :
       {std::pair(COLLATE_HAS_VALUE, &row->value),
        std::pair(COLLATE_HAS_LOWER, &row->lower),
        std::pair(COLLATE_HAS_UPPER, &row->upper)}) {
    if ((row->has & bit) == 0) continue;
    out.add_mantissa(decimal->mantissa);
    out.add_scale(static_cast<uint32_t>(decimal->scale));
  }
  out.add_flags(static_cast<uint32_t>(row->flags));
  COLLATE_RETURN_IF_ERROR(intern(row->raw, "raw", &v1::Rows::add_raw));
  COLLATE_RETURN_IF_ERROR(intern(row->reason, "reason", &v1::Rows::add_reason));
  out.add_note_count(static_cast<uint32_t>(row->note_count));
  for (size_t i = 0; i < row->note_count; ++i) {
    COLLATE_RETURN_IF_ERROR(
        intern(row->notes[i], "notes", &v1::Rows::add_note));
  }
  COLLATE_RETURN_IF_ERROR(AddLocator(row->locator, "locator", &last_locator_,
                                     out.mutable_locator()));
  out.add_header_count(static_cast<uint32_t>(row->header_count));
  for (size_t i = 0; i < row->header_count; ++i) {
    COLLATE_RETURN_IF_ERROR(AddLocator(row->headers[i], "headers",
                                       &last_header_, out.mutable_header()));
  }
  out.add_records(row->records);
  out.set_count(out.count() + 1);
  ++row_count_;
  rows_bytes_ += kRowBytes + row->dimension_count * kPairBytes +
                 row->note_count * kNoteBytes +
                 row->header_count * kHeaderBytes;
  if (out.count() == kMaxRowsPerFrame || rows_bytes_ >= kFlushRowBytes) {
    return FlushRows();
  }
  return absl::OkStatus();
}

absl::Status Host::AddDiagnostic(const collate_diagnostic* diagnostic) {
  if (diagnostic == nullptr) return Breach("the diagnostic is null");
  COLLATE_RETURN_IF_ERROR(
      CheckSize(diagnostic->size, sizeof(*diagnostic), "the diagnostic"));
  COLLATE_RETURN_IF_ERROR(
      CheckEnum(diagnostic->severity, COLLATE_SEVERITY_ERROR, "severity"));
  const bool error = diagnostic->severity == COLLATE_SEVERITY_ERROR;
  if (error) {
    COLLATE_RETURN_IF_ERROR(
        CheckEnum(diagnostic->code, COLLATE_CODE_UNAUTHENTICATED, "code"));
  } else if (diagnostic->code != 0) {
    return Breach("a code without severity ERROR");
  }
  if (diagnostic->repeats == 0) return Breach("repeats is 0");
  COLLATE_RETURN_IF_ERROR(CheckRequired(diagnostic->reason, "reason"));
  COLLATE_RETURN_IF_ERROR(CheckText(diagnostic->message, "message"));
  COLLATE_RETURN_IF_ERROR(CheckText(diagnostic->expected, "expected"));
  COLLATE_RETURN_IF_ERROR(CheckText(diagnostic->found, "found"));
  v1::Frame frame;
  v1::Diagnostic& out = *frame.mutable_diagnostic();
  out.set_severity(diagnostic->severity);
  out.set_code(diagnostic->code);
  out.set_reason(diagnostic->reason.data, diagnostic->reason.size);
  out.set_message(diagnostic->message.data, diagnostic->message.size);
  out.set_expected(diagnostic->expected.data, diagnostic->expected.size);
  out.set_found(diagnostic->found.data, diagnostic->found.size);
  COLLATE_RETURN_IF_ERROR(
      FillLocator(diagnostic->locator, "locator", out.mutable_locator()));
  out.set_repeats(diagnostic->repeats);
  return writer_->Write(frame);
}

absl::Status Host::AddAttachment(collate_str name, collate_str media_type,
                                 const void* content, size_t size) {
  COLLATE_RETURN_IF_ERROR(CheckRequired(name, "name"));
  COLLATE_RETURN_IF_ERROR(CheckText(media_type, "media_type"));
  if (View(name).find('/') != absl::string_view::npos) {
    return Breach(absl::StrCat("name '", View(name), "' has folders"));
  }
  if (size > 0 && content == nullptr) return Breach("the content is null");
  const char* bytes = static_cast<const char*>(content);
  size_t done = 0;
  do {
    const size_t part = std::min(size - done, kAttachmentPart);
    v1::Frame frame;
    v1::Attachment& out = *frame.mutable_attachment();
    out.set_name(name.data, name.size);
    out.set_media_type(media_type.data, media_type.size);
    if (part > 0) out.set_content(bytes + done, part);
    done += part;
    out.set_more(done < size);
    COLLATE_RETURN_IF_ERROR(writer_->Write(frame));
  } while (done < size);
  return absl::OkStatus();
}

absl::Status Host::FlushStrings() {
  if (!strings_.has_strings()) return absl::OkStatus();
  const absl::Status status = writer_->Write(strings_);
  strings_.Clear();
  strings_bytes_ = 0;
  return status;
}

absl::Status Host::FlushRows() {
  COLLATE_RETURN_IF_ERROR(FlushStrings());
  if (!rows_.has_rows() || rows_.rows().count() == 0) return absl::OkStatus();
  const absl::Status status = writer_->Write(rows_);
  rows_.Clear();
  rows_bytes_ = 0;
  return status;
}

absl::Status Host::Finish() {
  const auto send_rest = [&]() -> absl::Status {
    COLLATE_RETURN_IF_ERROR(FlushRows());
    for (const auto& [what, count] : accounts_) {
      v1::Frame frame;
      frame.mutable_account()->set_what(what);
      frame.mutable_account()->set_count(count);
      COLLATE_RETURN_IF_ERROR(writer_->Write(frame));
    }
    return absl::OkStatus();
  };
  if (status_.ok()) Run("finish", send_rest);
  if (status_.ok() && foreign_thread_) {
    return Breach("a host function was called from another thread");
  }
  return status_;
}

}  // namespace collate::worker
