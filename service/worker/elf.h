// Looks at a shared library's file before the loader does. The loader maps
// what the headers promise: of a file that was cut short it dies by SIGBUS,
// and tells nobody why.
//
// Own code, because Boost.DLL's library_info reads the table that `strip`
// removes, and trusts the offsets it finds. Pure; any thread.

#ifndef COLLATE_SERVICE_WORKER_ELF_H_
#define COLLATE_SERVICE_WORKER_ELF_H_

#include "absl/status/status.h"
#include "absl/strings/string_view.h"

namespace collate::worker {

// OK when `file` is a whole 64-bit shared library for this machine that
// exports `symbol`. INVALID_ARGUMENT says what is not so. Reads nothing
// outside of `file`, whatever it holds.
absl::Status CheckLibrary(absl::string_view file, absl::string_view symbol);

}  // namespace collate::worker

#endif  // COLLATE_SERVICE_WORKER_ELF_H_
