// Original documents as rows of the tables of FORMAT.md.
//
// An index says only where to look: what is found there has to say itself
// that it is what was looked for, and what an index does not know is looked
// for in the table. So damage to an index is noticed, whatever it points to.
// In a transaction of the caller. For the files of this folder only.

#ifndef COLLATE_SERVICE_STORE_SQLITE_DOCUMENTS_H_
#define COLLATE_SERVICE_STORE_SQLITE_DOCUMENTS_H_

#include <cstdint>
#include <optional>
#include <string>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "absl/strings/string_view.h"
#include "service/store/document_blocks.h"
#include "service/store/sqlite_statement.h"
#include "service/store/store.h"

namespace collate::store {

struct DocumentRow {
  int64_t id = 0;
  std::string sha256;
  int64_t byte_count = 0;
  bool retained = false;
};

// The document's row, whose number of blocks fits it; nullopt when there is
// none.
absl::StatusOr<std::optional<DocumentRow>> FindDocument(
    const Connection& connection, absl::string_view sha256);

// DATA_LOSS unless the document has the blocks that its row speaks of, as far
// as their number and the length of the last one tell.
absl::Status CheckBlockCount(const Connection& connection,
                             const DocumentRow& document);

// The id of the document's row, made and filled when it is new.
absl::StatusOr<int64_t> WriteDocument(const Connection& connection,
                                      const Document& document,
                                      const DocumentReader& contents);

// `size` bytes, at least one, from `offset`, all of which the document has.
absl::StatusOr<std::string> ReadBlocks(const Connection& connection,
                                       const DocumentRow& document,
                                       int64_t offset, int64_t size);

// `digest` is that of all bytes of the document.
absl::Status CheckWholeDigest(const Connection& connection,
                              const DocumentRow& document,
                              absl::string_view digest);

}  // namespace collate::store

#endif  // COLLATE_SERVICE_STORE_SQLITE_DOCUMENTS_H_
