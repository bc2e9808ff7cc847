// Between the grid readers, which know no ABI, and an adapter's SDK: the same
// few conversions for every adapter that reads grids. Header only.

#ifndef COLLATE_PLUGINS_TABULAR_SDK_BRIDGE_H_
#define COLLATE_PLUGINS_TABULAR_SDK_BRIDGE_H_

#include <cstdint>
#include <string>
#include <utility>

#include "plugins/sdk/adapter.hpp"
#include "plugins/tabular/source.h"
#include "plugins/tabular/status.h"

namespace collate::tabular {

// The document's bytes; lives as long as the adapter's call.
class FileSource final : public ByteSource {
 public:
  explicit FileSource(const sdk::File& file) : file_(file) {}

  uint64_t size() const override { return file_.size(); }
  int64_t ReadAt(uint64_t offset, void* out, size_t n) override {
    return file_.ReadAt(offset, out, n);
  }

 private:
  sdk::File file_;
};

// A place in the document itself: the part stays empty.
inline sdk::Locator ToSdk(const Locator& locator,
                          const std::string& sheet = "") {
  sdk::Locator out;
  out.sheet = sheet;
  out.row = locator.row;
  out.column = locator.column;
  out.row_end = locator.row_end;
  out.column_end = locator.column_end;
  out.line = locator.line;
  out.byte_begin = locator.byte_begin;
  out.byte_end = locator.byte_end;
  return out;
}

inline sdk::Diagnostic ToSdk(const Error& error) {
  sdk::Diagnostic out;
  out.code = static_cast<sdk::Code>(error.code);
  out.reason = error.reason;
  out.message = error.message;
  out.expected = error.expected;
  out.found = error.found;
  out.locator = ToSdk(error.locator, error.sheet);
  return out;
}

// One sentence with the place in it, for readers who see nothing else.
inline sdk::Status ToStatus(const Error& error, const std::string& lead = "") {
  std::string message = lead +
                        FormatPlace(error.part, error.sheet, error.locator) +
                        ": " + error.message;
  if (!error.expected.empty()) message += " (expected " + error.expected + ")";
  return sdk::Status(static_cast<sdk::Code>(error.code), error.reason,
                     std::move(message));
}

// Diagnoses the error where it stands and gives the Status to return.
inline sdk::Status Refuse(sdk::Host& host, const Error& error) {
  COLLATE_SDK_RETURN_IF_ERROR(host.Diagnose(ToSdk(error)));
  return ToStatus(error);
}

}  // namespace collate::tabular

#endif  // COLLATE_PLUGINS_TABULAR_SDK_BRIDGE_H_
