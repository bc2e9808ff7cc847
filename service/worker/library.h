// Loads one adapter; the only place that knows Boost.DLL.
//
// Called once, from main, after every limit is in force: the library's
// constructors run here. It is never unloaded; the end of the process does
// that.

#ifndef COLLATE_SERVICE_WORKER_LIBRARY_H_
#define COLLATE_SERVICE_WORKER_LIBRARY_H_

#include "absl/status/statusor.h"
#include "collate/worker/v1/worker.pb.h"
#include "plugins/sdk/adapter.h"

namespace collate::worker {

// Reasons: ADAPTER_NOT_LOADABLE, ADAPTER_ABI_MISMATCH,
// ADAPTER_MANIFEST_MISMATCH (the table is not what its manifest says). What is
// loaded is the inherited descriptor, never what now stands at the path. The
// result lives until the process ends.
absl::StatusOr<const collate_adapter*> LoadAdapter(const v1::Adapter& expected);

// The checks of LoadAdapter on a table that is already there.
absl::Status CheckAdapterTable(const collate_adapter* table,
                               const v1::Adapter& expected);

}  // namespace collate::worker

#endif  // COLLATE_SERVICE_WORKER_LIBRARY_H_
