// Which adapter reads a submission: the one that is named, the one whose
// options are given, or the one that knows every document.

#ifndef COLLATE_SERVICE_INGEST_ADAPTER_CHOICE_H_
#define COLLATE_SERVICE_INGEST_ADAPTER_CHOICE_H_

#include <string>
#include <vector>

#include "absl/status/statusor.h"
#include "service/ingest/ingestor.h"
#include "service/ingest/registry.h"

namespace collate::ingest {

// `read` says which of the documents an adapter reads; `recipes` of the files
// of an answer by which recipe each is, by document and empty where none is
// named, or is empty itself for what is no answer. A file of an answer that no
// adapter knows by its look goes to the adapter that reads by recipes.
// ADAPTER_NOT_READY, UNKNOWN_ADAPTER, AMBIGUOUS_ADAPTER and what
// ChooseAdapter() says. The entry lives as long as the registry.
absl::StatusOr<const AdapterEntry*> FindAdapter(
    const Registry& registry, const Submission& submission,
    const std::vector<bool>& read, const std::vector<std::string>& recipes);

// What the adapter is told of each document: the release's options, and the
// recipe that is named for it. ANSWER_CONFLICT where both name one and they
// differ, and what ResolveOptions() says.
absl::StatusOr<std::vector<Pairs>> OptionsOfEach(
    const AdapterEntry& adapter, const Submission& submission,
    const std::vector<std::string>& recipes);

}  // namespace collate::ingest

#endif  // COLLATE_SERVICE_INGEST_ADAPTER_CHOICE_H_
