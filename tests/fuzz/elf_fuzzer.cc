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
  Require(!CheckLibrary(file.substr(0, 64), COLLATE_ADAPTER_SYMBOL).ok(),
          "a head is no library");
  // A fuzzer can read, and writes the second one into the file, too.
  for (const absl::string_view symbol :
       {COLLATE_ADAPTER_SYMBOL, "no such symbol"}) {
    Require(file.find(symbol) != absl::string_view::npos ||
                !CheckLibrary(file, symbol).ok(),
            "what it exports stands in it");
  }
  return 0;
}
