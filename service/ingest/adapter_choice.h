// Which adapter reads a submission: the one that is named, the one whose
// options are given, or the one that knows every document.

#ifndef COLLATE_SERVICE_INGEST_ADAPTER_CHOICE_H_
#define COLLATE_SERVICE_INGEST_ADAPTER_CHOICE_H_

#include <vector>

#include "absl/status/statusor.h"
#include "service/ingest/ingestor.h"
#include "service/ingest/registry.h"

namespace collate::ingest {

// `read` says which of the documents an adapter reads. ADAPTER_NOT_READY,
// UNKNOWN_ADAPTER, AMBIGUOUS_ADAPTER and what ChooseAdapter() says. The entry
// lives as long as the registry.
absl::StatusOr<const AdapterEntry*> FindAdapter(const Registry& registry,
                                                const Submission& submission,
                                                const std::vector<bool>& read);

}  // namespace collate::ingest

#endif  // COLLATE_SERVICE_INGEST_ADAPTER_CHOICE_H_
