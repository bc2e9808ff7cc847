#include "service/store/sqlite_documents.h"

#include <algorithm>

#include "absl/strings/str_cat.h"
#include "service/base/status_macros.h"
#include "service/store/crc32c.h"
#include "service/store/wire.h"

namespace collate::store {
namespace {

absl::Status CorruptDocument(const Connection& connection,
                             absl::string_view sha256,
                             absl::string_view message) {
  return CorruptStore(
      absl::StrCat(connection.path(), ": document ", sha256, ": ", message));
}

absl::Status CorruptBlock(const Connection& connection,
                          const DocumentRow& document, int64_t seq,
                          absl::string_view message) {
  return CorruptDocument(connection, document.sha256,
                         absl::StrCat("block ", seq, ": ", message));
}

int64_t BlockCount(const DocumentRow& document) {
  if (!document.retained) return 0;
  return (document.byte_count + kBlockBytes - 1) / kBlockBytes;
}

// The row of a block, as the index has it; nullopt when it has none.
absl::StatusOr<std::optional<int64_t>> FindBlock(const Connection& connection,
                                                 const DocumentRow& document,
                                                 int64_t seq) {
  COLLATE_ASSIGN_OR_RETURN(
      Statement find,
      connection.Prepare(
          "SELECT rowid FROM document_block WHERE document = ? AND seq = ?"));
  COLLATE_ASSIGN_OR_RETURN(const bool found,
                           find.Bind(document.id).Bind(seq).Step());
  if (!found) return std::nullopt;
  const int64_t row = find.Int64(0);
  COLLATE_RETURN_IF_ERROR(find.status());
  return row;
}

absl::StatusOr<std::string> ReadBlock(const Connection& connection,
                                      const DocumentRow& document,
                                      int64_t seq) {
  COLLATE_ASSIGN_OR_RETURN(const std::optional<int64_t> row,
                           FindBlock(connection, document, seq));
  if (!row.has_value()) {
    return CorruptBlock(connection, document, seq, "missing");
  }
  COLLATE_ASSIGN_OR_RETURN(
      Statement read,
      connection.Prepare("SELECT document, seq, crc32c, bytes FROM "
                         "document_block WHERE rowid = ?"));
  COLLATE_ASSIGN_OR_RETURN(const bool found, read.Bind(*row).Step());
  if (!found || read.Int64(0) != document.id || read.Int64(1) != seq) {
    return CorruptBlock(connection, document, seq,
                        "the index leads to another row");
  }
  const int64_t crc = read.Int64(2);
  std::string bytes(read.Blob(3));
  COLLATE_RETURN_IF_ERROR(read.status());
  const int64_t expected =
      std::min(kBlockBytes, document.byte_count - seq * kBlockBytes);
  if (static_cast<int64_t>(bytes.size()) != expected) {
    return CorruptBlock(
        connection, document, seq,
        absl::StrCat(bytes.size(), " bytes, expected ", expected));
  }
  if (int64_t{Crc32c(bytes)} != crc) {
    return CorruptBlock(connection, document, seq,
                        "its checksum does not hold");
  }
  return bytes;
}

absl::Status WriteBlocks(const Connection& connection, int64_t id,
                         const Document& document,
                         const DocumentReader& contents) {
  COLLATE_ASSIGN_OR_RETURN(
      Statement insert,
      connection.Prepare("INSERT INTO document_block (document, seq, crc32c, "
                         "bytes) VALUES (?, ?, ?, ?)"));
  return ForEachBlock(document, contents,
                      [&](int64_t seq, absl::string_view block) {
                        return insert.Bind(id)
                            .Bind(seq)
                            .Bind(int64_t{Crc32c(block)})
                            .BindBlob(block)
                            .Run();
                      });
}

}  // namespace

absl::StatusOr<std::optional<DocumentRow>> FindDocument(
    const Connection& connection, absl::string_view sha256) {
  COLLATE_ASSIGN_OR_RETURN(
      Statement find,
      connection.Prepare("SELECT id FROM document WHERE sha256 = ?"));
  COLLATE_ASSIGN_OR_RETURN(const bool known, find.Bind(sha256).Step());
  if (!known) {
    COLLATE_ASSIGN_OR_RETURN(
        Statement scan,
        connection.Prepare(
            "SELECT 1 FROM document NOT INDEXED WHERE sha256 = ?"));
    COLLATE_ASSIGN_OR_RETURN(const bool there, scan.Bind(sha256).Step());
    if (!there) return std::nullopt;
    return CorruptDocument(connection, sha256, "the index does not know it");
  }
  DocumentRow document;
  document.id = find.Int64(0);
  COLLATE_RETURN_IF_ERROR(find.status());
  COLLATE_ASSIGN_OR_RETURN(
      Statement read,
      connection.Prepare(
          "SELECT sha256, byte_count, retained FROM document WHERE id = ?"));
  COLLATE_ASSIGN_OR_RETURN(const bool found, read.Bind(document.id).Step());
  if (!found || read.Text(0) != sha256) {
    return CorruptDocument(connection, sha256,
                           "the index leads to another row");
  }
  document.sha256 = std::string(sha256);
  document.byte_count = read.Int64(1);
  document.retained = read.Int64(2) != 0;
  COLLATE_RETURN_IF_ERROR(read.status());
  COLLATE_RETURN_IF_ERROR(CheckBlockCount(connection, document));
  return document;
}

absl::Status CheckBlockCount(const Connection& connection,
                             const DocumentRow& document) {
  const int64_t blocks = BlockCount(document);
  COLLATE_ASSIGN_OR_RETURN(
      Statement count,
      connection.Prepare(
          "SELECT count(*) FROM document_block WHERE document = ?"));
  COLLATE_RETURN_IF_ERROR(count.Bind(document.id).Step().status());
  if (count.Int64(0) != blocks) {
    return CorruptDocument(
        connection, document.sha256,
        absl::StrCat("has ", count.Int64(0), " blocks, expected ", blocks));
  }
  if (blocks == 0) return count.status();
  COLLATE_ASSIGN_OR_RETURN(const std::optional<int64_t> row,
                           FindBlock(connection, document, blocks - 1));
  if (!row.has_value()) {
    return CorruptBlock(connection, document, blocks - 1, "missing");
  }
  COLLATE_ASSIGN_OR_RETURN(
      Statement last,
      connection.Prepare(
          "SELECT length(bytes) FROM document_block WHERE rowid = ?"));
  COLLATE_ASSIGN_OR_RETURN(const bool found, last.Bind(*row).Step());
  const int64_t expected = document.byte_count - (blocks - 1) * kBlockBytes;
  if (!found || last.Int64(0) != expected) {
    return CorruptBlock(connection, document, blocks - 1,
                        absl::StrCat("is not of ", expected, " bytes"));
  }
  return last.status();
}

absl::StatusOr<int64_t> WriteDocument(const Connection& connection,
                                      const Document& document,
                                      const DocumentReader& contents) {
  COLLATE_ASSIGN_OR_RETURN(const std::optional<DocumentRow> known,
                           FindDocument(connection, document.sha256));
  int64_t id = 0;
  if (known.has_value()) {
    id = known->id;
    if (known->byte_count != document.byte_count) {
      return DocumentMismatch(
          document, absl::StrCat(document.byte_count,
                                 " bytes are announced, the stored one has ",
                                 known->byte_count));
    }
  } else {
    COLLATE_ASSIGN_OR_RETURN(
        Statement insert,
        connection.Prepare("INSERT INTO document (sha256, byte_count, "
                           "retained) VALUES (?, ?, 0) RETURNING id"));
    insert.Bind(document.sha256).Bind(document.byte_count);
    COLLATE_ASSIGN_OR_RETURN(id, insert.RunReturningId());
  }
  const bool retained = known.has_value() && known->retained;
  if (!retained && contents != nullptr) {
    COLLATE_RETURN_IF_ERROR(WriteBlocks(connection, id, document, contents));
    COLLATE_ASSIGN_OR_RETURN(
        Statement update,
        connection.Prepare("UPDATE document SET retained = 1 WHERE id = ?"));
    COLLATE_RETURN_IF_ERROR(update.Bind(id).Run());
  }
  return id;
}

absl::StatusOr<std::string> ReadBlocks(const Connection& connection,
                                       const DocumentRow& document,
                                       int64_t offset, int64_t size) {
  const int64_t first = offset / kBlockBytes;
  const int64_t last = (offset + size - 1) / kBlockBytes;
  std::string bytes;
  bytes.reserve(static_cast<size_t>(size));
  for (int64_t seq = first; seq <= last; ++seq) {
    COLLATE_ASSIGN_OR_RETURN(const std::string block,
                             ReadBlock(connection, document, seq));
    const int64_t begin = seq * kBlockBytes;
    const int64_t from = std::max<int64_t>(0, offset - begin);
    const int64_t to =
        std::min(static_cast<int64_t>(block.size()), offset + size - begin);
    bytes.append(block, static_cast<size_t>(from),
                 static_cast<size_t>(to - from));
  }
  return bytes;
}

absl::Status CheckWholeDigest(const Connection& connection,
                              const DocumentRow& document,
                              absl::string_view digest) {
  if (digest == document.sha256) return absl::OkStatus();
  return CorruptDocument(connection, document.sha256,
                         absl::StrCat("its bytes have sha256 ", digest));
}

}  // namespace collate::store
