// Keeps the tables of a snapshot in files beside the store, so that a start
// need not build them from what is stored: tables/ of the data directory,
// FORMAT.md. What does not fit the store or the vocabulary of now, is damaged,
// or was written by other rules is left out, and built as if it had never been
// kept.

#ifndef COLLATE_SERVICE_QUERY_KEPT_TABLES_H_
#define COLLATE_SERVICE_QUERY_KEPT_TABLES_H_

#include <map>
#include <memory>
#include <string>
#include <vector>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "service/query/chunk_cache.h"
#include "service/query/snapshot.h"
#include "service/store/kept_files.h"
#include "service/store/store.h"
#include "service/vocabulary/vocabulary.h"

namespace collate::query {

// Used by one thread at a time.
class KeptTables {
 public:
  // `directory` is of a data directory that is locked.
  explicit KeptTables(std::string directory) : files_(std::move(directory)) {}

  // What was kept last, to build the next snapshot from; null for nothing. Its
  // releases are as they were then, and those of which a part cannot be used,
  // or that `stored` has otherwise, have a problem: they must be read anew.
  std::shared_ptr<const Snapshot> Load(
      std::shared_ptr<const vocabulary::Vocabulary> vocabulary,
      const store::Store& store, const std::vector<store::Release>& stored,
      ChunkCache* cache);

  // Writes what is not there yet, and removes what no longer belongs to it.
  // Errors of KeptFiles::Write.
  absl::Status Save(const Snapshot& snapshot);

 private:
  const store::KeptFiles files_;
  std::string index_;  // as it is on disk; empty where that is not known
};

}  // namespace collate::query

#endif  // COLLATE_SERVICE_QUERY_KEPT_TABLES_H_
