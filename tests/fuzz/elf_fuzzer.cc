// Any bytes as a shared library: refused with words, or whole; nothing outside
// of them is read.

#include <cstdint>
#include <string>

#include "absl/strings/string_view.h"
#include "plugins/sdk/adapter.h"
#include "service/worker/elf.h"
#include "tests/fuzz/require.h"

using collate::fuzz::Require;
using collate::worker::CheckLibrary;

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  const absl::string_view file(reinterpret_cast<const char*>(data), size);
  const absl::Status checked = CheckLibrary(file, COLLATE_ADAPTER_SYMBOL);
  if (!checked.ok()) {
    Require(absl::IsInvalidArgument(checked) && !checked.message().empty(),
            "a refusal says why");
    return 0;
  }
  Require(file.find(COLLATE_ADAPTER_SYMBOL) != absl::string_view::npos,
          "what it exports stands in it");
  Require(!CheckLibrary(file.substr(0, 64), COLLATE_ADAPTER_SYMBOL).ok(),
          "a head is no library");
  Require(!CheckLibrary(file, "no such symbol").ok(), "what it exports");
  return 0;
}
