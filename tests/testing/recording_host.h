// Runs an adapter's table inside the test, without a worker: a document in
// memory goes in, what the adapter hands over is copied out, and every breach
// of the ABI's rules is noted.
//
//   RecordingHost host;
//   MemoryDocument document("prc.csv", bytes);
//   host.Run(collate_adapter_v1(), document);
//   EXPECT_EQ(host.code, COLLATE_CODE_OK) << host.message;
//   EXPECT_THAT(host.breaches, IsEmpty());
//   host.document.observations ...
//
// One thread, one run per host.

#ifndef COLLATE_TESTS_TESTING_RECORDING_HOST_H_
#define COLLATE_TESTS_TESTING_RECORDING_HOST_H_

#include <algorithm>
#include <cstring>
#include <limits>
#include <map>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "plugins/sdk/adapter.h"
#include "service/ingest/raw.h"

namespace collate::testing {

// A collate_document over bytes that it owns. Not copyable: it lends itself.
class MemoryDocument {
 public:
  using Pairs = std::vector<std::pair<std::string, std::string>>;

  MemoryDocument(std::string name, std::string bytes, Pairs options = {},
                 Pairs manifest = {})
      : name_(std::move(name)),
        bytes_(std::move(bytes)),
        options_(std::move(options)),
        manifest_(std::move(manifest)) {
    file_.size = sizeof file_;
    file_.name = Lend(name_);
    file_.media_type = Lend("text/csv");
    file_.sha256_hex = Lend(kSha256);
    file_.byte_count = bytes_.size();
    file_.ctx = this;
    file_.read_at = &ReadAt;
    for (const auto& [key, value] : options_) {
      option_pairs_.push_back({Lend(key), Lend(value)});
    }
    for (const auto& [key, value] : manifest_) {
      manifest_pairs_.push_back({Lend(key), Lend(value)});
    }
    document_.size = sizeof document_;
    document_.file = &file_;
    document_.options = option_pairs_.data();
    document_.option_count = option_pairs_.size();
    document_.manifest = manifest_pairs_.data();
    document_.manifest_count = manifest_pairs_.size();
    document_.count = 1;
    document_.purpose = COLLATE_PURPOSE_INGEST;
  }
  MemoryDocument(const MemoryDocument&) = delete;
  MemoryDocument& operator=(const MemoryDocument&) = delete;

  // For tests that set limits or purpose.
  collate_document* abi() { return &document_; }

  // The other's bytes are a resource of this one; it must live as long.
  void AddResource(MemoryDocument& resource) {
    resources_.push_back(&resource.file_);
    document_.resources = resources_.data();
    document_.resource_count = resources_.size();
  }

  // Every read from this byte on fails.
  void FailReadsFrom(uint64_t offset) { fail_from_ = offset; }

 private:
  static constexpr char kSha256[] =
      "0000000000000000000000000000000000000000000000000000000000000000";

  static collate_str Lend(std::string_view text) {
    return {text.data(), text.size()};
  }
  static int64_t ReadAt(void* ctx, uint64_t offset, void* out, size_t n) {
    const auto* self = static_cast<const MemoryDocument*>(ctx);
    if (offset >= self->fail_from_) return -COLLATE_CODE_DATA_LOSS;
    if (offset >= self->bytes_.size()) return 0;
    n = std::min<uint64_t>(n, self->bytes_.size() - offset);
    std::memcpy(out, self->bytes_.data() + offset, n);
    return static_cast<int64_t>(n);
  }

  std::string name_;
  std::string bytes_;
  Pairs options_;
  Pairs manifest_;
  std::vector<collate_pair> option_pairs_;
  std::vector<collate_pair> manifest_pairs_;
  uint64_t fail_from_ = std::numeric_limits<uint64_t>::max();
  collate_file file_ = {};
  std::vector<const collate_file*> resources_;
  collate_document document_ = {};
};

class RecordingHost {
 public:
  void Run(const collate_adapter* adapter, MemoryDocument& input) {
    collate_host host = {};
    host.size = sizeof host;
    host.abi_major = COLLATE_ABI_MAJOR;
    host.abi_minor = COLLATE_ABI_MINOR;
    host.ctx = this;
    host.begin_table = [](void* ctx, const collate_table* table,
                          uint64_t* handle) {
      return Self(ctx)->OnTable(*table, handle);
    };
    host.emit = [](void* ctx, const collate_observation* const* rows,
                   size_t n) { return Self(ctx)->OnRows(rows, n); };
    host.diagnose = [](void* ctx, const collate_diagnostic* diagnostic) {
      return Self(ctx)->OnDiagnostic(*diagnostic);
    };
    host.account = [](void* ctx, collate_str what, uint64_t n) -> int32_t {
      Self(ctx)->accounts[Self(ctx)->Text(what)] += n;
      return COLLATE_CODE_OK;
    };
    host.attach = [](void* ctx, collate_str name, collate_str media_type,
                     const void* content, size_t size) -> int32_t {
      Self(ctx)->document.attachments.push_back(
          {Self(ctx)->Text(name), Self(ctx)->Text(media_type),
           std::string(static_cast<const char*>(content), size)});
      return COLLATE_CODE_OK;
    };
    host.progress = [](void* ctx, uint64_t, uint64_t) -> int32_t {
      return Self(ctx)->cancelled ? COLLATE_CODE_CANCELLED : COLLATE_CODE_OK;
    };
    collate_error error = {};
    code = adapter->read(&host, input.abi(), &error);
    reason = error.reason;
    message = error.message;
    Need(code == COLLATE_CODE_OK || !reason.empty(), "a failure has a reason");
  }

  // Set before Run().
  bool cancelled = false;  // progress() says so
  size_t stop_after_rows = std::numeric_limits<size_t>::max();

  // What came of it.
  int32_t code = COLLATE_CODE_UNKNOWN;
  std::string reason;
  std::string message;
  ingest::RawDocument document;  // accounts stand below
  std::map<std::string, uint64_t> accounts;
  std::vector<std::string> breaches;

 private:
  static RecordingHost* Self(void* ctx) {
    return static_cast<RecordingHost*>(ctx);
  }

  void Need(bool condition, const char* rule) {
    if (!condition && breaches.size() < 20) breaches.emplace_back(rule);
  }

  std::string Text(const collate_str& text) {
    std::string out(text.size == 0 ? "" : text.data, text.size);
    Need(out.size() <= COLLATE_MAX_TEXT, "a text is within its limit");
    Need(out.find('\0') == std::string::npos, "a text has no NUL inside");
    Need(IsUtf8(out), "a text is UTF-8");
    return out;
  }

  static bool IsUtf8(const std::string& text) {
    for (size_t i = 0; i < text.size();) {
      const auto lead = static_cast<unsigned char>(text[i++]);
      int more = lead < 0x80   ? 0
                 : lead < 0xC2 ? -1
                 : lead < 0xE0 ? 1
                 : lead < 0xF0 ? 2
                 : lead < 0xF5 ? 3
                               : -1;
      if (more < 0) return false;
      for (; more > 0; --more, ++i) {
        if (i >= text.size() ||
            (static_cast<unsigned char>(text[i]) & 0xC0) != 0x80) {
          return false;
        }
      }
    }
    return true;
  }

  ingest::Pairs Copy(const collate_pair* pairs, size_t n, bool may_repeat) {
    ingest::Pairs out;
    for (size_t i = 0; i < n; ++i) {
      out.emplace_back(Text(pairs[i].key), Text(pairs[i].value));
      if (i == 0) continue;
      Need(out[i - 1].first < out[i].first ||
               (may_repeat && out[i - 1].first == out[i].first),
           "pairs are sorted by key");
    }
    return out;
  }

  ingest::RawLocator Copy(const collate_locator& from) {
    ingest::RawLocator out;
    out.part = Text(from.part);
    out.sheet = Text(from.sheet);
    out.row = from.row;
    out.column = from.column;
    out.row_end = from.row_end;
    out.column_end = from.column_end;
    out.line = from.line;
    out.byte_begin = from.byte_begin;
    out.byte_end = from.byte_end;
    return out;
  }

  template <typename Enum>
  Enum Named(int32_t number, int32_t last) {
    Need(number >= 1 && number <= last, "an enumeration has a listed number");
    return static_cast<Enum>(number);
  }

  int32_t OnTable(const collate_table& from, uint64_t* handle) {
    Need(from.size == sizeof from, "a struct states its size");
    ingest::RawTable out;
    out.id = Text(from.id);
    for (const ingest::RawTable& other : document.tables) {
      Need(other.id != out.id, "table ids are unique");
    }
    out.title = Text(from.title);
    out.measure = Text(from.measure);
    out.unit = Text(from.unit);
    Need(!out.id.empty() && !out.measure.empty() && !out.unit.empty(),
         "a table has id, measure and unit");
    out.recipe = Text(from.recipe);
    out.aggregation = Named<ingest::Aggregation>(from.aggregation, 3);
    out.repeats = Named<ingest::Repeats>(from.repeats, 3);
    out.partition = Named<ingest::Partition>(from.partition, 3);
    out.floor = Named<ingest::Floor>(from.floor, 2);
    for (size_t i = 0; i < from.multi_response_count; ++i) {
      out.multi_response.push_back(Text(from.multi_response[i]));
    }
    out.extent = Copy(from.extent, from.extent_count, /*may_repeat=*/true);
    out.locator = Copy(from.locator);
    document.tables.push_back(std::move(out));
    *handle = 1000 + document.tables.size();  // not an index: it is opaque
    return COLLATE_CODE_OK;
  }

  int32_t OnRows(const collate_observation* const* rows, size_t n) {
    for (size_t i = 0; i < n; ++i) {
      if (document.observations.size() >= stop_after_rows) {
        return COLLATE_CODE_RESOURCE_EXHAUSTED;
      }
      OnRow(*rows[i]);
    }
    return COLLATE_CODE_OK;
  }

  void OnRow(const collate_observation& from) {
    Need(from.size == sizeof from, "a struct states its size");
    ingest::RawObservation out;
    Need(from.table > 1000 && from.table <= 1000 + document.tables.size(),
         "a row belongs to a table that was begun");
    out.table = static_cast<uint32_t>(from.table - 1001);
    out.reporter = Text(from.reporter);
    out.reporter_code = Text(from.reporter_code);
    out.period_begin = from.period_start;
    out.period_end = from.period_end;
    out.period_kind = from.period_kind;
    out.period_text = Text(from.period_text);
    const bool no_period = from.period_start == 0 && from.period_end == 0 &&
                           from.period_kind == 0 && out.period_text.empty();
    Need(no_period || (from.period_start < from.period_end &&
                       from.period_kind >= 1 && from.period_kind <= 8),
         "a period has days and a kind");
    out.state = Named<vocabulary::State>(from.state, 18);
    out.dimensions =
        Copy(from.dimensions, from.dimension_count, /*may_repeat=*/false);
    out.level = Named<ingest::Level>(from.level, 6);
    out.level_axis = Text(from.level_axis);
    out.parent = Text(from.parent);
    Need((from.has & ~COLLATE_HAS_ALL) == 0, "has holds known bits");
    const auto number = [&](int32_t bit, const collate_decimal& decimal) {
      Need(decimal.scale >= 0 && decimal.scale <= 18, "a scale is 0 to 18");
      std::optional<ingest::Decimal> value;
      if (from.has & bit) {
        value = ingest::Decimal{decimal.mantissa, decimal.scale};
      } else {
        Need(decimal.mantissa == 0, "an absent number is zero");
      }
      return value;
    };
    out.value = number(COLLATE_HAS_VALUE, from.value);
    out.lower = number(COLLATE_HAS_LOWER, from.lower);
    out.upper = number(COLLATE_HAS_UPPER, from.upper);
    Need((from.flags & ~uint64_t{COLLATE_FLAG_ALL}) == 0,
         "flags hold known bits");
    out.flags = static_cast<uint32_t>(from.flags);
    out.raw = Text(from.raw);
    out.reason = Text(from.reason);
    for (size_t i = 0; i < from.note_count; ++i) {
      out.notes.push_back(Text(from.notes[i]));
    }
    out.locator = Copy(from.locator);
    for (size_t i = 0; i < from.header_count; ++i) {
      out.headers.push_back(Copy(from.headers[i]));
    }
    out.records = from.records;
    document.observations.push_back(std::move(out));
  }

  int32_t OnDiagnostic(const collate_diagnostic& from) {
    Need(from.size == sizeof from, "a struct states its size");
    ingest::RawDiagnostic out;
    out.severity = Named<ingest::Severity>(from.severity, 3);
    Need((from.severity == COLLATE_SEVERITY_ERROR) == (from.code != 0),
         "errors and only errors have a code");
    out.code = from.code;
    out.reason = Text(from.reason);
    Need(!out.reason.empty(), "a diagnostic has a reason");
    out.message = Text(from.message);
    out.expected = Text(from.expected);
    out.found = Text(from.found);
    out.locator = Copy(from.locator);
    out.repeats = from.repeats;
    Need(from.repeats >= 1, "a diagnostic was found at least once");
    document.diagnostics.push_back(std::move(out));
    return COLLATE_CODE_OK;
  }
};

}  // namespace collate::testing

#endif  // COLLATE_TESTS_TESTING_RECORDING_HOST_H_
