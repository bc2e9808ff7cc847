// Any bytes as a shared library: refused with words, or whole; nothing outside
// of them is read. A part of what passes does not.

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
  for (const size_t length : {size / 2, size_t{64}, size_t{0}}) {
    Require(!CheckLibrary(file.substr(0, length), COLLATE_ADAPTER_SYMBOL).ok(),
            "no half of a library passes");
  }
  Require(!CheckLibrary(file, "no such symbol").ok(), "what it exports");
  return 0;
}
