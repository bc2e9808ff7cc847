// The typed error of the grid readers: what was expected, what was found, and
// the place. Adapters turn it into a diagnostic; nothing here throws.
//
// Plain values: a Status owns its strings. Move-only, one thread at a time.

#ifndef COLLATE_PLUGINS_TABULAR_STATUS_H_
#define COLLATE_PLUGINS_TABULAR_STATUS_H_

#include <cstdint>
#include <memory>
#include <string>
#include <utility>

namespace collate::tabular {

// A place in a grid. All 1-based, 0 means none; *_end are inclusive and 0
// means a single cell. `row` is the record number, `line` the physical line on
// which that record begins (they differ once a quoted cell holds a line end).
// Bytes are those of the file as it came, before any decoding, [begin, end).
struct Locator {
  uint32_t row = 0;
  uint32_t column = 0;
  uint32_t row_end = 0;
  uint32_t column_end = 0;
  uint64_t line = 0;
  uint64_t byte_begin = 0;
  uint64_t byte_end = 0;
};

// Canonical gRPC numbers, the ones that a reader of files can need.
enum class Code : int32_t {
  kInvalidArgument = 3,    // the document is not what it should be
  kResourceExhausted = 8,  // a limit
  kUnimplemented = 12,     // a good document of a kind not read
  kInternal = 13,          // a bug of ours
  kDataLoss = 15,          // the bytes could not be had
};

struct Error {
  Code code = Code::kInvalidArgument;
  std::string reason;  // stable UPPER_SNAKE
  std::string message;
  std::string expected;
  std::string found;
  std::string part;   // file, or archive member
  std::string sheet;  // empty for CSV
  Locator locator;
};

class [[nodiscard]] Status {
 public:
  Status() = default;
  explicit Status(Error error)
      : error_(std::make_unique<Error>(std::move(error))) {}

  // A sink that has seen enough returns this; the reader then ends in success.
  static Status Stop();

  bool ok() const { return error_ == nullptr; }
  bool IsStop() const;
  // Only when !ok().
  const Error& error() const { return *error_; }
  Error& error() { return *error_; }

 private:
  std::unique_ptr<Error> error_;
};

inline Status OkStatus() { return Status(); }

// "B12", row and column from 1.
std::string CellName(uint32_t row, uint32_t column);

// "part:L3:C2" for text, "part 'Sheet'!B3" for sheets, as far as known.
std::string FormatPlace(const std::string& part, const std::string& sheet,
                        const Locator& locator);

// At most `limit` characters of it, quoted, as UTF-8; control bytes and what is
// not UTF-8 as \xNN: whatever a file holds must not garble a report.
std::string Printable(const std::string& text, size_t limit = 80);

}  // namespace collate::tabular

#define COLLATE_TABULAR_RETURN_IF_ERROR(expr)                        \
  do {                                                               \
    ::collate::tabular::Status collate_tabular_status = (expr);      \
    if (!collate_tabular_status.ok()) return collate_tabular_status; \
  } while (false)

#endif  // COLLATE_PLUGINS_TABULAR_STATUS_H_
